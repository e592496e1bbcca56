"""The investment map in a real Chromium whose network is blocked."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from playwright.sync_api import expect
from shapely import box

from parkgeo import maps, policy
from parkgeo.errors import ParkgeoError, SchemaError, UnknownNameError
from tests.conftest import from_metres

Open = Callable[..., Any]
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
DESKTOP = (1440, 900)
PHONE = (390, 844)
HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'

# Parcels of 200 × 100 m or 30 mu, but for p3 of 600 mu.
LAND = gpd.GeoDataFrame(
    {
        "parcel_id": ["p1", HOSTILE, "p3", "p4"],
        "status": ["批而未供", "供而未用", "低效", "在用"],
        "allowed": ["C39，C27", HOSTILE, None, None],
        "price": [50.0, 100.0, None, 1.0],
    },
    geometry=[
        from_metres(box(0, 0, 200, 100)),
        from_metres(box(300, 0, 500, 100)),
        from_metres(box(0, 300, 1000, 700)),
        from_metres(box(1000, 0, 1200, 100)),
    ],
    crs="EPSG:4490",
)
PARKS = gpd.GeoDataFrame(
    {"brand_id": ["x"], "brand": [HOSTILE]},
    geometry=[from_metres(box(-100, -100, 400, 1000))],
    crs="EPSG:4490",
)


@pytest.fixture(scope="module")
def land() -> policy.AvailableLand:
    return policy.available_land(
        LAND, PARKS, price="price", units={"price": "万元/亩"}, industry="allowed"
    )


def names(page: Any) -> list[str]:  # noqa: ANN401
    found: list[str] = page.locator(".pg-parcels .pg-name").all_inner_texts()
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_filters_leave_what_fits(
    visit: Open, land: policy.AvailableLand, size: tuple[int, int]
) -> None:
    visited = visit(maps.investment_map(land, PARKS), size)
    page = visited.page
    if size == PHONE:
        page.locator(".pg-fold[aria-expanded]").click()
    found = page.locator(".pg-fitting output")
    expect(found).to_have_text("3 块，660 亩")
    assert names(page) == ["p3", "p1", HOSTILE]
    page.get_by_label("低效").uncheck()
    expect(found).to_have_text("2 块，60 亩")
    page.get_by_label("准入产业").select_option("C39")
    assert names(page) == ["p1"]
    page.get_by_role("button", name="清除筛选").click()
    expect(found).to_have_text("3 块，660 亩")
    lowest = page.get_by_label("价格（万元/亩） 最低")
    lowest.fill("60")
    page.get_by_label("含未标价地块").uncheck()
    assert names(page) == [HOSTILE]
    lowest.fill("1000")
    expect(page.locator(".pg-parcels")).to_have_text("没有符合条件的地块")
    page.get_by_role("button", name="清除筛选").click()
    page.get_by_label("≥ 300").uncheck()
    assert names(page) == ["p1", HOSTILE]
    page.locator(".pg-find").fill("p3")
    page.locator(".pg-find").press("Enter")
    expect(page.locator(".leaflet-popup h3")).to_have_text("p3")
    expect(found).to_have_text("3 块，660 亩")
    assert (visited.loads, visited.complaints, visited.dialogs) == ([], [], [])
    assert page.evaluate("window.hacked") is None


def test_a_card_says_area_price_industries_and_zones(
    visit: Open, land: policy.AvailableLand
) -> None:
    page = visit(maps.investment_map(land, PARKS, language="en")).page
    page.locator(".pg-rank", has_text="p1").click()
    shown = page.locator(".leaflet-popup .pg-card")
    labels, values = (shown.locator(tag).all_inner_texts() for tag in ("dt", "dd"))
    assert dict(zip(labels, values, strict=True)) == {
        "Available area": "30 mu",
        "Status": "Approved, not supplied",
        "Price": "500,000 yuan per mu",
        "For the available area": "15,000,000 yuan",
        "Allowed industry": "C39, C27",
        "In the zones": HOSTILE,
    }
    page.locator(".pg-language").click()
    assert shown.locator("dd").nth(2).inner_text() == "50 万元/亩"


def test_a_filtered_parcel_cannot_be_clicked(visit: Open, land: policy.AvailableLand) -> None:
    page = visit(maps.investment_map(land)).page
    page.locator(".pg-rank", has_text="p3").click()
    box_px = page.locator(".leaflet-popup-tip").bounding_box()
    page.keyboard.press("Escape")
    page.get_by_label("低效").uncheck()
    page.mouse.click(box_px["x"] + box_px["width"] / 2, box_px["y"] + box_px["height"] + 12)
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    page.get_by_label("低效").check()
    page.mouse.click(box_px["x"] + box_px["width"] / 2, box_px["y"] + box_px["height"] + 12)
    expect(page.locator(".leaflet-popup h3")).to_have_text("p3")


def test_no_land_is_a_map_too(visit: Open) -> None:
    none = policy.available_land(LAND.iloc[3:])
    visited = visit(maps.investment_map(none, PARKS))
    expect(visited.page.locator(".pg-fitting output")).to_have_text("0 块，0 亩")
    assert visited.complaints == []


def test_what_cannot_be_drawn_is_refused(land: policy.AvailableLand) -> None:
    with pytest.raises(SchemaError, match="policy.available_land"):
        maps.investment_map(LAND)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="keep="):
        maps.investment_map(land, name="nick")
    with pytest.raises(ParkgeoError, match="budget_mb"):
        maps.investment_map(land, budget_mb=0.001)
