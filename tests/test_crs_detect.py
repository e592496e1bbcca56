"""Detection of a datum: right where the data can tell, ambiguous where they cannot."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from parkgeo import crs
from parkgeo.errors import CRSMismatchError, GeometryError, MissingCRSError


def blocks() -> gpd.GeoSeries:
    """Return nine districts of 4 to 5 km with uneven borders."""
    rng = np.random.default_rng(7)
    corners = [(120 + 0.06 * i, 30 + 0.05 * j) for i in range(3) for j in range(3)]
    shapes = [box(x, y, x + rng.uniform(0.04, 0.05), y + 0.04) for x, y in corners]
    return gpd.GeoSeries(shapes, crs="EPSG:4490")


def roads(seed: int = 3) -> gpd.GeoSeries:
    """Return twelve crooked roads, kilometres apart."""
    rng = np.random.default_rng(seed)
    x = np.linspace(120.0, 120.3, 40)
    wave = np.cumsum(rng.normal(0, 0.002, (12, 40)), axis=1)
    return gpd.GeoSeries(
        [LineString(np.column_stack([x, 30 + 0.05 * i + y])) for i, y in enumerate(wave)],
        crs="EPSG:4490",
    )


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("said", [None, "EPSG:4326", "EPSG:4490"])
def test_polygons_find_their_datum(datum: str, said: str | None) -> None:
    layer = crs.to_datum(blocks(), datum).set_crs(None, allow_override=True).set_crs(said)
    found = crs.detect_datum(layer, blocks())
    assert found.index[0] == datum
    assert found["verdict"].tolist() == ["fits", "rejected", "rejected"]
    assert found["iou"].iloc[0] == pytest.approx(1.0, abs=1e-9)
    assert found["iou"].iloc[1] < 0.95
    assert found["n_compared"].eq(9).all()


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_roads_and_points_find_their_datum(datum: str) -> None:
    layer = crs.to_datum(roads(), datum)
    points = gpd.GeoSeries(shapely.points(shapely.get_coordinates(layer.to_numpy())), crs=layer.crs)
    for shape in (layer, points):
        found = crs.detect_datum(shape, roads())
        assert found["verdict"][datum] == "fits"
        assert found["distance_m"][datum] < 1e-3
        assert found["iou"].isna().all()


def test_layers_apart_are_ambiguous() -> None:
    found = crs.detect_datum(blocks().translate(3, 0).set_crs(4490), blocks())
    assert found["verdict"].eq("ambiguous").all()
    assert found["n_compared"].eq(0).all()
    assert found["distance_m"].isna().all()


def test_roads_that_have_nothing_to_do_with_each_other_are_ambiguous() -> None:
    found = crs.detect_datum(roads(seed=5), roads(seed=6))
    assert found["verdict"].eq("ambiguous").all()


def test_few_points_are_ambiguous_even_when_they_lie_on_the_road() -> None:
    on_the_road = gpd.GeoSeries([Point(roads()[4].coords[20])], crs="EPSG:4490")
    found = crs.detect_datum(on_the_road, roads())
    assert found["distance_m"]["wgs84"] < 1e-3
    assert found["verdict"].eq("ambiguous").all()


def test_borders_coarser_than_the_shift_are_ambiguous() -> None:
    coarse = blocks().translate(0.0022, -0.0012).set_crs(4490)  # halfway to GCJ-02
    found = crs.detect_datum(coarse, blocks())
    assert found["verdict"].eq("ambiguous").all()


@pytest.mark.parametrize("shapes", [[], [None], [Polygon()]])
def test_nothing_is_ambiguous(shapes: list[Polygon | None]) -> None:
    nothing = gpd.GeoSeries(shapes, crs="EPSG:4490")
    assert crs.detect_datum(nothing, blocks())["verdict"].eq("ambiguous").all()
    assert crs.detect_datum(blocks(), nothing)["verdict"].eq("ambiguous").all()


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(MissingCRSError, match="reference"):
        crs.detect_datum(blocks(), blocks().set_crs(None, allow_override=True))
    with pytest.raises(CRSMismatchError, match="projected"):
        crs.detect_datum(blocks().to_crs(4549), blocks())
    bow_tie = Polygon([(120, 30), (120.1, 30.1), (120.1, 30), (120, 30.1)])
    with pytest.raises(GeometryError, match="invalid"):
        crs.detect_datum(gpd.GeoSeries([bow_tie]), blocks())


@pytest.mark.shared
def test_binjiang_is_on_gcj02(shared_data: Path) -> None:
    """The file says nothing of its datum; the reference is OpenStreetMap's boundary."""
    districts = gpd.read_file(shared_data / "districts/hangzhou_districts_datav_2020_gcj02.geojson")
    known = gpd.read_parquet(shared_data / "osm/hangzhou_core_admin_2026.parquet")
    found = crs.detect_datum(
        districts[districts["name"] == "滨江区"],
        known[known["name"] == "滨江区"],
    )
    assert found.index[0] == "gcj02"
    assert found["verdict"]["gcj02"] == "fits"
    assert found["iou"]["gcj02"] >= 0.96
    assert found["iou"]["wgs84"] == pytest.approx(0.80, abs=0.01)
    assert crs.detect_datum(districts, known)["verdict"]["gcj02"] == "fits"


@pytest.mark.shared
def test_real_roads_of_two_years_agree_on_wgs84(shared_data: Path) -> None:
    old = gpd.read_parquet(shared_data / "osm/hangzhou_roads_2019.parquet")
    new = gpd.read_parquet(shared_data / "osm/hangzhou_named_roads_2024.parquet")
    assert crs.detect_datum(new, old)["verdict"]["wgs84"] == "fits"
    moved = crs.to_datum(new, "bd09").set_crs("EPSG:4326", allow_override=True)
    assert crs.detect_datum(moved, old)["verdict"]["bd09"] == "fits"
