"""The map of extents and their overlaps."""

from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final, Literal

import geopandas as gpd
from branca.element import Figure, MacroElement
from folium import TileLayer
from jinja2 import Template

from parkgeo import crs
from parkgeo._style import WORDS, Text, require_brands, require_language
from parkgeo.errors import UnknownNameError
from parkgeo.maps._page import Inline, Map
from parkgeo.maps._payload import overlap_payload, to_script_json, writable

__all__ = ["overlap_map"]

_CHINA: Final = [[18.0, 73.5], [53.6, 134.8]]
"""What to show where there is nothing to show."""


class _OverlapLayers(MacroElement):
    """Puts the payload and the script that draws it into the page."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            parkgeoOverlapMap({{ this._parent.get_name() }}, "{{ this.get_name() }}");
        {% endmacro %}
        """,
    )

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "OverlapLayers"
        self.data = to_script_json(payload)

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Add the data, and the style and script once, however many such maps a page has."""
        figure = self.get_root()
        if isinstance(figure, Figure):
            name = self.get_name()
            data = Inline("script", self.data, type="application/json", id=name)
            figure.html.add_child(data, name=f"{name}_data")
            for file, tag in (("overlap.css", "style"), ("overlap.js", "script")):
                figure.header.add_child(Inline(tag, _static(file)), name=f"parkgeo_{file}")
        super().render(**kwargs)  # type: ignore[no-untyped-call]


def overlap_map(
    parks: gpd.GeoDataFrame,
    *,
    language: Literal["zh", "en"] = "zh",
    basemap: Literal["osm"] | None = None,
    title: str | None = None,
) -> Map:
    """Show which brands lie on the same ground, on a map to click through.

    Each brand has a switch, each overlap is hatched and stands in a list with its area and the
    interval that the accuracy of the boundaries allows, each extent has a card: stated and measured
    area, level, method, accuracy, sides found and closed, source and licence (品牌重叠图). A button
    turns the page from Chinese to English. Without a basemap the map needs no network, neither in
    Jupyter nor as a file.

    Parameters
    ----------
    parks
        A ``parks`` frame in any CRS that parkgeo knows. Only ``brand_id`` and a geometry are
        needed; every other column of the schema that is there is shown. Rows without a geometry are
        listed with their ``extent_reason`` or ``reasons``.
    language
        With which the page opens.
    basemap
        ``"osm"`` puts the OpenStreetMap tiles below, which need a network; without, the ground is
        plain, with lines of longitude and latitude.
    title
        Heading of the panel, and the page's title.

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
        No such language or basemap.

    Notes
    -----
    Areas are official ones (:mod:`parkgeo.measure`). A face is hatched while at least two of its
    brands are switched on. Colours are Paul Tol's "muted" scheme, in the order of the frame.

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(120.0, 30.0, 120.02, 30.02), box(120.01, 30.0, 120.03, 30.02)]
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=squares, crs="EPSG:4490")
    >>> "Brand extents and overlaps" in overlap_map(parks).get_root().render()
    True
    """
    require_language(language)
    parks = require_brands(parks)
    crs.require_crs(parks, "parks")
    payload = overlap_payload(parks, language=language)
    heading = WORDS["title"] if title is None else Text.same(title)
    payload["title"] = heading
    m = _base_map(payload["bounds"], basemap)
    payload["graticule"] = basemap is None
    m.add_child(_OverlapLayers(payload))
    root = m.get_root()
    if isinstance(root, Figure):
        root.title = escape(writable(heading.of(language)))
    return m


def _base_map(bounds: list[list[float]] | None, basemap: str | None) -> Map:
    """Return a map that is centred, with or without tiles; the script fits it to the window."""
    if basemap not in (None, "osm"):
        raise UnknownNameError(f"unknown basemap {basemap!r}; use 'osm', or None for a plain one")
    (south, west), (north, east) = bounds or _CHINA
    return Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12 if bounds else 4,
        tiles=TileLayer("OpenStreetMap", control=False) if basemap else None,
        zoom_control=False,
        # Tiles are sharp at whole steps only; shapes at any, so they can fill the window.
        zoom_snap=1 if basemap else 0.25,
        font_size="14px",
    )


@cache
def _static(name: str) -> str:
    return files("parkgeo.maps").joinpath("static", name).read_text(encoding="utf-8")
