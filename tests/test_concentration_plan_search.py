"""Shorter ways to a plan, against the program written out plainly for HiGHS."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from parkgeo.concentration import _plan_program as whole
from parkgeo.concentration import _plan_search as search
from parkgeo.concentration._plan_program import Limit, Program, Settings, TimeIsUpError

EXACT = Settings(60.0, 0.0)


def city(
    seed: int, *, sites: int = 30, zones: int = 4, room: float = 0.15, budget: float = np.inf
) -> Program:
    """Sites that some zones may take in, any zone may take, or that go; a third of the land."""
    rng = np.random.default_rng(seed)
    area = rng.uniform(0.01, 0.2, sites)
    reached = rng.random((sites, zones)) < 0.4
    site, zone, kind = [], [], []
    for one in range(sites):
        near = np.flatnonzero(reached[one])
        site += [one] * (len(near) + zones + 1)
        zone += [*near, *range(zones), -1]
        kind += [0] * len(near) + [1] * zones + [2]
    site, zone, kind = (np.array(part, dtype=np.intp) for part in (site, zone, kind))
    rate = rng.uniform(1.0, 2.0, (3, sites))
    own = area[site]
    total = area.sum()

    def limit(name: str, code: int, share: float) -> Limit:
        most = rng.uniform(0.5, 1.5, zones) * share * total
        return Limit(name, "mu", np.where(kind == code, zone, -1), own, most, ("",) * zones)

    return Program(
        site=site,
        cost=own * rate[kind, site],
        inside=np.where(kind == 2, 0.0, own),
        total=np.where(kind == 2, -own, 0.0),
        far=rng.uniform(0, 1, len(site)),
        now_inside=total / 2,
        now_total=1.5 * total,
        limits=(limit("extension_mu", 0, room), limit("capacity_mu", 1, room / 2)),
        budget=budget,
    )


def plainly(program: Program, target: float, gap: float = 0.0) -> tuple[float, float] | None:
    """Solve the program as the documentation states it: cost, and what none can undercut."""
    count = len(program.site)
    need = target * program.now_total - program.now_inside
    rows = [program.inside - target * program.total]
    low, high = [need], [np.inf]
    for one in range(program.site.max() + 1):
        rows.append((program.site == one).astype(float))
        low.append(0.0)
        high.append(1.0)
    for limit in program.kept:
        for row, most in enumerate(limit.most):
            rows.append(np.where(limit.row == row, limit.use, 0.0))
            low.append(-np.inf)
            high.append(most)
    found = milp(
        program.cost,
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.array(rows), low, high),
        options={"mip_rel_gap": gap, "time_limit": 60.0},
    )
    return None if found.x is None else (float(found.fun), float(found.mip_dual_bound))


def keeps(program: Program, taken: np.ndarray, target: float) -> bool:
    """Tell whether options reach the target, one at a site, within every limit."""
    once = np.bincount(program.site[taken]).max(initial=0) <= 1
    kept = all((limit.used(taken) <= limit.most * (1 + 1e-9)).all() for limit in program.kept)
    return bool(once and kept and program.ratio(taken) >= target - 1e-9)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    sites=st.integers(1, 7),
    room=st.sampled_from([0.02, 0.1, 0.3]),
    target=st.sampled_from([0.4, 0.6, 0.75, 0.9]),
    budget=st.sampled_from([np.inf, 0.4]),
)
def test_merging_zones_changes_no_cost(
    seed: int, sites: int, room: float, target: float, budget: float
) -> None:
    program = city(seed, sites=sites, room=room, budget=budget)
    expected = plainly(program, target)
    found = search.least_cost(program, target, EXACT)
    assert search.feasible(program, target, EXACT) == (expected is not None)
    if expected is None or found is None:
        assert expected is None
        assert found is None
        return
    assert keeps(program, found.taken, target)
    assert found.cost == pytest.approx(expected[0], rel=1e-6, abs=1e-9)
    assert found.cost == pytest.approx(program.cost[found.taken].sum(), rel=1e-9, abs=1e-12)
    assert found.bound <= expected[0] * (1 + 1e-6) + 1e-9


def test_the_highest_ratio_with_zones_merged_is_that_without() -> None:
    for seed in range(4):
        program = city(seed, sites=5, room=0.05)
        found = search.highest(program, EXACT)
        assert found is not None
        assert found[0] == pytest.approx(whole.highest(program, EXACT)[0], abs=1e-9)  # type: ignore[index]
        assert keeps(program, found[1], found[0])
        assert not search.feasible(program, found[0] + 1e-6, EXACT)


@pytest.mark.parametrize("target", [0.5, 0.8])
def test_a_large_program_by_its_relaxation(monkeypatch: pytest.MonkeyPatch, target: float) -> None:
    """The same instance as a small one and as a large one; HiGHS on its own is the judge."""
    program, near = city(1, sites=60, zones=3), Settings(3.0, 1e-3)
    judged = plainly(program, target, gap=3e-3)
    assert judged is not None
    cost, bound = judged
    monkeypatch.setattr(whole, "_LARGE", 10)
    monkeypatch.setattr(whole, "_FIRST_PART", 40)
    found = whole.least_cost(program, target, near)
    assert found is not None
    assert keeps(program, found.taken, target)
    assert found.bound <= cost * (1 + 1e-9)
    assert found.cost >= bound * (1 - 1e-9)
    assert found.cost <= cost * 1.02
    if found.status == "optimal":
        assert found.cost - found.bound <= 1e-3 * found.cost * (1 + 1e-9)


@pytest.mark.parametrize("merge", [True, False])
def test_five_thousand_options(merge: bool) -> None:  # noqa: FBT001 - a case
    program = city(3, sites=700, zones=6)
    assert len(program.site) > 3000
    solve = search.least_cost if merge else whole.least_cost
    found = solve(program, 0.5, Settings(30.0, 1e-3))
    assert found is not None
    assert keeps(program, found.taken, 0.5)
    assert 0 < found.bound <= found.cost
    assert found.cost <= found.bound * 1.01


class Clock:
    """A clock that goes on only where a program is solved: for all of the time that it may take."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.allowed: list[float] = []
        monkeypatch.setattr("parkgeo.concentration._plan_program.time.monotonic", lambda: self.now)
        monkeypatch.setattr("scipy.optimize.milp", self.slow(milp))

    def slow(self, solver: Callable[..., Any]) -> Callable[..., Any]:
        def solve(*how: Any, options: dict[str, float], **more: Any) -> Any:  # noqa: ANN401
            found = solver(*how, options={**options, "time_limit": 60.0}, **more)
            self.allowed.append(options["time_limit"])
            self.now += options["time_limit"]
            return found

        return solve


@pytest.mark.parametrize("large", [3000, 10])
def test_all_programs_of_a_question_share_its_time(
    monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(whole, "_LARGE", large)
    program = city(1, sites=12, zones=4)
    clock = Clock(monkeypatch)
    limited = Settings(10.0, 1e-3).begun()
    found = search.least_cost(program, 0.55, limited)
    assert found is not None
    assert keeps(program, found.taken, 0.55)
    assert len(clock.allowed) >= 2
    assert sum(clock.allowed) < 10.0
    # What is left is for choosing the nearer of alike zones, and for nothing more.
    assert limited.left_s() == pytest.approx(10.0 - sum(clock.allowed))
    clock.now += 10.0
    with pytest.raises(TimeIsUpError, match="within time_limit_s=10; give more time"):
        search.least_cost(program, 0.55, limited)


def test_a_highest_ratio_is_given_as_far_as_time_went(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dinkelbach's first step takes all of the time: its ratio is reached, and may not be all."""
    program = city(2, sites=5)
    Clock(monkeypatch)
    found = whole.highest(program, Settings(10.0, 0.0).begun())
    assert found is not None
    assert not found.sure
    assert found.ratio == pytest.approx(program.ratio(found.taken))


def test_a_time_limit_holds_for_the_relaxation_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "_LARGE", 10)
    with pytest.raises(TimeIsUpError, match="no plan was found within"):
        whole.least_cost(city(1), 0.5, Settings(1e-9, 1e-3))


def test_zones_of_which_none_has_room_for_all_are_told_apart() -> None:
    """Two sites of 3 and two zones with room of 4 and 2: together there is room, and not by one."""
    limit = Limit(
        "capacity_mu", "mu", np.array([0, 1, 0, 1]), np.full(4, 3.0), np.array([4.0, 2.0])
    )
    program = Program(
        site=np.array([0, 0, 1, 1]),
        cost=np.ones(4),
        inside=np.full(4, 3.0),
        total=np.zeros(4),
        far=np.zeros(4),
        now_inside=0.0,
        now_total=6.0,
        limits=(limit,),
    )
    assert search.least_cost(program, 1.0, EXACT) is None
    assert not search.feasible(program, 1.0, EXACT)
    assert search.feasible(program, 1.0, EXACT, without=["capacity_mu"])
    assert search.highest(program, EXACT)[0] == pytest.approx(0.5)  # type: ignore[index]
    one = search.least_cost(program, 0.5, EXACT)
    assert one is not None
    assert np.flatnonzero(one.taken).tolist() in ([0], [2])
