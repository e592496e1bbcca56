"""GCJ-02 and BD-09 against the published formulas in extended precision, and their inverses."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from parkgeo import _kernels, crs
from parkgeo.crs import _offsets
from parkgeo.errors import SchemaError

PI = np.longdouble("3.14159265358979323846264338327950288")
DEGREE_M = 111_320.0
Published = Callable[[float, float], tuple[np.longdouble, np.longdouble]]
Loop = Callable[..., None]
INVERSES = [
    ("wgs84_to_gcj02", "gcj02_to_wgs84"),
    ("gcj02_to_bd09", "bd09_to_gcj02"),
    ("wgs84_to_bd09", "bd09_to_wgs84"),
]


def published_gcj02(lon: float, lat: float) -> tuple[np.longdouble, np.longdouble]:
    """Write the formula term by term, as it circulates, in 80-bit floats."""
    a, e2 = np.longdouble("6378245"), np.longdouble("0.00669342162296594323")
    x, y = np.longdouble(lon) - 105, np.longdouble(lat) - 35
    shared = (20 * np.sin(6 * x * PI) + 20 * np.sin(2 * x * PI)) * 2 / 3
    north = -100 + 2 * x + 3 * y + y * y / 5 + x * y / 10 + np.sqrt(abs(x)) / 5 + shared
    north += (20 * np.sin(y * PI) + 40 * np.sin(y / 3 * PI)) * 2 / 3
    north += (160 * np.sin(y / 12 * PI) + 320 * np.sin(y * PI / 30)) * 2 / 3
    east = 300 + x + 2 * y + x * x / 10 + x * y / 10 + np.sqrt(abs(x)) / 10 + shared
    east += (20 * np.sin(x * PI) + 40 * np.sin(x / 3 * PI)) * 2 / 3
    east += (150 * np.sin(x / 12 * PI) + 300 * np.sin(x / 30 * PI)) * 2 / 3
    phi = np.longdouble(lat) / 180 * PI
    magic = 1 - e2 * np.sin(phi) ** 2
    d_lat = north * 180 / (a * (1 - e2) / (magic * np.sqrt(magic)) * PI)
    d_lon = east * 180 / (a / np.sqrt(magic) * np.cos(phi) * PI)
    return lon + d_lon, lat + d_lat


def published_bd09(lon: float, lat: float) -> tuple[np.longdouble, np.longdouble]:
    x, y, angle = np.longdouble(lon), np.longdouble(lat), PI * 3000 / 180
    radius = np.sqrt(x * x + y * y) + np.longdouble("0.00002") * np.sin(y * angle)
    theta = np.arctan2(y, x) + np.longdouble("0.000003") * np.cos(x * angle)
    east = radius * np.cos(theta) + np.longdouble("0.0065")
    return east, radius * np.sin(theta) + np.longdouble("0.006")


def in_china(n: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    return rng.uniform(73.0, 135.0, n), rng.uniform(18.0, 54.0, n)


def distance_m(
    a: tuple[NDArray[np.float64], NDArray[np.float64]],
    b: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    east = (a[0] - b[0]) * np.cos(np.radians(b[1]))
    return DEGREE_M * np.hypot(east, a[1] - b[1])


def test_the_published_check_point() -> None:
    lon, lat = crs.wgs84_to_gcj02(121.5272106, 31.1774276)
    assert lon == pytest.approx(121.53154186, abs=5e-9)
    assert lat == pytest.approx(31.17530398, abs=5e-9)


def test_hangzhou_is_shifted_as_web_maps_shift_it() -> None:
    lon, lat = crs.wgs84_to_gcj02(120.15, 30.27)
    assert lon - 120.15 == pytest.approx(0.0047, abs=1e-4)
    assert lat - 30.27 == pytest.approx(-0.0024, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "published"),
    [("wgs84_to_gcj02", published_gcj02), ("gcj02_to_bd09", published_bd09)],
)
def test_multiple_angles_lose_nothing_against_the_published_formula(
    name: str, published: Published
) -> None:
    lon, lat = in_china(300)
    mine = getattr(crs, name)(lon, lat)
    theirs = np.array([published(x, y) for x, y in zip(lon, lat, strict=True)], dtype=np.float64)
    assert distance_m(mine, (theirs[:, 0], theirs[:, 1])).max() < 4e-9


@pytest.mark.parametrize(("forward", "backward"), INVERSES)
@pytest.mark.parametrize("n", [1_000, 600_000], ids=["numpy", "compiled"])
def test_the_inverse_undoes_the_offset(forward: str, backward: str, n: int) -> None:
    wgs84 = in_china(n)
    there = getattr(crs, forward)(*wgs84)
    assert distance_m(there, wgs84).min() > 5.0
    assert distance_m(getattr(crs, backward)(*there), wgs84).max() <= 1e-8


@pytest.mark.parametrize("bd", [False, True])
@pytest.mark.parametrize("loop", [_kernels.shift, _kernels.unshift])
def test_machine_code_says_what_the_python_says(loop: Loop, *, bd: bool) -> None:
    lon, lat = in_china(50, seed=1)
    slow, fast = np.empty((2, 50)), np.empty((2, 50))
    loop(lon, lat, bd, *slow)
    _kernels.compiled(loop)(lon, lat, bd, *fast)
    np.testing.assert_allclose(fast, slow, rtol=4e-16)


def test_small_and_large_input_agree() -> None:
    lon, lat = in_china(_offsets._COMPILE_ABOVE + 10)
    large = crs.gcj02_to_wgs84(lon, lat)
    small = crs.gcj02_to_wgs84(lon[:99], lat[:99])
    assert distance_m((large[0][:99], large[1][:99]), small).max() <= 5e-9


@pytest.mark.parametrize("name", [name for pair in INVERSES for name in pair])
def test_identity_far_outside_china(name: str) -> None:
    lon = np.array([0.0, -74.0, 151.2, 139.7, 71.9, 120.0, 120.0])
    lat = np.array([51.5, 40.7, -33.9, 35.7, 40.0, 0.5, 56.0])
    x, y = getattr(crs, name)(lon, lat)
    np.testing.assert_array_equal(x, lon)
    np.testing.assert_array_equal(y, lat)


@pytest.mark.parametrize(("forward", "backward"), INVERSES[:2])
def test_the_inverse_holds_on_the_edge_of_the_box(forward: str, backward: str) -> None:
    west, south, east, north = _offsets.OFFSET_BOX
    lon = np.array([west, east, 100.0, 100.0, west, east])
    lat = np.array([30.0, 30.0, south, north, south, north])
    there = getattr(crs, forward)(lon, lat)
    assert distance_m(there, (lon, lat)).min() > 5.0
    assert distance_m(getattr(crs, backward)(*there), (lon, lat)).max() <= 1e-8


@pytest.mark.parametrize("name", [name for pair in INVERSES for name in pair])
def test_what_is_not_finite_comes_back_as_it_is(name: str) -> None:
    lon = np.array([np.nan, 120.0, np.inf, -np.inf, 120.0])
    lat = np.array([30.0, np.nan, 30.0, 30.0, np.inf])
    x, y = getattr(crs, name)(lon, lat)
    np.testing.assert_array_equal(x, lon)
    np.testing.assert_array_equal(y, lat)


def test_the_fold_at_105_degrees_stays_within_a_micrometre() -> None:
    lon, lat = crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(105.0, 35.0))
    assert abs(lon - 105.0) * DEGREE_M < 1e-6
    assert abs(lat - 35.0) * DEGREE_M < 1e-6


def test_shapes_broadcast_and_inputs_stay() -> None:
    lon, lat = np.array([[119.0, 120.0], [121.0, 122.0]]), 30.0
    before = lon.copy()
    x, y = crs.wgs84_to_gcj02(lon, lat)
    assert x.shape == y.shape == (2, 2)
    np.testing.assert_array_equal(lon, before)
    one_by_one = [float(crs.wgs84_to_gcj02(value, lat)[0]) for value in lon.ravel()]
    np.testing.assert_array_equal(x.ravel(), one_by_one)
    assert crs.gcj02_to_wgs84([], [])[0].shape == (0,)


@pytest.mark.parametrize(("lon", "lat"), [(["east"], [30.0]), ([1.0, 2.0], [1.0, 2.0, 3.0])])
def test_words_and_unequal_lengths_are_refused(lon: list[object], lat: list[float]) -> None:
    with pytest.raises(SchemaError, match="lon and lat must be numbers"):
        crs.wgs84_to_gcj02(lon, lat)
