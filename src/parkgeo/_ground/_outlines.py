"""Outlines as arrays: the rings of many shapes, cut into blocks for the kernels.

Reading coordinates once and keeping them so is what makes areas cheap: polygons are drawn again
only where somebody asks for them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground._threads import in_threads
from parkgeo._ground._types import Flags, Floats, Geometries, Indices

COMPILE_ABOVE: Final = 20_000
"""Vertices above which it pays to load the kernels, which takes half a second."""

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

    @cached_property
    def runs(self) -> Indices:
        """Where the rings of each shape begin, and where the last ones end."""
        return np.searchsorted(self.owner, np.arange(self.shapes + 1))

    def filled(self) -> tuple["Rings", Indices]:
        """Leave out the shapes without rings; return also which are left."""
        rows = np.flatnonzero(np.diff(self.runs))
        if len(rows) == self.shapes:
            return self, rows
        return replace(self, owner=np.searchsorted(rows, self.owner), shapes=len(rows)), rows

    def take(self, shapes: Indices) -> "Rings":
        """Copy the rings of some shapes, and their vertices."""
        counts = np.diff(self.runs)[shapes]
        rows = runs_of(self.runs[:-1][shapes], counts)
        lengths = (self.stops - self.starts)[rows]
        stops = np.cumsum(lengths)
        return Rings(
            self.xy[runs_of(self.starts[rows], lengths)],
            starts=stops - lengths,
            stops=stops,
            owner=np.repeat(np.arange(len(shapes)), counts),
            part=np.cumsum(self.shell[rows]) - 1,
            shell=self.shell[rows],
            shapes=len(shapes),
        )


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

    Shape k is shape ``order[k]`` of the source, and the blocks ``starts[k]:starts[k + 1]``; it lies
    in ``boxes[k]``, beyond all others where it has no rings.
    """

    source: Rings
    firsts: Indices
    lasts: Indices
    bounds: Floats
    signs: Floats
    ring_boxes: Floats
    order: Indices
    starts: Indices
    boxes: Floats
    area_m2: Floats
    length_m: Floats

    @property
    def is_finite(self) -> bool:
        """Whether every coordinate is a number."""
        return bool(np.isfinite(self.length_m).all())

    @property
    def vertices(self) -> Indices:
        """How many vertices each shape has."""
        ends = np.concatenate([[0], np.cumsum(self.source.stops - self.source.starts)])
        return np.diff(ends[self.source.runs])[self.order]

    @cached_property
    def shapes(self) -> Geometries:
        """The shapes as polygons."""
        return shapes_of(self.source)[self.order]

    def drawn(self, shapes: Indices) -> Geometries:
        """Draw some of the shapes, each once, as often as they are named."""
        if "shapes" in self.__dict__:
            return self.shapes[shapes]
        once, codes = np.unique(shapes, return_inverse=True)
        return shapes_of(self.source.take(self.order[once]))[codes]

    def take(self, shapes: Indices) -> "Blocks":
        """Put the shapes into another order."""
        if np.array_equal(shapes, np.arange(len(self.order))):
            return self
        counts = np.diff(self.starts)[shapes]
        rows = runs_of(self.starts[:-1][shapes], counts)
        return replace(
            self,
            firsts=self.firsts[rows],
            lasts=self.lasts[rows],
            bounds=self.bounds[rows],
            signs=self.signs[rows],
            order=self.order[shapes],
            starts=np.concatenate([[0], np.cumsum(counts)]),
            boxes=self.boxes[shapes],
            area_m2=self.area_m2[shapes],
            length_m=self.length_m[shapes],
        )


def blocks_of(rings: Rings) -> Blocks:
    """Cut rings into blocks, and measure each shape on the way."""
    edges = rings.stops - rings.starts - 1
    steps = np.clip(np.cbrt(edges).astype(np.intp), *_BLOCK)
    ends = np.cumsum(-(-edges // steps))
    n_blocks, n_rings = int(ends[-1]) if len(ends) else 0, len(edges)
    firsts, lasts = np.empty((2, n_blocks), dtype=np.intp)
    bounds, signs = np.empty((n_blocks, 4)), np.empty(n_blocks)
    ring_boxes, ring_m2, ring_m = np.empty((n_rings, 4)), np.empty(n_rings), np.empty(n_rings)
    places = np.concatenate([[0], ends])
    over(
        _kernels.cut_rings,
        *(rings.xy, firsts, lasts, bounds, signs),
        split=(
            *(rings.starts, rings.stops, rings.shell, steps, places[:-1]),
            *(ring_boxes, ring_m2, ring_m),
        ),
        doing="reading outlines",
    )
    return Blocks(
        rings,
        firsts,
        lasts,
        bounds,
        signs,
        ring_boxes,
        order=np.arange(rings.shapes),
        starts=places[rings.runs],
        boxes=_gathered(ring_boxes, rings.runs),
        area_m2=_summed(rings.owner, np.where(rings.shell, ring_m2, -ring_m2), rings.shapes),
        length_m=_summed(rings.owner, ring_m, rings.shapes),
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


def runs_of(starts: Indices, counts: Indices) -> Indices:
    """Return ``start, start + 1, …`` of each run, one after the other."""
    before = np.cumsum(counts) - counts
    return np.asarray(np.arange(counts.sum()) + np.repeat(starts - before, counts))


def surely_valid(blocks: Blocks) -> Flags:
    """Say of each shape whether it is certain that it is valid; false where GEOS must decide.

    The shapes must stand in the order of their source, and their coordinates be finite.
    """
    rings = blocks.source
    clear, nested = np.zeros((2, rings.shapes), dtype=np.bool_)
    begins, ends = rings.runs[:-1], rings.runs[1:]
    over(
        _kernels.clear_extents,
        *(rings.xy, rings.starts, rings.stops),
        split=(begins, ends, clear),
        doing="looking at outlines",
    )
    # A single ring lies in no other one.
    nested[ends - begins == 1] = True
    several = np.flatnonzero(ends - begins > 1)
    found = nested[several]
    over(
        _kernels.nested_extents,
        *(rings.xy, rings.starts, rings.stops, rings.part, rings.shell, blocks.ring_boxes),
        split=(begins[several], ends[several], found),
        doing="looking at holes and parts",
    )
    nested[several] = found
    return clear & nested


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
