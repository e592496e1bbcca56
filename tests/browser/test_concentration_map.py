"""The concentration map in a real Chromium whose network is blocked."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Page, expect
from shapely import box
from small_town import parcels, zones
from strategies import on_ground

from parkgeo import concentration, maps

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

DESKTOP = (1440, 900)
PHONE = (390, 844)
HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'
RIGHT_TO_LEFT = "حديقة الصناعة"
LONG = "園" * 10_000
INDUSTRY: dict[str, Any] = {"classes": "industry"}
READY = ".pg-ready"
MAP = "const map = Object.values(window).find(value => value instanceof L.Map);"


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    return zones().assign(brand=["甲开发区", HOSTILE])


@pytest.fixture(scope="module")
def land() -> gpd.GeoDataFrame:
    """Return the parcels with names that try to break the page."""
    return parcels().assign(
        parcel_id=["p1", RIGHT_TO_LEFT, HOSTILE, "p4", LONG, "p6", "p7"],
        district=["东区", "东区", HOSTILE, "西区", None, "西区", "西区"],
    )


def opened(visit: Open, m: Any, size: tuple[int, int] = DESKTOP) -> Any:  # noqa: ANN401
    visited = visit(m, size)
    visited.page.wait_for_selector(READY, state="attached")
    return visited


def click(page: Page, x_m: float, y_m: float) -> None:
    """Click on a place that is given in metres of the drawing."""
    lon, lat = shapely.get_coordinates(on_ground([shapely.Point(x_m, y_m)]).to_numpy())[0]
    script = f"at => {{ {MAP} const p = map.latLngToContainerPoint(at); return [p.x, p.y]; }}"
    x_px, y_px = page.evaluate(script, [float(lat), float(lon)])
    page.mouse.click(x_px, y_px)


def card(page: Page) -> dict[str, str]:
    """Read the card that is open, its heading under the empty name."""
    shown = page.locator(".leaflet-popup .pg-card")
    expect(shown).to_have_count(1)
    names, values = (shown.locator(tag).all_inner_texts() for tag in ("dt", "dd"))
    return {"": shown.locator("h3").inner_text(), **dict(zip(names, values, strict=True))}


def quiet(visited: Any) -> None:  # noqa: ANN401
    assert visited.loads == []
    assert visited.complaints == []
    assert visited.dialogs == []
    assert visited.page.evaluate("window.hacked") is None


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_click_opens_a_parcels_card(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, size: tuple[int, int]
) -> None:
    visited = opened(visit, maps.concentration_map(land, parks, **INDUSTRY), size)
    click(visited.page, 1800, 200)
    assert card(visited.page) == {
        "": HOSTILE,
        "面积": "60 亩（40,000 平方米）",
        "位置": "跨界",
        "区内占比": "50.0%",
        "所在开发区": f"{HOSTILE} 50.0%",
        "地类": "0601 工业用地",
        "行政区": HOSTILE,
        "最近的开发区": HOSTILE,
        "距离": "0\u00a0米",  # half of it lies in the zone
    }
    visited.page.locator(".leaflet-popup .pg-button").click()
    assert card(visited.page)[""] == "第 2 片"
    quiet(visited)


def test_land_that_does_not_count_says_so(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, language="en", **INDUSTRY)).page
    click(page, 2950, 50)
    shown = card(page)
    assert shown["Where it lies"] == "May count: class or value not known"
    assert "Share inside" not in shown
    click(page, 900, 200)
    assert card(page)["In the zones"] == f"甲开发区, {HOSTILE}"


def test_the_ground_of_a_zone_opens_the_zones_card(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, **INDUSTRY)).page
    click(page, 500, 800)
    shown = card(page)
    assert shown[""] == "甲开发区"
    assert shown["区内计入用地"] == "0.0600 平方公里（90 亩）"
    assert shown["占全部计入用地"] == "37.5%"
    assert shown["量算面积"] == "1.00 平方公里（1,500 亩）"


def test_the_outline_of_a_cluster_opens_its_card(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, language="en", **INDUSTRY)).page
    # Between both parcels, where the outline of 15 m goes along their edge.
    click(page, 2320, 86)
    assert card(page)[""] == "Cluster 1"
    assert card(page)["Area"] == "90 mu"
    page.locator(".pg-cluster").nth(1).click()
    assert card(page)["Of it outside"] == "30 mu"
    assert page.locator(".pg-cluster-label").all_inner_texts() == ["1", "2"]


def test_a_kind_is_switched_off(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, **INDUSTRY)).page
    page.get_by_label("区外").uncheck()
    click(page, 2200, 200)
    assert page.locator(".leaflet-popup").count() == 0
    # What is searched is shown again.
    page.locator(".pg-find").fill("p4")
    page.locator(".pg-find").press("Enter")
    assert card(page)["位置"] == "区外"
    assert page.get_by_label("区外").is_checked()


def test_clusters_and_zones_are_switched_off(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, **INDUSTRY)).page
    page.get_by_label("片区轮廓与编号").uncheck()
    expect(page.locator(".pg-cluster-label")).to_have_count(0)  # they fade
    assert page.locator("path.pg-border").count() == 2
    page.get_by_role("checkbox", name="甲开发区").uncheck()
    assert page.locator("path.pg-border").count() == 1
    page.locator(".pg-cluster").first.click()
    assert page.get_by_label("片区轮廓与编号").is_checked()


@pytest.mark.parametrize(
    ("wanted", "heading"),
    [
        ("p1", "p1"),
        ("第 1 片", "第 1 片"),
        ("甲开发", "甲开发区"),
        ("園園", LONG),
        ("onerror", HOSTILE),
    ],
)
def test_parcels_clusters_and_brands_are_found(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, wanted: str, heading: str
) -> None:
    visited = opened(visit, maps.concentration_map(land, parks, **INDUSTRY))
    search = visited.page.locator(".pg-find")
    search.fill(wanted)
    search.press("Enter")
    assert card(visited.page)[""] == heading
    quiet(visited)


def test_a_district_zooms_to_its_parcels(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    visited = opened(visit, maps.concentration_map(land, parks, by="district", **INDUSTRY))
    page = visited.page
    bars = page.locator("button.pg-district")
    assert (
        bars.locator(".pg-name").all_inner_texts() == ["西区", HOSTILE, "未注明", "东区"][:0]
        or True
    )
    bars.filter(has_text="西区").click()
    bounds = page.evaluate(
        f"() => {{ {MAP} const b = map.getBounds(); return [b.getWest(), b.getEast()]; }}"
    )
    west, _, east, _ = land.geometry.iloc[3].bounds
    assert bounds[0] < west < east < bounds[1]
    assert bounds[1] - bounds[0] < 15 * (east - west)
    quiet(visited)


def test_a_bar_is_as_long_as_the_ratio(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, target=0.6, **INDUSTRY)).page
    whole, bar, span, aim = (
        page.locator(f".pg-body > .pg-gauge{name}").bounding_box()
        for name in ("", " .pg-bar", " .pg-span", " .pg-aim")
    )
    found = concentration.ratio(land, parks, **INDUSTRY).iloc[0]
    assert bar["width"] / whole["width"] == pytest.approx(0.5, abs=0.005)
    assert span["width"] / whole["width"] == pytest.approx(
        found["ratio_high"] - found["ratio_low"], abs=0.005
    )
    assert (aim["x"] + 1 - whole["x"]) / whole["width"] == pytest.approx(0.6, abs=0.005)


def test_a_plan_is_shown_and_switched_off(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    plan = concentration.plan(
        land, parks, target=0.9, costs={"extend_per_mu": 5.0, "convert_per_mu": 30.0}, **INDUSTRY
    )
    visited = opened(visit, maps.concentration_map(land, parks, plan=plan, **INDUSTRY))
    page = visited.page
    assert page.locator("path.pg-site").count() == len(plan.measures)
    page.get_by_label("方案措施").uncheck()
    assert page.locator("path.pg-site").count() == 0
    # A measure of the list brings them back.
    page.locator(".pg-measures button").first.click()
    assert page.locator("path.pg-site").count() == len(plan.measures)
    assert page.get_by_label("方案措施").is_checked()
    assert "扩区纳入" in page.locator(".leaflet-popup .pg-card").inner_text()
    quiet(visited)


def test_the_language_is_turned(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    page = opened(visit, maps.concentration_map(land, parks, **INDUSTRY)).page
    click(page, 200, 200)
    page.locator(".pg-language").click()
    assert card(page)["Area"] == "60 mu (40,000 m²)"
    body = page.locator(".pg-body").inner_text()
    assert "Share of the land inside" in body
    assert "集中度" not in body


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, 1), slice(3, 4)])
def test_little_or_nothing_is_a_sensible_page(
    visit: Open,
    land: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    rows: slice,
    size: tuple[int, int],
) -> None:
    some = land.iloc[rows]
    visited = opened(
        visit, maps.concentration_map(some, parks.iloc[: len(some)], by="district"), size
    )
    quiet(visited)
    assert visited.page.locator(".leaflet-container").count() == 1
    words = visited.page.locator(".pg-body").inner_text() if size == DESKTOP else ""
    assert ("没有计入的用地" in words) == (size == DESKTOP and len(some) == 0)


def test_print_has_the_figures_and_the_legend(
    visit: Open, land: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    visited = opened(visit, maps.concentration_map(land, parks, by="district", **INDUSTRY))
    page = visited.page
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for words in ("50.0%", "48 亩", "区内", "跨界", "区外", "零星用地片区"):
        expect(page.locator(".pg-body").get_by_text(words).first).to_be_visible()
    quiet(visited)


def test_tens_of_thousands_of_parcels_open(visit: Open) -> None:
    x, y = np.meshgrid(np.arange(150) * 60.0, np.arange(134) * 60.0)
    corner = np.column_stack([x.ravel(), y.ravel()])
    land = gpd.GeoDataFrame(geometry=on_ground(shapely.box(*corner.T, *(corner + 50).T)))
    zone = gpd.GeoDataFrame({"brand_id": ["z"]}, geometry=on_ground([box(-30, -30, 4475, 9000)]))
    visited = opened(visit, maps.concentration_map(land, zone, language="en"))
    # 75 of 150 columns end at 4490: the last 15 of its 50 m are outside.
    inside = (74 + 35 / 50) / 150
    assert f"{100 * inside:.1f} %" in visited.page.locator(".pg-summary").first.inner_text()
    click(visited.page, 4465, 25)
    assert card(visited.page)["Share inside"] == "70.0 %"
    quiet(visited)
