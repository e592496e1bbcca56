"""Patches of parcels that are polygons: how many, how large, how far apart, how compact."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs, measure
from parkgeo._ground import Floats, Geometries, Indices, components, overlay_errors, union_by
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows
from parkgeo.units import KM2_M2

_POLYGONS: Final = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
_INDICES: Final = ("polsby_popper", "reock", "convex_hull", "schwartzberg")
_NEARBY: Final = 1e-9
"""Part of the gap that rounding may add to it."""


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
    rows without geometry or value of ``by``.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`parkgeo.measure.area_m2`; something else than polygons; a column not there.

    Notes
    -----
    With area A and perimeter P of a patch: Polsby–Popper :math:`4\pi A / P^2`, Reock A over the
    area of the smallest circle around, convex hull A over that of the hull, Schwartzberg
    :math:`2\sqrt{\pi A} / P`. Areas are official ones; distances and the four indices are taken in
    the 3° zone of the parcels, which keeps shapes. ``apart_m`` takes all pairs of patches.

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
    if not (np.isfinite(gap_m) and gap_m >= 0):
        raise SchemaError(f"gap_m must be a distance of 0 m or more, not {gap_m!r}")
    pieces = _pieces_of(parcels, by if parks is None else None, "parcels")
    if parks is None:
        return _measured(pieces, gap_m)
    zones = _pieces_of(parks, "brand_id" if by is None else by, "parks")
    out = _measured(_inside(pieces, zones), gap_m)
    own = _measured(zones, gap_m)
    out["n_places"] = own["n_patches"]
    out["main_place_share"] = own["largest_share"]
    out.attrs["parks_left_out"] = zones.left_out
    return out


@dataclass(frozen=True)
class _Pieces:
    """Polygons in degrees of CGCS2000, with the number of the group to which each belongs."""

    shapes: Geometries
    group: Indices
    labels: pd.Index
    left_out: list[Any]


def _pieces_of(frame: gpd.GeoDataFrame, by: str | None, what: str) -> _Pieces:
    measure.area_m2(frame)  # refuses what has no area that could be defended
    degrees = crs.to_geographic(frame.geometry).to_numpy()
    some = ~(shapely.is_missing(degrees) | shapely.is_empty(degrees))
    other = some & ~np.isin(shapely.get_type_id(degrees), _POLYGONS)
    if other.any():
        raise GeometryError(
            f"{what} must be polygons; not so: {first_rows(frame.index[other])}. Leave them out, "
            "or take their polygons with explode()"
        )
    if by is None:
        group, labels = np.zeros(len(frame), np.intp), pd.Index(["all"], name="of")
    else:
        group, labels = pd.factorize(_column(frame, by, what), sort=True)
        labels = pd.Index(labels, name=by)
    keep = some & (group >= 0)
    left_out = frame.index[~keep].tolist()
    return _Pieces(degrees[keep], np.asarray(group[keep], np.intp), labels, left_out)


def _column(frame: gpd.GeoDataFrame, by: str, what: str) -> "pd.Series[Any]":
    if by in frame.columns:
        return frame[by]
    if by in frame.index.names:
        return frame.index.get_level_values(by).to_series()
    raise UnknownNameError(
        f"{what} have no column {by!r}; there are {first_rows(frame.columns.tolist())}"
    )


def _inside(parcels: _Pieces, zones: _Pieces) -> _Pieces:
    """Cut parcels along zones; what touches a zone only from outside is not in it."""
    plane = [_on(p.shapes, crs.to_plane) for p in (parcels, zones)]
    extents = union_by(plane[1], zones.group, len(zones.labels))
    piece, zone = shapely.STRtree(extents).query(plane[0], predicate="intersects")
    cut = shapely.intersection(plane[0][piece], extents[zone])
    parts, owner = shapely.get_parts(cut, return_index=True)
    flat = np.isin(shapely.get_type_id(parts), _POLYGONS) & (shapely.area(parts) > 0)
    parts, owner = parts[flat], owner[flat]
    back = crs.from_plane(gpd.GeoSeries(parts, crs=crs.PLANE)).to_numpy()
    # A parcel of which a zone has several parts is one parcel.
    whole = pd.factorize(pd.MultiIndex.from_arrays([piece[owner], zone[owner]]))[0]
    count = int(whole.max(initial=-1)) + 1
    group = np.zeros(count, np.intp)
    group[whole] = zone[owner]
    return _Pieces(union_by(back, whole, count), group, zones.labels, parcels.left_out)


def _on(shapes: Geometries, move: Any) -> Geometries:  # noqa: ANN401 - a function of parkgeo.crs
    if not len(shapes):
        return shapes
    return np.asarray(move(gpd.GeoSeries(shapes, crs=crs.CGCS2000)).to_numpy())


def _measured(pieces: _Pieces, gap_m: float) -> pd.DataFrame:
    n = len(pieces.labels)
    metres = _on(pieces.shapes, crs.to_zone)
    code = _patches(metres, pieces.group, gap_m)
    count = int(code.max(initial=-1)) + 1
    group = np.zeros(count, np.intp)
    group[code] = pieces.group
    # Joined where areas are planar, so that ground under two parcels counts once, and officially.
    on_plane = union_by(_on(pieces.shapes, crs.to_plane), code, count)
    area = np.asarray(shapely.area(on_plane), np.float64) / KM2_M2
    patches = union_by(metres, code, count)
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
    out.attrs = {"gap_m": gap_m, "left_out": pieces.left_out}
    return out


def _patches(shapes: Geometries, group: Indices, gap_m: float) -> Indices:
    """Give a number to what hangs together within its group."""
    reach = gap_m * (1 + _NEARBY) + _NEARBY
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=reach)
    same = group[left] == group[right]
    return components(len(shapes), left[same], right[same])


def _distances(patches: Geometries, group: Indices, n: int) -> tuple[Floats, Floats]:
    """Return the mean distances from the next patch, and from all others, of each group."""
    nearest, apart = np.full(n, np.nan), np.full(n, np.nan)
    for g in range(n):
        mine = patches[group == g]
        if len(mine) < 2:  # noqa: PLR2004 - a pair
            continue
        least, total = np.empty(len(mine)), 0.0
        for i, patch in enumerate(mine):
            away = shapely.distance(patch, mine)
            total += float(away.sum())
            away[i] = np.inf
            least[i] = away.min()
        nearest[g] = least.mean()
        apart[g] = total / (len(mine) * (len(mine) - 1))
    return nearest, apart


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
