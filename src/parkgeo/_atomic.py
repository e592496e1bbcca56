"""Files that are whole or not there: made beside their place, then moved into it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["publish", "replaced", "scratch"]


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield where to write a file, and put it in the place of ``path`` when that went well.

    Folders on the way are made. Where the writing fails, what was there before is there still, and
    nothing else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch(path) as folder:
        made = folder / path.name
        yield made
        publish(made, path)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside ``path``, and leave nothing of it behind."""
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
        yield Path(folder)


def publish(made: Path, path: Path) -> None:
    """Move a finished file into its place in one step that no reader sees half done."""
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    made.replace(path)
    # The name itself is on disk only when the folder is.
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
