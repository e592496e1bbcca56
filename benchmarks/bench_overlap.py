"""What lies on what, against every other way to find out, in turns in one process.

The zones are synthetic; see zones.py. Every peer gets the same coordinates, in metres on the
equal-area plane, so areas are compared first: pair by pair, and set of members by set of members.
Where two answers differ, the area is worked out in rational numbers, which says who is off: of at
most --exact differences, half of them the largest, for a quarter of a minute per peer. A peer that
disagrees is still timed. Then all run in turns; those that take more than half a minute run once.
Memory is the peak of a process of its own for each. Peers draw geometry anyway, so their one figure
is held against parkgeo without and with geometry.

    python -m pip install --no-deps duckdb==1.5.5 duckdb-extension-spatial==1.5.5 sedonadb \
        geoarrow-pyarrow geoarrow-c geoarrow-types psycopg psycopg-binary
    export PARKGEO_POSTGIS="host=/var/run/postgresql dbname=bench user=postgres"
    python benchmarks/bench_overlap.py                  # 20 000 zones, all peers that are here
    python benchmarks/bench_overlap.py --zones 3000 --peers shapely geopandas sf
    python benchmarks/bench_overlap.py --scaling        # how cost grows from 1 000 to 100 000
    python benchmarks/bench_overlap.py --hostile        # time and memory of what breaks others
    python benchmarks/bench_overlap.py --threads 1000   # two threads at once, so many rounds
    python benchmarks/bench_overlap.py --first-call     # a fresh process that has to compile
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import shapely
from kept import Run, keep
from numpy.typing import NDArray
from overlap_answers import Areas, areas, compared, judged
from overlap_hostile import CASES
from overlap_peers import OURS, PEERS, AbsentError, Peer
from zones import zones

from parkgeo import crs

os.environ["TQDM_DISABLE"] = "1"

LARGEST = {"geopandas": 3_000, "sf": 3_000, "qgis": 3_000}
"""Peers that are left out with more zones unless asked for with --all."""

SLOW_S = 30.0
SCALES = (1_000, 3_000, 10_000, 30_000, 100_000)
QUESTIONS = {"pairs": "pairs", "faces": "n-way partition"}


Shapes = NDArray[np.object_]


class Contender(NamedTuple):
    """Someone with an answer to one question."""

    name: str
    peer: Peer
    ask: Callable[[], Any]


def layer(n: int) -> Shapes:
    """Draw zones and put them on the plane, near its origin: a move by whole metres is exact."""
    shapes = crs.to_plane(zones(n).geometry).to_numpy()
    middle = np.floor(shapely.total_bounds(shapes).reshape(2, 2).mean(axis=0))
    return np.asarray(shapely.transform(shapes, lambda xy: xy - middle))


def seconds(contender: Contender) -> tuple[float, Any]:
    """Time one answer; one that ran elsewhere says itself how long it took."""
    start = time.perf_counter()
    answer = contender.ask()
    spent = time.perf_counter() - start
    return getattr(contender.peer, "seconds", spent), answer


def present(shapes: NDArray[np.object_], wanted: list[str], *, everyone: bool) -> dict[str, Peer]:
    """Load the layer into every peer that can be asked here, and name the others."""
    found = {name: load(shapes) for name, load in OURS.items()}
    for name in wanted:
        if not everyone and len(shapes) > LARGEST.get(name, len(shapes)):
            print(f"{name}: left out above {LARGEST[name]} zones; ask with --all")
            continue
        try:
            found[name] = PEERS[name](shapes)
        except AbsentError as reason:
            print(f"{name}: left out, {reason}")
    return found


def compare(
    question: str, contenders: list[Contender], shapes: Shapes, most: int
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Hold every answer against ours; return what each took, of those that had one, and said."""
    marks = np.random.default_rng(1).integers(0, 2**63, len(shapes), dtype=np.uint64)
    print(f"\n{QUESTIONS[question]}: answers")
    spent: dict[str, list[float]] = {}
    said: dict[str, str] = {}
    ours: Areas | None = None
    for contender in contenders:
        try:
            took, answer = seconds(contender)
        except Exception as error:  # noqa: BLE001  # whatever a peer fails with, the others go on
            said[contender.name] = f"failed: {str(error)[:100]}"
            print(f"{contender.peer.label:42} {said[contender.name]}")
            continue
        found = areas(answer, marks)
        spent[contender.name] = [took]
        ours = ours or found
        same, apart = compared(ours, found)
        said[contender.name] = f"{same} agree, {len(apart)} do not"
        print(f"{contender.peer.label:42} {said[contender.name]}")
        for line in judged(apart, shapes, question, most=most):
            print(f"    {line}")
    return spent, said


def race(
    question: str, peers: dict[str, Peer], shapes: Shapes, options: argparse.Namespace
) -> None:
    """Compare answers, run all in turns, and print seconds, ratios and memory."""
    contenders = [
        Contender(name, peer, peer.tasks()[question])
        for name, peer in peers.items()
        if question in peer.tasks()
    ]
    spent, said = compare(question, contenders, shapes, options.exact)
    for name in spent.keys() & {"parkgeo"}:
        print(f"first answer of parkgeo, with loading kernels: {spent[name][0]:.2f} s")
    for turn in range(options.rounds):
        for contender in contenders:
            runs = spent.get(contender.name, [])
            if not runs or (runs[0] > SLOW_S and contender.name not in OURS):
                continue
            if turn == 0:
                runs.clear()  # The answer that was compared was a warm-up.
            runs.append(seconds(contender)[0])
    print(f"\n{QUESTIONS[question]}: {options.zones} zones, {options.rounds} turns")
    print(f"{'':42} {'min s':>8} {'median s':>8} {'parkgeo':>8} {'geometry':>8} {'peak MB':>8}")
    kept = []
    for contender in contenders:
        note = said.get(contender.name, "")
        label, own = contender.peer.label, contender.name in OURS
        if runs := spent.get(contender.name):
            ratios = [median(runs) / median(spent.get(ours, [np.nan])) for ours in OURS]
            peak = memory(contender.name, question, options) if options.memory else float("nan")
            print(
                f"{contender.peer.label:42} {min(runs):8.3f} {median(runs):8.3f}"
                + "".join(f" {ratio:7.1f}x" for ratio in ratios)
                + f" {peak:8.0f}"
            )
            memory_mb = peak if options.memory else None
            kept.append(Run(label, median(runs), own, note, peak_mb=memory_mb))
        else:
            kept.append(Run(label, None, own, note))
    keep(f"overlap-{question}", f"{options.zones} synthetic zones", kept)
    print("x: times the time of parkgeo, areas only, and of parkgeo with geometry; medians")


def memory(name: str, question: str, options: argparse.Namespace) -> float:
    """Answer once more in a process of its own and return its peak in MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "zones.npy")
        np.save(path, shapely.to_wkb(layer(options.zones)), allow_pickle=True)
        return float(child("--answer", name, question, str(path)))


def child(*arguments: str, **environment: str) -> str:
    """Run this script in a process of its own and return its last line, or how it ended."""
    run = subprocess.run(
        [sys.executable, __file__, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        return f"nan  # ended with {run.returncode}: {run.stderr.strip()[-200:]}"
    return run.stdout.strip().splitlines()[-1]


def answer_once(name: str, question: str, path: str) -> None:
    """Print the peak of one answer in MB: of this process, and of a server that works for it."""
    peer = {**OURS, **PEERS}[name](shapely.from_wkb(np.load(path, allow_pickle=True)))
    forget_peak()
    peer.tasks()[question]()
    server = peer.server_peak_mb() if hasattr(peer, "server_peak_mb") else 0.0
    print(peak_mb() + server)


def forget_peak() -> None:
    """Let the peak start again from what is in memory now, where Linux allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        print("the peak includes loading", file=sys.stderr)


def peak_mb() -> float:
    """Return the largest resident set of this process since the peak was forgotten."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def scaling(options: argparse.Namespace) -> None:
    """Print how the cost grows with the number of zones, and the exponent."""
    print(f"{'zones':>8} {'vertices':>10} {'pairs s':>9} {'partition s':>12} {'reading s':>10}")
    rows = []
    for n in options.scales:
        shapes = layer(n)
        peer = OURS["parkgeo"](shapes)
        tasks = [*peer.tasks().values(), lambda shapes=shapes: shapely.get_coordinates(shapes)]
        runs = list(zip(*_turns(tasks, options.rounds), strict=True))
        rows.append([min(run) for run in runs])
        vertices = int(shapely.get_num_coordinates(shapes).sum())
        print(f"{n:8} {vertices:10}" + "".join(f" {s:10.3f}" for s in rows[-1]), flush=True)
    logs = np.log(np.array(rows))
    slopes = [np.polyfit(np.log(options.scales), log, 1)[0] for log in logs.T]
    print(f"{'exponent':>19}" + "".join(f" {slope:10.2f}" for slope in slopes))


def _turns(tasks: list[Callable[[], Any]], rounds: int) -> Iterator[list[float]]:
    """Run tasks in turns, after one answer each to warm up."""
    for turn in range(rounds + 1):
        spent = [seconds(Contender("", None, task))[0] for task in tasks]  # type: ignore[arg-type]
        if turn:
            yield spent


def hostile() -> None:
    """Run each hostile case in a process of its own."""
    print(f"{'case':44} {'question':>10} {'s':>8} {'peak MB':>8}   answer")
    for name in CASES:
        print(child("--case", name), flush=True)


def hostile_once(name: str) -> None:
    """Answer one hostile case and print its row."""
    case = CASES[name]
    parks = case.draw()
    forget_peak()
    start = time.perf_counter()
    said = case.ask(parks)
    spent = time.perf_counter() - start
    print(f"{name:44} {case.question:>10} {spent:8.2f} {peak_mb():8.0f}   {said}")


def threads(rounds: int) -> None:
    """Ask everything from two threads at once, over and over, and count wrong answers.

    GEOS geometry that is prepared and then used by two threads would end the process.
    """
    ours = [OURS[name](layer(60)) for name in OURS]
    tasks = [ask for peer in ours for ask in peer.tasks().values()]
    expected = [ask() for ask in tasks]

    def wrong(_: int) -> int:
        return sum(not ask().equals(answer) for ask, answer in zip(tasks, expected, strict=True))

    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        total = sum(pool.map(wrong, range(rounds)))
    spent = time.perf_counter() - start
    print(f"{rounds} rounds of {len(tasks)} questions on two threads: {total} wrong, {spent:.0f} s")


FIRST_CALL = """
import time
start = time.perf_counter()
import parkgeo as pg
imported = time.perf_counter()
parks = pg.datasets.hangzhou()
read = time.perf_counter()
pg.overlap.pairs(parks)
paired = time.perf_counter()
pg.overlap.partition(parks, geometry=False)
parted = time.perf_counter()
print(*(round(b - a, 2) for a, b in ((start, imported), (imported, read), (read, paired),
    (paired, parted), (start, parted))))
"""


def first_call() -> None:
    """Print what a fresh process takes on the bundled data, compiling and with what is cached."""
    print(f"{'':28} {'import':>8} {'read':>8} {'pairs':>8} {'partition':>10} {'together':>9} s")
    with tempfile.TemporaryDirectory() as cache:
        for label in ("nothing compiled before", "compiled before"):
            run = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                env=os.environ | {"NUMBA_CACHE_DIR": cache},
                capture_output=True,
                text=True,
                check=True,
            )
            figures = run.stdout.split()
            print(f"{label:28}" + "".join(f" {figure:>8}" for figure in figures))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--zones", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=list(QUESTIONS))
    parser.add_argument("--all", action="store_true", help="also peers that take minutes or fail")
    parser.add_argument("--exact", type=int, default=500, help="differences to work out, at most")
    parser.add_argument("--no-memory", dest="memory", action="store_false")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--threads", type=int, metavar="ROUNDS", help="ask from two threads")
    parser.add_argument("--first-call", action="store_true")
    parser.add_argument("--answer", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Do what the command line asks for."""
    options = arguments()
    if options.answer:
        answer_once(*options.answer)
    elif options.case:
        hostile_once(options.case)
    elif options.scaling:
        scaling(options)
    elif options.hostile:
        hostile()
    elif options.threads:
        threads(options.threads)
    elif options.first_call:
        first_call()
    else:
        shapes = layer(options.zones)
        vertices = int(shapely.get_num_coordinates(shapes).sum())
        print(f"{options.zones} synthetic zones of {vertices} vertices")
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
        peers = present(shapes, options.peers, everyone=options.all)
        for question in options.questions:
            race(question, peers, shapes, options)


if __name__ == "__main__":
    main()
