"""The loops over the cells of a class raster: patches, their edges and moments, their neighbours.

A patch is a set of cells of one class that hang together. Cells are numbered by row and column;
a code below 0 is background, and a label below 0 no patch. Every pair of neighbouring cells is met
once, from the later one, so nothing has to look ahead.
"""

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Codes = NDArray[np.int16]
Labels = NDArray[np.int32]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@formula
def _root(parent: Labels, label: int) -> int:
    while parent[label] != label:
        parent[label] = parent[parent[label]]
        label = parent[label]
    return label


@formula
def _join(parent: Labels, left: int, right: int) -> None:
    """Join two sets; the root is the earlier label, so roots stand in the order of first cells."""
    a, b = _root(parent, left), _root(parent, right)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


def label_patches(  # noqa: C901, PLR0912 - one decision tree for each cell
    codes: Codes,
    eight: int,
    labels: Labels,
    parent: Labels,
    count: Counts,
) -> None:
    """Give numbers to the patches of all classes, in the order of their first cells.

    ``labels`` gets numbers that ``parent`` translates to those of patches; ``count`` gets how many
    patches there are, and how many numbers.
    """
    n_rows, n_cols = codes.shape
    new = 0
    for r in range(n_rows):
        for c in range(n_cols):
            k = codes[r, c]
            if k < 0:
                labels[r, c] = -1
                continue
            west = c > 0 and codes[r, c - 1] == k
            north = r > 0 and codes[r - 1, c] == k
            northwest = r > 0 and c > 0 and codes[r - 1, c - 1] == k
            northeast = eight > 0 and r > 0 and c + 1 < n_cols and codes[r - 1, c + 1] == k
            # What two of the neighbours already joined when the later of them came is not asked.
            if north:
                labels[r, c] = labels[r - 1, c]
                if west and not northwest and eight == 0:
                    _join(parent, labels[r, c], labels[r, c - 1])
            elif west:
                labels[r, c] = labels[r, c - 1]
                if northeast:
                    _join(parent, labels[r, c], labels[r - 1, c + 1])
            elif eight > 0 and northwest:
                labels[r, c] = labels[r - 1, c - 1]
                if northeast:
                    _join(parent, labels[r, c], labels[r - 1, c + 1])
            elif northeast:
                labels[r, c] = labels[r - 1, c + 1]
            else:
                labels[r, c] = new
                parent[new] = new
                new += 1
    found = 0
    for i in range(new):
        if parent[i] == i:
            parent[i] = found
            found += 1
        else:
            parent[i] = parent[parent[i]]
    count[0], count[1] = found, new


def measure_patches(  # noqa: PLR0913, PLR0917 - arrays, in a loop without objects
    codes: Codes,
    parent: Labels,
    labels: Labels,
    of_class: Labels,
    cells: Counts,
    sums: Counts,
    sides: Counts,
    corners: Counts,
    adjacency: Counts,
) -> None:
    """Give cells the numbers of their patches, and add up what the patches are made of.

    For each patch: its class, its cells, the sums of their rows and columns, the pairs of its cells
    that share a side, and those that share only a corner. ``adjacency[i, k]`` counts the sides
    between a cell of class i and a later one of class k; the last class is what is beyond: the
    background, and what lies outside the raster.
    """
    n_rows, n_cols = codes.shape
    beyond = adjacency.shape[0] - 1
    for r in range(n_rows):
        for c in range(n_cols):
            k = codes[r, c]
            p = -1
            if k >= 0:
                p = parent[labels[r, c]]
                labels[r, c] = p
                of_class[p] = k
                cells[p] += 1
                sums[p, 0] += r
                sums[p, 1] += c
            else:
                k = beyond
            west = codes[r, c - 1] if c > 0 else -1
            north = codes[r - 1, c] if r > 0 else -1
            adjacency[west if west >= 0 else beyond, k] += 1
            adjacency[north if north >= 0 else beyond, k] += 1
            if c == n_cols - 1:
                adjacency[k, beyond] += 1
            if r == n_rows - 1:
                adjacency[k, beyond] += 1
            if p < 0:
                continue
            sides[p] += (west == k) + (north == k)
            if r > 0:
                if c > 0 and labels[r - 1, c - 1] == p:
                    corners[p] += 1
                if c + 1 < n_cols and labels[r - 1, c + 1] == p:
                    corners[p] += 1


def spread_patches(labels: Labels, middle: Floats, spread: Floats) -> None:
    """Add up how far the cells of each patch are from its middle."""
    n_rows, n_cols = labels.shape
    for r in range(n_rows):
        for c in range(n_cols):
            p = labels[r, c]
            if p >= 0:
                dy, dx = r - middle[p, 0], c - middle[p, 1]
                spread[p] += np.sqrt(dy * dy + dx * dx)


@formula
def _is_border(labels: Labels, r: int, c: int) -> bool:
    p = labels[r, c]
    return bool(
        (c > 0 and labels[r, c - 1] != p)
        or (r > 0 and labels[r - 1, c] != p)
        or (c + 1 < labels.shape[1] and labels[r, c + 1] != p)
        or (r + 1 < labels.shape[0] and labels[r + 1, c] != p)
    )


def count_border(labels: Labels, border: Counts) -> None:
    """Count the cells on the border of each patch."""
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            if labels[r, c] >= 0 and _is_border(labels, r, c):
                border[labels[r, c]] += 1


def list_border(labels: Labels, wanted: NDArray[np.bool_], rows: Labels, cols: Labels) -> None:
    """List the cells on the borders of the patches that are wanted, row by row."""
    i = 0
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            p = labels[r, c]
            if p >= 0 and wanted[p] and _is_border(labels, r, c):
                rows[i], cols[i] = r, c
                i += 1


def near_patches(  # noqa: PLR0913, PLR0917 - arrays, in a loop without objects
    codes: Codes,
    labels: Labels,
    rows: Labels,
    cols: Labels,
    steps: Labels,
    square: Counts,
    best: Counts,
) -> None:
    """Look around the cells on borders for a cell of the same class in another patch.

    ``steps`` (rows, columns) come in order of ``square``, the squares of their lengths; ``best``
    holds the least square that was found for each patch.
    """
    n_rows, n_cols = codes.shape
    for i in range(len(rows)):
        r, c = rows[i], cols[i]
        p, k = labels[r, c], codes[r, c]
        for s in range(len(steps)):
            if square[s] >= best[p]:
                break
            y, x = r + steps[s, 0], c + steps[s, 1]
            if y < 0 or x < 0 or y >= n_rows or x >= n_cols or codes[y, x] != k:
                continue
            if labels[y, x] != p:
                best[p] = square[s]
                break


def proximate_patches(  # noqa: PLR0913, PLR0917 - arrays, in a loop without objects
    rows: Labels,
    cols: Labels,
    owner: Labels,
    order: Counts,
    first: Counts,
    block: int,
    limit: int,
    cells: Counts,
    least: Counts,
    touched: Labels,
    proximity: Floats,
) -> None:
    """Add up cells / distance² of all patches of a class within a radius of each.

    The cells on borders of the class come row by row; ``order`` takes them patch by patch, and
    ``first[y, b]`` is the first in row y at or after column ``b * block``. ``limit`` is the square
    of the radius. ``least`` is 0, and ``touched`` room, for each patch.
    """
    n_rows, n_blocks = first.shape[0], first.shape[1] - 1
    reach, i = int(np.sqrt(limit)), 0
    while i < len(order):
        p, found = owner[order[i]], 0
        while i < len(order) and owner[order[i]] == p:
            r, c = rows[order[i]], cols[order[i]]
            for y in range(max(r - reach, 0), min(r + reach + 1, n_rows)):
                up = (y - r) ** 2
                wide = int(np.sqrt(limit - up))
                low = max(c - wide, 0)
                for j in range(first[y, low // block], first[y, n_blocks]):
                    if cols[j] > c + wide:
                        break
                    q = owner[j]
                    if q == p or cols[j] < low:
                        continue
                    square = up + (cols[j] - c) ** 2
                    if least[q] == 0:
                        touched[found] = q
                        found += 1
                        least[q] = square
                    elif square < least[q]:
                        least[q] = square
            i += 1
        for t in range(found):
            proximity[p] += cells[touched[t]] / least[touched[t]]
            least[touched[t]] = 0
