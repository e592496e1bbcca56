"""From shapes in any CRS to metres from a near origin on the equal-area plane.

A near origin leaves three more decimal digits to the overlays than the plane's own.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo import crs
from parkgeo._ground._outlines import Blocks, Rings, blocks_of, rings_of, surely_valid
from parkgeo._ground._pieces import in_pieces
from parkgeo._ground._threads import in_threads
from parkgeo._ground._types import Floats, Geometries, Indices
from parkgeo.crs._plane import degrees_to_plane, says_degrees
from parkgeo.errors import GeometryError, first_rows

_RUN: Final = 1 << 15
"""Vertices that one thread moves at a time: what it works with fits its cache."""


def middle_of(shapes: Geometries) -> Floats:
    """Choose a whole metre in the middle of the shapes."""
    if len(shapes) == 0:
        return np.zeros(2)
    bounds = shapely.total_bounds(shapes)
    return np.asarray(np.round((bounds[:2] + bounds[2:]) / 2), dtype=np.float64)


def still_valid(shapes: Geometries) -> Geometries:
    """Undo what the way to the plane, or back, did to valid polygons.

    Where a ring touches another, or itself, between two corners, rounding may move the corner
    across the line by some nanometres, and another idea of a straight edge by a few more.
    """
    crossed = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    if crossed.any():
        shapes = shapes.copy()
        shapes[crossed] = shapely.make_valid(
            shapes[crossed], method="structure", keep_collapsed=False
        )
    return shapes


def refuse_invalid(shapes: Geometries, rows: pd.Index, *, called: str = "invalid polygons") -> None:
    """Let GEOS judge shapes; a point at NaN is valid to GEOS, and not here."""
    invalid = ~in_pieces(shapely.is_valid, shapes, doing="looking at outlines")
    invalid |= ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_empty(shapes)
    if invalid.any():
        reason = shapely.is_valid_reason(shapes[invalid][0]).split("[")[0]
        raise GeometryError(
            f"{called} ({reason}, …) in rows {first_rows(rows[invalid])}; "
            "mend them with parkgeo.io.repair, which reports what it changed",
        )


def outlines_on_plane(
    flat: Geometries,
    source: CRS | None,
    rows: pd.Index,
    *,
    origin: Floats | None = None,
    called: str = "invalid polygons",
) -> tuple[Geometries | Blocks, Floats]:
    """Move many polygons at once, and have GEOS judge only those that are not surely valid.

    Returns
    -------
    The outlines as arrays, or as polygons where some had to be mended; and the origin.
    """

    def refuse(doubtful: Indices) -> None:
        refuse_invalid(flat[doubtful], rows[doubtful], called=called)

    return rings_on_plane(rings_of(flat), source, refuse, origin=origin)


def rings_on_plane(
    rings: Rings,
    source: CRS | None,
    refuse: Callable[[Indices], None],
    *,
    origin: Floats | None = None,
) -> tuple[Geometries | Blocks, Floats]:
    """Move the vertices of polygons where they stand, as :func:`outlines_on_plane` does.

    Parameters
    ----------
    rings
        Of shapes that have some, each of them.
    source
        In what coordinates they stand.
    refuse
        Judges, by position, shapes that are not surely valid, as they were before.
    origin
        Where on the plane to measure from; near the shapes unless given.
    """
    placed, near = _vertices_on_plane(rings, source, origin)
    blocks = blocks_of(replace(rings, xy=placed))
    if not blocks.is_finite:
        # What is not finite is not valid either, and GEOS says so.
        refuse(np.arange(rings.shapes))
    doubtful = np.flatnonzero(~surely_valid(blocks))
    refuse(doubtful)
    drawn = blocks.drawn(doubtful)
    mended = still_valid(drawn)
    if mended is drawn:
        return blocks, near
    shapes = blocks.shapes.copy()
    shapes[doubtful] = mended
    return shapes, near


def _vertices_on_plane(
    rings: Rings, source: CRS | None, origin: Floats | None
) -> tuple[Floats, Floats]:
    """Move vertices to the plane, run by run on threads, and to an origin among them."""
    xy = rings.xy
    if len(xy) == 0:
        return xy, np.zeros(2) if origin is None else origin
    move = _way_to_plane(xy, source)
    if origin is None:
        # What is not finite stays so, and is told from the length.
        with np.errstate(invalid="ignore"):
            origin = np.round(corners_of(move(xy[rings.starts])).mean(axis=0))
    near = origin

    def place(run: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(move(run) - near)

    move_vertices(xy, place, doing="moving to the plane")
    return xy, near


def move_vertices(xy: Floats, move: Callable[[Floats], Floats], *, doing: str) -> None:
    """Move vertices where they stand, run by run on threads."""

    def apply(begin: int) -> None:
        xy[begin : begin + _RUN] = move(xy[begin : begin + _RUN])

    in_threads(apply, range(0, len(xy), _RUN), doing=doing)


def _way_to_plane(xy: Floats, source: CRS | None) -> Callable[[Floats], Floats]:
    """Find out how a run of vertices gets to the plane."""
    if source == crs.PLANE:
        return lambda run: run
    if source is not None and says_degrees(source):
        return degrees_to_plane
    # As a line, with the bounds of all as another, because what coordinates may mean is judged by
    # where all of them lie.
    bounds = shapely.linestrings(corners_of(xy))

    def move(run: Floats) -> Floats:
        line = np.array([shapely.linestrings(np.concatenate([run, run[-1:]])), bounds])
        moved = crs.to_plane(gpd.GeoSeries(line, crs=source))
        return shapely.get_coordinates(moved.iloc[0])[:-1]

    return move


def corners_of(xy: Floats) -> Floats:
    """Return the lowest and the highest coordinates."""
    # Column by column, which NumPy does ten times faster.
    x, y = xy.T
    return np.array([[x.min(), y.min()], [x.max(), y.max()]])
