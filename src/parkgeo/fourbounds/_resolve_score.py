"""How well a polygon fits the words: what its border runs on, and which way each side faces."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from scipy.special import erf

from parkgeo.fourbounds._geometry import Floats, Ints, segment_tree, unit
from parkgeo.fourbounds._references import BEARINGS_DEG, Side
from parkgeo.fourbounds._resolve_close import ON_EDGE_M, Outline, edges_of
from parkgeo.fourbounds._resolve_match import CLOSEST, Match

LINE_ACCURACY_M: Final = 15.0
"""One standard deviation of a line of OpenStreetMap, and half the width of a dual carriageway."""
STATED_TOLERANCE: Final = 0.10
"""Relative error of a stated area that may be net, gross or rounded."""
CLOSED_AT_MOST: Final = 0.75
"""A side placed by area, or without a line, is never more certain than this."""
AREA_SCALE: Final = 0.25
BACKWARDS_RATIO: Final = 0.9
"""What is left of a score where a side is followed against the order in which it is written.

Of the chains of the development texts whose lines are found and fit in one order only, six are
written clockwise, and one or two against it: the other order must fit clearly better.
"""
_COMPACT: Final = 0.35
_LEAST_SHARE: Final = 0.04
_RIVALRY: Final = 4.0
"""A rival of half the score takes a seventeenth of the confidence, an equal one half of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Border:
    """What the border of one outline is made of.

    ``on_line_m``, ``bridged_m`` and ``closing_m`` give the length of each item of the ring;
    ``facing`` the cosine between where each side faces and where it ought to.
    """

    outline: Outline
    on_line_m: Floats
    bridged_m: Floats
    closing_m: Floats
    facing: dict[Side, float]

    @property
    def perimeter_m(self) -> float:
        """Length of the border."""
        return float((self.on_line_m + self.bridged_m + self.closing_m).sum())

    def side_m(self, side: Side) -> float:
        """Length of the border that belongs to one side."""
        total = self.on_line_m + self.bridged_m + self.closing_m
        return float(sum(total[i] for i in _items(self.outline, side)))


def border(outline: Outline) -> Border:
    """Tell for each part of the border of an outline which item of the ring it belongs to."""
    middle, outward = edges_of(outline.polygon)
    length = np.linalg.norm(outward, axis=1)
    item, how = labels(outline, middle, outward)
    count = len(outline.ring.items)
    line, bridge, closing = (
        np.bincount(item[how == k], length[how == k], count).astype(np.float64) for k in range(3)
    )
    return Border(outline, line, bridge, closing, _facing(outline, item, outward, middle))


def score(found: Border, *, target_m2: float | None) -> float:
    """Rate an outline between 0 and 1.

    The product of how its sides face, the share of its border that is not bridged, how much the
    least side contributes, how alike the names are, the share of references used, how compact and
    simple it is, 0.9 for each side followed against the order of the text, and, where an area is
    given and no side is placed by it, how near that is.
    """
    outline = found.outline
    matches = [item for item in outline.ring.items if isinstance(item, Match)]
    used = _used(found) / (len(matches) + len(outline.ring.skipped))
    least = min(found.side_m(side) for side in found.facing) / found.perimeter_m
    # The short sides of a narrow block are as short as it is wide, twice its area by its perimeter.
    short = min(_LEAST_SHARE, outline.polygon.area / outline.polygon.length**2)
    compact = 4 * np.pi * outline.polygon.area / outline.polygon.length**2
    value = (
        np.mean([max(0.0, facing) for facing in found.facing.values()])
        * (1.0 - found.bridged_m.sum() / found.perimeter_m)
        * min(1.0, least / short)
        * np.mean([match.score for match in matches])
        * used
        * min(1.0, compact / _COMPACT) ** 0.5
        * outline.simple
        * BACKWARDS_RATIO**outline.ring.backwards
    )
    by_area = any(closing.status == "area-closed" for closing in outline.closings)
    if target_m2 is not None and not by_area:
        value *= area_agreement(outline.area_m2, target_m2)
    return float(value)


def _unnamed(outline: Outline) -> list[int]:
    """Items of a ring that run on a line that the text does not name."""
    items = enumerate(outline.ring.items)
    return [i for i, item in items if isinstance(item, Match) and item.via == CLOSEST]


def _used(found: Border) -> int:
    """Count the references that give a part of the border, and are not only touched by it."""
    length = found.on_line_m + found.bridged_m
    items = enumerate(found.outline.ring.items)
    return sum(isinstance(item, Match) and length[i] >= 1.0 for i, item in items)


def area_agreement(area_m2: float, stated_m2: float) -> float:
    r"""Rate an area against a stated one: :math:`\exp(-|\ln(A/S)|/0.25)`."""
    return float(np.exp(-abs(np.log(area_m2 / stated_m2)) / AREA_SCALE))


def confidence(
    found: Border, *, matches: tuple[Match, ...], rival: float, target_m2: float | None
) -> float:
    """Rate how far a polygon can be relied on, between 0 and 1.

    The score of the outline, times the share of references that have lines, the share of its own
    in the fourth powers of its score and of that of its best rival of another shape, and the
    chance that its area is within 10 % of the true one; times 0.75 where a reference is missing
    from a chain; at most 0.75, times 0.8 for every closing side after the first, where any side
    has no line, or one that the text does not name.
    """
    own = score(found, target_m2=target_m2)
    wanted = [match for match in matches if match.network is not None]
    value = own * (0.5 + 0.5 * len(wanted) / len(matches)) * area_chance(found)
    value /= 1.0 + (rival / own) ** _RIVALRY
    if breaks_off(matches):
        value *= CLOSED_AT_MOST
    closings = len(found.outline.closings) + len(_unnamed(found.outline))
    if closings:
        value = min(value, 1.0) * CLOSED_AT_MOST * 0.8 ** (closings - 1)
    return float(np.clip(value, 0.0, 1.0))


def accuracy_m(found: Border) -> float:
    """Root mean square of how far off the parts of a border may be, weighted by their length.

    15 m on lines; half the length of a bridge across it; for a side placed by area, or on a line
    that the text does not name, the distance that a tenth of the area makes, and twice that for a
    side placed where other lines end.
    """
    outline = found.outline
    variance = float(found.on_line_m.sum()) * LINE_ACCURACY_M**2
    variance += float(
        (found.bridged_m * np.maximum(found.bridged_m / 2, LINE_ACCURACY_M) ** 2).sum()
    )
    for i in _unnamed(outline):
        length = max(float(found.on_line_m[i]), 1.0)
        # Another line could be meant: it may be as far off as a straight side by the area.
        off = STATED_TOLERANCE * outline.polygon.area / length
        variance += length * max(off**2 - LINE_ACCURACY_M**2, 0.0)
    for closing in outline.closings:
        length = float(found.closing_m[closing.item])
        if length > 0.0:
            off = STATED_TOLERANCE * outline.polygon.area / length
            off *= 1.0 if closing.status == "area-closed" else 2.0
            variance += length * off**2
    return float(np.sqrt(variance / found.perimeter_m))


def breaks_off(matches: tuple[Match, ...]) -> bool:
    """Say whether a side has lines for some of its references only: a piece of it is not known."""
    have: dict[Side, set[bool]] = {}
    for match in matches:
        have.setdefault(match.side, set()).add(match.network is not None)
    return any(len(kinds) > 1 for kinds in have.values())


def area_chance(found: Border) -> float:
    r"""Chance that the area is within 10 % of the true one, from how far off the border may be.

    The standard error of the area is :math:`\sigma = aP/2A` of it, for :func:`accuracy_m`
    :math:`a`, perimeter :math:`P` and area :math:`A`: four sides that are off independently add
    up to half of what they would together.
    """
    polygon = found.outline.polygon
    sigma = 0.5 * accuracy_m(found) * polygon.length / polygon.area
    return float(erf(STATED_TOLERANCE / (sigma * np.sqrt(2.0))))


def bearing_error_deg(found: Border, side: Side) -> float:
    """Angle between where a side faces and its compass direction, in degrees."""
    return float(np.degrees(np.arccos(np.clip(found.facing[side], -1.0, 1.0))))


def labels(outline: Outline, middle: Floats, outward: Floats) -> tuple[Ints, npt.NDArray[np.intp]]:
    """Item and kind (0 line, 1 bridge, 2 closing) of the edges with these middles."""
    starts = np.concatenate([stretch.coords[:-1] for stretch in outline.edges])
    stops = np.concatenate([stretch.coords[1:] for stretch in outline.edges])
    sizes = [len(stretch.coords) - 1 for stretch in outline.edges]
    items = np.repeat([stretch.item for stretch in outline.edges], sizes)
    kinds = [("line", "bridge", "closing").index(stretch.how) for stretch in outline.edges]
    how = np.repeat(kinds, sizes)
    tree = segment_tree(starts, stops)
    points = shapely.points(middle)
    nearest = tree.nearest(points)
    item, kind = items[nearest], how[nearest]
    held = [closing for closing in outline.closings if closing.held]
    if held:
        off = shapely.distance(points, tree.geometries[nearest]) > ON_EDGE_M
        faces = np.argmax(outward @ np.array([closing.normal for closing in held]).T, axis=1)
        item[off], kind[off] = np.array([closing.item for closing in held])[faces[off]], 2
    for closing in outline.closings:
        on_it = np.abs(middle @ closing.normal - closing.offset) < ON_EDGE_M
        item[on_it], kind[on_it] = closing.item, 2
    return item, kind


def _facing(outline: Outline, item: Ints, outward: Floats, middle: Floats) -> dict[Side, float]:
    """Cosines between the compass direction of each side and where its border faces and lies."""
    centre = shapely.get_coordinates(outline.polygon.centroid)[0]
    length = np.linalg.norm(outward, axis=1)
    facing: dict[Side, float] = {}
    for side in dict.fromkeys(_side(entry) for entry in outline.ring.items):
        on_it = np.isin(item, _items(outline, side))
        if not on_it.any():
            facing[side] = 0.0
            continue
        u = unit(BEARINGS_DEG[side])
        normal = outward[on_it].sum(axis=0)
        place = np.average(middle[on_it], axis=0, weights=length[on_it]) - centre
        facing[side] = float((_cosine(normal, u) + _cosine(place, u)) / 2)
    return facing


def _cosine(vector: Floats, u: Floats) -> float:
    size = float(np.linalg.norm(vector))
    return float(vector @ u) / size if size > 0 else 0.0


def _items(outline: Outline, side: Side) -> list[int]:
    return [i for i, entry in enumerate(outline.ring.items) if _side(entry) == side]


def _side(entry: "Match | Side") -> Side:
    return entry.side if isinstance(entry, Match) else entry
