"""Patches of polygons: squares and discs whose measures are known, and input that is none."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point, Polygon, box

from parkgeo import agglomeration, measure
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError

EAST, NORTH = 500_000.0, 3_300_000.0
"""On the middle meridian of the zone, where its metres are true."""


def land(*shapes: shapely.Geometry, **columns: list[object]) -> gpd.GeoDataFrame:
    moved = [shape and shapely.affinity.translate(shape, EAST, NORTH) for shape in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs="EPSG:4549")


SQUARES = land(
    box(0, 0, 100, 100), box(120, 0, 220, 100), box(520, 0, 620, 100), by=["a", "a", "a"]
)


def test_the_gap_decides_what_is_one_patch() -> None:
    count = [
        int(agglomeration.vector_patches(SQUARES, gap_m=gap).loc["all", "n_patches"])
        for gap in (0, 19.9, 20, 299.9, 300)
    ]
    assert count == [3, 3, 2, 2, 1]


def test_shares_and_distances() -> None:
    found = agglomeration.vector_patches(SQUARES, gap_m=20).loc["all"]
    official = measure.area_m2(SQUARES).sum() / 1e6
    assert found["area_km2"] == pytest.approx(official, rel=1e-9)
    assert found["largest_share"] == pytest.approx(2 / 3, rel=1e-5)
    assert found["nearest_m"] == pytest.approx(300, abs=1e-6)
    three = agglomeration.vector_patches(SQUARES, gap_m=0).loc["all"]
    assert three["nearest_m"] == pytest.approx((20 + 20 + 300) / 3)
    assert three["apart_m"] == pytest.approx((20 + 300 + 420) / 3)


def test_ground_under_two_parcels_counts_once() -> None:
    twice = land(box(0, 0, 100, 100), box(50, 0, 150, 100))
    found = agglomeration.vector_patches(twice, gap_m=0).loc["all"]
    assert found["n_parcels"] == 2
    assert found["area_km2"] == pytest.approx(0.015, rel=2e-3)
    assert found["area_km2"] < 0.8 * measure.area_m2(twice).sum() / 1e6


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (box(0, 0, 100, 100), [np.pi / 4, 2 / np.pi, 1, np.sqrt(np.pi) / 2]),
        (Point(0, 0).buffer(100, quad_segs=500), [1, 1, 1, 1]),
        (
            Polygon([(0, 0), (200, 0), (200, 100), (100, 100), (100, 200), (0, 200)]),
            [
                4 * np.pi * 3 / 64,
                # The middle of the circle lies between (200, 0) and (0, 200); (0, 0) is on it.
                3 / (2 * np.pi),
                3 / 3.5,
                2 * np.sqrt(3 * np.pi) / 8,
            ],
        ),
    ],
)
def test_compactness(shape: Polygon, expected: list[float]) -> None:
    found = agglomeration.vector_patches(land(shape), gap_m=0).loc["all"]
    names = ["polsby_popper", "reock", "convex_hull", "schwartzberg"]
    assert found[names].tolist() == pytest.approx(expected, rel=1e-5)


def test_one_row_per_zone_and_patches_do_not_join_across() -> None:
    two = SQUARES.assign(by=["b", "a", "b"])
    found = agglomeration.vector_patches(two, gap_m=50, by="by")
    assert found.index.tolist() == ["a", "b"]
    assert found["n_patches"].tolist() == [1, 2]
    assert found["largest_share"].tolist() == pytest.approx([1, 0.5], rel=1e-5)
    assert np.isnan(found.loc["a", "nearest_m"])
    turned = agglomeration.vector_patches(two.iloc[::-1], gap_m=50, by="by")
    pd.testing.assert_frame_equal(found, turned)


def test_parcels_are_cut_along_zones_and_places_counted() -> None:
    parks = land(
        box(-50, -50, 50, 150), box(500, -50, 700, 150), box(2000, 0, 2100, 100),
        brand_id=["x", "x", "y"],
    )  # fmt: skip
    found = agglomeration.vector_patches(SQUARES, gap_m=20, parks=parks)
    x = found.loc["x"]
    assert x[["n_parcels", "n_patches", "n_places"]].tolist() == [2, 2, 2]
    assert x["area_km2"] == pytest.approx(0.015, rel=2e-3)
    assert x["largest_share"] == pytest.approx(2 / 3, rel=1e-4)
    assert x["main_place_share"] == pytest.approx(2 / 3, rel=1e-4)
    y = found.loc["y"]
    assert y[["n_parcels", "n_patches", "area_km2", "n_places"]].tolist() == [0, 0, 0, 1]
    assert np.isnan(y["largest_share"])


def test_rows_without_geometry_or_group_are_named() -> None:
    some = land(box(0, 0, 1, 1), None, Polygon(), box(5, 5, 6, 6), by=["a", "a", "a", None])
    found = agglomeration.vector_patches(some, gap_m=1, by="by")
    assert found.attrs["left_out"] == [1, 2, 3]
    assert found["n_parcels"].tolist() == [1]


def test_nothing_at_all() -> None:
    found = agglomeration.vector_patches(SQUARES.iloc[:0], gap_m=1).loc["all"]
    assert found[["n_parcels", "n_patches", "area_km2"]].tolist() == [0, 0, 0]
    assert found[["largest_share", "nearest_m", "polsby_popper"]].isna().all()


def test_what_is_refused() -> None:
    with pytest.raises(SchemaError, match="gap_m must be a distance"):
        agglomeration.vector_patches(SQUARES, gap_m=-1)
    with pytest.raises(GeometryError, match="must be polygons; not so: 0"):
        agglomeration.vector_patches(land(Point(0, 0)), gap_m=1)
    with pytest.raises(UnknownNameError, match="no column 'zone'"):
        agglomeration.vector_patches(SQUARES, gap_m=1, by="zone")
    with pytest.raises(MissingCRSError):
        agglomeration.vector_patches(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]), gap_m=1)
    bow_tie = land(Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]))
    with pytest.raises(GeometryError):
        agglomeration.vector_patches(bow_tie, gap_m=1)
