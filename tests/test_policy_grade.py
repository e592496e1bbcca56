from math import floor
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import parcels

from parkgeo import maps, policy
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.policy._grade import Ties
from parkgeo.policy._score import Missing

SHARES = {"A": 0.1, "B": 0.6, "C": 0.2, "D": 0.1}


def ten(**columns: object) -> pd.DataFrame:
    """Ten firms with scores 100, 90, … 10."""
    table = {"enterprise_id": [f"f{i}" for i in range(10)], "score": range(100, 0, -10)}
    return pd.DataFrame(table | columns)


def grades(
    frame: pd.DataFrame,
    shares: dict[str, float] = SHARES,
    exempt: list[str] | None = None,
    veto: str | dict[str, str] | None = None,
) -> str:
    found = policy.grade(frame, shares=shares, exempt=exempt, veto=veto)["grade"]
    return "".join(one if isinstance(one, str) else "-" for one in found)


def test_grades_by_place() -> None:
    found = policy.grade(ten(), shares=SHARES)
    assert "".join(found["grade"]) == "ABBBBBBCCD"
    assert found["rank"].tolist() == list(range(1, 11))
    assert found.loc[7, "grade_reason"] == "10 家中第 8 名，C 档至第 9 名"
    assert found.loc[7, "grade_reason_en"] == "place 8 of 10, grade C goes down to 9"
    assert found.attrs["grades"] == ["A", "B", "C", "D"]


def test_borders_are_rounded_down() -> None:
    # 9 firms: 0.9, 6.3, 8.1 → A none, B to 6, C to 8.
    assert grades(ten().head(9)) == "BBBBBBCCD"
    assert grades(ten(), shares={"A": 1.0}) == "A" * 10
    assert grades(ten(), shares={"A": 0.0, "B": 1.0}) == "B" * 10


@pytest.mark.parametrize(("ties", "expected"), [("better", "AAABBBBBBB"), ("worse", "BBBBBBBBBB")])
def test_ties_at_a_border_go_together_and_are_noted(ties: Ties, expected: str) -> None:
    # Three firms share places 1 to 3; A goes down to place 2.
    tied = ten(score=[50, 50, 50, 40, 30, 20, 10, 9, 8, 7])
    found = policy.grade(tied, shares={"A": 0.2, "B": 0.8}, ties=ties)
    assert "".join(found["grade"]) == expected
    assert found["rank"].tolist()[:4] == [1, 1, 1, 4]
    noted = found["grade_reason"].str.contains("同分").tolist()
    assert noted == [True] * 3 + [False] * 7


def test_rounding_makes_no_winner() -> None:
    near = ten(score=[0.1 + 0.2, 0.3, *range(-1, -9, -1)])
    assert policy.grade(near, shares=SHARES)["rank"].tolist()[:2] == [1, 1]
    assert grades(near)[:2] == "AA"


def test_groups_are_ranked_by_themselves() -> None:
    frame = ten(industry=["电子", "纺织"] * 5, size=["大"] * 9 + [None])
    found = policy.grade(frame, shares={"A": 0.2, "B": 0.8}, by=["industry", "size"])
    # Five of one group: A to place 1. Four of the other: 0.8 rounds down to none.
    assert found["n_ranked"].tolist()[:2] == [5, 4]
    assert found["grade"].tolist()[:2] == ["A", "B"]
    assert found.loc[9, "grade_status"] == "no_data"
    assert found.loc[9, "grade_reason"] == "未注明分组"
    assert "电子 大" in found.loc[0, "grade_reason"]
    assert "in 电子 大" in found.loc[0, "grade_reason_en"]


def test_exempt_firms_have_no_grade_and_take_no_place() -> None:
    frame = ten(new=["是"] + ["否"] * 9)
    found = policy.grade(frame, shares=SHARES, exempt="new")
    assert found.loc[0, "grade_status"] == "exempt"
    assert pd.isna(found.loc[0, "grade"])
    assert pd.isna(found.loc[0, "rank"])
    assert grades(frame, exempt=["new"]) == "-" + grades(ten().iloc[1:])
    assert found.loc[0, "grade_reason"] == "免予评价"


def test_a_veto_moves_nobody_else() -> None:
    frame = ten(环保=[True] + [False] * 9, 安全=[False, True] + [False] * 6 + [True, True])
    assert grades(frame, veto="环保") == "DBBBBBBCCD"
    assert grades(frame, veto={"环保": "C", "安全": "down"}) == "CCBBBBBCDD"
    both = frame.assign(安全=True)
    assert grades(both, veto={"环保": "B", "安全": "down"}) == "BCCCCCCDDD"
    found = policy.grade(frame, shares=SHARES, veto={"环保": "C", "安全": "down"})
    assert found["ranked_grade"].tolist() == policy.grade(ten(), shares=SHARES)["grade"].tolist()
    assert "由 A 降为 C" in found.loc[0, "grade_reason"]
    assert "one grade down" in found.loc[9, "grade_reason_en"]
    blank = policy.grade(frame.assign(环保=[None, *[False] * 9]), shares=SHARES, veto="环保")
    assert blank.loc[0, "grade"] == "A"
    assert "未填" in blank.loc[0, "grade_reason"]


def test_what_is_graded_already_or_grouped_by_lists_is_refused() -> None:
    graded = policy.grade(ten(), shares=SHARES)
    with pytest.raises(SchemaError, match="drop them to grade again"):
        policy.grade(graded, shares=SHARES)
    with pytest.raises(SchemaError, match="text or numbers"):
        policy.grade(ten(group=[["a"]] * 10), shares=SHARES, by="group")
    with pytest.raises(SchemaError, match="each low grade once"):
        policy.low_efficiency(graded, parcels(), grades=["C", "C"])


def test_firms_without_a_score_are_no_data() -> None:
    found = policy.grade(ten(score=[np.nan, *range(9)]), shares=SHARES)
    assert found.loc[0, "grade_status"] == "no_data"
    assert found["n_ranked"].dropna().unique().tolist() == [9]
    assert len(policy.grade(ten().head(0), shares=SHARES)) == 0
    nobody = policy.grade(ten(score=np.nan), shares=SHARES)
    assert nobody["grade"].isna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shares": {"A": 0.5}}, "add up to 0.5"),
        ({"shares": {"A": 1.5, "B": -0.5}}, "between 0 and 1"),
        ({"shares": {"A": float("nan")}}, "between 0 and 1"),
        ({"shares": {"A": "all"}}, "number from 0 to 1"),
        ({"shares": {}}, "must name grades"),
        ({"shares": [("A", 1.0)]}, "must name grades"),
        ({"shares": {"down": 1.0}}, "other than 'down'"),
        ({"ties": "share"}, "unknown ties"),
        ({"veto": {"bad": "E"}}, "'E'"),
        ({"veto": "bad"}, "'perhaps' in rows 0"),
        ({"exempt": "nowhere"}, "no column 'nowhere'"),
        ({"by": "nowhere"}, "no column 'nowhere'"),
        ({"score": "enterprise_id"}, "'f0'"),
    ],
)
def test_what_cannot_be_graded_says_why(options: dict[str, Any], message: str) -> None:
    with pytest.raises((SchemaError, UnknownNameError), match=message):
        policy.grade(ten(bad="perhaps"), **{"shares": SHARES, **options})


@given(
    scores=st.lists(st.integers(0, 6) | st.none(), min_size=1, max_size=30),
    ties=st.sampled_from(["better", "worse"]),
    seed=st.integers(0, 99),
)
def test_order_changes_nothing_and_counts_add_up(
    scores: list[int | None], ties: Ties, seed: int
) -> None:
    frame = pd.DataFrame({"score": np.array(scores, dtype=float)})
    found = policy.grade(frame, shares=SHARES, ties=ties)
    order = np.random.default_rng(seed).permutation(len(frame))
    other = policy.grade(frame.iloc[order], shares=SHARES, ties=ties)
    pd.testing.assert_frame_equal(other.loc[found.index], found)
    counts = found["grade"].value_counts()
    n = sum(one is not None for one in scores)
    assert counts.sum() == n
    # By the definition, grade by grade: who has fewer than so many firms above, or not more than
    # so many at least as good.
    values = frame["score"].dropna()
    share = 0.0
    for grade, own in SHARES.items():
        share += own
        place = floor(share * n + 1e-9)
        as_good = [int((values >= one).sum()) for one in values]
        better = [int((values > one).sum()) for one in values]
        within = np.array(better) < place if ties == "better" else np.array(as_good) <= place
        reached = found.loc[values.index, "grade"] <= grade
        assert reached.tolist() == (within | (grade == "D")).tolist()


# Land --------------------------------------------------------------------------------------------


def test_low_land_is_counted_once_and_shown() -> None:
    # p1, p3, p4 have 60 mu, p2 30, p5 30; see small_town.
    firms = pd.DataFrame(
        {
            "enterprise_id": ["a", "b", "c", "d", "e"],
            "parcel_id": ["p1", "p2", "p2", "p2", None],
            "grade": ["D", "A", "C", "D", "D"],
        }
    )
    land = parcels()
    low = policy.low_efficiency(firms, land)
    assert low["parcel_id"].tolist() == ["p1", "p2"]
    assert low["grade"].tolist() == ["D", "D"]
    np.testing.assert_allclose(low["low_mu"], [60, 20], rtol=1e-9)
    np.testing.assert_allclose(low[["C_mu", "D_mu"]], [[0, 60], [10, 10]], rtol=1e-9)
    np.testing.assert_allclose(low["low_share"], [1, 2 / 3], rtol=1e-9)
    assert low["firms"].tolist() == ["a", "c、d"]
    assert low.attrs["low_mu"] == pytest.approx({"C": 10, "D": 70})
    assert low.attrs["n_without_land"] == 1
    assert low.crs == land.crs
    assert low["reason"].iloc[1] == "2 家 C、D 档企业占用 20.00 亩"
    page = maps.explore(low, color="grade", name="parcel_id").get_root().render()
    assert '"classes":[{"label":{"zh":"D","en":"D"}' in page
    empty = policy.low_efficiency(firms.assign(grade="A"), land)
    assert len(empty) == 0
    assert isinstance(empty, gpd.GeoDataFrame)


# Sensitivity -------------------------------------------------------------------------------------

RULES = pd.DataFrame({"indicator": ["x", "y"], "benchmark": 1.0, "weight": [50.0, 50.0]})


def draw(n: int, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.lognormal(size=n), "y": rng.lognormal(size=n)})


def test_one_weight_turns_a_grade_where_it_must() -> None:
    # 1.2 w against w' + 0: the first leads where w x exceeds the other's by more than 0.2.
    firms = pd.DataFrame({"x": [1.0, 1.3], "y": [1.0, 0.6]}, index=["a", "b"])
    found = policy.grade_sensitivity(
        firms, formula=RULES, shares={"A": 0.5, "B": 0.5}, step=0.5, draws=4000, concentration=10
    )
    # b is better where 1.3 p + 0.6 (1 - p) > 1, so p > 4/7. x +50 % gives p = 0.6, x -50 % 1/3.
    assert found.turns["n_up"].tolist() == [1, 0, 0, 1]
    assert found.turns["weight"].tolist() == pytest.approx([60, 100 / 3, 60, 100 / 3])
    assert found.firms.loc["b", "turned_by"] == ("x +50 %: A", "y -50 %: A")
    # The share of x is Beta(5, 5); by its symmetry and SciPy the tail above 4/7 is known.
    from scipy.stats import beta  # noqa: PLC0415 - slow to load, used once

    tail = beta(5, 5).sf(4 / 7)
    assert found.firms.loc["b", "share_A"] == pytest.approx(tail, abs=0.03)
    assert found.weights.sum(axis=1).to_numpy() == pytest.approx(100)


def test_draws_agree_with_grading_each_by_itself() -> None:
    firms = draw(40).assign(bad=[True, *[False] * 39], g=["p", "q"] * 20)
    firms.loc[5, "x"] = np.nan
    options: dict[str, Any] = {"shares": SHARES, "veto": {"bad": "down"}, "by": "g"}
    found = policy.grade_sensitivity(firms, formula=RULES, draws=25, **options)
    counts = {one: np.zeros(40) for one in SHARES}
    for weights in found.weights.to_numpy():
        scored = policy.score(firms, formula=RULES.assign(weight=weights))
        graded = policy.grade(scored, **options)["grade"]
        for one in SHARES:
            counts[one] += (graded == one).to_numpy()
    known = firms["x"].notna().to_numpy()
    for one, count in counts.items():
        np.testing.assert_allclose(found.firms.loc[known, f"share_{one}"], count[known] / 25)
    assert found.firms.loc[5, "reason_en"] == "it is not graded"
    assert found.firms.loc[~known, "share_A"].isna().all()
    base = policy.grade(policy.score(firms, formula=RULES), **options)["grade"]
    pd.testing.assert_series_equal(found.firms["grade"], base, check_dtype=False)


def test_the_seed_gives_the_same_and_no_draws_are_taken_for_none() -> None:
    firms = draw(30)
    one, two = (
        policy.grade_sensitivity(firms, formula=RULES, shares=SHARES, draws=50, seed=8)
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.firms, two.firms)
    none = policy.grade_sensitivity(firms, formula=RULES, shares=SHARES, draws=0)
    assert none.firms["share_same"].isna().all()
    assert not none.firms["changes"].all()
    assert "30 firms" in repr(none)
    empty = policy.grade_sensitivity(firms.head(0), formula=RULES, shares=SHARES, draws=5)
    assert len(empty.firms) == 0


@pytest.mark.parametrize("rule", ["zero", "mean", "reweight"])
def test_rules_for_missing_values_hold_in_draws(rule: Missing) -> None:
    firms = draw(12)
    firms.loc[[2, 7], "x"] = np.nan
    found = policy.grade_sensitivity(
        firms, formula=RULES, shares={"A": 0.3, "B": 0.7}, missing=rule, draws=6
    )
    for i, weights in enumerate(found.weights.to_numpy()):
        scored = policy.score(firms, formula=RULES.assign(weight=weights), missing=rule)
        own = policy.grade_sensitivity(
            firms, formula=RULES.assign(weight=weights), shares={"A": 0.3, "B": 0.7},
            missing=rule, draws=0,
        )  # fmt: skip
        graded = policy.grade(scored, shares={"A": 0.3, "B": 0.7})["grade"]
        assert own.firms["grade"].tolist() == graded.tolist(), i


@pytest.mark.parametrize(
    "wrong", [{"step": 0}, {"step": 1}, {"draws": -1}, {"draws": 2.5}, {"concentration": 0}]
)
def test_terms_of_draws_that_are_none(wrong: dict[str, float]) -> None:
    with pytest.raises(SchemaError):
        policy.grade_sensitivity(draw(4), formula=RULES, shares=SHARES, **wrong)  # type: ignore[arg-type]
