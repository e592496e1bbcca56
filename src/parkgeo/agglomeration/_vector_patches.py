"""Patches of parcels that are polygons: how many, how large, how far apart, how compact."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs, measure
from parkgeo._ground import Floats, Geometries, Indices, components, overlay_errors, union_by
from parkgeo.agglomeration._cross import codes_of
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows
from parkgeo.units import KM2_M2

_POLYGONS: Final = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
_INDICES: Final = ("polsby_popper", "reock", "convex_hull", "schwartzberg")
_ROUNDING: Final = 1e-6
"""Part of a gap, and metres, that rounding of coordinates on their way to the zone may add."""

_FIRST_REACH_M: Final = 50.0
_OUTWARD: Final = np.array([-1.0, -1.0, 1.0, 1.0])
_MANY_PARTS: Final = 32

PAIRS: Final = 500_000
"""Pairs of patches up to which all distances are taken, and how many are drawn of more."""


@overlay_errors("vector_patches", of="parcels")
def vector_patches(
    parcels: gpd.GeoDataFrame,
    *,
    gap_m: float,
    by: str | None = None,
    parks: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    r"""Measure in how many pieces land lies, and how compact they are (一园多点).

    Parcels are one patch if each is at most ``gap_m`` from the next. The measures are those of
    :func:`landscape_metrics` where these have a meaning without cells.

    Parameters
    ----------
    parcels
        Polygons in any CRS; parcels, or the blocks of parks themselves: "one park, many places".
    gap_m
        Widest gap inside a patch, in metres; 0 joins only what touches.
    by
        Column, or name of the index: one row per value. With ``parks`` a column of these, by
        default ``brand_id``.
    parks
        Zones; each is given the parts of parcels that lie inside it.

    Returns
    -------
    One row per value of ``by``, or one in all: ``n_parcels``; ``n_patches``; ``area_km2``, ground
    counted once; ``largest_km2`` and ``largest_share`` (0–1), the main patch (主园);
    ``mean_patch_km2``; ``nearest_m``, the mean distance of a patch from the next one, and
    ``apart_m``, from each of the others, border to border; ``polsby_popper``, ``reock``,
    ``convex_hull``, ``schwartzberg``, means over patches weighted by area, 1 for a disc (for
    ``convex_hull``: for any convex shape). With ``parks``, ``n_places`` and ``main_place_share``
    of the zone's own extent too. NaN where there is no patch, or no second one. ``attrs`` names
    rows without geometry or value of ``by``, and under ``apart_drawn`` those rows of the result
    whose ``apart_m`` is from a sample.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`parkgeo.measure.area_m2`; something else than polygons; a column not there.

    Notes
    -----
    With area A and perimeter P of a patch: Polsby–Popper :math:`4\pi A / P^2`, Reock A over the
    area of the smallest circle around, convex hull A over that of the hull, Schwartzberg
    :math:`2\sqrt{\pi A} / P`. Areas are official ones; distances and the four indices are taken in
    the 3° zone of the parcels, which keeps shapes. What touches in the CRS of the parcels is one
    patch whatever the gap, as reprojection may part a corner from the edge on which it lies.
    ``apart_m`` takes all pairs of up to 1 000 patches, and 500 000 pairs drawn with a fixed seed
    above (standard error below 0.2 %).

    References
    ----------
    Polsby, D. D., Popper, R. D. (1991), The third criterion; Reock, E. C. (1961), Measuring
    compactness; Schwartzberg, J. E. (1966), Reapportionment, gerrymanders and compactness.

    Examples
    --------
    >>> land = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100), shapely.box(150, 0, 250, 99)]
    ... ).set_crs("EPSG:4549").translate(500_000, 3_300_000).to_frame("geometry")
    >>> vector_patches(land, gap_m=10)[["n_patches", "nearest_m"]].round(3).values.tolist()
    [[2.0, 50.0]]
    """
    _require_gap(gap_m)
    pieces = _pieces_of(parcels, by if parks is None else None, "parcels")
    if parks is None:
        return _measured(pieces, float(gap_m))
    zones = _pieces_of(parks, "brand_id" if by is None else by, "parks")
    out = _measured(_inside(pieces, zones), float(gap_m))
    own = _measured(zones, float(gap_m))
    out["n_places"] = own["n_patches"]
    out["main_place_share"] = own["largest_share"]
    out.attrs["parks_left_out"] = zones.left_out
    return out


def _require_gap(given: object) -> None:
    if not isinstance(given, Real) or not 0 <= float(given) < np.inf:
        raise SchemaError(f"gap_m must be a distance of 0 m or more, not {given!r}")


@dataclass(frozen=True)
class _Pieces:
    """Polygons in the CRS they came in, with the number of the group to which each belongs."""

    shapes: gpd.GeoSeries
    group: Indices
    labels: pd.Index
    left_out: list[Any]


def _pieces_of(frame: gpd.GeoDataFrame, by: str | None, what: str) -> _Pieces:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(f"{what} must be a GeoDataFrame, not a {type(frame).__name__}")
    measure.area_m2(frame)  # refuses what has no area that could be defended
    shapes = frame.geometry.to_numpy()
    some = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    other = some & ~np.isin(shapely.get_type_id(shapes), _POLYGONS)
    if other.any():
        raise GeometryError(
            f"{what} must be polygons; not so: {first_rows(frame.index[other])}. Leave them out, "
            "or take their polygons with explode()"
        )
    if by is None:
        group, labels = np.zeros(len(frame), np.intp), pd.Index(["all"], name="of")
    else:
        column = _column(frame, by, what)
        named = column.notna().to_numpy(dtype=np.bool_)
        group = np.full(len(frame), -1, np.intp)
        group[named], labels = codes_of(column[named])
        labels = labels.rename(by)
    keep = some & (group >= 0)
    left_out = frame.index[~keep].tolist()
    return _Pieces(frame.geometry[keep].reset_index(drop=True), group[keep], labels, left_out)


def _column(frame: gpd.GeoDataFrame, by: str, what: str) -> "pd.Series[Any]":
    if frame.columns.tolist().count(by) > 1:
        raise SchemaError(f"{what} have several columns {by!r}; rename them, or drop all but one")
    if by in frame.columns:
        return frame[by]
    if by in frame.index.names:
        return frame.index.get_level_values(by).to_series()
    raise UnknownNameError(
        f"{what} have no column {by!r}; there are {first_rows(frame.columns.tolist())}"
    )


def _inside(parcels: _Pieces, zones: _Pieces) -> _Pieces:
    """Cut parcels along zones; what touches a zone only from outside is not in it."""
    ground, zoned = (_moved(p.shapes, crs.to_plane) for p in (parcels, zones))
    extents = union_by(zoned, zones.group, len(zones.labels))
    piece, zone = shapely.STRtree(extents).query(ground, predicate="intersects")
    cut = shapely.intersection(ground[piece], extents[zone])
    parts, owner = shapely.get_parts(cut, return_index=True)
    flat = np.isin(shapely.get_type_id(parts), _POLYGONS) & (shapely.area(parts) > 0)
    parts, owner = parts[flat], owner[flat]
    # A parcel of which a zone has several parts is one parcel.
    whole, first = np.unique(owner, return_index=True)
    together = union_by(parts, np.searchsorted(whole, owner), len(whole))
    group = np.asarray(zone[owner[first]], np.intp)
    return _Pieces(gpd.GeoSeries(together, crs=crs.PLANE), group, zones.labels, parcels.left_out)


def _moved(shapes: gpd.GeoSeries, move: Any) -> Geometries:  # noqa: ANN401 - of parkgeo.crs
    """Reproject; nothing at all has no zone."""
    return np.asarray((move(shapes) if len(shapes) else shapes).to_numpy())


def _measured(pieces: _Pieces, gap_m: float) -> pd.DataFrame:
    n = len(pieces.labels)
    joined, group = _joined(pieces, gap_m)
    area = np.asarray(shapely.area(_moved(joined, crs.to_plane)), np.float64) / KM2_M2
    patches = _moved(joined, crs.to_zone)
    n_patches = np.bincount(group, minlength=n)
    total = np.bincount(group, area, minlength=n)
    largest = np.zeros(n)
    np.maximum.at(largest, group, area)
    nearest, apart = _distances(patches, group, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        table = {
            "n_parcels": np.bincount(pieces.group, minlength=n),
            "n_patches": n_patches,
            "area_km2": total,
            "largest_km2": largest,
            "largest_share": largest / total,
            "mean_patch_km2": total / n_patches,
            "nearest_m": nearest,
            "apart_m": apart,
        }
        for name, values in zip(_INDICES, _compactness(patches), strict=True):
            table[name] = np.bincount(group, values * area, minlength=n) / total
    out = pd.DataFrame(table, index=pieces.labels)
    drawn = pieces.labels[n_patches * (n_patches - 1) // 2 > PAIRS].tolist()
    out.attrs = {"gap_m": gap_m, "left_out": pieces.left_out, "apart_drawn": drawn}
    return out


def _joined(pieces: _Pieces, gap_m: float) -> tuple[gpd.GeoSeries, Indices]:
    """Return the patches in the CRS of the pieces, and the group of each.

    Only what touches is united, and as it came, so that no slit stays along an edge in common; the
    rest of a patch are its other parts.
    """
    metres, given = _moved(pieces.shapes, crs.to_zone), pieces.shapes.to_numpy()
    reach = gap_m * (1 + _ROUNDING) + _ROUNDING
    near = shapely.STRtree(metres).query(metres, predicate="dwithin", distance=reach)
    touching = shapely.STRtree(given).query(given, predicate="intersects")
    both = np.concatenate([near, touching], axis=1)
    block, patch = (_tied(pieces.group, pairs) for pairs in (touching, both))
    patch_of_block = np.zeros(int(block.max(initial=-1)) + 1, np.intp)
    patch_of_block[block] = patch
    parts, owner = shapely.get_parts(union_by(given, block, len(patch_of_block)), return_index=True)
    order = np.argsort(patch_of_block[owner], kind="stable")
    joined = np.asarray(shapely.multipolygons(parts[order], indices=patch_of_block[owner[order]]))
    group = np.zeros(len(joined), np.intp)
    group[patch] = pieces.group
    return gpd.GeoSeries(joined, crs=pieces.shapes.crs), group


def _tied(group: Indices, pairs: Indices) -> Indices:
    """Give a number to what pairs of one group tie together."""
    left, right = pairs
    same = group[left] == group[right]
    return components(len(group), left[same], right[same])


def _distances(patches: Geometries, group: Indices, n: int) -> tuple[Floats, Floats]:
    """Return the mean distances from the next patch, and from all others, of each group."""
    nearest, apart = np.full(n, np.nan), np.full(n, np.nan)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(n + 1))
    for g in np.flatnonzero(np.diff(starts) > 1):
        mine = patches[order[starts[g] : starts[g + 1]]]
        nearest[g] = _from_next(mine).mean()
        apart[g] = _between(mine, *_pairs(mine)).mean()
    return nearest, apart


def _from_next(patches: Geometries) -> Floats:
    """Return how far each patch is from the next one, by their parts, as a patch may have many.

    Parts are held against those whose boxes are near, twice as far each time. What is found beyond
    reach does not count yet: there may be nearer ones that were not looked at.
    """
    parts, owner = shapely.get_parts(patches, return_index=True)
    tree, bounds = shapely.STRtree(parts), shapely.bounds(parts)
    away, reach = np.full(len(patches), np.inf), _FIRST_REACH_M
    while len(rows := np.flatnonzero(np.isinf(away[owner]))):
        near, other = tree.query(shapely.box(*(bounds[rows] + reach * _OUTWARD).T))
        near = rows[near]
        apart = owner[near] != owner[other]
        near, other = near[apart], other[apart]
        np.minimum.at(away, owner[near], shapely.distance(parts[near], parts[other]))
        away[away > reach] = np.inf
        reach *= 2
    return away


def _between(patches: Geometries, left: Indices, right: Indices) -> Floats:
    """Return the distances of pairs; a patch of many parts is asked by a tree of them."""
    parts = shapely.get_num_geometries(patches)
    more = parts[left] >= parts[right]
    left, right = np.where(more, left, right), np.where(more, right, left)
    many = parts[left] > _MANY_PARTS
    away = np.empty(len(left))
    away[~many] = shapely.distance(patches[left[~many]], patches[right[~many]])
    rows = np.flatnonzero(many)
    rows = rows[np.argsort(left[rows], kind="stable")]
    for mine in np.split(rows, np.flatnonzero(np.diff(left[rows])) + 1) if len(rows) else ():
        tree = shapely.STRtree(shapely.get_parts(patches[left[mine[0]]]))
        (one, _), found = tree.query_nearest(
            patches[right[mine]], return_distance=True, all_matches=False
        )
        away[mine[one]] = found
    return away


def _pairs(patches: Geometries) -> tuple[Indices, Indices]:
    """Return all pairs, or where they are too many, some drawn whatever the order of patches."""
    n = len(patches)
    if n * (n - 1) // 2 <= PAIRS:
        left, right = np.triu_indices(n, 1)
        return left, right
    rng, place = np.random.default_rng(n), np.lexsort(shapely.bounds(patches).T)
    left = rng.integers(n, size=PAIRS)
    return place[left], place[(left + rng.integers(1, n, PAIRS)) % n]


def _compactness(patches: Geometries) -> tuple[Floats, Floats, Floats, Floats]:
    area, around = shapely.area(patches), shapely.length(patches)
    radius = shapely.minimum_bounding_radius(patches)
    hull = shapely.area(shapely.convex_hull(patches))
    return (
        4 * np.pi * area / around**2,
        area / (np.pi * radius**2),
        area / hull,
        2 * np.sqrt(np.pi * area) / around,
    )
