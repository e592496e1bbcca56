"""Named roads, rivers, railways and borders as lines, found by the names that texts use.

A gazetteer (地名库) is built from files of any year and source, and answers one question: which
lines does this name mean, where, and how sure is the likeness of the name?
"""

from parkgeo.gazetteer._aliases import BUNDLED, AliasSource
from parkgeo.gazetteer._borders import borders
from parkgeo.gazetteer._characters import simplified
from parkgeo.gazetteer._gazetteer import FOUND_COLUMNS, Gazetteer, read
from parkgeo.gazetteer._names import SCORES, normalise
from parkgeo.gazetteer._osm import from_osm

__all__ = [
    "BUNDLED",
    "FOUND_COLUMNS",
    "SCORES",
    "AliasSource",
    "Gazetteer",
    "borders",
    "from_osm",
    "normalise",
    "read",
    "simplified",
]
