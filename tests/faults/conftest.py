"""Folders that may not be written."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NOBODY = 65_534


@pytest.fixture
def as_nobody() -> Iterator[Callable[[], None]]:
    """Hand out a way to become a user who may not write, as root may write anywhere."""
    before = os.geteuid() if hasattr(os, "geteuid") else 1

    def become() -> None:
        if before == 0:
            os.seteuid(NOBODY)

    yield become
    if before == 0:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that others can look into; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)
