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
from parkgeo._ground import require_frame
from parkgeo.census._words import UNKNOWN
from parkgeo.concentration._members import Pieces, pieces_of
from parkgeo.concentration._plane import POINTS, Placed, place
from parkgeo.concentration._shares import sizes_m2
from parkgeo.concentration._twice import counted_twice
from parkgeo.concentration._zones import Zones, zones_of
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
    ``sets[code[k]]``.
    """

    placed: Placed
    parcel: Indices
    share: Floats
    code: Indices
    sets: list[Members]
    labels: pd.Index
    undrawn: pd.Index
    without_geometry: list[str]

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


def cover(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame | None, platform: str) -> Cover:
    """Cut parcels by the boundaries of platforms."""
    if parks is None:
        placed = place_polygons(parcels)
        empty = pd.Index([], dtype=object)
        every = np.arange(len(placed.rows))
        ones, zeros = np.ones(len(every)), np.zeros(len(every), dtype=np.intp)
        return Cover(placed, every, ones, zeros, [()], empty, empty, [])
    require_frame(parks, "parks")
    labels, rows = _numbered(labels_of(parks, platform))
    # The interval of the boundaries is another question, and costs more than the cutting.
    zones = zones_of(parks.drop(columns="accuracy_m", errors="ignore"))
    near = zones.origin if len(zones.blocks.rows) else None
    placed = place(parcels, "parcels", origin=near)
    drawn, pieces = _pieces(placed, zones, rows, len(labels))
    parcel, share, code, sets = _with_outside(pieces, len(placed.rows))
    names = [tuple(labels[i] for i in members) for members in sets]
    undrawn = labels.delete(drawn)
    return Cover(placed, parcel, share, code, names, labels, undrawn, zones.without_geometry)


def labels_of(parks: gpd.GeoDataFrame, platform: str) -> "pd.Series | pd.Index":
    """Return the column, or level of the index, that names platforms."""
    if platform in parks.columns:
        return parks[platform]
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


def _pieces(placed: Placed, zones: Zones, rows: Indices, count: int) -> tuple[Indices, Pieces]:
    codes = rows[zones.blocks.rows]
    return np.unique(codes), pieces_of(placed.shapes, zones.bands(codes, count).drawn)


def _with_outside(
    pieces: Pieces, size: int
) -> tuple[Indices, Floats, Indices, list[tuple[int, ...]]]:
    """Add what lies under nothing, so that the shares of each parcel add up to 1."""
    pieces = _without_needles(pieces)
    covered = np.bincount(pieces.parcel, pieces.share, minlength=size).astype(np.float64)
    full = covered > 1 - _ROUNDING
    share = pieces.share / np.where(full, covered, 1.0)[pieces.parcel]
    out = np.flatnonzero(~full)
    code, sets = _sets(pieces)
    return (
        np.append(pieces.parcel, out),
        np.append(share, 1.0 - covered[out]),
        np.append(code, np.full(len(out), len(sets), dtype=np.intp)),
        [*sets, ()],
    )


def _without_needles(pieces: Pieces) -> Pieces:
    """Leave out what rounding puts under a platform that only touches the parcel."""
    kept = pieces.share > _ROUNDING
    place = np.cumsum(kept) - 1
    held = kept[pieces.of]
    return Pieces(
        pieces.parcel[kept], pieces.share[kept], place[pieces.of[held]], pieces.member[held]
    )


def _sets(pieces: Pieces) -> tuple[Indices, list[tuple[int, ...]]]:
    """Give a number to each set of platforms that holds a piece."""
    order = np.lexsort([pieces.member, pieces.of])
    of, member = pieces.of[order], pieces.member[order]
    sizes = np.bincount(of, minlength=len(pieces.parcel))
    turn = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    table = np.full((len(sizes), int(sizes.max(initial=0))), -1, dtype=np.intp)
    table[of, turn] = member
    if not len(table):
        return np.empty(0, dtype=np.intp), []
    distinct, code = np.unique(table, axis=0, return_inverse=True)
    return code.ravel(), [tuple(row[row >= 0].tolist()) for row in distinct]
