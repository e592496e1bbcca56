"""What share of the land that a raster knows lies inside the zones."""

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs
from parkgeo._ground import Floats, Geometries, Indices, overlay_errors, union_by
from parkgeo.concentration._plane import place
from parkgeo.concentration._ratio import require_share
from parkgeo.concentration._select import AREA_UNIT
from parkgeo.concentration._sums import ACCURACY, targeted
from parkgeo.concentration._zones import Zones, zones_of
from parkgeo.errors import SchemaError
from parkgeo.raster._classes import codes_of
from parkgeo.raster._shares import said_nodata
from parkgeo.raster._source import Raster, RasterLike, opened
from parkgeo.raster._sums import sum_classes, sum_values
from parkgeo.raster._zones import Outlines, _groups, lay
from parkgeo.units import KM2_M2

_TOTAL, _DRAWN, _LOW, _HIGH = range(4)
_ROLES = 4


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
        As :func:`shares`; and SchemaError where a band of shares holds what is no share, or
        ``by`` is given without ``within``.
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
        labels, roles = _grounds(zones, within, by)
    n = len(labels)
    numbers = [k for k, shapes in enumerate(roles) if shapes is not None]
    outlines = Outlines(
        np.concatenate([np.asarray(roles[k], dtype=object) for k in numbers])
        if numbers
        else np.empty(0, dtype=object),
        np.concatenate([np.arange(n) + k * n for k in numbers]),
        crs.PLANE,
    )
    with opened(raster, band=band, nodata=nodata) as source:
        found = _measured(source, outlines, n, wanted, scale, whole=within is None)
        drawn = roles[_DRAWN]
        table, notes = _table(found, n, roles, zones, target)
        table.index = labels
        table.attrs.update(
            {
                "unit": AREA_UNIT,
                "plane": crs.PLANE.name,
                "accuracy": ACCURACY,
                "by": by,
                "nodata": said_nodata(source),
                **notes,
                "outside_raster_km2": _beyond_km2(drawn, found, n),
                "parks_without_geometry": zones.without_geometry,
                "accuracy_unknown": zones.accuracy_unknown,
            },
        )
    return table


_Roles = list["Geometries | None"]


def _grounds(
    zones: Zones, within: gpd.GeoDataFrame | None, by: str | None
) -> tuple[pd.Index, _Roles]:
    """Return the ground of each group: all of it, and what of it the zones cover; None as drawn."""
    codes = np.zeros(len(zones.blocks.rows), dtype=np.intp)
    bands = zones.bands(codes, 1)
    drawn = bands.drawn.shapes
    roles: _Roles = [None, _one(drawn, zones.origin)]
    for band in (bands.inner, bands.outer):
        roles.append(None if band is bands.drawn else _one(band.shapes, zones.origin))
    if within is None:
        return pd.RangeIndex(1), roles
    labels, total = _regions(within, by)
    cut: _Roles = [total]
    cut += [None if ground is None else _cut(total, ground) for ground in roles[1:]]
    return labels, cut


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
        labels, codes = _groups(within, by)
    return labels, union_by(placed.shapes, codes[placed.rows], len(labels))


def _cut(regions: Geometries, ground: Geometries) -> Geometries:
    """Cut the ground of the zones to each region, and keep what has an area."""
    common = shapely.intersection(regions, ground[0])
    parts, owner = shapely.get_parts(common, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    out = np.full(len(regions), shapely.MultiPolygon(), dtype=object)
    for k in np.unique(owner[areal]):
        out[k] = shapely.MultiPolygon(list(parts[areal & (owner == k)]))
    return out


def _measured(  # noqa: PLR0913
    source: Raster,
    outlines: Outlines,
    n: int,
    wanted: list[int] | None,
    scale: float | None,
    *,
    whole: bool,
) -> dict[str, Floats]:
    """Add up what counts, in m², by role and group, and what has data and what has not."""
    some = ~(shapely.is_empty(outlines.shapes) | shapely.is_missing(outlines.shapes))
    full = Outlines(outlines.shapes[some], outlines.zone[some], outlines.crs)
    laid = lay((full,), source.grid, _ROLES * n, whole=0 if whole else None)
    if wanted is None:
        by_value = sum_values(source, laid, _ROLES * n, scale=scale, counted=n)
        return {
            "counts": by_value.weighted_m2,
            "data": by_value.area_m2,
            "nodata": by_value.nodata_m2,
            "cells": by_value.cells,
        }
    if scale is not None:
        raise SchemaError("scale is for bands of shares; classes= asks for codes")
    by_class = sum_classes(source, laid, _ROLES * n, counted=n)
    size = _ROLES * n
    zone, code, cells = by_class.cells
    holds, counted = np.isin(by_class.code, wanted), np.isin(code, wanted)
    return {
        "counts": _added(by_class.zone[holds], by_class.area_m2[holds], size),
        "data": _added(by_class.zone, by_class.area_m2, size),
        "nodata": by_class.nodata_m2,
        "cells": _added(zone[counted], cells[counted], size),
    }


def _added(zone: Indices, values: Floats, size: int) -> Floats:
    return np.bincount(zone, values, minlength=size).astype(np.float64)


def _table(
    found: dict[str, Floats], n: int, roles: _Roles, zones: Zones, target: float
) -> tuple[pd.DataFrame, dict[str, object]]:
    counts = found["counts"].reshape(_ROLES, n) / KM2_M2
    inside = counts[_DRAWN]
    # Moved outlines are smoothed a little first; the drawn one is never outside its own interval.
    low = inside if roles[_LOW] is None else np.minimum(counts[_LOW], inside)
    high = inside if roles[_HIGH] is None else np.maximum(counts[_HIGH], inside)
    if zones.accuracy_unknown:
        low = high = np.full(n, np.nan)
    sums = pd.DataFrame(
        {
            "total": counts[_TOTAL],
            "inside": inside,
            "inside_low": low,
            "inside_high": high,
            "n_parcels": np.rint(found["cells"][:n]),
        },
    )
    table = targeted(sums, target, unit=AREA_UNIT).rename(columns={"n_parcels": "n_cells"})
    nodata_km2 = float(found["nodata"][:n].sum()) / KM2_M2
    return table, {"nodata_km2": nodata_km2}


def _beyond_km2(drawn: "Geometries | None", found: dict[str, Floats], n: int) -> float:
    """Measure the ground of the zones that has no cells."""
    if drawn is None:
        return 0.0
    cells_m2 = (found["data"] + found["nodata"])[_DRAWN * n : (_DRAWN + 1) * n].sum()
    ground_m2 = float(shapely.area(drawn).sum())
    # Cells and outlines agree to some 1e-7, which is no ground outside.
    beyond_m2 = ground_m2 - cells_m2
    return float(beyond_m2) / KM2_M2 if beyond_m2 > _NOISE * ground_m2 else 0.0


_NOISE = 1e-6
