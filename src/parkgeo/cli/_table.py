"""Frames as text for a terminal, aligned though Chinese characters are two columns wide."""

from typing import Any
from unicodedata import combining, east_asian_width

import pandas as pd


def print_table(table: pd.DataFrame, *, decimals: int = 4) -> None:
    """Print a frame without its index, numbers to the right and words to the left.

    Examples
    --------
    >>> print_table(pd.DataFrame({"brand": ["云谷", "A"], "area_km2": [1.0, 10.5]}))
    brand area_km2
    云谷    1.0000
    A      10.5000
    """
    if table.empty:
        print(f"(no rows: {', '.join(map(str, table.columns))})")
        return
    columns = [_cells(table[name], str(name), decimals=decimals) for name in table.columns]
    for row in zip(*columns, strict=True):
        print(" ".join(row).rstrip())


def _cells(column: "pd.Series[Any]", name: str, *, decimals: int) -> list[str]:
    number = pd.api.types.is_float_dtype(column.dtype)
    words = [
        "-" if missing else f"{value:.{decimals}f}" if number else _flat(value)
        for value, missing in zip(column, column.isna(), strict=True)
    ]
    cells = [name, *words]
    width = max(map(_width, cells))
    pad = [" " * (width - _width(cell)) for cell in cells]
    right = pd.api.types.is_numeric_dtype(column.dtype)
    return [p + cell if right else cell + p for p, cell in zip(pad, cells, strict=True)]


def _flat(value: object) -> str:
    """One line per cell: what a file says must not move the terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in str(value))


def _width(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
