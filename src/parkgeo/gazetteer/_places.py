"""Where lines of one name hang together, and which of them draw the same ground twice.

All of it works in metres on arrays of many names at once.
"""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

__all__ = ["GAP_M", "GAP_MOST_M", "GAP_PER_LENGTH", "SAME_GROUND_M", "places", "same_ground"]

GAP_M: Final = 1_500.0
"""Lines of one name with a gap of at most this many metres between them are one place."""
GAP_PER_LENGTH: Final = 0.25
"""Share of its length by which a long line may be interrupted: a motorway is, a lane is not."""
GAP_MOST_M: Final = 8_000.0
"""No gap above this is bridged, however long the line."""
SAME_GROUND_M: Final = 25.0
"""Lines of two sources that lie within this distance draw the same road or river."""
_CELL_M: Final = 250.0
_SAME_SHARE: Final = 0.8

Geometries = NDArray[np.object_]
Integers = NDArray[np.intp]


def places(lines: Geometries, groups: Integers) -> Integers:
    """Tell the places of lines within each group apart, by number.

    Lines of a group belong together when a chain of gaps joins them, none of which is wider than
    the allowance: 1.5 km, or a quarter of the length of the longer side, at most 8 km. Distances
    are taken between cells of 250 m, so they are right to about that.

    Parameters
    ----------
    lines
        LineStrings in metres.
    groups
        Number of the group of each line; lines of two groups are never joined.

    Returns
    -------
    A number per line, unique over all groups, in the order in which the places first appear.
    """
    if len(lines) == 0:
        return np.empty(0, np.intp)
    cells, cell_groups, cell_of_point, line_of_point = _cells(lines, groups)
    gaps = _gaps(cells, cell_groups)
    near = _components(len(cells), gaps[gaps["metres"] <= GAP_M])
    first = np.full(len(lines), -1, np.intp)
    first[line_of_point[::-1]] = cell_of_point[::-1]
    # Counted in cells, a road is as long in three copies or on two carriageways as in one.
    length_m = np.bincount(near) * _CELL_M
    left, right = near[gaps["left"]], near[gaps["right"]]
    allowed = np.clip(
        GAP_PER_LENGTH * np.maximum(length_m[left], length_m[right]), GAP_M, GAP_MOST_M
    )
    joined = _components(len(cells), gaps[gaps["metres"] <= allowed])
    return _in_order(joined[first])


def _cells(lines: Geometries, groups: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Cover lines by square cells per group: cells, their groups, and the cell of each vertex."""
    points, line_of_point = shapely.get_coordinates(
        shapely.segmentize(lines, _CELL_M), return_index=True
    )
    column_row = np.floor(points / _CELL_M).astype(np.intp)
    keyed = np.column_stack([groups[line_of_point], column_row])
    unique, cell_of_point = np.unique(keyed, axis=0, return_inverse=True)
    return unique[:, 1:], unique[:, 0], cell_of_point.reshape(-1), line_of_point


def _gaps(cells: Integers, cell_groups: Integers) -> NDArray[np.void]:
    """List pairs of cells of one group within reach of each other, with the metres between."""
    # A third axis on which two groups are always out of reach keeps one tree for all of them.
    reach = GAP_MOST_M / _CELL_M + 1.0
    stacked = np.column_stack([cells, cell_groups * (2 * reach)]).astype(float)
    pairs = cKDTree(stacked).query_pairs(reach, output_type="ndarray")
    gaps = np.empty(len(pairs), [("left", np.intp), ("right", np.intp), ("metres", float)])
    gaps["left"], gaps["right"] = pairs[:, 0], pairs[:, 1]
    apart = np.linalg.norm(stacked[pairs[:, 0]] - stacked[pairs[:, 1]], axis=1)
    gaps["metres"] = np.maximum(apart - 1.0, 0.0) * _CELL_M
    return gaps


def _components(count: int, gaps: NDArray[np.void]) -> Integers:
    graph = coo_array(
        (np.ones(len(gaps), np.int8), (gaps["left"], gaps["right"])), shape=(count, count)
    )
    return np.asarray(connected_components(graph, directed=False)[1], np.intp)


def _in_order(labels: Integers) -> Integers:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.reshape(-1)]


def same_ground(lines: Geometries, sources: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say which lines another source already draws.

    The source with the greatest length is kept whole, then the next adds what it alone has: a line
    is left out when four fifths of it lie within 25 m of lines kept before. Lines of one source
    never push each other out, so both carriageways stay.

    Parameters
    ----------
    lines
        LineStrings of one place in metres.
    sources
        Source of each line.

    Returns
    -------
    True for each line to leave out.
    """
    names, number, first = _by_first(sources)
    spare = np.zeros(len(lines), bool)
    if len(names) == 1:
        return spare
    length_m = np.bincount(number, shapely.length(lines), len(names))
    kept: list[Geometries] = []
    for source in np.lexsort((first, -length_m)):
        own = np.flatnonzero(number == source)
        if kept:
            spare[own] = _covered(lines[own], np.concatenate(kept)) >= _SAME_SHARE
        kept.append(lines[own[~spare[own]]])
    return spare


def _by_first(values: NDArray[np.object_]) -> tuple[NDArray[np.object_], Integers, Integers]:
    names, first, number = np.unique(values.astype(str), return_index=True, return_inverse=True)
    return names.astype(object), number.reshape(-1), first


def _covered(lines: Geometries, kept: Geometries) -> NDArray[np.float64]:
    """Measure the share of each line that lies on ground already drawn."""
    points, owner = shapely.get_coordinates(
        shapely.segmentize(lines, SAME_GROUND_M), return_index=True
    )
    near = shapely.STRtree(kept).query(
        shapely.points(points), predicate="dwithin", distance=SAME_GROUND_M
    )[0]
    hit = np.zeros(len(points), bool)
    hit[near] = True
    return np.bincount(owner, hit, len(lines)) / np.bincount(owner, minlength=len(lines))
