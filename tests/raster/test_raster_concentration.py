"""Concentration from a raster: by hand, as from the parcels that the raster was made from."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from conftest import from_metres
from shapely import box
from shapely.geometry.base import BaseGeometry

from parkgeo import concentration, datasets, io, measure, raster
from parkgeo.errors import GeometryError, SchemaError

Writer = Callable[..., Path]
WEST, NORTH = 500_000, 3_350_000


def ground(*shapes: BaseGeometry, **columns: list[object]) -> gpd.GeoDataFrame:
    """Shapes drawn in cells of 10 m, to the right and down from the raster's corner."""
    placed = [shapely.transform(s, lambda xy: xy * [10, -10] + [WEST, NORTH]) for s in shapes]
    return gpd.GeoDataFrame(columns, geometry=placed, crs="EPSG:4549")


@pytest.fixture
def town(write: Writer) -> Path:
    """Industry (5) in a block of 4 × 4 cells and in another of 2 × 2; 255 has no data."""
    cells = np.zeros((20, 20), np.uint8)
    cells[2:6, 2:6] = 5
    cells[12:14, 12:14] = 5
    cells[:, 19] = 255
    return write(cells, nodata=255)


def test_concentration_by_hand(town: Path) -> None:
    # Two overlapping brands cover the left three columns of the block of four: 12 of 20 cells.
    parks = ground(box(0, 0, 4, 10), box(2, 0, 5, 10), accuracy_m=[0.0, 0.0])
    table = raster.concentration(town, parks, classes=5)
    row = table.iloc[0]
    assert row["total"] == pytest.approx(20e-4, rel=1e-4)
    assert row["ratio"] == pytest.approx(0.6, abs=1e-5)
    assert row["ratio_low"] == row["ratio"] == row["ratio_high"]
    assert row["gap"] == pytest.approx(2e-4, rel=1e-3)
    assert row["gap_mu"] == pytest.approx(0.3, rel=1e-3)
    assert row["n_cells"] == 20
    assert table.attrs["nodata_km2"] == pytest.approx(20e-4, rel=1e-4)
    assert table.attrs["outside_raster_km2"] == 0


def test_columns_are_those_of_parcels(town: Path) -> None:
    parks = ground(box(0, 0, 4, 10), accuracy_m=[1.0])
    table = raster.concentration(town, parks, classes=[5])
    parcels = ground(box(2, 2, 6, 6), box(12, 12, 14, 14))
    expected = concentration.ratio(parcels, parks)
    assert list(table) == [*list(expected)[:-1], "n_cells"]
    for name in ("total", "inside", "ratio", "ratio_low", "ratio_high", "gap", "gap_mu"):
        assert table[name].iloc[0] == pytest.approx(expected[name].iloc[0], rel=2e-5), name
    assert table["ratio_low"].iloc[0] < table["ratio"].iloc[0] < table["ratio_high"].iloc[0]


def test_districts_add_up_to_the_city(town: Path) -> None:
    parks = ground(box(0, 0, 4, 10), box(12, 0, 13, 20), accuracy_m=[2.0, 2.0])
    districts = ground(box(0, 0, 10, 20), box(10, 0, 20, 20), name=["west", "east"])
    table = raster.concentration(town, parks, classes=5, within=districts, by="name")
    city = raster.concentration(town, parks, classes=5, within=districts).iloc[0]
    assert table.index.tolist() == ["east", "west"]
    assert table.loc["west", "ratio"] == pytest.approx(0.5, abs=1e-5)
    assert table.loc["east", "ratio"] == pytest.approx(0.5, abs=1e-5)
    for name in ("total", "inside", "n_cells"):
        assert table[name].sum() == pytest.approx(city[name], rel=1e-9)


def test_a_zone_more_never_lowers_the_ratio(town: Path) -> None:
    ratios = [
        raster.concentration(town, ground(*(box(k, 0, k + 3, 15) for k in range(n))), classes=5)[
            "ratio"
        ].iloc[0]
        for n in range(1, 8)
    ]
    assert all(0 <= a <= b + 1e-12 for a, b in pairwise(ratios))


def test_unknown_accuracy_gives_no_interval(town: Path) -> None:
    row = raster.concentration(town, ground(box(0, 0, 4, 4)), classes=5).iloc[0]
    assert row[["ratio_low", "ratio_high"]].isna().all()


def test_shares_of_cells(write: Writer) -> None:
    cells = np.zeros((4, 4), np.float32)
    cells[0] = 0.5
    cells[1] = 1.0
    cells[2] = np.nan
    table = raster.concentration(write(cells), ground(box(0, 0, 2, 1)))
    assert table["total"].iloc[0] == pytest.approx(6e-4, rel=1e-4)
    assert table["ratio"].iloc[0] == pytest.approx(1 / 6, abs=1e-4)
    assert table["n_cells"].iloc[0] == 8
    assert table.attrs["nodata_km2"] == pytest.approx(4e-4, rel=1e-4)


@pytest.mark.parametrize("how", ["said", "given"])
def test_shares_in_percent(write: Writer, how: str) -> None:
    path = write(np.full((4, 4), 25, np.uint8), scale=0.01 if how == "said" else None)
    parks = ground(box(0, 0, 1, 4))
    table = raster.concentration(path, parks, scale=None if how == "said" else 0.01)
    assert table["total"].iloc[0] == pytest.approx(4e-4, rel=1e-4)
    assert table["ratio"].iloc[0] == pytest.approx(0.25, abs=1e-4)


def test_numbers_that_are_no_shares(write: Writer) -> None:
    path = write(np.full((4, 4), 25, np.uint8))
    with pytest.raises(SchemaError, match=r"holds 25.*scale=.*classes="):
        raster.concentration(path, ground(box(0, 0, 1, 4)))


def test_districts_are_needed_to_group(town: Path) -> None:
    with pytest.raises(SchemaError, match="within="):
        raster.concentration(town, ground(box(0, 0, 1, 1)), classes=5, by="name")


def test_districts_that_overlap_are_refused(town: Path) -> None:
    districts = ground(box(0, 0, 11, 20), box(10, 0, 20, 20), name=["west", "east"])
    parks = ground(box(0, 0, 4, 10))
    with pytest.raises(GeometryError, match=r"'east' and 'west' by 0\.002 km².*count twice"):
        raster.concentration(town, parks, classes=5, within=districts, by="name")
    # Without names they are one city, whose ground counts once.
    city = raster.concentration(town, parks, classes=5, within=districts).iloc[0]
    assert city["total"] == pytest.approx(20e-4, rel=1e-4)


def test_parts_of_one_district_may_overlap(town: Path) -> None:
    parts = ground(
        box(0, 0, 8, 20), box(6, 0, 10, 20), box(10, 0, 20, 20), name=["west", "west", "east"]
    )
    table = raster.concentration(town, ground(box(0, 0, 4, 10)), classes=5, within=parts, by="name")
    assert table["total"].to_numpy() == pytest.approx([4e-4, 16e-4], rel=1e-3)


def test_digits_lost_along_a_border_are_no_overlap(town: Path) -> None:
    # A tenth of a millimetre along 200 m, beside 40 000 m².
    districts = ground(box(0, 0, 10.00001, 20), box(10, 0, 20, 20), name=["west", "east"])
    table = raster.concentration(
        town, ground(box(0, 0, 4, 10)), classes=5, within=districts, by="name"
    )
    assert table["total"].sum() == pytest.approx(20e-4, rel=1e-4)


def test_nothing_of_the_class_is_there(town: Path) -> None:
    row = raster.concentration(town, ground(box(0, 0, 1, 1)), classes=77).iloc[0]
    assert row["total"] == 0
    assert np.isnan(row["ratio"])


def test_no_zone_at_all(town: Path) -> None:
    row = raster.concentration(town, ground(box(0, 0, 1, 1)).iloc[:0], classes=5).iloc[0]
    assert row["total"] == pytest.approx(20e-4, rel=1e-4)
    assert row["ratio"] == row["ratio_high"] == 0


def test_a_district_without_geometry_has_nothing(town: Path) -> None:
    districts = ground(box(0, 0, 10, 20), box(10, 0, 20, 20), name=["west", None])
    districts.loc[0, "geometry"] = None
    parks = ground(box(12, 0, 13, 20), accuracy_m=[0.0])
    table = raster.concentration(town, parks, classes=5, within=districts, by="name")
    assert table.index.isna().tolist() == [False, True]
    assert table["total"].iloc[0] == 0
    assert table["ratio"].iloc[1] == pytest.approx(0.5, abs=1e-5)


def test_zones_beyond_the_raster_are_measured(town: Path) -> None:
    table = raster.concentration(town, ground(box(-4, 0, 4, 10)), classes=5)
    assert table.attrs["outside_raster_km2"] == pytest.approx(40e-4, rel=1e-3)


def test_the_bundled_grid_says_what_it_is() -> None:
    path = datasets.hangzhou_industrial_share()
    assert path.stat().st_size < 300_000
    with rasterio.open(path) as dataset:
        assert dataset.tags()["TIFFTAG_COPYRIGHT"] == datasets.ATTRIBUTION
        assert "incomplete" in dataset.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        assert dataset.transform.a == 100
        assert dataset.crs.to_epsg() == 4549


def test_the_bundled_grid_gives_a_ratio() -> None:
    parks = datasets.hangzhou()
    row = raster.concentration(datasets.hangzhou_industrial_share(), parks).iloc[0]
    assert 0 < row["ratio_low"] <= row["ratio"] <= row["ratio_high"] < 0.1
    inside = raster.shares(datasets.hangzhou_industrial_share(), parks)
    assert inside.groupby(inside.columns[0])["share"].sum().to_numpy() == pytest.approx(1, abs=1e-9)


@pytest.mark.shared
def test_the_bundled_grid_has_the_area_of_its_polygons(shared_data: Path) -> None:
    land = io.read(shared_data / "osm" / "hangzhou_landuse_2019.parquet")
    industrial = land[land["fclass"] == "industrial"]
    union = gpd.GeoSeries([industrial.union_all()], crs=industrial.crs)
    official_km2 = measure.area_m2(union).iloc[0] / 1e6
    parks = datasets.hangzhou()
    row = raster.concentration(datasets.hangzhou_industrial_share(), parks).iloc[0]
    # 9 884 cells, each rounded to a square metre: 0.29 m² × √9884 ≈ 29 m², at most 0.005 km².
    assert row["total"] == pytest.approx(official_km2, abs=3e-4)
    parcels = concentration.ratio(industrial.dissolve(), parks).iloc[0]
    # Within a cell the raster does not know where the land lies.
    assert row["inside"] == pytest.approx(parcels["inside"], rel=0.01)


def test_a_town_on_the_plane_itself(write: Writer) -> None:
    cells = np.zeros((40, 40), np.uint8)
    cells[:20, :20] = 1
    east, north = 13_358_000.0, 3_170_000.0
    path = write(cells, Affine(100, 0, east, 0, -100, north + 4_000), "+proj=cea +ellps=GRS80")
    zone = gpd.GeoDataFrame(geometry=[from_metres(box(0, 1_500, 1_050, 4_000))], crs="EPSG:4490")
    row = raster.concentration(path, zone, classes=1).iloc[0]
    assert row["total"] == pytest.approx(4.0, rel=1e-9)
    # PROJ's inverse of the plane, with which the zone was drawn, is a millimetre off.
    assert row["inside"] == pytest.approx(1.05 * 2.0, rel=2e-6)
