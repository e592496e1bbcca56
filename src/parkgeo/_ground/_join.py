"""What belongs together: which positions pairs tie, and the union of the shapes of each group."""

from typing import Final

import numpy as np
import shapely

from parkgeo._ground._pieces import in_pieces
from parkgeo._ground._types import Floats, Geometries, Indices

_PIECE: Final = 4
"""Unions that a thread makes at a time: one may take as long as a hundred others."""


def summed(codes: Indices, values: Floats, count: int) -> Floats:
    """Add up the values of each code."""
    return np.asarray(np.bincount(codes, values, count), dtype=np.float64)


def components(size: int, left: Indices, right: Indices) -> Indices:
    """Tell the groups that pairs of positions tie together, by number."""
    # SciPy is slow to load.
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(left), dtype=np.bool_), (left, right)), (size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def union_by(shapes: Geometries, codes: Indices, count: int) -> Geometries:
    """Union the shapes of each code; one alone keeps its shape, none makes an empty one."""
    out = np.full(count, shapely.MultiPolygon(), dtype=object)
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=count)
    starts = np.cumsum(sizes) - sizes
    out[sizes == 1] = shapes[order[starts[sizes == 1]]]
    many = np.flatnonzero(sizes > 1)
    if len(many):
        several = order[sizes[codes[order]] > 1]
        together = shapely.geometrycollections(
            shapes[several], indices=np.searchsorted(many, codes[several])
        )
        out[many] = in_pieces(_union, np.asarray(together), doing="joining shapes", piece=_PIECE)
    return out


def _union(collections: Geometries) -> Geometries:
    """Union what is in each collection; without an axis all of them would become one."""
    return np.asarray(shapely.union_all(collections[:, None], axis=1))
