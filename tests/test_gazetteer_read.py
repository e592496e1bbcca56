"""What files leave out can be said: CRS, datum, encoding, layer, the column of names."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString

import parkgeo as pg
from parkgeo import errors, gazetteer

WAY = LineString([(120.05, 30.3), (120.06, 30.31)])


@pytest.fixture
def roads() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["振华路", "墩余路"], "kind": "road"},
        geometry=[WAY, LineString([(120.05, 30.32), (120.07, 30.32)])],
        crs="EPSG:4490",
    )


def metres_apart(found: gazetteer.Gazetteer) -> float:
    line = found.find("振华路")["geometry"].to_crs("EPSG:4549").iloc[0]
    way = gpd.GeoSeries([WAY], crs="EPSG:4490").to_crs("EPSG:4549").iloc[0]
    return float(line.hausdorff_distance(way))


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
@pytest.mark.parametrize(("datum", "most_m"), [("gcj02", 0.01), ("bd09", 0.05)])
def test_a_datum_that_the_file_does_not_know_is_said(
    roads: gpd.GeoDataFrame, tmp_path: Path, suffix: str, datum: str, most_m: float
) -> None:
    shifted = pg.crs.to_datum(roads, datum).set_crs("EPSG:4326", allow_override=True)
    path = tmp_path / f"roads{suffix}"
    shifted.to_file(path)
    assert metres_apart(gazetteer.read(path)) > 300  # the file is taken at its word
    assert metres_apart(gazetteer.read(path, datum=datum)) < most_m


def test_a_crs_that_the_file_does_not_say(roads: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "roads.shp"
    roads.to_crs("EPSG:4549").to_file(path, encoding="gbk")
    path.with_suffix(".prj").unlink()
    with pytest.raises(errors.MissingCRSError, match=r"roads\.shp"):
        gazetteer.read(path)
    assert metres_apart(gazetteer.read(path, crs="EPSG:4549")) < 0.01


def test_another_crs_than_the_file_says_is_refused(roads: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = pg.write(roads, tmp_path / "roads.gpkg")
    with pytest.raises(errors.CRSMismatchError):
        gazetteer.read(path, crs="EPSG:4549")


def test_names_in_gbk_without_a_word_of_it(roads: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "roads.shp"
    roads.to_file(path, encoding="gbk")
    path.with_suffix(".cpg").unlink()
    found = gazetteer.read(path, encoding="gbk")
    assert set(found.lines["name"]) == {"振华路", "墩余路"}


def test_one_layer_of_several(roads: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "many.gpkg"
    roads.iloc[:1].to_file(path, layer="一")
    roads.iloc[1:].to_file(path, layer="二")
    with pytest.raises(errors.SchemaError, match="一, 二"):
        gazetteer.read(path)
    assert list(gazetteer.read(path, layer="二").lines["name"]) == ["墩余路"]


def test_a_file_without_a_column_of_names_lists_what_it_has(
    roads: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = pg.write(roads.rename(columns={"name": "备注"}), tmp_path / "roads.gpkg")
    with pytest.raises(
        errors.SchemaError, match=r'roads has no column of names.*备注, kind.*columns=\{"name": …\}'
    ):
        gazetteer.read(path)
    assert len(gazetteer.read(path, columns={"name": "备注"})) == len(roads)
    road_names = pg.write(roads.rename(columns={"name": "路名"}), tmp_path / "names.gpkg")
    assert len(gazetteer.read(road_names)) == len(roads)


@pytest.mark.shared
def test_lines_of_a_real_extract_alone(shared_data: Path) -> None:
    path = shared_data / "osm" / "westlake_10km.osm.pbf"
    both, lines = gazetteer.read(path), gazetteer.read(path, layer="lines")
    assert not lines.lines["outline"].any()
    assert both.lines["outline"].any()
    assert (lines.find("北山街")["score"] == 1.0).any()
    # West Lake is an area, and its shore is only in the layer of areas
    assert both.find("西湖", kind="river")["outline"].any()
    assert not lines.find("西湖", kind="river")["outline"].any()
