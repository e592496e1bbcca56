"""On which strand of its line each part of a border runs, and the words for it.

A road of two carriageways, or a river of two banks, is wide: the border may run along its near
edge, its far edge or its middle. The middle is what a name alone means; an edge is named by the
way that it looks: 东至甲路西侧边线 ends at the near edge of 甲路.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from parkgeo.fourbounds._describe_names import UNNAMED, SpokenNames
from parkgeo.fourbounds._describe_runs import STEP_M, Run
from parkgeo.fourbounds._geometry import (
    BESIDE_M,
    HOP_M,
    Floats,
    crossings_beside,
    straight_pieces,
    unit,
)
from parkgeo.fourbounds._references import BEARINGS_DEG, Side

DIRECTIONS: Final[Mapping[Side, str]] = {
    "east": "东",
    "southeast": "东南",
    "south": "南",
    "southwest": "西南",
    "west": "西",
    "northwest": "西北",
    "north": "北",
    "northeast": "东北",
}
EDGE: Final = "侧边线"
_CARDINAL: Final[tuple[Side, ...]] = ("north", "east", "south", "west")
_LEAST_WIDTH_M: Final = 2.0
"""Strands nearer than this are one line drawn twice."""
_LEAST_LENGTH_M: Final = 2.0 * STEP_M
"""Shorter parts between two strands do not count, unless they are half of what has the name."""
_QUARTER: Final = 0.25
"""A border nearer to an edge than a quarter of the width runs on it, else in the middle."""


@dataclass(frozen=True, slots=True)
class Word:
    """One name of a side as it is written, and the edge of its line (西侧边线) or null."""

    name: str
    edge: str | None = None

    def __str__(self) -> str:
        return self.name + (self.edge or "")


def word_for(runs: Sequence[Run], side: Side, spoken: SpokenNames) -> Word:
    """Name the line of some runs of one side, with its edge where they run along one.

    Parameters
    ----------
    runs
        Runs of one name.
    side
        The side that they are on.
    spoken
        The names, and the lines that a reader of the text would find by them.
    """
    name = runs[0].name
    if name == UNNAMED or not spoken.takes(name, DIRECTIONS["east"] + EDGE):
        return Word(name)
    points = np.concatenate([run.points for run in runs])
    headings = np.concatenate([run.headings for run in runs])
    # Going clockwise, the outside is on the left.
    outward = np.column_stack([-headings[:, 1], headings[:, 0]])
    share = _across(points, outward, spoken.strands(name))
    wide = np.isfinite(share)
    if wide.sum() < min(_LEAST_LENGTH_M / runs[0].step_m, len(points) / 2.0):
        return Word(name)
    middle = float(np.median(share[wide]))
    if _QUARTER <= middle <= 1.0 - _QUARTER:
        return Word(name)
    facing = _facing(outward.mean(axis=0), side)
    if middle < _QUARTER:
        opposite = (BEARINGS_DEG[facing] + 180.0) % 360.0
        facing = next(other for other, bearing in BEARINGS_DEG.items() if bearing == opposite)
    return Word(name, DIRECTIONS[facing] + EDGE)


def _facing(outward: Floats, side: Side) -> Side:
    """Direction in which a part of a side faces: its own, unless it turns far away from it."""
    size = float(np.linalg.norm(outward))
    if outward @ unit(BEARINGS_DEG[side]) >= 0.5 * size:
        return side
    return max(_CARDINAL, key=lambda one: float(outward @ unit(BEARINGS_DEG[one])))


def _across(points: Floats, outward: Floats, lines: np.ndarray) -> Floats:
    """How far across its line each point lies, from 0 (near edge) to 1; null on a single line."""
    share = np.full(len(points), np.nan)
    starts, stops, _ = straight_pieces(lines)
    if not len(starts):
        return share
    step, _, away = crossings_beside(points, outward, starts, stops, inwards_m=BESIDE_M)
    nearest = np.full(len(points), np.inf)
    np.minimum.at(nearest, step, np.abs(away))
    own = np.abs(away) <= nearest[step]
    low, high = np.full(len(points), np.inf), np.full(len(points), -np.inf)
    np.minimum.at(low, step[own], away[own])
    np.maximum.at(high, step[own], away[own])
    for _ in range(2):
        joined = (away >= low[step] - HOP_M) & (away <= high[step] + HOP_M)
        np.minimum.at(low, step[joined], away[joined])
        np.maximum.at(high, step[joined], away[joined])
    wide = high - low > _LEAST_WIDTH_M
    share[wide] = np.clip(-low[wide] / (high - low)[wide], 0.0, 1.0)
    return share
