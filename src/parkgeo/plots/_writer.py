"""Texts in one language, with fonts that have the glyphs."""

import math
import re
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from matplotlib.font_manager import FontProperties

from parkgeo._style import (
    FALLBACK_FONT,
    FONT_REMEDY,
    INK,
    LANGUAGES,
    Language,
    Text,
    block_names,
    chinese_font,
    draws,
    glyphs_only,
    known,
    names,
    require_brands,
    require_language,
)
from parkgeo.errors import MissingExtraError, SchemaError, first_rows

Labels = Mapping[Any, str | tuple[str, str]] | pd.DataFrame
"""What the caller says of brands, zones or indicators: a name, or a Chinese and an English one."""

_LONGEST_NAME: Final = 90


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes texts in one language, with fonts that have the glyphs."""

    language: Language
    families: tuple[str, ...]

    def text(self, text: Text) -> str:
        """Return the text in the language of the figure, or the other one if only that draws."""
        other = tidy(text.en if self.language == "zh" else text.zh)
        if not self.draws(text) and draws(other, self.families):
            return other
        return glyphs_only(tidy(text.of(self.language)), self.families)

    def names(self, rows: gpd.GeoDataFrame) -> list[str]:
        """Name each row by brand and block, or by brand where the block's name does not draw."""
        by_brand = names(rows)
        return [
            self.text(whole if self.draws(whole) else by_brand[brand])
            for whole, brand in zip(block_names(rows), rows["brand_id"], strict=True)
        ]

    def draws(self, text: Text) -> bool:
        """Say whether a text in the language of the figure has all its glyphs."""
        return draws(tidy(text.of(self.language)), self.families)

    def font(self, size: float, *, bold: bool = False) -> FontProperties:
        """Return the fonts at a size in points."""
        weight = "bold" if bold else "normal"
        return FontProperties(family=list(self.families), size=size, weight=weight)

    def style(self, size: float, *, bold: bool = False, color: str = INK) -> dict[str, Any]:
        """Return keywords for any text: names may hold dollar signs, which are not formulas."""
        return {
            "fontproperties": self.font(size, bold=bold),
            "color": color,
            "parse_math": False,
        }


def writer_for(parks: gpd.GeoDataFrame, language: str | None) -> Writer:
    """Choose language and fonts so that every brand can be named, or say what to install."""
    by_brand = names(parks)
    # A row without a brand is refused when extents are laid on each other, which tells which.
    found = [by_brand.get(brand, Text.same("")) for brand in parks["brand_id"]]
    return _writer(found, list(parks.index), language)


def writer_of(labels: Mapping[Any, Text], language: str | None) -> Writer:
    """Choose language and fonts so that every label can be drawn, or say what to install."""
    return _writer(list(labels.values()), list(labels), language)


def labels_of(keys: Iterable[Any], labels: Labels | None) -> dict[Any, Text]:
    """Find what is written for each key: what the caller says of it, or else the key itself.

    Parameters
    ----------
    keys
        Labels of brands, zones or indicators.
    labels
        A mapping to a text, or to a Chinese and an English one; or a frame with ``brand_id``,
        ``brand`` and ``brand_en``.
    """
    said: Mapping[Any, Any] = {}
    if isinstance(labels, pd.DataFrame):
        said = names(require_brands(gpd.GeoDataFrame(labels)))
    elif isinstance(labels, Mapping):
        said = labels
    elif labels is not None:
        raise SchemaError(
            f"labels must be a mapping or a frame with brand_id, not {type(labels).__name__}"
        )
    return {key: _both(said.get(key, key)) for key in keys}


def _both(said: object) -> Text:
    """Read a text, or a pair of them."""
    if isinstance(said, tuple) and len(said) == len(LANGUAGES):
        zh, en = (str(one) if known(one) else "" for one in said)
        return Text(zh or en, en or zh)
    return Text.same(str(said) if known(said) else "—")


def _writer(found: list[Text], rows: list[Any], language: str | None) -> Writer:
    """Choose language and fonts for what is in these rows."""
    wanted = None if language is None else require_language(language)
    font = chinese_font()
    if font is not None:
        return Writer(wanted or "zh", (font, FALLBACK_FONT))
    if wanted == "zh":
        raise MissingExtraError(f"no installed font has Chinese glyphs; {FONT_REMEDY}")
    latin = Writer("en", (FALLBACK_FONT,))
    undrawn = [row for row, name in zip(rows, found, strict=True) if not latin.draws(name)]
    if undrawn:
        raise MissingExtraError(
            "no installed font has Chinese glyphs, and there is no English name (brand_en) to fall "
            f"back on in rows {first_rows(undrawn)}; {FONT_REMEDY}",
        )
    if wanted is None:
        warnings.warn(
            "no installed font has Chinese glyphs, so the figure is in English; "
            f'{FONT_REMEDY}, or ask for language="en"',
            UserWarning,
            stacklevel=4,
        )
    return latin


def tidy(text: str) -> str:
    """Leave out what has no picture, such as control characters, and cut what is too long."""
    seen = "".join(c for c in text if unicodedata.category(c)[0] != "C" or c.isspace())
    line = " ".join(seen.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def digits(value: float) -> str:
    """Write a number with three digits that count, and small ones with four decimals at most.

    Examples
    --------
    >>> digits(1234.5), digits(12.345), digits(0.0123), digits(2e-7)
    ('1,234', '12.3', '0.0123', '< 0.0001')
    """
    if value == 0:
        return "0"
    # Of what is written, so that 9.9999 has the decimals of 10.
    decimals = max(0, 2 - math.floor(math.log10(abs(float(f"{value:.3g}")))))
    if abs(value) < 0.0001:  # noqa: PLR2004
        return "< 0.0001"
    return f"{value:,.{min(decimals, 4)}f}"


_WIDE: Final = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
_OPENING: Final = "（(《〈“‘「『【\\["
_CLOSING: Final = "）)》〉”’」』】\\]，。、；：！？…,.;:!?%"


def shortened(text: str, width: int, *, most_lines: int = 2) -> str:
    """Break a text into so many lines at most, and end with … where there is more of it."""
    lines = wrapped(text, width).split("\n")
    if len(lines) <= most_lines:
        return "\n".join(lines)
    return "\n".join([*lines[: most_lines - 1], f"{lines[most_lines - 1]}…"])


def wrapped(text: str, width: int) -> str:
    """Break a text into even lines of about ``width`` Latin letters; a Chinese one counts as two.

    No line ends with an opening bracket or begins with a closing one or a stop, and what stands in
    Chinese brackets starts a line of its own where it would be torn apart.
    """
    if _width(text) <= width:
        return text
    lines = [line for part in re.split("(?<!（)(?=（)", text) for line in _even_lines(part, width)]
    return "\n".join(lines) or text


def _even_lines(text: str, width: int) -> list[str]:
    """Break into as few lines as fit, and these as short as they may be."""
    # A Chinese letter or a Latin word, with the brackets and stops that hold on to it.
    word = rf"[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]{{1,{width}}}"
    held = re.findall(rf"[{_OPENING}]*(?:{word})?[{_CLOSING}]*\s*", text)
    units = [unit for unit in held if unit]
    fewest = _greedy_lines(units, width)
    evenest = math.ceil(_width(text) / max(len(fewest), 1))
    tries = (_greedy_lines(units, narrower) for narrower in range(evenest, width))
    return next((lines for lines in tries if len(lines) == len(fewest)), fewest)


def _greedy_lines(units: list[str], width: int) -> list[str]:
    lines: list[str] = []
    for unit in units:
        if lines and _width((lines[-1] + unit).rstrip()) <= width:
            lines[-1] += unit
        else:
            lines.append(unit)
    return [line.strip() for line in lines if line.strip()]


def _width(text: str) -> int:
    """Count Latin letters; a Chinese one is as wide as two."""
    return len(text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text)
