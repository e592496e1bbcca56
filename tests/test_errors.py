import ast
import inspect
from pathlib import Path

import pytest

import parkgeo
from parkgeo import errors


def children() -> list[type[errors.ParkgeoError]]:
    return [
        value
        for value in vars(errors).values()
        if inspect.isclass(value)
        and issubclass(value, errors.ParkgeoError)
        and value is not errors.ParkgeoError
    ]


def test_the_family_stays_small_and_on_builtin_bases() -> None:
    assert len(children()) == 8
    for child in children():
        assert issubclass(child, (ValueError, KeyError, ImportError))
        assert child.__name__.endswith("Error")


def test_no_other_module_adds_to_the_family() -> None:
    family = {"ParkgeoError", *(child.__name__ for child in children())}
    package = Path(parkgeo.__file__).parent
    added = [
        f"{path.relative_to(package)}: {node.name}"
        for path in package.rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and family & {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    ]
    assert added == []


def test_an_unknown_name_reads_as_written() -> None:
    with pytest.raises(KeyError) as caught:
        raise errors.UnknownNameError("no brand 'x'; did you mean 'y'?")
    assert str(caught.value) == "no brand 'x'; did you mean 'y'?"


@pytest.mark.parametrize(
    ("labels", "text"),
    [([], ""), (["a"], "'a'"), (range(5), "0, 1, 2, 3, 4"), (range(6), "0, 1, 2, 3, 4 and 1 more")],
)
def test_first_rows(labels: list[object], text: str) -> None:
    assert errors.first_rows(labels) == text


def test_a_long_label_is_cut() -> None:
    assert len(errors.first_rows(["x" * 10_000])) < 50
