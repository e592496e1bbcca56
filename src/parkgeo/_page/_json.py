"""What a map shows, as plain values that go to the page as JSON."""

import json
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs
from parkgeo._style import Text

__all__ = ["bounds_of", "geojson", "on_wgs84", "to_script_json", "writable"]

_DECIMALS: Final = 6
"""Of a degree: 0.1 m, finer than any screen."""
_SCRIPT_ESCAPES: Final = {
    mark: f"\\u{ord(mark):04x}" for mark in ("<", ">", "&", "\u2028", "\u2029")
}


def to_script_json(payload: object) -> str:
    r"""Write JSON that can stand in a script element, whatever its texts hold.

    Examples
    --------
    >>> to_script_json({"brand": "</script>"})
    '{"brand":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(_plain(payload), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # One by one: translate() looks at each character of a packed layer.
    for mark, escape in _SCRIPT_ESCAPES.items():
        text = text.replace(mark, escape)
    return text


def writable(text: str) -> str:
    """Replace halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def on_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame as a web map wants it."""
    return crs.to_geographic(frame).to_crs("EPSG:4326")


def geojson(shapes: gpd.GeoSeries) -> list[dict[str, Any]]:
    """Return each shape as GeoJSON, rounded to what a screen can show."""
    rounded = shapely.transform(shapely.force_2d(shapes.to_numpy()), rounded_degrees)
    # Corners that came together, and those on a straight line, are left out.
    drawn = shapely.simplify(rounded, 0.0, preserve_topology=True)
    return [json.loads(text) for text in shapely.to_geojson(drawn)]


def bounds_of(drawn: gpd.GeoDataFrame) -> list[list[float]] | None:
    """Return south-west and north-east as Leaflet wants them, latitude first; null of nothing."""
    if drawn.empty:
        return None
    west, south, east, north = (float(edge) for edge in drawn.total_bounds)
    return [[south, west], [north, east]]


def rounded_degrees(lon_lat: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
    """Round coordinates to what a screen can show."""
    return np.round(lon_lat, _DECIMALS)


def _plain(value: object) -> object:
    """Turn texts, which are tuples, into objects with the languages as keys."""
    if isinstance(value, Text):
        return {"zh": writable(value.zh), "en": writable(value.en)}
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
