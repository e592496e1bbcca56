"""Densities of distances with 100 simulations, against what users write today.

Made-up plants: one industry of n among four times as many sites, spread over 400 km about towns, r
to 100 km, as in the papers. A density is that of :func:`parkgeo.agglomeration.duranton_overman`;
peers take the histogram of the same distances, the work that all of it is, by
``scipy.spatial.cKDTree.count_neighbors`` and by ``pdist`` and ``numpy.histogram``, once; with 100
simulations they take 101 times as long. Answers are compared before anything is timed.

    python benchmarks/bench_agglomeration.py                       # 10 000, 50 000 and 200 000
    python benchmarks/bench_agglomeration.py --plants 2000 4000    # while working on it
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from parkgeo import agglomeration

Floats = NDArray[np.float64]
R = np.linspace(0.0, 100_000.0, 201)
SEED = 20_251_122
MOST_FOR_PDIST = 12_000
MOST_FOR_TREE = 60_000
MOST_FOR_EXACT = 60_000


def plants(n: int) -> gpd.GeoDataFrame:
    """Spread plants about 60 towns and over the land, of one industry and others."""
    rng = np.random.default_rng(SEED)
    towns = rng.uniform(0, 400_000, (60, 2))
    near = towns[rng.integers(0, 60, 4 * n)] + rng.normal(0, 12_000, (4 * n, 2))
    xy = np.where(rng.random((4 * n, 1)) < 0.6, near, rng.uniform(0, 400_000, (4 * n, 2)))
    xy = np.clip(xy, 0, 400_000) + np.array([350_000, 3_100_000])
    kind = np.where(rng.permutation(4 * n) < n, "steel", "other")
    where = gpd.points_from_xy(xy[:, 0], xy[:, 1])
    return gpd.GeoDataFrame({"industry": kind}, geometry=where, crs="EPSG:4549")


def ours(
    points: gpd.GeoDataFrame, *, method: str, simulations: int = 0
) -> agglomeration.DistanceResult:
    """Take the density of the industry."""
    return agglomeration.duranton_overman(
        points, industry="industry", reference="steel", r=R, method=method,
        simulations=simulations, seed=1,
    )  # fmt: skip


def by_tree(xy: Floats) -> Floats:
    """Count pairs within each distance with scipy's tree."""
    tree = cKDTree(xy)
    return np.diff(tree.count_neighbors(tree, R).astype(np.float64)) / 2


def by_pdist(xy: Floats) -> Floats:
    """Take all distances, and their histogram."""
    return np.histogram(pdist(xy), R)[0].astype(np.float64)


def timed(call: Callable[[], object], *, times: int = 3) -> float:
    """Return the median of seconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return median(taken)


def compare(points: gpd.GeoDataFrame, n: int) -> None:
    """Compare the ways of parkgeo with each other, and with the counts of scipy."""
    fast = ours(points, method="fft")
    print(f"  bandwidth {fast.bandwidth_m:,.0f} m; error stated by fft {fast.error:.1e}")
    if n <= MOST_FOR_EXACT:
        exact = ours(points, method="exact")
        far = fast.bandwidth_m <= R
        apart = (fast.table["observed"] / exact.table["observed"] - 1).abs()[far].max()
        print(f"  fft against exact, r ≥ bandwidth: {apart:.1e} of the value at most")
        assert apart <= 2e-3
    if n <= MOST_FOR_PDIST:
        xy = _industry(points)
        pairs = n * (n - 1) / 2
        # A density over a bin of many bandwidths is the share of pairs there, nearly.
        counted = by_pdist(xy)[20:].sum() / pairs
        dense = exact.table["observed"].to_numpy()
        found = ((dense[1:] + dense[:-1]) / 2 * np.diff(R))[20:].sum()
        print(f"  pairs from 10 to 100 km: {counted:.5f} counted, {found:.5f} by the density")
        assert abs(counted - found) < 2e-3


def _industry(points: gpd.GeoDataFrame) -> Floats:
    some = points.geometry[points["industry"] == "steel"]
    return np.asarray(shapely.get_coordinates(some.to_numpy()))


def run(n: int, simulations: int) -> float:
    """Time one size; return the seconds of all densities."""
    points = plants(n)
    print(f"{n:,} plants among {4 * n:,} sites, r to 100 km")
    compare(points, n)
    every = timed(lambda: ours(points, method="fft", simulations=simulations), times=1)
    print(f"  {simulations + 1} Kd by fft                 {every:9.2f} s")
    if n <= MOST_FOR_EXACT:
        print(
            f"  one Kd, exact                 {timed(lambda: ours(points, method='exact')):9.2f} s"
        )
    peers: list[tuple[str, Callable[[Floats], Floats], int]] = [
        ("cKDTree.count_neighbors", by_tree, MOST_FOR_TREE),
        ("pdist and histogram", by_pdist, MOST_FOR_PDIST),
    ]
    xy = _industry(points)
    for name, peer, most in peers:
        if n > most:
            print(f"  {name:<30}    left out above {most:,}: time, or memory")
            continue
        took = timed(lambda peer=peer: peer(xy), times=1)  # type: ignore[misc]
        ratio = took * (simulations + 1) / every
        print(f"  {name:<30}{took:9.2f} s once; {simulations + 1} of them {ratio:,.0f} × ours")
    return every


def neighbours(n: int) -> None:
    """Time M and K."""
    points = plants(n // 4)
    window = gpd.GeoSeries([shapely.box(*points.total_bounds)], crs=points.crs)
    r = np.linspace(0, 10_000, 101)
    took = timed(
        lambda: agglomeration.marcon_puech(points, industry="industry", reference="steel", r=r)
    )
    print(f"M of {n // 4:,} plants among {n:,} to 10 km: {took:.2f} s")
    for edge in ("isotropic", "translation"):
        took = timed(
            lambda edge=edge: agglomeration.ripley_k(points, window=window, r=r, edge=edge)
        )  # type: ignore[misc]
        print(f"K of {n:,} points to 10 km, {edge}: {took:.2f} s")


def main() -> None:
    """Compare, time and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plants", type=int, nargs="+", default=[10_000, 50_000, 200_000])
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--points", type=int, default=50_000, help="for M and K")
    asked = parser.parse_args()
    run(500, 20)  # loads what is compiled, and is not of interest
    took = [run(n, asked.simulations) for n in asked.plants]
    if len(took) > 1:
        grown = np.polyfit(np.log(asked.plants), np.log(took), 1)[0]
        print(f"time grows as n^{grown:.2f}")
    neighbours(asked.points)


if __name__ == "__main__":
    main()
