"""Read a file that may be wrong, and say what was wrong in reading it."""

from contextlib import nullcontext
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
    """Tell that a Shapefile with Chinese text does not say its encoding."""
    suffix = path.suffix.casefold()
    if said.get("encoding") is not None or suffix not in _SHAPEFILES:
        return []
    zipped = suffix == _ZIPPED
    with _shapefile.unzipped(path, said.get("layer")) if zipped else nullcontext(path) as inner:
        dbf = next(
            (
                p
                for p in inner.parent.iterdir()
                if p.name.casefold() == f"{inner.stem}.dbf".casefold()
            ),
            None,
        )
        cpg = any(
            p.name.casefold() == f"{inner.stem}.cpg".casefold() for p in inner.parent.iterdir()
        )
        if dbf is None or cpg:
            return []
        data = dbf.read_bytes()
    table = _dbf.parse(data, what=dbf.name)
    encoding = _dbf.encoding_of(table, said=None, cpg=None, what=dbf.name)
    is_ascii = all(field.name.isascii() for field in table.fields) and all(
        bytes(values.tobytes()).isascii() for values in table.values
    )
    return [] if is_ascii else [say("encoding-unstated", encoding=encoding)]


def _open_rings(path: Path, encoding: str | None) -> list[Finding]:
    """Tell which rings of a 界址点 TXT do not come back to their first point."""
    if path.suffix.casefold() != ".txt":
        return []
    lines = io.read_text(path, encoding=encoding).splitlines()
    opened: list[int] = []
    rows: list[int] = []
    parcel = -1
    run: list[tuple[str, ...]] = []
    start, ring = 0, ""

    def close() -> None:
        if len(run) >= _FEWEST_POINTS and run[0] != run[-1]:
            opened.append(start)
            rows.append(parcel)

    for number, line in enumerate([*lines, "@"], start=1):
        fields = [part.strip() for part in line.replace("，", ",").split(",")]
        if fields[-1] == "@":
            close()
            run, ring = [], ""
            parcel += 1
        elif parcel >= 0 and len(fields) >= 4:  # noqa: PLR2004 - a point is J1,ring,X,Y
            if fields[1] != ring:
                close()
                run, ring, start = [], fields[1], number
            run.append(tuple(fields[2:4]))
    return [say("ring-open", dict.fromkeys(rows), lines=few(opened))] if opened else []
