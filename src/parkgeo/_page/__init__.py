"""Pages that open without a network: Leaflet in the page, and data that scripts draw."""

from parkgeo._page._assets import AssetFolder, assets_folder, check_assets
from parkgeo._page._assets_fetch import fetch_assets, folium_assets
from parkgeo._page._basemaps import Basemap, BasemapChoice, tianditu
from parkgeo._page._drawn_ground import DrawnBasemap, drawing
from parkgeo._page._inline import Inline
from parkgeo._page._json import bounds_of, geojson, on_wgs84, rounded_degrees, to_script_json
from parkgeo._page._layers import DrawnLayers, base_map
from parkgeo._page._loads import external_loads, integrities
from parkgeo._page._map import Map, save
from parkgeo._page._packed import compressed_json, packed

__all__ = [
    "AssetFolder",
    "Basemap",
    "BasemapChoice",
    "DrawnBasemap",
    "DrawnLayers",
    "Inline",
    "Map",
    "assets_folder",
    "base_map",
    "bounds_of",
    "check_assets",
    "compressed_json",
    "drawing",
    "external_loads",
    "fetch_assets",
    "folium_assets",
    "geojson",
    "integrities",
    "on_wgs84",
    "packed",
    "rounded_degrees",
    "save",
    "tianditu",
    "to_script_json",
]
