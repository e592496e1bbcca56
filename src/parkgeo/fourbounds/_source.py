"""A text in the form in which it is read, with the way back to the text as written.

Full-width signs become half-width, traditional characters of the grammar become simplified, and
spaces that scanning left inside words vanish; each character remembers where it came from, so that
every span is exact in the text as written.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from parkgeo.fourbounds import _grammar as grammar

__all__ = ["SOFT_BREAK", "Source", "read_form"]

SOFT_BREAK: Final = "\t"
"""A space that separates two words, as between the cells of a table."""

_SIMPLIFIED: Final = (
    "並并 佈布 佔占 倉仓 個个 側侧 僅仅 儲储 內内 兩两 則则 剛刚 創创 劃划 劉刘 劑剂 動动 務务 "
    "勝胜 勞劳 匯汇 區区 協协 單单 國国 圍围 園园 圖图 團团 場场 塊块 墻墙 墾垦 壘垒 壟垄 壩坝 "
    "學学 實实 專专 屬属 島岛 崗岗 嶺岭 嶼屿 巖岩 帶带 幹干 庫库 廟庙 廠厂 廣广 廳厅 後后 徑径 "
    "從从 擬拟 擴扩 斷断 於于 會会 東东 條条 業业 榮荣 樓楼 橋桥 橫横 歸归 沖冲 淵渊 淺浅 湧涌 "
    "溝沟 溫温 滙汇 滬沪 漢汉 潯浔 澗涧 澤泽 濕湿 濱滨 瀕濒 灘滩 灣湾 為为 無无 營营 爲为 牆墙 "
    "狀状 獄狱 現现 環环 產产 畝亩 畫画 發发 監监 碼码 礦矿 種种 穀谷 積积 窪洼 節节 範范 築筑 "
    "粵粤 糧粮 約约 紅红 組组 經经 綜综 綠绿 維维 網网 綿绵 緊紧 線线 緣缘 編编 緯纬 縣县 縮缩 "
    "縱纵 總总 織织 繞绕 繩绳 繼继 續续 纜缆 腳脚 臨临 臺台 與与 興兴 舊旧 華华 萬万 藍蓝 蘇苏 "
    "處处 號号 術术 衛卫 衝冲 衞卫 製制 見见 規规 視视 親亲 觀观 計计 設设 話话 該该 詳详 護护 "
    "譽誉 讀读 變变 讓让 豐丰 貨货 貫贯 費费 資资 賓宾 質质 賽赛 車车 軌轨 軍军 軟软 軸轴 載载 "
    "輔辅 輕轻 輛辆 輸输 轄辖 轉转 農农 連连 週周 進进 遊游 運运 過过 達达 違违 遞递 遠远 適适 "
    "選选 遺遗 遼辽 還还 邊边 邐逦 邨村 鄉乡 鄔邬 鄧邓 鄰邻 醫医 醬酱 釋释 銀银 銅铜 鋪铺 鋼钢 "
    "錢钱 鎮镇 鐘钟 鐵铁 鑛矿 長长 門门 開开 閘闸 關关 陰阴 陽阳 隊队 階阶 際际 雙双 雜杂 離离 "
    "難难 雲云 電电 靜静 韓韩 頂顶 頃顷 項项 頭头 顏颜 願愿 類类 風风 飛飞 養养 餘余 館馆 馬马 "
    "驗验 驛驿 體体 魚鱼 鹽盐 麗丽 黃黄 點点 齊齐 龍龙 龜龟"
)
"""Traditional characters of the grammar, each with its simplified form."""
_PUNCTUATION: Final = {
    "〔": "(",
    "〕": ")",
    "[": "(",
    "]": ")",
    "【": "(",
    "】": ")",
    "﹝": "(",
    "﹞": ")",
    "—": "-",
    "–": "-",
    "―": "-",
    "─": "-",
    "－": "-",
    "‐": "-",
    "~": "-",
    "～": "-",
    "⟶": "→",
    "➔": "→",
    "➝": "→",
    "﹑": "、",
    "､": "、",
    "｡": "。",
    "：": ":",
    "∶": ":",
    "；": ";",
    "，": ",",
    "﹐": ",",
}


def _reading() -> dict[int, str]:
    table = {ord(pair[0]): pair[1] for pair in _SIMPLIFIED.split()}
    for code in range(0xFF01, 0xFF5F):  # the full-width forms of ASCII
        table[code] = unicodedata.normalize("NFKC", chr(code))
    return table | {ord(old): new for old, new in _PUNCTUATION.items()}


_READING: Final = _reading()
_GAP: Final = re.compile(r"[\s\u3000\u200b\ufeff]+")
_WORD: Final = re.compile(r"[^\s\u3000\u200b\ufeff,;:。、()\-/…“”\"]+")
_SHORT_WORD: Final = 2
_ROAD_CODE: Final = re.compile(r"[GSXY]\d{1,4}$")
_CELL_NUMBER: Final = re.compile(r"\d{4,}(\.\d+)?$|\d+\.\d+$")


def read_form(name: str) -> str:
    """Return a short name in the form in which it is read, without its gaps."""
    return _GAP.sub("", name.translate(_READING))


@dataclass(frozen=True, slots=True)
class Source:
    """A text as written, and as read.

    Parameters
    ----------
    text
        The text as written.
    chars
        The text as read.
    origin
        For each character of ``chars``, its place in ``text``.
    brackets
        Place of each opening bracket in ``chars`` → place of its closing one.
    """

    text: str
    chars: str
    origin: tuple[int, ...]
    brackets: Mapping[int, int]

    @classmethod
    def read(cls, text: str) -> "Source":
        """Bring a text into the form in which it is read."""
        read = text.translate(_READING)
        chars: list[str] = []
        origin: list[int] = []
        start = 0
        for gap in _GAP.finditer(read):
            chars.append(read[start : gap.start()])
            origin.extend(range(start, gap.start()))
            sign = _sign_of(read, gap.start(), gap.end())
            chars.append(sign)
            origin.extend([gap.start()] * len(sign))
            start = gap.end()
        chars.append(read[start:])
        origin.extend(range(start, len(read)))
        whole = "".join(chars)
        return cls(text, whole, tuple(origin), _matching_brackets(whole))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters ``start`` to ``end`` of the reading stand in the text as written."""
        if start >= end:
            at = self.origin[start] if start < len(self.origin) else len(self.text)
            return at, at
        return self.origin[start], self.origin[end - 1] + 1

    def raw(self, start: int, end: int) -> str:
        """Return the exact substring as written."""
        first, last = self.span(start, end)
        return self.text[first:last]

    def name(self, start: int, end: int) -> str:
        """Return the substring as written without the spaces that scanning left in words."""
        return _without_gaps(self.raw(start, end))


def _matching_brackets(chars: str) -> dict[int, int]:
    """Place of each opening bracket → place of its closing one; unmatched ones are left out."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for at, char in enumerate(chars):
        if char == "(":
            opened.append(at)
        elif char == ")" and opened:
            pairs[opened.pop()] = at
    return pairs


def _sign_of(read: str, start: int, end: int) -> str:
    """Return what a gap is read as: a break, nothing, or a colon behind a cell that says 东."""
    if "\t" in read[start:end] and _is_direction_cell(read, start - 1):
        return ":"
    cell = _is_direction_cell(read, end) and read[end + 1 : end + 2] == "\t"
    return SOFT_BREAK if cell or _separates(read, start, end) else ""


def _is_direction_cell(read: str, at: int) -> bool:
    """Whether nothing but a direction stands in a cell or line."""
    alone = at == 0 or (at > 0 and read[at - 1].isspace())
    return alone and read[at : at + 1] in grammar.COMPASS


def _separates(read: str, start: int, end: int) -> bool:
    """Whether a gap parts two words, or merely stands inside one as scanning leaves it."""
    left = _run_before(read, start)
    right = _run_after(read, end)
    if _CELL_NUMBER.match(right):
        return not grammar.ROAD_CODE_MARKS.before(left, len(left))
    if _ROAD_CODE.match(left):
        return False  # G15 沈海高速 is one road
    if grammar.FIELD_NAMES.at(right, 0):
        return len(left) >= _SHORT_WORD
    return len(left) > _SHORT_WORD and len(right) > _SHORT_WORD


def _run_before(read: str, end: int, most: int = 12) -> str:
    piece = read[max(0, end - most) : end]
    for at in range(len(piece) - 1, -1, -1):
        if not _WORD.match(piece[at]):
            return piece[at + 1 :]
    return piece


def _run_after(read: str, start: int, most: int = 24) -> str:
    found = _WORD.match(read[start : start + most])
    return found.group() if found else ""


def _without_gaps(written: str) -> str:
    parts = _GAP.split(written)
    joined = parts[0]
    for part in parts[1:]:
        plain = joined[-1:].isalnum() and part[:1].isalnum()
        joined += part if plain else f" {part}"
    return joined
