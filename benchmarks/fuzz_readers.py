"""Fuzz each reader: only errors of parkgeo's family may come out, soon and with little memory.

With atheris installed (``pip install atheris``, on Linux) the fuzzer is guided by the coverage of
parkgeo's own code; without it cases are changed at random, which finds
less and says so. Either way it begins with ``tests/fuzz/corpus``. A case that takes 5 s or 1 GB
ends the run. Whatever else is wrong is written to ``--findings`` once a place, and the run goes on.
Run: ``python benchmarks/fuzz_readers.py --reader geojson --minutes 10``. Ends with status 1 where
something was found.
"""

import argparse
import hashlib
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Final

TESTS: Final = Path(__file__).parents[1] / "tests"
CORPUS: Final = TESTS / "fuzz" / "corpus"
LONGEST_BYTES: Final = 20_000
LIMIT_S: Final = 5
LIMIT_MB: Final = 1024


def guide() -> ModuleType | None:
    """Return atheris, or none where it is not installed."""
    try:
        import atheris  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return atheris


class Judge:
    """Runs cases, and keeps the first of each kind that is wrong."""

    def __init__(self, reader: str, findings: Path) -> None:
        self.reader = reader
        self.folder = findings
        self.cases = 0
        self.read = 0
        self.places: set[str] = set()
        self.end_s = math.inf
        """When to end the process, as libFuzzer would end it with 0 whatever was found."""

    def __call__(self, data: bytes) -> None:
        """Run one case."""
        from fuzz.readers import attempt  # noqa: PLC0415 - after atheris is ready for it

        self.cases += 1
        try:
            self.read += attempt(self.reader, data)
        except Exception as error:  # noqa: BLE001 - the point is to see every one of them
            self._keep(error, data)
        if time.monotonic() > self.end_s:
            print(f"{self.reader}: {self.cases} cases, {self.read} of them read", flush=True)
            os._exit(int(bool(self.places)))

    def _keep(self, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "parkgeo" in frame.filename] or frames
        place = f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"
        if place in self.places:
            return
        self.places.add(place)
        name = f"{self.reader}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(data)
        print(f"{self.reader}: {place}: {str(error)[:200]} -> {name}", flush=True)


def changed(dice: random.Random, data: bytes, other: bytes) -> bytes:
    """Change a case: bits, bytes, runs cut out or doubled, and pieces of another one."""
    made = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at, to = sorted(dice.choices(range(len(made) + 1), k=2))
        to = min(to, at + dice.choice((1, 4, 64)))
        match dice.randrange(5):
            case 0 if at < len(made):
                made[at] ^= 1 << dice.randrange(8)
            case 1:
                made[at:to] = dice.randbytes(to - at)
            case 2:
                del made[at:to]
            case 3:
                made[at:at] = made[at:to]
            case _:
                start = dice.randrange(len(other) + 1)
                made[at:to] = other[start : start + dice.choice((1, 8, 64))]
    return bytes(made[: max(LONGEST_BYTES, 2 * len(data))])


def blind(judge: Judge, cases: list[bytes], seconds: float, seed: int) -> None:
    """Fuzz without coverage."""
    dice = random.Random(seed)  # noqa: S311 - cases, not keys
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        data = changed(dice, dice.choice(cases), dice.choice(cases))
        judge(data)
        if time.monotonic() - began > LIMIT_S:
            print(f"{judge.reader}: slow: {time.monotonic() - began:.1f} s: {data[:60]!r}")
            judge.places.add("slow")


def fuzz(reader: str, seconds: float, findings: Path, seed: int) -> int:
    """Fuzz one reader in this process."""
    sys.path.insert(0, str(TESTS))
    judge = Judge(reader, findings)
    cases = sorted(CORPUS.glob(f"{reader}-*"))
    atheris = guide()
    if atheris is None:
        print("atheris is not installed: cases are changed at random, without coverage")
        blind(judge, [case.read_bytes() for case in cases], seconds, seed)
        print(f"{reader}: {judge.cases} cases, {judge.read} of them read")
        return int(bool(judge.places))
    with atheris.instrument_imports(include=["parkgeo"]):
        from fuzz import readers  # noqa: F401, PLC0415 - now, so that its lines are counted
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            Path(folder, case.name).write_bytes(case.read_bytes())
        options = {
            "max_total_time": int(seconds) + LIMIT_S,
            "timeout": LIMIT_S,
            "rss_limit_mb": LIMIT_MB,
            "max_len": max(LONGEST_BYTES, *(2 * case.stat().st_size for case in cases)),
            "seed": seed,
            "artifact_prefix": f"{findings}/",
            "verbosity": 0,
        }
        arguments = [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), folder]
        atheris.Setup(arguments, judge)
        judge.end_s = time.monotonic() + seconds
        atheris.Fuzz()
    return 0


def main() -> int:
    """Fuzz one reader, or all of them, each in a process of its own."""
    sys.path.insert(0, str(TESTS))
    known = sorted({case.name.split("-")[0] for case in CORPUS.iterdir()})
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reader", choices=[*known, "all"], default="all")
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--findings", type=Path, default=Path("out/fuzz"))
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    chosen.findings.mkdir(parents=True, exist_ok=True)
    if chosen.reader != "all":
        return fuzz(chosen.reader, 60 * chosen.minutes, chosen.findings, chosen.seed)
    common = [f"--minutes={chosen.minutes}", f"--findings={chosen.findings}"]
    for reader in known:
        command = [sys.executable, __file__, f"--reader={reader}", *common, f"--seed={chosen.seed}"]
        print(
            f"{reader}: {'stopped' if subprocess.run(command, check=False).returncode else 'done'}"
        )
    found = sorted(path.name for path in chosen.findings.iterdir())
    print(f"findings in {chosen.findings}: {', '.join(found) or 'none'}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
