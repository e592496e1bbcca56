"""Which named line each part of a border runs on.

The border is sampled at equal steps. Calling a step by a name costs the more, the farther its line
is and the more it turns away; to change the name costs as much as some metres of border. The
cheapest way to call all steps, once round, is found by dynamic programming (Viterbi), so that a
line that only crosses the border, or a gap in a line at a junction, makes no run of its own.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs
from parkgeo.fourbounds._describe_names import UNNAMED, SpokenNames
from parkgeo.fourbounds._geometry import Floats, Ints, segment_tree

STEP_M: Final = 10.0
_FEWEST, _MOST = 64, 3_000
"""Steps around a border: at least enough for a small block, at most what takes no second."""
_MOST_TURN_DEG: Final = 40.0
_CHANGE_M: Final = 25.0
"""To change the name costs as much as this many metres without a name."""
_NARROW: Final = 0.25
"""Nor more than this share of the width of the block, so that short ends of a strip have names."""
_UNNAMED: Final = 1.0
_ABSENT: Final = 1.8
"""A metre called by a line that is not there: gaps of up to 60 m are carried over."""
_UNSEEN: Final = 0.25
"""What a metre costs more under a metro or a border than under a road there."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A part of the border that runs on one named line, clockwise.

    Parameters
    ----------
    name
        The name, or :data:`UNNAMED`.
    headings
        Unit vector of each step, (n, 2), east and north.
    points
        Middle of each step, (n, 2), metres.
    step_m
        Length of a step along the border.
    """

    name: str
    headings: Floats
    points: Floats
    step_m: float

    @property
    def length_m(self) -> float:
        """Length along the border."""
        return self.step_m * len(self.points)

    def part(self, start: int, stop: int) -> "Run":
        """Cut a part out, from step to step."""
        return Run(self.name, self.headings[start:stop], self.points[start:stop], self.step_m)


def named_runs(polygon: gpd.GeoSeries, spoken: SpokenNames, *, tolerance_m: float) -> list[Run]:
    """Cut the border of a polygon into runs by the line that each part runs on.

    Parameters
    ----------
    polygon
        One polygon without holes, in EPSG:4490.
    spoken
        The names to choose from.
    tolerance_m
        Greatest distance of the border from a line that it runs on.

    Returns
    -------
    Runs in clockwise order, once round; two neighbours never have one name.
    """
    plane = crs.zone_of(polygon)
    ring = shapely.LinearRing(shapely.get_coordinates(polygon.to_crs(plane).to_numpy()))
    if ring.is_ccw:
        ring = shapely.LinearRing(ring.coords[::-1])
    # A step is shorter than half the ends of a strip, and costs less than a change of name.
    change_m = min(_CHANGE_M, _NARROW * 2.0 * shapely.Polygon(ring).area / ring.length)
    corners, step_m = _steps(ring, min(STEP_M, change_m))
    headings = _unit(np.diff(corners, axis=0))
    middles = (corners[1:] + corners[:-1]) / 2.0
    near = spoken.near(ring, plane, reach_m=tolerance_m)
    names = [UNNAMED, *sorted(set(near["spoken"]))]
    cost = _costs(middles, headings, near, names, tolerance_m)
    label = _cheapest(step_m * cost, change=change_m)
    first = np.flatnonzero(label != np.roll(label, 1))
    shift = int(first[0]) if len(first) else 0
    label = np.roll(label, -shift)
    whole = Run("", np.roll(headings, -shift, axis=0), np.roll(middles, -shift, axis=0), step_m)
    bounds = [0, *(np.flatnonzero(np.diff(label)) + 1), len(label)]
    return [
        Run(names[label[a]], whole.headings[a:b], whole.points[a:b], step_m)
        for a, b in pairwise(bounds)
    ]


def _steps(ring: shapely.LinearRing, step_m: float) -> tuple[Floats, float]:
    """Points at equal distances along a ring, the first again at the end."""
    count = int(np.clip(np.ceil(ring.length / step_m), _FEWEST, _MOST))
    along = np.linspace(0.0, ring.length, count + 1)
    return shapely.get_coordinates(shapely.line_interpolate_point(ring, along)), ring.length / count


def _unit(vectors: Floats) -> Floats:
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(size > 0.0, size, 1.0))


def _costs(
    middles: Floats, headings: Floats, near: gpd.GeoDataFrame, names: list[str], tolerance_m: float
) -> Floats:
    """Cost of a metre of each step under each name, (steps, names)."""
    cost = np.full((len(middles), len(names)), _ABSENT)
    cost[:, 0] = _UNNAMED
    if near.empty:
        return cost
    starts, stops, owner = _segments(near)
    tree = segment_tree(starts, stops)
    points = np.asarray(shapely.points(middles), object)
    step, segment = tree.query(points, predicate="dwithin", distance=tolerance_m)
    cosine = np.abs((_unit(stops - starts)[segment] * headings[step]).sum(axis=1))
    along = cosine >= np.cos(np.radians(_MOST_TURN_DEG))
    step, segment, cosine = step[along], segment[along], cosine[along]
    distance = shapely.distance(points[step], tree.geometries[segment])
    number = np.searchsorted(names[1:], near["spoken"].to_numpy(str)) + 1
    value = 0.4 * (distance / tolerance_m) ** 2 + 1.0 - cosine
    value += np.where(near["unseen"].to_numpy(bool)[owner[segment]], _UNSEEN, 0.0)
    np.minimum.at(cost, (step, number[owner[segment]]), np.minimum(value, 0.9 * _UNNAMED))
    return cost


def _segments(lines: gpd.GeoDataFrame) -> tuple[Floats, Floats, Ints]:
    """Straight pieces of all lines, and the row of each."""
    parts, row = shapely.get_parts(lines.geometry.to_numpy(), return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1]
    return points[:-1][same], points[1:][same], row[part[:-1][same]]


def _cheapest(cost: Floats, *, change: float) -> Ints:
    """Label of each step of a closed way, so that labels and changes cost least.

    The way is gone round three times; the middle round has forgotten where it began.
    """
    steps, count = cost.shape
    total = cost[0].copy()
    came = np.empty((3 * steps, count), dtype=np.intp)
    own = np.arange(count)
    for at in range(1, 3 * steps):
        best = int(np.argmin(total))
        moved = total[best] + change
        came[at] = np.where(total <= moved, own, best)
        total = np.minimum(total, moved) + cost[at % steps]
    label = np.empty(3 * steps, dtype=np.intp)
    label[-1] = int(np.argmin(total))
    for at in range(3 * steps - 1, 0, -1):
        label[at - 1] = came[at, label[at]]
    return label[steps : 2 * steps]
