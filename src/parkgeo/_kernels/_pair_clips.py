"""Common ground of two extents, drawn where their outlines surely cross or surely do not.

At each crossing one outline enters the other. From there the border of the common ground follows
the one that entered to where it leaves, then the other one to where it is entered again, until it
is back (Weiler & Atherton 1977). Whatever is not certain - a common edge, a corner on an edge,
crossings in one place, a hole - is left to a library that decides exactly.
"""

from typing import Final

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import EAST, NORTH, SOUTH, WEST, Floats, Ints
from parkgeo._kernels._pair_touches import ring_holds
from parkgeo._kernels._rings import side

MOST_CROSSINGS: Final = 256
MOST_PARTS: Final = 64
"""Crossings of a pair, and parts of its common ground, up to which it is drawn here."""

NEAREST: Final = 1e-6
"""Crossings that are nearer to each other, as a share of an edge, may stand in another order."""

OF_MINE, OF_OTHER, X, Y = 0, 1, 2, 3
"""Columns of a crossing: how far along both edges it is, and where."""

EDGE, RING, SIGN, NEXT, ENTERS, USED = 0, 2, 4, 6, 8, 9
"""And: edge, ring, direction and next crossing of both outlines; whether the first one enters."""

DOUBT: Final = -1


def pair_clips(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    starts: Ints,
    boxes: Floats,
    rings: Ints,
    ring_boxes: Floats,
    runs: Ints,
    out_xy: Floats,
    left: Ints,
    right: Ints,
    places: Ints,
    out_ends: Ints,
    out_counts: Ints,
) -> None:
    """Draw the parts of each pair's common ground.

    Extents and blocks stand as for :func:`pair_areas`. The rings of extent k are the rows
    ``runs[k, 0]:runs[k, 1]`` of ``rings``: first vertex, one after the last, 1 for shells, 0 for
    holes. Parts go to ``out_xy`` from ``places`` on, closed, one after the other; part p ends
    before row ``out_ends[pair, p]``. A count of -1 says that something was not certain.
    """
    at = np.empty((MOST_CROSSINGS, 4))
    of = np.empty((MOST_CROSSINGS, 10), dtype=np.int64)
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        out_counts[pair] = DOUBT
        count = crossings(xy, firsts, lasts, signs, bounds, starts, boxes, a, b, at, of)
        if count == DOUBT or not find_rings(rings, runs, a, b, of, count):
            continue
        if not (follow(rings, at, of, count, 0) and follow(rings, at, of, count, 1)):
            continue
        row = walk(xy, rings, at, of, count, out_xy, places[pair], out_ends, pair, out_counts)
        if out_counts[pair] == DOUBT:
            continue
        for one, two, which in ((a, b, 0), (b, a, 1)):
            if out_counts[pair] == DOUBT:
                break
            row = whole_rings(
                *(xy, rings, ring_boxes, runs, one, two, of, count, which),
                *(out_xy, row, out_ends, pair, out_counts),
            )


@formula
def crossings(  # noqa: PLR0913, PLR0917
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    starts: Ints,
    boxes: Floats,
    a: int,
    b: int,
    at: Floats,
    of: Ints,
) -> int:
    """Find where two outlines surely cross, or return -1 where an edge is not surely beside."""
    count = 0
    for one in range(starts[a], starts[a + 1]):
        if beyond(bounds, one, boxes, b):
            continue
        for two in range(starts[b], starts[b + 1]):
            if beyond(bounds, one, bounds, two):
                continue
            before = count
            count = block_crossings(
                *(xy, firsts[one], lasts[one], firsts[two], lasts[two], bounds, two),
                *(at, of, count),
            )
            if count == DOUBT:
                return DOUBT
            for k in range(before, count):
                mine, other = (1 if signs[one] > 0.0 else -1), (1 if signs[two] > 0.0 else -1)
                of[k, SIGN], of[k, SIGN + 1] = mine, other
                of[k, ENTERS] = 1 if of[k, ENTERS] * mine * other > 0 else 0
    return count


@formula
def beyond(mine: Floats, one: int, others: Floats, two: int) -> bool:
    """Say whether two boxes have no point in common."""
    in_x = (mine[one, WEST] <= others[two, EAST]) & (others[two, WEST] <= mine[one, EAST])
    in_y = (mine[one, SOUTH] <= others[two, NORTH]) & (others[two, SOUTH] <= mine[one, NORTH])
    return not (in_x & in_y)


@formula
def block_crossings(  # noqa: PLR0913, PLR0917
    xy: Floats,
    first: int,
    last: int,
    from_: int,
    to: int,
    bounds: Floats,
    two: int,
    at: Floats,
    of: Ints,
    count: int,
) -> int:
    """Add the crossings of two blocks, and return how many there are now."""
    for i in range(first, last):
        ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
        x0, x1, y0, y1 = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        outside_x = (x1 < bounds[two, WEST]) | (bounds[two, EAST] < x0)
        if outside_x | (y1 < bounds[two, SOUTH]) | (bounds[two, NORTH] < y0):
            continue
        for j in range(from_, to):
            cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]
            outside_x = (max(cx, dx) < x0) | (x1 < min(cx, dx))
            if outside_x | (max(cy, dy) < y0) | (y1 < min(cy, dy)):
                continue
            apart = side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy)
            end = side(cx, cy, dx, dy, bx, by)
            begin = side(cx, cy, dx, dy, ax, ay)
            if apart > 0 or begin * end > 0:
                continue
            if apart == 0 or begin * end == 0 or count == MOST_CROSSINGS:
                return DOUBT
            ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
            turn = ux * vy - uy * vx
            mine = ((cx - ax) * vy - (cy - ay) * vx) / turn
            at[count, OF_MINE], at[count, OF_OTHER] = mine, ((cx - ax) * uy - (cy - ay) * ux) / turn
            at[count, X], at[count, Y] = ax + mine * ux, ay + mine * uy
            of[count, EDGE], of[count, EDGE + 1], of[count, USED] = i, j, 0
            # On which side it ends, as the other one is stored.
            of[count, ENTERS] = end
            count += 1
    return count


@formula
def find_rings(  # noqa: PLR0913, PLR0917
    rings: Ints, runs: Ints, a: int, b: int, of: Ints, count: int
) -> bool:
    """Say on which ring of both extents each crossing lies."""
    for k in range(count):
        for which in range(2):
            extent = b if which else a
            of[k, RING + which] = -1
            for r in range(runs[extent, 0], runs[extent, 1]):
                if rings[r, 0] <= of[k, EDGE + which] < rings[r, 1]:
                    of[k, RING + which] = r
            if of[k, RING + which] < 0:
                return False
    return True


@formula
def follow(rings: Ints, at: Floats, of: Ints, count: int, which: int) -> bool:
    """Find the next crossing on the way along an outline, its ground to the left.

    False where two of them are too near to tell, or where the outline would enter twice.
    """
    for k in range(count):
        ring, sign = of[k, RING + which], of[k, SIGN + which]
        edges = rings[ring, 1] - 1 - rings[ring, 0]
        nearest, of[k, NEXT + which] = np.inf, k
        for m in range(count):
            if m == k or of[m, RING + which] != ring:
                continue
            gap = float(of[m, EDGE + which] - of[k, EDGE + which])
            gap = (gap + (at[m, which] - at[k, which])) * sign
            if abs(gap) < NEAREST:
                return False
            if gap < 0.0:
                gap += edges
            if gap < nearest:
                nearest, of[k, NEXT + which] = gap, m
    alternate = True
    for k in range(count):
        alternate &= of[k, ENTERS] != of[of[k, NEXT + which], ENTERS]
    return alternate


@formula
def walk(  # noqa: PLR0913, PLR0917
    xy: Floats,
    rings: Ints,
    at: Floats,
    of: Ints,
    count: int,
    out_xy: Floats,
    row: int,
    out_ends: Ints,
    pair: int,
    out_counts: Ints,
) -> int:
    """Draw the parts whose border changes from one outline to the other; return the next row."""
    parts = 0
    for begin in range(count):
        if of[begin, ENTERS] == 0 or of[begin, USED] != 0:
            continue
        first, k = row, begin
        while of[k, USED] == 0:
            for which in range(2):
                of[k, USED] = 1
                out_xy[row, 0], out_xy[row, 1] = at[k, X], at[k, Y]
                row = along(xy, rings, at, of, k, which, out_xy, row + 1)
                k = of[k, NEXT + which]
        out_xy[row, 0], out_xy[row, 1] = out_xy[first, 0], out_xy[first, 1]
        row += 1
        # Ground lies left of a shell, so it runs against the clock; a hole does not.
        if k != begin or parts == MOST_PARTS or twice_area(out_xy, first, row) <= 0.0:
            return row
        out_ends[pair, parts] = row
        parts += 1
    out_counts[pair] = parts
    return row


@formula
def along(  # noqa: PLR0913, PLR0917
    xy: Floats, rings: Ints, at: Floats, of: Ints, k: int, which: int, out_xy: Floats, row: int
) -> int:
    """Copy the vertices of an outline from a crossing to the next one."""
    m, ring, sign = of[k, NEXT + which], of[k, RING + which], of[k, SIGN + which]
    start, edges = rings[ring, 0], rings[ring, 1] - 1 - rings[ring, 0]
    i, j = of[k, EDGE + which] - start, of[m, EDGE + which] - start
    copied = ((j - i) * sign + edges) % edges
    if copied == 0 and (at[m, which] - at[k, which]) * sign <= 0.0:
        copied = edges
    for step in range(copied):
        vertex = i + 1 + step if sign > 0 else i - step + edges
        out_xy[row, 0] = xy[start + vertex % edges, 0]
        out_xy[row, 1] = xy[start + vertex % edges, 1]
        row += 1
    return row


@formula
def twice_area(xy: Floats, first: int, stop: int) -> float:
    """Return twice the signed area of a closed ring."""
    total = 0.0
    for i in range(first + 1, stop - 1):
        ux, uy = xy[i, 0] - xy[first, 0], xy[i, 1] - xy[first, 1]
        total += ux * (xy[i + 1, 1] - xy[first, 1]) - uy * (xy[i + 1, 0] - xy[first, 0])
    return total


@formula
def whole_rings(  # noqa: PLR0913, PLR0917
    xy: Floats,
    rings: Ints,
    ring_boxes: Floats,
    runs: Ints,
    one: int,
    two: int,
    of: Ints,
    count: int,
    which: int,
    out_xy: Floats,
    row: int,
    out_ends: Ints,
    pair: int,
    out_counts: Ints,
) -> int:
    """Copy the shells of an extent that lie in the other one without crossing it."""
    for r in range(runs[one, 0], runs[one, 1]):
        crossed = False
        for k in range(count):
            crossed |= of[k, RING + which] == r
        if crossed:
            continue
        first, stop = rings[r, 0], rings[r, 1]
        around = 0
        for q in range(runs[two, 0], runs[two, 1]):
            inside = ring_holds(
                xy, rings[q, 0], rings[q, 1], ring_boxes[q], xy[first, 0], xy[first, 1]
            )
            if inside < 0:
                out_counts[pair] = DOUBT
                return row
            around += inside if rings[q, 2] else -inside
        if around == 0:
            continue
        if rings[r, 2] == 0 or out_counts[pair] == MOST_PARTS:
            out_counts[pair] = DOUBT
            return row
        for i in range(first, stop):
            out_xy[row, 0], out_xy[row, 1] = xy[i, 0], xy[i, 1]
            row += 1
        out_ends[pair, out_counts[pair]] = row
        out_counts[pair] += 1
    return row
