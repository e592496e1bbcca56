"""Zones as they are given: their outlines, labels and official areas."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo import crs, measure
from parkgeo._ground import (
    COMPILE_ABOVE,
    Blocks,
    Flags,
    Floats,
    Geometries,
    Indices,
    Rings,
    column_of,
    overlay_errors,
    refuse_invalid,
    require_frame,
    rings_of,
    rings_on_plane,
    union_by,
)
from parkgeo.concentration._contract import groups_of
from parkgeo.errors import GeometryError, UnknownNameError, first_rows

_POLYGONS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Outlines:
    """Shapes in one CRS, and the zone that each makes up; no two of a zone overlap."""

    shapes: Geometries
    zone: Indices
    crs: CRS

    @cached_property
    def rings(self) -> Rings:
        """The shapes as arrays, which are read once."""
        return rings_of(self.shapes)


@dataclass(frozen=True)
class Zones:
    """Zones by label, their outlines, their official area, and what could not be placed."""

    labels: pd.Index
    outlines: tuple[Outlines, ...]
    area_m2: Floats
    missing: Flags
    """Which zones have no geometry."""

    @property
    def without_geometry(self) -> list[str]:
        """The labels of zones that have no geometry."""
        return [str(label) for label in self.labels[self.missing]]


def zones_of(frame: gpd.GeoDataFrame, by: str | None, *, what: str = "zones") -> Zones:
    """Read zones, one for each row or each value of a column; ground of a zone counts once."""
    require_frame(frame, what)
    source = crs.require_crs(frame, what)
    crs.require_lonlat(frame, what)
    geometry = frame.geometry
    rows = np.flatnonzero(~(geometry.isna() | geometry.is_empty).to_numpy(dtype=bool))
    flat = np.asarray(geometry, dtype=object)[rows]
    _refuse_other_kinds(flat, frame.index[rows], what)
    labels, codes = groups(frame, by)
    zone = codes[rows]
    drawn = Outlines(flat, zone, source)
    area_m2 = _areas_m2(drawn, frame.index[rows])
    several = np.bincount(zone, minlength=len(labels))[zone] > 1
    total_m2 = np.zeros(len(labels))
    total_m2[zone[~several]] = area_m2[~several]
    outlines = [drawn]
    if several.any():
        outlines = [Outlines(flat[~several], zone[~several], source)]
        joined = _joined(gpd.GeoSeries(flat[several], crs=frame.crs), zone[several])
        total_m2[joined.zone] = shapely.area(joined.shapes)
        outlines.append(joined)
    missing = np.bincount(zone, minlength=len(labels)) == 0
    return Zones(labels, tuple(outlines), total_m2, missing)


def _refuse_other_kinds(shapes: Geometries, labels: pd.Index, what: str) -> None:
    wrong = ~np.isin(shapely.get_type_id(shapes), _POLYGONS)
    if wrong.any():
        found = ", ".join(sorted({shape.geom_type for shape in shapes[wrong]}))
        raise GeometryError(
            f"{what} must be polygons; found {found} in rows {first_rows(labels[wrong])}; drop "
            "them, or keep their polygonal part with parkgeo.io.repair",
        )


def _areas_m2(drawn: Outlines, rows: pd.Index) -> Floats:
    """Measure shapes, and refuse those that are invalid."""
    if shapely.get_num_coordinates(drawn.shapes).sum() <= COMPILE_ABOVE:
        series = gpd.GeoSeries(drawn.shapes, index=rows, crs=drawn.crs)
        return np.asarray(measure.area_m2(series), dtype=np.float64)

    def refuse(doubtful: Indices) -> None:
        refuse_invalid(drawn.shapes[doubtful], rows[doubtful])

    # Moved where they stand, so a copy is.
    rings = replace(drawn.rings, xy=drawn.rings.xy.copy())
    placed, _ = rings_on_plane(rings, drawn.crs, refuse)
    if isinstance(placed, Blocks):
        return placed.area_m2
    return np.asarray(shapely.area(placed), dtype=np.float64)


def groups(frame: gpd.GeoDataFrame, by: str | None) -> tuple[pd.Index, Indices]:
    """Give numbers to the zones: the rows, or the values of a column in order, null last."""
    if by is None:
        return frame.index, np.arange(len(frame))
    if by in frame.columns:
        return groups_of(column_of(frame, by))
    if by in frame.index.names:
        return groups_of(frame.index.get_level_values(by))
    names = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name)
    raise UnknownNameError(f"zones have no column {by!r} to group by; there are {names}")


def _joined(blocks: gpd.GeoSeries, zone: Indices) -> Outlines:
    """Union the blocks of each zone on the plane, where edges are straight."""
    plane = np.asarray(crs.to_plane(blocks), dtype=object)
    numbers, codes = np.unique(zone, return_inverse=True)
    with overlay_errors("raster", of="zones"):
        shapes = union_by(shapely.force_2d(plane), codes, len(numbers))
    return Outlines(shapes, numbers, crs.PLANE)
