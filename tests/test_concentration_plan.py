"""Plans against all combinations one by one, against geometry, and by hand."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import KM2_MU, frame, land_around, two_zones
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.geometry.base import BaseGeometry
from strategies import on_ground

from parkgeo import concentration
from parkgeo.errors import (
    SchemaError,
)

plan, ratio = concentration.plan, concentration.ratio
RATES = {"extend_per_mu": 10.0, "move_per_mu": 40.0, "convert_per_mu": 30.0}


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return two_zones()


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    return land_around()


# By hand -----------------------------------------------------------------------------------------


def test_the_cheapest_measure_that_is_enough(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """0.505 of 0.855 km²; the pair, 0.08 km², makes 0.585, which is 68.4 %."""
    found = plan(land, zones, target=0.68, costs={"convert_per_mu": 30.0, "extend_per_mu": 1.0})
    assert found.before["ratio"] == pytest.approx(0.505 / 0.855, rel=1e-9)
    assert found.measures["measure"].tolist() == ["extend"]
    assert found.measures["zone"].tolist() == ["west"]
    assert found.after["inside"] == pytest.approx(0.585, rel=1e-9)
    assert found.after["total"] == pytest.approx(0.855, rel=1e-9)
    assert found.status == "optimal"


def test_conversion_lowers_the_total_too(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    """0.505 / (0.855 - 0.16) = 72.7 %; the next smaller choice, 0.115, makes 68.2 %."""
    found = plan(land, zones, target=0.70, costs={"convert_per_mu": 30.0})
    assert found.cost == pytest.approx(0.16 * KM2_MU * 30, rel=1e-9)
    assert found.after["total"] == pytest.approx(0.695, rel=1e-9)
    assert found.after["inside"] == pytest.approx(0.505, rel=1e-9)
    assert found.measures["zone"].isna().all()
    assert found.measures["zone_land_mu"].tolist() == [0.0]
    assert found.parcels.set_index("use")["measure"].to_dict()["d"] == "convert"
    assert found.sites["measure"].tolist() == [
        "convert" if cluster == found.measures["cluster"].item() else None
        for cluster in found.sites["cluster"]
    ]


def test_what_moves_leaves_its_ground_and_takes_land_in_the_zone(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """The parcel that is a third inside moves wholly: 0.505 - 0.005 + 0.0075 of 0.855 - 0.0075."""
    found = plan(
        land,
        zones,
        target=(0.505 + 0.0025) / (0.855 - 0.0075),
        costs={"move_per_mu": 1.0},
        limits={"capacity_mu": {"east": 0.0075 * KM2_MU}},
        land_per_moved=0.5,
    )
    row = found.measures.iloc[0]
    assert (row["measure"], row["zone"], row["distance_m"]) == ("move", "east", 0.0)
    assert row["area_mu"] == pytest.approx(0.015 * KM2_MU, rel=1e-9)
    assert row["zone_land_mu"] == pytest.approx(0.0075 * KM2_MU, rel=1e-9)
    assert found.cost == pytest.approx(0.015 * KM2_MU, rel=1e-9)
    assert found.after["inside"] == pytest.approx(0.5075, rel=1e-9)
    assert found.after["total"] == pytest.approx(0.8475, rel=1e-9)
    assert found.after["n_parcels"] == found.before["n_parcels"]


def test_moved_land_stands_in_the_zone_like_parcels_drawn_there(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """Another way to ``after``: squares of the area that moved, drawn in a free corner."""
    found = plan(land, zones, target=0.8, costs={"move_per_mu": 1.0}, limits={"capacity_mu": 900.0})
    moved = found.measures.loc[found.measures["measure"] == "move"]
    left = land.drop(index=found.parcels.index[found.parcels["measure"] == "move"])
    squares = frame([box(600, 0, 600 + 1e6 * a / 500, 500) for a in moved["zone_land_km2"]])
    again = ratio(pd.concat([left, squares]), zones).iloc[0]
    for name in ("total", "inside", "ratio"):
        assert found.after[name] == pytest.approx(again[name], rel=1e-9)


def test_floor_is_area_times_its_ratio(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    limits = {"capacity_mu": {"east": 240.0}}
    where = {"use": ["a", "d"]}
    costs = {"move_per_floor_m2": 0.1, "move_per_mu": 2.0}
    found = plan(land, zones, target=0.9, costs=costs, limits=limits, where=where)
    assert found.cost == pytest.approx(0.1 * 2.0 * 160_000 + 2.0 * 240.0, rel=1e-9)


def test_a_cost_of_its_own_for_each_parcel(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    """A pair at 10 and 30 per mu: their sum when converted, their mean by area when taken in."""
    land = land.assign(price=[1.0, 10.0, 30.0, 500.0, 500.0, 500.0])
    converted = plan(land, zones, target=0.65, costs={"convert_per_mu": "price"})
    assert converted.cost == pytest.approx(60 * 10 + 60 * 30, rel=1e-9)
    taken_in = plan(land, zones, target=0.68, costs={"extend_per_mu": "price"})
    assert taken_in.cost == pytest.approx(20.0 * taken_in.measures["zone_land_mu"].item(), rel=1e-9)


def test_a_cost_that_is_not_known_bars_the_measure_there(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    land = land.assign(price=[None, None, 1.0, 1.0, 1.0, None])
    found = plan(land, zones, target=0.70, costs={"convert_per_mu": "price"})
    unknown = found.options.set_index("cluster")["barred"]
    pair = found.parcels.loc[1, "cluster"]
    assert unknown[pair] == "cost not known"
    assert pair not in found.measures["cluster"].tolist()
    assert np.isfinite(found.cost)
    with pytest.raises(SchemaError, match="at most"):
        plan(land, zones, target=0.99, costs={"convert_per_mu": "price"})


# Extensions --------------------------------------------------------------------------------------


def test_an_extension_takes_in_what_is_between(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """200 m high from the zone at 1000 to the far end at 1460.

    A disc of 100 m leaves out some metres where it looks into a gap: less than 1 %.
    """
    found = plan(land, zones, target=0.68, costs={"extend_per_mu": 1.0})
    ground = found.measures["zone_land_km2"].item()
    drawn = on_ground([box(1000, 0, 1460, 200)])
    shape = found.measures.geometry.iloc[0]
    assert shape.difference(drawn.iloc[0]).area < 1e-6 * drawn.iloc[0].area
    assert 0.092 * 0.99 < ground < 0.092 * (1 + 1e-6)
    assert shape.is_valid
    assert found.measures.crs == "EPSG:4490"


def test_an_extension_does_not_count_what_a_zone_has_already(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    where = {"use": ["a", "f"]}
    found = plan(land, zones, target=1.0, costs={"extend_per_mu": 1.0}, where=where)
    assert found.measures["zone_land_km2"].item() == pytest.approx(0.01, rel=1e-9)
    zone = found.zones.geometry.union_all()
    common = found.measures.geometry.iloc[0].intersection(zone)
    assert common.area < 1e-9 * zone.area
    assert found.after["ratio"] == pytest.approx(1.0, abs=1e-12)


def test_parcels_that_are_mostly_inside_gain_too(zones: gpd.GeoDataFrame) -> None:
    """A parcel 40 % outside is no site; most of its rest lies between a neighbour and the zone."""
    land = frame(
        [box(940, 0, 1040, 100), box(1060, 0, 1160, 100), box(300, 300, 400, 400)],
        use=["edge", "out", "in"],
    )
    found = plan(land, zones, target=0.9, costs={"extend_per_mu": 1.0})
    assert found.measures["n_parcels"].tolist() == [1]
    gained = found.measures["inside_change_km2"].item()
    assert 0.0137 < gained < 0.014
    assert found.after["inside"] == pytest.approx(0.016 + gained, rel=1e-9)


def test_extensions_of_two_clusters_share_no_ground(zones: gpd.GeoDataFrame) -> None:
    """Four parcels 120 m from each other, and less than 100 m from the zone."""
    teeth = [box(1100, 180 * i, 1200, 180 * i + 60) for i in range(4)]
    found = plan(
        frame([box(0, 0, 10, 10), *teeth]), zones, target=1.0, costs={"extend_per_mu": 1.0}
    )
    shapes = found.measures.to_crs("EPSG:4549").geometry
    assert len(shapes) == 4
    assert shapes.area.sum() == pytest.approx(shapes.union_all().area, rel=1e-12)


def test_kept_out_ground_is_left_out_and_what_lies_on_it_is_not_taken_in(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    costs = {"extend_per_mu": 1.0}
    free = plan(land, zones, target=0.68, costs=costs)
    between = frame([box(1000, 0, 1040, 300)])
    found = plan(land, zones, target=0.68, costs=costs, limits={"keep_out": between})
    assert found.measures.geometry.iloc[0].intersection(between.geometry.iloc[0]).area < 1e-14
    assert found.measures["zone_land_km2"].item() < free.measures["zone_land_km2"].item() - 0.007
    on_parcel = frame([box(1100, 100, 1101, 110)])
    with pytest.raises(SchemaError, match="keep_out not of clusters 1"):
        plan(land, zones, target=0.68, costs=costs, limits={"keep_out": on_parcel})


def test_a_parcel_by_itself(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    """The nearer half of the pair is enough, and lies alone; it is named by its label."""
    land.index = list("uvwxyz")
    found = plan(land, zones, target=0.635, costs={"extend_per_mu": 1.0}, unit="parcel")
    assert found.measures["parcel"].tolist() in (["v"], ["w"])
    assert found.measures["zone_land_km2"].item() == pytest.approx(0.04, rel=1e-9)
    assert found.after["inside"] == pytest.approx(0.545, rel=1e-9)
    assert found.parcels["measure"].notna().sum() == 1


# Against all combinations ------------------------------------------------------------------------


@dataclass(frozen=True)
class Instance:
    """Squares in a row, far apart, east of a zone of 1 km² whose west is industrial."""

    sizes_m: list[int]
    inside_m: int
    capacity_mu: float
    budget: float | None
    move_mu: float | None
    extension_mu: float | None
    costs: dict[str, float]
    target: float

    def shapes(self) -> Iterator[BaseGeometry]:
        yield box(0, 0, self.inside_m, 1000)
        for i, size in enumerate(self.sizes_m):
            # 3 km apart: single parcels, no gaps to close, any distance allowed.
            yield box(4000 + 3000 * i, 0, 4000 + 3000 * i + size, 100)

    def cheapest(self) -> float | None:
        """Try everything, in plain arithmetic."""
        areas = [size * 100 / 1e6 for size in self.sizes_m]
        inside, best = self.inside_m * 1000 / 1e6, None
        for done in itertools.product(("stay", "extend", "move", "convert"), repeat=len(areas)):
            mu = {
                name: KM2_MU * sum(a for a, d in zip(areas, done, strict=True) if d == name)
                for name in ("extend", "move", "convert")
            }
            gained = (mu["extend"] + mu["move"]) / KM2_MU
            total = inside + sum(areas) - mu["convert"] / KM2_MU
            cost = sum(self.costs[f"{name}_per_mu"] * mu[name] for name in mu)
            limited = (
                (mu["move"], self.capacity_mu),
                (mu["move"], self.move_mu),
                (mu["extend"], self.extension_mu),
                (cost, self.budget),
            )
            # Something must be left for a ratio to be a share of.
            kept = total > 1e-9 and all(
                most is None or used <= most + 1e-9 for used, most in limited
            )
            reached = inside + gained >= self.target * total - 1e-12
            if kept and reached and (best is None or cost < best):
                best = cost
        return best


money = st.integers(0, 50).map(float)
mu = st.one_of(st.none(), st.integers(0, 90).map(float))
instances = st.builds(
    Instance,
    sizes_m=st.lists(st.integers(1, 30).map(lambda n: 10 * n), min_size=1, max_size=4),
    inside_m=st.integers(0, 20).map(lambda n: 5 * n),
    capacity_mu=st.integers(0, 120).map(float),
    budget=st.one_of(st.none(), st.integers(0, 4000).map(float)),
    move_mu=mu,
    extension_mu=mu,
    costs=st.fixed_dictionaries(
        {"extend_per_mu": money, "move_per_mu": money, "convert_per_mu": money}
    ),
    target=st.sampled_from([0.3, 0.5, 0.7, 0.75, 0.9, 1.0]),
)


@settings(max_examples=60)
@given(instances)
def test_no_combination_is_cheaper(case: Instance) -> None:
    land = frame(list(case.shapes())[0 if case.inside_m else 1 :])
    zone = frame([box(0, 0, 1000, 1000)], brand_id=["z"])
    limits = {
        "capacity_mu": case.capacity_mu,
        "budget": case.budget,
        "move_mu": case.move_mu,
        "extension_mu": case.extension_mu,
        "extend_within_m": None,
    }
    expected = case.cheapest()
    how = {"costs": case.costs, "limits": limits, "target": case.target, "mip_gap": 0.0}
    if expected is None:
        with pytest.raises(SchemaError, match=r"no plan reaches"):
            plan(land, zone, **how)
        return
    found = plan(land, zone, **how)
    assert found.cost == pytest.approx(expected, rel=1e-9, abs=1e-7)
    assert found.bound <= found.cost + 1e-9
    assert found.after["ratio"] >= case.target - 1e-9
    by = found.measures.groupby("measure")
    used = by["zone_land_mu"].sum().to_dict()
    assert used.get("move", 0.0) <= case.capacity_mu + 1e-6
    assert used.get("extend", 0.0) <= (case.extension_mu or np.inf) + 1e-6
    changed = found.measures[["inside_change_km2", "total_change_km2"]].sum()
    assert found.after["inside"] == pytest.approx(
        found.before["inside"] + changed.iloc[0], abs=1e-9
    )
    assert found.after["total"] == pytest.approx(found.before["total"] + changed.iloc[1], abs=1e-9)
