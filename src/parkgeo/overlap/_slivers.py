"""Give faces that are too narrow to mean anything to the neighbour that they lie along."""

from typing import Final

import numpy as np
import shapely

from parkgeo._ground import Floats, Indices, parallel_scale, stretch
from parkgeo.overlap._arrangement import Faces, MemberSet, in_order, mean_width_m
from parkgeo.overlap._extents import NOISE_M

_NEAR_M: Final = 10 * NOISE_M
"""Two faces have that border in common along which they are no further apart than this."""


def merge_slivers(faces: Faces, min_width_m: float, origin: Floats) -> tuple[Faces, int, float]:
    """Merge faces of smaller mean width into the neighbour with which they share most border.

    Widths and borders are metres on the ground. The equal-area plane keeps areas but not lengths:
    at 45° N it draws a metre as 1.4 m going east and as 0.7 m going north.

    Neighbours are faces that are wide enough; slivers that lie only along other slivers follow
    those, ring by ring. What hangs together without any wide face stays as it is. Of two neighbours
    with as much border the larger is taken, then the more western: neither rows nor labels matter.

    Returns
    -------
    The faces, the number of slivers merged, and their area in m².
    """
    scale = parallel_scale(faces.shapes, origin)
    narrow = mean_width_m(stretch(faces.shapes, scale)) < min_width_m
    if not narrow.any() or narrow.all():
        return faces, 0, 0.0
    sliver, beside, border_m = _borders(faces, np.flatnonzero(narrow), scale)
    owner = np.where(narrow, -1, np.arange(len(faces.shapes)))
    rank = _ranks(faces)
    while True:
        reached = (owner[sliver] < 0) & (owner[beside] >= 0)
        if not reached.any():
            break
        pairs = np.column_stack([sliver[reached], owner[beside[reached]]])
        unique, code = np.unique(pairs, axis=0, return_inverse=True)
        # To the micrometre, so that rounding does not choose between equals.
        total_m = np.round(np.bincount(code.ravel(), border_m[reached]), 6)
        order = np.lexsort([rank[unique[:, 1]], total_m, unique[:, 0]])
        last = np.flatnonzero(np.diff(unique[order, 0], append=-1))
        owner[unique[order[last], 0]] = unique[order[last], 1]
    merged = narrow & (owner >= 0)
    area_m2 = float(faces.area_m2[merged].sum())
    faces = _regrouped(faces, np.where(owner >= 0, owner, np.arange(len(owner))))
    return faces, int(merged.sum()), area_m2


def _borders(faces: Faces, slivers: Indices, scale: Floats) -> tuple[Indices, Indices, Floats]:
    """Measure the border that each sliver shares with each face beside it."""
    around = shapely.buffer(shapely.envelope(faces.shapes[slivers]), _NEAR_M)
    query, beside = shapely.STRtree(faces.shapes).query(around)
    sliver = slivers[query]
    other = sliver != beside
    sliver, beside, window = sliver[other], beside[other], around[query[other]]
    # Only the part of a neighbour around the sliver, which may be a small part of it.
    near = shapely.buffer(
        shapely.intersection(faces.shapes[beside], window), _NEAR_M, quad_segs=1, join_style="mitre"
    )
    shared = shapely.intersection(shapely.boundary(faces.shapes[sliver]), near)
    border_m = np.asarray(shapely.length(stretch(shared, scale[sliver])), dtype=np.float64)
    touching = border_m > 4 * _NEAR_M
    return sliver[touching], beside[touching], border_m[touching]


def _ranks(faces: Faces) -> Indices:
    """Rank faces by area, to the square millimetre, and then from east to west."""
    bounds = shapely.bounds(faces.shapes)
    order = np.lexsort([-bounds[:, 1], -bounds[:, 0], np.round(faces.area_m2, 6)])
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank


def _regrouped(faces: Faces, owner: Indices) -> Faces:
    """Join each face with what it was given, and with the faces of its set that it now meets."""
    given = set(faces.set_codes[owner[owner != np.arange(len(owner))]].tolist())
    codes = faces.set_codes[owner]
    order = np.argsort(codes, kind="stable")
    shapes, members = [], list[MemberSet]()
    for rows in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        mine, code = faces.shapes[rows], int(codes[rows[0]])
        if code in given:
            mine = shapely.get_parts(shapely.union_all(mine))
        shapes.append(mine)
        members += [faces.sets[code]] * len(mine)
    return in_order(np.concatenate(shapes), members)
