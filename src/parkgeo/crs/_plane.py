"""The equal-area plane on which China's official ellipsoidal area is the planar one."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertCylindricalEqualAreaConversion

from parkgeo import _kernels
from parkgeo.crs._datums import CGCS2000, DATUMS, map_coordinates, to_geographic
from parkgeo.crs._guards import geometry_of, require_crs
from parkgeo.errors import CRSMismatchError, first_rows

__all__ = [
    "PLANE",
    "SEMI_MAJOR_AXIS_M",
    "authalic_q",
    "degrees_to_plane",
    "from_plane",
    "latitude_from_q",
    "plane_to_degrees",
    "says_degrees",
    "to_plane",
]

Floats = NDArray[np.float64]

SEMI_MAJOR_AXIS_M: Final = _kernels.SEMI_MAJOR_AXIS_M
"""Of the CGCS2000 ellipsoid (GB 22021-2008)."""

_E2: Final = _kernels.E2
_Q_POLE: Final = float(_kernels.authalic_q(np.array(np.pi / 2)))
_POLE_COSINE: Final = 1e-6
_ROUNDING: Final = 1.0 + 4.0 * float(np.finfo(np.float64).eps)

PLANE: Final[CRS] = ProjectedCRS(
    name="CGCS2000 / official area plane",
    conversion=LambertCylindricalEqualAreaConversion(0, 0, 0, 0),
    geodetic_crs=CRS(CGCS2000),
)
"""Lambert's cylindrical equal-area projection of CGCS2000, true to scale on the equator, in metres.

The same as ``+proj=cea +lat_ts=0 +ellps=GRS80``, but it says its datum.
"""


def authalic_q(latitude_rad: Floats) -> Floats:
    r"""Return q(B), by which area grows with latitude on the CGCS2000 ellipsoid.

    .. math:: q(B) = (1-e^2)\left[\frac{\sin B}{1-e^2\sin^2 B}
              + \frac{\operatorname{artanh}(e \sin B)}{e}\right]

    The area between the equator, latitude B and two meridians L radians apart is (a²/2) L q(B).

    Parameters
    ----------
    latitude_rad
        Geodetic latitude B in radians.

    Returns
    -------
    q, from -1.9955 at the south pole to 1.9955 at the north pole.

    References
    ----------
    Snyder, J. P. (1987), *Map Projections: A Working Manual*, USGS PP 1395, eq. 3-12.

    Examples
    --------
    >>> float(authalic_q(np.array([0.0]))[0])
    0.0
    """
    return _kernels.authalic_q(latitude_rad)


def latitude_from_q(q: Floats) -> Floats:
    """Return the latitude B in radians at which the ellipsoid has this q.

    The authalic latitude gives the first value, two terms of its series the second, and Newton's
    method the rest, to the last digits of a double. Beyond the poles the result is NaN.

    Parameters
    ----------
    q
        As from :func:`authalic_q`.

    Returns
    -------
    Geodetic latitude in radians.

    References
    ----------
    Snyder (1987), eq. 3-16 to 3-18.

    Examples
    --------
    >>> round(float(np.degrees(latitude_from_q(authalic_q(np.radians([30.0]))))[0]), 12)
    30.0
    """
    ratio = np.asarray(q, dtype=np.float64) / _Q_POLE
    beyond = ~(np.abs(ratio) <= _ROUNDING)
    beta = np.arcsin(np.clip(ratio, -1.0, 1.0))
    latitude = beta + _E2 * (1 / 3 + _E2 * 31 / 180) * np.sin(2 * beta)
    latitude += _E2**2 * 23 / 360 * np.sin(4 * beta)
    for _ in range(2):
        sine, cosine = np.sin(latitude), np.cos(latitude)
        slope = 2.0 * (1.0 - _E2) * cosine / (1.0 - _E2 * sine * sine) ** 2
        # At a pole q is flat: there the series stands as it is.
        step = np.where(np.abs(cosine) > _POLE_COSINE, (authalic_q(latitude) - q) / slope, 0.0)
        latitude = latitude - step
    result: Floats = np.where(beyond, np.nan, latitude)
    return result


def _forward(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a = SEMI_MAJOR_AXIS_M
    return a * np.radians(x), a / 2.0 * authalic_q(np.radians(y))


def _backward(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a = SEMI_MAJOR_AXIS_M
    return np.degrees(x / a), np.degrees(latitude_from_q(y * (2.0 / a)))


def to_plane(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
    r"""Put geometries on the plane where planar area is the official area (椭球面积).

    .. math:: x = a L, \quad y = \tfrac{a}{2} q(B)

    Vertices are moved and edges stay straight on the plane, which is how the official area is
    defined (国土调查办发〔2008〕32号). Only areas are true here: distances, angles and buffers
    belong in a zone (:func:`to_zone`).

    Parameters
    ----------
    layer
        Frame or series in any CRS, GCJ-02 and BD-09 included.

    Returns
    -------
    The active geometry in metres, on ``PLANE``, with the index of the input.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        As :func:`to_geographic`.

    Notes
    -----
    Longitudes are taken as they are: a polygon across 180° must be cut there first.

    Examples
    --------
    >>> point = gpd.GeoSeries.from_xy([180.0], [0.0], crs="EPSG:4490")
    >>> round(float(to_plane(point).x.iloc[0]) / SEMI_MAJOR_AXIS_M, 6)
    3.141593
    """
    crs = require_crs(layer)
    if crs == PLANE:
        return geometry_of(layer).copy()
    return map_coordinates(to_geographic(geometry_of(layer)), _forward, PLANE)


def says_degrees(crs: CRS) -> bool:
    """Tell whether coordinates are degrees of CGCS2000 or WGS 84, which are the same numbers.

    Parameters
    ----------
    crs
        What a layer says.

    Returns
    -------
    Whether it is EPSG:4490 or EPSG:4326. :func:`to_geographic` keeps the numbers of a few other
    names for them too.

    Examples
    --------
    >>> says_degrees(CRS("EPSG:4490")), says_degrees(CRS("EPSG:4549"))
    (True, False)
    """
    return any(crs == DATUMS[datum] for datum in ("cgcs2000", "wgs84"))


def degrees_to_plane(lon_lat: Floats) -> Floats:
    """Put vertices on the plane, as :func:`to_plane` does with those of geometries.

    Parameters
    ----------
    lon_lat
        Degrees of CGCS2000, one row per vertex.

    Returns
    -------
    x and y in metres, one row per vertex.

    Examples
    --------
    >>> degrees_to_plane(np.array([[0.0, 0.0]])).tolist()
    [[0.0, 0.0]]
    """
    out = np.empty_like(lon_lat)
    out[:, 0], out[:, 1] = _forward(lon_lat[:, 0], lon_lat[:, 1])
    return out


def plane_to_degrees(xy: Floats) -> Floats:
    """Bring vertices back from the plane, as :func:`from_plane` does with those of geometries.

    Parameters
    ----------
    xy
        Metres on ``PLANE``, one row per vertex.

    Returns
    -------
    Longitude and latitude on CGCS2000, one row per vertex.

    Examples
    --------
    >>> plane_to_degrees(np.array([[0.0, 0.0]])).tolist()
    [[0.0, 0.0]]
    """
    out = np.empty_like(xy)
    out[:, 0], out[:, 1] = _backward(xy[:, 0], xy[:, 1])
    return out


def from_plane(series: gpd.GeoSeries) -> gpd.GeoSeries:
    """Bring geometries back from the equal-area plane to CGCS2000 degrees.

    Parameters
    ----------
    series
        Geometries on ``PLANE``.

    Returns
    -------
    The geometries in EPSG:4490; the round trip is exact to the last digits of a double (5e-9 m).

    Raises
    ------
    MissingCRSError
        The series does not say its CRS.
    CRSMismatchError
        It stands in another CRS, or beyond the poles.

    Examples
    --------
    >>> from_plane(gpd.GeoSeries.from_xy([0.0], [0.0], crs=PLANE)).iloc[0].wkt
    'POINT (0 0)'
    """
    crs = require_crs(series, "series")
    if crs != PLANE:
        raise CRSMismatchError(
            f"from_plane needs geometries on parkgeo.crs.PLANE, found {crs.name!r}; use "
            "parkgeo.crs.to_geographic for any other CRS",
        )
    _refuse_off_plane(series)
    return map_coordinates(series, _backward, CRS(CGCS2000))


def _refuse_off_plane(series: gpd.GeoSeries) -> None:
    """Raise where y lies beyond the poles, as when x and y are swapped."""
    bounds = shapely.bounds(series.to_numpy())
    pole_m = _Q_POLE * SEMI_MAJOR_AXIS_M / 2.0 * _ROUNDING
    beyond = np.nanmax(np.abs(bounds[:, [1, 3]]), axis=1, initial=0.0) > pole_m
    if beyond.any():
        raise CRSMismatchError(
            f"rows {first_rows(series.index[beyond])} lie beyond the poles of parkgeo.crs.PLANE, "
            f"whose y ends at ±{pole_m:.0f} m; are x and y swapped?",
        )
