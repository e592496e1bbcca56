"""What can go wrong, as one family of errors.

Each error also inherits the builtin that fits, so that ``except ValueError`` still works. A
message says what was found, in which rows, and what to do about it.
"""

import re
from collections.abc import Iterable
from typing import Final

__all__ = [
    "AmbiguousNameError",
    "CRSMismatchError",
    "GeometryError",
    "MissingCRSError",
    "MissingExtraError",
    "ParkgeoError",
    "SchemaError",
    "UnknownNameError",
    "UnresolvedBoundsError",
    "first_rows",
]


_WORD: Final = re.compile(r"\S{500,}")
_MOST: Final = 10_000


class ParkgeoError(Exception):
    """Root of every error that parkgeo raises on purpose.

    A message quotes what was found; what is far too long to be read, such as a column name of a
    damaged file, is shortened in it.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*(_readable(one) if isinstance(one, str) else one for one in args))


class MissingCRSError(ParkgeoError, ValueError):
    """A frame does not say in which coordinate system, or on which datum, it stands."""


class CRSMismatchError(ParkgeoError, ValueError):
    """Two frames, or a frame and its coordinates, disagree about the CRS."""


class SchemaError(ParkgeoError, ValueError):
    """A frame or a file lacks columns, values or structure that it must have."""


class GeometryError(ParkgeoError, ValueError):
    """A geometry cannot be used as it is: wrong type, invalid, not finite."""


class UnknownNameError(ParkgeoError, KeyError):
    """A name was not found; the message offers the nearest ones."""

    def __str__(self) -> str:
        """Return the message itself; ``KeyError`` would show its repr."""
        return str(self.args[0]) if self.args else ""


class AmbiguousNameError(ParkgeoError, ValueError):
    """A name fits several things and nothing says which is meant."""


class UnresolvedBoundsError(ParkgeoError, ValueError):
    """Published bounds could not be turned into any polygon."""


class MissingExtraError(ParkgeoError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


def first_rows(labels: Iterable[object], *, most: int = 5) -> str:
    """Name the first few rows for a message.

    Parameters
    ----------
    labels
        Index labels of the rows in question, in any order that the reader would expect.
    most
        How many to name.

    Returns
    -------
    The labels as text, with the number of those left out.

    Examples
    --------
    >>> first_rows(range(7))
    '0, 1, 2, 3, 4 and 2 more'
    """
    rows = list(labels)
    named = ", ".join(_short(label) for label in rows[:most])
    rest = len(rows) - most
    return f"{named} and {rest} more" if rest > 0 else named


def _readable(message: str) -> str:
    """Cut words and messages that nobody can read, and say that they were longer."""
    cut = _WORD.sub(lambda word: f"{word[0][:100]}…{word[0][-100:]}", message)
    return cut if len(cut) <= _MOST else f"{cut[:_MOST]}… ({len(cut) - _MOST:,} characters more)"


def _short(label: object, *, most: int = 40) -> str:
    text = repr(label)
    return text if len(text) <= most else f"{text[:most]}…"


def __dir__() -> list[str]:
    return sorted(__all__)
