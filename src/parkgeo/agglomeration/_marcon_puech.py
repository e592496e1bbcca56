"""How much more of an industry is near its plants than among all plants, after Marcon and Puech."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo.agglomeration._cross import Floats
from parkgeo.agglomeration._distance_bands import chance_of, require_settings
from parkgeo.agglomeration._distance_kernel import REACH_BANDWIDTHS, kernel_at, silverman
from parkgeo.agglomeration._distance_pairs import (
    COMPILE_ABOVE,
    TIE_M,
    Cells,
    cells_of,
    hints_of,
    in_parts,
)
from parkgeo.agglomeration._distance_points import Points, distances_to_ask, points_of
from parkgeo.agglomeration._distance_result import DistanceResult, result_of
from parkgeo.errors import SchemaError

_CHUNK: Final = 1_000_000
_AT_ONCE: Final = 10
_NODES_PER_BANDWIDTH: Final = 32


def marcon_puech(  # noqa: PLR0913
    points: gpd.GeoDataFrame,
    *,
    industry: str,
    reference: Hashable,
    neighbours: Hashable | None = None,
    r: object = None,
    weight: str | None = None,
    density: bool = False,
    bandwidth_m: float | None = None,
    simulations: int = 0,
    level: float = 0.95,
    seed: int | None = None,
) -> DistanceResult:
    r"""Compare an industry's share near its plants with its share in all (相对集聚 M 函数).

    2 at 1 km: within 1 km of a plant of the industry, its share of all employment is twice that in
    the whole region. Around each plant i of the reference, of all other plants j, those of the
    neighbours' industry S weigh

    .. math::
        M(r) = \frac{\sum_i \frac{\sum_{j \in S, j \ne i} 1[d_{ij} \le r] w_j}
        {\sum_{j \ne i} 1[d_{ij} \le r] w_j}}{\sum_i \frac{W_S - w_i [i \in S]}{W - w_i}}

    over the i that have any neighbour within r.

    Parameters
    ----------
    points
        All plants of all industries as points, in any CRS; distances are measured in their 3° zone.
    industry, reference, neighbours
        Column of industries; the industry around whose plants is looked; and the one that is looked
        for, without which it is the same.
    r
        Distances in metres; by default a hundred steps to the median distance of all points.
    weight
        Column of sizes; without, each plant counts as 1.
    density
        Whether to look about each distance (m, 2020) and not up to it (M, 2010): the indicator
        becomes a Gaussian kernel, reflected at 0.
    bandwidth_m
        Of the kernel; by default Silverman's, as for :func:`duranton_overman`.
    simulations
        Draws for bands: plants, each with its industry and size, change sites.
    level, seed
        Of the bands; of the draws.

    Returns
    -------
    A :class:`DistanceResult`; NaN up to where no plant has a neighbour. Bands stand where all
    draws have a value.

    Raises
    ------
    MissingCRSError, GeometryError, SchemaError, UnknownNameError
        No CRS, no points, weights below 0, no such industry.

    Warns
    -----
    UserWarning
        The points reach beyond one 3° zone.

    Notes
    -----
    Weights of 0 are left out and reported. Plants at one place are neighbours at every distance.
    Where m is summed over nodes of distance, between which the kernel is taken as straight, the
    bound of the error is in the result.

    References
    ----------
    Marcon, E., Puech, F. (2010), Measures of the geographic concentration of industries: improving
    distance-based methods, Journal of Economic Geography 10. Lang, G., Marcon, E., Puech, F.
    (2020), Distance-based measures of spatial concentration, Annals of Regional Science 64.

    Examples
    --------
    >>> at = gpd.GeoSeries.from_xy([500000, 500001, 500009, 500010], [0] * 4, crs="EPSG:4549")
    >>> plants = gpd.GeoDataFrame({"of": ["tea", "tea", "silk", "silk"]}, geometry=at)
    >>> marcon_puech(plants, industry="of", reference="tea", r=[1, 10]).table["observed"].tolist()
    [3.0, 1.0]
    """
    require_settings(simulations, level, seed)
    found = points_of(
        points, weight=weight, industry=industry, reference=reference, neighbours=neighbours
    )
    asked = distances_to_ask(r, found.xy)
    if density and bandwidth_m is None:
        one, other = found.xy[found.reference], found.xy[found.neighbours]
        bandwidth_m = silverman(one, None if found.same else other, 2 * float(asked[-1]))
    if bandwidth_m is not None and not (np.isfinite(bandwidth_m) and bandwidth_m > 0):
        raise SchemaError(f"the bandwidth must be a length above 0, not {bandwidth_m!r} m")
    if found.same and found.reference.sum() == 1:
        raise SchemaError("one plant has no other of its industry around; take neighbours=…")
    near = Neighbourhoods(found, asked, bandwidth_m if density else None)
    # NumPy goes over all pairs again for each distance.
    fast = near.pairs * (1 + simulations) * len(asked) > _AT_ONCE * COMPILE_ABOVE
    return _result(found, near, fast=fast, simulations=simulations, level=level, seed=seed)


def _result(  # noqa: PLR0913
    found: Points,
    near: "Neighbourhoods",
    *,
    fast: bool,
    simulations: int,
    level: float,
    seed: int | None,
) -> DistanceResult:
    curve = near.compiled() if fast else near.by_numpy
    n = len(found.xy)
    observed = curve(np.arange(n), fast)
    chance = chance_of(
        observed,
        lambda rng: curve(rng.permutation(n), False),  # noqa: FBT003
        simulations=simulations,
        level=level,
        seed=seed,
        doing="changing sites",
    )
    return result_of(
        "M" if near.bandwidth is None else "m",
        found,
        near.r,
        observed,
        chance=chance,
        expected=np.where(np.isnan(observed), np.nan, 1.0),
        bandwidth=np.nan if near.bandwidth is None else near.bandwidth,
        error=near.step_share**2 / 8 if fast else 0.0,
        error_note="bound, of the kernel's height" if near.step_share and fast else "rounding only",
    )


Curve = Callable[[NDArray[np.intp], bool], Floats]


@dataclass(frozen=True)
class Neighbourhoods:
    """Plants on sites, and up to, or about, which distances their neighbours are asked for."""

    points: Points
    r: Floats
    bandwidth: float | None

    @property
    def pairs(self) -> int:
        """How many pairs there are, whatever their distance."""
        return int(self.points.reference.sum()) * len(self.points.xy)

    @property
    def step_share(self) -> float:
        """Distance between nodes, as a share of the bandwidth."""
        return 0.0 if self.bandwidth is None else 1 / _NODES_PER_BANDWIDTH

    @property
    def wanted(self) -> Floats:
        """What plants weigh as neighbours that are looked for."""
        return np.where(self.points.neighbours, self.points.weight, 0.0)

    @property
    def share(self) -> Floats:
        """What each plant would find around it if neighbours were as plants are everywhere."""
        weight, wanted = self.points.weight, self.wanted
        with np.errstate(invalid="ignore"):
            return np.asarray((wanted.sum() - wanted) / (weight.sum() - weight))

    def by_numpy(self, plants: NDArray[np.intp], _: bool) -> Floats:  # noqa: FBT001
        """Sum over all pairs; ``plants`` says which plant is on each site."""
        weight, wanted, share = self.points.weight[plants], self.wanted[plants], self.share[plants]
        centres = np.flatnonzero(self.points.reference[plants])
        xy, out = self.points.xy, np.zeros((2, len(self.r)))
        rows = max(_CHUNK // len(xy), 1)
        for first in range(0, len(centres), rows):
            some = centres[first : first + rows]
            apart = xy[None] - xy[some, None]
            distance = np.hypot(apart[..., 0], apart[..., 1])
            distance[np.arange(len(some)), some] = np.inf
            for k, at in enumerate(self.r):
                near = self._near(float(at), distance)
                every, like = near @ weight, near @ wanted
                has = every > 0
                out[0, k] += (like[has] / every[has]).sum()
                out[1, k] += share[some][has].sum()
        return _quotient(out)

    def _near(self, at: float, distance: Floats) -> Floats:
        if self.bandwidth is None:
            return (distance <= at + TIE_M).astype(np.float64)
        # Further out the compiled loops do not look either.
        within = distance <= float(self.r[-1]) + REACH_BANDWIDTHS * self.bandwidth
        return np.where(within, kernel_at(at, distance, self.bandwidth), 0.0)

    def compiled(self) -> Curve:
        """Return the same sum, over cells of a grid, that looks no farther than it must."""
        h = self.bandwidth
        reach = float(self.r[-1]) + (TIE_M if h is None else REACH_BANDWIDTHS * h)
        cells = cells_of(self.points.xy, reach)
        run = self._counting() if h is None else self._smoothing(cells, h)

        def curve(plants: NDArray[np.intp], spread: bool) -> Floats:  # noqa: FBT001
            here = plants[cells.order]
            centres = np.flatnonzero(self.points.reference[here]).astype(np.int64)
            sides = (
                cells.x[centres], cells.y[centres], centres, self.share[here][centres],
                cells.x, cells.y, self.points.weight[here], self.wanted[here],
                cells.starts, cells.grid,
            )  # fmt: skip
            if spread:
                total = in_parts(
                    lambda first, last: run(sides, first, last),
                    len(centres),
                    doing="looking around plants",
                )
                return _quotient(total)
            return _quotient(run(sides, 0, len(centres)))

        return curve

    def _counting(self) -> Callable[..., Floats]:
        loop = _kernels.compiled(_kernels.count_neighbours)
        edges = self.r + TIE_M
        hints = hints_of(edges)

        def run(sides: tuple[Floats, ...], first: int, last: int) -> Floats:
            out = np.zeros((2, len(edges)))
            loop(*sides, first, last, edges, hints, out)
            return out

        return run

    def _smoothing(self, cells: Cells, h: float) -> Callable[..., Floats]:
        loop = _kernels.compiled(_kernels.smooth_neighbours)
        step = h / _NODES_PER_BANDWIDTH
        nodes = np.arange(int(np.ceil(cells.grid[5] / step)) + 1, dtype=np.float64) * step
        kernel = np.array([kernel_at(float(at), nodes, h) for at in self.r])
        low = np.searchsorted(nodes, self.r - REACH_BANDWIDTHS * h)
        high = np.searchsorted(nodes, self.r + REACH_BANDWIDTHS * h, side="right")
        bands = np.column_stack([low, high]).astype(np.int64)

        def run(sides: tuple[Floats, ...], first: int, last: int) -> Floats:
            out = np.zeros((2, len(self.r)))
            loop(*sides, first, last, step, kernel, bands, out)
            return out

        return run


def _quotient(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[0] / sums[1])
