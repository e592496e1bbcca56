"""The tutorials: both languages run the same code, and what their prose quotes comes out of it."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from conftest import ROOT
from docs_pages import DOCS, cells, ran

ENGLISH = DOCS / "tutorials"
CHINESE = DOCS / "zh" / "tutorials"
NAMES = sorted(path.name for path in ENGLISH.glob("*.md") if path.name != "index.md")
PAGES = [folder.relative_to(DOCS) / name for name in NAMES for folder in (ENGLISH, CHINESE)]

# A page asks for words in its own language: an argument, and the columns that hold them.
COUNTERPARTS = {("en", "zh"), ("reason", "reason_zh"), ("reason_zh", "reason")}
HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
LETTERS = re.compile(r"[A-Za-z]")

# What a page quotes and does not compute, and the file where it stands.
ELSEWHERE = {
    "four-bounds.md": {
        "24.4": "data/boundaries/hangzhou/SOURCES.md",
        "30": "data/ground/SOURCES.md",
        "15": "docs/fourbounds.md",
        "0.8": "docs/fourbounds.md",
        "0.5": "docs/fourbounds.md",
    },
}

# In a script nothing shows what a cell ends with, and a frame rounds what it prints.
SHOWN = """
import socket

socket.socket.connect = None  # a tutorial has no network


def _shown(value):
    value = getattr(value, "table", value)
    print(value.to_csv() if hasattr(value, "to_csv") else value)


"""

FENCED = re.compile(r"^(?P<fence>`{3,}|:{3,}).*?^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
NO_PROSE = re.compile(
    r"\A---\n.*?^---\n|^[|#][^\n]*$|`[^`]*`|\]\([^)]*\)", re.MULTILINE | re.DOTALL
)
UNIT = r"(?:km²|m²|km\b|mu\b|m\b|%|平方公里|平方米|公里|亩|米)"
# With a unit, or with decimals: a bare whole number is a year, a step or a count of words.
QUOTED = re.compile(
    rf"(?<![\w.:-])(\d[\d,]*(?:\.\d+)?)(?=\s?{UNIT})|(?<![\w.:-])(\d+\.\d+)(?![\w.])", re.ASCII
)
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?", re.ASCII)


def test_every_tutorial_is_there_in_both_languages() -> None:
    assert {path.name for path in CHINESE.glob("*.md")} - {"index.md"} == set(NAMES)
    assert {"overlap.md", "four-bounds.md"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_code(name: str) -> None:
    ours, theirs = cells(ENGLISH / name), cells(CHINESE / name)
    assert len(ours) == len(theirs)
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        found = list(differences(ast.parse(one), ast.parse(other)))
        assert not found, f"cell {number}: {found}"


def differences(one: ast.AST, other: ast.AST) -> Iterator[str]:
    """Name where two cells differ by more than the language of their texts."""
    if isinstance(one, ast.JoinedStr) and isinstance(other, ast.JoinedStr):
        if _put_in(one) != _put_in(other) or not _is_translation(_words(one), _words(other)):
            yield f"{ast.unparse(one)} is not {ast.unparse(other)}"
        return
    if isinstance(one, ast.Constant) and isinstance(other, ast.Constant):
        if not (one.value == other.value or _is_translation(one.value, other.value)):
            yield f"{one.value!r} is not {other.value!r}"
        return
    ours, theirs = list(ast.iter_child_nodes(one)), list(ast.iter_child_nodes(other))
    if _bare(one) != _bare(other) or len(ours) != len(theirs):
        yield f"{ast.unparse(one)} is not {ast.unparse(other)}"
        return
    for mine, yours in zip(ours, theirs, strict=True):
        yield from differences(mine, yours)


def _put_in(text: ast.JoinedStr) -> Counter[str]:
    return Counter(ast.dump(part) for part in text.values if isinstance(part, ast.FormattedValue))


def _words(text: ast.JoinedStr) -> str:
    parts = [part.value for part in text.values if isinstance(part, ast.Constant)]
    return "".join(str(part) for part in parts)


def _is_translation(english: object, chinese: object) -> bool:
    """Tell whether a text may be another's; a name in Chinese is no text, and stays."""
    if english == chinese or (english, chinese) in COUNTERPARTS:
        return True
    if not (isinstance(english, str) and isinstance(chinese, str)):
        return False
    mere_signs = not any(char.isalnum() for char in english)
    return bool(HAN.search(chinese)) and (mere_signs or bool(LETTERS.search(english)))


def _bare(node: ast.AST) -> tuple[object, ...]:
    """Return what a node is, without the nodes in it."""
    fields = [value for _, value in ast.iter_fields(node)]
    return type(node), *(value for value in fields if isinstance(value, str | int | None))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = f(x, 1)", "a = f(x, 2)"),
        ("a = b.east", "a = b.west"),
        ("find('九曲港')", "find('余杭塘河')"),
        ("frame['area_km2']", "frame['area_mu']"),
        ("print(f'{a} of {b}')", "print(f'{b}，共{b}')"),
        ("f(1)", "f(1, 2)"),
    ],
)
def test_code_that_differs_is_told(one: str, other: str) -> None:
    assert list(differences(ast.parse(one), ast.parse(other)))


def test_words_may_differ_and_stand_in_another_order() -> None:
    one = "print(f'{a} of {b:.1f} km²', sep=', ')  # said\nm = draw(language='en')"
    other = "print(f'{b:.1f}平方公里中的{a}', sep='、')\nm = draw(language='zh')"
    assert not list(differences(ast.parse(one), ast.parse(other)))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_tutorial_needs_what_pip_installs(page: Path) -> None:
    comes_with = set()
    for line in requires("parkgeo") or []:
        if "extra ==" not in line:
            comes_with.add(_plain(re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]))
    owners = packages_distributions()
    for module in _imported("\n".join(cells(DOCS / page))):
        if module not in {"parkgeo", *sys.stdlib_module_names}:
            assert comes_with & {_plain(owner) for owner in owners[module]}, module


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def _imported(code: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    return found


@pytest.mark.parametrize("name", ["overlap.md", "four-bounds.md"])
def test_who_has_files_can_leave_out_the_cell_that_makes_them(name: str) -> None:
    # The first cell imports, the second makes files.
    _, made, *rest = (ast.parse(cell) for cell in cells(ENGLISH / name))
    lacking = _names(made, ast.Store)
    assert lacking
    for cell in rest:
        lacking -= _names(cell, ast.Store)
        assert not lacking & _names(cell, ast.Load)


def _names(code: ast.AST, how: type[ast.expr_context]) -> set[str]:
    return {
        node.id
        for node in ast.walk(code)
        if isinstance(node, ast.Name) and isinstance(node.ctx, how)
    }


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> "Said":
    return Said(tmp_path_factory)


class Said:
    """What the cells of a page say when they run as a script in an empty folder; run once."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self.folders = folders
        self.of = cache(self._of)

    def _of(self, page: Path) -> str:
        code = SHOWN + "\n".join(_showing(cell) for cell in cells(DOCS / page))
        return ran(code, self.folders.mktemp(page.stem))


def _showing(cell: str) -> str:
    """Have a script print what a notebook would show."""
    tree = ast.parse(cell)
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        shown = ast.Call(ast.Name("_shown", ast.Load()), [last.value], [])
        tree.body[-1] = ast.Expr(shown)
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_tutorial_runs_and_its_prose_quotes_what_comes_out(page: Path, said: Said) -> None:
    out = said.of(page)
    assert out.strip()
    pool = [float(number.replace(",", "")) for number in NUMBER.findall(out)]
    code = "\n".join(cells(DOCS / page))
    pool += [float(number.replace(",", "")) for number in NUMBER.findall(code)]
    elsewhere = ELSEWHERE.get(page.name, {})
    for number in _quoted(DOCS / page):
        if number in elsewhere:
            assert number in (ROOT / elsewhere[number]).read_text("utf-8"), number
        else:
            assert _comes_out(number, pool), f"{number} is not in the outputs"


def _quoted(page: Path) -> list[str]:
    prose = NO_PROSE.sub(" ", FENCED.sub(" ", page.read_text("utf-8")))
    return [unit or bare for unit, bare in QUOTED.findall(prose)]


def _comes_out(number: str, pool: list[float]) -> bool:
    digits = len(number.partition(".")[2])
    wanted = float(number.replace(",", ""))
    half = 0.5 * 10.0**-digits * 1.000001
    return any(abs(abs(value) * scale - wanted) <= half for value in pool for scale in (1, 100))


@pytest.mark.parametrize(
    ("number", "value", "comes_out"),
    [
        ("1.83", 1.8348, True),
        ("2,752", 2752.2, True),
        ("12", 0.1181, True),  # per cent
        ("1.84", 1.8348, False),
        ("13", 0.1181, False),
    ],
)
def test_a_figure_that_does_not_come_out_is_told(
    number: str,
    value: float,
    comes_out: bool,  # noqa: FBT001
) -> None:
    assert _comes_out(number, [value]) is comes_out


@pytest.mark.parametrize("name", ["overlap.md", "four-bounds.md"])
def test_both_languages_quote_the_same_figures(name: str) -> None:
    ours, theirs = (
        {number for number in _quoted(folder / name) if "." in number}
        for folder in (ENGLISH, CHINESE)
    )
    assert ours == theirs
    assert ours
