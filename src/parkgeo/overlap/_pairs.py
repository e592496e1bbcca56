"""Which two groups lie on the same ground, by how much, and within which error."""

from dataclasses import dataclass, fields
from typing import Final, Literal, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo.overlap._arrangement import mean_width_m
from parkgeo.overlap._bands import bands
from parkgeo.overlap._extents import (
    NOISE_M,
    Extents,
    Floats,
    Geometries,
    Indices,
    certify,
    extents_of,
    overlay_errors,
)
from parkgeo.overlap._pieces import in_pieces
from parkgeo.units import KM2_M2, km2_to_mu

Flags = NDArray[np.bool_]

RELATIONS: Final = ("equal", "within", "contains", "partial", "sliver", "adjacent")
"""How ``left`` lies to ``right``, from the closest to the loosest."""


@overload
def pairs(
    parks: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: Literal[False] = ...,
    adjacent: bool = ...,
) -> pd.DataFrame: ...


@overload
def pairs(
    parks: gpd.GeoDataFrame, *, by: str = ..., geometry: Literal[True], adjacent: bool = ...
) -> gpd.GeoDataFrame: ...


@overload
def pairs(
    parks: gpd.GeoDataFrame, *, by: str = ..., geometry: bool, adjacent: bool = ...
) -> pd.DataFrame: ...


@overlay_errors("pairs")
def pairs(
    parks: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    geometry: bool = False,
    adjacent: bool = True,
) -> pd.DataFrame:
    r"""Say which groups overlap or touch, by how much, and what the boundaries' error allows.

    One row per pair of brands (or blocks, committees, levels) on the same ground. With ε the
    accuracy of each boundary, ⊖ erosion and ⊕ dilation,

    .. math:: \mathrm{low} = |(A \ominus ε_A) \cap (B \ominus ε_B)| \le |A \cap B| \le
              |(A \oplus ε_A) \cap (B \oplus ε_B)| = \mathrm{high}

    so that ``low`` is the overlap that stands when both boundaries are one standard deviation
    further in, all along, and ``high`` when both are as much further out.

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. ``accuracy_m``, where it is, gives one standard deviation of
        the boundary's position in metres. Rows without a geometry are left out and named in
        ``attrs``.
    by
        Column, or name of the index, whose values say which blocks belong together. Blocks of one
        group that overlap count once; a group is as accurate as its worst block.
    geometry
        Return the overlap itself, null where two groups only touch.
    adjacent
        Keep the pairs that only touch.

    Returns
    -------
    A DataFrame, or a GeoDataFrame in EPSG:4490, sorted by ``left`` and ``right``.

    ``left``, ``right`` (labels, left before right), ``overlap_km2``, ``overlap_mu``,
    ``overlap_low_km2``, ``overlap_high_km2`` (NaN where an accuracy is not known), ``share_left``,
    ``share_right``, ``iou`` (0–1), ``relation``, ``significant`` (low > 0; null where not known).

    ``relation``, the first that holds: *adjacent*, they touch, or overlap by less than 1 µm of mean
    width; *sliver*, the error alone could make the overlap (low = 0); *equal*, *within*,
    *contains*, the surely covered ground of one lies in what the other may cover, both ways or one;
    else *partial*. Without an accuracy boundaries are taken as exact.

    ``attrs`` holds ``conservation``, the largest relative difference of any pair between the areas
    of A and B and those of A ∩ B and A ∪ B, before what is narrower than 1 µm is taken for none
    (never more than 1e-9), ``by``, ``plane``, ``accuracy`` and ``rows_without_geometry``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        The frame does not say where it lies, or its coordinates contradict what it says.
    GeometryError
        Not polygons, or invalid ones; or the overlay did not conserve the area.
    SchemaError, UnknownNameError
        No geometry column, null labels, an accuracy that is no length, no such column.

    References
    ----------
    Perkal, J. (1956). On epsilon length. *Bulletin de l'Académie Polonaise des Sciences* 4.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(
    ...     ["POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))", "POLYGON ((1 0, 3 0, 3 1, 1 1, 1 0))"])
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes, crs="EPSG:4490")
    >>> pairs(parks)[["left", "right", "share_left", "relation"]].round(3).values.tolist()
    [['a', 'b', 0.5, 'partial']]
    """
    extents = extents_of(parks, by=by)
    found = _overlay(extents)
    if not adjacent:
        found = found.take(found.area_m2 > 0)
    table = _table(extents, found)
    if geometry:
        table = gpd.GeoDataFrame(table, geometry=extents.to_ground(found.shapes))
    table.attrs.update(extents.attrs(_conservation(extents, found)))
    return table


@dataclass(frozen=True)
class _Overlay:
    """The pairs that touch: positions of both extents and their common ground, null for none.

    ``drawn_m2`` is the area before needles were called none.
    """

    left: Indices
    right: Indices
    shapes: Geometries
    area_m2: Floats
    drawn_m2: Floats

    def take(self, rows: Flags) -> "_Overlay":
        return _Overlay(*(getattr(self, field.name)[rows] for field in fields(self)))


def _overlay(extents: Extents) -> _Overlay:
    tree = shapely.STRtree(extents.shapes)
    left, right = tree.query(extents.shapes, predicate="dwithin", distance=NOISE_M)
    once = left < right
    left, right = left[once], right[once]
    order = np.lexsort([right, left])
    left, right = left[order], right[order]
    shapes = _polygonal(_shared(extents.shapes[left], extents.shapes[right]))
    drawn_m2 = np.nan_to_num(shapely.area(shapes))
    shapes[mean_width_m(shapes) < NOISE_M] = None
    return _Overlay(left, right, shapes, np.nan_to_num(shapely.area(shapes)), drawn_m2)


def _shared(left: Geometries, right: Geometries) -> Geometries:
    return in_pieces(shapely.intersection, left, right, doing="overlaying pairs")


def _polygonal(shapes: Geometries) -> Geometries:
    """Keep the polygons of each shape; where two extents also touch, there are lines and points."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    parts, owner = shapely.get_parts(shapes[mixed], return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    areas, codes = np.unique(mixed[owner[areal]], return_inverse=True)
    out = shapes.copy()
    out[mixed] = None
    out[areas] = shapely.multipolygons(parts[areal], indices=codes)
    return out


def _table(extents: Extents, found: _Overlay) -> pd.DataFrame:
    area_left, area_right = extents.area_m2[found.left], extents.area_m2[found.right]
    known = ~np.isnan(extents.accuracy_m[found.left] + extents.accuracy_m[found.right])
    low_m2, high_m2, relation = _judge(extents, found)
    overlap_km2 = found.area_m2 / KM2_M2
    significant = pd.array(low_m2 > 0, dtype="boolean")
    significant[~known] = pd.NA
    return pd.DataFrame(
        {
            "left": extents.labels.take(found.left),
            "right": extents.labels.take(found.right),
            "overlap_km2": overlap_km2,
            "overlap_mu": km2_to_mu(overlap_km2),
            "overlap_low_km2": np.where(known, low_m2, np.nan) / KM2_M2,
            "overlap_high_km2": np.where(known, high_m2, np.nan) / KM2_M2,
            # An overlay may exceed its extent in the last digit; a share may not.
            "share_left": np.minimum(found.area_m2 / area_left, 1.0),
            "share_right": np.minimum(found.area_m2 / area_right, 1.0),
            "iou": np.minimum(found.area_m2 / (area_left + area_right - found.area_m2), 1.0),
            "relation": pd.Series(relation, dtype="str"),
            "significant": significant,
        },
    )


def _judge(extents: Extents, found: _Overlay) -> tuple[Floats, Floats, Geometries]:
    """Return the interval of each overlap in m², and the relation of its two extents."""
    left, right = found.left, found.right
    inner, outer = bands(extents, np.union1d(left, right))
    within = _covered(inner[left], outer[right])
    contains = _covered(inner[right], outer[left])
    low_m2, high_m2 = found.area_m2.copy(), found.area_m2.copy()
    blurred = np.nan_to_num(extents.accuracy_m[left]) + np.nan_to_num(extents.accuracy_m[right]) > 0
    left, right = left[blurred], right[blurred]
    sure_m2 = shapely.area(_shared(inner[left], inner[right]))
    possible_m2 = shapely.area(_shared(outer[left], outer[right]))
    low_m2[blurred] = np.minimum(sure_m2, low_m2[blurred])
    high_m2[blurred] = np.maximum(possible_m2, high_m2[blurred])
    relation = np.select(
        [found.area_m2 == 0, low_m2 == 0, within & contains, within, contains],
        ["adjacent", "sliver", "equal", "within", "contains"],
        "partial",
    )
    return low_m2, high_m2, relation


def _covered(shapes: Geometries, covers: Geometries) -> Flags:
    """Tell which shapes lie in their cover but for rounding along the border."""
    out = _in_bounds(shapes, covers)
    rest = in_pieces(shapely.difference, shapes[out], covers[out], doing="comparing pairs")
    out[out] = mean_width_m(rest) < NOISE_M
    return out


def _in_bounds(shapes: Geometries, covers: Geometries) -> Flags:
    """Tell cheaply which shapes may lie in their cover at all."""
    inside, around = shapely.bounds(shapes), shapely.bounds(covers)
    low = inside[:, :2] >= around[:, :2] - NOISE_M
    high = inside[:, 2:] <= around[:, 2:] + NOISE_M
    return np.asarray((low & high).all(axis=1))


def _conservation(extents: Extents, found: _Overlay) -> float:
    """Compare |A| + |B| with |A ∩ B| + |A ∪ B|, pair by pair."""
    if len(found.left) == 0:
        return 0.0
    union = in_pieces(
        shapely.union, extents.shapes[found.left], extents.shapes[found.right], doing="certifying"
    )
    before = extents.area_m2[found.left] + extents.area_m2[found.right]
    after = found.drawn_m2 + shapely.area(union)
    return certify(float(np.max(np.abs(after - before) / before)), "pairs")
