"""Areas that extents share, without building what they share.

Many extents go to the kernels of :mod:`parkgeo._kernels`; few go to GEOS, which is done before the
kernels are loaded. Both ways agree to 1e-9 of the lesser extent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo.overlap._pieces import in_pieces
from parkgeo.overlap._threads import in_threads

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]
Indices = NDArray[np.intp]

COMPILE_ABOVE: Final = 20_000
"""Vertices above which it pays to load the kernels, which takes half a second."""

LEAST_M2: Final = 1e-6
"""Two extents that share less share nothing: rounding alone makes as much of a long border."""

_BLOCK: Final = (8, 256)
"""Fewest and most edges of a block; in between, the cube root of the edges of its ring, because
holding blocks against blocks costs (n/s)² and edges against those of near blocks ns."""

_CHUNK: Final = 2_048


@dataclass(frozen=True)
class Rings:
    """Rings of polygons as arrays, in the order of the shapes they belong to.

    Ring r is ``xy[starts[r]:stops[r]]``, closed; it belongs to shape ``owner[r]`` and polygon
    ``part[r]``, and is its shell or a hole in it.
    """

    xy: Floats
    starts: Indices
    stops: Indices
    owner: Indices
    part: Indices
    shell: Flags
    shapes: int


def rings_of(shapes: Geometries) -> Rings:
    """Read polygons and multipolygons; missing and empty ones have no rings.

    Polygons without holes are read as they stand, which takes a third of the time that taking them
    apart does.
    """
    plain = (shapely.get_num_interior_rings(shapes) == 0) & (
        shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    )
    plain &= ~shapely.is_empty(shapes)
    whole, mixed = np.flatnonzero(plain), np.flatnonzero(~plain)
    parts, part_owner = shapely.get_parts(shapes[mixed], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    counts = np.concatenate(
        [shapely.get_num_coordinates(shapes[whole]), shapely.get_num_coordinates(rings)],
    ).astype(np.intp)
    stops = np.cumsum(counts)
    owner = np.concatenate([whole, mixed[part_owner[ring_part]]])
    # An empty part has a number and no rings.
    filled = np.cumsum(np.diff(ring_part, prepend=-1) != 0) - 1
    part = np.concatenate([np.arange(len(whole)), len(whole) + filled])
    shell = np.diff(part, prepend=-1) != 0
    order = np.argsort(owner, kind="stable")
    xy = shapely.get_coordinates(np.concatenate([shapes[whole], rings]))
    return Rings(
        xy,
        starts=(stops - counts)[order],
        stops=stops[order],
        owner=owner[order],
        part=part[order],
        shell=shell[order],
        shapes=len(shapes),
    )


def shapes_of(rings: Rings) -> Geometries:
    """Build polygons, and multipolygons where a shape has several, from their rings."""
    read = np.argsort(rings.starts)
    counts = (rings.stops - rings.starts)[read]
    ring = np.repeat(np.arange(len(counts)), counts)
    drawn = np.asarray(shapely.linearrings(rings.xy, indices=ring))
    parts = np.asarray(shapely.polygons(drawn, indices=rings.part[read]))
    owner = rings.owner[read][rings.shell[read]]
    counts = np.bincount(owner, minlength=rings.shapes)
    single = counts[owner] == 1
    out = np.full(rings.shapes, shapely.Polygon(), dtype=object)
    out[owner[single]] = parts[single]
    many = np.flatnonzero(counts > 1)
    out[many] = shapely.multipolygons(parts[~single], indices=np.searchsorted(many, owner[~single]))
    return out


@dataclass(frozen=True)
class Blocks:
    """Rings cut into runs of edges with their bounds, as the kernels want them.

    Shape k is the blocks ``starts[k]:starts[k + 1]``; ``rings`` is the ring of each block in the
    source, whose shapes may stand in another order.
    """

    source: Rings
    firsts: Indices
    lasts: Indices
    rings: Indices
    bounds: Floats
    signs: Floats
    starts: Indices
    area_m2: Floats
    length_m: Floats

    @cached_property
    def boxes(self) -> Floats:
        """Bounds of each shape; beyond all others where it has no rings."""
        return _gathered(self.bounds, self.starts)

    def take(self, shapes: Indices) -> "Blocks":
        """Put the shapes into another order."""
        counts = np.diff(self.starts)[shapes]
        starts = np.concatenate([[0], np.cumsum(counts)])
        rows = np.arange(starts[-1]) + np.repeat(self.starts[shapes] - starts[:-1], counts)
        return Blocks(
            self.source,
            self.firsts[rows],
            self.lasts[rows],
            self.rings[rows],
            self.bounds[rows],
            self.signs[rows],
            starts,
            self.area_m2[shapes],
            self.length_m[shapes],
        )


def blocks_of(rings: Rings) -> Blocks:
    """Cut rings into blocks, and measure the area and length of each shape on the way."""
    edges = rings.stops - rings.starts - 1
    size = np.clip(np.cbrt(edges).astype(np.intp), *_BLOCK)
    counts = -(-edges // size)
    ring = np.repeat(np.arange(len(edges)), counts)
    place = np.arange(len(ring)) - np.repeat(np.cumsum(counts) - counts, counts)
    firsts = rings.starts[ring] + place * size[ring]
    lasts = np.minimum(firsts + size[ring], rings.stops[ring] - 1)
    bounds, sums = np.empty((len(ring), 4)), np.empty((len(ring), 2))
    over(_kernels.block_bounds, rings.xy, split=(firsts, lasts, bounds, sums))
    x, y = (rings.xy[firsts] - rings.xy[rings.starts[ring]]).T
    dx, dy = (rings.xy[lasts] - rings.xy[firsts]).T
    ring_m2 = _summed(ring, sums[:, 0] + (x * dy - dx * y), len(edges)) / 2
    # Shells are to run against the clock, holes with it, so that the ground lies left of both.
    signs = np.where((ring_m2 > 0) == rings.shell, 1.0, -1.0)
    owner = rings.owner[ring]
    return Blocks(
        rings,
        firsts,
        lasts,
        ring,
        bounds,
        signs[ring],
        np.searchsorted(owner, np.arange(rings.shapes + 1)),
        _summed(rings.owner, signs * ring_m2, rings.shapes),
        _summed(owner, sums[:, 1], rings.shapes),
    )


def _summed(owner: Indices, values: Floats, n_owners: int) -> Floats:
    return np.bincount(owner, values, n_owners).astype(np.float64, copy=False)


def _gathered(bounds: Floats, starts: Indices) -> Floats:
    """Return the bounds of all boxes of each run."""
    out = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(starts) - 1, 1))
    filled = starts[1:] > starts[:-1]
    if filled.any():
        first = starts[:-1][filled]
        out[filled, :2] = np.minimum.reduceat(bounds[:, :2], first)
        out[filled, 2:] = np.maximum.reduceat(bounds[:, 2:], first)
    return out


def surely_valid(blocks: Blocks) -> Flags:
    """Say of each shape whether it is certain that it is valid; false where GEOS must decide.

    The shapes must stand in the order of their source.
    """
    rings = blocks.source
    clear, nested = np.zeros((2, rings.shapes), dtype=np.bool_)
    begins, ends = blocks.starts[:-1], blocks.starts[1:]
    over(
        _kernels.clear_extents,
        *(rings.xy, blocks.firsts, blocks.lasts, blocks.bounds, rings.starts[blocks.rings]),
        split=(begins, ends, clear),
        doing="looking at outlines",
    )
    runs = np.searchsorted(rings.owner, np.arange(rings.shapes + 1))
    of_ring = np.searchsorted(blocks.rings, np.arange(len(rings.starts) + 1))
    # A single ring lies in no other one.
    several = np.flatnonzero(np.diff(runs) > 1)
    found = nested[several]
    over(
        _kernels.nested_extents,
        *(rings.xy, rings.starts, rings.stops, rings.part, rings.shell),
        _gathered(blocks.bounds, of_ring),
        split=(runs[:-1][several], runs[1:][several], found),
        doing="looking at holes and parts",
    )
    nested[np.diff(runs) == 1] = True
    nested[several] = found
    return clear & nested


class Grounds:
    """Shapes on one plane, ready to be held against each other in pairs."""

    def __init__(self, shapes: Geometries, blocks: Blocks | None = None) -> None:
        """Take the shapes, polygons or multipolygons, which may be empty; and them as arrays."""
        self.shapes = shapes
        self._read = blocks
        self.by_kernel = int(shapely.get_num_coordinates(shapes).sum()) > COMPILE_ABOVE

    @cached_property
    def blocks(self) -> Blocks:
        """The shapes as arrays."""
        return self._read or blocks_of(rings_of(self.shapes))

    @cached_property
    def area_m2(self) -> Floats:
        """Area of each shape."""
        if self.by_kernel:
            return self.blocks.area_m2
        return np.asarray(shapely.area(self.shapes), dtype=np.float64)

    @cached_property
    def length_m(self) -> Floats:
        """Length of the border of each shape."""
        if self.by_kernel:
            return self.blocks.length_m
        return np.asarray(shapely.length(self.shapes), dtype=np.float64)

    def shared_m2(self, left: Indices, right: Indices, *, doing: str) -> Floats:
        """Measure what each pair of shapes shares."""
        if not self.by_kernel:
            return in_pieces(_shared_by_geos, self.shapes[left], self.shapes[right], doing=doing)
        found = np.empty(len(left))
        blocks = self.blocks
        over(
            _kernels.pair_areas,
            *(blocks.source.xy, blocks.firsts, blocks.lasts, blocks.signs, blocks.bounds),
            *(blocks.starts, blocks.boxes),
            split=(left, right, found),
            doing=doing,
        )
        # What rounding makes of nothing may lie on either side of it.
        return np.maximum(found, 0.0)

    def touch(self, left: Indices, right: Indices, *, within_m: float) -> Flags:
        """Say which pairs come as near to each other as a distance."""
        if not self.by_kernel:
            return np.asarray(shapely.dwithin(self.shapes[left], self.shapes[right], within_m))
        found = np.zeros(len(left), dtype=np.bool_)
        blocks = self.blocks
        over(
            _kernels.pair_touches,
            *(blocks.source.xy, blocks.firsts, blocks.lasts, blocks.bounds),
            *(blocks.starts, blocks.boxes, within_m),
            split=(left, right, found),
            doing="looking for common borders",
        )
        return found


def _shared_by_geos(left: Geometries, right: Geometries) -> Floats:
    return np.asarray(shapely.area(shapely.intersection(left, right)))


def over(
    loop: Callable[..., None],
    *whole: NDArray[Any] | float,
    split: tuple[NDArray[Any], ...],
    doing: str = "measuring",
) -> None:
    """Run a compiled loop over arrays that are split into chunks, on threads.

    Each chunk fills its own part of the last array, so that their order and number change nothing.
    """
    fast = _kernels.compiled(loop)
    begins = range(0, len(split[0]), _CHUNK)

    def run(begin: int) -> None:
        fast(*whole, *(array[begin : begin + _CHUNK] for array in split))

    in_threads(run, begins, doing=doing)
