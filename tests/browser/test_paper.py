"""What the browser prints of a map, and the picture that a reader saves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import Page
from shapely import box

from parkgeo import maps

Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

PHONE = (390, 844)
DESKTOP = (1440, 900)
SHEET = (1047, 718)
"""A4 landscape, 297 mm x 210 mm, within margins of 10 mm, at 96 px an inch."""


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "brand_id": ["a", "b"],
            "brand": ["紫金港科技城", "云栖小镇"],
            "method": ["official", "digitised"],
            "license": ["ODbL-1.0", None],
        },
        geometry=[box(120, 30, 120.02, 30.02), box(120.01, 30.01, 120.03, 30.03)],
        crs="EPSG:4490",
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_sheet_is_printed_without_controls(
    visit: Open, parks: gpd.GeoDataFrame, size: tuple[int, int]
) -> None:
    visited = visit(maps.overlap_map(parks), size)
    page = visited.page
    page.emulate_media(media="print")
    page.wait_for_selector(".pg-paper")
    for shown in (".pg-panel h1", ".pg-legend", ".pg-numbers", ".leaflet-control-scale"):
        assert page.locator(shown).first.is_visible()
    assert "ODbL" in page.locator(".leaflet-control-attribution").inner_text()
    controls = page.locator(".pg-map :is(.pg-button, .pg-icon, input, .leaflet-control-zoom)")
    assert controls.count() > 10
    assert not any(control.is_visible() for control in controls.all())
    sheet = page.locator(".pg-map").bounding_box()
    assert (sheet["width"], sheet["height"]) == SHEET
    panel = page.locator(".pg-panel").bounding_box()
    assert panel["y"] + panel["height"] <= SHEET[1]
    for extent in page.locator("path.pg-block").all():
        drawn = extent.bounding_box()
        assert drawn["x"] >= 0
        assert drawn["x"] + drawn["width"] <= panel["x"]
        assert drawn["y"] >= 0
        assert drawn["y"] + drawn["height"] <= SHEET[1]


def test_the_page_is_as_it_was_after_printing(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    before = page.locator("path.pg-block").first.bounding_box()
    page.emulate_media(media="print")
    page.wait_for_selector(".pg-paper")
    page.emulate_media(media="screen")
    page.wait_for_selector(".pg-paper", state="detached")
    after = page.locator("path.pg-block").first.bounding_box()
    assert after == pytest.approx(before, abs=1)
    assert page.locator(".pg-find").is_visible()


def test_one_page_is_printed(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page: Page = visit(maps.overlap_map(parks)).page
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.count(b"/Type /Page\n") == 1
    # A4 landscape in points.
    assert b"/MediaBox [0 0 842" in pdf or b"/MediaBox [0 0 841" in pdf


def test_what_is_off_is_not_on_paper(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.locator(".pg-tree").get_by_role("checkbox", name="云栖小镇").uncheck()
    page.emulate_media(media="print")
    page.wait_for_selector(".pg-paper")
    tree = page.locator(".pg-tree").inner_text()
    assert "紫金港科技城" in tree
    assert "云栖小镇" not in tree


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_picture_shows_the_sheet(
    visit: Open, parks: gpd.GeoDataFrame, tmp_path: Path, size: tuple[int, int]
) -> None:
    visited = visit(maps.overlap_map(parks), size)
    page = visited.page
    with page.expect_download() as download:
        page.get_by_label("保存为图片").click()
    download.value.save_as(tmp_path / "map.png")
    picture = imread(tmp_path / "map.png")[..., :3]
    sheet = {"width": max(size[0], SHEET[0]), "height": max(size[1], SHEET[1])}
    assert picture.shape[:2] == (2 * sheet["height"], 2 * sheet["width"])
    page.emulate_media(media="screen")
    page.set_viewport_size(sheet)
    page.emulate_media(media="print")
    page.wait_for_selector(".pg-paper")
    page.locator(".pg-map").screenshot(path=tmp_path / "shown.png")
    # The panel of the sheet, which is the same on each, is the same in the picture.
    panel = page.locator(".pg-panel").bounding_box()
    wide, high = round(panel["width"]), round(panel["height"])
    shown = imread(tmp_path / "shown.png")[12 : 12 + high, -12 - wide : -12, :3]
    saved = picture[24 : 24 + 2 * high : 2, -24 - 2 * wide : -24 : 2]
    assert saved.shape == shown.shape
    off = np.abs(saved - shown).max(axis=2) > 0.25
    assert off.mean() < 0.05
    # Ground of two brands is there, in its shade.
    shade = np.array([0xFE, 0xE3, 0x91]) / 255
    assert (np.abs(picture - shade).max(axis=2) < 0.08).mean() > 0.01
    assert not visited.loads
    assert not visited.complaints
