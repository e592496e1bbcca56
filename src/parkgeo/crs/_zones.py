"""CGCS2000 Gauss–Krüger zones, chosen from the data or from the easting."""

from typing import Final

import geopandas as gpd
import numpy as np
from pyproj import CRS

from parkgeo.crs._datums import to_geographic, without_measures
from parkgeo.crs._guards import CHINA_BOX, Layer, geometry_of
from parkgeo.errors import CRSMismatchError, GeometryError, SchemaError, UnknownNameError

__all__ = ["ZONES", "to_zone", "zone_crs", "zone_from_crs", "zone_from_easting", "zone_of"]

ZONES: Final = {3: range(25, 46), 6: range(13, 24)}
"""Numbers of the CGCS2000 Gauss–Krüger zones of China, by their width in degrees."""
_FIRST_EPSG: Final = {(3, True): 4513, (3, False): 4534, (6, True): 4491, (6, False): 4502}
_MAX_REACH_DEG: Final = 4.0
_EASTING_WITHIN_ZONE_M: Final = (50_000.0, 950_000.0)


def zone_crs(zone: int, *, numbered: bool = False, width_deg: int = 3) -> CRS:
    """Return the CGCS2000 Gauss–Krüger zone of this number (带号).

    Parameters
    ----------
    zone
        Zone number: 25–45 for zones of 3° (central meridian 3° × zone), 13–23 for zones of 6°
        (6° × zone - 3°).
    numbered
        Whether eastings carry the zone number in front (40505775 m) or not (505775 m).
    width_deg
        3 or 6.

    Returns
    -------
    The coordinate system, EPSG:4491–4554.

    Raises
    ------
    UnknownNameError
        There is no such zone.

    Examples
    --------
    >>> zone_crs(40).to_epsg(), zone_crs(40, numbered=True).to_epsg()
    (4549, 4528)
    """
    zones = ZONES.get(width_deg)
    if zones is None:
        raise UnknownNameError(f"zones are 3° or 6° wide, not {width_deg!r}")
    if zone not in zones:
        raise UnknownNameError(
            f"no CGCS2000 zone {zone!r} of {width_deg}°; they run from {zones[0]} to {zones[-1]}",
        )
    return CRS.from_epsg(_FIRST_EPSG[width_deg, numbered] + int(zone) - zones[0])


def zone_from_crs(crs: CRS) -> tuple[int, int] | None:
    """Return number and width of the zone that a CRS is, or None where it is none.

    Parameters
    ----------
    crs
        Any coordinate system.

    Returns
    -------
    Zone number and 3 or 6, whether eastings carry the number or not.

    Examples
    --------
    >>> zone_from_crs(CRS("EPSG:4549")), zone_from_crs(CRS("EPSG:4491"))
    ((40, 3), (13, 6))
    >>> zone_from_crs(CRS("EPSG:4490"))
    """
    if not isinstance(crs, CRS):
        raise SchemaError(f"crs must be a pyproj CRS, such as frame.crs, not {crs!r}")
    code = crs.to_epsg() or 0
    for (width_deg, _), first in _FIRST_EPSG.items():
        zones = ZONES[width_deg]
        if first <= code < first + len(zones):
            return zones[code - first], width_deg
    return None


def zone_from_easting(easting_m: float) -> int | None:
    """Read the zone number off an easting.

    Parameters
    ----------
    easting_m
        Easting (横坐标) in metres, with or without the zone number in front.

    Returns
    -------
    The zone number: 25–45 is a zone of 3°, 13–23 one of 6°. None where the easting carries no
    number, so that the zone must come from elsewhere.

    Raises
    ------
    CRSMismatchError
        The number is no easting in China, for example a northing.

    Examples
    --------
    >>> zone_from_easting(40505775.0)
    40
    >>> zone_from_easting(505775.0)
    """
    zone, within = divmod(float(easting_m), 1e6)
    low, high = _EASTING_WITHIN_ZONE_M
    if low <= within <= high:
        if zone == 0:
            return None
        if any(int(zone) in zones for zones in ZONES.values()):
            return int(zone)
    raise CRSMismatchError(
        f"{easting_m!r} m is no easting of a Gauss–Krüger zone in China (505775 or 40505775 would "
        "be); are northing (X) and easting (Y) swapped?",
    )


def zone_of(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> CRS:
    """Choose the 3° zone in which the middle of the layer lies.

    Parameters
    ----------
    layer
        Frame or series in any CRS.

    Returns
    -------
    The CGCS2000 3° Gauss–Krüger zone (3度分带), without zone number: EPSG:4534–4554.

    Raises
    ------
    MissingCRSError
        The layer does not say its CRS.
    GeometryError
        It has no coordinates to choose by.
    CRSMismatchError
        It lies outside China, or reaches more than 4° from the central meridian, where lengths in
        the zone are wrong by more than 1.8e-3 at 30° N.

    Examples
    --------
    >>> zone_of(gpd.GeoSeries.from_xy([120.2], [30.3], crs="EPSG:4490")).to_epsg()
    4549
    """
    geometry = to_geographic(geometry_of(layer))
    west, south, east, north = geometry.total_bounds
    if not np.isfinite([west, south, east, north]).all():
        raise GeometryError(
            "no zone can be chosen: the layer has no coordinates, or some that are not finite",
        )
    found = f"the layer spans {west:.4f}°–{east:.4f}° E, {south:.4f}°–{north:.4f}° N"
    if not (CHINA_BOX[0] <= west and east <= CHINA_BOX[2]) or not (
        CHINA_BOX[1] <= south and north <= CHINA_BOX[3]
    ):
        raise CRSMismatchError(
            f"{found}, outside China; CGCS2000 zones cover 73°–136° E, 3°–54° N",
        )
    zone = round((west + east) / 2 / 3)
    if max(east - 3 * zone, 3 * zone - west) > _MAX_REACH_DEG:
        raise CRSMismatchError(
            f"{found}, too wide for one 3° zone (central meridian {3 * zone}° E); split it by "
            "longitude and work zone by zone",
        )
    return zone_crs(zone)


def to_zone(layer: Layer) -> Layer:
    """Reproject a layer to the 3° zone in which its middle lies.

    For local work in metres: distances, angles, buffers. Areas come from :mod:`parkgeo.measure`.

    Parameters
    ----------
    layer
        Frame or series in any CRS.

    Returns
    -------
    A copy in the zone of :func:`zone_of`. Heights stay as they are, measures (M) are dropped.

    Raises
    ------
    MissingCRSError, GeometryError, CRSMismatchError
        As :func:`zone_of`.

    Examples
    --------
    >>> point = gpd.GeoSeries.from_xy([120.0], [30.0], crs="EPSG:4490")
    >>> round(float(to_zone(point).x.iloc[0]))
    500000
    """
    degrees = without_measures(to_geographic(layer))
    return degrees.to_crs(zone_of(degrees))
