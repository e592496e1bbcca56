"""Pieces of parcels, with the brands that hold each of them."""

from dataclasses import dataclass

import numpy as np
import shapely

from parkgeo.concentration._plane import Blocks, Floats, Geometries, Indices, in_chunks, union_by
from parkgeo.concentration._shares import shared, sizes_m2, some_of
from parkgeo.concentration._zones import Parts

Members = tuple[int, ...]


@dataclass(frozen=True)
class Pieces:
    """What lies inside, cut by the boundaries of all brands.

    Piece k is the share ``share[k]`` of parcel ``parcel[k]``; ``member[i]`` is one of the brands
    that hold piece ``of[i]``.
    """

    parcel: Indices
    share: Floats
    of: Indices
    member: Indices

    @property
    def n_members(self) -> Indices:
        """How many brands hold each piece."""
        return np.bincount(self.of, minlength=len(self.parcel))

    def by_member(self, value: Floats, count: int) -> Floats:
        """Add up a value of the pieces for each brand."""
        return np.bincount(self.member, value[self.of], minlength=count).astype(np.float64)


def pieces_of(parcels: Geometries | Blocks, parts: Parts) -> Pieces:
    """Cut parcels by the boundaries of brands; only those that several brands meet need it."""
    found = shared(parcels, parts)
    brand = parts.owner[found.part]
    pairs, pair = np.unique(np.stack([found.parcel, brand]), axis=1, return_inverse=True)
    parcel, brand = pairs
    share = np.bincount(pair.ravel(), found.share, minlength=len(parcel))
    whole = np.bincount(pair.ravel(), found.whole, minlength=len(parcel)) > 0
    size = len(sizes_m2(parcels))
    several = np.bincount(parcel, minlength=size) > 1
    crossed = np.bincount(parcel, ~whole, minlength=size) > 0
    to_cut = (several & crossed)[parcel]
    cut = _cut(parcels, parts, (parcel[to_cut], brand[to_cut], whole[to_cut]))
    plain, of = np.unique(parcel[~to_cut], return_inverse=True)
    first = np.searchsorted(parcel[~to_cut], plain)
    sizes = np.array([len(members) for _, _, members in cut], dtype=np.intp)
    return Pieces(
        parcel=np.append(plain, [row for row, _, _ in cut]).astype(np.intp),
        share=np.append(np.minimum(share[~to_cut][first], 1.0), [part for _, part, _ in cut]),
        of=np.append(of.ravel(), len(plain) + np.repeat(np.arange(len(cut)), sizes)),
        member=np.append(brand[~to_cut], [b for _, _, m in cut for b in m]).astype(np.intp),
    )


def _cut(
    parcels: Geometries | Blocks, parts: Parts, meets: tuple[Indices, Indices, np.ndarray]
) -> list[tuple[int, float, Members]]:
    """Cut parcels in two by one brand after the other; what no brand holds is left out."""
    parcel, brand, whole = meets
    rows, starts = np.unique(parcel, return_index=True)
    if not len(rows):
        return []
    runs = list(zip(np.split(brand, starts[1:]), np.split(whole, starts[1:]), strict=True))
    members: list[Members] = [tuple(b[w].tolist()) for b, w in runs]
    crossing = [b[~w].tolist() for b, w in runs]
    brands = np.unique(brand)
    ground = union_by(*_parts_of(parts, brands), len(brands))
    shapes, piece = some_of(parcels, rows), np.arange(len(rows))
    for turn in range(max(len(some) for some in crossing)):
        more = np.array([turn < len(crossing[p]) for p in piece])
        by = np.searchsorted(brands, [crossing[p][turn] for p in piece[more]])
        within = _areal(in_chunks(shapely.intersection, shapes[more], ground[by]))
        without = _areal(in_chunks(shapely.difference, shapes[more], ground[by]))
        held = [members[i] for i in np.flatnonzero(more)]
        entered = [(*m, int(brands[b])) for m, b in zip(held, by, strict=True)]
        members = [*(members[i] for i in np.flatnonzero(~more)), *entered, *held]
        shapes = np.concatenate([shapes[~more], within, without])
        piece = np.concatenate([piece[~more], piece[more], piece[more]])
        some = np.flatnonzero(shapely.area(shapes) > 0)
        shapes, piece, members = shapes[some], piece[some], [members[i] for i in some]
    share = sizes_m2(shapes) / sizes_m2(parcels)[rows[piece]]
    found = zip(rows[piece].tolist(), share.tolist(), members, strict=True)
    return [one for one in found if one[2]]


def _parts_of(parts: Parts, brands: Indices) -> tuple[Geometries, Indices]:
    some = np.isin(parts.owner, brands)
    return parts.shapes[some], np.searchsorted(brands, parts.owner[some])


def _areal(shapes: Geometries) -> Geometries:
    """Keep the polygons of what an overlay returned."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for i in mixed:
        parts = shapely.get_parts(shapes[i])
        shapes[i] = shapely.multipolygons(
            parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
        )
    return shapes
