"""What a frame of ground must be, and errors that say what to do where it is not."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo._ground._types import Floats
from parkgeo.errors import GeometryError, SchemaError, first_rows

SEARCH: Final = (
    "look for spikes and needle-thin parts with parkgeo.io.repair, or leave out half of the rows "
    "at a time to find the ones that cause it"
)
"""What to do where an overlay fails."""


def require_frame(frame: gpd.GeoDataFrame, what: str, *, reader: str = "parkgeo.read") -> None:
    """Refuse what is no frame of geometries; ``reader`` is the function that would read one."""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(
            f"{what} must be a GeoDataFrame, not a {type(frame).__name__}; read one with "
            f"{reader}, or build one with geopandas.GeoDataFrame(…, geometry=…, crs=…)",
        )
    if frame.active_geometry_name is None:
        raise SchemaError("the frame has no geometry column; name it with frame.set_geometry(…)")


def column_of(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column, or refuse a name that several columns have."""
    if (count := frame.columns.tolist().count(name)) > 1:
        raise SchemaError(f"{count} columns are named {name!r}; rename them, or drop all but one")
    return frame[name]


def names_in(frame: pd.DataFrame, name: str, what: str) -> "pd.Series[Any]":
    """Return a column of names, or refuse values that cannot be told apart, such as lists."""
    column = column_of(frame, name)
    odd = ~column.map(lambda value: isinstance(value, Hashable)).to_numpy(dtype=bool)
    if odd.any():
        raise SchemaError(
            f"{what} are named by text or numbers, and column {name!r} holds "
            f"{first_rows(column[odd], most=1)} in rows {first_rows(column.index[odd])}",
        )
    return column


def accuracy_of(parks: pd.DataFrame) -> Floats:
    """Read the accuracy of each block in metres; NaN where it is not known."""
    if "accuracy_m" not in parks.columns:
        return np.full(len(parks), np.nan)
    said = column_of(parks, "accuracy_m")
    column = pd.to_numeric(said, errors="coerce")
    accuracy_m = column.to_numpy(dtype=np.float64, na_value=np.nan)
    unreadable = np.isnan(accuracy_m) & said.notna().to_numpy()
    wrong = unreadable | (accuracy_m < 0) | np.isinf(accuracy_m)
    if wrong.any():
        raise SchemaError(
            f"accuracy_m must be metres, 0 or more, in rows {first_rows(parks.index[wrong])}; "
            "leave it null where it is not known",
        )
    return accuracy_m


@contextmanager
def overlay_errors(what: str, *, of: str = "geometries") -> Iterator[None]:
    """Turn a failure of GEOS into an error that says what to do."""
    try:
        yield
    except shapely.GEOSException as error:
        raise GeometryError(
            f"{what}: GEOS could not overlay the {of}: {error}; {SEARCH}"
        ) from error
