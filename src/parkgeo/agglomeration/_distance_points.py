"""Points of plants in metres, with their sizes and what they are asked for."""

import warnings
from collections.abc import Hashable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from parkgeo import crs
from parkgeo._ground import column_of
from parkgeo.agglomeration._cross import Floats, Report
from parkgeo.agglomeration._places import require_places
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError, first_rows

Flags = NDArray[np.bool_]

_MOST_FOR_MEDIAN: Final = 1500
_STEPS: Final = 100
_NOTHING, _POINT = -1, 0
"""Types as GEOS numbers them."""


@dataclass(frozen=True)
class Points:
    """Points in metres, in order of their coordinates, so that the order of rows changes nothing.

    ``reference`` are those around which neighbours are looked for, ``neighbours`` those that count.
    """

    xy: Floats
    weight: Floats
    reference: Flags
    neighbours: Flags
    crs: CRS
    report: Report
    rows: pd.Index

    @property
    def same(self) -> bool:
        """Whether the points are asked for neighbours of their own kind."""
        return bool((self.reference == self.neighbours).all())


def points_of(
    frame: object,
    *,
    weight: str | None = None,
    industry: str | None = None,
    reference: Hashable | None = None,
    neighbours: Hashable | None = None,
) -> Points:
    """Read points; those without a place, an industry or a size are left out and reported."""
    geometry = _geometry(frame)
    columns = frame if isinstance(frame, gpd.GeoDataFrame) else gpd.GeoDataFrame(geometry=geometry)
    placed = ~(geometry.isna() | geometry.is_empty).to_numpy(dtype=np.bool_)
    sizes = _weights(columns, weight)
    kinds = _kinds(columns, industry, reference, neighbours)
    kept = placed & (sizes > 0) & ~kinds.isna().to_numpy(dtype=np.bool_)
    metres, plane = _in_metres(gpd.GeoSeries(geometry[kept]))
    xy = shapely.get_coordinates(metres.to_numpy())
    is_reference = _is(kinds[kept], reference)
    is_neighbour = is_reference if neighbours is None else _is(kinds[kept], neighbours)
    sizes = sizes[kept]
    order = np.argsort(xy[:, 0])
    if (np.diff(xy[order, 0]) == 0).any():
        order = np.lexsort((is_neighbour, is_reference, sizes, xy[:, 1], xy[:, 0]))
    for flags, name in ((is_reference, reference), (is_neighbour, neighbours)):
        if not flags.any():
            raise SchemaError(
                f"no point of {name!r} has a place and a {weight or 'weight'} above 0"
            )
    if len(xy) < 2:  # noqa: PLR2004
        raise SchemaError("distances need two points at least; found one")
    xy = xy[order]
    again = int((np.diff(xy, axis=0) == 0).all(axis=1).sum())
    return Points(
        xy=xy,
        weight=sizes[order],
        reference=is_reference[order],
        neighbours=is_neighbour[order],
        crs=plane,
        report={
            "without_place": _rows(columns, ~placed),
            "without_industry": _rows(columns, kinds.isna().to_numpy(dtype=np.bool_)),
            "without_weight": _rows(columns, np.isnan(sizes_all := _weights(columns, weight))),
            "zero": _rows(columns, sizes_all == 0),
            "at_one_place": {"n": again},
        },
        rows=columns.index[kept][order],
    )


def _geometry(frame: object) -> gpd.GeoSeries:
    if isinstance(frame, np.ndarray | list | tuple):
        raise MissingCRSError(
            "coordinates alone do not say where they are; make a frame of them with "
            "geopandas.GeoSeries.from_xy(x, y, crs=...)"
        )
    if not isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries):
        raise SchemaError(f"points must be a GeoDataFrame, not a {type(frame).__name__}")
    crs.require_crs(frame, what="points")
    geometry = frame.geometry
    wrong = ~np.isin(shapely.get_type_id(geometry.to_numpy()), (_NOTHING, _POINT))
    if wrong.any():
        kinds = geometry.geom_type[wrong]
        raise GeometryError(
            f"points are needed; found {first_rows(kinds.drop_duplicates())} in rows "
            f"{first_rows(geometry.index[wrong])}; take .representative_point() of parcels"
        )
    require_places(geometry, "points")
    return geometry


def _in_metres(geometry: gpd.GeoSeries) -> tuple[gpd.GeoSeries, CRS]:
    """Bring points to their zone; those that stand in one stay, to the last digit."""
    if len(geometry) == 0:
        raise SchemaError("no point is left that has a place, an industry and a weight above 0")
    plane = crs.require_crs(geometry)
    zone = crs.zone_from_crs(plane)
    if zone is None or zone[1] != 3:  # noqa: PLR2004
        geometry = crs.to_zone(geometry)
        plane = crs.require_crs(geometry)
        zone = crs.zone_from_crs(plane)
    if zone is not None:
        _warn_beyond(geometry, zone[0])
    return geometry, plane


def _warn_beyond(geometry: gpd.GeoSeries, zone: int) -> None:
    # The outermost points say it all, and a million need not be brought to degrees.
    hull = gpd.GeoSeries(
        np.array([shapely.convex_hull(shapely.multipoints(geometry.to_numpy()))]),
        crs=geometry.crs,
    )
    west, south, east, north = crs.to_geographic(hull).total_bounds
    beyond = max(3 * zone - west, east - 3 * zone)
    if beyond > 1.5 + 1e-9:
        aside = np.radians(beyond) * np.cos(np.radians(min(abs(south), abs(north))))
        warnings.warn(
            f"the points span {west:.2f}°–{east:.2f}° E, more than the 3° zone about {3 * zone}° "
            f"E; distances at its edge are too long by up to {aside**2 / 2:.1e} of themselves",
            UserWarning,
            stacklevel=5,
        )


def _weights(frame: gpd.GeoDataFrame, name: str | None) -> Floats:
    if name is None:
        return np.ones(len(frame))
    column = _column(frame, name)
    sizes = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    unread = np.isnan(sizes) & column.notna().to_numpy(dtype=np.bool_)
    wrong = unread | np.isinf(sizes) | (sizes < 0)
    if wrong.any():
        raise SchemaError(
            f"{name!r} must be numbers, 0 or more; found "
            f"{first_rows(column[wrong].drop_duplicates())} in rows "
            f"{first_rows(frame.index[wrong])}"
        )
    return sizes


def _kinds(
    frame: gpd.GeoDataFrame, industry: str | None, *wanted: Hashable | None
) -> "pd.Series[Any]":
    if industry is None:
        if any(one is not None for one in wanted):
            raise SchemaError("name the column of industries too: industry=…")
        return pd.Series(0, index=frame.index)
    column = _column(frame, industry)
    if wanted[0] is None:
        raise SchemaError(f"say which industry of {industry!r} is meant: reference=…")
    known = column.dropna().unique().tolist()
    for one in wanted:
        if one is not None and one not in known:
            near = get_close_matches(str(one), [str(name) for name in known], n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {first_rows(known)}"
            raise UnknownNameError(f"no point has {industry!r} {one!r}; {hint}")
    return column


def _column(frame: gpd.GeoDataFrame, name: str) -> "pd.Series[Any]":
    if name not in frame.columns:
        known = [str(column) for column in frame.columns]
        near = get_close_matches(str(name), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise UnknownNameError(f"the points have no column {name!r}; {hint}")
    return column_of(frame, name)


def _is(kinds: "pd.Series[Any]", wanted: Hashable | None) -> Flags:
    if wanted is None:
        return np.ones(len(kinds), dtype=np.bool_)
    return np.asarray(kinds == wanted, dtype=np.bool_)


def _rows(frame: gpd.GeoDataFrame, wanted: Flags) -> dict[str, object]:
    return {"n": int(wanted.sum()), "rows": first_rows(frame.index[wanted])}


def distances_to_ask(r: object, xy: Floats) -> Floats:
    """Read the distances, or take a hundred steps to the median distance of all points."""
    if r is None:
        return np.linspace(0.0, _median_distance(xy), _STEPS + 1)
    wanted = np.atleast_1d(np.asarray(r, dtype=np.float64))
    if wanted.ndim != 1 or len(wanted) == 0 or not np.isfinite(wanted).all():
        raise SchemaError("r must be one row of finite distances in metres")
    if (wanted < 0).any() or (np.diff(wanted) <= 0).any():
        raise SchemaError("distances r must be 0 or more and rise, each once")
    return wanted


def _median_distance(xy: Floats) -> float:
    few = xy[:: -(-len(xy) // _MOST_FOR_MEDIAN)]
    i, j = np.triu_indices(len(few), 1)
    median = float(np.median(np.hypot(*(few[i] - few[j]).T)))
    if not median > 0:
        raise SchemaError("half of all points are at one place; say the distances r")
    return median
