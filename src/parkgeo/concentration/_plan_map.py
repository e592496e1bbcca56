"""A plan on a map: what is chosen in its colour, what stays in grey, and a card for each."""

from collections.abc import Hashable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import shapely

from parkgeo._page import BasemapChoice, DrawnLayers, Map, base_map, bounds_of, geojson, on_wgs84
from parkgeo._style import WORDS, Text, area_text, known, percent_text, require_language
from parkgeo.concentration._plan_card import (
    COLORS,
    GREY,
    MEASURE_TEXTS,
    STAYS,
    cost_text,
    site_text,
)
from parkgeo.units import mu_to_km2

if TYPE_CHECKING:
    from parkgeo.concentration._plan_result import Plan

__all__ = ["PLAN_FILES", "measures_of", "outcome_of", "plan_map"]

Pair = tuple[Text, Text]

_TITLE: Final = Text("工业用地集中度达标方案", "A plan for the share of land inside the zones")
_WORDS: Final[dict[str, Text]] = {
    **{key: WORDS[key] for key in ("legend", "language", "panel", "zoom_to", "zoom_all")},
    "nothing": Text("无需采取措施。", "Nothing has to be done."),
}
_LABELS: Final[dict[str, Text]] = {
    "before": Text("现状集中度", "Ratio now"),
    "after": Text("方案实施后", "Ratio after"),
    "interval": Text("实施后（按边界精度）", "After, by the accuracy of boundaries"),
    "target": Text("目标", "Target"),
    "cost": Text("总成本", "Cost"),
    "bound": Text("最低可能成本", "Least possible cost"),
    "measure": Text("措施", "Measure"),
    "zone": Text("开发区", "Zone"),
    "nearest": Text("最近的开发区", "Nearest zone"),
    "distance": Text("距离", "Distance"),
    "parcels": Text("地块数", "Parcels"),
    "land": Text("地块面积", "Land"),
    "grown": Text("扩区面积", "Zone grows by"),
    "taken": Text("占用园区土地", "Land taken in the zone"),
    "own_cost": Text("成本", "Cost"),
}
PLAN_FILES: Final = ("plan.css", "measures.js")
"""Files of this package that a page which shows measures needs."""
_ZONE: Final = Text("开发区范围", "Zones")
_WAY: Final = Text("搬迁去向", "Where it moves")


def plan_map(
    plan: "Plan",
    *,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
) -> Map:
    """Draw a plan; see :meth:`Plan.map`."""
    require_language(language)
    heading = _TITLE if title is None else Text.same(title)
    payload = _payload(plan) | {
        "language": language,
        "title": heading,
        "attribution": attribution,
    }
    layers = DrawnLayers(
        "parkgeoPlanMap",
        payload,
        package="parkgeo.concentration",
        static=(*PLAN_FILES, "plan.js"),
    )
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)


def _payload(plan: "Plan") -> dict[str, Any]:
    """Collect what the page shows, as plain values."""
    zones, sites = on_wgs84(plan.zones), on_wgs84(plan.sites)
    drawn = [frame for frame in (zones, sites) if len(frame)]
    shapes = [shape for frame in drawn for shape in frame.geometry]
    everything = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    names = zones["zone"].tolist()
    made = measures_of(plan, zones)
    return {
        "words": _WORDS,
        "bounds": bounds_of(everything),
        "summary": list(_summary(plan)),
        "zones": [
            {"name": Text.same("–" if name is None else str(name)), "geometry": shape}
            for name, shape in zip(names, geojson(zones.geometry), strict=True)
        ],
        **made,
        "sites": [*_stays(plan, sites), *made["sites"]],
        "legend": list(_legend(plan)),
    }


def measures_of(
    plan: "Plan", zones: gpd.GeoDataFrame, names: Mapping[object, Text] = MappingProxyType({})
) -> dict[str, Any]:
    """Collect what ``measures.js`` draws and lists: what a plan does, by kind of measure.

    Parameters
    ----------
    plan
        What is shown.
    zones
        Its zones in WGS 84.
    names
        What zones are called; as the plan names them where they are not here.
    """
    return {
        "groups": [
            {"key": name, "label": text, "color": COLORS[name]}
            for name, text in MEASURE_TEXTS.items()
            if (plan.measures["measure"] == name).any()
        ],
        "sites": list(_chosen(plan, zones, names)),
    }


def _summary(plan: "Plan") -> Iterator[Pair]:
    yield _LABELS["target"], percent_text(plan.target)
    yield _LABELS["before"], percent_text(float(plan.before["ratio"]))
    yield from outcome_of(plan)


def outcome_of(plan: "Plan") -> Iterator[Pair]:
    """Yield what a plan costs, and what it leads to."""
    if plan.status == "feasible":
        yield _LABELS["bound"], Text.same(cost_text(plan.bound, plan.costs.currency))
    yield _LABELS["cost"], Text.same(cost_text(plan.cost, plan.costs.currency))
    low, high = (percent_text(float(plan.after[name])) for name in ("ratio_low", "ratio_high"))
    if known(float(plan.after["ratio_low"])):
        yield _LABELS["interval"], Text(f"{low.zh}～{high.zh}", f"{low.en} to {high.en}")
    yield _LABELS["after"], percent_text(float(plan.after["ratio"]))


def _stays(plan: "Plan", sites: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    """Yield what is left as it is."""
    rest = sites[plan.sites["measure"].isna().to_numpy()]
    rows = rest.drop(columns="geometry").to_dict("records")
    for row, shape in zip(rows, geojson(rest.geometry), strict=True):
        yield {
            "group": None,
            "color": GREY,
            "name": site_text(row),
            "lines": [area_text(float(row["area_km2"]))],
            "card": [
                (_LABELS["measure"], STAYS),
                *_ground(row),
                *_whereabouts(_LABELS["nearest"], _named(row["nearest"]), row["distance_m"]),
            ],
            "geometry": shape,
            "way": None,
        }


def _chosen(
    plan: "Plan", zones: gpd.GeoDataFrame, names: Mapping[object, Text]
) -> Iterator[dict[str, Any]]:
    """Yield what is done, in order of priority."""
    shown = on_wgs84(plan.measures)
    rows = shown.drop(columns="geometry").to_dict("records")
    parts = zip(rows, geojson(shown.geometry), _ways(shown, zones), strict=True)
    for row, shape, way in parts:
        cost = Text.same(cost_text(row["cost"], plan.costs.currency))
        land = area_text(mu_to_km2(float(row["area_mu"])))
        zone = names.get(row["zone"], _named(row["zone"]))
        yield {
            "group": row["measure"],
            "color": COLORS[row["measure"]],
            "name": site_text(row),
            "lines": [Text(f"{land.zh}，{cost.zh}", f"{land.en}, {cost.en}"), *_arrow(zone)],
            "card": [
                (_LABELS["measure"], MEASURE_TEXTS[row["measure"]]),
                (_LABELS["own_cost"], cost),
                *_ground(row),
                *_whereabouts(_LABELS["zone"], zone, row["distance_m"]),
                *_zone_land(row),
            ],
            "geometry": shape,
            "way": way,
        }


def _ground(row: Mapping[Hashable, Any]) -> Iterator[Pair]:
    yield _LABELS["land"], area_text(float(row["area_km2"]))
    yield _LABELS["parcels"], Text.same(f"{row['n_parcels']:,}")


def _named(zone: object) -> Text | None:
    return Text.same(str(zone)) if known(zone) else None


def _arrow(zone: Text | None) -> list[Text]:
    return [] if zone is None else [Text(f"→ {zone.zh}", f"→ {zone.en}")]


def _whereabouts(label: Text, zone: Text | None, distance_m: float) -> Iterator[Pair]:
    if zone is not None:
        yield label, zone
        yield _LABELS["distance"], Text(f"{distance_m:,.0f} 米", f"{distance_m:,.0f} m")


def _zone_land(row: Mapping[Hashable, Any]) -> Iterator[Pair]:
    if row["measure"] != "convert":
        label = _LABELS["grown" if row["measure"] == "extend" else "taken"]
        yield label, area_text(float(row["zone_land_km2"]))


def _ways(shown: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> Iterator[list[list[float]] | None]:
    """Yield the shortest line from what moves to its zone, latitude first."""
    blocks, names = zones.geometry.to_numpy(), zones["zone"].to_numpy(dtype=object)
    rows = zip(shown["measure"], shown["zone"], shown.geometry.to_numpy(), strict=True)
    for measure, zone, shape in rows:
        own = blocks[names == zone] if measure == "move" else blocks[:0]
        if not len(own):
            yield None
            continue
        line = shapely.shortest_line(shape.centroid, own[np.argmin(shapely.distance(shape, own))])
        yield np.round(shapely.get_coordinates(line)[:, ::-1], 6).tolist()


def _legend(plan: "Plan") -> Iterator[dict[str, Any]]:
    for name, text in MEASURE_TEXTS.items():
        if (plan.measures["measure"] == name).any():
            yield {"color": COLORS[name], "kind": "site", "label": text}
    if plan.sites["measure"].isna().any():
        yield {"color": GREY, "kind": "site", "label": STAYS}
    if (plan.measures["measure"] == "move").any():
        yield {"color": COLORS["move"], "kind": "way", "label": _WAY}
    if len(plan.zones):
        yield {"color": "#1B5E8A", "kind": "zone", "label": _ZONE}
