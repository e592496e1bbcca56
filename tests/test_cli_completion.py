"""Shells complete commands, options, choices and files; bash itself is asked."""

import shutil
import subprocess
from pathlib import Path

import pytest

from parkgeo.cli import COMMANDS, main

_ASK = """
source {script}
function=$(complete -p parkgeo | sed -E 's/.*-F ([^ ]+).*/\\1/')
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
COMPREPLY=()
$function
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    path = tmp_path / "parkgeo.bash"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def _completed(script: Path, *words: str) -> set[str]:
    quoted = " ".join(f"'{word}'" for word in words)
    asked = _ASK.format(script=script, words=quoted)
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return {line.rstrip("/") for line in done.stdout.splitlines() if line}


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on the PATH")
def test_bash_completes(script: Path) -> None:
    (script.parent / "zones.shp").touch()
    assert set(COMMANDS) <= _completed(script, "parkgeo", "")
    assert _completed(script, "parkgeo", "conc") == {"concentration"}
    assert {"--by", "--json", "--parks-crs"} <= _completed(script, "parkgeo", "concentration", "--")
    assert _completed(script, "parkgeo", "convert", "--from", "g") == {"gcj02"}
    assert _completed(script, "parkgeo", "map", "co") == {"compare", "concentration"}
    assert _completed(script, "parkgeo", "assets", "f") == {"fetch"}
    assert "zones.shp" in _completed(script, "parkgeo", "overlap", "zo")
    assert "zones.shp" in _completed(script, "parkgeo", "area", "-o", "zo")


@pytest.mark.parametrize(
    ("shell", "check"),
    [
        ("zsh", ["zsh", "-n"]),
        ("fish", ["fish", "--no-execute"]),
        ("powershell", ["pwsh", "-NoProfile", "-File"]),
    ],
)
def test_other_shells_read_their_script(
    shell: str, check: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert name in text
    if shutil.which(check[0]):
        path = tmp_path / "parkgeo.ps1"
        path.write_text(text, encoding="utf-8")
        subprocess.run([*check, path], check=True)
