"""Every example of the help runs, as text and as JSON, on files as a planner has them."""

import argparse
import json
import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from bureau import lay_out
from conftest import ROOT

from parkgeo import __version__
from parkgeo.cli import COMMANDS, main, parser


def _helps() -> dict[str, str]:
    """The help of each command, and of what it can do."""
    found: dict[str, str] = {}

    def walk(top: argparse.ArgumentParser) -> None:
        for action in top._actions:
            if isinstance(action, argparse._SubParsersAction):
                for one in action.choices.values():
                    found[one.prog] = one.format_help()
                    walk(one)

    walk(parser(*COMMANDS))
    return found


HELPS = _helps()
EXAMPLES = [
    line.strip()
    for text in HELPS.values()
    for line in re.findall(r"^  parkgeo .*$", text.partition("examples / 示例:")[2], re.MULTILINE)
]
FINDS_ERRORS = {"parkgeo check amap.geojson --reference roads.gpkg --map found.html"}
"""What the example is there to show: the file is not on the datum that it says."""
OFFLINE = [one for one in EXAMPLES if one != "parkgeo assets fetch --all-folium"]


def _documented() -> dict[str, tuple[set[str], set[str]]]:
    """The keys of each result that the page promises, and those that are there on request."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    section = page.partition("keys of `result`")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    found = {}
    for command, cell in rows:
        keys = cell.partition(";")[0]
        optional = set(re.findall(r"\*`(\w+)`\*", keys))
        found[command] = (set(re.findall(r"`(\w+)`", keys)) - optional, optional)
    return found


DOCUMENTED = _documented()


def test_the_page_says_what_each_result_holds() -> None:
    assert {*DOCUMENTED} == {*COMMANDS}


@pytest.mark.parametrize("page", ["docs/cli.md", "docs/zh/cli.md"])
def test_the_pages_name_every_command_and_exit_code(page: str) -> None:
    told = (ROOT / page).read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"`{name}`" in told
    for code in (0, 1, 2, 70, 130, 141):
        assert f"\n| {code} | " in told


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied = Path(shutil.copytree(laid_out, tmp_path / "desk"))
    monkeypatch.chdir(copied)
    return copied


@pytest.mark.parametrize("command", [name for name in HELPS if name != "parkgeo assets"])
def test_help_is_in_both_languages_with_examples(command: str) -> None:
    told = HELPS[command]
    assert "examples / 示例:" in told
    assert f"\n  {command}" in told.partition("examples / 示例:")[2]
    assert re.search(r"[一-鿿]", told.partition("examples")[0])
    for option in ("--json", "--quiet", "--traceback"):
        assert option in told


@pytest.mark.parametrize("example", OFFLINE)
@pytest.mark.usefixtures("desk", "agg")
@pytest.mark.filterwarnings("ignore:.*font:UserWarning")
def test_example_runs(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for word in shlex.split(example)[1:] if word != "--json"]
    code = 1 if example in FINDS_ERRORS else 0
    assert main(words) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    for name in _written(words):
        assert Path(name).exists()
    # The same again for a machine; a result that is there is replaced, but for a fixed file.
    again = [*words, "--json", *(["--overwrite"] if "--fix" in words else [])]
    assert main(again) == code
    told = capsys.readouterr()
    content = json.loads(told.out)
    assert told.err == ""
    assert [*content] == ["command", "version", "inputs", "result", "files", "warnings"]
    required, optional = DOCUMENTED[words[0]]
    assert required <= content["result"].keys() <= required | optional
    assert (content["command"], content["version"]) == (words[0], __version__)
    assert all(Path(path).exists() for path in content["files"])
    assert {Path(name).name for name in _written(words)} <= {Path(p).name for p in content["files"]}


def _written(words: list[str]) -> list[str]:
    """What an example says that it writes."""
    flags = {"-o", "--map", "--fix", "--figure", "--scattered", "--frontier"}
    files = [after for word, after in pairwise(words) if word in flags]
    return [name for name in files if Path(name).suffix]
