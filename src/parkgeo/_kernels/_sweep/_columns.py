"""The sweep through one box: columns from end to end of edges, and the sets up each column."""

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._sweep._edges import distinct, edge_at, height, sort_by
from parkgeo._kernels._sweep._records import (
    END,
    GRADE,
    LX,
    LY,
    MID,
    ROOM_FOR_CROSSINGS,
    RX,
    RY,
    SAME_M,
    START,
    Y0,
    Y1,
    Floats,
    Room,
    Sets,
    Tokens,
)
from parkgeo._kernels._sweep._sets import add_border, credit


@formula
def columns(
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
    sort_by(lines[LX], order, number)
    first_wall, added, active, tracked = 0, 0, 0, 0
    crossings = 0
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for c in range(len(events) - 1):
        x0, x1 = events[c], events[c + 1]
        kept = 0
        for i in range(active):
            if lines[RX, lists[0, i]] > x0:
                lists[0, kept] = lists[0, i]
                kept += 1
        active = kept
        while added < number and lines[LX, order[added]] <= x0:
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
    start, end = room.box_state[box, START], room.box_state[box, END]
    lines = room.lines
    count, n_walls, n_events = 0, 0, 2
    walls, events = np.empty(end - start), np.empty(2 * (end - start) + 2)
    events[0], events[1] = room.box[box, 0], room.box[box, 2]
    for i in range(start, end):
        x0, y0, x1, y1 = edge_at(room.edges, i)
        events[n_events], events[n_events + 1] = x0, x1
        n_events += 2
        if x0 == x1:
            walls[n_walls] = x0
            n_walls += 1
            continue
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        lines[LX, count], lines[LY, count] = x0, y0
        lines[RX, count], lines[RY, count] = x1, y1
        floor = room.owners[i] < 0
        lines[GRADE, count] = 0.0 if floor else np.hypot(x1 - x0, y1 - y0) / (x1 - x0)
        lines[Y1, count] = y0
        room.lists[1, count] = max(room.owners[i], -1 - room.owners[i])
        count += 1
    return count, distinct(walls, n_walls), distinct(events, n_events)


@formula
def _raise(active: int, x1: float, room: Room) -> None:
    """Find where the edges are at both sides of a column, and sort them by their middles."""
    lines, lists = room.lines, room.lists
    for i in range(active):
        e = lists[0, i]
        # The column before ended here.
        lines[Y0, e] = lines[Y1, e]
        lines[Y1, e] = (
            lines[RY, e]
            if lines[RX, e] == x1
            else height(lines[LX, e], lines[LY, e], lines[RX, e], lines[RY, e], x1)
        )
        lines[MID, e] = lines[Y0, e] + lines[Y1, e]
    sort_by(lines[MID], lists[0], active)


@formula
def _crossings(active: int, x0: float, x1: float, sets: Sets, room: Room) -> int:
    """Find where edges cross inside a column; write down the places, and return their number.

    Edges sorted at one side and out of order at the other cross, each pair once.
    """
    lines, lists = room.lines, room.lists
    crossed = False
    for i in range(1, active):
        low, high = lists[0, i - 1], lists[0, i]
        if lines[Y0, high] < lines[Y0, low] - SAME_M or lines[Y1, high] < lines[Y1, low] - SAME_M:
            crossed = True
            break
    if not crossed:
        return 0
    for i in range(active):
        lists[2, i] = lists[0, i]
    sort_by(lines[Y0], lists[2], active)
    found = 0
    for i in range(1, active):
        e = lists[2, i]
        j = i - 1
        while j >= 0 and lines[Y1, lists[2, j]] > lines[Y1, e]:
            f = lists[2, j]
            before, after = lines[Y0, e] - lines[Y0, f], lines[Y1, f] - lines[Y1, e]
            x = x0 + before / (before + after) * (x1 - x0)
            if max(before, after) > SAME_M and x0 < x < x1:
                if found >= room.crossings.shape[1]:
                    sets.state[2] = ROOM_FOR_CROSSINGS
                    return 0
                room.crossings[0, found] = x
                room.crossings[1, found] = height(x0, lines[Y0, e], x1, lines[Y1, e], x)
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
        cuts = distinct(cuts, crossings + 2)
    for s in range(len(cuts) - 1):
        if crossings > 0:
            middle = (0.5 * (cuts[s] + cuts[s + 1]) - x0) / (x1 - x0)
            for i in range(active):
                e = lists[0, i]
                lines[MID, e] = 2.0 * (lines[Y0, e] + middle * (lines[Y1, e] - lines[Y0, e]))
            sort_by(lines[MID], lists[0], active)
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
        middle = 0.5 * lines[MID, e]
        if middle > y:
            border_m = (grade + lines[GRADE, e]) * width
            credit(box, low, high, (middle - y) * width, border_m, i, sets, room)
            y = middle
        owner = lists[1, e]
        lists[3, i] = owner
        low, high = low ^ tokens[owner, 0], high ^ tokens[owner, 1]
        grade = lines[GRADE, e]
    if room.box[box, 3] > y:
        area_m2 = (room.box[box, 3] - y) * width
        credit(box, low, high, area_m2, grade * width, active, sets, room)


@formula
def _track(box: int, active: int, tokens: Tokens, room: Room) -> None:
    """Remember what stands at the east side of a column, for the border along a wall."""
    low, high = room.box_token[box, 0], room.box_token[box, 1]
    for i in range(active):
        e = room.lists[0, i]
        owner = room.lists[1, e]
        low, high = low ^ tokens[owner, 0], high ^ tokens[owner, 1]
        room.track[i] = room.lines[Y1, e]
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
        across = lines[Y0, lists[0, j]] if j < active else top
        step = max(min(up, across) - y, 0.0)
        if west_low != east_low or west_high != east_high:
            add_border(west_low, west_high, step, sets)
            add_border(east_low, east_high, step, sets)
        y += step
        if j >= active or (i < tracked and up <= across):
            west_low, west_high = room.track_token[i, 0], room.track_token[i, 1]
            i += 1
        else:
            owner = lists[1, lists[0, j]]
            east_low, east_high = east_low ^ tokens[owner, 0], east_high ^ tokens[owner, 1]
            j += 1
    if west_low != east_low or west_high != east_high:
        add_border(west_low, west_high, top - y, sets)
        add_border(east_low, east_high, top - y, sets)
