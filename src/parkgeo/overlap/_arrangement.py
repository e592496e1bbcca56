"""Cut the ground into faces by the boundaries of all extents at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from parkgeo.overlap._extents import NOISE_M, Floats, Geometries, Indices

MemberSet = tuple[int, ...]

_CLEARANCE_M: Final = 10 * NOISE_M
"""A point nearer to the border of its face than this may be on the wrong side of it."""

_MOST_PASSES: Final = 3


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
    lines = shapely.union_all(shapely.boundary(extents), grid_size=grid_m)
    for _ in range(_MOST_PASSES):
        shapes, cuts, _dangles, crossed = shapely.polygonize_full(shapely.get_parts(lines))
        if shapely.is_empty(cuts) and shapely.is_empty(crossed):
            break
        # Boundaries are closed, so an edge that bounds nothing means that rounding the crossings
        # of GEOS's first pass made new ones; whole cells may be missing.
        lines = shapely.union_all([lines], grid_size=grid_m)
    return np.asarray(shapely.get_parts(shapes))


def arrange(extents: Geometries, drawn: Geometries, *, narrowest_m: float = NOISE_M) -> Faces:
    """Build the faces of the arrangement from its cells.

    A cell never crosses a boundary, so one point inside it decides its members.
    """
    # Two boundaries drawn along one line, with corners at different places, leave needles some
    # nanometres wide between them.
    shapes = drawn[mean_width_m(drawn) >= narrowest_m]
    members = _member_sets(shapes, extents)
    sets = sorted({found for found in members if found}, key=lambda found: (len(found), found))
    code_of = {found: code for code, found in enumerate(sets)}
    # A face without members is a gap that extents enclose.
    codes = np.array([code_of.get(found, -1) for found in members], dtype=np.intp)
    order = np.lexsort([*shapely.bounds(shapes).T, codes])
    order = order[codes[order] >= 0]
    return Faces(shapes[order], codes[order], sets)


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
