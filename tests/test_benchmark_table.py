"""The tables of benchmarks in the documentation say what was kept, and nothing breaks them."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docs_pages import DOCS

sys.path.insert(0, str(DOCS / "figures"))
from benchmark_table import draw

sys.path.pop(0)
markdown_it = pytest.importorskip("markdown_it", reason="the documentation is not installed")

Page = Callable[[str], str]

MACHINE = {"processor": "CPU_1 *fast*", "processors": 2, "memory_gb": 8, "system": "Linux x86_64"}


def run(who: str, seconds: float | None, **others: str | float | None) -> dict[str, Any]:
    empty = {"ours": False, "note": "", "peak_mb": None, "page_mb": None}
    return {"who": who, "seconds": seconds, **empty, **others}


def kept(folder: Path, scenario: str, *runs: dict[str, Any]) -> None:
    content = {
        "scenario": scenario,
        "size": "100 zones",
        "command": "python benchmarks/bench_area.py",
        "date": "2026-11-22",
        "machine": MACHINE,
        "versions": {"Python": "3.11.2"},
        "runs": runs,
    }
    (folder / f"{scenario}.json").write_text(json.dumps(content), "utf-8")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def page(tmp_path: Path, results: Path) -> Page:
    """Draw the tables, and give one of them as HTML."""

    def drawn(name: str) -> str:
        draw(tmp_path / "made", results)
        text = (tmp_path / "made" / f"{name}.inc").read_text("utf-8")
        return str(markdown_it.MarkdownIt("commonmark").enable("table").render(text))

    return drawn


def rows(html: str) -> list[list[str]]:
    """Give the texts of the cells of all tables."""
    lines = [line.split("<t")[1:] for line in html.replace("\n", "").split("<tr>")[1:]]
    return [
        [cell.split(">", 1)[1].split("</t")[0] for cell in line if cell[:1] in "dh"]
        for line in lines
    ]


def test_ways_stand_beside_the_first_of_our_own(results: Path, page: Page) -> None:
    ours = run("parkgeo, areas only", 0.5, ours=True, peak_mb=700.0)
    kept(results, "overlap-pairs", ours, run("shapely", 4.0, peak_mb=512.4, note="the same"))
    assert rows(page("benchmarks_en")) == [
        ["way", "seconds", "× parkgeo", "peak MB", "answer"],
        ["parkgeo, areas only", "0.5", "1", "700", ""],
        ["shapely", "4", "8", "512", "the same"],
    ]
    assert rows(page("speeds_zh"))[1] == ["两两重叠", "100 zones", "0.5", "shapely: 8"]


def test_what_has_no_time_has_no_ratio(results: Path, page: Page) -> None:
    kept(results, "raster", run("parkgeo", 2.0, ours=True), run("QGIS", None, note="failed"))
    assert rows(page("benchmarks_en"))[2] == ["QGIS", "–", "–", "failed"]
    assert rows(page("speeds_en"))[1][-1] == "–"


def test_without_our_own_time_nothing_is_held_against_it(results: Path, page: Page) -> None:
    kept(results, "datum", run("parkgeo", None, ours=True), run("another", 3.0))
    assert rows(page("speeds_en"))[1][-2:] == ["–", "another: –"]


def test_scenarios_come_in_one_order_and_sizes_by_number(results: Path, page: Page) -> None:
    for scenario in ("maps-10000", "maps-1000", "area"):
        kept(results, scenario, run("parkgeo", 1.0, ours=True))
    html = page("benchmarks_en")
    titles = [part.split("</h2>")[0] for part in html.split("<h2>")[1:]]
    pages = [f"A map of parcels as one page, {size}" for size in ("1,000", "10,000")]
    assert titles == ["Official area", *pages]
    assert html.count("CPU_1 *fast*") == 1


@pytest.mark.parametrize(
    "note",
    [
        "a | b",
        "<script>1 < 2 & 3 > 2</script>",
        "`code` *star* _line_ [link](x) $x$ ~no~",
        "two\nlines\\",
        "# no title",
    ],
)
def test_no_note_breaks_a_table(results: Path, page: Page, note: str) -> None:
    kept(results, "area", run(note, 1.0, ours=True, note=note), run("another", 2.0, note="end"))
    said = " ".join(note.split())
    said = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert rows(page("benchmarks_en"))[1:] == [
        [said, "1", "1", said],
        ["another", "2", "2", "end"],
    ]


@pytest.mark.parametrize("name", ["benchmarks_en", "benchmarks_zh", "speeds_en", "speeds_zh"])
def test_where_nothing_is_kept_the_page_says_so(page: Page, name: str) -> None:
    html = page(name)
    assert "<table>" not in html
    assert "make bench-table" in html
