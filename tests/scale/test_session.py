"""What is said where there is no PySpark, no Java, or a session of another kind."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pytest

from parkgeo import scale
from parkgeo.errors import MissingExtraError, ParkgeoError
from parkgeo.scale._session import require_session


def test_without_pyspark_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, parks: gpd.GeoDataFrame
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingExtraError, match=r"pip install parkgeo\[spark\].* Java 17"):
        scale.ratio("parcels", parks)


def test_importing_the_module_does_not_load_pyspark() -> None:
    code = "import sys, parkgeo; parkgeo.scale.ratio; print('pyspark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_java_it_is_told_what_to_install(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    code = """
import warnings; warnings.simplefilter("ignore")
from parkgeo.errors import MissingExtraError
from parkgeo.scale._session import require_session
try:
    require_session(None)
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "JAVA_HOME": str(tmp_path)},
    )
    assert "Spark could not start: Spark runs on Java 17 or newer: install it" in done.stdout


def test_spark_connect_is_refused() -> None:
    pytest.importorskip("pyspark")
    kind = type("SparkSession", (SimpleNamespace,), {"__module__": "pyspark.sql.connect.session"})
    with pytest.raises(ParkgeoError, match="Spark Connect client, which has no broadcast"):
        require_session(kind())


@pytest.mark.parametrize("stopped_by", ["python", "cluster"])
def test_a_session_that_is_stopped_is_told(stopped_by: str) -> None:
    """Python forgets the JVM's context when it stops it, and does not hear when a cluster does."""
    pytest.importorskip("pyspark")
    java = SimpleNamespace(sc=lambda: SimpleNamespace(isStopped=lambda: True))
    context = SimpleNamespace(_jsc=None if stopped_by == "python" else java)
    session = SimpleNamespace(sparkContext=context)
    with pytest.raises(ParkgeoError, match="session is stopped: start another one"):
        require_session(session)  # type: ignore[arg-type]
