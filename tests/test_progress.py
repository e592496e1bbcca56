import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tqdm.std

from parkgeo import _progress
from parkgeo._progress import progress, said, watched

COMPILING = """
import numpy as np
from parkgeo import _kernels
out = np.empty(1)
square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)])
_kernels.compiled(_kernels.ring_areas)(square, np.array([0, 5]), False, out)
assert out[0] > 1e10
"""


def test_quick_work_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(watched(range(100), doing="counting", total=100)) == list(range(100))
    assert "counting" not in capsys.readouterr().err


def test_work_over_two_seconds_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    def slow() -> Iterator[int]:
        for i in range(4):
            time.sleep(0.7)
            yield i

    assert list(watched(slow(), doing="counting", total=4)) == [0, 1, 2, 3]
    assert "counting" in capsys.readouterr().err


def test_an_error_of_the_work_comes_through() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("at the second")

    with pytest.raises(ValueError, match="at the second"):
        list(watched(failing(), doing="counting", total=2))


def test_what_cannot_be_counted_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with said("compiling"):
        assert "compiling" in capsys.readouterr().err


def test_a_line_may_wait_until_it_is_worth_it(capsys: pytest.CaptureFixture[str]) -> None:
    with said("solving", after_s=30.0):
        pass
    assert capsys.readouterr().err == ""
    with said("solving", after_s=0.05):
        time.sleep(0.5)
        assert "solving" in capsys.readouterr().err
    with pytest.raises(ValueError, match="inside"), said("solving", after_s=30.0):
        raise ValueError("inside")


def test_a_bar_moved_by_hand_shows_after_two_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(doing="counting", total=4, done=1, unit="rows") as bar:
        bar.update(1)
        assert "counting" not in capsys.readouterr().err
        time.sleep(2.1)
        bar.update(1)
        assert "3.00/4.00" in capsys.readouterr().err


def test_a_first_compilation_says_so_and_a_second_run_does_not(tmp_path: Path) -> None:
    """In processes of their own, with an empty cache, which the first of them fills."""
    run = [sys.executable, "-c", COMPILING]
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    env.pop("TQDM_DISABLE", None)
    errors = [
        subprocess.run(run, env=env, capture_output=True, text=True, check=True).stderr
        for _ in range(2)
    ]
    assert "compiling loops for this machine, once" in errors[0]
    assert errors[1] == ""


def test_a_notebook_without_widgets_gets_a_plain_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "find_spec", lambda _: None)
    assert _progress._tqdm.__wrapped__() is tqdm.std.tqdm
