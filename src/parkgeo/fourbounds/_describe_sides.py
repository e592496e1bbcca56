"""On which side of the compass each run of a border lies.

Clockwise, the sides follow each other as north, east, south and west. Of all ways to cut the runs
into four sides in this order, that is taken in which they face their directions best. Only where
four sides fit badly or would cut a run, as on a triangle, the diagonal ones are used.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from parkgeo.fourbounds._describe_runs import Run
from parkgeo.fourbounds._geometry import Floats, unit
from parkgeo.fourbounds._references import BEARINGS_DEG, Side

_CARDINAL: Final[tuple[Side, ...]] = ("north", "east", "south", "west")
_FACES: Final = 0.7
"""How much it counts where a side faces; the rest is where it lies, seen from the middle."""
_FITS: Final = 0.8
"""Mean cosine from which four sides are good enough."""
_OPEN_DEG: Final = 60.0
"""The resolver closes directions with no named side within this by a straight line."""
_SPLIT: Final = 0.15
"""Two sides on one run cost as much as this share of the border facing away by 90°."""
_PIECES: Final = 8
"""A run is split at one of these parts of it, when it has to be."""
_MOST_PIECES: Final = 160


def sides_of(runs: list[Run]) -> dict[Side, list[Run]]:
    """Put the runs of a border on sides, in clockwise order within each side.

    Parameters
    ----------
    runs
        Runs in clockwise order, once round.

    Returns
    -------
    Runs by side. A run that bends round a corner alone may be on two sides.
    """
    pieces, begins = _pieces(runs)
    fit = _fit(pieces)
    four, mean, whole = _four_sides(pieces, begins, fit)
    if whole and mean >= _FITS:
        return four
    return _diagonal(runs) or four


def _pieces(runs: list[Run]) -> tuple[list[Run], np.ndarray]:
    """Cut runs into pieces between which sides may change; say which pieces begin a run."""
    count = max(1, min(_PIECES, _MOST_PIECES // len(runs)))
    pieces: list[Run] = []
    begins: list[bool] = []
    for run in runs:
        edges = np.unique(np.linspace(0, len(run.points), count + 1).astype(int))
        pieces += [run.part(a, b) for a, b in pairwise(edges)]
        begins += [True] + [False] * (len(edges) - 2)
    # One line all the way round begins nowhere.
    return pieces, np.array(begins) & (len(runs) > 1)


def _fit(pieces: list[Run]) -> Floats:
    """Metres of each piece that face each of the eight directions, (pieces, 8)."""
    directions = np.stack([unit(bearing) for bearing in BEARINGS_DEG.values()])
    points = np.concatenate([piece.points for piece in pieces])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    fit = []
    for piece in pieces:
        # Going clockwise, the outside is on the left.
        outward = np.column_stack([-piece.headings[:, 1], piece.headings[:, 0]])
        aside = piece.points - middle
        aside = aside / np.maximum(np.linalg.norm(aside, axis=1, keepdims=True), 1e-9)
        mixed = _FACES * outward + (1.0 - _FACES) * aside
        fit.append(piece.step_m * (mixed @ directions.T).sum(axis=0))
    return np.array(fit)


def _four_sides(
    pieces: list[Run], begins: np.ndarray, fit: Floats
) -> tuple[dict[Side, list[Run]], float, bool]:
    """Find the best cut into four sides, how well they face, and whether no run is cut."""
    length = sum(piece.length_m for piece in pieces)
    columns = [list(BEARINGS_DEG).index(side) for side in _CARDINAL]
    toll = np.where(begins, 0.0, _SPLIT * length)
    n = len(pieces)
    best, cuts = -np.inf, np.zeros(4, dtype=int)
    for start in range(n):
        value, found = _cut(np.roll(fit[:, columns], -start, axis=0), np.roll(toll, -start))
        if value > best:
            best, cuts = value, (found + start)
    sides: dict[Side, list[Run]] = {}
    bounds = [*cuts, cuts[0] + n]
    for side, (a, b) in zip(_CARDINAL, pairwise(bounds), strict=True):
        sides[side] = [pieces[at % n] for at in range(a, b)]
    chosen = sum(
        fit[at % n, column]
        for column, a, b in zip(columns, bounds[:-1], bounds[1:], strict=True)
        for at in range(a, b)
    )
    return sides, float(chosen) / length, bool(begins[cuts % n].all())


def _cut(fit: Floats, toll: Floats) -> tuple[float, np.ndarray]:
    """Cut pieces, the first of which begins the first side, into four sides one after another."""
    n = len(fit)
    if n < 4:  # noqa: PLR2004
        return -np.inf, np.arange(4)
    until = np.vstack([np.zeros(4), np.cumsum(fit, axis=0)])
    at = np.arange(n + 1)
    later = at[:, None] < at[None, :]
    value = np.where(at > 0, until[:, 0], -np.inf)
    value[:n] -= toll
    came = []
    for side in (1, 2, 3):
        through = until[None, :, side] - until[:, None, side]
        total = np.where(later, value[:, None] + through, -np.inf)
        came.append(np.argmax(total, axis=0))
        value = total.max(axis=0)
        value[:n] -= toll
    third = int(came[2][n])
    second = int(came[1][third])
    first = int(came[0][second])
    return float(value[n] - toll[0]), np.array([0, first, second, third])


def _diagonal(runs: list[Run]) -> dict[Side, list[Run]] | None:
    """Put each whole run on the nearest of eight sides; null where that is no way round."""
    directions: list[Side] = list(BEARINGS_DEG)
    clockwise = sorted(directions, key=lambda side: BEARINGS_DEG[side])
    fit = _fit(runs)
    near = [clockwise.index(directions[int(np.argmax(row))]) for row in fit]
    changes = [i for i in range(len(near)) if near[i] != near[i - 1]]
    if len(changes) < 3 or len({near[i] for i in changes}) < len(changes):  # noqa: PLR2004
        return None
    turns = [
        (near[b] - near[a]) % 8 for a, b in zip(changes, [*changes[1:], changes[0]], strict=True)
    ]
    if sum(turns) != len(clockwise) or not _goes_round([clockwise[near[i]] for i in changes]):
        return None
    order = [(changes[0] + k) % len(runs) for k in range(len(runs))]
    sides: dict[Side, list[Run]] = {}
    for i in order:
        sides.setdefault(clockwise[near[i]], []).append(runs[i])
    return sides


def _goes_round(sides: list[Side]) -> bool:
    """Say whether no cardinal direction, and then no diagonal one, is left open by the sides."""
    for bearing in BEARINGS_DEG.values():
        apart = [abs((BEARINGS_DEG[side] - bearing + 180.0) % 360.0 - 180.0) for side in sides]
        if min(apart) >= _OPEN_DEG:
            return False
    return True
