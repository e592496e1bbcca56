"""Read a file that may be wrong, and say what was wrong in reading it."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import geopandas as gpd

from parkgeo import io
from parkgeo.check._finding import Finding, few, say
from parkgeo.crs import CGCS2000
from parkgeo.errors import CRSMismatchError, GeometryError, MissingCRSError, SchemaError
from parkgeo.io import _dbf, _shapefile

__all__ = ["Said", "read"]

Said = dict[str, Any]
"""What the caller says of the file: ``crs``, ``datum``, ``encoding``, ``layer``."""

_ENCODINGS: Final = ("utf-8", "gb18030")
_ZIPPED: Final = ".zip"
_SHAPEFILES: Final = (".shp", _ZIPPED)
_FEWEST_POINTS: Final = 3
_POINT_FIELDS: Final = 4
"""J1,ring,X,Y"""


def read(path: Path, said: Said) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Read a file, in another encoding where the declared one fails; it may have no CRS.

    Returns
    -------
    The rows, null where there is no way to read them, and what was found on the way.
    """
    try:
        known = _without_crs(path, said)
    except (SchemaError, CRSMismatchError, GeometryError) as error:
        frame, encoding = _in_another_encoding(path, said)
        if frame is None:
            return None, [say("unreadable", why=str(error))]
        return frame, [say("encoding-wrong", encoding=encoding), *_open_rings(path, encoding)]
    return known, [*_unstated_encoding(path, said), *_open_rings(path, said.get("encoding"))]


def _without_crs(path: Path, said: Said) -> gpd.GeoDataFrame:
    """Read a file; where it says no CRS and nobody else does, leave it away."""
    try:
        return io.read(path, **said)
    except MissingCRSError:
        frame = io.read(path, **{**said, "crs": CGCS2000})
        nothing: Any = None
        made: gpd.GeoDataFrame = frame.set_crs(nothing, allow_override=True)
        return made


def _in_another_encoding(path: Path, said: Said) -> tuple[gpd.GeoDataFrame | None, str]:
    """Try the encodings in use in China, where the caller names none."""
    text_formats = {*_SHAPEFILES, ".txt", ".geojson", ".json"}
    if said.get("encoding") is None and path.suffix.casefold() in text_formats:
        for encoding in _ENCODINGS:
            try:
                return _without_crs(path, {**said, "encoding": encoding}), encoding
            except (SchemaError, CRSMismatchError, GeometryError):
                continue
    return None, ""


def _unstated_encoding(path: Path, said: Said) -> list[Finding]:
    """Tell that a Shapefile with Chinese text says its encoding nowhere."""
    suffix = path.suffix.casefold()
    if said.get("encoding") is not None or suffix not in _SHAPEFILES:
        return []
    zipped = suffix == _ZIPPED
    with _shapefile.unzipped(path, said.get("layer")) if zipped else nullcontext(path) as inner:
        dbf = _shapefile._beside(inner, ".dbf")  # noqa: SLF001 - one way to find companions
        if dbf is None or _shapefile._beside(inner, ".cpg") is not None:  # noqa: SLF001
            return []
        table = _dbf.parse(dbf.read_bytes(), what=dbf.name)
    if table.language in _dbf._LANGUAGES or _is_ascii(table):  # noqa: SLF001 - the byte says it
        return []
    encoding = _dbf.encoding_of(table, said=None, cpg=None, what=dbf.name)
    return [say("encoding-unstated", encoding=encoding)]


def _is_ascii(table: _dbf.RawTable) -> bool:
    names = all(field.name.isascii() for field in table.fields)
    return names and all(values.tobytes().isascii() for values in table.values)


def _open_rings(path: Path, encoding: str | None) -> list[Finding]:
    """Tell which rings of a 界址点 TXT do not come back to their first point."""
    if path.suffix.casefold() != ".txt":
        return []
    rings = _txt_rings(io.read_text(path, encoding=encoding).splitlines())
    opened = [
        (parcel, line)
        for parcel, line, points in rings
        if len(points) >= _FEWEST_POINTS and points[0] != points[-1]
    ]
    if not opened:
        return []
    parcels = dict.fromkeys(parcel for parcel, _ in opened)
    return [say("ring-open", parcels, lines=few(line for _, line in opened))]


def _txt_rings(lines: Iterable[str]) -> Iterator[tuple[int, int, list[list[str]]]]:
    """Yield of each ring the number of its parcel, its first line, and X and Y of its points."""
    points: list[tuple[int, str, int, list[str]]] = []
    parcel = -1
    for number, line in enumerate(lines, start=1):
        fields = [part.strip() for part in line.replace("，", ",").split(",")]
        if fields[-1] == "@":
            parcel += 1
        elif parcel >= 0 and len(fields) >= _POINT_FIELDS:
            points.append((parcel, fields[1], number, fields[2:_POINT_FIELDS]))
    for (owner, _), run in groupby(points, key=itemgetter(0, 1)):
        ring = list(run)
        yield owner, ring[0][2], [xy for *_, xy in ring]
