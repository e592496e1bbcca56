"""The how-to pages: their code runs as it stands, and says the same in both languages."""

import ast
import inspect
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from docs_pages import DOCS, blocks, cells, ran, shape

import parkgeo as pg
from parkgeo import errors
from parkgeo.cli import main

ENGLISH = DOCS / "howto"
CHINESE = DOCS / "zh" / "howto"
PAGES = sorted(path.name for path in ENGLISH.glob("*.md") if path.name != "index.md")
SHOWN = ("python", "bash", "console")
WANTED = {
    "errors.md",
    "excel.md",
    "gaode-maps.md",
    "gbk-shapefiles.md",
    "intranet.md",
    "large-files.md",
    "new-city.md",
    "new-land-use-system.md",
    "spark.md",
}


def test_every_page_is_there_in_both_languages() -> None:
    assert set(PAGES) == WANTED
    assert {path.name for path in CHINESE.glob("*.md")} == {*PAGES, "index.md"}


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_the_same_code(name: str) -> None:
    ours, theirs = cells(ENGLISH / name), cells(CHINESE / name)
    # A page asks for words in its own language.
    theirs = [code.replace('language="zh"', 'language="en"') for code in theirs]
    assert [shape(code) for code in ours] == [shape(code) for code in theirs]
    ours, theirs = blocks(ENGLISH / name, "python"), blocks(CHINESE / name, "python")
    assert [shape(code) for code in ours] == [shape(code) for code in theirs]
    for kind in ("bash", "console"):
        ours, theirs = (_commands(folder / name, kind) for folder in (ENGLISH, CHINESE))
        assert ours == theirs


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_as_a_script_in_an_empty_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "\n".join(cells(ENGLISH / name))
    commands = _commands(ENGLISH / name, "console")
    assert code or not commands
    if code:
        ran(code, tmp_path)
    (tmp_path / "page.py").unlink(missing_ok=True)
    monkeypatch.chdir(tmp_path)
    for command in commands:
        mark, program, *words = shlex.split(command)
        assert (mark, program) == ("$", "parkgeo"), "other commands stand in bash blocks"
        assert main(words) == 0, command


@pytest.mark.spark
def test_the_first_script_for_spark_runs_on_one_machine(tmp_path: Path) -> None:
    if shutil.which("java") is None and not os.environ.get("PARKGEO_REQUIRE_SPARK"):
        pytest.skip("no Java on the PATH; on Debian: apt-get install default-jre-headless")
    # PySpark 4.0 warns of any pandas 3, as the page says.
    quiet = "import warnings\nwarnings.filterwarnings('ignore', 'PySpark', FutureWarning)\n"
    printed = ran(quiet + blocks(ENGLISH / "spark.md", "python")[0], tmp_path)
    city = pg.datasets.synthetic_city()
    whole = pg.concentration.ratio(city.parcels, city.parks, classes="industry", by="district")
    for district, parcels in whole["n_parcels"].items():
        row = next(line for line in printed.splitlines() if line.startswith(str(district)))
        assert int(row.split()[-1]) == parcels


def _commands(page: Path, kind: str) -> list[str]:
    """List the lines of shell blocks, without what a reader is told beside them."""
    lines = "\n".join(blocks(page, kind)).splitlines()
    told = [re.sub(r"\s+#.*|^#.*", "", line).rstrip() for line in lines]
    return [line for line in told if line]


@pytest.mark.parametrize("name", PAGES)
def test_code_that_is_only_shown_compiles(name: str) -> None:
    for code in blocks(ENGLISH / name, "python"):
        ast.parse(code)
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here to parse the commands with")
    for code in blocks(ENGLISH / name, "bash"):
        subprocess.run([bash, "-n"], input=code, text=True, check=True)


@pytest.mark.parametrize("name", PAGES)
def test_commands_of_parkgeo_that_are_only_shown_are_understood(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in _commands(ENGLISH / name, "bash"):
        if not line.startswith("parkgeo "):
            continue
        # Their options are looked up, not obeyed: some of them need a network.
        words = shlex.split(line)[1:]
        commands = [word for word in words[:2] if word.isalpha() and word.islower()]
        with pytest.raises(SystemExit):
            main([*commands[: 2 if words[0] == "assets" else 1], "--help"])
        told = capsys.readouterr().out
        for word in words:
            if word.startswith("-"):
                assert word in told, line


@pytest.mark.parametrize("folder", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_page_of_errors_names_each_error_and_no_other(folder: Path) -> None:
    text = (folder / "errors.md").read_text("utf-8")
    named = re.findall(r"^## `(\w+Error)`", text, re.MULTILINE)
    family = [
        name
        for name, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, errors.ParkgeoError) and found is not errors.ParkgeoError
    ]
    assert sorted(named) == sorted(family)
    for name in family:
        builtin = next(
            base for base in getattr(errors, name).__bases__ if base is not errors.ParkgeoError
        )
        heading = text.index(f"## `{name}`")
        assert f"`{builtin.__name__}`" in text[heading : text.find("\n## ", heading + 1)]


def _warnings_of_the_library() -> list[str]:
    """Collect the words of each warning that parkgeo itself gives."""
    found = []
    texts = (path.read_text("utf-8") for path in Path(errors.__file__).parent.rglob("*.py"))
    for text in texts:
        if "warnings.warn(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn"
            if called and isinstance(node, ast.Call):
                parts = [
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                found.append(max(parts, key=len).strip(" ;,"))
    return found


@pytest.mark.parametrize("folder", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_page_of_errors_quotes_each_warning_of_the_library(folder: Path) -> None:
    text = " ".join((folder / "errors.md").read_text("utf-8").split())
    said = _warnings_of_the_library()
    assert said
    for words in said:
        assert max(words.split("; "), key=len)[:40] in text, words
