"""Ground counted twice, by sums over edges as by GEOS."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box
from strategies import CELL_KM2, Cells, polygon, shapes_of_cells

from parkgeo._ground import blocks_of, rings_of
from parkgeo.concentration._twice import twice_of


@settings(deadline=None)
@given(st.lists(shapes_of_cells(), min_size=1, max_size=5))
def test_counted_on_a_grid(parcels: list[Cells]) -> None:
    """Both ways; parcels that only touch are not in it."""
    shapes = np.array([polygon(cells) for cells in parcels])
    extra = sum(map(len, parcels)) - len(frozenset().union(*parcels))
    meet = [
        any(one & two for j, two in enumerate(parcels) if i != j) for i, one in enumerate(parcels)
    ]
    for outlines in (shapes, blocks_of(rings_of(shapes))):
        found = twice_of(outlines).told()
        assert found["area_km2"] == pytest.approx(extra * CELL_KM2, abs=1e-12)
        assert found["n_parcels"] == sum(meet)


def test_needles_are_rounding() -> None:
    shapes = np.array([box(0, 0, 10, 10), box(10 - 1e-7, 0, 20, 10), box(19.99, 0, 30, 10)])
    for outlines in (shapes, blocks_of(rings_of(shapes))):
        found = twice_of(outlines).told()
        assert found["n_parcels"] == 2
        assert found["area_km2"] == pytest.approx(0.1e-6, rel=1e-6)


def test_nothing_overlaps_nothing() -> None:
    for shapes in (np.empty(0, dtype=object), np.array([Polygon()]), np.array([box(0, 0, 1, 1)])):
        for outlines in (shapes, blocks_of(rings_of(shapes))):
            assert twice_of(outlines).told() == {"n_parcels": 0, "area_km2": 0.0}
    points = shapely.points([[0.0, 0.0], [0.0, 0.0]])
    assert twice_of(points).told() == {"n_parcels": 0, "area_km2": 0.0}
