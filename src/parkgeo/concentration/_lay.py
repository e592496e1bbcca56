"""Areas by sums over edges: of parcels on ground that is laid on a grid once, and of pairs."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

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

_CROWD: Final = 16
"""Pieces in a cell, in the mean over all of the ground, above which smaller cells pay."""

_SPLIT: Final = 4
_SPARE: Final = 1 << 22
"""Pieces that edges may come to for that: so many each, and so many together."""

_LEAST_M: Final = 0.25
NEEDLE_M: Final = 1e-9
"""Mean width of ground that rounding makes of nothing."""

_MOST_BANDS: Final = 16
"""Runs of rows that are laid each by itself, on threads."""


_NOWHERE: Final = (np.empty((0, 5)), np.empty(0, dtype=np.int32))
"""No room for pieces and their tags."""


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
    bounds = bounds_of(ground)
    step = step_m or _step_m(ground, *(bounds[2:] - bounds[:2]).tolist())
    owners = np.repeat(np.arange(len(ground.order), dtype=np.int32), np.diff(ground.starts))
    edges = Edges(
        *(ground.source.xy, ground.firsts, ground.lasts, ground.signs, ground.bounds), owners
    )
    cells = _counted(edges, bounds, step)
    count = int(cells.starts[-1])
    pieces, tags = np.empty((count, 5)), np.empty(count, dtype=np.int32)
    if count:
        _lay_pieces(edges, cells, pieces, tags)
    laid, several = Lay(*cells, pieces), np.count_nonzero(np.diff(ground.starts)) > 1
    return _joined(laid, tags, len(ground.order)) if several else laid


class Edges(NamedTuple):
    """Runs of edges: first and last vertex of each, its sign, its bounds, and whose it is."""

    xy: Floats
    firsts: Indices
    lasts: Indices
    signs: Floats
    bounds: Floats
    owners: NDArray[np.int32]


class Cells(NamedTuple):
    """A grid, where the pieces of edges in each cell begin, and how often its corner is covered."""

    grid: Floats
    rows: int
    columns: int
    starts: NDArray[np.int32]
    bases: NDArray[np.int16]


def counted_cells(edges: Edges, bounds: Floats, *, cells: int) -> Cells:
    """Count, over a grid of about so many cells, what edges leave in each."""
    width, height = np.maximum(bounds[2:] - bounds[:2], 1.0).tolist()
    fewest_m = np.sqrt(width * height / min(max(cells, 1), _MOST_CELLS))
    return _begins(_counted(edges, bounds, _power_of_two(fewest_m)))


@dataclass(frozen=True)
class Parted:
    """A grid that says which part covers all of a cell, where one does and no other comes to it."""

    cells: Cells
    labels: NDArray[np.int16]

    def part_of(self, boxes: Floats) -> Indices:
        """Return the part in which all of each box lies, -1 for none, or ``UNDECIDED``."""
        out = np.empty(len(boxes), dtype=np.intp)
        over(
            _kernels.part_of,
            *(*self.cells, self.labels),
            split=(boxes, out),
            doing="looking for parts",
        )
        return out


def parted(parts: Blocks) -> Parted:
    """Lay parts on a grid for :meth:`Parted.part_of`."""
    bounds = bounds_of(parts)
    nobody = np.zeros(len(parts.firsts), dtype=np.int32)
    edges = Edges(*(parts.source.xy, parts.firsts, parts.lasts, parts.signs, parts.bounds), nobody)
    cells = _begins(_counted(edges, bounds, _step_m(parts, *(bounds[2:] - bounds[:2]).tolist())))
    number = np.arange(1.0, len(parts.order) + 1)
    number[np.iinfo(np.int16).max :] = 0
    number = np.repeat(number, np.diff(parts.starts))
    blank = cells._replace(starts=np.zeros_like(cells.starts), bases=np.zeros_like(cells.bases))
    _lay_pieces(edges._replace(signs=number * parts.signs), blank)
    return Parted(cells, blank.bases)


def bounds_of(ground: Blocks) -> Floats:
    """Return the bounds of all shapes together; a point where there are none."""
    filled = ground.boxes[np.diff(ground.starts) > 0]
    if not len(filled):
        return np.zeros(4)
    return np.concatenate([filled[:, :2].min(axis=0), filled[:, 2:].max(axis=0)])


def _begins(cells: Cells) -> Cells:
    """Put where runs begin in the place of where they end, if no pieces will be filled in."""
    starts = np.zeros_like(cells.starts)
    starts[1:] = cells.starts[:-1]
    return cells._replace(starts=starts)


def _counted(edges: Edges, bounds: Floats, step: float) -> Cells:
    """Count the pieces that edges leave in each cell; ``starts`` are where their runs end."""
    # One cell around all is surely out. On whole cells, so that lines are exact.
    corner = np.floor(bounds[:2] / step) * step - step
    columns, rows = (np.floor((bounds[2:] - corner) / step) + 2).astype(int).tolist()
    grid = np.array([*corner, step, 1.0 / step])
    starts = np.zeros(rows * columns + 1, dtype=np.int32)
    bases = np.zeros(rows * columns, dtype=np.int16)
    cells = Cells(grid, rows, columns, starts, bases)
    _lay_pieces(edges, cells)
    np.cumsum(starts, out=starts)
    return cells


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
    """Choose the side of a cell: a power of two near some mean edges, unless cells get too many.

    Where edges lie as dense as the teeth of a comb, smaller, as long as that leaves few pieces more
    than there are edges: a parcel meets all that its cells hold.
    """
    edges = max(int((ground.lasts - ground.firsts).sum()), 1)
    total_m = float(ground.length_m.sum())
    ground_m2 = max(width_m, 1.0) * max(height_m, 1.0)
    least = _power_of_two(np.sqrt(ground_m2 / _MOST_CELLS))
    step = max(_power_of_two(_EDGES * total_m / edges), least)
    while step > least:
        dense = (edges + total_m / step) * step * step > _CROWD * ground_m2
        if not dense or edges + 2.0 * total_m / step > _SPLIT * edges + _SPARE:
            break
        step /= 2.0
    return step


def _power_of_two(least: float) -> float:
    return float(2.0 ** np.ceil(np.log2(max(least, _LEAST_M))))


def _lay_pieces(
    edges: Edges,
    cells: Cells,
    out: Floats = _NOWHERE[0],
    tags: NDArray[np.int32] = _NOWHERE[1],
) -> None:
    """Count pieces, or write them where there is room, over bands of rows on threads."""
    fast = _kernels.compiled(_kernels.lay_pieces)
    whole = (*edges, cells.grid, cells.columns, cells.starts, cells.bases, out, tags)
    in_threads(lambda band: fast(*whole, *band), _bands(cells.rows), doing="laying zones on a grid")


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
