"""Zones against the EPSG registry as pyproj has it, and the plane against PROJ."""

import geopandas as gpd
import numpy as np
import pytest
from geopandas.testing import assert_geodataframe_equal
from pyproj import CRS, Transformer
from shapely import LineString, Point, box

from parkgeo import crs
from parkgeo.errors import CRSMismatchError, GeometryError, MissingCRSError, UnknownNameError


def projection(zone: CRS) -> dict[str, float]:
    assert zone.coordinate_operation is not None
    return {p.name: float(p.value) for p in zone.coordinate_operation.params}


@pytest.mark.parametrize("width_deg", [3, 6])
@pytest.mark.parametrize("numbered", [True, False])
def test_every_zone_has_its_meridian_and_easting(width_deg: int, *, numbered: bool) -> None:
    zones = range(25, 46) if width_deg == 3 else range(13, 24)
    for zone in zones:
        found = crs.zone_crs(zone, numbered=numbered, width_deg=width_deg)
        meridian = 3 * zone if width_deg == 3 else 6 * zone - 3
        easting_m = zone * 1e6 + 5e5 if numbered else 5e5
        assert found.geodetic_crs == CRS("EPSG:4490")
        assert projection(found)["Longitude of natural origin"] == meridian
        assert projection(found)["False easting"] == easting_m


def test_the_two_zones_of_the_reference() -> None:
    assert crs.zone_crs(40).to_epsg() == 4549
    assert crs.zone_crs(40, numbered=True).to_epsg() == 4528


@pytest.mark.parametrize(("zone", "width_deg"), [(24, 3), (46, 3), (12, 6), (40, 6), (40, 1.5)])
def test_zones_that_are_not(zone: int, width_deg: int) -> None:
    with pytest.raises(UnknownNameError, match="zone"):
        crs.zone_crs(zone, width_deg=width_deg)


@pytest.mark.parametrize(
    ("easting_m", "zone"),
    [(40_505_775.0, 40), (25_300_000, 25), (20_412_000.5, 20), (505_775.0, None), (3.6e5, None)],
)
def test_the_zone_is_read_off_the_easting(easting_m: float, zone: int | None) -> None:
    assert crs.zone_from_easting(easting_m) == zone


@pytest.mark.parametrize(
    "easting_m", [3_350_000.0, 120.2, 46_500_000.0, -5e5, 40_000_001.0, np.nan]
)
def test_numbers_that_are_no_easting(easting_m: float) -> None:
    with pytest.raises(CRSMismatchError, match="no easting"):
        crs.zone_from_easting(easting_m)


@pytest.mark.parametrize(
    ("lon", "meridian"),
    [
        (118.6, 120),
        (118.4, 117),
        (120.2, 120),
        (121.4, 120),
        (121.6, 123),
        (74.0, 75),
        (134.7, 135),
    ],
)
def test_the_zone_follows_the_data(lon: float, meridian: int) -> None:
    layer = gpd.GeoSeries([Point(lon, 30)], crs="EPSG:4490")
    zone = crs.zone_of(layer)
    assert projection(zone)["Longitude of natural origin"] == meridian
    assert crs.to_zone(layer).crs == zone


def test_to_zone_from_any_crs_and_without_touching_the_input(town: gpd.GeoDataFrame) -> None:
    before = town.copy()
    zoned = crs.to_zone(town)
    assert zoned.crs.to_epsg() == 4549
    assert zoned.drop(columns="geometry").equals(town.drop(columns="geometry"))
    assert_geodataframe_equal(town, before)
    again = crs.to_zone(town.to_crs("EPSG:32650"))
    assert zoned.geometry.hausdorff_distance(again.geometry, align=False).max() < 1e-6


@pytest.mark.parametrize("points", [[], [None], [Point()]])
def test_nothing_has_no_zone(points: list[Point]) -> None:
    with pytest.raises(GeometryError, match="no zone can be chosen"):
        crs.to_zone(gpd.GeoSeries(points, crs="EPSG:4490"))


@pytest.mark.parametrize(
    ("points", "match"),
    [
        ([Point(10, 50)], "outside China"),
        ([Point(120, 60)], "outside China"),
        ([Point(80, 40), Point(120, 30)], "too wide"),
    ],
)
def test_extents_that_no_zone_holds(points: list[Point], match: str) -> None:
    with pytest.raises(CRSMismatchError, match=match):
        crs.zone_of(gpd.GeoSeries(points, crs="EPSG:4490"))


def test_a_layer_without_crs_has_no_zone() -> None:
    with pytest.raises(MissingCRSError):
        crs.to_zone(gpd.GeoSeries([Point(120, 30)]))


def test_the_plane_is_the_cylinder_of_proj() -> None:
    to_proj = Transformer.from_crs("EPSG:4490", "+proj=cea +lat_ts=0 +ellps=GRS80", always_xy=True)
    lon, lat = np.linspace(-180, 180, 201), np.linspace(-89.9, 89.9, 201)
    plane = crs.to_plane(gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4490"))
    x, y = to_proj.transform(lon, lat)
    np.testing.assert_allclose(plane.x, x, atol=1e-8, rtol=0)
    np.testing.assert_allclose(plane.y, y, atol=1e-8, rtol=0)
    assert plane.crs == crs.PLANE
    assert crs.datum_of(plane) == "cgcs2000"


def test_the_plane_and_back() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(73, 135, 10_000), rng.uniform(3, 54, 10_000)
    degrees = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4490")
    plane = crs.to_plane(degrees)
    back = crs.from_plane(plane)
    # A few units in the last place: 5e-9 m.
    np.testing.assert_allclose(back.x, lon, atol=5.7e-14, rtol=0)
    np.testing.assert_allclose(back.y, lat, atol=4.5e-14, rtol=0)
    again = crs.to_plane(back)
    assert again.distance(plane, align=False).max() <= 8e-9


def test_the_poles_and_beyond() -> None:
    poles = crs.latitude_from_q(crs.authalic_q(np.radians([90.0, -90.0, 89.99999])))
    np.testing.assert_allclose(np.degrees(poles), [90, -90, 89.99999], atol=1e-6)
    assert np.isnan(crs.latitude_from_q(np.array([2.1, np.nan]))).all()


def test_the_plane_keeps_height_index_name_and_gaps() -> None:
    shapes = [LineString([(120, 30, 7), (121, 31, 8)]), None, box(120, 30, 121, 31), Point()]
    series = gpd.GeoSeries(shapes, index=list("abcd"), name="road", crs="EPSG:4490")
    plane = crs.to_plane(series)
    assert plane.index.tolist() == list("abcd")
    assert plane.name == "road"
    assert [z for *_, z in plane["a"].coords] == [7, 8]
    assert plane["b"] is None
    assert not plane["c"].has_z
    assert plane["d"].is_empty
    assert crs.to_plane(plane).equals(plane)


def test_only_the_plane_comes_back_from_the_plane() -> None:
    with pytest.raises(CRSMismatchError, match="PLANE"):
        crs.from_plane(gpd.GeoSeries([Point(0, 0)], crs="EPSG:3857"))
    with pytest.raises(MissingCRSError):
        crs.from_plane(gpd.GeoSeries([Point(0, 0)]))
