"""Columns of numbers in the units that they are declared in, or a message that names the rows."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from parkgeo.errors import ParkgeoError, SchemaError, UnknownNameError, first_rows
from parkgeo.units import convert

__all__ = ["in_units", "require_columns", "require_units", "wrong_cells"]

_SUFFIX: Final = "_unit"


def require_columns(frame: pd.DataFrame, *columns: str, what: str) -> None:
    """Raise a SchemaError where a frame lacks a column, or has it twice."""
    if not isinstance(frame, pd.DataFrame):
        raise SchemaError(f"{what} must be a DataFrame, not a {type(frame).__name__}")
    own = frame.columns.tolist()
    if missing := [column for column in columns if column not in own]:
        raise SchemaError(
            f"{what} has no column {', '.join(map(repr, missing))}; found "
            f"{', '.join(map(str, own[:12])) or 'no column'}"
        )
    if doubled := [column for column in columns if own.count(column) > 1]:
        raise SchemaError(f"{what} has several columns named {', '.join(map(repr, doubled))}")


def require_units(units: object) -> None:
    """Raise a SchemaError where units are no mapping from columns."""
    if not isinstance(units, Mapping):
        raise SchemaError(
            f"units must say the unit of each column, such as {{'tax': '万元'}}, not {units!r}"
        )


def wrong_cells(values: "pd.Series[Any]", wrong: "pd.Series[bool]", says: str) -> list[str]:
    """Say in one line what is wrong with some cells of a column, and in which rows; or nothing."""
    if not wrong.any():
        return []
    found = first_rows(values[wrong].drop_duplicates(), most=3)
    return [f"column {values.name}: {found} {says}; rows {first_rows(values.index[wrong])}"]


def in_units(
    frame: pd.DataFrame,
    asked: Mapping[str, str],
    *,
    units: Mapping[str, str],
    what: str,
    negative: bool = False,
) -> pd.DataFrame:
    """Return columns as floats in the units asked for.

    Parameters
    ----------
    frame
        With the columns asked for.
    asked
        Unit of :func:`parkgeo.units.convert` that each column is returned in.
    units
        Unit that each column has. A column ``tax_unit`` beside ``tax`` gives each row its own, and
        is used where ``units`` does not name the column.
    what
        What the frame is called in messages.
    negative
        Whether numbers below zero are taken.

    Returns
    -------
    The columns asked for, on the index of the frame; what is missing stays NaN.

    Raises
    ------
    SchemaError
        A column is missing, no unit is declared for it, its unit measures something else, or rows
        hold what is no number, infinite, or negative where it must not be.
    """
    require_columns(frame, *asked, what=what)
    if strangers := [name for name in units if name not in frame.columns]:
        raise SchemaError(
            f"units names {', '.join(map(repr, strangers))}, which {what} does not have"
        )
    return pd.DataFrame(
        {
            column: _column(frame, column, to, units=units, what=what, negative=negative)
            for column, to in asked.items()
        },
        index=frame.index,
    )


def _column(  # noqa: PLR0913 - the options of in_units, for one column
    frame: pd.DataFrame,
    column: str,
    to: str,
    *,
    units: Mapping[str, str],
    what: str,
    negative: bool,
) -> "pd.Series[float]":
    values = _numbers(frame[column], what=what)
    if not negative and (low := values < 0).any():
        raise SchemaError(
            f"{what}: {column} is below zero in rows {first_rows(frame.index[low])}; correct them, "
            "or set them to missing"
        )
    if column in units:
        return _convert(values, units[column], to, where=f"{what}: {column}")
    own = f"{column}{_SUFFIX}"
    if own not in frame.columns:
        raise SchemaError(
            f"{what}: no unit is declared for {column!r}; say units={{{column!r}: {to!r}}}, or "
            f"give each row its own in a column {own!r}"
        )
    return _convert_rows(values, frame[own], to, where=f"{what}: {own}")


def _numbers(column: "pd.Series[Any]", *, what: str) -> "pd.Series[float]":
    """Return a column as floats; a boolean or a text that is no number is refused, by its row."""
    truth = column.map(lambda value: isinstance(value, bool | np.bool_))
    if (truth := truth.astype(bool)).any():
        raise SchemaError(
            f"{what}: {column.name} holds yes and no, not numbers, in rows "
            f"{first_rows(column.index[truth])}"
        )
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = numbers.isna() & column.notna()
    finite = numbers.astype("float64")
    wrong |= ~np.isfinite(finite) & column.notna()
    if wrong.any():
        found = column[wrong].iloc[0]
        raise SchemaError(
            f"{what}: {column.name} holds {str(found)[:40]!r}, no finite number, in rows "
            f"{first_rows(column.index[wrong])}; write plain numbers, and leave a cell empty where "
            "nothing is known"
        )
    return finite


def _convert_rows(
    values: "pd.Series[float]", units: "pd.Series[Any]", to: str, *, where: str
) -> "pd.Series[float]":
    """Convert each row from its own unit; a row without a value needs none."""
    nameless = units.isna() & values.notna()
    if nameless.any():
        raise SchemaError(f"{where} is empty in rows {first_rows(units.index[nameless])}")
    result = values.copy()
    for unit in units[values.notna()].unique():
        rows = ((units == unit) & values.notna()).to_numpy()
        place = f"{where}, rows {first_rows(units.index[rows])}"
        result[rows] = _convert(values[rows], str(unit), to, where=place)
    return result


def _convert(values: "pd.Series[float]", unit: str, to: str, *, where: str) -> "pd.Series[float]":
    try:
        return convert(values, unit, to)
    except UnknownNameError as error:
        raise UnknownNameError(f"{where}: {error}") from None
    except ParkgeoError as error:
        raise SchemaError(f"{where}: {error}") from None
