"""Pages name what there is: names of parkgeo resolve, and calls fit the signatures."""

import ast
import inspect
import re
import types
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from docs_pages import DOCS, blocks, cells

import parkgeo

ROOT = DOCS.parent
PAGES = sorted(
    page
    for page in (*DOCS.rglob("*.md"), *ROOT.glob("README*.md"))
    if not {"_build", "made", "jupyter_execute"} & set(page.relative_to(ROOT).parts)
)
# What follows a dot, a slash or a sign is a part of something else, such as zones.parkgeo.json.
NAME = re.compile(r"(?<![\w./@~-])(?:pg|parkgeo)((?:\.[A-Za-z_]\w*)+)")
FILES = {"json", "csv", "sqlite", "html", "yml", "toml"}
PLACE = re.compile(
    r"`(?:python |pytest )?((?:benchmarks|tests|docs|tools|data|src)/[\w./*-]*)"
    r"((?: --[\w-]+)*)(?=[` ])"
)
TARGET = re.compile(r"`make ([a-z-]+)")
CITED_TEST = re.compile(r"`(test_\w+)`")


def names(text: str) -> set[tuple[str, ...]]:
    """Find what a text says lies in parkgeo."""
    found = {tuple(match[1].strip(".").split(".")) for match in NAME.finditer(text)}
    return {name for name in found if name[-1] not in FILES}


def missing(name: tuple[str, ...]) -> bool:
    """Whether modules and classes on the way do not have the name; of a value nothing is known."""
    if find_spec(f"parkgeo.{name[0]}"):
        import_module(f"parkgeo.{name[0]}")
    place: object = parkgeo
    for part in name:
        if not isinstance(place, types.ModuleType | type):
            return False
        try:
            place = getattr(place, part)
        except AttributeError:
            fields = getattr(place, "__dataclass_fields__", ())
            return part not in fields
    return False


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, tuple[str, ...]]]:
    """Find calls of what is named in full: ``pg.module.function(...)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            parts, place = [], node.func
            while isinstance(place, ast.Attribute):
                parts.append(place.attr)
                place = place.value
            if isinstance(place, ast.Name) and place.id in {"pg", "parkgeo"} and parts:
                yield node, tuple(reversed(parts))


def misfit(call: ast.Call, name: tuple[str, ...]) -> str | None:
    """Say in which way a call does not fit the signature of what is called."""
    place: object = parkgeo
    for part in name:
        place = getattr(place, part)
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    keywords = {keyword.arg: None for keyword in call.keywords if keyword.arg}
    try:
        inspect.signature(place).bind_partial(*[None] * len(call.args), **keywords)  # type: ignore[arg-type]
    except TypeError as error:
        return f"line {call.lineno}: {'.'.join(name)}: {error}"
    return None


def test_there_are_pages_in_both_languages() -> None:
    assert {"README.md", "README.zh-CN.md"} <= {page.name for page in PAGES}
    assert len(PAGES) > 30


def test_what_is_not_there_is_told() -> None:
    text = (
        "`pg.overlap.pairs`, {func}`parkgeo.overlap.pears`, zones.parkgeo.json, pg.crs.GCJ02.name"
    )
    assert {name for name in names(text) if missing(name)} == {("overlap", "pears")}
    ((call, name),) = calls(ast.parse("pg.overlap.pairs(parks, colour=1)"))
    assert "colour" in str(misfit(call, name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_name_is_there(page: Path) -> None:
    gone = [".".join(name) for name in names(page.read_text("utf-8")) if missing(name)]
    assert not gone


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_is_python_that_fits_the_signatures(page: Path) -> None:
    for code in (*blocks(page, "python"), *cells(page)):
        if ">>>" in code:
            continue
        found = [misfit(call, name) for call, name in calls(ast.parse(code))]
        assert not [what for what in found if what]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_commands_and_tests_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for place, flags in PLACE.findall(text):
        found = sorted(ROOT.glob(place.rstrip("/")))
        assert found or place.startswith("docs/_build"), place
        for flag in flags.split():
            assert f'"{flag}"' in found[0].read_text("utf-8"), f"{place} {flag}"
    made = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(TARGET.findall(text)) <= set(made)
    for name in CITED_TEST.findall(text):
        assert f"def {name}(" in all_tests(), name


@cache
def all_tests() -> str:
    """Return the text of all tests."""
    return "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
