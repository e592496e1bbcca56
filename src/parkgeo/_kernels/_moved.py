"""What a polygon has in common with itself when it is moved, by chords."""

import math

import numpy as np

from parkgeo._kernels._compile import formula
from parkgeo._kernels._pair_areas import Floats


@formula
def lines_cut(begin: float, end: float, low: float, apart: float, lines: int) -> tuple[int, int]:
    """Find the run of lines between two heights; each line is cut once where edges meet."""
    first = math.ceil((min(begin, end) - low) / apart - 0.5)
    last = math.ceil((max(begin, end) - low) / apart - 0.5)
    return max(first, 0), min(last, lines)


@formula
def stays(chord: Floats, length: float) -> float:
    """Measure what intervals, whose ends stand in order, share with themselves when moved."""
    total = 0.0
    begin = 0
    for i in range(0, len(chord) - 1, 2):
        left, right = chord[i] + length, chord[i + 1] + length
        while begin < len(chord) - 1 and chord[begin + 1] <= left:
            begin += 2
        j = begin
        while j < len(chord) - 1 and chord[j] < right:
            total += min(right, chord[j + 1]) - max(left, chord[j])
            j += 2
    return total


def overlaps_moved(  # noqa: PLR0913, PLR0917 - arrays in, arrays out
    edges: Floats, cosine: float, sine: float, lengths: Floats, lines: int, out: Floats
) -> None:
    """Add up the area that stays inside when a polygon is moved one way by each of the lengths.

    ``edges`` are x, y, and the way to their end. The polygon is cut into chords in the direction
    of the move, along lines at even distances (midpoint rule); on each line what stays is a matter
    of intervals.
    """
    n = len(edges)
    along, across = np.empty((n, 2)), np.empty((n, 2))
    low, high = math.inf, -math.inf
    for k in range(n):
        x, y, ex, ey = edges[k]
        along[k, 0], across[k, 0] = cosine * x + sine * y, cosine * y - sine * x
        along[k, 1] = along[k, 0] + cosine * ex + sine * ey
        across[k, 1] = across[k, 0] + cosine * ey - sine * ex
        low, high = min(low, across[k, 0]), max(high, across[k, 0])
    apart = (high - low) / lines
    counts = np.zeros(lines + 1, np.int64)
    for k in range(n):
        first, last = lines_cut(across[k, 0], across[k, 1], low, apart, lines)
        for line in range(first, last):
            counts[line + 1] += 1
    starts = np.cumsum(counts)
    place = starts.copy()
    cuts = np.empty(starts[lines])
    for k in range(n):
        first, last = lines_cut(across[k, 0], across[k, 1], low, apart, lines)
        slope = (along[k, 1] - along[k, 0]) / (across[k, 1] - across[k, 0]) if last > first else 0.0
        for line in range(first, last):
            cuts[place[line]] = along[k, 0] + slope * (low + (line + 0.5) * apart - across[k, 0])
            place[line] += 1
    for line in range(lines):
        chord = np.sort(cuts[starts[line] : starts[line + 1]])
        for m in range(len(lengths)):
            out[m] += apart * stays(chord, lengths[m])
