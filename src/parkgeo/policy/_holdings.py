"""Which land each firm holds, where firms share parcels and stand on several."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._ground import require_frame
from parkgeo._style import Text
from parkgeo.census._cover import area_km2_of, counted_twice, place_polygons
from parkgeo.census._keys import Texts, column_of, ids_of, keys_of
from parkgeo.errors import SchemaError, first_rows
from parkgeo.policy._quantities import in_units
from parkgeo.units import km2_to_mu

__all__ = ["EQUAL", "Holdings", "firm_ids", "hold"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EQUAL: Final = "equal"


@dataclass(frozen=True)
class Holdings:
    """Land of firms, parcel by parcel."""

    ids: Texts
    """Id of each firm."""
    parcel_ids: Texts
    area_mu: Floats
    """Official area of each parcel on which a firm stands; NaN of others."""
    table: pd.DataFrame
    """One row per firm and parcel: positions ``firm`` (-1: not in the frame) and ``parcel`` (-1:
    not in the frame), ``mu``."""
    land_mu: Floats
    """Land of each firm; NaN where any of it is not known."""
    twice: dict[str, object]
    """What parcels count twice that overlap."""
    notes: list[tuple[Flags, Text]]
    """Which firms have no land, and why."""


def firm_ids(firms: pd.DataFrame, enterprise: str) -> Texts:
    """Read the ids of firms; each stands in one row."""
    ids = ids_of(firms, enterprise)
    named = pd.Series(ids)
    if (blank := named.isna().to_numpy()).any():
        raise SchemaError(
            f"firms have no {enterprise!r} in rows {first_rows(firms.index[blank])}; name each"
        )
    if (again := named.duplicated(keep=False).to_numpy()).any():
        raise SchemaError(
            f"firms stand in several rows, {first_rows(named[again].drop_duplicates())}, so what "
            "they earn could be counted twice; give one row per firm, and the parcels on which it "
            "stands in sites="
        )
    return ids


def hold(  # noqa: PLR0913 - the options of per_mu
    firms: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    sites: pd.DataFrame | None,
    split: str,
    enterprise: str,
    parcel: str,
) -> Holdings:
    """Divide parcels among the firms that stand on them."""
    require_frame(parcels, "parcels")
    ids = firm_ids(firms, enterprise)
    land = ids_of(parcels, parcel)
    links = _links(firms, ids, sites, split, enterprise, parcel)
    links["firm"] = pd.Index(ids).get_indexer(pd.Index(links["firm_id"], dtype=object))
    _refuse_doubled(parcels, land, links["parcel_id"], parcel)
    links["parcel"] = _positions(land, links["parcel_id"])
    used = np.unique(links.loc[links["parcel"] >= 0, "parcel"])
    placed = place_polygons(parcels.iloc[used])
    area_mu = np.full(len(parcels), np.nan)
    area_mu[used[placed.rows]] = km2_to_mu(area_km2_of(placed))
    links["mu"] = np.append(area_mu, np.nan)[links["parcel"]] * _parts(links)
    links = links.sort_values(["firm_id", "parcel_id"], kind="stable").reset_index(drop=True)
    own = links[links["firm"] >= 0]
    firm = own["firm"].to_numpy(dtype=np.intp)
    named = np.isin(np.arange(len(firms)), firm)
    # Unlike sum(), counting with weights keeps NaN: of land known in part the whole is not known.
    land_mu = np.bincount(firm, own["mu"], minlength=len(firms)).astype(np.float64)
    land_mu[~named] = np.nan
    notes = _notes(own[own["mu"].isna()], area_mu, named)
    table = links[["firm", "parcel", "mu"]]
    return Holdings(ids, land, area_mu, table, land_mu, counted_twice(placed.outlines), notes)


def _links(  # noqa: PLR0913, PLR0917 - what hold was asked
    firms: pd.DataFrame,
    ids: Texts,
    sites: pd.DataFrame | None,
    split: str,
    enterprise: str,
    parcel: str,
) -> pd.DataFrame:
    """List which firm stands on which parcel, each pair once, and with which weight."""
    if sites is None:
        source, firm_id = firms, ids
    else:
        source, firm_id = sites, keys_of(column_of(sites, enterprise, "sites"))
    what = "firms" if sites is None else "sites"
    links = pd.DataFrame(
        {
            "firm_id": firm_id,
            "parcel_id": keys_of(column_of(source, parcel, what, by="parcel=")),
            "weight": _weights(firms, ids, source, firm_id, split, what),
        },
        dtype=object,
    )
    links = links.dropna(subset=["firm_id", "parcel_id"])
    if split == EQUAL or split not in source.columns:
        return links.drop_duplicates(["firm_id", "parcel_id"]).astype({"weight": "float64"})
    pair = links.groupby(["firm_id", "parcel_id"]).ngroup().to_numpy(dtype=np.intp)
    weight = np.bincount(pair, links["weight"].to_numpy(dtype=np.float64))
    first = links.iloc[np.unique(pair, return_index=True)[1]]
    return first.assign(weight=weight)


def _weights(  # noqa: PLR0913, PLR0917 - what hold was asked
    firms: pd.DataFrame, ids: Texts, source: pd.DataFrame, firm_id: Texts, split: str, what: str
) -> Floats:
    """Return the weight of each row of the links; one of the sites, or of the firm."""
    if split == EQUAL:
        return np.ones(len(source))
    frame, name = (source, what) if split in source.columns else (firms, "firms")
    column_of(frame, split, name, by="split=")
    values = in_units(frame, {split: "ratio"}, units={split: "ratio"}, what=name)[split].to_numpy()
    if frame is source:
        return np.asarray(values, dtype=np.float64)
    at = pd.Index(ids).get_indexer(pd.Index(firm_id, dtype=object))
    return np.asarray(np.append(values, np.nan)[at], dtype=np.float64)


def _refuse_doubled(
    parcels: pd.DataFrame, land: Texts, asked: "pd.Series[str]", parcel: str
) -> None:
    ids = pd.Series(land)
    doubled = ids.duplicated(keep=False) & ids.isin(asked)
    if doubled.any():
        raise SchemaError(
            f"several parcels have one {parcel!r}, {first_rows(ids[doubled].drop_duplicates())}, "
            f"in rows {first_rows(parcels.index[doubled])}; dissolve them, or number them"
        )


def _positions(land: Texts, asked: "pd.Series[str]") -> NDArray[np.intp]:
    places = pd.Series(np.arange(len(land)), index=pd.Index(land, dtype=object))
    places = places[~places.index.duplicated()]
    return asked.map(places).fillna(-1).to_numpy(dtype=np.intp)


def _parts(links: pd.DataFrame) -> Floats:
    """Return the part of its parcel that falls to each row; parts of a parcel add up to 1."""
    codes = pd.factorize(links["parcel_id"])[0]
    weight = links["weight"].to_numpy(dtype=np.float64)
    total, count = np.bincount(codes, weight)[codes], np.bincount(codes)[codes]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(total > 0, weight / total, np.nan)
    return np.where(count == 1, 1.0, parts)


def _notes(lost: pd.DataFrame, area_mu: Floats, named: Flags) -> list[tuple[Flags, Text]]:
    """Say which firms have land that is not known, and why."""
    at = lost["parcel"].to_numpy(dtype=np.intp)
    away = at < 0
    shapeless = ~away & np.isnan(np.append(area_mu, 0.0)[at])
    torn = ~away & ~shapeless

    def firms(rows: Flags) -> Flags:
        return np.isin(np.arange(len(named)), lost["firm"].to_numpy()[rows])

    return [
        (~named, Text("未注明所在地块", "no parcel is named for it")),
        (firms(away), Text("所列地块不在地块表中", "a parcel of it is not among the parcels")),
        (firms(shapeless), Text("地块没有范围", "a parcel of it has no geometry")),
        (firms(torn), Text("共用地块缺少分摊权数", "a parcel that it shares cannot be divided")),
    ]
