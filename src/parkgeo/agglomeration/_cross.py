"""From a tidy frame, or a matrix, to values of each industry in each region."""

from collections.abc import Hashable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo.errors import SchemaError, UnknownNameError, first_rows

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Report: TypeAlias = dict[Hashable | None, Any]


_LARGE: Final = 1e150
"""Numbers beyond are taken relative to their largest, as their sum and squares would overflow."""


@dataclass(frozen=True)
class Plants:
    """Plants with a size above 0, and the region and industry of each."""

    size: Floats
    region: Indices
    industry: Indices
    regions: pd.Index
    industries: pd.Index
    report: Report

    @property
    def count(self) -> Floats:
        """How many plants each industry has."""
        found = np.bincount(self.industry, minlength=len(self.industries))
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True)
class Cross:
    """Values of each region (rows) and industry (columns)."""

    value: Floats
    regions: pd.Index
    industries: pd.Index
    report: Report


def plants_of(frame: pd.DataFrame, *, region: str, industry: str, size: str | None) -> Plants:
    """Read plants row by row; without a size each counts as 1.

    Rows without a region, an industry or a size are left out and named in the report, and so are
    plants of size 0, which weigh nothing.
    """
    _require_frame(frame)
    if region == industry:
        raise SchemaError(f"region and industry are both {region!r}; name two columns")
    labels = [_column(frame, name) for name in (region, industry)]
    sizes = _sizes(frame, size)
    placed = ~(labels[0].isna() | labels[1].isna()).to_numpy(dtype=np.bool_)
    sized = ~np.isnan(sizes)
    kept = placed & sized & (sizes > 0)
    report: Report = {
        "without_label": _rows(frame, ~placed),
        "without_value": _rows(frame, placed & ~sized),
        "zero": _rows(frame, placed & (sizes == 0)),
    }
    if not kept.all():
        labels, sizes = [label[kept] for label in labels], sizes[kept]
    codes = [codes_of(label) for label in labels]
    return Plants(
        size=sizes,
        region=codes[0][0],
        industry=codes[1][0],
        regions=codes[0][1],
        industries=codes[1][1],
        report=report,
    )


def codes_of(labels: "pd.Series[Any]") -> tuple[Indices, pd.Index]:
    """Code labels in their order, or where they have none, in that of their text."""
    try:
        codes, found = pd.factorize(labels)
    except TypeError as error:
        raise SchemaError(f"labels in {labels.name!r} must be text, numbers or dates") from error
    index = pd.Index(found, name=labels.name, tupleize_cols=False)
    try:
        order = np.asarray(index.argsort(), dtype=np.intp)
    except TypeError:
        order = np.array(sorted(range(len(index)), key=lambda i: _text_key(index[i])), np.intp)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank[codes], index.take(order)


def _text_key(label: object) -> tuple[str, str]:
    return str(label), type(label).__name__


def cross_of(frame: pd.DataFrame, *, region: str, industry: str, value: str | None) -> Cross:
    """Read a tidy frame, one row or several for a region and industry; or a matrix.

    A frame that has neither of the two columns, and only columns of numbers, is a matrix: regions
    are its rows, industries its columns.
    """
    _require_frame(frame)
    if {region, industry}.isdisjoint(frame.columns) and _is_matrix(frame):
        return _matrix(frame, region, industry, value)
    plants = plants_of(frame, region=region, industry=industry, size=value)
    return crossed(plants)


def crossed(plants: Plants) -> Cross:
    """Add up the plants of each region and industry."""
    shape = (len(plants.regions), len(plants.industries))
    cell = plants.region * shape[1] + plants.industry
    total = np.bincount(cell, plants.size, minlength=shape[0] * shape[1])
    value = np.asarray(total, dtype=np.float64).reshape(shape)
    return Cross(value, plants.regions, plants.industries, plants.report)


def values_1d(x: object, what: str) -> Floats:
    """Read numbers that are finite and not negative, of which only the ratios count."""
    try:
        values = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"{what} must be numbers: {error}") from error
    if values.ndim != 1 or len(values) == 0:
        raise SchemaError(f"{what} must be one row of numbers, at least one; found {values.shape}")
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        raise SchemaError(
            f"{what} must be finite and not negative; found {first_rows(values[wrong].tolist())} "
            f"at positions {first_rows(np.flatnonzero(wrong).tolist())}"
        )
    largest = values.max()
    return values / largest if largest > _LARGE else values


def _require_frame(frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise SchemaError(f"the table must be a DataFrame, not a {type(frame).__name__}")


def _is_matrix(frame: pd.DataFrame) -> bool:
    return len(frame.columns) > 0 and all(
        pd.api.types.is_numeric_dtype(kind) and kind.kind != "c" for kind in frame.dtypes
    )


def _matrix(frame: pd.DataFrame, region: str, industry: str, value: str | None) -> Cross:
    if value is not None:
        raise SchemaError(
            f"the table has no columns {region!r} and {industry!r}, so it is read as a matrix of "
            f"regions × industries, which has no column {value!r} for values; name the columns "
            "with region= and industry=, or leave value= out"
        )
    if frame.index.nlevels > 1 or frame.columns.nlevels > 1:
        raise SchemaError("a matrix must have one level of names for regions, and for industries")
    if frame.index.has_duplicates or frame.columns.has_duplicates:
        raise SchemaError("a matrix must name each region and each industry once")
    numbers = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        rows = frame.index[wrong.any(axis=1)]
        raise SchemaError(
            f"values must be finite and not negative; not so in rows {first_rows(rows)}; write 0 "
            "where a region has none of an industry"
        )
    regions, industries = frame.index.rename(region), frame.columns.rename(industry)
    return Cross(numbers, regions, industries, {})


def _sizes(frame: pd.DataFrame, name: str | None) -> Floats:
    """Read sizes, NaN where null; what is no size at all is refused."""
    if name is None:
        return np.ones(len(frame))
    column = _column(frame, name)
    kind = getattr(column.dtype, "kind", "O")
    if kind in "cmM":
        raise SchemaError(f"{name!r} must be numbers, 0 or more, not {column.dtype}")
    sizes = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    unread = np.isnan(sizes) & column.notna().to_numpy(dtype=np.bool_)
    wrong = unread | np.isinf(sizes) | (sizes < 0)
    if wrong.any():
        found = first_rows(column[wrong].drop_duplicates())
        raise SchemaError(
            f"{name!r} must be numbers, 0 or more; found {found} in rows "
            f"{first_rows(frame.index[wrong])}"
        )
    return sizes


def _column(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    count = frame.columns.tolist().count(name)
    if count == 1:
        return frame[name]
    if count > 1:
        raise SchemaError(f"{count} columns are named {name!r}; rename them, or drop all but one")
    known = [str(column) for column in frame.columns]
    near = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"
    raise UnknownNameError(f"the table has no column {name!r}; {hint}")


def _rows(frame: pd.DataFrame, wanted: NDArray[np.bool_]) -> dict[str, object]:
    return {"n": int(wanted.sum()), "rows": first_rows(frame.index[wanted])}
