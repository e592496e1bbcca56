"""Cut a text into tokens: heads of sides, areas, separators, brackets, and words between them.

Each token is found from the tables of :mod:`parkgeo.fourbounds._grammar` by the longest match at
one place, looking at most a few words ahead, so that the time is linear in the length of the text.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import zip_longest
from typing import Final

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds._references import Side
from parkgeo.fourbounds._source import SOFT_BREAK, Source

__all__ = ["Area", "Head", "Token", "TokenKind", "tokenize"]

_HAN: Final = "".join((*grammar.HAN_DIGITS, *grammar.HAN_POWERS))
_NUMBER: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_HAN_NUMBER: Final = re.compile(f"[{_HAN}]{{1,12}}(?:点[{_HAN}]{{1,4}})?")
_UNIT_IN_BRACKET: Final = re.compile(r"面积\(([^()]{1,6})\)[:\t]?$")
_DISTANCE: Final = re.compile(r"约?\d{1,6}(?:\.\d{1,6})?(?:米|m(?!2)|公里)")
_TITLE: Final = re.compile(r"四至(?:范围|界限|边界|界线)?(?=[:为是东南西北])")
_CLAUSE: Final = re.compile(r"[:为是至围,;、]([^,;、。:为]{2,40})(?=[,;、。]|$)")
_TITLE_REACH: Final = 160
_ALL_SIDES: Final = 4
_MOST_JOINED: Final = 4
_NUMBER_LOOKAHEAD: Final = 40


class TokenKind(Enum):
    """What a token is."""

    HEAD = auto()
    AREA = auto()
    STOP = auto()
    COMMA = auto()
    COLON = auto()
    BREAK = auto()
    BRACKET = auto()
    WORDS = auto()


@dataclass(frozen=True, slots=True)
class Head:
    """The opening of a side: its directions, its verb, whether the references are dealt out."""

    sides: tuple[Side, ...]
    verb: str
    each: bool = False
    distance: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A published area: square metres, where number and unit stand, whether approximate."""

    m2: float
    start: int
    end: int
    approx: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the reading, with what was found in it."""

    kind: TokenKind
    start: int
    end: int
    value: Head | Area | None = None


_SEPARATORS: Final = {
    ",": TokenKind.COMMA,
    ":": TokenKind.COLON,
    ";": TokenKind.STOP,
    "。": TokenKind.STOP,
    "!": TokenKind.STOP,
    "?": TokenKind.STOP,
    "…": TokenKind.STOP,
    SOFT_BREAK: TokenKind.BREAK,
}
_COMPASS: Final = re.compile(f"[{''.join(sorted(grammar.COMPASS))}]")
_BRACKETS: Final = frozenset("()")
_TELLING: Final = re.compile(
    rf"[\d.(){_HAN}{re.escape(''.join((*grammar.COMPASS, *_SEPARATORS)))}]"
)
"""Characters at which a token other than words may begin."""
_QUOTES: Final = frozenset("“”\"'‘’")


def tokenize(source: Source) -> list[Token]:
    """Cut the reading of a text into tokens that cover it without gaps."""
    return _Lexer(source).run()


class _Lexer:
    """One pass over the reading, from left to right."""

    def __init__(self, source: Source) -> None:
        self.chars = source.chars
        self.tokens: list[Token] = []
        self.brackets = source.brackets
        self.transparent = _brackets_around_heads(source)
        self.bare = _bare_heads(source.chars)
        self.words_from = 0
        self.in_side = False

    def run(self) -> list[Token]:
        at = 0
        while found := _TELLING.search(self.chars, at):
            at = self._step(found.start())
        self._flush(len(self.chars))
        return self.tokens

    def _step(self, at: int) -> int:
        char = self.chars[at]
        if char in grammar.COMPASS:
            head = self._head(at)
            if head is not None:
                return self._push(TokenKind.HEAD, at, head[1], head[0])
        elif char in _SEPARATORS:
            return self._push(_SEPARATORS[char], at, at + 1)
        elif char == "." and self.chars.startswith("..", at):
            return self._push(TokenKind.STOP, at, at + 2)
        elif char in "()":
            return self._bracket(at)
        elif char.isdecimal() or char in _HAN:
            return self._number(at)
        return at + 1

    def _head(self, at: int) -> tuple[Head, int] | None:
        if at in self.bare:
            return Head((grammar.SIDES[self.chars[at]],), ""), at + 1
        head = match_head(self.chars, at, fresh=self._fresh(at))
        return None if self._after_head(at) else head

    def _bracket(self, at: int) -> int:
        close = self.brackets.get(at)
        if close is not None and at not in self.transparent:
            return self._push(TokenKind.BRACKET, at, close + 1)
        end = at + 1
        while self._is_stray(end):
            end += 1
        return self._push(TokenKind.BREAK, at, end)

    def _is_stray(self, at: int) -> bool:
        """Whether a bracket stands here that no other one closes."""
        return self.chars[at : at + 1] in _BRACKETS and at not in self.brackets

    def _number(self, at: int) -> int:
        found = _NUMBER.match(self.chars, at)
        if found is None:
            return self._han_number(at)
        if found.end() - at > _NUMBER_LOOKAHEAD:
            return found.end()
        return self._area(at, found.end(), float(found.group().replace(",", "")))

    def _han_number(self, at: int) -> int:
        """Read a number in Chinese numerals: 十二点五平方公里."""
        found = _HAN_NUMBER.match(self.chars, at)
        return at + 1 if found is None else self._area(at, found.end(), _han_value(found.group()))

    def _area(self, at: int, end: int, number: float) -> int:
        """Take a number and its unit as an area, or skip the number."""
        gap = grammar.APPROX_AREA.at(self.chars, end)
        width = grammar.UNIT_WORDS.at(self.chars[end + gap : end + gap + 6].lower(), 0)
        unit = self.chars[end + gap : end + gap + width].lower()
        if not width:  # 面积(公顷):96.85
            before = _UNIT_IN_BRACKET.search(self.chars, max(0, at - _NUMBER_LOOKAHEAD), at)
            unit, gap = before.group(1).lower() if before else "", 0
        if unit not in grammar.UNITS_M2:
            return end
        start, approx = self._area_lead(at)
        stop = end + gap + width
        if self._upper_end(at):
            return stop
        size = round(number * grammar.UNITS_M2[unit], 4)
        return self._push(TokenKind.AREA, start, stop, Area(size, at, stop, approx or gap > 0))

    def _upper_end(self, at: int) -> bool:
        """Whether a number is the upper end of a range, 30到50, which states no area."""
        last = self.chars[max(0, at - 2) : at - 1]
        return at > 1 and self.chars[at - 1] in "到至-" and (last.isdecimal() or last in _HAN)

    def _area_lead(self, at: int) -> tuple[int, bool]:
        """Where the words that lead up to a number begin, and whether they say about."""
        start, approx = at, False
        while length := grammar.AREA_LEADS.before(self.chars, start, self.words_from):
            approx = approx or self.chars[start - length : start] in grammar.APPROX_AREA
            start -= length
        return start, approx

    def _push(self, kind: TokenKind, start: int, end: int, value: Head | Area | None = None) -> int:
        self._flush(start)
        self.tokens.append(Token(kind, start, end, value))
        self.words_from = end
        if kind is not TokenKind.BRACKET and kind is not TokenKind.COLON:
            self.in_side = kind is TokenKind.HEAD
        return end

    def _flush(self, end: int) -> None:
        if self.words_from < end:
            self.tokens.append(Token(TokenKind.WORDS, self.words_from, end))
            self.words_from = end

    def _fresh(self, at: int) -> bool:
        """Whether a clause begins here, or the name of a block has just ended."""
        before = self.chars[at - 1] if at else "。"
        if before == "、":
            return True
        if self.in_side:  # only a verb that opens a side anywhere ends the one before it
            return False
        street = before == "道" and self.chars.startswith("街道", at - 2)
        return at == self.words_from or before in _QUOTES or before in grammar.BLOCK_ENDS or street

    def _after_head(self, at: int) -> bool:
        """Whether a head has just ended here; a name must stand between two heads."""
        return (
            bool(self.tokens) and at == self.words_from and self.tokens[-1].kind is TokenKind.HEAD
        )


def _han_value(text: str) -> float:
    """Value of a number in Chinese numerals: 一百二十, 十二点五, 二〇五."""
    whole, _, decimals = text.partition("点")
    total, digit = 0, 0
    for char in whole:
        power = grammar.HAN_POWERS.get(char)
        if power is None:
            digit = 10 * digit + grammar.HAN_DIGITS[char]
        else:
            total, digit = total + max(digit, 1) * power, 0
    places = "".join(str(grammar.HAN_DIGITS.get(char, 0)) for char in decimals)
    return float(f"{total + digit}.{places or 0}")


def _brackets_around_heads(source: Source) -> frozenset[int]:
    """Both ends of the brackets that hold a whole range: (北至A路、东至B路)."""
    heads = _HeadsInBrackets(source)
    two = 2
    return frozenset(
        end
        for opening, closing in source.brackets.items()
        if heads.within(opening, closing) >= two
        for end in (opening, closing)
    )


class _HeadsInBrackets:
    """Where heads begin inside of brackets, each place looked at once however deep they nest."""

    def __init__(self, source: Source) -> None:
        self.found: list[int] = []
        end = 0
        for opening, closing in sorted(source.brackets.items()):
            for place in _COMPASS.finditer(source.chars, max(opening, end), closing):
                if match_head(source.chars, place.start(), fresh=False) is not None:
                    self.found.append(place.start())
            end = max(end, closing)

    def within(self, start: int, end: int) -> int:
        """Count the heads between two places."""
        return bisect_left(self.found, end) - bisect_left(self.found, start)


def _bare_heads(chars: str) -> frozenset[int]:
    """Places of directions that open a side without any verb, behind 四至: 四至:东A路,南B路."""
    found: set[int] = set()
    titles = [title.end() for title in _TITLE.finditer(chars)]
    for title, after in zip_longest(titles, titles[1:], fillvalue=len(chars)):
        reach = min(title + _TITLE_REACH, after)
        clauses = [clause.start(1) for clause in _CLAUSE.finditer(chars, title, reach)]
        bare = [at for at in clauses if chars[at] in grammar.COMPASS]
        verbs = any(match_head(chars, at, fresh=True) for at in bare)
        if len({chars[at] for at in bare}) == len(bare) == _ALL_SIDES and not verbs:
            found.update(bare)
    return frozenset(found)


def match_head(chars: str, at: int, *, fresh: bool) -> tuple[Head, int] | None:
    """Read the head of a side: directions, an adverb, a verb.

    Parameters
    ----------
    chars, at
        The reading of a text, and the place of a direction in it.
    fresh
        A clause begins here, so that joint directions and weak verbs count.
    """
    if at and chars[at - 1] in grammar.NOT_BEFORE_HEAD and not _opened_by_you(chars, at - 1):
        return None
    for directions, end in _directions(chars, at, fresh=fresh):
        head = _predicate(chars, directions, end, fresh=fresh)
        if head is not None:
            # 东西以A路和B路为界 deals two references out over two directions
            together = grammar.COMPASS.issuperset(chars[at : at + len(directions)])
            if len(directions) > 1 and together and not head[0].each:
                return replace(head[0], each=True), head[1]
            return head
    return None


def _opened_by_you(chars: str, at: int) -> bool:
    """Whether 由 stands before a whole range: 由东至A路,南至B路围成."""
    return chars[at] == "由" and (at == 0 or chars[at - 1] in ",;。:(")


def _predicate(
    chars: str, directions: tuple[Side, ...], end: int, *, fresh: bool
) -> tuple[Head, int] | None:
    """Read what follows the directions of a head, up to its verb or its distance."""
    end += grammar.SIDE_BRIDGES.at(chars, end)
    end += _stretch(chars, end)
    each = False
    while length := grammar.ADVERBS.at(chars, end):
        each = each or chars[end : end + length] in grammar.EACH
        end += length
    if fresh and _DISTANCE.match(chars, end):
        return Head(directions, "", distance=True), end
    length = _verb(chars, end, fresh=fresh)
    if not length:
        return None
    return Head(directions, chars[end : end + length], each), end + length


def _verb(chars: str, at: int, *, fresh: bool) -> int:
    anywhere = grammar.VERBS_ANYWHERE.at(chars, at)
    if not fresh:
        return anywhere
    beside = chars[at : at + 1] == "以" and chars[at + 1 : at + 2] in grammar.COMPASS
    if beside and chars[at + 2 : at + 3].isdigit():
        return 0  # 北边界以南1000米 is a distance
    return max(anywhere, grammar.VERBS_AT_START.at(chars, at))


def _stretch(chars: str, at: int) -> int:
    """Length of 北段 in 西部的界线北段起自."""
    return 2 if chars[at : at + 1] in grammar.SIDES and chars[at + 1 : at + 2] == "段" else 0


def _directions(chars: str, at: int, *, fresh: bool) -> list[tuple[tuple[Side, ...], int]]:
    """Read the directions of a head in every way that they can be read, the longest first."""
    sides, bare = _direction_word(chars, at)
    if not fresh and len(sides) > 1:
        return []  # 江东西至 is 江东, 西至
    end = bare + grammar.SIDE_TAILS.at(chars, bare)
    ways = [(sides, bare), (sides, end)]
    for _ in range(_MOST_JOINED - 1 if fresh else 0):
        gap = grammar.SIDE_JOINERS.at(chars, end)
        if not gap or chars[end + gap : end + gap + 1] not in grammar.SIDES:
            break
        more, bare = _direction_word(chars, end + gap)
        sides, end = (*sides, *more), bare + grammar.SIDE_TAILS.at(chars, bare)
        ways += [(sides, bare), (sides, end)]
    return ways[::-1]


def _direction_word(chars: str, at: int) -> tuple[tuple[Side, ...], int]:
    """Read 东, 东南, 东西 (two sides) or 东南西北 (four)."""
    end = at
    while end - at < _MOST_JOINED and chars[end : end + 1] in grammar.SIDES:
        end += 1
    word = chars[at:end]
    if word in grammar.SIDES:
        return (grammar.SIDES[word],), end
    return tuple(grammar.SIDES[char] for char in word), end
