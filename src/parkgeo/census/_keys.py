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
    read = np.array([*map(_text, np.asarray(distinct, dtype=object)), None], dtype=object)
    return np.asarray(read[places], dtype=object)


def ids_of(frame: pd.DataFrame, name: str) -> Texts:
    """Read the ids of a frame; its index where it has no such column."""
    there = name in frame.columns
    return keys_of(column_of(frame, name, "the frame") if there else frame.index)


def among(keys: "pd.Series", others: "pd.Series | pd.Index") -> "pd.Series[bool]":
    """Tell which ids are among others; none is.

    The same as ``isin``, which takes ten times as long for text.
    """
    there = pd.Index(pd.Index(others).dropna().unique(), dtype=object)
    at = there.get_indexer(pd.Index(keys.to_numpy(dtype=object), dtype=object))
    return pd.Series(at >= 0, index=keys.index)


def require_table(frame: object, what: str) -> None:
    """Refuse what is no frame."""
    if not isinstance(frame, pd.DataFrame):
        raise SchemaError(
            f"{what} must be a DataFrame or GeoDataFrame, not a {type(frame).__name__}; read one "
            "with parkgeo.read or pandas.read_csv",
        )


def column_of(frame: pd.DataFrame, name: str, what: str, *, by: str = "") -> "pd.Series[Any]":
    """Return a column, or offer the nearest name, and the argument ``by`` that names another."""
    require_table(frame, what)
    known = [str(column) for column in frame.columns]
    if known.count(name) > 1:
        raise SchemaError(f"{what}: several columns are named {name!r}; keep one of them")
    if name in known:
        return frame[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    said = f"; say which it is with {by}" if by else ""
    raise UnknownNameError(f"{what} have no column {name!r}; {hint}{said}")


def _text(value: object) -> str | None:
    if isinstance(value, Real) and not isinstance(value, bool | Integral):
        number = float(value)
        value = int(number) if number.is_integer() else value
    # Half characters cannot stand in a column of text.
    text = str(value).encode("utf-8", "backslashreplace").decode()
    return unicodedata.normalize("NFKC", text).strip() or None
