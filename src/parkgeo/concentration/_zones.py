"""The ground of the zones: as drawn, surely covered, and possibly covered.

A boundary known to ε metres lies in a band of half-width ε around its line (the ε-band of Perkal
1956). Only the outer boundary of the union matters: where two blocks meet, or one lies on another,
no parcel gets in or out. Ground is surely inside if it lies ε deep in the union of the blocks that
are known to ε or better, for any ε; it is possibly inside if it lies within ε of a block known to
ε. So a zone more never makes the ground smaller that is surely inside.
"""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from parkgeo._ground import (
    GAP_M,
    Blocks,
    Floats,
    Geometries,
    Indices,
    accuracy_of,
    blocks_of,
    closed,
    components,
    offset,
    parallel_scale,
    rings_of,
    union_by,
)
from parkgeo.concentration._lay import Lay, Parted, lay, parted
from parkgeo.concentration._plane import Placed, drawn, place
from parkgeo.concentration._tiles import tiles_of
from parkgeo.errors import GeometryError

_LAYING: Final = threading.Lock()
"""Held by the first batch of parcels that comes to some ground, while the others wait."""


@dataclass(frozen=True)
class Zones:
    """Blocks on the plane, and their accuracy; NaN where it is not known."""

    blocks: Placed
    accuracy_m: Floats
    without_geometry: list[str]
    accuracy_unknown: list[str]

    @property
    def origin(self) -> Floats:
        """Where coordinates are measured from, on the plane."""
        return self.blocks.origin

    def bands(self, codes: Indices | None = None, count: int = 1) -> "Bands":
        """Return the ground of each group of blocks, joined; or of all together, in pieces.

        Pieces may lie on each other: to join all of them is the longest way to an area.
        """
        outlines = self.blocks.outlines
        group = np.zeros(len(self.blocks.rows), dtype=np.intp) if codes is None else codes

        def joined(some: Geometries, owner: Indices) -> Parts:
            return _parts(some, owner) if codes is None else _parts(*_joined(some, owner, count))

        if codes is None and isinstance(outlines, Blocks):
            ground = Parts(outlines, group)
        else:
            ground = joined(self.blocks.shapes, group)
        known = np.ones(count, dtype=np.bool_)
        known[group[np.isnan(self.accuracy_m)]] = False
        moved = np.nan_to_num(self.accuracy_m)
        if not moved.any() or not known.any():
            return Bands(ground, ground, ground, known)
        inner, owner = self._inner(group, moved)
        return Bands(ground, joined(inner, owner), joined(self._dilated, group), known)

    @cached_property
    def _dilated(self) -> Geometries:
        """Each block, and all ground that it may cover."""
        return self._moved(self.blocks.shapes, np.nan_to_num(self.accuracy_m))

    def _inner(self, group: Indices, accuracy_m: Floats) -> tuple[Geometries, Indices]:
        """Erode what hangs together, at each accuracy that occurs in it."""
        shapes = self.blocks.shapes
        tree = shapely.STRtree(shapes)
        left, right = tree.query(shapes, "dwithin", 2 * GAP_M)
        same = group[left] == group[right]
        component = components(len(shapes), left[same], right[same])
        level, rows = self._levels(tree, component, accuracy_m)
        size = np.bincount(level)
        level_m = np.zeros(len(size))
        np.maximum.at(level_m, level, accuracy_m[rows])
        ground = union_by(shapes[rows], level, len(size))
        closing_m = np.where(size > 1, np.minimum(level_m, GAP_M), 0.0)
        whole = closed(ground, closing_m, self.origin)
        return self._moved(whole, -level_m - closing_m), group[rows[np.cumsum(size) - 1]]

    def _levels(
        self, tree: shapely.STRtree, component: Indices, accuracy_m: Floats
    ) -> tuple[Indices, Indices]:
        """Pair the accuracies of each component, by number, with the blocks to join for them.

        Blocks that are known better than ε and lie 2 ε away from all that are known to ε are left
        out: what lies ε deep in the ground and does not come so near to those was sure without
        them. So a town of blocks of which each is known otherwise is not joined as often as it has
        blocks.
        """
        bounds = shapely.bounds(self.blocks.shapes)
        # Metres on the plane, where it stretches lengths most.
        scale = parallel_scale(self.blocks.shapes, self.origin)
        reach_m = 2.1 * (accuracy_m + 2 * GAP_M) / np.minimum(scale, 1 / scale)
        around = bounds + reach_m[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])
        one, two = tree.query(shapely.box(*around.T))
        joined = (component[one] == component[two]) & (accuracy_m[two] <= accuracy_m[one])
        _, number = np.unique([component, accuracy_m], axis=1, return_inverse=True)
        pairs = np.unique([number.ravel()[one[joined]], two[joined]], axis=1)
        return pairs[0], pairs[1]

    def _moved(self, shapes: Geometries, distance_m: Floats) -> Geometries:
        out = shapes.copy()
        if len(rows := np.flatnonzero(distance_m)):
            out[rows] = offset(shapes[rows], distance_m[rows], self.origin)
        return out


@dataclass(frozen=True)
class Parts:
    """Shapes that make up the ground of several groups, and the group of each."""

    source: Geometries | Blocks
    owner: Indices

    @cached_property
    def shapes(self) -> Geometries:
        """The shapes themselves, which are drawn when they are first asked for."""
        return drawn(self.source)

    @cached_property
    def vertices(self) -> int:
        """How many vertices all shapes have."""
        if isinstance(self.source, Blocks):
            return len(self.source.source.xy)
        return int(shapely.get_num_coordinates(self.source).sum())

    @cached_property
    def outlines(self) -> Blocks:
        """The shapes as arrays."""
        if isinstance(self.source, Blocks):
            return self.source
        return blocks_of(rings_of(self.source))

    @property
    def laid(self) -> Lay:
        """The ground of all groups together on a grid, ready for any number of parcels."""
        with _LAYING:
            return self._laid

    @cached_property
    def _laid(self) -> Lay:
        return lay(self.outlines)

    @property
    def parted(self) -> Parted:
        """Which part covers which cells of a grid."""
        with _LAYING:
            return self._parted

    @cached_property
    def _parted(self) -> Parted:
        return parted(self.outlines)

    def __getstate__(self) -> dict[str, object]:
        """Send no more than the shapes: what is made of them is larger, and quickly made."""
        return {"source": self.source, "owner": self.owner}

    @cached_property
    def tiles(self) -> tuple[Geometries, Indices]:
        """The polygons in tiles of few corners, and the position of the polygon of each."""
        return tiles_of(self.shapes)


@dataclass(frozen=True)
class Bands:
    """Ground as drawn, surely covered, possibly covered; whether each group's error is known."""

    drawn: Parts
    inner: Parts
    outer: Parts
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]


def zones_of(parks: gpd.GeoDataFrame) -> Zones:
    """Read the blocks that have a geometry."""
    blocks = place(parks, "parks")
    if len(parks) and not len(blocks.rows):
        raise GeometryError(
            f"parks: none of the {len(parks)} rows has a geometry, so nothing can lie inside; "
            "resolve the extents first, or leave the frame empty to mean that there is no zone",
        )
    missing = np.setdiff1d(np.arange(len(parks)), blocks.rows)
    accuracy_m = accuracy_of(parks)[blocks.rows]
    unknown = parks.index[blocks.rows[np.isnan(accuracy_m)]]
    return Zones(
        blocks,
        accuracy_m,
        [str(label) for label in parks.index[missing]],
        [str(label) for label in unknown],
    )


def _joined(shapes: Geometries, owner: Indices, count: int) -> tuple[Geometries, Indices]:
    return union_by(shapes, owner, count), np.arange(count)


def _parts(shapes: Geometries, owner: Indices) -> Parts:
    parts, shape = shapely.get_parts(shapes, return_index=True)
    areal = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return Parts(np.asarray(parts[areal]), np.asarray(owner[shape[areal]]))
