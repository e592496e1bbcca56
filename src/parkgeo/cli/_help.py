"""How commands present themselves: help in two languages, and wrong usage as an error."""

import argparse
import re
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, NoReturn
from unicodedata import east_asian_width

Commands = argparse._SubParsersAction  # noqa: SLF001, the only name that argparse gives it

__all__ = ["Commands", "Parser", "WrongUsageError", "describe"]

_WIDTH: Final = 92
_OPTIONAL: Final[dict[int | str | None, str]] = {"?": "[{}]", "*": "[{} ...]"}
_WIDE: Final = re.compile(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]")
_CHOICE: Final = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


class WrongUsageError(Exception):
    """Words that mean nothing, with the usage and what is wrong."""

    def __init__(self, usage: str, message: str) -> None:
        super().__init__(message)
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong, so that it can be told as text or as JSON."""

    def __init__(self, *, prog: str | None = None, description: str | None = None) -> None:
        # Abbreviated options would change their meaning with every option that comes.
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=_Formatter,
            allow_abbrev=False,
            add_help=False,
        )
        self._positionals.title = "arguments / 参数"
        self._optionals.title = "options / 选项"
        self.add_argument("-h", "--help", action="help", help="show this help / 显示帮助")

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and leaving; name what was probably meant."""
        if found := _CHOICE.search(message):
            near = get_close_matches(found[1], re.findall(r"[\w-]+", found[2]), n=1)
            message += f"; did you mean {near[0]!r}?" if near else ""
        raise WrongUsageError(self.format_usage(), message)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help whose English and Chinese stand on lines of their own, as wide as they look."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=_WIDTH)

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            # argparse forgets that commands are indented, and breaks the line after the longest.
            self._action_max_length += self._indent_increment

    def _split_lines(self, text: str, width: int) -> list[str]:
        return [line for said in text.splitlines() for line in _fitted(said, width)]


def describe(
    command: argparse.ArgumentParser,
    english: str,
    chinese: str,
    *,
    examples: Sequence[tuple[str, str]],
    notes: str = "",
) -> None:
    """Say what a command does, with examples, and add what every command takes.

    To be called when all that is its own has been added. An example is a line to type, and what
    comes of it.
    """
    _add_common(command)
    command.usage = _usage(command)
    command.description = f"{english}\n{chinese}"
    lines = ["examples / 示例:"]
    for typed, what in examples:
        lines += [f"  {typed}", f"      {what}"]
    command.epilog = "\n".join([*lines, *(["", notes] if notes else [])])


def _add_common(command: argparse.ArgumentParser) -> None:
    common = command.add_argument_group("for scripts / 供脚本使用")
    common.add_argument(
        "--json", action="store_true", help="print one JSON document / 以 JSON 格式输出"
    )
    common.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="no progress and no notes on stderr / 不显示进度和提示",
    )
    common.add_argument(
        "--traceback",
        action="store_true",
        help="where in the program an error arose / 出错时显示程序位置",
    )


def _usage(command: argparse.ArgumentParser) -> str:
    """Name what must be said; options stand below."""
    words = [command.prog, "[options]"]
    for action in command._actions:  # noqa: SLF001 - argparse has no other way to walk
        name = str(action.metavar or action.dest.upper())
        if action.option_strings:
            words += [f"{action.option_strings[0]} {name}"] if action.required else []
        else:
            words.append(_OPTIONAL.get(action.nargs, "{}").format(name))
    return " ".join(words)


def _fitted(said: str, width: int) -> list[str]:
    """Keep a line that fits; else English and Chinese have their own."""
    if _columns(said) <= width:
        return [said]
    return [line for part in said.split(" / ") for line in _wrapped(part, width)]


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _wrapped(text: str, width: int) -> list[str]:
    """Break lines where words end, or between Chinese characters."""
    lines, line = [], ""
    for piece in re.findall(rf"{_WIDE.pattern}|(?:(?!{_WIDE.pattern})\S)+\s*|\s+", text):
        if line and _columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [part for one in [*lines, line.rstrip()] for part in textwrap.wrap(one, width) or [""]]
