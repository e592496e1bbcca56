"""The words for a polygon: right names on right sides, and nothing that reads as something else."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pytest
import shapely
from shapely import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from parkgeo import crs, gazetteer, measure
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    SchemaError,
    UnresolvedBoundsError,
)
from parkgeo.fourbounds import describe, parse, resolve
from tests.conftest import from_metres

Metres = Sequence[tuple[float, float]]
CROSS: Mapping[str, Metres] = {
    "东海路": [(2000, -500), (2000, 2500)],
    "南山路": [(-500, 0), (2500, 0)],
    "西湖路": [(0, -500), (0, 2500)],
    "北城路": [(-500, 2000), (2500, 2000)],
}
BLOCK = from_metres(box(0, 0, 2000, 2000))


def roads(lines: Mapping[str, Metres], kind: str = "road") -> gazetteer.Gazetteer:
    """Build a gazetteer of lines drawn in metres from the town's corner."""
    ways = [from_metres(LineString(line)) for line in lines.values()]
    frame = gpd.GeoDataFrame({"name": list(lines)}, geometry=ways, crs=crs.CGCS2000)
    return gazetteer.read().add(frame, kind=kind)


def without(name: str) -> dict[str, Metres]:
    return {other: line for other, line in CROSS.items() if other != name}


def iou(left: BaseGeometry, right: BaseGeometry) -> float:
    both = crs.to_plane(gpd.GeoSeries([left, right], crs=crs.CGCS2000))
    shared = both.iloc[0].intersection(both.iloc[1]).area
    return float(shared / (both.area.sum() - shared))


def names_of(text: str) -> dict[str, list[str]]:
    (block,) = parse(text)
    return {side: [one.name for one in names] for side, names in block.sides.items()}


def test_says_four_sides_and_the_official_area() -> None:
    expected = "东至东海路，南至南山路，西至西湖路，北至北城路，面积约4平方公里。"
    assert describe(BLOCK, roads(CROSS)) == expected


def test_puts_a_name_before_that_is_read_back() -> None:
    text = describe(BLOCK, roads(CROSS), name="紫金港一期")
    assert text.startswith("紫金港一期四至范围：")
    assert parse(text)[0].name == "紫金港一期"


def test_english_names_the_same_sides() -> None:
    text = describe(BLOCK, roads(CROSS), name="Block A", language="en")
    expected = "Block A reaches east to 东海路; south to 南山路; west to 西湖路; north to 北城路"
    assert text == f"{expected}; about 4 km²."


def test_two_roads_of_a_side_follow_clockwise() -> None:
    # East: down the first road, and then down the second one 300 m farther west.
    step = [(0, 0), (1700, 0), (1700, 1000), (2000, 1000), (2000, 2000), (0, 2000)]
    lines = without("东海路") | {
        "上东路": [(2000, 1000), (2000, 2500)],
        "中横路": [(1700, 1000), (2000, 1000)],
        "下东路": [(1700, -500), (1700, 1000)],
    }
    polygon = from_metres(Polygon(step))
    text = describe(polygon, roads(lines))
    assert text.startswith("东至上东路转中横路转下东路，")
    assert iou(resolve(parse(text)[0], roads(lines)).geometry, polygon) >= 0.999


def test_a_triangle_has_a_diagonal_side() -> None:
    lines = {
        "南山路": [(-500, 0), (2500, 0)],
        "西湖路": [(0, -500), (0, 2500)],
        "斜阳路": [(-200, 2200), (2200, -200)],
    }
    polygon = from_metres(Polygon([(0, 0), (2000, 0), (0, 2000)]))
    text = describe(polygon, roads(lines))
    assert names_of(text) == {"northeast": ["斜阳路"], "south": ["南山路"], "west": ["西湖路"]}
    assert iou(resolve(parse(text)[0], roads(lines)).geometry, polygon) >= 0.999


def test_a_side_on_no_line_is_said_to_be_the_edge_and_closed_by_the_area() -> None:
    polygon = from_metres(box(0, 0, 2000, 2000))
    known = roads(without("北城路"))
    text = describe(polygon, known)
    assert "北至地块边界，" in text
    found = resolve(parse(text)[0], known)
    assert found.area_closed == ("north",)
    assert iou(found.geometry, polygon) >= 0.999


def test_a_crossing_road_or_a_short_gap_makes_no_side() -> None:
    lines = without("北城路") | {
        "横街": [(1000, 1500), (1000, 2500)],
        "北城路": [(-500, 2000), (960, 2000)],
    }
    frames = roads(lines).lines, roads({"北城路": [(1000, 2000), (2500, 2000)]}).lines
    both = gazetteer.read().add(frames[0]).add(frames[1])
    assert names_of(describe(BLOCK, both))["north"] == ["北城路"]


def test_the_orientation_and_first_corner_of_the_ring_do_not_matter() -> None:
    ring = list(BLOCK.exterior.coords)[:-1]
    texts = {
        describe(Polygon(turned), roads(CROSS))
        for start in range(4)
        for turned in (ring[start:] + ring[:start], (ring[start:] + ring[:start])[::-1])
    }
    assert len(texts) == 1


def test_the_order_of_the_lines_does_not_matter() -> None:
    turned = dict(reversed(list(CROSS.items())))
    assert describe(BLOCK, roads(turned)) == describe(BLOCK, roads(CROSS))


def test_a_road_is_named_before_the_metro_and_the_border_there() -> None:
    metro = {"杭州地铁9号线": [(2001, -500), (2001, 2500)]}
    frame = roads(metro, kind="railway").lines
    border = roads({"甲区—乙区": [(-1, -500), (-1, 2500)]}, kind="border").lines
    crooked = CROSS | {"东海路": [(1985, -500), (1985, 2500)], "西湖路": [(12, -500), (12, 2500)]}
    found = names_of(describe(BLOCK, roads(crooked).add(frame).add(border)))
    assert (found["east"], found["west"]) == (["东海路"], ["西湖路"])


def test_a_border_is_named_as_one() -> None:
    border = roads({"上城区—余杭区": [(2000, -500), (2000, 2500)]}, kind="border").lines
    text = describe(BLOCK, roads(without("东海路")).add(border))
    assert text.startswith("东至上城区与余杭区交界，")


def test_holes_are_counted_and_the_outer_ring_is_described() -> None:
    holed = from_metres(box(0, 0, 2000, 2000) - box(500, 500, 1000, 1000))
    text = describe(holed, roads(CROSS))
    assert text.endswith("面积约4平方公里（未扣除内部1处，共约0.25平方公里）。")
    (block,) = parse(text)
    assert block.stated_area_m2 == pytest.approx(4e6)
    assert iou(resolve(block, roads(CROSS)).geometry, BLOCK) >= 0.999


@pytest.mark.parametrize("target", ["EPSG:4549", "EPSG:4326", "EPSG:3857"])
def test_a_frame_of_any_crs_gives_the_same_words(target: str) -> None:
    frame = gpd.GeoDataFrame({"block": ["a"]}, geometry=[BLOCK], crs=crs.CGCS2000).to_crs(target)
    assert describe(frame, roads(CROSS)) == describe(BLOCK, roads(CROSS))
    assert describe(frame.geometry, roads(CROSS)) == describe(BLOCK, roads(CROSS))


def test_a_frame_on_gcj02_is_put_on_the_ground() -> None:
    frame = crs.to_datum(gpd.GeoDataFrame(geometry=[BLOCK], crs=crs.CGCS2000), "gcj02")
    assert describe(frame, roads(CROSS)) == describe(BLOCK, roads(CROSS))


def test_nothing_is_changed() -> None:
    frame = gpd.GeoDataFrame({"block": ["a"]}, geometry=[BLOCK], crs="EPSG:4326", index=["x"])
    before, known = frame.copy(), roads(CROSS)
    lines = known.lines.copy()
    describe(frame, known)
    assert frame.equals(before)
    assert known.lines.equals(lines)


@pytest.mark.parametrize(
    "name",
    [
        "甲、乙路",
        "甲路，南至丁路",
        "东至路",
        "甲路转乙路",
        "甲路东侧50米",
        "道路",
        "甲路；乙路",
        "”",
    ],
)
def test_a_name_that_reads_as_something_else_is_not_used(name: str) -> None:
    known = roads(without("东海路") | {name: CROSS["东海路"]})
    text = describe(BLOCK, known)
    said = names_of(text)
    # One reference, which is no name at all or finds the line that it is taken from.
    (east,) = said.pop("east")
    assert said == {"south": ["南山路"], "west": ["西湖路"], "north": ["北城路"]}
    assert east == "地块边界" or known.find(east).loc[0, "name"] == name
    assert iou(resolve(parse(text)[0], known).geometry, BLOCK) >= 0.999


def test_a_quoted_name_is_written_as_it_is_found() -> None:
    known = roads(without("东海路") | {"“老”东海路 Donghai Road": CROSS["东海路"]})
    text = describe(BLOCK, known)
    assert names_of(text)["east"] == ["老东海路"]
    assert iou(resolve(parse(text)[0], known).geometry, BLOCK) >= 0.999


def test_a_name_that_swallows_its_connector_gets_another() -> None:
    lines = without("东海路") | {
        "运河东路": [(2000, 1000), (2000, 2500)],
        "中横路": [(1700, 1000), (2000, 1000)],
        "下东路": [(1700, -500), (1700, 1000)],
    }
    step = [(0, 0), (1700, 0), (1700, 1000), (2000, 1000), (2000, 2000), (0, 2000)]
    text = describe(from_metres(Polygon(step)), roads(lines))
    assert names_of(text)["east"] == ["运河东路", "中横路", "下东路"]


@pytest.mark.parametrize("name", ["甲区；乙区", "东至甲路", "一、二期"])
def test_a_block_name_that_would_not_be_read_back_is_refused(name: str) -> None:
    try:
        text = describe(BLOCK, roads(CROSS), name=name)
    except (SchemaError, UnresolvedBoundsError):
        return
    assert parse(text)[0].name == name


def test_two_unnamed_sides_are_too_many() -> None:
    known = roads({name: CROSS[name] for name in ("南山路", "西湖路")})
    with pytest.raises(UnresolvedBoundsError, match=r"50% of the border .*、西湖路"):
        describe(BLOCK, known)


def test_far_from_all_lines_and_without_any() -> None:
    far = from_metres(box(50_000, 0, 52_000, 2000))
    for known in (roads(CROSS), gazetteer.read()):
        with pytest.raises(UnresolvedBoundsError, match=r"100% of the border .*: none"):
            describe(far, known)


def test_one_road_all_the_way_round_is_refused_or_said_on_all_sides() -> None:
    ring = roads({"环湖路": [(0, 0), (2000, 0), (2000, 2000), (0, 2000), (0, 0)]})
    with pytest.raises(UnresolvedBoundsError, match="one name"):
        describe(BLOCK, ring)


def test_several_polygons_are_refused() -> None:
    two = shapely.MultiPolygon([BLOCK, from_metres(box(3000, 0, 4000, 1000))])
    with pytest.raises(GeometryError, match=r"MultiPolygon of 2 parts.*explode"):
        describe(two, roads(CROSS))
    with pytest.raises(GeometryError, match="2 rows"):
        describe(gpd.GeoSeries([BLOCK, BLOCK], crs=crs.CGCS2000), roads(CROSS))
    one = shapely.MultiPolygon([BLOCK])
    assert describe(one, roads(CROSS)) == describe(BLOCK, roads(CROSS))


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (Polygon(), "empty Polygon"),
        (LineString([(120, 30), (121, 30)]), "a LineString"),
        (Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)]), "not valid"),
    ],
)
def test_what_is_no_polygon_is_refused(shape: BaseGeometry, said: str) -> None:
    with pytest.raises(GeometryError, match=said):
        describe(shape, roads(CROSS))


def test_missing_geometry_is_refused() -> None:
    with pytest.raises(GeometryError, match="no geometry"):
        describe(gpd.GeoSeries([None], crs=crs.CGCS2000), roads(CROSS))


def test_a_wrong_or_missing_crs_is_refused() -> None:
    with pytest.raises(MissingCRSError):
        describe(gpd.GeoSeries([BLOCK]), roads(CROSS))
    with pytest.raises(CRSMismatchError):
        describe(box(500_000, 3_300_000, 502_000, 3_302_000), roads(CROSS))


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(SchemaError, match="language 'fr'"):
        describe(BLOCK, roads(CROSS), language="fr")
    with pytest.raises(SchemaError, match="found str"):
        describe("POLYGON EMPTY", roads(CROSS))  # type: ignore[arg-type]
    for tolerance_m in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(SchemaError, match="tolerance_m"):
            describe(BLOCK, roads(CROSS), tolerance_m=tolerance_m)


def test_the_area_is_that_of_the_measure() -> None:
    small = from_metres(box(0, 0, 2000, 2000).buffer(-3.0, join_style="mitre"))
    (block,) = parse(describe(small, roads(CROSS)))
    area = measure.area_m2(gpd.GeoSeries([small], crs=crs.CGCS2000)).iloc[0]
    assert block.stated_area_m2 == pytest.approx(area, rel=1e-3)
