"""What a stated area that is not that of the polygon may be the area of."""

from typing import Final, Literal, TypeAlias

import shapely
from scipy.optimize import brentq

from parkgeo.fourbounds._remarks import Remark, remark
from parkgeo.fourbounds._resolve_score import STATED_TOLERANCE

AreaFinding: TypeAlias = Literal["agrees", "net", "part", "differs"]

AGREES: Final = 0.05
NET_STRIP_M: Final = 35.0
"""Half of a main road of 40 m and 15 m of green along it, which a net area leaves out."""
_PART: Final = 0.5


def compare(
    polygon: shapely.Polygon, area_m2: float, stated_m2: float, *, whole: bool
) -> AreaFinding:
    """Say how a stated area lies to that of a polygon whose sides were found without it.

    ``agrees`` within 5 %. Where it is smaller by more than a tenth: ``net`` where a strip of at
    most 35 m along the border makes up for it, as where roads, water and the green along them are
    left out; ``part`` where it is less than half, as that of a parcel inside the block. Otherwise
    ``differs``: the sides and the area of the text do not agree.

    Parameters
    ----------
    polygon
        The block in a metric plane.
    area_m2, stated_m2
        Its area, and the published one.
    whole
        Whether all of its sides have lines, and its border runs on them; where it does not, an
        area that is too large says nothing of the text.
    """
    ratio = area_m2 / stated_m2
    if abs(ratio - 1.0) <= AGREES:
        return "agrees"
    if whole and ratio > 1.0 + STATED_TOLERANCE:
        if strip_m(polygon, stated_m2 / area_m2) is not None:
            return "net"
        if stated_m2 < _PART * area_m2:
            return "part"
    return "differs"


def strip_m(polygon: shapely.Polygon, share: float) -> float | None:
    """Width of the strip along the border without which a share of the area is left.

    Null where it is wider than 35 m.
    """
    wanted = share * polygon.area

    def excess(width: float) -> float:
        return float(shapely.area(shapely.buffer(polygon, -width))) - wanted

    if excess(NET_STRIP_M) > 0.0:
        return None
    return float(brentq(excess, 0.0, NET_STRIP_M, xtol=0.01))


def told(
    finding: AreaFinding, polygon: shapely.Polygon, area_m2: float, stated_m2: float
) -> Remark:
    """Say in words what a stated area looks like."""
    if finding == "net":
        return remark("area_net", metres=strip_m(polygon, stated_m2 / area_m2))
    return remark("area_part" if finding == "part" else "area_differs")
