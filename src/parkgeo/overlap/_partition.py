"""Faces with their members, and the area that counts nothing twice."""

from collections.abc import Iterator
from typing import Final, Literal, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo.errors import SchemaError
from parkgeo.overlap._arrangement import Faces, arrange, cells
from parkgeo.overlap._extents import (
    CONSERVATION,
    GRID_M,
    NOISE_M,
    Extents,
    Geometries,
    certify,
    extents_of,
    group_labels,
    overlay_errors,
    plane_shapes,
)
from parkgeo.units import KM2_M2, km2_to_mu

_NARROWEST_M: Final = (NOISE_M, NOISE_M / 10, NOISE_M / 100, NOISE_M / 1000, 0.0)
"""Narrowest face to keep: the first with which the area is conserved."""


@overload
def partition(
    parks: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: Literal[True] = ...,
    min_members: int = ...,
    dissolve: bool = ...,
) -> gpd.GeoDataFrame: ...


@overload
def partition(
    parks: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: bool,
    min_members: int = ...,
    dissolve: bool = ...,
) -> pd.DataFrame: ...


@overlay_errors("partition")
def partition(
    parks: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    geometry: bool = True,
    min_members: int = 1,
    dissolve: bool = True,
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

    Returns
    -------
    A GeoDataFrame in EPSG:4490, or a DataFrame without geometry, sorted by number of members and
    then by members.

    ``members`` (tuple of labels, sorted), ``n_members``, ``area_km2``, ``area_mu``, ``geometry``.

    ``attrs`` holds ``conservation``, the relative difference between the two sides of the formula
    before any face is left out (never more than 1e-9), ``by``, ``plane`` and
    ``rows_without_geometry``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        The frame does not say where it lies, or its coordinates contradict what it says.
    GeometryError
        Not polygons, or invalid ones; or the overlay did not conserve the area.
    SchemaError, UnknownNameError
        No geometry column, null labels, no such column.

    Notes
    -----
    Needles narrower than 1 µm, which only rounding makes, are no faces and are left out, as long as
    what they take with them stays within the bound on ``conservation``: along a thin strip, or on
    ground of a few square metres, only the narrower ones are.

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
    extents = extents_of(parks, by=by)
    faces, conservation = _conserved_faces(extents)
    sets = np.arange(len(faces.sets)) if dissolve else faces.set_codes
    area_m2 = np.bincount(faces.set_codes, faces.area_m2, len(sets)) if dissolve else faces.area_m2
    kept = faces.set_sizes[sets] >= min_members
    labels = extents.labels.tolist()
    area_km2 = area_m2[kept] / KM2_M2
    members = [tuple(labels[i] for i in faces.sets[code]) for code in sets[kept]]
    table = pd.DataFrame(
        {
            "members": pd.Series(members, dtype=object),
            "n_members": faces.set_sizes[sets[kept]],
            "area_km2": area_km2,
            "area_mu": km2_to_mu(area_km2),
        },
    )
    if geometry:
        shapes = faces.gathered() if dissolve else faces.shapes
        table = gpd.GeoDataFrame(table, geometry=extents.to_ground(shapes[kept]))
    table.attrs.update(extents.attrs(conservation))
    return table


def _conserved_faces(extents: Extents) -> tuple[Faces, float]:
    """Build faces that conserve the area, giving up as little as that takes."""
    for faces in _attempts(extents.shapes):
        error = _conservation(extents, faces)
        if error <= CONSERVATION:
            break
    return faces, certify(error, "partition")


def _attempts(shapes: Geometries) -> Iterator[Faces]:
    """Yield faces, as drawn and then on a grid that closes all needles.

    Needles between boundaries drawn twice are left out where they do not matter. Along a thin
    extent, or under many extents, they do; then only the narrower ones are left out.
    """
    drawn = cells(shapes)
    for narrowest_m in _NARROWEST_M:
        yield arrange(shapes, drawn, narrowest_m=narrowest_m)
    yield arrange(shapes, cells(shapes, grid_m=GRID_M))


def _conservation(extents: Extents, faces: Faces) -> float:
    """Compare Σ face area × members with Σ extent area."""
    whole = float(extents.area_m2.sum())
    found = float((faces.area_m2 * faces.set_sizes[faces.set_codes]).sum())
    return abs(found - whole) / whole if whole else 0.0


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
    if by is not None:
        extents = extents_of(parks, by=by)
        labels, _ = group_labels(parks, by=by)
        areas = pd.Series(extents.area_m2 / KM2_M2, extents.labels, name="net_area_km2")
        return areas.reindex(labels).rename_axis(by)
    shapes = plane_shapes(parks)[0]
    return float(shapely.area(shapely.union_all(shapes))) / KM2_M2
