"""Ground that overlapping parcels count twice."""

from dataclasses import dataclass

import numpy as np
import shapely

from parkgeo import _kernels
from parkgeo._ground import over
from parkgeo.concentration._borders import doubtful
from parkgeo.concentration._exact import Exact, exact_sums
from parkgeo.concentration._lay import pair_m2
from parkgeo.concentration._plane import (
    Blocks,
    Floats,
    Geometries,
    Indices,
    components,
    in_chunks,
    union_by,
)
from parkgeo.concentration._shares import sizes_m2, some_of
from parkgeo.units import KM2_M2

_NEEDLE_M = 1e-6
"""An overlap narrower than this in the mean is what rounding leaves along a common border."""

_MOST_CELLS = 8
"""Cells in which a box lies, in the mean, and cells for each box."""

_MOST_ACROSS = 1 << 16


@dataclass(frozen=True)
class Twice:
    """Parcels that overlap others, and the area that they count twice."""

    n_parcels: int
    area_km2: Exact

    def __add__(self, other: "Twice") -> "Twice":
        return Twice(self.n_parcels + other.n_parcels, self.area_km2 + other.area_km2)

    def told(self) -> dict[str, object]:
        """Return plain values, so that every file format keeps them."""
        return {"n_parcels": self.n_parcels, "area_km2": float(self.area_km2.head[0])}


def counted_twice(outlines: Geometries | Blocks) -> dict[str, object]:
    """Measure as :func:`twice_of`, in plain values."""
    return twice_of(outlines).told()


def twice_of(outlines: Geometries | Blocks) -> Twice:
    """Measure by how much the areas of parcels add up to more than the ground under them.

    Only parcels that overlap are drawn and joined.
    """
    if isinstance(outlines, Blocks):
        left, right = _pairs_by_sums(outlines)
    else:
        left, right = _pairs_by_geos(outlines)
    rows, ends = np.unique(np.concatenate([left, right]), return_inverse=True)
    code = components(len(rows), ends[: len(left)], ends[len(left) :])
    count = int(code.max(initial=-1)) + 1
    shapes = some_of(outlines, rows)
    sums_m2 = np.bincount(code, sizes_m2(outlines)[rows], minlength=count)
    ground_m2 = sizes_m2(union_by(shapes, code, count))
    extra_km2 = np.maximum(sums_m2 - ground_m2, 0.0) / KM2_M2
    return Twice(len(rows), exact_sums(extra_km2, np.zeros(count, dtype=np.intp), 1))


def _pairs_by_sums(parcels: Blocks) -> tuple[Indices, Indices]:
    """Find the parcels that overlap among those whose bounds do."""
    left, right = np.ascontiguousarray(near(parcels.boxes).T)
    real = doubtful(parcels, left, right)
    left, right = left[real], right[real]
    shared_m2 = pair_m2(parcels, parcels, left, right)
    border_m = np.minimum(parcels.length_m[left], parcels.length_m[right])
    real = shared_m2 > _NEEDLE_M * border_m
    return left[real], right[real]


def near(boxes: Floats) -> Indices:
    """Find the pairs of boxes that have ground in common, the lower number first."""
    filled = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    if len(filled) < 2:  # noqa: PLR2004 - a pair
        return np.empty((0, 2), dtype=np.intp)
    some = np.ascontiguousarray(boxes[filled])
    cells, columns, rows = _cells(some)
    sort = _kernels.compiled(_kernels.sort_into_cells)
    ends, nowhere = np.zeros(rows * columns + 1, dtype=np.intp), np.empty(0, dtype=np.intp)
    sort(cells, columns, ends, nowhere)
    ends = np.cumsum(ends)
    members = np.empty(int(ends[-1]), dtype=np.intp)
    sort(cells, columns, ends, members)
    every, places = np.arange(len(some)), np.empty(len(some), dtype=np.intp)

    def look(out: Indices) -> None:
        over(
            _kernels.near_pairs,
            *(some, cells, columns, ends, members, out),
            split=(every, places),
            doing="looking for overlaps",
        )

    look(np.empty((0, 2), dtype=np.intp))
    count = int(places.sum())
    places = np.cumsum(places) - places
    out = np.empty((count, 2), dtype=np.intp)
    if count:
        look(out)
    return filled[out]


def _cells(boxes: Floats) -> tuple[Indices, int, int]:
    """Lay a grid so coarse that boxes lie in few cells; say in which."""
    corner = boxes[:, :2].min(axis=0)
    extent = boxes[:, 2:].max(axis=0) - corner
    size = np.maximum((boxes[:, 2:] - boxes[:, :2]).mean(axis=0), extent / _MOST_ACROSS)
    size = np.where(size > 0, size, 1.0)
    while True:
        cells = np.floor((boxes - np.tile(corner, 2)) / np.tile(size, 2)).astype(np.intp)
        spans = cells[:, 2:] - cells[:, :2] + 1
        columns, rows = (cells[:, 2:].max(axis=0) + 1).tolist()
        few = _MOST_CELLS * len(boxes)
        if spans.prod(axis=1).sum() <= few and rows * columns <= few:
            return cells, columns, rows
        size = 2 * size


def _pairs_by_geos(shapes: Geometries) -> tuple[Indices, Indices]:
    """Find the parcels that overlap, among those with edges that lie inside another.

    GEOS's check of coverages compares edges only, so a layer in order costs no overlay.
    """
    areal = np.flatnonzero(sizes_m2(shapes) > 0)
    if len(areal) == 0:
        return areal, areal
    shapes = shapes[areal]
    odd = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    first, right = shapely.STRtree(shapes).query(shapes[odd], predicate="intersects")
    left = odd[first]
    other = left != right
    left, right = left[other], right[other]
    common = in_chunks(shapely.intersection, shapes[left], shapes[right])
    area_m2, border_m = shapely.area(common), shapely.length(common)
    real = 2 * area_m2 > _NEEDLE_M * border_m
    return areal[left[real]], areal[right[real]]
