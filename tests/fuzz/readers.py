"""What is fuzzed: each reader as a function of bytes, and what may come out of it.

A case is one file, or for a Shapefile the bytes of its parts one after the other, each with its
length in front, so that whatever changes the bytes can change any part.
"""

import struct
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from parkgeo import gazetteer, io
from parkgeo.errors import ParkgeoError
from parkgeo.fourbounds import parse
from parkgeo.gazetteer._aliases import read_aliases
from parkgeo.io import _dbf

ALLOWED: Final = (ParkgeoError, OSError)
SHAPEFILE: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".parkgeo.json")


def pack(parts: list[bytes]) -> bytes:
    """Put the parts of a Shapefile into one case."""
    return b"".join(struct.pack("<H", len(part)) + part for part in parts)


def unpack(data: bytes) -> list[bytes]:
    """Take a case apart; what is missing is empty, and what is too long is cut."""
    parts, at = [], 0
    for _ in SHAPEFILE:
        length = int.from_bytes(data[at : at + 2], "little")
        parts.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return parts


def _file(
    suffix: str, reader: Callable[..., object] = io.read, **options: str
) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"case{suffix}")
            path.write_bytes(data)
            reader(path, **options)

    return read


def _shapefile(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "case.shp")
        for end, part in zip(SHAPEFILE, unpack(data), strict=True):
            if part:
                path.with_suffix(end).write_bytes(part)
        io.read(path)


def _table(data: bytes) -> None:
    raw = _dbf.parse(data, what="case.dbf")
    _dbf.frame(raw, _dbf.encoding_of(raw, said=None, cpg=None, what="case.dbf"), what="case.dbf")


def _fourbounds(data: bytes) -> None:
    parse(data.decode("utf-8", "replace"))


READERS: Final[dict[str, Callable[[bytes], None]]] = {
    "geojson": _file(".geojson"),
    "shapefile": _shapefile,
    "dbf": _table,
    "zip": _file(".zip"),
    "txt": _file(".txt"),
    "parquet": _file(".parquet"),
    "gpkg": _file(".gpkg"),
    "fgb": _file(".fgb"),
    "pbf": _file(".osm.pbf", gazetteer.read),
    "parks": _file(".geojson", io.read_parks),
    "parcels": _file(".geojson", io.read_parcels),
    "aliases": _file(".csv", read_aliases),
    "roads": _file(".geojson", gazetteer.read),
    "fourbounds": _fourbounds,
}


def attempt(reader: str, data: bytes) -> bool:
    """Read a case; whether it was read, and not refused with an error that is allowed."""
    with warnings.catch_warnings():
        # What GDAL says of damaged files.
        warnings.simplefilter("ignore")
        try:
            READERS[reader](data)
        except ALLOWED:
            return False
    return True
