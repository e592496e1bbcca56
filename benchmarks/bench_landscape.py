"""Landscape measures on a large raster, against pylandstats.

The raster is made in a temporary folder: smooth seeded noise cut into classes, with single cells
strewn over it, as land cover from satellites has them. Answers are compared on a part of it before
anything is timed, measure by measure; then both take turns, and ratios are of medians.

pylandstats (``pip install --no-deps pylandstats``, with scikit-learn) is asked by its module for
single landscapes: the package itself imports clustergram, dask and seaborn for figures and
signatures that are not asked for here.

    python benchmarks/bench_landscape.py --without-enn  # 10 000² cells, as it is published
    python benchmarks/bench_landscape.py --size 1500    # with ENN, for which pylandstats takes long
    python benchmarks/bench_landscape.py --strewn 0     # few patches, which suits pylandstats best
    python benchmarks/bench_landscape.py --peers        # parkgeo alone
"""

import argparse
import importlib
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from types import ModuleType

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from kept import Run, keep
from scipy import ndimage

from parkgeo import agglomeration

CLASSES = 8
SIDE_M = 10.0
SEED = 20_251_122
NAMES = {
    "CA": "total_area",
    "PLAND": "proportion_of_landscape",
    "NP": "number_of_patches",
    "PD": "patch_density",
    "LPI": "largest_patch_index",
    "TE": "total_edge",
    "ED": "edge_density",
    "LSI": "landscape_shape_index",
    "AREA_MN": "area_mn",
    "SHAPE_MN": "shape_index_mn",
    "FRAC_MN": "fractal_dimension_mn",
    "PARA_MN": "perimeter_area_ratio_mn",
    "ENN_MN": "euclidean_nearest_neighbor_mn",
}
"""What both measure of classes by the same definition."""

WHOLE = {
    "TA": "total_area",
    "NP": "number_of_patches",
    "LPI": "largest_patch_index",
    "TE": "total_edge",
    "LSI": "landscape_shape_index",
    "MESH": "effective_mesh_size",
    "SHDI": "shannon_diversity_index",
    "CONTAG": "contagion",
}
"""What both measure of the landscape."""

NOT_FRAGSTATS = {"SHDI", "CONTAG"}
"""What pylandstats takes from shares of sides between cells where FRAGSTATS takes those of area."""

WITHIN = 1e-9


def make_raster(path: Path, size: int, strewn: float) -> None:
    """Write classes as uint8, without background; a part of the cells is strewn at random."""
    rng = np.random.default_rng(SEED)
    coarse = ndimage.gaussian_filter(rng.normal(size=(size // 8 + 2,) * 2).astype(np.float32), 1.5)
    smooth = ndimage.zoom(coarse, 8, order=1)[:size, :size]
    levels = np.quantile(smooth[::7, ::7], np.linspace(0, 1, CLASSES + 1)[1:-1])
    cells = (np.digitize(smooth, levels) + 1).astype(np.uint8)
    other = rng.random(cells.shape, dtype=np.float32) < strewn
    cells[other] = rng.integers(1, CLASSES + 1, int(other.sum()), np.uint8)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="uint8",
        nodata=0,
        crs="EPSG:4549",
        transform=Affine(SIDE_M, 0, 400_000, 0, -SIDE_M, 3_400_000),
    ) as dataset:
        dataset.write(cells, 1)


def peer() -> ModuleType:
    """Import the module of pylandstats that measures, and not the package around it."""
    if "pylandstats" not in sys.modules:
        package = ModuleType("pylandstats")
        found = find_spec("pylandstats")
        if found is None or found.submodule_search_locations is None:
            sys.exit("pylandstats is not there: pip install --no-deps pylandstats, or --peers")
        package.__path__ = list(found.submodule_search_locations)
        sys.modules["pylandstats"] = package
    return importlib.import_module("pylandstats.landscape")


def by_parkgeo(path: Path, names: list[str]) -> pd.DataFrame:
    """Ask for the measures of classes."""
    return agglomeration.landscape_metrics(path, level="class", metrics=names)


def by_everything(path: Path, _: list[str]) -> pd.DataFrame:
    """Ask for all that parkgeo has at the level of classes."""
    return agglomeration.landscape_metrics(path, level="class")


def by_pylandstats(path: Path, names: list[str]) -> pd.DataFrame:
    """Ask pylandstats for the same."""
    landscape = peer().Landscape(str(path))
    found = landscape.compute_class_metrics_df(metrics=[NAMES[name] for name in names])
    return found.rename(columns={theirs: ours for ours, theirs in NAMES.items()})


WAYS: dict[str, Callable[[Path, list[str]], pd.DataFrame]] = {
    "parkgeo": by_parkgeo,
    "all of parkgeo": by_everything,
    "pylandstats": by_pylandstats,
}


def compare(path: Path, names: list[str]) -> str:
    """Print how far answers are apart, and stop where definitions are the same and they differ."""
    ours, theirs = by_parkgeo(path, names), by_pylandstats(path, names)
    apart = {("class", name): relative(ours[name], theirs[name]) for name in names}
    landscape = peer().Landscape(str(path))
    ours = agglomeration.landscape_metrics(path, level="landscape", metrics=list(WHOLE))
    theirs = landscape.compute_landscape_metrics_df(metrics=list(WHOLE.values()))
    for name, other in WHOLE.items():
        apart["landscape", name] = relative(ours[name], theirs[other])
    for (level, name), off in apart.items():
        known = name in NOT_FRAGSTATS
        print(f"{level:9} {name:9} at most {off:.1e} apart" + " (FRAGSTATS is with us)" * known)
        if off > WITHIN and not known:
            sys.exit(f"{name} should be the same")
    worst = max(off for (_, name), off in apart.items() if name not in NOT_FRAGSTATS)
    return f"at most {worst:.1e} of the value apart"


def relative(ours: "pd.Series[float]", theirs: "pd.Series[float]") -> float:
    """Return the largest difference in parts of the value; where both have none, there is none."""
    one, other = (np.asarray(values, np.float64) for values in (ours, theirs))
    if (np.isnan(one) != np.isnan(other)).any():
        return np.inf
    off = np.abs(other - one) / np.where(one == 0, 1, np.abs(one))
    return float(np.nanmax(off, initial=0.0))


def turns(path: Path, names: list[str], ways: list[str], rounds: int) -> dict[str, float]:
    """Let everybody run in turns and print medians, by the clock and of processor time."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, runs in spent.items():
            start = time.perf_counter(), time.process_time()
            WAYS[name](path, names)
            runs.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    took = {name: [median(run) for run in zip(*runs, strict=True)] for name, runs in spent.items()}
    for name, (clock, cpu) in took.items():
        ratios = f"{clock / took['parkgeo'][0]:7.1f} ({cpu / took['parkgeo'][1]:7.1f})"
        print(f"{name:14} {clock:8.2f} s (CPU {cpu:8.2f} s)   parkgeo is {ratios} times as fast")
    return {name: clock for name, (clock, _) in took.items()}


def memory(path: Path, names: list[str]) -> tuple[int, int]:
    """Return the most memory in bytes that this process has held, before and after measuring."""
    before = most_held()
    by_everything(path, names)
    return before, most_held()


def most_held() -> int:
    """Return what Linux says; ``getrusage`` would count what the parent held when it forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", type=int, default=10_000, help="cells along each side")
    parser.add_argument("--strewn", type=float, default=0.01, help="part of the cells at random")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--peers", nargs="*", choices=["pylandstats"], default=["pylandstats"])
    parser.add_argument("--without-enn", action="store_true")
    options = parser.parse_args()
    names = [name for name in NAMES if not (options.without_enn and name == "ENN_MN")]
    with tempfile.TemporaryDirectory() as folder:
        small, path = Path(folder) / "small.tif", Path(folder) / "classes.tif"
        # Also gets the compiled loops from the cache, before anybody looks at the clock.
        make_raster(small, min(options.size, 800), options.strewn)
        by_everything(small, names)
        make_raster(path, options.size, options.strewn)
        patches = agglomeration.landscape_metrics(path, level="landscape", metrics="NP")
        size = f"{options.size}² cells, {CLASSES} classes, {patches.loc[0, 'NP']} patches"
        print(size)
        said = {name: compare(small, names) for name in options.peers}
        ways = ["parkgeo", "all of parkgeo", *options.peers]
        took = turns(path, names, ways, options.rounds)
        keep("landscape", size, [
            Run(name, clock, "parkgeo" in name, said.get(name, "")) for name, clock in took.items()
        ])  # fmt: skip
        # Alone in a process, as what has made the raster has taken memory too.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            before, after = pool.submit(memory, path, names).result()
        each = (after - before) / options.size**2
        print(f"all of parkgeo: {after / 1e9:.2f} GB at most, {each:.1f} bytes for each cell")


if __name__ == "__main__":
    main()
