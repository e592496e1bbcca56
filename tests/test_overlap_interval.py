"""The interval of an overlap of rough outlines, against exact buffers of GEOS."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn import rough_zones
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import CORNER, on_ground

from parkgeo import overlap

E2 = 0.006694380022900787
"""Of the GRS 80 ellipsoid, squared."""

Geometries = NDArray[np.object_]


def scale_at(north_m: float = 1500.0) -> float:
    """True metres on the ground for a metre of the plane, going east."""
    to_degrees = Transformer.from_crs(
        "+proj=cea +lat_ts=0 +ellps=GRS80", "EPSG:4490", always_xy=True
    )
    sine = np.sin(np.radians(to_degrees.transform(CORNER[0], CORNER[1] + north_m)[1]))
    return float(np.sqrt((1 - sine**2) / (1 - E2 * sine**2)))


def true_to_scale(shapes: Sequence[BaseGeometry]) -> Geometries:
    k = scale_at()
    return shapely.transform(np.array(shapes, dtype=object), lambda xy: xy * [k, 1 / k])


def frame(shapes: Sequence[BaseGeometry], accuracy_m: object) -> gpd.GeoDataFrame:
    names = [f"zone-{i:02d}" for i in range(len(shapes))]
    columns = {"brand_id": names, "accuracy_m": accuracy_m}
    return gpd.GeoDataFrame(columns, geometry=on_ground(shapes))


def by_buffers(
    table: pd.DataFrame, shapes: Geometries, accuracy_m: NDArray[np.float64], *, share: float
) -> NDArray[np.float64]:
    """Measure low and high of each pair with buffers of a share of the accuracy, in km²."""
    left, right = (
        table[side].str.removeprefix("zone-").astype(int).to_numpy() for side in ("left", "right")
    )
    sums = []
    for sign in (-share, share):
        moved = shapely.buffer(shapes, sign * accuracy_m, quad_segs=32)
        sums.append(shapely.area(shapely.intersection(moved[left], moved[right])) / 1e6)
    return np.array(sums)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("accuracy_m", [3.0, 25.0, 80.0, 400.0])
def test_the_interval_lies_between_those_of_a_little_less_and_a_little_more(
    seed: int, accuracy_m: float
) -> None:
    """A boundary that should move by ε moves by 0.98 to 1.04 ε."""
    zones = rough_zones(14, seed=seed, within_m=2700)
    each = accuracy_m * np.random.default_rng(seed).choice([0.3, 1.0], len(zones))
    table = overlap.pairs(frame(zones, each))
    shapes = true_to_scale(zones)
    # The scale of the plane changes by 0.02 % over 3 km.
    less, more = (by_buffers(table, shapes, each, share=share) for share in (0.9795, 1.0405))
    low, high = table["overlap_low_km2"].to_numpy(), table["overlap_high_km2"].to_numpy()
    assert len(table) > 30
    assert (more[0] <= low + 1e-9).all()
    assert (low <= less[0] + 1e-9).all()
    assert (less[1] <= high + 1e-9).all()
    assert (high <= more[1] + 1e-9).all()


def test_the_interval_grows_with_the_accuracy_and_holds_the_overlap() -> None:
    zones = rough_zones(14, seed=7, within_m=3000)
    before: pd.DataFrame | None = None
    for accuracy_m in (0.0, 1.0, 5.0, 20.0, 60.0, 200.0, 1000.0):
        table = overlap.pairs(frame(zones, accuracy_m))
        assert (table["overlap_low_km2"] <= table["overlap_km2"]).all()
        assert (table["overlap_km2"] <= table["overlap_high_km2"]).all()
        if before is None:
            assert table["overlap_low_km2"].equals(table["overlap_km2"])
            assert table["overlap_high_km2"].equals(table["overlap_km2"])
        else:
            assert (table["overlap_low_km2"] <= before["overlap_low_km2"]).all()
            assert (table["overlap_high_km2"] >= before["overlap_high_km2"]).all()
        before = table
    # Zones of at most 900 m are nothing any more when 1 km is taken off all around.
    assert before is not None
    assert (before["overlap_low_km2"] == 0).all()
    assert not before["significant"].any()


def test_neither_order_nor_direction_of_rings_matters() -> None:
    zones = rough_zones(10, seed=3, within_m=3000)
    one = overlap.pairs(frame(zones, 40.0))
    two = overlap.pairs(frame(list(shapely.reverse(np.array(zones))), 40.0).iloc[::-1])
    assert one[["left", "right", "relation"]].equals(two[["left", "right", "relation"]])
    for column in ("overlap_km2", "overlap_low_km2", "overlap_high_km2"):
        # A disc rolling the other way round may leave other corners out, within the bound.
        assert one[column].to_numpy() == pytest.approx(two[column].to_numpy(), rel=5e-3, abs=1e-4)


def test_a_zone_without_an_accuracy_leaves_only_its_own_pairs_open() -> None:
    zones = rough_zones(10, seed=5, within_m=3000)
    known = overlap.pairs(frame(zones, 40.0))
    some = overlap.pairs(frame(zones, [np.nan, *[40.0] * 9]))
    its = (some[["left", "right"]] == "zone-00").any(axis=1)
    assert its.any()
    bounds = ["overlap_low_km2", "overlap_high_km2"]
    assert some.loc[its, bounds].isna().all(axis=None)
    assert some.loc[its, "significant"].isna().all()
    pd.testing.assert_frame_equal(some.loc[~its, bounds], known.loc[~its, bounds], check_exact=True)


def test_holes_fill_and_parts_merge() -> None:
    """A ring of 100 m around a hole of 60 m, and two parts 50 m apart, within 40 m."""
    holed = Polygon(box(0, 0, 260, 260).exterior, [box(100, 100, 160, 160).exterior])
    parts = MultiPolygon([box(1000, 0, 1200, 200), box(1250, 0, 1450, 200)])
    cover = box(-500, -500, 3000, 3000)
    rows = overlap.pairs(frame([cover, holed, parts], [0.0, 40.0, 40.0]))
    k = scale_at(130.0)
    for row, width, height in [(0, 260, 260), (1, 450, 200)]:
        grown = (width * k + 80) * (height / k + 80) - (4 - np.pi) * 40**2
        assert rows["overlap_high_km2"][row] * 1e6 == pytest.approx(grown, rel=2e-3)
    # 80 m of 100 m and of 200 m are taken off.
    left = [
        (260 * k - 80) * (260 / k - 80) - (60 * k + 80) * (60 / k + 80) + (4 - np.pi) * 40**2,
        2 * (200 * k - 80) * (200 / k - 80),
    ]
    assert (rows["overlap_low_km2"] * 1e6).tolist() == pytest.approx(left, rel=2e-2)
