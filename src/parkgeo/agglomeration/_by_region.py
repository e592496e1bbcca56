"""All measures by region of each industry, side by side."""

import numpy as np
import pandas as pd

from parkgeo.agglomeration._cross import plants_of
from parkgeo.agglomeration._plants import board_of, ellison_glaeser, maurel_sedillot
from parkgeo.agglomeration._shares import apart, lorenz_gini


def by_region(
    plants: pd.DataFrame,
    *,
    region: str = "region",
    industry: str = "industry",
    size: str | None = None,
    regions: "pd.Series[float] | None" = None,
) -> pd.DataFrame:
    """Measure how each industry lies in the regions, by all measures at once (集聚度).

    Read them together: shares alone (``hoover``, ``gini``, ``krugman``) are high for an industry of
    two large plants wherever these stand; γ is what remains once that is taken off.

    Parameters
    ----------
    plants, region, industry, size, regions
        As of :func:`ellison_glaeser`.

    Returns
    -------
    One row per industry: ``n_plants``, ``n_regions`` that it is in, ``size``; ``hhi``, the
    Herfindahl index H of its plants; ``hoover`` and ``gini`` of its regions against everything,
    ``krugman`` against the plants of all other industries; ``ellison_glaeser`` with its ``z`` and
    ``p_value``; ``maurel_sedillot``; ``largest_region``, the first of those that have most of it,
    ``largest_share`` and ``location_quotient`` there; ``reason``, where γ is not defined.

    ``krugman`` is NaN where there is no other industry. ``attrs`` as of :func:`ellison_glaeser`.

    Raises
    ------
    SchemaError, UnknownNameError
        As of :func:`ellison_glaeser`.

    References
    ----------
    As of each: :func:`hoover`, :func:`krugman`, :func:`locational_gini`, :func:`ellison_glaeser`,
    :func:`maurel_sedillot`, :func:`location_quotient`.

    Examples
    --------
    >>> plants = pd.DataFrame({"region": list("aabb"), "industry": list("xxxy")})
    >>> by_region(plants)[["hoover", "largest_region"]].round(3).values.tolist()
    [[0.167, 'a'], [0.5, 'b']]
    """
    gamma = ellison_glaeser(plants, region=region, industry=industry, size=size, regions=regions)
    pairs = maurel_sedillot(plants, region=region, industry=industry, size=size, regions=regions)
    found = plants_of(plants, region=region, industry=industry, size=size)
    x, y, labels = board_of(found, regions)
    held = y * gamma["size"].to_numpy()
    largest = y.argmax(axis=0) if y.size else np.zeros(y.shape[1], dtype=np.intp)
    share = y[largest, np.arange(y.shape[1])]
    with np.errstate(divide="ignore"):
        quotient = share / x[largest]
    out = pd.DataFrame(
        {
            "n_plants": gamma["n_plants"],
            "n_regions": (y > 0).sum(axis=0),
            "size": gamma["size"],
            "hhi": gamma["h"],
            "hoover": np.abs(y - x[:, None]).sum(axis=0) / 2,
            "gini": lorenz_gini(y, x),
            "krugman": apart(held.T, (held.sum(axis=1, keepdims=True) - held).T),
            "ellison_glaeser": gamma["gamma"],
            "z": gamma["z"],
            "p_value": gamma["p_value"],
            "maurel_sedillot": pairs["gamma"],
            "largest_region": labels.take(largest),
            "largest_share": share,
            "location_quotient": quotient,
            "reason": gamma["reason"],
        },
        index=gamma.index,
    )
    out.attrs = found.report
    return out
