"""By which rules the fate of a platform is decided: data, with the words of the document."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from parkgeo._style import Text
from parkgeo.errors import SchemaError, first_rows
from parkgeo.model import Labelled
from parkgeo.policy._quantities import require_columns, wrong_cells

__all__ = [
    "OPERATORS",
    "ROUNDING",
    "Condition",
    "Fate",
    "Operator",
    "conditions_of",
    "fate_hosts",
    "fate_rules",
    "tidy_rules",
]

ROUNDING: Final = 1e-9
"""Values this close to a threshold, relatively, are equal to it: areas are good to this."""

_RULES: Final = "data/fate_hangzhou_2017.csv"
_HOSTS: Final = "data/fate_hosts_2017.csv"
_REQUIRED: Final = ("rule", "order", "fate", "attribute", "operator", "threshold")
_COLUMNS: Final = (
    "rule", "order", "fate", "into", "attribute", "attribute_zh", "attribute_en", "unit",
    "unit_en", "operator", "threshold", "assumed", "quote", "leaves_open", "leaves_open_en",
    "item", "document_id",
)  # fmt: skip
_OF_THE_RULE: Final = ("order", "fate", "into")
"""Columns that rows of one rule must agree on."""


class Fate(Labelled):
    """What becomes of a platform (分类整合).

    Examples
    --------
    >>> Fate("kept").label_zh
    '保留提升型'
    """

    HOST = "host", "host of others", "整合托管型（主体）"
    MERGED = "merged", "merged or held in trust", "整合托管型"
    INNOVATIVE = "innovative", "turned innovative", "转为创新型"
    KEPT = "kept", "kept and raised", "保留提升型"
    PHASED_OUT = "phased_out", "phased out", "逐步退出型"
    UNDECIDED = "undecided", "undecided", "未定"


class Operator(NamedTuple):
    """How a value is held against a threshold, and how that is said."""

    compare: "np.ufunc"
    holds: Text
    fails: Text


OPERATORS: Final[dict[str, Operator]] = {
    "at_least": Operator(
        np.greater_equal, Text("不低于", "is at least"), Text("低于", "is less than")
    ),
    "at_most": Operator(np.less_equal, Text("不超过", "is at most"), Text("超过", "is more than")),
    "more_than": Operator(np.greater, Text("高于", "is more than"), Text("不高于", "is at most")),
    "less_than": Operator(np.less, Text("低于", "is less than"), Text("不低于", "is at least")),
    "exactly": Operator(np.equal, Text("为", "is"), Text("不为", "is not")),
}
"""All that a rule may ask of a value."""


class Condition(NamedTuple):
    """One row of the rules; an attribute of None always holds."""

    rule: str
    fate: str
    into: str | None
    attribute: str | None
    attribute_zh: str | None
    attribute_en: str | None
    unit: str | None
    unit_en: str | None
    operator: str
    threshold: float
    assumed: bool


def conditions_of(tidy: pd.DataFrame) -> list[Condition]:
    """Return the rows of tidy rules, in their order."""
    columns = (tidy[name].tolist() for name in Condition._fields)
    return [Condition(*row) for row in zip(*columns, strict=True)]


def fate_rules(path: str | Path | None = None) -> pd.DataFrame:
    """Return the rules that decide what becomes of platforms (分类标准), or read yours.

    The document names four types in words and no figure: its annex asks for "具体标准和依据" that
    are still to be made. So every threshold of the default rules but one is ``assumed``, and
    ``leaves_open`` says what the planner has to choose.

    Parameters
    ----------
    path
        CSV file with rules of your own; those of the document, made measurable, by default.

    Returns
    -------
    One row per condition, sorted by ``order``.

    ``rule`` (its name), ``order`` (the first rule that holds decides; all rows of a rule must
    hold), ``fate`` (a word of :class:`Fate`), ``into`` (column of the attributes that names the
    platform it goes to); ``attribute`` (a column of the attributes; empty for a rule that always
    holds), ``attribute_zh``, ``attribute_en``, ``unit``, ``unit_en`` (``ratio`` is written in per
    cent, ``yes`` as yes or no), ``operator`` (``at_least``, ``at_most``, ``more_than``,
    ``less_than``, ``exactly``), ``threshold``; ``assumed``; ``quote``, ``item``, ``document_id``;
    ``leaves_open``, ``leaves_open_en``.

    Raises
    ------
    SchemaError
        The file cannot be read, or is no table of rules; the message lists every fault.

    References
    ----------
    杭政办函〔2017〕127号, 三、(三)1.

    Examples
    --------
    >>> rules = fate_rules()
    >>> rules.loc[rules["attribute"] == "area_km2", "threshold"] = 0.5
    >>> rules["fate"].drop_duplicates().tolist()
    ['host', 'merged', 'innovative', 'kept', 'phased_out']
    """
    if path is None:
        return _default().copy()
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return tidy_rules(_read(text))
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SchemaError(f"rules: {path} cannot be read as a CSV file: {error}") from error


def fate_hosts() -> pd.DataFrame:
    """Return which sorts of zones take others in trust, and the words (主体).

    Returns
    -------
    ``level``, ``kind`` (words of :class:`parkgeo.model.Level` and :class:`~parkgeo.model.Kind`),
    ``quote``, ``item``, ``document_id``.

    References
    ----------
    杭政办函〔2017〕127号, 三、(三)1(1).

    Examples
    --------
    >>> fate_hosts()[["level", "kind"]].values.tolist()[0]
    ['national', 'economic_zone']
    """
    return _table(_HOSTS).copy()


@cache
def _default() -> pd.DataFrame:
    return tidy_rules(_table(_RULES))


@cache
def _table(name: str) -> pd.DataFrame:
    return _read(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _read(text: str) -> pd.DataFrame:
    """Read every cell as text; only an empty one is null."""
    return pd.read_csv(StringIO(text), dtype="str", keep_default_na=False, na_values=[""])


def tidy_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Check a table of rules, and return it complete, typed and in order.

    Raises
    ------
    SchemaError
        Lists every fault.
    """
    require_columns(rules, *_REQUIRED, what="rules")
    require_columns(rules, *(name for name in _COLUMNS if name in rules), what="rules")
    given = rules.reset_index(drop=True)
    faults: list[str] = []
    tidy = pd.DataFrame(index=given.index)
    for name in _COLUMNS:
        column = given[name] if name in given.columns else pd.Series(None, index=given.index)
        if name in {"order", "threshold"}:
            tidy[name] = _numbers(column, faults)
        elif name == "assumed":
            tidy[name] = _truths(column, faults)
        else:
            texts = column.map(lambda value: str(value).strip() or None, na_action="ignore")
            tidy[name] = texts.astype(object).where(texts.notna(), None)
    faults += _faults(tidy)
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise SchemaError(f"rules: {count}\n" + "\n".join(f"- {fault}" for fault in faults))
    return tidy.sort_values("order", kind="stable", ignore_index=True)


def _numbers(column: "pd.Series[Any]", faults: list[str]) -> "pd.Series[float]":
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = column.notna() & (numbers.isna() | numbers.abs().eq(np.inf))
    faults += wrong_cells(column, wrong, "is no finite number")
    return numbers


def _truths(column: "pd.Series[Any]", faults: list[str]) -> "pd.Series[bool]":
    said = column.map(lambda value: str(value).strip().casefold(), na_action="ignore")
    faults += wrong_cells(
        column, ~said.isin(["true", "false"]) & said.notna(), "is not true or false"
    )
    return said == "true"


def _faults(tidy: pd.DataFrame) -> Iterator[str]:
    """Say what is wrong with single cells, with rows, and with rows of one rule."""
    for name in ("rule", "order", "fate"):
        if (empty := tidy[name].isna()).any():
            yield f"column {name}: is empty in rows {first_rows(tidy.index[empty])}"
    fates = [fate.value for fate in Fate if fate is not Fate.UNDECIDED]
    for name, words in (("fate", fates), ("operator", list(OPERATORS))):
        wrong = ~tidy[name].isin(words) & tidy[name].notna()
        yield from wrong_cells(tidy[name], wrong, f"is none of {', '.join(words)}")
    asks = tidy["attribute"].notna()
    for name in ("operator", "threshold"):
        wrong = asks & tidy[name].isna()
        yield from wrong_cells(tidy["attribute"], wrong, f"has no {name}")
        yield from wrong_cells(tidy[name], ~asks & tidy[name].notna(), "has no attribute")
    for rule, rows in tidy.groupby("rule"):
        for name in _OF_THE_RULE:
            if len(found := rows[name].drop_duplicates()) > 1:
                yield f"rule {rule!r}: its rows differ in {name}: {first_rows(found)}"
        if len(rows) > 1 and rows["attribute"].isna().any():
            yield f"rule {rule!r}: a rule that always holds is one row without an attribute"
    once = tidy.drop_duplicates(["rule", "order"])
    twice = once["order"].duplicated(keep=False) & once["order"].notna()
    yield from wrong_cells(once["rule"], twice, "have one order; which comes first?")
    again = tidy.duplicated(["rule", "attribute", "operator"]) & asks
    yield from wrong_cells(
        tidy["attribute"], again, "stands twice in one rule with the same operator"
    )
