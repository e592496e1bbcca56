"""What stands in the page of a map, read as a browser would."""

import json
from html.parser import HTMLParser
from typing import Any

import folium


class Scripts(HTMLParser):
    """Finds the scripts of a page: the type of each, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str | None, str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append((dict(attrs).get("type"), ""))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.inside:
            kind, text = self.found[-1]
            self.found[-1] = (kind, text + data)


def payload(m: folium.Map) -> Any:  # noqa: ANN401
    """Read the JSON that stands in the page."""
    scripts = Scripts()
    scripts.feed(m.get_root().render())
    (text,) = [text for kind, text in scripts.found if kind == "application/json"]
    return json.loads(text)
