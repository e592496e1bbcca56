"""Split the words of one side into the references that it chains together.

吉鸿路转紫荆花北路、余杭塘河 is three references. Whether 和 or 至 joins two names or is part of one
depends on what stands before it: only after a whole name (通益路和运河) does it join.
"""

from collections.abc import Callable, Iterator
from typing import Final

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds._names import Piece, feature_of, is_whole_name, strip_ends
from parkgeo.fourbounds._source import Source

__all__ = ["cut_tail", "split_chain"]

_MOST_PIECES_JOINED: Final = 4
_MOST_STEPS: Final = 4
_WINDOW: Final = 48
_OPENERS: Final = (
    {","}
    | grammar.LISTS
    | grammar.DASHES
    | grammar.TURN_TOWARDS
    | grammar.CONJUNCTIONS.first
    | grammar.TURNS.first
    | grammar.TURN_STEPS.first
    | grammar.TURNS_ALL_THE_SAME.first
)
"""Characters with which a connector may begin."""


def split_chain(source: Source, start: int, end: int) -> list[Piece]:
    """Split the reading from ``start`` to ``end`` into pieces of one name each."""
    pieces = list(_pieces(source, start, end))
    return _join_borders(source.chars, pieces)


def cut_tail(chars: str, start: int, end: int) -> int:
    """Where a side ends because its last words speak of the block again: …路围合区域."""
    for at in range(start + 2, end):
        length = grammar.TAILS.at(chars, at) if chars[at] in grammar.TAILS.first else 0
        if length and _whole(chars, start, at):
            return at
    return end


def _pieces(source: Source, start: int, end: int) -> Iterator[Piece]:
    chars = source.chars
    at = first = start
    connector: str | None = None
    inside: list[tuple[int, int]] = []
    while at < end:
        close = source.brackets.get(at)
        if close is not None and close < end:
            inside.append((at, close))
            at = close + 1
            continue
        width = _joint(chars, first, at, end)
        if width:
            if at > first:
                yield Piece(first, at, connector, tuple(inside))
            joint = chars[at : at + width]
            connector = joint if at > first or connector is None else connector + joint
            connector = connector if at > start else None
            first, inside = at + width, []
        at += width or 1
    if first < end:
        yield Piece(first, end, connector, tuple(inside))


def _joint(chars: str, first: int, at: int, end: int) -> int:
    """Length of the connector that stands here, or 0."""
    char = chars[at]
    if char not in _OPENERS:
        return 0
    if char in grammar.LISTS or char == ",":
        return int(not (char == "、" and _numbers_around(chars, first, at, end)))
    if char in grammar.DASHES:
        return _dash(chars, first, at, end)
    if at == first:
        return _turn_at_start(chars, at, end)
    length = _turn(chars, at, end, behind=first) or grammar.CONJUNCTIONS.at(chars, at)
    if not length or at + length >= end - 1 or chars[at + length] == "其":
        return 0
    joins = _whole(chars, first, at) and not _binds_a_part(chars, at + length, end)
    return length if joins else 0


def _binds_a_part(chars: str, at: int, end: int) -> bool:
    """Whether only a part of the same thing follows: 桃园路及东延线."""
    after = at + grammar.PARTS.at(chars, at)
    return after > at and (after >= end or chars[after] in grammar.LISTS or chars[after] == ",")


def _whole(chars: str, first: int, at: int) -> bool:
    begin = max(first, at - _WINDOW)
    text = chars[begin:at]
    if text.endswith(")"):
        text = text[: max(text.rfind("("), 0)]
    return len(text) > 1 and is_whole_name(text)


def _numbers_around(chars: str, first: int, at: int, end: int) -> bool:
    """Whether 、 stands inside a list of numbers: 3、4小班, R21-13、R22-07地块."""
    before, after = chars[at - 1 : at], chars[at + 1 : at + 2] if at + 1 < end else ""
    numbered = before.isdigit() and (after.isdigit() or (after.isascii() and after.isalpha()))
    return numbered and not _whole(chars, first, at)


def _dash(chars: str, first: int, at: int, end: int) -> int:
    width = 1
    while at + width < end and chars[at + width] in grammar.DASHES and width < _MOST_PIECES_JOINED:
        width += 1
    before, after = chars[at - 1 : at], chars[at + width : at + width + 1]
    feature = feature_of(strip_ends(chars[max(first, at - _WINDOW) : at]))
    if feature is None:
        return width if _is_han(before) and _is_han(after) else 0
    return width if feature.relation == "line" or width > 1 else 0


def _is_han(char: str) -> bool:
    return "一" <= char <= "鿿"


def _turn(chars: str, at: int, end: int, *, behind: int | None = None) -> int:
    """Length of a turn of the chain: 转, 至, 再往南至, 向南折至, 折向南至.

    ``behind`` is where the name begins that stands before it, if one does.
    """
    stop = _after_words(grammar.TURN_STEPS.at, chars, at, end)
    stop += _towards(chars, stop)
    last = stop
    if behind is not None and stop < end:
        last += _turn_behind(chars, behind, stop)
    last = _after_words(_turn_word, chars, last, end)
    if last > stop and chars[last - 1] in grammar.TURN_TOWARDS:  # 折向南至, but 转向东路
        direction = last + grammar.DIRECTIONS.at(chars, last)
        further = _after_words(_turn_word, chars, direction, end)
        last = further if further > direction > last else last
    return last - at if last > stop else 0


def _towards(chars: str, at: int) -> int:
    """Length of 向南 before the word that turns."""
    if chars[at : at + 1] not in grammar.TURN_TOWARDS:
        return 0
    direction = grammar.DIRECTIONS.at(chars, at + 1)
    return 1 + direction if direction else 0


def _turn_behind(chars: str, first: int, at: int) -> int:
    """Length of the word that turns where it might also begin a name: 甲路转运河路.

    Two names of roads are no one name, so behind a road it turns; behind a place
    (杭州市经济开发区) it does not.
    """
    if not grammar.NO_TURNS.at(chars, at):
        return 0
    if grammar.TURNS_ALL_THE_SAME.at(chars, at):
        return 1
    feature = feature_of(strip_ends(chars[max(first, at - _WINDOW) : at]))
    a_line = feature is not None and feature.kind in grammar.LINE_KINDS
    return int(a_line and not grammar.STUCK.at(chars, at))


def _after_words(length_at: Callable[[str, int], int], chars: str, at: int, end: int) -> int:
    """Where a few words of one table end, one behind the other."""
    for _ in range(_MOST_STEPS):
        length = length_at(chars, at) if at < end else 0
        if not length:
            break
        at += length
    return at


def _turn_at_start(chars: str, at: int, end: int) -> int:
    """Length of a turn behind a comma, or of one of several words (向南折至) behind any sign."""
    length = _turn(chars, at, end)
    several = length > grammar.TURNS.at(chars, at)
    before = chars[at - 1 : at]
    along = chars[at] == "沿" and _turns_later(chars, at, end)
    return length if before == "," or (before == "、" and (several or along)) else 0


def _turns_later(chars: str, at: int, end: int) -> bool:
    """Whether a line that a side runs along is followed by where it leads: 、沿甲路至乙河."""
    for stop in range(at + 3, min(end, at + _WINDOW)):
        if chars[stop] in grammar.LISTS or chars[stop] == ",":
            return False
        if _turn(chars, stop, end) and _whole(chars, at + 1, stop):
            return True
    return False


def _turn_word(chars: str, at: int) -> int:
    """Length of the word that turns, without a letter of it that begins the name behind it."""
    if grammar.NO_TURNS.at(chars, at):
        return 0
    length = grammar.TURNS.at(chars, at)
    inside = [more for more in range(1, length) if grammar.NO_TURNS.at(chars, at + more)]
    return inside[0] if inside else length


def _join_borders(chars: str, pieces: list[Piece]) -> list[Piece]:
    """Put the names of one border between two areas together again: A村与B村村界."""
    joined: list[Piece] = []
    for piece in pieces:
        merged = piece
        while joined and _one_border(chars, joined[-1], merged):
            last = joined.pop()
            merged = Piece(
                last.start, merged.end, last.connector, (*last.brackets, *merged.brackets)
            )
        joined.append(merged)
    return joined


def _one_border(chars: str, left: Piece, right: Piece) -> bool:
    text = strip_ends(chars[right.start : right.end])
    if not grammar.ADMIN_UNITS.before(chars, left.end, left.start):
        return False
    if grammar.SHARED_BORDERS.before(text, len(text)):
        return right.connector in {"和", "与", "及", "、", "同"}
    if not grammar.BORDERS.before(text, len(text)):
        return False
    several = any(word in text for word in "与和")
    return right.connector in {"和", "与"} or (right.connector == "、" and several)
