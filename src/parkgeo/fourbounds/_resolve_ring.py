"""Closed ways around a block: along each reference in order, from one to the next.

Going clockwise, a boundary runs along its eastern side southwards, its southern side westwards,
and so on. A ring is a choice of one joint between each two references that follow each other. The
cost of a ring is the length that does not lead on: detours on the lines, and gaps, which count
more. The cheapest rings are found by a beam search over the joints, from each first joint.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, islice, pairwise, product
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from parkgeo.fourbounds._geometry import HOP_M, STEP_M, Floats, Ints, LineNetwork, unit, walk
from parkgeo.fourbounds._geometry_joints import Joints, join
from parkgeo.fourbounds._references import BEARINGS_DEG, Side
from parkgeo.fourbounds._resolve_match import Match, Neighbourhood

MOST_SEQUENCES: Final = 60
MOST_RINGS: Final = 24
SKIP_COST: Final = 1_500.0
"""Leaving out a reference that has lines costs as much as this many metres of detour."""
END_GAP_M: Final = 300.0
_BEAM_EACH: Final = 8
_MOST_STATES: Final = 2_000
_MOST_PARTS: Final = 3
_LEVELS: Final = (1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Shares of the half-width of the window."""
_MOST_COMBINED: Final = 5_000
_MOST_TURNS: Final = 32
_LEAST_STEPS: Final = 60
_LEAST_OF_LINE: Final = 0.1
_ASIDE_M: Final = 200.0

Item = Match | Side
"""One step around a block: a reference with lines, or a side that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A piece of a ring: the coordinates of a way, and what it runs on.

    ``how`` is ``line`` (on lines of the reference), ``bridge`` (across a gap, or a prolonged end)
    or ``closing`` (a side that has no line).
    """

    coords: Floats
    item: int
    how: str


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """A closed way around a block, still without its closing sides.

    Parameters
    ----------
    items
        References and missing sides in clockwise order.
    stretches
        The ways along the references and across the joints between them, in the same order.
    cost
        What it costs, in metres of detour.
    skipped
        References that have lines near the block but are left out.
    backwards
        How many sides it follows against the order in which the text names their references.
    """

    items: tuple[Item, ...]
    stretches: tuple[Stretch, ...]
    cost: float
    skipped: tuple[Match, ...] = ()
    backwards: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """One way to follow the references of a side, or of all sides, one after the other."""

    items: tuple[Item, ...]
    skipped: tuple[Match, ...] = ()
    backwards: int = 0


@dataclass(eq=False)
class _Line:
    """The lines of one reference, or of several of the same lines, with every candidate joint."""

    network: LineNetwork
    points: list[Floats] = field(default_factory=list)
    count: int = 0
    cost: Floats = field(default_factory=lambda: np.empty((0, 0)))
    back: Ints = field(default_factory=lambda: np.empty((0, 0), dtype=np.intp))
    cuts: LineNetwork | None = None
    size: int = 0
    wide: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def add(self, points: Floats) -> Ints:
        """Remember points to be put on the lines; returns their numbers."""
        numbers = self.count + np.arange(len(points))
        self.points.append(points)
        self.count += len(points)
        return numbers

    def measure(self) -> None:
        """Put the points on the lines and find the cheapest ways between all of them."""
        if not self.count:
            return
        cut = self.network.with_cuts(np.concatenate(self.points))
        cost, self.back = cut.costs(cut.cuts)
        self.cost = cost[:, cut.cuts]
        self.cuts = cut
        self.size = len(cut.nodes)
        wide = cut.bridged & (cut.lengths > HOP_M)
        self.wide = np.sort(cut.edges[wide], axis=1) @ np.array([self.size, 1], dtype=np.intp)

    def through(self, start: int, stops: list[int], item: int) -> Iterator[Stretch]:
        """Ways from one point to the last of several: straight on, unless that is another way.

        A place to turn may lie on the other carriageway, or a little aside; but on a ring road it
        says which way round.
        """
        legs = list(pairwise([start, *stops]))
        detour = sum(self.cost[a, b] for a, b in legs) - self.cost[start, stops[-1]]
        for a, b in legs if detour > _ASIDE_M else [(start, stops[-1])]:
            yield from self.stretches(a, b, item)

    def stretches(self, start: int, stop: int, item: int) -> Iterator[Stretch]:
        """Ways on the lines and across their gaps, from one point to another."""
        net = self.cuts
        if net is None or start == stop:
            return
        way = walk(self.back[start], int(net.cuts[start]), int(net.cuts[stop]))
        coords = net.nodes[way]
        gaps = self._is_gap(np.asarray(way))
        edge = np.flatnonzero(np.r_[True, gaps[1:] != gaps[:-1]])
        for first, last in zip(edge, [*edge[1:], len(gaps)], strict=True):
            how = "bridge" if gaps[first] else "line"
            yield Stretch(coords[first : last + 1], item, how)

    def _is_gap(self, way: Ints) -> npt.NDArray[np.bool_]:
        """Say of each step of a way whether it bridges a gap wider than a pair of carriageways."""
        low, high = np.sort(np.stack([way[:-1], way[1:]]), axis=0)
        return np.isin(low * self.size + high, self.wide)


@dataclass(frozen=True, slots=True, eq=False)
class _Slot:
    """Candidates between two items: point numbers on the item before and on the item after.

    ``early`` says of each whether it leaves a line beside a missing side before its end;
    ``one_line`` that both items run on the same lines, so that all candidates make one polygon.
    """

    joints: Joints
    before: Ints
    after: Ints
    early: npt.NDArray[np.bool_]
    one_line: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """A ring that is not drawn yet: which candidate of each slot it takes."""

    order: _Order
    slots: tuple[_Slot, ...]
    choice: Ints
    cost: float

    @property
    def early(self) -> int:
        """How many lines beside missing sides it leaves before their ends."""
        return sum(int(slot.early[at]) for slot, at in zip(self.slots, self.choice, strict=True))

    @property
    def group(self) -> tuple[object, ...]:
        """What it has in common with plans that leave these lines elsewhere."""
        items = self.order.items
        joints = tuple(
            int(at)
            for at, slot, (before, after) in zip(
                self.choice, self.slots, _pairs(items), strict=True
            )
            if isinstance(before, Match) and isinstance(after, Match) and not slot.one_line
        )
        return (*map(_key, items), joints)


class RingFinder:
    """Finds rings around one neighbourhood; joints and ways are worked out once and kept."""

    def __init__(self, neighbourhood: Neighbourhood) -> None:
        self._hood = neighbourhood
        self._lines: dict[bytes, _Line] = {}
        self._same: dict[int, bytes] = {}
        self._slots: dict[tuple[object, object], _Slot | None] = {}

    def rings(self) -> Iterator[Iterator[Ring]]:
        """Yield rings of all sequences of references, cheapest first.

        Rings that differ only in where they leave the lines beside a missing side come together:
        those that follow them to their ends first.
        """
        sequences = list(islice(_sequences(self._hood), MOST_SEQUENCES))
        for order in sequences:
            for before, after in _pairs(order.items):
                self._slot(before, after)
        for line in self._lines.values():
            line.measure()
        plans = [plan for order in sequences for plan in self._search(order)]
        groups: dict[tuple[object, ...], list[_Plan]] = {}
        for plan in sorted(plans, key=lambda plan: plan.cost):
            groups.setdefault(plan.group, []).append(plan)
        for group in islice(groups.values(), MOST_RINGS):
            group.sort(key=lambda plan: (plan.early, plan.cost))
            yield map(self._ring, group)

    def _line(self, match: Match) -> _Line:
        if match.network is None:
            raise TypeError(f"{match.reference.name!r} has no lines")
        # References of the same lines share them: a way may lead along them from side to side.
        number = id(match.network)
        if number not in self._same:
            self._same[number] = match.network.nodes.tobytes()
        return self._lines.setdefault(self._same[number], _Line(match.network))

    def _slot(self, before: Item, after: Item) -> _Slot | None:
        key = (_key(before), _key(after))
        if key not in self._slots:
            self._slots[key] = self._make_slot(before, after)
        return self._slots[key]

    def _make_slot(self, before: Item, after: Item) -> _Slot | None:
        if isinstance(before, Match) and isinstance(after, Match):
            a, b = self._line(before), self._line(after)
            if a is b:
                return _one_line(a)
            joints = join(a.network, b.network, self._hood.window)
            never = np.zeros(len(joints), dtype=bool)
            if not len(joints):
                return None
            return _Slot(joints, a.add(joints.on_a), b.add(joints.on_b), never)
        if isinstance(before, Match) and not isinstance(after, Match):
            line, direction = self._line(before), unit(BEARINGS_DEG[after])
            ends, early = _far_ends(line.network, direction, self._hood.window)
            nowhere = np.zeros(len(ends), dtype=np.intp)
            return _Slot(_still(ends), line.add(ends), nowhere, early)
        if isinstance(after, Match) and not isinstance(before, Match):
            line, direction = self._line(after), unit(BEARINGS_DEG[before])
            ends, early = _far_ends(line.network, direction, self._hood.window)
            nowhere = np.zeros(len(ends), dtype=np.intp)
            return _Slot(_still(ends), nowhere, line.add(ends), early)
        nowhere = np.zeros(1, dtype=np.intp)
        return _Slot(_still(np.zeros((1, 2))), nowhere, nowhere, np.zeros(1, dtype=bool))

    def _search(self, order: _Order) -> Iterator[_Plan]:
        items = order.items
        slots = [self._slots[(_key(a), _key(b))] for a, b in _pairs(items)]
        kept = tuple(slot for slot in slots if slot is not None)
        if len(kept) < len(slots):
            return
        choices, costs = _beam(kept, [self._step(i, items, kept) for i in range(len(items))])
        extra = SKIP_COST * len(order.skipped)
        for choice, cost in zip(choices, costs, strict=True):
            yield _Plan(order, kept, choice, float(cost) + extra)

    def _ring(self, plan: _Plan) -> Ring:
        order = plan.order
        stretches = tuple(self._build(order.items, plan.slots, plan.choice))
        return Ring(order.items, stretches, plan.cost, order.skipped, order.backwards)

    def _step(self, i: int, items: tuple[Item, ...], slots: tuple[_Slot, ...]) -> Floats:
        """Cost of item ``i`` from each candidate of the slot before it to each of the next."""
        item = items[i]
        before, after = slots[i - 1], slots[i]
        if not isinstance(item, Match):
            return np.zeros((len(before.joints), len(after.joints)))
        line = self._line(item)
        along = unit(BEARINGS_DEG[item.side] + 90.0)
        start, stop = before.joints.on_b @ along, after.joints.on_a @ along
        ways = line.cost[np.ix_(before.after, after.before)]
        return np.asarray(ways - (stop[None, :] - start[:, None]) + after.joints.cost[None, :])

    def _build(
        self, items: tuple[Item, ...], slots: tuple[_Slot, ...], choice: Ints
    ) -> Iterator[Stretch]:
        for run in _runs(items, slots):
            first, last = run[0], run[-1]
            item = items[first]
            if not isinstance(item, Match):
                continue
            start = int(slots[first - 1].after[choice[first - 1]])
            turns = [int(slots[i].before[choice[i]]) for i in run]
            on_line = list(self._line(item).through(start, turns, first))
            yield from _shared_out(on_line, run, items)
            joint = slots[last].joints.take(np.array([choice[last]]))
            if joint.bridge_m[0] > 0.0:
                way = np.concatenate([joint.on_a, joint.via, joint.on_b])
                yield Stretch(way, last, "bridge")


def _sequences(hood: Neighbourhood) -> Iterator[_Order]:
    """Orders in which a boundary may follow the references, those that use all of them first."""
    found = hood.found
    most = max(2, int(_MOST_COMBINED ** (1.0 / len(found))))
    options = [
        list(islice(_linked(matches, hood), most)) if matches else [_Order((side,))]
        for side, matches in found.items()
    ]
    every = sorted(map(_joined, product(*options)), key=lambda o: (len(o.skipped), o.backwards))
    for order in every:
        # The beam keeps the best of each first and last candidate: with a missing side at the end,
        # these are where the lines beside it are left.
        items = order.items
        gaps = [i for i, item in enumerate(items) if not isinstance(item, Match)]
        start = gaps[-1] + 1 if gaps else 0
        yield replace(order, items=(*items[start:], *items[:start]))


def _joined(parts: tuple[_Order, ...]) -> _Order:
    return _Order(
        tuple(item for part in parts for item in part.items),
        tuple(match for part in parts for match in part.skipped),
        sum(part.backwards for part in parts),
    )


def _linked(matches: list[Match], hood: Neighbourhood) -> Iterator[_Order]:
    """Orders of one side, and those that go from one line to the next along a third.

    Where two lines of a side do not meet, the text leaves unsaid what leads from the one to the
    other: most often a line that bounds the block anyway, such as the border of its district.
    """
    side = matches[0].side
    others = [
        replace(match, side=side, links=match.side)
        for match in hood.matches
        if match.network is not None and match.side != side
    ]
    for order, kept in _orders(matches):
        yield order
        if len(kept) == 2:  # noqa: PLR2004
            first, second = kept
            if not _meet(first, second):
                for other in others:
                    if _meet(first, other) and _meet(other, second):
                        yield replace(order, items=(first, other, second))


def _meet(a: Match, b: Match) -> bool:
    if a.network is None or b.network is None:
        return False
    return bool(shapely.dwithin(a.network.lines, b.network.lines, HOP_M))


def _orders(matches: list[Match]) -> Iterator[tuple[_Order, tuple[Match, ...]]]:
    """Ways to follow the references of one side: as written, backwards, and leaving some out.

    Texts write a side in the direction of the boundary or against it, so both are tried.
    """
    for size in range(len(matches), 0, -1):
        for kept in combinations(matches, size):
            if any(a.line_key == b.line_key for a, b in pairwise(kept)):
                continue
            skipped = tuple(match for match in matches if match not in kept)
            yield _Order(kept, skipped), kept
            if size > 1:
                yield _Order(kept[::-1], skipped, backwards=1), kept[::-1]


def _beam(slots: tuple[_Slot, ...], steps: list[Floats]) -> tuple[Ints, Floats]:
    """Cheapest choices of one candidate per slot, so that the way closes.

    The slot of the last item is the slot before the first: its candidate is chosen first.
    """
    count = len(slots[-1].joints)
    choices = np.arange(count)[:, None]
    costs = np.zeros(count)
    for step in steps[:-1]:
        total = costs[:, None] + step[choices[:, -1]]
        state, candidate = np.nonzero(np.isfinite(total))
        costs = total[state, candidate]
        choices = np.column_stack([choices[state], candidate])
        keep = _best_of_each(choices, costs)
        choices, costs = choices[keep], costs[keep]
    costs = costs + steps[-1][choices[:, -1], choices[:, 0]]
    order = np.lexsort((*choices.T[::-1], costs))
    order = order[np.isfinite(costs[order])]
    return np.roll(choices[order], -1, axis=1), costs[order]


def _best_of_each(choices: Ints, costs: Floats) -> Ints:
    """Keep a few of the cheapest states for each first and last candidate."""
    order = np.lexsort((*choices.T[::-1], costs, choices[:, -1], choices[:, 0]))
    ends = choices[order][:, [0, -1]]
    first = np.r_[True, (ends[1:] != ends[:-1]).any(axis=1)]
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    kept = order[np.arange(len(order)) - start < _BEAM_EACH]
    return kept[np.argsort(costs[kept], kind="stable")[:_MOST_STATES]]


def _one_line(line: _Line) -> _Slot:
    """Places on a line at which it may turn from one side of a block into the next.

    It may do so anywhere. A few places tell the search how well it bounds both sides; the best one
    of all is found when the way is drawn.
    """
    nodes = line.network.nodes
    points = nodes[:: -(-len(nodes) // _MOST_TURNS)]
    numbers = line.add(points)
    never = np.zeros(len(points), dtype=bool)
    return _Slot(_still(points), numbers, numbers, never, one_line=True)


def _runs(items: tuple[Item, ...], slots: tuple[_Slot, ...]) -> Iterator[list[int]]:
    """Items in the order of the ring; those that follow each other on one line come together."""
    count = len(items)
    firsts = [i for i in range(count) if not slots[i - 1].one_line]
    # All sides on one line, a ring road: it is walked from one of the places to the next.
    for i, first in enumerate(firsts or range(count)):
        size = 1 if not firsts else (firsts[(i + 1) % len(firsts)] - first - 1) % count + 1
        yield [(first + step) % count for step in range(size)]


def _shared_out(
    stretches: list[Stretch], run: list[int], items: tuple[Item, ...]
) -> Iterator[Stretch]:
    """Give each item of a run on one line its part of the way, the part that leads its way most."""
    whole = [stretch for stretch in stretches if np.ptp(stretch.coords, axis=0).any()]
    drawn = [shapely.LineString(stretch.coords) for stretch in whole]
    length = sum(line.length for line in drawn)
    if len(run) == 1 or not whole:
        yield from stretches
        return
    lines = [shapely.segmentize(line, min(STEP_M, length / _LEAST_STEPS)) for line in drawn]
    parts = [shapely.get_coordinates(line) for line in lines]
    way = np.concatenate(parts)
    along = [unit(BEARINGS_DEG[_side(items[i])] + 90.0) for i in run]
    turns = [0, *_turns(way, along), len(way) - 1]
    begin = 0
    for stretch, part in zip(whole, parts, strict=True):
        end = begin + len(part) - 1
        for item, (start, stop) in zip(run, pairwise(turns), strict=True):
            first, last = max(begin, start), min(end, stop)
            if last > first:
                yield Stretch(way[first : last + 1], item, stretch.how)
        begin = end + 1


def _turns(way: Floats, along: list[Floats]) -> list[int]:
    """Places at which a way turns from each direction to the next, for the most progress in all.

    No direction is left with less than a tenth of the way: the text says that each is bounded.
    """
    at = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))]
    latest = np.searchsorted(at, at - _LEAST_OF_LINE * at[-1], side="right") - 1
    none = latest < 0
    total = np.where(none, -np.inf, way @ along[0] - way[0] @ along[0])
    choices: list[Ints] = []
    for direction in along[1:]:
        gain = total - way @ direction
        best = np.maximum.accumulate(gain)
        place = np.maximum.accumulate(np.where(gain >= best, np.arange(len(way)), 0))
        total = np.where(none, -np.inf, best[latest] + way @ direction)
        choices.append(place[latest])
    turns = [len(way) - 1]
    for choice in reversed(choices):
        turns.append(int(choice[turns[-1]]))
    return turns[:0:-1]


def _far_ends(
    network: LineNetwork, direction: Floats, window: shapely.Polygon
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Points up to which a line may lead towards a side that has no line.

    The farthest points of its larger connected parts; and, because a ring road turns back before
    its farthest point, where it passes a few distances from the middle of the window.
    """
    part = network.parts(gap_m=END_GAP_M)
    ahead = network.nodes @ direction
    largest = np.argsort(-np.bincount(part), kind="stable")[:_MOST_PARTS]
    far = [int(np.flatnonzero(part == p)[np.argmax(ahead[part == p])]) for p in largest]
    middle = shapely.get_coordinates(window.centroid)[0]
    half_m = float(np.sqrt(window.area)) / 2
    aside = np.linalg.norm(network.nodes - middle, axis=1)
    for share in _LEVELS:
        passing = np.flatnonzero(np.abs(ahead - middle @ direction - share * half_m) <= STEP_M)
        if len(passing):
            far.append(int(passing[np.argmin(aside[passing])]))
    nodes = list(dict.fromkeys(far))
    return network.nodes[nodes], ~np.isin(nodes, far[: len(largest)])


def _still(points: Floats) -> Joints:
    zero = np.zeros(len(points))
    return Joints(points, points, points, zero, zero)


def _pairs(items: tuple[Item, ...]) -> Iterator[tuple[Item, Item]]:
    return zip(items, (*items[1:], items[0]), strict=True)


def _key(item: Item) -> object:
    return (item.side, item.position, item.links) if isinstance(item, Match) else item


def _side(item: Item) -> Side:
    return item.side if isinstance(item, Match) else item
