"""What share of the land lies inside the zones, end to end from files, against other ways.

Parcels, zones and districts are synthetic; see parcels.py and zones.py. The parcels cover all the
ground, as those of a land survey do, so their total is its area. Totals are compared first,
district by district, then all that are here run in turns in one process; those that take more than
half a minute run once. Speed is given against parkgeo, and against reading the three files.

    python -m pip install --no-deps duckdb==1.5.5 duckdb-extension-spatial==1.5.5 sedonadb \
        geoarrow-pyarrow geoarrow-c geoarrow-types psycopg psycopg-binary tobler \
        statsmodels patsy
    export PARKGEO_POSTGIS="host=/var/run/postgresql dbname=bench user=postgres"
    python benchmarks/bench_concentration.py                  # 200 000 parcels, peers that are here
    python benchmarks/bench_concentration.py --peers naive    # geopandas.overlay as it comes
    python benchmarks/bench_concentration.py --parcels 2000000 --peers reading
    python benchmarks/bench_concentration.py --scaling        # seconds and memory, to 20 million
    python benchmarks/bench_concentration.py --resume         # killed half way, and taken up
    python benchmarks/bench_concentration.py --first-call     # a fresh process that has to compile
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from concentration_peers import ON_REQUEST, OURS, PEERS, Files, Peer, asked
from kept import Run, keep
from overlap_peers import AbsentError
from parcels import districts, ground, number, parcels
from zones import TAIL, zones

import parkgeo as pg
from parkgeo.concentration import _checkpoint

os.environ["TQDM_DISABLE"] = "1"

SLOW_S = 30.0
SCALES = (200_000, 1_000_000, 4_000_000, 20_000_000)
CHECKPOINT = "run.checkpoint"


def draw(folder: Path, n_parcels: int, n_zones: int, tail: float = TAIL) -> Files:
    """Write the three layers; the parcels batch by batch, a row group each."""
    files = Files(*(folder / f"{name}.parquet" for name in Files._fields))
    parks = zones(n_zones, tail=tail)
    parks = parks.set_geometry(pg.crs.to_plane(parks.geometry))
    parks.to_parquet(files.zones)
    bounds = ground(parks.total_bounds)
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


def ground_km2(files: Files) -> float:
    """Return the area of the ground that the parcels cover."""
    area: float = shapely.box(*ground(gpd.read_parquet(files.zones).total_bounds)).area / 1e6
    return area


def _metadata(batch: pd.DataFrame, folder: Path) -> dict[bytes, bytes]:
    """Return what geopandas says of such a frame in the head of a file."""
    path = folder / "head.parquet"
    batch.head(1).to_parquet(path, index=False)
    kept: dict[bytes, bytes] = pq.read_schema(path).metadata
    path.unlink()
    return {b"geo": kept[b"geo"].replace(b'"bbox"', b'"_bbox"')}


def race(peers: dict[str, Peer], rounds: int, size: str) -> None:
    """Compare totals, run all in turns, and print seconds and ratios."""
    ours: pd.DataFrame | None = None
    spent: dict[str, list[float]] = {}
    failed: list[Run] = []
    apart: dict[str, str] = {}
    print(f"{'':56} {'total km²':>10} {'inside km²':>11}   district by district")
    for name, peer in list(peers.items()):
        try:
            took, answer = timed(peer)
        except Exception as error:  # noqa: BLE001  # whatever a peer fails with, the others go on
            print(f"{peer.label:56} failed: {str(error)[:200]}")
            failed.append(Run(peer.label, None, note=f"failed: {str(error)[:100]}"))
            del peers[name]
            continue
        spent[name] = [took]
        if len(answer):
            ours = answer.fillna(0.0) if ours is None else ours
            line = said(peer, answer, ours)
            apart[name] = line.split("   ")[-1].strip()
            print(f"{peer.label:56} {line}", flush=True)
    for turn in range(rounds):
        for name, peer in peers.items():
            if spent[name][0] > SLOW_S and name != OURS:
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
    runs = [
        Run(peer.label, median(spent[name]), name == OURS, apart.get(name, ""))
        for name, peer in peers.items()
    ]
    keep("concentration", size, [*runs, *failed])


def timed(peer: Peer) -> tuple[float, pd.DataFrame]:
    """Ask once."""
    start = time.perf_counter()
    answer = peer.ask()
    return time.perf_counter() - start, answer


def said(peer: Peer, answer: pd.DataFrame, ours: pd.DataFrame) -> str:
    """Say the sums over all districts, and how far from ours each district is at most."""
    both = answer.reindex(ours.index).fillna(0.0)
    apart = ((both - ours).abs() / ours.abs().clip(lower=1.0)).to_numpy().max()
    verdict = "agrees" if apart <= peer.relative and len(answer) == len(ours) else "APART"
    total, inside = (answer[name].sum() / 1e6 for name in ("total", "inside"))
    return f"{total:10.3f} {inside:11.4f}   {apart:.1e} apart: {verdict} {peer.why}"


def scaling(scales: list[int], n_zones: int) -> None:
    """Print seconds and the peak of memory as parcels grow, each in a process of its own."""
    heads = {"parcels": 10, "file MB": 8, "reading s": 10, "parkgeo s": 10, "peak MB": 8}
    parts = {"= libraries": 12, "+ zones": 8, "+ ids": 6, "+ batches": 10}
    print(" ".join(f"{head:>{width}}" for head, width in (heads | parts).items()))
    sizes = [number(n) for n in scales]
    seconds: list[tuple[float, float]] = []
    for n in sizes:
        with tempfile.TemporaryDirectory() as name:
            files = draw(Path(name), n, n_zones)
            read, found = child("reading", name), child(OURS, name)
            size = files.parcels.stat().st_size / 1e6
        seconds.append((read["seconds"], found["seconds"]))
        ids = n * 8 / 1e6
        more = found["peak"] - found["libraries"] - found["zones"] - ids
        print(
            f"{n:10} {size:8.0f} {read['seconds']:10.2f} {found['seconds']:10.2f} "
            f"{found['peak']:8.0f} {found['libraries']:12.0f} {found['zones']:8.0f} {ids:6.0f} "
            f"{more:10.0f}",
            flush=True,
        )
    if len(sizes) > 1:
        slope = np.polyfit(np.log(sizes), np.log(np.array(seconds)), 1)[0]
        print(f"{'exponent':>19} {slope[0]:10.2f} {slope[1]:10.2f}")


def resume(n_parcels: int, n_zones: int) -> None:
    """Kill a run when half of its parcels are in the checkpoint, take it up, and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = draw(folder, n_parcels, n_zones)
        straight = child("straight", folder)
        start = time.perf_counter()
        done = killed(folder, number(n_parcels) // 2)
        spent = time.perf_counter() - start
        rest = child("taken up", folder)
        tables = [pd.read_parquet(folder / f"{run}.parquet") for run in ("straight", "taken up")]
        assert not (folder / CHECKPOINT).exists(), "a run that ended left its checkpoint"
        area = ground_km2(files)
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    counted = rest["n_parcels"]
    assert counted == number(n_parcels), f"{counted} parcels counted"
    apart = abs(tables[1]["total"].sum() / area - 1)
    assert apart < 1e-12, f"{apart:.1e} of the ground is lost or counted twice"
    print(
        f"{counted:.0f} parcels: killed with {done} of them in the checkpoint, after {spent:.1f} s"
    )
    print(f"taken up {rest['seconds']:.1f} s, straight {straight['seconds']:.1f} s")
    print(f"totals are the same to the last bit, and the ground's area to {apart:.0e}")


def killed(folder: Path, rows: int) -> int:
    """Start a run, kill it once so many rows are in its checkpoint, and say how many are."""
    with subprocess.Popen([sys.executable, __file__, "--answer", "killed", str(folder)]) as run:
        while run.poll() is None and rows_in(folder / CHECKPOINT) < rows:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL, "the run ended before it was killed"
    return rows_in(folder / CHECKPOINT)


def rows_in(checkpoint: Path) -> int:
    """Say how many rows a run has in its checkpoint."""
    if not checkpoint.exists():
        return 0
    with zipfile.ZipFile(checkpoint) as archive:
        found = json.loads(archive.read("checkpoint.json"))
    return int(found["sums"]["notes"]["n_rows"])


def child(name: str, folder: str | Path) -> dict[str, float]:
    """Ask in a process of its own."""
    command = [sys.executable, __file__, "--answer", name, str(folder)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def read_in_batches(files: Files) -> dict[str, float]:
    """Read the parcels' file with Arrow, batch by batch, and keep nothing."""
    start = time.perf_counter()
    for _ in pq.ParquetFile(files.parcels).iter_batches():
        pass
    return {"seconds": time.perf_counter() - start}


def with_memory(files: Files) -> dict[str, float]:
    """Ask parkgeo for the first parcels, then for all, and say what memory was needed for."""
    first = files._replace(parcels=files.parcels.with_name("first.parquet"))
    with pq.ParquetFile(files.parcels) as whole:
        pq.write_table(pa.Table.from_batches([next(whole.iter_batches(20_000))]), first.parcels)
    PEERS[OURS](first).ask()  # What is compiled is loaded before time runs.
    libraries = memory_mb("VmRSS")
    seconds, peaks = 0.0, []
    for some in (first, files):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # The peak so far is gone.
        seconds, _ = timed(PEERS[OURS](some))
        peaks.append(memory_mb("VmHWM"))
    zones_mb = peaks[0] - libraries
    return {"seconds": seconds, "peak": peaks[1], "libraries": libraries, "zones": zones_mb}


def memory_mb(field: str) -> float:
    """Read how much memory this process has, ``VmRSS``, or had at most, ``VmHWM``."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{field}:")).split()[1]) / 1024


def kept_as(run: str, **options: object) -> Callable[[Files], dict[str, float]]:
    """Return what asks parkgeo and keeps the table."""

    def ask(files: Files) -> dict[str, float]:
        folder = files.parcels.parent
        if "checkpoint" in options:
            options["checkpoint"] = folder / CHECKPOINT
        start = time.perf_counter()
        table = asked(files, **options)
        seconds = time.perf_counter() - start
        n_parcels = table.attrs.pop("n_parcels")
        table.attrs.clear()
        table.to_parquet(folder / f"{run}.parquet")
        return {"seconds": seconds, "n_parcels": n_parcels}

    return ask


def to_be_killed(files: Files) -> dict[str, float]:
    """Ask in small batches, with a checkpoint after each."""
    _checkpoint._SECONDS = _checkpoint._SHARE = 0.0  # type: ignore[misc]  # noqa: SLF001
    rows = pq.ParquetFile(files.parcels).metadata.num_rows
    return kept_as("killed", checkpoint=True, batch_rows=rows // 20)(files)


CHILDREN: dict[str, Callable[[Files], dict[str, float]]] = {
    "reading": read_in_batches,
    OURS: with_memory,
    "straight": kept_as("straight"),
    "killed": to_be_killed,
    "taken up": kept_as("taken up", checkpoint=True),
}
"""What is asked in a process of its own."""


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
    parser.add_argument(
        "--tail",
        type=float,
        default=TAIL,
        help="of the numbers of vertices of zones; 0.3 gives 2 600 in the mean instead of 500",
    )
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=PEERS,
        default=[name for name in PEERS if name not in ON_REQUEST],
    )
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--first-call", action="store_true")
    parser.add_argument("--answer", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Do what the command line asks for."""
    options = arguments()
    if options.answer:
        name, folder = options.answer
        files = Files(*(Path(folder, f"{layer}.parquet") for layer in Files._fields))
        print(json.dumps(CHILDREN[name](files)))
    elif options.first_call:
        first_call()
    elif options.scaling:
        scaling(list(options.scales), options.zones)
    elif options.resume:
        resume(options.parcels, options.zones)
    else:
        size = f"{number(options.parcels)} parcels, {options.zones} zones, 100 districts, synthetic"
        print(size)
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
        with tempfile.TemporaryDirectory() as folder:
            files = draw(Path(folder), options.parcels, options.zones, options.tail)
            print(f"the parcels cover {ground_km2(files):.3f} km²")
            peers = present(files, list(dict.fromkeys([OURS, *options.peers])))
            race(peers, options.rounds, size)


if __name__ == "__main__":
    main()
