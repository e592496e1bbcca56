"""The map of extents and their overlaps."""

from typing import Literal, get_args

import geopandas as gpd

from parkgeo import crs
from parkgeo._page import BasemapChoice, DrawnLayers, Map, base_map
from parkgeo._style import WORDS, Text, require_brands, require_language
from parkgeo.errors import UnknownNameError
from parkgeo.maps._payload import Coloring, overlap_payload

__all__ = ["overlap_map"]


def overlap_map(
    parks: gpd.GeoDataFrame,
    *,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    color: Coloring = "number",
) -> Map:
    """Show which brands lie on the same ground, on a map to click through.

    Levels, brands and blocks have switches, in a tree. Ground that several brands share (一地多牌)
    is coloured and hatched by their number, and the legend says how much of it there is. Each pair
    of brands stands in a list with its area and the interval that the accuracy of the boundaries
    allows; each extent has a card: stated and measured area, level, method, accuracy, sides found
    and closed, source and licence. A button turns the page from Chinese to English. Without a
    basemap the map needs no network, neither in Jupyter nor as a file.

    Parameters
    ----------
    parks
        A ``parks`` frame in any CRS that parkgeo knows. Only ``brand_id`` and a geometry are
        needed; every other column of the schema that is there is shown. Rows without a geometry are
        listed with their ``extent_reason`` or ``reasons``.
    language
        With which the page opens.
    basemap
        Tiles below, which need a network: ``"osm"``, ``"amap"``, ``"amap-satellite"``, ``"baidu"``,
        :func:`parkgeo.maps.tianditu`, a :class:`parkgeo.maps.Basemap` of your own, or several in a
        list, from which the reader chooses; or :func:`parkgeo.maps.drawn_basemap` of lines of your
        own, which needs no network. Extents are drawn in the datum of the basemap that is
        shown, so they lie on its streets. Without, the ground is plain, with lines of longitude and
        latitude.
    title
        Heading of the panel, and the page's title.
    color
        What colours say when the page opens: ``"number"``, how many brands the ground carries, or
        ``"brand"``, which. The reader can turn from one to the other.

    Returns
    -------
    A folium map: more can be added to it, Jupyter shows it, :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    SchemaError
        No column or index ``brand_id``, or rows without one.
    MissingCRSError
        The frame does not say where it lies.
    GeometryError
        A geometry is no polygon, or invalid.
    UnknownNameError
        No such language, basemap or colouring.

    Notes
    -----
    Areas are official ones (:mod:`parkgeo.measure`). Ground is hatched by the brands on it that are
    switched on: one direction of lines for two, one more for each further brand, so that a print
    without colour tells as much. Outlines are in Paul Tol's "muted" scheme, in the order of the
    frame; numbers of brands in the shades of his "YlOrBr".

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(120.0, 30.0, 120.02, 30.02), box(120.01, 30.0, 120.03, 30.02)]
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=squares, crs="EPSG:4490")
    >>> "Brand extents and overlaps" in overlap_map(parks).get_root().render()
    True
    """
    require_language(language)
    if color not in get_args(Coloring):
        raise UnknownNameError(
            f"unknown color {color!r}; use one of {', '.join(get_args(Coloring))}"
        )
    parks = require_brands(parks)
    crs.require_crs(parks, "parks")
    payload = overlap_payload(parks, language=language, color=color)
    heading = WORDS["title"] if title is None else Text.same(title)
    payload["title"] = heading
    layers = DrawnLayers(
        "parkgeoOverlapMap",
        payload,
        package="parkgeo.maps",
        static=("overlap.css", "overlap.js"),
    )
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)
