"""The Gaussian kernel of distances, reflected at 0, and its bandwidth."""

from typing import Final

import numpy as np
from scipy import sparse

from parkgeo.agglomeration._cross import Floats
from parkgeo.agglomeration._distance_pairs import Side, pairs_by_numpy
from parkgeo.errors import SchemaError

REACH_BANDWIDTHS: Final = 6.0
"""Bandwidths beyond which the kernel, 6e-9 of its height, is left out."""
SAMPLE: Final = 2000
"""Points of a side from which on the spread of distances is that of an even sample."""

_HEIGHT: Final = 1 / np.sqrt(2 * np.pi)


def silverman(one: Floats, other: Floats | None, most: float) -> float:
    """Find Silverman's bandwidth, 0.9 min(s, IQR / 1.34) / n^(1/5), of distances up to one."""
    sides = [None if xy is None else sampled(xy) for xy in (one, other)]
    some = [None if xy is None else Side(xy, np.ones(len(xy))) for xy in sides]
    distances = np.concatenate([apart for apart, _ in pairs_by_numpy(some[0], some[1])])  # type: ignore[arg-type]
    share = len(distances)
    distances = distances[distances <= most] if most > 0 else distances
    n = len(one) * (len(one) - 1) / 2 if other is None else len(one) * len(other)
    if len(distances) < 2 or not np.ptp(distances) > 0:  # noqa: PLR2004
        raise SchemaError(
            f"fewer than two different distances up to {most:,.0f} m: no bandwidth can be chosen; "
            "give bandwidth_m=…"
        )
    low, high = np.quantile(distances, (0.25, 0.75))
    spread = float(distances.std(ddof=1))
    between = float(high - low) / 1.34
    narrow = min(spread, between) if between > 0 else spread
    return float(0.9 * narrow * (n * len(distances) / share) ** -0.2)


def sampled(xy: Floats) -> Floats:
    return xy[:: -(-len(xy) // SAMPLE)]


def kernel_at(at: float, distance: Floats, h: float) -> Floats:
    here, mirrored = (at - distance) / h, (at + distance) / h
    return np.asarray((np.exp(-(here**2) / 2) + np.exp(-(mirrored**2) / 2)) * (_HEIGHT / h))


def kernel_rows(r: Floats, h: float, step: float, nodes: int) -> sparse.csr_array:
    """Weigh the nodes of distance for each distance asked for."""
    place = np.arange(nodes, dtype=np.float64) * step
    rows = []
    for at in r:
        near = np.flatnonzero(np.abs(place - at) <= REACH_BANDWIDTHS * h)
        row = sparse.coo_array(
            (kernel_at(float(at), place[near], h), (np.zeros(len(near), dtype=int), near)),
            shape=(1, nodes),
        )
        rows.append(row)
    return sparse.csr_array(sparse.vstack(rows))
