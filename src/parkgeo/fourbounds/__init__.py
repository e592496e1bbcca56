"""Four-bounds (四至): from the words of a published range to a polygon, with reasons."""

from parkgeo.fourbounds._parse import parse
from parkgeo.fourbounds._references import BEARINGS_DEG, Bounds, Kind, Reference, Relation, Side

__all__ = ["BEARINGS_DEG", "Bounds", "Kind", "Reference", "Relation", "Side", "parse"]
