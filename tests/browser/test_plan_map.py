"""The map of a plan in a real Chromium whose network is blocked."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from shapely import box
from strategies import on_ground

from parkgeo import concentration
from parkgeo.concentration import Plan

Open = Callable[..., Any]
"""Saves a map and opens it: the fixture ``visit``."""

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A pair beside the zone is taken in, one cluster moves, one is converted, one stays."""
    shapes = [
        box(0, 0, 500, 1000),
        box(1040, 0, 1240, 200),
        box(1260, 0, 1460, 200),
        box(2200, 400, 2500, 700),
        box(2200, -900, 2500, -600),
        box(3400, 0, 3500, 100),
    ]
    land = gpd.GeoDataFrame(
        {
            "move": [False, False, False, True, False, False],
            "convert": [False, False, False, False, True, False],
        },
        geometry=on_ground(shapes),
        crs="EPSG:4490",
    )
    zone = gpd.GeoDataFrame(
        {"brand_id": [HOSTILE]}, geometry=on_ground([box(0, 0, 1000, 1000)]), crs="EPSG:4490"
    )
    return concentration.plan(
        land,
        zone,
        target=0.9,
        costs={"extend_per_mu": 8.0, "move_per_mu": 40.0, "convert_per_mu": 30.0},
        limits={"capacity_mu": 300.0, "require": {"move": "move", "convert": "convert"}},
    )


def test_what_is_chosen_is_seen_listed_and_clicked(visit: Open, plan: Plan) -> None:
    opened = visit(plan.map())
    page = opened.page
    assert page.locator("path.pg-site").count() == 4
    assert page.locator("path.pg-way").count() == 1
    assert page.locator("button.pg-measure").count() == 3
    assert page.locator(".pg-body h2").first.inner_text() == "扩区纳入（1）"
    page.locator("button.pg-measure").nth(1).click()
    card = page.locator(".pg-card")
    assert "搬迁入园" in card.inner_text()
    assert HOSTILE in card.inner_text()
    assert page.locator("path.pg-mark").count() == 1
    page.locator(".pg-language").click()
    assert "Moved into a zone" in card.inner_text()
    assert opened.loads == []
    assert opened.complaints == []
    assert opened.dialogs == []
    assert page.evaluate("window.hacked") is None
