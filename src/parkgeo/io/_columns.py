"""One column of a frame as Arrow and back, with a note on what Arrow cannot say."""

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from parkgeo.errors import SchemaError, first_rows

_INT64_MAX: Final = np.iinfo(np.int64).max


def dump_json(value: object) -> str:
    """Write JSON with Chinese as it is; numpy numbers count as numbers."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is no JSON")


def encode_column(values: pd.Series, name: str) -> tuple[pa.Array, dict[str, Any]]:
    dtype = values.dtype
    note: dict[str, Any] = {"dtype": str(dtype)}
    if isinstance(dtype, pd.CategoricalDtype):
        array, inner = encode_column(values.astype(dtype.categories.dtype), name)
        categories = dtype.categories.tolist()
        if pd.api.types.is_datetime64_any_dtype(dtype.categories):
            categories = [moment.isoformat() for moment in dtype.categories]
        if inner.get("as") is not None:
            raise _unsupported(name, "categories that are neither text nor numbers")
        kind = str(dtype.categories.dtype)
        note = {"dtype": "category", "categories": categories, "ordered": dtype.ordered}
        # Of no categories at all, nothing else would tell the dtype.
        return array, {**note, "of": kind}
    if pd.api.types.is_bool_dtype(dtype):
        return pa.array(values, type=pa.bool_(), from_pandas=True), note
    if pd.api.types.is_integer_dtype(dtype):
        return _encode_integers(values, note)
    if pd.api.types.is_float_dtype(dtype):
        return _encode_floats(values, note)
    if isinstance(dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(dtype):
        return _encode_times(values, note)
    if pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype):
        return _encode_objects(values, name, note)
    raise _unsupported(name, f"dtype {dtype}")


def _unsupported(name: str, what: str) -> SchemaError:
    return SchemaError(
        f"column {name}: {what} cannot be kept in a file; turn it into text or numbers first",
    )


def _encode_integers(values: pd.Series, note: dict[str, Any]) -> tuple[pa.Array, dict[str, Any]]:
    known = values.dropna()
    if len(known) and int(known.max()) > _INT64_MAX:
        return pa.array(_text(values), type=pa.string()), {**note, "as": "text"}
    return pa.array(values, type=pa.int64(), from_pandas=True), note


def _encode_floats(values: pd.Series, note: dict[str, Any]) -> tuple[pa.Array, dict[str, Any]]:
    numbers = values.astype("float64") if values.notna().all() else values.astype("Float64")
    if np.isinf(numbers.to_numpy("float64", na_value=np.nan)).any():
        return pa.array(_text(values), type=pa.string()), {**note, "as": "text"}
    return pa.array(numbers, type=pa.float64(), from_pandas=True), note


def _encode_times(values: pd.Series, note: dict[str, Any]) -> tuple[pa.Array, dict[str, Any]]:
    """Keep days as days, which every format knows; keep moments as ISO text, at full precision."""
    known = values.dropna()
    naive = not isinstance(values.dtype, pd.DatetimeTZDtype)
    if naive and (known == known.dt.normalize()).all():
        return pa.array(values.dt.date, type=pa.date32(), from_pandas=True), note
    moments = values.map(lambda moment: None if pd.isna(moment) else moment.isoformat())
    return pa.array(moments, type=pa.string(), from_pandas=True), {**note, "as": "text"}


def _encode_objects(
    values: pd.Series,
    name: str,
    note: dict[str, Any],
) -> tuple[pa.Array, dict[str, Any]]:
    plain = values.astype(object).where(values.notna(), None)
    kinds = set(plain.dropna().map(type))
    if all(issubclass(kind, str) for kind in kinds):
        _require_writable_text(plain.dropna(), name)
        return pa.array([None if v is None else str(v) for v in plain], type=pa.string()), note
    if kinds & {tuple, list, dict} and len(kinds & {tuple, list}) > 1:
        raise _unsupported(name, "a mix of tuples and lists")
    try:
        text = plain.map(dump_json, na_action="ignore")
    except TypeError as error:
        raise _unsupported(name, f"values of {', '.join(k.__name__ for k in kinds)}") from error
    _require_same_back(plain, text, name, is_tuple=tuple in kinds)
    as_ = "tuple" if tuple in kinds else "json"
    return pa.array(text, type=pa.string(), from_pandas=True), {**note, "as": as_}


def _require_writable_text(texts: pd.Series, name: str) -> None:
    """Refuse half characters (lone surrogates) and NUL, which files cannot hold."""
    bad = texts[texts.map(lambda text: "\0" in text or not _is_unicode(text)).astype(bool)]
    if len(bad):
        raise SchemaError(
            f"column {name}: {first_rows(bad)} holds a NUL or half a character, which no file "
            f"keeps; rows {first_rows(bad.index)}",
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_same_back(plain: pd.Series, text: pd.Series, name: str, *, is_tuple: bool) -> None:
    back = text.map(lambda t: _from_json(t, is_tuple=is_tuple), na_action="ignore")
    same = [a is None or (a == b and type(a) is type(b)) for a, b in zip(plain, back, strict=True)]
    if not all(same):
        rows = plain.index[~np.array(same)]
        raise _unsupported(name, f"what rows {first_rows(rows)} hold")


def _from_json(text: str, *, is_tuple: bool) -> object:
    value = json.loads(text)
    return tuple(value) if is_tuple and isinstance(value, list) else value


def _text(values: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else repr(_plain_number(value)) for value in values]


def _plain_number(value: Any) -> int | float:  # noqa: ANN401 - a number of Python or numpy
    number: int | float = value.item() if isinstance(value, np.generic) else value
    return number


def decode_column(values: pd.Series, note: Mapping[str, Any]) -> pd.Series:
    try:
        return _cast(values, note)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SchemaError(
            f"column {note['name']}: the file says it holds {note['dtype']}, and it does not: "
            f"{error}; it was changed by another program, so read it with geopandas.read_file",
        ) from error


def _cast(values: pd.Series, note: Mapping[str, Any]) -> pd.Series:
    dtype: Any = note["dtype"]
    match note.get("as"):
        case "text":
            return _from_text(values, dtype)
        case "tuple" | "json" as kind:
            made = _objects(values).map(
                lambda text: _from_json(text, is_tuple=kind == "tuple"), na_action="ignore"
            )
            return made.astype(object).where(values.notna(), None)
    if dtype == "category":
        categories = pd.Index(note["categories"], dtype=note.get("of"))
        if pd.api.types.is_datetime64_any_dtype(categories):
            values = pd.to_datetime(values)
        dtype = pd.CategoricalDtype(categories, ordered=note["ordered"])
    elif dtype == "object":
        return _objects(values)
    elif dtype.startswith("datetime64"):
        values = pd.to_datetime(values)
    cast: pd.Series = values.astype(dtype)
    return cast


def _objects(values: pd.Series) -> pd.Series:
    """Return the column as Python objects, with None where a value is missing."""
    return values.astype(object).where(values.notna(), None)


def _from_text(values: pd.Series, dtype: Any) -> pd.Series:  # noqa: ANN401 - a dtype's name
    texts = _objects(values)
    made: pd.Series
    if dtype.startswith("datetime64"):
        zoned = "," in dtype
        made = pd.to_datetime(texts, format="ISO8601", utc=zoned).astype(dtype)
    elif "int" in dtype.casefold():
        whole = [pd.NA if text is None else int(text) for text in texts]
        made = pd.Series(pd.array(whole, dtype="UInt64"), index=values.index).astype(dtype)
    else:
        real = [np.nan if text is None else float(text) for text in texts]
        made = pd.Series(real, index=values.index, dtype="float64").astype(dtype)
    return made


def to_pandas(table: pa.Table, *, rows: int) -> pd.DataFrame:
    """Turn Arrow into pandas without turning whole numbers with gaps into real ones."""
    columns = dict(zip(table.column_names, table.columns, strict=True))
    return pd.DataFrame(
        {name: _series(column) for name, column in columns.items()},
        index=pd.RangeIndex(rows),
    )


def _series(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    types: dict[pa.DataType, Any] = {}
    if column.null_count and pa.types.is_integer(kind):
        types = {kind: pd.Int64Dtype()}
    elif column.null_count and pa.types.is_boolean(kind):
        types = {kind: pd.BooleanDtype()}
    elif pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    made: pd.Series = column.to_pandas(types_mapper=types.get)
    return made
