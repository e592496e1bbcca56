"""Rasters as they come: several bands, turned, in degrees, with NaN; zones smaller than a cell."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from shapely import Polygon, box

from parkgeo import measure
from parkgeo.errors import SchemaError
from parkgeo.raster import concentration, shares

Writer = Callable[..., Path]
WEST, NORTH = 500_000, 3_350_000


def one(shape: Polygon, crs: str = "EPSG:4549") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shape], crs=crs)


@pytest.fixture
def bands(tmp_path: Path) -> Path:
    """Three bands of 4 × 4 cells; the second has no data in its upper half, by a value."""
    path = tmp_path / "bands.tif"
    cells = np.ones((3, 4, 4), np.uint8) * np.array([1, 2, 3], np.uint8)[:, None, None]
    cells[1, :2] = 0
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=4, count=3, dtype="uint8", nodata=0,
        crs="EPSG:4549", transform=Affine(10, 0, WEST, 0, -10, NORTH),
    ) as dataset:  # fmt: skip
        dataset.write(cells)
    return path


def test_the_band_that_is_asked_for(bands: Path) -> None:
    zone = one(box(WEST, NORTH - 40, WEST + 40, NORTH))
    for band, nodata in ((1, 0.0), (2, 0.5), (3, 0.0)):
        table = shares(bands, zone, band=band)
        assert table["class"].tolist() == [band]
        assert table["nodata"].iloc[0] == pytest.approx(nodata, abs=1e-5)
        assert table["share"].iloc[0] == pytest.approx(1 - nodata, abs=1e-5)
    row = concentration(bands, zone, classes=2, band=2).iloc[0]
    assert row["total"] == pytest.approx(8e-4, rel=1e-4)


@pytest.mark.parametrize("degrees", [30, 45, 90, 137, 180, 261.5])
def test_turned_rasters(write: Writer, degrees: float) -> None:
    rng = np.random.default_rng(4)
    cells = rng.integers(1, 5, (24, 24), dtype=np.uint8)
    east, north = 10 * np.cos(np.radians(degrees)), 10 * np.sin(np.radians(degrees))
    turned = Affine(east, north, WEST, north, -east, NORTH)
    # A zone in the middle of the raster, wherever that is.
    x, y = WEST + 12 * (east + north), NORTH + 12 * (north - east)
    corners = [(-70, -30), (60, -80), (85, 40), (-10, 20), (-50, 75)]
    zone = Polygon([(x + dx, y + dy) for dx, dy in corners])
    table = shares(write(cells, turned), one(zone)).set_index("class")
    row, col = np.mgrid[:24, :24]
    ring = [(0, 0), (1, 0), (1, 1), (0, 1)]
    at = np.stack([np.stack([col + dx, row + dy], axis=-1) for dx, dy in ring], axis=-2)
    xy = at @ np.array([[east, north], [north, -east]]) + [WEST, NORTH]
    area_m2 = shapely.area(shapely.intersection(shapely.polygons(xy.reshape(-1, 4, 2)), zone))
    expected = np.bincount(cells.ravel(), area_m2) / zone.area
    # Cells of one zone of 3° differ by 1e-8 within 200 m of its middle.
    assert table["share"].to_numpy() == pytest.approx(expected[1:], abs=1e-6)
    assert table["coverage"].to_numpy() == pytest.approx(1.0)


def test_a_raster_in_degrees_has_smaller_cells_in_the_north(write: Writer) -> None:
    cells = np.array([[1], [2]], np.uint8)
    path = write(cells, Affine(1, 0, 120, 0, -20, 60), "EPSG:4490")
    found = shares(path, one(box(120, 20, 121, 60), "EPSG:4490")).set_index("class")
    halves = gpd.GeoSeries([box(120, 40, 121, 60), box(120, 20, 121, 40)], crs="EPSG:4490")
    assert found["area_km2"].to_numpy() * 1e6 == pytest.approx(measure.area_m2(halves), rel=1e-12)
    # sin 60° - sin 40° beside sin 60° - sin 20° on a sphere.
    assert found["share"].loc[1] == pytest.approx(0.4262, abs=2e-3)


@pytest.mark.parametrize("said", [np.nan, None, -9999.0])
def test_what_is_no_number_is_no_data(write: Writer, said: float | None) -> None:
    cells = np.full((4, 4), 0.5, np.float32)
    cells[:2] = np.nan
    cells[3] = 0.5 if said is None or np.isnan(said) else said
    path = write(cells, nodata=said)
    table = concentration(path, one(box(WEST, NORTH - 40, WEST + 20, NORTH)))
    rows = int((cells[:, 0] == 0.5).sum())
    assert table["total"].iloc[0] == pytest.approx(rows * 4 * 100 / 2 / 1e6, rel=1e-4)
    assert table.attrs["nodata_km2"] == pytest.approx((4 - rows) * 4e-4, rel=1e-4)
    assert table["ratio"].iloc[0] == pytest.approx(0.5, abs=1e-4)


def test_infinite_cells_are_no_shares(write: Writer) -> None:
    path = write(np.full((4, 4), np.inf, np.float32))
    with pytest.raises(SchemaError, match="holds inf, which is no share"):
        concentration(path, one(box(WEST, NORTH - 40, WEST + 20, NORTH)))


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4549"])
def test_zones_smaller_than_a_cell(write: Writer, crs: str) -> None:
    cells = np.arange(16, dtype=np.uint8).reshape(4, 4)
    step = 0.01 if crs == "EPSG:4490" else 1000
    west, north = (120.0, 30.0) if crs == "EPSG:4490" else (WEST, NORTH)
    path = write(cells, Affine(step, 0, west, 0, -step, north), crs)
    # One in the middle of cell 5, one over the corner of 5, 6, 9 and 10, a quarter in each.
    inside = box(west + 1.4 * step, north - 1.6 * step, west + 1.5 * step, north - 1.5 * step)
    corner = box(west + 1.95 * step, north - 2.05 * step, west + 2.05 * step, north - 1.95 * step)
    zones = gpd.GeoDataFrame(geometry=[inside, corner], crs=crs)
    table = shares(path, zones)
    some = table[table["share"] > 1e-9].set_index(["zone", "class"])["share"]
    assert some.index.tolist() == [(0, 5), (1, 5), (1, 6), (1, 9), (1, 10)]
    # Cells of 1 km at 30° N grow by 1e-4 from row to row.
    assert some.to_numpy() == pytest.approx([1, 0.25, 0.25, 0.25, 0.25], abs=5e-5)
    areas = table.groupby("zone")["area_km2"].sum().to_numpy()
    assert areas * 1e6 == pytest.approx(measure.area_m2(zones).to_numpy(), rel=1e-4)
    assert table["coverage"].to_numpy() == pytest.approx(1.0)


def test_a_small_zone_on_the_corner_of_the_raster(write: Writer) -> None:
    zone = one(box(WEST - 1, NORTH - 1, WEST + 1, NORTH + 1))
    table = shares(write(np.ones((4, 4), np.uint8)), zone)
    assert table["coverage"].tolist() == pytest.approx([0.25], abs=1e-5)
    assert table["area_km2"].tolist() == pytest.approx([1e-6], rel=1e-4)


def test_zones_with_heights(write: Writer) -> None:
    flat = box(WEST + 5, NORTH - 35, WEST + 25, NORTH - 5)
    path = write(np.repeat(np.array([[1, 2]], np.uint8), 4, axis=0).repeat(2, axis=1))
    found = shares(path, one(shapely.force_3d(flat, 7.0)))
    assert found.equals(shares(path, one(flat)))
