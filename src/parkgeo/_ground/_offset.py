"""Boundaries moved by metres on the ground, on a plane that keeps areas and not lengths."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod

from parkgeo import crs
from parkgeo._ground._join import union_by
from parkgeo._ground._outlines import rings_of, shapes_of
from parkgeo._ground._pieces import in_pieces
from parkgeo._ground._pockets import without_pockets
from parkgeo._ground._types import Floats, Geometries, Indices

GAP_M: Final = 0.05
"""Half the width of a gap between two blocks that is a drawing error, not a boundary."""

_ARC_SEGMENTS: Final = 8

_NOTCH: Final = 0.01
"""Share of the distance by which a corner may be left out of an outline before it is moved."""

_GEOD: Final = Geod(ellps="GRS80")


def offset(shapes: Geometries, distance_m: Floats, origin: Floats) -> Geometries:
    """Move the boundary of each shape outwards by a distance in true metres, none of them 0.

    Where the distance is ε, the result holds the shape moved by 0.98 ε and lies in the shape moved
    by 1.04 ε; moved inwards, the other way round.
    """
    parts, owner, scale = _true_parts(shapes, origin)
    by_m = distance_m[owner]
    rings = rings_of(parts)
    filled = shapes_of(without_pockets(rings, by_m[rings.owner]))
    moved = in_pieces(_buffered, filled, parts, by_m, doing="moving boundaries")
    return union_by(stretch(moved, 1 / scale), owner, len(shapes))


def closed(shapes: Geometries, distance_m: Floats, origin: Floats) -> Geometries:
    """Move boundaries outwards by a little that is to be taken back, so that gaps close.

    Corners stay sharp: moving such a corner inwards by ε + d gives what moving the corner that it
    was by ε gives, without arcs that would have to be moved too. A distance of 0 leaves a shape
    alone.
    """
    out = shapes.copy()
    if len(rows := np.flatnonzero(distance_m)):
        parts, owner, scale = _true_parts(shapes[rows], origin)
        moved = in_pieces(_mitred, parts, distance_m[rows][owner], doing="closing gaps")
        out[rows] = union_by(stretch(moved, 1 / scale), owner, len(rows))
    return out


def _true_parts(shapes: Geometries, origin: Floats) -> tuple[Geometries, Indices, Floats]:
    """Return the parts of shapes where metres are true, the shape of each, and its scale.

    The equal-area plane keeps areas and stretches lengths, east–west by 1/k and north–south by k,
    with k the scale of the parallel. Stretching by k and 1/k keeps every area and is true to scale
    around its latitude, so each part is moved in such a plane of its own.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    scale = parallel_scale(parts, origin)
    return stretch(parts, scale), owner, scale


def _buffered(filled: Geometries, parts: Geometries, distance_m: Floats) -> Geometries:
    """Buffer parts whose pockets were filled; as they are where filling made them cross.

    GEOS offsets every edge, and what offsets of short edges make of each other it has to cut: an
    outline that shivers by a fraction of the distance takes it minutes.
    """
    step_m = np.abs(distance_m) * _NOTCH
    plain = np.asarray(shapely.simplify(filled, step_m, preserve_topology=False))
    wrong = np.flatnonzero(~shapely.is_valid(plain) | shapely.is_empty(plain))
    for source in (filled, parts):
        plain[wrong] = shapely.simplify(source[wrong], step_m[wrong], preserve_topology=True)
        wrong = wrong[~shapely.is_valid(plain[wrong])]
    return np.asarray(shapely.buffer(plain, distance_m, quad_segs=_ARC_SEGMENTS))


def _mitred(parts: Geometries, distance_m: Floats) -> Geometries:
    return np.asarray(shapely.buffer(parts, distance_m, join_style="mitre"))


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
