"""What a map of two states shows, as plain values that go to the page as JSON."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import geopandas as gpd
import pandas as pd

from parkgeo import overlap
from parkgeo._page import bounds_of, geojson, on_wgs84
from parkgeo._style import (
    PALETTE,
    Brand,
    Text,
    area_text,
    attribution,
    change_text,
    has_extent,
    km2_text,
    names,
)
from parkgeo._style import WORDS as SHARED_WORDS
from parkgeo.maps._payload import drawn_blocks, line_legend, records, without_extent
from parkgeo.overlap._extents import group_labels

__all__ = ["WORDS", "compare_payload"]

Balance = dict[str, float]

WORDS: Final[dict[str, Text]] = {
    "heading": Text("整合前后对比", "Before and after"),
    "brands": Text("有范围的牌子", "Brands with an extent"),
    "added_up": Text("各牌子面积相加", "Brands added up"),
    "net": Text("净面积", "Net area"),
    "net_change": Text("净面积变化", "Change of net area"),
    "had": Text("原有面积", "Had"),
    "has": Text("现有面积", "Has"),
    "kept": Text("保留", "Kept"),
    "gained": Text("增加", "Gained"),
    "from_outside": Text("其中：来自区外", "of which from outside"),
    "from_others": Text("其中：来自其他牌子", "of which from other brands"),
    "lost": Text("减少", "Lost"),
    "to_outside": Text("其中：划出区外", "of which to outside"),
    "to_others": Text("其中：划归其他牌子", "of which to other brands"),
    "balance": Text("增减", "Balance"),
    "slider": Text("移动分界线", "Move the divider"),
    "view": Text("显示方式", "View"),
    "side_by_side": Text("左右对照", "Side by side"),
    "both": Text("叠加（可打印）", "On each other (for print)"),
    "outline_only": Text("只有轮廓", "outline only"),
    "filled": Text("填色", "filled"),
    "changes": Text("地块去向", "What became of the ground"),
    "no_one": Text("无牌子", "no brand"),
    "in_both": Text("两个时期都有", "In both"),
    "only": Text("仅", "Only "),
}

_GROUPS: Final = {
    "gained": Text("新纳入：原来无牌子", "Gained: no brand before"),
    "lost": Text("调出：现在无牌子", "Lost: no brand after"),
    "changed": Text("换牌：牌子有变动", "Changed: other brands than before"),
    "kept": Text("保留：牌子不变", "Kept: the same brands"),
}
"""Kinds of ground that are hatched apart."""
_CHANGES: Final = {
    "kept": Text("牌子不变", "The same brands"),
    "gained": Text("新纳入", "Gained"),
    "lost": Text("调出", "Lost"),
    "moved": Text("划归其他牌子", "Moved to other brands"),
    "joined": Text("增加了牌子", "More brands than before"),
    "left": Text("减少了牌子", "Fewer brands than before"),
    "mixed": Text("部分牌子更换", "Some brands came, some left"),
}


class _State(NamedTuple):
    """One of the two states, as it is drawn."""

    frame: gpd.GeoDataFrame
    drawn: gpd.GeoDataFrame
    ground: gpd.GeoDataFrame


def compare_payload(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, *, by: str, labels: tuple[Text, Text]
) -> dict[str, Any]:
    """Collect what the page needs of both states and of what lies between them.

    Parameters
    ----------
    before, after
        Any CRS that parkgeo knows.
    by
        Column, or name of the index, of the labels of brands.
    labels
        What the states are called.

    Returns
    -------
    Lists, dictionaries, numbers and :class:`~parkgeo._style.Text` only; geometry as GeoJSON in
    WGS84, to 1e-6 degrees.
    """
    compared = overlap.compare(before, after, by=by, geometry=True)
    balance = overlap.balance(compared)
    states = [_state(frame, by) for frame in (before, after)]
    shown = _brands([state.frame for state in states])
    legends = [line_legend(state.drawn) for state in states]
    lines = {line["dash"]: line for lines in legends for line in lines}
    owed = dict.fromkeys(filter(None, (attribution(state.frame) for state in states)))
    return {
        "bounds": bounds_of(_together([state.ground for state in states])),
        "words": SHARED_WORDS | WORDS,
        "labels": labels,
        "summary": _summary(compared, balance, labels),
        "brands": [_brand(brand, _of(balance, brand), labels) for brand in shown],
        "states": [list(drawn_blocks(one.drawn, one.ground, shown)) for one in states],
        "changes": list(_changes(compared)),
        "faces": list(_faces(compared, shown)),
        "missing": [
            {"name": row["name"], "reason": _said_of(label, row["reason"])}
            for state, label in zip(states, labels, strict=True)
            for row in without_extent(state.frame[~has_extent(state.frame)])
        ],
        "legend": list(lines.values()),
        "attribution": " · ".join(owed) or None,
    }


def _state(frame: gpd.GeoDataFrame, by: str) -> _State:
    """Name the rows by what they are compared by."""
    labels, codes = group_labels(frame, by=by)
    if by != "brand_id":
        # The names of brands are not those of what they are grouped by.
        frame = frame.drop(columns=["brand", "brand_en"], errors="ignore")
    frame = frame.assign(brand_id=labels.take(codes))
    drawn = frame[has_extent(frame)]
    return _State(frame, drawn, on_wgs84(drawn))


def _together(grounds: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    shapes = pd.concat([ground.geometry for ground in grounds], ignore_index=True)
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs="EPSG:4326"))


def _brands(frames: list[gpd.GeoDataFrame]) -> list[Brand]:
    """Name the brands of both states; one that goes on has the later name."""
    was, now = (names(frame) for frame in frames)
    labels = {**was, **now}
    return [
        Brand(label, name, PALETTE[i % len(PALETTE)], 0.0)
        for i, (label, name) in enumerate(labels.items())
    ]


# Numbers -----------------------------------------------------------------------------------------


def _of(balance: pd.DataFrame, brand: Brand) -> Balance | None:
    """Return the line of a brand, or null for one without an extent in either state."""
    if brand.brand_id not in balance.index:
        return None
    row = balance.loc[[brand.brand_id]].iloc[0]
    return {str(name): float(value) for name, value in row.items()}


def _summary(
    compared: pd.DataFrame, balance: pd.DataFrame, labels: tuple[Text, Text]
) -> list[tuple[Text, Text]]:
    """Say what both states hold; the page shows the last line large."""
    sums = balance[["before_km2", "after_km2"]]
    counts = [int((sums[side] > 0).sum()) for side in sums]
    totals = [float(sums[side].sum()) for side in sums]
    nets = [
        float(compared.loc[compared[side].map(len) > 0, "area_km2"].sum())
        for side in ("before", "after")
    ]
    change = change_text(nets[1] / nets[0] - 1) if nets[0] > 0 else Text.same("–")
    return [
        (WORDS["brands"], Text.same(f"{counts[0]:,} → {counts[1]:,}")),
        (WORDS["added_up"], _from_to(*totals)),
        *(
            (_joined(WORDS["net"], label), area_text(net))
            for label, net in zip(labels, nets, strict=True)
        ),
        (WORDS["net_change"], change),
    ]


def _brand(brand: Brand, line: Balance | None, labels: tuple[Text, Text]) -> dict[str, Any]:
    named = {"name": brand.name, "color": brand.color}
    if line is None:
        return named | {"places": [], "card": []}
    before, after, kept = line["before_km2"], line["after_km2"], line["kept_km2"]
    gained = line["from_outside_km2"] + line["from_others_km2"]
    lost = line["to_outside_km2"] + line["to_others_km2"]
    return named | {
        "places": [side for side, area in enumerate((before, after)) if area > 0],
        "areas": _from_to(before, after),
        "flows": _flows(kept, gained, lost),
        "bar": [round(part, 6) for part in (lost, kept, gained)],
        "card": [
            (_joined(WORDS["had"], labels[0]), area_text(before)),
            (_joined(WORDS["has"], labels[1]), area_text(after)),
            (WORDS["kept"], area_text(kept)),
            (WORDS["gained"], area_text(gained)),
            *_parts(line, "from_outside", "from_others"),
            (WORDS["lost"], area_text(lost)),
            *_parts(line, "to_outside", "to_others"),
        ],
    }


def _parts(line: Balance, *names: str) -> Iterator[tuple[Text, Text]]:
    for name in names:
        if line[f"{name}_km2"] > 0:
            yield WORDS[name], area_text(line[f"{name}_km2"])


def _flows(kept: float, gained: float, lost: float) -> Text:
    parts = [
        (WORDS["kept"], "", kept),
        (WORDS["gained"], "+" if gained > 0 else "", gained),
        (WORDS["lost"], "−" if lost > 0 else "", lost),
    ]
    return Text(
        " · ".join(f"{word.zh} {sign}{km2_text(area)}" for word, sign, area in parts),
        " · ".join(f"{word.en.lower()} {sign}{km2_text(area)}" for word, sign, area in parts),
    )


def _from_to(before: float, after: float) -> Text:
    span = f"{km2_text(before)} → {km2_text(after)}"
    return Text(f"{span} 平方公里", f"{span} km²")


def _joined(word: Text, label: Text) -> Text:
    return Text(f"{word.zh}（{label.zh}）", f"{word.en} ({label.en})")


def _said_of(label: Text, reason: Text) -> Text:
    return Text(f"{label.zh}：{reason.zh}", f"{label.en}: {reason.en}")


# Ground ------------------------------------------------------------------------------------------


def _group(change: str) -> str:
    return change if change in _GROUPS else "changed"


def _changes(compared: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield each kind of ground that there is, with its area."""
    areas = compared.groupby(compared["change"].map(_group))["area_km2"].sum()
    for name, label in _GROUPS.items():
        if name in areas.index:
            yield {"kind": name, "label": label, "area": area_text(float(areas[name]))}


def _faces(compared: gpd.GeoDataFrame, shown: list[Brand]) -> Iterator[dict[str, Any]]:
    position = {brand.brand_id: i for i, brand in enumerate(shown)}
    shapes = geojson(on_wgs84(compared).geometry)
    for row, geometry in zip(records(compared), shapes, strict=True):
        yield {
            "kind": _group(row["change"]),
            "change": _CHANGES[row["change"]],
            "area": area_text(row["area_km2"]),
            "members": [[position[brand] for brand in row[side]] for side in ("before", "after")],
            "geometry": geometry,
        }
