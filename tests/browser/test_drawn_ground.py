"""The drawn basemap in a browser: where its lines lie, what it writes; it fetches nothing."""

import io
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray
from playwright.sync_api import Page
from shapely import LineString, Point, Polygon, affinity, box

from parkgeo import crs, datasets, maps

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

ZONE = box(120.06, 30.26, 120.09, 30.28)
HOSTILE = "</script><img src=x onerror=alert(1)>"
NAMES = [HOSTILE, "{{ 7 * 7 }}", "شارع الملك فهد", "长" * 10_000, "\u202egnp.exe", "a\nb\u0000c"]

Open = Callable[..., Any]

FIND = """
    const map = Object.values(window).find(value => value instanceof L.Map);
    const ground = Object.values(map._layers).find(layer => layer instanceof ParkgeoGround);
"""


def parks() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"brand_id": ["城"], "brand": ["城"]}, geometry=[ZONE], crs="EPSG:4326")


def roads(shapes: list[Any], **columns: object) -> gpd.GeoDataFrame:
    rows = {"kind": ["road"] * len(shapes), "rank": [1] * len(shapes), **columns}
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326")


def south_edge() -> LineString:
    """Return the south edge of the zone, and as much to both sides."""
    west, south, east, _ = ZONE.bounds
    return LineString([(2 * west - east, south), (2 * east - west, south)])


@pytest.fixture(scope="module")
def hangzhou() -> maps.DrawnBasemap:
    return maps.drawn_basemap(datasets.hangzhou_ground(), name="杭州", name_en="Hangzhou")


def wait(page: Page) -> None:
    page.wait_for_selector("canvas.pg-ground", state="attached")
    page.wait_for_timeout(100)


def evaluate(page: Page, script: str, argument: object = None) -> Any:  # noqa: ANN401
    return page.evaluate(f"given => {{ {FIND} {script} }}", argument)


def placed(page: Page) -> pd.DataFrame:
    """Return the names that are written, with the boxes they take, in pixels of the window."""
    script = """
        const { left, top } = ground._over.getBoundingClientRect();
        return ground.placed.map(({ text, x, y, angle, width, height }) => (
            { text, x: x + left, y: y + top, angle, width, height }));
    """
    names = pd.DataFrame(evaluate(page, script))
    names["shape"] = [
        affinity.rotate(
            box(x - w / 2, y - h / 2, x + w / 2, y + h / 2), angle, origin=(x, y), use_radians=True
        )
        for x, y, w, h, angle in names[["x", "y", "width", "height", "angle"]].itertuples(
            index=False
        )
    ]
    return names


def picture(page: Page, only: str) -> NDArray[np.float64]:
    """Take a picture of nothing but what a selector finds in the map's panes."""
    others = f".leaflet-pane > .leaflet-pane > *:not({only}), .pg-panel, .leaflet-control-container"
    hide = page.add_style_tag(
        content=f"{others} {{ visibility: hidden !important; }}"
        f" {only} {{ visibility: visible !important; }}"
    )
    taken = imread(io.BytesIO(page.screenshot()))
    hide.evaluate("style => style.remove()")
    return np.asarray(taken[..., :3], dtype=np.float64)


# Where it lies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_a_line_lies_under_the_same_line_of_a_vector(visit: Open, datum: str) -> None:
    line = crs.to_datum(roads([south_edge()]).to_crs("EPSG:4490"), datum)
    visited = visit(maps.overlap_map(parks(), basemap=maps.drawn_basemap(line)))
    page = visited.page
    wait(page)
    drawn = picture(page, "canvas.pg-ground")
    west, south, east, _ = ZONE.bounds
    to_pixels = """
        const { left, top } = map.getContainer().getBoundingClientRect();
        const at = ([lon, lat]) => map.latLngToContainerPoint([lat, lon]);
        return given.map(at).map(p => [p.x + left, p.y + top]);
    """
    ends = np.array(evaluate(page, to_pixels, [[west, south], [east, south]]))
    outline = np.array(
        page.eval_on_selector(
            "path.pg-block",
            "path => [path.getBoundingClientRect()].flatMap(b => [b.left, b.bottom, b.right])",
        )
    )
    assert np.abs(ends[:, 0] - outline[[0, 2]]).max() < 1.5
    assert abs(ends[0, 1] - outline[1]) < 1.5
    for share in (0.1, 0.5, 0.9):
        column = int(ends[0, 0] + share * (ends[1, 0] - ends[0, 0]))
        row = round(ends[0, 1])
        strip = drawn[row - 15 : row + 15, column]
        # The motorway's fill and edges differ from the ground in blue.
        weight = np.abs(strip - drawn[row - 20, column]).sum(axis=1)
        centre = (weight * (np.arange(row - 15, row + 15) + 0.5)).sum() / weight.sum()
        assert abs(centre - ends[0, 1]) < 1


def test_nothing_is_fetched_and_nothing_complains(visit: Open, hangzhou: maps.DrawnBasemap) -> None:
    visited = visit(maps.overlap_map(datasets.hangzhou(), basemap=[hangzhou]))
    wait(visited.page)
    assert visited.loads == []
    assert visited.complaints == []
    ground = picture(visited.page, "canvas.pg-ground")
    assert len(np.unique((ground * 255).astype(int).reshape(-1, 3), axis=0)) > 20
    assert datasets.ATTRIBUTION in visited.page.inner_text(".leaflet-control-attribution")


def test_the_reader_can_leave_it_and_come_back(visit: Open, hangzhou: maps.DrawnBasemap) -> None:
    page = visit(maps.overlap_map(parks(), basemap=[hangzhou])).page
    wait(page)
    page.get_by_label("无底图").check()
    assert page.locator("canvas.pg-ground, canvas.pg-ground-names").count() == 0
    page.get_by_label("杭州").check()
    wait(page)
    assert page.locator("canvas.pg-ground").count() == 1
    assert page.locator("canvas.pg-ground-names").count() == 1


@pytest.mark.parametrize("make", [maps.overlap_map, maps.explore])
def test_any_map_takes_it(visit: Open, hangzhou: maps.DrawnBasemap, make: Any) -> None:  # noqa: ANN401
    visited = visit(make(parks(), basemap=hangzhou))
    wait(visited.page)
    assert visited.complaints == []


# What it writes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [10.5, 12.25, 14, 16])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_names_do_not_lie_on_each_other(
    visit: Open, hangzhou: maps.DrawnBasemap, zoom: float, size: tuple[int, int]
) -> None:
    page = visit(maps.overlap_map(datasets.hangzhou(), basemap=[hangzhou]), size).page
    wait(page)
    evaluate(page, "map.setZoom(given, { animate: false })", zoom)
    page.wait_for_timeout(100)
    names = placed(page)
    assert len(names) > 3
    shapes = gpd.GeoSeries(names["shape"].tolist())
    left, right = shapes.sindex.query(shapes, predicate="intersects")
    assert (left == right).all(), names.iloc[left[left != right]]["text"].tolist()
    labels = page.eval_on_selector_all(
        ".pg-label:not(.pg-hidden), .pg-degree",
        "all => all.map(e => e.getBoundingClientRect())"
        ".map(b => [b.left, b.top, b.right, b.bottom])",
    )
    assert len(labels) > 4
    for edges in labels:
        assert not shapes.intersects(box(*edges)).any()


def test_names_stand_on_their_lines_the_right_way_up(
    visit: Open, hangzhou: maps.DrawnBasemap
) -> None:
    page = visit(maps.overlap_map(datasets.hangzhou(), basemap=[hangzhou])).page
    wait(page)
    names = placed(page)
    assert names["angle"].abs().max() <= np.pi / 2
    script = """
        const { left, top } = map.getContainer().getBoundingClientRect();
        const at = ([x, y]) => map.containerPointToLatLng([x - left, y - top]);
        return given.map(at).map(p => [p.lng, p.lat]);
    """
    at = evaluate(page, script, names[["x", "y"]].to_numpy().tolist())
    points = crs.to_zone(gpd.GeoSeries([Point(one) for one in at], crs="EPSG:4326"))
    ground = crs.to_zone(datasets.hangzhou_ground())
    metres = evaluate(page, "return ground.view.m")
    for name, point in zip(names["text"], points, strict=True):
        own = ground[(ground["name"] == name) | (ground["ref"] == name)]
        assert own.distance(point).min() < 8 * metres, name


def test_names_follow_the_language(visit: Open) -> None:
    edge = roads([south_edge()], name=["南路"], name_en=["South Road"])
    page = visit(maps.overlap_map(parks(), basemap=maps.drawn_basemap(edge))).page
    wait(page)
    assert set(placed(page)["text"]) == {"南路"}
    page.locator(".pg-language").click()
    assert set(placed(page)["text"]) == {"South Road"}


def test_less_is_drawn_from_afar(visit: Open) -> None:
    lines = [affinity.translate(south_edge(), 0, shift) for shift in (-0.04, -0.02)]
    both = roads(lines, name=["大路", "小路"]).assign(rank=[1, 5])
    page = visit(maps.overlap_map(parks(), basemap=maps.drawn_basemap(both))).page
    wait(page)
    seen = {}
    for zoom in (10.5, 15.5):
        evaluate(page, "map.setView([30.23, 120.075], given, { animate: false })", zoom)
        page.wait_for_timeout(100)
        seen[zoom] = set(placed(page)["text"])
    assert seen == {10.5: {"大路"}, 15.5: {"大路", "小路"}}


def test_hostile_names_are_written_as_they_are(visit: Open) -> None:
    lines = [affinity.translate(south_edge(), 0, 0.003 * i) for i in range(len(NAMES))]
    basemap = maps.drawn_basemap(
        roads(lines, name=NAMES), name=HOSTILE, name_en=NAMES[1], attribution=HOSTILE
    )
    visited = visit(maps.overlap_map(parks(), basemap=[basemap]))
    page = visited.page
    wait(page)
    assert visited.dialogs == []
    assert visited.complaints == []
    assert page.locator("img").count() == 0
    assert HOSTILE in page.inner_text(".leaflet-control-attribution")
    assert page.get_by_label(HOSTILE).is_checked()
    written = placed(page)["text"]
    assert {HOSTILE[:32] + "…", "{{ 7 * 7 }}", NAMES[2]} <= set(written)
    assert written.str.len().max() <= 33


# On paper ----------------------------------------------------------------------------------------


def water_share(image: NDArray[np.float64]) -> float:
    """Return how much of a picture has the colour of water."""
    water = np.array([0xD3, 0xE2, 0xEC]) / 255
    return float((np.abs(image[..., :3] - water).max(axis=-1) < 0.02).mean())


def test_the_saved_picture_has_it(visit: Open) -> None:
    west, south, east, north = ZONE.bounds
    lake = Polygon(
        box(west - 0.1, south - 0.1, east + 0.1, north + 0.1).exterior, [ZONE.exterior.coords]
    )
    water = gpd.GeoDataFrame({"kind": ["river"]}, geometry=[lake], crs="EPSG:4326")
    page = visit(maps.overlap_map(parks(), basemap=maps.drawn_basemap(water))).page
    wait(page)
    assert water_share(imread(io.BytesIO(page.screenshot()))) > 0.1
    with page.expect_download() as download:
        page.get_by_label("保存为图片").click()
    assert water_share(imread(download.value.path())) > 0.1
