"""What five documents ask of zones, figure by figure, with the words that ask it."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._quantities import require_columns, wrong_cells
from parkgeo.units import UNITS

__all__ = [
    "BOUNDS",
    "GROWTH",
    "PERIODS",
    "ROLES",
    "dates_of",
    "documents",
    "indicators",
    "is_ratio",
    "read_indicators",
    "targets",
    "tidy_indicators",
]

ROLES: Final = ("target", "fact", "rule")
"""What a figure is: to be reached, found to be so, or to be kept to at all times."""

BOUNDS: Final = (
    "at_least", "at_most", "more_than", "less_than", "about", "exactly", "between", "all",
)  # fmt: skip
"""How a value is asked: ``all`` is at least the whole, ``between`` from value to high."""

PERIODS: Final = (
    "total", "cumulative", "per_year", "per_half_year", "growth", "per_year_growth",
)  # fmt: skip
"""What a value counts: a state or a year's sum, a sum since the baseline, what each year or half
year brings, growth since the baseline, growth a year."""

GROWTH: Final = ("growth", "per_year_growth")
_SLUGS: Final = ("indicator_id", "measure")
_WORDS: Final = {"role": ROLES, "bound": BOUNDS, "per": PERIODS}
_NUMBERS: Final = ("value", "high", "baseline_year", "baseline_value")
_DATES: Final = ("due_on", "observed_on")
_COLUMNS: Final = (
    "indicator_id", "document_id", "item", "name", "name_en", "measure", "role", "value", "high",
    "unit", "bound", "scope", "per", "baseline_year", "baseline_value", "due_on", "observed_on",
    "quote", "note",
)  # fmt: skip
_ASKED: Final = ("indicator_id", "measure", "value", "unit", "bound")
"""Without these nothing can be evaluated."""
_CITED: Final = (*_ASKED, "document_id", "name", "quote")
"""Without these a figure does not say where it comes from."""
_DEFAULTS: Final = {"role": "target", "per": "total"}
_SLUG: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_YEARS: Final = (1900, 2200)


def documents() -> pd.DataFrame:
    """Return the documents that the figures come from (政策文件).

    Returns
    -------
    One row per document, the oldest first: ``document_id``, ``title`` and ``title_en``
    (translated), ``number`` (文号; null where it has none or does not say), ``issuer``,
    ``issued_on``, ``in_force_on`` (null where the document does not say), ``status`` (``in_force``,
    or ``draft`` for one that is out for comment).

    Examples
    --------
    >>> documents().set_index("number").loc["杭政函〔2023〕13号", "in_force_on"].year
    2023
    """
    table = _table("documents")
    for column in ("issued_on", "in_force_on"):
        table[column] = pd.to_datetime(table[column])
    return table


def indicators(document: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return every quantified figure of the documents, with its words (指标).

    A figure is a *target* to be reached, a *fact* that a document states, or a *rule* that holds at
    all times. Facts are observations: ``measure``, ``value``, ``unit``, ``observed_on`` and
    ``scope`` go into :func:`evaluate` as they are.

    Parameters
    ----------
    document
        Only of this one, or these: by ``document_id``, number or title; all without it.

    Returns
    -------
    One row per figure, in the order of the texts. ``indicator_id``; ``document_id``; ``item`` (条,
    the headings above it, as printed); ``name``, ``name_en``; ``measure`` (what is measured, the
    same word in every document); ``role`` (``ROLES``); ``value``, and ``high`` for a range;
    ``unit`` (one of ``parkgeo.units.UNITS`` or a quotient where it is one, else as printed;
    percentages keep "%"); ``bound`` (``BOUNDS``); ``scope`` (of what it is asked: a
    ``brand_id`` of :mod:`parkgeo.datasets`, a district, or ``hangzhou-zones`` for all zones of the
    city); ``per`` (``PERIODS``); ``baseline_year`` (at its end) and ``baseline_value``;
    ``due_on``; ``observed_on`` (of a fact); ``quote``; ``note`` (where the words can be read in
    more than one way, how they were read). Null is what the document does not say.

    Raises
    ------
    UnknownNameError
        There is no such document.

    Examples
    --------
    >>> found = indicators("杭政函〔2023〕13号").set_index("indicator_id")
    >>> found.loc["hz2023-concentration", ["name_en", "unit", "bound"]].tolist()
    ['Share of industrial land inside the zones', '%', 'at_least']
    """
    found = tidy_indicators(_table("indicators"), what="indicators", required=_CITED)
    if document is None:
        return found
    asked = {_document(one) for one in ([document] if isinstance(document, str) else document)}
    return found[found["document_id"].isin(asked)].reset_index(drop=True)


def targets(document: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return the figures that are targets (目标).

    Parameters
    ----------
    document
        As in :func:`indicators`.

    Returns
    -------
    As :func:`indicators`, without facts and rules.

    Raises
    ------
    UnknownNameError
        There is no such document.

    Examples
    --------
    >>> targets("xihu-2021-zone-consolidation-plan")["role"].unique().tolist()
    ['target']
    """
    found = indicators(document)
    return found[found["role"] == "target"].reset_index(drop=True)


def read_indicators(path: str | Path, *, encoding: str = "utf-8-sig") -> pd.DataFrame:
    """Read the figures of a document of one's own from a CSV file.

    The frame is of the same kind as :func:`indicators`, so the two can be joined with
    ``pandas.concat``.

    Parameters
    ----------
    path
        A CSV file with the columns ``indicator_id``, ``document_id``, ``measure``, ``name``,
        ``value``, ``unit``, ``bound`` and ``quote``; the other columns of :func:`indicators` may be
        there. ``role`` is target and ``per`` is total where a cell is empty. Dates are written
        2025-12-31.
    encoding
        Of the file; "gb18030" for one that an older Chinese program wrote.

    Returns
    -------
    The columns of :func:`indicators`, then those that the file has beyond them, as text.

    Raises
    ------
    SchemaError
        The file is no table in this encoding, or columns, words, numbers or dates are missing or
        wrong; every fault is listed with its rows, counted from 0 below the heading.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = f"{mkdtemp()}/own.csv"
    >>> indicators().head(2).to_csv(path, index=False)
    >>> len(read_indicators(path))
    2
    """
    try:
        text = Path(path).read_bytes().decode(encoding)
        table = _read(StringIO(text, newline=""))
    except UnicodeDecodeError:
        raise SchemaError(
            f"{path} is not written in {encoding}; say encoding='gb18030', or save it as UTF-8"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SchemaError(f"{path} is no table: {error}") from None
    return tidy_indicators(table, what=str(path), required=_CITED)


def tidy_indicators(
    frame: pd.DataFrame, *, what: str, required: Sequence[str] = _ASKED
) -> pd.DataFrame:
    """Return indicators with every column and its type, or raise with every fault and its rows.

    Parameters
    ----------
    frame
        With the required columns; the others are filled with null, target and total.
    what
        What the frame is called in messages.
    required
        Columns that must be there.
    """
    require_columns(frame, *required, what=what)
    require_columns(frame, *(name for name in _COLUMNS if name in frame), what=what)
    tidy = pd.DataFrame(index=frame.index)
    faults: list[str] = []
    for column in _COLUMNS:
        given = frame[column] if column in frame else pd.Series(None, frame.index, dtype="object")
        tidy[column] = _typed(given, column, faults)
    tidy["name"] = tidy["name"].where(tidy["name"].notna(), tidy["indicator_id"])
    faults += _faults(tidy, frame, required)
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise SchemaError(f"{what}: {count}\n" + "\n".join(f"- {fault}" for fault in faults))
    further = [column for column in frame.columns if column not in _COLUMNS]
    return pd.concat([tidy, frame[further]], axis=1) if further else tidy


def dates_of(values: "pd.Series[Any]") -> "tuple[pd.Series[Any], pd.Series[bool]]":
    """Return days, and which cells hold something that is no day.

    A number is no day: 2025 would be read as nanoseconds.
    """
    plain = values.map(lambda value: not isinstance(value, int | float | np.number)).astype(bool)
    zoned = values.map(lambda value: getattr(value, "tzinfo", None) is not None).astype(bool)
    fit = plain & ~zoned & values.notna()
    found = pd.to_datetime(values.astype(object).where(fit), errors="coerce", format="ISO8601")
    if isinstance(found.dtype, pd.DatetimeTZDtype) or found.dtype == object:
        return pd.Series(pd.NaT, values.index), values.notna()
    days = found.astype("datetime64[us]").dt.normalize()
    return days, days.isna() & values.notna()


def is_ratio(unit: object) -> bool:
    """Whether a unit is one of ratios, such as %."""
    return UNITS.get(str(unit), ("", 1.0))[0] == "ratio"


def _document(name: str) -> str:
    """Find a document by its id, number or title."""
    table = documents()
    for column in ("document_id", "number", "title"):
        found = table.loc[table[column] == name, "document_id"]
        if len(found):
            return str(found.iloc[0])
    raise UnknownNameError(
        f"there is no document {str(name)[:60]!r}; use one of {', '.join(table['document_id'])}"
    )


@cache
def _text(name: str) -> str:
    return (files("parkgeo.policy") / "data" / f"{name}.csv").read_text("utf-8")


def _table(name: str) -> pd.DataFrame:
    return _read(StringIO(_text(name), newline=""))


def _read(text: StringIO) -> pd.DataFrame:
    """Read every cell as text; only an empty one is null."""
    return pd.read_csv(text, dtype="str", keep_default_na=False, na_values=[""])


def _typed(given: "pd.Series[Any]", column: str, faults: list[str]) -> "pd.Series[Any]":
    """Return a column in its type, and note the cells that do not fit."""
    if column in _NUMBERS:
        numbers = pd.to_numeric(given, errors="coerce").astype("float64")
        truth = given.map(lambda value: isinstance(value, bool | np.bool_)).astype(bool)
        finite = numbers.abs() < np.inf
        wrong = (~finite & given.notna()) | truth
        faults += wrong_cells(given, wrong, "is no finite number; write plain digits")
        return numbers
    if column in _DATES:
        days, wrong = dates_of(given)
        faults += wrong_cells(given, wrong, "is no day; write it as 2025-12-31")
        return days
    written = given.astype(object).where(given.notna(), None)
    texts = written.map(lambda value: str(value).strip() or None, na_action="ignore")
    texts = texts.astype(object).where(texts.notna(), _DEFAULTS.get(column))
    return texts.astype("str")


def _faults(tidy: pd.DataFrame, frame: pd.DataFrame, required: Sequence[str]) -> Iterator[str]:
    for column in required:
        missing = tidy[column].isna() & (frame[column].isna() | (column not in _NUMBERS))
        if missing.any():
            yield f"column {column}: is empty in rows {first_rows(tidy.index[missing])}"
    for column in _SLUGS:
        wrong = ~tidy[column].str.fullmatch(_SLUG, na=True).astype(bool)
        says = "is no short ASCII name; use letters, digits, '.', '_' and '-' only"
        yield from wrong_cells(tidy[column], wrong, says)
    twice = tidy["indicator_id"].duplicated(keep=False) & tidy["indicator_id"].notna()
    yield from wrong_cells(
        tidy["indicator_id"], twice, "stands in more than one row; give each its own"
    )
    for column, words in _WORDS.items():
        wrong = ~tidy[column].isin(words) & tidy[column].notna()
        yield from wrong_cells(tidy[column], wrong, f"is none of {', '.join(words)}")
    ranged = tidy["bound"] == "between"
    says = "must be the upper end of a range, above value, and empty where bound is not between"
    wrong = (ranged & ~(tidy["high"] > tidy["value"])) | (~ranged & tidy["high"].notna())
    yield from wrong_cells(tidy["high"], wrong, says)
    grows = tidy["per"].isin(GROWTH)
    level = ~tidy["unit"].map(is_ratio).astype(bool)
    yield from wrong_cells(
        tidy["unit"], grows & level, "is no ratio, in which growth is asked; use %"
    )
    year = tidy["baseline_year"]
    wrong = year.notna() & ~(year.between(*_YEARS) & (year % 1 == 0))
    yield from wrong_cells(year, wrong, "is no year")
    wrong = tidy["baseline_value"].notna() & year.isna()
    yield from wrong_cells(tidy["baseline_value"], wrong, "has no baseline_year")
