"""Parcels from files as bureaus keep them."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import parkgeo as pg
from parkgeo.errors import (
    AmbiguousNameError,
    GeometryError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
)


def land(**columns: list[object]) -> gpd.GeoDataFrame:
    """Draw two parcels with columns as an office names them."""
    shapes = [shapely.box(120, 30, 120.01, 30.01), shapely.box(120.02, 30, 120.03, 30.01)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")


def test_shapefile_in_gbk_is_understood(tmp_path: Path) -> None:
    office = land(
        地块编号=["甲-1", "乙-2"],
        地类编码=["0601", "0701"],
        行政区=["西湖", "余杭"],
        容积率=[1.5, 2.0],
    )
    path = pg.write(office, tmp_path / "工业用地.shp", encoding="GBK")
    found = pg.read_parcels(path)
    assert found["parcel_id"].tolist() == ["甲-1", "乙-2"]
    assert found["class_code"].tolist() == ["0601", "0701"]
    assert found["district"].tolist() == ["西湖", "余杭"]
    assert found["far"].tolist() == [1.5, 2.0]
    assert pg.measure.area_m2(found).to_numpy() == pytest.approx(
        pg.measure.area_m2(office).to_numpy()
    )


def test_name_cut_by_a_shapefile_is_understood(tmp_path: Path) -> None:
    path = pg.write(land(用地用=["1001", "0701"]), tmp_path / "a.shp", encoding="UTF-8")
    # 用地用海分类代码, cut at ten bytes of UTF-8, which is three characters.
    assert pg.read_parcels(path)["class_code"].tolist() == ["1001", "0701"]


def test_numbers_get_their_zero_back(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=[601, 1001]), tmp_path / "a.gpkg")
    assert pg.read_parcels(path)["class_code"].tolist() == ["0601", "1001"]


def test_system_is_filled_in_where_the_file_says_none(tmp_path: Path) -> None:
    path = pg.write(
        land(class_code=["0601", "0602"], class_system=["gbt21010", None]), tmp_path / "a.parquet"
    )
    found = pg.read_parcels(path, system="三调")
    assert found["class_system"].tolist() == ["gbt21010", "third_survey"]


def test_rows_are_numbered_where_the_file_has_no_ids(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["0601", "0602"]), tmp_path / "a.geojson")
    assert pg.read_parcels(path)["parcel_id"].tolist() == ["1", "2"]


def test_what_the_user_says_wins(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["01", "01"], 用途=["0601", "0701"]), tmp_path / "a.gpkg")
    found = pg.read_parcels(path, aliases={"用途": "class_code"})
    assert found["class_code"].tolist() == ["0601", "0701"]
    assert found["DLBM"].tolist() == ["01", "01"]
    assert pg.read_parcels(path, aliases={"DLBM": None})["class_code"].isna().all()


def test_two_columns_of_one_meaning_are_for_the_user_to_choose(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["01", "01"], 地类编码=["0601", "0701"]), tmp_path / "a.gpkg")
    with pytest.raises(AmbiguousNameError, match=r"aliases=\{'地类编码': 'class_code'\}"):
        pg.read_parcels(path)
    found = pg.read_parcels(path, aliases={"地类编码": "class_code"})
    assert found["class_code"].tolist() == ["0601", "0701"]


@pytest.mark.parametrize("suffix", ["shp", "gpkg", "parquet"])
@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["BSM", "宗地代码"], "宗地代码"),
        (["图斑编号", "地块编号", "BSM"], "BSM"),
        (["宗地编号", "ZDDM"], "ZDDM"),
    ],
)
def test_of_several_ids_frames_and_files_mean_the_same(
    tmp_path: Path, suffix: str, names: list[str], meant: str
) -> None:
    """Both names are doubled but in the column that is meant; nobody has to choose."""
    columns = {name: ["x", "x"] if name != meant else ["1", "2"] for name in names}
    path = pg.write(land(DLBM=["0601", "0601"], **columns), tmp_path / f"a.{suffix}")
    found = pg.read_parcels(path)
    assert found["parcel_id"].tolist() == ["1", "2"]
    assert {*names} - {meant} <= {*found.columns}
    inside = land().iloc[:1]
    table = pg.concentration.ratio(path, inside)
    assert table.attrs["duplicate_ids"]["n"] == 0
    assert table["ratio"].item() == pytest.approx(
        pg.concentration.ratio(found, inside)["ratio"].item(), rel=1e-9
    )


def test_names_as_databases_and_typists_write_them(tmp_path: Path) -> None:
    path = pg.write(
        land(**{"dlbm": ["0601", "0602"], "宗地 编号": ["a", "b"], "ＲＪＬ": [1.0, 2.0]}),
        tmp_path / "a.parquet",
    )
    found = pg.read_parcels(path)
    assert found["class_code"].tolist() == ["0601", "0602"]
    assert found["parcel_id"].tolist() == ["a", "b"]
    assert found["far"].tolist() == [1.0, 2.0]
    # The files themselves are understood as the frame is.
    inside = land().iloc[:1]
    ratio = pg.concentration.ratio(path, inside, classes="0601", system="三调")
    assert ratio.attrs["n_parcels"] == 1
    left = pg.concentration.ratio(path, inside, reading={"aliases": {"dlbm": None}})
    assert left.attrs["n_parcels"] == 2


def test_what_a_file_does_not_say_goes_into_reading(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["0601", "0602"]), tmp_path / "bare.shp")
    for beside in tmp_path.glob("bare*"):
        if beside.suffix in {".prj", ".json"}:
            beside.unlink()
    with pytest.raises(MissingCRSError, match=r"name it with reading=\{'crs': 'EPSG:4490'\} or"):
        pg.concentration.ratio(path, land())
    said = pg.concentration.ratio(path, land(), reading={"crs": "EPSG:4490"})
    assert said["ratio"].item() == pytest.approx(1.0)


def test_own_name_of_the_schema_comes_before_a_guess(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["01", "01"], class_code=["0601", "0701"]), tmp_path / "a.gpkg")
    assert pg.read_parcels(path)["class_code"].tolist() == ["0601", "0701"]


@pytest.mark.parametrize(
    ("aliases", "error", "message"),
    [
        ({"没有": "class_code"}, UnknownNameError, "does not have; it has DLBM"),
        ({"DLBM": "colour"}, UnknownNameError, "parcels frame does not have"),
        ({"DLBM": "status", "其他": "status"}, SchemaError, "two aliases"),
    ],
)
def test_aliases_that_lead_nowhere(
    tmp_path: Path, aliases: dict[str, str], error: type[Exception], message: str
) -> None:
    path = pg.write(land(DLBM=["0601", "0602"], 其他=["a", "b"]), tmp_path / "a.gpkg")
    with pytest.raises(error, match=message):
        pg.read_parcels(path, aliases=aliases)


def test_a_column_that_breaks_the_schema_can_be_left(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["0601"] * 2, 建筑密度=[35.0, 40.0]), tmp_path / "a.gpkg")
    with pytest.raises(SchemaError, match=r"divide percentages by 100.*\n- .*\{'建筑密度': None\}"):
        pg.read_parcels(path)
    found = pg.read_parcels(path, aliases={"建筑密度": None})
    assert found["建筑密度"].tolist() == [35.0, 40.0]
    assert found["density"].isna().all()


def test_ids_that_stand_twice_are_refused(tmp_path: Path) -> None:
    path = pg.write(land(BSM=[7, 7]), tmp_path / "a.gpkg")
    with pytest.raises(SchemaError, match="parcel_id"):
        pg.read_parcels(path)


def test_unknown_system_and_missing_crs(tmp_path: Path) -> None:
    path = pg.write(land(DLBM=["0601", "0602"]), tmp_path / "a.gpkg")
    with pytest.raises(UnknownNameError, match="no class system"):
        pg.read_parcels(path, system="四调")
    bare = pg.write(land(DLBM=["0601", "0602"]), tmp_path / "bare.shp")
    for beside in tmp_path.glob("bare*"):
        if beside.suffix in {".prj", ".json"}:
            beside.unlink()
    with pytest.raises(MissingCRSError):
        pg.read_parcels(bare)


def test_invalid_rings_are_mended_only_when_asked(tmp_path: Path) -> None:
    bow = shapely.Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)])
    frame = land(DLBM=["0601", "0602"])
    frame = frame.set_geometry([bow, frame.geometry[1]], crs=frame.crs)
    path = tmp_path / "a.gpkg"
    frame.to_file(path)
    with pytest.raises(GeometryError, match="repair=True"):
        pg.read_parcels(path)
    found = pg.read_parcels(path, repair=True)
    assert found.geometry.is_valid.all()
    assert len(found.attrs["repairs"]) == 1


def test_gcj02_is_brought_to_the_ground(tmp_path: Path) -> None:
    here = land(DLBM=["0601", "0602"])
    path = tmp_path / "gaode.geojson"
    pg.crs.to_datum(here, "gcj02").set_crs("EPSG:4326", allow_override=True).to_file(path)
    found = pg.read_parcels(path, datum="gcj02")
    moved = shapely.hausdorff_distance(found.geometry.to_numpy(), here.geometry.to_numpy())
    assert np.max(moved) < 1e-7
