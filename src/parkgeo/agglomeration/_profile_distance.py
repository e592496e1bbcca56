"""At which distances the plants of each industry stand closer than chance has it."""

from collections.abc import Hashable
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo._progress import watched
from parkgeo.agglomeration._cross import Floats
from parkgeo.agglomeration._distance_bands import require_settings
from parkgeo.agglomeration._distance_points import distances_to_ask
from parkgeo.agglomeration._distance_result import DistanceResult
from parkgeo.agglomeration._duranton_overman import duranton_overman
from parkgeo.errors import SchemaError

FEWEST: Final = 10
"""Plants below which there is no density of distances: ten have 45 pairs."""


class Reach(NamedTuple):
    """Where a curve is beyond its global band: most of all, first and last; metres."""

    most_m: float = np.nan
    from_m: float = np.nan
    to_m: float = np.nan


class Localisation(NamedTuple):
    """What Kd says of an industry, or why it says nothing."""

    localisation_index: float = np.nan
    dispersion_index: float = np.nan
    p_value: float = np.nan
    localised: Reach = Reach()
    dispersed: Reach = Reach()
    reason: str | None = None


class Asked(NamedTuple):
    """What is asked of each industry: distances in metres, draws, level of the bands, seed."""

    r: object
    simulations: int
    level: float
    seed: int


def require_asked(asked: Asked) -> None:
    """Refuse settings that mean nothing, before any work is done."""
    require_settings(asked.simulations, asked.level)
    if asked.r is not None:
        distances_to_ask(asked.r, np.empty((0, 2)))


def localisations(
    plants: gpd.GeoDataFrame, *, industry: str, size: str | None, asked: Asked
) -> tuple[dict[Hashable, Localisation], dict[str, Any]]:
    """Return what Kd says of each industry, and how it was found."""
    sites = _sites(plants, industry, size)
    counts = sites[industry].value_counts()
    # Once for all industries: each of them is drawn from all plants.
    metres = crs.to_zone(sites) if (counts >= FEWEST).any() else sites
    found, how = {}, {**asked._asdict(), "r": np.nan, "error": 0.0}
    for label, n in watched(counts.items(), doing="distances by industry", total=len(counts)):
        if reason := _undefined(int(n), metres, size):
            found[label] = Localisation(reason=reason)
            continue
        try:
            curve = duranton_overman(
                metres, industry=industry, reference=label, weight=size, r=asked.r,
                simulations=asked.simulations, level=asked.level, seed=asked.seed,
            )  # fmt: skip
        except SchemaError as error:
            found[label] = Localisation(reason=str(error))
            continue
        found[label] = _said(curve)
        how["r"], how["error"] = float(curve.table["r_m"].max()), max(how["error"], curve.error)
    return found, how


def _sites(plants: gpd.GeoDataFrame, industry: str, size: str | None) -> gpd.GeoDataFrame:
    """Keep plants that have a place, an industry and a size; those with an outline, by a point."""
    shapes = plants.geometry
    kept = ~(shapes.isna() | shapes.is_empty) & plants[industry].notna()
    columns = {industry: plants[industry]}
    if size is not None:
        columns[size] = pd.to_numeric(plants[size])
        kept &= columns[size] > 0
    sites = gpd.GeoDataFrame(columns, geometry=shapes)[kept.to_numpy(dtype=np.bool_)]
    if (sites.geom_type != "Point").any():
        sites = sites.set_geometry(sites.representative_point())
    return sites


def _undefined(n: int, sites: gpd.GeoDataFrame, size: str | None) -> str | None:
    if n < FEWEST:
        return f"{n} plants: fewer than {FEWEST} have too few distances for a density"
    if n == len(sites) and (size is None or np.ptp(sites[size]) == 0):
        return "all sites are of this industry: every draw is the same"
    return None


def _said(curve: DistanceResult) -> Localisation:
    table = curve.table
    r = table["r_m"].to_numpy()
    return Localisation(
        localisation_index=curve.localisation_index,
        dispersion_index=curve.dispersion_index,
        p_value=curve.p_value,
        localised=_reach(r, table["localisation"].to_numpy()),
        dispersed=_reach(r, table["dispersion"].to_numpy()),
    )


def _reach(r: Floats, beyond: Floats) -> Reach:
    some = r[beyond > 0]
    if len(some) == 0:
        return Reach()
    return Reach(float(r[np.nanargmax(beyond)]), float(some[0]), float(some[-1]))
