"""What is wrong with single shapes: kinds, rings, slivers, spikes, holes, vertices."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import crs, io
from parkgeo.check._finding import Finding, places, say
from parkgeo.check._subject import Geometries, Ground, Subject

__all__ = ["closed_lines", "forms", "ground_forms", "invalid"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_POLYGONS: Final = ("Polygon", "MultiPolygon")
_LINES: Final = ("LineString", "MultiLineString", "LinearRing")
_FEWEST_POINTS: Final = 4
_SPIKE_DEG: Final = 1.0
_SPIKE_M: Final = 1.0
_HOLE_M2: Final = 10.0
_NEEDLE: Final = 200.0
"""Times as long as wide; a road of 10 m is that after 2 km."""
_NEEDLE_WIDTH_M: Final = 20.0
_KINDS: Final = (("Ring Self-intersection", "self-touch"), ("Self-intersection", "self-crossing"))


def forms(subject: Subject) -> list[Finding]:
    """Find what needs no place: missing, empty, no polygon, a third dimension."""
    shapes = subject.shapes
    missing = shapely.is_missing(shapes)
    empty = ~missing & shapely.is_empty(shapes)
    closed = closed_lines(shapes)
    high = ~missing & (shapely.has_z(shapes) | shapely.has_m(shapes))
    found = [
        say(code, np.flatnonzero(rows))
        for code, rows in (
            ("geometry-missing", missing),
            ("geometry-empty", empty),
            ("line-closed", closed),
            ("has-z", high),
        )
        if rows.any()
    ]
    kinds = subject.frame.geometry.geom_type.to_numpy()
    wrong = ~missing & ~empty & ~closed & ~np.isin(kinds, _POLYGONS)
    found += [
        say("geometry-type", np.flatnonzero(wrong & (kinds == kind)), kind=kind)
        for kind in sorted(set(kinds[wrong]))
    ]
    return found


def closed_lines(shapes: Geometries) -> NDArray[np.bool_]:
    """Say which rows are lines whose every part comes back to its beginning."""
    kinds = shapely.get_type_id(shapes)
    rows = np.flatnonzero(np.isin(kinds, (1, 2, 5)) & ~shapely.is_empty(shapes))
    parts, owner = shapely.get_parts(shapes[rows], return_index=True)
    good = shapely.is_closed(parts) & (shapely.get_num_points(parts) >= _FEWEST_POINTS)
    closed = np.zeros(len(shapes), dtype=bool)
    closed[rows] = True
    closed[rows[owner[~good]]] = False
    return closed


def invalid(subject: Subject) -> list[Finding]:
    """Find invalid rings, by what is wrong with them, as :func:`parkgeo.io.check` says it."""
    frame = subject.frame
    named = gpd.GeoDataFrame(geometry=subject.shapes, crs=frame.crs or crs.CGCS2000)
    table = io.check(named)
    found = []
    for reason, rows in table.groupby("reason", sort=True):
        code = next((code for begin, code in _KINDS if str(reason).startswith(begin)), "invalid")
        found.append(
            say(code, rows["row"], place=_on_earth(gpd.GeoDataFrame(rows), frame), why=reason)
        )
    return found


def _on_earth(rows: gpd.GeoDataFrame, frame: gpd.GeoDataFrame) -> object:
    """Bring the places to degrees, where the frame says a CRS that fits them."""
    if frame.crs is None:
        return None
    points = gpd.GeoSeries(rows.geometry.to_numpy(), crs=frame.crs)
    try:
        crs.require_lonlat(points, "the places")
        return places(crs.to_geographic(points).to_numpy())
    except ValueError:  # what the coordinates contradict is a finding of its own
        return None


@dataclass(frozen=True, slots=True)
class _Rings:
    """All rings of all polygons, in metres."""

    rings: Geometries
    row: Indices
    """Of each ring."""
    hole: NDArray[np.bool_]
    parts: Geometries
    part_row: Indices


def ground_forms(subject: Subject, ground: Ground) -> list[Finding]:
    """Find what is too narrow, too sharp, too small or too near to be meant."""
    solid = np.flatnonzero(shapely.get_dimensions(ground.metres) == 2)  # noqa: PLR2004 - polygons
    parts, owner = shapely.get_parts(ground.metres[solid], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    made = _Rings(rings, solid[owner[part]], np.diff(part, prepend=-1) == 0, parts, solid[owner])
    limits = subject.limits
    return [
        *_narrow(made, limits.narrow_m),
        *_holes(made, limits.narrow_m),
        *_vertices(made, limits.near_m),
    ]


def _narrow(made: _Rings, narrow_m: float) -> list[Finding]:
    area_m2, around_m = shapely.area(made.parts), shapely.length(made.parts)
    # Loops of a ring that crosses itself cancel each other: it has no width.
    known = (around_m > 0) & (area_m2 > 0) & shapely.is_valid(made.parts)
    width_m = np.divide(2 * area_m2, around_m, out=np.full(len(area_m2), np.inf), where=known)
    times = np.divide(around_m**2, 4 * area_m2, out=np.zeros(len(area_m2)), where=known)
    sliver = width_m < narrow_m
    needle = ~sliver & (times > _NEEDLE) & (width_m < _NEEDLE_WIDTH_M)
    found = []
    if sliver.any():
        rows = np.unique(made.part_row[sliver])
        found.append(
            say(
                "sliver",
                rows,
                place=_middle(made.parts[sliver]),
                n=int(sliver.sum()),
                limit=narrow_m,
                least=float(width_m[sliver].min()),
            )
        )
    if needle.any():
        rows = np.unique(made.part_row[needle])
        found.append(
            say(
                "needle",
                rows,
                place=_middle(made.parts[needle]),
                n=int(needle.sum()),
                limit=_NEEDLE,
            )
        )
    return found


def _holes(made: _Rings, narrow_m: float) -> list[Finding]:
    holes = np.flatnonzero(made.hole)
    inside: Any = shapely.polygons(made.rings[holes])
    area_m2, around_m = shapely.area(inside), shapely.length(inside)
    tiny = (area_m2 < _HOLE_M2) | (2 * area_m2 < narrow_m * around_m)
    if not tiny.any():
        return []
    rows = np.unique(made.row[holes[tiny]])
    place = _middle(inside[tiny])
    return [say("hole-tiny", rows, place=place, n=int(tiny.sum()), limit=_HOLE_M2, width=narrow_m)]


def _vertices(made: _Rings, near_m: float) -> list[Finding]:
    """Look at each vertex and its neighbours, around each ring."""
    xy, ring = shapely.get_coordinates(made.rings, return_index=True)
    last = np.diff(ring, append=-1) != 0
    xy, ring = xy[~last], ring[~last]  # the last point of a ring is its first again
    ahead = _edges(xy, ring)
    length_m = np.hypot(*ahead.T)
    repeated = length_m == 0
    found = []
    if repeated.any():
        rows = np.unique(made.row[ring[repeated]])
        found.append(say("vertices-repeated", rows, place=_at(xy[repeated]), n=int(repeated.sum())))
    near = ~repeated & (length_m < near_m)
    if near.any():
        rows = np.unique(made.row[ring[near]])
        found.append(
            say("vertices-near", rows, place=_at(xy[near]), n=int(near.sum()), limit=near_m)
        )
    sharp = _sharp(xy[~repeated], ring[~repeated])
    if sharp.any():
        at, rows = xy[~repeated][sharp], np.unique(made.row[ring[~repeated][sharp]])
        found.append(say("spike", rows, place=_at(at), n=int(sharp.sum()), limit=_SPIKE_DEG))
    return found


def _edges(xy: Floats, ring: Indices) -> Floats:
    """Return from each vertex the way to the next one of its ring."""
    if not len(xy):
        return np.zeros((0, 2))
    ends = np.flatnonzero(np.diff(ring, append=-1) != 0)
    after = np.arange(1, len(xy) + 1)
    after[ends] = np.concatenate([[0], ends[:-1] + 1])
    edges: Floats = xy[after] - xy
    return edges


def _sharp(xy: Floats, ring: Indices) -> NDArray[np.bool_]:
    """Say at which vertices a ring turns back on itself."""
    if not len(xy):
        return np.zeros(0, dtype=bool)
    ahead = _edges(xy, ring)
    begins = np.flatnonzero(np.diff(ring, prepend=-1) != 0)
    before = np.arange(-1, len(xy) - 1)
    before[begins] = np.concatenate([begins[1:] - 1, [len(xy) - 1]])
    behind = -ahead[before]
    lengths = np.hypot(*ahead.T), np.hypot(*behind.T)
    cosine = (ahead * behind).sum(axis=1) / np.maximum(lengths[0] * lengths[1], 1e-300)
    sharp: NDArray[np.bool_] = cosine > np.cos(np.radians(_SPIKE_DEG))
    sharp &= np.minimum(*lengths) >= _SPIKE_M
    return sharp


def _middle(shapes: Geometries) -> object:
    return on_degrees(shapely.point_on_surface(shapes))


def _at(xy: Floats) -> object:
    points: Any = shapely.points(xy)
    return on_degrees(points)


def on_degrees(shapes: Geometries) -> object:
    """Bring places in numbered zones back to degrees, as one geometry."""
    x = shapely.get_coordinates(shapely.centroid(shapes))[:, 0]
    zones = np.floor(x / 1e6).astype(int)
    back = [
        gpd.GeoSeries(shapes[zones == zone], crs=crs.zone_crs(int(zone), numbered=True))
        .to_crs(crs.CGCS2000)
        .to_numpy()
        for zone in np.unique(zones)
    ]
    return places(np.concatenate(back)) if back else None
