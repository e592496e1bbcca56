"""The Spark session of a call, and what to do where there is no Spark or no Java."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from parkgeo.errors import MissingExtraError, ParkgeoError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JAVA = (
    "Spark runs on Java 17 or newer: install it (Debian: apt-get install default-jre-headless), "
    "and put java on the PATH or say where it is in JAVA_HOME"
)


def sql() -> ModuleType:
    """Load pyspark.sql, or say how to install it."""
    try:
        return importlib.import_module("pyspark.sql")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "parkgeo.scale needs PySpark: pip install parkgeo[spark], on the driver and on every "
            f"worker. {_JAVA}",
        ) from error


def require_session(spark: "SparkSession | None") -> "SparkSession":
    """Return the session that was given, the active one, or a new one as Spark is configured."""
    sessions = sql().SparkSession
    found = spark if spark is not None else sessions.getActiveSession()
    if found is None:
        found = _started(sessions.builder)
    if type(found).__module__.startswith("pyspark.sql.connect"):
        raise ParkgeoError(
            "this session is a Spark Connect client, which has no broadcast variables: run the "
            "driver on the cluster (spark-submit), or start a session without .remote(…)",
        )
    started: SparkSession = found
    if _is_stopped(started):
        raise ParkgeoError(
            "this Spark session is stopped: start another one, and read the parcels again on it",
        )
    return started


def _is_stopped(session: "SparkSession") -> bool:
    """Ask Python's side of the context, and the JVM, which a cluster may stop on its own."""
    java = session.sparkContext._jsc  # noqa: SLF001 - no Python API tells
    return java is None or bool(java.sc().isStopped())


def _started(builder: "SparkSession.Builder") -> "SparkSession":
    try:
        return builder.appName("parkgeo").getOrCreate()
    except Exception as error:
        if "JAVA_GATEWAY_EXITED" in str(error):
            raise MissingExtraError(f"Spark could not start: {_JAVA}") from error
        raise
