"""A real Chromium that cannot reach anything but files, and keeps a record of what was tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import folium
import pytest
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from parkgeo import maps

DESKTOP = (1440, 900)
PHONE = (390, 844)


@dataclass
class Visit:
    """A page, and all that happened on it since it was opened."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def loads(self) -> list[str]:
        """Requests that leave the file."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Without a sandbox, as in a container; the pages are our own.
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Save a map, open it with the network blocked, and record what it does."""
    contexts = []

    def open_map(m: folium.Map, size: tuple[int, int] = DESKTOP) -> Visit:
        path = maps.save(m, tmp_path / "map.html")
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, reduced_motion="reduce"
        )
        contexts.append(context)
        visited = Visit(context.new_page())
        watch(visited)
        visited.page.goto(path.as_uri())
        visited.page.wait_for_selector("path.pg-block, path.pg-place, .pg-ready", state="attached")
        return visited

    yield open_map
    for context in contexts:
        context.close()


def watch(visited: Visit) -> None:
    page = visited.page

    def on_request(request: Request) -> None:
        visited.requests.append(request.url)

    def on_route(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()

    page.on("request", on_request)
    page.on("console", lambda message: visited.complaints.append(message.text))
    page.on("pageerror", lambda error: visited.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (visited.dialogs.append(dialog.message), dialog.dismiss()))
    page.route("**/*", on_route)
