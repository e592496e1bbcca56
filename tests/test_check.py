"""One file or frame for each finding, made here; the clean ones must raise none."""

import time
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

import parkgeo as pg
from parkgeo.check import CODES, Findings, inspect
from parkgeo.errors import SchemaError, UnknownNameError

CORNER_M = (505_000.0, 3_345_000.0)
"""In Hangzhou, in the zone of 120° E."""


def zone(x_m: float, y_m: float, side_m: float = 1000.0) -> Polygon:
    x, y = CORNER_M[0] + x_m, CORNER_M[1] + y_m
    return box(x, y, x + side_m, y + side_m)


def frame_of(*shapes: object, crs: object = "EPSG:4549", **columns: object) -> gpd.GeoDataFrame:
    """Rows with everything that the parks schema asks for, in degrees."""
    count = len(shapes)
    own = {
        "block_id": [f"b{row}" for row in range(count)],
        "brand_id": [f"z{row}" for row in range(count)],
        "brand": [f"开发区{row}" for row in range(count)],
        "level": "provincial",
        "kind": "economic_zone",
        "source": "test",
        "license": "CC0-1.0",
        **columns,
    }
    frame = gpd.GeoDataFrame(own, geometry=list(shapes), crs=crs)
    return frame if crs is None else gpd.GeoDataFrame(frame.to_crs("EPSG:4490"))


def codes(found: Findings) -> list[str]:
    return found.table["code"].tolist()


def one(found: Findings, code: str) -> "pd.Series[Any]":
    """Return the one finding of a code."""
    rows = found.table[found.table["code"] == code]
    assert len(rows) == 1, f"{code} in {codes(found)}"
    return rows.iloc[0]


def test_a_clean_frame_has_no_finding() -> None:
    found = inspect(frame_of(zone(0, 0), zone(3000, 0), stated_area_km2=[1.0, 1.0]))
    assert codes(found) == []
    assert found.ok
    assert found.counts == {"error": 0, "warning": 0, "note": 0}


def test_neighbours_that_share_a_border_are_no_finding() -> None:
    found = inspect(frame_of(zone(0, 0), zone(1000, 0), brand_id=["z", "z"], brand="甲"))
    assert codes(found) == []


def test_overlaps_between_brands_are_no_finding() -> None:
    # Several brands on one ground is what overlap.pairs is for, and no fault of a file.
    assert codes(inspect(frame_of(zone(0, 0), zone(500, 0)))) == []


def test_the_bundled_extents_have_notes_only() -> None:
    found = inspect(pg.datasets.hangzhou())
    assert found.counts["error"] == found.counts["warning"] == 0
    assert set(codes(found)) <= {"vertices-near", "columns-unknown"}


def test_the_input_is_not_changed() -> None:
    frame = frame_of(zone(0, 0), Polygon(), brand=["\u00d7\u00cf\u00bd\u00f0\u00b8\u00db", "乙"])
    before = frame.copy()
    inspect(frame).fix()
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))


@pytest.mark.parametrize(("encoding", "says"), [("GBK", "gb18030"), ("UTF-8", "utf-8")])
def test_a_shapefile_without_cpg(tmp_path: Path, encoding: str, says: str) -> None:
    path = shapefile(tmp_path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    # GDAL also notes the code page in the table itself, as byte 29.
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = 0
    path.with_suffix(".dbf").write_bytes(dbf)
    found = inspect(path)
    assert says in one(found, "encoding-unstated")["found"]
    assert found.frame is not None
    assert found.frame.iloc[0, 0] == "紫金港科技城"


def shapefile(folder: Path, *, encoding: str) -> Path:
    path = folder / "zones.shp"
    frame = gpd.GeoDataFrame({"园区名": ["紫金港科技城"]}, geometry=[zone(0, 0)], crs=4549)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        frame.to_file(path, encoding=encoding)
    return path


def test_a_shapefile_that_says_its_encoding_is_no_finding(tmp_path: Path) -> None:
    assert not [c for c in codes(inspect(shapefile(tmp_path, encoding="GBK"))) if "encoding" in c]


@pytest.mark.parametrize(("real", "cpg"), [("UTF-8", "GBK"), ("GBK", "UTF-8"), ("GBK", "8859-1")])
def test_a_cpg_that_is_wrong(tmp_path: Path, real: str, cpg: str) -> None:
    path = shapefile(tmp_path, encoding=real)
    path.with_suffix(".cpg").write_text(cpg)
    found = inspect(path)
    assert {"UTF-8": "utf-8", "GBK": "gb18030"}[real] in one(found, "encoding-wrong")["found"]
    assert found.frame is not None
    assert found.frame.iloc[0, 0] == "紫金港科技城"


@pytest.mark.parametrize(
    ("written", "read"), [("gbk", "latin-1"), ("utf-8", "latin-1"), ("utf-8", "gb18030")]
)
def test_mojibake_is_turned_back(written: str, read: str) -> None:
    wrong = "余杭经开区园".encode(written).decode(read)
    found = inspect(frame_of(zone(0, 0), zone(3000, 0), brand=[wrong, "乙区"]))
    row = one(found, "text-mojibake")
    assert row["rows"] == (0,)
    assert "余杭经开区" in row["found_zh"]


@pytest.mark.parametrize(
    "name", ["Crème brûlée", "Ærøskøbing", "São Paulo", "Ångström", "Île", "一"]
)
def test_other_languages_are_no_mojibake(name: str) -> None:
    assert codes(inspect(frame_of(zone(0, 0), brand=[name]))) == []


@pytest.mark.parametrize("name", ["锟斤拷锟斤拷", "杭州\ufffd\ufffd", "????"])
def test_text_that_is_lost(name: str) -> None:
    found = inspect(frame_of(zone(0, 0), brand=[name]))
    assert one(found, "text-lost")["severity"] == "error"
    assert not one(found, "text-lost")["fixable"]


@pytest.mark.parametrize(
    ("crs", "guess"),
    [(4490, "degrees"), (4549, "without a zone number"), (4528, "EPSG:4528"), (3857, "Mercator")],
)
def test_a_frame_without_a_crs(crs: int, guess: str) -> None:
    frame = frame_of(zone(0, 0)).to_crs(crs).set_crs(None, allow_override=True)
    found = inspect(frame)
    assert guess in one(found, "crs-missing")["found"]
    assert not found.ok


def test_a_file_without_a_crs_is_read_all_the_same(tmp_path: Path) -> None:
    path = shapefile(tmp_path, encoding="UTF-8")
    path.with_suffix(".prj").unlink()
    found = inspect(path)
    assert "crs-missing" in codes(found)
    assert found.frame is not None
    assert found.frame.crs is None
    assert "crs-missing" not in codes(inspect(path, crs="EPSG:4549"))


def test_swapped_axes_are_named_row_by_row() -> None:
    frame = frame_of(zone(0, 0), zone(3000, 0))
    shapes = frame.geometry.to_numpy().copy()
    shapes[1] = shapely.transform(shapes[1], lambda xy: xy[:, ::-1])
    found = inspect(frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs)))
    assert one(found, "axes-swapped")["rows"] == (1,)
    assert codes(found) == ["axes-swapped"]


def test_swapped_metres() -> None:
    frame = frame_of(zone(0, 0)).to_crs(4549)
    turned = gpd.GeoSeries(
        shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=4549
    )
    assert codes(inspect(frame.set_geometry(turned))) == ["axes-swapped"]


@pytest.mark.parametrize(("real", "said"), [(4549, 4490), (4490, 4549), (4528, 4549)])
def test_coordinates_that_contradict_the_crs(real: int, said: int) -> None:
    frame = frame_of(zone(0, 0)).to_crs(real).set_crs(said, allow_override=True)
    assert one(inspect(frame), "crs-contradicted")["severity"] == "error"


def test_an_old_datum_is_told() -> None:
    frame = frame_of(zone(0, 0)).set_crs("EPSG:4610", allow_override=True)  # Xian 1980
    assert one(inspect(frame), "datum-unknown")["rows"] == (0,)


def test_what_lies_outside_china_is_told_with_its_place() -> None:
    frame = frame_of(zone(0, 0), zone(3000, 0))
    shapes = [frame.geometry.iloc[0], box(2.123456, 48.123456, 2.2234567, 48.2234567)]
    row = one(inspect(frame.set_geometry(gpd.GeoSeries(shapes, crs=4490))), "outside-china")
    assert row["rows"] == (1,)
    assert row["geometry"].distance(Point(2.1734, 48.1734)) < 1e-3


def test_coordinates_that_are_not_finite() -> None:
    frame = frame_of(zone(0, 0), zone(3000, 0))
    bad = Polygon([(120, 30), (120.1, np.inf), (120.1, 30.1)])
    frame = frame.set_geometry(gpd.GeoSeries([frame.geometry.iloc[0], bad], crs=4490))
    assert one(inspect(frame), "not-finite")["rows"] == (1,)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_web_maps_datum_is_suspected_by_the_bundled_lines(tmp_path: Path, datum: str) -> None:
    # Extents that were built on roads and rivers, as a web map would hand them out.
    moved = pg.crs.to_datum(pg.datasets.hangzhou(), datum)
    plain = moved[["brand", "geometry"]].set_crs(4326, allow_override=True)
    path = tmp_path / "zones.geojson"
    plain.to_file(path, driver="GeoJSON")
    row = one(inspect(path), "datum-suspect")
    assert f"fits {datum}" in row["found"]
    assert f"--fix-datum {datum}" in row["remedy"]
    assert "datum-suspect" not in codes(inspect(path, datum=datum))


def test_a_ring_that_crosses_itself_does_not_hide_the_datum() -> None:
    moved = pg.crs.to_datum(pg.datasets.hangzhou(), "gcj02").set_crs(4326, allow_override=True)
    ring = list(moved.geometry.iloc[0].exterior.coords)
    ring[4], ring[5] = ring[5], ring[4]
    frame = moved[["brand", "geometry"]].iloc[[0]].set_geometry([Polygon(ring)], crs=4326)
    found = inspect(frame)
    assert one(found, "self-crossing")["severity"] == "error"
    row = one(found, "datum-suspect")
    assert "fits gcj02: median distance gcj02" in row["found"]
    assert "更像 gcj02：到已知线的距离（中位数） gcj02" in row["found_zh"]


def test_a_given_reference_judges_the_datum() -> None:
    known = frame_of(zone(0, 0), zone(3000, 0), zone(0, 3000))
    moved = pg.crs.to_datum(known, "gcj02").set_crs(4490, allow_override=True)
    assert "IoU gcj02 1.000" in one(inspect(moved, reference=known), "datum-suspect")["found"]
    assert codes(inspect(known, reference=known)) == []


def test_a_geojson_that_says_nothing_is_noted(tmp_path: Path) -> None:
    # GDAL writes CRS84 into whatever it is given as WGS 84.
    frame, path = frame_of(zone(0, 0)).to_crs(4326), tmp_path / "a.geojson"
    frame.to_file(path, driver="GeoJSON")
    assert one(inspect(path), "datum-unsaid")["severity"] == "note"
    assert "datum-unsaid" not in codes(inspect(path, reference=frame))
    assert "datum-unsaid" not in codes(inspect(pg.write(frame, tmp_path / "own.geojson")))


@pytest.mark.shared
def test_the_districts_of_datav_are_found_to_be_on_gcj02(shared_data: Path) -> None:
    # The file says nothing; the truth is in the name that the data's README gives it.
    path = shared_data / "districts" / "hangzhou_districts_datav_2020_gcj02.geojson"
    admin = pg.crs.from_datum(pg.read(path), "gcj02")
    found = inspect(path, reference=admin)
    assert "fits gcj02" in one(found, "datum-suspect")["found"]


def test_coarse_coordinates() -> None:
    shapes = [Polygon([(120.01, 30.2), (120.03, 30.21), (120.05, 30.27), (120.02, 30.25)])] * 2
    shapes[1] = shapely.affinity.translate(shapes[0], 0.11, 0.07)
    shapes = list(shapely.set_precision(shapes, 0.01))
    found = inspect(frame_of(*shapes, crs=4490))
    assert "2 decimals" in one(found, "coarse")["found"]


@pytest.mark.parametrize(
    ("shape", "code", "severity"),
    [
        (None, "geometry-missing", "warning"),
        (Polygon(), "geometry-empty", "warning"),
        (Point(505_000.3, 3_345_000.7), "geometry-type", "error"),
        (LineString([(505_000, 3_345_000), (505_100, 3_345_100)]), "geometry-type", "error"),
        (LineString(zone(5000, 0).exterior), "line-closed", "error"),
        (shapely.force_3d(zone(5000, 0), 7.0), "has-z", "note"),
    ],
)
def test_forms(shape: shapely.Geometry | None, code: str, severity: str) -> None:
    row = one(inspect(frame_of(zone(0, 0), shape)), code)
    assert (row["rows"], row["severity"]) == ((1,), severity)


def moved(*corners: tuple[float, float]) -> list[tuple[float, float]]:
    return [(CORNER_M[0] + x, CORNER_M[1] + y) for x, y in corners]


def test_a_bow_tie_is_told_with_its_place() -> None:
    tie = Polygon(moved((0, 0), (100, 100), (100, 0), (0, 100)))
    found = inspect(frame_of(tie))
    row = one(found, "self-crossing")
    # As drawn its loops cancel each other: that it has no width is no finding of its own.
    assert codes(found) == ["self-crossing"]
    at = gpd.GeoSeries([row["geometry"]], crs=4490).to_crs(4549).iloc[0].geoms[0]
    assert at.distance(Point(*moved((50, 50))[0])) < 1e-3


def test_a_ring_that_touches_itself() -> None:
    eight = Polygon(moved((0, 0), (50, 50), (100, 0), (100, 100), (50, 50), (0, 100)))
    assert one(inspect(frame_of(eight)), "self-touch")["fixable"]


def test_a_sliver_a_needle_and_a_spike() -> None:
    sliver = Polygon(moved((3000, 0), (3200, 0), (3200, 0.5), (3000, 0.5)))
    needle = Polygon(moved((0, 3000), (4000, 3000), (4000, 3010), (0, 3010)))
    spiked = Polygon(
        moved((0, 6000), (100, 6000), (100, 6050), (400, 6051), (100, 6052), (0, 6100))
    )
    found = inspect(frame_of(zone(0, 0), sliver, needle, spiked))
    # 2 · 200 · 0.5 / (2 · 200.5) m
    assert one(found, "sliver")["rows"] == (1,)
    assert "0.499 m" in one(found, "sliver")["found"]
    assert one(found, "needle")["rows"] == (2,)
    assert one(found, "spike")["rows"] == (3,)


def test_a_tiny_hole_is_told_and_a_large_one_is_not() -> None:
    outer = zone(0, 0)
    holes = [zone(100, 100, 2.0).exterior.coords, zone(500, 500, 100.0).exterior.coords]
    row = one(inspect(frame_of(Polygon(outer.exterior.coords, holes))), "hole-tiny")
    assert "1 of less" in row["found"]


def test_repeated_and_near_vertices() -> None:
    repeated = Polygon(moved((0, 0), (100, 0), (100, 0), (100, 100), (0, 100)))
    near = Polygon(moved((3000, 0), (3100, 0), (3100, 0.005), (3100, 100), (3000, 100)))
    found = inspect(frame_of(repeated, near))
    assert one(found, "vertices-repeated")["rows"] == (0,)
    assert one(found, "vertices-near")["rows"] == (1,)


def test_rows_extents_and_ids_that_stand_twice() -> None:
    frame = frame_of(zone(0, 0), zone(0, 0), zone(3000, 0), zone(3000, 0))
    frame = frame.assign(
        block_id=["a", "a", "c", "d"], brand_id=["z", "z", "x", "y"], brand=["甲", "甲", "乙", "丙"]
    )
    found = inspect(frame)
    assert one(found, "row-doubled")["rows"] == (1,)
    assert one(found, "extent-doubled")["rows"] == (2, 3)
    assert one(found, "id-doubled")["rows"] == (0, 1)


def test_an_overlap_within_a_brand_is_measured() -> None:
    found = inspect(frame_of(zone(0, 0), zone(900, 0), brand_id=["z", "z"], brand="甲"))
    row = one(found, "overlap-in-brand")
    # 100 m × 1000 m = 10 ha = 150 mu, on the plane of the zone; the ellipsoid has 2e-6 more.
    assert row["rows"] == (0, 1)
    assert "150.0" in row["found"]
    assert pg.measure.area_m2(gpd.GeoSeries([row["geometry"]], crs=4490)).iloc[0] == pytest.approx(
        1e5, rel=1e-4
    )


def test_a_border_drawn_twice_is_a_sliver_of_overlap_and_a_gap() -> None:
    left = Polygon(moved((0, 0), (1000, 0), (1000.4, 500), (999.6, 700), (1000, 1000), (0, 1000)))
    right = Polygon(moved((1000, 0), (2000, 0), (2000, 1000), (1000, 1000)))
    found = inspect(frame_of(left, right, brand_id=["z", "z"], brand="甲"))
    assert one(found, "overlap-sliver")["rows"] == (0, 1)
    assert one(found, "gap-in-brand")["rows"] == (0, 1)


@pytest.mark.parametrize(("gap_m", "told"), [(0.5, True), (1.5, True), (30.0, False)])
def test_gaps_between_blocks_of_a_brand(gap_m: float, told: bool) -> None:  # noqa: FBT001
    frame = frame_of(zone(0, 0), zone(1000 + gap_m, 0), brand_id=["z", "z"], brand="甲")
    assert ("gap-in-brand" in codes(inspect(frame))) is told


def test_by_says_which_rows_belong_together() -> None:
    frame = frame_of(zone(0, 0), zone(900, 0), committee=["丙", "丙"])
    assert "overlap-in-brand" in codes(inspect(frame, by="committee"))
    with pytest.raises(UnknownNameError, match="no column 'nobody'"):
        inspect(frame, by="nobody")


@pytest.mark.parametrize(
    ("column", "value", "code", "hint"),
    [
        ("level", "国家级的", "word-unknown", "national"),
        ("kind", "经济开发", "word-unknown", ""),
        ("approved_on", "去年春天", "date-unreadable", "去年春天"),
        ("approved_on", "1021-03-05", "date-odd", "1021-03-05"),
        ("brand_id", "不 行", "value-odd", "ASCII"),
        ("accuracy_m", -3.0, "value-odd", "above 0"),
    ],
)
def test_values(column: str, value: object, code: str, hint: str) -> None:
    found = inspect(frame_of(zone(0, 0), zone(3000, 0)).assign(**{column: value}))
    assert hint in one(found, code)["found"]
    assert one(found, code)["n_rows"] == 2


def test_words_that_read_parks_understands_are_no_finding() -> None:
    frame = frame_of(zone(0, 0)).assign(level="国家级", kind="特色小镇", approved_on="2021年3月5日")
    assert codes(inspect(frame)) == []


def test_columns_that_are_missing_or_not_understood() -> None:
    frame = gpd.GeoDataFrame({"园区名称全": ["甲"]}, geometry=[zone(0, 0)], crs=4549)
    found = inspect(frame)
    assert "园区名称全=brand" in one(found, "column-missing")["found"]
    short = inspect(frame.rename(columns={"园区名称全": "园区"}))
    assert "园区=brand" in one(short, "column-missing")["found"].split()
    assert "level" in one(found, "columns-missing")["found"]
    assert "column-missing" not in codes(inspect(frame, aliases={"园区名称全": "brand"}))


def test_two_columns_of_one_meaning() -> None:
    frame = frame_of(zone(0, 0)).drop(columns="brand").assign(名称="甲", 园区名称="乙")
    assert "名称, 园区名称" in one(inspect(frame), "columns-ambiguous")["found"]


@pytest.mark.parametrize(
    ("column", "number", "fits"),
    [
        ("stated_area_km2", 1500.0, "亩"),
        ("批准面积(公顷)", 1500.0, "亩"),
        ("批准面积(亩)", 100.0, "公顷"),
        ("批准面积(亩)", 1.0, "平方公里"),
        ("批准面积(平方公里)", 1e6, "平方米"),
    ],
)
def test_areas_in_another_unit(column: str, number: float, fits: str) -> None:
    # Each zone has 1 km² = 100 ha = 1500 mu.
    found = inspect(frame_of(zone(0, 0), zone(3000, 0)).assign(**{column: number}))
    assert f"fit as {fits}" in one(found, "area-unit")["found"]
    assert one(found, "area-unit")["n_rows"] == 2


def test_mixed_units_in_text() -> None:
    frame = frame_of(zone(0, 0), zone(3000, 0), zone(0, 3000))
    frame = frame.assign(批准面积=["1500亩", "1500公顷", "1平方公里"])
    assert one(inspect(frame), "area-unit")["rows"] == (1,)


def test_areas_without_a_unit_come_with_the_one_that_fits() -> None:
    found = inspect(frame_of(zone(0, 0), zone(3000, 0)).assign(批准面积=[1500.0, 1490.0]))
    assert "亩 (mu) fits" in one(found, "area-unit-missing")["found"]


def test_areas_that_differ_are_told_with_the_percentage() -> None:
    found = inspect(frame_of(zone(0, 0), zone(3000, 0), stated_area_km2=[1.3, 1.05]))
    row = one(found, "area-differs")
    assert row["rows"] == (0,)
    assert "+30%" in row["found"]
    assert one(inspect(frame_of(zone(0, 0), stated_area_km2=[1.05]), area=0.01), "area-differs")[
        "n_rows"
    ]


def test_a_brands_area_may_stand_in_each_of_its_blocks() -> None:
    frame = frame_of(zone(0, 0), zone(3000, 0), brand_id=["z", "z"], brand="甲")
    assert codes(inspect(frame.assign(stated_area_km2=2.0))) == []


def txt(*, closed: bool, cut: bool = False) -> str:
    corners = [(3345000, 505000), (3345000, 506000), (3346000, 506000), (3346000, 505000)]
    rows = [*corners, corners[0]] if closed else corners
    points = [f"J{n},1,{x}.123,40{y}.456" for n, (x, y) in enumerate(rows, 1)]
    head = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "计量单位=米", "带号=40"]
    parcel = [f"{len(rows)},100,1,甲,面,,,,@", *(points[:-2] if cut else points)]
    return "\r\n".join([*head, "[地块坐标]", *parcel]) + "\r\n"


@pytest.mark.parametrize("closed", [True, False])
def test_rings_of_a_txt_that_are_not_closed(tmp_path: Path, closed: bool) -> None:  # noqa: FBT001
    path = tmp_path / "a.txt"
    path.write_bytes(txt(closed=closed).encode("gb18030"))
    assert ("ring-open" in codes(inspect(path))) is not closed


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", txt(closed=True, cut=True).encode()),
        ("a.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("a.shp", b""),
        ("a.gpkg", b"not a database"),
        ("a.zip", b"PK\3\4"),
        ("a.parquet", b"PAR1"),
        ("a.pdf", b"%PDF"),
    ],
)
def test_files_that_cannot_be_read_are_findings(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = inspect(path)
    assert codes(found) == ["unreadable"]
    assert found.frame is None
    assert not found.ok
    with pytest.raises(SchemaError, match="cannot be read"):
        found.fix()


def test_a_file_without_rows(tmp_path: Path) -> None:
    path = pg.write(frame_of(zone(0, 0)).iloc[:0], tmp_path / "a.gpkg")
    assert codes(inspect(path)) == ["no-rows"]


def test_wrong_usage_is_an_error() -> None:
    frame = frame_of(zone(0, 0))
    with pytest.raises(FileNotFoundError):
        inspect("nowhere.gpkg")
    with pytest.raises(SchemaError, match="a frame says its CRS itself"):
        inspect(frame, datum="gcj02")
    with pytest.raises(SchemaError, match="from 0 on"):
        inspect(frame, narrow_m=-1.0)
    with pytest.raises(UnknownNameError, match="no column|does not have"):
        inspect(frame, aliases={"nowhere": "brand"})


HOSTILE = "<script>alert(1)</script>{0}{x!r}%s\x1b[31m\r\n\u202e'\"\\"


def test_hostile_names_stay_text() -> None:
    frame = frame_of(zone(0, 0), zone(900, 0), brand_id=["z", "z"], brand=HOSTILE, level=HOSTILE)
    frame = frame.assign(**{HOSTILE: 1, "approved_on": HOSTILE}).set_index("block_id")
    found = inspect(frame.rename(index={"b0": HOSTILE}))
    assert {"overlap-in-brand", "word-unknown", "columns-unknown"} <= set(codes(found))
    html = found._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    told = " ".join(found.table["found"]) + " ".join(found.table["found_zh"])
    assert "\x1b" not in told
    assert "\n" not in told


def test_every_code_is_said_in_both_languages() -> None:
    for code, kind in CODES.items():
        assert kind.found.zh != kind.found.en, code
        assert kind.remedy.zh != kind.remedy.en, code
        assert any("\u4e00" <= char <= "\u9fff" for char in kind.found.zh), code


SQUARE = box(120.051234, 30.301234, 120.081234, 30.331234)


def odd(*shapes: object, index: object = None, **columns: object) -> gpd.GeoDataFrame:
    columns = columns or {"brand": ["甲", "乙"][: len(shapes)]}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4490, index=index)


@pytest.mark.parametrize(
    ("frame", "codes_expected"),
    [
        (odd(None), {"geometry-missing"}),
        (odd(shapely.GeometryCollection([SQUARE]), shapely.MultiPolygon()), {"geometry-empty"}),
        (odd(Polygon([(120, 30)] * 4)), {"invalid"}),
        (odd(Polygon([(120, 30), (120.1, 30.1), (120, 30)])), {"invalid"}),
        (odd(box(-1e300, -1e300, 1e300, 1e300)), {"not-finite"}),
        (odd(box(179, 20, 185, 50)), {"crs-contradicted"}),
        (odd(SQUARE, brand=[["a"]], 级别=[{"a": 1}]), {"word-unknown", "value-odd"}),
        (odd(SQUARE, brand=[True], 批准面积=[True]), {"area-unreadable"}),
        (odd(SQUARE, brand=["甲"], stated_area_km2=[-1.0]), {"area-differs"}),
        (odd(SQUARE, brand=["甲"], stated_area_km2=[np.inf]), set()),
        (odd(SQUARE, SQUARE, index=pd.Index([0, 0], name="block_id")), {"id-doubled"}),
        (odd(SQUARE, SQUARE, index=pd.MultiIndex.from_tuples([(1, 2), (1, 2)])), set()),
        (odd(SQUARE, index=pd.Index(["x"], name="geometry")), set()),
        (odd(SQUARE, brand=pd.Categorical(["甲"]), 级别=pd.Categorical(["国家级"])), set()),
        (odd(SQUARE, brand=["甲"], 批准时间=pd.to_datetime(["2020-01-01"], utc=True)), set()),
    ],
)
def test_odd_frames_are_looked_at_and_fixed(
    frame: gpd.GeoDataFrame, codes_expected: set[str]
) -> None:
    found = inspect(frame)
    assert codes_expected <= set(codes(found))
    assert found._repr_html_()
    fixed = found.fix()
    assert fixed.frame.columns.tolist() == frame.columns.tolist()
    assert len(inspect(fixed.frame).fix().changes) == 0


def test_columns_that_stand_twice() -> None:
    frame = odd(SQUARE, brand=["甲"], other=["乙"])
    frame.columns = pd.Index(["brand", "brand", "geometry"])
    assert one(inspect(frame), "columns-doubled")["severity"] == "error"
    assert inspect(frame).fix().changes.empty


def test_a_layer_of_findings_has_the_rows_and_the_places() -> None:
    tie = Polygon([(120.5, 30.5), (120.6, 30.6), (120.6, 30.5), (120.5, 30.6)])
    drawn = inspect(odd(SQUARE, tie)).layer(language="en")
    assert drawn["row"].tolist() == ["0", "1", "place"]
    assert drawn["severity"].tolist() == ["nothing found", "error", "error"]
    assert drawn.is_valid.all()


def test_twenty_thousand_zones_take_seconds() -> None:
    side = np.arange(200) * 120.0
    x, y = (part.ravel() for part in np.meshgrid(side, side[:100]))
    shapes = shapely.box(
        CORNER_M[0] + x, CORNER_M[1] + y, CORNER_M[0] + x + 120, CORNER_M[1] + y + 120
    )
    frame = frame_of(*shapes, brand_id=[f"z{n // 50}" for n in range(len(shapes))])
    start = time.process_time()
    found = inspect(frame)
    assert time.process_time() - start < 10
    assert codes(found) == []
