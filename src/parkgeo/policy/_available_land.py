"""Land that can be had: by status, size, allowed industry and price, no ground twice."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo import crs, measure, overlap
from parkgeo._ground import overlay_errors, require_frame
from parkgeo._style import Text, known
from parkgeo.census import Status
from parkgeo.census._cover import place_polygons
from parkgeo.census._findings import card
from parkgeo.census._keys import column_of, ids_of
from parkgeo.census._words import Words, read_words
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._places import UNKNOWN, pieces_of
from parkgeo.policy._quantities import in_units, require_units
from parkgeo.units import MU_M2, km2_to_mu

__all__ = ["AVAILABLE", "AvailableLand", "available_land"]

AVAILABLE: Final = (Status.INEFFICIENT, Status.SUPPLIED_NOT_USED, Status.APPROVED_NOT_SUPPLIED)
"""What counts as available, what has come furthest first: it has the ground of two registers."""

_SIZES_MU: Final = (20.0, 50.0, 100.0, 300.0)
_SEPARATORS: Final = re.compile(r"[,，;；、/|\n]+")
_LEAST_SHARE: Final = 1e-9
_PER_MU: Final = "wanyuan/mu"

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AvailableLand:
    """Land that can be had (可供用地); made by :func:`available_land`."""

    parcels: gpd.GeoDataFrame
    """One row per parcel, with the ground that is counted for it."""
    summary: pd.DataFrame
    """Zone × status × size class; ground of several zones stands in each of them."""
    totals: pd.DataFrame
    """Status × size class, all ground once."""
    notes: pd.DataFrame
    """Parcels that are not, or not wholly, counted, and why."""

    def _repr_html_(self) -> str:
        """Show the totals, in both languages."""
        facts = {
            "地块 parcels": f"{len(self.parcels):,}",
            "面积 area, 亩 mu": f"{self.parcels['area_mu'].sum():,.1f}",
        }
        return card("可供用地 Available land", facts, {"合计 totals": self.totals})


@overlay_errors("available_land")
def available_land(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame | None = None,
    *,
    units: Mapping[str, str] | None = None,
    by: str = "brand_id",
    status: str = "status",
    statuses: Sequence[str] = AVAILABLE,
    industry: str | None = None,
    price: str | None = None,
    district: str | None = "district",
    size_bins_mu: Sequence[float] = _SIZES_MU,
    keep: Sequence[str] = (),
    words: Words = None,
) -> AvailableLand:
    """List the land that can be had, by status, size, industry and price (可供用地、招商地图).

    Registers of 批而未供, 供而未用 and 低效 land overlap; each piece of ground counts once.

    Parameters
    ----------
    parcels
        Polygons in any CRS; ``parcel_id`` or the index names them.
    parks
        Blocks of zones, in any CRS; None where zones are not asked for.
    units
        Unit of the price: 万元/亩, 元/m2, or 万元 for the whole parcel; or a column
        ``price_unit`` beside it, whose units are all prices by area, or all prices of parcels.
    by
        Column, or name of the index, of the parks that names the zone.
    status
        Column of the status, in the words of :func:`parkgeo.census.tabulate`.
    statuses
        What counts as available; of two on the same ground the first has it.
    industry
        Column of the industries that are allowed: codes or names, several with commas between.
    price
        Column of the price.
    district
        Column of the district; left out where there is none of that name.
    size_bins_mu
        Where one size class ends and the next begins, in mu, rising; a choice, no standard.
    keep
        Columns to carry along, such as a name or a contact.
    words
        Further words for the status, as for :func:`parkgeo.census.tabulate`.

    Returns
    -------
    An :class:`AvailableLand`.

    ``parcels``, in EPSG:4490, on the index of the input: ``parcel_id``, ``status``, ``zones``
    (tuple of labels), ``share_inside`` (NaN without parks), ``district``, ``area_mu`` (counted),
    ``gross_mu`` (of the whole parcel), ``size_class`` (ordered, of the counted area),
    ``industries`` (tuple), ``price_wanyuan_per_mu``, ``price_wanyuan`` (of the counted area), the
    columns of ``keep``, ``geometry``.

    ``summary``: ``zone``, ``status``, ``size_class``, ``n_parcels``, ``area_mu``, ``alone_mu``
    (that no other zone has). ``totals``: the same without zones, with ``inside_mu``.

    ``notes``: ``parcel_id``, ``kind`` (*not_understood*, its status; *no_geometry*;
    *counted_elsewhere*; *counted_in_part*), ``lost_mu``, ``reason``, ``reason_en``. How many
    parcels have no status, as most land does, is in ``attrs["n_without_status"]`` of ``totals``.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError
        As :func:`parkgeo.census.tabulate`.
    SchemaError
        Prices that are no numbers or below zero, units that are no price, bins that do not rise.
    UnknownNameError
        No such column, status or unit.

    References
    ----------
    杭政办函〔2017〕127号 (批而未供, 供而未用, 低效用地).
    Opinions on the high-quality development of zones (2023), item 6: 绘制全市产业链“招商地图”.

    Examples
    --------
    >>> land = gpd.GeoDataFrame({"status": ["批而未供", "在用"]},
    ...     geometry=gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"] * 2), crs=4490)
    >>> available_land(land).totals[["status", "n_parcels"]].to_numpy().tolist()
    [['approved_not_supplied', 1]]
    """
    require_frame(parcels, "parcels")
    crs.require_lonlat(parcels, "parcels")
    place_polygons(parcels)  # refuses points and invalid outlines, by row
    wanted = _statuses(statuses)
    bins = _bins(size_bins_mu)
    table = _read(parcels, status, wanted, industry, price, units or {}, keep, words)
    chosen = table[table["_rank"] >= 0].drop(columns="_odd")
    drawn = chosen[~(chosen.geometry.isna() | chosen.geometry.is_empty)]
    net = _net(drawn)
    net["size_class"] = _classes(net["area_mu"], bins)
    found, pieces = _placed(net, parks, by, parcels, district)
    columns = ["parcel_id", "status", "zones", "share_inside", "district", "area_mu", "gross_mu",
               "size_class", "industries", "price_wanyuan_per_mu", "price_wanyuan"]  # fmt: skip
    result = found[[*columns, *keep, "geometry"]]
    result.index = parcels.index.take(found["_row"].to_numpy())
    totals = _totals(pieces)
    totals.attrs["n_without_status"] = int(((table["status"] == UNKNOWN) & ~table["_odd"]).sum())
    return AvailableLand(
        gpd.GeoDataFrame(result, geometry="geometry", crs=crs.CGCS2000),
        _summary(pieces),
        totals,
        _notes(table, drawn, net),
    )


# Reading -----------------------------------------------------------------------------------------


def _statuses(statuses: Sequence[str]) -> list[str]:
    given = [statuses] if isinstance(statuses, str) else list(statuses)
    known_ = {one.value for one in Status} - {Status.UNKNOWN.value}
    read = [str(getattr(one, "value", one)) for one in given]
    if wrong := [one for one in read if one not in known_]:
        raise UnknownNameError(
            f"no status {first_rows(wrong)}; use some of {', '.join(sorted(known_))}"
        )
    if not read:
        raise SchemaError("no status is asked for; leave statuses= out for the usual three")
    return list(dict.fromkeys(read))


def _bins(bins: Sequence[float]) -> Floats:
    edges = np.asarray(list(bins), dtype=np.float64)
    if not (np.isfinite(edges).all() and (edges > 0).all() and (np.diff(edges) > 0).all()):
        raise SchemaError(f"size_bins_mu must be mu above 0 that rise, not {list(bins)!r}")
    return edges


def _read(  # noqa: PLR0913, PLR0917 - what available_land was asked
    parcels: gpd.GeoDataFrame,
    status: str,
    wanted: list[str],
    industry: str | None,
    price: str | None,
    units: Mapping[str, str],
    keep: Sequence[str],
    words: Words,
) -> gpd.GeoDataFrame:
    """Return one row per parcel, in its order, with the rank of its status among those wanted."""
    state, odd = read_words(column_of(parcels, status, "parcels", by="status="), "status", words)
    rank = {name: place for place, name in enumerate(wanted)}
    gross_mu = np.asarray(measure.area_m2(parcels.geometry) / MU_M2, dtype=np.float64)
    table = gpd.GeoDataFrame(
        {
            "_row": np.arange(len(parcels)),
            "_rank": [rank.get(one, -1) for one in state],
            "_odd": odd,
            "parcel_id": ids_of(parcels, "parcel_id"),
            "status": state.astype(str),
            "gross_mu": gross_mu,
            "price_wanyuan_per_mu": _prices(parcels, price, units, gross_mu),
        },
        geometry=crs.to_geographic(gpd.GeoSeries(parcels.geometry)).to_numpy(),
        crs=crs.CGCS2000,
    )
    said = [()] * len(parcels) if industry is None else _allowed(parcels, industry)
    table["industries"] = pd.Series(said, dtype=object)
    taken = [name for name in keep if name in {*table.columns, "zones", "area_mu", "size_class"}]
    if taken:
        raise SchemaError(f"cannot keep {first_rows(taken)}: the result has columns of that name")
    for name in keep:
        table[name] = column_of(parcels, name, "parcels", by="keep=").to_numpy()
    return table


def _allowed(parcels: gpd.GeoDataFrame, industry: str) -> list[tuple[str, ...]]:
    values = column_of(parcels, industry, "parcels", by="industry=")
    texts = [unicodedata.normalize("NFKC", str(one)) if known(one) else "" for one in values]
    parts = [map(str.strip, _SEPARATORS.split(text)) for text in texts]
    return [tuple(dict.fromkeys(part for part in some if part)) for some in parts]


def _prices(
    parcels: gpd.GeoDataFrame, price: str | None, units: Mapping[str, str], gross_mu: Floats
) -> Floats:
    """Return prices by the mu; that of a whole parcel is divided by its official area."""
    require_units(units)
    if price is None:
        if units:
            raise SchemaError(f"units names {first_rows(units)}, and no price= says which column")
        return np.full(len(parcels), np.nan)
    column_of(parcels, price, "parcels", by="price=")
    said = units.get(price)
    if said is None and f"{price}_unit" in parcels.columns:
        given = parcels[f"{price}_unit"].dropna()
        said = str(given.iloc[0]) if len(given) else None
    whole = said is not None and "/" not in said
    unit = "wanyuan" if whole else _PER_MU
    amount = in_units(pd.DataFrame(parcels), {price: unit}, units=units, what="parcels")[price]
    numbers = np.asarray(amount, dtype=np.float64)
    if not whole:
        return numbers
    # A parcel without ground has no price by the mu.
    return numbers / np.where(gross_mu > 0, gross_mu, np.nan)


def _classes(area_mu: "pd.Series[float]", bins: Floats) -> "pd.Categorical[Any]":
    """Name the size class of each area; a limit belongs to the class above it."""
    text = [f"{edge:,g}" for edge in bins]
    labels = [
        f"< {text[0]}",
        *(f"{low}–{high}" for low, high in pairwise(text)),
        f"≥ {text[-1]}",
    ] if text else ["all"]  # fmt: skip
    codes = np.searchsorted(bins, area_mu.to_numpy(dtype=np.float64), side="right")
    kind = pd.CategoricalDtype(labels, ordered=True)
    return pd.Categorical.from_codes(codes.tolist(), dtype=kind)


# Ground ------------------------------------------------------------------------------------------


def _net(drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give ground of several parcels to one of them; return those that have any, and how much."""
    net = drawn.assign(area_mu=drawn["gross_mu"], _taken_by="")
    if len(drawn) < 2:  # noqa: PLR2004 - it takes two
        return _priced(net)
    own = gpd.GeoDataFrame({"_row": drawn["_row"]}, geometry=drawn.geometry)
    pairs = overlap.pairs(own, by="_row")
    both = pairs[(pairs["relation"] != "adjacent") & (pairs["overlap_km2"] > 0)]
    involved = np.unique(both[["left", "right"]].to_numpy())
    if not len(involved):
        return _priced(net)
    keys = {
        row: (rank, str(name), row)
        for row, rank, name in zip(net["_row"], net["_rank"], net["parcel_id"], strict=True)
    }
    faces = overlap.partition(own[own["_row"].isin(involved)], by="_row")
    faces["_row"] = [min(members, key=keys.__getitem__) for members in faces["members"]]
    taken = _takers(faces, drawn.set_index("_row")["parcel_id"].to_dict())
    held = faces[["_row", "geometry"]].dissolve("_row").geometry
    area_mu = faces.groupby("_row")["area_km2"].sum().map(km2_to_mu)
    lost = net["_row"].isin(involved)
    net = net.set_index("_row", drop=False).rename_axis(None)
    net.loc[involved, "area_mu"] = area_mu.reindex(involved, fill_value=0.0)
    net.loc[involved, "geometry"] = held.reindex(involved)
    net["_taken_by"] = [taken.get(row, "") for row in net["_row"]]
    some = ~lost.to_numpy() | net["_row"].isin(held.index).to_numpy()
    return _priced(net[some])


def _takers(faces: gpd.GeoDataFrame, names: Mapping[Any, Any]) -> dict[int, str]:
    """Name for each parcel those that have some of its ground."""
    found: dict[int, set[str]] = {}
    for members, winner in zip(faces["members"], faces["_row"], strict=True):
        for row in members:
            if row != winner:
                found.setdefault(row, set()).add(str(names[winner]))
    return {row: "、".join(sorted(some)) for row, some in found.items()}


def _priced(net: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return net.assign(price_wanyuan=net["price_wanyuan_per_mu"] * net["area_mu"]).reset_index(
        drop=True
    )


def _placed(
    net: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame | None,
    by: str,
    parcels: gpd.GeoDataFrame,
    district: str | None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Tell in which zones each parcel lies, and return the pieces."""
    there = district is not None and district in parcels.columns
    names = parcels[district].take(net["_row"].to_numpy()) if there else [None] * len(net)
    said = [one if known(one) else UNKNOWN for one in names]
    found = net.assign(district=pd.Series(said, index=net.index, dtype=object))
    if parks is None:
        pieces = pd.DataFrame({"row": np.arange(len(net)), "share": 1.0})
        pieces["members"] = pd.Series([()] * len(net), dtype=object)
        return found.assign(
            zones=pd.Series([()] * len(net), index=found.index, dtype=object), share_inside=np.nan
        ), _measured(pieces, found)
    pieces = pieces_of(net, parks, by=by, district=None, what="parcels")
    inside = pieces["members"].map(len).to_numpy(dtype=np.intp) > 0
    share = np.bincount(pieces["row"][inside], pieces["share"][inside], minlength=len(net))
    zones: list[set[Any]] = [set() for _ in range(len(net))]
    for row, members, part in zip(pieces["row"], pieces["members"], pieces["share"], strict=True):
        if part > _LEAST_SHARE:
            zones[row] |= set(members)
    held = pd.Series(
        [tuple(sorted(one, key=str)) for one in zones], index=found.index, dtype=object
    )
    return found.assign(zones=held, share_inside=share.clip(0.0, 1.0)), _measured(pieces, found)


def _measured(pieces: pd.DataFrame, found: gpd.GeoDataFrame) -> pd.DataFrame:
    at = pieces["row"].to_numpy(dtype=np.intp)
    return pieces.assign(
        area_mu=pieces["share"].to_numpy() * found["area_mu"].to_numpy()[at],
        status=found["status"].to_numpy()[at],
        size_class=found["size_class"].array.take(at),
        n_zones=pieces["members"].map(len).astype("int64"),
    )


# Sums --------------------------------------------------------------------------------------------


def _summary(pieces: pd.DataFrame) -> pd.DataFrame:
    held = pieces.explode("members").dropna(subset="members").rename(columns={"members": "zone"})
    held["alone_mu"] = held["area_mu"].where(held["n_zones"] == 1, 0.0)
    keys = ["zone", "status", "size_class"]
    table = held.groupby(keys, observed=True, sort=False, as_index=False).agg(
        n_parcels=("row", "nunique"), area_mu=("area_mu", "sum"), alone_mu=("alone_mu", "sum")
    )
    return _ordered(table, keys)


def _totals(pieces: pd.DataFrame) -> pd.DataFrame:
    inside = pieces.assign(inside_mu=pieces["area_mu"].where(pieces["n_zones"] > 0, 0.0))
    keys = ["status", "size_class"]
    table = inside.groupby(keys, observed=True, sort=False, as_index=False).agg(
        n_parcels=("row", "nunique"), area_mu=("area_mu", "sum"), inside_mu=("inside_mu", "sum")
    )
    return _ordered(table, keys)


def _ordered(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sort by zone and status as text, and by size."""
    text = [pd.factorize(table[name].map(str), sort=True)[0] for name in keys[:-1]]
    order = np.lexsort([np.asarray(table[keys[-1]].cat.codes), *reversed(text)])
    return table.take(order).reset_index(drop=True)


def _notes(table: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, net: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say of each parcel that is not wholly counted why."""
    rows: list[tuple[object, str, float, Text]] = []
    rows += [
        (name, "not_understood", np.nan, _NOT_UNDERSTOOD)
        for name in table.loc[table["_odd"], "parcel_id"]
    ]
    chosen = table[table["_rank"] >= 0]
    lost = chosen[~chosen["_row"].isin(drawn["_row"])]
    rows += [(name, "no_geometry", np.nan, _NO_GEOMETRY) for name in lost["parcel_id"]]
    gone = drawn[~drawn["_row"].isin(net["_row"])]
    rows += [
        (name, "counted_elsewhere", float(mu), _ELSEWHERE)
        for name, mu in zip(gone["parcel_id"], gone["gross_mu"], strict=True)
    ]
    part = net[net["_taken_by"] != ""]
    for name, gross, own, by in zip(
        part["parcel_id"], part["gross_mu"], part["area_mu"], part["_taken_by"], strict=True
    ):
        text = Text(f"部分范围已计入 {by}", f"some of its ground is counted for {by}")
        rows.append((name, "counted_in_part", float(gross - own), text))
    return pd.DataFrame(
        [(name, kind, mu, text.zh, text.en) for name, kind, mu, text in rows],
        columns=["parcel_id", "kind", "lost_mu", "reason", "reason_en"],
    )


_NOT_UNDERSTOOD: Final = Text(
    "状态用语无法识别，未计入", "its status is not understood; not counted"
)
_NO_GEOMETRY: Final = Text("没有图形，面积不明", "it has no geometry, so its area is not known")
_ELSEWHERE: Final = Text("全部范围已计入其他地块", "all of its ground is counted for other parcels")
