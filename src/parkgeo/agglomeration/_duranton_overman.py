"""Density of the distances between plants, after Duranton and Overman."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Literal

import geopandas as gpd
import numpy as np
from scipy import sparse

from parkgeo.agglomeration._cross import Floats, Indices
from parkgeo.agglomeration._distance_bands import (
    bands_of,
    require_settings,
    seed_of,
    simulated,
)
from parkgeo.agglomeration._distance_fft import (
    CELLS_PER_BANDWIDTH,
    Lattice,
    lattice_histogram,
    lattice_of,
)
from parkgeo.agglomeration._distance_kernel import (
    REACH_BANDWIDTHS,
    kernel_at,
    kernel_rows,
    silverman,
)
from parkgeo.agglomeration._distance_pairs import (
    COMPILE_ABOVE,
    Side,
    histogram,
    histogram_in_threads,
    pairs_by_numpy,
    total_weight,
)
from parkgeo.agglomeration._distance_points import Points, distances_to_ask, points_of
from parkgeo.agglomeration._distance_result import DistanceResult, table_of
from parkgeo.errors import SchemaError, UnknownNameError

Way = Literal["auto", "exact", "fft"]

_NODES_PER_BANDWIDTH: Final = 128
_MOST_NODES: Final = 8192
_FEWEST_PER_BANDWIDTH: Final = 64
_DIRECT_BELOW: Final = 20_000_000
"""Kernels to be summed up to which there is no need for nodes."""
_COMPARED: Final = 4000
"""Points of a side, at most, on which the error of cells is measured."""
_FFT_ABOVE: Final = 1_000_000_000


def duranton_overman(  # noqa: PLR0913
    points: gpd.GeoDataFrame,
    *,
    r: object = None,
    industry: str | None = None,
    reference: Hashable | None = None,
    neighbours: Hashable | None = None,
    weight: str | None = None,
    bandwidth_m: float | None = None,
    simulations: int = 0,
    level: float = 0.95,
    seed: int | None = None,
    method: Way = "auto",
) -> DistanceResult:
    r"""Estimate how dense the distances between plants of an industry are (集聚的距离密度).

    Of all pairs of plants, what share stands 5 km apart, what share 10 km? And is that more than
    if the industry took any of the sites where industry really is? With
    :math:`\varphi` the Gaussian kernel, reflected at 0, and each pair counted once,

    .. math::
        K_d(r) = \frac{1}{h \sum_{i<j} w_i w_j} \sum_{i<j} w_i w_j
        \left[\varphi\!\left(\frac{r - d_{ij}}{h}\right) +
        \varphi\!\left(\frac{r + d_{ij}}{h}\right)\right]

    Parameters
    ----------
    points
        Plants as points, in any CRS; distances are measured in their 3° zone. All of them are the
        sites where industry is.
    r
        Distances in metres; by default a hundred steps to the median distance of all points.
    industry, reference, neighbours
        Column of industries, the industry that is meant, and another one for the distances between
        plants of both (bivariate); without, all plants are meant.
    weight
        Column of sizes; a pair counts with their product. Without, each counts as 1.
    bandwidth_m
        h; by default Silverman's rule (1986, eq. 3.31), as in the paper, of the distances up to
        twice the largest r. Of more than 2000 points, an even sample is taken for the spread.
    simulations
        Draws of as many sites, without replacement and keeping sizes, for bands; the paper takes
        1000. They use the same bandwidth.
    level
        Of the bands.
    seed
        Of the draws; the one taken is in the result.
    method
        "exact" visits all pairs up to r and six bandwidths, "fft" works on cells of half a
        bandwidth, "auto" takes that for more than 10⁹ pairs over all simulations.

    Returns
    -------
    A :class:`DistanceResult`, density per metre.

    Raises
    ------
    MissingCRSError, GeometryError, SchemaError, UnknownNameError
        No CRS, no points, weights below 0, fewer than two points, no such industry.

    Warns
    -----
    UserWarning
        The points reach beyond one 3° zone.

    Notes
    -----
    Weights of 0 weigh nothing; they are left out and reported, as are rows without a place. Plants
    at one place are pairs at distance 0.

    References
    ----------
    Duranton, G., Overman, H. G. (2005), Testing for localization using micro-geographic data,
    Review of Economic Studies 72.

    Examples
    --------
    >>> at = gpd.GeoSeries.from_xy([500000, 500001, 500000], [0, 0, 1], crs="EPSG:4549")
    >>> found = duranton_overman(gpd.GeoDataFrame(geometry=at), r=[0, 1], bandwidth_m=0.5)
    >>> found.table["observed"].round(6).tolist()
    [0.153718, 0.720813]
    """
    require_settings(simulations, level)
    if method not in {"auto", "exact", "fft"}:
        raise UnknownNameError(f"method must be 'auto', 'exact' or 'fft', not {method!r}")
    found = points_of(
        points, weight=weight, industry=industry, reference=reference, neighbours=neighbours
    )
    asked = distances_to_ask(r, found.xy)
    task = _task(found, asked, bandwidth_m)
    _require_choice(task, simulations)
    way = _way(task, simulations, method)
    observed = way.curve(task.first, None if found.same else task.second)
    bands = None
    taken = seed_of(seed)
    if simulations:
        curves = simulated(
            lambda rng: way.curve(*_drawn(task, rng)),
            simulations=simulations, seed=taken, doing="drawing sites",
        )  # fmt: skip
        bands = bands_of(observed, curves, level=level)
    expected = np.full(len(asked), np.nan) if bands is None else bands.mean
    table, localisation, dispersion = table_of(asked, observed, expected, bands)
    return DistanceResult(
        measure="Kd",
        table=table,
        n_reference=len(task.first),
        n_neighbours=len(task.second),
        n_sites=len(found.xy),
        crs=found.crs,
        report=found.report,
        simulations=simulations,
        level=level if simulations else np.nan,
        seed=taken if simulations else None,
        p_value=np.nan if bands is None else bands.p_value,
        localisation_index=localisation,
        dispersion_index=dispersion,
        beyond=(np.nan, np.nan) if bands is None else bands.beyond,
        bandwidth_m=task.bandwidth,
        error=way.error,
        error_note=way.note,
    )


@dataclass(frozen=True)
class _Task:
    """What is asked: sites, which of them are on each side, distances, bandwidth."""

    points: Points
    first: Indices
    second: Indices
    r: Floats
    bandwidth: float

    @property
    def pairs(self) -> int:
        """How many pairs there are, whatever their distance."""
        n = len(self.first)
        return n * (n - 1) // 2 if self.points.same else n * len(self.second)

    def side(self, sites: Indices, own: Indices) -> Side:
        """Put the plants that stand at ``own`` on other sites, with their sizes."""
        return Side(self.points.xy[sites], self.points.weight[own])

    def sides(self, one: Indices, other: Indices | None) -> tuple[Side, Side | None]:
        """Put both sides on sites."""
        return self.side(one, self.first), None if other is None else self.side(other, self.second)


@dataclass(frozen=True)
class _Way:
    """How curves are computed, and how far they may be off."""

    curve: Callable[[Indices, Indices | None], Floats]
    error: float
    note: str


def _task(points: Points, r: Floats, bandwidth: float | None) -> _Task:
    first, second = np.flatnonzero(points.reference), np.flatnonzero(points.neighbours)
    if points.same and len(first) < 2:  # noqa: PLR2004
        raise SchemaError("one plant has no distance to another of its industry; take neighbours=…")
    if bandwidth is None:
        bandwidth = silverman(
            points.xy[first], None if points.same else points.xy[second], 2 * float(r[-1])
        )
    if not (np.isfinite(bandwidth) and bandwidth > 0):
        raise SchemaError(f"the bandwidth must be a length above 0, not {bandwidth!r} m")
    return _Task(points, first, second, r, float(bandwidth))


def _require_choice(task: _Task, simulations: int) -> None:
    everyone = task.points.same and len(task.first) == len(task.points.xy)
    if simulations and everyone and np.ptp(task.points.weight) == 0:
        raise SchemaError(
            "all sites are taken, so that every draw is the same: give all plants, and say which "
            "industry is meant with industry=… and reference=…"
        )


def _drawn(task: _Task, rng: np.random.Generator) -> tuple[Indices, Indices | None]:
    """Draw sites for both sides, none twice."""
    n, both = len(task.first), 0 if task.points.same else len(task.second)
    sites = rng.permutation(len(task.points.xy))[: n + both]
    return sites[:n], None if task.points.same else sites[n:]


def _way(task: _Task, simulations: int, method: Way) -> _Way:
    work = task.pairs * (1 + simulations)
    if method == "fft" or (method == "auto" and work > _FFT_ABOVE):
        cell = task.bandwidth / CELLS_PER_BANDWIDTH
        reach = float(task.r[-1]) + REACH_BANDWIDTHS * task.bandwidth
        lattice = lattice_of(task.points.xy, cell=cell, reach=reach)
        if lattice is not None:
            return _by_fft(task, lattice)
        if method == "fft":
            raise SchemaError(
                "the distances ask for too many cells of half a bandwidth, or for wider ones than "
                "the points span; take method='exact'"
            )
    return _by_pairs(task, fast=work > COMPILE_ABOVE, few=work * len(task.r) <= _DIRECT_BELOW)


def _by_pairs(task: _Task, *, fast: bool, few: bool) -> _Way:
    h = task.bandwidth
    reach = float(task.r[-1]) + REACH_BANDWIDTHS * h
    step = min(h / _FEWEST_PER_BANDWIDTH, max(h / _NODES_PER_BANDWIDTH, reach / _MOST_NODES))
    nodes = int(np.ceil(reach / step)) + 2
    kernel = kernel_rows(task.r, h, step, nodes)
    sides = task.sides(task.first, None if task.points.same else task.second)
    total = total_weight(*sides)

    def curve(one: Indices, other: Indices | None) -> Floats:
        first, second = task.sides(one, other)
        if fast and one is task.first:
            weights = histogram_in_threads(first, second, step=step, nodes=nodes)
        else:
            weights = histogram(first, second, step=step, nodes=nodes, fast=fast)
        return np.asarray(kernel @ weights / total)

    if few and not fast:
        return _Way(lambda one, other: _direct(task, one, other) / total, 0.0, "rounding only")
    # Between nodes the kernel is taken as straight; it bends by no more than 1 / h² of its height.
    return _Way(curve, (step / h) ** 2 / 8, "bound, of the kernel's height")


def _direct(task: _Task, one: Indices, other: Indices | None) -> Floats:
    """Sum the kernel over all pairs."""
    out = np.zeros(len(task.r))
    for distance, weight in pairs_by_numpy(*task.sides(one, other)):
        for k, at in enumerate(task.r):
            out[k] += weight @ kernel_at(float(at), distance, task.bandwidth)
    return out


def _by_fft(task: _Task, lattice: Lattice) -> _Way:
    kernel = kernel_rows(task.r, task.bandwidth, lattice.step, lattice.nodes)
    weight = task.points.weight
    sides = task.sides(task.first, None if task.points.same else task.second)
    total = total_weight(*sides)

    def curve(one: Indices, other: Indices | None) -> Floats:
        right = None if other is None else (other, weight[task.second])
        weights = lattice_histogram(lattice, (one, weight[task.first]), right)
        return np.asarray(kernel @ weights / total)

    return _Way(curve, _measured(task, lattice, kernel), "measured on an even sample")


def _measured(task: _Task, lattice: Lattice, kernel: sparse.csr_array) -> float:
    """Compare with the way over all pairs, on a sample of the points."""
    some = [side[:: -(-len(side) // _COMPARED)] for side in (task.first, task.second)]
    weight = task.points.weight
    pieces = [Side(task.points.xy[side], weight[side]) for side in some]
    other = None if task.points.same else pieces[1]
    h = task.bandwidth
    step = h / _NODES_PER_BANDWIDTH
    nodes = int(np.ceil((float(task.r[-1]) + REACH_BANDWIDTHS * h) / step)) + 2
    exact = kernel_rows(task.r, h, step, nodes) @ histogram(
        pieces[0], other, step=step, nodes=nodes, fast=True
    )
    right = None if task.points.same else (some[1], weight[some[1]])
    near = kernel @ lattice_histogram(lattice, (some[0], weight[some[0]]), right)
    far = task.r >= h
    if not far.any() or not exact.max() > 0:
        return 0.0
    return float(np.abs(near - exact)[far].max() / exact.max())
