from collections.abc import Iterator
from pathlib import Path

import pytest
from served import PNG, WOFF2, Site, hold, serving

from parkgeo import maps
from parkgeo._page import _assets_fetch
from parkgeo.cli import main

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "*")
    with serving() as site:
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def test_a_page_s_loads_are_fetched_checked_and_listed(
    site: Site, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = site.put("/npm/thing@2.3.4/thing.js", "thing = 1")
    style = site.put("/npm/thing@2.3.4/thing.css", "a{background:url(i/a.png)}")
    site.put("/npm/thing@2.3.4/i/a.png", PNG, media_type="image/png")
    page = tmp_path / "map.html"
    page.write_text(
        f'<script src="{script}"></script><link rel="stylesheet" href="{style}">', encoding="utf-8"
    )
    where = ["--folder", str(folder)]
    assert main(["assets", "fetch", "--page", str(page), "--http", *where]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("fetched") == 3
    assert "3 files" in printed.err

    assert main(["assets", "check", *where]) == 0
    told = capsys.readouterr().err
    assert main(["assets", "list", *where]) == 0
    listed = capsys.readouterr()
    assert "2.3.4" in listed.out
    assert listed.out.count("ok") == 3
    # The same fingerprint is shown wherever the folder is.
    assert listed.err == told
    assert "sha-256" in told


def test_what_could_not_be_fetched_is_said_and_the_rest_is_kept(
    site: Site, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = site.put("/a.js", "a = 1")
    arguments = ["assets", "fetch", good, f"{site.base}/b.js", "--http", "--folder", str(folder)]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert "1 of 2 could not be fetched" in printed.err
    assert f"{site.base}/b.js: HTTP 404" in printed.err
    assert list(maps.check_assets(folder=folder)["address"]) == [good]


def test_addresses_without_encryption_are_asked_for(
    site: Site, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assets", "fetch", site.put("/a.js", "a"), "--folder", str(folder)]) == 1
    assert "--http" in capsys.readouterr().err
    assert site.asked == []
    assert not folder.exists()


def test_changed_and_missing_files_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(folder, {"https://a.cn/a.js": "a = 1", "https://a.cn/b.woff2": WOFF2})
    names = {row.address: row.file for row in maps.check_assets(folder=folder).itertuples()}
    (folder / names["https://a.cn/a.js"]).write_text("a = 2", encoding="utf-8")
    (folder / names["https://a.cn/b.woff2"]).unlink()
    assert main(["assets", "check", "--folder", str(folder)]) == 1
    printed = capsys.readouterr()
    rows = printed.out.splitlines()
    assert any(row.startswith("changed") and "a.cn/a.js" in row for row in rows)
    assert any(row.startswith("missing") and "a.cn/b.woff2" in row for row in rows)
    assert "2 of 2 files" in printed.err


def test_what_folium_names_and_nobody_fetched_is_listed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = maps.folium_assets()
    hold(folder, {addresses[0]: "a { }" if addresses[0].endswith("css") else "a = 1"})
    assert main(["assets", "check", "--folder", str(folder)]) == 0
    assert main(["assets", "check", "--folium", "--folder", str(folder)]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("not fetched") == len(addresses) - 1
    assert addresses[0] not in printed.out


def test_an_empty_folder_is_not_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assets", "list", "--folder", str(folder)]) == 0
    assert main(["assets", "check", "--folder", str(folder)]) == 1
    assert "nothing has been fetched" in capsys.readouterr().err


def test_nothing_to_fetch_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assets", "fetch", "--folder", str(folder)]) == 1
    assert "--all-folium" in capsys.readouterr().err


def test_all_of_folium_is_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Without any server of folium's: each is a failure that names its address.
    asked: list[str] = []

    def answer(_: object, address: str) -> None:
        asked.append(address)
        raise _assets_fetch._UnusableError("no server here")

    monkeypatch.setattr(_assets_fetch._Fetcher, "_get", answer)
    assert main(["assets", "fetch", "--all-folium", "--folder", str(folder)]) == 1
    assert sorted(asked) == maps.folium_assets()
    assert "no server here" in capsys.readouterr().err


def test_a_page_that_is_no_text_is_refused(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "map.html"
    page.write_bytes(PNG)
    assert main(["assets", "fetch", "--page", str(page), "--folder", str(folder)]) == 1
    assert "UTF-8" in capsys.readouterr().err


def test_the_folder_is_named_by_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARKGEO_ASSETS", str(folder))
    hold(folder, {"https://a.cn/a.js": "a = 1"})
    assert main(["assets", "list"]) == 0
    printed = capsys.readouterr()
    assert "https://a.cn/a.js" in printed.out
    assert str(folder) in printed.err
