import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgeo import policy
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from parkgeo.policy._score import Missing

Limit = float | Mapping[str, float] | None

HUANGYAN = policy.formula("huangyan-2022")
# 黄岩 2022, as the notice prints it: value ÷ benchmark × weight.
PRINTED = {
    "tax_wanyuan_per_mu": (24.097, 30),
    "added_value_wanyuan_per_mu": (136.16, 20),
    "added_value_wanyuan_per_tce": (2.694, 20),
    "added_value_wanyuan_per_t": (4929.81, 10),
    "added_value_wanyuan_per_person": (18.14, 10),
    "rd_share": (0.0302, 10),
}
UNITS = {
    "tax": "万元",
    "added_value": "万元",
    "land": "亩",
    "energy": "吨标准煤",
    "emission": "吨",
    "rd": "万元",
    "revenue": "万元",
}
RULES = pd.DataFrame({"indicator": ["x", "y"], "benchmark": [2.0, 5.0], "weight": [60.0, 40.0]})


def firms(**columns: object) -> pd.DataFrame:
    """Two firms at twice the benchmarks that are easy to divide by, but for what is given."""
    table = {
        "tax": [48.194, 48.194],
        "added_value": [272.32, 272.32],
        "land": [1.0, 1.0],
        "energy": [272.32 / 2.694, 272.32 / 2.694],
        "emission": [272.32 / 4929.81, 272.32 / 4929.81],
        "employment": [272.32 / 18.14, 272.32 / 18.14],
        "rd": [3.02, 3.02],
        "revenue": [100.0, 100.0],
    }
    return pd.DataFrame(table | columns, index=["甲", "乙"])


def test_the_formula_is_as_printed() -> None:
    table = HUANGYAN.set_index("indicator")
    assert {name: (row.benchmark, row.weight) for name, row in table.iterrows()} == PRINTED
    for name, (benchmark, weight) in PRINTED.items():
        assert table.loc[name, "quote"].endswith(f"÷{benchmark:g}×{weight}")
    assert table["source"].notna().all()
    assert table["note"].str.contains("no cap").all()
    assert table["cap"].isna().all()


@pytest.mark.shared
def test_the_formula_agrees_with_the_reference(shared_data: Path) -> None:
    text = (shared_data.parent / "REFERENCE.md").read_text("utf-8")
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for benchmark, weight in PRINTED.values():
        assert f"/{benchmark:g}×{weight}" in plain


def test_a_firm_at_every_benchmark_scores_exactly_100() -> None:
    at = pd.DataFrame([dict(zip(HUANGYAN["indicator"], HUANGYAN["benchmark"], strict=True))])
    found = policy.score(at, formula=HUANGYAN)
    assert found["score"].tolist() == [100.0]
    assert found["score_status"].tolist() == ["scored"]
    assert found["score_reason"].isna().all()
    assert found.attrs["full_score"] == 100


def test_amounts_are_divided_and_weighed() -> None:
    found = policy.score(firms(), formula=HUANGYAN, units=UNITS).iloc[0]
    # By hand: per mu 2 × 30 + 2 × 20; all other quotients stand at the benchmark.
    assert found["score"] == pytest.approx(60 + 40 + 20 + 10 + 10 + 10, rel=1e-12)
    assert found["score_tax_wanyuan_per_mu"] == pytest.approx(60, rel=1e-12)
    assert found["rd_share"] == pytest.approx(0.0302, rel=1e-12)


def test_units_are_converted_or_refused() -> None:
    other = firms(land=[1 / 15] * 2, tax=[0.0048194] * 2)
    told = UNITS | {"land": "公顷", "tax": "亿元"}
    expected = policy.score(firms(), formula=HUANGYAN, units=UNITS)["score"]
    found = policy.score(other, formula=HUANGYAN, units=told)["score"]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(SchemaError, match=r"(?s)tax.*area"):
        policy.score(firms(), formula=HUANGYAN, units=UNITS | {"tax": "亩"})
    with pytest.raises(SchemaError, match="no unit is declared for 'rd'"):
        policy.score(firms(), formula=HUANGYAN, units={k: v for k, v in UNITS.items() if k != "rd"})
    by_row = firms(tax=[48.194, 0.0048194], tax_unit=["万元", "亿元"])
    own = {name: unit for name, unit in UNITS.items() if name != "tax"}
    parts = policy.score(by_row, formula=HUANGYAN, units=own)["score_tax_wanyuan_per_mu"]
    np.testing.assert_allclose(parts, 60, rtol=1e-12)


def test_ready_indicators_are_converted_where_their_unit_is_declared() -> None:
    at = pd.DataFrame([dict(zip(HUANGYAN["indicator"], HUANGYAN["benchmark"], strict=True))])
    other = at.assign(rd_share=3.02, tax_wanyuan_per_mu=24.097 * 15 / 10_000)
    told = {"rd_share": "%", "tax_wanyuan_per_mu": "亿元/公顷"}
    found = policy.score(other, formula=HUANGYAN, units=told)["score"]
    assert found.tolist() == pytest.approx([100], rel=1e-12)
    with pytest.raises(SchemaError, match="cannot be turned"):
        policy.score(at, formula=HUANGYAN, units={"rd_share": "万元"})


def test_units_in_names_count_and_may_not_contradict() -> None:
    named = firms().rename(columns={"tax": "tax_wanyuan", "land": "land_mu"})
    own = {name: unit for name, unit in UNITS.items() if name not in ("tax", "land")}
    assert policy.score(named, formula=HUANGYAN, units=own)["score"].iloc[0] == pytest.approx(150)
    with pytest.raises(SchemaError, match="its name says"):
        policy.score(named, formula=HUANGYAN, units=own | {"tax_wanyuan": "元"})
    with pytest.raises(AmbiguousNameError, match="both 'tax' and 'tax_wanyuan'"):
        policy.score(named.assign(tax=1.0), formula=HUANGYAN, units=UNITS | {"land": "亩"})


@pytest.mark.parametrize(
    ("column", "value", "zh", "en"),
    [
        ("land", 0.0, "用地为零", "land is zero"),
        ("land", -3.0, "用地为负", "land is below zero"),
        ("land", np.nan, "缺少用地", "no land given"),
        ("tax", np.nan, "缺少税收", "no tax given"),
    ],
)
def test_what_cannot_be_divided_has_no_score_and_a_reason(
    column: str, value: float, zh: str, en: str
) -> None:
    table = firms(**{column: [1.0, value]})
    found = policy.score(table, formula=HUANGYAN, units=UNITS).loc["乙"]
    assert np.isnan(found["score"])
    assert np.isnan(found["tax_wanyuan_per_mu"])
    assert found["score_status"] == "no_data"
    assert zh in found["score_reason"]
    assert en in found["score_reason_en"]
    assert found["known_weight"] == (70 if column == "tax" else 50)


def test_firms_without_emissions_get_the_mean_part_as_the_notice_says() -> None:
    table = firms(emission=[272.32 / 4929.81 / 3, np.nan])
    found = policy.score(table, formula=HUANGYAN, units=UNITS)
    assert found["score_added_value_wanyuan_per_t"].tolist() == pytest.approx([30, 30])
    assert "平均得分" in found.loc["乙", "score_reason"]
    assert pd.isna(found.loc["甲", "score_reason"])
    # Without any emissions there is no mean to give.
    none = policy.score(firms(emission=[0.0, np.nan]), formula=HUANGYAN, units=UNITS)
    assert none["score"].isna().all()
    assert none["score_reason"].str.contains("不计总分").all()


def test_the_rules_for_missing_values() -> None:
    table = pd.DataFrame({"x": [2.0, 4.0, np.nan, np.nan], "y": [5.0, 10.0, 5.0, np.nan]})
    scores = {
        rule: policy.score(table, formula=RULES, missing=rule)["score"].tolist()  # type: ignore[arg-type]
        for rule in ("nan", "zero", "reweight", "mean")
    }
    # By hand: y at its benchmark is 40 of 100; alone it carries all; the mean of x is 90.
    np.testing.assert_allclose(scores["nan"], [100, 200, np.nan, np.nan])
    np.testing.assert_allclose(scores["zero"], [100, 200, 40, 0])
    np.testing.assert_allclose(scores["reweight"], [100, 200, 100, np.nan])
    np.testing.assert_allclose(scores["mean"], [100, 200, 130, 90 + 160 / 3])
    with pytest.raises(SchemaError, match=r"'x' in rows 2, 3"):
        policy.score(table, formula=RULES, missing="refuse")
    with pytest.raises(UnknownNameError, match="guess"):
        policy.score(table, formula=RULES, missing="guess")  # type: ignore[arg-type]


def test_an_indicator_without_weight_costs_nobody_the_score() -> None:
    table = pd.DataFrame({"x": [2.0], "y": [np.nan]})
    rules = RULES.assign(weight=[100.0, 0.0])
    assert policy.score(table, formula=rules)["score"].tolist() == [100.0]


def test_caps_and_floors() -> None:
    table = pd.DataFrame({"x": [20.0, -4.0], "y": [5.0, 5.0]})

    def scores(caps: Limit = None, floors: Limit = None) -> list[float]:
        return list(policy.score(table, formula=RULES, caps=caps, floors=floors)["score"])

    assert scores() == [640.0, -80.0]
    assert scores(caps=1.5) == [130.0, -80.0]
    assert scores(caps={"x": 2.0}, floors=0.0) == [160.0, 40.0]
    rules = RULES.assign(cap=[1.2, np.nan], floor=[-1.0, np.nan])
    assert policy.score(table, formula=rules)["score"].tolist() == [112.0, -20.0]
    wrong: list[dict[str, Any]] = [
        {"caps": 0.0},
        {"caps": {"x": -1.0}},
        {"caps": 1.0, "floors": 1.0},
        {"caps": "1.5"},
        {"floors": {"x": "none"}},
    ]
    for limits in wrong:
        with pytest.raises(SchemaError):
            scores(**limits)
    with pytest.raises(UnknownNameError, match="'z'"):
        scores(caps={"z": 1.0})


@pytest.mark.parametrize(
    "wrong",
    [
        {"benchmark": [0.0, 1.0]},
        {"benchmark": [np.inf, 1.0]},
        {"benchmark": ["many", 1.0]},
        {"weight": [-1.0, 1.0]},
        {"weight": [np.nan, 1.0]},
        {"weight": [0.0, 0.0]},
        {"indicator": ["x", "x"]},
        {"indicator": ["x", None]},
        {"indicator": [["x"], ["y"]]},
    ],
)
def test_formulas_that_are_none_are_refused(wrong: dict[str, list[Any]]) -> None:
    with pytest.raises(SchemaError):
        policy.score(pd.DataFrame({"x": [1.0], "y": [1.0]}), formula=RULES.assign(**wrong))


@pytest.mark.parametrize("value", [np.inf, -np.inf, "many", True])
def test_what_is_no_number_is_refused_by_its_row(value: object) -> None:
    table = firms(tax=[value, value])
    with pytest.raises(SchemaError, match="tax"):
        policy.score(table, formula=HUANGYAN, units=UNITS)


def test_columns_that_are_missing_or_taken() -> None:
    table = firms().rename(columns={"rd": "research"})
    own = {name: unit for name, unit in UNITS.items() if name != "rd"}
    with pytest.raises(SchemaError, match="rd_share"):
        policy.score(table, formula=HUANGYAN, units=own)
    with pytest.raises(SchemaError, match="'score'"):
        policy.score(pd.DataFrame({"x": [1.0], "y": [1.0], "score": 3}), formula=RULES)
    with pytest.raises(SchemaError, match="below zero"):
        policy.score(firms(rd=[-1.0, 1.0]), formula=HUANGYAN, units=UNITS)
    with pytest.raises(UnknownNameError, match="huangyan-2022"):
        policy.formula("nowhere")
    overflow = pd.DataFrame({"tax": [1e300], "land": [1e-300]})
    rules = HUANGYAN.iloc[:1]
    found = policy.score(overflow, formula=rules, units={"tax": "万元", "land": "亩"})
    assert np.isnan(found["score"].iloc[0])
    assert "too large" in found["score_reason_en"].iloc[0]


def test_no_firms_and_no_change_of_the_input() -> None:
    table = firms()
    before = table.copy(deep=True)
    policy.score(table, formula=HUANGYAN, units=UNITS)
    pd.testing.assert_frame_equal(table, before)
    assert len(policy.score(table.iloc[:0], formula=HUANGYAN, units=UNITS)) == 0


@given(
    values=st.lists(st.tuples(*[st.floats(-1e6, 1e6) | st.none()] * 2), min_size=1, max_size=8),
    rule=st.sampled_from(["nan", "zero", "reweight", "mean"]),
    seed=st.integers(0, 99),
)
def test_scores_do_not_depend_on_the_order_of_rows(
    values: list[tuple[float | None, float | None]], rule: Missing, seed: int
) -> None:
    table = pd.DataFrame(values, columns=["x", "y"], dtype="float64")
    order = np.random.default_rng(seed).permutation(len(table))
    found = policy.score(table, formula=RULES, missing=rule)
    other = policy.score(table.iloc[order], formula=RULES, missing=rule)
    pd.testing.assert_frame_equal(other.loc[found.index], found, check_exact=True)
