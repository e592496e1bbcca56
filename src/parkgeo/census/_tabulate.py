"""What industrial land is used for, where it stands, and who holds it: the cross tables."""

from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo._ground import overlay_errors, require_frame
from parkgeo.census._census import Census
from parkgeo.census._cover import Cover, area_km2_of, counted_twice, cover
from parkgeo.census._keys import column_of, ids_of, keys_of
from parkgeo.census._legal import Classes, legal_use
from parkgeo.census._notes import notes
from parkgeo.census._words import UNKNOWN, Flags, Texts, Words, read_words
from parkgeo.errors import SchemaError
from parkgeo.units import KM2_M2, km2_to_mu

_READ: Final = ("legal_use", "use", "status")


@dataclass(frozen=True)
class Read:
    """Each parcel in the words of the census, and where a word was not understood."""

    ids: Texts
    district: Texts
    legal_use: Texts
    use: Texts
    status: Texts
    odd_use: Flags
    odd_status: Flags


@overlay_errors("tabulate")
def tabulate(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame | None = None,
    *,
    use: str | None = "use",
    status: str | None = "status",
    district: str | None = "district",
    districts: gpd.GeoDataFrame | None = None,
    platform: str = "brand_id",
    classes: Classes = "industry",
    system: str | None = None,
    words: Words = None,
) -> Census:
    """Tabulate industrial land by use, status, district, platform (摸清工业用地家底).

    Every parcel is in the result. What is not known is a row of its own, with its reason in the
    findings; nothing is left out.

    Parameters
    ----------
    parcels
        Polygons in any CRS, with ``class_code`` and the columns below. ``parcel_id`` names them in
        findings, else the index.
    parks
        Blocks of platforms, in any CRS; None where platforms are not asked for.
    use
        Column of the actual use: industry, innovative industry, other use, idle, or 按工业功能使用,
        发展创新型产业, 挪作他用, 闲置 and their variants. None where nobody has looked.
    status
        Column of the status: 批而未供, 供而未用, 在建, 闲置, 低效, 在用 and their variants, or the
        values of :class:`Status`.
    district
        Column of the district; with ``districts``, column or name of the index of those.
    districts
        Polygons of districts that do not overlap, in any CRS: ground then counts where it lies,
        whatever the parcels say, and parcels are cut at the borders; what lies in none of them is
        "unknown". The areas are those of :func:`parkgeo.concentration.ratio` with districts.
    platform
        Column, or name of the index, of the parks that names the platform.
    classes
        What is industrial land by law: codes, or groups of ``parkgeo.landuse.INDUSTRIAL``.
    system
        The class system of codes for which ``class_system`` says none.
    words
        Further words: ``{"use": {"厂房": "industry"}, "status": {…}}``.

    Returns
    -------
    Census
        With ``table``, ``platforms``, ``parcels``, ``findings``, ``totals`` and ``cross``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        A frame does not say where it lies, or coordinates contradict it.
    GeometryError
        Invalid geometries, other kinds than polygons, no park with a geometry; districts that
        overlap.
    SchemaError
        No class system is known for a group of classes; codes that are no text; districts without
        a name.
    UnknownNameError
        No such column, class or system; words that lead nowhere.

    Notes
    -----
    A parcel across a boundary is cut there. One that is in two districts is counted in the one that
    its column says, unless ``districts`` are given. A parcel without geometry has no area and is
    counted in ``n_parcels``.

    References
    ----------
    杭政办函〔2017〕127号, part 3: item 1 (actual use, by district and platform), and action 3 of
    item 3 (批而未供, 供而未用, 低效).

    Examples
    --------
    >>> land = gpd.GeoDataFrame({"use": ["工业", "闲置"], "status": ["在用", "供而未用"]},
    ...     geometry=gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"] * 2), crs=4490)
    >>> tabulate(land, district=None).cross("use", "status", values="n_parcels")["all"].tolist()
    [1, 1, 2]
    """
    require_frame(parcels, "parcels")
    crs.require_lonlat(parcels, "parcels")
    if districts is not None and district is None:
        raise SchemaError("districts need district=, the column of theirs that names them")
    own = district if districts is None else None
    read = _read(parcels, use, status, own, classes, system, words)
    ground = cover(parcels, parks, platform, districts=districts, district=district or "")
    if ground.district is not None:
        read = replace(read, district=_most(ground, len(parcels)))
    cells = _cells(read, ground, len(parcels), asked=parks is not None)
    table = _table(cells, ground)
    rows = _rows(parcels, read, ground, asked=parks is not None)
    asked = {"use": use, "status": status, "district": own}
    asked["districts"] = None if districts is None else district
    return Census(
        table=table,
        platforms=_platforms(cells, ground),
        parcels=rows,
        findings=notes(parcels, rows, read.odd_use, read.odd_status, read.ids, asked),
        totals=_totals(parcels, rows, table, ground),
    )


def _read(  # noqa: PLR0913, PLR0917 - what tabulate was asked
    parcels: gpd.GeoDataFrame,
    use: str | None,
    status: str | None,
    district: str | None,
    classes: Classes,
    system: str | None,
    words: Words,
) -> Read:
    uses, odd_use = _word(parcels, use, "use", words)
    statuses, odd_status = _word(parcels, status, "status", words)
    return Read(
        ids_of(parcels, "parcel_id"),
        _district(parcels, district),
        legal_use(parcels, classes, system),
        uses,
        statuses,
        odd_use,
        odd_status,
    )


def _word(
    parcels: gpd.GeoDataFrame, name: str | None, vocabulary: str, words: Words
) -> tuple[Texts, Flags]:
    if name is None:
        blank = pd.Series([None] * len(parcels), dtype=object)
        return read_words(blank, vocabulary, words)
    column = column_of(parcels, name, "parcels", by=f"{vocabulary}=, or None where nobody looked")
    return read_words(column, vocabulary, words)


def _district(parcels: gpd.GeoDataFrame, name: str | None) -> Texts:
    if name is None:
        return np.full(len(parcels), UNKNOWN, dtype=object)
    column = column_of(parcels, name, "parcels", by="district=, or None, or give districts=")
    found = keys_of(column)
    return np.array([UNKNOWN if one is None else one for one in found], dtype=object)


def _names(ground: Cover) -> Texts:
    """Return the districts as text; what lies in none of them is unknown."""
    named = keys_of(pd.Series(list(ground.districts), dtype=object))
    return np.array([UNKNOWN if one is None else one for one in named], dtype=object)


def _most(ground: Cover, size: int) -> Texts:
    """Say in which district most of each parcel lies; of equals the first of them."""
    pieces = pd.DataFrame(
        {"parcel": ground.parcel, "district": ground.district, "share": ground.share}
    )
    sums = pieces.groupby(["parcel", "district"], as_index=False).sum()
    # Halves of a parcel differ by rounding, which must not choose between them.
    order = np.lexsort([sums["district"], -sums["share"].round(9), sums["parcel"]])
    most = sums.iloc[order].drop_duplicates("parcel")
    out = np.full(size, UNKNOWN, dtype=object)
    out[ground.placed.rows[most["parcel"]]] = _names(ground)[most["district"]]
    return out


def _cells(read: Read, ground: Cover, size: int, *, asked: bool) -> pd.DataFrame:
    """Return one row per piece of a parcel, and one per parcel without a geometry."""
    row = ground.placed.rows[ground.parcel]
    lost = np.setdiff1d(np.arange(size), ground.placed.rows)
    every = np.append(row, lost)
    largest = np.ones(len(every), dtype=np.int64)
    largest[: len(row)] = _largest(ground)
    inside = np.array([bool(members) for members in ground.sets], dtype=np.bool_)[ground.code]
    place = np.full(len(every), UNKNOWN, dtype=object)
    if asked:
        place[: len(row)] = np.where(inside, "inside", "outside")
    district = read.district[every]
    if ground.district is not None:
        district[: len(row)] = _names(ground)[ground.district]
    return pd.DataFrame(
        {
            "row": every,
            "code": np.append(ground.code, np.full(len(lost), -1)),
            "place": place,
            "area_km2": np.append(ground.area_km2, np.zeros(len(lost))),
            "n_parcels": largest,
            "district": district,
            **{key: getattr(read, key)[every] for key in _READ},
        },
    )


def _largest(ground: Cover) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Mark the piece of each parcel that is the largest; of equals the first."""
    # Pieces of one half each differ by rounding, which must not choose between them.
    where = ground.code
    if ground.district is not None:
        where = where + ground.district * len(ground.sets)
    order = np.lexsort([where, -np.round(ground.share, 9), ground.parcel])
    first = order[np.unique(ground.parcel[order], return_index=True)[1]]
    marked = np.zeros(len(ground.parcel), dtype=np.int64)
    marked[first] = 1
    return marked


def _table(cells: pd.DataFrame, ground: Cover) -> pd.DataFrame:
    keys = ["district", "code", "place", "legal_use", "use", "status"]
    table = cells.groupby(keys, as_index=False, sort=True)[["area_km2", "n_parcels"]].sum()
    sets = [*ground.sets, ()]  # the code -1 is the last
    members = pd.Series([sets[code] for code in table["code"]], dtype=object)
    table.insert(1, "members", members)
    table.insert(len(keys) + 1, "area_mu", km2_to_mu(table["area_km2"]))
    order = ["district", "members", *keys[2:], "area_km2", "area_mu", "n_parcels"]
    return table[order]


def _platforms(cells: pd.DataFrame, ground: Cover) -> pd.DataFrame:
    """Return what each platform holds, whoever else is there."""
    piece, platform = ground.by_platform()
    holders = np.bincount(piece, minlength=len(ground.code))
    held = cells.iloc[piece].assign(platform=platform)
    held["alone_km2"] = held["area_km2"].where(holders[piece] == 1, 0.0)
    keys = ["platform", "district", "legal_use", "use", "status"]
    table = held.groupby(keys, as_index=False, sort=True, dropna=False).agg(
        area_km2=("area_km2", "sum"), alone_km2=("alone_km2", "sum"), n_parcels=("row", "nunique")
    )
    table["area_mu"] = km2_to_mu(table["area_km2"])
    table["shared_km2"] = (table["area_km2"] - table["alone_km2"]).clip(lower=0.0)
    return table[[*keys, "area_km2", "area_mu", "alone_km2", "shared_km2", "n_parcels"]]


def _rows(parcels: gpd.GeoDataFrame, read: Read, ground: Cover, *, asked: bool) -> gpd.GeoDataFrame:
    """Return each parcel as it was read."""
    area = np.full(len(parcels), np.nan)
    area[ground.placed.rows] = area_km2_of(ground.placed)
    held = np.array([bool(members) for members in ground.sets], dtype=np.bool_)[ground.code]
    covered = np.bincount(
        ground.parcel[held], ground.share[held], minlength=len(ground.placed.rows)
    )
    share = np.full(len(parcels), np.nan)
    if asked:
        share[ground.placed.rows] = np.clip(covered, 0.0, 1.0)
    return gpd.GeoDataFrame(
        {
            "parcel_id": read.ids,
            "district": read.district,
            "legal_use": read.legal_use,
            "use": read.use,
            "status": read.status,
            "area_km2": area,
            "share_inside": share,
        },
        index=parcels.index,
        geometry=parcels.geometry,
    )


def _totals(
    parcels: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, table: pd.DataFrame, ground: Cover
) -> dict[str, object]:
    area_km2 = float(table["area_km2"].sum())
    lost = rows["area_km2"].isna().to_numpy()
    stated = pd.to_numeric(parcels["area_m2"], errors="coerce") if "area_m2" in parcels else None
    unknown = {
        name: {
            "n": int((rows[name] == UNKNOWN).sum()),
            "area_km2": float(table.loc[(table[name] == UNKNOWN).to_numpy(), "area_km2"].sum()),
        }
        for name in ("use", "status", "legal_use", "district")
    }
    return {
        "n_parcels": len(parcels),
        "area_km2": area_km2,
        "area_mu": km2_to_mu(area_km2),
        "inside_km2": float(table.loc[table["place"] == "inside", "area_km2"].sum()),
        "unknown": unknown,
        "without_geometry": {
            "n": int(lost.sum()),
            "stated_km2": float(stated[lost].sum(min_count=1)) / KM2_M2
            if stated is not None
            else float("nan"),
        },
        "counted_twice": counted_twice(ground.placed.shapes),
        "platforms": [label for label in ground.labels if label not in ground.undrawn],
        "platforms_without_geometry": [str(label) for label in ground.undrawn],
        "parks_without_geometry": ground.without_geometry,
    }
