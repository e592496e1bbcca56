"""Outlines laid on a raster: edges in its columns and rows, as the loops want them."""

from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from parkgeo import crs
from parkgeo._ground import (
    COMPILE_ABOVE,
    Flags,
    Floats,
    Indices,
    Rings,
    in_threads,
    runs_of,
)
from parkgeo._kernels import compiled
from parkgeo._kernels._coverage import EDGES_IN_BLOCK, edge_reach, fill_edges, turned_rings
from parkgeo.crs._plane import degrees_to_plane, plane_to_degrees, says_degrees
from parkgeo.errors import GeometryError, first_rows
from parkgeo.raster._grid import Grid, Move, way_from_degrees, way_to_degrees
from parkgeo.raster._zones import Outlines

_TOLERANCE: Final = 1e-5
"""Share of a cell by which an edge may lie beside where it is straight on the plane."""

_RADIUS_M: Final = 6_378_137.0
_BEND_IN_DEGREES: Final = 1.1
_BEND: Final = 8.0
"""An edge of s metres that is straight on the plane bends by less than this times
s² tan(latitude) / 8R: in longitude and latitude, and in any map of a city or a country."""

_STEEPEST: Final = 85.0
_MOST_PIECES: Final = 10_000
_RUN: Final = 1 << 15
"""Vertices that one thread works on at a time."""


@dataclass(frozen=True)
class Edges:
    """Edges of copies of zones, in columns and rows; see ``class_areas`` in the kernels.

    Copy k belongs to zone ``zone[k]`` and has the edges from ``firsts[k]`` to ``lasts[k]``. It lies
    in ``bounds[k]``: least column, least row, largest column, largest row.
    """

    edges: Floats
    reach: Floats
    firsts: Indices
    lasts: Indices
    zone: Indices
    bounds: Floats
    clear: Flags
    """Of each zone, whether it lies wholly inside the raster."""


def lay(
    outlines: tuple[Outlines, ...], grid: Grid, n_zones: int, *, whole: int | None = None
) -> Edges:
    """Lay outlines on a raster; those that do not meet it are left out.

    ``whole`` is the number of a zone that is the raster itself.
    """
    parts = [_placed(part, grid) for part in outlines if len(part.shapes)]
    if whole is not None:
        parts.append(_raster_itself(grid, whole))
    zone = np.concatenate([np.empty(0, dtype=np.intp), *(part.zone for part in parts)])
    counts = np.concatenate([np.empty(0, dtype=np.intp), *(part.counts for part in parts)])
    order = np.argsort(zone, kind="stable")
    ends = np.cumsum(counts[order])
    places = np.empty_like(counts)
    places[order] = ends - counts[order]
    edges, boxes = np.empty((int(counts.sum()), 4)), np.empty((len(zone), 4))
    start = 0
    for part in parts:
        here = slice(start, start + len(part.zone))
        part.fill(edges, places[here], boxes[here])
        start = here.stop
    heads = np.flatnonzero(np.diff(zone[order], prepend=-1))
    firsts = places[order[heads]]
    lasts = np.append(firsts[1:], len(edges)) if len(firsts) else firsts
    bounds = np.empty((len(heads), 4))
    if len(heads):
        bounds[:, :2] = np.minimum.reduceat(boxes[order, :2], heads)
        bounds[:, 2:] = np.maximum.reduceat(boxes[order, 2:], heads)
    return _copied(edges, firsts, lasts, zone[order[heads]], bounds, grid, n_zones)


@dataclass(frozen=True)
class _Joints:
    """Where edges that bend are cut: that which begins at ``vertex[k]``, at the points of a run."""

    vertex: Indices
    runs: Indices
    cells: Floats

    def counted(self, starts: Indices, stops: Indices) -> Indices:
        """Count the joints of rings."""
        first, last = (self.runs[np.searchsorted(self.vertex, at)] for at in (starts, stops))
        return np.asarray(last - first)


_STRAIGHT: Final = _Joints(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty((0, 2)))


@dataclass(frozen=True)
class _Placed:
    """Rings in columns and rows: their zones, and whether the inside is on the other side."""

    cells: Floats
    starts: Indices
    stops: Indices
    zone: Indices
    turned: Flags
    joints: _Joints

    @cached_property
    def counts(self) -> Indices:
        """How many edges each ring has."""
        joints = self.joints.counted(self.starts, self.stops)
        return np.asarray(self.stops - self.starts - 1 + joints)

    def fill(self, edges: Floats, places: Indices, boxes: Floats) -> None:
        """Write the edges of each ring from its place on, and its bounds."""
        if len(self.cells) <= COMPILE_ABOVE:
            self._fill_few(edges, places, boxes)
            return
        heads = np.searchsorted(self.joints.vertex, self.starts)
        loop = compiled(fill_edges)

        def run(some: slice) -> None:
            loop(
                self.cells,
                self.joints.vertex,
                self.joints.runs,
                self.joints.cells,
                self.starts[some],
                self.stops[some],
                self.turned[some].view(np.uint8),
                heads[some],
                places[some],
                edges,
                boxes[some],
            )

        in_threads(run, _portions(self.counts), doing="laying zones")

    def _fill_few(self, edges: Floats, places: Indices, boxes: Floats) -> None:
        """Do the same without a compiler."""
        sides = self.stops - self.starts - 1
        begin = runs_of(self.starts, sides)
        number, first = np.zeros((2, len(self.cells)), dtype=np.intp)
        number[self.joints.vertex] = np.diff(self.joints.runs)
        first[self.joints.vertex] = self.joints.runs[:-1]
        pieces = 1 + number[begin]
        whose = np.repeat(begin, pieces)
        step = runs_of(np.zeros(len(pieces), dtype=np.intp), pieces)
        rows = np.column_stack([self.cells[whose], self.cells[whose + 1]])
        joint = np.flatnonzero(step)
        at = self.joints.cells[first[whose[joint]] + step[joint] - 1]
        # A piece begins where the one before it ends, to the last bit.
        rows[joint, :2], rows[joint - 1, 2:] = at, at
        turned = np.repeat(self.turned, self.counts)
        rows[turned] = rows[turned][:, [2, 3, 0, 1]]
        edges[runs_of(places, self.counts)] = rows
        heads = np.cumsum(self.counts) - self.counts
        for k, outermost in enumerate((np.minimum, np.maximum)):
            ends = outermost(rows[:, :2], rows[:, 2:])
            boxes[:, 2 * k : 2 * k + 2] = outermost.reduceat(ends, heads)


def _raster_itself(grid: Grid, zone: int) -> _Placed:
    wide, high = float(grid.cols), float(grid.rows)
    ring = np.array([[0.0, 0.0], [0.0, high], [wide, high], [wide, 0.0], [0.0, 0.0]])
    one = np.zeros(1, dtype=np.intp)
    return _Placed(ring, one, one + 5, one + zone, np.zeros(1, dtype=np.bool_), _STRAIGHT)


def _placed(part: Outlines, grid: Grid) -> _Placed:
    """Bring outlines to columns and rows."""
    rings = part.rings
    ways = _ways(part.crs, grid)
    cells = _in_cells(rings.xy, ways)
    turned, long, sound = _looked_at(rings, cells, _straight_below(grid))
    if not sound.all():
        rows = np.unique(rings.owner[~sound])
        raise GeometryError(
            f"zones reach beyond where {grid.crs.name!r} is defined (zones at positions "
            f"{first_rows(rows.tolist())}); cut them, or reproject the raster",
        )
    joints = _STRAIGHT if grid.crs == crs.PLANE else _joints(rings.xy, cells, long, ways)
    zone = part.zone[rings.owner]
    return _Placed(cells, rings.starts, rings.stops, zone, turned, joints)


@dataclass(frozen=True)
class _Ways:
    """How vertices get to columns and rows, to the plane, and from there to columns and rows."""

    to_cells: Move
    to_plane: Move
    back: Move


def _ways(source: CRS, grid: Grid) -> _Ways:
    """Find out once how vertices move, since CRSs are slow to compare."""
    to_degrees, to_grid = way_to_degrees(source), way_from_degrees(grid.crs)
    across = () if source == grid.crs else (to_degrees, to_grid)
    there = () if source == crs.PLANE else (to_degrees, degrees_to_plane)
    return _Ways(
        _chained(*across, grid.to_cells),
        _chained(*there),
        _chained(plane_to_degrees, to_grid, grid.to_cells),
    )


def _chained(*moves: Move) -> Move:
    return lambda xy: reduce(lambda at, move: move(at), moves, xy)


def _in_cells(xy: Floats, ways: _Ways) -> Floats:
    """Turn vertices into columns and rows, run by run on threads."""
    out = np.empty_like(xy)

    def place(begin: int) -> None:
        run = slice(begin, begin + _RUN)
        out[run] = ways.to_cells(xy[run])

    in_threads(place, range(0, len(xy), _RUN), doing="laying zones")
    return out


def _looked_at(rings: Rings, cells: Floats, longest: float) -> tuple[Flags, Flags, Flags]:
    """Tell which rings are turned, which edges are long, by where they begin, and sound rings."""
    if len(cells) <= COMPILE_ABOVE:
        return _few_looked_at(rings, cells, longest)
    long = np.zeros(len(cells), dtype=np.bool_)
    turned, sound = np.empty((2, len(rings.starts)), dtype=np.bool_)
    loop = compiled(turned_rings)

    def run(some: slice) -> None:
        loop(
            cells,
            longest,
            rings.starts[some],
            rings.stops[some],
            rings.shell[some].view(np.uint8),
            turned[some].view(np.uint8),
            sound[some].view(np.uint8),
            long.view(np.uint8),
        )

    in_threads(run, _portions(rings.stops - rings.starts), doing="laying zones")
    return turned, long, sound


def _few_looked_at(rings: Rings, cells: Floats, longest: float) -> tuple[Flags, Flags, Flags]:
    """Do the same without a compiler."""
    sides = rings.stops - rings.starts - 1
    begin, ring = runs_of(rings.starts, sides), np.repeat(np.arange(len(sides)), sides)
    # From a near corner, so that nothing cancels.
    near = cells[rings.starts][ring]
    with np.errstate(invalid="ignore"):
        (x0, y0), (x1, y1) = (cells[begin] - near).T, (cells[begin + 1] - near).T
        twice = np.bincount(ring, x0 * y1 - x1 * y0, minlength=len(sides))
        long = np.zeros(len(cells), dtype=np.bool_)
        long[begin] = np.hypot(x1 - x0, y1 - y0) > longest
    return np.asarray((twice < 0) == rings.shell), long, np.isfinite(twice)


def _portions(counts: Indices) -> list[slice]:
    """Split rings into runs of about as many vertices, one for a thread at a time."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.searchsorted(ends, np.arange(_RUN, total, _RUN), side="right")
    marks = np.unique(np.concatenate([[0], cuts, [len(counts)]])).tolist()
    return [slice(a, b) for a, b in pairwise(marks)]


def _joints(xy: Floats, cells: Floats, long: Flags, ways: _Ways) -> _Joints:
    """Cut long edges that bend in the raster's CRS into pieces that do not."""
    begin = np.flatnonzero(long)

    def cut(start: int) -> tuple[Indices, Indices, Floats]:
        return _cut(xy, cells, begin[start : start + _RUN], ways)

    found = in_threads(cut, range(0, len(begin), _RUN), doing="laying zones")
    if not any(len(vertex) for vertex, _, _ in found):
        return _STRAIGHT
    vertex, number, at = (np.concatenate(some) for some in zip(*found, strict=True))
    return _Joints(vertex, np.concatenate([[0], np.cumsum(number)]), at)


def _cut(xy: Floats, cells: Floats, begin: Indices, ways: _Ways) -> tuple[Indices, Indices, Floats]:
    """Return which edges bend too much, and where each is cut."""
    plane = [ways.to_plane(xy[begin + k]) for k in (0, 1)]
    with np.errstate(invalid="ignore"):
        middle = ways.back((plane[0] + plane[1]) / 2)
        bend = np.hypot(*(middle - (cells[begin] + cells[begin + 1]) / 2).T)
    pieces = np.clip(np.ceil(np.sqrt(np.nan_to_num(bend) / _TOLERANCE)), 1, _MOST_PIECES)
    bent = np.flatnonzero(pieces > 1)
    number = pieces[bent].astype(np.intp) - 1
    whose = np.repeat(bent, number)
    step = 1 + runs_of(np.zeros(len(bent), dtype=np.intp), number)
    along = (plane[1] - plane[0])[whose] * (step / pieces[whose])[:, None]
    return begin[bent], number, ways.back(plane[0][whose] + along)


def _straight_below(grid: Grid) -> float:
    """Return a length in cells up to which no edge bends by more than the tolerance."""
    wide, high = grid.cell_m
    corners = np.array([[0, 0], [grid.cols, 0], [0, grid.rows], [grid.cols, grid.rows]], float)
    with np.errstate(invalid="ignore"):
        y = grid.to_plane(corners)[:, 1] / _RADIUS_M
    sine = np.nanmax(np.abs(np.append(y, 0.0)), initial=0.0)
    most = np.tan(np.radians(_STEEPEST))
    steep = min(most, sine / np.sqrt(1 - sine**2)) if sine < 1 else most
    bend = _BEND_IN_DEGREES * steep if says_degrees(grid.crs) else _BEND * max(1.0, steep)
    if bend == 0:
        return float("inf")
    longest_m = np.sqrt(8 * _TOLERANCE * min(wide, high) * _RADIUS_M / bend)
    return float(longest_m / max(wide, high))


def _copied(  # noqa: PLR0913, PLR0917 - what lay has made
    edges: Floats,
    firsts: Indices,
    lasts: Indices,
    zone: Indices,
    bounds: Floats,
    grid: Grid,
    n_zones: int,
) -> Edges:
    """Add copies of zones on the other side of 180°, and drop what meets nothing."""
    clear = np.zeros(n_zones, dtype=np.bool_)
    size = np.array([grid.cols, grid.rows])
    parts, heads, tails, frames, owners = [edges], [], [], [], []
    for turns in (0.0,) if grid.turn is None else (0.0, -grid.turn, grid.turn):
        shift = np.array([turns, 0.0, turns, 0.0])
        moved = bounds + shift
        met = np.flatnonzero(((moved[:, 2:] > 0) & (moved[:, :2] < size)).all(axis=1))
        inside = ((moved[:, :2] >= 0) & (moved[:, 2:] <= size)).all(axis=1)
        clear[zone[inside]] = True
        first, last = firsts[met], lasts[met]
        if turns and len(met):
            rows = runs_of(first, last - first)
            at = sum(map(len, parts)) + np.cumsum(last - first)
            parts.append(edges[rows] + shift)
            first, last = at - (last - first), at
        heads.append(first)
        tails.append(last)
        frames.append(moved[met])
        owners.append(zone[met])
    edges = np.concatenate(parts) if len(parts) > 1 else edges
    firsts, lasts, owner = (np.concatenate(some) for some in (heads, tails, owners))
    return Edges(edges, _reach(edges), firsts, lasts, owner, np.concatenate(frames), clear)


def _reach(edges: Floats) -> Floats:
    """Return the least and the largest row of each block of edges."""
    starts = np.arange(0, len(edges), EDGES_IN_BLOCK)
    out: NDArray[Any] = np.empty((len(starts), 2))
    if len(edges) <= COMPILE_ABOVE:
        for k, outermost in enumerate((np.minimum, np.maximum)):
            if len(starts):
                ends = outermost(edges[:, 1], edges[:, 3])
                out[:, k] = outermost.reduceat(ends, starts)
        return out
    loop, step = compiled(edge_reach), _RUN // EDGES_IN_BLOCK

    def run(first: int) -> None:
        loop(edges, first, out[first : first + step])

    in_threads(run, range(0, len(out), step), doing="laying zones")
    return out
