"""What a drawn basemap is made of: kinds, ranks, joined lines, and what is refused."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely import LineString, MultiLineString, Point, Polygon, box

from parkgeo import crs, datasets, gazetteer, io, maps
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.maps import DrawnBasemap, drawn_basemap

EAST = LineString([(120.0, 30.3), (120.1, 30.3)])
HOSTILE = ["</script><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "שלום", "名" * 10_000, "\ud800"]


def frame(shapes: list[Any], kind: str = "road", **columns: object) -> gpd.GeoDataFrame:
    rows = {"kind": [kind] * len(shapes), **columns}
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4490")


def table(basemap: DrawnBasemap) -> pd.DataFrame:
    """Read back what the page reads: what each part is drawn as, its rank and its name."""
    content = json.loads(basemap.content)
    read = json.loads(gzip.decompress(base64.b64decode(content["table"])))
    texts = [text["zh"] for text in read["texts"]] + [None]
    return pd.DataFrame(
        {
            "drawn": [content["kinds"][i] for i in read["classes"]],
            "rank": read["ranks"],
            "name": [texts[i] for i in read["names"]],
            "room": read["rooms"],
        }
    )


# Ranks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "rank"),
    [
        ({"fclass": ["motorway"]}, 1),
        ({"fclass": ["primary_link"]}, 5),
        ({"highway": ["footway"]}, 6),
        ({"class": ["主干路"]}, 3),
        ({"ref": ["G25;G2504"]}, 1),
        ({"ref": ["S2"]}, 1),
        ({"ref": ["G104"]}, 2),
        ({"ref": ["S304"]}, 3),
        ({"name": ["杭长高速"]}, 1),
        ({"name": ["秋石高架路"]}, 2),
        ({"rank": [4], "fclass": ["motorway"]}, 4),
        ({"name": ["文一西路"]}, 4),  # 9.6 km
        ({}, 4),
    ],
)
def test_a_road_has_the_rank_of_its_class_or_number(columns: dict[str, Any], rank: int) -> None:
    assert table(drawn_basemap(frame([EAST], **columns)))["rank"].tolist() == [rank]


def test_all_lines_of_a_name_count_for_its_rank() -> None:
    """4.8 km in each of three parts that lie apart: 14.4 km, where each alone is less than 12."""
    parts = [LineString([(120 + x, 30.3), (120.05 + x, 30.3)]) for x in (0, 0.1, 0.2)]
    assert set(table(drawn_basemap(frame(parts, name=["路"] * 3)))["rank"]) == {3}
    assert set(table(drawn_basemap(frame(parts, name=["甲", "乙", "丙"])))["rank"]) == {4}


def test_lines_of_a_name_are_joined_where_they_meet() -> None:
    halves = [
        LineString([(120.0, 30.3), (120.05, 30.3)]),
        LineString([(120.05, 30.3), (120.1, 30.31)]),
    ]
    both = frame([*halves, halves[0]], name=["路", "路", "街"])
    read = table(drawn_basemap(both))
    assert sorted(read["name"]) == ["街", "路"]


# Areas -------------------------------------------------------------------------------------------


def test_water_has_no_seams_and_keeps_its_names() -> None:
    lake = frame(
        [box(120, 30, 120.1, 30.1), box(120.1, 30, 120.2, 30.1)], "river", name=["东湖", "西湖"]
    )
    read = table(drawn_basemap(lake))
    assert read.loc[read["drawn"] == "water", "name"].isna().tolist() == [True]
    names = read[read["drawn"] == "water_name"]
    assert sorted(names["name"]) == ["东湖", "西湖"]
    # The largest circle in 9.6 km by 11.1 km: 9.6 km wide.
    assert names["room"].to_numpy() == pytest.approx(1.6 * 9640, rel=0.02)


def test_a_border_that_two_districts_share_is_drawn_once() -> None:
    west, east = box(120, 30, 120.1, 30.1), box(120.1, 30, 120.2, 30.1)
    basemap = drawn_basemap(frame([west, east], "border", name=["甲区", "乙区"]), tolerance_m=0)
    read = table(basemap)
    assert sorted(read.loc[read["drawn"] == "place", "name"]) == ["乙区", "甲区"]
    borders = read[read["drawn"] == "border"]
    # Around both, and the one between, cut where they meet.
    assert len(borders) == 3
    assert borders["name"].isna().all()


def test_the_border_of_a_district_is_not_drawn_for_its_streets_again() -> None:
    district, street = box(120, 30, 120.2, 30.2), box(120, 30, 120.1, 30.1)
    levels = frame([street, district], "border", name=["街道", "区"], admin_level=[8, 6])
    read = table(drawn_basemap(levels, tolerance_m=0))
    drawn = read[read["drawn"] == "border"]
    assert drawn["rank"].tolist().count(4) == 1
    assert set(drawn["rank"]) == {2, 4}


def test_places_are_names_only() -> None:
    read = table(
        drawn_basemap(frame([Point(120, 30), box(120, 30, 121, 31)], "place", name=["镇", "区"]))
    )
    assert read["drawn"].tolist() == ["place", "place"]


# Frames ------------------------------------------------------------------------------------------


def test_several_frames_and_a_gazetteer_make_one(tmp_path: Path) -> None:
    io.write(frame([EAST], name=["文一西路"]), tmp_path / "roads.parquet")
    lines = gazetteer.read(tmp_path / "roads.parquet")
    both = drawn_basemap(lines, frame([box(120, 30, 120.1, 30.1)], "river"))
    assert sorted(table(both)["drawn"]) == ["road", "water"]


def test_the_bundled_ground_is_drawn_and_says_whose_it_is() -> None:
    basemap = drawn_basemap(datasets.hangzhou_ground())
    assert basemap.attribution == datasets.ATTRIBUTION
    assert len(basemap.content) < 100_000
    assert {"钱塘江", "西湖", "西湖区", "沪昆线"} <= set(table(basemap)["name"])


def test_input_is_not_changed_and_any_datum_gives_the_same() -> None:
    roads = frame(
        [EAST, MultiLineString([EAST.coords, [(120, 30), (120.1, 30)]])], name=["甲", None]
    )
    before = roads.copy(deep=True)
    plain = table(drawn_basemap(roads))
    assert_geodataframe_equal(roads, before)
    for other in (crs.to_datum(roads, "gcj02"), crs.to_datum(roads, "bd09"), roads.to_crs(4549)):
        pd.testing.assert_frame_equal(table(drawn_basemap(other)), plain)


def test_only_what_lies_around_is_kept() -> None:
    roads = frame([EAST, LineString([(121, 30.3), (122, 30.3)])], name=["近", "远"])
    parks = gpd.GeoDataFrame(geometry=[box(120.0, 30.25, 120.1, 30.35)], crs="EPSG:4490")
    assert table(drawn_basemap(roads, within=parks))["name"].tolist() == ["近"]
    assert table(drawn_basemap(roads, within=parks.to_crs(4549).geometry))["name"].tolist() == [
        "近"
    ]
    with pytest.raises(GeometryError, match="within"):
        drawn_basemap(roads, within=parks.set_geometry([box(110, 20, 111, 21)], crs=4490))
    with pytest.raises(GeometryError, match="nothing lies around"):
        drawn_basemap(roads, within=parks.iloc[:0])


def test_the_same_drawing_stands_in_a_page_once() -> None:
    basemap = drawn_basemap(frame([EAST]))
    assert basemap.key == drawn_basemap(frame([EAST])).key
    assert basemap.key != drawn_basemap(frame([EAST], name=["路"])).key
    zone = frame([box(120, 30, 120.01, 30.01)], brand_id=["a"])
    page = maps.overlap_map(zone, basemap=[basemap, basemap]).get_root().render()
    assert page.count(f'id="{basemap.key}"') == 1


# What is refused ---------------------------------------------------------------------------------


def test_what_is_no_frame_of_lines_is_refused() -> None:
    with pytest.raises(SchemaError, match="at least one frame"):
        drawn_basemap()
    with pytest.raises(SchemaError, match="frame 2 is a str without geometry"):
        drawn_basemap(frame([EAST]), "roads.gpkg")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="no column 'kind'; found name"):
        drawn_basemap(frame([EAST], name=["路"]).drop(columns="kind"))
    with pytest.raises(MissingCRSError):
        drawn_basemap(frame([EAST]).set_crs(None, allow_override=True))
    with pytest.raises(CRSMismatchError):
        drawn_basemap(frame([LineString([(30.3, 120.0), (30.3, 120.1)])]))


@pytest.mark.parametrize("empty", [[], [None], [LineString()]])
def test_nothing_to_draw_is_an_error(empty: list[Any]) -> None:
    with pytest.raises(GeometryError, match="none of"):
        drawn_basemap(frame(empty))


@pytest.mark.parametrize("kind", ["street", None, 7, "</script>"])
def test_a_kind_that_cannot_be_drawn_is_named(kind: object) -> None:
    roads = frame([EAST, EAST])
    roads["kind"] = ["road", kind]
    with pytest.raises(SchemaError, match=r"in rows 1; use road, river, railway, border, place"):
        drawn_basemap(roads)


@pytest.mark.parametrize(
    ("kind", "shape", "found"),
    [
        ("road", box(120, 30, 120.1, 30.1), "Polygon"),
        ("railway", Point(120, 30), "Point"),
        ("river", Point(120, 30), "Point"),
        ("place", EAST, "LineString"),
        ("river", shapely.GeometryCollection([EAST]), "GeometryCollection"),
    ],
)
def test_a_shape_that_a_kind_cannot_have_is_named(
    kind: str, shape: shapely.Geometry, found: str
) -> None:
    with pytest.raises(GeometryError, match=f"kind '{kind}' as {found}, in rows 0"):
        drawn_basemap(frame([shape], kind))


def test_broken_shapes_are_named() -> None:
    bow = Polygon([(120, 30), (121, 31), (121, 30), (120, 31)])
    with pytest.raises(GeometryError, match="invalid geometries in rows 0"):
        drawn_basemap(frame([bow], "river"))
    with pytest.raises(GeometryError, match="no numbers, in rows 0"):
        drawn_basemap(frame([shapely.transform(EAST, lambda xy: xy * [np.nan, 1])]))


@pytest.mark.parametrize("rank", [0, 7, 1.5, "first"])
def test_a_rank_that_is_none_is_named(rank: object) -> None:
    with pytest.raises(SchemaError, match="in rows 0; ranks are whole numbers from 1"):
        drawn_basemap(frame([EAST], rank=[rank]))


def test_a_basemap_larger_than_its_budget_says_what_helps() -> None:
    rng = np.random.default_rng(7)
    many = [LineString(line) for line in rng.uniform((120, 30), (121, 31), (2_000, 2, 2))]
    with pytest.raises(ParkgeoError, match=r"2,000 lines.*budget_mb=0\.005; .*within=parks"):
        drawn_basemap(frame(many), budget_mb=0.005)
    for wrong in ({"budget_mb": 0}, {"tolerance_m": -1}, {"tolerance_m": np.nan}):
        with pytest.raises(SchemaError):
            drawn_basemap(frame([EAST]), **wrong)


def test_names_are_data_and_short() -> None:
    shapes = [LineString([(120, 30 + i / 10), (120.1, 30 + i / 10)]) for i in range(len(HOSTILE))]
    names = pd.Series(HOSTILE, dtype=object)
    basemap = drawn_basemap(frame(shapes, name=names), name=HOSTILE[0], attribution=HOSTILE[1])
    assert max(table(basemap)["name"].str.len()) <= 60
    zone = frame([box(120, 30, 120.01, 30.01)], brand_id=["a"])
    page = maps.overlap_map(zone, basemap=basemap).get_root().render()
    assert "<img src=x" not in page
    assert maps.external_loads(page) == []


def test_a_basemap_that_is_none_is_named() -> None:
    zone = frame([box(120, 30, 120.01, 30.01)], brand_id=["a"])
    with pytest.raises(UnknownNameError, match="drawn_basemap"):
        maps.overlap_map(zone, basemap="hangzou")
