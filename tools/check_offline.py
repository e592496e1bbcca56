"""Check that built pages load nothing from elsewhere: no script, style, picture, font or frame.

Links that a reader clicks are allowed, whatever they lead to. Prints each page with what it would
load, and exits with 1 if there is any::

    python tools/check_offline.py docs/_build/html
"""

import argparse
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

LOADING: Final = {
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("image", "href"),
    ("image", "xlink:href"),
    ("img", "src"),
    ("img", "srcset"),
    ("input", "src"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("track", "src"),
    ("use", "href"),
    ("use", "xlink:href"),
    ("video", "poster"),
    ("video", "src"),
}
LOADING_LINKS: Final = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "preconnect"}
"""Kinds of ``<link>`` that a browser follows by itself."""
_IN_STYLE: Final = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*([^"')\s]+)""", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects what a page loads, that of pages within it too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.loads: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        self.loads += [values[name] for name in values if (tag, name) in LOADING]
        if tag == "link" and LOADING_LINKS & set(values.get("rel", "").lower().split()):
            self.loads.append(values.get("href", ""))
        if "style" in values:
            self.loads += _IN_STYLE.findall(values["style"])
        if "srcdoc" in values:
            self.loads += loaded(values["srcdoc"])

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.loads += _IN_STYLE.findall(data)


def loaded(html: str) -> list[str]:
    """List the addresses that a page loads while it is shown."""
    page = _Page()
    page.feed(html)
    page.close()
    return page.loads


def elsewhere(address: str) -> bool:
    """Tell whether an address leads to another machine."""
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme in {"http", "https", "ws", "wss", "ftp"}


def check(folder: Path) -> Iterator[tuple[Path, str]]:
    """Find what the pages and styles of a folder would load from elsewhere."""
    for path in sorted(folder.rglob("*.html")):
        yield from ((path, one) for one in loaded(path.read_text("utf-8")) if elsewhere(one))
    for path in sorted(folder.rglob("*.css")):
        found = _IN_STYLE.findall(path.read_text("utf-8"))
        yield from ((path, one) for one in found if elsewhere(one))


def main(arguments: list[str] | None = None) -> int:
    """Check a folder; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the built pages are")
    folder: Path = parser.parse_args(arguments).folder
    pages = sum(1 for _ in folder.rglob("*.html"))
    if not pages:
        print(f"no pages in {folder}; make docs builds them", file=sys.stderr)
        return 1
    found = list(check(folder))
    for path, address in found:
        print(f"{path.relative_to(folder)}: loads {address}")
    print(f"{pages} pages, {len(found)} addresses elsewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
