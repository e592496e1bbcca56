"""Sides that have no line: straight lines placed by the stated area, or where other lines end."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from scipy.optimize import brentq

from parkgeo import crs
from parkgeo.fourbounds._geometry import Floats, half_plane, largest_polygon, unit
from parkgeo.fourbounds._references import BEARINGS_DEG, Side
from parkgeo.fourbounds._remarks import Remark, joined, remark
from parkgeo.fourbounds._resolve_match import Match, Neighbourhood
from parkgeo.fourbounds._resolve_ring import END_GAP_M, Item, Ring, Stretch

LOCAL_M: Final = 3_000.0
"""Length of a neighbouring line from which the direction of a closing side is taken."""
ON_EDGE_M: Final = 0.05
_TOUCH_M: Final = 1.0
_ROUNDS: Final = 2
_TURN: Final = 0.5
"""Cosine of the most that a closing side may be turned from its compass direction: 60°."""


@dataclass(frozen=True, slots=True, eq=False)
class Closing:
    """A straight side ``x · normal = offset`` for a side that has no line.

    ``status`` is ``area-closed`` or ``inferred``; ``prolonged_m`` is how far the lines beside it
    are carried on beyond their ends to reach it; ``held`` says that it runs along the border of
    the extent that the block lies in, where that comes first.
    """

    side: Side
    item: int
    status: str
    normal: Floats
    offset: float
    prolonged_m: float
    held: bool
    reason: Remark


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A polygon in the metric plane, its labelled edges, and its closing sides."""

    ring: Ring
    polygon: shapely.Polygon
    area_m2: float
    edges: tuple[Stretch, ...]
    closings: tuple[Closing, ...]
    simple: float


@dataclass(frozen=True, slots=True, eq=False)
class _Gap:
    """A side without a line, and the ends of the ways on both sides of it."""

    side: Side
    item: int
    normal: Floats
    ends: Floats
    real: tuple[bool, ...]

    @property
    def reach(self) -> Floats:
        """How far the lines beside it go towards it, in metres along its normal."""
        return np.asarray(self.ends @ self.normal, dtype=np.float64)


def close(ring: Ring, hood: Neighbourhood, *, target_m2: float | None) -> Outline | None:
    """Close a ring and make it a polygon; null where nothing says where to close it.

    One missing side is put where the stated area is met. Of two, the one where the lines beside it
    end together is put there and the other is placed by area. Without an area, a missing side is
    put where the first of the lines beside it ends. None is put outside the extent that the block
    is known to lie in.
    """
    gaps = _gaps(ring, hood)
    if not gaps:
        return _outline(ring, hood, list(ring.stretches), {}, [])
    if not all(len(gap.ends) for gap in gaps):
        return None
    by_area = _by_area(gaps) if target_m2 is not None else None
    inferred = [gap for gap in gaps if gap is not by_area]
    if any(not any(gap.real) for gap in inferred):
        return None
    scale = np.sqrt(target_m2) if target_m2 is not None else 0.0
    for extra_m in (0.0, 0.5 * scale, 2.0 * scale) if by_area else (0.0,):
        offsets = {gap.item: float(gap.reach.max()) for gap in gaps}
        for gap in inferred:
            offsets[gap.item] = _first_end(gap)
        if by_area:
            offsets[by_area.item] += extra_m
        outline = _outline(ring, hood, _full(ring, gaps, offsets), offsets, gaps)
        if outline is None or by_area is None or target_m2 is None:
            return outline and _named(outline, hood, gaps, offsets, by_area)
        if outline.area_m2 >= target_m2:
            offsets[by_area.item] = _by_bisection(outline, hood, by_area, target_m2)
            cut = _outline(ring, hood, list(outline.edges), offsets, gaps)
            return cut and _named(cut, hood, gaps, offsets, by_area)
    return None


def official_area_m2(polygon: shapely.Polygon, hood: Neighbourhood) -> float:
    """Official area of a polygon in the plane of a neighbourhood."""
    # The planar area in the equal-area plane is the official area, for slivers too.
    return float(crs.to_plane(gpd.GeoSeries([polygon], crs=hood.plane)).area.iloc[0])


def _gaps(ring: Ring, hood: Neighbourhood) -> list[_Gap]:
    ways = _ways(ring)
    count = len(ring.items)
    gaps = []
    for i, item in enumerate(ring.items):
        if isinstance(item, Match):
            continue
        beside = [((i - 1) % count, -1), ((i + 1) % count, 0)]
        ends = [(ring.items[j], ways[j][at]) for j, at in beside if j in ways]
        real = tuple(
            _is_end(beside_it, end, unit(BEARINGS_DEG[item]), hood) for beside_it, end in ends
        )
        points = np.array([end for _, end in ends]).reshape(-1, 2)
        gaps.append(_Gap(item, i, _normal(item, ring, ways, i), points, real))
    return gaps


def _is_end(item: Item, point: Floats, direction: Floats, hood: Neighbourhood) -> bool:
    """Say whether a line goes no farther than a point, and not because the window cuts it."""
    if not isinstance(item, Match) or item.network is None:
        return False
    nodes = item.network.nodes
    part = item.network.parts(gap_m=END_GAP_M)
    same = part == part[np.argmin(np.linalg.norm(nodes - point, axis=1))]
    to_edge = shapely.distance(shapely.Point(point), hood.window.exterior)
    return bool((nodes[same] @ direction).max() - point @ direction < 1.0 < to_edge)


def _ways(ring: Ring) -> dict[int, Floats]:
    """Coordinates of the whole way along each reference."""
    ways: dict[int, list[Floats]] = {}
    for stretch in ring.stretches:
        ways.setdefault(stretch.item, []).append(stretch.coords)
    return {item: np.concatenate(parts) for item, parts in ways.items()}


def _normal(side: Side, ring: Ring, ways: dict[int, Floats], i: int) -> Floats:
    """Outward normal of a closing side.

    Square to the lines beside it where both are there, else parallel to the side opposite, and
    square to its compass direction where neither is nearer to that than 60°.
    """
    u = unit(BEARINGS_DEG[side])
    count = len(ring.items)
    before, after = ways.get((i - 1) % count), ways.get((i + 1) % count)
    arrivals = []
    if before is not None:
        arrivals.append(_heading(before[::-1]))
    if after is not None:
        arrivals.append(_heading(after))
    # Headings lead away from the missing side, so they are turned round.
    towards = [-heading for heading in arrivals if -heading @ u >= _TURN]
    if len(towards) == 2:  # noqa: PLR2004
        return _unit_of(towards[0] + towards[1])
    for j, item in enumerate(ring.items):
        if isinstance(item, Match) and -(unit(BEARINGS_DEG[item.side]) @ u) > 0.9 and j in ways:  # noqa: PLR2004
            # The part beside a joint: the far part may have been walked only to reach a gap.
            way = ways[j]
            open_end = not isinstance(ring.items[(j + 1) % count], Match)
            along = _heading(way) if open_end else -_heading(way[::-1])
            inward = np.array([along[1], -along[0]])
            if inward @ u >= _TURN:
                return inward
    return towards[0] if towards else u


def _heading(way: Floats) -> Floats:
    """Direction of the first kilometres of a way."""
    line = shapely.LineString(way) if len(way) > 1 else None
    if line is None or line.length == 0.0:
        return np.zeros(2)
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, min(LOCAL_M, line.length)))
    return _unit_of(ahead[0] - way[0])


def _unit_of(vector: Floats) -> Floats:
    size = float(np.linalg.norm(vector))
    return vector / size if size > 0 else vector


def _by_area(gaps: list[_Gap]) -> _Gap:
    """Return the gap that the stated area must place: where lines beside it end least together."""

    def looseness(gap: _Gap) -> float:
        reach = gap.reach[np.array(gap.real, dtype=bool)]
        if not len(reach):
            return np.inf
        middle = np.concatenate([other.ends for other in gaps]).mean(axis=0)
        return float(np.ptp(gap.reach) + abs(reach.min() - middle @ gap.normal))

    return max(gaps, key=lambda gap: (looseness(gap), -gap.item))


def _first_end(gap: _Gap) -> float:
    return float(gap.reach[np.array(gap.real, dtype=bool)].min())


def _full(ring: Ring, gaps: list[_Gap], offsets: dict[int, float]) -> list[Stretch]:
    """Carry the ways on to the farthest place of each closing side, and close there."""
    ways = _ways(ring)
    count = len(ring.items)
    by_item = {gap.item: gap for gap in gaps}
    stretches: list[Stretch] = []
    for i in range(count):
        stretches.extend(stretch for stretch in ring.stretches if stretch.item == i)
        gap = by_item.get(i)
        if gap is None:
            continue
        top = max(offsets[i], float(gap.reach.max()))
        before, after = ways.get((i - 1) % count), ways.get((i + 1) % count)
        start = _onto(before[-1], gap, top) if before is not None else None
        stop = _onto(after[0], gap, top) if after is not None else None
        if before is not None and start is not None:
            stretches.append(Stretch(np.array([before[-1], start]), (i - 1) % count, "bridge"))
        other = by_item.get((i + 1) % count)
        if stop is None and other is not None:
            stop = _corner(gap, top, other, max(offsets[other.item], float(other.reach.max())))
        if start is None:
            start = stretches[-1].coords[-1] if stretches else stop
        if start is None or stop is None:
            continue
        stretches.append(Stretch(np.array([start, stop]), i, "closing"))
        if after is not None:
            stretches.append(Stretch(np.array([stop, after[0]]), (i + 1) % count, "bridge"))
    return stretches


def _onto(point: Floats, gap: _Gap, offset: float) -> Floats:
    return np.asarray(point + gap.normal * (offset - point @ gap.normal), dtype=np.float64)


def _corner(first: _Gap, top: float, second: _Gap, other_top: float) -> Floats:
    matrix = np.stack([first.normal, second.normal])
    return np.asarray(np.linalg.solve(matrix, np.array([top, other_top])), dtype=np.float64)


def _outline(
    ring: Ring,
    hood: Neighbourhood,
    edges: list[Stretch],
    offsets: dict[int, float],
    gaps: list[_Gap],
) -> Outline | None:
    """Make the polygon inside the edges and on the inner side of each closing side."""
    coords = np.concatenate([stretch.coords for stretch in edges])
    if not _is_clockwise(coords):
        return None
    valid = shapely.make_valid(shapely.Polygon(coords), method="structure", keep_collapsed=False)
    polygon = largest_polygon(valid)
    simple = polygon.area / valid.area if valid.area > 0 else 0.0
    if hood.within is not None:
        polygon = _inside(polygon, hood.within, edges)
    for gap in gaps:
        polygon = _cut(polygon, gap, offsets[gap.item])
    if polygon.is_empty or polygon.area < 1.0:
        return None
    area = official_area_m2(polygon, hood)
    return Outline(ring, polygon, area, tuple(edges), (), simple)


def _is_clockwise(coords: Floats) -> bool:
    """Say which way round a way goes, by its area: its highest corner may be a spike."""
    x, y = (coords - coords[0]).T
    return bool((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() < 0.0)


def _inside(
    polygon: shapely.Polygon, within: shapely.Geometry, edges: list[Stretch]
) -> shapely.Polygon:
    """Cut off what lies outside an extent beyond its border at the closing sides only.

    Lines that are found may lead a little out of it; they are better known than its border is.
    """
    closing = [shapely.LineString(edge.coords) for edge in edges if edge.how == "closing"]
    outside = shapely.get_parts(shapely.difference(polygon, within))
    beyond = outside[shapely.distance(outside, shapely.union_all(closing)) < _TOUCH_M]
    return largest_polygon(shapely.difference(polygon, shapely.union_all(beyond)))


def _cut(polygon: shapely.Polygon, gap: _Gap, offset: float) -> shapely.Polygon:
    if polygon.is_empty:
        return polygon
    west, south, east, north = polygon.bounds
    size = 4.0 * (east - west + north - south) + 1.0
    middle = np.array([(west + east) / 2, (south + north) / 2])
    keep = half_plane(gap.normal, offset, middle=middle, size_m=size)
    return largest_polygon(shapely.intersection(polygon, keep))


def _by_bisection(outline: Outline, hood: Neighbourhood, gap: _Gap, target_m2: float) -> float:
    """Offset of a closing side at which the area is the stated one."""
    ahead = shapely.get_coordinates(outline.polygon) @ gap.normal
    low, high = float(ahead.min()), float(ahead.max())
    offset = high
    # The zone's scale hardly changes across a block: solving in its plane and correcting by the
    # ratio of the official area converges to 1e-9 in a few rounds, at a fraction of the cost.
    for _ in range(_ROUNDS):
        cut = _cut(outline.polygon, gap, offset)
        official_m2 = official_area_m2(cut, hood)
        if official_m2 <= 0.0:
            return offset
        planar_m2 = target_m2 * cut.area / official_m2

        def excess(at: float, wanted: float = planar_m2) -> float:
            return float(_cut(outline.polygon, gap, at).area) - wanted

        if excess(high) <= 0.0:
            return high
        offset = float(brentq(excess, low, high, xtol=1e-7, rtol=1e-15))
    return offset


def _named(
    outline: Outline,
    hood: Neighbourhood,
    gaps: list[_Gap],
    offsets: dict[int, float],
    by_area: _Gap | None,
) -> Outline:
    held = _held(outline, hood, gaps, offsets)
    closings = tuple(
        _closing(gap, offsets[gap.item], by_area=gap is by_area, held=gap.item in held)
        for gap in gaps
    )
    return Outline(
        outline.ring, outline.polygon, outline.area_m2, outline.edges, closings, outline.simple
    )


def _held(
    outline: Outline, hood: Neighbourhood, gaps: list[_Gap], offsets: dict[int, float]
) -> set[int]:
    """Find the closing sides that run, at least in part, along the border of the extent."""
    if hood.within is None:
        return set()
    middle, outward = edges_of(outline.polygon)
    drawn = shapely.union_all([shapely.LineString(edge.coords) for edge in outline.edges])
    free = shapely.distance(shapely.points(middle), drawn) > ON_EDGE_M
    for gap in gaps:
        free &= np.abs(middle @ gap.normal - offsets[gap.item]) > ON_EDGE_M
    normals = np.array([gap.normal for gap in gaps])
    return {gaps[i].item for i in np.argmax(outward[free] @ normals.T, axis=1)} if gaps else set()


def edges_of(polygon: shapely.Polygon) -> tuple[Floats, Floats]:
    """Middles of the edges of a polygon, clockwise, and vectors outwards as long as each edge."""
    # Clockwise, so that the outside is on the left hand.
    ring = shapely.get_coordinates(shapely.orient_polygons(polygon, exterior_cw=True).exterior)
    vector = np.diff(ring, axis=0)
    return (ring[:-1] + ring[1:]) / 2, np.stack([-vector[:, 1], vector[:, 0]], axis=1)


def _closing(gap: _Gap, offset: float, *, by_area: bool, held: bool) -> Closing:
    prolonged = float(np.maximum(offset - gap.reach, 0.0).max(initial=0.0))
    reason = remark("by_area" if by_area else "by_ends")
    if prolonged > 1.0:
        reason = joined(reason, remark("carried_on", metres=prolonged))
    if held:
        reason = joined(reason, remark("held"))
    status = "area-closed" if by_area else "inferred"
    return Closing(gap.side, gap.item, status, gap.normal, offset, prolonged, held, reason)
