"""How far zones have come on the way to dated targets."""

from collections.abc import Hashable, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.errors import SchemaError, first_rows
from parkgeo.policy._indicators import GROWTH, dates_of, is_ratio, tidy_indicators
from parkgeo.policy._quantities import in_units, require_columns
from parkgeo.policy._verdict import reasons_of
from parkgeo.units import convert

__all__ = ["STATUSES", "evaluate"]

Floats = NDArray[np.float64]

STATUSES: Final = ("met", "on_track", "behind", "missed", "outstanding", "open", "no_data")
"""Met; not yet, and as far as the path asks; less far, or no path is known; not met at the due
date; due, with no figure of that date yet; not met, with no date to be met by; no figure."""

_PATH: Final = ("total", "cumulative", "growth")
"""What is asked of each year has no path: each year stands for itself."""
_FLOORS: Final = ("at_least", "more_than", "all", "about")
_CEILINGS: Final = ("at_most", "less_than")
_STRICT: Final = ("more_than", "less_than")
_ROUNDING: Final = 1e-9
_YEAR: Final = pd.DateOffset(years=1)
_TARGET: Final = "_target"
_ROW: Final = "_row"
_COLUMNS: Final = (
    "indicator_id", "document_id", "item", "measure", "name", "name_en", "scope", "evaluated_on",
    "observed_on", "value", "target", "high", "unit", "bound", "per", "gap", "baseline_on",
    "baseline", "expected", "progress", "achievement", "due_on", "status", "rank", "reason",
    "reason_en",
)  # fmt: skip


def evaluate(  # noqa: PLR0913 - independent options, all by keyword
    observations: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    on: str | date | None = None,
    by: str | Sequence[str] | None = None,
    baseline_on: str | date | None = None,
    about: float = 0.05,
    stale_days: int | None = None,
) -> pd.DataFrame:
    r"""Say of each target whether it is met, on the way, or behind (目标完成情况评价).

    The newest figure not after ``on`` counts. A target is on track where that figure is as far as
    the straight line from the baseline to the target on the due date is on the day of the figure:

    .. math:: expected = b + (a - b) \frac{t - t_b}{t_{due} - t_b}, \qquad
       progress = \frac{v - b}{a - b}

    with the baseline :math:`b`, the value asked for :math:`a` and the newest value :math:`v`.

    Parameters
    ----------
    observations
        One row per figure: ``measure`` (or ``indicator_id``, for a figure that answers this
        indicator only), ``value``, ``unit``, ``observed_on`` (a sum over a year stands on its last
        day), the columns of ``by``, and ``scope`` where figures of different scopes stand in one
        frame: a figure with a scope answers targets of that scope only. A row without a value is
        no figure.
    targets
        As :func:`targets` gives, or any frame with ``indicator_id``, ``measure``, ``value``,
        ``unit`` and ``bound``; rules too, but no facts.
    on
        The day of the evaluation; without it the day of the newest figure.
    by
        Column, or columns, that say whose figure it is, such as ``"zone"``: each target is asked of
        each. Without it all figures are of one and the same.
    baseline_on
        Day from which targets start that name no baseline year.
    about
        How far below an "about" (左右) still meets it, as a share of the value. The documents do
        not say; 0.05 is a convention of this library.
    stale_days
        A figure older than this at ``on`` does not count. Without it every figure does.

    Returns
    -------
    One row per target and group, targets in their order and groups sorted: columns of ``by``;
    ``indicator_id``, ``document_id``, ``item``, ``measure``, ``name``, ``name_en``, ``scope``;
    ``evaluated_on``; ``observed_on`` and ``value`` (newest figure, in ``unit``); ``target``,
    ``high``, ``unit``, ``bound``, ``per``; ``gap`` (in ``unit``: positive is what is missing,
    negative is what is beyond; 0 within a range); ``baseline_on``, ``baseline``; ``expected``;
    ``progress`` (share of the way from the baseline; null without one); ``achievement`` (value
    over target, the other way round for a ceiling, never below 0; null where the target is not
    above 0); ``due_on``; ``status``; ``rank`` among the groups (1 is best, ties share the
    better one; null without a figure); ``reason`` (Chinese) and ``reason_en``.

    Statuses: ``met``; ``on_track``; ``behind`` (also where no path is known); ``missed`` (the due
    date is past, and a figure from then or later does not meet it); ``outstanding`` (it is past,
    and the newest figure is from before); ``open`` (not met, and no due date); ``no_data``.

    Raises
    ------
    SchemaError
        Columns, dates, numbers or units are missing or wrong; a unit measures something else than
        the target's; one date has different values; facts among the targets.
    UnknownNameError
        No such unit.

    Notes
    -----
    *Baseline*: the group's own figure at the baseline date, or within the year before; else the
    indicator's ``baseline_value``; else 0 for a cumulative amount. Without one nothing can be on
    track.

    *Growth*: figures in a unit of ratio are growth rates; others are levels, and growth is taken
    from the level at the baseline, or the earliest one, per year as a compound rate. Only whole
    years compare for sums over a year.

    *Strictness*: a value equal to the target meets it, except where the words are "more than"
    (超过, 突破) or "less than".

    Examples
    --------
    >>> asked = pd.DataFrame({"indicator_id": ["tax"], "measure": ["tax_per_mu"], "value": [40],
    ...     "unit": ["万元/亩"], "bound": ["at_least"], "due_on": ["2025-12-31"]})
    >>> seen = asked.assign(value=0.0045, unit="亿元/亩", observed_on="2024-12-31")
    >>> evaluate(seen, asked, on="2025-06-30")[["value", "gap", "status"]].values.tolist()
    [[45.0, -5.0, 'met']]
    """
    start = pd.NaT if baseline_on is None else _day(baseline_on, "baseline_on")
    if not 0 <= about < 1:
        raise SchemaError(f"about must be a share from 0 to below 1, not {about!r}")
    asked = _asked(targets, start)
    names = _names(by)
    keys = [f"_by{place}" for place in range(len(names))]
    seen = _observed(observations, names)
    day = _newest_day(seen) if on is None else _day(on, "on")
    seen.loc[seen["observed_on"] > day, "value"] = np.nan
    answers = _distinct(_answers(asked, seen), keys)
    frame = _newest(_grid(asked, seen, keys), answers, keys)
    if stale_days is not None:
        frame["stale"] = (day - frame["observed_on"]).dt.days > stale_days
        frame.loc[frame["stale"], "value"] = np.nan
    else:
        frame["stale"] = False
    frame = _from_baseline(frame, answers, keys)
    frame["evaluated_on"] = day
    _measure(frame, about)
    frame["status"] = _statuses(frame, day)
    frame["rank"] = _ranks(frame)
    frame["reason"], frame["reason_en"] = reasons_of(frame)
    found = frame[[*keys, *_COLUMNS]].rename(columns=dict(zip(keys, names, strict=True)))
    return found.reset_index(drop=True)


def _day(value: object, what: str) -> pd.Timestamp:
    days, wrong = dates_of(pd.Series([value], dtype="object"))
    if wrong.any() or days.isna().any():
        raise SchemaError(f"{what} must be a day such as '2025-12-31', not {value!r}")
    return pd.Timestamp(days.iloc[0])


def _asked(targets: pd.DataFrame, start: Any) -> pd.DataFrame:  # noqa: ANN401 - may be NaT
    """Return the targets with their baseline date, numbered."""
    tidy = tidy_indicators(targets, what="targets").reset_index(drop=True)
    facts = tidy["role"] == "fact"
    if facts.any():
        raise SchemaError(
            f"targets holds facts, which ask for nothing: {first_rows(tidy['indicator_id'][facts])}"
            "; take policy.targets(), or rows with another role"
        )
    tidy = tidy.rename(columns={"value": "target", "unit": "to", "observed_on": "found_on"})
    years = tidy["baseline_year"].map("{:.0f}-12-31".format, na_action="ignore")
    named = pd.to_datetime(years).astype("datetime64[us]")
    tidy["baseline_on"] = named.where(named.notna(), start).astype("datetime64[us]")
    tidy[_TARGET] = np.arange(len(tidy))
    return tidy


def _names(by: str | Sequence[str] | None) -> list[str]:
    names = [] if by is None else [by] if isinstance(by, str) else list(dict.fromkeys(by))
    if taken := [name for name in names if name in _COLUMNS]:
        raise SchemaError(
            f"by={taken[0]!r} is the name of a column of the result; rename it in the observations"
        )
    return names


def _newest_day(seen: pd.DataFrame) -> pd.Timestamp:
    found = seen.loc[seen["value"].notna(), "observed_on"].max()
    if pd.isna(found):
        raise SchemaError("observations holds no figure; say on= which day they are evaluated")
    return pd.Timestamp(found)


def _observed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the figures with their rows' labels, and the groups there are."""
    what = "observations"
    require_columns(frame, "value", "unit", "observed_on", *names, what=what)
    if not {"measure", "indicator_id"} & set(frame.columns):
        raise SchemaError(f"{what} has no column 'measure' and no column 'indicator_id'")
    seen = pd.DataFrame(index=range(len(frame)))
    for place, name in enumerate(names):
        if (missing := frame[name].isna()).any():
            raise SchemaError(f"{what}: {name} is empty in rows {first_rows(frame.index[missing])}")
        odd = ~frame[name].map(lambda value: isinstance(value, Hashable)).astype(bool)
        if odd.any():
            raise SchemaError(
                f"{what}: {name} holds no names in rows {first_rows(frame.index[odd])}"
            )
        seen[f"_by{place}"] = frame[name].array
    for column in ("measure", "indicator_id", "scope", "unit"):
        seen[column] = frame[column].to_numpy(dtype=object) if column in frame else None
    seen[_ROW] = frame.index.to_numpy(dtype=object)
    plain = frame[["value"]]
    numbers = in_units(plain, {"value": "1"}, units={"value": "1"}, what=what, negative=True)
    seen["value"] = numbers["value"].to_numpy()
    days, wrong = dates_of(frame["observed_on"])
    known = frame["value"].notna()
    wrong |= days.isna() & known
    if wrong.any():
        raise SchemaError(
            f"{what}: observed_on is no day, such as 2025-12-31, in rows "
            f"{first_rows(frame.index[wrong])}"
        )
    if (bare := frame["unit"].isna() & known).any():
        raise SchemaError(f"{what}: unit is empty in rows {first_rows(frame.index[bare])}")
    seen["observed_on"] = days.to_numpy()
    return seen


def _answers(asked: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Pair each figure with the targets that it answers, in their units."""
    known = seen[seen["value"].notna()]
    own = known["indicator_id"].notna()
    parts = []
    for some, key in ((known[own], "indicator_id"), (known[~own], "measure")):
        wanted = asked[[_TARGET, key, "to", "per", "scope"]].rename(columns={"scope": "asked_of"})
        wanted = wanted.astype({key: object})
        parts.append(some.merge(wanted, on=key, how="inner"))
    pairs = pd.concat(parts, ignore_index=True)
    fits = pairs["scope"].isna() | pairs["asked_of"].isna() | (pairs["scope"] == pairs["asked_of"])
    pairs = pairs[fits].reset_index(drop=True)
    pairs["level"] = pairs["per"].isin(GROWTH) & ~pairs["unit"].map(is_ratio).astype(bool)
    levels = pairs[pairs["level"]]
    common = levels.groupby(_TARGET)["unit"].min()
    pairs.loc[pairs["level"], "to"] = levels[_TARGET].map(common)
    return _converted(pairs)


def _converted(pairs: pd.DataFrame) -> pd.DataFrame:
    """Turn figures into the units asked for; units that read the same need not be known."""
    other = pairs["unit"].map(str) != pairs["to"].map(str)
    for to in sorted(set(pairs.loc[other, "to"])):
        rows = (other & (pairs["to"] == to)).to_numpy()
        some = pd.DataFrame(
            {
                "value": pairs["value"][rows].to_numpy(),
                "value_unit": pairs["unit"][rows].to_numpy(),
            },
            index=pairs[_ROW][rows].to_numpy(),
        )
        with np.errstate(over="ignore"):
            found = in_units(some, {"value": to}, units={}, what="observations", negative=True)
        if (large := np.isinf(found["value"])).any():
            raise SchemaError(
                f"observations: value is too large to be turned into {to}, in rows "
                f"{first_rows(found.index[large])}"
            )
        pairs.loc[rows, "value"] = found["value"].to_numpy()
    return pairs


def _distinct(answers: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Keep one figure for each target, group and day; refuse days with several."""
    place = [_TARGET, *keys]
    kinds = answers.groupby(place, sort=False)["level"].transform("nunique")
    if (kinds > 1).any():
        rows = first_rows(answers[_ROW][kinds > 1].drop_duplicates())
        raise SchemaError(
            f"observations: one measure is given as rates of growth and as levels, in rows {rows}; "
            "keep one kind"
        )
    days = answers.groupby([*place, "observed_on"], sort=False)["value"]
    low, high = days.transform("min"), days.transform("max")
    several = high - low > _ROUNDING * np.maximum(low.abs(), high.abs())
    if several.any():
        rows = first_rows(answers[_ROW][several].drop_duplicates())
        raise SchemaError(
            f"observations: one measure has different values on one day, in rows {rows}; keep one, "
            "or say by= which column tells them apart"
        )
    ordered = answers.sort_values(["observed_on", "value"], kind="stable")
    return ordered.drop_duplicates([*place, "observed_on"], keep="last")


def _grid(asked: pd.DataFrame, seen: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return a row for each target and group."""
    if not keys:
        return asked
    groups = seen[keys].drop_duplicates().sort_values(keys, key=lambda values: values.map(str))
    return asked.merge(groups, how="cross")


def _newest(grid: pd.DataFrame, answers: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    place = [_TARGET, *keys]
    last = answers.drop_duplicates(place, keep="last")
    return grid.merge(last[[*place, "observed_on", "value", "level"]], on=place, how="left")


def _from_baseline(frame: pd.DataFrame, answers: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add where each group started, and turn levels into growth since then."""
    place = [_TARGET, *keys]
    starts = frame[[*place, "baseline_on"]].rename(columns={"baseline_on": "start"})
    own = answers[[*place, "observed_on", "value"]].merge(starts, on=place)
    within = (own["observed_on"] <= own["start"]) & (own["observed_on"] > own["start"] - _YEAR)
    base = own[within].drop_duplicates(place, keep="last")
    first = own.drop_duplicates(place, keep="first")
    for name, some in (("base", base), ("first", first)):
        columns = {"observed_on": f"{name}_on", "value": f"{name}_value"}
        frame = frame.merge(some[[*place, *columns]].rename(columns=columns), on=place, how="left")
    _grow(frame)
    started = frame["base_value"].notna() & ~frame["per"].isin(GROWTH)
    zero = frame["per"].isin(("cumulative", "growth")) & frame["baseline_on"].notna()
    stated = frame["baseline_value"].where(frame["baseline_value"].notna() | ~zero, 0.0)
    frame["baseline"] = frame["base_value"].where(started, stated)
    frame["baseline_on"] = frame["base_on"].where(started, frame["baseline_on"])
    frame["unit"] = frame["to"]
    return frame


def _grow(frame: pd.DataFrame) -> None:
    """Turn levels into growth since the baseline, or since the earliest figure."""
    level = frame["level"].eq(True) & frame["value"].notna()  # noqa: FBT003 - null is no level
    since = frame["base_value"].where(frame["base_value"].notna(), frame["first_value"])
    since_on = frame["base_on"].where(frame["base_value"].notna(), frame["first_on"])
    years = _year_of(frame["observed_on"]) - _year_of(since_on)
    years = years.where(frame["per"] == "per_year_growth", 1.0)
    elapsed = frame["observed_on"] > since_on
    fit = level & elapsed & (since > 0) & (frame["value"] >= 0)
    ratio = (frame["value"].where(fit) / since.where(fit)) ** (1 / years.where(fit)) - 1
    sizes = frame["to"].map(lambda unit: convert(1.0, "1", unit) if is_ratio(unit) else np.nan)
    grown = ratio * sizes.astype("float64")
    frame["value"] = frame["value"].where(~level, grown)
    frame["no_growth"] = level & frame["value"].isna()
    frame["baseline_on"] = since_on.where(level & elapsed, frame["baseline_on"])


def _year_of(days: "pd.Series[Any]") -> "pd.Series[float]":
    """Write days as years, so that the same day of two years lies whole years apart."""
    length = np.where(days.dt.is_leap_year, 366.0, 365.0)
    years: pd.Series[float] = days.dt.year + days.dt.day_of_year / length
    return years


def _measure(frame: pd.DataFrame, about: float) -> None:
    """Add gap, expected value, progress and achievement, and whether it is met and on the path."""
    value, target = _floats(frame, "value"), _floats(frame, "target")
    bound = frame["bound"].to_numpy(dtype=object)
    low = np.where(np.isin(bound, _CEILINGS), -np.inf, target)
    high = np.where(np.isin(bound, _FLOORS), np.inf, target)
    high = np.where(bound == "between", _floats(frame, "high"), high)
    beyond = np.maximum(low - value, value - high)
    ranged = bound == "between"
    frame["gap"] = np.where(ranged, np.maximum(beyond, 0.0), beyond) + 0.0
    slack = _ROUNDING * np.maximum(np.abs(target), 1e-300)
    room = np.where(bound == "about", about * np.abs(target), 0.0) + slack
    met = np.where(np.isin(bound, _STRICT), beyond < -slack, beyond <= room)
    frame["met"] = met & ~np.isnan(value)

    base = _floats(frame, "baseline")
    aim = np.clip(base, low, high)
    span = (frame["due_on"] - frame["baseline_on"]).dt.days.to_numpy(dtype=np.float64)
    gone = (frame["observed_on"] - frame["baseline_on"]).dt.days.to_numpy(dtype=np.float64)
    has_path = frame["per"].isin(_PATH).to_numpy() & (span > 0) & ~np.isnan(base)
    way = np.where(has_path, aim - base, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(gone / span, 0.0, 1.0)
        frame["progress"] = np.where(way == 0, np.nan, (value - base) / way)
    # Where the baseline met the target already, holding it is what is asked.
    expected = np.where(way == 0, np.clip(value, low, high), base + way * share)
    frame["expected"] = np.where(np.isnan(value), np.nan, expected)
    ahead = np.where(way < 0, expected - value, value - expected)
    frame["on_path"] = (way != 0) & (ahead >= -slack)
    frame["achievement"] = _achievement(value, low, high, met=frame["met"].to_numpy())


def _achievement(value: Floats, low: Floats, high: Floats, *, met: NDArray[np.bool_]) -> Floats:
    """Return the value over a floor, and a ceiling over the value; the lesser where both are."""
    # A ceiling over next to nothing is more than a float can say; the largest one is said.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        above = np.where(low > 0, value / low, np.where(met, 1.0, np.nan))
        below = np.where((high > 0) & (value > 0), high / value, np.where(met, 1.0, np.nan))
    both = np.where(met, 1.0, np.fmin(above, below))
    found = np.select([np.isneginf(low), np.isposinf(high)], [below, above], both)
    return np.where(np.isnan(value), np.nan, np.clip(found, 0.0, np.finfo(np.float64).max))


def _statuses(frame: pd.DataFrame, day: pd.Timestamp) -> NDArray[np.object_]:
    past = frame["due_on"] < day
    late = frame["observed_on"] >= frame["due_on"]
    cases = {
        "no_data": frame["value"].isna(),
        "met": frame["met"],
        "open": frame["due_on"].isna(),
        "missed": past & late,
        "outstanding": past,
        "on_track": frame["on_path"],
    }
    return np.select([case.to_numpy(bool) for case in cases.values()], list(cases), "behind")


def _ranks(frame: pd.DataFrame) -> "pd.Series[Any]":
    """Rank groups by what is missing, in steps that rounding does not change."""
    scale = frame["target"].abs().where(frame["target"] != 0, 1.0)
    steps = (frame["gap"] / scale).round(9)
    return steps.groupby(frame[_TARGET]).rank(method="min").astype("Int64")


def _floats(frame: pd.DataFrame, column: str) -> Floats:
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
