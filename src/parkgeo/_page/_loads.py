"""What a page would fetch from elsewhere."""

import re
from functools import cache
from html.parser import HTMLParser
from typing import Final

from parkgeo._page._libraries import libraries
from parkgeo.errors import ParkgeoError

__all__ = ["external_loads", "refuse_loads"]

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


def refuse_loads(page: str) -> None:
    """Raise an error that names what a page would fetch, if it would fetch anything."""
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
    return frozenset(element.code for _, element in libraries() if element.tag == "script")
