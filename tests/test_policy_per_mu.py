from collections.abc import Callable
from math import fsum

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from small_town import parcels, zones
from strategies import on_ground

from parkgeo import census, crs, overlap, policy
from parkgeo.errors import (
    AmbiguousNameError,
    GeometryError,
    MissingCRSError,
    SchemaError,
    UnknownNameError,
)

# Mu of the parcels of small_town: p1, p3, p4 60; p2, p5 30. Each zone has 1 500, both 2 700.
LAND, ZONES = parcels(), zones()
UNITS = {"tax": "万元", "output": "亿元"}


def register() -> pd.DataFrame:
    """Six firms: one in a, two on a parcel of both, one half in b, one outside, one nowhere."""
    return pd.DataFrame(
        {
            "enterprise_id": list("ABCDEF"),
            "tax": [60.0, 30.0, 60.0, 40.0, np.nan, 5.0],
            "output": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "floor": [1.0, 1.0, 3.0, 1.0, 1.0, 1.0],
            "parcel_id": ["p1", "p2", "p2", "p3", "p4", None],
        }
    )


def points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put firms into the middle of their parcels; the last is nowhere."""
    middle = LAND.geometry.representative_point()
    return gpd.GeoDataFrame(frame, geometry=[*middle[[0, 1, 1, 3, 3]], None], crs=LAND.crs)


def test_each_firm_has_its_land() -> None:
    found = policy.per_mu(register(), units=UNITS, parcels=LAND)
    np.testing.assert_allclose(found["land_mu"], [60, 15, 15, 60, 60, np.nan], rtol=1e-9)
    np.testing.assert_allclose(
        found["tax_wanyuan_per_mu"], [1, 2, 4, 2 / 3, np.nan, np.nan], rtol=1e-9
    )
    assert found["output_wanyuan"].tolist() == [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]
    assert found.loc[4, "reason"] == "缺少税收"
    assert found.loc[5, "reason_en"] == "no parcel is named for it"
    assert "tax" not in found.columns
    assert found["floor"].tolist() == register()["floor"].tolist()


def test_a_shared_parcel_is_divided_as_told_and_wholly() -> None:
    by_floor = policy.per_mu(register(), units=UNITS, parcels=LAND, split="floor")
    np.testing.assert_allclose(by_floor["land_mu"][1:3], [7.5, 22.5], rtol=1e-9)
    assert fsum(by_floor["land_mu"][:5]) == pytest.approx(60 + 30 + 60 + 60, rel=1e-9)
    unknown = register().assign(floor=[1.0, np.nan, 3.0, 1.0, 1.0, 1.0])
    found = policy.per_mu(unknown, units=UNITS, parcels=LAND, split="floor")
    assert found["land_mu"].isna().tolist() == [False, True, True, False, False, True]
    assert found.loc[1, "reason"] == "共用地块缺少分摊权数"
    with pytest.raises(SchemaError, match="below zero"):
        policy.per_mu(unknown.assign(floor=-1.0), units=UNITS, parcels=LAND, split="floor")
    with pytest.raises(UnknownNameError, match="did you mean 'floor'"):
        policy.per_mu(unknown, units=UNITS, parcels=LAND, split="floors")


def test_a_firm_on_several_parcels_adds_them() -> None:
    sites = pd.DataFrame(
        {
            "enterprise_id": ["A", "A", "A", "B", "Z", "C", "D"],
            "parcel_id": ["p1", "p1", "p2", "p2", "p2", "p9", None],
            "share": [1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0],
        }
    )
    found = policy.per_mu(register(), units=UNITS, parcels=LAND, sites=sites)
    # p1 named twice counts once; Z, of whom nothing else is known, keeps its third of p2.
    np.testing.assert_allclose(found["land_mu"][:2], [70, 10], rtol=1e-9)
    assert found.loc[2, "reason_en"] == "a parcel of it is not among the parcels"
    assert found.loc[3, "reason_en"] == "no parcel is named for it"
    # Floors of the firms weigh where the sites have none: A 1, B 1, and Z is not known.
    floors = policy.per_mu(register(), units=UNITS, parcels=LAND, sites=sites, split="floor")
    assert floors["land_mu"][:2].isna().all()
    known = sites[sites["enterprise_id"] != "Z"]
    floors = policy.per_mu(register(), units=UNITS, parcels=LAND, sites=known, split="floor")
    np.testing.assert_allclose(floors["land_mu"][:2], [75, 15], rtol=1e-9)
    shared = policy.per_mu(register(), units=UNITS, parcels=LAND, sites=sites, split="share")
    np.testing.assert_allclose(shared["land_mu"][:2], [67.5, 7.5], rtol=1e-9)


def test_pairs_of_the_census_say_where_firms_stand() -> None:
    firms = points(register()).drop(columns="parcel_id")
    pairs = census.match(LAND, firms, use=None, status=None).pairs
    found = policy.per_mu(firms, units=UNITS, parcels=LAND, sites=pairs)
    np.testing.assert_allclose(found["land_mu"], [60, 15, 15, 30, 30, np.nan], rtol=1e-9)


def test_zones_count_a_firm_under_two_brands_in_each_row_and_once_in_all() -> None:
    found = policy.per_mu(register(), units=UNITS, parcels=LAND, parks=ZONES, by="brand_id")
    assert found["scope"].tolist() == ["group", "group", "in_zones", "outside", "unplaced", "all"]
    assert found["brand_id"].tolist()[:2] == ["a", "b"]
    # a: p1 and p2; b: p2 and half of p3; D's tax goes by its land.
    np.testing.assert_allclose(found["used_mu"], [90, 60, 120, 90, np.nan, 210], rtol=1e-9)
    np.testing.assert_allclose(found["tax_wanyuan"], [150, 110, 170, 20, 5, 195], rtol=1e-9)
    np.testing.assert_allclose(found["elsewhere_mu"], [30, 30, 0, 0, 0, 0], rtol=1e-9)
    np.testing.assert_allclose(found["zone_mu"][:3], [1500, 1500, 2700], rtol=1e-9)
    assert found["n_firms"].tolist() == [3, 3, 4, 2, 1, 6]
    assert found["n_firms_elsewhere"].tolist() == [2, 2, 0, 0, 0, 0]
    # Per used mu, of firms whose tax and land are known: outside, 20 by D's 30 mu, not E's 60.
    expected = [150 / 90, 110 / 60, 170 / 120, 20 / 30, np.nan, 190 / 150]
    np.testing.assert_allclose(found["tax_wanyuan_per_mu"], expected, rtol=1e-9)
    assert found["tax_known"].tolist() == [1, 1, 1, 0.5, 0, 4 / 6]
    assert found.attrs["conservation"] <= 1e-9
    assert found.attrs["parcels_counted_twice"]["n_parcels"] == 0


def test_zones_divide_by_their_net_area_where_asked() -> None:
    options = {"units": UNITS, "parcels": LAND, "by": "brand_id", "over": "zone"}
    # A block twice over covers no more ground.
    twice = pd.concat([ZONES, ZONES.iloc[[0]]], ignore_index=True)
    for parks in (ZONES, twice):
        found = policy.per_mu(register(), parks=parks, **options)  # type: ignore[arg-type]
        np.testing.assert_allclose(
            found["tax_wanyuan_per_mu"][:3], [150 / 1500, 110 / 1500, 170 / 2700], rtol=1e-9
        )
        assert found["tax_wanyuan_per_mu"][3:].isna().all()
        assert found["reason"][3:].str.contains("没有园区面积").all()


def test_points_lie_in_zones_where_nothing_else_says_so() -> None:
    firms = points(register()).assign(land=[1.0, 1, 1, 1, 1, 2])
    units = UNITS | {"land": "公顷"}
    found = policy.per_mu(firms, units=units, parks=ZONES, by="brand_id")
    np.testing.assert_allclose(found["used_mu"], [45, 30, 45, 30, 30, 105], rtol=1e-9)
    assert found["n_firms"].tolist() == [3, 2, 3, 2, 1, 6]
    with pytest.raises(SchemaError, match="points"):
        policy.per_mu(pd.DataFrame(firms), units=units, parks=ZONES, by="brand_id")


def test_the_datum_of_a_frame_makes_no_difference() -> None:
    options = {"units": UNITS, "by": "brand_id"}
    found = policy.per_mu(register(), parcels=LAND, parks=ZONES, **options)  # type: ignore[arg-type]
    other = policy.per_mu(
        register(),
        parcels=LAND.to_crs("EPSG:4549"),
        parks=crs.to_datum(ZONES, "gcj02"),
        **options,  # type: ignore[arg-type]
    )
    columns = ["used_mu", "elsewhere_mu", "zone_mu", "tax_wanyuan_per_mu"]
    np.testing.assert_allclose(other[columns], found[columns], rtol=1e-6)


def test_columns_of_the_firms_group_too() -> None:
    firms = register().assign(district=["东", "东", "西", "西", None, "西"], land=2.0)
    units = UNITS | {"land": "亩"}
    found = policy.per_mu(firms, units=units, by="district")
    assert found["district"].tolist()[:2] == ["东", "西"]
    assert found["scope"].tolist() == ["group", "group", "unplaced", "all"]
    assert found["tax_wanyuan_per_mu"].tolist() == pytest.approx(
        [22.5, 17.5, np.nan, 19.5], nan_ok=True
    )
    assert "zone_mu" not in found.columns


@pytest.mark.parametrize(
    ("value", "zh"), [(0.0, "用地为零"), (-1.0, "用地为负"), (np.nan, "未注明用地")]
)
def test_land_that_is_none_gives_no_quotient(value: float, zh: str) -> None:
    firms = pd.DataFrame({"enterprise_id": ["a", "b"], "tax": [-2.0, 3.0], "land": [4.0, value]})
    found = policy.per_mu(firms, units={"tax": "万元", "land": "亩"})
    assert found["tax_wanyuan_per_mu"].tolist() == pytest.approx([-0.5, np.nan], nan_ok=True)
    assert zh in found.loc[1, "reason"]


def test_units_of_every_kind_become_those_of_the_names() -> None:
    firms = pd.DataFrame(
        {
            "enterprise_id": ["a", "b"],
            "land": [1.5, 0.001],
            "land_unit": ["亩", "km2"],
            "energy": 0.02,
            "emission": 3000,
            "rd_wanyuan": 5.0,
            "employment": 30,
        }
    )
    found = policy.per_mu(firms, units={"energy": "万吨标准煤", "emission": "kg"})
    assert found["land_mu"].tolist() == pytest.approx([1.5, 1.5])
    assert found["energy_tce_per_mu"].tolist() == pytest.approx([200 / 1.5] * 2)
    assert found["emission_t_per_mu"].tolist() == pytest.approx([2] * 2)
    assert found["rd_wanyuan_per_mu"].tolist() == pytest.approx([5 / 1.5] * 2)
    assert found["employment_per_mu"].tolist() == pytest.approx([20] * 2)
    assert not {"land", "land_unit", "energy", "emission"} & {*found.columns}


def without_crs(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=frame.geometry.to_numpy())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: policy.per_mu(f, units={}), SchemaError, "no unit is declared for 'tax'"),
        (lambda f: policy.per_mu(f, units=UNITS), SchemaError, "no column 'land'"),
        (
            lambda f: policy.per_mu(f, units=UNITS | {"tax": "亩"}, parcels=LAND),
            SchemaError,
            "one cannot be turned into the other",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS | {"tax": "两"}, parcels=LAND),
            UnknownNameError,
            "unknown unit",
        ),
        (
            lambda f: policy.per_mu(pd.concat([f, f]), units=UNITS, parcels=LAND),
            SchemaError,
            "several rows",
        ),
        (
            lambda f: policy.per_mu(f.assign(enterprise_id=None), units=UNITS, parcels=LAND),
            SchemaError,
            "no 'enterprise_id' in rows",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=pd.concat([LAND, LAND])),
            SchemaError,
            "several parcels have one 'parcel_id'",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=LAND, over="zone"),
            SchemaError,
            "needs parks",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=LAND, over="both"),
            UnknownNameError,
            "unknown over",
        ),
        (lambda f: policy.per_mu(f, units=UNITS, parcels=LAND, parks=ZONES), SchemaError, "by="),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=LAND, parks=ZONES, by="brand"),
            UnknownNameError,
            "'brand'",
        ),
        (
            lambda f: policy.per_mu(
                f,
                units=UNITS,
                parcels=LAND,
                parks=ZONES.assign(brand_id=["a", None]),
                by="brand_id",
            ),
            SchemaError,
            "brand_id",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=without_crs(LAND)),
            MissingCRSError,
            "CRS",
        ),
        (
            lambda f: policy.per_mu(
                f, units=UNITS, parcels=LAND.set_geometry(LAND.representative_point())
            ),
            GeometryError,
            "POLYGON",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=LAND, amounts=["profit"]),
            UnknownNameError,
            "profit",
        ),
        (
            lambda f: policy.per_mu(f, units=UNITS, parcels=LAND, amounts="tax"),
            SchemaError,
            "list",
        ),
        (
            lambda f: policy.per_mu(f[["enterprise_id", "parcel_id"]], units={}, parcels=LAND),
            SchemaError,
            "none of tax",
        ),
        (
            lambda f: policy.per_mu(f.assign(output=-1.0), units=UNITS, parcels=LAND),
            SchemaError,
            "below zero",
        ),
        (
            lambda f: policy.per_mu(f.assign(tax_wanyuan=1.0), units=UNITS, parcels=LAND),
            AmbiguousNameError,
            "both",
        ),
    ],
)
def test_what_cannot_be_answered_says_why(
    call: Callable[[pd.DataFrame], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(register())


def test_amounts_can_be_chosen_and_groups_are_text_or_numbers() -> None:
    found = policy.per_mu(register(), units=UNITS, parcels=LAND, amounts=["output"])
    assert "output_wanyuan_per_mu" in found.columns
    assert "tax_wanyuan" not in found.columns
    listed = register().assign(group=[["a"]] * 6)
    with pytest.raises(SchemaError, match="text or numbers"):
        policy.per_mu(listed, units=UNITS, parcels=LAND, by="group")


def test_columns_of_the_result_are_not_overwritten() -> None:
    with pytest.raises(SchemaError, match="'reason'"):
        policy.per_mu(register().assign(reason="mine"), units=UNITS, parcels=LAND)


def test_too_much_by_the_mu_is_no_number() -> None:
    firms = pd.DataFrame({"enterprise_id": ["a"], "tax": [1e300], "land": [1e-300]})
    found = policy.per_mu(firms, units={"tax": "万元", "land": "亩"})
    assert np.isnan(found.loc[0, "tax_wanyuan_per_mu"])
    assert "too large" in found.loc[0, "reason_en"]


def test_nobody_and_nowhere() -> None:
    found = policy.per_mu(register().head(0), units=UNITS, parcels=LAND, parks=ZONES, by="brand_id")
    assert found["n_firms"].tolist() == [0] * 6
    assert found["tax_wanyuan"].isna().all()
    assert found["reason_en"].str.contains("there is no firm").all()
    shapeless = LAND.assign(geometry=None).set_crs("EPSG:4490")
    lost = policy.per_mu(register(), units=UNITS, parcels=shapeless)
    assert lost["land_mu"].isna().all()
    assert lost["reason"].str.contains("地块没有范围").tolist() == [True] * 5 + [False]


def test_hostile_names_stay_names_and_inputs_stay_as_they_were() -> None:
    parks = ZONES.assign(brand_id=["<script>alert(1)</script>", "'; DROP TABLE"])
    firms = register().assign(enterprise_id=["<b>", "=1+1", "\u202e", "甲", "🏭", "x" * 500])
    copies = (firms.copy(deep=True), LAND.copy(deep=True), parks.copy(deep=True))
    found = policy.per_mu(firms, units=UNITS, parcels=LAND, parks=parks, by="brand_id")
    assert set(found["brand_id"].dropna()) == set(parks["brand_id"])
    for left, right in zip((firms, LAND, parks), copies, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(left), pd.DataFrame(right))


def test_results_go_on_to_score_and_grade() -> None:
    firms = register().assign(
        added_value=2.0, energy=1.0, emission=1.0, employment=9, rd=0.1, revenue=3.0
    )
    units = UNITS | {
        "added_value": "亿元", "energy": "tce", "emission": "吨", "rd": "亿元", "revenue": "亿元",
    }  # fmt: skip
    found = policy.per_mu(firms, units=units, parcels=LAND)
    formula = policy.formula("huangyan-2022")
    scored = policy.score(found, formula=formula)
    direct = policy.score(firms.assign(land_mu=found["land_mu"]), formula=formula, units=units)
    np.testing.assert_allclose(scored["score"], direct["score"], rtol=1e-12)
    by_zone = policy.per_mu(firms, units=units, parcels=LAND, parks=ZONES, by="brand_id")
    of_zones = policy.score(by_zone, formula=formula).set_index("brand_id")
    # Tax of a is 150 on 90 mu, its added value 3 × 20 000.
    parts = of_zones.loc["a", ["score_tax_wanyuan_per_mu", "score_added_value_wanyuan_per_mu"]]
    np.testing.assert_allclose(
        parts.astype(float), [30 * 150 / 90 / 24.097, 20 * 60_000 / 90 / 136.16], rtol=1e-9
    )
    graded = policy.grade(scored, shares={"A": 0.5, "B": 0.5})
    assert graded["grade"].notna().tolist() == [True] * 4 + [False] * 2


amounts = st.floats(-1e6, 1e6) | st.none()


@settings(max_examples=25)
@given(
    firms=st.lists(st.tuples(amounts, st.integers(0, 7)), min_size=1, max_size=12),
    corners=st.lists(st.integers(0, 2400), min_size=1, max_size=4),
    seed=st.integers(0, 99),
)
def test_nothing_is_lost_or_made(
    firms: list[tuple[float | None, int]], corners: list[int], seed: int
) -> None:
    frame = pd.DataFrame(
        {
            "enterprise_id": [f"f{i}" for i in range(len(firms))],
            "tax": np.array([tax for tax, _ in firms], dtype=float),
            "parcel_id": [f"p{i}" if i else None for _, i in firms],
        }
    )
    parks = gpd.GeoDataFrame(
        {"brand_id": [f"z{i % 3}" for i in range(len(corners))]},
        geometry=on_ground([box(x, 0, x + 700, 1000) for x in corners]),
    )
    options = {"units": {"tax": "万元"}, "parcels": LAND, "parks": parks, "by": "brand_id"}
    found = policy.per_mu(frame, **options)  # type: ignore[arg-type]
    rows = found.set_index("scope")
    scale = fsum(frame["tax"].abs().dropna()) or 1.0
    parts = rows.loc[["in_zones", "outside", "unplaced"]]
    assert abs(fsum(parts["tax_wanyuan"].dropna()) - fsum(frame["tax"].dropna())) <= 1e-9 * scale
    # Land by faces, from the overlay of the zones with the parcels on which firms stand.
    used = LAND[LAND["parcel_id"].isin(frame["parcel_id"])]
    ground = used.dissolve() if len(used) else used
    expected = 0.0
    if len(ground):
        both = pd.concat(
            [parks.assign(brand_id="zones"), ground[["geometry"]].assign(brand_id="used")]
        )
        faces = overlap.partition(gpd.GeoDataFrame(both, crs="EPSG:4490"), geometry=False)
        expected = float(faces.loc[faces["n_members"] == 2, "area_mu"].sum())
    assert np.nan_to_num(rows.loc["in_zones", "used_mu"]) == pytest.approx(
        expected, rel=1e-9, abs=1e-6
    )
    order = np.random.default_rng(seed).permutation(len(frame))
    other = policy.per_mu(frame.iloc[order], **options)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(other, found, check_exact=True)
