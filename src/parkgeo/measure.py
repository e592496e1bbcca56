r"""Official areas, lengths and shared areas, on the ellipsoid and never in an input CRS.

The official area (椭球面积) of China's land surveys is that of a polygon whose edges are
straight between its vertices in (L, q): longitude and authalic q on the CGCS2000 ellipsoid,

.. math:: S = \frac{a^2}{2} \sum_i \tfrac12 (L_i + L_{i+1}) (q_{i+1} - q_i).

The shortest line between two vertices, the geodesic, bends away from that straight edge. On the
plane :math:`x = aL, y = \frac a2 q` the ellipsoid has the metric :math:`u\,dx^2 + dy^2/u` with
:math:`u = \cos^2 B / (1 - e^2 \sin^2 B)` and :math:`du/dy = -2 \sin B / a`, so the geodesic is
curved by a known amount and the area between it and an edge :math:`(\Delta x, \Delta y)` is

.. math:: \frac{\sin B}{12 a} \, \Delta x \left(u \Delta x^2 + \frac{3}{u} \Delta y^2\right)

up to terms of the fifth order in the edge's length. ``edges="geodesic"`` adds it edge by edge, and
hands polygons with an edge of more than 30 km to PROJ.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from parkgeo import _kernels, crs
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows

__all__ = ["area_m2", "intersection_area_m2", "length_m"]

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

# Type numbers of GEOS, and the dimension of polygons.
_POINT, _POLYGON, _MULTIPOINT = 0, 3, 4
_SURFACE: Final = 2
_COMPILE_ABOVE: Final = 500_000
_THREADS_ABOVE: Final = 20_000
_CHUNK: Final = 8192
# Beyond this the fifth-order term that the bulge leaves out would pass 1e-8 of the area.
_LONG_EDGE_M: Final = 30_000.0
_GEOD: Final = Geod(a=_kernels.SEMI_MAJOR_AXIS_M, f=_kernels.FLATTENING)


def area_m2(
    geometries: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    edges: Literal["official", "geodesic"] = "official",
) -> "pd.Series[float]":
    """Measure the area of each geometry on the CGCS2000 ellipsoid.

    The default is the official area (椭球面积) that surveys, deeds and statistics use; it is the
    same whichever CRS the geometries come in, up to the rounding of their coordinates.

    Parameters
    ----------
    geometries
        Frame or series in any CRS, GCJ-02 and BD-09 included. Vertices are brought to CGCS2000
        longitude and latitude; the edges between them are those that ``edges`` says, not the
        straight lines of the input CRS.
    edges
        ``"official"``: straight in longitude and authalic q, the definition of the surveys.
        ``"geodesic"``: shortest lines on the ellipsoid, within 2e-7 of PROJ.

    Returns
    -------
    Series ``area_m2`` in m² on the index of the input. Holes are taken off, whatever the
    direction of the rings. Lines, points and empty geometries have 0, a missing geometry NaN. A
    GeometryCollection has the sum of its polygons, also where they overlap.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        As :func:`parkgeo.crs.to_geographic`.
    GeometryError
        A polygon is invalid (a bow-tie, a hole outside its shell) or has coordinates that are not
        finite: it has no area that could be defended. The message names the rows.
    UnknownNameError
        Another value of ``edges``.

    Notes
    -----
    A polygon across 180° must be cut there first; one around a pole has no official area.

    References
    ----------
    国土调查办发〔2008〕32号; TD/T 1055-2019. Karney, C. F. F. (2013), Algorithms for geodesics,
    *Journal of Geodesy* 87, 43–55.

    Examples
    --------
    >>> cell = shapely.box(120.0, 30.0, 120.0625, 30 + 2.5 / 60)
    >>> round(float(area_m2(gpd.GeoSeries([cell], crs="EPSG:4490")).iloc[0]), 3)
    27847757.027
    """
    if edges not in ("official", "geodesic"):
        raise UnknownNameError(f"unknown edges {edges!r}; use 'official' or 'geodesic'")
    degrees = crs.to_geographic(_series(geometries))
    values = degrees.to_numpy()
    plain = _without_holes(values)
    vertices = _vertices(values[plain])
    _require_valid(values, degrees.index, sure=_surely_valid(plain, vertices))
    geodesic = edges == "geodesic"
    areas = _areas(values, plain, vertices, geodesic=geodesic)
    for i in _with_long_edges(values) if geodesic else ():
        areas[i] = _proj_area(values[i])
    areas[shapely.is_missing(values)] = np.nan
    return pd.Series(areas, index=degrees.index, name="area_m2")


def length_m(geometries: gpd.GeoDataFrame | gpd.GeoSeries) -> "pd.Series[float]":
    """Measure the length of each geometry along geodesics of the CGCS2000 ellipsoid.

    Parameters
    ----------
    geometries
        Frame or series in any CRS.

    Returns
    -------
    Series ``length_m`` in metres on the index of the input: the length of lines, the perimeter of
    polygons with that of their holes, the sum over the parts of anything composed. Points and
    empty geometries have 0, a missing geometry NaN. Height is left aside.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        As :func:`parkgeo.crs.to_geographic`.
    GeometryError
        A geometry has coordinates that are not finite.

    Examples
    --------
    >>> degree = gpd.GeoSeries.from_wkt(["LINESTRING (120 0, 121 0)"], crs="EPSG:4490")
    >>> round(float(length_m(degree).iloc[0]), 3)
    111319.491
    """
    degrees = crs.to_geographic(_series(geometries))
    values = degrees.to_numpy()
    _require_finite(values, degrees.index)
    lines, row = _lines(values)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    start, end = xy[:-1][inside], xy[1:][inside]
    lengths = np.zeros(len(values))
    if len(start):
        _, _, distance = _GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
        lengths += np.bincount(row[line[1:][inside]], distance, minlength=len(values))
    lengths[shapely.is_missing(values)] = np.nan
    return pd.Series(lengths, index=degrees.index, name="length_m")


def intersection_area_m2(left: gpd.GeoSeries, right: gpd.GeoSeries) -> "pd.Series[float]":
    """Measure the official area that two series share, element by element.

    The geometries are cut on the equal-area plane, where edges are straight as the official area
    has them, so that parts add up to wholes.

    Parameters
    ----------
    left, right
        Two series (or frames) of one length and CRS. The first element of one is paired with the
        first of the other, whatever their indexes say.

    Returns
    -------
    Series ``intersection_area_m2`` in m² on the index of ``left``. What touches only along a line
    shares 0; NaN where either geometry is missing.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        As :func:`parkgeo.crs.to_geographic`, or the CRS differ.
    SchemaError
        The lengths differ.
    GeometryError
        A geometry is invalid, or a GeometryCollection.

    Examples
    --------
    >>> a = gpd.GeoSeries([shapely.box(120, 30, 120.2, 30.1)], crs="EPSG:4490")
    >>> b = gpd.GeoSeries([shapely.box(120.1, 30, 120.3, 30.1)], crs="EPSG:4490")
    >>> bool(abs(2 * intersection_area_m2(a, b).iloc[0] - area_m2(a).iloc[0]) < 1e-3)
    True
    """
    crs.require_same_crs(left, right)
    if len(left) != len(right):
        raise SchemaError(
            f"left has {len(left)} rows and right {len(right)}; give two series of one length, "
            "paired row by row",
        )
    planes = []
    for side in (left, right):
        plane = crs.to_plane(side)
        _require_valid(plane.to_numpy(), plane.index)
        _refuse_collections(plane)
        planes.append(plane.to_numpy())
    shared = _in_threads(shapely.intersection, *planes)
    areas = np.array(shapely.area(shared), dtype=np.float64)
    areas[shapely.is_missing(planes[0]) | shapely.is_missing(planes[1])] = np.nan
    return pd.Series(areas, index=left.index, name="intersection_area_m2")


def _series(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
    """Take the geometry alone: the other columns of a frame are not needed here."""
    crs.require_crs(layer, "geometries")
    return layer if isinstance(layer, gpd.GeoSeries) else layer.geometry


def _in_threads(function: Callable[..., Any], *arrays: Geometries) -> NDArray[Any]:
    """Apply an element-wise GEOS function over chunks on every core."""
    size = len(arrays[0])
    if size <= _THREADS_ABOVE:
        return np.asarray(function(*arrays))
    chunks = [[a[i : i + _CHUNK] for a in arrays] for i in range(0, size, _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(lambda chunk: function(*chunk), chunks)))


def _require_finite(values: Geometries, index: pd.Index) -> None:
    xy, owner = shapely.get_coordinates(values, return_index=True)
    finite = np.isfinite(xy).all(axis=1)
    if not finite.all():
        rows = np.unique(owner[~finite])
        raise GeometryError(
            f"coordinates that are not finite in rows {first_rows(index[rows])}; look for an "
            "empty cell or a reprojection out of range where they were made",
        )


def _require_valid(
    values: Geometries,
    index: pd.Index,
    *,
    sure: NDArray[np.bool_] | None = None,
) -> None:
    """Let GEOS judge every polygon that is not known to be valid."""
    unsure = np.arange(len(values)) if sure is None else np.flatnonzero(~sure)
    doubtful = unsure[~_in_threads(shapely.is_valid, values[unsure])]
    # Missing geometries count as not valid; lines and points have no area to be wrong about.
    bad = doubtful[shapely.get_dimensions(values[doubtful]) == _SURFACE]
    if not len(bad):
        return
    _require_finite(values, index)
    reason = shapely.is_valid_reason(values[bad[0]])
    raise GeometryError(
        f"invalid polygons in rows {first_rows(index[bad])} (the first: {reason}); they have no "
        "area that could be defended. Repair them with parkgeo.io.repair and look at what changed",
    )


def _surely_valid(plain: NDArray[np.bool_], vertices: "_Vertices") -> NDArray[np.bool_]:
    """Spare GEOS the polygons whose validity is plain to see; only worth it for many."""
    sure = np.zeros(len(plain), dtype=np.bool_)
    if len(vertices.xy) > _COMPILE_ABOVE:
        simple = np.zeros(vertices.rings, dtype=np.bool_)
        vertices.over_rings(_kernels.simple_rings, simple)
        sure[plain] = simple
    return sure


def _refuse_collections(series: gpd.GeoSeries) -> None:
    collections = shapely.get_type_id(series.to_numpy()) == shapely.GeometryType.GEOMETRYCOLLECTION
    if collections.any():
        raise GeometryError(
            f"GeometryCollections in rows {first_rows(series.index[collections])} cannot be cut; "
            "take their polygons with .explode() first",
        )


def _simple_parts(values: Geometries) -> tuple[Geometries, NDArray[np.int64]]:
    """Take multi-geometries and collections apart, with the row of each part."""
    row = np.flatnonzero(~shapely.is_missing(values))
    parts = values[row]
    while (shapely.get_type_id(parts) >= _MULTIPOINT).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    return parts, row


def _rings(
    values: Geometries,
) -> tuple[Geometries, NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rings of all polygons, the row of each, and which ones are shells."""
    parts, row = _simple_parts(values)
    polygon = shapely.get_type_id(parts) == _POLYGON
    rings, part = shapely.get_rings(parts[polygon], return_index=True)
    return rings, row[polygon][part], np.diff(part, prepend=-1) != 0


def _lines(values: Geometries) -> tuple[Geometries, NDArray[np.int64]]:
    """Return lines and the rings of polygons, with the row of each."""
    parts, row = _simple_parts(values)
    kind = shapely.get_type_id(parts)
    rings, ring_row, _ = _rings(values)
    line = (kind != _POINT) & (kind != _POLYGON)
    return np.concatenate([parts[line], rings]), np.concatenate([row[line], ring_row])


@dataclass(frozen=True)
class _Vertices:
    """Vertices of rings in degrees; ring r is ``xy[starts[r]:starts[r + 1]]``."""

    xy: Floats
    starts: NDArray[np.int64]

    @property
    def rings(self) -> int:
        return len(self.starts) - 1

    def over_rings(self, loop: Callable[..., None], *rest: bool | NDArray[Any]) -> None:
        """Run a compiled loop over chunks on every core; the last array takes the result."""
        fast = _kernels.compiled(loop)
        *options, out = rest

        def run(first: int) -> None:
            chunk = self.starts[first : first + _CHUNK + 1]
            fast(self.xy, chunk, *options, np.asarray(out)[first : first + _CHUNK])

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(run, range(0, self.rings, _CHUNK)))


def _vertices(rings: Geometries) -> _Vertices:
    """Read rings, or polygons without holes."""
    counts = shapely.get_num_coordinates(rings)
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return _Vertices(shapely.get_coordinates(rings), starts)


def _without_holes(values: Geometries) -> NDArray[np.bool_]:
    """Tell the polygons of one ring from everything else."""
    rings = shapely.get_num_interior_rings(values) == 0
    plain: NDArray[np.bool_] = rings & (shapely.get_type_id(values) == _POLYGON)
    return plain


def _areas(
    values: Geometries,
    plain: NDArray[np.bool_],
    vertices: _Vertices,
    *,
    geodesic: bool,
) -> Floats:
    """Return the area of each geometry in degrees; 0 where there is none."""
    areas = np.zeros(len(values))
    # A polygon without holes is its own ring: its vertices need no taking apart.
    areas[plain] = np.abs(_ring_sums(vertices, geodesic=geodesic))
    if not plain.all():
        other = np.flatnonzero(~plain)
        rings, row, shell = _rings(values[other])
        sums = np.abs(_ring_sums(_vertices(rings), geodesic=geodesic))
        signed = np.where(shell, sums, -sums)
        areas[other] = np.bincount(row, weights=signed, minlength=len(other))
    return areas


def _ring_sums(vertices: _Vertices, *, geodesic: bool) -> Floats:
    """Return the signed area of each ring in square metres."""
    sums = np.zeros(vertices.rings)
    if len(vertices.xy) > _COMPILE_ABOVE:
        vertices.over_rings(_kernels.ring_areas, geodesic, sums)
    elif len(vertices.xy):
        filled = np.diff(vertices.starts) > 0
        starts = vertices.starts[:-1][filled]
        sums[filled] = _ring_sums_by_numpy(vertices.xy, starts, geodesic=geodesic)
    return sums


def _ring_sums_by_numpy(xy: Floats, starts: NDArray[np.int64], *, geodesic: bool) -> Floats:
    """Do what the compiled loop does; no ring may be empty."""
    lon, lat = xy[:, 0], xy[:, 1]
    origin = np.repeat(starts, np.diff(starts, append=len(xy)))
    q = _kernels.authalic_q(np.radians(lat))
    x = _kernels.SEMI_MAJOR_AXIS_M * np.radians(lon - lon[origin])
    y = 0.5 * _kernels.SEMI_MAJOR_AXIS_M * (q - q[origin])
    # From the last vertex of a ring to the first of the next both are 0, so nothing is added.
    parts = np.zeros(len(xy))
    parts[:-1] = 0.5 * (x[:-1] * y[1:] - x[1:] * y[:-1])
    if geodesic:
        middle = np.radians(0.5 * (lat[:-1] + lat[1:]))
        parts[:-1] -= _kernels.edge_bulge(np.diff(x), np.diff(y), middle)
    sums: Floats = np.add.reduceat(parts, starts)
    return sums


def _with_long_edges(values: Geometries) -> NDArray[np.int64]:
    """Return the positions of polygons that may have an edge of more than 30 km."""
    bounds = np.radians(shapely.bounds(values))
    spread = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    limit = _LONG_EDGE_M / _kernels.SEMI_MAJOR_AXIS_M
    # No edge is longer than its polygon is wide, so most need no closer look.
    wide = np.flatnonzero(spread > limit)
    rings, row, _ = _rings(values[wide])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    step = np.radians(np.diff(xy, axis=0))
    long = (np.hypot(step[:, 0], step[:, 1]) > limit) & (ring[1:] == ring[:-1])
    found: NDArray[np.int64] = wide[np.unique(row[ring[1:][long]])]
    return found


def _proj_area(geometry: shapely.Geometry) -> float:
    """Return the area that PROJ gives for the polygons in a geometry."""
    rings, _, shell = _rings(np.array([geometry], dtype=object))
    sums = [abs(_GEOD.geometry_area_perimeter(ring)[0]) for ring in rings]
    return float(np.dot(sums, np.where(shell, 1.0, -1.0)))


def __dir__() -> list[str]:
    return sorted(__all__)
