"""GCJ-02 and BD-09: the published offsets of Chinese web maps, forwards and exactly backwards."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from parkgeo import _kernels
from parkgeo.errors import SchemaError

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

_LARGEST_OFFSET_DEG: Final = 0.05
_IN_THE_BOX: Final = (110.0, 30.0)
_COMPILE_ABOVE: Final = 500_000
_CHUNK: Final = 65_536


def _inside(lon: Floats, lat: Floats, *, margin_deg: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = OFFSET_BOX
    across = (lon >= west - margin_deg) & (lon <= east + margin_deg)
    along = (lat >= south - margin_deg) & (lat <= north + margin_deg)
    inside: NDArray[np.bool_] = across & along
    return inside


def _shift(lon: Floats, lat: Floats, *, bd: bool) -> Pair:
    """Add the offset to points that lie in the box."""
    if len(lon) > _COMPILE_ABOVE:
        return _threaded(_kernels.shift, lon, lat, bd=bd)
    d_lon, d_lat = _kernels.bd_offset(lon, lat) if bd else _kernels.gcj_offset(lon, lat)
    return lon + d_lon, lat + d_lat


def _unshift(lon: Floats, lat: Floats, *, bd: bool) -> Pair:
    """Find the points that the offset brings to these, near the box."""
    if len(lon) > _COMPILE_ABOVE:
        return _threaded(_kernels.unshift, lon, lat, bd=bd)
    offset = _kernels.bd_offset if bd else _kernels.gcj_offset
    x, y = lon, lat
    for _ in range(_kernels.MOST_ROUNDS):
        d_lon, d_lat = offset(x, y)
        before, x, y = (x, y), lon - d_lon, lat - d_lat
        step = np.abs(x - before[0]) + np.abs(y - before[1])
        if step.max(initial=0.0) <= _kernels.LAST_STEP_DEG:
            break
    return x, y


def _threaded(loop: Callable[..., None], lon: Floats, lat: Floats, *, bd: bool) -> Pair:
    """Run a compiled loop over chunks on every core."""
    fast = _kernels.compiled(loop)
    out = np.empty_like(lon), np.empty_like(lat)

    def run(start: int) -> None:
        part = slice(start, start + _CHUNK)
        fast(lon[part], lat[part], bd, out[0][part], out[1][part])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, range(0, len(lon), _CHUNK)))
    return out


def _points(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats, tuple[int, ...]]:
    """Return two flat arrays and the shape that they came in."""
    try:
        x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    except (TypeError, ValueError) as error:
        raise SchemaError(f"lon and lat must be numbers of one shape: {error}") from error
    return np.ascontiguousarray(x).ravel(), np.ascontiguousarray(y).ravel(), x.shape


def _forward(lon: ArrayLike, lat: ArrayLike, *, bd: bool) -> Pair:
    x, y, shape = _points(lon, lat)
    inside = _inside(x, y)
    # Outside, a point of the box stands in, so that no formula meets infinity.
    near = np.where(inside, x, _IN_THE_BOX[0]), np.where(inside, y, _IN_THE_BOX[1])
    moved = _shift(*near, bd=bd)
    return (
        np.where(inside, moved[0], x).reshape(shape),
        np.where(inside, moved[1], y).reshape(shape),
    )


def _backward(lon: ArrayLike, lat: ArrayLike, *, bd: bool) -> Pair:
    x, y, shape = _points(lon, lat)
    near = _inside(x, y, margin_deg=_LARGEST_OFFSET_DEG)
    start = np.where(near, x, _IN_THE_BOX[0]), np.where(near, y, _IN_THE_BOX[1])
    found = _unshift(*start, bd=bd)
    inside = near & _inside(*found)
    return (
        np.where(inside, found[0], x).reshape(shape),
        np.where(inside, found[1], y).reshape(shape),
    )


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS 84 to GCJ-02 (火星坐标), the datum of Amap, Tencent and DataV.

    Parameters
    ----------
    lon, lat
        Degrees, numbers or arrays of one shape (or shapes that broadcast).

    Returns
    -------
    Longitude and latitude in degrees, as arrays of that shape. Points outside the box of the
    offsets (72.004°–137.8347° E, 0.8293°–55.8271° N) come back as they are, and so do NaN and
    infinity.

    Raises
    ------
    SchemaError
        The input is not numeric, or the shapes do not fit.

    Notes
    -----
    CGCS2000 and WGS 84 agree within centimetres and are not told apart here. The published map is
    not continuous at the edge of the box.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(121.5272106, 31.1774276)
    >>> print(f"{lon:.8f} {lat:.8f}")
    121.53154186 31.17530398
    """
    return _forward(lon, lat, bd=False)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 back to WGS 84, exactly.

    The published map has no inverse in closed form; fixed-point iteration reaches the last digit
    of a double (3e-9 m in China) where the usual one-step inverse is off by metres.

    Parameters
    ----------
    lon, lat
        Degrees, as in :func:`wgs84_to_gcj02`.

    Returns
    -------
    Longitude and latitude in degrees, as arrays.

    Raises
    ------
    SchemaError
        As :func:`wgs84_to_gcj02`.

    Notes
    -----
    The inverse undoes :func:`wgs84_to_gcj02` everywhere in the box of the offsets, its edge
    included: a point is moved when the point it came from lies in the box, and otherwise comes
    back as it is. A point within 0.01° outside the box may therefore be moved into it. Within
    1e-7 m of 105° E the published map folds over itself, and either answer is returned.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(120.0, 30.0))
    >>> print(f"{lon:.12f} {lat:.12f}")
    120.000000000000 30.000000000000
    """
    return _backward(lon, lat, bd=False)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 to BD-09, the datum of Baidu.

    Parameters
    ----------
    lon, lat
        Degrees, as in :func:`wgs84_to_gcj02`; the box is the same.

    Returns
    -------
    Longitude and latitude in degrees, as arrays.

    Raises
    ------
    SchemaError
        As :func:`wgs84_to_gcj02`.

    Examples
    --------
    >>> lon, lat = gcj02_to_bd09(116.404, 39.915)
    >>> print(f"{lon:.5f} {lat:.5f}")
    116.41037 39.92134
    """
    return _forward(lon, lat, bd=True)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift BD-09 back to GCJ-02, exactly, as :func:`gcj02_to_wgs84` does.

    Parameters
    ----------
    lon, lat
        Degrees, as in :func:`wgs84_to_gcj02`.

    Returns
    -------
    Longitude and latitude in degrees, as arrays.

    Raises
    ------
    SchemaError
        As :func:`wgs84_to_gcj02`.

    Examples
    --------
    >>> lon, lat = bd09_to_gcj02(*gcj02_to_bd09(120.0, 30.0))
    >>> print(f"{lon:.12f} {lat:.12f}")
    120.000000000000 30.000000000000
    """
    return _backward(lon, lat, bd=True)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS 84 to BD-09 by way of GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, as in :func:`wgs84_to_gcj02`.

    Returns
    -------
    Longitude and latitude in degrees, as arrays.

    Raises
    ------
    SchemaError
        As :func:`wgs84_to_gcj02`.

    Examples
    --------
    >>> lon, lat = wgs84_to_bd09(0.0, 51.5)
    >>> print(lon, lat)
    0.0 51.5
    """
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift BD-09 back to WGS 84 by way of GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, as in :func:`wgs84_to_gcj02`.

    Returns
    -------
    Longitude and latitude in degrees, as arrays.

    Raises
    ------
    SchemaError
        As :func:`wgs84_to_gcj02`.

    Examples
    --------
    >>> lon, lat = bd09_to_wgs84(*wgs84_to_bd09(120.0, 30.0))
    >>> print(f"{lon:.12f} {lat:.12f}")
    120.000000000000 30.000000000000
    """
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))
