"""Pairs by the kernel against pairs by GEOS, and on hostile input."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon, box
from strategies import on_ground

from parkgeo import crs, overlap
from parkgeo.errors import GeometryError
from parkgeo.overlap import _areas, _extents, _pairs

BOW_TIE = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])


@pytest.fixture
def by_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send even the smallest input to the kernels."""
    for module in (_areas, _extents):
        monkeypatch.setattr(module, "COMPILE_ABOVE", 0)


def rough(n: int = 60, corners: int = 40, seed: int = 4490) -> NDArray[np.object_]:
    """Stars on and in each other, near-duplicates, holes and second parts, within 6 km."""
    rng = np.random.default_rng(seed)
    out: list[shapely.Geometry] = []
    while len(out) < n:
        turn = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
        reach = rng.uniform(200, 800) * rng.uniform(0.6, 1.0, corners)
        unit = np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
        middle = rng.uniform(0, 6000, 2)
        holes = [0.5 * unit + middle] if len(out) % 4 == 0 else []
        star = Polygon(unit + middle, holes)
        out += [star, Polygon(0.3 * unit + middle), Polygon(1.0001 * unit + middle)]
        out.append(MultiPolygon([star, shapely.transform(star, lambda xy: np.add(xy, (7000, 0)))]))
    return rng.permutation(np.array(out[:n], dtype=object))


def frame_of(shapes: object, **columns: object) -> gpd.GeoDataFrame:
    ground = on_ground(shapes).to_numpy()
    names = [f"zone-{k:04d}" for k in range(len(ground))]
    return gpd.GeoDataFrame({"brand_id": names, **columns}, geometry=ground, crs="EPSG:4490")


def both_ways(frame: gpd.GeoDataFrame, **how: object) -> Iterator[pd.DataFrame]:
    for least in (10**9, 0):
        with pytest.MonkeyPatch.context() as patch:
            for module in (_areas, _extents):
                patch.setattr(module, "COMPILE_ABOVE", least)
            yield overlap.pairs(frame, **how)


def agree(one: pd.DataFrame, two: pd.DataFrame) -> None:
    for column in ("left", "right", "relation"):
        assert one[column].tolist() == two[column].tolist()
    for column in ("overlap_km2", "overlap_low_km2", "overlap_high_km2"):
        found, expected = two[column].to_numpy(), one[column].to_numpy()
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    for column in ("share_left", "share_right", "iou"):
        assert one[column].tolist() == pytest.approx(two[column].tolist(), rel=1e-8)
    assert one["significant"].equals(two["significant"])


@pytest.mark.parametrize("accuracy_m", [None, 5.0, 40.0])
def test_both_ways_agree(accuracy_m: float | None) -> None:
    frame = frame_of(rough()).assign(accuracy_m=accuracy_m)
    by_geos, by_sums = both_ways(frame)
    assert len(by_geos) > 100
    assert {"within", "contains", "partial"} <= set(by_geos["relation"])
    agree(by_geos, by_sums)
    assert by_sums.attrs["conservation"] <= 1e-9


def test_neighbours_in_a_town_of_squares_are_adjacent() -> None:
    """Borders in common, with corners at other places than the neighbour's, and a moved origin."""
    squares = [box(x, y, x + 90, y + 90) for x in range(0, 900, 90) for y in range(0, 900, 90)]
    turned = shapely.affinity.rotate(MultiPolygon(squares), 17, origin=(0, 0))
    by_geos, by_sums = both_ways(frame_of(turned.geoms))
    assert set(by_geos["relation"]) == {"adjacent"}
    assert len(by_geos) == 2 * 9 * 10 + 2 * 9 * 9
    agree(by_geos, by_sums)


def test_geometry_agrees_with_areas() -> None:
    frame = frame_of(rough())
    plain, drawn = overlap.pairs(frame), overlap.pairs(frame, geometry=True)
    agree(plain, drawn)
    assert drawn.is_valid.all()


@pytest.mark.usefixtures("by_kernel")
def test_geometry_that_the_kernel_does_not_confirm_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame, shared = frame_of(rough(8)), _areas.Grounds.shared_m2
    monkeypatch.setattr(
        _areas.Grounds, "shared_m2", lambda *at, **how: shared(*at, **how) * (1 + 1e-6)
    )
    for geometry in (True, False):
        with pytest.raises(GeometryError, match="differ by"):
            overlap.pairs(frame, geometry=geometry)


@pytest.mark.usefixtures("by_kernel")
def test_order_and_blocks_per_brand_change_nothing() -> None:
    frame = frame_of(rough(24))
    mixed = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(overlap.pairs(frame), overlap.pairs(mixed), rtol=1e-12)
    halves = frame.assign(brand_id=[f"brand-{k // 2}" for k in range(24)])
    one, two = both_ways(halves)
    agree(one, two)


@pytest.mark.usefixtures("by_kernel")
@pytest.mark.parametrize("code", [4490, 4326, 4549, 3857, "plane"])
def test_any_crs(code: int | str) -> None:
    frame = frame_of(rough(16))
    expected = overlap.pairs(frame)["overlap_km2"].to_numpy()
    there = (
        frame.set_geometry(crs.to_plane(frame)) if code == "plane" else frame.to_crs(epsg=int(code))
    )
    assert overlap.pairs(there)["overlap_km2"].to_numpy() == pytest.approx(expected, rel=1e-7)


# Hostile -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("by_kernel")
def test_an_invalid_row_is_named() -> None:
    frame = frame_of([*rough(8), BOW_TIE])
    with pytest.raises(GeometryError, match=r"Self-intersection.*rows 8.*parkgeo\.io\.repair"):
        overlap.pairs(frame)


@pytest.mark.usefixtures("by_kernel")
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_coordinate_that_is_no_number(number: float) -> None:
    frame = frame_of(rough(8))
    corners = shapely.get_coordinates(frame.geometry.iloc[3])[:9].copy()
    corners[[0, -1]] = corners[0]
    corners[4, 1] = number
    with np.errstate(invalid="ignore"):
        frame.loc[3, "geometry"] = Polygon(corners)
    with pytest.raises(GeometryError, match="rows 3"):
        overlap.pairs(frame)


@pytest.mark.usefixtures("by_kernel")
def test_a_ring_without_area_is_refused() -> None:
    flat = Polygon([(0, 0), (500, 500), (1000, 1000), (500, 500)])
    with pytest.raises(GeometryError, match="rows 4"):
        overlap.pairs(frame_of([*rough(4), flat]))


@pytest.mark.usefixtures("by_kernel")
def test_missing_and_empty_rows_and_repeated_labels_of_rows() -> None:
    frame = frame_of(rough(8)).set_axis(["x"] * 8)
    expected = overlap.pairs(frame.iloc[2:])
    frame.iloc[0, frame.columns.get_loc("geometry")] = None
    frame.iloc[1, frame.columns.get_loc("geometry")] = Polygon()
    found = overlap.pairs(frame)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)
    assert found.attrs["rows_without_geometry"] == ["x", "x"]


@pytest.mark.usefixtures("by_kernel")
def test_heights_and_a_hole_that_touches_its_shell() -> None:
    touching = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)], [[(0, 50), (50, 25), (50, 75)]])
    frame = frame_of([shapely.force_3d(touching, 5.0), box(0, 0, 100, 100), *rough(8)])
    row = overlap.pairs(frame).iloc[0]
    assert row["overlap_km2"] == pytest.approx((100 * 100 - 50 * 50 / 2) / 1e6, rel=1e-8)


@pytest.mark.usefixtures("by_kernel")
def test_both_sides_of_the_antimeridian() -> None:
    """Longitudes are taken as they are, so that a zone at 180° does not meet one at -180°."""
    shapes = [box(179.9, 10, 180, 10.1), box(-180, 10, -179.9, 10.1), box(179.95, 10, 180, 10.1)]
    frame = gpd.GeoDataFrame({"brand_id": list("abc")}, geometry=shapes, crs="EPSG:4490")
    table = overlap.pairs(frame)
    assert table[["left", "right"]].to_numpy().tolist() == [["a", "c"]]
    assert table["share_left"].tolist() == pytest.approx([0.5])


@pytest.mark.usefixtures("by_kernel")
def test_many_extents_on_the_same_ground() -> None:
    """Every pair of concentric squares: the lesser area, 19 900 times, in several queries."""
    sides = np.arange(1.0, 201.0)
    frame = frame_of(shapely.box(-sides, -sides, sides, sides))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pairs, "_QUERIED", 64)
        table = overlap.pairs(frame)
    assert len(table) == 200 * 199 // 2
    lesser = np.repeat((2 * sides) ** 2, np.arange(199, -1, -1)) / 1e6
    assert table["overlap_km2"].to_numpy() == pytest.approx(lesser, rel=1e-7, abs=1e-12)
    assert set(table["relation"]) == {"within"}


@pytest.mark.usefixtures("by_kernel")
def test_one_outline_of_many_corners() -> None:
    corners = 200_000
    turn = 2 * np.pi * np.arange(corners) / corners
    circle = Polygon(1000 * np.column_stack([np.cos(turn), np.sin(turn)]))
    frame = frame_of([circle, box(0, 0, 2000, 2000)])
    row = overlap.pairs(frame).iloc[0]
    assert row["overlap_km2"] == pytest.approx(np.pi / 4, rel=1e-8)


@pytest.mark.usefixtures("by_kernel")
def test_extents_too_large_to_draw_are_certified_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_pairs, "_MOST_VERTICES", 100)
    frame, shared = frame_of(rough(8)), _areas.Grounds.shared_m2
    assert overlap.pairs(frame).attrs["conservation"] <= 1e-9
    monkeypatch.setattr(
        _areas.Grounds, "shared_m2", lambda *at, **how: shared(*at, **how) * (1 - 1e-6)
    )
    with pytest.raises(GeometryError, match="differ by"):
        overlap.pairs(frame)


def test_a_crowd_on_the_same_ground_is_drawn_once() -> None:
    circle, square = Point(0, 0).buffer(1_000), box(0, 0, 2_000, 2_000)
    frame = frame_of([circle] * 60 + [square] * 59 + [box(2_000, 0, 3_000, 2_000)])
    for found in both_ways(frame, geometry=True):
        same = found[found["relation"] == "equal"]
        apart = found[found["relation"] == "partial"]
        beside = found[found["relation"] == "adjacent"]
        assert (len(same), len(apart), len(beside)) == (60 * 59 / 2 + 59 * 58 / 2, 60 * 59, 59)
        assert beside.geometry.isna().all()
        assert len({id(shape) for shape in found.geometry.dropna()}) == 3
        drawn_km2 = crs.to_plane(found.geometry).area / 1e6
        assert drawn_km2.fillna(0).tolist() == pytest.approx(found["overlap_km2"].tolist())


def test_two_threads_at_once_give_the_same_answers() -> None:
    """Geometry that GEOS has prepared must not be shared by threads: it crashes the process."""
    frame = frame_of(rough(24, corners=60))
    expected = overlap.pairs(frame), overlap.partition(frame)

    def ask(_: int) -> bool:
        return overlap.pairs(frame).equals(expected[0]) and overlap.partition(frame)[
            ["members", "area_km2"]
        ].equals(expected[1][["members", "area_km2"]])

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(ask, range(20)))
