"""The industry map in a real Chromium whose network is blocked."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from playwright.sync_api import expect
from shapely import Point, box

from parkgeo import maps, policy
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError
from tests.conftest import from_metres

Open = Callable[..., Any]
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
DESKTOP = (1440, 900)
PHONE = (390, 844)
HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'

PARKS = gpd.GeoDataFrame(
    {"brand_id": ["x", "y", "z"], "brand": ["甲", HOSTILE, "丙"]},
    geometry=[
        from_metres(box(0, 0, 1000, 1000)),
        from_metres(box(2000, 0, 3000, 1000)),
        from_metres(box(4000, 0, 5000, 1000)),
    ],
    crs="EPSG:4490",
)
# Electronics have 3 of 4 in x, medicine 1 of 2 in y; nobody is in z.
FIRMS = gpd.GeoDataFrame(
    {
        "name": ["f1", "f2", HOSTILE, "f4"],
        "industry_code": ["C3911", "1711", "2710", "3610"],
        "output": [3.0, 1.0, 1.0, 1.0],
    },
    geometry=[from_metres(Point(x, 500)) for x in (250, 800, 2200, 2800)],
    crs="EPSG:4490",
)


@pytest.fixture(scope="module")
def found() -> policy.LeadingIndustry:
    return policy.leading_industry(FIRMS, units={"output": "亿元"}, parks=PARKS)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_zones_are_ranked_by_the_share_of_what_leads(
    visit: Open, found: policy.LeadingIndustry, size: tuple[int, int]
) -> None:
    visited = visit(maps.industry_map(found, PARKS, FIRMS, name="name"), size)
    page = visited.page
    if size == PHONE:
        page.locator(".pg-fold[aria-expanded]").click()
    ranks = page.locator(".pg-rank")
    assert ranks.locator(".pg-name").all_inner_texts() == ["甲", HOSTILE]
    assert ranks.locator(".pg-value").all_inner_texts() == ["75.0%", "50.0%"]
    legend = page.locator(".pg-legend").all_inner_texts()
    assert "计算机、通信和其他电子设备制造业" in legend[0]
    ranks.first.click()
    shown = page.locator(".leaflet-popup .pg-card")
    labels, values = (shown.locator(tag).all_inner_texts() for tag in ("dt", "dd"))
    card = dict(zip(labels, values, strict=True))
    # Electronics are 3 of 4 in the zone and 3 of 6 in all.
    assert card["占比"] == "75.0%"
    assert card["区位商"] == "1.5"
    assert card["纺织业"] == "25.0%"
    assert "已达标" in shown.inner_text()
    assert (visited.loads, visited.complaints, visited.dialogs) == ([], [], [])
    assert page.evaluate("window.hacked") is None


def test_zones_have_the_colour_of_what_leads(visit: Open, found: policy.LeadingIndustry) -> None:
    page = visit(maps.industry_map(found, PARKS)).page
    fills = page.locator("path.pg-region").evaluate_all(
        "all => all.map(one => one.style.fill || one.getAttribute('fill'))"
    )
    assert len(set(fills)) == 3
    assert fills[2].startswith("url(#")  # nobody is there, so it is hatched


def test_firms_are_found_and_can_be_hidden(visit: Open, found: policy.LeadingIndustry) -> None:
    page = visit(maps.industry_map(found, PARKS, FIRMS, name="name", language="en")).page
    page.wait_for_selector(".pg-ready", state="attached")
    page.get_by_role("combobox").fill("f4")
    page.keyboard.press("Enter")
    shown = page.locator(".leaflet-popup .pg-card")
    expect(shown.locator("h3")).to_have_text("f4")
    expect(shown.locator("dd")).to_have_text("Motor vehicles")
    page.keyboard.press("Escape")
    page.get_by_label("Firms").uncheck()
    expect(page.locator(".leaflet-popup")).to_have_count(0)


def test_what_cannot_be_drawn_is_refused(found: policy.LeadingIndustry) -> None:
    with pytest.raises(SchemaError, match="policy.leading_industry"):
        maps.industry_map(found.zones, PARKS)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="no zone of found is among the parks"):
        maps.industry_map(found, PARKS.assign(brand_id=["a", "b", "c"]))
    with pytest.raises(GeometryError, match="firms must be points"):
        maps.industry_map(found, PARKS, PARKS)
    with pytest.raises(UnknownNameError, match="'nick'"):
        maps.industry_map(found, PARKS, FIRMS, name="nick")
