"""Cut the ground into faces by the boundaries of all extents at once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import MultiLineString
from shapely.geometry.base import BaseGeometry

from parkgeo._ground import Floats, Geometries, Indices, components, in_threads, summed
from parkgeo.overlap._extents import GRID_M, NOISE_M

MemberSet = tuple[int, ...]

_CLEARANCE_M: Final = 10 * NOISE_M
"""A point nearer to the border of its face than this may be on the wrong side of it."""

_TOLD: Final = 64
"""A needle that is wider than so many steps of its coordinates has a point surely inside."""

_MOST_PASSES: Final = 3
_TWO: Final = 2
_CHUNK: Final = 512
_CROWD: Final = 40
"""Boxes that meet one box in the mean, where extents crowd on the same ground."""


@dataclass(frozen=True)
class Faces:
    """Disjoint polygons that cover the union of the extents, with the extents that cover each.

    ``sets`` stand in order of size and then of members; faces in the order of their sets.
    """

    shapes: Geometries
    set_codes: Indices
    sets: list[MemberSet]

    @property
    def area_m2(self) -> Floats:
        """Official area of each face."""
        return np.asarray(shapely.area(self.shapes), dtype=np.float64)

    @property
    def set_sizes(self) -> Indices:
        """How many members each set has."""
        return np.array([len(members) for members in self.sets], dtype=np.intp)

    @property
    def face_sizes(self) -> Indices:
        """How many members each face has."""
        return self.set_sizes[self.set_codes]

    def wider_than(self, narrowest_m: float) -> "Faces":
        """Keep the sets whose ground is at least so wide in the mean: twice its area by border."""
        count = len(self.sets)
        border_m = summed(self.set_codes, np.asarray(shapely.length(self.shapes)), count)
        area_m2 = summed(self.set_codes, self.area_m2, count)
        kept = 2 * area_m2 >= narrowest_m * border_m
        faces = kept[self.set_codes]
        codes = (np.cumsum(kept) - 1)[self.set_codes[faces]]
        sets = [members for members, keep in zip(self.sets, kept, strict=True) if keep]
        return Faces(self.shapes[faces], codes, sets)

    def gathered(self) -> Geometries:
        """Gather the faces of each set.

        Two faces of one set have no edge in common, because crossing a boundary changes the set;
        so nothing needs to be dissolved.
        """
        counts = np.bincount(self.set_codes, minlength=len(self.sets))
        first = np.cumsum(counts) - counts
        out = np.asarray(shapely.multipolygons(self.shapes, indices=self.set_codes))
        out[counts == 1] = self.shapes[first[counts == 1]]
        return out


def cells(extents: Geometries, *, grid_m: float | None = None) -> Geometries:
    """Cut the plane by the boundaries of all extents, in one pass, so that no order can matter.

    On a grid, boundaries that run along one line fall together, at the price of moving every corner
    by up to a grid step.
    """
    lines = _noded(shapely.boundary(extents), grid_m)
    for _ in range(_MOST_PASSES):
        shapes, cuts, _dangles, crossed = shapely.polygonize_full(shapely.get_parts(lines))
        if shapely.is_empty(cuts) and shapely.is_empty(crossed):
            break
        # Boundaries are closed, so an edge that bounds nothing means that rounding the crossings
        # of GEOS's first pass made new ones; whole cells may be missing.
        lines = _noded(np.array([lines], dtype=object), grid_m)
    return np.asarray(shapely.get_parts(shapes))


def _noded(boundaries: Geometries, grid_m: float | None) -> BaseGeometry:
    """Cut boundaries where they cross.

    To look for crossings again until there are none moves edges by the last digit of a coordinate.
    Where boundaries run together far from the origin that digit may be too coarse for it to end;
    nearer to the origin it is finer, and to go there and back by whole metres moves nothing. What
    is left is GEOS's union, which snaps, and moves edges by up to 0.2 µm, along all their length.
    """
    if grid_m is None:
        lines = MultiLineString(shapely.get_parts(boundaries).tolist())
        with suppress(shapely.GEOSException):
            return shapely.node(lines)
        low, high = np.reshape(shapely.bounds(lines), (2, 2))
        middle = np.round((low + high) / 2)
        with suppress(shapely.GEOSException):
            near = shapely.node(shapely.transform(lines, lambda xy: xy - middle))
            return shapely.transform(near, lambda xy: xy + middle)
    return shapely.union_all(boundaries, grid_size=grid_m)


def arrange(extents: Geometries, drawn: Geometries, *, narrowest_m: float = NOISE_M) -> Faces:
    """Build the faces of the arrangement from its cells.

    A cell never crosses a boundary, so one point inside it decides its members.
    """
    # Two boundaries drawn along one line, with corners at different places, leave needles some
    # nanometres wide between them.
    shapes = drawn[mean_width_m(drawn) >= narrowest_m]
    return in_order(shapes, _member_sets(shapes, extents))


def in_order(shapes: Geometries, members: list[MemberSet]) -> Faces:
    """Put faces in the order of their sets, and those of one set from west to east."""
    sets = sorted({found for found in members if found}, key=lambda found: (len(found), found))
    code_of = {found: code for code, found in enumerate(sets)}
    # A face without members is a gap that extents enclose.
    codes = np.array([code_of.get(found, -1) for found in members], dtype=np.intp)
    order = np.lexsort([*shapely.bounds(shapes).T, codes])
    order = order[codes[order] >= 0]
    return Faces(shapes[order], codes[order], sets)


@dataclass(frozen=True)
class _Patch:
    """Extents that hang together, by position, and the cells that their boundaries cut.

    ``members`` are known where there was no need to look for them.
    """

    extents: Indices
    cells: Geometries
    members: list[MemberSet] | None

    def faces(self, shapes: Geometries, narrowest_m: float) -> tuple[Geometries, list[MemberSet]]:
        wide = mean_width_m(self.cells) >= narrowest_m
        cells_ = self.cells[wide]
        if self.members is not None:
            return cells_, [m for m, keep in zip(self.members, wide, strict=True) if keep]
        found = _member_sets(cells_, shapes[self.extents])
        positions = self.extents.tolist()
        return cells_, [tuple(positions[i] for i in members) for members in found]


def attempts(
    shapes: Geometries, narrowest_m: tuple[float, ...], *, dissolved: bool
) -> Iterator[Faces]:
    """Yield the faces of all extents, as drawn and then on a grid that closes all needles.

    Needles between boundaries drawn twice are left out where they do not matter. Along a thin
    extent, or under many extents, they do; then only the narrower ones are left out. Where faces
    are to be ``dissolved``, the ground of a set is looked at as a whole: a needle that belongs to a
    wide set is part of it, if its sides can be told apart.
    """
    patches = _patches(shapes)
    told_m = _TOLD * float(np.spacing(np.abs(shapely.bounds(shapes)).max(initial=0.0)))
    whole = _gather(shapes, patches, told_m) if dissolved else None
    for width_m in narrowest_m:
        if whole is not None and width_m > told_m:
            yield whole.wider_than(width_m)
        else:
            yield _gather(shapes, patches, width_m)
    snapped = [
        _Patch(patch.extents, cells(shapes[patch.extents], grid_m=GRID_M), None)
        if len(patch.extents) > 1
        else patch
        for patch in patches
    ]
    yield _gather(shapes, snapped, NOISE_M)


def _gather(shapes: Geometries, patches: list[_Patch], narrowest_m: float) -> Faces:
    done = in_threads(
        lambda some: [patch.faces(shapes, narrowest_m) for patch in some],
        [patches[i : i + _CHUNK] for i in range(0, len(patches), _CHUNK)],
        doing="finding members",
    )
    found = [one for some in done for one in some]
    members = [one for _, some in found for one in some]
    if not found:
        return in_order(np.empty(0, dtype=object), [])
    return in_order(np.concatenate([cells_ for cells_, _ in found]), members)


def _patches(shapes: Geometries) -> list[_Patch]:
    """Cut the ground of each group of extents that hang together; groups do not meet."""
    left, right = _touching(shapes)
    component = components(len(shapes), left, right)
    order = np.argsort(component, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(component[order])) + 1) if len(order) else []
    alone = [group for group in groups if len(group) == 1]
    together = [group for group in groups if len(group) > 1]
    # The largest first, so that no thread is left with one at the end.
    together.sort(key=lambda group: -int(shapely.get_num_coordinates(shapes[group]).sum()))
    cut = in_threads(lambda group: _patch(shapes, group), together, doing="cutting faces")
    return [*cut, *([_lone(shapes, np.concatenate(alone))] if alone else [])]


def _touching(shapes: Geometries) -> tuple[Indices, Indices]:
    """Find the pairs that meet, or whose boxes do where many lie on the same ground.

    There looking closer would cost more than it saves: they hang together anyway.
    """
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes)
    if is_crowd(len(left), len(shapes)):
        return left[left < right], right[left < right]
    rows = range(0, len(shapes), _CHUNK)
    found = in_threads(
        lambda i: tree.query(shapes[i : i + _CHUNK], predicate="intersects") + np.array([[i], [0]]),
        rows,
        doing="finding what meets",
    )
    left, right = np.concatenate([np.empty((2, 0), dtype=np.intp), *found], axis=1)
    return left[left < right], right[left < right]


def is_crowd(meetings: int, extents: int) -> bool:
    """Tell whether extents crowd on the same ground, by how many boxes meet how many."""
    return meetings > _CROWD * extents


def _lone(shapes: Geometries, extents: Indices) -> _Patch:
    """Make cells of extents that meet no other: their parts."""
    parts, owner = shapely.get_parts(shapes[extents], return_index=True)
    return _Patch(extents, parts, [(int(i),) for i in extents[owner]])


def _patch(shapes: Geometries, group: Indices) -> _Patch:
    """Cut extents that hang together by each other; two of them by overlays, which is quicker."""
    if len(group) != _TWO:
        return _Patch(group, cells(shapes[group]), None)
    first, second = group.tolist()
    a, b = shapes[first], shapes[second]
    overlays = [shapely.difference(a, b), shapely.difference(b, a), shapely.intersection(a, b)]
    parts, kind = shapely.get_parts(np.array(overlays, dtype=object), return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    members: list[MemberSet] = [(first,), (second,), (first, second)]
    return _Patch(group, parts[areal], [members[i] for i in kind[areal]])


def _member_sets(shapes: Geometries, extents: Geometries) -> list[MemberSet]:
    """Find the extents that cover each face; none for a gap between extents."""
    inside = _points_inside(shapes)
    # The extents are the queries, so that GEOS prepares them, many-cornered as they are.
    member, face = shapely.STRtree(inside).query(extents, predicate="contains")
    order = np.lexsort([member, face])
    cuts = np.searchsorted(face[order], np.arange(1, len(shapes)))
    return [tuple(run.tolist()) for run in np.split(member[order], cuts)] if len(shapes) else []


def _points_inside(shapes: Geometries) -> Geometries:
    """Choose a point well inside each face.

    A face may have a tail, some nanometres wide, where two boundaries were drawn along one line.
    GEOS's point on the surface can fall into it, and on the wrong side of a boundary by rounding;
    then the middle of the roundest triangle of the face is taken instead.
    """
    points = np.asarray(shapely.point_on_surface(shapes))
    clearance_m = shapely.distance(points, shapely.boundary(shapes))
    for face in np.flatnonzero(clearance_m < _CLEARANCE_M):
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(shapes[face]))
        if len(triangles):
            points[face] = shapely.centroid(triangles[np.argmax(mean_width_m(triangles))])
    return points


def mean_width_m(shapes: Geometries) -> Floats:
    """Mean width of each shape: twice its area by its perimeter; 0 where it has none."""
    perimeter = shapely.length(shapes)
    twice = 2 * shapely.area(shapes)
    return np.divide(twice, perimeter, out=np.zeros(len(shapes)), where=perimeter > 0)
