from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from parkgeo import agglomeration, policy
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from tests.conftest import from_metres

# 亿元. Zone a: electronics 7 of 10, textiles 2, one without a code 1. Zone b: textiles 4 of 8.
FIRMS = pd.DataFrame(
    {
        "brand_id": ["a", "a", "a", "a", "b", "b", "b", None, "c"],
        "industry_code": ["C3911", "3922", "17", None, "1711", "39", "C27", "17", "27"],
        "output": [4.0, 3.0, 2.0, 1.0, 4.0, 3.0, 1.0, 11.0, 0.0],
    }
)
UNITS = {"output": "亿元"}


def leading(firms: pd.DataFrame = FIRMS, **asked: Any) -> pd.DataFrame:  # noqa: ANN401
    return policy.leading_industry(firms, **({"units": UNITS} | asked)).zones


def test_each_zone_has_its_largest_industry() -> None:
    zones = leading()
    assert zones["leading"].tolist() == [("39",), ("17",), ()]
    assert zones.loc["a", "leading_name"] == "计算机、通信和其他电子设备制造业"
    assert zones["leading_wanyuan"].tolist() == [70_000, 40_000, 0]
    assert zones["share"].tolist()[:2] == pytest.approx([0.7, 0.5])
    assert zones.loc["a", "share_high"] == pytest.approx(0.8)
    assert zones.loc["a", "share_without_code"] == pytest.approx(0.1)
    # Of all firms with a code electronics are 10 of 28, textiles 17 of 28.
    assert zones.loc["a", "location_quotient"] == pytest.approx((7 / 9) / (10 / 28))
    assert zones.loc["b", "location_quotient"] == pytest.approx((4 / 8) / (17 / 28))
    assert zones.loc["a", "hhi"] == pytest.approx((7 / 9) ** 2 + (2 / 9) ** 2)
    assert zones["n_firms"].tolist() == [4, 3, 1]
    assert zones["status"].tolist() == ["met", "not_met", "no_data"]


def test_the_gap_is_what_would_have_to_turn_or_grow() -> None:
    row = leading().loc["b"]
    # 60 % of 8 are 4.8; 4 + x of 8 + x are 60 % for x = 2.
    assert row["target"] == 0.6
    assert row["gap"] == pytest.approx(0.1)
    assert row["gap_wanyuan"] == pytest.approx(8_000)
    assert row["growth_needed_wanyuan"] == pytest.approx(20_000)
    assert "尚差 8,000.0 万元" in row["reason"]
    assert "50.0 %" in row["reason_en"]
    assert leading(target=0.5).loc["b", "status"] == "met"
    assert leading().attrs["target_source"].startswith("hz2023-leading-share: ")


def test_several_may_lead_and_zones_may_declare_theirs() -> None:
    zones = leading(n_leading=2, declared={"a": ["17"]})
    assert zones["leading"].tolist() == [("17",), ("17", "39"), ()]
    assert zones["share"].tolist()[:2] == pytest.approx([0.2, 7 / 8])
    with pytest.raises(UnknownNameError, match="declared names 'z'"):
        leading(declared={"z": ["17"]})
    with pytest.raises(SchemaError, match="'a' must have a list"):
        leading(declared={"a": "17"})


@pytest.mark.parametrize(
    ("level", "first", "without"),
    [("section", "C", 0.1), ("division", "39", 0.1), ("group", "391", 0.3), ("class", "3911", 0.3)],
)
def test_a_code_that_is_too_coarse_is_none(level: Any, first: str, without: float) -> None:  # noqa: ANN401
    row = leading(level=level).loc["a"]
    assert row["leading"] == (first,)
    assert row["share_without_code"] == pytest.approx(without)


def test_a_spreadsheet_may_have_taken_the_leading_zero() -> None:
    firms = pd.DataFrame(
        {"brand_id": ["a"] * 3, "industry_code": [111.0, 1711.0, np.nan], "output": [3.0, 2.0, 1.0]}
    )
    # 0111 is in division 01; 111 in text would be group 111.
    assert leading(firms).loc["a", "leading"] == ("01",)
    text = firms.assign(industry_code=["111", "1711", ""])
    assert leading(text).loc["a", "leading"] == ("11",)
    assert leading(text.assign(industry_code=["ZZ", "99", "x"])).loc["a", "leading"] == ()


def test_chains_are_industries_of_ones_own() -> None:
    chains = {"39": "芯片", "3922": "通信", "17": "时尚"}
    found = policy.leading_industry(FIRMS, units=UNITS, chains=chains)
    assert found.zones.loc["a", ["leading", "share"]].tolist() == [("芯片",), 0.4]
    table = pd.DataFrame({"industry_code": list(chains), "chain": list(chains.values())})
    again = policy.leading_industry(FIRMS, units=UNITS, chains=table)
    pd.testing.assert_frame_equal(found.zones, again.zones)
    assert found.zones.loc["b", "share_without_code"] == pytest.approx(1 / 8)
    twice = pd.DataFrame({"industry_code": ["39", "C39"], "chain": ["a", "b"]})
    with pytest.raises(AmbiguousNameError, match="39 is in 'a' and in 'b'"):
        leading(chains=twice)
    with pytest.raises(SchemaError, match="'chips' is no code"):
        leading(chains={"chips": "芯片"})
    # A chain may have any name, also one that tables use.
    assert leading(chains={"39": "region"}).loc["a", "leading"] == ("region",)


def test_of_equals_the_more_special_leads_and_then_the_first_label() -> None:
    firms = pd.DataFrame(
        {
            "brand_id": ["a", "a", "b", "c", "c"],
            "industry_code": ["17", "39", "17", "27", "26"],
            "output": [1.0, 1.0, 5.0, 2.0, 2.0],
        }
    )
    zones = leading(firms)
    assert zones.loc["a", "leading"] == ("39",)
    assert zones.loc["c", "leading"] == ("26",)


def test_growth_of_the_share_is_relative() -> None:
    before = FIRMS.assign(output=[4.0, 1.0, 4.0, 1.0, 4.0, 3.0, 1.0, 11.0, 0.0])
    zones = leading(previous=before)
    # Electronics in a: 7 of 10 now, 5 of 10 then, 40 % more; textiles in b as before.
    assert zones["share_before"].tolist()[:2] == pytest.approx([0.5, 0.5])
    assert zones["growth"].tolist()[:2] == pytest.approx([0.4, 0.0])
    assert zones["growth_status"].tolist() == ["met", "not_met", "no_data"]
    assert leading(previous=before[before["brand_id"] == "b"])["growth_status"].tolist() == [
        "no_data", "not_met", "no_data",
    ]  # fmt: skip


def test_a_firm_under_two_brands_counts_in_both_and_once_in_the_city() -> None:
    firms = pd.DataFrame(
        {
            "brand_id": [("a", "b"), "b", None],
            "industry_code": ["39", "17", "17"],
            "output": [2.0, 2.0, 4.0],
        }
    )
    zones = leading(firms)
    assert zones["total_wanyuan"].tolist() == [20_000, 40_000]
    # Electronics are 2 of 8 in the city.
    assert zones.loc["a", "location_quotient"] == pytest.approx(1 / (2 / 8))


def test_quotients_are_those_of_agglomeration_where_nothing_overlaps() -> None:
    firms = FIRMS[FIRMS["industry_code"].notna()].fillna({"brand_id": "outside"})
    table = pd.DataFrame(
        {
            "region": firms["brand_id"],
            "industry": firms["industry_code"].str.removeprefix("C").str[:2],
            "value": firms["output"],
        }
    )
    expected = agglomeration.location_quotient(table, value="value").set_index(
        ["region", "industry"]
    )["location_quotient"]
    found = policy.leading_industry(FIRMS, units=UNITS).industries
    for row in found[found["value_wanyuan"] > 0].to_dict("records"):
        assert row["location_quotient"] == pytest.approx(
            expected[row["brand_id"], row["industry"]], rel=1e-12
        )


def test_points_are_laid_on_zones() -> None:
    parks = gpd.GeoDataFrame(
        {"brand_id": ["a", "b"]},
        geometry=[from_metres(box(0, 0, 1000, 1000)), from_metres(box(500, 0, 2000, 1000))],
        crs="EPSG:4490",
    )
    firms = gpd.GeoDataFrame(
        {"industry_code": ["39", "17", "17"], "output": [1.0, 2.0, 9.0]},
        geometry=[from_metres(Point(x, 500)) for x in (700, 1500, 5000)],
        crs="EPSG:4490",
    ).to_crs("EPSG:4549")
    zones = leading(firms, parks=parks)
    assert zones["total_wanyuan"].tolist() == pytest.approx([10_000, 30_000])


def test_what_cannot_be_counted_is_refused_by_row() -> None:
    with pytest.raises(SchemaError, match="n_leading must be 1, 2 or 3, not 4"):
        leading(n_leading=4)
    with pytest.raises(SchemaError, match="target must be a share between 0 and 1, not 60"):
        leading(target=60)
    with pytest.raises(SchemaError, match="below zero in rows 0"):
        leading(FIRMS.assign(output=[-1.0, *[1.0] * 8]))
    with pytest.raises(SchemaError, match="no unit is declared"):
        leading(units={})
    with pytest.raises(UnknownNameError, match="no level 'kind'"):
        leading(level="kind")
    with pytest.raises(SchemaError, match="no column 'industry_code'"):
        leading(FIRMS.drop(columns="industry_code"))
    missing = leading(FIRMS.assign(output=[None, *FIRMS["output"][1:]]))
    assert missing.attrs["rows_without_value"] == {"n": 1, "rows": "0"}


def test_no_firms_are_no_error_and_names_are_text() -> None:
    assert not len(leading(FIRMS.iloc[:0]))
    shown = policy.leading_industry(
        FIRMS, units=UNITS, chains={"39": "<img src=x onerror=alert(1)>"}
    )._repr_html_()
    assert "<img" not in shown


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(
            st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            st.sampled_from(["17", "39", "27", None]),
            st.integers(0, 5).map(float),
        ),
        min_size=1,
        max_size=15,
    ),
    seed=st.randoms(use_true_random=False),
)
def test_row_order_changes_nothing(rows: list[tuple[object, ...]], seed: Random) -> None:
    firms = pd.DataFrame(rows, columns=["brand_id", "industry_code", "output"])
    order = list(firms.index)
    seed.shuffle(order)
    one, other = leading(firms), leading(firms.loc[order])
    pd.testing.assert_frame_equal(one, other)
    shares = one["share"].dropna()
    assert shares.between(0, 1 + 1e-12).all()
    assert (one["share_high"].dropna() >= shares - 1e-12).all()
