"""The lines of one name as a network on which a boundary can be walked.

Everything here is in metres, in a plane where distances and angles are true (a CGCS2000 3° zone).
Lines of one name come in pieces: two carriageways, the same road from several sources, gaps at
junctions. The network joins them, so that there is a way from any point of the line to any other,
and says of each step whether it runs on the line or bridges a gap.
"""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.intp]

STEP_M: Final = 50.0
"""Longest step along a line."""
HOP_M: Final = 45.0
"""Parallel strands nearer than this are one line: two carriageways, two sources."""
HOP_COST: Final = 1.2
CARRY_ON_M: Final = (100.0, 300.0, 800.0, 2_500.0)
"""Up to each of these an end is carried on in the direction in which the line came from as far."""
BRIDGE_COST: Final = 3.0
"""A metre across a gap costs as much as this many along a line."""
MAX_BRIDGE_M: Final = 15_000.0
MAX_PARTS: Final = 80
BESIDE_M: Final = 2.0 * HOP_M
"""Strands farther apart than this are not of one line, even with others between them."""
_PARALLEL: Final = float(np.cos(np.radians(30.0)))
_ROUND_M: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class LineNetwork:
    """The noded, densified lines of one reference, with the edges that join their parts.

    Parameters
    ----------
    lines
        The lines themselves, noded.
    nodes
        Coordinates of the nodes, (n, 2), metres.
    edges
        Pairs of node numbers, (m, 2).
    lengths, bridged
        Length of each edge in metres; whether it bridges a gap rather than runs on a line.
    ends, tangents
        Coordinates of the free ends of the lines, and the unit vectors in which they would go on,
        (k, levels, 2), one for each distance of :data:`CARRY_ON_M`.
    cuts
        Numbers of the nodes put in by :meth:`with_cuts`.
    """

    lines: shapely.MultiLineString
    nodes: Floats
    edges: Ints
    lengths: Floats
    bridged: npt.NDArray[np.bool_]
    ends: Floats
    tangents: Floats
    cuts: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def with_cuts(self, points: Floats) -> "LineNetwork":
        """Put points that lie on the lines into the network, as its last nodes."""
        if not len(points):
            return self
        steps = np.flatnonzero(~self.bridged)
        starts, stops = self.nodes[self.edges[steps, 0]], self.nodes[self.edges[steps, 1]]
        tree = segment_tree(starts, stops)
        near = steps[tree.nearest(shapely.points(points))]
        number = len(self.nodes) + np.arange(len(points))
        new = _split_edges(self.nodes, self.edges[near], near, points, number)
        nodes = np.concatenate([self.nodes, points])
        lengths = np.linalg.norm(nodes[new[:, 0]] - nodes[new[:, 1]], axis=1)
        return LineNetwork(
            self.lines,
            nodes,
            np.concatenate([self.edges, new]),
            np.concatenate([self.lengths, lengths]),
            np.concatenate([self.bridged, np.zeros(len(new), dtype=bool)]),
            self.ends,
            self.tangents,
            number,
        )

    def costs(self, sources: Ints) -> tuple[Floats, Ints]:
        """Cost of the cheapest way from each source to every node, and the way back."""
        n = len(self.nodes)
        on_line = np.where(self.bridged, BRIDGE_COST, 1.0)
        # An edge of length zero would be no edge at all in a sparse matrix.
        weight = np.maximum(self.lengths * on_line, 1e-6)
        hop = self.bridged & (self.lengths <= HOP_M)
        weight[hop] = np.maximum(self.lengths[hop] * HOP_COST, 1e-6)
        low, high = self.edges.min(axis=1), self.edges.max(axis=1)
        order = np.lexsort((weight, high, low))
        low, high, weight = low[order], high[order], weight[order]
        # Of two edges between the same nodes, csr_array would add the weights: keep the cheaper.
        first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)] & (low != high)
        graph = csr_array((weight[first], (low[first], high[first])), shape=(n, n))
        cost, back = dijkstra(graph, directed=False, indices=sources, return_predecessors=True)
        return np.asarray(cost, dtype=np.float64), np.asarray(back, dtype=np.intp)

    def parts(self, *, gap_m: float) -> Ints:
        """Say which part each node is of, where parts are joined without longer gaps."""
        keep = ~self.bridged | (self.lengths <= gap_m)
        n = len(self.nodes)
        graph = csr_array((np.ones(keep.sum()), tuple(self.edges[keep].T)), shape=(n, n))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def build_network(lines: npt.NDArray[np.object_]) -> LineNetwork:
    """Node, densify and join the lines of one reference.

    Parameters
    ----------
    lines
        Lines or multilines in metres. Their order does not matter.
    """
    noded = shapely.node(shapely.MultiLineString(list(shapely.get_parts(lines))))
    pieces = shapely.get_parts(noded)
    # A line of two equal corners, in the data or left by an offset, leads nowhere.
    pieces = pieces[shapely.length(pieces) > 0.0]
    ends, tangents = _free_ends(pieces)
    coordinates, owner = shapely.get_coordinates(
        shapely.segmentize(pieces, STEP_M), return_index=True
    )
    # Sorted unique nodes: the same network, whatever the order of the rows it came from.
    keys, inverse = np.unique(
        np.round(coordinates / _ROUND_M).astype(np.int64), axis=0, return_inverse=True
    )
    inverse = inverse.ravel()
    nodes = np.empty((len(keys), 2))
    nodes[inverse] = coordinates
    along = owner[1:] == owner[:-1]
    edges = np.unique(np.sort(np.stack([inverse[:-1], inverse[1:]], axis=1)[along], axis=1), axis=0)
    edges = edges[edges[:, 0] != edges[:, 1]]
    extra = np.concatenate([_hops(nodes), _bridges(nodes, edges)])
    every = np.concatenate([edges, extra])
    bridged = np.repeat([False, True], [len(edges), len(extra)])
    lengths = np.linalg.norm(nodes[every[:, 0]] - nodes[every[:, 1]], axis=1)
    return LineNetwork(
        shapely.MultiLineString(list(pieces)),
        nodes,
        every,
        lengths,
        bridged,
        ends,
        tangents,
    )


def walk(back: Ints, start: int, stop: int) -> list[int]:
    """Read one way off the predecessors of :meth:`LineNetwork.costs`, from start to stop."""
    way = [stop]
    while way[-1] != start:
        way.append(int(back[way[-1]]))
    return way[::-1]


def cluster(points: Floats, *, size_m: float) -> Ints:
    """Choose one point for each group of points that lie within a size, nearest to its middle."""
    if len(points) < 2:  # noqa: PLR2004
        return np.arange(len(points))
    order = np.lexsort((points[:, 1], points[:, 0]))
    left = points[order]
    chosen: list[int] = []
    free = np.ones(len(order), dtype=bool)
    for seed in range(len(order)):
        if not free[seed]:
            continue
        group = np.flatnonzero(free & (np.linalg.norm(left - left[seed], axis=1) <= size_m))
        middle = left[group].mean(axis=0)
        chosen.append(int(order[group[np.argmin(np.linalg.norm(left[group] - middle, axis=1))]]))
        free[group] = False
    return np.asarray(chosen, dtype=np.intp)


def half_plane(normal: Floats, offset: float, *, middle: Floats, size_m: float) -> shapely.Polygon:
    """Return the part of a large square where ``x · normal <= offset``."""
    along = np.array([-normal[1], normal[0]])
    foot = middle + (offset - middle @ normal) * normal
    corners = [
        foot + along * size_m,
        foot - along * size_m,
        foot - along * size_m - normal * 2 * size_m,
        foot + along * size_m - normal * 2 * size_m,
    ]
    return shapely.Polygon(corners)


def segment_tree(starts: Floats, stops: Floats) -> shapely.STRtree:
    """Index straight segments."""
    return shapely.STRtree(np.asarray(shapely.linestrings(np.stack([starts, stops], axis=1))))


def crossings_beside(
    points: Floats, normals: Floats, starts: Floats, stops: Floats, *, inwards_m: float = 0.0
) -> tuple[Ints, Ints, Floats]:
    """Find the straight pieces that run beside a border, nearly parallel to it.

    Parameters
    ----------
    points, normals
        Points of the border and unit vectors outwards, (n, 2).
    starts, stops
        Ends of the straight pieces, (m, 2).
    inwards_m
        How far inwards pieces are looked for; outwards it is :data:`BESIDE_M`.

    Returns
    -------
    Number of the point, number of the piece, and how far outwards it lies in metres, below zero
    for inwards; one entry for each piece that the normal of a point meets.
    """
    ends = np.stack([points - inwards_m * normals, points + BESIDE_M * normals], axis=1)
    pieces = np.asarray(shapely.linestrings(np.stack([starts, stops], axis=1)))
    rays = np.asarray(shapely.linestrings(ends))
    ray, piece = shapely.STRtree(pieces).query(rays, predicate="intersects")
    vector = stops[piece] - starts[piece]
    square = np.stack([-vector[:, 1], vector[:, 0]], axis=1)
    size = np.linalg.norm(vector, axis=1)
    # Where a ray meets a piece: (start - point) · s / (normal · s), for s square to the piece.
    facing = (normals[ray] * square).sum(axis=1)
    beside = (np.abs(facing) >= _PARALLEL * size) & (size > 0.0)
    ray, piece, square, facing = ray[beside], piece[beside], square[beside], facing[beside]
    away = ((starts[piece] - points[ray]) * square).sum(axis=1) / facing
    return ray, piece, away


def straight_pieces(lines: npt.NDArray[np.object_]) -> tuple[Floats, Floats, Ints]:
    """Cut lines into their straight pieces: their ends, and the row of the line of each."""
    parts, row = shapely.get_parts(lines, return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1]
    return points[:-1][same], points[1:][same], row[part[:-1][same]]


def unit_vectors(vectors: Floats) -> Floats:
    """Scale vectors to length one; a vector without length stays as it is."""
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(size > 0.0, size, 1.0))


def unit(bearing_deg: float) -> Floats:
    """Return the unit vector (east, north) of a bearing in degrees clockwise from north."""
    angle = np.radians(bearing_deg)
    return np.array([np.sin(angle), np.cos(angle)])


def largest_polygon(shape: shapely.Geometry) -> shapely.Polygon:
    """Return the largest polygon of any geometry; empty when it has none."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = [part for part in parts if isinstance(part, shapely.Polygon)]
    return max(polygons, key=lambda part: part.area, default=shapely.Polygon())


def _split_edges(nodes: Floats, edges: Ints, near: Ints, points: Floats, number: Ints) -> Ints:
    """Edges that lead through the points put on the steps that they lie on."""
    start = nodes[edges[:, 0]]
    at = np.linalg.norm(points - start, axis=1)
    order = np.lexsort((number, at, near))
    near, edges, number = near[order], edges[order], number[order]
    same = near[1:] == near[:-1]
    between = np.stack([number[:-1], number[1:]], axis=1)[same]
    to_start = np.stack([edges[:, 0], number], axis=1)[np.r_[True, ~same]]
    to_stop = np.stack([number, edges[:, 1]], axis=1)[np.r_[~same, True]]
    return np.concatenate([to_start, between, to_stop])


def _free_ends(pieces: npt.NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Find ends at which no other piece begins, and the ways the line would go on, (k, levels, 2).

    The farther it is carried on, the farther back its way is taken from: a kink of the last metres
    says where the next metres lie, and nothing of the next kilometres.
    """
    whole = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(pieces))))
    first = shapely.get_coordinates(shapely.get_point(whole, 0))
    last = shapely.get_coordinates(shapely.get_point(whole, -1))
    ends = np.concatenate([first, last])
    keys = np.round(ends / _ROUND_M).astype(np.int64)
    _, index, counts = np.unique(keys, axis=0, return_index=True, return_counts=True)
    free = index[counts == 1]
    length = shapely.length(whole)
    tangents = []
    for level in CARRY_ON_M:
        reach = np.minimum(length, level)
        inner = [
            shapely.get_coordinates(shapely.line_interpolate_point(whole, at))
            for at in (reach, length - reach)
        ]
        tangents.append(unit_vectors(ends[free] - np.concatenate(inner)[free]))
    return ends[free], np.stack(tangents, axis=1)


def _hops(nodes: Floats) -> Ints:
    """Pairs of nodes so near each other that their strands are one line."""
    pairs = cKDTree(nodes).query_pairs(HOP_M, output_type="ndarray")
    found = np.sort(np.asarray(pairs, dtype=np.intp).reshape(-1, 2), axis=1)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _bridges(nodes: Floats, edges: Ints) -> Ints:
    """Shortest bridge between each two parts of the lines, up to the longest allowed."""
    near = np.concatenate([edges, _hops(nodes)])
    n = len(nodes)
    graph = csr_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(n, n))
    count, label = connected_components(graph, directed=False)
    if count == 1:
        return np.empty((0, 2), dtype=np.intp)
    sizes = np.bincount(label, minlength=count)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MAX_PARTS])
    members = [np.flatnonzero(label == part) for part in kept]
    trees = [cKDTree(nodes[member]) for member in members]
    found = []
    for i, member in enumerate(members):
        for j in range(i + 1, len(members)):
            distance, other = trees[j].query(nodes[member], distance_upper_bound=MAX_BRIDGE_M)
            best = int(np.argmin(distance))
            if np.isfinite(distance[best]):
                found.append((member[best], members[j][other[best]]))
    return np.asarray(found, dtype=np.intp).reshape(-1, 2)
