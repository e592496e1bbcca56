"""Put right what can be put right without guessing, and tell every change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs, io
from parkgeo._style import Text
from parkgeo.check._areas import UNITS, Stated, suggestions
from parkgeo.check._place import only_finite, swapped_rows, turned
from parkgeo.check._rows import doubled_rows
from parkgeo.check._shapes import closed_lines
from parkgeo.check._text import mended, text_columns
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError
from parkgeo.units import AREA_UNITS_M2

__all__ = ["Plan", "fixed"]

COLUMNS: Final = ("row", "code", "column", "before", "after", "change", "change_zh")
_WORDS: Final[Mapping[str, Text]] = {
    "text-mojibake": Text("还原乱码", "misread text turned back"),
    "encoding-wrong": Text("按 {after} 重新读取", "read again as {after}"),
    "encoding-unstated": Text("写明编码", "the encoding is now said"),
    "axes-swapped": Text("交换 x 与 y", "x and y swapped"),
    "geometry-empty": Text("空图形改为空值", "empty geometry set to null"),
    "has-z": Text("去掉高程", "heights dropped"),
    "line-closed": Text("闭合线改为面", "closed line made a polygon"),
    "ring-open": Text("闭合界址点环", "ring closed"),
    "vertices-repeated": Text("删去重复点", "repeated vertices dropped"),
    "invalid": Text("修复图形，面积（平方米）", "geometry repaired; areas in m²"),
    "row-doubled": Text("删去重复行", "row that repeats an earlier one dropped"),
    "datum-suspect": Text("由 {before} 换算到 CGCS2000", "brought from {before} to CGCS2000"),
    "area-unit": Text("改正面积单位", "unit of the area corrected"),
    "area-unit-missing": Text("列名注明单位", "column named after its unit"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the check learned that a fix needs: notes on the reading, and the stated areas."""

    read: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    """What was put right in reading: by code the new state, and the rows."""
    stated: Stated | None = None


class _Log:
    """Changes, one by one."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []

    def add(
        self, code: str, row: object, before: object, after: object, *, column: object = None
    ) -> None:
        facts = {"before": before, "after": after}
        text = _WORDS[code]
        change = (text.en.format(**facts), text.zh.format(**facts))
        self.rows.append((row, code, column, before, after, *change))

    def add_rows(self, code: str, labels: Iterable[object]) -> None:
        for label in labels:
            self.add(code, label, None, None)


def fixed(
    frame: gpd.GeoDataFrame, plan: Plan, *, datum: str | None, areas: bool, area_unit: str | None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return a new frame, and the table of changes."""
    _require_known(datum, area_unit)
    log = _Log()
    for code, (after, rows) in plan.read.items():
        for label in frame.index[list(rows)] if rows else [None]:
            log.add(code, label, None, after)
    made = frame.copy()
    if areas and plan.stated is not None and plan.stated.name in made.columns:
        made = _with_units(made, plan.stated, log)
    if area_unit is not None:
        made = _with_unit(made, plan.stated, area_unit, log)
    made = _with_text(made, log)
    made = _with_shapes(made, log)
    made = _on_datum(made, datum, log)
    doubled = doubled_rows(made)
    log.add_rows("row-doubled", made.index[doubled])
    changes = pd.DataFrame(log.rows, columns=list(COLUMNS), dtype=object)
    return gpd.GeoDataFrame(made[~doubled]), changes


def _require_known(datum: str | None, area_unit: str | None) -> None:
    if datum is not None and datum not in crs.DATUMS:
        raise UnknownNameError(f"unknown datum {datum!r}; use one of {', '.join(crs.DATUMS)}")
    if area_unit is not None and area_unit not in AREA_UNITS_M2:
        raise UnknownNameError(
            f"unknown unit of area {area_unit!r}; use one of {', '.join(AREA_UNITS_M2)}"
        )


def _with_text(frame: gpd.GeoDataFrame, log: _Log) -> gpd.GeoDataFrame:
    """Turn misread text back, in values and in names of columns."""
    made = frame
    for name in text_columns(frame):
        values = frame[name]
        right = values.map(mended, na_action="ignore")
        changed = (values.notna() & (right != values)).to_numpy(dtype=bool, na_value=False)
        for row in np.flatnonzero(changed).tolist():
            log.add(
                "text-mojibake", frame.index[row], values.iloc[row], right.iloc[row], column=name
            )
        if changed.any():
            made = made.assign(**{str(name): right})
    renamed = {name: mended(name) for name in frame.columns}
    for name, right_name in renamed.items():
        if right_name != name:
            log.add("text-mojibake", None, name, right_name, column=right_name)
    return gpd.GeoDataFrame(made.rename(columns=renamed))


def _with_shapes(frame: gpd.GeoDataFrame, log: _Log) -> gpd.GeoDataFrame:
    """Put the geometries right, in an order in which one change makes no other necessary."""
    name = str(frame.active_geometry_name)
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object).copy()
    index = frame.index

    def mend(code: str, rows: NDArray[np.bool_], new: Any) -> None:  # noqa: ANN401 - geometries
        shapes[rows] = new
        log.add_rows(code, index[rows])

    # Nothing is done to rows with coordinates that are not finite: nothing in them is sure.
    whole = _is_finite(shapes) & ~shapely.is_missing(shapes)
    empty = whole & shapely.is_empty(shapes)
    mend("geometry-empty", empty, None)
    high = whole & (shapely.has_z(shapes) | shapely.has_m(shapes))
    mend("has-z", high, shapely.force_2d(shapes[high]))
    swapped = swapped_rows(gpd.GeoSeries(only_finite(shapes), crs=frame.crs))
    mend("axes-swapped", swapped, turned(shapes, swapped)[swapped])
    closed = whole & closed_lines(shapes)
    mend("line-closed", closed, [_solid(shape) for shape in shapes[closed]])
    # Of invalid rings a repair takes repeats away, and GEOS may find too few points left.
    solid = whole & (shapely.get_dimensions(shapes) == 2) & shapely.is_valid(shapes)  # noqa: PLR2004
    bare = shapes.copy()
    bare[solid] = shapely.remove_repeated_points(shapes[solid], 0.0)
    repeated = shapely.get_num_coordinates(bare) < shapely.get_num_coordinates(shapes)
    mend("vertices-repeated", repeated, bare[repeated])
    series = gpd.GeoSeries(shapes, index=index, crs=frame.crs)
    made = gpd.GeoDataFrame(frame.assign(**{name: series}), geometry=name)
    return _repaired(made, log)


def _solid(line: Any) -> Any:  # noqa: ANN401 - geometries
    """Make a polygon of each closed part."""
    parts = [shapely.Polygon(part.coords) for part in shapely.get_parts(line)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _repaired(frame: gpd.GeoDataFrame, log: _Log) -> gpd.GeoDataFrame:
    """Repair invalid rings where their place is known, as only there their area is."""
    if frame.crs is None:
        return frame
    by_position = frame.reset_index(drop=True)
    whole = by_position[_is_finite(by_position.geometry.to_numpy())]
    try:
        mended_rows, report = io.repair(gpd.GeoDataFrame(whole))
    except (GeometryError, ValueError):
        return frame
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object).copy()
    shapes[mended_rows.index] = mended_rows.geometry.to_numpy()
    rows: Any = report.itertuples()
    for one in rows:
        log.add(
            "invalid",
            frame.index[one.row],
            round(float(one.area_before_m2), 3),
            round(float(one.area_after_m2), 3),
            column=one.reason,
        )
    name = str(frame.active_geometry_name)
    series = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    return gpd.GeoDataFrame(frame.assign(**{name: series}), geometry=name)


def _is_finite(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = shapely.is_missing(shapes) == shapely.is_missing(only_finite(shapes))
    return same


def _on_datum(frame: gpd.GeoDataFrame, datum: str | None, log: _Log) -> gpd.GeoDataFrame:
    """Bring degrees from the datum that the user names to CGCS2000."""
    if datum is None:
        return frame
    said = crs.set_datum(frame, datum)
    made = gpd.GeoDataFrame(crs.to_geographic(said))
    if frame.crs is not None and frame.crs == made.crs and datum in {"wgs84", "cgcs2000"}:
        return made
    log.add("datum-suspect", None, datum, "cgcs2000")
    return made


def _with_units(frame: gpd.GeoDataFrame, stated: Stated, log: _Log) -> gpd.GeoDataFrame:
    """Write areas of a wrong unit in the right one."""
    raw = frame[stated.name].reset_index(drop=True)
    wrong = suggestions(raw, stated).dropna(subset="fits")
    if wrong.empty:
        return frame
    numeric = pd.api.types.is_numeric_dtype(raw)
    new = raw.astype("float64") if numeric else raw.astype(object)
    for row, one in wrong.iterrows():
        if numeric:
            factor = AREA_UNITS_M2[str(one["fits"])] / AREA_UNITS_M2[str(one["said"])]
            new.loc[row] = float(one["number"]) * factor
        else:
            new.loc[row] = f"{one['number']:.15g}{UNITS[str(one['fits'])]}"
        label = frame.index[int(str(row))]
        log.add("area-unit", label, raw.loc[row], new.loc[row], column=stated.name)
    return gpd.GeoDataFrame(frame.assign(**{str(stated.name): new.to_numpy()}))


def _with_unit(
    frame: gpd.GeoDataFrame, stated: Stated | None, unit: str, log: _Log
) -> gpd.GeoDataFrame:
    """Name the column of areas after its unit."""
    if stated is None or stated.unit is not None or stated.name not in frame.columns:
        raise SchemaError(
            f"area_unit={unit!r} is for a column of areas that has no unit, and there is none"
        )
    name = f"{stated.name}({UNITS.get(unit, unit)})"
    log.add("area-unit-missing", None, stated.name, name, column=name)
    return gpd.GeoDataFrame(frame.rename(columns={stated.name: name}))
