"""The schema of the parks and lines frames, and how its faults are told."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box

from parkgeo.errors import CRSMismatchError, MissingCRSError, SchemaError
from parkgeo.tables import LINE_COLUMNS, PARK_COLUMNS, validate_lines, validate_parks

SQUARE = box(120.0, 30.0, 120.01, 30.01)


def parks(rows: int = 2, **columns: object) -> gpd.GeoDataFrame:
    """Return a small parks frame, with some columns replaced."""
    data = {"brand_id": [f"b{row}" for row in range(rows)], **columns}
    index = pd.Index([f"p{row}" for row in range(rows)], name="block_id")
    return gpd.GeoDataFrame(data, geometry=[SQUARE] * rows, crs="EPSG:4490", index=index)


def test_columns_are_those_of_the_design() -> None:
    assert [column.name for column in PARK_COLUMNS] == [
        "brand_id", "brand", "brand_en", "block", "level", "kind", "administrator", "approved_on",
        "document", "stated_area_km2", "stated_area_text", "method", "accuracy_m", "four_bounds",
        "source", "license",
    ]  # fmt: skip
    assert [column.name for column in LINE_COLUMNS] == ["name", "kind", "ref", "source"]


def test_missing_columns_are_added_as_nulls_in_order(town: gpd.GeoDataFrame) -> None:
    before = town.copy(deep=True)
    found = validate_parks(town.assign(colour="red"))
    assert list(found.columns) == [*(c.name for c in PARK_COLUMNS), "colour", "geometry"]
    assert found["brand"].isna().all()
    assert found["approved_on"].dtype.kind == "M"
    assert found["accuracy_m"].dtype == "float64"
    assert found["administrator"].tolist() == town["administrator"].tolist()
    assert found.index.equals(town.index)
    assert list(found.geometry) == list(town.geometry)
    pd.testing.assert_frame_equal(pd.DataFrame(town), pd.DataFrame(before))
    pd.testing.assert_frame_equal(pd.DataFrame(validate_parks(found)), pd.DataFrame(found))


def test_an_unknown_extent_is_no_fault() -> None:
    frame = parks().set_geometry(gpd.GeoSeries([None, SQUARE], index=["p0", "p1"], crs=4490))
    assert validate_parks(frame).geometry.isna().tolist() == [True, False]


def test_types_are_unified_only_where_no_value_changes() -> None:
    frame = parks(
        stated_area_km2=[21, 4],
        accuracy_m=pd.array([None, 30], dtype="Float64"),
        brand=pd.Series(["甲", None], dtype=object, index=["p0", "p1"]),
        approved_on=pd.to_datetime(["2021-01-02", None]),
    )
    found = validate_parks(frame)
    assert found["stated_area_km2"].tolist() == [21.0, 4.0]
    assert found["accuracy_m"].isna().tolist() == [True, False]
    assert found["brand"].tolist()[0] == "甲"
    assert found["approved_on"].iloc[0] == pd.Timestamp(2021, 1, 2)


def test_attributes_are_kept() -> None:
    frame = parks()
    frame.attrs = {"provenance": {"source": "a"}}
    assert validate_parks(frame).attrs == frame.attrs


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"brand_id": ["a b", "c"]}, r"column brand_id: 'a b' is no short ASCII name.*rows 'p0'"),
        ({"brand_id": ["紫金港", "c"]}, r"brand_id: '紫金港' is no short ASCII name"),
        ({"brand_id": [None, "c"]}, r"column brand_id: a value is null.*rows 'p0'"),
        ({"brand_id": [1, 2]}, r"column brand_id: 1, 2 is no short ASCII name.*rows 'p0', 'p1'"),
        ({"level": ["national ", "national"]}, r"column level: 'national ' is no text, .*spaces"),
        ({"level": ["国家级", None]}, r"column level: '国家级' is none of national, provincial"),
        ({"kind": ["zone", "park"]}, r"column kind: 'zone' is none of hitech_zone"),
        ({"method": ["guessed", None]}, r"column method: 'guessed' is none of official"),
        ({"brand": [7, "b"]}, r"column brand: 7 is no text"),
        ({"brand": ["", "b"]}, r"column brand: '' is no text, empty"),
        ({"stated_area_km2": [-1.0, 2.0]}, r"stated_area_km2: -1.0 is no finite number above 0"),
        ({"stated_area_km2": [np.inf, 2.0]}, r"stated_area_km2: inf is no finite number above 0"),
        ({"stated_area_km2": ["21", "4"]}, r"stated_area_km2: '21', '4' is no finite number"),
        ({"stated_area_km2": [True, False]}, r"stated_area_km2: .*is no finite number"),
        ({"approved_on": ["2021-01-02", None]}, r"approved_on: '2021-01-02' is no date"),
        ({"approved_on": [dt.date(2021, 1, 2), 3]}, r"approved_on: .*is no date"),
    ],
)
def test_a_bad_value_is_named_with_its_row(columns: dict[str, list[object]], says: str) -> None:
    with pytest.raises(SchemaError, match=says):
        validate_parks(parks(**columns))


def test_every_fault_is_told_at_once() -> None:
    frame = parks(3, level=["city", None, None], brand=[1, None, None])
    frame.index = pd.Index(["a", "a", "紫"], name="block_id")
    shapes = [Point(120, 30), shapely.from_wkt("POLYGON ((1 1, 2 2, 2 1, 1 2, 1 1))"), SQUARE]
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=4490))
    with pytest.raises(SchemaError) as caught:
        validate_parks(frame)
    text = str(caught.value)
    assert text.startswith("parks: 6 faults\n")
    for part in [
        "index block_id: 'a' stand more than once",
        "index block_id: '紫' is no short ASCII name",
        "column level: 'city'",
        "column brand: 1.0 is no text",
        "geometry: Point where Polygon or MultiPolygon belongs",
        "geometry: invalid (Self-intersection[1.5 1.5]); mend it with parkgeo.io.repair",
    ]:
        assert part in text


def test_only_the_first_five_rows_are_named() -> None:
    with pytest.raises(SchemaError, match=r"rows 'p0', 'p1', 'p2', 'p3', 'p4' and 4 more"):
        validate_parks(parks(9, level=["x"] * 9))


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (parks(2).iloc[:0], "the frame is empty"),
        (parks(2).drop(columns="brand_id"), "column brand_id: missing; the frame has geometry"),
        (parks(2).reset_index(), r"index block_id: missing, it is a column; use frame.set_index"),
        (parks(2).rename_axis("id"), "index block_id: missing, the index is called 'id'"),
        (parks(2)[["brand_id", "brand_id", "geometry"]], "columns: brand_id stand twice"),
        (pd.DataFrame(parks(2)), "found a DataFrame, not a GeoDataFrame"),
        (gpd.GeoDataFrame({"brand_id": ["a"]}), "the frame has no geometry"),
    ],
)
def test_a_frame_of_the_wrong_build_is_told(frame: gpd.GeoDataFrame, says: str) -> None:
    with pytest.raises(SchemaError, match=says):
        validate_parks(frame)


@pytest.mark.parametrize(
    ("wkt", "says"),
    [
        ("POINT (120 30)", "Point where Polygon"),
        ("GEOMETRYCOLLECTION (POLYGON ((120 30, 121 30, 121 31, 120 30)))", "GeometryCollection"),
        ("POLYGON EMPTY", "is empty; use null"),
        ("POLYGON Z ((120 30 5, 121 30 5, 121 31 5, 120 30 5))", "force_2d"),
        ("POLYGON ((120 30, 121 31, 121 30, 120 31, 120 30))", "Self-intersection"),
    ],
)
def test_a_bad_geometry_is_told(wkt: str, says: str) -> None:
    shapes = gpd.GeoSeries([shapely.from_wkt(wkt)], index=["p0"], crs=4490)
    with pytest.raises(SchemaError, match=f"geometry: .*{says}.*rows 'p0'"):
        validate_parks(parks(1).set_geometry(shapes))


def test_the_crs_is_asked_for_and_never_changed() -> None:
    with pytest.raises(MissingCRSError, match="parks.*no CRS"):
        validate_parks(parks().set_crs(None, allow_override=True))
    with pytest.raises(CRSMismatchError, match="EPSG:4326.*to_geographic"):
        validate_parks(parks().to_crs(4326))


def test_latitude_before_longitude_is_found() -> None:
    swapped = box(30.0, 120.0, 30.01, 120.01)
    with pytest.raises(CRSMismatchError, match="swapped"):
        validate_parks(parks(1).set_geometry([swapped], crs=4490))


def test_complete_asks_for_what_a_reader_relies_on() -> None:
    with pytest.raises(SchemaError, match="column brand, brand_en, block, .*license: missing"):
        validate_parks(parks(), complete=True)
    full = validate_parks(parks())
    with pytest.raises(SchemaError) as caught:
        validate_parks(full, complete=True)
    told = [line.split(":")[0] for line in str(caught.value).splitlines()[1:]]
    assert told == [f"- column {n}" for n in ("brand", "level", "kind", "source", "license")]
    words = {"brand": "甲", "level": "national", "kind": "park", "source": "s", "license": "MIT"}
    assert len(validate_parks(full.assign(**words), complete=True)) == 2


def test_lines_have_a_schema_too() -> None:
    road = LineString([(120, 30), (120.1, 30)])
    lines = gpd.GeoDataFrame({"kind": ["road"]}, geometry=[road], crs="EPSG:4490")
    assert list(validate_lines(lines).columns) == ["name", "kind", "ref", "source", "geometry"]
    with pytest.raises(SchemaError, match="column kind: 'street' is none of road, river"):
        validate_lines(lines.assign(kind="street"))
    with pytest.raises(SchemaError, match="Polygon where LineString or MultiLineString"):
        validate_lines(lines.set_geometry([SQUARE], crs=4490))
    with pytest.raises(SchemaError, match="index: 0 stand more than once"):
        validate_lines(gpd.GeoDataFrame(pd.concat([lines, lines])))
