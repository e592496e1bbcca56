"""The Gaussian kernel of distances, reflected at 0, and its bandwidth."""

from typing import Final

import numpy as np
from scipy import sparse
from scipy.spatial.distance import cdist, pdist

from parkgeo.agglomeration._cross import Floats
from parkgeo.errors import SchemaError

REACH_BANDWIDTHS: Final = 6.0
"""Bandwidths beyond which the kernel, 6e-9 of its height, is left out."""
SAMPLE: Final = 2000
"""Points of a side from which on the spread of distances is that of an even sample."""

_HEIGHT: Final = 1 / np.sqrt(2 * np.pi)


def silverman(one: Floats, other: Floats | None, most: float) -> float:
    """Find Silverman's bandwidth, 0.9 min(s, IQR / 1.34) / n^(1/5), of distances up to one."""
    distances = pdist(_sampled(one)) if other is None else cdist(_sampled(one), _sampled(other))
    distances = distances.ravel()
    share = len(distances)
    distances = distances[distances <= most] if most > 0 else distances
    n = len(one) * (len(one) - 1) / 2 if other is None else len(one) * len(other)
    if len(distances) < 2 or not np.ptp(distances) > 0:  # noqa: PLR2004
        raise SchemaError(
            f"fewer than two different distances up to {most:,.0f} m: no bandwidth can be chosen; "
            "give bandwidth_m=…"
        )
    spread = float(distances.std(ddof=1))
    low, high = np.quantile(distances, (0.25, 0.75), overwrite_input=True)
    between = float(high - low) / 1.34
    narrow = min(spread, between) if between > 0 else spread
    return float(0.9 * narrow * (n * len(distances) / share) ** -0.2)


def _sampled(xy: Floats) -> Floats:
    return xy[:: -(-len(xy) // SAMPLE)]


def kernel_at(at: float, distance: Floats, h: float) -> Floats:
    """Weigh distances about one of them, per metre."""
    here, mirrored = (at - distance) / h, (at + distance) / h
    return np.asarray((np.exp(-(here**2) / 2) + np.exp(-(mirrored**2) / 2)) * (_HEIGHT / h))


def kernel_rows(r: Floats, h: float, step: float, nodes: int) -> sparse.csr_array:
    """Weigh the nodes of distance for each distance asked for."""
    wide = int(REACH_BANDWIDTHS * h / step) + 1
    middle = np.rint(r / step).astype(np.int64)[:, None]
    node = middle + np.arange(-wide, wide + 1)
    apart = node * step - r[:, None]
    used = (node >= 0) & (node < nodes) & (np.abs(apart) <= REACH_BANDWIDTHS * h)
    height = np.exp(-((apart / h) ** 2) / 2)
    near = r <= REACH_BANDWIDTHS * h
    height[near] += np.exp(-(((apart[near] + 2 * r[near, None]) / h) ** 2) / 2)
    ends = np.concatenate([[0], np.cumsum(used.sum(axis=1))])
    rows = (height[used] * (_HEIGHT / h), node[used], ends)
    return sparse.csr_array(rows, shape=(len(r), nodes))
