"""What a drawn basemap is made of: rows in one form, and how important each is."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo._page import on_wgs84
from parkgeo.errors import GeometryError, SchemaError, first_rows
from parkgeo.model import LineKind

__all__ = ["LOWEST_RANK", "metres_per_degree", "rank_by_size", "scaled", "tidy"]

LOWEST_RANK: Final = 6
"""Of what is seen from near only; 1 is seen from afar."""
_PLACE: Final = "place"
_KINDS: Final = (*(kind.value for kind in LineKind), _PLACE)
_DIMENSIONS: Final = {
    "road": (1,),
    "railway": (1,),
    "river": (1, 2),
    "border": (1, 2),
    "place": (0, 2),
}
_FORMS: Final = {"river": "lines or areas", "border": "lines or areas", "place": "points or areas"}
_M_PER_DEGREE: Final = 111_320.0

_CLASS_COLUMNS: Final = ("class", "fclass", "cls", "highway", "railway", "place", "等级")
_RANK_OF_CLASS: Final = {
    word: rank
    for rank, words in {
        1: "motorway 高速公路 city",
        2: "trunk 快速路 国道",
        3: "primary 主干路 主干道 省道 town",
        4: "secondary 次干路 次干道 县道 suburb",
        5: "tertiary unclassified residential subway light_rail tram 支路 乡道 village quarter",
        6: "service footway path cycleway steps pedestrian track living_street bridleway "
        "platform construction abandoned disused 村道",
    }.items()
    for word in words.split()
}
"""OpenStreetMap's classes, and those of Chinese road surveys (公路等级, 城市道路等级)."""
_LINK: Final = r"_link$|_grade\d$"
# Numbers of roads, GB/T 917: G or S with one, two or four digits are expressways, G with three are
# national roads and S with three provincial ones.
_RANK_OF_REF: Final = ((r"\b[GS](?:\d{1,2}|\d{4})\b", 1), (r"\bG\d{3}\b", 2), (r"\bS\d{3}\b", 3))
_RANK_OF_NAME: Final = ((r"高速(?:公路)?$", 1), (r"(?:快速路|高架路?)$", 2))
_ADMIN_COLUMNS: Final = ("admin_level", "lvl")
_RANK_OF_LEVEL: Final = {2: 1, 3: 1, 4: 1, 5: 1, 6: 2, 7: 3, 8: 4, 9: 5, 10: 5}

_LENGTHS_M: Final = {
    "road": (np.inf, 30_000.0, 12_000.0, 4_000.0, 1_000.0),
    "river": (60_000.0, 25_000.0, 10_000.0, 4_000.0, 1_000.0),
    "railway": (20_000.0, 10_000.0, 5_000.0, 2_000.0, 500.0),
    "border": (0.0,),
    "place": (0.0,),
}
"""How long all lines of a name are together, from rank 1 on, where nothing else tells the rank."""
_AREAS_KM2: Final = (20.0, 3.0, 0.8, 0.15, 0.02)


def tidy(frame: gpd.GeoDataFrame, *, number: int) -> gpd.GeoDataFrame:
    """Bring lines, areas and points into one form, in WGS 84.

    Parameters
    ----------
    frame
        With a geometry and ``kind``, in any CRS that parkgeo knows.
    number
        Which of the frames it is, from 1, for messages.

    Returns
    -------
    One row per simple geometry: ``kind``, ``zh`` and ``en`` (its name, null without), ``rank``
    (null where nothing tells it), ``geometry``. Rows without a geometry are left out.
    """
    what = f"frame {number}"
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise SchemaError(
            f"{what} is a {type(frame).__name__} without geometry; a basemap is drawn from a "
            "GeoDataFrame of lines, areas and names of places, or from a parkgeo Gazetteer"
        )
    crs.require_crs(frame, what)
    kinds = _kinds(frame, what)
    _refuse_forms(frame, kinds, what)
    crs.require_lonlat(frame, what)
    zh, en = _texts(frame, "name"), _texts(frame, "name_en")
    ref = _texts(frame, "ref")
    zh = zh.fillna(ref.where(kinds == "road"))
    rows = gpd.GeoDataFrame(
        {
            "kind": kinds,
            "zh": zh.fillna(en),
            "en": en.fillna(zh),
            "rank": _ranks(frame, kinds, ref, what),
        },
        geometry=shapely.force_2d(frame.geometry.to_numpy()),
        crs=frame.crs,
    )
    there = rows[~(rows.geometry.isna() | rows.geometry.is_empty)]
    return on_wgs84(there).explode(ignore_index=True)


def _kinds(frame: gpd.GeoDataFrame, what: str) -> "pd.Series[str]":
    if "kind" not in frame:
        raise SchemaError(
            f"{what} has no column 'kind'; found {', '.join(map(str, frame.columns[:12]))}. Say "
            "what its rows are, frame.assign(kind='road') or river, railway, border, place, or "
            "take the lines of a gazetteer: parkgeo.gazetteer.read(…).lines"
        )
    kinds = _texts(frame, "kind")
    wrong = ~kinds.isin(_KINDS)
    if wrong.any():
        found = first_rows(frame["kind"][wrong].drop_duplicates())
        raise SchemaError(
            f"{what} has a kind that cannot be drawn: {found}, in rows "
            f"{first_rows(frame.index[wrong])}; use {', '.join(_KINDS)}"
        )
    return kinds


def _refuse_forms(frame: gpd.GeoDataFrame, kinds: "pd.Series[str]", what: str) -> None:
    """Refuse roads that are areas, coordinates that are no numbers, invalid areas."""
    shapes = frame.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    dimension = shapely.get_dimensions(shapes)
    collection = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for kind, allowed in _DIMENSIONS.items():
        wrong = (kinds == kind).to_numpy() & there & (~np.isin(dimension, allowed) | collection)
        if wrong.any():
            found = ", ".join(sorted(set(frame.geom_type[wrong])))
            raise GeometryError(
                f"{what} has kind {kind!r} as {found}, in rows {first_rows(frame.index[wrong])}; "
                f"it is drawn from {_FORMS.get(kind, 'lines')}"
            )
    places, row = shapely.get_coordinates(shapes, return_index=True)
    if len(broken := np.unique(row[~np.isfinite(places).all(axis=1)])):
        raise GeometryError(
            f"{what} has coordinates that are no numbers, in rows "
            f"{first_rows(frame.index[broken])}; leave them out"
        )
    invalid = there & ~shapely.is_valid(shapes)
    if invalid.any():
        raise GeometryError(
            f"{what} has invalid geometries in rows {first_rows(frame.index[invalid])}; mend them "
            "with parkgeo.io.repair"
        )


def _texts(frame: gpd.GeoDataFrame, column: str) -> "pd.Series[str]":
    """Return a column as text, null where it is missing or blank."""
    if column not in frame:
        return pd.Series([None] * len(frame), index=frame.index, dtype="str")
    if list(frame.columns).count(column) > 1:
        raise SchemaError(f"several columns are named {column!r}; rename them, or drop all but one")
    values = frame[column]
    # Halves of characters, which no page can hold, are replaced.
    written = [str(one).encode("utf-8", "replace").decode().strip() for one in values]
    return pd.Series(written, index=frame.index, dtype="str").where(
        values.notna() & (np.array(written) != "")
    )


# Ranks -------------------------------------------------------------------------------------------


def _ranks(
    frame: gpd.GeoDataFrame, kinds: "pd.Series[str]", ref: "pd.Series[str]", what: str
) -> "pd.Series[Any]":
    """Return the rank as given, by class, by number, or by name; null where none tells it."""
    ranks = _given_ranks(frame, what)
    road = kinds == "road"
    for column in _CLASS_COLUMNS:
        word = _texts(frame, column)
        base = word.str.replace(_LINK, "", regex=True)
        found = base.map(_RANK_OF_CLASS).astype("Float64")
        # The road that leads from one to the other is less than either.
        found = (found + 2 * (base != word)).clip(upper=LOWEST_RANK)
        ranks = ranks.fillna(found)
    for column in _ADMIN_COLUMNS:
        level = pd.to_numeric(_texts(frame, column), errors="coerce")
        ranks = ranks.fillna(level.map(_RANK_OF_LEVEL).astype("Float64").where(kinds == "border"))
    name = _texts(frame, "name")
    for texts, patterns in ((ref, _RANK_OF_REF), (name, _RANK_OF_NAME)):
        for pattern, rank in patterns:
            hit = road & texts.str.contains(pattern, regex=True).fillna(False).astype(bool)  # noqa: FBT003
            ranks = ranks.mask(ranks.isna() & hit, rank)
    return ranks


def _given_ranks(frame: gpd.GeoDataFrame, what: str) -> "pd.Series[Any]":
    if "rank" not in frame:
        return pd.Series([None] * len(frame), index=frame.index, dtype="Float64")
    numbers = pd.to_numeric(frame["rank"], errors="coerce").astype("Float64")
    wrong = frame["rank"].notna() & ~numbers.isin(range(1, LOWEST_RANK + 1))
    if wrong.any():
        raise SchemaError(
            f"{what} has a rank that is none, in rows {first_rows(frame.index[wrong])}; ranks are "
            f"whole numbers from 1, seen from afar, to {LOWEST_RANK}, or null"
        )
    return numbers


def rank_by_size(rows: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Give each row a rank: its own, or one by how large what bears its name is.

    Parameters
    ----------
    rows
        As :func:`tidy` returns them.

    Returns
    -------
    Ranks from 1 to 6.
    """
    flat = scaled(rows.geometry.to_numpy(), metres_per_degree(rows.geometry))
    areal = shapely.get_dimensions(flat) == 2  # noqa: PLR2004
    lengths_m = pd.Series(np.where(areal, 0.0, shapely.length(flat)), index=rows.index)
    total_m = lengths_m.groupby([rows["kind"], rows["zh"]]).transform("sum").fillna(lengths_m)
    found = np.full(len(rows), LOWEST_RANK, dtype=np.float64)
    for kind, limits in _LENGTHS_M.items():
        own = (rows["kind"] == kind).to_numpy()
        found[own] = _class_of(total_m.to_numpy()[own], limits)
    area_km2 = shapely.area(flat[areal]) / 1e6
    found[areal] = _class_of(area_km2, _AREAS_KM2)
    districts = (areal & rows["kind"].isin(["border", _PLACE])).to_numpy()
    found[districts] = 2
    found[(rows["kind"] == "border").to_numpy() & ~areal] = 2
    found[(rows["kind"] == _PLACE).to_numpy() & ~areal] = 3
    ranks: NDArray[np.int64] = (
        rows["rank"].fillna(pd.Series(found, index=rows.index)).to_numpy(np.int64)
    )
    return ranks


def _class_of(sizes: NDArray[np.float64], limits: tuple[float, ...]) -> NDArray[np.int64]:
    """Return 1 for what reaches the first limit, 2 for the second, and so on."""
    missed: NDArray[np.int64] = (sizes[:, None] < np.array(limits)).sum(axis=1)
    return 1 + missed


def metres_per_degree(shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    """Say how long a degree of longitude and one of latitude are where shapes lie, about."""
    _, south, _, north = shapes.total_bounds
    return _M_PER_DEGREE * np.array([np.cos(np.radians((south + north) / 2)), 1.0])


def scaled(shapes: NDArray[np.object_], factors: NDArray[np.float64]) -> NDArray[np.object_]:
    """Multiply coordinates: degrees by metres per degree, and back."""
    return np.asarray(shapely.transform(shapes, lambda lon_lat: lon_lat * factors), dtype=object)
