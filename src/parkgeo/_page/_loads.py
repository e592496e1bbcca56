"""What a page would fetch from elsewhere."""

import re
import shlex
from base64 import b64decode
from functools import cache
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote_to_bytes

from parkgeo._page._assets import AssetFolder, address_of, assets_folder
from parkgeo._page._libraries import libraries
from parkgeo.errors import ParkgeoError

__all__ = ["SCRIPT_TYPES", "external_loads", "integrities", "refuse_loads", "unescaped"]

_LOADING_ATTRIBUTES: Final = frozenset({"src", "poster", "background", "data"})
_HREF_LOADS: Final = frozenset({"link", "image", "use", "feimage", "script"})
SCRIPT_TYPES: Final = frozenset({"", "module", "text/javascript", "application/javascript"})
_LOCAL: Final = re.compile(r"\s*(?:$|#|data:|blob:|about:|javascript:)", re.IGNORECASE)
_CSS_LOAD: Final = re.compile(
    r"""@import\s*["']([^"']+)|url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)""",
    re.IGNORECASE,
)
# In script: a string that begins with an address, unless it is where a link leads or a namespace;
# and whatever is fetched by name.
_SCRIPT_LOAD: Final = re.compile(
    r"""(?<!href=)(?<!href=\\)["'`]((?:(?:https?:)?//|https?:\\/\\/)(?!www\.w3\.org/)(?:[^"'`\s\\]|\\u00[0-9a-f]{2}|\\/)+)"""
    r"""|\b(?:fetch|importScripts|import|getJSON|getScript|ajax)\(\s*["'`]([^"'`]+)""",
)
_PAGE_IN_ADDRESS: Final = re.compile(
    r"\s*data:(?:text/html|image/svg\+xml|application/xhtml\+xml)[^,]*?(;\s*base64)?,(.*)",
    re.IGNORECASE | re.DOTALL,
)
_PAGE_IN_SCRIPT: Final = re.compile(r"data:text/html[^,\s]{0,40};base64,[\w+/=]+", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\u00([0-9a-fA-F]{2})|\\(/)")


def external_loads(page: str) -> list[str]:
    """List what a page would fetch from elsewhere, such as scripts and tiles.

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
    return list(integrities(page))


def integrities(page: str) -> dict[str, str]:
    """Return what :func:`external_loads` lists, with the ``integrity`` of the tag if it has one.

    Examples
    --------
    >>> integrities('<script src="https://a.cn/b.js" integrity="sha256-AA"></script>')
    {'https://a.cn/b.js': 'sha256-AA'}
    """
    finder = _LoadFinder()
    finder.feed(page)
    finder.close()
    return {address: finder.integrity.get(address, "") for address in finder.found}


def unescaped(address: str) -> str:
    """Return an address as a script means it that writes ``&`` and ``/`` as escapes.

    Examples
    --------
    >>> unescaped(r"https://a.cn/?b=1\u0026c=2")
    'https://a.cn/?b=1&c=2'
    """
    return _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)) if hit[1] else hit[2], address)


def refuse_loads(page: str, assets: AssetFolder) -> None:
    """Raise an error that names what a page would fetch, if it would fetch anything."""
    found = external_loads(page)
    if not found:
        return
    listed = "\n".join(f"  {address[:120]}{_held(address, assets)}" for address in found[:10])
    rest = f"\n  and {len(found) - 10} more" if len(found) > 10 else ""  # noqa: PLR2004
    raise ParkgeoError(
        f"the page would load {len(found)} thing(s) from elsewhere, so it cannot open without a "
        f"network:\n{listed}{rest}\n{_remedy(found, assets)}Take the tile layer, icon or plugin "
        "that needs them off the map, or save with offline=False.",
    )


def _held(address: str, assets: AssetFolder) -> str:
    version = assets.other_version(address) if _can_be_fetched(address) else None
    return f" ({assets.folder} holds version {version})" if version else ""


def _remedy(found: list[str], assets: AssetFolder) -> str:
    """Say how scripts and styles are fetched, where any of what is missing can be."""
    wanted = [shlex.quote(address_of(address)) for address in found if _can_be_fetched(address)]
    if not wanted:
        return ""
    few = len(wanted) <= 4  # noqa: PLR2004
    said = " ".join(wanted) if few else "--all-folium  (or --page FILE, saved with offline=False)"
    elsewhere = assets.folder != assets_folder()
    folder = f" --folder {shlex.quote(str(assets.folder))}" if elsewhere else ""
    return (
        "Where there is a network, scripts, styles and images can be fetched once, with\n"
        f"  parkgeo assets fetch{folder} {said}\nor maps.fetch_assets(m), into {assets.folder}, "
        "which may be copied to where there is none; save then puts them into the page. "
        "For the rest:\n"
    )


def _can_be_fetched(address: str) -> bool:
    try:
        address_of(address)
    except ValueError:
        return False
    return True


class _LoadFinder(HTMLParser):
    """Collects the addresses that a browser would fetch on its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.integrity: dict[str, str] = {}
        self._within: str | None = None
        self._code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("integrity"):
            address = given.get("src") or given.get("href", "")
            self.integrity[address.strip()] = given["integrity"]
        for name, value in given.items():
            loads = name in _LOADING_ATTRIBUTES or (
                name in {"href", "xlink:href"} and tag in _HREF_LOADS
            )
            if loads:
                self._add(value)
                self._add_page(value)
            elif name in {"srcset", "imagesrcset"}:
                for part in re.split(r",\s+", value):
                    self._add(part.split(" ", maxsplit=1)[0])
            elif name == "srcdoc":
                self.found.extend(external_loads(value))
            elif name == "style":
                self._add_css(value)
        if tag == "style" or (
            tag == "script" and given.get("type", "").strip().lower() in SCRIPT_TYPES
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
                self._add(unescaped(hit[1] or hit[2]))
            for hit in _PAGE_IN_SCRIPT.finditer(code):
                self._add_page(hit[0])
        self._within, self._code = None, []

    def _add_page(self, address: str) -> None:
        """Look into a page that stands in an address, as those of folium's IFrame do."""
        hit = _PAGE_IN_ADDRESS.match(address)
        if hit is None:
            return
        try:
            content = unquote_to_bytes(hit[2])
            page = (b64decode(content) if hit[1] else content).decode("utf-8", errors="replace")
        except ValueError:
            return  # no base64: a browser shows nothing either
        self.found.extend(external_loads(page))

    def _add_css(self, css: str) -> None:
        for hit in _CSS_LOAD.finditer(css):
            self._add(next((group for group in hit.groups() if group), ""))

    def _add(self, address: str) -> None:
        if not _LOCAL.match(address):
            self.found.append(address.strip())


@cache
def _known_code() -> frozenset[str]:
    """Return the library code that parkgeo itself puts in: it names addresses but loads none."""
    return frozenset(element.code for _, element in libraries() if element.tag == "script")
