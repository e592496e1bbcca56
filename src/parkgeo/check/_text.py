"""Text that was read in another encoding than it was written in, and the way back."""

from typing import Any, Final

import geopandas as gpd
import pandas as pd

__all__ = ["is_lost", "mended", "text_columns", "unmangled"]

_WAYS: Final = (
    ("latin-1", "utf-8"),
    ("cp1252", "utf-8"),
    ("latin-1", "gbk"),
    ("cp1252", "gbk"),
    ("gb18030", "utf-8"),
)
"""How bytes were read, and what they are."""
_LOST: Final = ("\N{REPLACEMENT CHARACTER}", "锟斤拷", "锟斤", "烫烫烫", "屯屯屯")
_FEWEST: Final = 2
"""Characters: a single one may be chance."""


def unmangled(text: str) -> str | None:
    """Return what a text was before it was misread, or null where it is as it must be.

    Taken for misread is only what is mostly not ASCII, and turns as a whole into ASCII and at
    least two of the usual characters of GB 2312.

    Examples
    --------
    >>> unmangled("紫金港".encode("gbk").decode("latin-1"))
    '紫金港'
    >>> unmangled("紫金港"), unmangled("Crème brûlée")
    (None, None)
    """
    strange = sum(not char.isascii() for char in text)
    if strange < _FEWEST or 2 * strange < sum(
        char.isalpha() or not char.isascii() for char in text
    ):
        return None
    for read_as, written_in in _WAYS:
        try:
            meant = text.encode(read_as).decode(written_in)
        except UnicodeError:
            continue
        if meant != text and _is_usual(meant):
            return meant
    return None


def _is_usual(text: str) -> bool:
    if not text.isprintable():
        return False
    strange = [char for char in text if not char.isascii()]
    try:
        "".join(strange).encode("gb2312")
    except UnicodeError:
        return False
    return sum("\u4e00" <= char <= "\u9fff" for char in strange) >= _FEWEST


def is_lost(text: str) -> bool:
    """Tell text of which characters are gone: 锟斤拷, and nothing but question marks."""
    bare = text.strip()
    asked = len(bare) >= _FEWEST and not bare.strip("?？ ")
    return asked or any(mark in text for mark in _LOST)


def text_columns(frame: gpd.GeoDataFrame) -> list[Any]:
    """Name the columns that may hold text."""
    return [
        name
        for name in frame.columns
        if name != frame.active_geometry_name
        and isinstance(frame[name], pd.Series)
        and (pd.api.types.is_object_dtype(frame[name]) or pd.api.types.is_string_dtype(frame[name]))
    ]


def mended(value: object) -> object:
    """Return a value with its text as it was meant."""
    right = unmangled(value) if isinstance(value, str) else None
    return value if right is None else right
