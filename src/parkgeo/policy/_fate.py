"""What becomes of each platform, and when that would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._style import Text, known
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.policy._fate_reasons import failed, held, lacking
from parkgeo.policy._fate_rules import (
    OPERATORS,
    ROUNDING,
    Condition,
    Fate,
    conditions_of,
    fate_rules,
    tidy_rules,
)
from parkgeo.policy._quantities import require_columns

__all__ = ["FateWhatIf", "fate", "fate_what_if"]

Floats = NDArray[np.float64]
States = NDArray[np.int8]

_FAILS: Final = 0
_UNKNOWN: Final = 1
_HOLDS: Final = 2
"""States of a condition; that of a rule is the least of its conditions'."""


@dataclass(frozen=True)
class FateWhatIf:
    """Whose fate changes when a threshold moves; made by :func:`fate_what_if`."""

    fates: pd.DataFrame
    """Fates, with a row for each platform and a column for each threshold."""
    break_even: pd.DataFrame
    """Of each platform its value, its fate on either side, and where that changes."""
    changes: pd.DataFrame
    """One row per platform and threshold with which it has another fate than by the rules."""
    counts: pd.DataFrame
    """How many platforms have which fate, with a row for each threshold."""
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
    """Decide what becomes of each platform, by rules, with the reason (分类整合).

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
    said = _notes(attributes)
    rows = [_told(judged, row, int(rule), said[row]) for row, rule in enumerate(first)]
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
    given = pd.to_numeric(pd.Series(thresholds, dtype=object), errors="coerce")
    steps = np.unique(given.to_numpy(dtype=np.float64))
    if steps.size == 0 or not np.isfinite(steps).all():
        raise SchemaError(f"thresholds must be one or more finite numbers, not {thresholds!r}")
    value = judged.measured[:, at]
    now = judged.fates_with(at, judged.by_condition[:, at][:, None])[:, 0]
    fates = judged.fates_with(at, _states(value[:, None], steps, moved["operator"]))
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
    meant = rules["attribute"].map(lambda one: one == attribute).astype(bool)
    meant &= rules["attribute"].notna()
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
    conditions: list[Condition]
    """The rows of the rules."""
    measured: Floats
    """Platforms × conditions; NaN where a value is missing, or nothing is asked."""
    by_condition: States
    rule_of: NDArray[np.intp]
    """Position of the rule of each condition, in their order."""

    @cached_property
    def positions(self) -> list[list[int]]:
        """The conditions of each rule."""
        return [run.tolist() for run in np.split(np.arange(len(self.rule_of)), self._starts[1:])]

    @property
    def outcomes(self) -> NDArray[np.object_]:
        """The fate that each rule brings."""
        return np.array([self.conditions[at].fate for at in self._starts], dtype=object)

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
    require_columns(attributes, *wanted, what="attributes")
    read = {name: _values(attributes[name]) for name in tidy["attribute"].dropna().unique()}
    conditions = conditions_of(tidy)
    measured = np.full((len(attributes), len(conditions)), np.nan)
    states = np.full(measured.shape, _HOLDS, dtype=np.int8)
    for at, asked in enumerate(conditions):
        if asked.attribute is not None:
            measured[:, at] = read[asked.attribute]
            threshold = np.array([asked.threshold])
            states[:, at] = _states(measured[:, [at]], threshold, asked.operator)[:, 0]
    rule_of = pd.factorize(tidy["rule"])[0].astype(np.intp)
    return _Judged(attributes, tidy, conditions, measured, states, rule_of)


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
    near = np.abs(values - thresholds) <= ROUNDING * np.maximum(abs(values), abs(thresholds))
    holds = OPERATORS[operator].compare(np.where(near, thresholds, values), thresholds)
    states = np.where(holds, _HOLDS, _FAILS)
    return np.where(np.isnan(values), _UNKNOWN, states).astype(np.int8)


def _first(by_rule: States) -> NDArray[np.intp]:
    """Find the first rule that does not fail; their number where all do."""
    some = by_rule > _FAILS
    first: NDArray[np.intp] = np.where(some.any(axis=1), some.argmax(axis=1), by_rule.shape[1])
    return first


def _notes(attributes: pd.DataFrame) -> list[Text]:
    """Return what the attributes say of each platform's missing values; empty where nothing."""
    nothing = pd.Series("", index=attributes.index)
    both = [attributes.get(name, nothing) for name in ("note", "note_en")]
    texts = [[str(one) if known(one) else "" for one in column] for column in both]
    return [Text(zh, en) for zh, en in zip(*texts, strict=True)]


def _told(judged: _Judged, row: int, first: int, said: Text) -> dict[str, Any]:
    """Say what was decided of a platform, by what, and why nothing earlier did."""
    states, measured = judged.by_condition[row], judged.measured[row]
    own = judged.positions[first] if first < len(judged.positions) else []
    missing = [at for at in own if states[at] == _UNKNOWN]
    failing = [
        next(at for at in positions if states[at] == _FAILS)
        for positions in judged.positions[:first]
    ]
    asked = judged.conditions
    parts = [failed(asked[at], measured[at]) for at in failing]
    ends = Fate.UNDECIDED if missing or not own else Fate(asked[own[0]].fate)
    if missing:
        parts.append(lacking([asked[at] for at in missing], said))
    elif not own:
        parts.append(Text("没有适用的标准", "no rule holds"))
    else:
        parts.append(held([(asked[at], measured[at]) for at in own]))
    decided = ends is not Fate.UNDECIDED
    into = asked[own[0]].into if decided else None
    return {
        "fate": ends.value,
        "fate_zh": ends.label_zh,
        "fate_en": ends.label_en,
        "rule": asked[own[0]].rule if own else None,
        "into": judged.attributes[into].iloc[row] if into is not None else None,
        "assumed": any(asked[at].assumed for at in (*failing, *own)),
        "missing": tuple(asked[at].attribute for at in missing),
        "reason": "；".join(part.zh for part in parts),
        "reason_en": "; ".join(part.en for part in parts),
    }
