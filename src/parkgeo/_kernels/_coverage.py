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
        begin, end = _rows_met(reach, firsts[z], lasts[z], origin[1], n_rows)
        heads, listed = _edges_by_row(edges, reach, firsts[z], lasts[z], origin, begin, end, n_cols)
        for r in range(begin, end):
            head, tail = heads[r - begin], heads[r - begin + 1]
            if head == tail:
                continue
            least, most = _leave(edges, listed, head, tail, origin, r, cover, area, touched)
            spans = _gathered(least, most, cover, area, touched, begins, ends, share)
            _add_codes(codes, r, spans, begins, ends, share, weights, panel, lanes)
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
        begin, end = _rows_met(reach, firsts[z], lasts[z], origin[1], n_rows)
        heads, listed = _edges_by_row(edges, reach, firsts[z], lasts[z], origin, begin, end, n_cols)
        for r in range(begin, end):
            head, tail = heads[r - begin], heads[r - begin + 1]
            if head == tail:
                continue
            least, most = _leave(edges, listed, head, tail, origin, r, cover, area, touched)
            spans = _gathered(least, most, cover, area, touched, begins, ends, share)
            for s in range(spans):
                for c in range(begins[s], ends[s]):
                    weight = share[s] * _weight(weights, r, panel, c)
                    if np.isnan(values[r, c]):
                        out[z, 2] += weight
                    else:
                        out[z, 0] += weight * values[r, c]
                        out[z, 1] += weight


def turned_rings(  # noqa: PLR0913, PLR0917 - arrays of rings, in a loop without objects
    cells: Floats,
    longest: float,
    starts: Indices,
    stops: Indices,
    shell: Codes,
    turned: Codes,
    sound: Codes,
    long: Codes,
) -> None:
    """Tell which closed rings have the inside of the polygon on the other side.

    Ring r is ``cells[starts[r]:stops[r]]``; ``sound`` says whether it is all numbers, and ``long``,
    for each vertex, whether the edge that begins there is longer than ``longest``.
    """
    for r in range(len(starts)):
        first = starts[r]
        x0, y0 = cells[first, 0], cells[first, 1]
        ax, ay, twice = 0.0, 0.0, 0.0
        for i in range(first, stops[r] - 1):
            bx, by = cells[i + 1, 0] - x0, cells[i + 1, 1] - y0
            twice += ax * by - bx * ay
            long[i] = (bx - ax) ** 2 + (by - ay) ** 2 > longest**2
            ax, ay = bx, by
        turned[r] = (twice < 0) == (shell[r] == 1)
        sound[r] = np.isfinite(twice)


def fill_edges(  # noqa: PLR0913, PLR0917 - arrays of rings, in a loop without objects
    cells: Floats,
    vertex: Indices,
    runs: Indices,
    joints: Floats,
    starts: Indices,
    stops: Indices,
    turned: Codes,
    heads: Indices,
    places: Indices,
    edges: Floats,
    boxes: Floats,
) -> None:
    """Turn closed rings into edges that have the inside of the polygon on one side.

    The edges of ring r come from ``places[r]`` on, its bounds into ``boxes[r]``. The edge that
    begins at ``vertex[k]`` is cut at ``joints[runs[k]:runs[k + 1]]``; ``heads[r]`` is the first k
    of the ring.
    """
    for r in range(len(starts)):
        e, k = places[r], heads[r]
        x0, y0 = cells[starts[r], 0], cells[starts[r], 1]
        west, east, top, bottom = x0, x0, y0, y0
        for i in range(starts[r], stops[r] - 1):
            first, last = 0, 0
            if k < len(vertex) and vertex[k] == i:
                first, last = runs[k], runs[k + 1]
                k += 1
            for j in range(first, last + 1):
                x1, y1 = cells[i + 1, 0], cells[i + 1, 1]
                if j < last:
                    x1, y1 = joints[j, 0], joints[j, 1]
                if turned[r] == 1:
                    edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3] = x1, y1, x0, y0
                else:
                    edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3] = x0, y0, x1, y1
                west, east = min(west, x1), max(east, x1)
                top, bottom = min(top, y1), max(bottom, y1)
                x0, y0 = x1, y1
                e += 1
        boxes[r, 0], boxes[r, 1], boxes[r, 2], boxes[r, 3] = west, top, east, bottom


def edge_reach(edges: Floats, first: int, reach: Floats) -> None:
    """Put the least and the largest row of each block of edges, from ``first`` on, in ``reach``."""
    for b in range(len(reach)):
        begin = (first + b) * EDGES_IN_BLOCK
        low = high = edges[begin, 1]
        for e in range(begin, min(begin + EDGES_IN_BLOCK, len(edges))):
            low = min(low, edges[e, 1], edges[e, 3])
            high = max(high, edges[e, 1], edges[e, 3])
        reach[b, 0], reach[b, 1] = low, high


@formula
def _spans(n_cols: int) -> Any:  # noqa: ANN401
    """Make room for the spans of a row: at most every cell and a run after it."""
    size = 2 * n_cols + 2
    return np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)


@formula
def _weight(weights: Floats, row: int, panel: Indices, c: int) -> Any:  # noqa: ANN401
    """Return the area of a cell."""
    if weights.shape[1] == 1:
        return weights[row, 0]
    along = c + panel[1]
    p = along // panel[0]
    step = (weights[row, p + 1] - weights[row, p]) / panel[0]
    return weights[row, p] + step * (along - p * panel[0])


@formula
def _add_codes(  # noqa: PLR0913, PLR0917
    codes: Codes,
    row: int,
    spans: int,
    begins: Indices,
    ends: Indices,
    share: Floats,
    weights: Floats,
    panel: Indices,
    lanes: Floats,
) -> None:
    """Add the areas of the spans of a row to the tables, by the codes of the cells."""
    flat = weights.shape[1] == 1
    for s in range(spans):
        c, end = begins[s], ends[s]
        if end - c == 1:
            lanes[s % _LANES, codes[row, c]] += share[s] * _weight(weights, row, panel, c)
            continue
        while c < end:
            stop, weight, step = end, share[s] * _weight(weights, row, panel, c), 0.0
            if not flat:
                p = (c + panel[1]) // panel[0]
                stop = min(end, (p + 1) * panel[0] - panel[1])
                step = share[s] * (weights[row, p + 1] - weights[row, p]) / panel[0]
            while c + _LANES <= stop:
                lanes[0, codes[row, c]] += weight
                lanes[1, codes[row, c + 1]] += weight + step
                lanes[2, codes[row, c + 2]] += weight + 2.0 * step
                lanes[3, codes[row, c + 3]] += weight + 3.0 * step
                weight += _LANES * step
                c += _LANES
            while c < stop:
                lanes[0, codes[row, c]] += weight
                weight += step
                c += 1


@formula
def _rows_met(reach: Floats, first: int, last: int, top: float, n_rows: int) -> Any:  # noqa: ANN401
    """Find the rows of the window between which the edges of a zone lie, or a few more."""
    low, high = np.inf, -np.inf
    for block in range(first // EDGES_IN_BLOCK, (last - 1) // EDGES_IN_BLOCK + 1):
        low, high = min(low, reach[block, 0]), max(high, reach[block, 1])
    if not low < high:
        return 0, 0
    begin = int(min(max(np.floor(low - top), 0.0), n_rows))
    return begin, int(min(max(np.ceil(high - top), begin), n_rows))


@formula
def _edges_by_row(  # noqa: PLR0913, PLR0917
    edges: Floats,
    reach: Floats,
    first: int,
    last: int,
    origin: Floats,
    begin: int,
    end: int,
    n_cols: int,
) -> Any:  # noqa: ANN401
    """List the edges that pass each row from ``begin`` to ``end``, or run to the left of it."""
    n_rows = end - begin
    counts = np.zeros(n_rows + 1, np.int64)
    nowhere = np.empty(0, np.int64)
    _fill_rows(edges, reach, first, last, origin, begin, n_cols, counts, nowhere)
    heads = np.zeros(n_rows + 1, np.int64)
    for r in range(n_rows):
        heads[r + 1] = heads[r] + counts[r]
    places = np.empty(n_rows + 1, np.int64)
    for r in range(n_rows + 1):
        places[r] = heads[r]
    listed = np.empty(heads[n_rows], np.int64)
    _fill_rows(edges, reach, first, last, origin, begin, n_cols, places, listed)
    return heads, listed


@formula
def _fill_rows(  # noqa: PLR0913, PLR0917
    edges: Floats,
    reach: Floats,
    first: int,
    last: int,
    origin: Floats,
    row: int,
    n_cols: int,
    places: Indices,
    listed: Indices,
) -> None:
    """Count the edges of each row from ``row`` on, or put them there where there is room."""
    top = origin[1] + row
    bottom = top + len(places) - 1
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
def _leave(  # noqa: PLR0913, PLR0917
    edges: Floats,
    listed: Indices,
    first: int,
    last: int,
    origin: Floats,
    row: int,
    cover: Floats,
    area: Floats,
    touched: Codes,
) -> Any:  # noqa: ANN401
    """Leave cover and area of the edges of a row in the cells they pass; return the columns met."""
    n_cols = len(cover)
    least, most = n_cols, -1
    west, top = origin[0], origin[1] + row
    for k in range(first, last):
        e = listed[k]
        x0, y0, x1, y1, sign = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], 1.0
        if y1 < y0:
            x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
        xa, ya, xb, yb = x0 - west, y0, x1 - west, y1
        if y0 < top or y1 > top + 1.0:
            slope = (x1 - x0) / (y1 - y0)
            if y0 < top:
                xa, ya = x0 - west + (top - y0) * slope, top
            if y1 > top + 1.0:
                xb, yb = x0 - west + (top + 1.0 - y0) * slope, top + 1.0
        left, right, height = min(xa, xb), max(xa, xb), sign * (yb - ya)
        if left >= n_cols:
            continue
        low = high = int(max(left, 0.0))
        if left >= 0.0 and right <= low + 1.0:
            cover[low] += height
            area[low] += height * (1.0 - (0.5 * (left + right) - low))
            touched[low] = 1
        else:
            low, high = _leave_across(left, right, height, cover, area, touched)
        least, most = min(least, low), max(most, high)
    return least, most


@formula
def _leave_across(  # noqa: PLR0913, PLR0917
    left: float, right: float, height: float, cover: Floats, area: Floats, touched: Codes
) -> Any:  # noqa: ANN401
    """Leave what passes several cells of a row, or begins to the left of the window."""
    n_cols = len(cover)
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
