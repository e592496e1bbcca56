"""The investment map: land that can be had, to be filtered by what an investor asks."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._page import (
    BasemapChoice,
    DrawnLayers,
    Map,
    base_map,
    bounds_of,
    compressed_json,
    on_wgs84,
    packed,
)
from parkgeo._style import WORDS, Text, known, require_language
from parkgeo._style import attribution as attribution_of
from parkgeo.census import Status
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.maps._outlines import outlines, refuse_large, require_budget
from parkgeo.policy import AvailableLand

__all__ = ["investment_map"]

_TITLE: Final = Text("招商地图", "Investment map")
_COLORS: Final = {
    Status.APPROVED_NOT_SUPPLIED: "#117733",
    Status.SUPPLIED_NOT_USED: "#DDAA33",
    Status.INEFFICIENT: "#AA4499",
    Status.IDLE: "#332288",
    Status.UNDER_CONSTRUCTION: "#88CCEE",
    Status.IN_USE: "#CC6677",
}
_MOST_INDUSTRIES: Final = 40
_WORDS: Final[dict[str, Text]] = {
    **{key: WORDS[key] for key in ("legend", "language", "panel", "zoom_to", "zoom_all", "area")},
    "loading": Text("正在读取…", "Reading…"),
    "row": Text("第 {} 行", "Row {}"),
    "filters": Text("筛选", "Filters"),
    "statuses": Text("土地状态", "Status"),
    "sizes": Text("面积（亩）", "Size (mu)"),
    "industry": Text("准入产业", "Allowed industry"),
    "every_industry": Text("全部产业", "All industries"),
    "price": Text("价格（万元/亩）", "Price (10,000 yuan per mu)"),
    "lowest": Text("最低", "lowest"),
    "highest": Text("最高", "highest"),
    "unpriced": Text("含未标价地块", "Parcels without a price too"),
    "found": Text("符合条件", "Found"),
    "found_line": Text("{} 块，{} 亩", "{} parcels, {} mu"),
    "list": Text("地块（由大到小）", "Parcels, the largest first"),
    "more": Text("显示更多", "Show more"),
    "nothing": Text("没有符合条件的地块", "No parcel fits"),
    "reset": Text("清除筛选", "Clear the filters"),
    "mu": Text("{} 亩", "{} mu"),
    "status": Text("状态", "Status"),
    "counted": Text("可供面积", "Available area"),
    "gross": Text("宗地面积", "Whole parcel"),
    "per_mu": Text("价格", "Price"),
    "per_mu_value": Text("{} 万元/亩", "{} yuan per mu"),
    "total": Text("按可供面积合计", "For the available area"),
    "wanyuan": Text("{} 万元", "{} yuan"),
    "zones": Text("所在园区", "In the zones"),
    "outside": Text("不在园区内", "in none"),
    "district": Text("行政区", "District"),
    "no_price": Text("未标价", "not stated"),
    "outlines": Text("园区范围", "Zones"),
}


def investment_map(  # noqa: PLR0913 - independent options, all by keyword
    land: AvailableLand,
    parks: gpd.GeoDataFrame | None = None,
    *,
    name: str | None = None,
    by: str = "brand_id",
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
    budget_mb: float = 30.0,
) -> Map:
    """Show land that can be had, by status, size, industry and price (招商地图).

    The panel counts and lists what fits, the largest first; a click opens a parcel's card with its
    area in mu, price, allowed industries and zones.

    Parameters
    ----------
    land
        What :func:`parkgeo.policy.available_land` returned.
    parks
        Outlines of zones to draw over it, in any CRS.
    name
        Column of ``land.parcels`` by which parcels are called and searched; ``parcel_id`` unless
        given.
    by
        Column, or name of the index, of the parks that names a zone.
    language, basemap, title, attribution
        As for :func:`overlap_map`.
    budget_mb
        Largest page, in megabytes.

    Returns
    -------
    A folium map: more can be added to it, Jupyter shows it, :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    SchemaError
        ``land`` is no result of ``available_land``, or the budget is none.
    UnknownNameError
        No such column, language or basemap.
    MissingCRSError, CRSMismatchError
        The parks do not say where they lie, or their coordinates contradict it.
    ParkgeoError
        The page would be larger than its budget.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame({"status": ["批而未供"]}, geometry=[box(120, 30, 120.01, 30.01)],
    ...     crs="EPSG:4490")
    >>> from parkgeo.policy import available_land
    >>> "批而未供" in investment_map(available_land(land)).get_root().render()
    True
    """
    require_language(language)
    require_budget(budget_mb)
    if not isinstance(land, AvailableLand):
        raise SchemaError(
            f"land must be what policy.available_land returns, not a {type(land).__name__}"
        )
    rows = land.parcels
    if name is not None and name not in rows.columns:
        raise UnknownNameError(
            f"no column {name!r}; found {', '.join(map(str, rows.columns))}. Carry it along with "
            f"available_land(…, keep=[{name!r}])"
        )
    ground = on_wgs84(gpd.GeoDataFrame(geometry=rows.geometry))
    zones = [] if parks is None else list(outlines(parks, by))
    heading = _TITLE if title is None else Text.same(title)
    statuses = [one for one in _COLORS if (rows["status"] == one.value).any()]
    industries = _industries(rows["industries"])
    holders = sorted({one for some in rows["zones"] for one in some}, key=str)
    named = {zone["zone"]: zone["name"] for zone in zones}
    payload: dict[str, Any] = {
        "words": _WORDS,
        "language": language,
        "title": heading,
        "bounds": bounds_of(ground) or _bounds(parks),
        "summary": list(_summary(land)),
        "attribution": _attribution(land, parks) if attribution is None else attribution,
        "statuses": [
            {"label": Text(one.label_zh, one.label_en.capitalize()), "color": _COLORS[one]}
            for one in statuses
        ],
        "sizes": [str(one) for one in rows["size_class"].cat.categories],
        "industries": industries[:_MOST_INDUSTRIES],
        "zones": zones,
        "zone_names": [named.get(str(one), Text.same(str(one))) for one in holders],
        "shapes": packed(ground.geometry),
        "table": compressed_json(_table(rows, statuses, industries, holders, name or "parcel_id")),
    }
    layers = DrawnLayers(
        "parkgeoInvestment",
        payload,
        package="parkgeo.maps",
        static=("overlap.css", "agglomeration.css", "investment.css", "investment.js"),
    )
    refuse_large(layers, len(rows), budget_mb)
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)


def _bounds(parks: gpd.GeoDataFrame | None) -> list[list[float]] | None:
    return None if parks is None else bounds_of(on_wgs84(parks))


def _attribution(land: AvailableLand, parks: gpd.GeoDataFrame | None) -> str | None:
    said = [attribution_of(one) for one in (land.parcels, parks) if one is not None]
    return " · ".join(dict.fromkeys(one for one in said if one is not None)) or None


def _summary(land: AvailableLand) -> Iterator[tuple[Text, Text]]:
    total_mu = float(land.parcels["area_mu"].sum())
    if len(land.notes):
        left = Text("未计入或部分计入的地块", "Parcels not, or not wholly, counted")
        yield left, Text.same(f"{len(land.notes):,}")
    area = Text(f"{total_mu:,.0f} 亩", f"{total_mu:,.0f} mu")
    yield Text("可供用地", "Available land"), area


def _industries(said: "pd.Series[Any]") -> list[str]:
    """List the industries that parcels allow, the most frequent first."""
    counts = pd.Series([one for some in said for one in some], dtype=object).value_counts()
    return [str(one) for one in sorted(counts.index, key=lambda one: (-counts[one], str(one)))]


def _table(
    rows: gpd.GeoDataFrame,
    statuses: list[Status],
    industries: list[str],
    zones: list[Any],
    name: str,
) -> dict[str, Any]:
    """Collect what filters ask and cards show."""
    place = {one.value: i for i, one in enumerate(statuses)}
    number = {one: i for i, one in enumerate(industries)}
    at = {one: i for i, one in enumerate(zones)}
    return {
        "names": [str(one) if known(one) else None for one in rows[name]],
        "status": [place[one] for one in rows["status"]],
        "size": rows["size_class"].cat.codes.tolist(),
        "area_mu": np.round(rows["area_mu"], 2).tolist(),
        "gross_mu": np.round(rows["gross_mu"], 2).tolist(),
        "price": [round(float(one), 4) if known(one) else None
                  for one in rows["price_wanyuan_per_mu"]],
        "industries": [[number[str(one)] for one in some] for some in rows["industries"]],
        "every_industry": industries,
        "zones": [[at[one] for one in some] for some in rows["zones"]],
        "districts": [str(one) if known(one) and one != "unknown" else None
                      for one in rows["district"]],
    }  # fmt: skip
