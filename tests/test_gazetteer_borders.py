"""Borders of districts as lines: each stretch once, under both names."""

import geopandas as gpd
import pytest
import shapely
from shapely import LineString, Point, box

from parkgeo import errors, gazetteer, tables


def districts(**shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4490")


@pytest.fixture
def three() -> gpd.GeoDataFrame:
    """Two squares side by side and a third across the top of both."""
    return districts(
        甲区=box(120.0, 30.0, 120.1, 30.1),
        乙区=box(120.1, 30.0, 120.2, 30.1),
        丙区=box(120.0, 30.1, 120.2, 30.2),
    )


def test_shared_borders_are_drawn_once(three: gpd.GeoDataFrame) -> None:
    lines = gazetteer.borders(three, source="book")
    assert sorted(lines["name"]) == ["丙区", "丙区—乙区", "丙区—甲区", "乙区", "乙区—甲区", "甲区"]
    # Every point of the outlines is on exactly one line: lengths add up to the union of outlines.
    drawn = shapely.length(lines.geometry.to_numpy()).sum()
    assert drawn == pytest.approx(three.boundary.union_all().length, rel=1e-12)
    assert set(lines["kind"]) == {"border"}
    assert set(lines["source"]) == {"book"}
    tables.validate_lines(lines)


def test_neighbours_are_on_their_sides(three: gpd.GeoDataFrame) -> None:
    lines = gazetteer.borders(three).set_index("name")
    shared = lines.loc["乙区—甲区"]
    assert {shared["left"], shared["right"]} == {"甲区", "乙区"}
    northward = shared.geometry.coords[0][1] < shared.geometry.coords[-1][1]
    assert shared["left" if northward else "right"] == "甲区"
    outer = lines.loc["甲区"]
    assert (
        sorted([outer["left"] or "", outer["right"] or ""], key=str)
        in (
            ["", "甲区"],
            ["nan", "甲区"],
        )
        or outer[["left", "right"]].isna().sum() == 1
    )


def test_a_border_is_found_under_each_unit_and_under_both(three: gpd.GeoDataFrame) -> None:
    gaz = gazetteer.read().add(three, kind="border")
    whole = gaz.find("甲区", kind="border").iloc[0]
    assert whole["via"] == "exact"
    assert whole.geometry.length == pytest.approx(0.4, rel=1e-9)
    both = gaz.find("甲区与乙区交界", kind="border").iloc[0]
    assert both.geometry.length == pytest.approx(0.1, rel=1e-9)
    assert both["score"] == gazetteer.SCORES["variant"]
    assert gaz.find("乙区和甲区交界").iloc[0]["place"] == both["place"]


def test_a_border_with_a_unit_that_is_not_there_is_a_part_of_the_other(
    three: gpd.GeoDataFrame,
) -> None:
    gaz = gazetteer.read().add(three, kind="border")
    found = gaz.find("甲区与开发区交界", kind="border")
    assert found[["name", "score", "via"]].to_numpy().tolist() == [
        ["甲区", gazetteer.SCORES["part"], "part"],
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("余杭交界", {"余杭区", "余杭街道"}),
        ("余杭区界", {"余杭区"}),
        ("余杭区区界", {"余杭区"}),
        ("余杭街道界", {"余杭街道"}),
        ("余杭镇界", set()),
    ],
)
def test_the_level_counts_where_it_is_said(asked: str, found: set[str]) -> None:
    frame = districts(余杭区=box(120, 30, 121, 31), 余杭街道=box(120.2, 30.2, 120.4, 30.4))
    gaz = gazetteer.read().add(frame)
    assert set(gaz.find(asked, kind="border")["name"]) == found


def test_a_district_lies_in_its_city_without_bordering_on_it() -> None:
    frame = districts(
        杭州市=box(120.0, 30.0, 120.2, 30.1),
        甲区=box(120.0, 30.0, 120.1, 30.1),
        乙区=box(120.1, 30.0, 120.2, 30.1),
    )
    assert sorted(gazetteer.borders(frame)["name"]) == ["乙区—杭州市", "乙区—甲区", "杭州市—甲区"]


def test_a_hole_is_a_border_too() -> None:
    ring = box(120.0, 30.0, 120.3, 30.3).difference(box(120.1, 30.1, 120.2, 30.2))
    lines = gazetteer.borders(districts(甲区=ring, 乙区=box(120.1, 30.1, 120.2, 30.2)))
    assert sorted(lines["name"]) == ["乙区—甲区", "甲区"]


def test_no_polygons_no_borders() -> None:
    frame = districts(甲区=box(120, 30, 121, 31)).iloc[:0]
    assert gazetteer.borders(frame).empty


@pytest.mark.parametrize(
    "bad",
    [Point(120, 30), LineString([(120, 30), (121, 31)]), None, box(120, 30, 120, 30)],
)
def test_only_valid_polygons_have_borders(bad: object) -> None:
    frame = districts(甲区=box(120, 30, 121, 31), 乙区=bad)
    with pytest.raises(errors.GeometryError, match="rows 1 are not valid polygons"):
        gazetteer.borders(frame)


def test_columns_and_crs_are_asked_for(three: gpd.GeoDataFrame) -> None:
    with pytest.raises(errors.SchemaError, match="no column '区名' of names; the columns are name"):
        gazetteer.borders(three, name="区名")
    with pytest.raises(errors.MissingCRSError):
        gazetteer.borders(three.set_crs(None, allow_override=True))
