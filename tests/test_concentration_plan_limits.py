"""What limits a plan, what may not be asked, and plans with nothing to do; by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame, land_around, two_zones
from shapely import LineString, Polygon, box

from parkgeo import concentration, crs
from parkgeo.errors import (
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)

plan, ratio = concentration.plan, concentration.ratio
RATES = {"extend_per_mu": 10.0, "move_per_mu": 40.0, "convert_per_mu": 30.0}


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return two_zones()


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    return land_around()


# Limits ------------------------------------------------------------------------------------------


def test_a_mapping_of_zones_closes_those_that_it_does_not_name(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    costs = {"extend_per_mu": 1.0, "convert_per_mu": 1000.0}
    found = plan(land, zones, target=0.68, costs=costs, limits={"extension_mu": {"east": 500.0}})
    extended = found.measures["measure"] == "extend"
    assert found.measures.loc[extended, "zone"].tolist() == ["east"]
    assert "extension_mu" in found.options["barred"].tolist()


def test_limits_of_zones_from_a_column_add_up_by_zone(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    parks = pd.concat([zones, zones.iloc[1:]]).assign(free=[None, 100.0, 140.0])
    found = plan(
        land, parks, target=0.75, costs={"move_per_mu": 1.0}, limits={"capacity_mu": "free"}
    )
    assert found.measures["zone"].tolist() == ["east"]
    assert found.measures["zone_land_mu"].sum() <= 240.0 + 1e-6


def test_what_is_forbidden_and_what_is_required(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    land = land.assign(red=land["use"] == "b", must=land["use"] == "f", no=False)
    found = plan(
        land,
        zones,
        target=0.72,
        costs=RATES,
        limits={"forbid": {"extend": "red"}, "require": {"convert": "must"}},
    )
    done = found.parcels.set_index("use")["measure"]
    assert done["f"] == "convert"
    assert done["b"] != "extend"
    idle = plan(land, zones, target=0.1, costs=RATES, limits={"require": "must", "forbid": "no"})
    assert len(idle.measures) == 1


@pytest.mark.parametrize(
    "flags", [["否", "是"], [0, 1], ["0", "1"], [0.0, 1.0], [" no", "YES"], [False, True]]
)
def test_flags_may_be_written_as_files_write_them(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, flags: list[object]
) -> None:
    land["红线"] = [flags[int(use == "b")] for use in land["use"]]
    found = plan(
        land,
        zones,
        target=0.72,
        costs=RATES,
        limits={"forbid": {"extend": "红线", "convert": "红线"}},
    )
    done = found.parcels.set_index("use")["measure"]
    assert pd.isna(done["b"])
    assert done.notna().any()


def test_of_moves_that_cost_the_same_the_nearer_ones_are_taken(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    found = plan(land, zones, target=1.0, costs={"move_per_mu": 1.0}, limits={"capacity_mu": 900.0})
    nearest = found.sites.set_index("cluster")["nearest"]
    assert found.measures.set_index("cluster")["zone"].to_dict() == nearest.to_dict()


# Nothing to do, and not to be done ---------------------------------------------------------------


@pytest.mark.parametrize("target", [0.0, 0.5, 0.59])
def test_a_target_that_is_reached_costs_nothing(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, target: float
) -> None:
    found = plan(land, zones, target=target, costs={"convert_per_mu": 0.0})
    assert (len(found.measures), found.cost, found.bound) == (0, 0.0, 0.0)
    assert found.after.equals(found.before)
    assert "Nothing has to be done" in found._repr_html_()


def test_nothing_scattered(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    found = plan(land.iloc[:1], zones, target=1.0, costs=RATES, limits={"capacity_mu": 9.0})
    assert len(found.sites) == len(found.measures) == 0
    assert found.frontier()["cost"].tolist() == [0.0]
    assert found.sensitivity().empty
    far = plan(land, zones, target=0.7, costs=RATES)
    assert list(found.measures.columns) == list(far.measures.columns)


def test_without_zones_land_can_only_be_converted(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    with pytest.raises(SchemaError, match="Even without any limit these measures reach 0.0000"):
        plan(land, zones.iloc[:0], target=0.5, costs=RATES)


def test_no_parcel_that_counts(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    with pytest.raises(SchemaError, match="no parcel counts"):
        plan(land, zones, costs=RATES, where={"use": "zz"})


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ({"costs": {}}, SchemaError, "costs must give a cost"),
        ({"costs": {"extend_mu": 1.0}}, UnknownNameError, "did you mean 'extend_per_mu'"),
        ({"costs": {"move_per_mu": -1.0}}, SchemaError, "move_per_mu must be a number, 0 or more"),
        ({"costs": {"move_per_mu": np.nan}}, SchemaError, "move_per_mu must be a number"),
        ({"costs": {"convert_per_mu": np.inf}}, SchemaError, "must be finite"),
        ({"costs": {"convert_per_mu": True}}, SchemaError, "must be a number"),
        ({"costs": {"convert_per_mu": "use"}}, SchemaError, "column 'use' has 'b'"),
        ({"costs": {"convert_per_mu": "uses"}}, UnknownNameError, "did you mean 'use'"),
        ({"costs": 5}, SchemaError, "costs must be a Costs or a mapping"),
        ({"limits": {"budgets": 5}}, UnknownNameError, "did you mean 'budget'"),
        ({"limits": {"budget": -5}}, SchemaError, "budget must be a number"),
        ({"limits": {"capacity_mu": {"wset": 5}}}, UnknownNameError, "did you mean 'west'"),
        ({"limits": {"capacity_mu": {"west": "x"}}}, SchemaError, "of 'west' must be mu"),
        ({"limits": {"forbid": "far"}}, SchemaError, "must be true or false .*; found 2.0"),
        ({"limits": {"forbid": {"burn": "far"}}}, UnknownNameError, "no measure 'burn'"),
        ({"limits": {"forbid": 3}}, SchemaError, "forbid must be a column or a mapping"),
        ({"limits": {"keep_out": 3}}, SchemaError, "keep_out must be a"),
        ({"unit": "city"}, SchemaError, "unit must be"),
        ({"target": 70}, SchemaError, "target must be a share"),
        ({"land_per_moved": 0.0}, SchemaError, "land_per_moved"),
        ({"time_limit_s": 0.0}, SchemaError, "time_limit_s"),
        ({"mip_gap": 2.0}, SchemaError, "mip_gap must be a share of the cost"),
        ({"mip_gap": "small"}, SchemaError, "mip_gap must be a share of the cost"),
        ({"by": "name"}, UnknownNameError, "no column or index 'name'"),
    ],
)
def test_bad_options_are_refused(
    land: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    how: dict[str, object],
    error: type[ParkgeoError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        plan(land, zones, **{"costs": RATES, **how})


def test_columns_that_are_offered_are_the_users(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    """The scattered parcels have columns of parkgeo's own by then, and none of them is a cost."""
    for name in ("price", "distance_m", "nearest"):
        with pytest.raises(UnknownNameError, match=f"no column '{name}'; there are use, far$"):
            plan(land, zones, costs={"convert_per_mu": name})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"costs": {"convert_per_mu": [1, 2]}}, "convert_per_mu must be a number or a column"),
        ({"limits": {"budget": "100"}}, "budget must be a number, not '100'"),
        ({"limits": {"extend_mu": [1]}}, "extend_mu must be a number"),
        ({"limits": {"capacity_mu": [1, 2]}}, "capacity_mu must be a number, a mapping from zones"),
    ],
)
def test_amounts_that_are_none_are_refused(
    given: dict[str, object], message: str, land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    with pytest.raises(SchemaError, match=message):
        plan(land, zones, **{"costs": RATES, **given})


def test_ground_to_keep_out_has_to_be_polygons(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    crossed = Polygon([(0, 0), (900, 900), (900, 0), (0, 900)])
    for shape, message in ((crossed, "keep_out: invalid"), (LineString([(0, 0), (9, 9)]), "LINE")):
        with pytest.raises(GeometryError, match=message):
            plan(land, zones, costs=RATES, limits={"keep_out": frame([shape])})
    nowhere = frame([box(0, 0, 9, 9)]).set_crs(None, allow_override=True)
    with pytest.raises(MissingCRSError, match="keep_out"):
        plan(land, zones, costs=RATES, limits={"keep_out": nowhere})


def test_inputs_stay_as_they_are(land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    land.index = ["same"] * len(land)
    land_before, zones_before = land.copy(), zones.copy()
    where = land["use"] != "d"
    gcj = crs.to_datum(land, "gcj02")
    found = plan(land, zones, target=0.72, costs=RATES, where=where)
    again = plan(gcj, crs.to_zone(zones), target=0.72, costs=RATES, where=where)
    assert again.cost == pytest.approx(found.cost, rel=1e-6)
    assert land.equals(land_before)
    assert zones.equals(zones_before)


def test_the_interval_of_a_zone_holds_for_its_extension(
    land: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> None:
    known = plan(land, zones.assign(accuracy_m=[2.0, 5.0]), target=0.72, costs=RATES)
    assert known.after["ratio_low"] < known.after["ratio"] < known.after["ratio_high"]
    partly = plan(land, zones.assign(accuracy_m=[2.0, None]), target=0.72, costs=RATES)
    assert np.isnan(partly.after["ratio_low"])
