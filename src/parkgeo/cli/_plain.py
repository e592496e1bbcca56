"""Results as JSON holds them: numbers as numbers, what is missing as null."""

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

__all__ = ["document", "plain", "without_geometry"]


def document(content: object) -> str:
    """Return a JSON document; Chinese stands in it as it is.

    Examples
    --------
    >>> print(document({"名称": "甲", "area_km2": float("nan")}))
    {
     "名称": "甲",
     "area_km2": null
    }
    """
    return json.dumps(plain(content), ensure_ascii=False, indent=1, allow_nan=False)


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - one line for each kind
    """Return what JSON has words for; a frame is a list of its rows, without their geometry."""
    if isinstance(value, pd.DataFrame):
        return _rows(value)
    if isinstance(value, pd.Series):
        return {_key(label): plain(one) for label, one in value.items()}
    if isinstance(value, Mapping):
        return {_key(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray | pd.Index):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, Enum):
        return _scalar(value.value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value.wkt if isinstance(value, BaseGeometry) else str(value)


def _key(label: object) -> str:
    found = plain(label)
    if isinstance(found, list):
        return ", ".join(map(str, found))
    return "null" if found is None else str(found)


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    table = without_geometry(frame)
    names = [_key(name) for name in table.columns]
    columns = [[plain(one) for one in table.iloc[:, at]] for at in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def without_geometry(frame: pd.DataFrame, *, labels: bool = False) -> pd.DataFrame:
    """Return a table of all columns but geometries.

    An index that says something becomes a column, and so do plain numbers with ``labels``.
    """
    table = pd.DataFrame(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        table = table.drop(columns=table.columns[table.dtypes == "geometry"])
    numbers = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    if numbers and not labels:
        return table.reset_index(drop=True)
    if any(name in {None, *table.columns} for name in table.index.names):
        name = "row" if "row" not in table.columns else "row_label"
        table = table.set_axis(table.index.to_flat_index().rename(name))
    return table.reset_index()
