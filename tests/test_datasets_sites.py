"""The bundled sites: they are of the land that the bundled grid holds, and the tool makes them."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from scripts import load
from shapely import MultiPoint

from parkgeo import crs, datasets

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def sites() -> gpd.GeoDataFrame:
    return datasets.hangzhou_land_use_sites()


def test_sites_are_points_with_a_use_and_an_area(sites: gpd.GeoDataFrame) -> None:
    assert sites.columns.tolist() == ["land_use", "area_m2", "geometry"]
    assert (sites.geom_type == "Point").all()
    assert crs.require_crs(sites) == crs.CGCS2000
    assert (sites["area_m2"] > 0).all()
    assert sites.attrs["attribution"] == datasets.ATTRIBUTION
    assert MultiPoint(sites.geometry.tolist()).bounds[:2] > (119, 29)


def test_industrial_sites_add_up_to_the_grid(sites: gpd.GeoDataFrame) -> None:
    """Both are of the same polygons; the grid counts ground of several once, cell by cell."""
    with rasterio.open(datasets.hangzhou_industrial_share()) as grid:
        share = grid.read(1, masked=True).filled(0) * grid.scales[0]
        hectares = share.sum() * grid.transform.a**2 / 1e4
        industrial = sites[sites["land_use"] == "industrial"].to_crs(grid.crs.to_wkt())
        rows, cols = rasterio.transform.rowcol(
            grid.transform, industrial.geometry.x, industrial.geometry.y
        )
    assert industrial["area_m2"].sum() / 1e4 == pytest.approx(hectares, rel=1e-3)
    # A point to ten metres lies in its polygon, or a step beside a narrow one.
    held = share[np.asarray(rows), np.asarray(cols)] > 0
    assert held.mean() > 0.98


def test_file_is_small_and_says_its_source() -> None:
    folder = ROOT / "data" / "sites"
    assert (folder / "hangzhou_land_use_sites_2019.csv").stat().st_size < 110_000
    said = (folder / "SOURCES.md").read_text("utf-8")
    assert "OpenStreetMap contributors" in said
    assert "incomplete" in said


@pytest.mark.shared
def test_the_tool_makes_the_same_sites(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("tools/build_land_use_sites.py")
    source = shared_data / "osm" / "hangzhou_landuse_2019.parquet"
    made = tmp_path / "sites.csv"
    monkeypatch.setattr("sys.argv", ["tool", str(source), "--output", str(made)])
    assert module.main() == 0
    pd.testing.assert_frame_equal(pd.read_csv(made), pd.read_csv(module.TARGET))
