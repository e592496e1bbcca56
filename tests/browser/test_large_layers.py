"""Large layers: tiles against pixels, both ways of drawing against each other, on every datum."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.image import imread
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from parkgeo import crs, maps

Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

HOSTILE = '</script><img src=x onerror="window.hacked=1;alert(1)">'
CORNER = (120.0, 30.0)
SIDE = 0.0008
"""Of a square, in degrees."""
FIND = """
    const map = Object.values(window).find(value => value instanceof L.Map);
    let mass;
    map.eachLayer(layer => { if (layer instanceof ParkgeoMass) mass = layer; });
"""
SETTLED = f"() => {{ {FIND} return mass && mass.plane && !mass.busy(); }}"


def squares(columns: int, rows: int) -> gpd.GeoDataFrame:
    """Squares side by side in two classes, row by row from the south-west."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    x, y = x.ravel(), y.ravel()
    west, south = CORNER[0] + SIDE * x, CORNER[1] + SIDE * y
    names = [f"{i}-{j}" for i, j in zip(x, y, strict=True)]
    names[0] = HOSTILE
    return gpd.GeoDataFrame(
        {"name": names, "use": np.where((x + y) % 2, "工业", "居住")},
        geometry=shapely.box(west, south, west + SIDE, south + SIDE),
        crs="EPSG:4490",
    )


def middle(column: float, row: float) -> list[float]:
    """Latitude and longitude of the middle of a square."""
    return [CORNER[1] + SIDE * (row + 0.5), CORNER[0] + SIDE * (column + 0.5)]


def pixel(page: Page, place: list[float]) -> tuple[float, float]:
    script = f"at => {{ {FIND} const p = map.latLngToContainerPoint(at); return [p.x, p.y]; }}"
    x, y = page.evaluate(script, place)
    return float(x), float(y)


def picture(page: Page) -> NDArray[np.float64]:
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(100)
    return np.asarray(imread(io.BytesIO(page.screenshot()))[..., :3], dtype=np.float64)


def look_at(page: Page, place: list[float], zoom: float) -> None:
    script = f"([at, zoom]) => {{ {FIND} map.setView(at, zoom, {{ animate: false }}); }}"
    page.evaluate(script, [place, zoom])
    page.wait_for_function(SETTLED)


def click(page: Page, place: list[float]) -> str:
    # The card before fades away.
    page.evaluate(f"() => {{ {FIND} map.closePopup(); }}")
    page.wait_for_function("() => !document.querySelector('.leaflet-popup')")
    page.mouse.click(*pixel(page, place))
    return page.locator(".leaflet-popup h3").inner_text()


@pytest.mark.parametrize("size", [(10, 10), (200, 100)])
def test_a_click_finds_its_row_at_every_size(visit: Open, size: tuple[int, int]) -> None:
    visited = visit(maps.explore(squares(*size), name="name", color="use"))
    page = visited.page
    page.wait_for_function(SETTLED)
    in_turns = page.evaluate(f"() => {{ {FIND} return mass.shapes.x.length > 60000; }}")
    assert in_turns == (size == (200, 100))
    columns, rows = size
    look_at(page, middle(columns // 2, rows // 2), 16)
    for column, row in ((columns // 2, rows // 2), (columns // 2 + 1, rows // 2 - 1)):
        assert click(page, middle(column, row)) == f"{column}-{row}"
    # Just inside an edge, and just beyond it.
    look_at(page, middle(columns // 2 + 0.5, rows // 2), 18)
    assert click(page, middle(columns // 2 + 0.48, rows // 2)) == f"{columns // 2}-{rows // 2}"
    assert click(page, middle(columns // 2 + 0.52, rows // 2)) == f"{columns // 2 + 1}-{rows // 2}"
    assert not visited.complaints
    assert not visited.loads


def test_a_hostile_name_is_text_in_card_tooltip_and_search(visit: Open) -> None:
    visited = visit(maps.explore(squares(200, 100), name="name"))
    page = visited.page
    look_at(page, middle(0, 0), 17)
    page.mouse.move(*pixel(page, middle(0, 0)))
    page.locator(".leaflet-tooltip .pg-tip").wait_for()
    assert page.locator(".leaflet-tooltip .pg-tip").inner_text() == HOSTILE
    assert click(page, middle(0, 0)) == HOSTILE
    field = page.get_by_role("combobox")
    field.fill("</script")
    field.press("Enter")
    assert page.locator(".leaflet-popup h3").last.inner_text() == HOSTILE
    assert page.evaluate("window.hacked") is None
    assert not visited.dialogs
    assert not visited.complaints


def test_drawn_in_turns_it_is_the_same_picture(visit: Open) -> None:
    page = visit(maps.explore(squares(30, 20), color="use")).page
    at_once = picture(page)
    page.evaluate(
        f"""() => {{ {FIND}
          mass.options.atOnce = 0;
          const again = new ParkgeoMass(mass.shapes, mass.classes, mass.styles, {{ atOnce: 0 }});
          mass.remove();
          again.addTo(map);
          if (again.plane) throw new Error('drawn at once');
        }}"""
    )
    np.testing.assert_array_equal(picture(page), at_once)


def test_a_zoom_in_turns_ends_as_if_drawn_anew(visit: Open) -> None:
    page = visit(maps.explore(squares(200, 100), color="use")).page
    look_at(page, middle(100, 50), 15)
    look_at(page, middle(101, 51), 14)
    look_at(page, middle(100, 50), 16)
    after = picture(page)
    assert page.evaluate(f"() => {{ {FIND} return mass.levels.length; }}") == 1
    page.evaluate(f"() => {{ {FIND} mass.remove(); mass.addTo(map); }}")
    np.testing.assert_array_equal(picture(page), after)


def test_a_class_is_taken_away_and_put_back(visit: Open) -> None:
    page = visit(maps.explore(squares(200, 100), color="use")).page
    look_at(page, middle(100, 50), 16)
    whole = picture(page)
    x, y = (round(value) for value in pixel(page, middle(100, 50)))
    ground = np.array([0xF4, 0xF6, 0xF5]) / 255
    assert np.abs(whole[y, x] - ground).max() > 0.1
    page.get_by_label("居住").uncheck()
    page.mouse.move(5, 890)
    np.testing.assert_allclose(picture(page)[y, x], ground, atol=0.02)
    page.get_by_label("居住").check()
    page.mouse.move(5, 890)
    np.testing.assert_allclose(picture(page)[y, x], whole[y, x], atol=0.005)


def test_holes_and_parts_in_turns(visit: Open) -> None:
    """A frame around a hole, two parts with ground between them, and 4 000 more for turns."""
    holed = shapely.box(119.99, 30, 119.995, 30.005) - shapely.box(119.991, 30.001, 119.994, 30.004)
    parts = shapely.MultiPolygon(
        [shapely.box(119.98, 30, 119.982, 30.005), shapely.box(119.985, 30, 119.987, 30.005)]
    )
    shapes = [holed, parts, *squares(140, 110).geometry]
    frame = gpd.GeoDataFrame({"name": range(len(shapes))}, geometry=shapes, crs="EPSG:4490")
    page = visit(maps.explore(frame, name="name")).page
    look_at(page, [30.0025, 119.9885], 16)
    shot = picture(page)
    ground = np.array([0xF4, 0xF6, 0xF5]) / 255

    def is_ground(lng: float, lat: float) -> bool:
        x, y = (round(value) for value in pixel(page, [lat, lng]))
        return bool(np.abs(shot[y, x] - ground).max() < 0.02)

    assert is_ground(119.9925, 30.0022)
    assert is_ground(119.9835, 30.0022)
    for lng in (119.9905, 119.9945, 119.981, 119.986):
        assert not is_ground(lng, 30.0022)


def test_neighbours_leave_no_gap_at_any_zoom(visit: Open) -> None:
    """Between squares of one class the ground never shows, not even half."""
    frame = squares(200, 100)
    page = visit(maps.explore(frame)).page
    for zoom in (12.25, 14.5, 17):
        look_at(page, middle(100, 50), zoom)
        shot = picture(page)
        x, y = (round(value) for value in pixel(page, middle(100, 50)))
        part = shot[y - 60 : y + 60, x - 60 : x + 60]
        # Darker than the fill, where outlines are; never lighter.
        fill = part.reshape(-1, 3).max(axis=0)
        np.testing.assert_allclose(fill, np.median(part.reshape(-1, 3), axis=0), atol=0.03)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_another_datum_moves_a_large_layer_by_its_shift(
    browser: Browser, tmp_path: Path, datum: str
) -> None:
    frame = squares(200, 100)
    m = maps.explore(frame, basemap=["osm", "amap", "baidu"])
    path = maps.save(m, tmp_path / "map.html", offline=False)
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:")
               else route.abort())  # fmt: skip
    page.goto(path.as_uri())
    page.wait_for_function(SETTLED)
    page.get_by_label({"gcj02": "高德地图", "bd09": "百度地图"}[datum]).check()
    page.wait_for_function(SETTLED)
    laid = page.evaluate(
        f"""() => {{ {FIND}
          const {{ left, top, unit, x, y }} = mass.plane;
          const k = map.options.crs.scale(19) / map.options.crs.scale(0);
          const first = map.options.crs.latLngToPoint(L.latLng(30, 120), 19);
          const out = [];
          for (let i = 0; i < x.length; i += 97) {{
            const [lng, lat] = [mass.shapes.origin[0] + mass.shapes.step * mass.shapes.x[i],
              mass.shapes.origin[1] + mass.shapes.step * mass.shapes.y[i]];
            const exact = map.options.crs.latLngToPoint(L.latLng(lat, lng), 19);
            out.push([(left + x[i] * unit) * k - exact.x, (top + y[i] * unit) * k - exact.y]);
          }}
          return out;
        }}"""
    )
    # Within a quarter of a pixel of the deepest zoom of any basemap.
    assert np.abs(np.array(laid)).max() < 0.25
    shift = np.subtract(getattr(crs, f"wgs84_to_{datum}")(*CORNER), CORNER)
    assert np.hypot(*shift) > 0.003
    assert (
        page.evaluate(f"at => {{ {FIND} return mass.at(L.latLng(at)); }}", middle(100, 50))
        == 50 * 200 + 100
    )
    page.close()


def test_on_a_phone(visit: Open) -> None:
    page = visit(maps.explore(squares(200, 100), name="name"), size=(390, 844)).page
    page.wait_for_function(SETTLED)
    look_at(page, middle(100, 50), 17)
    assert click(page, middle(100, 50)) == "100-50"


def test_the_page_answers_while_it_draws(visit: Open) -> None:
    """No turn of drawing takes a tenth of a second, though a whole picture takes many."""
    page = visit(maps.explore(squares(300, 200), color="use")).page
    page.wait_for_function(SETTLED)
    turns = page.evaluate(
        f"""async () => {{ {FIND}
          mass.draw();
          let turns = 0;
          while (mass.busy()) {{ await new Promise(requestAnimationFrame); turns += 1; }}
          return turns;
        }}"""
    )
    assert turns > 3
