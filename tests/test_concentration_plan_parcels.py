"""Plans that decide parcel by parcel, where parcels lie on each other."""

import geopandas as gpd
import pytest
from drawn import KM2_MU, frame, two_zones
from shapely import box

from parkgeo import concentration

plan = concentration.plan


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return two_zones()


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    """0.1 km² inside; two parcels of 0.04 km², one half on the other; one beside; one far off."""
    shapes = [
        box(0, 0, 100, 1000),
        box(1000, 0, 1200, 200),
        box(1100, 0, 1300, 200),
        box(1300, 0, 1400, 200),
        box(4000, 0, 4100, 100),
    ]
    return frame(shapes).set_axis(list("abcde"))


def test_ground_under_two_parcels_is_paid_for_once(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """Of 0.21 km² 0.18 is 85.7 %; the ground under the two parcels is 0.06 km²."""
    found = plan(land, zones, target=0.85, costs={"extend_per_mu": 1.0}, unit="parcel")
    assert found.measures["parcel"].tolist() == ["b + c"]
    assert found.measures["n_parcels"].tolist() == [2]
    assert found.cost == pytest.approx(0.06 * KM2_MU, rel=1e-9)
    assert found.measures["area_mu"].item() == pytest.approx(0.08 * KM2_MU, rel=1e-9)
    assert found.after["inside"] == pytest.approx(0.18, rel=1e-9)
    assert found.case.program.ratio(found.case.taken) == pytest.approx(found.after["ratio"])
    assert found.parcels["measure"].dropna().to_dict() == {"b": "extend", "c": "extend"}


def test_neighbours_are_decided_on_by_themselves(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """Parcels b and c share a border here, or a strip of a metre that nobody meant to draw."""
    for west in (1200, 1199):
        apart = land.copy()
        apart.loc["c", "geometry"] = frame([box(west, 0, 1300, 200)]).geometry[0]
        found = plan(apart, zones, target=0.1, costs={"extend_per_mu": 1.0}, unit="parcel")
        assert found.sites["parcel"].tolist() == ["b", "c", "d", "e"]
        assert found.sites["n_parcels"].tolist() == [1, 1, 1, 1]


def test_the_same_parcel_twice_is_one_site(zones: gpd.GeoDataFrame) -> None:
    land = frame([box(0, 0, 100, 100), *[box(1000, 0, 1100, 100)] * 3])
    found = plan(land, zones, target=1.0, costs={"convert_per_mu": 2.0}, unit="parcel")
    assert found.measures["parcel"].tolist() == ["1 + 2 + 3"]
    # All three are in the total, so all three are to become another use.
    assert found.after["total"] == pytest.approx(0.01, rel=1e-9)
    assert found.cost == pytest.approx(3 * 0.01 * KM2_MU * 2.0, rel=1e-9)


def test_land_inside_that_lies_on_a_parcel_comes_in_with_it(zones: gpd.GeoDataFrame) -> None:
    """Parcel 1 is 0.01 km² outside; parcel 2 lies on its western half and mostly in the zone."""
    land = frame([box(0, 0, 200, 100), box(1000, 0, 1100, 100), box(800, 0, 1050, 100)])
    before = concentration.ratio(land, zones).iloc[0]
    assert before["inside"] == pytest.approx(0.04, rel=1e-9)
    found = plan(land, zones, target=1.0, costs={"extend_per_mu": 1.0}, unit="parcel")
    assert found.measures["inside_change_km2"].item() == pytest.approx(0.015, rel=1e-9)
    assert found.after["inside"] == pytest.approx(0.055, rel=1e-9)
