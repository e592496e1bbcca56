"""Maps that open without a network: in Jupyter, from a file, behind a firewall."""

from parkgeo.maps._overlap import overlap_map
from parkgeo.maps._page import Map, external_loads, save

__all__ = ["Map", "external_loads", "overlap_map", "save"]
