"""Quantities in the units that planners use: m², ha, km² and mu (亩), money, energy, mass, people.

One mu is 10 000/15 m², so 15 mu are a hectare and 1 500 mu are a square kilometre. Functions take
a number or anything that divides by a number (array, Series) and return the same.
"""

from functools import cache
from typing import Final, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.errors import SchemaError, UnknownNameError

__all__ = [
    "AREA_UNITS_M2",
    "HA_M2",
    "KM2_M2",
    "MU_M2",
    "UNITS",
    "convert",
    "km2_to_mu",
    "m2_to",
    "mu_to_km2",
    "to_m2",
]

Quantity = TypeVar("Quantity", float, NDArray[np.float64], "pd.Series[float]")

HA_M2: Final = 10_000.0
KM2_M2: Final = 1_000_000.0
MU_M2: Final = 10_000.0 / 15.0

AREA_UNITS_M2: Final[dict[str, float]] = {
    "m2": 1.0,
    "m²": 1.0,
    "平方米": 1.0,
    "㎡": 1.0,
    "万平方米": 10_000.0,
    "ha": HA_M2,
    "公顷": HA_M2,
    "万公顷": 10_000.0 * HA_M2,
    "km2": KM2_M2,
    "km²": KM2_M2,
    "平方公里": KM2_M2,
    "平方千米": KM2_M2,
    "mu": MU_M2,
    "亩": MU_M2,
    "万亩": 10_000.0 * MU_M2,
}
"""Square metres in one of each unit, by its English and Chinese names."""

_KINDS: Final[dict[str, dict[str, float]]] = {
    "area": AREA_UNITS_M2,
    "money": {
        "yuan": 1.0,
        "元": 1.0,
        "wanyuan": 1e4,
        "万元": 1e4,
        "百万元": 1e6,
        "千万元": 1e7,
        "亿元": 1e8,
        "万亿元": 1e12,
    },
    "energy": {
        "tce": 1.0,
        "吨标准煤": 1.0,
        "吨标煤": 1.0,
        "万吨标准煤": 1e4,
        "万吨标煤": 1e4,
    },
    "mass": {"kg": 0.001, "千克": 0.001, "公斤": 0.001, "t": 1.0, "吨": 1.0, "万吨": 1e4},
    "people": {"person": 1.0, "人": 1.0, "名": 1.0, "万人": 1e4},
    "number": {
        "count": 1.0,
        "个": 1.0,
        "家": 1.0,
        "项": 1.0,
        "处": 1.0,
        "万个": 1e4,
        "万家": 1e4,
    },
    "time": {"year": 1.0, "年": 1.0},
    "ratio": {"ratio": 1.0, "1": 1.0, "%": 0.01, "％": 0.01, "‰": 0.001},
}
UNITS: Final[dict[str, tuple[str, float]]] = {
    name: (kind, size) for kind, sizes in _KINDS.items() for name, size in sizes.items()
}
"""What each unit measures, and its size in the first unit of its kind."""


class _Unit(NamedTuple):
    """What a unit measures, above and below the line, and its size."""

    above: str
    below: tuple[str, ...]
    size: float


def convert(value: Quantity, unit: str, to: str) -> Quantity:
    """Turn a quantity from one unit into another of the same kind.

    Units are those of :data:`UNITS`, and their quotients: ``"万元/亩"``, ``"tce/万元"``.

    Parameters
    ----------
    value
        A number, an array or a Series.
    unit, to
        Unit that the value has, and unit asked for.

    Returns
    -------
    The same kind of thing as ``value``, in the unit asked for.

    Raises
    ------
    UnknownNameError
        No such unit.
    SchemaError
        The two measure different things.

    Examples
    --------
    >>> convert(1.87, "亿元", "万元")
    18700.0
    >>> round(convert(45.2, "万元/亩", "亿元/km2"), 9)
    6.78
    """
    given, asked = _unit(str(unit)), _unit(str(to))
    if (given.above, given.below) != (asked.above, asked.below):
        raise SchemaError(
            f"{unit!r} measures {_measures(given)} and {to!r} measures {_measures(asked)}; "
            "one cannot be turned into the other"
        )
    return value * (given.size / asked.size)


@cache
def _unit(text: str) -> _Unit:
    above, *below = (_simple(part.strip(), text) for part in text.split("/"))
    size = above[1]
    for _, part in below:
        size /= part
    return _Unit(above[0], tuple(sorted(kind for kind, _ in below)), size)


def _simple(name: str, text: str) -> tuple[str, float]:
    try:
        return UNITS[name]
    except KeyError:
        raise UnknownNameError(
            f"unknown unit {text!r}; use one of {', '.join(UNITS)}, or a quotient such as 万元/亩"
        ) from None


def _measures(unit: _Unit) -> str:
    return " per ".join((unit.above, *unit.below))


def _factor(unit: str) -> float:
    try:
        return AREA_UNITS_M2[unit]
    except (KeyError, TypeError):  # TypeError: what cannot be looked up, such as a list
        known = ", ".join(AREA_UNITS_M2)
        raise UnknownNameError(f"unknown unit of area {unit!r}; use one of {known}") from None


def to_m2(value: Quantity, unit: str) -> Quantity:
    """Turn an area in ``unit`` into square metres.

    Parameters
    ----------
    value
        A number, an array or a Series, in ``unit``.
    unit
        Unit of area, as for :func:`convert`.

    Returns
    -------
    The same kind of thing, in m².

    Raises
    ------
    UnknownNameError
        No such unit.

    Examples
    --------
    >>> to_m2(6900.0, "亩") / 1e6
    4.6
    """
    return value * _factor(unit)


def m2_to(value: Quantity, unit: str) -> Quantity:
    """Turn square metres into ``unit``.

    Parameters
    ----------
    value
        A number, an array or a Series, in m².
    unit
        Unit of area, as for :func:`convert`.

    Returns
    -------
    The same kind of thing, in ``unit``.

    Raises
    ------
    UnknownNameError
        No such unit.

    Examples
    --------
    >>> m2_to(10_000.0, "mu")
    15.0
    """
    return value / _factor(unit)


def mu_to_km2(value: Quantity) -> Quantity:
    """Turn mu (亩) into square kilometres.

    Parameters
    ----------
    value
        A number, an array or a Series, in mu.

    Returns
    -------
    The same kind of thing, in km².

    Examples
    --------
    >>> mu_to_km2(1500.0)
    1.0
    """
    return value / 1500.0


def km2_to_mu(value: Quantity) -> Quantity:
    """Turn square kilometres into mu (亩).

    Parameters
    ----------
    value
        A number, an array or a Series, in km².

    Returns
    -------
    The same kind of thing, in mu: 1 km² is 1 500 mu.

    Examples
    --------
    >>> km2_to_mu(2.0)
    3000.0
    """
    return value * 1500.0


def __dir__() -> list[str]:
    return sorted(__all__)
