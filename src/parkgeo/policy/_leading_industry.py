"""The leading industry of each zone: its share, how special it is, and how far the target is."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._style import Text, percent_text
from parkgeo.agglomeration import hhi, location_quotient
from parkgeo.census._findings import card
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._accounts import own_units
from parkgeo.policy._indicators import targets
from parkgeo.policy._industries import Chains, IndustryLevel, industries_of, industry_name
from parkgeo.policy._places import pieces_of
from parkgeo.policy._quantities import in_units, require_columns, require_units
from parkgeo.units import convert

__all__ = ["LeadingIndustry", "leading_industry"]

_MOST: Final = 3
"""The documents ask for one to three leading industries."""
_EQUAL: Final = 12
"""Decimals in which shares of a zone must differ for one to be larger."""
_TARGET: Final = "hz2023-leading-share"
_GROWTH: Final = "hz2023-leading-share-growth"

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class LeadingIndustry:
    """Leading industries of zones (一园一主业); made by :func:`leading_industry`."""

    zones: pd.DataFrame
    """One row per zone."""
    industries: pd.DataFrame
    """One row per zone and industry."""

    def _repr_html_(self) -> str:
        """Show the zones, in both languages."""
        columns = ["leading_name", "share", "location_quotient", "hhi", "target", "status"]
        facts = {"园区 zones": f"{len(self.zones):,}"}
        return card("主导产业 Leading industries", facts, {"": self.zones[columns]})


def leading_industry(  # noqa: PLR0913 - independent options, all by keyword
    firms: pd.DataFrame,
    *,
    units: Mapping[str, str],
    by: str = "brand_id",
    industry: str = "industry_code",
    value: str = "output",
    level: IndustryLevel = "division",
    chains: Chains | None = None,
    parks: gpd.GeoDataFrame | None = None,
    n_leading: int = 1,
    declared: Mapping[Hashable, Sequence[str]] | None = None,
    target: float | None = None,
    previous: pd.DataFrame | None = None,
    growth_target: float | None = None,
) -> LeadingIndustry:
    r"""Find the leading industry of each zone, and the gap to the target (一园一主业).

    .. math:: s = \frac{\sum_{i \in L} v_i}{v}, \qquad
              \text{gap} = \max(t v - \sum_{i \in L} v_i,\, 0), \qquad
              \text{growth needed} = \frac{\text{gap}}{1 - t}

    Parameters
    ----------
    firms
        One row per firm: its zone (``by``; a tuple where brands overlap, null outside), its code
        in GB/T 4754-2017, its value. Points in any CRS where ``parks`` are given.
    units
        Unit of the value; or a column ``output_unit``.
    by, industry, value
        Columns.
    level
        Section (门类), division (大类), group (中类) or class (小类). A code that is coarser is
        counted as none.
    chains
        Industries of your own instead (产业链): the name for codes, or for what codes begin with,
        the longest first; a mapping, or a frame ``industry_code``, ``chain``.
    parks
        Extents of the zones, in any CRS; then points decide.
    n_leading
        How many industries lead, 1 to 3.
    declared
        Leading industries that zones have declared, by zone; others have their largest.
    target, growth_target
        Share of the leading industries, and its relative growth, that are asked for; by default
        the 60 % and 20 % of :func:`targets`, ``hz2023-leading-share`` and
        ``hz2023-leading-share-growth``.
    previous
        The firms of an earlier time, with the same columns and units.

    Returns
    -------
    A :class:`LeadingIndustry`. Amounts have the unit of their kind in their name: ``wanyuan``,
    ``person``, ``km2``, ``tce``, ``t``, ``count``.

    ``zones``, on ``by``: ``leading`` (tuple), ``leading_name``, ``leading_name_en``,
    ``leading_wanyuan``, ``total_wanyuan``, ``share``, ``share_high`` (if all firms without a code
    were of a leading industry), ``share_without_code``, ``location_quotient`` (of the leading ones
    together, against all firms), ``hhi``, ``n_industries``, ``n_firms``, ``target``,
    ``gap`` (of the share), ``gap_wanyuan`` (that would have to turn, the total unchanged),
    ``growth_needed_wanyuan`` (of the leading ones, the others unchanged), ``status`` (*met*,
    *not_met*, *no_data*), ``reason``, ``reason_en``; with ``previous`` also ``share_before`` of the
    same industries, ``growth`` (of the share, relative), ``growth_status``.

    ``industries``: ``by``, ``industry``, ``name``, ``name_en``, ``value_wanyuan``, ``share``,
    ``location_quotient``, ``rank``, ``leading``.

    ``attrs`` of ``zones``: ``target_source``, ``growth_target_source``, ``level``,
    ``rows_without_value``.

    Raises
    ------
    SchemaError
        Values that are no numbers or below zero, units that do not add up, ``n_leading`` beyond 3,
        a target that is no share.
    UnknownNameError
        No such column, level or unit; a declaration of a zone that is not there.
    AmbiguousNameError
        A code in two chains.

    Notes
    -----
    Of industries of the same value that with the higher location quotient leads, then that whose
    label comes first. A firm under two brands counts in the row of each, and once in what location
    quotients are measured against; firms outside all zones count there too.

    References
    ----------
    Opinions on the high-quality development of zones (2023), items 2 and 5:
    主导产业占比提高到60%以上.

    Examples
    --------
    >>> firms = pd.DataFrame({"brand_id": ["a", "a", "a"], "industry_code": ["C3911", "39", "17"],
    ...     "output": [5, 1, 2]})
    >>> found = leading_industry(firms, units={"output": "亿元"}).zones.loc["a"]
    >>> found["leading_name_en"], float(found["share"]), found["status"]
    ('Computers, communication and electronics', 0.75, 'met')
    """
    if isinstance(n_leading, bool) or n_leading not in range(1, _MOST + 1):
        raise SchemaError(f"n_leading must be 1, 2 or 3, not {n_leading!r}")
    asked, source = _asked(target, _TARGET, "target")
    grown, growth_source = _asked(growth_target, _GROWTH, "growth_target")
    require_units(units)
    suffix = own_units(firms, [value], units, what="firms")[value]
    columns = _Columns(by, industry, value, suffix, units)
    now = _table(firms, columns, level=level, chains=chains, parks=parks, what="firms")
    industries = _industries(now)
    zones = _zones(now, industries, declared or {}, n_leading)
    _judge(zones, asked, suffix)
    if previous is not None:
        then = _table(previous, columns, level=level, chains=chains, parks=parks, what="previous")
        _grow(zones, _by_zone(then), grown)
    names = {"leading_value": f"leading_{suffix}", "total_value": f"total_{suffix}",
             "gap_value": f"gap_{suffix}",
             "growth_needed_value": f"growth_needed_{suffix}"}  # fmt: skip
    zones = zones.rename(columns=names).rename_axis(by)
    zones.attrs = {
        "target_source": source,
        "growth_target_source": growth_source if previous is not None else None,
        "level": "chains" if chains is not None else level,
        "rows_without_value": now.attrs["rows_without_value"],
    }
    leads = {(zone, one) for zone, some in zones["leading"].items() for one in some}
    industries["leading"] = [
        pair in leads for pair in zip(industries["zone"], industries["industry"], strict=True)
    ]
    industries = industries.rename(columns={"zone": by, "value": f"value_{suffix}"})
    return LeadingIndustry(zones, industries)


def _asked(given: float | None, indicator: str, name: str) -> tuple[float, str]:
    """Return a share that is asked for, and who asks for it."""
    if given is None:
        row = targets().set_index("indicator_id").loc[indicator].to_dict()
        share = float(convert(float(row["value"]), str(row["unit"]), "ratio"))
        return share, f"{indicator}: {row['quote']}"
    if isinstance(given, bool) or not 0 < given < 1:
        raise SchemaError(f"{name} must be a share between 0 and 1, not {given!r}")
    return float(given), f"{name}={given!r}"


class _Columns(NamedTuple):
    """Where zone, industry and value of a firm stand, and the unit that is asked for."""

    by: str
    industry: str
    value: str
    unit: str
    units: Mapping[str, str]


def _table(  # noqa: PLR0913 - the options of leading_industry
    firms: pd.DataFrame,
    columns: _Columns,
    *,
    level: IndustryLevel,
    chains: Chains | None,
    parks: gpd.GeoDataFrame | None,
    what: str,
) -> pd.DataFrame:
    """Return ``members``, ``industry``, ``value`` of each firm that has a value."""
    require_columns(firms, columns.industry, columns.value, what=what)
    amount = in_units(firms, {columns.value: columns.unit}, units=columns.units, what=what)
    pieces = pieces_of(firms, parks, by=columns.by, district=None, what=what)
    at = pieces["row"].to_numpy()
    industry = industries_of(firms[columns.industry], level=level, chains=chains)
    values = amount[columns.value].to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        {
            "row": at,
            "members": pieces["members"],
            "industry": industry[at],
            "value": values[at] * pieces["share"].to_numpy(),
        }
    )
    missing = np.isnan(values)
    kept: pd.DataFrame = table[~missing[at]].reset_index(drop=True)
    kept.attrs["rows_without_value"] = {
        "n": int(missing.sum()),
        "rows": first_rows(firms.index[missing]),
    }
    return kept


def _by_zone(table: pd.DataFrame) -> dict[Hashable, pd.DataFrame]:
    """Return the firms of each zone; one that is in two zones stands in both."""
    held = table.explode("members").dropna(subset="members")
    zones = sorted(held["members"].unique(), key=str)
    return {zone: held[held["members"] == zone] for zone in zones}


def _of_city(table: pd.DataFrame) -> "pd.Series[float]":
    """Add up all firms by industry, each once."""
    return table[table["industry"].notna()].groupby("industry", sort=True)["value"].sum()


def _industries(table: pd.DataFrame) -> pd.DataFrame:
    """Tabulate zones × industries; the largest of each zone first."""
    city = _of_city(table)
    parts = [_of_zone(zone, held, city) for zone, held in _by_zone(table).items()]
    some = [part for part in parts if len(part)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=_INDUSTRY_COLUMNS)


_INDUSTRY_COLUMNS: Final = [
    "zone", "industry", "name", "name_en", "value", "share", "location_quotient", "rank",
]  # fmt: skip


def _of_zone(zone: object, held: pd.DataFrame, city: "pd.Series[float]") -> pd.DataFrame:
    own = held.groupby("industry")["value"].sum().reindex(city.index, fill_value=0.0)
    found = pd.DataFrame({"industry": city.index, "value": own.to_numpy()})
    total = float(held["value"].sum())
    found["share"] = found["value"] / total if total else np.nan
    found["location_quotient"] = _quotients(
        np.asarray(own, np.float64), np.asarray(city, np.float64)
    )
    found = found[city.index.isin(held["industry"])]
    order = sorted(
        range(len(found)),
        key=lambda i: (-round(float(found["share"].iloc[i]), _EQUAL),
                       -round(float(found["location_quotient"].iloc[i]), _EQUAL - 3),
                       str(found["industry"].iloc[i])),
    )  # fmt: skip
    found = found.take(order)
    names = [industry_name(one) for one in found["industry"]]
    return found.assign(
        zone=pd.Series([zone] * len(found), index=found.index, dtype=object),
        name=[name.zh for name in names],
        name_en=[name.en for name in names],
        rank=np.arange(1, len(found) + 1),
    )[_INDUSTRY_COLUMNS]


def _quotients(own: Floats, city: Floats) -> Floats:
    """Hold a zone against all firms: beside it stand those that are not in it, each once."""
    if not own.sum():
        return np.full(len(own), np.nan)
    # Sums in another order differ by rounding, which must not become a negative rest.
    rest = np.maximum(city - own, 0.0)
    found = location_quotient(pd.DataFrame([own, rest]))
    return found["location_quotient"].to_numpy(dtype=np.float64)[: len(own)]


def _zones(
    table: pd.DataFrame,
    industries: pd.DataFrame,
    declared: Mapping[Hashable, Sequence[str]],
    n_leading: int,
) -> pd.DataFrame:
    zones = _by_zone(table)
    if lost := [zone for zone in declared if zone not in zones]:
        raise UnknownNameError(
            f"declared names {first_rows(lost)}, where no firm is; there are {first_rows(zones)}"
        )
    city = _of_city(table)
    rows = {}
    for zone, firms in zones.items():
        own = industries[industries["zone"] == zone]
        leading = _leading(zone, own, declared, n_leading)
        rows[zone] = _figures(own, firms, city, leading)
    index = pd.Index(list(rows), dtype=object, tupleize_cols=False)
    return pd.DataFrame(list(rows.values()), index=index, columns=_ZONE_COLUMNS)


def _leading(
    zone: Hashable,
    own: pd.DataFrame,
    declared: Mapping[Hashable, Sequence[str]],
    n_leading: int,
) -> tuple[str, ...]:
    if zone not in declared:
        return tuple(own["industry"][own["value"] > 0].head(n_leading))
    said = declared[zone]
    if isinstance(said, str) or not 1 <= len(said) <= _MOST:
        raise SchemaError(f"declared: {zone!r} must have a list of 1 to 3 industries, not {said!r}")
    return tuple(dict.fromkeys(str(one) for one in said))


_ZONE_COLUMNS: Final = [
    "leading", "leading_name", "leading_name_en", "leading_value", "total_value", "share",
    "share_high", "share_without_code", "location_quotient", "hhi", "n_industries", "n_firms",
]  # fmt: skip


def _figures(
    own: pd.DataFrame, firms: pd.DataFrame, city: "pd.Series[float]", leading: tuple[str, ...]
) -> dict[str, Any]:
    names = [industry_name(one) for one in leading]
    total = float(firms["value"].sum())
    without = float(firms.loc[firms["industry"].isna(), "value"].sum())
    leads = float(own.loc[own["industry"].isin(leading), "value"].sum())
    coded = total - without
    of_city = float(city[city.index.isin(leading)].sum())
    whole = np.array([of_city, max(float(city.sum()) - of_city, 0.0)])
    together = _quotients(np.array([leads, max(coded - leads, 0.0)]), whole)[0]
    return {
        "leading": leading,
        "leading_name": "、".join(name.zh for name in names),
        "leading_name_en": "; ".join(name.en for name in names),
        "leading_value": leads,
        "total_value": total,
        "share": leads / total if total else np.nan,
        "share_high": (leads + without) / total if total else np.nan,
        "share_without_code": without / total if total else np.nan,
        "location_quotient": together,
        "hhi": hhi(own["value"]) if len(own) else np.nan,
        "n_industries": int((own["value"] > 0).sum()),
        "n_firms": int(firms["row"].nunique()),
    }


# Against the target ------------------------------------------------------------------------------


def _judge(zones: pd.DataFrame, target: float, unit: str) -> None:
    """Hold the share of each zone to the target, and say so."""
    total, leads = zones["total_value"], zones["leading_value"]
    known_ = zones["share"].notna()
    zones["target"] = target
    zones["gap"] = (target - zones["share"]).clip(lower=0.0)
    zones["gap_value"] = (target * total - leads).clip(lower=0.0).where(known_)
    zones["growth_needed_value"] = zones["gap_value"] / (1 - target)
    met = zones["share"] >= target - _ROUNDING
    zones["status"] = np.where(~known_, "no_data", np.where(met, "met", "not_met"))
    said = [_reason(row, unit) for row in zones.to_dict("records")]
    zones["reason"] = [text.zh for text in said]
    zones["reason_en"] = [text.en for text in said]


def _reason(row: dict[Hashable, Any], unit: str) -> Text:
    if row["status"] == "no_data":
        return Text("没有数值，无法计算占比", "there is no value to take a share of")
    share, target = percent_text(row["share"]), percent_text(row["target"])
    name = Text(row["leading_name"] or "无", row["leading_name_en"] or "none")
    said = Text(
        f"主导产业（{name.zh}）占 {share.zh}，要求 {target.zh} 以上",
        f"{name.en}: {share.en}; asked for at least {target.en}",
    )
    if row["status"] == "met":
        return Text(f"{said.zh}，已达标", f"{said.en}; met")
    amount = f"{row['gap_value']:,.4g}" if row["gap_value"] < 1 else f"{row['gap_value']:,.1f}"
    words = _UNIT_TEXT.get(unit, Text.same(unit))
    return Text(f"{said.zh}，尚差 {amount} {words.zh}", f"{said.en}; {amount} {words.en} missing")


_ROUNDING: Final = 1e-12
_UNIT_TEXT: Final = {
    "wanyuan": Text("万元", "万元 (10,000 yuan)"),
    "person": Text("人", "persons"),
    "count": Text("个", ""),
    "km2": Text("平方公里", "km²"),
    "tce": Text("吨标准煤", "tce"),
    "t": Text("吨", "t"),
}


_NOBODY: Final = pd.DataFrame({"industry": [], "value": []})


def _grow(zones: pd.DataFrame, before: dict[Hashable, pd.DataFrame], target: float) -> None:
    """Hold the share of the same industries to that of an earlier time."""
    shares = []
    for zone, leading in zones["leading"].items():
        own = before.get(zone, _NOBODY)
        total = float(own["value"].sum())
        leads = float(own.loc[own["industry"].isin(leading), "value"].sum())
        shares.append(leads / total if total else np.nan)
    zones["share_before"] = np.array(shares, dtype=np.float64)
    zones["growth"] = (zones["share"] / zones["share_before"] - 1).where(zones["share_before"] > 0)
    met = zones["growth"] >= target - _ROUNDING
    zones["growth_status"] = np.where(
        zones["growth"].isna(), "no_data", np.where(met, "met", "not_met")
    )
