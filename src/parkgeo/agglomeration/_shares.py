"""Measures of what share of an industry, or of a region, lies where: no plants are needed."""

from numbers import Integral, Real
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from parkgeo.agglomeration._cross import Cross, Floats, cross_of, plants_of
from parkgeo.errors import SchemaError, first_rows

UNIT_REGION: Final = "region"
UNIT_INDUSTRY: Final = "industry"


def location_quotient(
    table: pd.DataFrame,
    *,
    region: str = UNIT_REGION,
    industry: str = UNIT_INDUSTRY,
    value: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Compare the share of each industry in each region with its share in all (区位商).

    .. math:: LQ_{ir} = \frac{x_{ir} / x_r}{x_i / x} = \frac{p_r}{p}

    Parameters
    ----------
    table
        One row per plant, parcel, or region and industry; or a matrix of regions × industries, all
        of numbers.
    region, industry, value
        Columns of a tidy table; without a value, rows are counted.
    confidence
        Level of the interval, which is given where all values are whole numbers: counts of plants
        or persons, each drawn by itself. Persons in one plant are not; then it is too narrow.

    Returns
    -------
    One row per region and industry: their labels, ``value``, ``share_of_region``,
    ``share_of_industry``, ``location_quotient``, ``low``, ``high`` (NaN for values that are no
    counts). All but the value are NaN in a region that has nothing, and for an industry that has
    none. ``attrs`` names rows without label or value.

    Notes
    -----
    The variance is that of the delta method with the region a part of the whole, n persons in the
    region of N:
    :math:`\mathrm{var}\,LQ = \frac{V_r}{p^2} - 2\frac{p_r}{p^3}\frac{n_r}{N}V_r +
    \frac{p_r^2}{p^4}\sum_s \left(\frac{n_s}{N}\right)^2 V_s` with
    :math:`V_r = p_r (1 - p_r) / n_r`.

    Raises
    ------
    SchemaError, UnknownNameError
        Values that are negative or no numbers, a column that is not there.

    References
    ----------
    Moineddin, R., Beyene, J., Boyle, E. (2003), On the location quotient confidence interval.

    Examples
    --------
    >>> found = location_quotient(pd.DataFrame({"a": [1714, 877499], "b": [77292, 14636719]}))
    >>> round(float(found["location_quotient"].iloc[0]), 7)
    0.3847623
    """
    _require_level(confidence)
    cross = cross_of(table, region=region, industry=industry, value=value)
    x = cross.value
    with np.errstate(invalid="ignore", divide="ignore"):
        of_region = x / x.sum(axis=1, keepdims=True)
        of_industry = x / x.sum(axis=0, keepdims=True)
        quotient = of_region / (x.sum(axis=0) / x.sum())
    deviation = _deviation(x) if (x == np.round(x)).all() else np.full(x.shape, np.nan)
    half = float(norm.ppf((1 + confidence) / 2)) * deviation
    out = _long(
        cross,
        value=x,
        share_of_region=of_region,
        share_of_industry=of_industry,
        location_quotient=quotient,
        low=np.maximum(quotient - half, 0.0),
        high=quotient + half,
    )
    out.attrs = {**cross.report, "confidence": confidence}
    return out


def _deviation(x: Floats) -> Floats:
    """Return the standard deviation of each location quotient, from counts."""
    n, whole = x.sum(axis=1, keepdims=True), x.sum()
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        p, part = x.sum(axis=0) / whole, x / n
        variance = part * (1 - part) / n
        of_whole = np.nansum((n / whole) ** 2 * variance, axis=0)
        spread = (
            variance / p**2
            - 2 * part / p**3 * (n / whole) * variance
            + part**2 / p**4 * of_whole
        )  # fmt: skip
    # Beside counts of which a float cannot hold the square, nothing is known of the others.
    known = np.isfinite(spread)
    return np.asarray(np.sqrt(np.maximum(np.where(known, spread, np.nan), 0.0)))


def hoover(
    table: pd.DataFrame,
    *,
    region: str = UNIT_REGION,
    industry: str = UNIT_INDUSTRY,
    value: str | None = None,
) -> "pd.Series[float]":
    r"""Measure what share of an industry would have to move to lie as everything does.

    .. math:: H_i = \tfrac12 \sum_r \left|\frac{x_{ir}}{x_i} - \frac{x_r}{x}\right|

    Parameters
    ----------
    table, region, industry, value
        As of :func:`location_quotient`.

    Returns
    -------
    One number per industry, 0–1; NaN for an industry that has nothing.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`location_quotient`.

    References
    ----------
    Hoover, E. M. (1936), The measurement of industrial localization.

    Examples
    --------
    >>> hoover(pd.DataFrame({"a": [1, 0], "b": [0, 1]})).tolist()
    [0.5, 0.5]
    """
    cross = cross_of(table, region=region, industry=industry, value=value)
    found = np.abs(_of_industry(cross) - _of_all(cross)[:, None]).sum(axis=0) / 2
    return _by_industry(cross, found, "hoover")


def krugman(  # noqa: PLR0913 - independent options, all by keyword
    table: pd.DataFrame,
    *,
    of: Literal["region", "industry"] = "region",
    against: Literal["rest", "all"] = "rest",
    region: str = UNIT_REGION,
    industry: str = UNIT_INDUSTRY,
    value: str | None = None,
) -> "pd.Series[float]":
    r"""Measure how special a region's industries are, or an industry's regions.

    .. math:: K_r = \sum_i \left|\frac{x_{ir}}{x_r} - \frac{y_i}{y}\right|

    with y the values of all other regions, or of all.

    Parameters
    ----------
    table, region, industry, value
        As of :func:`location_quotient`.
    of
        One number per region (specialisation) or per industry (concentration).
    against
        What it is compared with: the rest, or all, itself included.

    Returns
    -------
    0, the same as the others, to 2, nothing in common. NaN for a region that has nothing, or if
    there is no other.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`location_quotient`.

    References
    ----------
    Krugman, P. (1991), Geography and trade.

    Examples
    --------
    >>> krugman(pd.DataFrame({"a": [1, 0], "b": [0, 1]})).tolist()
    [2.0, 2.0]
    """
    _one_of("of", of, ("region", "industry"))
    _one_of("against", against, ("rest", "all"))
    cross = cross_of(table, region=region, industry=industry, value=value)
    x = cross.value if of == "region" else cross.value.T
    other = x.sum(axis=0) - x if against == "rest" else np.broadcast_to(x.sum(axis=0), x.shape)
    found = apart(x, other)
    labels = cross.regions if of == "region" else cross.industries
    return pd.Series(found, index=labels, name="krugman")


def apart(left: Floats, right: Floats) -> Floats:
    """Add up how far the shares in each row of one matrix are from those of the other."""
    with np.errstate(invalid="ignore", divide="ignore"):
        one = left / left.sum(axis=1, keepdims=True)
        other = right / right.sum(axis=1, keepdims=True)
    return np.asarray(np.abs(one - other).sum(axis=1))


def locational_gini(
    table: pd.DataFrame,
    *,
    region: str = UNIT_REGION,
    industry: str = UNIT_INDUSTRY,
    value: str | None = None,
) -> "pd.Series[float]":
    r"""Measure by a Lorenz curve how far an industry lies from where all lies.

    Regions stand in order of their location quotient; the curve goes over their share of all, the
    share of the industry. The index is twice the area between it and the diagonal.

    Parameters
    ----------
    table, region, industry, value
        As of :func:`location_quotient`.

    Returns
    -------
    One number per industry, 0 to below 1; NaN for an industry that has nothing. Regions that have
    nothing at all do not count.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`location_quotient`.

    References
    ----------
    Krugman, P. (1991), Geography and trade; Kim, S. (1995), Expansion of markets and the geographic
    distribution of economic activities.

    Examples
    --------
    >>> locational_gini(pd.DataFrame({"a": [1, 0], "b": [0, 1]})).tolist()
    [0.5, 0.5]
    """
    cross = cross_of(table, region=region, industry=industry, value=value)
    return _by_industry(cross, lorenz_gini(_of_industry(cross), _of_all(cross)), "gini")


def lorenz_gini(y: Floats, x: Floats) -> Floats:
    """Return twice the area between the Lorenz curve of each industry over x and the diagonal.

    ``y`` are shares of industries (columns) in regions (rows), ``x`` those of everything.
    """
    some = (x > 0) | (y > 0).any(axis=1)
    y, x = y[some], x[some]
    with np.errstate(invalid="ignore", divide="ignore"):
        order = np.argsort(y / x[:, None], axis=0, kind="stable")
    width = x[order]
    height = np.cumsum(np.take_along_axis(y, order, axis=0), axis=0)
    before = np.vstack([np.zeros(height.shape[1]), height[:-1]])
    return np.asarray(np.maximum(1 - (width * (height + before)).sum(axis=0), 0.0))


def cluster_index(  # noqa: PLR0913 - two more columns, all by keyword
    plants: pd.DataFrame,
    regions: pd.DataFrame,
    *,
    region: str = UNIT_REGION,
    industry: str = UNIT_INDUSTRY,
    size: str | None = None,
    area: str = "area_km2",
    population: str = "population",
) -> pd.DataFrame:
    r"""Measure clusters by stock, density and number of plants together (集群指数).

    .. math:: CI_{ir} = \frac{\dfrac{x_{ir}}{x_i}\cdot\dfrac{b_{ir}}{b_i}}
              {\dfrac{a_r}{a}\cdot\dfrac{p_r}{p}}

    with x the size of plants, b their number, a the area and p the population of regions.

    Parameters
    ----------
    plants
        One row per plant, with the columns ``region``, ``industry``, ``size``.
    regions
        One row per region, on an index of the same labels, with ``area`` and ``population``.
    region, industry, size
        Columns of the plants; without a size each counts as 1.
    area, population
        Columns of the regions, above 0.

    Returns
    -------
    One row per region and industry: their labels, ``size``, ``n_plants``, ``cluster_index``. 1 is
    the average; REAT and the paper take 4 as a cluster when stock and plants are twice theirs.

    Raises
    ------
    SchemaError, UnknownNameError
        A region of a plant that ``regions`` does not have, numbers that are not above 0, a column
        that is not there.

    References
    ----------
    Sternberg, R., Litzenberger, T. (2004), Regional clusters in Germany.

    Examples
    --------
    >>> plants = pd.DataFrame({"region": ["a", "a", "b"], "industry": "x"})
    >>> regions = pd.DataFrame({"area_km2": [1, 1], "population": [1, 1]}, index=["a", "b"])
    >>> cluster_index(plants, regions)["cluster_index"].round(3).tolist()
    [1.778, 0.444]
    """
    found = plants_of(plants, region=region, industry=industry, size=size)
    base = np.ones(len(found.regions))
    for name in (area, population):
        base *= _share_of(regions, found.regions, name)
    cross = cross_of(plants, region=region, industry=industry, value=size)
    shape = cross.value.shape
    cell = found.region * shape[1] + found.industry
    number = np.bincount(cell, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)
    index = _of_industry(cross) * (number / found.count) / base[:, None]
    out = _long(cross, size=cross.value, n_plants=number, cluster_index=index).astype(
        {"n_plants": np.int64}
    )
    out.attrs = found.report
    return out


def mix_entropy(
    table: pd.DataFrame,
    *,
    region: str = UNIT_REGION,
    industry: str = "class_code",
    value: str | None = None,
    n_classes: int | None = None,
) -> pd.DataFrame:
    r"""Measure how mixed the land of each region is (土地利用混合度).

    .. math:: E_r = -\frac{\sum_i p_{ir} \ln p_{ir}}{\ln K}

    Parameters
    ----------
    table, region, value
        As of :func:`location_quotient`.
    industry
        Column of the classes.
    n_classes
        K, how many classes there could be; by default as many as occur.

    Returns
    -------
    One row per region: ``entropy``, 0 for one class to 1 for equal shares of K; ``n_classes`` that
    it has; ``largest_share``. NaN for a region that has nothing, and with K = 1.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`location_quotient`; fewer ``n_classes`` than occur.

    References
    ----------
    Frank, L. D., Pivo, G. (1994), Impacts of mixed use and density on utilization of three modes of
    travel.

    Examples
    --------
    >>> mix_entropy(pd.DataFrame({"live": [1, 1], "work": [1, 0]}))["entropy"].tolist()
    [1.0, 0.0]
    """
    cross = cross_of(table, region=region, industry=industry, value=value)
    present = int((cross.value.sum(axis=0) > 0).sum())
    k = present if n_classes is None else _at_least(present, n_classes)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = cross.value / cross.value.sum(axis=1, keepdims=True)
        entropy = -np.where(p > 0, p * np.log(p), p).sum(axis=1) / np.log(k)
    out = pd.DataFrame(
        {
            "entropy": entropy + 0.0,
            "n_classes": (cross.value > 0).sum(axis=1),
            "largest_share": p.max(axis=1, initial=0.0) if p.size else np.nan,
        },
        index=cross.regions,
    )
    out.attrs = cross.report
    return out


def _share_of(regions: pd.DataFrame, wanted: pd.Index, name: str) -> Floats:
    """Return each region's share of the column's sum."""
    if not isinstance(regions, pd.DataFrame):
        raise SchemaError(f"regions must be a DataFrame, not a {type(regions).__name__}")
    if name not in regions.columns:
        raise SchemaError(f"regions have no column {name!r}")
    missing = wanted.difference(regions.index)
    if len(missing) or regions.index.has_duplicates:
        raise SchemaError(
            f"regions must name each region of the plants once in their index; "
            f"missing: {first_rows(missing) or 'none'}"
        )
    values = np.asarray(pd.to_numeric(regions[name], errors="coerce"), dtype=np.float64)
    if (wrong := ~(np.isfinite(values) & (values > 0))).any():
        raise SchemaError(f"{name!r} must be above 0; not so in {first_rows(regions.index[wrong])}")
    share: Floats = values[regions.index.get_indexer(wanted)] / values.sum()
    return share


def _require_level(given: object) -> None:
    if not isinstance(given, Real) or not 0 < float(given) < 1:
        raise SchemaError(f"confidence must lie between 0 and 1, not {given!r}")


def _at_least(present: int, given: object) -> int:
    if not isinstance(given, Integral) or int(given) < present:
        raise SchemaError(f"n_classes is {given!r}, but {present} classes occur")
    return int(given)


def _one_of(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise SchemaError(f"{name} must be one of {', '.join(map(repr, known))}, not {given!r}")


def _of_industry(cross: Cross) -> Floats:
    """Return the share of each industry that lies in each region."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(cross.value / cross.value.sum(axis=0, keepdims=True))


def _of_all(cross: Cross) -> Floats:
    """Return the share of everything that lies in each region."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(cross.value.sum(axis=1) / cross.value.sum())


def _by_industry(cross: Cross, found: Floats, name: str) -> "pd.Series[float]":
    some = cross.value.sum(axis=0) > 0
    out = pd.Series(np.where(some, found, np.nan), index=cross.industries, name=name)
    out.attrs = dict(cross.report)
    return out


def _long(cross: Cross, **columns: Floats) -> pd.DataFrame:
    """Lay matrices out as columns, one row per region and industry."""
    index = pd.MultiIndex.from_product([cross.regions, cross.industries])
    names = [str(label) for label in (cross.regions.name, cross.industries.name)]
    if taken := [name for name in names if name in columns]:
        raise SchemaError(f"the result has a column {taken[0]!r} of its own; rename yours")
    labels = {name: index.get_level_values(i) for i, name in enumerate(names)}
    return pd.DataFrame({**labels, **{name: grid.ravel() for name, grid in columns.items()}})
