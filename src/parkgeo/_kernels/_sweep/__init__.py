"""Areas of all faces that outlines cut the ground into, without building a single face.

A box of ground is cut in two until few edges are left in it. What lies below a box matters only by
what it covers at the bottom of the box: it is kept as a *floor*, a level edge at the bottom, and
goes into the box's set of members once it spans the whole box. So the work in a box depends on the
edges in it and not on how many outlines cover it. A box that only one outline enters needs no
further cut; in a box of few edges a sweep goes from column to column, where the edges stand in
order from bottom to top, and each edge that is crossed going up toggles its owner.

A set of members is known by the exclusive or of 128-bit random tokens of its members, so that
toggling one takes one operation; the set itself is written down when it first appears.

Nothing here decides which side of a line a point lies on, so nothing can fail; an edge that is off
by a nanometre moves areas by a nanometre times its length.
"""

from parkgeo._kernels._sweep._boxes import sweep
from parkgeo._kernels._sweep._edges import height, sort_by
from parkgeo._kernels._sweep._records import (
    MOST_CUTS,
    ROOM_FOR_CROSSINGS,
    ROOM_FOR_EDGES,
    ROOM_FOR_MEMBERS,
    ROOM_FOR_NODES,
    ROOM_FOR_SETS,
    Boxes,
    Outlines,
    Room,
    Sets,
)

__all__ = [
    "MOST_CUTS",
    "ROOM_FOR_CROSSINGS",
    "ROOM_FOR_EDGES",
    "ROOM_FOR_MEMBERS",
    "ROOM_FOR_NODES",
    "ROOM_FOR_SETS",
    "Boxes",
    "Outlines",
    "Room",
    "Sets",
    "height",
    "sort_by",
    "sweep",
]
