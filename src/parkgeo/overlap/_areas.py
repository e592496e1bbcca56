"""Areas that extents share, without building what they share.

Many extents go to the kernels of :mod:`parkgeo._kernels`; few go to GEOS, which is done before the
kernels are loaded. Both ways agree to 1e-9 of the lesser extent.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground import (
    COMPILE_ABOVE,
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    blocks_of,
    in_pieces,
    over,
    rings_of,
)
from parkgeo.overlap._layer import Layer

CROSSED: Final = 100_000
"""Crossings of outlines above which it pays too, however few vertices there are."""

LEAST_M2: Final = 1e-6
"""Two extents that share less share nothing: rounding alone makes as much of a long border."""


class Grounds:
    """Shapes on one plane, ready to be held against each other in pairs."""

    def __init__(self, shapes: Geometries | None, read: Blocks | Layer | None = None) -> None:
        """Take the shapes, polygons or multipolygons, which may be empty; or read as they are."""
        self._shapes, self._read = shapes, read
        self.by_kernel = int(self.vertices.sum()) > COMPILE_ABOVE

    @cached_property
    def shapes(self) -> Geometries:
        """The shapes as polygons."""
        if isinstance(self._read, Layer):
            return self._read.drawn(np.arange(len(self._read.flat)))
        return self.blocks.shapes if self._shapes is None else self._shapes

    def drawn(self, rows: Indices) -> Geometries:
        """Return some of the shapes, and draw no others."""
        if isinstance(self._read, Layer):
            return self._read.drawn(rows)
        return self.blocks.drawn(rows) if self._shapes is None else self._shapes[rows]

    @cached_property
    def boxes(self) -> Floats:
        """Bounds of each shape; NaN, or beyond all others, where it is empty."""
        return self._read.boxes if self._read else shapely.bounds(self.shapes)

    @cached_property
    def blocks(self) -> Blocks:
        """The shapes as arrays."""
        if isinstance(self._read, Layer):
            return self._read.blocks(np.arange(len(self._read.flat)))
        return self._read or blocks_of(rings_of(self.shapes))

    @cached_property
    def area_m2(self) -> Floats:
        """Area of each shape; of a layer, of those that have been read."""
        if self.by_kernel:
            return (self._read or self.blocks).area_m2
        return np.asarray(shapely.area(self.shapes), dtype=np.float64)

    @cached_property
    def length_m(self) -> Floats:
        """Length of the border of each shape; of a layer, of those that have been read."""
        if self.by_kernel:
            return (self._read or self.blocks).length_m
        return np.asarray(shapely.length(self.shapes), dtype=np.float64)

    @cached_property
    def vertices(self) -> Indices:
        """How many vertices each shape has."""
        if self._read:
            return self._read.vertices
        return np.asarray(shapely.get_num_coordinates(self.shapes), dtype=np.intp)

    def crossings(self, left: Indices, right: Indices) -> Floats:
        """Expect so many crossings of the outlines of each pair."""
        return expected_crossings(self.boxes, self.length_m, self.vertices, left, right)

    def prepare(self, left: Indices, right: Indices) -> None:
        """Choose how these pairs are measured: combs cross more often than they have vertices."""
        if isinstance(self._read, Layer) and self._read.is_read_often(left, right):
            self._read = self.blocks
        self.by_kernel = self.by_kernel or self.crossings(left, right).sum() > CROSSED

    def shared_m2(self, left: Indices, right: Indices, *, doing: str) -> Floats:
        """Measure what each pair of shapes shares."""
        if not self.by_kernel:
            return in_pieces(_shared_by_geos, self.shapes[left], self.shapes[right], doing=doing)

        def measure(blocks: Blocks, one: Indices, two: Indices) -> Floats:
            found = np.empty(len(one))
            over(
                _kernels.pair_areas,
                *(blocks.source.xy, blocks.firsts, blocks.lasts, blocks.signs, blocks.bounds),
                *(blocks.starts, blocks.boxes),
                split=(one, two, found),
                doing=doing,
            )
            return found

        # What rounding makes of nothing may lie on either side of it.
        found_m2: Floats = self._over_pairs(measure, left, right, doing=doing)
        return np.maximum(found_m2, 0.0)

    def touch(self, left: Indices, right: Indices, *, within_m: float) -> Flags:
        """Say which pairs come as near to each other as a distance."""
        if not self.by_kernel:
            return np.asarray(shapely.dwithin(self.shapes[left], self.shapes[right], within_m))

        def measure(blocks: Blocks, one: Indices, two: Indices) -> Flags:
            found = np.zeros(len(one), dtype=np.bool_)
            over(
                _kernels.pair_touches,
                *(blocks.source.xy, blocks.firsts, blocks.lasts, blocks.bounds),
                *(blocks.starts, blocks.boxes, within_m),
                split=(one, two, found),
                doing="looking for common borders",
            )
            return found

        return self._over_pairs(measure, left, right, doing="looking for common borders")

    def _over_pairs(
        self,
        measure: Callable[[Blocks, Indices, Indices], NDArray[Any]],
        left: Indices,
        right: Indices,
        *,
        doing: str,
    ) -> NDArray[Any]:
        if isinstance(self._read, Layer):
            return self._read.over_pairs(measure, left, right, doing=doing)
        return measure(self.blocks, left, right)


def expected_crossings(
    boxes: Floats, length_m: Floats, vertices: Indices, left: Indices, right: Indices
) -> Floats:
    """Expect so many crossings of the outlines of each pair.

    Lines of lengths L and M, scattered over ground A in all directions, cross 2 L M / (π A) times
    (Santaló 1976): here over the common box, with what of each outline falls to it.
    """
    one, two = boxes[left], boxes[right]
    size_m = np.minimum(one[:, 2:], two[:, 2:]) - np.maximum(one[:, :2], two[:, :2])
    common_m2 = np.maximum(size_m, 0.0).prod(axis=1)
    own_m2 = np.prod(one[:, 2:] - one[:, :2], axis=1) * np.prod(two[:, 2:] - two[:, :2], axis=1)
    share = np.divide(
        common_m2, own_m2, out=np.zeros(len(left)), where=(common_m2 > 0) & (own_m2 > 0)
    )
    expected = 2 / np.pi * length_m[left] * length_m[right] * share
    return np.asarray(np.minimum(expected, vertices[left] * vertices[right]))


def _shared_by_geos(left: Geometries, right: Geometries) -> Floats:
    return np.asarray(shapely.area(shapely.intersection(left, right)))


def grounds_of(outlines: Geometries | Blocks | Layer) -> Grounds:
    """Make shapes ready: polygons, arrays, or a layer that is read where it is needed."""
    if isinstance(outlines, Blocks | Layer):
        return Grounds(None, outlines)
    return Grounds(outlines)
