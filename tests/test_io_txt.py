"""The land office's exchange format: hand-written files, and what is wrong with others."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer
from shapely import MultiPolygon, Polygon, box

from parkgeo import io
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
)

CASES = sorted((Path(__file__).parent / "reference" / "txt").glob("*.txt"))
HEAD = (
    "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n计量单位=米\n带号=40\n[地块坐标]\n"
    "4,1.0,A,甲,面,,,,@\n"
)
ROWS = "J1,1,3350000,505775\nJ2,1,3350100,505775\nJ3,1,3350100,505875\nJ4,1,3350000,505875\n"


def put(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.txt"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_reads_what_the_office_wrote(path: Path) -> None:
    document = json.loads(path.with_suffix(".geojson").read_text("utf-8"))
    found = io.read(path)
    code = int(document["crs"]["properties"]["name"].rpartition(":")[2])
    assert found.crs.to_epsg() == code
    assert len(found) == len(document["features"])
    for row, feature in enumerate(document["features"]):
        expected = feature["properties"]
        area = expected.pop("planar_area_m2")
        shape = found.geometry[row]
        assert shape.equals(shapely.geometry.shape(feature["geometry"]))
        assert shape.geom_type == feature["geometry"]["type"]
        assert shape.area == area
        values = found.drop(columns="geometry").loc[row]
        assert {k: None if pd.isna(v) else v for k, v in values.items()} == expected


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_written_again_it_reads_the_same(path: Path, tmp_path: Path) -> None:
    found = io.read(path)
    again = io.read(io.write(found, tmp_path / "b.txt"))
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(found))
    assert again.crs == found.crs
    assert list(again.geometry.to_wkb()) == list(found.geometry.to_wkb())


def test_points_lie_where_proj_puts_them() -> None:
    found = io.read(CASES[-1])
    assert found.crs.to_epsg() == 4528
    lon, lat = Transformer.from_crs("EPSG:4528", "EPSG:4490", always_xy=True).transform(
        40505775, 3350000
    )
    shape = io.read(CASES[-1]).to_crs("EPSG:4490").geometry[0]
    assert shape.distance(shapely.Point(lon, lat)) < 1e-11
    assert 120.05 < lon < 120.07
    assert 30.2 < lat < 30.3


def test_coordinates_areas_and_provenance_survive(tmp_path: Path) -> None:
    corner = np.array([505775.1234567891, 3350000.987654321])
    frame = gpd.GeoDataFrame(
        {
            "stated_area_km2": [0.1234567, 1 / 3, None],
            "parcel_id": ["330106-001", None, "c"],
            "name": ["“紫金港” <script>", "𠮷😀", None],
        },
        geometry=[
            Polygon(corner + np.array([[0, 0], [1 / 3, 100], [90, 90]])),
            MultiPolygon(
                [box(506000, 3350000, 506010, 3350010), box(5e5, 3.35e6, 5e5 + 1, 3.36e6)]
            ),
            box(505000, 3350000, 505001, 3350001),
        ],
        crs="EPSG:4549",
    )
    frame.attrs = {"provenance": {"source": "西湖区 2021"}}
    found = io.read(io.write(frame, tmp_path / "a.txt"))
    for name in ("stated_area_km2", "parcel_id", "name"):
        pd.testing.assert_series_equal(found[name], frame[name])
    assert found.attrs["provenance"] == frame.attrs["provenance"]
    same = shapely.normalize(found.geometry.to_numpy()) == shapely.normalize(
        frame.geometry.to_numpy()
    )
    assert same.all()
    assert found.loc[0, "stated_area_text"] == "12.34567公顷"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_each_encoding_is_told_by_its_bytes(tmp_path: Path, encoding: str) -> None:
    assert io.read(put(tmp_path, HEAD + ROWS, encoding)).loc[0, "name"] == "甲"


def test_a_file_cut_within_a_character_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes((HEAD + "5,1,1,甲").encode("gbk")[:-1])
    with pytest.raises(SchemaError, match=r"a\.txt is cut off within a character"):
        io.read(path)


def test_a_wrong_encoding_is_no_mojibake(tmp_path: Path) -> None:
    path = put(tmp_path, HEAD + ROWS, "gbk")
    with pytest.raises(SchemaError, match="is not utf-8; name the right one"):
        io.read(path, encoding="utf-8")
    with pytest.raises(SchemaError, match="'klingon' is no known encoding"):
        io.read(path, encoding="klingon")


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (HEAD + ROWS.rpartition("J4")[0], SchemaError, r"line 7.*announces 4 points, and 3 follow"),
        (HEAD + ROWS[:-12], SchemaError, r"line 11.*J1,ring,X,Y; the file may be cut off"),
        (HEAD + ROWS[:-5], SchemaError, r"lines 11: X 3350000, Y 50 is no place"),
        (HEAD, SchemaError, r"line 7: no points follow"),
        (HEAD[: HEAD.index("4,1.0")], SchemaError, "has no parcels"),
        ("", SchemaError, "has no parcels"),
        (HEAD + ROWS + "J5,1,3350000,505875\n", SchemaError, "announces 4 points, and 5 follow"),
        (HEAD + ROWS.replace("3350100,505875", "abc,505875"), SchemaError, "line 10.*be numbers"),
        (HEAD + ROWS.replace("3350100,505875", "nan,505875"), SchemaError, "line 10.*be finite"),
        (HEAD.replace("4,1.0", "四,1.0") + ROWS, SchemaError, "line 7.*the head of a parcel"),
        (HEAD.replace("4,1.0", "4,abc") + ROWS, SchemaError, "line 7.*地块面积 must be a number"),
        (HEAD.replace("面", "线") + ROWS, SchemaError, "only parcels of 图形属性 面"),
        (HEAD.replace("=40", "=41x") + ROWS, SchemaError, "带号=41x is no whole number"),
        (HEAD.replace("=40", "=99") + ROWS, SchemaError, "带号=99"),
        (HEAD.replace("=40", "=") + ROWS, MissingCRSError, "gives no 带号.*crs='EPSG:4549'"),
        (HEAD.replace("2000国家", "80国家") + ROWS, SchemaError, "not 2000国家大地坐标系"),
        (HEAD.replace("=米", "=英尺") + ROWS, SchemaError, "计量单位=英尺"),
        (HEAD.replace("=40", "40") + ROWS, SchemaError, "line 5.*key=value"),
        (HEAD + ROWS.replace(",505", ",41505"), CRSMismatchError, "带号=40.*zone 41"),
        (
            HEAD.replace("4,1.0", "2,1.0") + ROWS[: ROWS.index("J3")],
            SchemaError,
            "a ring of 2 points",
        ),
        (
            HEAD + ROWS.replace("3350000,505875", "3350000,41505875"),
            SchemaError,
            "line 11: easting 41505875 is of zone 41",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str, error: type[ParkgeoError], says: str
) -> None:
    with pytest.raises(error, match=says):
        io.read(put(tmp_path, text))


@pytest.mark.parametrize("number", ["", "40"])
def test_swapped_columns_are_found(tmp_path: Path, number: str) -> None:
    rows = "".join(f"J{i},1,{number}50577{i},335000{i % 3}\n" for i in range(1, 5))
    with pytest.raises(SchemaError, match="X must be the northing.*swap the two columns"):
        io.read(put(tmp_path, HEAD + rows))


def test_a_zone_that_is_not_said_can_be_declared(tmp_path: Path) -> None:
    path = put(tmp_path, HEAD.replace("=40", "=") + ROWS)
    assert io.read(path, crs="EPSG:4549").crs.to_epsg() == 4549
    with pytest.raises(CRSMismatchError):
        io.read(put(tmp_path, HEAD + ROWS), crs="EPSG:4548")


@pytest.mark.parametrize(
    ("frame", "error", "says"),
    [
        (
            gpd.GeoDataFrame(geometry=[box(120, 30, 121, 31)], crs="EPSG:4490"),
            CRSMismatchError,
            "to_zone",
        ),
        (
            gpd.GeoDataFrame({"brand": ["a"]}, geometry=[box(5e5, 3e6, 6e5, 4e6)], crs="EPSG:4549"),
            SchemaError,
            "no place for columns brand",
        ),
        (
            gpd.GeoDataFrame(
                {"name": ["a,b"]}, geometry=[box(5e5, 3e6, 6e5, 4e6)], crs="EPSG:4549"
            ),
            SchemaError,
            "without commas.*rows 0",
        ),
        (
            gpd.GeoDataFrame(
                {"stated_area_km2": [4.6], "stated_area_text": ["6900亩"]},
                geometry=[box(5e5, 3e6, 6e5, 4e6)],
                crs="EPSG:4549",
            ),
            SchemaError,
            "'6900亩' is not",
        ),
        (
            gpd.GeoDataFrame(geometry=[shapely.Point(5e5, 3e6)], crs="EPSG:4549"),
            GeometryError,
            "flat polygons",
        ),
        (
            gpd.GeoDataFrame(
                geometry=[box(5e5, 3e6, 6e5, 4e6)], index=pd.Index(["a"]), crs="EPSG:4549"
            ),
            SchemaError,
            "reset_index",
        ),
    ],
)
def test_what_the_format_has_no_place_for_is_refused(
    tmp_path: Path, frame: gpd.GeoDataFrame, error: type[ParkgeoError], says: str
) -> None:
    with pytest.raises(error, match=says):
        io.write(frame, tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "head", ["@", ",@", "²,1.0,A,甲,面,,,,@", "9" * 5000 + ",1.0,A,甲,面,,,,@"]
)
def test_a_head_without_a_count_is_told(tmp_path: Path, head: str) -> None:
    path = put(tmp_path, HEAD.replace("4,1.0,A,甲,面,,,,@", head) + ROWS)
    with pytest.raises(SchemaError, match=r"a.txt, line 7.*the head of a parcel is 界址点数"):
        io.read(path)


@pytest.mark.parametrize("area", ["NaN", "sNaN", "Infinity", "-Infinity", "1e999999", "十亩"])
def test_an_area_that_is_no_number_is_told(tmp_path: Path, area: str) -> None:
    with pytest.raises(SchemaError, match="line 7.*地块面积 must be a number"):
        io.read(put(tmp_path, HEAD.replace("4,1.0", f"4,{area}") + ROWS))
