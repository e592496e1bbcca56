"""The interval of a ratio, from borders moved by true metres."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawn import rough_zones
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import Polygon, box
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


# Rough outlines, against exact buffers of GEOS ----------------------------------------------------


def by_buffers(
    land: list[BaseGeometry],
    zones: list[BaseGeometry],
    accuracy_m: NDArray[np.float64],
    *,
    share: float,
) -> list[float]:
    """Work out both ends with buffers of a share of the accuracy: the formula of the docs."""
    east, north = stretched(1.0, 2000.0)
    parcels, shapes = (
        shapely.transform(np.array(each, dtype=object), lambda xy: xy * [1 / east, 1 / north])
        for each in (land, zones)
    )
    levels = np.unique(accuracy_m)
    sure = [
        shapely.buffer(shapely.union_all(shapes[accuracy_m <= e]), -share * e, quad_segs=32)
        for e in levels
    ]
    may = shapely.buffer(shapes, share * accuracy_m, quad_segs=32)
    total = shapely.area(parcels).sum()
    return [
        float(shapely.area(shapely.intersection(parcels, shapely.union_all(each))).sum() / total)
        for each in (sure, may)
    ]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "levels", [[4.0], [30.0], [0.0, 10.0, 90.0], [300.0]], ids=["fine", "one", "mixed", "coarse"]
)
def test_the_interval_lies_between_those_of_a_little_less_and_a_little_more(
    seed: int, levels: list[float]
) -> None:
    """A boundary that should move by ε moves by 0.98 to 1.04 ε."""
    zones = rough_zones(18, seed=seed, within_m=4000)
    accuracy_m = np.random.default_rng(seed).choice(levels, len(zones))
    land = [box(x, y, x + 260, y + 310) for x in range(0, 4000, 400) for y in range(0, 4000, 350)]
    row = concentration.ratio(frame(land), frame(zones, accuracy_m=accuracy_m)).iloc[0]
    # The scale of the plane changes by 0.05 % over 4 km.
    less, more = (by_buffers(land, zones, accuracy_m, share=share) for share in (0.979, 1.041))
    assert more[0] - 1e-9 <= row["ratio_low"] <= less[0] + 1e-9
    assert less[1] - 1e-9 <= row["ratio_high"] <= more[1] + 1e-9


def test_a_town_of_blocks_of_which_each_is_known_otherwise() -> None:
    """Blocks that lie far from one are left out when it is joined with those known better."""
    rng = np.random.default_rng(31)
    zones = [box(x, y, x + 300, y + 300) for x in range(0, 2400, 300) for y in range(0, 2400, 300)]
    accuracy_m = rng.permutation(np.geomspace(2.0, 350.0, len(zones)))
    land = [
        box(x, y, x + 90, y + 150) for x in range(-200, 2600, 130) for y in range(-150, 2600, 310)
    ]
    row = concentration.ratio(frame(land), frame(zones, accuracy_m=accuracy_m)).iloc[0]
    less, more = (by_buffers(land, zones, accuracy_m, share=share) for share in (0.979, 1.041))
    assert more[0] - 1e-9 <= row["ratio_low"] <= less[0] + 1e-9
    assert less[1] - 1e-9 <= row["ratio_high"] <= more[1] + 1e-9


def test_the_interval_grows_with_the_accuracy_and_holds_the_ratio() -> None:
    zones = rough_zones(18, seed=7, within_m=4000)
    land = frame(
        [box(x, y, x + 260, y + 310) for x in range(0, 4000, 400) for y in range(0, 4000, 350)]
    )
    before = (np.inf, -np.inf)
    for accuracy_m in (0.0, 1.0, 5.0, 20.0, 60.0, 200.0, 1500.0):
        row = concentration.ratio(land, frame(zones, accuracy_m=[accuracy_m] * 18)).iloc[0]
        low, high = row["ratio_low"], row["ratio_high"]
        assert low <= row["ratio"] <= high
        assert (low == high) == (accuracy_m == 0)
        if accuracy_m:
            assert low <= before[0]
            assert high >= before[1]
        before = (low, high)
    assert before == (0.0, pytest.approx(1.0, abs=1e-9))


def test_cracks_between_rough_blocks_are_not_eroded() -> None:
    """A rough border that two blocks share with 4 cm between them."""
    rng = np.random.default_rng(4490)
    y = np.linspace(0, 2000, 401)
    border = np.column_stack([1000 + rng.uniform(-15, 15, 401), y])
    west = Polygon([(0, 0), *border - [0.02, 0], (0, 2000)])
    east = Polygon([(2000, 0), (2000, 2000), *np.add(border, [0.02, 0])[::-1]])
    land = frame([box(800, 800, 1200, 1200)])
    row = concentration.ratio(land, frame([west, east], accuracy_m=[30.0, 30.0])).iloc[0]
    assert row["ratio_low"] == pytest.approx(row["ratio"], abs=1e-6)
    apart = frame(
        [shapely.transform(west, lambda xy: xy - [0.5, 0]), east], accuracy_m=[30.0, 30.0]
    )
    assert concentration.ratio(land, apart)["ratio_low"].item() < 0.9
