"""What a census finds: one row for each thing that a person has to look at, in two languages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Texts = NDArray[np.object_]
Tuples = Sequence[tuple[object, ...]]

COLUMNS: Final = (
    "kind", "parcel_ids", "enterprise_ids", "rows", "area_km2", "distance_m", "reason", "reason_zh",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """What a kind of finding says, with places for the values of a row."""

    en: str
    zh: str


def findings(  # noqa: PLR0913 - the columns of the table, by keyword
    kind: str,
    reason: Reason,
    *,
    rows: Tuples,
    parcel_ids: Tuples | None = None,
    enterprise_ids: Tuples | None = None,
    area_km2: Any = np.nan,  # noqa: ANN401 - a number or an array
    distance_m: Any = np.nan,  # noqa: ANN401 - a number or an array
    values: Mapping[str, Sequence[object]] | None = None,
) -> pd.DataFrame:
    """Put findings of one kind into a table; ``values`` fill the places in the reason."""
    count = len(rows)
    filled = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)] \
        if values else [{}] * count  # fmt: skip
    none: Tuples = [()] * count
    return pd.DataFrame(
        {
            "kind": pd.Series([kind] * count, dtype="str"),
            "parcel_ids": _objects(none if parcel_ids is None else parcel_ids),
            "enterprise_ids": _objects(none if enterprise_ids is None else enterprise_ids),
            "rows": _objects(rows),
            "area_km2": np.broadcast_to(np.asarray(area_km2, dtype=np.float64), count),
            "distance_m": np.broadcast_to(np.asarray(distance_m, dtype=np.float64), count),
            "reason": pd.Series([_said(reason.en, one) for one in filled], dtype="str"),
            "reason_zh": pd.Series([_said(reason.zh, one) for one in filled], dtype="str"),
        },
        columns=COLUMNS,
    )


def _said(reason: str, values: Mapping[str, object]) -> str:
    """Fill the values in; half characters, which no column of text can hold, as their numbers."""
    return reason.format(**values).encode("utf-8", "backslashreplace").decode()


def _objects(values: Tuples) -> Texts:
    """Put tuples into an array of one dimension."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def stacked(tables: Sequence[pd.DataFrame], template: pd.DataFrame) -> pd.DataFrame:
    """Put tables below each other; the template says what an empty one looks like."""
    some = [table for table in tables if len(table)]
    return pd.concat(some, ignore_index=True) if some else template.iloc[:0].copy()


def all_findings(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put findings of several kinds below each other."""
    return stacked(tables, findings("", Reason("", ""), rows=[]))


def words_of(values: Iterable[Any]) -> list[object]:
    """Return values for a reason; nothing for a null, whose spelling says nothing to a reader."""
    return ["" if pd.api.types.is_scalar(one) and pd.isna(one) else one for one in values]


def singles(values: Iterable[object]) -> list[tuple[object, ...]]:
    """Return each value as a tuple of one."""
    return [(value,) for value in values]


def counts_of(found: pd.DataFrame) -> pd.DataFrame:
    """Count findings by kind, the most frequent first."""
    counted = found.groupby("kind", sort=False).agg(
        n=("kind", "size"),
        area_km2=("area_km2", "sum"),
        example=("reason", "first"),
        example_zh=("reason_zh", "first"),
    )
    return counted.sort_values("n", ascending=False, kind="stable")


_RIGHT: Final = "text-align:right;"
_LEAST: Final = 5e-4
"""Below it three decimals would show nothing."""

_CELL: Final = "text-align:left;padding:3px 12px 3px 0;vertical-align:top;background:#fff;"


def card(title: str, facts: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> str:
    """Write HTML that stands for itself; every word of the data is escaped."""
    lines = "".join(
        f'<span style="margin-right:18px"><b>{escape(name)}</b> {escape(value)}</span>'
        for name, value in facts.items()
    )
    parts = "".join(
        f'<div style="margin-top:10px;color:#5b6773">{escape(name)}</div>{_html_table(table)}'
        for name, table in tables.items()
        if len(table)
    )
    return (
        '<div style="background:#fff;color:#1f2933;padding:12px 14px;border:1px solid #dde3e8;'
        'border-radius:8px;max-width:980px;font:14px/1.45 system-ui,sans-serif;overflow-x:auto">'
        f'<div style="font-size:17px;font-weight:650">{escape(title)}</div>'
        f"<div>{lines}</div>{parts}</div>"
    )


def _html_table(table: pd.DataFrame) -> str:
    heads = [str(table.index.name or ""), *map(str, table.columns)]
    sides = ["", *(_RIGHT if pd.api.types.is_numeric_dtype(kind) else "" for kind in table.dtypes)]
    head = "".join(
        f'<th style="{_CELL}{side}color:#5b6773">{escape(name)}</th>'
        for name, side in zip(heads, sides, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(map(_cell, row)) + "</tr>" for row in table.itertuples(name=None)
    )
    return (
        '<table style="border-collapse:collapse;font-size:13px">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(value: object) -> str:
    side = _RIGHT if isinstance(value, float | int | np.number) else ""
    return f'<td style="{_CELL}{side}">{escape(_shown(value))}</td>'


def _shown(value: object) -> str:
    if isinstance(value, float | np.floating):
        number = float(value)
        if np.isnan(number):
            return "–"
        return f"{number:,.3f}" if number == 0 or abs(number) >= _LEAST else f"{number:.1e}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
