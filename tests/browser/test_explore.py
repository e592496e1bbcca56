"""Any frame on one canvas: what the page unpacks, where a click lands, what is shown as text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from playwright.sync_api import Page

from parkgeo import maps

Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

ZONE = "EPSG:4549"
"""CGCS2000 in 3° zone 40, around 120° E."""
HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'
MASS = """
    const map = Object.values(window).find(value => value instanceof L.Map);
    let mass;
    map.eachLayer(layer => { if (layer instanceof ParkgeoMass) mass = layer; });
"""


@pytest.fixture(scope="module")
def layer() -> gpd.GeoDataFrame:
    """Squares of 100 m side by side, one of them with a hole, a multipart, a line and a point."""
    side = shapely.box(0, 0, 100, 100)
    holed = shapely.box(200, 0, 300, 100) - shapely.box(225, 25, 275, 75)
    parts = shapely.MultiPolygon([shapely.box(400, 0, 500, 100), shapely.box(600, 0, 700, 100)])
    line = shapely.LineString([(0, 300), (700, 320)])
    shapes = [side, holed, parts, line, shapely.Point(350, 500), None, shapely.Polygon()]
    frame = gpd.GeoDataFrame(
        {
            "name": ["方", "环", "两块", HOSTILE, "点", "无", "空"],
            "use": ["工业", "工业", "居住", None, HOSTILE, "工业", "工业"],
            "firms": [3, 0, 12, np.nan, 7, 1, 1],
        },
        geometry=[
            shape and shapely.transform(shape, lambda xy: xy + np.array([500_000, 3_300_000]))
            for shape in shapes
        ],
        crs=ZONE,
    )
    return frame.to_crs("EPSG:4490")


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Find the pixel of a place that is given in metres."""
    point = gpd.GeoSeries([shapely.Point(500_000 + x, 3_300_000 + y)], crs=ZONE)
    lon, lat = shapely.get_coordinates(point.to_crs("EPSG:4490").to_numpy())[0]
    script = f"at => {{ {MASS} const p = map.latLngToContainerPoint(at); return [p.x, p.y]; }}"
    x_px, y_px = page.evaluate(script, [float(lat), float(lon)])
    return float(x_px), float(y_px)


def test_the_page_unpacks_what_was_packed(visit: Open, layer: gpd.GeoDataFrame) -> None:
    page = visit(maps.explore(layer, name="name")).page
    found = page.evaluate(
        f"() => {{ {MASS} const s = mass.shapes;"
        " return [s.runs, s.kinds, s.vertices, s.x, s.y, s.origin, [s.step]]"
        ".map(part => [...part]); }"
    )
    runs, kinds, vertices, x, y, origin, step = (np.array(part) for part in found)
    drawn = layer.geometry[:5]
    assert np.diff(runs).tolist() == [1, 2, 2, 1, 1]
    assert kinds.tolist() == [0, 0, 0, 0, 0, 1, 2]
    assert np.diff(vertices).tolist() == [4, 4, 4, 4, 4, 2, 1]
    places = origin + step * np.column_stack([x, y])
    for row, shape in enumerate(drawn):
        own = places[vertices[runs[row]] : vertices[runs[row + 1]]]
        # In sets, as rings may begin elsewhere; and to half a step.
        there = np.unique(shapely.get_coordinates(shape), axis=0)
        off = np.abs(own[:, None] - there).max(axis=2).min(axis=1)
        assert off.max() <= 0.51e-6
        assert len(own) == len(there)


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [(50, 50, "方"), (210, 10, "环"), (650, 50, "两块"), (350, 310, HOSTILE), (350, 500, "点")],
)
def test_a_click_opens_the_card_of_the_row(
    visit: Open, layer: gpd.GeoDataFrame, x: float, y: float, name: str
) -> None:
    visited = visit(maps.explore(layer, name="name", color="use"))
    visited.page.mouse.click(*place(visited.page, x, y))
    assert visited.page.locator(".leaflet-popup h3").inner_text() == name
    assert visited.page.evaluate("window.hacked") is None
    assert not visited.complaints
    assert not visited.loads


def test_a_hole_is_not_its_zone(visit: Open, layer: gpd.GeoDataFrame) -> None:
    page = visit(maps.explore(layer, name="name")).page
    page.mouse.click(*place(page, 250, 50))
    assert page.locator(".leaflet-popup").count() == 0


def test_a_card_has_the_official_area_and_the_values(visit: Open, layer: gpd.GeoDataFrame) -> None:
    page = visit(maps.explore(layer, name="name", columns=["firms"], language="en")).page
    page.mouse.click(*place(page, 650, 50))
    card = page.locator(".leaflet-popup .pg-card").inner_text()
    assert "0.0200 km² (30 mu)" in card
    assert "12" in card
    assert "居住" not in card


def test_a_class_is_switched_off(visit: Open, layer: gpd.GeoDataFrame) -> None:
    page = visit(maps.explore(layer, name="name", color="use")).page
    assert page.locator(".pg-classes .pg-name").all_inner_texts() == [
        "工业",
        "居住",
        HOSTILE,
        "无数值",
    ]
    page.get_by_label("工业").uncheck()
    page.mouse.click(*place(page, 50, 50))
    assert page.locator(".leaflet-popup").count() == 0


def test_colours_are_those_of_the_legend(
    visit: Open, layer: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    page = visit(maps.explore(layer[:3], color="use")).page
    colors = page.evaluate(f"() => {{ {MASS} return mass.styles.map(style => style.color); }}")
    page.screenshot(path=tmp_path / "map.png")
    picture = imread(tmp_path / "map.png")[..., :3]
    ground = np.array(to_rgb("#f4f6f5"))
    for (x, y), color in (((50, 50), colors[0]), ((450, 50), colors[1])):
        column, row = (round(value) for value in place(page, x, y))
        expected = 0.62 * np.array(to_rgb(color)) + 0.38 * ground
        np.testing.assert_allclose(picture[row, column], expected, atol=0.02)


def test_a_name_is_searched_among_the_rows(visit: Open, layer: gpd.GeoDataFrame) -> None:
    page = visit(maps.explore(layer, name="name")).page
    field = page.get_by_role("combobox", name="查找名称")
    field.fill("两")
    field.press("Enter")
    assert page.locator(".leaflet-popup h3").inner_text() == "两块"


def test_numbers_are_cut_into_classes_of_as_many_rows(visit: Open) -> None:
    x = np.arange(100.0)
    squares = shapely.box(120 + x / 1000, 30, 120.0009 + x / 1000, 30.001)
    frame = gpd.GeoDataFrame({"value": [*x[:-1], np.nan]}, geometry=squares, crs="EPSG:4490")
    page = visit(maps.explore(frame, color="value")).page
    codes = page.evaluate(f"() => {{ {MASS} return [...mass.classes]; }}")
    counts = pd.Series(codes).value_counts().sort_index()
    assert counts.sum() == 100
    assert counts.iloc[:-1].between(19, 20).all()
    assert codes[-1] == 5
    assert page.locator(".pg-classes .pg-name").all_inner_texts()[-1] == "无数值"
