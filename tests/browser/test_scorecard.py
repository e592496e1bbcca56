"""A scorecard in a real Chromium: nothing loaded, nothing cut, names only names."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser
from test_policy_scorecard import BEFORE, NOW, evaluated

from parkgeo import policy

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    now = evaluated(NOW | {HOSTILE: NOW["west"]}, "2024-06-30")
    many = pd.concat(
        [now, *(now.assign(indicator_id=now["indicator_id"] + f"-{copy}") for copy in range(4))],
        ignore_index=True,
    )
    made = policy.scorecard(many, previous=evaluated(BEFORE, "2024-03-31"))
    return made.save(tmp_path_factory.mktemp("card") / "card.html")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_a_page_stands_for_itself(browser: Browser, saved: Path, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(saved.as_uri())
    assert asked == [saved.as_uri()]
    assert said == []
    # 15 indicators stand in two tables.
    assert page.get_by_text(HOSTILE).count() == 2
    # What is too wide scrolls in its own box, and the page stays as wide as the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    zone = page.get_by_role("rowheader", name="east", exact=True).first
    page.evaluate("document.querySelector('.scroll').scrollLeft = 400")
    box = zone.bounding_box()
    assert box is not None
    assert 0 <= box["x"] < width / 2
    # On paper, A4 across less its margins, nothing is wider than the sheet.
    page.emulate_media(media="print")
    sheet = int((297 - 24) / 25.4 * 96)
    page.set_viewport_size({"width": sheet, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= sheet
    context.close()
