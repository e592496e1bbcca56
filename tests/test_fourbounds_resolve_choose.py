"""A person puts a side right and runs again."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point, box
from test_fourbounds_resolve_relations import GRID, ORIGIN, TEXT, frame_of, iou, lines_of

from parkgeo.errors import CRSMismatchError, GeometryError, SchemaError, UnknownNameError
from parkgeo.fourbounds import Bounds, parse, resolve

TOWN = GRID | {"后街": LineString([(600, -900), (600, 2900)])}
BLOCK = parse(TEXT)[0]


def ground(shape: shapely.Geometry) -> shapely.Geometry:
    moved = shapely.transform(shape, lambda xy: xy + ORIGIN)
    return gpd.GeoSeries([moved], crs="EPSG:4549").to_crs("EPSG:4490").iloc[0]


def test_another_name_for_one_side() -> None:
    found = resolve(BLOCK, lines_of(TOWN), choose={"west": "后街"})
    assert iou(found, box(600, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    row = found.sides.set_index("side").loc["west"]
    assert (row["reference"], row["name"], row["via"]) == ("长安街", "后街", "chosen")
    assert "the west side runs along lines chosen by hand" in found.warnings


def test_a_line_drawn_by_hand() -> None:
    drawn = ground(LineString([(400, -500), (400, 2500)]))
    for line in (drawn, shapely.MultiLineString([drawn])):
        found = resolve(BLOCK, lines_of(GRID), choose={"west": line})
        assert iou(found, box(400, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)


def test_several_lines_for_one_side() -> None:
    lines = [
        ground(LineString([(400, -500), (400, 1000)])),
        ground(LineString([(400, 1000), (400, 2500)])),
    ]
    found = resolve(BLOCK, lines_of(GRID), choose={"west": lines})
    assert iou(found, box(400, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)


def test_a_place_chooses_among_lines_of_one_name() -> None:
    # Two towns of the same names, 40 km apart: the place of one side decides between them.
    away = np.array([40_000.0, 0.0])
    other = {name: shapely.transform(shape, lambda xy: xy + away) for name, shape in TOWN.items()}
    lines = lines_of(TOWN).add(frame_of(other, "road"), source="more")
    places = lines.find("后街")["place"]
    assert len(places) == 2
    found = [resolve(BLOCK, lines, choose={"west": ("后街", place)}) for place in places]
    found.sort(key=lambda one: one.geometry.centroid.x)
    assert iou(found[0], box(600, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    assert iou(found[1], box(40_600, 0, 42_000, 2000)) == pytest.approx(1.0, abs=1e-4)


def test_a_side_without_a_line_is_given_one() -> None:
    town = {name: shape for name, shape in GRID.items() if name != "长安街"}
    extra = frame_of({"长安街": GRID["长安街"]}, "road")
    found = resolve(BLOCK, lines_of(town), lines=extra)
    assert iou(found, box(0, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    assert set(found.sides["status"]) == {"found"}


@pytest.mark.parametrize("aliases", [{"长安街": "后街"}, {"后街": ["长安街"]}])
def test_an_alias_for_one_run(aliases: dict[str, str | list[str]]) -> None:
    town = {name: shape for name, shape in TOWN.items() if name != "长安街"}
    lines = lines_of(town)
    found = resolve(BLOCK, lines, aliases=aliases)
    assert iou(found, box(600, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    assert found.sides.set_index("side").loc["west", "via"] == "alias"
    # The gazetteer itself has not learned it.
    assert not len(lines.find("长安街"))


def test_an_alias_of_a_line_given_for_one_run() -> None:
    town = {name: shape for name, shape in GRID.items() if name != "长安街"}
    extra = frame_of({"后街": TOWN["后街"]}, "road")
    found = resolve(BLOCK, lines_of(town), lines=extra, aliases={"长安街": "后街"})
    assert iou(found, box(600, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("choose", "error", "match"),
    [
        ({"west": "无名路"}, UnknownNameError, "no line named '无名路'"),
        ({"west": ("长安街", "nowhere")}, UnknownNameError, "its places are"),
        ({"left": "长安街"}, UnknownNameError, "no side 'left'"),
        ({"west": []}, UnknownNameError, "empty list"),
        ({"west": None}, UnknownNameError, "give a name"),
        ({"west": ()}, UnknownNameError, "give a name"),
        ({"west": 7}, UnknownNameError, "give a name"),
        ({"west": Point(120, 30)}, GeometryError, "LineString"),
        ({"west": LineString()}, GeometryError, "LineString"),
        ({"west": LineString([(500400, 3.35e6), (500400, 3.36e6)])}, CRSMismatchError, "metres"),
        ({"west": LineString([(30.1, 120.1), (30.2, 120.1)])}, CRSMismatchError, "swapped"),
        ("后街", SchemaError, "choose is str; give a dict"),
    ],
)
def test_choices_that_cannot_be_meant(
    choose: dict[str, object], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        resolve(BLOCK, lines_of(GRID), choose=choose)  # type: ignore[arg-type]


def test_a_chosen_line_far_away_is_not_said_to_be_the_border() -> None:
    far = LineString([(100.0, 40.0), (100.0, 40.1)])
    found = resolve(parse(TEXT + "，面积4平方公里")[0], lines_of(GRID), choose={"west": far})
    assert "chosen" not in set(found.sides["via"])
    assert "the west side runs along lines chosen by hand" not in found.warnings
    assert "no line chosen by hand for the west side is part of the border" in found.warnings


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"aliases": "hangzhou"}, SchemaError, "aliases is str; give a dict"),
        ({"aliases": {"长安街": 7}}, SchemaError, "give names"),
        ({"aliases": {"长安街": ["后街", None]}}, SchemaError, "give names"),
        ({"aliases": {7: "后街"}}, SchemaError, "give names"),
        ({"near": "120,30"}, SchemaError, "near is '120,30'"),
        ({"near": (120.0, 30.0, 5.0)}, SchemaError, "longitude, latitude"),
        ({"near": (np.nan, 30.0)}, SchemaError, "longitude, latitude"),
        ({"near": Point(120, 30)}, SchemaError, "longitude, latitude"),
        ({"near": (30.0, 120.0)}, CRSMismatchError, "longitude comes first"),
        ({"near": (500_000, 3_350_000)}, CRSMismatchError, "degrees"),
        ({"within": gpd.GeoSeries([box(120, 30, 121, 31)], crs=4490)}, SchemaError, "GeoSeries"),
        ({"within": Point(120, 30)}, GeometryError, "Polygon"),
        ({"within": shapely.Polygon()}, GeometryError, "EMPTY"),
        ({"within": shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, GeometryError, "not valid"),
        ({"within": box(500_000, 3_350_000, 510_000, 3_360_000)}, CRSMismatchError, "metres"),
    ],
)
def test_what_is_given_and_cannot_be_meant(
    given: dict[str, object], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        resolve(BLOCK, lines_of(GRID), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("block", [TEXT, [BLOCK], None])
def test_a_block_that_is_not_parsed(block: object) -> None:
    with pytest.raises(SchemaError, match="parse"):
        resolve(block, lines_of(GRID))  # type: ignore[arg-type]


def test_a_frame_is_no_gazetteer() -> None:
    with pytest.raises(SchemaError, match=r"gazetteer, found GeoDataFrame.*add\(frame\)"):
        resolve(BLOCK, frame_of(GRID, "road"))  # type: ignore[arg-type]


def test_all_sides_of_a_block_whose_text_has_no_directions() -> None:
    choose = {"east": "朝阳大街", "south": "滨河路", "west": "后街", "north": "望山道"}
    found = resolve(Bounds("围合", None, {}), lines_of(TOWN), choose=choose)  # type: ignore[arg-type]
    assert iou(found, box(600, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)


def test_nothing_chosen_changes_nothing() -> None:
    plain = resolve(BLOCK, lines_of(TOWN))
    again = resolve(BLOCK, lines_of(TOWN), choose={}, aliases={}, lines=None)
    assert plain.geometry.equals_exact(again.geometry, 0.0)
    assert plain.warnings == again.warnings
