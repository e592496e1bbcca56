"""Industries as they are counted: a level of GB/T 4754, or chains that a user names."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._style import Text, known
from parkgeo.census._industry import sections
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.policy._quantities import require_columns

__all__ = ["LEVELS", "Chains", "IndustryLevel", "industries_of", "industry_name"]

IndustryLevel = Literal["section", "division", "group", "class"]
Chains = Mapping[str, str] | pd.DataFrame

LEVELS: Final[Mapping[str, int]] = {"section": 0, "division": 2, "group": 3, "class": 4}
"""Digits of each level: 门类, 大类, 中类, 小类."""

_CODE: Final = re.compile(r"([A-T]?)(\d{0,4})")
_CLASSES_FROM: Final = 1000
_GROUP: Final = 3


def industries_of(
    codes: "pd.Series[Any]", *, level: IndustryLevel, chains: Chains | None
) -> NDArray[np.object_]:
    """Return the industry of each row; None where there is no code, or none fine enough."""
    if level not in LEVELS:
        raise UnknownNameError(f"no level {level!r} of industries; use one of {', '.join(LEVELS)}")
    by_section = sections(codes)
    numbers = pd.api.types.is_numeric_dtype(codes)
    padded = numbers and bool((codes >= _CLASSES_FROM).any())
    places, distinct = pd.factorize(codes)
    digits = [_digits(value, padded=padded) for value in distinct]
    if chains is not None:
        given = _chains(chains)
        read = [_chain(one, given) for one in digits]
    else:
        wanted = LEVELS[level]
        read = [one[:wanted] if len(one) >= wanted else None for one in digits]
    found = np.array([*read, None], dtype=object)[places]
    if level == "section" and chains is None:
        found = by_section.copy()
    found[[one is None for one in by_section]] = None
    return found


def _digits(value: object, *, padded: bool) -> str:
    """Return the digits of a code, with the zero that a spreadsheet took away."""
    text = unicodedata.normalize("NFKC", str(value)).strip().upper().removesuffix(".0")
    match = _CODE.fullmatch(text)
    digits = match.group(2) if match else ""
    short = len(digits) == 1 or (padded and len(digits) == _GROUP)
    return f"0{digits}" if short else digits


def _chains(given: Chains) -> dict[str, str]:
    """Read the chain of each code, or of what codes begin with."""
    if isinstance(given, pd.DataFrame):
        require_columns(given, "industry_code", "chain", what="chains")
        rows = list(zip(given["industry_code"], given["chain"], strict=True))
        labels = given.index
    else:
        rows, labels = list(given.items()), pd.Index(list(given))
    wrong = [not known(code) or not known(chain) for code, chain in rows]
    if any(wrong):
        raise SchemaError(
            f"chains: a code or a name is missing in rows {first_rows(labels[wrong])}"
        )
    read: dict[str, str] = {}
    for code, chain in rows:
        digits = _digits(code, padded=False)
        if not digits:
            raise SchemaError(f"chains: {str(code)[:40]!r} is no code of GB/T 4754")
        if read.setdefault(digits, str(chain)) != str(chain):
            raise AmbiguousNameError(
                f"chains: {digits} is in {read[digits]!r} and in {str(chain)!r}; what counts in "
                "two chains would count twice, so give it to one"
            )
    return read


def _chain(digits: str, chains: dict[str, str]) -> str | None:
    """Take the chain of the longest beginning."""
    beginnings = (digits[:size] for size in range(len(digits), 0, -1))
    return next((chains[one] for one in beginnings if one in chains), None)


def industry_name(industry: object) -> Text:
    """Return the name of a section or division of GB/T 4754; another label stands for itself."""
    return _names().get(str(industry), Text.same(str(industry)))


@cache
def _names() -> dict[str, Text]:
    text = (files("parkgeo.policy") / "data" / "industries_gbt4754_2017.csv").read_text("utf-8")
    table = pd.read_csv(StringIO(text), dtype="str", keep_default_na=False)
    return {
        code: Text(zh, en)
        for code, zh, en in zip(table["code"], table["name"], table["name_en"], strict=True)
    }
