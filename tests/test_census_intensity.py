"""Intensive use: the national figures as published, a zone by hand, and what is not known."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from shapely import box
from strategies import on_ground

from parkgeo import census
from parkgeo.errors import SchemaError, UnknownNameError


def test_the_national_zones_of_2018() -> None:
    """关于2019年度国家级开发区土地集约利用监测统计情况的通报: 10⁴ ha, as published.

    The notice says 89.46 %, 92.68 % and 92.77 %; its rounded areas give 92.70 % for the second.
    """
    totals = pd.DataFrame(
        {"buildable_km2": 4838.0, "ready_km2": 4328.0, "supplied_km2": 4012.0, "built_km2": 3722.0},
        index=["national zones"],
    )  # fmt: skip
    found = census.intensity(totals).iloc[0]
    assert round(found["development_rate"], 4) == 0.8946
    assert round(found["supply_rate"], 4) == 0.9270
    assert round(found["build_rate"], 4) == 0.9277
    # Half a unit in the last digit of either area.
    assert found["supply_rate"] == pytest.approx(0.9268, abs=0.005 / 43.28 * 2)


def test_the_national_zones_of_2009() -> None:
    """Two amounts and two intensities of the notice of 15 November 2011 give the same land.

    3.36 trillion yuan of fixed assets at 4 812.43, and 8.77 trillion of income at 12 563.33,
    ten thousand yuan a hectare.
    """
    land_ha = 8.77e8 / 12563.33
    totals = pd.DataFrame(
        {"industrial_km2": [land_ha / 100], "industrial_fixed_assets": 3.36e8}, index=["zones"]
    )
    found = census.intensity(totals).iloc[0]
    assert found["investment_per_km2"] / 100 == pytest.approx(
        4812.43, rel=0.005 / 3.36 + 0.005 / 8.77
    )
    assert found["investment_per_mu"] == pytest.approx(found["investment_per_km2"] / 1500)


def test_every_formula_by_hand() -> None:
    totals = pd.DataFrame(
        {
            "buildable_km2": 10.0, "ready_km2": 8.0, "supplied_km2": 6.0, "built_km2": 5.0,
            "industrial_km2": 2.0, "housing_km2": 1.0, "idle_km2": 0.3, "floor_area_km2": 6.0,
            "footprint_km2": 2.0, "industrial_floor_area_km2": 3.0,
            "industrial_footprint_km2": 1.0, "industrial_fixed_assets": 9000.0,
            "industrial_output": 12000.0, "industrial_tax": 600.0, "tax": 900.0,
        },
        index=["zone"],
    )  # fmt: skip
    found = census.intensity(totals).loc["zone"]
    expected = {
        "development_rate": 0.8, "supply_rate": 0.75, "build_rate": 5 / 6,
        "industrial_share": 0.4, "plot_ratio": 1.2, "building_density": 0.4,
        "industrial_plot_ratio": 1.5, "industrial_coefficient": 0.5, "idle_rate": 0.05,
        "investment_per_km2": 4500.0, "output_per_km2": 6000.0, "industrial_tax_per_km2": 300.0,
        "tax_per_km2": 180.0, "investment_per_mu": 3.0, "output_per_mu": 4.0,
        "industrial_tax_per_mu": 0.2, "tax_per_mu": 0.12,
    }  # fmt: skip
    assert found[list(expected)].astype(float).to_dict() == pytest.approx(expected)
    assert found["zone_type"] == "industry-led"
    assert found["reason"] == found["reason_zh"] == ""
    assert set(census.indicators().index) <= set(expected)


@pytest.mark.parametrize(
    ("industry", "housing", "kind"),
    [
        (3.1, 2.4, "industry-led"), (3.1, 2.5, "other"), (3.0, 2.5, "mixed town"),
        (3.0, 2.4, "other"), (np.nan, 2.5, None), (3.1, np.nan, None),
    ],
)  # fmt: skip
def test_types_of_zones(industry: float, housing: float, kind: str | None) -> None:
    totals = pd.DataFrame({"built_km2": [10.0], "industrial_km2": industry, "housing_km2": housing})
    found = census.intensity(totals)["zone_type"].iloc[0]
    assert found == kind if kind else pd.isna(found)


def test_what_is_not_known_is_null_with_a_reason() -> None:
    totals = pd.DataFrame(
        {"supplied_km2": [4.0, 0.0, np.nan], "built_km2": [3.0, 0.0, 1.0]}, index=["a", "b", "c"]
    )
    found = census.intensity(totals)
    assert found["build_rate"].isna().tolist() == [False, True, True]
    assert "build_rate" not in found.loc["a", "reason"]
    assert "build_rate: supplied_km2 is 0" in found.loc["b", "reason"]
    assert "build_rate: supplied_km2 is not known" in found.loc["c", "reason"]
    assert "土地建成率：supplied_km2 不明" in found.loc["c", "reason_zh"]


def test_totals_that_contradict_each_other_are_kept_and_told() -> None:
    totals = pd.DataFrame({"ready_km2": [2.0], "supplied_km2": [3.0], "built_km2": [4.0]})
    found = census.intensity(totals).iloc[0]
    assert found["supply_rate"] == 1.5
    assert found["build_rate"] == pytest.approx(4 / 3)
    assert "supplied_km2 is more than ready_km2" in found["reason"]


@pytest.mark.parametrize(
    ("column", "value", "error", "says"),
    [
        ("built_km2", -1.0, SchemaError, "built_km2: -1.0"),
        ("built_km2", np.inf, SchemaError, "inf"),
        ("built_km2", "many", SchemaError, "'many'"),
        ("build_km2", 1.0, UnknownNameError, "build_km2"),
        ("area", 1.0, SchemaError, "none of the columns"),
    ],
)
def test_refused(column: str, value: object, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        census.intensity(pd.DataFrame({column: [value]}))


def test_no_table_and_nothing_in_it(land: gpd.GeoDataFrame) -> None:
    with pytest.raises(SchemaError, match="totals must be"):
        census.intensity([1.0])
    empty = census.intensity(census.land_totals(land.iloc[:0], ready="ready"))
    assert empty["build_rate"].isna().all()
    assert "supplied_km2 is 0" in empty["reason"].iloc[0]


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    """Six parcels of 1 km² from west to east.

    ====== ======== ===== === ======= ====== ====== ==========
    parcel status   class far density output tax    ready
    ====== ======== ===== === ======= ====== ====== ==========
    0      在用     0601  2.0 0.5     100    10
    1      低效     0601  1.0 0.3     20     2
    2      在用     0701  3.0 0.2     0      4
    3      供而未用 0601
    4      批而未供 0601                            true
    5      闲置     0601
    ====== ======== ===== === ======= ====== ====== ==========
    """
    nan = np.nan
    return frame(
        [box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(6)],
        status=["在用", "低效", "在用", "供而未用", "批而未供", "闲置"],
        class_code=["0601", "0601", "0701", "0601", "0601", "0601"],
        class_system="三调",
        far=[2.0, 1.0, 3.0, nan, nan, nan],
        density=[0.5, 0.3, 0.2, nan, nan, nan],
        output=[100.0, 20.0, 0.0, nan, nan, nan],
        tax=[10.0, 2.0, 4.0, nan, nan, nan],
        ready=[None, None, None, None, True, None],
    )


def test_totals_of_parcels(land: gpd.GeoDataFrame) -> None:
    totals = census.land_totals(land, ready="ready", housing="07")
    expected = {
        "total_km2": 6.0, "unknown_km2": 0.0, "buildable_km2": 6.0, "ready_km2": 6.0,
        "supplied_km2": 5.0, "built_km2": 3.0, "idle_km2": 1.0, "industrial_km2": 2.0,
        "housing_km2": 1.0, "floor_area_km2": 6.0, "industrial_floor_area_km2": 3.0,
        "footprint_km2": 1.0, "industrial_footprint_km2": 0.8, "output": 120.0,
        "industrial_output": 120.0, "tax": 16.0, "industrial_tax": 12.0,
    }  # fmt: skip
    assert totals.loc["all", list(expected)].astype(float).to_dict() == pytest.approx(expected)
    assert totals["fixed_assets"].isna().all()
    assert "fixed_assets is null on built ground" in totals.loc["all", "note"]
    found = census.intensity(totals).loc["all"]
    assert found["build_rate"] == pytest.approx(0.6)
    assert found["idle_rate"] == pytest.approx(0.2)
    assert found["industrial_share"] == pytest.approx(2 / 3)
    assert found["output_per_km2"] == pytest.approx(60.0)
    assert found["zone_type"] == "other"
    assert "fixed_assets is null" in found["reason"]


def test_totals_of_zones_that_overlap(land: gpd.GeoDataFrame) -> None:
    zones = frame([box(0, 0, 1500, 1000), box(1000, 0, 3000, 1000), None], brand_id=["A", "B", "C"])
    totals = census.land_totals(land, zones)
    assert totals.index.tolist() == ["A", "B", "C"]
    assert totals["built_km2"].tolist()[:2] == pytest.approx([1.5, 2.0], rel=1e-9)
    assert totals["output"].tolist()[:2] == pytest.approx([110.0, 20.0], rel=1e-9)
    assert totals["n_parcels"].tolist() == [2, 2, 0]
    assert totals.loc["C", ["built_km2", "tax"]].isna().all()
    assert totals.loc["C", "note"] == "the zone has no extent"
    every = census.land_totals(land, zones, by=None)
    assert every.loc["all", "built_km2"] == pytest.approx(3.0, rel=1e-9)
    assert every.loc["all", "output"] == pytest.approx(120.0, rel=1e-9)


def test_unknown_ground_makes_rates_null_unless_it_is_allowed(land: gpd.GeoDataFrame) -> None:
    land = land.assign(status=[*land["status"][:5], "?"])
    strict = census.land_totals(land, ready="ready")
    assert strict[["buildable_km2", "built_km2", "tax"]].isna().all(axis=None)
    assert strict.loc["all", "unknown_km2"] == pytest.approx(1.0, rel=1e-9)
    assert "部分土地状态不明" in strict.loc["all", "note_zh"]
    lenient = census.land_totals(land, ready="ready", max_unknown=0.2)
    assert lenient.loc["all", "buildable_km2"] == pytest.approx(5.0, rel=1e-9)
    assert lenient.loc["all", "idle_km2"] == 0.0


def test_unsupplied_land_has_to_say_whether_it_is_ready(land: gpd.GeoDataFrame) -> None:
    assert np.isnan(census.land_totals(land).loc["all", "ready_km2"])
    assert "ready" in census.land_totals(land).loc["all", "note"]
    unready = land.assign(ready=False)
    assert census.land_totals(unready, ready="ready").loc["all", "ready_km2"] == pytest.approx(5.0)
    supplied = land.drop(index=4)
    assert census.land_totals(supplied).loc["all", "ready_km2"] == pytest.approx(5.0)


def test_a_null_ratio_or_class_of_built_land_is_told(land: gpd.GeoDataFrame) -> None:
    land.loc[0, ["far", "class_code"]] = None
    totals = census.land_totals(land).loc["all"]
    assert np.isnan(totals["floor_area_km2"])
    assert np.isnan(totals["industrial_km2"])
    assert totals["footprint_km2"] == pytest.approx(1.0)
    assert "far is null" in totals["note"]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("far", -1.0, "far: -1.0"), ("density", 45.0, "density: 45.0"),
        ("tax", "x", "tax: 'x'"), ("ready", "maybe", "neither true nor false"),
    ],
)  # fmt: skip
def test_bad_values_are_named(
    land: gpd.GeoDataFrame, column: str, value: object, says: str
) -> None:
    land = land.assign(**{column: value})
    with pytest.raises(SchemaError, match=says):
        census.land_totals(land, ready="ready")
    with pytest.raises(SchemaError, match="max_unknown"):
        census.land_totals(land, max_unknown=2)


def test_splitting_a_parcel_changes_nothing(land: gpd.GeoDataFrame) -> None:
    halves = [box(0, 0, 400, 1000), box(400, 0, 1000, 1000)]
    parts = pd.concat([land.iloc[[0, 0]], land.iloc[1:]], ignore_index=True)
    shapes = [*on_ground(halves), *land.geometry.iloc[1:]]
    parts = parts.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4490"))
    parts["output"] = [40.0, 60.0, *land["output"].iloc[1:]]
    parts["tax"] = [4.0, 6.0, *land["tax"].iloc[1:]]
    one, two = (census.intensity(census.land_totals(some, ready="ready")) for some in (land, parts))
    numbers = one.select_dtypes("number").columns
    pd.testing.assert_frame_equal(one[numbers], two[numbers], rtol=1e-9)
