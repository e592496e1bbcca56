"""What stands in a page of the documentation, and whether it runs."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

__all__ = ["DOCS", "blocks", "cells", "ran", "shape"]

DOCS = Path(__file__).resolve().parents[1] / "docs"

_BLOCK = re.compile(
    r"^(?P<fence>`{3,})(?P<kind>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_OPTIONS = re.compile(r"\A(?:(?::[a-z-]+:[^\n]*\n)+|---\n.*?^---\n)", re.MULTILINE | re.DOTALL)


def blocks(page: Path, kind: str) -> list[str]:
    """List the fenced blocks of one kind, such as ``python``, without their options."""
    found = _BLOCK.finditer(page.read_text("utf-8"))
    return [
        _OPTIONS.sub("", block["text"], count=1)
        for block in found
        if block["kind"].strip() in (kind, f"{kind} ipython3")
    ]


def cells(page: Path) -> list[str]:
    """List the code that the build executes."""
    return blocks(page, "{code-cell}")


def shape(code: str, *, words: bool = True) -> str:
    """Return code without comments and layout; without its texts too where words may differ."""
    tree = ast.parse(code)
    if not words:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = ""
    return ast.unparse(tree)


def ran(code: str, folder: Path) -> str:
    """Run code as a script in a folder, with warnings as errors; return what it printed."""
    script = folder / "page.py"
    script.write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script.name],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
