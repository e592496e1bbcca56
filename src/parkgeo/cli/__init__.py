"""The command line: every engine without Python.

Each command is a module with two functions: ``add`` says what it takes, ``run`` does it and hands
back an outcome. This module chooses the command and tells the outcome: as text, or with ``--json``
as one document. Results go to stdout; notes, warnings and progress to stderr. Modules of commands
are loaded when they are chosen, so that ``parkgeo --help`` is quick.
"""

import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final

from parkgeo import __version__, _progress
from parkgeo.cli._help import Parser, WrongUsageError
from parkgeo.cli._table import flat
from parkgeo.cli._task import Outcome, Task
from parkgeo.errors import ParkgeoError

__all__ = ["COMMANDS", "main", "parser"]

COMMANDS: Final = {
    "demo": "measure and overlap the bundled extents / 演示",
    "area": "official area of each row / 椭球面积",
    "overlap": "what lies on what, in km² and mu / 重叠分析",
    "partition": "ground cut into faces, each with the brands on it / 叠置分面",
    "concentration": "what share of the land lies inside the zones / 集中度",
    "plan": "the least-cost way to the target / 达标方案",
    "fourbounds": "from the words of a range to a polygon / 四至转多边形",
    "agglomeration": "whether industry stands together / 产业集聚",
    "map": "a map that opens without a network, or a figure / 地图",
    "report": "one page of extents, overlaps and concentration / 评估报告",
    "convert": "change format and datum / 格式与坐标系转换",
    "check": "what is wrong with a boundary file, and a new one put right / 检查与修复",
    "datum": "on which datum a file stands / 坐标基准识别",
    "assets": "scripts that folium's plugins need without a network / 离线资源",
    "info": "versions, for a report of a fault / 版本信息",
    "completion": "completion of commands for your shell / 命令补全",
}
"""The commands, in the order of the help, and what each is for."""

_DONE: Final = 0
_FAILED: Final = 1
_WRONG_USAGE: Final = 2
_FAULT: Final = 70
"""EX_SOFTWARE of sysexits.h: a fault of the program and not of what it was given."""
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141
"""128 and the number of SIGPIPE, as a shell reports it."""

_OPTIONS: Final = {
    "crs=": "--crs",
    "datum=": "--from",
    "encoding=": "--encoding",
    "layer=": "--layer",
    "aliases=": "--alias",
    "repair=": "--repair",
    "system=": "--class-system",
    "classes=": "--classes",
    "extend_per_mu": "--extend",
    "move_per_mu": "--move",
    "convert_per_mu": "--convert",
}
"""What the library's words are called here."""
_OF_A_FILE: Final = ("--crs", "--from", "--encoding", "--layer", "--alias")
"""Those that the second file has for itself, with its name before them."""
_EPILOG: Final = """\
exit codes / 退出码:
  0    done / 完成
  1    cannot be done, or checked and found wrong / 无法完成，或检查发现问题
  2    wrong usage / 用法有误
  70   a fault of the program / 程序内部错误
  130  stopped by Ctrl-C / 用户中断
  141  the reader of a pipe went away / 管道关闭

parkgeo COMMAND --help shows what a command takes, with examples / 查看命令的参数和示例"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process where null.

    Returns
    -------
    The exit code.

    Raises
    ------
    SystemExit
        With 2 for wrong usage, and with 0 once help was shown.

    Examples
    --------
    >>> main(["fourbounds", "东至绕城高速,南至云霄路,西至云涛北路,北至下确桥港"])
    block side  reference  kind relation
    -     east  绕城高速   road line
    ...
    0
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    _prepare_streams(as_json=as_json)
    command = _command_of(words)
    try:
        chosen = parser(command).parse_args(words)
    except WrongUsageError as error:
        _tell_wrong_usage(error, command, as_json=as_json)
        raise SystemExit(_WRONG_USAGE) from None
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ImportError as error:
        print(f"parkgeo {command}: {flat(error)}; install parkgeo again", file=sys.stderr)
        return _FAULT
    return _told(Task(chosen))


def parser(*commands: str | None) -> Parser:
    """Return the parser, with what the named commands take; all others are only listed."""
    top = Parser(
        prog="parkgeo",
        description="Development zones as geometry that can be defended.\n开发区（园区）空间分析",
    )
    top.epilog = _EPILOG
    top.add_argument(
        "--version",
        action="version",
        version=f"parkgeo {__version__}",
        help="show the version / 显示版本",
    )
    listed = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in COMMANDS.items():
        command = listed.add_parser(name, help=what)
        if name in commands:
            import_module(f"parkgeo.cli._{name}").add(command)
    return top


def _command_of(words: Sequence[str]) -> str | None:
    return next((word for word in words if not word.startswith("-")), None)


def _prepare_streams(*, as_json: bool) -> None:
    """Let nothing fail for a letter that the terminal does not have; JSON is always UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A pipe on Chinese Windows takes GBK, which has no ².
            stream.reconfigure(errors="replace", encoding="utf-8" if as_json else None)


def _tell_wrong_usage(error: WrongUsageError, command: str | None, *, as_json: bool) -> None:
    if as_json:
        _print_error(command, "WrongUsage", str(error), [], _WRONG_USAGE)
    else:
        name = f" {command}" if command in COMMANDS else ""
        print(f"{error.usage}parkgeo{name}: error: {flat(error)}", file=sys.stderr)
        print(f"see parkgeo{name} --help / 用法见帮助", file=sys.stderr)


def _told(task: Task) -> int:
    """Run the command, and tell what became of it."""
    try:
        with _warnings_told(task), _progress_shown(task):
            outcome = _run(task)
            _emit(task, outcome)
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as head, has seen enough; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _failed(task, "Interrupted", "stopped / 已中断", _INTERRUPTED)
    except (ParkgeoError, OSError, MemoryError) as error:
        return _failed(task, type(error).__name__, _words_of(task, error), _FAILED)
    except Exception as error:  # noqa: BLE001 - nobody else is left to say it
        message = (
            f"internal error, {type(error).__name__}: {error}; this is a fault of parkgeo: please "
            "report the command, what parkgeo info prints, and what --traceback adds / "
            "程序内部错误，请附上命令、parkgeo info 的输出和 --traceback 的内容反馈"
        )
        return _failed(task, type(error).__name__, message, _FAULT)
    return _FAILED if outcome.wrong is not None else _DONE


def _run(task: Task) -> Outcome:
    import_module("parkgeo.cli._output").require_places(task)
    found: Outcome = import_module(f"parkgeo.cli._{task.chosen.command}").run(task)
    return found


def _emit(task: Task, outcome: Outcome) -> None:
    if task.chosen.json:
        content = {
            "command": task.chosen.command,
            "version": __version__,
            "inputs": task.inputs,
            "result": outcome.result,
            "files": task.files,
            "warnings": task.warnings,
        }
        print(import_module("parkgeo.cli._plain").document(content))
        return
    for text in outcome.shown:
        print(text)
    if outcome.wrong:
        sys.stdout.flush()
        _print_failure(task, outcome.wrong)


def _failed(task: Task, kind: str, message: str, code: int) -> int:
    if task.chosen.traceback:
        traceback.print_exc()
    if task.chosen.json:
        _print_error(task.chosen.command, kind, message, task.warnings, code)
    else:
        _print_failure(task, message)
    return code


def _print_failure(task: Task, message: str) -> None:
    lines = [flat(line) for line in message.splitlines()] or [""]
    print("\n".join([f"parkgeo {task.chosen.command}: {lines[0]}", *lines[1:]]), file=sys.stderr)


def _print_error(
    command: str | None, kind: str, message: str, warned: list[str], code: int
) -> None:
    content = {
        "command": command,
        "version": __version__,
        "error": {"type": kind, "message": message},
        "exit_code": code,
        "warnings": warned,
    }
    print(json.dumps(content, ensure_ascii=False, indent=1), file=sys.stderr)


def _words_of(task: Task, error: Exception) -> str:
    """Say in plain words what the system said with a number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError) and not str(error):
        return "not enough memory; close other programs, or give a part of the rows"
    said = str(error)
    named = (_named(task, option) for word, option in _OPTIONS.items() if word in said)
    options = [option for option in named if option]
    return f"{said} (here: {', '.join(options)})" if options else said


def _named(task: Task, option: str) -> str | None:
    """Name the option of the file that was being read; null where that file has none."""
    of, files = task.reading, task.option("reads") or ()
    if option not in _OF_A_FILE or of is None or of in files[:1]:
        return option
    return f"--{of}-{option[2:]}" if hasattr(task.chosen, f"{of}_crs") else None


@contextmanager
def _warnings_told(task: Task) -> Iterator[None]:
    """Tell warnings that are meant for a user, in a line each."""

    def tell(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:  # noqa: ANN401
        if issubclass(category, UserWarning | RuntimeWarning):
            task.warn(str(message))

    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=UserWarning)
        warnings.showwarning = tell
        yield


@contextmanager
def _progress_shown(task: Task) -> Iterator[None]:
    """Show bars to a person only, who wants them."""
    if sys.stderr.isatty() and not task.chosen.quiet:
        yield
    else:
        with _progress.hidden():
            yield
