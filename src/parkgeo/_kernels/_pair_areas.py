r"""Area that two polygons share, as a sum over pairs of their edges, without any topology.

Let :math:`d_e(x)` be the depth of an edge below the top of a box, cut off at the top and bottom of
the box, and :math:`s_e` be +1 where the edge runs east and the ground lies north of it, -1 where it
runs west. A point at depth t is in polygon A if :math:`\sum_e s_e [t < d_e(x)]` is 1, so

.. math:: |A \cap B| = \sum_{e \in A} \sum_{f \in B} s_e s_f \int \min(d_e(x), d_f(x)) \, dx

over the x that both edges span. No crossing is decided, so none can be decided wrongly, and what
rounding does to a corner changes the sum by no more than it changes the area. On rings that cross
themselves it is the integral of the product of both winding numbers.

Edges stand in *blocks*, runs of a ring with their bounds. A block above the common box counts for
nothing; one below it counts as the one flat edge between its ends; so a pair costs what lies in its
common box. What is left is sorted by x and swept, each edge meeting those that it overlaps in x.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEFT, RIGHT, DEPTH, SLOPE, SIGN = 0, 1, 2, 3, 4
"""Columns of a clipped edge: where it begins and ends in x, its depth at the beginning, and how
fast it goes down."""

WEST, SOUTH, EAST, NORTH = 0, 1, 2, 3

NARROWEST: Final = 1e-15
"""An edge narrower than this share of the box is as good as vertical, and has no slope."""

FIRST_ROOM: Final = 64


def pair_areas(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    starts: Ints,
    boxes: Floats,
    left: Ints,
    right: Ints,
    out: Floats,
) -> None:
    """Measure what each pair of extents shares.

    Extent k is the blocks ``starts[k]:starts[k + 1]``, in ``boxes[k]``. Block b is the edges
    between the vertices ``firsts[b]`` and ``lasts[b]``, within ``bounds[b]``; ``signs[b]`` is 1
    where the extent lies left of them, -1 where it lies right.
    """
    mine = np.empty((FIRST_ROOM, 5))
    other = np.empty((FIRST_ROOM, 5))
    box = np.empty(4)
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        out[pair] = 0.0
        for side in range(2):
            box[side] = max(boxes[a, side], boxes[b, side])
            box[side + 2] = min(boxes[a, side + 2], boxes[b, side + 2])
        if not (box[WEST] < box[EAST] and box[SOUTH] < box[NORTH]):
            continue
        count_a = clip(xy, firsts, lasts, signs, bounds, starts[a], starts[a + 1], box, mine)
        while count_a > len(mine):
            mine = np.empty((2 * count_a, 5))
            count_a = clip(xy, firsts, lasts, signs, bounds, starts[a], starts[a + 1], box, mine)
        if count_a == 0:
            continue
        count_b = clip(xy, firsts, lasts, signs, bounds, starts[b], starts[b + 1], box, other)
        while count_b > len(other):
            other = np.empty((2 * count_b, 5))
            count_b = clip(xy, firsts, lasts, signs, bounds, starts[b], starts[b + 1], box, other)
        if count_b == 0:
            continue
        if covers(mine, count_a, box):
            out[pair] = depth_sum(other, count_b)
        elif covers(other, count_b, box):
            out[pair] = depth_sum(mine, count_a)
        else:
            out[pair] = sweep(mine, count_a, other, count_b, box[WEST], box[EAST])


@formula
def clip(  # noqa: PLR0913, PLR0917
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    start: int,
    stop: int,
    box: Floats,
    out: Floats,
) -> int:
    """Clip the edges of an extent to a box, and return how many there are.

    Where there is no room for all, the number is an upper bound, and the result is of no use.
    """
    west, south, east, north = box[0], box[1], box[2], box[3]
    height = north - south
    narrowest = NARROWEST * (east - west)
    count, room = 0, len(out)
    for b in range(start, stop):
        if bounds[b, EAST] <= west or bounds[b, WEST] >= east or bounds[b, SOUTH] >= north:
            continue
        first, last = firsts[b], lasts[b]
        if bounds[b, NORTH] <= south:
            # What happens below the box is as good as one edge along its bottom.
            if count < room:
                count = add_flat(
                    out, count, xy[first, 0], xy[last, 0], west, east, height, signs[b]
                )
            else:
                count += 1
            continue
        if count + 2 * (last - first) > room:
            count += 2 * (last - first)
            continue
        for i in range(first, last):
            count = add_edge(xy, i, west, east, north, height, narrowest, signs[b], out, count)
    return count


@formula
def add_flat(  # noqa: PLR0913, PLR0917
    out: Floats,
    count: int,
    x0: float,
    x1: float,
    west: float,
    east: float,
    height: float,
    sign: float,
) -> int:
    """Put an edge along the bottom, joined to the one before where that ends here."""
    x0, x1 = min(max(x0, west), east), min(max(x1, west), east)
    if count > 0 and out[count - 1, SLOPE] == 0.0 and out[count - 1, DEPTH] == height:
        begin, end = out[count - 1, LEFT], out[count - 1, RIGHT]
        if out[count - 1, SIGN] != sign:
            begin, end = end, begin
        if end == x0:
            x0, count = begin, count - 1
        elif begin == x1:
            x1, count = end, count - 1
    if x0 == x1:
        return count
    if x0 > x1:
        x0, x1, sign = x1, x0, -sign
    out[count, LEFT], out[count, RIGHT] = x0, x1
    out[count, DEPTH], out[count, SLOPE], out[count, SIGN] = height, 0.0, sign
    return count + 1


@formula
def add_edge(  # noqa: PLR0913, PLR0917
    xy: Floats,
    i: int,
    west: float,
    east: float,
    north: float,
    height: float,
    narrowest: float,
    sign: float,
    out: Floats,
    count: int,
) -> int:
    """Clip one edge: below the box it runs along the bottom, above it is dropped."""
    x0, x1 = xy[i, 0], xy[i + 1, 0]
    d0, d1 = north - xy[i, 1], north - xy[i + 1, 1]
    if x0 > x1:
        x0, x1, d0, d1, sign = x1, x0, d1, d0, -sign
    if x1 <= west or x0 >= east or x1 - x0 <= narrowest:
        return count
    slope = (d1 - d0) / (x1 - x0)
    if x0 < west:
        x0, d0 = west, d0 + slope * (west - x0)
    if x1 > east:
        x1, d1 = east, d1 - slope * (x1 - east)
    if d0 <= 0.0 and d1 <= 0.0:
        return count
    if d0 >= height and d1 >= height:
        return add_flat(out, count, x0, x1, west, east, height, sign)
    begin = min(entry(x0, d0, slope, height), x1)
    end = max(entry(x1, d1, slope, height), begin)
    if d0 > height:
        count = add_flat(out, count, x0, begin, west, east, height, sign)
    if begin < end:
        out[count, LEFT], out[count, RIGHT] = begin, end
        out[count, DEPTH] = min(max(d0, 0.0), height)
        out[count, SLOPE], out[count, SIGN] = slope, sign
        count += 1
    if d1 > height:
        count = add_flat(out, count, end, x1, west, east, height, sign)
    return count


@formula
def entry(x: float, depth: float, slope: float, height: float) -> float:
    """Find where an edge comes into the box, from an end of it at some depth."""
    if depth > height:
        return x + (height - depth) / slope
    if depth < 0.0:
        return x - depth / slope
    return x


@formula
def covers(edges: Floats, count: int, box: Floats) -> bool:
    """Say whether the clipped edges are just the bottom of the box."""
    return bool(
        count == 1
        and edges[0, SLOPE] == 0.0
        and edges[0, DEPTH] == box[NORTH] - box[SOUTH]
        and edges[0, LEFT] == box[WEST]
        and edges[0, RIGHT] == box[EAST]
        and edges[0, SIGN] > 0.0
    )


@formula
def depth_sum(edges: Floats, count: int) -> float:
    """Measure the ground of one extent in a box that the other one covers."""
    total, lost = 0.0, 0.0
    for k in range(count):
        width = edges[k, RIGHT] - edges[k, LEFT]
        middle = edges[k, DEPTH] + 0.5 * width * edges[k, SLOPE]
        total, lost = add(total, lost, edges[k, SIGN] * width * middle)
    return total + lost


@formula
def add(total: float, lost: float, term: float) -> tuple[float, float]:
    """Add a term to a sum that keeps what rounding takes from it (Neumaier 1974)."""
    grown = total + term
    lost += (total - grown) + term if abs(total) >= abs(term) else (term - grown) + total
    return grown, lost


@formula
def sweep(  # noqa: PLR0913, PLR0917
    mine: Floats, n_mine: int, other: Floats, n_other: int, west: float, east: float
) -> float:
    """Sum the shared depth over all pairs of edges, going east.

    The edges of both sides that the sweep has met and not yet passed are active. Each edge meets
    those of the other side when it begins, so each pair is met once, where the later begins.
    """
    order = by_left(mine, n_mine, other, n_other, west, east)
    active_mine = np.empty(n_mine, dtype=np.int64)
    active_other = np.empty(n_other, dtype=np.int64)
    count_mine = count_other = 0
    total, lost = 0.0, 0.0
    for k in order:
        if k < n_mine:
            count_other, shared = meet(mine, k, other, active_other, count_other)
            active_mine[count_mine] = k
            count_mine += 1
            sign = mine[k, SIGN]
        else:
            count_mine, shared = meet(other, k - n_mine, mine, active_mine, count_mine)
            active_other[count_other] = k - n_mine
            count_other += 1
            sign = other[k - n_mine, SIGN]
        total, lost = add(total, lost, sign * shared)
    return total + lost


@formula
def meet(edges: Floats, k: int, others: Floats, active: Ints, count: int) -> tuple[int, float]:
    """Integrate the lesser depth of an edge and each active one; drop those that have ended."""
    x0, x1, d0, slope = edges[k, LEFT], edges[k, RIGHT], edges[k, DEPTH], edges[k, SLOPE]
    total = 0.0
    at = 0
    while at < count:
        j = active[at]
        if others[j, RIGHT] <= x0:
            count -= 1
            active[at] = active[count]
            continue
        width = min(x1, others[j, RIGHT]) - x0
        d1 = d0 + slope * width
        f0 = others[j, DEPTH] + others[j, SLOPE] * (x0 - others[j, LEFT])
        f1 = f0 + others[j, SLOPE] * width
        p, q = d0 - f0, d1 - f1
        # The chord of the lesser depth, and above it a triangle where the edges cross.
        middle = 0.5 * (min(d0, f0) + min(d1, f1))
        if p * q < 0.0:
            middle += 0.5 * abs(p) * abs(q) / (abs(p) + abs(q))
        total += others[j, SIGN] * width * middle
        at += 1
    return count, total


@formula
def by_left(  # noqa: PLR0913, PLR0917
    mine: Floats, n_mine: int, other: Floats, n_other: int, west: float, east: float
) -> Ints:
    """Sort the edges of both by where they begin: into buckets first, and then within each."""
    n = n_mine + n_other
    scale = n / (east - west)
    keys = np.empty(n)
    ends = np.zeros(n + 1, dtype=np.int64)
    for k in range(n):
        keys[k] = mine[k, LEFT] if k < n_mine else other[k - n_mine, LEFT]
        ends[min(int((keys[k] - west) * scale), n - 1) + 1] += 1
    for bucket in range(n):
        ends[bucket + 1] += ends[bucket]
    order = np.empty(n, dtype=np.int64)
    # Filling a bucket moves its beginning to its end, which is the beginning of the next.
    for k in range(n):
        bucket = min(int((keys[k] - west) * scale), n - 1)
        order[ends[bucket]] = k
        ends[bucket] += 1
    begin = 0
    for bucket in range(n):
        if ends[bucket] - begin > 1:
            sort_run(order, keys, begin, ends[bucket])
        begin = ends[bucket]
    return order


@formula
def sort_run(order: Ints, keys: Floats, begin: int, end: int) -> None:
    """Sort a run of positions by their keys (Shell 1959): mostly two or three of them."""
    gap = 1
    while gap < (end - begin) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(begin + gap, end):
            moved = order[k]
            key = keys[moved]
            at = k
            while at >= begin + gap and keys[order[at - gap]] > key:
                order[at] = order[at - gap]
                at -= gap
            order[at] = moved
        gap //= 3
