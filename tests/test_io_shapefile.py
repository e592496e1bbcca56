"""Shapefiles of other makers, in any encoding; GDAL reads what we write and writes what we read."""

import json
import shutil
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from parkgeo import io
from parkgeo.errors import MissingCRSError, SchemaError

SQUARE = box(120, 30, 120.1, 30.1)


def gdal_writes(folder: Path, encoding: str, **columns: object) -> Path:
    """Have GDAL write a Shapefile, and take its .cpg away."""
    path = folder / "zone.shp"
    data = columns or {"名称": ["紫金港科技城", None], "面积": [21.5, None], "数": [1, 2]}
    rows = len(next(iter(data.values())))
    frame = gpd.GeoDataFrame(data, geometry=[SQUARE] * rows, crs="EPSG:4490")
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030"])
@pytest.mark.parametrize("cpg", [None, "right", "codepage"])
def test_each_encoding_is_read(tmp_path: Path, encoding: str, cpg: str | None) -> None:
    path = gdal_writes(tmp_path, encoding)
    if cpg is not None:
        codepage = {"UTF-8": "65001", "GBK": "ANSI 936", "GB18030": "54936"}[encoding]
        path.with_suffix(".CPG").write_text(encoding if cpg == "right" else codepage)
    found = io.read(path)
    assert list(found.columns) == ["名称", "面积", "数", "geometry"]
    assert found.loc[0, "名称"] == "紫金港科技城"
    assert found["名称"].isna().tolist() == [False, True]
    assert found["面积"].tolist()[0] == 21.5
    assert found["面积"].isna().tolist() == [False, True]
    assert found["数"].tolist() == [1, 2]
    assert found["数"].dtype == "int64"
    assert found.crs.to_epsg() == 4490


def test_the_language_byte_counts_where_there_is_no_cpg(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "GBK", 名=["裕"])
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    # The bytes of 裕 in GBK (D4 A3) are UTF-8 too, for ԣ: only the header can tell.
    data[32:43] = b"name".ljust(11, b"\0")
    data[29] = 0x4D
    dbf.write_bytes(data)
    assert io.read(path).loc[0, "name"] == "裕"


def test_a_wrong_encoding_names_the_first_bad_value(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "GBK", name=["abc", "开发区"])
    with pytest.raises(
        SchemaError, match=r"not utf-8: column b'name', row 1 holds the bytes b'\\x"
    ):
        io.read(path, encoding="utf-8")
    path.with_suffix(".cpg").write_text("UTF-8")
    with pytest.raises(SchemaError, match="not utf-8"):
        io.read(path)
    assert io.read(path, encoding="GBK").loc[1, "name"] == "开发区"


def test_a_western_cpg_over_chinese_bytes_is_asked_about(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "GBK", name=["开发区"])
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    with pytest.raises(SchemaError, match="encoding='gb18030' or encoding='iso8859-1'"):
        io.read(path)
    assert io.read(path, encoding="gb18030").loc[0, "name"] == "开发区"


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8", name=["a"])
    with pytest.raises(SchemaError, match="'klingon' is no known encoding"):
        io.read(path, encoding="klingon")
    path.with_suffix(".cpg").write_text("klingon")
    with pytest.raises(SchemaError, match="the .cpg says 'klingon'"):
        io.read(path)


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8", name=["abcd"])
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"abcd", b"\xff\xff\xff\xff"))
    with pytest.raises(SchemaError, match="neither UTF-8 nor GB18030"):
        io.read(path)


def test_text_that_a_program_cut_inside_a_character_is_no_mojibake(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8", name=["x" * 254])
    dbf = path.with_suffix(".dbf")
    whole, half = b"x" * 254, b"x" * 252 + "区".encode()[:2]
    dbf.write_bytes(dbf.read_bytes().replace(whole, half))
    assert io.read(path).loc[0, "name"] == "x" * 252


def test_deleted_rows_are_left_out_as_gdal_does(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8", name=["a", "b", "c"])
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    header, record = struct.unpack_from("<HH", data, 8)
    data[header + record] = ord("*")
    dbf.write_bytes(data)
    assert len(pyogrio.read_dataframe(path)) == 2
    assert io.read(path)["name"].tolist() == ["a", "c"]


def test_gdal_reads_what_we_write(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "名称": ["紫金港", None],
            "whole": [2**53, -1],
            "real": [0.1 + 0.2, -1e-300],
            "truth": [True, False],
            "day": pd.to_datetime(["2021-01-02", None]),
            "四至边界范围的说明": ["东至紫荆花北路", "x"],
        },
        geometry=[SQUARE, None],
        crs="EPSG:4490",
    )
    for encoding in ("UTF-8", "GBK"):
        path = io.write(frame, tmp_path / "a.shp", encoding=encoding)
        assert path.with_suffix(".cpg").read_text() == encoding
        found = pyogrio.read_dataframe(path)
        cut = "四至边" if encoding == "UTF-8" else "四至边界范"
        assert list(found.columns) == ["名称", "whole", "real", "truth", "day", cut, "geometry"]
        assert found["名称"].tolist()[0] == "紫金港"
        assert found["名称"].isna().tolist() == [False, True]
        assert found["whole"].tolist() == [2**53, -1]
        assert found["real"].tolist() == [0.1 + 0.2, -1e-300]
        assert found["truth"].astype(bool).tolist() == [True, False]
        assert found["day"].iloc[0] == pd.Timestamp(2021, 1, 2)
        assert found[cut].tolist() == ["东至紫荆花北路", "x"]
        assert found.crs.to_epsg() == 4490


def test_names_that_are_cut_alike_stay_apart(tmp_path: Path) -> None:
    names = [
        "stated_area_km2",
        "stated_area_text",
        "STATED_AREA",
        "紫金港甲",
        "紫金港乙",
        "\n",
        " ",
    ]
    frame = gpd.GeoDataFrame({n: ["x"] for n in names}, geometry=[SQUARE], crs="EPSG:4490")
    path = io.write(frame, tmp_path / "a.shp")
    stored = list(pyogrio.read_info(path)["fields"])
    assert len({name.casefold() for name in stored}) == len(names)
    assert all(len(name.encode()) <= 10 for name in stored)
    assert stored[:2] == ["stated_are", "stated_a_2"]
    assert list(io.read(path).columns) == [*names, "geometry"]


def test_without_the_sidecar_it_is_a_plain_shapefile(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"stated_area_km2": [1.5]}, geometry=[SQUARE], crs="EPSG:4490")
    path = io.write(frame, tmp_path / "a.shp")
    path.with_suffix(".parkgeo.json").unlink()
    assert list(io.read(path).columns) == ["stated_are", "geometry"]


def test_an_edit_by_another_program_wins_over_the_sidecar(tmp_path: Path) -> None:
    long = "东至" * 200
    frame = gpd.GeoDataFrame({"bounds": [long, long]}, geometry=[SQUARE] * 2, crs="EPSG:4490")
    path = io.write(frame, tmp_path / "a.shp")
    dbf = path.with_suffix(".dbf")
    data = dbf.read_bytes()
    header, record = struct.unpack_from("<HH", data, 8)
    edited = "西至灯彩街".encode().ljust(record - 1)
    dbf.write_bytes(data[: header + 1] + edited + data[header + record :])
    assert io.read(path)["bounds"].tolist() == ["西至灯彩街", long]


def test_a_damaged_sidecar_is_told(tmp_path: Path) -> None:
    path = io.write(gpd.GeoDataFrame(geometry=[SQUARE], crs=4490), tmp_path / "a.shp")
    for text in ("{", "{}", "[]"):
        path.with_suffix(".parkgeo.json").write_text(text)
        with pytest.raises(SchemaError, match=r"a.parkgeo.json is damaged.*delete it"):
            io.read(path)


@pytest.mark.parametrize(
    ("part", "damaged"),
    [
        ("manifest", {}),
        ("values", {"名": {"0": ["seen"]}}),
        ("values", {"名": {"first": ["seen", "meant"]}}),
        ("values", {"名": {"0": ["seen", ["meant"]]}}),
        ("shapes", {"multi": []}),
        ("shapes", {"multi": [-1], "empty": {}}),
        ("shapes", {"multi": ["0"], "empty": {}}),
        ("shapes", {"multi": [], "empty": {"0": "POLYGON EMPT"}}),
        ("shapes", {"multi": [], "empty": {"0": "POINT (1 1)"}}),
        ("shapes", {"multi": [], "empty": {"-1": "POLYGON EMPTY"}}),
        ("prj", 1),
    ],
)
def test_a_sidecar_with_a_damaged_part_is_told(part: str, damaged: object, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"名": ["西"]}, geometry=[SQUARE], crs="EPSG:4490")
    path = io.write(frame, tmp_path / "zones.shp")
    beside = path.with_suffix(".parkgeo.json")
    sidecar = json.loads(beside.read_text("utf-8"))
    beside.write_text(json.dumps(sidecar | {part: damaged}), "utf-8")
    with pytest.raises(SchemaError, match=rf"zones.parkgeo.json is damaged \({part}\); delete it"):
        io.read(path)


def test_what_gbk_cannot_spell_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"名称": ["a", "😀", "😀"]}, geometry=[SQUARE] * 3, crs="EPSG:4490")
    with pytest.raises(SchemaError, match="column 名称: '😀' cannot be written in gbk; rows 1, 2"):
        io.write(frame, tmp_path / "a.shp", encoding="GBK")
    with pytest.raises(SchemaError, match="UTF-8 or GBK, not 'latin-1'"):
        io.write(frame, tmp_path / "a.shp", encoding="latin-1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ([SQUARE, Point(1, 2)], "one kind of shape, found Point, Polygon"),
        ([shapely.from_wkt("GEOMETRYCOLLECTION (POINT (1 2))")] * 2, "GeometryCollection"),
        ([SQUARE, shapely.force_3d(SQUARE)], "third dimension in all shapes or in none.*rows 0"),
        (
            # A hole outside its shell: any reader of a Shapefile makes it a part of its own.
            [SQUARE, Polygon(box(0, 0, 1, 1).exterior, [box(5, 5, 6, 6).exterior])],
            "cannot keep these shapes.*rows 1",
        ),
    ],
)
def test_shapes_that_it_cannot_keep_are_refused(
    tmp_path: Path, shapes: list[shapely.Geometry], says: str
) -> None:
    frame = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4490")
    with pytest.raises(SchemaError, match=says):
        io.write(frame, tmp_path / "a.shp")
    assert list(tmp_path.iterdir()) == []


def test_single_multiparts_and_empty_shapes_come_back(tmp_path: Path) -> None:
    shapes = [MultiPolygon([SQUARE]), SQUARE, None, Polygon(), MultiPolygon()]
    frame = gpd.GeoDataFrame({"a": range(5)}, geometry=shapes, crs="EPSG:4490")
    found = io.read(io.write(frame, tmp_path / "a.shp"))
    assert [None if s is None else s.geom_type for s in found.geometry] == [
        "MultiPolygon", "Polygon", None, "Polygon", "MultiPolygon",
    ]  # fmt: skip
    assert found.geometry.is_empty.tolist() == [False, False, False, True, True]


def test_a_file_without_prj_asks_for_the_crs(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8")
    path.with_suffix(".prj").unlink()
    with pytest.raises(MissingCRSError, match=r"zone.shp does not say its CRS.*crs='EPSG:4490'"):
        io.read(path)
    assert io.read(path, crs=4490).crs.to_epsg() == 4490


@pytest.mark.parametrize("part", [".shp", ".dbf"])
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, part: str, share: float) -> None:
    path = gdal_writes(tmp_path, "UTF-8", name=[str(row) for row in range(50)])
    cut = path.with_suffix(part)
    data = cut.read_bytes()
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SchemaError, match=f"zone{part} is (cut off|no whole)"):
        io.read(path)


def test_parts_of_two_makes_are_told(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8", name=["a", "b"])
    other = tmp_path / "other"
    other.mkdir()
    longer = gdal_writes(other, "UTF-8", name=["a", "b", "c"])
    shutil.copy(longer.with_suffix(".dbf"), path.with_suffix(".dbf"))
    with pytest.raises(SchemaError, match=r"2 shapes and 3 rows of attributes|cannot be read"):
        io.read(path)


def test_without_an_index_or_a_table(tmp_path: Path) -> None:
    path = gdal_writes(tmp_path, "UTF-8")
    path.with_suffix(".dbf").unlink()
    assert list(io.read(path).columns) == ["geometry"]
    path.with_suffix(".shx").unlink()
    with pytest.raises(SchemaError, match="zone.shp came without its zone.shx; fetch all files"):
        io.read(path)


def test_a_zip_is_read_and_nothing_is_put_where_it_says(tmp_path: Path) -> None:
    gdal_writes(tmp_path, "GBK")
    archive = tmp_path / "in" / "zone.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        for part in tmp_path.glob("zone.*"):
            file.write(part, f"../../开发区{part.suffix.upper()}")
        file.writestr("../../evil.txt", "x")
        file.writestr("readme.txt", "x")
    before = sorted(tmp_path.rglob("*"))
    assert io.read(archive).loc[0, "名称"] == "紫金港科技城"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_of_two_asks_which(tmp_path: Path) -> None:
    gdal_writes(tmp_path, "UTF-8")
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("north", "south"):
            for part in tmp_path.glob("zone.*"):
                file.write(part, f"maps/{name}{part.suffix}")
    with pytest.raises(SchemaError, match="it holds north, south: name one with layer="):
        io.read(archive)
    assert len(io.read(archive, layer="south")) == 2
    with pytest.raises(SchemaError, match="'east' fits 0 of them"):
        io.read(archive, layer="east")


def test_a_broken_zip_is_told(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SchemaError, match="a.zip is no whole zip"):
        io.read(archive)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "x")
    with pytest.raises(SchemaError, match="a.zip holds no Shapefile; unpack it"):
        io.read(archive)


def test_stale_companions_do_not_survive(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[SQUARE], crs="EPSG:4490")
    path = io.write(frame, tmp_path / "a.shp")
    for suffix in (".qix", ".sbn", ".shp.xml"):
        path.with_suffix(suffix).write_text("old")
    (tmp_path / "a.xlsx").write_text("not ours")
    io.write(frame, path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.cpg", "a.dbf", "a.parkgeo.json", "a.prj", "a.shp", "a.shx", "a.xlsx",
    ]  # fmt: skip


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    columns = {f"c{place}": ["x" * 254] for place in range(259)}
    frame = gpd.GeoDataFrame(columns, geometry=[SQUARE], crs="EPSG:4490")
    with pytest.raises(SchemaError, match="longer than a Shapefile allows.*or write .gpkg"):
        io.write(frame, tmp_path / "a.shp")


def test_the_sidecar_is_plain_json(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"名": [""]}, geometry=[SQUARE], crs="EPSG:4490")
    path = io.write(frame, tmp_path / "a.shp")
    sidecar = json.loads(path.with_suffix(".parkgeo.json").read_text("utf-8"))
    assert sidecar["values"] == {"名": {"0": [None, ""]}}
