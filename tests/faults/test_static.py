"""No line of the package can turn data into code: read from its own source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import parkgeo

PACKAGE = Path(parkgeo.__file__).parent
MODULES = {
    "pickle": "loads whatever a stranger wrote as code",
    "marshal": "loads code",
    "shelve": "is made of pickles",
    "dill": "is made of pickles",
    "cloudpickle": "is made of pickles",
    "joblib": "is made of pickles",
    "telnetlib": "talks in the clear",
    "ftplib": "talks in the clear",
    "xmlrpc": "reads XML that a stranger wrote",
}
NAMES = {"eval", "exec", "compile", "__import__"}
METHODS: Final = {
    **dict.fromkeys([("os", "system"), ("os", "popen"), ("tempfile", "mktemp")], "shell or race"),
    **dict.fromkeys([("yaml", "load"), ("yaml", "unsafe_load")], "makes objects"),
    **dict.fromkeys([("pd", "read_pickle"), ("pd", "eval")], "makes objects"),
    **dict.fromkeys([("shutil", "unpack_archive")], "goes where the archive says"),
}
WITHIN_SPARK = {"scale/_ratio.py", "scale/_work.py"}
"""Sums go from worker to driver of one Spark application, which pickles all that it sends."""
RUNNERS = {"run", "Popen", "call", "check_call", "check_output"}
ANY_METHOD = {"extractall", "to_pickle", "read_pickle", "eval"}
"""Of whatever object: an archive that says where to, pandas that runs text as code."""


def faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the reason of each fault."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names]
            for name in {name.split(".")[0] for name in names} & MODULES.keys():
                yield node.lineno, f"{name} {MODULES[name]}"
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, reason) for reason in _call_faults(node))


def _call_faults(call: ast.Call) -> Iterator[str]:
    said = {word.arg: word.value for word in call.keywords}
    runs = isinstance(call.func, ast.Attribute) and call.func.attr in RUNNERS
    if runs and "shell" in said and not _is(said["shell"], value=False):
        yield "shell=True"
    if "allow_pickle" in said and not _is(said["allow_pickle"], value=False):
        yield "allow_pickle=True"
    match call.func:
        case ast.Name(id=name) if name in NAMES:
            yield f"{name}()"
        case ast.Attribute(value=ast.Name(id=owner), attr=method) if (owner, method) in METHODS:
            yield f"{owner}.{method}: {METHODS[owner, method]}"
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="load"):
            if "allow_pickle" not in said:
                yield "np.load without allow_pickle=False"
        case ast.Attribute(attr=method) if method in ANY_METHOD:
            yield f".{method}()"


def _is(node: ast.expr, *, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_no_source_file_runs_data_as_code() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 100
    found = [
        f"{name}:{line}: {reason}"
        for file in files
        for line, reason in faults(ast.parse(file.read_bytes()))
        if (name := file.relative_to(PACKAGE).as_posix()) not in WITHIN_SPARK
        or not reason.startswith("pickle ")
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "import pickle",
        "from pickle import loads",
        "import os; os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=maybe)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text)",
        "archive.extractall(folder)",
        "frame.eval(text)",
        "pd.read_pickle(path)",
    ],
)
def test_the_test_itself_sees_what_it_should(code: str) -> None:
    assert list(faults(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["np.load(p, allow_pickle=False)", "run(a, shell=False)", "box(shell=True)"]
)
def test_the_test_itself_lets_the_rest_be(code: str) -> None:
    assert not list(faults(ast.parse(code)))


WAYS_TO_RUN_TEXT = re.compile(
    r"\beval\s*\(|new\s+Function\s*\(|document\.write|insertAdjacentHTML|"
    r"(?:inner|outer)HTML\s*\+?=(?!=)|set(?:Timeout|Interval)\s*\(\s*[\"'`]"
)


def test_no_script_of_the_pages_runs_text_or_sets_it_as_html() -> None:
    scripts = sorted(PACKAGE.rglob("*.js"))
    assert len(scripts) > 5
    found = [
        f"{script.name}:{number}: {line.strip()[:80]}"
        for script in scripts
        for number, line in enumerate(script.read_text("utf-8").splitlines(), 1)
        if WAYS_TO_RUN_TEXT.search(line)
    ]
    assert found == []
