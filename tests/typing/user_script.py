"""What a user writes, read by mypy alone (``make types``): calls have the types they promise."""

from pathlib import Path
from typing import assert_type

import folium
import geopandas as gpd
import pandas as pd
from matplotlib.axes import Axes

import parkgeo as pg


def overlap(path: Path) -> float:
    """Read zones, and count no ground twice."""
    parks = pg.read_parks(path)
    assert_type(parks, gpd.GeoDataFrame)
    assert_type(pg.overlap.pairs(parks), pd.DataFrame)
    assert_type(pg.overlap.pairs(parks, geometry=True), gpd.GeoDataFrame)
    assert_type(pg.overlap.partition(parks), gpd.GeoDataFrame)
    assert_type(pg.measure.area_m2(parks), "pd.Series[float]")
    assert_type(pg.measure.area_m2(parks, edges="geodesic"), "pd.Series[float]")
    pg.measure.area_m2(parks, edges="planar")  # type: ignore[arg-type]
    assert_type(pg.write(parks, path.with_suffix(".gpkg")), Path)
    assert_type(pg.overlap.net_area_km2(parks, by="brand_id"), "pd.Series[float]")
    return assert_type(pg.overlap.net_area_km2(parks), float)


def concentration(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> float:
    """Say what share lies inside."""
    found = pg.concentration.ratio(parcels, parks, classes="industry", target=0.7)
    assert_type(found, pd.DataFrame)
    return float(found["ratio"].iloc[0])


def four_bounds(text: str, lines: Path) -> str:
    """Find a polygon from its words."""
    block = pg.fourbounds.parse(text)[0]
    found = pg.fourbounds.resolve(block, pg.gazetteer.read(lines))
    assert_type(found, pg.fourbounds.Resolution)
    assert_type(found.area_km2, float)
    return found.explain()


def pictures(parks: gpd.GeoDataFrame, folder: Path) -> None:
    """Draw."""
    assert_type(pg.plots.overlap_map(parks, language="zh"), Axes)
    page: folium.Map = pg.maps.overlap_map(parks)
    page.add_child(page, wrong=True)  # type: ignore[call-arg]
    pg.maps.save(page, folder / "map.html", offline=True)
    pg.plots.overlap_map(parks, language="fr")  # type: ignore[arg-type]


def wrong_names(parks: gpd.GeoDataFrame) -> None:
    """Find a slip of the pen before anything runs."""
    pg.overlaps  # type: ignore[attr-defined]  # noqa: B018
    pg.overlap.pairs(parks, key="brand_id")  # type: ignore[call-overload]
