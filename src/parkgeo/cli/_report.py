"""The command that makes a report of two files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from parkgeo import io
from parkgeo import report as reports
from parkgeo.cli import _words
from parkgeo.errors import SchemaError, UnknownNameError

__all__ = ["add_options", "run"]

_READING = ("crs", "datum", "encoding", "layer")


def add_options(command: argparse.ArgumentParser) -> None:
    """Add what the command takes, but for what a file of zones may leave out."""
    command.add_argument("parcels", nargs="?", help="file of parcels; without, no concentration")
    command.add_argument(
        "-o", "--output", default="report", help="folder, or file that ends in .html (report)"
    )
    command.add_argument("--target", type=_share, default=0.70, help="share inside (0.70)")
    command.add_argument(
        "--classes",
        action="append",
        metavar="CODE",
        help="which codes count, such as 0601 or industry; repeatable; all parcels by default",
    )
    command.add_argument("--class-system", metavar="NAME", help="system of the codes, such as 三调")
    command.add_argument(
        "--where",
        action="append",
        default=[],
        type=_words.alias,
        metavar="COLUMN=VALUE",
        help="which parcels count; repeatable, also for a column",
    )
    command.add_argument("--by", default="district", help="column of the parcels (district)")
    command.add_argument("--language", choices=("zh", "en"), default="zh")
    command.add_argument("--title")
    command.add_argument("--author")
    command.add_argument(
        "--basemap", help="tiles below the maps, which need a network: osm, amap …"
    )
    command.add_argument("--repair", action="store_true", help="repair invalid rings, and say so")
    command.add_argument(
        "--alias",
        action="append",
        default=[],
        type=_words.alias,
        metavar="NAME=COLUMN",
        help="what a column of PARKS means, such as 面积=stated_area_ha; repeatable",
    )
    for name, what in (
        ("crs", "CRS"),
        ("encoding", "encoding"),
        ("layer", "layer"),
        ("from", "datum"),
    ):
        target = "datum" if name == "from" else name
        command.add_argument(
            f"--parcels-{name}", dest=f"parcels_{target}", help=f"{what} of PARCELS, as above"
        )
    command.add_argument(
        "--parcels-alias",
        action="append",
        default=[],
        type=_words.alias,
        metavar="NAME=COLUMN",
        help="what a column of PARCELS means, such as 用途=class_code; repeatable",
    )


def run(chosen: argparse.Namespace) -> None:
    """Read the files, and write the report."""
    said = {name: getattr(chosen, name) for name in _READING}
    parks = io.read_parks(
        chosen.input, **said, aliases=_aliases(chosen.alias), repair=chosen.repair
    )
    sources = [_source(chosen.input, len(parks), said)]
    parcels = None
    if chosen.parcels is not None:
        parcels = _parcels(chosen)
        said = {name: getattr(chosen, f"parcels_{name}") for name in _READING}
        sources.append(_source(chosen.parcels, len(parcels), said))
    _note("measuring")
    made = reports.compose(
        parks,
        parcels,
        target=chosen.target,
        where=_conditions(chosen.where, parcels),
        classes=chosen.classes,
        system=None if chosen.classes is None else chosen.class_system,
        by=chosen.by,
        title=chosen.title,
        language=chosen.language,
        author=chosen.author,
        basemap=chosen.basemap,
        sources=sources,
    )
    page = made.save(chosen.output)
    for sentence in made.summary:
        print(sentence)
    for path in (page, *(page.parent / f"{name}.csv" for name in made.tables)):
        if path == page or page.name == "index.html":
            _note(f"written {path}")


def _parcels(chosen: argparse.Namespace) -> gpd.GeoDataFrame:
    """Read the parcels."""
    said = {name: getattr(chosen, f"parcels_{name}") for name in _READING}
    _note(f"reading {chosen.parcels}")
    return io.read_parcels(
        chosen.parcels,
        **said,
        aliases=_aliases(chosen.parcels_alias),
        system=chosen.class_system,
        repair=chosen.repair,
    )


def _source(path: str, n_rows: int, said: dict[str, Any]) -> reports.Source:
    """Name a file, and the CRS that it says or that was said of it."""
    crs = said["datum"] or said["crs"]
    if crs is None:
        found = io.read(path, **said).crs
        authority = None if found is None else found.to_authority()
        crs = ":".join(authority) if authority else getattr(found, "name", "?")
    return reports.Source(
        name=Path(path).name, n_rows=n_rows, crs=str(crs), encoding=said["encoding"]
    )


def _aliases(pairs: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    return {name: column or None for name, column in pairs}


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


def _share(words: str) -> float:
    """Read a share, such as 0.7 or 70%."""
    per_cent = words.endswith(("%", "％"))
    try:
        share = float(words.rstrip("%％")) / (100 if per_cent else 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is no share, such as 0.70 or 70%") from None
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{words!r} is no share between 0 and 1; 70 % is 0.70")
    return share


def _note(text: str) -> None:
    print(text, file=sys.stderr)
