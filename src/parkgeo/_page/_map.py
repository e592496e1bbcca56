"""Maps whose pages carry their own scripts and styles, and such pages as files."""

import os
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any, Final

import folium
from branca.element import Element, Figure

from parkgeo import _atomic
from parkgeo._page._assets import AssetFolder, assets_folder
from parkgeo._page._assets_inline import inlined
from parkgeo._page._inline import Inline
from parkgeo._page._libraries import libraries
from parkgeo._page._loads import external_loads, refuse_loads
from parkgeo.errors import ParkgeoError, SchemaError

__all__ = ["Map", "save"]

_OWN_LIBRARIES: Final = frozenset({"leaflet", "jquery", "leaflet_css"})
_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline'{compiling}; style-src 'unsafe-inline'; img-src data: blob:; "
    'font-src data:; frame-src data:">'
)
"""Tells the browser to load nothing at all, whatever the check below may have missed."""
_COMPILING: Final = " 'unsafe-eval'"
_PAGES: Final = (".html", ".htm")
_MAX_ZOOM: Final = 22
"""As deep as a map without tiles goes; plugins such as MarkerCluster must know."""


class Map(folium.Map):
    """Make a folium map whose page carries Leaflet itself.

    It opens, as a file or in Jupyter, where folium's own pages stay blank because their scripts
    come from a dozen servers. Everything else is :class:`folium.Map`; there are no tiles unless
    asked for.

    Parameters
    ----------
    tiles
        Basemap as in :class:`folium.Map`; tiles always need a network.
    **options
        Whatever else :class:`folium.Map` takes.

    Examples
    --------
    >>> from parkgeo.maps import external_loads
    >>> page = Map(location=[30.3, 120.1]).get_root().render()
    >>> external_loads(page)
    []
    """

    def __init__(self, *, tiles: str | folium.TileLayer | None = None, **options: Any) -> None:  # noqa: ANN401
        super().__init__(tiles=tiles, **options)
        self.default_js = []
        self.default_css = []

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Put Leaflet and jQuery into the page's head, then what the map holds."""
        header = _figure(self).header
        for name, element in libraries():
            header.add_child(element, name=name)
        within = list(_descendants(self))
        if not any(isinstance(child, folium.TileLayer) for child in within):
            self.options.setdefault("maxZoom", _MAX_ZOOM)
        if any(_is_font_icon(child) for child in within):
            # These icons need scripts and fonts that only their servers have.
            self.default_js = _not_own(folium.Map.default_js)
            self.default_css = _not_own(folium.Map.default_css)
        super().render(**kwargs)  # type: ignore[no-untyped-call]

    def _repr_html_(self, **kwargs: Any) -> str:  # noqa: ANN401
        """Show the map in a notebook, with what plugins load where it has been fetched."""
        shown: str = super()._repr_html_(**kwargs)
        held = AssetFolder.read(assets_folder())
        if not held.listed:
            return shown
        before, mark, rest = shown.partition('srcdoc="')
        page, quote, after = rest.partition('"')
        page, _ = inlined(unescape(page), held, known=_own(self))
        return f"{before}{mark}{escape(page)}{quote}{after}"


def save(
    m: folium.Map,
    path: str | os.PathLike[str],
    *,
    offline: bool = True,
    assets: str | os.PathLike[str] | None = None,
) -> Path:
    """Write a map to one HTML file that opens without any network.

    The file can be mailed, put on an intranet or opened behind a firewall: scripts, styles and
    images stand in it, and it tells the browser to load nothing else.

    Parameters
    ----------
    m
        What :func:`parkgeo.maps.overlap_map` returned, with whatever was added to it.
    path
        File to write, ``*.html``; replaced in one step, so that no half-written page is
        ever seen. Folders on the way are made.
    offline
        Refuse a page that would load something. With false the page may use the network, as a
        tile basemap must.
    assets
        Folder of scripts, styles, fonts and images that :func:`parkgeo.maps.fetch_assets` or
        ``parkgeo assets fetch`` filled; where null, as :func:`parkgeo.maps.assets_folder` says.
        What the map would load from elsewhere, as folium's plugins and icons do, is put into the
        page from there, each file checked against the hash noted when it was fetched. The network
        is never used.

    Returns
    -------
    The path written.

    Raises
    ------
    ParkgeoError
        With ``offline``, if the page would load something that the folder does not hold: a tile
        layer, a folium plugin. If a file of the folder is not what was fetched.
    SchemaError
        If the path does not end in ``.html`` or ``.htm``. If the folder's manifest is damaged.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> save(Map(location=[30.3, 120.1]), f"{mkdtemp()}/map.html").name
    'map.html'
    """
    target = Path(path)
    if target.suffix.lower() not in _PAGES:
        raise SchemaError(
            f"a map is a web page, and {target.name} does not end in .html; for a picture or a PDF "
            "draw a figure with parkgeo.plots, or print the page from the browser"
        )
    page = _figure(m).render()
    if offline:
        compiling = False
        if external_loads(page):
            held = AssetFolder.read(assets_folder(assets))
            page, compiling = inlined(page, held, known=_own(m))
            refuse_loads(page, held)
        policy = _POLICY.format(compiling=_COMPILING if compiling else "")
        page = page.replace("<head>", f"<head>\n    {policy}", 1)
    with _atomic.replaced(target) as part:
        part.write_text(page, encoding="utf-8", newline="\n")
    return target


def _own(m: folium.Map) -> dict[str, Inline]:
    """Return the libraries that parkgeo brings, by where folium's own map would fetch them."""
    brought = dict(libraries())
    links = [*m.default_js, *m.default_css]
    return {address: brought[name] for name, address in links if name in brought}


def _figure(m: folium.Map) -> Figure:
    root = m.get_root()
    if not isinstance(root, Figure):
        raise ParkgeoError(
            f"the map hangs in a {type(root).__name__}, not in a branca Figure; "
            "add it to a branca.element.Figure() first",
        )
    return root


def _descendants(element: Element) -> Iterator[Element]:
    for child in element._children.values():  # noqa: SLF001
        yield child
        yield from _descendants(child)


def _is_font_icon(element: Element) -> bool:
    # An icon of one's own is an Icon to folium, but needs no more than its picture.
    return isinstance(element, folium.Icon) and not isinstance(element, folium.CustomIcon)


def _not_own(links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, url) for name, url in links if name not in _OWN_LIBRARIES]
