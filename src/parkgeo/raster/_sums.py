"""Sums over a whole raster: windows that zones meet, each block read once, on threads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._ground import Floats, Indices, in_threads
from parkgeo._kernels._coverage import CODES
from parkgeo.errors import SchemaError
from parkgeo.raster._coverage import (
    COMPILE_ABOVE,
    EDGE_COST,
    Job,
    areas_by_code,
    load,
    sums_of_values,
)
from parkgeo.raster._grid import CellAreas, Weights, Window, cell_areas
from parkgeo.raster._lay import Edges
from parkgeo.raster._source import Cells, Raster

CELLS_IN_WINDOW: Final = 1 << 22
"""Cells that are read at a time, where blocks allow it; a thread needs some ten bytes for each."""

_ZONES_AT_ONCE: Final = 2048
_MOST_CLASSES: Final = 4096
_MASKED: Final = int(np.iinfo(np.int64).min)
_LARGEST: Final = int(np.iinfo(np.int64).max)
_BYTE: Final = np.dtype(np.uint8)

Triples: TypeAlias = tuple[Indices, NDArray[np.int64], Floats]
"""Zone, code and area; or the zones of a table, its codes, and the table."""

_NO_ZONE, _NO_CODE, _NO_AREA = np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0)


@dataclass(frozen=True)
class ByClass:
    """Areas in m²: one row for each zone and code that meet, and of cells without data by zone."""

    zone: Indices
    code: NDArray[np.int64]
    area_m2: Floats
    nodata_m2: Floats
    cells: tuple[Indices, NDArray[np.int64], Floats]
    """The same for counts of cells, where they were asked for."""


@dataclass(frozen=True)
class ByValue:
    """By zone: area times value, area that has one, area that has none, cells of more than 0."""

    weighted_m2: Floats
    area_m2: Floats
    nodata_m2: Floats
    cells: Floats


def sum_classes(raster: Raster, zones: Edges, n_zones: int, *, counted: int = 0) -> ByClass:
    """Add up areas by zone and code; of the first ``counted`` zones also cells."""
    if raster.dtype.kind == "f":
        raise SchemaError(
            f"{raster.name}: band {raster.band} holds {raster.dtype}, which are no classes; write "
            "classes as integers. Where the band holds the share of each cell, ask "
            "parkgeo.raster.concentration without classes",
        )
    jobs, compiled = _jobs(raster, zones), _is_large(zones)
    areas = _areas(raster, jobs)
    if compiled:
        load(_BYTE)

    def work(job: Job) -> tuple[Triples, Triples]:
        read = raster.read(job.window)
        weights, ones = areas.of(job.window), _ones(job.window)
        found = [
            [
                (zones.zone[part.copies], *_by_code(raster, zones, part, by, read, compiled))
                for part in _in_parts(some)
            ]
            for some, by in ((job, weights), (_among(job, zones, counted), ones))
        ]
        return _triples(found[0]), _triples(found[1])

    results = in_threads(work, jobs, doing="adding up cells")
    zone, code, area_m2, nodata_m2 = _totals([r[0] for r in results], raster.nodata, n_zones)
    cells = _totals([r[1] for r in results], raster.nodata, n_zones)[:3]
    return ByClass(zone, code, area_m2, nodata_m2, cells)


def sum_values(
    raster: Raster, zones: Edges, n_zones: int, *, scale: float | None, counted: int = 0
) -> ByValue:
    """Add up area times the share that each cell holds; of some zones also cells that hold any."""
    _require_scale(scale)
    jobs, compiled = _jobs(raster, zones), _is_large(zones)
    areas = _areas(raster, jobs)
    if compiled:
        load(np.dtype(np.float64))

    def work(job: Job) -> list[tuple[Indices, Floats]]:
        values = _values(raster, *raster.read(job.window), scale)
        weights, ones = areas.of(job.window), _ones(job.window)
        some = np.where(np.isnan(values), np.nan, values > 0)
        out = []
        for part in _in_parts(job):
            sums = sums_of_values(zones, part, weights, values, compiled=compiled)
            out.append((zones.zone[part.copies], np.column_stack([sums, np.zeros(len(sums))])))
        for part in _in_parts(_among(job, zones, counted)):
            cells = sums_of_values(zones, part, ones, some, compiled=compiled)[:, :1]
            out.append((zones.zone[part.copies], cells * [[0.0, 0.0, 0.0, 1.0]]))
        return out

    total = np.zeros((n_zones, 4))
    for found in in_threads(work, jobs, doing="adding up cells"):
        for zone, sums in found:
            np.add.at(total, zone, sums)
    return ByValue(*total.T)


def _require_scale(scale: object) -> None:
    some = isinstance(scale, float | int | np.number) and not isinstance(scale, bool)
    if scale is not None and not (some and 0 < float(scale) < np.inf):  # type: ignore[arg-type]
        raise SchemaError(
            f"scale must be a number above 0, such as 0.01 for percent; found {scale!r}",
        )


def _among(job: Job, zones: Edges, counted: int) -> Job:
    """Keep the copies of the first few zones."""
    return Job(job.window, job.copies[zones.zone[job.copies] < counted])


def _jobs(raster: Raster, zones: Edges) -> list[Job]:
    """Plan windows of whole blocks, so that each block that a zone meets is read once."""
    grid, (high, wide) = raster.grid, raster.block
    wide, high = min(wide, grid.cols), min(high, grid.rows)
    across = max(1, min(round(np.sqrt(CELLS_IN_WINDOW) / wide), -(-grid.cols // wide)))
    down = max(1, min(CELLS_IN_WINDOW // (across * wide * high), -(-grid.rows // high)))
    size = np.array([across * wide, down * high])
    first = np.maximum(np.floor(zones.bounds[:, :2]).astype(np.intp), 0)
    last = np.minimum(np.ceil(zones.bounds[:, 2:]).astype(np.intp), [grid.cols, grid.rows])
    tile0, tile1 = first // size, -(-last // size)
    span = tile1 - tile0
    count = span.prod(axis=1)
    copy = np.repeat(np.arange(len(count)), count)
    k = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    col, row = tile0[copy, 0] + k % span[copy, 0], tile0[copy, 1] + k // span[copy, 0]
    key = row * -(-grid.cols // size[0]) + col
    order = np.argsort(key, kind="stable")
    jobs = []
    for members in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        if not len(members):
            continue
        corner = np.array([col[members[0]], row[members[0]]]) * size
        copies = copy[members]
        low = np.maximum(first[copies].min(axis=0), corner) // [wide, high] * [wide, high]
        top = np.minimum(last[copies].max(axis=0), corner + size)
        top = np.minimum(-(-top // [wide, high]) * [wide, high], [grid.cols, grid.rows])
        extent = top - low
        window = Window(int(low[1]), int(low[0]), int(extent[1]), int(extent[0]))
        jobs.append(Job(window, copies))
    return jobs


def _is_large(zones: Edges) -> bool:
    """Tell whether the compiled loops are worth loading."""
    size = np.ceil(zones.bounds[:, 2:]) - np.floor(zones.bounds[:, :2])
    return bool(size.prod(axis=1).sum() + EDGE_COST * len(zones.edges) > COMPILE_ABOVE)


def _areas(raster: Raster, jobs: list[Job]) -> CellAreas:
    windows = [job.window for job in jobs] or [Window(0, 0, 1, 1)]
    row, col = min(w.row for w in windows), min(w.col for w in windows)
    rows = max(w.row + w.rows for w in windows) - row
    cols = max(w.col + w.cols for w in windows) - col
    return cell_areas(raster.grid, Window(row, col, rows, cols))


def _ones(window: Window) -> Weights:
    return Weights(np.ones((window.rows, 1)), np.array([1, 0]))


def _in_parts(job: Job) -> Iterator[Job]:
    """Take many zones in turns, so that their tables stay small."""
    for start in range(0, len(job.copies), _ZONES_AT_ONCE):
        yield Job(job.window, job.copies[start : start + _ZONES_AT_ONCE])


def _by_code(  # noqa: PLR0913, PLR0917
    raster: Raster,
    zones: Edges,
    job: Job,
    weights: Weights,
    read: tuple[Cells, NDArray[np.bool_] | None],
    compiled: bool,  # noqa: FBT001
) -> tuple[NDArray[np.int64], Floats]:
    """Return the codes of a window, and areas by zone and code."""
    cells, mask = read
    if cells.dtype == _BYTE and mask is None:
        areas = areas_by_code(zones, job, weights, cells, compiled=compiled)
        return np.arange(CODES, dtype=np.int64), areas
    places, codes = _factorized(raster, cells, mask)
    found = []
    # A byte holds 255 codes and "another one": more are taken in turns.
    for start in range(0, len(codes), CODES - 1):
        here = places - start
        other = (here < 0) | (here >= CODES - 1)
        some = np.where(other, CODES - 1, here).astype(np.uint8)
        areas = areas_by_code(zones, job, weights, some, compiled=compiled)
        found.append(areas[:, : min(CODES - 1, len(codes) - start)])
    return codes, np.concatenate(found, axis=1)


def _factorized(
    raster: Raster, cells: Cells, mask: NDArray[np.bool_] | None
) -> tuple[Indices, NDArray[np.int64]]:
    """Give numbers to the codes of a window, and one of their own to cells that a mask hides."""
    places, codes = pd.factorize(cells.ravel())
    if len(codes) > _MOST_CLASSES:
        raise SchemaError(
            f"{raster.name}: more than {_MOST_CLASSES} values in one window of band {raster.band}; "
            "these are measurements and not classes",
        )
    if len(codes) and not _MASKED < int(codes.min()) <= int(codes.max()) <= _LARGEST:
        raise SchemaError(
            f"{raster.name}: band {raster.band} holds codes beyond ±2⁶³; write it again with codes "
            "of 32 bits",
        )
    codes = codes.astype(np.int64)
    if mask is not None:
        places = np.where(mask.ravel(), len(codes), places)
        codes = np.append(codes, _MASKED)
    return places.reshape(cells.shape), codes


def _triples(found: list[Triples]) -> Triples:
    """Keep what is not zero of tables."""
    zones, codes, areas = [_NO_ZONE], [_NO_CODE], [_NO_AREA]
    for zone, code, table in found:
        row, col = np.nonzero(table)
        zones.append(zone[row])
        codes.append(code[col])
        areas.append(table[row, col])
    return np.concatenate(zones), np.concatenate(codes), np.concatenate(areas)


def _totals(
    found: list[Triples], nodata: float | None, n_zones: int
) -> tuple[Indices, NDArray[np.int64], Floats, Floats]:
    """Add up what several windows found, in an order that threads do not change."""
    zone, code, area_m2 = (
        np.concatenate([none, *(some[k] for some in found)])
        for k, none in enumerate((_NO_ZONE, _NO_CODE, _NO_AREA))
    )
    lost = code == _MASKED
    if nodata is not None and float(nodata).is_integer():
        lost |= code == int(nodata)
    nodata_m2 = np.bincount(zone[lost], area_m2[lost], minlength=n_zones).astype(np.float64)
    pairs, place = np.unique(np.stack([zone[~lost], code[~lost]]), axis=1, return_inverse=True)
    total = np.bincount(place.ravel(), area_m2[~lost], minlength=pairs.shape[1])
    return pairs[0].astype(np.intp), pairs[1], total.astype(np.float64), nodata_m2


def _values(
    raster: Raster, cells: Cells, mask: NDArray[np.bool_] | None, scale: float | None
) -> NDArray[Any]:
    """Turn cells into shares; NaN where there is none."""
    values = cells.astype(np.float64)
    if raster.nodata is not None:
        values[cells == raster.nodata] = np.nan
    if mask is not None:
        values[mask] = np.nan
    if scale is None:
        values = values * raster.scale + raster.offset
    else:
        values *= scale
    wrong = (values < 0) | (values > 1 + 1e-6)
    if wrong.any():
        raise SchemaError(
            f"{raster.name}: band {raster.band} holds {float(values[wrong][0]):.6g}, which is no "
            "share of a cell; say scale= (0.01 for percent) or nodata=, or, where the band holds "
            "classes, classes=",
        )
    return values
