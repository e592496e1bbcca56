"""Zones as edges in columns and rows of a raster."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo import crs, measure
from parkgeo._ground import (
    COMPILE_ABOVE,
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    Rings,
    column_of,
    move_vertices,
    outlines_on_plane,
    overlay_errors,
    require_frame,
    rings_of,
    union_by,
)
from parkgeo._kernels import compiled
from parkgeo._kernels._coverage import EDGES_IN_BLOCK, ring_edges
from parkgeo.concentration._sums import groups_of
from parkgeo.errors import GeometryError, UnknownNameError, first_rows
from parkgeo.raster._grid import Grid, from_degrees, to_degrees

_TOLERANCE: Final = 1e-4
"""Share of a cell by which an edge may lie beside where it is straight on the plane."""

_CURVATURE: Final = 8.0 / 6_378_137.0
"""More than an edge that is straight on the plane bends in any map of a city or a country, per
metre, at the equator; towards the poles times the tangent of latitude."""

_STEEPEST: Final = 85.0
_MOST_PIECES: Final = 10_000
_POLYGONS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Outlines:
    """Shapes in one CRS, and the zone that each makes up; no two of a zone overlap."""

    shapes: Geometries
    zone: Indices
    crs: CRS


@dataclass(frozen=True)
class Zones:
    """Zones by label, their outlines, their official area, and what could not be placed."""

    labels: pd.Index
    outlines: tuple[Outlines, ...]
    area_m2: Floats
    missing: Flags
    """Which zones have no geometry."""

    @property
    def without_geometry(self) -> list[str]:
        """The labels of zones that have no geometry."""
        return [str(label) for label in self.labels[self.missing]]


def zones_of(frame: gpd.GeoDataFrame, by: str | None, *, what: str = "zones") -> Zones:
    """Read zones, one for each row or each value of a column; ground of a zone counts once."""
    require_frame(frame, what)
    source = crs.require_crs(frame, what)
    crs.require_lonlat(frame, what)
    geometry = frame.geometry
    rows = np.flatnonzero(~(geometry.isna() | geometry.is_empty).to_numpy(dtype=bool))
    flat = np.asarray(geometry, dtype=object)[rows]
    _refuse_other_kinds(flat, frame.index[rows], what)
    labels, codes = groups(frame, by)
    area_m2 = _areas_m2(flat, source, frame.index[rows])
    zone = codes[rows]
    several = np.bincount(zone, minlength=len(labels))[zone] > 1
    total_m2 = np.zeros(len(labels))
    total_m2[zone[~several]] = area_m2[~several]
    outlines = [Outlines(flat[~several], zone[~several], source)]
    if several.any():
        joined = _joined(gpd.GeoSeries(flat[several], crs=frame.crs), zone[several])
        total_m2[joined.zone] = shapely.area(joined.shapes)
        outlines.append(joined)
    missing = np.bincount(zone, minlength=len(labels)) == 0
    return Zones(labels, tuple(outlines), total_m2, missing)


def _refuse_other_kinds(shapes: Geometries, labels: pd.Index, what: str) -> None:
    wrong = ~np.isin(shapely.get_type_id(shapes), _POLYGONS)
    if wrong.any():
        found = ", ".join(sorted({shape.geom_type for shape in shapes[wrong]}))
        raise GeometryError(
            f"{what} must be polygons; found {found} in rows {first_rows(labels[wrong])}; drop "
            "them, or keep their polygonal part with parkgeo.io.repair",
        )


def _areas_m2(shapes: Geometries, source: CRS, rows: pd.Index) -> Floats:
    """Measure shapes, and refuse those that are invalid."""
    if shapely.get_num_coordinates(shapes).sum() <= COMPILE_ABOVE:
        series = gpd.GeoSeries(shapes, index=rows, crs=source)
        return np.asarray(measure.area_m2(series), dtype=np.float64)
    placed, _ = outlines_on_plane(shapely.force_2d(shapes), source, rows)
    if isinstance(placed, Blocks):
        return placed.area_m2
    return np.asarray(shapely.area(placed), dtype=np.float64)


def groups(frame: gpd.GeoDataFrame, by: str | None) -> tuple[pd.Index, Indices]:
    """Give numbers to the zones: the rows, or the values of a column in order, null last."""
    if by is None:
        return frame.index, np.arange(len(frame))
    if by in frame.columns:
        return groups_of(column_of(frame, by))
    if by in frame.index.names:
        return groups_of(frame.index.get_level_values(by))
    names = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name)
    raise UnknownNameError(f"zones have no column {by!r} to group by; there are {names}")


def _joined(blocks: gpd.GeoSeries, zone: Indices) -> Outlines:
    """Union the blocks of each zone on the plane, where edges are straight."""
    plane = np.asarray(crs.to_plane(blocks), dtype=object)
    numbers, codes = np.unique(zone, return_inverse=True)
    with overlay_errors("raster", of="zones"):
        shapes = union_by(shapely.force_2d(plane), codes, len(numbers))
    return Outlines(shapes, numbers, crs.PLANE)


@dataclass(frozen=True)
class Edges:
    """Edges of copies of zones, in columns and rows; see ``class_areas`` in the kernels.

    Copy k belongs to zone ``zone[k]`` and has the edges from ``firsts[k]`` to ``lasts[k]``. It lies
    in ``bounds[k]``: least column, least row, largest column, largest row.
    """

    edges: Floats
    reach: Floats
    firsts: Indices
    lasts: Indices
    zone: Indices
    bounds: Floats
    clear: Flags
    """Of each zone, whether it lies wholly inside the raster."""


def lay(
    outlines: tuple[Outlines, ...], grid: Grid, n_zones: int, *, whole: int | None = None
) -> Edges:
    """Lay outlines on a raster; those that do not meet it are left out.

    ``whole`` is the number of a zone that is the raster itself.
    """
    laid = [_laid(part, grid) for part in outlines if len(part.shapes)]
    if whole is not None:
        wide, high = float(grid.cols), float(grid.rows)
        sides = np.array([[0.0, 0.0, 0.0, high], [wide, high, wide, 0.0]])
        laid.append((sides, np.full(2, whole)))
    edges = np.concatenate([np.empty((0, 4)), *(some for some, _ in laid)])
    zone = np.concatenate([np.empty(0, dtype=np.intp), *(owner for _, owner in laid)])
    if len(laid) > 1:
        order = np.argsort(zone, kind="stable")
        edges, zone = edges[order], zone[order]
    firsts = np.flatnonzero(np.diff(zone, prepend=-1))
    lasts = np.append(firsts[1:], len(zone)) if len(firsts) else firsts
    return _with_reach(edges, firsts, lasts, zone[firsts], grid, n_zones)


def _laid(part: Outlines, grid: Grid) -> tuple[Floats, Indices]:
    """Return the edges of shapes in columns and rows, and the zone of each, in order of zones."""
    order = np.argsort(part.zone, kind="stable")
    rings = rings_of(shapely.force_2d(part.shapes[order]))
    xy, cells = rings.xy, np.array(rings.xy)
    _move(cells, part.crs, grid)
    sides = _sides_of(rings, cells, _straight_below(grid))
    owner = np.repeat(rings.owner, rings.stops - rings.starts - 1)
    if not np.isfinite(cells).all():
        rows = np.unique(owner[~np.isfinite(sides.edges).all(axis=1)])
        raise GeometryError(
            f"zones reach beyond where {grid.crs.name!r} is defined (zones at positions "
            f"{first_rows(order[rows])}); cut them, or reproject the raster",
        )
    edges, source = _bent(sides, xy, part.crs, grid)
    return edges, part.zone[order][owner if source is None else owner[source]]


@dataclass(frozen=True)
class _Sides:
    """Edges ring by ring, the vertex where each begins, whether it runs back, or may bend."""

    edges: Floats
    begin: Indices
    long: Flags


def _sides_of(rings: Rings, cells: Floats, longest: float) -> _Sides:
    """Turn rings into edges with the inside on one side, by the compiled loop where it pays."""
    counts = rings.stops - rings.starts - 1
    places = np.cumsum(counts) - counts
    size = int(counts.sum())
    if len(cells) <= COMPILE_ABOVE:
        begin = np.arange(size) - np.repeat(places - rings.starts, counts)
        edges = np.column_stack([cells[begin], cells[begin + 1]])
        way = edges[:, 2:] - edges[:, :2]
        turned = _backwards(edges, np.repeat(np.arange(len(counts)), counts), rings.shell)
        edges[turned] = edges[turned][:, [2, 3, 0, 1]]
        return _Sides(edges, begin, np.hypot(*way.T) > longest)
    edges, begin, long = np.empty((size, 4)), np.empty(size, np.int64), np.empty(size, np.uint8)
    compiled(ring_edges)(
        cells,
        longest,
        rings.starts.astype(np.int64),
        rings.stops.astype(np.int64),
        places.astype(np.int64),
        rings.shell.astype(np.uint8),
        edges,
        begin,
        long,
    )
    return _Sides(edges, begin, long.view(np.bool_))


def _move(xy: Floats, source: CRS, grid: Grid) -> None:
    """Turn vertices into columns and rows where they stand."""
    move_vertices(xy, lambda run: grid.to_cells(_on_grid(run, source, grid)), doing="laying zones")


def _bent(sides: _Sides, xy: Floats, source: CRS, grid: Grid) -> tuple[Floats, Indices | None]:
    """Cut edges that bend in the raster's CRS into pieces that do not; say whose they are."""
    long = np.flatnonzero(sides.long)
    if not len(long) or grid.crs == crs.PLANE:
        return sides.edges, None
    edges, begin = sides.edges, sides.begin[long]
    # An edge may run back, as its ring was turned around.
    first = grid.to_cells(_on_grid(xy[begin], source, grid))
    off = [np.hypot(*(edges[long, k : k + 2] - first).T) for k in (0, 2)]
    back = off[1] < off[0]
    plane = [_on_plane(xy[begin + np.where(back, 1 - k, k)], source) for k in (0, 1)]
    middle = _from_plane((plane[0] + plane[1]) / 2, grid)
    bend = np.hypot(*(middle - (edges[long, :2] + edges[long, 2:]) / 2).T)
    pieces = np.ones(len(edges), dtype=np.intp)
    pieces[long] = np.clip(np.ceil(np.sqrt(np.nan_to_num(bend) / _TOLERANCE)), 1, _MOST_PIECES)
    if pieces.max() == 1:
        return edges, None
    whose = np.repeat(np.arange(len(edges)), pieces)
    out = edges[whose]
    place = np.cumsum(pieces) - pieces
    cut = np.flatnonzero(pieces[whose] > 1)
    step, count = cut - place[whose[cut]], pieces[whose[cut]]
    k = np.searchsorted(long, whose[cut])
    # A piece begins where the one before it ends, to the last bit.
    joint = step > 0
    along = (plane[1] - plane[0])[k] * (step / count)[:, None]
    starts = _from_plane(plane[0][k[joint]] + along[joint], grid)
    out[cut[joint], :2] = starts
    out[cut[joint] - 1, 2:] = starts
    return out, whose


def _straight_below(grid: Grid) -> float:
    """Return a length in cells up to which no edge bends by more than the tolerance."""
    wide, high = grid.cell_m
    corners = np.array([[0, 0], [grid.cols, 0], [0, grid.rows], [grid.cols, grid.rows]], float)
    with np.errstate(invalid="ignore"):
        y = grid.to_plane(corners)[:, 1] / 6_378_137.0
    sine = np.nanmax(np.abs(np.append(y, 0.0)), initial=0.0)
    steep = np.tan(np.radians(_STEEPEST)) if sine >= 1 else sine / np.sqrt(1 - sine**2)
    bend = _CURVATURE * max(1.0, float(min(steep, np.tan(np.radians(_STEEPEST)))))
    return float(np.sqrt(8 * _TOLERANCE * min(wide, high) / bend) / max(wide, high))


def _on_grid(xy: Floats, source: CRS, grid: Grid) -> Floats:
    """Bring vertices to the raster's CRS, as they were brought there before."""
    if source == grid.crs:
        return xy
    return from_degrees(to_degrees(xy, source), grid.crs)


def _on_plane(xy: Floats, source: CRS) -> Floats:
    return from_degrees(to_degrees(xy, source), crs.PLANE)


def _from_plane(plane: Floats, grid: Grid) -> Floats:
    return grid.to_cells(from_degrees(to_degrees(plane, crs.PLANE), grid.crs))


def _backwards(edges: Floats, ring: Indices, shell: Flags) -> Flags:
    """Tell the edges of rings that have the inside on the other side."""
    # From a near corner, so that nothing cancels.
    near = edges[np.searchsorted(ring, np.arange(len(shell)))[ring], :2]
    (x0, y0), (x1, y1) = (edges[:, :2] - near).T, (edges[:, 2:] - near).T
    twice = np.bincount(ring, x0 * y1 - x1 * y0, minlength=len(shell))
    return np.asarray(((twice < 0) == shell)[ring])


def _with_reach(  # noqa: PLR0913, PLR0917
    edges: Floats, firsts: Indices, lasts: Indices, zone: Indices, grid: Grid, n_zones: int
) -> Edges:
    """Add copies of zones on the other side of 180°, the reach of each run of edges, and bounds."""
    low, high = np.minimum(edges[:, :2], edges[:, 2:]), np.maximum(edges[:, :2], edges[:, 2:])
    bounds = np.empty((len(firsts), 4))
    if len(firsts):
        bounds[:, :2] = np.minimum.reduceat(low, firsts)
        bounds[:, 2:] = np.maximum.reduceat(high, firsts)
    whole = np.zeros(n_zones, dtype=np.bool_)
    copies = []
    for turns in (0.0,) if grid.turn is None else (0.0, -grid.turn, grid.turn):
        moved = bounds + _shift(turns)
        meets = (moved[:, 2] > 0) & (moved[:, 0] < grid.cols)
        meets &= (moved[:, 3] > 0) & (moved[:, 1] < grid.rows)
        inside = (moved[:, :2] >= 0).all(axis=1) & (moved[:, 2:] <= [grid.cols, grid.rows]).all(1)
        whole[zone[inside]] = True
        copies.append((turns, np.flatnonzero(meets)))
    edges, firsts, lasts, chosen, bounds = _copied(edges, firsts, lasts, bounds, copies)
    starts = np.arange(0, len(edges), EDGES_IN_BLOCK)
    reach = np.empty((len(starts), 2))
    if len(starts):
        y = edges[:, [1, 3]]
        reach[:, 0] = np.minimum.reduceat(y.min(axis=1), starts)
        reach[:, 1] = np.maximum.reduceat(y.max(axis=1), starts)
    return Edges(edges, reach, firsts, lasts, zone[chosen], bounds, whole)


def _shift(turns: float) -> Floats:
    return np.array([turns, 0.0, turns, 0.0])


def _copied(
    edges: Floats,
    firsts: Indices,
    lasts: Indices,
    bounds: Floats,
    copies: list[tuple[float, Indices]],
) -> tuple[Floats, Indices, Indices, Indices, Floats]:
    """Append the edges of copies that are shifted; drop zones that meet nothing."""
    here, *others = copies
    parts, heads, tails = [edges], [firsts[here[1]]], [lasts[here[1]]]
    frames, at = [bounds[here[1]]], len(edges)
    for turns, met in others:
        for k in met:
            shifted = edges[firsts[k] : lasts[k]] + _shift(turns)
            parts.append(shifted)
            heads.append(np.array([at]))
            tails.append(np.array([at + len(shifted)]))
            frames.append(bounds[k][None] + _shift(turns))
            at += len(shifted)
    chosen = np.concatenate([met for _, met in copies]).astype(np.intp)
    return (
        np.concatenate(parts) if len(parts) > 1 else edges,
        np.concatenate(heads).astype(np.int64),
        np.concatenate(tails).astype(np.int64),
        chosen,
        np.concatenate(frames),
    )
