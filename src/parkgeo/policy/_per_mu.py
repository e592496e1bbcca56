"""What firms yield by the mu, one by one and by zone, with no firm and no mu counted twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import overlap
from parkgeo._ground import require_frame
from parkgeo._style import Text
from parkgeo.census._cover import (
    Cover,
    cover,
    labels_of,
    place_points,
    place_polygons,
)
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.policy._amounts import (
    AMOUNTS,
    LAND,
    Notes,
    amount,
    column_name,
    has_amount,
    name_of,
)
from parkgeo.policy._holdings import EQUAL, Holdings, firm_ids, hold
from parkgeo.policy._quantities import require_columns
from parkgeo.units import km2_to_mu

__all__ = ["per_mu"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Over = Literal["used", "zone"]

_SCOPES: Final = ("group", "in_zones", "outside", "unplaced", "all")


def per_mu(  # noqa: PLR0913 - independent options, all by keyword
    firms: pd.DataFrame,
    *,
    units: Mapping[str, str],
    by: str | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    parks: gpd.GeoDataFrame | None = None,
    amounts: Sequence[str] | None = None,
    over: Over = "used",
    sites: pd.DataFrame | None = None,
    split: str = EQUAL,
    enterprise: str = "enterprise_id",
    parcel: str = "parcel_id",
) -> pd.DataFrame:
    r"""Divide what firms yield by their land (亩均绩效): tax or output per mu.

    Of a group it is the ratio of sums, :math:`\sum y_i / \sum m_i`, over the firms whose amount and
    land are both known; not the mean of ratios.

    Parameters
    ----------
    firms
        One row per firm, with ``enterprise_id`` (else the index), any of ``tax``, ``output``,
        ``added_value``, ``revenue``, ``rd``, ``energy``, ``emission``, ``employment``, and ``land``
        unless ``parcels`` are given. Columns with the unit in the name, as in results, will do too.
    units
        Unit of each of these, ``{"tax": "万元", "land": "亩"}``, or a column ``tax_unit`` by row.
        People are counted in persons unless another unit is said.
    by
        None for a row per firm. Else the column that groups: one of ``parks`` (``brand_id``) where
        they are given, one of the firms (``district``, ``industry_code``) where not.
    parcels
        Polygons in any CRS, with ``parcel_id``: the land of a firm is then the official area of the
        parcels on which it stands, in place of ``land``.
    parks
        Blocks, in any CRS. With ``parcels`` a firm counts in a zone by the share of its land there,
        and so do its amounts; without, wholly in each zone in which its point lies.
    amounts
        Which amounts; all that the frame has by default.
    over
        What zones are divided by: ``"used"``, the land of the firms there, or ``"zone"``, the net
        area of the zone, ground under several blocks once.
    sites
        Firms by parcel, ``enterprise_id`` and ``parcel_id``, such as the ``pairs`` of
        :func:`parkgeo.census.match`, where firms stand on several parcels; else the firms' own
        ``parcel_id``. Land of a firm on several parcels is added up. Firms that ``firms`` does not
        have keep their parts.
    split
        How a parcel of several firms is divided among them: ``"equal"``, or by a column of weights
        (floor area, employment) of ``sites`` or of the firms.
    enterprise, parcel
        Names of the key columns.

    Returns
    -------
    By firm, the frame with its amounts replaced by ``land_mu``, ``tax_wanyuan``,
    ``tax_wanyuan_per_mu``, …, ``reason``, ``reason_en``: energy in tce, emissions in t,
    ``employment`` in persons; money in 万元.

    By group a row per group and some more: the group (null in those), ``scope`` (*group*;
    *in_zones*, all zones with everything once; *outside* every zone; *unplaced*, of no known group
    or land; *all*), ``n_firms``, ``n_firms_elsewhere`` (of those counted in other groups too),
    ``land_mu`` (what was divided by), ``used_mu``, ``zone_mu`` (net area), ``elsewhere_mu`` (part
    of ``used_mu`` that lies under other groups too), ``tax_wanyuan`` (of all firms that state it),
    ``tax_wanyuan_per_mu``, ``tax_known`` (share of firms with what that needs), …, ``reason``,
    ``reason_en``.

    A firm under two brands counts in the row of each, and once in *in_zones*; *in_zones* +
    *outside* + *unplaced* = *all*. What has no known land, or none, has NaN per mu, and a reason.

    ``attrs``: ``conservation``, relative error of that sum, at most 1e-9; ``parcels_counted_twice``
    with the overlap of parcels among themselves, which is not taken off.

    Raises
    ------
    SchemaError
        A firm in several rows; no amount, no land, no unit; numbers that are none, or below zero
        where they cannot be; a parcel id that several parcels have; ``over="zone"`` without parks.
    UnknownNameError, AmbiguousNameError
        No such column or unit; a column both with and without its unit in its name.
    MissingCRSError, CRSMismatchError, GeometryError
        Frames that do not say where they lie, or are no polygons (firms: points).

    Notes
    -----
    Tax and added value may be below zero. With ``over="zone"`` firms without an amount leave the
    figure too low; ``tax_known`` says how many state it.

    References
    ----------
    杭政函〔2023〕13号: tax per mu of zones.

    Examples
    --------
    >>> firms = pd.DataFrame({"enterprise_id": ["a", "b"], "tax": [90.0, 10.0], "land": [2.0, 3.0]})
    >>> per_mu(firms, units={"tax": "万元", "land": "亩"})["tax_wanyuan_per_mu"].round(3).tolist()
    [45.0, 3.333]
    """
    _require(firms, by, parks, over)
    ids = firm_ids(firms, enterprise)
    read = _amounts(firms, amounts, units)
    held = None
    if parcels is not None:
        held = hold(firms, parcels, sites=sites, split=split, enterprise=enterprise, parcel=parcel)
    land, notes = _land(firms, held, units)
    if by is None:
        table = _by_firm(firms, read, land, notes)
    else:
        pieces = _pieces(firms, land, held, parcels, parks, by)
        table = _by_group(_Yields(ids, read, land), pieces, over, by)
    table.attrs = {**firms.attrs, **table.attrs}
    if held is not None:
        table.attrs["parcels_counted_twice"] = held.twice
    return table


def _require(
    firms: pd.DataFrame, by: str | None, parks: gpd.GeoDataFrame | None, over: str
) -> None:
    require_columns(firms, what="firms")
    if over not in ("used", "zone"):
        raise UnknownNameError(f"unknown over {over!r}; use 'used' or 'zone'")
    if parks is not None:
        require_frame(parks, "parks")
        if by is None:
            raise SchemaError("parks need by=, the column of theirs that names zones: 'brand_id'")
    elif over == "zone":
        raise SchemaError("over='zone' needs parks, whose net area it divides by")


def _amounts(
    firms: pd.DataFrame, asked: Sequence[str] | None, units: Mapping[str, str]
) -> dict[str, Floats]:
    """Read each amount in the unit of results, by its name there."""
    if isinstance(asked, str):
        raise SchemaError(f"amounts must be a list: [{asked!r}], not {asked!r}")
    names = [n for n in AMOUNTS if has_amount(firms, n, AMOUNTS[n].unit)]
    if asked is not None:
        if unknown := [name for name in asked if name not in AMOUNTS]:
            raise UnknownNameError(f"unknown amounts {unknown}; use some of {', '.join(AMOUNTS)}")
        names = list(asked)
    if not names:
        raise SchemaError(f"firms have none of {', '.join(AMOUNTS)}; rename a column to one")
    return {
        name: np.asarray(amount(firms, name, AMOUNTS[name].unit, units=units, what="firms"))
        for name in names
    }


def _land(
    firms: pd.DataFrame, held: Holdings | None, units: Mapping[str, str]
) -> tuple[Floats, Notes]:
    """Return the land of each firm in mu, NaN where it is none, and why."""
    notes = Notes(len(firms))
    if held is not None:
        land = np.array(held.land_mu)
        for rows, text in held.notes:
            notes.add(rows, text)
    else:
        if not has_amount(firms, "land", LAND.unit):
            raise SchemaError("firms have no column 'land'; add it, or give parcels=")
        column = amount(firms, "land", LAND.unit, units=units, what="firms", signed=True)
        land = np.array(column)
        notes.add(np.isnan(land), Text("未注明用地", "its land is not stated"))
    notes.add(land == 0, Text("用地为零", "its land is zero"))
    notes.add(land < 0, Text("用地为负", "its land is below zero"))
    land[~(land > 0)] = np.nan
    return land, notes


def _by_firm(
    firms: pd.DataFrame, read: dict[str, Floats], land: Floats, notes: Notes
) -> pd.DataFrame:
    """Put results in the place of the columns that they were read from."""
    given = {*read, "land", *(column_name(name, AMOUNTS[name].unit) for name in read), "land_mu"}
    made: dict[str, Floats] = {"land_mu": land}
    for name, values in read.items():
        column = column_name(name, AMOUNTS[name].unit)
        with np.errstate(over="ignore"):
            quotient = values / land
        made |= {column: values, f"{column}_per_mu": np.where(np.isinf(quotient), np.nan, quotient)}
        notes.add(np.isinf(quotient), _too_large(name))
        notes.add(np.isnan(values), _lacking(name))
    columns = notes.columns()
    given |= {f"{name}_unit" for name in given}
    if taken := [name for name in (*made, *columns) if name in {*firms.columns} - given]:
        raise SchemaError(
            f"firms already has {', '.join(map(repr, taken))}, which the result would overwrite; "
            "drop or rename them"
        )
    kept = firms.drop(columns=[name for name in firms.columns if name in given])
    return kept.assign(**made, **columns)


def _lacking(name: str) -> Text:
    text = name_of(name)
    return Text(f"缺少{text.zh}", f"no {text.en} given")


def _too_large(name: str) -> Text:
    text = name_of(name)
    return Text(f"亩均{text.zh}过大", f"{text.en} per mu is too large for a number")


# Groups ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Yields:
    """Ids, amounts and land of each firm."""

    ids: NDArray[np.object_]
    amounts: dict[str, Floats]
    land_mu: Floats


@dataclass(frozen=True)
class _Pieces:
    """Firms in pieces, each under one set of groups; the shares of a firm add up to 1."""

    firm: Indices
    share: Floats
    code: Indices
    """Number of the set; -1 where it is not known."""
    sets: list[tuple[object, ...]]
    labels: list[object]
    zone_mu: dict[object, float]
    net_mu: float
    zoned: bool


def _pieces(  # noqa: PLR0913, PLR0917 - what per_mu was asked
    firms: pd.DataFrame,
    land: Floats,
    held: Holdings | None,
    parcels: gpd.GeoDataFrame | None,
    parks: gpd.GeoDataFrame | None,
    by: str,
) -> _Pieces:
    """Say which part of each firm lies in which groups."""
    if parks is None:
        return _by_column(firms, by)
    # Refuses blocks of no zone, and what is no polygon, before anything is cut.
    net = overlap.net_area_km2(parks, by=by)
    labels = sorted(net.index.tolist(), key=str)
    if held is not None and parcels is not None:
        firm, share, code, sets = _cut(held, land, cover(parcels, parks, by))
    else:
        firm, share, code, sets = _at_points(firms, parks, by)
    areas = {label: km2_to_mu(float(net[label])) for label in labels}
    return _Pieces(
        firm, share, code, sets, labels, areas, km2_to_mu(overlap.net_area_km2(parks)), zoned=True
    )


def _by_column(firms: pd.DataFrame, by: str) -> _Pieces:
    require_columns(firms, by, what="firms")
    try:
        codes, found = pd.factorize(firms[by], use_na_sentinel=True)
    except TypeError as error:
        raise SchemaError(f"firms: {by} must hold text or numbers: {error}") from error
    labels = list(found)
    order = sorted(range(len(labels)), key=lambda i: str(labels[i]))
    rank = np.append(np.argsort(order), -1).astype(np.intp)
    labels = [labels[i] for i in order]
    size = len(firms)
    return _Pieces(
        np.arange(size),
        np.ones(size),
        rank[codes],
        [(label,) for label in labels],
        labels,
        {},
        np.nan,
        zoned=False,
    )


def _cut(
    held: Holdings, land: Floats, ground: Cover
) -> tuple[Indices, Floats, Indices, list[tuple[object, ...]]]:
    """Cut the land of firms by zones."""
    cut = pd.DataFrame(
        {
            "parcel": ground.placed.rows[ground.parcel],
            "part": ground.share,
            "code": ground.code,
        }
    )
    own = held.table[(held.table["firm"] >= 0) & held.table["mu"].notna()]
    rows = own.merge(cut, on="parcel", how="inner")
    firm = rows["firm"].to_numpy(dtype=np.intp)
    mu = (rows["mu"] * rows["part"]).to_numpy(dtype=np.float64)
    # By what its pieces add up to, so that nothing of a firm is lost in rounding.
    total = np.bincount(firm, mu, minlength=len(land))
    known = ~np.isnan(land)[firm] & (total[firm] > 0)
    lost = np.setdiff1d(np.arange(len(land)), firm[known])
    firm, mu, code = firm[known], mu[known], rows["code"].to_numpy(dtype=np.intp)[known]
    return (
        np.append(firm, lost),
        np.append(mu / total[firm], np.ones(len(lost))),
        np.append(code, np.full(len(lost), -1)),
        ground.sets,
    )


def _at_points(
    firms: pd.DataFrame, parks: gpd.GeoDataFrame, by: str
) -> tuple[Indices, Floats, Indices, list[tuple[object, ...]]]:
    """Find the zones in which the points of firms lie; on a border, those on both sides."""
    if not isinstance(firms, gpd.GeoDataFrame):
        raise SchemaError(
            "nothing says in which zone a firm lies: give firms as a GeoDataFrame of points, or "
            "parcels= on which they stand"
        )
    placed = place_points(firms)
    names = pd.Series(labels_of(parks, by)).astype(object).to_numpy()
    drawn = np.flatnonzero((~(parks.geometry.isna() | parks.geometry.is_empty)).to_numpy())
    drawn = drawn[[name is not None and name == name for name in names[drawn]]]  # noqa: PLR0124
    zones = place_polygons(parks.iloc[drawn])
    points = shapely.transform(placed.shapes, lambda xy: xy + (placed.origin - zones.origin))
    point, zone = shapely.STRtree(zones.shapes).query(points, predicate="intersects")
    found: list[set[object]] = [set() for _ in range(len(firms))]
    for i, j in zip(placed.rows[point], drawn[zone], strict=True):
        found[i].add(names[j])
    members = [tuple(sorted(one, key=str)) for one in found]
    sets = sorted(set(members), key=str)
    numbers = {one: i for i, one in enumerate(sets)}
    code = np.array([numbers[one] for one in members], dtype=np.intp)
    code[np.setdiff1d(np.arange(len(firms)), placed.rows)] = -1
    return np.arange(len(firms)), np.ones(len(firms)), code, sets


@dataclass(frozen=True)
class _Rows:
    """Rows of the result: which pieces count in which."""

    labels: list[object]
    scopes: list[str]
    zone_mu: Floats
    row: Indices
    piece: Indices
    firm: Indices
    """Of each piece."""

    def sum(self, values: Floats, some: Flags | None = None) -> Floats:
        """Add up values of pieces that are known; NaN where none is."""
        kept = ~np.isnan(values) if some is None else ~np.isnan(values) & some
        at = kept[self.piece]
        row, size = self.row[at], len(self.scopes)
        total = np.bincount(row, values[self.piece[at]], minlength=size)
        return np.where(np.bincount(row, minlength=size) > 0, total, np.nan)

    def n_firms(self, some: Flags | None = None) -> NDArray[np.int64]:
        """Count firms, each once a row."""
        at = np.ones(len(self.piece), dtype=bool) if some is None else some[self.piece]
        pairs = np.unique(np.column_stack([self.row[at], self.firm[self.piece[at]]]), axis=0)
        return np.bincount(pairs[:, 0], minlength=len(self.scopes)).astype(np.int64)


def _rows(pieces: _Pieces) -> _Rows:
    """Lay out a row per group, and one for what lies in any, in none, is not known, and all."""
    totals = _SCOPES[1:] if pieces.zoned else ("unplaced", "all")
    at = {label: i for i, label in enumerate(pieces.labels)}
    n = len(at)
    below = {scope: n + i for i, scope in enumerate(totals)}
    everything = below["all"]
    in_rows = [[*(at[label] for label in members), everything] for members in pieces.sets]
    if pieces.zoned:
        for own, members in zip(in_rows, pieces.sets, strict=True):
            own.append(below["in_zones" if members else "outside"])
    in_rows.append([below["unplaced"], everything])
    sizes = np.array([len(own) for own in in_rows])[pieces.code]
    nested = [np.array(in_rows[code], dtype=np.intp) for code in pieces.code]
    zone_mu = [pieces.zone_mu.get(label, np.nan) for label in pieces.labels]
    return _Rows(
        labels=[*pieces.labels, *(None for _ in totals)],
        scopes=["group"] * n + list(totals),
        zone_mu=np.array(
            [*zone_mu, *(pieces.net_mu if scope == "in_zones" else np.nan for scope in totals)]
        ),
        row=np.concatenate([np.zeros(0, dtype=np.intp), *nested]),
        piece=np.repeat(np.arange(len(pieces.code)), sizes),
        firm=pieces.firm,
    )


def _in_order(pieces: _Pieces, ids: NDArray[np.object_]) -> _Pieces:
    """Sort pieces by id, so that sums do not depend on the order of rows to the last digit."""
    place = np.argsort(np.argsort(ids.astype(str), kind="stable"), kind="stable")
    names = np.array([str(members) for members in pieces.sets] + [""])
    order = np.lexsort([pieces.share, names[pieces.code], place[pieces.firm]])
    return replace(
        pieces, firm=pieces.firm[order], share=pieces.share[order], code=pieces.code[order]
    )


def _by_group(yields: _Yields, pieces: _Pieces, over: Over, by: str) -> pd.DataFrame:
    """Add up pieces by group, and once."""
    pieces = _in_order(pieces, yields.ids)
    rows = _rows(pieces)
    used = yields.land_mu[pieces.firm] * pieces.share
    many = np.array([*(len(members) > 1 for members in pieces.sets), False])[pieces.code]
    scopes = np.array(rows.scopes)
    grouped = scopes == "group"
    # Rows that have each firm once between them: zones overlap, other groups do not.
    apart = (scopes != "all") & (~grouped if pieces.zoned else True)
    used_mu, n_firms = rows.sum(used), rows.n_firms()
    land_mu = rows.zone_mu if over == "zone" else used_mu
    table = {
        by: pd.Series(rows.labels, dtype=object),
        "scope": rows.scopes,
        "n_firms": n_firms,
        "n_firms_elsewhere": np.where(grouped, rows.n_firms(many), 0),
        "land_mu": np.where(land_mu > 0, land_mu, np.nan),
        "used_mu": used_mu,
        **({"zone_mu": rows.zone_mu} if pieces.zoned else {}),
        "elsewhere_mu": np.where(grouped, np.nan_to_num(rows.sum(used, many)), 0.0),
    }
    notes = Notes(len(rows.scopes))
    notes.add(n_firms == 0, Text("没有企业", "there is no firm"))
    lacking = Text("没有园区面积可除", "there is no area of a zone to divide by")
    if over == "used":
        lacking = Text("企业用地不详", "the land of its firms is not known")
    notes.add((n_firms > 0) & ~(land_mu > 0), lacking)
    worst = 0.0
    for name, values in yields.amounts.items():
        part = values[pieces.firm] * pieces.share
        table |= _quotients(name, part, used, rows, over)
        known = np.asarray(table[f"{name}_known"])
        notes.add(known < 1, _partly(name, over))
        sums = np.asarray(table[column_name(name, AMOUNTS[name].unit)])
        worst = max(worst, _lost(values, sums[apart]))
    frame = pd.DataFrame({**table, **notes.columns()})
    frame.attrs = {"conservation": worst, "over": over}
    return frame


def _quotients(name: str, part: Floats, used: Floats, rows: _Rows, over: Over) -> dict[str, Floats]:
    """Divide an amount of each row by its land."""
    usable = ~np.isnan(part) if over == "zone" else ~np.isnan(part) & ~np.isnan(used)
    below = rows.zone_mu if over == "zone" else rows.sum(used, usable)
    column = column_name(name, AMOUNTS[name].unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.where(below > 0, rows.sum(part, usable) / below, np.nan)
        known = rows.n_firms(usable) / rows.n_firms()
    return {column: rows.sum(part), f"{column}_per_mu": quotient, f"{name}_known": known}


def _lost(values: Floats, sums: Floats) -> float:
    """Return what rows lack of an amount, or have too much, relative to its absolute sum."""
    known = values[~np.isnan(values)]
    scale = fsum(np.abs(known))
    return abs(fsum(sums[~np.isnan(sums)]) - fsum(known)) / scale if scale else 0.0


def _partly(name: str, over: Over) -> Text:
    text = name_of(name)
    if over == "zone":
        return Text(f"部分企业缺少{text.zh}", f"some firms give no {text.en}")
    return Text(f"部分企业{text.zh}或用地不详", f"{text.en} or land of some firms is not known")
