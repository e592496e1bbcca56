"""Polygons from a column of well-known binary, without making an object for each."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import _kernels
from parkgeo._ground._outlines import Rings, over
from parkgeo._ground._types import Flags, Indices
from parkgeo.errors import GeometryError, first_rows

if TYPE_CHECKING:
    import pyarrow as pa

_POLYGONAL: Final = (_kernels.POLYGON, _kernels.MULTIPOLYGON)
_WRONG: Final = {
    _kernels.CUT_SHORT: "cut short: they say more than they hold",
    _kernels.NO_SHAPE: "no well-known binary",
    _kernels.NO_RING: "rings of fewer than four vertices, or holes without a shell",
}


@dataclass(frozen=True)
class Wkb:
    """A column of well-known binary, looked through once: ISO or EWKB, in any byte order."""

    data: NDArray[np.uint8]
    offsets: Indices
    kinds: Indices
    """Of each row, as :class:`shapely.GeometryType`; -1 where it is missing or not readable."""
    n_rings: Indices
    n_vertices: Indices
    states: Indices

    @classmethod
    def of(cls, column: "pa.Array | pa.ChunkedArray") -> Self:
        """Look through an Arrow column of binary, of 32 or 64-bit offsets."""
        data, offsets, missing = _buffers(column)
        size = len(missing)
        kinds, rings, vertices, states = (np.empty(size, dtype=np.intp) for _ in range(4))
        over(
            _kernels.scan_wkb,
            data,
            split=(offsets[:-1], offsets[1:], missing, kinds, rings, vertices, states),
            doing="looking through shapes",
        )
        # GEOS counts points and lines from 0, and has rings of their own for 2.
        kinds[(kinds == 1) | (kinds == 2)] -= 1  # noqa: PLR2004
        return cls(data, offsets, kinds, rings, vertices, states)

    @property
    def without_ground(self) -> Flags:
        """Which rows are missing or empty."""
        return np.asarray(self.n_rings == 0)

    def rings(self, what: str, labels: pd.Index | None = None) -> Rings:
        """Read the polygons of all rows; missing and empty ones have no rings.

        Parameters
        ----------
        what
            What the rows are, for messages: "parcels".
        labels
            What they are called, for messages; by position unless given.

        Raises
        ------
        GeometryError
            Rows that hold no well-known binary, less than they say, or other kinds than polygons.
        """
        names = pd.RangeIndex(len(self.kinds)) if labels is None else labels
        self._refuse_broken(what, names)
        self._refuse_other_kinds(what, names)
        places = np.cumsum(self.n_rings) - self.n_rings
        vertices = np.cumsum(self.n_vertices) - self.n_vertices
        count = int(self.n_rings.sum())
        xy = np.empty((int(self.n_vertices.sum()), 2))
        starts, stops = np.empty((2, count), dtype=np.intp)
        shell = np.empty(count, dtype=np.bool_)
        over(
            _kernels.read_wkb,
            *(self.data, sys.byteorder == "little", xy.reshape(-1).view(np.uint8)),
            *(starts, stops, shell),
            split=(
                *(self.offsets[:-1], self.offsets[1:], self.kinds, self.n_rings),
                *(places, vertices),
            ),
            doing="reading shapes",
        )
        found = Rings(
            xy,
            starts=starts,
            stops=stops,
            owner=np.repeat(np.arange(len(self.kinds)), self.n_rings),
            part=np.cumsum(shell) - 1,
            shell=shell,
            shapes=len(self.kinds),
        )
        _refuse_open(found, what, names)
        return found

    def _refuse_broken(self, what: str, names: pd.Index) -> None:
        broken = self.states > 0
        if broken.any():
            why = "; ".join(text for state, text in _WRONG.items() if (self.states == state).any())
            raise GeometryError(
                f"{what}: geometries cannot be read ({why}) in rows {first_rows(names[broken])}; "
                "write the file again, or leave the rows out",
            )

    def _refuse_other_kinds(self, what: str, names: pd.Index) -> None:
        wrong = (self.kinds >= 0) & ~np.isin(self.kinds, _POLYGONAL)
        if wrong.any():
            known = {int(kind): kind.name for kind in shapely.GeometryType}
            kinds = sorted({known.get(k, f"kind {k}") for k in self.kinds[wrong].tolist()})
            raise GeometryError(
                f"{what} must be POLYGON or MULTIPOLYGON; found {', '.join(kinds)} in rows "
                f"{first_rows(names[wrong])}; drop them, or keep their polygonal part with "
                "parkgeo.io.repair",
            )


def _refuse_open(rings: Rings, what: str, names: pd.Index) -> None:
    first, last = rings.xy[rings.starts], rings.xy[rings.stops - 1]
    if (ends := (first != last).any(axis=1)).any():
        rows = np.unique(rings.owner[ends])
        raise GeometryError(
            f"{what}: rings that do not end where they begin, in rows {first_rows(names[rows])}; "
            "write the file again, or leave the rows out",
        )


def _buffers(
    column: "pa.Array | pa.ChunkedArray",
) -> tuple[NDArray[np.uint8], Indices, Flags]:
    """Return the bytes of a column, where its rows begin and end in them, and which are null."""
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(column, pa.ChunkedArray):
        column = (
            pa.concat_arrays(
                [chunk.cast(pa.large_binary()) for chunk in column.chunks],
            )
            if column.num_chunks
            else pa.array([], pa.large_binary())
        )
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        column = column.cast(pa.large_binary())
    wide = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    _, places, content = column.buffers()
    size = len(column)
    offsets = np.zeros(size + 1, dtype=np.int64)
    if places is not None and size:
        span = np.frombuffer(
            places, dtype=wide, count=size + 1, offset=column.offset * wide().nbytes
        )
        offsets[:] = span
    data = np.empty(0, dtype=np.uint8) if content is None else np.frombuffer(content, np.uint8)
    missing = column.is_null().to_numpy(zero_copy_only=False).astype(np.bool_)
    return data, offsets, missing
