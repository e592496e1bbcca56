"""Columns and values as Chinese offices name them, turned into those of the parks frame.

The words are data: ``column_aliases.csv`` and ``value_aliases.csv`` beside this module.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import pandas as pd

from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.model import Kind, Level, Method
from parkgeo.tables import PARK_COLUMNS
from parkgeo.units import AREA_UNITS_M2, KM2_M2, to_m2

BLOCK_ID: Final = "block_id"
AREA: Final = "stated_area"
"""An area with its unit in the name of the column or in its values."""
_AREA_KM2: Final = "stated_area_km2"
_AREA_TEXT: Final = "stated_area_text"
_SHORT_UNITS: Final = {"_km2": "km2", "_ha": "ha", "_mu": "mu", "_m2": "m2"}
_TARGETS: Final = frozenset(
    {BLOCK_ID, AREA, *(AREA + end for end in _SHORT_UNITS), *(c.name for c in PARK_COLUMNS)},
)
_UNITS: Final = "|".join(sorted(map(re.escape, AREA_UNITS_M2), key=len, reverse=True))
_UNIT_AT_END: Final = re.compile(
    rf"^(.+?)[\s_\-(（\[【:：]+({_UNITS})[)）\]】]?$|^(.+?)({_UNITS})$"
)
_QUANTITY: Final = re.compile(rf"\s*约?\s*([0-9][0-9,， ]*(?:\.[0-9]+)?)\s*({_UNITS})\s*")
_CUT_BYTES: Final = (8, 10)
"""A name that a Shapefile has cut has this many bytes: a last character may be missing."""


@cache
def _column_words() -> Mapping[str, str]:
    with files(__package__).joinpath("column_aliases.csv").open(encoding="utf-8") as file:
        return {_plain(row["alias"]): row["column"] for row in csv.DictReader(file)}


@cache
def _value_words() -> Mapping[str, Mapping[str, str]]:
    words: dict[str, dict[str, str]] = {"level": {}, "kind": {}, "method": {}}
    for column, enumeration in {"level": Level, "kind": Kind, "method": Method}.items():
        for word in enumeration:
            words[column] |= {word.label_zh: word.value, word.label_en: word.value}
    with files(__package__).joinpath("value_aliases.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            words[row["column"]][row["alias"]] = row["value"]
    return words


def _plain(name: str) -> str:
    """Return a name without spaces, in one width and one case."""
    return re.sub(r"\s+", "", name).casefold()


def renamed(
    columns: Iterable[str],
    aliases: Mapping[str, str | None] | None,
    *,
    cut: bool,
) -> dict[str, tuple[str, str | None]]:
    """Say for each column that is understood what it is, and in which unit of area.

    Parameters
    ----------
    columns
        Names as the file has them.
    aliases
        What the user says: a name and its meaning, or null for a column to be left as it is.
    cut
        Whether names may have been cut at ten bytes, as in a Shapefile.

    Raises
    ------
    UnknownNameError
        An alias names a column that the file or the schema does not have.
    AmbiguousNameError
        Two columns mean the same, or a cut name may mean several things.
    """
    names = list(columns)
    own = _checked(aliases or {}, names)
    found: dict[str, tuple[str, str | None]] = {}
    for name in names:
        if name in own:
            target = own[name]
            meaning = None if target is None else _with_unit(target, name)
        else:
            meaning = _meaning(name, cut=cut)
        if meaning is not None:
            found[name] = meaning
    _require_one_each(found, own)
    return found


def _checked(aliases: Mapping[str, str | None], names: list[str]) -> Mapping[str, str | None]:
    strange = [name for name in aliases if name not in names]
    if strange:
        raise UnknownNameError(
            f"aliases name columns {first_rows(strange)}, which the file does not have; it has "
            f"{', '.join(names)}; aliases go from the file's name to parkgeo's: "
            "aliases={'its name': 'brand'}",
        )
    unknown = [target for target in aliases.values() if target not in {None, *_TARGETS}]
    if unknown:
        raise UnknownNameError(
            f"aliases lead to {first_rows(unknown)}, which the parks frame does not have; it has "
            f"{', '.join(sorted(_TARGETS))}",
        )
    return aliases


def _with_unit(target: str, name: str) -> tuple[str, str | None]:
    for end, unit in _SHORT_UNITS.items():
        if target == AREA + end:
            return AREA, unit
    if target == AREA:
        return AREA, _split_unit(name)[1]
    return target, None


def _split_unit(name: str) -> tuple[str, str | None]:
    found = _UNIT_AT_END.match(name)
    if found is None:
        return name, None
    return (found[1], found[2]) if found[1] else (found[3], found[4])


def _meaning(name: str, *, cut: bool) -> tuple[str, str | None] | None:
    if name in _TARGETS:
        return (name, None) if name == _AREA_TEXT else _with_unit(name, name)
    words = _column_words()
    plain = _plain(name)
    if plain in words:
        return words[plain], None
    stem, unit = _split_unit(plain)
    if unit is not None and words.get(stem) == AREA:
        return AREA, unit
    return _uncut(plain) if cut and _may_be_cut(name) else None


def _may_be_cut(name: str) -> bool:
    sizes = [len(name.encode(encoding)) for encoding in ("utf-8", "gb18030")]
    return any(_CUT_BYTES[0] <= size <= _CUT_BYTES[1] for size in sizes)


def _uncut(plain: str) -> tuple[str, str | None] | None:
    """Find the one meaning of all names that begin like this."""
    words = {**_column_words(), **{target: target for target in _TARGETS}}
    begun = {word: target for word, target in words.items() if word.startswith(plain)}
    areas = {word for word, target in words.items() if target == AREA and plain.startswith(word)}
    begun |= {word: AREA for word in areas if not word.isascii()}
    targets = set(begun.values())
    if len(targets) > 1:
        raise AmbiguousNameError(
            f"column {plain!r} looks cut at ten bytes and may be {', '.join(sorted(begun))}; say "
            f"which with aliases={{{plain!r}: {min(targets)!r}}}, or None to leave it",
        )
    return _with_unit(targets.pop(), "") if targets else None


def _require_one_each(
    found: dict[str, tuple[str, str | None]],
    own: Mapping[str, str | None],
) -> None:
    """Prefer what the user says, then the schema's own names; more than one is for the user."""
    for target in {meaning[0] for meaning in found.values()}:
        names = [name for name, meaning in found.items() if meaning[0] == target]
        for chosen in ([n for n in names if n in own], [n for n in names if n in _TARGETS]):
            if len(chosen) == 1:
                for name in set(names) - set(chosen):
                    del found[name]
                names = chosen
        if len(names) > 1:
            raise AmbiguousNameError(
                f"columns {', '.join(names)} all mean {target}; choose with "
                f"aliases={{{names[0]!r}: {target!r}}}",
            )


def with_words(values: pd.Series, column: str) -> pd.Series:
    """Turn 国家级 into ``national`` and so on; what is not known stays for the schema to refuse."""
    words = _value_words()[column]
    plain = values.map(lambda value: value.strip() if isinstance(value, str) else value)
    return plain.map(lambda value: words.get(value, value), na_action="ignore")


def stated_area(values: pd.Series, unit: str | None) -> tuple[pd.Series, pd.Series]:
    """Return areas in km², and as they were published with their unit.

    Raises
    ------
    SchemaError
        A number has no unit, or a text is no area.
    """
    km2 = pd.Series(float("nan"), index=values.index, dtype="float64")
    text = pd.Series(None, index=values.index, dtype=object)
    known = values.dropna()
    if pd.api.types.is_numeric_dtype(known) and len(known):
        if unit is None:
            raise SchemaError(
                f"column {values.name}: areas without a unit, for example {known.iloc[0]}; name "
                f"it with aliases={{{values.name!r}: 'stated_area_ha'}} (or _km2, _mu, _m2)",
            )
        numbers = known.astype("float64")
        km2.loc[known.notna().index] = to_m2(numbers, unit) / KM2_M2
        text.loc[known.index] = [f"{number:.15g}{unit}" for number in numbers]
        return km2, text.astype("str")
    parsed = known.map(lambda value: _quantity(str(value), unit))
    bad = parsed.index[parsed.isna()]
    if len(bad):
        raise SchemaError(
            f"column {values.name}: {first_rows(known[bad])} is no area with a unit such as 公顷, "
            f"平方公里 or 亩; rows {first_rows(bad)}; correct the text, or name the unit with "
            f"aliases={{{values.name!r}: 'stated_area_ha'}} (or _km2, _mu, _m2)",
        )
    km2.loc[parsed.index] = parsed.astype("float64")
    text.loc[known.index] = known.astype(str).str.strip()
    return km2, text.astype("str")


def _quantity(value: str, unit: str | None) -> float | None:
    found = _QUANTITY.fullmatch(value if unit is None else f"{value}{unit}") or _QUANTITY.fullmatch(
        value,
    )
    if found is None:
        return None
    number = float(re.sub(r"[,， ]", "", found[1]))
    return to_m2(number, found[2]) / KM2_M2
