"""What land is used for and where it stands, in the words that offices write.

The words are data: ``words.csv`` beside this module.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.model import Labelled

Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]
Words = Mapping[str, Mapping[str, str]] | None

UNKNOWN: Final = "unknown"


class Use(Labelled):
    """What industrial land is actually used for (实际使用功能).

    Examples
    --------
    >>> Use("innovative").label_zh
    '发展创新型产业'
    """

    INDUSTRY = "industry", "industry", "按工业功能使用"
    INNOVATIVE = "innovative", "innovative industry", "发展创新型产业"
    OTHER = "other", "other use", "挪作他用"
    IDLE = "idle", "idle", "闲置"
    UNKNOWN = "unknown", "unknown", "不明"


class Status(Labelled):
    """How far land has come from approval to use (供地与利用状态).

    ``IDLE`` is what a register calls 闲置: the finding that land was supplied and not developed in
    time. An emptied factory is idle by :class:`Use`.

    Examples
    --------
    >>> Status("supplied_not_used").label_zh
    '供而未用'
    """

    APPROVED_NOT_SUPPLIED = "approved_not_supplied", "approved, not supplied", "批而未供"
    SUPPLIED_NOT_USED = "supplied_not_used", "supplied, not used", "供而未用"
    UNDER_CONSTRUCTION = "under_construction", "under construction", "在建"
    IDLE = "idle", "idle land", "闲置"
    INEFFICIENT = "inefficient", "inefficient", "低效"
    IN_USE = "in_use", "in use", "在用"
    UNKNOWN = "unknown", "unknown", "不明"


class Activity(Labelled):
    """Whether an enterprise of the register works (经营状态).

    Examples
    --------
    >>> Activity("inactive").label_zh
    '停业'
    """

    ACTIVE = "active", "active", "在营"
    INACTIVE = "inactive", "inactive", "停业"
    UNKNOWN = "unknown", "unknown", "不明"


VOCABULARIES: Final[Mapping[str, type[Labelled]]] = {
    "use": Use,
    "status": Status,
    "activity": Activity,
}

_IGNORED: Final = re.compile(r"[\s_\-,，、\u200b-\u200f\u2060\ufeff\x00-\x1f]+")


def read_words(values: pd.Series, vocabulary: str, words: Words = None) -> tuple[Texts, Flags]:
    """Read a column as words of a vocabulary; tell where a value is there and not understood."""
    try:
        places, distinct = pd.factorize(values)
    except TypeError as error:
        raise SchemaError(f"column {values.name}: one word in a row, please: {error}") from error
    known = _known(vocabulary) | _given(vocabulary, words)
    found = [known.get(_plain(value)) for value in distinct]
    blank = [_plain(value) == "" for value in distinct]
    # The last entry is that of the nulls, whose place is -1.
    read = np.array([*(one or UNKNOWN for one in found), UNKNOWN], dtype=object)
    odd = [one is None and not empty for one, empty in zip(found, blank, strict=True)]
    return read[places], np.array([*odd, False], dtype=np.bool_)[places]


@cache
def _known(vocabulary: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for word in VOCABULARIES[vocabulary]:
        known |= dict.fromkeys(map(_plain, (word, word.label_en, word.label_zh)), word.value)
    with files(__package__).joinpath("words.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["column"] == vocabulary]
    return known | {_plain(row["alias"]): row["value"] for row in rows}


def _given(vocabulary: str, words: Words) -> dict[str, str]:
    """Check the words that a user adds."""
    strange = set(words or {}) - set(VOCABULARIES)
    if strange:
        raise UnknownNameError(
            f"words are given for {', '.join(sorted(map(str, strange)))}; there are words for "
            f"{', '.join(VOCABULARIES)}",
        )
    given = (words or {}).get(vocabulary, {})
    values = {word.value for word in VOCABULARIES[vocabulary]}
    if wrong := set(given.values()) - values:
        raise UnknownNameError(
            f"words of {vocabulary} lead to {', '.join(sorted(map(repr, wrong)))}; they can lead "
            f"to {', '.join(sorted(values))}",
        )
    return {_plain(word): str(value) for word, value in given.items()}


def _plain(value: object) -> str:
    """Return a word in one width and one case, without spaces and strokes."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", str(value))).casefold()
