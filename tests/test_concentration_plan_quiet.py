"""What a solver prints in C, past Python, and what must not be lost beside it."""

import subprocess
import sys

SCRIPT = """
import ctypes, os
from parkgeo.concentration._plan_quiet import without_noise
c = ctypes.CDLL(None)
print("before")
with without_noise():
    c.puts(b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();")
    c.puts(b"printed by C")
    print("printed by Python")
c.puts(b"HighsMipSolverData:: printed by another")
c.fflush(None)
print("after", flush=True)
"""


def run() -> subprocess.CompletedProcess[str]:
    """Run the script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )


def test_only_the_lines_of_the_solver_are_held_back() -> None:
    first, *inside, other, last = run().stdout.splitlines()
    assert (first, last) == ("before", "after")
    assert sorted(inside) == ["printed by C", "printed by Python"]
    assert other == "HighsMipSolverData:: printed by another"


def test_without_a_standard_output_nothing_fails() -> None:
    closed = SCRIPT.replace('print("before")', "os.close(1)").replace("print(", "str(")
    done = subprocess.run(
        [sys.executable, "-c", closed.replace(", flush=True", "")], capture_output=True, check=True
    )
    assert done.stderr == b""
