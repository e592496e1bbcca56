"""The attribute table of a Shapefile (.dbf), byte for byte.

GDAL recodes text as well as it can and says nothing where it cannot. Here text is decoded strictly,
so that a wrong encoding is an error and never mojibake; and numbers are written with all their
digits.

References
----------
dBASE III+ file format; ESRI Shapefile Technical Description, 1998.
"""

import codecs
import datetime as dt
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from parkgeo.errors import SchemaError, first_rows
from parkgeo.io._text import python_name

MAX_TEXT_BYTES: Final = 254
MAX_NAME_BYTES: Final = 10
_MAX_RECORD_BYTES: Final = 65_535
_LANGUAGES: Final = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
"""Encodings that the language byte of the header names beyond doubt."""
_GBK_LANGUAGE: Final = 0x4D
_CHINESE: Final = frozenset({"gbk", "gb2312", "gb18030", "cp936", "hz"})


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    kind: str
    width: int
    decimals: int


@dataclass(frozen=True, slots=True)
class RawTable:
    """The bytes of a table: one array of fixed width a field; deleted rows left out."""

    fields: tuple[_Field, ...]
    values: tuple[NDArray[np.bytes_], ...]
    rows: int
    language: int


def parse(data: bytes, *, what: str) -> RawTable:
    """Cut a .dbf into its fields.

    Raises
    ------
    SchemaError
        The table is shorter than its header says, or is no dBASE table.
    """
    if len(data) < 33:  # noqa: PLR2004 - the shortest header
        raise SchemaError(f"{what} is no whole dBASE table ({len(data)} bytes); fetch it again")
    rows, header, record = struct.unpack_from("<IHH", data, 4)
    if len(data) < header + rows * record or header < 33 or record < 1:  # noqa: PLR2004
        raise SchemaError(
            f"{what} is cut off: its header says {rows} rows of {record} bytes, and it has "
            f"{len(data)} bytes; fetch or write it again",
        )
    fields = _fields(data[32:header])
    if sum(field.width for field in fields) + 1 > record:
        raise SchemaError(f"{what} is damaged: its fields are wider than its rows; fetch it again")
    table = np.frombuffer(data, "u1", rows * record, header).reshape(rows, record)
    table = table[table[:, 0] != ord("*")]
    values, start = [], 1
    for field in fields:
        part = np.ascontiguousarray(table[:, start : start + field.width])
        values.append(part.view(f"S{field.width}")[:, 0])
        start += field.width
    return RawTable(fields, tuple(values), len(table), data[29])


def _fields(header: bytes) -> tuple[_Field, ...]:
    fields = []
    for start in range(0, len(header) - 31, 32):
        part = header[start : start + 32]
        if part[0] == ord("\r"):
            break
        name = part[:11].split(b"\0")[0]
        if part[16]:
            fields.append(_Field(name, chr(part[11]), part[16], part[17]))
    return tuple(fields)


def encoding_of(table: RawTable, *, said: str | None, cpg: str | None, what: str) -> str:
    """Return the Python name of the encoding of the text.

    What the caller says comes first, then the .cpg, then the language byte, then the bytes
    themselves: UTF-8 where they are, else GB18030 where they are.
    """
    if said is not None:
        return _codec(said, f"encoding {said!r}")
    if cpg:
        name = _codec(_cpg_name(cpg), f"{what}: the .cpg says {cpg!r}, which")
        _require_no_chinese(table, name, what)
        return name
    if table.language in _LANGUAGES:
        return _LANGUAGES[table.language]
    found = _reads_as(table)
    if found is None:
        raise SchemaError(
            f"{what} is neither UTF-8 nor GB18030, and has no .cpg; name its encoding with "
            "encoding=",
        )
    return found


def _reads_as(table: RawTable) -> str | None:
    """Return the first of the encodings in use in China that decodes all of the text."""
    names = ("utf-8", "gb18030")
    return next((name for name in names if _first_undecodable(table, name) is None), None)


def _codec(name: str, what: str) -> str:
    found = python_name(name, what)
    return "gb18030" if found in _CHINESE else found


def _cpg_name(cpg: str) -> str:
    """Turn what programs write into a .cpg (936, ANSI 936, 65001) into a name of Python's."""
    digits = "".join(letter for letter in cpg if letter.isdigit())
    known = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "950": "big5"}
    if digits in known:
        return known[digits]
    plain = cpg.casefold().replace("ansi", "").replace("oem", "").strip()
    return f"cp{plain}" if plain.isdigit() else plain.replace("88591", "8859-1").replace("_", "-")


def _require_no_chinese(table: RawTable, name: str, what: str) -> None:
    """Ask, where a .cpg says a Western encoding and the bytes are as well Chinese."""
    western = codecs.lookup(name).name.startswith(("iso8859", "cp125", "cp437", "cp850"))
    if not western or _first_undecodable(table, "ascii") is None:
        return
    chinese = _reads_as(table)
    if chinese is not None:
        raise SchemaError(
            f"{what}: the .cpg says {name}, and the text reads as {chinese} too; say which it "
            f"is with encoding={chinese!r} or encoding={name!r}",
        )


def _first_undecodable(table: RawTable, encoding: str) -> tuple[str, int, bytes] | None:
    for field, values in zip(table.fields, table.values, strict=True):
        if _decoded(field.name, encoding, full=MAX_NAME_BYTES) is None:
            return repr(field.name), -1, field.name
        cells = values.tolist()
        joined = b"\n".join(cells)
        # Most columns are sound: one look at all of a column, and at each value only where not.
        if field.kind != "C" or _decoded(joined, encoding, full=len(joined) + 1) is not None:
            continue
        for row, value in enumerate(cells):
            if _decoded(value, encoding, full=field.width) is None:
                return repr(field.name), row, value
    return None


def _decoded(value: bytes, encoding: str, *, full: int) -> str | None:
    """Decode strictly; a last character that the width of the field cut in two is dropped."""
    try:
        if len(value) < full:
            return value.decode(encoding)
        return codecs.getincrementaldecoder(encoding)().decode(value, final=False)
    except UnicodeDecodeError:
        return None


def frame(table: RawTable, encoding: str, *, what: str) -> pd.DataFrame:
    """Decode a table; blank text, numbers, days and truth values are null.

    Raises
    ------
    SchemaError
        Text is not of this encoding; names the first such value.
    """
    bad = _first_undecodable(table, encoding)
    if bad is not None:
        name, row, value = bad
        where = f"the name of a column, {name}" if row < 0 else f"column {name}, row {row}"
        other = _reads_as(table)
        remedy = (
            f"it reads as {other}: say encoding={other!r}" if other else "say it with encoding="
        )
        raise SchemaError(
            f"{what} is not {encoding}: {where} holds the bytes {value.strip()[:24]!r}; {remedy}",
        )
    names = [_decoded(field.name, encoding, full=MAX_NAME_BYTES) or "" for field in table.fields]
    columns = [
        _sound_column(field, values, encoding, what)
        for field, values in zip(table.fields, table.values, strict=True)
    ]
    made = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(table.rows))
    made.columns = pd.Index(_once(names), dtype="str")
    return made


def _once(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return made


def _sound_column(field: _Field, values: NDArray[np.bytes_], encoding: str, what: str) -> pd.Series:
    try:
        return _column(field, values, encoding)
    except ValueError as error:
        kind = "days as YYYYMMDD" if field.kind == "D" else "numbers"
        reason = str(error).partition(". You might")[0]
        raise SchemaError(
            f"{what}: column {field.name!r} holds {kind}, and something else too ({reason}); the "
            "file is damaged, so fetch it again",
        ) from error


def _column(field: _Field, values: NDArray[np.bytes_], encoding: str) -> pd.Series:
    if field.kind == "C":
        text = [_decoded(v, encoding, full=field.width) or "" for v in values.tolist()]
        return pd.Series([one.rstrip(" ") or None for one in text], dtype="str")
    bare = np.char.strip(values, b" \0")
    if field.kind in "NF":
        return _numbers(bare, whole=field.decimals == 0)
    if field.kind == "L":
        truth = {b"T": True, b"t": True, b"Y": True, b"y": True}
        truth |= {b"F": False, b"f": False, b"N": False, b"n": False}
        found = pd.Series([truth.get(value) for value in bare.tolist()], dtype="boolean")
        return found if found.isna().any() else found.astype("bool")
    if field.kind == "D":
        days = [value.decode("ascii", "replace") for value in bare.tolist()]
        known = pd.Series([day if day.strip("0") else None for day in days], dtype=object)
        return pd.to_datetime(known, format="%Y%m%d").astype("datetime64[us]")
    return pd.Series([value.decode("latin-1") or None for value in bare.tolist()], dtype="str")


def _numbers(bare: NDArray[np.bytes_], *, whole: bool) -> pd.Series:
    """Read numbers; blanks and the stars of an overflow are null."""
    texts = [None if not t or t.startswith(b"*") else t for t in bare.tolist()]
    if whole and all(t is None or t.lstrip(b"+-").isdigit() for t in texts):
        numbers = [None if t is None else int(t) for t in texts]
        if all(n is None or -(2**63) <= n < 2**63 for n in numbers):
            return pd.Series(numbers, dtype="Int64" if None in numbers else "int64")
    return pd.Series([np.nan if t is None else float(t) for t in texts], dtype="float64")


def dump(table: pa.Table, encoding: str) -> bytes:
    """Write an Arrow table of text, numbers, truth values and days as a .dbf.

    Raises
    ------
    SchemaError
        Text cannot be written in this encoding, or a row is longer than the format allows.
    """
    columns = [
        _written(name, column, encoding)
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    record = 1 + sum(field.width for field, _ in columns)
    if record > _MAX_RECORD_BYTES:
        raise SchemaError(
            f"a row of {record} bytes is longer than a Shapefile allows ({_MAX_RECORD_BYTES}); "
            "leave columns out, or write .gpkg",
        )
    today = dt.datetime.now(tz=dt.UTC).date()
    size = 32 + 32 * len(columns) + 1
    language = _GBK_LANGUAGE if encoding == "gb18030" else 0
    head = struct.pack(
        "<4BIHH17xBxx",
        3,
        today.year - 1900,
        today.month,
        today.day,
        table.num_rows,
        size,
        record,
        language,
    )
    fields = b"".join(
        struct.pack("<11sc4xBB14x", f.name, f.kind.encode(), f.width, f.decimals)
        for f, _ in columns
    )
    flags = np.full((table.num_rows, 1), ord(" "), "u1")
    body = np.hstack([flags, *(values for _, values in columns)])
    return head + fields + b"\r" + body.tobytes() + b"\x1a"


def _written(
    name: str,
    column: pa.ChunkedArray,
    encoding: str,
) -> tuple[_Field, NDArray[np.uint8]]:
    values = column.to_pylist()
    label = name.encode(encoding)
    kind = column.type
    text: Callable[[Any], bytes]
    if pa.types.is_boolean(kind):
        field, text, blank = _Field(label, "L", 1, 0), _truth, b"?"
    elif pa.types.is_date(kind):
        field, text, blank = _Field(label, "D", 8, 0), _day, b" " * 8
    elif pa.types.is_integer(kind):
        field, text, blank = _Field(label, "N", 20, 0), _whole, b" " * 20
    elif pa.types.is_floating(kind):
        field, text, blank = _Field(label, "F", 24, 15), _real, b" " * 24
    else:
        texts = [None if v is None else v.encode(encoding) for v in values]
        width = max([1, *(len(t) for t in texts if t is not None)])
        field, text, blank = _Field(label, "C", width, 0), bytes, b" " * width
        values = [None if t is None else t.ljust(width) for t in texts]
    raw = b"".join(blank if value is None else text(value) for value in values)
    return field, np.frombuffer(raw, "u1").reshape(len(values), field.width)


def _truth(value: bool) -> bytes:  # noqa: FBT001 - one value of a column
    return b"T" if value else b"F"


def _day(value: dt.date) -> bytes:
    return f"{value:%Y%m%d}".rjust(8, "0").encode()


def _whole(value: int) -> bytes:
    return str(value).rjust(20).encode()


def _real(value: float) -> bytes:
    # The shortest text that reads back as the same number has at most 24 characters.
    return repr(value).rjust(24).encode()


def require_encodable(texts: pd.Series, encoding: str, *, column: str) -> None:
    """Refuse text that the encoding has no bytes for.

    Raises
    ------
    SchemaError
        Names the column, the first such values and their rows.
    """
    bad = texts[[not _encodable(text, encoding) for text in texts]]
    if len(bad):
        raise SchemaError(
            f"column {column}: {first_rows(bad.unique())} cannot be written in {encoding}; rows "
            f"{first_rows(bad.index)}; leave encoding= out for UTF-8",
        )


def _encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
