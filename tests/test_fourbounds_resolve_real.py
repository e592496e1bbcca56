"""The four published extents of one committee, from their words and real lines."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest

from parkgeo import crs, gazetteer
from parkgeo.errors import UnresolvedBoundsError
from parkgeo.fourbounds import Bounds, Resolution, parse, resolve

pytestmark = pytest.mark.shared

LINES = (
    "roads_2019",
    "named_roads_2024",
    "highways_2026",
    "railways_2026",
    "waterways_2026",
    "water_2019",
)
CITY, SOUTH, NORTH, PLATFORM = "紫金港科技城", "南区", "北区", "紫金港数字信息产业平台"


@pytest.fixture(scope="module")
def lines(shared_data: Path) -> gazetteer.Gazetteer:
    paths = [shared_data / "osm" / f"hangzhou_{name}.parquet" for name in LINES]
    return gazetteer.read(*paths, aliases="hangzhou")


@pytest.fixture(scope="module")
def blocks(sources: Path) -> dict[str | None, Bounds]:
    text = (sources / "xihu-2021-zone-consolidation-plan.txt").read_text(encoding="utf-8")
    found: dict[str | None, Bounds] = {}
    for block in parse(text):
        found.setdefault(block.name, block)
    return found


@pytest.fixture(scope="module")
def extents(blocks: dict[str | None, Bounds], lines: gazetteer.Gazetteer) -> dict[str, Resolution]:
    return {name: resolve(blocks[name], lines) for name in (CITY, SOUTH, NORTH, PLATFORM)}


@pytest.mark.parametrize(
    ("name", "stated_km2", "closed", "inferred"),
    [
        (CITY, 21.0, ("west",), ()),
        (SOUTH, 11.95, ("west",), ()),
        (NORTH, 1.81, ("south",), ("west",)),
        (PLATFORM, 4.6, ("east",), ("west",)),
    ],
)
def test_published_extent(
    extents: dict[str, Resolution],
    name: str,
    stated_km2: float,
    closed: tuple[str, ...],
    inferred: tuple[str, ...],
) -> None:
    found = extents[name]
    assert found.area_km2 == pytest.approx(stated_km2, rel=0.10)
    assert found.area_closed == closed
    sides = found.sides
    assert tuple(dict.fromkeys(sides.loc[sides["status"] == "inferred", "side"])) == inferred
    assert found.confidence < 0.8
    assert found.geometry.is_valid


def overlap_km2(left: Resolution, right: Resolution) -> float:
    both = crs.to_plane(gpd.GeoSeries([left.geometry, right.geometry], crs=crs.CGCS2000))
    return float(both.iloc[0].intersection(both.iloc[1]).area) / 1e6


def test_blocks_lie_to_each_other_as_the_document_says(extents: dict[str, Resolution]) -> None:
    assert overlap_km2(extents[NORTH], extents[SOUTH]) == pytest.approx(0.0, abs=0.01)
    assert overlap_km2(extents[PLATFORM], extents[CITY]) > 0.85 * 4.6
    assert overlap_km2(extents[SOUTH], extents[CITY]) > 0.95 * 11.95
    # 部分重叠: the hi-tech zone and the platform overlap in part.
    shared = overlap_km2(extents[SOUTH], extents[PLATFORM])
    assert 0.1 * 4.6 < shared < 0.9 * 4.6


def test_false_friends_thirty_kilometres_away_are_refused(extents: dict[str, Resolution]) -> None:
    for name, reference in ((SOUTH, "云涛南路"), (NORTH, "云涛北路")):
        row = extents[name].sides.set_index("reference").loc[reference]
        assert "another place of the same name" in row["reason"]


def test_extents_lie_in_their_district(extents: dict[str, Resolution], shared_data: Path) -> None:
    # A check only: the file has no licence, so nothing committed is computed from it.
    path = shared_data / "districts" / "hangzhou_districts_datav_2020_gcj02.geojson"
    districts = crs.from_datum(gpd.read_file(path), "gcj02")
    district = crs.to_plane(districts.loc[districts["name"] == "西湖区"].geometry).iloc[0]
    for found in extents.values():
        shape = crs.to_plane(gpd.GeoSeries([found.geometry], crs=crs.CGCS2000)).iloc[0]
        assert shape.intersection(district).area > 0.98 * shape.area


def test_without_its_area_the_northern_block_cannot_be_placed(
    blocks: dict[str | None, Bounds], lines: gazetteer.Gazetteer
) -> None:
    with pytest.raises(UnresolvedBoundsError, match="south and west sides have no line"):
        resolve(blocks[NORTH], lines, use_area=False)


def test_shuffled_lines_give_the_same_extents(
    blocks: dict[str | None, Bounds],
    lines: gazetteer.Gazetteer,
    extents: dict[str, Resolution],
) -> None:
    shuffled = replace(lines, lines=lines.lines.sample(frac=1.0, random_state=3, ignore_index=True))
    for name, found in extents.items():
        again = resolve(blocks[name], shuffled)
        assert found.geometry.equals_exact(again.geometry, 0.0)
        assert found.confidence == again.confidence
