"""Polygons of many corners in tiles of few: an overlay costs all corners of both shapes."""

from typing import Final

import numpy as np
import shapely

from parkgeo.concentration._plane import Floats, Geometries, Indices, in_chunks

_MOST_CORNERS: Final = 256
"""Corners of a tile: fewer cost more tiles, more cost more in each overlay."""

_MOST_HALVINGS: Final = 40


def tiles_of(polygons: Geometries) -> tuple[Geometries, Indices]:
    """Halve polygons until each has few corners; return the tiles, and the polygon of each."""
    shapes, owner = polygons, np.arange(len(polygons))
    for _ in range(_MOST_HALVINGS):
        many = shapely.get_num_coordinates(shapes) > _MOST_CORNERS
        if not many.any():
            break
        halves, half = shapely.get_parts(_halved(shapes[many]), return_index=True)
        areal = shapely.get_type_id(halves) == shapely.GeometryType.POLYGON
        shapes = np.concatenate([shapes[~many], halves[areal]])
        owner = np.concatenate([owner[~many], np.repeat(owner[many], 2)[half[areal]]])
    return shapes, owner


def _halved(shapes: Geometries) -> Geometries:
    """Cut each shape across the longer side of its bounds; both halves, one after the other."""
    west, south, east, north = shapely.bounds(shapes).T
    wide = east - west >= north - south
    x, y = (west + east) / 2, (south + north) / 2
    first = np.column_stack([west, south, np.where(wide, x, east), np.where(wide, north, y)])
    second = np.column_stack([np.where(wide, x, west), np.where(wide, south, y), east, north])
    boxes = np.stack([first, second], axis=1).reshape(-1, 4)
    return in_chunks(_clipped, np.repeat(shapes, 2), boxes)


def _clipped(shapes: Geometries, boxes: Floats) -> Geometries:
    """Clip each shape by its box, quickly where that leaves it valid."""
    out = np.empty(len(shapes), dtype=object)
    for i, (shape, bounds) in enumerate(zip(shapes, boxes, strict=True)):
        out[i] = shapely.clip_by_rect(shape, *bounds)
    broken = ~shapely.is_valid(out)
    out[broken] = shapely.intersection(shapes[broken], shapely.box(*boxes[broken].T))
    return out
