"""A progress bar for work that takes longer than two seconds."""

import warnings
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["watched"]

Item = TypeVar("Item")


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
    with warnings.catch_warnings():
        # A notebook without ipywidgets gets a bar of characters, and needs no warning for it.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # noqa: PLC0415 - asks for the notebook only where it is used

    yield from tqdm(items, desc=doing, total=total, delay=2.0, leave=False)
