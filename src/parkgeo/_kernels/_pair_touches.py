"""Which extents touch, and whose rings lie as they may: edges held against points and edges."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import EAST, NORTH, SOUTH, WEST, Floats, Ints
from parkgeo._kernels._rings import side

MOST_RINGS: Final = 64
"""Rings of one extent up to which each is held against each."""


def pair_touches(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    xy: Floats,
    firsts: Ints,
    lasts: Ints,
    bounds: Floats,
    starts: Ints,
    boxes: Floats,
    reach: float,
    left: Ints,
    right: Ints,
    out: NDArray[np.bool_],
) -> None:
    """Say of each pair whether their outlines come as near as ``reach``.

    Extents and blocks stand as for :func:`pair_areas`.
    """
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        out[pair] = False
        for i in range(starts[a], starts[a + 1]):
            if out[pair]:
                break
            if apart(bounds[i], boxes[b], reach):
                continue
            for j in range(starts[b], starts[b + 1]):
                if apart(bounds[i], bounds[j], reach):
                    continue
                if blocks_touch(xy, firsts[i], lasts[i], firsts[j], lasts[j], bounds[j], reach):
                    out[pair] = True
                    break


@formula
def apart(one: Floats, two: Floats, reach: float) -> bool:
    """Say whether two boxes are surely further from each other than ``reach``."""
    return bool(
        one[EAST] + reach < two[WEST]
        or two[EAST] + reach < one[WEST]
        or one[NORTH] + reach < two[SOUTH]
        or two[NORTH] + reach < one[SOUTH]
    )


@formula
def blocks_touch(  # noqa: PLR0913, PLR0917
    xy: Floats, first: int, last: int, from_: int, to: int, bounds: Floats, reach: float
) -> bool:
    """Say whether an edge of one block comes as near as ``reach`` to one of the other."""
    for i in range(first, last):
        ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
        west, east = min(ax, bx) - reach, max(ax, bx) + reach
        south, north = min(ay, by) - reach, max(ay, by) + reach
        if east < bounds[WEST] or bounds[EAST] < west:
            continue
        if north < bounds[SOUTH] or bounds[NORTH] < south:
            continue
        for j in range(from_, to):
            cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]
            if max(cx, dx) < west or east < min(cx, dx):
                continue
            if max(cy, dy) < south or north < min(cy, dy):
                continue
            near = min(
                off(ax, ay, cx, cy, dx, dy),
                off(bx, by, cx, cy, dx, dy),
                off(cx, cy, ax, ay, bx, by),
                off(dx, dy, ax, ay, bx, by),
            )
            if near <= reach * reach or cross(ax, ay, bx, by, cx, cy, dx, dy):
                return True
    return False


@formula
def off(  # noqa: PLR0913, PLR0917
    px: float, py: float, ax: float, ay: float, bx: float, by: float
) -> float:
    """Square the distance of a point from an edge."""
    ux, uy, vx, vy = bx - ax, by - ay, px - ax, py - ay
    square = ux * ux + uy * uy
    t = min(max((ux * vx + uy * vy) / square, 0.0), 1.0) if square > 0.0 else 0.0
    ex, ey = vx - t * ux, vy - t * uy
    return ex * ex + ey * ey


@formula
def cross(  # noqa: PLR0913, PLR0917
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> bool:
    """Say whether two edges surely cross."""
    return (
        side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) < 0
        and side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) < 0
    )


def nested_extents(  # noqa: PLR0913, PLR0917
    xy: Floats,
    ring_starts: Ints,
    ring_stops: Ints,
    parts: Ints,
    shells: NDArray[np.bool_],
    boxes: Floats,
    starts: Ints,
    stops: Ints,
    out: NDArray[np.bool_],
) -> None:
    """Say of each extent whether its rings, none of which touch, surely lie as they may.

    Extent k is the rings ``starts[k]:stops[k]``, and ring r, of polygon ``parts[r]``, the vertices
    ``ring_starts[r]:ring_stops[r]``, in ``boxes[r]``. A hole lies in its shell and in no
    other hole of its polygon, a shell in no other polygon. False also means not certain.
    """
    for extent in range(len(starts)):
        first, last = starts[extent], stops[extent]
        out[extent] = last - first <= MOST_RINGS
        for r in range(first, last):
            if not out[extent]:
                break
            in_own, in_holes, in_others = 0, 0, 0
            x, y = xy[ring_starts[r], 0], xy[ring_starts[r], 1]
            for q in range(first, last):
                if q == r:
                    continue
                inside = ring_holds(xy, ring_starts[q], ring_stops[q], boxes[q], x, y)
                if inside < 0:
                    out[extent] = False
                elif parts[q] != parts[r]:
                    in_others += inside if shells[q] else -inside
                elif shells[q]:
                    in_own += inside
                else:
                    in_holes += inside
            if shells[r]:
                out[extent] = out[extent] and in_others == 0
            else:
                out[extent] = out[extent] and in_own == 1 and in_holes == 0


@formula
def ring_holds(  # noqa: PLR0913, PLR0917
    xy: Floats, first: int, stop: int, box: Floats, x: float, y: float
) -> int:
    """Say whether a point lies in a ring: 1, 0, or -1 where rounding decides."""
    if not (box[WEST] <= x <= box[EAST] and box[SOUTH] <= y <= box[NORTH]):
        return 0
    inside = 0
    for i in range(first, stop - 1):
        low, high = i, i + 1
        if (xy[low, 1] > y) == (xy[high, 1] > y):
            continue
        if xy[low, 1] > xy[high, 1]:
            low, high = high, low
        at = side(xy[low, 0], xy[low, 1], xy[high, 0], xy[high, 1], x, y)
        if at == 0:
            return -1
        if at > 0:
            inside = 1 - inside
    return inside
