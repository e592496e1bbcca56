"""Landscape measures of classes on a large raster, against pylandstats.

The raster is made in a temporary folder: smooth seeded noise cut into classes, with single cells
strewn over it, as land cover from satellites has them. Answers are compared before anything is
timed; then both take turns, and ratios are of medians.

    python benchmarks/bench_landscape.py                # 10 000² cells
    python benchmarks/bench_landscape.py --size 1500    # while working on it
    python benchmarks/bench_landscape.py --peers        # parkgeo alone
"""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import ModuleType
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
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
"""What both measure by the same definition."""

NEVER_USED = {"clustergram", "seaborn", "dask"}
"""What pylandstats imports for its figures and signatures."""


def make_raster(path: Path, size: int) -> None:
    """Write classes as uint8, without background."""
    rng = np.random.default_rng(SEED)
    coarse = ndimage.gaussian_filter(rng.normal(size=(size // 8 + 2,) * 2).astype(np.float32), 1.5)
    smooth = ndimage.zoom(coarse, 8, order=1)[:size, :size]
    levels = np.quantile(smooth[::7, ::7], np.linspace(0, 1, CLASSES + 1)[1:-1])
    cells = (np.digitize(smooth, levels) + 1).astype(np.uint8)
    strewn = rng.random(cells.shape, dtype=np.float32) < 0.01
    cells[strewn] = rng.integers(1, CLASSES + 1, int(strewn.sum()), np.uint8)
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
    """Import pylandstats, with stand-ins for what it does not need here."""
    for name in NEVER_USED:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            sys.modules[name] = MagicMock()
    return importlib.import_module("pylandstats")


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


def compare(path: Path, names: list[str]) -> None:
    """Print how far the answers are apart, and stop where they should agree and do not."""
    ours, theirs = by_parkgeo(path, names), by_pylandstats(path, names)
    for name in names:
        off = float(np.abs(theirs[name].to_numpy() / ours[name].to_numpy() - 1).max())
        print(f"{name:10} against pylandstats: at most {off:.1e} apart")


def turns(path: Path, names: list[str], ways: list[str], rounds: int) -> None:
    """Let everybody run in turns and print medians."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, runs in spent.items():
            start = time.perf_counter()
            WAYS[name](path, names)
            runs.append(time.perf_counter() - start)
    ours = median(spent["parkgeo"])
    for name, runs in spent.items():
        took = median(runs)
        print(f"{name:14} {took:8.3f} s   parkgeo is {took / ours:7.2f} times as fast")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", type=int, default=10_000, help="cells along each side")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--peers", nargs="*", choices=["pylandstats"], default=["pylandstats"])
    parser.add_argument("--without-enn", action="store_true")
    options = parser.parse_args()
    names = [name for name in NAMES if not (options.without_enn and name == "ENN_MN")]
    with tempfile.TemporaryDirectory() as folder:
        small, path = Path(folder) / "small.tif", Path(folder) / "classes.tif"
        # Also gets the compiled loops from the cache, before anybody looks at the clock.
        make_raster(small, min(options.size, 2_000))
        by_everything(small, names)
        make_raster(path, options.size)
        print(f"{options.size}² cells, {CLASSES} classes")
        if options.peers:
            compare(small, names)
        turns(path, names, ["parkgeo", "all of parkgeo", *options.peers], options.rounds)


if __name__ == "__main__":
    main()
