"""What measures cost and what may not be exceeded, in the user's words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import Flags, Floats, column_of
from parkgeo.concentration._scattered import ADDED
from parkgeo.concentration._select import truths_of
from parkgeo.errors import SchemaError, UnknownNameError, first_rows

Measure = Literal["extend", "move", "convert"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)

Rate: TypeAlias = float | str | None
PerZone: TypeAlias = float | str | Mapping[Any, float] | None
Flagged: TypeAlias = str | Mapping[Measure, str] | None


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What each measure costs (成本); one without a cost is not considered.

    A cost is a number, or the name of a column of the parcels with a number for each parcel; where
    that is null the cost is not known, and the measure is not taken there.

    Parameters
    ----------
    extend_per_mu
        For each mu that a zone grows by, what is not industrial included. From a column: the mean
        of the parcels, weighted by area.
    move_per_mu
        For each mu of parcels that moves into a zone.
    move_per_floor_m2
        For each m² of floor that moves: the area of a parcel times its floor-area ratio, column
        ``far``. Added to the one before where both are given.
    convert_per_mu
        For each mu of parcels that becomes another use.
    currency
        In what all of them, and budgets, are stated.
    """

    extend_per_mu: Rate = None
    move_per_mu: Rate = None
    move_per_floor_m2: Rate = None
    convert_per_mu: Rate = None
    currency: str = "万元"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a plan may not exceed (约束条件); without a limit it may.

    Parameters
    ----------
    budget
        Most that all measures may cost together.
    extend_mu, move_mu, convert_mu
        Most mu by which zones may grow, that may move, that may be converted, all together.
    extension_mu
        Most mu by which each zone may grow: a number for all, a mapping from zones to numbers (a
        zone that it does not name may not grow), or a column of the parks, added up by zone.
    capacity_mu
        Mu of free land in each zone for what moves there, in the same way. Without it nothing can
        move.
    extend_within_m
        Farthest that a cluster may lie from the zone that takes it in.
    move_within_m
        Farthest that a cluster may move.
    forbid
        Column of the parcels, true (or 是, 1) where nothing may be done; or a mapping from measures
        to such columns: ``{"extend": "red_line"}`` (生态保护红线, 永久基本农田). A cluster is
        barred by any of its parcels.
    require
        Column of the parcels, true where some measure must be taken, or a mapping from measures.
    keep_out
        Polygons that zones may not grow over: what is between parcels leaves them out, and what
        lies on them cannot be taken in.
    """

    budget: float | None = None
    extend_mu: float | None = None
    move_mu: float | None = None
    convert_mu: float | None = None
    extension_mu: PerZone = None
    capacity_mu: PerZone = None
    extend_within_m: float | None = 1000.0
    move_within_m: float | None = None
    forbid: Flagged = None
    require: Flagged = None
    keep_out: gpd.GeoDataFrame | None = None


Terms = TypeVar("Terms", Costs, Limits)


def terms_of(given: "Terms | Mapping[str, Any] | None", kind: type[Terms]) -> Terms:
    """Read costs or limits from a mapping too, and refuse figures that are none."""
    what = kind.__name__.lower()
    if given is None:
        given = {}
    if isinstance(given, Mapping):
        known = [one.name for one in fields(kind)]
        for name in given:
            if name not in known:
                near = get_close_matches(str(name), known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
                raise UnknownNameError(f"{what} have no {name!r}; {hint}")
        given = kind(**given)
    if not isinstance(given, kind):
        raise SchemaError(
            f"{what} must be a {kind.__name__} or a mapping, not a {type(given).__name__}"
        )
    for one in fields(given):
        _require_term(one.name, getattr(given, one.name))
    return given


_OTHERS: Final = ("currency", "forbid", "require", "keep_out")
"""Terms that are no amounts."""
_PER_ZONE: Final = ("extension_mu", "capacity_mu")


def _require_term(name: str, value: Any) -> None:  # noqa: ANN401 - whatever the user gave
    """Refuse what is no amount where there has to be one, or what stands for amounts."""
    if value is None or name in _OTHERS:
        return
    rate, per_zone_ = "_per_" in name, name in _PER_ZONE
    if isinstance(value, bool | int | float | np.number):
        if not _is_amount(value):
            raise SchemaError(f"{name} must be a number, 0 or more, not {value}")
        return
    named = isinstance(value, str) and (rate or per_zone_)
    if not named and not (per_zone_ and isinstance(value, Mapping)):
        also = " or a column of the parcels" if rate else ""
        also = ", a mapping from zones, or a column of the parks" if per_zone_ else also
        raise SchemaError(f"{name} must be a number{also}, not {value!r}")


def _is_amount(value: Any) -> bool:  # noqa: ANN401 - whatever the user gave
    return not isinstance(value, bool | np.bool_) and float(value) >= 0


def rates_of(parcels: pd.DataFrame, rate: float | str, what: str) -> Floats:
    """Read a cost for each parcel; NaN where it is not known."""
    if not isinstance(rate, str):
        if not np.isfinite(rate):
            raise SchemaError(f"{what} must be finite; leave it out where it is not known")
        return np.full(len(parcels), float(rate))
    return amounts_of(parcels, rate, what)


def amounts_of(frame: pd.DataFrame, name: str, what: str) -> Floats:
    """Read a column of numbers, 0 or more; NaN where there is none."""
    column = _column(frame, name, what)
    values = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    wrong = (np.isnan(values) & column.notna().to_numpy()) | (values < 0) | np.isinf(values)
    if wrong.any():
        found = first_rows(column[wrong].drop_duplicates())
        raise SchemaError(
            f"{what}: column {name!r} has {found} in rows {first_rows(column.index[wrong])}; it "
            "must be a finite number, 0 or more, or null where it is not known",
        )
    return values


def flags_of(frame: pd.DataFrame, name: str, what: str) -> Flags:
    """Read a column of true and false, or 是 and 否; null is neither."""
    column = _column(frame, name, what)
    read = truths_of(column)
    wrong = read.isna().to_numpy(dtype=np.bool_)
    if wrong.any():
        found = first_rows(column[wrong].drop_duplicates())
        raise SchemaError(
            f"{what}: column {name!r} must be true or false (or 是, 否, 1, 0); found {found} in "
            f"rows {first_rows(column.index[wrong])}; fill it in",
        )
    return read.to_numpy(dtype=np.bool_)


def flag_columns(given: Flagged, what: str) -> dict[Measure | None, str]:
    """Return the columns of flags, by measure; null for all measures."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {None: given}
    if not isinstance(given, Mapping):
        raise SchemaError(f"{what} must be a column or a mapping from measures to columns")
    for measure in given:
        if measure not in MEASURES:
            raise UnknownNameError(f"{what}: no measure {measure!r}; use {', '.join(MEASURES)}")
    return {measure: str(column) for measure, column in given.items()}


def per_zone(given: PerZone, zones: pd.Index, parks: pd.DataFrame, codes: Any, what: str) -> Floats:  # noqa: ANN401 - codes as pandas makes them
    """Read a limit for each zone, in mu.

    Parameters
    ----------
    given
        As :class:`Limits` says.
    zones
        Names of the zones.
    parks
        The blocks.
    codes
        Position in ``zones`` of the zone of each block, -1 for none.
    what
        Which limit it is.
    """
    if isinstance(given, str):
        blocks = np.nan_to_num(amounts_of(parks, given, what))
        known = np.asarray(codes) >= 0
        sums = np.bincount(np.asarray(codes)[known], blocks[known], minlength=len(zones))
        return sums.astype(np.float64)
    if isinstance(given, Mapping):
        for name, value in given.items():
            if name not in zones:
                near = get_close_matches(str(name), [str(zone) for zone in zones], n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {first_rows(zones)}"
                raise UnknownNameError(f"{what}: no zone {name!r}; {hint}")
            if not isinstance(value, int | float | np.number) or not _is_amount(value):
                raise SchemaError(f"{what} of {name!r} must be mu, 0 or more, not {value!r}")
        return np.array([float(given.get(zone, 0.0)) for zone in zones])
    return np.full(len(zones), np.inf if given is None else float(given))


def _column(frame: pd.DataFrame, name: str, what: str) -> "pd.Series[Any]":
    # What parkgeo adds to scattered parcels is no column of the user's.
    known = [str(column) for column in frame.columns if column not in {*ADDED, "geometry"}]
    if name in known:
        return column_of(frame, name)
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"
    raise UnknownNameError(f"{what}: no column {name!r}; {hint}")
