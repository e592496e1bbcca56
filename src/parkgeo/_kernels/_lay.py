r"""Ground laid on a grid once, so that many parcels are measured against it one by one.

Each edge of the ground is cut at the lines of the grid. A cell then holds the pieces of edges in
it, the *base*, which is how often the ground covers the cell's south-west corner, and for each edge
that crosses its bottom a flat piece from there to its east side. With depth d below the top of the
cell, as in `_pair_areas`, a point at depth t is covered

.. math:: c(x, t) = \mathrm{base} + \sum_e s_e [t < d_e(x)]

times. A cell without pieces is wholly in or wholly out. Where extents of several owners come to one
cell, `_join_pieces` leaves the pieces that bound the ground of all of them.

A parcel is cut in the same way, and what it shares with the ground is the sum, over the cells that
both have something in, of
:math:`\iint c_p c_g`: a sum over pairs of pieces in the cell. What lies over cells that are wholly
in or out needs no pairs, and a parcel over such cells alone no cutting.

Which cells an edge comes to is decided by whole numbers, the rows and columns of its ends and of
its crossings, by one rule for everybody (a point on a line belongs to the north or east of it), so
bases are exact. Whatever else rounding decides moves a border by no more than rounding.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula
from parkgeo._kernels._join_pieces import Bases, Counts
from parkgeo._kernels._pair_areas import (
    DEPTH,
    EAST,
    FIRST_ROOM,
    LEFT,
    NARROWEST,
    NORTH,
    RIGHT,
    SIGN,
    SLOPE,
    SOUTH,
    WEST,
    Floats,
    Ints,
    sweep,
)

STEP, PER_STEP = 2, 3
"""Where a grid, after its west and south side, has the side of a cell, and one over it."""

NO_PART, UNDECIDED = -1, -2

MOST_PAIRS: Final = 1_024
"""Pairs of pieces in a cell above which sorting them first is quicker."""


def lay_pieces(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    owners: Counts,
    grid: Floats,
    columns: int,
    ends: Counts,
    out_bases: Bases,
    out: Floats,
    out_tags: Counts,
    low: int,
    high: int,
) -> None:
    """Count the pieces of each cell and find its base; or write them, where there is room.

    The grid is its west and south side, the side of a cell, and one over it. Cells are numbered row
    by row; those in the rows ``low:high`` are looked at. Without room in ``out``, the counts go to
    ``ends``. With room, ``ends`` are where the runs of the cells end, and become where they begin.
    The tag of a piece is twice the owner of its block, and one more where it turns the base.
    """
    pieces, cells, turns = room_for(FIRST_ROOM)
    window = np.array([low, high, 0, columns])
    counts = len(out) == 0
    for b in range(len(firsts)):
        if not in_rows(bounds, b, grid, window):
            continue
        for i in range(firsts[b], lasts[b]):
            room = most_pieces(xy, i, grid)
            if room > len(cells):
                pieces, cells, turns = room_for(room)
            count = walk(xy, i, signs[b], grid, window, pieces, cells, turns, 0)
            for k in range(count):
                # The window begins at its own first cell.
                cell = cells[k] + low * columns
                if counts:
                    ends[cell] += 1
                    out_bases[cell] += turns[k]
                    continue
                ends[cell] -= 1
                out_tags[ends[cell]] = 2 * owners[b] + abs(turns[k])
                for side in range(5):
                    out[ends[cell], side] = pieces[k, side]
    if counts:
        sum_turns(out_bases, columns, low, high)


@formula
def sum_turns(bases: Bases, columns: int, low: int, high: int) -> None:
    """Make bases of what turns them in each cell, from west to east."""
    for row in range(low, high):
        base = 0
        for cell in range(row * columns, (row + 1) * columns):
            turn = bases[cell]
            bases[cell] = base
            base += turn


@formula
def in_rows(bounds: Floats, b: int, grid: Floats, window: Ints) -> bool:
    """Say whether a block of edges has something in the rows of a window."""
    return bool(
        place_of(bounds[b, NORTH], grid[SOUTH], grid) >= window[0]
        and place_of(bounds[b, SOUTH], grid[SOUTH], grid) < window[1]
    )


@formula
def place_of(at: float, start: float, grid: Floats) -> int:
    """Return the row, or column, of a coordinate; what lies on a line belongs to what follows."""
    return int(np.floor((at - start) * grid[PER_STEP]))


@formula
def most_pieces(xy: Floats, i: int, grid: Floats) -> int:
    """Return how many pieces an edge can leave at most: one per cell, and one per row."""
    rows = abs(xy[i + 1, 1] - xy[i, 1]) * grid[PER_STEP]
    columns = abs(xy[i + 1, 0] - xy[i, 0]) * grid[PER_STEP]
    return 8 + 2 * int(2.0 * rows + columns)


@formula
def walk(  # noqa: PLR0913, PLR0917
    xy: Floats,
    i: int,
    sign: float,
    grid: Floats,
    window: Ints,
    pieces: Floats,
    cells: Ints,
    turns: Ints,
    count: int,
) -> int:
    """Cut an edge at the lines of the grid, and append its pieces in a window of cells.

    The window is its rows and columns, first and one after last; ``cells`` count from its first
    cell. What crosses a row west of the window turns the base of its first cell.
    """
    step = grid[STEP]
    x0, y0 = xy[i, 0] - grid[WEST], xy[i, 1] - grid[SOUTH]
    x1, y1 = xy[i + 1, 0] - grid[WEST], xy[i + 1, 1] - grid[SOUTH]
    row0, row1 = place_of(y0, 0.0, grid), place_of(y1, 0.0, grid)
    column0, column1 = place_of(x0, 0.0, grid), place_of(x1, 0.0, grid)
    if row0 > row1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
        row0, row1, column0, column1 = row1, row0, column1, column0
    low, high = min(column0, column1), max(column0, column1)
    if low >= window[3] or row0 >= window[1] or row1 < window[0]:
        return count
    first, last = max(row0, window[0]), min(row1, window[1] - 1)
    ax, ay, a = x0, y0, column0
    if first > row0:
        ax, ay = crossing(x0, y0, x1, y1, first * step), first * step
        a = min(max(place_of(ax, 0.0, grid), low), high)
    for row in range(first, last + 1):
        if row > row0:
            # From where it comes in, all that lies east of it in this row is turned.
            count = add_flat_piece(ax, a, row, -sign, step, window, pieces, cells, turns, count)
        bx, by, b = x1, y1, column1
        if row < row1:
            bx, by = crossing(x0, y0, x1, y1, (row + 1) * step), (row + 1) * step
            b = min(max(place_of(bx, 0.0, grid), low), high)
        count = walk_row(
            ax,
            ay - row * step,
            a,
            bx,
            by - row * step,
            b,
            sign,
            row,
            step,
            window,
            pieces,
            cells,
            turns,
            count,
        )
        ax, ay, a = bx, by, b
    return count


@formula
def crossing(x0: float, y0: float, x1: float, y1: float, at: float) -> float:
    """Find x where an edge that goes up comes to a height, between its ends."""
    x = x0 + (at - y0) * ((x1 - x0) / (y1 - y0))
    return min(max(x, min(x0, x1)), max(x0, x1))


@formula
def add_flat_piece(  # noqa: PLR0913, PLR0917
    x: float,
    column: int,
    row: int,
    sign: float,
    step: float,
    window: Ints,
    pieces: Floats,
    cells: Ints,
    turns: Ints,
    count: int,
) -> int:
    """Append the flat piece along the bottom of a cell, from x to its east side."""
    if column >= window[3]:
        return count
    left = min(max(x - column * step, 0.0), step)
    if column < window[2]:
        column, left = window[2], 0.0
    pieces[count, LEFT], pieces[count, RIGHT] = left, step
    pieces[count, DEPTH], pieces[count, SLOPE], pieces[count, SIGN] = step, 0.0, sign
    cells[count] = (row - window[0]) * (window[3] - window[2]) + column - window[2]
    turns[count] = int(sign)
    return count + 1


@formula
def walk_row(  # noqa: PLR0913, PLR0917
    ax: float,
    ay: float,
    a: int,
    bx: float,
    by: float,
    b: int,
    sign: float,
    row: int,
    step: float,
    window: Ints,
    pieces: Floats,
    cells: Ints,
    turns: Ints,
    count: int,
) -> int:
    """Append the pieces of an edge in one row of cells; heights count from the bottom of it."""
    if a > b or (a == b and ax > bx):
        ax, ay, a, bx, by, b, sign = bx, by, b, ax, ay, a, -sign
    first, last = max(a, window[2]), min(b, window[3] - 1)
    if first > last:
        return count
    steep = (by - ay) / (bx - ax) if bx > ax else 0.0
    low, high = min(ay, by), max(ay, by)
    x, y = ax, ay
    if first > a:
        x = first * step
        y = min(max(ay + (x - ax) * steep, low), high)
    cell = (row - window[0]) * (window[3] - window[2]) - window[2]
    for column in range(first, last + 1):
        next_x, next_y = bx, by
        if column < b:
            next_x = (column + 1) * step
            next_y = min(max(ay + (next_x - ax) * steep, low), high)
        left = min(max(x - column * step, 0.0), step)
        right = min(max(next_x - column * step, 0.0), step)
        if right - left > NARROWEST * step:
            pieces[count, LEFT], pieces[count, RIGHT] = left, right
            pieces[count, DEPTH] = min(max(step - y, 0.0), step)
            end = min(max(step - next_y, 0.0), step)
            pieces[count, SLOPE] = (end - pieces[count, DEPTH]) / (right - left)
            pieces[count, SIGN] = sign
            cells[count] = cell + column
            turns[count] = 0
            count += 1
        x, y = next_x, next_y
    return count


def laid_areas(  # noqa: PLR0913, PLR0917
    grid: Floats,
    rows: int,
    columns: int,
    cell_starts: Counts,
    bases: Bases,
    laid: Floats,
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    starts: Ints,
    stops: Ints,
    boxes: Floats,
    area_m2: Floats,
    out: Floats,
) -> None:
    """Measure what each parcel shares with the ground that is laid on the grid.

    Parcel k is the blocks ``starts[k]:stops[k]`` of edges, in ``boxes[k]``. Where all of it lies
    over cells that are wholly in, the answer is its own area to the last bit.
    """
    pieces, cells, turns = room_for(FIRST_ROOM)
    by_cell, runs = np.empty((FIRST_ROOM, 5)), np.empty((2, FIRST_ROOM), dtype=np.int64)
    window = np.empty(4, dtype=np.int64)
    for k in range(len(starts)):
        out[k] = 0.0
        if starts[k] == stops[k] or not to_window(boxes, k, grid, rows, columns, window):
            continue
        state = pure(window, columns, cell_starts, bases)
        if state >= 0:
            out[k] = area_m2[k] * state
            continue
        count = 0
        for b in range(starts[k], stops[k]):
            for i in range(firsts[b], lasts[b]):
                room = count + most_pieces(xy, i, grid)
                if room > len(cells):
                    pieces, cells, turns = grown(pieces, cells, turns, 2 * room)
                count = walk(xy, i, signs[b], grid, window, pieces, cells, turns, count)
        size = (window[1] - window[0]) * (window[3] - window[2])
        if size >= runs.shape[1]:
            runs = np.empty((2, 2 * size + 1), dtype=np.int64)
        if count > len(by_cell):
            by_cell = np.empty((len(pieces), 5))
        sort_by_cell(pieces, cells, turns, count, size, by_cell, runs)
        out[k] = over_window(grid[STEP], columns, cell_starts, bases, laid, window, by_cell, runs)


@formula
def to_window(  # noqa: PLR0913, PLR0917
    boxes: Floats, k: int, grid: Floats, rows: int, columns: int, window: Ints
) -> bool:
    """Find the rows and columns that a parcel comes to; none where it lies beside the grid."""
    window[0] = max(place_of(boxes[k, SOUTH], grid[SOUTH], grid), 0)
    window[1] = min(place_of(boxes[k, NORTH], grid[SOUTH], grid) + 1, rows)
    window[2] = max(place_of(boxes[k, WEST], grid[WEST], grid), 0)
    window[3] = min(place_of(boxes[k, EAST], grid[WEST], grid) + 1, columns)
    return bool(window[0] < window[1] and window[2] < window[3])


@formula
def pure(window: Ints, columns: int, cell_starts: Counts, bases: Bases) -> int:
    """Return the base that all cells of a window have, without any piece in them; else -1."""
    base = bases[window[0] * columns + window[2]]
    if base != 0 and base != 1:  # noqa: PLR1714 - a set costs more
        return -1
    for row in range(window[0], window[1]):
        first, last = row * columns + window[2], row * columns + window[3]
        if cell_starts[first] != cell_starts[last]:
            return -1
        # Without a piece between them the base stays what it is.
        if bases[first] != base:
            return -1
    return int(base)


def part_of(  # noqa: PLR0913, PLR0917
    grid: Floats,
    rows: int,
    columns: int,
    cell_starts: Counts,
    bases: Bases,
    labels: Bases,
    boxes: Floats,
    out: Ints,
) -> None:
    """Say in which part all of a box lies, by the cells under it: NO_PART, or UNDECIDED.

    ``labels`` are to each cell what its base would be if each part covered its ground as often as
    its number, from 1, says; parts of number 0 decide nothing.
    """
    window = np.empty(4, dtype=np.int64)
    for k in range(len(boxes)):
        out[k] = NO_PART
        if not to_window(boxes, k, grid, rows, columns, window):
            continue
        state = pure(window, columns, cell_starts, bases)
        if state == 0:
            continue
        label = labels[window[0] * columns + window[2]]
        for row in range(window[0], window[1]):
            if labels[row * columns + window[2]] != label:
                state = -1
        out[k] = label - 1 if state == 1 and label > 0 else UNDECIDED


def pure_pairs(  # noqa: PLR0913, PLR0917
    grid: Floats,
    rows: int,
    columns: int,
    cell_starts: Counts,
    bases: Bases,
    boxes: Floats,
    left: Ints,
    right: Ints,
    out: NDArray[np.bool_],
) -> None:
    """Say of each pair of boxes whether all cells under both are covered once, or never."""
    window = np.empty(4, dtype=np.int64)
    common = np.empty((1, 4))
    for pair in range(len(left)):
        for side in range(2):
            common[0, side] = max(boxes[left[pair], side], boxes[right[pair], side])
            common[0, side + 2] = min(boxes[left[pair], side + 2], boxes[right[pair], side + 2])
        out[pair] = (
            to_window(common, 0, grid, rows, columns, window)
            and pure(window, columns, cell_starts, bases) >= 0
        )


@formula
def grown(pieces: Floats, cells: Ints, turns: Ints, room: int) -> tuple[Floats, Ints, Ints]:
    """Make more room, and keep what is there."""
    more_pieces, more_cells, more_turns = room_for(room)
    more_pieces[: len(cells)] = pieces
    more_cells[: len(cells)], more_turns[: len(cells)] = cells, turns
    return more_pieces, more_cells, more_turns


@formula
def room_for(count: int) -> tuple[Floats, Ints, Ints]:
    """Make room for pieces, their cells and turns."""
    return np.empty((count, 5)), np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)


@formula
def sort_by_cell(  # noqa: PLR0913, PLR0917
    pieces: Floats, cells: Ints, turns: Ints, count: int, size: int, out: Floats, runs: Ints
) -> None:
    """Put pieces into the order of their cells: where each begins, and by what it turns."""
    for cell in range(size + 1):
        runs[0, cell], runs[1, cell] = 0, 0
    for k in range(count):
        runs[0, cells[k]] += 1
        runs[1, cells[k]] += turns[k]
    for cell in range(1, size + 1):
        runs[0, cell] += runs[0, cell - 1]
    for k in range(count):
        runs[0, cells[k]] -= 1
        for side in range(5):
            out[runs[0, cells[k]], side] = pieces[k, side]


@formula
def over_window(  # noqa: PLR0913, PLR0917
    step: float,
    columns: int,
    cell_starts: Counts,
    bases: Bases,
    laid: Floats,
    window: Ints,
    mine: Floats,
    runs: Ints,
) -> float:
    """Add up what a parcel shares with the ground, cell by cell."""
    total = 0.0
    cell = 0
    for row in range(window[0], window[1]):
        base = 0
        for column in range(window[2], window[3]):
            place = row * columns + column
            start, stop = cell_starts[place], cell_starts[place + 1]
            begin, end = runs[0, cell], runs[0, cell + 1]
            ground = bases[place]
            if base != 0:
                total += base * (ground * step * step + depths(laid, start, stop))
            if begin < end:
                total += ground * depths(mine, begin, end)
                total += pairs(mine, begin, end, laid, start, stop, step)
            base += runs[1, cell]
            cell += 1
    return total


@formula
def depths(edges: Floats, begin: int, end: int) -> float:
    """Measure the ground below some pieces."""
    total = 0.0
    for k in range(begin, end):
        width = edges[k, RIGHT] - edges[k, LEFT]
        total += edges[k, SIGN] * width * (edges[k, DEPTH] + 0.5 * width * edges[k, SLOPE])
    return total


@formula
def pairs(  # noqa: PLR0913, PLR0917
    mine: Floats, begin: int, end: int, laid: Floats, start: int, stop: int, step: float
) -> float:
    """Sum the shared depth over all pairs of pieces in a cell."""
    if (end - begin) * (stop - start) > MOST_PAIRS:
        return sweep(mine[begin:end], end - begin, laid[start:stop], stop - start, 0.0, step)
    total = 0.0
    for k in range(begin, end):
        for j in range(start, stop):
            left = max(mine[k, LEFT], laid[j, LEFT])
            width = min(mine[k, RIGHT], laid[j, RIGHT]) - left
            if width <= 0.0:
                continue
            d0 = mine[k, DEPTH] + mine[k, SLOPE] * (left - mine[k, LEFT])
            f0 = laid[j, DEPTH] + laid[j, SLOPE] * (left - laid[j, LEFT])
            d1, f1 = d0 + mine[k, SLOPE] * width, f0 + laid[j, SLOPE] * width
            p, q = d0 - f0, d1 - f1
            if p <= 0.0 and q <= 0.0:
                middle = 0.5 * (d0 + d1)
            elif p >= 0.0 and q >= 0.0:
                middle = 0.5 * (f0 + f1)
            else:
                below = min(p, q)
                middle = 0.5 * (f0 + f1) - 0.5 * below * below / (abs(p) + abs(q))
            total += mine[k, SIGN] * laid[j, SIGN] * width * middle
    return total
