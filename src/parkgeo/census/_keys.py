"""Ids as registers write them: text, numbers of a spreadsheet, blanks."""

import unicodedata
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.errors import SchemaError, UnknownNameError

Texts = NDArray[np.object_]


def keys_of(values: "pd.Series | pd.Index") -> Texts:
    """Read ids as text without spaces around them; None where there is none.

    A spreadsheet turns 330106001 into 330106001.0, which is the same id.
    """
    try:
        places, distinct = pd.factorize(values)
    except TypeError as error:
        raise SchemaError(
            f"column {values.name}: an id is text or a number, one in a row: {error}; with several "
            "ids in a row, use explode() on the column",
        ) from error
    read = np.array([*map(_text, distinct), None], dtype=object)
    return np.asarray(read[places], dtype=object)


def ids_of(frame: pd.DataFrame, name: str) -> Texts:
    """Read the ids of a frame; its index where it has no such column."""
    return keys_of(frame[name] if name in frame.columns else frame.index)


def required_keys(frame: pd.DataFrame, name: str, what: str) -> Texts:
    """Read the ids of a column that must be there."""
    if name == frame.index.name and name not in frame.columns:
        return keys_of(frame.index)
    return keys_of(column_of(frame, name, what))


def column_of(frame: pd.DataFrame, name: str, what: str) -> "pd.Series[Any]":
    """Return a column, or offer the nearest name."""
    known = [str(column) for column in frame.columns]
    if known.count(name) > 1:
        raise SchemaError(f"{what}: several columns are named {name!r}; keep one of them")
    if name in known:
        return frame[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise UnknownNameError(f"{what} have no column {name!r}; {hint}")


def _text(value: object) -> str | None:
    if isinstance(value, Real) and not isinstance(value, bool | Integral):
        number = float(value)
        value = int(number) if number.is_integer() else value
    return unicodedata.normalize("NFKC", str(value)).strip() or None
