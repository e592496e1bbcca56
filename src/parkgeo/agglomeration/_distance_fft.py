r"""Kd of many points at once, by the Fourier transform of their weight on cells.

Weight is shared among the nine cells around a point (quadratic spline). The power spectrum of the
cells is that of all pairs, blurred by the sharing, :math:`\mathrm{sinc}^6` in each direction, which
is divided out; what each point has with itself is taken off exactly. Kd is a sum over pairs of a
smooth function of distance alone, so it is a sum over waves, of the power of each and of the
transform of that function, which is one of the wave number alone: power is gathered by wave number,
and no transform back is needed. Waves beyond those that cells can hold weigh nothing to speak of,
as long as cells are narrower than the bandwidth.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from parkgeo import _kernels
from parkgeo._ground import in_threads
from parkgeo.agglomeration._cross import Floats, Indices
from parkgeo.agglomeration._distance_kernel import REACH_BANDWIDTHS, kernel_at

MOST_CELLS: Final = 40_000_000

_TAPS: Final = 3
_MARGIN: Final = 4
"""Cells by which shares of two points may be nearer to each other than the points."""
_NODE: Final = 0.1
"""Distance between nodes of wave number, in radians at the reach."""
_STEPS_PER_BANDWIDTH: Final = 4
_CHUNK: Final = 1_000_000

Singles = NDArray[np.float32]


@dataclass(frozen=True)
class Waves:
    """Which waves of a spectrum count, and among which four nodes of wave number each lies.

    The first of all nodes is as far below 0 as the third is above: the transform is even.
    """

    at: NDArray[np.int32]
    node: NDArray[np.int32]
    share: Singles
    factor: Singles
    """What the power is multiplied with, for the blur and for the half that is not there."""
    north: Floats
    east: Floats
    nodes: int

    def gathered(self, powers: Iterable[Floats]) -> Floats:
        """Add up by node what each wave has, in rows as they come."""
        weights = _kernels.cubic_weights(self.share.astype(np.float64))
        return np.array(
            [
                sum(
                    np.bincount(self.node + k, power * weight, minlength=self.nodes)
                    for k, weight in enumerate(weights)
                )
                for power in powers
            ]
        )


@dataclass(frozen=True)
class Lattice:
    """Cells over all sites, and what the power of their waves is for each distance asked for."""

    shape: tuple[int, int]
    rows: int
    """Rows from the south that hold all the weight; further ones keep ends apart."""
    columns: int
    """Columns from the west of the spectrum that hold all waves that count."""
    corner: NDArray[np.int64]
    """Of each site, the flat position of the most south-western cell that it shares."""
    part: Floats
    """Of each site, its way east and north to the next cell, 0–1."""
    waves: Waves
    answer: Floats
    """What each node, and then each pair of lags of a point with itself, is for each distance."""


def lattice_of(xy: Floats, r: Floats, *, bandwidth: float, cell: float) -> Lattice | None:
    """Lay cells over the sites, wide enough that nothing wraps around; None where too many."""
    reach = (float(r[-1]) + REACH_BANDWIDTHS * bandwidth) / cell
    place = (xy - xy.min(axis=0)) / cell + 0.5
    low = np.floor(place).astype(np.int64)
    columns, rows = (int(n) + _TAPS for n in low.max(axis=0))
    spare = int(np.ceil(reach)) + _MARGIN
    shape = (fft.next_fast_len(rows + spare), fft.next_fast_len(columns + spare, real=True))
    if shape[0] * shape[1] > MOST_CELLS:
        return None
    most = min(np.pi * (1 - 1e-9), REACH_BANDWIDTHS * cell / bandwidth)
    kept = min(int(most / (2 * np.pi) * shape[1]) + 1, shape[1] // 2 + 1)
    waves = _waves(shape, kept, most=most, apart=_NODE / reach)
    kernel = _transformed(r, waves.nodes, _NODE / reach, bandwidth=bandwidth, cell=cell)
    kernel /= shape[0] * shape[1]
    return Lattice(
        shape=shape,
        rows=rows,
        columns=kept,
        corner=low[:, 1] * shape[1] + low[:, 0],
        part=place - low,
        waves=waves,
        answer=np.vstack([kernel, -_selves(waves) @ kernel]),
    )


def _waves(shape: tuple[int, int], columns: int, *, most: float, apart: float) -> Waves:
    """Find the waves up to a wave number, in radians per cell, and their nodes."""
    north = 2 * np.pi * fft.fftfreq(shape[0])
    east = 2 * np.pi * fft.rfftfreq(shape[1])[:columns]
    number = np.hypot(north[:, None], east).ravel()
    at = np.flatnonzero(number <= most).astype(np.int32)
    place = number[at] / apart
    node = place.astype(np.int32)
    blur = [np.sinc(wave / (2 * np.pi)) ** (-2 * _TAPS) for wave in (north, east)]
    twice = np.where(east > 0, 2.0, 1.0)
    return Waves(
        at=at,
        node=node,
        share=(place - node).astype(np.float32),
        factor=np.multiply.outer(blur[0], blur[1] * twice).ravel()[at].astype(np.float32),
        north=north,
        east=east,
        nodes=int(most / apart) + 4,
    )


def _transformed(r: Floats, nodes: int, apart: float, *, bandwidth: float, cell: float) -> Floats:
    r"""Transform the kernel about each distance: rows are nodes of wave number.

    In the plane, that is :math:`2\pi \int k(d) J_0(\kappa d) d \, \mathrm{d}d`, in cells. Two terms
    of Euler and Maclaurin make up for the end of the sum at 0; at the other the kernel ends.
    """
    step = bandwidth / cell / _STEPS_PER_BANDWIDTH
    count = int((float(r[-1]) / bandwidth + REACH_BANDWIDTHS) * _STEPS_PER_BANDWIDTH) + 1
    far = np.arange(1, count + 1, dtype=np.float64) * step
    height = np.stack([kernel_at(float(at), far * cell, bandwidth) for at in r], axis=1)
    height *= 2 * np.pi * step * far[:, None]
    rows = max(_CHUNK // count, 1)

    def some(first: int) -> Floats:
        number = (np.arange(first, min(first + rows, nodes)) - 1) * apart
        return np.asarray(special.j0(np.multiply.outer(number, far)) @ height)

    parts = in_threads(some, range(0, nodes, rows), doing="preparing waves")
    found = np.concatenate(parts)
    number = (np.arange(nodes)[:, None] - 1) * apart
    ends = np.array([kernel_at(float(at), np.zeros(1), bandwidth)[0] for at in r])
    bends = 3 * ((r / bandwidth) ** 2 - 1) * (cell / bandwidth) ** 2 - 1.5 * number**2
    found += 2 * np.pi * ends * (step**2 / 12 - step**4 / 720 * bends)
    return np.asarray(found)


def _selves(waves: Waves) -> Floats:
    """Gather the waves of a point's shares that are 0, 1, 2 cells apart, north and east."""
    row, column = np.divmod(waves.at, len(waves.east))
    lags = [
        [np.cos(lag * wave) * (1 if lag == 0 else 2) for lag in range(_TAPS)]
        for wave in (waves.north, waves.east)
    ]
    return waves.gathered(waves.factor * a[row] * b[column] for a in lags[0] for b in lags[1])


def lattice_sums(
    lattice: Lattice,
    one: tuple[Indices, Floats],
    other: tuple[Indices, Floats] | None,
    *,
    fast: bool,
) -> Floats:
    """Gather the power of pairs of sites by wave number, and what points have with themselves.

    Each side is the positions of sites and what they weigh. Times ``lattice.answer`` it is twice
    the sum of the kernel over pairs within a side, or the sum over pairs between sides.
    """
    power, own = _gathered_by_loops if fast else _gathered, np.zeros((_TAPS, _TAPS))
    first = _spectrum(lattice, *one, own, fast=fast)
    if other is None:
        return np.concatenate([power(lattice.waves, first, first), own.ravel()])
    second = _spectrum(lattice, *other, own, fast=fast)
    return np.concatenate([power(lattice.waves, first, second), np.zeros(own.size)])


def _gathered(waves: Waves, one: "NDArray[Any]", other: "NDArray[Any]") -> Floats:
    power = (one[waves.at] * other[waves.at].conj()).real * waves.factor
    return np.asarray(waves.gathered([power])[0])


def _gathered_by_loops(waves: Waves, one: "NDArray[Any]", other: "NDArray[Any]") -> Floats:
    out = np.zeros(waves.nodes)
    _kernels.compiled(_kernels.add_power)(
        one, other, waves.at, waves.node, waves.share, waves.factor, out
    )
    return out


def _spectrum(
    lattice: Lattice, sites: Indices, weight: Floats, selves: Floats, *, fast: bool
) -> "NDArray[np.complex64]":
    """Share weight among cells, and transform only rows and columns that are not empty."""
    width = lattice.shape[1]
    cells = np.zeros(lattice.rows * width, dtype=np.float32)
    lay = _kernels.compiled(_kernels.lay_points) if fast else _lay
    lay(sites, weight, lattice.corner, lattice.part, width, cells, selves)
    along = fft.rfft(cells.reshape(lattice.rows, width), axis=1)[:, : lattice.columns]
    return np.ravel(fft.fft(along, n=lattice.shape[0], axis=0))


def _lay(  # noqa: PLR0913, PLR0917 - as the loop has them
    sites: Indices,
    weight: Floats,
    corner: NDArray[np.int64],
    part: Floats,
    width: int,
    cells: Singles,
    selves: Floats,
) -> None:
    east, north = (_kernels.spline_taps(way) for way in part[sites].T)
    for a in range(_TAPS):
        for b in range(_TAPS):
            np.add.at(cells, corner[sites] + a * width + b, weight * north[a] * east[b])
    for a, up in enumerate(_lags(north)):
        for b, aside in enumerate(_lags(east)):
            selves[a, b] += (weight**2 * up * aside).sum()


def _lags(taps: tuple[Floats, ...]) -> Iterator[Floats]:
    """Yield what shares have with themselves, moved by 0, 1 and 2 cells."""
    first, second, third = taps
    yield first**2 + second**2 + third**2
    yield (first + third) * second
    yield first * third
