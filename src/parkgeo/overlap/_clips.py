"""Common ground drawn from meetings that are certain, and what that leaves to GEOS."""

from typing import Final

import numpy as np

from parkgeo import _kernels
from parkgeo._ground import (
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    Rings,
    blocks_of,
    in_threads,
    shapes_of,
    surely_valid,
)

_CHUNK: Final = 256

_EXACT: Final = 1e-9
"""Largest relative difference between the area of what is drawn and the one that was measured."""


def clips(blocks: Blocks, left: Indices, right: Indices, area_m2: Floats) -> Geometries:
    """Draw what pairs share; null where that is not certain, and GEOS must draw it.

    What is drawn is surely valid, and has the area that the sums over edges gave.
    """
    out = np.full(len(left), None, dtype=object)
    vertices = blocks.vertices
    source = blocks.source
    rings = np.column_stack([source.starts, source.stops, source.shell])
    runs = np.column_stack([source.runs[:-1], source.runs[1:]])[blocks.order]
    whole = (
        *(source.xy, blocks.firsts, blocks.lasts, blocks.signs, blocks.bounds),
        *(blocks.starts, blocks.boxes, rings, blocks.ring_boxes, runs),
    )
    fast = _kernels.compiled(_kernels.pair_clips)

    def draw(begin: int) -> None:
        one, two = left[begin : begin + _CHUNK], right[begin : begin + _CHUNK]
        room = vertices[one] + vertices[two] + _kernels.MOST_CROSSINGS + _kernels.MOST_PARTS
        places = np.cumsum(room) - room
        xy = np.empty((room.sum(), 2))
        ends = np.empty((len(one), _kernels.MOST_PARTS), dtype=np.intp)
        around = np.empty_like(ends)
        counts = np.empty(len(one), dtype=np.intp)
        fast(*whole, xy, one, two, places, ends, around, counts)
        drawn = _rings(xy, places, ends, around, counts)
        sure = np.flatnonzero(_is_sure(drawn, area_m2[begin : begin + _CHUNK]))
        out[begin + sure] = shapes_of(drawn.take(sure))

    in_threads(draw, range(0, len(left), _CHUNK), doing="drawing common ground")
    return out


def _rings(xy: Floats, places: Indices, ends: Indices, around: Indices, counts: Indices) -> Rings:
    """Put the rings of each pair in order, each shell before its holes."""
    owner, ring = np.nonzero(np.arange(ends.shape[1]) < counts[:, None])
    starts = np.where(ring == 0, places[owner], ends[owner, ring - 1])
    shell = around[owner, ring] == ring
    order = np.lexsort([~shell, around[owner, ring], owner])
    return Rings(
        xy,
        starts=starts[order],
        stops=ends[owner, ring][order],
        owner=owner[order],
        part=np.cumsum(shell[order]) - 1,
        shell=shell[order],
        shapes=len(counts),
    )


def _is_sure(drawn: Rings, area_m2: Floats) -> Flags:
    blocks = blocks_of(drawn)
    off_m2 = np.abs(blocks.area_m2 - area_m2)
    return np.asarray(surely_valid(blocks) & (off_m2 <= _EXACT * area_m2))
