"""The loops that find the boxes that lie on each other among millions, over a grid of cells."""

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@formula
def meets(boxes: Floats, one: int, two: int) -> bool:
    """Tell whether two boxes have ground in common, and not a border alone."""
    return bool(
        min(boxes[one, 2], boxes[two, 2]) > max(boxes[one, 0], boxes[two, 0])
        and min(boxes[one, 3], boxes[two, 3]) > max(boxes[one, 1], boxes[two, 1])
    )


def fill_cells(cells: Ints, columns: int, ends: Ints, members: Ints) -> None:
    """Write down which boxes lie in each cell.

    Box k lies in the columns ``cells[k, 0]`` to ``cells[k, 2]`` and the rows ``cells[k, 1]`` to
    ``cells[k, 3]``. ``ends[c]`` is where the members of cell c end, and afterwards where they
    begin.
    """
    for k in range(len(cells) - 1, -1, -1):
        for row in range(cells[k, 1], cells[k, 3] + 1):
            for column in range(cells[k, 0], cells[k, 2] + 1):
                cell = row * columns + column
                ends[cell] -= 1
                members[ends[cell]] = k


def count_cells(cells: Ints, columns: int, counts: Ints) -> None:
    """Count the boxes that lie in each cell."""
    for k in range(len(cells)):
        for row in range(cells[k, 1], cells[k, 3] + 1):
            for column in range(cells[k, 0], cells[k, 2] + 1):
                counts[row * columns + column] += 1


def count_near(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    boxes: Floats,
    cells: Ints,
    columns: int,
    starts: Ints,
    members: Ints,
    rows: Ints,
    counts: Ints,
) -> None:
    """Count, for each of the boxes ``rows``, those of higher number that lie on it."""
    for i in range(len(rows)):
        one, found = rows[i], 0
        for row in range(cells[one, 1], cells[one, 3] + 1):
            for column in range(cells[one, 0], cells[one, 2] + 1):
                cell = row * columns + column
                for at in range(starts[cell], starts[cell + 1]):
                    two = members[at]
                    # A pair is met in many cells, and counted in the first that both lie in.
                    if (
                        two > one
                        and column == max(cells[one, 0], cells[two, 0])
                        and row == max(cells[one, 1], cells[two, 1])
                        and meets(boxes, one, two)
                    ):
                        found += 1
        counts[i] = found


def fill_near(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    boxes: Floats,
    cells: Ints,
    columns: int,
    starts: Ints,
    members: Ints,
    out: Ints,
    rows: Ints,
    places: Ints,
) -> None:
    """Write down what :func:`count_near` counts, from ``places[i]`` on."""
    for i in range(len(rows)):
        one, place = rows[i], places[i]
        for row in range(cells[one, 1], cells[one, 3] + 1):
            for column in range(cells[one, 0], cells[one, 2] + 1):
                cell = row * columns + column
                for at in range(starts[cell], starts[cell + 1]):
                    two = members[at]
                    if (
                        two > one
                        and column == max(cells[one, 0], cells[two, 0])
                        and row == max(cells[one, 1], cells[two, 1])
                        and meets(boxes, one, two)
                    ):
                        out[place, 0], out[place, 1] = one, two
                        place += 1
