"""Measures by region: published values, exact enumeration, and what is not defined."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgeo import agglomeration
from parkgeo.errors import SchemaError, UnknownNameError

# Farhauer & Kröll (2014), as in the documentation of ellison.a of the R package REAT.
CITIES = pd.DataFrame(
    {
        "region": ["Wien"] * 5 + ["Linz"] * 4 + ["Graz"],
        "industry": "vehicles",
        "employees": [200, 650, 12_000, 100, 50, 16_000, 13_000, 1_500, 1_500, 25_000],
    }
)
EMPLOYED = pd.Series({"Wien": 500_000.0, "Linz": 400_000.0, "Graz": 100_000.0})

sizes = st.lists(st.integers(1, 9), min_size=2, max_size=12)


def draws(rng: np.random.Generator, n: int = 60) -> pd.DataFrame:
    """Draw plants of three industries in five regions."""
    return pd.DataFrame(
        {
            "region": rng.choice(list("abcde"), n),
            "industry": rng.choice(["steel", "silk", "tea"], n),
            "size": rng.integers(1, 50, n).astype(float),
        }
    )


class TestInequality:
    def test_published_values(self) -> None:
        assert agglomeration.gini([20, 50, 20, 10]) == pytest.approx(0.3, abs=1e-12)
        assert agglomeration.gini([20, 50, 20, 10], normalised=True) == pytest.approx(0.4)
        assert agglomeration.hhi([20, 50, 20, 10]) == pytest.approx(0.34)
        assert agglomeration.theil([10, 10, 10, 20, 50], measure="L") == pytest.approx(
            0.2326302, abs=5e-8
        )

    def test_theil_is_entropy_lost_against_equal_shares(self) -> None:
        x = np.array([10.0, 10, 10, 20, 50])
        share = x / x.sum()
        assert agglomeration.theil(x) == pytest.approx(np.log(5) + (share * np.log(share)).sum())

    @given(sizes, st.data())
    def test_gini_is_half_the_relative_mean_difference(
        self, x: list[int], data: st.DataObject
    ) -> None:
        weights = data.draw(st.lists(st.integers(1, 5), min_size=len(x), max_size=len(x)))
        every = np.repeat(x, weights).astype(float)
        apart = np.abs(every[:, None] - every).mean()
        assert agglomeration.gini(x, weights=weights) == pytest.approx(apart / (2 * every.mean()))

    @pytest.mark.parametrize("measure", ["T", "L"])
    @given(x=sizes)
    def test_theil_of_groups_adds_up_from_the_groups(self, measure: str, x: list[int]) -> None:
        groups = np.arange(len(x)) % 3
        values = np.array(x, dtype=float)
        found = agglomeration.theil(values, groups=list(groups), measure=measure)
        within = 0.0
        for group in set(groups.tolist()):
            inside = values[groups == group]
            weight = inside.sum() / values.sum() if measure == "T" else len(inside) / len(values)
            within += weight * agglomeration.theil(inside, measure=measure)
        assert found["within"] == pytest.approx(within, abs=1e-12)
        assert found["total"] == pytest.approx(found["within"] + found["between"])

    def test_equal_shares_and_one_that_has_all(self) -> None:
        assert agglomeration.hhi([3, 3, 3], normalised=True) == pytest.approx(0, abs=1e-15)
        assert agglomeration.hhi([3, 0, 0], normalised=True) == 1
        assert agglomeration.gini([0, 0, 7], normalised=True) == 1
        assert agglomeration.theil([0, 0, 7]) == pytest.approx(np.log(3))
        assert agglomeration.theil([0, 7], measure="L") == np.inf

    def test_nothing_at_all_is_not_a_number(self) -> None:
        for measure in (agglomeration.gini, agglomeration.hhi, agglomeration.theil):
            assert np.isnan(measure([0.0, 0.0]))
        assert np.isnan(agglomeration.hhi([5], normalised=True))
        assert np.isnan(agglomeration.gini([5], normalised=True))

    @pytest.mark.parametrize("bad", [[], [-1, 2], [np.nan, 1], [np.inf, 1], [[1, 2]]])
    def test_what_is_no_size_is_refused(self, bad: list[float]) -> None:
        for measure in (agglomeration.gini, agglomeration.hhi, agglomeration.theil):
            with pytest.raises(SchemaError):
                measure(bad)

    def test_weights_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(SchemaError, match="2 weights for 3"):
            agglomeration.gini([1, 2, 3], weights=[1, 1])
        with pytest.raises(SchemaError, match="all be 0"):
            agglomeration.theil([1, 2], weights=[0, 0])
        with pytest.raises(SchemaError, match="leave weights out"):
            agglomeration.gini([1, 2], weights=[1, 1], normalised=True)
        with pytest.raises(SchemaError, match="1 groups for 2"):
            agglomeration.theil([1, 2], groups=["a"])


class TestLocationQuotient:
    def test_published_value(self) -> None:
        table = pd.DataFrame({"a": [1714, 879_213 - 1714], "b": [79_006, 15_593_224 - 79_006]})
        table["b"] -= table["a"]
        found = agglomeration.location_quotient(table)
        assert found["location_quotient"].iloc[0] == pytest.approx(0.3847623, abs=5e-8)

    def test_interval_is_as_wide_as_repeated_draws(self) -> None:
        n, p = np.array([400, 900, 700]), np.array([0.15, 0.30, 0.22])
        rng = np.random.default_rng(5)
        drawn = rng.binomial(n, p, (40_000, 3))
        quotient = (drawn / n) / (drawn.sum(axis=1, keepdims=True) / n.sum())
        expected = (n * p).round()
        table = pd.DataFrame({"in": expected, "out": n - expected})
        found = agglomeration.location_quotient(table)
        found = found[found["industry"] == "in"]
        deviation = (found["high"] - found["low"]) / (2 * 1.959964)
        assert deviation.to_numpy() == pytest.approx(quotient.std(axis=0), rel=0.02)

    def test_tidy_rows_and_their_matrix_say_the_same(self) -> None:
        plants = draws(np.random.default_rng(1))
        matrix = plants.pivot_table(
            index="region", columns="industry", values="size", aggfunc="sum", fill_value=0.0
        )
        tidy = agglomeration.location_quotient(plants, value="size")
        pd.testing.assert_frame_equal(tidy, agglomeration.location_quotient(matrix))

    def test_no_interval_for_what_is_not_counted(self) -> None:
        found = agglomeration.location_quotient(pd.DataFrame({"a": [1.5, 2], "b": [3, 4.25]}))
        assert found[["low", "high"]].isna().all(axis=None)
        assert found["location_quotient"].notna().all()

    def test_region_without_anything_has_no_quotient(self) -> None:
        found = agglomeration.location_quotient(pd.DataFrame({"a": [1, 0], "b": [3, 0]}))
        assert found["location_quotient"].isna().tolist() == [False, False, True, True]

    def test_rows_without_label_or_value_are_named(self) -> None:
        table = pd.DataFrame(
            {"region": ["a", None, "b"], "industry": ["x", "x", "y"], "value": [1.0, 2.0, np.nan]}
        )
        found = agglomeration.location_quotient(table, value="value")
        assert found.attrs["without_label"] == {"n": 1, "rows": "1"}
        assert found.attrs["without_value"] == {"n": 1, "rows": "2"}
        assert len(found) == 1

    def test_unknown_column_gets_the_nearest_name(self) -> None:
        with pytest.raises(UnknownNameError, match="did you mean 'industry'"):
            agglomeration.location_quotient(draws(np.random.default_rng(0)), industry="industri")

    @pytest.mark.parametrize("bad", [["x", 1], [-1, 1], [np.inf, 1]])
    def test_values_that_are_none_are_refused(self, bad: list[object]) -> None:
        table = pd.DataFrame({"region": ["a", "b"], "industry": "x", "value": bad})
        with pytest.raises(SchemaError, match="0 or more"):
            agglomeration.location_quotient(table, value="value")


class TestShares:
    @given(st.integers(0, 1000))
    def test_hoover_and_krugman_against_all_are_halves_of_each_other(self, seed: int) -> None:
        plants = draws(np.random.default_rng(seed))
        hoover = agglomeration.hoover(plants, value="size")
        krugman = agglomeration.krugman(plants, of="industry", against="all", value="size")
        # The regions' shares of an industry against their shares of all, not of all industries.
        np.testing.assert_allclose(krugman, 2 * hoover)
        assert hoover.between(0, 1).all()

    def test_krugman_by_hand(self) -> None:
        table = pd.DataFrame({"a": [3.0, 1.0, 0.0], "b": [1.0, 1.0, 2.0]}, index=list("xyz"))
        found = agglomeration.krugman(table)
        # x: 3/4, 1/4 against the rest 1/4, 3/4.
        assert found["x"] == pytest.approx(1.0)
        assert agglomeration.krugman(table, against="all")["x"] == pytest.approx(0.5)

    def test_gini_of_an_industry_in_one_region_is_what_lies_elsewhere(self) -> None:
        table = pd.DataFrame({"a": [5.0, 0, 0], "b": [5.0, 20, 10]}, index=list("xyz"))
        assert agglomeration.locational_gini(table)["a"] == pytest.approx(1 - 10 / 40)

    @given(st.integers(0, 1000))
    def test_gini_is_that_of_quotients_weighted_by_everything(self, seed: int) -> None:
        plants = draws(np.random.default_rng(seed))
        quotient = agglomeration.location_quotient(plants, value="size")
        held = plants.groupby("region")["size"].sum()
        found = agglomeration.locational_gini(plants, value="size")
        for industry, rows in quotient.groupby("industry"):
            weights = held.loc[rows["region"]].to_numpy()
            expected = agglomeration.gini(rows["location_quotient"], weights=weights)
            assert found[industry] == pytest.approx(expected, abs=1e-12)

    def test_order_of_rows_changes_nothing(self) -> None:
        plants = draws(np.random.default_rng(3))
        other = plants.sample(frac=1, random_state=1)
        for measure in (agglomeration.hoover, agglomeration.krugman, agglomeration.locational_gini):
            pd.testing.assert_series_equal(measure(plants), measure(other))

    def test_mix_by_hand(self) -> None:
        land = pd.DataFrame({"live": [1.0, 1], "work": [1.0, 0], "play": [2.0, 0]})
        found = agglomeration.mix_entropy(land)
        expected = (2 * 0.25 * np.log(4) + 0.5 * np.log(2)) / np.log(3)
        assert found["entropy"].tolist() == pytest.approx([expected, 0])
        assert found["n_classes"].tolist() == [3, 1]
        assert found["largest_share"].tolist() == [0.5, 1]
        wider = agglomeration.mix_entropy(land, n_classes=9)
        assert wider["entropy"].iloc[0] == pytest.approx(expected / 2)
        with pytest.raises(SchemaError, match="3 classes occur"):
            agglomeration.mix_entropy(land, n_classes=2)

    def test_cluster_index_of_two_regions_by_hand(self) -> None:
        plants = pd.DataFrame({"region": list("aaab"), "industry": "x", "size": [30.0, 30, 20, 20]})
        regions = pd.DataFrame({"area_km2": [10, 30], "population": [1, 1]}, index=["a", "b"])
        found = agglomeration.cluster_index(plants, regions, size="size")
        assert found["cluster_index"].tolist() == pytest.approx(
            [0.8 * 0.75 / (0.25 * 0.5), 0.2 * 0.25 / (0.75 * 0.5)]
        )
        assert found["n_plants"].tolist() == [3, 1]
        with pytest.raises(SchemaError, match="missing: 'b'"):
            agglomeration.cluster_index(plants, regions.loc[["a"]])
        with pytest.raises(SchemaError, match="above 0"):
            agglomeration.cluster_index(plants, regions.assign(area_km2=[0, 1]))


class TestPlants:
    def test_published_value(self) -> None:
        found = agglomeration.ellison_glaeser(CITIES, size="employees", regions=EMPLOYED).iloc[0]
        assert found["gamma"] == pytest.approx(0.05990628, abs=5e-9)
        assert found["g"] == pytest.approx(0.1681632653, abs=5e-11)
        assert found["h"] == pytest.approx(0.2446887755, abs=5e-11)
        assert found["n_plants"] == 10

    def test_darts_are_zero_in_the_mean_and_z_has_their_deviation(self) -> None:
        x, plants = np.array([0.5, 0.3, 0.2]), np.array([4.0, 2.0, 1.0, 1.0])
        board = pd.Series(x, index=list("abc"))
        chance, g, both = [], [], []
        for place in product(range(3), repeat=len(plants)):
            table = pd.DataFrame(
                {"region": board.index[list(place)], "industry": "x", "size": plants}
            )
            eg = agglomeration.ellison_glaeser(table, size="size", regions=board).iloc[0]
            ms = agglomeration.maurel_sedillot(table, size="size", regions=board).iloc[0]
            chance.append(x[list(place)].prod())
            g.append([eg["g"], eg["z"]])
            both.append([eg["gamma"], ms["gamma"]])
        chance, g, both = np.array(chance), np.array(g), np.array(both)
        assert chance @ both == pytest.approx([0, 0], abs=1e-14)
        mean = chance @ g[:, 0]
        deviation = np.sqrt(chance @ (g[:, 0] - mean) ** 2)
        assert g[:, 1] == pytest.approx((g[:, 0] - mean) / deviation)

    def test_region_without_plants_is_part_of_the_board(self) -> None:
        plants = pd.DataFrame({"region": ["a", "a", "b"], "industry": "x"})
        board = pd.Series({"a": 1.0, "b": 1.0, "empty": 2.0})
        found = agglomeration.ellison_glaeser(plants, regions=board).iloc[0]
        assert found["g"] == pytest.approx((2 / 3 - 0.25) ** 2 + (1 / 3 - 0.25) ** 2 + 0.25)

    def test_one_plant_and_one_region_say_why_there_is_none(self) -> None:
        plants = pd.DataFrame({"region": ["a", "a", "b"], "industry": ["x", "y", "y"]})
        found = agglomeration.ellison_glaeser(plants)
        assert np.isnan(found.loc["x", "gamma"])
        assert found.loc["x", "reason"].startswith("one plant")
        assert found.loc["y", "reason"] is pd.NA
        alone = agglomeration.maurel_sedillot(plants.assign(region="a"))
        assert alone["gamma"].isna().all()
        assert alone["reason"].str.startswith("one region").all()

    def test_plants_of_no_size_weigh_nothing_and_are_named(self) -> None:
        more = pd.concat([CITIES, CITIES.iloc[:1].assign(employees=0)], ignore_index=True)
        found = agglomeration.ellison_glaeser(more, size="employees", regions=EMPLOYED)
        assert found["gamma"].iloc[0] == pytest.approx(0.05990628, abs=5e-9)
        assert found.attrs["zero"] == {"n": 1, "rows": "10"}

    @pytest.mark.parametrize(
        ("board", "message"),
        [
            (EMPLOYED.drop("Graz"), "missing: 'Graz'"),
            (EMPLOYED.replace(100_000.0, -1.0), "Graz"),
            (EMPLOYED * 0, "not all 0"),
        ],
    )
    def test_board_that_does_not_fit_is_refused(
        self, board: "pd.Series[float]", message: str
    ) -> None:
        with pytest.raises(SchemaError, match=message):
            agglomeration.ellison_glaeser(CITIES, size="employees", regions=board)

    def test_group_is_the_definition_of_1997(self) -> None:
        plants = draws(np.random.default_rng(8)).assign(division="all")
        found = agglomeration.coagglomeration(plants, group="division", size="size").iloc[0]
        single = agglomeration.ellison_glaeser(plants, size="size")
        total = plants["size"].sum()
        w = single["size"] / total
        regions = plants.groupby("region")["size"].sum() / total
        # The group of all industries lies where everything lies, so its G is 0.
        h = (w**2 * single["h"]).sum()
        own = (single["gamma"] * w**2 * (1 - single["h"])).sum()
        spare = 1 - (regions**2).sum()
        assert found["gamma"] == pytest.approx((0 / spare - h - own) / (1 - (w**2).sum()))

    def test_group_on_a_board_of_more_than_its_plants(self) -> None:
        plants = draws(np.random.default_rng(9)).query("industry != 'tea'").assign(division="d")
        board = pd.Series([5.0, 1.0, 2.0, 2.0, 4.0, 3.0], index=list("abcdef"))
        options = {"size": "size", "regions": board}
        found = agglomeration.coagglomeration(plants, group="division", **options).iloc[0]
        single = agglomeration.ellison_glaeser(plants, **options)
        x = board / board.sum()
        held = plants.groupby("region")["size"].sum().reindex(board.index, fill_value=0.0)
        # Ellison & Glaeser (1997), equation 7, from the shares of the group as a whole.
        w = single["size"] / held.sum()
        g = ((held / held.sum() - x) ** 2).sum()
        h = (w**2 * single["h"]).sum()
        own = (single["gamma"] * w**2 * (1 - single["h"])).sum()
        expected = (g / (1 - (x**2).sum()) - h - own) / (1 - (w**2).sum())
        assert found["gamma"] == pytest.approx(expected, rel=1e-12)

    def test_two_industries_that_make_the_board_by_hand(self) -> None:
        plants = pd.DataFrame(
            {
                "region": list("aababb"),
                "industry": list("xxxyyy"),
                "size": [3.0, 1, 2, 1, 2, 1],
            }
        )
        # Both regions have 5 of 10. G = 1/18 and 1/8, H = 14/36 and 6/16.
        gamma = agglomeration.ellison_glaeser(plants, size="size")["gamma"]
        assert gamma.tolist() == pytest.approx([-5 / 11, -1 / 5])
        # With equal regions the two indices are the same.
        pairs = agglomeration.maurel_sedillot(plants, size="size")["gamma"]
        assert pairs.tolist() == pytest.approx([-5 / 11, -1 / 5])
        both = agglomeration.coagglomeration(plants, size="size")["gamma"]
        assert both.tolist() == pytest.approx([-1 / 6])

    def test_industries_that_choose_apart_stand_together_as_chance_has_it(self) -> None:
        x = np.array([0.5, 0.3, 0.2])
        board = pd.Series(x, index=list("abc"))
        chance, gamma = [], []
        for place in product(range(3), repeat=4):
            table = pd.DataFrame(
                {
                    "region": board.index[list(place)],
                    "industry": list("uuvv"),
                    "size": [3.0, 1.0, 2.0, 2.0],
                }
            )
            found = agglomeration.coagglomeration(table, size="size", regions=board)
            chance.append(x[list(place)].prod())
            gamma.append(found["gamma"].iloc[0])
        assert np.dot(chance, gamma) == pytest.approx(0, abs=1e-14)

    def test_one_region_has_no_pairs(self) -> None:
        alone = pd.DataFrame({"region": "a", "industry": list("xy")})
        assert agglomeration.coagglomeration(alone)["gamma"].isna().all()
        grouped = agglomeration.coagglomeration(alone.assign(d="d"), group="d")
        assert grouped["reason"].str.startswith("one region").all()

    def test_group_of_two_is_its_pair(self) -> None:
        plants = draws(np.random.default_rng(2))
        two = plants[plants["industry"] != "tea"].assign(division="metal and cloth")
        pair = agglomeration.coagglomeration(two, size="size")
        group = agglomeration.coagglomeration(two, size="size", group="division")
        assert group["gamma"].iloc[0] == pytest.approx(pair["gamma"].iloc[0])

    def test_group_of_one_and_industries_in_two_groups(self) -> None:
        plants = draws(np.random.default_rng(2))
        found = agglomeration.coagglomeration(plants.assign(own=plants["industry"]), group="own")
        assert found["gamma"].isna().all()
        assert found["reason"].str.startswith("one industry").all()
        with pytest.raises(SchemaError, match="in several"):
            agglomeration.coagglomeration(plants.assign(own=plants["region"]), group="own")

    def test_hostile_names_are_only_names(self) -> None:
        plants = pd.DataFrame(
            {"region": ["<script>alert(1)</script>", "'; --"], "industry": ['"quoted"'] * 2}
        )
        found = agglomeration.ellison_glaeser(plants)
        assert found.index.tolist() == ['"quoted"']

    def test_empty_table_gives_an_empty_result(self) -> None:
        none = CITIES.iloc[:0]
        assert len(agglomeration.ellison_glaeser(none, size="employees")) == 0
        assert len(agglomeration.location_quotient(none, value="employees")) == 0
        assert len(agglomeration.coagglomeration(none)) == 0
