"""Read the sides of a text: direct (东至A路), inverse (A路以南), and rings (由A、B、C围合).

Each reader returns :class:`SideEvent` values in the order of the text; :mod:`._parse` groups them
into blocks.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds._chains import cut_tail, split_chain
from parkgeo.fourbounds._lexer import Head, Token, TokenKind
from parkgeo.fourbounds._names import feature_of, is_whole_name, read_reference
from parkgeo.fourbounds._references import Reference, Side
from parkgeo.fourbounds._source import Source, read_form

__all__ = ["SideEvent", "direct_sides", "inverse_sides", "ring"]

_BASIS: Final = re.compile(r"以([^,;。、]{1,30})为(?:基点|基准点|起点|中心|圆心)")
_DISTANCE: Final = re.compile(r"约?(\d{1,6}(?:\.\d{1,6})?)(米|m|公里)(?:以内|之内|内|处)?")
_INVERSE: Final = re.compile(
    r"(?:(?:以|之)(?P<after>东南|西南|东北|西北|东|南|西|北)(?:(?:以|、|和)(?P<second>东|南|西|北))?"
    r"|的?(?P<side>东|南|西|北)(?:侧|面))(?!\d|路|街|山|岸|约|大道|.{0,2}山脊|基地|部)",
)
_AS_BORDER: Final = re.compile(
    r"为(?P<side>东南|西南|东北|西北|东|南|西|北)(?:部|侧|面|边)?(?:边|侧)?界(?:线|限)?"
)
_TO_INVERSE: Final = re.compile(r"[以之][东南西北]")
_THREE: Final = 3
_LONGEST_SIDE: Final = 600
_LONGEST_INVERSE: Final = 60
_SHORTEST_PHRASE: Final = 2
_LONGEST_RING: Final = 400
_LEAST_RING: Final = 3
_LISTED: Final = re.compile(r"[、/,→-]")
_COUNTED: Final = re.compile(
    r"等?(?:[两三四五六七八九十]|\d{1,2})条(?:道路|路|河道|河流|线|边)?所?$"
)
"""How many lines there are, as said behind them: A路、B路、C河三条线围合."""
_LONGEST_COUNT: Final = 9
_SHORTEST_RING: Final = 8  # three names of two letters, and two separators


@dataclass(frozen=True, slots=True)
class SideEvent:
    """The references of one head, or of one inverse phrase, and where they stand in the reading."""

    start: int
    end: int
    sides: dict[Side, tuple[Reference, ...]]
    inverse: bool = False
    unparsed: tuple[tuple[int, int], ...] = ()
    include: str | None = None
    ring: tuple[Reference, ...] = field(default=())


# --- direct -------------------------------------------------------------------------------------


def direct_sides(source: Source, tokens: Sequence[Token]) -> list[SideEvent]:
    """Read every side that begins with a head."""
    more_heads = _heads_ahead(tokens)
    events: list[SideEvent] = []
    basis = _Basis(source)
    waiting: SideEvent | None = None
    for at in _heads_in_turn(tokens):
        token = tokens[at]
        if not isinstance(token.value, Head):
            continue
        end = _end_of_side(source, tokens, at, more_heads)
        distance = token.value.distance or basis.measures(token.end, end)
        event = basis.side(token, end) if distance else _read_side(source, token, end)
        if event is not None:
            events.append(_joined(waiting, event))
        bare = not source.chars[token.end : end].strip("、和与及")
        waiting = _empty(token.start, end, token.value) if bare else None
    return events


def _empty(start: int, end: int, head: Head) -> SideEvent:
    return SideEvent(start, end, dict.fromkeys(head.sides, ()))


def _joined(waiting: SideEvent | None, event: SideEvent) -> SideEvent:
    """Give the references of a side to the bare head right before it: 东至、北至A路."""
    if waiting is None or waiting.end != event.start or len(event.sides) != 1:
        return event
    [references] = event.sides.values()
    sides = dict.fromkeys((*waiting.sides, *event.sides), references)
    return replace(event, start=waiting.start, sides=sides)


def _heads_in_turn(tokens: Sequence[Token]) -> Iterator[int]:
    """Where the heads are, but not those between two of the same side: no block can hold them."""
    heads = [at for at, token in enumerate(tokens) if token.kind is TokenKind.HEAD]
    for place, at in enumerate(heads):
        near = [tokens[one].value for one in heads[max(0, place - 1) : place + 2]]
        sides = {one.sides for one in near if isinstance(one, Head)}
        if len(near) < _THREE or len(sides) > 1:
            yield at


_ENDS_OF_A_SENTENCE: Final = (TokenKind.STOP, TokenKind.AREA, TokenKind.COLON)


def _heads_ahead(tokens: Sequence[Token]) -> list[bool]:
    """For each token, whether another head comes before the sentence or an area ends it."""
    ahead = [False] * (len(tokens) + 1)
    for at in range(len(tokens) - 1, -1, -1):
        kind = tokens[at].kind
        ahead[at] = kind is TokenKind.HEAD or (ahead[at + 1] and kind not in _ENDS_OF_A_SENTENCE)
    return ahead


_TURN: Final = re.compile(r"(?:再|又|然后|并)?(?:[向往][东南西北]|转|折|沿.{2,12}[至到转接])")


def _end_of_side(source: Source, tokens: Sequence[Token], at: int, ahead: list[bool]) -> int:
    last = at
    while last + 1 < len(tokens):
        token = tokens[last + 1]
        if (
            (token.kind is TokenKind.BREAK and last == at)
            or token.kind in (TokenKind.WORDS, TokenKind.BRACKET)
            or (token.kind is TokenKind.COLON and last == at)
        ):
            last += 1
        elif token.kind is TokenKind.COMMA and _goes_on(source, tokens, last + 2, ahead):
            last += 2
        else:
            break
    return tokens[last].end


_FOREIGN: Final = grammar.Words(
    "与 面积 包括 含 即 其中 由 共 总 全长 位于 是 和 总面积 占地 规划 涉及 涵盖 约 该 其 总长 "
    "具体 四至",
)


def _goes_on(source: Source, tokens: Sequence[Token], at: int, ahead: Sequence[bool]) -> bool:
    """Whether the words behind a comma are still references of the same side."""
    if at >= len(tokens) or tokens[at].kind is not TokenKind.WORDS:
        return False
    text = source.chars[tokens[at].start : tokens[at].end]
    if _TURN.match(text):
        return True
    if not ahead[at] or _FOREIGN.at(text, 0):
        return False
    if text[0] in "沿以":
        return True
    feature = feature_of(text)
    return feature is not None and feature.kind in grammar.LINE_KINDS and feature.relation == "line"


def _read_side(source: Source, token: Token, end: int) -> SideEvent | None:
    head, start = token.value, token.end
    if not isinstance(head, Head):
        return None
    end = min(end, start + _LONGEST_SIDE)
    start, stop = _across(source, head, start, cut_tail(source.chars, start, end))
    stop = _beside(source, head, start, stop)
    words = source.chars[start:stop].strip("\t,、.:- ")
    if not words or words in grammar.SIDES:
        return None
    if _is_cut_off(source, words, stop):
        return SideEvent(token.start, end, {}, unparsed=((start, stop),))
    first = head.sides[0]
    references = _references(source, start, stop, head, first)
    if not references:
        return SideEvent(token.start, end, {}, unparsed=((start, stop),))
    sides = _deal(head, references)
    return SideEvent(token.start, end, sides, include=_inclusion(source, start, end))


def _is_cut_off(source: Source, words: str, stop: int) -> bool:
    """Whether the text breaks off inside the name: 西至规…."""
    follows = source.chars[stop : stop + 2]
    return (follows[:1] == "…" and not is_whole_name(words)) or (
        follows == ".." and not is_whole_name(words)
    )


def _across(source: Source, head: Head, start: int, stop: int) -> tuple[int, int]:
    """Keep the water of 隔某江与某镇相望; of 隔海与某岛相望 the island."""
    if head.verb not in grammar.ACROSS_VERBS:
        return start, stop
    cuts = [at for at in range(start + 1, stop) if source.chars[at] in "与和"]
    if not cuts:
        return start, stop
    nameless = source.chars[start : cuts[0]] in grammar.WATERS
    return (cuts[0] + 1, stop) if nameless else (start, cuts[0])


def _beside(source: Source, head: Head, start: int, stop: int) -> int:
    """Leave out what closes 与…交界, whose border has no name, and 与…相接 behind a line."""
    if head.verb not in grammar.WITH_VERBS:
        return _without_neighbour(source.chars, start, stop)
    length = grammar.SHARED_BORDERS.before(source.chars, stop, start)
    return stop - length if stop - length > start + 1 else stop


def _without_neighbour(chars: str, start: int, stop: int) -> int:
    """Leave out who lies behind a line: 淮河路与南区相接."""
    closing = grammar.MEETINGS.before(chars, stop, start)
    at = max(chars.rfind(word, start, stop - closing) for word in "与同") if closing else -1
    feature = feature_of(chars[start:at]) if at > start else None
    return at if feature is not None and feature.kind in grammar.LINE_KINDS else stop


def _references(
    source: Source, start: int, stop: int, head: Head, side: Side
) -> tuple[Reference, ...]:
    pieces = split_chain(source, start, stop)
    found = [(piece, read_reference(source, piece, head, side)) for piece in pieces]
    kept = [
        reference
        for _, reference in found
        if reference is not None and not _is_height(reference.name)
    ]
    return _share_endings(_without_echoes(kept))


def _is_height(name: str) -> bool:
    """Whether a piece only says how high a line runs: 山脊线至120米海拔处."""
    return "海拔" in name and not name.endswith(("线", "線"))


def _without_echoes(references: list[Reference]) -> list[Reference]:
    """Leave out a line that is only taken up again: 起A路,沿A路向南至B路."""
    return [
        one for at, one in enumerate(references) if at == 0 or not _echoes(references[at - 1], one)
    ]


def _echoes(before: Reference, one: Reference) -> bool:
    return one.name == before.name and one.relation == before.relation == "line" and not one.part


def _in_chain(reference: Reference) -> Reference:
    """Take a hill between other lines as the line of its foot: 长家滩, 山体."""
    wide = reference.kind == "landform" and reference.relation == "area"
    return replace(reference, relation="line") if wide else reference


def _deal(head: Head, references: tuple[Reference, ...]) -> dict[Side, tuple[Reference, ...]]:
    if head.each and len(references) == len(head.sides):
        return {side: (one,) for side, one in zip(head.sides, references, strict=True)}
    if len(references) > 1:
        references = tuple(_in_chain(one) for one in references)
    return dict.fromkeys(head.sides, references)


def _share_endings(references: list[Reference]) -> tuple[Reference, ...]:
    """Give an ending that belongs to all names before it to each of them: A、B、C交汇处."""
    if len(references) < 2:  # noqa: PLR2004 - nothing to share
        return tuple(references)
    last = references[-1]
    meets = last.relation == "point" and last.part is None and last.raw != last.name
    spans = last.relation == "offset" and "连线" in last.raw
    borders = last.relation == "edge" and (last.edge or "").endswith("界线")
    beyond = last.relation == "offset" and any(one in last.raw for one in grammar.POINTS.words)
    if not (meets or spans or borders or beyond):
        return tuple(references)
    pairs = {"与", "和", "及", "與"}
    shared = pairs if last.connector in pairs else {"、"}
    at = len(references) - 1
    while at > 0 and references[at].connector in shared:
        at -= 1
        if references[at].relation not in {"line", "area", "edge"}:
            break
        references[at] = replace(
            _with_wall(references[at]) if spans else references[at],
            relation=last.relation,
            edge=last.edge,
            offset_m=last.offset_m,
            offset_dir=last.offset_dir,
        )
    return tuple(references)


def _with_wall(reference: Reference) -> Reference:
    """Give a wall back to the name where a line is drawn between two walls."""
    return replace(reference, name=reference.name + (reference.edge or ""), edge=None)


def _inclusion(source: Source, start: int, end: int) -> str | None:
    for opening in range(start, end):
        close = source.brackets.get(opening)
        if close is None:
            continue
        inside = source.chars[opening + 1 : close]
        length = grammar.INCLUSIONS.at(inside, 0)
        if length:
            return source.name(opening + 1 + length, close)
    return None


class _Basis:
    """Sides given as distances from one point: 以水塔中心为基点,东250米."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found = [found.span(1) for found in _BASIS.finditer(source.chars)]
        self._ends = [end for _, end in self._found]

    def measures(self, start: int, end: int) -> bool:
        """Whether a side gives nothing but a distance: 东至30米."""
        found = _DISTANCE.match(self.source.chars, start)
        return bool(self._found) and found is not None and found.end() >= end

    def side(self, token: Token, end: int) -> SideEvent | None:
        head = token.value
        nearest = bisect_right(self._ends, token.start) - 1
        found = _DISTANCE.match(self.source.chars, token.end)
        if nearest < 0 or found is None or not isinstance(head, Head):
            return None
        name = self.source.name(*self._found[nearest])
        stop = token.end + len(found.group())
        distance = float(found.group(1)) * grammar.OFFSET_UNITS_M[found.group(2)]
        feature = feature_of(name)
        sides: dict[Side, tuple[Reference, ...]] = {}
        for side in head.sides:
            basis = Reference(
                name=name,
                kind=feature.kind if feature else "other",
                relation="offset",
                offset_m=distance,
                raw=self.source.raw(token.start, stop),
                span=self.source.span(token.start, stop),
                offset_dir=side,
            )
            rest = _references(self.source, stop, end, head, side) if stop + 1 < end else ()
            sides[side] = (basis, *rest)
        return SideEvent(token.start, end, sides)


# --- inverse ------------------------------------------------------------------------------------


def inverse_sides(source: Source, start: int, end: int) -> Iterator[list[SideEvent]]:
    """Read runs of phrases such as 江南大道以南、江虹路以东 between two places."""
    run: list[SideEvent] = []
    seen: set[Side] = set()
    for first, stop, closed in _phrases(source, start, end):
        event, whole = _inverse_phrase(source, first, stop)
        if run and (event is None or seen & event.sides.keys()):
            yield run
            run, seen = [], set()
        if event is not None:
            run.append(event)
            seen |= event.sides.keys()
        if run and (closed or not whole):
            yield run
            run, seen = [], set()
    if run:
        yield run


def _phrases(source: Source, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Cut at separators; a phrase is closed where the next one cannot belong to the same run."""
    first = start
    for at in range(start, end):
        char = source.chars[at]
        cut = char in ",、;。:\t…()" and not (char in "()" and _is_alias(source, at))
        if cut or (char in "至到" and _TO_INVERSE.match(source.chars, at - 2)):
            if at > first:
                yield first, at, char in "。:\t…("
            first = at + 1
    if first < end:
        yield first, end, True


def _is_alias(source: Source, at: int) -> bool:
    """Whether a bracket belongs to a name: 02省道(天目山路)以北."""
    chars = source.chars
    if chars[at] == ")":
        return bool(_INVERSE.match(chars, at + 1))
    close = chars.find(")", at, at + 20)
    return close >= 0 and bool(_INVERSE.match(chars, close + 1))


def _inverse_phrase(source: Source, start: int, end: int) -> tuple[SideEvent | None, bool]:
    """Read one phrase; also say whether nothing follows in it."""
    text = source.chars[start:end]
    border = _AS_BORDER.search(text, _SHORTEST_PHRASE, _LONGEST_INVERSE)
    found = border or _INVERSE.search(text, _SHORTEST_PHRASE, _LONGEST_INVERSE)
    if found is None:
        return None, False
    name_from = start + _after_location(text[: found.start()])
    name_to, stop = start + found.start(), start + found.end()
    site = _named_sides(found)
    bounds = site if border else [grammar.OPPOSITE[side] for side in site]
    references = _references(source, name_from, name_to, Head((bounds[0],), "以"), bounds[0])
    if not references or not any(feature_of(source_name(one)) or one.alias for one in references):
        return None, False
    if not border:
        last = source.span(name_to, stop)[1]
        references = tuple(_inverse(source, one, last) for one in references)
    event = SideEvent(name_from, stop, dict.fromkeys(bounds, references), inverse=not border)
    return event, found.end() >= len(text)


def _named_sides(found: re.Match[str]) -> list[Side]:
    """Directions of the phrase: one, or two in 运河以南以东."""
    fields = found.groupdict()
    words = (fields.get("after"), fields["side"], fields.get("second"))
    return [grammar.SIDES[word] for word in words if word]


def _inverse(source: Source, reference: Reference, last: int) -> Reference:
    """Mark a reference as the opposite bound, with the words that say so (以南) in its span."""
    first = reference.span[0]
    return replace(reference, raw=source.text[first:last], span=(first, last), inverse=True)


def _after_location(text: str) -> int:
    """Where the name starts behind the last word such as 位于."""
    best = 0
    for at in range(len(text) - 2):
        if text[at] not in grammar.LOCATION_WORDS.first:
            continue
        length = grammar.LOCATION_WORDS.at(text, at)
        if length and at + length < len(text) - 1:
            best = max(best, at + length)
    return best


# --- rings --------------------------------------------------------------------------------------


def ring(source: Source, start: int, end: int) -> Iterator[SideEvent]:
    """Read lines that enclose a block without directions: 由A路、B路、C河围合."""
    chars = source.chars
    clauses = _Clauses(start)
    at = start
    while at < end:
        clauses.read(chars, at)
        length = grammar.ENCLOSERS.at(chars, at) if chars[at] in grammar.ENCLOSERS.first else 0
        if length:
            found = (_ring_before(source, first, at) for first in clauses.starts(at))
            event = next((one for one in found if one is not None), None)
            if event is not None:
                yield replace(event, end=at + length)
            clauses = _Clauses(at + length)
        at += length or 1


class _Clauses:
    """Where the words before a place begin: their clause, and the run of lines before it."""

    def __init__(self, start: int) -> None:
        self.clause = self.run = start

    def read(self, chars: str, at: int) -> None:
        """Take in the next character."""
        if chars[at] == ",":
            # 由A路,B路,C河围合: each clause is the name of a line
            feature = feature_of(chars[self.clause : at][-_LONGEST_INVERSE:])
            lines = feature is not None and feature.kind in grammar.LINE_KINDS
            self.clause = at + 1
            self.run = self.run if lines else at + 1
        elif chars[at] in ";。:\t…":
            self.clause = self.run = at + 1

    def starts(self, end: int) -> Iterator[int]:
        """Where a ring may begin that ends here, the nearest place first."""
        for start in dict.fromkeys((self.clause, self.run)):
            if end - start <= _LONGEST_RING:
                yield start


def _ring_before(source: Source, clause: int, end: int) -> SideEvent | None:
    start = _ring_start(source, clause, end)
    counted = _COUNTED.search(source.chars, max(start, end - _LONGEST_COUNT), end)
    stop = counted.start() if counted else end
    if stop - start < _SHORTEST_RING:
        return None
    head = Head(("north",), "由")
    references = _references(source, start, stop, head, "north")
    lines = [one for one in references if feature_of(source_name(one)) is not None or one.part]
    if len(lines) < _LEAST_RING or len(lines) < len(references):
        return None
    return SideEvent(start, end, {}, ring=references)


def _ring_start(source: Source, clause: int, end: int) -> int:
    """Where the first line is named: behind 由, an open bracket, or 某园位于."""
    chars = source.chars
    opened = max(chars.rfind(word, clause, end) for word in "由以为是")
    start = opened + 1 if opened >= 0 else clause
    for bracket in range(start, end):
        if chars[bracket] == "(" and source.brackets.get(bracket, end) >= end:
            start = bracket + 1
    first = _LISTED.search(chars, start, end)
    return start + _after_location(chars[start : first.start() if first else end])


def source_name(reference: Reference) -> str:
    """Return the name in the form in which it is read."""
    return read_form(reference.name)
