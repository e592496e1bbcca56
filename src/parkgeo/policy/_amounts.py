"""What firms earn, use and employ: the unit of each amount, and the columns that hold it."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._style import Text
from parkgeo.errors import AmbiguousNameError, SchemaError, first_rows
from parkgeo.policy._quantities import in_units, require_columns

__all__ = [
    "AMOUNTS",
    "LAND",
    "Notes",
    "amount",
    "column_name",
    "flags",
    "has_amount",
    "is_number",
    "name_of",
]

Flags = NDArray[np.bool_]


class Amount(NamedTuple):
    """An amount that a register gives for each firm."""

    unit: str
    name: Text
    signed: bool = False
    """Whether it may be below zero: tax that is paid back, value added at a loss."""


AMOUNTS: Final[dict[str, Amount]] = {
    "tax": Amount("wanyuan", Text("税收", "tax"), signed=True),
    "output": Amount("wanyuan", Text("产值", "output")),
    "added_value": Amount("wanyuan", Text("增加值", "added value"), signed=True),
    "revenue": Amount("wanyuan", Text("营业收入", "revenue")),
    "rd": Amount("wanyuan", Text("研发经费", "R&D spending")),
    "energy": Amount("tce", Text("能耗", "energy")),
    "emission": Amount("t", Text("排放量", "emissions")),
    "employment": Amount("person", Text("职工人数", "employment")),
}
"""Amounts of a firm, the unit in which results have them, and their names."""

LAND: Final = Amount("mu", Text("用地", "land"))

_FLAGS: Final = {"是": True, "否": False, "true": True, "false": False, "yes": True, "no": False}


class Notes:
    """Reasons of many rows at once, in both languages."""

    def __init__(self, size: int) -> None:
        self._zh = np.full(size, "", dtype=object)
        self._en = np.full(size, "", dtype=object)

    def add(self, rows: Flags, text: Text) -> None:
        """Add one reason to some rows, behind those that they have."""
        at = np.flatnonzero(rows)
        self.add_each(at, [text.zh] * len(at), [text.en] * len(at))

    def add_each(
        self, at: NDArray[np.intp], zh: Sequence[str], en: Sequence[str], *, first: bool = False
    ) -> None:
        """Add a reason of its own to each of some rows, behind or before those that they have."""
        for own, mark, texts in ((self._zh, "；", zh), (self._en, "; ", en)):
            new = np.array([*texts, None], dtype=object)[:-1]
            between = np.array(["" if text == "" else mark for text in own[at]], dtype=object)
            own[at] = new + between + own[at] if first else own[at] + between + new

    def columns(self) -> dict[str, NDArray[np.object_]]:
        """Return the two columns; null where nothing was said."""
        told = {"reason": self._zh, "reason_en": self._en}
        return {
            name: np.array([text or None for text in own], object) for name, own in told.items()
        }


def name_of(name: str) -> Text:
    """Return what an amount is called."""
    if name == "land":
        return LAND.name
    return AMOUNTS[name].name if name in AMOUNTS else Text.same(name)


def column_name(name: str, unit: str) -> str:
    """Name the column that holds an amount in a unit; people are counted without one."""
    return name if unit == "person" else f"{name}_{unit}"


def has_amount(frame: pd.DataFrame, name: str, unit: str) -> bool:
    """Say whether a frame has an amount, under its name or with its unit in the name."""
    return bool(frame.columns.isin([name, column_name(name, unit)]).any())


def amount(  # noqa: PLR0913 - what in_units asks, for one amount
    frame: pd.DataFrame,
    name: str,
    unit: str,
    *,
    units: Mapping[str, str],
    what: str,
    signed: bool | None = None,
) -> "pd.Series[float]":
    """Read an amount, ``tax`` in its declared unit or ``tax_wanyuan`` in that of its name."""
    named = column_name(name, unit)
    own = frame.columns.tolist()
    if named != name and name in own and named in own:
        raise AmbiguousNameError(f"{what} has both {name!r} and {named!r}; drop one of them")
    column = name if name in own or named not in own else named
    require_columns(frame, column, what=what)
    if signed is None:
        signed = name in AMOUNTS and AMOUNTS[name].signed
    # The name of a column says its unit, and people are counted in persons.
    if column == named and column not in units and f"{column}_unit" not in own:
        units = {**units, column: unit}
    if column == named != name and units.get(column, unit) != unit:
        raise SchemaError(
            f"{what}: units gives {column!r} in {units[column]!r}, and its name says {unit!r}; "
            f"rename it to {name!r}"
        )
    return in_units(frame, {column: unit}, units=units, what=what, negative=signed)[column]


def flags(frame: pd.DataFrame, column: str, *, what: str) -> tuple[Flags, Flags]:
    """Read a column of yes and no; the second array says where neither is written."""
    require_columns(frame, column, what=what)
    given = frame[column].astype(object)
    blank = given.isna().to_numpy(dtype=bool)
    words = given.map(lambda one: _FLAGS.get(str(one).strip().lower()) if _is_word(one) else one)
    known = words.isin([True, False]).to_numpy(dtype=bool)
    if (wrong := ~known & ~blank).any():
        raise SchemaError(
            f"{what}: {column} holds {str(given[wrong].iloc[0])[:40]!r} in rows "
            f"{first_rows(frame.index[wrong])}; write True and False, or 是 and 否"
        )
    return (words.where(known, other=False) == True).to_numpy(dtype=bool), blank  # noqa: E712


def is_number(value: object) -> bool:
    """Say whether an argument is a number, of Python or of NumPy."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_word(value: object) -> bool:
    return isinstance(value, str)
