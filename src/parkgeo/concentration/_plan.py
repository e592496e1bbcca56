"""The least-cost way to a target share of land inside the zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo._ground import overlay_errors, require_frame
from parkgeo.concentration._plan_binding import why_not
from parkgeo.concentration._plan_options import (
    EXTEND,
    Options,
    Setting,
    barred_by,
    limits_of,
    options_of,
    program_of,
)
from parkgeo.concentration._plan_program import (
    Settings,
    Solution,
    TimeIsUpError,
    settings_of,
    settled,
)
from parkgeo.concentration._plan_result import Case, Plan
from parkgeo.concentration._plan_search import least_cost
from parkgeo.concentration._plan_sites import Sites, Unit, Zones, sites_of
from parkgeo.concentration._plan_terms import MEASURES, Costs, Limits, terms_of
from parkgeo.concentration._plane import place
from parkgeo.concentration._ratio import ratio, require_share
from parkgeo.concentration._scattered import scattered
from parkgeo.concentration._select import Where, select
from parkgeo.errors import ParkgeoError, SchemaError
from parkgeo.units import km2_to_mu, mu_to_km2

_RATES: Final = ("extend_per_mu", "move_per_mu", "move_per_floor_m2", "convert_per_mu")


@overlay_errors("plan")
def plan(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    costs: Costs | Mapping[str, Any],
    target: float = 0.70,
    limits: Limits | Mapping[str, Any] | None = None,
    unit: Unit = "cluster",
    land_per_moved: float = 1.0,
    gap_m: float = 100.0,
    min_outside: float = 0.5,
    by: str = "brand_id",
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    time_limit_s: float = 60.0,
    mip_gap: float = 1e-4,
) -> Plan:
    r"""Find the least-cost way to the target share of land inside the zones (达标方案).

    For each cluster outside at most one of three: a zone grows to take it in (扩区纳入), it moves
    into a zone (搬迁入园), or its land becomes another use (转用退出). With 0/1 variables x,

    .. math:: \min \sum_o c_o x_o \quad\text{so that}\quad
              I + \sum_o \Delta I_o x_o \ge t\,\Big(T + \sum_o \Delta T_o x_o\Big)

    and each site and each limit is kept; I and T are inside and total of :func:`ratio`.

    Parameters
    ----------
    parcels
        Polygons in any CRS, as for :func:`ratio`; with the columns that costs and limits name.
    parks
        Blocks, in any CRS; polygons.
    costs
        What each measure costs per mu: :class:`Costs`, or a mapping with the names of its fields. A
        measure without a cost is not considered.
    target
        Share that is to be reached.
    limits
        What may not be exceeded: :class:`Limits`, or a mapping. What moves needs ``capacity_mu``.
    unit
        What is decided on by itself: a ``"cluster"`` of :func:`scattered`, or each ``"parcel"``;
        parcels that lie on each other, by a hundredth of the smaller or more, together.
    land_per_moved
        Land that what moves takes in the zone, for each mu that it leaves: 1, or less where it
        builds higher.
    gap_m, min_outside, by
        Clusters, and the column of the parks that names the zones, as for :func:`scattered`.
    where, classes, system
        Which parcels count, as for :func:`ratio`.
    time_limit_s
        Seconds for all the programs that HiGHS solves in this call, one after the other; measuring
        comes on top. When time is up the best plan found is returned: ``status`` is "feasible",
        and ``gap`` says how much cheaper another could be at most.
    mip_gap
        How near to the least cost is near enough, as a share of it.

    Returns
    -------
    A :class:`Plan`; an empty one of cost 0 where the target is reached already.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, UnknownNameError
        As :func:`ratio`; no such field, zone or column.
    SchemaError
        The target cannot be reached: the message says what can be, which limits bind, and what each
        would have to be. Costs, limits or flags that are none; no parcel that counts.
    ParkgeoError
        No plan was found in the time given.

    Notes
    -----
    A zone grows by the parcels and by what lies in gaps of up to ``gap_m`` between them, and
    between them and a zone; ground of other zones counts once. What moves is taken to lie wholly
    inside. ``after`` is measured anew on the changed geometry and not taken from the program.

    References
    ----------
    Huangfu, Q. and Hall, J. A. J. (2018), Parallelizing the dual revised simplex method (HiGHS).

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01), box(120.02, 30, 120.03, 30.01)],
    ...     crs="EPSG:4490").to_frame("geometry")
    >>> zone = land.iloc[:1].assign(brand_id="a")
    >>> plan(land, zone, costs={"convert_per_mu": 30.0}).measures["measure"].tolist()
    ['convert']
    """
    settings = _settings(target, unit, land_per_moved, time_limit_s, mip_gap)
    terms = _Terms.of(costs, limits)
    which = {"where": where, "classes": classes, "system": system}
    asked = _Question.of(parcels, parks, which, target=target)
    before = asked.before()
    zones = Zones.of(parks, by)
    clusters = {"gap_m": gap_m, "min_outside": min_outside, "by": by}
    sites = asked.sites(zones, terms.limits.keep_out, clusters, unit=unit)
    setting = Setting.of(sites, zones, terms.limits, parks, by=by)
    offered = options_of(setting, terms.costs, land_per_moved=land_per_moved)
    case, found = _solved(offered, setting, before, terms, target, settings)
    return _told(asked, before, setting, offered, terms, case, found)


class _Terms(NamedTuple):
    """What measures cost, and what may not be exceeded."""

    costs: Costs
    limits: Limits

    @classmethod
    def of(
        cls, costs: Costs | Mapping[str, Any], limits: Limits | Mapping[str, Any] | None
    ) -> "_Terms":
        """Read both; something must have a cost."""
        read = cls(terms_of(costs, Costs), terms_of(limits, Limits))
        if all(getattr(read.costs, rate) is None for rate in _RATES):
            raise SchemaError(f"costs must give a cost to some measure: one of {', '.join(_RATES)}")
        return read


def _settings(
    target: float, unit: str, land_per_moved: float, time_limit_s: float, mip_gap: float
) -> Settings:
    """Refuse options that are none."""
    require_share(target, "target")
    if unit not in get_args(Unit):
        raise SchemaError(f"unit must be 'cluster' or 'parcel', not {unit!r}")
    if not 0 < land_per_moved < np.inf:
        raise SchemaError(f"land_per_moved must be more than 0, not {land_per_moved}")
    return settings_of(time_limit_s, mip_gap)


def _solved(  # noqa: PLR0913, PLR0917 - what the program is made of
    offered: Options,
    setting: Setting,
    before: "pd.Series[Any]",
    terms: _Terms,
    target: float,
    settings: Settings,
) -> tuple[Case, Solution]:
    """Take the options that reach the target at the least cost, or say why none do."""
    options = offered.some(np.isfinite(offered.cost))
    kept = limits_of(options, setting)
    program = program_of(options, kept, before, terms.limits.budget, terms.costs.currency)
    settings = settings.begun()
    try:
        found = least_cost(program, target, settings)
    except TimeIsUpError as error:
        raise ParkgeoError(str(error)) from None
    if found is None:
        numbers = setting.sites.table["cluster"].tolist()
        raise SchemaError(why_not(program, target, settings, numbers))
    taken = settled(program, found.taken, options.measure, settings)
    return Case(program, options, taken, settings), found


def _told(  # noqa: PLR0913, PLR0917 - all that a plan is made of
    asked: "_Question",
    before: "pd.Series[Any]",
    setting: Setting,
    offered: Options,
    terms: _Terms,
    case: Case,
    found: Solution,
) -> Plan:
    """Say what is done where, and measure what comes of it."""
    sites, zones = setting.sites, setting.zones
    chosen = case.options.some(case.taken)
    measures = _measures(chosen, sites, zones, terms.costs.currency)
    table = _decided(sites.table, chosen, zones)
    return Plan(
        measures=measures,
        before=before,
        after=asked.after(zones, measures, sites, table) if len(measures) else before.copy(),
        cost=found.cost,
        bound=found.bound,
        status=found.status,
        target=asked.target,
        costs=terms.costs,
        limits=terms.limits,
        sites=table,
        parcels=_parcels(asked, sites, table),
        zones=_blocks(zones),
        options=_offered(offered, setting),
        case=case,
    )


@dataclass(frozen=True)
class _Question:
    """Parcels on numbered rows, so that labels that stand twice do not matter; which count."""

    parcels: gpd.GeoDataFrame
    parks: gpd.GeoDataFrame
    labels: pd.Index
    which: dict[str, Any]
    target: float

    @classmethod
    def of(
        cls,
        parcels: gpd.GeoDataFrame,
        parks: gpd.GeoDataFrame,
        which: dict[str, Any],
        *,
        target: float,
    ) -> "_Question":
        """Give the rows numbers."""
        require_frame(parcels, "parcels")
        rows, where = pd.RangeIndex(len(parcels)), which["where"]
        if isinstance(where, pd.Series) and where.index.equals(parcels.index):
            which = {**which, "where": where.set_axis(rows)}
        return cls(parcels.set_axis(rows), parks, parcels.index, which, target)

    def before(self) -> "pd.Series[Any]":
        """Measure the ratio as it is; refuse land that has none."""
        found = self.ratio()
        if not found["total"] > 0:
            raise SchemaError("no parcel counts, so there is no share to plan for; look at classes")
        return found

    def ratio(self) -> "pd.Series[Any]":
        """Measure the ratio."""
        table = ratio(self.parcels, self.parks, target=self.target, **self.which)
        row = table.iloc[0].rename(None)
        row.attrs = dict(table.attrs)
        return row

    def sites(
        self,
        zones: Zones,
        keep_out: gpd.GeoDataFrame | None,
        clusters: dict[str, Any],
        *,
        unit: Unit,
    ) -> Sites:
        """Find what may be decided on."""
        found = scattered(self.parcels, self.parks, **clusters, **self.which)
        rows = found.parcels.index.to_numpy()
        rest = select(self.parcels, **self.which).chosen.copy()
        rest[rows] = False
        rest &= ~(self.parcels.geometry.isna() | self.parcels.geometry.is_empty).to_numpy(bool)
        if keep_out is not None:
            place(keep_out, "keep_out")
        return sites_of(
            found,
            gpd.GeoSeries(self.parcels.geometry[rest]),
            zones,
            keep_out,
            labels=self.labels[rows],
            unit=unit,
            gap_m=clusters["gap_m"],
        )

    def after(
        self, zones: Zones, measures: gpd.GeoDataFrame, sites: Sites, table: gpd.GeoDataFrame
    ) -> "pd.Series[Any]":
        """Measure the ratio anew: without the parcels that are gone, with the zones as they grow.

        What moves has no place in the zone yet; its land is added to what lies inside.
        """
        done = table["measure"].to_numpy(dtype=object)[sites.site]
        left = np.ones(len(self.parcels), dtype=np.bool_)
        left[sites.parcels.index[np.isin(done, ("move", "convert"))]] = False
        where = self.which["where"]
        which = {**self.which, "where": where[left] if isinstance(where, pd.Series) else where}
        grown = _grown(self.parks, zones, measures[measures["measure"] == "extend"])
        rest = replace(self, parcels=self.parcels[left], parks=grown, which=which).ratio()
        moved = measures[measures["measure"] == "move"]
        return _with_moved(rest, float(moved["zone_land_km2"].sum()), int(moved["n_parcels"].sum()))


# What comes of it --------------------------------------------------------------------------------


def _zone_names(options: Options, zones: Zones) -> "pd.Series[Any]":
    named = [zones.names[zone] if zone >= 0 else None for zone in options.zone]
    return pd.Series(named, dtype=object)


def _measures(options: Options, sites: Sites, zones: Zones, currency: str) -> gpd.GeoDataFrame:
    """Write one row per measure that is taken, in order of priority."""
    of = sites.table.iloc[options.site].reset_index(drop=True)
    grows = options.measure == EXTEND
    land_mu = np.where(grows, options.mu, options.land_mu)
    shapes = of.geometry.to_numpy().copy()
    shapes[grows] = sites.grounds.to_numpy()[options.site[grows]]
    out = gpd.GeoDataFrame(
        {
            "cluster": of["cluster"],
            "parcel": of["parcel"],
            "measure": np.array(MEASURES, dtype=object)[options.measure],
            "zone": _zone_names(options, zones),
            "n_parcels": of["n_parcels"],
            "area_km2": of["area_km2"],
            "area_mu": of["area_mu"],
            "zone_land_km2": mu_to_km2(land_mu),
            "zone_land_mu": land_mu,
            "distance_m": np.where(options.zone >= 0, options.distance_m, np.nan),
            "inside_change_km2": options.inside_km2,
            "total_change_km2": options.total_km2,
            "cost": options.cost,
        },
        geometry=shapes,
        crs=crs.CGCS2000,
    )
    out.attrs["currency"] = currency
    return out


def _decided(table: gpd.GeoDataFrame, options: Options, zones: Zones) -> gpd.GeoDataFrame:
    """Say for each site what is done there; null where it stays as it is."""
    done, zone = np.full((2, len(table)), None, dtype=object)
    done[options.site] = np.array(MEASURES, dtype=object)[options.measure]
    zone[options.site] = _zone_names(options, zones).to_numpy()
    out = table.copy()
    at = len(out.columns) - 1  # before the geometry
    out.insert(at, "measure", pd.Series(done, dtype=object))
    out.insert(at + 1, "zone", pd.Series(zone, dtype=object))
    return out


def _parcels(asked: _Question, sites: Sites, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the scattered parcels under their own labels, with what is done with each."""
    out = sites.parcels.set_axis(asked.labels[sites.parcels.index])
    out["measure"] = table["measure"].to_numpy(dtype=object)[sites.site]
    out["zone"] = table["zone"].to_numpy(dtype=object)[sites.site]
    return out


def _blocks(zones: Zones) -> gpd.GeoDataFrame:
    """Return the blocks with the names of their zones, for maps."""
    names = [zones.names[code] if code >= 0 else None for code in zones.codes]
    return gpd.GeoDataFrame(
        {"zone": pd.Series(names, dtype=object)},
        geometry=zones.blocks.to_numpy(),
        crs=crs.CGCS2000,
    )


def _offered(options: Options, setting: Setting) -> pd.DataFrame:
    """List everything that was considered, with what bars it by itself."""
    limits = replace(setting.limits, require=None)
    rows = limits_of(options, replace(setting, limits=limits))
    of = setting.sites.table.iloc[options.site].reset_index(drop=True)
    return pd.DataFrame(
        {
            "cluster": of["cluster"],
            "parcel": of["parcel"],
            "measure": np.array(MEASURES, dtype=object)[options.measure],
            "zone": _zone_names(options, setting.zones),
            "cost": options.cost,
            "area_mu": of["area_mu"],
            "distance_m": np.where(options.zone >= 0, options.distance_m, np.nan),
            "inside_change_km2": options.inside_km2,
            "total_change_km2": options.total_km2,
            "barred": pd.Series(barred_by(options, rows), dtype=object),
        }
    )


def _grown(parks: gpd.GeoDataFrame, zones: Zones, extensions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add extensions to the blocks; each is as accurate as the least accurate block of its zone."""
    shapes = np.concatenate([zones.blocks.to_numpy(), extensions.geometry.to_numpy()])
    grown = gpd.GeoDataFrame(geometry=shapes, crs=crs.CGCS2000)
    if "accuracy_m" in parks.columns:
        drawn = ~(parks.geometry.isna() | parks.geometry.is_empty).to_numpy(dtype=np.bool_)
        known = np.array(pd.to_numeric(parks["accuracy_m"][drawn]), dtype=np.float64)
        worst = pd.Series(known).groupby(zones.codes).max()
        unknown = np.unique(zones.codes[np.isnan(known)])
        worst.loc[worst.index.isin(unknown)] = np.nan
        of = worst.reindex(zones.names.get_indexer(pd.Index(extensions["zone"])))
        grown["accuracy_m"] = np.concatenate([known, of.to_numpy()])
    return grown


def _with_moved(row: "pd.Series[Any]", moved_km2: float, n_parcels: int) -> "pd.Series[Any]":
    out = row.copy()
    total = row["total"] + moved_km2
    for name in ("ratio", "ratio_low", "ratio_high"):
        inside = row[name] * row["total"] if row["total"] > 0 else 0.0
        out[name] = (inside + moved_km2) / total if total > 0 else np.nan
    out["total"], out["inside"] = total, row["inside"] + moved_km2
    out["gap"] = row["target"] * total - out["inside"]
    out["gap_mu"] = km2_to_mu(out["gap"])
    out["n_parcels"] = row["n_parcels"] + n_parcels
    return out
