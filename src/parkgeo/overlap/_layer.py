"""A large layer that is read where it is needed, run by run, and never held as a whole.

Reading vertices from shapes takes less time than the first touch of memory for all of them, and
what a run needs fits the cache.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from parkgeo import crs
from parkgeo._ground import (
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    blocks_of,
    in_threads,
    refuse_invalid,
    rings_of,
    shapes_of,
    still_valid,
    surely_valid,
)
from parkgeo.crs._plane import degrees_to_plane, says_degrees

_RUN: Final = 1 << 16
"""Vertices that one thread reads at a time."""

_OFTEN: Final = 3
"""How many times all vertices may be read; where pairs need more, the layer is held as a whole."""


@dataclass(frozen=True)
class Layer:
    """Valid polygons as they were given, and how they get to the plane."""

    flat: Geometries
    place: Callable[[Floats], Floats]
    boxes: Floats
    """Bounds of each shape on the plane."""
    vertices: Indices
    area_m2: Floats
    length_m: Floats
    """Of the shapes that have been read; NaN before."""

    def take(self, shapes: Indices) -> Self:
        """Put the shapes into another order."""
        return replace(
            self,
            flat=self.flat[shapes],
            boxes=self.boxes[shapes],
            vertices=self.vertices[shapes],
            area_m2=self.area_m2[shapes],
            length_m=self.length_m[shapes],
        )

    def blocks(self, shapes: Indices) -> Blocks:
        """Read some shapes, and measure them on the way."""
        rings = rings_of(self.flat[shapes])
        found = blocks_of(replace(rings, xy=self.place(rings.xy)))
        self.area_m2[shapes], self.length_m[shapes] = found.area_m2, found.length_m
        return found

    def drawn(self, shapes: Indices) -> Geometries:
        """Draw some of the shapes on the plane, each once, as often as they are named."""
        once, codes = np.unique(shapes, return_inverse=True)
        rings = rings_of(self.flat[once])
        return still_valid(shapes_of(replace(rings, xy=self.place(rings.xy))))[codes]

    def is_read_often(self, left: Indices, right: Indices) -> bool:
        """Say whether these pairs are so many that it pays to hold all shapes."""
        read = int((self.vertices[left] + self.vertices[right]).sum())
        return read > _OFTEN * int(self.vertices.sum())

    def over_pairs(
        self,
        measure: Callable[[Blocks, Indices, Indices], NDArray[Any]],
        left: Indices,
        right: Indices,
        *,
        doing: str,
    ) -> NDArray[Any]:
        """Measure pairs, those of a run from the shapes that are read for it."""

        def run(pairs: slice) -> NDArray[Any]:
            both = np.concatenate([left[pairs], right[pairs]])
            shapes, codes = np.unique(both, return_inverse=True)
            return measure(self.blocks(shapes), *np.split(codes, 2))

        runs = list(_runs(self.vertices[left] + self.vertices[right]))
        if not runs:
            return measure(self.blocks(left), left, right)
        return np.concatenate(in_threads(run, runs, doing=doing))


def layer_of(flat: Geometries, source: CRS | None, rows: pd.Index) -> tuple[Layer, Floats] | None:
    """Judge all shapes, and return the layer and its origin.

    None where x and y on the plane do not each grow with one coordinate alone, so that bounds there
    are not known before the vertices are.
    """
    if source == crs.PLANE:
        move: Callable[[Floats], Floats] = np.asarray
    elif source is not None and says_degrees(source):
        move = degrees_to_plane
    else:
        return None
    vertices = np.asarray(shapely.get_num_coordinates(flat), dtype=np.intp)
    _refuse_invalid_runs(flat, vertices, rows)
    corners = move(shapely.bounds(flat).reshape(-1, 2))
    low, high = corners.min(axis=0), corners.max(axis=0)
    origin = np.round((low + high) / 2)
    unread = np.full((2, len(flat)), np.nan)
    return (
        Layer(
            flat,
            place=lambda xy: move(xy) - origin,
            boxes=(corners - origin).reshape(-1, 4),
            vertices=vertices,
            area_m2=unread[0],
            length_m=unread[1],
        ),
        origin,
    )


def _refuse_invalid_runs(flat: Geometries, vertices: Indices, rows: pd.Index) -> None:
    """Have GEOS judge what is not surely valid, as it was given."""

    def look(run: slice) -> Flags:
        return surely_valid(blocks_of(rings_of(flat[run])))

    sure = np.concatenate(in_threads(look, list(_runs(vertices)), doing="looking at outlines"))
    # What is not finite is not surely valid either.
    refuse_invalid(flat[~sure], rows[~sure])


def _runs(sizes: Indices) -> Iterator[slice]:
    """Cut positions into runs of about the same size, each of one or more."""
    begins = np.flatnonzero(np.diff(np.cumsum(sizes) // _RUN, prepend=-1))
    ends = np.append(begins, len(sizes))[1:]
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        yield slice(begin, end)
