"""Shares of land-cover classes in synthetic zones on a large raster, against what users do today.

The raster is made in a temporary folder: seeded patches of ten classes, a tiled GeoTIFF without
compression in EPSG:4490 over all zones of ``zones.py``. Zones are given in the CRS of the raster,
so that nobody has to transform them. Answers are compared before anything is timed: every cell's
share with exactextract's, and where they differ most with rational numbers (``raster_fractions``);
then the areas of classes. Then all take turns, and ratios are of medians. Peers that count cells by
their middles are far off and slow, and get every n-th zone. Peers that are not installed are left
out.

    python benchmarks/bench_raster.py                          # 3 000 zones, 20 000² cells
    python benchmarks/bench_raster.py --zones 500 --size 5000  # while working on it
    python benchmarks/bench_raster.py --skip-answers           # time alone
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

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from kept import Run, keep
from numpy.typing import NDArray
from raster_fractions import compared, exact_share, grid_of, in_short_pieces
from rasterio.windows import Window
from zones import zones

from parkgeo import datasets, raster
from parkgeo.units import KM2_M2

Floats = NDArray[np.float64]
CLASSES = 10
PATCH = 25
BLOCK = 512
SEED = 20_251_122
PEERS = ("exactextract", "rasterstats", "rasterio.mask")
SLOW = ("rasterstats", "rasterio.mask")
MOST_OF_A_CELL = 1e-5
MOST_OF_A_ZONE = 1e-7


class Options(argparse.Namespace):
    """What the command line says."""

    zones: int
    size: int
    rounds: int
    peers: list[str]
    slow_zones: int
    skip_answers: bool
    first_call: bool


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


def compare(path: Path, layer: gpd.GeoDataFrame) -> str:
    """Hold every cell and area against exactextract; stop where they differ, or say how far."""
    short = in_short_pieces(layer)
    found = compared(path, short, CLASSES)
    worst = found.worst[0].apart
    print(f"shares of {found.cells} cells against exactextract: at most {worst:.1e} apart; there")
    transform = grid_of(path).transform
    for cell in found.worst:
        exact = exact_share(short.geometry.iloc[cell.zone], transform, cell)
        off = abs(cell.ours - exact), abs(cell.theirs - exact)
        print(
            f"  zone {cell.zone}, cell {cell.row}, {cell.col}: exact {exact:.9f}, parkgeo off by "
            f"{off[0]:.1e}, exactextract by {off[1]:.1e}"
        )
        assert off[0] < 1e-9
    assert worst < MOST_OF_A_CELL
    theirs_m2 = found.area_m2
    ours_m2 = _areas_m2(path, short)
    off = np.abs(ours_m2 - theirs_m2) / theirs_m2.sum(axis=1, keepdims=True)
    print(f"shares of classes against its cells with their official areas: {off.max():.1e} apart")
    assert off.max() < MOST_OF_A_ZONE
    drawn = by_parkgeo(path, layer)
    assert np.allclose(drawn.sum(axis=1), 1, atol=1e-12)
    off = np.abs(drawn - by_exactextract(path, layer))
    print(f"shares against its own, which take cells as equal: {off.max():.1e} apart")
    return f"{off.max():.1e} apart, as it takes cells as equal"


def _areas_m2(path: Path, layer: gpd.GeoDataFrame) -> Floats:
    """Return areas, zone by zone and class by class."""
    table = raster.shares(path, layer, classes={k: str(k) for k in range(CLASSES)})
    return table["area_km2"].to_numpy().reshape(len(layer), CLASSES) * KM2_M2


def memory(path: Path, layer: gpd.GeoDataFrame) -> None:
    """Print the largest memory of a fresh process, before and after."""
    code = (
        "import sys, geopandas as gpd, numba, rasterio; from parkgeo import raster; "
        "said = lambda: open('/proc/self/status').read().split('VmHWM:')[1].split()[0]; "
        "peak = lambda: int(said()) / 1024; layer = gpd.read_parquet(sys.argv[2]); "
        "before = peak(); raster.shares(sys.argv[1], layer); "
        "print(f'memory: {before:.0f} MB with the zones read, {peak():.0f} MB at most')"
    )
    if not Path("/proc/self/status").exists():
        print("memory: not known here, there is no /proc")
        return
    zones_path = path.with_name("zones.parquet")
    layer.to_parquet(zones_path)
    subprocess.run([sys.executable, "-c", code, str(path), str(zones_path)], check=True)


def turns(
    path: Path, layer: gpd.GeoDataFrame, peers: list[str], options: Options, said: str
) -> None:
    """Let everybody run in turns and print medians; ``said`` is how exactextract's answers are."""
    kept = []
    spent: dict[str, list[tuple[float, float]]] = {
        name: [] for name in ("parkgeo", "reading", *peers)
    }
    every = max(1, len(layer) // options.slow_zones)
    few = layer.iloc[::every]
    for _ in range(options.rounds):
        for name, runs in spent.items():
            some = few if name in SLOW else layer
            start, worked = time.perf_counter(), time.process_time()
            WAYS[name](path, some)
            runs.append((time.perf_counter() - start, time.process_time() - worked))
    ours = np.median(spent["parkgeo"], axis=0)
    for name, runs in spent.items():
        scaled = len(layer) / len(few) if name in SLOW else 1.0
        seconds = np.median(runs, axis=0) * scaled
        note = f" (from {len(few)} zones)" if scaled > 1 else ""
        print(
            f"{name:14} {seconds[0]:8.3f} s, {seconds[1]:8.3f} s of processors; "
            f"parkgeo is {seconds[0] / ours[0]:6.2f} times as fast, "
            f"{seconds[1] / ours[1]:6.2f} by processors{note}"
        )
        told = said if name == "exactextract" else note.strip()
        kept.append(Run(name, float(seconds[0]), name == "parkgeo", told))
    keep("raster", f"{len(layer)} synthetic zones on {options.size}² cells", kept)


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
    parser.add_argument("--slow-zones", type=int, default=300, help="zones of the slow peers")
    parser.add_argument("--skip-answers", action="store_true", help="time without comparing")
    parser.add_argument("--first-call", action="store_true")
    options = parser.parse_args(namespace=Options())
    if options.first_call:
        first_call()
        return
    layer = zones(options.zones)
    peers = installed(options.peers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cover.tif"
        make_raster(path, layer, options.size)
        print(f"{options.zones} zones, {options.size}² cells, {path.stat().st_size / 1e6:.0f} MB")
        start = time.perf_counter()
        by_parkgeo(path, layer)
        print(f"first call in this process: {time.perf_counter() - start:.2f} s")
        said = ""
        if not options.skip_answers and "exactextract" in peers:
            said = compare(path, layer)
        memory(path, layer)
        turns(path, layer, peers, options, said)


if __name__ == "__main__":
    main()
