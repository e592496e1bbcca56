"""Codes as people type them and as spreadsheets spoil them, put back into the form of a system."""

import re
import unicodedata
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.errors import SchemaError
from parkgeo.landuse._systems import Tree, find_system, nearest, tree

__all__ = ["check", "cleaned", "distinct_codes", "known_codes", "normalise", "spread"]

Places: TypeAlias = NDArray[np.intp]

_INVISIBLE: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\x00-\x1f]+")
_WHOLE: Final = re.compile(r"(\d+)\.0*")
_DIGITS: Final = 3

OLD_CODES: Final = frozenset(
    str(code)
    for codes in (range(101, 108), range(111, 120), range(121, 128), range(201, 206))
    for code in codes
)
"""Three-digit codes of GB/T 21010-2007 and of 城镇村 (201–205) that a lost zero could also make."""


def normalise(codes: pd.Series, *, system: str | None = None) -> pd.Series:
    """Put codes (地类编码) into the form of the standards.

    Excel turns ``0601`` into 601 or 601.0; people leave blanks and full-width letters. Digits in
    odd number have lost their leading zero and get it back. Three digits that are also a code of
    an older table, such as 101 (0101 paddy, or 101 railway of GB/T 21010-2007), get it only where
    the column has a code of four digits or more beside them; else they stay and :func:`check`
    reports them.

    Parameters
    ----------
    codes
        Text, numbers or both.
    system
        Where it is given, a zero is added, or a tag ``key=`` in OpenStreetMap, only if that makes
        a code of the system.

    Returns
    -------
    Text on the index of ``codes``; null stays null. What cannot be read stays as it is, trimmed.

    Raises
    ------
    SchemaError
        ``codes`` is not a series.
    UnknownNameError
        There is no such system.

    Examples
    --------
    >>> normalise(pd.Series([601.0, "0601 ", "Ｍ１"])).tolist()
    ['0601', '0601', 'M1']
    """
    key = None if system is None else find_system(system)
    places, distinct = distinct_codes(codes)
    return spread(_forms(distinct, key), places, codes, dtype="str")


def check(codes: pd.Series, *, system: str) -> pd.DataFrame:
    """Count the codes of a column and say which are not codes of the system.

    Look at this before a ratio is trusted: what is unknown here is unknown there.

    Parameters
    ----------
    codes
        Text, numbers or both, as they were read.
    system
        One of ``SYSTEMS``.

    Returns
    -------
    One row per value as it was found, the most frequent first. ``code`` (null in the row of the
    nulls), ``count``, ``status`` ("known": a code, at least once :func:`normalise` has read it;
    "unknown"; "null"), ``suggestion`` (for a known value that is not written as the standard has
    it: the code; for an unknown one: the nearest, or "").

    Raises
    ------
    SchemaError
        ``codes`` is not a series.
    UnknownNameError
        There is no such system.

    Examples
    --------
    >>> check(pd.Series([601, 601, None, "O601"]), system="三调").values.tolist()
    [[601, 2, 'known', '0601'], ['O601', 1, 'unknown', '0601'], [None, 1, 'null', '']]
    """
    key = find_system(system)
    places, distinct = distinct_codes(codes)
    forms = _forms(distinct, key)
    hierarchy = tree(key)
    # The nulls have place -1; a blank is a null too.
    counts = np.bincount(places + 1, minlength=len(distinct) + 1)
    counts[0] += sum(counts[1 + i] for i, form in enumerate(forms) if form is None)
    rows = [
        (value, int(count), *_verdict(value, form, hierarchy))
        for value, count, form in zip(distinct, counts[1:], forms, strict=True)
        if form is not None
    ]
    if counts[0]:
        rows.append((None, int(counts[0]), "null", ""))
    columns = list(zip(*rows, strict=True)) or [()] * 4
    table = pd.DataFrame(
        {
            "code": pd.Series(columns[0], dtype=object),
            "count": pd.Series(columns[1], dtype="int64"),
            "status": pd.Series(columns[2], dtype="str"),
            "suggestion": pd.Series(columns[3], dtype="str"),
        },
    )
    return table.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def known_codes(codes: pd.Series, system: str) -> tuple[Places, list[str | None]]:
    """Read each distinct code; None is what is null or not a code of the system."""
    names = tree(system).names
    places, distinct = distinct_codes(codes)
    return places, [form if form in names else None for form in _forms(distinct, system)]


def distinct_codes(codes: pd.Series) -> tuple[Places, list[object]]:
    """Split a column into its distinct values and the place of each row's value, -1 for null."""
    if not isinstance(codes, pd.Series):
        raise SchemaError(
            f"codes: found {type(codes).__name__}; give one column, such as parcels['class_code']",
        )
    try:
        places, distinct = pd.factorize(codes)
    except TypeError as error:
        raise SchemaError(f"codes must be text or numbers, one in a row: {error}") from error
    return places, list(distinct)


def spread(values: list[Any], places: Places, codes: pd.Series, *, dtype: str) -> pd.Series:
    """Give each row the value of its code; null where the code is null."""
    array = pd.array(values, dtype=dtype).take(places, allow_fill=True)  # type: ignore[call-overload]
    return pd.Series(array, index=codes.index, name=codes.name)


def _forms(distinct: list[object], system: str | None) -> list[str | None]:
    """Read distinct values as codes; None is blank text."""
    texts = [cleaned(value, system) for value in distinct]
    names = None if system is None else tree(system).names
    column_is_long = any(
        len(text) > _DIGITS
        and text.isdecimal()
        and (names is None or text in names or f"0{text}" in names)
        for text in texts
    )
    return [_padded(text, system, column_is_long=column_is_long) or None for text in texts]


def cleaned(value: object, system: str | None = None) -> str:
    """Read a value as text without blanks, full-width forms and the decimals of a whole number."""
    if isinstance(value, Real) and not isinstance(value, bool | Integral):
        number = float(value)
        value = int(number) if number.is_integer() else value
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", str(value))).lstrip("'")
    if whole := _WHOLE.fullmatch(text):
        return whole.group(1)
    return _tag(text.lower()) if system == "osm" else text.upper() if "=" not in text else text


def _tag(text: str) -> str:
    """Give a bare OpenStreetMap value its key where only one tag of the table has it."""
    names = tree("osm").names
    if text in names:
        return text
    found = [tag for tag in names if tag.split("=")[1] == text]
    return found[0] if len(found) == 1 else text


def _padded(text: str, system: str | None, *, column_is_long: bool) -> str:
    if not text.isdecimal() or len(text) % 2 == 0 or (text[0] == "0" and text != "0"):
        return text
    if system is not None and (text in tree(system).names or f"0{text}" not in tree(system).names):
        return text
    return text if text in OLD_CODES and not column_is_long else f"0{text}"


def _verdict(value: object, form: str, hierarchy: Tree) -> tuple[str, str]:
    if form in hierarchy.names:
        return "known", "" if form == value else form
    return "unknown", _suggestion(form, hierarchy)


def _suggestion(form: str, hierarchy: Tree) -> str:
    """Offer a code for text that is none: by its name, by its beginning, by its likeness."""
    padded = f"0{form}"
    if padded in hierarchy.names:
        return padded
    if by_name := _unique(code for code, name in hierarchy.names.items() if name == form):
        return by_name
    begins = [c for c, name in hierarchy.names.items() if form in (c + name, f"{c}-{name}")]
    return _unique(begins) or nearest(form, hierarchy.names)


def _unique(codes: Iterable[str]) -> str:
    found = list(codes)
    return found[0] if len(found) == 1 else ""
