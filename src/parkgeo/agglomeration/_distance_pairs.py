"""Sums over pairs of points, by NumPy where there are few and by compiled loops where many."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground import in_threads
from parkgeo.agglomeration._cross import Floats, Indices

COMPILE_ABOVE: Final = 5_000_000
"""Pairs, over all simulations, from which on compiled loops pay for being loaded."""
TIE_M: Final = 1e-8
"""A neighbour this much beyond a distance is still within: rounding of coordinates."""

_CHUNK: Final = 1_000_000
_HINTS: Final = 4096
_PARTS: Final = 16
_CELLS_PER_REACH: Final = 6


@dataclass(frozen=True)
class Side:
    """Points of one side of pairs: where they are and what they weigh."""

    xy: Floats
    weight: Floats


@dataclass(frozen=True)
class Cells:
    """Points sorted into the cells of a grid, row after row."""

    order: Indices
    x: Floats
    y: Floats
    starts: NDArray[np.int64]
    grid: Floats


def cells_of(xy: Floats, reach: float) -> Cells:
    """Sort points into cells that are a fraction of the reach wide, or hold about one each."""
    west, south = xy.min(axis=0)
    wide, high = xy.max(axis=0) - (west, south)
    cell = max(reach / _CELLS_PER_REACH, np.sqrt(wide * high / len(xy)), max(wide, high) / len(xy))
    columns, rows = int(wide // cell) + 1, int(high // cell) + 1
    column = np.minimum(((xy[:, 0] - west) / cell).astype(np.int64), columns - 1)
    row = np.minimum(((xy[:, 1] - south) / cell).astype(np.int64), rows - 1)
    place = row * columns + column
    order = np.argsort(place, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=columns * rows))])
    x, y = np.ascontiguousarray(xy[order].T)
    grid = np.array([west, south, cell, columns, rows, reach])
    return Cells(order, x, y, starts.astype(np.int64), grid)


def hints_of(r: Floats) -> NDArray[np.int64]:
    """Say where to begin to look for the first distance that is not less than another.

    Lower by what rounding may be, so that a hint is never beyond the answer.
    """
    lower = np.linspace(0.0, r[-1], _HINTS) * (1 - 1e-9)
    return np.searchsorted(r, lower).astype(np.int64)


def histogram(  # noqa: PLR0913
    one: Side, other: Side | None, *, step: float, nodes: int, fast: bool, spread: bool = False
) -> Floats:
    """Weigh pairs by distance, shared between the two nodes next to it (each pair once).

    Pairs beyond the last node are left out. Without another side, pairs are within the one. Loops
    may be spread over all cores, in parts that do not depend on how many there are.
    """
    if not fast:
        return _histogram_by_numpy(one, other, step, nodes)
    parts = _PARTS if spread else 1
    ends = np.linspace(0, len(one.xy), parts + 1).astype(int).tolist()
    out = np.zeros((parts, nodes + 2))
    _fill(one, other, step, out, list(zip(ends[:-1], ends[1:], range(parts), strict=True)))
    return np.asarray(out[:, :nodes].sum(axis=0))


def _fill(
    one: Side, other: Side | None, step: float, out: Floats, parts: list[tuple[int, int, int]]
) -> None:
    there = one if other is None else other
    reach = step * (out.shape[1] - 2)
    cells = cells_of(there.xy, reach)
    weight = np.ascontiguousarray(there.weight[cells.order])
    if other is None:
        x, y, mine = cells.x, cells.y, weight
    else:
        x, y = np.ascontiguousarray(one.xy.T)
        mine = np.ascontiguousarray(one.weight)
    nobody = np.full(len(x), -1)
    loop = _kernels.compiled(_kernels.count_pairs)

    def work(part: tuple[int, int, int]) -> None:
        loop(
            x, y, mine, nobody, cells.x, cells.y, weight, cells.starts, cells.grid,
            part[0], part[1], other is None, step, out[part[2]],
        )  # fmt: skip

    in_threads(work, parts, doing="measuring distances")


def _histogram_by_numpy(one: Side, other: Side | None, step: float, nodes: int) -> Floats:
    out = np.zeros(nodes + 2)
    for distance, weight in pairs_by_numpy(one, other):
        place = np.minimum(distance / step, nodes)
        at = place.astype(np.int64)
        share = place - at
        out += np.bincount(at, weight * (1 - share), minlength=nodes + 2)
        out += np.bincount(at + 1, weight * share, minlength=nodes + 2)
    return np.asarray(out[:nodes])


def pairs_by_numpy(one: Side, other: Side | None) -> Iterator[tuple[Floats, Floats]]:
    """Hand on distances and weights of all pairs, each once, some rows at a time."""
    there = one if other is None else other
    rows = max(_CHUNK // len(there.xy), 1)
    for first in range(0, len(one.xy), rows):
        last = min(first + rows, len(one.xy))
        begin = 0 if other is not None else first
        apart = there.xy[None, begin:] - one.xy[first:last, None]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        weight = one.weight[first:last, None] * there.weight[None, begin:]
        if other is None:
            once = np.arange(begin, len(one.xy)) > np.arange(first, last)[:, None]
            yield distance[once], weight[once]
        else:
            yield distance.ravel(), weight.ravel()


def total_weight(one: Side, other: Side | None) -> float:
    """Add up the weight of all pairs, each once."""
    if other is not None:
        return float(one.weight.sum() * other.weight.sum())
    return float((one.weight.sum() ** 2 - (one.weight**2).sum()) / 2)


def in_parts(work: Callable[[int, int], Floats], n: int, *, doing: str) -> Floats:
    """Add up what rows from one to another give, on all cores, always in the same parts."""
    ends = np.linspace(0, n, min(_PARTS, n) + 1).astype(int)
    parts = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    found = in_threads(lambda part: work(*part), parts, doing=doing)
    return np.asarray(np.sum(found, axis=0))
