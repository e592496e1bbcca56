"""On which parcel each enterprise stands, by its point."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs
from parkgeo.census._cover import Floats, Indices, place_points, place_polygons
from parkgeo.census._words import Flags

Geometries = np.ndarray[tuple[int], np.dtype[np.object_]]

_EQUAL_M: Final = 1e-3
"""Distances that differ by less are the same; coordinates are not known any better."""


@dataclass(frozen=True)
class Sites:
    """Parcels and enterprises in metres of one 3° zone, and the positions of their rows."""

    parcels: Geometries
    parcel_rows: Indices
    points: Geometries
    point_rows: Indices

    def distance_m(self, enterprise: Indices, parcel: Indices) -> Floats:
        """Measure from rows to rows; NaN where either has no geometry."""
        sites = _spread(self.points, self.point_rows, enterprise)
        ground = _spread(self.parcels, self.parcel_rows, parcel)
        return np.asarray(shapely.distance(sites, ground), dtype=np.float64)


@dataclass(frozen=True)
class Located:
    """Enterprises that stand on one parcel, on one of several, and beside all of them.

    ``one`` has the columns ``enterprise``, ``parcel``, ``inside``, ``distance_m``; ``several`` the
    same with a row for each candidate; ``far`` has ``enterprise`` and the distance from the
    nearest parcel.
    """

    one: pd.DataFrame
    several: pd.DataFrame
    far: pd.DataFrame


def sites_of(parcels: gpd.GeoDataFrame, enterprises: pd.DataFrame) -> Sites:
    """Bring both frames to metres; a register without geometry has no points."""
    rows = place_polygons(parcels).rows
    none = np.empty(0, dtype=np.intp)
    if not isinstance(enterprises, gpd.GeoDataFrame):
        return Sites(_objects(0), none, _objects(0), none)
    point_rows = place_points(enterprises).rows
    # Without parcels the distance from them is unknown, but the points are there.
    first = parcels.geometry.iloc[rows] if len(rows) else enterprises.geometry.iloc[point_rows]
    zone = crs.require_crs(crs.to_zone(gpd.GeoSeries(first))) if len(first) else crs.PLANE
    ground = crs.to_geographic(gpd.GeoSeries(parcels.geometry.iloc[rows])).to_crs(zone)
    points = crs.to_geographic(gpd.GeoSeries(enterprises.geometry.iloc[point_rows])).to_crs(zone)
    return Sites(_array(ground), rows, _array(points), point_rows)


def locate(sites: Sites, enterprises: Indices, tolerance_m: float) -> Located:
    """Find the parcel under, or else nearest to, some enterprises that have a point."""
    some = np.isin(sites.point_rows, enterprises)
    points, rows = sites.points[some], sites.point_rows[some]
    tree = shapely.STRtree(sites.parcels)
    point, parcel = tree.query(points, predicate="dwithin", distance=tolerance_m)
    distance_m = shapely.distance(points[point], sites.parcels[parcel])
    within = _surely_within(points[point], sites.parcels[parcel], distance_m)
    near_m = np.full(len(points), np.inf)
    np.minimum.at(near_m, point, distance_m)
    has_within = np.bincount(point, within, minlength=len(points)) > 0
    meant = np.where(has_within[point], within, distance_m <= near_m[point] + _EQUAL_M)
    count = np.bincount(point[meant], minlength=len(points))
    found = pd.DataFrame(
        {
            "enterprise": rows[point],
            "parcel": sites.parcel_rows[parcel],
            "inside": within,
            "distance_m": distance_m,
        },
    )
    lost = np.flatnonzero(count == 0)
    return Located(
        found[meant & (count[point] == 1)].reset_index(drop=True),
        found[meant & (count[point] > 1)].sort_values(["enterprise", "parcel"], ignore_index=True),
        pd.DataFrame({"enterprise": rows[lost], "distance_m": _to_nearest(tree, points[lost])}),
    )


def _surely_within(points: Geometries, parcels: Geometries, distance_m: Floats) -> Flags:
    """Tell the points in the interior; rounding must not choose a side of a common border."""
    within = np.asarray(distance_m == 0, dtype=np.bool_)
    rows = np.flatnonzero(within)
    depth_m = shapely.distance(points[rows], shapely.boundary(parcels[rows]))
    within[rows] = depth_m > _EQUAL_M
    return within


def _to_nearest(tree: shapely.STRtree, points: Geometries) -> Floats:
    out = np.full(len(points), np.nan)
    if len(points) and len(tree):
        (row, _), metres = tree.query_nearest(points, return_distance=True, all_matches=False)
        out[row] = metres
    return out


def _spread(shapes: Geometries, rows: Indices, wanted: Indices) -> Geometries:
    """Return the shapes of rows; None where a row has none."""
    if not len(rows):
        return _objects(len(wanted))
    at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    out = shapes[at]
    out[rows[at] != wanted] = None
    return out


def _array(series: gpd.GeoSeries) -> Geometries:
    return np.asarray(shapely.force_2d(np.asarray(series, dtype=object)), dtype=object)


def _objects(size: int) -> Geometries:
    return np.full(size, None, dtype=object)
