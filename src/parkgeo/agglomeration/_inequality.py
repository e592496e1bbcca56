"""How unevenly numbers are spread: Gini, Herfindahl–Hirschman, Theil."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from parkgeo.agglomeration._cross import Floats, values_1d
from parkgeo.errors import SchemaError


def gini(x: ArrayLike, *, weights: ArrayLike | None = None, normalised: bool = False) -> float:
    r"""Measure inequality by the mean difference of two draws (基尼系数).

    .. math:: G = \frac{\sum_i \sum_j w_i w_j\,|x_i - x_j|}{2\,\bar x\,(\sum_i w_i)^2}

    Parameters
    ----------
    x
        Numbers, finite, not negative.
    weights
        How often each number counts, such as the population of a region; 1 by default.
    normalised
        Multiply by n/(n-1), so that one who has all gives 1; only without weights.

    Returns
    -------
    0 where all are equal, below 1; NaN where all are 0, and normalised for a single number.

    Raises
    ------
    SchemaError
        Numbers or weights that are negative or not finite, of different lengths, no weight at all.

    References
    ----------
    Gini, C. (1912), Variabilità e mutabilità.

    Examples
    --------
    >>> round(gini([20, 50, 20, 10]), 6), round(gini([20, 50, 20, 10], normalised=True), 6)
    (0.3, 0.4)
    """
    values, weight = _weighted(x, weights)
    if normalised and weights is not None:
        raise SchemaError("normalised is defined for numbers that count once; leave weights out")
    order = np.argsort(values)
    share = weight[order] / weight.sum()
    below = np.cumsum(share) - share / 2
    mean = float(np.dot(values, weight) / weight.sum())
    if mean == 0:
        return float("nan")
    found = float(np.dot(share * values[order], 2 * below - 1) / mean)
    n = len(values)
    if not normalised:
        return max(found, 0.0)
    return max(found, 0.0) * n / (n - 1) if n > 1 else float("nan")


def hhi(x: ArrayLike, *, normalised: bool = False) -> float:
    r"""Measure concentration by the sum of squared shares (赫芬达尔–赫希曼指数).

    .. math:: H = \sum_i \left(\frac{x_i}{\sum_j x_j}\right)^2,
              \qquad H^* = \frac{H - 1/n}{1 - 1/n}

    Parameters
    ----------
    x
        Sizes, finite, not negative.
    normalised
        Give :math:`H^*`, 0 where all are equal and 1 where one has all.

    Returns
    -------
    1/n to 1; NaN where all are 0, and normalised for a single number.

    Raises
    ------
    SchemaError
        Sizes that are negative or not finite.

    References
    ----------
    Hirschman, A. O. (1964), The paternity of an index.

    Examples
    --------
    >>> round(hhi([20, 50, 20, 10]), 6)
    0.34
    """
    values = values_1d(x, "x")
    total, n = values.sum(), len(values)
    if total == 0 or (normalised and n == 1):
        return float("nan")
    found = float(((values / total) ** 2).sum())
    return (found - 1 / n) / (1 - 1 / n) if normalised else found


def theil(
    x: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    groups: Sequence[object] | None = None,
    measure: Literal["T", "L"] = "T",
) -> "float | pd.Series[float]":
    r"""Measure inequality by entropy, within groups and between them (泰尔指数).

    .. math:: T = \sum_i \frac{w_i}{W} \frac{x_i}{\bar x} \ln \frac{x_i}{\bar x},
              \qquad L = \sum_i \frac{w_i}{W} \ln \frac{\bar x}{x_i}

    The two weigh groups by what they have (T) or by how many they are (L); ``theil`` of the R
    package REAT is L.

    Parameters
    ----------
    x
        Numbers, finite, not negative.
    weights
        How often each number counts; 1 by default.
    groups
        Label of each number: split the index into what is within groups and what is between them.
        Numbers without a label are one group.
    measure
        T or L, the mean logarithmic deviation.

    Returns
    -------
    The index; with ``groups`` a Series ``total``, ``within``, ``between``, of which the last two
    add up to the first. NaN where all are 0; L is infinite where one is 0.

    Raises
    ------
    SchemaError
        Numbers or weights that are negative or not finite, arrays of different lengths.

    References
    ----------
    Theil, H. (1967), Economics and information theory.

    Examples
    --------
    >>> round(theil([10, 10, 10, 20, 50], measure="L"), 7)
    0.2326302
    """
    values, weight = _weighted(x, weights)
    if measure not in ("T", "L"):
        raise SchemaError(f"measure must be 'T' or 'L', not {measure!r}")
    total = _theil(values, weight, measure)
    if groups is None:
        return total
    if len(groups) != len(values):
        raise SchemaError(
            f"{len(groups)} groups for {len(values)} numbers; name the group of each number"
        )
    labels = pd.Series(list(groups), dtype=object)
    try:
        codes, _ = pd.factorize(labels, use_na_sentinel=False)
    except TypeError as error:
        raise SchemaError("groups must be labels: text, numbers or dates") from error
    size = np.bincount(codes, weight).astype(np.float64)
    held = np.bincount(codes, weight * values).astype(np.float64)
    some = size > 0
    between = _theil(held[some] / size[some], size[some], measure)
    return pd.Series(
        {"total": total, "within": max(total - between, 0.0), "between": between}, name="theil"
    )


def _theil(values: Floats, weight: Floats, measure: str) -> float:
    share = weight / weight.sum()
    mean = float(np.dot(share, values))
    if mean == 0:
        return float("nan")
    ratio = values[share > 0] / mean
    share = share[share > 0]
    with np.errstate(divide="ignore"):
        log = np.log(ratio)
    if measure == "L":
        return float(-np.dot(share, log))
    return float(np.dot(share * ratio, np.where(ratio > 0, log, 0.0)))


def _weighted(x: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    values = values_1d(x, "x")
    if weights is None:
        return values, np.ones(len(values))
    weight = values_1d(weights, "weights")
    if len(weight) != len(values):
        raise SchemaError(f"{len(weight)} weights for {len(values)} numbers")
    if weight.sum() == 0:
        raise SchemaError("weights must not all be 0")
    return values, weight
