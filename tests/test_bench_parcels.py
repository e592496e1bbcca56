"""The parcels that benchmarks run on: do they cover the ground as those of a land survey do?"""

from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from scripts import load

from parkgeo import crs

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "parcels.py"
BOUNDS = np.array([13_300_000.3, 3_150_000.7, 13_340_000.1, 3_190_000.9])
"""40 km across, not on whole parts of a metre."""


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    return load(SCRIPT)


@pytest.fixture(scope="module")
def drawn(drawing: ModuleType) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.concat(drawing.parcels(5_000, BOUNDS), ignore_index=True))


@pytest.mark.parametrize("side_m", [40_000.0, 2_500.0])
def test_parcels_tessellate_the_ground(drawing: ModuleType, side_m: float) -> None:
    """No gap, no overlap, and every shared vertex is in both neighbours; at 25 m a parcel too."""
    bounds = np.concatenate([BOUNDS[:2], BOUNDS[:2] + side_m])
    shapes = next(drawing.parcels(5_000, bounds)).geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    # GEOS: no crossing edges, and no vertex of one on the edge of another.
    assert shapely.coverage_is_valid(shapes)
    ground = shapely.box(*drawing.ground(bounds))
    assert ground.covers(shapely.box(*bounds))
    # Coordinates are fixed-point numbers, so areas of 10⁹ m² are known to 10⁻⁴ m² and better.
    assert shapely.area(shapes).sum() == pytest.approx(ground.area, rel=1e-13)
    assert shapely.coverage_union_all(shapes).normalize() == ground.normalize() or (
        shapely.coverage_union_all(shapes).symmetric_difference(ground).area == 0
    )


def test_coordinates_are_whole_parts_of_a_metre(
    drawing: ModuleType, drawn: gpd.GeoDataFrame
) -> None:
    parts = shapely.get_coordinates(drawn.geometry) * drawing.GRAIN
    assert (parts == np.rint(parts)).all()
    assert drawn.crs == crs.PLANE


def test_batches_change_nothing(drawing: ModuleType, drawn: gpd.GeoDataFrame) -> None:
    """Blocks that are drawn apart have the same borders, to the last bit."""
    batches = list(drawing.parcels(5_000, BOUNDS, batch=1_000))
    assert len(batches) == 5
    again = pd.concat(batches, ignore_index=True)
    assert_geodataframe_equal(gpd.GeoDataFrame(again), drawn)


def test_chunks_change_no_border(
    drawing: ModuleType, drawn: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "CHUNK", 3)
    again = pd.concat(drawing.parcels(5_000, BOUNDS), ignore_index=True)
    assert list(shapely.to_wkb(again["geometry"])) == list(shapely.to_wkb(drawn.geometry))


def test_as_many_as_are_said(drawing: ModuleType, drawn: gpd.GeoDataFrame) -> None:
    assert len(drawn) == drawing.number(5_000) == 5_000
    assert drawn["parcel_id"].is_unique
    scales = (20_000, 200_000, 500_000, 2_000_000, 20_000_000)
    assert [drawing.number(n) for n in scales] == list(scales)
    assert drawing.number(1) == drawing.BLOCK


def test_the_seed_decides(drawing: ModuleType, drawn: gpd.GeoDataFrame) -> None:
    other = next(drawing.parcels(5_000, BOUNDS, seed=1))
    assert not (other.geometry.to_numpy() == drawn.geometry.to_numpy()).any()
    assert shapely.coverage_is_valid(other.geometry.to_numpy())


def test_they_look_like_a_survey(drawn: gpd.GeoDataFrame) -> None:
    """Rough borders, heavy tails, long roads and streams, enclaves."""
    shapes = drawn.geometry.to_numpy()
    # A closed ring says its first vertex twice.
    vertices = shapely.get_num_coordinates(shapes) - 1 - shapely.get_num_interior_rings(shapes)
    assert 25 < vertices.mean() < 40
    assert np.median(vertices) < 0.7 * vertices.mean()
    assert np.quantile(vertices, 0.99) > 5 * vertices.mean()
    area = shapely.area(shapes)
    assert area.max() > 20 * np.median(area)
    wide = area / (shapely.length(shapes) / 2) ** 2
    linear = drawn["class_code"].isin(["1003", "1101"]).to_numpy()
    assert 0.005 < linear.mean() < 0.02
    assert np.median(wide[linear]) < 0.02 < np.median(wide[~linear])
    holes = shapely.get_num_interior_rings(shapes)
    assert holes.sum() == len(drawn) * 5 // 125


def test_districts_fill_the_ground(drawing: ModuleType) -> None:
    districts = drawing.districts(BOUNDS)
    assert len(districts) == 100
    assert shapely.coverage_is_valid(districts.geometry.to_numpy())
    assert districts.area.sum() == pytest.approx(shapely.box(*BOUNDS).area, rel=1e-12)
