"""Maps that open without a network: in Jupyter, from a file, behind a firewall."""

from parkgeo._page import (
    Basemap,
    DrawnBasemap,
    Map,
    assets_folder,
    check_assets,
    external_loads,
    fetch_assets,
    folium_assets,
    save,
    tianditu,
)
from parkgeo.fourbounds._map import resolution_map
from parkgeo.maps._agglomeration import agglomeration_map
from parkgeo.maps._compare import compare_map
from parkgeo.maps._concentration import concentration_map
from parkgeo.maps._explore import explore
from parkgeo.maps._ground import drawn_basemap
from parkgeo.maps._industry import industry_map
from parkgeo.maps._investment import investment_map
from parkgeo.maps._overlap import overlap_map

__all__ = [
    "Basemap",
    "DrawnBasemap",
    "Map",
    "agglomeration_map",
    "assets_folder",
    "check_assets",
    "compare_map",
    "concentration_map",
    "drawn_basemap",
    "explore",
    "external_loads",
    "fetch_assets",
    "folium_assets",
    "industry_map",
    "investment_map",
    "overlap_map",
    "resolution_map",
    "save",
    "tianditu",
]
