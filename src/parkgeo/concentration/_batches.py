"""Parcels of files, batch by batch: whatever the format, only the columns that are asked for."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeGuard

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo.concentration._land import Land, Parcels, table_of
from parkgeo.errors import AmbiguousNameError, ParkgeoError, SchemaError
from parkgeo.io._layers import SUFFIXES, Layer, open_layer
from parkgeo.io._parcels import columns_that_mean

Paths: TypeAlias = str | Path | Sequence[str | Path]

_FILE_ROWS: Final = 1 << 40
"""Places of the rows of one file, apart from those of the next."""

_READING: Final = ("crs", "datum", "encoding", "layer")


@dataclass(frozen=True)
class Place:
    """How far a run has come: so many files are done, and so many rows of the next."""

    file: int = 0
    row: int = 0


@dataclass(frozen=True)
class Batch:
    """Some rows, the place of the first in the whole, and the place after them."""

    parcels: Parcels
    start: int
    after: Place


@dataclass(frozen=True)
class File:
    """A layer, and what its columns are called there."""

    layer: Layer
    names: Mapping[str, Sequence[str]]
    """Further names of columns, and what the file calls them: class_code, and DLBM."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns, those of the file and further ones."""
        return list(dict.fromkeys([*self.layer.columns, *self.names]))

    def parcels(self, columns: Sequence[str], *, start: int, size: int) -> Iterator[Parcels]:
        """Yield some columns and the geometry, under the names that were asked for."""
        own = {name: self.own_name(name) for name in columns}
        crs = self.layer.crs
        for frame, shapes in self.layer.parts(sorted({*own.values()}), start=start, size=size):
            made = pd.DataFrame({name: frame[its] for name, its in own.items()}, index=frame.index)
            if isinstance(shapes, np.ndarray):
                yield gpd.GeoDataFrame(made, geometry=shapes, crs=crs)
            else:
                yield Land(made, shapes, crs)

    def values(self, column: str) -> Iterator["pd.Series"]:
        """Yield one column."""
        return self.layer.values(self.own_name(column))

    def own_name(self, column: str) -> str:
        """Return what the file calls a column, or refuse to choose among several."""
        own = self.names.get(column, [column])
        if len(own) > 1:
            raise AmbiguousNameError(
                f"{self.layer.path.name}: columns {', '.join(own)} may all be {column}; choose "
                f"with reading={{'aliases': {{{own[0]!r}: {column!r}}}}}",
            )
        return own[0]


@dataclass(frozen=True)
class Source:
    """Files that are one layer of parcels together."""

    files: tuple[File, ...]

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return sum(file.layer.rows for file in self.files)

    @property
    def columns(self) -> list[str]:
        """Columns that every file has."""
        first, *rest = (file.columns for file in self.files)
        return [name for name in first if all(name in other for other in rest)]

    def batches(
        self, columns: Sequence[str], *, size: int, after: Place | None = None
    ) -> Iterator[Batch]:
        """Yield the rows after a place, in order."""
        done = after or Place()
        for number, file in enumerate(self.files):
            if number < done.file:
                continue
            row = done.row if number == done.file else 0
            for parcels in file.parcels(columns, start=row, size=size):
                begin, row = row, row + len(parcels)
                if len(self.files) > 1:
                    table = table_of(parcels)
                    table.index = pd.Index([f"{file.layer.path.name}:{i}" for i in table.index])
                yield Batch(parcels, number * _FILE_ROWS + begin, Place(number, row))

    def values(self, column: str) -> Iterator["pd.Series"]:
        """Yield one column, of the files that have it."""
        for file in self.files:
            if column in file.columns:
                yield from file.values(column)

    def fingerprint(self) -> list[list[object]]:
        """Tell these files from others, and from what they were before they were changed."""
        found = []
        for file in self.files:
            stat = file.layer.path.stat()
            name = file.layer.path.name
            crs = file.layer.crs
            found.append([name, stat.st_size, stat.st_mtime_ns, file.layer.rows, str(crs)])
        return found


def is_paths(parcels: object) -> TypeGuard[Paths]:
    """Tell paths from frames."""
    if isinstance(parcels, str | Path):
        return True
    return isinstance(parcels, list | tuple) and all(isinstance(p, str | Path) for p in parcels)


def source_of(paths: Paths, *, reading: Mapping[str, Any] | None = None) -> Source:
    """Open files, or all files of a folder, in the order of their names."""
    options = dict(reading or {})
    aliases = options.pop("aliases", None) or {}
    strange = sorted(set(options) - set(_READING))
    if strange:
        raise SchemaError(
            f"reading says {', '.join(strange)}; it takes {', '.join(_READING)} and aliases",
        )
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    found = [path for one in given for path in _expanded(Path(one))]
    if not found:
        raise SchemaError("parcels: the list of files is empty; name at least one")
    layers = [_opened(path, options) for path in found]
    return Source(tuple(File(layer, _names(layer, aliases)) for layer in layers))


def _expanded(path: Path) -> list[Path]:
    """Return the files of a folder, which are of one format; or the file itself."""
    if not path.is_dir():
        return [path]
    inside = sorted(p for p in path.iterdir() if not p.name.startswith((".", "_")))
    kinds = {p.suffix.casefold() for p in inside} & set(SUFFIXES)
    # The notes of parkgeo beside a Shapefile are JSON, and no layer.
    if ".shp" in kinds:
        kinds -= {".json"}
    if len(kinds) != 1:
        what = ", ".join(sorted(kinds)) if kinds else "no file that can be read piece by piece"
        raise SchemaError(
            f"folder {path.name} holds {what}; parcels need files of one format "
            f"({', '.join(SUFFIXES)}), or a list of the files that are meant",
        )
    return [p for p in inside if p.suffix.casefold() in kinds]


def _opened(path: Path, options: Mapping[str, Any]) -> Layer:
    """Open a file; what it does not say goes into ``reading``, and not into the call itself."""
    try:
        return open_layer(path, **options)
    except ParkgeoError as error:
        told = re.sub(rf"\b({'|'.join(_READING)})=('[^']*')", r"reading={'\1': \2}", str(error))
        raise type(error)(told) from error


def _names(layer: Layer, aliases: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Say what columns are that have other names; what the project's own names call comes first.

    Where several may be meant, all are named, and it is an error to ask for them. Only ids, which
    nobody asks for, are those that come first in the table of names: surveys have several.
    """
    cut = layer.path.suffix.casefold() == ".shp"
    free = [name for name in layer.columns if name not in aliases]
    known = columns_that_mean(free, cut=cut)
    found = {name: own[:1] if name == "parcel_id" else own for name, own in known.items()}
    found = {name: own for name, own in found.items() if name not in layer.columns}
    for column in sorted({meant for meant in aliases.values() if meant is not None}):
        own = [name for name, meant in aliases.items() if meant == column and name in layer.columns]
        if own:
            found[column] = own
    return found


def require_columns(source: Source, columns: Collection[str]) -> None:
    """Refuse files that lack a column."""
    for file in source.files:
        missing = [name for name in columns if name not in file.columns]
        if missing:
            raise SchemaError(
                f"{file.layer.path.name} has no column {', '.join(missing)}, which other files "
                f"have or the call names; it has {', '.join(file.columns) or 'none'}",
            )
        for name in columns:
            file.own_name(name)


def systems_of(source: Source) -> list[str]:
    """Read which class systems occur."""
    found: set[str] = set()
    for values in source.values("class_system"):
        found |= set(values.dropna().unique().tolist())
    return sorted(found)
