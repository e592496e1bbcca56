import numpy as np
import pandas as pd
import pytest

from parkgeo import concentration, datasets, measure, overlap, tables
from parkgeo.datasets import SyntheticCity


@pytest.fixture(scope="module")
def city() -> SyntheticCity:
    return datasets.synthetic_city()


def test_its_frames_are_of_the_schemas(city: SyntheticCity) -> None:
    tables.validate_parks(city.parks)
    tables.validate_parks(city.parks_before)
    tables.validate_parcels(city.parcels)
    tables.validate_enterprises(city.firms)
    assert measure.area_m2(city.core).iloc[0] == pytest.approx(5.0e3 * 4.25e3)


def test_every_name_says_that_it_is_synthetic(city: SyntheticCity) -> None:
    assert city.parks_before["brand"].str.endswith("（合成）").all()
    assert city.parks["brand_en"].str.endswith("(synthetic)").all()
    assert city.parks_before["administrator"].str.endswith("（合成）").all()
    assert city.parcels["district"].str.endswith("（合成）").all()
    assert city.firms["name"].str.startswith("合成企业").all()


def test_it_lies_in_the_open_sea(city: SyntheticCity) -> None:
    west, south, east, north = city.parcels.total_bounds
    assert west >= 122.8
    assert (south, north) == pytest.approx((29.0, 29.1), abs=0.01)
    assert east < 123.0


def test_areas_are_those_drawn(city: SyntheticCity) -> None:
    # By hand: 3 by 3.5 km, 2 by 2 km, and parcels of 250 m less streets of 15 m on each side.
    area_km2 = measure.area_m2(city.parks_before) / 1e6
    assert area_km2["xiling-hitech"] == pytest.approx(10.5, rel=1e-9)
    assert area_km2["xidong-coop"] == pytest.approx(4.0, rel=1e-9)
    assert measure.area_m2(city.parcels).to_numpy() == pytest.approx(220.0**2, rel=1e-7)


def test_firms_stand_on_used_parcels_and_share_their_land(city: SyntheticCity) -> None:
    parcels = city.parcels.set_index("parcel_id")
    homes = parcels.loc[city.firms["parcel_id"]]
    assert set(homes["status"]) == {"in_use", "inefficient"}
    assert homes.geometry.contains(city.firms.geometry, align=False).all()
    held_mu = city.firms.groupby("parcel_id")["land"].sum()
    assert held_mu.to_numpy() == pytest.approx(220.0**2 * 0.0015)


def test_firms_name_the_zone_that_they_lie_in(city: SyntheticCity) -> None:
    for brand_id, shape in city.parks.geometry.items():
        inside = city.firms.geometry.within(shape)
        assert (inside == (city.firms["brand_id"] == brand_id)).all()


def test_prices_are_those_of_land_that_can_be_had(city: SyntheticCity) -> None:
    free = city.parcels["status"].isin(["supplied_not_used", "approved_not_supplied"])
    assert (city.parcels["price_wanyuan_per_mu"].notna() == free).all()
    assert (city.parcels["allowed_industry"].notna() == free).all()


def test_the_same_seed_draws_the_same_city(city: SyntheticCity) -> None:
    again, other = datasets.synthetic_city(), datasets.synthetic_city(seed=1)
    pd.testing.assert_frame_equal(city.firms, again.firms)
    pd.testing.assert_frame_equal(city.parcels, again.parcels)
    assert not np.array_equal(city.firms["tax"].head(99), other.firms["tax"].head(99))


def test_it_has_something_to_evaluate(city: SyntheticCity) -> None:
    share = concentration.ratio(city.parcels, city.parks, classes="industry")["ratio"].iloc[0]
    assert 0.5 < share < 0.7
    assert overlap.pairs(city.parks_before)["significant"].sum() >= 5
    assert overlap.pairs(city.parks)["significant"].sum() == 0
    assert set(city.mapping) | set(city.parks["brand_id"]) == set(city.parks_before["brand_id"])


def test_shown_in_a_notebook_it_is_one_line_and_says_that_it_is_made_up(
    city: SyntheticCity,
) -> None:
    shown = repr(city)
    assert "\n" not in shown
    assert "made up" in shown
    assert f"parcels: {len(city.parcels)} rows" in shown
