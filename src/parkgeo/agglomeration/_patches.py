"""Cells that hang together: patches with their areas, edges and moments, in cells."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from parkgeo._kernels import _patches as loops
from parkgeo._kernels._compile import compiled

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = NDArray[np.int32]
Codes: TypeAlias = NDArray[np.int16]
Marks: TypeAlias = NDArray[np.bool_]

COMPILE_ABOVE: Final = 500_000
"""Cells from which compiled loops pay for being loaded, or compiled the first time."""

_CROSS: Final = ndimage.generate_binary_structure(2, 1)
_SQUARE: Final = ndimage.generate_binary_structure(2, 2)


@dataclass(frozen=True)
class Patches:
    """What the patches of a raster are made of, in cells, in the order of their first cells.

    ``of_class`` numbers their classes; ``middle`` is the mean row and column of their cells;
    ``edges`` counts the sides of cells around them, holes included; ``touching`` adds up, for all
    cells, 2 for each neighbour in the patch across a side and 1 for each across a corner.
    ``adjacency[i, k]`` counts sides of cells of class i towards cells of class k, the last being
    the background and what lies outside: on the diagonal each side counts twice.
    """

    labels: Labels
    of_class: Labels
    cells: Counts
    middle: Floats
    edges: Counts
    touching: Counts
    adjacency: Counts

    def __len__(self) -> int:
        """Return how many patches there are."""
        return len(self.cells)


def patches_of(codes: Codes, n_classes: int, *, eight: bool, compile_above: int) -> Patches:
    """Find the patches of all classes, and measure them."""
    found = _by_loops if codes.size > compile_above else _by_numpy
    labels, of_class, cells, sums, sides, corners, adjacency = found(codes, n_classes, eight=eight)
    middle = sums / np.maximum(cells, 1)[:, None]
    return Patches(
        labels=labels,
        of_class=of_class,
        cells=cells,
        middle=middle,
        edges=4 * cells - 2 * sides,
        touching=2 * (2 * sides + corners),
        adjacency=adjacency + adjacency.T,
    )


_Parts: TypeAlias = tuple[Labels, Labels, Counts, Counts, Counts, Counts, Counts]


def _by_loops(codes: Codes, n_classes: int, *, eight: bool) -> _Parts:
    labels = np.empty(codes.shape, np.int32)
    # Memory is taken page by page as it is written: what no label needs costs nothing.
    parent, count = np.empty(codes.size, np.int32), np.zeros(2, np.int64)
    compiled(loops.label_patches)(codes, int(eight), labels, parent, count)
    n = int(count[0])
    of_class, sums = np.zeros(n, np.int32), np.zeros((n, 2), np.int64)
    cells, sides, corners = (np.zeros(n, np.int64) for _ in range(3))
    adjacency = np.zeros((n_classes + 1, n_classes + 1), np.int64)
    compiled(loops.measure_patches)(
        codes, parent, labels, of_class, cells, sums, sides, corners, adjacency
    )
    return labels, of_class, cells, sums, sides, corners, adjacency


def _by_numpy(codes: Codes, n_classes: int, *, eight: bool) -> _Parts:
    labels = _labels(codes, n_classes, eight=eight)
    rows, cols = np.nonzero(labels >= 0)
    p = labels[rows, cols]
    n = int(labels.max(initial=-1)) + 1
    of_class = np.zeros(n, np.int32)
    of_class[p] = codes[rows, cols]
    cells = np.bincount(p, minlength=n)
    # Sums of whole numbers below 2⁵³ are exact as floats too.
    sums = np.column_stack([np.bincount(p, axis, minlength=n) for axis in (rows, cols)])
    sides, corners = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for out, pairs in ((sides, _sides(labels)), (corners, _corners(labels))):
        for a, b in pairs:
            np.add(out, np.bincount(a[(a == b) & (a >= 0)], minlength=n), out=out)
    beyond = np.pad(np.where(codes < 0, n_classes, codes), 1, constant_values=n_classes)
    adjacency = np.zeros((n_classes + 1) ** 2, np.int64)
    for a, b in ((beyond[1:-1, :-1], beyond[1:-1, 1:]), (beyond[:-1, 1:-1], beyond[1:, 1:-1])):
        flat = a.astype(np.int64).ravel() * (n_classes + 1) + b.ravel()
        adjacency += np.bincount(flat, minlength=len(adjacency))
    square = adjacency.reshape(n_classes + 1, n_classes + 1)
    return labels, of_class, cells, sums.astype(np.int64).reshape(n, 2), sides, corners, square


def _labels(codes: Codes, n_classes: int, *, eight: bool) -> Labels:
    """Label class by class, then number by first cells."""
    labels = np.zeros(codes.shape, np.int32)
    before = 0
    for k in range(n_classes):
        mine = codes == k
        own, found = ndimage.label(mine, structure=_SQUARE if eight else _CROSS)
        labels[mine] = own[mine] + before
        before += found
    some = labels.ravel()[labels.ravel() > 0]
    first = np.full(before + 1, labels.size, np.int64)
    np.minimum.at(first, some, np.arange(len(some)))
    number = np.full(before + 1, -1, np.int32)
    number[np.argsort(first[1:]) + 1] = np.arange(before, dtype=np.int32)
    return number[labels]


def _sides(labels: Labels) -> list[tuple[Labels, Labels]]:
    return [(labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])]


def _corners(labels: Labels) -> list[tuple[Labels, Labels]]:
    return [(labels[:-1, :-1], labels[1:, 1:]), (labels[:-1, 1:], labels[1:, :-1])]


def radii(patches: Patches, *, compile_above: int) -> Floats:
    """Return the mean distance of the cells of each patch from its middle, in cells."""
    labels, middle = patches.labels, patches.middle
    if labels.size > compile_above:
        spread = np.zeros(len(patches))
        compiled(loops.spread_patches)(labels, middle, spread)
    else:
        rows, cols = np.nonzero(labels >= 0)
        p = labels[rows, cols]
        away = np.hypot(rows - middle[p, 0], cols - middle[p, 1])
        spread = np.bincount(p, away, minlength=len(patches)).astype(np.float64)
    return spread / np.maximum(patches.cells, 1)


def border_cells(labels: Labels) -> Marks:
    """Tell which cells of patches have a neighbour across a side that is not in the patch.

    The nearest cells of two patches are such: from any other cell one of its neighbours is nearer.
    """
    border = np.zeros(labels.shape, np.bool_)
    for axis in (0, 1):
        differs = np.diff(labels, axis=axis) != 0
        border[(slice(None), slice(None, -1)) if axis else slice(None, -1)] |= differs
        border[(slice(None), slice(1, None)) if axis else slice(1, None)] |= differs
    return border & (labels >= 0)
