"""Which parcels can lie on each other at all, where most of them share their borders.

How often ground is covered changes only at the borders of parcels. An edge that a neighbour has
too, the other way round, changes nothing: one goes, one comes. What is left, the *loose* edges, is
laid on a grid; where no loose edge is near, and the ground is covered once, no two parcels lie on
each other. In a survey without gaps that is nearly everywhere, and costs a look at each edge.
"""

from typing import Final

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
    if len(left) <= _FEW_PAIRS * len(parcels.order):
        return every
    edges, block = _edges(parcels)
    loose = _loose(parcels, left, right)[edges]
    if np.count_nonzero(loose) > _MANY_LOOSE * len(edges):
        return every
    return ~_covered_once(parcels, edges[loose], block[loose], left, right)


def _edges(parcels: Blocks) -> tuple[Indices, Indices]:
    """Return the first vertex of each edge, and its block."""
    counts = parcels.lasts - parcels.firsts
    block = np.repeat(np.arange(len(counts)), counts)
    return np.arange(len(block)) + (parcels.firsts - np.cumsum(counts) + counts)[block], block


def _loose(parcels: Blocks, left: Indices, right: Indices) -> Flags:
    """Say for each vertex whether the edge from it has no partner that runs the other way."""
    xy = parcels.source.xy
    begins = np.flatnonzero(np.diff(left, prepend=-1))
    ends = np.append(begins[1:], len(left))
    partner = np.full(len(xy), -1, dtype=np.intp)
    over(
        _kernels.match_borders,
        *(xy.view(np.int64), parcels.firsts, parcels.lasts, parcels.signs, parcels.bounds),
        *(parcels.starts, parcels.boxes, right, partner),
        split=(left[begins], begins, ends),
        doing="matching borders",
    )
    return np.asarray((partner < 0) | (partner[partner] != np.arange(len(partner))))


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
