"""Parcels outside the zones, in clusters, with the nearest zone and an order of work."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs
from parkgeo._ground import names_in
from parkgeo.concentration._notes import report_of
from parkgeo.concentration._plane import (
    Floats,
    Geometries,
    Indices,
    components,
    overlay_errors,
    require_frame,
    union_by,
)
from parkgeo.concentration._ratio import origin_of, require_share
from parkgeo.concentration._select import Where, select, weigh
from parkgeo.concentration._shares import inside
from parkgeo.concentration._zones import zones_of
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.units import KM2_M2, km2_to_mu

_ROUNDING: Final = 1e-9
"""Share of a parcel that rounding may put on the wrong side of a common border."""
_FIRST_ROWS: Final = 10
"""Clusters that a notebook shows."""


class Scattered(NamedTuple):
    """Clusters of scattered parcels, and the parcels in them."""

    clusters: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame

    def __repr__(self) -> str:
        area_km2 = self.clusters["area_km2"].sum()
        return (
            f"<Scattered: {len(self.parcels):,} parcels in {len(self.clusters):,} clusters, "
            f"{area_km2:,.3f} km²; .clusters and .parcels>"
        )

    def _repr_html_(self) -> str:
        first = self.clusters.drop(columns=self.clusters.active_geometry_name).head(_FIRST_ROWS)
        table: str = pd.DataFrame(first).to_html(float_format="{:.3f}".format)
        return f"<p>{escape(repr(self))}</p>{table}"


@overlay_errors("scattered")
def scattered(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    gap_m: float = 100.0,
    min_outside: float = 0.5,
    near_m: float = 1000.0,
    by: str = "brand_id",
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
) -> Scattered:
    r"""Find the parcels outside the zones, in clusters (零星工业用地).

    What a planner has to look at, the most worthwhile first. Parcels hang together if each is at
    most ``gap_m`` from the next. Clusters stand in the order of

    .. math:: \frac{\text{area outside}}{1 + \text{distance} / \text{near}}

    so the larger and the nearer to a zone comes first, and one at ``near_m`` counts as much as one
    of half the area at the border.

    Parameters
    ----------
    parcels
        Polygons in any CRS, as for :func:`ratio`.
    parks
        Blocks, in any CRS; polygons.
    gap_m
        Widest gap inside a cluster, in metres: some 100 m is a road with its green, or a river.
    min_outside
        Least share of a parcel that lies outside for it to be scattered; 1 means wholly outside.
    near_m
        Distance at which the area counts half.
    by
        Column, or name of the index, of the parks that names the nearest zone.
    where, classes, system
        Which parcels count, as for :func:`ratio`.

    Returns
    -------
    ``clusters``: GeoDataFrame in EPSG:4490 on an index ``cluster`` from 1, in order of priority.
    ``n_parcels``; ``area_km2``, ``area_mu`` of the parcels; ``outside_km2``, what of it lies
    outside; ``share_outside``; ``distance_m`` from the nearest zone, 0 where they meet, and
    ``nearest``, its label (of several the first in order); NaN and null where there is no zone;
    ``priority``, 1 first; ``geometry``, the union of the parcels.

    ``parcels``: the rows that are scattered, as they came, with ``cluster``, ``share_outside``,
    ``distance_m`` and ``nearest`` of their own.

    ``attrs`` of ``clusters`` as of :func:`ratio`.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`ratio`; SchemaError too where parcels have columns of these names.

    Notes
    -----
    Distances are taken in the 3° zone of the parcels, true to about 1e-4 within it. Overlapping
    parcels count twice in ``area_km2``.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01), box(120.02, 30, 120.03, 30.01)],
    ...     crs="EPSG:4490").to_frame("geometry")
    >>> scattered(land, land.iloc[:1].assign(brand_id="a")).clusters["distance_m"].round().tolist()
    [965.0]
    """
    _require(gap_m, near_m, min_outside, parcels)
    selection = select(parcels, where=where, classes=classes, system=system)
    zones = zones_of(parks)
    names = names_of(parks, by)
    weighed = weigh(parcels, selection.chosen, None, origin=origin_of(zones))
    outside = 1.0 - inside(weighed.placed.outlines, zones.bands()).drawn
    out = np.flatnonzero(outside >= min_outside - _ROUNDING)
    found = parcels.iloc[weighed.placed.rows[out]].copy()
    ground = crs.to_zone(found.geometry) if len(found) else found.geometry
    blocks = parks.iloc[zones.blocks.rows].geometry
    distance_m, nearest = _nearest(ground, blocks, names[zones.blocks.rows])
    code = _clusters(ground.to_numpy(), gap_m)
    table = table_of(code, weighed.value[out], outside[out], distance_m, nearest)
    order = _order(table, ground, code, near_m)
    rank = np.argsort(order)
    table = table.take(order).reset_index(drop=True)
    code = rank[code]
    table["priority"] = np.arange(1, len(table) + 1)
    geometry = unions(found.geometry, code, len(table))
    table.index = pd.RangeIndex(1, len(table) + 1, name="cluster")
    clusters = gpd.GeoDataFrame(table, geometry=geometry.set_axis(table.index))
    clusters.attrs.update(
        {
            "gap_m": gap_m,
            "min_outside": min_outside,
            "near_m": near_m,
            "by": by,
            **report_of(parcels, selection, weighed.placed, None),
            "parks_without_geometry": zones.without_geometry,
        },
    )
    found["cluster"] = code + 1
    found["share_outside"] = np.clip(outside[out], 0.0, 1.0)
    found["distance_m"], found["nearest"] = distance_m, nearest
    return Scattered(clusters, found)


ADDED: Final = ("cluster", "share_outside", "distance_m", "nearest")
"""Columns that scattered parcels have besides their own."""


def _require(gap_m: float, near_m: float, min_outside: float, parcels: gpd.GeoDataFrame) -> None:
    if not 0 <= gap_m < np.inf:
        raise SchemaError(f"gap_m must be metres, 0 or more, not {gap_m}")
    if not 0 < near_m < np.inf:
        raise SchemaError(f"near_m must be metres, more than 0, not {near_m}")
    require_share(min_outside, "min_outside")
    require_frame(parcels, "parcels")
    if min_outside == 0:
        raise SchemaError("min_outside must be more than 0: no parcel lies outside by nothing")
    if taken := [name for name in ADDED if name in parcels.columns]:
        raise SchemaError(f"parcels have columns {', '.join(taken)} already; rename them")


def names_of(parks: gpd.GeoDataFrame, by: str) -> Geometries:
    """Return the name of the zone of each block."""
    if by in parks.columns:
        return names_in(parks, by, "zones").to_numpy(dtype=object)
    if by in parks.index.names:
        return np.asarray(parks.index.get_level_values(by), dtype=object)
    raise UnknownNameError(
        f"parks have no column or index {by!r} to name the zones by; there are "
        f"{', '.join(map(str, parks.columns))}",
    )


def _nearest(
    ground: gpd.GeoSeries, blocks: gpd.GeoSeries, names: Geometries
) -> tuple[Floats, Geometries]:
    """Find the nearest block of each parcel; of several the one that comes first by name."""
    distance_m = np.full(len(ground), np.nan)
    nearest = np.full(len(ground), None, dtype=object)
    if not len(ground) or not len(blocks):
        return distance_m, nearest
    zones = crs.to_geographic(blocks).to_crs(crs.require_crs(ground)).to_numpy()
    order = np.argsort([str(name) for name in names], kind="stable")
    (row, block), metres = shapely.STRtree(zones[order]).query_nearest(
        ground.to_numpy(), return_distance=True, all_matches=True
    )
    first = np.unique(row[np.lexsort([block, row])], return_index=True)[1]
    kept = np.lexsort([block, row])[first]
    distance_m[row[kept]] = metres[kept]
    nearest[row[kept]] = names[order[block[kept]]]
    return distance_m, nearest


def _clusters(shapes: Geometries, gap_m: float) -> Indices:
    """Give a number to what hangs together by gaps of at most so many metres."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap_m)
    return components(len(shapes), left, right)


def table_of(
    code: Indices, area_km2: Floats, outside: Floats, distance_m: Floats, nearest: Geometries
) -> pd.DataFrame:
    """Add up parcels by their number."""
    count = int(code.max(initial=-1)) + 1
    area: Floats = np.bincount(code, area_km2, minlength=count).astype(np.float64)
    outside_km2 = np.bincount(code, area_km2 * outside, minlength=count)
    name = np.array([str(label) for label in nearest], dtype=object)
    order = np.lexsort([name, distance_m, code])
    first = order[np.unique(code[order], return_index=True)[1]]
    return pd.DataFrame(
        {
            "n_parcels": np.bincount(code, minlength=count),
            "area_km2": area,
            "area_mu": km2_to_mu(area),
            "outside_km2": outside_km2,
            "share_outside": np.clip(outside_km2 / area, 0.0, 1.0),
            "distance_m": distance_m[first],
            "nearest": nearest[first],
        },
    )


def _order(table: pd.DataFrame, ground: gpd.GeoSeries, code: Indices, near_m: float) -> Indices:
    """Sort clusters by priority; of equals the more western, then the more southern, is first."""
    distance_m = np.nan_to_num(table["distance_m"].to_numpy())
    score = table["outside_km2"].to_numpy() * KM2_M2 / (1 + distance_m / near_m)
    corner = np.full((len(table), 2), np.inf)
    np.minimum.at(corner, code, shapely.bounds(ground.to_numpy())[:, :2])
    # To the square decimetre and millimetre, so that rounding does not choose between equals.
    keys = [np.round(corner[:, 1], 3), np.round(corner[:, 0], 3), -np.round(score, 2)]
    return np.lexsort(keys)


def unions(geometry: gpd.GeoSeries, code: Indices, count: int) -> gpd.GeoSeries:
    """Join the parcels of each number in longitude and latitude, where they keep their corners."""
    degrees = crs.to_geographic(geometry)
    joined = union_by(np.asarray(shapely.force_2d(degrees.to_numpy())), code, count)
    return gpd.GeoSeries(joined, crs=degrees.crs)
