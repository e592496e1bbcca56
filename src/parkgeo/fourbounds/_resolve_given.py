"""Refuse what cannot be meant, before anything is computed with it."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs
from parkgeo.errors import CRSMismatchError, GeometryError, SchemaError
from parkgeo.fourbounds._references import Bounds

__all__ = [
    "require_bounds_and_lines",
    "require_extent",
    "require_mapping",
    "require_names",
    "require_near",
]

_LONGITUDE, _LATITUDE = 180.0, 90.0


def require_bounds_and_lines(block: object, gazetteer: object) -> None:
    """Refuse a text that is not parsed, and a frame that is no gazetteer."""
    if not isinstance(block, Bounds):
        raise SchemaError(
            f"resolve needs one block, found {type(block).__name__}; take one of those that "
            "parkgeo.fourbounds.parse(text) returns"
        )
    if not (hasattr(gazetteer, "find") and hasattr(gazetteer, "lines")):
        raise SchemaError(
            f"resolve needs a gazetteer, found {type(gazetteer).__name__}; make it with "
            "parkgeo.gazetteer.read(path), or .read().add(frame)"
        )


def require_mapping(given: object, *, what: str, example: str) -> None:
    """Refuse anything but a dict."""
    if given is not None and not isinstance(given, Mapping):
        raise SchemaError(f"{what} is {type(given).__name__}; give a dict such as {example}")


def require_names(aliases: object) -> None:
    """Refuse other names that are no dict of names."""
    example = '{"留祥路": ["石祥西路"]}'
    require_mapping(aliases, what="aliases", example=example)
    if not isinstance(aliases, Mapping):
        return
    for alias, names in aliases.items():
        several = names if isinstance(names, list | tuple | set | frozenset) else [names]
        if not all(isinstance(name, str) for name in (alias, *several)):
            raise SchemaError(f"aliases has {alias!r}: {names!r}; give names, as in {example}")


def require_near(near: object) -> None:
    """Refuse a place that is not a longitude and a latitude in degrees."""
    if near is None:
        return
    try:
        numbers = np.asarray(near, dtype=float)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (2,) or not np.isfinite(numbers).all():
        raise SchemaError(
            f"near is {near!r}; give (longitude, latitude) in degrees: (120.06, 30.32)"
        )
    if abs(numbers[0]) > _LONGITUDE or abs(numbers[1]) > _LATITUDE:
        raise CRSMismatchError(
            f"near is {near!r}, no longitude and latitude in degrees; the longitude comes first: "
            "(120.06, 30.32)"
        )


def require_extent(within: object) -> None:
    """Refuse an extent that holds no ground, or does not stand in degrees."""
    if within is None:
        return
    if not isinstance(within, shapely.Geometry):
        raise SchemaError(
            f"within is {type(within).__name__}; give one shapely polygon in EPSG:4490, such as "
            'frame.to_crs("EPSG:4490").union_all()'
        )
    if not isinstance(within, shapely.Polygon | shapely.MultiPolygon) or within.is_empty:
        raise GeometryError(
            f"within is {shapely.to_wkt(within)[:60]}; give a Polygon or MultiPolygon in EPSG:4490"
        )
    if not within.is_valid:
        raise GeometryError(
            f"within is not valid ({shapely.is_valid_reason(within)}); mend it with .make_valid()"
        )
    crs.require_lonlat(gpd.GeoSeries([within], crs=crs.CGCS2000), "within")
