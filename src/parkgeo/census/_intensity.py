"""How intensively the land of a zone is used, in the manner of TD/T 1029.

The formulas are data: ``indicators.csv`` beside this module.
"""

from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Final

import numpy as np
import pandas as pd

from parkgeo.census._keys import column_of, require_table
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.units import km2_to_mu

_INDUSTRY_LED: Final = 0.30
_HOUSING: Final = 0.25
_PER_KM2: Final = "_per_km2"
_WORDS: Final = {
    "en": ("is not known", "is 0", "is more than"),
    "zh": ("不明", "为 0", "大于"),
}
_ORDER: Final = (
    ("ready_km2", "buildable_km2"), ("supplied_km2", "ready_km2"), ("industrial_km2", "built_km2"),
    ("housing_km2", "built_km2"), ("idle_km2", "supplied_km2"), ("footprint_km2", "built_km2"),
    ("industrial_footprint_km2", "industrial_km2"),
)  # fmt: skip
"""Of two areas the first lies in the second."""

_ROUNDING: Final = 1e-9


def indicators() -> pd.DataFrame:
    """Return the indicators, each with its formula and denominator (评价指标).

    Returns
    -------
    Index ``indicator``; ``name_zh``, ``name_en``, ``numerator`` and ``denominator`` (columns of the
    totals), ``symbol`` (in the letters of the standard), ``unit``.

    References
    ----------
    TD/T 1029, 开发区土地集约利用评价规程.

    Examples
    --------
    >>> indicators().loc["build_rate", ["name_zh", "symbol"]].tolist()
    ['土地建成率', 'A / D']
    """
    return _formulas().copy()


@cache
def _formulas() -> pd.DataFrame:
    text = files(__package__).joinpath("indicators.csv").read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text), dtype="str").set_index("indicator")


def intensity(totals: pd.DataFrame) -> pd.DataFrame:
    r"""Evaluate how intensively zones use their land (开发区土地集约利用评价).

    .. math:: \frac{A + B_{21}}{A + B}, \quad \frac{D}{A + B_{21}}, \quad \frac{A}{D}, \quad
              \frac{A_2}{A}, \; \dots

    with A the built urban land, A₂ the industrial, mining and storage land in it, B the buildable
    land that is not built, B₂₁ what of it is ready to be supplied, D the supplied land.
    :func:`indicators` has all formulas.

    Parameters
    ----------
    totals
        One row per zone, as of :func:`land_totals` or from a yearbook. Areas in km²:
        ``buildable_km2`` (A + B), ``ready_km2`` (A + B₂₁), ``supplied_km2`` (D), ``built_km2``
        (A), ``industrial_km2`` (A₂), ``housing_km2``, ``idle_km2`` (G), ``floor_area_km2``,
        ``footprint_km2``, ``industrial_floor_area_km2``, ``industrial_footprint_km2``; amounts in
        any unit: ``industrial_fixed_assets``, ``industrial_output``, ``industrial_tax``, ``tax``.
        A column that is missing is not known. ``note`` and ``note_zh`` are carried along.

    Returns
    -------
    On the index of ``totals``: one column per indicator, rates 0–1; amounts per km² and, with
    ``_per_mu``, per mu; ``zone_type``: "industry-led" (工业主导型) where A₂/A > 30 % and housing
    < 25 % of A, "mixed town" (产城融合型) where A₂/A ≤ 30 % and housing ≥ 25 %, else "other", null
    where either is not known; ``reason`` and ``reason_zh``: why indicators are null, and what
    totals contradict each other.

    Raises
    ------
    SchemaError
        Totals that are no numbers, negative areas, no column that is known.
    UnknownNameError
        A column ending in ``_km2`` that is none of these.

    Notes
    -----
    What is not known is NaN and never 0; so is a rate over nothing. Rates above 1 are not cut: land
    that was built without being supplied makes a build rate above 1.

    References
    ----------
    TD/T 1029, 开发区土地集约利用评价规程.

    Examples
    --------
    >>> land = pd.DataFrame({"supplied_km2": [4.0], "built_km2": [3.0]}, index=["zone"])
    >>> float(intensity(land).loc["zone", "build_rate"])
    0.75
    """
    known = _read(totals)
    made = pd.DataFrame(
        {
            str(name): (known[one["numerator"]] / _positive(known[one["denominator"]])).to_numpy()
            for name, one in _formulas().iterrows()
        },
        index=totals.index,
    )
    for name in [name for name in made.columns if name.endswith(_PER_KM2)]:
        made[name.replace(_PER_KM2, "_per_mu")] = made[name] / km2_to_mu(1.0)
    made["zone_type"] = _zone_type(known).to_numpy()
    for column, language, note in (("reason", "en", "note"), ("reason_zh", "zh", "note_zh")):
        made[column] = _joined(_reasons(known, language), totals.get(note))
    return made


def _positive(values: "pd.Series[float]") -> "pd.Series[float]":
    """Return denominators; nothing can be divided by 0."""
    return values.where(values > 0)


def _reasons(known: pd.DataFrame, language: str) -> list[list[str]]:
    """Say of each zone why indicators are null, and which totals contradict each other."""
    unknown, zero, more = _WORDS[language]
    said: list[list[str]] = [[] for _ in range(len(known))]

    def say(rows: "pd.Series[bool]", text: str) -> None:
        for row in np.flatnonzero(rows.to_numpy()):
            said[row].append(text)

    for name, formula in _formulas().iterrows():
        called = f"{name}: " if language == "en" else f"{formula['name_zh']}："
        above, below = formula["numerator"], formula["denominator"]
        for column in (above, below):
            say(known[column].isna(), f"{called}{column} {unknown}")
        say(known[below] == 0, f"{called}{below} {zero}")
    for part, whole in _ORDER:
        say(known[part] > known[whole] * (1 + _ROUNDING), f"{part} {more} {whole}")
    return said


def _read(totals: pd.DataFrame) -> pd.DataFrame:
    """Return every column that a formula needs, by position; null where it is missing."""
    require_table(totals, "totals")
    formulas = _formulas()
    needed = [*dict.fromkeys([*formulas["numerator"], *formulas["denominator"], "housing_km2"])]
    strange = [n for n in map(str, totals.columns) if n.endswith("_km2") and n not in needed]
    strange = [name for name in strange if name not in _BESIDE]
    if strange:
        raise UnknownNameError(
            f"totals have columns {', '.join(strange)}, which are no total of this evaluation; "
            f"there are {', '.join(needed)}",
        )
    if not set(needed) & set(totals.columns):
        raise SchemaError(f"totals have none of the columns {', '.join(needed)}")
    read = {}
    for name in needed:
        if name not in totals.columns:
            read[name] = np.full(len(totals), np.nan)
            continue
        given = column_of(totals, name, "totals")
        values = np.array(pd.to_numeric(given, errors="coerce"), dtype=np.float64)
        wrong = (np.isnan(values) & given.notna().to_numpy()) | np.isinf(values)
        if name.endswith("_km2"):
            wrong |= values < 0
        if wrong.any():
            raise SchemaError(
                f"{name}: {first_rows(given[wrong].drop_duplicates())} in rows "
                f"{first_rows(totals.index[wrong])} is no amount; write a number, and null where "
                "it is not known",
            )
        read[name] = values
    return pd.DataFrame(read, index=pd.RangeIndex(len(totals)))


_BESIDE: Final = ("unknown_km2", "total_km2")
"""Areas that :func:`land_totals` gives and no indicator needs."""


def _joined(reasons: list[list[str]], notes: "pd.Series | None") -> list[str]:
    said = (
        [""] * len(reasons) if notes is None else notes.astype(object).fillna("").map(str).tolist()
    )
    return [
        "; ".join([*([note] if note else []), *some])
        for some, note in zip(reasons, said, strict=True)
    ]


def _zone_type(known: pd.DataFrame) -> "pd.Series":
    built = known["built_km2"].where(known["built_km2"] > 0)
    industry, housing = known["industrial_km2"] / built, known["housing_km2"] / built
    led = (industry > _INDUSTRY_LED) & (housing < _HOUSING)
    mixed = (industry <= _INDUSTRY_LED) & (housing >= _HOUSING)
    named = np.select([led, mixed], ["industry-led", "mixed town"], "other")
    return pd.Series(named, dtype="str").where(industry.notna() & housing.notna())
