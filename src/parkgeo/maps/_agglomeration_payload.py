"""What a map of agglomeration shows, as plain values that go to the page as JSON."""

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._page import bounds_of, compressed_json, geojson, on_wgs84, packed, rounded_degrees
from parkgeo._style import (
    PALETTE,
    Text,
    area_text,
    attribution,
    block_names,
    has_extent,
    known,
    label_points,
)
from parkgeo._style import WORDS as SHARED_WORDS
from parkgeo.agglomeration import DistanceResult, by_region, location_quotient
from parkgeo.agglomeration._cross import Floats
from parkgeo.agglomeration._plants import ONE_INDUSTRY, ONE_PLANT, ONE_REGION
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.maps._agglomeration_curve import curve
from parkgeo.maps._agglomeration_places import Places, Regions, places_of, regions_of
from parkgeo.overlap._extents import plane_shapes

__all__ = ["WORDS", "Asked", "agglomeration_payload"]

Card = list[tuple[Text, Text]]

WORDS: Final[dict[str, Text]] = {
    "quotient": Text("区位商", "Location quotient"),
    "heading": Text("产业集聚", "Where industry stands together"),
    "industry": Text("行业", "Industry"),
    "indicator": Text("指标", "Indicator"),
    "whole": Text("该行业整体", "The industry as a whole"),
    "ranks": Text("区域排名", "Regions by rank"),
    "layers": Text("图层", "Layers"),
    "plants": Text("企业", "Plants"),
    "own_plants": Text("该行业企业", "Plants of the industry"),
    "other_plants": Text("其他行业企业", "Plants of other industries"),
    "the_rest": Text("其余", "all others"),
    "zones": Text("园区范围", "Zones"),
    "size": Text("规模", "Size"),
    "region": Text("区域", "Region"),
    "interval": Text("95% 区间", "95 % interval"),
    "around_one": Text("区间包含 1：与整体无显著差别", "The interval holds 1: no clear difference"),
    "n_of_region": Text("区域企业总数", "All plants of the region"),
    "special": Text(
        "本区域相对集中的行业（区位商）", "Industries the region has more of (quotient)"
    ),
    "curve": Text("距离曲线", "By distance"),
    "distance": Text("距离（公里）", "distance (km)"),
    "local_band": Text("各距离上的随机范围", "chance, at each distance"),
    "global_band": Text("全程的随机范围", "chance, at all distances"),
    "observed": Text("观测值", "observed"),
    "undefined": Text("无定义：区域内没有企业", "Not defined: no plants in the region"),
    "no_region": Text("不在任何区域内", "in no region"),
    "rank_none": Text("无定义", "not defined"),
    "as_all": Text("与整体相当", "as everywhere"),
    "loading": Text("正在读取…", "Reading …"),
    "row": Text("第 {} 行", "Row {}"),
    "size_classes": Text("圆点大小：规模", "Size of dots"),
}
_COUNTS: Final = {
    "n_plants": Text("企业", "Plants"),
    "n_industries": Text("行业", "Industries"),
    "n_regions": Text("区域", "Regions"),
    "outside": Text("不在任何区域内的企业", "Plants in no region"),
    "several": Text(
        "位于多个区域内，计入第一个", "Plants in several regions, counted in the first"
    ),
    "without_label": Text("缺少行业或区域，未计入", "Without industry or region, not counted"),
    "without_value": Text("缺少规模，未计入", "Without a size, not counted"),
    "zero": Text("规模为 0，未计入", "Of size 0, not counted"),
    "without_place": Text("没有位置，未绘出", "Without a place, not drawn"),
}
_WHOLE: Final = {
    "n_plants": Text("企业数", "Plants"),
    "n_regions": Text("分布的区域数", "Regions it is in"),
    "size": Text("规模", "Size"),
    "ellison_glaeser": Text("EG 指数 γ", "Ellison–Glaeser γ"),
    "p_value": Text("EG 的 p 值", "p-value of γ"),
    "maurel_sedillot": Text("MS 指数", "Maurel–Sédillot"),
    "hoover": Text("胡佛系数", "Hoover"),
    "gini": Text("区位基尼系数", "Locational Gini"),
    "krugman": Text("克鲁格曼指数", "Krugman"),
    "hhi": Text("企业赫芬达尔指数", "Herfindahl of plants"),
}
_REASONS: Final = {
    ONE_PLANT: Text("只有一家企业：集聚只由其规模造成", "One plant: its size alone makes it all"),
    ONE_REGION: Text("只有一个区域", "One region: there is nowhere else to be"),
    ONE_INDUSTRY: Text("只有一个行业", "One industry: there is no other"),
}
_MEASURES: Final = {
    "location_quotient": Text("区位商", "Location quotient"),
    "share_of_industry": Text("占该行业的比重", "Share of the industry"),
    "share_of_region": Text("占该区域的比重", "Share of the region"),
    "per_km2": Text("每平方公里企业数", "Plants per km²"),
}
_PER_KM2_WEIGHED: Final = Text("每平方公里规模", "Size per km²")
_QUOTIENT: Final = (0.25, 0.5, 0.8, 1.25, 2.0, 4.0)
# Both from ColorBrewer 2.0, by Cynthia Brewer, "colorblind safe": RdBu turned round, and YlGnBu.
_DIVERGING: Final = (
    "#2166AC", "#67A9CF", "#D1E5F0", "#F7F7F7", "#FDDBC7", "#EF8A62", "#B2182B",
)  # fmt: skip
_SEQUENTIAL: Final = ("#FFFFD9", "#C7E9B4", "#7FCDBB", "#41B6C4", "#2C7FB8", "#253494")
_OTHER: Final = "#5B6773"
"""Of plants whose industry has no colour of its own."""
_DOTS_PX: Final = (3.0, 4.5, 6.0, 8.0, 10.5)
_FULL_DOT: Final = 0.98
"""Of the plants, the share that is not larger than the last class of dots begins with."""
_DIGITS: Final = 6
_SMALL_P: Final = 0.001
_IN_FULL: Final = 1000


class Asked(NamedTuple):
    """Which columns mean what, and what is to be shown of them."""

    region: str
    industry: str
    size: str | None
    name: str | None
    industries: Sequence[Hashable] | None
    distances: Mapping[Hashable, DistanceResult]


def agglomeration_payload(
    plants: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame | None,
    zones: gpd.GeoDataFrame | None,
    *,
    asked: Asked,
) -> dict[str, Any]:
    """Collect what the page needs: measures of all industries chosen, regions, plants, zones.

    Parameters
    ----------
    plants, regions, zones
        Any CRS that parkgeo knows; see :func:`parkgeo.maps.agglomeration_map`.
    asked
        Columns, and what to show.

    Returns
    -------
    Lists, dictionaries, numbers and :class:`~parkgeo._style.Text` only. ``table`` is compressed
    JSON, ``shapes`` the packed places of the plants, both for ``mass.js``.
    """
    ground = None if regions is None else regions_of(regions, asked.region)
    found = places_of(plants, ground, region=asked.region)
    table = pd.DataFrame(
        {
            "region": found.labels,
            "industry": column_of(plants, asked.industry),
            "size": 1.0 if asked.size is None else column_of(plants, asked.size),
        },
        index=plants.index,
    )
    weighed = asked.size is not None
    whole = by_region(table, size="size" if weighed else None)
    shown = _industries(whole, asked)
    quotients = location_quotient(table, value="size" if weighed else None)
    labels = _region_labels(quotients, ground)
    values = _values(quotients, shown, labels, ground, weighed=weighed)
    counted = table[table.notna().all(axis=1)]
    counted = counted[counted["size"].astype(float) > 0]
    counts = _spread(counted.groupby(["industry", "region"], sort=False).size(), shown, labels)
    drawn = has_extent(found.shapes)
    dots, rows, limits = found.shapes[drawn], table[drawn], _dot_limits(table["size"])
    frames = [frame for frame in (plants, regions, zones) if frame is not None]
    owed = dict.fromkeys(filter(None, map(attribution, frames)))
    return {
        "bounds": bounds_of(_together(dots, ground, zones)),
        "words": SHARED_WORDS | WORDS,
        "summary": _summary(found, whole, len(labels)),
        "industries": [_industry(label, i, whole, asked) for i, label in enumerate(shown)],
        "regions": list(_regions(labels, ground, counted)),
        "zones": [] if zones is None else list(_zones(zones)),
        "measures": list(_measures(values, weighed=weighed)) if ground is not None else [],
        "weighed": weighed,
        "dots": {"limits": limits if weighed else [], "radii": list(_DOTS_PX)},
        "other_color": _OTHER,
        "shapes": packed(dots.geometry),
        "table": compressed_json(
            {
                "values": {name: _plain(block) for name, block in values.items()},
                "counts": np.nan_to_num(counts).astype(int).tolist(),
                "industry": _codes(rows["industry"], shown),
                "region": _codes(rows["region"], labels),
                "size": _plain_row(rows["size"]) if weighed else None,
                "dot": _dots(rows["size"], limits, weighed=weighed),
                "names": None if asked.name is None
                else [str(name) if known(name) else None
                      for name in column_of(plants, asked.name)[drawn]],
            }
        ),
        "attribution": " · ".join(owed) or None,
    }  # fmt: skip


def column_of(plants: gpd.GeoDataFrame, name: str) -> "pd.Series[Any]":
    """Return a column of the plants, or say that there is none."""
    if list(plants.columns).count(name) != 1:
        found = ", ".join(map(str, plants.columns[:8]))
        raise UnknownNameError(f"plants have no column {name!r}, or several; found {found}")
    return plants[name]


def _industries(whole: pd.DataFrame, asked: Asked) -> list[Hashable]:
    """Choose the industries that are shown, the one to begin with first."""
    if whole.empty:
        raise SchemaError("no plants that have an industry, a region and a size above 0")
    known_labels = set(whole.index)
    wanted = list(asked.industries or [])
    if strange := [one for one in (*wanted, *asked.distances) if one not in known_labels]:
        raise UnknownNameError(
            f"no plants of industry {first_rows(strange)}; there are {first_rows(whole.index)}"
        )
    return wanted or whole["size"].sort_values(ascending=False, kind="stable").index.tolist()


def _region_labels(quotients: pd.DataFrame, ground: Regions | None) -> list[Hashable]:
    """Name all regions: those with an outline in their order, then those that plants name."""
    own = [] if ground is None else ground.frame.index.tolist()
    return list(dict.fromkeys([*own, *quotients["region"].tolist()]))


def _together(
    dots: gpd.GeoDataFrame, ground: Regions | None, zones: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    frames = [] if ground is None else [ground.frame]
    frames += [] if zones is None else [zones]
    shapes = [dots.geometry, *(on_wgs84(one[has_extent(one)]).geometry for one in frames)]
    together = pd.concat(shapes, ignore_index=True)
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(together, crs="EPSG:4326"))


# Numbers -----------------------------------------------------------------------------------------


def _values(
    quotients: pd.DataFrame,
    shown: list[Hashable],
    labels: list[Hashable],
    ground: Regions | None,
    *,
    weighed: bool,
) -> dict[str, Floats]:
    """Spread each measure over industries (rows) and regions (columns); NaN is not defined."""
    by_both = quotients.set_index(["industry", "region"])
    names = ["location_quotient", "share_of_industry", "share_of_region", "value"]
    names += [] if weighed else ["low", "high"]
    out = {name: _spread(by_both[name], shown, labels) for name in names}
    # Where there are no plants there is nothing of an industry, but no share of nothing.
    for name in ("share_of_industry", "value"):
        out[name] = np.nan_to_num(out[name])
    if ground is not None:
        area_km2 = ground.area_km2.reindex(labels).to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_km2 = out["value"] / area_km2
        out["per_km2"] = np.where(np.isfinite(per_km2), per_km2, np.nan)
    return out


def _spread(long: "pd.Series[Any]", shown: list[Hashable], labels: list[Hashable]) -> Floats:
    row, column = ({label: i for i, label in enumerate(one)} for one in (shown, labels))
    out = np.full((len(shown), len(labels)), np.nan)
    for (industry, region), value in zip(long.index.tolist(), long, strict=True):
        if industry in row:
            out[row[industry], column[region]] = value
    return out


def _plain(values: Floats) -> list[list[float | None]]:
    return [_plain_row(row) for row in values]


def _plain_row(values: Iterable[float]) -> list[float | None]:
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values]


def _codes(values: "pd.Series[Any]", labels: list[Hashable]) -> list[int]:
    place = {label: i for i, label in enumerate(labels)}
    return [place.get(value, -1) if known(value) else -1 for value in values]


def _measures(values: Mapping[str, Floats], *, weighed: bool) -> Iterator[dict[str, Any]]:
    """Say how each measure is shaded: the classes are the same for all industries."""
    per_km2 = _PER_KM2_WEIGHED if weighed else _MEASURES["per_km2"]
    for name, label in (_MEASURES | {"per_km2": per_km2}).items():
        diverging = name == "location_quotient"
        limits = _QUOTIENT if diverging else _ladder(values[name])
        colors = _DIVERGING if diverging else _SEQUENTIAL[: len(limits) + 1]
        yield {
            "key": name,
            "label": label,
            "limits": list(limits),
            "colors": list(colors),
            "percent": name.startswith("share"),
        }


def _ladder(values: Floats) -> list[float]:
    """Return up to five limits of the form 1, 2, 5, 10 … of which the last is reached."""
    highest = np.nanmax(values, initial=0.0)
    if highest <= 0:
        return []
    power = math.floor(math.log10(highest)) + 1
    steps = [float(f"{digit}e{p}") for p in range(power - 3, power + 1) for digit in (1, 2, 5)]
    return [step for step in steps if step <= highest][-(len(_SEQUENTIAL) - 1) :]


def _dot_limits(sizes: "pd.Series[Any]") -> list[float]:
    """Return the sizes up to which plants are drawn in each class of dots but the last."""
    numbers = pd.to_numeric(sizes, errors="coerce")
    positive = numbers[numbers > 0]
    full = float(positive.quantile(_FULL_DOT)) if len(positive) else 1.0
    steps = np.arange(1, len(_DOTS_PX)) / len(_DOTS_PX)
    return [float(f"{full * step**2:.2g}") for step in steps]


def _dots(sizes: "pd.Series[Any]", limits: list[float], *, weighed: bool) -> list[int]:
    if not weighed:
        return [0] * len(sizes)
    numbers = pd.to_numeric(sizes, errors="coerce").fillna(0.0)
    classes: list[int] = np.searchsorted(limits, numbers, side="left").tolist()
    return classes


# Texts -------------------------------------------------------------------------------------------


def _summary(found: Places, whole: pd.DataFrame, n_regions: int) -> Card:
    """Say what is counted and what is not; the page shows the last line large."""
    report = {key: row["n"] for key, row in whole.attrs.items() if isinstance(row, dict)}
    outside = found.outside
    numbers = {
        "without_label": report.get("without_label", 0) - outside,
        "without_value": report.get("without_value", 0),
        "zero": report.get("zero", 0),
        "outside": outside,
        "several": found.several,
        "without_place": int((~has_extent(found.shapes)).sum()),
    }
    always = {"n_regions": n_regions, "n_industries": len(whole)}
    told = {name: number for name, number in numbers.items() if number > 0}
    last = {"n_plants": int(whole["n_plants"].sum())}
    return [
        (_COUNTS[name], Text.same(f"{number:,}")) for name, number in (told | always | last).items()
    ]


def _industry(label: Hashable, i: int, whole: pd.DataFrame, asked: Asked) -> dict[str, Any]:
    row = whole.loc[[label]].iloc[0]
    card = [(text, Text.same(_number(name, row[name]))) for name, text in _WHOLE.items()]
    if asked.size is None:
        card = [line for line in card if line[0] is not _WHOLE["size"]]
    if isinstance(row["reason"], str):
        card.append((SHARED_WORDS["reasons"], _REASONS[row["reason"]]))
    found = asked.distances.get(label)
    return {
        "name": Text.same(str(label)),
        "color": PALETTE[i] if i < len(PALETTE) else _OTHER,
        "card": card,
        "curve": None if found is None else curve(found),
    }


def _number(name: str, value: float) -> str:
    """Write a count in full, and whatever else with three digits."""
    if not np.isfinite(value):
        return "–"
    if name == "p_value" and value < _SMALL_P:
        return f"< {_SMALL_P}"
    whole = float(value).is_integer() or abs(value) >= _IN_FULL
    return (f"{value:,.0f}" if whole else f"{value:.3g}").replace("-", "−")


# Ground ------------------------------------------------------------------------------------------


def _regions(
    labels: list[Hashable], ground: Regions | None, counted: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Yield each region with its outline, where it has one."""
    total = counted["region"].value_counts()
    outlines: dict[Hashable, tuple[Any, list[float], float]] = {}
    if ground is not None:
        drawn = on_wgs84(ground.frame[has_extent(ground.frame)])
        outlines = {
            label: (shape, place, area)
            for label, shape, place, area in zip(
                drawn.index.tolist(),
                geojson(drawn.geometry),
                _label_places(drawn.geometry),
                ground.area_km2.reindex(drawn.index),
                strict=True,
            )
        }
    for label in labels:
        geometry, place, area_km2 = outlines.get(label, (None, None, None))
        yield {
            "name": Text.same(str(label)),
            "n": int(total.get(label, 0)),
            "geometry": geometry,
            "label": place,
            "area": None if area_km2 is None else area_text(float(area_km2)),
        }


def _zones(zones: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    plane_shapes(zones)
    drawn = zones[has_extent(zones)]
    names = (
        block_names(drawn)
        if "brand_id" in drawn.columns
        else [Text.same(str(label)) for label in drawn.index]
    )
    ground = on_wgs84(drawn).geometry
    for name, geometry, place in zip(names, geojson(ground), _label_places(ground), strict=True):
        yield {"name": name, "geometry": geometry, "label": place}


def _label_places(shapes: gpd.GeoSeries) -> list[list[float]]:
    """Return where each name fits best, latitude first."""
    places: list[list[float]] = rounded_degrees(label_points(shapes.to_numpy()))[:, ::-1].tolist()
    return places
