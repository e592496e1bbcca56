"""From a frame to shapes on the equal-area plane, with what could not be placed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import _ground, crs
from parkgeo._ground import (
    COMPILE_ABOVE,
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    components,
    in_pieces,
    middle_of,
    outlines_on_plane,
    overlay_errors,
    refuse_invalid,
    still_valid,
    union_by,
)
from parkgeo.errors import GeometryError, first_rows

__all__ = [
    "COMPILE_ABOVE",
    "POINTS",
    "POLYGONS",
    "Blocks",
    "Flags",
    "Floats",
    "Geometries",
    "Indices",
    "Placed",
    "all_polygons",
    "components",
    "drawn",
    "in_chunks",
    "middle_of",
    "overlay_errors",
    "place",
    "require_frame",
    "union_by",
]

POLYGONS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
POINTS: Final = (shapely.GeometryType.POINT,)


@dataclass(frozen=True)
class Placed:
    """Shapes in metres from an origin on the plane, and the positions of their rows.

    A near origin leaves three more decimal digits to the overlays than the plane's own.
    """

    outlines: Geometries | Blocks
    """As arrays, where there are many and none had to be mended."""
    rows: Indices
    origin: Floats

    @cached_property
    def shapes(self) -> Geometries:
        """The shapes themselves, which are drawn when they are first asked for."""
        return drawn(self.outlines)


def drawn(outlines: Geometries | Blocks) -> Geometries:
    """Return shapes as shapes."""
    return outlines.shapes if isinstance(outlines, Blocks) else outlines


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
    flat = np.asarray(geometry)[rows]
    labels = frame.index[rows]
    _refuse_other_kinds(flat, labels, what, kinds)
    called = f"{what}: invalid geometries"
    if all_polygons(flat) and shapely.get_num_coordinates(flat).sum() > COMPILE_ABOVE:
        outlines, near = outlines_on_plane(flat, frame.crs, labels, origin=origin, called=called)
        return Placed(outlines, rows, near)
    flat = shapely.force_2d(flat)
    refuse_invalid(flat, labels, called=called)
    plane = np.asarray(crs.to_plane(gpd.GeoSeries(flat, crs=frame.crs)), dtype=object)
    near = middle_of(plane) if origin is None else origin
    return Placed(still_valid(shapely.transform(plane, lambda xy: xy - near)), rows, near)


def all_polygons(shapes: Geometries) -> bool:
    """Say whether shapes are polygons or multipolygons, all of them."""
    return bool(np.isin(shapely.get_type_id(shapes), POLYGONS).all())


def require_frame(frame: gpd.GeoDataFrame, what: str) -> None:
    """Refuse what is no frame of geometries, or does not say where it lies."""
    _ground.require_frame(frame, what)
    crs.require_lonlat(frame, what)


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


def in_chunks(work: Callable[..., Any], *arrays: NDArray[Any]) -> NDArray[Any]:
    """Apply a vectorised GEOS function to arrays of one length, piece by piece on threads."""
    return in_pieces(work, *arrays, doing="cutting parcels")
