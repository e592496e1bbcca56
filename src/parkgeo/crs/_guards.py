"""The guards: a layer without a CRS, two that differ, coordinates that contradict the CRS."""

from typing import Final, TypeVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from parkgeo.errors import CRSMismatchError, MissingCRSError, SchemaError, first_rows

__all__ = ["Layer", "geometry_of", "require_crs", "require_lonlat", "require_same_crs"]

Layer = TypeVar("Layer", gpd.GeoDataFrame, gpd.GeoSeries)

CHINA_BOX: Final = (73.0, 3.0, 136.0, 54.0)
"""West, south, east and north of China with its seas, in degrees."""

_DEGREES: Final = (-180.0, -90.0, 180.0, 90.0)
_TWICE_ROUND: Final = (-360.0, -90.0, 360.0, 90.0)
_GAUSS_KRUGER: Final = ("Transverse Mercator", "Gauss Kruger")
_ZONE_REACH_M: Final = 1_000_000.0

_REMEDY = (
    'if it stands on CGCS2000, say so with .set_crs("EPSG:4490"); if it comes from a Chinese web '
    'map (Amap, Tencent, DataV), read it with parkgeo.crs.from_datum(frame, "gcj02")'
)


def geometry_of(layer: gpd.GeoDataFrame | gpd.GeoSeries, what: str = "layer") -> gpd.GeoSeries:
    """Return the active geometry of a frame, or the series itself."""
    if isinstance(layer, gpd.GeoSeries):
        return layer
    if not isinstance(layer, gpd.GeoDataFrame):
        raise SchemaError(
            f"{what}: found {type(layer).__name__}; give a GeoDataFrame or a GeoSeries",
        )
    if layer.active_geometry_name is None:
        raise SchemaError(f"{what} has no geometry column; set one with .set_geometry(name)")
    return layer.geometry


def require_crs(layer: gpd.GeoDataFrame | gpd.GeoSeries, what: str = "layer") -> CRS:
    """Return the CRS of a layer, or say what to do when it has none.

    Parameters
    ----------
    layer
        Frame or series of geometries.
    what
        What the layer is called in the message.

    Returns
    -------
    The coordinate system.

    Raises
    ------
    MissingCRSError
        The layer does not say its CRS.
    SchemaError
        The layer has no geometry.

    Examples
    --------
    >>> require_crs(gpd.GeoSeries([], crs="EPSG:4549")).to_epsg()
    4549
    """
    crs = geometry_of(layer, what).crs
    if crs is None:
        raise MissingCRSError(f"{what}: no CRS is set, and none is guessed; {_REMEDY}")
    return crs


def require_same_crs(
    left: gpd.GeoDataFrame | gpd.GeoSeries,
    right: gpd.GeoDataFrame | gpd.GeoSeries,
) -> CRS:
    """Return the CRS that two layers share.

    Parameters
    ----------
    left, right
        Frames or series of geometries.

    Returns
    -------
    The coordinate system of both.

    Raises
    ------
    MissingCRSError
        One of them does not say its CRS.
    CRSMismatchError
        They stand in different ones.

    Examples
    --------
    >>> park = gpd.GeoSeries([], crs="EPSG:4490")
    >>> require_same_crs(park, park).to_epsg()
    4490
    """
    first, second = require_crs(left, "left"), require_crs(right, "right")
    if first != second:
        raise CRSMismatchError(
            f"left is in {first.name!r} and right in {second.name!r}; bring both to one CRS, for "
            "example with parkgeo.crs.to_geographic",
        )
    return first


def require_lonlat(layer: gpd.GeoDataFrame | gpd.GeoSeries, what: str = "layer") -> None:
    """Check that coordinates can be what the CRS says they are.

    Four mistakes are found: latitude before longitude (or northing before easting), metres declared
    as degrees, degrees declared as metres, and eastings with a zone number in a zone without, or
    the other way round. Empty and missing geometries pass.

    Parameters
    ----------
    layer
        Frame or series of geometries with a CRS.
    what
        What the layer is called in the message.

    Raises
    ------
    MissingCRSError
        The layer does not say its CRS.
    CRSMismatchError
        Coordinates contradict it; the message says how, and in which rows.

    Notes
    -----
    Degrees are taken as swapped when longitude and latitude leave their range, or when a row lies
    in China (73°–136° E, 3°–54° N) only after swapping them. In a projected CRS in metres a layer
    whose every coordinate lies within ±180, ±90 is taken as degrees. Eastings are judged in
    Gauss–Krüger zones only (EPSG:4491–4554 and the like): they lie within 1000 km of the middle.

    Examples
    --------
    >>> require_lonlat(gpd.GeoSeries.from_xy([120.1], [30.2], crs="EPSG:4490"))
    """
    crs = require_crs(layer, what)
    geometry = geometry_of(layer, what)
    bounds = shapely.bounds(geometry.to_numpy())
    known: NDArray[np.bool_] = np.all(np.isfinite(bounds), axis=1)
    if not known.any():
        return
    if crs.is_geographic:
        _refuse_not_degrees(geometry, bounds, known, what)
    else:
        _refuse_not_metres(geometry, crs, bounds, known, what)


def _refuse_not_degrees(
    geometry: gpd.GeoSeries,
    bounds: NDArray[np.float64],
    known: NDArray[np.bool_],
    what: str,
) -> None:
    """Raise when degrees are swapped, or not degrees at all."""
    outside = known & ~_within(bounds, _DEGREES)
    swapped = bounds[:, [1, 0, 3, 2]]
    turned = known & ~_within(bounds, CHINA_BOX) & _within(swapped, CHINA_BOX)
    if not (outside | turned).any():
        return
    metres = outside & ~_within(swapped, _DEGREES)
    beyond = metres & _within(bounds, _TWICE_ROUND)
    if beyond.any():
        low, high = bounds[beyond][0, [0, 2]]
        raise CRSMismatchError(
            f"{what} has longitudes beyond ±180 in rows {first_rows(geometry.index[beyond])}: from "
            f"{low:.10g} to {high:.10g}; cut what lies across the antimeridian there, and bring "
            "both parts into ±180",
        )
    if metres.any():
        raise CRSMismatchError(
            f"{what} says degrees, but rows {first_rows(geometry.index[metres])} have coordinates "
            f"such as {bounds[metres][0, 0]:.10g}, {bounds[metres][0, 1]:.10g}: these are metres; "
            "declare the projected CRS (parkgeo.crs.zone_crs) with allow_override=True",
        )
    rows = outside | turned
    raise CRSMismatchError(
        f"{what} has latitude and longitude swapped in rows {first_rows(geometry.index[rows])}: "
        f"found x {bounds[rows][0, 0]:.10g}, y {bounds[rows][0, 1]:.10g}; x must be the longitude. "
        "Swap them with shapely.transform(geometry, lambda x, y: (y, x), interleaved=False)",
    )


def _refuse_not_metres(
    geometry: gpd.GeoSeries,
    crs: CRS,
    bounds: NDArray[np.float64],
    known: NDArray[np.bool_],
    what: str,
) -> None:
    """Raise when metres are degrees, or not eastings of the zone that is declared."""
    if crs.axis_info[0].unit_conversion_factor == 1.0 and _within(bounds[known], _DEGREES).all():
        raise CRSMismatchError(
            f"{what} says {crs.name!r}, in metres, but every coordinate lies within ±180, ±90: "
            'these are degrees; declare them with .set_crs("EPSG:4490", allow_override=True)',
        )
    middle_m = _false_easting_m(crs)
    if middle_m is None:
        return
    far = known & (np.abs(bounds[:, 0] - middle_m) > _ZONE_REACH_M)
    if not far.any():
        return
    x, y = bounds[far][0, :2]
    if abs(y - middle_m) <= _ZONE_REACH_M:
        cause = "northing and easting are swapped; x must be the easting"
    else:
        cause = "the zone number in front is missing or too much; see parkgeo.crs.zone_crs"
    raise CRSMismatchError(
        f"{what} says {crs.name!r}, whose eastings lie around {middle_m:.0f} m, but rows "
        f"{first_rows(geometry.index[far])} have x {x:.10g}, y {y:.10g}: {cause}",
    )


def _false_easting_m(crs: CRS) -> float | None:
    """Return the easting in the middle of a Gauss–Krüger zone, or None for any other projection."""
    operation = crs.coordinate_operation
    if operation is None or operation.method_name not in _GAUSS_KRUGER:
        return None
    values = {parameter.name: float(parameter.value) for parameter in operation.params}
    # UTM has another scale, and is used far outside its zones.
    if values.get("Scale factor at natural origin") != 1.0:
        return None
    return values.get("False easting")


def _within(
    bounds: NDArray[np.float64],
    box: tuple[float, float, float, float],
) -> NDArray[np.bool_]:
    low = np.array([box[0], box[1], box[0], box[1]])
    high = np.array([box[2], box[3], box[2], box[3]])
    inside: NDArray[np.bool_] = np.all((bounds >= low) & (bounds <= high), axis=1)
    return inside
