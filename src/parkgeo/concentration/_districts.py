"""Parcels by the district in which their ground lies, cut where a border crosses them."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo.concentration._plane import Blocks, Floats, Geometries, Indices, in_chunks, place
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
        crossed = np.flatnonzero(cut)
        if not len(crossed):
            return Split(value, shares, code, labels)
        pairs = np.unique(np.stack([found.parcel, owner])[:, cut[found.parcel]], axis=1)
        pieces = self._pieces(
            some_of(outlines, crossed), np.searchsorted(crossed, pairs[0]), pairs[1]
        )
        whole = shares.take(~cut)
        parts = inside(pieces.shapes, bands)
        return Split(
            np.concatenate([value[~cut], value[crossed][pieces.parcel] * pieces.share]),
            Shares(*(np.concatenate([getattr(s, b) for s in (whole, parts)]) for b in _BANDS)),
            np.concatenate([code[~cut], pieces.code]),
            labels,
            np.concatenate([np.flatnonzero(~cut), crossed[pieces.parcel]]),
        )

    def _pieces(self, shapes: Geometries, parcel: Indices, owner: Indices) -> "_Pieces":
        """Cut shapes by the districts that each of them meets."""
        names = np.unique(owner)
        ground = {d: shapely.union_all(self.parts.shapes[self.parts.owner == d]) for d in names}
        borders = np.array([ground[d] for d in owner], dtype=object)
        within = in_chunks(shapely.intersection, shapes[parcel], borders)
        rest = _without(shapes, parcel, borders)
        pieces = np.concatenate([within, rest])
        whose = np.concatenate([parcel, np.arange(len(shapes))])
        share = sizes_m2(pieces) / sizes_m2(shapes)[whose]
        some = share > _SLIVER
        pieces, whose, share = _areal(pieces[some]), whose[some], share[some]
        # What rounding loses or gains along the borders is spread over the pieces of the parcel.
        share /= np.bincount(whose, share, minlength=len(shapes))[whose]
        code = np.concatenate([owner, np.full(len(rest), len(self.labels))])[some]
        return _Pieces(pieces, whose, share, code.astype(np.intp))


_BANDS: Final = ("drawn", "low", "high")


@dataclass(frozen=True)
class _Pieces:
    """Pieces of parcels: whose, what share of it, and in which district."""

    shapes: Geometries
    parcel: Indices
    share: Floats
    code: Indices


def _without(shapes: Geometries, parcel: Indices, borders: Geometries) -> Geometries:
    """Return what of the shapes lies in none of their districts."""
    rest = shapes.copy()
    order = np.argsort(parcel, kind="stable")
    turn = np.arange(len(order)) - np.searchsorted(parcel[order], parcel[order])
    for k in range(int(turn.max(initial=-1)) + 1):
        now = order[turn == k]
        at = parcel[now]
        rest[at] = in_chunks(shapely.difference, rest[at], borders[now])
    return rest


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
        keys = pd.Series(districts[by])
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
