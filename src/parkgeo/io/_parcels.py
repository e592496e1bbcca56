"""Any file of parcels as a parcels frame."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from parkgeo import crs as _crs
from parkgeo import landuse
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.io._files import read
from parkgeo.io._parks import shaped
from parkgeo.tables import PARCEL_COLUMNS, validate_parcels

_NAME_BYTES: Final = 10
"""Length at which a Shapefile cuts names."""
_TARGETS: Final = frozenset(column.name for column in PARCEL_COLUMNS)


def read_parcels(  # noqa: PLR0913 - each is a fact that a file may leave out
    path: str | Path,
    *,
    aliases: Mapping[str, str | None] | None = None,
    system: str | None = None,
    crs: Any = None,  # noqa: ANN401 - whatever pyproj takes
    datum: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    repair: bool = False,
) -> gpd.GeoDataFrame:
    """Read parcels (宗地, 图斑) of any file as a parcels frame.

    The usual names of columns are understood (地类编码, DLBM, 宗地代码, 行政区, 容积率 …), codes
    that a spreadsheet made numbers of get their leading zero back, and the geometry is brought to
    EPSG:4490.

    Parameters
    ----------
    path
        A file that :func:`read` knows.
    aliases
        What further columns mean, for example ``{"用途": "class_code"}``; it wins over the table
        of the package. Null leaves a column as it is.
    system
        The class system of the codes, by a name that :func:`parkgeo.landuse.find_system` knows; it
        fills ``class_system`` where the file says none.
    crs, datum, encoding, layer
        As for :func:`read`.
    repair
        Mend invalid rings as :func:`parkgeo.io.repair` does; what changed stands in
        ``attrs["repairs"]``.

    Returns
    -------
    A frame of the parcels schema (:data:`parkgeo.tables.PARCEL_COLUMNS`), further columns after its
    own, in the order of the file. Of several columns of ids 宗地代码 comes before 标识码 (BSM), and
    that before 图斑编号; without any, ``parcel_id`` is the number of the row, from 1.

    Raises
    ------
    GeometryError
        Rings are invalid and ``repair`` is false; names the rows.
    AmbiguousNameError
        Two columns, of which none is of ids, mean the same.
    UnknownNameError
        An alias names a column that is not there, or a meaning; no such system.
    SchemaError
        Breaks the schema, such as ids that stand twice; lists every fault.
    MissingCRSError, CRSMismatchError, FileNotFoundError
        As for :func:`read`; also where coordinates contradict the CRS.

    Examples
    --------
    >>> import tempfile, shapely, parkgeo as pg
    >>> land = gpd.GeoDataFrame({"DLBM": [601]}, geometry=[shapely.box(120, 30, 121, 31)], crs=4490)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pg.read_parcels(pg.write(land, f"{folder}/a.gpkg"))["class_code"].item()
    '0601'
    """
    path = Path(path)
    frame = read(path, crs=crs, datum=datum, encoding=encoding, layer=layer)
    _crs.require_lonlat(frame, path.name)
    attrs: dict[Any, Any] = dict(frame.attrs)
    meanings = _meanings(frame, aliases or {}, cut=path.suffix.casefold() in {".shp", ".zip"})
    named = frame.rename(columns=meanings).reset_index(drop=True)
    made, notes = shaped(gpd.GeoDataFrame(named), path.name, mend=repair)
    made = gpd.GeoDataFrame(_crs.to_geographic(_coded(made, system)))
    made.attrs = attrs | notes
    try:
        return validate_parcels(made)
    except SchemaError as error:
        raise SchemaError(f"{error}{_how_to_leave(str(error), meanings, aliases or {})}") from error


def _how_to_leave(
    faults: str, meanings: Mapping[str, str], aliases: Mapping[str, str | None]
) -> str:
    """Say how to leave a column alone that was taken for one of the schema, and breaks it."""
    taken = [
        f"{name!r}: None"
        for name, target in meanings.items()
        if name not in aliases and f"column {target}:" in faults
    ]
    if not taken:
        return ""
    return f"\n- columns of the file are left as they are with aliases={{{', '.join(taken)}}}"


def _coded(frame: gpd.GeoDataFrame, system: str | None) -> gpd.GeoDataFrame:
    """Put ids and codes into text, and say the system where the file does not."""
    known = None if system is None else landuse.find_system(system)
    if "parcel_id" in frame:
        frame = frame.assign(parcel_id=_texts(frame["parcel_id"]))
    else:
        frame = frame.assign(parcel_id=[str(number + 1) for number in range(len(frame))])
    if "class_code" in frame:
        frame = frame.assign(class_code=landuse.normalise(frame["class_code"], system=known))
    if known is not None:
        if "class_system" not in frame:
            frame = frame.assign(class_system=None)
        frame = frame.assign(class_system=frame["class_system"].astype(object).fillna(known))
    return frame


def _texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn whole numbers that stand for names into text."""
    if pd.api.types.is_integer_dtype(values):
        return values.astype("str").where(values.notna(), None)
    return values


def _meanings(
    frame: gpd.GeoDataFrame, aliases: Mapping[str, str | None], *, cut: bool
) -> dict[str, str]:
    """Say which column of the schema each column is; what the user says comes first."""
    geometry = str(frame.active_geometry_name)
    names = [str(name) for name in frame.columns if name != geometry]
    _require_known(aliases, names)
    own = {name: target for name, target in aliases.items() if target is not None}
    free = [name for name in names if name not in aliases]
    taken = {*own.values(), *(_TARGETS & set(free))}
    guessed = {}
    for target, same in columns_that_mean(free, cut=cut).items():
        if target in taken:
            continue
        if len(same) > 1 and target != "parcel_id":
            raise AmbiguousNameError(
                f"columns {', '.join(same)} all mean {target}; choose with "
                f"aliases={{{same[0]!r}: {target!r}}}",
            )
        guessed[same[0]] = target
    return guessed | own


def _require_known(aliases: Mapping[str, str | None], names: list[str]) -> None:
    if strange := [name for name in aliases if name not in names]:
        raise UnknownNameError(
            f"aliases name columns {first_rows(strange)}, which the file does not have; it has "
            f"{', '.join(names)}; aliases go from the file's name to parkgeo's: "
            "aliases={'its name': 'class_code'}",
        )
    targets = [target for target in aliases.values() if target is not None]
    if unknown := [target for target in targets if target not in _TARGETS]:
        raise UnknownNameError(
            f"aliases lead to {first_rows(unknown)}, which the parcels frame does not have; it has "
            f"{', '.join(sorted(_TARGETS))}",
        )
    if len(set(targets)) < len(targets):
        raise SchemaError("two aliases lead to the same column; keep one of them")


@cache
def known_names() -> Mapping[str, str]:
    """Return the usual names of columns, and what each is called in the parcels frame."""
    with files(__package__).joinpath("parcel_aliases.csv").open(encoding="utf-8") as file:
        return {row["alias"]: row["column"] for row in csv.DictReader(file)}


def columns_that_mean(names: Iterable[str], *, cut: bool) -> dict[str, list[str]]:
    """Find the columns that have a usual name, by what they are in the parcels frame.

    Several that mean the same stand in the order of the table of names: of ids, which surveys have
    several of, the first is meant. ``cut`` is for a Shapefile, which cuts names at ten bytes.
    """
    rank: dict[str, tuple[int, str]] = {}
    for place, (word, target) in enumerate(known_names().items()):
        for spelt in (word, _cut(word)) if cut else (word,):
            rank.setdefault(_plain(spelt), (place, target))
    known = sorted((rank[_plain(name)], name) for name in names if _plain(name) in rank)
    found: dict[str, list[str]] = {}
    for (_, target), name in known:
        found.setdefault(target, []).append(name)
    return found


def _plain(name: str) -> str:
    """Return a name in one width and one case, without spaces: databases write dlbm."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def _cut(name: str) -> str:
    """Cut a name as a Shapefile in UTF-8 does; in GBK these names are whole."""
    return name.encode()[:_NAME_BYTES].decode("utf-8", "ignore")
