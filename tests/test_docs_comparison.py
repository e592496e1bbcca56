"""The figures of the comparison with other tools, worked out again where the tool is a library."""

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from docs_pages import DOCS
from pyproj import Geod

import parkgeo as pg

SCI_TECH = "zijingang-sci-tech-city"
HI_TECH = "zijingang-hi-tech-park"
PLANE = "+proj=cea +lat_ts=0 +ellps=GRS80 +units=m"
PAGES = [
    pytest.param((DOCS / name).read_text("utf-8"), id=name)
    for name in ("comparison.md", "zh/comparison.md")
]


@pytest.fixture(scope="module")
def two() -> gpd.GeoDataFrame:
    """Return the brands that the table of areas is about."""
    parks = pg.datasets.hangzhou()
    return parks[parks["brand_id"].isin([SCI_TECH, HI_TECH])]


def shared(two: gpd.GeoDataFrame, crs: str) -> shapely.Geometry:
    """Cut the brands with GEOS, in the plane or the degrees of a CRS."""
    left, right = two.to_crs(crs).dissolve("brand_id").geometry
    return shapely.intersection(left, right)


def on_gcj02(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame as in a file on GCJ-02 that says nothing of it."""
    return pg.crs.to_datum(frame, "gcj02").set_crs("EPSG:4490", allow_override=True)


def official_km2(two: gpd.GeoDataFrame) -> float:
    return float(pg.overlap.pairs(two)["overlap_km2"].iloc[0])


def with_one_on_gcj02(two: gpd.GeoDataFrame) -> float:
    moved = two["brand_id"] == HI_TECH
    return official_km2(gpd.GeoDataFrame(pd.concat([two[~moved], on_gcj02(two[moved])])))


def geodesic_km2(two: gpd.GeoDataFrame) -> float:
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(
        shapely.orient_polygons(shared(two, "EPSG:4490"))
    )
    return area / 1e6


def planar_km2(crs: str) -> Callable[[gpd.GeoDataFrame], float]:
    return lambda two: float(shapely.area(shared(two, crs))) / 1e6


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "measured",
    [
        pytest.param(official_km2, id="official"),
        pytest.param(planar_km2(PLANE), id="plane"),
        pytest.param(geodesic_km2, id="geodesic"),
        pytest.param(planar_km2("EPSG:4549"), id="zone"),
        pytest.param(planar_km2("EPSG:32650"), id="utm"),
        pytest.param(planar_km2("EPSG:3857"), id="mercator"),
        pytest.param(with_one_on_gcj02, id="gcj02"),
    ],
)
def test_the_table_of_areas_says_what_is_measured(
    page: str, measured: Callable[[gpd.GeoDataFrame], float], two: gpd.GeoDataFrame
) -> None:
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")]
    table = {row[2]: row[3].strip("| ") for row in rows if len(row) == 4}
    area, official = measured(two), official_km2(two)
    found = f"{area:.6f}"
    assert found in table
    said = table[found].replace("−", "-").removesuffix(" %")
    assert float(said or 0) == pytest.approx((area / official - 1) * 100, rel=0.06, abs=1e-9)


@pytest.mark.parametrize("page", PAGES)
def test_sums_and_interval_are_those_of_the_extents(page: str) -> None:
    parks = pg.datasets.hangzhou()
    largest = pg.overlap.pairs(parks).nlargest(1, "overlap_km2").iloc[0]
    for area in (
        pg.measure.area_m2(parks).sum() / 1e6,
        pg.overlap.net_area_km2(parks),
        *largest[["overlap_km2", "overlap_low_km2", "overlap_high_km2"]],
    ):
        assert f"{area:.2f}" in page


@pytest.mark.parametrize("page", PAGES)
def test_shares_are_those_of_the_made_up_city(page: str) -> None:
    city = pg.datasets.synthetic_city()
    found = pg.concentration.ratio(city.parcels, city.parks, classes="industry").iloc[0]
    moved = pg.concentration.ratio(city.parcels, on_gcj02(city.parks), classes="industry").iloc[0]
    for share in (*found[["ratio", "ratio_low", "ratio_high"]], moved["ratio"]):
        assert f"{share * 100:.2f} %" in page
    assert f"{found['gap_mu']:.0f}" in page.replace("3 572", "3572")
    of_class = pg.concentration.ratio(city.parcels, city.parks, by="class_code")["ratio"]
    assert f"{of_class['100101']:.4f}" in page
