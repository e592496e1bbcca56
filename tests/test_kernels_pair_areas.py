"""The edge-sum kernel against areas by hand and against GEOS; compiled as in plain Python."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

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
from parkgeo._ground import Blocks, _outlines, blocks_of, rings_of

SQUARE = box(0, 0, 10, 10)


def arrays(blocks: Blocks) -> tuple[NDArray[np.float64], ...]:
    source = blocks.source
    return (
        *(source.xy, blocks.firsts, blocks.lasts, blocks.signs, blocks.bounds),
        *(blocks.starts, blocks.boxes),
    )


def shared(one: BaseGeometry, two: BaseGeometry) -> float:
    """By the loop in plain Python, which must give what the compiled one gives."""
    blocks = blocks_of(rings_of(np.array([one, two])))
    pair, slow, fast = (np.array([k]) for k in (0, 1)), np.empty(1), np.empty(1)
    left, right = pair
    with np.errstate(divide="ignore"):
        _kernels.pair_areas(*arrays(blocks), left, right, slow)
    _kernels.compiled(_kernels.pair_areas)(*arrays(blocks), left, right, fast)
    assert slow[0] == pytest.approx(fast[0], rel=1e-12, abs=1e-12)
    return float(fast[0])


def circle(x: float, y: float, radius: float, corners: int = 64) -> Polygon:
    turn = 2 * np.pi * (np.arange(corners) + 0.3) / corners
    return Polygon(np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)]))


# By hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "area"),
    [
        (SQUARE, 100),
        (box(5, 5, 15, 15), 25),
        (box(2, 3, 4, 7), 8),
        (box(-5, -5, 15, 15), 100),
        (box(10, 0, 20, 10), 0),
        (box(10, 10, 20, 20), 0),
        (box(20, 0, 30, 10), 0),
        (box(0, 0, 10, 4), 40),
        (box(3, -5, 5, 15), 20),
        (Polygon([(0, 0), (10, 0), (0, 10)]), 50),
        (Polygon([(5, -5), (15, 5), (5, 15), (-5, 5)]), 100),
        (Polygon([(5, 0), (10, 5), (5, 10), (0, 5)]), 50),
        (Polygon([(-10, 5), (5, -10), (20, 5), (5, 20)]), 100),
        (Polygon([(0, 10), (5, 0), (10, 10)]), 50),
        (Polygon([(0, 0), (5, 10), (10, 0), (10, -1), (0, -1)]), 50),
        (Polygon(box(-1, -1, 11, 11).exterior, [SQUARE.exterior]), 0),
        (Polygon(box(-1, -1, 11, 11).exterior, [box(2, 2, 4, 4).exterior]), 96),
        (MultiPolygon([box(1, 1, 2, 2), box(8, 8, 12, 12), box(20, 0, 30, 10)]), 5),
    ],
)
def test_areas_by_hand(other: BaseGeometry, area: float) -> None:
    for one, two in ((SQUARE, other), (other, SQUARE)):
        assert shared(one, two) == pytest.approx(area, abs=1e-13)
        assert shared(shapely.reverse(one), two) == pytest.approx(area, abs=1e-13)
        # The way that a ring runs, and the axis, are nobody's business.
        turned = (shapely.transform(shape, lambda xy: xy[:, ::-1]) for shape in (one, two))
        assert shared(*turned) == pytest.approx(area, abs=1e-13)


def test_edges_that_cross_away_from_corners() -> None:
    a, b, c = (0.0, 0.0), (21.0, 0.0), (0.0, 21.0)
    first = Polygon([a, b, (7.0, 14.0)])
    second = Polygon([b, c, (0.0, 7.0)])
    exact = first.intersection(second).area
    assert shared(first, second) == pytest.approx(exact, rel=1e-13)
    # Lines y = 2x and 3y = 21 - x cut at (3, 6); with b they bound what both triangles share.
    x, y = Fraction(3), Fraction(6)
    apex = Fraction(7), Fraction(14)
    bx, by = Fraction(21), Fraction(0)
    double = (x - bx) * (apex[1] - by) - (apex[0] - bx) * (y - by)
    assert shared(first, second) == pytest.approx(abs(float(double)) / 2, rel=1e-13)


@settings(max_examples=30)
@given(shapes_of_cells(), shapes_of_cells())
def test_cells_are_counted(one: Cells, two: Cells) -> None:
    """Shared, collinear and upright edges, corners on edges, holes, many parts: all at once."""
    found = shared(polygon(one), polygon(two)) / 1e6
    assert found == pytest.approx(len(one & two) * CELL_KM2, abs=1e-12)


@settings(max_examples=15)
@given(shapes_of_cells(), shapes_of_cells(), st.integers(-3000, 3000), st.integers(-3000, 3000))
def test_place_changes_nothing(one: Cells, two: Cells, east_km: int, north_km: int) -> None:
    here = [polygon(cells) for cells in (one, two)]
    there = [
        shapely.transform(s, lambda xy: np.add(xy, (1e3 * east_km, 1e3 * north_km))) for s in here
    ]
    # A 3000 km far origin leaves 5e-10 m of each corner; whole metres lose nothing.
    assert shared(*there) == shared(*here)


# Against GEOS ------------------------------------------------------------------------------------


def stars(seed: int, n: int = 60) -> NDArray[np.object_]:
    """Rough stars, some with holes or a second part, on and in each other."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        corners = int(rng.integers(5, 400))
        turn = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
        reach = rng.uniform(50, 400) * rng.uniform(0.5, 1.0, corners)
        unit = np.column_stack([np.cos(turn), np.sin(turn)])
        middle = rng.uniform(-400, 400, 2)
        holes = [0.4 * reach[:, None] * unit + middle] if rng.random() < 0.4 else []
        star = Polygon(reach[:, None] * unit + middle, holes)
        far = shapely.transform(star, lambda xy: np.add(xy, (2000.0, 0.0)))
        out.append(MultiPolygon([star, far]) if rng.random() < 0.3 else star)
    return np.array(out, dtype=object)


def both_ways(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left, right = np.triu_indices(len(shapes))
    blocks, found = blocks_of(rings_of(shapes)), np.empty(len(left))
    _outlines.over(_kernels.pair_areas, *arrays(blocks), split=(left, right, found))
    return found, shapely.area(shapely.intersection(shapes[left], shapes[right]))


@pytest.mark.parametrize("seed", range(5))
def test_stars_agree_with_geos(seed: int) -> None:
    shapes = stars(seed)
    assert shapely.is_valid(shapes).all()
    found, geos = both_ways(shapes)
    assert np.abs(found - geos).max() < 1e-7
    some = geos > 1.0
    assert some.sum() > 500
    assert np.abs(found / np.where(some, geos, 1.0) - 1)[some].max() < 1e-9


def test_slivers_agree_with_geos() -> None:
    """Near-duplicates, and neighbours that overlap by next to nothing."""
    near = []
    for k, star in enumerate(stars(7, 20)):
        moved = shapely.transform(star, lambda xy, k=k: np.add(xy, (10.0 ** -(k % 8), 0.0)))
        near += [star, moved, shapely.difference(moved, star)]
    near = np.array([s for s in near if s.geom_type in {"Polygon", "MultiPolygon"}], dtype=object)
    found, geos = both_ways(near)
    assert np.abs(found - geos).max() < 1e-6


def test_an_extent_shares_its_area_with_itself() -> None:
    shapes = stars(3)
    blocks, k = blocks_of(rings_of(shapes)), np.arange(len(shapes))
    found = np.empty(len(shapes))
    _outlines.over(_kernels.pair_areas, *arrays(blocks), split=(k, k, found))
    assert found == pytest.approx(shapely.area(shapes), rel=1e-12)
    assert blocks.area_m2 == pytest.approx(shapely.area(shapes), rel=1e-12)
    assert blocks.length_m == pytest.approx(shapely.length(shapes), rel=1e-12)


# Odd ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odd", "area"),
    [
        (Polygon([(0, 0), (5, 5), (9, 9)]), 0),  # flat
        (Polygon([(3, 3), (3, 3), (3, 3)]), 0),  # a point
        (Polygon([(0, 0), (10, 0), (10, 4), (20, 4), (10, 4), (10, 10), (0, 10)]), 100),  # a spike
        (Polygon([(0, 0), (0, 0), (10, 0), (10, 10), (10, 10), (0, 10)]), 100),  # corners twice
        (Polygon([(0, 0), (5e-324, 5), (10, 0)]), 25),  # next to upright
        (Polygon(), 0),
        (None, 0),
    ],
)
def test_odd_rings(odd: BaseGeometry | None, area: float) -> None:
    assert shared(SQUARE, odd) == pytest.approx(area, abs=1e-12)


def test_what_crosses_itself_counts_by_its_winding() -> None:
    """A bow-tie's two lobes run the other way round each other, so they cancel."""
    tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert shared(SQUARE, tie) == pytest.approx(0, abs=1e-12)
    by_a_hair = Polygon([(0, 0), (10, 0), (10, 10), (1e-9, 5), (0, 10), (-1e-9, 5)])
    assert abs(shared(box(-20, -20, 20, 20), by_a_hair) - by_a_hair.area) < 1e-7


def test_many_edges_that_begin_at_one_place() -> None:
    """A comb: all teeth begin at one x, and none ends before the others begin."""
    teeth = 300
    y = np.arange(2 * teeth + 1.0)
    x = np.where(np.arange(2 * teeth + 1) % 2, 1000.0, 0.0)
    comb = Polygon([(-1, 0), *zip(x, y, strict=True), (-1, 2 * teeth)])
    half = box(-5, 0, 500, 2 * teeth)
    assert shared(comb, half) == pytest.approx(shapely.area(comb.intersection(half)), rel=1e-12)


# Threads -----------------------------------------------------------------------------------------


def in_rounds(rounds: int, work: Callable[[int], NDArray[np.float64]]) -> set[bytes]:
    with ThreadPoolExecutor(2) as pool:
        return {found.tobytes() for found in pool.map(work, range(rounds))}


def test_threads_give_the_same_answers_a_thousand_times() -> None:
    shapes = stars(11, 12)
    left, right = np.triu_indices(len(shapes), 1)
    blocks = blocks_of(rings_of(shapes))
    fast = _kernels.compiled(_kernels.pair_areas)

    def once(_: int) -> NDArray[np.float64]:
        found = np.empty(len(left))
        fast(*arrays(blocks), left, right, found)
        return found

    assert len(in_rounds(1000, once)) == 1


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_the_size_of_chunks_changes_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = stars(12, 20)
    whole, _ = both_ways(shapes)
    monkeypatch.setattr(_outlines, "_CHUNK", chunk)
    pieces, _ = both_ways(shapes)
    assert pieces.tobytes() == whole.tobytes()
