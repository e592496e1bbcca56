"""Files that commands read: what a file may leave out is said in the same words everywhere."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import geopandas as gpd

from parkgeo import io
from parkgeo.cli import _words
from parkgeo.cli._task import Task

__all__ = [
    "DATUMS",
    "RASTERS",
    "add_file",
    "add_said",
    "aliases_of",
    "crs_name",
    "frame_of",
    "parcels_of",
    "parks_of",
    "said_of",
]

DATUMS: Final = ("wgs84", "cgcs2000", "gcj02", "bd09")
RASTERS: Final = (".tif", ".tiff", ".img", ".asc", ".vrt")
_READING: Final = ("crs", "datum", "encoding", "layer")


def add_file(  # noqa: PLR0913 - independent options, all by keyword
    command: argparse.ArgumentParser,
    name: str,
    what: str,
    *,
    prefix: str = "",
    columns: bool = True,
    repair: bool = True,
    optional: bool = False,
) -> None:
    """Add a file to read, and what it may leave out.

    The options of a second file have its name before them: ``--parks-crs``.
    """
    command.add_argument(name, help=what, metavar=name.upper(), nargs="?" if optional else None)
    command.set_defaults(reads=(*(command.get_default("reads") or ()), name))
    add_said(command, name, prefix=prefix, columns=columns, repair=repair)


def add_said(
    command: argparse.ArgumentParser,
    name: str,
    *,
    prefix: str = "",
    columns: bool = True,
    repair: bool = True,
) -> None:
    """Add what a file may leave out."""
    of = name.upper()
    group = command.add_argument_group(f"what {of} does not say / {of} 未注明的内容")

    def add(option: str, target: str, what: str, **more: Any) -> None:  # noqa: ANN401
        group.add_argument(f"--{prefix}{option}", dest=f"{name}_{target}", help=what, **more)

    add("crs", "crs", "its CRS, such as EPSG:4549 / 坐标系", metavar="CRS")
    add(
        "from",
        "datum",
        "its datum, also where the file says it wrong / 坐标基准（文件写错时也可指定）",
        choices=DATUMS,
    )
    add("encoding", "encoding", "its encoding, such as gbk / 文字编码", metavar="NAME")
    add("layer", "layer", "which of its layers / 图层", metavar="NAME")
    if not columns:
        return
    add(
        "alias",
        "alias",
        "what a column means, such as 面积=stated_area_ha; NAME= to leave it out; repeatable / "
        "列的含义；“列名=”表示不用该列；可重复",
        action="append",
        default=[],
        type=_words.alias,
        metavar="NAME=COLUMN",
    )
    if repair and not prefix:
        group.add_argument(
            "--repair",
            action="store_true",
            help="repair invalid rings, and say so / 修复无效图形并说明",
        )


def said_of(task: Task, name: str) -> dict[str, str | None]:
    """Return what was said of a file, for :func:`parkgeo.io.read`."""
    return {one: task.option(f"{name}_{one}") for one in _READING}


def aliases_of(task: Task, name: str) -> dict[str, str | None]:
    """Return what was said of the columns of a file."""
    return {column: meaning or None for column, meaning in task.option(f"{name}_alias") or ()}


def frame_of(task: Task, name: str) -> gpd.GeoDataFrame:
    """Read a file as it is."""
    return _read(task, name, "frame")


def parks_of(task: Task, name: str = "parks") -> gpd.GeoDataFrame:
    """Read a file of zones."""
    return _read(task, name, "parks")


def parcels_of(task: Task, name: str = "parcels") -> gpd.GeoDataFrame:
    """Read a file of parcels."""
    return _read(task, name, "parcels")


def _read(task: Task, name: str, kind: Literal["frame", "parks", "parcels"]) -> gpd.GeoDataFrame:
    given = str(getattr(task.chosen, name))
    said: dict[str, Any] = dict(said_of(task, name))
    columns: dict[str, Any] = {
        "aliases": aliases_of(task, name),
        "repair": bool(task.option("repair")),
    }
    task.reading = name
    with _path_of(given) as path:
        match kind:
            case "frame":
                frame = io.read(path, **said)
            case "parks":
                frame = io.read_parks(path, **said, **columns)
            case "parcels":
                system = task.option("class_system")
                frame = io.read_parcels(path, **said, **columns, system=system)
    task.reading = None
    task.inputs.append(
        {"argument": name, "path": given, "rows": len(frame), "crs": crs_name(frame)}
    )
    repairs = frame.attrs.get("repairs")
    if repairs is not None and len(repairs):
        task.warn(f"{given}: {len(repairs)} rows had invalid rings and were repaired")
    return frame


def crs_name(frame: gpd.GeoDataFrame) -> str | None:
    """Name the CRS of a frame as people do."""
    if frame.crs is None:
        return None
    authority = frame.crs.to_authority()
    return ":".join(authority) if authority else frame.crs.name


@contextmanager
def _path_of(given: str) -> Iterator[Path]:
    """Give a path; what comes through a pipe is GeoJSON."""
    if given != "-":
        yield Path(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stdin.geojson")
        path.write_bytes(sys.stdin.buffer.read())
        yield path
