"""Areas by sums over edges: of parcels on ground that is laid on a grid once, and of pairs."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground import (
    Blocks,
    Floats,
    Geometries,
    Indices,
    components,
    in_threads,
    over,
    union_by,
)

_MOST_CELLS: Final = 1 << 23
"""Cells of a grid: each takes six bytes, and has to be walked over once."""

_LEAST_M: Final = 0.25
NEEDLE_M: Final = 1e-9
"""Mean width of ground that rounding makes of nothing."""

_BANDS: Final = 16
"""Runs of rows that are laid each by itself, on threads."""


@dataclass(frozen=True)
class Lay:
    """Ground on a grid, as :mod:`parkgeo._kernels._lay` describes it."""

    grid: Floats
    rows: int
    columns: int
    starts: NDArray[np.int32]
    bases: NDArray[np.int16]
    pieces: Floats

    def shared_m2(self, parcels: Blocks) -> Floats:
        """Measure what each parcel shares with the ground."""
        out = np.empty(len(parcels.order))
        over(
            _kernels.laid_areas,
            *(self.grid, self.rows, self.columns, self.starts, self.bases, self.pieces),
            *(parcels.source.xy, parcels.firsts, parcels.lasts, parcels.signs),
            split=(parcels.starts[:-1], parcels.starts[1:], parcels.boxes, parcels.area_m2, out),
            doing="measuring parcels",
        )
        # What rounding makes of nothing, or of all, may lie on either side of it.
        return np.clip(out, 0.0, parcels.area_m2)


def lay(ground: Blocks, *, step_m: float | None = None) -> Lay:
    """Lay polygons that do not lie on each other on a grid."""
    filled = np.diff(ground.starts) > 0
    west, south = ground.boxes[filled, :2].min(axis=0, initial=np.inf)
    east, north = ground.boxes[filled, 2:].max(axis=0, initial=-np.inf)
    if not filled.any():
        west = south = east = north = 0.0
    step = step_m or _step_m(ground, float(east - west), float(north - south))
    # One cell around all is surely out. On whole cells, so that lines are exact.
    corner = np.floor(np.array([west, south]) / step) * step - step
    columns, rows = (np.floor((np.array([east, north]) - corner) / step) + 2).astype(int).tolist()
    grid = np.array([*corner, step, 1.0 / step])
    counts = np.zeros(rows * columns + 1, dtype=np.int32)
    bases = np.zeros(rows * columns, dtype=np.int16)
    outlines = (
        *(ground.source.xy, ground.firsts, ground.lasts, ground.signs, ground.bounds),
        *(grid, columns),
    )
    _in_bands(_kernels.count_pieces, *outlines, counts, bases, rows=rows)
    starts = np.cumsum(counts, dtype=np.int32)
    pieces = np.empty((int(starts[-1]), 5))
    _in_bands(_kernels.fill_pieces, *outlines, starts, pieces, rows=rows)
    return Lay(grid, rows, columns, starts, bases, pieces)


def _step_m(ground: Blocks, width_m: float, height_m: float) -> float:
    """Choose the side of a cell: a power of two near the mean edge, unless cells get too many."""
    edges = max(int((ground.lasts - ground.firsts).sum()), 1)
    mean_m = float(ground.length_m.sum()) / edges
    fewest_m = np.sqrt(max(width_m, 1.0) * max(height_m, 1.0) / _MOST_CELLS)
    return float(2.0 ** np.ceil(np.log2(max(mean_m, fewest_m, _LEAST_M))))


def _in_bands(loop: Any, *whole: object, rows: int) -> None:  # noqa: ANN401
    """Run a loop over bands of rows on threads."""
    fast = _kernels.compiled(loop)
    lines = np.linspace(0, rows, min(_BANDS, rows) + 1).astype(int).tolist()
    bands = list(pairwise(lines))
    in_threads(lambda band: fast(*whole, *band), bands, doing="laying zones on a grid")


def disjoint(shapes: Geometries, outlines: Blocks) -> Geometries:
    """Join polygons that lie on each other, and leave the others as they are."""
    left, right = boxes_that_meet(outlines, outlines)
    once = left < right
    left, right = left[once], right[once]
    shared = pair_m2(outlines, outlines, left, right)
    length_m = np.minimum(outlines.length_m[left], outlines.length_m[right])
    over_each_other = shared > NEEDLE_M * length_m
    if not over_each_other.any():
        return shapes
    codes = components(len(shapes), left[over_each_other], right[over_each_other])
    return union_by(shapes, codes, int(codes.max()) + 1)


def boxes_that_meet(one: Blocks, two: Blocks) -> tuple[Indices, Indices]:
    """Find the pairs of shapes whose bounds have a point in common."""
    mine, others = (np.flatnonzero(np.diff(some.starts)) for some in (one, two))
    boxes = np.asarray(shapely.box(*one.boxes[mine].T))
    tree = shapely.STRtree(boxes)
    right, left = tree.query(boxes if one is two else np.asarray(shapely.box(*two.boxes[others].T)))
    return mine[left], others[right]


def pair_m2(one: Blocks, two: Blocks, left: Indices, right: Indices) -> Floats:
    """Measure what each pair of a shape of one layer and a shape of another shares."""
    out = np.empty(len(left))
    if one is two:
        over(
            _kernels.pair_areas,
            *(one.source.xy, one.firsts, one.lasts, one.signs, one.bounds, one.starts, one.boxes),
            split=(left, right, out),
            doing="measuring parcels",
        )
        return np.maximum(out, 0.0)
    vertices, blocks = len(one.source.xy), len(one.firsts)
    over(
        _kernels.pair_areas,
        np.concatenate([one.source.xy, two.source.xy]),
        np.concatenate([one.firsts, two.firsts + vertices]),
        np.concatenate([one.lasts, two.lasts + vertices]),
        np.concatenate([one.signs, two.signs]),
        np.concatenate([one.bounds, two.bounds]),
        np.concatenate([one.starts[:-1], two.starts + blocks]),
        np.concatenate([one.boxes, two.boxes]),
        split=(left, right + len(one.order), out),
        doing="measuring parcels",
    )
    return np.maximum(out, 0.0)
