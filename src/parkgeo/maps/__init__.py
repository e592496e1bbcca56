"""Maps that open without a network: in Jupyter, from a file, behind a firewall."""

from parkgeo._page import Map, external_loads, save
from parkgeo.fourbounds._map import resolution_map
from parkgeo.maps._overlap import overlap_map

__all__ = ["Map", "external_loads", "overlap_map", "resolution_map", "save"]
