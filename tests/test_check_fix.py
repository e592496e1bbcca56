"""What a fix changes, what it leaves, and what it writes."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Polygon, box

import parkgeo as pg
from parkgeo import check
from parkgeo.check import Findings, Fixed, inspect
from parkgeo.errors import MissingCRSError, SchemaError, UnknownNameError

ZONE = box(120.051234, 30.301234, 120.081234, 30.331234)
OTHER = shapely.affinity.translate(ZONE, 0.1, 0.05)


def frame_of(*shapes: object, crs: object = "EPSG:4490", **columns: object) -> gpd.GeoDataFrame:
    names = [f"开发区{row}" for row in range(len(shapes))]
    return gpd.GeoDataFrame({"brand": names, **columns}, geometry=list(shapes), crs=crs)


def codes(found: Findings) -> set[str]:
    return set(found.table["code"])


def changed(fixed: Fixed) -> list[tuple[Any, str]]:
    return list(zip(fixed.changes["row"], fixed.changes["code"], strict=True))


def test_a_clean_frame_stays_as_it_is() -> None:
    frame = frame_of(ZONE, OTHER)
    fixed = inspect(frame).fix()
    assert fixed.changes.empty
    pd.testing.assert_frame_equal(pd.DataFrame(fixed.frame), pd.DataFrame(frame))
    assert fixed.frame.crs == frame.crs


def everything_wrong() -> gpd.GeoDataFrame:
    swapped = shapely.transform(OTHER, lambda xy: xy[:, ::-1])
    ring = shapely.get_coordinates(shapely.affinity.translate(ZONE, 0.2, 0.2))
    repeated = Polygon(np.repeat(ring, 2, axis=0))
    tie = Polygon([(120.5, 30.5), (120.6, 30.6), (120.6, 30.5), (120.5, 30.6)])
    line = LineString(shapely.affinity.translate(ZONE, 0, 0.3).exterior)
    high = shapely.force_3d(shapely.affinity.translate(ZONE, 0.3, 0), 9.0)
    shapes = [ZONE, swapped, repeated, tie, line, high, Polygon(), ZONE]
    brand = ["甲", "乙区丙区".encode("gbk").decode("latin-1"), *"丙丁戊己庚", "甲"]
    return frame_of(*shapes, brand=brand)


def test_what_is_safe_is_put_right_and_told() -> None:
    frame = everything_wrong()
    fixed = inspect(frame).fix()
    assert sorted(changed(fixed), key=str) == sorted(
        [
            (1, "text-mojibake"),
            (6, "geometry-empty"),
            (5, "has-z"),
            (1, "axes-swapped"),
            (4, "line-closed"),
            (2, "vertices-repeated"),
            (3, "invalid"),
            (7, "row-doubled"),
        ],
        key=str,
    )
    made = fixed.frame.geometry
    assert made.index.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert made[1].equals(OTHER)
    assert made[3].geom_type == "MultiPolygon"
    assert made[4].equals(shapely.affinity.translate(ZONE, 0, 0.3))
    assert not made[5].has_z
    assert made[6] is None
    assert fixed.frame.loc[1, "brand"] == "乙区丙区"
    left = codes(inspect(fixed.frame))
    assert not left & set(fixed.changes["code"])


def test_fixing_twice_changes_nothing_more() -> None:
    once = inspect(everything_wrong()).fix()
    twice = inspect(once.frame).fix()
    assert twice.changes.empty
    pd.testing.assert_frame_equal(pd.DataFrame(twice.frame), pd.DataFrame(once.frame))


def test_a_repair_tells_the_official_area_before_and_after() -> None:
    # A symmetric bow-tie cancels itself as drawn; repaired, it is two triangles.
    tie = Polygon([(120.0, 30.5), (120.1, 30.6), (120.1, 30.5), (120.0, 30.6)])
    row = inspect(frame_of(tie)).fix().changes.iloc[0]
    half = pg.measure.area_m2(gpd.GeoSeries([box(120.0, 30.5, 120.1, 30.6)], crs=4490)).iloc[0] / 2
    assert row["after"] == pytest.approx(half, rel=1e-3)
    assert row["before"] < half / 100


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_datum_is_changed_only_where_it_is_named(datum: str) -> None:
    known = frame_of(ZONE, OTHER)
    moved = pg.crs.to_datum(known, datum).set_crs(4326, allow_override=True)
    found = inspect(moved, reference=known)
    assert found.fix().frame.geometry.iloc[0].equals(moved.geometry.iloc[0])
    fixed = found.fix(datum=datum)
    assert pg.crs.datum_of(fixed.frame) == "cgcs2000"
    apart = shapely.hausdorff_distance(fixed.frame.geometry.to_numpy(), known.geometry.to_numpy())
    assert apart.max() < 1e-8
    assert changed(fixed) == [(None, "datum-suspect")]


def test_areas_are_corrected_only_where_it_is_asked() -> None:
    mu = pg.units.m2_to(pg.measure.area_m2(frame_of(ZONE, OTHER)), "mu").round(2).tolist()
    frame = frame_of(ZONE, OTHER).assign(**{"批准面积(公顷)": mu})
    found = inspect(frame)
    assert found.fix().changes.empty
    fixed = found.fix(areas=True)
    # 15 mu are a hectare.
    assert fixed.frame["批准面积(公顷)"].tolist() == pytest.approx([value / 15 for value in mu])
    assert changed(fixed) == [(0, "area-unit"), (1, "area-unit")]
    assert "area-unit" not in codes(inspect(fixed.frame))


def test_text_areas_get_the_unit_that_fits() -> None:
    ha = pg.units.m2_to(pg.measure.area_m2(frame_of(ZONE)), "ha").iloc[0]
    frame = frame_of(ZONE).assign(批准面积=f"{ha:.1f}平方公里")
    fixed = inspect(frame).fix(areas=True)
    assert fixed.frame.loc[0, "批准面积"] == f"{ha:.1f}公顷"


def test_areas_without_a_unit_are_named_after_the_one_that_is_given() -> None:
    frame = frame_of(ZONE).assign(批准面积=[14400.0])
    fixed = inspect(frame).fix(area_unit="mu")
    assert fixed.frame.columns.tolist() == ["brand", "geometry", "批准面积(亩)"]
    with pytest.raises(SchemaError, match="no unit, and there is none"):
        inspect(frame_of(ZONE)).fix(area_unit="mu")


def test_what_is_not_known_is_refused() -> None:
    found = inspect(frame_of(ZONE))
    with pytest.raises(UnknownNameError, match="unknown datum 'mars'"):
        found.fix(datum="mars")
    with pytest.raises(UnknownNameError, match="unknown unit of area 'acre'"):
        found.fix(area_unit="acre")


def test_what_cannot_be_put_right_stays() -> None:
    bad = Polygon([(120, 30), (120.1, np.inf), (120.1, 30.1)])
    frame = frame_of(ZONE, bad, brand=["甲", "????"])
    fixed = inspect(frame).fix()
    assert fixed.changes.empty
    assert fixed.frame.loc[1, "brand"] == "????"
    assert fixed.frame.geometry.iloc[1] is bad


def test_a_new_file_and_a_report_are_written(tmp_path: Path) -> None:
    source = tmp_path / "zones.gpkg"
    everything_wrong().to_file(source)
    before = source.read_bytes()
    fixed = inspect(source).fix()
    target, report = fixed.save(tmp_path / "new.gpkg")
    assert report == tmp_path / "new.fixes.csv"
    assert source.read_bytes() == before
    assert pg.read(target).geometry.iloc[1].equals(OTHER)
    told = pd.read_csv(report, encoding="utf-8-sig")
    assert len(told) == len(fixed.changes)
    assert {"row", "code", "before", "after", "change", "change_zh"} <= set(told.columns)
    assert {one.name for one in tmp_path.iterdir()} == {"zones.gpkg", "new.gpkg", "new.fixes.csv"}


def test_the_checked_file_is_never_written_over(tmp_path: Path) -> None:
    source = pg.write(frame_of(ZONE), tmp_path / "zones.gpkg")
    before = source.read_bytes()
    fixed = inspect(source).fix()
    link = tmp_path / "link.gpkg"
    link.symlink_to(source)
    for path in (source, tmp_path / "." / "zones.gpkg", link):
        with pytest.raises(SchemaError, match="never written over"):
            fixed.save(path, overwrite=True)
    with pytest.raises(SchemaError, match="never written over"):
        fixed.save(tmp_path / "new.gpkg", report=source, overwrite=True)
    assert source.read_bytes() == before
    assert not (tmp_path / "new.gpkg").exists()


def test_the_parts_of_the_checked_shapefile_are_never_written_over(tmp_path: Path) -> None:
    source = pg.write(frame_of(ZONE), tmp_path / "zones.shp")
    dbf = source.with_suffix(".dbf").read_bytes()
    fixed = inspect(source).fix()
    with pytest.raises(SchemaError, match="never written over"):
        fixed.save(tmp_path / "new.gpkg", report=source.with_suffix(".dbf"), overwrite=True)
    assert source.with_suffix(".dbf").read_bytes() == dbf


def test_the_report_is_not_written_over_the_new_file(tmp_path: Path) -> None:
    fixed = inspect(frame_of(ZONE)).fix()
    for report in ("new.shp", "new.dbf"):
        with pytest.raises(SchemaError, match="part of the new file"):
            fixed.save(tmp_path / "new.shp", report=tmp_path / report, overwrite=True)


def test_files_that_are_there_are_kept_unless_said(tmp_path: Path) -> None:
    fixed = inspect(frame_of(ZONE)).fix()
    fixed.save(tmp_path / "new.gpkg")
    with pytest.raises(FileExistsError):
        fixed.save(tmp_path / "new.gpkg")
    fixed.save(tmp_path / "new.gpkg", overwrite=True)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    fixed = inspect(frame_of(ZONE).set_crs(None, allow_override=True)).fix()
    with pytest.raises(MissingCRSError):
        fixed.save(tmp_path / "new.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_a_report_as_a_page_escapes_what_the_file_says(tmp_path: Path) -> None:
    wrong = "<b>紫金港科技城开发区</b>".encode("gbk").decode("latin-1")
    fixed = inspect(frame_of(ZONE, brand=[wrong])).fix()
    _, report = fixed.save(tmp_path / "new.gpkg", report=tmp_path / "new.html")
    page = report.read_text("utf-8")
    assert "&lt;b&gt;紫金港科技城开发区&lt;/b&gt;" in page
    assert "<b>" not in page


def test_a_gbk_shapefile_is_written_anew_with_its_encoding(tmp_path: Path) -> None:
    source = tmp_path / "zones.shp"
    frame_of(ZONE).to_file(source, encoding="GBK")
    source.with_suffix(".cpg").write_text("UTF-8")
    fixed = inspect(source).fix()
    assert changed(fixed) == [(None, "encoding-wrong")]
    target, _ = fixed.save(tmp_path / "new.shp")
    assert target.with_suffix(".cpg").read_text() == "UTF-8"
    assert "encoding-wrong" not in codes(inspect(target))
    assert pg.read(target)["brand"].tolist() == ["开发区0"]


def test_open_rings_of_a_txt_are_closed(tmp_path: Path) -> None:
    corners = [(3345000, 505000), (3345000, 506000), (3346000, 506000), (3346000, 505000)]
    points = [f"J{n},1,{x}.123,40{y}.456" for n, (x, y) in enumerate(corners, 1)]
    lines = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "计量单位=米", "带号=40"]
    source = tmp_path / "a.txt"
    text = "\n".join([*lines, "[地块坐标]", "4,100,1,甲,面,,,,@", *points])
    source.write_text(text, encoding="gb18030")
    fixed = inspect(source).fix()
    assert changed(fixed) == [(0, "ring-open")]
    target, _ = fixed.save(tmp_path / "new.txt")
    assert "ring-open" not in codes(inspect(target))


def test_the_codes_that_say_fixable_are_those_that_a_fix_knows() -> None:
    fixable = {code for code, kind in check.CODES.items() if kind.fixable}
    known = set(check._fix._WORDS) | {"self-crossing", "self-touch"}
    assert fixable == known
