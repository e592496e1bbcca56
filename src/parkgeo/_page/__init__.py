"""Pages that open without a network: Leaflet in the page, and data that scripts draw."""

from parkgeo._page._basemaps import Basemap, BasemapChoice, tianditu
from parkgeo._page._inline import Inline
from parkgeo._page._json import bounds_of, geojson, on_wgs84, rounded_degrees, to_script_json
from parkgeo._page._layers import DrawnLayers, base_map
from parkgeo._page._loads import external_loads
from parkgeo._page._map import Map, save
from parkgeo._page._packed import compressed_json, packed

__all__ = [
    "Basemap",
    "BasemapChoice",
    "DrawnLayers",
    "Inline",
    "Map",
    "base_map",
    "bounds_of",
    "compressed_json",
    "external_loads",
    "geojson",
    "on_wgs84",
    "packed",
    "rounded_degrees",
    "save",
    "tianditu",
    "to_script_json",
]
