"""Laws of area: parts add up to wholes, drawing order changes nothing, PROJ agrees."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Polygon
from shapely.ops import split

from parkgeo import crs, measure

GEOD = Geod(ellps="GRS80")

longitudes = st.floats(74.0, 134.0)
latitudes = st.floats(18.0, 53.0)


@st.composite
def polygons(draw: st.DrawFn, *, least_m: float = 10.0, most_m: float = 20_000.0) -> Polygon:
    """Draw a star-shaped polygon around a place in China; no spoke longer than ``most_m``."""
    lon, lat = draw(longitudes), draw(latitudes)
    size_m = float(np.exp(draw(st.floats(np.log(least_m), np.log(most_m)))))
    n = draw(st.integers(3, 12))
    shares = draw(st.lists(st.floats(0.3, 1.0), min_size=n, max_size=n))
    turn = draw(st.floats(0.0, 360.0))
    spokes = [
        GEOD.fwd(lon, lat, turn + 360.0 * i / n, share * size_m)[:2]
        for i, share in enumerate(shares)
    ]
    return Polygon(spokes)


def area_m2(*shapes: shapely.Geometry, edges: str = "official") -> list[float]:
    series = gpd.GeoSeries(list(shapes), crs="EPSG:4490")
    return measure.area_m2(series, edges=edges).tolist()  # type: ignore[arg-type]


def rounding_m2(shape: Polygon) -> float:
    """What moving every vertex by 1e-8 m can do to the area."""
    west, south, east, north = shape.bounds
    return 1e-8 * 2 * 111_320.0 * (east - west + north - south) + 1e-7


@given(polygons())
def test_direction_and_first_vertex_change_nothing(shape: Polygon) -> None:
    corners = list(shape.exterior.coords)[:-1]
    turned = Polygon(corners[2:] + corners[:2])
    areas = area_m2(shape, shape.reverse(), turned)
    assert areas[0] > 0
    assert areas == pytest.approx([areas[0]] * 3, rel=1e-12, abs=rounding_m2(shape))


@given(polygons(), st.floats(0.1, 0.9))
def test_the_parts_of_a_split_polygon_add_up(shape: Polygon, where: float) -> None:
    """The cut runs along a parallel: straight on the ground's plane and in degrees alike."""
    plane = crs.to_plane(gpd.GeoSeries([shape], crs="EPSG:4490")).iloc[0]
    west, south, east, north = plane.bounds
    y = south + where * (north - south)
    parts = gpd.GeoSeries(
        list(split(plane, LineString([(west - 1, y), (east + 1, y)])).geoms),
        crs=crs.PLANE,
    )
    whole = area_m2(shape)[0]
    total = measure.area_m2(crs.from_plane(parts)).sum()
    assert total == pytest.approx(whole, rel=1e-9, abs=rounding_m2(shape))


@given(polygons(least_m=100.0), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_union_is_the_sum_less_what_is_shared(shape: Polygon, right: float, up: float) -> None:
    west, south, east, north = shape.bounds
    shift = np.array([right * (east - west), up * (north - south)])
    moved = shapely.transform(shape, lambda xy: xy + shift)
    pair = [gpd.GeoSeries([each], crs="EPSG:4490") for each in (shape, moved)]
    shared = measure.intersection_area_m2(*pair).iloc[0]
    a, b = (crs.to_plane(series).iloc[0] for series in pair)
    whole = gpd.GeoSeries([shapely.union(a, b)], crs=crs.PLANE)
    union = measure.area_m2(whole).iloc[0]
    one, two = area_m2(shape, moved)
    assert 0 <= shared <= min(one, two) + rounding_m2(shape)
    assert union == pytest.approx(one + two - shared, rel=1e-9, abs=rounding_m2(shape))


@given(polygons())
def test_geodesic_edges_agree_with_proj(shape: Polygon) -> None:
    proj = abs(GEOD.geometry_area_perimeter(shape)[0])
    assert area_m2(shape, edges="geodesic")[0] == pytest.approx(proj, rel=2e-7, abs=3e-4)


@given(polygons(most_m=5e5))
def test_geodesic_edges_agree_with_proj_at_any_length(shape: Polygon) -> None:
    proj = abs(GEOD.geometry_area_perimeter(shape)[0])
    assert area_m2(shape, edges="geodesic")[0] == pytest.approx(proj, rel=2e-7, abs=3e-4)


@given(polygons())
def test_the_plane_says_the_same_as_the_ring_sum(shape: Polygon) -> None:
    plane = crs.to_plane(gpd.GeoSeries([shape], crs="EPSG:4490"))
    assert plane.area.iloc[0] == pytest.approx(area_m2(shape)[0], rel=1e-9, abs=rounding_m2(shape))


@given(polygons(), st.floats(-2.0, 2.0))
def test_a_turn_about_the_axis_changes_nothing(shape: Polygon, degrees: float) -> None:
    moved = shapely.transform(shape, lambda xy: xy + np.array([degrees, 0.0]))
    first, second = area_m2(shape, moved)
    assert second == pytest.approx(first, rel=1e-9, abs=10 * rounding_m2(shape))


@given(polygons(), st.floats(0.05, 0.8))
def test_a_hole_takes_off_its_own_area(shape: Polygon, share: float) -> None:
    middle = np.array(shape.representative_point().coords[0])
    small = shapely.transform(shape, lambda xy: middle + share / 10 * (xy - middle))
    ring = Polygon(shape.exterior, [small.exterior])
    if not ring.is_valid:
        return
    whole, hole, rest = area_m2(shape, small, ring)
    assert rest == pytest.approx(whole - hole, rel=1e-9, abs=rounding_m2(shape))
