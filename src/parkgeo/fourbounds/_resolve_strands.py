"""Which of several strands of one line a boundary follows.

A road is often drawn as two carriageways, a river as two banks. The search for a way round takes
any strand, and may change from one to the other: what it finds is off by 10 to 30 m here and there.
Here the strands beside the way that was found are put into one drawing. Its large face is the
*core*: the block inside the innermost strands. From each part of its border, the farthest strand
of the same line beyond it says how wide the line is there. The words then say how far the border
is moved outwards: along the near edge of a line not at all, along its far edge to the last strand,
and by half of that to its middle, which is also meant where the words do not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from parkgeo.fourbounds._geometry import (
    BESIDE_M,
    HOP_M,
    Floats,
    Ints,
    build_network,
    crossings_beside,
    largest_polygon,
    segment_tree,
    straight_pieces,
    unit_vectors,
)
from parkgeo.fourbounds._resolve_close import Outline
from parkgeo.fourbounds._resolve_match import Match, Neighbourhood
from parkgeo.fourbounds._resolve_relations import across, edge_direction, stranded
from parkgeo.fourbounds._resolve_ring import Ring, Stretch

_STEP_M: Final = 10.0
_ON_M: Final = 0.05
_ROUND_M: Final = 0.01
_LEAST_M2: Final = 1.0
_APART_M: Final = 2.0
"""Strands nearer than this are one line drawn twice."""
_FACING: Final = 0.5
"""Cosine from which a part of a line has an edge in a direction, and does not run that way."""
_OPENING_M: Final = 80.0
"""Gaps in a strand, at junctions, across which its distance is taken to stay the same."""
_LEAST_BESIDE_M: Final = 20.0
"""A strand is beside a line for at least this far, or half of it; others only come near it."""
_MITRE: Final = float(np.sin(np.radians(20.0)))
_FAR_M: Final = 200.0
_TIE: Final = 0.1

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """The strands beside a way, and what each item of the ring runs on.

    ``spare_m2`` is by how much the way goes round more than the core; ``lines`` holds for each item
    its strands and bridges, ``own`` its part of the way, ``open_`` whether it is a side without a
    line.
    """

    core: shapely.Polygon
    spare_m2: float
    lines: Shapes
    own: Shapes
    open_: npt.NDArray[np.bool_]


def on_edges(hood: Neighbourhood) -> Neighbourhood:
    """Leave of each line the strand on the edge that is named by its direction (甲路西侧边线).

    Without its other strands, a line may bound a block on two sides: the strip between the two
    carriageways of a road has one to its north and one to its south.
    """
    return replace(hood, matches=tuple(_on_edge(match) for match in hood.matches))


def _on_edge(match: Match) -> Match:
    direction = edge_direction(match.reference)
    if match.network is None or direction is None or not stranded(match.reference):
        return match
    lines = shapely.segmentize(shapely.get_parts(match.network.lines), _STEP_M)
    starts, stops, _ = straight_pieces(lines)
    along = unit_vectors(stops - starts)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    facing = normal @ direction
    normal *= np.sign(facing)[:, None]
    piece, _, away = crossings_beside((starts + stops) / 2.0, normal, starts, stops)
    inner = np.zeros(len(starts), dtype=bool)
    inner[piece[away > _APART_M]] = True
    kept = ~inner | (np.abs(facing) < _FACING)
    if kept.all():
        return match
    ways = shapely.linestrings(np.stack([starts, stops], axis=1)[kept])
    return replace(
        match, network=build_network(shapely.get_parts(shapely.line_merge(shapely.union_all(ways))))
    )


def on_strands(outline: Outline) -> Ring | None:
    """Move the way round a block onto the strands that the words mean.

    Parameters
    ----------
    outline
        What :func:`parkgeo.fourbounds._resolve_close.close` made of a ring.

    Returns
    -------
    The same ring on other strands, or null where all its lines are single.
    """
    drawing = _draw(outline)
    if drawing is None:
        return None
    corners, item = _labelled(drawing, outline)
    shares = _shares(corners, item, outline)
    widths = _widths(corners, item, drawing)
    if drawing.spare_m2 < _LEAST_M2 and (widths * _lengths(corners)).sum() < _LEAST_M2:
        return None
    points, owner = _moved(corners, item, widths * shares[item])
    return _ring(points, owner, outline, drawing)


def _shares(corners: Floats, item: Ints, outline: Outline) -> Floats:
    """How far across its line each item of the ring lies, from 0 (near edge) to 1 (far edge)."""
    _, normal = _steps(corners)
    length = _lengths(corners)
    items = outline.ring.items
    outward = [np.bincount(item, length * normal[:, axis], len(items)) for axis in (0, 1)]
    return np.array(
        [
            across(entry.reference, np.array([x, y])) if isinstance(entry, Match) else 0.0
            for entry, x, y in zip(items, *outward, strict=True)
        ]
    )


def _draw(outline: Outline) -> _Drawing | None:
    """Put the strands beside a way and the way itself into one drawing; find its core."""
    of, own = _way(outline)
    items = outline.ring.items
    lines = np.array([_beside(item, own[of == i]) for i, item in enumerate(items)], dtype=object)
    way = shapely.get_coordinates(own)
    block = shapely.make_valid(shapely.Polygon(way), method="structure", keep_collapsed=False)
    faces = _faces(np.concatenate([lines, own, *_across_ends(outline, lines)]))
    inside = shapely.intersects(shapely.point_on_surface(faces), block)
    faces = faces[inside]
    if not len(faces):
        return None
    area = shapely.area(faces)
    thick = 2.0 * area > HOP_M * shapely.length(faces)
    thick[np.argmax(area)] = True
    core = largest_polygon(shapely.union_all(faces[thick]))
    open_ = np.array([not isinstance(item, Match) for item in items])
    parts = np.array([shapely.union_all(own[of == i]) for i in range(len(items))], dtype=object)
    return _Drawing(core, float(block.area - core.area), lines, parts, open_)


def _way(outline: Outline) -> tuple[Ints, Shapes]:
    """Item and line of each stretch; lines carried on to a closing side are of that side."""
    known = {id(stretch) for stretch in outline.ring.stretches}
    edges = outline.edges
    of = [edge.item for edge in edges]
    for i, edge in enumerate(edges):
        if id(edge) in known or edge.how == "closing":
            continue
        beside = [edges[(i + 1) % len(edges)], edges[i - 1]]
        of[i] = next((one.item for one in beside if one.how == "closing"), edge.item)
    own = np.array([shapely.LineString(edge.coords) for edge in edges], dtype=object)
    return np.array(of, dtype=np.intp), own


def _beside(item: Match | str, own: Shapes) -> shapely.Geometry:
    """Return the strands of the line of an item that lie beside its own stretches, with these."""
    whole = shapely.union_all(own)
    if not isinstance(item, Match) or item.network is None or not stranded(item.reference):
        return whole
    pieces = shapely.get_parts(item.network.lines)
    near = pieces[shapely.dwithin(pieces, whole, BESIDE_M)]
    around = shapely.buffer(whole, BESIDE_M, quad_segs=2)
    return shapely.union_all([whole, *shapely.intersection(near, around)])


def _across_ends(outline: Outline, lines: Shapes) -> Iterator[Shapes]:
    """Join the strands of a line where it is left for a side without a line."""
    ring = outline.ring
    for i, item in enumerate(ring.items):
        own = [one for one in ring.stretches if one.item == i]
        if not isinstance(item, Match) or not own:
            continue
        beside = ring.items[i - 1], ring.items[(i + 1) % len(ring.items)]
        for other, end in zip(beside, (own[0].coords[0], own[-1].coords[-1]), strict=True):
            if not isinstance(other, Match):
                links = shapely.shortest_line(shapely.Point(end), shapely.get_parts(lines[i]))
                size = shapely.length(links)
                yield links[(size > _ON_M) & (size <= HOP_M)]


def _faces(lines: Shapes) -> Shapes:
    noded = shapely.get_parts(shapely.union_all(lines))
    return np.asarray(shapely.get_parts(shapely.polygonize(noded)), dtype=object)


def _labelled(drawing: _Drawing, outline: Outline) -> tuple[Floats, Ints]:
    """Corners of the border of the core, clockwise, and the item of each step between them.

    The items follow each other as they do in the ring. Of all such ways to cut the border into
    items that is taken in which the steps are nearest to the lines of their items; where one line
    is on two sides, nearest to the part of it that each had.
    """
    stretch = max(
        (one for one in outline.ring.stretches if one.how == "line"),
        key=lambda one: float(shapely.length(shapely.LineString(one.coords))),
    )
    middle = shapely.line_interpolate_point(
        shapely.LineString(stretch.coords), 0.5, normalized=True
    )
    ring = shapely.get_exterior_ring(shapely.orient_polygons(drawing.core, exterior_cw=True))
    # What noding leaves at corners, a step of a nanometre, faces anywhere.
    ring = shapely.simplify(ring, _ROUND_M)
    corners = shapely.get_coordinates(shapely.segmentize(ring, _STEP_M))[:-1]
    start = int(np.argmin(np.linalg.norm(corners - shapely.get_coordinates(middle), axis=1)))
    corners = np.roll(corners, -start, axis=0)
    vector = np.roll(corners, -1, axis=0) - corners
    points = np.asarray(shapely.points(corners + vector / 2.0))
    count = len(outline.ring.items)
    order = (stretch.item + np.arange(count + 1)) % count
    far = np.stack([_distances(points, drawing.lines[item]) for item in order], axis=1)
    aside = np.stack([_distances(points, drawing.own[item]) for item in order], axis=1)
    cost = np.where(far < _ON_M, 0.0, 1.0 + far) + _TIE * aside / _FAR_M
    cost *= np.linalg.norm(vector, axis=1)[:, None]
    item = order[_in_order(cost)]
    # The sequence began in the middle of an item: it is turned so that an item begins it.
    last = int(np.flatnonzero(item != item[0])[-1]) if (item != item[0]).any() else -1
    first = np.flatnonzero(np.diff(item) < 0)
    turn = int(first[0]) + 1 if len(first) else last + 1
    return np.roll(corners, -turn, axis=0), np.roll(item, -turn)


def _distances(points: Shapes, lines: shapely.Geometry) -> Floats:
    """Distance of each point from lines, at most :data:`_FAR_M`, by an index of their pieces."""
    starts, stops, _ = straight_pieces(np.array([lines], dtype=object))
    far = np.full(len(points), _FAR_M)
    (point, _), distance = segment_tree(starts, stops).query_nearest(
        points, max_distance=_FAR_M, return_distance=True, all_matches=False
    )
    far[point] = distance
    return far


def _in_order(cost: Floats) -> Ints:
    """Column of each row, so that columns follow each other and the sum is least."""
    rows, columns = cost.shape
    total = np.vstack([np.zeros(columns), np.cumsum(cost, axis=0)])
    value = total[:, 0]
    came = np.zeros((columns, rows + 1), dtype=np.intp)
    at = np.arange(rows + 1)
    for column in range(1, columns):
        excess = value - total[:, column]
        least = np.minimum.accumulate(excess)
        came[column] = np.maximum.accumulate(np.where(excess <= least, at, 0))
        value = least + total[:, column]
    chosen = np.empty(rows, dtype=np.intp)
    stop = rows
    for column in range(columns - 1, -1, -1):
        start = int(came[column][stop]) if column else 0
        chosen[start:stop] = column
        stop = start
    return chosen


def _widths(corners: Floats, item: Ints, drawing: _Drawing) -> Floats:
    """How far beyond each step of the border the last strand of its line lies, in metres."""
    vector, normal = _steps(corners)
    starts, stops, owner = straight_pieces(drawing.lines)
    step, piece, away = crossings_beside(corners + vector / 2.0, normal, starts, stops)
    own = owner[piece] == item[step]
    step, away = step[own], away[own]
    width = np.zeros(len(corners))
    for _ in range(2):
        near = (away > _ON_M) & (away <= width[step] + HOP_M)
        np.maximum.at(width, step[near], away[near])
    return _over_openings(width, item, _lengths(corners))


def _over_openings(width: Floats, item: Ints, length: Floats) -> Floats:
    """Carry the width on across short gaps, where other roads meet the line."""
    filled = width.copy()
    at = np.cumsum(length) - length / 2.0
    for one in np.unique(item):
        own = np.flatnonzero(item == one)
        wide = own[width[own] > 0.0]
        if length[wide].sum() < min(_LEAST_BESIDE_M, length[own].sum() / 2.0):
            filled[own] = 0.0
            continue
        if not len(wide):
            continue
        filled[own] = np.interp(at[own], at[wide], width[wide])
        right = np.minimum(np.searchsorted(wide, own), len(wide) - 1)
        left = np.maximum(right - 1, 0)
        gap = np.where(
            own > wide[-1],
            at[own] - at[wide[-1]],
            np.where(own < wide[0], at[wide[0]] - at[own], at[wide[right]] - at[wide[left]]),
        )
        filled[own[(width[own] == 0.0) & (gap > _OPENING_M)]] = 0.0
    return filled


def _moved(corners: Floats, item: Ints, away: Floats) -> tuple[Floats, Ints]:
    """Move each step of a border outwards; returns corners, and the item of the step after each."""
    _, normal = _steps(corners)
    before = np.roll(normal, 1, axis=0)
    same = item == np.roll(item, 1)
    mean = (away + np.roll(away, 1)) / 2.0
    ahead = np.where(same, mean, away)
    behind = np.where(same, mean, np.roll(away, 1))
    # The corner v of both moved steps: v · n = away, for each of the two.
    cross = before[:, 0] * normal[:, 1] - before[:, 1] * normal[:, 0]
    straight = np.abs(cross) < _MITRE
    safe = np.where(straight, 1.0, cross)
    x = (behind * normal[:, 1] - ahead * before[:, 1]) / safe
    y = (ahead * before[:, 0] - behind * normal[:, 0]) / safe
    mitre = np.stack([x, y], axis=1)
    long = np.linalg.norm(mitre, axis=1) > 3.0 * np.maximum(ahead, behind)
    plain = (straight | long)[:, None]
    first = corners + np.where(plain, behind[:, None] * before, mitre)
    second = corners + np.where(plain, ahead[:, None] * normal, mitre)
    points = np.stack([first, second], axis=1).reshape(-1, 2)
    owner = np.repeat(item, 2)
    moved = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1) > 0.0
    return points[moved], owner[moved]


def _ring(points: Floats, owner: Ints, outline: Outline, drawing: _Drawing) -> Ring:
    """Cut a closed way into stretches by what each part runs on."""
    closed = np.concatenate([points, points[:1]])
    middle = shapely.points((closed[1:] + closed[:-1]) / 2.0)
    bridges = [
        shapely.LineString(one.coords) for one in outline.ring.stretches if one.how == "bridge"
    ]
    gap = shapely.distance(middle, shapely.union_all(bridges)) < _ON_M
    change = (np.diff(owner) != 0) | (np.diff(gap) != 0)
    edge = np.r_[0, np.flatnonzero(change) + 1, len(points)]
    stretches = tuple(
        Stretch(closed[a : b + 1], int(owner[a]), "bridge" if gap[a] else "line")
        for a, b in pairwise(edge)
        if not drawing.open_[owner[a]]
    )
    return replace(outline.ring, stretches=stretches)


def _lengths(corners: Floats) -> Floats:
    return np.asarray(np.linalg.norm(_steps(corners)[0], axis=1))


def _steps(corners: Floats) -> tuple[Floats, Floats]:
    """Vectors of the steps of a clockwise border, and unit vectors outwards."""
    vector = np.roll(corners, -1, axis=0) - corners
    along = unit_vectors(vector)
    return vector, np.stack([-along[:, 1], along[:, 0]], axis=1)
