"""How much of each parcel lies in each part of the zones: the one place where ground is cut.

Everything else in this package adds up what comes from here, so a faster way to cut, or one that
takes the parcels batch by batch, belongs below :func:`shared`.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from parkgeo.concentration._plane import Flags, Floats, Geometries, Indices, in_chunks
from parkgeo.concentration._zones import Bands, Parts


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
        return Shares(self.drawn[rows], self.low[rows], self.high[rows])


def sizes_m2(parcels: Geometries) -> Floats:
    """Official area of each parcel; 0 for a point."""
    return np.asarray(shapely.area(parcels), dtype=np.float64)


def shared(parcels: Geometries, parts: Geometries) -> Shared:
    """Measure what share of each parcel lies in each part; a point lies in it or not.

    A part that covers a parcel is found by its index and needs no cut; the parts are the queries,
    so that GEOS prepares them, many-cornered as they are.
    """
    tree = shapely.STRtree(parcels)
    part, parcel = tree.query(parts, predicate="intersects")
    within = tree.query(parts, predicate="covers")
    whole = np.isin(part * len(parcels) + parcel, within[0] * len(parcels) + within[1])
    area_m2 = sizes_m2(parcels)
    # A point that a part meets is covered by it.
    crossing = np.flatnonzero(~whole)
    share = whole.astype(np.float64)
    if len(crossing):
        rows = parcel[crossing]
        cut_m2 = in_chunks(_common_m2, parcels[rows], parts[part[crossing]])
        share[crossing] = np.minimum(cut_m2 / area_m2[rows], 1.0)
    some = share > 0
    return Shared(parcel[some], part[some], share[some], whole[some])


def _common_m2(left: Geometries, right: Geometries) -> Floats:
    return np.asarray(shapely.area(shapely.intersection(left, right)), dtype=np.float64)


def inside(parcels: Geometries, bands: Bands) -> Shares:
    """Measure what share of each parcel lies in the ground of all zones together."""
    drawn = _covered(parcels, bands.drawn)
    if not bands.known.all():
        unknown = np.full(len(parcels), np.nan)
        return Shares(drawn, unknown, unknown)
    low = drawn if bands.inner is bands.drawn else _covered(parcels, bands.inner)
    high = drawn if bands.outer is bands.drawn else _covered(parcels, bands.outer)
    # Moved outlines are smoothed a little first; the drawn one is never outside its own interval.
    return Shares(drawn, np.minimum(low, drawn), np.maximum(high, drawn))


def _covered(parcels: Geometries, parts: Parts) -> Floats:
    found = shared(parcels, parts.shapes)
    share = np.bincount(found.parcel, found.share, minlength=len(parcels))
    return np.asarray(np.minimum(share, 1.0), dtype=np.float64)
