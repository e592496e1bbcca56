"""The land office's exchange format for surveyed boundary points (界址点坐标交换格式, .txt).

A file has attributes (``[属性描述]``: coordinate system, zone, unit) and parcels (``[地块坐标]``):
a head of nine fields that ends in ``@``, and a row for each point. X is the northing and Y the
easting, with or without the number of the zone in front. Rings are numbered from 1; which of them
are holes is told by what lies in what, as offices number both parts and holes upwards.

References
----------
国土资源部:《建设用地审批电子报盘坐标交换格式》; GB/T 16820.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo.crs import ZONES, zone_crs, zone_from_crs
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
    first_rows,
)
from parkgeo.io import _codec
from parkgeo.io._columns import dump_json
from parkgeo.io._text import read_text

COLUMNS: Final = (
    "stated_area_km2",
    "stated_area_text",
    "parcel_id",
    "name",
    "figure",
    "sheet",
    "land_use",
    "class_code",
)
"""Columns of the frame: 地块面积, the same as written, 地块编号, 地块名称, 图形属性, 图幅号,
地块用途, 地类编码.
"""
_ATTRIBUTES: Final = "[属性描述]"
_PARCELS: Final = "[地块坐标]"
_DEFAULTS: Final = {
    "格式版本号": "1.01版本",
    "坐标系": "2000国家大地坐标系",
    "几度分带": "3",
    "投影类型": "高斯克吕格",
    "计量单位": "米",
    "带号": "",
    "精度": "0.001",
    "转换参数": "0,0,0,0,0,0,0",
}
_OWN: Final = "parkgeo"
_HEAD_FIELDS: Final = 8
_COUNT: Final = re.compile(r"\d{1,9}")
_ROW_FIELDS: Final = 4
_FEWEST_POINTS: Final = 3
_NORTHINGS_M: Final = (300_000.0, 6_000_000.0)
_EASTINGS_M: Final = (50_000.0, 950_000.0)
_AREA: Final = re.compile(r"\s*([0-9.eE+-]+)\s*(?:公顷|ha)\s*")


@dataclass(slots=True)
class _Parcel:
    """A parcel as its lines say it; ``line`` is that of its head."""

    line: int
    announced: int
    fields: list[str | None]
    rings: list[int] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read(
    path: Path,
    *,
    encoding: str | None,
    declared: bool,
) -> gpd.GeoDataFrame:
    """Read the parcels of a file, in the zone that the file says.

    ``declared`` says that the caller names the CRS, so that the file need not.

    Raises
    ------
    SchemaError
        Something is not as the format has it; names the line and the remedy.
    MissingCRSError
        Eastings have no zone number and the file gives no 带号.
    """
    lines = read_text(path, encoding=encoding).splitlines()
    attributes, parcels = _parse(lines, path.name)
    numbered = _check_points(parcels, path.name)
    try:
        crs = _crs(attributes, numbered, path.name)
    except (MissingCRSError, SchemaError):
        if not declared:
            raise
        crs = None
    table = pd.DataFrame([parcel.fields for parcel in parcels], columns=["area", *COLUMNS[2:]])
    areas = [_square_km(parcel, path.name) for parcel in parcels]
    stated = [None if p.fields[0] is None else f"{p.fields[0]}公顷" for p in parcels]
    table = table.drop(columns="area").astype("str")
    table.insert(0, COLUMNS[0], pd.Series(areas, dtype="float64"))
    table.insert(1, COLUMNS[1], pd.Series(stated, dtype="str"))
    shapes = [_polygon(parcel, path.name) for parcel in parcels]
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=crs)
    kept: dict[Any, Any] = _attrs(attributes)
    frame.attrs = kept
    return frame


def _parse(lines: Sequence[str], name: str) -> tuple[dict[str, str], list[_Parcel]]:
    attributes: dict[str, str] = {}
    parcels: list[_Parcel] = []
    section = None
    for number, raw in enumerate(lines, start=1):
        line = raw.strip().lstrip("\ufeff")
        if not line:
            continue
        if line.startswith("["):
            section = line
        elif section == _ATTRIBUTES:
            key, equals, value = line.replace("＝", "=").partition("=")
            if not equals:
                raise _fault(name, number, line, "an attribute is written key=value")
            attributes[key.strip()] = value.strip()
        elif section == _PARCELS:
            _parse_line(line.replace("，", ","), number, parcels, name)
    if not parcels:
        raise SchemaError(f"{name} has no parcels: a line {_PARCELS} and parcels must follow")
    return attributes, parcels


def _parse_line(line: str, number: int, parcels: list[_Parcel], name: str) -> None:
    fields = [part.strip() for part in line.split(",")]
    if fields[-1] == "@":
        parcels.append(_head(fields[:-1], number, name))
        return
    if not parcels:
        raise _fault(name, number, line, "a parcel starts with a line that ends in ',@'")
    while len(fields) > _ROW_FIELDS and not fields[-1]:
        fields.pop()
    if len(fields) != _ROW_FIELDS:
        raise _fault(name, number, line, "a point is written J1,ring,X,Y; the file may be cut off")
    try:
        ring, x, y = int(fields[1]), float(fields[2]), float(fields[3])
    except ValueError as error:
        raise _fault(name, number, line, "ring, X and Y must be numbers") from error
    if not (np.isfinite(x) and np.isfinite(y)):
        raise _fault(name, number, line, "X and Y must be finite")
    parcel = parcels[-1]
    parcel.rings.append(ring)
    parcel.points.append((y, x))
    parcel.lines.append(number)


def _head(fields: list[str], number: int, name: str) -> _Parcel:
    if not 1 <= len(fields) <= _HEAD_FIELDS or not _COUNT.fullmatch(fields[0]):
        raise _fault(
            name,
            number,
            ",".join(fields),
            "the head of a parcel is 界址点数,地块面积,地块编号,地块名称,图形属性,图幅号,地块用途,"
            "地类编码,@",
        )
    fields += [""] * (_HEAD_FIELDS - len(fields))
    parcel = _Parcel(number, int(fields[0]), [text or None for text in fields[1:]])
    if parcel.fields[3] not in {None, "面"}:
        raise _fault(name, number, ",".join(fields), "only parcels of 图形属性 面 can be read")
    return parcel


def _fault(name: str, number: int, line: str, says: str) -> SchemaError:
    shown = line if len(line) <= 60 else f"{line[:60]}…"  # noqa: PLR2004 - fits a terminal
    return SchemaError(f"{name}, line {number}: {shown!r}: {says}")


def _square_km(parcel: _Parcel, name: str) -> float | None:
    """Turn hectares into km² in decimal, so that writing gives the same text again."""
    text = parcel.fields[0]
    if text is None:
        return None
    try:
        km2 = float(Decimal(text) / 100)
    except ArithmeticError:
        km2 = math.nan
    if not math.isfinite(km2):
        raise _fault(name, parcel.line, text, "地块面积 must be a number, in 公顷")
    return km2


def _check_points(parcels: Sequence[_Parcel], name: str) -> int | None:
    """Check counts and coordinates; return the zone number of the eastings, if they carry one."""
    for parcel in parcels:
        _check_count(parcel, name)
    y, x = np.array([point for parcel in parcels for point in parcel.points]).T
    lines = np.array([line for parcel in parcels for line in parcel.lines])
    zones, within = np.divmod(y, 1e6)
    is_easting = (_EASTINGS_M[0] <= within) & (within <= _EASTINGS_M[1])
    is_easting &= (zones == 0) | np.isin(zones, [z for r in ZONES.values() for z in r])
    is_northing = (_NORTHINGS_M[0] <= x) & (x <= _NORTHINGS_M[1])
    bad = np.flatnonzero(~(is_easting & is_northing))
    if len(bad):
        first = bad[0]
        raise SchemaError(
            f"{name}, lines {first_rows(lines[bad].tolist())}: X {x[first]:.10g}, Y "
            f"{y[first]:.10g} is no place in China: X must be the northing (3345678) and Y the "
            "easting (505775, or 40505775 with the zone number); swap the two columns where they "
            "are swapped, or fetch the file again where it is cut off",
        )
    if len(set(zones)) > 1:
        other = np.flatnonzero(zones != zones[0])
        raise SchemaError(
            f"{name}, line {lines[other[0]]}: easting {y[other[0]]:.10g} is of zone "
            f"{int(zones[other[0]])}, and those above are of zone {int(zones[0])}; put each zone "
            "into a file of its own",
        )
    return int(zones[0]) or None


def _check_count(parcel: _Parcel, name: str) -> None:
    found = len(parcel.points)
    if found == 0:
        raise SchemaError(
            f"{name}, line {parcel.line}: no points follow the head of the parcel; the file is cut "
            "off, so fetch it again",
        )
    closing = sum(
        len(ring) > 1 and ring[0] == ring[-1] for ring in _rings(parcel.rings, parcel.points)
    )
    if parcel.announced not in {found, found - closing}:
        raise SchemaError(
            f"{name}, line {parcel.line}: the parcel announces {parcel.announced} points, and "
            f"{found} follow; the file is cut off or was edited, so fetch it again",
        )


def _rings(
    numbers: Sequence[int],
    points: Sequence[tuple[float, float]],
) -> Iterator[list[tuple[float, float]]]:
    for _, run in groupby(zip(numbers, points, strict=True), key=lambda pair: pair[0]):
        yield [point for _, point in run]


def _crs(attributes: Mapping[str, str], numbered: int | None, name: str) -> CRS:
    system = attributes.get("坐标系", "")
    if "2000" not in system:
        raise SchemaError(
            f"{name}: 坐标系={system or '(missing)'} is not 2000国家大地坐标系 (CGCS2000); have it "
            "converted by the office that made it, or name the CRS with crs=",
        )
    if attributes.get("计量单位", "米") not in {"米", "m"}:
        raise SchemaError(f"{name}: 计量单位={attributes['计量单位']}; only 米 can be read")
    said = _whole(attributes, "带号", name)
    if said is not None and numbered is not None and said != numbered:
        raise CRSMismatchError(
            f"{name}: 带号={said}, and the eastings carry zone {numbered}; correct the one that is "
            "wrong",
        )
    zone = said if numbered is None else numbered
    if zone is None:
        raise MissingCRSError(
            f"{name} gives no 带号 and its eastings carry no zone number; name the zone with crs=, "
            "for example crs='EPSG:4549' for 120° E",
        )
    width = _whole(attributes, "几度分带", name) or (3 if zone in ZONES[3] else 6)
    try:
        return zone_crs(zone, numbered=numbered is not None, width_deg=width)
    except UnknownNameError as error:
        raise SchemaError(f"{name}: 带号={zone}, 几度分带={width}: {error}") from error


def _whole(attributes: Mapping[str, str], key: str, name: str) -> int | None:
    text = attributes.get(key, "")
    if not text:
        return None
    try:
        return int(text.removesuffix("度").removesuffix("带"))
    except ValueError as error:
        raise SchemaError(f"{name}: {key}={text} is no whole number; correct it") from error


def _polygon(parcel: _Parcel, name: str) -> Any:  # noqa: ANN401 - Polygon or MultiPolygon
    rings = []
    for ring in _rings(parcel.rings, parcel.points):
        if len(set(ring)) < _FEWEST_POINTS:
            raise SchemaError(
                f"{name}, line {parcel.line}: the parcel has a ring of {len(set(ring))} points; a "
                "ring needs three or more that differ",
            )
        rings.append(ring if ring[0] == ring[-1] else [*ring, ring[0]])
    return _assembled(rings)


def _assembled(rings: list[list[tuple[float, float]]]) -> Any:  # noqa: ANN401 - as above
    """Make shells and holes of rings by what lies in what: at odd depth is a hole."""
    if len(rings) == 1:
        return shapely.Polygon(rings[0])
    solid = shapely.polygons([shapely.linearrings(ring) for ring in rings])
    area = shapely.area(solid)
    inner = shapely.point_on_surface(solid)
    within = shapely.intersects(solid[None, :], inner[:, None])
    within &= area[None, :] > area[:, None]
    depth = within.sum(axis=1)
    shells = np.flatnonzero(depth % 2 == 0)
    holes: dict[int, list[list[tuple[float, float]]]] = {int(shell): [] for shell in shells}
    for hole in np.flatnonzero(depth % 2 == 1):
        around = [shell for shell in shells if within[hole, shell]]
        holes[int(min(around, key=lambda shell: area[shell]))].append(rings[hole])
    parts = [shapely.Polygon(rings[shell], inside) for shell, inside in holes.items()]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _attrs(attributes: Mapping[str, str]) -> dict[str, Any]:
    kept = dict(attributes)
    own = kept.pop(_OWN, None)
    try:
        further: dict[str, Any] = {} if own is None else json.loads(own)
    except ValueError as error:
        raise SchemaError(f"the attribute {_OWN}= is damaged ({error}); delete its line") from error
    return {**further, "txt": kept}


def write(frame: gpd.GeoDataFrame, path: Path, *, encoding: str | None) -> None:
    """Write parcels in a CGCS2000 zone; coordinates with all their digits.

    Raises
    ------
    CRSMismatchError
        The frame is in no CGCS2000 zone.
    SchemaError
        The frame has columns or values that the format has no place for.
    """
    zone, width = _zone(frame)
    _require_fitting(frame)
    attributes = {**_DEFAULTS, **frame.attrs.get("txt", {})}
    attributes |= {"坐标系": "2000国家大地坐标系", "几度分带": str(width), "带号": str(zone)}
    further = {key: value for key, value in frame.attrs.items() if key != "txt"}
    if further:
        attributes[_OWN] = dump_json(_codec.plain_attrs(further))
    lines = [_ATTRIBUTES, *(f"{key}={value}" for key, value in attributes.items()), _PARCELS]
    heads = _heads(frame)
    for head, shape in zip(heads, frame.geometry, strict=True):
        rows = list(_rows(shape))
        lines += [f"{len(rows)},{head},@", *rows]
    name = encoding or "gb18030"
    text = "\r\n".join(lines) + "\r\n"
    try:
        path.write_bytes(text.encode(name))
    except (UnicodeEncodeError, LookupError) as error:
        raise SchemaError(f"{path.name} cannot be written in {name}: {error}") from error


def _zone(frame: gpd.GeoDataFrame) -> tuple[int, int]:
    found = None if frame.crs is None else zone_from_crs(frame.crs)
    if found is None:
        raise CRSMismatchError(
            f"a 界址点 TXT holds metres in a CGCS2000 zone, and the frame is in {frame.crs}; "
            "convert it with parkgeo.crs.to_zone(frame)",
        )
    return found


def _require_fitting(frame: gpd.GeoDataFrame) -> None:
    further = [name for name in frame.columns if name not in {*COLUMNS, frame.active_geometry_name}]
    if further:
        raise SchemaError(
            f"a 界址点 TXT has no place for columns {', '.join(further)}; it holds "
            f"{', '.join(COLUMNS)}; drop or rename the others, or write .gpkg",
        )
    if not _codec.is_plain_range(frame.index):
        raise SchemaError(
            "a 界址点 TXT has no place for an index; turn it into a column with "
            "frame.reset_index(), or write .gpkg",
        )
    shapes = frame.geometry.to_numpy()
    wrong = ~np.isin(frame.geometry.geom_type, ["Polygon", "MultiPolygon"])
    wrong |= shapely.is_empty(shapes) | shapely.has_z(shapes)
    if wrong.any() or not len(frame):
        raise GeometryError(
            "a 界址点 TXT holds flat polygons, at least one; found something else in rows "
            f"{first_rows(frame.index[wrong])}",
        )


def _heads(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the head of each parcel between the number of points and the ``@``."""
    texts = {name: _plain_text(frame, name) for name in COLUMNS[1:]}
    area = frame.get("stated_area_km2", pd.Series(np.nan, frame.index)).astype("float64")
    bad = frame.index[np.isinf(area)]
    if len(bad):
        raise SchemaError(f"stated_area_km2 is not finite in rows {first_rows(bad)}")
    hectares = [
        _hectares(row, km2, text)
        for row, km2, text in zip(frame.index, area, texts["stated_area_text"], strict=True)
    ]
    further = [texts[name] for name in COLUMNS[2:]]
    return [
        ",".join([ha, *(text or "" for text in rest)])
        for ha, *rest in zip(hectares, *further, strict=True)
    ]


def _plain_text(frame: gpd.GeoDataFrame, name: str) -> list[str | None]:
    if name not in frame:
        return [None] * len(frame)
    values = [None if pd.isna(value) else value for value in frame[name]]
    bad = [
        row
        for row, value in zip(frame.index, values, strict=True)
        if value is not None
        and (
            not isinstance(value, str)
            or value != value.strip()
            or not value
            or re.search(r"[,，\r\n\v\f\x1c-\x1e\x85\u2028\u2029]|^@$", value)
        )
    ]
    if bad:
        raise SchemaError(
            f"column {name}: a 界址点 TXT holds text without commas, line breaks and spaces around "
            f"it, and null for empty; rows {first_rows(bad)}",
        )
    return values


def _hectares(row: object, km2: float, text: str | None) -> str:
    if text is None:
        return "" if pd.isna(km2) else f"{(Decimal(repr(float(km2))) * 100).normalize():f}"
    found = _AREA.fullmatch(text)
    try:
        same = found is not None and float(Decimal(found[1]) / 100) == km2
    except InvalidOperation:
        same = False
    if not same or found is None:
        raise SchemaError(
            f"row {row!r}: a 界址点 TXT states areas in 公顷, and stated_area_text {text!r} is not "
            f"stated_area_km2 {km2!r} in 公顷; drop stated_area_text, or write .gpkg",
        )
    return found[1]


def _rows(shape: Any) -> Iterator[str]:  # noqa: ANN401 - Polygon or MultiPolygon
    number = 0
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    for place, ring in enumerate(rings, start=1):
        coordinates = shapely.get_coordinates(ring).tolist()
        first = number + 1
        for east, north in coordinates[:-1]:
            number += 1
            yield f"J{number},{place},{north!r},{east!r}"
        east, north = coordinates[-1]
        yield f"J{first},{place},{north!r},{east!r}"
