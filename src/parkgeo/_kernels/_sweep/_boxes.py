"""Ground cut into boxes until a box is empty, has one owner, or is small enough to sweep."""

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._sweep._columns import columns
from parkgeo._kernels._sweep._edges import copy_edge, edge_at, height, held
from parkgeo._kernels._sweep._records import (
    CUTS,
    END,
    FEW_EDGES,
    MOST_CUTS,
    NODE,
    POOR,
    POOR_CUTS,
    ROOM_FOR_EDGES,
    ROOM_FOR_NODES,
    SAME_M,
    START,
    Boxes,
    Edge,
    Floats,
    Ints,
    Outlines,
    Room,
    Sets,
    Tokens,
)
from parkgeo._kernels._sweep._sets import credit


def sweep(outlines: Outlines, boxes: Boxes, sets: Sets, room: Room) -> None:
    """Add up area and border of each set of owners over all boxes.

    Stops where room runs out, and says so in ``sets.state[2]``.
    """
    for job in range(len(boxes.starts) - 1):
        sets.state[3] = 0
        count = _load(outlines, boxes, job, sets, room)
        if sets.state[2] != 0:
            return
        room.box[0, 4] = np.inf
        room.box_state[0, START], room.box_state[0, END] = 0, count
        room.box_state[0, NODE], room.box_state[0, CUTS], room.box_state[0, POOR] = -1, 0, 0
        room.box_token[0, 0] = room.box_token[0, 1] = np.uint64(0)
        depth = 1
        while depth > 0 and sets.state[2] == 0:
            depth = _work_on(depth - 1, outlines.tokens, sets, room)
        if sets.state[2] != 0:
            return


@formula
def _load(outlines: Outlines, boxes: Boxes, job: int, sets: Sets, room: Room) -> int:
    """Take the edges of a box's rings, cut to its width; say how many."""
    for j in range(4):
        room.box[0, j] = boxes.bounds[job, j] - boxes.near[job, j % 2]
    west, east = room.box[0, 0], room.box[0, 2]
    near_x, near_y = boxes.near[job, 0], boxes.near[job, 1]
    count = 0
    for k in range(boxes.starts[job], boxes.starts[job + 1]):
        ring = boxes.rings[k]
        first, last = outlines.starts[ring], outlines.starts[ring + 1] - 1
        if count + last - first > len(room.owners):
            sets.state[2] = ROOM_FOR_EDGES
            return 0
        for step in range(last - first):
            i = first + step
            j = i + 1
            if outlines.turned[ring]:
                i = last - step
                j = i - 1
            x0, y0 = outlines.xy[i, 0] - near_x, outlines.xy[i, 1] - near_y
            x1, y1 = outlines.xy[j, 0] - near_x, outlines.xy[j, 1] - near_y
            if max(x0, x1) < west or min(x0, x1) > east or (x0 == x1 and y0 == y1):
                continue
            sx, sy, ex, ey = x0, y0, x1, y1
            if x0 != x1:
                sx, sy = held(x0, y0, x1, y1, x0, y0, west, east)
                ex, ey = held(x0, y0, x1, y1, x1, y1, west, east)
                if sx == ex:
                    continue
            room.edges[count, 0], room.edges[count, 1] = sx, sy
            room.edges[count, 2], room.edges[count, 3] = ex, ey
            room.owners[count] = outlines.owner[ring]
            count += 1
    return count


@formula
def _work_on(box: int, tokens: Tokens, sets: Sets, room: Room) -> int:
    """Measure the uppermost box of the stack, or cut it in two; return the height of the stack."""
    _settle_floors(box, tokens, sets, room)
    if sets.state[2] != 0:
        return 0
    start, end = room.box_state[box, START], room.box_state[box, END]
    count = end - start
    if _measured_at_once(box, tokens, sets, room):
        return box
    events, west, south, east, north = _survey(box, room)
    cost = (events + 1.0) * count
    if cost > 0.5 * room.box[box, 4]:
        room.box_state[box, POOR] += 1
    else:
        room.box_state[box, POOR] = 0
    room.box[box, 4] = cost
    poor = room.box_state[box, POOR]
    few = count <= FEW_EDGES or room.box_state[box, CUTS] >= MOST_CUTS
    stuck = events == 0 or poor >= POOR_CUTS or max(east - west, north - south) < SAME_M
    if few or stuck:
        # A box of many edges is looked at first: it may pay to cut apart what crosses in it.
        for counts in range(1 if few else 0, 2):
            crossings, west, south, east, north = columns(box, counts == 1, tokens, sets, room)
            if counts == 1 or sets.state[2] != 0:
                return box
            tiny = max(east - west, north - south) < SAME_M
            if crossings > 4 * count + MOST_CUTS and poor < 3 * POOR_CUTS and not tiny:
                break
    if end + 3 * count > len(room.owners):
        sets.state[2] = ROOM_FOR_EDGES
        return 0
    # A bit off the middle, because what people draw has corners in the middle.
    along = north - south > east - west
    at = south + 0.4837 * (north - south) if along else west + 0.4837 * (east - west)
    _cut(box, along, at, room)
    return box + 2


@formula
def _settle_floors(box: int, tokens: Tokens, sets: Sets, room: Room) -> None:
    """Take floors that span the whole box into the set that the box starts with."""
    start, end = room.box_state[box, START], room.box_state[box, END]
    west, east = room.box[box, 0], room.box[box, 2]
    kept = start
    for i in range(start, end):
        x0, x1 = room.edges[i, 0], room.edges[i, 2]
        if room.owners[i] < 0 and min(x0, x1) == west and max(x0, x1) == east:
            node = sets.state[3]
            if node >= len(room.nodes):
                sets.state[2] = ROOM_FOR_NODES
                return
            owner = -1 - room.owners[i]
            room.nodes[node, 0], room.nodes[node, 1] = room.box_state[box, NODE], owner
            room.box_state[box, NODE] = node
            room.box_token[box, 0] ^= tokens[owner, 0]
            room.box_token[box, 1] ^= tokens[owner, 1]
            sets.state[3] = node + 1
            continue
        if kept < i:
            copy_edge(i, kept, room.edges, room.owners)
        kept += 1
    room.box_state[box, END] = kept


@formula
def _measured_at_once(box: int, tokens: Tokens, sets: Sets, room: Room) -> bool:
    """Measure a box that no outline enters, or one alone; else say no."""
    start, end = room.box_state[box, START], room.box_state[box, END]
    low, high = room.box_token[box, 0], room.box_token[box, 1]
    top = room.box[box, 3]
    whole_m2 = (room.box[box, 2] - room.box[box, 0]) * (top - room.box[box, 1])
    if start == end:
        credit(box, low, high, whole_m2, 0.0, 0, sets, room)
        return True
    owner = max(room.owners[start], -1 - room.owners[start])
    swept_m2, border_m = 0.0, 0.0
    for i in range(start, end):
        if max(room.owners[i], -1 - room.owners[i]) != owner:
            return False
        x0, y0, x1, y1 = edge_at(room.edges, i)
        swept_m2 += (x1 - x0) * (top - 0.5 * (y0 + y1))
        if room.owners[i] >= 0:
            border_m += np.hypot(x1 - x0, y1 - y0)
    if not whole_m2 > 0:
        return True
    # Going up past an edge enters the owner, or leaves it; how often the box's bottom is inside is
    # not known, only that it starts with the one of two sets. Twice changed is not changed.
    turns_m2 = swept_m2 - 2.0 * whole_m2 * np.floor(swept_m2 / (2.0 * whole_m2))
    changed_m2 = max(whole_m2 - abs(whole_m2 - turns_m2), 0.0)
    if changed_m2 < whole_m2:
        credit(box, low, high, whole_m2 - changed_m2, border_m, 0, sets, room)
    room.lists[3, 0] = owner
    low, high = low ^ tokens[owner, 0], high ^ tokens[owner, 1]
    if changed_m2 > 0:
        credit(box, low, high, changed_m2, border_m, 1, sets, room)
    return True


@formula
def _survey(box: int, room: Room) -> tuple[int, float, float, float, float]:
    """Count the ends of edges inside the width of a box; say within which bounds they lie."""
    events = 0
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(room.box_state[box, START], room.box_state[box, END]):
        for j in (0, 2):
            x, y = room.edges[i, j], room.edges[i, j + 1]
            if room.box[box, 0] < x < room.box[box, 2]:
                events += 1
                west, south = min(west, x), min(south, y)
                east, north = max(east, x), max(north, y)
    return events, west, south, east, north


@formula
def _push(  # noqa: PLR0913, PLR0917 - an edge, in a loop where no object may be made
    edge: Edge, owner: int, first: int, at: int, edges: Floats, owners: Ints
) -> int:
    """Write an edge at the end of a list, or draw out the floor that ends where it starts."""
    if owner < 0:
        if edge[0] == edge[2]:
            return at
        last = at - 1
        if last >= first and owners[last] == owner and edges[last, 2] == edge[0]:
            edges[last, 2] = edge[2]
            # A floor that has come back to where it starts is none.
            return last if edges[last, 0] == edge[2] else at
    edges[at, 0], edges[at, 1], edges[at, 2], edges[at, 3] = edge
    owners[at] = owner
    return at + 1


@formula
def _cut(box: int, along: bool, at: float, room: Room) -> None:  # noqa: FBT001
    """Cut a box into a western and an eastern half, or ``along`` into a southern and a northern.

    What is south becomes floor for the northern half.
    """
    edges, owners = room.edges, room.owners
    start, end = room.box_state[box, START], room.box_state[box, END]
    far = 2 * end - start
    near_end, far_end = end, far
    for i in range(start, end):
        x0, y0, x1, y1 = edge_at(edges, i)
        owner = owners[i]
        v0, v1 = (y0, y1) if along else (x0, x1)
        if along and owner < 0:
            v0 = v1 = -np.inf
        mid_x, mid_y = x1, y1
        crosses = min(v0, v1) < at < max(v0, v1)
        if crosses and along:
            mid_x, mid_y = min(max(height(y0, x0, y1, x1, at), min(x0, x1)), max(x0, x1)), at
        elif crosses:
            mid_x, mid_y = at, height(x0, y0, x1, y1, at)
        for piece in range(2 if crosses else 1):
            edge = (x0, y0, mid_x, mid_y) if piece == 0 else (mid_x, mid_y, x1, y1)
            if max(v0, v1) > at and (not crosses or (v0 > at) == (piece == 0)):
                far_end = _push(edge, owner, far, far_end, edges, owners)
                continue
            near_end = _push(edge, owner, end, near_end, edges, owners)
            if along:
                floor = (edge[0], at, edge[2], at)
                far_end = _push(floor, min(owner, -1 - owner), far, far_end, edges, owners)
    _stack(box, near_end, far, far_end, room)
    side = 1 if along else 0
    room.box[box, 2 + side] = room.box[box + 1, side] = at


@formula
def _stack(box: int, first_end: int, far: int, second_end: int, room: Room) -> None:
    """Put the edges of two halves where those of the whole were, and stack the halves."""
    start, end = room.box_state[box, START], room.box_state[box, END]
    at = start
    for i in range(end, first_end):
        copy_edge(i, at, room.edges, room.owners)
        at += 1
    middle = at
    for i in range(far, second_end):
        copy_edge(i, at, room.edges, room.owners)
        at += 1
    room.box_state[box, CUTS] += 1
    room.box_state[box, END] = middle
    for j in range(5):
        room.box[box + 1, j] = room.box[box, j]
        room.box_state[box + 1, j] = room.box_state[box, j]
    room.box_state[box + 1, START], room.box_state[box + 1, END] = middle, at
    room.box_token[box + 1, 0] = room.box_token[box, 0]
    room.box_token[box + 1, 1] = room.box_token[box, 1]
