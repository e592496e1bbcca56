"""The map of local autocorrelation in a real Chromium whose network is blocked.

A field of 12 by 12 cells of 100 m: the western five columns are high, the rest low, with one high
cell among the low and one low cell among the high; a thirteenth row lies a kilometre to the north,
where nobody touches anybody, and one cell of the field has no value.
"""

import re
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page
from shapely import box
from strategies import on_ground

from parkgeo.agglomeration import Autocorrelation, autocorrelation

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DESKTOP, PHONE = (1440, 900), (390, 844)
SIDE, HIGH_COLUMNS, ISLANDS = 12, 5, 3
HIGH_AMONG_LOW, LOW_AMONG_HIGH, BARE = (9, 6), (2, 6), (8, 2)
HOSTILE = [
    "</script><script>window.hacked=1;alert(1)</script>",
    '<img src=x onerror="window.hacked=1;alert(1)">',
    "line\u2028separator\u2029<!--<script>window.hacked=1",
    "长" * 2_000,
]
KINDS = {
    "high-high": ("#C8374B", "高值聚集", "High beside high"),
    "low-low": ("#2B6CB0", "低值聚集", "Low beside low"),
    "high-low": ("#F0A27A", "低值中的高值", "High among low"),
    "low-high": ("#93B8DC", "高值中的低值", "Low among high"),
}


def field(*, name: str = "cell") -> gpd.GeoDataFrame:
    at = [(i, j) for j in range(SIDE) for i in range(SIDE)]
    rng = np.random.default_rng(1)
    value = np.array([10.0 if i < HIGH_COLUMNS else 2.0 for i, _ in at]) + rng.normal(0, 0.2, 144)
    value[at.index(HIGH_AMONG_LOW)], value[at.index(LOW_AMONG_HIGH)] = 12.0, 0.0
    value[at.index(BARE)] = np.nan
    cells = [box(100 * i, 100 * j, 100 * i + 100, 100 * j + 100) for i, j in at]
    islands = [box(400 * i, 2200, 400 * i + 100, 2300) for i in range(ISLANDS)]
    names = [f"{name} {i}, {j}" for i, j in at] + [f"{name} island {k}" for k in range(ISLANDS)]
    return gpd.GeoDataFrame(
        {"output": [*value, *([5.0] * ISLANDS)]},
        geometry=on_ground([*cells, *islands]).to_numpy(), crs="EPSG:4490", index=pd.Index(names),
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Autocorrelation:
    return autocorrelation(field(), "output", permutations=999)


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def cell_of(page: Page, at: tuple[int, int]) -> Locator:
    """Return a cell of the field: they are drawn in the order of rows."""
    return page.locator("path.pg-place").nth(at[1] * SIDE + at[0])


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_every_cell_is_in_the_colour_of_what_it_is(
    visit: Open, found: Autocorrelation, size: tuple[int, int]
) -> None:
    visited = visit(found.map(), size)
    page, table = visited.page, found.table
    assert (visited.loads, visited.complaints) == ([], [])
    assert page.locator("path.pg-place").count() == SIDE * SIDE + ISLANDS
    for kind, (color, _, _) in KINDS.items():
        number = int((table["significant"] & (table["quadrant"] == kind)).sum())
        assert number > 0
        assert page.locator(f'path.pg-place[fill="{color}"]').count() == number
    # The islands, and the cell without a value.
    assert page.locator('path.pg-place[fill="#FFFFFF"]').count() == ISLANDS + 1
    assert cell_of(page, (1, 3)).get_attribute("fill") == KINDS["high-high"][0]
    assert cell_of(page, HIGH_AMONG_LOW).get_attribute("fill") == KINDS["high-low"][0]
    assert cell_of(page, LOW_AMONG_HIGH).get_attribute("fill") == KINDS["low-high"][0]
    assert cell_of(page, BARE).get_attribute("fill") == "#FFFFFF"
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_legend_names_what_occurs_in_both_languages(visit: Open, found: Autocorrelation) -> None:
    page = visit(found.map()).page
    chinese = [zh for _, zh, _ in KINDS.values()]
    assert texts(page, ".pg-legend li") == [*chinese, "不显著", "无数值或无邻居"]
    page.get_by_role("button", name="English").click()
    english = [en for _, _, en in KINDS.values()]
    last = ["Not significant", "No value, or no neighbours"]
    assert texts(page, ".pg-legend li") == [*english, *last]


def test_panel_and_card_say_the_numbers(visit: Open, found: Autocorrelation) -> None:
    page = visit(found.map(language="en")).page
    summary = dict(zip(texts(page, ".pg-summary dt"), texts(page, ".pg-summary dd"), strict=True))
    assert summary["Moran's I"] == f"{found.summary['moran_i']:.3f}"
    assert summary["Counted"] == str(SIDE * SIDE - 1)
    assert summary["Without neighbours"] == str(ISLANDS)
    cell_of(page, HIGH_AMONG_LOW).click()
    assert page.locator(".pg-card h3").inner_text() == "cell 9, 6"
    assert page.locator(".pg-card p").inner_text() == "High among low"
    card = dict(zip(texts(page, ".pg-card dt"), texts(page, ".pg-card dd"), strict=True))
    assert (card["Value"], card["Neighbours"]) == ("12", "8")
    assert card["Local Moran"].startswith("−")
    page.get_by_role("button", name="中文").click()
    assert page.locator(".pg-card p").inner_text() == "低值中的高值"
    cell_of(page, BARE).click()
    # The card before fades away.
    last = page.locator(".pg-card").last
    assert last.locator("p").inner_text() == "无数值或无邻居"
    assert last.locator("dd").all_inner_texts() == ["–", "–", "–", "–", "0"]


def test_button_turns_every_text(visit: Open, found: Autocorrelation) -> None:
    visited = visit(found.map())
    page = visited.page
    cell_of(page, (1, 3)).click()
    left = re.sub(r"English|Leaflet|°[NE]|cell|G\*|[zp]", "", page.locator("body").inner_text())
    assert re.findall(r"[A-Za-z]{3,}", left) == []
    page.get_by_role("button", name="English").click()
    left = page.locator("body").inner_text().replace("中文", "")
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    assert visited.complaints == []


@pytest.mark.parametrize("name", HOSTILE, ids=["script", "tag", "separators", "long"])
def test_hostile_names_are_shown_and_run_nothing(visit: Open, name: str) -> None:
    hostile = autocorrelation(field(name=name).rename(columns={"output": name}), name)
    visited = visit(hostile.map(title=name, attribution=name[:60]))
    page = visited.page
    assert page.locator(".pg-panel h1").evaluate("node => node.textContent") == name
    place = cell_of(page, (1, 3))
    place.hover()
    place.click()
    assert page.locator(".pg-card h3").evaluate("n => n.textContent") == f"{name} 1, 3"
    page.get_by_role("button", name="English").click()
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator("img").count() == 0
    assert (visited.dialogs, visited.loads, visited.complaints) == ([], [], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= DESKTOP[0]


def test_points_are_dots_that_are_seen(visit: Open) -> None:
    ground = field()
    points = ground.set_geometry(ground.representative_point())
    page = visit(autocorrelation(points, "output", neighbours="knn", k=4).map()).page
    dots = page.locator("path.pg-place")
    assert dots.count() == SIDE * SIDE + ISLANDS
    assert dots.first.bounding_box()["width"] >= 10
