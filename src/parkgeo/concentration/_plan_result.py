"""A plan: what is done, what it costs, and how both would change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import Flags
from parkgeo._progress import watched
from parkgeo._style import Language
from parkgeo.concentration._plan_card import card
from parkgeo.concentration._plan_options import Options
from parkgeo.concentration._plan_program import (
    Program,
    Settings,
    Solution,
    TimeIsUpError,
    gap_of,
    settings_of,
)
from parkgeo.concentration._plan_search import highest, least_cost
from parkgeo.concentration._plan_terms import MEASURES, Costs, Limits
from parkgeo.concentration._ratio import require_share
from parkgeo.errors import SchemaError

if TYPE_CHECKING:
    from parkgeo._page import BasemapChoice, Map

_STEPS: Final = 11
"""Targets of a frontier, unless the user names some."""
_BEFORE_END: Final = 0.005
"""Share of the way to the highest ratio that the last target leaves.

Which plan is the cheapest of the few that reach the highest ratio HiGHS may not find in minutes; a
little before it the next cheaper parcel does too, and the question takes no longer than others.
"""
_HIGHEST_GAP: Final = 0.003
"""How near to the highest ratio the end of the curve is, as ``mip_gap``."""


@dataclass(frozen=True)
class Case:
    """The program that was solved, and what of it was chosen."""

    program: Program
    options: Options
    taken: Flags
    settings: Settings


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """The least-cost way to the target (达标方案), as :func:`plan` found it.

    Parameters
    ----------
    measures
        What is done, in order of priority: ``cluster``, ``parcel`` (its label, where parcels are
        decided on), ``measure`` ("extend", "move", "convert"), ``zone``, ``n_parcels``;
        ``area_km2``, ``area_mu`` of the parcels; ``zone_land_km2``, ``zone_land_mu``, by which the
        zone grows or of which it has less; ``distance_m`` from the zone; ``inside_change_km2`` and
        ``total_change_km2``; ``cost``; ``geometry``, EPSG:4490: the ground that the zone takes in,
        or the parcels that go.
    before, after
        Rows of :func:`ratio`: as it is, and measured anew on the changed geometry.
    cost
        Of all measures, in the currency of the costs.
    bound
        What no plan can cost less than.
    status
        "optimal": to ``mip_gap`` no plan is cheaper; "feasible" where that was not proved, for want
        of time: :attr:`gap` says how much cheaper one could be at most.
    target, costs, limits
        What was asked.
    sites
        All clusters, or parcels, outside, with ``measure`` and ``zone``; null where they stay.
    parcels
        The scattered parcels as they came, with ``measure`` and ``zone``.
    zones
        The blocks, with the name of the ``zone``.
    options
        All that was considered: cost and change of each, and what bars it by itself: a limit, or a
        cost that is not known; null where nothing does.
    case
        The program, for :meth:`frontier` and :meth:`sensitivity`.
    """

    measures: gpd.GeoDataFrame
    before: "pd.Series[Any]"
    after: "pd.Series[Any]"
    cost: float
    bound: float
    status: Literal["optimal", "feasible"]
    target: float
    costs: Costs
    limits: Limits
    sites: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    options: pd.DataFrame
    case: Case = field(repr=False)

    @property
    def gap(self) -> float:
        """By what share of its cost a cheaper plan could undercut this one, at most."""
        return gap_of(self.cost, self.bound)

    def frontier(
        self,
        targets: Sequence[float] | None = None,
        *,
        time_limit_s: float | None = None,
        mip_gap: float | None = None,
    ) -> pd.DataFrame:
        """Find what every target costs at least (比例—成本曲线).

        Parameters
        ----------
        targets
            Shares; by default eleven, from the present one almost to the highest that can be
            reached: half a hundredth of the way is left, where HiGHS would search for minutes.
        time_limit_s, mip_gap
            For each target, as of :func:`plan`; by default those of this plan.

        Returns
        -------
        One row per target, in order: ``target``, ``status``, ``ratio`` reached, ``cost``,
        ``bound``, ``gap``, ``n_measures``, and ``extend_mu``, ``move_mu``, ``convert_mu``. Costs
        and bounds never fall; ``gap`` is the share of the cost by which a cheaper plan could
        undercut it at most, more than ``mip_gap`` where the status is "feasible". A target out of
        reach has the status "infeasible", and one for which no plan was found in time "unknown";
        both have null figures.

        Raises
        ------
        SchemaError
            A target is no share, a time or a gap none.
        """
        settings = self._settings(time_limit_s, mip_gap)
        wanted, top = self._steps(settings) if targets is None else (list(targets), None)
        for one in wanted:
            require_share(one, "target")
        wanted = sorted(float(one) for one in wanted)
        solved = [
            _in_time(self.case.program, one, settings)
            for one in watched(wanted, doing="tracing the frontier", total=len(wanted))
        ]
        if top is not None:
            solved[-1] = _cheaper(solved[-1], top)
        solved = _rising(solved, settings.mip_gap)
        return pd.DataFrame(
            [{"target": at, **self._point(one)} for at, one in zip(wanted, solved, strict=True)],
        )

    def _settings(self, time_limit_s: float | None, mip_gap: float | None) -> Settings:
        own = self.case.settings
        return settings_of(
            own.time_limit_s if time_limit_s is None else time_limit_s,
            own.mip_gap if mip_gap is None else mip_gap,
        )

    def _steps(self, settings: Settings) -> tuple[list[float], Solution | None]:
        """Return targets almost up to the highest, and a plan that reaches all of them."""
        program = self.case.program
        now = program.now_inside / program.now_total
        near = settings._replace(mip_gap=max(settings.mip_gap, _HIGHEST_GAP))
        try:
            most = highest(program, near.begun())
        except TimeIsUpError:
            most = None
        top, taken = program.ratio(self.case.taken), self.case.taken
        if most is not None and most.ratio > top:
            top, taken = most.ratio, most.taken
        if top <= now:
            return [min(now, 1.0)], None
        targets = np.linspace(now, top - _BEFORE_END * (top - now), _STEPS).clip(0, 1).tolist()
        return targets, Solution(taken, float(program.cost[taken].sum()), 0.0, "feasible")

    def _point(self, solution: Solution | str) -> dict[str, Any]:
        if isinstance(solution, str):
            missing = ("ratio", "cost", "bound", "gap", "n_measures", *_areas())
            return {"status": solution, **dict.fromkeys(missing, np.nan)}
        return {
            "status": solution.status,
            "ratio": self.case.program.ratio(solution.taken),
            "cost": solution.cost,
            "bound": solution.bound,
            "gap": solution.gap,
            "n_measures": float(solution.taken.sum()),
            **self._areas(solution.taken),
        }

    def _areas(self, taken: Flags) -> dict[str, float]:
        options = self.case.options
        return {
            name: float(options.mu[taken & (options.measure == code)].sum())
            for code, name in enumerate(_areas())
        }

    def sensitivity(
        self,
        *,
        change: float = 0.20,
        time_limit_s: float | None = None,
        mip_gap: float | None = None,
    ) -> pd.DataFrame:
        """Find how the plan would change if a measure cost more, or less (敏感性).

        Parameters
        ----------
        change
            Share by which the cost of one measure after the other rises and falls.
        time_limit_s, mip_gap
            For each of the plans, as of :func:`plan`; by default those of this plan.

        Returns
        -------
        One row per measure and direction: ``measure``, ``change``, ``status``; ``cost_kept`` of
        this plan at the changed costs, ``cost`` of the best plan then, ``saving``, the difference;
        ``n_changed``, the sites where another thing would be done; ``ratio``; ``extend_mu``,
        ``move_mu``, ``convert_mu``. Null figures where a budget allows no plan then, or none was
        found in time (status "infeasible", "unknown").

        Raises
        ------
        SchemaError
            The change is no share, a time or a gap none.
        """
        settings = self._settings(time_limit_s, mip_gap)
        if not 0 < change <= 1:
            raise SchemaError(f"change must be a share, more than 0; 20 % is 0.20, not {change}")
        options = self.case.options
        codes = [code for code in range(len(MEASURES)) if (options.measure == code).any()]
        cases = [(code, sign * change) for code in codes for sign in (-1, 1)]
        shown = watched(cases, doing="changing costs", total=len(cases))
        return pd.DataFrame([self._changed(code, by, settings) for code, by in shown])

    def _changed(self, code: int, by: float, settings: Settings) -> dict[str, Any]:
        case = self.case
        factor = np.where(case.options.measure == code, 1 + by, 1.0)
        program = replace(case.program, cost=case.program.cost * factor)
        found = _in_time(program, self.target, settings)
        kept = float(program.cost[case.taken].sum())
        if isinstance(found, Solution) and kept < found.cost and kept <= program.budget:
            found = replace(found, taken=case.taken, cost=kept)
        point = self._point(found)
        return {
            "measure": MEASURES[code],
            "change": by,
            "status": point["status"],
            "cost_kept": kept,
            "cost": point["cost"],
            "saving": kept - point["cost"],
            "n_changed": float(self._differs(found.taken))
            if isinstance(found, Solution)
            else np.nan,
            "ratio": point["ratio"],
            **{name: point[name] for name in _areas()},
        }

    def _differs(self, taken: Flags) -> int:
        """Count the sites where another measure is taken, or none."""
        options = self.case.options
        done = np.full((2, len(self.sites)), -1)
        for row, some in zip(done, (self.case.taken, taken), strict=True):
            row[options.site[some]] = options.measure[some]
        return int((done[0] != done[1]).sum())

    def map(
        self,
        *,
        language: Language = "zh",
        basemap: "BasemapChoice" = None,
        title: str | None = None,
        attribution: str | None = None,
    ) -> "Map":
        """Show what is chosen on a map that opens without a network.

        Clusters stand in the colour of what is done with them, those that stay in grey, with the
        zones; each has a card, and a list goes to each of them.

        Parameters
        ----------
        language
            With which the page opens, ``"zh"`` or ``"en"``.
        basemap
            Tiles below, which need a network, as for :func:`parkgeo.maps.overlap_map`.
        title
            Heading of the panel, and the page's title.
        attribution
            What the licence of the data asks to be said.

        Returns
        -------
        A folium map; :func:`parkgeo.maps.save` writes it.

        Raises
        ------
        UnknownNameError
            No such language or basemap.
        """
        # folium is heavy, and many plans are never drawn.
        show = import_module("parkgeo.concentration._plan_map")
        m: Map = show.plan_map(
            self, language=language, basemap=basemap, title=title, attribution=attribution
        )
        return m

    def __repr__(self) -> str:
        return (
            f"<Plan: {self.before['ratio']:.1%} → {self.after['ratio']:.1%} "
            f"(target {self.target:.1%}) by {len(self.measures)} measures, "
            f"cost {self.cost:,.2f} {self.costs.currency}, {self._known()}>"
        )

    def _known(self) -> str:
        """Say how sure it is that no plan is cheaper."""
        if self.status == "optimal":
            return self.status
        return f"{self.status}: time was up, another could be {self.gap:.2%} cheaper at most"

    def _repr_html_(self) -> str:
        return card(self)


def _in_time(program: Program, target: float, settings: Settings) -> Solution | str:
    """Solve a program, or say why there is no plan."""
    try:
        return least_cost(program, target, settings.begun()) or "infeasible"
    except TimeIsUpError:
        return "unknown"


def _cheaper(found: Solution | str, known: Solution) -> Solution:
    """Take the plan that is known where none was found in time, or only a dearer one."""
    if isinstance(found, str):
        return known
    return found if found.cost <= known.cost else replace(known, bound=found.bound)


def _rising(solved: list[Solution | str], mip_gap: float) -> list[Solution | str]:
    """Use what one target says of others, so that neither costs nor bounds fall.

    A plan for more is a plan for less, within the gap it may even be the cheaper one; and what no
    plan for less can undercut no plan for more can.
    """
    out, cheapest, bound = list(solved), None, 0.0
    for at in reversed(range(len(out))):
        one = out[at]
        if isinstance(one, str):
            continue
        if cheapest is not None and cheapest.cost < one.cost:
            one = replace(cheapest, bound=one.bound, status=one.status)
        out[at] = cheapest = one
    for at, one in enumerate(out):
        if isinstance(one, str):
            continue
        bound = min(max(bound, one.bound), one.cost)
        sure = one.cost - bound <= mip_gap * one.cost
        out[at] = replace(one, bound=bound, status="optimal" if sure else one.status)
    return out


def _areas() -> Iterator[str]:
    return (f"{name}_mu" for name in MEASURES)
