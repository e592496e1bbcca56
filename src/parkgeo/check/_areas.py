"""Stated against measured area: wrong units, missing units, and plain differences."""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo.check._attributes import readable_area
from parkgeo.check._finding import Finding, few, say
from parkgeo.check._subject import Ground, Subject
from parkgeo.crs import to_plane
from parkgeo.io import _aliases
from parkgeo.units import AREA_UNITS_M2, KM2_M2

__all__ = ["Stated", "areas", "stated_of", "suggestions"]

Floats = NDArray[np.float64]

UNITS: Final = {
    "m2": "平方米",
    "ha": "公顷",
    "km2": "平方公里",
    "mu": "亩",
    "万亩": "万亩",
}
"""The units that are tried, with the name that is written."""
_NEAR: Final = np.log(1.25)
"""So near must an area in another unit come to the measured one to be taken for it."""
_FAR: Final = np.log(3.0)
"""So far off must the area in the stated unit be: no unit differs from another by less than 15."""


class Stated(NamedTuple):
    """One column of stated areas, by position."""

    name: Any
    unit: str | None
    km2: "pd.Series[float]"
    measured_km2: "pd.Series[float]"


def stated_of(subject: Subject, ground: Ground, brands: "pd.Series[Any] | None") -> Stated | None:
    """Return what is stated and what is measured.

    Where the rows of a brand repeat one and the same area, it is that of the brand, and so is what
    is measured.
    """
    named = [
        (name, unit) for name, (target, unit) in subject.meanings.items() if target == _aliases.AREA
    ]
    if not named:
        return None
    name, unit = named[0]
    column = subject.frame[name]
    km2 = readable_area(column, unit)
    solid = shapely.get_dimensions(ground.metres) == 2  # noqa: PLR2004 - polygons
    plane = to_plane(ground.degrees).to_numpy()
    area_m2 = np.where(solid & shapely.is_valid(plane), shapely.area(plane), np.nan)
    measured = pd.Series(area_m2 / KM2_M2)
    if brands is not None:
        raw = column.reset_index(drop=True)
        groups = raw.groupby(brands)
        shared = (groups.transform("nunique") == 1) & (groups.transform("size") > 1)
        total = measured.groupby(brands).transform("sum")
        nearer = _off(km2 / total) < _off(km2 / measured)
        measured = measured.where(~(shared & (nearer | km2.isna())), total)
    return Stated(name, unit, km2, measured)


def areas(subject: Subject, stated: Stated) -> list[Finding]:
    """Tell areas without a unit, in a wrong unit, and those that differ."""
    raw = subject.frame[stated.name].reset_index(drop=True)
    numeric = pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw)
    if numeric and stated.unit is None:
        if raw.isna().all():
            return []
        en, zh = _hint(raw.astype("float64"), stated.measured_km2)
        rows = np.flatnonzero(raw.notna())
        return [say("area-unit-missing", rows, column=few([stated.name]), hint=en, hint_zh=zh)]
    odd = raw[raw.notna() & stated.km2.isna()]
    found = []
    if len(odd):
        shown = few(odd.drop_duplicates())
        found.append(say("area-unreadable", odd.index, column=few([stated.name]), values=shown))
    meant = suggestions(raw, stated)
    for (said, unit), group in meant.dropna(subset="fits").groupby(["said", "fits"], sort=True):
        ratio = (stated.km2 / stated.measured_km2)[group.index]
        found.append(
            say(
                "area-unit",
                group.index,
                column=few([stated.name]),
                said=said,
                fits=UNITS[str(unit)],
                factor=float(ratio.median()),
            )
        )
    plain = meant["fits"].isna()
    change = (stated.km2 / stated.measured_km2 - 1).where(plain)
    off = np.flatnonzero(np.isfinite(change) & (change.abs() > subject.limits.area))
    if len(off):
        shown = few(
            f"{subject.frame.index[row]}: {stated.km2[row]:.4g} / {stated.measured_km2[row]:.4g} "
            f"km² ({change[row]:+.0%})"
            for row in off.tolist()
        )
        found.append(say("area-differs", off, values=shown, limit=subject.limits.area))
    return found


def suggestions(raw: "pd.Series[Any]", stated: Stated) -> pd.DataFrame:
    """Say by row which unit is stated, and which fits where the stated one is far off."""
    said = [_unit(value, stated.unit) for value in raw]
    size = np.array([AREA_UNITS_M2.get(unit or "", np.nan) for unit in said])
    number = stated.km2.to_numpy() * KM2_M2 / size
    measured_m2 = stated.measured_km2.to_numpy() * KM2_M2
    sizes = np.array([AREA_UNITS_M2[unit] for unit in UNITS])
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(np.log(number[:, None] * sizes / measured_m2[:, None]))
        own = np.abs(np.log(number * size / measured_m2))
    off = np.where(np.isfinite(off), off, np.inf)
    best = off.argmin(axis=1)
    wrong = np.isfinite(own) & (own > _FAR) & (off.min(axis=1) <= _NEAR)
    fits = np.where(wrong, np.array(list(UNITS), dtype=object)[best], None)
    return pd.DataFrame({"said": said, "fits": fits, "number": number}, index=raw.index)


def _unit(value: object, unit: str | None) -> str | None:
    """Return the unit that a value names, else that of its column."""
    if isinstance(value, str):
        found = _aliases._QUANTITY.fullmatch(value)  # noqa: SLF001 - one reading of quantities
        if found is not None:
            return found[2]
    return unit


def _hint(number: "pd.Series[float]", measured_km2: "pd.Series[float]") -> tuple[str, str]:
    """Name the unit in which the numbers come nearest to what is measured."""
    off = {
        unit: float(_off(number * AREA_UNITS_M2[unit] / KM2_M2 / measured_km2).median())
        for unit in UNITS
        if (number > 0).any()
    }
    near = {unit: value for unit, value in off.items() if value <= _NEAR}
    if not near:
        return "; no usual unit fits the measured areas", "；常用单位均与图形不符"
    best = min(near, key=lambda unit: near[unit])
    return f"; {UNITS[best]} ({best}) fits the measured areas", f"；按{UNITS[best]}与图形吻合"


def _off(ratio: "pd.Series[float]") -> "pd.Series[float]":
    """Return how far a ratio is from 1, either way; NaN where it is none."""
    known = ratio.where(ratio > 0).to_numpy()
    return pd.Series(np.abs(np.log(known)), index=ratio.index)
