"""Where one line turns into the next: crossings, ends that nearly meet, and ends prolonged."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from parkgeo.fourbounds._geometry import (
    BRIDGE_COST,
    CARRY_ON_M,
    HOP_M,
    Floats,
    Ints,
    LineNetwork,
    cluster,
)

CROSSING_SIZE_M: Final = HOP_M
"""Crossings nearer than this are one junction of roads with several carriageways."""
END_SIZE_M: Final = 80.0
"""Bridges whose ends are nearer than this lead to one place."""
REACH_M: Final = CARRY_ON_M[-1]
"""How far the end of a line is carried on, or bridged, to meet another."""
LAST_RESORT_M: Final = 12_000.0
"""Longest bridge between lines that do not come nearer anywhere."""
PROLONG_COST: Final = 1.4
_LEAST_TURN: Final = float(np.sin(np.radians(20.0)))
MOST_CROSSINGS: Final = 10
MOST_BRIDGES: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """Candidate points at which a boundary leaves line ``a`` and goes on along line ``b``.

    Parameters
    ----------
    on_a, on_b
        Points on the two lines, (k, 2), metres; the same point where the lines cross.
    via
        Point between the two, where prolonged ends meet; else the point on ``b``.
    bridge_m
        Length of the way from the one to the other off the lines.
    cost
        The same, weighted by how bold it is.
    """

    on_a: Floats
    on_b: Floats
    via: Floats
    bridge_m: Floats
    cost: Floats

    def take(self, index: Ints) -> "Joints":
        """Keep some of the candidates."""
        return Joints(
            self.on_a[index],
            self.on_b[index],
            self.via[index],
            self.bridge_m[index],
            self.cost[index],
        )

    def __len__(self) -> int:
        return len(self.cost)


def join(a: LineNetwork, b: LineNetwork, window: shapely.Polygon) -> Joints:
    """Find where line ``a`` may turn into line ``b``.

    Crossings come first. Where an end of the one stops short of the other, the end is carried on
    along its tangent, or bridged to the nearest point; where two ends point at one corner, both
    are carried on to it. Only when none of this gives a candidate, the two nearest points of the
    lines are bridged.
    """
    crossings = _crossings(a, b)
    ends_a, tangents_a = _real_ends(a, window)
    ends_b, tangents_b = _real_ends(b, window)
    bridges = [
        _end_to_line(ends_a, tangents_a, b.lines, crossings),
        _swap(_end_to_line(ends_b, tangents_b, a.lines, crossings)),
        _corner(ends_a, tangents_a, ends_b, tangents_b, crossings),
    ]
    bridged = _thin(_stack(bridges))
    joints = _stack([_at(crossings), bridged])
    return joints if len(joints) else _nearest(a, b)


def _crossings(a: LineNetwork, b: LineNetwork) -> Floats:
    """Points that lines share: where they cross, where they part, and some between."""
    parts = shapely.get_parts(shapely.get_parts(shapely.intersection(a.lines, b.lines)))
    is_line = shapely.get_dimensions(parts) == 1
    along = shapely.line_merge(shapely.union_all(parts[is_line]))
    firm = [*parts[~is_line], *shapely.get_parts(shapely.boundary(along))]
    return _clustered(
        np.concatenate(
            [
                _thinned(np.asarray(shapely.get_coordinates(firm))),
                _thinned(np.asarray(shapely.get_coordinates(along))),
            ]
        ),
        size_m=CROSSING_SIZE_M,
    )


def _thinned(points: Floats) -> Floats:
    """Leave of very many points, as of two names of the same lines, a few that will do."""
    points = np.unique(np.round(points, 6), axis=0)
    if len(points) <= 4 * MOST_CROSSINGS:
        return points
    return _clustered(points, size_m=10 * END_SIZE_M)


def _clustered(points: Floats, *, size_m: float) -> Floats:
    return points[np.sort(cluster(points, size_m=size_m))]


def _real_ends(net: LineNetwork, window: shapely.Polygon) -> tuple[Floats, Floats]:
    """Take the ends of the lines themselves, not those where the window cut them."""
    inside = shapely.distance(shapely.points(net.ends), window.exterior) > 1.0
    return net.ends[inside], net.tangents[inside]


def _end_to_line(
    ends: Floats, tangents: Floats, line: shapely.MultiLineString, crossings: Floats
) -> Joints:
    ends, tangents = _away_from(ends, tangents, crossings)
    if not len(ends):
        return _at(np.empty((0, 2)))
    points = np.asarray(shapely.points(ends))
    near = shapely.distance(points, line) <= REACH_M
    ends, tangents, points = ends[near], tangents[near], points[near]
    straight = shapely.get_coordinates(shapely.shortest_line(points, line)).reshape(-1, 2, 2)
    joints = [_between(ends, straight[:, 1], BRIDGE_COST)]
    for level, reach_m in enumerate(CARRY_ON_M):
        rays = np.stack([ends, ends + reach_m * tangents[:, level]], axis=1)
        hits = np.asarray(shapely.intersection(shapely.linestrings(rays), line))
        hit = ~shapely.is_empty(hits)
        first = shapely.get_coordinates(shapely.shortest_line(points[hit], hits[hit]))
        joints.append(_between(ends[hit], first.reshape(-1, 2, 2)[:, 1], PROLONG_COST))
        ends, tangents, points = ends[~hit], tangents[~hit], points[~hit]
    return _stack(joints)


def _corner(
    ends_a: Floats, tangents_a: Floats, ends_b: Floats, tangents_b: Floats, crossings: Floats
) -> Joints:
    """Where two free ends, both carried on, meet."""
    ends_a, tangents_a = _away_from(ends_a, tangents_a, crossings)
    ends_b, tangents_b = _away_from(ends_b, tangents_b, crossings)
    joints = []
    free = np.ones((len(ends_a), len(ends_b)), dtype=bool)
    for level, reach_m in enumerate(CARRY_ON_M):
        i, j = np.nonzero(free)
        towards_a, towards_b = tangents_a[i, level], tangents_b[j, level]
        gap = ends_b[j] - ends_a[i]
        det = _cross(towards_a, towards_b)
        turns = np.abs(det) > _LEAST_TURN
        safe = np.where(turns, det, 1.0)
        s, r = _cross(gap, towards_b) / safe, _cross(gap, towards_a) / safe
        ok = turns & (s > 0) & (r > 0) & (s + r <= reach_m)
        free[i[ok], j[ok]] = False
        i, j, s, r = i[ok], j[ok], s[ok], r[ok]
        via = ends_a[i] + s[:, None] * towards_a[ok]
        joints.append(Joints(ends_a[i], ends_b[j], via, s + r, PROLONG_COST * (s + r)))
    return _stack(joints)


def _nearest(a: LineNetwork, b: LineNetwork) -> Joints:
    pair = shapely.get_coordinates(shapely.shortest_line(a.lines, b.lines))
    if len(pair) < 2 or np.linalg.norm(pair[1] - pair[0]) > LAST_RESORT_M:  # noqa: PLR2004
        return _at(np.empty((0, 2)))
    return _between(pair[:1], pair[1:], BRIDGE_COST)


def _away_from(ends: Floats, tangents: Floats, crossings: Floats) -> tuple[Floats, Floats]:
    """Leave out ends beside a crossing: the line reaches the other there already."""
    if not len(crossings) or not len(ends):
        return ends, tangents
    gap = np.linalg.norm(ends[:, None] - crossings[None], axis=2).min(axis=1)
    return ends[gap > 2 * END_SIZE_M], tangents[gap > 2 * END_SIZE_M]


def _thin(joints: Joints) -> Joints:
    """Keep the cheapest bridges, one for each place."""
    order = np.lexsort((joints.on_a[:, 1], joints.on_a[:, 0], joints.cost))
    kept: list[int] = []
    for candidate in order:
        place = np.r_[joints.on_a[candidate], joints.on_b[candidate]]
        others = np.concatenate([joints.on_a[kept], joints.on_b[kept]], axis=1)
        if all(np.abs(others - place).max(axis=1, initial=0.0) > END_SIZE_M):
            kept.append(int(candidate))
        if len(kept) == MOST_BRIDGES:
            break
    return joints.take(np.asarray(kept, dtype=np.intp))


def _at(points: Floats) -> Joints:
    zero = np.zeros(len(points))
    return Joints(points, points, points, zero, zero)


def _between(start: Floats, stop: Floats, cost: float) -> Joints:
    length = np.linalg.norm(stop - start, axis=1)
    return Joints(start, stop, stop, length, cost * length)


def _swap(joints: Joints) -> Joints:
    return Joints(joints.on_b, joints.on_a, joints.via, joints.bridge_m, joints.cost)


def _stack(parts: list[Joints]) -> Joints:
    return Joints(
        np.concatenate([part.on_a for part in parts]),
        np.concatenate([part.on_b for part in parts]),
        np.concatenate([part.via for part in parts]),
        np.concatenate([part.bridge_m for part in parts]),
        np.concatenate([part.cost for part in parts]),
    )


def _cross(u: Floats, v: Floats) -> Floats:
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0], dtype=np.float64)
