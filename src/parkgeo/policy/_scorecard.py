"""Zones side by side by their targets, and what changed since the last time."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from parkgeo._atomic import replaced
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._evaluate import STATUSES
from parkgeo.policy._quantities import require_columns
from parkgeo.policy._scorecard_page import card, page

__all__ = ["Scorecard", "scorecard"]

_NEEDED: Final = (
    "indicator_id", "name", "name_en", "achievement", "status", "rank", "evaluated_on",
)  # fmt: skip
_DECIMALS: Final = 9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scorecard:
    """What :func:`scorecard` gives: zones (rows) by indicators, and their sums.

    ``scores``, ``previous`` and ``labels`` are what ``plots.radar`` draws:
    ``plots.radar(card.scores, previous=card.previous, labels=card.labels, target=1.0)``.
    """

    table: pd.DataFrame
    """A row for each zone, the best first, with ``score`` (weighted mean of known achievements),
    ``known`` and ``asked`` (numbers of indicators), one column for each status (numbers), ``rank``
    (ties share; null where too little is known), ``previous_rank``, ``climbed`` (places gained,
    negative where lost), ``change`` (of the score, over the indicators known both times)."""
    scores: pd.DataFrame
    """Achievement, from 0 to ``most``; null where there is no figure."""
    ranks: pd.DataFrame
    """Rank of each zone by each indicator, of :func:`evaluate`."""
    statuses: pd.DataFrame
    """Status by each indicator; null where the zone is not asked."""
    previous: pd.DataFrame | None
    """``scores`` of last time, on the same zones and indicators."""
    change: pd.DataFrame | None
    """``scores`` less ``previous``; null where either is not known."""
    labels: Mapping[str, tuple[str, str]]
    """Chinese and English name of each indicator."""
    evaluated_on: pd.Timestamp
    """Day of the evaluation."""
    previous_on: pd.Timestamp | None
    """Day of the evaluation before."""

    def __repr__(self) -> str:
        zones, names = self.scores.shape
        return f"<Scorecard of {zones} zones by {names} indicators on {self.evaluated_on:%Y-%m-%d}>"

    def _repr_html_(self) -> str:
        return card(self)

    def save(self, path: str | Path) -> Path:
        """Write the whole card as a page that opens without a network and prints.

        Parameters
        ----------
        path
            Where to; folders on the way are made.

        Returns
        -------
        The path.
        """
        place = Path(path)
        with replaced(place) as made:
            made.write_text(page(self), "utf-8")
        return place


def scorecard(  # noqa: PLR0913 - independent options, all by keyword
    evaluation: pd.DataFrame,
    *,
    by: str = "zone",
    previous: pd.DataFrame | None = None,
    weights: Mapping[str, float] | None = None,
    most: float = 1.0,
    min_known: float = 0.5,
) -> Scorecard:
    r"""Lay zones side by side by their targets, with ranks and what changed (晾晒).

    The score of a zone is the weighted mean of its achievements that are known, each cut at
    ``most``, so that plenty of one thing does not hide the lack of another:

    .. math:: score = \frac{\sum_i w_i \min(a_i, most)}{\sum_i w_i}

    Parameters
    ----------
    evaluation
        Of :func:`evaluate` by zone; drop the rows of indicators that are not to be shown.
    by
        Its column of zones.
    previous
        The evaluation of last time, such as the quarter before; of the same targets.
    weights
        Weight of each ``indicator_id``; 1 for those that are not named.
    most
        Achievement above which no more counts; 1 is the target.
    min_known
        Share of the weight of its indicators that must be known of a zone to rank it. No document
        says it; 0.5 is a convention of this library.

    Returns
    -------
    A :class:`Scorecard`: frames, and a card in notebooks.

    Raises
    ------
    SchemaError
        Columns are missing, a zone has an indicator twice, days are mixed, or options are out of
        range.
    UnknownNameError
        A weight is for an indicator that was not evaluated.

    Notes
    -----
    A figure that is not known counts as nothing known, never as 0: ``known`` says how many are.

    Examples
    --------
    >>> from parkgeo.policy import evaluate, targets
    >>> seen = pd.DataFrame({"zone": ["a", "b"], "measure": "tax_per_mu", "value": [40.0, 20.0],
    ...                      "unit": "万元/亩", "observed_on": "2024-06-30"})
    >>> asked = targets("杭政函〔2023〕13号").query("measure == 'tax_per_mu'")
    >>> scorecard(evaluate(seen, asked, on="2024-06-30", by="zone")).table["score"].tolist()
    [1.0, 0.5]
    """
    if not 0 < most < np.inf or not 0 <= min_known <= 1:
        raise SchemaError(
            f"most must be above 0 and min_known from 0 to 1: {most!r}, {min_known!r}"
        )
    day = _check(evaluation, by, what="evaluation")
    scores = _wide(evaluation, by, "achievement").astype("float64").clip(upper=most)
    names = evaluation.drop_duplicates("indicator_id").set_index("indicator_id")
    weight = _weights(weights, scores.columns)
    before = before_on = None
    if previous is not None:
        before_on = _check(previous, by, what="previous")
        if before_on >= day:
            raise SchemaError(
                f"previous is of {before_on:%Y-%m-%d}, which is not before {day:%Y-%m-%d}"
            )
        earlier = _wide(previous, by, "achievement").astype("float64").clip(upper=most)
        before = earlier.reindex(index=scores.index, columns=scores.columns)
    statuses = _wide(evaluation, by, "status")
    table = _sums(scores, before, statuses, weight, min_known)
    order = table.index
    return Scorecard(
        table=table,
        scores=scores.loc[order],
        ranks=_wide(evaluation, by, "rank").astype("Int64").loc[order],
        statuses=statuses.loc[order],
        previous=None if before is None else before.loc[order],
        change=None if before is None else (scores - before).loc[order],
        labels={
            str(name): (
                str(row["name"]),
                str(row["name_en"] if _is(row["name_en"]) else row["name"]),
            )
            for name, row in names.iterrows()
        },
        evaluated_on=day,
        previous_on=before_on,
    )


def _is(value: object) -> bool:
    return isinstance(value, str)


def _check(evaluation: pd.DataFrame, by: str, *, what: str) -> pd.Timestamp:
    """Require one row for each zone and indicator, all of one day, and return it."""
    require_columns(evaluation, by, *_NEEDED, what=what)
    if evaluation.empty:
        raise SchemaError(f"{what} has no rows; evaluate figures of at least one zone")
    twice = evaluation.duplicated([by, "indicator_id"], keep=False)
    if twice.any():
        raise SchemaError(
            f"{what}: a {by} has an indicator twice, in rows "
            f"{first_rows(evaluation.index[twice])}; evaluate by={by!r} alone"
        )
    strange = ~evaluation["status"].isin(STATUSES)
    if strange.any() or not pd.api.types.is_numeric_dtype(evaluation["achievement"]):
        raise SchemaError(
            f"{what} is no result of policy.evaluate: status or achievement is something else, in "
            f"rows {first_rows(evaluation.index[strange] if strange.any() else evaluation.index)}"
        )
    days = evaluation["evaluated_on"].unique()
    if len(days) != 1:
        found = ", ".join(str(day)[:10] for day in sorted(days)[:5])
        raise SchemaError(f"{what} mixes evaluations of {found}; take one, the other is previous=")
    return pd.Timestamp(days[0])


def _wide(evaluation: pd.DataFrame, by: str, column: str) -> pd.DataFrame:
    """Return zones by indicators, indicators in the order of the evaluation."""
    places = pd.MultiIndex.from_frame(evaluation[[by, "indicator_id"]])
    column_of = pd.Series(evaluation[column].array, index=places)
    wide = column_of.unstack()[evaluation["indicator_id"].drop_duplicates().tolist()]  # noqa: PD010 - a pivot table would drop what is null
    return wide.rename_axis(columns=None)


def _weights(weights: Mapping[str, float] | None, names: pd.Index) -> "pd.Series[float]":
    given = dict(weights or {})
    if strangers := [name for name in given if name not in names]:
        raise UnknownNameError(
            f"weights are given for {first_rows(strangers)}, and evaluated are {first_rows(names)}"
        )
    weight = pd.Series([float(given.get(name, 1.0)) for name in names], index=names)
    if not (np.isfinite(weight) & (weight >= 0)).all() or not weight.any():
        raise SchemaError("weights must be finite, not below 0, and not all 0")
    return weight


def _sums(
    scores: pd.DataFrame,
    before: pd.DataFrame | None,
    statuses: pd.DataFrame,
    weight: "pd.Series[float]",
    min_known: float,
) -> pd.DataFrame:
    """Sum up each zone; ties keep the order of their names."""
    asked = statuses.notna()
    table = pd.DataFrame({"score": _mean(scores, weight)}, index=scores.index)
    table["known"] = scores.notna().sum(axis=1)
    table["asked"] = asked.sum(axis=1)
    for status in STATUSES:
        table[status] = (statuses == status).sum(axis=1)
    table["rank"] = _rank(scores, asked, weight, min_known)
    if before is None:
        table["previous_rank"] = pd.Series(pd.NA, table.index, dtype="Int64")
        table["change"] = np.nan
    else:
        table["previous_rank"] = _rank(before, asked, weight, min_known)
        both = scores.notna() & before.notna()
        table["change"] = _mean(scores.where(both), weight) - _mean(before.where(both), weight)
    table["climbed"] = table["previous_rank"] - table["rank"]
    by_name = table.sort_index(key=lambda names: names.map(str))
    return by_name.sort_values(["rank", "score"], ascending=[True, False], kind="stable")


def _mean(scores: pd.DataFrame, weight: "pd.Series[float]") -> "pd.Series[float]":
    known = scores.notna().mul(weight).sum(axis=1)
    total = scores.mul(weight).sum(axis=1)
    return (total / known.where(known > 0)).astype("float64")


def _rank(
    scores: pd.DataFrame, asked: pd.DataFrame, weight: "pd.Series[float]", min_known: float
) -> "pd.Series[int]":
    """Rank zones of which enough is known, in steps that rounding does not change."""
    known = scores.notna().mul(weight).sum(axis=1)
    enough = known >= min_known * asked.mul(weight).sum(axis=1)
    score = _mean(scores, weight).round(_DECIMALS).where(enough)
    return score.rank(method="min", ascending=False).astype("Int64")
