"""Datums, zones and the plane: the only place where coordinate systems are judged.

A frame says its datum by its CRS. ``GCJ02`` and ``BD09`` are coordinate systems of their own, so
the tag survives every GeoPandas operation, GeoParquet and GeoPackage, and a frame on GCJ-02 cannot
be mistaken for one on WGS 84. Areas are taken on ``PLANE``, the equal-area plane that China's
official ellipsoidal area is defined on; distances, angles and buffers belong in a 3° zone.
"""

from parkgeo.crs._datums import (
    BD09,
    CGCS2000,
    DATUMS,
    GCJ02,
    WGS84,
    datum_of,
    from_datum,
    set_datum,
    to_datum,
    to_geographic,
)
from parkgeo.crs._detect import detect_datum
from parkgeo.crs._guards import require_crs, require_lonlat, require_same_crs
from parkgeo.crs._offsets import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from parkgeo.crs._plane import (
    PLANE,
    SEMI_MAJOR_AXIS_M,
    authalic_q,
    from_plane,
    latitude_from_q,
    to_plane,
)
from parkgeo.crs._zones import (
    ZONES,
    to_zone,
    zone_crs,
    zone_from_crs,
    zone_from_easting,
    zone_of,
)

__all__ = [
    "BD09",
    "CGCS2000",
    "DATUMS",
    "GCJ02",
    "PLANE",
    "SEMI_MAJOR_AXIS_M",
    "WGS84",
    "ZONES",
    "authalic_q",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "datum_of",
    "detect_datum",
    "from_datum",
    "from_plane",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "latitude_from_q",
    "require_crs",
    "require_lonlat",
    "require_same_crs",
    "set_datum",
    "to_datum",
    "to_geographic",
    "to_plane",
    "to_zone",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
    "zone_crs",
    "zone_from_crs",
    "zone_from_easting",
    "zone_of",
]
