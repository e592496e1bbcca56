"""Whether an OSM PBF is whole: GDAL reads one that is cut off as one without features.

References
----------
OpenStreetMap Wiki, "PBF Format": a file is a run of blobs, each with its length in front.
"""

from pathlib import Path
from typing import BinaryIO, Final

from parkgeo.errors import SchemaError

_MAX_HEADER_BYTES: Final = 64 * 1024
_DATASIZE_FIELD: Final = 3
_VARINT, _LENGTH_DELIMITED = 0, 2


def require_whole(path: Path) -> None:
    """Walk from blob to blob without reading them.

    Raises
    ------
    SchemaError
        The last blob is longer than what is left of the file, or this is no PBF.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        position = 0
        while position < size:
            try:
                position = _next_blob(file, position)
            except (ValueError, IndexError) as error:
                raise SchemaError(f"{path.name} is no OSM PBF; fetch it again") from error
        if position != size or size == 0:
            raise SchemaError(
                f"{path.name} is cut off: it needs {position} bytes or more, and has {size}; fetch "
                "it again",
            )


def _next_blob(file: BinaryIO, position: int) -> int:
    file.seek(position)
    head = file.read(4)
    length = int.from_bytes(head, "big")
    if len(head) == 4 and not 0 < length <= _MAX_HEADER_BYTES:  # noqa: PLR2004 - bytes of a length
        raise ValueError(length)
    header = file.read(length)
    if len(head) < 4 or len(header) < length:  # noqa: PLR2004
        return position + 4 + max(length, 1)
    return position + 4 + length + _datasize(header)


def _datasize(header: bytes) -> int:
    """Read field 3 of a BlobHeader message."""
    at = 0
    while at < len(header):
        key, at = _varint(header, at)
        value, at = _varint(header, at)
        if key & 7 == _LENGTH_DELIMITED:
            at += value
        elif key & 7 != _VARINT:
            raise ValueError(key)
        elif key >> 3 == _DATASIZE_FIELD:
            return value
    raise ValueError(header)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint has no high bit
            return value, at
