"""Ripley's K and L in polygons of any shape."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box

from parkgeo import agglomeration
from parkgeo.agglomeration import _ripley
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError

ZONE = 4549
EAST, NORTH = 500_000.0, 3_300_000.0
ODD = Polygon(
    [(0, 0), (1000, 0), (1000, 400), (400, 450), (350, 1000), (0, 900)],
    [[(100, 100), (100, 250), (260, 240), (250, 100)]],
)
"""An L with a hole, of which no side is parallel to another."""


def moved(shape: Polygon) -> Polygon:
    return shapely.affinity.translate(shape, EAST, NORTH)


def window_of(shape: Polygon) -> gpd.GeoSeries:
    return gpd.GeoSeries([moved(shape)], crs=ZONE)


def thrown(shape: Polygon, n: int, seed: int, **columns: object) -> gpd.GeoDataFrame:
    xy = _ripley._thrown(moved(shape), n, np.random.default_rng(seed))
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), crs=ZONE)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("edge", ["isotropic", "translation", "none"])
class TestAgainstGEOS:
    def test_of_every_pair(
        self, monkeypatch: pytest.MonkeyPatch, edge: _ripley.Edge, *, fast: bool
    ) -> None:
        monkeypatch.setattr(_ripley, "COMPILE_ABOVE", 0 if fast else 10**12)
        points, ground = thrown(ODD, 60, 3), moved(ODD)
        r = np.array([100.0, 200.0, 300.0])
        found = agglomeration.ripley_k(points, window=window_of(ODD), r=r, edge=edge)
        xy = shapely.get_coordinates(points.geometry)
        total = np.zeros(3)
        for i, j in zip(*np.nonzero(~np.eye(60, dtype=bool)), strict=True):
            far = float(np.hypot(*(xy[i] - xy[j])))
            if far > 300:
                continue
            if edge == "isotropic":
                circle = shapely.Point(xy[i]).buffer(far, quad_segs=256).exterior
                share = circle.intersection(ground).length / circle.length
            elif edge == "translation":
                there = shapely.affinity.translate(ground, *(xy[j] - xy[i]))
                share = ground.intersection(there).area / ground.area
            else:
                share = 1.0
            total += (far <= r) / share
        expected = total * ground.area / (60 * 59)
        assert found.table["observed"].to_numpy() == pytest.approx(expected, rel=1e-3)
        assert found.error < 0.01


class TestLaws:
    @pytest.mark.parametrize("edge", ["isotropic", "translation"])
    def test_of_points_anywhere_is_that_of_a_disc(self, edge: _ripley.Edge) -> None:
        r = np.array([50.0, 150, 250])
        curves = [
            agglomeration.ripley_k(
                thrown(ODD, 100, seed), window=window_of(ODD), r=r, edge=edge
            ).table["observed"]
            for seed in range(20)
        ]
        mean, spread = np.mean(curves, axis=0), np.std(curves, axis=0) / np.sqrt(20)
        assert (np.abs(mean - np.pi * r**2) < 3.5 * spread).all()

    def test_points_anywhere_are_in_their_envelope(self) -> None:
        inside = 0
        for seed in range(40):
            found = agglomeration.ripley_k(
                thrown(ODD, 40, 100 + seed), window=window_of(ODD), r=[50, 100, 200],
                simulations=99, seed=seed,
            )  # fmt: skip
            inside += found.p_value > 0.05
        assert inside >= 34  # of 40, 38 expected; fewer have a probability below 1 %

    def test_clusters_are_found(self) -> None:
        rng = np.random.default_rng(0)
        xy = np.repeat(rng.uniform(100, 900, (12, 2)), 10, axis=0) + rng.normal(0, 10, (120, 2))
        points = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(xy[:, 0] + EAST, xy[:, 1] + NORTH), crs=ZONE
        )
        found = agglomeration.ripley_l(
            points, window=window_of(box(0, 0, 1000, 1000)), simulations=99, seed=1
        )
        assert found.p_value == pytest.approx(0.01)
        assert found.localisation_index > 0
        assert found.table["r_m"].iloc[-1] == pytest.approx(250)

    def test_two_kinds_on_the_same_places_have_all_pairs(self) -> None:
        # Of n points of a kind and a copy of each: n (n - 1) pairs as within the kind, n at 0.
        one = thrown(ODD, 30, 1).assign(of="a")
        both = pd.concat([one, one.assign(of="b")], ignore_index=True)
        r = [50, 100, 200]
        within = agglomeration.ripley_k(
            both, window=window_of(ODD), r=r, industry="of", reference="a"
        ).table["observed"]  # fmt: skip
        across = agglomeration.ripley_k(
            both, window=window_of(ODD), r=r, industry="of", reference="a", neighbours="b"
        ).table["observed"]
        area = ODD.area
        assert across.to_numpy() == pytest.approx((within * 29 / 30 + area / 30).to_numpy())

    def test_neighbours_of_the_same_kind_are_the_univariate(self) -> None:
        points = thrown(ODD, 60, 1, of=["a", "b"] * 30)
        k = [
            agglomeration.ripley_k(
                points, window=window_of(ODD), industry="of", reference="a", neighbours=other
            ).table
            for other in (None, "a")
        ]
        pd.testing.assert_frame_equal(k[0], k[1])

    def test_l_is_the_root_of_k(self) -> None:
        points = thrown(ODD, 60, 1)
        k, l_ = (
            call(points, window=window_of(ODD), r=[100, 200]).table["observed"]
            for call in (agglomeration.ripley_k, agglomeration.ripley_l)
        )
        assert (np.pi * l_**2).to_list() == pytest.approx(k.to_list())

    def test_order_of_rows_changes_nothing(self) -> None:
        points = thrown(ODD, 60, 1)
        a, b = (
            agglomeration.ripley_k(frame, window=window_of(ODD), simulations=39, seed=1).table
            for frame in (points, points.iloc[::-1])
        )
        pd.testing.assert_frame_equal(a, b)


class TestBadInput:
    def test_points_outside(self) -> None:
        points = thrown(ODD, 5, 1)
        points.index = list("abcde")
        points.loc["c", "geometry"] = shapely.Point(EAST + 900, NORTH + 900)
        with pytest.raises(GeometryError, match=r"1 of 5 points lie outside .*'c'"):
            agglomeration.ripley_k(points, window=window_of(ODD))

    def test_distances_beyond_the_window(self) -> None:
        with pytest.raises(SchemaError, match="beyond the window"):
            agglomeration.ripley_k(thrown(ODD, 5, 1), window=window_of(ODD), r=[5000])

    def test_windows(self) -> None:
        points = thrown(ODD, 5, 1)
        with pytest.raises(SchemaError, match="GeoSeries"):
            agglomeration.ripley_k(points, window=ODD)  # type: ignore[arg-type]
        with pytest.raises(MissingCRSError):
            agglomeration.ripley_k(points, window=gpd.GeoSeries([moved(ODD)]))
        bow = Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
        with pytest.raises(GeometryError, match="valid"):
            agglomeration.ripley_k(points, window=window_of(bow))

    def test_edges(self) -> None:
        with pytest.raises(UnknownNameError, match="isotropic"):
            agglomeration.ripley_k(thrown(ODD, 5, 1), window=window_of(ODD), edge="torus")  # type: ignore[arg-type]

    def test_one_point(self) -> None:
        with pytest.raises(SchemaError, match="two points"):
            agglomeration.ripley_k(thrown(ODD, 1, 1), window=window_of(ODD))
