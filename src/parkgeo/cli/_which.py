"""Which parcels count: the same options for every command that has parcels."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from parkgeo.cli import _words
from parkgeo.errors import SchemaError, UnknownNameError

if TYPE_CHECKING:
    from parkgeo.cli._task import Task

__all__ = ["add_which", "which_of", "which_of_files"]


def add_which(command: argparse.ArgumentParser) -> None:
    """Add which parcels count."""
    group = command.add_argument_group("which parcels count / 哪些地块计入")
    group.add_argument(
        "--classes",
        action="append",
        metavar="CODE",
        help="codes such as 0601, or industry; repeatable; all parcels by default / "
        "地类代码，或 industry（工业用地）；可重复；默认全部",
    )
    group.add_argument(
        "--class-system", metavar="NAME", help="system of the codes, such as 三调 / 地类体系"
    )
    group.add_argument(
        "--where",
        action="append",
        default=[],
        type=_words.alias,
        metavar="COLUMN=VALUE",
        help="only rows with this value; repeatable, also for a column / 按列的值筛选；可重复",
    )


def which_of(task: "Task", parcels: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return which parcels of a frame count, as the functions of parkgeo take it."""
    chosen = task.chosen
    return {
        "where": _conditions(chosen.where, parcels),
        "classes": chosen.classes,
        "system": None if chosen.classes is None else chosen.class_system,
    }


def which_of_files(task: "Task") -> dict[str, Any]:
    """Return the same for files whose columns are not yet known: a word also as a number."""
    chosen = task.chosen
    wanted: dict[str, list[object]] = {}
    for name, value in chosen.where:
        wanted.setdefault(name, []).extend(_readings(value))
    system = None if chosen.classes is None else chosen.class_system
    return {"where": wanted or None, "classes": chosen.classes, "system": system}


def _readings(word: str) -> list[object]:
    try:
        return [word, float(word)]
    except ValueError:
        return [word]


def _conditions(
    pairs: Sequence[tuple[str, str]], parcels: gpd.GeoDataFrame | None
) -> dict[str, object] | None:
    """Gather the values of each column, as numbers where the column holds numbers."""
    if not pairs:
        return None
    if parcels is None:
        raise SchemaError("--where says which parcels count; name a file of parcels too")
    wanted: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in parcels.columns:
            have = ", ".join(str(one) for one in parcels.columns if one != "geometry")
            raise UnknownNameError(f"--where: parcels have no column {name!r}; there are {have}")
        wanted.setdefault(name, []).append(value)
    return {name: _as_in(parcels[name], values) for name, values in wanted.items()}


def _as_in(column: "pd.Series[Any]", words: list[str]) -> list[object]:
    """Read words as values of a column."""
    if pd.api.types.is_bool_dtype(column):
        return [word.casefold() in {"true", "1", "yes", "是"} for word in words]
    if not pd.api.types.is_numeric_dtype(column):
        return list(words)
    try:
        return [float(word) for word in words]
    except ValueError:
        raise SchemaError(
            f"--where: column {column.name!r} holds numbers; found {', '.join(words)}"
        ) from None
