"""What can be wrong with a boundary file: each kind of finding, how bad it is, and the remedy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from parkgeo._style import Text

__all__ = ["CODES", "Code", "Severity"]


class Severity(StrEnum):
    """How much a finding matters, the worst first."""

    ERROR = "error"
    """Results of this file would be wrong, or there are none."""
    WARNING = "warning"
    """Probably not what was meant; look at it."""
    NOTE = "note"
    """Worth knowing."""


SEVERITY_WORDS: Final = {
    Severity.ERROR: Text("错误", "error"),
    Severity.WARNING: Text("警告", "warning"),
    Severity.NOTE: Text("提示", "note"),
}


class Code(NamedTuple):
    """One kind of finding: what is said and advised, with the facts of a file put in."""

    severity: Severity
    found: Text
    remedy: Text
    fixable: bool = False


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_FILE: Final = {
    "unreadable": Code(
        _E,
        Text("文件无法读取：{why}", "the file cannot be read: {why}"),
        Text("按上述提示处理，或重新获取文件", "do what the message says, or fetch the file again"),
    ),
    "encoding-wrong": Code(
        _W,
        Text("所声明的编码不对，文字实为 {encoding}", "the text is {encoding}, not what is said"),
        Text(
            "用 encoding={encoding!r} 读取，或另存为新文件",
            "read it with encoding={encoding!r}, or write it anew",
        ),
        fixable=True,
    ),
    "encoding-unstated": Code(
        _N,
        Text("没有 .cpg，按内容判断编码为 {encoding}", "no .cpg; the bytes read as {encoding}"),
        Text(
            "另存为带 .cpg 的文件，以免其他软件显示乱码",
            "write it anew with a .cpg, so that other programs show no mojibake",
        ),
        fixable=True,
    ),
    "text-mojibake": Code(
        _E,
        Text("乱码：“{wrong}”应为“{right}”", "mojibake: {wrong!r} must be {right!r}"),
        Text("还原编码", "turn the text back into what it was"),
        fixable=True,
    ),
    "text-lost": Code(
        _E,
        Text("文字已损坏，无法还原：“{wrong}”", "text is lost for good: {wrong!r}"),
        Text("从原始文件重新导出", "export the file again from its source"),
    ),
    "no-rows": Code(
        _E,
        Text("没有任何记录", "there are no rows"),
        Text("重新导出文件", "export the file again"),
    ),
    "ring-open": Code(
        _N,
        Text(
            "界址点环未闭合（首尾点不同）：第 {lines} 行起", "rings not closed, from lines {lines}"
        ),
        Text("把首点重复写在末尾", "repeat the first point at the end"),
        fixable=True,
    ),
}

_PLACE: Final = {
    "crs-missing": Code(
        _E,
        Text("未说明坐标系；{guess_zh}", "the CRS is not said; {guess}"),
        Text(
            "用 crs= 或 datum= 指明（命令行 --crs、--from）",
            "name it with crs= or datum= (--crs or --from on the command line)",
        ),
    ),
    "crs-contradicted": Code(
        _E,
        Text("坐标与所声明的坐标系 {crs} 矛盾：{why}", "coordinates contradict {crs}: {why}"),
        Text("声明正确的坐标系", "declare the CRS in which the coordinates really are"),
    ),
    "axes-swapped": Code(
        _E,
        Text(
            "经纬度（或纵横坐标）颠倒，如 x={x:.10g}, y={y:.10g}",
            "axes are swapped: such as x {x:.10g}, y {y:.10g}",
        ),
        Text("交换 x 与 y", "swap x and y"),
        fixable=True,
    ),
    "datum-unknown": Code(
        _E,
        Text(
            "坐标系 {crs} 的基准不能直接换算：{why}", "{crs} cannot be brought to CGCS2000: {why}"
        ),
        Text(
            "由有转换参数的单位换算到 CGCS2000",
            "have it converted to CGCS2000 by whoever has the parameters",
        ),
    ),
    "datum-suspect": Code(
        _E,
        Text("声明为 {said}，坐标却更像 {fits}：{how_zh}", "says {said}, and fits {fits}: {how}"),
        Text(
            "确认后用 datum={fits!r} 读取，或修复时指明（--fix-datum {fits}）",
            "when you know it is so, read with datum={fits!r}, or fix with --fix-datum {fits}",
        ),
        fixable=True,
    ),
    "datum-unsaid": Code(
        _N,
        Text(
            "GeoJSON 默认 WGS 84，而高德、DataV 等的文件多为 GCJ-02，文件本身不说明",
            "GeoJSON is WGS 84 by its standard, and files of Amap or DataV are on GCJ-02 all the "
            "same; nothing here tells which",
        ),
        Text(
            "与已知的道路或界线比对（reference=），或用 datum= 指明",
            "compare it with known lines (reference=), or say datum=",
        ),
    ),
    "not-finite": Code(
        _E,
        Text(
            "坐标不是有限数（NaN、无穷或大得离奇）", "coordinates are not finite, or absurdly large"
        ),
        Text("从来源重新读取，或置为空", "read them again from their source, or set them to null"),
    ),
    "outside-china": Code(
        _W,
        Text(
            "位于中国范围（73°–136°E，3°–54°N）之外，如 {x:.6g}, {y:.6g}",
            "outside China (73°–136° E, 3°–54° N), such as {x:.6g}, {y:.6g}",
        ),
        Text("检查坐标系与坐标", "look at the CRS and the coordinates"),
    ),
    "coarse": Code(
        _W,
        Text(
            "坐标过粗：只有 {decimals} 位小数，约 {step_m:.0f} 米一格",
            "coordinates are coarse: {decimals} decimals, steps of about {step_m:.0f} m",
        ),
        Text("从来源取完整精度", "take all digits from the source"),
    ),
}

_SHAPE: Final = {
    "geometry-missing": Code(
        _W,
        Text("没有图形", "no geometry"),
        Text("补上图形；确实不详的可留空", "add it; leave it null only where it is not known"),
    ),
    "geometry-empty": Code(
        _W,
        Text("图形为空", "an empty geometry"),
        Text("置为空值", "set it to null"),
        fixable=True,
    ),
    "geometry-type": Code(
        _E,
        Text("应为面，却是 {kind}", "{kind} where a polygon belongs"),
        Text("取出面状部分，或换用面图层", "take the polygons that are meant"),
    ),
    "line-closed": Code(
        _E,
        Text("闭合线，应为面", "a closed line that must be a polygon"),
        Text("由闭合线构面", "make polygons of the closed lines"),
        fixable=True,
    ),
    "self-crossing": Code(
        _E,
        Text("自相交：{why}", "rings cross themselves or each other: {why}"),
        Text("修复图形，并核对面积变化", "repair the geometry, and look at the change of area"),
        fixable=True,
    ),
    "self-touch": Code(
        _E,
        Text("环自身相触：{why}", "a ring touches itself: {why}"),
        Text("修复图形（面积不变）", "repair the geometry; the area stays"),
        fixable=True,
    ),
    "invalid": Code(
        _E,
        Text("图形无效：{why}", "an invalid geometry: {why}"),
        Text("修复图形，并核对面积变化", "repair the geometry, and look at the change of area"),
        fixable=True,
    ),
    "has-z": Code(
        _N,
        Text("带有高程（Z）或量度（M）", "has heights (Z) or measures (M)"),
        Text("范围无需高程，去掉即可", "an extent has none; drop them"),
        fixable=True,
    ),
    "sliver": Code(
        _W,
        Text(
            "碎屑：{n} 处，平均宽度不足 {limit:g} 米（最窄 {least:.3f} 米）",
            "slivers: {n} parts of mean width below {limit:g} m (the narrowest {least:.3f} m)",
        ),
        Text("并入相邻地块，或删除", "join them with what lies beside, or drop them"),
    ),
    "needle": Code(
        _N,
        Text(
            "针状：{n} 处，长为宽的 {limit:g} 倍以上",
            "needles: {n} parts more than {limit:g} times as long as wide",
        ),
        Text(
            "确认是否为道路、河道等狭长地块",
            "make sure that they are meant, as roads and rivers are",
        ),
    ),
    "spike": Code(
        _W,
        Text("尖刺：{n} 个折角不足 {limit:g}°", "spikes: {n} corners of less than {limit:g}°"),
        Text("删去尖刺顶点", "take the outermost vertices away"),
    ),
    "hole-tiny": Code(
        _W,
        Text(
            "细小孔洞：{n} 个（不足 {limit:g} 平方米，或宽不足 {width:g} 米）",
            "tiny holes: {n} of less than {limit:g} m², or narrower than {width:g} m",
        ),
        Text("确认不是数字化误差，否则填补", "fill them unless they are meant"),
    ),
    "vertices-repeated": Code(
        _N,
        Text("重复点：{n} 个", "repeated vertices: {n}"),
        Text("删去重复点，形状不变", "take the repeats away; the shape stays"),
        fixable=True,
    ),
    "vertices-near": Code(
        _N,
        Text(
            "过近的点：{n} 对相距不足 {limit:g} 米",
            "vertices nearer than {limit:g} m: {n} pairs (not repeats)",
        ),
        Text("简化边界，或检查数字化", "simplify the border, or look at how it was digitised"),
    ),
}

_ROWS: Final = {
    "row-doubled": Code(
        _W,
        Text("整行重复：{n} 行与前面某行完全相同", "{n} rows repeat an earlier row in everything"),
        Text("只留一行", "keep one of each"),
        fixable=True,
    ),
    "extent-doubled": Code(
        _N,
        Text(
            "图形完全相同而属性不同：{n} 行", "{n} rows share their geometry and differ otherwise"
        ),
        Text(
            "多块牌子属正常；否则只留一行", "right for several brands of one ground; else keep one"
        ),
    ),
    "id-doubled": Code(
        _E,
        Text("编号“{column}”重复：{values}", "ids in {column!r} stand more than once: {values}"),
        Text("给每一行唯一的编号", "give each row an id of its own"),
    ),
    "overlap-in-brand": Code(
        _W,
        Text(
            "同一牌子“{brand}”内地块重叠：{n} 处，共 {area_mu:.2f} 亩",
            "blocks of brand {brand!r} overlap: {n} places, {area_mu:.2f} mu",
        ),
        Text(
            "切去重叠部分；parkgeo 计算净面积时只算一次",
            "cut one along the other; net areas of parkgeo count the ground once",
        ),
    ),
    "overlap-sliver": Code(
        _W,
        Text(
            "同一牌子“{brand}”相邻地块边界不一致，重叠碎屑 {n} 处，共 {area_mu:.4f} 亩",
            "neighbours of brand {brand!r} disagree about their border: {n} slivers of overlap, "
            "{area_mu:.4f} mu",
        ),
        Text("让相邻地块共用同一条边界", "give neighbours one and the same border"),
    ),
    "gap-in-brand": Code(
        _W,
        Text(
            "同一牌子“{brand}”地块之间有缝隙：{n} 处，宽不足 {limit:g} 米",
            "gaps between blocks of brand {brand!r}: {n}, narrower than {limit:g} m",
        ),
        Text("让相邻地块共用同一条边界", "give neighbours one and the same border"),
    ),
}

_ATTRIBUTES: Final = {
    "column-missing": Code(
        _W,
        Text(
            "没有能识别的牌子名称列；现有列：{have}{hint_zh}",
            "no column names the brands; there are {have}{hint}",
        ),
        Text(
            "用 aliases= 指明（命令行 --alias 列名=brand）",
            "say which does with aliases= (--alias NAME=brand)",
        ),
    ),
    "columns-missing": Code(
        _N,
        Text("缺少列：{names}", "columns of the parks schema that are missing: {names}"),
        Text("有则补上；read_parks 会以空值代替", "add what is known; read_parks puts nulls there"),
    ),
    "columns-unknown": Code(
        _N,
        Text("未识别的列：{names}{hint_zh}", "columns that are not understood: {names}{hint}"),
        Text(
            "用 aliases= 说明含义；否则原样保留", "say what they mean with aliases=, or leave them"
        ),
    ),
    "columns-doubled": Code(
        _E,
        Text("列名重复：{names}", "columns stand twice: {names}"),
        Text("改名或删去一列；以下只看第一列", "rename or drop one; only the first is looked at"),
    ),
    "columns-ambiguous": Code(
        _E,
        Text("列的含义不唯一：{why}", "columns are ambiguous: {why}"),
        Text("用 aliases= 选定（命令行 --alias）", "choose with aliases= (--alias)"),
    ),
    "word-unknown": Code(
        _W,
        Text(
            "“{column}”列有未识别的值：{values}{hint_zh}",
            "column {column!r} holds unknown words: {values}{hint}",
        ),
        Text("改用规定的词：{words_zh}", "use one of {words}"),
    ),
    "date-unreadable": Code(
        _W,
        Text("“{column}”列不是日期：{values}", "column {column!r} holds no days: {values}"),
        Text("写成 2021-01-02 或 2021年1月2日", "write 2021-01-02 or 2021年1月2日"),
    ),
    "date-odd": Code(
        _W,
        Text(
            "“{column}”列日期可疑（1979 年以前或晚于今天）：{values}",
            "column {column!r} holds days before 1979 or after today: {values}",
        ),
        Text("核对批准文件", "look them up in the document of approval"),
    ),
    "value-odd": Code(
        _W,
        Text("“{column}”列的值 {values} {why_zh}", "column {column!r}: {values} {why}"),
        Text("改正该值；不详则留空", "correct it, and leave it null where it is not known"),
    ),
    "area-unit-missing": Code(
        _W,
        Text("“{column}”列面积没有单位{hint_zh}", "areas in {column!r} have no unit{hint}"),
        Text(
            "用 aliases= 指明单位，或修复时指明 area_unit=（--area-unit）",
            "name the unit with aliases=, or fix with area_unit= (--area-unit)",
        ),
        fixable=True,
    ),
    "area-unit": Code(
        _E,
        Text(
            "“{column}”列面积按 {said} 计与图形相差约 {factor:.4g} 倍，按 {fits} 计则吻合",
            "areas in {column!r} are {factor:.4g} times the measured ones as {said}, and fit as "
            "{fits}",
        ),
        Text(
            "核对单位；修复时加 areas=True（--fix-areas）则改正",
            "look at the unit; fix with areas=True (--fix-areas) to correct it",
        ),
        fixable=True,
    ),
    "area-unreadable": Code(
        _W,
        Text("“{column}”列不是面积：{values}", "column {column!r} holds no areas: {values}"),
        Text("写成带单位的数，如 11.95平方公里", "write a number with its unit, as 11.95平方公里"),
    ),
    "area-differs": Code(
        _W,
        Text(
            "公布面积与图形面积相差超过 {limit:.0%}：{values}",
            "stated and measured area differ by more than {limit:.0%}: {values}",
        ),
        Text(
            "核对范围与公布面积的口径（净面积、代管、批次）",
            "look at the extent, and at what the stated area counts",
        ),
    ),
}

CODES: Final[Mapping[str, Code]] = {**_FILE, **_PLACE, **_SHAPE, **_ROWS, **_ATTRIBUTES}
"""Each kind of finding by its name."""
