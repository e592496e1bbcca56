"""Polygons out of well-known binary, straight into arrays: no object is made for a shape.

A first look steps from header to header and counts; it alone judges, and whatever a row says is
held against the bytes that the row has, so that the second look, which copies, cannot read beyond
them. Both byte orders are read, in each part its own; heights, measures and the reference system of
EWKB are passed over.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._kernels._compile import formula

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

POLYGON, MULTIPOLYGON = 3, 6

FINE, CUT_SHORT, NO_SHAPE, NO_RING = 0, 1, 2, 3
"""What a row can be: readable, shorter than it says, not well-known binary, or a ring of too few
vertices."""

_XY_BYTES: Final = 16
_HEADER_BYTES: Final = 5
_COUNT_BYTES: Final = 4
_FEWEST_VERTICES: Final = 4
_DIMENSIONS: Final = 1000
"""ISO adds one, two or three thousand to the kind for Z, M and both."""


def scan_wkb(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    data: Bytes,
    starts: Ints,
    stops: Ints,
    missing: NDArray[np.bool_],
    out_kinds: Ints,
    out_rings: Ints,
    out_vertices: Ints,
    out_states: Ints,
) -> None:
    """Judge each row, ``data[starts[i]:stops[i]]``, and count its rings and vertices.

    Kinds are those of ISO 19125 without their dimensions; -1 where a row is missing or says none.
    Empty rings are not counted, and nothing is counted in a row of another kind than polygons.
    """
    for row in range(len(starts)):
        out_kinds[row], out_rings[row], out_vertices[row] = -1, 0, 0
        out_states[row] = FINE
        if missing[row]:
            continue
        start, stop = starts[row], stops[row]
        if not 0 <= start <= stop <= len(data):
            out_states[row] = CUT_SHORT
            continue
        kind, _, little, at = header(data, start, stop)
        if kind < 0:
            out_states[row] = -kind
            continue
        out_kinds[row] = kind
        if kind not in (POLYGON, MULTIPOLYGON):
            continue
        parts = 1
        if kind == POLYGON:
            at = start
        elif at + _COUNT_BYTES > stop:
            parts, out_states[row] = 0, CUT_SHORT
        else:
            parts = number(data, at, little)
            at += _COUNT_BYTES
        for _ in range(parts):
            at, rings, vertices, state = scan_polygon(data, at, stop)
            if state != FINE:
                out_states[row] = state
                out_rings[row] = out_vertices[row] = 0
                break
            out_rings[row] += rings
            out_vertices[row] += vertices


@formula
def scan_polygon(data: Bytes, start: int, stop: int) -> tuple[int, int, int, int]:
    """Step over a polygon: where it ends, its rings and vertices, and whether it is fine."""
    kind, width, little, at = header(data, start, stop)
    if kind != POLYGON:
        return at, 0, 0, CUT_SHORT if kind == -CUT_SHORT else NO_SHAPE
    if at + _COUNT_BYTES > stop:
        return at, 0, 0, CUT_SHORT
    count = number(data, at, little)
    at += _COUNT_BYTES
    rings = vertices = 0
    for ring in range(count):
        if at + _COUNT_BYTES > stop:
            return at, 0, 0, CUT_SHORT
        n = number(data, at, little)
        at += _COUNT_BYTES
        if n > (stop - at) // width:
            return at, 0, 0, CUT_SHORT
        if n == 0:
            continue
        # A hole without a shell around it, or what is too short to close.
        if n < _FEWEST_VERTICES or (rings == 0 and ring > 0):
            return at, 0, 0, NO_RING
        at += n * width
        rings += 1
        vertices += n
    return at, rings, vertices, FINE


@formula
def header(data: Bytes, at: int, stop: int) -> tuple[int, int, bool, int]:
    """Read kind, bytes of a vertex, byte order, and where the header ends; no kind is negative."""
    if at + _HEADER_BYTES > stop:
        return -CUT_SHORT, _XY_BYTES, True, at
    if data[at] > 1:
        return -NO_SHAPE, _XY_BYTES, True, at
    little = data[at] == 1
    said = number(data, at + 1, little)
    at += _HEADER_BYTES
    flags, plain = said >> 28, said & 0x0FFFFFFF
    has_z, has_m = (flags & 8) != 0, (flags & 4) != 0
    if (flags & 2) != 0:
        at += _COUNT_BYTES
    dimensions, kind = plain // _DIMENSIONS, plain % _DIMENSIONS
    if dimensions > 3 or (flags & 1) != 0 or kind == 0:  # noqa: PLR2004 - Z, M, and both
        return -NO_SHAPE, _XY_BYTES, True, at
    has_z |= dimensions in (1, 3)
    has_m |= dimensions in (2, 3)
    return kind, _XY_BYTES + 8 * (int(has_z) + int(has_m)), little, at


@formula
def number(data: Bytes, at: int, little: bool) -> int:  # noqa: FBT001
    """Read a whole number of four bytes."""
    a, b = np.int64(data[at]), np.int64(data[at + 1])
    c, d = np.int64(data[at + 2]), np.int64(data[at + 3])
    if little:
        return int(a | (b << 8) | (c << 16) | (d << 24))
    return int(d | (c << 8) | (b << 16) | (a << 24))


def read_wkb(  # noqa: PLR0913, PLR0917
    data: Bytes,
    native_little: bool,  # noqa: FBT001
    out_xy: Bytes,
    out_starts: Ints,
    out_stops: Ints,
    out_shells: NDArray[np.bool_],
    starts: Ints,
    stops: Ints,
    kinds: Ints,
    rings: Ints,
    first_rings: Ints,
    first_vertices: Ints,
) -> None:
    """Copy the rings of each row that a scan has called fine to the places given for them.

    ``out_xy`` are the bytes of x and y of all vertices; ring r is to be the vertices
    ``out_starts[r]:out_stops[r]``. Rows without rings are passed over.
    """
    for row in range(len(starts)):
        if rings[row] == 0:
            continue
        ring, vertex, at = first_rings[row], first_vertices[row], starts[row]
        parts = 1
        if kinds[row] == MULTIPOLYGON:
            _, _, little, at = header(data, at, stops[row])
            parts = number(data, at, little)
            at += _COUNT_BYTES
        for _ in range(parts):
            _, width, little, at = header(data, at, stops[row])
            count = number(data, at, little)
            at += _COUNT_BYTES
            shell = True
            for _ in range(count):
                n = number(data, at, little)
                at += _COUNT_BYTES
                if n == 0:
                    continue
                copy_vertices(data, at, n, width, little == native_little, out_xy, vertex)
                at += n * width
                out_starts[ring], out_stops[ring] = vertex, vertex + n
                out_shells[ring] = shell
                shell = False
                vertex += n
                ring += 1


@formula
def copy_vertices(  # noqa: PLR0913, PLR0917
    data: Bytes,
    at: int,
    n: int,
    width: int,
    native: bool,  # noqa: FBT001
    out_xy: Bytes,
    vertex: int,
) -> None:
    """Copy x and y of a run of vertices."""
    to = vertex * _XY_BYTES
    if native and width == _XY_BYTES:
        for k in range(n * _XY_BYTES):
            out_xy[to + k] = data[at + k]
        return
    for i in range(n):
        for k in range(_XY_BYTES):
            # The other order is the eight bytes of each coordinate in reverse.
            place = k if native else (k & 8) + 7 - (k & 7)
            out_xy[to + i * _XY_BYTES + k] = data[at + i * width + place]
