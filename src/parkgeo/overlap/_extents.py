"""From a frame of blocks to one extent per group, on the equal-area plane."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo._ground import (
    COMPILE_ABOVE,
    SEARCH,
    Blocks,
    Floats,
    Geometries,
    Indices,
    accuracy_of,
    blocks_of,
    column_of,
    in_pieces,
    middle_of,
    move_vertices,
    outlines_on_plane,
    refuse_invalid,
    require_frame,
    rings_of,
    shapes_of,
    still_valid,
    surely_valid,
    union_by,
)
from parkgeo.crs._plane import plane_to_degrees
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows
from parkgeo.overlap._layer import Layer, layer_of

NOISE_M: Final = 1e-6
"""What is narrower than this is rounding: coordinates in degrees are good to about 2e-9 m."""

GRID_M: Final = 1e-7
"""Step of the grid that tells apart, or brings together, what rounding left in between."""

_STEPS_M: Final = (np.inf, 100.0, 20.0, 4.0)
"""Longest edges with which to try to put a shape back in degrees; 4 m bend by 0.2 µm."""

CONSERVATION: Final = 1e-9
"""Largest relative difference between the areas before and after an overlay."""

_POLYGONAL: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Extents:
    """One valid, polygonal extent per group, in metres from ``origin`` on the equal-area plane.

    Measuring from a near origin instead of the plane's own leaves three more decimal digits to
    the overlays, and moving there is exact: the origin is a whole number of metres.
    """

    labels: pd.Index
    outlines: Geometries | Blocks | Layer
    """As arrays, or as given and to be read, where none was dissolved."""
    accuracy_m: Floats
    n_blocks: Indices
    origin: Floats
    by: str
    without_geometry: list[str]

    @property
    def shapes(self) -> Geometries:
        """The extents as polygons, which are drawn when they are first asked for."""
        return _drawn(self.outlines)

    @property
    def area_m2(self) -> Floats:
        """Official area of each extent."""
        if isinstance(self.outlines, Blocks):
            return self.outlines.area_m2
        return np.asarray(shapely.area(self.shapes), dtype=np.float64)

    def to_ground(self, shapes: Geometries) -> gpd.GeoSeries:
        """Put shapes of this plane back on the ground, in EPSG:4490.

        What is straight on the plane is a little curved in degrees: by half a millimetre on an edge
        of 200 m, and degrees hold a place to 2 nm. Where two boundaries come nearer than that the
        shape would cross itself, so such a shape is drawn on a grid wide enough to be told apart,
        and with more and more corners along its edges, which leave its area as it is. What still
        crosses itself then does so by less than anyone can measure, and is mended.
        """
        there = np.flatnonzero(~shapely.is_missing(shapes))
        ground = np.full(len(shapes), None, dtype=object)
        ground[there], valid = self._place(shapes[there])
        crossed = there[~valid]
        for step_m in _STEPS_M:
            if len(crossed) == 0:
                break
            refined = shapely.segmentize(shapely.set_precision(shapes[crossed], GRID_M), step_m)
            ground[crossed], valid = self._place(refined)
            crossed = crossed[~valid]
        ground[crossed] = still_valid(ground[crossed])
        return gpd.GeoSeries(ground, crs=crs.CGCS2000)

    def _place(self, shapes: Geometries) -> tuple[Geometries, NDArray[np.bool_]]:
        """Put shapes on the ground, and say which are valid there."""
        if shapely.get_num_coordinates(shapes).sum() > COMPILE_ABOVE:
            return self._place_many(shapes)
        placed = shapely.transform(shapes, lambda xy: xy + self.origin)
        ground = crs.from_plane(gpd.GeoSeries(placed, crs=crs.PLANE)).to_numpy()
        return ground, shapely.is_valid(ground)

    def _place_many(self, shapes: Geometries) -> tuple[Geometries, NDArray[np.bool_]]:
        """Move vertices on threads, and have GEOS judge only what is not surely valid."""
        rings = rings_of(shapes)
        move_vertices(
            rings.xy, lambda xy: plane_to_degrees(xy + self.origin), doing="moving to the ground"
        )
        ground = shapes_of(rings)
        valid = surely_valid(blocks_of(rings))
        doubtful = np.flatnonzero(~valid)
        valid[doubtful] = in_pieces(
            shapely.is_valid, ground[doubtful], doing="looking at common ground"
        )
        return ground, valid

    def attrs(self, conservation: float) -> dict[str, object]:
        """Say how a result was worked out; plain values, so that every file format keeps them."""
        return {
            "by": self.by,
            "plane": crs.PLANE.name,
            "conservation": conservation,
            "accuracy": "accuracy_m is one standard deviation; a group is as good as its worst "
            "block; every boundary is moved by it inwards (low) or outwards (high) at once",
            "rows_without_geometry": self.without_geometry,
        }


def extents_of(parks: gpd.GeoDataFrame, *, by: str, streamed: bool = False) -> Extents:
    """Dissolve the blocks of each group into one extent on the plane.

    Groups without any geometry are left out; the rows without one are named in the result. Large
    layers are only judged where ``streamed`` is set and nothing is to be dissolved, and are read
    later, where they are needed.
    """
    check_type(parks)
    crs.require_lonlat(parks, "parks")
    labels, codes = group_labels(parks, by=by)
    placed = _placed(parks, streamed=streamed and len(labels) == len(codes))
    accuracy_m = accuracy_of(parks)
    present, codes = np.unique(codes[placed.kept], return_inverse=True)
    outlines: Geometries | Blocks | Layer
    if isinstance(placed.outlines, Blocks | Layer) and len(present) == len(codes):
        outlines = placed.outlines.take(np.argsort(codes))
    else:
        outlines = union_by(_drawn(placed.outlines), codes, len(present))
    return Extents(
        labels=labels.take(present),
        outlines=outlines,
        accuracy_m=_worst(accuracy_m[placed.kept], codes, len(present)),
        n_blocks=np.bincount(codes, minlength=len(present)),
        origin=placed.origin,
        by=by,
        without_geometry=[str(label) for label in parks.index[~placed.kept]],
    )


def _drawn(outlines: Geometries | Blocks | Layer) -> Geometries:
    if isinstance(outlines, Layer):
        return outlines.drawn(np.arange(len(outlines.flat)))
    return outlines.shapes if isinstance(outlines, Blocks) else outlines


def check_type(parks: gpd.GeoDataFrame) -> None:
    """Refuse what is no frame of geometries."""
    require_frame(parks, "parks", reader="parkgeo.read_parks")


@dataclass(frozen=True)
class _Placed:
    """Polygons in metres from an origin, or as arrays, and which rows have one."""

    outlines: Geometries | Blocks | Layer
    kept: NDArray[np.bool_]
    origin: Floats


def plane_shapes(parks: gpd.GeoDataFrame) -> tuple[Geometries, NDArray[np.bool_], Floats]:
    """Return the polygons in metres from an origin, which rows have one, and the origin."""
    placed = _placed(parks)
    return _drawn(placed.outlines), placed.kept, placed.origin


def _placed(parks: gpd.GeoDataFrame, *, streamed: bool = False) -> _Placed:
    check_type(parks)
    crs.require_lonlat(parks, "parks")
    geometry = parks.geometry
    kept = ~(geometry.isna() | geometry.is_empty).to_numpy(dtype=bool)
    present = parks.index[kept]
    flat = np.asarray(geometry)[kept]
    types = shapely.get_type_id(flat)
    if (wrong := ~np.isin(types, _POLYGONAL)).any():
        names = ", ".join(sorted({shapely.GeometryType(i).name for i in types[wrong]}))
        raise GeometryError(
            f"extents must be polygons; found {names} in rows {first_rows(present[wrong])}; "
            "drop them, or keep their polygonal part with parkgeo.io.repair",
        )
    if shapely.get_num_coordinates(flat).sum() > COMPILE_ABOVE:
        if streamed and (layer := layer_of(flat, parks.crs, present)):
            return _Placed(layer[0], kept, layer[1])
        outlines, origin = outlines_on_plane(flat, parks.crs, present)
        return _Placed(outlines, kept, origin)
    flat = shapely.force_2d(flat)
    refuse_invalid(flat, present)
    shapes = np.asarray(crs.to_plane(gpd.GeoSeries(flat, crs=parks.crs)), dtype=object)
    origin = middle_of(shapes)
    shapes = still_valid(shapely.transform(shapes, lambda xy: xy - origin))
    return _Placed(shapes, kept, origin)


def group_labels(parks: gpd.GeoDataFrame, *, by: str) -> tuple[pd.Index, Indices]:
    """Return the sorted labels of all groups, and the position of each row's own among them."""
    check_type(parks)
    keys = _keys(parks, by)
    if (missing := keys.isna()).any():
        raise SchemaError(
            f"no {by!r} in rows {first_rows(parks.index[missing])}; fill it in, or leave the rows "
            f"out with frame.dropna(subset={by!r})",
        )
    try:
        codes, labels = pd.factorize(keys)
    except TypeError as error:
        raise SchemaError(f"the values of {by!r} cannot name groups: {error}") from error
    order = _sorted_positions(labels.tolist())
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return pd.Index(labels).take(order), rank[codes]


def _keys(parks: gpd.GeoDataFrame, by: str) -> pd.Index:
    columns = [column for column in parks.columns if column != parks.active_geometry_name]
    keys: pd.Index
    if by in columns:
        keys = pd.Index(column_of(parks, by))
    elif by in parks.index.names:
        keys = parks.index.get_level_values(by)
    else:
        known = [str(c) for c in (*columns, *parks.index.names) if c is not None]
        near = get_close_matches(str(by), known, n=1)
        there = f"there are {', '.join(known) or 'none'}; say by= the one that names the groups"
        hint = f"did you mean {near[0]!r}?" if near else there
        raise UnknownNameError(f"no column or index {by!r} to group by; {hint}")
    return keys


def _sorted_positions(labels: Sequence[Hashable]) -> Indices:
    """Sort labels by value, or by type and text where the values do not compare."""
    positions = range(len(labels))
    try:
        order = sorted(positions, key=labels.__getitem__)  # type: ignore[arg-type]
    except TypeError:
        order = sorted(positions, key=lambda i: (type(labels[i]).__name__, str(labels[i])))
    return np.asarray(order, dtype=np.intp)


def _worst(accuracy_m: Floats, codes: Indices, n_groups: int) -> Floats:
    """Take the largest accuracy of each group's blocks; NaN where one of them is not known."""
    worst = np.zeros(n_groups)
    np.maximum.at(worst, codes, np.nan_to_num(accuracy_m, nan=np.inf))
    return np.where(np.isinf(worst), np.nan, worst)


def certify(relative_error: float, what: str) -> float:
    """Return the relative error of an overlay, or refuse its result.

    GEOS falls back to snapping where its exact way fails, and may then lose or double ground; a
    table made from such an overlay is not handed out.
    """
    if not relative_error <= CONSERVATION:
        raise GeometryError(
            f"{what}: the areas before and after differ by {relative_error:.1e} of the whole, more "
            f"than {CONSERVATION:g}; {SEARCH}",
        )
    return relative_error
