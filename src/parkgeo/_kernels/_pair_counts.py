"""Pairs of points within a reach, by their distance; pairs farther apart are never visited.

Points stand sorted by the cells of a grid, row after row, so those of a run of cells in one row
are one run of the arrays. ``starts`` has the first point of each cell and one more; ``grid`` is
west, south, cell width, columns, rows, reach.
"""

import math

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import Floats, Ints


@formula
def run_in_row(x: float, y: float, row: int, starts: Ints, grid: Floats) -> tuple[int, int]:
    """Find the run of points in a row of cells that may be within reach of a place."""
    west, south, cell, columns, reach = grid[0], grid[1], grid[2], int(grid[3]), grid[5]
    below, above = south + row * cell - y, y - (south + (row + 1) * cell)
    aside = max(below, above, 0.0)
    if aside > reach:
        return 0, 0
    # A little wider than it must be, so that rounding leaves no pair out.
    half = math.sqrt(reach * reach - aside * aside) + 1e-6 * cell
    low = max(math.floor((x - half - west) / cell), 0)
    high = min(math.floor((x + half - west) / cell), columns - 1)
    if high < low:
        return 0, 0
    return int(starts[row * columns + low]), int(starts[row * columns + high + 1])


@formula
def rows_near(y: float, grid: Floats) -> tuple[int, int]:
    """Find the first and the last row of cells that may be within reach of a place."""
    first = math.floor((y - grid[5] - grid[1]) / grid[2]) - 1
    last = math.floor((y + grid[5] - grid[1]) / grid[2]) + 1
    return max(first, 0), min(last, int(grid[4]) - 1)


def count_pairs(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    x: Floats,
    y: Floats,
    weight: Floats,
    selves: Ints,
    other_x: Floats,
    other_y: Floats,
    other_weight: Floats,
    starts: Ints,
    grid: Floats,
    first: int,
    last: int,
    halves: bool,  # noqa: FBT001
    step: float,
    out: Floats,
) -> None:
    """Add the weight of each pair to the two nodes, ``step`` apart, between which its distance is.

    With ``halves`` both sides are the same points in the same order, and each pair is met once;
    without, ``selves`` says which of the others a point is itself, or -1.
    """
    top = len(out) - 2
    near = np.empty(len(other_x))
    for i in range(first, last):
        low, high = rows_near(y[i], grid)
        if halves:
            low = max(low, math.floor((y[i] - grid[1]) / grid[2]) - 1, 0)
        for row in range(low, high + 1):
            begin, end = run_in_row(x[i], y[i], row, starts, grid)
            if halves:
                begin = max(begin, i + 1)
            count = end - begin
            for k in range(count):
                dx, dy = other_x[begin + k] - x[i], other_y[begin + k] - y[i]
                near[k] = min(math.sqrt(dx * dx + dy * dy) / step, top)
            if not halves and begin <= selves[i] < end:
                near[selves[i] - begin] = top
            for k in range(count):
                at = int(near[k])
                share = near[k] - at
                pair = weight[i] * other_weight[begin + k]
                out[at] += pair * (1.0 - share)
                out[at + 1] += pair * share


def count_neighbours(  # noqa: PLR0913, PLR0917
    x: Floats,
    y: Floats,
    selves: Ints,
    share: Floats,
    other_x: Floats,
    other_y: Floats,
    every: Floats,
    wanted: Floats,
    starts: Ints,
    grid: Floats,
    first: int,
    last: int,
    r: Floats,
    hints: Ints,
    out: Floats,
) -> None:
    """Sum over points the share of wanted weight in all weight within each distance.

    The second row of ``out`` sums the ``share`` of the points that have any neighbour there.
    """
    n = len(r)
    of_every, of_wanted = np.empty(n), np.empty(n)
    for i in range(first, last):
        of_every[:] = 0.0
        of_wanted[:] = 0.0
        low, high = rows_near(y[i], grid)
        for row in range(low, high + 1):
            begin, end = run_in_row(x[i], y[i], row, starts, grid)
            for j in range(begin, end):
                dx, dy = other_x[j] - x[i], other_y[j] - y[i]
                at = first_reaching(r, hints, math.sqrt(dx * dx + dy * dy))
                if at < n and j != selves[i]:
                    of_every[at] += every[j]
                    of_wanted[at] += wanted[j]
        near, like = 0.0, 0.0
        for k in range(n):
            near += of_every[k]
            like += of_wanted[k]
            if near > 0.0:
                out[0, k] += like / near
                out[1, k] += share[i]


@formula
def first_reaching(r: Floats, hints: Ints, distance: float) -> int:
    """Find the first of rising distances that is not less than this one.

    ``hints`` say, of even steps up to the last distance, where to begin to look; they are at most
    as far as the answer.
    """
    n = len(r)
    if distance > r[n - 1]:
        return n
    at = hints[int(distance / r[n - 1] * (len(hints) - 1))]
    while r[at] < distance:
        at += 1
    return int(at)


def smooth_neighbours(  # noqa: PLR0913, PLR0917
    x: Floats,
    y: Floats,
    selves: Ints,
    share: Floats,
    other_x: Floats,
    other_y: Floats,
    every: Floats,
    wanted: Floats,
    starts: Ints,
    grid: Floats,
    first: int,
    last: int,
    step: float,
    kernel: Floats,
    bands: Ints,
    out: Floats,
) -> None:
    """Sum as :func:`count_neighbours` does, of neighbours about each distance.

    ``kernel`` has the weight of each node, ``step`` apart, about each distance; outside of
    ``bands``, first and last node but one, it is 0.
    """
    top = kernel.shape[1]
    nodes = np.empty((2, top + 2))
    for i in range(first, last):
        nodes[:] = 0.0
        low, high = rows_near(y[i], grid)
        for row in range(low, high + 1):
            begin, end = run_in_row(x[i], y[i], row, starts, grid)
            for j in range(begin, end):
                if j == selves[i]:
                    continue
                dx, dy = other_x[j] - x[i], other_y[j] - y[i]
                place = min(math.sqrt(dx * dx + dy * dy) / step, top)
                at = int(place)
                part = place - at
                nodes[0, at] += every[j] * (1.0 - part)
                nodes[0, at + 1] += every[j] * part
                nodes[1, at] += wanted[j] * (1.0 - part)
                nodes[1, at + 1] += wanted[j] * part
        for k in range(len(bands)):
            near, like = 0.0, 0.0
            for at in range(bands[k, 0], bands[k, 1]):
                near += kernel[k, at] * nodes[0, at]
                like += kernel[k, at] * nodes[1, at]
            if near > 0.0:
                out[0, k] += like / near
                out[1, k] += share[i]
