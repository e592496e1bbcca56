"""Sides beside their lines: at a distance, along a bank, joined by a third line; areas that differ.

The town is drawn in EPSG:4549, where distances are true.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Polygon, box

from parkgeo import gazetteer
from parkgeo.fourbounds import Reference, Resolution, parse, resolve

ORIGIN = np.array([520_000.0, 3_350_000.0])
GRID = {
    "朝阳大街": LineString([(2000, -900), (2000, 2900)]),
    "滨河路": LineString([(-900, 0), (2900, 0)]),
    "长安街": LineString([(0, -900), (0, 2900)]),
    "望山道": LineString([(-900, 2000), (2900, 2000)]),
}
TEXT = "东至朝阳大街，南至滨河路，西至长安街，北至望山道"


def frame_of(rows: dict[str, shapely.Geometry], kind: str) -> gpd.GeoDataFrame:
    shapes = [shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in rows.values()]
    return gpd.GeoDataFrame({"name": list(rows), "kind": kind}, geometry=shapes, crs="EPSG:4549")


def lines_of(
    roads: dict[str, shapely.Geometry], rivers: dict[str, shapely.Geometry] | None = None
) -> gazetteer.Gazetteer:
    lines = gazetteer.read().add(frame_of(roads, "road"), source="drawn")
    return lines if not rivers else lines.add(frame_of(rivers, "river"), source="water")


def drawn(found: Resolution) -> Polygon:
    shape = gpd.GeoSeries([found.geometry], crs="EPSG:4490").to_crs("EPSG:4549").iloc[0]
    return shapely.transform(shape, lambda xy: xy - ORIGIN)


def iou(found: Resolution, expected: Polygon) -> float:
    shape = drawn(found)
    return shape.intersection(expected).area / shape.union(expected).area


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT.replace("朝阳大街", "朝阳大街以东500米"), box(0, 0, 2500, 2000)),
        (TEXT.replace("朝阳大街", "朝阳大街西侧约0.3公里"), box(0, 0, 1700, 2000)),
        (TEXT.replace("滨河路", "滨河路以南150米"), box(0, -150, 2000, 2000)),
        (TEXT.replace("望山道", "望山道外扩20米"), box(0, 0, 2000, 2020)),
    ],
)
def test_a_distance_from_a_line_is_applied(text: str, expected: Polygon) -> None:
    found = resolve(parse(text)[0], lines_of(GRID))
    assert iou(found, expected) == pytest.approx(1.0, abs=1e-4)
    assert found.sides["reason"].str.contains("at a distance of").sum() == 1
    assert not found.warnings


def test_a_distance_is_kept_round_the_bends_of_a_line() -> None:
    bent = LineString([(2000, -900), (2000, 1000), (2800, 1000), (2800, 2900)])
    block = parse(TEXT.replace("朝阳大街", "朝阳大街以东100米"))[0]
    found = resolve(block, lines_of(GRID | {"朝阳大街": bent}))
    expected = Polygon([(0, 0), (2100, 0), (2100, 900), (2900, 900), (2900, 2000), (0, 2000)])
    assert iou(found, expected) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("relation", "edge", "south_m"),
    [
        ("middle", None, 0.0),
        ("edge", "北岸", 60.0),
        ("edge", "南岸", -60.0),
        ("edge", "岸线", 60.0),
    ],
)
def test_the_strand_of_a_river_that_the_text_names(
    relation: str, edge: str | None, south_m: float
) -> None:
    roads = {name: shape for name, shape in GRID.items() if name != "滨河路"}
    middle = GRID["滨河路"]
    lines = lines_of(roads, {"清河": middle}).add(
        frame_of({"清河": middle.buffer(60.0, cap_style="flat")}, "river"), source="banks"
    )
    block = parse(TEXT.replace("滨河路", "清河"))[0]
    south = Reference("清河", "river", relation=relation, edge=edge)  # type: ignore[arg-type]
    found = resolve(replace(block, sides={**block.sides, "south": (south,)}), lines)
    assert iou(found, box(0, south_m, 2000, 2000)) == pytest.approx(1.0, abs=2e-3)


def test_lines_that_do_not_meet_are_joined_along_another_side() -> None:
    # The western side leaves 长安街 where 望山道 begins, follows that, and goes on along 后街.
    bent = LineString([(-900, 1000), (300, 1000), (700, 1500), (300, 2000), (2900, 2000)])
    town = GRID | {"望山道": bent, "后街": LineString([(300, 600), (300, 2900)])}
    block = parse(TEXT.replace("西至长安街", "西至长安街、后街"))[0]
    found = resolve(block, lines_of(town))
    expected = Polygon([(0, 0), (2000, 0), (2000, 2000), (300, 2000), (300, 1000), (0, 1000)])
    assert iou(found, expected) == pytest.approx(1.0, abs=1e-3)
    sides = found.sides.set_index("reference")
    assert set(sides["status"]) == {"found"}
    assert sides["share_of_border"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("stated_m2", "finding"),
    [
        (4.00e6, "agrees"),
        (3.70e6, "differs"),  # 8 % less: neither near, nor a strip's worth
        (3.00e6, "differs"),
        (1.0e6, "part"),
        (5.0e6, "differs"),
    ],
)
def test_how_a_stated_area_lies_to_the_block(stated_m2: float, finding: str) -> None:
    block = replace(parse(TEXT)[0], stated_area_m2=stated_m2)
    found = resolve(block, lines_of(GRID), use_area=False)
    assert found.area_finding == finding
    assert bool(found.warnings) == (finding != "agrees")


def test_a_net_area_is_told_with_the_strip_that_it_leaves_out() -> None:
    # 400 m square less 30 m on all sides.
    town = {name: shapely.affinity.scale(s, 0.2, 0.2, origin=(0, 0)) for name, s in GRID.items()}
    block = replace(parse(TEXT)[0], stated_area_m2=340.0**2)
    found = resolve(block, lines_of(town), use_area=False)
    assert found.area_finding == "net"
    assert any("a strip of 30 m" in warning for warning in found.warnings)


def test_no_finding_without_an_area_or_where_it_placed_a_side() -> None:
    assert resolve(parse(TEXT)[0], lines_of(GRID)).area_finding is None
    town = {name: shape for name, shape in GRID.items() if name != "长安街"}
    block = replace(parse(TEXT)[0], stated_area_m2=3e6)
    assert resolve(block, lines_of(town)).area_finding is None


def test_a_small_block_is_less_sure_than_a_large_one() -> None:
    small = {name: shapely.affinity.scale(s, 0.1, 0.1, origin=(0, 0)) for name, s in GRID.items()}
    blocks = [resolve(parse(TEXT)[0], lines_of(town)) for town in (GRID, small)]
    # σ = 15 m · P / 2A: 1.5 % for 2000 m squares, 15 % for 200 m ones, where P(|e| < 10 %) = 0.495.
    assert blocks[0].confidence > 0.95
    assert blocks[1].confidence == pytest.approx(0.495, abs=0.01)


def test_a_side_that_is_known_in_part_is_less_sure() -> None:
    whole = resolve(parse(TEXT)[0], lines_of(GRID))
    part = resolve(parse(TEXT.replace("长安街", "长安街、无名路"))[0], lines_of(GRID))
    assert iou(part, box(0, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    # Four of five references have lines, and one is missing from a chain.
    assert part.confidence == pytest.approx(whole.confidence * 0.9 * 0.75, rel=1e-6)
