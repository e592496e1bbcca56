"""Boundaries moved by metres: pockets by hand, and moved outlines against exact buffers of GEOS."""

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from parkgeo import _kernels
from parkgeo._ground import _offset, rings_of, shapes_of
from parkgeo._ground._pockets import SHOWN, without_pockets

Geometries = NDArray[np.object_]

SQUARE = box(0, 0, 1000, 1000)


def filled(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    rings = rings_of(np.array([shape], dtype=object))
    return shapes_of(without_pockets(rings, np.full(len(rings.starts), distance_m)))[0]


def moved(shapes: Geometries, distance_m: float) -> Geometries:
    """Move boundaries at the equator of the plane, where metres are true."""
    return _offset.offset(shapes, np.full(len(shapes), distance_m), np.zeros(2))


def star(rng: np.random.Generator, corners: int, reach_m: float, rough: float) -> Polygon:
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = reach_m * (0.7 + 0.2 * np.cos(3 * turn) + rng.uniform(-rough, rough, corners))
    return Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None])


def comb(rng: np.random.Generator, teeth: int) -> Polygon:
    """Draw a strip with slots and teeth of all widths and depths on both sides."""
    x = np.repeat(np.cumsum(rng.uniform(1, 60, 2 * teeth + 1)), 2)[1:-1]
    upper = 200 + np.repeat(rng.uniform(0, 150, 2 * teeth), 2)
    lower = -np.repeat(rng.uniform(0, 150, 2 * teeth), 2)
    return Polygon(np.vstack([np.column_stack([x, lower]), np.column_stack([x, upper])[::-1]]))


def rough_shapes(seed: int) -> Geometries:
    """Draw stars and combs, with holes, of two parts, and some smooth ones."""
    rng = np.random.default_rng(seed)
    stars = [star(rng, n, r, 0.03) for n, r in [(200, 600), (400, 500), (60, 90), (100, 1500)]]
    holed = Polygon(stars[0].exterior, [star(rng, 120, 160, 0.05).exterior])
    far = shapely.transform(star(rng, 120, 250, 0.04), lambda xy: np.add(xy, [1100, 0]))
    parts = MultiPolygon([stars[1], far])
    smooth = Point(0, 0).buffer(300, quad_segs=200)
    return np.array([*stars, holed, parts, comb(rng, 20), smooth, SQUARE], dtype=object)


# Pockets by hand ----------------------------------------------------------------------------------


def notched(width_m: float) -> BaseGeometry:
    wedge = Polygon([(500, 1000), (500 + width_m / 2, 700), (500 + width_m, 1000)])
    return shapely.difference(SQUARE, wedge)


def test_a_notch_is_filled_up_to_the_disc() -> None:
    """What lies under a disc of 50 m that rests on both edges of a notch of 30 m, by two chords."""
    found = filled(notched(30), 50.0)
    sagitta = 50 - np.sqrt(50**2 - 15**2)
    left = 1000**2 - shapely.area(found)
    assert left == pytest.approx(30 * sagitta / 2, rel=1e-9)
    assert found.covers(Point(515, 1000 - sagitta - 1e-9))
    assert not found.covers(Point(515, 1000 - 0.85 * sagitta))


def test_a_notch_that_the_disc_gets_into_stays() -> None:
    assert filled(notched(130), 50.0).equals(notched(130))


def test_a_spike_is_taken_off_down_to_the_disc_inside_it() -> None:
    spiked = shapely.union(SQUARE, Polygon([(500, 1000), (520, 1000), (510, 1300)]))
    half = np.arcsin(10 / 50)
    left = shapely.area(shapely.difference(filled(spiked, -50.0), SQUARE))
    assert left < 50**2 * (half - np.sin(half) * np.cos(half))
    assert filled(spiked, 50.0).equals(spiked)


def test_a_hole_the_disc_does_not_fit_into_goes_or_is_left_as_what_it_cannot_reach() -> None:
    small = Polygon(SQUARE.exterior, [box(500, 500, 510, 510).exterior])
    assert shapely.area(shapely.difference(SQUARE, filled(small, 100.0))) < 30
    assert not list(moved(np.array([small]), 100.0)[0].interiors)
    large = Polygon(SQUARE.exterior, [box(300, 300, 700, 700).exterior])
    assert filled(large, 100.0).equals(large)


def test_ground_that_is_lost_takes_its_holes_along() -> None:
    thin = Polygon(box(0, 0, 10, 10).exterior, [box(4, 4, 6, 6).exterior])
    both = MultiPolygon([thin, box(100, 0, 1100, 1000)])
    found = moved(np.array([both]), -40.0)[0]
    assert shapely.area(shapely.symmetric_difference(found, box(140, 40, 1060, 960))) < 1e-2


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("distance_m", [2.0, 15.0, 50.0, 120.0, 500.0])
def test_filled_ground_lies_between_the_ground_and_its_closing(
    seed: int, distance_m: float
) -> None:
    """GEOS may itself fill what is shallower than a hundredth of the distance."""
    shapes = rough_shapes(seed)
    found = np.array([filled(shape, distance_m) for shape in shapes])
    plain = shapely.is_valid(found)
    assert plain.sum() > len(shapes) - 2
    shapes, found = shapes[plain], found[plain]
    most = shapely.buffer(shapes, distance_m * (1.01 + SHOWN), quad_segs=32)
    grown = shapely.buffer(found, distance_m)
    assert shapely.area(shapely.difference(shapes, found)).max() < 1e-6
    assert shapely.area(shapely.difference(grown, most)).max() < 1e-6


def test_compiled_and_plain_loops_reach_the_same_corners() -> None:
    rings = rings_of(np.concatenate([rough_shapes(seed) for seed in range(2)]))
    for distance_m in (20.0, -20.0, 150.0):
        each = np.full(len(rings.starts), distance_m)
        found = []
        for roll in (_kernels.reached_corners, _kernels.compiled(_kernels.reached_corners)):
            room, sides = np.empty(len(rings.xy), dtype=np.int64), np.empty(len(each))
            reached = np.zeros(len(rings.xy), dtype=np.bool_)
            radii = np.abs(each)
            where = (rings.starts, rings.stops, rings.shell)
            roll(rings.xy, room, reached, *where, each, 0.2 * radii, sides)
            found.append((reached, sides))
        assert (found[0][0] == found[1][0]).all()
        assert (found[0][1] == found[1][1]).all()
        assert not found[0][0].all()


# Moved outlines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("distance_m", [2.0, 15.0, 50.0, 120.0, 500.0])
def test_moved_boundaries_lie_between_exact_buffers(seed: int, distance_m: float) -> None:
    shapes = rough_shapes(seed)
    for sign in (1, -1):
        found = moved(shapes, sign * distance_m)
        near, far = (
            shapely.buffer(shapes, sign * share * distance_m, quad_segs=32)
            for share in (0.98, 1.04)
        )
        inner, outer = (near, far) if sign > 0 else (far, near)
        assert shapely.is_valid(found).all()
        assert shapely.area(shapely.difference(inner, found)).max() < 1e-6
        assert shapely.area(shapely.difference(found, outer)).max() < 1e-6


def test_hostile_outlines_move_within_the_bound_too() -> None:
    """Holes that touch the shell, corners given twice, ground far smaller than the distance."""
    diamond = [(0, 500), (200, 300), (400, 500), (200, 700)]
    touching = Polygon(SQUARE.exterior, [diamond, [(600, 0), (650, 20), (620, 60)]])
    twice = Polygon(
        np.repeat(shapely.get_coordinates(star(np.random.default_rng(1), 80, 500, 0.1)), 3, 0)
    )
    speck = box(0, 0, 0.5, 0.5)
    thread = Polygon([(0, 0), (2000, 0.1), (2000, 0.2), (1000, 0.1)])
    shapes = np.array([touching, twice, speck, thread])
    assert shapely.is_valid(shapes).all()
    for distance_m in (1.0, 30.0, 700.0, 50_000.0):
        for sign in (1, -1):
            found = moved(shapes, sign * distance_m)
            near, far = (
                shapely.buffer(shapes, sign * share * distance_m, quad_segs=32)
                for share in (0.98, 1.04)
            )
            inner, outer = (near, far) if sign > 0 else (far, near)
            # Metres are true to 0.1 % within 300 km of the equator, and better nearer to it.
            assert shapely.area(shapely.difference(inner, found)).max() < 1e-3
            assert shapely.area(shapely.difference(found, outer)).max() < 1e-3


def test_what_is_given_stays_as_it_is() -> None:
    shapes = rough_shapes(1)
    before = shapely.to_wkb(shapes)
    moved(shapes, 40.0)
    assert (shapely.to_wkb(shapes) == before).all()


def test_closing_a_gap_keeps_corners_sharp() -> None:
    """Moved out by 5 cm and back: the crack is gone, and every corner is where it was."""
    halves = MultiPolygon([box(0, 0, 500, 1000), box(500.04, 0, 1000, 1000)])
    whole = _offset.closed(np.array([halves, halves]), np.array([0.05, 0.0]), np.zeros(2))
    assert whole[1].equals(halves)
    back = shapely.buffer(whole[0], -0.05, join_style="mitre")
    assert shapely.area(shapely.symmetric_difference(back, SQUARE)) < 1e-3
    assert shapely.get_num_coordinates(whole[0]) < 20
