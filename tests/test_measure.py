"""Areas and lengths against the printed value, PROJ, and the formula in extended precision."""

from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pyproj import CRS, Geod, Transformer
from shapely import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)
from shapely.geometry.base import BaseGeometry

from parkgeo import _kernels, crs, measure
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
)

GEOD = Geod(ellps="GRS80")
CELL = box(120.0, 30.0, 120.0625, 30.0 + 2.5 / 60.0)
CELL_M2 = 27_847_757.027
BOW_TIE = Polygon([(120, 30), (120.1, 30.1), (120.1, 30), (120, 30.1)])
Edges = Literal["official", "geodesic"]
EDGES: tuple[Edges, ...] = ("official", "geodesic")


def series(*shapes: BaseGeometry | None, code: object = "EPSG:4490") -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=code)


def exact_official_m2(polygon: Polygon) -> float:
    """Apply the official formula to one ring in 80-bit floats, without any local origin."""
    wide = np.longdouble
    f = 1 / wide("298.257222101")
    e2 = f * (2 - f)
    e = np.sqrt(e2)
    lon, lat = (
        np.array(c, dtype=wide) * (wide("3.14159265358979323846264338327950288") / 180)
        for c in polygon.exterior.xy
    )
    s = np.sin(lat)
    q = (1 - e2) * (s / (1 - e2 * s * s) - np.log((1 - e * s) / (1 + e * s)) / (2 * e))
    total = np.sum((lon[1:] + lon[:-1]) / 2 * (q[1:] - q[:-1]))
    return float(abs(total) * wide("6378137") ** 2 / 2)


def parcel(lon: float, lat: float, size_m: float, *, turn_deg: float = 25.0) -> Polygon:
    """Draw a square whose corners lie ``size_m`` apart, roughly."""
    half = size_m / 2**0.5
    spokes = [GEOD.fwd(lon, lat, turn_deg + a, half)[:2] for a in (0, 90, 180, 270)]
    return Polygon(spokes)


def test_the_grid_cell_of_the_standard() -> None:
    assert measure.area_m2(series(CELL)).iloc[0] == pytest.approx(CELL_M2, abs=6e-4)


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:4549", "EPSG:4528", "EPSG:32651", "EPSG:3857"])
def test_the_crs_of_the_input_changes_nothing(code: str) -> None:
    there = series(CELL).to_crs(code)
    assert measure.area_m2(there).iloc[0] == pytest.approx(CELL_M2, rel=1e-10)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_an_obfuscated_datum_changes_nothing(datum: str) -> None:
    there = crs.to_datum(series(CELL), datum)
    assert measure.area_m2(there).iloc[0] == pytest.approx(CELL_M2, rel=1e-10)


def test_the_equal_area_cylinder_of_proj_and_geos_agree(town: gpd.GeoDataFrame) -> None:
    expected = [4e6, 4e6, 1e6, 1e6, 3e6]
    np.testing.assert_allclose(measure.area_m2(town), expected, rtol=1e-9)
    planar = town.to_crs("+proj=cea +lat_ts=0 +ellps=GRS80").area
    np.testing.assert_allclose(measure.area_m2(town), planar, rtol=1e-9)


@pytest.mark.parametrize("size_m", [1.0, 3.2, 10.0, 1000.0])
def test_nothing_cancels_on_a_small_parcel(size_m: float) -> None:
    shapes = [
        parcel(lon, lat, size_m) for lon in (75.1, 120.3, 134.9) for lat in (18.2, 30.1, 53.3)
    ]
    expected = np.array([exact_official_m2(shape) for shape in shapes])
    found = measure.area_m2(series(*shapes)).to_numpy()
    # 1e-9 m of the latitude's own last digits on every side.
    np.testing.assert_allclose(found, expected, rtol=1e-9 + 4e-9 / size_m)


@pytest.mark.parametrize("size_m", [10.0, 100.0, 500.0, 2_000.0, 20_000.0])
def test_geodesic_edges_agree_with_proj(size_m: float) -> None:
    shapes = [
        parcel(lon, lat, size_m, turn_deg=turn)
        for lon in (75.0, 119.9, 134.0)
        for lat in (18.0, 30.0, 53.0)
        for turn in (0.0, 17.0, 45.0, 80.0)
    ]
    found = measure.area_m2(series(*shapes), edges="geodesic").to_numpy()
    proj = np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in shapes])
    # PROJ's own area is rounded at about 1e-4 m².
    np.testing.assert_allclose(found, proj, rtol=2e-7 if size_m > 10 else 0, atol=3e-4)


def test_long_edges_go_to_proj_with_their_holes() -> None:
    hole = box(104, 31, 106, 33)
    wide = Polygon(box(100, 28, 110, 38).exterior.coords, [hole.exterior.coords[::-1]])
    both = series(MultiPolygon([wide, box(115, 30, 116, 31)]), CELL)
    found = measure.area_m2(both, edges="geodesic")
    parts = [box(100, 28, 110, 38), hole, box(115, 30, 116, 31)]
    shell, cut, second = (abs(GEOD.geometry_area_perimeter(part)[0]) for part in parts)
    assert found.iloc[0] == pytest.approx(shell - cut + second, rel=1e-12)
    proj = abs(GEOD.geometry_area_perimeter(CELL)[0])
    assert found.iloc[1] == pytest.approx(proj, rel=2e-7)


def test_straight_and_geodesic_edges_meet_when_edges_are_short() -> None:
    corners = [(120.0, 30.0), (120.2, 30.05), (120.15, 30.2), (119.95, 30.1), (120.0, 30.0)]
    points: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        points += [(x0, y0), *GEOD.npts(x0, y0, x1, y1, 400)]
    coarse, dense = Polygon(corners), Polygon(points)
    geodesic = measure.area_m2(series(coarse), edges="geodesic").iloc[0]
    assert measure.area_m2(series(dense)).iloc[0] == pytest.approx(geodesic, rel=1e-8)
    assert measure.area_m2(series(coarse)).iloc[0] != pytest.approx(geodesic, rel=1e-5)


@pytest.mark.parametrize("edges", EDGES)
def test_what_has_which_area(edges: Edges) -> None:
    hole = box(120.01, 30.01, 120.02, 30.02)
    second = box(121.0, 30.0, 121.0625, 30.0 + 2.5 / 60.0)
    cell, gap = measure.area_m2(series(CELL, hole), edges=edges)
    shapes = {
        "clockwise": (CELL.reverse(), cell),
        "hole": (Polygon(CELL.exterior, [hole.exterior]), cell - gap),
        "hole turned": (Polygon(CELL.exterior, [hole.exterior.reverse()]), cell - gap),
        "multi": (MultiPolygon([CELL, second]), 2 * cell),
        "height": (shapely.force_3d(CELL, z=8.0), cell),
        "collection": (GeometryCollection([CELL, Point(1, 1), LineString([(1, 1), (2, 2)])]), cell),
        "nested": (GeometryCollection([GeometryCollection([MultiPolygon([CELL])])]), cell),
        "twice in a collection": (GeometryCollection([CELL, CELL]), 2 * cell),
        "point": (Point(120, 30), 0.0),
        "points": (MultiPoint([(120, 30), (121, 31)]), 0.0),
        "line": (LineString([(120, 30), (121, 31)]), 0.0),
        "ring": (LinearRing(CELL.exterior), 0.0),
        "empty": (Polygon(), 0.0),
        "empty collection": (GeometryCollection(), 0.0),
        "missing": (None, np.nan),
    }
    table = gpd.GeoSeries({k: shape for k, (shape, _) in shapes.items()}, crs="EPSG:4490")
    found = measure.area_m2(table, edges=edges)
    expected = pd.Series({k: area for k, (_, area) in shapes.items()}, name="area_m2")
    pd.testing.assert_series_equal(found, expected, rtol=1e-9)


def test_the_result_stands_on_the_index_and_the_input_stays() -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"]},
        geometry=[CELL, None, CELL],
        index=pd.Index([7, 7, 8], name="parcel_id"),
        crs="EPSG:4326",
    )
    before = frame.copy()
    found = measure.area_m2(frame)
    assert_geodataframe_equal(frame, before)
    assert found.index.equals(frame.index)
    assert found.index.name == "parcel_id"
    assert found.name == "area_m2"
    assert found.dtype == "float64"


@pytest.mark.parametrize("edges", EDGES)
def test_nothing_has_no_area(edges: Edges) -> None:
    assert measure.area_m2(series(), edges=edges).shape == (0,)
    assert measure.area_m2(series(None, None), edges=edges).isna().all()
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4490")
    assert measure.area_m2(empty, edges=edges).dtype == "float64"
    assert measure.length_m(series()).shape == (0,)


def test_large_and_small_input_agree() -> None:
    rng = np.random.default_rng(11)
    n = 60_000
    assert 10 * n > measure._COMPILE_ABOVE
    angle = (np.arange(9) + rng.uniform(0.1, 0.9, (n, 9))) * 2 * np.pi / 9
    radius = rng.uniform(1e-4, 2e-3, (n, 1))
    x = rng.uniform(75, 134, (n, 1)) + radius * np.cos(angle)
    y = rng.uniform(19, 53, (n, 1)) + radius * np.sin(angle)
    shapes = gpd.GeoSeries(shapely.polygons(np.stack([x, y], axis=-1)), crs="EPSG:4490")
    for edges in EDGES:
        large = measure.area_m2(shapes, edges=edges)
        small = measure.area_m2(shapes.iloc[:500], edges=edges)
        np.testing.assert_allclose(large.iloc[:500], small, rtol=1e-10)


@pytest.mark.parametrize("geodesic", [False, True])
def test_machine_code_says_what_the_python_says(*, geodesic: bool) -> None:
    xy = np.array([*CELL.exterior.coords, *CELL.reverse().exterior.coords])
    starts = np.array([0, 5, 5, 10])
    slow, fast = np.full(3, np.nan), np.full(3, np.nan)
    _kernels.ring_areas(xy, starts, geodesic, slow)
    _kernels.compiled(_kernels.ring_areas)(xy, starts, geodesic, fast)
    np.testing.assert_allclose(fast, slow, rtol=1e-15)
    assert slow[1] == 0.0
    assert slow[0] == pytest.approx(-slow[2], rel=1e-12)


@pytest.mark.parametrize("edges", EDGES)
def test_invalid_polygons_are_named_and_not_measured(edges: Edges) -> None:
    outside = Polygon(CELL.exterior, [box(121, 30, 121.1, 30.1).exterior])
    table = gpd.GeoSeries(
        {"good": CELL, "bow tie": BOW_TIE, "gap": None, "hole outside": outside},
        crs="EPSG:4490",
    )
    with pytest.raises(GeometryError, match=r"'bow tie', 'hole outside'.*io\.repair"):
        measure.area_m2(table, edges=edges)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_coordinates_that_are_not_finite_are_named(bad: float) -> None:
    broken = Polygon([(120, 30), (bad, 30), (121, 31)])
    with pytest.raises(GeometryError, match="not finite in rows 1"):
        measure.area_m2(series(CELL, broken))
    with pytest.raises(GeometryError, match="not finite in rows 0"):
        measure.length_m(series(LineString([(120, 30), (120, bad)])))


def test_a_reprojection_that_failed_is_named() -> None:
    far = box(5e8, 3e6, 5.1e8, 3.1e6)
    with pytest.raises(GeometryError, match="not finite"):
        measure.area_m2(series(far, code="EPSG:32650"))


@pytest.mark.parametrize("function", [measure.area_m2, measure.length_m])
def test_layers_that_cannot_be_measured(function: object) -> None:
    assert callable(function)
    with pytest.raises(MissingCRSError, match="set_crs"):
        function(series(CELL, code=None))
    with pytest.raises(CRSMismatchError, match="swapped"):
        function(series(box(30, 120, 31, 121)))
    with pytest.raises(CRSMismatchError, match="metres"):
        function(series(box(5e5, 3.3e6, 5.1e5, 3.4e6)))
    with pytest.raises(CRSMismatchError, match="degrees"):
        function(series(CELL, code="EPSG:4549"))
    with pytest.raises(SchemaError):
        function([CELL])


def test_unknown_edges() -> None:
    with pytest.raises(UnknownNameError, match="planar"):
        measure.area_m2(series(CELL), edges="planar")  # type: ignore[arg-type]


def test_lengths_are_those_of_proj() -> None:
    hole = box(120.01, 30.01, 120.02, 30.02)
    road = LineString([(120, 30), (120.5, 30.2), (121, 31)])
    shapes = [
        road,
        Polygon(CELL.exterior, [hole.exterior]),
        MultiPolygon([CELL, hole.buffer(0.001)]),
        shapely.multilinestrings([road, road.reverse()]),
        LinearRing(CELL.exterior),
        GeometryCollection([road, CELL, Point(0, 0)]),
        shapely.force_3d(road, z=900.0),
    ]
    proj = [GEOD.geometry_length(shape) for shape in shapes[:5]]
    proj[1] += GEOD.geometry_length(hole)  # PROJ leaves holes out
    proj += [GEOD.geometry_length(road) + GEOD.geometry_length(CELL), proj[0]]
    np.testing.assert_allclose(measure.length_m(series(*shapes)), proj, rtol=1e-12)


def test_what_has_no_length() -> None:
    found = measure.length_m(series(Point(120, 30), LineString(), Polygon(), None))
    np.testing.assert_array_equal(found, [0.0, 0.0, 0.0, np.nan])
    assert found.name == "length_m"


def test_shared_area_row_by_row(town: gpd.GeoDataFrame) -> None:
    left = town.geometry[["a", "a", "a", "b", "d"]]
    right = town.geometry[["b", "c1", "c2", "c1", "d"]]
    found = measure.intersection_area_m2(left, right)
    # b and c1 meet in a point.
    np.testing.assert_allclose(found, [1e6, 1e6, 0.0, 0.0, 3e6], rtol=1e-9, atol=1e-4)
    assert found.index.equals(left.index)
    assert found.name == "intersection_area_m2"
    np.testing.assert_allclose(found, measure.intersection_area_m2(right, left), atol=1e-4)


def test_shared_area_pairs_by_position_and_keeps_gaps() -> None:
    left = gpd.GeoSeries([CELL, None, Polygon(), CELL], index=list("abcd"), crs="EPSG:4490")
    right = gpd.GeoSeries([CELL, CELL, CELL, None], index=[3, 2, 1, 0], crs="EPSG:4490")
    found = measure.intersection_area_m2(left, right)
    assert found.index.tolist() == list("abcd")
    np.testing.assert_allclose(found, [CELL_M2, np.nan, 0.0, np.nan], rtol=1e-10)


def test_many_shared_areas_use_threads_and_agree() -> None:
    n = measure._THREADS_ABOVE + 5
    left = gpd.GeoSeries([CELL] * n, crs="EPSG:4490")
    right = left.translate(0.03125, 0).set_crs("EPSG:4490")
    found = measure.intersection_area_m2(left, right)
    np.testing.assert_allclose(found, CELL_M2 / 2, rtol=1e-9)


def test_pairs_that_do_not_fit() -> None:
    with pytest.raises(SchemaError, match="2 rows and right 1"):
        measure.intersection_area_m2(series(CELL, CELL), series(CELL))
    with pytest.raises(CRSMismatchError, match="WGS 84"):
        measure.intersection_area_m2(series(CELL), series(CELL, code="EPSG:4326"))
    with pytest.raises(MissingCRSError):
        measure.intersection_area_m2(series(CELL), series(CELL, code=None))
    with pytest.raises(GeometryError, match="invalid"):
        measure.intersection_area_m2(series(CELL), series(BOW_TIE))
    with pytest.raises(GeometryError, match="explode"):
        measure.intersection_area_m2(series(CELL), series(GeometryCollection([CELL])))


def test_planar_areas_that_users_report_today_are_wrong_as_documented() -> None:
    """The three errors that the docs print, at 120.5° E."""
    park = parcel(120.5, 30.25, 2_000.0)
    true = measure.area_m2(series(park)).iloc[0]
    for code, error in (("EPSG:4549", 5.7e-5), ("EPSG:32651", 6.2e-4), ("EPSG:3857", 0.35)):
        to_plane = Transformer.from_crs("EPSG:4490", CRS(code), always_xy=True)
        planar = shapely.transform(park, to_plane.transform, interleaved=False).area
        assert planar / true - 1 == pytest.approx(error, rel=0.05)
