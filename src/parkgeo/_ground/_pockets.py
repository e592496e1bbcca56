"""Outlines without what cannot be seen any more once their boundary has been moved.

Moving a boundary outwards by ε is rolling a disc of radius ε around the ground. What the disc
cannot get into makes no difference to where its middle goes: pockets may be filled beforehand up to
the disc (the *closing* of Matheron 1975), and the boundary comes to lie where it would have come to
lie. Moving it inwards is the same from the other side. A rough outline is mostly pockets, and
offsets of their sides crossing each other are what moving it spends its time on.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from parkgeo import _kernels
from parkgeo._ground._outlines import COMPILE_ABOVE, Rings, over, runs_of
from parkgeo._ground._types import Floats, Indices

SHOWN: Final = 0.02
"""Share of the distance by which filling may move a boundary too far at most."""

_CHORD: Final = float(np.sqrt(8 * SHOWN))
"""Chord whose arc rises by that share of the radius, in radii."""

_FEWEST: Final = 4
"""Corners of a closed ring."""


def without_pockets(rings: Rings, distance_m: Floats) -> Rings:
    """Fill what a disc of the radius of the distance does not get into when it rolls along outside.

    Where the distance is below 0 the disc rolls along inside, and what it does not get into is cut
    off. Pockets are filled behind mouths no wider than the disc's radius, up to an arc of the disc,
    which is drawn with chords.

    Parameters
    ----------
    rings
        Of valid polygons, in metres that are true in all directions; not changed.
    distance_m
        Of each ring, not 0.

    Returns
    -------
    Rings of the same shapes, except those of which nothing is left. Moving their boundaries by the
    distance gives what moving those of ``rings`` does, and at most ``SHOWN`` of the distance more.
    """
    if not len(rings.starts):
        return rings
    order = np.argsort(rings.starts)
    starts, stops, shells = rings.starts[order], rings.stops[order], rings.shell[order]
    radii = np.abs(distance_m[order])
    reached, sides = np.zeros(len(rings.xy), dtype=np.bool_), np.empty(len(order))
    whole = (rings.xy, np.empty(len(rings.xy), dtype=np.intp), reached)
    split = (starts, stops, shells, distance_m[order], _CHORD * radii, sides)
    roll: Callable[..., None] = _kernels.reached_corners
    if len(rings.xy) > COMPILE_ABOVE:
        over(roll, *whole, split=split, doing="rolling along outlines")
    else:
        roll(*whole, *split)
    ring = np.repeat(np.arange(len(order)), stops - starts)
    xy, ring = _bridged(rings.xy, ring, np.flatnonzero(reached), sides, radii)
    counts = np.bincount(ring, minlength=len(order))
    turns = np.where(shells, 1.0, -1.0) * sides * np.sign(distance_m[order])
    there = (counts >= _FEWEST) & (_doubled_m2(xy, ring, counts) * turns > 0)
    stays = there & np.isin(rings.part[order], rings.part[order][shells & there])
    return _arranged(rings, order[stays], xy[stays[ring]], counts[stays])


def _bridged(
    xy: Floats, ring: Indices, reached: Indices, sides: Floats, radii: Floats
) -> tuple[Floats, Indices]:
    """Draw rings from corner to corner that was reached, along the disc where some were not.

    Returns the corners and the ring of each.
    """
    of = ring[reached]
    here, there = xy[reached], xy[np.append(reached[1:], reached[-1:])]
    chord = there - here
    long_m = np.hypot(*chord.T)
    bridged = np.append(np.diff(reached) > 1, False) & (of == np.append(of[1:], -1))
    steps = np.where(bridged, np.ceil(long_m / (_CHORD * radii[of])), 1.0).astype(np.intp)
    steps = np.maximum(steps, 1)
    step = runs_of(np.zeros(len(steps), dtype=np.intp), steps)
    at = np.repeat(np.arange(len(steps)), steps)
    out = here[at]
    arc = np.flatnonzero(step)
    k = at[arc]
    # The middle of the disc lies off the middle of the chord, on the side on which it rolls.
    radius, along = radii[of[k]], chord[k] / long_m[k, None]
    half = np.arcsin(long_m[k] / (2 * radius))
    turn = half * (2 * step[arc] / steps[k] - 1)
    deep = radius * (np.cos(turn) - np.cos(half)) * sides[of[k]]
    ahead = long_m[k] / 2 + radius * np.sin(turn)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    out[arc] = here[k] + along * ahead[:, None] + across * deep[:, None]
    return out, of[at]


def _doubled_m2(xy: Floats, ring: Indices, counts: Indices) -> Floats:
    """Return twice the area of each ring, below 0 where it runs clockwise."""
    firsts = np.cumsum(counts) - counts
    x, y = (xy - xy[firsts[ring]]).T
    # From the last corner of a ring, which is its first, to the next one there is nothing.
    cross = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0.0) * (ring == np.append(ring[1:], -1))
    return np.bincount(ring, cross, minlength=len(counts)).astype(np.float64)


def _arranged(rings: Rings, order: Indices, xy: Floats, counts: Indices) -> Rings:
    """Put rings that were drawn in another order back into that of their shapes."""
    stops = np.cumsum(counts)
    back = np.argsort(order)
    rows = order[back]
    return Rings(
        xy,
        starts=(stops - counts)[back],
        stops=stops[back],
        owner=rings.owner[rows],
        part=np.unique(rings.part[rows], return_inverse=True)[1],
        shell=rings.shell[rows],
        shapes=rings.shapes,
    )
