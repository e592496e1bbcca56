"""The border of a polygon cut by what it runs on, and where its lines go on beyond it."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs
from parkgeo.fourbounds._references import Side
from parkgeo.fourbounds._resolve_close import edges_of
from parkgeo.fourbounds._resolve_match import Match, Neighbourhood
from parkgeo.fourbounds._resolve_score import Border, labels

__all__ = ["PIECE_COLUMNS", "How", "pieces"]

How: TypeAlias = Literal["line", "bridge", "closing", "beyond"]
PIECE_COLUMNS: Final = ("side", "position", "name", "how", "geometry")
"""Columns of ``Resolution.pieces``."""

_ON_BORDER: Final[tuple[How, ...]] = ("line", "bridge", "closing")
_STRAIGHT_M: Final = 1e-5
"""Points put on straight lines to walk them are no corners."""
_DRAWN_M: Final = 1.0
"""A line that goes on need only be drawn; nothing is measured on it."""
_ROOM: Final = 0.5
"""How far beyond the block lines are kept, as a share of its longer extent."""
_LEAST_ROOM_M: Final = 1_000.0


class _Piece(NamedTuple):
    side: Side
    position: int
    name: str | None
    how: How
    geometry: shapely.Geometry


def pieces(made: Border, hood: Neighbourhood) -> gpd.GeoDataFrame:
    """Cut the border of an outline where it passes from one reference, or kind of way, to the next.

    Parameters
    ----------
    made
        The outline, and what its border is made of.
    hood
        The lines around it.

    Returns
    -------
    One row per piece, in EPSG:4490, clockwise: ``side`` and ``position`` of the row of ``sides`` to
    which it belongs, ``name`` of its line, ``how``: ``line``, ``bridge`` (across a gap, or carried
    on beyond an end), ``closing`` (a straight side without a line). Together these are the border.
    After them, with ``how`` ``beyond``, for each reference the rest of its lines near the block.
    """
    rows = [*_border(made), *_beyond(made, hood)]
    frame = gpd.GeoDataFrame(rows, columns=list(PIECE_COLUMNS), crs=hood.plane)
    return frame.to_crs(crs.CGCS2000)


def _border(made: Border) -> Iterator[_Piece]:
    """Yield runs of edges that belong to the same item of the ring in the same way."""
    outline = made.outline
    middle, outward = edges_of(outline.polygon)
    item, kind = labels(outline, middle, outward)
    corners = shapely.get_coordinates(
        shapely.orient_polygons(outline.polygon, exterior_cw=True).exterior
    )[:-1]
    # Begin where a run begins, so that none is cut in two by the first corner of the ring.
    new = (item != np.roll(item, 1)) | (kind != np.roll(kind, 1))
    start = int(np.argmax(new))
    item, kind, new = np.roll(item, -start), np.roll(kind, -start), np.roll(new, -start)
    corners = np.roll(corners, -start, axis=0)
    corners = np.concatenate([corners, corners[:1]])
    first = np.flatnonzero(new) if new.any() else np.array([0])
    for i, j in zip(first, [*first[1:], len(item)], strict=True):
        way = shapely.simplify(shapely.LineString(corners[i : j + 1]), _STRAIGHT_M)
        entry = outline.ring.items[item[i]]
        how = _ON_BORDER[kind[i]]
        if isinstance(entry, Match):
            yield _Piece(entry.links or entry.side, entry.position, entry.name, how, way)
        else:
            yield _Piece(entry, 0, None, how, way)


def _beyond(made: Border, hood: Neighbourhood) -> Iterator[_Piece]:
    """Yield lines that the border leaves: where a road goes on, or what was left out."""
    polygon = made.outline.polygon
    west, south, east, north = polygon.bounds
    room = max(_LEAST_ROOM_M, _ROOM * max(east - west, north - south))
    border = shapely.buffer(polygon.exterior, _DRAWN_M)
    shapely.prepare(border)
    for match in hood.matches:
        if match.network is None:
            continue
        near = shapely.clip_by_rect(
            match.network.lines, west - room, south - room, east + room, north + room
        )
        rest = shapely.simplify(shapely.difference(near, border), _DRAWN_M)
        if shapely.length(rest) > _DRAWN_M:
            rest = shapely.line_merge(rest)
            yield _Piece(match.side, match.position, match.name, "beyond", rest)
