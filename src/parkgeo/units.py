"""Areas in the units that planners use: m², ha, km² and mu (亩).

One mu is 10 000/15 m², so 15 mu are a hectare and 1 500 mu are a square kilometre. Functions take
a number or anything that divides by a number (array, Series) and return the same.
"""

from typing import Final, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["AREA_UNITS_M2", "HA_M2", "KM2_M2", "MU_M2", "km2_to_mu", "m2_to", "mu_to_km2", "to_m2"]

from parkgeo.errors import UnknownNameError

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


def _factor(unit: str) -> float:
    try:
        return AREA_UNITS_M2[unit]
    except KeyError:
        known = ", ".join(AREA_UNITS_M2)
        raise UnknownNameError(f"unknown unit of area {unit!r}; use one of {known}") from None


def to_m2(value: Quantity, unit: str) -> Quantity:
    """Turn an area in ``unit`` into square metres.

    Examples
    --------
    >>> to_m2(6900.0, "亩") / 1e6
    4.6
    """
    return value * _factor(unit)


def m2_to(value: Quantity, unit: str) -> Quantity:
    """Turn square metres into ``unit``.

    Examples
    --------
    >>> m2_to(10_000.0, "mu")
    15.0
    """
    return value / _factor(unit)


def mu_to_km2(value: Quantity) -> Quantity:
    """Turn mu (亩) into square kilometres.

    Examples
    --------
    >>> mu_to_km2(1500.0)
    1.0
    """
    return value / 1500.0


def km2_to_mu(value: Quantity) -> Quantity:
    """Turn square kilometres into mu (亩).

    Examples
    --------
    >>> km2_to_mu(2.0)
    3000.0
    """
    return value * 1500.0
