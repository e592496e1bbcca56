"""The ground that an extent surely covers, and the ground that it may cover.

A boundary known to ε metres lies somewhere in the band of half-width ε around its line (the
ε-band of Perkal 1956). Inside the band nothing is sure: the extent eroded by ε is the ground that
is surely inside, the extent dilated by ε is all that may be inside.
"""

import numpy as np

from parkgeo._ground import GAP_M, Geometries, Indices, offset
from parkgeo.overlap._extents import NOISE_M, Extents


def bands(extents: Extents, wanted: Indices) -> tuple[Geometries, Geometries]:
    """Erode and dilate the wanted extents by their accuracy; unknown accuracy counts as none.

    Returns
    -------
    Arrays as long as the extents; an extent that is not wanted stands in both as it is.
    """
    inner, outer = extents.shapes.copy(), extents.shapes.copy()
    accuracy_m = np.nan_to_num(extents.accuracy_m)
    moved = wanted[accuracy_m[wanted] > NOISE_M]
    if len(moved):
        distance_m = accuracy_m[moved]
        closing_m = np.where(extents.n_blocks[moved] > 1, np.minimum(distance_m, GAP_M), 0.0)
        shapes = extents.shapes[moved]
        outer[moved] = offset(shapes, distance_m, extents.origin)
        closed = offset(shapes, closing_m, extents.origin)
        inner[moved] = offset(closed, -distance_m - closing_m, extents.origin)
    return inner, outer
