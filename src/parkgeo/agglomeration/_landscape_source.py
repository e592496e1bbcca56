"""The classes of a raster as codes from 0, and the side of its cells in metres."""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from parkgeo.agglomeration._patches import Codes
from parkgeo.errors import CRSMismatchError, SchemaError, first_rows

Cells: TypeAlias = NDArray[Any]
RasterLike: TypeAlias = str | os.PathLike[str] | Any
"""A path that GDAL opens, an open dataset of rasterio, or a two-dimensional array."""

Wanted: TypeAlias = Mapping[Any, Any] | Sequence[int] | None

_Place: TypeAlias = tuple[
    float, Any, tuple[tuple[float, float], tuple[float, float]], tuple[float, float]
]

_MOST_CLASSES: Final = 32_000
_CELLS_AT_ONCE: Final = 1 << 18
_SQUARE_WITHIN: Final = 1e-6
_TABLE: Final = 1 << 20
"""Range of values up to which cells are looked up in a table."""


@dataclass(frozen=True)
class Classes:
    """A landscape: the class of each cell, below 0 for background, and what the classes are.

    ``rows`` are the numbers of the classes that the user asked for; ``axes`` and ``corner`` lead
    from columns and rows to coordinates.
    """

    codes: Codes
    labels: tuple[Any, ...]
    rows: tuple[int, ...]
    cell_m: float
    crs: Any
    axes: tuple[tuple[float, float], tuple[float, float]]
    corner: tuple[float, float]


def classes_of(
    raster: RasterLike,
    *,
    band: int,
    nodata: float | None,
    classes: Wanted,
    cell_m: float | None,
) -> Classes:
    """Read a raster of classes."""
    if isinstance(raster, np.ndarray):
        cells, background = raster, _is(raster, nodata)
        place = _of_array(raster, cell_m)
    else:
        with _opened(raster) as dataset:
            cells, background = _read(dataset, band, nodata)
            place = _cell_m(dataset, cell_m)
    if cells.dtype.kind not in "iuf":
        raise SchemaError(f"cells of type {cells.dtype} are no classes; give whole numbers")
    values = _values(cells, background)
    labels, number, rows = _named(values, classes)
    codes = _coded(cells, background, values, number)
    return Classes(codes, labels, rows, *place)


def _of_array(cells: Cells, cell_m: float | None) -> _Place:
    if cells.ndim != 2 or cells.size == 0:  # noqa: PLR2004 - rows and columns
        raise SchemaError(f"an array of classes has rows and columns, not the shape {cells.shape}")
    if cell_m is None:
        raise SchemaError("an array does not say how large its cells are; give cell_m")
    side = _positive(cell_m)
    return side, None, ((side, 0.0), (0.0, -side)), (0.0, len(cells) * side)


@contextmanager
def _opened(raster: RasterLike) -> Iterator[Any]:
    import rasterio  # noqa: PLC0415 - half a second
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError  # noqa: PLC0415
    from rasterio.io import DatasetReaderBase  # noqa: PLC0415

    if isinstance(raster, DatasetReaderBase):
        if raster.closed:
            raise SchemaError(f"the dataset {raster.name} is closed; give its path")
        yield raster
        return
    if not isinstance(raster, str | os.PathLike):
        raise SchemaError(
            "raster must be a path, an open rasterio dataset or an array of rows and columns, not "
            f"a {type(raster).__name__}"
        )
    name = os.fspath(raster)
    try:
        with warnings.catch_warnings():
            # Said as an error, with what to do, where the transform is looked at.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(name)
    except RasterioIOError as error:
        if "://" not in name and not name.startswith("/vsi") and not Path(name).exists():
            raise FileNotFoundError(f"no raster at {name}") from error
        raise SchemaError(f"{name} is no raster that can be read ({error})") from error
    with dataset:
        yield dataset


def _read(dataset: Any, band: int, nodata: float | None) -> tuple[Cells, Cells | None]:  # noqa: ANN401
    from rasterio.enums import MaskFlags  # noqa: PLC0415
    from rasterio.errors import RasterioError  # noqa: PLC0415

    if not 1 <= band <= dataset.count:
        raise SchemaError(f"{dataset.name} has bands 1 to {dataset.count}, and no band {band}")
    flags = dataset.mask_flag_enums[band - 1]
    try:
        cells = dataset.read(band)
        background = _is(cells, dataset.nodatavals[band - 1] if nodata is None else nodata)
        if MaskFlags.per_dataset in flags or MaskFlags.alpha in flags:
            masked = dataset.read_masks(band) == 0
            background = masked if background is None else background | masked
    except RasterioError as error:
        raise SchemaError(
            f"{dataset.name} cannot be read ({error}); the file is damaged or cut short. Copy it "
            "again from where it is whole"
        ) from error
    return cells, background


def _is(cells: Cells, nodata: float | None) -> Cells | None:
    """Tell which cells are background, or None where that is none."""
    if cells.dtype.kind == "f":
        background = np.isnan(cells)
        if nodata is not None:
            background |= cells == nodata
        return background
    if nodata is None or nodata != nodata or nodata % 1:  # noqa: PLR0124 - NaN
        return None
    limits = np.iinfo(cells.dtype) if cells.dtype.kind in "iu" else None
    if limits is not None and not limits.min <= nodata <= limits.max:
        return None
    return np.asarray(cells == nodata)


def _cell_m(dataset: Any, cell_m: float | None) -> _Place:  # noqa: ANN401
    """Return the side of the square cells in metres, the CRS, and where columns and rows lead."""
    t, crs, name = dataset.transform, dataset.crs, dataset.name
    if crs is not None and crs.is_geographic:
        raise CRSMismatchError(
            f"{name} has cells in degrees ({crs.to_string()}), which are no squares on the ground, "
            "and the measures count sides of squares; warp it to the 3° zone of the place first: "
            "`gdalwarp -t_srs EPSG:4549 -r near IN OUT` around Hangzhou"
        )
    if cell_m is None and t.is_identity:
        raise SchemaError(f"{name} does not say where its cells lie or how large; give cell_m")
    width, height = float(np.hypot(t.a, t.d)), float(np.hypot(t.b, t.e))
    if abs(width - height) > _SQUARE_WITHIN * max(width, height):
        raise SchemaError(
            f"{name} has cells of {width:.6g} by {height:.6g}, and the measures take squares; "
            f"resample it: `gdalwarp -tr {min(width, height):.6g} {min(width, height):.6g} -r near "
            "IN OUT`"
        )
    unit = 1.0 if crs is None else float(crs.linear_units_factor[1])
    side = width * unit
    if cell_m is not None:
        cell_m = _positive(cell_m)
        if crs is not None and abs(side - cell_m) > _SQUARE_WITHIN * side:
            raise SchemaError(f"{name} has cells of {side:.6g} m by its CRS, not {cell_m:.6g}")
        side = cell_m
    return _positive(side), crs, ((t.a, t.b), (t.d, t.e)), (float(t.c), float(t.f))


def _positive(side: object) -> float:
    if not isinstance(side, Real) or not 0 < float(side) < np.inf:
        raise SchemaError(f"cells have a side above 0 metres, not {side!r}")
    return float(side)


def _strips(cells: Cells) -> Iterator[slice]:
    rows = max(_CELLS_AT_ONCE // max(cells.shape[1], 1), 1)
    for start in range(0, len(cells), rows):
        yield slice(start, start + rows)


def _values(cells: Cells, background: Cells | None) -> Cells:
    """Return the values that occur, in order."""
    found: set[Any] = set()
    for rows in _strips(cells):
        part = cells[rows]
        unique = _unique(part if background is None else part[~background[rows]])
        if (broken := unique[unique % 1 != 0] if cells.dtype.kind == "f" else unique[:0]).size:
            raise SchemaError(
                f"cells hold {first_rows(broken.tolist())}, which are no classes; give a raster of "
                "whole numbers, or put its values into classes first (numpy.digitize)"
            )
        found.update(unique.tolist())
        if len(found) > _MOST_CLASSES:
            raise SchemaError(
                f"more than {_MOST_CLASSES} different values: this is no raster of classes"
            )
    return np.array(sorted(found), dtype=cells.dtype)


def _unique(cells: Cells) -> Cells:
    """Return the values that occur, without sorting cells where a table can hold their range."""
    size = _table_size(cells)
    if size is None:
        return np.unique(cells)
    seen = np.zeros(size, np.bool_)
    seen[cells] = True
    place = np.flatnonzero(seen)
    return np.where(place > cells.max(), place - size, place).astype(cells.dtype)


def _table_size(cells: Cells) -> int | None:
    """Return the size of a table in which each value has a place, those below 0 from its end."""
    if cells.dtype.kind == "f" or not cells.size:
        return None
    size = max(int(cells.max()), 0) - min(int(cells.min()), 0) + 1
    return size if size <= _TABLE else None


def _named(
    values: Cells, classes: Wanted
) -> tuple[tuple[Any, ...], NDArray[np.int16], tuple[int, ...]]:
    """Return the labels of the classes, the class of each value, and those asked for."""
    known = [int(value) for value in values]
    if classes is None:
        return tuple(known), np.arange(len(known), dtype=np.int16), tuple(range(len(known)))
    named = _codes_by_name(classes)
    labels = list(named)
    number_of = {code: i for i, codes in enumerate(named.values()) for code in codes}
    for code in known:
        if code not in number_of:
            if code in named:
                raise SchemaError(f"{code} names a class of other codes, and is a code itself")
            number_of[code] = len(labels)
            labels.append(code)
    number = np.array([number_of[code] for code in known], dtype=np.int16)
    return tuple(labels), number, tuple(range(len(named)))


def _codes_by_name(classes: Mapping[Any, Any] | Sequence[int]) -> dict[Any, list[int]]:
    if isinstance(classes, str):
        raise SchemaError("classes are codes, or names with their codes, not a text")
    pairs = classes.items() if isinstance(classes, Mapping) else ((code, code) for code in classes)
    named: dict[Any, list[int]] = {}
    seen: dict[int, Any] = {}
    for name, given in pairs:
        codes = [int(code) for code in np.atleast_1d(np.asarray(given)).tolist()]
        for code in codes:
            if code in seen:
                raise SchemaError(f"code {code} stands in two classes: {seen[code]!r}, {name!r}")
            seen[code] = name
        named[name] = codes
    if not named:
        raise SchemaError("classes is empty; leave it out to measure every class")
    return named


def _coded(
    cells: Cells, background: Cells | None, values: Cells, number: NDArray[np.int16]
) -> Codes:
    codes = np.full(cells.shape, -1, np.int16)
    if not len(values):
        return codes
    size = _table_size(values)
    table = np.full(size or 0, -1, np.int16)
    if size is not None:
        table[values] = number
    for rows in _strips(cells):
        # Background may lie far beyond the table.
        part = cells[rows] if background is None else np.where(background[rows], 0, cells[rows])
        if size is None:
            codes[rows] = number[np.searchsorted(values, part).clip(0, len(values) - 1)]
        else:
            np.take(table, part, out=codes[rows], mode="wrap")
        if background is not None:
            codes[rows][background[rows]] = -1
    return codes
