"""What folium's plugins load: fetched, kept, checked, and put into pages without a network."""

import base64
import hashlib
import json
import sys
from pathlib import Path
from urllib.parse import quote

import folium
import pytest
from folium import plugins
from served import PNG, data_uri, hold, put_in

from parkgeo import maps
from parkgeo._page import AssetFolder
from parkgeo._page._assets import address_of, version_of
from parkgeo._page._assets_inline import integrity_holds, style_parts
from parkgeo.errors import ParkgeoError, SchemaError

FULLSCREEN_JS, FULLSCREEN_CSS = (
    plugins.Fullscreen.default_js[0][1],
    plugins.Fullscreen.default_css[0][1],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


# Addresses


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://CDN.cn", "https://cdn.cn/"),
        ("//cdn.cn/a.js", "https://cdn.cn/a.js"),
        (" https://cdn.cn/f.eot?#iefix ", "https://cdn.cn/f.eot"),
        ("https://cdn.cn:8443/a.js?v=1", "https://cdn.cn:8443/a.js?v=1"),
        ("https://[::1]:8443/a.js", "https://[::1]:8443/a.js"),
    ],
)
def test_one_file_has_one_address(said: str, meant: str) -> None:
    assert address_of(said) == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("https://{s}.tile.cn/{z}/{x}/{y}.png", "tile layer"),
        ("leaflet.js", "relative"),
        ("../leaflet.js", "relative"),
        ("file:///etc/passwd", "not the web"),
        ("ftp://a.cn/a.js", "not the web"),
        ("data:text/javascript,alert(1)", "not the web"),
        ("https://user:word@a.cn/a.js", "password"),
        ("https:///a.js", "not the web"),
        ("https://a.cn/a b.js", "tile layer"),
        ("https://[a.cn/a.js", "IPv6"),
    ],
)
def test_what_is_no_address_of_a_file_says_why(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        address_of(said)


@pytest.mark.parametrize(
    ("address", "version"),
    [
        ("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js", "1.9.3"),
        ("https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/css/all.css", "6.2.0"),
        ("https://cdn.jsdelivr.net/gh/a/b@v2.0.0-rc.1/b.js", "2.0.0-rc.1"),
        ("https://cdn.jsdelivr.net/npm/leaflet-easybutton@2/src/easy-button.js", "2"),
        ("https://cdnjs.cloudflare.com/ajax/libs/leaflet.draw/1.0.2/leaflet.draw.js", "1.0.2"),
        ("https://cdnjs.cloudflare.com/ajax/libs/a/2.0.2/images/a@2x.png", "2.0.2"),
        ("https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/glyphicons.css", "3.0.0"),
        ("https://code.jquery.com/jquery-3.7.1.min.js", "3.7.1"),
        ("https://d3js.org/d3.v4.min.js", "4"),
        ("https://unpkg.com/leaflet.vectorgrid@latest/dist/Leaflet.VectorGrid.js", None),
        ("https://unpkg.com/@joergdietrich/leaflet.terminator", None),
        ("https://cdn.jsdelivr.net/gh/python-visualization/folium@main/a.min.js", None),
    ],
)
def test_versions_stand_in_addresses(address: str, version: str | None) -> None:
    assert version_of(address) == version


def test_every_plugin_of_folium_is_known() -> None:
    named = {
        address
        for plugin in (folium.Map, *(getattr(plugins, name) for name in plugins.__all__))
        for attribute in ("default_js", "default_css")
        for _, address in getattr(plugin, attribute, ())
    }
    assert len(named) > 50
    assert named <= set(maps.folium_assets())
    assert all(address_of(address) for address in maps.folium_assets())


@pytest.mark.parametrize(
    ("platform", "variable", "ending"),
    [
        ("linux", "XDG_CACHE_HOME", "base/parkgeo/assets"),
        ("win32", "LOCALAPPDATA", "base/parkgeo/assets"),
        ("linux", None, "home/.cache/parkgeo/assets"),
        ("darwin", None, "home/Library/Caches/parkgeo/assets"),
        ("win32", None, "home/AppData/Local/parkgeo/assets"),
    ],
)
def test_the_folder_is_in_the_user_s_cache(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    platform: str,
    variable: str | None,
    ending: str,
) -> None:
    for name in ("PARKGEO_ASSETS", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(sys, "platform", platform)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "base"))
    assert maps.assets_folder() == tmp_path / ending
    monkeypatch.setenv("PARKGEO_ASSETS", "mine")
    assert maps.assets_folder() == Path("mine")
    assert maps.assets_folder("theirs") == Path("theirs")


def test_nothing_but_fetching_uses_the_network(folder: Path, tmp_path: Path) -> None:
    # Sockets are off in this test: reaching for one would raise another error.
    hold(folder, {FULLSCREEN_JS: "L.Fullscreen = 1", FULLSCREEN_CSS: "a { }"})
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    maps.save(m, tmp_path / "map.html", assets=folder)
    maps.check_assets(folder=folder)


# The folder


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../../secret-0123456789abcdef.js"},
        {"file": "/etc/passwd"},
        {"file": "a\\b-0123456789abcdef.js"},
        {"sha256": "00"},
        {"kind": "program"},
        {"media_type": 'image/png" onload="'},
        {"size_bytes": True},
        {"size_bytes": "5"},
        {"address": "file:///etc/passwd"},
        {"source": "javascript:alert(1)"},
        {"address": 5},
        {"file": None},
        {"more": 1},
    ],
    ids=str,
)
def test_manifests_that_parkgeo_did_not_write_are_refused(
    folder: Path, change: dict[str, object]
) -> None:
    hold(folder, {"https://a.cn/a.js": "a = 1"})
    path = folder / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    said["files"][0] |= change
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(SchemaError, match="no list of assets"):
        maps.check_assets(folder=folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "parkgeo assets 9", "files": []}', "[" * 100_000, "\x00"],
    ids=["empty", "list", "no format", "newer", "deep", "nul"],
)
def test_what_is_no_manifest_is_refused(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match="copy the folder again"):
        maps.check_assets(folder=folder)


def test_two_runs_at_once_keep_each_other_s_files(folder: Path) -> None:
    early = AssetFolder.read(folder)
    hold(folder, {"https://a.cn/a.js": "a = 1"})
    early.write()
    assert list(maps.check_assets(folder=folder)["address"]) == ["https://a.cn/a.js"]


def test_one_name_never_stands_for_two_files(folder: Path) -> None:
    hold(folder, {"https://a.cn/a.js": "a = 1", "https://b.cn/a.js": "b = 1"})
    hold(folder, {"https://c.cn/../../CON%20.js": "c = 1", "https://d.cn/": PNG})
    held = maps.check_assets(folder=folder)
    assert held["file"].is_unique
    assert set(held["state"]) == {"ok"}
    assert all("/" not in name and " " not in name for name in held["file"])


def test_a_changed_file_is_never_put_into_a_page(folder: Path, tmp_path: Path) -> None:
    hold(folder, {FULLSCREEN_JS: "fine = 1", FULLSCREEN_CSS: "a { }"})
    held = AssetFolder.read(folder)
    (folder / held.listed[FULLSCREEN_JS].file).write_text("evil = 1", encoding="utf-8")
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    target = tmp_path / "map.html"
    with pytest.raises(ParkgeoError, match="changed.*is not put into any page"):
        maps.save(m, target, assets=folder)
    assert not target.exists()


# Pages


def test_plugins_stand_in_the_page(folder: Path, tmp_path: Path) -> None:
    hold(
        folder,
        {
            FULLSCREEN_JS: 'a = "</script><b>{{ 7 * 7 }}"; b = "<!-- <script"; // 园区',
            FULLSCREEN_CSS: 'a { background: url("i.png") } b { content: "</style>" }',
            FULLSCREEN_CSS.rpartition("/")[0] + "/i.png": PNG,
        },
    )
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    text = maps.save(m, tmp_path / "map.html", assets=folder).read_text(encoding="utf-8")
    assert maps.external_loads(text) == []
    assert r'a = "<\/script><b>{{ 7 * 7 }}"; b = "\x3C!-- <script"; // 园区</script>' in text
    assert f'url("{data_uri("image/png", PNG)}")' in text
    assert r'content: "<\/style>"' in text
    assert "default-src 'none'" in text
    assert "unsafe-eval" not in text
    # Where a script comes from can be read in the page.
    assert f'data-address="{FULLSCREEN_JS}"' in text


def test_notebooks_show_plugins_from_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    monkeypatch.setenv("PARKGEO_ASSETS", str(folder))
    assert maps.external_loads(m._repr_html_()) == [FULLSCREEN_JS, FULLSCREEN_CSS]
    hold(folder, {FULLSCREEN_JS: 'a = "&quot;园区"'})
    shown = m._repr_html_()
    assert maps.external_loads(shown) == [FULLSCREEN_CSS]
    assert "a = &quot;&amp;quot;园区&quot;" in shown
    hold(folder, {FULLSCREEN_CSS: "a { }"})
    assert maps.external_loads(m._repr_html_()) == []


def test_scripts_that_compile_text_may_do_so(folder: Path, tmp_path: Path) -> None:
    hold(folder, {FULLSCREEN_JS: 'f = new Function("return 1")', FULLSCREEN_CSS: "a { }"})
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    text = maps.save(m, tmp_path / "map.html", assets=folder).read_text(encoding="utf-8")
    assert "script-src 'unsafe-inline' 'unsafe-eval';" in text
    assert "default-src 'none'" in text


def test_what_is_missing_is_named_with_the_command(folder: Path, tmp_path: Path) -> None:
    older = FULLSCREEN_JS.replace("3.0.0", "2.9.1")
    assert older != FULLSCREEN_JS
    hold(folder, {older: "a = 1"})
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    with pytest.raises(ParkgeoError) as refused:
        maps.save(m, tmp_path / "map.html", assets=folder)
    said = str(refused.value)
    assert f"parkgeo assets fetch --folder {folder} {FULLSCREEN_JS} {FULLSCREEN_CSS}" in said
    assert f"{FULLSCREEN_JS} ({folder} holds version 2.9.1)" in said


def test_tiles_get_no_command(folder: Path, tmp_path: Path) -> None:
    m = maps.Map(location=[30, 120])
    folium.TileLayer("https://{s}.tiles.cn/{z}/{x}/{y}.png", attr="x").add_to(m)
    with pytest.raises(ParkgeoError, match="tiles.cn") as refused:
        maps.save(m, tmp_path / "map.html", assets=folder)
    assert "assets fetch" not in str(refused.value)


def test_what_a_script_loads_is_still_found(folder: Path, tmp_path: Path) -> None:
    hold(
        folder,
        {FULLSCREEN_JS: 'new Image().src = "https://cdn.cn/i.png"', FULLSCREEN_CSS: "a { }"},
    )
    m = maps.Map(location=[30, 120])
    plugins.Fullscreen().add_to(m)
    with pytest.raises(ParkgeoError, match="cdn.cn/i.png"):
        maps.save(m, tmp_path / "map.html", assets=folder)


@pytest.mark.parametrize("inner", ['<img src="https://a.cn/i.png">', "<p>好</p>"])
def test_pages_in_frames_are_looked_into(inner: str) -> None:
    m = maps.Map(location=[30, 120])
    frame = folium.IFrame(inner)
    folium.Marker([30, 120], popup=folium.Popup(frame)).add_to(m)
    loads = maps.external_loads(m.get_root().render())
    assert loads == (["https://a.cn/i.png"] if "img" in inner else [])
    alone = f'<iframe src="data:text/html,{quote(inner)}"></iframe>'
    assert maps.external_loads(alone) == loads
    assert maps.external_loads('<iframe src="data:text/html;base64,%"></iframe>') == []


def test_a_font_that_was_not_fetched_is_named(folder: Path) -> None:
    hold(folder, {"https://a.cn/css/a.css": "@font-face { src: url(../f.woff2) }"})
    page = put_in('<link rel="stylesheet" href="https://a.cn/css/a.css">', folder)
    assert maps.external_loads(page) == ["https://a.cn/f.woff2"]


def test_folium_s_own_map_needs_only_what_parkgeo_does_not_bring(
    folder: Path, tmp_path: Path
) -> None:
    own = {"leaflet", "jquery", "leaflet_css"}
    scripts = {address: "a = 1" for name, address in folium.Map.default_js if name not in own}
    styles = {address: "a { }" for name, address in folium.Map.default_css if name not in own}
    hold(folder, scripts | styles)
    path = maps.save(folium.Map(tiles=None), tmp_path / "map.html", assets=folder)
    assert maps.external_loads(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<img src="//a.cn/i.png" alt="a&quot;b">', '<img src="{png}" alt="a&quot;b">'),
        ("<p style='a:url(//a.cn/i.png)'>", '<p style="a:url(&quot;{png}&quot;)">'),
        ('<svg><image xlink:href="//a.cn/i.png"/>', '<svg><image xlink:href="{png}" />'),
        ("<style>a{b:url(https://a.cn/i.png)}</style>", '<style>a{b:url("{png}")}</style>'),
        ("<style>@import '//a.cn/a.css' print;</style>", "<style>@media print {\n.a{}\n}</style>"),
        ('<style>@import"//a.cn/a.css";b{}</style>', "<style>.a{}b{}</style>"),
        ("<style>@import url( '//a.cn/a.css' ) ;</style>", "<style>.a{}</style>"),
        ("<style>@import url(//a.cn/a.css);</style>", "<style>.a{}</style>"),
        ("<script>x='https://a.cn/i.png'</script>", "<script>x='{png}'</script>"),
        (r'<script>x="https:\/\/a.cn/i.png"</script>', '<script>x="{png}"</script>'),
        ('<link rel="icon" href="https://a.cn/i.png">', '<link rel="icon" href="{png}">'),
        (
            '<link rel="stylesheet" media="print" href="https://a.cn/a.css"/>',
            '<style data-address="https://a.cn/a.css" media="print">.a{}</style>',
        ),
        (
            "<!-- <b> -->\n\n<script\n src='https://a.cn/a.js'\n>old()</script\n>园区<p>",
            '<!-- <b> -->\n\n<script data-address="https://a.cn/a.js">a = 1</script>园区<p>',
        ),
    ],
)
def test_loads_are_replaced_where_they_stand(folder: Path, before: str, after: str) -> None:
    hold(
        folder,
        {"https://a.cn/i.png": PNG, "https://a.cn/a.css": ".a{}", "https://a.cn/a.js": "a = 1"},
    )
    page = put_in(before, folder)
    assert page == after.replace("{png}", data_uri("image/png", PNG))
    assert maps.external_loads(page) == []


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://a.cn/a.js" defer></script>',
        '<script src="https://a.cn/a.js" type="module"></script>',
        '<script src="https://a.cn/a.js"/>',
        '<script src="https://a.cn/a.js">',
        '<script src="https://a.cn/a.css"></script>',
        '<link rel="stylesheet" href="https://a.cn/a.js">',
        '<img src="https://a.cn/a.css">',
        '<iframe src="https://a.cn/a.js"></iframe>',
        '<link rel="stylesheet" href="https://[a.cn/a.css">',
        "<style>@import 'https://a.cn/a.css' layer(x);</style>",
    ],
)
def test_what_would_mean_something_else_is_left_to_be_refused(folder: Path, page: str) -> None:
    hold(folder, {"https://a.cn/a.js": "a = 1", "https://a.cn/a.css": ".a{}"})
    assert maps.external_loads(put_in(page, folder))


@pytest.mark.parametrize(
    "page",
    [
        "<script>s = '<script src=\"https://a.cn/a.js\">'</script>",
        '<!-- <script src="https://a.cn/a.js"></script> -->',
        '<script type="application/json">{"a": "https://a.cn/i.png"}</script>',
        '<a href="https://a.cn/i.png">a</a>',
        '<textarea data-x="https://a.cn/a.js"></textarea>',
    ],
)
def test_what_is_no_load_is_left_alone(folder: Path, page: str) -> None:
    hold(folder, {"https://a.cn/a.js": "a = 1", "https://a.cn/i.png": PNG})
    assert put_in(page, folder) == page


def test_sheets_that_import_each_other_come_to_an_end(folder: Path) -> None:
    hold(
        folder,
        {
            "https://a.cn/a.css": "@import 'b.css'; .a{}",
            "https://a.cn/b.css": "@import 'a.css'; .b{}",
        },
    )
    page = put_in('<link rel="stylesheet" href="https://a.cn/a.css">', folder)
    assert page.count(".a{}") == page.count(".b{}") == 1
    assert "@import" not in page


@pytest.mark.parametrize(
    "piece", ["url(", "url(a ", "@import ", '"', "'", "/*", "@font-face{", "url(a) format("]
)
def test_no_style_sheet_makes_the_search_crawl(piece: str) -> None:
    # Were the time to grow with the square of the length, this would take half an hour.
    assert len(style_parts(piece * 100_000, "https://a.cn/a.css")) <= 1


def test_integrity_is_what_the_specification_says() -> None:
    # Examples of W3C Subresource Integrity: the strongest counts, any of them; unknown is ignored.
    right, wrong = (
        base64.b64encode(hashlib.sha512(text).digest()).decode() for text in (b"a", b"b")
    )
    weak = base64.b64encode(hashlib.sha256(b"a").digest()).decode()
    assert integrity_holds(b"a", f"sha512-{wrong} sha512-{right}?option")
    assert not integrity_holds(b"a", f"sha256-{weak} sha512-{wrong}")
    assert integrity_holds(b"a", "md5-abc")
    assert integrity_holds(b"a", "")
