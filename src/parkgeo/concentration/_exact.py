"""Sums that do not depend on the order, or on how what is summed was cut into batches.

A total is kept as two floats, a head and the tail that the head has no digits left for: 106 bits,
so that adding millions of batches in any order rounds to the same 53 bits in the end (Dekker 1971).
Within a batch, values are split on two grids on which floats add up without any rounding (Demmel
and Nguyen 2015), which costs three passes and no loop.
"""

from dataclasses import dataclass

import numpy as np

from parkgeo.concentration._plane import Floats, Indices

_TOP = 1020
"""Exponent above which an anchor would overflow."""


@dataclass(frozen=True)
class Exact:
    """Totals of 106 bits: what they round to, and what that leaves."""

    head: Floats
    tail: Floats

    @classmethod
    def zeros(cls, count: int) -> "Exact":
        """Return totals of nothing."""
        return cls(np.zeros(count), np.zeros(count))

    def __add__(self, other: "Exact") -> "Exact":
        total, error = _two_sum(self.head, other.head)
        return Exact(*_two_sum(total, error + self.tail + other.tail))

    def at(self, positions: Indices, count: int) -> "Exact":
        """Put the totals at other positions, zeros between them."""
        moved = Exact.zeros(count)
        moved.head[positions], moved.tail[positions] = self.head, self.tail
        return moved


def exact_sums(values: Floats, codes: Indices, count: int) -> Exact:
    """Add values up by code.

    Parameters
    ----------
    values
        Finite, 0 or more.
    codes
        Group of each value, from 0.
    count
        How many groups there are.
    """
    coarse, rest = _on_grid(values)
    fine, rest = _on_grid(rest)
    parts = [np.bincount(codes, part, minlength=count) for part in (coarse, fine, rest)]
    head, tail = _two_sum(parts[0].astype(np.float64), parts[1].astype(np.float64))
    return Exact(*_two_sum(head, tail + parts[2]))


def _on_grid(values: Floats) -> tuple[Floats, Floats]:
    """Round values to multiples of a power of two of which all of them add up exactly."""
    most = float(np.abs(values).max(initial=0.0))
    exponent = int(np.frexp(most)[1]) + int(values.size).bit_length() + 1
    if most == 0.0 or exponent > _TOP:
        return values, np.zeros_like(values)
    # Adding the anchor pushes out the digits below the grid; values.size of them stay exact.
    anchor = float(np.ldexp(1.5, exponent))
    rounded = (values + anchor) - anchor
    return rounded, values - rounded


def _two_sum(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Add, and return what rounding took away (Knuth)."""
    total = left + right
    of_right = total - left
    return total, (left - (total - of_right)) + (right - of_right)
