"""How far patches are from others of their class, between the centres of cells."""

from typing import Final

import numpy as np
from scipy.spatial import KDTree

from parkgeo._kernels import _patches as loops
from parkgeo._kernels._compile import compiled
from parkgeo.agglomeration._patches import (
    Codes,
    Counts,
    Floats,
    Labels,
    Marks,
    Patches,
    border_cells,
)

_FIRST_REACH: Final = 3
"""Radius in cells within which loops look around borders first; then twice as far, and so on."""

_ALWAYS: Final = 12
"""Radius up to which most patches find another one after a few looks, so none are counted."""

_LOOKS_PER_CELL: Final = 60
_LEAST_LOOKS: Final = 10**8
"""Cells that may be looked at in one turn: large patches far from others are left to the tree."""

_BLOCK: Final = 64
"""Columns that the index of cells on borders takes together."""

_ROUNDING: Final = 1e-12
"""Part of the radius that rounding may take off a distance."""

_FAR: Final = np.iinfo(np.int64).max


def nearest(codes: Codes, patches: Patches, *, compile_above: int) -> Floats:
    """Return the distance of each patch from the nearest of its class, in cells.

    NaN where a patch is the only one of its class.
    """
    best = np.full(len(patches), _FAR)
    todo = np.bincount(patches.of_class, minlength=1)[patches.of_class] > 1
    if codes.size > compile_above:
        _look_around(codes, patches, best, todo)
        todo &= best == _FAR
    if todo.any():
        with_todo = np.isin(patches.of_class, patches.of_class[todo])
        rows, cols = _border(patches, with_todo, compile_above)
        owner = patches.labels[rows, cols]
        of_class = patches.of_class[owner]
        for k in np.unique(patches.of_class[todo]):
            mine = of_class == k
            xy = np.column_stack([rows[mine], cols[mine]]).astype(np.float64)
            _by_tree(xy, owner[mine], best, todo)
    return np.where(best < _FAR, np.sqrt(best), np.nan)


def _border(patches: Patches, wanted: Marks, compile_above: int) -> tuple[Labels, Labels]:
    labels = patches.labels
    if labels.size <= compile_above:
        row, col = np.nonzero(border_cells(labels))
        keep = wanted[labels[row, col]]
        return row[keep].astype(np.int32), col[keep].astype(np.int32)
    border = np.zeros(len(patches), np.int64)
    compiled(loops.count_border)(labels, border)
    n = int(border[wanted].sum())
    rows, cols = np.empty(n, np.int32), np.empty(n, np.int32)
    compiled(loops.list_border)(labels, wanted, rows, cols)
    return rows, cols


def _look_around(codes: Codes, patches: Patches, best: Counts, todo: Marks) -> None:
    """Find what is near by looking at the cells around, ring by ring.

    Most patches have another one next to them, and are done after the first ring.
    """
    least, most = 0, _FIRST_REACH
    looks = max(_LOOKS_PER_CELL * codes.size, _LEAST_LOOKS)
    rows, cols = _border(patches, todo, 0)
    while len(rows) and least < max(codes.shape):
        if len(rows) * 4 * (most**2 - least**2) > looks and most > _ALWAYS:
            return
        away = np.arange(-most, most + 1)
        steps = np.stack(np.meshgrid(away, away, indexing="ij"), axis=-1).reshape(-1, 2)
        square = (steps**2).sum(axis=1)
        order = np.argsort(square, kind="stable")
        order = order[(square[order] > least**2) & (square[order] <= most**2)]
        compiled(loops.near_patches)(
            codes,
            patches.labels,
            rows,
            cols,
            steps[order].astype(np.int32),
            square[order].astype(np.int64),
            best,
        )
        open_ = best[patches.labels[rows, cols]] == _FAR
        rows, cols = rows[open_], cols[open_]
        least, most = most, 2 * most


def _by_tree(xy: Floats, owner: Labels, best: Counts, todo: Marks) -> None:
    """Find the nearest cell of another patch for the patches to do, among cells of one class.

    Two numbers differ in some binary digit. So for each digit the cells whose patch has 0 there are
    asked for the nearest one that has 1, and the other way round, and the nearest of all counts.
    """
    number = np.unique(owner, return_inverse=True)[1]
    for digit in range(int(number.max()).bit_length()):
        has = (number >> digit) & 1 == 1
        for one in (has, ~has):
            asked = one & todo[owner]
            # Asked once each, trees of cells on a grid need not be balanced.
            tree = KDTree(xy[~one], balanced_tree=False, compact_nodes=False)
            away, _ = tree.query(xy[asked])
            np.minimum.at(best, owner[asked], np.rint(away**2).astype(np.int64))


def proximity(patches: Patches, radius: float, *, compile_above: int) -> Floats:
    """Return, for each patch, the sum of cells / distance² of those of its class within a radius.

    Distances are in cells, between the nearest centres of cells.
    """
    out = np.zeros(len(patches))
    rows, cols = _border(patches, np.ones(len(patches), np.bool_), compile_above)
    owner = patches.labels[rows, cols]
    of_class = patches.of_class[owner]
    add = _add_by_loops if patches.labels.size > compile_above else _add_by_trees
    for k in np.unique(of_class):
        mine = np.flatnonzero(of_class == k)
        add(patches, rows[mine], cols[mine], owner[mine], radius, out)
    return out


def _add_by_loops(  # noqa: PLR0913, PLR0917 - cells on borders of one class
    patches: Patches, rows: Labels, cols: Labels, owner: Labels, radius: float, out: Floats
) -> None:
    n_rows, n_cols = patches.labels.shape
    n_blocks = -(-n_cols // _BLOCK)
    place = rows.astype(np.int64) * n_blocks + cols // _BLOCK
    start = np.searchsorted(place, np.arange(n_rows * n_blocks + 1))
    first = np.column_stack([start[:-1].reshape(n_rows, n_blocks), start[n_blocks::n_blocks]])
    limit = int(min(radius, n_rows + n_cols) ** 2 * (1 + _ROUNDING))
    room = np.zeros(len(patches), np.int64), np.empty(len(patches), np.int32)
    order = np.argsort(owner, kind="stable")
    compiled(loops.proximate_patches)(
        rows, cols, owner, order, first, _BLOCK, limit, patches.cells, *room, out
    )


def _add_by_trees(  # noqa: PLR0913, PLR0917 - cells on borders of one class
    patches: Patches, rows: Labels, cols: Labels, owner: Labels, radius: float, out: Floats
) -> None:
    order = np.argsort(owner, kind="stable")
    xy, own = np.column_stack([rows, cols]).astype(np.float64)[order], owner[order]
    tree = KDTree(xy)
    starts = np.flatnonzero(np.diff(own, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(own)], strict=True):
        out[own[start]] = _proximity_of(tree, xy, own, slice(start, end), patches, radius)


def _proximity_of(  # noqa: PLR0913, PLR0917 - one patch among those of its class
    tree: KDTree, xy: Floats, own: Labels, mine: slice, patches: Patches, radius: float
) -> float:
    me = KDTree(xy[mine])
    low, high = xy[mine].min(axis=0), xy[mine].max(axis=0)
    reach = float(np.hypot(*(high - low)) / 2 + radius)
    close = np.asarray(tree.query_ball_point((low + high) / 2, reach * (1 + _ROUNDING)), np.int64)
    close = close[own[close] != own[mine.start]]
    if not len(close):
        return 0.0
    away, _ = me.query(xy[close], distance_upper_bound=radius * (1 + _ROUNDING))
    close, away = close[np.isfinite(away)], away[np.isfinite(away)]
    number, which = np.unique(own[close], return_inverse=True)
    least = np.full(len(number), np.inf)
    np.minimum.at(least, which, away)
    return float((patches.cells[number] / least**2).sum())
