"""How much of each parcel lies in each part of the zones: the one place where ground is cut.

Everything else in this package adds up what comes from here, so a faster way to cut, or one that
takes the parcels batch by batch, belongs below :func:`shared`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from parkgeo._ground import blocks_of, rings_of, summed
from parkgeo._kernels import UNDECIDED
from parkgeo.concentration._lay import NEEDLE_M, boxes_that_meet, pair_m2
from parkgeo.concentration._plane import (
    COMPILE_ABOVE,
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    all_polygons,
    drawn,
    in_chunks,
    union_by,
)
from parkgeo.concentration._zones import Bands, Parts

_ROUNDING: Final = 1e-12
"""Share of a parcel that rounding makes of nothing, or leaves of all."""


@dataclass(frozen=True)
class Shared:
    """For each parcel and part that meet: both positions, the share, and whether it is all."""

    parcel: Indices
    part: Indices
    share: Floats
    whole: Flags


@dataclass(frozen=True)
class Shares:
    """Share of each parcel inside: as drawn, at least, at most (NaN where the error is unknown)."""

    drawn: Floats
    low: Floats
    high: Floats

    def take(self, rows: Flags | Indices) -> "Shares":
        """Return the shares of some parcels."""
        return self.joined(self, lambda own, _: own[rows])

    def put(self, rows: Indices, other: "Shares") -> "Shares":
        """Return the shares with those of some parcels replaced."""

        def placed(own: Floats, its: Floats) -> Floats:
            out = own.copy()
            out[rows] = its
            return out

        return self.joined(other, placed)

    def append(self, other: "Shares") -> "Shares":
        """Return the shares of these parcels and of others after them."""
        return self.joined(other, lambda own, its: np.concatenate([own, its]))

    def summed(self, codes: Indices, weights: Floats, count: int) -> "Shares":
        """Add up the shares of each code, weighted."""

        def added(own: Floats, _: Floats) -> Floats:
            return summed(codes, weights * own, count)

        return self.joined(self, added)

    @property
    def mixed(self) -> Flags:
        """Which parcels lie partly inside, so that pieces of them may have other shares."""
        out = np.zeros(len(self.drawn), dtype=np.bool_)
        for share in (self.drawn, self.low, self.high):
            out |= np.minimum(share, 1.0 - share) > _ROUNDING
        return out

    def joined(self, other: "Shares", join: Callable[[Floats, Floats], Floats]) -> "Shares":
        """Work out each of the three from these and from others."""
        drawn = join(self.drawn, other.drawn)
        if self.low is self.drawn and self.high is self.drawn:
            return Shares(drawn, drawn, drawn)
        return Shares(drawn, join(self.low, other.low), join(self.high, other.high))


def sizes_m2(parcels: Geometries | Blocks) -> Floats:
    """Official area of each parcel; 0 for a point."""
    if isinstance(parcels, Blocks):
        return parcels.area_m2
    return np.asarray(shapely.area(parcels), dtype=np.float64)


def shared(parcels: Geometries | Blocks, parts: Parts) -> Shared:
    """Measure what share of each parcel lies in each part; a point lies in it or not.

    Many vertices take the way of sums over edges, few that of GEOS, with the same shares to a
    strip of a nanometre along the border: what is not wider is none, or leaves a parcel whole.
    """
    if by_sums(parcels, parts):
        return _shared_by_sums(outlines_of(parcels), parts)
    return _shared_by_geos(drawn(parcels), parts)


def by_sums(parcels: Geometries | Blocks, parts: Parts) -> bool:
    """Say whether it pays to load the kernels; points are for GEOS."""
    if isinstance(parcels, Blocks):
        return True
    many = int(shapely.get_num_coordinates(parcels).sum()) + parts.vertices > COMPILE_ABOVE
    return many and all_polygons(parcels)


def outlines_of(parcels: Geometries | Blocks) -> Blocks:
    """Return parcels as arrays."""
    return parcels if isinstance(parcels, Blocks) else blocks_of(rings_of(parcels))


def some_of(parcels: Geometries | Blocks, rows: Indices) -> Geometries:
    """Return some parcels as shapes, and draw no others."""
    return parcels.drawn(rows) if isinstance(parcels, Blocks) else parcels[rows]


def _shared_by_sums(parcels: Blocks, parts: Parts) -> Shared:
    """Measure pairs, where no grid says at once that one part, or none, has all of a parcel."""
    part_of = parts.parted.part_of(parcels.boxes)
    rows = np.flatnonzero(part_of == UNDECIDED)
    pairs = _pairs_by_sums(blocks_of(parcels.source.take(parcels.order[rows])), parts.outlines)
    sure = np.flatnonzero(part_of >= 0)
    parcel = np.concatenate([rows[pairs.parcel], sure])
    order = np.argsort(parcel, kind="stable")
    every = np.ones(len(sure), dtype=np.bool_)
    return Shared(
        parcel[order],
        np.concatenate([pairs.part, part_of[sure]])[order],
        np.concatenate([pairs.share, every])[order],
        np.concatenate([pairs.whole, every])[order],
    )


def _pairs_by_sums(parcels: Blocks, parts: Blocks) -> Shared:
    parcel, part = boxes_that_meet(parcels, parts)
    found_m2 = pair_m2(parcels, parts, parcel, part)
    area_m2, needle_m2 = parcels.area_m2[parcel], NEEDLE_M * parcels.length_m[parcel]
    whole = found_m2 >= area_m2 - needle_m2
    some = whole | (found_m2 > needle_m2)
    share = np.divide(found_m2, area_m2, out=np.ones(len(parcel)), where=~whole & some)
    return Shared(parcel[some], part[some], share[some], whole[some])


def _shared_by_geos(parcels: Geometries, parts: Parts) -> Shared:
    """Cut parcels by parts.

    A part that covers a parcel is found by its index and needs no cut; the parts are the queries,
    so that GEOS prepares them, many-cornered as they are.
    """
    tree = shapely.STRtree(parcels)
    part, parcel = tree.query(parts.shapes, predicate="intersects")
    within = tree.query(parts.shapes, predicate="covers")
    whole = np.isin(part * len(parcels) + parcel, within[0] * len(parcels) + within[1])
    area_m2 = sizes_m2(parcels)
    share = whole.astype(np.float64)
    # A point that a part meets is covered by it, so only polygons are left to cut.
    crossing = np.flatnonzero(~whole)
    if len(crossing):
        rows = parcel[crossing]
        cut_m2 = _cut_m2(parcels[rows], parts, part[crossing])
        share[crossing] = np.minimum(cut_m2 / area_m2[rows], 1.0)
    some = share > 0
    return Shared(parcel[some], part[some], share[some], whole[some])


def _cut_m2(parcels: Geometries, parts: Parts, part: Indices) -> Floats:
    """Measure what each parcel shares with the part of its number."""
    row, common = _cut(parcels, parts, part)
    return np.bincount(row, sizes_m2(common), minlength=len(parcels)).astype(np.float64)


def _cut(parcels: Geometries, parts: Parts, part: Indices) -> tuple[Indices, Geometries]:
    """Cut each parcel by the part of its number; return the pieces, and the parcel of each."""
    tiles, owner = parts.tiles
    row, tile = shapely.STRtree(tiles).query(parcels)
    met = owner[tile] == part[row]
    row, tile = row[met], tile[met]
    return row, in_chunks(shapely.intersection, parcels[row], tiles[tile])


def inside(parcels: Geometries | Blocks, bands: Bands) -> Shares:
    """Measure what share of each parcel lies in the ground of all zones together."""
    if not isinstance(parcels, Blocks) and by_sums(parcels, bands.drawn):
        parcels = outlines_of(parcels)
    share = _covered(parcels, bands.drawn)
    if not bands.known.all():
        unknown = np.full(len(share), np.nan)
        return Shares(share, unknown, unknown)
    low = share if bands.inner is bands.drawn else _covered(parcels, bands.inner)
    high = share if bands.outer is bands.drawn else _covered(parcels, bands.outer)
    # Moved outlines are simplified first; the drawn one is never outside its own interval.
    return Shares(share, np.minimum(low, share), np.maximum(high, share))


def _covered(parcels: Geometries | Blocks, parts: Parts) -> Floats:
    """Measure what share of each parcel lies in any part; what lies in several counts once."""
    if isinstance(parcels, Blocks):
        area_m2 = parcels.area_m2
        found_m2 = parts.laid.shared_m2(parcels)
        return np.divide(found_m2, area_m2, out=np.zeros(len(area_m2)), where=area_m2 > 0)
    found = _shared_by_geos(parcels, parts)
    size = len(parcels)
    share = np.bincount(found.parcel, found.share, minlength=size).astype(np.float64)
    whole = np.bincount(found.parcel, found.whole, minlength=size) > 0
    several = (np.bincount(found.parcel, minlength=size) > 1) & ~whole
    if several.any():
        among = several[found.parcel]
        share[several] = _joint(parcels, parts, found.parcel[among], found.part[among])
    return np.minimum(share, 1.0)


def _joint(parcels: Geometries, parts: Parts, parcel: Indices, part: Indices) -> Floats:
    """Join what parcels share with their parts, parcel by parcel, in order of the parcels."""
    rows, code = np.unique(parcel, return_inverse=True)
    pair, pieces = _cut(parcels[parcel], parts, part)
    some = sizes_m2(pieces) > 0
    joined = union_by(pieces[some], code.ravel()[pair[some]], len(rows))
    return sizes_m2(joined) / sizes_m2(parcels[rows])
