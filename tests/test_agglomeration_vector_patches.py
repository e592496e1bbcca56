"""Patches of polygons: squares and discs whose measures are known, and input that is none."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point, Polygon, box

from parkgeo import agglomeration, crs, measure
from parkgeo.agglomeration import _vector_patches
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


class TestTouching:
    """What has a point in common is one patch, however it is projected."""

    # A parcel on the middle of an edge two kilometres long, which is bent in any other projection.
    ON_AN_EDGE = gpd.GeoDataFrame(
        geometry=[box(120.00, 30.00, 120.02, 30.01), box(120.008, 29.995, 120.012, 30.00)],
        crs="EPSG:4490",
    )

    def test_a_corner_on_an_edge_touches_it_in_the_crs_of_the_parcels(self) -> None:
        apart = self.ON_AN_EDGE.to_crs("EPSG:4549").geometry
        assert apart.iloc[0].distance(apart.iloc[1]) > 0.01
        found = agglomeration.vector_patches(self.ON_AN_EDGE, gap_m=0).loc["all"]
        assert found["n_patches"] == 1

    def test_no_slit_stays_along_a_common_edge(self) -> None:
        whole = gpd.GeoDataFrame(geometry=[self.ON_AN_EDGE.union_all()], crs="EPSG:4490")
        found, expected = (
            agglomeration.vector_patches(one, gap_m=0).loc["all"]
            for one in (self.ON_AN_EDGE, whole)
        )
        names = ["area_km2", "polsby_popper", "reock", "convex_hull", "schwartzberg"]
        assert found[names].tolist() == pytest.approx(expected[names].tolist(), rel=1e-9)

    def test_corners_that_meet(self) -> None:
        corners = land(box(0, 0, 100, 100), box(100, 100, 200, 200))
        assert agglomeration.vector_patches(corners, gap_m=0).loc["all", "n_patches"] == 1
        away = land(box(0, 0, 100, 100), box(100.01, 100, 200, 200))
        assert agglomeration.vector_patches(away, gap_m=0).loc["all", "n_patches"] == 2
        assert agglomeration.vector_patches(away, gap_m=0.01).loc["all", "n_patches"] == 1

    def test_the_same_parcel_twice_is_one_piece_of_ground(self) -> None:
        square = box(0, 0, 100, 100)
        once, twice = (
            agglomeration.vector_patches(land(*[square] * n), gap_m=0).loc["all"] for n in (1, 2)
        )
        assert twice["n_parcels"] == 2
        pd.testing.assert_series_equal(once.drop("n_parcels"), twice.drop("n_parcels"))


def test_names_are_only_names() -> None:
    names = ["<script>alert(1)</script>", 7, "'; --"]
    found = agglomeration.vector_patches(SQUARES.assign(by=names), gap_m=0, by="by")
    assert set(found.index) == set(names)
    assert found["n_patches"].tolist() == [1, 1, 1]


def test_parks_in_another_datum_cut_the_same_ground() -> None:
    parks = land(box(-50, -50, 50, 150), brand_id=["x"])
    expected = agglomeration.vector_patches(SQUARES, gap_m=20, parks=parks)
    others = [parks.to_crs(code) for code in ("EPSG:4490", "EPSG:4528", "EPSG:3857")]
    for other in [*others, crs.to_datum(parks, "gcj02")]:
        found = agglomeration.vector_patches(SQUARES, gap_m=20, parks=other)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_many_patches_are_compared_in_part_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_vector_patches, "PAIRS", 20_000)
    rng = np.random.default_rng(3)
    col, row = np.meshgrid(np.arange(20), np.arange(15))
    x, y = (100.0 * values.ravel() for values in (col, row))
    wide = rng.uniform(10, 90, len(x))
    many = land(*shapely.box(x, y, x + wide, y + 50))
    found = agglomeration.vector_patches(many, gap_m=5)
    assert found.loc["all", "n_patches"] == 300
    assert found.attrs["apart_drawn"] == ["all"]
    left, right = np.triu_indices(len(x), 1)
    across = np.maximum(x[left] - x[right] - wide[right], x[right] - x[left] - wide[left])
    up = np.abs(y[left] - y[right]) - 50
    away = np.hypot(np.maximum(across, 0), np.maximum(up, 0))
    assert found.loc["all", "apart_m"] == pytest.approx(away.mean(), rel=0.02)
    near = np.full(len(x), np.inf)
    for side in (left, right):
        np.minimum.at(near, side, away)
    assert found.loc["all", "nearest_m"] == pytest.approx(near.mean(), rel=1e-6)
    turned = agglomeration.vector_patches(many.iloc[::-1], gap_m=5)
    assert turned.loc["all", "apart_m"] == pytest.approx(found.loc["all", "apart_m"], rel=1e-12)
    few = agglomeration.vector_patches(many.iloc[:200], gap_m=5)
    assert few.attrs["apart_drawn"] == []


def test_distances_from_a_patch_of_many_parts() -> None:
    # Hundred squares ten metres apart make one patch; two stand alone, 300 m and 5 km beside it.
    x = np.concatenate([np.arange(100) * 20.0, [1990 + 300.0, 1990 + 5000.0]])
    scattered = land(*shapely.box(x, 0, x + 10, 10))
    found = agglomeration.vector_patches(scattered, gap_m=10).loc["all"]
    assert found["n_patches"] == 3
    assert found["nearest_m"] == pytest.approx((300 + 300 + 4690) / 3, rel=1e-6)
    assert found["apart_m"] == pytest.approx((300 + 5000 + 4690) / 3, rel=1e-6)


@pytest.mark.parametrize("gap", [None, "50", np.nan, np.inf, -1])
def test_gaps_that_are_none(gap: object) -> None:
    with pytest.raises(SchemaError, match="gap_m must be a distance"):
        agglomeration.vector_patches(SQUARES, gap_m=gap)


def test_what_is_no_frame_and_no_single_column() -> None:
    with pytest.raises(SchemaError, match="must be a GeoDataFrame, not a GeoSeries"):
        agglomeration.vector_patches(SQUARES.geometry, gap_m=1)
    twice = pd.concat([SQUARES, SQUARES["by"]], axis=1)
    with pytest.raises(SchemaError, match="several columns 'by'"):
        agglomeration.vector_patches(twice, gap_m=1, by="by")
