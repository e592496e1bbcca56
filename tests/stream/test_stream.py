"""Parcels of files: the answer of a frame in memory, whatever the format and the batches."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from strategies import on_ground

import parkgeo as pg
from parkgeo import concentration, crs
from parkgeo.errors import (
    AmbiguousNameError,
    MissingCRSError,
    SchemaError,
)

OPTIONS: dict[str, object] = {"by": "town", "classes": "06"}


def require_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same table, and the same notes but for what is only looked at within a batch."""
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
    assert found.attrs.keys() == expected.attrs.keys()
    for name in found.attrs.keys() - {"counted_twice", "unknown", "all"}:
        assert found.attrs[name] == expected.attrs[name], name
    for name, note in expected.attrs["unknown"].items():
        other = dict(found.attrs["unknown"][name])
        assert other.pop("area_km2") == pytest.approx(note["area_km2"], rel=1e-12)
        assert other == {key: value for key, value in note.items() if key != "area_km2"}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("own.parquet", {}),
        ("own.gpkg", {}),
        ("own.geojson", {}),
        ("own.shp", {}),
        ("gbk.shp", {"encoding": "gbk"}),
    ],
)
def test_files_of_parkgeo_answer_as_the_frame(
    land: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    tmp_path: Path,
    name: str,
    how: dict[str, str],
) -> None:
    path = pg.write(land, tmp_path / name, **how)
    found = concentration.ratio(path, parks, batch_rows=130, **OPTIONS)
    require_same(found, concentration.ratio(pg.io.read(path), parks, **OPTIONS))
    assert found.index[:2].tolist() == ["余杭", "萧山"]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb"])
def test_files_of_gdal_answer_as_the_frame(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path, suffix: str
) -> None:
    """A Shapefile in GBK with the names of the land survey, as an office hands it out."""
    path = tmp_path / f"a{suffix}"
    plain = land.rename(columns={"class_code": "地类编码", "parcel_id": "标识码"})
    plain = plain.drop(columns="built")
    plain.to_file(path, encoding="gbk" if suffix == ".shp" else None)
    found = concentration.ratio(path, parks, batch_rows=130, **OPTIONS)
    back = pg.io.read(path).rename(columns={"地类编码": "class_code", "地类编": "class_code"})
    back = back.rename(columns={"标识码": "parcel_id"})
    require_same(found, concentration.ratio(back, parks, **OPTIONS))


@pytest.mark.parametrize(
    "how",
    [
        {"row_group_size": 77},
        {"geometry_encoding": "geoarrow"},
        {"compression": "zstd", "write_covering_bbox": True},
    ],
)
def test_geoparquet_of_others(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path, how: dict[str, object]
) -> None:
    path = tmp_path / "a.parquet"
    land.to_parquet(path, **how)
    found = concentration.ratio(str(path), parks, batch_rows=100, **OPTIONS)
    require_same(found, concentration.ratio(land, parks, **OPTIONS))


def test_a_folder_or_a_list_is_one_layer(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """Ids that are double across files are told, and rows are named by file and number."""
    folder = tmp_path / "parts"
    folder.mkdir()
    parts = [land.iloc[:400], land.iloc[400:401], land.iloc[401:401], land.iloc[401:]]
    for i, part in enumerate(parts):
        part.to_parquet(folder / f"{i}.parquet")
    paths = sorted(folder.iterdir())
    (folder / "_SUCCESS").touch()
    expected = concentration.ratio(land, parks, **OPTIONS)
    for given_ in (folder, paths, [folder]):
        found = concentration.ratio(given_, parks, batch_rows=150, **OPTIONS)
        pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
        ids = found.attrs["duplicate_ids"]
        assert ids == expected.attrs["duplicate_ids"]
        first = int(str(expected.attrs["unknown"]["class_code"]["rows"]).split(",")[0])
        rows = str(found.attrs["unknown"]["class_code"]["rows"])
        assert rows.startswith(f"'0.parquet:{first}', ")
        assert (
            rows.split(" and ")[1]
            == expected.attrs["unknown"]["class_code"]["rows"].split(" and ")[1]
        )
    assert expected.attrs["duplicate_ids"]["n"] in {0, 2, 4}


@given(size=st.integers(40, 1200))
@settings(max_examples=6)
def test_the_size_of_batches_changes_nothing(
    stored: Path, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, size: int
) -> None:
    found = concentration.ratio(stored, parks, by="brand", shapley=True, batch_rows=size)
    expected = concentration.ratio(land, parks, by="brand", shapley=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_districts_and_points_of_files(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, stored: Path, tmp_path: Path
) -> None:
    towns = gpd.GeoDataFrame(
        {"name": ["w", "e"]}, geometry=on_ground([box(0, 0, 1010, 5000), box(1010, 0, 4e3, 4e3)])
    ).set_crs(4490)
    how = {"by": "name", "districts": towns}
    found = concentration.ratio(stored, parks, batch_rows=200, **how)
    require_same(found, concentration.ratio(land, parks, **how))
    firms = land.set_geometry(gpd.GeoSeries.from_xy(*_middles(land), crs=4490))
    path = pg.write(firms, tmp_path / "firms.gpkg")
    found = concentration.ratio(path, parks, weight="tax", batch_rows=200)
    assert found["inside"].item() == pytest.approx(
        concentration.ratio(firms, parks, weight="tax")["inside"].item(), rel=1e-12
    )


def _middles(land: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    bounds = shapely.bounds(land.geometry.to_numpy())
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def test_the_datum_of_a_file_is_heeded(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """GCJ-02 that the file says, or the call; without a word it would be 500 m off."""
    true = concentration.ratio(land, parks)["inside"].item()
    gcj = crs.to_datum(land, "gcj02")
    for name in ("a.parquet", "a.gpkg", "a.geojson", "a.shp"):
        path = pg.write(gcj, tmp_path / name)
        assert concentration.ratio(path, parks)["inside"].item() == pytest.approx(true, rel=1e-6)
    silent = tmp_path / "silent.parquet"
    gcj.set_crs(4326, allow_override=True).to_parquet(silent)
    told = concentration.ratio(silent, parks, reading={"datum": "gcj02"})["inside"].item()
    assert told == pytest.approx(true, rel=1e-6)
    assert concentration.ratio(silent, parks)["inside"].item() != pytest.approx(true, rel=1e-3)


def test_geoparquet_without_a_crs_is_longitude_and_latitude(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """As GeoParquet 1.1 has it; a CRS that is null says that nobody knows."""
    path = tmp_path / "a.parquet"
    land.set_crs("OGC:CRS84", allow_override=True).to_parquet(path)
    _edit_geo(path, lambda column: column.pop("crs"))
    expected = concentration.ratio(land, parks)["inside"].item()
    assert concentration.ratio(path, parks)["inside"].item() == pytest.approx(expected, rel=1e-9)
    _edit_geo(path, lambda column: column.update(crs=None))
    with pytest.raises(MissingCRSError, match="a.parquet does not say its CRS"):
        concentration.ratio(path, parks)
    assert concentration.ratio(path, parks, reading={"crs": 4490})["inside"].item() > 0


def _edit_geo(path: Path, edit: object) -> None:
    import json  # noqa: PLC0415

    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    geo = json.loads(metadata[b"geo"])
    edit(geo["columns"]["geometry"])  # type: ignore[operator]
    metadata[b"geo"] = json.dumps(geo).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_class_systems_are_those_of_the_whole_layer(
    parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """A batch in which nobody says the system is judged as in memory."""
    land = gpd.GeoDataFrame(
        {"class_code": ["1001"] * 4, "class_system": [None, None, "land_sea_use", None]},
        geometry=on_ground([box(200 * i, 0, 200 * i + 100, 100) for i in range(4)]),
        crs=4490,
    )
    land.to_parquet(tmp_path / "a.parquet")
    how = {"classes": "1001"}
    found = concentration.ratio(tmp_path / "a.parquet", parks, batch_rows=1, **how)
    require_same(found, concentration.ratio(land, parks, **how))
    assert found.attrs["unknown"]["class_code"]["n"] == 3
    with pytest.raises(SchemaError, match="classes are given in 'gbt21010'"):
        concentration.ratio(tmp_path / "a.parquet", parks, system="gbt21010", **how)


def test_aliases_name_columns(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    two = land.rename(columns={"class_code": "DLBM"}).assign(地类编码="07")
    two.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(AmbiguousNameError, match="may all be class_code"):
        concentration.ratio(tmp_path / "a.parquet", parks, classes="06")
    expected = concentration.ratio(land, parks, classes="06")["inside"].item()
    named = {"aliases": {"DLBM": "class_code"}}
    found = concentration.ratio(tmp_path / "a.parquet", parks, classes="06", reading=named)
    assert found["inside"].item() == pytest.approx(expected, rel=1e-12)
    by = concentration.ratio(tmp_path / "a.parquet", parks, by="DLBM", reading=named)
    assert by.index[:3].tolist() == ["0601", "0602", "07"]


def test_several_names_are_refused_only_where_they_are_asked_for(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    land.assign(地类编码="07", DLBM="06", 行政区="a", XZQMC="b").drop(
        columns="class_code"
    ).to_parquet(path)
    expected = concentration.ratio(land, parks)["inside"].item()
    found = concentration.ratio(path, parks)["inside"].item()
    assert found == pytest.approx(expected, rel=1e-12)
    with pytest.raises(AmbiguousNameError, match="行政区, XZQMC may all be district"):
        concentration.ratio(path, parks, by="district")


def test_of_several_ids_the_one_that_names_the_parcel_for_good_comes_first(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    own = land.drop(columns="parcel_id", errors="ignore")
    unique = [f"{i:018d}" for i in range(len(own))]
    own.assign(图斑编号="1", 标识码=unique).to_parquet(path)
    assert concentration.ratio(path, parks).attrs["duplicate_ids"]["n"] == 0
    own.assign(图斑编号=unique, 标识码="1").to_parquet(path)
    assert concentration.ratio(path, parks).attrs["duplicate_ids"]["n"] == len(own)


def test_what_is_new_of_a_file_is_that_of_the_frame(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, stored: Path, tmp_path: Path
) -> None:
    how: dict[str, object] = {
        "since": "2020-01-01",
        "date": "built",
        "measures": ["tax", "land", "projects"],
        "classes": "06",
    }
    expected = concentration.increments(land, parks, **how)
    kept = tmp_path / "a.checkpoint"
    found = concentration.increments(stored, parks, batch_rows=140, checkpoint=kept, **how)
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)
    assert found.index.tolist() == ["tax", "land", "projects"]
    for name in ("n_parcels", "duplicate_ids", "compared_as_text", "accuracy_unknown"):
        assert found.attrs[name] == expected.attrs[name]
    assert found.attrs.keys() == expected.attrs.keys()
    assert not kept.exists()


def test_states_of_files_are_not_compared(
    land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, stored: Path
) -> None:
    with pytest.raises(SchemaError, match="parcels of files need since="):
        concentration.increments(stored, parks, before=land)
    with pytest.raises(SchemaError, match="a.parquet has no column date"):
        concentration.increments(stored, parks, since="2020-01-01")
