"""Spark equals local, on worker processes of its own."""

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyproj
import pytest
from shapely import Polygon, box
from strategies import on_ground

from parkgeo import concentration, scale
from parkgeo.errors import (
    AmbiguousNameError,
    GeometryError,
    MissingCRSError,
    MissingExtraError,
    SchemaError,
    UnknownNameError,
)
from parkgeo.scale._work import Answer, Reader, VersionError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.spark,
    pytest.mark.allow_hosts(["127.0.0.1", "localhost"]),
    # PySpark says so of pandas 3, and leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CRS = "EPSG:4490"
WITHOUT_PARKGEO = """
import runpy, sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name == "parkgeo":
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Nowhere())
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
ToSpark = Callable[..., "DataFrame"]


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Hold two tables against each other to 1e-12, and to the bit what they say of themselves."""
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-12)
    told, wanted = (
        {name: note for name, note in table.attrs.items() if name != "counted_twice"}
        for table in (found, expected)
    )
    assert json.dumps(told, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    assert set(found.attrs) == set(expected.attrs)


@pytest.mark.parametrize(
    "options",
    [
        {"by": "district"},
        {"by": "year", "weight": "tax"},
        {"by": "brand", "shapley": True},
        {"classes": "industry", "where": {"status": ["built"]}, "weight": 1, "target": 0.5},
    ],
    ids=str,
)
def test_spark_equals_local(
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    on_spark: ToSpark,
    options: dict[str, Any],
) -> None:
    found = scale.ratio(on_spark(parcels), parks, crs=CRS, **options)
    named = parcels.set_index(pd.Index(parcels["parcel_id"].fillna("?")))
    assert_same(found, concentration.ratio(named, parks, **options))
    assert found.attrs["counted_twice"]["within"] == "batches"


def test_districts_cut_parcels_on_workers_too(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, on_spark: ToSpark
) -> None:
    halves = gpd.GeoDataFrame(
        {"name": ["west", "east"]},
        geometry=on_ground([box(-100, -100, 3100, 9000), box(3100, -100, 9000, 9000)]),
        crs=CRS,
    )
    asked = {"by": "name", "districts": halves}
    found = scale.ratio(on_spark(parcels), parks, crs=CRS, **asked)
    expected = concentration.ratio(parcels, parks, **asked)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-12)
    assert found.attrs["outside_districts"] == expected.attrs["outside_districts"]


def test_rows_without_an_id_are_called_by_their_place_on_spark(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, on_spark: ToSpark
) -> None:
    """The bits of monotonically_increasing_id: 400 rows stand in four partitions, in order."""
    frame = on_spark(parcels.drop(columns="parcel_id"), "wkb")
    found = scale.ratio(frame, parks, geometry="wkb", crs=CRS)
    places = [(row // 100 << 33) + row % 100 for row in range(0, 400, 97)]
    assert found.attrs["without_geometry"]["rows"] == ", ".join(map(str, places))
    assert "duplicate_ids" not in found.attrs


def test_decimals_surveys_and_no_parcels(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, on_spark: ToSpark
) -> None:
    known = parcels[["parcel_id", "tax", "geometry"]]
    exact = known.assign(tax=[Decimal(str(tax)) for tax in known["tax"]])
    found = scale.ratio(on_spark(exact), parks, crs=CRS, weight="tax")
    pd.testing.assert_frame_equal(
        found, concentration.ratio(known, parks, weight="tax"), rtol=1e-12, atol=1e-12
    )
    # Surveys have names of their own for columns.
    survey = on_spark(parcels).withColumnsRenamed({"class_code": "DLBM"}).drop("class_system")
    found = scale.ratio(survey, parks, crs=CRS, classes="0601", system="GB/T 21010-2017")
    assert (
        found["n_parcels"].item()
        == (parcels["class_code"] == "0601").sum()
        - ((parcels["class_code"] == "0601") & parcels.geometry.isna()).sum()
    )
    with pytest.raises(
        AmbiguousNameError, match="columns 地类编码, DLBM may all be class_code; ch"
    ):
        scale.ratio(survey.withColumn("地类编码", survey["DLBM"]), parks, crs=CRS)
    nothing = scale.ratio(on_spark(exact).where("tax < 0"), parks, crs=CRS)
    assert_same(nothing, concentration.ratio(known.iloc[:0], parks))


def test_columns_are_found_whatever_they_are_called(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, on_spark: ToSpark
) -> None:
    """Spark reads dots as fields, strips accents graves, and takes Geometry for geometry."""
    names = {"district": "镇.`街道`", "tax": "Geometry", "status": "select"}
    some = parcels[["district", "tax", "status", "geometry"]].rename(columns=names)
    asked = {"by": "镇.`街道`", "weight": "Geometry", "where": {"select": "built"}}
    found = scale.ratio(on_spark(some), parks, crs=CRS, **asked)
    assert_same(found, concentration.ratio(some, parks, **asked))


# --- workers that fail ----------------------------------------------------------------------


def logged(frame: "DataFrame", folder: Path, *, kill: bool) -> "DataFrame":
    """Pass rows on and log every start; kill the executor once, half through partition 2."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import signal  # noqa: PLC0415 - runs on the worker
        import time  # noqa: PLC0415

        from pyspark import TaskContext  # noqa: PLC0415

        partition = TaskContext.get().partitionId()
        # Python workers are forked from a daemon, which is a child of the executor.
        executor = Path(f"/proc/{os.getppid()}/stat").read_text("utf-8").split()[3]
        first = not list(folder.glob(f"{partition}-*"))
        (folder / f"{partition}-{TaskContext.get().taskAttemptId()}").write_text(executor)
        for n, batch in enumerate(batches):
            if kill and partition == 2 and first and n == 1:
                os.kill(int(executor), signal.SIGKILL)
                time.sleep(60)
            yield batch

    return frame.mapInArrow(work, frame.schema)


def test_a_worker_killed_in_the_middle_changes_nothing(
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    on_spark: ToSpark,
    spark: "SparkSession",
    tmp_path: Path,
) -> None:
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 40)
    try:
        frame = logged(on_spark(parcels.drop(columns="parcel_id")), tmp_path, kill=True)
        found = scale.ratio(frame, parks, crs=CRS, by="district")
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    expected = concentration.ratio(parcels, parks, by="district")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-12)
    attempts = [path.name.split("-")[0] for path in tmp_path.iterdir()]
    assert attempts.count("2") == 2
    assert set(attempts) == {"0", "1", "2", "3"}
    killed, *_ = sorted(tmp_path.glob("2-*"), key=lambda path: int(path.name.split("-")[1]))
    assert not Path(f"/proc/{killed.read_text('utf-8')}").exists()


# --- bad input ------------------------------------------------------------------------------


def test_errors_of_workers_name_the_rows_and_are_not_tried_again(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, on_spark: ToSpark, tmp_path: Path
) -> None:
    bow_tie = on_ground([Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])]).iloc[0]
    bad = parcels.copy()
    bad.loc[[1, 399], "geometry"] = bow_tie
    frame = logged(on_spark(bad), tmp_path, kill=False)
    with pytest.raises(GeometryError, match=r"Self-intersection.*'地块-1'.*; 1 more of 4 part"):
        scale.ratio(frame, parks, crs=CRS)
    assert len(list(tmp_path.iterdir())) == 4


def test_what_is_no_wkb_is_told_with_its_rows(
    parks: gpd.GeoDataFrame, spark: "SparkSession"
) -> None:
    frame = spark.createDataFrame(pa.table({"parcel_id": ["a"], "geometry": [b"no shape"]}))
    with pytest.raises(GeometryError, match="no well-known binary.* in rows 'a'"):
        scale.ratio(frame, parks, crs=CRS)


def test_wrong_frames_are_refused_before_a_worker_starts(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, on_spark: ToSpark
) -> None:
    functions = importlib.import_module("pyspark.sql.functions")
    frame = on_spark(parcels)
    with pytest.raises(MissingCRSError, match="a Spark DataFrame does not say its CRS; give crs="):
        scale.ratio(frame, parks)
    with pytest.raises(SchemaError, match="'EPSG:0' is no CRS"):
        scale.ratio(frame, parks, crs="EPSG:0")
    with pytest.raises(UnknownNameError, match="no column 'shape'; say geometry="):
        scale.ratio(frame, parks, crs=CRS, geometry="shape")
    with pytest.raises(SchemaError, match="column 'status' is string; geometries must be WKB"):
        scale.ratio(frame, parks, crs=CRS, geometry="status")
    with pytest.raises(UnknownNameError, match="no column 'taxes'; did you mean 'tax'"):
        scale.ratio(frame, parks, crs=CRS, weight="taxes")
    with pytest.raises(
        UnknownNameError, match="no column 'town' to group by; there are accuracy_m, brand"
    ):
        scale.ratio(frame, parks, crs=CRS, by="town")
    nested = frame.withColumn("status", functions.array("status", "status"))
    with pytest.raises(SchemaError, match="column 'status' is array<string>; choose a part of it"):
        scale.ratio(nested, parks, crs=CRS, by="status")
    twice = frame.select("*", "tax")
    with pytest.raises(SchemaError, match="2 columns are named 'tax'; rename them, or drop all b"):
        scale.ratio(twice, parks, crs=CRS, weight="tax")
    with pytest.raises(SchemaError, match="where must be a mapping.*filter the DataFrame"):
        scale.ratio(frame, parks, crs=CRS, where=parcels["tax"] > 1)  # type: ignore[arg-type]
    with pytest.raises(
        SchemaError, match="not a GeoDataFrame; a GeoDataFrame goes to parkgeo.conc"
    ):
        scale.ratio(parcels, parks)  # type: ignore[arg-type]


def test_workers_of_another_version_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parkgeo.scale._work.version_of", lambda _: "0.0.1")
    reader = Reader("geometry", pyproj.CRS(CRS), names=("geometry",))
    sent = Answer(SimpleNamespace(value=None), reader)
    monkeypatch.undo()
    with pytest.raises(VersionError, match=r"the driver has parkgeo 0\.0\.1, and a worker \d"):
        list(sent(iter([])))


def test_workers_without_parkgeo_are_explained(
    parks: gpd.GeoDataFrame,
    spark: "SparkSession",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another interpreter, whose import system knows no parkgeo."""
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{WITHOUT_PARKGEO}", "utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(spark.sparkContext, "pythonExec", str(python))
    with pytest.raises(MissingExtraError, match="workers do not have parkgeo: ship the driver's"):
        scale.ratio(spark.createDataFrame(pa.table({"geometry": [b""]})), parks, crs=CRS)
