"""Accounts of a zone with many parks: what counts for the zone, and what for the districts."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._style import Text, known
from parkgeo.census._findings import card
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.policy._accounts_rules import NOWHERE, Part, Rules
from parkgeo.policy._agreements import Agreement, Ground, read_agreements
from parkgeo.policy._indicators import dates_of
from parkgeo.policy._places import UNKNOWN, pieces_of
from parkgeo.policy._quantities import in_units, require_columns, require_units
from parkgeo.units import UNITS

__all__ = ["Accounts", "attribute", "own_units"]

OWN_UNITS: Final[Mapping[str, str]] = {
    "area": "km2",
    "money": "wanyuan",
    "energy": "tce",
    "mass": "t",
    "people": "person",
    "number": "count",
}
"""Unit in which amounts of each kind are returned."""


@dataclass(frozen=True, eq=False)
class Accounts:
    """Statistics of a zone with many parks, by account, from :func:`attribute`."""

    accounts: pd.DataFrame
    """One row per view, account and statistic."""
    ledger: pd.DataFrame
    """Postings, from which row how much went to which account of either view."""
    crossing: pd.DataFrame
    """What counts for a zone in one view and for a district other than its own in the other."""
    totals: pd.DataFrame
    """What was given of each statistic, and what either view adds up to."""
    notes: pd.DataFrame
    """Rows without a value, a district or a place, which a person should look at."""

    def view(self, name: Literal["zone", "district", "cooperation_park"]) -> pd.DataFrame:
        """Return one view as a table of accounts × statistics.

        The unit of each statistic is in ``attrs``.

        Parameters
        ----------
        name
            ``"zone"``, ``"district"``, or ``"cooperation_park"``.

        Returns
        -------
        One row per account, one column per statistic, in the unit of ``attrs``.

        Raises
        ------
        UnknownNameError
            No such view.
        """
        views = self.accounts["view"].unique()
        if name not in list(views):
            raise UnknownNameError(f"there is no view {name!r}; there are {', '.join(views)}")
        rows = self.accounts[self.accounts["view"] == name]
        table = rows.pivot_table(
            index=["kind", "account"], columns="statistic", values="value", sort=False
        )
        table.attrs["units"] = dict(zip(rows["statistic"], rows["unit"], strict=True))
        return table

    def _repr_html_(self) -> str:
        """Show the totals and what counts in both views, in both languages."""
        facts = {"行 rows": f"{self.ledger['row'].nunique():,}"}
        tables = {
            "合计 totals": self.totals,
            "两个口径均计入 counted in both views": self.crossing,
        }
        return card("一区多园统计 Accounts of zones and districts", facts, tables)


def attribute(  # noqa: PLR0913 - independent options, all by keyword
    values: pd.DataFrame,
    agreements: pd.DataFrame,
    *,
    units: Mapping[str, str],
    statistics: Sequence[str] | None = None,
    signed: Sequence[str] = (),
    parks: gpd.GeoDataFrame | None = None,
    by: str = "brand_id",
    district: str | None = "district",
    districts: gpd.GeoDataFrame | None = None,
    zones: Mapping[Hashable, Hashable] | None = None,
    precedence: Sequence[Hashable] = (),
    on: object = None,
    date: str | None = None,
    district_view: Literal["location", "agreement"] = "location",
) -> Accounts:
    r"""Attribute statistics to zones, districts and cooperation parks (一区多园、合作园区).

    Two views of the same rows. Zone statistics count a cooperation park for the zone across the
    border of its district; district statistics count it where it lies (在地统计). Each view counts
    every amount once:

    .. math:: \sum_a v_{ra} = v_r \quad \text{for each row } r \text{ and view}

    Parameters
    ----------
    values
        Firms, parcels or parks: a column for each statistic, the park that a row lies in (``by``;
        a tuple where it lies in several, null outside all), and its ``district``.
    agreements
        One row per agreement: ``park``, ``zone``, ``host`` (district), ``rule``: ``by_share`` with
        ``zone_share`` and ``host_share``; ``by_area`` with ``zone_km2`` and ``host_km2``, else
        measured as the ground of the park in ``home`` and ``host`` with parks and districts;
        ``whole_to_zone``; ``whole_to_host``; or 按协议比例, 按面积, 全部计入开发区,
        全部计入属地. Optional: ``statistic`` (the agreement is about this one only, and goes before
        one about all), ``home`` (the zone's own district), ``valid_from``, ``valid_to`` (both days
        included; open where null).
    units
        Unit of each statistic; or a column ``tax_unit`` beside ``tax``. Ratios are refused, since
        they do not add up.
    statistics
        Columns to attribute; those of ``units`` by default.
    signed
        Statistics that may be below zero, such as profit.
    parks, districts
        Extents, in any CRS: then the ground of each row decides, not its columns. Polygons that a
        border cuts are spread by area. ``by`` and ``district`` name their columns.
    zones
        Zone of each park, for a zone of several parks; others are zones of their own.
    precedence
        Parks or zones: where several brands lie on the same ground, the first of these has it.
    on, date
        Day for which agreements are asked, or the column of the rows that has it.
    by, district
        Names of the columns of park and district, in the rows and in the frames.
    district_view
        *location*: a row counts in the district that it lies in. *agreement*: of a cooperation
        park the zone's share counts in its ``home`` district.

    Returns
    -------
    An :class:`Accounts`.

    ``accounts``: ``view`` (*zone*, *district*, *cooperation_park*), ``kind``, ``account``,
    ``statistic``, ``value``, ``unit``, ``n_rows``, ``from_cooperation`` (of the value, by
    agreements), ``across`` (of it, what the other view counts for a district that is not the
    zone's own). Kinds of the zone view: *zone*; *shared*, several zones hold the ground and
    nothing says whose it is; *host*, what an agreement leaves to the host; *outside* all parks;
    *unknown*. A cooperation park is split by kind of who has it.

    ``ledger``: ``row``, ``statistic``, ``value``, ``unit``, ``share``, ``park``, ``agreement``,
    ``rule``, ``zone_kind``, ``zone_account``, ``district_account``, ``reason``, ``reason_en``.

    ``crossing``: ``zone``, ``district``, ``statistic``, ``value``, ``unit``. ``totals``: ``unit``,
    ``given``, ``zone_view``, ``district_view``, ``counted_in_both``, ``n_missing``, ``error``.
    ``notes``: ``kind``, ``rows``, ``reason``, ``reason_en``.

    Raises
    ------
    SchemaError
        Shares that do not add up to 1, agreements that hold on the same days, values that are no
        numbers, units that do not add up.
    UnknownNameError
        No such rule, unit, or cooperation park.
    AmbiguousNameError
        Ground under two cooperation parks, with nothing in ``precedence``.
    MissingCRSError, CRSMismatchError, GeometryError
        As :func:`parkgeo.census.tabulate`.

    Notes
    -----
    What an agreement leaves to the host stays with who would have it without the agreement: the
    zone of another brand on the same ground, or else the host district.

    References
    ----------
    Opinions on the national hi-tech zone (2023), items 13 and 17: 将特别合作园(区)的数据纳入
    统计核算.

    Examples
    --------
    >>> firms = pd.DataFrame({"brand_id": ["P", "Z"], "district": ["H", "D"], "tax": [10, 5]})
    >>> signed = {"park": "P", "zone": "Z", "host": "H", "rule": "whole_to_zone"}
    >>> found = attribute(firms, pd.DataFrame([signed]), units={"tax": "万元"})
    >>> found.view("zone")["tax"].to_dict()
    {('zone', 'Z'): 15.0}
    """
    require_units(units)
    wanted = list(dict.fromkeys(units if statistics is None else statistics))
    own = own_units(values, wanted, units)
    amounts = _amounts(values, own, units, signed)
    if district_view not in {"location", "agreement"}:
        raise UnknownNameError(f"no district_view {district_view!r}; use 'location' or 'agreement'")
    whole = parks is not None and districts is not None
    ground = Ground(parks, by, districts, district or "district") if whole else None  # type: ignore[arg-type]
    read = read_agreements(agreements, wanted, ground)
    pieces = pieces_of(values, parks, by=by, district=district, districts=districts, what="values")
    _refuse_unknown(read, pieces, parks, by)
    if district_view == "agreement":
        _refuse_homeless(read)
    pieces["day"] = _days(values, read, on, date)[pieces["row"].to_numpy()]
    rules = Rules(read, dict(zones or {}), list(precedence), by_home=district_view == "agreement")
    ledger = _ledger(values.index, pieces, amounts, own, rules)
    return Accounts(
        accounts=_accounts(ledger),
        ledger=ledger.drop(columns=["_position", "_across"]),
        crossing=_crossing(ledger),
        totals=_totals(amounts, ledger, own),
        notes=_notes(values.index, amounts, pieces),
    )


# What is asked -----------------------------------------------------------------------------------


def own_units(
    frame: pd.DataFrame, columns: list[str], units: Mapping[str, str], *, what: str = "values"
) -> dict[str, str]:
    """Say in which unit each column is returned; what does not add up is refused."""
    if not columns:
        raise SchemaError("no statistic is named; give units={'tax': '万元'}")
    require_columns(frame, *columns, what=what)
    found = {}
    for column in columns:
        unit = units.get(column)
        if unit is None and f"{column}_unit" in frame.columns:
            said = frame[f"{column}_unit"].dropna()
            unit = str(said.iloc[0]) if len(said) else None
        if unit is None:
            raise SchemaError(
                f"{what}: no unit is declared for {column!r}; say units={{{column!r}: '万元'}}, or "
                f"give each row its own in a column '{column}_unit'"
            )
        if unit.strip() not in UNITS and "/" not in unit:
            raise UnknownNameError(
                f"{what}: {column}: unknown unit {unit!r}; use {', '.join(UNITS)}"
            )
        kind = UNITS[unit.strip()][0] if "/" not in unit else "quotient"
        if kind not in OWN_UNITS:
            raise SchemaError(
                f"{what}: {column} is in {unit!r}, and ratios do not add up; attribute what they "
                "are made of, and divide after that"
            )
        found[column] = OWN_UNITS[kind]
    return found


def _amounts(
    values: pd.DataFrame, own: Mapping[str, str], units: Mapping[str, str], signed: Sequence[str]
) -> pd.DataFrame:
    if strangers := [name for name in signed if name not in own]:
        raise UnknownNameError(f"signed names {first_rows(strangers)}, which is no statistic here")
    parts = [
        in_units(values, {name: unit}, units=_only(units, name), what="values",
                 negative=name in signed)
        for name, unit in own.items()
    ]  # fmt: skip
    require_columns(values, *units, what="values")
    return pd.concat(parts, axis=1)


def _only(units: Mapping[str, str], name: str) -> dict[str, str]:
    return {name: units[name]} if name in units else {}


def _refuse_unknown(
    read: list[Agreement], pieces: pd.DataFrame, parks: gpd.GeoDataFrame | None, by: str
) -> None:
    """Refuse an agreement on a park that nobody has heard of: most often a name misspelt."""
    there: set[Any] = {one for members in pieces["members"] for one in members}
    if parks is not None:
        there |= set(parks[by] if by in parks.columns else parks.index.get_level_values(by))
    lost = [one for one in read if one.park not in there]
    if lost:
        raise UnknownNameError(
            f"agreements: rows {first_rows([one.label for one in lost])} are on "
            f"{first_rows(dict.fromkeys(one.park for one in lost))}, where "
            f"{'no park' if parks is not None else 'no row of the values'} lies; there are "
            f"{first_rows(sorted(there, key=str), most=12) or 'no parks'}"
        )


def _refuse_homeless(read: list[Agreement]) -> None:
    lost = [one.label for one in read if one.home is None and one.zone_share > 0]
    if lost:
        raise SchemaError(
            f"agreements: rows {first_rows(lost)} have no 'home', the zone's own district, which "
            "district_view='agreement' counts its share in"
        )


def _days(values: pd.DataFrame, read: list[Agreement], on: object, date: str | None) -> Any:  # noqa: ANN401
    """Return the day of each row; none where no agreement has a date."""
    if on is not None and date is not None:
        raise SchemaError("give on= or date=, not both")
    if date is not None:
        require_columns(values, date, what="values")
        days, wrong = dates_of(values[date])
        wrong |= days.isna()
        if wrong.any():
            raise SchemaError(
                f"values: {date!r} is no day in rows {first_rows(wrong.index[wrong])}"
            )
        return days.astype(object).to_numpy()
    if on is not None:
        day, wrong = dates_of(pd.Series([on], dtype=object))
        if wrong.any() or day.isna().any():
            raise SchemaError(f"on must be a day such as '2025-12-31', not {on!r}")
        return np.full(len(values), pd.Timestamp(day.iloc[0]), dtype=object)
    dated = [one.label for one in read if one.starts is not None or one.ends is not None]
    if dated:
        raise SchemaError(
            f"agreements: rows {first_rows(dated)} hold from or to a day; say for which day with "
            "on=, or with date= which column has it"
        )
    return np.full(len(values), None, dtype=object)


# The ledger --------------------------------------------------------------------------------------


def _ledger(
    labels: pd.Index,
    pieces: pd.DataFrame,
    amounts: pd.DataFrame,
    own: Mapping[str, str],
    rules: Rules,
) -> pd.DataFrame:
    """Post every amount; what is the same for many rows is asked once."""
    places, distinct = _distinct(pieces)
    posted = []
    for statistic in own:
        parts = _parts_of(distinct, statistic, rules, labels, pieces, places)
        amount = amounts[statistic].to_numpy()[pieces["row"].to_numpy()]
        rows = pd.DataFrame(
            {
                "_position": pieces["row"],
                "place": places,
                "_amount": amount * pieces["share"].to_numpy(),
                "_district": pieces["district"],
                "statistic": statistic,
                "unit": own[statistic],
            }
        )
        posted.append(rows[~np.isnan(amount)].merge(parts, on="place", how="left"))
    ledger = pd.concat(posted, ignore_index=True)
    ledger["row"] = labels.take(ledger["_position"].to_numpy())
    ledger["value"] = ledger["_amount"] * ledger["share"]
    told = ledger["district"].map(known).astype(bool)
    ledger["district_account"] = ledger["district"].where(told, ledger["_district"])
    at_home = ledger["home"].map(known).astype(bool) & (
        ledger["district_account"] == ledger["home"]
    )
    ledger["_across"] = ledger["for_zone"].astype(bool) & ~at_home
    columns = ["row", "statistic", "value", "unit", "share", "park", "agreement", "rule",
               "zone_kind", "zone_account", "district_account", "reason", "reason_en", "_position",
               "_across"]  # fmt: skip
    ordered: pd.DataFrame = ledger.sort_values(["_position", "statistic"], kind="stable")
    return ordered[columns].reset_index(drop=True)


def _distinct(pieces: pd.DataFrame) -> tuple[Any, list[tuple[Any, ...]]]:
    """Give a number to each place that differs in parks or day."""
    number: dict[tuple[Any, ...], int] = {}
    keys = zip(pieces["members"], pieces["day"], pieces["placed"], strict=True)
    places = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.intp)
    return places, list(number)


def _parts_of(  # noqa: PLR0913, PLR0917 - what names the rows of an error
    distinct: list[tuple[Any, ...]],
    statistic: str,
    rules: Rules,
    labels: pd.Index,
    pieces: pd.DataFrame,
    places: Any,  # noqa: ANN401 - an array
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for place, (members, day, placed) in enumerate(distinct):
        try:
            parts = rules.parts(members, statistic, day) if placed else [NOWHERE]
        except AmbiguousNameError as error:
            at = pieces["row"].to_numpy()[places == place]
            raise AmbiguousNameError(f"rows {first_rows(labels.take(at))}: {error}") from None
        rows += [_told(place, part) for part in parts]
    # Labels stay what they are: whole numbers beside nothing would become fractions.
    table = pd.DataFrame(rows, columns=[*_told(0, NOWHERE)], dtype=object)
    return table.astype({"place": np.int64, "share": np.float64, "for_zone": bool})


def _told(place: int, part: Part) -> dict[str, Any]:
    return {
        "place": place,
        "share": part.share,
        "park": part.park,
        "agreement": part.agreement,
        "for_zone": part.for_zone,
        "rule": part.rule,
        "zone_kind": part.kind,
        "zone_account": part.account,
        "district": part.district,
        "home": part.home,
        "reason": part.reason.zh,
        "reason_en": part.reason.en,
    }


# What it adds up to ------------------------------------------------------------------------------


def _accounts(ledger: pd.DataFrame) -> pd.DataFrame:
    cooperation = ledger["rule"].notna()
    posted = ledger.assign(
        from_cooperation=ledger["value"].where(cooperation, 0.0),
        across=ledger["value"].where(ledger["_across"], 0.0),
    )
    zone = posted.assign(view="zone", kind=posted["zone_kind"], account=posted["zone_account"])
    unknown = posted["district_account"] == UNKNOWN
    district = posted.assign(
        view="district",
        kind=np.where(unknown, UNKNOWN, "district"),
        account=posted["district_account"],
    )
    park = posted[cooperation].assign(view="cooperation_park")
    park = park.assign(kind=park["zone_kind"], account=park["park"])
    keys = ["view", "kind", "account", "statistic", "unit"]
    tables = [
        part.groupby(keys, sort=False, dropna=False, as_index=False).agg(
            value=("value", "sum"),
            n_rows=("_position", "nunique"),
            from_cooperation=("from_cooperation", "sum"),
            across=("across", "sum"),
        )
        for part in (zone, district, park)
        if len(part)
    ]
    if not tables:
        return pd.DataFrame(columns=[*keys, "value", "n_rows", "from_cooperation", "across"])
    table = pd.concat(tables, ignore_index=True)
    views = {name: place for place, name in enumerate(("zone", "district", "cooperation_park"))}
    order = sorted(
        range(len(table)),
        key=lambda i: (views[table["view"].iloc[i]], str(table["kind"].iloc[i]) != "zone",
                       str(table["kind"].iloc[i]), str(table["account"].iloc[i]),
                       table["statistic"].iloc[i]),
    )  # fmt: skip
    columns = ["view", "kind", "account", "statistic", "value", "unit", "n_rows",
               "from_cooperation", "across"]  # fmt: skip
    return table.take(order)[columns].reset_index(drop=True)


def _crossing(ledger: pd.DataFrame) -> pd.DataFrame:
    """Name what is in both views and not for the same place."""
    rows = ledger[ledger["_across"]].rename(
        columns={"zone_account": "zone", "district_account": "district"}
    )
    keys = ["zone", "district", "statistic", "unit"]
    found = rows.groupby(keys, sort=False, dropna=False, as_index=False).agg(value=("value", "sum"))
    return found[["zone", "district", "statistic", "value", "unit"]]


def _totals(amounts: pd.DataFrame, ledger: pd.DataFrame, own: Mapping[str, str]) -> pd.DataFrame:
    rows = {}
    for statistic, unit in own.items():
        given = amounts[statistic].dropna().tolist()
        posted = ledger[ledger["statistic"] == statistic]
        whole = math.fsum(given)
        views = {
            name: math.fsum(posted.loc[posted[f"{name}_account"].notna(), "value"])
            for name in ("zone", "district")
        }
        size = math.fsum(map(abs, given))
        worst = max(abs(one - whole) for one in views.values())
        rows[statistic] = {
            "unit": unit,
            "given": whole,
            "zone_view": views["zone"],
            "district_view": views["district"],
            "counted_in_both": math.fsum(posted.loc[posted["_across"], "value"]),
            "n_missing": int(amounts[statistic].isna().sum()),
            "error": worst / size if size else 0.0,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("statistic")


def _notes(labels: pd.Index, amounts: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for statistic in amounts:
        missing = amounts[statistic].isna().to_numpy()
        rows.append((
            "missing_value", tuple(labels[missing]),
            Text(f"没有 {statistic} 的数值，未计入", f"no value of {statistic}; not counted"),
        ))  # fmt: skip
    lost = np.unique(pieces.loc[pieces["district"] == UNKNOWN, "row"])
    rows.append((
        "no_district", tuple(labels.take(lost)),
        Text("未注明所在区，地区口径计入“unknown”", 'no district is known; counted as "unknown"'),
    ))  # fmt: skip
    lost = np.unique(pieces.loc[~pieces["placed"].astype(bool), "row"])
    rows.append((
        "no_place", tuple(labels.take(lost)),
        Text("没有图形，开发区口径计入“unknown”", 'no geometry; counted as "unknown"'),
    ))  # fmt: skip
    found = [
        {"kind": kind, "rows": at, "reason": text.zh, "reason_en": text.en}
        for kind, at, text in rows
        if at
    ]
    return pd.DataFrame(found, columns=["kind", "rows", "reason", "reason_en"])
