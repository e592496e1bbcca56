"""GEOS over long arrays: piece by piece on threads, with a progress bar where it takes long."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parkgeo._ground._threads import in_threads

_PIECE: Final = 128


def in_pieces(
    work: Callable[..., Any], *arrays: NDArray[Any], doing: str, piece: int = _PIECE
) -> NDArray[Any]:
    """Apply a vectorised function to arrays of one length, ``piece`` elements at a time.

    GEOS releases the GIL, so threads pay; nothing prepared is shared between them.
    """
    starts = range(0, len(arrays[0]), piece)
    if len(starts) <= 1:
        return np.asarray(work(*arrays))

    def apply(start: int) -> NDArray[Any]:
        return np.asarray(work(*(array[start : start + piece] for array in arrays)))

    return np.concatenate(in_threads(apply, starts, doing=doing))
