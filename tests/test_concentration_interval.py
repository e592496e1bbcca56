"""The interval of a ratio, from borders moved by true metres."""

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Transformer
from shapely import box
from shapely.geometry.base import BaseGeometry
from strategies import CORNER, on_ground

from parkgeo import concentration

E2 = 0.006694380022900787
"""Of the GRS 80 ellipsoid, squared."""


def frame(shapes: list[BaseGeometry], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=on_ground(shapes), crs="EPSG:4490")


def stretched(metres: float, north_m: float = 500.0) -> tuple[float, float]:
    """True metres east and north, on the plane: 1/k and k times as many."""
    to_degrees = Transformer.from_crs(
        "+proj=cea +lat_ts=0 +ellps=GRS80", "EPSG:4490", always_xy=True
    )
    sine = np.sin(np.radians(to_degrees.transform(CORNER[0], CORNER[1] + north_m)[1]))
    k = np.sqrt((1 - sine**2) / (1 - E2 * sine**2))
    return metres / k, metres * k


def test_the_interval_moves_the_border_by_true_metres() -> None:
    land = frame([box(-1000, 200, 1000, 400), box(400, -1000, 600, 1000)])
    zone = frame([box(0, 0, 3000, 1000)], accuracy_m=[20.0])
    east, north = stretched(20.0)
    low = (1000 - east) * 200 + 200 * (1000 - 2 * north)
    high = (1000 + east) * 200 + 200 * (1000 + north)
    row = concentration.ratio(land, zone).iloc[0]
    assert row["ratio"] == pytest.approx(0.5, rel=1e-9)
    expected = [low / 8e5, high / 8e5]
    assert row[["ratio_low", "ratio_high"]].tolist() == pytest.approx(expected, abs=2e-5)


def test_where_blocks_meet_nothing_is_uncertain() -> None:
    """Two blocks of different accuracy side by side: a parcel across their border is inside."""
    land = frame([box(900, 400, 1100, 600)])
    zones = frame([box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], accuracy_m=[5.0, 50.0])
    row = concentration.ratio(land, zones).iloc[0]
    assert row[["ratio_low", "ratio", "ratio_high"]].tolist() == pytest.approx([1, 1, 1], abs=1e-9)


def test_a_coarse_zone_does_not_blur_a_fine_one() -> None:
    land = frame([box(900, 400, 1000, 600)])
    fine = frame([box(0, 0, 1000, 1000)], accuracy_m=[1.0])
    both = frame([box(0, 0, 1000, 1000), box(0, 0, 1010, 1000)], accuracy_m=[1.0, 60.0])
    before, after = (concentration.ratio(land, zones).iloc[0] for zones in (fine, both))
    assert after["ratio_low"] == pytest.approx(before["ratio_low"], abs=1e-9)
    assert before["ratio_low"] > 0.98


def test_one_unknown_accuracy_leaves_the_interval_open() -> None:
    land = frame([box(0, 0, 1000, 1000)])
    shapes = [box(0, 0, 1000, 1000), box(5000, 0, 6000, 1000)]
    zones = frame(shapes, brand_id=["C", "D"], accuracy_m=[5.0, None])
    table = concentration.ratio(land, zones)
    assert table[["ratio_low", "ratio_high"]].isna().all(axis=None)
    assert table["ratio"].item() == pytest.approx(1.0, rel=1e-9)
    assert table.attrs["accuracy_unknown"] == ["1"]
    brands = concentration.ratio(land, zones, by="brand_id")
    assert brands["ratio_low"].isna().tolist() == [False, True]
    east, north = stretched(5.0)
    low = (1 - 2 * east / 1000) * (1 - 2 * north / 1000)
    assert brands.loc["C", "ratio_low"] == pytest.approx(low, abs=1e-5)
