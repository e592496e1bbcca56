"""The loops that run over every vertex: offsets of web maps, areas and crossings of rings.

Arrays in, arrays out, no frames. The formulas (`gcj_offset`, `bd_offset`, `authalic_q`) are plain
functions of numbers or arrays: NumPy runs them on small input, and `compiled` builds the loops
around the very same functions for large input, so there is one formula and not two. Compiled loops
are cached on disk and release the GIL, so threads over chunks pay.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]

# CGCS2000 (GB 22021-2008); GRS 80 has the same figure.
SEMI_MAJOR_AXIS_M: Final = 6_378_137.0
FLATTENING: Final = 1.0 / 298.257222101
E2: Final = FLATTENING * (2.0 - FLATTENING)
E: Final = E2**0.5

# GCJ-02 is defined in metres on the ellipsoid of Krasovsky (1940), in these very digits.
_GCJ_A: Final = 6_378_245.0
_GCJ_E2: Final = 0.00669342162296594323
_SIN_35: Final = float(np.sin(np.radians(35.0)))
_COS_35: Final = float(np.cos(np.radians(35.0)))
_BD_ANGLE: Final = np.pi * 3000.0 / 180.0

# A round of the inverse shrinks the error by 0.005 (GCJ-02) or 0.02 (BD-09), so that a last step
# of 1e-12 degrees leaves less than the last digit of a double.
LAST_STEP_DEG: Final = 1e-12
MOST_ROUNDS: Final = 16

# (3 + 16 eps) eps, with eps half a unit in the last place.
ORIENTATION_BOUND: Final = 3.3306690738754716e-16
FEWEST_EDGES: Final = 3
LONGEST_COMPARED: Final = 64


@formula
def authalic_q(latitude_rad: Floats) -> Floats:
    """Return Snyder's q (1987, eq. 3-12) of geodetic latitude on the CGCS2000 ellipsoid."""
    sine = np.sin(latitude_rad)
    q: Floats = (1.0 - E2) * (sine / (1.0 - E2 * sine * sine) + np.arctanh(E * sine) / E)
    return q


@formula
def gcj_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the offset of GCJ-02 from WGS 84 in degrees.

    The published formula takes sixteen sines. Their angles are multiples of one angle in each
    coordinate, so one sine and one cosine of each give them all, to 1e-12 m.
    """
    x, y = lon - 105.0, lat - 35.0
    # Sines of pi x / 30, / 12, / 3, of pi x, and of 2 pi x and 6 pi x.
    s1, c1 = np.sin(x * (np.pi / 60.0)), np.cos(x * (np.pi / 60.0))
    s2, c2 = 2.0 * s1 * c1, 1.0 - 2.0 * s1 * s1
    s4, c4 = 2.0 * s2 * c2, 1.0 - 2.0 * s2 * s2
    s5, c5 = s4 * c1 + c4 * s1, c4 * c1 - s4 * s1
    s10, c10 = 2.0 * s5 * c5, 1.0 - 2.0 * s5 * s5
    s20, c20 = 2.0 * s10 * c10, 1.0 - 2.0 * s10 * s10
    s60, c60 = s20 * (3.0 - 4.0 * s20 * s20), c20 * (4.0 * c20 * c20 - 3.0)
    s120 = 2.0 * s60 * c60
    s360 = s120 * (3.0 - 4.0 * s120 * s120)
    # The same of pi y / 180: the latitude itself, then pi y / 30, / 12, / 3 and pi y.
    t1, d1 = np.sin(y * (np.pi / 180.0)), np.cos(y * (np.pi / 180.0))
    sine, cosine = t1 * _COS_35 + d1 * _SIN_35, d1 * _COS_35 - t1 * _SIN_35
    t3, d3 = t1 * (3.0 - 4.0 * t1 * t1), d1 * (4.0 * d1 * d1 - 3.0)
    t6, d6 = 2.0 * t3 * d3, 1.0 - 2.0 * t3 * t3
    t12, d12 = 2.0 * t6 * d6, 1.0 - 2.0 * t6 * t6
    t15, d15 = t12 * d3 + d12 * t3, d12 * d3 - t12 * t3
    t30, d30 = 2.0 * t15 * d15, 1.0 - 2.0 * t15 * t15
    t60 = 2.0 * t30 * d30
    t180 = t60 * (3.0 - 4.0 * t60 * t60)

    root = np.sqrt(np.abs(x))
    shared = 20.0 * (s360 + s120)
    north_m = -100.0 + 2.0 * x + y * (3.0 + 0.2 * y + 0.1 * x) + 0.2 * root
    north_m = north_m + (shared + 20.0 * t180 + 40.0 * t60 + 160.0 * t15 + 320.0 * t6) * (2.0 / 3.0)
    east_m = 300.0 + x * (1.0 + 0.1 * x + 0.1 * y) + 2.0 * y + 0.1 * root
    east_m = east_m + (shared + 20.0 * s60 + 40.0 * s20 + 150.0 * s5 + 300.0 * s2) * (2.0 / 3.0)

    square = 1.0 - _GCJ_E2 * sine * sine
    w = np.sqrt(square)
    per_radian = 180.0 / (np.pi * _GCJ_A)
    d_lat = north_m * per_radian * square * w / (1.0 - _GCJ_E2)
    d_lon = east_m * per_radian * w / cosine
    return d_lon, d_lat


@formula
def bd_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the offset of BD-09 from GCJ-02 in degrees.

    Published as a turn and a stretch in polar coordinates; written here as a difference, which
    keeps the digits that the way through polar coordinates loses.
    """
    stretch = 2e-5 * np.sin(lat * _BD_ANGLE) / np.sqrt(lon * lon + lat * lat)
    turn = 3e-6 * np.cos(lon * _BD_ANGLE)
    sine, half = np.sin(turn), np.sin(0.5 * turn)
    fall = 2.0 * half * half
    along = stretch * (1.0 - fall) - fall
    across = (1.0 + stretch) * sine
    return lon * along - lat * across + 0.0065, lat * along + lon * across + 0.006


def shift(lon: Floats, lat: Floats, bd: bool, out_lon: Floats, out_lat: Floats) -> None:  # noqa: FBT001
    """Add the offset of GCJ-02, or of BD-09, to each point."""
    for i in range(len(lon)):
        if bd:
            d_lon, d_lat = bd_offset(lon[i], lat[i])
        else:
            d_lon, d_lat = gcj_offset(lon[i], lat[i])
        out_lon[i] = lon[i] + d_lon
        out_lat[i] = lat[i] + d_lat


def unshift(lon: Floats, lat: Floats, bd: bool, out_lon: Floats, out_lat: Floats) -> None:  # noqa: FBT001
    """Find the point that the offset brings to each point, by fixed-point iteration."""
    for i in range(len(lon)):
        x, y = lon[i], lat[i]
        for _ in range(MOST_ROUNDS):
            if bd:
                d_lon, d_lat = bd_offset(x, y)
            else:
                d_lon, d_lat = gcj_offset(x, y)
            step = abs(lon[i] - d_lon - x) + abs(lat[i] - d_lat - y)
            x, y = lon[i] - d_lon, lat[i] - d_lat
            if step <= LAST_STEP_DEG:
                break
        out_lon[i], out_lat[i] = x, y


def ring_areas(
    xy: Floats,
    starts: NDArray[np.int64],
    geodesic: bool,  # noqa: FBT001
    out_m2: Floats,
) -> None:
    """Sum the signed area of each ring in square metres, positive when counter-clockwise.

    Ring r is ``xy[starts[r]:starts[r + 1]]``, closed, longitude and latitude in degrees.
    Coordinates are taken from its first vertex, so that nothing cancels on a small ring far from
    the origin. For ``geodesic`` the sliver between each straight edge and the geodesic is added
    (see :mod:`parkgeo.measure`).
    """
    radian = np.pi / 180.0
    half = 0.5 * SEMI_MAJOR_AXIS_M
    for r in range(len(starts) - 1):
        first, last = starts[r], starts[r + 1]
        out_m2[r] = 0.0
        if last == first:
            continue
        q0 = authalic_q(xy[first, 1] * radian)
        x0, y0 = 0.0 * q0, 0.0 * q0
        for i in range(first + 1, last):
            x1 = SEMI_MAJOR_AXIS_M * ((xy[i, 0] - xy[first, 0]) * radian)
            y1 = half * (authalic_q(xy[i, 1] * radian) - q0)
            out_m2[r] += 0.5 * (x0 * y1 - x1 * y0)
            if geodesic:
                out_m2[r] -= edge_bulge(x1 - x0, y1 - y0, 0.5 * (xy[i - 1, 1] + xy[i, 1]) * radian)
            x0, y0 = x1, y1


@formula
def edge_bulge(dx_m: Floats, dy_m: Floats, latitude_rad: Floats) -> Floats:
    """Return the area between a geodesic and its chord on the equal-area plane.

    Positive where the geodesic runs north of an eastward chord. See :mod:`parkgeo.measure`.
    """
    sine = np.sin(latitude_rad)
    u = (1.0 - sine * sine) / (1.0 - E2 * sine * sine)
    bulge: Floats = (
        sine / (12.0 * SEMI_MAJOR_AXIS_M) * dx_m * (u * dx_m * dx_m + 3.0 / u * dy_m * dy_m)
    )
    return bulge


def simple_rings(xy: Floats, starts: NDArray[np.int64], out: NDArray[np.bool_]) -> None:
    """Say of each ring whether it is certain that it neither crosses nor touches itself.

    False means not certain: it touches, is too long for comparing every pair of edges, repeats a
    vertex, is not finite, or comes nearer to itself than rounding can tell. A library that decides
    exactly must then be asked.
    """
    for r in range(len(starts) - 1):
        first, last = starts[r], starts[r + 1] - 1
        out[r] = FEWEST_EDGES <= last - first <= LONGEST_COMPARED
        for i in range(first, last):
            if not out[r]:
                break
            out[r] = _edge_is_clear(xy, first, last, i)


@formula
def _edge_is_clear(xy: Floats, first: int, last: int, i: int) -> bool:
    """Compare edge i of a ring with the edges after it."""
    ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
    # The next edge must not turn back on this one.
    after = i + 2 if i + 2 <= last else first + 1
    px, py = xy[after, 0], xy[after, 1]
    ahead = (bx - ax) * (px - bx) + (by - ay) * (py - by)
    if side(ax, ay, bx, by, px, py) == 0 and not ahead > 0:
        return False
    west, east, south, north = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
    for j in range(i + 2, last if i > first else last - 1):
        cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]
        if max(cx, dx) < west or east < min(cx, dx) or max(cy, dy) < south or north < min(cy, dy):
            continue
        if side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) > 0:
            continue
        if side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) > 0:
            continue
        return False
    return True


@formula
def side(  # noqa: PLR0913, PLR0917 - three points, in a loop where no object may be made
    ax: float, ay: float, bx: float, by: float, px: float, py: float
) -> int:
    """Say on which side of a line a point certainly lies: 1, -1, or 0 where rounding decides.

    The bound is Shewchuk's (1997), for differences and products in double precision.
    """
    left, right = (ax - px) * (by - py), (ay - py) * (bx - px)
    bound = ORIENTATION_BOUND * (abs(left) + abs(right))
    if left - right > bound:
        return 1
    if right - left > bound:
        return -1
    return 0
