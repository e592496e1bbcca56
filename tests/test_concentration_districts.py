"""Parcels cut by the borders of districts, held against GEOS cutting every piece."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray

from parkgeo import concentration, crs

CORNER = (13_358_000.0, 3_170_000.0)


def stars(middle: NDArray[np.float64], radius_m: float, corners: int, seed: int) -> gpd.GeoSeries:
    """Draw a star around each point of the plane."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    far = radius_m * rng.uniform(0.5, 1.0, (len(middle), corners, 1))
    ring = middle[:, None] + far * np.column_stack([np.cos(angle), np.sin(angle)])
    return gpd.GeoSeries(shapely.polygons(ring + CORNER), crs=crs.PLANE)


def squares(side_m: float, count: int) -> NDArray[np.float64]:
    """Middles of squares."""
    line = (np.arange(count) + 0.5) * side_m
    return np.column_stack([axis.ravel() for axis in np.meshgrid(line, line)])


def towns() -> gpd.GeoDataFrame:
    """Four squares, one with a hole that the fifth fills, and ground in none of them."""
    x, y = CORNER
    boxes = [
        shapely.box(x + a, y + b, x + a + 2500, y + b + 2500) for a in (0, 2500) for b in (0, 2500)
    ]
    lake = shapely.Point(x + 1250, y + 1250).buffer(700)
    boxes[0] -= lake
    return gpd.GeoDataFrame({"town": list("abcde")}, geometry=[*boxes, lake], crs=crs.PLANE)


def by_hand(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, its: gpd.GeoDataFrame) -> pd.DataFrame:
    """Cut everything by everything."""
    ground, parcels = zones.union_all(), land.geometry.to_numpy()
    borders = dict(zip(its["town"], its.geometry, strict=True))
    pieces = {name: shapely.intersection(parcels, border) for name, border in borders.items()}
    pieces[None] = shapely.difference(parcels, its.union_all())
    rows = [
        [
            shapely.area(some).sum() / 1e6,
            shapely.area(shapely.intersection(some, ground)).sum() / 1e6,
            int((shapely.area(some) > 1e-9 * shapely.area(parcels)).sum()),
        ]
        for some in pieces.values()
    ]
    return pd.DataFrame(rows, index=[*borders, None], columns=["total", "inside", "n_parcels"])


@pytest.mark.parametrize("corners", [12, 90], ids=["by GEOS", "by sums over edges"])
def test_pieces_of_parcels_are_those_that_geos_cuts(corners: int) -> None:
    land = gpd.GeoDataFrame(geometry=stars(squares(350.0, 16), 170.0, corners, 1))
    zones = gpd.GeoDataFrame(geometry=stars(squares(900.0, 5), 700.0, 2 * corners, 2))
    its = towns()
    found = concentration.ratio(land, zones, by="town", districts=its)
    expected = by_hand(land, zones, its)
    assert list(found.index[:-1]) == list("abcde")
    assert found.index.isna()[-1]
    assert found["n_parcels"].tolist() == expected["n_parcels"].tolist()
    for name in ("total", "inside"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9)
    assert found["n_parcels"].sum() > found.attrs["n_parcels"] == len(land)
    assert found["total"].sum() == pytest.approx(land.area.sum() / 1e6, rel=1e-12)


@pytest.mark.parametrize("corners", [12, 90], ids=["by GEOS", "by sums over edges"])
def test_the_interval_of_pieces_is_that_of_parcels_cut_beforehand(corners: int) -> None:
    """A parcel wholly inside the drawn zones may lie on their moved border."""
    land = gpd.GeoDataFrame(geometry=stars(squares(350.0, 14), 170.0, corners, 1))
    zones = gpd.GeoDataFrame(geometry=stars(squares(1700.0, 3), 900.0, 24, 2))
    zones["accuracy_m"] = 60.0
    its = towns()
    found = concentration.ratio(land, zones, by="town", districts=its)
    cut = gpd.overlay(land, its, how="intersection", keep_geom_type=True)
    expected = concentration.ratio(cut, zones, by="town")
    low, high = found["ratio_low"], found["ratio_high"]
    assert ((low < found["ratio"]) & (found["ratio"] < high)).all()
    for name in ("ratio_low", "ratio", "ratio_high"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-8)
