"""Which enterprise stands on which parcel, and where register and land disagree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo._ground import require_frame
from parkgeo.census._cover import Indices, areas_km2
from parkgeo.census._findings import all_findings, card, counts_of
from parkgeo.census._industry import INDUSTRY, INNOVATIVE, sections
from parkgeo.census._keys import column_of, ids_of
from parkgeo.census._legal import Classes, legal_use
from parkgeo.census._match_notes import Sides, conflicts, match_notes
from parkgeo.census._places import Located, Sites, locate, sites_of
from parkgeo.census._words import UNKNOWN, Activity, Flags, Texts, Use, Words, read_words
from parkgeo.errors import SchemaError

HOW: Final = ("id", "inside", "near")
_ID, _PARCEL, _CODE = "enterprise_id", "parcel_id", "industry_code"


@dataclass(frozen=True, eq=False, repr=False)
class Match:
    """An enterprise register laid on parcels (企业名录与用地比对).

    Parameters
    ----------
    pairs
        One row per enterprise and parcel: ``enterprise_id``, ``parcel_id``, ``enterprise_row``,
        ``parcel_row`` (index labels), ``how`` ("id": the register names the parcel; "inside": the
        point lies in it; "near": it lies on the border or outside, within the tolerance),
        ``distance_m`` from the parcel, NaN where there is no point.
    parcels
        On the index of the parcels: ``parcel_id``, ``n_enterprises``, ``n_active``,
        ``use_by_enterprises``: "industry" where an active one is of mining, manufacturing or
        energy (GB/T 4754 B, C, D), else "innovative" where one is of information technology or
        research (I, M), else "other"; "unknown" where there is none or its code is not known.
    findings
        As of :class:`Census`.
    totals
        ``n_parcels``, ``n_enterprises`` (rows), ``n_matched``, ``by_how``, ``tolerance_m``.
    """

    pairs: pd.DataFrame
    parcels: pd.DataFrame
    findings: pd.DataFrame
    totals: Mapping[str, Any]

    def __repr__(self) -> str:
        return (
            f"<Match: {self.totals['n_matched']:,} of {self.totals['n_enterprises']:,} enterprises "
            f"on {self.totals['n_parcels']:,} parcels, {len(self.findings):,} findings>"
        )

    def _repr_html_(self) -> str:
        facts = {
            "parcels 地块": f"{self.totals['n_parcels']:,}",
            "enterprises 企业": f"{self.totals['n_enterprises']:,}",
            "matched 已匹配": f"{self.totals['n_matched']:,}",
            **{f"by {how}": f"{n:,}" for how, n in self.totals["by_how"].items()},
        }
        return card(
            "Enterprises on land 企业用地比对",
            facts,
            {"findings 发现问题": counts_of(self.findings)},
        )


def match(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    enterprises: pd.DataFrame,
    *,
    tolerance_m: float = 5.0,
    use: str | None = "use",
    status: str | None = "status",
    activity: str | None = None,
    enterprise: str = _ID,
    parcel: str = _PARCEL,
    industry: str = _CODE,
    classes: Classes = "industry",
    system: str | None = None,
    words: Words = None,
) -> Match:
    """Lay an enterprise register on parcels, and list where they disagree (企业与用地比对).

    A register that names the parcel is believed, and its point is checked against it. Else the
    point decides: the parcel that it lies in, or the nearest one within the tolerance. Where two
    parcels are as near, or lie on each other under the point, none is chosen.

    Parameters
    ----------
    parcels
        Polygons in any CRS; ``parcel_id`` or the index names them.
    enterprises
        One row per enterprise and site: ``enterprise_id`` (else the index), ``parcel_id`` and
        ``industry_code`` (GB/T 4754-2017) where they are known; points in any CRS in a
        GeoDataFrame, or no geometry in a DataFrame that names parcels.
    tolerance_m
        How far off its parcel a point may lie, in metres.
    use, status
        Columns of the parcels, as for :func:`tabulate`; None where there is none.
    activity
        Column of the enterprises that says whether they work: true or false, 在营, 停产 and the
        like. Without it each one in the register counts as active; one of whom nothing, or nothing
        that is understood, is said does too.
    enterprise, parcel, industry
        What the enterprises call their id (统一社会信用代码), the parcel that they stand on, and
        the code of their industry, if not ``enterprise_id``, ``parcel_id``, ``industry_code``.
    classes, system, words
        As for :func:`tabulate`, which lists the words of parcels that are not understood.

    Returns
    -------
    Match
        With ``pairs``, ``parcels``, ``findings``, ``totals``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        A frame does not say where it lies, or coordinates contradict it.
    GeometryError
        Parcels that are no valid polygons, enterprises that are no points.
    SchemaError
        A tolerance below 0; a register with neither parcels nor points.
    UnknownNameError
        No such column, class or system.

    Notes
    -----
    Distances are those of the 3° zone of the parcels, true to about 1e-4 within it. An enterprise
    with several sites has several rows with one ``enterprise_id``.

    References
    ----------
    杭政办函〔2017〕127号, part 3 item 1. GB/T 4754-2017.

    Examples
    --------
    >>> from shapely import Point, box
    >>> land = gpd.GeoDataFrame(geometry=[box(120, 30, 120.01, 30.01)], crs="EPSG:4490")
    >>> firms = gpd.GeoDataFrame(geometry=[Point(120.005, 30.005)], crs="EPSG:4490")
    >>> match(land, firms, use=None, status=None).pairs["how"].tolist()
    ['inside']
    """
    names = _Names(enterprise, parcel, industry)
    _require(parcels, enterprises, tolerance_m, names)
    sides = _sides(parcels, enterprises, names, (use, status, activity), classes, system, words)
    sites = sites_of(parcels, enterprises)
    named, doubtful = _by_id(sides)
    named["distance_m"] = sites.distance_m(
        named["enterprise"].to_numpy(), named["parcel"].to_numpy()
    )
    rest = np.setdiff1d(np.arange(len(enterprises)), named["enterprise"].to_numpy())
    located = locate(sites, rest, tolerance_m)
    pairs = _pairs(named, located)
    table = _by_parcel(pairs, sides)
    found = [
        *match_notes(sides, named, doubtful, located, _placeless(rest, sites), tolerance_m),
        *conflicts(sides, pairs, table),
    ]
    return Match(
        pairs=_told(pairs, sides),
        parcels=table.set_axis(parcels.index),
        findings=all_findings(found),
        totals={
            "n_parcels": len(parcels),
            "n_enterprises": len(enterprises),
            "n_matched": int(pairs["enterprise"].nunique()),
            "by_how": {how: int((pairs["how"] == how).sum()) for how in HOW},
            "tolerance_m": tolerance_m,
        },
    )


class _Names(NamedTuple):
    """What the enterprises call their columns."""

    enterprise: str
    parcel: str
    industry: str


def _require(
    parcels: gpd.GeoDataFrame, enterprises: pd.DataFrame, tolerance_m: float, names: _Names
) -> None:
    require_frame(parcels, "parcels")
    crs.require_lonlat(parcels, "parcels")
    if not isinstance(enterprises, pd.DataFrame):
        raise SchemaError(f"enterprises must be a frame, not a {type(enterprises).__name__}")
    for name, usual in zip(names, (_ID, _PARCEL, _CODE), strict=True):
        if name != usual:
            column_of(enterprises, name, "enterprises")
    if not isinstance(enterprises, gpd.GeoDataFrame) and names.parcel not in enterprises.columns:
        raise SchemaError(
            f"enterprises have neither a column {names.parcel} nor a geometry, so nothing says "
            "where they stand; name the column of their parcels with parcel=, or make points of "
            "their coordinates: geopandas.GeoDataFrame(firms, geometry=geopandas.points_from_xy("
            "firms['lon'], firms['lat']), crs='EPSG:4490')",
        )
    if not 0 <= tolerance_m < np.inf:
        raise SchemaError(f"tolerance_m must be metres, 0 or more, not {tolerance_m}")


def _sides(  # noqa: PLR0913, PLR0917 - what match was asked
    parcels: gpd.GeoDataFrame,
    enterprises: pd.DataFrame,
    names: _Names,
    asked: tuple[str | None, str | None, str | None],
    classes: Classes,
    system: str | None,
    words: Words,
) -> Sides:
    """Read both frames."""
    use, status, activity = asked
    there = enterprises.columns
    codes = None
    if names.industry in there:
        codes = column_of(enterprises, names.industry, "enterprises")
    unread = np.full(len(enterprises), None, dtype=object)
    works, odd = _word(enterprises, activity, "activity", words, "enterprises")
    return Sides(
        parcel_rows=parcels.index,
        parcel_ids=ids_of(parcels, "parcel_id"),
        legal_use=legal_use(parcels, classes, system),
        use=_word(parcels, use, "use", words, "parcels")[0],
        status=_word(parcels, status, "status", words, "parcels")[0],
        area_km2=areas_km2(parcels),
        enterprise_rows=enterprises.index,
        enterprise_ids=ids_of(enterprises, names.enterprise),
        keys=ids_of(enterprises, names.parcel) if names.parcel in there else unread,
        codes=None if codes is None else codes.to_numpy(dtype=object),
        sections=unread if codes is None else sections(codes),
        active=works != Activity.INACTIVE,
        odd_activity=odd,
        activity=None
        if activity is None
        else column_of(enterprises, activity, "enterprises").to_numpy(dtype=object),
    )


def _word(
    frame: pd.DataFrame, name: str | None, vocabulary: str, words: Words, what: str
) -> tuple[Texts, Flags]:
    if name is None:
        unknown = np.full(len(frame), UNKNOWN, dtype=object)
        return unknown, np.zeros(len(frame), dtype=np.bool_)
    column = column_of(frame, name, what, by=f"{vocabulary}=, or None where there is none")
    return read_words(column, vocabulary, words)


def _by_id(sides: Sides) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Match by the parcel that the register names; what fits no or several parcels is doubtful."""
    firms = pd.DataFrame({"key": sides.keys, "enterprise": np.arange(len(sides.keys))})
    land = pd.DataFrame({"key": sides.parcel_ids, "parcel": np.arange(len(sides.parcel_ids))})
    joined = firms.dropna(subset="key").merge(land.dropna(subset="key"), on="key", how="left")
    one = joined["parcel"].notna() & ~joined["enterprise"].duplicated(keep=False)
    named = joined.loc[one, ["enterprise", "parcel"]].astype(np.intp).reset_index(drop=True)
    return named, joined[~one].drop_duplicates("enterprise").reset_index(drop=True)


def _placeless(rest: Indices, sites: Sites) -> Indices:
    """Tell the enterprises that nothing says the place of."""
    return np.setdiff1d(rest, sites.point_rows)


def _pairs(named: pd.DataFrame, located: Located) -> pd.DataFrame:
    one = located.one
    how = np.where(one["inside"].to_numpy(dtype=np.bool_), "inside", "near")
    columns = ["enterprise", "parcel", "how", "distance_m"]
    both = pd.concat([named.assign(how="id")[columns], one.assign(how=how)[columns]])
    return both.sort_values(["enterprise", "parcel"], ignore_index=True)


def _by_parcel(pairs: pd.DataFrame, sides: Sides) -> pd.DataFrame:
    """Count the enterprises of each parcel, and say what they use it for."""
    count = len(sides.parcel_ids)
    firms = pairs.assign(
        firm=sides.firm[pairs["enterprise"]],
        active=sides.active[pairs["enterprise"]],
        section=sides.sections[pairs["enterprise"]],
    ).drop_duplicates(["parcel", "firm"])
    active = firms[firms["active"]]

    def some(letters: tuple[str, ...] | None) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        known = active["section"].notna() if letters is None else active["section"].isin(letters)
        return np.bincount(active["parcel"][known], minlength=count) > 0

    uses = [Use.INDUSTRY.value, Use.INNOVATIVE.value, Use.OTHER.value]
    return pd.DataFrame(
        {
            "parcel_id": sides.parcel_ids,
            "n_enterprises": np.bincount(firms["parcel"], minlength=count),
            "n_active": np.bincount(active["parcel"], minlength=count),
            "use_by_enterprises": np.select(
                [some(INDUSTRY), some(INNOVATIVE), some(None)], uses, default=UNKNOWN
            ),
        },
    )


def _told(pairs: pd.DataFrame, sides: Sides) -> pd.DataFrame:
    """Name the rows of pairs by their ids and labels."""
    enterprise, parcel = pairs["enterprise"].to_numpy(), pairs["parcel"].to_numpy()
    return pd.DataFrame(
        {
            "enterprise_id": sides.enterprise_ids[enterprise],
            "parcel_id": sides.parcel_ids[parcel],
            "enterprise_row": sides.enterprise_rows[enterprise],
            "parcel_row": sides.parcel_rows[parcel],
            "how": pairs["how"].astype("str"),
            "distance_m": pairs["distance_m"],
        },
    )
