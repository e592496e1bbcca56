from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from parkgeo import overlap, policy
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError
from tests.conftest import from_metres

# 1 ha are 15 mu. Parcels of 200 × 100 m are 2 ha or 30 mu.
LAND = gpd.GeoDataFrame(
    {
        "parcel_id": ["p1", "p2", "p3", "p4", "p5"],
        "status": ["批而未供", "供而未用", "低效用地", "在用", "批而未供"],
        "district": ["西湖", "西湖", None, "西湖", "余杭"],
        "allowed": ["C39；C27", "生物医药, 39", None, "17", "C39"],
        "price": [50.0, 60.0, None, 1.0, 80.0],
    },
    geometry=[
        from_metres(box(0, 0, 200, 100)),
        from_metres(box(100, 0, 300, 100)),
        from_metres(box(1000, 0, 1200, 100)),
        from_metres(box(1100, 0, 1300, 100)),
        from_metres(box(5000, 0, 6000, 400)),
    ],
    index=list("abcde"),
    crs="EPSG:4490",
)
PARKS = gpd.GeoDataFrame(
    {"brand_id": ["x", "y"]},
    geometry=[from_metres(box(0, 0, 1100, 1000)), from_metres(box(200, 0, 5500, 1000))],
    crs="EPSG:4490",
)


def available(**asked: Any) -> policy.AvailableLand:  # noqa: ANN401
    return policy.available_land(LAND, **asked)


def test_ground_of_two_registers_counts_once() -> None:
    found = available()
    # p1 and p2 share 100 × 100 m, which the supplied one has; land in use takes none of p3's.
    assert found.parcels.index.tolist() == ["a", "b", "c", "e"]
    assert found.parcels["area_mu"].tolist() == pytest.approx([15, 30, 30, 600], rel=1e-9)
    assert found.parcels["gross_mu"].tolist() == pytest.approx([30, 30, 30, 600], rel=1e-9)
    row = found.notes.set_index("parcel_id").loc["p1"]
    assert row["kind"] == "counted_in_part"
    assert row["lost_mu"] == pytest.approx(15, rel=1e-9)
    assert "p2" in row["reason"]
    drawn_km2 = overlap.net_area_km2(found.parcels.reset_index(drop=True))
    assert found.parcels["area_mu"].sum() == pytest.approx(drawn_km2 * 1500, rel=1e-9)


def test_the_first_status_has_the_ground() -> None:
    found = available(statuses=["approved_not_supplied", "supplied_not_used"])
    assert found.parcels["area_mu"].tolist() == pytest.approx([30, 15, 600], rel=1e-9)
    only = available(statuses="in_use").parcels
    assert only["parcel_id"].tolist() == ["p4"]
    with pytest.raises(UnknownNameError, match="no status 'free'"):
        available(statuses=["free"])


def test_ground_wholly_counted_elsewhere_is_named() -> None:
    land = LAND.iloc[[0, 1]].set_geometry([LAND.geometry.iloc[0]] * 2)
    found = policy.available_land(land)
    assert found.parcels["parcel_id"].tolist() == ["p2"]
    assert found.notes["kind"].tolist() == ["counted_elsewhere"]
    # Of equals the first id has it, whatever the order of the rows.
    same = land.assign(status="低效")
    for rows in (same, same.iloc[::-1]):
        assert policy.available_land(rows).parcels["parcel_id"].tolist() == ["p1"]


def test_zones_share_ground_and_totals_count_it_once() -> None:
    found = available(parks=PARKS)
    zones = found.parcels["zones"].tolist()
    # p2 from 100 to 300 m is in x, and from 200 m in y too; p3 lies in both up to 1100 m.
    assert zones == [("x",), ("x", "y"), ("x", "y"), ("y",)]
    assert found.parcels["share_inside"].tolist() == pytest.approx([1, 1, 1, 0.5])
    table = found.summary.set_index(["zone", "status"])
    assert table.loc[("x", "supplied_not_used"), "area_mu"].item() == pytest.approx(30)
    assert table.loc[("x", "supplied_not_used"), "alone_mu"].item() == pytest.approx(15)
    assert table.loc[("y", "supplied_not_used"), "area_mu"].item() == pytest.approx(15)
    assert table.loc[("x", "inefficient"), "area_mu"].item() == pytest.approx(15)
    assert table.loc[("y", "inefficient"), "area_mu"].item() == pytest.approx(30)
    totals = found.totals.groupby("status")[["area_mu", "inside_mu"]].sum()
    assert totals.loc["supplied_not_used"].tolist() == pytest.approx([30, 30])
    assert totals.loc["approved_not_supplied"].tolist() == pytest.approx([615, 315])
    assert found.totals["area_mu"].sum() == pytest.approx(found.parcels["area_mu"].sum(), rel=1e-9)


def test_size_classes_are_those_asked_for() -> None:
    sizes = available().parcels["size_class"]
    assert sizes.astype(str).tolist() == ["< 20", "20–50", "20–50", "≥ 300"]
    assert sizes.cat.ordered
    assert available(size_bins_mu=[]).parcels["size_class"].astype(str).unique().tolist() == ["all"]
    for wrong in ([50, 20], [0, 20], [np.nan]):
        with pytest.raises(SchemaError, match="mu above 0 that rise"):
            available(size_bins_mu=wrong)


def test_industries_are_read_from_lists() -> None:
    found = available(industry="allowed").parcels["industries"].tolist()
    assert found == [("C39", "C27"), ("生物医药", "39"), (), ("C39",)]


def test_prices_are_by_the_mu_or_of_the_parcel() -> None:
    by_mu = available(price="price", units={"price": "万元/亩"}).parcels
    assert by_mu["price_wanyuan_per_mu"].tolist()[:2] == [50.0, 60.0]
    assert by_mu["price_wanyuan"].tolist()[:2] == pytest.approx([50 * 15, 60 * 30])
    # 1 元/m² is 10 000/15 元 a mu.
    by_m2 = available(price="price", units={"price": "元/m2"}).parcels
    assert by_m2["price_wanyuan_per_mu"].iloc[0] == pytest.approx(50 / 15)
    whole = available(price="price", units={"price": "亿元"}).parcels
    assert whole["price_wanyuan_per_mu"].iloc[0] == pytest.approx(500_000 / 30)
    assert np.isnan(whole["price_wanyuan"].iloc[2])
    own = policy.available_land(LAND.assign(price_unit="万元/亩"), price="price").parcels
    pd.testing.assert_frame_equal(pd.DataFrame(own), pd.DataFrame(by_mu))


@pytest.mark.parametrize("unit", ["亩", "万元/人", "%"])
def test_what_is_no_price_is_refused(unit: str) -> None:
    with pytest.raises(SchemaError, match="measures"):
        available(price="price", units={"price": unit})


def test_prices_and_columns_that_are_wrong_are_named() -> None:
    with pytest.raises(SchemaError, match="below zero in rows 'a'"):
        policy.available_land(
            LAND.assign(price=[-1.0] * 5), price="price", units={"price": "万元/亩"}
        )
    with pytest.raises(SchemaError, match="no price= says which column"):
        available(units={"price": "万元/亩"})
    with pytest.raises(UnknownNameError, match="no column 'use'"):
        available(industry="use")
    with pytest.raises(SchemaError, match="cannot keep 'status'"):
        available(keep=["status"])


def test_what_is_not_counted_is_named() -> None:
    land = LAND.assign(status=["批而未供", "??", None, "在用", "批而未供"])
    land = land.set_geometry([None, *land.geometry[1:]])
    found = policy.available_land(land)
    assert found.parcels["parcel_id"].tolist() == ["p5"]
    assert found.notes[["parcel_id", "kind"]].to_numpy().tolist() == [
        ["p2", "not_understood"],
        ["p1", "no_geometry"],
    ]
    assert found.totals.attrs["n_without_status"] == 1


def test_no_land_and_points() -> None:
    found = policy.available_land(LAND.iloc[:0], PARKS)
    assert not len(found.parcels)
    assert not len(found.summary)
    none = policy.available_land(LAND[LAND["status"] == "在用"], PARKS)
    assert not len(none.totals)
    points = gpd.GeoDataFrame(
        {"status": ["低效"]}, geometry=[from_metres(Point(0, 0))], crs="EPSG:4490"
    )
    with pytest.raises(GeometryError):
        policy.available_land(points)


def test_columns_come_along_and_input_stays() -> None:
    before = LAND.copy(deep=True)
    found = available(keep=["allowed"], parks=PARKS)
    assert found.parcels["allowed"].tolist()[0] == "C39；C27"
    assert found.parcels.crs == "EPSG:4490"
    assert found.parcels["district"].tolist() == ["西湖", "西湖", "unknown", "余杭"]
    pd.testing.assert_frame_equal(before, LAND)
    assert "≥ 300" in found._repr_html_()


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4),
            st.sampled_from(["批而未供", "供而未用", "低效"]),
        ),
        min_size=1,
        max_size=8,
    )
)  # fmt: skip
def test_no_ground_is_counted_twice_or_lost(rows: list[tuple[int, int, int, int, str]]) -> None:
    shapes = [from_metres(box(x * 100, y * 100, (x + w) * 100, (y + h) * 100))
              for x, y, w, h, _ in rows]  # fmt: skip
    cells = {(x + i, y + j) for x, y, w, h, _ in rows for i in range(w) for j in range(h)}
    land = gpd.GeoDataFrame({"status": [row[-1] for row in rows]}, geometry=shapes, crs="EPSG:4490")
    found = policy.available_land(land, PARKS)
    # A cell is 1 ha or 15 mu.
    assert found.parcels["area_mu"].sum() == pytest.approx(15 * len(cells), rel=1e-9)
    assert found.totals["area_mu"].sum() == pytest.approx(15 * len(cells), rel=1e-9)
    again = policy.available_land(land.iloc[::-1], PARKS)
    assert again.totals["area_mu"].sum() == pytest.approx(15 * len(cells), rel=1e-9)
    whole = pd.concat([found.parcels, found.notes], ignore_index=True)
    assert len(whole["parcel_id"].dropna().unique()) == len(rows)
