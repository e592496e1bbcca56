"""``parkgeo completion``: a script that completes commands and options in a shell."""

import argparse
from importlib import import_module

import shtab

from parkgeo.cli._help import describe
from parkgeo.cli._task import Outcome, Task

__all__ = ["add", "run"]

_NOTES = """\
to keep it / 长期使用:
  bash        parkgeo completion bash > ~/.local/share/bash-completion/completions/parkgeo
  zsh         parkgeo completion zsh > ~/.zfunc/_parkgeo    (with fpath+=~/.zfunc in ~/.zshrc)
  fish        parkgeo completion fish > ~/.config/fish/completions/parkgeo.fish
  powershell  parkgeo completion powershell >> $PROFILE"""


def add(command: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    command.add_argument(
        "shell", choices=("bash", "zsh", "fish", "powershell"), help="your shell / 所用的命令行"
    )
    describe(
        command,
        "Print a script with which the Tab key completes commands, options and files.",
        "输出命令补全脚本：按 Tab 键补全命令、选项和文件名。",
        examples=[("parkgeo completion bash", "the script / 输出脚本")],
        notes=_NOTES,
    )


def run(task: Task) -> Outcome:
    """Write the script."""
    cli = import_module("parkgeo.cli")  # itself loads this module
    parser = cli.parser(*cli.COMMANDS)
    _complete_files(parser)
    script = shtab.complete(parser, shell=task.chosen.shell)
    return Outcome({"shell": task.chosen.shell, "script": script}, shown=[script])


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """Let every word that may be a file complete as one."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to walk
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                _complete_files(command)
        elif action.nargs != 0 and action.choices is None:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
