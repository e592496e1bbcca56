"""Overlap on input that is empty, odd or wrong: a documented result, or one clear error."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box
from strategies import on_ground

from parkgeo import overlap
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
)

SQUARE = box(0, 0, 1000, 1000)
BOW_TIE = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])


def frame_of(*shapes: object, **columns: object) -> gpd.GeoDataFrame:
    names = list("abcdefgh"[: len(shapes)])
    drawn = [shape if shape is not None else Polygon() for shape in shapes]
    frame = gpd.GeoDataFrame(
        {"brand_id": names, **columns},
        geometry=on_ground(drawn).to_numpy(),
        index=pd.Index([f"{name}1" for name in names], name="block_id"),
        crs="EPSG:4490",
    )
    missing = [shape is None for shape in shapes]
    frame.loc[missing, "geometry"] = None
    return frame


ALL = pytest.mark.parametrize(
    "call", [overlap.pairs, overlap.partition, overlap.net_area_km2], ids=lambda f: f.__name__
)
TABLES = pytest.mark.parametrize(
    "call", [overlap.pairs, overlap.partition], ids=lambda f: f.__name__
)


# Wrong -------------------------------------------------------------------------------------------


def test_a_plain_frame_is_refused_before_its_columns_are_read() -> None:
    plain = pd.DataFrame(frame_of(SQUARE))
    for call in (
        lambda: overlap.net_area_km2(plain, by="brand_id"),
        lambda: overlap.partition(plain, carry=["brand_id"]),
    ):
        with pytest.raises(SchemaError, match="must be a GeoDataFrame, not a DataFrame"):
            call()


@pytest.mark.parametrize("name", ["brand_id", "accuracy_m"])
def test_a_name_of_two_columns_is_refused(name: str) -> None:
    frame = frame_of(SQUARE, accuracy_m=1.0)
    twice = gpd.GeoDataFrame(pd.concat([frame, frame[[name]]], axis=1), geometry="geometry")
    with pytest.raises(SchemaError, match=f"2 columns are named '{name}'"):
        overlap.pairs(twice)
    with pytest.raises(SchemaError, match=f"2 columns are named '{name}'"):
        overlap.partition(twice, carry=[name])


def test_values_that_cannot_be_carried() -> None:
    frame = frame_of(SQUARE, SQUARE).assign(brand_id="a", said=[["x"], ["y"]])
    with pytest.raises(SchemaError, match="values of 'said' .* unhashable"):
        overlap.partition(frame, carry=["said"])
    tuples = frame.assign(said=[(1, "x"), ("x", 1)])
    carried = overlap.partition(tuples, carry=["said"])["said"]
    assert carried.tolist() == [((("x", 1), (1, "x")),)]


@ALL
def test_no_crs(call) -> None:  # noqa: ANN001
    with pytest.raises(MissingCRSError, match="^parks.* no CRS"):
        call(frame_of(SQUARE).set_crs(None, allow_override=True))


@ALL
def test_swapped_coordinates(call) -> None:  # noqa: ANN001
    frame = frame_of(SQUARE)
    swapped = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    with pytest.raises(CRSMismatchError, match="swapped"):
        call(frame.set_geometry(swapped, crs=frame.crs))


@ALL
def test_an_invalid_ring_names_its_row_and_the_remedy(call) -> None:  # noqa: ANN001
    with pytest.raises(GeometryError, match=r"Self-intersection.*rows 'b1'.*parkgeo\.io\.repair"):
        call(frame_of(SQUARE, BOW_TIE))


@ALL
@pytest.mark.parametrize(
    ("shape", "name"),
    [
        (LineString([(0, 0), (9, 9)]), "LINESTRING"),
        (Point(0, 0), "POINT"),
        (GeometryCollection([SQUARE, Point(0, 0)]), "GEOMETRYCOLLECTION"),
    ],
)
def test_what_is_no_polygon(call, shape: object, name: str) -> None:  # noqa: ANN001
    with pytest.raises(GeometryError, match=f"found {name} in rows 'b1'"):
        call(frame_of(SQUARE, shape))


@ALL
@pytest.mark.parametrize("number", ["NaN", "Inf"])
def test_coordinates_that_are_no_numbers(call, number: str) -> None:  # noqa: ANN001
    frame = frame_of(SQUARE, SQUARE)
    with np.errstate(invalid="ignore"):
        broken = shapely.from_wkt(f"POLYGON ((120 30, 120.1 30, {number} 30.1, 120 30))")
    frame.loc["b1", "geometry"] = broken
    with pytest.raises(GeometryError, match="rows 'b1'"):
        call(frame)


@ALL
def test_a_ring_without_ground(call) -> None:  # noqa: ANN001
    frame = frame_of(SQUARE, SQUARE)
    there_and_back = shapely.from_wkt("POLYGON ((120 30, 120.1 30, 120.2 30, 120 30))")
    frame.loc["b1", "geometry"] = there_and_back
    with pytest.raises(GeometryError, match="rows 'b1'"):
        call(frame)


@TABLES
def test_a_failure_of_geos_is_one_of_the_family(call, monkeypatch) -> None:  # noqa: ANN001
    def fail(*_: object, **__: object) -> None:
        raise shapely.GEOSException("TopologyException: side location conflict")

    monkeypatch.setattr(shapely, "intersection", fail)
    monkeypatch.setattr(shapely, "polygonize_full", fail)
    with pytest.raises(GeometryError, match=f"{call.__name__}: GEOS could not.*side location"):
        call(frame_of(SQUARE, SQUARE))


@ALL
def test_no_frame(call) -> None:  # noqa: ANN001
    with pytest.raises(SchemaError, match="must be a GeoDataFrame, not a DataFrame"):
        call(pd.DataFrame({"brand_id": ["a"]}))
    with pytest.raises(SchemaError, match="no geometry column"):
        call(gpd.GeoDataFrame({"brand_id": ["a"]}))


@TABLES
def test_an_unknown_column_offers_the_nearest(call) -> None:  # noqa: ANN001
    with pytest.raises(UnknownNameError, match="no column or index 'brand'.*mean 'brand_id'"):
        call(frame_of(SQUARE), by="brand")
    with pytest.raises(UnknownNameError, match="there are brand_id, block_id.*say by="):
        call(frame_of(SQUARE), by="zzz")
    with pytest.raises(UnknownNameError):
        call(frame_of(SQUARE), by="geometry")


@TABLES
def test_a_missing_label_names_its_row(call) -> None:  # noqa: ANN001
    frame = frame_of(SQUARE, SQUARE).assign(brand_id=["a", None])
    with pytest.raises(SchemaError, match="no 'brand_id' in rows 'b1'"):
        call(frame)


def test_labels_that_cannot_name_groups() -> None:
    with pytest.raises(SchemaError, match="cannot name groups"):
        overlap.pairs(frame_of(SQUARE, SQUARE, kind=[["x"], ["y"]]), by="kind")


@pytest.mark.parametrize("accuracy", [-1.0, np.inf, "wide"])
def test_an_accuracy_that_is_no_length(accuracy: object) -> None:
    frame = frame_of(SQUARE, SQUARE, accuracy_m=pd.Series([1.0, accuracy], dtype=object).to_numpy())
    with pytest.raises(SchemaError, match="accuracy_m must be metres.*'b1'"):
        overlap.pairs(frame)


def test_a_face_has_a_member() -> None:
    with pytest.raises(SchemaError, match="min_members"):
        overlap.partition(frame_of(SQUARE), min_members=0)


# Odd ---------------------------------------------------------------------------------------------


def test_no_rows() -> None:
    full, none = frame_of(SQUARE, SQUARE), frame_of(SQUARE).iloc[:0]
    for call in (overlap.pairs, overlap.partition):
        table = call(none, geometry=True)
        assert len(table) == 0
        assert list(table.columns) == list(call(full, geometry=True).columns)
        assert table.crs == "EPSG:4490"
        assert table.attrs["conservation"] == 0.0
    assert overlap.net_area_km2(none) == 0.0
    assert overlap.net_area_km2(none, by="brand_id").empty


def test_one_block() -> None:
    frame = frame_of(SQUARE)
    assert overlap.pairs(frame).empty
    assert overlap.partition(frame)["members"].tolist() == [("a",)]


def test_rows_without_geometry_are_named() -> None:
    frame = frame_of(SQUARE, None, Polygon(), SQUARE)
    for table in (overlap.pairs(frame), overlap.partition(frame)):
        assert table.attrs["rows_without_geometry"] == ["b1", "c1"]
    assert overlap.pairs(frame)[["left", "right"]].to_numpy().tolist() == [["a", "d"]]
    net = overlap.net_area_km2(frame, by="brand_id")
    assert net.isna().tolist() == [False, True, True, False]
    assert overlap.net_area_km2(frame) == pytest.approx(1.0)


def test_duplicate_index_labels() -> None:
    frame = frame_of(SQUARE, box(500, 0, 1500, 1000)).set_axis(["x", "x"])
    assert overlap.pairs(frame)["overlap_km2"].tolist() == pytest.approx([0.5])


def test_duplicate_labels_of_an_index_are_one_group() -> None:
    frame = frame_of(SQUARE, box(500, 0, 1500, 1000))
    frame = frame.set_axis(pd.Index(["x", "x"], name="block_id"))
    assert overlap.net_area_km2(frame, by="block_id").to_dict() == pytest.approx({"x": 1.5})


def test_a_part_of_a_multi_index() -> None:
    frame = frame_of(SQUARE, SQUARE, city=["hz", "nb"]).set_index(["city", "brand_id"])
    assert overlap.pairs(frame, by="city")[["left", "right"]].to_numpy().tolist() == [["hz", "nb"]]


@pytest.mark.parametrize(
    ("labels", "left", "right"),
    [
        ([10, 9], 9, 10),
        ([pd.Timestamp("2021-01-01"), pd.Timestamp("2006-01-01")],
         pd.Timestamp("2006-01-01"), pd.Timestamp("2021-01-01")),
        (["b", 7], 7, "b"),
        (pd.Categorical(["y", "x"], categories=["y", "x"]), "x", "y"),
        (['"; DROP', "<script>1</script>"], '"; DROP', "<script>1</script>"),
        (["紫金港", "云栖"], "云栖", "紫金港"),
    ],
)  # fmt: skip
def test_labels_of_any_kind(labels: object, left: object, right: object) -> None:
    frame = frame_of(SQUARE, SQUARE, label=labels)
    row = overlap.pairs(frame, by="label").iloc[0]
    assert (row["left"], row["right"]) == (left, right)
    assert overlap.partition(frame, by="label")["members"].tolist() == [(left, right)]


def test_polygons_and_multipolygons_with_heights() -> None:
    high = shapely.force_3d(MultiPolygon([box(0, 0, 100, 100), box(500, 0, 600, 100)]), 30.0)
    frame = frame_of(SQUARE, SQUARE)
    frame.loc["b1", "geometry"] = shapely.force_3d(on_ground([high]).iloc[0], 30.0)
    table = overlap.pairs(frame, geometry=True)
    assert table["overlap_km2"].tolist() == pytest.approx([0.02])
    assert not table.has_z.any()
    assert table["relation"].tolist() == ["contains"]


def test_an_overlap_that_also_touches_keeps_its_polygons_only() -> None:
    comb = Polygon(
        [
            (0, 0),
            (0, 500),
            (200, 500),
            (200, 1000),
            (900, 1000),
            (900, 1500),
            (-100, 1500),
            (-100, 0),
        ]
    )
    table = overlap.pairs(frame_of(SQUARE, comb), geometry=True)
    parts = shapely.intersection(SQUARE, comb)
    assert parts.geom_type == "GeometryCollection"
    assert set(table.geom_type) <= {"Polygon", "MultiPolygon"}
    assert table["overlap_km2"].tolist() == pytest.approx([parts.area / 1e6])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549", "EPSG:3857"])
def test_any_crs_gives_the_same_areas(crs: str) -> None:
    frame = frame_of(SQUARE, box(500, 0, 1500, 1000))
    expected = overlap.pairs(frame)["overlap_km2"].tolist()
    assert overlap.pairs(frame.to_crs(crs))["overlap_km2"].tolist() == pytest.approx(
        expected, rel=1e-8
    )


def test_a_polygon_that_is_valid_only_in_its_own_crs() -> None:
    """A hole touches a slanting edge between two corners: exact in degrees, not on the plane."""
    shell = [(120.0, 30.0), (120.04, 30.02), (120.04, 30.04), (120.0, 30.04)]
    hole = [(120.02, 30.01), (120.03, 30.03), (120.01, 30.03)]
    holed = Polygon(shell, [hole])
    frame = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=[holed], crs="EPSG:4490")
    assert holed.is_valid
    faces = overlap.partition(frame)
    assert faces.is_valid.all()
    geodesic = gpd.GeoSeries([holed], crs="EPSG:4490").to_crs("EPSG:6933").area.iloc[0] / 1e6
    assert faces["area_km2"].tolist() == pytest.approx([geodesic], rel=1e-4)


def test_attributes_can_be_written_as_json() -> None:
    frame = frame_of(SQUARE, None).set_axis([pd.Timestamp("2021-01-01"), np.int64(3)])
    for table in (overlap.pairs(frame), overlap.partition(frame)):
        assert json.loads(json.dumps(table.attrs)) == table.attrs
