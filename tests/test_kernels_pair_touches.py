"""Touching and surely valid extents: GEOS is the judge, and doubt is left to it."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import Cells, points, polygon, shapes_of_cells

from parkgeo import _kernels
from parkgeo._ground import _outlines, blocks_of, rings_of, surely_valid
from parkgeo.overlap._areas import Grounds

SQUARE = box(0, 0, 10, 10)


def touching(one: BaseGeometry, two: BaseGeometry, within: float = 1e-6) -> bool:
    """By the loop in plain Python, which must give what the compiled one gives."""
    blocks = blocks_of(rings_of(np.array([one, two])))
    whole = (
        *(blocks.source.xy, blocks.firsts, blocks.lasts, blocks.bounds),
        *(blocks.starts, blocks.boxes, within, np.array([0]), np.array([1])),
    )
    slow, fast = np.zeros(1, dtype=np.bool_), np.zeros(1, dtype=np.bool_)
    _kernels.pair_touches(*whole, slow)
    _kernels.compiled(_kernels.pair_touches)(*whole, fast)
    assert slow[0] == fast[0]
    return bool(fast[0])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (box(10, 0, 20, 10), True),
        (box(10, 10, 20, 20), True),
        (box(10 + 9e-7, 0, 20, 10), True),
        (box(10 + 2e-6, 0, 20, 10), False),
        (Polygon([(12, 5), (10, 4.7), (12, 4)]), True),  # a corner on an edge
        (Polygon([(9, 12), (12, 9), (12, 12)]), False),  # bounds overlap, outlines do not
        (box(-5, 4, 15, 6), True),  # a cross without a corner of one in the other
        (box(2, 2, 4, 4), False),  # nested: outlines are apart
        (Polygon(), False),
    ],
)
def test_touching_by_hand(other: BaseGeometry, *, expected: bool) -> None:
    assert touching(SQUARE, other) is expected
    assert touching(other, SQUARE) is expected


@given(shapes_of_cells(), shapes_of_cells())
def test_cells_touch_where_they_have_a_corner_in_common(one: Cells, two: Cells) -> None:
    apart = two - one
    if apart:
        expected = not points(one).isdisjoint(points(apart))
        assert touching(polygon(one), polygon(apart)) is expected


def test_near_outlines_agree_with_geos() -> None:
    rng = np.random.default_rng(1)
    corner = rng.uniform(0, 60, (300, 2))
    turn = np.sort(rng.uniform(0, 2 * np.pi, (300, 9)))
    drawn = corner[:, None] + 2 * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    shapes = shapely.polygons(drawn)
    left, right = shapely.STRtree(shapes).query(shapes)
    apart = ~shapely.intersects(shapes[left], shapes[right])
    left, right = left[apart], right[apart]
    grounds = Grounds(shapes)
    grounds.by_kernel = True
    for within in (1e-6, 0.1, 0.5):
        found = grounds.touch(left, right, within_m=within)
        assert np.array_equal(found, shapely.dwithin(shapes[left], shapes[right], within))
        assert 0 < found.sum() < len(found) or within == 1e-6


# Validity ----------------------------------------------------------------------------------------


def is_surely_valid(shape: BaseGeometry) -> bool:
    return bool(surely_valid(blocks_of(rings_of(np.array([shape], dtype=object))))[0])


WIDE = box(0, 0, 100, 100)


@pytest.mark.parametrize(
    "shape",
    [
        WIDE,
        Polygon(WIDE.exterior, [box(10, 10, 20, 20).exterior, box(30, 30, 40, 40).exterior]),
        MultiPolygon([WIDE, box(200, 0, 300, 100)]),
        MultiPolygon(
            [Polygon(WIDE.exterior, [box(10, 10, 50, 50).exterior]), box(20, 20, 30, 30)],
        ),
        shapely.Point(0, 0).buffer(50, quad_segs=500),
    ],
)
def test_what_is_plainly_valid(shape: BaseGeometry) -> None:
    assert shape.is_valid
    assert is_surely_valid(shape)
    assert is_surely_valid(shapely.reverse(shape))


@pytest.mark.parametrize(
    "shape",
    [
        Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]),
        Polygon([(0, 0), (4, 0), (4, 4), (4, 8), (4, 4), (0, 4)]),
        Polygon([(0, 0), (1, 1), (2, 2)]),
        Polygon(WIDE.exterior, [box(200, 0, 210, 10).exterior]),
        Polygon(WIDE.exterior, [box(90, 90, 110, 110).exterior]),
        Polygon(WIDE.exterior, [box(10, 10, 50, 50).exterior, box(20, 20, 30, 30).exterior]),
        Polygon(box(40, 40, 60, 60).exterior, [WIDE.exterior]),
        MultiPolygon([WIDE, box(20, 20, 30, 30)]),
        MultiPolygon([WIDE, box(50, 50, 150, 150)]),
        MultiPolygon([WIDE, WIDE]),
        MultiPolygon(
            [WIDE, Polygon(box(200, 0, 300, 100).exterior, [box(20, 20, 30, 30).exterior])],
        ),
        Polygon(),
    ],
)
def test_what_is_invalid_or_empty_is_never_sure(shape: BaseGeometry) -> None:
    assert shape.is_empty or not shape.is_valid
    assert not is_surely_valid(shape)


grid = st.tuples(st.integers(0, 5), st.integers(0, 5))
rings = st.lists(grid, min_size=3, max_size=9)


@given(st.lists(rings, min_size=1, max_size=3), st.booleans())
def test_what_is_called_valid_is_valid(drawn: list[list[tuple[int, int]]], holes: bool) -> None:  # noqa: FBT001
    """On a small grid rings touch, fold and repeat themselves all the time."""
    shape = Polygon(drawn[0], drawn[1:]) if holes else MultiPolygon([Polygon(r) for r in drawn])
    if is_surely_valid(shape):
        assert shape.is_valid


@given(shapes_of_cells())
def test_rings_that_do_not_touch_are_called_valid(cells: Cells) -> None:
    shape = polygon(cells)
    corners = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)))
    if len(np.unique(corners, axis=0)) == len(corners) - len(
        shapely.get_rings([*shapely.get_parts(shape)])
    ):
        assert is_surely_valid(shape)


def test_rings_come_back_as_they_were() -> None:
    shapes = np.array(
        [
            WIDE,
            Polygon(),
            Polygon(WIDE.exterior, [box(10, 10, 20, 20).exterior]),
            MultiPolygon(
                [WIDE, Polygon(box(200, 0, 300, 90).exterior, [box(210, 10, 220, 20).exterior])]
            ),
            SQUARE,
        ],
        dtype=object,
    )
    assert shapely.equals_exact(_outlines.shapes_of(rings_of(shapes)), shapes).all()
