"""Which parcels can lie on each other at all, where most of them share their borders.

How often ground is covered changes only at the borders of parcels. An edge that a neighbour has
too, the other way round, changes nothing: one goes, one comes. What is left, the *loose* edges, is
laid on a grid; where no loose edge is near, and the ground is covered once, no two parcels lie on
each other. In a survey without gaps that is nearly everywhere, and costs a look at each edge.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from parkgeo import _kernels
from parkgeo._ground import over
from parkgeo.concentration._lay import Edges, bounds_of, counted_cells
from parkgeo.concentration._plane import Blocks, Flags, Indices

_FEW_PAIRS: Final = 0.5
"""Pairs for each parcel up to which measuring them all is quicker."""

_MANY_LOOSE: Final = 0.5
"""Share of loose edges above which a grid of them would tell little."""

_CELLS: Final = 4
"""Cells of the grid for each parcel."""


def doubtful(parcels: Blocks, left: Indices, right: Indices) -> Flags:
    """Say which pairs may have ground in common; left numbers go up, and boxes of pairs meet.

    False means that they surely have none.
    """
    every = np.ones(len(left), dtype=np.bool_)
    many = len(parcels.source.xy) > np.iinfo(np.int32).max
    if many or len(left) <= _FEW_PAIRS * len(parcels.order):
        return every
    loose = _loose(parcels, left, right)
    return every if loose is None else ~_covered_once(parcels, *loose, left, right)


def _loose(parcels: Blocks, left: Indices, right: Indices) -> tuple[Indices, Indices] | None:
    """Return the edges without a partner that runs the other way, and their blocks.

    An edge goes by its first vertex. None where there are too many.
    """
    xy = parcels.source.xy
    begins = np.flatnonzero(np.diff(left, prepend=-1))
    ends = np.append(begins[1:], len(left))
    partner = np.full(len(xy), -1, dtype=np.int32)
    over(
        _kernels.match_borders,
        *(xy.view(np.int64), parcels.firsts, parcels.lasts, parcels.signs, parcels.bounds),
        *(parcels.starts, parcels.boxes, right, partner),
        split=(left[begins], begins, ends),
        doing="matching borders",
    )
    find: Callable[..., Any] = _kernels.compiled(_kernels.loose_edges)
    every = int((parcels.lasts - parcels.firsts).sum())
    edges, blocks = np.empty((2, int(_MANY_LOOSE * every)), dtype=np.intp)
    count = int(find(partner, parcels.firsts, parcels.lasts, edges, blocks))
    return (edges[:count], blocks[:count]) if count <= len(edges) else None


def _covered_once(
    parcels: Blocks, edges: Indices, block: Indices, left: Indices, right: Indices
) -> Flags:
    """Say of each pair whether the ground under both boxes is nowhere covered twice."""
    xy = parcels.source.xy
    low, high = np.minimum(xy[edges], xy[edges + 1]), np.maximum(xy[edges], xy[edges + 1])
    nobody = np.zeros(len(edges), dtype=np.int32)
    cells = counted_cells(
        Edges(xy, edges, edges + 1, parcels.signs[block], np.hstack([low, high]), nobody),
        bounds_of(parcels),
        cells=_CELLS * len(parcels.order),
    )
    out = np.empty(len(left), dtype=np.bool_)
    over(
        _kernels.pure_pairs,
        *(*cells, parcels.boxes),
        split=(left, right, out),
        doing="looking for overlaps",
    )
    return out
