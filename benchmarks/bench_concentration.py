"""What share of the land lies inside the zones, end to end from files, against other ways.

Parcels, zones and districts are synthetic; see parcels.py and zones.py. Totals are compared first,
district by district, then all that are here run in turns in one process; those that take more than
half a minute run once. Speed is given against parkgeo, and against reading the three files.

    python -m pip install --no-deps duckdb==1.5.5 duckdb-extension-spatial==1.5.5 sedonadb \
        geoarrow-pyarrow geoarrow-c geoarrow-types psycopg psycopg-binary
    export PARKGEO_POSTGIS="host=/var/run/postgresql dbname=bench user=postgres"
    python benchmarks/bench_concentration.py                  # 200 000 parcels, all peers here
    python benchmarks/bench_concentration.py --parcels 2000000 --peers reading
    python benchmarks/bench_concentration.py --scaling        # seconds and memory, to 20 million
    python benchmarks/bench_concentration.py --first-call     # a fresh process that has to compile
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from concentration_peers import OURS, PEERS, Files, Peer
from numpy.typing import NDArray
from overlap_peers import AbsentError
from parcels import districts, parcels
from zones import zones

from parkgeo import crs

os.environ["TQDM_DISABLE"] = "1"

RELATIVE = 1e-9
"""Totals agree when they differ by no more than this."""

SLOW_S = 30.0
SCALES = (250_000, 1_000_000, 4_000_000, 20_000_000)


def draw(folder: Path, n_parcels: int, n_zones: int) -> Files:
    """Write the three layers; the parcels batch by batch, a row group each."""
    files = Files(*(folder / f"{name}.parquet" for name in Files._fields))
    parks = zones(n_zones)
    parks = parks.set_geometry(crs.to_plane(parks.geometry))
    parks.to_parquet(files.zones)
    bounds = parks.total_bounds
    districts(bounds).to_parquet(files.districts)
    writer = None
    for batch in parcels(n_parcels, bounds):
        table = pa.table(batch.to_arrow(geometry_encoding="WKB"))
        if writer is None:
            schema = table.schema.with_metadata(_metadata(batch, folder))
            writer = pq.ParquetWriter(files.parcels, schema)
        writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()
    return files


def _metadata(batch: pd.DataFrame, folder: Path) -> dict[bytes, bytes]:
    """Return what geopandas says of such a frame in the head of a file."""
    path = folder / "head.parquet"
    batch.head(1).to_parquet(path, index=False)
    kept: dict[bytes, bytes] = pq.read_schema(path).metadata
    path.unlink()
    return {b"geo": kept[b"geo"].replace(b'"bbox"', b'"_bbox"')}


def race(peers: dict[str, Peer], rounds: int) -> None:
    """Compare totals, run all in turns, and print seconds and ratios."""
    ours: pd.DataFrame | None = None
    spent: dict[str, list[float]] = {}
    print(f"{'':56} {'total km²':>10} {'inside km²':>11}   district by district")
    for name, peer in list(peers.items()):
        try:
            took, answer = timed(peer)
        except Exception as error:  # noqa: BLE001  # whatever a peer fails with, the others go on
            print(f"{peer.label:56} failed: {str(error)[:200]}")
            del peers[name]
            continue
        spent[name] = [took]
        if len(answer):
            ours = answer.fillna(0.0) if ours is None else ours
            print(f"{peer.label:56} {said(answer, ours)}", flush=True)
    for turn in range(rounds):
        for name, peer in peers.items():
            if spent[name][0] > SLOW_S:
                continue
            if turn == 0:
                spent[name].clear()  # The answer that was compared was a warm-up.
            spent[name].append(timed(peer)[0])
    print(f"\n{'':56} {'min s':>8} {'median s':>9} {'parkgeo':>9} {'reading':>9}")
    for name, peer in peers.items():
        taken = median(spent[name])
        ratios = [taken / median(spent.get(other, [np.nan])) for other in (OURS, "reading")]
        print(
            f"{peer.label:56} {min(spent[name]):8.2f} {taken:9.2f}"
            + "".join(f" {ratio:8.1f}x" for ratio in ratios)
        )


def timed(peer: Peer) -> tuple[float, pd.DataFrame]:
    """Ask once."""
    start = time.perf_counter()
    answer = peer.ask()
    return time.perf_counter() - start, answer


def said(answer: pd.DataFrame, ours: pd.DataFrame) -> str:
    """Say the sums over all districts, and how far from ours each district is at most."""
    both = answer.reindex(ours.index).fillna(0.0)
    apart = ((both - ours).abs() / ours.abs().clip(lower=1.0)).to_numpy().max()
    verdict = "agrees" if apart <= RELATIVE and len(answer) == len(ours) else "APART"
    total, inside = (answer[name].sum() / 1e6 for name in ("total", "inside"))
    return f"{total:10.3f} {inside:11.4f}   {apart:.1e} apart: {verdict}"


def scaling(scales: list[int], n_zones: int) -> None:
    """Print seconds and the peak of memory as parcels grow, each in a process of its own."""
    print(f"{'parcels':>10} {'file MB':>8} {'reading s':>10} {'parkgeo s':>10} {'peak MB':>8}")
    rows: list[NDArray[np.float64]] = []
    for n in scales:
        with tempfile.TemporaryDirectory() as name:
            files = draw(Path(name), n, n_zones)
            figures = [
                subprocess.run(
                    [sys.executable, __file__, "--answer", peer, name],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout.split()
                for peer in ("stream", OURS)
            ]
            size = files.parcels.stat().st_size / 1e6
        seconds = np.array([float(figure[0]) for figure in figures])
        rows.append(seconds)
        row = f"{n:10} {size:8.0f} {seconds[0]:10.2f} {seconds[1]:10.2f} {figures[1][1]:>8}"
        print(row, flush=True)
    slope = np.polyfit(np.log(scales), np.log(np.array(rows)), 1)[0]
    print(f"{'exponent':>19} {slope[0]:10.2f} {slope[1]:10.2f}")


def answer_once(name: str, folder: str) -> None:
    """Answer in this process, twice, and print the seconds of the second and the peak in MB."""
    files = Files(*(Path(folder, f"{layer}.parquet") for layer in Files._fields))
    ask = (lambda: read_in_batches(files.parcels)) if name == "stream" else PEERS[name](files).ask
    if name == OURS:
        # What is compiled is loaded before time runs.
        ask()
    start = time.perf_counter()
    ask()
    spent = time.perf_counter() - start
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
    print(f"{spent:.3f} {peak:.0f}")


def read_in_batches(path: Path) -> None:
    """Read the parcels' file with Arrow, batch by batch, and keep nothing."""
    for _ in pq.ParquetFile(path).iter_batches():
        pass


FIRST_CALL = """
import time
start = time.perf_counter()
import parkgeo as pg
import geopandas as gpd, shapely
parks = pg.datasets.hangzhou()
read = time.perf_counter()
land = gpd.GeoDataFrame(geometry=[shapely.box(120.0, 30.2, 120.2, 30.4)], crs="EPSG:4490")
pg.concentration.ratio(land, parks)
print(round(read - start, 2), round(time.perf_counter() - read, 2))
"""


def first_call() -> None:
    """Print what a fresh process takes on the bundled extents, compiling or not."""
    print(f"{'':28} {'import and read':>16} {'ratio':>8} s")
    with tempfile.TemporaryDirectory() as cache:
        for label in ("nothing compiled before", "compiled before"):
            run = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                env=os.environ | {"NUMBA_CACHE_DIR": cache},
                capture_output=True,
                text=True,
                check=True,
            )
            read, asked = run.stdout.split()
            print(f"{label:28} {read:>16} {asked:>8}")


def present(files: Files, wanted: list[str]) -> dict[str, Peer]:
    """Set up every peer that is here, and name the others."""
    found = {}
    for name in wanted:
        try:
            found[name] = PEERS[name](files)
        except AbsentError as reason:
            print(f"{name}: left out, {reason}")
    return found


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--parcels", type=int, default=200_000)
    parser.add_argument("--zones", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES)
    parser.add_argument("--first-call", action="store_true")
    parser.add_argument("--answer", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Do what the command line asks for."""
    options = arguments()
    if options.answer:
        answer_once(*options.answer)
    elif options.first_call:
        first_call()
    elif options.scaling:
        scaling(list(options.scales), options.zones)
    else:
        print(f"{options.parcels} parcels, {options.zones} zones, 100 districts, synthetic")
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
        with tempfile.TemporaryDirectory() as folder:
            files = draw(Path(folder), options.parcels, options.zones)
            peers = present(files, list(dict.fromkeys([OURS, *options.peers])))
            race(peers, options.rounds)


if __name__ == "__main__":
    main()
