"""Which two groups lie on the same ground, by how much, and within which error."""

from dataclasses import dataclass, replace
from typing import Final, Literal, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo._ground import Floats, Geometries, Indices, in_pieces, overlay_errors
from parkgeo.overlap._areas import LEAST_M2, Grounds, grounds_of
from parkgeo.overlap._arrangement import is_crowd, mean_width_m
from parkgeo.overlap._bands import bands
from parkgeo.overlap._clips import clips
from parkgeo.overlap._extents import NOISE_M, Extents, certify, extents_of
from parkgeo.units import KM2_M2, km2_to_mu

Flags = NDArray[np.bool_]

_QUERIED: Final = 512
"""Extents whose neighbours are looked up at a time: all at once would give each pair twice."""

_CERTIFIED: Final = 50
"""Pairs whose union is built to certify the areas of all, where there are more."""

_UNITED: Final = 8
"""Unions that a thread builds at a time."""

_MOST_VERTICES: Final = 200_000
"""Vertices and crossings of all pairs whose union is built, which takes GEOS less than a second."""

_LONGEST: Final = 1_000_000
"""Vertices up to which an extent is held against itself: a saw of 10⁷ teeth would take minutes."""

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


@overlay_errors("pairs", of="extents")
def pairs(
    parks: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    geometry: bool = False,
    adjacent: bool = True,
) -> pd.DataFrame:
    r"""Say which groups overlap or touch, by how much, and within which error.

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
        Column, or name of the index, whose values say which blocks belong together; the name of an
        index without repeats gives pairs of rows. Blocks of one group that overlap count once; a
        group is as accurate as its worst block.
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
    The high area is that of boundaries moved outwards, so it may exceed the area of either brand.

    ``relation``, the first that holds: *adjacent*, they touch, or overlap by less than 1 µm of mean
    width or 1 mm²; *sliver*, the error alone could make the overlap (low = 0); *equal*, *within*,
    *contains*, the surely covered ground of one lies in what the other may cover, but for 1 µm
    along its border, both ways or one; else *partial*. Without an accuracy boundaries are taken as
    exact.

    ``attrs`` holds ``conservation``, the largest relative difference between the areas of A and B
    and those of A ∩ B and A ∪ B, before what is narrower than 1 µm is taken for none (never more
    than 1e-9; fifty pairs stand for more, as the union is drawn by GEOS), ``by``, ``plane``,
    ``accuracy`` and ``rows_without_geometry``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        The frame does not say where it lies, or its coordinates contradict what it says.
    GeometryError
        Not polygons, or invalid ones; or the overlay did not conserve the area.
    SchemaError, UnknownNameError
        No geometry column, null labels, an accuracy that is no length, no such column.

    Notes
    -----
    Above 20 000 vertices areas are sums over pairs of edges, by a compiled kernel on threads, and
    agree with GEOS to 1e-9, or 1e-6 m²; geometry is drawn where outlines surely cross, by GEOS
    where that is not certain, and then held against the sums. A boundary that ⊖ or ⊕ should move by
    ε is moved by 0.98 to 1.04 ε: rough outlines are filled first where a disc of ε does not get in.

    Where many extents lie on the same ground there are as many pairs as half their number squared:
    5 000 give 12.5 million rows. Outlines that are the same to the last digit are drawn once, and
    their rows hold one and the same shape; each other pair's geometry takes about 2 KB and 16 B
    per corner.

    Edges are straight on the plane. Neighbours drawn in a projected CRS, of which only one has a
    corner on their border, overlap by what that border bends: up to 0.07 m² along 200 m, 8 m² along
    1 km, 220 m² along 3 km. Give ``accuracy_m``, so that it counts as a sliver, or first add
    corners in that CRS, ``frame.set_geometry(frame.segmentize(20))``, which leaves 0.001 m².

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
    extents = extents_of(parks, by=by, streamed=not geometry)
    grounds = grounds_of(extents.outlines)
    found = _overlay(grounds, geometry=geometry, adjacent=adjacent)
    conservation = _conservation(grounds, found)
    if not adjacent:
        found = found.take(found.area_m2 > 0)
    table = _table(extents, grounds, found)
    if found.shapes is not None:
        ground = extents.to_ground(found.shapes)
        shapes = np.append(ground.to_numpy(), [None])[found.codes]
        table = gpd.GeoDataFrame(table, geometry=shapes, crs=ground.crs)
    table.attrs.update(extents.attrs(conservation))
    return table


@dataclass(frozen=True)
class _Overlay:
    """The pairs that overlap or touch: positions of both extents, and what they share.

    ``drawn_m2`` is the area before needles were called none. ``shapes`` are the common grounds that
    differ, ``codes`` says which one each pair has, -1 where it has none; shapes are None where
    nobody asked for them.
    """

    left: Indices
    right: Indices
    area_m2: Floats
    drawn_m2: Floats
    codes: Indices
    shapes: Geometries | None = None

    def take(self, rows: Flags) -> "_Overlay":
        left, right, codes = self.left[rows], self.right[rows], self.codes[rows]
        return _Overlay(left, right, self.area_m2[rows], self.drawn_m2[rows], codes, self.shapes)


def _overlay(grounds: Grounds, *, geometry: bool, adjacent: bool) -> _Overlay:
    """Find the pairs and what they share; draw it where geometry is asked for."""
    left, right = _near(grounds.boxes)
    grounds.prepare(left, right)
    drawn_m2 = grounds.shared_m2(left, right, doing="overlaying pairs")
    area_m2 = _without_needles(grounds, left, right, drawn_m2)
    kept = area_m2 > 0
    if adjacent:
        apart = np.flatnonzero(~kept)
        kept[apart] = grounds.touch(left[apart], right[apart], within_m=NOISE_M)
    nothing = np.full(len(left), -1, dtype=np.intp)
    found = _Overlay(left, right, area_m2, drawn_m2, nothing).take(kept)
    return _drawn(grounds, found) if geometry else found


def _near(bounds: Floats) -> tuple[Indices, Indices]:
    """Find the pairs whose bounds overlap or touch, in order, each once."""
    reach = np.array([-NOISE_M, -NOISE_M, NOISE_M, NOISE_M])
    boxes = shapely.box(*(bounds + reach).T)
    tree = shapely.STRtree(boxes)
    found: list[tuple[Indices, Indices]] = []
    for begin in range(0, len(boxes), _QUERIED):
        left, right = tree.query(boxes[begin : begin + _QUERIED])
        left += begin
        once = left < right
        left, right = left[once], right[once]
        order = np.lexsort([right, left])
        found.append((left[order], right[order]))
    if not found:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    lefts, rights = zip(*found, strict=True)
    return np.concatenate(lefts), np.concatenate(rights)


def _without_needles(grounds: Grounds, left: Indices, right: Indices, area_m2: Floats) -> Floats:
    """Set to 0 what only rounding makes: less than 1 mm², or than 1 µm of mean width.

    A needle has no more border than its two extents, so few pairs have so little in common that
    the shape of it must be known.
    """
    out = np.where(area_m2 < LEAST_M2, 0.0, area_m2)
    border_m = grounds.length_m[left] + grounds.length_m[right]
    doubtful = np.flatnonzero((out > 0) & (area_m2 < border_m * NOISE_M))
    drawn = _shared(grounds, left[doubtful], right[doubtful])
    out[doubtful[mean_width_m(drawn) < NOISE_M]] = 0.0
    return out


def _drawn(grounds: Grounds, found: _Overlay) -> _Overlay:
    """Draw the common ground of each pair that has some, and take its area from there."""
    rows = np.flatnonzero(found.area_m2 > 0)
    first, same = _once(grounds, found.left[rows], found.right[rows])
    once = rows[first]
    left, right = found.left[once], found.right[once]
    drawn = np.full(len(once), None, dtype=object)
    if grounds.by_kernel:
        drawn = clips(grounds.blocks, left, right, found.drawn_m2[once])
    rest = np.flatnonzero(shapely.is_missing(drawn))
    drawn[rest] = _shared(grounds, left[rest], right[rest])
    codes, area_m2 = found.codes.copy(), np.zeros(len(found.left))
    codes[rows], area_m2[rows] = same, np.nan_to_num(shapely.area(drawn))[same]
    return replace(found, codes=codes, shapes=drawn, area_m2=area_m2)


def _once(grounds: Grounds, left: Indices, right: Indices) -> tuple[Indices, Indices]:
    """Find a pair for each two outlines that differ, and which of those each pair is like.

    Only in a crowd it pays to look: n brands on one park are n²/2 pairs with one common ground.
    """
    n = len(grounds.boxes)
    if not is_crowd(len(left), n):
        return np.arange(len(left)), np.arange(len(left))
    outlines, _ = pd.factorize(shapely.to_wkb(grounds.drawn(np.arange(n))))
    _, first, same = np.unique(
        outlines[left] * n + outlines[right], return_index=True, return_inverse=True
    )
    return first, same


def _shared(grounds: Grounds, left: Indices, right: Indices) -> Geometries:
    """Draw the common ground of pairs."""
    one, two = np.split(grounds.drawn(np.concatenate([left, right])), 2)
    return _polygonal(in_pieces(shapely.intersection, one, two, doing="overlaying pairs"))


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


def _table(extents: Extents, grounds: Grounds, found: _Overlay) -> pd.DataFrame:
    area_left, area_right = grounds.area_m2[found.left], grounds.area_m2[found.right]
    known = ~np.isnan(extents.accuracy_m[found.left] + extents.accuracy_m[found.right])
    low_m2, high_m2, relation = _judge(extents, grounds, found)
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
            "relation": pd.array(RELATIONS, dtype="str").take(relation),
            "significant": significant,
        },
    )


def _judge(
    extents: Extents, grounds: Grounds, found: _Overlay
) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Return the interval of each overlap in m², and which relation its two extents have."""
    left, right = found.left, found.right
    low_m2, high_m2 = found.area_m2.copy(), found.area_m2.copy()
    within = _covered(grounds, left, found.area_m2)
    contains = _covered(grounds, right, found.area_m2)
    accuracy_m = np.nan_to_num(extents.accuracy_m)
    blurred = np.flatnonzero(accuracy_m[left] + accuracy_m[right] > 0)
    if len(blurred):
        rows, ends = np.unique([left[blurred], right[blurred]], return_inverse=True)
        (left, right), n = ends.reshape(2, -1), len(rows)
        both = Grounds(np.concatenate(bands(grounds.drawn(rows), extents, rows)))

        def shared_m2(one: Indices, two: Indices) -> Floats:
            shared = both.shared_m2(one, two, doing="judging pairs")
            return np.where(shared < LEAST_M2, 0.0, shared)

        low_m2[blurred] = np.minimum(shared_m2(left, right), low_m2[blurred])
        high_m2[blurred] = np.maximum(shared_m2(left + n, right + n), high_m2[blurred])
        within[blurred] = _covered(both, left, shared_m2(left, right + n))
        contains[blurred] = _covered(both, right, shared_m2(right, left + n))
    conditions = {
        "adjacent": found.area_m2 == 0,
        "sliver": low_m2 == 0,
        "equal": within & contains,
        "within": within,
        "contains": contains,
    }
    codes = [np.int8(RELATIONS.index(name)) for name in conditions]
    relation = np.select(list(conditions.values()), codes, np.int8(RELATIONS.index("partial")))
    return low_m2, high_m2, relation


def _covered(grounds: Grounds, inner: Indices, shared_m2: Floats) -> Flags:
    """Tell which shapes lie in their cover, but for a strip of 1 µm along their border."""
    spare_m2 = NOISE_M * grounds.length_m[inner]
    return np.asarray(grounds.area_m2[inner] - shared_m2 <= spare_m2)


def _conservation(grounds: Grounds, found: _Overlay) -> float:
    """Compare |A| + |B| with |A ∩ B| + |A ∪ B|, the union being GEOS's.

    Where the areas came without geometry, fifty pairs all over the table stand for all of them.
    Where the overlaps were drawn and the kernel measured them, the two are compared instead.
    """
    if len(found.left) == 0:
        return 0.0
    whole_m2 = grounds.area_m2[found.left] + grounds.area_m2[found.right]
    if found.shapes is not None and grounds.by_kernel:
        wide = found.area_m2 > 0
        return certify(_worst((found.area_m2 - found.drawn_m2)[wide], whole_m2[wide]), "pairs")
    few = np.arange(len(found.left))
    if grounds.by_kernel:
        few = np.unique(np.linspace(0, len(found.left) - 1, _CERTIFIED).astype(np.intp))
        soon = _drawn_soon(grounds, found, few)
        long = np.setdiff1d(few, soon)
        extents = np.union1d(found.left[long], found.right[long])
        extents = extents[grounds.vertices[extents] <= _LONGEST]
        certify(_self_error(grounds, extents), "pairs")
        few = soon
        least_m2 = np.minimum(grounds.area_m2[found.left], grounds.area_m2[found.right])
        certify(_worst(np.maximum(found.drawn_m2 - least_m2, 0.0), whole_m2), "pairs")
    left, right = np.split(grounds.drawn(np.concatenate([found.left[few], found.right[few]])), 2)
    union_m2 = in_pieces(_united_m2, left, right, doing="certifying", piece=_UNITED)
    return certify(_worst(found.drawn_m2[few] + union_m2 - whole_m2[few], whole_m2[few]), "pairs")


def _self_error(grounds: Grounds, extents: Indices) -> float:
    """Compare what extents share with themselves and their areas, which are summed otherwise."""
    shared_m2 = grounds.shared_m2(extents, extents, doing="certifying")
    return _worst(shared_m2 - grounds.area_m2[extents], grounds.area_m2[extents])


def _united_m2(left: Geometries, right: Geometries) -> Floats:
    return np.asarray(shapely.area(shapely.union(left, right)))


def _drawn_soon(grounds: Grounds, found: _Overlay, rows: Indices) -> Indices:
    """Leave out the pairs with most to draw, where GEOS would take longer than all the rest."""
    left, right = found.left[rows], found.right[rows]
    size = grounds.vertices[left] + grounds.vertices[right] + grounds.crossings(left, right)
    order = np.argsort(size, kind="stable")
    return np.sort(rows[order[np.cumsum(size[order]) <= _MOST_VERTICES]])


def _worst(difference_m2: Floats, whole_m2: Floats) -> float:
    return float(np.max(np.abs(difference_m2) / whole_m2, initial=0.0))
