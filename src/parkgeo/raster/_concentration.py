"""What share of the land that a raster knows lies inside the zones."""

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs
from parkgeo._ground import (
    Floats,
    Geometries,
    Indices,
    in_pieces,
    overlay_errors,
    union_by,
)
from parkgeo.concentration._contract import (
    ACCURACY,
    AREA_UNIT,
    Zones,
    place,
    require_share,
    targeted,
    zones_of,
)
from parkgeo.errors import GeometryError, SchemaError
from parkgeo.raster._classes import codes_of
from parkgeo.raster._lay import lay
from parkgeo.raster._shares import said_nodata
from parkgeo.raster._source import Raster, RasterLike, opened
from parkgeo.raster._sums import ByClass, sum_classes, sum_values
from parkgeo.raster._zones import Outlines, groups
from parkgeo.units import KM2_M2

_TOTAL, _DRAWN, _ROLES = 0, 1, 4
_NOISE = 1e-6
_OVERLAP = 1e-6
"""Share of the districts' area that may lie in two of them, as of :mod:`parkgeo.concentration`."""


def concentration(  # noqa: PLR0913 - independent options, all by keyword
    raster: RasterLike,
    parks: gpd.GeoDataFrame,
    *,
    classes: int | Collection[int] | None = None,
    within: gpd.GeoDataFrame | None = None,
    by: str | None = None,
    target: float = 0.70,
    band: int = 1,
    nodata: float | None = None,
    scale: float | None = None,
) -> pd.DataFrame:
    r"""Measure what share of the land of some classes lies inside the zones (工业用地集中度).

    As :func:`parkgeo.concentration.ratio`, of land that is known by cells: ground under several
    brands counts once, and a cell on a boundary counts by the share of it that lies inside.

    .. math:: \mathrm{ratio} = \frac{\sum_c v_c A_c |c \cap U| / |c|}{\sum_c v_c A_c},
              \qquad U = \bigcup_z z

    with :math:`A_c` the official area of cell c and :math:`v_c` 1 for the classes that count, else
    0; or the share of the cell that the raster holds.

    Parameters
    ----------
    raster
        Path of a raster that GDAL opens, or an open rasterio dataset, in any CRS that says itself.
    parks
        Blocks, in any CRS; polygons; ``accuracy_m`` for the interval.
    classes
        Codes of the classes that count. None where the band holds the share of each cell that
        counts, 0–1, such as that of :func:`parkgeo.datasets.hangzhou_industrial_share`.
    within
        Polygons that bound the total: a city, or its districts. By default the whole raster.
    by
        Column of ``within``: one row for each value.
    target
        Share that is to be reached.
    band
        Number of the band, from 1.
    nodata
        Value of cells without data, where the raster does not say it.
    scale
        What the numbers of a band of shares are multiplied by, 0.01 for percent; by default what
        the raster says.

    Returns
    -------
    One row, or one per group on an index named ``by``: ``total``, ``inside`` in km²; ``ratio``,
    ``ratio_low``, ``ratio_high``, 0–1, the interval of the boundaries' accuracy, NaN where the
    accuracy of a block is not known; ``target``; ``gap`` in km²; ``gap_mu``; ``n_cells``, the cells
    that hold any such land, those on a border by their share.

    ``attrs``: ``unit``, ``plane``, ``accuracy``, ``accuracy_unknown``, ``parks_without_geometry``
    as of :func:`parkgeo.concentration.ratio`; ``nodata``, how the raster says that it has no data;
    ``nodata_km2``, ground of the total without data, which counts nowhere; ``outside_raster_km2``,
    ground of the zones that the raster does not reach.

    Raises
    ------
    FileNotFoundError, MissingCRSError, CRSMismatchError, GeometryError, SchemaError
        As :func:`shares`; SchemaError also where a band of shares holds what is no share, or
        ``by`` is given without ``within``; GeometryError where groups of ``within`` overlap, since
        their ground would count twice.
    UnknownNameError
        No such column.

    Notes
    -----
    The interval is that of the boundaries. What a cell says of its own ground, and how well the
    classes were told apart, is the raster's and is not in it.

    References
    ----------
    杭政函〔2023〕13号, item 2.

    Examples
    --------
    >>> from parkgeo import datasets
    >>> found = concentration(datasets.hangzhou_industrial_share(), datasets.hangzhou())
    >>> bool(0 < found["ratio_low"].iloc[0] < found["ratio"].iloc[0] < 1)
    True
    """
    require_share(target, "target")
    if by is not None and within is None:
        raise SchemaError(
            "by= groups the total: give within= too, the districts that have the column",
        )
    wanted = None if classes is None else codes_of(classes)
    zones = zones_of(parks)
    with overlay_errors("raster.concentration", of="zones"):
        labels, grounds = _grounds(zones, within, by)
    with opened(raster, band=band, nodata=nodata) as source:
        found = _measured(source, grounds, len(labels), wanted, scale)
        table = _table(found, grounds, zones, target)
        table.index = labels
        table.attrs.update(
            {
                "unit": AREA_UNIT,
                "plane": crs.PLANE.name,
                "accuracy": ACCURACY,
                "by": by,
                "nodata": said_nodata(source),
                "nodata_km2": float(found["nodata"][_TOTAL].sum()) / KM2_M2,
                "outside_raster_km2": _beyond_km2(grounds, found),
                "parks_without_geometry": zones.without_geometry,
                "accuracy_unknown": zones.accuracy_unknown,
            },
        )
    return table


@dataclass(frozen=True)
class _Grounds:
    """Ground on the plane, one shape for each group.

    ``total`` is None where it is the raster itself; ``low`` and ``high`` are None where they are as
    drawn.
    """

    total: Geometries | None
    drawn: Geometries
    low: Geometries | None
    high: Geometries | None

    @property
    def roles(self) -> tuple[Geometries | None, ...]:
        """The four of them in the order of their numbers."""
        return self.total, self.drawn, self.low, self.high


def _grounds(
    zones: Zones, within: gpd.GeoDataFrame | None, by: str | None
) -> tuple[pd.Index, _Grounds]:
    """Return the ground of each group: all of it, and what of it the zones cover."""
    bands = zones.bands(np.zeros(len(zones.blocks.rows), dtype=np.intp), 1)
    drawn = _one(bands.drawn.shapes, zones.origin)
    low, high = (
        None if band is bands.drawn else _one(band.shapes, zones.origin)
        for band in (bands.inner, bands.outer)
    )
    if within is None:
        return pd.RangeIndex(1), _Grounds(None, drawn, low, high)
    labels, total = _regions(within, by)
    low, high = (None if band is None else _cut(total, band) for band in (low, high))
    return labels, _Grounds(total, _cut(total, drawn), low, high)


def _one(parts: Geometries, origin: Floats) -> Geometries:
    """Collect parts that lie apart, on the plane itself."""
    whole = shapely.multipolygons(parts) if len(parts) else shapely.MultiPolygon()
    return np.array([shapely.transform(whole, lambda xy: xy + origin)], dtype=object)


def _regions(within: gpd.GeoDataFrame, by: str | None) -> tuple[pd.Index, Geometries]:
    """Union the polygons of each group on the plane."""
    placed = place(within, "within", origin=np.zeros(2))
    labels: pd.Index = pd.RangeIndex(1)
    codes: Indices = np.zeros(len(within), dtype=np.intp)
    if by is not None:
        labels, codes = groups(within, by)
    total = union_by(placed.shapes, codes[placed.rows], len(labels))
    _refuse_overlaps(total, labels, by)
    return labels, total


def _refuse_overlaps(total: Geometries, labels: pd.Index, by: str | None) -> None:
    """Refuse groups that lie on each other, by more than digits that a file lost."""
    left, right = shapely.STRtree(total).query(total, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    common_m2 = in_pieces(_common_m2, total[left], total[right], doing="looking at districts")
    if common_m2.sum() > _OVERLAP * shapely.area(total).sum():
        worst = int(np.argmax(common_m2))
        names = " and ".join(repr(labels[k]) for k in (left[worst], right[worst]))
        raise GeometryError(
            f"within: {by} overlap by {common_m2.sum() / KM2_M2:.6g} km², {names} by "
            f"{common_m2[worst] / KM2_M2:.6g} km², so their ground would count twice; give "
            "districts of one level only, or mend the borders",
        )


def _common_m2(left: Geometries, right: Geometries) -> Floats:
    return np.asarray(shapely.area(shapely.intersection(left, right)), dtype=np.float64)


def _cut(regions: Geometries, ground: Geometries) -> Geometries:
    """Cut the ground of the zones to each region, and keep what has an area."""
    common = shapely.intersection(regions, ground[0])
    parts, owner = shapely.get_parts(common, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    out = np.full(len(regions), shapely.MultiPolygon(), dtype=object)
    for k in np.unique(owner[areal]):
        out[k] = shapely.MultiPolygon(list(parts[areal & (owner == k)]))
    return out


def _measured(
    source: Raster,
    grounds: _Grounds,
    n: int,
    wanted: list[int] | None,
    scale: float | None,
) -> dict[str, Floats]:
    """Add up, by role and group, what counts, what has data and what has none, and cells."""
    size = _ROLES * n
    given = [(k, shapes) for k, shapes in enumerate(grounds.roles) if shapes is not None]
    shapes = np.concatenate([shapes for _, shapes in given])
    numbers = np.concatenate([np.arange(n) + k * n for k, _ in given])
    some = ~shapely.is_empty(shapes)
    outlines = Outlines(shapes[some], numbers[some], crs.PLANE)
    laid = lay((outlines,), source.grid, size, whole=0 if grounds.total is None else None)
    if wanted is None:
        by_value = sum_values(source, laid, size, scale=scale, counted=n)
        sums = {
            "counts": by_value.weighted_m2,
            "data": by_value.area_m2,
            "nodata": by_value.nodata_m2,
            "cells": by_value.cells,
        }
    elif scale is None:
        sums = _of_classes(sum_classes(source, laid, size, counted=n), wanted, size)
    else:
        raise SchemaError("scale is for bands of shares; classes= asks for codes")
    return {name: values.reshape(_ROLES, n) for name, values in sums.items()}


def _of_classes(found: ByClass, wanted: list[int], size: int) -> dict[str, Floats]:
    """Add up the codes that count."""
    zone, code, cells = found.cells
    holds, counted = np.isin(found.code, wanted), np.isin(code, wanted)
    return {
        "counts": _added(found.zone[holds], found.area_m2[holds], size),
        "data": _added(found.zone, found.area_m2, size),
        "nodata": found.nodata_m2,
        "cells": _added(zone[counted], cells[counted], size),
    }


def _added(zone: Indices, values: Floats, size: int) -> Floats:
    return np.bincount(zone, values, minlength=size).astype(np.float64)


def _table(
    found: dict[str, Floats], grounds: _Grounds, zones: Zones, target: float
) -> pd.DataFrame:
    """Turn sums into ratios and gaps, as of parcels."""
    total, drawn, low, high = found["counts"] / KM2_M2
    # Moved outlines are simplified first; the drawn one is never outside its own interval.
    low = drawn if grounds.low is None else np.minimum(low, drawn)
    high = drawn if grounds.high is None else np.maximum(high, drawn)
    if zones.accuracy_unknown:
        low = high = np.full(len(drawn), np.nan)
    sums = pd.DataFrame(
        {
            "total": total,
            "inside": drawn,
            "inside_low": low,
            "inside_high": high,
            "n_parcels": np.rint(found["cells"][_TOTAL]),
        },
    )
    return targeted(sums, target, unit=AREA_UNIT).rename(columns={"n_parcels": "n_cells"})


def _beyond_km2(grounds: _Grounds, found: dict[str, Floats]) -> float:
    """Measure the ground of the zones that has no cells."""
    ground_m2 = float(shapely.area(grounds.drawn).sum())
    beyond_m2 = ground_m2 - float((found["data"] + found["nodata"])[_DRAWN].sum())
    # Cells and outlines agree to some 1e-7, which is no ground outside.
    return beyond_m2 / KM2_M2 if beyond_m2 > _NOISE * ground_m2 else 0.0
