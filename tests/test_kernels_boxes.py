"""Boxes that meet, against a tree of GEOS."""

import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from parkgeo import _kernels
from parkgeo._ground import blocks_of, rings_of
from parkgeo.concentration._lay import boxes_that_meet


@pytest.mark.parametrize("largest", [1.0, 30.0, 400.0])
def test_pairs_are_those_of_a_tree(largest: float) -> None:
    """Whole numbers, so that many of them only touch."""
    rng = np.random.default_rng(4)
    corner = rng.integers(0, 200, (340, 2))
    size = rng.integers(1, largest + 1, (340, 2))
    shapes = shapely.box(*corner.T, *(corner + size).T)
    many, few = np.append(shapes[:300], Polygon()), np.append(shapes[300:], Polygon())
    found = boxes_that_meet(blocks_of(rings_of(many)), blocks_of(rings_of(few)))
    right, left = shapely.STRtree(many).query(few)
    assert set(zip(*(side.tolist() for side in found), strict=True)) == set(
        zip(left.tolist(), right.tolist(), strict=True)
    )
    assert (np.diff(found[0]) >= 0).all()


def test_nobody_meets_nobody() -> None:
    none, some = (blocks_of(rings_of(np.array(s, dtype=object))) for s in ([], [box(0, 0, 1, 1)]))
    for one, two in ((none, some), (some, none), (none, none)):
        assert [len(side) for side in boxes_that_meet(one, two)] == [0, 0]


def test_the_loops_in_plain_python_give_the_same() -> None:
    few = np.array([[0.0, 0.0, 5.0, 5.0], [4.0, 0.0, 6.0, 1.0], [9.0, 9.0, 9.0, 9.0]])
    boxes = np.array([[5.0, 1.0, 9.0, 9.0], [-1.0, -1.0, -0.5, 9.0]])
    counts, found = np.empty(2, dtype=np.intp), np.empty(3, dtype=np.intp)
    _kernels.count_meeting(few, 5.0, boxes, counts)
    assert counts.tolist() == [3, 0]
    _kernels.fill_meeting(few, 5.0, found, boxes, np.array([0, 3]))
    assert found.tolist() == [0, 1, 2]
