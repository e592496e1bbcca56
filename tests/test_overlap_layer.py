"""Large layers read run by run give what a layer held as a whole gives."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box
from strategies import on_ground

from parkgeo import crs, overlap
from parkgeo.errors import GeometryError
from parkgeo.overlap import _areas, _extents, _layer
from parkgeo.overlap._layer import Layer, layer_of


@pytest.fixture(autouse=True)
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send even the smallest input to the kernels, some zones at a time."""
    for module in (_areas, _extents):
        monkeypatch.setattr(module, "COMPILE_ABOVE", 0)
    monkeypatch.setattr(_layer, "_RUN", 100)


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(44)
    discs = shapely.buffer(shapely.points(rng.uniform(0, 4000, (80, 2))), rng.uniform(50, 600, 80))
    discs[::7] = shapely.difference(discs[::7], shapely.buffer(shapely.centroid(discs[::7]), 30))
    names = [f"zone-{k:02d}" for k in range(80)]
    accuracy_m = np.where(np.arange(80) % 3, np.nan, 10.0)
    return gpd.GeoDataFrame(
        {"brand_id": names, "accuracy_m": accuracy_m},
        geometry=on_ground(discs).to_numpy(),
        crs=4490,
    )


def held_as_a_whole(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_extents, "layer_of", lambda *_: None)
        return overlap.pairs(frame)


def agree(one: pd.DataFrame, two: pd.DataFrame) -> None:
    assert len(one) > 100
    pd.testing.assert_frame_equal(one, two, check_exact=False, rtol=1e-11, atol=0)


@pytest.mark.parametrize("source", ["EPSG:4490", "EPSG:4326", crs.PLANE, "EPSG:4549"])
def test_pairs_are_those_of_a_layer_held_as_a_whole(zones: gpd.GeoDataFrame, source: str) -> None:
    frame = crs.to_plane(zones) if source == crs.PLANE else zones.geometry.to_crs(source)
    frame = zones.set_geometry(frame)
    agree(overlap.pairs(frame), held_as_a_whole(frame))


def test_a_layer_whose_zones_are_read_too_often_is_held(
    zones: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = held_as_a_whole(zones)
    monkeypatch.setattr(_layer, "_OFTEN", 0)
    monkeypatch.setattr(Layer, "over_pairs", None)
    agree(overlap.pairs(zones), expected)


def test_bounds_known_beforehand_are_those_of_the_vertices(zones: gpd.GeoDataFrame) -> None:
    found = layer_of(zones.geometry.to_numpy(), zones.crs, zones.index)
    assert found is not None
    layer, _ = found
    read = layer.blocks(np.arange(len(zones)))
    assert np.abs(layer.boxes - read.boxes).max() < 1e-8
    assert layer.area_m2.tolist() == read.area_m2.tolist()
    plane = shapely.area(crs.to_plane(zones).to_numpy())
    assert layer.area_m2 == pytest.approx(plane, rel=1e-9)


def test_only_what_is_in_a_pair_is_measured() -> None:
    squares = on_ground([box(0, 0, 10, 10), box(5, 0, 15, 10), box(900, 0, 910, 10)]).to_numpy()
    found = layer_of(squares, crs.CGCS2000, pd.RangeIndex(3))
    assert found is not None
    grounds = _areas.grounds_of(found[0])
    shared_m2 = grounds.shared_m2(np.array([0]), np.array([1]), doing="testing")
    assert shared_m2 == pytest.approx([50], rel=1e-6)
    assert grounds.area_m2[:2] == pytest.approx([100, 100], rel=1e-6)
    assert np.isnan(grounds.area_m2[2])


@pytest.mark.parametrize("south", [30.2, np.nan])
def test_invalid_zones_are_named_wherever_they_lie(zones: gpd.GeoDataFrame, south: float) -> None:
    """Even one that is in no pair: crossing itself, or with a corner nowhere."""
    ring = np.array([(121.0, 30.0), (121.1, 30.0), (121.1, 30.1), (121.0, 30.1), (121.0, 30.0)])
    ring[1, 1] = south
    with np.errstate(invalid="ignore"):
        alone = Polygon(ring)
    frame = zones.set_geometry([*zones.geometry[:-1], alone], crs=zones.crs)
    with pytest.raises(GeometryError, match="in rows 79;"):
        overlap.pairs(frame)
