"""Ground that overlapping parcels count twice."""

from dataclasses import dataclass

import numpy as np
import shapely

from parkgeo.concentration._exact import Exact, exact_sums
from parkgeo.concentration._plane import Geometries, components, in_chunks, union_by
from parkgeo.concentration._shares import sizes_m2
from parkgeo.units import KM2_M2

_NEEDLE_M = 1e-6
"""An overlap narrower than this in the mean is what rounding leaves along a common border."""


@dataclass(frozen=True)
class Twice:
    """Parcels that overlap others, and the area that they count twice."""

    n_parcels: int
    area_km2: Exact

    def __add__(self, other: "Twice") -> "Twice":
        return Twice(self.n_parcels + other.n_parcels, self.area_km2 + other.area_km2)

    def told(self) -> dict[str, object]:
        """Return plain values, so that every file format keeps them."""
        return {"n_parcels": self.n_parcels, "area_km2": float(self.area_km2.head[0])}


def counted_twice(shapes: Geometries) -> dict[str, object]:
    """Measure as :func:`twice_of`, in plain values."""
    return twice_of(shapes).told()


def twice_of(shapes: Geometries) -> Twice:
    """Measure by how much the areas of parcels add up to more than the ground under them.

    GEOS's check of coverages compares edges only, so a layer in order costs no overlay: parcels
    are cut only where one of two has an edge that it shares with nobody and that is inside another.
    """
    areal = shapes[sizes_m2(shapes) > 0]
    left, right = _overlapping(areal)
    component = components(len(areal), left, right)
    together = np.bincount(component, minlength=1)[component] > 1
    _, code = np.unique(component[together], return_inverse=True)
    count = int(code.max(initial=-1)) + 1
    sums_m2 = np.bincount(code, sizes_m2(areal[together]), minlength=count)
    ground_m2 = sizes_m2(union_by(areal[together], code, count))
    extra_km2 = np.maximum(sums_m2 - ground_m2, 0.0) / KM2_M2
    return Twice(int(together.sum()), exact_sums(extra_km2, np.zeros(count, dtype=np.intp), 1))


def _overlapping(shapes: Geometries) -> tuple[np.ndarray, np.ndarray]:
    if len(shapes) == 0:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    odd = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    first, right = shapely.STRtree(shapes).query(shapes[odd], predicate="intersects")
    left = odd[first]
    other = left != right
    left, right = left[other], right[other]
    common = in_chunks(shapely.intersection, shapes[left], shapes[right])
    area_m2, border_m = shapely.area(common), shapely.length(common)
    real = 2 * area_m2 > _NEEDLE_M * border_m
    return left[real], right[real]
