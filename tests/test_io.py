"""Reading and writing by suffix: datums declared, writes whole or not at all, bad files told."""

import json
import math
import os
import struct
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest
import shapely
from shapely import Point, Polygon, box

from parkgeo import crs, io
from parkgeo.errors import (
    CRSMismatchError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)

SQUARE = box(120, 30, 120.1, 30.1)
FILES = ["parquet", "geojson", "gpkg", "shp", "zip"]


def squares(rows: int = 2) -> gpd.GeoDataFrame:
    """Return a frame of equal squares."""
    return gpd.GeoDataFrame({"名": ["甲"] * rows}, geometry=[SQUARE] * rows, crs="EPSG:4490")


def put(folder: Path, document: object) -> Path:
    """Write a GeoJSON document as another program would."""
    path = folder / "a.geojson"
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path


def point(**properties: object) -> dict[str, object]:
    """Return a GeoJSON feature at 120° E, 30° N."""
    shape = {"type": "Point", "coordinates": [120, 30]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


# Reading what others wrote.


@pytest.mark.parametrize("driver", ["GPKG", "GeoJSON", "FlatGeobuf", "ESRI Shapefile"])
def test_reads_what_gdal_writes(tmp_path: Path, driver: str) -> None:
    suffix = {"GPKG": "gpkg", "GeoJSON": "geojson", "FlatGeobuf": "fgb"}.get(driver, "shp")
    frame = squares().assign(whole=[1, 2], real=[0.5, None], truth=[True, False])
    pyogrio.write_dataframe(frame, tmp_path / f"a.{suffix}", driver=driver)
    found = io.read(tmp_path / f"a.{suffix}")
    assert found["名"].tolist() == ["甲", "甲"]
    assert found["whole"].tolist() == [1, 2]
    assert found["real"].isna().tolist() == [False, True]
    assert found["truth"].tolist() == [True, False]
    assert found.crs.to_epsg() == 4490
    assert found.geometry.geom_equals(frame.geometry).all()


def test_reads_geoparquet_of_geopandas(tmp_path: Path) -> None:
    squares().to_parquet(tmp_path / "a.parquet")
    assert io.read(tmp_path / "a.parquet")["名"].tolist() == ["甲", "甲"]


@pytest.mark.parametrize("suffix", FILES)
def test_gdal_or_geopandas_read_what_we_write(tmp_path: Path, suffix: str) -> None:
    path = io.write(squares(), tmp_path / f"a.{suffix}")
    found = gpd.read_parquet(path) if suffix == "parquet" else pyogrio.read_dataframe(path)
    assert found["名"].tolist() == ["甲", "甲"]
    assert found.crs.to_epsg() == 4490
    assert found.geometry.geom_equals(squares().geometry).all()


@pytest.mark.parametrize("suffix", FILES)
def test_only_the_columns_asked_for(tmp_path: Path, suffix: str) -> None:
    path = io.write(squares().assign(a=1, b=2), tmp_path / f"a.{suffix}")
    assert list(io.read(path, columns=["b", "名"]).columns) == ["b", "名", "geometry"]
    with pytest.raises(SchemaError, match=r"no column 'c'; it has 名, a, b"):
        io.read(path, columns=["c", "a"])


def test_geojson_columns_get_the_one_type_that_holds_them(tmp_path: Path) -> None:
    rows = [
        point(whole=1, gaps=1, real=1, truth=True, text="a", mixed=1, deep={"a": [1]}, big=2**70),
        point(whole=2, gaps=None, real=0.5, truth=None, text=None, mixed="a", big=1),
    ]
    found = io.read(put(tmp_path, {"type": "FeatureCollection", "features": rows}))
    kinds = {name: str(kind) for name, kind in found.dtypes.items()}
    assert kinds["whole"] == "int64"
    assert kinds["gaps"] == "Int64"
    assert kinds["real"] == "float64"
    assert kinds["truth"] == "boolean"
    assert found["mixed"].tolist() == [1, "a"]
    assert found["deep"].tolist() == [{"a": [1]}, None]
    assert found["big"].tolist() == [2**70, 1]
    assert found.crs.to_epsg() == 4326


def test_geojson_ids_features_and_bare_geometries(tmp_path: Path) -> None:
    rows = [{**point(a=1), "id": "x"}, {**point(a=2), "id": "y"}]
    found = io.read(put(tmp_path, {"type": "FeatureCollection", "features": rows}))
    assert found["id"].tolist() == ["x", "y"]
    assert io.read(put(tmp_path, point(a=1)))["a"].tolist() == [1]
    bare = io.read(put(tmp_path, {"type": "Point", "coordinates": [1, 2]}))
    assert list(bare.geometry) == [Point(1, 2)]


def test_geojson_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(json.dumps(point(名="甲"), ensure_ascii=False).encode("gbk"))
    with pytest.raises(SchemaError, match="not UTF-8.*encoding='gb18030'"):
        io.read(path)
    assert io.read(path, encoding="gb18030").loc[0, "名"] == "甲"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no whole JSON"),
        ('{"type": "FeatureCollection", "features": [', "no whole JSON"),
        ("[]", "holds a list"),
        ("{}", "has type None"),
        ('{"type": "Topology"}', "has type 'Topology'"),
        ('{"type": "FeatureCollection"}', "without a list of features"),
        ('{"type": "FeatureCollection", "features": [1]}', "without a list of features"),
        ('{"type": "Feature", "geometry": {"type": "Blob"}}', "features 0"),
        ('{"type": "Feature", "geometry": {"type": "Point", "coordinates": ["a"]}}', "features 0"),
        ('{"type": "Point", "coordinates": [1, 2], "crs": {"type": "name"}}', "names the CRS None"),
        ("[" * 100_000, "nested too deeply|no whole JSON"),
    ],
)
def test_what_is_no_geojson_is_told(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text)
    with pytest.raises(SchemaError, match=says):
        io.read(path)


def test_a_geojson_on_gcj02_is_declared_and_never_guessed(tmp_path: Path) -> None:
    path = put(tmp_path, point())
    assert io.read(path).crs.to_epsg() == 4326
    assert crs.datum_of(io.read(path, datum="gcj02")) == "gcj02"
    assert io.read(path, crs="EPSG:4490").crs.to_epsg() == 4490
    with pytest.raises(UnknownNameError, match="'gcj-2' is no|unknown datum 'gcj-2'"):
        io.read(path, datum="gcj-2")
    with pytest.raises(SchemaError, match="both say the CRS"):
        io.read(path, datum="gcj02", crs=4490)


def test_a_crs_that_the_file_contradicts_is_told(tmp_path: Path) -> None:
    path = io.write(squares(), tmp_path / "a.gpkg")
    with pytest.raises(CRSMismatchError, match="EPSG:4490.*EPSG:4549"):
        io.read(path, crs=4549)
    assert io.read(path, crs=4490).crs.to_epsg() == 4490


def test_curves_come_as_lines_of_many_points(tmp_path: Path) -> None:
    ring = [(0, 0), (1, 1), (2, 0), (1, -1), (0, 0)]
    arc = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *xy) for xy in ring)
    circle = struct.pack("<BII", 1, 10, 1) + arc
    table = pa.table({"a": [1], "geom": pa.array([circle], pa.binary())})
    path = tmp_path / "curve.gpkg"
    pyogrio.write_arrow(
        table, path, driver="GPKG", geometry_name="geom", geometry_type="Unknown", crs="EPSG:4549"
    )
    found = io.read(path).geometry[0]
    assert found.geom_type == "Polygon"
    assert len(found.exterior.coords) == 91
    # The polygon of 90 corners in a circle of radius 1.
    assert found.area == pytest.approx(45 * math.sin(2 * math.pi / 90), rel=1e-9)


def test_layers_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for layer in ("north", "south"):
        pyogrio.write_dataframe(squares(), path, layer=layer, append=path.exists())
    with pytest.raises(SchemaError, match="has layers north, south; name one with layer="):
        io.read(path)
    with pytest.raises(SchemaError, match="no layer 'east'; it has north, south"):
        io.read(path, layer="east")
    assert len(io.read(path, layer="south")) == 2
    assert pyogrio.list_layers(io.write(squares(), path, layer="区"))[0, 0] == "区"


def test_a_table_without_geometry_is_told(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(SchemaError, match="Parquet without geometry"):
        io.read(tmp_path / "a.parquet")
    pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), tmp_path / "a.gpkg")
    with pytest.raises(SchemaError, match="has no geometry"):
        io.read(tmp_path / "a.gpkg")


@pytest.mark.parametrize("suffix", [*FILES, "fgb"])
@pytest.mark.parametrize("share", [0, 0.05, 0.5, 0.95])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, suffix: str, share: float) -> None:
    whole = tmp_path / f"whole.{suffix}"
    if suffix == "fgb":
        pyogrio.write_dataframe(squares(500), whole)
    else:
        io.write(squares(500), whole)
    data = whole.read_bytes()
    whole.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SchemaError, match=rf"whole\.{suffix} (is|cannot|has|must)"):
        io.read(whole)


def test_a_file_that_is_not_there_or_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file .*a.gpkg"):
        io.read(tmp_path / "a.gpkg")
    (tmp_path / "a.dwg").write_text("x")
    with pytest.raises(SchemaError, match=r"a.dwg has no suffix that parkgeo reads: .parquet"):
        io.read(tmp_path / "a.dwg")


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "ods"])
def test_a_table_is_sent_to_pandas(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"points.{suffix}"
    path.write_text("lon,lat\n120,30\n")
    with pytest.raises(SchemaError, match=r"read by pandas.*points_from_xy"):
        io.read(path)
    with pytest.raises(SchemaError, match=r"written by pandas.*utf-8-sig"):
        io.write(squares(), tmp_path / f"b.{suffix}")


@pytest.mark.shared
def test_an_osm_pbf_gives_its_lines(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "osm" / "hangzhou_osm_water_2026.osm.pbf"
    found = io.read(path, layer="lines")
    assert set(found.geometry.geom_type) == {"LineString"}
    assert found.crs.to_epsg() == 4326
    assert "钱塘江" in set(found["name"])
    with pytest.raises(SchemaError, match="has layers points, lines, multilinestrings"):
        io.read(path)
    cut = tmp_path / "cut.osm.pbf"
    data = path.read_bytes()
    for share in (0.0, 0.001, 0.3, 0.999):
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(SchemaError, match=r"cut.osm.pbf is (cut off|no OSM PBF)"):
            io.read(cut, layer="lines")


@pytest.mark.parametrize(
    "data", [b"\xff" * 64, b"\0\0\0\x0dxxxxxxxxxxxxx", b"\0\0\0\x01\x80", b"<osm/>"]
)
def test_what_is_no_osm_pbf_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(data)
    with pytest.raises(SchemaError, match=r"a.osm.pbf is (no OSM PBF|cut off)"):
        io.read(path)


# Writing.


@pytest.mark.parametrize("suffix", [*FILES, "txt"])
def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = squares(1).to_crs(4549).rename(columns={"名": "name"})
    path = io.write(frame, tmp_path / f"a.{suffix}")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    moves = 0

    def fails(_file: int) -> None:
        nonlocal moves
        moves += 1
        if moves > 3 or suffix != "shp":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space left"):
        io.write(frame.assign(name="乙"), path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("suffix", FILES)
def test_a_frame_that_cannot_be_written_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(SchemaError, match="column bad: dtype complex128"):
        io.write(squares().assign(bad=1j), tmp_path / f"a.{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", FILES)
def test_a_file_is_replaced_only_where_that_is_allowed(tmp_path: Path, suffix: str) -> None:
    path = io.write(squares(1), tmp_path / f"a.{suffix}")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        io.write(squares(2), path, overwrite=False)
    assert len(io.read(path)) == 1
    assert len(io.read(io.write(squares(2), path))) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        io.write(squares(), tmp_path / "a.gpkg")


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder .*missing; make it before"):
        io.write(squares(), tmp_path / "missing" / "a.gpkg")
    (tmp_path / "a.gpkg").mkdir()
    with pytest.raises(SchemaError, match="is a folder"):
        io.write(squares(), tmp_path / "a.gpkg")


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("a.dwg", {}, "'?.dwg'? is nothing that parkgeo writes"),
        ("a", {}, "no suffix is nothing that parkgeo writes"),
        ("a.gpkg", {"encoding": "gbk"}, ".gpkg is always UTF-8"),
        ("a.shp", {"layer": "x"}, ".shp has no layers"),
    ],
)
def test_options_that_a_format_does_not_have(
    tmp_path: Path, name: str, options: dict[str, str], says: str
) -> None:
    with pytest.raises(SchemaError, match=says):
        io.write(squares(), tmp_path / name, **options)


@pytest.mark.parametrize(
    ("frame", "error", "says"),
    [
        (squares().set_crs(None, allow_override=True), MissingCRSError, "CRS"),
        (pd.DataFrame({"a": [1]}), SchemaError, "not a DataFrame"),
        (gpd.GeoDataFrame({"a": [1]}), SchemaError, "with a geometry"),
        (squares().assign(other=squares().geometry), SchemaError, "further geometries"),
        (squares().rename(columns={"名": 7}), SchemaError, "names must be text, found 7"),
        (squares()[["名", "名", "geometry"]], SchemaError, "名 stand twice"),
    ],
)
def test_frames_that_no_file_holds(
    tmp_path: Path, frame: gpd.GeoDataFrame, error: type[ParkgeoError], says: str
) -> None:
    with pytest.raises(error, match=says):
        io.write(frame, tmp_path / "a.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_attributes_that_no_file_holds(tmp_path: Path) -> None:
    frame = squares()
    frame.attrs = {"when": pd.Timestamp(2021, 1, 1)}
    with pytest.raises(SchemaError, match="frame.attrs cannot be written"):
        io.write(frame, tmp_path / "a.gpkg")


def test_a_reprojected_copy_does_not_keep_the_old_crs(tmp_path: Path) -> None:
    # ogr2ogr copies the metadata of a layer, and with it our manifest.
    path = io.write(squares(), tmp_path / "a.gpkg")
    manifest = pyogrio.read_info(path)["layer_metadata"]
    moved = squares().to_crs(4549)
    other = tmp_path / "b.gpkg"
    pyogrio.write_dataframe(moved, other, layer_metadata=manifest)
    found = io.read(other)
    assert found.crs.to_epsg() == 4549
    assert found.geometry.geom_equals_exact(moved.geometry, 0).all()


def test_a_column_changed_by_another_program_is_told(tmp_path: Path) -> None:
    path = io.write(squares().assign(n=[1, 2]), tmp_path / "a.geojson")
    path.write_text(path.read_text("utf-8").replace('"n": 1', '"n": "one"'), "utf-8")
    with pytest.raises(SchemaError, match="column n: the file says it holds int64"):
        io.read(path)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = "'); DROP TABLE a; -- <script>alert(1)</script> ${x} %s {0} ../../x"
    frame = gpd.GeoDataFrame({text[:20]: [text]}, geometry=[Polygon(SQUARE)], crs=4490)
    for suffix in FILES:
        found = io.read(io.write(frame, tmp_path / f"a.{suffix}"))
        assert found.iloc[0, 0] == text
        assert found.columns[0] == text[:20]
    assert shapely.get_num_coordinates(frame.geometry.to_numpy()).tolist() == [5]


def test_categories_that_are_days_come_back(tmp_path: Path) -> None:
    days = pd.Categorical(pd.to_datetime(["2020-01-02", "2021-03-04", None]))
    frame = gpd.GeoDataFrame({"day": days}, geometry=[Point(120, 30)] * 3, crs="EPSG:4490")
    for suffix in (".parquet", ".geojson", ".gpkg"):
        found = io.read(io.write(frame, tmp_path / f"a{suffix}"))
        pd.testing.assert_series_equal(found["day"], frame["day"])
