"""What the modules above take from concentration; it stays when the rest of the package moves."""

from parkgeo.concentration._plane import place
from parkgeo.concentration._ratio import require_share
from parkgeo.concentration._select import AREA_UNIT
from parkgeo.concentration._sums import ACCURACY, groups_of, targeted
from parkgeo.concentration._zones import Zones, zones_of

__all__ = [
    "ACCURACY",
    "AREA_UNIT",
    "Zones",
    "groups_of",
    "place",
    "require_share",
    "targeted",
    "zones_of",
]
