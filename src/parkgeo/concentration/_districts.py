"""Parcels by the district in which their ground lies, cut where a border crosses them."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo._ground import column_of, summed
from parkgeo.concentration._plane import (
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    in_chunks,
    place,
)
from parkgeo.concentration._shares import Shares, inside, shared, sizes_m2, some_of
from parkgeo.concentration._twice import twice_of
from parkgeo.concentration._zones import Bands, Parts
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows
from parkgeo.units import KM2_M2

_SLIVER: Final = 1e-9
"""Share of a parcel, beyond a border, that is rounding."""

_OVERLAP: Final = 1e-6
"""Share of the districts' area that may lie in two of them: digits lost in a file."""


@dataclass(frozen=True)
class Split:
    """Parcels, or their pieces: the value, share inside and group of each; and what groups are."""

    value: Floats
    shares: Shares
    codes: Indices
    labels: tuple[object, ...]
    parcel: Indices | None = None
    """The parcel that each piece is of; None where no parcel is in pieces."""


@dataclass(frozen=True)
class Districts:
    """Names of districts, and their ground."""

    labels: tuple[object, ...]
    parts: Parts
    origin: Floats

    def split(
        self, outlines: Geometries | Blocks, value: Floats, shares: Shares, bands: Bands
    ) -> Split:
        """Cut parcels by the borders; what lies in no district is a group of its own, None."""
        found = shared(outlines, self.parts)
        owner = self.parts.owner[found.part]
        labels = (*self.labels, None)
        code = np.full(len(value), len(self.labels), dtype=np.intp)
        code[found.parcel[found.whole]] = owner[found.whole]
        cut = np.zeros(len(value), dtype=np.bool_)
        cut[found.parcel] = True
        cut[found.parcel[found.whole]] = False
        if not cut.any():
            return Split(value, shares, code, labels)
        pieces = self._pieces(len(value), cut, found.parcel, owner, found.share)
        its = shares.take(pieces.parcel)
        rest = pieces.rest()
        drawn = np.flatnonzero(its.mixed & ~rest)
        found_in = self._inside(outlines, pieces.parcel[drawn], pieces.code[drawn], bands)
        its = pieces.completed(its.put(drawn, found_in), np.flatnonzero(its.mixed & rest), shares)
        whole = shares.take(~cut)
        return Split(
            np.concatenate([value[~cut], value[pieces.parcel] * pieces.share]),
            whole.append(its),
            np.concatenate([code[~cut], pieces.code]),
            labels,
            np.concatenate([np.flatnonzero(~cut), pieces.parcel]),
        )

    def _pieces(
        self, n_parcels: int, cut: Flags, parcel: Indices, owner: Indices, share: Floats
    ) -> "_Pieces":
        """Tell the pieces of parcels that are cut, one for each district, and one for none."""
        count = len(self.labels) + 1
        among = cut[parcel]
        keys, key = np.unique(parcel[among] * count + owner[among], return_inverse=True)
        parcel, code = np.divmod(keys, count)
        share = summed(key, share[among], len(keys))
        crossed = np.flatnonzero(cut)
        rest = 1.0 - summed(parcel, share, n_parcels)[crossed]
        parcel = np.concatenate([parcel, crossed])
        share = np.concatenate([share, rest])
        code = np.concatenate([code, np.full(len(crossed), count - 1)])
        some = share > _SLIVER
        parcel, share, code = parcel[some], share[some], code[some]
        # What rounding loses or gains along the borders is spread over the pieces of the parcel.
        share /= summed(parcel, share, n_parcels)[parcel]
        return _Pieces(parcel, share, code)

    def _inside(
        self, outlines: Geometries | Blocks, parcel: Indices, code: Indices, bands: Bands
    ) -> Shares:
        """Measure what lies inside of what parcels share with the district of that number each."""
        tiles, part = self.parts.tiles
        row, tile = shapely.STRtree(tiles).query(shapes := some_of(outlines, parcel))
        its = self.parts.owner[part[tile]] == code[row]
        row, tile = row[its], tile[its]
        pieces = _areal(in_chunks(shapely.intersection, shapes[row], tiles[tile]))
        real = shapely.area(pieces) > 0
        row, pieces = row[real], pieces[real]
        area_m2 = shapely.area(pieces)
        sum_m2 = summed(row, area_m2, len(parcel))
        return inside(pieces, bands).summed(row, area_m2 / sum_m2[row], len(parcel))


@dataclass(frozen=True)
class _Pieces:
    """Pieces of parcels: whose, what share of it, and in which district."""

    parcel: Indices
    share: Floats
    code: Indices

    def rest(self) -> Flags:
        """Choose one piece of each parcel, what lies in no district or else the last.

        What of it lies inside is what the other pieces leave of the parcel's own.
        """
        order = np.lexsort([self.code, self.parcel])
        last = np.append(np.diff(self.parcel[order]) != 0, np.ones(min(len(order), 1), np.bool_))
        out = np.zeros(len(order), dtype=np.bool_)
        out[order[last]] = True
        return out

    def completed(self, its: Shares, rows: Indices, of_parcels: Shares) -> Shares:
        """Put in the shares of the chosen pieces of some parcels."""
        others = np.ones(len(self.parcel), dtype=np.bool_)
        others[rows] = False
        parcel, share = self.parcel[others], self.share[others]
        held = its.take(others).summed(parcel, share, len(of_parcels.drawn)).take(self.parcel[rows])
        whole = of_parcels.take(self.parcel[rows])

        def left(all_: Floats, taken: Floats) -> Floats:
            return np.clip((all_ - taken) / self.share[rows], 0.0, 1.0)

        return its.put(rows, whole.joined(held, left))


def _areal(shapes: Geometries) -> Geometries:
    """Keep the polygons of what an overlay returned."""
    out = shapes.copy()
    mixed = shapely.get_type_id(out) == shapely.GeometryType.GEOMETRYCOLLECTION
    for i in np.flatnonzero(mixed):
        parts = shapely.get_parts(out[i])
        areal = np.isin(shapely.get_type_id(parts), (3, 6))
        out[i] = shapely.union_all(parts[areal])
    return out


def districts_of(districts: gpd.GeoDataFrame, by: str, *, origin: Floats | None) -> Districts:
    """Read the districts, which may not lie on each other."""
    placed = place(districts, "districts", origin=origin)
    if by in districts.columns:
        keys = pd.Series(column_of(districts, by))
    elif by in districts.index.names:
        keys = districts.index.get_level_values(by).to_series()
    else:
        names = ", ".join(str(name) for name in districts.columns)
        raise UnknownNameError(f"districts have no column {by!r}; there are {names}")
    missing = districts.index[keys.isna().to_numpy()]
    if len(missing):
        raise SchemaError(
            f"districts: {by} is null in rows {first_rows(missing)}; name each district, since a "
            "null name stands for what lies in no district",
        )
    undrawn = districts.index[np.setdiff1d(np.arange(len(districts)), placed.rows)]
    if len(undrawn):
        raise GeometryError(
            f"districts: no geometry in rows {first_rows(undrawn)}; draw them or leave them out",
        )
    _refuse_overlaps(placed.shapes)
    codes, labels = pd.factorize(keys.iloc[placed.rows])
    parts, shape = shapely.get_parts(placed.shapes, return_index=True)
    ground = Parts(parts, codes[shape].astype(np.intp))
    return Districts(tuple(pd.Index(labels).tolist()), ground, placed.origin)


def _refuse_overlaps(shapes: Geometries) -> None:
    twice = twice_of(shapes)
    area_km2 = float(twice.area_km2.head[0])
    if area_km2 * KM2_M2 > _OVERLAP * sizes_m2(shapes).sum():
        raise GeometryError(
            f"districts overlap by {area_km2:.6g} km² in {twice.n_parcels} rows, so their "
            "parcels would count twice; give districts of one level only, or mend the borders",
        )
