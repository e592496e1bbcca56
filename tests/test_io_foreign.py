"""Files as GDAL, macOS and offices make them, and what parkgeo says about each."""

import json
import shutil
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import Polygon, box, from_wkt

from parkgeo import crs, io
from parkgeo.errors import CRSMismatchError, MissingCRSError, SchemaError, UnknownNameError


def zones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"园区名称": ["紫金港科技城", "未来科技城"], "管委会名称全称": ["甲", "乙"]},
        geometry=[box(120.05, 30.30, 120.08, 30.33), box(120.20, 30.20, 120.21, 30.21)],
        crs="EPSG:4490",
    )


def gdal_shapefile(folder: Path, *, encoding: str, crs: object = "EPSG:4490") -> Path:
    path = folder / "zones.shp"
    with warnings.catch_warnings():
        # GDAL warns that it cuts names.
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.filterwarnings("ignore", "Column names longer than 10 characters")
        zones().set_crs(crs, allow_override=True).to_file(path, encoding=encoding)
    return path


def test_names_that_gdal_cut_within_a_character_are_read(tmp_path: Path) -> None:
    # 园区名称 has 12 bytes in UTF-8, of which a .dbf keeps 10: three characters and a third.
    frame = io.read(gdal_shapefile(tmp_path, encoding="UTF-8"))
    assert frame.columns.tolist() == ["园区名", "管委会", "geometry"]
    assert frame["园区名"].tolist() == ["紫金港科技城", "未来科技城"]


@pytest.mark.parametrize(
    ("real", "cpg"), [("UTF-8", "GBK"), ("UTF-8", "936"), ("GBK", "UTF-8"), ("GBK", "65001")]
)
def test_a_wrong_cpg_is_told_with_the_encoding_that_fits(
    tmp_path: Path, real: str, cpg: str
) -> None:
    path = gdal_shapefile(tmp_path, encoding=real)
    path.with_suffix(".cpg").write_text(cpg)
    fits = {"UTF-8": "utf-8", "GBK": "gb18030"}[real]
    with pytest.raises(SchemaError, match=f"it reads as {fits}: say encoding='{fits}'"):
        io.read(path)
    assert io.read(path, encoding=fits).iloc[:, 0].tolist() == ["紫金港科技城", "未来科技城"]


def test_a_cpg_of_no_encoding_is_told(tmp_path: Path) -> None:
    path = gdal_shapefile(tmp_path, encoding="UTF-8")
    path.with_suffix(".cpg").write_text("SYSTEM")
    with pytest.raises(SchemaError, match="'SYSTEM', which is no known encoding; name it with enc"):
        io.read(path)


def test_a_gbk_shapefile_without_cpg_and_prj_asks_for_the_crs_alone(tmp_path: Path) -> None:
    path = gdal_shapefile(tmp_path, encoding="GBK")
    for end in (".cpg", ".prj"):
        path.with_suffix(end).unlink()
    with pytest.raises(MissingCRSError, match="zones.shp does not say its CRS"):
        io.read(path)
    frame = io.read(path, crs="EPSG:4490")
    assert frame["园区名称"].tolist() == ["紫金港科技城", "未来科技城"]


def test_an_empty_shapefile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "zones.shp"
    path.write_bytes(b"")
    with pytest.raises(SchemaError, match="it needs 100 bytes, and has 0"):
        io.read(path)


def zipped(folder: Path, path: Path, *, shadow: bool = False) -> Path:
    target = folder / "download.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for part in sorted(path.parent.glob("zones.*")):
            archive.write(part, f"数据/{part.name}")
            if shadow:
                archive.writestr(f"__MACOSX/数据/._{part.name}", b"\0\5\x16\7")
    return target


def test_shadows_that_macos_puts_into_a_zip_are_left_aside(tmp_path: Path) -> None:
    path = zipped(tmp_path, gdal_shapefile(tmp_path, encoding="GBK"), shadow=True)
    assert io.read(path)["园区名称"].tolist() == ["紫金港科技城", "未来科技城"]


def test_a_message_about_a_zip_names_the_zip(tmp_path: Path) -> None:
    inner = gdal_shapefile(tmp_path, encoding="GBK")
    inner.with_suffix(".shx").unlink()
    with pytest.raises(SchemaError, match=r"^download\.shp came without its download\.shx"):
        io.read(zipped(tmp_path, inner))


SPELLINGS = [
    None,
    "OGC:CRS84",
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "urn:ogc:def:crs:OGC::CRS84h",
    "EPSG:4326",
    "urn:ogc:def:crs:EPSG::4326",
    "EPSG:4979",
    "EPSG:4490",
    "urn:ogc:def:crs:EPSG::4490",
    "http://www.opengis.net/def/crs/EPSG/0/4490",
]


@pytest.mark.parametrize("said", SPELLINGS)
def test_a_declared_datum_wins_over_every_spelling_of_degrees(
    tmp_path: Path, said: str | None
) -> None:
    document = json.loads(zones().to_json())
    document.pop("crs")
    if said is not None:
        document["crs"] = {"type": "name", "properties": {"name": said}}
    path = tmp_path / "datav.geojson"
    path.write_text(json.dumps(document))
    frame = io.read(path, datum="gcj02")
    assert frame.crs == crs.GCJ02
    assert frame.geometry[0].equals_exact(zones().geometry[0], 0.0)


@pytest.mark.parametrize("said", ["EPSG:4326", "EPSG:4490", "OGC:CRS84"])
@pytest.mark.parametrize("name", ["a.parquet", "a.gpkg", "a.fgb", "zones.shp"])
def test_a_declared_datum_wins_in_every_format(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    frame = zones().set_crs(said, allow_override=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".shp":
        gdal_shapefile(tmp_path, encoding="UTF-8", crs=said)
    else:
        frame.to_file(path)
    assert io.read(path, datum="gcj02").crs == crs.GCJ02


@pytest.mark.parametrize("said", ["EPSG:4549", "EPSG:3857", "EPSG:4610", "EPSG:4214"])
def test_a_declared_datum_does_not_win_over_metres_or_old_datums(tmp_path: Path, said: str) -> None:
    path = tmp_path / "a.parquet"
    zones().set_crs(said, allow_override=True).to_parquet(path)
    with pytest.raises(CRSMismatchError, match=r"^a\.parquet says "):
        io.read(path, datum="gcj02")


def test_the_order_of_axes_is_no_contradiction(tmp_path: Path) -> None:
    # The GeoParquet of most programs says OGC:CRS84, which is EPSG:4326 with longitude first.
    path = tmp_path / "a.parquet"
    zones().set_crs("OGC:CRS84", allow_override=True).to_parquet(path)
    assert io.read(path, crs="EPSG:4326").crs.to_epsg() == 4326
    with pytest.raises(CRSMismatchError, match="OGC:CRS84, and the call says EPSG:4490"):
        io.read(path, crs="EPSG:4490")


def test_a_crs_that_proj_does_not_know_is_told_before_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"")
    with pytest.raises(UnknownNameError, match="PROJ knows no CRS 'CGCS2000 zone 40'"):
        io.read(path, crs="CGCS2000 zone 40")


def test_a_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "zones.gdb"
    folder.mkdir()
    with pytest.raises(SchemaError, match=r"zones\.gdb is a folder"):
        io.read(folder)


def test_gbk_names_within_a_zip_do_not_matter(tmp_path: Path) -> None:
    # Windows writes names of a zip in GBK and does not say so.
    inner = gdal_shapefile(tmp_path, encoding="GBK")
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(tmp_path.glob("zones.*")):
            archive.write(part, f"ABCD{part.suffix}")
    path.write_bytes(path.read_bytes().replace(b"ABCD", "园区".encode("gbk")))
    assert len(io.read(path)) == len(io.read(inner)) == 2


def test_companions_may_be_in_capitals(tmp_path: Path) -> None:
    path = gdal_shapefile(tmp_path, encoding="GBK")
    folder = tmp_path / "upper"
    folder.mkdir()
    for part in tmp_path.glob("zones.*"):
        shutil.copy(part, folder / part.name.upper())
    assert io.read(folder / "ZONES.SHP").equals(io.read(path))


def test_holes_of_shapefiles_of_others_stay_holes(tmp_path: Path) -> None:
    outer = box(120.0, 30.0, 120.1, 30.1).exterior
    frame = gpd.GeoDataFrame(
        {"a": [1]},
        geometry=[Polygon(outer, [box(120.04, 30.04, 120.05, 30.05).exterior])],
        crs=4490,
    )
    frame.to_file(tmp_path / "zones.shp")
    found = io.read(tmp_path / "zones.shp").geometry[0]
    assert found.normalize().equals_exact(frame.geometry[0].normalize(), 0.0)


def test_what_a_format_has_no_use_for_is_refused(tmp_path: Path) -> None:
    for name in ("a.gpkg", "a.parquet"):
        path = io.write(zones(), tmp_path / name)
        with pytest.raises(SchemaError, match="is always UTF-8; leave encoding= out"):
            io.read(path, encoding="gbk")
    for name in ("a.geojson", "a.parquet"):
        with pytest.raises(SchemaError, match="has no layers; leave layer= out"):
            io.read(io.write(zones(), tmp_path / name), layer="zones")


@pytest.mark.parametrize("suffix", ["geojson", "shp"])
def test_measures_are_refused_where_they_would_be_lost(tmp_path: Path, suffix: str) -> None:
    frame = gpd.GeoDataFrame(geometry=from_wkt(["POINT M (120 30 7)"]), crs="EPSG:4490")
    with pytest.raises(SchemaError, match="keeps no measures"):
        io.write(frame, tmp_path / f"a.{suffix}")
    found = io.read(io.write(frame, tmp_path / "a.gpkg"))
    assert found.geometry[0].wkt == "POINT M (120 30 7)"


def test_a_ring_that_is_not_closed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "Polygon", "coordinates": [[[120, 30], [121, 30], [121, 31]]]}')
    with pytest.raises(SchemaError, match=r"closed.*features 0 \(counted from 0\)"):
        io.read(path)


def test_styles_that_qgis_keeps_in_a_geopackage_are_no_layer(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    zones().to_file(path, layer="zones")
    pyogrio.write_dataframe(pd.DataFrame({"styleQML": ["<qgis/>"]}), path, layer="layer_styles")
    assert len(io.read(path)) == 2
    with pytest.raises(SchemaError, match="has no layer 'layer_styles'; it has zones"):
        io.read(path, layer="layer_styles")


def test_a_table_without_shapes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"n": [1]}), path, layer="t")
    with pytest.raises(SchemaError, match=r"layer 't' of a\.gpkg has no geometry"):
        io.read(path)


@pytest.mark.parametrize(
    ("whole", "damaged"),
    [
        ('"levels": 0', '"levels": "x"'),
        ('"columns": [', '"columns": [{}, '),
        ('"index"', '"indx"'),
        ('"stored"', '"store"'),
        ('"position"', '"pos"'),
    ],
)
@pytest.mark.parametrize("suffix", ["geojson", "shp"])
def test_notes_of_parkgeo_that_were_damaged_by_hand_are_told(
    tmp_path: Path, suffix: str, whole: str, damaged: str
) -> None:
    path = io.write(zones(), tmp_path / f"a.{suffix}")
    notes = path if suffix == "geojson" else path.with_suffix(".parkgeo.json")
    text = notes.read_text("utf-8")
    assert whole in text
    notes.write_text(text.replace(whole, damaged), "utf-8")
    with pytest.raises(SchemaError, match="damaged"):
        io.read(path)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ('{"type": []}', r"a.geojson has type \[\]"),
        ('{"type": {"a": 1}}', "a.geojson has type"),
        ('{"type": "Feature", "properties": [1], "geometry": null}', r"no object \(\[1\]\)"),
        ('{"type": "Feature", "properties": "甲", "geometry": null}', "features 0"),
        ('{"type": "Feature", "properties": 3, "geometry": null}', "features 0"),
        ('{"type": "Feature", "properties": {"a": ' + 5000 * "9" + "}}", "too many digits"),
    ],
)
def test_geojson_of_the_wrong_make_is_told(tmp_path: Path, document: str, says: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(document, "utf-8")
    with pytest.raises(SchemaError, match=says):
        io.read(path)


@pytest.mark.parametrize("suffix", [".geojson", ".shp"])
@pytest.mark.parametrize("encoding", ["nope", "hex", "rot13", "a\0b"])
def test_an_encoding_of_no_text_is_told(tmp_path: Path, suffix: str, encoding: str) -> None:
    frame = gpd.GeoDataFrame({"名": ["甲"]}, geometry=[box(120, 30, 121, 31)], crs="EPSG:4490")
    path = io.write(frame, tmp_path / f"a{suffix}")
    with pytest.raises(SchemaError, match=r"is no known encoding.*encoding='gb18030'"):
        io.read(path, encoding=encoding)


def test_a_field_that_is_called_geometry_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    point = '{"type": "Point", "coordinates": [120, 30]}'
    fields = '{"geometry": "L形", "geometry_1": 2}'
    path.write_text(f'{{"type": "Feature", "properties": {fields}, "geometry": {point}}}', "utf-8")
    found = io.read(path)
    assert found["geometry_2"].tolist() == ["L形"]
    assert found["geometry_1"].tolist() == [2]
    assert found.geometry.iloc[0].coords[0] == (120.0, 30.0)
