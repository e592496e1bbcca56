"""From plain Python loops to machine code, only when large input asks for it."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from parkgeo._progress import said

P = ParamSpec("P")
R = TypeVar("R")

COMPILING: Final = "compiling loops for this machine, once: some seconds each"

_FORMULAS: list[Callable[..., Any]] = []


def formula(function: Callable[P, R]) -> Callable[P, R]:
    """Let compiled loops call a function, which stays a plain function for everyone else."""
    _FORMULAS.append(function)
    return function


@cache
def compiled(loop: Callable[..., None]) -> Callable[..., None]:
    """Return the machine code of a loop of this package, from the cache on disk where it is.

    Importing numba and loading the code takes about half a second, compiling it about three, so
    callers come here for large input only.
    """
    numba = _numba()
    try:
        fast = numba.njit(cache=True, nogil=True, error_model="numpy")(loop)
    except RuntimeError:  # no folder to cache in can be written
        fast = numba.njit(nogil=True, error_model="numpy")(loop)
    else:
        _forget_older(Path(fast.stats.cache_path))
    return fast  # type: ignore[no-any-return]


def _forget_older(folder: Path) -> None:
    """Remove indices of machine code that is older than any of the sources here.

    Numba looks at the file of the loop alone, and not at those of the formulas that it calls.
    """
    newest = max(source.stat().st_mtime for source in Path(__file__).parent.rglob("*.py"))
    for index in folder.glob("*.nbi"):
        with suppress(FileNotFoundError):  # another process may have been first
            if index.stat().st_mtime < newest:
                index.unlink()


@cache
def _numba() -> Any:  # noqa: ANN401
    """Import numba and let compiled loops call the formulas."""
    import numba  # noqa: PLC0415
    from numba.core import event  # noqa: PLC0415
    from numba.extending import register_jitable  # noqa: PLC0415

    for function in _FORMULAS:
        register_jitable(error_model="numpy")(function)
    event.register("numba:compile", _teller())  # type: ignore[no-untyped-call]
    return numba


def _teller() -> Any:  # noqa: ANN401
    """Return what says that loops of this package are compiled, for as long as they are.

    Numba tells of what it compiles, and not of what it finds in its cache; of one loop at a time,
    and within it of the formulas that it calls.
    """
    from numba.core.event import Event, Listener  # noqa: PLC0415

    class Teller(Listener):
        def __init__(self) -> None:
            self.depth = 0
            self.line = ExitStack()

        def on_start(self, event: Event) -> None:
            ours = event.data["dispatcher"].py_func.__module__.startswith("parkgeo.")
            if ours and self.depth == 0:
                self.line.enter_context(said(COMPILING))
            self.depth += ours

        def on_end(self, event: Event) -> None:
            self.depth -= event.data["dispatcher"].py_func.__module__.startswith("parkgeo.")
            if self.depth == 0:
                self.line.close()

    return Teller()
