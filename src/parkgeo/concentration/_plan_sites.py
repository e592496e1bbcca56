"""What a plan decides on: clusters or parcels outside, and the ground that a zone would take in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs, measure
from parkgeo._ground import Flags, Floats, Geometries, Indices, middle_of, still_valid, union_by
from parkgeo._progress import watched
from parkgeo.concentration._plane import components, in_chunks
from parkgeo.concentration._scattered import Scattered, names_of, table_of, unions
from parkgeo.units import KM2_M2

Unit: TypeAlias = Literal["cluster", "parcel"]

_TOUCHING_M: Final = 0.01
_LEAST_M2: Final = 1.0
"""Area below which a piece between parcels is a matter of drawing."""
_SLIVER_M: Final = 0.05
_ON_EACH_OTHER: Final = 0.01
"""Share of the smaller of two parcels from which they are decided on together; less is drawing."""
_ARC_SEGMENTS: Final = 8


@dataclass(frozen=True)
class Zones:
    """The zones that have a name and a geometry; the blocks of all, and the zone of each."""

    names: pd.Index
    codes: Indices
    blocks: gpd.GeoSeries

    @classmethod
    def of(cls, parks: gpd.GeoDataFrame, by: str) -> "Zones":
        """Read the blocks; one without a name belongs to no zone, and is ground of one."""
        named = names_of(parks, by)
        drawn = ~(parks.geometry.isna() | parks.geometry.is_empty).to_numpy(dtype=np.bool_)
        codes, names = pd.factorize(named[drawn], use_na_sentinel=True)
        flat = gpd.GeoSeries(shapely.force_2d(np.asarray(parks.geometry)[drawn]), crs=parks.crs)
        blocks = crs.to_geographic(flat)
        return cls(pd.Index(names, dtype=object), codes.astype(np.intp), blocks)

    def codes_of(self, parks: gpd.GeoDataFrame, by: str) -> Indices:
        """Return the zone of each row of the parks, those without a geometry among them."""
        named = pd.Index(names_of(parks, by), dtype=object)
        return np.asarray(self.names.get_indexer(named), dtype=np.intp)


@dataclass(frozen=True)
class Sites:
    """Sites in order of priority, the scattered parcels, and the site of each of them.

    ``grounds`` is what a zone would grow by, EPSG:4490; ``gain_km2`` how much more land that counts
    would lie inside; ``kept_out`` tells where parcels lie on ground that is kept out.
    """

    table: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    site: Indices
    area_km2: Floats
    grounds: gpd.GeoSeries
    ground_km2: Floats
    gain_km2: Floats
    kept_out: Flags

    def sums(self, values: Floats) -> Floats:
        """Add up by site what is known by parcel; NaN where one is not known."""
        return np.bincount(self.site, values, minlength=len(self.table)).astype(np.float64)

    def any(self, flags: Flags) -> Flags:
        """Tell the sites that have any parcel so flagged."""
        return np.bincount(self.site, flags, minlength=len(self.table)) > 0


def sites_of(  # noqa: PLR0913 - what all of it rests on
    found: Scattered,
    others: gpd.GeoSeries,
    zones: Zones,
    keep_out: gpd.GeoDataFrame | None,
    *,
    labels: pd.Index,
    unit: Unit,
    gap_m: float,
) -> Sites:
    """Describe the sites.

    Parameters
    ----------
    found
        Clusters and parcels outside; parcels in any CRS.
    others
        The other parcels that count.
    zones
        The zones.
    keep_out
        Polygons that zones may not grow over.
    labels
        Label of each parcel outside in the user's frame.
    unit
        What may be decided on by itself.
    gap_m
        Widest gap in a cluster, and between it and the zone that takes it in.
    """
    area_km2 = np.asarray(measure.area_m2(found.parcels.geometry), dtype=np.float64) / KM2_M2
    table, site = _by_cluster(found) if unit == "cluster" else _by_parcel(found, labels, area_km2)
    shapes = gpd.GeoSeries(
        shapely.force_2d(found.parcels.geometry.to_numpy()), crs=found.parcels.crs
    )
    plane = _Plane(shapes, site, len(table))
    fill = _fill(table.geometry, zones.blocks, gap_m) if unit == "cluster" else None
    avoid = None if keep_out is None else gpd.GeoSeries(keep_out.geometry.dropna())
    grounds, kept_out = plane.grounds(fill, zones.blocks, avoid)
    own_km2 = area_km2 * found.parcels["share_outside"].to_numpy()
    gain_km2 = np.bincount(site, own_km2, minlength=len(table)).astype(np.float64)
    gain_km2 += plane.shared_m2(grounds, others) / KM2_M2
    return Sites(
        table,
        found.parcels,
        site,
        area_km2,
        plane.on_ground(grounds),
        np.asarray(shapely.area(grounds), dtype=np.float64) / KM2_M2,
        gain_km2,
        kept_out,
    )


def _by_cluster(found: Scattered) -> tuple[gpd.GeoDataFrame, Indices]:
    table = found.clusters.reset_index()
    table.insert(1, "parcel", pd.Series([None] * len(table), dtype=object))
    return table, found.parcels["cluster"].to_numpy(dtype=np.intp) - 1


def _by_parcel(
    found: Scattered, labels: pd.Index, area_km2: Floats
) -> tuple[gpd.GeoDataFrame, Indices]:
    """Make each parcel a site, in order of its cluster's priority, and the largest first.

    Parcels that lie on each other are one site: no zone can take in the ground of one of them and
    leave that of the other, and nobody pays for it twice.
    """
    parcels = found.parcels
    code = _on_each_other(parcels.geometry)
    distance_m, nearest = parcels["distance_m"].to_numpy(), parcels["nearest"].to_numpy(object)
    table = table_of(code, area_km2, parcels["share_outside"].to_numpy(), distance_m, nearest)
    first = np.unique(code, return_index=True)[1]
    cluster = parcels["cluster"].to_numpy()[first]
    order = np.lexsort([-table["area_km2"].to_numpy(), cluster])
    table = table.take(order).reset_index(drop=True)
    code = np.argsort(order)[code].astype(np.intp)
    table.insert(0, "cluster", cluster[order])
    table.insert(1, "parcel", pd.Series(_named(labels, code), dtype=object))
    table["priority"] = np.arange(1, len(table) + 1)
    shapes = unions(gpd.GeoSeries(parcels.geometry), code, len(table))
    return gpd.GeoDataFrame(table, geometry=shapes.to_numpy(), crs=crs.CGCS2000), code


def _on_each_other(parcels: gpd.GeoSeries) -> Indices:
    """Give one number to parcels that share a good part of the smaller one."""
    if not len(parcels):
        return np.zeros(0, dtype=np.intp)
    flat = gpd.GeoSeries(shapely.force_2d(parcels.to_numpy()), crs=parcels.crs)
    shapes = crs.to_plane(flat).to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    area_m2 = shapely.area(shapes)
    shared_m2 = shapely.area(in_chunks(shapely.intersection, shapes[left], shapes[right]))
    real = shared_m2 > _ON_EACH_OTHER * np.minimum(area_m2[left], area_m2[right])
    return components(len(shapes), left[real], right[real])


def _named(labels: pd.Index, code: Indices) -> list[object]:
    """Name each site by its parcel, or by all of several."""
    groups = pd.Series(list(labels), dtype=object).groupby(code, sort=True)
    return [some.iloc[0] if len(some) == 1 else " + ".join(map(str, some)) for _, some in groups]


def _fill(sites: gpd.GeoSeries, blocks: gpd.GeoSeries, gap_m: float) -> gpd.GeoSeries:
    r"""Draw what lies in gaps of a cluster, and between it and a zone: the closing by a disc.

    With a disc of the gap as diameter no ground belongs to two clusters, which lie further from
    each other than that; see the documentation of plans for the proof. What a disc would round off
    in corners is left out by closing with square corners too.
    """
    if not len(sites) or gap_m == 0:
        return sites
    ground = crs.to_zone(sites)
    shapes = ground.to_numpy()
    plane = crs.require_crs(ground)
    zones = blocks.to_crs(plane).to_numpy()
    out = shapely.intersection(_closed(shapes, gap_m), _closed(shapes, gap_m, join="mitre"))
    site, block = shapely.STRtree(zones).query(shapes, predicate="dwithin", distance=gap_m)
    total = len(np.unique(site))
    for at, hits in watched(_groups(site, block), doing="drawing extensions", total=total):
        out[at] = _fill_beside(shapes[at], shapely.union_all(zones[hits]), gap_m)
    return gpd.GeoSeries(out, crs=plane)


def _fill_beside(shape: shapely.Geometry, zones: shapely.Geometry, gap_m: float) -> Any:  # noqa: ANN401 - a geometry
    """Close a cluster together with the zones around it, but not what these close by themselves."""
    around = shapely.box(*shapely.bounds(shapely.buffer(shape, 4 * gap_m + 1)))
    beside = shapely.intersection(zones, around)
    both = shapely.union(shape, beside)
    round_ = shapely.difference(_closed(both, gap_m), _closed(beside, gap_m))
    return shapely.intersection(round_, _closed(both, gap_m, join="mitre"))


def _closed(shapes: Any, gap_m: float, *, join: Literal["round", "mitre"] = "round") -> Any:  # noqa: ANN401 - one geometry or many
    how: dict[str, Any] = {"quad_segs": _ARC_SEGMENTS, "join_style": join}
    return shapely.buffer(shapely.buffer(shapes, gap_m / 2, **how), -gap_m / 2, **how)


class _Plane:
    """The sites on the equal-area plane, in metres from a point among them."""

    def __init__(self, parcels: gpd.GeoSeries, site: Indices, count: int) -> None:
        placed = crs.to_plane(parcels).to_numpy() if len(parcels) else np.zeros(0, dtype=object)
        self.origin = middle_of(placed)
        self.shapes = union_by(self._near(placed), site, count)

    def place(self, shapes: gpd.GeoSeries) -> Geometries:
        """Bring shapes to the plane."""
        flat = gpd.GeoSeries(shapely.force_2d(shapes.to_numpy()), crs=shapes.crs)
        return self._near(crs.to_plane(flat).to_numpy()) if len(flat) else flat.to_numpy()

    def _near(self, placed: Geometries) -> Geometries:
        return still_valid(np.asarray(shapely.transform(placed, lambda xy: xy - self.origin)))

    def on_ground(self, shapes: Geometries) -> gpd.GeoSeries:
        """Return shapes as longitude and latitude."""
        moved = shapely.transform(shapes, lambda xy: xy + self.origin)
        if not len(moved):
            return gpd.GeoSeries([], crs=crs.CGCS2000)
        back = crs.from_plane(gpd.GeoSeries(moved, crs=crs.PLANE))
        return gpd.GeoSeries(still_valid(back.to_numpy()), crs=back.crs)

    def grounds(
        self, fill: gpd.GeoSeries | None, blocks: gpd.GeoSeries, keep_out: gpd.GeoSeries | None
    ) -> tuple[Geometries, Flags]:
        """Draw what a zone would grow by at each site, and tell the sites on ground kept out."""
        zones = self.place(blocks)
        own = _without(self.shapes, zones)
        kept_out = np.zeros(len(own), dtype=np.bool_)
        avoid = np.zeros(0, dtype=object) if keep_out is None else self.place(keep_out)
        site, other = shapely.STRtree(avoid).query(own, predicate="intersects")
        shared = shapely.area(shapely.intersection(own[site], avoid[other]))
        kept_out[site[shared > _LEAST_M2]] = True
        if fill is None:
            return own, kept_out
        between = _without(self.place(fill), np.concatenate([zones, avoid]))
        between = shapely.difference(between, self.shapes)
        thick = shapely.buffer(shapely.buffer(between, -_SLIVER_M), _SLIVER_M)
        part, at = shapely.get_parts(thick, return_index=True)
        kept = (shapely.area(part) >= _LEAST_M2) & shapely.dwithin(
            part, self.shapes[at], 2 * _TOUCHING_M + _SLIVER_M
        )
        pieces = np.concatenate([own, _without_own(part[kept], at[kept], self.shapes, zones)])
        codes = np.concatenate([np.arange(len(own)), at[kept]])
        return _areal(union_by(pieces, codes, len(own))), kept_out

    def shared_m2(self, grounds: Geometries, parcels: gpd.GeoSeries) -> Floats:
        """Measure what of other parcels lies in each ground."""
        shapes = self.place(parcels)
        site, other = shapely.STRtree(shapes).query(grounds, predicate="intersects")
        shared = shapely.area(shapely.intersection(grounds[site], shapes[other]))
        return np.bincount(site, shared, minlength=len(grounds)).astype(np.float64)


def _without(shapes: Geometries, others: Geometries) -> Geometries:
    """Cut from each shape what others cover."""
    out = shapes.copy()
    at, other = shapely.STRtree(others).query(shapes, predicate="intersects")
    for row, hits in _groups(at, other):
        out[row] = shapely.difference(shapes[row], shapely.union_all(others[hits]))
    return out


def _groups(codes: Indices, values: Indices) -> Iterator[tuple[int, Indices]]:
    """Yield each code with its values."""
    order = np.argsort(codes, kind="stable")
    for run in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        if len(run):
            yield int(codes[run[0]]), values[run]


def _without_own(
    parts: Geometries, at: Indices, shapes: Geometries, zones: Geometries
) -> Geometries:
    """Cut off what smoothing put back over the edges of parcels and zones."""
    if not len(parts):
        return parts
    return _without(np.asarray(shapely.difference(parts, shapes[at])), zones)


def _areal(shapes: Geometries) -> Geometries:
    """Keep the polygons of each shape."""
    part, at = shapely.get_parts(shapes, return_index=True)
    kept = (shapely.get_type_id(part) == shapely.GeometryType.POLYGON) & (shapely.area(part) > 0)
    out = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    return np.asarray(shapely.multipolygons(part[kept], indices=at[kept], out=out))


def reach(sites: gpd.GeoSeries, zones: Zones, allowed: Flags, within_m: float | None) -> Floats:
    """Measure how far each zone lies from each site, in metres, infinite beyond the limit.

    The nearest zone of those allowed always has its distance.
    """
    out = np.full((len(sites), len(zones.names)), np.inf)
    some = np.flatnonzero((zones.codes >= 0) & np.append(allowed, False)[zones.codes])
    if not len(sites) or not len(some):
        return out
    ground = crs.to_zone(sites)
    shapes = ground.to_numpy()
    drawn = gpd.GeoSeries(zones.blocks.iloc[some])
    blocks = drawn.to_crs(crs.require_crs(ground)).to_numpy()
    tree = shapely.STRtree(blocks)
    (site, block), metres = tree.query_nearest(shapes, return_distance=True, all_matches=True)
    np.minimum.at(out, (site, zones.codes[some[block]]), metres)
    if within_m is None or np.isinf(within_m):
        for at in watched(range(len(shapes)), doing="measuring distances", total=len(shapes)):
            far = shapely.distance(shapes[at], blocks)
            np.minimum.at(out[at], zones.codes[some], far)
        return out
    site, block = tree.query(shapes, predicate="dwithin", distance=within_m)
    far = shapely.distance(shapes[site], blocks[block])
    np.minimum.at(out, (site, zones.codes[some[block]]), far)
    return out
