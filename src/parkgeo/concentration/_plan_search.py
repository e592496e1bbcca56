"""Plans by a smaller program first: which measure each site takes, and only then in which zone.

Zones that take in the same site at the same cost are alike but for the room that each has. HiGHS
spends most of its time on telling them apart; so they are merged, with the room of all together.
That program is a relaxation: what it cannot do cannot be done, and what it costs is a bound. Where
its plan fits into the zones it is the plan; otherwise the whole program is solved.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np

from parkgeo._ground import Flags, Indices
from parkgeo._progress import said
from parkgeo.concentration import _plan_program as whole
from parkgeo.concentration._plan_program import (
    Highest,
    Limit,
    Program,
    Settings,
    Solution,
    TimeIsUpError,
)

_ROUNDING: Final = 1e-9
_MOST_SETS: Final = 64
"""Sets of zones of which the room is counted together."""
_QUIET_S: Final = 2.0
"""Seconds that a program may take before a line on stderr says which it is."""
_MERGED, _SPREAD, _ALL = 0.6, 0.3, 0.9
"""Share of the time left that each program may take; the rest is for those after it."""


@dataclass(frozen=True)
class _Merged:
    """A program of options that stand for several; ``group`` is -1 for what no plan can take."""

    program: Program
    group: Indices


def least_cost(program: Program, target: float, settings: Settings) -> Solution | None:
    """Find the cheapest options that reach the target; null where none do."""
    merged, bound = _merged(program), -np.inf
    if merged is not None:
        with said("planning: sites, zones merged (program 1 of 3)", after_s=_QUIET_S):
            found = whole.least_cost(merged.program, target, settings.share(_MERGED))
        if found is None:
            return None
        with said("planning: which zone takes which site (program 2 of 3)", after_s=_QUIET_S):
            taken = _spread(program, merged, found.taken, settings.share(_SPREAD))
        if taken is not None:
            return replace(found, taken=taken)
        bound = found.bound
    with said("planning: sites and zones at once (last program)", after_s=_QUIET_S):
        solved = whole.least_cost(program, target, settings.share(_ALL))
    if solved is None:
        return None
    better = min(max(solved.bound, bound), solved.cost)
    sure = solved.cost - better <= settings.mip_gap * solved.cost
    return replace(solved, bound=better, status="optimal" if sure else solved.status)


def feasible(
    program: Program, target: float | None, settings: Settings, *, without: Iterable[str] = ()
) -> bool:
    """Tell whether any options reach the target, or keep the limits at all."""
    free = _without(program, without)
    merged = _merged(free)
    if merged is not None:
        taken = whole.any_plan(merged.program, target, settings)
        if taken is None:
            return False
        if _spread(free, merged, taken, settings) is not None:
            return True
    return whole.any_plan(free, target, settings) is not None


def highest(program: Program, settings: Settings, *, without: Iterable[str] = ()) -> Highest | None:
    """Find the options that make the highest ratio; null where the limits allow no plan at all."""
    free = _without(program, without)
    merged = _merged(free)
    if merged is not None:
        found = whole.highest(merged.program, settings.share(_MERGED))
        if found is None:
            return None
        taken = _spread(free, merged, found.taken, settings.share(_SPREAD))
        if taken is not None:
            return found._replace(taken=taken)
    return whole.highest(free, settings)


def _without(program: Program, names: Iterable[str]) -> Program:
    """Lift some limits, the budget among them."""
    free = set(names)
    limits = tuple(limit for limit in program.limits if limit.name not in free)
    return replace(program, limits=limits, budget=np.inf if "budget" in free else program.budget)


def _merged(program: Program) -> _Merged | None:
    """Merge what is alike but for its zone; null where nothing is."""
    group = np.full(len(program.site), -1, dtype=np.intp)
    can = np.flatnonzero(_fits_alone(program))
    if not len(can):
        return None
    used = [np.where(one.row[can] >= 0, one.use[can], 0.0) for one in program.limits]
    shown = [program.site[can], program.cost[can], program.inside[can], program.total[can], *used]
    _, first, group[can] = np.unique(
        np.stack(shown), axis=1, return_index=True, return_inverse=True
    )
    if len(first) == len(can):
        return None
    limits = chain.from_iterable(
        _together(limit, can, group[can], can[first]) for limit in program.limits
    )
    return _Merged(replace(program.some(can[first]), limits=tuple(limits)), group)


def _fits_alone(program: Program) -> Flags:
    """Tell which options break no limit by themselves."""
    out = np.ones(len(program.site), dtype=np.bool_)
    for limit in program.limits:
        if (limit.use >= 0).all():
            most = np.append(limit.most, np.inf)[limit.row]
            out &= limit.use <= most * (1 + _ROUNDING)
    return out


def _together(limit: Limit, can: Indices, group: Indices, first: Indices) -> Iterator[Limit]:
    """Give merged options a limit: the same rows, or the room of several rows in one.

    For each set of rows that some option may choose from, those that cannot leave it must fit into
    the room of all of it (Hall's condition); for the set of all rows too.
    """
    row, own = limit.row[can], limit.row[first]
    if (row == own[group]).all():
        yield limit.some(first)
        return
    some = row >= 0
    asked = np.bincount(row[some], limit.use[can][some], minlength=len(limit.most))
    room = np.minimum(limit.most, asked)
    may = np.zeros((len(first), len(room)), dtype=np.bool_)
    may[group[some], row[some]] = True
    sets, count = np.unique(may, axis=0, return_counts=True)
    common = sets[np.argsort(-count, kind="stable")[:_MOST_SETS]]
    for one in (np.ones(len(room), dtype=np.bool_), *common[common.any(axis=1)]):
        bound_to = may.any(axis=1) & ~(may & ~one).any(axis=1)
        most = np.array([room[one].sum()])
        within = np.where(bound_to, 0, -1).astype(np.intp)
        yield replace(limit, row=within, use=limit.use[first], most=most, labels=("",))


def _spread(program: Program, merged: _Merged, taken: Flags, settings: Settings) -> Flags | None:
    """Choose a zone for each merged option that is taken; null where none was found."""
    wanted = np.append(taken, False)[merged.group]
    with suppress(TimeIsUpError):
        return whole.one_of_each(program, wanted, merged.group, settings, nearest=False)
    return None
