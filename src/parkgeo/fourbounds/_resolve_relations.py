"""How a side lies to its line: at a distance from it, in its middle, or along one of its banks."""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from parkgeo.fourbounds._geometry import Floats, unit
from parkgeo.fourbounds._references import BEARINGS_DEG, Reference, Side

Shapes = npt.NDArray[np.object_]

_COMPASS: Final = {"东": 90.0, "南": 180.0, "西": 270.0, "北": 0.0, "東": 90.0}
_MITRE: Final = 3.0
_STRANDED: Final = frozenset({"road", "planned_road", "railway", "river", "facility"})
"""A facility is a bridge or a tunnel, where a line has its name."""
_MIDDLE: Final = 0.5
_OUTER: Final = "外"
_ASKEW: Final = 0.3
"""Cosine up to which an edge that faces neither towards the block nor away from it is near."""


def shifted(lines: Shapes, *, metres: float, bearing_deg: float) -> Shapes:
    """Lines parallel to these, on the side that a bearing points to.

    Parameters
    ----------
    lines
        Lines in metres.
    metres
        Distance between the lines.
    bearing_deg
        Degrees clockwise from north. A line that comes back to where it begins is moved as it is.
    """
    joined = shapely.line_merge(shapely.union_all(lines))
    return np.array([_parallel(part, metres, bearing_deg) for part in shapely.get_parts(joined)])


def applied_shift(reference: Reference, side: Side) -> tuple[float, float] | None:
    """Distance in metres and bearing of an offset that a reference gives; null without one."""
    if reference.relation != "offset" or not reference.offset_m:
        return None
    direction = BEARINGS_DEG.get(reference.offset_dir or side, BEARINGS_DEG[side])  # type: ignore[call-overload]
    return reference.offset_m, float(direction)


def strands(
    reference: Reference, side: Side, shapes: Shapes, outline: npt.NDArray[np.bool_]
) -> Shapes:
    """Take of a river the strands that the text names; empty lines in the place of the others.

    A river is drawn by its middle, by its banks, or by both. Where the text says middle (中心线),
    that is taken where it is drawn; where it says bank (岸), the one that it names, else the near
    one. Where it says neither, all strands are kept.
    """
    said = reference.relation in {"middle", "edge"}
    if reference.kind != "river" or not said or not outline.any():
        return shapes
    wanted = shapes.copy()
    if reference.relation == "middle":
        if not outline.all():
            wanted[outline] = shapely.MultiLineString()
        return wanted
    wanted[~outline] = shapely.MultiLineString()
    direction = unit(_bank_deg(reference, side))
    wanted[outline] = [_bank(shape, direction) for shape in shapes[outline]]
    return wanted


def stranded(reference: Reference) -> bool:
    """Say whether a reference is a line that may be drawn as several strands side by side.

    The two shores of a lake, or the outlines of two villages, are no strands of one line.
    """
    return reference.kind in _STRANDED and reference.relation not in {"area", "point"}


def edge_direction(reference: Reference) -> Floats | None:
    """Return the unit vector (east, north) from a line to the edge that a text names, or null.

    甲路西侧边线 lies to the west; 道路红线 does not say where.
    """
    if reference.relation != "edge":
        return None
    named = [unit(_COMPASS[letter]) for letter in reference.edge or "" if letter in _COMPASS]
    size = float(np.linalg.norm(np.sum(named, axis=0))) if named else 0.0
    return np.asarray(np.sum(named, axis=0) / size) if size > _ASKEW else None


def across(reference: Reference, outward: Floats) -> float:
    """How far across a line its boundary lies, from the near edge (0) to the far one (1).

    Along an edge (甲路西侧边线) that is the one that the text names, else the near one. In the
    middle (中心线), and where the text says nothing, it is 0.5: bounds of plans are drawn to the
    centre lines of roads.

    Parameters
    ----------
    reference
        What the text says of the line.
    outward
        Vector in which the border along it faces, east and north.
    """
    if not stranded(reference):
        return 0.0
    if reference.relation != "edge":
        return _MIDDLE
    direction = edge_direction(reference)
    if direction is None:
        return 1.0 if _OUTER in (reference.edge or "") else 0.0
    facing = float(direction @ outward)
    return 1.0 if facing > _ASKEW * float(np.linalg.norm(outward)) else 0.0


def _bank_deg(reference: Reference, side: Side) -> float:
    """Which way from the middle of a river the bank lies: by its name, else towards the block."""
    named = [_COMPASS[letter] for letter in reference.edge or "" if letter in _COMPASS]
    return named[0] if named else (BEARINGS_DEG[side] + 180.0) % 360.0


def _bank(shape: shapely.Geometry, direction: Floats) -> shapely.Geometry:
    """Parts of the edge of an area that face a direction; all of it where it does not close."""
    areas = shapely.get_parts(shapely.polygonize(shapely.get_parts(shape)))
    if not len(areas):
        return shape
    kept = []
    for ring in shapely.get_exterior_ring(shapely.orient_polygons(areas)):
        xy = shapely.get_coordinates(ring)
        vector = np.diff(xy, axis=0)
        # Counterclockwise, the outside is on the right hand.
        facing = vector[:, 1] * direction[0] - vector[:, 0] * direction[1] > 0
        kept.append(shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)[facing]))
    merged = shapely.line_merge(shapely.union_all(np.concatenate(kept)))
    return shapely.MultiLineString(list(shapely.get_parts(merged)))


def _parallel(line: shapely.LineString, metres: float, bearing_deg: float) -> shapely.Geometry:
    direction = unit(bearing_deg)
    xy = shapely.get_coordinates(line)
    chord = xy[-1] - xy[0]
    aside = float(-chord[1] * direction[0] + chord[0] * direction[1])
    if abs(aside) < 0.2 * np.linalg.norm(chord) or not chord.any():
        return shapely.transform(line, lambda points: points + metres * direction)
    sign = 1.0 if aside > 0 else -1.0
    return shapely.offset_curve(line, sign * metres, join_style="mitre", mitre_limit=_MITRE)
