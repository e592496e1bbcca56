"""Areas of all faces that outlines cut the ground into, without building a single face.

A box of ground is cut in two until few edges are left in it. What lies below a box matters only by
what it covers at the bottom of the box: it is kept as a *floor*, a level edge at the bottom, and
goes into the box's set of members once it spans the whole box. So the work in a box depends on the
edges in it and not on how many outlines cover it. A box that only one outline enters needs no
further cut; in a box of few edges a sweep goes from column to column, where the edges stand in
order from bottom to top, and each edge that is crossed going up toggles its owner.

A set of members is known by the exclusive or of 128-bit random tokens of its members, so that
toggling one takes one operation; the set itself is written down when it first appears.

Nothing here decides which side of a line a point lies on, so nothing can fail; an edge that is off
by a nanometre moves areas by a nanometre times its length.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Tokens = NDArray[np.uint64]
Edge = tuple[float, float, float, float]

SAME_M: Final = 1e-9
"""Edges that cross and are nowhere further apart in a column than this are not cut apart."""

FEW_EDGES: Final = 24
MOST_CUTS: Final = 64
"""How often a box is cut at most."""

POOR_CUTS: Final = 4
"""After so many cuts in turn that save nothing a box is swept as it is."""

# What had too little room; the caller gives more and asks again.
ROOM_FOR_EDGES: Final = 1
ROOM_FOR_SETS: Final = 2
ROOM_FOR_MEMBERS: Final = 3
ROOM_FOR_NODES: Final = 4
ROOM_FOR_CROSSINGS: Final = 5


class Outlines(NamedTuple):
    """Closed rings, one after the other; each belongs to an owner.

    ``turned`` says which rings run clockwise where a shell should not, or a hole should.
    """

    xy: Floats
    starts: Ints
    owner: Ints
    turned: NDArray[np.bool_]
    tokens: Tokens


class Boxes(NamedTuple):
    """Ground to work on: west, south, east, north; and the rings that may enter it.

    No ring may pass below or above its box within the box's width. Coordinates are taken from
    ``near``, whole metres, to keep their last digits.
    """

    bounds: Floats
    near: Floats
    rings: Ints
    starts: Ints


class Sets(NamedTuple):
    """Sets of members found: token, area and border, and where in ``pool`` the members stand.

    ``table`` finds a set by its token. ``state`` counts sets and members, and says what had too
    little room.
    """

    table: Ints
    tokens: Tokens
    sums: Floats
    spans: Ints
    pool: Ints
    state: Ints


class Room(NamedTuple):
    """Room to work in: a stack of boxes with their edges, and the columns of one box."""

    edges: Floats
    owners: Ints
    box: Floats
    box_state: Ints
    box_token: Tokens
    nodes: Ints
    lines: Floats
    lists: Ints
    crossings: Floats
    track: Floats
    track_token: Tokens
    parity: NDArray[np.bool_]


# Columns of Room.box_state and of Room.lines.
_START, _END, _NODE, _CUTS, _POOR = 0, 1, 2, 3, 4
_LX, _LY, _RX, _RY, _GRADE, _Y0, _Y1, _MID = 0, 1, 2, 3, 4, 5, 6, 7


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
        room.box_state[0, _START], room.box_state[0, _END] = 0, count
        room.box_state[0, _NODE], room.box_state[0, _CUTS], room.box_state[0, _POOR] = -1, 0, 0
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
                sx, sy = _held(x0, y0, x1, y1, x0, y0, west, east)
                ex, ey = _held(x0, y0, x1, y1, x1, y1, west, east)
                if sx == ex:
                    continue
            room.edges[count, 0], room.edges[count, 1] = sx, sy
            room.edges[count, 2], room.edges[count, 3] = ex, ey
            room.owners[count] = outlines.owner[ring]
            count += 1
    return count


@formula
def _held(  # noqa: PLR0913, PLR0917 - points, in a loop where no object may be made
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
def _work_on(box: int, tokens: Tokens, sets: Sets, room: Room) -> int:
    """Measure the uppermost box of the stack, or cut it in two; return the height of the stack."""
    _settle_floors(box, tokens, sets, room)
    if sets.state[2] != 0:
        return 0
    start, end = room.box_state[box, _START], room.box_state[box, _END]
    count = end - start
    if _measured_at_once(box, tokens, sets, room):
        return box
    events, west, south, east, north = _survey(box, room)
    cost = (events + 1.0) * count
    if cost > 0.5 * room.box[box, 4]:
        room.box_state[box, _POOR] += 1
    else:
        room.box_state[box, _POOR] = 0
    room.box[box, 4] = cost
    poor = room.box_state[box, _POOR]
    few = count <= FEW_EDGES or room.box_state[box, _CUTS] >= MOST_CUTS
    stuck = events == 0 or poor >= POOR_CUTS or max(east - west, north - south) < SAME_M
    if few or stuck:
        # A box of many edges is looked at first: it may pay to cut apart what crosses in it.
        for counts in range(1 if few else 0, 2):
            crossings, west, south, east, north = _columns(box, counts == 1, tokens, sets, room)
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
    start, end = room.box_state[box, _START], room.box_state[box, _END]
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
            room.nodes[node, 0], room.nodes[node, 1] = room.box_state[box, _NODE], owner
            room.box_state[box, _NODE] = node
            room.box_token[box, 0] ^= tokens[owner, 0]
            room.box_token[box, 1] ^= tokens[owner, 1]
            sets.state[3] = node + 1
            continue
        if kept < i:
            _copy(i, kept, room.edges, room.owners)
        kept += 1
    room.box_state[box, _END] = kept


@formula
def _edge(edges: Floats, i: int) -> Edge:
    return edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3]


@formula
def _copy(source: int, target: int, edges: Floats, owners: Ints) -> None:
    for j in range(4):
        edges[target, j] = edges[source, j]
    owners[target] = owners[source]


@formula
def _measured_at_once(box: int, tokens: Tokens, sets: Sets, room: Room) -> bool:
    """Measure a box that no outline enters, or one alone; else say no."""
    start, end = room.box_state[box, _START], room.box_state[box, _END]
    low, high = room.box_token[box, 0], room.box_token[box, 1]
    top = room.box[box, 3]
    whole_m2 = (room.box[box, 2] - room.box[box, 0]) * (top - room.box[box, 1])
    if start == end:
        _credit(box, low, high, whole_m2, 0.0, 0, sets, room)
        return True
    owner = max(room.owners[start], -1 - room.owners[start])
    swept_m2, border_m = 0.0, 0.0
    for i in range(start, end):
        if max(room.owners[i], -1 - room.owners[i]) != owner:
            return False
        x0, y0, x1, y1 = _edge(room.edges, i)
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
        _credit(box, low, high, whole_m2 - changed_m2, border_m, 0, sets, room)
    room.lists[3, 0] = owner
    low, high = low ^ tokens[owner, 0], high ^ tokens[owner, 1]
    if changed_m2 > 0:
        _credit(box, low, high, changed_m2, border_m, 1, sets, room)
    return True


@formula
def _survey(box: int, room: Room) -> tuple[int, float, float, float, float]:
    """Count the ends of edges inside the width of a box; say within which bounds they lie."""
    events = 0
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(room.box_state[box, _START], room.box_state[box, _END]):
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
    start, end = room.box_state[box, _START], room.box_state[box, _END]
    far = 2 * end - start
    near_end, far_end = end, far
    for i in range(start, end):
        x0, y0, x1, y1 = _edge(edges, i)
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
    start, end = room.box_state[box, _START], room.box_state[box, _END]
    at = start
    for i in range(end, first_end):
        _copy(i, at, room.edges, room.owners)
        at += 1
    middle = at
    for i in range(far, second_end):
        _copy(i, at, room.edges, room.owners)
        at += 1
    room.box_state[box, _CUTS] += 1
    room.box_state[box, _END] = middle
    for j in range(5):
        room.box[box + 1, j] = room.box[box, j]
        room.box_state[box + 1, j] = room.box_state[box, j]
    room.box_state[box + 1, _START], room.box_state[box + 1, _END] = middle, at
    room.box_token[box + 1, 0] = room.box_token[box, 0]
    room.box_token[box + 1, 1] = room.box_token[box, 1]


@formula
def _columns(
    box: int,
    counts: bool,  # noqa: FBT001
    tokens: Tokens,
    sets: Sets,
    room: Room,
) -> tuple[int, float, float, float, float]:
    """Sweep a box from west to east; or only say how many edges cross in it, and where.

    Columns run between the ends of edges, so that in a column each edge goes from side to side.
    """
    number, walls, events = _lines(box, room)
    lines, lists = room.lines, room.lists
    order = np.arange(number)
    sort_by(lines[_LX], order, number)
    first_wall, added, active, tracked = 0, 0, 0, 0
    crossings = 0
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for c in range(len(events) - 1):
        x0, x1 = events[c], events[c + 1]
        kept = 0
        for i in range(active):
            if lines[_RX, lists[0, i]] > x0:
                lists[0, kept] = lists[0, i]
                kept += 1
        active = kept
        while added < number and lines[_LX, order[added]] <= x0:
            lists[0, active] = order[added]
            added += 1
            active += 1
        _raise(active, x1, room)
        found = _crossings(active, x0, x1, sets, room)
        if sets.state[2] != 0:
            return 0, west, south, east, north
        crossings += found
        if not counts:
            for i in range(found):
                west, east = min(west, room.crossings[0, i]), max(east, room.crossings[0, i])
                south, north = min(south, room.crossings[1, i]), max(north, room.crossings[1, i])
            continue
        while first_wall < len(walls) and walls[first_wall] < x0:
            first_wall += 1
        at_wall = first_wall < len(walls) and walls[first_wall] == x0 and c > 0
        tracked = _column(box, active, found, x0, x1, tracked, at_wall, tokens, sets, room)
        if sets.state[2] != 0:
            break
    return crossings, west, south, east, north


@formula
def _lines(box: int, room: Room) -> tuple[int, Floats, Floats]:
    """Write down the edges of a box from west to east; return their number, walls and ends."""
    start, end = room.box_state[box, _START], room.box_state[box, _END]
    lines = room.lines
    count, n_walls, n_events = 0, 0, 2
    walls, events = np.empty(end - start), np.empty(2 * (end - start) + 2)
    events[0], events[1] = room.box[box, 0], room.box[box, 2]
    for i in range(start, end):
        x0, y0, x1, y1 = _edge(room.edges, i)
        events[n_events], events[n_events + 1] = x0, x1
        n_events += 2
        if x0 == x1:
            walls[n_walls] = x0
            n_walls += 1
            continue
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        lines[_LX, count], lines[_LY, count] = x0, y0
        lines[_RX, count], lines[_RY, count] = x1, y1
        floor = room.owners[i] < 0
        lines[_GRADE, count] = 0.0 if floor else np.hypot(x1 - x0, y1 - y0) / (x1 - x0)
        lines[_Y1, count] = y0
        room.lists[1, count] = max(room.owners[i], -1 - room.owners[i])
        count += 1
    return count, _distinct(walls, n_walls), _distinct(events, n_events)


@formula
def _distinct(values: Floats, count: int) -> Floats:
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
def _raise(active: int, x1: float, room: Room) -> None:
    """Find where the edges are at both sides of a column, and sort them by their middles."""
    lines, lists = room.lines, room.lists
    for i in range(active):
        e = lists[0, i]
        # The column before ended here.
        lines[_Y0, e] = lines[_Y1, e]
        lines[_Y1, e] = (
            lines[_RY, e]
            if lines[_RX, e] == x1
            else height(lines[_LX, e], lines[_LY, e], lines[_RX, e], lines[_RY, e], x1)
        )
        lines[_MID, e] = lines[_Y0, e] + lines[_Y1, e]
    sort_by(lines[_MID], lists[0], active)


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


@formula
def _crossings(active: int, x0: float, x1: float, sets: Sets, room: Room) -> int:
    """Find where edges cross inside a column; write down the places, and return their number.

    Edges sorted at one side and out of order at the other cross, each pair once.
    """
    lines, lists = room.lines, room.lists
    crossed = False
    for i in range(1, active):
        low, high = lists[0, i - 1], lists[0, i]
        if (
            lines[_Y0, high] < lines[_Y0, low] - SAME_M
            or lines[_Y1, high] < lines[_Y1, low] - SAME_M
        ):
            crossed = True
            break
    if not crossed:
        return 0
    for i in range(active):
        lists[2, i] = lists[0, i]
    sort_by(lines[_Y0], lists[2], active)
    found = 0
    for i in range(1, active):
        e = lists[2, i]
        j = i - 1
        while j >= 0 and lines[_Y1, lists[2, j]] > lines[_Y1, e]:
            f = lists[2, j]
            before, after = lines[_Y0, e] - lines[_Y0, f], lines[_Y1, f] - lines[_Y1, e]
            x = x0 + before / (before + after) * (x1 - x0)
            if max(before, after) > SAME_M and x0 < x < x1:
                if found >= room.crossings.shape[1]:
                    sets.state[2] = ROOM_FOR_CROSSINGS
                    return 0
                room.crossings[0, found] = x
                room.crossings[1, found] = height(x0, lines[_Y0, e], x1, lines[_Y1, e], x)
                found += 1
            lists[2, j + 1] = f
            j -= 1
        lists[2, j + 1] = e
    return found


@formula
def _column(  # noqa: PLR0913, PLR0917 - a column, in a loop where no object may be made
    box: int,
    active: int,
    crossings: int,
    x0: float,
    x1: float,
    tracked: int,
    at_wall: bool,  # noqa: FBT001
    tokens: Tokens,
    sets: Sets,
    room: Room,
) -> int:
    """Walk up a column, or the columns between the crossings in it."""
    lines, lists = room.lines, room.lists
    cuts = np.empty(crossings + 2)
    cuts[0], cuts[1] = x0, x1
    for i in range(crossings):
        cuts[i + 2] = room.crossings[0, i]
    if crossings > 0:
        cuts = _distinct(cuts, crossings + 2)
    for s in range(len(cuts) - 1):
        if crossings > 0:
            middle = (0.5 * (cuts[s] + cuts[s + 1]) - x0) / (x1 - x0)
            for i in range(active):
                e = lists[0, i]
                lines[_MID, e] = 2.0 * (lines[_Y0, e] + middle * (lines[_Y1, e] - lines[_Y0, e]))
            sort_by(lines[_MID], lists[0], active)
        _walk(box, active, cuts[s + 1] - cuts[s], tokens, sets, room)
        if sets.state[2] != 0:
            break
        if at_wall and s == 0:
            _walls(box, active, tracked, tokens, sets, room)
    _track(box, active, tokens, room)
    return active


@formula
def _walk(  # noqa: PLR0913, PLR0917 - a column, in a loop where no object may be made
    box: int, active: int, width: float, tokens: Tokens, sets: Sets, room: Room
) -> None:
    """Give the ground between each two edges of a column to the set of owners there."""
    lines, lists = room.lines, room.lists
    low, high = room.box_token[box, 0], room.box_token[box, 1]
    y = room.box[box, 1]
    grade = 0.0
    for i in range(active):
        e = lists[0, i]
        middle = 0.5 * lines[_MID, e]
        if middle > y:
            border_m = (grade + lines[_GRADE, e]) * width
            _credit(box, low, high, (middle - y) * width, border_m, i, sets, room)
            y = middle
        owner = lists[1, e]
        lists[3, i] = owner
        low, high = low ^ tokens[owner, 0], high ^ tokens[owner, 1]
        grade = lines[_GRADE, e]
    if room.box[box, 3] > y:
        area_m2 = (room.box[box, 3] - y) * width
        _credit(box, low, high, area_m2, grade * width, active, sets, room)


@formula
def _track(box: int, active: int, tokens: Tokens, room: Room) -> None:
    """Remember what stands at the east side of a column, for the border along a wall."""
    low, high = room.box_token[box, 0], room.box_token[box, 1]
    for i in range(active):
        e = room.lists[0, i]
        owner = room.lists[1, e]
        low, high = low ^ tokens[owner, 0], high ^ tokens[owner, 1]
        room.track[i] = room.lines[_Y1, e]
        room.track_token[i, 0], room.track_token[i, 1] = low, high


@formula
def _walls(  # noqa: PLR0913, PLR0917 - a column, in a loop where no object may be made
    box: int, active: int, tracked: int, tokens: Tokens, sets: Sets, room: Room
) -> None:
    """Add the border along a meridian, where the sets west and east of it differ.

    Only sets that have area elsewhere are looked for: a border without ground is no face.
    """
    lines, lists = room.lines, room.lists
    west_low = east_low = room.box_token[box, 0]
    west_high = east_high = room.box_token[box, 1]
    y, top = room.box[box, 1], room.box[box, 3]
    i = j = 0
    while i < tracked or j < active:
        up = room.track[i] if i < tracked else top
        across = lines[_Y0, lists[0, j]] if j < active else top
        step = max(min(up, across) - y, 0.0)
        if west_low != east_low or west_high != east_high:
            _border(west_low, west_high, step, sets)
            _border(east_low, east_high, step, sets)
        y += step
        if j >= active or (i < tracked and up <= across):
            west_low, west_high = room.track_token[i, 0], room.track_token[i, 1]
            i += 1
        else:
            owner = lists[1, lists[0, j]]
            east_low, east_high = east_low ^ tokens[owner, 0], east_high ^ tokens[owner, 1]
            j += 1
    if west_low != east_low or west_high != east_high:
        _border(west_low, west_high, top - y, sets)
        _border(east_low, east_high, top - y, sets)


@formula
def _border(low: np.uint64, high: np.uint64, border_m: float, sets: Sets) -> None:
    if low == 0 and high == 0:
        return
    place = _place(low, high, sets)
    if sets.table[place] >= 0:
        sets.sums[sets.table[place], 1] += border_m


@formula
def _place(low: np.uint64, high: np.uint64, sets: Sets) -> int:
    """Find a set, or the empty place for it, in the table of open addresses."""
    mask = len(sets.table) - 1
    place = np.int64(low & np.uint64(mask))
    while sets.table[place] >= 0:
        row = sets.table[place]
        if sets.tokens[row, 0] == low and sets.tokens[row, 1] == high:
            break
        place = (place + 1) & mask
    return int(place)


@formula
def _credit(  # noqa: PLR0913, PLR0917 - a face, in a loop where no object may be made
    box: int,
    low: np.uint64,
    high: np.uint64,
    area_m2: float,
    border_m: float,
    toggled: int,
    sets: Sets,
    room: Room,
) -> None:
    """Add ground to a set; write the set down where it is new.

    ``toggled`` owners of ``room.lists[3]`` have been crossed going up from the bottom of the box.
    """
    if low == 0 and high == 0:
        return
    place = _place(low, high, sets)
    row = sets.table[place]
    if row < 0:
        row = sets.state[0]
        if 2 * (row + 1) > len(sets.table) or row >= len(sets.sums):
            sets.state[2] = ROOM_FOR_SETS
            return
        if not _write_members(box, row, toggled, sets, room):
            return
        sets.table[place] = row
        sets.tokens[row, 0], sets.tokens[row, 1] = low, high
        sets.sums[row, 0] = sets.sums[row, 1] = 0.0
        sets.state[0] = row + 1
    sets.sums[row, 0] += area_m2
    sets.sums[row, 1] += border_m


@formula
def _write_members(box: int, row: int, toggled: int, sets: Sets, room: Room) -> bool:
    """Write down who is in a set: who was toggled an odd number of times."""
    first = at = sets.state[1]
    node = room.box_state[box, _NODE]
    step = 0
    while node >= 0 or step < toggled:
        if node >= 0:
            owner = room.nodes[node, 1]
            node = room.nodes[node, 0]
        else:
            owner = room.lists[3, step]
            step += 1
        if at >= len(sets.pool):
            sets.state[2] = ROOM_FOR_MEMBERS
            return False
        room.parity[owner] = not room.parity[owner]
        sets.pool[at] = owner
        at += 1
    kept = first
    for i in range(first, at):
        owner = sets.pool[i]
        if room.parity[owner]:
            room.parity[owner] = False
            sets.pool[kept] = owner
            kept += 1
    sets.spans[row, 0], sets.spans[row, 1] = first, kept
    sets.state[1] = kept
    return True
