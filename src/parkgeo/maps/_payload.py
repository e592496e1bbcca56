"""What an overlap map shows, as plain values that go to the page as JSON.

Everything that a reader sees is text made here, in both languages; the script in the page only
places it. No text is ever part of HTML or of script.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import measure, overlap
from parkgeo._page import bounds_of, geojson, on_wgs84, rounded_degrees
from parkgeo._style import (
    DASHES,
    WORDS,
    Brand,
    Language,
    Text,
    area_text,
    attribution,
    block_names,
    brands,
    change_text,
    enum_text,
    has_extent,
    km2_text,
    known,
    label_points,
    percent_text,
)
from parkgeo.model import Kind, Level, Method
from parkgeo.units import KM2_M2

__all__ = [
    "Coloring",
    "drawn_blocks",
    "line_legend",
    "overlap_payload",
    "records",
    "without_extent",
]

Coloring = Literal["number", "brand"]
Row = Mapping[str, Any]
Card = list[tuple[Text, Text]]

_WITHIN: Final = Text("“{inner}”位于“{outer}”之内", "{inner} lies within {outer}")
_SAME: Final = Text("“{inner}”与“{outer}”范围相同", "{inner} and {outer} have the same extent")
_GIVEN_THE_ERROR: Final = Text("（考虑边界误差）", ", given the error of the boundaries")
_WHOLE: Final = 0.9995
"""Share of an extent that is all of it, as shares are written."""

_MAP_WORDS: Final = {
    "coloring": Text("着色", "Colour by"),
    "by_number": Text("按牌子数", "Number of brands"),
    "by_brand": Text("按牌子", "Brand"),
    "on_ground": Text("一地几牌", "Brands on the same ground"),
    "carried": Text("{} 块牌子", "{} brands"),
    "carried_one": Text("一块牌子", "One brand"),
    "carried_most": Text("{} 块及以上牌子", "{} brands or more"),
    "show_overlaps": Text("在图上标出", "Mark them on the map"),
    "all_overlaps": Text("全部 {} 对重叠", "All {} overlaps"),
    "all_missing": Text("全部 {} 项", "All {} of them"),
}
"""What only this map says."""

_BEARINGS_ZH: Final = {
    "north": "北",
    "northeast": "东北",
    "east": "东",
    "southeast": "东南",
    "south": "南",
    "southwest": "西南",
    "west": "西",
    "northwest": "西北",
}
_STATUSES_ZH: Final = {
    "found": "查得",
    "bridged": "接通",
    "area-closed": "按面积闭合",
    "inferred": "推定",
    "missing": "未查得",
}
_BEARING: Final = re.compile(rf"(^|; )({'|'.join(_BEARINGS_ZH)}): ")
_STATUS: Final = re.compile(rf"(?<=[：，])({'|'.join(_STATUSES_ZH)}) ")


def overlap_payload(
    parks: gpd.GeoDataFrame, *, language: Language, color: Coloring
) -> dict[str, Any]:
    """Collect what the page needs to show the extents, their overlaps and what has no extent.

    Parameters
    ----------
    parks
        Any CRS that parkgeo knows; ``brand_id`` a column.
    language
        With which the page opens.
    color
        What the colours say when the page opens: how many brands the ground carries, or which.

    Returns
    -------
    Lists, dictionaries, numbers and :class:`~parkgeo._style.Text` only; geometry as GeoJSON in
    WGS84, to 1e-6 degrees.
    """
    drawn = parks[has_extent(parks)]
    # In the order in which drawn_blocks yields them: faces name blocks by position.
    drawn = drawn.iloc[np.argsort(-measure.area_m2(drawn.geometry).to_numpy(), kind="stable")]
    ground = on_wgs84(drawn)
    faces = _cut(drawn)
    shown = brands(parks, faces.assign(members=faces["brands"]))
    many = np.fromiter((len(own) > 1 for own in faces["brands"]), dtype=bool)
    return {
        "language": language,
        "color": color,
        "bounds": bounds_of(ground),
        "words": WORDS | _MAP_WORDS,
        "summary": _summary(shown, drawn),
        "groups": list(_groups(parks, shown, faces)),
        "brands": [_brand(brand) for brand in shown],
        "blocks": list(drawn_blocks(drawn, ground, shown)),
        "faces": list(_faces(faces[many], drawn, shown)),
        "alone": [
            [list(row["members"]), _rounded_km2(row["area_km2"])] for row in records(faces[~many])
        ],
        "overlaps": list(_overlaps(overlap.pairs(drawn), shown)),
        "missing": list(without_extent(parks[~has_extent(parks)])),
        "legend": line_legend(drawn),
        "attribution": attribution(parks),
    }


def _cut(drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut the ground by blocks: ``members`` are positions of blocks, ``brands`` are their brands.

    A reader may switch single blocks, so a face has to know of which it is made.
    """
    faces = overlap.partition(drawn.assign(_position=np.arange(len(drawn))), by="_position")
    brand_ids = drawn["brand_id"].to_numpy()
    own = [tuple(dict.fromkeys(brand_ids[list(members)])) for members in faces["members"]]
    return faces.assign(brands=pd.Series(own, faces.index, dtype=object))


# Geometry ----------------------------------------------------------------------------------------


def _label_points(shapes: gpd.GeoSeries) -> list[list[float]]:
    """Return where each extent's name fits best, latitude first."""
    lon_lat = rounded_degrees(label_points(shapes.to_numpy()))
    return [[float(lat), float(lon)] for lon, lat in lon_lat]


# Panel -------------------------------------------------------------------------------------------


def _summary(shown: list[Brand], drawn: gpd.GeoDataFrame) -> Card:
    added_up_km2 = sum(brand.area_km2 for brand in shown)
    net_km2 = float(overlap.net_area_km2(drawn)) if len(drawn) else 0.0
    return [
        (WORDS["added_up"], area_text(added_up_km2)),
        (WORDS["net"], area_text(net_km2)),
    ]


def _brand(brand: Brand) -> dict[str, Any]:
    return {
        "name": brand.name,
        "color": brand.color,
        "area": area_text(brand.area_km2),
    }


def _groups(
    parks: gpd.GeoDataFrame, shown: list[Brand], faces: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Yield the brands that have an extent, by level, the highest first."""
    first = pd.DataFrame(parks).drop_duplicates("brand_id").set_index("brand_id")
    level_of = first["level"] if "level" in first else pd.Series(None, first.index, dtype=object)
    order = [*(level.value for level in Level), None]
    by_level: dict[str | None, list[int]] = {}
    for position, brand in enumerate(shown):
        if brand.area_km2 > 0:
            level = level_of[brand.brand_id]
            key = str(level) if known(level) and str(level) in order else None
            by_level.setdefault(key, []).append(position)
    for key in order:
        if key in by_level:
            label = WORDS["other_level"] if key is None else enum_text(Level, key)
            label = WORDS["brands"] if key is None and len(by_level) == 1 else label
            own = {shown[position].brand_id for position in by_level[key]}
            covered = [not own.isdisjoint(members) for members in faces["brands"]]
            note = area_text(float(faces["area_km2"][covered].sum()))
            yield {"label": label, "note": note, "brands": by_level[key]}


def without_extent(rows: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    """Yield what has no extent, with the reason that the frame gives."""
    for row, name in zip(records(rows), block_names(rows), strict=True):
        reasons = [row[key] for key in ("extent_reason", "reasons") if known(row.get(key))]
        reason = Text.same(_joined(reasons[0])) if reasons else WORDS["no_reason"]
        yield {"name": name, "reason": reason}


def line_legend(drawn: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Explain the lines that occur, from the surest to the least sure."""
    found = set(drawn["method"].dropna()) if "method" in drawn else set()
    return [
        {"dash": _dash(method), "label": enum_text(Method, method)}
        for method in Method
        if method in found
    ]


def _overlaps(pairs: pd.DataFrame, shown: list[Brand]) -> Iterator[dict[str, Any]]:
    """Yield the pairs that share ground, the largest first."""
    position = {brand.brand_id: i for i, brand in enumerate(shown)}
    sharing = pairs[pairs["overlap_km2"] > 0].sort_values("overlap_km2", ascending=False)
    for row in records(sharing):
        left, right = position[row["left"]], position[row["right"]]
        yield {
            "members": [left, right],
            "area": area_text(row["overlap_km2"]),
            "lines": list(_overlap_lines(row, shown[left].name, shown[right].name)),
            "significant": not _within_error(row),
        }


def _overlap_lines(row: Row, left: Text, right: Text) -> Iterator[Text]:
    if row["relation"] in {"equal", "within", "contains"}:
        yield _relation(row, left, right)
    shares = [(row["share_left"], left), (row["share_right"], right)]
    yield Text(
        "，".join(f"占“{name.zh}”{percent_text(share).zh}" for share, name in shares),
        ", ".join(f"{percent_text(share).en} of {name.en}" for share, name in shares),
    )
    low, high = row["overlap_low_km2"], row["overlap_high_km2"]
    if known(low) and known(high):
        span = f"{km2_text(low)}–{km2_text(high)}"
        yield Text(f"误差区间 {span} 平方公里", f"Error interval {span} km²")
    if _within_error(row):
        yield WORDS["within_error"]


def _within_error(row: Row) -> bool:
    """Say whether the boundaries may as well not overlap; not said where no accuracy is known."""
    return known(row["significant"]) and not row["significant"]


def _relation(row: Row, left: Text, right: Text) -> Text:
    """Say which extent lies within which, and whether only the error lets it."""
    inner, outer, share = left, right, row["share_left"]
    if row["relation"] == "contains":
        inner, outer, share = right, left, row["share_right"]
    if row["relation"] == "equal":
        share = min(row["share_left"], row["share_right"])
    pattern = _SAME if row["relation"] == "equal" else _WITHIN
    caveat = Text("", "") if share >= _WHOLE else _GIVEN_THE_ERROR
    return Text(
        pattern.zh.format(inner=inner.zh, outer=outer.zh) + caveat.zh,
        pattern.en.format(inner=inner.en, outer=outer.en) + caveat.en,
    )


# Map ---------------------------------------------------------------------------------------------


def drawn_blocks(
    drawn: gpd.GeoDataFrame, ground: gpd.GeoDataFrame, shown: list[Brand]
) -> Iterator[dict[str, Any]]:
    """Yield each extent with its card, the largest first, so that small ones lie on top."""
    position = {brand.brand_id: i for i, brand in enumerate(shown)}
    areas_km2 = measure.area_m2(drawn.geometry).to_numpy() / KM2_M2
    parts = zip(
        records(drawn),
        areas_km2,
        block_names(drawn),
        geojson(ground.geometry),
        _label_points(ground.geometry),
        strict=True,
    )
    for row, area_km2, name, geometry, label in sorted(parts, key=lambda part: -part[1]):
        yield {
            "brand": position[row["brand_id"]],
            "name": name,
            "part": Text.same(str(row["block"])) if known(row.get("block")) else name,
            "area": area_text(float(area_km2)),
            "dash": _dash(row.get("method")),
            "card": list(_card(row, float(area_km2))),
            "label": label,
            "geometry": geometry,
        }


def _faces(
    shared: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, shown: list[Brand]
) -> Iterator[dict[str, Any]]:
    """Yield ground that several brands share: which, by which blocks, and what share of each."""
    position = {brand.brand_id: i for i, brand in enumerate(shown)}
    notes = [_sort_of_zone(row) for row in records(drawn)]
    brand_ids = drawn["brand_id"].to_numpy()
    ordered = shared.sort_values("area_km2", ascending=False, kind="stable")
    shapes = geojson(on_wgs84(ordered).geometry)
    for row, geometry in zip(records(ordered), shapes, strict=True):
        members = [position[brand_id] for brand_id in row["brands"]]
        first_block = {brand_ids[block]: block for block in reversed(row["members"])}
        yield {
            "members": members,
            "blocks": list(row["members"]),
            "notes": [
                _notes(notes[first_block[brand_id]], row["area_km2"] / shown[member].area_km2)
                for brand_id, member in zip(row["brands"], members, strict=True)
            ],
            "area": area_text(row["area_km2"]),
            "area_km2": _rounded_km2(row["area_km2"]),
            "geometry": geometry,
        }


def _sort_of_zone(row: Row) -> list[Text]:
    """Say of what level and kind an extent is, as far as the frame does."""
    return [
        enum_text(enum, row[key])
        for key, enum in (("level", Level), ("kind", Kind))
        if known(row.get(key))
    ]


def _notes(sort: list[Text], share: float) -> list[Text]:
    percent = percent_text(share)
    joined = Text("，".join(text.zh for text in sort), ", ".join(text.en for text in sort))
    return [*([joined] if sort else []), Text(f"占其 {percent.zh}", f"{percent.en} of it")]


def _rounded_km2(area_km2: float) -> float:
    """Keep a square metre, for sums in the page."""
    return round(float(area_km2), 6)


def _dash(method: object) -> str:
    return " ".join(f"{length:g}" for length in DASHES.get(str(method), ()))


def _card(row: Row, measured_km2: float) -> Iterator[tuple[Text, Text]]:
    """Yield label and text of what is known of an extent."""
    for key, enum in (("level", Level), ("kind", Kind)):
        if known(row.get(key)):
            yield WORDS[key], enum_text(enum, row[key])
    yield from _as_given(row, ("administrator",))
    stated_km2 = row.get("stated_area_km2")
    yield WORDS["stated"], _stated(stated_km2, row.get("stated_area_text"))
    yield WORDS["measured"], area_text(measured_km2)
    if known(stated_km2) and float(stated_km2) > 0:  # type: ignore[arg-type]
        change = measured_km2 / float(stated_km2) - 1  # type: ignore[arg-type]
        yield WORDS["difference"], change_text(change)
    yield WORDS["method"], enum_text(Method, row.get("method"))
    accuracy_m = row.get("accuracy_m")
    yield (
        WORDS["accuracy"],
        Text(f"±{accuracy_m:,.0f} 米", f"±{accuracy_m:,.0f} m")
        if known(accuracy_m)
        else WORDS["unknown"],
    )
    if known(row.get("sides")):
        yield WORDS["sides"], _sides(_joined(row["sides"]))
    yield from _as_given(row, ("reasons",))
    if known(row.get("approved_on")):
        yield WORDS["approved_on"], Text.same(_date(row))
    yield from _as_given(row, ("document", "source", "license"))


def _sides(text: str) -> Text:
    """Translate what the resolver says of each side; names and whatever else stay as they are.

    Examples
    --------
    >>> _sides("east: found 绕城高速; south: area-closed 云霄路").zh
    '东：查得绕城高速；南：按面积闭合云霄路'
    """
    zh = _BEARING.sub(lambda hit: f"{'；' if hit[1] else ''}{_BEARINGS_ZH[hit[2]]}：", text)
    zh = zh.replace(", ", "，").replace(" as ", "，即") if zh != text else text
    return Text(_STATUS.sub(lambda hit: _STATUSES_ZH[hit[1]], zh), text)


def _as_given(row: Row, keys: Iterable[str]) -> Iterator[tuple[Text, Text]]:
    for key in keys:
        if known(row.get(key)):
            yield WORDS[key], Text.same(_joined(row[key]))


def _stated(area_km2: Any, as_published: object) -> Text:  # noqa: ANN401
    if not known(area_km2):
        return Text.same(str(as_published)) if known(as_published) else WORDS["unknown"]
    text = area_text(float(area_km2))
    if not known(as_published):
        return text
    return Text(f"{text.zh}，原文“{as_published}”", f"{text.en}; as published: “{as_published}”")


def _date(row: Row) -> str:
    """Write a date as far as it was published."""
    text = str(row["approved_on"])[:10]
    return text[: {"year": 4, "month": 7}.get(str(row.get("approved_precision")), 10)]


def _joined(value: object) -> str:
    """Write a cell that may hold several texts."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {item}" for key, item in value.items())
    if isinstance(value, list | tuple | set | np.ndarray):
        return "; ".join(str(item) for item in value)
    return str(value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    return [
        dict(zip(plain.columns, row, strict=True))
        for row in plain.itertuples(index=False, name=None)
    ]
