"""Why no plan reaches the target: which limits bind, and by how much they must be loosened."""

import math
from collections.abc import Iterator

import numpy as np

from parkgeo._ground import Flags
from parkgeo._progress import said
from parkgeo.concentration._plan_program import (
    Highest,
    Limit,
    Program,
    Settings,
    TimeIsUpError,
    loosened,
)
from parkgeo.concentration._plan_search import feasible, highest
from parkgeo.errors import first_rows

_TOLERANCE = 1e-9


def why_not(program: Program, target: float, settings: Settings, clusters: list[int]) -> str:
    """Say why the target is out of reach, what is the most, and what would help.

    Parameters
    ----------
    program
        That no options solve.
    target
        Ratio that was to be reached.
    settings
        For the programs that find out.
    clusters
        Number of the cluster of each site.
    """
    try:
        with said("planning: why no plan reaches the target", after_s=2.0):
            return _why_not(program, target, settings, clusters)
    except TimeIsUpError:
        return (
            f"no plan reaches {target:.4g}; what would be enough was not found within "
            f"time_limit_s={settings.time_limit_s:g}: give more time, or plan for a lower target "
            "and look at its .options"
        )


def _why_not(program: Program, target: float, settings: Settings, clusters: list[int]) -> str:
    names = [limit.name for limit in program.kept]
    now = program.now_inside / program.now_total
    best = highest(program, settings.share(1 / 3))
    if best is None:
        told = "; ".join(_remedies(program, None, settings, clusters))
        return f"no plan keeps the limits, whatever the target, because of what is required; {told}"
    head = f"no plan reaches {target:.4g}: {_at_most(now, best, settings)}"
    free = highest(program, settings.share(1 / 2), without=names)
    if free is None or free.ratio < target - _TOLERANCE:
        if free is not None and not free.sure:
            raise TimeIsUpError("nobody knows whether the measures could reach it without limits")
        most = now if free is None else free.ratio
        return (
            f"{head}. Even without any limit these measures reach {_down(most)}; give another "
            "measure a cost, capacity_mu for what moves, or a lower target"
        )
    return f"{head}. {'; '.join(_remedies(program, target, settings, clusters))}"


def _at_most(now: float, best: Highest, settings: Settings) -> str:
    reached = f"the ratio is {_down(now)}, and at most {_down(best.ratio)}"
    if not best.sure:
        reached = (
            f"the ratio is {_down(now)}, and the highest found within "
            f"time_limit_s={settings.time_limit_s:g} is {_down(best.ratio)}"
        )
    return f"{reached} with these measures and limits"


def _remedies(
    program: Program, target: float | None, settings: Settings, clusters: list[int]
) -> Iterator[str]:
    """Say what to loosen: any one limit, or else the fewest that help together."""
    limits = {limit.name: limit for limit in program.kept}
    alone = [name for name in limits if feasible(program, target, settings, without={name})]
    for name in alone:
        taken = loosened(program, target, settings, {name})
        yield f"enough alone: {_needed(limits[name], program, taken, clusters)}"
    if alone:
        return
    together = _irreducible(program, target, settings, list(limits))
    taken = loosened(program, target, settings, together)
    needed = (_needed(limits[name], program, taken, clusters) for name in together)
    yield f"no limit binds alone; enough together: {' and '.join(needed)}"


def _irreducible(
    program: Program, target: float | None, settings: Settings, names: list[str]
) -> list[str]:
    """Give back each limit that the target can spare, one after the other; keep the rest."""
    dropped = list(names)
    for name in names:
        fewer = [one for one in dropped if one != name]
        if feasible(program, target, settings, without=fewer):
            dropped = fewer
    return dropped


def _needed(limit: Limit, program: Program, taken: Flags, clusters: list[int]) -> str:
    """Say how much of a limit a plan would use."""
    if limit.unit == "sites":
        return _needed_sites(limit, program, taken, clusters)
    if limit.beyond is not None:
        farthest = limit.beyond + float(limit.use[taken & (limit.row >= 0)].max(initial=0.0))
        return f"{limit.name} from {limit.beyond:,g} to {_up(farthest)} m"
    used = limit.used(taken)
    over = np.flatnonzero(used > limit.most * (1 + _TOLERANCE) + _TOLERANCE)
    return ", ".join(
        f"{limit.name}{f' of {limit.labels[row]!r}' if limit.labels[row] else ''} "
        f"from {limit.most[row]:,g} to {_up(used[row])} {limit.unit}"
        for row in over
    )


def _needed_sites(limit: Limit, program: Program, taken: Flags, clusters: list[int]) -> str:
    if (limit.most < 0).any():
        left = np.flatnonzero(limit.used(taken) > limit.most + _TOLERANCE)
        return f"{limit.name} not of {', '.join(limit.labels[row] for row in left)}"
    sites = np.unique(program.site[taken & (limit.row >= 0)])
    return f"{limit.name} not of clusters {first_rows(clusters[site] for site in sites)}"


def _up(value: float) -> str:
    """Write a number rounded up, so that what is written is enough."""
    text = f"{math.ceil(value * 100 - 1e-6) / 100:,.2f}"
    return text.removesuffix(".00")


def _down(ratio: float) -> str:
    """Write a ratio rounded down, so that what is written is reached."""
    return f"{math.floor(ratio * 1e4 + 1e-6) / 1e4:.4f}"
