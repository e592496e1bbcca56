"""The extents that are in the repository: what the documents say about them must hold."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from parkgeo import crs, io, measure, tables

HANGZHOU = Path(__file__).resolve().parents[1] / "data" / "boundaries" / "hangzhou"
BLOCKS = HANGZHOU / "blocks.geojson"
CITY = "zijingang-sci-tech-city"
SOUTH, NORTH = "zijingang-hi-tech-park-south", "zijingang-hi-tech-park-north"
PLATFORM = "zijingang-digital-platform"


@pytest.fixture(scope="module")
def blocks() -> gpd.GeoDataFrame:
    if not BLOCKS.is_file():
        pytest.skip("data/boundaries/hangzhou/blocks.geojson is not built; run `make boundaries`")
    return io.read(BLOCKS)


def area_km2(shape: shapely.Geometry) -> float:
    return float(measure.area_m2(gpd.GeoSeries([shape], crs="EPSG:4490")).iloc[0]) / 1e6


def shared_km2(blocks: gpd.GeoDataFrame, left: str, right: str) -> float:
    pair = [gpd.GeoSeries([blocks.geometry[name]], crs=blocks.crs) for name in (left, right)]
    return float(measure.intersection_area_m2(*pair).iloc[0]) / 1e6


def test_every_published_extent_has_a_row(blocks: gpd.GeoDataFrame) -> None:
    extents = pd.read_csv(HANGZHOU / "extents.csv")
    assert list(blocks.index) == list(extents["block_id"])
    assert list(blocks["four_bounds"]) == list(extents["clause"])
    assert list(blocks["stated_area_km2"]) == list(extents["stated_area_km2"])


def test_the_file_is_a_parks_frame_in_cgcs2000(blocks: gpd.GeoDataFrame) -> None:
    assert blocks.crs == "EPSG:4490"
    tables.validate_parks(blocks, complete=True)


def test_each_extent_is_a_polygon_or_says_why_not(blocks: gpd.GeoDataFrame) -> None:
    built = blocks.geometry.notna()
    assert blocks.loc[~built, "reasons"].str.len().gt(0).all()
    assert (blocks.loc[built, "method"] == "reconstructed").all()
    assert blocks.loc[built, "accuracy_m"].gt(0).all()
    assert blocks.loc[built].is_valid.all()


@pytest.mark.parametrize("block_id", [CITY, SOUTH, NORTH, PLATFORM])
def test_measured_and_stated_area_agree_within_a_tenth(
    blocks: gpd.GeoDataFrame, block_id: str
) -> None:
    # For a block with an area-closed side this proves nothing; it is what was asked of it.
    measured = area_km2(blocks.geometry[block_id])
    assert measured == pytest.approx(blocks.loc[block_id, "stated_area_km2"], rel=0.10)


def test_extents_closed_by_area_say_that_the_area_is_no_proof(blocks: gpd.GeoDataFrame) -> None:
    closed = blocks["sides"].str.contains("area-closed", na=False)
    assert blocks.loc[closed, "reasons"].str.contains("no proof").all()


def test_each_extent_says_which_sides_are_found_and_which_closed(blocks: gpd.GeoDataFrame) -> None:
    for sides in blocks.loc[blocks.geometry.notna(), "sides"]:
        said = dict(part.split(": ", 1) for part in sides.split("; "))
        assert set(said) == {"east", "south", "west", "north"}
        words = {item.split(" ")[0] for told in said.values() for item in told.split(", ")}
        assert words <= {"found", "bridged", "area-closed", "inferred", "missing"}, sides


def test_sources_say_the_same_of_found_and_placed_sides(blocks: gpd.GeoDataFrame) -> None:
    told = (HANGZHOU / "SOURCES.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z ]*) \| ([a-z ]*) \|$", told, flags=re.MULTILINE)
    assert [row[0] for row in rows] == list(blocks.index)
    for block_id, on_lines, placed in rows:
        sides = dict(part.split(": ", 1) for part in blocks.loc[block_id, "sides"].split("; "))
        found = {side for side, text in sides.items() if re.search(r"\b(found|bridged) ", text)}
        assert set(on_lines.split()) == found, block_id
        assert set(placed.split()) == set(sides) - found, block_id


def test_blocks_of_one_brand_do_not_overlap(blocks: gpd.GeoDataFrame) -> None:
    # 1 m² is what rounding to 1e-7 degrees may leave along a common edge.
    assert shared_km2(blocks, SOUTH, NORTH) < 1e-6


def test_the_platform_lies_in_zijingang_as_far_as_the_accuracy_can_tell(
    blocks: gpd.GeoDataFrame,
) -> None:
    share = shared_km2(blocks, PLATFORM, CITY) / area_km2(blocks.geometry[PLATFORM])
    assert share >= 0.85
    # What sticks out lies within two standard deviations of the city's border.
    reach_m = 2.0 * np.hypot(*blocks.loc[[PLATFORM, CITY], "accuracy_m"])
    metric = crs.to_zone(blocks).geometry
    outside = metric[PLATFORM].difference(metric[CITY].buffer(reach_m))
    assert outside.area < 0.001 * metric[PLATFORM].area


def test_the_hitech_park_and_the_platform_overlap_in_part(blocks: gpd.GeoDataFrame) -> None:
    # 规划范围与紫金港数字信息产业平台有部分重叠
    park = measure.area_m2(blocks.loc[[SOUTH, NORTH]]).sum() / 1e6
    shared = shared_km2(blocks, SOUTH, PLATFORM) + shared_km2(blocks, NORTH, PLATFORM)
    for whole in (park, area_km2(blocks.geometry[PLATFORM])):
        assert 0.02 < shared / whole < 0.98


def test_the_extents_lie_in_the_west_of_hangzhou(blocks: gpd.GeoDataFrame) -> None:
    # Around Sandun (三墩): a false friend 30 km off would pull an extent out of this box.
    west, south, east, north = blocks.total_bounds
    assert 119.98 < west < east < 120.16
    assert 30.26 < south < north < 30.42


def test_coordinates_are_rounded_to_a_centimetre(blocks: gpd.GeoDataFrame) -> None:
    for shape in blocks.geometry.dropna():
        grid = shapely.get_coordinates(shape) * 1e7
        assert abs(grid - grid.round()).max() < 1e-4


def test_every_extent_names_openstreetmap_and_its_licence(blocks: gpd.GeoDataFrame) -> None:
    assert blocks["license"].str.contains("ODbL").all()
    assert blocks["license"].str.contains("© OpenStreetMap contributors").all()
    assert "© OpenStreetMap contributors" in (HANGZHOU / "SOURCES.md").read_text("utf-8")
