"""A progress bar for work that takes longer than two seconds."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from threading import Event, Timer
from typing import Any, TypeVar

__all__ = ["hidden", "progress", "said", "watched"]

Item = TypeVar("Item")

_HIDDEN = Event()
"""Set while nothing is to be shown, for all threads."""


@contextmanager
def hidden() -> Iterator[None]:
    """Show no bars and lines meanwhile: nobody looks, or stderr is a file.

    Examples
    --------
    >>> with hidden():
    ...     list(watched("ab", doing="reading", total=2))
    ['a', 'b']
    """
    before = _HIDDEN.is_set()
    _HIDDEN.set()
    try:
        yield
    finally:
        if not before:
            _HIDDEN.clear()


def watched(items: Iterable[Item], *, doing: str, total: int) -> Iterator[Item]:
    """Hand items on, with a bar on stderr or in the notebook once two seconds have passed.

    Parameters
    ----------
    items
        What is worked on, one after the other.
    doing
        What the bar says.
    total
        How many there will be.

    Examples
    --------
    >>> list(watched("ab", doing="reading", total=2))
    ['a', 'b']
    """
    yield from _tqdm()(items, desc=doing, total=total, delay=2.0, leave=False, **_shown())


@contextmanager
def progress(*, doing: str, total: int, done: int, unit: str) -> Iterator[Any]:
    """Give a bar that is moved by hand, by ``update``, and shows once two seconds have passed.

    Parameters
    ----------
    doing
        What the bar says.
    total
        How many there are.
    done
        How many of them an earlier run has done.
    unit
        What is counted: "parcels".

    Examples
    --------
    >>> with progress(doing="measuring", total=2, done=1, unit="parcels") as bar:
    ...     _ = bar.update(1)
    """
    with _tqdm()(
        desc=doing,
        total=total,
        initial=done,
        unit=f" {unit}",
        unit_scale=True,
        delay=2.0,
        leave=False,
        **_shown(),
    ) as bar:
        yield bar


@contextmanager
def said(what: str, *, after_s: float = 0.0) -> Iterator[None]:
    """Show a line on stderr for as long as something takes that cannot be counted.

    Parameters
    ----------
    what
        The line.
    after_s
        Seconds until it is shown, for what is done in no time mostly.

    Examples
    --------
    >>> with said("compiling"):
    ...     pass
    """
    # The plain one: this may come from a thread, where a notebook shows no bars.
    from tqdm.std import tqdm  # noqa: PLC0415

    with ExitStack() as shown:

        def show() -> None:
            shown.enter_context(tqdm(desc=what, bar_format="{desc}", leave=False, **_shown()))

        if after_s <= 0:
            show()
            yield
            return
        later = Timer(after_s, show)
        later.daemon = True
        later.start()
        try:
            yield
        finally:
            later.cancel()
            later.join()


def _shown() -> dict[str, Any]:
    """Say that a bar is not to be seen; else what TQDM_DISABLE says holds."""
    return {"disable": True} if _HIDDEN.is_set() else {}


@cache
def _tqdm() -> Any:  # noqa: ANN401
    if find_spec("ipywidgets") is None:
        # A notebook without it gets a bar of characters, and needs no warning for it; to catch that
        # warning would not do, since threads that work meanwhile put the filters back.
        from tqdm.std import tqdm as plain  # noqa: PLC0415

        return plain
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # noqa: PLC0415 - asks for the notebook only where it is used
    return tqdm
