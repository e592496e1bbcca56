"""Print how long importing takes, in fresh processes, against GeoPandas, which parkgeo works on.

    python benchmarks/bench_import.py [--rounds N]

Everybody runs in turns, and the median is printed, with its ratio to ``import geopandas``. A first
run warms the disk and writes bytecode, and is not counted.
"""

import argparse
import statistics
import subprocess
import sys
import time
from typing import Final

STATEMENTS: Final = {
    "nothing": "pass",
    "import geopandas": "import geopandas",
    "import parkgeo": "import parkgeo",
    "… and pg.overlap": "import parkgeo; parkgeo.overlap",
    "… and pg.concentration": "import parkgeo; parkgeo.concentration",
    "… and pg.fourbounds": "import parkgeo; parkgeo.fourbounds",
    "… and pg.maps": "import parkgeo; parkgeo.maps",
    "parkgeo.cli": "import parkgeo.cli",
}


def main() -> None:
    """Time all statements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for turn in range(rounds + 1):
        for name, statement in STATEMENTS.items():
            taken = timed(statement)
            if turn:
                seconds[name].append(taken)
    median = {name: statistics.median(taken) for name, taken in seconds.items()}
    empty = median["nothing"]
    peer = median["import geopandas"] - empty
    for name, taken in median.items():
        print(f"{name:24} {taken - empty:6.3f} s {(taken - empty) / peer:6.2f} × import geopandas")


def timed(statement: str) -> float:
    """Return the seconds of a process that does one thing."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
