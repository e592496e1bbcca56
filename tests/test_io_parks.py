"""Any file of zones as a parks frame: Chinese columns, values, areas, days, ids."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import Point, Polygon, box

from parkgeo import crs, io
from parkgeo.errors import (
    AmbiguousNameError,
    CRSMismatchError,
    GeometryError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.tables import PARK_COLUMNS, validate_parks

SQUARE = box(120.0, 30.0, 120.1, 30.1)
BOW_TIE = Polygon([(120, 30), (120.1, 30.1), (120.1, 30), (120, 30.1)])


def put(folder: Path, suffix: str = "gpkg", *, epsg: int = 4490, **columns: object) -> Path:
    """Write a file as another program would, without parkgeo's notes."""
    rows = len(next(iter(columns.values())))
    shapes = columns.pop("shapes", [SQUARE] * rows)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=epsg)
    path = folder / f"zones.{suffix}"
    pyogrio.write_dataframe(frame, path, encoding="UTF-8")
    return path


def test_a_file_of_an_office_becomes_a_parks_frame(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        园区名称=["紫金港科技城", "云栖小镇"],
        级别=["省级", "国家级"],
        类型=["科技城", "特色小镇"],
        管委会=["杭州紫金港科技城管理委员会", None],
        批准时间=["2021年3月5日", "2016/1/20"],
        批准文号=["浙政函〔2021〕1号", None],
        **{"规划面积(公顷)": [2100.0, 343.5]},
        四至范围=["东至紫荆花北路", None],
        成图方式=["按四至重建", "官方"],
        中误差=[30.0, 0.5],
        数据来源=["西湖区 2021", "a"],
        备注=["x", "y"],
    )
    found = io.read_parks(path)
    assert list(found.columns) == [*(c.name for c in PARK_COLUMNS), "备注", "geometry"]
    first = found.iloc[0]
    assert first["brand"] == "紫金港科技城"
    assert first["level"] == "provincial"
    assert first["kind"] == "scitech_city"
    assert first["administrator"] == "杭州紫金港科技城管理委员会"
    assert first["approved_on"] == pd.Timestamp(2021, 3, 5)
    assert first["document"] == "浙政函〔2021〕1号"
    assert first["four_bounds"] == "东至紫荆花北路"
    assert first["source"] == "西湖区 2021"
    assert found["level"].tolist() == ["provincial", "national"]
    assert found["method"].tolist() == ["reconstructed", "official"]
    assert found["stated_area_km2"].tolist() == [21.0, 3.435]
    assert found["stated_area_text"].tolist() == ["2100公顷", "343.5公顷"]
    assert found["approved_on"].tolist()[1] == pd.Timestamp(2016, 1, 20)
    assert found["accuracy_m"].tolist() == [30.0, 0.5]
    pd.testing.assert_frame_equal(pd.DataFrame(validate_parks(found)), pd.DataFrame(found))


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "shp"])
def test_a_parks_frame_comes_back_as_it_was(tmp_path: Path, suffix: str) -> None:
    frame = validate_parks(
        gpd.GeoDataFrame(
            {
                "brand_id": ["zijingang", "zijingang", "yunqi"],
                "brand": ["紫金港科技城", "紫金港科技城", "云栖小镇"],
                "approved_on": pd.to_datetime(["2021-03-05", None, None]),
                "stated_area_km2": [21.0, None, 1 / 3],
                "four_bounds": ["东至紫荆花北路，" * 60, None, None],
            },
            geometry=[SQUARE, None, SQUARE],
            crs=4490,
            index=pd.Index(["z-1", "z-2", "y"], name="block_id"),
        ),
    )
    frame.attrs = {"provenance": {"source": "西湖区 2021"}}
    found = io.read_parks(io.write(frame, tmp_path / f"a.{suffix}"))
    pd.testing.assert_frame_equal(
        pd.DataFrame(found).drop(columns="geometry"), pd.DataFrame(frame).drop(columns="geometry")
    )
    assert found.attrs == frame.attrs
    assert found.geometry.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("column", "values", "km2", "text"),
    [
        ("批准面积_亩", [6900], 4.6, "6900亩"),
        ("批准面积（平方公里）", [9.44], 9.44, "9.44平方公里"),
        ("规划面积公顷", [50.5], 0.505, "50.5公顷"),
        ("规划面积 [km²]", [2], 2.0, "2km²"),
        ("批准面积", ["约6900亩"], 4.6, "约6900亩"),
        ("批准面积", ["1,195 公顷"], 11.95, "1,195 公顷"),
        ("批准面积(公顷)", ["344"], 3.44, "344"),
        ("stated_area_km2", [21.0], 21.0, None),
    ],
)
def test_areas_are_read_with_their_unit_and_kept_as_published(
    tmp_path: Path, column: str, values: list[object], km2: float, text: str | None
) -> None:
    found = io.read_parks(put(tmp_path, 名称=["a"], **{column: values}))
    assert found["stated_area_km2"].iloc[0] == pytest.approx(km2, rel=1e-15)
    told = found["stated_area_text"].iloc[0]
    assert (None if pd.isna(told) else told) == text


def test_an_area_without_a_unit_is_asked_about(tmp_path: Path) -> None:
    path = put(tmp_path, 名称=["a"], 批准面积=[21.0])
    with pytest.raises(SchemaError, match="areas without a unit, for example 21.0.*stated_area_ha"):
        io.read_parks(path)
    found = io.read_parks(path, aliases={"批准面积": "stated_area_ha"})
    assert found["stated_area_km2"].tolist() == [0.21]
    with pytest.raises(SchemaError, match="'很大' is no area with a unit.*rows 0"):
        io.read_parks(put(tmp_path, 名称=["a"], 批准面积=["很大"]))


def test_the_user_extends_the_table_and_wins_over_it(tmp_path: Path) -> None:
    path = put(tmp_path, 地盘=["甲"], 名称=["乙"], 等级=["国家级"])
    found = io.read_parks(path, aliases={"地盘": "brand", "等级": "level"})
    assert found["brand"].tolist() == ["甲"]
    assert found["level"].tolist() == ["national"]
    assert found["名称"].tolist() == ["乙"]
    left = io.read_parks(path, aliases={"名称": None, "地盘": "brand"})
    assert left["名称"].tolist() == ["乙"]


@pytest.mark.parametrize(
    ("aliases", "error", "says"),
    [
        ({"没有": "brand"}, UnknownNameError, "'没有', which the file does not have; it has 名称"),
        ({"brand": "名称"}, UnknownNameError, "from the file's name to parkgeo's"),
        ({"名称": "brnad"}, UnknownNameError, "lead to 'brnad'.*it has .*brand"),
    ],
)
def test_a_wrong_alias_is_told(
    tmp_path: Path, aliases: dict[str, str], error: type[ParkgeoError], says: str
) -> None:
    with pytest.raises(error, match=says):
        io.read_parks(put(tmp_path, 名称=["a"]), aliases=aliases)


def test_two_columns_of_one_meaning_are_asked_about(tmp_path: Path) -> None:
    path = put(tmp_path, 名称=["a"], 园区名称=["b"])
    with pytest.raises(AmbiguousNameError, match="名称, 园区名称 all mean brand; choose with"):
        io.read_parks(path)
    assert io.read_parks(path, aliases={"园区名称": "brand"})["brand"].tolist() == ["b"]


@pytest.mark.parametrize("column", ["管委会", "管理委员会", "管理机构"])
def test_whoever_runs_a_zone_is_its_administrator(tmp_path: Path, column: str) -> None:
    found = io.read_parks(put(tmp_path, 园区名称=["甲"], **{column: ["甲管委会"]}))
    assert found["administrator"].tolist() == ["甲管委会"]


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_names_that_a_shapefile_cut_are_understood(tmp_path: Path, encoding: str) -> None:
    frame = gpd.GeoDataFrame(
        {"园区名称": ["甲"], "批准时间": ["2021-01-02"], "administrator": ["管委会甲"]},
        geometry=[SQUARE],
        crs=4490,
    )
    path = io.write(frame, tmp_path / "a.shp", encoding=encoding)
    path.with_suffix(".parkgeo.json").unlink()
    cut = ["园区名", "批准时"] if encoding == "UTF-8" else ["园区名称", "批准时间"]
    assert list(io.read(path).columns) == [*cut, "administra", "geometry"]
    found = io.read_parks(path)
    assert found["brand"].tolist() == ["甲"]
    assert found["approved_on"].tolist() == [pd.Timestamp(2021, 1, 2)]
    assert found["administrator"].tolist() == ["管委会甲"]


def test_a_cut_name_of_two_meanings_is_asked_about(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"名称": ["甲"], "stated_are": [21.0]}, geometry=[SQUARE], crs=4490)
    path = tmp_path / "a.shp"
    pyogrio.write_dataframe(frame, path, encoding="UTF-8")
    with pytest.raises(AmbiguousNameError, match="stated_area_km2, .*stated_area_text; say which"):
        io.read_parks(path)
    found = io.read_parks(path, aliases={"stated_are": "stated_area_km2"})
    assert found["stated_area_km2"].tolist() == [21.0]


def test_names_are_cut_only_in_shapefiles(tmp_path: Path) -> None:
    found = io.read_parks(put(tmp_path, 名称=["甲"], administra=["x"]))
    assert found["administrator"].isna().all()


def test_ids_are_made_where_there_are_none_and_do_not_depend_on_order(tmp_path: Path) -> None:
    names = ["紫金港科技城", "云栖小镇", "紫金港科技城"]
    found = io.read_parks(put(tmp_path, 名称=names))
    first, second = found["brand_id"].iloc[0], found["brand_id"].iloc[1]
    # printf 紫金港科技城 | sha256sum (GNU coreutils)
    assert first == "b011fce57"
    assert found.index.tolist() == [f"{first}-1", second, f"{first}-2"]
    assert found["brand_id"].str.fullmatch("b[0-9a-f]{8}").all()
    other = io.read_parks(put(tmp_path, 名称=names[1:]))
    assert other["brand_id"].tolist() == [second, first]


def test_ids_of_the_file_are_kept(tmp_path: Path) -> None:
    found = io.read_parks(put(tmp_path, 地块编号=[12, 13], 园区代码=["A", "A"], 名称=["甲", "甲"]))
    assert found.index.tolist() == ["12", "13"]
    assert found["brand_id"].tolist() == ["A", "A"]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"面积": [1.0]}, "no column names the brands; found 面积; say which.*'brand'"),
        ({"名称": [None]}, "column brand: null in rows 0"),
        ({"名称": ["a"], "批准时间": ["去年"]}, "批准时间: '去年' is no day.*rows 0"),
        ({"名称": ["a"], "批准时间": ["2021-02-30"]}, "'2021-02-30' is no day"),
        ({"名称": ["a"], "级别": ["宇宙级"]}, "column level: '宇宙级' is none of national"),
        ({"brand_id": ["x"], "block_id": ["甲"]}, "index block_id: '甲' is no short ASCII name"),
        ({"brand_id": ["x", "x"], "block_id": ["a", "a"]}, "'a' stand more than once"),
    ],
)
def test_what_cannot_be_understood_is_told(
    tmp_path: Path, columns: dict[str, list[object]], says: str
) -> None:
    with pytest.raises(SchemaError, match=says):
        io.read_parks(put(tmp_path, **columns))


def test_a_day_that_is_none_is_left_out_as_the_message_says(tmp_path: Path) -> None:
    path = put(tmp_path, 名称=["a"], 批准时间=["去年"])
    with pytest.raises(SchemaError, match=r"with aliases=\{'批准时间': None\}"):
        io.read_parks(path)
    found = io.read_parks(path, aliases={"批准时间": None})
    assert found["批准时间"].tolist() == ["去年"]
    assert found["approved_on"].isna().all()


@pytest.mark.parametrize("day", ["2021-03-05", "2021/3/5", "2021.3.5", "20210305", 20210305])
def test_days_as_offices_write_them(tmp_path: Path, day: object) -> None:
    found = io.read_parks(put(tmp_path, 名称=["a"], 批复日期=[day]))
    assert found["approved_on"].tolist() == [pd.Timestamp(2021, 3, 5)]


def test_the_geometry_comes_in_epsg_4490(tmp_path: Path) -> None:
    zone = gpd.GeoSeries([SQUARE], crs=4490).to_crs(4549)
    found = io.read_parks(put(tmp_path, epsg=4549, 名称=["a"], shapes=zone.to_numpy()))
    assert found.crs.to_epsg() == 4490
    assert found.geometry.iloc[0].hausdorff_distance(SQUARE) < 1e-9


def test_gcj02_is_taken_back(tmp_path: Path) -> None:
    lon, lat = crs.wgs84_to_gcj02(np.array([120.0]), np.array([30.0]))
    corner = [float(lon[0]), float(lat[0])]
    shape = Polygon([corner, [120.2, 30.0], [120.2, 30.2]])
    path = put(tmp_path, "geojson", epsg=4326, 名称=["a"], shapes=[shape])
    found = io.read_parks(path, datum="gcj02").geometry.iloc[0]
    assert shapely.Point(found.exterior.coords[0]).distance(Point(120, 30)) < 1e-6
    plain = io.read_parks(path).geometry.iloc[0]
    assert shapely.Point(plain.exterior.coords[0]).distance(Point(120, 30)) > 1e-3


def test_invalid_rings_are_refused_or_mended_and_reported(tmp_path: Path) -> None:
    path = put(tmp_path, 名称=["a", "b"], shapes=[SQUARE, BOW_TIE])
    with pytest.raises(GeometryError, match=r"invalid rings in rows 1 .*repair=True"):
        io.read_parks(path)
    found = io.read_parks(path, repair=True)
    assert found.geometry.is_valid.all()
    (told,) = found.attrs["repairs"]
    assert told["row"] == 1
    assert told["reason"] == "Self-intersection"
    assert told["area_after_m2"] > 5e7
    again = io.read(io.write(found, tmp_path / "b.gpkg"))
    assert again.attrs["repairs"] == found.attrs["repairs"]


def test_heights_are_dropped_and_told(tmp_path: Path) -> None:
    high = shapely.force_3d(SQUARE, 5.0)
    found = io.read_parks(put(tmp_path, 名称=["a"], shapes=[high]))
    assert not found.has_z.any()
    assert found.attrs["dropped_heights"] == [0]


def test_latitude_before_longitude_is_found(tmp_path: Path) -> None:
    with pytest.raises(CRSMismatchError, match="swapped"):
        io.read_parks(put(tmp_path, 名称=["a"], shapes=[box(30, 120, 30.1, 120.1)]))


def test_a_file_without_rows_is_told(tmp_path: Path) -> None:
    empty = gpd.GeoDataFrame({"名称": pd.Series([], dtype="str")}, geometry=[], crs=4490)
    with pytest.raises(SchemaError, match="has no rows"):
        io.read_parks(io.write(empty, tmp_path / "a.gpkg"))


def test_collections_and_points_are_told(tmp_path: Path) -> None:
    shapes = [shapely.GeometryCollection([SQUARE, Point(120, 30)]), Point(120, 30)]
    frame = gpd.GeoDataFrame({"名称": ["a", "b"]}, geometry=shapes, crs=4490)
    with pytest.raises(SchemaError, match="GeometryCollection where Polygon") as caught:
        io.read_parks(io.write(frame, tmp_path / "a.gpkg"))
    assert "Point where Polygon" in str(caught.value)


def test_ids_of_our_own_making_are_told_as_rows_and_names(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"园区名称": ["甲园", "乙园"]}, geometry=[SQUARE, SQUARE.centroid], crs="EPSG:4490"
    )
    path = io.write(frame, tmp_path / "a.gpkg")
    with pytest.raises(SchemaError, match=r"is row 1 \(乙园\)\)$") as caught:
        io.read_parks(path)
    assert "甲园" not in str(caught.value)
    named = io.write(frame.assign(block_id=["a", "b"]), path)
    with pytest.raises(SchemaError, match="rows 'b'$"):
        io.read_parks(named)


def test_a_txt_of_the_land_office_becomes_parks() -> None:
    path = Path(__file__).parent / "reference" / "txt" / "square.txt"
    found = io.read_parks(path, aliases={"name": "brand"})
    assert found.index.tolist() == ["330106-001"]
    assert found["brand"].tolist() == ["紫金港甲地块"]
    assert found["stated_area_km2"].tolist() == [0.01]
    assert found.crs.to_epsg() == 4490
