"""Faces with their members, and the area that counts nothing twice."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, Literal, TypeVar, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo._ground import Floats, Geometries, Indices, column_of, overlay_errors, summed, union_by
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.overlap._areas import CROSSED, expected_crossings
from parkgeo.overlap._arrangement import Faces, attempts, is_crowd
from parkgeo.overlap._extents import (
    CONSERVATION,
    NOISE_M,
    Extents,
    certify,
    check_type,
    extents_of,
    group_labels,
    plane_shapes,
)
from parkgeo.overlap._faces import MemberSet, SetAreas, set_areas
from parkgeo.overlap._slivers import merge_slivers
from parkgeo.units import KM2_M2, km2_to_mu

Found = TypeVar("Found", Faces, SetAreas)

_NARROWEST_M: Final = (NOISE_M, NOISE_M / 10, NOISE_M / 100, NOISE_M / 1000, 0.0)
"""Narrowest face to keep: the first with which the area is conserved."""

_SWEEP_ABOVE: Final = 300_000
"""Corners from which on it pays to load the machine code of the sweep, or even to compile it."""

_FEW: Final = 500
"""Extents that GEOS cuts in a second or two even where all lie on the same ground."""

_COLUMNS: Final = ("members", "n_members", "area_km2", "area_mu", "geometry")


@overload
def partition(
    parks: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: Literal[True] = ...,
    min_members: int = ...,
    dissolve: bool = ...,
    min_width_m: float = ...,
    carry: Sequence[str] = ...,
) -> gpd.GeoDataFrame: ...


@overload
def partition(
    parks: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: bool,
    min_members: int = ...,
    dissolve: bool = ...,
    min_width_m: float = ...,
    carry: Sequence[str] = ...,
) -> pd.DataFrame: ...


@overlay_errors("partition", of="extents")
def partition(  # noqa: PLR0913 - independent options, all by keyword
    parks: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    geometry: bool = True,
    min_members: int = 1,
    dissolve: bool = True,
    min_width_m: float = 0.0,
    carry: Sequence[str] = (),
) -> pd.DataFrame:
    r"""Cut the ground into faces, each with the set of groups that lie on it.

    The answer to "what do these brands really cover": every piece of ground stands in one face,
    so any total over overlapping brands (多块牌子) is a sum over faces. Blocks of one group that
    overlap count once.

    .. math:: \sum_f \mathrm{area}(f)\,|\mathrm{members}(f)| = \sum_g \mathrm{area}(g)

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. Rows without a geometry are left out and named in ``attrs``.
    by
        Column, or name of the index, whose values say which blocks belong together.
    geometry
        Return the faces' geometry.
    min_members
        Leave out faces with fewer members; 2 keeps what is overlapped.
    dissolve
        One row per set of members, with all its ground; else one row per connected face.
    min_width_m
        Slivers (碎屑多边形), connected faces whose mean width (twice the area by the perimeter) is
        below this many metres on the ground, are given to the neighbour with which they share most
        border. No ground is lost, but a sliver changes its members. One that has no neighbour
        stays.
    carry
        Columns whose values come along: for each face a tuple, one value for each member in the
        order of ``members``. Where the blocks of a member differ, its value is the sorted tuple of
        what they say; nulls are passed over.

    Returns
    -------
    A GeoDataFrame in EPSG:4490, or a DataFrame without geometry, sorted by number of members and
    then by members.

    ``members`` (tuple of labels, sorted), ``n_members``, ``area_km2``, ``area_mu``, the carried
    columns, ``geometry``.

    ``attrs`` holds ``conservation``, the relative difference between the two sides of the formula
    before any face is left out (never more than 1e-9), ``by``, ``plane`` and
    ``rows_without_geometry``. With ``min_width_m`` also ``slivers_merged`` (how many),
    ``slivers_merged_m2`` (their area) and ``conservation_after_merging``, which the change of
    members makes larger.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        The frame does not say where it lies, or its coordinates contradict what it says.
    GeometryError
        Not polygons, or invalid ones; or the overlay did not conserve the area.
    SchemaError, UnknownNameError
        No geometry column, null labels, no such column, or several of that name; a carried column
        named as one of the result, or of lists; or ``min_width_m`` that is no width.

    Notes
    -----
    Without geometry, large input is not cut at all: a sweep adds up the area of each set of
    members, to 1e-9 of the smallest member and less. It runs on threads as the cutting does, and
    both stop at once on Ctrl-C.

    Needles narrower than 1 µm, which only rounding makes, are no faces and are left out, as long as
    what they take with them stays within the bound on ``conservation``: along a thin strip, or on
    ground of a few square metres, only the narrower ones are. Of a set it is the mean width of all
    its ground that counts, and needles belong to it; only separate faces (``dissolve=False``, or
    ``min_width_m``) are looked at one by one. Areas with and without geometry so agree to 1e-9, or
    1e-6 m².

    Edges are straight on the plane, not in the CRS that the input was drawn in, as for
    :func:`pairs`.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(
    ...     ["POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))", "POLYGON ((1 0, 3 0, 3 1, 1 1, 1 0))"])
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes, crs="EPSG:4490")
    >>> partition(parks).members.tolist()
    [('a',), ('b',), ('a', 'b')]
    """
    if min_members < 1:
        raise SchemaError(f"min_members must be 1 or more, not {min_members}")
    if not 0 <= min_width_m < np.inf:
        raise SchemaError(f"min_width_m must be metres, 0 or more, not {min_width_m}")
    carried = _carried(parks, by, carry)
    extents = extents_of(parks, by=by)
    if geometry or not dissolve or min_width_m > 0:
        faces, report = _built(extents, min_width_m, dissolved=dissolve)
        if dissolve:
            sets, set_codes, shapes = faces.sets, np.arange(len(faces.sets)), faces.gathered()
        else:
            sets, set_codes, shapes = faces.sets, faces.set_codes, faces.shapes
        area_m2 = np.asarray(shapely.area(shapes), dtype=np.float64)
    else:
        swept, conservation = areas_by_set(extents)
        sets, set_codes, area_m2 = swept.sets, np.arange(len(swept.sets)), swept.area_m2
        report = {"conservation": conservation}
    sizes = np.array([len(members) for members in sets], dtype=np.intp)[set_codes]
    kept = sizes >= min_members
    table = _table(extents, [sets[code] for code in set_codes[kept]], area_m2[kept], carried)
    if geometry:
        table = gpd.GeoDataFrame(table, geometry=extents.to_ground(shapes[kept]))
    table.attrs.update(extents.attrs(report["conservation"]) | report)
    return table


def _table(
    extents: Extents, sets: list[MemberSet], area_m2: Floats, carried: dict[str, list[Hashable]]
) -> pd.DataFrame:
    labels = extents.labels.tolist()
    area_km2 = area_m2 / KM2_M2
    columns: dict[str, object] = {
        "members": _tuples(sets, labels),
        "n_members": np.array([len(members) for members in sets], dtype=np.intp),
        "area_km2": area_km2,
        "area_mu": km2_to_mu(area_km2),
    }
    for name, values in carried.items():
        columns[name] = _tuples(sets, values)
    return pd.DataFrame(columns)


def _tuples(sets: list[MemberSet], values: Sequence[object]) -> "pd.Series[Any]":
    return pd.Series([tuple(values[i] for i in members) for members in sets], dtype=object)


def _carried(parks: gpd.GeoDataFrame, by: str, carry: Sequence[str]) -> dict[str, list[Hashable]]:
    """Find the value of each carried column for each group that has a geometry."""
    if not carry:
        return {}
    if isinstance(carry, str):
        raise SchemaError(f"carry must be a list of columns: [{carry!r}], not {carry!r}")
    if taken := [name for name in carry if name in _COLUMNS]:
        raise SchemaError(
            f"cannot carry {', '.join(taken)}: the result has columns of that name; rename them"
        )
    check_type(parks)
    if unknown := [name for name in carry if name not in parks.columns]:
        raise UnknownNameError(f"no column {', '.join(map(repr, unknown))} to carry along")
    _, codes = group_labels(parks, by=by)
    drawn = ~(parks.geometry.isna() | parks.geometry.is_empty).to_numpy(dtype=bool)
    present = np.unique(codes[drawn])
    return {name: _values(column_of(parks, name), codes, present) for name in carry}


def _values(column: "pd.Series[Any]", codes: Indices, present: Indices) -> list[Hashable]:
    """Say what the blocks of each group agree on, or all that they say."""
    said: dict[int, set[Hashable]] = {}
    known = column.notna().to_numpy(dtype=bool)
    try:
        for code, value in zip(codes[known].tolist(), column[known].tolist(), strict=True):
            said.setdefault(code, set()).add(value)
    except TypeError as error:
        raise SchemaError(
            f"the values of {column.name!r} cannot be compared: {error}; turn them into text or "
            "tuples to carry them along"
        ) from error
    out: list[Hashable] = []
    for code in present.tolist():
        values = _sorted_values(said.get(code, set()))
        out.append(values[0] if len(values) == 1 else tuple(values) or None)
    return out


def _sorted_values(values: set[Hashable]) -> list[Hashable]:
    """Sort by type and value, or by type and text where values of one type do not compare."""
    try:
        return sorted(values, key=lambda v: (type(v).__name__, v))
    except TypeError:
        return sorted(values, key=lambda v: (type(v).__name__, str(v)))


def _built(
    extents: Extents, min_width_m: float, *, dissolved: bool
) -> tuple[Faces, dict[str, float]]:
    """Build the faces, and give slivers to their neighbours; say what that did."""
    tries = attempts(extents.shapes, _NARROWEST_M, dissolved=dissolved and min_width_m == 0)
    faces, conservation = _conserved(extents.area_m2, tries, lambda f: (f.area_m2, f.face_sizes))
    report: dict[str, float] = {"conservation": conservation}
    if min_width_m > 0:
        faces, merged, merged_m2 = merge_slivers(faces, min_width_m, extents.origin)
        report |= {
            "slivers_merged": merged,
            "slivers_merged_m2": merged_m2,
            "conservation_after_merging": _conservation(
                extents.area_m2, faces.area_m2, faces.face_sizes
            ),
        }
    return faces, report


def areas_by_set(extents: Extents) -> tuple[SetAreas, float]:
    """Measure the ground of each set of members, by a sweep where there is much of it."""
    shapes = extents.shapes
    if _is_much(shapes):
        found = set_areas(shapes)
        tries = (found.wider_than(narrowest_m) for narrowest_m in _NARROWEST_M)
        return _conserved(extents.area_m2, tries, lambda some: (some.area_m2, some.set_sizes))
    faces, report = _built(extents, 0.0, dissolved=True)
    count = len(faces.sets)
    border_m = np.asarray(shapely.length(faces.shapes), dtype=np.float64)
    return SetAreas(
        faces.sets,
        summed(faces.set_codes, faces.area_m2, count),
        summed(faces.set_codes, border_m, count),
    ), report["conservation"]


def _is_much(shapes: Geometries, kin: Indices | None = None) -> bool:
    """Say whether a sweep is worth loading: many corners, many crossings, or a crowd.

    With ``kin``, as for :func:`set_areas`, only crossings within one number count.
    """
    vertices = np.asarray(shapely.get_num_coordinates(shapes), dtype=np.intp)
    if vertices.sum() > _SWEEP_ABOVE:
        return True
    left, right = shapely.STRtree(shapes).query(shapes)
    # GEOS compares each two edges that run along each other, so a crowd is no small input.
    if len(shapes) > _FEW and is_crowd(len(left), len(shapes)):
        return True
    once = (left < right) if kin is None else (left < right) & (kin[left] == kin[right])
    met = expected_crossings(
        shapely.bounds(shapes), shapely.length(shapes), vertices, left[once], right[once]
    )
    return bool(met.sum() > CROSSED)


def _conserved(
    extent_m2: Floats,
    tries: Iterable[Found],
    measure: Callable[[Found], tuple[Floats, Indices]],
) -> tuple[Found, float]:
    """Take the first of several results that conserves the area: what gives up least comes last."""
    for found in tries:
        error = _conservation(extent_m2, *measure(found))
        if error <= CONSERVATION:
            break
    return found, certify(error, "partition")


def _conservation(extent_m2: Floats, area_m2: Floats, sizes: Indices) -> float:
    """Compare Σ face area × members with Σ extent area."""
    whole = float(extent_m2.sum())
    return abs(float((area_m2 * sizes).sum()) - whole) / whole if whole else 0.0


@overload
def net_area_km2(parks: gpd.GeoDataFrame, *, by: None = None) -> float: ...


@overload
def net_area_km2(parks: gpd.GeoDataFrame, *, by: str) -> "pd.Series[float]": ...


@overlay_errors("net_area_km2")
def net_area_km2(
    parks: gpd.GeoDataFrame,
    *,
    by: str | None = None,
) -> "float | pd.Series[float]":
    """Measure the ground that extents cover, counting nothing twice.

    With ``by="administrator"``: what each committee (管委会) really holds, however many brands it
    carries on the same ground.

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. Rows without a geometry are left out.
    by
        Column, or name of the index, to count by; all together if None.

    Returns
    -------
    Official area of the union in km²; or one per group, on an index named as ``by``, NaN for a
    group none of whose blocks has a geometry.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`partition`.

    Notes
    -----
    Areas by group add up to more than the area of all where groups overlap.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"] * 2)
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes, crs="EPSG:4490")
    >>> round(net_area_km2(parks))
    6154
    """
    if by is None:
        shapes = plane_shapes(parks)[0]
        return float(_net_m2(shapes, np.zeros(len(shapes), dtype=np.intp), 1)[0]) / KM2_M2
    labels, codes = group_labels(parks, by=by)
    shapes, kept, _ = plane_shapes(parks)
    area_m2 = _net_m2(shapes, codes[kept], len(labels))
    area_m2[np.bincount(codes[kept], minlength=len(labels)) == 0] = np.nan
    return pd.Series(area_m2 / KM2_M2, labels, name="net_area_km2").rename_axis(by)


def _net_m2(shapes: Geometries, codes: Indices, count: int) -> Floats:
    """Measure the ground of each group of shapes, counting nothing twice."""
    if not _is_much(shapes, codes):
        out = np.asarray(shapely.area(union_by(shapes, codes, count)), dtype=np.float64)
        return np.nan_to_num(out)
    found = set_areas(shapes, kin=codes)
    first = np.array([members[0] for members in found.sets], dtype=np.intp)
    return summed(codes[first], found.area_m2, count)
