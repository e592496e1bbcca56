"""Frames as files that are whole or not there, also where several files make one frame.

The files of a Shapefile cannot be put into place in one step. They are first gathered in a folder
``.parkgeo-moving-…`` beside their place; from the moment at which it has this name the new files
count, and whoever finds the folder, be it a reader, moves the rest of them. A write that is killed
leaves the old files before that moment, and the new ones after it.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from parkgeo._atomic import publish, scratch, sync
from parkgeo.errors import SchemaError

__all__ = [
    "free_mb",
    "publish",
    "publish_all",
    "require_space",
    "require_writable",
    "scratch",
    "settle",
]

_MOVING: Final = ".parkgeo-moving-"
_GONE: Final = ".gone"
"""Suffix of an empty file that stands for one to be removed."""
_MORE_BYTES: Final = 1 << 20


def require_writable(path: Path, *, overwrite: bool) -> None:
    """Say what is wrong with the place before any work is done.

    Raises
    ------
    FileNotFoundError
        The folder is not there.
    FileExistsError
        The file is there and may not be replaced.
    SchemaError
        The path is a folder.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent}; make it before writing {path.name}")
    if path.is_dir():
        raise SchemaError(f"{path} is a folder; name a file in it")
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(f"{path} is there already; write with overwrite=True to replace it")


def require_space(folder: Path) -> None:
    """Ask the system whether the files of a write that failed could have become longer.

    Raises
    ------
    OSError
        The disk or a quota is full.
    """
    for file in [one for one in folder.rglob("*") if one.is_file()]:
        with file.open("ab") as longer:
            longer.write(bytes(_MORE_BYTES))
            longer.flush()
            os.fsync(longer.fileno())


def free_mb(folder: Path) -> int:
    """Return how many megabytes are free on the disk of a folder."""
    return shutil.disk_usage(folder).free // 1_000_000


def publish_all(folder: Path, target: Path, *, parts: Sequence[str], stale: Sequence[str]) -> None:
    """Move the files of one Shapefile into place, and put the old ones back if that fails."""
    old = _siblings(target, [*parts, *stale])
    aside, new = folder / "old", folder / "new"
    aside.mkdir()
    new.mkdir()
    for one in old:
        _same_file(one, aside / one.name)
    for end in parts:
        made = (folder / target.name).with_suffix(end)
        if made.exists():
            sync(made)
            made.replace(new / (target.name if end == target.suffix.casefold() else made.name))
    for one in old:
        if not (new / one.name).exists():
            (new / f"{one.name}{_GONE}").touch()
    names = [made.name.removesuffix(_GONE) for made in new.iterdir()]
    sync(new)
    try:
        _begin(new, target)
        settle(target)
        sync(target.parent)
    except BaseException:
        if _folder_of(target).is_dir():
            _folder_of(target).rename(folder / "given up")
        for name in names:
            if (aside / name).exists():
                (aside / name).replace(target.parent / name)
            else:
                (target.parent / name).unlink(missing_ok=True)
        raise


def _begin(new: Path, target: Path) -> None:
    """Give the folder of new files the name by which they count."""
    while True:
        settle(target)
        try:
            new.rename(_folder_of(target))
        except OSError:
            # Another writer was faster: its files are moved first.
            if not _folder_of(target).is_dir():
                raise
        else:
            return


def settle(target: Path) -> None:
    """Finish what a writer of this Shapefile began to move, if there is such a thing.

    Raises
    ------
    OSError
        The folder may not be changed.
    """
    folder = _folder_of(target)
    while folder.is_dir():
        try:
            # Removals come first, and the .shp itself last.
            for one in sorted(folder.iterdir(), key=_order):
                _settle_one(one, target.parent)
            folder.rmdir()
        except PermissionError as error:
            raise PermissionError(
                error.errno,
                f"a program was stopped while it replaced {target.name}; its new files are in "
                f"{folder.name}: move them beside it, or read it where you may change the folder",
                str(target),
            ) from error
        except OSError as error:
            # Another program does the same work and was faster, or has more of it.
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}:
                raise


def _order(one: Path) -> tuple[bool, bool]:
    return one.suffix != _GONE, one.suffix.casefold() == ".shp"


def _settle_one(made: Path, place: Path) -> None:
    if made.suffix == _GONE:
        (place / made.name.removesuffix(_GONE)).unlink(missing_ok=True)
        made.unlink()
    else:
        made.replace(place / made.name)


def _folder_of(target: Path) -> Path:
    """Return the folder of files on their way; its name is short however long the file's is."""
    key = hashlib.sha256(target.stem.encode(errors="surrogateescape")).hexdigest()[:16]
    return target.parent / f"{_MOVING}{key}"


def _siblings(target: Path, suffixes: Sequence[str]) -> list[Path]:
    """Return the files of a Shapefile that are there, whatever the case of their suffixes."""
    wanted = {f"{target.stem}{end}" for end in suffixes}
    return [
        one
        for one in target.parent.iterdir()
        if target.stem + one.name[len(target.stem) :].casefold() in wanted
        and one.name.startswith(target.stem)
    ]


def _same_file(file: Path, other: Path) -> None:
    """Give a file a second name, or copy it where the disk knows no second names."""
    try:
        os.link(file, other, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(file, other, follow_symlinks=False)
