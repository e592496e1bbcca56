"""What share of a window stays in it when it is moved."""

from typing import Final

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from parkgeo import _kernels
from parkgeo._ground import in_threads
from parkgeo.agglomeration._cross import Floats

_DIRECTIONS, _LENGTHS = 121, 41
_TRIED: Final = 64
_LINES: Final = 1024
_MOST_BY_GEOS: Final = 200
"""Edges of a window up to which moving it is left to GEOS."""
_LEAST: Final = 0.01
"""Share of the window from which on errors are looked at: hardly any pair is so far apart."""


def shares_of(ground: Polygon | MultiPolygon, edges: Floats, reach: float) -> tuple[Floats, float]:
    """Tabulate what share of a window stays in it when moved, and measure the error.

    Rows are directions, even as :func:`parkgeo._kernels.shares_moved` has them, columns lengths.
    ``edges`` are those of the window, as x, y, and the way to their end.
    """
    turn = np.linspace(0, 2, _DIRECTIONS)
    ways = np.column_stack([1 - turn, 1 - np.abs(1 - turn)])
    ways /= np.hypot(*ways.T)[:, None]
    length = np.linspace(0, reach, _LENGTHS)
    if len(edges) <= _MOST_BY_GEOS:
        moves = ways[:, None] * length[:, None]
        shares = _stays(ground, moves.reshape(-1, 2)).reshape(len(turn), _LENGTHS)
    else:
        shares = _by_chords(edges, ways, length)
    rng = np.random.default_rng(0)
    angle, far = rng.uniform(0, np.pi, _TRIED), reach * np.sqrt(rng.uniform(0, 1, _TRIED))
    dx, dy = far * np.cos(angle), far * np.sin(angle)
    exact = _stays(ground, np.column_stack([dx, dy]))
    near = _kernels.shares_moved(dx, dy, shares, reach)
    some = exact > _LEAST
    error = np.abs(near[some] / exact[some] - 1).max() if some.any() else 0.0
    return np.maximum(shares, 1e-9), float(error)


def _stays(ground: Polygon | MultiPolygon, moves: Floats) -> Floats:
    """Measure with GEOS what share of a window stays in it for each move east and north."""
    west, south, east, north = ground.bounds
    wide, high = east - west, north - south
    if np.isclose(ground.area, wide * high, rtol=1e-12):
        overlap = np.maximum((wide, high) - np.abs(moves), 0.0)
        return np.asarray(overlap.prod(axis=1) / (wide * high))

    def share(move: Floats) -> float:
        moved = shapely.transform(ground, lambda xy: xy + move)
        return float(shapely.area(shapely.intersection(ground, moved)) / ground.area)

    return np.array(in_threads(share, list(moves), doing="moving the window"))


def _by_chords(edges: Floats, ways: Floats, length: Floats) -> Floats:
    """Measure it along lines in each direction, at the same even distances for all lengths."""
    centred = edges - np.array([*edges[:, :2].mean(axis=0), 0, 0])
    loop = _kernels.compiled(_kernels.overlaps_moved)

    def shares(way: Floats) -> Floats:
        out = np.zeros(len(length))
        loop(centred, float(way[0]), float(way[1]), length, _LINES, out)
        return np.asarray(out / out[0])

    return np.array(in_threads(shares, list(ways), doing="moving the window"))
