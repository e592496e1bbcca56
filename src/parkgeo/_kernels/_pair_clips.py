"""Common ground of two extents, drawn where their outlines surely cross or surely do not.

Outlines meet in *nodes*: where they cross, and at vertices that both have, to the last digit, where
one leaves the other. From node to node an outline runs inside the other one, outside it, or along
it; that is told at the node where the way begins. The border of the common ground is the ways that
run inside, and those where both run along each other with the ground on one side, joined at the
nodes (Weiler & Atherton 1977); and whole rings that meet nothing, or run along another one all the
way. Whatever is not certain - a corner on an edge, crossings in one place, two ways from one node -
is left to a library that decides exactly.
"""

from typing import Final

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import EAST, NORTH, SOUTH, WEST, Floats, Ints
from parkgeo._kernels._pair_touches import ring_holds
from parkgeo._kernels._rings import side

MOST_CROSSINGS: Final = 1024
MOST_PARTS: Final = 64
"""Nodes of a pair, and rings of its common ground, up to which it is drawn here."""

NEAREST: Final = 1e-6
"""Nodes that are nearer to each other, as a share of an edge, may stand in another order."""

OF_MINE, OF_OTHER, X, Y = 0, 1, 2, 3
"""Columns of a node: how far along both edges it is, 0 at a common vertex, and where."""

EDGE, RING, SIGN, NEXT, KEPT, USED = 0, 2, 4, 6, 8, 10
"""And: edge, ring, direction and next node of both outlines; whether the way from here along each
is border of the common ground; whether it has been drawn. Ways run with the ground to the left."""

DOUBT: Final = -1
NO_TWIN: Final = -2
APART, TO_LEFT, TO_RIGHT, AT_VERTEX = 0, 1, 2, 3
"""How two edges meet."""


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
    out_around: Ints,
    out_counts: Ints,
) -> None:
    """Draw the rings of each pair's common ground.

    Extents and blocks stand as for :func:`pair_areas`. The rings of extent k are the rows
    ``runs[k, 0]:runs[k, 1]`` of ``rings``: first vertex, one after the last, 1 for shells, 0 for
    holes. What is drawn goes to ``out_xy`` from ``places`` on, closed, one after the other; ring r
    ends before row ``out_ends[pair, r]``, and is a hole in ring ``out_around[pair, r]``, or a shell
    where that is itself. A count of -1 says that something was not certain.
    """
    at = np.empty((MOST_CROSSINGS, 4))
    of = np.empty((MOST_CROSSINGS, 11), dtype=np.int64)
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        out_counts[pair] = DOUBT
        count = nodes(xy, firsts, lasts, signs, bounds, starts, boxes, rings, runs, a, b, at, of)
        if count == DOUBT:
            continue
        if not (follow(rings, at, of, count, 0) and follow(rings, at, of, count, 1)):
            continue
        row = walk(
            *(xy, rings, at, of, count, out_xy, places[pair]),
            *(out_ends, out_around, pair, out_counts),
        )
        if out_counts[pair] == DOUBT:
            continue
        for one, two, which in ((a, b, 0), (b, a, 1)):
            if out_counts[pair] == DOUBT:
                break
            row = whole_rings(
                *(xy, rings, ring_boxes, runs, one, two, of, count, which),
                *(out_xy, row, out_ends, out_around, pair, out_counts),
            )
        settle_holes(out_xy, places[pair], out_ends, out_around, pair, out_counts)


@formula
def nodes(  # noqa: PLR0913, PLR0917
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    starts: Ints,
    boxes: Floats,
    rings: Ints,
    runs: Ints,
    a: int,
    b: int,
    at: Floats,
    of: Ints,
) -> int:
    """Find where two outlines surely meet, or return -1 where an edge is not surely beside."""
    count = 0
    for one in range(starts[a], starts[a + 1]):
        if beyond(bounds, one, boxes, b):
            continue
        mine = 1 if signs[one] > 0.0 else -1
        for two in range(starts[b], starts[b + 1]):
            if beyond(bounds, one, bounds, two):
                continue
            other = 1 if signs[two] > 0.0 else -1
            in_blocks = (firsts[one], lasts[one], firsts[two], lasts[two])
            count = block_nodes(
                xy, in_blocks, bounds, two, mine, other, rings, runs, a, b, at, of, count
            )
            if count == DOUBT:
                return DOUBT
    return count


@formula
def beyond(mine: Floats, one: int, others: Floats, two: int) -> bool:
    """Say whether two boxes have no point in common."""
    in_x = (mine[one, WEST] <= others[two, EAST]) & (others[two, WEST] <= mine[one, EAST])
    in_y = (mine[one, SOUTH] <= others[two, NORTH]) & (others[two, SOUTH] <= mine[one, NORTH])
    return not (in_x & in_y)


@formula
def block_nodes(  # noqa: PLR0913, PLR0917
    xy: Floats,
    in_blocks: tuple[int, int, int, int],
    bounds: Floats,
    two: int,
    mine: int,
    other: int,
    rings: Ints,
    runs: Ints,
    a: int,
    b: int,
    at: Floats,
    of: Ints,
    count: int,
) -> int:
    """Add the nodes of two blocks, and return how many there are now."""
    first, last, from_, to = in_blocks
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
            met = meeting(ax, ay, bx, by, cx, cy, dx, dy)
            if met == APART:
                continue
            if met == DOUBT or count == MOST_CROSSINGS:
                return DOUBT
            of[count, EDGE], of[count, EDGE + 1] = i, j
            of[count, SIGN], of[count, SIGN + 1] = mine, other
            of[count, RING] = ring_at(rings, runs, a, i)
            of[count, RING + 1] = ring_at(rings, runs, b, j)
            of[count, USED] = 0
            if met == AT_VERTEX:
                at[count, OF_MINE], at[count, OF_OTHER] = 0.0, 0.0
                at[count, X], at[count, Y] = ax, ay
                parting = vertex_ways(xy, rings, of, count)
                if parting == DOUBT:
                    return DOUBT
                count += parting
                continue
            # On which side it ends, as the other one is stored.
            enters = (met == TO_LEFT) == (mine == other)
            of[count, KEPT], of[count, KEPT + 1] = int(enters), int(not enters)
            ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
            turn = ux * vy - uy * vx
            along_mine = ((cx - ax) * vy - (cy - ay) * vx) / turn
            at[count, OF_MINE] = along_mine
            at[count, OF_OTHER] = ((cx - ax) * uy - (cy - ay) * ux) / turn
            at[count, X], at[count, Y] = ax + along_mine * ux, ay + along_mine * uy
            count += 1
    return count


@formula
def meeting(  # noqa: PLR0913, PLR0917
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> int:
    """Say how two edges meet, and to which side of the second one the first one crosses.

    Edges that have an end in common meet there alone unless they lie on one line, in one direction;
    ``AT_VERTEX`` says that both begin there, so that each common vertex is named once.
    """
    begins, ends = (ax == cx) & (ay == cy), (bx == dx) & (by == dy)
    against, onward = (ax == dx) & (ay == dy), (bx == cx) & (by == cy)
    if begins | ends | against | onward:
        if not ((begins & ends) | (against & onward)):
            # From the common end, to the other ends of both.
            vx, vy = (ax, ay) if begins | against else (bx, by)
            px, py = (bx, by) if begins | against else (ax, ay)
            qx, qy = (dx, dy) if begins | onward else (cx, cy)
            ahead = (px - vx) * (qx - vx) + (py - vy) * (qy - vy)
            if side(vx, vy, px, py, qx, qy) == 0 and ahead >= 0.0:
                return DOUBT
        return AT_VERTEX if begins else APART
    apart = side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy)
    end = side(cx, cy, dx, dy, bx, by)
    begin = side(cx, cy, dx, dy, ax, ay)
    if apart > 0 or begin * end > 0:
        return APART
    if apart == 0 or begin * end == 0:
        return DOUBT
    return TO_LEFT if end > 0 else TO_RIGHT


@formula
def ring_at(rings: Ints, runs: Ints, extent: int, edge: int) -> int:
    """Say on which ring of an extent an edge lies."""
    for r in range(runs[extent, 0], runs[extent, 1]):
        if rings[r, 0] <= edge < rings[r, 1]:
            return r
    return DOUBT


@formula
def vertex_ways(xy: Floats, rings: Ints, of: Ints, k: int) -> int:
    """Say which ways from a common vertex are border of the common ground.

    Returns 1, or 0 where both outlines go on along each other and there is no node, or -1.
    """
    v = of[k, EDGE]
    p, n = neighbours(rings, of[k, RING], v, of[k, SIGN])
    q, m = neighbours(rings, of[k, RING + 1], of[k, EDGE + 1], of[k, SIGN + 1])
    together, against = same(xy, n, m), same(xy, n, q)
    if (together and same(xy, p, q)) or (against and same(xy, p, m)):
        return 0
    mine, other = 1, 0
    if not together:
        mine = 0 if against else in_corner(xy, v, m, q, n)
        other = 0 if same(xy, p, m) else in_corner(xy, v, n, p, m)
    if min(mine, other) == DOUBT or mine + other > 1:
        return DOUBT
    of[k, KEPT], of[k, KEPT + 1] = mine, other
    return 1


@formula
def neighbours(rings: Ints, ring: int, vertex: int, sign: int) -> tuple[int, int]:
    """Return the vertices before and after one of them, with the ground to the left."""
    before = vertex - 1 if vertex > rings[ring, 0] else rings[ring, 1] - 2
    return (before, vertex + 1) if sign > 0 else (vertex + 1, before)


@formula
def same(xy: Floats, one: int, two: int) -> bool:
    """Say whether two vertices are one place, to the last digit."""
    return bool((xy[one, 0] == xy[two, 0]) & (xy[one, 1] == xy[two, 1]))


@formula
def in_corner(xy: Floats, v: int, after: int, before: int, p: int) -> int:
    """Say whether a way from a corner to p runs over its ground: 1, 0, or -1 where not certain.

    The ground lies left of the way over the corner, so it is what a hand sweeps that turns left
    from the vertex after to the one before.
    """
    begins = side(xy[v, 0], xy[v, 1], xy[after, 0], xy[after, 1], xy[p, 0], xy[p, 1])
    ends = -side(xy[v, 0], xy[v, 1], xy[before, 0], xy[before, 1], xy[p, 0], xy[p, 1])
    if begins == 0 or ends == 0:
        return DOUBT
    if begins == ends:
        return int(begins > 0)
    # Beyond one arm only: inside where the corner is wider than half a turn.
    turn = side(xy[v, 0], xy[v, 1], xy[after, 0], xy[after, 1], xy[before, 0], xy[before, 1])
    return DOUBT if turn == 0 else int(turn < 0)


@formula
def follow(rings: Ints, at: Floats, of: Ints, count: int, which: int) -> bool:
    """Find the next node on the way along an outline; false where two are too near to tell."""
    for k in range(count):
        nearest, of[k, NEXT + which] = np.inf, k
        for m in range(count):
            if m == k or of[m, RING + which] != of[k, RING + which]:
                continue
            gap = way(at, of, k, m, which)
            if abs(gap) < NEAREST:
                return False
            if gap < 0.0:
                gap += edges_of(rings, of[k, RING + which])
            if gap < nearest:
                nearest, of[k, NEXT + which] = gap, m
    return True


@formula
def way(at: Floats, of: Ints, k: int, m: int, which: int) -> float:
    """Count the edges, and shares of edges, from a node to another one on the same ring."""
    whole = float(of[m, EDGE + which] - of[k, EDGE + which])
    return float((whole + (at[m, which] - at[k, which])) * of[k, SIGN + which])


@formula
def edges_of(rings: Ints, ring: int) -> int:
    """Count the edges of a ring."""
    return int(rings[ring, 1] - 1 - rings[ring, 0])


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
    out_around: Ints,
    pair: int,
    out_counts: Ints,
) -> int:
    """Draw the rings whose border changes from one outline to the other; return the next row."""
    parts = 0
    for begin in range(count):
        if of[begin, USED] != 0 or of[begin, KEPT] + of[begin, KEPT + 1] == 0:
            continue
        first, k = row, begin
        while of[k, USED] == 0 and of[k, KEPT] + of[k, KEPT + 1] != 0:
            which = 0 if of[k, KEPT] != 0 else 1
            of[k, USED] = 1
            row = put(out_xy, first, row, at[k, X], at[k, Y])
            row = along(xy, rings, at, of, k, which, out_xy, first, row)
            k = of[k, NEXT + which]
        row = put(out_xy, first, row, out_xy[first, 0], out_xy[first, 1])
        twice = twice_area(out_xy, first, row)
        if k != begin or parts == MOST_PARTS or twice == 0.0:
            return row
        # Ground lies left of a shell, so it runs against the clock; a hole does not.
        out_ends[pair, parts], out_around[pair, parts] = row, parts if twice > 0.0 else DOUBT
        parts += 1
    out_counts[pair] = parts
    return row


@formula
def put(out_xy: Floats, first: int, row: int, x: float, y: float) -> int:
    """Add a place to the ring that begins at a row, unless rounding put it on the last one."""
    if row > first and out_xy[row - 1, 0] == x and out_xy[row - 1, 1] == y:
        return row
    out_xy[row, 0], out_xy[row, 1] = x, y
    return row + 1


@formula
def along(  # noqa: PLR0913, PLR0917
    xy: Floats,
    rings: Ints,
    at: Floats,
    of: Ints,
    k: int,
    which: int,
    out_xy: Floats,
    first: int,
    row: int,
) -> int:
    """Copy the vertices of an outline between a node and the next one."""
    m, ring, sign = of[k, NEXT + which], of[k, RING + which], of[k, SIGN + which]
    start, edges = rings[ring, 0], edges_of(rings, ring)
    i, j = of[k, EDGE + which] - start, of[m, EDGE + which] - start
    copied = (j - i) * sign + (edges if way(at, of, k, m, which) <= 0.0 else 0)
    # A node at a vertex stands for it: going with the numbers the last one, against them the first.
    at_vertex = at[m if sign > 0 else k, which] == 0.0
    begin = i + 1 if sign > 0 else i - int(at_vertex)
    copied -= int(at_vertex)
    for step in range(copied):
        vertex = start + (begin + step * sign + edges) % edges
        row = put(out_xy, first, row, xy[vertex, 0], xy[vertex, 1])
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
    out_around: Ints,
    pair: int,
    out_counts: Ints,
) -> int:
    """Copy the rings of an extent without nodes that lie in the other one, or along its rings."""
    for r in range(runs[one, 0], runs[one, 1]):
        met = False
        for k in range(count):
            met |= of[k, RING + which] == r
        if met:
            continue
        kept = twin_kept(xy, rings, ring_boxes, runs, two, r, which)
        if kept == NO_TWIN:
            kept = ground_holds(xy, rings, ring_boxes, runs, two, rings[r, 0])
        if kept == 0:
            continue
        if kept == DOUBT or out_counts[pair] == MOST_PARTS:
            out_counts[pair] = DOUBT
            return row
        for i in range(rings[r, 0], rings[r, 1]):
            out_xy[row, 0], out_xy[row, 1] = xy[i, 0], xy[i, 1]
            row += 1
        drawn = out_counts[pair]
        out_ends[pair, drawn], out_around[pair, drawn] = row, drawn if rings[r, 2] else DOUBT
        out_counts[pair] = drawn + 1
    return row


@formula
def twin_kept(  # noqa: PLR0913, PLR0917
    xy: Floats, rings: Ints, ring_boxes: Floats, runs: Ints, two: int, r: int, which: int
) -> int:
    """Say whether a ring that runs along one of the other extent is to be copied, or has no twin.

    A ring without nodes that has a vertex of another one has all of them. The ground is on the same
    side of both where both are shells, or both holes; then the ring is border, of the first extent
    or the second one, and is drawn once.
    """
    first = rings[r, 0]
    for q in range(runs[two, 0], runs[two, 1]):
        alike = edges_of(rings, q) == edges_of(rings, r)
        for k in range(4):
            alike &= ring_boxes[q, k] == ring_boxes[r, k]
        if not alike:
            continue
        for i in range(rings[q, 0], rings[q, 1]):
            if same(xy, i, first):
                return int(rings[q, 2] == rings[r, 2] and which == 0)
    return NO_TWIN


@formula
def ground_holds(  # noqa: PLR0913, PLR0917
    xy: Floats, rings: Ints, ring_boxes: Floats, runs: Ints, extent: int, vertex: int
) -> int:
    """Say whether a vertex lies on the ground of an extent: 1, 0, or -1 where not certain."""
    around = 0
    for q in range(runs[extent, 0], runs[extent, 1]):
        inside = ring_holds(
            xy, rings[q, 0], rings[q, 1], ring_boxes[q], xy[vertex, 0], xy[vertex, 1]
        )
        if inside < 0:
            return DOUBT
        around += inside if rings[q, 2] else -inside
    return int(around > 0)


@formula
def settle_holes(  # noqa: PLR0913, PLR0917
    xy: Floats, place: int, out_ends: Ints, out_around: Ints, pair: int, out_counts: Ints
) -> None:
    """Find the shell around each hole."""
    everywhere = np.array([-np.inf, -np.inf, np.inf, np.inf])
    for r in range(out_counts[pair]):
        if out_around[pair, r] == r:
            continue
        begin = place if r == 0 else out_ends[pair, r - 1]
        for q in range(out_counts[pair]):
            if out_around[pair, q] != q:
                continue
            first = place if q == 0 else out_ends[pair, q - 1]
            inside = ring_holds(
                xy, first, out_ends[pair, q], everywhere, xy[begin, 0], xy[begin, 1]
            )
            if inside < 0:
                out_counts[pair] = DOUBT
                return
            if inside > 0:
                out_around[pair, r] = q
        if out_around[pair, r] == DOUBT:
            out_counts[pair] = DOUBT
            return
