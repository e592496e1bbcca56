"""Density of the distances between plants, after Duranton and Overman."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import geopandas as gpd
import numpy as np

from parkgeo.agglomeration._cross import Floats, Indices
from parkgeo.agglomeration._distance_bands import chance_of, require_settings
from parkgeo.agglomeration._distance_fft import Lattice, lattice_of, lattice_sums
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
    pairs_by_numpy,
    total_weight,
)
from parkgeo.agglomeration._distance_points import Points, distances_to_ask, points_of
from parkgeo.agglomeration._distance_result import DistanceResult, result_of
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
_CELLS_PER_BANDWIDTH: Final = (1.5, 3.0)
_MOST_ERROR: Final = 2e-3


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
        "exact" visits all pairs up to r and six bandwidths, "fft" works on cells of two thirds of
        a bandwidth, or of one third where those are off by more than 0.002 of the greatest value;
        "auto" takes cells for more than 10⁹ pairs over all simulations, where they are near enough.

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
    require_settings(simulations, level, seed)
    if method not in get_args(Way):
        raise UnknownNameError(f"method must be 'auto', 'exact' or 'fft', not {method!r}")
    found = points_of(
        points, weight=weight, industry=industry, reference=reference, neighbours=neighbours
    )
    task = _task(found, distances_to_ask(r, found.xy), bandwidth_m)
    _require_choice(task, simulations)
    way = _way(task, simulations, method)
    observed = way.curves(way.sums(task.first, None if found.same else task.second)[None])[0]
    chance = chance_of(
        observed,
        lambda rng: way.sums(*_drawn(task, rng)),
        simulations=simulations,
        level=level,
        seed=seed,
        doing="drawing sites",
        finish=way.curves,
    )
    return result_of(
        "Kd", found, task.r, observed,
        chance=chance, bandwidth=task.bandwidth, error=way.error, error_note=way.note,
    )  # fmt: skip


@dataclass(frozen=True)
class _Task:
    """What is asked: sites, which of them are on each side, distances, bandwidth."""

    points: Points
    weight: Floats
    """Of each site's plant, relative to the largest, so that no product overflows."""
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
        return Side(self.points.xy[sites], self.weight[own])

    def sides(self, one: Indices, other: Indices | None) -> tuple[Side, Side | None]:
        """Put both sides on sites."""
        return self.side(one, self.first), None if other is None else self.side(other, self.second)

    @property
    def total(self) -> float:
        """Add up the weight of all pairs."""
        return total_weight(*self.sides(self.first, None if self.points.same else self.second))


@dataclass(frozen=True)
class _Way:
    """How curves are computed, and how far they may be off."""

    sums: Callable[[Indices, Indices | None], Floats]
    curves: Callable[[Floats], Floats]
    """What sums, one row each, are at the distances asked for."""
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
    weight = points.weight / points.weight.max()
    return _Task(points, weight, first, second, r, float(bandwidth))


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
    sites = rng.choice(len(task.points.xy), n + both, replace=False)
    return sites[:n], None if task.points.same else sites[n:]


def _way(task: _Task, simulations: int, method: Way) -> _Way:
    work = task.pairs * (1 + simulations)
    fast = work > COMPILE_ABOVE
    if method == "fft" or (method == "auto" and work > _FFT_ABOVE):
        way = _by_fft(task, fast=fast)
        if way is None and method == "fft":
            raise SchemaError(
                "the distances ask for too many cells of two thirds of a bandwidth; take "
                "method='exact', or a wider bandwidth_m=…"
            )
        if way is not None and (method == "fft" or way.error <= _MOST_ERROR):
            return way
    return _by_pairs(task, fast=fast, few=work * len(task.r) <= _DIRECT_BELOW)


def _by_pairs(task: _Task, *, fast: bool, few: bool) -> _Way:
    h, total = task.bandwidth, task.total
    if few and not fast:
        return _Way(
            lambda one, other: _direct(task, one, other),
            lambda sums: sums / total,
            0.0,
            "rounding only",
        )
    step, nodes = _nodes(task, max(h / _NODES_PER_BANDWIDTH, _reach(task) / _MOST_NODES))
    kernel = kernel_rows(task.r, h, step, nodes)

    def sums(one: Indices, other: Indices | None) -> Floats:
        # The observed, which is drawn by nobody, has all cores to itself.
        return histogram(
            *task.sides(one, other), step=step, nodes=nodes, fast=fast, spread=one is task.first
        )

    # Between nodes the kernel is taken as straight; it bends by no more than 1 / h² of its height.
    return _Way(
        sums,
        lambda found: np.asarray((kernel @ found.T).T / total),
        (step / h) ** 2 / 8,
        "bound, of the kernel's height",
    )


def _reach(task: _Task) -> float:
    return float(task.r[-1]) + REACH_BANDWIDTHS * task.bandwidth


def _nodes(task: _Task, step: float) -> tuple[float, int]:
    """Return the step between nodes of distance, fine enough for the kernel, and how many."""
    step = min(task.bandwidth / _FEWEST_PER_BANDWIDTH, step)
    return step, int(np.ceil(_reach(task) / step)) + 2


def _direct(task: _Task, one: Indices, other: Indices | None) -> Floats:
    """Sum the kernel over all pairs."""
    out = np.zeros(len(task.r))
    for distance, weight in pairs_by_numpy(*task.sides(one, other)):
        for k, at in enumerate(task.r):
            out[k] += weight @ kernel_at(float(at), distance, task.bandwidth)
    return out


def _by_fft(task: _Task, *, fast: bool) -> _Way | None:
    """Take cells, narrower ones where the error is too large; None where they are too many."""
    way, sample = None, None
    for per_bandwidth in _CELLS_PER_BANDWIDTH:
        lattice = lattice_of(
            task.points.xy, task.r, bandwidth=task.bandwidth, cell=task.bandwidth / per_bandwidth
        )
        if lattice is None:
            break
        sample = _sample(task, fast=fast) if sample is None else sample
        way = _on_cells(task, lattice, sample, fast=fast)
        if way.error <= _MOST_ERROR:
            break
    return way


def _on_cells(task: _Task, lattice: Lattice, sample: "_Sample", *, fast: bool) -> _Way:
    times = 2 if task.points.same else 1

    def sums(one: Indices, other: Indices | None, own: _Sides) -> Floats:
        right = None if other is None else (other, task.weight[own[1]])
        return lattice_sums(lattice, (one, task.weight[own[0]]), right, fast=fast)

    first, second = sample.sides
    near = sums(first, None if task.points.same else second, sample.sides) @ lattice.answer
    total = task.total * times
    return _Way(
        lambda one, other: sums(one, other, (task.first, task.second)),
        lambda found: np.asarray(found @ lattice.answer / total),
        sample.error_of(near / times),
        "measured on an even sample, of the greatest value",
    )


_Sides: TypeAlias = tuple[Indices, Indices]


@dataclass(frozen=True)
class _Sample:
    """An even sample of the points, and what the way over all pairs says of it."""

    sides: _Sides
    exact: Floats

    def error_of(self, near: Floats) -> float:
        """Compare with the greatest value; where there is nothing, nothing is near enough."""
        most = float(self.exact.max())
        return float(np.abs(near - self.exact).max() / most) if most > 0 else np.inf


def _sample(task: _Task, *, fast: bool) -> _Sample:
    first, second = (side[:: -(-len(side) // _COMPARED)] for side in (task.first, task.second))
    one, other = (Side(task.points.xy[side], task.weight[side]) for side in (first, second))
    step, nodes = _nodes(task, task.bandwidth / _NODES_PER_BANDWIDTH)
    right = None if task.points.same else other
    pairs = histogram(one, right, step=step, nodes=nodes, fast=fast, spread=True)
    return _Sample((first, second), kernel_rows(task.r, task.bandwidth, step, nodes) @ pairs)
