"""The extents that are in the repository: what the documents say about them must hold."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from scripts import load

from parkgeo import errors, gazetteer, io, measure, tables

HANGZHOU = Path(__file__).resolve().parents[1] / "data" / "boundaries" / "hangzhou"
TOOL = Path(__file__).resolve().parents[1] / "tools" / "build_boundaries.py"
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


@pytest.mark.parametrize("part", [PLATFORM, SOUTH, NORTH])
def test_the_parts_lie_in_zijingang_and_say_that_they_were_kept_there(
    blocks: gpd.GeoDataFrame, part: str
) -> None:
    # Sides on lines may leave it a little: the south block runs along another carriageway.
    share = shared_km2(blocks, part, CITY) / area_km2(blocks.geometry[part])
    assert share >= 0.998
    kept = "kept inside the extent that the block is a part of" in blocks.loc[part, "reasons"]
    assert kept == (part != SOUTH)


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


# --- The tool


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return load(TOOL)


@pytest.fixture
def nowhere() -> gazetteer.Gazetteer:
    """A gazetteer that knows one road, which no document names."""
    line = shapely.LineString([(120.0, 30.3), (120.1, 30.3)])
    road = gpd.GeoDataFrame({"name": ["无名路"], "kind": ["road"]}, geometry=[line], crs=4490)
    return gazetteer.read().add(road)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tables of Hangzhou in a folder that may be changed."""
    for name in ("brands.csv", "documents.csv", "extents.csv"):
        shutil.copy(HANGZHOU / name, tmp_path)
    return tmp_path


def test_blocks_without_lines_keep_their_row_and_say_why(
    tool: ModuleType, nowhere: gazetteer.Gazetteer, copy: Path
) -> None:
    blocks = tool.build(copy, nowhere)
    assert len(blocks) == 4
    assert blocks.geometry.isna().all()
    assert blocks["reasons"].str.contains("绕城高速").tolist() == [False, False, True, False]
    io.write(blocks, copy / "blocks.geojson")
    assert io.read(copy / "blocks.geojson")["reasons"].notna().all()


def test_an_area_that_is_not_that_of_the_clause_is_an_error(
    tool: ModuleType, nowhere: gazetteer.Gazetteer, copy: Path
) -> None:
    extents = (copy / "extents.csv").read_text("utf-8").replace(",11.95,", ",11.59,")
    (copy / "extents.csv").write_text(extents, "utf-8")
    with pytest.raises(
        errors.SchemaError, match=r"south: stated_area_km2 is 11\.59.*11\.95平方公里"
    ):
        tool.build(copy, nowhere)


def test_a_clause_with_two_blocks_is_an_error(
    tool: ModuleType, nowhere: gazetteer.Gazetteer, copy: Path
) -> None:
    extents = pd.read_csv(copy / "extents.csv")
    extents["clause"] = "；".join(extents["clause"].iloc[1:3])
    extents.to_csv(copy / "extents.csv", index=False)
    with pytest.raises(errors.SchemaError, match="holds 2 blocks"):
        tool.build(copy, nowhere)


def test_without_lines_the_tool_says_what_to_give(tmp_path: Path) -> None:
    command = [sys.executable, TOOL, "--lines", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--lines" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.shared
def test_the_extents_are_what_the_tool_builds_from_lines_in_any_order(
    tool: ModuleType, shared_data: Path, blocks: gpd.GeoDataFrame
) -> None:
    paths = list(tool.line_paths([shared_data / "osm"]))
    built = tool.build(HANGZHOU, gazetteer.read(*paths[::-1], aliases="hangzhou"))
    assert built["sides"].tolist() == blocks["sides"].tolist()
    shared = built.geometry.intersection(blocks.geometry).to_crs(4549).area
    either = built.geometry.union(blocks.geometry).to_crs(4549).area
    assert (shared / either).min() > 0.9999
