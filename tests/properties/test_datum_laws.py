"""Laws of the offsets: the inverse undoes them, shape and order change nothing."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from shapely import Point

from parkgeo import crs

PAIRS = [
    ("wgs84_to_gcj02", "gcj02_to_wgs84"),
    ("gcj02_to_bd09", "bd09_to_gcj02"),
    ("wgs84_to_bd09", "bd09_to_wgs84"),
]
Points = NDArray[np.float64]
# The map folds within 1e-7 m of 105° E; a layer of China does not hang on that line.
inside = st.tuples(
    st.floats(73.0, 135.0).filter(lambda lon: abs(lon - 105.0) > 1e-6),
    st.floats(3.0, 54.0),
)
anywhere = arrays(np.float64, st.tuples(st.just(2), st.integers(0, 20)), elements=st.floats())


@pytest.mark.parametrize(("forward", "backward"), PAIRS)
@given(point=inside)
def test_the_inverse_undoes_the_offset(
    forward: str, backward: str, point: tuple[float, float]
) -> None:
    there = getattr(crs, forward)(*point)
    back = getattr(crs, backward)(*there)
    error_m = 111_320.0 * np.hypot(*np.subtract(back, point))
    assert error_m <= 1e-8


@pytest.mark.parametrize(("forward", "backward"), PAIRS)
@given(point=inside)
def test_the_offset_undoes_the_inverse(
    forward: str, backward: str, point: tuple[float, float]
) -> None:
    there = getattr(crs, backward)(*point)
    if abs(there[0] - 105.0) < 1e-6:
        return
    back = getattr(crs, forward)(*there)
    assert 111_320.0 * np.hypot(*np.subtract(back, point)) <= 1e-8


@pytest.mark.parametrize("name", [name for pair in PAIRS for name in pair])
@given(points=anywhere)
def test_any_numbers_come_back_as_numbers(name: str, points: Points) -> None:
    lon, lat = points
    before = points.copy()
    x, y = getattr(crs, name)(lon, lat)
    np.testing.assert_array_equal(points, before)
    assert x.shape == y.shape == lon.shape
    np.testing.assert_array_equal(np.isfinite(x), np.isfinite(lon))
    known = np.isfinite(lon)
    assert (np.abs(x[known] - lon[known]) <= 0.05).all()
    np.testing.assert_array_equal(x[~known], lon[~known])


@given(points=st.lists(inside, min_size=1, max_size=10))
def test_order_and_company_change_nothing(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points).T
    together = np.array(crs.gcj02_to_wgs84(lon, lat))
    backwards = np.array(crs.gcj02_to_wgs84(lon[::-1], lat[::-1]))
    np.testing.assert_array_equal(together, backwards[:, ::-1])
    alone = np.array([crs.gcj02_to_wgs84(*point) for point in points]).T
    np.testing.assert_allclose(together, alone, atol=6e-14, rtol=0)


@given(point=inside, datum=st.sampled_from(["wgs84", "cgcs2000", "gcj02", "bd09"]))
def test_every_way_between_datums_ends_at_the_same_place(
    point: tuple[float, float], datum: str
) -> None:
    start = gpd.GeoSeries([Point(point)], crs="EPSG:4490")
    by_way = crs.to_datum(crs.to_datum(start, datum), "bd09")
    straight = crs.to_datum(start, "bd09")
    assert by_way.crs == straight.crs
    assert by_way[0].distance(straight[0]) <= 1.5e-13
