"""What a concentration map shows, as plain values that go to the page as JSON.

The figures of the panel are those of :func:`parkgeo.concentration.ratio`; those of the cards come
from the same sums, parcel by parcel. Texts are made here, in both languages, and the script places
them; only figures of single parcels and clusters, of which there are many, are written by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import overlap
from parkgeo._ground import Floats, Indices
from parkgeo._page import bounds_of, compressed_json, on_wgs84, packed
from parkgeo._style import (
    WORDS,
    Brand,
    Text,
    area_text,
    attribution,
    brands,
    has_extent,
    km2_text,
    known,
    percent_text,
)
from parkgeo.concentration import Plan, Scattered
from parkgeo.concentration._plan_map import measures_of, outcome_of
from parkgeo.concentration._sums import groups_of
from parkgeo.maps._concentration_land import (
    ACROSS,
    INSIDE,
    OTHER,
    OUTSIDE,
    UNKNOWN,
    Asked,
    Land,
    columns_of,
    outlines_of,
)
from parkgeo.maps._payload import drawn_blocks, line_legend, without_extent
from parkgeo.units import KM2_M2, km2_to_mu

__all__ = ["Ratios", "brands_of", "concentration_payload"]

Pair = tuple[Text, Text]


class Ratios(NamedTuple):
    """The ratio of all land, of each group and of each brand; null where it was not asked."""

    whole: pd.DataFrame
    by_group: pd.DataFrame | None
    by_brand: pd.DataFrame | None


COLORS: Final = {
    OTHER: "#CFC7B6",
    UNKNOWN: "#8A9199",
    INSIDE: "#1D6FB5",
    OUTSIDE: "#F0882A",
    ACROSS: "#B0D8F6",
}
"""Blue, pale blue and orange, which differ in lightness too, so that they survive grey print."""
_KINDS: Final[dict[int, Text]] = {
    INSIDE: Text("区内", "Inside"),
    ACROSS: Text("跨界", "Across a border"),
    OUTSIDE: Text("区外", "Outside"),
    UNKNOWN: Text("无法判断是否计入", "May count: class or value not known"),
    OTHER: Text("其他用地（不计入）", "Other land, not counted"),
}
_WORDS: Final[dict[str, Text]] = {
    **{
        key: WORDS[key]
        for key in ("legend", "language", "panel", "zoom_to", "zoom_all", "area", "measured")
    },
    "loading": Text("正在读取…", "Reading…"),
    "target": Text("目标", "Target"),
    "row": Text("第 {} 行", "Row {}"),
    "parcels": Text("用地", "Land"),
    "zones": Text("开发区", "Zones"),
    "all_zones": Text("开发区范围", "Extents of the zones"),
    "no_zones": Text("没有开发区范围", "There are no zones"),
    "no_extent": WORDS["no_extent"],
    "notes": Text("数据说明", "About the data"),
    "clusters": Text("零星用地片区", "Scattered clusters"),
    "clusters_shown": Text("片区轮廓与编号", "Outlines and numbers"),
    "clusters_how": Text(
        "轮廓画在地块外侧；面积大、离开发区近者在前",
        "Drawn around the parcels; the larger and the nearer to a zone come first",
    ),
    "no_clusters": Text("没有零星用地", "No land is scattered"),
    "more": Text("显示全部 {} 片", "Show all {}"),
    "cluster": Text("第 {} 片", "Cluster {}"),
    "plan": Text("达标方案", "Plan"),
    "plan_shown": Text("方案措施", "What the plan does"),
    "plan_nothing": Text("无需采取措施。", "Nothing has to be done."),
    "mu": Text("{} 亩", "{} mu"),
    "m2": Text("{} 平方米", "{} m²"),
    "metres": Text("{}\u00a0米", "{}\u00a0m"),
    "place": Text("位置", "Where it lies"),
    "partly": Text("跨界，区内占 {}", "Across a border, {} inside"),
    "status": Text("是否计入", "Counts"),
    "inside_share": Text("区内占比", "Share inside"),
    "outside_area": Text("其中区外", "Of it outside"),
    "members": Text("所在开发区", "In the zones"),
    "own_cluster": Text("所属片区", "Cluster"),
    "nearest": Text("最近的开发区", "Nearest zone"),
    "distance": Text("距离", "Distance"),
    "n_parcels": Text("地块数", "Parcels"),
    "no_member": Text("无", "none"),
}
_LABELS: Final[dict[str, Text]] = {
    "total": Text("计入用地", "Land that counts"),
    "inside": Text("其中区内", "Of it inside the zones"),
    "target": Text("目标", "Target"),
    "short": Text("距目标尚缺", "Short of the target by"),
    "above": Text("超出目标", "Above the target by"),
    "interval": Text("按边界精度", "By the accuracy of boundaries"),
    "ratio": Text("集中度", "Share of the land inside"),
    "held": Text("区内计入用地", "Counted land inside"),
    "of_all": Text("占全部计入用地", "Of all counted land"),
}
_NOTHING: Final = Text("没有计入的用地", "No land counts")
_NO_LABEL: Final = Text("未注明", "not stated")
_NOT_KNOWN: Final = Text("边界精度未知，无法给出", "not known: boundaries of unknown accuracy")


def concentration_payload(  # noqa: PLR0913 - what the page is made of
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    land: Land,
    ratios: Ratios,
    found: tuple[Scattered | None, Indices],
    *,
    asked: Asked,
    by: str | None,
    shown: Sequence[Brand],
    plan: Plan | None,
) -> dict[str, Any]:
    """Collect what the page needs.

    Parameters
    ----------
    parcels, parks
        What the map is of; ``brand_id`` a column of the parks.
    land
        The parcels that are drawn.
    ratios
        What :func:`parkgeo.concentration.ratio` says.
    found
        Scattered clusters, and the positions of their parcels in the frame.
    asked, by
        Which parcels count, and the column that groups them.
    shown
        The brands, in order.
    plan
        What is to be done, or null.
    """
    ground = on_wgs84(gpd.GeoDataFrame(geometry=parcels.geometry.iloc[land.rows]))
    drawn = parks[has_extent(parks)]
    zones = on_wgs84(drawn)
    whole = ratios.whole
    counted = ground[land.counted]
    return {
        "words": _WORDS,
        "bounds": _bounds(ground, land, zones),
        "summary": list(_summary(whole.iloc[0])),
        "gauge": _gauge(whole.iloc[0]),
        "groups": [],
        "sites": [],
        "kinds": list(_kinds(land)),
        "shapes": packed(ground.geometry),
        "codes": compressed_json(land.kind.tolist()),
        "table": compressed_json(_table(parcels, land, asked, by)),
        "grouped": _grouped(by),
        "districts": list(_districts(ratios.by_group, parcels, land, counted, by)),
        "brands": list(_brands(shown, ratios.by_brand)),
        "blocks": list(drawn_blocks(drawn, zones, list(shown))),
        "lines": line_legend(drawn),
        "missing": list(without_extent(parks[~has_extent(parks)])),
        "clusters": _clusters(found, land, shown),
        "notes": list(_notes(whole.attrs)),
        "plan": None,
        "attribution": _attributions(parcels, parks),
        **_plan(plan, shown),
    }


def _bounds(
    ground: gpd.GeoDataFrame, land: Land, zones: gpd.GeoDataFrame
) -> list[list[float]] | None:
    """Return what the map shows at first: zones and land that counts, or may count."""
    wanted = ground[land.kind != OTHER]
    shapes = [*zones.geometry, *wanted.geometry] or ground.geometry
    return bounds_of(gpd.GeoDataFrame(geometry=list(shapes), crs=ground.crs))


def brands_of(parks: gpd.GeoDataFrame) -> list[Brand]:
    """Describe the brands of a frame, those without an extent too."""
    return brands(parks, overlap.partition(parks[has_extent(parks)]))


def _attributions(*frames: gpd.GeoDataFrame) -> str | None:
    said = dict.fromkeys(text for frame in frames if (text := attribution(frame)))
    return "; ".join(said) or None


# Panel -------------------------------------------------------------------------------------------


def _summary(row: "pd.Series[Any]") -> Iterator[Pair]:
    yield _LABELS["total"], area_text(float(row["total"]))
    yield _LABELS["inside"], area_text(float(row["inside"]))
    yield _LABELS["target"], percent_text(float(row["target"]))
    if not row["total"] > 0:
        yield _LABELS["ratio"], _NOTHING
        return
    gap = float(row["gap"])
    yield _LABELS["short" if gap > 0 else "above"], area_text(abs(gap))
    yield _LABELS["interval"], _interval(row)
    yield _LABELS["ratio"], percent_text(float(row["ratio"]))


def _interval(row: "pd.Series[Any]") -> Text:
    low, high = float(row["ratio_low"]), float(row["ratio_high"])
    if not known(low):
        return _NOT_KNOWN
    one, other = percent_text(low), percent_text(high)
    return Text(f"{one.zh}～{other.zh}", f"{one.en} to {other.en}")


def _gauge(row: "pd.Series[Any]") -> dict[str, float | None]:
    """Return what a bar shows; null for what is not known."""
    return {
        name: round(float(row[column]), 6) if known(float(row[column])) else None
        for name, column in (
            ("ratio", "ratio"),
            ("low", "ratio_low"),
            ("high", "ratio_high"),
            ("target", "target"),
        )
    }


def _kinds(land: Land) -> Iterator[dict[str, Any]]:
    """Say of each kind of parcel what it is called, how many there are, and how much land."""
    numbers = np.bincount(land.kind, minlength=len(COLORS))
    areas_km2 = np.bincount(land.kind, land.area_m2, minlength=len(COLORS)) / KM2_M2
    for kind in sorted(COLORS):
        number, area = int(numbers[kind]), area_text(float(areas_km2[kind]))
        yield {
            "label": _KINDS[kind],
            "line": Text(f"{number:,} 宗，{area.zh}", f"{_counted(number)}, {area.en}")
            if number
            else _WORDS["no_member"],
            "color": COLORS[kind],
            "count": number,
        }


def _counted(number: int) -> str:
    return "1 parcel" if number == 1 else f"{number:,} parcels"


def _districts(
    table: pd.DataFrame | None,
    parcels: gpd.GeoDataFrame,
    land: Land,
    counted: gpd.GeoDataFrame,
    by: str | None,
) -> Iterator[dict[str, Any]]:
    """Yield the groups, the largest gap first; groups without land that counts at the end."""
    if table is None or by is None:
        return
    _, codes = groups_of(parcels[by])
    boxes = _boxes(codes[land.rows[land.counted]], counted, len(table))
    gaps_mu = table["gap_mu"].to_numpy(dtype=np.float64)
    totals = table["total"].to_numpy(dtype=np.float64)
    for i in np.lexsort([-gaps_mu, totals <= 0]).tolist():
        row, label = table.iloc[i], table.index[i]
        some = totals[i] > 0
        yield {
            "name": Text.same(str(label)) if known(label) else _NO_LABEL,
            "value": percent_text(float(row["ratio"])) if some else Text("–", "–"),
            "line": _gap_text(row) if some else _NOTHING,
            "gauge": _gauge(row),
            "bounds": boxes[i].tolist() if some else None,
        }


def _grouped(by: str | None) -> Text | None:
    if by is None:
        return None
    name = Text("行政区", "district") if by == "district" else Text.same(by)
    return Text(f"按{name.zh}（缺口大者在前）", f"By {name.en}, the largest gap first")


def _gap_text(row: "pd.Series[Any]") -> Text:
    total, gap_mu = float(row["total"]), float(row["gap_mu"])
    size = km2_text(total)
    mu = f"{abs(gap_mu):,.0f}" if abs(gap_mu) >= 10 else f"{abs(gap_mu):.1f}"  # noqa: PLR2004
    if gap_mu > 0:
        return Text(f"共 {size} 平方公里，尚缺 {mu} 亩", f"of {size} km²; {mu} mu short")
    return Text(f"共 {size} 平方公里，超出 {mu} 亩", f"of {size} km²; {mu} mu above")


def _boxes(codes: Indices, counted: gpd.GeoDataFrame, count: int) -> Floats:
    """Return south-west and north-east of the parcels of each group, latitude first."""
    boxes = counted.bounds.to_numpy(dtype=np.float64)
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, codes, boxes[:, 1::-1])
    np.maximum.at(high, codes, boxes[:, :1:-1])
    return np.stack([low, high], axis=1)


def _notes(attrs: Mapping[Any, Any]) -> Iterator[Text]:
    """Say what the ratio says of what it did not count, or counted more than once."""
    for name, rows in attrs["unknown"].items():
        area = area_text(rows["area_km2"])
        yield Text(
            f"{rows['n']:,} 宗因 {name} 缺失或无法识别而未计入，{area.zh}",
            f"{_counted(rows['n'])} without a known {name}, not counted: {area.en}",
        )
    if n := attrs["without_geometry"]["n"]:
        yield Text(f"{n:,} 宗没有图形，未计入", f"{_counted(n)} without a geometry, not counted")
    twice = attrs["counted_twice"]
    if twice["n_parcels"]:
        area = area_text(twice["area_km2"])
        yield Text(
            f"{twice['n_parcels']:,} 宗相互重叠，重复计入 {area.zh}",
            f"{_counted(twice['n_parcels'])} overlap and count {area.en} twice",
        )
    if n := attrs.get("duplicate_ids", {}).get("n", 0):
        yield Text(f"{n:,} 宗编号重复", f"{_counted(n)} with an id that stands twice")
    if "compared_as_text" in attrs:
        yield Text(
            "未注明地类标准，按编码开头比较", "Nobody says the class system: codes compared as text"
        )
    if attrs["accuracy_unknown"]:
        n = len(attrs["accuracy_unknown"])
        yield Text(f"{n:,} 个开发区范围的边界精度未知", f"Extents of unknown accuracy: {n:,}")


# Zones -------------------------------------------------------------------------------------------


def _brands(shown: Sequence[Brand], table: pd.DataFrame | None) -> Iterator[dict[str, Any]]:
    """Yield each brand with what it holds of the land that counts."""
    held = np.full((len(shown), 2), np.nan)
    if table is not None:
        ids = [brand.brand_id for brand in shown]
        held = table[["inside", "ratio"]].reindex(ids).to_numpy(dtype=np.float64)
    for brand, (inside, share) in zip(shown, held.tolist(), strict=True):
        rows: list[Pair] = []
        if known(share):
            rows = [
                (_LABELS["held"], area_text(inside)),
                (_LABELS["of_all"], percent_text(share)),
            ]
        yield {
            "name": brand.name,
            "line": _held_text(rows[0][1]) if rows else _NOTHING,
            "card": rows,
            "drawn": brand.area_km2 > 0,
        }


def _held_text(area: Text) -> Text:
    return Text(f"区内计入 {area.zh}", f"{area.en} of counted land")


# Parcels -----------------------------------------------------------------------------------------


def _table(parcels: gpd.GeoDataFrame, land: Land, asked: Asked, by: str | None) -> dict[str, Any]:
    """Collect what cards of parcels show."""
    rows = land.rows
    ids = parcels["parcel_id"] if "parcel_id" in parcels.columns else parcels.index
    names = np.asarray(ids, dtype=object)[rows].tolist()
    return {
        "names": [str(one) if known(one) else None for one in names],
        "areas": np.round(land.area_m2, 1).tolist(),
        "shares": [one if known(one) else None for one in np.round(land.share, 4).tolist()],
        "members": {
            "parcel": land.members.parcel.tolist(),
            "brand": land.members.brand.tolist(),
            "share": np.round(land.members.share, 4).tolist(),
        },
        "columns": [
            {"label": label._asdict(), "codes": codes[rows].tolist(), "texts": _plain(texts)}
            for label, codes, texts in columns_of(parcels, asked, by)
        ],
    }


def _plain(texts: Sequence[Text]) -> list[dict[str, str]]:
    return [text._asdict() for text in texts]


# Clusters ----------------------------------------------------------------------------------------


def _clusters(
    found: tuple[Scattered | None, Indices], land: Land, shown: Sequence[Brand]
) -> dict[str, Any] | None:
    """Collect the clusters, and what the cards of their parcels show of them."""
    scattered, rows = found
    if scattered is None:
        return None
    table, own = scattered.clusters, scattered.parcels
    names = {brand.brand_id: brand.name for brand in shown}
    labels = [*table["nearest"], *own["nearest"]]
    codes, texts = pd.factorize(
        pd.Series([label if known(label) else None for label in labels], dtype=object)
    )
    outlines = on_wgs84(outlines_of(scattered))
    return {
        "count": len(table),
        "shapes": packed(outlines.geometry),
        "table": compressed_json(
            {
                "n_parcels": table["n_parcels"].tolist(),
                "area_mu": np.round(table["area_mu"], 1).tolist(),
                "outside_mu": np.round(km2_to_mu(table["outside_km2"]), 1).tolist(),
                "distance_m": _metres(table["distance_m"]),
                "nearest": codes[: len(table)].tolist(),
                "names": _plain([names.get(text, Text.same(str(text))) for text in texts]),
                "parcels": {
                    "place": land.places_of(rows).tolist(),
                    "cluster": (own["cluster"].to_numpy() - 1).tolist(),
                    "distance_m": _metres(own["distance_m"]),
                    "nearest": codes[len(table) :].tolist(),
                },
            }
        ),
    }


def _metres(distances: "pd.Series[float]") -> list[float | None]:
    return [round(one) if known(one) else None for one in distances.tolist()]


# Plan --------------------------------------------------------------------------------------------


def _plan(plan: Plan | None, shown: Sequence[Brand]) -> dict[str, Any]:
    """Collect what a plan does; nothing where there is none."""
    if plan is None:
        return {}
    names: dict[object, Text] = {brand.brand_id: brand.name for brand in shown}
    made = measures_of(plan, on_wgs84(plan.zones), names)
    return {**made, "plan": {"rows": list(outcome_of(plan))}}
