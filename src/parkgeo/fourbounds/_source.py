"""A text in the form in which it is read, with the way back to the text as written.

Full-width signs become half-width, traditional characters become simplified, and spaces that
scanning left inside words vanish; each character remembers where it came from, so that every span
is exact in the text as written.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.gazetteer import simplified

__all__ = ["SOFT_BREAK", "Source", "read_form"]

SOFT_BREAK: Final = "\t"
"""A space that separates two words, as between the cells of a table."""

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
    table: dict[int, str] = {}
    for code in range(0xFF01, 0xFF5F):  # the full-width forms of ASCII
        table[code] = unicodedata.normalize("NFKC", chr(code))
    return table | {ord(old): new for old, new in _PUNCTUATION.items()}


_READING: Final = _reading()
_GAP: Final = re.compile(r"[\s\u3000\u200b\ufeff]+")
_WORD: Final = re.compile(r"[^\s\u3000\u200b\ufeff,;:。、()\-/…“”\"]+")
_SHORT_WORD: Final = 2
_ROAD_CODE: Final = re.compile(r"[GSXY]\d{1,4}$")
_CELL_NUMBER: Final = re.compile(r"\d{4,}(\.\d+)?$|\d+\.\d+$")


def _read_signs(text: str) -> str:
    """Read each character of a text, one for one."""
    return simplified(text).translate(_READING)


def read_form(name: str) -> str:
    """Return a short name in the form in which it is read, without its gaps."""
    return _GAP.sub("", _read_signs(name))


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
        read = _read_signs(text)
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
