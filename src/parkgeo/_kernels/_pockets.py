"""Corners that a disc rolling along an outline comes to, and those that it never reaches.

Moving a boundary outwards by ε is rolling a disc of radius ε around it: what the disc cannot get
into (the *closing* of Matheron 1975 fills it) makes no difference to where its centre goes. A rough
outline is mostly made of such pockets, and they are what makes moving it slow.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

WIDEST: Final = 1.0
"""Widest mouth of a pocket, in radii of the disc."""


def reached_corners(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    xy: Floats,
    before: Ints,
    reached: Flags,
    starts: Ints,
    stops: Ints,
    shells: Flags,
    distances: Floats,
    narrow: Floats,
    out_sides: Floats,
) -> None:
    """Mark the corners of rings that a disc reaches which rolls along them outside the ground.

    Ring r is ``xy[starts[r]:stops[r]]``, closed, and the radius of its disc is ``distances[r]``;
    where that is below 0 the disc rolls along the inside. ``out_sides`` takes 1 where it rolls
    right of the ring, -1 where it rolls left. Corners behind a mouth of ``narrow[r]`` or less are
    left out however shallow they are. ``before`` is room for as many numbers as there are corners.

    Going along the ring, a corner is left out when the disc rests on the corners before and after
    it, and neither of the two sides between them gets into the disc. What was left out before then
    lies deeper still, so the next corner back is looked at again, as in Graham's scan.
    """
    for r in range(len(starts)):
        first, last = starts[r], stops[r] - 1
        side = 1.0 if (signed_twice(xy, first, last) > 0.0) == shells[r] else -1.0
        side *= np.sign(distances[r])
        out_sides[r] = side
        radius = abs(distances[r])
        previous = first
        for corner in range(first + 1, last + 1):
            while previous != first and behind(
                xy, before[previous], previous, corner, side, radius, narrow[r]
            ):
                previous = before[previous]
            before[corner] = previous
            previous = corner
        reached[first] = True
        while previous != first:
            reached[previous] = True
            previous = before[previous]


@formula
def signed_twice(xy: Floats, first: int, last: int) -> float:
    """Return twice the area of a ring, below 0 where it runs clockwise."""
    twice = 0.0
    for i in range(first, last):
        ax, ay = xy[i, 0] - xy[first, 0], xy[i, 1] - xy[first, 1]
        bx, by = xy[i + 1, 0] - xy[first, 0], xy[i + 1, 1] - xy[first, 1]
        twice += ax * by - bx * ay
    return twice


@formula
def behind(  # noqa: PLR0913, PLR0917 - three corners and a disc
    xy: Floats, a: int, b: int, c: int, side: float, radius: float, narrow: float
) -> bool:
    """Say whether a disc that rests on corners a and c leaves b, and the way there, untouched."""
    dx, dy = xy[c, 0] - xy[a, 0], xy[c, 1] - xy[a, 1]
    square = dx * dx + dy * dy
    ux, uy = xy[b, 0] - xy[a, 0], xy[b, 1] - xy[a, 1]
    depth = side * (dx * uy - dy * ux)
    if depth <= 0.0 or square > (WIDEST * radius) ** 2:
        return False
    if square <= narrow * narrow:
        return True
    # Both ways lie beyond the disc's tangents at a and c: at least the angle of the chord away.
    along = dx * ux + dy * uy
    height = np.sqrt(radius * radius - 0.25 * square)
    return bool(max(along, square - along) * 0.5 * np.sqrt(square) <= height * depth)
