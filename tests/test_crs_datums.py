"""A frame says its datum by its CRS, keeps saying it, and moves between datums as a whole."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from pyproj import CRS
from shapely import LineString, MultiPolygon, Point, Polygon, box, from_wkt

from parkgeo import crs
from parkgeo.errors import CRSMismatchError, MissingCRSError, SchemaError, UnknownNameError

CHECK_WGS84 = Point(121.5272106, 31.1774276)
CHECK_GCJ02 = Point(121.53154186, 31.17530398)


def frame(code: object = "EPSG:4490") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["a", None, "c", "d"]},
        geometry=[
            MultiPolygon([box(120, 30, 120.1, 30.1), box(120.2, 30, 120.3, 30.1)]),
            None,
            LineString([(120, 30, 5), (121, 31, 6)]),
            Polygon(),
        ],
        index=["w", "x", "y", "y"],
        crs=code,
    )


@pytest.mark.parametrize("tag", [crs.GCJ02, crs.BD09], ids=["gcj02", "bd09"])
def test_an_obfuscated_datum_is_no_other_crs(tag: CRS) -> None:
    others = [crs.GCJ02, crs.BD09, CRS("EPSG:4326"), CRS("EPSG:4490"), CRS("OGC:CRS84")]
    assert sum(tag == other for other in others) == 1
    assert tag.is_geographic


@pytest.mark.parametrize(
    ("code", "datum"),
    [
        ("EPSG:4326", "wgs84"),
        ("OGC:CRS84", "wgs84"),
        ("EPSG:32650", "wgs84"),
        ("EPSG:3857", "wgs84"),
        ("EPSG:4490", "cgcs2000"),
        ("EPSG:4549", "cgcs2000"),
        ("EPSG:4528", "cgcs2000"),
        (crs.PLANE, "cgcs2000"),
        (crs.GCJ02, "gcj02"),
        (crs.BD09, "bd09"),
    ],
)
def test_a_layer_says_its_datum(code: object, datum: str) -> None:
    assert crs.datum_of(gpd.GeoSeries([], crs=code)) == datum


def test_a_silent_layer_is_asked_and_an_old_datum_named() -> None:
    with pytest.raises(MissingCRSError, match="none is guessed"):
        crs.datum_of(gpd.GeoSeries([CHECK_WGS84]))
    with pytest.raises(CRSMismatchError, match="Xian 1980"):
        crs.datum_of(gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4610"))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "shp", "fgb"])
def test_the_tag_survives_files(tmp_path: Path, datum: str, suffix: str) -> None:
    tagged = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(120, 30)], crs=crs.DATUMS[datum])
    path = tmp_path / f"park.{suffix}"
    if suffix == "parquet":
        tagged.to_parquet(path)
        back = gpd.read_parquet(path)
    else:
        tagged.to_file(path)
        back = gpd.read_file(path)
    assert crs.datum_of(back) == datum
    if suffix != "shp":  # ESRI's names are its own
        assert back.crs == crs.DATUMS[datum]


def test_the_tag_survives_geopandas() -> None:
    tagged = crs.to_datum(frame(), "gcj02")
    for made in (tagged[["geometry"]], tagged.explode(), tagged.dissolve(), tagged.iloc[:1]):
        assert crs.datum_of(made) == "gcj02"
    with pytest.raises(ValueError, match="common CRS"):
        pd.concat([tagged, frame()])
    with pytest.raises(CRSMismatchError, match="'GCJ-02'"):
        crs.require_same_crs(tagged, frame())
    with pytest.warns(UserWarning, match="CRS mismatch"):
        gpd.sjoin(tagged, frame())


def test_the_check_point_on_whole_frames() -> None:
    wgs84 = gpd.GeoDataFrame({"a": [1]}, geometry=[CHECK_WGS84], crs="EPSG:4326")
    gcj02 = crs.to_datum(wgs84, "gcj02")
    assert gcj02.geometry[0].equals_exact(CHECK_GCJ02, 5e-9)
    assert crs.from_datum(gcj02, "gcj02").geometry[0].equals_exact(CHECK_WGS84, 1e-12)


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_there_and_back_keeps_everything(datum: str) -> None:
    start = frame()
    before = start.copy()
    there = crs.to_datum(start, datum)
    assert there.crs == crs.DATUMS[datum]
    assert crs.datum_of(there) == datum
    back = crs.to_geographic(there)
    assert back.crs == CRS("EPSG:4490")
    assert back.index.tolist() == ["w", "x", "y", "y"]
    pd.testing.assert_series_equal(back["name"], start["name"])
    assert back.geometry.iloc[1] is None
    assert back.geometry.iloc[3].is_empty
    assert [z for *_, z in back.geometry.iloc[2].coords] == [5, 6]
    assert not back.geometry.iloc[0].has_z
    for i in (0, 2):
        assert back.geometry.iloc[i].equals_exact(start.geometry.iloc[i], 1e-13)
    assert_geodataframe_equal(start, before)


@pytest.mark.parametrize(
    ("said", "expected"),
    [(None, 4326), ("EPSG:4326", 4326), ("EPSG:4490", 4490), (crs.GCJ02, 4326)],
)
def test_what_files_wrongly_say_is_left_aside(said: object, expected: int) -> None:
    layer = gpd.GeoSeries([CHECK_GCJ02], crs=said)
    read = crs.from_datum(layer, "gcj02")
    assert read.crs.to_epsg() == expected
    assert read[0].equals_exact(CHECK_WGS84, 1e-8)
    assert layer.crs == said


def test_from_datum_of_a_true_datum_moves_nothing() -> None:
    layer = gpd.GeoSeries([CHECK_WGS84])
    for datum, code in (("wgs84", 4326), ("cgcs2000", 4490)):
        read = crs.from_datum(layer, datum)
        assert read[0].equals(CHECK_WGS84)
        assert read.crs.to_epsg() == code


@pytest.mark.parametrize(
    ("said", "match"),
    [("EPSG:4549", "not longitude and latitude"), (crs.BD09, "contradicts"), (4610, "contradicts")],
)
def test_a_layer_that_says_something_else_is_refused(said: object, match: str) -> None:
    with pytest.raises(CRSMismatchError, match=match):
        crs.from_datum(gpd.GeoSeries([Point(120, 30)], crs=said), "gcj02")


def test_gcj02_tagged_layers_cannot_be_read_as_wgs84() -> None:
    with pytest.raises(CRSMismatchError, match="contradicts"):
        crs.from_datum(gpd.GeoSeries([CHECK_GCJ02], crs=crs.GCJ02), "wgs84")


def test_coordinates_that_are_no_degrees_are_refused() -> None:
    with pytest.raises(CRSMismatchError, match="metres"):
        crs.from_datum(gpd.GeoSeries([Point(505775, 3350000)]), "gcj02")
    with pytest.raises(CRSMismatchError, match="swapped"):
        crs.from_datum(gpd.GeoSeries([Point(30, 120)]), "gcj02")


@pytest.mark.parametrize("convert", [crs.to_datum, crs.from_datum])
def test_unknown_datums(convert: object) -> None:
    with pytest.raises(UnknownNameError, match="mars"):
        convert(gpd.GeoSeries([Point(120, 30)], crs=4326), "mars")  # type: ignore[operator]


def test_an_unknown_datum_is_asked_for() -> None:
    with pytest.raises(MissingCRSError):
        crs.to_datum(gpd.GeoSeries([Point(120, 30)]), "gcj02")


def test_projected_gcj02_is_unprojected_first() -> None:
    mercator = CRS.from_wkt(
        'PROJCS["Amap tiles",GEOGCS["GCJ-02",DATUM["GCJ-02",SPHEROID["WGS 84",6378137,'
        '298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],'
        'PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],'
        'PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1]]',
    )
    tagged = crs.to_datum(gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4490"), "gcj02")
    assert crs.datum_of(tagged.to_crs(mercator)) == "gcj02"
    back = crs.to_geographic(tagged.to_crs(mercator))
    assert back[0].equals_exact(CHECK_WGS84, 1e-11)


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:4490", "EPSG:4549", "EPSG:32651", "EPSG:3857"])
def test_geographic_is_what_proj_says(code: str) -> None:
    start = gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4490")
    there = start.to_crs(code)
    assert crs.to_geographic(there)[0].equals_exact(CHECK_WGS84, 1e-11)
    assert crs.to_geographic(there).crs.to_epsg() == 4490


@pytest.mark.parametrize("code", ["EPSG:4610", "EPSG:4214", "EPSG:2385", "EPSG:2437"])
def test_old_datums_are_not_passed_off_as_cgcs2000(code: str) -> None:
    corner = Point(120, 30) if CRS(code).is_geographic else Point(500_000, 3_300_000)
    with pytest.raises(CRSMismatchError, match="local"):
        crs.to_geographic(gpd.GeoSeries([corner], crs=code))


@pytest.mark.parametrize("ellipsoid", ["+ellps=krass", "+a=6378140 +rf=298.257"])
def test_an_ellipsoid_of_an_old_datum_is_told_too(ellipsoid: str) -> None:
    said = f"+proj=tmerc +lon_0=120 +k=1 +x_0=500000 {ellipsoid}"
    layer = gpd.GeoSeries([Point(500_000, 3_320_000)], crs=said)
    with pytest.raises(CRSMismatchError, match="PROJ knows no transformation from there"):
        crs.to_geographic(layer)


def test_a_local_system_that_proj_cannot_transform_is_told() -> None:
    layer = gpd.GeoSeries([Point(80_000, 60_000)], crs='LOCAL_CS["Hangzhou",UNIT["metre",1]]')
    with pytest.raises(CRSMismatchError, match="cannot bring 'Hangzhou' to longitude and latitude"):
        crs.to_geographic(layer)


@pytest.mark.parametrize("code", ["EPSG:4549", "EPSG:32650", "GCJ-02"])
def test_heights_stay_and_measures_go_where_coordinates_change(code: str) -> None:
    said = crs.GCJ02 if code == "GCJ-02" else CRS(code)
    place = "120 30" if code == "GCJ-02" else "500000 3320000"
    shapes = from_wkt([f"POINT ZM ({place} 7 5)", f"POINT M ({place} 5)", None])
    found = crs.to_geographic(gpd.GeoSeries(shapes, crs=said))
    assert found[0].z == 7.0
    assert not found[0].has_m
    assert (found[0].x, found[0].y) == (found[1].x, found[1].y)
    assert found[2] is None
    assert crs.to_zone(gpd.GeoSeries(from_wkt(["POINT ZM (120 30 7 5)"]), crs=4490))[0].z == 7.0


def test_a_set_datum_moves_nothing() -> None:
    layer = frame().set_crs("OGC:CRS84", allow_override=True)
    tagged = crs.set_datum(layer, "gcj02")
    assert tagged.crs == crs.GCJ02
    assert tagged.geometry.iloc[0] == layer.geometry.iloc[0]
    assert layer.crs == CRS("OGC:CRS84")


def test_an_old_datum_with_declared_parameters_is_transformed() -> None:
    parameters = "+towgs84=15.8,-154.4,-82.3,0,0,0,0"
    bound = CRS(f"+proj=longlat +ellps=krass {parameters} +type=crs")
    there = gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4326").to_crs(bound)
    assert there[0].distance(CHECK_WGS84) > 1e-4
    # Heights are 0 on both ellipsoids, which leaves 1 mm; without the parameters it would be 70 m.
    assert crs.to_geographic(there)[0].equals_exact(CHECK_WGS84, 1e-8)


def test_cgcs2000_written_longitude_first_becomes_epsg_4490() -> None:
    turned = CRS.from_wkt(
        'GEOGCS["CGCS",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]',
    )
    found = crs.to_geographic(gpd.GeoSeries([CHECK_WGS84], crs=turned))
    assert found.crs == CRS("EPSG:4490")
    assert found[0].equals(CHECK_WGS84)


@pytest.mark.parametrize("code", ["EPSG:4549", "EPSG:4528", "EPSG:4490"])
def test_the_names_of_a_prj_file_move_nothing(code: str) -> None:
    esri = CRS.from_wkt(CRS(code).to_wkt("WKT1_ESRI"))
    there = gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4490").to_crs(code)
    there = there.set_crs(esri, allow_override=True)
    assert crs.datum_of(there) == "cgcs2000"
    assert crs.to_geographic(there)[0].equals_exact(CHECK_WGS84, 1e-12)


def test_other_geometry_columns_stay_as_they_are() -> None:
    layer = gpd.GeoDataFrame(
        {"gate": gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4326")},
        geometry=gpd.GeoSeries([CHECK_WGS84], crs="EPSG:4326"),
    )
    moved = crs.to_datum(layer, "gcj02")
    assert moved["gate"].crs.to_epsg() == 4326
    assert moved["gate"][0] == CHECK_WGS84
    assert moved.active_geometry_name == "geometry"


def test_a_frame_whose_geometry_has_another_name() -> None:
    layer = gpd.GeoDataFrame({"a": [1]}, geometry=[CHECK_WGS84], crs=4326).rename_geometry("shape")
    moved = crs.to_datum(layer, "bd09")
    assert moved.active_geometry_name == "shape"
    assert crs.datum_of(moved) == "bd09"


@pytest.mark.parametrize("thing", [[CHECK_WGS84], pd.DataFrame({"a": [1]}), None])
def test_what_is_no_layer(thing: object) -> None:
    with pytest.raises(SchemaError, match="GeoDataFrame"):
        crs.require_crs(thing)  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="no geometry column"):
        crs.require_crs(gpd.GeoDataFrame({"a": [1]}))


def test_guards_pass_what_is_right() -> None:
    assert crs.require_crs(frame(), "parks") == CRS("EPSG:4490")
    assert crs.require_same_crs(frame(), frame().geometry) == CRS("EPSG:4490")
    crs.require_lonlat(frame())
    crs.require_lonlat(frame().to_crs("EPSG:4549"))
    crs.require_lonlat(gpd.GeoSeries([Point(), None], crs="EPSG:4490"))
    with pytest.raises(MissingCRSError, match="^parks: "):
        crs.require_crs(gpd.GeoSeries([None]), "parks")


@pytest.mark.parametrize(
    ("points", "code", "match"),
    [
        ([Point(120, 30), Point(30, 120)], 4490, r"swapped in rows 'b'"),
        ([Point(120, 30), Point(40, 81)], 4490, r"swapped in rows 'b'"),
        ([Point(120, 30), Point(505775, 3.35e6)], 4490, r"rows 'b'.*these are metres"),
        ([Point(120, 30), Point(190, 30)], 4490, r"beyond ±180 in rows 'b'.*190"),
        ([Point(120, 30), Point(121, 31)], 4549, "these are degrees"),
        ([Point(120, 30), Point(121, 31)], 3857, "these are degrees"),
        ([Point(505775, 3.35e6), Point(3.35e6, 505775)], 4549, r"rows 'b'.*swapped"),
        ([Point(505775, 3.35e6), Point(40505775, 3.35e6)], 4549, r"rows 'b'.*zone number"),
        ([Point(505775, 3.35e6), Point(40505775, 3.35e6)], 4528, r"rows 'a'.*zone number"),
    ],
)
def test_coordinates_that_contradict_the_crs(points: list[Point], code: int, match: str) -> None:
    layer = gpd.GeoSeries(points, index=["a", "b"], crs=code)
    with pytest.raises(CRSMismatchError, match=match):
        crs.require_lonlat(layer)


def test_degrees_may_lie_anywhere_on_earth() -> None:
    world = [Point(-74, 40), Point(60, 80), Point(180, -90), Point(np.nan, np.nan)]
    crs.require_lonlat(gpd.GeoSeries(world, crs="EPSG:4326"))
