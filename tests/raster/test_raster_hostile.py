"""What cannot be measured is refused, with what was found and what to do."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window
from shapely import Point, Polygon, box

from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    SchemaError,
)
from parkgeo.raster import concentration, shares

Writer = Callable[..., Path]
ONES = np.ones((8, 8), np.uint8)
INSIDE = gpd.GeoDataFrame(geometry=[box(500_010, 3_349_950, 500_050, 3_349_990)], crs="EPSG:4549")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.tif"):
        shares(tmp_path / "nothing.tif", INSIDE)


def test_a_file_that_is_no_raster(tmp_path: Path) -> None:
    path = tmp_path / "text.tif"
    path.write_text("this is no TIFF")
    with pytest.raises(SchemaError, match="no raster that can be read"):
        shares(path, INSIDE)


def test_a_raster_cut_short(write: Writer) -> None:
    rng = np.random.default_rng(0)
    path = write(rng.integers(0, 9, (512, 512), dtype=np.uint8), compress="deflate")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    zone = gpd.GeoDataFrame(geometry=[box(500_010, 3_345_000, 505_000, 3_349_990)], crs="EPSG:4549")
    with pytest.raises(SchemaError, match=r"cannot be read|no raster"):
        shares(path, zone)


def test_no_object_that_could_be_a_raster() -> None:
    with pytest.raises(SchemaError, match="path or an open rasterio dataset, not a ndarray"):
        shares(ONES, INSIDE)


def test_no_crs(write: Writer) -> None:
    with pytest.raises(MissingCRSError, match="none is guessed"):
        shares(write(ONES, crs=None), INSIDE)


def test_no_transform(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.tif"
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(
        path, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8", crs="EPSG:4549"
    ) as dataset:  # fmt: skip
        dataset.write(ONES, 1)
    with pytest.raises(SchemaError, match="where its cells lie"):
        shares(path, INSIDE)


def test_zones_without_crs(write: Writer) -> None:
    with pytest.raises(MissingCRSError):
        shares(write(ONES), gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_measurements_are_no_classes(write: Writer, dtype: str) -> None:
    with pytest.raises(SchemaError, match=f"holds {dtype}, which are no classes"):
        shares(write(ONES.astype(dtype)), INSIDE)


def test_complex_numbers(write: Writer) -> None:
    with pytest.raises(SchemaError, match="neither classes nor shares"):
        shares(write(ONES.astype(np.complex64)), INSIDE)


def test_elevations_are_no_classes(write: Writer) -> None:
    cells = np.arange(100 * 100, dtype=np.int16).reshape(100, 100)
    zone = gpd.GeoDataFrame(geometry=[box(500_000, 3_349_000, 501_000, 3_350_000)], crs="EPSG:4549")
    with pytest.raises(SchemaError, match="measurements and not classes"):
        shares(write(cells), zone)


def test_metres_said_to_be_degrees(write: Writer) -> None:
    with pytest.raises(CRSMismatchError):
        shares(write(ONES, crs="EPSG:4490"), INSIDE)


def test_an_old_datum(write: Writer) -> None:
    with pytest.raises(CRSMismatchError, match="50 to 150 m"):
        shares(write(ONES, crs="EPSG:2385"), INSIDE)


def test_more_than_the_earth(write: Writer) -> None:
    path = write(np.ones((18, 37), np.uint8), Affine(10, 0, -180, 0, -10, 90), "EPSG:4326")
    with pytest.raises(SchemaError, match="more than once around"):
        shares(path, INSIDE)


def test_the_whole_earth_adds_up(write: Writer) -> None:
    path = write(np.ones((180, 360), np.uint8), Affine(1, 0, -180, 0, -1, 90), "EPSG:4326")
    earth = gpd.GeoDataFrame(geometry=[box(-180, -90, 180, 90)], crs="EPSG:4326")
    # Area of the GRS 80 ellipsoid (Moritz 2000).
    assert shares(path, earth)["area_km2"].sum() == pytest.approx(510_065_621.724, rel=1e-9)


@pytest.mark.parametrize(
    "shape",
    [
        Polygon(
            [(500_000, 3_349_990), (500_040, 3_349_950), (500_040, 3_349_990), (500_000, 3_349_950)]
        ),
        Point(500_020, 3_349_970),
    ],
)
def test_shapes_that_have_no_area_to_defend(write: Writer, shape: Polygon | Point) -> None:
    with pytest.raises(GeometryError, match=r"rows 'bad'"):
        shares(write(ONES), gpd.GeoDataFrame(geometry=[shape], index=["bad"], crs="EPSG:4549"))


def test_no_zones_at_all(write: Writer) -> None:
    assert len(shares(write(ONES), INSIDE.iloc[:0])) == 0


def test_a_name_that_the_result_needs(write: Writer) -> None:
    with pytest.raises(SchemaError, match="rename it"):
        shares(write(ONES), INSIDE.assign(share="a"), by="share")


def test_the_given_frames_stay_as_they_are(write: Writer) -> None:
    before = INSIDE.copy(deep=True)
    shares(write(ONES), INSIDE)
    assert INSIDE.equals(before)


@pytest.mark.parametrize("band", [0, 2, 1.0, "1", None, True])
def test_a_band_that_is_not_there(write: Writer, band: object) -> None:
    with pytest.raises(SchemaError, match="has bands 1 to 1, and no band"):
        shares(write(np.ones((4, 4), np.uint8)), INSIDE, band=band)  # type: ignore[arg-type]


@pytest.mark.parametrize("nodata", [np.nan, np.inf, 0.5, 256, -1, "0", [0, 1], True])
def test_no_data_that_no_cell_can_hold(write: Writer, nodata: object) -> None:
    path = write(np.ones((4, 4), np.uint8))
    with pytest.raises(SchemaError, match="nodata must be one number that cells of type uint8 can"):
        shares(path, INSIDE, nodata=nodata)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0, -0.01, np.nan, np.inf, "0.01", True])
def test_a_scale_that_is_none(write: Writer, scale: object) -> None:
    path = write(np.ones((4, 4), np.uint8))
    with pytest.raises(SchemaError, match="scale must be a number above 0"):
        concentration(path, INSIDE, scale=scale)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [2**63, 2**64 - 1, -(2**63)])
def test_codes_that_would_turn_into_others(write: Writer, code: int) -> None:
    cells = np.full((4, 4), code, np.uint64 if code > 0 else np.int64)
    with pytest.raises(SchemaError, match="holds codes beyond ±2⁶³"):
        shares(write(cells), INSIDE)


def test_names_are_no_codes(write: Writer) -> None:
    """Keys would count as industry, whatever they are called."""
    path = write(np.ones((4, 4), np.uint8))
    with pytest.raises(SchemaError, match="codes of a raster are whole numbers"):
        concentration(path, INSIDE, classes={1: "industry", 2: "water"})


def test_a_raster_larger_than_memory(tmp_path: Path) -> None:
    """10 billion cells of which a file keeps one block; only what the zone meets is read."""
    path, size = tmp_path / "sparse.tif", 100_000
    options = {"tiled": True, "blockxsize": 512, "blockysize": 512, "SPARSE_OK": "TRUE"}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="uint8",
        crs="EPSG:4549",
        transform=Affine(1, 0, 450_000, 0, -1, 3_400_000),
        **options,
    ) as dataset:
        cells = np.full((512, 512), 7, np.uint8)
        dataset.write(cells, 1, window=Window(512 * 97, 512 * 97, 512, 512))
    assert path.stat().st_size < 2_000_000
    corner = 512 * 97
    x, y = 450_000 + corner, 3_400_000 - corner
    zone = gpd.GeoDataFrame(geometry=[box(x - 512, y - 512, x + 512, y)], crs="EPSG:4549")
    found = shares(path, zone).set_index("class")["share"]
    # Within a kilometre, cells of a Gauss-Krüger zone measure the same to 1e-5.
    assert found.to_dict() == pytest.approx({0: 0.5, 7: 0.5}, abs=2e-5)
