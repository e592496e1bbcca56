"""Check that links lead somewhere: of the built documentation, and of the Markdown beside the code.

``python tools/check_links.py docs/_build/html`` reads every page of the site and follows its links,
pictures, scripts and styles to files and places in them. Links of the Markdown files of the
repository that are read there and not on the site (README, CONTRIBUTING and others) are followed as
well. Nothing is asked for over the network: ``--external`` lists what leads elsewhere. The exit
code is 1 where something leads nowhere.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = ("*.md", "data/**/*.md", "tests/**/*.md", "benchmarks/*.md", "recipe/*.md")
"""Markdown that is read in the repository; what lies in docs is checked as it is built."""
LINKS: Final = {"href", "src", "poster", "data", "srcset"}
INSIDE: Final = {"data", "blob", "javascript", "about"}
"""Schemes of what stands in the page itself."""


@dataclass
class Page:
    """The places of a page, and what it links to."""

    places: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.page.places.add(value)
            elif name == "srcset":
                self.page.links += [part.split()[0] for part in value.split(",") if part.split()]
            elif name in LINKS and (name != "data" or tag == "object"):
                self.page.links.append(value)


def main(arguments: list[str] | None = None) -> int:
    """Check; print what leads nowhere; return the exit code."""
    options = _options(arguments)
    read.cache_clear()
    if not options.site.is_dir():
        print(f"no built documentation at {options.site}: run make docs", file=sys.stderr)
        return 1
    pages = sorted(options.site.rglob("*.html"))
    texts = [path for pattern in PAGES for path in sorted(options.root.glob(pattern))]
    elsewhere: Counter[str] = Counter()
    broken = [*_broken(pages, options.site, elsewhere), *_broken(texts, options.root, elsewhere)]
    for line in broken:
        print(line, file=sys.stderr)
    if options.external:
        print("\n".join(sorted(elsewhere)))
    print(
        f"{len(pages)} pages and {len(texts)} texts: {len(broken)} links lead nowhere, "
        f"{len(elsewhere)} addresses elsewhere were not tried",
        file=sys.stderr,
    )
    return 1 if broken else 0


@cache
def read(path: Path) -> Page:
    """Read the places and links of a page, of HTML or Markdown."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        return _markdown(text)
    reader = _Reader()
    reader.feed(text)
    return reader.page


def why_broken(link: str, page: Path, top: Path) -> str | None:
    """Say why a link of a page leads nowhere; None where it leads somewhere, or elsewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    target = page if not path else (top / path[1:] if path[0] == "/" else page.parent / path)
    target = target.resolve()
    if not target.is_relative_to(top.resolve()):
        return "leaves the folder"
    if target.is_dir() and top.joinpath("index.html").exists():
        target /= "index.html"
    if not target.exists():
        return "no such file"
    place = unquote(parts.fragment)
    if place and target.suffix in {".html", ".md"} and place not in read(target).places:
        return "no such place in it"
    return None


def _broken(pages: Iterable[Path], top: Path, elsewhere: Counter[str]) -> Iterator[str]:
    for page in pages:
        for link in dict.fromkeys(read(page.resolve()).links):
            scheme = urlsplit(link).scheme
            if scheme and scheme not in INSIDE:
                elsewhere[link] += 1
            why = why_broken(link, page.resolve(), top)
            if why:
                yield f"{page.relative_to(top)}: {link}: {why}"


def _markdown(text: str) -> Page:
    page, seen = Page(), Counter[str]()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[number + 1].children or ()
            name = _slug("".join(word.content for word in words))
            page.places.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
        for child in token.children or ():
            link = child.attrGet("href") or child.attrGet("src")
            if link:
                page.links.append(str(link))
    return page


def _slug(heading: str) -> str:
    """Name a heading as code hosts do."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, nargs="?", default=ROOT / "docs" / "_build" / "html")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    parser.add_argument(
        "--external", action="store_true", help="list addresses that lead elsewhere"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
