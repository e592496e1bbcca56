"""Parcels on the plane, and what of each lies under which platforms.

The one place of this package that touches how :mod:`parkgeo.concentration` cuts ground.
"""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo import measure
from parkgeo._ground import names_in, require_frame
from parkgeo.census._words import UNKNOWN, Flags
from parkgeo.concentration._districts import districts_of
from parkgeo.concentration._members import Pieces, pieces_of
from parkgeo.concentration._plane import POINTS, Placed, place
from parkgeo.concentration._shares import sizes_m2
from parkgeo.concentration._twice import counted_twice
from parkgeo.concentration._zones import Parts, zones_of
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.units import KM2_M2

__all__ = [
    "Cover",
    "Members",
    "area_km2_of",
    "areas_km2",
    "counted_twice",
    "cover",
    "labels_of",
    "place_points",
    "place_polygons",
]

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Indices = np.ndarray[tuple[int], np.dtype[np.intp]]
Members = tuple[object, ...]

_ROUNDING: Final = 1e-9
"""Share of a parcel that rounding may put on the wrong side of a boundary."""


@dataclass(frozen=True)
class Cover:
    """Parcels in pieces, each under one set of platforms; the shares of a parcel add up to 1.

    Piece k is the share ``share[k]`` of the parcel at position ``parcel[k]`` of ``placed``, under
    ``sets[code[k]]``, and in ``districts[district[k]]`` where parcels were cut by districts too; of
    those the last is none of them.
    """

    placed: Placed
    parcel: Indices
    share: Floats
    code: Indices
    sets: list[Members]
    labels: pd.Index
    undrawn: pd.Index
    without_geometry: list[str]
    districts: tuple[object, ...] = ()
    district: Indices | None = None

    @property
    def area_km2(self) -> Floats:
        """Official area of each piece."""
        return area_km2_of(self.placed)[self.parcel] * self.share

    def by_platform(self) -> tuple[Indices, NDArray[np.object_]]:
        """Return each piece once for each platform that holds it, and that platform."""
        sizes = np.array([len(members) for members in self.sets], dtype=np.intp)
        flat = np.empty(int(sizes.sum()), dtype=object)
        flat[:] = [label for members in self.sets for label in members]
        count = sizes[self.code]
        piece = np.repeat(np.arange(len(self.code)), count)
        turn = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
        first = np.cumsum(sizes) - sizes
        return piece, flat[first[self.code[piece]] + turn]


def place_polygons(parcels: gpd.GeoDataFrame) -> Placed:
    """Bring polygons to the plane, or say which rows cannot be."""
    return place(parcels, "parcels")


def place_points(enterprises: gpd.GeoDataFrame) -> Placed:
    """Bring points to the plane, or say which rows cannot be."""
    return place(enterprises, "enterprises", kinds=POINTS)


def area_km2_of(placed: Placed) -> Floats:
    """Official area of each placed parcel."""
    return sizes_m2(placed.shapes) / KM2_M2


def areas_km2(parcels: gpd.GeoDataFrame) -> Floats:
    """Official area of each row; NaN where there is no geometry."""
    measured = measure.area_m2(parcels.geometry).to_numpy(dtype=np.float64)
    empty = (parcels.geometry.isna() | parcels.geometry.is_empty).to_numpy(dtype=np.bool_)
    return np.where(empty, np.nan, measured / KM2_M2)


def cover(
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame | None,
    platform: str,
    *,
    districts: gpd.GeoDataFrame | None = None,
    district: str = "district",
) -> Cover:
    """Cut parcels by the boundaries of platforms, and of districts where they are given."""
    labels: pd.Index = pd.Index([], dtype=object)
    rows = np.zeros(0, dtype=np.intp)
    zones = None
    if parks is not None:
        require_frame(parks, "parks")
        labels, rows = _numbered(labels_of(parks, platform))
        # The interval of the boundaries is another question, and costs more than the cutting.
        zones = zones_of(parks.drop(columns="accuracy_m", errors="ignore"))
    near = zones.origin if zones is not None and len(zones.blocks.rows) else None
    placed = place(parcels, "parcels", origin=near)
    drawn, parts = np.zeros(0, dtype=np.intp), _NO_PARTS
    if zones is not None:
        codes = rows[zones.blocks.rows]
        drawn, parts = np.unique(codes), zones.bands(codes, len(labels)).drawn
    names: tuple[object, ...] = ()
    if districts is not None:
        own = districts_of(districts, district, origin=placed.origin)
        names, parts = own.labels, _both(parts, own.parts, len(labels))
    pieces = _with_rest(_pieces(placed, parts), len(placed.rows))
    platforms = pieces.member < len(labels)
    code, sets = _sets(pieces, platforms)
    return Cover(
        placed,
        pieces.parcel,
        pieces.share,
        code,
        [tuple(labels[i] for i in members) for members in sets],
        labels,
        labels[np.setdiff1d(np.arange(len(labels)), drawn)],
        [] if zones is None else zones.without_geometry,
        (*names, None) if districts is not None else (),
        _districts(pieces, platforms, len(labels), len(names)) if districts is not None else None,
    )


_NO_PARTS: Final = Parts(np.zeros(0, dtype=object), np.zeros(0, dtype=np.intp))


def _both(platforms: Parts, districts: Parts, count: int) -> Parts:
    """Put districts after so many platforms."""
    return Parts(
        np.concatenate([platforms.shapes, districts.shapes]),
        np.concatenate([platforms.owner, count + districts.owner]),
    )


def labels_of(parks: gpd.GeoDataFrame, platform: str) -> "pd.Series | pd.Index":
    """Return the column, or level of the index, that names platforms."""
    require_frame(parks, "parks", reader="parkgeo.read_parks")
    if platform in parks.columns:
        return names_in(parks, platform, "platforms")
    if platform in parks.index.names:
        return parks.index.get_level_values(platform)
    raise UnknownNameError(
        f"parks have no column or index {platform!r} to name platforms by; there are "
        f"{', '.join(map(str, parks.columns))}",
    )


def _numbered(names: "pd.Series | pd.Index") -> tuple[pd.Index, Indices]:
    """Give numbers to the names, in their order; blocks of no name belong to one of none."""
    try:
        codes, found = pd.factorize(names, use_na_sentinel=True)
    except TypeError as error:
        raise SchemaError(f"parks: platforms are named by text or numbers: {error}") from error
    order = np.argsort([str(name) for name in found], kind="stable")
    rank = np.append(np.argsort(order), len(found)).astype(np.intp)
    sorted_ = [found[i] for i in order] + ([UNKNOWN] if (codes < 0).any() else [])
    return pd.Index(sorted_, dtype=object, tupleize_cols=False), rank[codes]


def _pieces(placed: Placed, parts: Parts) -> Pieces:
    """Cut parcels by parts; leave out what rounding puts under one that only touches a parcel."""
    if not len(parts.owner):
        none = np.zeros(0, dtype=np.intp)
        return Pieces(none, np.zeros(0), none, none)
    pieces = pieces_of(placed.shapes, parts)
    kept = pieces.share > _ROUNDING
    at = np.cumsum(kept) - 1
    held = kept[pieces.of]
    return Pieces(pieces.parcel[kept], pieces.share[kept], at[pieces.of[held]], pieces.member[held])


def _with_rest(pieces: Pieces, size: int) -> Pieces:
    """Add what lies under nothing, so that the shares of each parcel add up to 1."""
    covered = np.bincount(pieces.parcel, pieces.share, minlength=size).astype(np.float64)
    full = covered > 1 - _ROUNDING
    share = pieces.share / np.where(full, covered, 1.0)[pieces.parcel]
    out = np.flatnonzero(~full)
    return Pieces(
        np.append(pieces.parcel, out),
        np.append(share, 1.0 - covered[out]),
        pieces.of,
        pieces.member,
    )


def _sets(pieces: Pieces, some: Flags) -> tuple[Indices, list[tuple[int, ...]]]:
    """Give a number to each set of members, of some of them, that holds a piece."""
    order = np.lexsort([pieces.member, pieces.of])
    order = order[some[order]]
    of, member = pieces.of[order], pieces.member[order]
    sizes = np.bincount(of, minlength=len(pieces.parcel))
    turn = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    table = np.full((len(sizes), int(sizes.max(initial=0))), -1, dtype=np.intp)
    table[of, turn] = member
    if not table.size:
        return np.zeros(len(sizes), dtype=np.intp), [()]
    distinct, code = np.unique(table, axis=0, return_inverse=True)
    sets = [tuple(row[row >= 0].tolist()) for row in distinct]
    if sets[0]:
        return code.ravel(), sets
    # The set of none is the last, so that of equal pieces one under a platform comes first.
    return (code.ravel() - 1) % len(sets), [*sets[1:], ()]


def _districts(pieces: Pieces, platforms: Flags, before: int, count: int) -> Indices:
    """Tell the district of each piece; ``count`` where it lies in none."""
    out = np.full(len(pieces.parcel), count, dtype=np.intp)
    # Of two that overlap by a needle the first.
    own, member = pieces.of[~platforms], pieces.member[~platforms] - before
    np.minimum.at(out, own, member)
    return out
