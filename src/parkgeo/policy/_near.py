"""Which host is nearest to each platform."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs

__all__ = ["Near", "nearest_host"]

Indices = NDArray[np.intp]

_ROUNDING_M: Final = 1e-3
"""Distances this close are the same: a common border bends by about as much between two planes."""


class Near(NamedTuple):
    """The position of each platform's nearest host, -1 where there is none, and how far it is."""

    host: Indices
    distance_m: NDArray[np.float64]


def nearest_host(
    geometry: gpd.GeoSeries,
    platform: Indices,
    is_host: NDArray[np.bool_],
    shared: "pd.Series[float]",
) -> Near:
    """Find the nearest host that a platform is not itself.

    Of several as near, the one with most common ground is taken, then the first.

    Parameters
    ----------
    geometry
        Blocks, in any CRS.
    platform
        Position of the platform of each block.
    is_host
        Of each platform.
    shared
        Common ground of two platforms, on their positions.
    """
    there = ~(geometry.isna() | geometry.is_empty).to_numpy(dtype=np.bool_)
    shapes = np.asarray(crs.to_zone(gpd.GeoSeries(geometry[there])), dtype=object)
    owner = platform[there]
    found = [_candidates(shapes, owner, ~is_host[owner], is_host[owner])]
    for one in np.flatnonzero(is_host):
        others = is_host[owner] & (owner != one)
        found.append(_candidates(shapes, owner, owner == one, others))
    own, host, metres = (np.concatenate(parts) for parts in zip(*found, strict=True))
    common = shared.reindex(pd.MultiIndex.from_arrays([own, host])).fillna(0.0).to_numpy()
    order = np.lexsort([host, -np.round(common, 12), np.round(metres / _ROUNDING_M), own])
    best, first = np.unique(own[order], return_index=True)
    near = Near(np.full(len(is_host), -1, dtype=np.intp), np.full(len(is_host), np.nan))
    near.host[best] = host[order][first]
    distance_m = metres[order][first]
    near.distance_m[best] = np.where(distance_m < _ROUNDING_M, 0.0, distance_m)
    return near


def _candidates(
    shapes: NDArray[np.object_],
    owner: Indices,
    ours: NDArray[np.bool_],
    hosts: NDArray[np.bool_],
) -> tuple[Indices, Indices, NDArray[np.float64]]:
    """Pair platforms with the hosts that are nearest to one of their blocks."""
    none = np.zeros(0, dtype=np.intp)
    if not ours.any() or not hosts.any():
        return none, none, np.zeros(0)
    tree = shapely.STRtree(shapes[hosts])
    (row, _), metres = tree.query_nearest(shapes[ours], return_distance=True, all_matches=False)
    reach_m = np.zeros(int(ours.sum()))
    reach_m[row] = metres + 2 * _ROUNDING_M
    row, block = tree.query(shapes[ours], predicate="dwithin", distance=reach_m)
    metres = shapely.distance(shapes[ours][row], shapes[hosts][block])
    return owner[ours][row], owner[hosts][block], metres
