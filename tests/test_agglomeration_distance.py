"""Kd and M by distance: published values, direct sums, and what changes nothing."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.spatial.distance import pdist

from parkgeo import agglomeration, crs
from parkgeo.agglomeration import _distance_bands as bands
from parkgeo.agglomeration import _duranton_overman as density
from parkgeo.agglomeration import _marcon_puech as relative
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError

ZONE = 4549
EAST, NORTH = 500_000.0, 3_300_000.0


def at(x: object, y: object, **columns: object) -> gpd.GeoDataFrame:
    """Put points into a zone of Hangzhou, metres from a corner."""
    where = gpd.points_from_xy(np.asarray(x) + EAST, np.asarray(y) + NORTH)
    return gpd.GeoDataFrame(columns, geometry=where, crs=ZONE)


def town(n: int = 240, *, seed: int = 5) -> gpd.GeoDataFrame:
    """Throw plants of three industries over 10 km, those of one about one place."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 10_000, (n, 2))
    kind = np.array(["tea", "silk", "steel"])[np.arange(n) % 3]
    steel = kind == "steel"
    xy[steel] = rng.normal(5_000, 700, (int(steel.sum()), 2))
    return at(xy[:, 0], xy[:, 1], of=kind, size=rng.integers(1, 60, n).astype(float))


@pytest.fixture(scope="module")
def trees(shared_data: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(shared_data / "reference" / "dbmss" / "paracou16.csv")
    return at(table.x, table.y, of=table.PointType, size=table.PointWeight)


class TestPublished:
    def test_kd_of_three_points(self) -> None:
        found = agglomeration.duranton_overman(at([0, 1, 0], [0, 0, 1]), r=[0, 1], bandwidth_m=0.5)
        assert found.table["observed"].to_list() == pytest.approx([0.153718, 0.720813], abs=5e-7)

    @pytest.mark.shared
    def test_kd_of_trees(self, trees: gpd.GeoDataFrame) -> None:
        found = agglomeration.duranton_overman(
            trees, industry="of", reference="Q. Rosea", neighbours="V. Americana", r=[0, 100]
        )
        # dbmss takes R's density(), which bins distances: within 0.2 %.
        expected = [6.9287e-4, 6.11186e-3]
        assert found.table["observed"].to_list() == pytest.approx(expected, rel=2e-3)
        assert (found.n_reference, found.n_neighbours, found.n_sites) == (27, 90, 2426)

    @pytest.mark.shared
    @pytest.mark.parametrize("fast", [False, True])
    def test_m_of_trees(
        self, trees: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch, *, fast: bool
    ) -> None:
        monkeypatch.setattr(relative, "COMPILE_ABOVE", 0 if fast else 10**12)
        found = agglomeration.marcon_puech(
            trees,
            industry="of",
            reference="V. Americana",
            neighbours="Q. Rosea",
            weight="size",
            r=[10, 20, 30],
        )
        expected = [0.2260581, 0.5450475, 0.6071047]
        assert found.table["observed"].to_list() == pytest.approx(expected, abs=5e-8)


class TestKd:
    @pytest.mark.parametrize("weight", [None, "size"])
    def test_integrates_to_one(self, weight: str | None) -> None:
        r = np.linspace(0, 18_000, 2_001)
        found = agglomeration.duranton_overman(town(), r=r, weight=weight, bandwidth_m=300)
        observed = found.table["observed"].to_numpy()
        assert ((observed[1:] + observed[:-1]) / 2 * np.diff(r)).sum() == pytest.approx(1, abs=1e-6)

    def test_bandwidth_is_silvermans(self) -> None:
        points = town()
        apart = pdist(shapely.get_coordinates(points.geometry))
        apart = apart[apart <= 8_000]
        low, high = np.percentile(apart, (25, 75))
        expected = 0.9 * min(apart.std(ddof=1), (high - low) / 1.34) * len(apart) ** -0.2
        found = agglomeration.duranton_overman(points, r=[0, 4_000])
        assert found.bandwidth_m == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("neighbours", [None, "tea"])
    def test_nodes_keep_within_their_bound(
        self, neighbours: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def curve() -> agglomeration.DistanceResult:
            return agglomeration.duranton_overman(
                town(), r=np.arange(0, 4_001, 100), industry="of", reference="steel",
                neighbours=neighbours, weight="size", bandwidth_m=120, method="exact",
            )  # fmt: skip

        direct = curve()
        monkeypatch.setattr(density, "COMPILE_ABOVE", 0)
        fast = curve()
        assert direct.error == 0
        assert 0 < fast.error < 1e-4
        height = 2 / np.sqrt(2 * np.pi) / 120
        apart = np.abs(fast.table["observed"] - direct.table["observed"])
        assert apart.max() <= fast.error * height

    @pytest.mark.parametrize("neighbours", [None, "tea"])
    def test_cells_keep_within_two_thousandths(self, neighbours: str | None) -> None:
        def curve(method: density.Way) -> agglomeration.DistanceResult:
            return agglomeration.duranton_overman(
                town(3_000), r=np.arange(0, 4_001, 100), industry="of", reference="steel",
                neighbours=neighbours, weight="size", bandwidth_m=100, method=method,
            )  # fmt: skip

        near, exact = curve("fft"), curve("exact")
        far = near.table["r_m"] >= 100
        apart = (near.table["observed"] / exact.table["observed"] - 1).abs()[far]
        assert apart.max() < 2e-3
        assert 0 < near.error < 2e-3

    def test_plants_of_one_cluster_are_localised(self) -> None:
        found = agglomeration.duranton_overman(
            town(), r=np.arange(0, 5_001, 250), industry="of", reference="steel",
            simulations=199, seed=1,
        )  # fmt: skip
        assert found.p_value == pytest.approx(1 / 200)
        assert found.localisation_index > 0.3
        assert found.dispersion_index == 0
        assert (found.table["global_high"] >= found.table["local_high"]).all()

    def test_an_industry_like_all_is_seldom_beyond_the_global_band(self) -> None:
        # Five in a hundred for each side; forty independent towns, so twelve would be absurd.
        beyond = 0
        for seed in range(40):
            points = town(90, seed=seed)
            points["of"] = np.random.default_rng(seed).permutation(points["of"].to_list())
            found = agglomeration.duranton_overman(
                points, r=np.arange(0, 5_001, 500), industry="of", reference="tea",
                simulations=99, seed=seed,
            )  # fmt: skip
            beyond += found.localisation_index > 0
        assert beyond < 8

    def test_draws_of_everybody_are_refused(self) -> None:
        with pytest.raises(SchemaError, match="every draw is the same"):
            agglomeration.duranton_overman(town(), simulations=99)

    def test_points_at_one_place_are_pairs_at_no_distance(self) -> None:
        points = at([0, 0, 0], [0, 0, 0])
        found = agglomeration.duranton_overman(points, r=[0], bandwidth_m=10)
        assert found.table["observed"].iloc[0] == pytest.approx(2 / np.sqrt(2 * np.pi) / 10)
        assert found.report["at_one_place"] == {"n": 2}
        with pytest.raises(SchemaError, match="give bandwidth_m"):
            agglomeration.duranton_overman(points, r=[0, 10])


class TestM:
    def test_of_random_labels_is_one_within_its_band(self) -> None:
        points = town(300)
        points["of"] = np.random.default_rng(4).permutation(points["of"].to_list())
        found = agglomeration.marcon_puech(
            points, industry="of", reference="tea", weight="size",
            r=np.arange(500, 5_001, 500), simulations=199, seed=2,
        )  # fmt: skip
        table = found.table
        assert found.p_value > 0.05
        assert (table["global_low"] < 1).all()
        assert (table["global_high"] > 1).all()

    def test_is_one_over_all_the_ground(self) -> None:
        found = agglomeration.marcon_puech(
            town(), industry="of", reference="steel", neighbours="tea", weight="size", r=[20_000]
        )
        assert found.table["observed"].iloc[0] == pytest.approx(1)

    @pytest.mark.parametrize("dense", [False, True])
    def test_loops_agree_with_numpy(self, monkeypatch: pytest.MonkeyPatch, *, dense: bool) -> None:
        def curve() -> "pd.Series[float]":
            return agglomeration.marcon_puech(
                town(), industry="of", reference="steel", weight="size",
                r=np.arange(0, 4_001, 250), density=dense,
            ).table["observed"]  # fmt: skip

        slow = curve()
        monkeypatch.setattr(relative, "COMPILE_ABOVE", 0)
        pd.testing.assert_series_equal(curve(), slow, rtol=5e-4 if dense else 1e-12)

    def test_has_no_value_where_nobody_has_a_neighbour(self) -> None:
        found = agglomeration.marcon_puech(
            at([0, 10, 20], [0, 0, 0], of=["a", "a", "b"]),
            industry="of", reference="a", r=[5, 10],
        )  # fmt: skip
        observed = found.table["observed"].to_list()
        assert np.isnan(observed[0])
        # At 10 m the first has the second alone: 1; the second has one of two: 1/2; in all 1/2.
        assert observed[1] == pytest.approx(1.5)


CURVES: list[Callable[[gpd.GeoDataFrame, int], agglomeration.DistanceResult]] = [
    lambda points, n: agglomeration.duranton_overman(
        points, industry="of", reference="steel", weight="size", r=np.arange(0, 4_001, 500),
        simulations=n, seed=7,
    ),
    lambda points, n: agglomeration.duranton_overman(
        points, industry="of", reference="steel", neighbours="tea", r=np.arange(0, 4_001, 500),
        simulations=n, seed=7, method="fft", bandwidth_m=150,
    ),
    lambda points, n: agglomeration.marcon_puech(
        points, industry="of", reference="steel", weight="size", r=np.arange(0, 4_001, 500),
        simulations=n, seed=7,
    ),
]  # fmt: skip


class TestNothingChanges:
    @pytest.mark.parametrize("curve", CURVES)
    def test_with_the_order_of_rows(
        self, curve: Callable[[gpd.GeoDataFrame, int], agglomeration.DistanceResult]
    ) -> None:
        points = town()
        pd.testing.assert_frame_equal(
            curve(points.sample(frac=1, random_state=1), 39).table, curve(points, 39).table
        )

    @pytest.mark.parametrize("curve", CURVES)
    def test_with_the_number_of_threads(
        self,
        curve: Callable[[gpd.GeoDataFrame, int], agglomeration.DistanceResult],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        points = town()
        tables = []
        for n in (1, 3):
            monkeypatch.setattr("parkgeo._ground._threads.THREADS", n)
            tables.append(curve(points, 39).table)
        pd.testing.assert_frame_equal(tables[0], tables[1], check_exact=True)

    def test_in_the_input(self) -> None:
        points = town()
        before = points.copy()
        CURVES[0](points, 0)
        pd.testing.assert_frame_equal(points, before)

    def test_with_the_crs(self) -> None:
        points = town()
        here, there = (CURVES[2](frame, 0) for frame in (points, crs.to_geographic(points)))
        assert there.crs.to_epsg() == ZONE
        pd.testing.assert_frame_equal(here.table, there.table, rtol=1e-9)


class TestBands:
    def test_global_band_is_crossed_by_the_spare_share(self) -> None:
        curves = np.random.default_rng(0).normal(size=(2_000, 12)).cumsum(axis=1)
        found = bands.bands_of(curves[0], curves, level=0.95)
        low, high = found.overall
        for share in ((curves > high).any(axis=1).mean(), (curves < low).any(axis=1).mean()):
            assert 0.04 < share <= 0.05

    def test_p_value_of_one_of_them_is_even(self) -> None:
        curves = np.random.default_rng(1).normal(size=(99, 5))
        p = [bands.bands_of(c, np.delete(curves, k, 0), level=0.9).p_value
             for k, c in enumerate(curves)]  # fmt: skip
        assert sorted(p) == pytest.approx(np.arange(1, 100) / 99)


class TestBadInput:
    def test_coordinates_without_a_crs(self) -> None:
        with pytest.raises(MissingCRSError):
            agglomeration.duranton_overman(np.zeros((3, 2)))  # type: ignore[arg-type]
        with pytest.raises(MissingCRSError):
            agglomeration.duranton_overman(at([0, 1], [0, 0]).set_crs(None, allow_override=True))

    def test_parcels(self) -> None:
        parcels = at([0, 10], [0, 0])
        parcels["geometry"] = parcels.buffer(1)
        with pytest.raises(GeometryError, match="representative_point"):
            agglomeration.duranton_overman(parcels)

    def test_weights(self) -> None:
        points = at([0, 5, 9, 20], [0, 0, 0, 0], size=[1.0, 2.0, 0.0, np.nan])
        found = agglomeration.duranton_overman(points, weight="size", r=[0, 5], bandwidth_m=1)
        assert found.n_sites == 2
        assert found.report["zero"] == {"n": 1, "rows": "2"}
        assert found.report["without_weight"] == {"n": 1, "rows": "3"}
        with pytest.raises(SchemaError, match="0 or more"):
            agglomeration.duranton_overman(points.assign(size=[1, -2, 3, 4]), weight="size")

    def test_one_point(self) -> None:
        with pytest.raises(SchemaError, match="two points"):
            agglomeration.duranton_overman(at([0], [0]), r=[1])
        alone = at([0, 1, 2], [0, 0, 0], of=["a", "b", "b"])
        for call in (agglomeration.duranton_overman, agglomeration.marcon_puech):
            with pytest.raises(SchemaError, match="take neighbours"):
                call(alone, industry="of", reference="a", r=[1])
            across = call(alone, industry="of", reference="a", neighbours="b", r=[1.5])
            assert across.n_reference == 1

    @pytest.mark.parametrize("r", [[], [-1.0], [2, 1], [1, 1], [np.nan]])
    def test_distances(self, r: list[float]) -> None:
        with pytest.raises(SchemaError):
            agglomeration.duranton_overman(town(9), r=r)

    def test_names(self) -> None:
        with pytest.raises(UnknownNameError, match="did you mean 'steel'"):
            agglomeration.marcon_puech(town(), industry="of", reference="stele")
        with pytest.raises(UnknownNameError, match="no column"):
            agglomeration.duranton_overman(town(), weight="sise")
        with pytest.raises(UnknownNameError, match="method"):
            agglomeration.duranton_overman(town(), method="fast")  # type: ignore[arg-type]

    def test_settings(self) -> None:
        with pytest.raises(SchemaError, match="cannot show"):
            agglomeration.duranton_overman(town(), industry="of", reference="tea", simulations=5)
        with pytest.raises(SchemaError, match="bandwidth"):
            agglomeration.duranton_overman(town(), bandwidth_m=0)

    def test_points_beyond_a_zone_warn(self) -> None:
        wide = gpd.GeoSeries.from_xy([118.0, 121.9], [30, 30], crs="EPSG:4490")
        with pytest.warns(UserWarning, match="3° zone about 120°"):
            agglomeration.duranton_overman(wide.to_frame("geometry"), r=[0], bandwidth_m=10)


class TestResult:
    def test_draws_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("parkgeo.agglomeration._distance_plot.chinese_font", lambda: None)
        found = CURVES[0](town(), 39)
        page = found._repr_html_()
        assert "<svg" in page
        assert "seed 7" in page
        ax = found.plot(title="")
        assert ax.get_ylabel() == "Kd (per km)"
        assert len(ax.lines) == 4
