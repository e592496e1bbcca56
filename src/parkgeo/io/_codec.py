"""Any frame as an Arrow table of plain columns and a manifest that says how to get it back.

Formats hold text, whole and real numbers, truth values and days. Everything else about a frame
(its dtypes, its index, the names that a format cannot spell, its CRS, its attributes) is in the
manifest, a JSON document that each format keeps in its own way.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.errors import SchemaError, first_rows

MANIFEST_VERSION: Final = 1
GEOMETRY: Final = "geom"
"""Name of the geometry column in a file; the manifest has the name in the frame."""
_INT64_MAX: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Encoded:
    """A frame ready for a file: attributes, geometry, and the manifest."""

    table: pa.Table
    shapes: Any
    crs: CRS | None
    manifest: dict[str, Any]

    def with_geometry(self) -> pa.Table:
        """Return the table with the geometry as WKB in its last column."""
        return self.table.append_column(GEOMETRY, pa.array(shapely.to_wkb(self.shapes)))


def encode(frame: gpd.GeoDataFrame, *, reserved: Sequence[str] = ()) -> Encoded:
    """Split a frame into what every format holds and a manifest for the rest.

    ``reserved`` names, and names that differ only in case, are stored under other names.
    """
    names = _named_once(frame)
    index = _index_columns(frame)
    pairs = [*index, *((name, frame[name]) for name in names)]
    stored = unique_names([name for name, _ in pairs], reserved=[*reserved, GEOMETRY])
    columns, notes = [], []
    for (name, values), label in zip(pairs, stored, strict=True):
        array, note = _encode_column(values, name)
        columns.append(array)
        notes.append({"name": name, "stored": label, **note})
    manifest = {
        "version": MANIFEST_VERSION,
        "index": _index_note(frame, len(index)),
        "columns": notes,
        "geometry": frame.active_geometry_name,
        "position": list(frame.columns).index(frame.active_geometry_name),
        "crs": None if frame.crs is None else frame.crs.to_wkt(),
        "attrs": plain_attrs(frame.attrs),
    }
    table = pa.table(columns, names=stored)
    return Encoded(table, frame.geometry.to_numpy(), frame.crs, manifest)


def decode(
    table: pd.DataFrame | pa.Table,
    shapes: Any,  # noqa: ANN401 - an array of geometries
    *,
    crs: Any,  # noqa: ANN401 - whatever pyproj takes
    manifest: Mapping[str, Any] | None,
) -> gpd.GeoDataFrame:
    """Put a frame together again; without a manifest, as the file says it.

    The manifest describes the frame that parkgeo wrote. A column that has been added since is kept
    as it is, one that is gone is left out, and the CRS of the manifest counts only where the file
    still names the same.
    """
    frame = table if isinstance(table, pd.DataFrame) else _to_pandas(table)
    if manifest is None:
        return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index), crs=crs)
    notes = [note for note in manifest["columns"] if note["stored"] in frame]
    data = {note["stored"]: _decode_column(frame[note["stored"]], note) for note in notes}
    frame = frame.assign(**data)
    levels = manifest["index"]["levels"]
    index_names = [note["stored"] for note in manifest["columns"][:levels]]
    if levels and all(name in frame for name in index_names):
        kept = frame.drop(columns=index_names)
        kept.index = _restored_index(frame, index_names, manifest["index"]["names"])
        frame = kept
    frame = frame.rename(columns={note["stored"]: note["name"] for note in notes})
    made = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index=frame.index))
    made = made.set_crs(_restored_crs(crs, manifest["crs"]))
    made = _placed(made, manifest)
    made.attrs = dict(manifest["attrs"])
    return made


def plain_attrs(attrs: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return ``frame.attrs`` as JSON can hold it, or say which key it cannot hold."""
    try:
        kept: dict[str, Any] = json.loads(dump_json(dict(attrs)))
    except (TypeError, ValueError) as error:
        raise SchemaError(
            f"frame.attrs cannot be written: {error}; keep text, numbers, lists and dictionaries "
            "there",
        ) from error
    return kept


def dump_json(value: object) -> str:
    """Write JSON with Chinese as it is; numpy numbers count as numbers."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is no JSON")


def unique_names(names: Sequence[Hashable], *, reserved: Sequence[str]) -> list[str]:
    """Return names that differ in more than case, with a number where they do not."""
    taken = {name.casefold() for name in reserved}
    given: list[str] = []
    for name in names:
        label, number = str(name), 1
        while label.casefold() in taken:
            number += 1
            label = f"{name}_{number}"
        taken.add(label.casefold())
        given.append(label)
    return given


def _named_once(frame: gpd.GeoDataFrame) -> list[str]:
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise SchemaError(
            f"columns {', '.join(map(str, doubled))} stand twice; rename one of each before "
            "writing",
        )
    strange = [name for name in frame.columns if not isinstance(name, str) or not name]
    if strange:
        raise SchemaError(f"column names must be text, found {first_rows(strange)}; rename them")
    further = [
        name
        for name in frame.columns
        if isinstance(frame[name], gpd.GeoSeries) and name != frame.active_geometry_name
    ]
    if further:
        raise SchemaError(
            f"columns {', '.join(further)} hold further geometries, and a file holds one; drop "
            "them, or write each to a file of its own",
        )
    return [name for name in frame.columns if name != frame.active_geometry_name]


def _index_columns(frame: gpd.GeoDataFrame) -> list[tuple[str, pd.Series]]:
    index = frame.index
    if _is_plain_range(index):
        return []
    return [
        (
            f"index_{level}" if name is None else str(name),
            index.get_level_values(level).to_series(index=index),
        )
        for level, name in enumerate(index.names)
    ]


def _is_plain_range(index: pd.Index) -> bool:
    return isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0


def _index_note(frame: gpd.GeoDataFrame, levels: int) -> dict[str, Any]:
    return {"levels": levels, "names": list(frame.index.names) if levels else []}


def _restored_index(
    frame: pd.DataFrame,
    names: Sequence[str],
    titles: Sequence[str | None],
) -> pd.Index:
    if len(names) == 1:
        return pd.Index(frame[names[0]], name=titles[0])
    return pd.MultiIndex.from_arrays([frame[name] for name in names], names=titles)


def _restored_crs(found: object, kept: str | None) -> CRS | None:
    """Return the CRS of the manifest where the file agrees, else that of the file."""
    native = None if found is None else CRS.from_user_input(found)
    if kept is None:
        return native
    try:
        own = CRS.from_wkt(kept)
    except CRSError as error:
        raise SchemaError(f"the file names a CRS that PROJ does not know: {error}") from error
    if native is not None and native.name != own.name:
        return native
    return CRS.from_authority(*own.to_authority()) if own.to_authority() else own


def _placed(frame: gpd.GeoDataFrame, manifest: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Give the geometry its name and place among the columns."""
    name = manifest["geometry"]
    if name != frame.active_geometry_name:
        frame = frame.rename_geometry(name)
    order = [column for column in frame.columns if column != name]
    order.insert(min(manifest["position"], len(order)), name)
    return gpd.GeoDataFrame(frame[order], geometry=name)


def _encode_column(values: pd.Series, name: str) -> tuple[pa.Array, dict[str, Any]]:
    dtype = values.dtype
    note: dict[str, Any] = {"dtype": str(dtype)}
    if isinstance(dtype, pd.CategoricalDtype):
        array, inner = _encode_column(values.astype(dtype.categories.dtype), name)
        categories = dtype.categories.tolist()
        if inner.get("as") is not None:
            raise _unsupported(name, "categories that are neither text nor numbers")
        return array, {"dtype": "category", "categories": categories, "ordered": dtype.ordered}
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


def _decode_column(values: pd.Series, note: Mapping[str, Any]) -> pd.Series:
    try:
        return _cast(values, note)
    except (TypeError, ValueError, OverflowError) as error:
        raise SchemaError(
            f"column {note['name']}: the file says it holds {note['dtype']}, and it does not: "
            f"{error}; it was changed by another program, so read it with geopandas.read_file",
        ) from error


def _cast(values: pd.Series, note: Mapping[str, Any]) -> pd.Series:
    dtype = note["dtype"]
    if dtype == "category":
        kind = pd.CategoricalDtype(note["categories"], ordered=note["ordered"])
        return values.astype(kind)
    as_ = note.get("as")
    if as_ in {"tuple", "json"}:
        made = values.astype(object).where(values.notna(), None)
        made = made.map(lambda t: _from_json(t, is_tuple=as_ == "tuple"), na_action="ignore")
        return made.astype(object).where(values.notna(), None).astype(dtype)
    if as_ == "text":
        return _from_text(values, dtype)
    if dtype == "object":
        return values.astype(object).where(values.notna(), None)
    if dtype.startswith("datetime64"):
        return pd.to_datetime(values).astype(dtype)
    if dtype.startswith(("int", "uint", "bool")):
        return values.astype(pd.api.types.pandas_dtype(dtype))
    return values.astype(dtype)


def _from_text(values: pd.Series, dtype: str) -> pd.Series:
    if dtype.startswith("datetime64"):
        made = [pd.NaT if pd.isna(text) else pd.Timestamp(text) for text in values]
        zoned = "," in dtype
        series = pd.Series(pd.to_datetime(made, utc=True) if zoned else made, index=values.index)
        return series.astype(dtype)
    if "int" in dtype.casefold():
        whole = [pd.NA if pd.isna(text) else int(text) for text in values]
        return pd.Series(pd.array(whole, dtype="UInt64"), index=values.index).astype(dtype)
    real = [np.nan if pd.isna(text) else float(text) for text in values]
    return pd.Series(real, index=values.index, dtype="float64").astype(dtype)


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    """Turn Arrow into pandas without turning whole numbers with gaps into real ones."""
    columns = {
        name: _series(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def _series(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_integer(kind) and column.null_count:
        return column.to_pandas(types_mapper={kind: pd.Int64Dtype()}.get)
    if pa.types.is_boolean(kind) and column.null_count:
        return column.to_pandas(types_mapper={kind: pd.BooleanDtype()}.get)
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("us")).to_pandas()
    return column.to_pandas()
