"""Which pieces of ground are neighbours of each other."""

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from parkgeo import crs
from parkgeo.agglomeration._cross import Floats, Indices
from parkgeo.agglomeration._places import require_places
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Neighbours: TypeAlias = Literal["queen", "rook", "knn", "distance"]
WAYS: Final = ("queen", "rook", "knn", "distance")
_POLYGONS: Final = (3, 6)


def require_way(neighbours: str, k: object, distance_m: object, n: int) -> None:
    """Refuse a way that there is not, or one that lacks its number."""
    if neighbours not in WAYS:
        raise UnknownNameError(
            f"neighbours must be one of {', '.join(map(repr, WAYS))}, not {neighbours!r}"
        )
    if neighbours == "knn" and not (isinstance(k, int | np.integer) and 1 <= k < n):
        raise SchemaError(f"k must be a whole number from 1 to {n - 1}, not {k!r}")
    if neighbours == "distance" and not (
        isinstance(distance_m, int | float | np.number) and 0 < distance_m < np.inf
    ):
        raise SchemaError(f"distance_m must be metres, more than 0, not {distance_m!r}")


def neighbours_of(
    ground: gpd.GeoSeries, neighbours: str, *, k: int, distance_m: float | None
) -> "csr_array":
    """Return 1 for each pair of neighbours, by position, 0 for itself.

    Contiguity is that of the geometry as it came: reprojection would part a corner from the border
    on which it lies. Distances are those of centres in the 3° zone.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - some 0.1 s

    n = len(ground)
    require_places(ground, "the frame")
    if neighbours in ("queen", "rook"):
        left, right = _touching(ground, rook=neighbours == "rook")
    else:
        centre = shapely.get_coordinates(crs.to_zone(ground).centroid.to_numpy())
        left, right = _nearest(centre, k) if neighbours == "knn" else _within(centre, distance_m)
    return csr_array((np.ones(len(left)), (left, right)), shape=(n, n))


def _touching(ground: gpd.GeoSeries, *, rook: bool) -> tuple[Indices, Indices]:
    """Find pairs with a common point (queen), or with more than points in common (rook)."""
    shapes = ground.to_numpy()
    _require_valid_polygons(ground)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    other = left < right
    left, right = left[other], right[other]
    if rook:
        common = shapely.intersection(shapes[left], shapes[right])
        edge = shapely.get_dimensions(common) > 0
        left, right = left[edge], right[edge]
    return np.concatenate([left, right]), np.concatenate([right, left])


def _require_valid_polygons(ground: gpd.GeoSeries) -> None:
    shapes = ground.to_numpy()
    other = ~np.isin(shapely.get_type_id(shapes), _POLYGONS)
    if other.any():
        raise GeometryError(
            "queen and rook neighbours need polygons; there are others in rows "
            f"{first_rows(ground.index[other])}; use neighbours='knn' or 'distance'"
        )
    invalid: NDArray[np.bool_] = ~shapely.is_valid(shapes)
    if invalid.any():
        raise GeometryError(
            f"polygons cross themselves in rows {first_rows(ground.index[invalid])}; "
            "repair them first, such as with geometry.make_valid()"
        )


def _nearest(centre: Floats, k: int) -> tuple[Indices, Indices]:
    """Find the k nearest others; several at one place are as near as can be."""
    n = len(centre)
    _, found = cKDTree(centre).query(centre, k=k + 1)
    found = np.asarray(found, dtype=np.intp)
    own = found == np.arange(n)[:, None]
    # Where more than k others share the place, a point may not be among its own nearest.
    own[~own.any(axis=1), -1] = True
    return np.repeat(np.arange(n), k), found[~own]


def _within(centre: Floats, distance_m: float | None) -> tuple[Indices, Indices]:
    pairs = cKDTree(centre).query_pairs(float(distance_m or 0.0), output_type="ndarray")
    left, right = np.asarray(pairs[:, 0], np.intp), np.asarray(pairs[:, 1], np.intp)
    return np.concatenate([left, right]), np.concatenate([right, left])
