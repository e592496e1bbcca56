"""Areas by sums over edges: of parcels on ground that is laid on a grid once, and of pairs."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground import (
    Blocks,
    Floats,
    Indices,
    in_threads,
    over,
)

_MOST_CELLS: Final = 1 << 23
"""Cells of a grid: each takes six bytes, and has to be walked over once."""

_EDGES: Final = 4
"""Mean edges along a cell: fewer make more cells and pieces, more make more pairs in one."""

_LEAST_M: Final = 0.25
NEEDLE_M: Final = 1e-9
"""Mean width of ground that rounding makes of nothing."""

_MOST_BANDS: Final = 16
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
    """Lay polygons on a grid; ground of several of them counts once."""
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
    starts = np.zeros(rows * columns + 1, dtype=np.int32)
    bases = np.zeros(rows * columns, dtype=np.int16)
    outlines = (
        *(ground.source.xy, ground.firsts, ground.lasts, ground.signs, ground.bounds),
        *(grid, columns),
    )
    _in_bands(_kernels.count_pieces, *outlines, starts, bases, rows=rows)
    np.cumsum(starts, out=starts)
    pieces, tags = np.empty((int(starts[-1]), 5)), np.empty(int(starts[-1]), dtype=np.int32)
    owners = np.repeat(np.arange(len(ground.order), dtype=np.int32), np.diff(ground.starts))
    _in_bands(_kernels.fill_pieces, *outlines, owners, starts, pieces, tags, rows=rows)
    laid = Lay(grid, rows, columns, starts, bases, pieces)
    return laid if filled.sum() <= 1 else _joined(laid, tags, len(ground.order))


def _joined(laid: Lay, tags: NDArray[np.int32], n_owners: int) -> Lay:
    """Leave only what bounds the ground of all owners together."""
    fast = _kernels.compiled(_kernels.join_pieces)
    own = (float(laid.grid[_kernels.STEP]), laid.columns, n_owners, laid.starts, laid.pieces, tags)
    counts = np.zeros(len(laid.starts), dtype=np.int32)

    def join(band: tuple[int, int]) -> Floats:
        low, high = band
        size = np.array([laid.starts[high * laid.columns] - laid.starts[low * laid.columns] + 64])
        while True:
            out = np.empty((int(size[0]), 5))
            fast(*own, laid.bases, counts, out, size, low, high)
            if size[0] <= len(out):
                return out[: size[0]]

    pieces = np.concatenate(in_threads(join, _bands(laid.rows), doing="joining zones on a grid"))
    starts = np.zeros(len(counts), dtype=np.int32)
    np.cumsum(counts[:-1], out=starts[1:])
    return replace(laid, starts=starts, pieces=pieces)


def _step_m(ground: Blocks, width_m: float, height_m: float) -> float:
    """Choose the side of a cell: a power of two near some mean edges, unless cells get too many."""
    edges = max(int((ground.lasts - ground.firsts).sum()), 1)
    mean_m = float(ground.length_m.sum()) / edges
    fewest_m = np.sqrt(max(width_m, 1.0) * max(height_m, 1.0) / _MOST_CELLS)
    return float(2.0 ** np.ceil(np.log2(max(_EDGES * mean_m, fewest_m, _LEAST_M))))


def _in_bands(loop: Any, *whole: object, rows: int) -> None:  # noqa: ANN401
    """Run a loop over bands of rows on threads."""
    fast = _kernels.compiled(loop)
    in_threads(lambda band: fast(*whole, *band), _bands(rows), doing="laying zones on a grid")


def _bands(rows: int) -> list[tuple[int, int]]:
    """Cut rows of cells into runs that are laid each by itself."""
    lines = np.linspace(0, rows, min(_MOST_BANDS, rows) + 1).astype(int).tolist()
    return list(pairwise(lines))


def boxes_that_meet(many: Blocks, few: Blocks) -> tuple[Indices, Indices]:
    """Find the pairs of shapes whose bounds have a point in common.

    The wider the few are, and the more there are, the longer it takes; empty shapes meet nobody.
    """
    filled = np.flatnonzero(np.diff(few.starts))
    order = filled[np.argsort(few.boxes[filled, 0], kind="stable")]
    boxes = np.ascontiguousarray(few.boxes[order])
    widest = float((boxes[:, 2] - boxes[:, 0]).max(initial=0.0))
    counts = np.empty(len(many.order), dtype=np.intp)
    over(_kernels.count_meeting, boxes, widest, split=(many.boxes, counts), doing="looking around")
    found = np.empty(int(counts.sum()), dtype=np.intp)
    places = np.cumsum(counts) - counts
    over(
        _kernels.fill_meeting,
        *(boxes, widest, found),
        split=(many.boxes, places),
        doing="looking around",
    )
    return np.repeat(np.arange(len(counts)), counts), order[found]


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
