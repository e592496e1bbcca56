"""The map of a resolution in a real Chromium whose network is blocked.

The town is a square of 2 km by 2 km between four streets; a second 朝阳大街 lies 300 m inside the
first, so that there are two ways round; 望山道 in the north is not drawn over 200 m.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page
from shapely import LineString
from test_fourbounds_resolution import GAP, closed, whole
from test_fourbounds_resolve import GRID, SIDES, block, gazetteer_of

from parkgeo.fourbounds import Resolution, resolve

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DESKTOP = (1440, 900)
PHONE = (390, 844)
HOSTILE = [
    '</script><img src=x onerror="window.hacked=1;alert(1)">',
    "'\"`${window.hacked=1}{{7*7}}</style><svg onload=window.hacked=1>",
    "line\u2028separator\u2029<!--<script>window.hacked=1",
    "长" * 10_000,
]


@pytest.fixture(scope="module")
def rivals() -> Resolution:
    """The northern street has a gap, and there are two ways round."""
    town = [
        *((name, line) for name, line in GRID.items() if name != "望山道"),
        ("望山道", GAP),
        ("朝阳大街", LineString([(1700, -600), (1700, 2600)])),
    ]
    return resolve(block(SIDES), gazetteer_of(town))


@pytest.fixture(scope="module")
def partly() -> Resolution:
    """Nothing is known of 后街; the north is placed by the stated area."""
    town = {name: line for name, line in GRID.items() if name != "望山道"}
    wanted = block(SIDES | {"south": "滨河路—后街"}, area_m2=4e6)
    return resolve(wanted, gazetteer_of(town))


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def paths(page: Page, kind: str) -> int:
    return page.locator(f"path.{kind}").count()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_opens_without_a_network_and_without_complaint(
    visit: Open, rivals: Resolution, size: tuple[int, int]
) -> None:
    visited = visit(rivals.map(), size)
    assert (visited.loads, visited.complaints) == ([], [])
    # Three streets, and the fourth in two pieces with a bridge between them.
    assert paths(visited.page, "pg-piece") == 6
    assert paths(visited.page, "pg-block") == 1
    # Each street goes on at both ends, in one shape, beside it the other 朝阳大街.
    assert paths(visited.page, "pg-beyond") == 4


def test_panel_lists_every_side_with_sign_and_words(visit: Open, partly: Resolution) -> None:
    page = visit(partly.map()).page
    heads = [re.sub(r"\s+", " ", text) for text in texts(page, ".pg-side-head")]
    assert heads == ["东 朝阳大街", "南 滨河路", "南 后街", "西 长安街", "北 望山道"]
    assert texts(page, ".pg-side .pg-sign") == ["✓", "✓", "✕", "✓", "◇"]
    assert texts(page, ".pg-result .pg-name") == [
        "查得：朝阳大街（同名）",
        "查得：滨河路（同名）",
        "未采用",
        "查得：长安街（同名）",
        "按面积闭合",
    ]


def test_labels_stand_outside_the_block(visit: Open, rivals: Resolution) -> None:
    page = visit(rivals.map()).page
    ground = page.locator("path.pg-block").bounding_box()
    chips = {
        chip.locator("span").nth(1).inner_text()[0]: chip.bounding_box()
        for chip in page.locator(".pg-chip").all()
    }
    assert set(chips) == set("东南西北")
    assert chips["东"]["x"] >= ground["x"] + ground["width"]
    assert chips["西"]["x"] + chips["西"]["width"] <= ground["x"]
    assert chips["南"]["y"] >= ground["y"] + ground["height"]
    assert chips["北"]["y"] + chips["北"]["height"] <= ground["y"]
    panel = page.locator(".pg-panel").bounding_box()
    for chip in chips.values():
        assert chip["x"] >= 0
        assert chip["x"] + chip["width"] <= panel["x"]


def test_click_on_an_entry_zooms_to_its_side_and_back(visit: Open, rivals: Resolution) -> None:
    page = visit(rivals.map()).page
    before = page.locator("path.pg-block").bounding_box()["width"]
    north = page.locator(".pg-side").nth(3)
    north.click()
    assert north.get_attribute("aria-pressed") == "true"
    assert paths(page, "pg-mark") == 3  # line, bridge, line
    assert page.locator("path.pg-block").bounding_box()["width"] > 1.2 * before
    panel = page.locator(".pg-panel").bounding_box()
    for shape in page.locator("path.pg-mark").all():
        box = shape.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= panel["x"]
    north.click()
    assert (paths(page, "pg-mark"), north.get_attribute("aria-pressed")) == (0, "false")
    assert page.locator("path.pg-block").bounding_box()["width"] == pytest.approx(before, rel=0.01)


def test_side_that_is_nowhere_cannot_be_chosen_and_says_so(visit: Open, partly: Resolution) -> None:
    page = visit(partly.map(language="en")).page
    unknown = page.locator(".pg-side").nth(2)
    assert unknown.is_disabled()
    assert "not on the map" in unknown.inner_text()
    assert "the gazetteer has no line named '后街'" in unknown.inner_text()


def test_click_on_a_piece_opens_its_card(visit: Open, rivals: Resolution) -> None:
    page = visit(rivals.map(language="en")).page
    bridge = page.locator("path.pg-piece[stroke-dasharray]")
    assert bridge.count() == 1
    box = bridge.bounding_box()
    x, y = box["x"] + 8, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    assert texts(page, ".pg-tip div")[::2] == ["North: 望山道", "Bridged gap, or carried on"]
    page.mouse.click(x, y)
    rows = dict(zip(texts(page, ".pg-card dt"), texts(page, ".pg-card dd"), strict=True))
    assert page.locator(".pg-card h3").inner_text() == "North: 望山道"
    assert rows["Matched name"] == "望山道 (exact, 1.00)"
    assert rows["Gaps bridged"] == "173 m"  # 200 m of the drawing, at 30° north


def test_other_ways_round_are_off_until_asked_for(visit: Open, rivals: Resolution) -> None:
    page = visit(rivals.map()).page
    assert paths(page, "pg-rival") == 0
    switch = page.get_by_label("方案 2")
    assert not switch.is_checked()
    switch.check()
    assert paths(page, "pg-rival") == 1
    assert texts(page, ".pg-number") == ["2"]
    item = page.locator(".pg-candidates li").inner_text()
    assert "得分" in item
    assert "与首选重叠 85.0%" in item  # 1.7 km of 2 km
    switch.uncheck()
    assert paths(page, "pg-rival") == 0
    page.locator(".pg-number").wait_for(state="detached")


def test_one_way_round_says_that_there_is_no_other(visit: Open) -> None:
    page = visit(whole().map()).page
    assert "没有其他围合方案" in page.locator(".pg-panel").inner_text()


def test_legend_explains_what_occurs_and_nothing_else(visit: Open, rivals: Resolution) -> None:
    legend = texts(visit(rivals.map(language="en")).page, ".pg-legend li")
    assert legend == [
        "On a matched line",
        "Bridged gap, or carried on",
        "Matched line beyond the block",
    ]
    legend = texts(visit(closed().map(language="en")).page, ".pg-legend li")
    assert "Placed by the stated area" in legend
    assert "Bridged gap, or carried on" not in legend


def test_button_turns_every_text(visit: Open, partly: Resolution) -> None:
    visited = visit(partly.map())
    page = visited.page
    page.locator(".pg-side").first.click()
    page.get_by_role("button", name="English").click()
    left = re.sub(
        "中文|街区|朝阳大街|滨河路|后街|长安街|望山道", "", page.locator("body").inner_text()
    )
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    assert "Placed by area" in left
    page.get_by_role("button", name="中文").click()
    # "drawn" is the source of the lines, in the words of whoever made them.
    left = re.sub("English|lines=|Leaflet|°[NE]|drawn", "", page.locator("body").inner_text())
    assert re.findall(r"[A-Za-z]{3,}", left) == []
    assert visited.complaints == []


def test_keyboard_alone_reaches_the_sides(visit: Open, rivals: Resolution) -> None:
    page = visit(rivals.map()).page
    page.locator(".pg-side").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator(".pg-side").nth(1).get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(".pg-side").nth(2).get_attribute("aria-pressed") == "true"


def test_scale_bar_and_degrees_are_there(visit: Open, rivals: Resolution) -> None:
    page = visit(rivals.map()).page
    assert re.fullmatch(r"\d+ k?m", page.locator(".leaflet-control-scale-line").inner_text())
    assert page.locator(".pg-degree").count() > 4


@pytest.mark.parametrize("name", HOSTILE, ids=["tag", "quotes", "separators", "long"])
def test_hostile_names_are_shown_and_run_nothing(visit: Open, name: str) -> None:
    town = [*GRID.items(), (name, GRID["望山道"])]
    found = resolve(block(SIDES | {"north": name}), gazetteer_of(town))
    visited = visit(replace(found, name=name, warnings=(name,)).map())
    page = visited.page
    for place in (".pg-panel h1", ".pg-warnings .pg-name"):
        assert page.locator(place).first.evaluate("node => node.textContent") == name
    north = page.locator(".pg-side").nth(3)
    assert name in north.evaluate("node => node.textContent")
    assert name in "".join(page.locator(".pg-chip").all_text_contents())
    north.click()
    page.locator("path.pg-piece").nth(3).dispatch_event("click")
    page.get_by_role("button", name="English").click()
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator("img").count() == 0
    assert (visited.dialogs, visited.loads, visited.complaints) == ([], [], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= DESKTOP[0]
