"""Spatial autocorrelation: published values, formulas by loops, chance, and rows left out."""

import importlib
from pathlib import Path
from types import ModuleType

import esda
import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
from libpysal.examples import get_path
from scipy.sparse import csr_array
from shapely import Point, box

from parkgeo import agglomeration, crs
from parkgeo.agglomeration._autocorrelation import _global
from parkgeo.errors import (
    GeometryError,
    MissingCRSError,
    MissingExtraError,
    SchemaError,
    UnknownNameError,
)

CORNER = (500_000.0, 3_350_000.0)


def grid(side: int, values: object = 0.0, *, step_m: float = 100.0) -> gpd.GeoDataFrame:
    """Lay cells row by row from the south-west."""
    west, south = CORNER
    cells = [
        box(
            west + i * step_m, south + j * step_m, west + (i + 1) * step_m, south + (j + 1) * step_m
        )
        for j in range(side)
        for i in range(side)
    ]
    return gpd.GeoDataFrame({"value": values}, geometry=cells, crs="EPSG:4549")


def noise(side: int, seed: int) -> gpd.GeoDataFrame:
    return grid(side, np.random.default_rng(seed).normal(size=side * side))


class TestPublishedValues:
    def test_homicides_in_st_louis_by_rook(self) -> None:
        counties = gpd.read_file(get_path("stl_hom.shp")).set_crs("EPSG:4326")
        found = agglomeration.autocorrelation(counties, "HR8893", neighbours="rook")
        assert found.summary["moran_i"] == pytest.approx(0.2436558262, abs=5e-11)

    def test_sudden_deaths_in_north_carolina(self) -> None:
        _, *lines = Path(get_path("sids2.gal")).read_text(encoding="ascii").splitlines()
        deaths = gpd.read_file(get_path("sids2.shp"))
        place = {str(code): row for row, code in enumerate(deaths["FIPSNO"])}
        pairs = [
            (place[head.split()[0]], place[other])
            for head, others in zip(lines[::2], lines[1::2], strict=True)
            for other in others.split()
        ]
        left, right = np.array(sorted(pairs)).T
        weights = csr_array((np.ones(len(left)), (left, right)), shape=(100, 100))
        found = _global(deaths["SIDR74"].to_numpy(), weights, 9, 0)
        assert found["moran_i"] == pytest.approx(0.2477251932, abs=5e-11)

    def test_places_are_those_of_esda(self) -> None:
        counties = gpd.read_file(get_path("stl_hom.shp")).set_crs("EPSG:4326")
        found = agglomeration.autocorrelation(counties, "HR8893").table
        graph = libpysal.graph.Graph.build_contiguity(counties, rook=False)
        y = counties["HR8893"].to_numpy()
        lisa = esda.Moran_Local(y, graph, permutations=0)
        hot = esda.G_Local(y, graph, transform="B", star=True, permutations=0)
        np.testing.assert_allclose(found["local_i"], lisa.Is, rtol=1e-10)
        np.testing.assert_allclose(found["g_star"], hot.Zs, rtol=1e-8)
        names = np.array(["high-high", "low-high", "low-low", "high-low"])
        assert found["quadrant"].tolist() == names[lisa.q - 1].tolist()


class TestFormulas:
    def test_moran_of_a_board_of_chess_is_minus_one(self) -> None:
        board = grid(6, np.indices((6, 6)).sum(axis=0).ravel() % 2)
        found = agglomeration.autocorrelation(board, "value", neighbours="rook")
        assert found.summary["moran_i"] == pytest.approx(-1)
        assert found.summary["p_value"] == pytest.approx(0.002)
        assert set(found.table["quadrant"]) == {"high-low", "low-high"}

    def test_local_values_add_up_to_the_whole(self) -> None:
        land = noise(7, 3)
        found = agglomeration.autocorrelation(land, "value")
        n = len(land)
        assert found.table["local_i"].sum() / (n - 1) == pytest.approx(found.summary["moran_i"])

    def test_hot_spot_does_not_depend_on_where_zero_is(self) -> None:
        land = noise(6, 1)
        first = agglomeration.autocorrelation(land, "value").table["g_star"]
        land["value"] -= land["value"].mean()
        other = agglomeration.autocorrelation(land, "value").table["g_star"]
        np.testing.assert_allclose(first, other)

    def test_neighbours_by_hand(self) -> None:
        land = noise(4, 0)
        queen = agglomeration.autocorrelation(land, "value").table["n_neighbours"]
        rook = agglomeration.autocorrelation(land, "value", neighbours="rook").table["n_neighbours"]
        near = agglomeration.autocorrelation(
            land, "value", neighbours="distance", distance_m=101.0
        ).table["n_neighbours"]
        assert queen.to_numpy().reshape(4, 4)[0].tolist() == [3, 5, 5, 3]
        assert rook.to_numpy().reshape(4, 4)[1].tolist() == [3, 4, 4, 3]
        assert near.tolist() == rook.tolist()

    def test_distances_are_metres_whatever_the_coordinates(self) -> None:
        land = noise(5, 4)
        degrees = crs.to_geographic(land)
        for way in ({"neighbours": "distance", "distance_m": 145.0}, {"neighbours": "queen"}):
            first = agglomeration.autocorrelation(land, "value", **way)
            other = agglomeration.autocorrelation(degrees, "value", **way)
            assert first.table["n_neighbours"].tolist() == other.table["n_neighbours"].tolist()
            assert first.summary["moran_i"] == pytest.approx(other.summary["moran_i"])

    def test_points_at_one_place_have_the_nearest_they_ask_for(self) -> None:
        points = gpd.GeoDataFrame(
            {"value": np.arange(8.0)},
            geometry=[Point(CORNER)] * 6 + [Point(CORNER[0] + 5, CORNER[1])] * 2,
            crs="EPSG:4549",
        )
        found = agglomeration.autocorrelation(points, "value", neighbours="knn", k=2)
        assert found.table["n_neighbours"].tolist() == [2] * 8

    def test_p_values_of_places_by_conditional_draws_of_all(self) -> None:
        land = grid(3, [9.0, 1, 2, 3, 4, 5, 6, 7, 0])
        found = agglomeration.autocorrelation(
            land, "value", neighbours="rook", permutations=20_000, seed=3
        )
        # The corner 9 has the neighbours 1 and 3: of the 28 pairs of the other eight values, those
        # with a sum of at most 4 are 0+1, 0+2, 0+3, 0+4, 1+2, 1+3.
        assert found.table["p_value"].iloc[0] == pytest.approx(2 * 6 / 28, abs=0.02)


class TestChance:
    def test_without_a_pattern_one_in_twenty_is_significant(self) -> None:
        p = [
            agglomeration.autocorrelation(noise(6, seed), "value", permutations=199).summary[
                "p_value"
            ]
            for seed in range(100)
        ]
        # 5 expected of 100; 13 or more have a chance of 0.1 %.
        assert sum(one <= 0.05 for one in p) < 13
        assert np.median(p) == pytest.approx(0.5, abs=0.15)

    def test_patch_is_found_and_the_rest_is_not(self) -> None:
        land = noise(20, 2)
        i, j = np.indices((20, 20))
        inside = (np.hypot(i - 9, j - 9) < 5).ravel()
        land["value"] += 3.0 * inside
        found = agglomeration.autocorrelation(land, "value")
        high = found.table["significant"] & (found.table["quadrant"] == "high-high")
        assert high[inside].mean() > 0.5
        assert high[~inside].mean() < 0.05

    def test_same_seed_same_result_and_input_untouched(self) -> None:
        land = noise(6, 5)
        before = land.copy()
        state = np.random.get_state()[1].copy()  # noqa: NPY002 - must stay as it was
        first, other = (agglomeration.autocorrelation(land, "value", seed=7) for _ in range(2))
        pd.testing.assert_frame_equal(first.table, other.table)
        pd.testing.assert_series_equal(first.summary, other.summary)
        pd.testing.assert_frame_equal(land, before)
        assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


class TestRowsLeftOut:
    def test_no_value_no_geometry_and_islands_are_counted(self) -> None:
        land = noise(5, 6)
        land.loc[3, "value"] = np.nan
        far = box(CORNER[0] + 9000, CORNER[1], CORNER[0] + 9100, CORNER[1] + 100)
        more = gpd.GeoDataFrame({"value": [1.0, 2.0]}, geometry=[far, None], crs=land.crs)
        land = pd.concat([land, more])
        found = agglomeration.autocorrelation(land, "value")
        counts = ["n", "n_islands", "n_without_value", "n_without_geometry"]
        assert found.summary[counts].tolist() == [24, 1, 1, 1]
        assert found.table["local_i"].isna().sum() == 3
        assert not found.table["significant"][found.table["local_i"].isna()].any()
        alone = agglomeration.autocorrelation(land.iloc[:25], "value")
        assert alone.summary["moran_i"] == found.summary["moran_i"]

    def test_parcels_with_roads_between_them_have_no_neighbours(self) -> None:
        land = noise(4, 0)
        land["geometry"] = land.buffer(-8)
        with pytest.raises(SchemaError, match="neighbours='knn'"):
            agglomeration.autocorrelation(land, "value")
        assert agglomeration.autocorrelation(land, "value", neighbours="knn").summary["n"] == 16

    def test_duplicate_labels(self) -> None:
        land = noise(5, 8)
        twice = land.set_axis([0] * len(land))
        first = agglomeration.autocorrelation(land, "value").table["local_i"]
        other = agglomeration.autocorrelation(twice, "value").table["local_i"]
        assert first.tolist() == other.tolist()


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"value": 1.0}, SchemaError, "no variance"),
            ({"value": "x"}, SchemaError, "finite numbers"),
            ({"value": np.inf}, SchemaError, "finite numbers"),
            ({"local_i": 1.0}, SchemaError, "rename"),
        ],
    )
    def test_columns(self, change: dict[str, object], error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            agglomeration.autocorrelation(noise(4, 0).assign(**change), "value")

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"neighbours": "bishop"}, UnknownNameError),
            ({"neighbours": "knn", "k": 16}, SchemaError),
            ({"neighbours": "knn", "k": 0}, SchemaError),
            ({"neighbours": "distance"}, SchemaError),
            ({"neighbours": "distance", "distance_m": -1.0}, SchemaError),
            ({"permutations": 0}, SchemaError),
            ({"alpha": 1.0}, SchemaError),
        ],
    )
    def test_options(self, options: dict[str, object], error: type[Exception]) -> None:
        with pytest.raises(error):
            agglomeration.autocorrelation(noise(4, 0), "value", **options)

    def test_frames(self) -> None:
        land = noise(4, 0)
        with pytest.raises(UnknownNameError, match="values"):
            agglomeration.autocorrelation(land, "output")
        with pytest.raises(SchemaError, match="GeoDataFrame"):
            agglomeration.autocorrelation(pd.DataFrame(land), "value")
        with pytest.raises(MissingCRSError):
            agglomeration.autocorrelation(land.set_crs(None, allow_override=True), "value")
        with pytest.raises(GeometryError, match="knn"):
            agglomeration.autocorrelation(land.set_geometry(land.centroid), "value")
        with pytest.raises(SchemaError, match="least"):
            agglomeration.autocorrelation(land.iloc[:0], "value")

    def test_missing_extra_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        load = importlib.import_module

        def missing(name: str) -> ModuleType:
            if name == "esda":
                raise ModuleNotFoundError(name)
            return load(name)

        monkeypatch.setattr(importlib, "import_module", missing)
        with pytest.raises(MissingExtraError, match=r"parkgeo\[stats\]"):
            agglomeration.autocorrelation(noise(4, 0), "value")


class TestDrawing:
    def test_figure_names_what_it_shows(self) -> None:
        land = noise(10, 2)
        land.loc[:40, "value"] += 4
        axes = agglomeration.autocorrelation(land, "value").plot(language="en")
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert any(text.startswith("High beside high") for text in texts)
        assert "Moran's I 0." in axes.get_title(loc="left")

    def test_page_opens_offline_and_takes_hostile_names(self) -> None:
        land = noise(6, 2).set_axis(["<script>alert(1)</script>"] + [f"<b>{i}" for i in range(35)])
        page = agglomeration.autocorrelation(land, "value").map(title="</script><img src=x>")
        html = page.get_root().render()
        assert "<script>alert(1)" not in html
        assert "<img src=x>" not in html
        assert "http://" not in html.replace("http://www.w3.org", "")
