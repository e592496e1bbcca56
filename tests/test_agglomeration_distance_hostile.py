"""What measures by distance say of input that is odd, and of input that cannot be answered."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from parkgeo import agglomeration
from parkgeo.agglomeration import DistanceResult
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError

ZONE = 4549
EAST, NORTH = 500_000.0, 3_300_000.0
SQUARE = gpd.GeoSeries([box(EAST, NORTH, EAST + 100, NORTH + 100)], crs=ZONE)

Call = Callable[..., DistanceResult]


def at(x: object, y: object, **columns: object) -> gpd.GeoDataFrame:
    """Put points into a zone of Hangzhou, metres from a corner."""
    where = gpd.points_from_xy(np.asarray(x) + EAST, np.asarray(y) + NORTH)
    return gpd.GeoDataFrame(columns, geometry=where, crs=ZONE)


def ripley(points: gpd.GeoDataFrame, **others: Any) -> DistanceResult:  # noqa: ANN401
    return agglomeration.ripley_k(points, window=SQUARE, **others)


EVERY: list[Call] = [agglomeration.duranton_overman, agglomeration.marcon_puech, ripley]
SIZED: list[Call] = EVERY[:2]


class TestPointsAtOnePlace:
    POINTS = at([10, 10, 50], [10, 10, 50], of=["a", "a", "b"])

    def test_are_neighbours_at_no_distance(self) -> None:
        # Each a has the other a, and nobody else, at 0; everywhere it has one a of two: 2.
        found = agglomeration.marcon_puech(self.POINTS, industry="of", reference="a", r=[0])
        assert found.table["observed"].to_list() == pytest.approx([2.0])
        assert found.report["at_one_place"] == {"n": 1}

    @pytest.mark.parametrize("edge", ["isotropic", "translation", "none"])
    def test_count_in_k(self, edge: str) -> None:
        # One pair, met from both ends, of three: A · 2 / 6.
        found = ripley(self.POINTS, r=[0, 1], edge=edge)
        assert found.table["observed"].to_list() == pytest.approx([1e4 / 3] * 2)

    def test_are_kept_by_cells(self) -> None:
        found = agglomeration.duranton_overman(
            at([0] * 5, [0] * 5), r=[0, 5, 10], bandwidth_m=10, method="fft"
        )
        expected = 2 * np.exp(-np.array([0, 0.25, 1]) / 2) / (np.sqrt(2 * np.pi) * 10)
        assert found.error < 2e-3
        assert found.table["observed"].to_list() == pytest.approx(expected, abs=2e-3 * expected[0])

    def test_all_of_them_ask_for_the_distances(self) -> None:
        with pytest.raises(SchemaError, match="say the distances r"):
            agglomeration.duranton_overman(at([0] * 4, [0] * 4))


@pytest.mark.parametrize("call", SIZED)
class TestSizes:
    def test_of_nothing_are_left_out(self, call: Call) -> None:
        points = at([0, 5, 9, 7], [0, 0, 0, 3], of=["a", "a", "b", "b"], size=[2.0, 1, 3, 0])
        options: dict[str, Any] = {
            "industry": "of", "reference": "a", "weight": "size", "r": [4, 10],
        }  # fmt: skip
        if call is agglomeration.duranton_overman:
            options["bandwidth_m"] = 2
        with_nothing, without = call(points, **options), call(points.iloc[:3], **options)
        pd.testing.assert_frame_equal(with_nothing.table, without.table)
        assert with_nothing.report["zero"] == {"n": 1, "rows": "3"}

    @pytest.mark.parametrize("size", [-1.0, np.inf, "many"])
    def test_that_mean_nothing_name_the_rows(self, call: Call, size: object) -> None:
        points = at([0, 5, 9], [0, 0, 0], of=["a", "a", "b"], size=[1.0, 2.0, 3.0])
        points["size"] = points["size"].astype(object)
        points.loc[2, "size"] = size
        with pytest.raises(SchemaError, match="in rows 2"):
            call(points, industry="of", reference="a", weight="size")

    def test_of_an_industry_are_all_nothing(self, call: Call) -> None:
        points = at([0, 5, 9, 7], [0, 0, 0, 3], of=list("aabb"), size=[0.0, 0, 3, 1])
        with pytest.raises(SchemaError, match="no point of 'a'"):
            call(points, industry="of", reference="a", weight="size")


@pytest.mark.parametrize("call", EVERY)
class TestEveryMeasure:
    def test_refuses_an_industry_of_nobody(self, call: Call) -> None:
        kinds = pd.Categorical(["tea", "tea", "silk"], categories=["tea", "silk", "steel"])
        with pytest.raises(UnknownNameError, match="no point has 'of' 'steel'"):
            call(at([1, 2, 3], [1, 2, 3], of=kinds), industry="of", reference="steel")

    def test_refuses_one_point(self, call: Call) -> None:
        with pytest.raises(SchemaError, match="two points at least"):
            call(at([1], [1], of=["a"]), industry="of", reference="a", r=[1])

    def test_refuses_no_point(self, call: Call) -> None:
        points = at([1, 2], [1, 1], of=["a", "a"])
        points.geometry = gpd.GeoSeries([None, None], crs=ZONE)
        with pytest.raises(SchemaError, match="no point is left"):
            call(points, industry="of", reference="a", r=[1])

    @pytest.mark.parametrize("blank", [np.nan, np.inf])
    def test_refuses_coordinates_that_are_not_finite(self, call: Call, blank: float) -> None:
        points = at([1, blank, 3], [1, 1, 1], of=["a"] * 3)
        with pytest.raises(GeometryError, match="not finite in rows 1; a blank longitude"):
            call(points, industry="of", reference="a", r=[1])

    def test_refuses_points_without_a_crs(self, call: Call) -> None:
        points = at([1, 2, 3], [1, 1, 1], of=["a"] * 3).set_crs(None, allow_override=True)
        with pytest.raises(MissingCRSError):
            call(points, industry="of", reference="a", r=[1])

    @pytest.mark.parametrize("seed", [-1, 1.5, "one"])
    def test_refuses_seeds_that_are_none(self, call: Call, seed: object) -> None:
        points = at([1, 2, 3], [1, 1, 1], of=list("aab"))
        with pytest.raises(SchemaError, match="seed"):
            call(points, industry="of", reference="a", r=[1], simulations=39, seed=seed)

    def test_in_degrees_is_that_in_metres(self, call: Call) -> None:
        rng = np.random.default_rng(1)
        xy = rng.uniform(0, 100, (2, 30))
        metres = at(*xy, of=["a", "b"] * 15)
        curves = [
            call(points, industry="of", reference="a", r=[10, 20, 30]).table["observed"]
            for points in (metres, metres.to_crs("EPSG:4490"))
        ]
        assert curves[0].to_list() == pytest.approx(curves[1].to_list(), rel=1e-5)

    def test_looks_no_farther_than_there_is_anything(self, call: Call) -> None:
        points = at([10, 90, 50], [10, 20, 80], of=["a", "a", "b"])
        far = [100.0, 140.0]
        options = {"bandwidth_m": 1} if call is agglomeration.duranton_overman else {}
        found = call(points, industry="of", reference="a", r=far, **options).table["observed"]
        if call is agglomeration.duranton_overman:
            assert found.to_list() == pytest.approx([0, 0], abs=1e-30)
        elif call is agglomeration.marcon_puech:
            assert found.to_list() == pytest.approx([1, 1])
        else:
            assert found.iloc[0] == found.iloc[1] > 0


class TestWindow:
    def test_in_degrees(self) -> None:
        points = at([10, 60, 50], [10, 20, 80])
        there = agglomeration.ripley_k(points, window=SQUARE.to_crs("EPSG:4490"), r=[60, 90])
        assert there.table["observed"].to_list() == pytest.approx(
            ripley(points, r=[60, 90]).table["observed"].to_list(), rel=1e-6
        )

    def test_holds_points_on_its_edge(self) -> None:
        found = ripley(at([0, 100], [0, 0]), r=[100, 120])
        # A quarter of the circle about each corner is in the square: 4 for each of two.
        assert found.table["observed"].to_list() == pytest.approx([4e4, 4e4])

    def test_names_rows_of_points_outside(self) -> None:
        points = at([10, 200, 50, -1], [10, 20, 80, 5])
        with pytest.raises(GeometryError, match="2 of 4 points lie outside the window.* 1, 3"):
            ripley(points)

    def test_that_distances_pass_says_how_wide_it_is(self) -> None:
        with pytest.raises(SchemaError, match="200 m, beyond the window, which is 141 m across"):
            ripley(at([10, 20], [10, 20]), r=[200])

    @pytest.mark.parametrize("shape", [Point(EAST, NORTH), None])
    def test_without_area(self, shape: Point | None) -> None:
        window = gpd.GeoSeries([shape], crs=ZONE)
        with pytest.raises(GeometryError):
            agglomeration.ripley_k(at([0, 1], [0, 1]), window=window)


class TestPlot:
    @pytest.mark.parametrize(("language", "words"), [("en", "distance (m)"), ("zh", "距离（米）")])
    @pytest.mark.parametrize("call", EVERY)
    def test_speaks_both_languages(
        self, call: Call, language: str, words: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Whether the font has the glyphs is another matter: a name of any will do.
        monkeypatch.setattr(
            "parkgeo.agglomeration._distance_plot.chinese_font", lambda: "DejaVu Sans"
        )
        rng = np.random.default_rng(1)
        points = at(*rng.uniform(0, 100, (2, 30)), of=["a", "b"] * 15)
        found = call(points, industry="of", reference="a", r=[10, 20, 30], simulations=39, seed=1)
        ax = found.plot(language=language)  # type: ignore[arg-type]
        assert ax.get_xlabel() == words
        assert "15" in ax.get_title(loc="left")
        assert f"p = {found.p_value:.3g}" in ax.get_title(loc="left")
        legend = ax.get_legend()
        assert legend is not None
        assert len(legend.get_texts()) == 4

    @pytest.mark.parametrize("columns", [1, 3])
    def test_the_legend_covers_no_curve(self, columns: int) -> None:
        from matplotlib import pyplot as plt  # noqa: PLC0415 - heavy

        rng = np.random.default_rng(1)
        points = at(*rng.uniform(0, 100, (2, 30)), of=["a", "b"] * 15)
        found = agglomeration.duranton_overman(
            points, industry="of", reference="a", r=[0, 10, 20], simulations=39, seed=1
        )
        figure, axes = plt.subplots(
            1, columns, figsize=(4 * columns, 4), layout="constrained", squeeze=False
        )
        ax = found.plot(ax=axes[0, 0], language="en", title="")
        figure.canvas.draw()
        legend = ax.get_legend()
        assert legend is not None
        box, drawn = legend.get_window_extent(), ax.get_window_extent()
        assert box.y1 < ax.xaxis.label.get_window_extent().y0 < drawn.y0
        assert box.y0 >= 0
        assert box.x1 <= drawn.x1 + 1
        # Without a layout nothing makes room below: matplotlib finds the best place inside.
        inside = found.plot(ax=plt.subplots()[1], language="en", title="")
        inside.figure.canvas.draw()
        assert inside.get_legend().get_window_extent().y0 > inside.get_window_extent().y0
        plt.close("all")

    def test_refuses_other_languages(self) -> None:
        found = agglomeration.duranton_overman(at([0, 1], [0, 0]), r=[0, 1], bandwidth_m=1)
        with pytest.raises(UnknownNameError):
            found.plot(language="fr")  # type: ignore[arg-type]
