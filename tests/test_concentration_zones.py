"""Rough zones of many corners, cut in tiles and joined parcel by parcel, against one big union."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import Polygon, box
from strategies import on_ground

from parkgeo import concentration
from parkgeo.concentration._tiles import tiles_of


def stars(n: int, *, seed: int = 4490) -> NDArray[np.object_]:
    """Jagged stars of 300 to 1 500 corners on each other, some with a hole, within 6 km."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(n):
        corners = rng.integers(300, 1500)
        turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
        reach = rng.uniform(300, 1200) * rng.uniform(0.8, 1.0, corners)
        star = np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
        middle = rng.uniform(0, 6000, 2)
        out.append(Polygon(star + middle, [0.4 * star + middle] if k % 3 == 0 else []))
    return np.array(out, dtype=object)


def test_tiles_are_the_polygon_in_few_corners() -> None:
    shapes = stars(6)
    tiles, owner = tiles_of(shapes)
    assert shapely.get_num_coordinates(tiles).max() <= 256
    assert shapely.is_valid(tiles).all()
    areas = np.bincount(owner, shapely.area(tiles))
    assert areas == pytest.approx(shapely.area(shapes), rel=1e-12)
    back = [shapely.union_all(tiles[owner == k]) for k in range(len(shapes))]
    assert shapely.area(shapely.symmetric_difference(back, shapes)).max() < 1e-6


def test_clipping_that_breaks_a_polygon_is_done_again() -> None:
    """Needles that touch the line of the cut with their tips."""
    x = np.arange(400.0)
    teeth = np.column_stack([np.repeat(x, 2), np.tile([50.0, 100.0], 400)])
    comb = Polygon([*teeth, (400, 100), (400, 0), (0, 0)])
    tall = Polygon([*teeth, (400, 900), (0, 900)])
    for shape in (comb, tall):
        tiles, _ = tiles_of(np.array([shape], dtype=object))
        assert shapely.is_valid(tiles).all()
        assert shapely.area(tiles).sum() == pytest.approx(shape.area, rel=1e-12)


@pytest.mark.parametrize("accuracy_m", [0.0, 25.0])
def test_ratio_is_that_of_one_big_union(accuracy_m: float) -> None:
    shapes = stars(25)
    corners = np.stack(np.meshgrid(np.arange(40), np.arange(40)), axis=-1).reshape(-1, 2) * 150.0
    land = [box(x, y, x + 150, y + 150) for x, y in corners]
    parcels = gpd.GeoDataFrame({"row": corners[:, 1]}, geometry=on_ground(land))
    parks = gpd.GeoDataFrame(
        {"accuracy_m": accuracy_m}, geometry=on_ground(shapes), index=range(25)
    )
    table = concentration.ratio(parcels, parks, by="row")
    inside_m2 = shapely.area(shapely.intersection(land, shapely.union_all(shapes)))
    expected = [inside_m2[corners[:, 1] == y].sum() / 1e6 for y in np.unique(corners[:, 1])]
    assert table["inside"].tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert (table["ratio_low"] <= table["ratio"]).all()
    assert (table["ratio"] <= table["ratio_high"]).all()
    assert (table["ratio_low"].sum() < table["ratio_high"].sum()) == (accuracy_m > 0)
