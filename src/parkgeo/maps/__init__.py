"""Maps that open without a network: in Jupyter, from a file, behind a firewall."""

from parkgeo._page import Basemap, Map, external_loads, save, tianditu
from parkgeo.fourbounds._map import resolution_map
from parkgeo.maps._compare import compare_map
from parkgeo.maps._explore import explore
from parkgeo.maps._overlap import overlap_map

__all__ = [
    "Basemap",
    "Map",
    "compare_map",
    "explore",
    "external_loads",
    "overlap_map",
    "resolution_map",
    "save",
    "tianditu",
]
