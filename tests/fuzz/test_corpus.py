"""What fuzzing begins with, and what it found, read again."""

import time
from pathlib import Path

import pytest
from fuzz.readers import READERS, attempt

CASES = sorted(Path(__file__).with_name("corpus").iterdir())


def test_each_reader_has_a_case_that_is_read() -> None:
    begun = {case.name.split("-")[0] for case in CASES if "-found-" not in case.name}
    assert begun == set(READERS)


@pytest.mark.filterwarnings("ignore")  # of GDAL, which no Python code above it can catch
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_read_or_refused(case: Path) -> None:
    data = case.read_bytes()
    assert len(data) < 200_000
    began = time.monotonic()
    read = attempt(case.name.split("-")[0], data)
    assert time.monotonic() - began < 5
    assert read or "-found-" in case.name
