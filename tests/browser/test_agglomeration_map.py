"""The map of agglomeration in a real Chromium whose network is blocked.

Four regions of 1 km² in a row; industry x has 12, 2 and 1 plants in the first three, y has 3, 2
and 9, and the fourth has none. Plants weigh 10, but one of 900 of x in the first.
"""

import re
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from drawn import frame
from playwright.sync_api import Page
from shapely import Point, box

from parkgeo import agglomeration, maps

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DESKTOP, PHONE = (1440, 900), (390, 844)
COUNTS = {"x": (12, 2, 1), "y": (3, 2, 9)}
NAMES = ("甲区", "乙区", "丙区", "丁区")
HOSTILE = [
    '</script><img src=x onerror="window.hacked=1;alert(1)">',
    "'\"`${window.hacked=1}{{7*7}}</style><svg onload=window.hacked=1>",
    "line\u2028separator\u2029<!--<script>window.hacked=1",
    "\u202eright to left مدينة",
    "长" * 10_000,
]


def drawn(*, hostile: str = "") -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    rng = np.random.default_rng(2)
    spots, industries = [], []
    for industry, counts in COUNTS.items():
        for i, count in enumerate(counts):
            spots += [Point(1000 * i + x, y) for x, y in rng.uniform(50, 950, (count, 2))]
            industries += [hostile or industry if industry == "x" else industry] * count
    sizes = [900.0, *([10.0] * (len(spots) - 1))]
    firms = [hostile or f"Firm {i}" for i in range(len(spots))]
    plants = frame(spots, industry=industries, size=sizes, firm=firms)
    regions = frame([box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(4)])
    labels = [hostile + name for name in NAMES]
    zones = frame(
        [box(100, 100, 700, 700)], brand_id=["z"], brand=[hostile or "园"], brand_en=["Zone"]
    )
    return plants, regions.set_axis(labels), zones


@pytest.fixture(scope="module")
def made() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    return drawn()


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def fills(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "path.pg-region", "all => all.map(p => p.getAttribute('fill'))"
    )
    return found


def quotients(made: tuple[gpd.GeoDataFrame, ...], industry: str) -> dict[str, float]:
    plants, _, _ = made
    region = [
        name
        for counts in COUNTS.values()
        for name, n in zip(NAMES, counts, strict=False)
        for _ in range(n)
    ]
    table = agglomeration.location_quotient(plants.drop(columns="geometry").assign(region=region))
    own = table[table["industry"] == industry].set_index("region")
    return dict(own["location_quotient"].reindex(NAMES[:3]))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_regions_are_shaded_by_the_measure(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...], size: tuple[int, int]
) -> None:
    visited = visit(maps.agglomeration_map(*made, industries=["x", "y"]), size)
    page = visited.page
    assert (visited.loads, visited.complaints) == ([], [])
    # x has 15 of 29 plants: quotients 1.55, 0.97, 0.19, and none where there is no plant.
    expected = quotients(made, "x")
    assert [round(value, 2) for value in expected.values()] == [1.55, 0.97, 0.19]
    assert fills(page)[:3] == ["#FDDBC7", "#F7F7F7", "#2166AC"]
    hatch = re.fullmatch(r"url\((#\w+)\)", fills(page)[3])
    assert hatch
    assert page.locator(hatch[1]).count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_legend_has_limits_and_the_reason_for_what_is_not_defined(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...]
) -> None:
    page = visit(maps.agglomeration_map(*made, language="en")).page
    ranges = ["< 0.25", "0.25 – 0.5", "0.5 – 0.8", "0.8 – 1.25 as everywhere", "1.25 – 2", "2 – 4"]
    none = "Not defined: no plants in the region"
    assert texts(page, ".pg-legend li") == [*ranges, "≥ 4", none]
    page.get_by_label("Indicator").select_option(label="Share of the industry")
    assert texts(page, ".pg-legend li")[-2:] == ["20% – 50%", "≥ 50%"]


def test_reader_chooses_industry_and_measure(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...]
) -> None:
    page = visit(maps.agglomeration_map(*made, industries=["x", "y"], language="en")).page
    ranks = page.locator(".pg-rank")
    assert texts(page, ".pg-rank .pg-name") == list(NAMES)
    assert texts(page, ".pg-rank .pg-value") == ["1.55", "0.967", "0.193", "not defined"]
    assert ranks.first.inner_text().split("\n")[-1].startswith("12 plants · ")
    # No interval where there is nothing to make one of.
    assert ranks.last.inner_text().split("\n")[-1] == "0 plants"
    page.get_by_label("Industry", exact=True).select_option(label="y")
    of_y = quotients(made, "y")
    ranked = sorted(of_y, key=of_y.__getitem__, reverse=True)
    assert texts(page, ".pg-rank .pg-name") == [*ranked, "丁区"]
    assert fills(page)[2] == "#FDDBC7"
    page.get_by_label("Indicator").select_option(label="Share of the industry")
    assert texts(page, ".pg-rank .pg-value") == ["64.3%", "21.4%", "14.3%", "0.0%"]
    names, values = (texts(page, f".pg-whole-industry li span:nth-child({k})") for k in (1, 2))
    whole = dict(zip(names, values, strict=True))
    assert (whole["Plants"], whole["Regions it is in"]) == ("14", "3")


def test_saved_picture_has_what_was_chosen(visit: Open, made: tuple[gpd.GeoDataFrame, ...]) -> None:
    page = visit(maps.agglomeration_map(*made, industries=["x", "y"], language="en")).page
    page.get_by_label("Industry", exact=True).select_option(label="y")
    copied = page.evaluate("document.querySelector('.pg-choose select').cloneNode(true).value")
    assert copied == "1"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a picture").click()
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"


def test_measure_to_begin_with(visit: Open, made: tuple[gpd.GeoDataFrame, ...]) -> None:
    m = maps.agglomeration_map(*made, industries=["y"], measure="per_km2", language="en")
    page = visit(m).page
    assert page.get_by_label("Indicator").locator("option:checked").inner_text() == "Plants per km²"
    assert texts(page, ".pg-rank .pg-value") == ["9", "3", "2", "0"]


def test_card_of_a_region_says_all_measures(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...]
) -> None:
    page = visit(maps.agglomeration_map(*made, industries=["x", "y"], language="en")).page
    first = page.locator(".pg-rank").first
    first.focus()
    page.keyboard.press("Enter")
    assert first.get_attribute("aria-pressed") == "true"
    assert page.locator("path.pg-mark").count() == 1
    card = dict(zip(texts(page, ".pg-card dt"), texts(page, ".pg-card dd"), strict=True))
    assert card["Location quotient"] == "1.55"
    assert card["Share of the industry"] == "80.0%"
    assert card["Share of the region"] == "80.0%"
    assert card["Plants per km²"] == "12"
    assert card["All plants of the region"] == "15"
    assert card["Area"] == "1.00 km² (1,500 mu)"
    # What it has more of than all regions together: y has a quotient of 0.41.
    assert card["x"] == "1.55"
    assert "y" not in card
    page.locator(".pg-rank").last.click()
    card = page.locator(".pg-card").last
    assert card.locator("p").last.inner_text() == "Not defined: no plants in the region"


def test_plant_has_a_card_and_is_found_by_name(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...]
) -> None:
    page = visit(maps.agglomeration_map(*made, size="size", name="firm", language="en")).page
    page.locator(".pg-find").fill("firm 0")
    page.keyboard.press("Enter")
    card = page.locator(".pg-card").last
    assert card.locator("h3").inner_text() == "Firm 0"
    assert card.locator("dd").all_inner_texts() == ["x", "甲区", "900"]
    # A click on the dot opens it too, and one beside it the card of the region.
    tip = page.locator(".leaflet-popup-tip").last.bounding_box()
    x, y = tip["x"] + tip["width"] / 2, tip["y"] + tip["height"]
    page.locator(".leaflet-popup-close-button").last.click()
    page.wait_for_timeout(300)
    page.mouse.click(x, y)
    assert page.locator(".pg-card h3").last.inner_text() == "Firm 0"
    page.locator(".pg-find").fill("乙")
    page.keyboard.press("Enter")
    assert page.locator(".pg-card h3").last.inner_text() == "乙区"


def test_curve_stands_in_the_panel_with_its_bands(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...]
) -> None:
    plants, _, _ = made
    kd = agglomeration.duranton_overman(
        plants, industry="industry", reference="x", simulations=39, seed=1
    )
    m = maps.agglomeration_map(*made, industries=["x", "y"], distances={"x": kd}, language="en")
    page = visit(m).page
    curve = page.locator("svg.pg-curve")
    assert curve.get_attribute("aria-label").startswith("Kd (per km)")
    line = curve.locator("path.pg-observed").get_attribute("d")
    heights = np.array([float(point.split()[1]) for point in line[1:].split("L")])
    # The picture grows to the bottom: its lowest number is the densest distance.
    rows = np.unique(np.linspace(0, len(kd.table) - 1, len(heights)).round().astype(int))
    assert heights[kd.table["observed"].iloc[rows].to_numpy().argmax()] == heights.min()
    assert heights.max() - heights.min() > 10
    assert curve.locator("path.pg-global").count() == 2
    page.get_by_label("Industry", exact=True).select_option(label="y")
    assert curve.count() == 0


def test_layers_are_switched(visit: Open, made: tuple[gpd.GeoDataFrame, ...]) -> None:
    page = visit(maps.agglomeration_map(*made, language="en")).page
    assert page.locator("path.pg-zone").count() == 1
    page.get_by_label("Zones").uncheck()
    assert page.locator("path.pg-zone").count() == 0
    for label in ("Plants of the industry", "Plants of other industries"):
        page.get_by_label(label).click()
    # The colours of the others are told while they are shown.
    assert texts(page, ".pg-dots .pg-name") == ["y"]
    page.get_by_label("Plants of other industries").uncheck()
    assert texts(page, ".pg-dots .pg-name") == []
    # No dot is left to meet: a click opens the region.
    box_ = page.locator("path.pg-region").first.bounding_box()
    page.mouse.click(box_["x"] + box_["width"] / 2, box_["y"] + box_["height"] / 3)
    assert page.locator(".pg-card h3").inner_text() == "甲区"


def test_button_turns_every_text(visit: Open, made: tuple[gpd.GeoDataFrame, ...]) -> None:
    plants, _, _ = made
    kd = agglomeration.duranton_overman(
        plants, industry="industry", reference="x", simulations=39, seed=1
    )
    m = maps.agglomeration_map(*made, size="size", industries=["x"], distances={"x": kd})
    visited = visit(m)
    page = visited.page
    page.locator(".pg-rank").first.click()
    left = re.sub(r"English|°[NE]|km|Kd|EG|MS|Zone", "", page.locator("body").inner_text())
    assert re.findall(r"[A-Za-z]{3,}", left) == []
    page.get_by_role("button", name="English").click()
    left = re.sub("中文|[甲乙丙丁]区|园", "", page.locator("body").inner_text())
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    assert visited.complaints == []


def test_keyboard_reaches_choices_and_ranks(
    visit: Open, made: tuple[gpd.GeoDataFrame, ...]
) -> None:
    page = visit(maps.agglomeration_map(*made)).page
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.className")
        )
    assert {"SELECT ", "BUTTON pg-rank"} <= seen


@pytest.mark.parametrize("name", HOSTILE, ids=["tag", "quotes", "separators", "bidi", "long"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_hostile_names_are_shown_and_run_nothing(
    visit: Open, name: str, size: tuple[int, int]
) -> None:
    m = maps.agglomeration_map(
        *drawn(hostile=name), name="firm", industries=[name, "y"], title=name, attribution=name[:80]
    )
    visited = visit(m, size)
    page = visited.page
    assert page.locator(".pg-panel h1").evaluate("node => node.textContent") == name
    page.locator(".pg-rank").first.evaluate("node => node.click()")
    card = page.locator(".pg-card h3").last
    assert card.evaluate("node => node.textContent") == f"{name}甲区"
    page.locator(".pg-find").evaluate(
        "node => { node.value = '甲'; node.dispatchEvent(new Event('input')); }"
    )
    page.mouse.move(200, 300)
    page.locator(".pg-language").click()
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator("img").count() == 0
    assert (visited.dialogs, visited.loads, visited.complaints) == ([], [], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
