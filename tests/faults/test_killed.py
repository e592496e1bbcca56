"""A writing program that is killed leaves the old file or the new one, and no rubbish for long."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("killed.py")
SUFFIXES = [".parquet", ".gpkg", ".geojson", ".shp", ".zip", ".txt", ".csv", ".html"]

pytestmark = pytest.mark.skipif(
    not hasattr(sys, "addaudithook") or sys.platform == "win32", reason="needs fork"
)


@pytest.fixture(scope="module", params=SUFFIXES)
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """What each run found that was killed one step later than the one before."""
    folder = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, str(DRIVER), request.param, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_last_run_comes_to_its_end(runs: list[dict[str, Any]]) -> None:
    assert [run["ended"] for run in runs] == [False] * (len(runs) - 1) + [True]
    assert len(runs) > 5  # some steps there were
    assert runs[-1]["said"] == "None"
    assert (runs[-1]["found"], runs[-1]["left"]) == ("3", [])


def test_the_old_file_is_whole_and_then_the_new_one(runs: list[dict[str, Any]]) -> None:
    found = [run["found"] for run in runs]
    change = found.index("3")
    assert found == ["1"] * change + ["3"] * (len(runs) - change)
    assert change > 0


def test_what_is_left_is_hidden_and_the_next_write_removes_it(runs: list[dict[str, Any]]) -> None:
    assert any(run["left"] for run in runs)  # a killed program cannot clear up
    assert all(name.startswith(".parkgeo-") for run in runs for name in run["left"])
    assert {run["again"] for run in runs} == {"3"}
    assert [run["rubbish"] for run in runs] == [[]] * len(runs)
