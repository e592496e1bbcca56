"""The bundled ground: what a map of Hangzhou shows where one is with, and the tool makes it."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from scripts import load

from parkgeo import crs, datasets, io, measure

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def ground() -> gpd.GeoDataFrame:
    return datasets.hangzhou_ground()


def test_ground_says_what_its_rows_are(ground: gpd.GeoDataFrame) -> None:
    assert ground.columns.tolist() == ["kind", "rank", "name", "name_en", "ref", "geometry"]
    assert set(ground["kind"]) == {"road", "railway", "river", "place"}
    assert ground["rank"].between(1, 6).all()
    assert crs.require_crs(ground) == crs.CGCS2000
    assert ground.attrs["attribution"] == datasets.ATTRIBUTION
    assert ground.is_valid.all()


def test_west_lake_has_its_area_and_the_railways_their_names(ground: gpd.GeoDataFrame) -> None:
    """West Lake is published with 6.39 km²; islands and causeways are within the simplification."""
    lake = ground[ground["name"] == "西湖"]
    assert measure.area_m2(lake).sum() / 1e6 == pytest.approx(6.39, rel=0.1)
    assert lake.contains(shapely.Point(120.140, 30.245)).all()
    assert lake["name_en"].tolist() == ["West Lake"]
    assert {"沪昆线", "杭深线"} <= set(ground.loc[ground["kind"] == "railway", "name"])


def test_carriageways_are_one_line(ground: gpd.GeoDataFrame) -> None:
    """The ring motorway is 123 km long; drawn twice it would be near 250 km, also in parts."""
    flat = crs.to_zone(ground[ground["kind"] == "road"])
    beside = flat.buffer(30, cap_style="flat").area.sum()
    apart = shapely.union_all(flat.dissolve("name").buffer(30, cap_style="flat").to_numpy()).area
    assert beside / apart < 1.15


def test_file_is_small_and_says_its_source() -> None:
    folder = ROOT / "data" / "ground"
    assert (folder / "hangzhou_ground.geojson").stat().st_size <= 250 * 1024
    said = (folder / "SOURCES.md").read_text("utf-8")
    assert "© OpenStreetMap contributors" in said
    assert "ODbL" in said


@pytest.mark.shared
def test_the_tool_makes_the_same_ground(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("tools/build_ground.py")
    made = tmp_path / "ground.geojson"
    monkeypatch.setattr("sys.argv", ["tool", str(shared_data / "osm"), "--output", str(made)])
    assert module.main() == 0
    assert_geodataframe_equal(io.read(made), io.read(module.TARGET))
