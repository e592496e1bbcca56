"""Ground laid on a grid against areas by hand, counted on a grid, and by GEOS."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import CELL_KM2, Cells, polygon, shapes_of_cells

from parkgeo import _kernels
from parkgeo._ground import Blocks, blocks_of, rings_of
from parkgeo.concentration._lay import Lay, lay

SQUARE = box(0, 0, 10, 10)
HOLED = Polygon(box(0, 0, 40, 40).exterior, [box(10, 10, 30, 30).exterior])
STEPS = (0.25, 1.0, 8.0, 64.0)
"""Sides of a cell: finer than what lies on them, and so coarse that one holds everything."""


def blocks(*shapes: BaseGeometry) -> Blocks:
    return blocks_of(rings_of(np.array(shapes, dtype=object)))


def shared(ground: BaseGeometry, *parcels: BaseGeometry, step: float) -> NDArray[np.float64]:
    return lay(blocks(ground), step_m=step).shared_m2(blocks(*parcels))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("parcel", "area"),
    [
        (SQUARE, 100),
        (box(5, 5, 15, 15), 75),
        (box(12, 12, 18, 18), 0),
        (box(10, 10, 30, 30), 0),
        (box(0, 0, 40, 40), 1200),
        (box(-100, -100, 100, 100), 1200),
        (box(-100, 5, 100, 7), 80),
        (box(5, -100, 7, 100), 80),
        (box(40, 0, 50, 40), 0),
        (box(-50, -50, -40, -40), 0),
        (Polygon([(0, 0), (40, 0), (0, 40)]), 600),
        (Polygon([(20, 0), (40, 20), (20, 40), (0, 20)]), 400),
        (MultiPolygon([box(1, 1, 2, 2), box(15, 15, 16, 16), box(35, 35, 50, 50)]), 26),
        (Polygon(box(-5, -5, 45, 45).exterior, [box(5, 5, 35, 35).exterior]), 700),
        (Polygon(), 0),
    ],
)
def test_areas_by_hand(parcel: BaseGeometry, area: float, step: float) -> None:
    """A square ring of ground, its corners on lines of most of the grids."""
    for one in (parcel, shapely.reverse(parcel)):
        assert shared(HOLED, one, step=step)[0] == pytest.approx(area, abs=1e-11)
        assert shared(shapely.reverse(HOLED), one, step=step)[0] == pytest.approx(area, abs=1e-11)


@settings(deadline=None)
@given(
    shapes_of_cells(),
    st.lists(shapes_of_cells(), min_size=1, max_size=5),
    st.sampled_from([4, 32, 64, 512]),
)
def test_areas_counted_on_a_grid(ground: Cells, parcels: list[Cells], step: float) -> None:
    found = shared(polygon(ground), *(polygon(p) for p in parcels), step=step)
    assert found / 1e6 == pytest.approx([len(ground & p) * CELL_KM2 for p in parcels], abs=1e-14)


@settings(deadline=None)
@given(
    st.lists(st.integers(-50, 50), min_size=6, max_size=6),
    st.lists(st.integers(-50, 50), min_size=8, max_size=8),
    st.sampled_from([0.5, 2.0, 16.0, 128.0]),
)
def test_triangle_and_quadrilateral_in_fractions(
    ground: list[int], parcel: list[int], step: float
) -> None:
    one = list(zip(ground[::2], ground[1::2], strict=True))
    two = Polygon(list(zip(parcel[::2], parcel[1::2], strict=True)))
    if not two.is_valid or two.area == 0 or Polygon(one).area == 0:
        return
    exact = clipped_area([tuple(map(int, c)) for c in two.exterior.coords[:-1]], one)
    assert shared(Polygon(one), two, step=step)[0] == pytest.approx(float(exact), abs=1e-9)


def clipped_area(ring: list[tuple[int, int]], triangle: list[tuple[int, int]]) -> Fraction:
    """By Sutherland and Hodgman (1974) in exact numbers: what a triangle leaves of a ring."""
    a, b, c = triangle
    if (b[0] - a[0]) * (c[1] - a[1]) < (c[0] - a[0]) * (b[1] - a[1]):
        triangle = [a, c, b]
    kept = [(Fraction(x), Fraction(y)) for x, y in ring]
    for (ax, ay), (bx, by) in pairwise([*triangle, triangle[0]]):

        def left(p: tuple[Fraction, Fraction]) -> Fraction:
            return (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax)  # noqa: B023 - used at once

        out = []
        for p, q in pairwise([*kept, *kept[:1]]):
            s, t = left(p), left(q)
            if s >= 0:
                out.append(p)
            if (s > 0 > t) or (s < 0 < t):
                out.append(tuple(u + (v - u) * s / (s - t) for u, v in zip(p, q, strict=True)))
        kept = out
    return (
        abs(sum((p[0] * q[1] - q[0] * p[1] for p, q in pairwise([*kept, *kept[:1]])), Fraction(0)))
        / 2
    )


def star(rng: np.random.Generator, x: float, y: float, radius: float, corners: int) -> Polygon:
    turn = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
    reach = radius * rng.uniform(0.3, 1.0, corners)
    return Polygon(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)]))


@pytest.mark.parametrize("step", [None, 16.0, 4096.0])
def test_stars_agree_with_geos(step: float | None) -> None:
    """Jagged ground of thousands of corners, far from the origin; cells of many pieces too."""
    rng = np.random.default_rng(5)
    ground = shapely.union_all(
        [star(rng, 1e5 + x, 2e5 + y, 900, 400) for x, y in ((0, 0), (500, 300), (5000, 0))]
    )
    places = np.add(rng.uniform(-1500, 1500, (100, 2)), (1e5, 2e5))
    parcels = [
        star(rng, x, y, r, n)
        for (x, y), r, n in zip(
            places, rng.uniform(1, 800, 100), rng.integers(3, 90, 100), strict=True
        )
    ]
    found = lay(blocks(ground), step_m=step).shared_m2(blocks(*parcels))
    known = shapely.area(shapely.intersection(ground, np.array(parcels)))
    assert np.abs(found - known).max() < 1e-6


def test_what_lies_over_pure_cells_is_whole_to_the_last_bit() -> None:
    rng = np.random.default_rng(6)
    parcels = blocks(*(star(rng, x, y, 30, 9) for x, y in rng.uniform(100, 900, (50, 2))))
    ground = lay(blocks(box(0, 0, 1000, 1000)), step_m=16.0)
    assert np.array_equal(ground.shared_m2(parcels), parcels.area_m2)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from(STEPS))
@settings(deadline=None)
def test_place_does_not_matter(x: float, y: float, step: float) -> None:
    moved = [
        shapely.transform(s, lambda xy: np.add(xy, (x, y))) for s in (HOLED, box(3, 3, 17, 33))
    ]
    known = moved[0].intersection(moved[1]).area
    assert shared(*moved, step=step)[0] == pytest.approx(known, abs=1e-7)


def test_splitting_a_parcel_changes_nothing() -> None:
    rng = np.random.default_rng(7)
    ground = lay(blocks(star(rng, 0, 0, 1000, 700)), step_m=32.0)
    whole = star(rng, 100, 100, 800, 200)
    halves = [
        shapely.intersection(whole, box(*b)) for b in ((-2e3, -2e3, 33, 2e3), (33, -2e3, 2e3, 2e3))
    ]
    found = ground.shared_m2(blocks(whole, *halves))
    assert found[0] == pytest.approx(found[1] + found[2], abs=1e-8)


def test_no_ground_has_nothing_inside() -> None:
    for none in (blocks(Polygon()), blocks_of(rings_of(np.empty(0, dtype=object)))):
        assert lay(none).shared_m2(blocks(SQUARE, Polygon())).tolist() == [0.0, 0.0]
    assert len(lay(blocks(SQUARE)).shared_m2(blocks_of(rings_of(np.empty(0, dtype=object))))) == 0


@settings(deadline=None)
@given(
    st.lists(shapes_of_cells(), min_size=2, max_size=6),
    shapes_of_cells(),
    st.sampled_from(STEPS[1:]),
)
def test_common_ground_counts_once(zones: list[Cells], parcel: Cells, step: float) -> None:
    ground = lay(blocks(*(polygon(cells) for cells in zones)), step_m=16 * step)
    found = ground.shared_m2(blocks(polygon(parcel)))[0] / 1e6
    union = frozenset().union(*zones)
    assert found == pytest.approx(len(union & parcel) * CELL_KM2, abs=1e-12)
    assert set(np.unique(ground.bases)) <= {0, 1}


@pytest.mark.parametrize("step", [None, 32.0, 4096.0])
def test_jagged_common_ground_agrees_with_geos(step: float | None) -> None:
    """Crossing, nested, doubled and nearly doubled zones."""
    rng = np.random.default_rng(9)
    zones = [star(rng, x, y, 500, 60) for x, y in rng.uniform(0, 1500, (8, 2))]
    zones += [
        zones[0],
        shapely.transform(zones[1], lambda xy: xy + 0.002),
        box(300, 300, 1100, 1100),
    ]
    parcels = [star(rng, x, y, 90, 8) for x, y in rng.uniform(-200, 1700, (150, 2))]
    found = lay(blocks(*zones), step_m=step).shared_m2(blocks(*parcels))
    known = shapely.area(shapely.intersection(shapely.union_all(zones), np.array(parcels)))
    assert np.abs(found - known).max() < 1e-6


@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value|overflow):RuntimeWarning")
def test_the_loops_in_plain_python_give_the_same() -> None:
    rng = np.random.default_rng(8)
    ground = blocks(star(rng, 0, 0, 60, 40), box(20, 20, 90, 70))
    parcels = blocks(
        *(star(rng, x, y, 25, 7) for x, y in rng.uniform(-60, 60, (12, 2))), box(-90, -90, 9, 9)
    )
    fast = lay(ground, step_m=16.0)
    starts = np.zeros(fast.rows * fast.columns + 1, dtype=np.int32)
    bases = np.zeros(fast.rows * fast.columns, dtype=np.int16)
    owners = np.repeat(np.arange(2, dtype=np.int32), np.diff(ground.starts))
    edges = (ground.source.xy, ground.firsts, ground.lasts, ground.signs, ground.bounds, owners)
    onto = (*edges, fast.grid, fast.columns)
    nowhere = np.empty((0, 5)), np.empty(0, dtype=np.int32)
    _kernels.lay_pieces(*onto, starts, bases, *nowhere, 0, fast.rows)
    starts = np.cumsum(starts, dtype=np.int32)
    pieces, tags = np.empty((int(starts[-1]), 5)), np.empty(int(starts[-1]), dtype=np.int32)
    _kernels.lay_pieces(*onto, starts, bases, pieces, tags, 0, fast.rows)
    counts, joined, size = np.zeros_like(starts), np.empty((1000, 5)), np.zeros(1, dtype=np.int64)
    _kernels.join_pieces(
        *(16.0, fast.columns, 2, starts, pieces, tags, bases, counts, joined, size, 0, fast.rows)
    )
    starts = np.concatenate([[0], np.cumsum(counts[:-1])]).astype(np.int32)
    assert np.array_equal(starts, fast.starts)
    assert np.array_equal(bases, fast.bases)
    slow = Lay(fast.grid, fast.rows, fast.columns, starts, bases, joined[: size[0]])
    out = np.empty(13)
    _kernels.laid_areas(
        *(slow.grid, slow.rows, slow.columns, slow.starts, slow.bases, slow.pieces),
        *(parcels.source.xy, parcels.firsts, parcels.lasts, parcels.signs),
        *(parcels.starts[:-1], parcels.starts[1:], parcels.boxes, parcels.area_m2, out),
    )
    assert out == pytest.approx(fast.shared_m2(parcels), abs=1e-11)
