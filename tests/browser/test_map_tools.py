"""What a reader can do on every map: find, measure, draw, export."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from playwright.sync_api import Page
from pyproj import Geod
from shapely import box

from parkgeo import maps, measure

Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    shapes = [box(120, 30, 120.02, 30.02), box(120.01, 30.01, 120.03, 30.03)]
    return gpd.GeoDataFrame(
        {
            "brand_id": ["a", "b"],
            "brand": ["紫金港科技城", HOSTILE],
            "brand_en": ["Zijingang", None],
        },
        geometry=shapes,
        crs="EPSG:4490",
    )


def draw(page: Page, *corners: tuple[int, int]) -> None:
    for corner in corners:
        page.mouse.click(*corner)


def exported(page: Page, folder: Path) -> gpd.GeoDataFrame:
    with page.expect_download() as download:
        page.get_by_text("导出 GeoJSON").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return gpd.read_file(path)


def test_a_name_is_found_in_both_languages(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks)).page
    field = page.get_by_role("combobox")
    for wanted in ("金港", "zijin"):
        field.fill(wanted)
        field.press("Enter")
        assert page.locator(".leaflet-popup h3").inner_text() == "紫金港科技城"
    field.fill("无此名")
    assert page.locator(".pg-search p").inner_text() == "没有找到"
    field.press("Escape")
    assert not page.locator(".pg-found").is_visible()


def test_arrow_keys_choose_among_what_is_found(visit: Open, parks: gpd.GeoDataFrame) -> None:
    same = parks.assign(brand=["园区一", "园区二"], brand_en=None)
    page = visit(maps.overlap_map(same)).page
    field = page.get_by_role("combobox")
    field.fill("园区")
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    assert chosen.inner_text() == "园区二"
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("Enter")
    assert page.locator(".leaflet-popup h3").inner_text() == "园区二"
    # A card opened by key has the focus, Escape closes it, and the field has the focus again.
    assert page.get_by_role("dialog", name="园区二").evaluate("n => n === document.activeElement")
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert field.evaluate("node => node === document.activeElement")


def test_a_hostile_name_is_found_as_text(visit: Open, parks: gpd.GeoDataFrame) -> None:
    visited = visit(maps.overlap_map(parks))
    visited.page.get_by_role("combobox").fill("onerror")
    assert visited.page.locator(".pg-hit").inner_text() == HOSTILE
    visited.page.locator(".pg-hit").click()
    assert visited.page.locator(".leaflet-popup h3").inner_text() == HOSTILE
    assert visited.page.evaluate("window.hacked") is None
    assert not visited.dialogs
    assert not visited.complaints


def test_what_is_drawn_is_measured_on_the_ellipsoid(
    visit: Open, parks: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.get_by_label("量测与绘制").click()
    draw(page, (300, 300), (600, 320), (560, 600))
    said = page.locator(".pg-reading").inner_text()
    page.get_by_text("下一个").click()
    draw(page, (200, 200), (700, 240))
    drawn = exported(page, tmp_path)
    assert drawn.geom_type.tolist() == ["Polygon", "LineString"]
    # Places are written to 0.1 mm.
    np.testing.assert_allclose(
        drawn["area_m2"][0], measure.area_m2(drawn.geometry[:1])[0], rtol=1e-7
    )
    assert drawn["area_m2"][1] == 0
    geod = Geod(ellps="GRS80")
    open_ring = drawn.geometry[0].exterior.coords[:-1]
    lengths = [
        geod.line_length(*zip(*line, strict=True)) for line in (open_ring, drawn.geometry[1].coords)
    ]
    np.testing.assert_allclose(drawn["length_m"], lengths, rtol=1e-7)
    assert f"{drawn['length_m'][0] / 1000:,.3f} 公里" in said
    assert f"{drawn['area_m2'][0] / 1e6:,.2f} 平方公里" in said


def test_a_shape_is_drawn_by_keyboard(visit: Open, parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    page = visit(maps.overlap_map(parks)).page
    page.get_by_label("量测与绘制").press("Enter")
    page.locator(".folium-map").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press("Enter")
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    assert exported(page, tmp_path).geom_type.tolist() == ["Polygon"]
    page.locator(".folium-map").focus()
    page.keyboard.press("Escape")
    assert not page.locator(".pg-measured").is_visible()


def test_the_words_of_the_tools_change_language(visit: Open, parks: gpd.GeoDataFrame) -> None:
    page = visit(maps.overlap_map(parks, language="en")).page
    page.get_by_label("Measure and draw").click()
    assert page.get_by_text("Export GeoJSON").is_visible()
    assert json.loads(page.evaluate("JSON.stringify(document.fullscreenElement)")) is None
    page.get_by_text("中文").click()
    assert page.get_by_text("导出 GeoJSON").is_visible()
