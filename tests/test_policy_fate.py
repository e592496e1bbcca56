import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import parkgeo as pg
from parkgeo import policy
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from parkgeo.policy import Fate

NAN = np.nan


def rules_of(*rows: tuple[str, str, str | None, str | None, float | None]) -> pd.DataFrame:
    """Rules by name, fate, attribute, operator, threshold; in the order of the names."""
    table = pd.DataFrame(rows, columns=["rule", "fate", "attribute", "operator", "threshold"])
    return table.assign(order=pd.factorize(table["rule"])[0])


def platforms(**columns: Any) -> pd.DataFrame:  # noqa: ANN401 - values of any column
    """Attributes that every default rule asks for; a platform that none of them takes."""
    rows = max(len(values) for values in columns.values())
    base: dict[str, Any] = {
        "is_host": [False], "higher_share": [0.0], "higher_brand": [None],
        "host_distance_m": [5000.0], "host": ["H"], "core_share": [0.0], "area_km2": [0.2],
        "industrial_share": [0.1], "tax_wanyuan_per_mu": [10.0],
    }  # fmt: skip
    filled = {name: values * rows for name, values in base.items()} | columns
    return pd.DataFrame(filled, index=[f"p{i}" for i in range(rows)])


# The rules ---------------------------------------------------------------------------------------


def test_all_thresholds_but_what_the_document_says_are_assumed() -> None:
    rules = policy.fate_rules()
    stated = rules[~rules["assumed"]]
    # The document names hosts by their sort, and takes all others together: no number.
    assert stated["rule"].tolist() == ["host", "others"]
    assert rules.loc[rules["assumed"], ["leaves_open", "leaves_open_en"]].notna().all(axis=None)
    assert rules["leaves_open_en"].dropna().str.contains("assumed").all()
    assert rules["fate"].drop_duplicates().tolist() == [
        "host", "merged", "innovative", "kept", "phased_out",
    ]  # fmt: skip
    rules.loc[:, "fate"] = "kept"
    assert policy.fate_rules()["fate"].nunique() == 5


@pytest.mark.shared
@pytest.mark.parametrize("table", [policy.fate_rules(), policy.fate_hosts()])
def test_every_word_is_in_the_document(table: pd.DataFrame, sources: Path) -> None:
    def plain(text: str) -> str:
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))

    items = {"三、(三)1(1)": "(1)整合托管型", "三、(三)1(2)": "(2)转为创新型",
             "三、(三)1(3)": "(3)保留提升型", "三、(三)1(4)": "(4)逐步退出型"}  # fmt: skip
    for row in table.itertuples():
        text = plain((sources / f"{row.document_id}.txt").read_text(encoding="utf-8"))
        start = text.index(items[str(row.item)])
        assert plain(str(row.quote)) in text[start : start + 150], row
    types = [Fate(fate) for fate in ("merged", "innovative", "kept", "phased_out")]
    assert all(one.label_zh in text for one in types)


def test_rules_are_read_from_a_file_of_your_own(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    written = rules_of(("big", "kept", "area_km2", "at_least", 2), ("rest", "merged", *[None] * 3))
    written.iloc[::-1].to_csv(path, index=False, encoding="utf-8-sig")
    found = policy.fate_rules(path)
    assert found["rule"].tolist() == ["big", "rest"]
    assert policy.fate(platforms(area_km2=[2.0, 1.9]), rules=found)["fate"].tolist() == [
        "kept", "merged",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"operator": "__import__('os')"}, "is none of at_least, at_most"),
        ({"threshold": "area_km2 * 2"}, "no finite number"),
        ({"threshold": np.inf}, "no finite number"),
        ({"threshold": None}, "has no threshold"),
        ({"operator": None}, "has no operator"),
        ({"attribute": None}, "has no attribute"),
        ({"fate": "closed"}, "'closed' is none of host, merged"),
        ({"fate": "undecided"}, "'undecided' is none of"),
        ({"rule": None}, "column rule: is empty in rows 0"),
        ({"order": None}, "column order: is empty in rows 0"),
        ({"order": 1}, "have one order"),
        ({"rule": "rest"}, "differ in order"),
        ({"assumed": "maybe"}, "not true or false"),
    ],
)
def test_faults_of_rules_are_listed(change: dict[str, Any], match: str) -> None:
    rules = rules_of(("big", "kept", "area_km2", "at_least", 2), ("rest", "merged", *[None] * 3))
    rules = rules.assign(assumed=None).astype(object)
    for column, value in change.items():
        rules.loc[0, column] = value
    with pytest.raises(SchemaError, match=re.escape(match) if "(" in match else match):
        policy.fate(platforms(area_km2=[1.0]), rules=rules)


def test_rules_that_say_one_thing_twice_are_refused(tmp_path: Path) -> None:
    twice = rules_of(("a", "kept", "x", "at_least", 2), ("a", "kept", "x", "at_least", 3))
    with pytest.raises(SchemaError, match="stands twice in one rule"):
        policy.fate(pd.DataFrame({"x": [1]}), rules=twice)
    with pytest.raises(SchemaError, match="the table is empty"):
        policy.fate(pd.DataFrame({"x": [1]}), rules=twice.iloc[:0])
    with pytest.raises(SchemaError, match="no column 'order'"):
        policy.fate(pd.DataFrame({"x": [1]}), rules=twice.drop(columns="order"))
    with pytest.raises(SchemaError, match="cannot be read as a CSV"):
        policy.fate_rules(tmp_path / "none.csv")


# Decisions ---------------------------------------------------------------------------------------


def test_the_first_rule_that_holds_decides() -> None:
    worth = {"area_km2": 1.0, "industrial_share": 0.3, "tax_wanyuan_per_mu": 40.0}
    cases: dict[str, dict[str, Any]] = {
        "host": {"is_host": True, "higher_share": 1.0, "core_share": 1.0},
        "same_ground": {"higher_share": 0.5, "host_distance_m": 0.0, "higher_brand": "B"},
        "adjacent": {"higher_share": 0.49, "host_distance_m": 100.0, "core_share": 1.0},
        "core": {"core_share": 0.5, **worth},
        "worth_keeping": worth,
        "others": worth | {"tax_wanyuan_per_mu": 39.9},
    }
    table = pd.concat([platforms(**{k: [v] for k, v in one.items()}) for one in cases.values()])
    found = policy.fate(table.set_axis(list(cases)))
    assert found["rule"].tolist() == list(cases)
    assert found["fate"].tolist() == [
        "host", "merged", "merged", "innovative", "kept", "phased_out",
    ]  # fmt: skip
    assert found["into"].tolist() == [None, "B", "H", None, None, None]
    assert found["assumed"].tolist() == [False, True, True, True, True, True]
    assert found.loc["core", "fate_zh"] == "转为创新型"


def test_reasons_name_values_and_thresholds_of_every_rule_on_the_way() -> None:
    found = policy.fate(platforms(area_km2=[0.25], core_share=[0.4])).iloc[0]
    for words in (
        "5,000 m，超过 100 m",
        "40 %，低于 50 %（假定）",
        "净面积 0.25 平方公里，低于 1 ",
    ):
        assert words in found["reason"]
    assert "net area 0.25 km² is less than 1 km² (assumed)" in found["reason_en"]
    assert found["reason"].endswith("其余：逐步退出型")
    near = policy.fate(platforms(core_share=[0.499996])).iloc[0]
    assert "49.9996 %，低于 50 %" in near["reason"]


def test_a_value_at_its_threshold_but_for_rounding_is_at_it() -> None:
    found = policy.fate(platforms(core_share=[0.5 * (1 - 1e-12), 0.5 * (1 - 1e-8)]))
    assert found["fate"].tolist() == ["innovative", "phased_out"]


def test_what_is_missing_decides_nothing_later() -> None:
    table = platforms(
        core_share=[NAN, NAN, 0.9, 0.0, 0.0],
        higher_share=[0.0, 0.9, NAN, 0.0, 0.0],
        tax_wanyuan_per_mu=[50.0, 50.0, 50.0, NAN, NAN],
        area_km2=[5.0, 5.0, 5.0, 5.0, 0.5],
        industrial_share=[0.5] * 5,
    ).assign(note="未给出主城区范围", note_en="no core city was given")
    found = policy.fate(table)
    # Last: tax is missing, and the size alone says that it is not kept.
    assert found["fate"].tolist() == [
        "undecided", "merged", "undecided", "undecided", "phased_out",
    ]  # fmt: skip
    assert found["rule"].tolist() == [
        "core", "same_ground", "same_ground", "worth_keeping", "others",
    ]  # fmt: skip
    assert found["missing"].tolist() == [
        ("core_share",), (), ("higher_share",), ("tax_wanyuan_per_mu",), (),
    ]  # fmt: skip
    assert "缺少位于主城区的比例" in found["reason"].iloc[0]
    assert "未给出主城区范围" in found["reason"].iloc[0]
    assert "no core city was given" in found["reason_en"].iloc[0]


def test_no_rule_may_hold() -> None:
    rules = rules_of(("big", "kept", "x", "more_than", 2.0))
    found = policy.fate(pd.DataFrame({"x": [2.0, 2.1]}), rules=rules)
    assert found["fate"].tolist() == ["undecided", "kept"]
    assert found["rule"].tolist() == [None, "big"]
    assert "no rule holds" in found["reason_en"].iloc[0]


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("at_least", [False, True, True]),
        ("at_most", [True, True, False]),
        ("more_than", [False, False, True]),
        ("less_than", [True, False, False]),
        ("exactly", [False, True, False]),
    ],
)
def test_operators(operator: str, holds: list[bool]) -> None:
    rules = rules_of(("a", "kept", "x", operator, -1.0), ("rest", "merged", *[None] * 3))
    found = policy.fate(pd.DataFrame({"x": [-2, -1, 0]}), rules=rules)
    assert (found["fate"] == "kept").tolist() == holds


@pytest.mark.parametrize(
    ("table", "error", "match"),
    [
        (platforms(area_km2=["wide"]), SchemaError, "area_km2 holds 'wide'"),
        (platforms(area_km2=[np.inf]), SchemaError, "area_km2 holds inf"),
        (platforms(core_share=[0.1]).drop(columns="area_km2"), UnknownNameError, "'area_km2'"),
        (platforms(core_share=[0.1]).drop(columns="host"), UnknownNameError, "'host'"),
        (platforms(core_share=[0.1, 0.2]).set_axis(["a", "a"]), SchemaError, "more than one row"),
    ],
)
def test_attributes_that_cannot_be_judged(
    table: pd.DataFrame, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        policy.fate(table)


def test_the_bundled_zones_are_undecided_until_more_is_known() -> None:
    found = policy.fate(policy.platform_attributes(pg.datasets.hangzhou()))
    # Nothing bundled is a host with an extent, so how near one is cannot be said.
    assert (found["fate"] == "undecided").all()
    assert (found["rule"] == "adjacent").all()
    assert found["reason_en"].str.contains("no host has an extent").all()


def test_a_whole_city_is_decided_and_accounted_for() -> None:
    city = pg.datasets.synthetic_city()
    measured = policy.platform_attributes(
        city.parks_before, parcels=city.parcels, firms=city.firms, core=city.core, units=city.units
    )
    # By hand from the drawn extents, in km: 3 × 3.5; 1 × 0.5 of 1.25 × 1.5; 1 × 1 of 2.25 × 2.5.
    shares = measured["higher_share"]
    assert measured.loc["xiling-hitech", "area_km2"] == pytest.approx(10.5, rel=1e-6)
    assert shares["xiling-cloud"] == pytest.approx(0.5 / 1.875, rel=1e-6)
    assert shares["donggang-port"] == pytest.approx(1.0 / 5.625, rel=1e-6)
    assert shares["xiling-town"] == pytest.approx(1.0, rel=1e-9)
    decided = policy.fate(measured)
    assert set(decided["fate"]) == {"host", "merged", "innovative", "kept", "phased_out"}
    into = decided["into"].dropna().to_dict()
    assert into == {
        "donggang-port": "donggang-etdz", "donggang-town": "donggang-etdz",
        "xiling-cloud": "xiling-hitech", "xiling-park": "xiling-hitech",
        "xiling-town": "xiling-hitech",
    }  # fmt: skip
    # What was decided can be the mapping of a consolidation, and every piece of ground adds up.
    after = city.parks_before.assign(brand_id=city.parks_before["brand_id"].replace(into))
    done = policy.consolidate(city.parks_before, after, into)
    assert done.brands["went_to"][list(into)].to_dict() == into
    net = done.summary.loc["net_km2"]
    assert net["before"] == pytest.approx(net["after"], rel=1e-12)
    assert done.brands["lost_km2"].abs().max() == 0


# What if -----------------------------------------------------------------------------------------


def test_who_changes_when_a_threshold_moves() -> None:
    table = platforms(
        area_km2=[0.4, 0.8, 3.0, 3.0, NAN],
        industrial_share=[0.5, 0.5, 0.5, 0.1, 0.5],
        tax_wanyuan_per_mu=[50.0] * 5,
    )
    found = policy.fate_what_if(table, attribute="area_km2", thresholds=[5.0, 0.5, 1.0])
    assert found.fates.columns.tolist() == [0.5, 1.0, 5.0]
    assert found.fates.loc["p1"].tolist() == ["kept", "phased_out", "phased_out"]
    assert found.fates.loc["p4"].tolist() == ["undecided"] * 3
    assert found.changes.to_numpy().tolist() == [
        ["p1", 0.5, "phased_out", "kept"],
        ["p2", 5.0, "kept", "phased_out"],
    ]
    np.testing.assert_array_equal(found.break_even["break_even"], [0.4, 0.8, 3.0, NAN, NAN])
    np.testing.assert_allclose(found.break_even["margin"][:3], [-0.6, -0.2, 2.0])
    assert found.counts.loc[1.0, ["kept", "phased_out", "undecided"]].tolist() == [1, 3, 1]
    assert (found.counts.sum(axis=1) == 5).all()
    assert found.condition["rule"] == "worth_keeping"
    assert "保留提升型" in found._repr_html_()


def test_the_table_of_counts_shows_names_as_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    rules = rules_of(("a", "kept", hostile, "at_least", 1.0))
    found = policy.fate_what_if(
        pd.DataFrame({hostile: [2.0]}), rules, attribute=hostile, thresholds=[1.0]
    )
    assert "<img" not in found._repr_html_()
    assert "kept and raised" in found._repr_html_()


def test_the_condition_that_is_meant() -> None:
    rules = rules_of(
        ("huge", "host", "x", "at_least", 9.0),
        ("middle", "kept", "x", "at_least", 2.0),
        ("middle", "kept", "x", "at_most", 5.0),
        ("rest", "phased_out", None, None, None),
    )
    table = pd.DataFrame({"x": [1.0, 3.0, 6.0]})
    with pytest.raises(AmbiguousNameError, match="rule='huge', operator='at_least'; rule='middle'"):
        policy.fate_what_if(table, rules, attribute="x", thresholds=[1])
    found = policy.fate_what_if(
        table, rules, attribute="x", rule="middle", operator="at_most", thresholds=[2, 6]
    )
    assert found.fates.to_numpy().T.tolist() == [
        ["phased_out"] * 3,
        ["phased_out", "kept", "kept"],
    ]
    np.testing.assert_array_equal(found.break_even["break_even"], [NAN, 3.0, 6.0])
    with pytest.raises(UnknownNameError, match="'y'; there are huge: x at_least"):
        policy.fate_what_if(table, rules, attribute="y", thresholds=[1])
    with pytest.raises(SchemaError, match="finite numbers"):
        policy.fate_what_if(table, rules, attribute="x", rule="huge", thresholds=[])


VALUES = st.one_of(st.just(NAN), st.integers(0, 6).map(float))
CONDITIONS = st.tuples(
    st.sampled_from("abc"), st.sampled_from(sorted(policy.OPERATORS)), st.integers(0, 6)
)


def slow_fate(values: dict[str, float], rules: list[tuple[str, list[Any]]]) -> str:
    """Decide one platform by plain Python."""
    compare = {
        "at_least": lambda v, t: v >= t, "at_most": lambda v, t: v <= t,
        "more_than": lambda v, t: v > t, "less_than": lambda v, t: v < t,
        "exactly": lambda v, t: v == t,
    }  # fmt: skip
    for fate, conditions in rules:
        known = [
            compare[operator](values[name], threshold)
            for name, operator, threshold in conditions
            if values[name] == values[name]
        ]
        if all(known):
            return fate if len(known) == len(conditions) else "undecided"
    return "undecided"


@given(
    st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=6),
    st.lists(
        st.lists(CONDITIONS, min_size=1, max_size=3, unique_by=lambda one: one[:2]),
        min_size=1,
        max_size=4,
    ),
    st.data(),
)
@settings(max_examples=25)
def test_decisions_are_those_of_plain_reading(
    values: list[Any], asked: list[list[Any]], data: st.DataObject
) -> None:
    fates = ["merged", "innovative", "kept", "phased_out"]
    plain = [(fates[i], conditions) for i, conditions in enumerate(asked)]
    rules = rules_of(*[(f"r{i}", fates[i], *one) for i, some in enumerate(asked) for one in some])
    table = pd.DataFrame(values, columns=list("abc"))
    found = policy.fate(table, rules=rules)
    expected = [slow_fate(row, plain) for row in table.to_dict("records")]
    assert found["fate"].tolist() == expected
    back = policy.fate(table.iloc[::-1], rules=rules).iloc[::-1]
    pd.testing.assert_frame_equal(back, found)
    # Each threshold by itself is the same as rules with that threshold.
    at = data.draw(st.integers(0, len(rules) - 1))
    condition = rules.iloc[at]
    steps = [-0.5, 0, 1, 2, 3, 3.5, 4, 5, 6, 6.5]
    moved = policy.fate_what_if(
        table, rules, attribute=condition["attribute"], rule=condition["rule"],
        operator=condition["operator"], thresholds=steps,
    )  # fmt: skip
    own = [one for _, conditions in plain for one in conditions]
    for step in steps:
        changed = iter([*own[:at], (*own[at][:2], step), *own[at + 1 :]])
        other = [(fate, [next(changed) for _ in conditions]) for fate, conditions in plain]
        expected = [slow_fate(row, other) for row in table.to_dict("records")]
        assert moved.fates[step].tolist() == expected
    constant = moved.fates.eq(moved.fates[steps[0]], axis=0).all(axis=1).to_numpy()
    assert (moved.break_even["break_even"].isna().to_numpy() == constant).all()
