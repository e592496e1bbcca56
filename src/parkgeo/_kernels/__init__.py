"""The numba loops: arrays in, arrays out, no frames.

Formulas are plain functions of numbers or arrays, and `compiled` builds the loops around the very
same functions, so there is one formula and not two. Compiled loops are cached on disk and release
the GIL, so threads over chunks pay.
"""

from parkgeo._kernels._boxes import count_meeting, fill_meeting
from parkgeo._kernels._compile import compiled
from parkgeo._kernels._join_pieces import join_pieces
from parkgeo._kernels._lattice import add_power, cubic_weights, lay_points, spline_taps
from parkgeo._kernels._lay import (
    STEP,
    UNDECIDED,
    laid_areas,
    lay_pieces,
    part_of,
    pure_pairs,
)
from parkgeo._kernels._moved import overlaps_moved
from parkgeo._kernels._near import loose_edges, match_borders, near_pairs, sort_into_cells
from parkgeo._kernels._outlines import clear_extents, cut_rings
from parkgeo._kernels._pair_areas import pair_areas
from parkgeo._kernels._pair_clips import MOST_CROSSINGS, MOST_PARTS, pair_clips
from parkgeo._kernels._pair_counts import count_neighbours, count_pairs, smooth_neighbours
from parkgeo._kernels._pair_edges import count_in_window, shares_inside, shares_moved
from parkgeo._kernels._pair_touches import nested_extents, pair_touches
from parkgeo._kernels._pockets import reached_corners
from parkgeo._kernels._rings import (
    E2,
    FLATTENING,
    LAST_STEP_DEG,
    LONGEST_COMPARED,
    MOST_ROUNDS,
    SEMI_MAJOR_AXIS_M,
    authalic_q,
    bd_offset,
    edge_bulge,
    gcj_offset,
    ring_areas,
    shift,
    simple_rings,
    unshift,
)
from parkgeo._kernels._wkb import (
    CUT_SHORT,
    MULTIPOLYGON,
    NO_RING,
    NO_SHAPE,
    POLYGON,
    read_wkb,
    scan_wkb,
)

__all__ = [
    "CUT_SHORT",
    "E2",
    "FLATTENING",
    "LAST_STEP_DEG",
    "LONGEST_COMPARED",
    "MOST_CROSSINGS",
    "MOST_PARTS",
    "MOST_ROUNDS",
    "MULTIPOLYGON",
    "NO_RING",
    "NO_SHAPE",
    "POLYGON",
    "SEMI_MAJOR_AXIS_M",
    "STEP",
    "UNDECIDED",
    "add_power",
    "authalic_q",
    "bd_offset",
    "clear_extents",
    "compiled",
    "count_in_window",
    "count_meeting",
    "count_neighbours",
    "count_pairs",
    "cubic_weights",
    "cut_rings",
    "edge_bulge",
    "fill_meeting",
    "gcj_offset",
    "join_pieces",
    "laid_areas",
    "lay_pieces",
    "lay_points",
    "loose_edges",
    "match_borders",
    "near_pairs",
    "nested_extents",
    "overlaps_moved",
    "pair_areas",
    "pair_clips",
    "pair_touches",
    "part_of",
    "pure_pairs",
    "reached_corners",
    "read_wkb",
    "ring_areas",
    "scan_wkb",
    "shares_inside",
    "shares_moved",
    "shift",
    "simple_rings",
    "smooth_neighbours",
    "sort_into_cells",
    "spline_taps",
    "unshift",
]
