"""folium's plugins on a page with the network blocked, out of a folder of assets.

The scripts stand in for the plugins' own, under their addresses: no foreign script is needed to
show that what the folder holds runs in the page, in order, with its styles, images and fonts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import matplotlib as mpl
import pytest
from folium import plugins
from served import PNG, hold
from shapely import box

from parkgeo import maps

Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

FULLSCREEN_JS = r"""
L.Control.Fullscreen = L.Control.extend({
  onAdd(map) {
    const button = L.DomUtil.create("a", "leaflet-bar stand-in");
    button.textContent = "全屏 </script><!-- <script> {{ 7 * 7 }}";
    button.onclick = () => { window.pressed = new Function("return 6 * 7")(); };
    return button;
  },
});
L.control.fullscreen = options => new L.Control.Fullscreen(options);
//# sourceMappingURL=Control.FullScreen.js.map
"""
FULLSCREEN_CSS = """
@import url("more/colours.css") screen;
@font-face { font-family: stand-in; src: url(font.ttf) format("truetype") }
.stand-in { font-family: stand-in; background-image: url('../icon.png?v=2#here') }
"""
CLUSTER_JS = """
L.markerClusterGroup = () => {
  const group = L.featureGroup();
  group.on("add", () => {
    // As the true one does: it counts levels down from the deepest.
    if (!Number.isFinite(group._map.getMaxZoom())) throw new Error("no deepest zoom");
  });
  return group;
};
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    fullscreen_js = plugins.Fullscreen.default_js[0][1]
    fullscreen_css = plugins.Fullscreen.default_css[0][1]
    beside, _, _ = fullscreen_css.rpartition("/")
    above, _, _ = beside.rpartition("/")
    font = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    files = {
        fullscreen_js: FULLSCREEN_JS,
        fullscreen_css: FULLSCREEN_CSS,
        f"{beside}/more/colours.css": ".leaflet-container .stand-in { color: rgb(1, 2, 3) }",
        f"{beside}/font.ttf": font.read_bytes(),
        f"{above}/icon.png?v=2": PNG,
        "https://example.cn/pin.png": PNG,
    }
    files |= {address: "a { }" for _, address in plugins.MarkerCluster.default_css}
    files |= {address: CLUSTER_JS for _, address in plugins.MarkerCluster.default_js}
    monkeypatch.setenv("PARKGEO_ASSETS", str(tmp_path / "assets"))
    return hold(tmp_path / "assets", files)


@pytest.fixture
def drawn(folder: Path) -> folium.Map:
    """A map of parkgeo's with plugins and an icon of folium's."""
    assert folder.is_dir()
    frame = gpd.GeoDataFrame(
        {"brand_id": ["a"], "brand": ["紫金港科技城"]},
        geometry=[box(120, 30, 120.02, 30.02)],
        crs="EPSG:4490",
    )
    m = maps.overlap_map(frame)
    plugins.Fullscreen().add_to(m)
    cluster = plugins.MarkerCluster().add_to(m)
    icon = folium.CustomIcon("https://example.cn/pin.png", icon_size=(20, 20))
    folium.Marker([30.01, 120.01], icon=icon, popup="here").add_to(cluster)
    return m


def test_plugins_run_without_a_network(visit: Open, drawn: folium.Map) -> None:
    visited = visit(drawn)
    page = visited.page
    button = page.locator(".stand-in")
    assert button.inner_text() == "全屏 </script><!-- <script> {{ 7 * 7 }}"
    button.click()
    assert page.evaluate("window.pressed") == 42
    pin = page.locator("img.leaflet-marker-icon")
    assert pin.evaluate("image => image.naturalWidth") == 1
    pin.click()
    assert page.locator(".leaflet-popup-content").inner_text().strip() == "here"
    assert visited.loads == []
    assert visited.complaints == []
    assert visited.dialogs == []


def test_styles_bring_colours_images_and_fonts(visit: Open, drawn: folium.Map) -> None:
    visited = visit(drawn)
    page = visited.page
    button = page.locator(".stand-in")
    assert button.evaluate("node => getComputedStyle(node).color") == "rgb(1, 2, 3)"
    width = button.evaluate(
        """node => new Promise((done, failed) => {
            const image = new Image();
            image.onload = () => done(image.naturalWidth);
            image.onerror = failed;
            image.src = /url\\("(.*)"\\)/.exec(getComputedStyle(node).backgroundImage)[1];
        })"""
    )
    assert width == 1
    fonts = "document.fonts.load('12px stand-in').then(faces => faces.map(face => face.status))"
    assert page.evaluate(fonts) == ["loaded"]
    assert visited.loads == []
    assert visited.complaints == []


def test_the_map_s_own_parts_still_work(visit: Open, drawn: folium.Map) -> None:
    page = visit(drawn).page
    field = page.get_by_role("combobox")
    field.fill("金港")
    field.press("Enter")
    assert page.locator(".leaflet-popup h3").inner_text() == "紫金港科技城"


def test_frames_show_their_page_and_load_nothing(visit: Open, drawn: folium.Map) -> None:
    # Put together in parts, so that only the browser can find out.
    code = "new Image().src = 'https:/' + '/example.cn/i.png'"
    frame = folium.IFrame(f"<p>您好</p><script>{code}</script>", width=200, height=60)
    popup = folium.Popup(frame, show=True)
    folium.Marker([30.015, 120.015], popup=popup).add_to(drawn)
    visited = visit(drawn)
    inner = visited.page.frame_locator(".leaflet-popup iframe")
    assert inner.locator("p").inner_text() == "您好"
    visited.page.wait_for_timeout(200)
    assert any("Content Security Policy" in said for said in visited.complaints)
