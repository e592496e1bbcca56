"""What becomes of each platform, and when that would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._style import Text, known
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.policy._fate_rules import OPERATORS, Fate, fate_rules, tidy_rules

__all__ = ["FateWhatIf", "fate", "fate_what_if"]

Floats = NDArray[np.float64]
States = NDArray[np.int8]

_FAILS: Final = 0
_UNKNOWN: Final = 1
_HOLDS: Final = 2
"""States of a condition; that of a rule is the least of its conditions'."""
_ROUNDING: Final = 1e-9
"""Values this close to a threshold, relatively, are equal to it: areas are good to this."""
_MOST_DECIMALS: Final = 16
_YES: Final = "yes"
_RATIO: Final = "ratio"


@dataclass(frozen=True)
class FateWhatIf:
    """Whose fate changes when a threshold moves; made by :func:`fate_what_if`."""

    fates: pd.DataFrame
    """One row per platform, one column per threshold: words of :class:`Fate`."""
    break_even: pd.DataFrame
    """One row per platform: its value, its fate on either side, and where that changes."""
    changes: pd.DataFrame
    """One row per platform and threshold with which it has another fate than by the rules."""
    counts: pd.DataFrame
    """One row per threshold, one column per fate: how many platforms."""
    condition: "pd.Series[Any]"
    """The row of the rules whose threshold moves."""

    def _repr_html_(self) -> str:
        """Show how many platforms have which fate, in both languages."""
        seen = [one for one in Fate if (self.counts[one.value] > 0).any()]
        head = "".join(f"<th>{one.label_zh} {escape(one.label_en)}</th>" for one in seen)
        rows = "".join(
            f"<tr><th>{threshold:g}</th>"
            + "".join(f"<td>{row[one.value]}</td>" for one in seen)
            + "</tr>"
            for threshold, row in self.counts.iterrows()
        )
        return (
            f'<table><caption style="text-align:left">{escape(str(self.condition["attribute"]))} '
            f"{escape(str(self.condition['operator']))}</caption><thead><tr><th></th>{head}</tr>"
            f"</thead><tbody>{rows}</tbody></table>"
        )


def fate(attributes: pd.DataFrame, *, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Decide what becomes of each platform: merged, turned innovative, kept, phased out (分类整合).

    The first rule that holds decides. Where a value that it asks for is missing, nothing later
    decides: the platform is undecided, unless another condition of that rule fails anyway.

    Parameters
    ----------
    attributes
        One row per platform, as of :func:`platform_attributes`; and any further columns of numbers
        that the rules ask for. Values within 1e-9 of a threshold are equal to it.
    rules
        As of :func:`fate_rules`, which are the default.

    Returns
    -------
    On the index of ``attributes``: ``fate`` (a word of :class:`Fate`), ``fate_zh``, ``fate_en``;
    ``rule``, that decided, or whose value is missing; ``into``, the platform that it goes to, where
    the rule names one; ``assumed``, whether a threshold behind it is assumed; ``missing`` (tuple
    of attributes); ``reason`` (Chinese) and ``reason_en``, with each value and threshold that
    decided, and one for each earlier rule that fails.

    Raises
    ------
    SchemaError
        Faults of the rules; labels that stand twice; values that are no finite numbers.
    UnknownNameError
        The rules ask for attributes that the frame does not have.

    References
    ----------
    杭政办函〔2017〕127号, 三、(三)1.

    Examples
    --------
    >>> rules = fate_rules().query("rule == 'core' or rule == 'others'")
    >>> fate(pd.DataFrame({"core_share": [0.7, 0.2, None]}), rules=rules)["fate"].tolist()
    ['innovative', 'phased_out', 'undecided']
    """
    judged = _judge(attributes, rules)
    first = _first(judged.by_rule)
    rows = [_told(judged, row, int(rule)) for row, rule in enumerate(first)]
    table = pd.DataFrame(rows, index=attributes.index)
    for name in ("rule", "into", "missing"):
        table[name] = pd.Series([row[name] for row in rows], index=table.index, dtype=object)
    return table


def fate_what_if(  # noqa: PLR0913 - independent options, all by keyword
    attributes: pd.DataFrame,
    rules: pd.DataFrame | None = None,
    *,
    attribute: str,
    thresholds: Sequence[float],
    rule: str | None = None,
    operator: str | None = None,
) -> FateWhatIf:
    """Move one threshold and see whose fate changes (阈值敏感性).

    Parameters
    ----------
    attributes, rules
        As for :func:`fate`.
    attribute
        Whose threshold moves.
    thresholds
        Values that it takes, in the unit of the attribute.
    rule, operator
        Which condition is meant, where several ask for the attribute.

    Returns
    -------
    A :class:`FateWhatIf`.

    ``break_even``, on the index of the attributes: ``value``; ``fate``, by the rules as they are;
    ``fate_if_holds``, ``fate_if_fails``; ``break_even``, the threshold at which one turns into the
    other, null where none does or the value is missing; ``margin``, from the threshold of the rules
    to the break-even.

    ``changes``: ``platform``, ``threshold``, ``before``, ``after``. ``fates`` and ``counts`` have
    the thresholds in ascending order.

    Raises
    ------
    SchemaError, UnknownNameError
        As :func:`fate`; thresholds that are no finite numbers; a condition that there is not.
    AmbiguousNameError
        Several conditions ask for the attribute.

    Notes
    -----
    With all else as it is, a fate changes once at most while one threshold moves, namely where it
    passes the platform's value; ``exactly`` makes it change at that point only.

    Examples
    --------
    >>> attributes = pd.DataFrame({"core_share": [0.7, 0.2]}, index=["a", "b"])
    >>> rules = fate_rules().query("rule == 'core' or rule == 'others'")
    >>> found = fate_what_if(attributes, rules, attribute="core_share", thresholds=[0.1, 0.5])
    >>> found.changes.values.tolist()
    [['b', 0.1, 'phased_out', 'innovative']]
    """
    judged = _judge(attributes, rules)
    at = _condition(judged.rules, attribute, rule, operator)
    moved = judged.rules.iloc[at]
    steps = np.unique(np.asarray(thresholds, dtype=np.float64))
    if steps.size == 0 or not np.isfinite(steps).all():
        raise SchemaError("thresholds must be one or more finite numbers")
    value = judged.measured[:, at]
    now = judged.fates_with(at, judged.by_condition[:, at][:, None])[:, 0]
    fates = judged.fates_with(at, _states(value[:, None], steps, str(moved["operator"])))
    forced = np.broadcast_to(np.array([_HOLDS, _FAILS], dtype=np.int8), (len(value), 2))
    holds, fails = judged.fates_with(at, forced).T
    turns = (holds != fails) & ~np.isnan(value)
    break_even = np.where(turns, value, np.nan)
    index = attributes.index
    row, step = np.nonzero(fates != now[:, None])
    return FateWhatIf(
        fates=pd.DataFrame(fates, index=index, columns=pd.Index(steps, name=attribute)),
        break_even=pd.DataFrame(
            {
                "value": value,
                "fate": now,
                "fate_if_holds": holds,
                "fate_if_fails": fails,
                "break_even": break_even,
                "margin": break_even - float(moved["threshold"]),
            },
            index=index,
        ),
        changes=pd.DataFrame(
            {
                "platform": index.take(row).to_numpy(),
                "threshold": steps[step],
                "before": now[row],
                "after": fates[row, step],
            }
        ),
        counts=pd.DataFrame(
            {one.value: (fates == one.value).sum(axis=0) for one in Fate},
            index=pd.Index(steps, name=attribute),
        ),
        condition=moved,
    )


def _condition(rules: pd.DataFrame, attribute: str, rule: str | None, operator: str | None) -> int:
    """Find the condition that is meant."""
    meant = rules["attribute"] == attribute
    if rule is not None:
        meant &= rules["rule"] == rule
    if operator is not None:
        meant &= rules["operator"] == operator
    rows = rules.index[meant].tolist()
    asked = rules[rules["attribute"].notna()]
    if not rows:
        each = [f"{one.rule}: {one.attribute} {one.operator}" for one in asked.itertuples()]
        raise UnknownNameError(f"no such condition on {attribute!r}; there are {'; '.join(each)}")
    if len(rows) > 1:
        each = [
            f"rule={one.rule!r}, operator={one.operator!r}" for one in rules[meant].itertuples()
        ]
        raise AmbiguousNameError(
            f"several conditions ask for {attribute!r}; say which: {'; '.join(each)}"
        )
    return int(rows[0])


# Judging -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judged:
    """Conditions held against values, platform by platform."""

    attributes: pd.DataFrame
    rules: pd.DataFrame
    measured: Floats
    """Platforms × conditions; NaN where a value is missing, or nothing is asked."""
    by_condition: States
    rule_of: NDArray[np.intp]
    """Position of the rule of each condition, in their order."""

    @property
    def outcomes(self) -> NDArray[np.object_]:
        """The fate that each rule brings."""
        return self.rules.loc[self._starts, "fate"].to_numpy(dtype=object)

    @property
    def _starts(self) -> NDArray[np.intp]:
        return np.unique(self.rule_of, return_index=True)[1]

    @property
    def by_rule(self) -> States:
        """Platforms × rules."""
        return np.minimum.reduceat(self.by_condition, self._starts, axis=1)

    def fates_with(self, at: int, states: States) -> NDArray[np.object_]:
        """Return the fates, platforms × steps, with other states of one condition."""
        rule = self.rule_of[at]
        held = self.by_condition.copy()
        held[:, at] = _HOLDS
        by_rule = np.minimum.reduceat(held, self._starts, axis=1)
        n_rules = by_rule.shape[1]
        rules = np.arange(n_rules)
        early = _first(np.where(rules < rule, by_rule, _FAILS))
        late = _first(np.where(rules > rule, by_rule, _FAILS))
        own = np.minimum(states, by_rule[:, [rule]])
        first = np.where(own > _FAILS, rule, late[:, None])
        first = np.where(early[:, None] < n_rules, early[:, None], first)
        padded = np.append(by_rule, np.zeros((len(held), 1), dtype=np.int8), axis=1)
        state = np.take_along_axis(padded, first, axis=1)
        state = np.where(first == rule, own, state)
        names = np.append(self.outcomes, Fate.UNDECIDED.value)
        return np.where(state == _HOLDS, names[first], names[-1])


def _judge(attributes: pd.DataFrame, rules: pd.DataFrame | None) -> _Judged:
    if not isinstance(attributes, pd.DataFrame):
        raise SchemaError(f"attributes must be a DataFrame, not a {type(attributes).__name__}")
    if not attributes.index.is_unique:
        again = attributes.index[attributes.index.duplicated()].unique()
        raise SchemaError(f"attributes: {first_rows(again)} stand in more than one row")
    tidy = fate_rules() if rules is None else tidy_rules(rules)
    if tidy.empty:
        raise SchemaError("rules: the table is empty; a decision needs one rule or more")
    wanted = [*tidy["attribute"].dropna().unique(), *tidy["into"].dropna().unique()]
    for name in wanted:
        if name not in attributes.columns:
            near = get_close_matches(str(name), [str(one) for one in attributes.columns], n=1)
            hint = f"did you mean {near[0]!r}?" if near else "add it, null where it is not known"
            raise UnknownNameError(f"the rules ask for {name!r}, no column of attributes; {hint}")
    read = {name: _values(attributes[name]) for name in tidy["attribute"].dropna().unique()}
    values = np.full((len(attributes), len(tidy)), np.nan)
    states = np.full(values.shape, _HOLDS, dtype=np.int8)
    for at, condition in enumerate(tidy.itertuples()):
        if known(condition.attribute):
            values[:, at] = read[condition.attribute]
            threshold = np.array([condition.threshold])
            found = _states(values[:, [at]], threshold, str(condition.operator))
            states[:, at] = found[:, 0]
    rule_of = pd.factorize(tidy["rule"])[0].astype(np.intp)
    return _Judged(attributes, tidy, values, states, rule_of)


def _values(column: "pd.Series[Any]") -> Floats:
    """Read numbers, and yes and no as 1 and 0; NaN where nothing is said."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~np.isfinite(numbers) & column.notna().to_numpy()
    if wrong.any():
        raise SchemaError(
            f"attributes: {column.name} holds {first_rows(column[wrong].drop_duplicates())} in "
            f"rows {first_rows(column.index[wrong])}; write finite numbers, null where not known"
        )
    return numbers


def _states(values: Floats, thresholds: Floats, operator: str) -> States:
    """Hold values (n × 1) against thresholds."""
    near = np.abs(values - thresholds) <= _ROUNDING * np.maximum(abs(values), abs(thresholds))
    holds = OPERATORS[operator].compare(np.where(near, thresholds, values), thresholds)
    states = np.where(holds, _HOLDS, _FAILS)
    return np.where(np.isnan(values), _UNKNOWN, states).astype(np.int8)


def _first(by_rule: States) -> NDArray[np.intp]:
    """Find the first rule that does not fail; their number where all do."""
    some = by_rule > _FAILS
    first: NDArray[np.intp] = np.where(some.any(axis=1), some.argmax(axis=1), by_rule.shape[1])
    return first


# Reasons -----------------------------------------------------------------------------------------


def _told(judged: _Judged, row: int, first: int) -> dict[str, Any]:
    """Say what was decided of a platform, by what, and why nothing earlier did."""
    rules, states = judged.rules, judged.by_condition[row]
    own = np.flatnonzero(judged.rule_of == first)
    missing = [int(at) for at in own if states[at] == _UNKNOWN]
    ends = Fate.UNDECIDED if missing or not len(own) else Fate(rules["fate"].iloc[own[0]])
    earlier = [
        int(np.flatnonzero((judged.rule_of == rule) & (states == _FAILS))[0])
        for rule in range(first)
    ]
    before = [_failed(rules.iloc[at], judged.measured[row, at]) for at in earlier]
    if missing:
        reason = _lacking(judged, row, rules.iloc[missing])
    elif not len(own):
        reason = Text("没有适用的标准", "no rule holds")
    else:
        reason = _held(rules.iloc[own], judged.measured[row, own], ends)
    parts = [*before, reason]
    into = rules["into"].iloc[own[0]] if len(own) and not missing else None
    rests_on = [*earlier, *own]
    return {
        "fate": ends.value,
        "fate_zh": ends.label_zh,
        "fate_en": ends.label_en,
        "rule": rules["rule"].iloc[own[0]] if len(own) else None,
        "into": judged.attributes[into].iloc[row] if into is not None else None,
        "assumed": bool(rules["assumed"].iloc[rests_on].any()),
        "missing": tuple(rules["attribute"].iloc[at] for at in missing),
        "reason": "；".join(part.zh for part in parts),
        "reason_en": "; ".join(part.en for part in parts),
    }


def _held(conditions: pd.DataFrame, values: Floats, ends: Fate) -> Text:
    """Say why a rule holds."""
    asked = [
        _compared(condition, value, holds=True)
        for (_, condition), value in zip(conditions.iterrows(), values, strict=True)
        if known(condition["attribute"])
    ]
    if not asked:
        return Text(f"其余：{ends.label_zh}", f"all others: {ends.label_en}")
    zh, en = "，".join(one.zh for one in asked), ", ".join(one.en for one in asked)
    return Text(f"{zh}：{ends.label_zh}", f"{en}: {ends.label_en}")


def _failed(condition: "pd.Series[Any]", value: float) -> Text:
    """Say by which condition a rule fails."""
    ends = Fate(condition["fate"])
    compared = _compared(condition, value, holds=False)
    return Text(f"{compared.zh}，不属{ends.label_zh}", f"{compared.en}, so not {ends.label_en}")


def _lacking(judged: _Judged, row: int, conditions: pd.DataFrame) -> Text:
    """Say which values are missing, and why, where the attributes tell."""
    names = [_names(condition) for _, condition in conditions.iterrows()]
    ends = Fate(conditions["fate"].iloc[0])
    zh = f"缺少{'、'.join(name.zh for name in names)}，是否属{ends.label_zh}不能确定"
    listed = ", ".join(name.en for name in names)
    en = f"{listed} not known, so whether {ends.label_en} cannot be said"
    notes = [judged.attributes.get(name) for name in ("note", "note_en")]
    said = [note.iloc[row] if note is not None else None for note in notes]
    return Text(
        f"{zh}（{said[0]}）" if known(said[0]) else zh,
        f"{en} ({said[1]})" if known(said[1]) else en,
    )


def _compared(condition: "pd.Series[Any]", value: float, *, holds: bool) -> Text:
    """Say how a value lies to its threshold."""
    name, operator = _names(condition), OPERATORS[condition["operator"]]
    if condition["unit"] == _YES:
        return (
            Text(f"是{name.zh}", f"it is {name.en}")
            if bool(value)
            else Text(f"不是{name.zh}", f"it is not {name.en}")
        )
    own, asked = _numbers(value, condition["threshold"], str(condition["unit"]))
    words = operator.holds if holds else operator.fails
    unit = Text("", "")
    if known(condition["unit"]) and condition["unit"] != _RATIO:
        english = condition["unit_en"] if known(condition["unit_en"]) else condition["unit"]
        unit = Text(f" {condition['unit']}", f" {english}")
    assumed = Text("（假定）", " (assumed)") if condition["assumed"] else Text("", "")
    return Text(
        f"{name.zh} {own}{unit.zh}，{words.zh} {asked}{unit.zh}{assumed.zh}",
        f"{name.en} {own}{unit.en} {words.en} {asked}{unit.en}{assumed.en}",
    )


def _names(condition: "pd.Series[Any]") -> Text:
    named = (condition["attribute_zh"], condition["attribute_en"])
    zh, en = (one if known(one) else condition["attribute"] for one in named)
    return Text(str(zh), str(en))


def _numbers(value: float, threshold: float, unit: str) -> tuple[str, str]:
    """Write two numbers with as few decimals as tell them apart."""
    scale, sign = (100.0, " %") if unit == _RATIO else (1.0, "")
    same = abs(value - threshold) <= _ROUNDING * max(abs(value), abs(threshold))
    for decimals in range(2, _MOST_DECIMALS):
        own, asked = (_plain(scale * one, decimals) + sign for one in (value, threshold))
        if same or own != asked:
            break
    return own, asked


def _plain(number: float, decimals: int) -> str:
    return f"{number:,.{decimals}f}".rstrip("0").rstrip(".")
