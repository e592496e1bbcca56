"""How far grades depend on the weights of the formula."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.census._findings import card
from parkgeo.errors import SchemaError
from parkgeo.policy._grade import (
    Codes,
    Columns,
    Marks,
    Terms,
    Ties,
    Veto,
    codes_of,
    read_marks,
    terms_of,
)
from parkgeo.policy._score import Missing, Parts, read_parts, totals

__all__ = ["GradeSensitivity", "grade_sensitivity"]

Floats = NDArray[np.float64]

_CELLS: Final = 2_000_000
"""Scores in memory at a time."""
_DECIMALS: Final = 9
_MOST_DRAWS: Final = 1_000_000


@dataclass(frozen=True)
class GradeSensitivity:
    """How grades move when weights do; made by :func:`grade_sensitivity`.

    Parameters
    ----------
    firms
        One row per firm: its grade, the share of draws in each grade, and what turns it.
    turns
        One row per weight and direction: how many firms rise and fall.
    weights
        The weights of each draw, one column per indicator.
    """

    firms: pd.DataFrame
    turns: pd.DataFrame
    weights: pd.DataFrame

    def __repr__(self) -> str:
        return (
            f"<GradeSensitivity: {int(self.firms['changes'].sum()):,} of {len(self.firms):,} firms "
            f"change in {len(self.weights):,} draws; .firms, .turns, .weights>"
        )

    def _repr_html_(self) -> str:
        """Show how many firms change, and which weights turn them."""
        changes = int(self.firms["changes"].sum())
        facts = {
            "企业 firms": f"{len(self.firms):,}",
            "等级变动 change": f"{changes:,}",
            "抽样 draws": f"{len(self.weights):,}",
        }
        tables = {"权重变动 Weights, and how many firms they turn": self.turns}
        return card("评价等级敏感性 Sensitivity of grades", facts, tables)


def grade_sensitivity(  # noqa: PLR0913 - the options of score and grade, and of the draws
    firms: pd.DataFrame,
    *,
    formula: pd.DataFrame,
    shares: Mapping[str, float],
    units: Mapping[str, str] | None = None,
    missing: Missing | None = None,
    caps: float | Mapping[str, float] | None = None,
    floors: float | Mapping[str, float] | None = None,
    by: Columns | None = None,
    exempt: Columns | None = None,
    veto: Veto | None = None,
    ties: Ties = "better",
    step: float = 0.1,
    draws: int = 1000,
    concentration: float = 100.0,
    seed: int = 0,
) -> GradeSensitivity:
    r"""Say how grades move when the weights do (权重敏感性).

    Each weight in turn is raised and lowered by ``step``, the others giving way in proportion; and
    all weights are drawn together from a Dirichlet distribution around those of the formula, with
    :math:`\alpha_i = c\,w_i / \sum w`.

    Parameters
    ----------
    firms, formula, units, missing, caps, floors
        As for :func:`score`.
    shares, by, exempt, veto, ties
        As for :func:`grade`. Firms that are exempt or without a score are in no draw.
    step
        By which part of itself each weight is raised and lowered; between 0 and 1.
    draws
        How many sets of weights to draw; 0 for none.
    concentration
        The :math:`c` above: a weight of share :math:`p` has the standard deviation
        :math:`\sqrt{p (1 - p) / (c + 1)}`; at 100, 4.6 points for a weight of 30.
    seed
        Of the draws; the same seed gives the same draws.

    Returns
    -------
    A :class:`GradeSensitivity`.

    ``firms``, on the index of the frame: ``grade`` (by the formula's weights; null if none),
    ``share_A``, … (of the draws; NaN without), ``share_same``, ``changes`` (in a draw, or where a
    weight is raised or lowered), ``turned_by`` (tuple such as ``("rd_share +10 %: B",)``),
    ``reason``, ``reason_en``.

    ``turns``: ``indicator``, ``change`` (relative), ``weight`` (after scaling all to their sum),
    ``n_up``, ``n_down``.

    ``weights``: a row per draw, each with the sum of the formula's weights.

    Raises
    ------
    SchemaError, UnknownNameError, AmbiguousNameError
        As :func:`score` and :func:`grade`; a step, number of draws or concentration that is none.

    Examples
    --------
    >>> rules = pd.DataFrame({"indicator": ["x", "y"], "benchmark": 1.0, "weight": [50, 50]})
    >>> firms = pd.DataFrame({"x": [1.0, 1.3], "y": [1.0, 0.6]})
    >>> found = grade_sensitivity(firms, formula=rules, shares={"A": 0.5, "B": 0.5}, step=0.5)
    >>> found.firms[["grade", "turned_by"]].values.tolist()
    [['A', ('x +50 %: B', 'y -50 %: B')], ['B', ('x +50 %: A', 'y -50 %: A')]]
    """
    _require(step, draws, concentration)
    terms = terms_of(shares, ties)
    marks = read_marks(firms, terms, by=by, exempt=exempt, veto=veto)
    parts = read_parts(firms, formula, units=units, missing=missing, caps=caps, floors=floors)
    base = totals(parts, parts.weights[np.newaxis])[0]
    ranked = ~marks.exempt & (marks.group >= 0) & ~np.isnan(base)
    field = _Field(parts, marks, terms, np.flatnonzero(ranked))
    code = field.codes(parts.weights[np.newaxis])[0]
    turned = _turned(parts, step)
    turned_codes = field.codes(turned)
    drawn = _drawn(parts, draws, concentration, seed)
    counts = field.counts(drawn)
    table = _table(firms.index, field, code, counts, turned_codes, _labels(parts, step))
    return GradeSensitivity(
        table,
        _turns(parts, turned, step, code, turned_codes),
        pd.DataFrame(drawn, columns=parts.names),
    )


def _require(step: float, draws: int, concentration: float) -> None:
    if not 0 < step < 1:
        raise SchemaError(f"step must lie between 0 and 1, not {step}")
    if isinstance(draws, bool) or not 0 <= draws <= _MOST_DRAWS or draws != int(draws):
        raise SchemaError(f"draws must be a number from 0 to {_MOST_DRAWS:,}, not {draws}")
    if not 0 < concentration < np.inf:
        raise SchemaError(f"concentration must be above zero, not {concentration}")


@dataclass(frozen=True)
class _Field:
    """The ranked firms, and how they are graded under any weights."""

    parts: Parts
    marks: Marks
    terms: Terms
    at: NDArray[np.intp]
    """Positions of the ranked firms."""

    def codes(self, weights: Floats) -> Codes:
        """Return the grade of each ranked firm under each row of weights."""
        scores = totals(_some(self.parts, self.at), weights).round(_DECIMALS)
        groups = self.marks.group[self.at]
        codes = np.zeros(scores.shape, dtype=np.int8)
        for group in np.unique(groups):
            own = np.flatnonzero(groups == group)
            codes[:, own] = codes_of(scores[:, own], self.terms)
        full = np.zeros((len(weights), len(self.marks.group)), dtype=np.int8)
        full[:, self.at] = codes
        return self.marks.lowered(full, self.terms)[:, self.at]

    def counts(self, weights: Floats) -> NDArray[np.int64]:
        """Count in how many draws each ranked firm has each grade, so many draws at a time."""
        counts = np.zeros((len(self.at), len(self.terms.grades)), dtype=np.int64)
        size = max(1, _CELLS // max(1, len(self.marks.group)))
        for start in range(0, len(weights), size):
            codes = self.codes(weights[start : start + size])
            for grade in range(counts.shape[1]):
                counts[:, grade] += (codes == grade).sum(axis=0)
        return counts


def _some(parts: Parts, at: NDArray[np.intp]) -> Parts:
    return Parts(
        parts.names, parts.figures[at], parts.shares[at], parts.weights, parts.left_out[at], []
    )


def _turned(parts: Parts, step: float) -> Floats:
    """Raise and lower each weight in turn, and scale all to their sum."""
    count = len(parts.names)
    change = np.ones((2 * count, count))
    each = np.arange(count)
    change[2 * each, each], change[2 * each + 1, each] = 1 + step, 1 - step
    weights = parts.weights * change
    return np.asarray(weights * (parts.weights.sum() / weights.sum(axis=1, keepdims=True)))


def _drawn(parts: Parts, draws: int, concentration: float, seed: int) -> Floats:
    """Draw weights around those of the formula; an indicator without weight stays so."""
    total = parts.weights.sum()
    weights = np.zeros((int(draws), len(parts.names)))
    some = parts.weights > 0
    alpha = concentration * parts.weights[some] / total
    weights[:, some] = total * np.random.default_rng(seed).dirichlet(alpha, int(draws))
    return weights


def _labels(parts: Parts, step: float) -> list[str]:
    return [f"{name} {sign}{step * 100:g} %" for name in parts.names for sign in "+-"]


def _turns(
    parts: Parts, turned: Floats, step: float, code: Codes, turned_codes: Codes
) -> pd.DataFrame:
    count = len(parts.names)
    return pd.DataFrame(
        {
            "indicator": np.repeat(np.array(parts.names, dtype=object), 2),
            "change": np.tile([step, -step], count),
            "weight": turned[np.arange(2 * count), np.repeat(np.arange(count), 2)],
            "n_up": (turned_codes < code).sum(axis=1),
            "n_down": (turned_codes > code).sum(axis=1),
        }
    )


def _table(  # noqa: PLR0913, PLR0917 - what was found
    index: pd.Index,
    field: _Field,
    code: Codes,
    counts: NDArray[np.int64],
    turned: Codes,
    labels: list[str],
) -> pd.DataFrame:
    """Tabulate what becomes of each firm."""
    at, size, grades = field.at, len(index), field.terms.grades
    draws = int(counts[0].sum()) if len(counts) else 0
    share = np.full((size, len(grades)), np.nan)
    share[at] = counts / draws if draws else np.nan
    own = np.full(size, np.nan)
    own[at] = share[at, code] if draws else np.nan
    turned_by: list[tuple[str, ...]] = [()] * size
    for column in np.flatnonzero((turned != code).any(axis=0)):
        rows = np.flatnonzero(turned[:, column] != code[column])
        turned_by[at[column]] = tuple(
            f"{labels[row]}: {grades[turned[row, column]]}" for row in rows
        )
    names = np.full(size, None, dtype=object)
    names[at] = np.array(grades, dtype=object)[code]
    stays = [not by and not same < 1 for by, same in zip(turned_by, own, strict=True)]
    table: dict[str, Any] = {
        "grade": names,
        **{f"share_{grade}": share[:, j] for j, grade in enumerate(grades)},
        "share_same": own,
        "changes": ~np.array(stays, dtype=bool) if size else np.zeros(0, dtype=bool),
        "turned_by": pd.Series(turned_by, index=index, dtype=object),
    }
    told = [_told(*row) for row in zip(names, own, turned_by, strict=True)]
    table |= {"reason": [one[0] for one in told], "reason_en": [one[1] for one in told]}
    return pd.DataFrame(table, index=index)


def _told(grade: str | None, same: float, turned_by: tuple[str, ...]) -> tuple[str, str]:
    if grade is None:
        return "未参加分档", "it is not graded"
    zh, en = [], []
    if not np.isnan(same):
        zh.append(f"{same:.1%} 的抽样中仍为 {grade} 档")
        en.append(f"{grade} in {100 * same:.1f} % of the draws")
    if turned_by:
        zh.append(f"单项权重变动即改档：{'、'.join(turned_by)}")
        en.append(f"one weight turns it: {', '.join(turned_by)}")
    else:
        zh.append("单项权重变动不改档")
        en.append("no single weight turns it")
    return "；".join(zh), "; ".join(en)
