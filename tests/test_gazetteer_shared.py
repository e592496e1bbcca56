"""The names of the published bounds in real files of three years, and in raw OpenStreetMap data."""

from importlib.resources import files
from io import StringIO
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from parkgeo import crs, gazetteer, tables
from parkgeo.gazetteer import Gazetteer

pytestmark = pytest.mark.shared

FILES = (
    "hangzhou_highways_2026",
    "hangzhou_railways_2026",
    "hangzhou_waterways_2026",
    "hangzhou_named_roads_2024",
    "hangzhou_roads_2019",
    "hangzhou_water_2019",
    "hangzhou_core_admin_2026",
)
ZIJINGANG = Point(120.06, 30.32)


@pytest.fixture(scope="module")
def hangzhou(shared_data: Path) -> Gazetteer:
    paths = [shared_data / "osm" / f"{name}.parquet" for name in FILES]
    return gazetteer.read(*paths, aliases="hangzhou")


def km_to_zijingang(found: gpd.GeoDataFrame) -> pd.Series:
    here = gpd.GeoSeries([ZIJINGANG], crs="EPSG:4490").to_crs("EPSG:4549").iloc[0]
    return found.to_crs("EPSG:4549").distance(here) / 1000


def test_lines_pass_the_schema(hangzhou: Gazetteer) -> None:
    tables.validate_lines(hangzhou.lines)
    # 38 800 + 7 732 + 9 380 + 1 698 + 1 746 lines and 2 721 areas of water, most without a name.
    assert hangzhou.dropped["no name"] == 28_584 + 874 + 1_234 + 2_670
    assert hangzhou.lines["kind"].value_counts().index[0] == "road"


@pytest.mark.parametrize(
    "name",
    ["紫荆花北路", "余杭塘河", "杭长高速", "墩余路", "灯彩街", "振华路", "下确桥港", "绕城高速"],
)
def test_names_that_are_there(hangzhou: Gazetteer, name: str) -> None:
    found = hangzhou.find(name)
    assert (found["score"] == 1.0).any()
    assert km_to_zijingang(found[found["score"] == 1.0]).min() < 6


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("吉鸿路", {"吉鸿路支线"}),
        ("留祥快速路", {"石祥西路", "留石快速路", "留石高架路"}),
        ("振华西路", {"振华路"}),
        ("杭长高速", {"杭长高速", "杭长宜高速"}),
        ("杭长高速公路", {"杭长高速", "杭长宜高速"}),
        ("绕城高速", {"绕城高速", "长深高速"}),
    ],
)
def test_names_under_another_name(hangzhou: Gazetteer, name: str, others: set[str]) -> None:
    found = hangzhou.find(name)
    sure = found[(found["score"] >= 0.9) & (km_to_zijingang(found) < 12)]
    assert set(sure["name"]) == others


@pytest.mark.parametrize("name", ["荆大路", "云霄路", "良祥路", "油车桥港", "宣杭铁路"])
def test_names_that_are_in_no_file(hangzhou: Gazetteer, name: str) -> None:
    assert not (hangzhou.find(name)["score"] >= 0.5).any()
    assert hangzhou.suggest(name)


@pytest.mark.parametrize("name", ["云涛南路", "云涛北路"])
def test_false_friends_are_far_off(hangzhou: Gazetteer, name: str) -> None:
    found = hangzhou.find(name)
    exact = found[found["via"] == "exact"]
    assert len(exact) == 1
    assert km_to_zijingang(exact).iloc[0] > 25


def test_a_road_of_three_years_is_one_place(hangzhou: Gazetteer) -> None:
    road = hangzhou.find("紫荆花北路").iloc[0]
    assert len(road["sources"]) == 3
    lines = hangzhou.lines[hangzhou.lines["name"] == "紫荆花北路"].to_crs("EPSG:4549")
    copies = lines.length.groupby(lines["source"]).sum()
    assert copies.max() <= road["length_m"] < 1.25 * copies.max() < copies.sum()


def test_the_same_lines_twice_are_the_same_places(hangzhou: Gazetteer) -> None:
    twice = Gazetteer(pd.concat([hangzhou.lines] * 2, ignore_index=True), hangzhou.aliases)
    for name in ("绕城高速", "振华路", "人民路"):
        one, other = hangzhou.find(name), twice.find(name)
        assert other["place"].tolist() == one["place"].tolist()
        assert other["n_lines"].tolist() == (2 * one["n_lines"]).tolist()


def test_raw_openstreetmap_data_with_its_other_names(shared_data: Path) -> None:
    gaz = gazetteer.read(shared_data / "osm" / "hangzhou_osm_water_2026.osm.pbf")
    river = gaz.find("京杭运河", kind="river").iloc[0]
    assert (river["name"], river["via"]) == ("京杭运河", "alias")
    lake = gaz.find("西湖", kind="river").iloc[0]
    assert lake["outline"]
    assert set(gaz.lines["kind"]) == {"river"}


def test_borders_of_districts_that_stand_on_gcj02(shared_data: Path) -> None:
    path = shared_data / "districts" / "hangzhou_districts_datav_2020_gcj02.geojson"
    districts = gpd.read_file(path).to_crs("EPSG:4326")
    districts = crs.from_datum(districts[districts["name"] != "杭州市"], "gcj02")
    gaz = gazetteer.read().add(districts, source="datav")
    both = gaz.find("江干区和余杭区交界", kind="border")
    assert both["name"].tolist() == ["余杭区—江干区", "余杭区", "江干区"]
    assert both["via"].tolist() == ["variant", "part", "part"]
    whole = gaz.find("余杭交界", kind="border").iloc[0]
    rings = districts[districts["name"] == "余杭区"].to_crs("EPSG:4549").boundary
    assert whole["length_m"] == pytest.approx(rings.length.sum(), rel=2e-3)


def test_every_bundled_alias_leads_to_lines(shared_data: Path) -> None:
    paths = [shared_data / "osm" / f"{name}.parquet" for name in FILES]
    plain = gazetteer.read(*paths)
    table = files("parkgeo.gazetteer").joinpath("aliases_hangzhou.csv").read_text("utf-8")
    names = pd.read_csv(StringIO(table))["name"].unique()
    firm = {name: (plain.find(name)["score"] >= 0.9).any() for name in names}
    assert [name for name, found in firm.items() if not found] == []
