"""The generator of synthetic zones has to give what it says, or benchmarks on it mean nothing."""

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from parkgeo import crs

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


@pytest.fixture(scope="module")
def drawn() -> gpd.GeoDataFrame:
    return zones(2_000)


def zones(n: int, **options: int) -> gpd.GeoDataFrame:
    sys.path.insert(0, BENCHMARKS)
    try:
        from zones import zones as draw  # noqa: PLC0415  # a script beside the package
    finally:
        sys.path.remove(BENCHMARKS)
    return draw(n, **options)


def test_a_seed_says_everything() -> None:
    assert_geodataframe_equal(zones(50, seed=3), zones(50, seed=3))
    assert not zones(50, seed=3).geometry.equals(zones(50, seed=4).geometry)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 13])
def test_any_number(n: int) -> None:
    found = zones(n)
    assert len(found) == n
    assert found.brand_id.is_unique
    assert found.crs == "EPSG:4490"
    assert found.is_valid.all()
    assert not found.is_empty.any()


def test_every_outline_is_valid_in_degrees_and_on_the_plane(drawn: gpd.GeoDataFrame) -> None:
    assert drawn.is_valid.all()
    assert crs.to_plane(drawn.geometry).is_valid.all()


def test_vertices_have_a_heavy_tail(drawn: gpd.GeoDataFrame) -> None:
    vertices = shapely.get_num_coordinates(drawn.geometry.to_numpy())
    assert vertices.min() >= 200
    assert 3_000 < vertices.max() <= 5_010
    assert 400 < vertices.mean() < 600
    assert np.median(vertices) < 0.75 * vertices.mean()


def test_there_are_parts_and_holes(drawn: gpd.GeoDataFrame) -> None:
    parts = drawn.geometry.explode(ignore_index=True)
    assert 1.1 < len(parts) / len(drawn) < 1.2
    assert 0.1 < (parts.count_interior_rings() > 0).mean() < 0.2


def test_what_lies_on_what(drawn: gpd.GeoDataFrame) -> None:
    shapes = crs.to_plane(drawn.geometry).to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    areas = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    share = shared / np.minimum(areas[left], areas[right])
    iou = shared / (areas[left] + areas[right] - shared)
    # Zones with a cell to themselves do not meet; 30 % lie on one of those, and some on several.
    assert 0.30 < (shared > 0).sum() / len(drawn) < 0.40
    assert 0.07 < (iou > 0.98).mean() * len(left) / len(drawn) < 0.10
    assert (share > 1 - 1e-12).mean() > 0.1
    assert ((share > 0.01) & (share < 0.6)).mean() > 0.2


def test_near_duplicates_share_most_corners_to_the_last_bit(drawn: gpd.GeoDataFrame) -> None:
    corners = shapely.get_coordinates(drawn.geometry.to_numpy())
    _, times = np.unique(corners, axis=0, return_counts=True)
    assert (times > 1).sum() > 0.05 * len(corners)


def test_density_does_not_depend_on_the_number() -> None:
    def extents_per_km2(n: int) -> float:
        west, south, east, north = crs.to_plane(zones(n).geometry).total_bounds
        return float(n / ((east - west) * (north - south) / 1e6))

    assert extents_per_km2(2_000) == pytest.approx(extents_per_km2(500), rel=0.1)
