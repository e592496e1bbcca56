import time
from collections.abc import Iterator

import pytest

from parkgeo._progress import watched


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
