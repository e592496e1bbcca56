"""How much of each zone each class of land cover takes."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import Floats
from parkgeo.errors import SchemaError
from parkgeo.raster._classes import UNKNOWN, Classes, named
from parkgeo.raster._lay import Edges, lay
from parkgeo.raster._source import Raster, RasterLike, opened
from parkgeo.raster._sums import ByClass, sum_classes
from parkgeo.raster._zones import Zones, zones_of
from parkgeo.units import KM2_M2


def shares(  # noqa: PLR0913 - independent options, all by keyword
    raster: RasterLike,
    zones: gpd.GeoDataFrame,
    *,
    by: str | None = None,
    classes: Classes | None = None,
    band: int = 1,
    nodata: float | None = None,
) -> pd.DataFrame:
    r"""Measure what share of each zone each class of land cover takes (地类占比).

    A cell that a boundary crosses counts by the share of it that lies inside, exactly:

    .. math:: S_k = \sum_{c:\,\mathrm{code}(c) = k} A_c \, |c \cap z| / |c|

    with :math:`A_c` the official area of the cell and the fraction taken in the raster's own
    columns and rows.

    Parameters
    ----------
    raster
        Path of a raster that GDAL opens, or an open rasterio dataset, in any CRS that says itself;
        whole numbers. Only blocks that zones meet are read, each once.
    zones
        Polygons in any CRS, GCJ-02 and BD-09 included.
    by
        Column, or name of the index, of which each value makes a zone, such as the brand; ground
        under several of its blocks counts once. By default each row is a zone.
    classes
        Names of codes: ``{50: "industry"}``, or ``{"industry": [50, 51]}``. Without, the codes
        themselves are the classes.
    band
        Number of the band, from 1.
    nodata
        Code of cells without data, where the raster does not say it, or says it wrongly.

    Returns
    -------
    One row for each zone and each class that occurs, or that ``classes`` names: the zone, in a
    column named as ``by`` or as the index (else ``zone``); ``class``; ``area_km2``, official;
    ``share`` of the zone; ``coverage``, the share of the zone that lies inside the raster, and
    ``nodata``, the share without data, the same in all rows of a zone. Over the classes of a zone,
    shares add up to coverage − nodata. Codes that ``classes`` does not name are the class
    ``unknown``. A zone without geometry has NaN.

    ``attrs``: ``nodata``, how the raster says that there is no data, None where it does not;
    ``unknown``, code → km²; ``without_geometry``; ``closure``, how far cells and the official area
    of zones that lie wholly inside differ, at most, relatively.

    Raises
    ------
    FileNotFoundError
        No such raster.
    MissingCRSError, CRSMismatchError
        The raster or the zones do not say where they lie, or say what cannot be.
    GeometryError
        Zones that are invalid, no polygons, or beyond where the raster's CRS is defined.
    SchemaError
        A raster that cannot be read, has no transform, or holds measurements and not classes.
    UnknownNameError, AmbiguousNameError
        No such column; a code in two classes.

    Notes
    -----
    Edges are straight on the equal-area plane; where they bend in the raster's CRS they are cut
    until that is less than 1e-5 of a cell.

    References
    ----------
    Levien, R. (2016), Inside the fastest font renderer in the world. Baston, D., exactextract.

    Examples
    --------
    >>> from parkgeo import datasets
    >>> from shapely import box
    >>> grid = datasets.hangzhou_industrial_share()
    >>> zone = gpd.GeoDataFrame(geometry=[box(120.0, 30.2, 120.1, 30.3)], crs="EPSG:4490")
    >>> bool(shares(grid, zone)["share"].sum().round(9) == 1)
    True
    """
    names = None if classes is None else named(classes)
    placed = zones_of(zones, by)
    with opened(raster, band=band, nodata=nodata) as source:
        laid = lay(placed.outlines, source.grid, len(placed.labels))
        found = sum_classes(source, laid, len(placed.labels))
        inside_m2 = _inside(found, len(placed.labels))
        whole_m2 = whole_of(placed, laid, inside_m2)
        table = _table(found, placed, names, whole_m2, inside_m2, zones, by)
        table.attrs.update(_attrs(source, placed, laid, found, names, inside_m2))
    return table


def whole_of(placed: Zones, laid: Edges, inside_m2: Floats) -> Floats:
    """Return the area of which shares are taken.

    Of a zone that lies wholly inside the raster, the sum of its cells: so shares add up to 1, and
    the rounding of the cells' areas does not look like ground outside.
    """
    whole = np.where(laid.clear, inside_m2, np.maximum(placed.area_m2, inside_m2))
    return np.asarray(np.where(placed.missing | (whole == 0), np.nan, whole))


def _inside(found: ByClass, n_zones: int) -> Floats:
    by_class = np.bincount(found.zone, found.area_m2, minlength=n_zones)
    return np.asarray(by_class + found.nodata_m2, dtype=np.float64)


def _table(  # noqa: PLR0913, PLR0917
    found: ByClass,
    placed: Zones,
    names: dict[int, str] | None,
    whole_m2: Floats,
    inside_m2: Floats,
    zones: gpd.GeoDataFrame,
    by: str | None,
) -> pd.DataFrame:
    keys, columns = _classes(found, names)
    n_zones = len(placed.labels)
    size = n_zones * len(columns)
    at = found.zone * len(columns) + keys
    area_m2 = np.bincount(at, found.area_m2, minlength=size).astype(np.float64)
    zone = np.repeat(np.arange(n_zones), len(columns))
    area_m2[np.isnan(whole_m2)[zone]] = np.nan
    name = by or (zones.index.name if isinstance(zones.index.name, str) else "zone")
    if name in _COLUMNS:
        raise SchemaError(f"the zones are called {name!r}, as a column of the result; rename it")
    return pd.DataFrame(
        {
            name: placed.labels.take(zone),
            "class": pd.Index(columns * n_zones, tupleize_cols=False),
            "area_km2": area_m2 / KM2_M2,
            "share": area_m2 / whole_m2[zone],
            "coverage": (inside_m2 / whole_m2)[zone],
            "nodata": (found.nodata_m2 / whole_m2)[zone],
        }
    )


_COLUMNS = frozenset({"class", "area_km2", "share", "coverage", "nodata"})


def _classes(found: ByClass, names: dict[int, str] | None) -> tuple[Any, list[Any]]:
    """Return the number of the class of each row that was found, and all classes."""
    if names is None:
        codes, keys = np.unique(found.code, return_inverse=True)
        # Where nothing was found, zones stay, with no class.
        return keys.ravel(), codes.tolist() or [None]
    order = list(dict.fromkeys(names.values()))
    unknown = ~np.isin(found.code, list(names))
    if unknown.any():
        order.append(UNKNOWN)
    number = {name: k for k, name in enumerate(order)}
    known = pd.Series(found.code).map(names).fillna(UNKNOWN).map(number)
    return known.to_numpy(dtype=np.intp), order


def _attrs(  # noqa: PLR0913, PLR0917
    source: Raster,
    placed: Zones,
    laid: Edges,
    found: ByClass,
    names: dict[int, str] | None,
    inside_m2: Floats,
) -> dict[str, object]:
    unknown = np.zeros(len(found.code), dtype=np.bool_)
    if names is not None:
        unknown = ~np.isin(found.code, list(names))
    codes, place = np.unique(found.code[unknown], return_inverse=True)
    area_km2 = np.bincount(place, found.area_m2[unknown], minlength=len(codes)) / KM2_M2
    clear = laid.clear & (placed.area_m2 > 0)
    off = np.abs(inside_m2[clear] / placed.area_m2[clear] - 1)
    return {
        "nodata": said_nodata(source),
        "unknown": dict(zip(codes.tolist(), area_km2.tolist(), strict=True)),
        "without_geometry": placed.without_geometry,
        "closure": float(off.max(initial=0.0)),
    }


def said_nodata(source: Raster) -> str | None:
    """Say how a raster says that it has no data."""
    if not source.says_nodata:
        return None
    return "mask" if source.nodata is None else f"{source.nodata:g}"
