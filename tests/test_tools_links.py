from pathlib import Path

import pytest
from conftest import ROOT
from scripts import load

pytest.importorskip("markdown_it", reason="checking links needs the extra [docs]")


tool = load("tools/check_links.py")
GOOD = """
<a href="b.html#there">b</a> <a href="#here">here</a> <a href="sub/">sub</a> <img src="p%20q.svg">
<a href="https://example.org/x#y">elsewhere</a> <img src="data:image/png;base64,AAAA">
<a id="here"></a> <script src="s.js?v=1"></script>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "index.html").write_text(GOOD, "utf-8")
    (folder / "b.html").write_text('<p id="there"><a href="index.html#here">x</a></p>', "utf-8")
    (folder / "sub/index.html").write_text('<a href="../b.html">x</a><a href="/b.html">y</a>')
    for name in ("p q.svg", "s.js"):
        (folder / name).touch()
    return folder


def _run(site: Path, *more: str) -> int:
    return int(tool.main([str(site), "--root", str(site.parent), *more]))


def test_links_that_lead_somewhere_are_fine(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(site, "--external") == 0
    printed = capsys.readouterr()
    assert printed.out.split() == ["https://example.org/x#y"]
    assert "3 pages and 0 texts: 0 links" in printed.err


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ('<a href="gone.html">', "no such file"),
        ('<a href="b.html#nowhere">', "no such place"),
        ('<a href="#nowhere">', "no such place"),
        ('<img src="gone.svg">', "no such file"),
        ('<img srcset="s.js 1x, gone.svg 2x">', "no such file"),
        ('<iframe src="gone.html">', "no such file"),
        ('<a href="../outside.html">', "leaves the folder"),
        ('<object data="gone.svg">', "no such file"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(
    site: Path, capsys: pytest.CaptureFixture[str], link: str, why: str
) -> None:
    (site / "c.html").write_text(link, "utf-8")
    assert _run(site) == 1
    (line, _) = capsys.readouterr().err.splitlines()
    assert line.startswith("c.html: ")
    assert why in line


def test_places_of_markdown_are_its_headings(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "# A *title*, “quoted”\n\n## 中文 标题\n\n## Same\n\n## Same\n\n"
    links = "[a](#a-title-quoted) [b](README.md#中文-标题) [c](#same-1) `[d](gone.md)`\n"
    readme = site.parent / "README.md"
    readme.write_text(text + links, "utf-8")
    assert _run(site) == 0
    readme.write_text(text + links + "[e](#same-2) [f](gone.md) ![g](gone.png)\n", "utf-8")
    capsys.readouterr()
    assert _run(site) == 1
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_without_a_site_the_command_that_builds_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(tmp_path / "nothing") == 1
    assert "make docs" in capsys.readouterr().err


@pytest.mark.parametrize("pattern", tool.PAGES)
def test_links_of_the_repository_lead_somewhere(pattern: str) -> None:
    for page in ROOT.glob(pattern):
        links = tool.read(page).links
        broken = {link: why for link in links if (why := tool.why_broken(link, page, ROOT))}
        assert not broken, page.name
