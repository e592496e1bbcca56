"""The loops that lay polygons on a raster: exact shares of cells, and sums of what lies under them.

As rasterisers of fonts do (FreeType; Levien's font-rs): every edge leaves in each cell that it
passes its height there (cover) and the area to its right (area), with the sign of its direction.
Along a row the share of cell c that lies inside is then the cover of all cells before it and the
area of its own,

    share(c) = sum of cover[k] for k < c, plus area[c],

so cells that no edge passes come as runs of one share, 0 or 1, and only edges cost arithmetic.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Indices = NDArray[np.int64]

EDGES_IN_BLOCK: Final = 64
CODES: Final = 256
_NOTHING: Final = 1e-10
_LANES: Final = 4


def class_areas(  # noqa: PLR0913, PLR0917 - arrays of one window, in a loop without objects
    edges: Floats,
    reach: Floats,
    firsts: Indices,
    lasts: Indices,
    origin: Floats,
    weights: Floats,
    panel: Indices,
    codes: Codes,
    out: Floats,
) -> None:
    """Add up, for each zone and code, the areas of the cells of a window that lie in the zone.

    Edges run from ``edges[:, :2]`` to ``edges[:, 2:]`` in columns and rows of the raster, with the
    inside of the zone on one side throughout; zone z has those from ``firsts[z]`` to ``lasts[z]``.
    ``reach`` holds the least and largest row of each 64 edges. The window begins at ``origin``
    (column, row). The area of a cell is linear between the columns of ``weights``, which stand
    ``panel[0]`` cells apart, the first of them ``panel[1]`` cells before the window; or constant
    along a row, where there is only one.
    """
    n_rows, n_cols = codes.shape
    # Of cells in a row, four add to four tables, so that none waits for the one before.
    lanes = np.zeros((_LANES, CODES))
    cover, area, touched = (
        np.zeros(n_cols),
        np.zeros(n_cols),
        np.zeros((n_cols + 8) // 8 * 8, np.uint8),
    )
    begins, ends, share = _spans(n_cols)
    for z in range(len(firsts)):
        heads, listed = _edges_by_row(edges, reach, firsts[z], lasts[z], origin, n_rows, n_cols)
        for r in range(n_rows):
            if heads[r] == heads[r + 1]:
                continue
            spans = _row_spans(
                edges,
                listed[heads[r] : heads[r + 1]],
                r,
                origin,
                cover,
                area,
                touched,
                begins,
                ends,
                share,
            )
            for s in range(spans):
                _add_codes(codes[r], begins[s], ends[s], share[s], weights[r], panel, lanes)
        # Loops, because expressions of arrays take long to compile.
        for lane in range(_LANES):
            for code in range(CODES):
                out[z, code] += lanes[lane, code]
                lanes[lane, code] = 0.0


def value_sums(  # noqa: PLR0913, PLR0917 - arrays of one window, in a loop without objects
    edges: Floats,
    reach: Floats,
    firsts: Indices,
    lasts: Indices,
    origin: Floats,
    weights: Floats,
    panel: Indices,
    values: Floats,
    out: Floats,
) -> None:
    """Add up, for each zone, area times value, and the area of cells whose value is not NaN.

    As :func:`class_areas`; the third column of ``out`` takes the area of cells that are NaN.
    """
    n_rows, n_cols = values.shape
    cover, area, touched = (
        np.zeros(n_cols),
        np.zeros(n_cols),
        np.zeros((n_cols + 8) // 8 * 8, np.uint8),
    )
    begins, ends, share = _spans(n_cols)
    for z in range(len(firsts)):
        heads, listed = _edges_by_row(edges, reach, firsts[z], lasts[z], origin, n_rows, n_cols)
        for r in range(n_rows):
            if heads[r] == heads[r + 1]:
                continue
            spans = _row_spans(
                edges,
                listed[heads[r] : heads[r + 1]],
                r,
                origin,
                cover,
                area,
                touched,
                begins,
                ends,
                share,
            )
            for s in range(spans):
                for c in range(begins[s], ends[s]):
                    weight = share[s] * _weight(weights[r], panel, c)
                    if np.isnan(values[r, c]):
                        out[z, 2] += weight
                    else:
                        out[z, 0] += weight * values[r, c]
                        out[z, 1] += weight


def ring_edges(  # noqa: PLR0913, PLR0917 - arrays of rings, in a loop without objects
    cells: Floats,
    longest: float,
    starts: Indices,
    stops: Indices,
    places: Indices,
    shell: Codes,
    edges: Floats,
    begins: Indices,
    long: Codes,
) -> None:
    """Turn closed rings into edges that have the inside of the polygon on one side.

    Ring r is ``cells[starts[r]:stops[r]]``, and its edges come from ``places[r]`` on, with the
    vertex where each begins, and whether it is longer than ``longest``.
    """
    for r in range(len(starts)):
        first, last = starts[r], stops[r] - 1
        twice = 0.0
        for i in range(first, last):
            ax, ay = cells[i, 0] - cells[first, 0], cells[i, 1] - cells[first, 1]
            bx, by = cells[i + 1, 0] - cells[first, 0], cells[i + 1, 1] - cells[first, 1]
            twice += ax * by - bx * ay
        turned = (twice < 0) == (shell[r] == 1)
        for i in range(first, last):
            e = places[r] + i - first
            ax, ay, bx, by = cells[i, 0], cells[i, 1], cells[i + 1, 0], cells[i + 1, 1]
            begins[e] = i
            long[e] = (bx - ax) ** 2 + (by - ay) ** 2 > longest**2
            if turned:
                ax, ay, bx, by = bx, by, ax, ay
            edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3] = ax, ay, bx, by


@formula
def _spans(n_cols: int) -> Any:  # noqa: ANN401
    """Make room for the spans of a row: at most every cell and a run after it."""
    size = 2 * n_cols + 2
    return np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)


@formula
def _weight(weights: Floats, panel: Indices, c: int) -> Any:  # noqa: ANN401
    """Return the area of a cell."""
    if len(weights) == 1:
        return weights[0]
    along = c + panel[1]
    p = along // panel[0]
    return weights[p] + (weights[p + 1] - weights[p]) * (along - p * panel[0]) / panel[0]


@formula
def _add_codes(  # noqa: PLR0913, PLR0917
    codes: Codes, begin: int, end: int, share: float, weights: Floats, panel: Indices, lanes: Floats
) -> None:
    """Add the areas of a span of cells to the tables, by their codes."""
    if end - begin == 1:
        lanes[0, codes[begin]] += share * _weight(weights, panel, begin)
        return
    if len(weights) == 1:
        weight = share * weights[0]
        c = begin
        while c + _LANES <= end:
            lanes[0, codes[c]] += weight
            lanes[1, codes[c + 1]] += weight
            lanes[2, codes[c + 2]] += weight
            lanes[3, codes[c + 3]] += weight
            c += _LANES
        for k in range(c, end):
            lanes[0, codes[k]] += weight
        return
    c = begin
    while c < end:
        p = (c + panel[1]) // panel[0]
        stop = min(end, (p + 1) * panel[0] - panel[1])
        step = share * (weights[p + 1] - weights[p]) / panel[0]
        weight = share * weights[p] + step * (c + panel[1] - p * panel[0])
        while c + _LANES <= stop:
            lanes[0, codes[c]] += weight
            lanes[1, codes[c + 1]] += weight + step
            lanes[2, codes[c + 2]] += weight + 2.0 * step
            lanes[3, codes[c + 3]] += weight + 3.0 * step
            weight += _LANES * step
            c += _LANES
        while c < stop:
            lanes[0, codes[c]] += weight
            weight += step
            c += 1


@formula
def _edges_by_row(  # noqa: PLR0913, PLR0917
    edges: Floats, reach: Floats, first: int, last: int, origin: Floats, n_rows: int, n_cols: int
) -> Any:  # noqa: ANN401
    """List the edges that pass each row of the window, or run to the left of it."""
    counts = np.zeros(n_rows + 1, np.int64)
    nowhere = np.empty(0, np.int64)
    _fill_rows(edges, reach, first, last, origin, n_cols, counts, nowhere)
    heads = np.zeros(n_rows + 1, np.int64)
    for r in range(n_rows):
        heads[r + 1] = heads[r] + counts[r]
    places = np.empty(n_rows + 1, np.int64)
    for r in range(n_rows + 1):
        places[r] = heads[r]
    listed = np.empty(heads[n_rows], np.int64)
    _fill_rows(edges, reach, first, last, origin, n_cols, places, listed)
    return heads, listed


@formula
def _fill_rows(  # noqa: PLR0913, PLR0917
    edges: Floats,
    reach: Floats,
    first: int,
    last: int,
    origin: Floats,
    n_cols: int,
    places: Indices,
    listed: Indices,
) -> None:
    """Count the edges of each row in ``places``, or put them there where there is room."""
    top, bottom = origin[1], origin[1] + len(places) - 1
    fills = len(listed) > 0
    for block in range(first // EDGES_IN_BLOCK, (last - 1) // EDGES_IN_BLOCK + 1):
        if reach[block, 1] <= top or reach[block, 0] >= bottom:
            continue
        begin, end = block * EDGES_IN_BLOCK, (block + 1) * EDGES_IN_BLOCK
        for e in range(max(first, begin), min(last, end)):
            low, high = min(edges[e, 1], edges[e, 3]), max(edges[e, 1], edges[e, 3])
            if low == high or min(edges[e, 0], edges[e, 2]) >= origin[0] + n_cols:
                continue
            upper = int(max(np.floor(max(low, top)) - top, 0.0))
            lower = int(np.ceil(min(high, bottom)) - top)
            for r in range(upper, lower):
                if fills:
                    listed[places[r]] = e
                places[r] += 1


@formula
def _row_spans(  # noqa: PLR0913, PLR0917
    edges: Floats,
    passing: Indices,
    row: int,
    origin: Floats,
    cover: Floats,
    area: Floats,
    touched: Codes,
    begins: Indices,
    ends: Indices,
    share: Floats,
) -> int:
    """Find which cells of a row lie inside, as spans of one share; return how many."""
    n_cols = len(cover)
    least, most = n_cols, -1
    top = origin[1] + row
    for k in range(len(passing)):
        x0, y0, x1, y1 = edges[passing[k]]
        sign = 1.0
        if y1 < y0:
            x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
        slope = (x1 - x0) / (y1 - y0)
        ya, yb = y0, y1
        xa, xb = x0 - origin[0], x1 - origin[0]
        if ya < top:
            xa, ya = xa + (top - y0) * slope, top
        if yb > top + 1.0:
            xb, yb = x0 - origin[0] + (top + 1.0 - y0) * slope, top + 1.0
        low, high = _add_edge(xa, xb, sign * (yb - ya), cover, area, touched)
        least, most = min(least, low), max(most, high)
    if most < 0:
        return 0
    return _gathered(least, most, cover, area, touched, begins, ends, share)


@formula
def _add_edge(  # noqa: PLR0913, PLR0917
    xa: float, xb: float, height: float, cover: Floats, area: Floats, touched: Codes
) -> Any:  # noqa: ANN401
    """Leave cover and area of a piece of an edge within a row; return the columns it met."""
    n_cols = len(cover)
    left, right = min(xa, xb), max(xa, xb)
    if left >= n_cols:
        return n_cols, -1
    per_column = height / (right - left) if right > left else 0.0
    if right > n_cols:
        # What runs to the right of the window has nothing to its right.
        height -= per_column * (right - n_cols)
        right = float(n_cols)
    if left < 0.0:
        # What runs to the left of the window covers its rows from the first column on.
        beyond = height if right <= 0.0 else per_column * -left
        cover[0] += beyond
        area[0] += beyond
        touched[0] = 1
        height -= beyond
        left = 0.0
        if right <= 0.0:
            return 0, 0
        first_met = 0
    else:
        first_met = int(np.floor(left))
    low, high = int(np.floor(left)), int(np.ceil(right)) - 1
    if high <= low:
        cover[low] += height
        area[low] += height * (1.0 - (0.5 * (left + right) - low))
        touched[low] = 1
        return first_met, low
    part = per_column * (low + 1 - left)
    cover[low] += part
    area[low] += part * 0.5 * (low + 1 - left)
    touched[low] = 1
    for c in range(low + 1, high):
        cover[c] += per_column
        area[c] += 0.5 * per_column
        touched[c] = 1
    part = height - part - per_column * (high - low - 1)
    cover[high] += part
    area[high] += part * (1.0 - 0.5 * (right - high))
    touched[high] = 1
    return first_met, high


@formula
def _gathered(  # noqa: PLR0913, PLR0917
    least: int,
    most: int,
    cover: Floats,
    area: Floats,
    touched: Codes,
    begins: Indices,
    ends: Indices,
    share: Floats,
) -> int:
    """Sum up a row from left to right into spans, and clear it."""
    n_cols = len(cover)
    spans, running, after = 0, 0.0, least
    eight = touched.view(np.uint64)
    c = least - 1
    while c < most:
        c += 1
        if touched[c] == 0:
            if c % 8 == 0:
                while c + 8 <= most and eight[c // 8] == 0:
                    c += 8
            if touched[c] == 0:
                continue
        if c > after and abs(running) > _NOTHING:
            begins[spans], ends[spans], share[spans] = after, c, _settled(running)
            spans += 1
        inside = _settled(running + area[c])
        if inside > 0.0:
            begins[spans], ends[spans], share[spans] = c, c + 1, inside
            spans += 1
        running += cover[c]
        cover[c], area[c], touched[c], after = 0.0, 0.0, 0, c + 1
    if after < n_cols and abs(running) > _NOTHING:
        begins[spans], ends[spans], share[spans] = after, n_cols, _settled(running)
        spans += 1
    return spans


@formula
def _settled(share: float) -> float:
    """Take away what rounding leaves of 0 and 1."""
    size = abs(share)
    if size < _NOTHING:
        return 0.0
    return 1.0 if abs(size - 1.0) < _NOTHING else size
