import numpy as np
import pytest
import shapely

from parkgeo._ground import in_pieces


@pytest.mark.parametrize("count", [0, 1, 128, 129, 1000])
def test_pieces_give_what_the_whole_gives_in_its_order(count: int) -> None:
    left = np.arange(count, dtype=np.float64)
    boxes = shapely.box(left, 0, left + 2, 1)
    moved = shapely.box(left + 1, 0, left + 3, 1)
    found = in_pieces(shapely.intersection, boxes, moved, doing="overlaying")
    assert len(found) == count
    assert np.array_equal(shapely.bounds(found)[:, 0], left + 1)
    assert np.array_equal(shapely.area(found), np.ones(count))


def test_an_error_in_one_piece_is_raised() -> None:
    shapes = np.array([shapely.box(0, 0, 1, 1)] * 300)
    distances = np.ones(299)
    with pytest.raises(ValueError, match="broadcast"):
        in_pieces(shapely.buffer, shapes, distances, doing="moving")
