"""Files that commands write: format by suffix, whole or not there, never over an input."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from parkgeo import _atomic, io
from parkgeo.check._result import is_part_of
from parkgeo.cli._plain import document, without_geometry
from parkgeo.cli._task import Task
from parkgeo.errors import MissingExtraError, SchemaError

__all__ = [
    "FIGURES",
    "GEOMETRY",
    "PAGES",
    "TABLES",
    "add_output",
    "require_places",
    "told_or_csv",
    "wants_geometry",
    "write",
]

TABLES: Final = (".csv", ".json", ".xlsx", ".parquet")
GEOMETRY: Final = (".gpkg", ".parquet", ".geoparquet", ".geojson", ".shp", ".zip")
PAGES: Final = (".html",)
FIGURES: Final = (".png", ".svg", ".pdf")
_SHEET: Final = "parkgeo"


def add_output(
    command: argparse._ActionsContainer,
    *flags: str,
    suffixes: tuple[str, ...],
    what: str,
    **options: object,
) -> None:
    """Add an option that names a file to write, and say which suffixes it may have."""
    kinds = "/".join(dict.fromkeys(suffixes))
    added = command.add_argument(
        *flags,
        metavar="FILE",
        help=what.format(kinds=kinds),
        **options,  # type: ignore[arg-type]
    )
    said = command.get_default("outputs") or {}
    command.set_defaults(outputs={**said, added.dest: suffixes})


def require_places(task: Task) -> None:
    """Refuse what cannot be written before any work is done.

    Raises
    ------
    FileNotFoundError
        The folder is not there.
    SchemaError
        The suffix is none of those that the command writes, the path is a folder, or it is one of
        the files that are read.
    """
    taken: list[Path] = []
    for option, suffixes in (task.option("outputs") or {}).items():
        given = task.option(option)
        for name in given if isinstance(given, list) else [given]:
            if name == "-" and option == "output" and ".csv" in suffixes:
                _require_free_stdout(task)
            elif name is not None:
                path = Path(name)
                _require_place(path, suffixes, task)
                if path.resolve() in taken:
                    raise SchemaError(f"{path} is named for two results; name another file for one")
                taken.append(path.resolve())


def _require_place(path: Path, suffixes: tuple[str, ...], task: Task) -> None:
    for read in task.option("reads") or ():
        given = task.option(read)
        for name in given if isinstance(given, list) else [given]:
            if name is not None and is_part_of(path, Path(name)):
                raise SchemaError(
                    f"{path} is a file that is read, and is never written over; name another one"
                )
    if path.is_dir():
        raise SchemaError(f"{path} is a folder; name a file in it")
    if suffixes and path.suffix.casefold() not in suffixes:
        kinds = ", ".join(dict.fromkeys(suffixes))
        raise SchemaError(f"{path.name}: the suffix is {path.suffix!r}; this is written as {kinds}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent}; make it before writing {path.name}")


def _require_free_stdout(task: Task) -> None:
    if task.chosen.json:
        raise SchemaError("-o - and --json both print their result; leave one of them out")


def wants_geometry(path: str | None) -> bool:
    """Tell whether a file of this name holds shapes."""
    return path is not None and Path(path).suffix.casefold() in GEOMETRY


def write(task: Task, frame: pd.DataFrame, path: str) -> None:
    """Write a result, with its geometry where the format holds one; ``-`` is printed instead."""
    if path == "-":
        return
    target = Path(path)
    if isinstance(frame, gpd.GeoDataFrame) and target.suffix.casefold() in GEOMETRY:
        io.write(frame, target)
    else:
        _write_table(without_geometry(frame), target)
    task.wrote(target)


def told_or_csv(task: Task, table: pd.DataFrame, told: Iterable[str]) -> Iterator[str]:
    """Give what is printed: the words for a person, or the table as CSV for ``-o -``."""
    if task.chosen.output == "-":
        yield _joined(without_geometry(table)).to_csv(index=False, lineterminator="\n").rstrip()
    else:
        yield from told


def _write_table(table: pd.DataFrame, target: Path) -> None:
    suffix = target.suffix.casefold()
    if suffix == ".xlsx":
        _require_excel()
    with _atomic.replaced(target) as part:
        match suffix:
            case ".csv":
                _joined(table).to_csv(part, index=False, encoding="utf-8-sig")
            case ".xlsx":
                pyogrio.write_dataframe(_joined(table), part, driver="XLSX", layer=_SHEET)
            case ".json":
                part.write_text(f"{document(table)}\n", encoding="utf-8")
            case ".parquet":
                table.to_parquet(part, index=False)
            case _:
                raise SchemaError(
                    f"{target.name}: this table has no geometry, and is written as "
                    f"{', '.join(TABLES)}"
                )


def _joined(table: pd.DataFrame) -> pd.DataFrame:
    """Write several values of a cell one after the other, as a person would."""

    def joined(value: object) -> object:
        return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value

    texts = {str(name): table[name].map(joined) for name in table if table[name].dtype == object}
    return table.assign(**texts)


def _require_excel() -> None:
    if "w" not in pyogrio.list_drivers().get("XLSX", ""):
        raise MissingExtraError(
            "writing .xlsx needs GDAL with its XLSX driver, as the wheels of pyogrio have it: "
            "pip install pyogrio, or write .csv, which Excel opens"
        )
