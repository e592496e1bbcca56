"""Roads of two carriageways: which of them words mean, and which words say it.

Each road of the town has carriageways 10 m to both sides of its middle. The town is drawn in
EPSG:4549, where distances are true, so that every expected polygon can be checked in the head.
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiLineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from parkgeo import gazetteer
from parkgeo.fourbounds import Resolution, describe, parse, resolve

ORIGIN = np.array([520_000.0, 3_350_000.0])
HALF_M = 10.0
PLAIN = "东至朝阳大街，南至滨河路，西至长安街，北至望山道"
NEAR = "东至朝阳大街西侧边线，南至滨河路北侧边线，西至长安街东侧边线，北至望山道南侧边线"
FAR = "东至朝阳大街东侧边线，南至滨河路南侧边线，西至长安街西侧边线，北至望山道北侧边线"


def north_south(x: float, half_m: float = HALF_M) -> MultiLineString:
    return MultiLineString([[(x + off, -900), (x + off, 2900)] for off in (-half_m, half_m)])


def west_east(y: float, half_m: float = HALF_M) -> MultiLineString:
    return MultiLineString([[(-900, y + off), (2900, y + off)] for off in (-half_m, half_m)])


DUAL: dict[str, BaseGeometry] = {
    "朝阳大街": north_south(2000),
    "滨河路": west_east(0),
    "长安街": north_south(0),
    "望山道": west_east(2000),
}


def lines_of(roads: dict[str, BaseGeometry], kind: str = "road") -> gazetteer.Gazetteer:
    shapes = [shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in roads.values()]
    frame = gpd.GeoDataFrame({"name": list(roads)}, geometry=shapes, crs="EPSG:4549")
    return gazetteer.read().add(frame, kind=kind)


def resolved(text: str, roads: dict[str, BaseGeometry]) -> Resolution:
    return resolve(parse(text)[0], lines_of(roads))


def iou(found: Resolution, expected: BaseGeometry) -> float:
    shape = gpd.GeoSeries([found.geometry], crs="EPSG:4490").to_crs("EPSG:4549").iloc[0]
    shape = shapely.transform(shape, lambda xy: xy - ORIGIN)
    return float(shape.intersection(expected).area / shape.union(expected).area)


def ground(shape: BaseGeometry) -> BaseGeometry:
    moved = shapely.transform(shape, lambda xy: xy + ORIGIN)
    return gpd.GeoSeries([moved], crs="EPSG:4549").to_crs("EPSG:4490").iloc[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN, box(0, 0, 2000, 2000)),
        (NEAR, box(10, 10, 1990, 1990)),
        (FAR, box(-10, -10, 2010, 2010)),
        (NEAR.replace("侧边线", "侧红线"), box(10, 10, 1990, 1990)),
        (PLAIN.replace("望山道", "望山道道路红线"), box(0, 0, 2000, 1990)),
        (PLAIN.replace("望山道", "望山道外侧"), box(0, 0, 2000, 2010)),
        (PLAIN.replace("望山道", "望山道中心线"), box(0, 0, 2000, 2000)),
        (PLAIN.replace("望山道", "望山道北侧边线"), box(0, 0, 2000, 2010)),
        (PLAIN.replace("望山道", "望山道南边线"), box(0, 0, 2000, 1990)),
        (
            "东至朝阳大街西侧边线，南至滨河路南侧边线，西至长安街，北至望山道",
            box(0, -10, 1990, 2000),
        ),
    ],
)
def test_words_say_which_carriageway(text: str, expected: Polygon) -> None:
    found = resolved(text, DUAL)
    assert iou(found, expected) == pytest.approx(1.0, abs=1e-5)
    assert set(found.sides["status"]) == {"found"}
    assert found.sides["share_of_border"].sum() == pytest.approx(1.0, abs=1e-6)
    assert not found.warnings


def test_a_line_of_one_strand_has_no_edges() -> None:
    single = {name: shape.geoms[0] for name, shape in DUAL.items()}  # type: ignore[attr-defined]
    expected = box(-10, -10, 1990, 1990)
    for text in (PLAIN, NEAR, FAR):
        assert iou(resolved(text, single), expected) == pytest.approx(1.0, abs=1e-5)


def test_another_road_beside_it_is_no_carriageway() -> None:
    beside = LineString([(2030, -900), (2030, 2900)])
    with_it = DUAL | {"朝阳大街": LineString([(2000, -900), (2000, 2900)]), "朝阳支路": beside}
    found = resolved(NEAR.replace("朝阳大街西侧边线", "朝阳大街"), with_it)
    assert iou(found, box(10, 10, 2000, 1990)) == pytest.approx(1.0, abs=1e-5)


def test_strands_too_far_apart_are_not_one_road() -> None:
    # 60 m apart, and the middle of both would be on neither.
    found = resolved(PLAIN, DUAL | {"朝阳大街": north_south(2000, 30.0)})
    expected = [box(0, 0, 2000 + off, 2000) for off in (-30, 30)]
    assert max(iou(found, one) for one in expected) == pytest.approx(1.0, abs=1e-5)


def test_four_strands_have_one_middle() -> None:
    wide = shapely.union_all([north_south(2000), north_south(2000, 30.0)])
    found = resolved(PLAIN, DUAL | {"朝阳大街": wide})
    assert iou(found, box(0, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-5)
    found = resolved(NEAR, DUAL | {"朝阳大街": wide})
    assert iou(found, box(10, 10, 1970, 1990)) == pytest.approx(1.0, abs=1e-5)


def test_a_side_street_need_not_cross_to_the_far_carriageway() -> None:
    # The southern and the northern road end at the near carriageways, as in a street with a
    # closed median.
    ends = {
        "滨河路": LineString([(10, 0), (1990, 0)]),
        "望山道": LineString([(10, 2000), (1990, 2000)]),
    }
    found = resolved(PLAIN, DUAL | ends)
    assert iou(found, box(0, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-3)
    assert iou(resolved(NEAR, DUAL | ends), box(10, 0, 1990, 2000)) == pytest.approx(1.0, abs=1e-5)


def test_carriageways_that_join_keep_the_middle() -> None:
    # Two carriageways up to y = 1000, a single one beyond y = 1200.
    strands = [[(2000 + off, -900), (2000 + off, 1000), (2000, 1200)] for off in (-10, 10)]
    joined = MultiLineString([*strands, [(2000, 1200), (2000, 2900)]])
    found = resolved(PLAIN, DUAL | {"朝阳大街": joined})
    assert iou(found, box(0, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)


def test_the_banks_of_a_narrow_river_are_treated_alike() -> None:
    roads = {name: shape for name, shape in DUAL.items() if name != "滨河路"}
    river = gpd.GeoDataFrame(
        {"name": ["丁河"]},
        geometry=[shapely.transform(west_east(0), lambda xy: xy + ORIGIN)],
        crs="EPSG:4549",
    )
    lines = lines_of(roads).add(river, kind="river")
    found = resolve(parse(PLAIN.replace("滨河路", "丁河"))[0], lines)
    assert iou(found, box(0, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-5)


def test_the_edge_of_a_bent_road_is_the_one_that_faces_that_way() -> None:
    # The eastern side runs south-east: its western edge is the one towards the block.
    slant = [[(1500 + off, 2900), (2450 + off, -900)] for off in (-10, 10)]
    roads = DUAL | {"朝阳大街": MultiLineString(slant)}
    x = {y: 1500 + (2900 - y) / 4 for y in (10, 1990)}
    near = Polygon([(10, 10), (x[10] - 10, 10), (x[1990] - 10, 1990), (10, 1990)])
    assert iou(resolved(NEAR, roads), near) == pytest.approx(1.0, abs=1e-5)


def test_the_stated_area_is_still_met_by_a_missing_side() -> None:
    text = PLAIN.replace("望山道", "规划支路") + "，面积约3平方公里"
    roads = {name: shape for name, shape in DUAL.items() if name != "望山道"}
    found = resolved(text, roads)
    assert found.area_km2 == pytest.approx(3.0, rel=1e-4)
    assert found.area_closed == ("north",)
    assert iou(found, box(0, 0, 2000, 1500)) == pytest.approx(1.0, abs=1e-3)


def test_the_order_of_the_lines_does_not_matter() -> None:
    turned = dict(reversed(DUAL.items()))
    assert resolved(FAR, DUAL).geometry.equals(resolved(FAR, turned).geometry)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (box(0, 0, 2000, 2000), PLAIN),
        (box(10, 10, 1990, 1990), NEAR),
        (box(-10, -10, 2010, 2010), FAR),
        (
            box(10, 0, 2010, 2000),
            "东至朝阳大街东侧边线，南至滨河路，西至长安街东侧边线，北至望山道",
        ),
    ],
)
def test_describe_says_the_carriageway_and_it_comes_back(block: Polygon, words: str) -> None:
    lines = lines_of(DUAL)
    text = describe(ground(block), lines)
    assert text.startswith(f"{words}，面积约")
    assert iou(resolve(parse(text)[0], lines), block) == pytest.approx(1.0, abs=1e-5)


def test_describe_names_the_edges_in_english() -> None:
    text = describe(ground(box(10, 10, 1990, 1990)), lines_of(DUAL), language="en")
    assert "east to the west edge of 朝阳大街; south to the north edge of 滨河路" in text


def test_describe_names_no_edge_of_a_single_line() -> None:
    single = {name: shape.geoms[0] for name, shape in DUAL.items()}  # type: ignore[attr-defined]
    text = describe(ground(box(-10, -10, 1990, 1990)), lines_of(single))
    assert text.startswith(PLAIN)


def test_the_strip_between_two_carriageways_comes_back() -> None:
    strip = box(10, -10, 1990, 10)
    lines = lines_of(DUAL)
    text = describe(ground(strip), lines)
    (block,) = parse(text)
    said = {side: [(one.name, one.edge) for one in names] for side, names in block.sides.items()}
    assert said["north"] == [("滨河路", "北侧边线")]
    assert said["south"] == [("滨河路", "南侧边线")]
    assert iou(resolve(block, lines), strip) == pytest.approx(1.0, abs=1e-4)


def test_a_line_that_only_comes_near_is_no_strand() -> None:
    spur = [(2030, 990), (2030, 1005)]
    roads = {
        "朝阳大街": MultiLineString([[(2000, -900), (2000, 2900)], spur]),
        "滨河路": LineString([(-900, 0), (2900, 0)]),
        "长安街": north_south(0),
        "望山道": LineString([(-900, 2000), (2900, 2000)]),
    }
    assert iou(resolved(PLAIN, roads), box(0, 0, 2000, 2000)) > 0.99999
