"""Pairs of points in a window, weighted for what of it cannot be seen from a point."""

import math

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import Floats, Ints
from parkgeo._kernels._pair_counts import first_reaching, rows_near, run_in_row

ISOTROPIC, TRANSLATION, NO_EDGE = 0, 1, 2
RINGS = 128
"""Rings about a point into which the edges of the window are sorted, up to the reach."""


def count_in_window(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    x: Floats,
    y: Floats,
    selves: Ints,
    other_x: Floats,
    other_y: Floats,
    starts: Ints,
    grid: Floats,
    first: int,
    last: int,
    r: Floats,
    hints: Ints,
    edge: int,
    segments: Floats,
    shares: Floats,
    out: Floats,
) -> None:
    """Add to each distance the weight of pairs that are no nearer than the one before it.

    ``segments`` are the edges of the window, on their left, as x, y, and the way to their end;
    ``shares`` is the table of :func:`share_moved`, ``hints`` that of :func:`first_reaching`.
    """
    n, reach = len(r), grid[5]
    rings = np.zeros(RINGS + 1, np.int64)
    spans = np.empty((len(segments), 2), np.int64)
    near = np.empty(0, np.int64)
    for i in range(first, last):
        depth = 0.0
        if edge == ISOTROPIC:
            depth = find_spans(x[i], y[i], reach, segments, spans, rings)
            if len(near) < rings[RINGS]:
                near = np.empty(2 * rings[RINGS], np.int64)
            fill_rings(spans, rings, near)
        low, high = rows_near(y[i], grid)
        for row in range(low, high + 1):
            begin, end = run_in_row(x[i], y[i], row, starts, grid)
            for j in range(begin, end):
                dx, dy = other_x[j] - x[i], other_y[j] - y[i]
                distance = math.sqrt(dx * dx + dy * dy)
                at = first_reaching(r, hints, distance)
                if at == n or j == selves[i]:
                    continue
                share = 1.0
                if edge == ISOTROPIC:
                    if distance > depth:
                        ring = ring_of(distance, reach)
                        some = near[rings[ring] : rings[ring + 1]]
                        share = share_inside(x[i], y[i], distance, segments, some)
                elif edge == TRANSLATION:
                    share = share_moved(dx, dy, shares, reach)
                out[at] += 1.0 / share


@formula
def ring_of(distance: float, reach: float) -> int:
    """Find the ring around a point that a distance up to the reach falls in."""
    return min(int(distance / reach * RINGS), RINGS - 1)


@formula
def find_spans(  # noqa: PLR0913, PLR0917
    x: float, y: float, reach: float, segments: Floats, spans: Ints, rings: Ints
) -> float:
    """Find the first and the last ring that each edge is in, and where rings start in a list.

    Return how far the boundary is. Edges beyond the reach get a last ring before the first.
    """
    depth = math.inf
    rings[:] = 0
    for k in range(len(segments)):
        ax, ay = segments[k, 0] - x, segments[k, 1] - y
        ex, ey = segments[k, 2], segments[k, 3]
        along = min(max(-(ax * ex + ay * ey) / (ex * ex + ey * ey), 0.0), 1.0)
        near = math.sqrt((ax + along * ex) ** 2 + (ay + along * ey) ** 2)
        depth = min(depth, near)
        spans[k, 0], spans[k, 1] = 0, -1
        # A little wider than it must be, so that rounding leaves no crossing out.
        if near * (1 - 1e-9) <= reach:
            far = math.sqrt(max(ax * ax + ay * ay, (ax + ex) ** 2 + (ay + ey) ** 2))
            spans[k, 0] = ring_of(near * (1 - 1e-9), reach)
            spans[k, 1] = ring_of(min(far * (1 + 1e-9), reach), reach)
            for ring in range(spans[k, 0], spans[k, 1] + 1):
                rings[ring + 1] += 1
    for ring in range(RINGS):
        rings[ring + 1] += rings[ring]
    return depth


@formula
def fill_rings(spans: Ints, rings: Ints, near: Ints) -> None:
    """List the edges of each ring, one ring after the other."""
    for k in range(len(spans)):
        for ring in range(spans[k, 0], spans[k, 1] + 1):
            near[rings[ring]] = k
            rings[ring] += 1
    for ring in range(RINGS, 0, -1):
        rings[ring] = rings[ring - 1]
    rings[0] = 0


@formula
def share_inside(x: float, y: float, radius: float, segments: Floats, some: Ints) -> float:
    r"""Find what share of a circle about a point of the window lies in it.

    ``some`` are the edges that the circle may cross. Where an edge leaves the circle, going
    anticlockwise along the circle leads into the window; where it enters, out of it. So the angle
    inside is the sum of the angles of the latter less those of the former, but for full turns, and
    nothing needs sorting.
    """
    square = radius * radius
    turned, crossings = 0.0, 0
    for k in some:
        ax, ay = segments[k, 0] - x, segments[k, 1] - y
        ex, ey = segments[k, 2], segments[k, 3]
        bx, by = ax + ex, ay + ey
        begins = ax * ax + ay * ay < square
        ends = bx * bx + by * by < square
        if begins and ends:
            continue
        length, along = ex * ex + ey * ey, ax * ex + ay * ey
        root = along * along - length * (ax * ax + ay * ay - square)
        if not begins and not ends and not (root > 0.0 and -length < along < 0.0):
            continue
        root = math.sqrt(max(root, 0.0))
        if not ends:
            t = (root - along) / length
            turned -= math.atan2(ay + t * ey, ax + t * ex)
            crossings += 1
        if not begins:
            t = (-root - along) / length
            turned += math.atan2(ay + t * ey, ax + t * ex)
            crossings += 1
    share = (turned / (2 * math.pi)) % 1.0
    # The other point of the pair is on the circle and inside, so that nothing means everything.
    return 1.0 if crossings == 0 or share < 1e-12 else share  # noqa: PLR2004


@formula
def direction_of(dx: float, dy: float) -> float:
    """Turn a displacement to the north into a number from 0, east, over 1 to 2, west.

    Even as angles are, nearly, and found without one.
    """
    span = abs(dx) + dy
    return 1.0 - dx / span if span > 0.0 else 0.0


@formula
def share_moved(dx: float, dy: float, shares: Floats, reach: float) -> float:
    """Find what share of the window is still in it when it is moved, from a table.

    Rows are directions as :func:`direction_of` has them, columns lengths from 0 to the reach.
    """
    if dy < 0.0:
        dx, dy = -dx, -dy
    turn = direction_of(dx, dy) * 0.5 * (shares.shape[0] - 1)
    length = math.sqrt(dx * dx + dy * dy) / reach * (shares.shape[1] - 1)
    a = min(int(turn), shares.shape[0] - 2)
    b = min(int(length), shares.shape[1] - 2)
    u, v = turn - a, length - b
    low = shares[a, b] * (1 - v) + shares[a, b + 1] * v
    high = shares[a + 1, b] * (1 - v) + shares[a + 1, b + 1] * v
    return float(low * (1 - u) + high * u)


def shares_inside(x: Floats, y: Floats, radius: Floats, segments: Floats) -> Floats:
    """Find what :func:`share_inside` does, for many points by NumPy."""
    ax, ay = segments[:, 0] - x[:, None], segments[:, 1] - y[:, None]
    ex, ey = segments[:, 2], segments[:, 3]
    square = radius[:, None] ** 2
    begins = ax**2 + ay**2 < square
    ends = (ax + ex) ** 2 + (ay + ey) ** 2 < square
    length, along = ex**2 + ey**2, ax * ex + ay * ey
    root = along**2 - length * (ax**2 + ay**2 - square)
    cuts = ~begins & ~ends & (root > 0) & (-length < along) & (along < 0)
    root = np.sqrt(np.maximum(root, 0.0))
    turned = np.zeros(len(x))
    crossed = np.zeros(len(x), dtype=np.bool_)
    for sign, here in ((1.0, (begins & ~ends) | cuts), (-1.0, (ends & ~begins) | cuts)):
        t = (sign * root - along) / length
        angle = np.arctan2(ay + t * ey, ax + t * ex)
        turned -= sign * np.where(here, angle, 0.0).sum(axis=1)
        crossed |= here.any(axis=1)
    share = (turned / (2 * np.pi)) % 1.0
    return np.where(~crossed | (share < 1e-12), 1.0, share)  # noqa: PLR2004


def shares_moved(dx: Floats, dy: Floats, shares: Floats, reach: float) -> Floats:
    """Find what :func:`share_moved` does, for many displacements by NumPy."""
    span = np.abs(dx) + np.abs(dy)
    east = np.where(dy < 0.0, -dx, dx)
    turn = (1.0 - east / np.where(span > 0.0, span, 1.0)) * 0.5 * (shares.shape[0] - 1)
    turn = np.where(span > 0.0, turn, 0.0)
    length = np.hypot(dx, dy) / reach * (shares.shape[1] - 1)
    a = np.minimum(turn.astype(np.int64), shares.shape[0] - 2)
    b = np.minimum(length.astype(np.int64), shares.shape[1] - 2)
    u, v = turn - a, length - b
    low = shares[a, b] * (1 - v) + shares[a, b + 1] * v
    high = shares[a + 1, b] * (1 - v) + shares[a + 1, b + 1] * v
    return np.asarray(low * (1 - u) + high * u)
