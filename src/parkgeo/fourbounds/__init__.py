"""Four-bounds (四至): from the words of a published range to a polygon, with reasons."""

from parkgeo.fourbounds._describe import describe
from parkgeo.fourbounds._parse import parse
from parkgeo.fourbounds._references import BEARINGS_DEG, Bounds, Kind, Reference, Relation, Side
from parkgeo.fourbounds._resolution import SIDE_COLUMNS, Resolution
from parkgeo.fourbounds._resolve import resolve

__all__ = [
    "BEARINGS_DEG",
    "SIDE_COLUMNS",
    "Bounds",
    "Kind",
    "Reference",
    "Relation",
    "Resolution",
    "Side",
    "describe",
    "parse",
    "resolve",
]
