"""Official areas, lengths and areas of intersection, on the ellipsoid and never in an input CRS."""

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo.crs._guards import geometry_of
from parkgeo.errors import GeometryError, SchemaError, first_rows

__all__ = ["area_m2", "intersection_area_m2", "length_m"]

Floats = NDArray[np.float64]


def area_m2(
    geometries: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    edges: Literal["official", "geodesic"] = "official",
) -> "pd.Series[float]":
    """Measure the official ellipsoidal area (椭球面积) of each geometry."""
    degrees = geometry_of(crs.to_geographic(geometries))
    values = degrees.to_numpy()
    invalid = ~shapely.is_valid(values) & ~shapely.is_missing(values)
    if invalid.any():
        raise GeometryError(
            f"invalid geometry in rows {first_rows(degrees.index[invalid])}; repair it first",
        )
    areas = _official(values)
    areas[shapely.is_missing(values)] = np.nan
    return pd.Series(areas, index=degrees.index, name="area_m2")


def _official(values: NDArray[np.object_]) -> Floats:
    parts, row = shapely.get_parts(values, return_index=True)
    while (shapely.get_type_id(parts) >= 4).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    polygon = shapely.get_type_id(parts) == 3
    parts, row = parts[polygon], row[polygon]
    rings, part = shapely.get_rings(parts, return_index=True)
    areas = np.abs(_ring_areas(rings))
    outer = np.diff(part, prepend=-1) != 0
    return np.bincount(row[part], weights=np.where(outer, areas, -areas), minlength=len(values))


def _ring_areas(rings: NDArray[np.object_]) -> Floats:
    xy = shapely.get_coordinates(rings)
    if not len(xy):
        return np.zeros(len(rings))
    counts = shapely.get_num_coordinates(rings)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    origin = np.repeat(starts, counts)
    x = np.radians(xy[:, 0] - xy[origin, 0])
    q = crs.authalic_q(np.radians(xy[:, 1]))
    y = q - q[origin]
    cross = np.empty(len(x))
    cross[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    cross[-1] = 0.0
    return crs.SEMI_MAJOR_AXIS_M**2 / 4.0 * np.add.reduceat(cross, starts)


def length_m(geometries: gpd.GeoDataFrame | gpd.GeoSeries) -> "pd.Series[float]":
    """Measure geodesic length."""
    from pyproj import Geod

    geod = Geod(ellps="GRS80")
    degrees = geometry_of(crs.to_geographic(geometries))
    return pd.Series(
        [np.nan if g is None else geod.geometry_length(g) for g in degrees],
        index=degrees.index,
        name="length_m",
        dtype=float,
    )


def intersection_area_m2(left: gpd.GeoSeries, right: gpd.GeoSeries) -> "pd.Series[float]":
    """Measure the official area that two series share, element by element."""
    crs.require_same_crs(left, right)
    if len(left) != len(right):
        raise SchemaError(f"left has {len(left)} rows and right {len(right)}")
    shared = shapely.intersection(crs.to_plane(left).to_numpy(), crs.to_plane(right).to_numpy())
    areas = shapely.area(shared)
    areas[shapely.is_missing(shared)] = np.nan
    return pd.Series(areas, index=left.index, name="intersection_area_m2")
