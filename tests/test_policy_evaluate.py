"""Targets against figures: statuses, paths and gaps counted by hand, and what must not matter."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgeo import policy
from parkgeo.errors import SchemaError, UnknownNameError

ON = "2024-06-30"


def asked(**changes: object) -> pd.DataFrame:
    """One target: 40 万元/亩 by the end of 2025, from 20 at the end of 2021."""
    row = {
        "indicator_id": "tax", "measure": "tax_per_mu", "value": 40.0, "unit": "万元/亩",
        "bound": "at_least", "baseline_year": 2021, "baseline_value": 20.0, "due_on": "2025-12-31",
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def seen(value: object = 30.0, day: str = "2023-12-31", **changes: object) -> pd.DataFrame:
    row = {"measure": "tax_per_mu", "value": value, "unit": "万元/亩", "observed_on": day}
    return pd.DataFrame([row | changes])


def only(observations: pd.DataFrame, targets: pd.DataFrame, **options: object) -> pd.Series:
    found = policy.evaluate(observations, targets, **{"on": ON} | options)
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("value", "status", "progress"),
    [(30.0, "on_track", 0.5), (29.9, "behind", 0.495), (40.0, "met", 1.0), (15.0, "behind", -0.25)],
)
def test_the_path_is_straight_from_the_baseline_to_the_due_date(
    value: float, status: str, progress: float
) -> None:
    found = only(seen(value), asked())
    # 2021-12-31 to 2025-12-31 are 1461 days, and 730 of them lie before 2023-12-31.
    assert found["expected"] == pytest.approx(20 + 20 * 730 / 1461, rel=1e-12)
    assert found["status"] == status
    assert found["progress"] == pytest.approx(progress, rel=1e-12)
    assert found["gap"] == pytest.approx(40 - value, rel=1e-12)
    assert found["achievement"] == pytest.approx(value / 40, rel=1e-12)
    assert (found["baseline"], found["baseline_on"]) == (20.0, pd.Timestamp("2021-12-31"))


@pytest.mark.parametrize(
    ("bound", "value", "gap", "met"),
    [
        ("at_least", 40.0, 0, True),
        ("at_least", 39.999, 0.001, False),
        ("at_most", 40.0, 0, True),
        ("at_most", 41.0, 1, False),
        ("exactly", 40.0, 0, True),
        ("exactly", 39.0, 1, False),
        ("exactly", 41.0, 1, False),
        ("all", 40.0, 0, True),
        ("about", 40.0, 0, True),
        ("about", 38.0, 2, True),
        ("about", 37.9, 2.1, False),
        ("more_than", 40.0, 0, False),
        ("more_than", 40.001, -0.001, True),
        ("less_than", 40.0, 0, False),
        ("less_than", 39.0, -1, True),
        ("between", 40.0, 0, True),
        ("between", 45.0, 0, True),
        ("between", 50.0, 0, True),
        ("between", 52.0, 2, False),
        ("between", 37.0, 3, False),
    ],
)
def test_a_value_at_the_target_is_met_unless_more_is_asked(
    bound: str, *, value: float, gap: float, met: bool
) -> None:
    high = 50.0 if bound == "between" else None
    found = only(seen(value), asked(bound=bound, high=high))
    assert (found["status"] == "met") is met
    assert found["gap"] == pytest.approx(gap, abs=1e-9)


def test_a_target_reached_in_another_unit_is_met_in_spite_of_rounding() -> None:
    # 0.1 + 0.2 亿元 on a mu are 3 000 万元 on a mu, give or take the last bit.
    found = only(seen(0.1 + 0.2, unit="亿元/亩"), asked(value=3000.0, bound="at_least"))
    assert found["status"] == "met"
    found = only(seen(0.1 + 0.2, unit="亿元/亩"), asked(value=3000.0, bound="more_than"))
    assert found["status"] != "met"


def test_a_ceiling_has_a_path_that_falls() -> None:
    energy = asked(bound="at_most", value=0.4, baseline_value=0.8, unit="tce/万元")
    slow = only(seen(0.7, "2023-12-31", unit="tce/万元"), energy)
    # 0.8 - 0.4 · 730/1461 = 0.60014 is asked for by then.
    assert slow["expected"] == pytest.approx(0.8 - 0.4 * 730 / 1461, rel=1e-12)
    assert slow["status"] == "behind"
    assert slow["gap"] == pytest.approx(0.3, rel=1e-9)
    assert slow["progress"] == pytest.approx(0.25, rel=1e-9)
    assert slow["achievement"] == pytest.approx(0.4 / 0.7, rel=1e-12)
    assert only(seen(0.6, unit="tce/万元"), energy)["status"] == "on_track"


@pytest.mark.parametrize(
    ("due", "day", "on", "status"),
    [
        ("2025-12-31", "2025-12-31", "2025-12-31", "behind"),
        ("2025-12-31", "2025-12-31", "2026-01-01", "missed"),
        ("2025-12-31", "2025-09-30", "2026-01-01", "outstanding"),
        ("2025-12-31", "2026-03-31", "2026-06-30", "missed"),
        (None, "2023-12-31", ON, "open"),
        ("2025-12-31", "2024-12-31", ON, "no_data"),
    ],
)
def test_dates_decide_between_statuses(due: str | None, day: str, on: str, status: str) -> None:
    assert only(seen(30.0, day), asked(due_on=due), on=on)["status"] == status


def test_what_was_met_early_is_met_after_the_date() -> None:
    assert only(seen(41.0, "2024-01-01"), asked(), on="2026-06-30")["status"] == "met"


def test_without_a_baseline_nothing_is_on_track() -> None:
    bare = asked(baseline_year=None, baseline_value=None)
    found = only(seen(39.0), bare)
    assert found["status"] == "behind"
    assert np.isnan(found[["progress", "expected"]].astype(float)).all()
    assert "没有基期值" in found["reason"]
    assert "no baseline is known" in found["reason_en"]
    assert only(seen(40.0), bare)["status"] == "met"


def test_the_groups_own_figure_is_the_baseline_where_there_is_one() -> None:
    own = pd.concat([seen(30.0), seen(10.0, "2021-06-30")], ignore_index=True)
    found = only(own, asked())
    assert (found["baseline"], found["baseline_on"]) == (10.0, pd.Timestamp("2021-06-30"))
    assert found["progress"] == pytest.approx(20 / 30)
    # A figure of more than a year before is no baseline.
    old = pd.concat([seen(30.0), seen(10.0, "2020-12-31")], ignore_index=True)
    assert only(old, asked())["baseline"] == 20.0


def test_a_start_can_be_said_for_targets_that_name_none() -> None:
    bare = asked(baseline_year=None, baseline_value=None)
    own = pd.concat([seen(31.0), seen(20.0, "2022-12-31")], ignore_index=True)
    found = only(own, bare, baseline_on="2022-12-31")
    # 365 of 1096 days: 20 + 20 · 365/1096 = 26.66 is asked for.
    assert found["expected"] == pytest.approx(20 + 20 * 365 / 1096, rel=1e-12)
    assert found["status"] == "on_track"


def test_a_cumulative_amount_starts_from_nothing() -> None:
    wanted = asked(per="cumulative", baseline_value=None, value=1800, unit="亿元")
    found = only(seen(9e6, "2023-12-31", unit="万元"), wanted)
    assert found["baseline"] == 0
    assert found["value"] == pytest.approx(900)
    assert found["expected"] == pytest.approx(1800 * 730 / 1461, rel=1e-12)
    assert found["status"] == "on_track"


def test_a_baseline_that_met_the_target_has_to_be_held() -> None:
    found = only(seen(39.0), asked(baseline_value=45.0))
    assert found["status"] == "behind"
    assert np.isnan(found["progress"])
    assert found["expected"] == 40.0
    assert "no longer" in found["reason_en"]


def test_growth_a_year_is_compounded_from_levels() -> None:
    wanted = asked(value=10, unit="%", per="per_year_growth", baseline_value=None)
    levels = pd.concat(
        [seen(100.0, "2021-12-31", unit="亿元"), seen(1.21e6, "2023-12-31", unit="万元")]
    ).reset_index(drop=True)
    found = only(levels, wanted)
    # 100 → 121 in two years is 10 % a year.
    assert found["value"] == pytest.approx(10, rel=1e-9)
    assert found["status"] == "met"
    less = levels.assign(value=[100.0, 1.20e6])
    assert only(less, wanted)["value"] == pytest.approx(100 * (1.2**0.5 - 1), rel=1e-9)
    assert only(less, wanted)["status"] == "behind"


def test_growth_without_a_baseline_year_is_from_the_earliest_level() -> None:
    wanted = asked(value=0.3, unit="1", per="growth", baseline_year=None, baseline_value=None)
    levels = pd.concat(
        [seen(50.0, f"{year}-12-31", unit="家") for year in (2022, 2021)]
        + [seen(60.0, "2023-12-31", unit="家")]
    )
    found = only(levels, wanted)
    assert found["value"] == pytest.approx(0.2, rel=1e-12)
    assert found["baseline_on"] == pd.Timestamp("2021-12-31")


def test_rates_of_growth_are_taken_as_they_are() -> None:
    wanted = asked(value=10, unit="%", per="per_year_growth", baseline_value=None)
    assert only(seen(0.105, unit="1"), wanted)["value"] == pytest.approx(10.5)
    mixed = pd.concat([seen(0.1, unit="1"), seen(100.0, "2022-12-31", unit="亿元")])
    with pytest.raises(SchemaError, match="rates of growth and as levels"):
        only(mixed.reset_index(drop=True), wanted)


@pytest.mark.parametrize("first", [0.0, -5.0])
def test_growth_from_nothing_is_not_known(first: float) -> None:
    wanted = asked(value=10, unit="%", per="per_year_growth", baseline_value=None)
    levels = pd.concat([seen(first, "2021-12-31", unit="亿元"), seen(9.0, unit="亿元")])
    found = only(levels.reset_index(drop=True), wanted)
    assert found["status"] == "no_data"
    assert "no earlier figure above zero" in found["reason_en"]
    assert np.isnan(found["gap"])
    assert only(seen(9.0, unit="亿元"), wanted)["status"] == "no_data"


def test_a_target_of_nothing_is_met_by_nothing_only() -> None:
    none = asked(value=0, bound="at_most", unit="家", baseline_value=8)
    found = only(seen(0, unit="家"), none)
    assert (found["status"], found["gap"], found["achievement"]) == ("met", 0, 1)
    found = only(seen(3, unit="家"), none)
    # 8 - 8 · 730/1461 = 4.003 may be left by then; how much of nothing 3 is cannot be said.
    assert (found["status"], found["gap"]) == ("on_track", 3)
    assert found["progress"] == pytest.approx(5 / 8)
    assert np.isnan(found["achievement"])


def test_what_each_year_asks_has_no_path() -> None:
    found = only(seen(39.0), asked(per="per_year"))
    assert found["status"] == "behind"
    assert "no path" in found["reason_en"]


def test_the_newest_figure_counts_and_none_after_the_day() -> None:
    several = pd.concat(
        [seen(value, day) for value, day in
         [(50.0, "2024-07-01"), (25.0, "2022-12-31"), (35.0, "2024-06-30"), (33.0, "2024-03-31")]]
    ).reset_index(drop=True)  # fmt: skip
    found = only(several, asked())
    assert (found["value"], found["observed_on"]) == (35.0, pd.Timestamp(ON))


def test_old_figures_can_be_left_out() -> None:
    found = only(seen(41.0, "2023-12-31"), asked(), stale_days=181)
    assert found["status"] == "no_data"
    assert "too old" in found["reason_en"]
    assert only(seen(41.0, "2023-12-31"), asked(), stale_days=182)["status"] == "met"


def test_no_data_is_no_zero() -> None:
    for frame in (seen(None), seen(None, unit=None), seen().iloc[:0], seen(measure="other")):
        found = only(frame, asked())
        assert found["status"] == "no_data"
        numbers = found[["value", "gap", "progress", "expected", "achievement"]].astype(float)
        assert np.isnan(numbers).all()
        assert pd.isna(found["rank"])


ZONES = pd.DataFrame(
    [
        ("east", "tax_per_mu", 45.0, "万元/亩"),
        ("west", "tax_per_mu", 0.0030, "亿元/亩"),
        ("south", "tax_per_mu", 450_000.0, "元/亩"),
        ("north", "tax_per_mu", None, None),
        ("east", "energy", 0.5, "tce/万元"),
        ("west", "energy", 0.4, "tce/万元"),
    ],
    columns=["zone", "measure", "value", "unit"],
).assign(observed_on="2023-12-31")
ENERGY = asked(
    indicator_id="energy", measure="energy", value=0.45, bound="at_most", unit="tce/万元",
    baseline_value=0.6,
)  # fmt: skip
BOTH = pd.concat([asked(), ENERGY], ignore_index=True)


def test_each_group_is_asked_and_ranked() -> None:
    found = policy.evaluate(ZONES, BOTH, on=ON, by="zone").set_index(["indicator_id", "zone"])
    assert len(found) == 8
    # 45 and 450 000 元 are the same: both are first, and the next is third.
    ranks = found["rank"]
    assert ranks["tax"].dropna().to_dict() == {"east": 1, "south": 1, "west": 3}
    # Less is better.
    assert ranks["energy"].dropna().to_dict() == {"west": 1, "east": 2}
    assert found["status"]["tax"].to_dict() == {
        "east": "met", "north": "no_data", "south": "met", "west": "on_track",
    }  # fmt: skip
    assert found["value"]["tax"]["west"] == pytest.approx(30.0)


@settings(max_examples=15)
@given(st.permutations(range(len(ZONES))), st.permutations(range(2)))
def test_row_order_changes_nothing(rows: list[int], targets: list[int]) -> None:
    found = policy.evaluate(ZONES.iloc[rows], BOTH.iloc[targets], on=ON, by="zone")
    wanted = policy.evaluate(ZONES, BOTH, on=ON, by="zone")
    order = ["indicator_id", "zone"]
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True), wanted.sort_values(order, ignore_index=True)
    )


@settings(max_examples=30)
@given(
    value=st.floats(-1e6, 1e6), target=st.floats(0.01, 1e6), base=st.floats(-1e6, 1e6),
    bound=st.sampled_from(["at_least", "at_most", "more_than", "exactly", "all"]),
)  # fmt: skip
def test_laws_of_gaps(value: float, target: float, base: float, bound: str) -> None:
    wanted = asked(value=target, bound=bound, baseline_value=base)
    found = only(seen(value), wanted)
    assert (found["status"] == "met") == (
        found["gap"] < -1e-9 * target if bound == "more_than" else found["gap"] <= 1e-9 * target
    )
    assert found["achievement"] >= 0
    assert np.isfinite(found[["value", "gap", "expected", "achievement"]].astype(float)).all()
    assert only(seen(target), asked(value=target, bound="at_least"))["status"] == "met"


def test_several_columns_make_groups() -> None:
    frame = ZONES.assign(district=["甲", "甲", "乙", "乙", "甲", "甲"])
    found = policy.evaluate(frame, BOTH, on=ON, by=["district", "zone"])
    assert found.columns[:2].tolist() == ["district", "zone"]
    assert len(found) == 8


def test_figures_of_another_scope_do_not_answer() -> None:
    wanted = asked(scope="hangzhou-zones")
    two = pd.concat([seen(41.0, scope="xihu"), seen(30.0, scope="hangzhou-zones")])
    assert only(two.reset_index(drop=True), wanted)["value"] == 30.0
    assert only(seen(41.0, scope="xihu"), wanted)["status"] == "no_data"
    assert only(seen(41.0, scope=None), wanted)["value"] == 41.0


def test_a_figure_may_answer_one_indicator_only() -> None:
    two = pd.concat([asked(), asked(indicator_id="tax2", value=50)], ignore_index=True)
    frame = seen(measure=None, indicator_id="tax2")
    found = policy.evaluate(frame, two, on=ON).set_index("indicator_id")["status"]
    assert found.to_dict() == {"tax": "no_data", "tax2": "behind"}


def test_one_day_has_one_value() -> None:
    twice = pd.concat([seen(30.0), seen(31.0)]).set_axis(["first", "second"])
    with pytest.raises(
        SchemaError, match=r"different values on one day, in rows 'first', 'second'"
    ):
        only(twice, asked())
    # The same said in two units is one figure.
    same = pd.concat([seen(30.0), seen(0.003, unit="亿元/亩")], ignore_index=True)
    assert only(same, asked())["value"] == pytest.approx(30.0)


def test_words_of_units_that_nobody_converts_may_be_the_same() -> None:
    wanted = asked(unit="亿美元")
    assert only(seen(30.0, unit="亿美元"), wanted)["status"] == "on_track"
    with pytest.raises(UnknownNameError, match="unknown unit"):
        only(seen(30.0, unit="亿元"), wanted)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "亩"}, r"rows 'r'.*'亩' measures area"),
        ({"unit": None}, r"unit is empty in rows 'r'"),
        ({"value": "30 万"}, r"value holds '30 万', no finite number, in rows 'r'"),
        ({"value": np.inf}, r"no finite number"),
        ({"observed_on": "last year"}, r"observed_on is no day.*rows 'r'"),
        ({"observed_on": 2023}, r"observed_on is no day"),
        ({"observed_on": None}, r"observed_on is no day"),
        ({"observed_on": pd.Timestamp("2023-12-31", tz="Asia/Shanghai")}, r"is no day"),
    ],
)
def test_rows_that_are_no_figures_are_named(changes: dict[str, Any], said: str) -> None:
    frame = pd.DataFrame([seen().iloc[0].to_dict() | changes], index=["r"])
    with pytest.raises(SchemaError, match=said):
        only(frame, asked())


def test_questions_that_make_no_sense_are_refused() -> None:
    with pytest.raises(SchemaError, match="holds facts"):
        only(seen(), asked(role="fact"))
    with pytest.raises(SchemaError, match="no column 'zone'"):
        only(seen(), asked(), by="zone")
    with pytest.raises(SchemaError, match="zone is empty in rows 0"):
        only(seen(zone=None), asked(), by="zone")
    with pytest.raises(SchemaError, match="is the name of a column of the result"):
        only(seen(scope="a"), asked(), by="scope")
    with pytest.raises(SchemaError, match="on must be a day such as"):
        only(seen(), asked(), on="soon")
    with pytest.raises(SchemaError, match="about must be a share"):
        only(seen(), asked(), about=5)
    with pytest.raises(SchemaError, match="no column 'measure' and no column 'indicator_id'"):
        only(seen().drop(columns="measure"), asked())


def test_without_a_day_it_is_that_of_the_newest_figure() -> None:
    several = pd.concat([seen(25.0, "2022-12-31"), seen(35.0, "2024-03-31")], ignore_index=True)
    found = policy.evaluate(several, asked()).iloc[0]
    assert found["evaluated_on"] == found["observed_on"] == pd.Timestamp("2024-03-31")
    with pytest.raises(SchemaError, match="holds no figure; say on="):
        policy.evaluate(seen(None), asked())


def test_numbers_and_names_that_cannot_be_handled_are_refused() -> None:
    with pytest.raises(SchemaError, match="too large to be turned into 元, in rows 0"):
        only(seen(1e300, unit="万亿元"), asked(unit="元"))
    with pytest.raises(SchemaError, match="zone holds no names in rows 0"):
        only(seen(zone=["a", "b"]), asked(), by="zone")
    with pytest.raises(SchemaError, match="'万元/亩' is no ratio, in which growth is asked"):
        only(seen(), asked(per="growth"))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "level", "a'b\"c", "", "0"])
def test_names_are_only_names(name: str) -> None:
    frame = seen(**{name or "blank": name})
    found = only(frame, asked(), by=name or "blank")
    assert found[name or "blank"] == name
    assert found["status"] == "on_track"


def test_nothing_that_is_given_is_changed() -> None:
    frame, wanted = ZONES.copy(deep=True), BOTH.copy(deep=True)
    policy.evaluate(frame, wanted, on=ON, by="zone")
    pd.testing.assert_frame_equal(frame, ZONES)
    pd.testing.assert_frame_equal(wanted, BOTH)


def test_facts_of_a_document_answer_the_targets_of_another() -> None:
    facts = policy.indicators("xihu-2021-zone-consolidation-plan")
    facts = facts[facts["measure"] == "tax_per_mu"].rename(columns={"scope": "zone"})
    wanted = policy.targets().query("indicator_id == 'hz2023-tax-per-mu'")
    facts = facts.drop(columns="indicator_id")
    found = policy.evaluate(facts, wanted, on="2021-12-31", by="zone").set_index("zone")
    # 45.2, 45.13 and 75.38 万元 a mu in 2019; 40 are asked for by 2025.
    assert found["gap"].round(9).to_dict() == {
        "zijingang-digital-platform": -35.38,
        "zijingang-hi-tech-park": -5.13,
        "zijingang-sci-tech-city": -5.2,
    }
    assert (found["status"] == "met").all()
    assert found["rank"].tolist() == [1, 3, 2]


def test_every_target_of_the_documents_can_be_asked() -> None:
    found = policy.evaluate(seen().iloc[:0], policy.targets(), on=ON)
    assert (found["status"] == "no_data").all()
    assert len(found) == len(policy.targets())
    at_target = policy.targets().rename(columns={"observed_on": "x"}).assign(observed_on=ON)
    met = policy.evaluate(at_target, policy.targets(), on=ON).set_index("indicator_id")
    strict = met["bound"] == "more_than"
    assert (met.loc[~strict, "status"] == "met").all()
    assert not (met.loc[strict, "status"] == "met").any()


def test_what_is_missing_of_a_share_is_said_in_points() -> None:
    share = {"measure": "share", "unit": "%"}
    found = only(seen(48.0, **share), asked(value=60.0, baseline_value=40.0, **share))
    # 60 % - 48 % are 12 points; 12 % of 48 % would be something else.
    assert "12 percentage points missing" in found["reason_en"]
    assert "尚差 12 个百分点" in found["reason"]
