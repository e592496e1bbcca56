"""What a Spark worker does: Arrow batches in, the sums of its partition out."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from parkgeo import errors
from parkgeo.concentration._plane import overlay_errors
from parkgeo.concentration._select import select
from parkgeo.concentration._sums import Question, Sums, sums_of
from parkgeo.errors import GeometryError, ParkgeoError, first_rows

if TYPE_CHECKING:
    from pyspark import Broadcast

ID: Final = "parcel_id"
PLACE_BITS: Final = 33
"""A row is its partition and its number there, in the bits of monotonically_increasing_id."""

ANSWER: Final = "sums binary, error string, message string"
"""What a partition comes back as: its sums, or the error that its rows deserve."""

_ROWS: Final = 100_000
_BYTES: Final = 64 << 20
"""Arrow batches of a partition are joined up to so many rows and so many bytes of WKB."""


class VersionError(Exception):
    """The driver and a worker run different versions; raised on the worker, told on the driver."""


@dataclass(frozen=True)
class Reader:
    """Turns Arrow batches of Spark into frames whose index says what each row is called."""

    geometry: str | None
    crs: CRS
    names: tuple[str, ...]
    """Names of the columns, which come by number: PySpark stumbles over some names."""

    @property
    def ids(self) -> bool:
        """Rows are called by their ``parcel_id``; by their place where it is missing."""
        return ID in self.names

    def frames(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[gpd.GeoDataFrame, int]]:
        """Yield frames, and the place of the first row of each."""
        place = _partition() << PLACE_BITS
        for numbered in _joined(batches, self._place_of_geometry):
            table = numbered.rename_columns(list(self.names))
            yield self.frame(table, place), place
            place += table.num_rows

    @property
    def _place_of_geometry(self) -> int | None:
        return None if self.geometry is None else self.names.index(self.geometry)

    def frame(self, table: pa.Table, place: int = 0) -> gpd.GeoDataFrame:
        """Decode one table."""
        plain = table if self.geometry is None else table.drop_columns([self.geometry])
        frame = plain.to_pandas(types_mapper=_nullable, date_as_object=True)
        index = pd.RangeIndex(place, place + len(frame))
        if self.ids:
            index = pd.Index(frame[ID].astype(object).where(frame[ID].notna(), index))
        shapes = np.full(len(frame), None, dtype=object)
        if self.geometry is not None:
            shapes = _decoded(table.column(self.geometry), index)
        return gpd.GeoDataFrame(frame.set_axis(index), geometry=shapes, crs=self.crs)


def _nullable(kind: pa.DataType) -> object:
    """Keep whole numbers and truth values as they are where a batch has nulls."""
    if pa.types.is_integer(kind):
        return pd.Int64Dtype()
    return pd.BooleanDtype() if pa.types.is_boolean(kind) else None


def _decoded(column: pa.ChunkedArray, index: pd.Index) -> np.ndarray:
    wkb = np.asarray(column.to_numpy(), dtype=object)
    try:
        return np.asarray(shapely.from_wkb(wkb), dtype=object)
    except shapely.errors.ShapelyError as error:
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        wrong = shapely.is_missing(shapes) & np.array([value is not None for value in wkb])
        raise GeometryError(
            f"parcels: no well-known binary ({error}) in rows {first_rows(index[wrong])}; look at "
            "what wrote the column",
        ) from error


def _joined(batches: Iterator[pa.RecordBatch], geometry: int | None) -> Iterator[pa.Table]:
    """Join the small batches that Spark sends, since each costs a look at every zone."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        its = batch.nbytes if geometry is None else batch.column(geometry).nbytes
        if held and (rows + batch.num_rows > _ROWS or size + its > _BYTES):
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows, size = rows + batch.num_rows, size + its
    if held:
        yield pa.Table.from_batches(held)


def _partition() -> int:
    # Not loaded with parkgeo, and on a worker it always is.
    from pyspark import TaskContext  # noqa: PLC0415

    context = TaskContext.get()
    return 0 if context is None else int(context.partitionId())


@dataclass(frozen=True)
class Answer:
    """Sends the sums of each partition; a class, so that workers know it by its name."""

    question: "Broadcast[Question]"
    reader: Reader
    version: str = field(default_factory=lambda: version_of("parkgeo"))

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Answer one partition in one row; sums leave a task only when it has ended well."""
        require_version(self.version)
        try:
            found = self._added(batches)
        except ParkgeoError as error:
            # No exception: Spark would run the same rows three more times, for the same error.
            yield _row(None, type(error).__name__, str(error))
            return
        if found is not None:
            yield _row(pickle.dumps(found), None, None)

    def _added(self, batches: Iterator[pa.RecordBatch]) -> Sums | None:
        """Add up as batches come; None for a partition without rows."""
        found = None
        for frame, place in self.reader.frames(batches):
            with overlay_errors("ratio"):
                sums = without_ids(sums_of(frame, self.question.value, start=place))
            found = sums if found is None else found + sums
        return found


def without_ids(sums: Sums) -> Sums:
    """Leave out the hashes of ids, one for each row: Spark itself counts ids."""
    return replace(sums, notes=replace(sums.notes, ids=None))


def _row(sums: bytes | None, error: str | None, message: str | None) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            pa.array([sums], pa.binary()),
            pa.array([error], pa.string()),
            pa.array([message], pa.string()),
        ],
        names=["sums", "error", "message"],
    )


def require_version(version: str) -> None:
    """Refuse to answer for a driver of another version, whose sums may mean something else."""
    if version != (its := version_of("parkgeo")):
        raise VersionError(f"the driver has parkgeo {version}, and a worker {its}")


def error_of(name: str, message: str) -> ParkgeoError:
    """Make the error that a worker named."""
    kind = getattr(errors, name, ParkgeoError)
    found: ParkgeoError = kind(message)
    return found


@dataclass(frozen=True)
class ChosenIds:
    """Sends the ids of the parcels that count, and their places."""

    question: "Broadcast[Question]"
    reader: Reader

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Choose as the answer does, without looking at a geometry."""
        ask = self.question.value
        for frame, place in self.reader.frames(batches):
            chosen = select(
                frame,
                where=ask.where,
                classes=ask.classes,
                system=ask.system,
                systems=ask.systems,
            ).chosen
            places = place + np.flatnonzero(chosen)
            ids = pa.Array.from_pandas(frame.loc[chosen, ID])
            yield pa.RecordBatch.from_arrays([ids, pa.array(places)], names=[ID, "place"])
