"""Shares of land-cover classes in synthetic zones on a large raster, against what users do today.

The raster is made in a temporary folder: seeded patches of ten classes, a tiled GeoTIFF without
compression in EPSG:4490 over all zones of ``zones.py``. Zones are given in the CRS of the raster,
so that nobody has to transform them. Answers are compared before anything is timed; then all take
turns, and ratios are of medians. Peers that are not installed are left out.

    python benchmarks/bench_raster.py                          # 3 000 zones, 20 000² cells
    python benchmarks/bench_raster.py --zones 300 --size 4000  # while working on it
    python benchmarks/bench_raster.py --first-call             # a fresh process, nothing compiled
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window
from zones import zones

from parkgeo import datasets, raster

Floats = NDArray[np.float64]
CLASSES = 10
PATCH = 25
BLOCK = 512
SEED = 20_251_122
PEERS = ("exactextract", "rasterstats", "rasterio.mask")


def make_raster(path: Path, layer: gpd.GeoDataFrame, size: int) -> None:
    """Write patches of classes with ragged borders, strip by strip."""
    west, south, east, north = layer.total_bounds
    transform = Affine((east - west) / size, 0, west, 0, (south - north) / size, north)
    rng = np.random.default_rng(SEED)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="uint8",
        crs="EPSG:4490",
        transform=transform,
        tiled=True,
        blockxsize=BLOCK,
        blockysize=BLOCK,
    ) as dataset:
        for row in range(0, size, BLOCK):
            rows = min(BLOCK, size - row)
            patches = rng.integers(1, CLASSES, (-(-rows // PATCH), -(-size // PATCH)), np.uint8)
            cells = patches.repeat(PATCH, axis=0)[:rows].repeat(PATCH, axis=1)[:, :size]
            ragged = rng.random(cells.shape, dtype=np.float32) < 0.02
            cells = np.where(ragged, np.uint8(0), cells)
            dataset.write(cells, 1, window=Window(0, row, size, rows))


def by_parkgeo(path: Path, layer: gpd.GeoDataFrame) -> Floats:
    """Return shares, zone by zone and class by class."""
    table = raster.shares(path, layer, classes={k: str(k) for k in range(CLASSES)})
    return table["share"].to_numpy().reshape(len(layer), CLASSES)


def by_exactextract(path: Path, layer: gpd.GeoDataFrame) -> Floats:
    """Ask exactextract for values and fractions."""
    exact_extract = importlib.import_module("exactextract").exact_extract
    found = exact_extract(str(path), layer, ["unique", "frac"], output="pandas")
    out = np.zeros((len(layer), CLASSES))
    for k, (codes, share) in enumerate(zip(found["unique"], found["frac"], strict=True)):
        out[k, np.asarray(codes, dtype=np.intp)] = share
    return out


def by_rasterstats(path: Path, layer: gpd.GeoDataFrame) -> Floats:
    """Count cells whose middle lies inside."""
    zonal_stats = importlib.import_module("rasterstats").zonal_stats
    found = zonal_stats(layer, str(path), categorical=True, nodata=255)
    counts = np.array([[one.get(code, 0) for code in range(CLASSES)] for one in found], float)
    return counts / counts.sum(axis=1, keepdims=True)


def by_mask(path: Path, layer: gpd.GeoDataFrame) -> Floats:
    """Cut the raster zone by zone, as tutorials do."""
    mask = importlib.import_module("rasterio.mask").mask
    counts = np.zeros((len(layer), CLASSES))
    with rasterio.open(path) as dataset:
        for k, shape in enumerate(layer.geometry):
            cells, _ = mask(dataset, [shape], crop=True, nodata=255)
            counts[k] = np.bincount(cells.ravel(), minlength=256)[:CLASSES]
    return counts / counts.sum(axis=1, keepdims=True)


def read_all(path: Path, _: gpd.GeoDataFrame) -> Floats:
    """Read every cell once, row of blocks by row of blocks."""
    with rasterio.open(path) as dataset:
        total = 0
        for row in range(0, dataset.height, BLOCK):
            rows = min(BLOCK, dataset.height - row)
            total += int(dataset.read(1, window=Window(0, row, dataset.width, rows))[0, 0])
    return np.array([[total]], dtype=np.float64)


WAYS: dict[str, Callable[[Path, gpd.GeoDataFrame], Floats]] = {
    "parkgeo": by_parkgeo,
    "reading": read_all,
    "exactextract": by_exactextract,
    "rasterstats": by_rasterstats,
    "rasterio.mask": by_mask,
}


def installed(names: list[str]) -> list[str]:
    """Leave out peers that are not there."""
    out = []
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"{name}: left out ({error})")
        else:
            out.append(name)
    return out


def compare(path: Path, layer: gpd.GeoDataFrame, peers: list[str]) -> None:
    """Print how far answers differ, and stop where exact ones do."""
    start = time.perf_counter()
    ours = by_parkgeo(path, layer)
    print(f"first call in this process: {time.perf_counter() - start:.2f} s")
    assert np.allclose(ours.sum(axis=1), 1, atol=1e-12)
    for name in peers:
        off = np.abs(WAYS[name](path, layer) - ours).max()
        print(f"shares against {name}: at most {off:.1e} apart")
        if name == "exactextract":
            # It keeps fractions in single precision; cells at the top and at the bottom of a zone
            # differ in area, which it does not know.
            assert off < 1e-5


def turns(path: Path, layer: gpd.GeoDataFrame, peers: list[str], rounds: int) -> None:
    """Let everybody run in turns and print medians."""
    spent: dict[str, list[float]] = {name: [] for name in ("parkgeo", "reading", *peers)}
    for _ in range(rounds):
        for name, runs in spent.items():
            start = time.perf_counter()
            WAYS[name](path, layer)
            runs.append(time.perf_counter() - start)
    ours = median(spent["parkgeo"])
    for name, runs in spent.items():
        print(
            f"{name:14} {median(runs):8.3f} s   parkgeo is {median(runs) / ours:7.2f} times as fast"
        )


def first_call() -> None:
    """Time the bundled grid in fresh processes, without machine code that is kept."""
    code = (
        "import time; t = time.perf_counter(); from parkgeo import datasets, raster; "
        "raster.concentration(datasets.hangzhou_industrial_share(), datasets.hangzhou()); "
        "print(f'{time.perf_counter() - t:.2f} s')"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        print(f"concentration on {datasets.hangzhou_industrial_share().name}, fresh process:")
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--zones", type=int, default=3_000)
    parser.add_argument("--size", type=int, default=20_000, help="cells along each side")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--first-call", action="store_true")
    options = parser.parse_args()
    if options.first_call:
        first_call()
        return
    layer = zones(options.zones)
    peers = installed(options.peers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cover.tif"
        make_raster(path, layer, options.size)
        print(f"{options.zones} zones, {options.size}² cells, {path.stat().st_size / 1e6:.0f} MB")
        compare(path, layer, peers)
        turns(path, layer, peers, options.rounds)


if __name__ == "__main__":
    main()
