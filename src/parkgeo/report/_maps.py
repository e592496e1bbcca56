"""Maps to click through, as pages within the page, whose scripts are the only ones that may run."""

import base64
import hashlib
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Final

from branca.element import Figure

from parkgeo import maps
from parkgeo.errors import ParkgeoError

__all__ = ["page_of", "policy"]

_SCRIPT_TYPES: Final = frozenset({"", "module", "text/javascript", "application/javascript"})


def page_of(m: maps.Map) -> str:
    """Return the whole page of a map."""
    root = m.get_root()
    if not isinstance(root, Figure):
        raise ParkgeoError(f"the map hangs in a {type(root).__name__}, not in a page")
    return str(root.render())


def policy(pages: Iterable[str], *, tiles: bool) -> str:
    """Say what a browser may do with the report: show it, and run the scripts of its maps.

    A page within a page is bound by the policy of the outer one. Scripts are allowed by their
    hashes, so that a text which found a way into the page as script would still not run.

    Parameters
    ----------
    pages
        Of the maps.
    tiles
        Whether pictures may come from a network, as tiles of a basemap do.

    Returns
    -------
    A Content-Security-Policy (W3C, level 2).

    Examples
    --------
    >>> policy([], tiles=False)[:38]
    "default-src 'none'; script-src 'none';"
    """
    finder = _ScriptFinder()
    for page in pages:
        finder.feed(page)
    finder.close()
    hashes = " ".join(dict.fromkeys(map(_hash, finder.found))) or "'none'"
    images = "data: blob: https: http:" if tiles else "data: blob:"
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        f"img-src {images}; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(code: str) -> str:
    digest = hashlib.sha256(code.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class _ScriptFinder(HTMLParser):
    """Collects the code of a page's own scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given:
            self._within = given.get("type", "").strip().lower() in _SCRIPT_TYPES
            self.found += [""] if self._within else []

    def handle_data(self, data: str) -> None:
        if self._within:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._within = False
