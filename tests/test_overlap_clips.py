"""Common ground drawn without GEOS: GEOS is the judge, and doubt is left to it."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import Cells, polygon, shapes_of_cells

from parkgeo import _kernels
from parkgeo.overlap._areas import Grounds
from parkgeo.overlap._clips import clips

SQUARE = box(0, 0, 10, 10)
CUT = Polygon([(0, 0), (10, 0), (10, 10), (3, 7)])
HOLED = Polygon(box(-5, -5, 15, 15).exterior, [SQUARE.exterior])


def drawn_all(
    shapes: NDArray[np.object_], left: NDArray[np.intp], right: NDArray[np.intp]
) -> NDArray[np.object_]:
    grounds = Grounds(shapes)
    grounds.by_kernel = True
    return clips(grounds.blocks, left, right, grounds.shared_m2(left, right, doing="testing"))


def drawn(one: BaseGeometry, two: BaseGeometry) -> NDArray[np.object_]:
    return drawn_all(np.array([one, two], dtype=object), np.array([0]), np.array([1]))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (box(5, 5, 15, 15), box(5, 5, 10, 10)),
        (box(2, 3, 4, 7), box(2, 3, 4, 7)),
        (box(-5, -5, 15, 15), SQUARE),
        (box(-5, 4, 15, 6), box(0, 4, 10, 6)),
        (
            Polygon([(5, -4), (14, 5), (5, 14), (-4, 5)]),
            Polygon([(1, 0), (9, 0), (10, 1), (10, 9), (9, 10), (1, 10), (0, 9), (0, 1)]),
        ),
        (
            MultiPolygon([box(1, 1, 2, 2), box(8, 8, 12, 12), box(20, 0, 30, 10)]),
            MultiPolygon([box(1, 1, 2, 2), box(8, 8, 10, 10)]),
        ),
        # A hole that crosses the border is none in what is left.
        (
            Polygon(box(-5, -5, 15, 15).exterior, [box(2, -1, 8, 11).exterior]),
            MultiPolygon([box(0, 0, 2, 10), box(8, 0, 10, 10)]),
        ),
        (
            Polygon(box(-5, -6, 15, 16).exterior, [box(2, 2, 12, 8).exterior]),
            Polygon([(0, 0), (10, 0), (10, 2), (2, 2), (2, 8), (10, 8), (10, 10), (0, 10)]),
        ),
        (Polygon([(5, 5), (21, -3), (21, 13)]), Polygon([(5, 5), (10, 2.5), (10, 7.5)])),
        # A hole inside what is left, and one in one of its two parts.
        (
            Polygon(box(-5, -5, 15, 15).exterior, [box(2, 2, 8, 8).exterior]),
            Polygon(SQUARE.exterior, [box(2, 2, 8, 8).exterior]),
        ),
        (
            MultiPolygon(
                [box(-1, -1, 3, 3), Polygon(box(4, 4, 12, 12).exterior, [box(5, 5, 6, 6).exterior])]
            ),
            MultiPolygon(
                [box(0, 0, 3, 3), Polygon(box(4, 4, 10, 10).exterior, [box(5, 5, 6, 6).exterior])]
            ),
        ),
        # Edges in common, from corner to corner: all of them, and then inwards or outwards.
        (SQUARE, SQUARE),
        (CUT, CUT),
        (
            Polygon([(0, 0), (10, 0), (10, 10), (5, 12), (-2, 5)]),
            Polygon([(0, 0), (10, 0), (10, 10), (3, 10), (0, 7)]),
        ),
        # Corners in common only.
        (
            Polygon([(10, 0), (20, 5), (10, 10), (5, 5)]),
            Polygon([(10, 0), (10, 10), (5, 5)]),
        ),
    ],
)
def test_common_ground_by_hand(other: BaseGeometry, expected: BaseGeometry) -> None:
    for turned in (other, shapely.reverse(other)):
        for one, two in ((SQUARE, turned), (turned, SQUARE)):
            (found,) = drawn(one, two)
            assert found.is_valid
            assert found.normalize().equals_exact(expected.normalize(), 1e-12)


@pytest.mark.parametrize(
    "other",
    [
        Polygon([(5, -5), (15, 5), (5, 15), (-5, 5)]),  # passes through the corners
        Polygon([(10, 5), (20, -3), (20, 13)]),  # a corner on an edge
        Polygon([(10 - 1e-15, 5), (20, -3), (20, 13)]),
        box(5, 0, 15, 10),  # edges along each other, from other corners
        box(10, 0, 20, 10),  # an edge in common, and no ground
        HOLED,  # a hole that the other one fills
        Polygon([(10, 10), (20, 10), (20, 20)]),  # a corner
        box(20, 0, 30, 10),
        Polygon(),
    ],
)
def test_what_is_not_certain_or_nothing_is_left_out(other: BaseGeometry) -> None:
    for one, two in ((SQUARE, other), (other, SQUARE)):
        assert drawn(one, two).tolist() == [None]


@given(shapes_of_cells(), shapes_of_cells())
def test_what_is_drawn_is_what_geos_draws(one: Cells, two: Cells) -> None:
    """Cells half a cell apart cross everywhere and touch nowhere."""
    left, right = polygon(one), shapely.affinity.translate(polygon(two), 1 / 3, 1 / 3)
    (found,) = drawn(left, right)
    if found is not None:
        assert found.is_valid
        assert found.symmetric_difference(left & right).area <= 1e-9 * found.area


@given(shapes_of_cells(), shapes_of_cells())
def test_common_corners_and_edges_give_the_exact_area(one: Cells, two: Cells) -> None:
    """Cells of one lattice meet at its corners and along its edges, and nowhere else."""
    (found,) = drawn(polygon(one), polygon(two))
    if found is not None:
        assert found.is_valid
        assert found.area == pytest.approx(polygon(one & two).area, rel=1e-12)
        assert found.equals(polygon(one & two))


def test_near_duplicates_are_drawn_without_geos() -> None:
    """One follows the other corner by corner, and leaves it here and there."""
    rng = np.random.default_rng(5)
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    radius = rng.uniform(8, 12, (40, 120))
    off = np.where(rng.random((40, 120)) < 0.1, rng.normal(0, 0.01, (40, 120)), 0)
    left, right = (shapely.polygons(r[..., None] * around) for r in (radius, radius + off))
    found = drawn_all(np.concatenate([left, right]), np.arange(40), np.arange(40, 80))
    assert not shapely.is_missing(found).any()
    assert shapely.is_valid(found).all()
    expected = shapely.intersection(left, right)
    apart = shapely.area(shapely.symmetric_difference(found, expected))
    assert (apart <= 1e-12 * shapely.area(expected)).all()


def test_rough_outlines_agree_with_geos_and_with_the_loop_in_plain_python() -> None:
    rng = np.random.default_rng(3)
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = rng.uniform(6, 12, (60, 40))
    middle = rng.uniform(0, 40, (60, 2))
    corners = middle[:, None] + radius[..., None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    shapes = shapely.polygons(corners)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    found = drawn_all(shapes, left, right)
    expected = shapely.intersection(shapes[left], shapes[right])
    sure = ~shapely.is_missing(found)
    assert sure.mean() > 0.9
    assert shapely.is_valid(found[sure]).all()
    off = shapely.symmetric_difference(found[sure], expected[sure])
    assert (shapely.area(off) <= 1e-9 * shapely.area(expected[sure])).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_kernels, "compiled", lambda loop: loop)
        slow = drawn_all(shapes, left[:20], right[:20])
    assert shapely.equals_exact(slow, found[:20], 1e-9)[sure[:20]].all()
