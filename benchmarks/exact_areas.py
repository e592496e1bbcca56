"""Areas of all sets of members in rational numbers: what the answer is, to the last digit.

A coordinate is a double, so it is a fraction, and so are the place where two edges cross and the
area between two edges. Nothing is rounded here but the very end, where an area becomes a double.

A line sweeps from west to east over the ends and crossings of all edges. In between, edges stand
in order; ground just above an edge belongs to the owners of the edges below it, an odd number of
times each. Doubles only ask which edges may cross and which stand in order beyond doubt.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
MemberSet = tuple[int, ...]

DOUBT: Final = 1e-14
"""Doubles are taken to be off by this share of the largest coordinate, many times what they are."""

BITS: Final = 256
"""Areas are added up in whole numbers of 2⁻²⁵⁶ m²: sums of fractions grow without bound."""


class Edge:
    """An edge from west to east, and the zone whose border it is on."""

    def __init__(self, west: Floats, east: Floats, owner: int) -> None:
        self.x0, self.y0, self.x1, self.y1 = (Fraction(v) for v in (*west, *east))
        self.owner = owner

    @cached_property
    def slope(self) -> Fraction:
        """How much the edge rises per metre."""
        return (self.y1 - self.y0) / (self.x1 - self.x0)

    def height(self, x: Fraction) -> Fraction:
        """Return where the edge is at ``x``."""
        return self.y0 + (x - self.x0) * self.slope

    def below_m2(self, start: Fraction, end: Fraction) -> int:
        """Measure the ground between the edge and y = 0, in units of 2⁻ᴮᴵᵀˢ m²."""
        area = (end - start) * (self.height(start) + self.height(end)) / 2
        return (area.numerator << BITS) // area.denominator


class _Edges(NamedTuple):
    """Edges one by one, and the same as doubles: x0, y0, x1, y1."""

    one: list[Edge]
    xy: Floats
    doubt_m: float


def exact_areas(shapes: Shapes) -> dict[MemberSet, float]:
    """Return the area of each set of shapes that lie on the same ground, by their positions.

    Shapes are polygons or multipolygons with at most some ten thousand corners together.
    """
    edges = _edges(shapes)
    events = _events(edges)
    order = np.argsort(edges.xy[:, 0], kind="stable").tolist()
    sums: defaultdict[int, int] = defaultdict(int)
    since: dict[int, tuple[Fraction, int]] = {}
    active: list[int] = []
    added = 0
    for start, end in pairwise(events):
        for e in [e for e in active if edges.one[e].x1 <= start]:
            _credit(edges.one[e], *since.pop(e), start, sums)
        active = [e for e in active if e in since]
        while added < len(order) and edges.one[order[added]].x0 <= start:
            active.append(order[added])
            since[order[added]] = start, -1
            added += 1
        active = _sorted(active, edges, (start + end) / 2)
        members = 0
        for e in active:
            begun, below = since[e]
            if below != members:
                _credit(edges.one[e], begun, below, start, sums)
                since[e] = start, members
            members ^= 1 << edges.one[e].owner
    for e, (begun, below) in since.items():
        _credit(edges.one[e], begun, below, events[-1], sums)
    return {
        tuple(i for i in range(len(shapes)) if members >> i & 1): float(Fraction(area, 1 << BITS))
        for members, area in sums.items()
        if members and area >> (BITS - 60)
    }


def _edges(shapes: Shapes) -> _Edges:
    """Take shapes apart into edges from west to east; upright ones bound no ground from below."""
    parts, part_shape = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero((ring[1:] == ring[:-1]) & (xy[1:, 0] != xy[:-1, 0]))
    west, east = xy[joined], xy[joined + 1]
    turned = west[:, 0] > east[:, 0]
    west[turned], east[turned] = east[turned], west[turned].copy()
    owner = part_shape[ring_part[ring[joined]]]
    made = [Edge(*ends) for ends in zip(west, east, owner.tolist(), strict=True)]
    return _Edges(made, np.hstack([west, east]), DOUBT * np.abs(xy).max(initial=0))


def _events(edges: _Edges) -> list[Fraction]:
    """Find where edges begin, end and cross, from west to east."""
    found = {x for edge in edges.one for x in (edge.x0, edge.x1)}
    lines = shapely.linestrings(edges.xy.reshape(-1, 2, 2))
    left, right = shapely.STRtree(lines).query(lines)
    once = left < right
    for a, b in zip(left[once].tolist(), right[once].tolist(), strict=True):
        x = _crossing(edges.one[a], edges.one[b])
        if x is not None:
            found.add(x)
    return sorted(found)


def _crossing(a: Edge, b: Edge) -> Fraction | None:
    """Find where two edges meet at one point inside both or at an end."""
    west, east = max(a.x0, b.x0), min(a.x1, b.x1)
    if west >= east:
        return None
    before, after = a.height(west) - b.height(west), a.height(east) - b.height(east)
    if before == after or (before > 0) == (after > 0):
        return None
    return west + (east - west) * before / (before - after)


def _sorted(active: Sequence[int], edges: _Edges, x: Fraction) -> list[int]:
    """Sort edges by their heights at ``x``: by doubles, and those in doubt by fractions."""
    west_x, west_y, east_x, east_y = edges.xy[list(active)].T
    slope = (east_y - west_y) / (east_x - west_x)
    height = west_y + (float(x) - west_x) * slope
    doubt = edges.doubt_m * (1 + np.abs(slope))
    rank = np.argsort(height - doubt, kind="stable")
    found = [active[i] for i in rank.tolist()]
    reached = np.maximum.accumulate((height + doubt)[rank])
    starts = [0, *(np.flatnonzero((height - doubt)[rank][1:] > reached[:-1]) + 1).tolist()]
    for first, last in zip(starts, [*starts[1:], len(found)], strict=True):
        if last - first > 1:
            run = found[first:last]
            found[first:last] = sorted(run, key=lambda e: (edges.one[e].height(x), e))
    return found


def _credit(
    edge: Edge, start: Fraction, below: int, end: Fraction, sums: defaultdict[int, int]
) -> None:
    """Give the ground under an edge to the set below it, and take it from the set above."""
    if below < 0:
        return
    area = edge.below_m2(start, end)
    sums[below] += area
    sums[below ^ (1 << edge.owner)] -= area
