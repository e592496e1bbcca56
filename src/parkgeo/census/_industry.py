"""What an enterprise does, by its code in GB/T 4754-2017 (国民经济行业分类)."""

import re
import unicodedata
from typing import Final

import numpy as np
import pandas as pd

from parkgeo.census._words import Texts
from parkgeo.errors import SchemaError

SECTIONS: Final = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52),
    "G": (53, 60), "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72),
    "M": (73, 75), "N": (76, 79), "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90),
    "S": (91, 96), "T": (97, 97),
}  # fmt: skip
"""First and last division (大类) of each section (门类)."""

MANUFACTURING: Final = ("C",)
INDUSTRY: Final = ("B", "C", "D")
"""Mining, manufacturing, energy and water: what statistics call industry (工业)."""
INNOVATIVE: Final = ("I", "M")
"""Information technology, and research: the nearest to 以设计、研发为主的创新型产业."""

_CODE: Final = re.compile(r"([A-T]?)(\d{0,4})")
_GROUP: Final = 3
_CLASS: Final = 1000
_OF_DIVISION: Final = {
    division: section
    for section, (first, last) in SECTIONS.items()
    for division in range(first, last + 1)
}


def sections(codes: pd.Series) -> Texts:
    """Return the section of each code; None where it is null or no code.

    Two digits are a division, three a group, four a class. In a column of numbers that has
    classes, three digits have lost their leading zero.
    """
    numbers = pd.api.types.is_numeric_dtype(codes)
    padded = numbers and bool((codes >= _CLASS).any())
    try:
        places, distinct = pd.factorize(codes)
    except TypeError as error:
        raise SchemaError(f"industry_code: one code in a row, please: {error}") from error
    read = [_section(value, padded=padded) for value in distinct]
    return np.array([*read, None], dtype=object)[places]


def _section(value: object, *, padded: bool) -> str | None:
    text = unicodedata.normalize("NFKC", str(value)).strip().upper().removesuffix(".0")
    found = _CODE.fullmatch(text)
    if found is None or not text:
        return None
    letter, digits = found.groups()
    if not digits:
        return letter
    if len(digits) == 1 or (padded and len(digits) == _GROUP):
        digits = f"0{digits}"
    by_digits = _OF_DIVISION.get(int(digits[:2]))
    return by_digits if letter in ("", by_digits) else None
