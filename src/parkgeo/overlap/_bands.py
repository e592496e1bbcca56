"""The ground that an extent surely covers, and the ground that it may cover.

A boundary known to ε metres lies somewhere in the band of half-width ε around its line (the
ε-band of Perkal 1956). Inside the band nothing is sure: the extent eroded by ε is the ground that
is surely inside, the extent dilated by ε is all that may be inside.
"""

import numpy as np

from parkgeo._ground import GAP_M, Geometries, Indices, closed, offset
from parkgeo.overlap._extents import NOISE_M, Extents


def bands(shapes: Geometries, extents: Extents, rows: Indices) -> tuple[Geometries, Geometries]:
    """Erode and dilate some extents by their accuracy; unknown accuracy counts as none.

    Parameters
    ----------
    shapes
        The extents ``rows``, as polygons.
    """
    inner, outer = shapes.copy(), shapes.copy()
    accuracy_m, n_blocks = np.nan_to_num(extents.accuracy_m[rows]), extents.n_blocks[rows]
    moved = np.flatnonzero(accuracy_m > NOISE_M)
    if len(moved):
        distance_m = accuracy_m[moved]
        closing_m = np.where(n_blocks[moved] > 1, np.minimum(distance_m, GAP_M), 0.0)
        outer[moved] = offset(shapes[moved], distance_m, extents.origin)
        whole = closed(shapes[moved], closing_m, extents.origin)
        inner[moved] = offset(whole, -distance_m - closing_m, extents.origin)
    return inner, outer
