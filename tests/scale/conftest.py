"""One Spark for all tests here: a driver, and two workers that are processes of their own."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from shapely import box
from strategies import on_ground

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ToSpark: TypeAlias = "Callable[..., DataFrame]"

WORKERS = "local-cluster[2,1,1024]"
"""Two workers of one core and 1 GiB."""

QUICK_JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"


def require_java() -> None:
    """Skip without Java or PySpark, or fail where they are required."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    packaged = importlib.util.find_spec("pyspark") is not None
    if found is None or not packaged:
        message = (
            "no PySpark: pip install 'parkgeo[spark]'"
            if found
            else "no Java on the PATH; on Debian: apt-get install default-jre-headless"
        )
        if os.environ.get("PARKGEO_REQUIRE_SPARK"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="package")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """Start Spark on the loopback only, and leave nothing of it behind."""
    require_java()
    import pyspark  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    scratch = tmp_path_factory.mktemp("spark")
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.executor.pyspark.memory": "4g",
        "spark.driver.extraJavaOptions": QUICK_JAVA,
        "spark.executor.extraJavaOptions": QUICK_JAVA,
        "spark.local.dir": str(scratch / "local"),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.default.parallelism": "4",
        "spark.sql.shuffle.partitions": "2",
        "spark.task.maxFailures": "2",
        # Compiling plans takes longer than running them on so few rows.
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.delenv("SPARK_HOME", raising=False)
        builder = SparkSession.builder.master(WORKERS).appName("parkgeo tests")
        for name, value in options.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        application = session.sparkContext.applicationId
        yield session
        gateway = session.sparkContext._gateway
        session.stop()
        # The driver's JVM would go on, and so would its sockets, which later tests may not have.
        gateway.shutdown()
        pyspark.SparkContext._gateway = pyspark.SparkContext._jvm = None
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
        shutil.rmtree(Path(pyspark.__file__).parent / "work" / application, ignore_errors=True)


def squares(n: int, m: int, step: float, side: float) -> list[shapely.Polygon]:
    """Draw n by m squares, in metres from the corner of the town."""
    corners = [(step * i, step * j) for i in range(n) for j in range(m)]
    return [box(x, y, x + side, y + side) for x, y in corners]


@pytest.fixture(scope="session")
def parks() -> gpd.GeoDataFrame:
    """Two zones of 4 km² with 1 km² in common, one apart, and one without an extent."""
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(5000, 0, 6000, 1000)]
    drawn = on_ground(shapes).tolist()
    return gpd.GeoDataFrame(
        {"brand": ["A", "B", "C", "D"], "accuracy_m": [5.0, 20.0, 0.0, 1.0]},
        geometry=[*drawn, None],
        crs="EPSG:4490",
    )


@pytest.fixture(scope="session")
def parcels() -> gpd.GeoDataFrame:
    """400 squares of 300 m, some on each other, with gaps in what is known of them."""
    shapes = [*squares(20, 18, 330.0, 300.0), *squares(8, 5, 700.0, 100.0)]
    n = len(shapes)
    rng = np.random.default_rng(5)
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": [f"地块-{i % 390}" for i in range(n)],
            "class_code": rng.choice(["0601", "0602", "0701", None], n),
            "class_system": "GB/T 21010-2017",
            "district": rng.choice(["萧山区", "余杭区", None], n),
            "year": pd.array(rng.choice([2019, 2024], n), dtype="Int64"),
            "status": rng.choice(["built", "idle", None], n),
            "tax": np.round(rng.random(n) * 100, 2),
        },
        geometry=on_ground(shapes),
        crs="EPSG:4490",
    )
    frame.loc[::97, "geometry"] = None
    frame.loc[3, "year"] = pd.NA
    frame.loc[7, "parcel_id"] = None
    return frame


@pytest.fixture
def on_spark(spark: "SparkSession") -> "ToSpark":
    """Put parcels on Spark as a survey would: attributes, and WKB in a binary column."""

    def put(parcels: gpd.GeoDataFrame, geometry: str = "geometry") -> "DataFrame":
        plain = pa.Table.from_pandas(pd.DataFrame(parcels.drop(columns="geometry")))
        wkb = pa.array(shapely.to_wkb(parcels.geometry.to_numpy()).tolist(), pa.binary())
        return spark.createDataFrame(
            plain.append_column(geometry, wkb).replace_schema_metadata(None),
        )

    return put
