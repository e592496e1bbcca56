"""Refresh the table of benchmarks in the documentation: run them, and keep what they measured.

Each scenario is one run of one script, answers compared first and everybody in turns. Results go to
``benchmarks/results``, one file a scenario, with machine, date and versions; the documentation
draws its table from them (``docs/figures/benchmark_table.py``). A machine that does something else
meanwhile gives figures of something else.

    python benchmarks/table.py                  # all, about ten minutes on two processors
    python benchmarks/table.py --only area datum
    python benchmarks/table.py --quick          # small sizes, to see that all runs; keeps nothing
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results"
COMMANDS: Final = {
    "area": "bench_area.py",
    "datum": "bench_datum.py",
    "overlap": "bench_overlap.py --zones 3000 --rounds 3 --exact 20 --no-memory",
    "concentration": "bench_concentration.py --parcels 100000 --rounds 2 "
    "--peers reading overlay duckdb",
    "raster": "bench_raster.py --size 6000 --zones 1000 --slow-zones 100",
    "landscape": "bench_landscape.py --size 2000 --without-enn",
    "distance": "bench_agglomeration.py --plants 10000 --points --rounds 2",
    "maps": "bench_maps.py --sizes 1000 10000 --peers parkgeo folium geopandas",
}
QUICK: Final = {
    "area": "bench_area.py",
    "datum": "bench_datum.py",
    "overlap": "bench_overlap.py --zones 300 --rounds 1 --exact 2 --no-memory",
    "concentration": "bench_concentration.py --parcels 5000 --zones 200 --rounds 1 "
    "--peers reading overlay duckdb",
    "raster": "bench_raster.py --size 2000 --zones 100 --slow-zones 20 --rounds 1",
    "landscape": "bench_landscape.py --size 400 --without-enn",
    "distance": "bench_agglomeration.py --plants 2000 --points --rounds 1 --simulations 20",
    "maps": "bench_maps.py --sizes 1000 --peers parkgeo folium",
}


def run(command: str, folder: Path) -> bool:
    """Run one script, whose output goes to the terminal; tell whether it ended well."""
    print(f"\n== python benchmarks/{command}", flush=True)
    began = time.monotonic()
    script, *options = command.split()
    done = subprocess.run(
        [sys.executable, str(HERE / script), *options],
        env=os.environ | {"PARKGEO_BENCH_RESULTS": str(folder)},
        check=False,
    )
    print(f"== {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run what is asked for; the status tells whether all ended well."""
    options = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    options.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    options.add_argument("--quick", action="store_true", help="small sizes, nothing is kept")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) if chosen.quick else RESULTS
        commands = QUICK if chosen.quick else COMMANDS
        failed = [name for name in chosen.only if not run(commands[name], place)]
        kept = sorted(path.stem for path in place.glob("*.json"))
    print(f"\nkept: {', '.join(kept) or 'nothing'}")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
