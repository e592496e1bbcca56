"""Edges one by one: where they are, and their order."""

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._sweep._records import FEW_EDGES, Edge, Floats, Ints


@formula
def edge_at(edges: Floats, i: int) -> Edge:
    """Return both ends of an edge of a list."""
    return edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3]


@formula
def copy_edge(source: int, target: int, edges: Floats, owners: Ints) -> None:
    """Copy an edge and its owner to another place of the list."""
    for j in range(4):
        edges[target, j] = edges[source, j]
    owners[target] = owners[source]


@formula
def held(  # noqa: PLR0913, PLR0917 - points, in a loop where no object may be made
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    x: float,
    y: float,
    west: float,
    east: float,
) -> tuple[float, float]:
    """Move the end of an edge along it to the side of the box that it is beyond."""
    if x < west:
        return west, height(x0, y0, x1, y1, west)
    if x > east:
        return east, height(x0, y0, x1, y1, east)
    return x, y


@formula
def height(x0: float, y0: float, x1: float, y1: float, x: float) -> float:
    """Return where an edge is at ``x``; the same to the last bit in either direction."""
    if x0 > x1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    return y0 + (x - x0) / (x1 - x0) * (y1 - y0)


@formula
def distinct(values: Floats, count: int) -> Floats:
    """Sort the first values, each once."""
    order = np.arange(count)
    sort_by(values, order, count)
    out = np.empty(count)
    kept = 0
    for i in order:
        if kept == 0 or values[i] > out[kept - 1]:
            out[kept] = values[i]
            kept += 1
    return out[:kept]


@formula
def sort_by(keys: Floats, order: Ints, count: int) -> None:
    """Sort the first numbers of a list by their keys: Shell's way, with the gaps of Ciura (2001).

    By insertion where few stand in it, as they nearly always are in order already.
    """
    gap = 1
    while count > FEW_EDGES and gap < count // 3:
        gap = int(2.25 * gap) + 1
    while gap >= 1:
        for i in range(gap, count):
            e = order[i]
            j = i - gap
            while j >= 0 and keys[order[j]] > keys[e]:
                order[j + gap] = order[j]
                j -= gap
            order[j + gap] = e
        gap = int(gap / 2.25) if gap > 1 else 0
