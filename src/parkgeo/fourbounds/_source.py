"""A text in the form in which it is read, with the way back to the text as written.

Full-width signs become half-width, traditional characters of the grammar become simplified, and
spaces that scanning left inside words vanish; each character remembers where it came from, so that
every span is exact in the text as written.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from parkgeo.fourbounds import _grammar as grammar

__all__ = ["SOFT_BREAK", "Source"]

SOFT_BREAK: Final = "\t"
"""A space that separates two words, as between the cells of a table."""

_TRADITIONAL: Final = "東為範圍區塊鐵國號門溝灣灘頃積側邊達臨鄰濱連與轉綠帶線嶺龍總規劃劉佔畝臺廣場園鎮鄉縣單體個車橋隧臨劃"
_SIMPLIFIED: Final = "东为范围区块铁国号门沟湾滩顷积侧边达临邻滨连与转绿带线岭龙总规划刘占亩台广场园镇乡县单体个车桥隧临划"
_MORE: Final = (
    "內内 兩两 組组 環环 鋪铺 則则 隔隔 緊紧 從从 點点 廠厂 學学 醫医 館馆 樓楼 農农 業业 產产 處处 匯汇 會会 幹干 "
    "總总 圳圳 澗涧 漢汉 麓麓 壩坝 堤堤 閘闸 碼码 頭头 運运 濕湿 庫库 島岛 穀谷 墻墙 牆墙 紅红 藍蓝 軌轨 輕轻 "
    "際际 專专 約约 餘余 過过 萬万 鄰邻 黃黄 經经 緯纬 後后 佈布 現现 狀状 設设 計计 畫画 擬拟 於于 座座 並并 "
    "爲为 沖冲 溫温 岸岸 長长 嶼屿 變变 電电 關关 開开 發发 環环 節节 質质 築筑 實实 際际 該该 項项 術术 讓让 "
    "沿沿 伸伸 續续 還还 圖图 話话 無无 遠远 歸归 屬属 轄辖 條条 鋼钢 鹽盐 範范 劃划 衝冲 貫贯 縱纵 橫横 "
    "衞卫 衛卫 滙汇 墾垦 團团 製制 製制 斷断 傍傍 靠靠 濒濒 瀕濒 毗毗 淺浅 濱滨"
)
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
    "²": "²",
    "公尺": "公尺",
    "：": ":",
    "∶": ":",
    "；": ";",
    "，": ",",
    "﹐": ",",
}


def _reading() -> dict[int, str]:
    table = {ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
    table |= {ord(pair[0]): pair[1] for pair in _MORE.split()}
    for code in range(0xFF01, 0xFF5F):  # the full-width forms of ASCII
        table[code] = unicodedata.normalize("NFKC", chr(code))
    return table | {ord(old): new for old, new in _PUNCTUATION.items() if len(old) == 1}


_READING: Final = _reading()
_GAP: Final = re.compile(r"[\s\u3000\u200b\ufeff]+")
_WORD: Final = re.compile(r"[^\s\u3000\u200b\ufeff,;:。、()\-/…“”\"]+")
_SHORT_WORD: Final = 2
_CELL_NUMBER: Final = re.compile(r"\d{4,}(\.\d+)?$|\d+\.\d+$")


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
    """

    text: str
    chars: str
    origin: tuple[int, ...]

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
            if _separates(read, gap.start(), gap.end()):
                chars.append(SOFT_BREAK)
                origin.append(gap.start())
            start = gap.end()
        chars.append(read[start:])
        origin.extend(range(start, len(read)))
        return cls(text, "".join(chars), tuple(origin))

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


def _separates(read: str, start: int, end: int) -> bool:
    """Whether a gap parts two words, or merely stands inside one as scanning leaves it."""
    left = _run_before(read, start)
    right = _run_after(read, end)
    if _CELL_NUMBER.match(right):
        return not grammar.ROAD_CODE_MARKS.before(left, len(left))
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
