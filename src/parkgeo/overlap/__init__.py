"""Which brands lie on the same ground, by how much, and what the net area is.

One committee often holds several brands (多块牌子) whose extents overlap, so the areas of brands
must not be added up. :func:`pairs` says which two extents overlap and within which error;
:func:`partition` cuts the ground into faces, each with its set of members; :func:`net_area_km2`
counts every face once. :func:`matrix` tabulates what each two share, :func:`groups` tells which
hang together, and :func:`compare` says what became of the ground between two states of the plan.

All geometry is worked out in the equal-area plane of :mod:`parkgeo.crs`, where the planar area is
the official ellipsoidal area.
"""

from parkgeo.overlap._certificate import certificate, show
from parkgeo.overlap._compare import CHANGES, balance, compare
from parkgeo.overlap._groups import groups
from parkgeo.overlap._matrix import matrix
from parkgeo.overlap._pairs import RELATIONS, pairs
from parkgeo.overlap._partition import net_area_km2, partition

__all__ = [
    "CHANGES",
    "RELATIONS",
    "balance",
    "certificate",
    "compare",
    "groups",
    "matrix",
    "net_area_km2",
    "pairs",
    "partition",
    "show",
]
