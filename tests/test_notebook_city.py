import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from parkgeo import policy

PLAN = ROOT / "notebooks/07-zijingang-2021.ipynb"
CITY = ROOT / "notebooks/08-evaluation-of-a-city.ipynb"


def _code(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _constants(path: Path) -> Iterator[object]:
    for source in _code(path):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant):
                yield node.value


def test_no_figure_of_the_plan_is_typed_into_its_notebook() -> None:
    found = policy.indicators("xihu-2021-zone-consolidation-plan")
    # One digit says too little: a power of ten, a number of decimals, a place in a list.
    stated = set(found.loc[found["value"] >= 9, "value"])
    typed = {value for value in _constants(PLAN) if isinstance(value, int | float)}
    assert typed & stated == set()


@pytest.mark.parametrize(
    "figure",
    [
        "681",
        "171",
        "189",
        "42.9",
        "87.6",
        "43.9",
        "1.87",
        "4.06",
        "1.17",
        "45.13",
        "75.38",
        "9.44",
        "45.20",
    ],
)
def test_it_shows_the_figures_of_the_plan(figure: str) -> None:
    cells = json.loads(PLAN.read_text(encoding="utf-8"))["cells"]
    shown = json.dumps([cell.get("outputs", []) for cell in cells], ensure_ascii=False)
    assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d])", shown)


def test_each_picture_of_the_city_says_that_it_is_synthetic() -> None:
    titles = [
        keyword.value
        for source in _code(CITY)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "title"
    ]
    said = [ast.unparse(title) for title in titles]
    assert len(said) >= 8
    assert [one for one in said if "合成" not in one and "synthetic" not in one] == []


@pytest.mark.parametrize("path", [PLAN, CITY], ids=["plan", "city"])
def test_they_need_nothing_beside_the_repository_and_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    book = json.loads(text)
    assert "needs" not in book["metadata"].get("parkgeo", {})
    assert len(text.encode()) < 1_200_000
    assert any(cell.get("outputs") for cell in book["cells"])
