"""Areas of all sets of members at once, on threads, without building a face."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo._ground import Floats, Geometries, Indices, components, in_threads, summed
from parkgeo._kernels import _sweep as kernel
from parkgeo._kernels import compiled
from parkgeo.errors import GeometryError

MemberSet = tuple[int, ...]

_TASK_EDGES: Final = 100_000
"""Edges that one task takes at a time: a tenth of a second, and some 50 MB."""

_MOST_MEMBERS: Final = 1 << 28
"""Members of all sets that one task may write down: 2 GB."""

_SEED: Final = 4490


@dataclass(frozen=True)
class SetAreas:
    """Sets of members with ground of their own, in order of size and then of members."""

    sets: list[MemberSet]
    area_m2: Floats
    border_m: Floats

    @property
    def set_sizes(self) -> Indices:
        """How many members each set has."""
        return np.array([len(members) for members in self.sets], dtype=np.intp)

    def wider_than(self, narrowest_m: float) -> "SetAreas":
        """Keep the sets whose ground is at least so wide in the mean: twice its area by border."""
        kept = (2 * self.area_m2 >= narrowest_m * self.border_m) & (self.area_m2 > 0)
        sets = [members for members, keep in zip(self.sets, kept, strict=True) if keep]
        return SetAreas(sets, self.area_m2[kept], self.border_m[kept])


def set_areas(
    shapes: Geometries, *, kin: Indices | None = None, compile_loop: bool = True
) -> SetAreas:
    """Measure the ground of each set of shapes that lie on the same ground.

    Parameters
    ----------
    shapes
        Valid polygons on the plane, in metres.
    kin
        A number for each shape: only shapes of one number are looked at together.
    compile_loop
        Run the machine code of the loop, or the loop in Python.

    Notes
    -----
    Memory is that of the coordinates and of one task per thread, besides the result.
    """
    left, right = shapely.STRtree(shapes).query(shapes)
    met = left < right
    if kin is not None:
        met &= kin[left] == kin[right]
    component = components(len(shapes), left[met], right[met])
    counts = np.bincount(component)
    alone = np.flatnonzero(counts[component] == 1)
    together = np.flatnonzero(counts[component] > 1)
    found = [
        _Found(
            [(int(i),) for i in alone],
            np.zeros((0, 2), dtype=np.uint64),
            np.asarray(shapely.area(shapes[alone])),
            np.asarray(shapely.length(shapes[alone])),
        )
    ]
    if len(together):
        outlines, lengths = _outlines(shapes, together)
        tasks = _tasks(_jobs(shapes, component, outlines, lengths))
        loop = compiled(kernel.sweep) if compile_loop else kernel.sweep
        done = in_threads(lambda task: _run(loop, outlines, task), tasks, doing="measuring faces")
        found.append(_merged(done))
    return _in_order(found)


@dataclass(frozen=True)
class _Found:
    sets: list[MemberSet]
    tokens: NDArray[np.uint64]
    area_m2: Floats
    border_m: Floats


def _outlines(shapes: Geometries, wanted: Indices) -> tuple[kernel.Outlines, Indices]:
    """Take the shapes apart into rings; return them, and the number of edges of each ring."""
    parts, part_shape = shapely.get_parts(shapes[wanted], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy = shapely.get_coordinates(rings)
    sizes = shapely.get_num_coordinates(rings)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    hole = np.diff(ring_part, prepend=-1) == 0
    tokens = np.random.default_rng(_SEED).integers(
        0, np.iinfo(np.uint64).max, (len(shapes), 2), dtype=np.uint64, endpoint=True
    )
    outlines = kernel.Outlines(
        xy=np.ascontiguousarray(xy),
        starts=starts,
        owner=wanted[part_shape[ring_part]].astype(np.int64),
        turned=np.asarray(shapely.is_ccw(rings)) == hole,
        tokens=tokens,
    )
    return outlines, np.asarray(sizes - 1, dtype=np.intp)


@dataclass(frozen=True)
class _Job:
    """A box of ground, the rings that may enter it, and about how many edges."""

    bounds: Floats
    rings: Indices
    edges: int


def _jobs(
    shapes: Geometries, component: Indices, outlines: kernel.Outlines, lengths: Indices
) -> Iterator[_Job]:
    """Yield the box of each component; those of very many edges in strips from west to east."""
    ring_component = component[outlines.owner]
    order = np.argsort(ring_component, kind="stable")
    cuts = np.flatnonzero(np.diff(ring_component[order])) + 1
    bounds = shapely.bounds(shapes)
    for rings in np.split(order, cuts):
        around = bounds[np.unique(outlines.owner[rings])]
        # Some room around, because no border is seen along the side of a box.
        box = np.concatenate([around[:, :2].min(axis=0) - 1, around[:, 2:].max(axis=0) + 1])
        edges = int(lengths[rings].sum())
        if edges <= _TASK_EDGES:
            yield _Job(box, rings, edges)
        else:
            yield from _strips(box, rings, outlines, edges)


def _strips(box: Floats, rings: Indices, outlines: kernel.Outlines, edges: int) -> Iterator[_Job]:
    """Cut a box into strips of about as many corners each."""
    corners = [outlines.xy[outlines.starts[r] : outlines.starts[r + 1], 0] for r in rings]
    west = np.array([x.min() for x in corners])
    east = np.array([x.max() for x in corners])
    number = -(-edges // _TASK_EDGES)
    sample = np.concatenate([x[:: max(1, number // 8)] for x in corners])
    inner = np.quantile(sample, np.arange(1, number) / number, method="lower")
    # Off the corners, so that no wall stands between two strips.
    inner = np.unique(inner + 0.4837e-3 * (box[2] - box[0]) / number)
    sides = np.concatenate([[box[0]], inner[(inner > box[0]) & (inner < box[2])], [box[2]]])
    for start, end in pairwise(sides.tolist()):
        inside = (west <= end) & (east >= start)
        bounds = np.array([start, box[1], end, box[3]])
        yield _Job(bounds, rings[inside], edges // number)


def _tasks(jobs: Iterator[_Job]) -> list[tuple[kernel.Boxes, int]]:
    """Gather small jobs into tasks that are worth a thread's while."""
    tasks: list[list[_Job]] = [[]]
    edges = 0
    for job in jobs:
        if tasks[-1] and edges + job.edges > _TASK_EDGES:
            tasks.append([])
            edges = 0
        tasks[-1].append(job)
        edges += job.edges
    return [(_boxes(task), max(job.edges for job in task)) for task in tasks]


def _boxes(jobs: Sequence[_Job]) -> kernel.Boxes:
    bounds = np.array([job.bounds for job in jobs])
    rings = [job.rings for job in jobs]
    return kernel.Boxes(
        bounds=bounds,
        near=np.round((bounds[:, :2] + bounds[:, 2:]) / 2),
        rings=np.concatenate(rings).astype(np.int64),
        starts=np.concatenate([[0], np.cumsum([len(r) for r in rings])]).astype(np.int64),
    )


def _run(
    loop: Callable[..., None], outlines: kernel.Outlines, task: tuple[kernel.Boxes, int]
) -> _Found:
    """Run the loop, with much more room where it was too little: memory not used costs nothing."""
    boxes, edges = task
    room = {
        kernel.ROOM_FOR_EDGES: 4 * edges + 1024,
        kernel.ROOM_FOR_SETS: 1024,
        kernel.ROOM_FOR_MEMBERS: 1 << 16,
        kernel.ROOM_FOR_NODES: edges + 1024,
        kernel.ROOM_FOR_CROSSINGS: 8192,
    }
    while True:
        sets = _sets(room)
        loop(outlines, boxes, sets, _room(room, len(outlines.tokens)))
        if not sets.state[2]:
            return _found(sets)
        short = int(sets.state[2])
        room[short] *= 8
        if short == kernel.ROOM_FOR_MEMBERS and room[short] > _MOST_MEMBERS:
            raise GeometryError(
                f"the sets of members would hold more than {_MOST_MEMBERS:,} members in one place: "
                "too many extents lie on the same ground; group them by a column with fewer "
                "values, or ask overlap.pairs"
            )


def _sets(room: dict[int, int]) -> kernel.Sets:
    size, members = room[kernel.ROOM_FOR_SETS], room[kernel.ROOM_FOR_MEMBERS]
    return kernel.Sets(
        table=np.full(2 * size, -1, dtype=np.int64),
        tokens=np.empty((size, 2), dtype=np.uint64),
        sums=np.empty((size, 2)),
        spans=np.empty((size, 2), dtype=np.int64),
        pool=np.empty(members, dtype=np.int64),
        state=np.zeros(4, dtype=np.int64),
    )


def _room(room: dict[int, int], owners: int) -> kernel.Room:
    edges, depth = room[kernel.ROOM_FOR_EDGES], kernel.MOST_CUTS + 2
    return kernel.Room(
        edges=np.empty((edges, 4)),
        owners=np.empty(edges, dtype=np.int64),
        box=np.empty((depth, 5)),
        box_state=np.empty((depth, 5), dtype=np.int64),
        box_token=np.empty((depth, 2), dtype=np.uint64),
        nodes=np.empty((room[kernel.ROOM_FOR_NODES], 2), dtype=np.int64),
        lines=np.empty((8, edges)),
        lists=np.empty((4, edges), dtype=np.int64),
        crossings=np.empty((2, room[kernel.ROOM_FOR_CROSSINGS])),
        track=np.empty(edges),
        track_token=np.empty((edges, 2), dtype=np.uint64),
        parity=np.zeros(owners, dtype=np.bool_),
    )


def _found(sets: kernel.Sets) -> _Found:
    count = int(sets.state[0])
    pool = sets.pool
    members = [tuple(np.sort(pool[a:b]).tolist()) for a, b in sets.spans[:count].tolist()]
    sums = sets.sums[:count]
    return _Found(members, sets.tokens[:count].copy(), sums[:, 0].copy(), sums[:, 1].copy())


def _merged(found: Sequence[_Found]) -> _Found:
    """Add up what different tasks found of one set."""
    members = [one for part in found for one in part.sets]
    tokens = np.concatenate([part.tokens for part in found])
    area_m2 = np.concatenate([part.area_m2 for part in found])
    border_m = np.concatenate([part.border_m for part in found])
    unique, first, inverse = np.unique(tokens, axis=0, return_index=True, return_inverse=True)
    code = inverse.ravel()
    return _Found(
        [members[i] for i in first],
        unique,
        summed(code, area_m2, len(unique)),
        summed(code, border_m, len(unique)),
    )


def _in_order(found: Sequence[_Found]) -> SetAreas:
    sets = [one for part in found for one in part.sets]
    order = sorted(range(len(sets)), key=lambda i: (len(sets[i]), sets[i]))
    area_m2 = np.concatenate([part.area_m2 for part in found])
    border_m = np.concatenate([part.border_m for part in found])
    return SetAreas([sets[i] for i in order], area_m2[order], border_m[order])
