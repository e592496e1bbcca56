"""All measures by region at once, published examples, and tables as people really have them."""

from collections.abc import Callable
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from parkgeo import agglomeration
from parkgeo.errors import SchemaError

PLANTS = pd.DataFrame(
    {
        "region": list("abcabca"),
        "industry": list("xyxyxyz"),
        "size": [1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 3.0],
    }
)


class TestPublishedExamples:
    """Farhauer & Kröll (2013, 2014), with the results that the R package REAT documents."""

    def test_gini_of_location_quotients_of_a_region(self) -> None:
        own = np.array([700.0, 600, 500, 10_000, 40_000])
        every = np.array([30_000.0, 15_000, 10_000, 60_000, 50_000])
        found = agglomeration.location_quotient(pd.DataFrame([own, every - own]))
        quotient = found.loc[found["region"] == 0, "location_quotient"]
        assert agglomeration.gini(quotient) == pytest.approx(0.6222222, abs=5e-8)

    def test_gini_of_location_quotients_of_an_industry(self) -> None:
        own = np.array([500.0, 500, 1000, 7000, 1000])
        every = np.array([20_000.0, 15_000, 20_000, 40_000, 5000])
        found = agglomeration.location_quotient(pd.DataFrame({"own": own, "rest": every - own}))
        quotient = found.loc[found["industry"] == "own", "location_quotient"]
        assert agglomeration.gini(quotient) == pytest.approx(0.4068966, abs=5e-8)

    def test_regions_with_nothing_in_common(self) -> None:
        table = pd.DataFrame([[20, 10, 70, 0, 0], [0, 0, 0, 60, 40]])
        assert agglomeration.krugman(table).tolist() == pytest.approx([2, 2])

    def test_industries_of_the_same_structure(self) -> None:
        own = np.array([4388.0, 37_489, 129_423, 60_941])
        table = pd.DataFrame({"own": own, "other": own / 2})
        assert agglomeration.krugman(table, of="industry").tolist() == pytest.approx([0, 0])

    def test_cluster_index(self) -> None:
        inside = np.full(35, 1743 / 35)
        outside = np.full(53 - 35, (5740 - 1743) / (53 - 35))
        plants = pd.DataFrame(
            {
                "region": ["in"] * len(inside) + ["out"] * len(outside),
                "industry": "x",
                "size": np.concatenate([inside, outside]),
            }
        )
        regions = pd.DataFrame(
            {"area_km2": [50, 576 - 50], "population": [488, 4621 - 488]}, index=["in", "out"]
        )
        found = agglomeration.cluster_index(plants, regions, size="size")
        assert found["cluster_index"].iloc[0] == pytest.approx(21.87491, abs=5e-6)


class TestByRegion:
    def test_columns_are_what_each_measure_says_alone(self) -> None:
        found = agglomeration.by_region(PLANTS, size="size")
        eg = agglomeration.ellison_glaeser(PLANTS, size="size")
        ms = agglomeration.maurel_sedillot(PLANTS, size="size")
        for column, alone in {
            "hoover": agglomeration.hoover(PLANTS, value="size"),
            "gini": agglomeration.locational_gini(PLANTS, value="size"),
            "krugman": agglomeration.krugman(PLANTS, of="industry", value="size"),
            "ellison_glaeser": eg["gamma"],
            "z": eg["z"],
            "maurel_sedillot": ms["gamma"],
        }.items():
            np.testing.assert_allclose(found[column], alone, err_msg=column)
        assert found.loc["z", "reason"].startswith("one plant")
        assert found["n_regions"].tolist() == [3, 3, 1]

    def test_largest_region_and_its_quotient(self) -> None:
        found = agglomeration.by_region(PLANTS, size="size")
        quotient = agglomeration.location_quotient(PLANTS, value="size").set_index(
            ["region", "industry"]
        )["location_quotient"]
        assert found["largest_region"].tolist() == ["b", "a", "a"]
        assert found["largest_share"].tolist() == pytest.approx([5 / 9, 4 / 8, 1])
        for industry, row in found.iterrows():
            assert row["location_quotient"] == pytest.approx(
                quotient[row["largest_region"], industry]
            )

    def test_board_of_all_regions_counts_those_without_plants(self) -> None:
        board = pd.Series({"empty": 2.0, "a": 1.0, "b": 1.0, "c": 0.0})
        found = agglomeration.by_region(PLANTS, size="size", regions=board)
        # x: 1/9, 5/9, 3/9 of it in a, b, c.
        assert found.loc["x", "hoover"] == pytest.approx((1 / 2 + 5 / 36 + 11 / 36 + 3 / 9) / 2)
        assert found.loc["x", "location_quotient"] == pytest.approx(5 / 9 / 0.25)
        assert found.loc["z", "gini"] == pytest.approx(1 - 0.25)

    def test_no_plants_no_rows(self) -> None:
        found = agglomeration.by_region(PLANTS.iloc[:0], size="size")
        assert len(found) == 0
        assert found.index.name == "industry"


def _as_category(plants: pd.DataFrame) -> pd.DataFrame:
    return plants.astype({"region": pd.CategoricalDtype(list("abcq")), "industry": "category"})


def _as_arrow(plants: pd.DataFrame) -> pd.DataFrame:
    return plants.astype({"region": "string[pyarrow]", "size": "double[pyarrow]"})


def _as_nullable(plants: pd.DataFrame) -> pd.DataFrame:
    return plants.astype({"region": "string", "size": "Int64"})


def _as_decimal(plants: pd.DataFrame) -> pd.DataFrame:
    return plants.assign(size=[Decimal(str(one)) for one in plants["size"]])


def _on_one_label(plants: pd.DataFrame) -> pd.DataFrame:
    return plants.set_axis(pd.Index([7] * len(plants), name="region"))


def _with_points(plants: pd.DataFrame) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(range(len(plants)), range(len(plants)))
    return gpd.GeoDataFrame(plants, geometry=points, crs="EPSG:4490")


class TestTables:
    @pytest.mark.parametrize(
        "change",
        [_as_category, _as_arrow, _as_nullable, _as_decimal, _on_one_label, _with_points],
    )
    def test_kind_of_table_changes_nothing(
        self, change: Callable[[pd.DataFrame], pd.DataFrame]
    ) -> None:
        expected = agglomeration.by_region(PLANTS, size="size")
        given = change(PLANTS.copy())
        before = given.copy()
        found = agglomeration.by_region(given, size="size")
        np.testing.assert_allclose(
            found.select_dtypes("number"), expected.select_dtypes("number"), atol=1e-15
        )
        assert type(found) is pd.DataFrame
        pd.testing.assert_frame_equal(given, before)

    @pytest.mark.parametrize(
        "names",
        [{"a": 1, "b": "b", "c": 2.5}, {"a": ("t", 1), "b": 3, "c": "c"}],
        ids=["numbers and text", "pairs too"],
    )
    def test_labels_without_an_order_among_them(self, names: dict[str, object]) -> None:
        mixed = PLANTS.assign(region=[names[one] for one in PLANTS["region"]])
        expected = agglomeration.ellison_glaeser(PLANTS, size="size")
        found = agglomeration.ellison_glaeser(mixed, size="size")
        np.testing.assert_allclose(found["gamma"], expected["gamma"])

    @pytest.mark.parametrize(
        ("column", "values", "message"),
        [
            ("region", [["a"]] * 7, "labels in 'region'"),
            ("size", pd.Timestamp("2020-01-01"), "datetime64"),
            ("size", 1 + 2j, "complex"),
        ],
    )
    def test_columns_that_are_no_labels_or_sizes(
        self, column: str, values: object, message: str
    ) -> None:
        with pytest.raises(SchemaError, match=message):
            agglomeration.by_region(PLANTS.assign(**{column: values}), size="size")

    def test_names_that_meet(self) -> None:
        with pytest.raises(SchemaError, match="both 'region'"):
            agglomeration.hoover(PLANTS, industry="region")
        with pytest.raises(SchemaError, match="rename yours"):
            agglomeration.location_quotient(
                PLANTS.rename(columns={"industry": "value"}), industry="value"
            )

    @pytest.mark.parametrize("board", [{"a": 1.0}, "region", [1.0, 2.0]])
    def test_board_that_is_no_series(self, board: object) -> None:
        with pytest.raises(SchemaError, match="must be a Series"):
            agglomeration.ellison_glaeser(PLANTS, regions=board)

    def test_matrix_of_nothing_and_of_levels(self) -> None:
        nothing = pd.DataFrame({"a": [0, 0], "b": [0, 0]})
        for measure in (agglomeration.hoover, agglomeration.locational_gini):
            assert measure(nothing).isna().all()
            assert measure(nothing.iloc[:0]).isna().all()
        levels = nothing.set_axis(pd.MultiIndex.from_tuples([(1, 2), (1, 3)]))
        with pytest.raises(SchemaError, match="one level"):
            agglomeration.hoover(levels)

    def test_plant_beside_which_the_others_are_nothing(self) -> None:
        plants = pd.DataFrame({"region": list("aab"), "industry": "x", "size": [1e20, 1.0, 1.0]})
        board = pd.Series({"a": 1.0, "b": 1.0})
        found = agglomeration.ellison_glaeser(plants, size="size", regions=board)
        assert found["gamma"].isna().all()
        assert found["reason"].str.startswith("one plant").all()

    def test_numbers_whose_squares_overflow(self) -> None:
        assert agglomeration.gini([1e308, 1e308, 0]) == pytest.approx(1 / 3)
        assert agglomeration.hhi([1e308, 1e308]) == 0.5
        assert agglomeration.theil([1e308, 1e308]) == pytest.approx(0, abs=1e-15)

    @pytest.mark.parametrize("bad", [["a", "b"], {"a": 1}, 3])
    def test_inequality_of_what_are_no_numbers(self, bad: object) -> None:
        with pytest.raises(SchemaError, match="numbers"):
            agglomeration.gini(bad)
