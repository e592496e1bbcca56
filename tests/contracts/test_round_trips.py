"""What is written comes back: each value, dtype, null, index, CRS and attribute, in each format."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from parkgeo import crs, io
from parkgeo.errors import SchemaError

FORMATS = ["parquet", "geoparquet", "gpkg", "geojson", "json", "shp", "zip"]
EXACT = ["parquet", "gpkg", "geojson"]
"""Formats that also keep the order of the vertices."""


def assert_same(found: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, *, vertices: bool) -> None:
    """Assert that two frames are equal to the last bit and the last null."""
    assert list(found.columns) == list(frame.columns)
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")),
        pd.DataFrame(frame.drop(columns="geometry")),
        check_exact=True,
    )
    assert found.crs == frame.crs
    assert found.attrs == frame.attrs
    left, right = found.geometry.to_numpy(), frame.geometry.to_numpy()
    if not vertices:
        left, right = shapely.normalize(left), shapely.normalize(right)
    assert list(shapely.to_wkb(left)) == list(shapely.to_wkb(right))


def every_dtype() -> gpd.GeoDataFrame:
    """One column of every dtype, each with the value that formats like to lose."""
    days = pd.to_datetime(["2021-01-02", None, "1899-12-31"])
    moments = ["2021-01-02T03:04:05.123456789", None, "1999-12-31"]
    frame = gpd.GeoDataFrame(
        {
            "名称": ["a'\"<script>😀", None, ""],
            "一个很长的列名,长过十个字节": [" 前后空格 ", "甲" * 300, "a\nb"],
            "一个很长的列名,也长过十个字节": ["x", "y", "z"],
            "whole_gaps": pd.array([2**60 + 1, None, -(2**63)], dtype="Int64"),
            "int8": np.array([1, -2, 3], dtype="int8"),
            "uint64": np.array([2**64 - 1, 1, 2], dtype="uint64"),
            "truth": [True, False, True],
            "truth_gaps": pd.array([True, None, False], dtype="boolean"),
            "real": [0.1 + 0.2, np.nan, np.inf],
            "small": [1e-300, 1 / 3, -0.0],
            "real32": np.array([0.1, 2, 3], dtype="float32"),
            "geometry": [box(120, 30, 120.1 + 1e-9, 30.1), None, MultiPolygon([box(1, 1, 2, 2)])],
            "day": days,
            "moment": pd.to_datetime(moments, format="ISO8601").astype("datetime64[ns]"),
            "zoned": pd.to_datetime(moments, format="ISO8601").tz_localize("Asia/Shanghai"),
            "category": pd.Categorical(["x", None, "y"], categories=["y", "x"], ordered=True),
            "members": [("a", "b"), None, ("c",)],
            "mixed": [1, "a", [1, {"b": None}]],
            "name": ["a", "b", "c"],
            "Name": ["d", "e", "f"],
            "fid": [3, 4, 5],
            "bbox": ["a", "b", "c"],
            "geom": ["a", "b", "c"],
            "nothing": [None, None, None],
            "text_object": pd.Series(["a", None, "b"], dtype=object),
        },
        geometry="geometry",
        crs="EPSG:4490",
    )
    frame.index = pd.Index(["甲", "乙", "丙"], name="block_id")
    frame.attrs = {
        "provenance": {"source": "西湖区 2021", "license": "ODbL-1.0", "accuracy_m": 30.5},
        "note": ["“引号”", None, 1.5],
    }
    return frame


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_dtype_null_and_attribute_comes_back(tmp_path: Path, suffix: str) -> None:
    frame = every_dtype()
    before = frame.copy(deep=True)
    found = io.read(io.write(frame, tmp_path / f"园区.{suffix}"))
    assert_same(found, frame, vertices=suffix in EXACT)
    assert_same(frame, before, vertices=True)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "system", ["EPSG:4490", "EPSG:4326", "EPSG:4549", "EPSG:3857", "gcj02", "bd09"]
)
def test_the_crs_comes_back(tmp_path: Path, suffix: str, system: str) -> None:
    own = crs.DATUMS.get(system, system)
    frame = every_dtype()[["名称", "geometry"]].set_crs(own, allow_override=True)
    found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
    assert found.crs == frame.crs
    assert crs.datum_of(found) == crs.datum_of(frame) if system != "EPSG:3857" else True


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3),
        pd.RangeIndex(3, name="row"),
        pd.Index([5, 5, 7]),
        pd.Index(["a", "b", "b"]),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["brand", None]),
    ],
    ids=["range", "named range", "numbers", "text", "two levels"],
)
def test_the_index_comes_back(tmp_path: Path, suffix: str, index: pd.Index) -> None:
    frame = every_dtype()[["名称", "geometry"]].set_axis(index)
    found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
    pd.testing.assert_index_equal(found.index, frame.index, exact="equiv")


@pytest.mark.parametrize("suffix", FORMATS)
def test_geometry_alone_comes_back(tmp_path: Path, suffix: str) -> None:
    frame = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), box(1, 1, 2, 2)], crs="EPSG:4490")
    found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
    assert_same(found, frame, vertices=suffix in EXACT)


@pytest.mark.parametrize("suffix", FORMATS)
def test_unknown_extents_come_back(tmp_path: Path, suffix: str) -> None:
    shapes = gpd.GeoSeries([None, None], crs="EPSG:4490")
    frame = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes)
    assert_same(io.read(io.write(frame, tmp_path / f"a.{suffix}")), frame, vertices=True)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_frame_without_rows_comes_back(tmp_path: Path, suffix: str) -> None:
    frame = every_dtype()[["名称", "real", "geometry"]].iloc[:0]
    found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
    assert len(found) == 0
    assert list(found.columns) == list(frame.columns)
    assert found.crs == frame.crs
    assert list(found.dtypes) == list(frame.dtypes)


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_coordinate_loses_a_bit(tmp_path: Path, suffix: str) -> None:
    corners = np.random.default_rng(2).uniform((120.1, 30.1), (120.2, 30.2), (200, 2))
    steps = np.array([[0, 0], [1e-5, 1e-9], [1 / 3, 1 / 7]])
    shapes = [Polygon(corner + steps) for corner in corners]
    frame = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4490")
    found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
    assert_same(found, frame, vertices=suffix in EXACT)


@pytest.mark.parametrize("suffix", FORMATS)
def test_third_dimension_lines_and_points_come_back(tmp_path: Path, suffix: str) -> None:
    for shape in [
        "POINT (1 2)",
        "LINESTRING (1 2, 3 4)",
        "POLYGON Z ((0 0 1, 1 0 2, 1 1 3, 0 0 1))",
    ]:
        frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.from_wkt(shape)], crs="EPSG:4490")
        found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
        assert_same(found, frame, vertices=suffix in EXACT)


@pytest.mark.parametrize("suffix", EXACT)
def test_mixed_kinds_and_empty_shapes_come_back(tmp_path: Path, suffix: str) -> None:
    shapes = shapely.from_wkt(
        [
            "POINT (1 2)",
            "POLYGON EMPTY",
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
            "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
        ],
    )
    frame = gpd.GeoDataFrame({"a": range(4)}, geometry=shapes, crs="EPSG:4490")
    assert_same(io.read(io.write(frame, tmp_path / f"a.{suffix}")), frame, vertices=True)


TEXT = st.text(
    st.one_of(
        st.sampled_from("甲乙园区亩㎡，。“”'\"<>&;,\\/\t\n 😀𠮷é\u200b\ufeff"),
        st.characters(codec="utf-8", exclude_characters="\0\r"),
    ),
    max_size=120,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.none() | TEXT,
    "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
    "truth": st.none() | st.booleans(),
    "real": st.none() | st.floats(allow_nan=False),
    "day": st.none() | st.datetimes(pd.Timestamp(1700, 1, 1), pd.Timestamp(2200, 1, 1)),
}
DTYPES = {"whole": "Int64", "truth": "boolean", "real": "float64", "day": "datetime64[us]"}


@st.composite
def frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Frames of any values with any column names."""
    rows = draw(st.integers(1, 4))
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
    names = draw(
        st.lists(
            TEXT.map(lambda text: text[:20]).filter(lambda text: text not in {"", "geometry"}),
            min_size=len(kinds),
            max_size=len(kinds),
            unique=True,
        ),
    )
    columns = {
        name: pd.Series(
            draw(st.lists(VALUES[kind], min_size=rows, max_size=rows)),
            dtype=DTYPES.get(kind, "str"),
        )
        for name, kind in zip(names, kinds, strict=True)
    }
    shape = box(120, 30, 121, 31)
    return gpd.GeoDataFrame(columns, geometry=[shape] * rows, crs="EPSG:4490")


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "geojson", "shp"])
def test_any_values_come_back(tmp_path_factory: pytest.TempPathFactory, suffix: str) -> None:
    folder = tmp_path_factory.mktemp("round")

    @settings(max_examples=40)
    @given(frames())
    def same(frame: gpd.GeoDataFrame) -> None:
        found = io.read(io.write(frame, folder / f"a.{suffix}"))
        assert_same(found, frame, vertices=suffix in EXACT)

    same()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1j, 2j, 3j], "dtype complex128"),
        ([{1}, {2}, {3}], "values of set"),
        (["a\0b", "c", "d"], "NUL"),
        (pd.Series(["\ud800", "c", "d"], dtype=object), "half a character"),
        ([(1, (2, 3)), (4,), (5,)], "rows 0"),
    ],
)
def test_what_no_file_keeps_is_refused(
    tmp_path: Path, suffix: str, values: list[object], says: str
) -> None:
    frame = gpd.GeoDataFrame({"列": values}, geometry=[box(0, 0, 1, 1)] * 3, crs="EPSG:4490")
    with pytest.raises(SchemaError, match=f"列.*{says}"):
        io.write(frame, tmp_path / f"a.{suffix}")
    assert list(tmp_path.iterdir()) == []
