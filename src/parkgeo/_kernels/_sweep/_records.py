"""What the sweep reads, works in and writes: records of arrays, and the columns of these."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Tokens = NDArray[np.uint64]
Edge = tuple[float, float, float, float]

SAME_M: Final = 1e-9
"""Edges that cross and are nowhere further apart in a column than this are not cut apart."""

FEW_EDGES: Final = 24
MOST_CUTS: Final = 64
"""How often a box is cut at most."""

POOR_CUTS: Final = 4
"""After so many cuts in turn that save nothing a box is swept as it is."""

# What had too little room; the caller gives more and asks again.
ROOM_FOR_EDGES: Final = 1
ROOM_FOR_SETS: Final = 2
ROOM_FOR_MEMBERS: Final = 3
ROOM_FOR_NODES: Final = 4
ROOM_FOR_CROSSINGS: Final = 5

# Columns of Room.box_state and of Room.lines.
START, END, NODE, CUTS, POOR = 0, 1, 2, 3, 4
LX, LY, RX, RY, GRADE, Y0, Y1, MID = 0, 1, 2, 3, 4, 5, 6, 7


class Outlines(NamedTuple):
    """Closed rings, one after the other; each belongs to an owner.

    ``turned`` says which rings run clockwise where a shell should not, or a hole should.
    """

    xy: Floats
    starts: Ints
    owner: Ints
    turned: NDArray[np.bool_]
    tokens: Tokens


class Boxes(NamedTuple):
    """Ground to work on: west, south, east, north; and the rings that may enter it.

    No ring may pass below or above its box within the box's width. Coordinates are taken from
    ``near``, whole metres, to keep their last digits.
    """

    bounds: Floats
    near: Floats
    rings: Ints
    starts: Ints


class Sets(NamedTuple):
    """Sets of members found: token, area and border, and where in ``pool`` the members stand.

    ``table`` finds a set by its token. ``state`` counts sets and members, and says what had too
    little room.
    """

    table: Ints
    tokens: Tokens
    sums: Floats
    spans: Ints
    pool: Ints
    state: Ints


class Room(NamedTuple):
    """Room to work in: a stack of boxes with their edges, and the columns of one box."""

    edges: Floats
    owners: Ints
    box: Floats
    box_state: Ints
    box_token: Tokens
    nodes: Ints
    lines: Floats
    lists: Ints
    crossings: Floats
    track: Floats
    track_token: Tokens
    parity: NDArray[np.bool_]
