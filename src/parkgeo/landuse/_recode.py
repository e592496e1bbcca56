"""Codes of a list of one's own, or of another system, brought to a system by a table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.landuse._codes import cleaned, distinct_codes, known_codes, spread
from parkgeo.landuse._systems import classes, find_system, nearest

__all__ = ["recode"]

_SURE: Final = frozenset({"exact", "narrower"})
_RELATIONS: Final = ("exact", "narrower", "broader", "split", "none")

Row = tuple[str | None, str, str]
"""Target, relation and note of a code."""


def recode(codes: pd.Series, table: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """Bring codes of any list (自有地类编码) to a system, by a table of what each is.

    The list may be a city's own, with M0 or R5 in it, or another system: ``table`` is what
    :func:`crosswalk` returns, or a sheet of the same columns. A target is given only where the
    code alone says it.

    Parameters
    ----------
    codes
        Text, numbers or both. A leading zero that a spreadsheet took is given back where the table
        has the code with it.
    table
        ``code`` and ``target_code``, null without counterpart; if it has them, ``relation`` as in
        :func:`crosswalk`, and ``note``. Without a relation one row for a code is ``exact``, and
        several are ``split``.
    target
        The system of ``target_code``: one of ``SYSTEMS``.

    Returns
    -------
    One row for each of ``codes``, on their index. ``code`` as it was read; ``target_code``, null
    unless the relation is ``exact`` or ``narrower``; ``relation``, which is ``unknown`` where the
    table does not have the code, and null where the code is; ``note``.

    Raises
    ------
    SchemaError
        ``codes`` is not a series; the table lacks a column or a code, or has other relations.
    UnknownNameError
        There is no such system, or the table names targets that are not codes of it.

    Examples
    --------
    >>> own = pd.DataFrame({"code": ["M0", "M1"], "target_code": ["1001", "100101"]})
    >>> recode(pd.Series(["m1", "M9"]), own, target="用地用海")["target_code"].tolist()
    ['100101', nan]
    """
    key = find_system(target)
    said = _said(table, key)
    places, distinct = distinct_codes(codes)
    read = [_form(value, said) for value in distinct]
    rows = [(form or None, *_found(form, said)) for form in read]
    columns = ("code", "target_code", "relation", "note")
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pd.DataFrame(
        {
            name: spread(list(column), places, codes, dtype="str")
            for name, column in zip(columns, values, strict=True)
        },
        index=codes.index,
    )


def _form(value: object, said: Mapping[str, Row]) -> str:
    """Read a value as the table writes it."""
    text = cleaned(value)
    padded = f"0{text}"
    return padded if text.isdecimal() and text not in said and padded in said else text


def _found(form: str, said: Mapping[str, Row]) -> tuple[str | None, str | None, str | None]:
    if not form:
        return None, None, None
    return said.get(form, (None, "unknown", "not in the table"))


def _said(table: pd.DataFrame, key: str) -> Mapping[str, Row]:
    """Read the table: for each code its one target, or why there is none."""
    _require(table)
    targets = _targets(table["target_code"], key)
    codes = pd.Series([cleaned(code) for code in table["code"]], index=table.index)
    frame = pd.DataFrame({"code": codes, "target": targets})
    frame["note"] = table.get("note", None)
    frame["relation"] = table.get("relation", None)
    return MappingProxyType(
        {str(code): _one(rows) for code, rows in frame.groupby("code", sort=False)}
    )


def _one(rows: pd.DataFrame) -> Row:
    notes = dict.fromkeys(str(note) for note in rows["note"] if pd.notna(note) and note)
    note = "; ".join(notes)
    targets = [target for target in rows["target"].drop_duplicates() if pd.notna(target)]
    if not targets:
        return None, "none", note or "no counterpart"
    if len(targets) > 1 or rows["target"].isna().any():
        return None, "split", note or f"one of {', '.join(targets)}"
    said = rows["relation"].dropna()
    relation = "exact" if said.empty else str(said.iloc[0])
    if relation in _SURE:
        return targets[0], relation, note
    return None, relation, note or f"in part {targets[0]}"


def _targets(given: pd.Series, key: str) -> "pd.Series[str]":
    """Read the targets as codes of the system, and refuse what is none."""
    places, found = known_codes(given, key)
    read = spread(found, places, given, dtype="str")
    typed = given.notna() & given.astype("str").str.strip().ne("")
    if wrong := given[typed & read.isna()].unique().tolist():
        near = nearest(str(wrong[0]), classes(key).index)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UnknownNameError(
            f"target_code: {first_rows(wrong)} are no codes of {key}{hint} "
            f"parkgeo.landuse.classes({key!r}) lists them",
        )
    return read


def _require(table: pd.DataFrame) -> None:
    if not isinstance(table, pd.DataFrame):
        raise SchemaError(
            f"table is {type(table).__name__}; give a frame with columns code and target_code",
        )
    if missing := [name for name in ("code", "target_code") if name not in table]:
        raise SchemaError(
            f"table has no column {' and no '.join(missing)}; its columns are "
            f"{', '.join(map(str, table.columns))}",
        )
    blank = [label for label, code in table["code"].items() if pd.isna(code) or not cleaned(code)]
    if blank:
        raise SchemaError(f"table: rows {first_rows(blank)} have no code; fill it in or drop them")
    if "relation" in table:
        other = sorted(set(table["relation"].dropna().astype(str)) - set(_RELATIONS))
        if other:
            raise SchemaError(
                f"table: unknown relations {first_rows(other)}; use {', '.join(_RELATIONS)}",
            )
