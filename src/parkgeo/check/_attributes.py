"""What the columns say: text, names, words, days, and stated against measured area."""

import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import tables
from parkgeo.check._finding import Finding, few, say
from parkgeo.check._subject import Subject
from parkgeo.check._text import is_lost, text_columns, unmangled
from parkgeo.errors import AmbiguousNameError, ParkgeoError
from parkgeo.io import _aliases, _parks
from parkgeo.model import Kind, Labelled, Level, Method

__all__ = ["columns", "meanings_of", "texts", "values", "words"]

_WORDS: Final[Mapping[str, type[Labelled]]] = {"level": Level, "kind": Kind, "method": Method}
_FIRST_DAY: Final = pd.Timestamp("1979-01-01")
"""The year in which Shekou, the first industrial zone, was approved."""
_OWN_CHECKS: Final = frozenset({*_WORDS, "approved_on", "stated_area_km2"})
_HOLDS_ZH: Final = {
    "slug": "不是短英文标识（只用字母、数字、. _ -）",
    "number": "不是大于 0 的数",
    "amount": "不是有限数",
    "share": "不是 0 至 1 之间的比例",
    "text": "不是文字、为空或首尾有空格",
}


def meanings_of(
    frame: gpd.GeoDataFrame, aliases: Mapping[str, str | None] | None, *, cut: bool
) -> tuple[dict[str, tuple[str, str | None]], list[Finding]]:
    """Say what each column means, as :func:`parkgeo.read_parks` would; ambiguous ones are left."""
    names = [str(name) for name in frame.columns if name != frame.active_geometry_name]
    try:
        return _aliases.renamed(names, aliases, cut=cut), []
    except AmbiguousNameError as error:
        found = [say("columns-ambiguous", why=str(error))]
    single: dict[str, tuple[str, str | None]] = {}
    for name in names:
        own = {name: aliases[name]} if aliases and name in aliases else None
        try:
            single |= _aliases.renamed([name], own, cut=cut)
        except AmbiguousNameError:
            continue
    targets = pd.Series({name: target for name, (target, _) in single.items()}, dtype=object)
    once = targets[~targets.duplicated(keep=False)]
    return {name: single[name] for name in once.index}, found


def texts(subject: Subject) -> list[Finding]:
    """Find mojibake, in names of columns and in values."""
    found = []
    for name in subject.frame.columns:
        right = unmangled(str(name))
        if right is not None:
            found.append(say("text-mojibake", wrong=few([name]), right=few([right])))
    for name in text_columns(subject.frame):
        values = subject.frame[name].reset_index(drop=True)
        known = values[values.map(lambda value: isinstance(value, str)).astype(bool)]
        meant = {text: unmangled(text) for text in known.unique()}
        wrong = known[known.map(lambda text, meant=meant: meant[text] is not None).astype(bool)]
        if len(wrong):
            first = str(wrong.iloc[0])
            shown = {"wrong": few([first]), "right": few([meant[first]])}
            found.append(say("text-mojibake", wrong.index, **shown))
        lost = known[known.map(is_lost).astype(bool)]
        if len(lost):
            found.append(say("text-lost", lost.index, wrong=few(lost.unique())))
    return found


def columns(subject: Subject) -> list[Finding]:
    """Find columns that are missing, and columns that are not understood."""
    meant = {target for target, _ in subject.meanings.values()}
    names = [str(n) for n in subject.frame.columns if n != subject.frame.active_geometry_name]
    unknown = [name for name in names if name not in subject.meanings]
    found = []
    if not meant & {"brand", "brand_id"}:
        en, zh = _hints(unknown, {"brand", "brand_id"})
        found.append(say("column-missing", have=few(names, most=12) or "-", hint=en, hint_zh=zh))
    other = [c.name for c in tables.PARK_COLUMNS if c.name not in {*meant, "brand", "brand_id"}]
    named_area = _aliases.AREA in meant
    other = [name for name in other if not (named_area and name.startswith("stated_area"))]
    other = [name for name in other if not _nullable(name)]
    if other:
        found.append(say("columns-missing", names=", ".join(other)))
    if unknown:
        en, zh = _hints(unknown, None)
        found.append(say("columns-unknown", names=few(unknown, most=12), hint=en, hint_zh=zh))
    return found


def _nullable(name: str) -> bool:
    return next(column.nullable for column in tables.PARK_COLUMNS if column.name == name)


def _hints(unknown: list[str], targets: set[str] | None) -> tuple[str, str]:
    """Suggest what columns may mean, by names of the table of aliases that are near."""
    words = {w: t for w, t in _aliases._column_words().items() if targets is None or t in targets}  # noqa: SLF001 - one table
    near: dict[str, str] = {}
    for name in unknown:
        stem = name.strip().casefold()
        named = [word for word in words if stem and word in {f"{stem}名称", f"{stem}名"}]
        close = named or get_close_matches(stem, words, n=1, cutoff=0.6)
        within = [word for word in words if len(word) > 1 and word in stem]
        best = close or sorted(within, key=len)[-1:]
        if best:
            near[name] = words[best[0]]
    if not near:
        return "", ""
    shown = few(f"{name}={target}" for name, target in near.items())
    return f"; perhaps {shown}", f"；可能是 {shown}"


def words(subject: Subject) -> list[Finding]:
    """Find words that are no level, kind or method, and days that are none."""
    found = []
    for column, enumeration in _WORDS.items():
        given = subject.column(column)
        if given is None:
            continue
        named = given.reset_index(drop=True).astype(object)
        plain = _aliases.with_words(named.map(_as_text, na_action="ignore"), column)
        odd = plain[plain.notna() & ~plain.isin([word.value for word in enumeration])]
        if len(odd):
            en, zh = _closest(odd, enumeration)
            found.append(
                say(
                    "word-unknown",
                    odd.index,
                    column=few([given.name]),
                    values=few(odd.drop_duplicates()),
                    hint=en,
                    hint_zh=zh,
                    words=", ".join(word.value for word in enumeration),
                    words_zh="、".join(word.label_zh for word in enumeration),
                )
            )
    return [*found, *_days(subject)]


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _closest(odd: "pd.Series[Any]", enumeration: type[Labelled]) -> tuple[str, str]:
    labels = {word.label_zh: word for word in enumeration} | {w.value: w for w in enumeration}
    for value in odd.drop_duplicates():
        close = get_close_matches(str(value), labels, n=1, cutoff=0.4)
        if close:
            word = labels[close[0]]
            shown = few([value])
            return f"; {shown} is perhaps {word.value}", f"；“{shown}”可能是“{word.label_zh}”"
    return "", ""


def _days(subject: Subject) -> list[Finding]:
    given = subject.column("approved_on")
    if given is None:
        return []
    values = given.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values
    else:
        days = pd.Series(values.map(_parks._day, na_action="ignore"), dtype=object)  # noqa: SLF001 - one reading of days
    odd = values[values.notna() & days.isna()]
    found = []
    if len(odd):
        shown = few(odd.drop_duplicates())
        found.append(say("date-unreadable", odd.index, column=few([given.name]), values=shown))
    known = pd.to_datetime(days.dropna())
    if getattr(known.dt, "tz", None) is not None:
        known = known.dt.tz_localize(None)
    strange = known[(known < _FIRST_DAY) | (known > pd.Timestamp.now())]
    if len(strange):
        shown = few(strange.dt.strftime("%Y-%m-%d").drop_duplicates())
        found.append(say("date-odd", strange.index, column=few([given.name]), values=shown))
    return found


def values(subject: Subject) -> list[Finding]:
    """Find values that the parks schema refuses, by its own checks."""
    own = [
        column
        for column in tables.PARK_COLUMNS
        if column.name not in _OWN_CHECKS and subject.column(column.name) is not None
    ]
    if not own or not len(subject.frame):
        return []
    data = {}
    for column in own:
        given: Any = subject.column(column.name)
        is_id = column.name in {"block_id", "brand_id", "brand", "block", "document"}
        plain = given.reset_index(drop=True)
        data[column.name] = _parks._texts(plain) if is_id else plain  # noqa: SLF001 - as read_parks
    with warnings.catch_warnings():
        # As in tables: pandera loads pyspark.pandas where that is installed, which then warns.
        warnings.filterwarnings("ignore", "PySpark", FutureWarning)
        cases = tables._failure_cases(pd.DataFrame(data), own, index=None, complete=False)  # noqa: SLF001 - one schema
    if cases is None:
        return []
    holds = {column.name: column.holds for column in own}
    found = []
    for (called, check), group in cases.groupby(["column", "check"], sort=False):
        named = str(called)
        given = subject.column(named)
        name = few([named if given is None else given.name])
        rows = sorted(set(group["index"].dropna().astype(int)))
        null = check == "not_nullable"
        why = "null; this column must have a value" if null else str(check).split(";")[0]
        why_zh = "为空，此列必填" if null else _HOLDS_ZH.get(holds[named], "不合规定")
        shown = "" if null else few(group["failure_case"].drop_duplicates())
        found.append(say("value-odd", rows, column=name, values=shown, why=why, why_zh=why_zh))
    return found


def readable_area(series: "pd.Series[Any]", unit: str | None) -> "pd.Series[float]":
    """Return stated areas in km² by position, NaN where a value is none or has no unit."""
    plain = series.reset_index(drop=True)
    known = plain.dropna()
    made = pd.Series(np.nan, index=plain.index, dtype="float64")
    if pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known):
        return made if unit is None or not len(known) else _aliases.stated_area(plain, unit)[0]
    km2 = {}
    for value in known.map(str).unique():
        try:
            km2[value] = float(_aliases.stated_area(pd.Series([value]), unit)[0].iloc[0])
        except ParkgeoError:
            continue
    made.loc[known.index] = known.map(str).map(km2).astype("float64")
    return made
