"""Outlines that nearly run together: needles a thousandth of a millimetre wide, to the last digit.

Areas are held against rational arithmetic, which rounds nothing. The layers are drawn by the
generator of the benchmark, 150 km from the origin, where a step of a coordinate is 3e-11 m.
"""

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import Polygon, box

from parkgeo import crs, overlap
from parkgeo._ground import components
from parkgeo.overlap._faces import set_areas

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from exact_areas import exact_areas
from zones import zones

sys.path.pop(0)

Geometries = NDArray[np.object_]
Areas = dict[tuple[int, ...], float]

AWAY_M = 150_000


def crowds(seed: int, *, most: int = 800) -> list[Geometries]:
    """Draw zones, and return those that hang together by more than two, of few corners."""
    shapes = crs.to_plane(zones(150, seed=seed).geometry).to_numpy()
    middle = np.floor(shapely.total_bounds(shapes).reshape(2, 2).mean(axis=0)) - [AWAY_M, 0]
    shapes = np.asarray(shapely.transform(shapes, lambda xy: xy - middle))
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    code = components(len(shapes), left, right)
    groups = [shapes[code == one] for one in np.flatnonzero(np.bincount(code) > 2)]
    return [group for group in groups if shapely.get_num_coordinates(group).sum() < most]


def assert_close(found: Areas, exact: Areas, *, absolute: float = 1e-6) -> None:
    for members in found.keys() | exact.keys():
        assert found.get(members, 0.0) == pytest.approx(
            exact.get(members, 0.0), rel=1e-9, abs=absolute
        ), members


def test_rational_areas_of_what_can_be_counted() -> None:
    shapes = np.array(
        [box(0, 0, 3, 3), box(1, 1, 4, 4), Polygon([(0, 0), (3, 3), (0, 3)]), box(7, 0, 8, 1)]
    )
    assert exact_areas(shapes) == {
        (0,): 2.5,
        (1,): 5.0,
        (3,): 1.0,
        (0, 1): 2.0,
        (0, 2): 2.5,
        (0, 1, 2): 2.0,
    }


def test_rational_areas_do_not_round() -> None:
    # Two edges of a third of a step apart: what a double cannot say, a fraction can.
    wall, near = box(0, 0, 1, 1e6), Polygon([(0, 0), (1, 0), (np.nextafter(1, 2), 1e6), (0, 1e6)])
    found = exact_areas(np.array([wall, near]))
    assert found[1,] == 1e6 * 2.0**-52 / 2
    assert found[0, 1] == 1e6


@pytest.mark.parametrize("seed", [1, 2, 173])
def test_the_sweep_gives_rational_areas(seed: int) -> None:
    for shapes in crowds(seed):
        swept = set_areas(shapes)
        assert_close(dict(zip(swept.sets, swept.area_m2.tolist(), strict=True)),
                     exact_areas(shapes), absolute=1e-7)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 173])
def test_drawn_sets_have_rational_areas(seed: int) -> None:
    # With seed 173 GEOS's union of the boundaries only works after snapping, and is off by 1e-5 m².
    for shapes in crowds(seed):
        parks = gpd.GeoDataFrame(
            {"brand_id": np.arange(len(shapes))}, geometry=shapes, crs=crs.PLANE
        )
        found = overlap.partition(parks)
        areas = dict(zip(found["members"], (found["area_km2"] * 1e6).tolist(), strict=True))
        # Sets narrower than 1 µm are left out.
        exact = {who: m2 for who, m2 in exact_areas(shapes).items() if who in areas or m2 > 1e-2}
        assert_close(areas, exact)
        assert found.geometry.is_valid.all()


def test_noding_ends_far_from_the_origin() -> None:
    """Three zones along one line, 150 km away, where GEOS finds new crossings for ever."""
    (shapes,) = (
        some for some in crowds(265, most=1_000) if len(shapely.get_coordinates(some)) > 900
    )
    other = box(*-shapely.total_bounds(shapes))
    parks = gpd.GeoDataFrame(
        {"brand_id": range(len(shapes) + 1)}, geometry=[*shapes, other], crs=crs.PLANE
    )
    found = overlap.partition(parks)
    areas = dict(zip(found["members"], (found["area_km2"] * 1e6).tolist(), strict=True))
    exact = exact_areas(shapes) | {(len(shapes),): other.area}
    assert_close(areas, {who: m2 for who, m2 in exact.items() if who in areas or m2 > 1e-2})
