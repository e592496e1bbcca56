"""Find the blocks of a text and their bounds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parkgeo.errors import SchemaError
from parkgeo.fourbounds import _grammar as grammar
from parkgeo.fourbounds._headers import Header, area_behind, area_within, read_header
from parkgeo.fourbounds._lexer import Area, Token, TokenKind, tokenize
from parkgeo.fourbounds._references import Bounds, Reference, Side
from parkgeo.fourbounds._sides import SideEvent, direct_sides, inverse_sides, ring
from parkgeo.fourbounds._source import Source

__all__ = ["parse"]

_LEAST_SIDES = 2
_WHOLE = 3
_FAR = 300


def parse(text: str) -> list[Bounds]:
    """Find every published range in a text and read its bounds.

    The text may be one clause or a whole policy document: each four-bounds (四至) range in it
    becomes one entry, in the order of the text, with the name and the area that the text gives it.

    Parameters
    ----------
    text
        Chinese text, simplified or traditional, with full- or half-width punctuation and with the
        spaces that scanning leaves inside words.

    Returns
    -------
    One :class:`Bounds` per range. The list is empty where the text has none: fewer than two sides
    make no range. A side stated twice in other words (A路以南, the site lies south of A路) stands
    under the side that it bounds and is marked ``inverse``. What was not understood is in
    ``unparsed``.

    Raises
    ------
    SchemaError
        When ``text`` is not a string.

    Examples
    --------
    >>> [block] = parse("东至学院北路、西至丰潭路、南至申花路、北至留祥路,总占地面积701亩")
    >>> [reference.name for reference in block.references], block.stated_area_text
    (['学院北路', '丰潭路', '申花路', '留祥路'], '701亩')
    """
    if not isinstance(text, str):
        raise SchemaError(
            f"parse needs a text, found {type(text).__name__}; pass one string, "
            "for example the four_bounds of one row",
        )
    source = Source.read(text)
    tokens = tokenize(source)
    groups = list(_groups(source, tokens))
    return list(_describe(source, tokens, groups))


@dataclass(slots=True)
class _Group:
    """The sides of one block while they are gathered."""

    events: list[SideEvent] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.events[0].start

    @property
    def end(self) -> int:
        return self.events[-1].end

    @property
    def sides(self) -> dict[Side, tuple[Reference, ...]]:
        return {side: found for event in self.events for side, found in event.sides.items()}

    @property
    def inverse(self) -> bool:
        return all(event.inverse for event in self.events)

    @property
    def counts(self) -> bool:
        return len(self.sides) >= _LEAST_SIDES or any(event.ring for event in self.events)


# --- grouping -----------------------------------------------------------------------------------


def _groups(source: Source, tokens: Sequence[Token]) -> Iterator[_Group]:
    direct = direct_sides(source, tokens)
    groups = list(_direct_groups(source, direct))
    between = list(_between(direct, len(source.chars)))
    for start, end in between:
        groups += [_Group(run) for run in inverse_sides(source, start, end)]
        groups += [_Group([event]) for event in ring(source, start, end)]
    groups.sort(key=lambda group: group.start)
    yield from _settle(source, groups)


def _between(direct: Sequence[SideEvent], end: int) -> Iterator[tuple[int, int]]:
    start = 0
    for event in direct:
        if event.start > start:
            yield start, event.start
        start = max(start, event.end)
    if start < end:
        yield start, end


def _direct_groups(source: Source, events: Sequence[SideEvent]) -> Iterator[_Group]:
    group = _Group()
    seen: set[Side] = set()
    for event in events:
        if group.events and (seen & event.sides.keys() or _starts_anew(source, group, event)):
            yield group
            group, seen = _Group(), set()
        group.events.append(event)
        seen |= event.sides.keys()
    if group.events:
        yield group


def _starts_anew(source: Source, group: _Group, event: SideEvent) -> bool:
    """Whether a side of a new direction nevertheless opens another block."""
    gap = source.chars[group.end : event.start]
    if len(gap) > _FAR:
        return True
    cut = max(gap.rfind(stop) for stop in "。;")
    if cut < 0:
        return False
    words = gap[cut + 1 :].strip("\t,:、 ")
    return bool(words) and words not in grammar.HEADER_NOISE


def _settle(source: Source, groups: Sequence[_Group]) -> Iterator[_Group]:
    """Join halves of one block, and drop what is no block."""
    waiting: _Group | None = None
    for group in groups:
        if waiting is None:
            waiting = group
        elif _belongs(source, waiting, group):
            waiting.events += group.events
        else:
            if waiting.counts and not _only_locates(source, waiting, group):
                yield waiting
            waiting = group
    if waiting is not None and waiting.counts:
        yield waiting


def _belongs(source: Source, left: _Group, right: _Group) -> bool:
    """Whether direct and inverse sides in one sentence describe one block."""
    if left.inverse == right.inverse or left.sides.keys() & right.sides.keys():
        return False
    small = min(len(left.sides), len(right.sides)) < _LEAST_SIDES
    gap = source.chars[left.end : right.start]
    return small and len(gap) < _FAR and not any(stop in gap for stop in "。;")


def _only_locates(source: Source, left: _Group, right: _Group) -> bool:
    """Whether inverse phrases merely say where a block lies whose sides follow in full."""
    gap = source.chars[left.end : right.start]
    return (
        left.inverse
        and len(left.sides) < _WHOLE
        and not right.inverse
        and len(right.sides) >= _WHOLE
        and len(gap) < _FAR
        and "。" not in gap
    )


# --- description --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Around:
    """What the words around the sides of a block say about it."""

    name: str | None
    start: int
    end: int
    area: Area | None
    parent: str | None
    parent_area: Area | None


def _describe(
    source: Source, tokens: Sequence[Token], groups: Sequence[_Group]
) -> Iterator[Bounds]:
    starts = [token.start for token in tokens]
    ends = [token.end for token in tokens]
    outer: tuple[str | None, Area | None] = (None, None)
    parent = outer
    shared = False  # whether the blocks so far share the area of their parent
    behind = 0
    for at, group in enumerate(groups):
        first, after = bisect_left(starts, group.start), bisect_right(ends, group.end)
        last = at + 1 == len(groups)
        upto = len(tokens) if last else bisect_left(starts, groups[at + 1].start)
        header = read_header(source, tokens[behind:first])
        trailing = _trailing_area(source, tokens[after:upto], header, last=last)
        if header.fresh or header.parent_area:
            outer, parent = parent, (header.parent, header.parent_area)
        elif shared and header.area is not None:
            parent = outer  # back from the parts of one block to the next block
        shared = trailing is None and header.area is None
        if trailing is not None and header.area is not None and header.name is None:
            parent = (None, header.area)  # an area of all blocks, before the first of them
        start = group.start if header.start is None else header.start
        end = max(group.end, trailing.end if trailing else 0)
        behind = bisect_left(starts, end)
        area = trailing or header.area or area_within(source, tokens[first:after])
        around = _Around(header.name, start, end, area, *parent)
        yield _bounds(source, tokens[first:after], group, around)


def _trailing_area(
    source: Source, tokens: Sequence[Token], header: Header, *, last: bool
) -> Area | None:
    """Find the area behind the sides: in the next sentence only where no other can be meant."""
    area = area_behind(source, tokens, sentences=1)
    if area is None and header.area is None and last:
        area = area_behind(source, tokens, sentences=2)
    return area


def _bounds(source: Source, tokens: Sequence[Token], group: _Group, around: _Around) -> Bounds:
    area, shared = around.area, around.parent_area
    return Bounds(
        name=around.name,
        stated_area_m2=area.m2 if area else None,
        sides=group.sides,
        stated_area_text=source.raw(area.start, area.end) if area else None,
        text=source.raw(around.start, around.end),
        span=source.span(around.start, around.end),
        unparsed=tuple(_unparsed(source, tokens, group)),
        parent=around.parent,
        parent_area_m2=shared.m2 if shared else None,
        enclosure=tuple(one for event in group.events for one in event.ring),
        include=next((event.include for event in group.events if event.include), None),
        stated_area_approx=bool(area and area.approx),
    )


def _unparsed(
    source: Source, tokens: Sequence[Token], group: _Group
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Words between the sides of a block that no side has taken."""
    pieces = [piece for event in group.events for piece in event.unparsed]
    starts = [event.start for event in group.events]
    for token in tokens:
        nearest = bisect_right(starts, token.start) - 1
        taken = nearest >= 0 and token.start < group.events[nearest].end
        if token.kind is TokenKind.WORDS and not taken:
            words = source.chars[token.start : token.end].strip("、. \t")
            if words and words not in grammar.HEADER_NOISE:
                pieces.append((token.start, token.end))
    for start, end in sorted(pieces):
        yield source.raw(start, end), source.span(start, end)
