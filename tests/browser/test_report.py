"""The report in a real Chromium whose network is blocked: on a screen, on a phone, on paper."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pytest
from drawn import frame
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Frame, Page, Request
from shapely import box

from parkgeo.report import Report, Source, compose

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DESKTOP, PHONE = (1440, 900), (390, 844)
HOSTILE = [
    '</script><img src=x onerror="window.hacked=1;alert(1)">',
    "'\"`${window.hacked=1}{{7*7}}</style></title><svg onload=window.hacked=1>",
    "line\u2028separator\u2029<!--<script>window.hacked=1</script>-->",
    "\u202eright to left مدينة",
    "长" * 10_000,
    "W" * 10_000,
]


@dataclass
class Reading:
    """A report that is open, and all that happened since."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def on_request(self, request: Request) -> None:
        """Keep what would leave the file."""
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            self.requests.append(request.url)

    def on_console(self, message: ConsoleMessage) -> None:
        """Keep what the browser complains of."""
        self.complaints.append(message.text)

    def on_error(self, error: Exception) -> None:
        """Keep what a script stumbled over."""
        self.complaints.append(str(error))

    def on_dialog(self, dialog: Dialog) -> None:
        """Keep what popped up."""
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def maps(self) -> list[Frame]:
        """The maps, once they are drawn."""
        inner = [frame for frame in self.page.frames if frame != self.page.main_frame]
        for frame_ in inner:
            frame_.wait_for_selector("path.pg-block, .pg-ready", state="attached")
        return inner


Read = Callable[..., Reading]


@pytest.fixture
def read(browser: Browser, tmp_path: Path) -> Iterator[Read]:
    """Save a report, open it with the network blocked, and record what it does."""
    contexts = []

    def opened(report: Report, size: tuple[int, int] = DESKTOP) -> Reading:
        path = report.save(tmp_path / "report")
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, reduced_motion="reduce"
        )
        contexts.append(context)
        reading = Reading(context.new_page())
        reading.page.on("request", reading.on_request)
        reading.page.on("console", reading.on_console)
        reading.page.on("pageerror", reading.on_error)
        reading.page.on("dialog", reading.on_dialog)
        reading.page.goto(path.as_uri())
        return reading

    yield opened
    for context in contexts:
        context.close()


def hostile_parks() -> gpd.GeoDataFrame:
    """Extents whose every text is hostile; the last has no shape."""
    n = len(HOSTILE)
    names = (
        *("brand", "brand_en", "block", "level", "kind", "administrator", "method", "source"),
        *("stated_area_text", "extent_reason", "reasons", "license", "document"),
    )
    texts = {name: [HOSTILE[(i + shift) % n] for i in range(n)] for shift, name in enumerate(names)}
    shapes = [box(500 * i, 0, 500 * i + 900, 900) for i in range(n - 1)]
    return frame(
        [*shapes, None], **{"brand_id": [f"b{i}" for i in range(n)], "accuracy_m": 5.0, **texts}
    )


def hostile_parcels() -> gpd.GeoDataFrame:
    """Parcels whose ids, districts and codes are hostile, inside and outside."""
    shapes = [box(900 * i, 600, 900 * i + 400, 1000) for i in range(len(HOSTILE))]
    return frame(shapes, parcel_id=HOSTILE, district=HOSTILE, class_code=HOSTILE)


@pytest.fixture(scope="module")
def hostile() -> Report:
    attack = HOSTILE[0]
    return compose(
        hostile_parks(),
        hostile_parcels(),
        title=attack,
        author=attack,
        sources=[Source(name=attack, n_rows=6, crs=attack, encoding=attack)],
    )


@pytest.fixture(scope="module")
def town() -> Report:
    """Two zones of 1 km² with half a km² in common; 300 parcels in three districts, 30 outside."""
    parks = frame(
        [box(0, 0, 1000, 1000), box(500, 0, 1500, 1000)],
        brand_id=["west", "east"],
        brand=["西园", "东园"],
        administrator="管委会",
        accuracy_m=5.0,
    )
    corners = [(150 * (i % 10), 30 * (i // 10)) for i in range(300)]
    shapes = [box(x, y, x + 100, y + 25) for x, y in corners[:270]]
    shapes += [box(x + 3000, y * 40, x + 3100, y * 40 + 25) for x, y in corners[270:]]
    parcels = frame(shapes, district=["甲", "乙", "丙"] * 100)
    return compose(parks, parcels, title="园区评估报告")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_opens_without_a_network_and_without_complaint(
    read: Read, town: Report, size: tuple[int, int]
) -> None:
    reading = read(town, size)
    assert [map_.locator("path.pg-block").count() for map_ in reading.maps] == [2, 2]
    assert reading.requests == []
    assert reading.complaints == []
    # Nothing but tables and figures may be wider than the window, and these scroll on their own.
    assert reading.page.evaluate("document.documentElement.scrollWidth") == size[0]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_hostile_names_are_text_and_nothing_runs(
    read: Read, hostile: Report, size: tuple[int, int]
) -> None:
    reading = read(hostile, size)
    frames = [reading.page.main_frame, *reading.maps]
    assert [one.evaluate("window.hacked === undefined") for one in frames] == [True] * 3
    assert reading.dialogs == []
    assert reading.requests == []
    assert reading.complaints == []
    assert reading.page.locator("body img, body script").count() == 0
    assert reading.page.locator("h1").inner_text() == HOSTILE[0]
    assert reading.page.title() == HOSTILE[0]
    assert reading.page.get_by_text("{{7*7}}").count() > 0
    assert reading.page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_a_script_that_found_a_way_in_would_not_run(read: Read, town: Report) -> None:
    reading = read(town)
    reading.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.hacked = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<img src=x onerror="window.hacked = 1">');
        }"""
    )
    reading.page.wait_for_timeout(200)
    assert reading.page.evaluate("window.hacked === undefined")
    assert any("Content Security Policy" in text for text in reading.complaints)


def test_maps_can_be_used_within_the_page(read: Read, town: Report) -> None:
    reading = read(town)
    first = reading.maps[0]
    assert first.locator("path.pg-block").count() == 2
    first.get_by_role("checkbox", name=re.compile("西园")).first.uncheck()
    assert first.locator("path.pg-block").count() == 1
    first.get_by_role("button", name="English").click()
    assert first.locator(".pg-panel h1").inner_text() == "Brand extents and overlaps"
    assert reading.complaints == []


def test_contents_lead_to_each_section(read: Read, town: Report) -> None:
    page = read(town).page
    links = page.locator("nav a")
    assert links.count() == 9
    links.nth(4).click()
    assert page.evaluate("location.hash") == "#concentration"
    top = page.locator("#concentration").bounding_box()
    assert top is not None
    assert -2 < top["y"] < 60


def test_tables_scroll_by_themselves_on_a_phone(read: Read, town: Report) -> None:
    page = read(town, PHONE).page
    widths = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
          .filter((one) => one.querySelector('table'))
          .map((one) => [one.scrollWidth, one.clientWidth])"""
    )
    assert all(inner <= 358 for _, inner in widths)
    assert any(whole > inner for whole, inner in widths)


def test_paper_has_figures_in_the_place_of_maps(read: Read, town: Report) -> None:
    page = read(town).page
    assert page.locator("iframe").first.is_visible()
    assert not page.locator(".printed svg").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator("iframe:visible").count() == 0
    assert page.locator("figure svg:visible").count() == page.locator("figure").count() == 5
    assert page.locator("table:visible").count() == page.locator("table").count() == 7
    display = page.locator("thead").first.evaluate("one => getComputedStyle(one).display")
    assert display == "table-header-group"


def test_prints_on_sheets_of_a4(read: Read, town: Report) -> None:
    printed = read(town).page.pdf(prefer_css_page_size=True, tagged=True)
    sheets = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert 4 <= len(sheets) <= 9
    # 210 mm × 297 mm in points, to the pixel of a screen.
    assert {(round(float(w)), round(float(h))) for w, h in sheets} == {(595, 842)}
    kinds = {
        kind: len(re.findall(rb"/S\s*/" + kind + rb"\b", printed)) for kind in (b"Table", b"Figure")
    }
    assert kinds[b"Table"] == 7
    assert kinds[b"Figure"] >= 5


def test_nothing_is_wider_than_a_sheet(read: Read, hostile: Report) -> None:
    page = read(hostile, (680, 1000)).page
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
