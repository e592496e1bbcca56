"""Shares of classes: areas by hand and by pyproj, what is unknown, what lies outside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import exactextract
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from pyproj import Geod, Transformer
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from parkgeo import crs, measure
from parkgeo._ground._threads import THREADS
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from parkgeo.raster import _coverage, _source, _sums, shares

Writer = Callable[..., Path]
WEST, NORTH = 500_000, 3_350_000


def over(bounds: tuple[float, ...], n: int) -> Affine:
    """Lay n × n cells over west, south, east, north."""
    west, south, east, north = bounds
    return Affine((east - west) / n, 0, west, 0, (south - north) / n, north)


def zones(*shapes: BaseGeometry, **columns: list[str]) -> gpd.GeoDataFrame:
    """Zones drawn in cells of 10 m, to the right and down from the raster's corner."""
    placed = [
        shapely.transform(shape, lambda xy: xy * [10, -10] + [WEST, NORTH]) for shape in shapes
    ]
    return gpd.GeoDataFrame(columns, geometry=placed, crs="EPSG:4549")


def of(table: pd.DataFrame, zone: object, name: str = "share") -> dict[Any, float]:
    rows = table[table.iloc[:, 0] == zone]
    return dict(zip(rows["class"], rows[name], strict=True))


@pytest.fixture
def halves(write: Writer) -> Path:
    """Class 1 in the left five columns, 2 in the right five; 255 has no data in a corner."""
    cells = np.ones((10, 10), np.uint8)
    cells[:, 5:] = 2
    cells[:2, :2] = 255
    return write(cells, nodata=255)


def test_shares_by_hand(halves: Path) -> None:
    table = shares(halves, zones(box(3, 4, 6.5, 6), box(0, 0, 4, 4)))
    assert of(table, 0) == pytest.approx({1: 2 / 3.5, 2: 1.5 / 3.5}, abs=1e-6)
    assert of(table, 1) == pytest.approx({1: 12 / 16, 2: 0}, abs=1e-6)
    assert table["nodata"].iloc[2:].to_numpy() == pytest.approx(4 / 16, abs=1e-6)
    assert table.attrs["nodata"] == "255"
    assert list(table) == ["zone", "class", "area_km2", "share", "coverage", "nodata"]


def test_area_is_the_official_one(halves: Path) -> None:
    zone = zones(box(1.5, 2.5, 9, 8.25))
    table = shares(halves, zone)
    official = measure.area_m2(zone).iloc[0] / 1e6
    assert table["area_km2"].sum() == pytest.approx(official, rel=1e-6)
    assert table.attrs["closure"] < 1e-6


def test_half_of_a_zone_outside(halves: Path) -> None:
    table = shares(halves, zones(box(8, 4, 12, 6), box(50, 50, 60, 60)))
    assert of(table, 0, "coverage") == pytest.approx({2: 0.5}, abs=1e-6)
    assert of(table, 0) == pytest.approx({2: 0.5}, abs=1e-6)
    assert of(table, 1, "coverage") == {2: 0}


def test_zones_that_meet_nothing_stay(halves: Path) -> None:
    table = shares(halves, zones(box(50, 50, 60, 60)))
    assert table["coverage"].tolist() == [0.0]
    assert table["class"].isna().all()


def test_a_zone_without_geometry_is_named(halves: Path) -> None:
    frame = zones(box(0, 4, 2, 6), box(0, 0, 1, 1)).rename(index={1: "lost"})
    frame.loc["lost", "geometry"] = None
    table = shares(halves, frame)
    assert table.attrs["without_geometry"] == ["lost"]
    assert table[table["zone"] == "lost"]["share"].isna().all()


def test_ground_of_a_brand_counts_once(halves: Path) -> None:
    frame = zones(box(2, 2, 6, 6), box(4, 4, 8, 8), box(0, 8, 1, 9), brand_id=["A", "A", "B"])
    table = shares(halves, frame, by="brand_id")
    # 16 + 16 - 4 cells; of them 9 + 3 - 1 + … by columns: x < 5 takes 12 and 4 - 2.
    assert of(table, "A", "area_km2") == pytest.approx({1: 14e-4, 2: 14e-4}, rel=1e-4)
    assert of(table, "B") == pytest.approx({1: 1, 2: 0}, abs=1e-6)


def test_names_groups_and_what_nobody_named(write: Writer) -> None:
    cells = np.repeat(np.array([[1, 2, 3, 9]], np.uint8), 4, axis=0)
    path = write(cells)
    zone = zones(box(0, 0, 4, 4))
    table = shares(path, zone, classes={"industry": [1, 2], "forest": 3, "water": 8})
    expected = {"industry": 0.5, "forest": 0.25, "water": 0, "unknown": 0.25}
    assert of(table, 0) == pytest.approx(expected, abs=1e-6)
    assert table.attrs["unknown"] == pytest.approx({9: 4e-4}, rel=1e-3)
    assert table.attrs["nodata"] is None
    assert (table["nodata"] == 0).all()
    turned = shares(path, zone, classes={1: "industry", 2: "industry", 3: "forest", 8: "water"})
    assert turned.equals(table)
    with pytest.raises(AmbiguousNameError, match="code 1"):
        shares(path, zone, classes={"a": 1, "b": [1, 2]})
    with pytest.raises(SchemaError, match="whole numbers"):
        shares(path, zone, classes={"a": 1.5})


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "int32", "uint32"])
def test_other_whole_numbers(write: Writer, dtype: str) -> None:
    codes = {"int8": -5, "int16": -300, "uint16": 60_000, "int32": -70_000, "uint32": 3_000_000_000}
    cells = np.full((6, 6), 7, dtype)
    cells[:3] = codes[dtype]
    table = shares(write(cells), zones(box(1, 1, 5, 4)))
    assert of(table, 0) == pytest.approx({codes[dtype]: 2 / 3, 7: 1 / 3}, abs=1e-6)


def test_more_classes_than_a_byte_holds(write: Writer) -> None:
    cells = np.arange(900, dtype=np.int16).reshape(30, 30)
    table = shares(write(cells), zones(box(0, 0, 30, 30)))
    assert len(table) == 900
    # Straight on the plane, an edge of 300 m lies 1e-4 of a cell beside the border of a row.
    assert table["share"].to_numpy() == pytest.approx(1 / 900, rel=2e-4)


def test_a_mask_takes_cells_away(write: Writer) -> None:
    mask = np.full((4, 4), 255, np.uint8)
    mask[0] = 0
    table = shares(write(np.ones((4, 4), np.uint8), mask=mask), zones(box(0, 0, 4, 4)))
    assert of(table, 0) == pytest.approx({1: 0.75}, abs=1e-6)
    assert table["nodata"].iloc[0] == pytest.approx(0.25, abs=1e-6)
    assert table.attrs["nodata"] == "mask"


def test_a_palette_is_read_by_its_numbers(write: Writer) -> None:
    path = write(np.full((3, 3), 4, np.uint8), colours={4: (255, 0, 0, 255)})
    assert of(shares(path, zones(box(0, 0, 3, 3))), 0) == {4: pytest.approx(1.0)}


GEOD = Geod(ellps="GRS80")


@pytest.mark.parametrize(
    ("code", "bounds"),
    [
        ("EPSG:4490", (120.0, 30.0, 120.2, 30.2)),
        ("EPSG:4326", (120.0, 30.0, 120.2, 30.2)),
        ("EPSG:4549", (640_000, 3_300_000, 660_000, 3_320_000)),
        ("EPSG:32651", (200_000, 3_330_000, 220_000, 3_350_000)),
        ("EPSG:3857", (13_360_000, 3_510_000, 13_380_000, 3_530_000)),
        ("ESRI:102025", (1_400_000, 3_400_000, 1_420_000, 3_420_000)),
    ],
)
def test_cells_have_official_areas_in_any_crs(
    write: Writer, code: str, bounds: tuple[float, ...]
) -> None:
    n = 400
    cells = np.repeat(np.arange(n, dtype=np.int16)[:, None], n, axis=1)
    path = write(cells, over(bounds, n), code)
    west, south, east, north = bounds
    x, y = np.array([0.2, 0.85, 0.6, 0.15]), np.array([0.1, 0.2, 0.9, 0.7])
    corners = np.column_stack([west + x * (east - west), south + y * (north - south)])
    edge = np.linspace(0, 1, 200, endpoint=False)[:, None]
    ring = np.concatenate(
        [a + edge * (b - a) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
    )
    table = shares(path, gpd.GeoDataFrame(geometry=[Polygon(ring)], crs=code))
    lon, lat = Transformer.from_crs(code, "EPSG:4490", always_xy=True).transform(*ring.T)
    expected_m2 = abs(GEOD.polygon_area_perimeter(lon, lat)[0])
    assert table["area_km2"].sum() * 1e6 == pytest.approx(expected_m2, rel=1e-6)
    assert table["share"].sum() == pytest.approx(1, abs=1e-12)


def test_zones_from_a_web_map(write: Writer) -> None:
    cells = np.zeros((200, 200), np.uint8)
    cells[:, 100:] = 1
    path = write(cells, over((120.0, 30.0, 120.1, 30.1), 200), "EPSG:4490")
    zone = gpd.GeoDataFrame(geometry=[box(120.04, 30.02, 120.06, 30.03)], crs="EPSG:4490")
    expected = of(shares(path, zone), 0)
    for datum in ("gcj02", "bd09"):
        assert of(shares(path, crs.to_datum(zone, datum)), 0) == pytest.approx(expected, abs=1e-6)
    # A raster that is itself on GCJ-02 lies elsewhere.
    moved = write(cells, over((120.0, 30.0, 120.1, 30.1), 200), crs.GCJ02.to_wkt())
    assert of(shares(moved, crs.to_datum(zone, "gcj02")), 0)[1] > expected[1] + 0.1


def test_south_up_rotated_and_sheared_rasters(write: Writer) -> None:
    rng = np.random.default_rng(1)
    cells = rng.integers(1, 4, (20, 20), dtype=np.uint8)
    zone = zones(Polygon([(3, 3), (16, 5), (14, 15), (5, 12)]))
    plain = of(shares(write(cells), zone), 0)
    up = Affine(10, 0, WEST, 0, 10, NORTH - 200)
    assert of(shares(write(cells[::-1], up), zone), 0) == pytest.approx(plain, abs=1e-9)
    # Columns to the south and rows to the east: the same cells, transposed.
    turned = Affine(0, 10, WEST, -10, 0, NORTH)
    assert of(shares(write(np.ascontiguousarray(cells.T), turned), zone), 0) == pytest.approx(
        plain, abs=1e-9
    )
    sheared = Affine(10, 3, WEST, 2, -10, NORTH)
    frame = zones(box(6, 6, 9, 9))
    found = shares(write(np.ones((40, 40), np.uint8), sheared), frame)
    assert found["coverage"].iloc[0] == 1
    assert found["area_km2"].iloc[0] == pytest.approx(measure.area_m2(frame)[0] / 1e6, rel=1e-6)


def test_across_the_date_line(write: Writer) -> None:
    cells = np.repeat(np.array([[1, 2]], np.uint8), 2, axis=0).repeat(10, 0).repeat(10, 1)
    # 170° E to 190° E: the second half is 180° to 170° W.
    path = write(cells, over((170, -10, 190, 10), 20), "EPSG:4326")
    parts = MultiPolygon([box(176, 0, 180, 1), box(-180, 0, -178, 1)])
    frame = gpd.GeoDataFrame(geometry=[parts, box(-176, 0, -174, 1)], crs="EPSG:4326")
    table = shares(path, frame)
    assert of(table, 0) == pytest.approx({1: 4 / 6, 2: 2 / 6}, abs=1e-9)
    assert of(table, 1) == pytest.approx({1: 0, 2: 1}, abs=1e-9)
    assert table["coverage"].to_numpy() == pytest.approx(1, abs=1e-9)


@pytest.fixture
def patchwork(tmp_path: Path) -> Path:
    """Tiled, 600 × 500 cells of 30 m in a 3° zone, twelve classes and some without data."""
    rng = np.random.default_rng(8)
    cells = rng.integers(0, 12, (60, 50), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
    cells[rng.random(cells.shape) < 0.01] = 255
    path = tmp_path / "tiled.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=500, height=600, count=1, dtype="uint8", nodata=255,
        crs="EPSG:4549", transform=Affine(30, 0, WEST, 0, -30, NORTH),
        tiled=True, blockxsize=64, blockysize=32, compress="deflate",
    ) as dataset:  # fmt: skip
        dataset.write(cells, 1)
    return path


@pytest.fixture
def many() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(3)
    shapes = []
    for _ in range(60):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 40))
        reach = rng.uniform(20, 1500) * rng.uniform(0.6, 1, 40)
        middle = np.array([WEST, NORTH - 18_000]) + rng.uniform(0, 15_000, 2)
        shapes.append(
            Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None] + middle)
        )
    return gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4549")


@pytest.mark.parametrize(("cells", "above"), [(1, 1e9), (5_000, 1e9), (1 << 22, 0), (5_000, 0)])
def test_windows_threads_and_loops_change_nothing(
    patchwork: Path, many: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch, cells: int, above: int
) -> None:
    plain = shares(patchwork, many)
    monkeypatch.setattr(_sums, "CELLS_IN_WINDOW", cells)
    monkeypatch.setattr(_sums, "COMPILE_ABOVE", above)
    other = shares(patchwork, many)
    assert other["area_km2"].to_numpy() == pytest.approx(plain["area_km2"], rel=1e-9, abs=1e-12)
    assert plain.groupby("zone")["share"].sum().to_numpy() == pytest.approx(
        (plain["coverage"] - plain["nodata"]).to_numpy()[::12], abs=1e-12
    )


def test_each_block_is_read_once_and_only_where_zones_are(
    patchwork: Path, many: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = np.zeros((600, 500), int)
    plain = _sums.Raster.read

    def counted(raster: _sums.Raster, window: _sums.Window) -> tuple[Any, Any]:
        read[window.row : window.row + window.rows, window.col : window.col + window.cols] += 1
        return plain(raster, window)

    monkeypatch.setattr(_sums.Raster, "read", counted)
    monkeypatch.setattr(_sums, "CELLS_IN_WINDOW", 20_000)
    shares(patchwork, many)
    assert read.max() == 1
    read[:] = 0
    shares(patchwork, zones(box(300, 300, 330, 330)))
    assert 0 < read.sum() <= 4 * 64 * 32


def test_what_gdal_keeps_is_let_go(
    patchwork: Path, many: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = shares(patchwork, many)
    opened: list[str] = []
    plain_open = _source._opened

    def counted(name: str) -> object:
        opened.append(name)
        return plain_open(name)

    monkeypatch.setattr(_source, "_opened", counted)
    monkeypatch.setattr(_sums, "CELLS_IN_WINDOW", 5_000)
    shares(patchwork, many)
    # Once to look at it, and once for each thread.
    assert len(opened) <= 1 + THREADS
    opened.clear()
    monkeypatch.setattr(_source, "_KEPT_BYTES", 20_000)
    other = shares(patchwork, many)
    assert len(opened) > 10
    assert other["area_km2"].to_numpy() == pytest.approx(plain["area_km2"], rel=1e-9, abs=1e-12)


def test_fractions_against_exactextract(patchwork: Path, many: gpd.GeoDataFrame) -> None:
    # Long edges are straight on the plane and not in the raster's CRS; short ones are both.
    short = many.assign(geometry=many.segmentize(30))
    table = shares(patchwork, short)
    found = table["area_km2"].to_numpy().reshape(len(many), -1)
    peers = exactextract.exact_extract(
        str(patchwork), short, ["unique", "frac", "count"], output="pandas"
    )
    for k, (codes, share, count) in enumerate(
        zip(peers["unique"], peers["frac"], peers["count"], strict=True)
    ):
        expected = np.zeros(12)
        expected[np.asarray(codes, dtype=int)] = np.asarray(share) * count
        # Cells of 900 m², up to the scale of the 3° zone, 1 + x²/R² at x = 15 km: 6e-6.
        assert found[k] / 900e-6 == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_an_open_dataset_and_several_bands(halves: Path) -> None:
    zone = zones(box(3, 4, 6.5, 6))
    with rasterio.open(halves) as dataset:
        table = shares(dataset, zone)
        assert not dataset.closed
        with pytest.raises(SchemaError, match="no band 2"):
            shares(dataset, zone, band=2)
    assert table.equals(shares(str(halves), zone))
    with pytest.raises(SchemaError, match="is closed"):
        shares(dataset, zone)


def test_a_column_that_is_not_there(halves: Path) -> None:
    with pytest.raises(UnknownNameError, match="brand"):
        shares(halves, zones(box(0, 0, 1, 1), name=["a"]), by="brand")


def test_little_work_needs_no_compiler(halves: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("compiled")

    monkeypatch.setattr(_coverage._kernels, "compiled", refuse)
    found = shares(halves, zones(box(0, 0, 9, 9)))
    assert len(found) > 0
