"""What a command is asked, what it hands back, and what it says meanwhile."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from parkgeo.cli._table import flat

__all__ = ["Outcome", "Task"]


@dataclass(frozen=True)
class Outcome:
    """What a command found: once for machines, once for people."""

    result: Mapping[str, object]
    """What stands in the JSON document: plain values, frames, series."""
    shown: Iterable[str] = ()
    """What is printed else, made only then."""
    wrong: str | None = None
    """What was found wrong, or could not be done, though there is a result; the exit code is 1."""


@dataclass
class Task:
    """One run of a command."""

    chosen: argparse.Namespace
    inputs: list[dict[str, object]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reading: str | None = None
    """The argument whose file is being read: a fault found meanwhile is a fault of that file."""

    def note(self, text: str) -> None:
        """Say on stderr what goes on, to a person who wants to know."""
        if not (self.chosen.json or self.chosen.quiet):
            print(flat(text), file=sys.stderr)

    def warn(self, text: str) -> None:
        """Say once what may be wrong."""
        if text in self.warnings:
            return
        self.warnings.append(text)
        if not self.chosen.json:
            print(flat(f"parkgeo {self.chosen.command}: 提示 warning: {text}"), file=sys.stderr)

    def wrote(self, path: object) -> None:
        """Note a file that is now in its place."""
        self.files.append(str(path))
        self.note(f"written {path}")

    def option(self, name: str) -> Any:  # noqa: ANN401
        """Return what was said of an option, or null where the command does not have it."""
        return getattr(self.chosen, name, None)
