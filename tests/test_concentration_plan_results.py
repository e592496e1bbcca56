"""What a plan says of itself: frontier, sensitivity, what binds, its card and its map."""

import math
import re
from dataclasses import FrozenInstanceError, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import payload
from shapely import box
from shapely.geometry import shape as from_geojson
from strategies import on_ground

from parkgeo import concentration, maps
from parkgeo.concentration import Plan
from parkgeo.concentration import _plan_search as search
from parkgeo.concentration._plan_program import Highest, Settings, TimeIsUpError
from parkgeo.errors import ParkgeoError, SchemaError, UnknownNameError

plan = concentration.plan
EXACT = Settings(60.0, 0.0)
HOSTILE = [
    '</script><img src=x onerror="window.hacked=1">',
    "'\"`${7*7}{{7*7}}</style><svg onload=alert(1)>",
    "line\u2028separator<!--<script>",
    "长" * 5_000,
]


def row(sizes_m: list[int], *, inside_m: int = 50) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Parcels 100 m high, 3 km apart, east of a zone of 1 km² whose west is industrial."""
    shapes = [box(4000 + 3000 * i, 0, 4000 + 3000 * i + s, 100) for i, s in enumerate(sizes_m)]
    land = gpd.GeoDataFrame(
        geometry=on_ground([box(0, 0, inside_m, 1000), *shapes]), crs="EPSG:4490"
    )
    zone = gpd.GeoDataFrame(
        {"brand_id": ["z"]}, geometry=on_ground([box(0, 0, 1000, 1000)]), crs="EPSG:4490"
    )
    return land, zone


@pytest.fixture
def town() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """75 mu inside; 15, 30, 45 and 60 mu outside: a third."""
    return row([100, 200, 300, 400])


Town = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]


# Frontier ----------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    sizes=st.lists(st.integers(1, 40).map(lambda n: 10 * n), min_size=1, max_size=6),
    convert=st.integers(0, 20).map(float),
    move=st.integers(0, 20).map(float),
    room=st.integers(0, 60).map(float),
)
def test_costs_never_fall_along_the_frontier(
    sizes: list[int], convert: float, move: float, room: float
) -> None:
    found = plan(
        *row(sizes),
        target=0.0,
        costs={"convert_per_mu": convert, "move_per_mu": move},
        limits={"capacity_mu": room},
    )
    curve = found.frontier()
    assert (curve["status"] == "optimal").all()
    assert (np.diff(curve["cost"]) >= 0).all()
    assert (curve["bound"] <= curve["cost"] + 1e-9).all()
    assert (curve["ratio"] >= curve["target"] - 1e-9).all()
    program = found.case.program
    top = search.highest(program, EXACT)
    assert top is not None
    now = program.now_inside / program.now_total
    # Half a hundredth of the way is left, and the end is known to three thousandths of it.
    assert curve["target"].iloc[-1] == pytest.approx(now + 0.995 * (top[0] - now), rel=0.004)
    assert curve["ratio"].iloc[-1] <= top[0] + 1e-9


def test_a_point_of_the_frontier_is_a_plan(town: Town) -> None:
    costs = {"convert_per_mu": 3.0, "move_per_mu": 5.0}
    found = plan(*town, target=0.4, costs=costs, limits={"capacity_mu": 45.0})
    curve = found.frontier([0.6, 0.5])
    assert curve["target"].tolist() == [0.5, 0.6]
    for at in curve.to_dict("records"):
        own = plan(*town, target=at["target"], costs=costs, limits={"capacity_mu": 45.0})
        assert at["cost"] == pytest.approx(own.cost, rel=1e-9)
        assert at["n_measures"] == len(own.measures)
        mu = own.measures.groupby("measure")["area_mu"].sum()
        for name in ("extend", "move", "convert"):
            assert at[f"{name}_mu"] == pytest.approx(mu.get(name, 0.0), rel=1e-9)


def test_a_target_out_of_reach_is_a_row_and_no_error(town: Town) -> None:
    found = plan(*town, target=0.4, costs={"convert_per_mu": 1.0}, limits={"convert_mu": 60.0})
    curve = found.frontier([0.4, 0.99])
    assert curve["status"].tolist() == ["optimal", "infeasible"]
    assert curve["cost"].isna().tolist() == [False, True]
    with pytest.raises(SchemaError, match="target must be a share"):
        found.frontier([40])


# Sensitivity -------------------------------------------------------------------------------------


def test_another_measure_where_it_becomes_cheaper(town: Town) -> None:
    """Half: 75/150 by converting or 75 + 15 of 165, 180 … by moving; costs are near each other."""
    found = plan(
        *town,
        target=1.0,
        costs={"convert_per_mu": 10.0, "move_per_mu": 11.0},
        limits={"capacity_mu": 1000.0},
    )
    assert set(found.measures["measure"]) == {"convert"}
    table = found.sensitivity().set_index(["measure", "change"])
    dearer = table.loc[("convert", 0.2)]
    assert dearer["cost_kept"] == pytest.approx(150 * 12.0, rel=1e-9)
    assert dearer["cost"] == pytest.approx(150 * 11.0, rel=1e-9)
    assert dearer["saving"] == pytest.approx(150.0, rel=1e-9)
    assert (dearer["n_changed"], dearer["move_mu"]) == (4, pytest.approx(150.0))
    cheaper = table.loc[("move", -0.2)]
    assert cheaper["cost"] == pytest.approx(150 * 8.8, rel=1e-9)
    assert table.loc[("convert", -0.2), "n_changed"] == 0
    assert (table["saving"] >= -1e-9).all()


def test_a_budget_may_allow_no_plan_at_other_costs(town: Town) -> None:
    found = plan(*town, target=1.0, costs={"convert_per_mu": 10.0}, limits={"budget": 1500.0})
    table = found.sensitivity(change=0.1).set_index("change")
    assert table["status"].to_dict() == {-0.1: "optimal", 0.1: "infeasible"}
    assert np.isnan(table.loc[0.1, "cost"])
    with pytest.raises(SchemaError, match="change must be a share"):
        found.sensitivity(change=20)


# What binds --------------------------------------------------------------------------------------


def needed(error: pytest.ExceptionInfo[SchemaError], name: str) -> float:
    found = re.search(rf"{re.escape(name)}.*? to ([\d,.]+)", str(error.value))
    assert found is not None, str(error.value)
    return float(found[1].rstrip(".").replace(",", ""))


@pytest.mark.parametrize(
    ("limits", "name", "least"),
    [
        ({"budget": 100.0}, "budget", 450.0),
        ({"convert_mu": 10.0}, "convert_mu", 45.0),
    ],
)
def test_what_a_limit_would_have_to_be(
    town: Town, limits: dict[str, float], name: str, least: float
) -> None:
    """For 75 / (225 - x) ≥ 41 % x must be 42.1 mu, and the parcel of 45 is the least that is."""
    how = {"target": 0.41, "costs": {"convert_per_mu": 10.0}}
    with pytest.raises(SchemaError, match="enough alone") as error:
        plan(*town, **how, limits=limits)
    assert needed(error, name) == pytest.approx(least, rel=1e-6)
    enough = plan(*town, **how, limits={name: needed(error, name)})
    assert enough.measures["area_mu"].sum() == pytest.approx(45.0)


def test_the_highest_ratio_is_told(town: Town) -> None:
    with pytest.raises(SchemaError, match="ratio is 0.3333, and at most 0.4545"):
        plan(*town, costs={"convert_per_mu": 1.0}, limits={"convert_mu": 60.0})


def test_limits_that_bind_together(town: Town) -> None:
    how = {"target": 0.9, "costs": {"move_per_mu": 1.0}}
    with pytest.raises(SchemaError, match="no limit binds alone; enough together") as error:
        plan(*town, **how, limits={"capacity_mu": {"z": 50.0}, "budget": 60.0, "extend_mu": 5.0})
    assert "extend_mu" not in str(error.value)
    room, money = needed(error, "capacity_mu of 'z'"), needed(error, "budget")
    assert (room, money) == (135.0, 135.0)
    assert plan(*town, **how, limits={"capacity_mu": room, "budget": money}).cost <= money


def test_a_distance_that_binds(town: Town) -> None:
    """The parcel of 15 mu lies 3 km of the plane away; it makes 90 / 225."""
    how = {"target": 0.4, "costs": {"extend_per_mu": 1.0}}
    with pytest.raises(SchemaError, match="extend_within_m from 1,000 to") as error:
        plan(*town, **how)
    metres = needed(error, "extend_within_m")
    assert math.isclose(metres, 3000 * 0.866, rel_tol=1e-3)
    assert len(plan(*town, **how, limits={"extend_within_m": metres}).measures) == 1


def test_what_is_required_may_be_too_much(town: Town) -> None:
    land, zone = town
    land["must"] = [False, True, False, False, False]
    limits = {"require": "must", "budget": 100.0}
    with pytest.raises(SchemaError, match="no plan keeps the limits") as error:
        plan(land, zone, target=0.0, costs={"convert_per_mu": 10.0}, limits=limits)
    assert needed(error, "budget") == 150.0
    assert "require 'must' not of cluster" in str(error.value)


def test_where_no_limit_binds_another_measure_is_asked_for(town: Town) -> None:
    with pytest.raises(SchemaError, match="Even without any limit these measures reach 0.3333"):
        plan(*town, costs={"move_per_mu": 1.0})


def test_time_may_run_out() -> None:
    rng = np.random.default_rng(5)
    land, zone = row([int(s) for s in rng.integers(10, 400, 60)])
    land["price"] = rng.uniform(5, 15, len(land))
    try:
        found = plan(
            land,
            zone,
            costs={"convert_per_mu": "price"},
            time_limit_s=1e-3,
            mip_gap=0.0,
        )
    except ParkgeoError as error:
        assert "time_limit_s=0.001" in str(error)  # noqa: PT017 - either is right
    else:
        assert found.bound <= found.cost
        assert found.gap >= 0


def test_what_was_not_found_in_time_is_said(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    found = plan(*town, target=0.5, costs={"convert_per_mu": 10.0})

    def late(*_: object, **__: object) -> None:
        raise TimeIsUpError("no plan was found within time_limit_s=60")

    monkeypatch.setattr("parkgeo.concentration._plan_search.whole.least_cost", late)
    with pytest.raises(ParkgeoError, match="no plan was found within time_limit_s=60") as error:
        plan(*town, target=0.5, costs={"convert_per_mu": 10.0})
    assert type(error.value) is ParkgeoError
    assert found.frontier([0.4, 0.6])["status"].tolist() == ["unknown", "unknown"]
    assert set(found.sensitivity()["status"]) == {"unknown"}
    assert found.frontier([0.4])["cost"].isna().all()
    monkeypatch.undo()
    monkeypatch.setattr("parkgeo.concentration._plan_search.whole.highest", late)
    assert found.frontier()["target"].max() <= found.after["ratio"]
    with pytest.raises(SchemaError, match="what would be enough was not found within"):
        plan(*town, target=0.5, costs={"convert_per_mu": 10.0}, limits={"budget": 1.0})


def test_a_plan_says_what_was_left_when_time_was_up(town: Town) -> None:
    found = plan(*town, target=0.5, costs={"convert_per_mu": 10.0})
    assert repr(found).endswith("optimal>")
    late = replace(found, status="feasible", bound=found.cost * 0.9)
    assert repr(late).endswith("feasible: time was up, another could be 10.00% cheaper at most>")
    assert "another plan could be 10.00 % cheaper at most" in late._repr_html_()
    assert "至多可再省 10.00%" in late._repr_html_()


def test_no_highest_ratio_is_claimed_that_was_not_proved(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time may be up with a good plan in hand; a better one may be there."""
    name = "parkgeo.concentration._plan_binding.highest"

    def unsure(*how: Any, **more: Any) -> Highest | None:  # noqa: ANN401
        found = search.highest(*how, **more)
        return None if found is None else found._replace(sure=False)

    monkeypatch.setattr(name, unsure)
    how = {"costs": {"convert_per_mu": 1.0}, "limits": {"convert_mu": 60.0}}
    with pytest.raises(SchemaError, match="the highest found within time_limit_s=60 is 0.4545 wi"):
        plan(*town, **how)
    with pytest.raises(SchemaError, match="what would be enough was not found within"):
        plan(*town, costs={"move_per_mu": 1.0})


# As it is shown ----------------------------------------------------------------------------------


@pytest.fixture
def mixed() -> Plan:
    """One of each measure, one that stays; and hostile names."""
    land, zone = row([100, 200, 300, 400])
    zone["brand_id"] = HOSTILE[0]
    land.index = [*HOSTILE, "last"]
    land = land.assign(
        move=[False, True, False, False, False],
        convert=[False, False, True, False, False],
        extend=[False, False, False, True, False],
    )
    return plan(
        land,
        zone,
        target=0.5,
        costs={
            "extend_per_mu": 1.0,
            "move_per_mu": 9.0,
            "convert_per_mu": 9.0,
            "currency": "<b>元",
        },
        limits={
            "capacity_mu": 100.0,
            "extend_within_m": None,
            "require": {"move": "move", "convert": "convert", "extend": "extend"},
        },
        unit="parcel",
    )


def test_the_plan_is_frozen_and_short(mixed: Plan) -> None:
    with pytest.raises(FrozenInstanceError):
        mixed.cost = 0.0  # type: ignore[misc]
    assert repr(mixed).startswith("<Plan: 33.3% → ")
    assert set(mixed.measures["measure"]) == {"extend", "move", "convert"}
    assert mixed.gap == pytest.approx(0.0, abs=1e-6)


def test_the_card_says_how_sure_the_target_is(town: Town) -> None:
    land, zone = town
    how = {"target": 0.4, "costs": {"convert_per_mu": 10.0}}
    assert "accuracy of the boundaries" not in plan(land, zone, **how)._repr_html_()
    drawn = plan(land, zone.assign(accuracy_m=20.0), **how)
    assert drawn.after["ratio_low"] < 0.4
    assert "reached as drawn, and not surely" in drawn._repr_html_()
    sure = plan(land, zone.assign(accuracy_m=20.0), target=0.1, costs={"convert_per_mu": 10.0})
    assert sure.after["ratio_low"] > 0.1
    assert "not surely" not in sure._repr_html_()
    # The lower end of the interval and the target stand in the Chinese sentence too.
    assert f"（按边界精度 {sure.after['ratio_low']:.1%}～" in sure._repr_html_()
    assert (
        "目标 10.0%；成本 0.00 万元，为最低成本；区外 4 处中 0 处采取措施。" in sure._repr_html_()
    )


def test_the_card_holds_no_markup_of_the_names(mixed: Plan) -> None:
    html = mixed._repr_html_()
    assert "<img" not in html
    assert "<svg" not in html
    assert "<b>元" not in html
    assert "&lt;b&gt;元" in html
    assert len(html) < 20_000


def test_the_map_shows_what_is_done_and_what_stays(mixed: Plan) -> None:
    data = payload(mixed.map())
    groups = [site["group"] for site in data["sites"]]
    assert sorted(group for group in groups if group) == ["convert", "extend", "move"]
    assert groups.count(None) == len(mixed.sites) - len(mixed.measures)
    assert len({site["color"] for site in data["sites"]}) == len(set(groups))
    ways = {site["group"]: site["way"] for site in data["sites"]}
    assert ways["move"] is not None
    assert ways["convert"] is ways["extend"] is None
    drawn = {site["group"]: from_geojson(site["geometry"]) for site in data["sites"]}
    taken = mixed.measures.set_index("measure").geometry
    assert drawn["extend"].symmetric_difference(taken["extend"]).area < 1e-3 * taken["extend"].area
    labels = [entry["label"]["zh"] for entry in data["legend"]]
    assert labels == ["扩区纳入", "搬迁入园", "转用退出", "保留现状", "搬迁去向", "开发区范围"]
    for site in data["sites"]:
        assert site["card"]


def test_the_saved_map_loads_nothing(mixed: Plan, tmp_path: Any) -> None:  # noqa: ANN401
    page = maps.save(mixed.map(), tmp_path / "plan.html").read_text(encoding="utf-8")
    assert maps.external_loads(page) == []
    assert "<img" not in page
    with pytest.raises(UnknownNameError, match="unknown language"):
        mixed.map(language="fr")  # type: ignore[arg-type]


def test_a_plan_without_measures_has_a_map(town: Town) -> None:
    data = payload(plan(*town, target=0.1, costs={"convert_per_mu": 1.0}).map(title="空"))
    assert data["groups"] == []
    assert data["title"] == {"zh": "空", "en": "空"}
