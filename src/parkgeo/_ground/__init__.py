"""What questions about ground have in common: shapes on the equal-area plane, and work on them.

From a frame to shapes in metres from an origin, outlines as arrays for the kernels, boundaries
moved by metres on the ground, shapes joined, and GEOS on threads. Whatever asks what lies on what
is built on this.
"""

from parkgeo._ground._checks import (
    SEARCH,
    accuracy_of,
    column_of,
    names_in,
    overlay_errors,
    require_frame,
)
from parkgeo._ground._join import components, summed, union_by
from parkgeo._ground._offset import GAP_M, closed, offset, parallel_scale, stretch
from parkgeo._ground._outlines import (
    COMPILE_ABOVE,
    Blocks,
    Rings,
    blocks_of,
    over,
    rings_of,
    runs_of,
    shapes_of,
    surely_valid,
)
from parkgeo._ground._pieces import in_pieces
from parkgeo._ground._place import (
    corners_of,
    middle_of,
    move_vertices,
    outlines_on_plane,
    refuse_invalid,
    rings_on_plane,
    still_valid,
)
from parkgeo._ground._threads import in_threads, in_turn
from parkgeo._ground._types import Flags, Floats, Geometries, Indices
from parkgeo._ground._wkb import Wkb

__all__ = [
    "COMPILE_ABOVE",
    "GAP_M",
    "SEARCH",
    "Blocks",
    "Flags",
    "Floats",
    "Geometries",
    "Indices",
    "Rings",
    "Wkb",
    "accuracy_of",
    "blocks_of",
    "closed",
    "column_of",
    "components",
    "corners_of",
    "in_pieces",
    "in_threads",
    "in_turn",
    "middle_of",
    "move_vertices",
    "names_in",
    "offset",
    "outlines_on_plane",
    "over",
    "overlay_errors",
    "parallel_scale",
    "refuse_invalid",
    "require_frame",
    "rings_of",
    "rings_on_plane",
    "runs_of",
    "shapes_of",
    "still_valid",
    "stretch",
    "summed",
    "surely_valid",
    "union_by",
]
