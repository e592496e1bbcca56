"""Texts of data and numbers as a page shows them."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from parkgeo._style import Language, Text, km2_text, known, percent_text

__all__ = [
    "DASH",
    "LONG",
    "NAME",
    "join",
    "joined",
    "km2_span",
    "listed",
    "mu_text",
    "percent_span",
    "plain",
    "records",
    "said",
]

NAME: Final = 80
"""Characters of a name that are shown; a longer one is cut, and whole in the tables as files."""
LONG: Final = 400
"""Characters of a longer text: a source, a reason."""
DASH: Final = "–"

_TURNING: Final = frozenset({"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"})
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def plain(text: str) -> str:
    """Leave out what no page can hold or show: control characters and halves of characters."""
    seen = (c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cs", "Cn"})
    return " ".join("".join(seen).split())


def said(value: object, *, most: int = NAME) -> str:
    """Write a cell of data on one line, cut where it is long, a dash where it is null.

    What runs from right to left is held apart, so that it turns nothing around it.
    """
    if not known(value):
        return DASH
    text = plain(joined(value))
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    turning = any(unicodedata.bidirectional(c) in _TURNING for c in text)
    return f"{_ISOLATE}{text}{_END_OF_ISOLATE}" if turning else text


def joined(value: object) -> str:
    """Write a cell that may hold several texts."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {item}" for key, item in value.items())
    if isinstance(value, list | tuple | set | np.ndarray):
        return "; ".join(str(item) for item in value)
    return str(value)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table by the names of its columns."""
    return [
        dict(zip(map(str, table.columns), row, strict=True))
        for row in table.itertuples(index=False, name=None)
    ]


def join(texts: Iterable[str], language: Language) -> str:
    """List some texts as the language does."""
    return ("、" if language == "zh" else ", ").join(texts)


def listed(texts: list[str], language: Language, *, most: int = 5) -> str:
    """List the first few texts, and say how many there are beyond them."""
    rest = len(texts) - most
    if rest <= 0:
        return join(texts, language)
    more = Text(f"等 {len(texts):,} 个", f" and {rest:,} more").of(language)
    return join(texts[:most], language) + more


def mu_text(mu: float) -> str:
    """Write an area in mu (亩)."""
    if not known(mu):
        return DASH
    return f"{mu:,.0f}" if abs(mu) >= 10 or mu == 0 else f"{mu:.1f}"  # noqa: PLR2004


def km2_span(low: Any, high: Any) -> str:  # noqa: ANN401 - a cell of a table
    """Write an interval in km², a dash where there is none."""
    return f"{km2_text(low)}–{km2_text(high)}" if known(low) and known(high) else DASH


def percent_span(low: Any, high: Any, language: Language) -> str:  # noqa: ANN401 - as above
    """Write an interval in per cent, a dash where there is none."""
    if not (known(low) and known(high)):
        return DASH
    return f"{100 * low:.1f}–{percent_text(float(high)).of(language)}"
