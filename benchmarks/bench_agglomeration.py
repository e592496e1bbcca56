"""Densities of distances with 100 simulations, against what users write today; M and K.

Made-up plants: one industry of n among four times as many sites, spread over 400 km about towns, r
to 100 km, as in the papers. A density is that of :func:`parkgeo.agglomeration.duranton_overman`,
from frame to result: reading points, bandwidth, error and all. Peers get bare coordinates and take
no more than the histogram of the same distances, once: ``pdist`` and ``numpy.histogram``,
``scipy.spatial.cKDTree.count_neighbors``, and, where ``pdist`` has no room, ``cdist`` by blocks.
With 100 simulations they take 101 times as long.

Answers come first: the way by Fourier transform against the exact way, the observed curve and what
100 draws give, on the same draws; the exact way against the kernel summed over ``pdist``. Then all
run in turns. Peak memory is that of a process of its own.

    python benchmarks/bench_agglomeration.py                       # 10 000, 50 000 and 200 000
    python benchmarks/bench_agglomeration.py --plants 2000 4000    # while working on it

R's dbmss is not run here. One Kd of 10 000 points took it 9.4 s, on the machine and in the setting
that this benchmark was written for.
"""

import argparse
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import shapely
from kept import Run, keep
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist, pdist

from parkgeo import agglomeration

Floats = NDArray[np.float64]
R = np.linspace(0.0, 100_000.0, 201)
SEED = 20_251_122
MOST_FOR_PDIST = 12_000
MOST_FOR_BLOCKS = 60_000
MOST_FOR_EXACT = 60_000
MOST_FOR_EXACT_DRAWS = 12_000
BLOCK = 1_000
ERROR = 2e-3
"""Of the value, at most, for r of a bandwidth or more."""
DRAWN = ["expected", "local_low", "local_high", "global_low", "global_high"]
DBMSS_SECONDS = 9.4


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


def by_pdist(xy: Floats) -> Floats:
    """Take all distances, and their histogram."""
    return np.histogram(pdist(xy), R)[0].astype(np.float64)


def by_blocks(xy: Floats) -> Floats:
    """Do the same some rows at a time, as there is no room for all."""
    out = np.zeros(len(R) - 1)
    for first in range(0, len(xy), BLOCK):
        some = xy[first : first + BLOCK]
        out += np.histogram(pdist(some), R)[0]
        out += np.histogram(cdist(some, xy[first + BLOCK :]), R)[0]
    return out


def by_tree(xy: Floats) -> Floats:
    """Count pairs within each distance with scipy's tree."""
    tree = cKDTree(xy)
    counts = tree.count_neighbors(tree, R).astype(np.float64) / 2
    return np.diff(counts)


def industry(points: gpd.GeoDataFrame) -> Floats:
    """Return the coordinates of the industry's plants."""
    some = points.geometry[points["industry"] == "steel"]
    return np.asarray(shapely.get_coordinates(some.to_numpy()))


def in_turns(
    calls: dict[str, Callable[[], object]], *, rounds: int, once: tuple[str, ...] = ()
) -> dict[str, tuple[float, float]]:
    """Let everybody run in turns; return medians of seconds and of processor seconds."""
    wall: dict[str, list[float]] = {name: [] for name in calls}
    work: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds):
        for name, call in calls.items():
            if turn and name in once:
                continue
            began, worked = time.perf_counter(), time.process_time()
            call()
            wall[name].append(time.perf_counter() - began)
            work[name].append(time.process_time() - worked)
    return {name: (median(wall[name]), median(work[name])) for name in calls}


def compare(points: gpd.GeoDataFrame, n: int, simulations: int) -> None:
    """Compare the ways of parkgeo with each other, and with the distances of scipy."""
    if n > MOST_FOR_EXACT:
        found = ours(points, method="fft")
        print(f"  error stated by fft, measured on a sample: {found.error:.1e}")
        return
    draws = simulations if n <= MOST_FOR_EXACT_DRAWS else 0
    fast, exact = (ours(points, method=way, simulations=draws) for way in ("fft", "exact"))
    far = (fast.bandwidth_m <= R) & (exact.table["observed"] > 0)
    names = ["observed", *(DRAWN if draws else [])]
    apart = (fast.table[names] / exact.table[names] - 1).abs()[far].max()
    print(
        f"  bandwidth {fast.bandwidth_m:,.0f} m; fft against exact over all r ≥ bandwidth, of the "
        f"value: observed {apart['observed']:.1e}"
        + (f", mean and bands of {draws} draws {apart.drop('observed').max():.1e}" * bool(draws))
        + f" (stated: {fast.error:.1e} of the greatest)"
    )
    assert apart.max() <= ERROR
    if n <= MOST_FOR_PDIST:
        against_pdist(points, exact)


def against_pdist(points: gpd.GeoDataFrame, exact: agglomeration.DistanceResult) -> None:
    """Sum the kernel over all distances at a few r, and count pairs with the tree."""
    xy, h = industry(points), exact.bandwidth_m
    distances = pdist(xy)
    worst = 0.0
    for at in range(0, len(R), 25):
        near = distances[np.abs(distances - R[at]) <= 8 * h]
        kernel = np.exp(-(((R[at] - near) / h) ** 2) / 2) + np.exp(-(((R[at] + near) / h) ** 2) / 2)
        summed = kernel.sum() / (np.sqrt(2 * np.pi) * h * len(distances))
        worst = max(worst, abs(exact.table["observed"].iloc[at] / summed - 1))
    print(f"  exact against the kernel summed over pdist, of the value: {worst:.1e}")
    assert worst < 1e-4
    assert np.array_equal(by_blocks(xy), np.histogram(distances, R)[0])


def run(n: int, simulations: int, rounds: int) -> tuple[float, float]:
    """Compare and time one size; return the seconds of all densities, wall and processor."""
    points = plants(n)
    xy = industry(points)
    print(f"{n:,} plants among {4 * n:,} sites, r to 100 km in {len(R) - 1} steps", flush=True)
    compare(points, n, simulations)
    every = f"{simulations + 1} Kd by fft"
    calls: dict[str, Callable[[], object]] = {
        every: lambda: ours(points, method="fft", simulations=simulations)
    }
    if n <= MOST_FOR_EXACT:
        calls["one Kd, exact"] = lambda: ours(points, method="exact")
    peers: dict[str, tuple[Callable[[Floats], Floats], int]] = {
        "pdist and histogram": (by_pdist, MOST_FOR_PDIST),
        "cdist by blocks and histogram": (by_blocks, MOST_FOR_BLOCKS),
        "cKDTree.count_neighbors": (by_tree, MOST_FOR_PDIST),
    }
    for name, (peer, most) in peers.items():
        if n <= most:
            calls[name] = lambda peer=peer: peer(xy)  # type: ignore[misc]
    once = ("cdist by blocks and histogram", "cKDTree.count_neighbors")
    took = in_turns(calls, rounds=rounds, once=once)
    for name, (wall, work) in took.items():
        print(f"  {name:<32}{wall:9.3f} s, {work:9.3f} s of processor{_ratios(name, took)}")
    keep(f"distance-{n}", f"{n:,} plants among {4 * n:,} sites, synthetic", [
        Run(f"parkgeo, {name}" if name in {every, "one Kd, exact"} else f"{name}, once", wall,
            name in {every, "one Kd, exact"})
        for name, (wall, _) in took.items()
    ])  # fmt: skip
    for name, (_, most) in peers.items():
        if n > most:
            print(f"  {name:<32}left out above {most:,}: room or time")
    if n == 10_000:  # for which it was measured
        ratio = DBMSS_SECONDS * (simulations + 1) / took[every][0]
        print(f"  R dbmss: {DBMSS_SECONDS} s for one, measured before; that is {ratio:,.0f} × ours")
    print(f"  peak memory of a process: {_peak(n, simulations)}", flush=True)
    return took[every]


def _ratios(name: str, took: dict[str, tuple[float, float]]) -> str:
    """Say how many times as long a peer takes, for all densities and for an exact one."""
    (every, mine), exact = next(iter(took.items())), took.get("one Kd, exact")
    if name in {every, "one Kd, exact"}:
        return ""
    curves = int(every.split()[0])
    ratio = f"; {curves} of them {took[name][0] * curves / mine[0]:,.0f} × ours by fft"
    return ratio + (f", one {took[name][0] / exact[0]:.1f} × exact" if exact else "")


def _peak(n: int, simulations: int) -> str:
    command = [sys.executable, __file__, "--peak", str(n), "--simulations", str(simulations)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def peak(n: int, simulations: int) -> None:
    """Print the memory of a process before and after all densities."""
    points = plants(n)
    before, began = _most_memory(), time.perf_counter()
    ours(points, method="fft", simulations=simulations)
    took = time.perf_counter() - began
    print(f"{_most_memory()}, with the frame alone {before}; first call there {took:.2f} s")


def _most_memory() -> str:
    """Say what Linux has as the most memory since this program began, and not its parent."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "not known on this system"
    lines = status.read_text(encoding="ascii").splitlines()
    found = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return f"{int(found) / 1024:,.0f} MB"


def neighbours(sizes: list[int], rounds: int) -> None:
    """Time M and K at some sizes, the largest of which is the one asked for."""
    took: dict[str, list[float]] = {}
    for n in sizes:
        for name, (wall, work) in in_turns(_neighbours(n), rounds=rounds).items():
            print(f"  {n:>7,} points: {name:<44}{wall:8.2f} s, {work:8.2f} s of processor")
            took.setdefault(name, []).append(wall)
    for name, seconds in took.items():
        if len(seconds) > 1:
            grown = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
            print(f"  {name}: time grows as n^{grown:.2f}")


def _neighbours(n: int) -> dict[str, Callable[[], object]]:
    points = plants(n // 4)
    box = shapely.box(*points.total_bounds)
    # A coast of 2000 corners, a few kilometres around the points.
    shore = box.buffer(3_000).exterior
    ways = shapely.line_interpolate_point(
        shore, np.linspace(0, 1, 2_000, endpoint=False), normalized=True
    )
    corners = shapely.get_coordinates(ways)
    out = 1 + 0.01 * (1 + np.sin(np.arange(2_000) * 1.7))[:, None]
    middle = np.array([box.centroid.x, box.centroid.y])
    coast = shapely.Polygon(middle + (corners - middle) * out)
    r, near = np.linspace(0, 50_000, 101), np.linspace(0, 10_000, 101)

    def m(**others: object) -> object:
        return agglomeration.marcon_puech(
            points, industry="industry", reference="steel", seed=1, **others
        )  # type: ignore[arg-type]

    def k(window: shapely.Polygon, edge: str) -> object:
        ground = gpd.GeoSeries([window], crs=points.crs)
        return agglomeration.ripley_k(points, window=ground, r=r, edge=edge)  # type: ignore[arg-type]

    return {
        "M to 50 km": lambda: m(r=r),
        "M to 10 km, 20 simulations": lambda: m(r=near, simulations=20),
        "m to 50 km": lambda: m(r=r, density=True),
        "K to 50 km, isotropic, box": lambda: k(box, "isotropic"),
        "K to 50 km, isotropic, 2000 corners": lambda: k(coast, "isotropic"),
        "K to 50 km, translation, box": lambda: k(box, "translation"),
        "K to 50 km, translation, 2000 corners": lambda: k(coast, "translation"),
        "K to 50 km, no correction": lambda: k(box, "none"),
    }


def main() -> None:
    """Compare, time and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plants", type=int, nargs="*", default=[10_000, 50_000, 200_000])
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--points", type=int, nargs="*", default=[12_500, 50_000], help="for M, K")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    # Plants over 400 km reach beyond a zone of 3°, which is no matter here.
    warnings.filterwarnings("ignore", message="the points span", category=UserWarning)
    if asked.peak:
        peak(asked.peak, asked.simulations)
        return
    ours(plants(500), method="fft", simulations=20)  # loads what is compiled
    ours(plants(5_000), method="exact")
    took = [run(n, asked.simulations, asked.rounds) for n in asked.plants]
    if len(took) > 1:
        for what, seconds in zip(("time", "processor time"), zip(*took, strict=True), strict=True):
            grown = np.polyfit(np.log(asked.plants), np.log(seconds), 1)[0]
            print(f"{what} of {asked.simulations + 1} Kd grows as n^{grown:.2f}")
    if asked.points:
        print("M and K, of plants among four times as many")
        _ = [call() for call in _neighbours(4_000).values()]  # loads what is compiled
        neighbours(asked.points, asked.rounds)


if __name__ == "__main__":
    main()
