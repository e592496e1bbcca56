"""Which parcels are meant, and what each of them weighs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import column_of as only_column
from parkgeo.concentration._classes import in_classes
from parkgeo.concentration._land import Parcels, placed_of, table_of
from parkgeo.concentration._plane import (
    POINTS,
    POLYGONS,
    Flags,
    Floats,
    Indices,
    Placed,
    require_frame,
)
from parkgeo.concentration._shares import sizes_m2
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.landuse._groups import group_of
from parkgeo.units import KM2_M2

Where: TypeAlias = "pd.Series[bool] | Mapping[str, object] | None"
Weight: TypeAlias = str | int | None

AREA_UNIT: Final = "km2"
COUNT_UNIT: Final = "count"


@dataclass(frozen=True)
class Selection:
    """Which rows are meant, and the rows for which this cannot be told, by the reason."""

    chosen: Flags
    unknown: dict[str, Flags]
    as_text: Flags
    """Rows whose class was compared as text, by its beginning, since nobody says the system."""


@dataclass(frozen=True)
class _Condition:
    """Where one condition holds, and where it cannot be told."""

    name: str
    holds: Flags
    unknown: Flags
    as_text: Flags | None = None


@dataclass(frozen=True)
class Weighed:
    """The chosen parcels that have a geometry, on the plane, and the value of each."""

    placed: Placed
    value: Floats
    unit: str


def select(
    parcels: pd.DataFrame,
    *,
    where: Where,
    classes: Sequence[str] | str | None,
    system: str | None,
    systems: Collection[str] | None = None,
) -> Selection:
    """Choose the rows by a condition and by their class; both must hold.

    ``systems`` are those that occur in the whole of which these parcels are a batch.
    """
    if isinstance(parcels, gpd.GeoDataFrame):
        require_frame(parcels, "parcels")
    conditions = [*_by_where(parcels, where), *_by_class(parcels, classes, system, systems)]
    chosen = np.ones(len(parcels), dtype=np.bool_)
    possible = chosen.copy()
    for condition in conditions:
        chosen &= condition.holds
        possible &= condition.holds | condition.unknown
    unknown = {one.name: one.unknown & possible for one in conditions if one.unknown.any()}
    as_text = np.zeros(len(parcels), dtype=np.bool_)
    for condition in conditions:
        as_text |= False if condition.as_text is None else condition.as_text
    return Selection(chosen, unknown, as_text)


def column_of(frame: pd.DataFrame, name: str, what: str, *, by: str = "") -> "pd.Series[Any]":
    """Return a column, or offer the nearest name, and the argument ``by`` that names another."""
    if name in frame.columns:
        return only_column(frame, name)
    known = [str(column) for column in frame.columns]
    near = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    said = f"; say which it is with {by}" if by else ""
    raise UnknownNameError(f"{what} have no column {name!r}; {hint}{said}")


_TRUTHS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "1", "1.0", "yes", "y", "是"), True),
    **dict.fromkeys(("false", "0", "0.0", "no", "n", "否"), False),
}
"""How files without a type for it, such as a Shapefile, say true and false."""


def truths_of(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Read true and false, also as files write them (是, 否, 1, 0); null where it is neither."""
    places, distinct = pd.factorize(column)
    read = [_TRUTHS.get(str(value).strip().casefold()) for value in distinct]
    # The last entry is that of the nulls, whose place is -1.
    values = np.array([*read, None], dtype=object)[places]
    return pd.Series(values, index=column.index, dtype="boolean")


def _by_where(parcels: pd.DataFrame, where: Where) -> list[_Condition]:
    if where is None:
        return []
    if isinstance(where, Mapping):
        return [_by_value(parcels, name, wanted) for name, wanted in where.items()]
    if not isinstance(where, pd.Series) or not where.index.equals(parcels.index):
        raise SchemaError(
            "where must be a mapping such as {'status': 'built'}, or a boolean Series on the index "
            f"of the parcels; found {type(where).__name__}; write it as a condition on the frame's "
            "own columns",
        )
    null = where.isna().to_numpy(dtype=np.bool_)
    if not where[~null].map(lambda v: isinstance(v, bool | np.bool_)).all():
        raise SchemaError(f"where must be true or false; its values are {where.dtype}")
    holds = np.array([not none and bool(v) for v, none in zip(where, null, strict=True)])
    return [_Condition("where", holds.astype(np.bool_), null)]


def _by_value(parcels: pd.DataFrame, name: str, wanted: object) -> _Condition:
    column = column_of(parcels, name, "parcels")
    many = list(wanted) if isinstance(wanted, Collection) and not isinstance(wanted, str) else None
    holds = column.isin([wanted] if many is None else many).to_numpy(dtype=np.bool_)
    return _Condition(name, holds, column.isna().to_numpy(dtype=np.bool_) & ~holds)


def _by_class(
    parcels: pd.DataFrame,
    classes: Sequence[str] | str | None,
    system: str | None,
    systems: Collection[str] | None,
) -> list[_Condition]:
    if classes is None:
        if system is not None:
            raise SchemaError("system says what classes mean; give classes= too, such as '06'")
        return []
    codes = column_of(parcels, "class_code", "parcels")
    wanted = tuple(map(group_of, [classes] if isinstance(classes, str) else classes))
    found = in_classes(parcels, codes, wanted, system, systems)
    return [_Condition("class_code", found.holds, found.unknown, found.as_text)]


def weigh(
    parcels: Parcels, chosen: Flags, weight: Weight, *, origin: Floats | None = None
) -> Weighed:
    """Place the chosen parcels, and value each: its area in km², a column, or 1."""
    kinds = POLYGONS if weight is None else (*POLYGONS, *POINTS)
    rows = np.flatnonzero(chosen)
    placed = placed_of(parcels, rows, origin=origin, kinds=kinds)
    values = values_of(table_of(parcels), rows, weight)
    if values is None:
        return Weighed(placed, sizes_m2(placed.outlines) / KM2_M2, AREA_UNIT)
    return Weighed(placed, values[np.searchsorted(rows, placed.rows)], unit_of(weight))


def unit_of(weight: Weight) -> str:
    """Say in what a weight counts."""
    if weight is None:
        return AREA_UNIT
    return COUNT_UNIT if isinstance(weight, int) else weight


def values_of(parcels: pd.DataFrame, rows: Indices, weight: Weight) -> Floats | None:
    """Read the weights of some rows, or None where the area is the weight."""
    if weight is None:
        return None
    if isinstance(weight, int):
        if weight is True or weight != 1:
            raise SchemaError(f"weight must be a column, 1 to count, or None; not {weight!r}")
        return np.ones(len(rows))
    column = column_of(parcels, weight, "parcels").iloc[rows]
    values = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        found = first_rows(column[wrong].drop_duplicates())
        raise SchemaError(
            f"weight {weight!r}: found {found} in rows {first_rows(column.index[wrong])}; a weight "
            "is a finite number, 0 or more. Fill it in, write 0 where there is none, or leave the "
            "rows out by where",
        )
    return values
