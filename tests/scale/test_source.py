"""Parquet that says its own CRS, file by file; and what Spark cannot read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parkgeo import concentration, crs, scale
from parkgeo.errors import CRSMismatchError, MissingCRSError, SchemaError, UnknownNameError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.spark,
    pytest.mark.allow_hosts(["127.0.0.1", "localhost"]),
    # PySpark says so of pandas 3, and leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.usefixtures("spark"),
]


def test_a_folder_in_chinese_with_spaces_and_districts_as_subfolders(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "三调 图斑"
    for district, some in parcels.dropna(subset="district").groupby("district"):
        part = folder / f"district={district}"
        part.mkdir(parents=True)
        some.drop(columns="district").to_parquet(part / "第 1 部分.parquet")
    found = scale.ratio(folder, parks, by="district", weight="tax")
    known = parcels.dropna(subset="district")
    expected = concentration.ratio(known, parks, by="district", weight="tax")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-12)


def test_files_of_several_zones_and_datums_are_each_read_in_their_own(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """What a province hands in: 3-degree zones, and a map service's coordinates."""
    files = [
        parcels.iloc[:150],
        parcels.iloc[150:300].to_crs("EPSG:4549"),
        crs.to_datum(parcels.iloc[300:], "gcj02"),
    ]
    for n, frame in enumerate(files):
        frame.to_parquet(tmp_path / f"{n}.parquet")
    found = scale.ratio(tmp_path, parks)
    parts = [concentration.ratio(frame, parks) for frame in files]
    for name in ("total", "inside", "n_parcels"):
        assert found[name].item() == pytest.approx(sum(t[name].item() for t in parts), rel=1e-12)
    # The last ten parcels have the ids of the first ten, one of which is null.
    assert found.attrs["duplicate_ids"]["n"] == 18
    with pytest.raises(CRSMismatchError, match=r"1\.parquet says CGCS2000 / 3-degree.*leave crs="):
        scale.ratio(tmp_path, parks, crs="EPSG:4490")


def test_parquet_that_says_nothing_needs_a_column_and_a_crs(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "plain.parquet"
    wkb = pa.array(parcels.geometry.to_wkb().tolist(), pa.binary())
    pq.write_table(pa.table({"shape": wkb}), file)
    with pytest.raises(MissingCRSError, match=r"plain\.parquet does not say its CRS; give crs="):
        scale.ratio(file, parks)
    with pytest.raises(UnknownNameError, match="no column 'geometry'; say geometry=, of shape"):
        scale.ratio(file, parks, crs="EPSG:4490")
    found = scale.ratio(str(file), parks, crs="EPSG:4490", geometry="shape")
    assert found["total"].item() == concentration.ratio(parcels, parks)["total"].item()


def test_what_spark_cannot_read_is_told(
    parks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="no file or folder .*missing.*hdfs://"):
        scale.ratio(tmp_path / "missing", parks)
    with pytest.raises(SchemaError, match="is no Parquet that Spark can read"):
        scale.ratio(tmp_path, parks)
    (tmp_path / "text.parquet").write_text("no Parquet", "utf-8")
    with pytest.raises(SchemaError, match="is no Parquet that Spark can read"):
        scale.ratio(tmp_path, parks)
    native = tmp_path / "native.parquet"
    parcels.dropna(subset="geometry").to_parquet(native, geometry_encoding="geoarrow")
    with pytest.raises(SchemaError, match=r"native\.parquet holds geometries as polygon.*WKB"):
        scale.ratio(native, parks)


@pytest.mark.parametrize("said", ["{", "[]", "{}", json.dumps({"primary_column": "g"})])
def test_metadata_that_is_none_is_told(parks: gpd.GeoDataFrame, tmp_path: Path, said: str) -> None:
    table = pa.table({"g": pa.array([b""])}).replace_schema_metadata({"geo": said})
    pq.write_table(table, tmp_path / "odd.parquet")
    with pytest.raises(SchemaError, match=r"odd\.parquet: its GeoParquet metadata cannot be read"):
        scale.ratio(tmp_path, parks)


def test_geometries_of_spark_itself_become_wkb(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, spark: "SparkSession"
) -> None:
    functions = pytest.importorskip("pyspark.sql.functions")
    if not hasattr(functions, "st_geomfromwkb"):
        pytest.skip("this Spark has no geometries of its own")
    drawn = parcels.dropna(subset="geometry").iloc[:20]
    plain = pa.table({"wkb": pa.array(drawn.geometry.to_wkb().tolist(), pa.binary())})
    frame = spark.createDataFrame(plain).select(functions.st_geomfromwkb("wkb").alias("geometry"))
    found = scale.ratio(frame, parks, crs="EPSG:4490")
    assert found["inside"].item() == concentration.ratio(drawn, parks)["inside"].item()
