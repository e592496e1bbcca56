"""A frame says its datum by its CRS; whole frames move between datums."""

import math
from collections.abc import Callable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError

from parkgeo.crs import _offsets
from parkgeo.crs._guards import Layer, geometry_of, require_crs, require_lonlat
from parkgeo.errors import CRSMismatchError, UnknownNameError

__all__ = [
    "BD09",
    "CGCS2000",
    "DATUMS",
    "GCJ02",
    "WGS84",
    "datum_of",
    "from_datum",
    "map_coordinates",
    "set_datum",
    "to_datum",
    "to_geographic",
    "without_measures",
]

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

CGCS2000: Final = "EPSG:4490"
WGS84: Final = "EPSG:4326"


def _degrees_crs(name: str) -> CRS:
    """Make a geographic CRS on a datum of its own, longitude first as web maps write it."""
    axes = [("Longitude", "lon", "east"), ("Latitude", "lat", "north")]
    definition: dict[str, Any] = {
        "$schema": "https://proj.org/schemas/v0.7/projjson.schema.json",
        "type": "GeographicCRS",
        "name": name,
        "datum": {
            "type": "GeodeticReferenceFrame",
            "name": name,
            "ellipsoid": {
                "name": "WGS 84",
                "semi_major_axis": 6378137,
                "inverse_flattening": 298.257223563,
            },
        },
        "coordinate_system": {
            "subtype": "ellipsoidal",
            "axis": [
                {"name": long, "abbreviation": short, "direction": way, "unit": "degree"}
                for long, short, way in axes
            ],
        },
    }
    return CRS.from_json_dict(definition)


GCJ02: Final[CRS] = _degrees_crs("GCJ-02")
"""Longitude and latitude on GCJ-02, the datum of Amap, Tencent and DataV."""

BD09: Final[CRS] = _degrees_crs("BD-09")
"""Longitude and latitude on BD-09, the datum of Baidu."""

DATUMS: Final[dict[str, CRS]] = {
    "wgs84": CRS(WGS84),
    "cgcs2000": CRS(CGCS2000),
    "gcj02": GCJ02,
    "bd09": BD09,
}
"""The CRS in which each datum's degrees are written."""

# Names that PROJ, GDAL's Shapefile driver and ESRI give; letters and digits only, lower case.
_DATUM_NAMES: Final = {
    "gcj02": "gcj02",
    "bd09": "bd09",
    "wgs84": "wgs84",
    "wgs1984": "wgs84",
    "worldgeodeticsystem1984": "wgs84",
    "china2000": "cgcs2000",
    "cgcs2000": "cgcs2000",
    "grs1980": "cgcs2000",
}
_OLD_DATUMS: Final = ("beijing1954", "newbeijing", "xian1980")
_OLD_SEMI_MAJOR_AXES_M: Final = (6_378_245.0, 6_378_140.0)
"""Of their ellipsoids: Krasovsky 1940 and IAG 1975."""

_FROM_OFFSET: Final[dict[str, Shift]] = {
    "gcj02": _offsets.gcj02_to_wgs84,
    "bd09": _offsets.bd09_to_wgs84,
}
_TO_OFFSET: Final[dict[str, Shift]] = {
    "gcj02": _offsets.wgs84_to_gcj02,
    "bd09": _offsets.wgs84_to_bd09,
}


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _datum_of_crs(crs: CRS) -> str | None:
    """Name the datum, or return None where it is none of the four."""
    if crs.is_bound:  # on a datum that TOWGS84 parameters define
        return None
    datum = crs.datum
    name = _plain(datum.name if datum is not None else crs.name)
    return next((known for part, known in _DATUM_NAMES.items() if part in name), None)


def datum_of(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> str:
    """Say on which datum a layer stands.

    Parameters
    ----------
    layer
        Frame or series of geometries.

    Returns
    -------
    ``"wgs84"``, ``"cgcs2000"``, ``"gcj02"`` or ``"bd09"``.

    Raises
    ------
    MissingCRSError
        The layer does not say; it is never guessed (see :func:`detect_datum`).
    CRSMismatchError
        It says a datum that is none of these.

    Examples
    --------
    >>> datum_of(gpd.GeoSeries([], crs="EPSG:4549"))
    'cgcs2000'
    """
    crs = require_crs(layer)
    known = _datum_of_crs(crs)
    if known is None:
        raise CRSMismatchError(
            f"{crs.name!r} stands on the datum {_datum_name(crs)!r}, not on one of "
            f"{', '.join(DATUMS)}; reproject it with .to_crs first",
        )
    return known


def _datum_name(crs: CRS) -> str:
    return crs.datum.name if crs.datum is not None else "unknown"


def map_coordinates(series: gpd.GeoSeries, function: Shift, crs: CRS) -> gpd.GeoSeries:
    """Move x and y of every vertex at once, keep z, drop measures, and say the new CRS."""

    def move(points: Floats) -> Floats:
        moved = points.copy()
        moved[:, 0], moved[:, 1] = function(points[:, 0], points[:, 1])
        return moved

    geometries = without_measures(series).to_numpy()
    mapped = shapely.transform(geometries, move)
    has_z = shapely.has_z(geometries)
    if has_z.any():
        mapped[has_z] = shapely.transform(geometries[has_z], move, include_z=True)
    return gpd.GeoSeries(mapped, index=series.index, crs=crs, name=series.name)


def without_measures(layer: Layer) -> Layer:
    """Drop measures (M): shapely loses the heights of what has both when it moves them."""
    series = geometry_of(layer)
    measured = shapely.has_m(series.to_numpy())
    if not measured.any():
        return layer
    geometries = series.to_numpy().copy()
    # GEOS's own force_3d sets heights to 0 here.
    geometries[measured] = shapely.from_wkb(
        shapely.to_wkb(geometries[measured], output_dimension=3)
    )
    kept = gpd.GeoSeries(geometries, index=series.index, crs=series.crs, name=series.name)
    return _with_geometry(layer, kept)


def _with_geometry(layer: Layer, geometry: gpd.GeoSeries) -> Layer:
    """Put a new active geometry into a copy of the layer."""
    if isinstance(layer, gpd.GeoSeries):
        return geometry
    name = layer.active_geometry_name
    return layer.assign(**{str(name): geometry}).set_geometry(name)


def _same_degrees(layer: Layer, crs: CRS) -> Layer:
    """Say another CRS for the same degrees: CGCS2000 and WGS 84 agree within centimetres."""
    return layer.set_crs(crs, allow_override=True)


def to_geographic(layer: Layer) -> Layer:
    """Bring a layer to CGCS2000 longitude and latitude.

    Parameters
    ----------
    layer
        Frame or series in any CRS. GCJ-02 and BD-09 are shifted back; WGS 84 and CGCS2000 degrees
        are the same numbers.

    Returns
    -------
    A copy in EPSG:4490; of a frame, the active geometry is brought there. Heights stay as they
    are; measures (M) are dropped where coordinates change.

    Raises
    ------
    MissingCRSError
        The layer does not say its CRS.
    CRSMismatchError
        Coordinates contradict the CRS (swapped, metres as degrees), or it stands on Beijing 1954
        or Xi'an 1980, from which PROJ has no transformation: the error would be 50 to 150 m.

    Examples
    --------
    >>> metres = gpd.GeoSeries.from_xy([500_000], [3_320_000], crs="EPSG:4549")
    >>> round(float(to_geographic(metres).x.iloc[0]), 9)
    120.0
    """
    crs = require_crs(layer)
    require_lonlat(layer)
    if crs == DATUMS["cgcs2000"]:
        return layer.copy()
    datum = _datum_of_crs(crs)
    if _is_old(crs):
        raise CRSMismatchError(
            f"{crs.name!r} stands on {_datum_name(crs)!r}, and PROJ knows no transformation from "
            "there to CGCS2000 (the error would be 50 to 150 m); transform the data with local "
            "parameters first, or declare them (+towgs84=...)",
        )
    if datum in _FROM_OFFSET:
        return _same_degrees(_unshift(layer, datum, crs), DATUMS["cgcs2000"])
    if crs.is_geographic and datum is not None and _in_degrees(crs):
        return _same_degrees(layer, DATUMS["cgcs2000"])
    layer = without_measures(layer)
    if datum == "cgcs2000":
        return layer.to_crs(CGCS2000)
    # PROJ's transformations, and TOWGS84 clauses, lead to WGS 84; to CGCS2000 it would jump.
    try:
        return _same_degrees(layer.to_crs(WGS84), DATUMS["cgcs2000"])
    except ProjError as error:
        raise CRSMismatchError(
            f"PROJ cannot bring {crs.name!r} to longitude and latitude ({error}); a local "
            "coordinate system has to be converted by the office that made it",
        ) from error


def _is_old(crs: CRS) -> bool:
    """Tell Beijing 1954 and Xi'an 1980, also where only the ellipsoid is left of them."""
    if crs.is_bound:  # it carries local parameters itself
        return False
    name = _plain(_datum_name(crs))
    if name.startswith("unknown") and crs.ellipsoid is not None:
        return crs.ellipsoid.semi_major_metre in _OLD_SEMI_MAJOR_AXES_M
    return any(old in name for old in _OLD_DATUMS)


def _in_degrees(crs: CRS) -> bool:
    meridian = crs.prime_meridian
    greenwich = meridian is None or meridian.longitude == 0
    # By size: ESRI writes the unit's name with a capital.
    return greenwich and all(
        math.isclose(axis.unit_conversion_factor, math.radians(1.0), rel_tol=1e-9)
        for axis in crs.axis_info[:2]
    )


def _unshift(layer: Layer, datum: str, crs: CRS) -> Layer:
    degrees = crs.geodetic_crs
    if not crs.is_geographic and degrees is not None:
        layer = layer.to_crs(degrees)
    geometry = map_coordinates(geometry_of(layer), _FROM_OFFSET[datum], DATUMS["wgs84"])
    return _with_geometry(layer, geometry)


def _require_datum(datum: str) -> None:
    if not isinstance(datum, str) or datum not in DATUMS:
        raise UnknownNameError(f"unknown datum {datum!r}; use one of {', '.join(DATUMS)}")


def to_datum(layer: Layer, datum: str) -> Layer:
    """Bring a layer to another datum.

    Parameters
    ----------
    layer
        Frame or series in any CRS.
    datum
        ``"wgs84"``, ``"cgcs2000"``, ``"gcj02"`` or ``"bd09"``.

    Returns
    -------
    A copy in longitude and latitude on that datum, tagged by its CRS (``DATUMS[datum]``).

    Raises
    ------
    MissingCRSError, CRSMismatchError
        As :func:`to_geographic`.
    UnknownNameError
        No such datum.

    Examples
    --------
    >>> point = gpd.GeoSeries.from_xy([121.5272106], [31.1774276], crs="EPSG:4326")
    >>> to_datum(point, "gcj02").x.round(8).tolist()
    [121.53154186]
    """
    _require_datum(datum)
    crs = require_crs(layer)
    if crs == DATUMS[datum]:
        require_lonlat(layer)
        return layer.copy()
    degrees = to_geographic(layer)
    if datum not in _TO_OFFSET:
        return _same_degrees(degrees, DATUMS[datum])
    moved = map_coordinates(geometry_of(degrees), _TO_OFFSET[datum], DATUMS[datum])
    return _with_geometry(degrees, moved)


def set_datum(layer: Layer, datum: str, what: str = "layer") -> Layer:
    """Say on which datum the degrees of a layer really stand, whatever its file says.

    Nothing is moved. Most files from Chinese web maps are on GCJ-02 and say WGS 84, CGCS2000, or
    nothing, for want of a better name.

    Parameters
    ----------
    layer
        Frame or series in longitude and latitude: tagged with this datum, or without a CRS, or on
        WGS 84 or CGCS2000 in any spelling (EPSG:4326, EPSG:4490, OGC:CRS84 …).
    datum
        ``"wgs84"``, ``"cgcs2000"``, ``"gcj02"`` or ``"bd09"``.
    what
        What the layer is called in the message.

    Returns
    -------
    A copy with the same coordinates, tagged by its CRS (``DATUMS[datum]``).

    Raises
    ------
    CRSMismatchError
        The layer is projected, or tagged with a datum that is no stand-in.
    UnknownNameError
        No such datum.

    Examples
    --------
    >>> point = gpd.GeoSeries.from_xy([121.53154186], [31.17530398], crs="OGC:CRS84")
    >>> datum_of(set_datum(point, "gcj02"))
    'gcj02'
    """
    _require_datum(datum)
    said = geometry_of(layer, what).crs
    if said is not None:
        _refuse_other_datum(said, datum, what)
    return layer.set_crs(DATUMS[datum], allow_override=True)


def from_datum(layer: Layer, datum: str) -> Layer:
    """Read the coordinates of a layer as on a datum, and bring them to WGS 84.

    Parameters
    ----------
    layer
        As for :func:`set_datum`.
    datum
        The datum on which the numbers really are: ``"wgs84"``, ``"cgcs2000"``, ``"gcj02"`` or
        ``"bd09"``.

    Returns
    -------
    A copy in EPSG:4326, or in EPSG:4490 where the layer said so.

    Raises
    ------
    CRSMismatchError
        The layer is projected, tagged with another obfuscated datum, or its coordinates are no
        degrees.
    UnknownNameError
        No such datum.

    Examples
    --------
    >>> point = gpd.GeoSeries.from_xy([121.53154186], [31.17530398])
    >>> from_datum(point, "gcj02").x.round(7).tolist()
    [121.5272106]
    """
    tagged = set_datum(layer, datum)
    require_lonlat(tagged)
    said = geometry_of(layer).crs
    target = DATUMS["cgcs2000"] if _says_cgcs2000(said, datum) else DATUMS["wgs84"]
    if datum in _FROM_OFFSET:
        tagged = _unshift(tagged, datum, DATUMS[datum])
    return _same_degrees(tagged, target)


def _says_cgcs2000(said: CRS | None, datum: str) -> bool:
    if said is None:
        return datum == "cgcs2000"
    return _datum_of_crs(said) == "cgcs2000"


def _refuse_other_datum(said: CRS, datum: str, what: str) -> None:
    if not said.is_geographic or not _in_degrees(said):
        raise CRSMismatchError(
            f"{what} says {said.name!r}, which is not longitude and latitude in degrees; the "
            "offsets are defined on degrees. Reproject it to its own geographic CRS first",
        )
    known = _datum_of_crs(said)
    if known is None or (known in _FROM_OFFSET and known != datum):
        raise CRSMismatchError(
            f"{what} says {said.name!r}, which contradicts datum {datum!r}; if the tag is "
            f"wrong, replace it with .set_crs(parkgeo.crs.DATUMS[{datum!r}], allow_override=True)",
        )
