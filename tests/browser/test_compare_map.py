"""The map of two states in a real Chromium whose network is blocked.

Drawn in metres: before, "a" fills (0, 0)–(4000, 2000) and "b" (4000, 0)–(6000, 2000); after, "a"
fills (0, 0)–(6000, 2000) and "c" (0, 2000)–(1000, 3000). So b's ground changed hands, c's was
gained, and nothing was lost.
"""

import re
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from drawn import frame
from playwright.sync_api import Locator, Page
from shapely import box

from parkgeo import maps

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DESKTOP, PHONE = (1440, 900), (390, 844)
HOSTILE = [
    '</script><img src=x onerror="window.hacked=1;alert(1)">',
    "'\"`${window.hacked=1}{{7*7}}</style><svg onload=window.hacked=1>",
    "line\u2028separator\u2029<!--<script>window.hacked=1",
    "\u202eright to left مدينة",
    "长" * 10_000,
]


def states(**names: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    zh = {"a": "甲园", "b": "乙园", "c": "丙园"} | names
    en = {"a": "Alpha", "b": "Beta", "c": "Gamma"} | names
    shapes = {
        "ab": [box(0, 0, 4000, 2000), box(4000, 0, 6000, 2000)],
        "ac": [box(0, 0, 6000, 2000), box(0, 2000, 1000, 3000)],
    }
    was, now = (
        frame(shape, brand_id=list(ids), brand=[zh[i] for i in ids], brand_en=[en[i] for i in ids])
        for ids, shape in shapes.items()
    )
    return was, now


@pytest.fixture(scope="module")
def both() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    return states()


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def state_at(page: Page, x: float, y: float) -> str:
    """Say of which state the shape is that a click there would meet."""
    found = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).getAttribute('class')", [x, y]
    )
    hit = re.search(r"pg-state-(\d)", found or "")
    return hit[1] if hit else ""


def divider_x(page: Page) -> float:
    return float(page.locator(".pg-divider").bounding_box()["x"])


def shown_labels(page: Page) -> list[Locator]:
    """Return the names on the ground that can be seen."""
    return page.locator(".pg-label:not(.pg-hidden):visible").all()


def middle_y(page: Page) -> float:
    a = page.locator("path.pg-state-1").first.bounding_box()
    return float(a["y"] + 0.7 * a["height"])


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_left_shows_what_was_and_right_what_is(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], size: tuple[int, int]
) -> None:
    visited = visit(maps.compare_map(*both), size)
    page = visited.page
    assert (visited.loads, visited.complaints) == ([], [])
    x, y = divider_x(page), middle_y(page)
    assert state_at(page, x - 25, y) == "0"
    assert state_at(page, x + 25, y) == "1"
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    grip = page.locator(".pg-grip").bounding_box()
    assert grip["width"] >= 44
    assert (
        grip["y"] + grip["height"] < page.locator(".pg-panel").bounding_box()["y"]
        or size == DESKTOP
    )


def test_divider_is_dragged_with_the_mouse(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both)).page
    y, before = middle_y(page), divider_x(page)
    grip = page.locator(".pg-grip").bounding_box()
    x, at = grip["x"] + 30, grip["y"] + 20
    page.mouse.move(x, at)
    page.mouse.down()
    page.mouse.move(x + 150, at, steps=3)
    page.mouse.move(x + 200, at)
    page.mouse.up()
    # It goes as far as the mouse, wherever the grip was taken, and the map stays where it is.
    assert divider_x(page) == pytest.approx(before + 200, abs=1.5)
    assert state_at(page, before + 25, y) == "0"
    page.mouse.move(x, at)
    assert divider_x(page) == pytest.approx(before + 200, abs=1.5)


def test_divider_is_dragged_by_touch(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both), PHONE).page
    before, grip = divider_x(page), page.locator(".pg-grip").bounding_box()
    x, y = grip["x"] + 22, grip["y"] + 22
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for kind, at in (("touchStart", x), ("touchMove", x - 40), ("touchMove", x - 90)):
        points = [{"x": at, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert divider_x(page) == pytest.approx(before - 90, abs=2)


def test_divider_is_a_slider_for_the_keyboard(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both)).page
    slider = page.get_by_role("slider", name="移动分界线")
    assert (slider.get_attribute("aria-valuemin"), slider.get_attribute("aria-valuemax")) == (
        "0",
        "100",
    )
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "pg-grip":
            break
    shape = page.locator("path.pg-state-1").first.bounding_box()
    seen = []
    for key in ("ArrowRight", "ArrowRight", "PageUp", "ArrowLeft", "Home", "ArrowLeft", "End"):
        page.keyboard.press(key)
        seen.append(int(slider.get_attribute("aria-valuenow")))
    assert seen == [52, 54, 64, 62, 0, 0, 100]
    # The keys move the divider, and not the map; at its end it is beside the panel.
    assert page.locator("path.pg-state-1").first.bounding_box() == shape
    assert divider_x(page) == pytest.approx(page.locator(".pg-panel").bounding_box()["x"], abs=2)


def test_sides_stay_apart_when_the_map_moves(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both)).page
    x = divider_x(page)
    page.mouse.move(x - 200, 700)
    page.mouse.down()
    page.mouse.move(x - 80, 640, steps=4)
    page.mouse.up()
    page.wait_for_timeout(400)
    assert divider_x(page) == x
    y = middle_y(page)
    assert (state_at(page, x - 25, y), state_at(page, x + 25, y)) == ("0", "1")
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(400)
    assert (state_at(page, x - 25, middle_y(page)), state_at(page, x + 25, middle_y(page))) == (
        "0",
        "1",
    )
    page.set_viewport_size({"width": 1000, "height": 700})
    page.wait_for_timeout(300)
    x = divider_x(page)
    assert x == pytest.approx(page.locator(".pg-panel").bounding_box()["x"] / 2, abs=2)
    page.locator(".pg-whole").click()
    assert (state_at(page, x - 25, middle_y(page)), state_at(page, x + 25, middle_y(page))) == (
        "0",
        "1",
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_stand_on_their_side_only(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], language: str
) -> None:
    page = visit(maps.compare_map(*both)).page
    if language == "en":
        page.get_by_role("button", name="English").click()
    x = divider_x(page)
    boxes = [label.bounding_box() for label in shown_labels(page)]
    assert boxes
    assert all(own["x"] + own["width"] <= x or own["x"] >= x for own in boxes)
    names = {"zh": "甲乙丙", "en": ["Alpha", "Beta", "Gamma"]}[language]
    a, b, c = (f"{name}园" if language == "zh" else name for name in names)
    page.locator(".pg-grip").focus()
    page.keyboard.press("Home")
    assert sorted(label.inner_text() for label in shown_labels(page)) == sorted([a, c])
    page.keyboard.press("End")
    assert sorted(label.inner_text() for label in shown_labels(page)) == sorted([a, b])


def test_card_goes_with_its_side(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both, language="en")).page
    x, y = divider_x(page), middle_y(page)
    page.mouse.click(x + 60, y)
    card = page.locator(".pg-card")
    assert card.locator("h3").inner_text() == "Alpha"
    assert card.locator(".pg-side-name").inner_text() == "After"
    rows = dict(zip(texts(page, ".pg-card dt"), texts(page, ".pg-card dd"), strict=True))
    assert rows["Measured area"] == "12.00 km² (18,000 mu)"
    assert rows["Had (Before)"] == "8.00 km² (12,000 mu)"
    assert rows["of which from other brands"] == "4.00 km² (6,000 mu)"
    page.locator(".pg-grip").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(300)
    assert card.count() == 0


def test_opening_a_card_at_the_edge_keeps_its_place_in_sight(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both)).page
    page.locator(".pg-grip").focus()
    page.keyboard.press("End")
    b = page.locator("path.pg-state-0").nth(1).bounding_box()
    page.mouse.click(b["x"] + b["width"] - 6, b["y"] + b["height"] / 2)
    assert page.locator(".pg-card h3").inner_text() == "乙园"
    tip = page.locator(".leaflet-popup-tip").bounding_box()
    assert tip["x"] + tip["width"] / 2 < divider_x(page)


def test_brand_in_the_list_is_marked_and_zoomed_to(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both)).page
    headings = texts(page, ".pg-body h2")
    assert {"两个时期都有 · 1", "仅整合前 · 1", "仅整合后 · 1"} <= set(headings)
    assert texts(page, ".pg-flow .pg-areas") == [
        "8.00 → 12.00 平方公里",
        "4.00 → 0.00 平方公里",
        "0.00 → 1.00 平方公里",
    ]
    item = page.locator(".pg-flow").nth(2)
    width = page.locator("path.pg-state-1").nth(1).bounding_box()["width"]
    item.focus()
    page.keyboard.press("Enter")
    assert item.get_attribute("aria-pressed") == "true"
    assert page.locator("path.pg-state-1").nth(1).bounding_box()["width"] > 1.5 * width
    assert page.locator("path.pg-mark").count() == 1
    item.click()
    assert page.locator("path.pg-mark").count() == 0
    page.locator(".pg-find").fill("beta")
    page.keyboard.press("Enter")
    assert page.locator("path.pg-mark").count() == 1


def test_ground_is_hatched_by_what_became_of_it(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both, language="en")).page
    assert page.locator("path.pg-face").count() == 0
    said = texts(page, ".pg-change .pg-words")
    assert said == [
        "Gained: no brand before\n1.00 km² (1,500 mu)",
        "Changed: other brands than before\n4.00 km² (6,000 mu)",
        "Kept: the same brands\n8.00 km² (12,000 mu)",
    ]
    fills = []
    for switch in page.locator(".pg-change input").all():
        switch.check()
        fills = page.eval_on_selector_all(
            "path.pg-face", "all => all.map(p => p.getAttribute('fill'))"
        )
    assert len(set(fills)) == 3
    for fill in fills:
        assert page.locator(re.fullmatch(r"url\((#\w+)\)", fill)[1]).count() == 1
    page.locator("path.pg-changed").click()
    assert page.locator(".pg-card h3").inner_text() == "Moved to other brands"
    assert texts(page, ".pg-card .pg-name") == ["Beta", "Alpha"]


def test_both_states_lie_on_each_other_for_paper(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both, language="en")).page
    page.get_by_text("On each other (for print)").click()
    assert not page.locator(".pg-divider").is_visible()
    clips = page.evaluate(
        "[...document.querySelectorAll('.leaflet-pane')].filter(p => p.style.clipPath).length"
    )
    assert clips == 0
    assert page.locator("path.pg-state-0").first.get_attribute("fill-opacity") == "0"
    assert texts(page, ".pg-only-both li:visible") == ["Before: outline only", "After: filled"]
    assert sorted(one.inner_text() for one in shown_labels(page)) == ["Alpha", "Beta", "Gamma"]
    page.get_by_text("Side by side").click()
    assert texts(page, ".pg-only-both li:visible") == []
    assert page.locator("path.pg-state-0").first.get_attribute("fill-opacity") != "0"


def test_print_shows_the_divider_with_both_names(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    page = visit(maps.compare_map(*both, labels=("2019", "2023"))).page
    page.emulate_media(media="print")
    assert page.locator(".pg-divider .pg-side").all_inner_texts() == ["2019", "2023"]
    assert all(side.is_visible() for side in page.locator(".pg-side").all())
    assert not page.locator(".pg-grip").is_visible()
    assert page.pdf(prefer_css_page_size=False)[:4] == b"%PDF"


def test_button_turns_every_text(
    visit: Open, both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> None:
    visited = visit(maps.compare_map(*both))
    page = visited.page
    page.mouse.click(divider_x(page) + 60, middle_y(page))
    left = re.sub(r"English|°[NE]|km|Alpha|Beta|Gamma", "", page.locator("body").inner_text())
    assert re.findall(r"[A-Za-z]{3,}", left) == []
    page.get_by_role("button", name="English").click()
    left = re.sub("中文|[甲乙丙]园", "", page.locator("body").inner_text())
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    assert page.get_by_role("slider", name="Move the divider").count() == 1
    assert visited.complaints == []


@pytest.mark.parametrize("name", HOSTILE, ids=["tag", "quotes", "separators", "bidi", "long"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_hostile_names_are_shown_and_run_nothing(
    visit: Open, name: str, size: tuple[int, int]
) -> None:
    m = maps.compare_map(*states(a=name), labels=(name, name), title=name, language="en")
    visited = visit(m, size)
    page = visited.page
    assert page.locator(".pg-panel h1").evaluate("node => node.textContent") == name
    for switch in page.locator(".pg-change input").all():
        switch.evaluate("node => node.click()")
    page.locator(".pg-flow").first.evaluate("node => node.click()")
    x, y = divider_x(page), middle_y(page)
    page.mouse.move(x - 40, y)
    page.mouse.click(x - 40, y)
    assert page.locator(".pg-card").count() == 1
    page.locator(".pg-language").click()
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator("img").count() == 0
    assert (visited.dialogs, visited.loads, visited.complaints) == ([], [], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
