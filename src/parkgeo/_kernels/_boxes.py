"""Which boxes of a small layer each box of a large one meets, without a tree."""

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import EAST, NORTH, SOUTH, WEST, Floats, Ints


def count_meeting(few: Floats, widest: float, boxes: Floats, out: Ints) -> None:
    """Count for each box those of ``few`` that it has a point in common with.

    The few stand in order of their west sides, and none is wider than ``widest``.
    """
    for k in range(len(boxes)):
        count = 0
        for j in range(first_near(few, boxes[k, WEST] - widest), len(few)):
            if few[j, WEST] > boxes[k, EAST]:
                break
            count += int(meets(few, j, boxes, k))
        out[k] = count


def fill_meeting(few: Floats, widest: float, out: Ints, boxes: Floats, places: Ints) -> None:
    """Write the numbers of those that each box meets, from its place in ``out`` onwards."""
    for k in range(len(boxes)):
        at = places[k]
        for j in range(first_near(few, boxes[k, WEST] - widest), len(few)):
            if few[j, WEST] > boxes[k, EAST]:
                break
            if meets(few, j, boxes, k):
                out[at] = j
                at += 1


@formula
def first_near(few: Floats, west: float) -> int:
    """Find the first box that begins at, or east of, a place."""
    return int(np.searchsorted(few[:, WEST], west))


@formula
def meets(few: Floats, j: int, boxes: Floats, k: int) -> bool:
    """Say whether two boxes have a point in common."""
    return bool(
        few[j, WEST] <= boxes[k, EAST]
        and boxes[k, WEST] <= few[j, EAST]
        and few[j, SOUTH] <= boxes[k, NORTH]
        and boxes[k, SOUTH] <= few[j, NORTH]
    )
