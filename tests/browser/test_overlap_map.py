"""The overlap map in a real Chromium whose network is blocked.

The extents are drawn in metres, so that every area can be told by hand:

========  ============================  =========  ==========================================
block     brand                         area       where
========  ============================  =========  ==========================================
city      紫金港科技城 Zijingang          4 km²      (0, 0)–(2000, 2000)
south     高新区 Hi-tech, 南区            1 km²      (0, 0)–(1000, 1000), all in the city
north     高新区 Hi-tech, 北区            1 km²      (3000, 0)–(4000, 1000), apart
base      平台 Platform                  0.5 km²    (500, 500)–(1500, 1000), in the city,
                                                    half of it in south
town      云栖小镇                        none
========  ============================  =========  ==========================================

Pairs: hi-tech × city 1, platform × city 0.5, hi-tech × platform 0.25 km². Union 5 km².
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page
from shapely import Polygon, box
from shapely.affinity import translate

from parkgeo import crs, maps

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

PHONE = (390, 844)
HOSTILE = [
    '</script><img src=x onerror="window.hacked=1;alert(1)">',
    "'\"`${window.hacked=1}{{7*7}}</style><svg onload=window.hacked=1>",
    "line\u2028separator\u2029<!--<script>window.hacked=1",
    "\u202eright to left مدينة",
    "长" * 10_000,
]


def on_the_ground(shapes: Iterable[Polygon]) -> gpd.GeoSeries:
    """Put shapes drawn in metres in the west of Hangzhou; their planar area stays official."""
    placed = [translate(shape, 13_358_000, 3_170_000) for shape in shapes]
    return crs.from_plane(gpd.GeoSeries(placed, crs=crs.PLANE))


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    shapes = [
        box(0, 0, 2000, 2000),
        box(0, 0, 1000, 1000),
        box(3000, 0, 4000, 1000),
        box(500, 500, 1500, 1000),
    ]
    return gpd.GeoDataFrame(
        {
            "brand_id": ["city", "hitech", "hitech", "platform", "town"],
            "brand": ["紫金港科技城", "高新区", "高新区", "平台", "云栖小镇"],
            "brand_en": ["Zijingang", "Hi-tech", "Hi-tech", "Platform", None],
            "block": [None, "南区", "北区", None, None],
            "level": ["municipal", "provincial", "provincial", "provincial", "municipal"],
            "stated_area_km2": [5.0, 1.0, None, 0.5, None],
            "method": ["reconstructed", "official", "official", "digitised", None],
            "accuracy_m": [30.0, 5.0, 5.0, 10.0, None],
            "sides": ["north found along 留祥路; south closed", None, None, None, None],
            "reasons": [None, None, None, None, "文件没有四至"],
            "source": ["西湖区 2021"] * 5,
            "license": ["ODbL-1.0"] * 5,
        },
        geometry=[*on_the_ground(shapes), None],
        index=pd.Index(["city", "south", "north", "base", "town"], name="block_id"),
        crs="EPSG:4490",
    )


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def paths(page: Page, kind: str) -> int:
    return page.locator(f"path.{kind}").count()


def switch(page: Page, name: str) -> Locator:
    """Find a switch of the tree by the first words of its label."""
    return page.locator(".pg-tree").get_by_role("checkbox", name=re.compile("^" + name)).first


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_opens_without_a_network_and_without_complaint(
    visit: Open, parks: gpd.GeoDataFrame, size: tuple[int, int]
) -> None:
    visited = visit(maps.overlap_map(parks), size)
    assert visited.loads == []
    assert visited.complaints == []
    assert paths(visited.page, "pg-block") == 4
    # Faces with two members or more: south only, base only, both of them in the city.
    assert paths(visited.page, "pg-face") == 3


def test_hatching_has_a_direction_more_for_each_brand(visit: Open, parks: gpd.GeoDataFrame) -> None:
    """Without colour, in print, the lines alone tell how many brands there are."""
    same = parks[parks.geometry.notna()].iloc[[0] * 6]
    stacked = same.assign(brand_id=list("uvwxyz"), brand=list("甲乙丙丁戊己"), block=None)
    page = visit(maps.overlap_map(stacked)).page
    face = page.locator("path.pg-face")
    seen = []
    for name in "己戊丁丙":
        seen.append(drawn_with(page, face))
        switch(page, name).uncheck()
    # Five brands and more are one class: the second brand fewer is the first to be seen.
    assert seen == [(4, "#8C2D04"), (4, "#8C2D04"), (3, "#CC4C02"), (2, "#FB9A29")]
    assert drawn_with(page, face) == (1, "#FEE391")
    page.get_by_role("radio", name="按牌子", exact=True).check(force=True)
    assert drawn_with(page, face) == (1, None)


def drawn_with(page: Page, face: Locator) -> tuple[int, str | None]:
    """Count the directions of lines that fill a face, and name the shade below them."""
    (name,) = re.fullmatch(r"url\((#\w+)\)", face.get_attribute("fill")).groups()
    pattern = page.locator(name)
    shade = pattern.locator("rect")
    return pattern.locator("path").count(), shade.get_attribute("fill") if shade.count() else None


def test_ground_is_added_up_by_the_number_of_brands_that_are_shown(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    """City alone 4 - 1 - 0.5 + 0.25 and north 1 km²; all three brands on 500 m x 500 m."""
    page = visit(maps.overlap_map(parks)).page
    assert texts(page, ".pg-number .pg-count") == ["一块牌子", "2 块牌子", "3 块牌子"]
    assert texts(page, ".pg-number .pg-area") == [
        "3.75 平方公里（5,625 亩）",
        "1.00 平方公里（1,500 亩）",
        "0.25 平方公里（375 亩）",
    ]
    switch(page, "平台").uncheck()
    assert texts(page, ".pg-number .pg-area")[:2] == [
        "4.00 平方公里（6,000 亩）",
        "1.00 平方公里（1,500 亩）",
    ]
    assert texts(page, ".pg-number .pg-area")[2].startswith("0.00 平方公里")


def test_ground_of_a_number_is_gone_through_click_by_click(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    page = visit(maps.overlap_map(parks)).page
    two = page.get_by_role("button", name=re.compile("^2 块牌子"))
    seen = []
    for _ in range(3):
        two.click()
        seen.append(texts(page, ".leaflet-popup:last-child .pg-member .pg-name"))
    # 0.75 km² of hi-tech in the city, 0.25 km² of the platform in the city, and again.
    assert seen == [
        ["紫金港科技城", "高新区"],
        ["紫金港科技城", "平台"],
        ["紫金港科技城", "高新区"],
    ]
    assert paths(page, "pg-mark") == 1


def test_one_block_of_a_brand_can_be_switched(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.get_by_role("button", name="展开或收起 高新区").click()
    switch(page, "南区").uncheck()
    assert paths(page, "pg-block") == 3
    assert paths(page, "pg-face") == 2  # the platform in the city, on either side of south's border
    assert switch(page, "高新区").evaluate("box => box.indeterminate")
    assert texts(page, ".pg-number .pg-area")[1].startswith("0.50 平方公里")


def test_brand_switch_takes_away_its_extents_and_overlaps(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    page = visit(maps.overlap_map(parks)).page
    switch(page, "高新区").uncheck()
    assert paths(page, "pg-block") == 2
    assert paths(page, "pg-face") == 2  # base in the city, on either side of south's border
    switch(page, "紫金港科技城").uncheck()
    assert paths(page, "pg-face") == 0
    switch(page, "高新区").check()
    assert paths(page, "pg-face") == 1


def test_overlap_switch_takes_away_the_hatching_only(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.locator(".pg-overlap-switch input").uncheck()
    assert (paths(page, "pg-block"), paths(page, "pg-face")) == (4, 0)


def test_overlaps_are_listed_largest_first(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    assert texts(page, ".pg-overlap .pg-area") == [
        "1.00 平方公里（1,500 亩）",
        "0.50 平方公里（750 亩）",
        "0.25 平方公里（375 亩）",
    ]
    first = page.locator(".pg-overlap").first.inner_text()
    assert "占“高新区”50.0%" in first
    assert "占“紫金港科技城”25.0%" in first
    assert "平台" in texts(page, ".pg-overlap")[1]


def test_summary_counts_nothing_twice(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    added_up, net = texts(page, ".pg-summary dd")
    assert added_up.startswith("6.50 平方公里")
    assert net.startswith("5.00 平方公里")


def test_choosing_an_overlap_marks_it_and_zooms_to_it(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    before = page.locator("path.pg-face").first.bounding_box()["width"]
    item = page.locator(".pg-overlap").nth(2)
    item.click()
    assert item.get_attribute("aria-pressed") == "true"
    assert paths(page, "pg-mark") == 1
    assert page.locator("path.pg-face").first.bounding_box()["width"] > 1.5 * before
    marked = page.locator("path.pg-mark").bounding_box()
    assert marked["x"] + marked["width"] < page.locator(".pg-panel").bounding_box()["x"]
    item.click()
    assert paths(page, "pg-mark") == 0


def test_nothing_is_marked_where_nothing_is_shown(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    item = page.locator(".pg-overlap").first
    item.click()
    switch(page, "高新区").uncheck()
    assert (paths(page, "pg-mark"), item.get_attribute("aria-pressed")) == (0, "false")
    item.click()
    assert (paths(page, "pg-mark"), item.get_attribute("aria-pressed")) == (2, "true")
    page.locator(".pg-overlap-switch input").uncheck()
    assert paths(page, "pg-mark") == 0


def test_three_brands_are_hatched_as_two_while_one_is_off(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    same = parks[parks.geometry.notna()].iloc[[0, 0, 0]]
    m = maps.overlap_map(same.assign(brand_id=list("xyz"), brand=["甲", "乙", "丙"], block=None))
    page = visit(m).page
    face = page.locator("path.pg-face")
    assert drawn_with(page, face)[0] == 2
    switch(page, "丙").uncheck()
    assert drawn_with(page, face)[0] == 1


def test_card_says_what_is_known_of_an_extent(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.get_by_role("button", name="缩放至 紫金港科技城").click()
    card = page.locator(".pg-card")
    rows = dict(zip(texts(page, ".pg-card dt"), texts(page, ".pg-card dd"), strict=True))
    assert card.locator("h3").inner_text() == "紫金港科技城"
    assert card.locator(".pg-other").inner_text() == "Zijingang"
    assert rows["公布面积"] == "5.00 平方公里（7,500 亩）"
    assert rows["量算面积"] == "4.00 平方公里（6,000 亩）"
    assert rows["与公布相差"] == "−20.0%"
    assert rows["级别"] == "市级"
    assert rows["边界中误差"] == "±30 米"
    assert rows["四至查找"] == "north found along 留祥路; south closed"
    assert rows["来源"] == "西湖区 2021"


def test_click_on_an_overlap_names_its_brands_and_leads_to_their_cards(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.locator(".pg-overlap").nth(2).click()
    middle = page.locator("path.pg-mark").bounding_box()
    x, y = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    page.mouse.move(x, y)
    assert texts(page, ".pg-tip div") == ["紫金港科技城", "高新区", "平台"]
    page.mouse.click(x, y)
    assert texts(page, ".pg-member .pg-name") == ["紫金港科技城", "高新区", "平台"]
    # 0.25 km² of 4, 2 and 0.5 km².
    assert texts(page, ".pg-member .pg-quiet") == [
        *("市级", "占其 6.2%"),
        *("省级", "占其 12.5%"),
        *("省级", "占其 50.0%"),
    ]
    page.locator(".pg-member").nth(2).click()
    assert page.locator(".pg-card h3").last.inner_text() == "平台"


def test_button_turns_every_text_without_loading_the_page_again(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    visited = visit(maps.overlap_map(parks))
    page = visited.page
    page.evaluate("window.stillHere = true")
    page.get_by_role("button", name="缩放至 平台").click()
    page.get_by_role("button", name="English").click()
    assert page.evaluate("window.stillHere")
    assert page.locator(".pg-panel h1").inner_text() == "Brand extents and overlaps"
    assert "Platform" in texts(page, ".pg-tree .pg-name")
    assert page.locator(".pg-card h3").inner_text() == "Platform"
    assert page.locator(".pg-label", has_text="Zijingang").count() == 1
    panel = page.locator(".pg-panel").inner_text()
    left = re.sub("中文|南区|北区|云栖小镇|文件没有四至", "", panel)
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
    page.get_by_role("button", name="中文").click()
    assert page.locator(".pg-panel h1").inner_text() == "牌子范围与重叠"


def test_what_has_no_extent_is_listed_with_its_reason(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    assert texts(page, ".pg-missing li") == ["云栖小镇\n文件没有四至"]


def test_attribution_is_shown_where_the_licence_asks_for_it(
    visit: Open, parks: gpd.GeoDataFrame
) -> None:
    page = visit(maps.overlap_map(parks)).page
    said = page.locator(".leaflet-control-attribution").inner_text()
    assert "© OpenStreetMap contributors, ODbL 1.0" in said


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_nothing_lies_on_the_panel_and_the_extents_are_in_sight(
    visit: Open, parks: gpd.GeoDataFrame, size: tuple[int, int]
) -> None:
    page = visit(maps.overlap_map(parks), size).page
    panel = page.locator(".pg-panel").bounding_box()
    for shape in page.locator("path.pg-block").all():
        extent = shape.bounding_box()
        assert extent["x"] >= 0
        assert extent["y"] >= 0
        if size == PHONE:
            assert extent["x"] + extent["width"] <= size[0]
            assert extent["y"] + extent["height"] <= panel["y"]
        else:
            assert extent["x"] + extent["width"] <= panel["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_phone_panel_folds_and_unfolds(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks), PHONE).page
    body = page.locator(".pg-body")
    assert not body.is_visible()
    page.get_by_role("button", name="收起或展开面板").click()
    assert body.is_visible()
    assert page.locator(".pg-panel").bounding_box()["height"] <= 0.5 * PHONE[1]


def test_keyboard_alone_reaches_switches_and_overlaps(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("const e = document.activeElement; e.getAttribute('class') || e.type")
        )
    assert {"checkbox", "pg-icon pg-only", "pg-overlap", "pg-button pg-language"} <= seen
    page.locator(".pg-overlap").first.focus()
    page.keyboard.press("Enter")
    assert paths(page, "pg-mark") == 2


@pytest.mark.parametrize("name", HOSTILE, ids=["tag", "quotes", "separators", "bidi", "long"])
def test_hostile_names_are_shown_and_run_nothing(
    visit: Open, parks: gpd.GeoDataFrame, name: str
) -> None:
    hostile = parks.assign(brand=name, brand_en=name, source=name, reasons=name, sides=name)
    hostile["level"] = name
    visited = visit(maps.overlap_map(hostile, title=name))
    page = visited.page
    for place in (".pg-depth-1 .pg-name", ".pg-pair span", ".pg-missing .pg-quiet", ".pg-panel h1"):
        assert page.locator(place).first.evaluate("node => node.textContent") == name
    assert page.locator(".pg-label").first.evaluate("n => n.textContent").startswith(name)
    assert page.locator(".pg-row .pg-name").nth(1).evaluate("n => n.textContent") == name
    page.get_by_role("combobox").fill(name[:20])
    assert page.locator(".pg-hit").first.evaluate("n => n.textContent").startswith(name)
    page.locator(".pg-number").last.click()
    assert page.locator(".pg-member .pg-name").first.evaluate("n => n.textContent") == name
    page.locator(".pg-row .pg-zoom").first.click()
    opened = page.locator(".leaflet-popup:last-child .pg-card h3")
    assert opened.evaluate("n => n.textContent").startswith(name)
    middle = page.locator("path.pg-face").first.bounding_box()
    page.mouse.move(middle["x"] + 3, middle["y"] + middle["height"] - 3)
    page.get_by_role("button", name="English").click()
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator("img").count() == 0
    assert (visited.dialogs, visited.loads, visited.complaints) == ([], [], [])


def test_jupyter_shows_the_same_page_without_a_network(
    browser: Browser, parks: gpd.GeoDataFrame
) -> None:
    """A notebook puts the page into a frame; nothing may be fetched there either."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.set_content(maps.overlap_map(parks)._repr_html_())
    frame = page.frame_locator("iframe")
    frame.locator("path.pg-face").first.wait_for(state="attached")
    assert frame.locator("path.pg-block").count() == 4
    assert [url for url in requests if url.startswith("http")] == []
    context.close()
