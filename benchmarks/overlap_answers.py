"""Whether two answers say the same, and who is off where they do not.

Answers are compared as the area of each pair, or of each set of members. Where two differ, the area
is worked out once more in rational numbers, from the coordinates of the zones around: that decides.
"""

import time
from itertools import zip_longest
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import shapely
from exact_areas import MemberSet, exact_areas
from numpy.typing import NDArray
from overlap_peers import Faces, Pairs

from parkgeo.overlap._faces import set_areas

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Shapes = NDArray[np.object_]

RELATIVE, ABSOLUTE_M2 = 1e-9, 1e-6
"""Areas agree when they differ by no more than either."""

NARROWEST_M: Final = 1e-6
"""parkgeo leaves out sets whose ground is narrower in the mean."""

MOST_CORNERS: Final = 10_000
"""Corners of the zones around a set above which fractions would take most of a minute."""

LONGEST_S: Final = 15.0
"""How long the differences with one peer are worked out; what is begun is finished."""


class Areas(NamedTuple):
    """What an answer says: area by pair or set of members, each known by a random key."""

    key: Keys
    area_m2: Floats
    members: list[MemberSet]

    def without(self, rows: NDArray[np.intp]) -> "Areas":
        """Leave out some rows."""
        kept = np.setdiff1d(np.arange(len(self.key)), rows)
        return Areas(self.key[kept], self.area_m2[kept], [self.members[i] for i in kept.tolist()])


class Difference(NamedTuple):
    """A pair or a set about which two answers differ: their areas, 0 where one has none."""

    members: MemberSet
    ours_m2: float
    theirs_m2: float


def areas(answer: Pairs | Faces | pd.DataFrame, marks: Keys) -> Areas:
    """Add up the areas of each set of zones; ``marks`` are random, one per zone.

    A set is known by the sum of the marks of its members, so order and repetition cannot matter.
    """
    members, area_m2 = _rows(answer)
    sizes = np.array([len(who) for who in members], dtype=np.intp)
    flat = np.array([zone for who in members for zone in who], dtype=np.intp)
    key = np.zeros(len(members), dtype=np.uint64)
    np.add.at(key, np.repeat(np.arange(len(members)), sizes), marks[flat])
    sets, first, code = np.unique(key, return_index=True, return_inverse=True)
    return Areas(sets, np.bincount(code, area_m2, len(sets)), [members[i] for i in first.tolist()])


def _rows(answer: Pairs | Faces | pd.DataFrame) -> tuple[list[MemberSet], Floats]:
    """Return the zones and the area of each row of an answer."""
    if isinstance(answer, Pairs):
        return _pairs(answer.left, answer.right), answer.area_m2
    if isinstance(answer, Faces):
        order = np.argsort(answer.face, kind="stable")
        face, zone, area_m2 = answer.face[order], answer.zone[order], answer.area_m2[order]
        first = np.flatnonzero(np.diff(face, prepend=-1))
        runs = np.split(zone, first[1:])
        return [tuple(sorted(run.tolist())) for run in runs if len(run)], area_m2[first]
    if "members" in answer:
        return answer["members"].tolist(), answer["area_km2"].to_numpy() * 1e6
    left, right = answer["left"].to_numpy(), answer["right"].to_numpy()
    return _pairs(left, right), answer["overlap_km2"].to_numpy() * 1e6


def _pairs(left: NDArray[np.intp], right: NDArray[np.intp]) -> list[MemberSet]:
    return list(zip(left.tolist(), right.tolist(), strict=True))


def compared(ours: Areas, theirs: Areas) -> tuple[int, list[Difference]]:
    """Say how many pairs or sets agree, and which do not, the largest difference first."""
    both, mine, yours = np.intersect1d(ours.key, theirs.key, return_indices=True)
    a, b = ours.area_m2[mine], theirs.area_m2[yours]
    beyond = np.flatnonzero(_beyond(a - b, np.maximum(a, b)))
    found = [Difference(ours.members[mine[i]], float(a[i]), float(b[i])) for i in beyond.tolist()]
    for rest, is_ours in ((ours.without(mine), True), (theirs.without(yours), False)):
        for who, area_m2 in zip(rest.members, rest.area_m2.tolist(), strict=True):
            if area_m2 > ABSOLUTE_M2:
                found.append(Difference(who, *((area_m2, 0.0) if is_ours else (0.0, area_m2))))
    found.sort(key=lambda one: -abs(one.ours_m2 - one.theirs_m2))
    return len(both) - len(beyond), found


def _beyond(off_m2: Floats, area_m2: Floats) -> NDArray[np.bool_]:
    return (np.abs(off_m2) > RELATIVE * area_m2) & (np.abs(off_m2) > ABSOLUTE_M2)


def judged(found: list[Difference], shapes: Shapes, question: str, *, most: int) -> list[str]:
    """Say who is off where answers differ, by areas in rational numbers; of a sample, if many.

    Half of it are the largest differences, half are drawn from all others; it ends after a while.
    """
    start = time.monotonic()
    tree = shapely.STRtree(shapes)
    corners = shapely.get_num_coordinates(shapes)
    rows, exact, width_m = [], [], []
    for one in _sample(found, most):
        if time.monotonic() - start > LONGEST_S:
            break
        zones = np.array(one.members) if question == "pairs" else _around(one.members, shapes, tree)
        if corners[zones].sum() <= MOST_CORNERS:
            rows.append(one)
            exact.append(_exact_m2(one.members, shapes, zones))
            width_m.append(_width_m(one.members, shapes, zones))
    if not found:
        return []
    if not rows:
        return [f"none of {len(found)} that differ worked out: too many corners around them"]
    true_m2, narrow = np.array(exact), np.array(width_m) < NARROWEST_M
    lines = [f"{len(rows)} of {len(found)} that differ in rational numbers, m²:"]
    theirs = np.array([one.ours_m2 == 0 for one in rows])
    ours = np.array([one.theirs_m2 == 0 for one in rows])
    kinds = {
        "in both": ~(ours | theirs),
        "only ours": ours,
        "only theirs, narrower than 1 µm": theirs & narrow,
        "only theirs": theirs & ~narrow,
    }
    for name, which in kinds.items():
        if which.any():
            some = [one for one, is_one in zip(rows, which.tolist(), strict=True) if is_one]
            lines.append(f"  {name}: {len(some)}{_off(some, true_m2[which])}")
    return lines


def _sample(found: list[Difference], most: int) -> list[Difference]:
    """Take turns between the largest differences, which come first, and any of the others."""
    largest, others = np.split(np.arange(len(found)), [min(len(found), -(-most // 2))])
    others = np.random.default_rng(len(found)).permutation(others)[: most // 2]
    turns = zip_longest(largest.tolist(), others.tolist())
    return [found[i] for turn in turns for i in turn if i is not None]


def _off(rows: list[Difference], true_m2: Floats) -> str:
    """Say how far both answers are off, and in how many rows by more than the bounds."""
    said = f", together {true_m2.sum():.1e} in truth"
    for name, values in (("parkgeo", [r.ours_m2 for r in rows]),
                         ("the peer", [r.theirs_m2 for r in rows])):  # fmt: skip
        off = np.array(values) - true_m2
        wrong = np.count_nonzero(_beyond(off, true_m2))
        said += f"; {name} off in {wrong}, by {np.abs(off).max():.1e} at most"
    return said


def _around(members: MemberSet, shapes: Shapes, tree: shapely.STRtree) -> NDArray[np.intp]:
    """Find the zones that may lie on the ground of a set: those that meet its smallest member."""
    smallest = min(members, key=lambda zone: shapely.area(shapes[zone]))
    return np.union1d(np.array(members), tree.query(shapes[smallest]))


def _exact_m2(members: MemberSet, shapes: Shapes, zones: NDArray[np.intp]) -> float:
    return exact_areas(shapes[zones]).get(_position(members, zones), 0.0)


def _width_m(members: MemberSet, shapes: Shapes, zones: NDArray[np.intp]) -> float:
    """Return the mean width of a set: twice its area by its border."""
    found = set_areas(shapes[zones])
    width_m = 2 * found.area_m2 / found.border_m
    return dict(zip(found.sets, width_m.tolist(), strict=True)).get(_position(members, zones), 0.0)


def _position(members: MemberSet, zones: NDArray[np.intp]) -> MemberSet:
    return tuple(np.searchsorted(zones, sorted(members)).tolist())
