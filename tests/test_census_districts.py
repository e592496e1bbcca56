"""The census by where districts lie, and not by what parcels say; areas by hand and by ratio."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from parkgeo import census, concentration
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError


@pytest.fixture
def platforms() -> gpd.GeoDataFrame:
    """A (0, 0)-(2000, 2000) and B (1000, 0)-(3000, 2000): half of each is common."""
    return frame([box(0, 0, 2000, 2000), box(1000, 0, 3000, 2000)], brand_id=["A", "B"])


@pytest.fixture
def districts() -> gpd.GeoDataFrame:
    """West and east of 1500; what lies east of 6500 is in neither."""
    return frame([box(-500, -500, 1500, 3000), box(1500, -500, 6500, 3000)], 名称=["西区", "东区"])


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    """Squares of 1 km²: in the west, across the border, in the east, half beyond, and none."""
    corners = [(0, 0), (1200, 1000), (2500, 0), (6000, 0)]
    return frame(
        [*(box(x, y, x + 1000, y + 1000) for x, y in corners), None],
        parcel_id=list("abcde"),
        class_code="0601",
        class_system="third_survey",
        use="工业",
        status="在用",
        district="wrong",
    )


def test_ground_counts_where_it_lies(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    found = census.tabulate(land, platforms, districts=districts, district="名称")
    cross = found.cross("district", "members")
    assert cross.index.tolist() == ["东区", "西区", "unknown", "all"]
    # a in A; b 0.3 in the west under A and B, 0.5 in the east under both, 0.2 under B alone;
    # c half under B; d half in the east and half in no district.
    assert cross.loc["西区"].to_dict() == pytest.approx(
        {"A": 1.0, "A + B": 0.3, "B": 0, "outside": 0, "unknown": 0, "all": 1.3}, abs=1e-9
    )
    assert cross.loc["东区"].to_dict() == pytest.approx(
        {"A": 0, "A + B": 0.5, "B": 0.7, "outside": 1.0, "unknown": 0, "all": 2.2}, abs=1e-9
    )
    assert cross.loc["unknown", "all"] == pytest.approx(0.5, rel=1e-9)
    assert found.totals["unknown"]["district"] == {
        "n": 1,
        "area_km2": pytest.approx(0.5, rel=1e-9),
    }
    assert found.table["n_parcels"].sum() == 5
    assert found.table.groupby(["district", "members", "place"]).size().max() == 1


def test_each_parcel_is_in_the_district_of_most_of_it(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    found = census.tabulate(land, platforms, districts=districts, district="名称")
    # The halves of d are equal, and a district comes before none.
    assert found.parcels["district"].tolist() == ["西区", "东区", "东区", "东区", "unknown"]
    assert found.findings["kind"].tolist() == ["without_geometry"]
    far = census.tabulate(land.iloc[3:4], districts=districts.iloc[:1], district="名称")
    assert far.findings["kind"].tolist() == ["outside_districts"]
    assert far.findings["reason_zh"].tolist() == ["大部分不在任何区县范围内"]


def test_without_platforms(land: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> None:
    found = census.tabulate(land, districts=districts.set_index("名称"), district="名称")
    sums = found.table.groupby("district")["area_km2"].sum()
    assert sums.to_dict() == pytest.approx({"西区": 1.3, "东区": 2.2, "unknown": 0.5}, rel=1e-9)
    assert set(found.table["place"]) == {"unknown"}


def test_districts_may_stand_in_another_crs(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    here = census.tabulate(land, platforms, districts=districts, district="名称").table
    there = census.tabulate(
        land, platforms, districts=districts.to_crs(4549), district="名称"
    ).table
    assert there["area_km2"].to_numpy() == pytest.approx(here["area_km2"].to_numpy(), rel=1e-5)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 12))
def test_agrees_with_the_ratio_by_district(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)

    def some(n: int, side: float) -> list[object]:
        x, y = rng.uniform(0, 3000, (2, n))
        return [box(a, b, a + w, b + h) for a, b, (w, h) in zip(
            x, y, rng.uniform(50, side, (n, 2)), strict=True)]  # fmt: skip

    land, zones = frame(some(count, 900)), frame(some(3, 2000), brand_id=["A", "B", "B"])
    borders = [box(0, 0, 1100, 4000), box(1100, 0, 2300, 1700), box(1100, 1700, 2300, 4000)]
    districts = frame(borders, name=["x", "y", "z"])
    asked = {"use": None, "status": None}
    table = census.tabulate(land, zones, districts=districts, district="name", **asked).table
    told = concentration.ratio(land, zones, districts=districts, by="name")
    told.index = ["unknown" if pd.isna(name) else name for name in told.index]
    sums = table.groupby("district")["area_km2"].sum().reindex(told.index, fill_value=0.0)
    inside = table[table["place"] == "inside"].groupby("district")["area_km2"].sum()
    assert sums.to_numpy() == pytest.approx(told["total"].to_numpy(), abs=1e-9)
    assert inside.reindex(told.index, fill_value=0.0).to_numpy() == pytest.approx(
        told["inside"].to_numpy(), abs=1e-9
    )


def test_refused(
    land: gpd.GeoDataFrame, platforms: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    with pytest.raises(UnknownNameError, match="districts have no column 'district'"):
        census.tabulate(land, platforms, districts=districts)
    with pytest.raises(SchemaError, match="districts need district="):
        census.tabulate(land, platforms, districts=districts, district=None)
    with pytest.raises(GeometryError, match="districts overlap by 2 km²"):
        census.tabulate(land, districts=platforms, district="brand_id")
    unnamed = districts.assign(名称=["西区", None])
    with pytest.raises(SchemaError, match="名称 is null in rows 1"):
        census.tabulate(land, districts=unnamed, district="名称")
