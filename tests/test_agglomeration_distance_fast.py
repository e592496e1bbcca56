"""Fast ways of measures by distance, against slow ones that a reader can follow."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, box

from parkgeo import _kernels, agglomeration
from parkgeo._kernels._pair_counts import first_reaching
from parkgeo._kernels._pair_edges import share_moved
from parkgeo.agglomeration import _distance_fft as waves
from parkgeo.agglomeration import _distance_moved, _ripley
from parkgeo.agglomeration import _duranton_overman as density
from parkgeo.agglomeration._distance_kernel import kernel_at, kernel_rows
from parkgeo.agglomeration._distance_pairs import cells_of, hints_of
from parkgeo.errors import SchemaError

ZONE = 4549
EAST, NORTH = 500_000.0, 3_300_000.0
ODD = Polygon(
    [(0, 0), (1000, 0), (1000, 400), (400, 450), (350, 1000), (0, 900)],
    [[(100, 100), (100, 250), (260, 240), (250, 100)]],
)
HALF_PI = np.pi / 2


def plain(loop: Callable[..., None]) -> Callable[..., None]:
    """Leave a loop as it is written."""
    return loop


@pytest.fixture(params=[plain, _kernels.compiled], ids=["plain", "compiled"])
def way(request: pytest.FixtureRequest) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return request.param  # type: ignore[no-any-return]


class TestCells:
    R = np.arange(0, 3_001, 250.0)
    H = 400.0

    def lattice(self, xy: NDArray[np.float64], per_bandwidth: float = 1.5) -> waves.Lattice:
        found = waves.lattice_of(xy, self.R, bandwidth=self.H, cell=self.H / per_bandwidth)
        assert found is not None
        return found

    def points(self, n: int = 60) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rng = np.random.default_rng(1)
        return rng.uniform(0, 6_000, (n, 2)), rng.uniform(0.1, 1.0, n)

    @pytest.mark.parametrize("per_bandwidth", [1.5, 3.0])
    def test_sum_the_kernel_over_pairs(self, per_bandwidth: float) -> None:
        xy, weight = self.points()
        sites = np.arange(len(xy))
        lattice = self.lattice(xy, per_bandwidth)
        found = waves.lattice_sums(lattice, (sites, weight), None, fast=False) @ lattice.answer / 2
        i, j = np.triu_indices(len(xy), 1)
        distance = np.hypot(*(xy[i] - xy[j]).T)
        expected = [(weight[i] * weight[j]) @ kernel_at(r, distance, self.H) for r in self.R]
        # One pair in a cell is off by some thousandths, for wide cells; sixty points by less.
        assert found == pytest.approx(expected, abs=2e-3 * max(expected))

    def test_of_one_point_alone_are_nothing(self) -> None:
        xy, _ = self.points()
        lattice = self.lattice(xy)
        alone = np.array([7]), np.array([3.0])
        found = waves.lattice_sums(lattice, alone, None, fast=False) @ lattice.answer
        assert np.abs(found).max() < 1e-6 * 9 * 2 / (np.sqrt(2 * np.pi) * self.H)

    def test_do_not_wrap_around(self) -> None:
        # Two points a plane's width apart, and distances of the spare cells between.
        xy = np.array([[0.0, 0.0], [6_000.0, 0.0], [0.0, 6_000.0], [6_000.0, 6_000.0]])
        lattice = self.lattice(xy)
        found = waves.lattice_sums(
            lattice, (np.arange(4), np.ones(4)), None, fast=False
        ) @ lattice.answer  # fmt: skip
        assert np.abs(found).max() < 1e-4 / self.H

    def test_loops_and_numpy_agree(
        self, way: Callable[[Callable[..., None]], Callable[..., None]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(_kernels, "compiled", way)
        xy, weight = self.points()
        lattice = self.lattice(xy)
        one, other = (np.arange(0, 40), weight[:40]), (np.arange(30, 60), weight[30:])
        for right in (None, other):
            slow, fast = (
                waves.lattice_sums(lattice, one, right, fast=fast) for fast in (False, True)
            )
            assert fast == pytest.approx(slow, abs=1e-5 * np.abs(slow).max())

    def test_are_refused_when_too_many(self) -> None:
        points = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy([EAST, EAST + 90_000, EAST], [NORTH, NORTH, NORTH + 9e4]),
            crs=ZONE,
        )
        with pytest.raises(SchemaError, match="too many cells"):
            agglomeration.duranton_overman(points, r=[0, 100], bandwidth_m=5, method="fft")

    def test_are_narrower_where_wide_ones_are_too_far_off(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Two towns, each of them within a tenth of a cell: nothing evens out.
        rng = np.random.default_rng(0)
        xy = np.repeat([[0.0, 0.0], [3_030.0, 1_010.0]], 40, axis=0) + rng.normal(0, 5, (80, 2))
        points = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(xy[:, 0] + EAST, xy[:, 1] + NORTH), crs=ZONE
        )
        options: dict[str, Any] = {"r": np.arange(0, 5_001, 100.0), "bandwidth_m": 200}
        exact = agglomeration.duranton_overman(points, method="exact", **options)
        height, error = exact.table["observed"].max(), {}
        for wanted in (1.0, 2e-3):
            monkeypatch.setattr(density, "_MOST_ERROR", wanted)
            fast = agglomeration.duranton_overman(points, method="fft", **options)
            apart = (fast.table["observed"] - exact.table["observed"]).abs().max()
            assert apart == pytest.approx(fast.error * height, rel=0.01)
            error[wanted] = fast.error
        assert error[1.0] > 2e-3 > error[2e-3]

    def test_say_that_they_know_nothing_of_no_pairs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(density, "_FFT_ABOVE", 0)
        xy, _ = self.points()
        points = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(xy[:, 0] + EAST, xy[:, 1] + NORTH), crs=ZONE
        )
        found = [
            agglomeration.duranton_overman(points, r=[90_000.0], bandwidth_m=400, method=method)  # type: ignore[arg-type]
            for method in ("fft", "auto")
        ]
        assert found[0].error == np.inf
        assert found[1].table["observed"].to_list() == [0.0]
        assert found[1].error < np.inf


class TestKernelRows:
    @pytest.mark.parametrize("step", [1.0, 0.37])
    def test_hold_the_kernel_within_six_bandwidths(self, step: float) -> None:
        r, h = np.array([0.0, 3.3, 40.0, 90.0]), 4.0
        found = kernel_rows(r, h, step, 200).toarray()
        place = np.arange(200) * step
        for k, at in enumerate(r):
            near = np.abs(place - at) <= 6 * h
            assert found[k, near] == pytest.approx(kernel_at(at, place[near], h), rel=1e-12)
            assert not found[k, ~near].any()


class TestHints:
    @given(
        st.lists(st.floats(0, 1e6), min_size=1, max_size=40, unique=True),
        st.floats(0, 1),
    )
    def test_lead_to_the_first_that_is_not_less(self, r: list[float], share: float) -> None:
        rising = np.sort(np.array(r)) + 1e-8
        for distance in (share * rising[-1], *rising, rising[-1] * (1 + 1e-12)):
            found = first_reaching(rising, hints_of(rising), float(distance))
            assert found == np.searchsorted(rising, distance)


def ragged(corners: int) -> Polygon:
    """Draw a ring of many corners, with a hole."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    far = 400 + 80 * np.sin(5 * turn) + 15 * np.sin(97 * turn)
    ring = np.column_stack([500 + far * np.cos(turn), 500 + far * np.sin(turn)])
    return Polygon(ring, [box(450, 450, 600, 560).exterior])


class TestMovedWindow:
    @pytest.mark.parametrize(
        "ground", [ODD, ragged(400), MultiPolygon([box(0, 0, 100, 300), box(200, 50, 300, 250)])]
    )
    def test_chords_agree_with_geos(
        self, ground: Polygon | MultiPolygon,
        way: Callable[[Callable[..., None]], Callable[..., None]],
    ) -> None:  # fmt: skip
        edges, lengths = _ripley._segments(ground), np.array([0.0, 35.0, 140.0])
        for angle in (0.0, 0.3, 1.2, HALF_PI, 2.5):
            out = np.zeros(3)
            way(_kernels.overlaps_moved)(edges, np.cos(angle), np.sin(angle), lengths, 1024, out)
            for k, length in enumerate(lengths):
                move = length * np.cos(angle), length * np.sin(angle)
                stays = ground.intersection(shapely.affinity.translate(ground, *move)).area
                assert out[k] == pytest.approx(stays, abs=1e-3 * ground.area)

    @pytest.mark.parametrize("ground", [ODD, ragged(400), box(0, 0, 500, 300)])
    def test_table_keeps_within_its_error(self, ground: Polygon) -> None:
        shares, error = _distance_moved.shares_of(ground, _ripley._segments(ground), 200.0)
        rng = np.random.default_rng(3)
        far, angle = rng.uniform(0, 200, 30), rng.uniform(-np.pi, np.pi, 30)
        moves = np.column_stack([far * np.cos(angle), far * np.sin(angle)])
        found = _kernels.shares_moved(*moves.T, shares, 200.0)
        one_by_one = [share_moved(*move, shares, 200.0) for move in moves.tolist()]
        assert found == pytest.approx(one_by_one)
        for (dx, dy), share in zip(moves.tolist(), found, strict=True):
            moved = shapely.affinity.translate(ground, dx, dy)
            expected = ground.intersection(moved).area / ground.area
            assert share == pytest.approx(expected, rel=3 * error)
        assert error < 0.01

    def test_table_by_chords_is_that_by_geos(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ground = ragged(180)
        tables = []
        for most in (0, 10_000):
            monkeypatch.setattr(_distance_moved, "_MOST_BY_GEOS", most)
            tables.append(_distance_moved.shares_of(ground, _ripley._segments(ground), 200.0)[0])
        assert tables[0] == pytest.approx(tables[1], abs=1e-4)


class TestRaggedWindow:
    @pytest.mark.parametrize("edge", ["isotropic", "translation"])
    def test_loops_agree_with_numpy(
        self, edge: _ripley.Edge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ground = shapely.affinity.translate(ragged(700), EAST, NORTH)
        xy = _ripley._thrown(ground, 120, np.random.default_rng(0))
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=ZONE)
        window = gpd.GeoSeries([ground], crs=ZONE)
        r = np.arange(0, 301, 20.0)
        curves = []
        for most in (0, 10**12):
            monkeypatch.setattr(_ripley, "COMPILE_ABOVE", most)
            found = agglomeration.ripley_k(points, window=window, r=r, edge=edge)
            curves.append(found.table["observed"].to_numpy())
        assert curves[0] == pytest.approx(curves[1], rel=1e-9)

    @pytest.mark.parametrize("edge", [0, 1, 2])
    def test_plain_loops_are_the_compiled(self, edge: int) -> None:
        ground = ragged(60)
        xy = _ripley._thrown(ground, 25, np.random.default_rng(1))
        cells = cells_of(xy, 300.0)
        segments = _ripley._segments(ground)
        shares, _ = _distance_moved.shares_of(ground, segments, 300.0)
        limits = np.arange(20.0, 301, 40)
        found = []
        for loop in (_kernels.count_in_window, _kernels.compiled(_kernels.count_in_window)):
            out = np.zeros(len(limits))
            loop(
                cells.x, cells.y, np.arange(25), cells.x, cells.y, cells.starts, cells.grid,
                0, 25, limits, hints_of(limits), edge, segments, shares, out,
            )  # fmt: skip
            found.append(out)
        assert found[0] == pytest.approx(found[1], rel=1e-12)
        assert found[0].sum() > 0
