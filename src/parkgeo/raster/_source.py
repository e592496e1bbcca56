"""Reading a raster: what it says of itself, and its cells window by window."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from parkgeo.errors import CRSMismatchError, MissingCRSError, SchemaError
from parkgeo.raster._classes import is_whole
from parkgeo.raster._grid import Grid, Window, grid_of

RasterLike: TypeAlias = str | os.PathLike[str] | Any
"""A path that GDAL opens, or an open dataset of rasterio."""

Cells: TypeAlias = NDArray[Any]
_KEPT_BYTES: Final = 1 << 26
"""Of blocks that GDAL keeps for a thread."""

_REMEDY: Final = "write it again with rasterio or gdal_translate, and say what is missing"


@dataclass
class Raster:
    """A band of a raster that is open: its cells, and how to read them from any thread."""

    grid: Grid
    dtype: np.dtype[Any]
    nodata: float | None
    says_nodata: bool
    scale: float
    offset: float
    block: tuple[int, int]
    name: str
    band: int
    _masked: bool
    _given: Any
    _files: ExitStack
    _local: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, window: Window) -> tuple[Cells, NDArray[np.bool_] | None]:
        """Read the cells of a window, and which of them a mask takes away, if there is one.

        They stand where the next ones that the same thread reads will stand.
        """
        import rasterio  # noqa: PLC0415 - half a second
        from rasterio.windows import Window as Frame  # noqa: PLC0415

        frame = Frame(window.col, window.row, window.cols, window.rows)
        try:
            if self._given is not None:
                with self._lock:
                    return self._read(self._given, frame)
            return self._read(self._own(window.rows * window.cols), frame)
        except rasterio.errors.RasterioError as error:
            raise SchemaError(
                f"{self.name}: rows {window.row} to {window.row + window.rows - 1} cannot be read "
                f"({error}); the file is damaged or cut short. Copy it again from where it is whole"
            ) from error

    def _read(self, dataset: Any, frame: Any) -> tuple[Cells, NDArray[np.bool_] | None]:  # noqa: ANN401
        cells = dataset.read(self.band, window=frame, out=self._room(frame.height, frame.width))
        mask = dataset.read_masks(self.band, window=frame) == 0 if self._masked else None
        return cells, mask

    def _room(self, rows: int, cols: int) -> Cells:
        """Return memory that the thread has used before: fresh memory costs as much as reading."""
        room: Cells | None = getattr(self._local, "room", None)
        if room is None or len(room) < rows * cols:
            self._local.room = room = np.empty(rows * cols, self.dtype)
        return room[: rows * cols].reshape(rows, cols)

    def _own(self, cells: int) -> Any:  # noqa: ANN401
        """Open the file for each thread: a dataset must not be shared.

        And once more after some blocks: GDAL keeps all that it has read, each of which is read
        once, until it fills a twentieth of the machine's memory.
        """
        mine = self._local
        mine.read = getattr(mine, "read", _KEPT_BYTES) + cells * self.dtype.itemsize
        if mine.read > _KEPT_BYTES:
            if hasattr(mine, "dataset"):
                mine.dataset.close()
            mine.dataset, mine.read = _opened(self.name), 0
            with self._lock:
                # Not entered: that would bind GDAL's environment to this thread.
                self._files.callback(mine.dataset.close)
        return mine.dataset


@contextmanager
def opened(raster: RasterLike, *, band: int, nodata: float | None) -> Iterator[Raster]:
    """Open a band, and check that it says where its cells lie."""
    with ExitStack() as files:
        if isinstance(raster, str | os.PathLike):
            name = os.fspath(raster)
            dataset = _opened(name)
            files.callback(dataset.close)
            given = None
        else:
            dataset = given = _dataset(raster)
            name = str(dataset.name)
        yield _described(dataset, given, name, band, nodata, files)


def _dataset(raster: object) -> Any:  # noqa: ANN401
    from rasterio.io import DatasetReaderBase  # noqa: PLC0415

    if not isinstance(raster, DatasetReaderBase):
        raise SchemaError(
            f"raster must be a path or an open rasterio dataset, not a {type(raster).__name__}",
        )
    if raster.closed:
        raise SchemaError(f"the dataset {raster.name} is closed; give its path, or open it again")
    return raster


def _opened(name: str) -> Any:  # noqa: ANN401
    import warnings  # noqa: PLC0415

    import rasterio  # noqa: PLC0415
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            # Said as an error, with what to do, where the transform is looked at.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return rasterio.open(name)
    except RasterioIOError as error:
        if "://" not in name and not name.startswith("/vsi") and not Path(name).exists():
            raise FileNotFoundError(f"no raster at {name}") from error
        raise SchemaError(
            f"{name} is no raster that can be read ({error}); give a GeoTIFF, or any raster that "
            "GDAL opens",
        ) from error


def _described(  # noqa: PLR0913, PLR0917
    dataset: Any,  # noqa: ANN401
    given: Any,  # noqa: ANN401
    name: str,
    band: int,
    nodata: float | None,
    files: ExitStack,
) -> Raster:
    from rasterio.enums import MaskFlags  # noqa: PLC0415

    if not is_whole(band) or not 1 <= band <= dataset.count:
        raise SchemaError(f"{name} has bands 1 to {dataset.count}, and no band {band!r}")
    k = int(band) - 1
    dtype = np.dtype(dataset.dtypes[k])
    if dtype.kind not in "iuf":
        raise SchemaError(f"{name}: cells of type {dtype} are neither classes nor shares")
    flags = dataset.mask_flag_enums[k]
    masked = MaskFlags.per_dataset in flags or MaskFlags.alpha in flags
    said = dataset.nodatavals[k] if nodata is None else _meant(nodata, dtype)
    return Raster(
        grid=_grid(dataset, name),
        dtype=dtype,
        nodata=None if said is None else float(said),
        says_nodata=said is not None or masked,
        scale=float(dataset.scales[k]),
        offset=float(dataset.offsets[k]),
        block=(int(dataset.block_shapes[k][0]), int(dataset.block_shapes[k][1])),
        name=name,
        band=int(band),
        _masked=masked,
        _given=given,
        _files=files,
    )


def _meant(nodata: object, dtype: np.dtype[Any]) -> float:
    """Check that cells can hold the value that the caller says is none."""
    if isinstance(nodata, float | int | np.number) and not isinstance(nodata, bool):
        value = float(nodata)
        if dtype.kind == "f":
            return value
        bounds = np.iinfo(dtype)
        if value.is_integer() and bounds.min <= value <= bounds.max:
            return value
    raise SchemaError(
        f"nodata must be one number that cells of type {dtype} can hold; found {nodata!r}",
    )


def _grid(dataset: Any, name: str) -> Grid:  # noqa: ANN401
    if dataset.crs is None:
        raise MissingCRSError(
            f"{name} does not say its CRS, and none is guessed; say it with "
            "`gdal_edit.py -a_srs EPSG:4490 FILE`, or with rasterio: dataset.crs = 'EPSG:4490' on "
            "a dataset opened in mode 'r+'",
        )
    if dataset.transform.is_identity:
        points = " (it has ground control points: warp it with gdalwarp)" if dataset.gcps[0] else ""
        raise SchemaError(f"{name} does not say where its cells lie{points}; {_REMEDY}")
    try:
        source = CRS.from_wkt(dataset.crs.to_wkt())
    except CRSError as error:
        raise CRSMismatchError(f"{name} has a CRS that PROJ does not know ({error})") from error
    return grid_of(dataset.transform, dataset.shape, source)
