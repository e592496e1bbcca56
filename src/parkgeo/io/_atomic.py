"""Frames as files that are whole or not there, also where several files make one frame."""

from collections.abc import Sequence
from pathlib import Path

from parkgeo._atomic import publish, scratch
from parkgeo.errors import SchemaError

__all__ = ["publish", "publish_all", "require_writable", "scratch"]


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
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} is there already; write with overwrite=True to replace it")


def publish_all(folder: Path, target: Path, *, parts: Sequence[str], stale: Sequence[str]) -> None:
    """Move the files of one Shapefile into place, and put the old ones back if that fails.

    The old files stand aside in ``folder``, which is cleared only afterwards.
    """
    aside = folder / "old"
    aside.mkdir()
    moved: list[Path] = []
    kept = [target.with_suffix(end) for end in (*parts, *stale)]
    try:
        for old in kept:
            if old.exists():
                old.replace(aside / old.name)
        for end in reversed(parts):
            made = (folder / target.name).with_suffix(end)
            if made.exists():
                publish(made, target.with_suffix(end))
                moved.append(target.with_suffix(end))
    except BaseException:
        for new in moved:
            new.unlink()
        for old in aside.iterdir():
            old.replace(target.parent / old.name)
        raise
