"""From a frame to shapes on the equal-area plane, with what could not be placed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from os import cpu_count
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo.errors import GeometryError, SchemaError, first_rows

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Indices = NDArray[np.intp]

POLYGONS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
POINTS: Final = (shapely.GeometryType.POINT,)

_CHUNK: Final = 256


@dataclass(frozen=True)
class Placed:
    """Shapes in metres from an origin on the plane, and the positions of their rows.

    A near origin leaves three more decimal digits to the overlays than the plane's own.
    """

    shapes: Geometries
    rows: Indices
    origin: Floats


def place(
    frame: gpd.GeoDataFrame,
    what: str,
    *,
    origin: Floats | None = None,
    kinds: Sequence[shapely.GeometryType] = POLYGONS,
) -> Placed:
    """Bring the geometries of a frame to the plane; rows without one are left out."""
    require_frame(frame, what)
    geometry = frame.geometry
    rows = np.flatnonzero(~(geometry.isna() | geometry.is_empty).to_numpy(dtype=bool))
    flat = shapely.force_2d(np.asarray(geometry)[rows])
    labels = frame.index[rows]
    _refuse_other_kinds(flat, labels, what, kinds)
    invalid = ~in_chunks(shapely.is_valid, flat) | ~_finite(flat)
    if invalid.any():
        reason = shapely.is_valid_reason(flat[invalid][0]).split("[")[0]
        raise GeometryError(
            f"{what}: invalid geometries ({reason}, …) in rows {first_rows(labels[invalid])}; mend "
            "them with parkgeo.io.repair, which reports what it changed",
        )
    plane = np.asarray(crs.to_plane(gpd.GeoSeries(flat, crs=frame.crs)), dtype=object)
    near = middle_of(plane) if origin is None else origin
    return Placed(_still_valid(shapely.transform(plane, lambda xy: xy - near)), rows, near)


def require_frame(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse what is no frame of geometries, or does not say where it lies."""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(
            f"{what} must be a GeoDataFrame, not a {type(frame).__name__}; read one with "
            "parkgeo.read, or build one with geopandas.GeoDataFrame(…, geometry=…, crs=…)",
        )
    crs.require_lonlat(frame, what)


def middle_of(shapes: Geometries) -> Floats:
    """Choose a whole metre in the middle of the shapes."""
    if len(shapes) == 0:
        return np.zeros(2)
    bounds = shapely.total_bounds(shapes)
    return np.asarray(np.round((bounds[:2] + bounds[2:]) / 2), dtype=np.float64)


def _refuse_other_kinds(
    shapes: Geometries, labels: pd.Index, what: str, kinds: Sequence[shapely.GeometryType]
) -> None:
    types = shapely.get_type_id(shapes)
    if not (wrong := ~np.isin(types, kinds)).any():
        return
    found = ", ".join(sorted({shapely.GeometryType(i).name for i in types[wrong]}))
    wanted = " or ".join(kind.name for kind in kinds)
    points = np.isin(types[wrong], POINTS).all()
    remedy = (
        "points have no area: give weight= (a column, or 1 to count)"
        if points and what != "parks"
        else "drop them, or keep their polygonal part with parkgeo.io.repair"
    )
    raise GeometryError(
        f"{what} must be {wanted}; found {found} in rows {first_rows(labels[wrong])}; {remedy}",
    )


def _finite(shapes: Geometries) -> Flags:
    """Tell the shapes whose coordinates are all finite; GEOS calls a point at NaN valid."""
    return np.asarray(np.isfinite(shapely.bounds(shapes)).all(axis=1), dtype=np.bool_)


def _still_valid(shapes: Geometries) -> Geometries:
    """Undo what rounding on the way to the plane did to valid polygons that touch themselves."""
    crossed = ~shapely.is_valid(shapes)
    if crossed.any():
        shapes = shapes.copy()
        shapes[crossed] = shapely.make_valid(
            shapes[crossed], method="structure", keep_collapsed=False
        )
    return shapes


def in_chunks(work: Callable[..., Any], *arrays: NDArray[Any]) -> NDArray[Any]:
    """Apply a vectorised GEOS function to arrays of one length, chunk by chunk on threads.

    GEOS releases the GIL, so threads pay; nothing prepared is shared between them.
    """
    starts = range(0, len(arrays[0]), _CHUNK)
    if len(starts) <= 1:
        return np.asarray(work(*arrays))
    with ThreadPoolExecutor(min(cpu_count() or 1, 8)) as pool:
        chunks = ([array[i : i + _CHUNK] for array in arrays] for i in starts)
        return np.concatenate(list(pool.map(lambda chunk: np.asarray(work(*chunk)), chunks)))


def components(size: int, left: Indices, right: Indices) -> Indices:
    """Tell the groups that pairs of positions tie together, by number."""
    # SciPy is slow to load.
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(left), dtype=np.bool_), (left, right)), (size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def union_by(shapes: Geometries, codes: Indices, count: int) -> Geometries:
    """Union the shapes of each code; one alone keeps its shape, none makes an empty one."""
    out = np.full(count, shapely.MultiPolygon(), dtype=object)
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=count)
    starts = np.cumsum(sizes) - sizes
    out[sizes == 1] = shapes[order[starts[sizes == 1]]]
    for code in np.flatnonzero(sizes > 1):
        out[code] = shapely.union_all(shapes[order[starts[code] : starts[code] + sizes[code]]])
    return out


@contextmanager
def overlay_errors(what: str) -> Iterator[None]:
    """Turn a failure of GEOS into an error that says what to do."""
    try:
        yield
    except shapely.GEOSException as error:
        raise GeometryError(
            f"{what}: GEOS could not overlay the geometries: {error}; look for spikes and "
            "needle-thin parts with parkgeo.io.repair, or leave out half of the rows at a time"
        ) from error
