"""Pieces of several extents in the cells of a grid, and those that bound the ground of all.

A cell that one extent alone comes to stays as it is, and one that another extent covers wholly has
no border in it. What is left is swept, cell by cell, so that near-duplicates of thousands of edges
are decided a few edges at a time, and an error of rounding cannot leave its cell.
"""

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import (
    DEPTH,
    FIRST_ROOM,
    LEFT,
    NARROWEST,
    RIGHT,
    SIGN,
    SLOPE,
    Floats,
    Ints,
    sort_run,
)

Counts = NDArray[np.int32]
Bases = NDArray[np.int16]


def join_pieces(  # noqa: PLR0913, PLR0917
    step: float,
    columns: int,
    n_owners: int,
    starts: Counts,
    pieces: Floats,
    tags: Counts,
    out_bases: Bases,
    out_counts: Counts,
    out: Floats,
    out_size: Ints,
    low: int,
    high: int,
) -> None:
    """Leave of the pieces in each cell those that bound the ground of all owners together.

    The pieces of the rows ``low:high`` are written one cell after the other. ``out_size`` says how
    many there are, also where ``out`` has no room for all. Cells in which one owner is alone stay
    as they are.
    """
    winding = np.zeros(n_owners, dtype=np.int64)
    live = np.empty(n_owners, dtype=np.int64)
    places, values = np.empty((3, FIRST_ROOM), dtype=np.int64), np.empty((5, 2 * FIRST_ROOM + 2))
    at = 0
    for row in range(low, high):
        count = 0
        for cell in range(row * columns, (row + 1) * columns):
            begin, end = starts[cell], starts[cell + 1]
            out_bases[cell], out_counts[cell] = int(count > 0), 0
            if begin == end:
                continue
            if alone(tags, begin, end, live, count):
                found = copy_run(pieces, begin, end, out, at)
            elif hidden(tags, begin, end, live, count):
                found = 0
            else:
                if end - begin > places.shape[1]:
                    places = np.empty((3, 2 * (end - begin)), dtype=np.int64)
                    values = np.empty((5, 4 * (end - begin) + 2))
                found = join_cell(
                    step, pieces, tags, begin, end, winding, count, places, values, out, at
                )
            out_counts[cell] = found
            at += found
            for k in range(begin, end):
                if tags[k] % 2 == 1:
                    count = turn(tags[k] // 2, int(pieces[k, SIGN]), winding, live, count)
    out_size[0] = at


@formula
def alone(tags: Counts, begin: int, end: int, live: Ints, count: int) -> bool:
    """Say whether all pieces are of one owner, who is alone on the corner if anybody is."""
    owner = tags[begin] // 2
    if count > 1 or (count == 1 and live[0] != owner):
        return False
    for k in range(begin + 1, end):  # noqa: SIM110 - no generators in compiled code
        if tags[k] // 2 != owner:
            return False
    return True


@formula
def hidden(tags: Counts, begin: int, end: int, live: Ints, count: int) -> bool:
    """Say whether somebody who has no piece in a cell covers all of it."""
    for i in range(count):
        here = False
        for k in range(begin, end):
            here |= tags[k] // 2 == live[i]
        if not here:
            return True
    return False


@formula
def copy_run(pieces: Floats, begin: int, end: int, out: Floats, at: int) -> int:
    """Copy pieces as they are where there is room, and return how many there are."""
    if at + end - begin <= len(out):
        for k in range(begin, end):
            for side in range(5):
                out[at + k - begin, side] = pieces[k, side]
    return end - begin


@formula
def turn(owner: int, sign: int, winding: Ints, live: Ints, count: int) -> int:
    """Add a crossing to how often an owner covers the corner, and keep the list of who does."""
    before = winding[owner]
    winding[owner] = before + sign
    if before == 0:
        live[count] = owner
        return count + 1
    if winding[owner] != 0:
        return count
    for k in range(count):
        if live[k] == owner:
            live[k] = live[count - 1]
            break
    return count - 1


@formula
def join_cell(  # noqa: PLR0913, PLR0917
    step: float,
    pieces: Floats,
    tags: Counts,
    begin: int,
    end: int,
    winding: Ints,
    covered: int,
    places: Ints,
    values: Floats,
    out: Floats,
    at: int,
) -> int:
    """Sweep a cell from west to east, and append what bounds the ground of all.

    Columns run between the ends and crossings of pieces, so that in one of them each piece goes
    from side to side. Where order is for rounding to decide, there is no ground in between.
    ``places`` and ``values`` are room to work in.
    """
    size = end - begin
    ends, keys, heights = values[0, : 2 * size + 2], values[1], values[2]
    until, ways = values[3], values[4]
    order, active, latest = places[0], places[1], places[2]
    ends[0], ends[1] = 0.0, step
    for k in range(size):
        ends[2 * k + 2], ends[2 * k + 3] = pieces[begin + k, LEFT], pieces[begin + k, RIGHT]
        order[k], keys[k], latest[k] = k, pieces[begin + k, LEFT], -1
    in_order(ends)
    sort_run(order, keys, 0, size)
    found, met, count = 0, 0, 0
    for e in range(2 * size + 1):
        x0, x1 = ends[e], ends[e + 1]
        if x1 - x0 <= NARROWEST * step:
            continue
        count, met = move_on(pieces, begin, order, keys, size, active, x0, x1, count, met)
        sort_up(pieces, active, heights, count, 0.5 * (x0 + x1))
        if in_order_at(pieces, active, count, x0) and in_order_at(pieces, active, count, x1):
            found = join_column(
                pieces,
                tags,
                active,
                count,
                winding,
                covered,
                x0,
                x1,
                begin,
                latest,
                until,
                ways,
                out,
                at,
                found,
            )
            continue
        cuts = in_order(crossings(pieces, active, count, x0, x1))
        for c in range(len(cuts) - 1):
            west, east = cuts[c], cuts[c + 1]
            if east > west:
                sort_up(pieces, active, heights, count, 0.5 * (west + east))
                found = join_column(
                    pieces,
                    tags,
                    active,
                    count,
                    winding,
                    covered,
                    west,
                    east,
                    begin,
                    latest,
                    until,
                    ways,
                    out,
                    at,
                    found,
                )
    return found


@formula
def move_on(  # noqa: PLR0913, PLR0917
    pieces: Floats,
    begin: int,
    order: Ints,
    keys: Floats,
    size: int,
    active: Ints,
    x0: float,
    x1: float,
    count: int,
    met: int,
) -> tuple[int, int]:
    """Drop the pieces that have ended before a column, and add those that begin with it."""
    kept = 0
    for i in range(count):
        if pieces[active[i], RIGHT] >= x1:
            active[kept] = active[i]
            kept += 1
    while met < size and keys[order[met]] <= x0:
        if pieces[begin + order[met], RIGHT] >= x1:
            active[kept] = begin + order[met]
            kept += 1
        met += 1
    return kept, met


@formula
def in_order_at(pieces: Floats, active: Ints, count: int, x: float) -> bool:
    """Say whether pieces stand from the bottom of the cell upwards at a place too."""
    for i in range(1, count):
        if depth_at(pieces, active[i - 1], x) < depth_at(pieces, active[i], x):
            return False
    return True


@formula
def join_column(  # noqa: PLR0913, PLR0917
    pieces: Floats,
    tags: Counts,
    active: Ints,
    count: int,
    winding: Ints,
    covered: int,
    west: float,
    east: float,
    begin: int,
    latest: Ints,
    until: Floats,
    ways: Floats,
    out: Floats,
    at: int,
    found: int,
) -> int:
    """Go up a column, and write what ground begins or ends at; or let what was written go on."""
    for i in range(count):
        k = active[i]
        owner, sign = tags[k] // 2, int(pieces[k, SIGN])
        before = covered
        covered += int(winding[owner] + sign != 0) - int(winding[owner] != 0)
        winding[owner] += sign
        if (before > 0) == (covered > 0):
            continue
        way, own = 1.0 if covered > 0 else -1.0, k - begin
        if latest[own] < 0 or until[own] != west or ways[own] != way:
            latest[own], ways[own] = at + found, way
            found += 1
            if latest[own] < len(out):
                out[latest[own], LEFT], out[latest[own], DEPTH] = west, depth_at(pieces, k, west)
                out[latest[own], SLOPE], out[latest[own], SIGN] = pieces[k, SLOPE], way
        until[own] = east
        if latest[own] < len(out):
            out[latest[own], RIGHT] = east
    for i in range(count):
        winding[tags[active[i]] // 2] -= int(pieces[active[i], SIGN])
    return found


@formula
def in_order(values: Floats) -> Floats:
    """Sort values where they stand (Shell 1959)."""
    gap = 1
    while gap < len(values) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, len(values)):
            value = values[k]
            at = k
            while at >= gap and values[at - gap] > value:
                values[at] = values[at - gap]
                at -= gap
            values[at] = value
        gap //= 3
    return values


@formula
def crossings(pieces: Floats, active: Ints, count: int, x0: float, x1: float) -> Floats:
    """Return the sides of a column, and where pieces that go through it cross each other."""
    found = 0
    for i in range(count):
        for j in range(i):
            found += int(crosses(pieces, active[i], active[j], x0, x1) > x0)
    out = np.empty(found + 2)
    out[found], out[found + 1] = x0, x1
    if found == 0:
        return out
    at = 0
    for i in range(count):
        for j in range(i):
            x = crosses(pieces, active[i], active[j], x0, x1)
            if x > x0:
                out[at] = x
                at += 1
    return out


@formula
def crosses(pieces: Floats, one: int, two: int, x0: float, x1: float) -> float:
    """Return where two pieces cross in a column, or its west side where they do not."""
    p = depth_at(pieces, one, x0) - depth_at(pieces, two, x0)
    q = depth_at(pieces, one, x1) - depth_at(pieces, two, x1)
    if (p < 0.0 and q > 0.0) or (p > 0.0 and q < 0.0):
        return float(min(x0 + p / (p - q) * (x1 - x0), x1))
    return x0


@formula
def depth_at(pieces: Floats, k: int, x: float) -> float:
    """Return the depth of a piece."""
    return float(pieces[k, DEPTH] + pieces[k, SLOPE] * (x - pieces[k, LEFT]))


@formula
def sort_up(pieces: Floats, active: Ints, heights: Floats, count: int, x: float) -> None:
    """Sort pieces from the bottom of the cell upwards; few of them change places."""
    for i in range(count):
        k = active[i]
        height = -depth_at(pieces, k, x)
        at = i
        while at > 0 and heights[at - 1] > height:
            heights[at], active[at] = heights[at - 1], active[at - 1]
            at -= 1
        heights[at], active[at] = height, k
