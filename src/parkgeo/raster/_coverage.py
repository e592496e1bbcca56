"""Sums over a window of a raster: by the compiled loops, or by NumPy where there is little to do.

Both add up cover and area as :mod:`parkgeo._kernels._coverage` says, and agree to rounding.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground import Floats, Indices
from parkgeo._kernels._coverage import CODES, class_areas, value_sums
from parkgeo.raster._grid import Weights, Window
from parkgeo.raster._lay import Edges

COMPILE_ABOVE: Final = 20_000_000
"""Cells in the bounds of zones, and thirty for each edge, above which the compiled loops pay."""

EDGE_COST: Final = 30

_NOTHING: Final = 1e-10


@dataclass(frozen=True)
class Job:
    """A window and the copies of zones that meet it."""

    window: Window
    copies: Indices


def areas_by_code(
    zones: Edges, job: Job, weights: Weights, codes: NDArray[np.uint8], *, compiled: bool
) -> Floats:
    """Add up the areas of cells by zone and code."""
    out = np.zeros((len(job.copies), CODES))
    if compiled:
        _run(class_areas, zones, job, weights, codes, out)
        return out
    for k, copy in enumerate(job.copies):
        part, share = _weighed(zones, int(copy), job.window, weights)
        out[k] = np.bincount(codes[part].ravel(), share.ravel(), minlength=CODES)
    return out


def sums_of_values(
    zones: Edges, job: Job, weights: Weights, values: Floats, *, compiled: bool
) -> Floats:
    """Add up area times value, the area of cells that have one, and that of cells that do not."""
    out = np.zeros((len(job.copies), 3))
    if compiled:
        _run(value_sums, zones, job, weights, values, out)
        return out
    for k, copy in enumerate(job.copies):
        part, share = _weighed(zones, int(copy), job.window, weights)
        some = ~np.isnan(values[part])
        out[k] = (share[some] @ values[part][some], share[some].sum(), share[~some].sum())
    return out


def load(cells: np.dtype[Any]) -> None:
    """Have the loop for some kind of cells compiled before threads all ask for it."""
    none, nobody = np.empty((0, 4)), np.empty(0, dtype=np.int64)
    flat = Weights(np.ones((1, 1)), np.array([1, 0]))
    zones = Edges(none, none[:, :2], nobody, nobody, nobody, none, np.empty(0, dtype=np.bool_))
    job = Job(Window(0, 0, 1, 1), nobody)
    loop, size = (value_sums, 3) if cells.kind == "f" else (class_areas, CODES)
    _run(loop, zones, job, flat, np.zeros((1, 1), cells), np.zeros((0, size)))


def _run(  # noqa: PLR0913, PLR0917
    loop: Any,  # noqa: ANN401
    zones: Edges,
    job: Job,
    weights: Weights,
    cells: NDArray[Any],
    out: Floats,
) -> None:
    origin = np.array([job.window.col, job.window.row], dtype=np.float64)
    _kernels.compiled(loop)(
        # One kind of array each, so that one kind of machine code is made.
        np.ascontiguousarray(zones.edges),
        np.ascontiguousarray(zones.reach),
        zones.firsts[job.copies].astype(np.int64),
        zones.lasts[job.copies].astype(np.int64),
        origin,
        np.array(weights.values, order="C"),
        weights.panel.astype(np.int64),
        np.ascontiguousarray(cells),
        out,
    )


def _weighed(
    zones: Edges, copy: int, window: Window, weights: Weights
) -> tuple[tuple[slice, slice], Floats]:
    """Return the part of the window around a zone, and the area of each of its cells inside."""
    first = np.maximum(np.floor(zones.bounds[copy, :2]).astype(np.intp), [window.col, window.row])
    last = np.minimum(
        np.ceil(zones.bounds[copy, 2:]).astype(np.intp),
        [window.col + window.cols, window.row + window.rows],
    )
    size = np.maximum(last - first, 0)
    edges = zones.edges[zones.firsts[copy] : zones.lasts[copy]]
    share = shares_of_cells(edges, first.astype(np.float64), int(size[1]), int(size[0]))
    col, row = first - [window.col, window.row]
    part = (slice(row, row + size[1]), slice(col, col + size[0]))
    return part, share * weights.cells(int(col), int(size[0]))[part[0]]


def shares_of_cells(edges: Floats, origin: Floats, rows: int, cols: int) -> Floats:
    """Return the share of each cell of a window that lies inside one zone."""
    cover, area = np.zeros((2, rows * cols))
    row, xa, xb, height = _by_row(edges - np.tile(origin, 2), rows)
    left, right = np.minimum(xa, xb), np.maximum(xa, xb)
    upright = left == right
    per_column = np.divide(height, right - left, out=np.zeros_like(height), where=~upright)
    # What runs to the left of the window covers its rows from the first column on.
    slanted = per_column * (np.minimum(right, 0.0) - np.minimum(left, 0.0))
    beyond = np.where(upright, np.where(left < 0, height, 0.0), slanted)
    begin, end = np.clip(left, 0.0, cols), np.clip(right, 0.0, cols)
    inner = np.where(upright, np.where(left < 0, 0.0, height), per_column * (end - begin))
    first = np.floor(begin).astype(np.intp)
    count = np.maximum(np.ceil(end).astype(np.intp) - first, 1)
    here = (first < cols) & (inner != 0)
    piece = np.repeat(np.flatnonzero(here), count[here])
    col = first[piece] + _places(count[here])
    low, high = np.maximum(begin[piece], col), np.minimum(end[piece], col + 1)
    part = np.where(upright[piece], inner[piece], per_column[piece] * (high - low))
    cell = row[piece] * cols + col
    if cols:
        met = np.concatenate([cell, row * cols])
        cover += np.bincount(met, np.concatenate([part, beyond]), minlength=rows * cols)
        inside = part * (1.0 - (0.5 * (low + high) - col))
        area += np.bincount(met, np.concatenate([inside, beyond]), minlength=rows * cols)
    cover, area = cover.reshape(rows, cols), area.reshape(rows, cols)
    share = np.abs(np.cumsum(cover, axis=1) - cover + area)
    share[share < _NOTHING] = 0.0
    share[np.abs(share - 1.0) < _NOTHING] = 1.0
    return np.asarray(share)


def _by_row(edges: Floats, rows: int) -> tuple[Indices, Floats, Floats, Floats]:
    """Cut edges at the lines between rows: the row of each piece, both x, and its signed height."""
    x0, y0, x1, y1 = edges[edges[:, 1] != edges[:, 3]].T
    sign = np.where(y1 > y0, 1.0, -1.0)
    x0, x1 = np.where(sign > 0, x0, x1), np.where(sign > 0, x1, x0)
    y0, y1 = np.minimum(y0, y1), np.maximum(y0, y1)
    first = np.clip(np.floor(y0), 0, rows).astype(np.intp)
    last = np.clip(np.ceil(y1), 0, rows).astype(np.intp)
    count = np.maximum(last - first, 0)
    e = np.repeat(np.arange(len(count)), count)
    row = first[e] + _places(count)
    slope = ((x1 - x0) / (y1 - y0))[e]
    low, high = np.maximum(y0[e], row), np.minimum(y1[e], row + 1)
    xa = np.where(y0[e] < row, x0[e] + (row - y0[e]) * slope, x0[e])
    xb = np.where(y1[e] > row + 1, x0[e] + (row + 1 - y0[e]) * slope, x1[e])
    return row, xa, xb, sign[e] * (high - low)


def _places(counts: Indices) -> Indices:
    """Return 0, 1, … for each run."""
    return np.asarray(np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts))
