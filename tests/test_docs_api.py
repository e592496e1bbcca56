"""The reference has every public name, and what an editor shows of it says what it does."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from docs_pages import DOCS

import parkgeo

API = (DOCS / "api.md").read_text("utf-8")
DIRECTIVE = re.compile(r"^\.\. automodule:: parkgeo\.(\w+)\n((?:   :[\w-]+:.*\n)+)", re.MULTILINE)
DATA = re.compile(r"^\.\. py:data:: (\w+)\n   :module: parkgeo\.(\w+)\n\n   \S", re.MULTILINE)
FUNCTION = re.compile(r"^\.\. autofunction:: parkgeo\.(\w+)$", re.MULTILINE)
# These have pages of their own, or are for those who write parkgeo.
ELSEWHERE = {"cli"}
MODULES = sorted(
    path.stem
    for path in (DOCS.parent / "src" / "parkgeo").iterdir()
    if not path.name.startswith("_") and (path.suffix == ".py" or (path / "__init__.py").exists())
)
WIDE = 79


def module(name: str) -> ModuleType:
    return importlib.import_module(f"parkgeo.{name}")


def public(name: str) -> dict[str, object]:
    """Give the public names of a module that the reference has to have."""
    return {one: getattr(module(name), one) for one in module(name).__all__}


def callables() -> Iterator[tuple[str, object]]:
    """Find public functions, classes, and methods of these."""
    for name in set(MODULES) - ELSEWHERE:
        for one, value in public(name).items():
            if inspect.isfunction(inspect.unwrap(value)) or inspect.isclass(value):  # type: ignore[arg-type]
                yield f"{name}.{one}", value
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    if not method.startswith("_") and inspect.isfunction(function):
                        yield f"{name}.{one}.{method}", function


CALLABLES = dict(sorted(callables()))


def has(value: object, section: str) -> bool:
    text = inspect.getdoc(value) or ""
    return f"\n{section}\n{'-' * len(section)}" in text


def test_every_public_module_is_in_the_reference() -> None:
    listed = [name for name, _ in DIRECTIVE.findall(API)]
    assert sorted([*listed, *ELSEWHERE]) == MODULES
    assert set(parkgeo.__all__) - {"__version__", *MODULES} == set(FUNCTION.findall(API))


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ELSEWHERE])
def test_every_public_name_is_in_the_reference(name: str) -> None:
    options = dict(DIRECTIVE.findall(API))[name]
    assert ":members:" in options
    packaged = hasattr(module(name), "__path__")
    constants = {one for one, where in DATA.findall(API) if where == name}
    for one, value in public(name).items():
        if inspect.isfunction(value) or inspect.isclass(value):
            assert inspect.getdoc(value), one
            assert one not in constants
        else:
            tree = ast.parse(inspect.getsource(module(name)))
            said = not packaged and one in documented(tree)
            assert said or one in constants, one
    assert constants <= set(public(name))


def documented(tree: ast.Module) -> set[str]:
    """Name the constants of a module that a text follows, which the reference takes from there."""
    return {
        first.target.id
        for first, then in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(first, ast.AnnAssign)
        and isinstance(first.target, ast.Name)
        and isinstance(then, ast.Expr)
        and isinstance(then.value, ast.Constant)
    }


@pytest.mark.parametrize("name", CALLABLES)
def test_the_first_line_fits_an_editor(name: str) -> None:
    first = (inspect.getdoc(CALLABLES[name]) or "").split("\n")[0]
    assert 0 < len(first) <= WIDE
    assert first.endswith((".", ":"))


@pytest.mark.parametrize("name", [n for n, v in CALLABLES.items() if not inspect.isclass(v)])
def test_functions_say_what_they_take_and_give(name: str) -> None:
    function = CALLABLES[name]
    signature = inspect.signature(function)  # type: ignore[arg-type]
    takes = [one for one in signature.parameters if one not in {"self", "cls", "kwargs"}]
    assert has(function, "Parameters") or not takes
    assert has(function, "Returns") or signature.return_annotation in {None, "None"}
    assert name.count(".") > 1 or has(function, "Examples")
    text = inspect.getdoc(function) or ""
    for one in takes:
        assert re.search(rf"^(?:\w+, )*\*?{one}(?:, \w+)*$", text, re.MULTILINE), one
