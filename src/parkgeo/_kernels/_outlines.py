"""Rings cut into blocks and measured on the way, and which extents are surely valid."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import EAST, NORTH, SOUTH, WEST, Floats, Ints
from parkgeo._kernels._rings import FEWEST_EDGES, ORIENTATION_BOUND, side

LEAF: Final = 8
"""Edges of a leaf of the tree that holds an outline against itself."""

AFTER_NEXT: Final = sum(1 << LEAF * p + q for p in range(LEAF) for q in range(p + 2, LEAF))
"""Pairs of edges of one leaf that have another edge between them, as bits."""

WAITING: Final = 256
"""Pairs of nodes that wait at most: each leaves three more per level, of at most 32 levels."""


def cut_rings(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    xy: Floats,
    out_firsts: Ints,
    out_lasts: Ints,
    out_bounds: Floats,
    out_signs: Floats,
    starts: Ints,
    stops: Ints,
    shells: NDArray[np.bool_],
    steps: Ints,
    places: Ints,
    out_boxes: Floats,
    out_m2: Floats,
    out_m: Floats,
) -> None:
    """Cut each ring into blocks of ``steps`` edges, and find its bounds, area and length.

    Ring r is the vertices ``starts[r]:stops[r]``, and its blocks begin at ``places[r]``. A block is
    the edges from the vertex ``out_firsts`` to ``out_lasts``; its sign is 1 where the ground lies
    left of them, -1 where it lies right. Areas are positive. What is not finite makes the length
    so.
    """
    for r in range(len(starts)):
        start, end = starts[r], stops[r] - 1
        block = places[r]
        x0, y0 = xy[start, 0], xy[start, 1]
        ring_twice, ring_length = 0.0, 0.0
        out_boxes[r, WEST], out_boxes[r, SOUTH], out_boxes[r, EAST], out_boxes[r, NORTH] = (
            x0,
            y0,
            x0,
            y0,
        )
        for first in range(start, end, steps[r]):
            last = min(first + steps[r], end)
            west = east = px = bx = xy[first, 0]
            south = north = py = by = xy[first, 1]
            # From the block's first vertex, so that little cancels; then from the ring's.
            twice, length = 0.0, 0.0
            for i in range(first + 1, last + 1):
                x, y = xy[i, 0], xy[i, 1]
                west, east = min(west, x), max(east, x)
                south, north = min(south, y), max(north, y)
                twice += (px - bx) * (y - by) - (x - bx) * (py - by)
                length += np.sqrt((x - px) * (x - px) + (y - py) * (y - py))
                px, py = x, y
            ring_twice += twice + ((bx - x0) * (py - by) - (px - bx) * (by - y0))
            ring_length += length
            out_firsts[block], out_lasts[block] = first, last
            out_bounds[block, WEST], out_bounds[block, SOUTH] = west, south
            out_bounds[block, EAST], out_bounds[block, NORTH] = east, north
            out_boxes[r, WEST] = min(out_boxes[r, WEST], west)
            out_boxes[r, SOUTH] = min(out_boxes[r, SOUTH], south)
            out_boxes[r, EAST] = max(out_boxes[r, EAST], east)
            out_boxes[r, NORTH] = max(out_boxes[r, NORTH], north)
            block += 1
        # Shells are to run against the clock, holes with it: then the ground is left of both.
        sign = 1.0 if (ring_twice > 0.0) == shells[r] else -1.0
        out_signs[places[r] : block] = sign
        out_m2[r], out_m[r] = 0.5 * abs(ring_twice), ring_length


def clear_extents(  # noqa: PLR0913, PLR0917
    xy: Floats,
    ring_starts: Ints,
    ring_stops: Ints,
    begins: Ints,
    ends: Ints,
    out: NDArray[np.bool_],
) -> None:
    """Say of each extent whether surely no two of its edges meet, but where one goes on.

    Extent k is the rings ``begins[k]:ends[k]``. False means not certain, as in
    :func:`simple_rings`: a library that decides exactly must then be asked.

    Leaves of a tree are runs of edges with their bounds, and nodes the bounds of two below, in the
    order of the rings, where neighbours lie near each other. The tree is held against itself from
    the top, so what lies apart is told at once, and the cost grows little faster than the edges.
    """
    leaves = np.empty((0, 4), dtype=np.int64)
    edges, nodes = np.empty((0, 4, LEAF)), np.empty((0, 4))
    for extent in range(len(begins)):
        room = 0
        for r in range(begins[extent], ends[extent]):
            room += (ring_stops[r] - ring_starts[r]) // LEAF + 1
        if room > len(leaves):
            leaves = np.empty((2 * room, 4), dtype=np.int64)
            edges = np.empty((2 * room, 4, LEAF))
            # A tree has as many nodes above its leaves, and one more where a level is odd.
            nodes = np.empty((4 * room + WAITING, 4))
        count = 0
        for r in range(begins[extent], ends[extent]):
            start, last = ring_starts[r], ring_stops[r] - 1
            if last - start < FEWEST_EDGES or not ring_goes_on(xy, start, last):
                count = 0
                break
            count = plant(xy, start, last, leaves, edges, nodes, count)
        out[extent] = count > 0 and tree_clear(xy, leaves, edges, nodes, count)


@formula
def ring_goes_on(xy: Floats, start: int, last: int) -> bool:
    """Say whether surely no edge of a ring turns back on the one before."""
    fine = goes_on(xy, last - 1, start, start + 1)
    for i in range(start + 1, last):
        fine &= goes_on(xy, i - 1, i, i + 1)
    return fine


@formula
def goes_on(xy: Floats, a: int, b: int, c: int) -> bool:
    """Say whether a path from a over b to c surely does not turn back on itself."""
    ux, uy = xy[b, 0] - xy[a, 0], xy[b, 1] - xy[a, 1]
    vx, vy = xy[c, 0] - xy[b, 0], xy[c, 1] - xy[b, 1]
    left, right = ux * vy, uy * vx
    aside = abs(left - right) > ORIENTATION_BOUND * (abs(left) + abs(right))
    # Both at once, because neither alone can be foretold.
    return bool(aside | (ux * vx + uy * vy > 0.0))


@formula
def plant(  # noqa: PLR0913, PLR0917
    xy: Floats, start: int, stop: int, leaves: Ints, edges: Floats, nodes: Floats, count: int
) -> int:
    """Cut a ring into leaves: first and last vertex, first edge of the ring and its last one.

    ``edges`` are the bounds of each edge; a leaf that has fewer is filled up with what lies
    nowhere. Returns how many leaves there are now.
    """
    for first in range(start, stop, LEAF):
        last = min(first + LEAF, stop)
        leaves[count, 0], leaves[count, 1] = first, last
        leaves[count, 2], leaves[count, 3] = start, stop - 1
        x, y = xy[first, 0], xy[first, 1]
        west, south, east, north = x, y, x, y
        for k in range(last - first):
            to_x, to_y = xy[first + k + 1, 0], xy[first + k + 1, 1]
            edges[count, WEST, k], edges[count, EAST, k] = min(x, to_x), max(x, to_x)
            edges[count, SOUTH, k], edges[count, NORTH, k] = min(y, to_y), max(y, to_y)
            x, y = to_x, to_y
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        for k in range(last - first, LEAF):
            edges[count, WEST, k], edges[count, SOUTH, k] = np.inf, np.inf
            edges[count, EAST, k], edges[count, NORTH, k] = -np.inf, -np.inf
        nodes[count, WEST], nodes[count, SOUTH] = west, south
        nodes[count, EAST], nodes[count, NORTH] = east, north
        count += 1
    return count


@formula
def tree_clear(xy: Floats, leaves: Ints, edges: Floats, nodes: Floats, count: int) -> bool:
    """Hold all leaves against each other and themselves, from the top of their tree."""
    begins = np.empty(WAITING, dtype=np.int64)
    counts = np.empty(WAITING, dtype=np.int64)
    begins[0], counts[0] = 0, count
    top = 0
    while counts[top] > 1:
        below, wide = begins[top], counts[top]
        above, half = below + wide, (wide + 1) // 2
        for k in range(half):
            one = below + 2 * k
            two = one + 1 if 2 * k + 1 < wide else one
            nodes[above + k, WEST] = min(nodes[one, WEST], nodes[two, WEST])
            nodes[above + k, SOUTH] = min(nodes[one, SOUTH], nodes[two, SOUTH])
            nodes[above + k, EAST] = max(nodes[one, EAST], nodes[two, EAST])
            nodes[above + k, NORTH] = max(nodes[one, NORTH], nodes[two, NORTH])
        top += 1
        begins[top], counts[top] = above, half
    waiting = np.empty((WAITING, 3), dtype=np.int64)
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = top, 0, 0
    n = 1
    while n > 0:
        n -= 1
        level, i, j = waiting[n, 0], waiting[n, 1], waiting[n, 2]
        if level == 0:
            if not leaves_clear(xy, leaves, edges, i, j):
                return False
            continue
        level -= 1
        below, wide = begins[level], counts[level]
        for p in range(2 * i, min(2 * i + 2, wide)):
            for q in range(p if i == j else 2 * j, min(2 * j + 2, wide)):
                if p == q or meet_bounds(nodes, below + p, below + q):
                    waiting[n, 0], waiting[n, 1], waiting[n, 2] = level, p, q
                    n += 1
    return True


@formula
def meet_bounds(nodes: Floats, one: int, two: int) -> bool:
    """Say whether two boxes have a point in common."""
    return bool(
        nodes[one, WEST] <= nodes[two, EAST]
        and nodes[two, WEST] <= nodes[one, EAST]
        and nodes[one, SOUTH] <= nodes[two, NORTH]
        and nodes[two, SOUTH] <= nodes[one, NORTH]
    )


@formula
def leaves_clear(xy: Floats, leaves: Ints, edges: Floats, one: int, two: int) -> bool:
    """Hold the edges of a leaf against those of another one, or against each other."""
    first, last, from_ = leaves[one, 0], leaves[one, 1], leaves[two, 0]
    ring_first, ring_last = leaves[one, 2], leaves[one, 3]
    pairs = met(edges, one, two)
    # An edge meets itself and the two next to it.
    if one == two:
        pairs &= AFTER_NEXT
    elif last == from_:
        pairs &= ~(np.int64(1) << LEAF * (last - first - 1))
    for p in range(LEAF):
        i = first + p
        row = (pairs >> LEAF * p) & ((1 << LEAF) - 1)
        j = from_
        while row != 0:
            if (
                row & 1 != 0
                and not (i == ring_first and j == ring_last)
                and not beside(
                    *(xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]),
                    *(xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]),
                )
            ):
                return False
            row >>= 1
            j += 1
    return True


@formula
def met(edges: Floats, one: int, two: int) -> int:
    """Find the pairs of edges of two leaves whose bounds meet: bit 8 p + q for p of one, q of two.

    All are held against each other without a branch, several at a time. No row is taken out as an
    array of its own, because counting who holds it takes longer than all the rest.
    """
    found = np.int64(0)
    for p in range(LEAF):
        west, south = edges[one, WEST, p], edges[one, SOUTH, p]
        east, north = edges[one, EAST, p], edges[one, NORTH, p]
        row = np.int64(0)
        for q in range(LEAF):
            in_x = (edges[two, WEST, q] <= east) & (west <= edges[two, EAST, q])
            in_y = (edges[two, SOUTH, q] <= north) & (south <= edges[two, NORTH, q])
            row |= np.int64(in_x & in_y) << q
        found |= row << LEAF * p
    return int(found)


@formula
def beside(  # noqa: PLR0913, PLR0917
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> bool:
    """Say whether one of two edges surely lies on one side of the other."""
    return (
        side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) > 0
        or side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) > 0
    )
