"""Frames as text for a terminal, aligned though Chinese characters are two columns wide."""

from typing import TYPE_CHECKING, Any
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["flat", "table_text"]


def table_text(table: "pd.DataFrame", *, decimals: int = 4) -> str:
    """Write a frame without its index, numbers to the right and words to the left.

    Examples
    --------
    >>> import pandas as pd
    >>> print(table_text(pd.DataFrame({"brand": ["云谷", "A"], "area_km2": [1.0, 10.5]})))
    brand area_km2
    云谷    1.0000
    A      10.5000
    """
    if table.empty:
        return f"(no rows: {', '.join(map(str, table.columns))})"
    columns = [
        _cells(table.iloc[:, at], str(name), decimals=decimals)
        for at, name in enumerate(table.columns)
    ]
    return "\n".join(" ".join(row).rstrip() for row in zip(*columns, strict=True))


def flat(value: object) -> str:
    """One line: what a file says must not move the terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in str(value))


def _cells(column: "pd.Series[Any]", name: str, *, decimals: int) -> list[str]:
    real, number = column.dtype.kind == "f", column.dtype.kind in "iuf"
    words = [
        "-" if missing else f"{value:.{decimals}f}" if real else _words(value)
        for value, missing in zip(column, column.isna(), strict=True)
    ]
    cells = [flat(name), *words]
    width = max(map(_width, cells))
    pad = [" " * (width - _width(cell)) for cell in cells]
    return [p + cell if number else cell + p for p, cell in zip(pad, cells, strict=True)]


def _words(value: object) -> str:
    return flat(", ".join(map(str, value)) if isinstance(value, tuple | list) else value)


def _width(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
