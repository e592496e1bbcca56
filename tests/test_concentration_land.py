"""Many parcels: the bytes of a file straight into arrays, and overlaps on a grid of boxes."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box
from strategies import on_ground

from parkgeo import concentration, crs
from parkgeo._ground import COMPILE_ABOVE, Blocks, blocks_of, rings_of
from parkgeo.concentration._land import Land
from parkgeo.concentration._plane import POINTS, POLYGONS
from parkgeo.concentration._twice import near, twice_of
from parkgeo.errors import CRSMismatchError, GeometryError, MissingCRSError

SIDE = 72
N = SIDE * SIDE


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000)]
    return gpd.GeoDataFrame(geometry=on_ground(shapes), crs=4490)


@pytest.fixture(scope="module")
def land() -> gpd.GeoDataFrame:
    """Squares of 40 m that touch, on ground of 2.88 km; two of them have a neighbour's ground."""
    corners = 40.0 * np.array([(i, j) for i in range(SIDE) for j in range(SIDE)])
    boxes = np.hstack([corners, corners + 40.0])
    boxes[100, 2] += 10  # 400 m² of the square to the east
    boxes[2000, :2] -= 5  # 200 + 200 + 25 m² of those to the west, south and south-west
    frame = gpd.GeoDataFrame(
        {"parcel_id": np.arange(N), "town": np.where(np.arange(N) % 3, "x", "y")},
        geometry=on_ground(list(shapely.box(*boxes.T))),
        crs=4490,
    )
    assert frame.count_coordinates().sum() > COMPILE_ABOVE
    return frame


def test_many_parcels_of_a_file_answer_as_the_frame(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """By the formula: 2 squares of 2 km less 1 km² in common, of which 2.88 km hold 6.7744 km²."""
    land.to_parquet(tmp_path / "a.parquet", row_group_size=4500)
    found = concentration.ratio(tmp_path / "a.parquet", parks, by="town")
    expected = concentration.ratio(land, parks, by="town")
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
    whole = found.attrs["all"]
    union = 4 + 1.88**2 - 1
    assert whole["total"] == pytest.approx(2.88**2 + (400 + 425) / 1e6, rel=1e-9)
    assert whole["inside"] == pytest.approx(union, rel=1e-3)
    twice = expected.attrs["counted_twice"]
    assert twice["within"] == "all parcels"
    assert twice["area_km2"] == pytest.approx(825e-6, rel=1e-6)
    assert twice["n_parcels"] == 2 + 4


def test_overlaps_by_sums_are_those_of_geos(land: gpd.GeoDataFrame) -> None:
    shapes = np.asarray(crs.to_plane(land.geometry))
    by_geos, by_sums = twice_of(shapes), twice_of(blocks_of(rings_of(shapes)))
    assert by_sums.n_parcels == by_geos.n_parcels == 6
    assert by_sums.area_km2.head[0] == pytest.approx(by_geos.area_km2.head[0], rel=1e-6)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 30), st.integers(0, 9)),
        max_size=40,
    )
)
def test_near_boxes_are_those_that_have_ground_in_common(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    """Against every pair, one by one: thin, large and small, and one that has no place."""
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in drawn], dtype=float).reshape(-1, 4)
    boxes = np.vstack([boxes, [np.inf, np.inf, -np.inf, -np.inf]])
    expected = {
        (i, j)
        for i in range(len(drawn))
        for j in range(i + 1, len(drawn))
        if min(boxes[i, 2], boxes[j, 2]) > max(boxes[i, 0], boxes[j, 0])
        and min(boxes[i, 3], boxes[j, 3]) > max(boxes[i, 1], boxes[j, 1])
    }
    found = [tuple(pair) for pair in near(boxes).tolist()]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_one_box_over_all_others_does_not_fill_the_memory() -> None:
    n = 20_000
    low = np.random.default_rng(0).random((n, 2)) * 1e5
    boxes = np.vstack([np.hstack([low, low + 1e-3]), [0, 0, 1e5, 1e5]])
    pairs = near(boxes)
    assert (pairs[:, 1] == n).sum() == n


def of(land: gpd.GeoDataFrame) -> Land:
    column = pa.array(shapely.to_wkb(land.geometry.to_numpy()), pa.binary())
    return Land(pd.DataFrame(land.drop(columns="geometry")), column, land.crs)


def test_some_rows_are_placed_as_those_of_a_frame(land: gpd.GeoDataFrame) -> None:
    gaps = land.geometry.to_numpy().copy()
    gaps[[5, 700]] = None, shapely.Polygon()
    some = of(land.set_geometry(gpd.GeoSeries(gaps, crs=4490)))
    rows = np.flatnonzero(np.arange(N) % 50 != 1)
    placed = some.place(rows, origin=None, kinds=POLYGONS)
    assert isinstance(placed.outlines, Blocks)
    assert placed.rows.tolist() == [i for i, row in enumerate(rows) if row not in (5, 700)]
    expected = crs.to_plane(land.geometry).area.to_numpy()[rows[placed.rows]]
    np.testing.assert_allclose(placed.outlines.area_m2, expected, rtol=1e-7)


def test_points_among_many_are_for_geos(land: gpd.GeoDataFrame) -> None:
    mixed = land.geometry.to_numpy().copy()
    mixed[3] = Point(120.0, 30.0)
    some = of(land.set_geometry(gpd.GeoSeries(mixed, crs=4490)))
    with pytest.raises(GeometryError, match="found POINT in rows 3; points have no area"):
        some.place(np.arange(N), origin=None, kinds=POLYGONS)
    placed = some.place(np.arange(N), origin=None, kinds=(*POLYGONS, *POINTS))
    assert len(placed.rows) == N


def swapped(land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    geometry = land.geometry.to_numpy().copy()
    geometry[4321] = shapely.transform(geometry[4321], lambda xy: xy[:, ::-1])
    return land.set_geometry(gpd.GeoSeries(geometry, crs=4490))


def crossed(land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    geometry = land.geometry.to_numpy().copy()
    geometry[4321] = shapely.Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)])
    return land.set_geometry(gpd.GeoSeries(geometry, crs=4490))


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (swapped, CRSMismatchError, "swapped.* 4321"),
        (crossed, GeometryError, r"parcels: invalid geometries \(Self-inter.* in rows 4321; mend"),
        (lambda f: f.set_crs(None, allow_override=True), MissingCRSError, "CRS"),
        (lambda f: f.set_crs(4549, allow_override=True), CRSMismatchError, "degrees"),
    ],
)
def test_bad_bytes_are_refused_as_bad_shapes_are(
    land: gpd.GeoDataFrame, change: object, error: type[Exception], says: str
) -> None:
    some = of(change(land))  # type: ignore[operator]
    with pytest.raises(error, match=says):
        some.place(np.arange(N), origin=None, kinds=POLYGONS)


def test_parcels_in_a_projection(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    land.to_crs(4549).to_parquet(tmp_path / "a.parquet")
    found = concentration.ratio(tmp_path / "a.parquet", parks)["inside"].item()
    assert found == pytest.approx(concentration.ratio(land, parks)["inside"].item(), rel=1e-7)


def test_many_parcels_are_cut_by_districts(land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> None:
    """The border at 1004 m runs through 72 squares of 40 m: 36 of their 40 m lie east of it."""
    towns = gpd.GeoDataFrame(
        {"name": ["w", "e"]},
        geometry=on_ground([box(-9, -9, 1004, 4e3), box(1004, -9, 4e3, 4e3)]),
        crs=4490,
    )
    table = concentration.ratio(land, parks, by="name", districts=towns)
    city = concentration.ratio(land, parks)
    assert table["n_parcels"].tolist() == [(72 - 25) * 72, 26 * 72]
    assert table["total"].sum() == pytest.approx(city["total"].item(), rel=1e-12)
    assert table["inside"].sum() == pytest.approx(city["inside"].item(), rel=1e-12)
    extra_km2 = 400e-6  # number 100 lies in the west; number 2000 overlaps in the east
    assert table.loc["w", "total"] == pytest.approx(1.004 * 2.88 + extra_km2, rel=1e-6)
