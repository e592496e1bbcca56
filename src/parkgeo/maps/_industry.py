"""The industry map: what each zone lives by, and the firms that make it so."""

from collections.abc import Iterator
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs
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
from parkgeo._style import PALETTE, WORDS, Text, known, percent_text, require_language
from parkgeo._style import attribution as attribution_of
from parkgeo.census._cover import labels_of
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows
from parkgeo.maps._outlines import outlines, refuse_large, require_budget
from parkgeo.policy import LeadingIndustry
from parkgeo.policy._industries import LEVELS, industries_of

__all__ = ["industry_map"]

_TITLE: Final = Text("产业地图", "Industry map")
_OTHER: Final = "#9AA5AE"
_NAMED: Final = 8
"""So many industries have a colour of their own."""
_SHOWN: Final = 5
"""Industries in the card of a zone."""
_WORDS: Final[dict[str, Text]] = {
    **{key: WORDS[key] for key in ("legend", "language", "panel", "zoom_to", "zoom_all", "area")},
    "loading": Text("正在读取…", "Reading…"),
    "leading": Text("主导产业", "Leading industry"),
    "zones": Text("园区（按主导产业占比）", "Zones, by the share of what leads"),
    "share": Text("占比", "Share"),
    "quotient": Text("区位商", "Location quotient"),
    "hhi": Text("集中指数 HHI", "Concentration, HHI"),
    "target": Text("目标", "Target"),
    "before": Text("此前占比", "Share before"),
    "n_firms": Text("企业数", "Firms"),
    "others": Text("其他产业", "Other industries"),
    "none": Text("没有数据", "No data"),
    "industries": Text("各产业占比", "Industries of the zone"),
    "firms": Text("企业", "Firms"),
    "firm": Text("企业", "A firm"),
    "industry": Text("行业", "Industry"),
    "no_code": Text("未注明", "not stated"),
    "without": Text("未注明行业", "Without a code"),
}


def industry_map(  # noqa: PLR0913 - independent options, all by keyword
    found: LeadingIndustry,
    parks: gpd.GeoDataFrame,
    firms: gpd.GeoDataFrame | None = None,
    *,
    industry: str = "industry_code",
    name: str | None = None,
    by: str = "brand_id",
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
    budget_mb: float = 30.0,
) -> Map:
    """Colour zones by their leading industry, with firms as points (产业地图).

    The panel ranks zones by the share of what leads, with the target; a click opens a zone's card
    with share, location quotient and its largest industries.

    Parameters
    ----------
    found
        What :func:`parkgeo.policy.leading_industry` returned.
    parks
        Extents of the zones, in any CRS.
    firms
        Points in any CRS, to be drawn; rows without a geometry are left out.
    industry
        Column of the firms that holds their code in GB/T 4754, or where ``found`` counts by chains,
        the chain. Firms whose industry it does not have are drawn grey, and all of them where there
        is no such column.
    name
        Column of the firms by which they are called and searched.
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
        ``found`` is no result of ``leading_industry``, or the budget is none.
    UnknownNameError
        No such column, language or basemap; none of the zones is among the parks.
    GeometryError
        Firms that are no points.
    MissingCRSError, CRSMismatchError
        A frame does not say where it lies, or its coordinates contradict it.
    ParkgeoError
        The page would be larger than its budget.

    Examples
    --------
    >>> from shapely import box
    >>> import pandas as pd
    >>> from parkgeo.policy import leading_industry
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=[box(120, 30, 121, 31)], crs=4490)
    >>> firms = pd.DataFrame({"brand_id": ["a"], "industry_code": ["39"], "output": [1.0]})
    >>> found = leading_industry(firms, units={"output": "亿元"})
    >>> "计算机、通信" in industry_map(found, parks).get_root().render()
    True
    """
    require_language(language)
    require_budget(budget_mb)
    if not isinstance(found, LeadingIndustry):
        raise SchemaError(
            f"found must be what policy.leading_industry returns, not a {type(found).__name__}"
        )
    crs.require_lonlat(parks, "parks")
    if firms is None and name is not None:
        raise SchemaError(f"name={name!r} is a column of firms; give firms= too")
    _require_zones(found, parks, by)
    points = _points(firms, name)
    colors = _colors(found)
    ground = on_wgs84(parks[~(parks.geometry.isna() | parks.geometry.is_empty)])
    heading = _TITLE if title is None else Text.same(title)
    blocks = list(outlines(parks, by))
    names = {block["zone"]: block["name"] for block in blocks}
    payload: dict[str, Any] = {
        "words": _WORDS,
        "language": language,
        "title": heading,
        "bounds": bounds_of(ground) or bounds_of(points),
        "summary": list(_summary(found)),
        "attribution": _attribution(parks, firms) if attribution is None else attribution,
        "colors": colors,
        "zones": list(_zones(found, names, colors)),
        "blocks": blocks,
        "shapes": packed(points.geometry),
        "table": compressed_json(_firms(points, _labels(points, industry, found), name, colors)),
    }
    layers = DrawnLayers(
        "parkgeoIndustry",
        payload,
        package="parkgeo.maps",
        static=("overlap.css", "agglomeration.css", "industry.css", "hatches.js", "industry.js"),
    )
    refuse_large(layers, len(points), budget_mb)
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)


def _attribution(parks: gpd.GeoDataFrame, firms: gpd.GeoDataFrame | None) -> str | None:
    said = [attribution_of(one) for one in (parks, firms) if one is not None]
    return " · ".join(dict.fromkeys(one for one in said if one is not None)) or None


def _require_zones(found: LeadingIndustry, parks: gpd.GeoDataFrame, by: str) -> None:
    there = {str(one) for one in labels_of(parks, by)}
    if len(found.zones) and not any(str(zone) in there for zone in found.zones.index):
        raise UnknownNameError(
            f"no zone of found is among the parks: found has {first_rows(found.zones.index)}, "
            f"{by!r} of the parks {first_rows(sorted(there))}"
        )


def _points(firms: gpd.GeoDataFrame | None, name: str | None) -> gpd.GeoDataFrame:
    if firms is None:
        return gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=crs.CGCS2000))
    if not isinstance(firms, gpd.GeoDataFrame) or firms.active_geometry_name is None:
        raise SchemaError(f"firms must be a GeoDataFrame of points, not a {type(firms).__name__}")
    if name is not None and firms.columns.tolist().count(name) != 1:
        raise UnknownNameError(f"firms have no column {name!r} to be called by, or several")
    crs.require_lonlat(firms, "firms")
    drawn = firms[~(firms.geometry.isna() | firms.geometry.is_empty)]
    kinds = shapely.get_type_id(np.asarray(drawn.geometry, dtype=object))
    if (wrong := kinds != shapely.GeometryType.POINT).any():
        raise GeometryError(
            f"firms must be points; rows {first_rows(drawn.index[wrong])} are not; take "
            "firms.representative_point()"
        )
    return on_wgs84(drawn)


def _colors(found: LeadingIndustry) -> list[dict[str, Any]]:
    """Give industries that lead a colour, those of most zones first, then the largest others."""
    table = found.industries
    value = next((one for one in table.columns if str(one).startswith("value_")), "share")
    size = table.groupby("industry")[value].sum()
    first = table[table["leading"].astype(bool)]["industry"].value_counts()
    order = sorted(size.index, key=lambda one: (-first.get(one, 0), -size[one], str(one)))
    names = table.drop_duplicates("industry").set_index("industry")
    return [
        {
            "industry": str(one),
            "name": Text(str(names["name"][one]), str(names["name_en"][one])),
            "color": PALETTE[i % len(PALETTE)] if i < _NAMED else _OTHER,
            "leads": int(first.get(one, 0)),
        }
        for i, one in enumerate(order)
    ]


def _summary(found: LeadingIndustry) -> Iterator[tuple[Text, Text]]:
    zones = found.zones
    if len(zones):
        target = percent_text(float(zones["target"].iloc[0]))
        met, known_ = int((zones["status"] == "met").sum()), int(zones["share"].notna().sum())
        yield Text("主导产业占比目标", "Share that is to lead"), target
        yield (
            Text("达标园区", "Zones that have it"),
            Text(f"{met}（共 {known_} 个）", f"{met} of {known_}"),
        )


def _zones(
    found: LeadingIndustry, names: dict[str, Text], colors: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield zones, those with the largest share first."""
    place = {one["industry"]: i for i, one in enumerate(colors)}
    zones = found.zones.sort_values("share", ascending=False, kind="stable", na_position="last")
    by = str(found.industries.columns[0])
    for label, row in zip(zones.index, zones.to_dict("records"), strict=True):
        own = found.industries[found.industries[by] == label].head(_SHOWN)
        leading = row["leading"]
        yield {
            "zone": str(label),
            "name": names.get(str(label), Text.same(str(label))),
            "industry": place[str(leading[0])] if leading and str(leading[0]) in place else -1,
            "leading": Text(row["leading_name"], row["leading_name_en"]),
            "share": _number(row["share"]),
            "share_before": _number(row.get("share_before")),
            "without": _number(row["share_without_code"]),
            "target": row["target"],
            "quotient": _number(row["location_quotient"]),
            "hhi": _number(row["hhi"]),
            "n_firms": row["n_firms"],
            "met": row["status"] == "met",
            "reason": Text(row["reason"], row["reason_en"]),
            "industries": [
                [place[str(one)], _number(share)]
                for one, share in zip(own["industry"], own["share"], strict=True)
            ],
        }


def _number(value: object) -> float | None:
    return round(float(str(value)), 6) if known(value) else None


def _labels(points: gpd.GeoDataFrame, industry: str, found: LeadingIndustry) -> list[Any]:
    """Return the industry of each firm as ``found`` counts it."""
    if industry not in points.columns:
        return [None] * len(points)
    level: Any = found.zones.attrs.get("level")
    if level not in LEVELS:
        return list(points[industry])
    return list(industries_of(points[industry], level=level, chains=None))


def _firms(
    points: gpd.GeoDataFrame, labels: list[Any], name: str | None, colors: list[dict[str, Any]]
) -> dict[str, Any]:
    place = {one["industry"]: i for i, one in enumerate(colors)}
    names: Any = [None] * len(points) if name is None else points[name]
    return {
        "industry": [place.get(str(one), -1) if known(one) else -1 for one in labels],
        "names": [str(one) if known(one) else None for one in names],
    }
