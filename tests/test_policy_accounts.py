import itertools
import math
import unicodedata
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from parkgeo import policy
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from tests.conftest import from_metres

FIRMS = pd.DataFrame(
    {
        "brand_id": ["zone", "zone", "binfu", "binfu", None, ("binfu", "host_zone")],
        "district": ["滨江", "萧山", "富阳", "富阳", "富阳", "富阳"],
        "tax": [100.0, 20.0, 10.0, 30.0, 7.0, 5.0],
        "staff": [50, 10, 4, 6, None, 2],
    },
    index=["f1", "f2", "f3", "f4", "f5", "f6"],
)
UNITS = {"tax": "万元", "staff": "人"}


def agreement(**given: object) -> pd.DataFrame:
    row = {"park": "binfu", "zone": "zone", "host": "富阳", "home": "滨江", "rule": "whole_to_zone"}
    return pd.DataFrame([row | given])


def attributed(agreements: pd.DataFrame, **asked: object) -> policy.Accounts:
    options: dict[str, Any] = {"units": UNITS} | asked
    return policy.attribute(FIRMS, agreements, **options)


def values(found: policy.Accounts, view: str, statistic: str = "tax") -> dict[Any, float]:
    table = found.accounts
    rows = table[(table["view"] == view) & (table["statistic"] == statistic)]
    return dict(zip(zip(rows["kind"], rows["account"], strict=True), rows["value"], strict=True))


def test_a_cooperation_park_counts_for_the_zone_across_the_border() -> None:
    found = attributed(agreement())
    # 100 + 20 of its own ground, 10 + 30 + 5 of the cooperation park; 7 lies in no zone.
    assert values(found, "zone") == {("zone", "zone"): 165.0, ("outside", "outside"): 7.0}
    assert values(found, "district") == {
        ("district", "富阳"): 52.0,
        ("district", "滨江"): 100.0,
        ("district", "萧山"): 20.0,
    }
    assert values(found, "cooperation_park") == {("zone", "binfu"): 45.0}
    assert found.crossing.query("statistic == 'tax'").to_numpy().tolist() == [
        ["zone", "富阳", "tax", 45.0, "wanyuan"]
    ]
    assert found.totals.loc["tax", "counted_in_both"] == 45.0


def test_shares_differ_by_statistic() -> None:
    split = pd.concat(
        [
            agreement(rule="by_share", zone_share=0.4, host_share=0.6, statistic="tax"),
            agreement(rule="全部计入属地"),
        ],
        ignore_index=True,
    )
    found = attributed(split)
    # Of f6 the host's share stays with the other brand on that ground.
    assert values(found, "zone") == pytest.approx(
        {
            ("zone", "zone"): 120 + 0.4 * 45,
            ("zone", "host_zone"): 0.6 * 5,
            ("host", "富阳"): 0.6 * 40,
            ("outside", "outside"): 7.0,
        }
    )
    assert values(found, "zone", "staff") == {
        ("zone", "zone"): 60.0,
        ("zone", "host_zone"): 2.0,
        ("host", "富阳"): 10.0,
    }
    assert found.notes["kind"].tolist() == ["missing_value"]
    assert found.notes["rows"].tolist() == [("f5",)]
    assert found.totals.loc["staff", "n_missing"] == 1


def test_by_agreement_the_share_of_the_zone_counts_in_its_home_district() -> None:
    split = agreement(rule="by_share", zone_share=0.4, host_share=0.6)
    found = attributed(split, district_view="agreement")
    assert values(found, "district") == pytest.approx(
        {("district", "富阳"): 7 + 27, ("district", "滨江"): 118.0, ("district", "萧山"): 20.0}
    )
    assert not len(found.crossing)
    with pytest.raises(SchemaError, match="rows 0 have no 'home'"):
        attributed(split.drop(columns="home"), district_view="agreement")


def test_an_agreement_holds_from_its_first_to_its_last_day() -> None:
    split = agreement(valid_from="2023-01-01", valid_to="2024-12-31")
    for day, share in [
        ("2022-12-31", 0),
        ("2023-01-01", 45),
        ("2024-12-31", 45),
        ("2025-01-01", 0),
    ]:
        own = values(attributed(split, on=day), "zone")[("zone", "zone")]
        assert own == 120 + share
    dated = FIRMS.assign(day=["2023-06-01"] * 3 + ["2025-06-01"] * 3)
    found = policy.attribute(dated, split, units=UNITS, date="day")
    assert values(found, "zone")[("zone", "zone")] == 130
    with pytest.raises(SchemaError, match="say for which day"):
        attributed(split)
    with pytest.raises(SchemaError, match="no day in rows 'f1'"):
        policy.attribute(
            dated.assign(day=[None, *dated["day"][1:]]), split, units=UNITS, date="day"
        )


def test_overlapping_agreements_are_refused() -> None:
    first = agreement(valid_from="2023-01-01", valid_to="2024-12-31")
    then = agreement(valid_from="2024-12-31", rule="whole_to_host")
    both = pd.concat([first, then], ignore_index=True)
    with pytest.raises(SchemaError, match="rows 0, 1 on 'binfu' hold on the same days"):
        attributed(both, on="2023-06-01")
    both.loc[1, "valid_from"] = "2025-01-01"
    assert values(attributed(both, on="2025-01-01"), "zone")[("zone", "zone")] == 120


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rule": "by_share", "zone_share": 0.5, "host_share": 0.6}, "do not add up to 1"),
        ({"rule": "by_share", "zone_share": 0.5}, "do not add up to 1"),
        ({"rule": "by_share", "zone_share": 1.5, "host_share": -0.5}, "share below 0"),
        ({"rule": "by_share", "zone_share": "half", "host_share": 0.5}, "is no number"),
        ({"zone_share": 0.5, "host_share": 0.5}, "only the rule 'by_share' has"),
        ({"rule": "by_area"}, "give 'zone_km2' and 'host_km2'"),
        ({"rule": "by_area", "zone_km2": 0, "host_km2": 0}, "not both 0"),
        ({"statistic": "gdp"}, "a statistic that is none of 'tax', 'staff'"),
        ({"valid_from": "2024", "valid_to": "2023-01-01"}, "end before they start"),
        ({"valid_from": 2024}, "no day"),
        ({"zone": None}, "rows 0 have no 'zone'"),
    ],
)
def test_agreements_that_cannot_be_applied_are_refused(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        attributed(agreement(**given), on="2024-01-01")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no rule 'half' \\(rows 0\\)"):
        attributed(agreement(rule="half"))
    with pytest.raises(UnknownNameError, match="rows 0 are on 'binfo'"):
        attributed(agreement(park="binfo"))
    with pytest.raises(UnknownNameError, match="no district_view"):
        attributed(agreement(), district_view="both")
    with pytest.raises(UnknownNameError, match="unknown unit '元宝'"):
        attributed(agreement(), units={"tax": "元宝"})


def test_what_does_not_add_up_is_refused() -> None:
    for unit in ("%", "万元/亩"):
        with pytest.raises(SchemaError, match="ratios do not add up"):
            attributed(agreement(), units={"tax": unit})
    with pytest.raises(SchemaError, match="no unit is declared"):
        attributed(agreement(), units={"staff": "人"}, statistics=["tax"])
    with pytest.raises(SchemaError, match="below zero in rows 'f1'"):
        policy.attribute(FIRMS.assign(tax=[-1.0, *[1.0] * 5]), agreement(), units=UNITS)
    with pytest.raises(SchemaError, match="'many', no finite number, in rows 'f1'"):
        policy.attribute(FIRMS.assign(tax=["many", *[1.0] * 5]), agreement(), units=UNITS)


def test_a_loss_is_attributed_where_it_is_asked_for() -> None:
    firms = FIRMS.assign(tax=[-1.0, 2.0, -3.0, 4.0, 5.0, 6.0])
    found = policy.attribute(firms, agreement(), units={"tax": "亿元"}, signed=["tax"])
    # 亿元 are 10 000 万元.
    assert values(found, "zone")[("zone", "zone")] == pytest.approx(8 * 10_000)


def test_each_row_may_have_its_own_unit() -> None:
    firms = FIRMS.assign(tax_unit=["亿元", *["万元"] * 5])
    found = policy.attribute(firms, agreement(), units={}, statistics=["tax"])
    assert found.totals.loc["tax", "given"] == 1_000_072.0


def test_ground_of_several_zones_counts_once() -> None:
    firms = pd.DataFrame({"brand_id": [("a", "b"), ["a"]], "tax": [4.0, 1.0]})
    none = agreement().iloc[:0]
    found = policy.attribute(firms, none, units={"tax": "万元"})
    assert values(found, "zone") == {("zone", "a"): 1.0, ("shared", ("a", "b")): 4.0}
    assert values(found, "district") == {("unknown", "unknown"): 5.0}
    first = policy.attribute(firms, none, units={"tax": "万元"}, precedence=["b", "a"])
    assert values(first, "zone") == {("zone", "a"): 1.0, ("zone", "b"): 4.0}
    same = policy.attribute(firms, none, units={"tax": "万元"}, zones={"a": "z", "b": "z"})
    assert values(same, "zone") == {("zone", "z"): 5.0}


def test_two_cooperation_parks_on_one_ground_need_a_word() -> None:
    firms = pd.DataFrame({"brand_id": [("p", "q")], "district": ["富阳"], "tax": [4.0]})
    both = pd.concat([agreement(park="p"), agreement(park="q", zone="z2")], ignore_index=True)
    with pytest.raises(AmbiguousNameError, match="rows 0: 'p', 'q' are cooperation parks"):
        policy.attribute(firms, both, units={"tax": "万元"})
    found = policy.attribute(firms, both, units={"tax": "万元"}, precedence=["q"])
    assert values(found, "zone") == {("zone", "z2"): 4.0}


# On the ground: a park of 2 × 1 km across the border of two districts at x = 500 m.
PARKS = gpd.GeoDataFrame(
    {"brand_id": ["zone", "binfu"]},
    geometry=[from_metres(box(-5000, 0, -4000, 1000)), from_metres(box(0, 0, 2000, 1000))],
    crs="EPSG:4490",
)
DISTRICTS = gpd.GeoDataFrame(
    {"district": ["滨江", "富阳"]},
    geometry=[from_metres(box(-9000, -9000, 500, 9000)), from_metres(box(500, -9000, 9000, 9000))],
    crs="EPSG:4490",
)


def test_parcels_are_spread_by_area() -> None:
    # 4 km² of which the park has 1.5 in 富阳 and 0.5 in 滨江; 2 lie in no park.
    parcel = gpd.GeoDataFrame(
        {"tax": [8.0]}, geometry=[from_metres(box(0, 0, 2000, 2000))], crs="EPSG:4490"
    )
    found = policy.attribute(
        parcel, agreement(), units={"tax": "万元"}, parks=PARKS, districts=DISTRICTS
    )
    assert values(found, "zone") == pytest.approx({("zone", "zone"): 4, ("outside", "outside"): 4})
    assert values(found, "district") == pytest.approx(
        {("district", "富阳"): 6, ("district", "滨江"): 2}
    )
    # What lies in the zone's own district is not counted for two places.
    assert found.crossing["value"].tolist() == pytest.approx([3.0])


def test_land_of_the_partners_is_measured() -> None:
    firms = gpd.GeoDataFrame(
        {"tax": [8.0, 1.0, 2.0], "district": ["富阳"] * 3},
        geometry=[from_metres(Point(1000, 500)), from_metres(Point(7000, 500)), None],
        crs="EPSG:4490",
    )
    found = policy.attribute(
        firms, agreement(rule="按面积"), units={"tax": "万元"}, parks=PARKS, districts=DISTRICTS
    )
    # A quarter of the park lies in the district of the zone.
    assert values(found, "zone") == pytest.approx(
        {
            ("zone", "zone"): 2.0,
            ("host", "富阳"): 6.0,
            ("outside", "outside"): 1.0,
            ("unknown", "unknown"): 2.0,
        }
    )
    assert found.notes["kind"].tolist() == ["no_district", "no_place"]
    with pytest.raises(SchemaError, match="lie neither in '滨江' nor in '富阳'"):
        policy.attribute(
            firms,
            agreement(rule="by_area"),
            units={"tax": "万元"},
            parks=PARKS,
            districts=DISTRICTS.assign(district=["西湖", "富阳"]),
        )


def test_points_on_a_border_count_once() -> None:
    firms = gpd.GeoDataFrame(
        {"tax": [8.0]}, geometry=[from_metres(Point(500, 500))], crs="EPSG:4490"
    )
    found = policy.attribute(
        firms, agreement(), units={"tax": "万元"}, parks=PARKS, districts=DISTRICTS
    )
    assert found.totals.loc["tax", ["zone_view", "district_view"]].tolist() == [8.0, 8.0]


def test_nothing_is_changed_and_nothing_is_no_error() -> None:
    before, split = FIRMS.copy(deep=True), agreement()
    attributed(split)
    pd.testing.assert_frame_equal(before, FIRMS)
    pd.testing.assert_frame_equal(split, agreement())
    found = policy.attribute(FIRMS.iloc[:0], split.iloc[:0], units=UNITS)
    assert not len(found.accounts)
    assert found.totals["given"].tolist() == [0.0, 0.0]


def test_labels_stay_what_they_are() -> None:
    firms = pd.DataFrame(
        {"brand_id": [1, 2, None], "district": ["富阳"] * 3, "tax": [1.0, 2.0, 3.0]}
    )
    found = policy.attribute(firms, agreement(park=1, zone=2), units={"tax": "万元"})
    assert values(found, "cooperation_park") == {("zone", 1): 1.0}
    assert isinstance(found.ledger["park"].iloc[0], int)
    with pytest.raises(SchemaError, match="must hold labels, or tuples of labels"):
        policy.attribute(firms.assign(brand_id=[{}] * 3), agreement(), units={"tax": "万元"})


def test_names_are_shown_as_text() -> None:
    name = "<script>alert(1)</script>"
    found = attributed(agreement(zone=name, host=name))
    shown = found._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.shared
@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("hangzhou-2023-national-hitech-zone-opinions", "将特别合作园(区)的数据纳入统计核算"),
        ("hangzhou-2023-national-hitech-zone-opinions", "一区多园"),
        ("hangzhou-2023-zone-high-quality-development-opinions", "绘制全市产业链“招商地图”"),
        ("hangzhou-2023-zone-high-quality-development-opinions", "主导产业占比提高到60%以上"),
        ("hangzhou-2023-zone-high-quality-development-opinions", "主导产业占比增长20%以上"),
    ],
)
def test_what_the_documents_are_said_to_say_they_say(
    sources: Path, document: str, words: str
) -> None:
    def plain(text: str) -> str:
        return "".join(unicodedata.normalize("NFKC", text).split())

    assert plain(words) in plain((sources / f"{document}.txt").read_text("utf-8"))


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcp"), max_size=3, unique=True),
            st.sampled_from(["D", "H", None]),
            st.one_of(st.none(), st.floats(0, 1e9)),
        ),
        min_size=1,
        max_size=12,
    ),
    share=st.floats(0, 1),
    view=st.sampled_from(["location", "agreement"]),
    seed=st.randoms(use_true_random=False),
)
def test_either_view_adds_up_to_what_was_given(
    rows: list[tuple[object, ...]], share: float, view: str, seed: Random
) -> None:
    firms = pd.DataFrame(rows, columns=["brand_id", "district", "tax"])
    firms["tax"] = firms["tax"].astype(float)
    firms.loc[len(firms)] = [("p",), "H", 1.0]
    split = agreement(park="p", host="H", home="D", rule="by_share", zone_share=share,
                      host_share=1 - share)  # fmt: skip
    asked: dict[str, Any] = {"units": {"tax": "亿元"}, "district_view": view}
    found = policy.attribute(firms, split, **asked)
    whole = math.fsum(firms["tax"].dropna()) * 1e4
    for name in ("zone", "district"):
        posted = math.fsum(values(found, name).values())
        assert posted == pytest.approx(whole, rel=1e-9, abs=1e-9)
    assert found.totals["error"].max() <= 1e-9
    # Each row is posted in full, once.
    posted_share = found.ledger.groupby("row")["share"].sum()
    np.testing.assert_allclose(posted_share, 1.0, atol=1e-9)
    order = list(firms.index)
    seed.shuffle(order)
    again = policy.attribute(firms.loc[order], split, **asked)
    keys = [*itertools.product(["zone", "district"], ["tax"])]
    for key in keys:
        assert values(again, *key) == pytest.approx(values(found, *key), rel=1e-9, abs=1e-6)
