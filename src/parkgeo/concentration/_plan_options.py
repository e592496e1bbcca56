"""What could be done with each site, what it would cost and change, and what bars it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import Flags, Floats, Indices
from parkgeo.concentration._plan_program import Limit, Program
from parkgeo.concentration._plan_sites import Sites, Zones, reach
from parkgeo.concentration._plan_terms import (
    MEASURES,
    Costs,
    Limits,
    Measure,
    Rate,
    amounts_of,
    flag_columns,
    flags_of,
    per_zone,
    rates_of,
)
from parkgeo.errors import SchemaError, first_rows
from parkgeo.units import KM2_M2, km2_to_mu

EXTEND, MOVE, CONVERT = range(3)
"""Positions in ``MEASURES``."""
_NO_ZONE: Final = -1


@dataclass(frozen=True)
class Options:
    """One entry per site, measure and zone: what it costs, takes and changes.

    ``mu`` is what counts against the limits of area: what a zone grows by, or the parcels that move
    or become another use; ``land_mu`` is what it takes of the free land of a zone.
    """

    site: Indices
    measure: Indices
    zone: Indices
    distance_m: Floats
    mu: Floats
    land_mu: Floats
    cost: Floats
    inside_km2: Floats
    total_km2: Floats

    def __len__(self) -> int:
        return len(self.site)

    def some(self, rows: Flags | Indices) -> "Options":
        """Keep some of them, in the order given."""
        return Options(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Setting:
    """What options are made of: the sites, the zones, and what may not be exceeded.

    ``capacity_mu`` is the free land of each zone, null where it is not given, so that nothing can
    move; ``extension_mu`` is how much each may grow, null where nothing limits it.
    """

    sites: Sites
    zones: Zones
    limits: Limits
    capacity_mu: Floats | None
    extension_mu: Floats | None

    @classmethod
    def of(
        cls, sites: Sites, zones: Zones, limits: Limits, parks: gpd.GeoDataFrame, *, by: str
    ) -> "Setting":
        """Read the limits of each zone."""
        codes = zones.codes_of(parks, by)

        def read(name: str) -> Floats | None:
            given = getattr(limits, name)
            return None if given is None else per_zone(given, zones.names, parks, codes, name)

        return cls(sites, zones, limits, read("capacity_mu"), read("extension_mu"))


def options_of(setting: Setting, costs: Costs, *, land_per_moved: float) -> Options:
    """List what could be done with each site; NaN where the cost is not known."""
    sites, zones, limits = setting.sites, setting.zones, setting.limits
    made = [_conversions(sites, costs)]
    if costs.extend_per_mu is not None:
        made.append(_extensions(sites, zones, costs.extend_per_mu, limits.extend_within_m))
    move_cost, room = _move_cost(sites, costs), setting.capacity_mu
    if move_cost is not None and room is not None:
        far = reach(sites.table.geometry, zones, room > 0, limits.move_within_m)
        made.append(_moves(sites, far, move_cost, land_per_moved))
    names = Options.__dataclass_fields__
    whole = Options(*(np.concatenate([getattr(one, name) for one in made]) for name in names))
    return whole.some(np.lexsort([whole.distance_m, whole.measure, whole.site]))


def _conversions(sites: Sites, costs: Costs) -> Options:
    count = 0 if costs.convert_per_mu is None else len(sites.table)
    site = np.arange(count)
    area_km2 = sites.table["area_km2"].to_numpy()[:count]
    cost = _per_parcel(sites, costs.convert_per_mu, "convert_per_mu")[:count]
    none = np.zeros(count)
    return Options(
        site,
        np.full(count, CONVERT),
        np.full(count, _NO_ZONE),
        none,
        km2_to_mu(area_km2),
        none,
        cost,
        0.0 - _inside_km2(sites)[:count],
        -area_km2,
    )


def _extensions(sites: Sites, zones: Zones, rate: Rate, within_m: float | None) -> Options:
    far = reach(sites.table.geometry, zones, np.ones(len(zones.names), np.bool_), within_m)
    site, zone = np.nonzero(np.isfinite(far))
    ground_mu = km2_to_mu(sites.ground_km2)
    area_mu = km2_to_mu(sites.table["area_km2"].to_numpy())
    mean_rate = _per_parcel(sites, rate, "extend_per_mu") / area_mu
    return Options(
        site,
        np.full(len(site), EXTEND),
        zone,
        far[site, zone],
        ground_mu[site],
        np.zeros(len(site)),
        (mean_rate * ground_mu)[site],
        sites.gain_km2[site],
        np.zeros(len(site)),
    )


def _moves(sites: Sites, far: Floats, cost: Floats, land_per_moved: float) -> Options:
    site, zone = np.nonzero(np.isfinite(far))
    area_km2 = sites.table["area_km2"].to_numpy()
    return Options(
        site,
        np.full(len(site), MOVE),
        zone,
        far[site, zone],
        km2_to_mu(area_km2)[site],
        km2_to_mu(land_per_moved * area_km2)[site],
        cost[site],
        (land_per_moved * area_km2 - _inside_km2(sites))[site],
        ((land_per_moved - 1) * area_km2)[site],
    )


def _inside_km2(sites: Sites) -> Floats:
    """Measure what of each site lies inside a zone already."""
    return sites.sums(sites.area_km2 * (1 - sites.parcels["share_outside"].to_numpy()))


def _per_parcel(sites: Sites, rate: Rate, what: str) -> Floats:
    """Add up by site what parcels cost by the mu."""
    if rate is None:
        return np.zeros(len(sites.table))
    return sites.sums(rates_of(sites.parcels, rate, what) * km2_to_mu(sites.area_km2))


def _move_cost(sites: Sites, costs: Costs) -> Floats | None:
    by_mu, by_floor = costs.move_per_mu, costs.move_per_floor_m2
    if by_mu is None and by_floor is None:
        return None
    cost = _per_parcel(sites, by_mu, "move_per_mu")
    if by_floor is not None:
        floor_m2 = amounts_of(sites.parcels, "far", "move_per_floor_m2") * sites.area_km2 * KM2_M2
        cost = cost + sites.sums(rates_of(sites.parcels, by_floor, "move_per_floor_m2") * floor_m2)
    return cost


# Limits ------------------------------------------------------------------------------------------


def limits_of(options: Options, setting: Setting) -> tuple[Limit, ...]:
    """Write the limits as rows over the options."""
    sites, limits = setting.sites, setting.limits
    names = tuple(str(name) for name in setting.zones.names)
    made = [*_of_area(options, limits), *_of_distance(options, limits)]
    for code, name, use, most in (
        (EXTEND, "extension_mu", options.mu, setting.extension_mu),
        (MOVE, "capacity_mu", options.land_mu, setting.capacity_mu),
    ):
        if most is not None:
            zone = np.where(options.measure == code, options.zone, -1)
            made.append(Limit(name, "mu", zone, use, most, names))
    if limits.keep_out is not None:
        barred = sites.kept_out[options.site] & (options.measure == EXTEND)
        made.append(_bar("keep_out", barred))
    made += _forbidden(options, sites, limits)
    made += required(options, setting)
    return tuple(made)


def _of_area(options: Options, limits: Limits) -> Iterator[Limit]:
    for code, measure in enumerate(MEASURES):
        most = getattr(limits, f"{measure}_mu")
        if most is not None:
            row = np.where(options.measure == code, 0, -1)
            yield Limit(f"{measure}_mu", "mu", row, options.mu, np.array([float(most)]))


def _of_distance(options: Options, limits: Limits) -> Iterator[Limit]:
    """Bar what is too far; what an option uses is by how many metres it is."""
    for code, most in ((EXTEND, limits.extend_within_m), (MOVE, limits.move_within_m)):
        if most is not None:
            over = np.maximum(options.distance_m - most, 0.0)
            barred = (options.measure == code) & (over > 0)
            row = np.where(barred, 0, -1)
            name = f"{MEASURES[code]}_within_m"
            yield Limit(name, "m", row, over, np.zeros(1), beyond=float(most))


def _bar(name: str, barred: Flags) -> Limit:
    return Limit(name, "sites", np.where(barred, 0, -1), np.ones(len(barred)), np.zeros(1))


def _forbidden(options: Options, sites: Sites, limits: Limits) -> Iterator[Limit]:
    for measure, column in flag_columns(limits.forbid, "forbid").items():
        flagged = sites.any(flags_of(sites.parcels, column, "forbid"))
        barred = flagged[options.site] & _is(options, measure)
        yield _bar(f"forbid {column!r}", barred)


def required(options: Options, setting: Setting) -> Iterator[Limit]:
    """Write what must be done, or say where nothing can be."""
    sites = setting.sites
    for measure, column in flag_columns(setting.limits.require, "require").items():
        flagged = sites.any(flags_of(sites.parcels, column, "require"))
        asked = flagged[options.site] & _is(options, measure)
        wanted = np.flatnonzero(flagged)
        idle = np.setdiff1d(wanted, options.site[asked])
        if len(idle):
            clusters = sites.table["cluster"].to_numpy()[idle].tolist()
            raise SchemaError(
                f"require {column!r}: nothing can be done with clusters {first_rows(clusters)}: no "
                "measure has a known cost there, or no zone is there to take them",
            )
        row = np.where(asked, np.searchsorted(wanted, options.site), -1)
        names = tuple(f"cluster {one}" for one in sites.table["cluster"].iloc[wanted])
        least = np.full(len(wanted), -1.0)
        yield Limit(f"require {column!r}", "sites", row, -np.ones(len(options)), least, names)


def _is(options: Options, measure: Measure | None) -> Flags:
    if measure is None:
        return np.ones(len(options), dtype=np.bool_)
    return np.asarray(options.measure == MEASURES.index(measure), dtype=np.bool_)


def program_of(
    options: Options,
    limits: tuple[Limit, ...],
    now: "pd.Series[float]",
    budget: float | None,
    currency: str,
) -> Program:
    """Write the program over the options, all of which have a cost."""
    return Program(
        site=options.site,
        cost=options.cost,
        inside=options.inside_km2,
        total=options.total_km2,
        far=np.where(options.measure == MOVE, options.land_mu, options.mu) * options.distance_m,
        now_inside=float(now["inside"]),
        now_total=float(now["total"]),
        limits=limits,
        budget=np.inf if budget is None else budget,
        currency=currency,
    )


def barred_by(options: Options, limits: tuple[Limit, ...]) -> list[str | None]:
    """Name what bars each option by itself: a limit that it alone would break, or no cost."""
    out: list[str | None] = [None] * len(options)
    for limit in (one for one in limits if not (one.most < 0).any()):
        inside = limit.row >= 0
        most = np.append(limit.most, np.inf)[limit.row]
        for at in np.flatnonzero(inside & (limit.use > 0) & (limit.use > most * (1 + 1e-9))):
            out[at] = out[at] or limit.name
    for at in np.flatnonzero(np.isnan(options.cost)):
        out[at] = "cost not known"
    return out
