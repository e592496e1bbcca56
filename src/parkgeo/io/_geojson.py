"""GeoJSON of RFC 7946, with the CRS and the manifest as members of its own.

Numbers are written in full, so that what is read back is what was written. The RFC knows only
WGS84: another CRS stands in the older ``crs`` member, which GDAL and QGIS follow.
"""

import json
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.errors import SchemaError, first_rows
from parkgeo.io import _codec
from parkgeo.io._columns import dump_json
from parkgeo.io._text import python_name

_KEY: Final = "parkgeo"
_GEOMETRIES: Final = frozenset(
    {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    },
)


def write(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write one feature a line, so that changes show in a diff."""
    _codec.require_no_measures(frame, "GeoJSON")
    encoded = _codec.encode(frame)
    head: dict[str, Any] = {"type": "FeatureCollection", "name": path.stem}
    if encoded.crs is not None and encoded.crs != CRS.from_epsg(4326):
        head["crs"] = {"type": "name", "properties": {"name": _urn(encoded.crs)}}
    head[_KEY] = encoded.manifest
    shapes = shapely.to_geojson(encoded.shapes)
    rows = _rows(encoded.table, len(shapes))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{dump_json(head)[:-1]}, "features": [\n')
        file.write(
            ",\n".join(_feature(row, shape) for row, shape in zip(rows, shapes, strict=True))
        )
        file.write("\n]}\n")


def _urn(crs: CRS) -> str:
    authority = crs.to_authority()
    if authority is None:
        # A name that no program takes for WGS84.
        return crs.name
    return f"urn:ogc:def:crs:{authority[0]}::{authority[1]}"


def _feature(properties: str, shape: str | None) -> str:
    return f'{{"type": "Feature", "properties": {properties}, "geometry": {shape or "null"}}}'


def _rows(table: pa.Table, rows: int) -> list[str]:
    """Return the properties of each row as JSON; days as ISO text."""
    for place, field in enumerate(table.schema):
        if pa.types.is_date(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.string()))
    if table.num_columns == 0:
        return ["{}"] * rows
    return [dump_json(row) for row in table.to_pylist()]


def read(path: Path, *, encoding: str | None) -> gpd.GeoDataFrame:
    """Read a FeatureCollection, a Feature or a bare geometry."""
    document = _document(path, encoding=encoding)
    features = _features(document, path)
    shapes = _shapes([feature.get("geometry") for feature in features], path)
    manifest = _codec.manifest_from(document.get(_KEY), what=path.name)
    known = [] if manifest is None else [note["stored"] for note in manifest["columns"]]
    table = _table(features, known, typed=manifest is None)
    return _codec.decode(table, shapes, crs=_crs(document, path), manifest=manifest)


def _document(path: Path, *, encoding: str | None) -> dict[str, Any]:
    name = python_name(encoding, f"encoding {encoding!r}") if encoding else "utf-8-sig"
    try:
        document = json.loads(path.read_bytes().decode(name))
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"{path.name} is not {encoding or 'UTF-8'} (byte {error.start}); name its encoding, "
            "for example encoding='gb18030'",
        ) from error
    except json.JSONDecodeError as error:
        raise SchemaError(
            f"{path.name} is no whole JSON (line {error.lineno}: {error.msg}); it is cut off or "
            "damaged, so fetch or write it again",
        ) from error
    except RecursionError as error:
        raise SchemaError(f"{path.name} is nested too deeply to be GeoJSON") from error
    except ValueError as error:
        raise SchemaError(f"{path.name} has a number of too many digits ({error})") from error
    if not isinstance(document, dict):
        raise SchemaError(f"{path.name} holds a {type(document).__name__}, not a GeoJSON object")
    return document


def _features(document: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list) or not all(isinstance(item, dict) for item in features):
            raise SchemaError(f"{path.name} is a FeatureCollection without a list of features")
    elif kind == "Feature":
        features = [document]
    elif isinstance(kind, str) and kind in _GEOMETRIES:
        features = [{"geometry": document}]
    else:
        raise SchemaError(f"{path.name} has type {kind!r}, which is no GeoJSON that holds features")
    properties = [feature.get("properties") for feature in features]
    bad = [row for row, told in enumerate(properties) if not isinstance(told, dict | None)]
    if bad:
        raise SchemaError(
            f"{path.name}: properties that are no object ({properties[bad[0]]!r}); features "
            f"{first_rows(bad)} (counted from 0)",
        )
    return features


def _shapes(members: list[Any], path: Path) -> Any:  # noqa: ANN401 - an array of geometries
    texts = np.array([None if m is None else json.dumps(m) for m in members], dtype=object)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    bad = [
        row
        for row, (text, shape) in enumerate(zip(texts, shapes, strict=True))
        if text is not None and shape is None
    ]
    if bad:
        raise SchemaError(
            f"{path.name}: geometry that is no GeoJSON geometry ({_reason(texts[bad[0]])}); "
            f"features {first_rows(bad)} (counted from 0)",
        )
    return shapes


def _reason(text: str) -> str:
    """Return what GEOS has against a geometry."""
    try:
        shapely.from_geojson(text)
    except shapely.errors.ShapelyError as error:
        return str(error).removeprefix("ParseException: ")
    return "no reason given"


def _table(features: list[dict[str, Any]], known: list[str], *, typed: bool) -> pd.DataFrame:
    properties = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys([*(known if not features else []), *(n for p in properties for n in p)])
    rows = pd.RangeIndex(len(features))
    columns = {name: [row.get(name) for row in properties] for name in names}
    ids = [feature.get("id") for feature in features]
    if typed and "id" not in columns and any(one is not None for one in ids):
        columns = {"id": ids, **columns}
    make = _typed if typed else _untyped
    return pd.DataFrame({name: make(values) for name, values in columns.items()}, index=rows)


def _untyped(values: list[Any]) -> pd.Series:
    return pd.Series(values, dtype=object)


def _typed(values: list[Any]) -> pd.Series:
    """Give a column the one type that holds all its values; keep a mix as it is."""
    kinds = {type(value) for value in values if value is not None}
    gaps = None in values
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean" if gaps else "bool")
    if kinds == {int} and all(-(2**63) <= (value or 0) < 2**63 for value in values):
        return pd.Series(values, dtype="Int64" if gaps else "int64")
    if kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    if kinds <= {str}:
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype=object)


def _crs(document: dict[str, Any], path: Path) -> CRS:
    """Return WGS84, or what the older ``crs`` member names."""
    member = document.get("crs")
    if member is None:
        return CRS.from_epsg(4326)
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    manifest = document.get(_KEY)
    if isinstance(manifest, dict) and isinstance(manifest.get("crs"), str):
        own = CRS.from_user_input(manifest["crs"])
        if name == _urn(own):
            return own
    if isinstance(name, str) and name.endswith((":CRS84", "/CRS84")):
        # WGS84 with the longitude first, as every GeoJSON has it.
        return CRS.from_epsg(4326)
    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise SchemaError(
            f"{path.name} names the CRS {name!r}, which PROJ does not know; declare the right one "
            "with crs=",
        ) from error
