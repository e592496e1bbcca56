"""Fetching what folium's plugins load, from servers that do as they should and that do not."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folium
import pytest
from served import PNG, WOFF2, Site, data_uri, put_in, serving

from parkgeo import maps
from parkgeo._page import AssetFolder, _assets_fetch
from parkgeo.errors import ParkgeoError

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "*")
    with serving() as site:
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def reason(address: str, folder: Path, limit_mb: float) -> str:
    """Fetch one thing that must fail, and return why."""
    done = maps.fetch_assets([address], folder=folder, http=True, limit_mb=limit_mb)
    (row,) = done.itertuples()
    assert row.state == "failed"
    return str(row.reason)


def test_style_sheets_bring_what_they_name(site: Site, folder: Path) -> None:
    style = site.put(
        "/x/css/a.css",
        "@import 'b.css'; /* url(never.png) */ @font-face { font-family: f; src: url(../f.eot);"
        " src: url(../f.eot?#iefix) format('embedded-opentype'), url('../f.woff2')"
        " format('woff2'), url(../f.ttf) format('truetype') }"
        " b { content: 'url(text.png)'; background: url( \"i.png\" ) } i { fill: url(#in) }",
        media_type="text/css",
    )
    site.put("/x/css/b.css", "@import url(a.css) print; u{background:url(/r.svg)}")
    site.put("/x/css/i.png", PNG)
    site.put("/x/f.woff2", WOFF2)
    site.put("/r.svg", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>")
    done = maps.fetch_assets([style], folder=folder, http=True)
    assert set(done["state"]) == {"fetched"}
    kinds = dict(zip(done["address"].str.removeprefix(site.base), done["kind"], strict=True))
    # Of the font, the one format that browsers of today take.
    assert kinds == {
        "/x/css/a.css": "style",
        "/x/css/b.css": "style",
        "/x/css/i.png": "image",
        "/x/f.woff2": "font",
        "/r.svg": "image",
    }
    row = done.set_index("kind").loc["font"]
    assert row["sha256"] == hashlib.sha256(WOFF2).hexdigest()
    assert row["size_bytes"] == len(WOFF2)
    assert (folder / row["file"]).read_bytes() == WOFF2


def test_what_is_kept_is_not_asked_for_again(site: Site, folder: Path) -> None:
    address = site.put("/a.js", "a = 1")
    maps.fetch_assets([address, f"{address}#again"], folder=folder, http=True)
    assert site.asked == ["/a.js"]
    assert list(maps.fetch_assets([address], folder=folder)["state"]) == ["kept"]
    assert site.asked == ["/a.js"]
    (held,) = AssetFolder.read(folder).listed.values()
    (folder / held.file).unlink()
    assert list(maps.fetch_assets([address], folder=folder, http=True)["state"]) == ["fetched"]


def test_redirects_are_followed_and_noted(site: Site, folder: Path) -> None:
    site.put("/pkg@1.2.3/css/a.css", "a{background:url(../i.png)}", media_type="text/css")
    site.put("/pkg@1.2.3/i.png", PNG)
    address = site.put("/pkg", "", status=302, headers={"Location": "/pkg@1.2.3/css/a.css"})
    done = maps.fetch_assets([address], folder=folder, http=True).set_index("kind")
    assert done.loc["style", "address"] == address
    assert done.loc["style", "source"] == f"{site.base}/pkg@1.2.3/css/a.css"
    assert done.loc["style", "version"] == "1.2.3"
    assert done.loc["image", "address"] == f"{site.base}/pkg@1.2.3/i.png"
    page = put_in(f'<link rel="stylesheet" href="{address}">', folder)
    assert maps.external_loads(page) == []
    assert data_uri("image/png", PNG) in page


@pytest.mark.parametrize(
    ("body", "said", "why"),
    [
        ("gone", {"status": 404}, "HTTP 404"),
        ("a = 1", {"stated_bytes": 500}, "broke off after 5 of 500 bytes"),
        ("<!DOCTYPE html><title>Sign in</title>", {}, "HTML page"),
        ("\ufeff\n <html></html>", {"media_type": "text/css"}, "HTML page"),
        ("", {}, "empty"),
        (b"\x1f\x8b\x08\x00", {"headers": {"Content-Encoding": "gzip"}}, "compressed"),
        (b"\xff\xfe\x00a", {}, "neither UTF-8 text"),
        ("{}", {"media_type": "application/json"}, "application/json"),
        ("x" * 20_000, {}, "larger than 0.01 MB"),
        ("", {"status": 302, "headers": {"Location": "file:///etc/hostname"}}, "not allowed"),
        ("", {"status": 302, "headers": {"Location": "ftp://a.cn/a"}}, "not encrypted"),
        ("", {"status": 302, "headers": {"Location": "/it"}}, "infinite loop"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_what_is_not_right_is_not_kept(
    site: Site, folder: Path, body: bytes | str, said: dict[str, Any], why: str
) -> None:
    address = site.put("/it", body, **said)
    assert why in reason(address, folder, limit_mb=0.01)
    assert not folder.exists()


def test_what_cannot_be_asked_for_does_not_stop_the_rest(site: Site, folder: Path) -> None:
    good = site.put("/a.js", "a = 1")
    with serving() as gone:
        closed = f"{gone.base}/b.js"
    tiles = "https://{s}.tiles.cn/{z}/{x}/{y}.png"
    done = maps.fetch_assets([tiles, closed, "c.js", good], folder=folder, http=True)
    assert list(done["state"]) == ["failed", "failed", "failed", "fetched"]
    assert list(done["address"]) == [tiles, closed, "c.js", good]
    for row, why in enumerate(["tile layer", "could not be reached", "relative"]):
        assert why in done["reason"][row]
    assert done["reason"].isna()[3]


def test_a_server_that_trickles_is_given_up(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_assets_fetch, "_SECONDS_A_FILE", -1)
    assert "was not there after" in reason(site.put("/a.js", "a = 1"), folder, limit_mb=1)


def test_sheets_without_end_are_given_up(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_assets_fetch, "_MOST_FILES", 3)
    for at in range(9):
        site.put(f"/{at}.css", f"@import '{at + 1}.css';", media_type="text/css")
    done = maps.fetch_assets([f"{site.base}/0.css"], folder=folder, http=True)
    assert list(done["state"]) == ["fetched", "fetched", "fetched", "failed"]
    assert "more than 3 files" in done["reason"][3]
    assert site.asked == ["/0.css", "/1.css", "/2.css"]


def test_encryption_is_not_given_up_on_the_way(site: Site, folder: Path) -> None:
    opener = _assets_fetch._opener({"https"})
    with pytest.raises(_assets_fetch._UnusableError, match="not encrypted"):
        opener.open(site.put("/a.js", "a"))
    (row,) = maps.fetch_assets([site.base], folder=folder).itertuples()
    assert "http=True" in str(row.reason)
    assert site.asked == []


def test_hashes_that_a_page_asks_for_are_checked(site: Site, folder: Path) -> None:
    address = site.put("/a.js", "a = 1")
    wrong = "sha384-" + base64.b64encode(bytes(48)).decode()
    (row,) = maps.fetch_assets({address: wrong}, folder=folder, http=True).itertuples()
    assert "has not the hash" in str(row.reason)
    right = "sha384-" + base64.b64encode(hashlib.sha384(b"a = 1").digest()).decode()
    for state in ("fetched", "kept"):
        (row,) = maps.fetch_assets({address: right}, folder=folder, http=True).itertuples()
        assert row.state == state
    (row,) = maps.fetch_assets({address: wrong}, folder=folder, http=True).itertuples()
    assert row.state == "failed"
    page = f'<script src="{address}" integrity="{right}" crossorigin="anonymous"></script>'
    assert maps.external_loads(put_in(page, folder)) == []
    with pytest.raises(ParkgeoError, match="integrity"):
        put_in(page.replace(right, wrong), folder)


def test_a_version_does_not_change(site: Site, folder: Path) -> None:
    exact, newest = (site.put(f"/npm/{name}/a.js", "a = 1") for name in ("a@1.0.2", "a@1"))
    maps.fetch_assets([exact, newest], folder=folder, http=True)
    for address in (exact, newest):
        site.put(address.removeprefix(site.base), "a = 2")
    done = maps.fetch_assets([exact, newest], folder=folder, http=True, refresh=True)
    assert list(done["state"]) == ["failed", "fetched"]
    assert "another file" in done["reason"][0]
    held = AssetFolder.read(folder)
    assert [held.content(held.listed[address]) for address in (exact, newest)] == [
        b"a = 1",
        b"a = 2",
    ]


def test_a_map_says_itself_what_it_needs(site: Site, folder: Path) -> None:
    m = maps.Map(location=[30, 120])
    pin = site.put("/pin.png?a=1&b=2", PNG)
    folium.Marker([30, 120], icon=folium.CustomIcon(pin)).add_to(m)
    done = maps.fetch_assets(m, folder=folder, http=True)
    assert list(done["address"]) == [pin]
    assert list(done["state"]) == ["fetched"]
    text = maps.save(m, folder / "map.html", assets=folder).read_text(encoding="utf-8")
    assert data_uri("image/png", PNG) in text


def test_an_interrupted_run_keeps_what_it_has(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = site.put("/a.js", "a = 1"), site.put("/b.js", "b = 1")
    get = _assets_fetch._Fetcher._get

    def stopped(self: _assets_fetch._Fetcher, address: str) -> _assets_fetch._Answer:
        if address == second:
            raise KeyboardInterrupt
        return get(self, address)

    monkeypatch.setattr(_assets_fetch._Fetcher, "_get", stopped)
    with pytest.raises(KeyboardInterrupt):
        maps.fetch_assets([first, second], folder=folder, http=True)
    assert list(maps.check_assets(folder=folder)["state"]) == ["ok"]
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        *maps.check_assets(folder=folder)["file"],
    }
