"""The words of four-bounds texts, as tables.

Everything that the parser knows about the language stands here as data: to teach it a phrase, add a
row and a test case (docs/fourbounds-grammar.md says how). Words are written in simplified
characters and half-width punctuation, because texts are read in that form
(:mod:`parkgeo.fourbounds._source`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from parkgeo.fourbounds._references import Kind, Relation, Side
from parkgeo.units import AREA_UNITS_M2, HA_M2, KM2_M2

__all__ = ["Feature", "Words"]

_KEY: Final = 2
"""How many letters of a word lead to it in a table."""


class Words:
    """A set of words with the longest match at either end of a place in a text.

    Parameters
    ----------
    words
        The words, or one string with spaces between them; their order does not matter.
    """

    def __init__(self, words: str | Iterable[str]) -> None:
        self.words: Final = frozenset(words.split() if isinstance(words, str) else words)
        self.first: Final = frozenset(word[0] for word in self.words)
        self._at_start = _by_letters(self.words, last=False)
        self._at_end = _by_letters(self.words, last=True)

    def __contains__(self, word: object) -> bool:
        """Whether this is one of the words."""
        return word in self.words

    def at(self, text: str, start: int) -> int:
        """Length of the longest word that starts there, or 0."""
        key = text[start : start + _KEY]
        for word in self._at_start.get(key) or self._at_start.get(key[:1], ()):
            if text.startswith(word, start):
                return len(word)
        return 0

    def before(self, text: str, end: int, start: int = 0) -> int:
        """Length of the longest word that ends there, from ``start`` on, or 0."""
        for word in self._ending(text, end):
            if end - len(word) >= start and text.endswith(word, 0, end):
                return len(word)
        return 0

    def lengths_before(self, text: str, end: int) -> list[int]:
        """Lengths of all words that end there, the longest first."""
        return [len(word) for word in self._ending(text, end) if text.endswith(word, 0, end)]

    def _ending(self, text: str, end: int) -> tuple[str, ...]:
        """Words that may end there, told by their last letters."""
        if end <= 0:
            return ()
        key = text[end - _KEY : end] if end > _KEY else text[:end]
        return self._at_end.get(key) or self._at_end.get(key[-1:], ())


def _by_letters(words: Iterable[str], *, last: bool) -> dict[str, tuple[str, ...]]:
    """Words by their first or last two letters, the longest first.

    A word of one letter is under that letter and under all pairs that begin or end with it.
    """
    table: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        table.setdefault(word[-_KEY:] if last else word[:_KEY], []).append(word)
    for pair, found in table.items():
        letter = pair[-1] if last else pair[0]
        if len(pair) == _KEY and letter in table:
            found.append(letter)
    return {letters: tuple(found) for letters, found in table.items()}


@dataclass(frozen=True, slots=True)
class Feature:
    """What the suffix of a name says about the thing that it names."""

    kind: Kind
    relation: Relation = "line"


# --- directions ---------------------------------------------------------------------------------

SIDES: Final[Mapping[str, Side]] = {
    "东": "east",
    "南": "south",
    "西": "west",
    "北": "north",
    "东南": "southeast",
    "南东": "southeast",
    "西南": "southwest",
    "南西": "southwest",
    "东北": "northeast",
    "北东": "northeast",
    "西北": "northwest",
    "北西": "northwest",
}
OPPOSITE: Final[Mapping[Side, Side]] = {
    "east": "west",
    "west": "east",
    "north": "south",
    "south": "north",
    "northeast": "southwest",
    "southwest": "northeast",
    "northwest": "southeast",
    "southeast": "northwest",
}
COMPASS: Final = frozenset("东南西北")
DIRECTIONS: Final = Words(SIDES)
SIDE_TAILS: Final = Words(
    "部 面 侧 边 端 方 方向 边界 界 侧边 侧边界 向 两侧 两面 两边 两端 三面 三侧 四面 角"
)
"""What may follow the direction in the head of a side: 东面, 南侧, 西部."""
SIDE_JOINERS: Final = Words("、 和 与 及")
"""Between the directions of a joint side: 东、北至."""
SIDE_BRIDGES: Final = Words("的界线 的边界 的界限 界线 边界 的")
"""Between the direction and the verb: 西部的界线为."""
ADVERBS: Final = Words("均 分别 各 都 则 主要 大致 基本 大体 皆 并 同时 直 一直 可 也 又 还")
EACH: Final = frozenset({"分别"})
"""Adverbs that deal the references out over the directions: 南北分别衔接A和B."""

# --- the heads of sides -------------------------------------------------------------------------

VERBS_ANYWHERE: Final = Words(
    "至 到 起 起于 起自 起至 始于 始自 自 临 临近 临靠 抵 抵达 濒 濒临 毗邻 毗连 紧邻 紧靠 紧临 "
    "邻接 延至 延伸至 直至 直抵 直达 衔接 至于 止于 止 界至 迄 迄于 讫",
)
"""Verbs that open a side wherever they follow a direction, even without any punctuation."""
VERBS_AT_START: Final = Words(
    ":至 :到 :起 :临 :接 :为 :靠 :邻 :以 接 接至 连 连接 对接 靠 靠近 依 依托 邻 近 达 傍 滨 枕 "
    "襟 扼 望 界 隔 距 以 与 和 同 沿 含 为 是 由 从 倚 止 交 毗 跨 : - -- 至以 起以",
)
"""Verbs that open a side only where a clause begins or right after the name of a block."""
NEIGHBOUR_VERBS: Final = Words(
    "接 邻 毗邻 毗连 紧邻 邻接 连接 衔接 与 和 同 毗 连 对接 靠 靠近 紧靠 依 傍 临 界",
)
"""After these a bare name is a neighbouring area, not a point."""
WITH_VERBS: Final = frozenset({"与", "和", "同"})
"""With these 交界 closes the side: 西与A县交界."""
AWAY_VERBS: Final = frozenset({"距"})
"""After these the distance that follows is counted from the thing to the block."""
ACROSS_VERBS: Final = frozenset({"隔"})
"""After these 与…相望 names who lies across and is no bound."""
WITH_PARTS: Final = Words("及其 和其 及 与其")
"""Between a name and a part of it that is bound in: 桃园路及其东延线."""
NOT_BEFORE_HEAD: Final = frozenset("以之自由从往向朝")
"""Before a direction these say that it is no side: 以南至, 自东到西."""
BLOCK_ENDS: Final = frozenset(
    '区块园镇城村段地圃带场点组团部片界域围县市乡岛湖校所号目旗盟州查木屯寨庄队院厂体"”》)'
)
"""Characters that end the name of a block right before its first side: A区东至."""

# --- connectors ---------------------------------------------------------------------------------

LISTS: Final = frozenset("、/|;→")
"""Separators between references that need no knowledge of what stands beside them."""
DASHES: Final = frozenset("-")
CONJUNCTIONS: Final = Words("以及 及 和 与 跟 同 并")
"""Connectors only where what stands before them is a whole name: 通益路和运河, not 和睦路."""
TURNS: Final = Words(
    "转 折 接 至 到 沿 经 拐 连 续接 延伸至 转至 转沿 折至 转接 转向 转入 折向 起自",
)
"""Connectors of a chain; with the words of TURN_STEPS around them they make 再往南至,
向南折至."""
TURN_STEPS: Final = Words("再 又 后 然后 之后 而后 并 随后 并沿 再沿")
STUCK: Final = Words(
    "沿江 沿河 沿海 沿湖 沿路 沿溪 沿线 沿岸 沿山路 沿山河 沿山大道 沿山公路 沿途 经一 经二 经三 "
    "经四 经五 经六 经七 经八 经九 经十 接壤 接驳 连线 连接线 连接道 转盘 转运站 转运中心 "
    "经济开发区 经济技术开发区 经济区 经济带 经济园 经济合作区 经济产业 经开区",
)
"""Words that begin like a turn and are none, whatever stands before them: 沿江大道, 连接线."""
NO_TURNS: Final = Words(
    STUCK.words | set("经济 经纬 经开 接待 连山 连云 连江 转运 转塘 到发 至德 至善".split())  # noqa: SIM905
)
"""The same behind a place or another turn: 杭州市经济开发区. Behind a road the first letter turns:
甲路转运河路."""
TURNS_ALL_THE_SAME: Final = Words(
    "沿海棠 沿海宁 沿海盐 沿湖滨 沿湖州 沿湖墅 沿河坊 沿河滨 沿江滨 沿江南大道"
)
"""Begin like words that are no turns, but name something of their own: 甲路沿湖滨路."""
TURN_TOWARDS: Final = frozenset("向往朝")
PREFIXES: Final = Words("沿着 以 起自 距离 距 至 到 为 约")
"""Words before a name that are no part of it."""

# --- what follows a name ------------------------------------------------------------------------

CLOSERS: Final = Words(
    "隔海相望 隔水相望 隔湖相望 隔海相邻 隔河相邻 隔江相邻 隔路相望 隔路相邻 为邻 为界 为边界 "
    "为界线 为界限 为界址 为止 为限 相邻 接壤 毗邻 毗连 相接 相连 相望 相隔 隔江相望 隔河相望 "
    "一线 围合 范围 范围内 以内 之内 止 为东界 为南界 为西界 为北界 等 交界为界",
)
TAILS: Final = Words(
    "围合 合围 围成 所围 所围合 所围成 范围内 范围的 范围以内 区域内 连接形成 形成的 构成的 "
    "组成的 连成的 之间的 闭合 整体区块 为主要 所组成 所构成 界内 围合而成 区域 范围 地块 地带 "
    "内的 的地 的区 的范 的三 的围 地区 的土 的房 的用 的整 的封 的集 的所",
)
"""From here on a side speaks of the block again, where a whole name stands before:
…路围合区域."""
MEETINGS: Final = Words("相接 相连 相邻 毗邻 毗连 接壤 衔接 相望")
"""Close what is said of a neighbour behind a line: 淮河路与南区相接."""
DESCRIPTIONS: Final = Words(
    "所在 相接 相连 相邻 毗邻 衔接 出让 建成 征收 划拨 确权 供应 批复 通车 开工 经过 穿过"
)
"""Before 的 these say something of the thing that is named behind it: 已出让的某某用地."""
WATERS: Final = frozenset("海江河湖水洋路")
"""Behind 隔 these name nothing: 隔海与某岛相望 is about the island."""
MIDDLES: Final = Words(
    "河道中心线 道路中心线 路面中心线 中心线 中线 中轴线 中泓线 河心线 主航道中心线 航道中心线 "
    "主航道中线 主流中心线 河道中线 道路中线 主航道",
)
APPROX: Final = Words("附近 周边 一带 左右 沿线附近 周围")
POINTS: Final = Words(
    "交汇处 交汇口 汇流处 汇合处 汇合口 交叉口 交叉处 交会处 交会口 交汇点 交叉点 路口 交口 "
    "相交处 交接处 汇流口 入海口 入江口 河口 交点 道口",
)
"""A place of the things named; it belongs to all that are joined before it."""
ENDS: Final = Words(
    "出口 入口 洞口 端点 起点 终点 尽头 末端 始端 东端 西端 南端 北端 中端 桥头 路口 东口 库尾 "
    "库首 坝头 坝首 渠首 渠尾 桥尾 桥北 桥南 桥东 桥西 西口 南口 北口 东洞口 西洞口 南洞口 "
    "沟口 谷口 源头 源头处 入库口 出库口 "
    "北洞口 东出口 西出口 南出口 北出口 东入口 西入口 南入口 北入口",
)
"""A place of the thing named just before it."""
WITH_SIDES: Final = frozenset("岸侧麓")
"""Behind a direction these begin the edge of a thing, whatever else it says: 南侧边沟内壁."""
MOUTHS: Final = frozenset({"路口", "街口", "巷口", "弄口", "村口", "道口"})
"""Where a road or village opens; the first letter belongs to its name."""
FIRM_ENDS: Final = Words(
    "路 街 大道 道 公路 高速 高速公路 快速路 高架 铁路 高铁 运河 大河 号线 绕城 环线"
)
"""Ends of roads and railways that are seldom part of a place's name: 三江两岸绿道|下沙段."""
PARTS: Final = Words(
    "改线段 改建段 改道段 新建段 高架段 地面段 地下段 隧道段 已建段 在建段 未建段 拓宽段 连接段 "
    "东段 西段 南段 北段 中段 东南段 西南段 东北段 西北段 延伸段 延长段 延长线 延伸线 延伸 延长 "
    "规划段 现状段 东延 西延 南延 北延 东延线 西延线 南延线 北延线 东延段 西延段 南延段 北延段 "
    "东延伸段 西延伸段 南延伸段 北延伸段 东延长线 西延长线 南延长线 北延长线 向东延伸段 "
    "向西延伸段 向南延伸段 向北延伸段 上游段 下游段 沿线 及其延长线 及其延伸段 及其延长段 "
    "及其延伸线 及延长线 及延伸段",
)
EDGE_NOUNS: Final = Words(
    "侧 岸 岸线 沿岸 堤岸 岸堤 河岸 江岸 湖岸 河岸线 江岸线 湖岸线 左岸 右岸 左岸线 右岸线 左堤 "
    "右堤 左大堤 右大堤 左岸大堤 右岸大堤 左岸堤防 右岸堤防 堤防 护岸 驳岸 护堤 护坡 边坡 挡墙 "
    "挡土墙 山脚下 脚下 边沟 排水沟 截水沟 护路林 防护林 林带 建筑后墙 建筑外墙 院墙 围栏 栅栏 "
    "护网 隔离栅 隔离网 非机动车道 慢行道 路基 路面 路边线 路缘线 坡顶 坡底 坡脚线 堤顶 "
    "堤肩 堤外脚 堤内脚 规划绿线 规划蓝线 规划道路红线 规划边线 规划控制线 保护线 保护范围线 "
    "管理范围 保护范围 红线 道路红线 用地红线 征地红线 规划红线 绿线 蓝线 河道蓝线 黄线 绿化带 "
    "绿带 绿地 绿化 防护绿带 防护绿地 防护林带 沿路绿化 沿路绿化带 沿河绿化 沿河绿化带 隔离带 "
    "防护控制边界 控制边界 控制线 防护带 山脚 山脚线 山麓 麓 坡脚 堤脚 坡 山脊 主山脊 山脊线 "
    "分水岭 山体山脚 围墙 外墙 边线 外边线 外缘 内侧 外侧 边缘 边沿 缘 人行道 路沿 路缘 "
    "路缘石 路肩 护栏 游步道 外沿 沿 南侧山体 用地边界 地块边界 道路边界 道路边线 征地边界 "
    "管理范围线 退让线 坝顶 坝脚 坝肩 围网 网围栏 边缘线 外缘线 外岸 内岸 外堤 内堤",
)
"""The named edge of a thing; a direction may stand before it: 东岸, 西侧绿化带, 南面山脊."""
NUMERALS: Final = frozenset("一二三四五六七八九十")
"""May number a name behind its suffix: 支路一."""
DIRECTED_EDGE_NOUNS: Final = Words(
    "边界 边界线 边 面 界 界线 部边界 边线 墙 角 大堤 堤 岸大堤 岸滩地 岸滩涂 水沟 后墙 前墙 "
    "外围墙 院墙 山墙 小路 空地 用地 滩地 滩涂 田埂 辅路 辅道"
)
"""Edges only with a direction before them: 停车场北边界, 甲路北侧辅路; without one they are borders
or names: 甲路辅路 is a road."""
BANKS: Final = frozenset({"边", "岸边", "江边", "河边", "路边", "海边", "湖边"})
"""Edges only after the whole name of a line: 闽江边."""
ZONES: Final = Words("风景区 度假区 开发区 保护区 公园 园区 新区 名胜区 景区 工业区 保税区")
"""Areas whose 界线 is their edge; after a county or town the border has a name of its own."""
ZONE_BORDERS: Final = Words("界线 边界 边界线 范围线")
BORDERS: Final = Words(
    "开发边界 交界 界 边界 界线 行政边界 行政界线 分界线 边界线 分界 交界线 交界处",
)
SHARED_BORDERS: Final = Words("交界 交界线 交界处 接壤处")
"""Always one border of two areas; a plain 界 is one where 与 or 和 joins the areas."""
OFFSET_UNITS_M: Final[Mapping[str, float]] = {
    "公里": 1000.0,
    "千米": 1000.0,
    "km": 1000.0,
    "公尺": 1.0,
    "米": 1.0,
    "m": 1.0,
}

# --- what a name is -----------------------------------------------------------------------------

PLANNED: Final = Words("规划中的 规划 拟建 在建 待建 建设中的 新建 拟建的 在建的 计划")
NAMED_NEW: Final = frozenset({"新建", "在建"})
"""Open names too: 新建路, 新建南路, 新建河 are old."""
EXISTING: Final = Words("现状 现有 既有 已建")
"""No part of a name that can be looked up: 现状时代小区, but 现状水渠 stays as it is."""
PLANNED_KINDS: Final = frozenset({"road", "river", "railway", "landform", "admin_boundary"})
"""Kinds whose name is the same without 规划."""

_FEATURES: Final[tuple[tuple[Kind, Relation, str], ...]] = (
    (
        "road",
        "line",
        (
            "路 街 大道 大街 道 大道东 大道南 大道西 大道北 大道中 高速 高速公路 公路 快速路 "
            "快速 国道 省道 县道 乡道 村道 市道 巷 弄 胡同 里弄 环线 外环 内环 中环 一环 二环 "
            "三环 四环 五环 六环 绕城 高架 高架路 高架桥 连接线 复线 大路 马路 匝道 辅路 辅道 "
            "引线 引道 引桥 便道 机耕道 田间道 生产路 主干道 次干道 主干路 次干路 干道 干路 匝道 "
            "车道 改线 步行街 车行道 机耕路 线 专用道 支路 环路 通道 一段 二段 三段 四段 五段 "
            "六段 绿道"
        ),
    ),
    (
        "river",
        "line",
        (
            "河 港 江 溪 浜 塘 渠 运河 东海 南海 黄海 渤海 北海 湾 漾 泾 浦 沟 涧 圳 河道 大圳 "
            "川 洋 池 港池 水道 排水路 水渠 干渠 东支 南支 西支 北支 中支 支渠 渠道 排水线 支流 "
            "河流 溪流 干流 分线 支线 总干渠 海域 大海 滘 涌 沥 渎 汊 荡 淀 水系 河涌 排洪渠 "
            "斗渠 农渠 毛渠 斗沟 农沟 排干 排碱渠 防渗渠 灌渠 溢洪道 截洪沟 故道 河故道 干沟 "
            "支沟 堰 垸 泄洪渠 水域 洪道 泄洪道 洲头 江面 航道 主航道 海岸 海岸线 江岸 湖岸 水"
        ),
    ),
    ("river", "line", "外海 内海 近海 公海 江边 河边 湖边 海边"),
    ("road", "line", "路边"),
    ("landform", "line", "山边"),
    ("river", "area", "水库 瀑布 湿地 水塘 池塘 水面"),
    ("landform", "area", "湖 淖尔 淖 海子 高地 岛 洲 半岛 山体 盆地 林场 洼 沙洲 滩"),
    (
        "railway",
        "line",
        (
            "铁路 铁路线 高铁 高速铁路 高铁线 铁路专用线 轻轨 轨道 地铁 城际 城际铁路 客专 "
            "客运专线 绕行线 货运线 号线 铁道 动车线 磁浮线"
        ),
    ),
    (
        "admin_boundary",
        "line",
        (
            "界 交界 边界 区界 镇界 村界 县界 市界 省界 乡界 街道界 行政界线 分界线 界线 "
            "行政边界 分区界 辖区界 小班线 行政区界 分界 交界线 国界 交界处 行政界限 开发边界 "
            "行政区域界线 接壤处 控制线"
        ),
    ),
    ("admin_boundary", "area", "区 县 市 镇 乡 街道 省 开发区 度假区 风景区 新区 自治州 旗 州"),
    (
        "landform",
        "line",
        (
            "山 岭 岗 丘 坡 峰 山脉 山脊 山脊线 山脚 山麓 海塘 滩涂 峡谷 山谷 谷 悬崖 崖 岩 "
            "海岸滩 山坡 山头 岽 嶂 崮 冲 天水 余脉 等高线 分水岭 山梁 梁 垄 塬 戈壁 沙丘 山沟 "
            "田埂 地埂 土埂 沙滩 尖 寨山 林带 冲沟 陡坎 坎"
        ),
    ),
    ("landform", "point", "垭口 主脊 关口 垭 山口 卡子 窝 坳 隘口 顶 山顶 峰顶 主峰 坝子"),
    (
        "facility",
        "line",
        (
            "桥 大桥 堤 大堤 堤防 坝 大坝 墙 围墙 外墙 泊位 管线 管廊 走廊 箱涵 管涵 涵洞 江堤 "
            "海堤 联围 围堤 堤围 圩堤 围栏 栅栏 铁丝网 护栏 输油管 输气管 高压线 城墙 长城"
        ),
    ),
    ("facility", "point", "闸 水闸 船闸 隧道 立交 立交桥 收费站 互通 枢纽 泵站 塔 码头 口岸"),
    (
        "facility",
        "area",
        (
            "小学 中学 学校 大学 学院 医院 公园 广场 油库 公司 厂 站 车站 火车站 客运站 停车场 "
            "驾校 机场 中心 基地 校区 园区 花园 大厦 公寓 变电站 加油站 石化 仓库 寺 庙 宿舍 "
            "工业园 产业园 科技园 园 场部 遗址 旧址 幼儿园 集团 市场 商城 酒店 宾馆 体育馆 "
            "体育场 球场 用房 墓园 陵园 植物园 动物园 水厂 电厂 污水处理厂 堆场 场 物流园 货场 "
            "院 所 局 家属院 派出所 动车所 变电所 仓 库 站场 编组站 度假村 农家乐 山庄 别墅 "
            "宿舍楼 教学楼 办公楼 驻地 部队 祠堂 祠 教堂 清真寺 鼓楼 钟楼 一期 二期 三期 四期 "
            "渔港 海港 商港 军港 港口 港区 "
            "仓储 车辆段 机务段 工务段 电务段 博物馆 图书馆 展览馆 大楼 楼 苑 府 小区 农场 监狱 "
            "军营 营区"
        ),
    ),
    (
        "other",
        "area",
        (
            "地块 用地 地区 区块 单元 村 邨 村庄 农业区 住宅区 工业区 商业区 农田 耕地 林地 空地 "
            "眷村 社区 宅基地 民房 民宅 空闲地 闲置地 国有地 土地 山地 旱地 草地 居民区 片区 "
            "组团 宗地 建设用地 绿地 厂区 厂房 菜地 果园 茶园 基本农田 水田 荒地 新村 古镇 古城 "
            "古村 老城区 城区 市区 承包地 责任田 责任地 自留地 自留山 鱼塘 养殖场 苗圃 草场 牧场 "
            "居民点 条田 大田 稻田 麦田 葡萄园 大队 生产队 小队 中队 支队 消防队 连队 团场 团部 "
            "连部 营部 嘎查 苏木 村民小组 小组 村小组 居委会 村委会 居住区 组"
        ),
    ),
)
FEATURES: Final[Mapping[str, Feature]] = {
    word: Feature(kind, relation) for kind, relation, words in _FEATURES for word in words.split()
}
"""Suffix of a name → what it names. The longest suffix decides: 河道 is a river, 大道 a road."""
FEATURE_WORDS: Final = Words(FEATURES)
LINE_KINDS: Final = frozenset({"road", "river", "railway"})
CONTAINED: Final[tuple[tuple[str, str, Feature], ...]] = (
    ("线", "铁路", Feature("railway")),
    ("线", "高铁", Feature("railway")),
    ("线", "大圳", Feature("river")),
    ("线", "排水", Feature("river")),
    ("线", "渠", Feature("river")),
    ("支线", "路", Feature("road")),
    ("分线", "路", Feature("road")),
)
"""Suffix and a word before it that together decide otherwise: 沪昆铁路绕行线."""
GENERIC: Final = Words(
    "道路 支路 路 街 街道 干道 主干道 次干道 主干路 次干路 快速路 河道 河 河流 小河 河涌 涌 水渠 "
    "渠 渠道 水沟 沟 排水沟 排水渠 排洪渠 灌溉渠 防渗渠 斗渠 农渠 支渠 干渠 山沟 冲沟 陡坎 水塘 "
    "鱼塘 水系 山体 山坡 山脚 山脊 山脊线 山地 分水岭 等高线 高铁 铁路 高速铁路 村道 乡道 县道 "
    "公路 高速 高速公路 机耕路 机耕道 田间路 田间道 生产路 小路 大路 便道 巷道 绿道 滩涂 海 大海 "
    "外海 海岸线 海堤 农业区 住宅区 居民区 居住区 居民点 农田 基本农田 稻田 耕地 林地 空地 荒地 "
    "草地 草场 果园 茶园 菜地 承包地 责任田 宅基地 民房 民宅 住宅 村庄 学校 用地 土地 建设用地 "
    "国有土地 集体土地 社区服务中心 公园绿地 防护绿地 绿化用地 防护林 林带 绿化带 绿地 厂区 厂房 "
    "空闲地 边界 界线 行政界线 行政区界 红线 范围线 控制线 用地红线 征地红线 地界 围墙 院墙 外墙 "
    "区间路 街坊路 高压走廊 高压线 排洪沟 截洪沟 泄洪沟 泄洪渠 排碱渠 灌渠",
)
"""Names that cannot be looked up: they say what a thing is, not which."""
GENERIC_BEFORE: Final = Words(
    "规划 规划中的 拟建 待建 现状 现有 既有 已建 城市 市政 园区 地块 宗地 用地 村内 村庄 村 乡村 "
    "农村 通村 田间 生产 国有 集体 农用 工业 居住 商业 公共 原有 原 其他 其它 周边 临时 已征 "
    "未征 未利用 闲置 空闲 厂区 小区 防护 公园 山体 灌溉 排水 防洪 内部 外部"
)
"""Before a generic name these leave it generic: 规划城市支路, 国有空闲地."""
ROAD_CODE_MARKS: Final = Words("国道 省道 县道 乡道 市道 高速 G S X Y")
"""Before a number these make the name of a road: 国道G106, S224."""
LOCATORS: Final = Words("镇 街道 乡 村 区 县 市 新城 工业区 开发区")
"""Ends of a place that stands before a name: 尖山镇环城东路."""
INNER_AREAS: Final = Words("社区 园区 小区 景区 校区 厂区 山区 库区 新区 片区")
"""End like a 区 of the administration and are none."""
ADMIN_UNITS: Final = Words("区 县 市 镇 乡 街道 村 社区 省 单元 分区")
REMARKS: Final = Words(
    "邻 紧邻 紧临 毗邻 约 不含 已 宽 即将 位于 属 现 长 详见 见 除 不包括 共 原 靠 临 暂",
)
INCLUSIONS: Final = Words("含 包含 包括 包含了 涵盖")

# --- the site on the named side of a thing ------------------------------------------------------

INVERSE_MARKS: Final = Words("以 之 的")
LOCATION_WORDS: Final = Words(
    "位于 坐落于 座落于 坐落在 座落在 坐落 座落 地处 处于 位处 在 为 范围 四至 东临 即 是 指 即为 "
    "选址于 选址 于 建于 涉及",
)
"""What follows these is the place; the thing named starts after the last of them."""

# --- ring of lines without directions -----------------------------------------------------------

ENCLOSERS: Final = Words(
    "围合 合围 围成 所围 所围合 所合围 所围成 为界 为边界 围合区域 封闭区域 围合的 合围的 闭合 "
    "包围 所包围 围绕 所围绕 围起 共同围合 共同围成 之间的区域 之间区域 之间的地块 之间的范围",
)

# --- areas --------------------------------------------------------------------------------------

UNITS_M2: Final[Mapping[str, float]] = {
    **{unit: size for unit, size in AREA_UNITS_M2.items() if unit != "mu"},
    "㎢": KM2_M2,
    "k㎡": KM2_M2,
    "hm2": HA_M2,
    "hm²": HA_M2,
    "万㎡": 1e4,
    "万m2": 1e4,
    "万m²": 1e4,
    "平米": 1.0,
}
UNIT_WORDS: Final = Words(UNITS_M2)
HAN_DIGITS: Final[Mapping[str, int]] = {
    **{digit: value for value, digit in enumerate("零一二三四五六七八九")},
    **{digit: value for value, digit in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
"""Digits of numbers in Chinese numerals, with those of contracts."""
HAN_POWERS: Final[Mapping[str, int]] = {
    "十": 10,
    "百": 100,
    "千": 1000,
    "拾": 10,
    "佰": 100,
    "仟": 1000,
}
APPROX_AREA: Final = Words("约为 约 近 大约 余 多 左右 超 超过 逾 大约在 约是 约有 将近 接近")
AREA_LEADS: Final = Words(
    "面积 总面积 占地 用地 规划 建设 出让 总 土地 总占地 总用地 规划面积 总规划面积 用地面积 "
    "占地面积 规划总 共 共计 计 是 为 达 达到 约 约为 大约 近 有 : 合计 总计 辖区 管辖 项目 围合 "
    "区域 区域内 范围 范围内 内 单元 该板块 板块 建设用地 地块 净用地 可建设 实际 的 在 整体 "
    "投影 核定 面积为 总体 规模",
)
"""Words before the number that belong to the area and not to a name."""
AREA_DISTRACTORS: Final = Words(
    "水域 水面 封关 建筑 绿地 绿化 地上 地下 允许 条件 限制 保税 已建 已开发 耕地 林地 农田 商业 "
    "住宅 工业用地 其中 可用 剩余 一期 二期 另有 公共",
)
"""Words that say that an area is not that of the block."""

# --- blocks -------------------------------------------------------------------------------------

BLOCK_SUFFIXES: Final = Words(
    "区块 片区 地块 单元 园区 板块 基地 组团 区 园 新城 小镇 科技城 街道 镇 部 平台 地区 产业带 "
    "城区 功能区 范围 核心区 城 公园 块 宗地",
)
WALLS: Final = Words("围墙 外墙 墙")
"""Stay in the name where a distance from them is given: 主楼北外墙外扩5米."""

ZONE_LABELS: Final = Words(
    "保护范围 核心保护范围 重点保护范围 一般保护范围 建设控制地带 保护地带 外围保护地带 "
    "风貌协调区 控制范围 研究范围 征收范围 管控范围 协调范围 建设控制区 建设控制范围",
)
"""Zones of protection; a clause that ends so is the name of a block: 某寺建设控制地带:东至…."""
FIELD_NAMES: Final = Words(
    "面积 用地面积 占地面积 总面积 规划面积 土地面积 出让面积 四至 东至 南至 西至 北至 用途 "
    "土地用途 备注 容积率 坐落 地块 出让年限 规划用途",
)
"""Heads of columns, which begin a new cell in a table that has lost its rules."""
PREDICATES: Final = Words(
    "设立于 位于 坐落于 座落于 坐落 座落 地处 规划面积 总规划 规划总 规划范围 规划建设 规划用地 "
    "总面积 面积 总占地 总用地 占地 用地面积 四至 四界 四邻 范围 的规划 的范围 由 为 是 将 已 "
    "涵盖 包括 涉及 主要 共 分 总 设立 成立 管委会 管理委员会 的四至 在 建设 东至 规划控制 控制 "
    "实际 具体 以",
)
"""From these words on a clause speaks about the block; its name stands before them."""
HEADER_NOISE: Final = Words(
    "其中 四至范围 规划范围 四至 四界范围 范围 具体 具体位置 具体范围 四至界限 四至边界 位置 "
    "界址 边界 分别为 为 是 保护 征收 实施 宗地 次征收 次规划 统筹研究 研究 计划 规划控制 该 本 "
    "其 改造 拆迁 规划调整 调整 "
    "区块 片区 板块 园区 所辖 所辖范围 规划项目 项目 项目位于 规划 规划设计范围 保护范围 "
    "征收范围 四邻 界限 北侧 以及 和 调整后 扩区后 近期 远期 单元 地块 该地块 该单元 "
    "该板块 区域 总 位于 用地范围 项目地块 空间范围 规划用地范围 四至坐标 出让地块 范围四至 公园 "
    "面积 的",
)
"""Words of a header that name nothing."""
GROUPERS: Final = Words("分 共 由 包括 包含 涵盖 含")
"""After an area these say that it is shared by the blocks that follow."""
