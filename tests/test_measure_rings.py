"""The quick look at a ring never calls a bad polygon good; GEOS is the judge."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from parkgeo import _kernels, measure
from parkgeo._kernels import _compile
from parkgeo.errors import GeometryError


def is_surely_simple(corners: list[tuple[float, float]]) -> bool:
    ring = np.array([*corners, corners[0]], dtype=np.float64)
    out = np.ones(1, dtype=np.bool_)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        _kernels.simple_rings(ring, np.array([0, len(ring)]), out)
    fast = np.ones(1, dtype=np.bool_)
    _kernels.compiled(_kernels.simple_rings)(ring, np.array([0, len(ring)]), fast)
    assert out[0] == fast[0]
    return bool(out[0])


grid = st.tuples(st.integers(0, 4), st.integers(0, 4))


@given(st.lists(grid, min_size=3, max_size=8))
def test_what_is_called_simple_is_valid(corners: list[tuple[int, int]]) -> None:
    """On a small grid rings touch, fold and repeat themselves all the time."""
    if is_surely_simple([(float(x), float(y)) for x, y in corners]):
        assert shapely.is_valid(Polygon(corners))


@given(st.lists(grid, min_size=3, max_size=8, unique=True))
def test_what_is_valid_without_touching_is_called_simple(corners: list[tuple[int, int]]) -> None:
    if shapely.is_valid(Polygon(corners)):
        assert is_surely_simple([(float(x), float(y)) for x, y in corners])


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0), (2, 2), (2, 0), (0, 2)],  # bow-tie
        [(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)],  # touches an edge
        [(0, 0), (4, 0), (4, 4), (4, 8), (4, 4), (0, 4)],  # a spike
        [(0, 0), (1, 1), (2, 2)],  # flat
        [(0, 0), (4, 0), (np.nan, 4)],
        [(0, 0), (4, 0), (np.inf, 4)],
        [(0, 0), (4, 0), (4, 4), (0, 1e-300), (0, 4)],  # nearer than rounding can tell
    ],
)
def test_doubt_is_left_to_geos(corners: list[tuple[float, float]]) -> None:
    assert not is_surely_simple(corners)


def test_long_rings_are_left_to_geos() -> None:
    circle = shapely.Point(0, 0).buffer(1, quad_segs=40).exterior.coords[:-1]
    assert len(circle) > _kernels.LONGEST_COMPARED
    assert not is_surely_simple(list(circle))


def test_one_bow_tie_among_many_parcels_is_named() -> None:
    n = 110_000
    assert 5 * n > measure._COMPILE_ABOVE
    x = 118.0 + np.arange(n) * 1e-5
    parcels = gpd.GeoSeries(box(x, 30.0, x + 1e-5, 30.0 + 1e-5), crs="EPSG:4490")
    assert measure._surely_valid(np.ones(n, bool), measure._vertices(parcels.to_numpy())).all()
    parcels[77] = Polygon([(120, 30), (120.1, 30.1), (120.1, 30), (120, 30.1)])
    with pytest.raises(GeometryError, match="rows 77 "):
        measure.area_m2(parcels)


def test_kernels_work_where_no_folder_can_hold_their_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    numba = _compile._numba()
    njit = numba.njit

    def nowhere(*, cache: bool = False, **options: object) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", nowhere)
    fast = _kernels.compiled.__wrapped__(_kernels.simple_rings)
    out = np.zeros(1, dtype=np.bool_)
    fast(np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)]), np.array([0, 4]), out)
    assert out[0]


def test_machine_code_older_than_a_source_is_not_used(tmp_path: Path) -> None:
    stale, fresh = tmp_path / "a.nbi", tmp_path / "b.nbi"
    for index in (stale, fresh):
        index.touch()
    os.utime(stale, (0, 0))
    _compile._forget_older(tmp_path)
    assert [index.name for index in tmp_path.iterdir()] == ["b.nbi"]
