"""What a million parcels cost on Spark, and how that grows.

Parcels and zones are synthetic; see parcels.py and zones.py. The parcels cover all the ground, as
those of a land survey do. Each size is written as a folder of GeoParquet and timed on Spark's
``local-cluster``: worker processes of their own, one core each, on this machine, warmed up on the
first two files. Totals are held against ``parkgeo.concentration.ratio`` on the same files, whose
seconds are told too. At the end it says what memory each process had at most.

    python benchmarks/bench_scale.py                          # 0.5 to 4 million parcels, 2 workers
    python benchmarks/bench_scale.py --parcels 20000000       # one size; 3 GB of disk
    python benchmarks/bench_scale.py --workers 4 --memory 4096
"""

import argparse
import os
import pickle
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from parcels import ground, number, parcels
from zones import zones

import parkgeo as pg
from parkgeo.concentration._ratio import question_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

os.environ["TQDM_DISABLE"] = "1"
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)

SCALES = (500_000, 1_000_000, 2_000_000, 4_000_000)
RELATIVE = 1e-12
KINDS = {
    "CoarseGrainedExecutorBackend": "executors' Java",
    "pyspark.daemon": "workers' Python",
    "org.apache.spark": "driver's Java",
}
LIBRARIES = """
import geopandas, numba, pyarrow.parquet, shapely, parkgeo.scale, parkgeo.concentration
lines = open("/proc/self/status").read().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))
"""
SURVEY = 295e6
"""Parcels of the third national land survey."""


def session(workers: int, memory_mb: int) -> "SparkSession":
    """Start worker processes on this machine, on the loopback."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - after the environment is set

    builder = SparkSession.builder.master(f"local-cluster[{workers},1,{memory_mb}]")
    options = {
        "spark.executor.memory": f"{memory_mb}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def stop(spark: "SparkSession") -> None:
    """Stop the workers, and remove the logs that they leave beside Spark."""
    import pyspark  # noqa: PLC0415 - after the environment is set

    application = spark.sparkContext.applicationId
    spark.stop()
    shutil.rmtree(Path(pyspark.__file__).parent / "work" / application, ignore_errors=True)


def folder_of(path: Path, n_parcels: int, n_zones: int) -> tuple[Path, Path]:
    """Write parcels as files of some 250 000, as a survey hands them in, and the zones."""
    folder, parks = path / "parcels", path / "zones.parquet"
    folder.mkdir()
    layer = zones(n_zones)
    layer = layer.set_geometry(pg.crs.to_plane(layer.geometry))
    layer.to_parquet(parks)
    for i, batch in enumerate(parcels(n_parcels, ground(layer.total_bounds))):
        file = folder / f"part-{i:04d}.parquet"
        batch.to_parquet(file, index=False, compression="zstd", row_group_size=125_000)
    return folder, parks


def timed(folder: Path, parks: Path, spark: "SparkSession") -> dict[str, float]:
    """Ask Spark and local the same; return seconds, and by how much totals differ."""
    layer = pg.read(parks)
    # Two files warm the workers up: import, machine code, zones.
    pg.scale.ratio(f"{folder.as_uri()}/part-000[01].parquet", layer, spark=spark)
    start = time.perf_counter()
    found = pg.scale.ratio(folder, layer, spark=spark)
    spent = time.perf_counter() - start
    start = time.perf_counter()
    expected = pg.concentration.ratio(folder, layer)
    local = time.perf_counter() - start
    columns = ["total", "inside", "ratio"]
    apart = np.max(np.abs(found[columns] / expected[columns] - 1).to_numpy())
    assert apart <= RELATIVE, f"Spark and local are {apart:.1e} apart"
    size_mb = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    return {"seconds": spent, "local": local, "apart": float(apart), "size_mb": size_mb}


def processes() -> dict[str, list[float]]:
    """Return the most megabytes that this process and all below it had, by what they are."""
    parents, found = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text(encoding="utf-8").splitlines()
            command = (folder / "cmdline").read_text(encoding="utf-8")
        except OSError:
            continue  # It has ended meanwhile.
        fields = dict(line.split(":", 1) for line in status)
        parents[int(folder.name)] = int(fields["PPid"])
        if "VmHWM" in fields:
            found[int(folder.name)] = (command, int(fields["VmHWM"].split()[0]) / 1024)
    ours, peaks = os.getpid(), {}
    for pid, (command, peak) in found.items():
        above = [pid]
        while above[-1] in parents:
            above.append(parents[above[-1]])
        if ours in above:
            kind = next((name for word, name in KINDS.items() if word in command), "other")
            peaks.setdefault("driver's Python" if pid == ours else kind, []).append(peak)
    return peaks


def libraries_mb() -> float:
    """Measure what a Python process has once parkgeo and what it needs are loaded."""
    run = subprocess.run(
        [sys.executable, "-c", LIBRARIES], capture_output=True, text=True, check=True
    )
    return int(run.stdout) / 1024


def broadcast_mb(parks: Path) -> float:
    """Measure what goes to every worker."""
    question = question_of(
        pg.read(parks),
        columns=[],
        by=None,
        of=None,
        districts=None,
        where=None,
        classes=None,
        system=None,
        weight=None,
        target=0.7,
        shapley=False,
    )
    return len(pickle.dumps(question)) / 1e6


def main() -> None:
    """Print a line for each size, and what the survey of a country would cost."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--parcels", type=int, nargs="+", default=SCALES)
    parser.add_argument("--zones", type=int, default=3_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=int, default=1_024, help="MB of each worker's Java")
    options = parser.parse_args()
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    spark = session(options.workers, options.memory)
    print(f"{platform.machine()}, {os.cpu_count()} cores, {options.workers} workers of one core")
    heads = {"parcels": 10, "files MB": 9, "seconds": 8, "s/million": 10, "local s": 8, "apart": 8}
    print(" ".join(f"{head:>{width}}" for head, width in heads.items()))
    rows = []
    scales = [number(n) for n in options.parcels]
    for n in scales:
        with tempfile.TemporaryDirectory() as name:
            folder, parks = folder_of(Path(name), n, options.zones)
            sent_mb = broadcast_mb(parks)
            found = timed(folder, parks, spark)
        rows.append(found["seconds"])
        each = found["seconds"] / n * 1e6
        print(
            f"{n:10} {found['size_mb']:9.0f} {found['seconds']:8.2f} {each:10.2f} "
            f"{found['local']:8.2f} {found['apart']:8.0e}",
            flush=True,
        )
    peaks = processes()
    stop(spark)
    for kind, megabytes in sorted(peaks.items()):
        print(f"{kind:16} {len(megabytes)} with at most {max(megabytes):.0f} MB")
    print(
        f"of a worker's Python {libraries_mb():.0f} MB are libraries; {options.zones} zones are "
        f"{sent_mb:.1f} MB as they are sent, the rest is machine code, zones made ready and a batch"
    )
    if len(rows) > 1:
        slope, fixed = np.polyfit(scales, rows, 1)
        if slope <= 0:
            print("no growth to be seen in so few parcels; ask for more with --parcels")
            return
        exponent = np.polyfit(np.log(scales), np.log(rows), 1)[0]
        hours = (fixed + slope * SURVEY) * options.workers / 3600
        print(f"{fixed:.1f} s and {slope * 1e6:.2f} s a million; exponent {exponent:.2f}")
        print(f"295 million parcels: {hours:.2f} core hours, if it grows on like that")


if __name__ == "__main__":
    main()
