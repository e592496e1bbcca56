"""The frame of the documentation: two languages, Chinese is found, nothing from elsewhere."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from docs_pages import DOCS, blocks, cells, ran, shape
from small_site import build

if find_spec("furo") is None or find_spec("myst_nb") is None:
    pytest.skip("the documentation's tools are not installed: .[docs]", allow_module_level=True)

ROOT = DOCS.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    def loaded(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(DOCS / "site")
        monkeypatch.syspath_prepend(ROOT / "tools")
        return import_module(name)

    return loaded


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text("utf-8")


# Two languages


@pytest.mark.parametrize(
    ("name", "language"),
    [("index", "en"), ("guide", "en"), ("zh/index", "zh-CN"), ("zh/guide", "zh-CN")],
)
def test_a_page_says_its_language(site: Path, name: str, language: str) -> None:
    assert re.search(r"<html[^>]* lang=\"([^\"]+)\"", page(site, name))[1] == language  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("index", "zh/index.html"),
        ("guide", "zh/guide.html"),
        ("lone", "zh/index.html"),  # which has no counterpart
        ("zh/index", "../index.html"),
        ("zh/guide", "../guide.html"),
    ],
)
def test_a_page_leads_to_the_same_page_in_the_other_language(
    site: Path, name: str, other: str
) -> None:
    text = page(site, name)
    language = "en" if name.startswith("zh/") else "zh-CN"
    assert f'<a href="{other}" lang="{language}" hreflang="{language}">' in text
    assert f'<link rel="alternate" hreflang="{language}" href="{other}">' in text


def test_the_side_bar_lists_the_pages_of_its_language(site: Path) -> None:
    def listed(name: str) -> list[str]:
        tree = page(site, name).split('class="sidebar-tree"')[1].split("</div>")[0]
        return re.findall(r'<a [^>]*href="([^"]+)"', tree)

    assert listed("lone") == ["guide.html", "#", "zh/index.html"]
    assert listed("zh/guide") == ["#"]
    assert "入门" in page(site, "zh/guide")
    assert "入门" not in page(site, "guide")


def test_turning_pages_stays_within_a_language(site: Path) -> None:
    for name, other in (("lone", "zh/index.html"), ("zh/index", "../lone.html")):
        turns = re.findall(r'class="(?:next|prev)-page" href="([^"]+)"', page(site, name))
        assert turns
        assert other not in turns


def test_buttons_of_chinese_pages_are_chinese(site: Path) -> None:
    assert 'placeholder="搜索"' in page(site, "zh/guide")
    assert 'placeholder="Search"' in page(site, "guide")


def test_lines_of_chinese_are_joined_without_a_space(site: Path) -> None:
    text = page(site, "zh/guide")
    assert "互相重叠，由四至还原，并核对面积；详见 API\n文档" in text  # after English
    assert "文档与<strong>椭球面积</strong>，<code" in text


# Search


def test_chinese_is_split_into_characters_and_neighbours(load: Callable[[str], ModuleType]) -> None:
    split = load("han_search").SearchHan({}).split
    assert split("净面积km2 of 亩") == ["净", "面", "积", "净面", "面积", "km2", "of", "亩"]
    assert split("area_km2") == ["area_km2"]


@pytest.mark.parametrize("word", ["四至", "重叠", "椭球", "球面", "叠"])
def test_chinese_words_are_in_the_index(site: Path, word: str) -> None:
    text = (site / "searchindex.js").read_text("utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    found = index["terms"][word]
    pages = [index["docnames"][one] for one in (found if isinstance(found, list) else [found])]
    assert pages == ["zh/guide"]


# Nothing from elsewhere


def test_pages_load_nothing_from_elsewhere(
    site: Path, load: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    assert load("check_offline").main([str(site)]) == 0
    assert " pages, 0 addresses elsewhere" in capsys.readouterr().out


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://a.example/x.js"></script>',
        '<script src="//a.example/x.js"></script>',
        '<link rel="stylesheet" href="https://a.example/x.css">',
        '<link rel="shortcut icon" href="http://a.example/x.ico">',
        '<img srcset="https://a.example/x.png 2x" src="x.png">',
        '<iframe srcdoc="&lt;img src=&quot;https://a.example/x.png&quot;&gt;"></iframe>',
        '<style>@import "https://a.example/x.css";</style>',
        "<style>b { background: url(//a.example/x.png) }</style>",
        "<p style=\"background: url('https://a.example/x.png')\">",
        '<svg><use xlink:href="https://a.example/x.svg#a"/></svg>',
    ],
)
def test_what_comes_from_elsewhere_is_found(
    html: str, tmp_path: Path, load: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.html").write_text(html, "utf-8")
    assert load("check_offline").main([str(tmp_path)]) == 1
    assert "page.html: loads " in capsys.readouterr().out


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://a.example">a link</a>',
        '<link rel="canonical" href="https://a.example/page.html">',
        '<link rel="alternate" hreflang="en" href="https://a.example">',
        '<img src="data:image/png;base64,AA=="><script src="_static/x.js?v=1"></script>',
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>',
        "<p>https://a.example/x.png</p><code>url(https://a.example)</code>",
    ],
)
def test_links_are_not_loaded(html: str, tmp_path: Path, load: Callable[[str], ModuleType]) -> None:
    (tmp_path / "page.html").write_text(html, "utf-8")
    assert load("check_offline").main([str(tmp_path)]) == 0


def test_a_folder_without_pages_is_not_sound(
    tmp_path: Path, load: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    assert load("check_offline").main([str(tmp_path)]) == 1
    assert "no pages" in capsys.readouterr().err


# The quick start


def test_both_quick_starts_have_the_same_code() -> None:
    english, chinese = (
        [shape(code, words=False) for code in cells(DOCS / folder / "quickstart.md")]
        for folder in ("", "zh")
    )
    assert english
    assert english == chinese


def test_the_quick_start_runs_as_it_stands(tmp_path: Path) -> None:
    ran("\n".join(cells(DOCS / "quickstart.md")), tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert {"zones.shp", "parcels.gpkg", "overlaps.html", "roads.gpkg", "plan.txt"} <= made
    commands = commands_of(DOCS / "quickstart.md")
    assert [command[1] for command in commands] == [
        *("check", "overlap", "area", "fourbounds", "convert"),
    ]
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    written = {"overlaps.csv", "areas.csv", "zone.geojson", "zones-gcj02.gpkg"}
    assert written <= {path.name for path in tmp_path.iterdir()}


def test_both_quick_starts_give_the_same_commands() -> None:
    english, chinese = (commands_of(DOCS / folder / "quickstart.md") for folder in ("", "zh"))
    assert english == chinese


def commands_of(page: Path) -> list[list[str]]:
    """List the commands that read or write files, in words, without comments."""
    lines = "".join(blocks(page, "console")).splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    return [command for command in words if command[0] == "parkgeo" and command[1:] != ["demo"]]


# Both languages throughout


def chinese_pages() -> list[str]:
    return sorted(path.relative_to(DOCS / "zh").as_posix() for path in DOCS.glob("zh/**/*.md"))


@pytest.mark.parametrize("name", sorted({p.name for p in DOCS.glob("tutorials/*.md")}))
def test_each_tutorial_is_in_both_languages(name: str) -> None:
    assert f"tutorials/{name}" in chinese_pages()


@pytest.mark.parametrize("name", sorted({p.name for p in DOCS.glob("howto/*.md")}))
def test_each_how_to_is_in_both_languages(name: str) -> None:
    assert f"howto/{name}" in chinese_pages()
