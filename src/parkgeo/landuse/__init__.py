"""Land-use class systems (土地分类) and what a class of one is in another.

Parcels come with codes of different standards, typed and saved by hand: ``0601``, 601.0, ``M1``.
Here are the codes with their names and hierarchy, what counts as industrial land in each, and the
way from one system to another with its losses stated. A code that is null or unknown is reported,
never dropped.
"""

from parkgeo.landuse._codes import check, normalise
from parkgeo.landuse._crosswalk import crosswalk
from parkgeo.landuse._detect import detect_system
from parkgeo.landuse._groups import INDUSTRIAL, Group
from parkgeo.landuse._matches import matches
from parkgeo.landuse._recode import recode
from parkgeo.landuse._systems import SYSTEMS, classes, find_system, sources

__all__ = [
    "INDUSTRIAL",
    "SYSTEMS",
    "Group",
    "check",
    "classes",
    "crosswalk",
    "detect_system",
    "find_system",
    "matches",
    "normalise",
    "recode",
    "sources",
]
