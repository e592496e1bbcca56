"""Pages that carry their own scripts and styles, and the check that they do."""

import base64
import mimetypes
import os
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from html.parser import HTMLParser
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import folium
from branca.element import Element, Figure
from jinja2 import Template

from parkgeo.errors import MissingExtraError, ParkgeoError

__all__ = ["Inline", "Map", "external_loads", "save"]

_OWN_LIBRARIES: Final = frozenset({"leaflet", "jquery", "leaflet_css"})
_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    'font-src data:">'
)
"""Tells the browser to load nothing at all, whatever the check below may have missed."""


class Inline(Element):
    """Code or data that stands in the page itself.

    Unlike ``Element(code)``, and unlike what a folium macro returns, it is never read as a
    template: a name such as ``{{ 7 * 7 }}`` stays what it is.
    """

    _template = Template("<{{ this.tag }}{{ this.attributes }}>{{ this.code }}</{{ this.tag }}>")

    def __init__(self, tag: str, code: str, **attributes: str) -> None:
        super().__init__()
        self._name = "Inline"
        self.tag = tag
        self.attributes = "".join(f' {key}="{escape(text)}"' for key, text in attributes.items())
        # A closing tag within a string would end the element; the escape means the same to script.
        self.code = re.sub(rf"</(?={tag})", r"<\\/", code, flags=re.IGNORECASE)


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
        for name, element in _libraries():
            header.add_child(element, name=name)
        if any(isinstance(child, folium.Icon) for child in _descendants(self)):
            # These icons need scripts and fonts that only their servers have.
            self.default_js = _not_own(folium.Map.default_js)
            self.default_css = _not_own(folium.Map.default_css)
        super().render(**kwargs)  # type: ignore[no-untyped-call]


def save(m: folium.Map, path: str | os.PathLike[str], *, offline: bool = True) -> Path:
    """Write a map to one HTML file that opens without any network.

    The file can be mailed, put on an intranet or opened behind a firewall: scripts, styles and
    images stand in it, and it tells the browser to load nothing else.

    Parameters
    ----------
    m
        What :func:`parkgeo.maps.overlap_map` returned, with whatever was added to it.
    path
        File to write, usually ``*.html``; replaced in one step, so that no half-written page is
        ever seen. Folders on the way are made.
    offline
        Refuse a page that would load something. With false the page may use the network, as a
        tile basemap must.

    Returns
    -------
    The path written.

    Raises
    ------
    ParkgeoError
        With ``offline``, if the page would load something: a tile layer, a folium plugin.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> save(Map(location=[30.3, 120.1]), f"{mkdtemp()}/map.html").name
    'map.html'
    """
    page = _figure(m).render()
    if offline:
        _refuse_loads(page)
        page = page.replace("<head>", f"<head>\n    {_POLICY}", 1)
    return _write_atomically(Path(path), page)


def external_loads(page: str) -> list[str]:
    """List what a page would fetch from elsewhere: scripts, styles, images, fonts, tiles.

    Links that a reader may follow are not loads, nor is anything in a ``data:`` URI.

    Parameters
    ----------
    page
        HTML text.

    Returns
    -------
    Addresses in the order of the page, each once.

    Examples
    --------
    >>> external_loads('<img src="data:,"><a href="https://a.cn">a</a><script src="b.js"></script>')
    ['b.js']
    """
    finder = _LoadFinder()
    finder.feed(page)
    finder.close()
    return list(dict.fromkeys(finder.found))


def _refuse_loads(page: str) -> None:
    found = external_loads(page)
    if not found:
        return
    listed = "\n".join(f"  {address[:120]}" for address in found[:10])
    rest = f"\n  and {len(found) - 10} more" if len(found) > 10 else ""  # noqa: PLR2004
    raise ParkgeoError(
        f"the page would load {len(found)} thing(s) from elsewhere, so it cannot open without a "
        f"network:\n{listed}{rest}\nTake the tile layer, icon or plugin that needs them off the "
        "map, or save with offline=False.",
    )


def _write_atomically(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


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


def _not_own(links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, url) for name, url in links if name not in _OWN_LIBRARIES]


# Libraries from installed packages ---------------------------------------------------------------


@cache
def _libraries() -> tuple[tuple[str, Inline], ...]:
    """Return Leaflet and jQuery under the names by which folium knows them."""
    leaflet = _asset("XStatic-Leaflet", "leaflet/data/leaflet.js").read_text(encoding="utf-8")
    jquery = _asset("XStatic-jQuery", "jquery/data/jquery.min.js").read_text(encoding="utf-8")
    return (
        ("leaflet", Inline("script", _without_source_map(leaflet) + _marker_images())),
        ("jquery", Inline("script", _without_source_map(jquery))),
        ("leaflet_css", Inline("style", _leaflet_css())),
    )


@cache
def _asset(package: str, ending: str) -> Path:
    try:
        listed = files(package) or []
    except PackageNotFoundError:
        listed = []
    for file in listed:
        if file.as_posix().endswith(ending):
            return Path(str(file.locate()))
    raise MissingExtraError(
        f"{ending.rsplit('/', maxsplit=1)[-1]} was not found in the package {package}, which maps "
        f"need to open without a network; install it with: pip install {package}",
    )


def _without_source_map(code: str) -> str:
    return re.sub(r"^//# sourceMappingURL=.*$", "", code, flags=re.MULTILINE)


def _leaflet_css() -> str:
    css = _asset("XStatic-Leaflet", "leaflet/data/leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"url\(images/([\w.-]+)\)", lambda hit: f"url({_image(hit[1])})", css)


def _image(name: str) -> str:
    content = _asset("XStatic-Leaflet", f"leaflet/data/images/{name}").read_bytes()
    kind = mimetypes.guess_type(name)[0]
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _marker_images() -> str:
    """Return script that hands Leaflet its marker images, which it would look for as files."""
    return (
        "\ndelete L.Icon.Default.prototype._getIconUrl;\nL.Icon.Default.mergeOptions({"
        f'iconUrl: "{_image("marker-icon.png")}", '
        f'iconRetinaUrl: "{_image("marker-icon-2x.png")}", '
        f'shadowUrl: "{_image("marker-shadow.png")}"}});\n'
    )


# What a page loads -------------------------------------------------------------------------------

_LOADING_ATTRIBUTES: Final = frozenset({"src", "poster", "background", "data"})
_HREF_LOADS: Final = frozenset({"link", "image", "use", "feimage", "script"})
_SCRIPT_TYPES: Final = frozenset({"", "module", "text/javascript", "application/javascript"})
_LOCAL: Final = re.compile(r"\s*(?:$|#|data:|blob:|about:|javascript:)", re.IGNORECASE)
_CSS_LOAD: Final = re.compile(
    r"""@import\s+["']([^"']+)|url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)""",
    re.IGNORECASE,
)
# In script: a string that begins with an address, unless it is where a link leads or a namespace;
# and whatever is fetched by name.
_SCRIPT_LOAD: Final = re.compile(
    r"""(?<!href=)(?<!href=\\)["'`]((?:https?:)?//(?!www\.w3\.org/)[^"'`\s\\]+)"""
    r"""|\b(?:fetch|importScripts|import|getJSON|getScript|ajax)\(\s*["'`]([^"'`]+)""",
)


class _LoadFinder(HTMLParser):
    """Collects the addresses that a browser would fetch on its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._within: str | None = None
        self._code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            loads = name in _LOADING_ATTRIBUTES or (
                name in {"href", "xlink:href"} and tag in _HREF_LOADS
            )
            if loads:
                self._add(value)
            elif name in {"srcset", "imagesrcset"}:
                for part in re.split(r",\s+", value):
                    self._add(part.split(" ", maxsplit=1)[0])
            elif name == "srcdoc":
                self.found.extend(external_loads(value))
            elif name == "style":
                self._add_css(value)
        if tag == "style" or (
            tag == "script" and given.get("type", "").strip().lower() in _SCRIPT_TYPES
        ):
            self._within, self._code = tag, []

    def handle_data(self, data: str) -> None:
        if self._within:
            self._code.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._finish()

    def close(self) -> None:
        super().close()
        self._finish()

    def _finish(self) -> None:
        code = "".join(self._code)
        if self._within == "style":
            self._add_css(code)
        elif self._within == "script" and code not in _known_code():
            for hit in _SCRIPT_LOAD.finditer(code):
                self._add(hit[1] or hit[2])
        self._within, self._code = None, []

    def _add_css(self, css: str) -> None:
        for hit in _CSS_LOAD.finditer(css):
            self._add(next((group for group in hit.groups() if group), ""))

    def _add(self, address: str) -> None:
        if not _LOCAL.match(address):
            self.found.append(address.strip())


@cache
def _known_code() -> frozenset[str]:
    """Return the library code that parkgeo itself puts in: it names addresses but loads none."""
    return frozenset(element.code for _, element in _libraries() if element.tag == "script")
