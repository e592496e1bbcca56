"""The tree of levels, brands and blocks: switches, keys, and many brands."""

import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from playwright.sync_api import Page
from shapely import box

from parkgeo import maps

Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

PHONE = (390, 844)
NOTEBOOK = (760, 456)


def brands_in_rows(levels: list[str], *, blocks: int = 1) -> gpd.GeoDataFrame:
    """Squares of 0.02° in rows of twelve, each over half of the one before it."""
    number = np.repeat(np.arange(len(levels)), blocks)
    west = 119.5 + 0.01 * (number % 12) + 0.2 * np.tile(np.arange(blocks), len(levels))
    south = 30 + 0.03 * (number // 12)
    return gpd.GeoDataFrame(
        {
            "brand_id": [f"b{i}" for i in number],
            "brand": [f"园区{i}" for i in number],
            "block": [f"片{i % blocks}" for i in range(len(number))] if blocks > 1 else None,
            "level": np.repeat(levels, blocks),
        },
        geometry=list(box(west, south, west + 0.02, south + 0.02)),
        crs="EPSG:4490",
    )


@pytest.fixture(scope="module")
def few() -> gpd.GeoDataFrame:
    return brands_in_rows(["national", "provincial", "provincial"], blocks=2)


def states(page: Page) -> list[bool | None]:
    """Read the switches from top to bottom; null is "some of it"."""
    return page.eval_on_selector_all(
        ".pg-tree input", "all => all.map((box) => (box.indeterminate ? null : box.checked))"
    )


def shown(page: Page) -> int:
    return page.locator("path.pg-block").count()


def test_a_level_is_on_off_or_in_part(visit: Open, few: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(few)).page
    provincial = page.get_by_role("checkbox", name="省级")
    page.get_by_role("checkbox", name="园区1").uncheck()
    assert states(page) == [True, True, None, False, True]
    assert shown(page) == 4
    provincial.click()  # some of it, then all, then none
    assert states(page) == [True, True, True, True, True]
    provincial.click()
    assert states(page) == [True, True, False, False, False]
    assert shown(page) == 2
    assert page.locator(".pg-tree-count").inner_text() == "1 / 3"


def test_only_one_all_and_none(visit: Open, few: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(few)).page
    page.get_by_role("button", name="只看 园区2").click()
    assert states(page) == [False, False, None, False, True]
    page.get_by_role("button", name="全不选").click()
    assert (shown(page), set(states(page))) == (0, {False})
    page.get_by_role("button", name="全选", exact=True).click()
    assert (shown(page), set(states(page))) == (6, {True})


def test_arrow_keys_walk_and_unfold_the_tree(visit: Open, few: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(few)).page

    def focused() -> str:
        return page.evaluate(
            "document.activeElement.closest('.pg-row').querySelector('.pg-name').textContent"
        )

    page.locator(".pg-tree input").first.focus()
    seen = []
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        seen.append(focused())
    # Unfolding stays in place; a second step goes in; left goes to the brand, and folds it.
    assert seen == ["园区0", "园区0", "片0", "片1", "园区0", "国家级", "园区2"]
    page.keyboard.press("Space")
    assert shown(page) == 4
    # The row before the tree's end is one step away by Tab from what follows the tree.
    for _ in range(4):
        page.keyboard.press("Tab")
    assert not page.evaluate("!!document.activeElement.closest('.pg-tree')")


def test_many_brands_are_folded_and_found(visit: Open) -> None:
    levels = ["national"] * 20 + ["provincial"] * 60 + ["municipal"] * 62
    m = maps.overlap_map(brands_in_rows(levels))
    begun = time.perf_counter()
    visited = visit(m, NOTEBOOK)
    taken_s = time.perf_counter() - begun
    page = visited.page
    assert shown(page) == 142
    assert page.locator(".pg-row").count() == 3
    page.get_by_role("button", name="展开或收起 市级").click()
    assert page.locator(".pg-row").count() == 3 + 62
    body = page.locator(".pg-body")
    assert body.evaluate("node => node.scrollHeight > 2 * node.clientHeight")
    page.get_by_role("button", name="只看 国家级").click()
    assert shown(page) == 20
    # 130 and more pairs of neighbours share ground; 20 are listed until all are asked for.
    pairs = page.locator("button.pg-overlap")
    assert pairs.count() == 20
    page.get_by_role("button", name="对重叠").click()
    assert pairs.count() >= 130
    assert pairs.nth(20).evaluate("node => node === document.activeElement")
    assert taken_s < 20  # hangs, not hundredths: other programs run beside this one
    assert not visited.complaints


@pytest.mark.parametrize("size", [PHONE, NOTEBOOK])
def test_names_of_any_length_leave_the_panel_in_shape(
    visit: Open, few: gpd.GeoDataFrame, size: tuple[int, int]
) -> None:
    long = few.assign(brand="长" * 10_000, block="W" * 10_000)
    page = visit(maps.overlap_map(long), size).page
    if size == PHONE:
        page.get_by_role("button", name="收起或展开面板").click()
    page.locator(".pg-twisty").nth(1).click()
    panel = page.locator(".pg-panel").bounding_box()
    for row in page.locator(".pg-row").all():
        own = row.bounding_box()
        assert own["height"] < 220
        assert own["x"] >= panel["x"]
        assert own["x"] + own["width"] <= panel["x"] + panel["width"]
    assert page.locator(".pg-body").evaluate("node => node.scrollWidth <= node.clientWidth")


def test_escape_closes_a_card_that_folded_the_panel(visit: Open, few: gpd.GeoDataFrame) -> None:
    """On a phone a card folds the panel, and with it goes what had the focus."""
    page = visit(maps.overlap_map(few), PHONE).page
    page.get_by_role("button", name="收起或展开面板").click()
    page.get_by_role("button", name="缩放至 园区1").click()
    page.wait_for_selector(".pg-card")
    page.keyboard.press("Escape")
    page.wait_for_selector(".pg-card", state="detached")


def test_targets_are_large_enough_for_a_finger(visit: Open, few: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(few), PHONE).page
    page.get_by_role("button", name="收起或展开面板").click()
    targets = page.locator(".pg-map :is(button, a[role=button], label, input[type=search])")
    for target in targets.all():
        own = target.bounding_box()
        if own and target.is_visible():
            assert own["height"] >= 32, target.evaluate("node => node.outerHTML.slice(0, 120)")
            assert own["width"] >= 32, target.evaluate("node => node.outerHTML.slice(0, 120)")
