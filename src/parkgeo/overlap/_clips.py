"""Common ground drawn from crossings that are certain, and what that leaves to GEOS."""

from typing import Final

import numpy as np
import shapely

from parkgeo import _kernels
from parkgeo._ground import (
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    blocks_of,
    in_threads,
    rings_of,
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
        room = vertices[one] + vertices[two] + 2 * _kernels.MOST_CROSSINGS
        places = np.cumsum(room) - room
        xy = np.empty((room.sum(), 2))
        ends = np.empty((len(one), _kernels.MOST_PARTS), dtype=np.intp)
        counts = np.empty(len(one), dtype=np.intp)
        fast(*whole, xy, one, two, places, ends, counts)
        drawn = _polygons(xy, places, ends, counts)
        sure = _is_sure(drawn, area_m2[begin : begin + _CHUNK])
        out[begin : begin + _CHUNK][sure] = drawn[sure]

    in_threads(draw, range(0, len(left), _CHUNK), doing="drawing common ground")
    return out


def _polygons(xy: Floats, places: Indices, ends: Indices, counts: Indices) -> Geometries:
    """Build a polygon or a multipolygon per pair from its closed parts; null where it has none."""
    counts = np.maximum(counts, 0)
    owner = np.repeat(np.arange(len(counts)), counts)
    part = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    stops = ends[owner, part]
    starts = np.where(part == 0, places[owner], ends[owner, part - 1])
    lengths = stops - starts
    ring = np.repeat(np.arange(len(owner)), lengths)
    rows = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    parts = np.asarray(shapely.polygons(shapely.linearrings(xy[rows], indices=ring)))
    out = np.full(len(counts), None, dtype=object)
    single = counts[owner] == 1
    out[owner[single]] = parts[single]
    many = np.flatnonzero(counts > 1)
    out[many] = shapely.multipolygons(parts[~single], indices=np.searchsorted(many, owner[~single]))
    return out


def _is_sure(drawn: Geometries, area_m2: Floats) -> Flags:
    blocks = blocks_of(rings_of(drawn))
    off_m2 = np.abs(blocks.area_m2 - area_m2)
    return np.asarray(surely_valid(blocks) & (off_m2 <= _EXACT * area_m2))
