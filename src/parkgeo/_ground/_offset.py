"""Boundaries moved by metres on the ground, on a plane that keeps areas and not lengths."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod

from parkgeo import crs
from parkgeo._ground._join import union_by
from parkgeo._ground._pieces import in_pieces
from parkgeo._ground._types import Floats, Geometries

GAP_M: Final = 0.05
"""Half the width of a gap between two blocks that is a drawing error, not a boundary."""

_ARC_SEGMENTS: Final = 8

_NOTCH: Final = 0.05
"""Share of the distance by which an outline may be simplified before it is moved: it moves the
result by no more than that anywhere, and by less than a hundredth of the distance in the mean."""

_GEOD: Final = Geod(ellps="GRS80")


def offset(shapes: Geometries, distance_m: Floats, origin: Floats) -> Geometries:
    """Move the boundary of each shape outwards by a distance in true metres.

    The equal-area plane keeps areas and stretches lengths, east–west by 1/k and north–south by k,
    with k the scale of the parallel. Stretching by k and 1/k keeps every area and is true to scale
    around its latitude, so each part is buffered in such a plane of its own.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    scale = parallel_scale(parts, origin)
    stretched = stretch(parts, scale)
    moved = in_pieces(_buffer, stretched, distance_m[owner], doing="moving boundaries")
    return union_by(stretch(moved, 1 / scale), owner, len(shapes))


def _buffer(shapes: Geometries, distance_m: Floats) -> Geometries:
    """Buffer shapes without the notches that are nothing beside the distance.

    GEOS offsets every edge, and what offsets of short edges make of each other it has to cut: an
    outline that shivers by a fraction of the distance takes it minutes.
    """
    smooth = shapely.simplify(shapes, np.abs(distance_m) * _NOTCH, preserve_topology=True)
    return np.asarray(shapely.buffer(smooth, distance_m, quad_segs=_ARC_SEGMENTS))


def stretch(shapes: Geometries, scale: Floats) -> Geometries:
    """Stretch each shape by k going east and 1/k going north, which keeps its area."""
    factor = np.repeat(scale, shapely.get_num_coordinates(shapes))
    return np.asarray(
        shapely.transform(shapes, lambda xy: xy * np.column_stack([factor, 1 / factor])),
    )


def parallel_scale(parts: Geometries, origin: Floats) -> Floats:
    """Metres on the ground per metre of the plane, going east, at the middle of each part."""
    bounds = shapely.bounds(parts)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2 + origin
    degrees = crs.from_plane(gpd.GeoSeries(shapely.points(middle), crs=crs.PLANE)).y.to_numpy()
    sine = np.sin(np.radians(degrees))
    scale: Floats = np.sqrt((1 - sine**2) / (1 - _GEOD.es * sine**2))
    return scale
