"""Keep from the user what a solver in C prints for its own developers."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STDOUT: Final = 1
_NOISE: Final = b"HighsMipSolverData::"
"""How lines begin that HiGHS 1.12, as in SciPy 1.17, prints whatever its options say."""


@contextmanager
def without_noise() -> Iterator[None]:
    """Take the solver's own lines out of what is printed meanwhile; all others are printed after.

    They are printed in C, past ``sys.stdout``, so the file descriptor itself is held back.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(_STDOUT)
    except OSError:
        # No standard output, as in a service: then nothing is printed either.
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), _STDOUT)
        try:
            yield
        finally:
            sys.stdout.flush()
            _flush_c()
            os.dup2(kept, _STDOUT)
            os.close(kept)
            held.seek(0)
            if others := [line for line in held if not line.startswith(_NOISE)]:
                os.write(_STDOUT, b"".join(others))


def _flush_c() -> None:
    """Write out what C still holds back, where its library can be reached by name."""
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
