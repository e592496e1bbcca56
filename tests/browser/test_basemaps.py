"""Vectors on basemaps of other datums: where a tile shows a corner, the outline must have it.

A stand-in for the map servers draws tiles with one red dot, where the corner of a zone lies in the
datum and in the tile scheme of that server. The page has to bring its outline there.
"""

import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import geopandas as gpd
import numpy as np
import pytest
from matplotlib.image import imread, imsave
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route
from shapely import LineString, box

from parkgeo import crs, maps
from parkgeo.errors import ParkgeoError

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

CORNER = (120.06, 30.26)
LABELS = {"osm": "OpenStreetMap", "amap": "高德地图", "baidu": "百度地图"}

# Baidu's own plane, from its public script for web pages, between 30° and 45° N: x, then powers of
# latitude / 37.5°.
BAIDU_X = (0.00220636496208, 111320.7020209128)
BAIDU_Y = (
    *(51751.86112841131, 3796837.749470245, 992013.7397791013, -1221952.21711287),
    *(1340652.697009075, -620943.6990984312, 144416.9293806241),
)


def pixel(server: str, z: int) -> tuple[float, float]:
    """Find the corner on the tiles of a level: pixels to the east and the south; Baidu's north."""
    if server == "baidu":
        lon, lat = (float(value) for value in crs.wgs84_to_bd09(*CORNER))
        x_m = BAIDU_X[0] + BAIDU_X[1] * lon
        y_m = sum(c * (lat / 37.5) ** i for i, c in enumerate(BAIDU_Y))
        return x_m * 2.0 ** (z - 18), y_m * 2.0 ** (z - 18)
    lon, lat = CORNER
    if server == "amap":
        lon, lat = (float(value) for value in crs.wgs84_to_gcj02(lon, lat))
    size = 256 * 2.0**z
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return (lon / 360 + 0.5) * size, (0.5 - y / (2 * math.pi)) * size


def tile(server: str, z: int, x: int, y: int) -> bytes:
    """Draw a tile: grey, with a red disc of 4 px around the corner."""
    east, along = pixel(server, z)
    column, row = np.meshgrid(np.arange(256) + 0.5, np.arange(256) + 0.5)
    # Baidu counts tiles and pixels to the north, and draws them to the south.
    down = 256 * (y + 1) - along - row if server == "baidu" else 256 * y + row - along
    picture = np.full((256, 256, 3), 0.9)
    picture[np.hypot(256 * x + column - east, down) < 4] = (1, 0, 0)
    out = io.BytesIO()
    imsave(out, picture, format="png")
    return out.getvalue()


def serve(route: Route) -> None:
    url = urlparse(route.request.url)
    if url.scheme == "file":
        route.continue_()
        return
    if "openstreetmap" in (url.hostname or ""):
        server = "osm"
        z, x, y = (int(part) for part in re.findall(r"\d+", url.path))
    else:
        server = "amap" if "autonavi" in (url.hostname or "") else "baidu"
        asked = parse_qs(url.query)
        z, x, y = (int(asked[name][0]) for name in "zxy")
    route.fulfill(body=tile(server, z, x, y), content_type="image/png")


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    zone = box(*CORNER, CORNER[0] + 0.02, CORNER[1] + 0.015)
    return gpd.GeoDataFrame({"brand_id": ["城"]}, geometry=[zone], crs="EPSG:4326")


@pytest.fixture(scope="module")
def page(
    browser: Browser, parks: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    west, south, _, north = parks.total_bounds
    street = LineString([(west - 0.1, south), (west, south), (west, north)])
    streets = gpd.GeoDataFrame({"kind": ["road"]}, geometry=[street], crs=parks.crs)
    drawn = maps.drawn_basemap(streets, name="线划")
    m = maps.overlap_map(parks, basemap=["osm", "amap", "baidu", drawn])
    path: Path = tmp_path_factory.mktemp("basemaps") / "map.html"
    maps.save(m, path, offline=False)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.route("**/*", serve)
    opened.goto(path.as_uri())
    opened.wait_for_selector("path.pg-block")
    yield opened
    context.close()


def outline(page: Page) -> NDArray[np.float64]:
    """Corners of the zone's outline, in pixels of the window."""
    script = """path => {
        const shift = path.getScreenCTM();
        const at = (x, y) => new DOMPoint(x, y).matrixTransform(shift);
        return path.getAttribute('d').match(/-?[\\d.]+ -?[\\d.]+/g)
            .map(pair => at(...pair.split(' ').map(Number))).map(p => [p.x, p.y]);
    }"""
    return np.array(page.eval_on_selector("path.pg-block", script), dtype=np.float64)


def dot(page: Page) -> NDArray[np.float64]:
    """Middle of the red dot, with everything but tiles hidden."""
    hide = page.add_style_tag(
        content=".leaflet-pane > .leaflet-pane:not(.leaflet-tile-pane), .pg-panel { opacity: 0; }"
    )
    picture = imread(io.BytesIO(page.screenshot()))
    hide.evaluate("style => style.remove()")
    red = (picture[..., 0] > 0.8) & (picture[..., 1] < 0.4)
    assert 30 < red.sum() < 250, "one dot, wherever tiles are drawn a little larger"
    rows, columns = np.nonzero(red)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


def test_an_outline_lies_where_the_tiles_have_it(page: Page) -> None:
    # To and fro, as what is off by a little would add up.
    for server in ("amap", "baidu", "osm", "baidu", "amap"):
        page.get_by_label(LABELS[server]).check()
        page.wait_for_function(
            "() => { const all = [...document.querySelectorAll('.leaflet-tile')];"
            " return all.length && all.every(t => t.classList.contains('leaflet-tile-loaded')); }"
        )
        page.wait_for_timeout(400)  # tiles fade in
        assert np.hypot(*(outline(page) - dot(page)).T).min() < 1, server


def test_what_the_page_draws_itself_lies_under_the_outline(page: Page) -> None:
    """Whatever was shown before: the corner of a street is that of the zone, to a pixel."""
    script = """() => {
        const map = Object.values(window).find(value => value instanceof L.Map);
        const ground = Object.values(map._layers).find(layer => layer instanceof ParkgeoGround);
        const { left, top } = ground._container.getBoundingClientRect();
        const [x, y] = ground._at(1);
        return [x + left, y + top];
    }"""
    for before in ("baidu", "amap", "osm"):
        page.get_by_label(LABELS[before]).check()
        page.get_by_label("线划").check()
        page.wait_for_selector("canvas.pg-ground", state="attached")
        corner = np.array(page.evaluate(script))
        assert np.hypot(*(outline(page) - corner).T).min() < 1, before
        assert page.locator(".leaflet-tile").count() == 0


def test_the_shift_is_that_of_the_datum(page: Page) -> None:
    """With the view held still, the plain ground moves nothing; Amap's lies 500 m away."""
    page.get_by_label(LABELS["osm"]).check()
    moved_px = page.evaluate(
        """([lon, lat]) => {
            const map = Object.values(window).find(value => value instanceof L.Map);
            const here = L.latLng(lat, lon);
            const [osm, gcj] = ['wgs84', 'gcj02'].map(
                datum => parkgeoDatums.CRS[datum].latLngToPoint(here, map.getZoom()));
            return [gcj.x - osm.x, gcj.y - osm.y];
        }""",
        CORNER,
    )
    zoom = page.evaluate("Object.values(window).find(value => value instanceof L.Map).getZoom()")
    expected = np.subtract(pixel("amap", zoom), pixel("osm", zoom))
    assert np.hypot(*expected) > 10
    assert moved_px == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_the_page_shifts_as_the_library_does(page: Page, datum: str) -> None:
    rng = np.random.default_rng(4490)
    lon, lat = rng.uniform(70, 140, 500), rng.uniform(0, 57, 500)
    script = f"points => points.map(([x, y]) => parkgeoDatums.{{way}}.{datum}(x, y))"
    points = json.loads(json.dumps(np.column_stack([lon, lat]).tolist()))
    there = np.array(page.evaluate(script.format(way="TO"), points))
    expected = np.column_stack(getattr(crs, f"wgs84_to_{datum}")(lon, lat))
    np.testing.assert_allclose(there, expected, rtol=0, atol=1e-11)
    back = np.array(page.evaluate(script.format(way="FROM"), expected.tolist()))
    again = np.column_stack(getattr(crs, f"{datum}_to_wgs84")(*expected.T))
    np.testing.assert_allclose(back, again, rtol=0, atol=1e-9)


def test_tiles_are_no_offline_page(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    m = maps.overlap_map(parks, basemap=[maps.tianditu("abc123"), "amap"])
    with pytest.raises(ParkgeoError, match="tianditu.gov.cn"):
        maps.save(m, tmp_path / "map.html")
