r"""Kd of many points at once, by the Fourier transform of their weight on cells.

Weight is shared between the four cells around a point (cloud in cell). The power spectrum of the
cells is that of all pairs; what each point has with itself is taken off exactly, and the
smoothing by the sharing is divided out: :math:`\mathrm{sinc}^4` in each direction. What is left
beyond the spectrum of the kernel, which is next to nothing at a bandwidth of two cells, is noise
that the kernel removes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import fft

from parkgeo.agglomeration._cross import Floats, Indices

CELLS_PER_BANDWIDTH: Final = 2
MOST_CELLS: Final = 60_000_000
_NODES_PER_CELL: Final = 16


@dataclass(frozen=True)
class Lattice:
    """Cells over all sites, and what of each displacement goes to which node of distance."""

    shape: tuple[int, int]
    corner: Indices
    """Of each site, the flat position of the cell at its south-west."""
    part: Floats
    """Of each site, its way east and north to the next cell, 0–1."""
    sharpen: Floats
    """What the spectrum is multiplied with."""
    cosines: tuple[Floats, Floats]
    lags: Indices
    node: Indices
    share: Floats
    half: Floats
    nodes: int
    step: float


def lattice_of(xy: Floats, *, cell: float, reach: float) -> Lattice | None:
    """Lay cells over the sites, wide enough that nothing wraps around; None where too many."""
    south_west = xy.min(axis=0) - cell
    size = (xy.max(axis=0) - south_west) / cell
    lag = int(np.ceil(reach / cell)) + 1
    shape = tuple(fft.next_fast_len(int(side) + 3 + lag, real=True) for side in size[::-1])
    if shape[0] * shape[1] > MOST_CELLS or 2 * lag >= min(shape):
        return None
    place = (xy - south_west) / cell
    low = np.floor(place).astype(np.int64)
    wave = [2 * np.pi * fft.fftfreq(shape[0]), 2 * np.pi * fft.rfftfreq(shape[1])]
    blur = [np.sinc(k / (2 * np.pi)) ** -4 for k in wave]
    down, right = np.meshgrid(np.arange(-lag, lag + 1), np.arange(lag + 1), indexing="ij")
    far = np.hypot(down, right)
    near = far <= reach / cell
    down, right, far = down[near], right[near], far[near] * _NODES_PER_CELL
    return Lattice(
        shape=(shape[0], shape[1]),
        corner=low[:, 1] * shape[1] + low[:, 0],
        part=place - low,
        sharpen=(blur[0][:, None] * blur[1]).astype(np.float32),
        cosines=(np.cos(wave[0])[:, None].astype(np.float32), np.cos(wave[1]).astype(np.float32)),
        lags=down % shape[0] * shape[1] + right,
        node=far.astype(np.int64),
        share=far - np.floor(far),
        half=np.where(right == 0, 0.5, 1.0),
        nodes=int(np.ceil(reach / cell * _NODES_PER_CELL)) + 2,
        step=cell / _NODES_PER_CELL,
    )


def lattice_histogram(
    lattice: Lattice,
    one: tuple[Indices, Floats],
    other: tuple[Indices, Floats] | None,
) -> Floats:
    """Weigh pairs of sites by distance, as :func:`histogram` does, near enough for the kernel.

    Each side is the positions of sites and what they weigh.
    """
    spectrum = _spectrum(lattice, *one)
    if other is None:
        power = spectrum.real**2 + spectrum.imag**2
        power -= _selves(lattice, *one)
    else:
        # Both directions of a displacement count: the real part has them averaged.
        power = (spectrum * _spectrum(lattice, *other).conj()).real * np.float32(2.0)
    power *= lattice.sharpen
    table = fft.irfft2(power, s=lattice.shape, overwrite_x=True).ravel()
    weight = table[lattice.lags].astype(np.float64) * lattice.half
    at, share = lattice.node, lattice.share
    out = np.bincount(at, weight * (1 - share), minlength=lattice.nodes)
    out += np.bincount(at + 1, weight * share, minlength=lattice.nodes)
    return np.asarray(out)


def _spectrum(
    lattice: Lattice, sites: Indices, weight: Floats
) -> "np.ndarray[tuple[int, int], np.dtype[np.complex64]]":
    corner, (east, north) = lattice.corner[sites], lattice.part[sites].T
    size = lattice.shape[0] * lattice.shape[1]
    width = lattice.shape[1]
    cells = np.zeros(size)
    for step, part in (
        (0, (1 - east) * (1 - north)),
        (1, east * (1 - north)),
        (width, (1 - east) * north),
        (width + 1, east * north),
    ):
        np.add.at(cells, corner + step, weight * part)
    grid = cells.astype(np.float32).reshape(lattice.shape)
    return np.asarray(fft.rfft2(grid))


def _selves(lattice: Lattice, sites: Indices, weight: Floats) -> Floats:
    """Return the spectrum of what points, as shared between cells, have with themselves."""
    square = weight**2
    beside = lattice.part[sites] * (1 - lattice.part[sites])
    here = 1 - 2 * beside
    sums = {
        (a, b): np.float32((square * first * second).sum())
        for a, first in enumerate((here[:, 1], beside[:, 1]))
        for b, second in enumerate((here[:, 0], beside[:, 0]))
    }
    down, right = lattice.cosines
    along = sums[0, 0] + 2 * sums[0, 1] * right
    across = 2 * sums[1, 0] + 4 * sums[1, 1] * right
    return np.asarray(along + down * across)
