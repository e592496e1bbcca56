"""Files that are whole or not there: made beside their place, then moved into it.

A program that is killed cannot clear up. What it leaves is a hidden folder named
``.parkgeo-writing-…``, which nothing reads and the next write into the same folder removes: a lock
on the folder ends with the program that held it.
"""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

__all__ = ["SCRATCH", "publish", "replaced", "scratch", "sync"]

SCRATCH: Final = ".parkgeo-writing-"
"""How names of folders begin in which files are made."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_REMEDIES: Final = {
    **dict.fromkeys(_FULL, "free some space, or write to another disk"),
    **dict.fromkeys(_CLOSED, "write to a folder that you may change"),
    errno.ENAMETOOLONG: "give the file a shorter name",
    errno.EIO: "the disk reports a fault: write to another one",
}


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield where to write a file, and put it in the place of ``path`` when that went well.

    Folders on the way are made. Where the writing fails, what was there before is there still, and
    nothing else. A symbolic link is replaced itself; what it points at stays as it is.

    Raises
    ------
    OSError
        The disk is full, the folder may not be changed; the message says what to do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch(path) as folder:
        made = folder / path.name
        yield made
        publish(made, path)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside ``path``, and leave nothing of it behind."""
    _sweep(path.parent)
    with _explained(path):
        folder, lock = _locked_folder(path.parent)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if lock is not None:
                os.close(lock)


def publish(made: Path, path: Path) -> None:
    """Move a finished file into its place in one step that no reader sees half done."""
    sync(made)
    made.replace(path)
    # The name itself is on disk only when the folder is. Where that cannot be had, the new file is
    # in place all the same: to say that it was not written would be wrong.
    with suppress(OSError):
        sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the list of names of a folder, is on disk."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Add to what the system says about writing ``path`` what to do about it."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        elsewhere = isinstance(error.filename, str) and not Path(error.filename).is_relative_to(
            path.parent
        )
        if remedy is None or elsewhere:
            raise
        said = error.strerror or os.strerror(error.errno or 0)
        raise OSError(
            error.errno,
            f"{said}: {path.name} was not written, what was there before is as it was; {remedy}",
            str(path),
        ) from error


def _locked_folder(parent: Path) -> tuple[Path, int | None]:
    """Make a folder and lock it, so that others see that its maker is alive."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=parent))
        if sys.platform == "win32":
            return folder, None
        # Between the two steps somebody else may take the folder for one that was left.
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            if _lock(lock) and folder.is_dir():
                return folder, lock
            os.close(lock)


def _lock(opened: int) -> bool:
    """Lock what is open; where the disk knows no locks, nobody sweeps and all is well."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _sweep(parent: Path) -> None:
    """Remove what killed programs of this user left, and nothing that is in use."""
    if sys.platform == "win32":
        return
    with suppress(OSError), os.scandir(parent) as entries:
        for left in [entry.path for entry in entries if entry.name.startswith(SCRATCH)]:
            with suppress(OSError):
                _remove_if_left(left)


def _remove_if_left(folder: str) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(opened).st_uid == os.geteuid():
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(opened)
