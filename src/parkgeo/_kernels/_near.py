"""The loops that find what lies on each other among millions: boxes, and borders in common."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]

FIRST_TABLE: Final = 64
"""Places of a table of edges, a power of two."""

MIXER: Final = -7046029254386353131
OTHER_MIXER: Final = -4417276706812531889
"""Odd numbers without a pattern in their bits, from the golden ratio and the square root of 3
(as whole numbers with a sign)."""


@formula
def meets(boxes: Floats, one: int, two: int) -> bool:
    """Tell whether two boxes have ground in common, and not a border alone."""
    return bool(
        min(boxes[one, 2], boxes[two, 2]) > max(boxes[one, 0], boxes[two, 0])
        and min(boxes[one, 3], boxes[two, 3]) > max(boxes[one, 1], boxes[two, 1])
    )


def sort_into_cells(cells: Ints, columns: int, ends: Ints, members: Ints) -> None:
    """Count the boxes in each cell, or write down which they are, where there is room.

    Box k lies in the columns ``cells[k, 0]`` to ``cells[k, 2]`` and the rows ``cells[k, 1]`` to
    ``cells[k, 3]``. Without room in ``members``, the counts go to ``ends``. With room, ``ends[c]``
    is where the members of cell c end, and afterwards where they begin.
    """
    counts = len(members) == 0
    for k in range(len(cells) - 1, -1, -1):
        for row in range(cells[k, 1], cells[k, 3] + 1):
            for column in range(cells[k, 0], cells[k, 2] + 1):
                cell = row * columns + column
                if counts:
                    ends[cell] += 1
                else:
                    ends[cell] -= 1
                    members[ends[cell]] = k


def near_pairs(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    boxes: Floats,
    cells: Ints,
    columns: int,
    starts: Ints,
    members: Ints,
    out: Ints,
    rows: Ints,
    places: Ints,
) -> None:
    """Count, for each of the boxes ``rows``, those of higher number that lie on it, or name them.

    Without room in ``out``, the counts go to ``places``; with room, pairs are written from
    ``places`` on.
    """
    counts = len(out) == 0
    for i in range(len(rows)):
        one = rows[i]
        place = 0 if counts else places[i]
        for row in range(cells[one, 1], cells[one, 3] + 1):
            for column in range(cells[one, 0], cells[one, 2] + 1):
                cell = row * columns + column
                for at in range(starts[cell], starts[cell + 1]):
                    two = members[at]
                    # A pair is met in many cells, and counted in the first that both lie in.
                    if (
                        two > one
                        and column == max(cells[one, 0], cells[two, 0])
                        and row == max(cells[one, 1], cells[two, 1])
                        and meets(boxes, one, two)
                    ):
                        if not counts:
                            out[place, 0], out[place, 1] = one, two
                        place += 1
        if counts:
            places[i] = place


def match_borders(  # noqa: PLR0913, PLR0917
    bits: Ints,
    firsts: Ints,
    lasts: Ints,
    signs: Floats,
    bounds: Floats,
    starts: Ints,
    boxes: Floats,
    right: Ints,
    out_partners: Numbers,
    ones: Ints,
    begins: Ints,
    ends: Ints,
) -> None:
    """Write down for each edge one that runs the other way between the very same vertices.

    Extents and blocks stand as for `pair_areas`; ``bits`` are the coordinates as whole numbers, an
    edge goes by the vertex that stands first in it. Extent ``ones[k]`` is held against each of
    ``right[begins[k]:ends[k]]``. Where several would do, the last one is written, so only where
    two name each other are they a pair; that is so whatever threads do.
    """
    room = np.empty(FIRST_TABLE, dtype=np.int64)
    for k in range(len(ones)):
        one = ones[k]
        edges = 0
        for b in range(starts[one], starts[one + 1]):
            edges += lasts[b] - firsts[b]
        # As small as may be, so that it is soon cleared.
        size = FIRST_TABLE
        while size < 2 * edges:
            size *= 2
        if size > len(room):
            room = np.empty(size, dtype=np.int64)
        table = room[:size]
        table[:] = -1
        for b in range(starts[one], starts[one + 1]):
            for i in range(firsts[b], lasts[b]):
                put_edge(bits, i, signs[b] > 0.0, table)
        for pair in range(begins[k], ends[k]):
            for b in range(starts[right[pair]], starts[right[pair] + 1]):
                if touch(bounds, b, boxes, one):
                    match_block(bits, firsts[b], lasts[b], signs[b] > 0.0, table, out_partners)


@formula
def match_block(  # noqa: PLR0913, PLR0917
    bits: Ints,
    first: int,
    last: int,
    along: bool,  # noqa: FBT001
    table: Ints,
    out_partners: Numbers,
) -> None:
    """Look for a partner of each edge of a block."""
    for i in range(first, last):
        j = find_edge(bits, i, along, table)
        if j >= 0:
            out_partners[i], out_partners[j] = j, i


def loose_edges(
    partners: Numbers, firsts: Ints, lasts: Ints, out_edges: Ints, out_blocks: Ints
) -> int:
    """Count the edges whose partner does not name them, and write as many as there is room for."""
    count = 0
    for b in range(len(firsts)):
        for i in range(firsts[b], lasts[b]):
            if partners[i] >= 0 and partners[partners[i]] == i:
                continue
            if count < len(out_edges):
                out_edges[count], out_blocks[count] = i, b
            count += 1
    return count


@formula
def touch(bounds: Floats, b: int, boxes: Floats, one: int) -> bool:
    """Tell whether two boxes have a point in common."""
    return bool(
        bounds[b, 0] <= boxes[one, 2]
        and boxes[one, 0] <= bounds[b, 2]
        and bounds[b, 1] <= boxes[one, 3]
        and boxes[one, 1] <= bounds[b, 3]
    )


@formula
def place_in(table: Ints, bits: Ints, vertex: int) -> int:
    """Choose a place in the table by a vertex; neighbours differ in the lower bits."""
    mixed = (bits[vertex, 0] * MIXER) ^ (bits[vertex, 1] * OTHER_MIXER)
    return int((mixed ^ (mixed >> 32)) & (len(table) - 1))


@formula
def put_edge(bits: Ints, i: int, along: bool, table: Ints) -> None:  # noqa: FBT001
    """Put an edge where the vertex says from which it goes on, with the ground on its left."""
    at = place_in(table, bits, i if along else i + 1)
    while table[at] >= 0:
        at = at + 1 if at + 1 < len(table) else 0
    table[at] = 2 * i + int(along)


@formula
def find_edge(bits: Ints, i: int, along: bool, table: Ints) -> int:  # noqa: FBT001
    """Find the edge of the table that runs against this one."""
    tail, head = (i, i + 1) if along else (i + 1, i)
    at = place_in(table, bits, head)
    while table[at] >= 0:
        j = table[at] >> 1
        its_tail, its_head = (j, j + 1) if table[at] & 1 == 1 else (j + 1, j)
        if (
            bits[its_tail, 0] == bits[head, 0]
            and bits[its_tail, 1] == bits[head, 1]
            and bits[its_head, 0] == bits[tail, 0]
            and bits[its_head, 1] == bits[tail, 1]
        ):
            return int(j)
        at = at + 1 if at + 1 < len(table) else 0
    return -1
