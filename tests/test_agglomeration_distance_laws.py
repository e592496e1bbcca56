"""What must hold of measures by distance whatever the points are.

The bivariate on a copy: a copy of a plant stands on its original, and is a neighbour of it at
distance 0, as a plant is not of itself. So the bivariate has all pairs of the univariate, and the
pairs of originals with their own copies besides.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from shapely import box

from parkgeo import agglomeration

ZONE = 4549
EAST, NORTH = 500_000.0, 3_300_000.0
R = np.arange(0, 4_001, 250.0)


def town(n: int = 150, *, seed: int = 3) -> gpd.GeoDataFrame:
    """Throw plants of two industries over 10 km, with sizes."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 10_000, (n, 2)) + np.array([EAST, NORTH])
    return gpd.GeoDataFrame(
        {
            "of": np.where(np.arange(n) % 3 == 0, "steel", "tea"),
            "size": rng.integers(1, 9, n).astype(float),
        },
        geometry=gpd.points_from_xy(*xy.T),
        crs=ZONE,
    )


def with_copy(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put a plant of another industry, of the same size, on each of steel."""
    copy = points[points["of"] == "steel"].assign(of="copy")
    both = pd.concat([points, copy], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=points.crs)


def near(points: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return distances of steel to all plants, rows and columns as in the frame."""
    xy = points.get_coordinates().to_numpy()
    return np.asarray(cdist(xy[points["of"] == "steel"], xy))


class TestBivariateOnACopy:
    @pytest.mark.parametrize("weight", [None, "size"])
    @pytest.mark.parametrize("method", ["exact", "fft"])
    def test_of_kd_has_the_pairs_at_no_distance_besides(
        self, weight: str | None, method: str
    ) -> None:
        points, h = with_copy(town()), 300.0
        options: dict[str, Any] = {
            "industry": "of", "reference": "steel", "r": R, "weight": weight, "bandwidth_m": h,
            "method": method,
        }  # fmt: skip
        within = agglomeration.duranton_overman(points, **options)
        across = agglomeration.duranton_overman(points, neighbours="copy", **options)
        steel = points[points["of"] == "steel"]
        w = steel["size"].to_numpy() if weight else np.ones(len(steel))
        own, every = (w**2).sum(), w.sum() ** 2
        at_zero = 2 * np.exp(-((R / h) ** 2) / 2) / (np.sqrt(2 * np.pi) * h)
        expected = ((every - own) * within.table["observed"] + own * at_zero) / every
        tolerance = 1e-12 if method == "exact" else 2e-3
        found = across.table["observed"].to_numpy()
        assert found == pytest.approx(expected.to_numpy(), abs=tolerance * found.max())

    @pytest.mark.parametrize("weight", [None, "size"])
    def test_of_m_has_the_own_copy_as_a_neighbour_besides(self, weight: str | None) -> None:
        points = with_copy(town())
        options: dict[str, Any] = {
            "industry": "of", "reference": "steel", "r": R, "weight": weight,
        }  # fmt: skip
        within = agglomeration.marcon_puech(points, **options).table["observed"].to_numpy()
        across = agglomeration.marcon_puech(points, neighbours="copy", **options)
        sizes = points["size"].to_numpy() if weight else np.ones(len(points))
        steel = (points["of"] == "steel").to_numpy()
        w, total = sizes[steel], sizes.sum()
        # All that is near a plant but itself; its own copy is, at every distance.
        every = np.array([(near(points) <= r) @ sizes - w for r in R])
        share = (w.sum() - w) / (total - w), w.sum() / (total - w)
        expected = within * share[0].sum() + (w / every).sum(axis=1)
        found = across.table["observed"].to_numpy() * share[1].sum()
        assert found == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("call", [agglomeration.duranton_overman, agglomeration.marcon_puech])
    def test_of_itself_is_the_univariate(self, call: Any) -> None:  # noqa: ANN401
        alone, itself = (
            call(
                town(), industry="of", reference="steel", neighbours=other, weight="size",
                r=R, simulations=39, seed=1,
            ).table
            for other in (None, "steel")
        )  # fmt: skip
        pd.testing.assert_frame_equal(alone, itself)


class TestAgainstSums:
    @pytest.mark.parametrize("neighbours", [None, "tea"])
    def test_of_m(self, neighbours: str | None) -> None:
        points = town()
        found = agglomeration.marcon_puech(
            points, industry="of", reference="steel", neighbours=neighbours, weight="size", r=R
        )
        sizes = points["size"].to_numpy()
        steel = np.flatnonzero(points["of"] == "steel")
        wanted = (points["of"] == (neighbours or "steel")).to_numpy()
        distance = near(points)
        for k, r in enumerate(R):
            above, below = 0.0, 0.0
            for row, i in enumerate(steel):
                others = np.arange(len(points)) != i
                around = others & (distance[row] <= r)
                if around.any():
                    above += sizes[around & wanted].sum() / sizes[around].sum()
                    below += sizes[others & wanted].sum() / sizes[others].sum()
            expected = above / below if below else np.nan
            assert found.table["observed"][k] == pytest.approx(expected, nan_ok=True)

    def test_of_m_at_a_distance(self) -> None:
        points, h = town(), 200.0
        found = agglomeration.marcon_puech(
            points, industry="of", reference="steel", r=R, density=True, bandwidth_m=h
        )
        steel = (points["of"] == "steel").to_numpy()
        distance = near(points)
        distance[np.arange(steel.sum()), np.flatnonzero(steel)] = np.inf
        share = (steel.sum() - 1) / (len(points) - 1)
        for k, r in enumerate(R):
            kernel = np.exp(-(((r - distance) / h) ** 2) / 2)
            kernel += np.exp(-(((r + distance) / h) ** 2) / 2)
            of_all = kernel.sum(axis=1)
            # Nobody has no neighbour at all within 4 km, but some have none about 0.
            expected = (kernel[:, steel].sum(axis=1) / of_all).mean() / share
            assert found.table["observed"][k] == pytest.approx(expected, rel=1e-6)


class TestSizes:
    @pytest.mark.parametrize("times", [1e-200, 1e150])
    @pytest.mark.parametrize("method", ["exact", "fft"])
    def test_of_any_unit_give_the_same(self, times: float, method: str) -> None:
        def curve(points: gpd.GeoDataFrame) -> NDArray[np.float64]:
            return agglomeration.duranton_overman(
                points, industry="of", reference="steel", weight="size", r=R, bandwidth_m=300,
                method=method,  # type: ignore[arg-type]
            ).table["observed"].to_numpy()  # fmt: skip

        points = town()
        scaled = points.assign(size=points["size"] * times)
        assert curve(scaled) == pytest.approx(curve(points), rel=1e-6)

    def test_one_giant_is_kept_apart_from_itself(self) -> None:
        # Its square is most of the square of all weight, and no pair at all.
        points = town()
        points.loc[0, "size"] = 1_000.0
        exact, fast = (
            agglomeration.duranton_overman(
                points, industry="of", reference="steel", weight="size", r=R, bandwidth_m=300,
                method=method,  # type: ignore[arg-type]
            )
            for method in ("exact", "fft")
        )  # fmt: skip
        apart = (fast.table["observed"] - exact.table["observed"]).abs().max()
        assert apart < 2e-3 * exact.table["observed"].max()


class TestThreads:
    @pytest.mark.parametrize("compiled", [False, True])
    def test_change_nothing_of_k(self, monkeypatch: pytest.MonkeyPatch, *, compiled: bool) -> None:
        monkeypatch.setattr(
            "parkgeo.agglomeration._ripley.COMPILE_ABOVE", 0 if compiled else 10**12
        )
        ground = gpd.GeoSeries([box(EAST, NORTH, EAST + 10_000, NORTH + 10_000)], crs=ZONE)
        tables = []
        for n in (1, 3):
            monkeypatch.setattr("parkgeo._ground._threads.THREADS", n)
            found = agglomeration.ripley_k(town(), window=ground, simulations=39, seed=1)
            tables.append(found.table)
        pd.testing.assert_frame_equal(tables[0], tables[1], check_exact=True)
