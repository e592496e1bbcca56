from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from parkgeo import overlap, policy
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from tests.conftest import from_metres


def zones(**corners: tuple[int, int, int, int] | None) -> gpd.GeoDataFrame:
    """Rectangles in metres by brand; null for a brand without an extent."""
    shapes = [None if one is None else from_metres(box(*one)) for one in corners.values()]
    return gpd.GeoDataFrame({"brand_id": list(corners)}, geometry=shapes, crs="EPSG:4490")


BEFORE = zones(
    a=(0, 0, 2000, 1000),
    b=(1000, 0, 3000, 1000),
    c=(4000, 0, 5000, 1000),
    d=(6000, 0, 7000, 1000),
    e=None,
)
AFTER = zones(a=(0, 0, 2500, 1000), f=(4000, 0, 4400, 1000), g=(9000, 0, 9500, 1000))


def test_each_brand_is_accounted_for() -> None:
    found = policy.consolidate(BEFORE, AFTER, {"b": "a"}).brands
    assert found["went_to"].tolist() == ["a", "a", None, None, None]
    assert found["status"].tolist() == ["kept", "merged", "unclear", "given up", "unclear"]
    assert found["evidence"].tolist() == ["label", "mapping", None, "ground", None]
    # km² in the drawing: b has 1.5 of its 2 in a; f has 0.4 of c's 1; all of d is lost.
    expected = {
        "a": [2.0, 2.0, 0.0, 0.0],
        "b": [2.0, 1.5, 0.0, 0.5],
        "c": [1.0, 0.0, 0.4, 0.6],
        "d": [1.0, 0.0, 0.0, 1.0],
    }
    columns = ["before_km2", "kept_km2", "to_others_km2", "lost_km2"]
    for label, areas in expected.items():
        np.testing.assert_allclose(found.loc[label, columns].astype(float), areas, atol=1e-9)
    assert found.loc["e", columns].isna().all()
    assert found.loc["b", "share"] == pytest.approx(0.75, rel=1e-9)
    assert "没有范围" in found.loc["e", "reason"]
    assert "no extent" in found.loc["e", "reason_en"]
    assert "40.0 %" in found.loc["c", "reason_en"]


def test_each_successor_says_where_its_ground_is_from() -> None:
    found = policy.consolidate(BEFORE, AFTER, {"b": "a"}).successors
    assert found["came_from"].tolist() == [("a", "b"), (), ()]
    columns = ["after_km2", "kept_km2", "from_others_km2", "gained_km2"]
    expected = [[2.5, 2.5, 0.0, 0.0], [0.4, 0.0, 0.4, 0.0], [0.5, 0.0, 0.0, 0.5]]
    np.testing.assert_allclose(found[columns], expected, atol=1e-9)


def test_the_summary_counts_ground_once() -> None:
    summary = policy.consolidate(BEFORE, AFTER).summary
    # Before: 2 + 2 + 1 + 1 added up, of which a and b share 1. After: nothing is shared.
    expected = {
        "brands": (5, 3, -2),
        "added_up_km2": (6, 3.4, -2.6),
        "net_km2": (5, 3.4, -1.6),
        "counted_twice_km2": (1, 0, -1),
    }
    for name, row in expected.items():
        np.testing.assert_allclose(summary.loc[name].astype(float), row, atol=1e-9)
    assert summary.loc["kept_km2", "change"] == pytest.approx(2.9, rel=1e-9)
    assert summary.loc["lost_km2", "change"] == pytest.approx(2.1, rel=1e-9)
    assert summary.loc["gained_km2", "change"] == pytest.approx(0.5, rel=1e-9)
    assert summary.loc[["bodies", "staff"]].isna().all(axis=None)


def test_ground_tells_where_a_brand_went_if_enough_of_it_is_there() -> None:
    found = policy.consolidate(BEFORE, AFTER, least_share=0.4 - 1e-9).brands
    assert found.loc["b", ["went_to", "status", "evidence"]].tolist() == ["a", "merged", "ground"]
    assert found.loc["c", "went_to"] == "f"


def test_two_that_have_as_much_are_not_chosen_between() -> None:
    before = zones(a=(0, 0, 2000, 1000))
    after = zones(x=(0, 0, 1000, 1000), y=(1000, 0, 2000, 1000))
    with pytest.raises(AmbiguousNameError, match="'x', 'y' each have 50.0 % of the ground of 'a'"):
        policy.consolidate(before, after, least_share=0.5 - 1e-6)
    assert policy.consolidate(before, after, {"a": "y"}).brands.loc["a", "went_to"] == "y"


def test_staff_of_a_committee_counts_once() -> None:
    before = BEFORE.assign(
        administrator=["甲管委会", "甲 管委会", "乙", "乙", None], staff=[9, 9, 16, None, None]
    )
    after = AFTER.assign(administrator=["甲管委会", "乙", "乙"], staff=[9, 8, 8])
    summary = policy.consolidate(before, after).summary
    assert summary.loc["bodies"].tolist() == [2, 2, 0]
    assert summary.loc["staff"].tolist() == [25, 17, -8]
    with pytest.raises(SchemaError, match="'乙' disagree about 'staff'"):
        policy.consolidate(before.assign(staff=[9, 9, 16, 15, None]), after)
    with pytest.raises(SchemaError, match="rows 4 have 'staff' and no 'administrator'"):
        policy.consolidate(before.assign(staff=[9, 9, 16, None, 3]), after)
    with pytest.raises(SchemaError, match="below zero in rows 2"):
        policy.consolidate(before.assign(staff=[9, 9, -16, None, None]), after)


@pytest.mark.parametrize("mapping", [{"z": "a"}, {"a": "z"}])
def test_a_mapping_of_unknown_brands_is_refused(mapping: dict[Any, Any]) -> None:
    with pytest.raises(UnknownNameError, match="'z', which the frames do not have"):
        policy.consolidate(BEFORE, AFTER, mapping)


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(SchemaError, match="least_share"):
        policy.consolidate(BEFORE, AFTER, least_share=0)


def test_the_card_shows_names_as_text() -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    before = BEFORE.assign(brand_id=[hostile, *"bcde"])
    card = policy.consolidate(before, AFTER)._repr_html_()
    assert "<img" not in card
    assert "整合前后" in card


SQUARES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 5), st.integers(1, 5)),
    min_size=1,
    max_size=4,
)


def city(squares: list[tuple[int, int, int, int]], names: str) -> gpd.GeoDataFrame:
    shapes: list[Polygon] = [
        from_metres(box(100 * x, 100 * y, 100 * (x + width), 100 * (y + height)))
        for x, y, width, height in squares
    ]
    labels = list(names[: len(shapes)])
    return gpd.GeoDataFrame({"brand_id": labels}, geometry=shapes, crs="EPSG:4490")


@given(SQUARES, SQUARES, st.sampled_from(["c", None]))
@settings(max_examples=25)
def test_nothing_is_lost_in_the_accounts(old: list[Any], new: list[Any], heir: str | None) -> None:
    before, after = city(old, "abcd"), city(new, "cdef")
    mapping = dict.fromkeys("ab"[: len(old)], heir)
    found = policy.consolidate(before, after, mapping)
    brands, successors = found.brands, found.successors
    gone = brands[["kept_km2", "to_others_km2", "lost_km2"]].sum(axis=1)
    np.testing.assert_allclose(gone, brands["before_km2"], rtol=1e-12)
    come = successors[["kept_km2", "from_others_km2", "gained_km2"]].sum(axis=1)
    np.testing.assert_allclose(come, successors["after_km2"], rtol=1e-12)
    net = found.summary.loc["net_km2"]
    assert net["before"] == pytest.approx(overlap.net_area_km2(before), rel=1e-9)
    assert net["after"] == pytest.approx(overlap.net_area_km2(after), rel=1e-9)
    change = found.summary["change"]
    assert change["kept_km2"] + change["lost_km2"] == pytest.approx(net["before"], rel=1e-9)
    assert change["kept_km2"] + change["gained_km2"] == pytest.approx(net["after"], rel=1e-9)
    again = policy.consolidate(before.iloc[::-1], after.iloc[::-1], mapping)
    pd.testing.assert_frame_equal(
        again.brands.sort_index(), brands.sort_index(), check_exact=False, rtol=1e-9
    )
