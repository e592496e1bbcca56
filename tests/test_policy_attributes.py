from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

import parkgeo as pg
from parkgeo import overlap, policy
from parkgeo.errors import GeometryError, MissingCRSError, SchemaError, UnknownNameError
from tests.conftest import from_metres

Corners = tuple[float, float, float, float]


def ground(*corners: Corners) -> list[Any]:
    """Rectangles in metres; their official areas are their planar ones."""
    return [from_metres(box(*one)) for one in corners]


def zones(**rows: tuple[str | None, str | None, Corners | None]) -> gpd.GeoDataFrame:
    """Platforms with a level, a kind and a rectangle."""
    levels, kinds, corners = zip(*rows.values(), strict=True)
    return gpd.GeoDataFrame(
        {"brand_id": list(rows), "level": levels, "kind": kinds},
        geometry=[None if one is None else ground(one)[0] for one in corners],
        crs="EPSG:4490",
    )


# km² by hand: big 4 × 2 = 8; half 2 × 1 = 2, of which 1 in big; next 1, which touches big along
# 1 km and half at none of its ground; far 0.5; lost has no extent.
PARKS = zones(
    big=("national", "economic_zone", (0, 0, 4000, 2000)),
    half=("municipal", "park", (3000, 0, 5000, 1000)),
    next=("district", "park", (4000, 1000, 5000, 2000)),
    far=("district", "park", (9000, 0, 9500, 1000)),
    lost=("national", None, None),
)
# 0.5 + 0.5 km² of industry that overlap by 0.25, so 0.75 on the ground; 0.25 km² of housing.
PARCELS = gpd.GeoDataFrame(
    {
        "parcel_id": ["i1", "i2", "h"],
        "class_code": ["0601", "0601", "0701"],
        "class_system": "GB/T 21010-2017",
    },
    geometry=ground((3000, 0, 4000, 500), (3500, 0, 4500, 500), (9000, 0, 9500, 500)),
    crs="EPSG:4490",
)
FIRMS = gpd.GeoDataFrame(
    {
        "enterprise_id": ["in both", "in half", "in far", "nowhere"],
        "output": [1.0, 2.0, 4.0, 8.0],
        "tax": [10.0, None, 40.0, 80.0],
        "land": [300.0, 500.0, 100.0, 1.0],
    },
    geometry=[*(from_metres(Point(*at)) for at in ((3200, 100), (4200, 100), (9100, 900))), None],
    crs="EPSG:4490",
)
CORE = gpd.GeoSeries(ground((0, 0, 3500, 5000)), crs="EPSG:4490")
UNITS = {"output": "亿元", "tax": "万元", "land": "亩"}


def measured(**options: object) -> pd.DataFrame:
    defaults = {"parcels": PARCELS, "firms": FIRMS, "core": CORE, "units": UNITS}
    asked: dict[str, Any] = defaults | options
    return policy.platform_attributes(PARKS, **asked)


def expect(found: pd.DataFrame, column: str, **values: float) -> None:
    np.testing.assert_allclose(
        found.loc[list(values), column].astype(float), list(values.values()), rtol=1e-8, atol=1e-9
    )


def test_ground_is_measured_platform_by_platform() -> None:
    found = measured()
    assert found.index.tolist() == ["big", "far", "half", "lost", "next"]
    assert found.index.name == "brand_id"
    expect(found, "area_km2", big=8, half=2, next=1, far=0.5, lost=np.nan)
    expect(found, "area_mu", big=12_000, half=3_000, next=1_500, far=750)
    expect(found, "core_share", big=0.875, half=0.25, next=0, far=0, lost=np.nan)


def test_overlapping_parcels_count_once() -> None:
    found = measured()
    # half: x 3000–4500 × 500; big: x 3000–4000 × 500.
    expect(found, "industrial_km2", big=0.5, half=0.75, next=0, far=0, lost=np.nan)
    expect(found, "industrial_mu", big=750, half=1_125)
    expect(found, "industrial_share", big=0.0625, half=0.375)
    assert found.attrs["parcels_counted_twice_km2"] == pytest.approx(0.25, rel=1e-6)
    every = measured(classes=None)
    expect(every, "industrial_km2", big=0.5, half=0.75, far=0.25)


def test_output_and_tax_are_divided_by_the_land_that_was_asked_for() -> None:
    found = measured()
    expect(found, "n_firms", big=1, half=2, next=0, far=1, lost=np.nan)
    # 亿元 to 万元: 10^4. A firm under two brands counts in both.
    expect(found, "output_wanyuan", big=10_000, half=30_000, next=0, far=40_000)
    expect(found, "output_wanyuan_per_mu", big=10_000 / 750, half=30_000 / 1_125, far=np.nan)
    expect(found, "tax_wanyuan_per_mu", big=10 / 750, half=np.nan)
    assert "tax" in found.loc["half", "note"]
    assert "none or not known" in found.loc["far", "note_en"]
    expect(measured(per="area"), "output_wanyuan_per_mu", big=10_000 / 12_000, far=40_000 / 750)
    expect(measured(per="land"), "output_wanyuan_per_mu", big=10_000 / 300, half=30_000 / 800)
    assert found.attrs["firms_without_place"] == 1


def test_what_has_no_place_is_not_taken_for_nothing() -> None:
    lost = FIRMS.set_geometry(gpd.GeoSeries([None] * 4, crs="EPSG:4490"))
    found = measured(firms=lost)
    assert found[["n_firms", "output_wanyuan", "tax_wanyuan_per_mu"]].isna().all(axis=None)
    assert "firms without a place, which count nowhere: 4" in found.loc["far", "note_en"]
    assert "1 家企业没有位置" in measured().loc["far", "note"]
    expect(measured(firms=FIRMS.iloc[:0]), "n_firms", far=0, half=0)
    shapes = [PARCELS.geometry.iloc[0], None, None]
    found = measured(parcels=PARCELS.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4490")))
    # The housing has no geometry either, and is no industrial land.
    assert found.attrs["parcels_without_geometry"] == 1
    assert "parcels without a geometry, which count nowhere: 1" in found.loc["half", "note_en"]


def test_missing_values_of_few_firms_may_be_left_out() -> None:
    expect(measured(max_unknown=0.5), "tax_wanyuan", half=10)
    expect(measured(max_unknown=0.49), "tax_wanyuan", half=np.nan)


def test_a_table_of_firms_names_their_platforms() -> None:
    firms = pd.DataFrame(
        {
            "brand_id": ["far", "far", None],
            "tax": [1.0, 2.0, 4.0],
            "tax_unit": ["万元", "亿元", "元"],
        }
    )
    found = policy.platform_attributes(PARKS, firms=firms, per="area")
    expect(found, "tax_wanyuan", far=20_001, half=0)
    expect(found, "tax_wanyuan_per_mu", far=20_001 / 750)
    assert found.attrs["firms_without_place"] == 1
    assert found["output_wanyuan"].isna().all()
    with pytest.raises(UnknownNameError, match="'elsewhere' in rows 1"):
        policy.platform_attributes(PARKS, firms=firms.assign(brand_id=["far", "elsewhere", None]))


def test_values_of_polygons_spread_over_their_ground() -> None:
    land = PARCELS.assign(tax=[100.0, 60.0, 5.0])
    found = policy.platform_attributes(PARKS, firms=land, units={"tax": "万元"}, per="area")
    # i1 lies wholly in both; half of i2 lies in big.
    expect(found, "tax_wanyuan", big=130, half=160, far=5, next=0)


def test_ground_under_higher_brands() -> None:
    found = measured()
    expect(found, "higher_share", big=0, half=0.5, next=0, far=0)
    assert found["higher_brand"].to_dict() == {
        "big": None, "far": None, "half": "big", "lost": None, "next": None,
    }  # fmt: skip


def test_several_higher_brands_share_ground_once() -> None:
    parks = zones(
        low=("district", "park", (0, 0, 1000, 1000)),
        one=("national", "park", (0, 0, 500, 1000)),
        two=("municipal", "park", (0, 0, 750, 1000)),
        same=("district", "park", (0, 0, 1000, 1000)),
    )
    found = policy.platform_attributes(parks)
    expect(found, "higher_share", low=0.75, same=0.75, two=2 / 3, one=0)
    assert found["higher_brand"].tolist() == ["two", None, "two", "one"]


def test_a_sliver_is_no_higher_ground() -> None:
    parks = zones(
        high=("national", "park", (0, 0, 1000, 1000)),
        low=("district", "park", (990, 0, 2000, 1000)),
    )
    expect(policy.platform_attributes(parks), "higher_share", low=10 / 1010)
    expect(policy.platform_attributes(parks.assign(accuracy_m=20.0)), "higher_share", low=0)


def test_an_unknown_level_is_no_level() -> None:
    parks = zones(
        a=("district", "park", (0, 0, 1000, 1000)),
        b=(None, "park", (500, 0, 1500, 1000)),
        c=("national", "park", (1400, 0, 2000, 1000)),
        d=(None, "park", (5000, 0, 6000, 1000)),
    )
    found = policy.platform_attributes(parks)
    assert found["higher_share"].isna().tolist() == [True, True, False, False]
    assert "not stated" in found.loc["a", "note_en"]
    # Nothing is above the nation, and nothing lies on d.
    expect(found, "higher_share", c=0, d=0)
    assert found.loc["b", "level"] is None


def test_the_nearest_host_is_another_one() -> None:
    found = measured()
    assert found["is_host"].astype(object).where(found["is_host"].notna(), None).to_dict() == {
        "big": True, "far": False, "half": False, "lost": None, "next": False,
    }  # fmt: skip
    assert found.loc[["big", "half", "next", "far"], "host"].tolist() == [None, "big", "big", "big"]
    expect(found, "host_distance_m", half=0, next=0, big=np.nan)
    # 5 km of the drawing; on the ground lengths along parallels shrink by the cosine of latitude.
    latitude = PARKS.geometry.iloc[0].centroid.y
    expected = 5000 * np.cos(np.radians(latitude))
    assert found.loc["far", "host_distance_m"] == pytest.approx(expected, rel=2e-3)


def test_hosts_may_be_named() -> None:
    found = policy.platform_attributes(PARKS, hosts=["far", "half", "lost"])
    assert found["is_host"].tolist() == [False, True, True, True, False]
    assert found.loc[["big", "next", "far", "half"], "host"].tolist() == [
        "half", "half", "half", "far",
    ]  # fmt: skip
    assert found.attrs["hosts_without_geometry"] == ["lost"]
    nearer = found["note_en"].str.contains("'lost'")
    assert nearer.to_dict() == {
        "big": False,
        "far": True,
        "half": True,
        "lost": False,
        "next": False,
    }
    none = policy.platform_attributes(PARKS, hosts=[])
    assert none["host"].isna().all()
    assert "no host has an extent" in none.loc["far", "note_en"]
    with pytest.raises(UnknownNameError, match="'x' is no brand_id"):
        policy.platform_attributes(PARKS, hosts=["x"])


def test_of_hosts_as_near_the_one_with_more_ground_is_taken() -> None:
    parks = zones(
        p=("district", "park", (0, 0, 1000, 1000)),
        a=("national", "park", (900, 0, 2000, 1000)),
        b=("national", "park", (0, 0, 300, 1000)),
        c=("national", "park", (0, 1000, 1000, 2000)),
    )
    found = policy.platform_attributes(parks, hosts=["a", "b", "c"])
    assert found.loc["p", "host"] == "b"
    assert policy.platform_attributes(parks, hosts=["c", "a"]).loc["p", "host"] == "a"


def test_what_was_not_given_is_null_with_a_reason() -> None:
    found = policy.platform_attributes(PARKS)
    unknown = ["industrial_share", "output_wanyuan", "tax_wanyuan_per_mu", "core_share", "n_firms"]
    assert found[unknown].isna().all(axis=None)
    for words in ("no parcels", "no firms", "no core city"):
        assert words in found.loc["far", "note_en"]
    assert found.loc["lost", "note"] == "没有范围"


def test_land_of_unknown_class_is_not_taken_for_none() -> None:
    found = measured(parcels=PARCELS.assign(class_code=["0601", "0601", None]))
    expect(found, "industrial_share", far=np.nan, half=0.375)
    assert "class" in found.loc["far", "note_en"]
    found = measured(parcels=PARCELS.assign(class_code=["0601", "0601", None]), max_unknown=0.5)
    expect(found, "industrial_share", far=0)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"per": "head"}, SchemaError, "per must be one of"),
        ({"max_unknown": 2}, SchemaError, "max_unknown"),
        ({"units": {"tax": "万元", "output": "亩"}}, SchemaError, "measures"),
        ({"units": {"tax": "万元"}}, SchemaError, "no unit is declared for 'output'"),
        ({"units": UNITS | {"taxes": "万元"}}, SchemaError, "'taxes'"),
        ({"firms": FIRMS.assign(tax=-1.0)}, SchemaError, "below zero in rows 0, 1, 2, 3"),
        ({"firms": FIRMS.assign(tax="many")}, SchemaError, "'many', no finite number"),
        ({"firms": FIRMS.assign(enterprise_id=1)}, SchemaError, "would count twice"),
        ({"parcels": PARCELS.assign(parcel_id=1)}, SchemaError, "would count twice"),
        ({"firms": FIRMS.set_axis([0, 1, 1, 2])}, SchemaError, "reset_index"),
        ({"firms": None}, SchemaError, "give firms= too"),
        ({"firms": FIRMS.drop(columns="land"), "per": "land"}, SchemaError, "which they lack"),
        ({"firms": pd.DataFrame({"tax": [1.0]})}, SchemaError, "column 'brand_id'|units names"),
        ({"core": box(0, 0, 1, 1)}, SchemaError, "core must be"),
        ({"core": CORE.set_crs(None, allow_override=True)}, MissingCRSError, "CRS"),
    ],
)
def test_what_cannot_be_answered_says_why(
    options: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        measured(**options)


def test_parks_without_levels_or_extents() -> None:
    bare = PARKS.drop(columns=["level", "kind"])
    found = policy.platform_attributes(bare)
    assert found["level"].isna().all()
    assert found["is_host"].isna().all()
    with pytest.raises(SchemaError, match="'county' in rows 0"):
        policy.platform_attributes(PARKS.assign(level=["county", *PARKS["level"][1:]]))
    with pytest.raises(GeometryError, match="none of the 1 platforms has an extent"):
        policy.platform_attributes(PARKS.iloc[4:])


def test_inputs_stay_as_they_were() -> None:
    before = [one.copy(deep=True) for one in (PARKS, PARCELS, FIRMS)]
    measured()
    for was, now in zip(before, (PARKS, PARCELS, FIRMS), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(was), pd.DataFrame(now))


def test_order_of_rows_changes_nothing() -> None:
    back = {"parcels": PARCELS.iloc[::-1], "firms": FIRMS.iloc[::-1]}
    other = policy.platform_attributes(PARKS.iloc[::-1], core=CORE, units=UNITS, **back)
    pd.testing.assert_frame_equal(other, measured(), check_exact=False, rtol=1e-9)


def test_the_datum_changes_nothing() -> None:
    moved = pg.crs.to_datum(PARKS, "gcj02")
    found = policy.platform_attributes(moved, parcels=PARCELS, core=CORE)
    columns = ["area_km2", "industrial_share", "core_share", "higher_share"]
    expected = policy.platform_attributes(PARKS, parcels=PARCELS, core=CORE)[columns]
    np.testing.assert_allclose(found[columns], expected, atol=1e-5)


def test_the_bundled_zones_have_one_level_and_no_host() -> None:
    parks = pg.datasets.hangzhou()
    found = policy.platform_attributes(parks)
    stated = parks.groupby("brand_id")["stated_area_km2"].sum()
    # The plan of 2021: 13.76 km² of the hi-tech park, 6 900 mu = 4.6 km² of the digital platform.
    assert found.loc["zijingang-hi-tech-park", "area_km2"] == pytest.approx(13.76, abs=0.01)
    assert found.loc["zijingang-digital-platform", "area_mu"] == pytest.approx(6_900, rel=1e-3)
    assert stated.index.equals(found.index)
    assert (found["level"] == "provincial").all()
    assert (found["higher_share"] == 0).all()
    assert not found["is_host"].any()


SQUARES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)),
    min_size=1,
    max_size=4,
)


@given(SQUARES, SQUARES)
@settings(max_examples=10)
def test_ground_is_conserved(squares: list[Any], land: list[Any]) -> None:
    def shapes(some: list[Any]) -> list[Any]:
        return ground(*((200 * x, 200 * y, 200 * (x + w), 200 * (y + h)) for x, y, w, h in some))

    parks = gpd.GeoDataFrame(
        {"brand_id": list("abcd")[: len(squares)]}, geometry=shapes(squares), crs="EPSG:4490"
    )
    parcels = gpd.GeoDataFrame(geometry=shapes(land), crs="EPSG:4490")
    found = policy.platform_attributes(parks, parcels=parcels, classes=None)
    everything = parks.geometry.union_all().union(parcels.geometry.union_all())
    core = gpd.GeoSeries([everything], crs=parks.crs)
    inside = policy.platform_attributes(parks, core=core)
    np.testing.assert_allclose(inside["core_share"], 1.0, rtol=1e-9)
    # Industrial ground of all brands as one, from the union of both, is that of the net of all.
    one = policy.platform_attributes(parks.assign(brand_id="one"), parcels=parcels, classes=None)
    rows = pd.concat([parks.assign(of="p"), parcels.assign(of="l")])
    both = overlap.partition(rows[["of", "geometry"]], by="of", geometry=False)
    common = both.loc[both["n_members"] == 2, "area_km2"].sum()
    assert one["industrial_km2"].iloc[0] == pytest.approx(common, rel=1e-9, abs=1e-12)
    assert found["industrial_km2"].max() <= common + 1e-9
    assert found["industrial_km2"].sum() >= common - 1e-9
    assert found["industrial_share"].between(0, 1).all()
