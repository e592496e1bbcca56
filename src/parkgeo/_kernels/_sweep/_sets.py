"""The table of sets of members: found by their tokens, written down when they first appear."""

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._sweep._records import NODE, ROOM_FOR_MEMBERS, ROOM_FOR_SETS, Room, Sets


@formula
def place_of(low: np.uint64, high: np.uint64, sets: Sets) -> int:
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
def credit(  # noqa: PLR0913, PLR0917 - a face, in a loop where no object may be made
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
    place = place_of(low, high, sets)
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
    node = room.box_state[box, NODE]
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


@formula
def add_border(low: np.uint64, high: np.uint64, border_m: float, sets: Sets) -> None:
    """Add border to a set that has been written down; a border without ground is no face."""
    if low == 0 and high == 0:
        return
    place = place_of(low, high, sets)
    if sets.table[place] >= 0:
        sets.sums[sets.table[place], 1] += border_m
