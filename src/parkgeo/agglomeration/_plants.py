"""Measures that allow for the size of plants: Ellison–Glaeser and Maurel–Sédillot.

An industry of few large plants looks concentrated wherever they stand. Both indices take off what
the sizes of plants alone would make (the Herfindahl index H), and both are 0 in the mean if plants
choose regions as if by darts on a board where region r has the share x_r.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from parkgeo.agglomeration._cross import Floats, Plants, codes_of, crossed, plants_of
from parkgeo.errors import SchemaError, first_rows

ONE_PLANT: Final = "one plant: its size alone makes all concentration"
ONE_INDUSTRY: Final = "one industry: there is no other"
ONE_REGION: Final = "one region: there is nowhere else to be"


_SQUARE: Final = 2


def ellison_glaeser(
    plants: pd.DataFrame,
    *,
    region: str = "region",
    industry: str = "industry",
    size: str | None = None,
    regions: "pd.Series[float] | None" = None,
) -> pd.DataFrame:
    r"""Measure concentration beyond that of plants (Ellison–Glaeser 指数).

    .. math:: \gamma = \frac{G / (1 - \sum_r x_r^2) - H}{1 - H},
              \qquad G = \sum_r (s_r - x_r)^2, \qquad H = \sum_j z_j^2

    with :math:`s_r` the share of the industry in region r, :math:`x_r` that of everything, and
    :math:`z_j` the share of plant j in its industry.

    Parameters
    ----------
    plants
        One row per plant.
    region, industry, size
        Columns; employees, area or output as the size; without one each plant counts as 1.
    regions
        What each region has of everything, on an index of the same labels; by default the sum of
        all plants in the table.

    Returns
    -------
    One row per industry: ``n_plants``, ``size``, ``g``, ``h``, ``gamma``, ``z``, ``p_value`` and
    ``reason``. z compares G with :math:`(1 - \sum x_r^2) H`, which darts would make in the mean,
    with its standard deviation; the p-value is that of a normal z, on both sides, and rough for few
    plants. The authors call γ above 0.05 high and below 0.02 low.

    ``gamma``, ``z`` and ``p_value`` are NaN, with the ``reason``, for one plant and for one region.
    ``attrs`` names the rows without region, industry or size, and plants of size 0.

    Raises
    ------
    SchemaError, UnknownNameError
        Sizes that are negative or no numbers, regions that are not in ``regions``, no such column.

    References
    ----------
    Ellison, G., Glaeser, E. L. (1997), Geographic concentration in U.S. manufacturing industries:
    a dartboard approach. Journal of Political Economy 105.

    Examples
    --------
    >>> plants = pd.DataFrame({"region": list("aab"), "industry": "x", "size": [2, 1, 1]})
    >>> everything = pd.Series({"a": 50.0, "b": 50.0})
    >>> found = ellison_glaeser(plants, size="size", regions=everything)
    >>> found[["h", "gamma"]].round(6).iloc[0].tolist()
    [0.375, -0.2]
    """
    found = plants_of(plants, region=region, industry=industry, size=size)
    x, s, _ = board_of(found, regions)
    g = ((s - x[:, None]) ** 2).sum(axis=0)
    h = _powers(found, _SQUARE)
    spare = 1 - (x**2).sum()
    gamma = _beyond(g, spare, h)
    z = _z(g, x, h, _powers(found, 2 * _SQUARE))
    return _result(found, gamma, {"g": g, "h": h}, spare, {"z": z})


def maurel_sedillot(
    plants: pd.DataFrame,
    *,
    region: str = "region",
    industry: str = "industry",
    size: str | None = None,
    regions: "pd.Series[float] | None" = None,
) -> pd.DataFrame:
    r"""Measure concentration beyond that of plants, by pairs (Maurel–Sédillot 指数).

    .. math:: \gamma = \frac{(\sum_r s_r^2 - \sum_r x_r^2) / (1 - \sum_r x_r^2) - H}{1 - H}

    Where :func:`ellison_glaeser` finds an industry that avoids the large regions concentrated as
    well, this one asks only whether two of its plants stand together more often than chance has it.

    Parameters
    ----------
    plants, region, industry, size, regions
        As of :func:`ellison_glaeser`.

    Returns
    -------
    As :func:`ellison_glaeser`, with ``g`` for the first fraction, and without z and p-value.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`ellison_glaeser`.

    References
    ----------
    Maurel, F., Sédillot, B. (1999), A measure of the geographic concentration in French
    manufacturing industries. Regional Science and Urban Economics 29.

    Examples
    --------
    >>> plants = pd.DataFrame({"region": list("aab"), "industry": "x", "size": [2, 1, 1]})
    >>> everything = pd.Series({"a": 50.0, "b": 50.0})
    >>> found = maurel_sedillot(plants, size="size", regions=everything)
    >>> round(float(found["gamma"].iloc[0]), 6)
    -0.2
    """
    found = plants_of(plants, region=region, industry=industry, size=size)
    x, s, _ = board_of(found, regions)
    spare = 1 - (x**2).sum()
    excess = (s**2).sum(axis=0) - (x**2).sum()
    h = _powers(found, _SQUARE)
    with np.errstate(invalid="ignore", divide="ignore"):
        g = np.where(spare > 0, excess / spare, np.nan)
    return _result(found, _beyond(excess, spare, h), {"g": g, "h": h}, spare, {})


def coagglomeration(  # noqa: PLR0913 - independent options, all by keyword
    plants: pd.DataFrame,
    *,
    group: str | None = None,
    region: str = "region",
    industry: str = "industry",
    size: str | None = None,
    regions: "pd.Series[float] | None" = None,
) -> pd.DataFrame:
    r"""Measure whether industries stand together (共同集聚).

    For two industries,

    .. math:: \gamma^c_{ij} = \frac{\sum_r (s_{ir} - x_r)(s_{jr} - x_r)}{1 - \sum_r x_r^2}

    and for a group of them, with :math:`w_j` the share of industry j in the group,

    .. math:: \gamma^c = \frac{G / (1 - \sum_r x_r^2) - H - \sum_j \gamma_j w_j^2 (1 - H_j)}
              {1 - \sum_j w_j^2}, \qquad H = \sum_j w_j^2 H_j

    Parameters
    ----------
    plants, region, industry, size, regions
        As of :func:`ellison_glaeser`.
    group
        Column that puts each industry into one group, such as its division; without it, all pairs.

    Returns
    -------
    Without groups one row per pair, ``left``, ``right``, ``gamma``. With them one row per group:
    ``n_industries``, ``size``, ``gamma``, ``reason``; NaN for a group of one industry. For a group
    of two, the second is the first. On a board of one region all are NaN.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`ellison_glaeser`; an industry in two groups, or in none.

    References
    ----------
    Ellison, G., Glaeser, E. L. (1997); Ellison, G., Glaeser, E. L., Kerr, W. R. (2010), What causes
    industry agglomeration? American Economic Review 100.

    Examples
    --------
    >>> plants = pd.DataFrame({"region": list("aabb"), "industry": list("xyxy")})
    >>> coagglomeration(plants.iloc[:3])["gamma"].round(6).tolist()
    [-0.25]
    """
    found = plants_of(plants, region=region, industry=industry, size=size)
    x, s, _ = board_of(found, regions)
    spare = 1 - (x**2).sum()
    apart = s - x[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = apart.T @ apart / spare
    if group is not None:
        return _grouped(found, pairs, _group_of(plants, found, industry, group))
    left, right = np.triu_indices(len(found.industries), 1)
    out = pd.DataFrame(
        {
            "left": found.industries.take(left),
            "right": found.industries.take(right),
            "gamma": pairs[left, right],
        }
    )
    out.attrs = found.report
    return out


def _grouped(found: Plants, pairs: Floats, group: "pd.Series[Any]") -> pd.DataFrame:
    """Average the pairs of each group, weighted by both shares: the index of the group.

    Its definition is that, once the part of each industry with itself is taken off.
    """
    size = np.bincount(found.industry, found.size, minlength=len(found.industries))
    codes, labels = codes_of(group)
    member = codes == np.arange(len(labels))[:, None]
    weight = member * size / (member * size).sum(axis=1, keepdims=True)
    squares = (weight**2).sum(axis=1)
    both = np.einsum("gi,ij,gj->g", weight, pairs, weight)
    own = (weight**2 * np.diag(pairs)).sum(axis=1)
    n = member.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        gamma = np.where(n > 1, (both - own) / (1 - squares), np.nan)
    reason = np.full(len(n), None, dtype=object)
    reason[n == 1] = ONE_INDUSTRY
    if not np.isfinite(pairs).any():
        reason[:] = ONE_REGION
    out = pd.DataFrame(
        {
            "n_industries": n,
            "size": (member * size).sum(axis=1),
            "gamma": gamma,
            "reason": pd.array(reason, dtype="string"),
        },
        index=labels,
    )
    out.attrs = found.report
    return out


def _group_of(plants: pd.DataFrame, found: Plants, industry: str, group: str) -> "pd.Series[Any]":
    if group not in plants.columns:
        raise SchemaError(f"the table has no column {group!r} of groups")
    known = plants[[industry, group]].dropna().drop_duplicates()
    known = known[known[industry].isin(found.industries)]
    twice = known.loc[known[industry].duplicated(), industry]
    missing = found.industries.difference(pd.Index(known[industry]))
    if len(twice) or len(missing):
        raise SchemaError(
            f"each industry must be in one {group!r}; in several: {first_rows(twice) or 'none'}; "
            f"in none: {first_rows(missing) or 'none'}"
        )
    return known.set_index(industry)[group].reindex(found.industries)


def board_of(found: Plants, regions: "pd.Series[float] | None") -> tuple[Floats, Floats, pd.Index]:
    """Return the share of everything in each region, of each industry (columns) in it, and labels.

    Regions without plants belong to the board too: plants might have chosen them.
    """
    value, labels = crossed(found).value, found.regions
    if regions is None:
        everything = value.sum(axis=1)
    else:
        everything = _checked(regions, found)
        rows = np.zeros((len(regions), value.shape[1]))
        rows[regions.index.get_indexer(found.regions)] = value
        value, labels = rows, regions.index
    with np.errstate(invalid="ignore"):
        x = everything / everything.sum()
        return x, np.asarray(value / value.sum(axis=0, keepdims=True)), labels


def _checked(regions: "pd.Series[float]", found: Plants) -> Floats:
    """Read what regions have of everything."""
    if not isinstance(regions, pd.Series):
        raise SchemaError(f"regions must be a Series, not a {type(regions).__name__}")
    missing = found.regions.difference(regions.index)
    if regions.index.has_duplicates or len(missing):
        raise SchemaError(
            "regions must name each region of the plants once in their index; missing: "
            f"{first_rows(missing) or 'none'}"
        )
    values = np.asarray(pd.to_numeric(regions, errors="coerce"), dtype=np.float64)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any() or values.sum() == 0:
        raise SchemaError(
            "regions must be numbers, 0 or more, not all 0; found others in "
            f"{first_rows(regions.index[wrong]) or 'none'}"
        )
    return values


def _powers(found: Plants, power: int) -> Floats:
    """Return the sum over plants of the second or fourth power of their share in the industry."""
    size = np.bincount(found.industry, found.size, minlength=len(found.industries))
    share = found.size / size[found.industry]
    square = share * share
    weight = square if power == _SQUARE else square * square
    total = np.bincount(found.industry, weight, minlength=len(size))
    return np.asarray(total, dtype=np.float64)


def _beyond(g: Floats, spare: float, h: Floats) -> Floats:
    """Take from the concentration of an industry that of its plants."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((g / spare - h) / (1 - h))


def _z(g: Floats, x: Floats, h: Floats, fourth: Floats) -> Floats:
    """Compare G with its mean and deviation when plants choose regions by chance."""
    two, three = (x**2).sum(), (x**3).sum()
    variance = 2 * (
        h**2 * (two - 2 * three + two**2) - fourth * (two - 4 * three + 3 * two**2)
    )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((g - (1 - two) * h) / np.sqrt(variance))


def _result(
    found: Plants, gamma: Floats, parts: dict[str, Floats], spare: float, test: dict[str, Floats]
) -> pd.DataFrame:
    """Lay out one row per industry, with the reason for what is not defined."""
    count = found.count
    reason = np.full(len(count), None, dtype=object)
    reason[(count == 1) | (parts["h"] >= 1)] = ONE_PLANT
    if spare <= 0:
        reason[:] = ONE_REGION
    undefined = np.array([one is not None for one in reason], dtype=np.bool_)
    size = np.bincount(found.industry, found.size, minlength=len(count))
    columns = {"n_plants": count.astype(np.int64), "size": size, **parts}
    columns["gamma"] = np.where(undefined, np.nan, gamma)
    if test:
        z = np.where(undefined, np.nan, test["z"])
        columns |= {"z": z, "p_value": 2 * norm.sf(np.abs(z))}
    out = pd.DataFrame(columns, index=found.industries)
    out["reason"] = pd.array(reason, dtype="string")
    out.attrs = found.report
    return out
