"""A resolution on a map: each side as what it is, and a panel that says what was found."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import measure
from parkgeo._page import (
    BasemapChoice,
    DrawnLayers,
    Map,
    base_map,
    bounds_of,
    geojson,
    on_wgs84,
    rounded_degrees,
)
from parkgeo._style import (
    WORDS,
    Text,
    area_text,
    change_text,
    known,
    percent_text,
    require_language,
)
from parkgeo.fourbounds._remarks import in_chinese
from parkgeo.fourbounds._show import (
    COLORS,
    STATUSES,
    direction,
    drawn_as,
    phrase,
    reliance,
    row_dicts,
    via_text,
)

if TYPE_CHECKING:
    from parkgeo.fourbounds._resolution import Resolution

__all__ = ["resolution_map"]

Row = Mapping[str, Any]
Pair = tuple[Text, Text]

_DASHES: Final[Mapping[str, str]] = {
    "line": "",
    "bridge": "8 11",
    "inferred": "0.1 10",
    "area-closed": "15 10 0.1 10",
}
"""Drawn with round ends, so that the shortest dash is a dot."""
_WORDS: Final[Mapping[str, Text]] = {
    **{
        key: WORDS[key]
        for key in ("legend", "language", "panel", "zoom_to", "zoom_all", "area", "stated")
    },
    "sides": Text("四至", "Sides"),
    "notes": Text("提示", "Warnings"),
    "candidates": Text("其他围合方案", "Other ways round"),
    "only": Text("没有其他围合方案。", "There is no other way round."),
    "asked": Text("原文", "As written"),
    "status": Text("结果", "Result"),
    "name": Text("匹配名称", "Matched name"),
    "length": Text("沿线长度", "Length"),
    "gap": Text("补接断口", "Gaps bridged"),
    "bearing": Text("朝向偏差", "Off its direction"),
    "reason": Text("说明", "Remark"),
    "confidence": Text("可信度", "Confidence"),
    "accuracy": WORDS["accuracy"],
    "against": WORDS["difference"],
    "not_stated": Text("原文未公布", "none in the text"),
    "finding": Text("面积判断", "Finding"),
    "nowhere": Text("图上没有", "not on the map"),
    "unused": Text("未采用的线", "line not used"),
}
_LEGEND: Final[Mapping[str, Text]] = {
    "line": Text("沿匹配的线", "On a matched line"),
    "bridge": Text("补接断口或延长", "Bridged gap, or carried on"),
    "area-closed": Text("按公布面积推定", "Placed by the stated area"),
    "inferred": Text("按相邻边的端点推定", "Placed where the lines beside it end"),
    "beyond": Text("匹配的线在区块之外的部分", "Matched line beyond the block"),
}
_ROOM_PX: Final = [96, 20]
"""What the names beside the block need of the window, across and along."""
_ASKEW_DEG: Final = 45.0


def resolution_map(
    resolution: "Resolution",
    *,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
) -> Map:
    """Show on a map what of a four-bounds text was found, and what was not.

    Every side (四至的一边) has its colour and is drawn as what it is: unbroken on matched lines,
    dashed across gaps, dotted or dash-dotted where it has no line; its lines go on thin and pale
    beyond the block. The panel says area, confidence and warnings, lists the sides with their
    status, each a click away, and has a switch for every other way round. A button turns the page
    from Chinese to English. Without a basemap the map needs no network.

    Parameters
    ----------
    resolution
        What :func:`parkgeo.fourbounds.resolve` returned.
    language
        With which the page opens.
    basemap
        Tiles below, which need a network, as for :func:`parkgeo.maps.overlap_map`.
    title
        Heading of the panel, and the page's title; by default the name of the block.
    attribution
        What the licence of the lines asks to be said, such as
        :data:`parkgeo.datasets.ATTRIBUTION`; by default the names of their sources.

    Returns
    -------
    A folium map: more can be added to it, Jupyter shows it, :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    UnknownNameError
        No such language or basemap.

    Notes
    -----
    Colours are Paul Tol's "muted" scheme, one for each of the eight directions; every side also
    bears its name on the map.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from parkgeo import fourbounds, gazetteer
    >>> ways = ["120.1 29.9, 120.1 30.2", "119.9 30, 120.2 30", "120 29.9, 120 30.2",
    ...         "119.9 30.1, 120.2 30.1"]
    >>> edge = gpd.GeoSeries.from_wkt([f"LINESTRING ({way})" for way in ways], crs="EPSG:4490")
    >>> named = gpd.GeoDataFrame({"name": ["甲路", "乙路", "丙路", "丁路"]}, geometry=edge)
    >>> block = fourbounds.parse("东至甲路，南至乙路，西至丙路，北至丁路")[0]
    >>> found = fourbounds.resolve(block, gazetteer.read().add(named, kind="road"))
    >>> "甲路" in resolution_map(found).get_root().render()
    True
    """
    require_language(language)
    heading = phrase("block") if title is None else Text.same(title)
    if title is None and known(resolution.name):
        heading = Text.same(str(resolution.name))
    payload = _payload(resolution) | {
        "language": language,
        "title": heading,
        "attribution": attribution or ", ".join(resolution.sources) or None,
    }
    layers = DrawnLayers(
        "parkgeoResolutionMap",
        payload,
        package="parkgeo.fourbounds",
        static=("resolution.css", "resolution.js"),
    )
    bounds = payload["bounds"]
    return base_map(bounds, basemap=basemap, title=heading.of(language), layers=layers)


def _payload(resolution: "Resolution") -> dict[str, Any]:
    """Collect what the page shows, as plain values."""
    whole = gpd.GeoDataFrame(geometry=[resolution.geometry], crs=resolution.candidates.crs)
    ground = on_wgs84(whole)
    sides = list(_sides(resolution))
    return {
        "words": _WORDS,
        "bounds": bounds_of(ground),
        "room": _ROOM_PX,
        "block": geojson(ground.geometry)[0],
        "summary": list(_summary(resolution)),
        "confidence": round(float(resolution.confidence), 3),
        "sides": sides,
        "pieces": list(_pieces(resolution, sides)),
        "labels": list(_labels(resolution)),
        "candidates": list(_candidates(resolution)),
        "warnings": [Text(in_chinese(told), told) for told in resolution.warnings],
        "legend": list(_legend(resolution)),
    }


# Panel -------------------------------------------------------------------------------------------


def _summary(resolution: "Resolution") -> Iterator[Pair]:
    yield _WORDS["area"], area_text(resolution.area_km2)
    stated, error = resolution.stated_area_km2, resolution.area_error
    if stated is None or error is None:
        yield _WORDS["stated"], _WORDS["not_stated"]
    else:
        yield _WORDS["stated"], area_text(stated)
        used = phrase("used" if resolution.used_area else "unused")
        change = change_text(error)
        yield (
            _WORDS["against"],
            Text(f"{change.zh}；公布面积{used.zh}", f"{change.en}; the stated area was {used.en}"),
        )
    if resolution.area_finding is not None:
        yield _WORDS["finding"], phrase(f"area_{resolution.area_finding}")
    metres = f"{resolution.accuracy_m:,.0f}"
    yield _WORDS["accuracy"], Text(f"±{metres} 米", f"±{metres} m")
    sure = reliance(resolution.confidence)
    value = f"{resolution.confidence:.2f}"
    yield _WORDS["confidence"], Text(f"{value}，{sure.zh}", f"{value}, {sure.en}")


def _sides(resolution: "Resolution") -> Iterator[dict[str, Any]]:
    """Yield each reference of each side as the panel lists it, with its card."""
    for row in row_dicts(resolution.sides):
        status = STATUSES[row["status"]]
        asked = row["raw"] or row["reference"]
        yield {
            "side": direction(row["side"]),
            "color": COLORS[row["side"]],
            "asked": Text.same(str(asked)) if asked else phrase("unsaid"),
            "sign": status.sign,
            "tone": status.tone,
            "status": _result(row),
            "dash": _DASHES.get(row["status"], ""),
            "drawn": row["status"] != "missing",
            "lines": list(_lines(row)),
            "card": list(_card(row)),
        }


def _result(row: Row) -> Text:
    label = STATUSES[row["status"]].label
    if row["status"] == "missing" or not row["name"]:
        return label
    via = via_text(row["via"])
    return Text(f"{label.zh}：{row['name']}（{via.zh}）", f"{label.en}: {row['name']} ({via.en})")


def _lines(row: Row) -> Iterator[Text]:
    """Yield what the list says below the status: figures of what was found, or why nothing was."""
    if row["length_m"] >= 1.0:
        length, share = _metres(row["length_m"]), percent_text(row["share_of_border"])
        yield Text(f"{length.zh}，占边界 {share.zh}", f"{length.en}, {share.en} of the border")
    if row["status"] == "bridged":
        gap = _metres(row["gap_bridged_m"])
        yield Text(f"{_WORDS['gap'].zh} {gap.zh}", f"{_WORDS['gap'].en}: {gap.en}")
    if known(row["bearing_error_deg"]) and row["bearing_error_deg"] > _ASKEW_DEG:
        off = f"{row['bearing_error_deg']:.0f}°"
        yield Text(f"{_WORDS['bearing'].zh} {off}", f"{_WORDS['bearing'].en} by {off}")
    if row["status"] not in {"found", "bridged"}:
        yield _reason(row)


def _card(row: Row) -> Iterator[Pair]:
    asked = row["raw"] or row["reference"]
    yield _WORDS["asked"], Text.same(str(asked)) if asked else phrase("unsaid")
    yield _WORDS["status"], STATUSES[row["status"]].label
    if row["name"]:
        via, score = via_text(row["via"]), f"{row['score']:.2f}"
        yield (
            _WORDS["name"],
            Text(f"{row['name']}（{via.zh}，{score}）", f"{row['name']} ({via.en}, {score})"),
        )
    share = percent_text(row["share_of_border"])
    length = _metres(row["length_m"])
    yield (
        _WORDS["length"],
        Text(f"{length.zh}，占边界 {share.zh}", f"{length.en}, {share.en} of the border"),
    )
    if row["gap_bridged_m"] >= 1.0:
        yield _WORDS["gap"], _metres(row["gap_bridged_m"])
    if known(row["bearing_error_deg"]):
        yield _WORDS["bearing"], Text.same(f"{row['bearing_error_deg']:.0f}°")
    yield _WORDS["reason"], _reason(row)


def _reason(row: Row) -> Text:
    return Text(str(row["reason_zh"] or ""), str(row["reason"] or ""))


def _metres(length_m: float) -> Text:
    if length_m >= 1000.0:  # noqa: PLR2004
        return Text(f"{length_m / 1000:.2f} 公里", f"{length_m / 1000:.2f} km")
    return Text(f"{length_m:.0f} 米", f"{length_m:.0f} m")


# Map ---------------------------------------------------------------------------------------------


def _pieces(resolution: "Resolution", sides: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the pieces of the border, and the lines beyond it, each with the row it belongs to."""
    status = resolution.sides["status"].tolist()
    entry = {key: i for i, key in enumerate(_keys(resolution.sides))}
    drawn = on_wgs84(resolution.pieces)
    for key, how, shape in zip(_keys(drawn), drawn["how"], geojson(drawn.geometry), strict=True):
        at = entry[key]
        kind = drawn_as(how, status[at])
        unused = how == "beyond" and status[at] == "missing"
        yield {
            "row": at,
            "how": how,
            "dash": _DASHES.get(kind, ""),
            "color": sides[at]["color"],
            "said": _WORDS["unused"] if unused else _LEGEND[kind],
            "geometry": shape,
        }


def _keys(frame: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401
    return zip(frame["side"].tolist(), frame["position"].tolist(), strict=True)


def _labels(resolution: "Resolution") -> Iterator[dict[str, Any]]:
    """Yield where the name of each reference stands: beside the middle of its longest piece."""
    border = resolution.pieces[resolution.pieces["how"] != "beyond"]
    ground = on_wgs84(border)
    longest = border.to_crs("EPSG:3857").length
    rows = dict(zip(_keys(resolution.sides), row_dicts(resolution.sides), strict=True))
    order = np.argsort(-longest.to_numpy(), kind="stable")
    keys = list(_keys(ground))
    for key in dict.fromkeys(keys[i] for i in order):
        at = next(i for i in order if keys[i] == key)
        middle = shapely.line_interpolate_point(ground.geometry.iloc[at], 0.5, normalized=True)
        lon, lat = rounded_degrees(shapely.get_coordinates(middle))[0]
        side, row = direction(key[0]), rows[key]
        name = row["name"] or row["reference"]
        yield {
            "place": [float(lat), float(lon)],
            "toward": key[0],
            "color": COLORS[key[0]],
            "text": Text(f"{side.zh} {name or ''}".strip(), f"{side.en} {name or ''}".strip()),
            "sign": STATUSES[row["status"]].sign,
        }


def _candidates(resolution: "Resolution") -> Iterator[dict[str, Any]]:
    """Yield the ways round that were not chosen, best first."""
    first, rivals = resolution.candidates.iloc[0], resolution.candidates.iloc[1:]
    if rivals.empty:
        return
    ground = on_wgs84(rivals).geometry
    parts = zip(
        row_dicts(rivals.drop(columns="geometry")),
        geojson(ground),
        _shared(resolution.candidates),
        rounded_degrees(_far_corners(rivals, first.geometry)),
        strict=True,
    )
    for number, (row, shape, share, (lon, lat)) in enumerate(parts, start=2):
        change, area = (
            change_text(row["area_km2"] / first["area_km2"] - 1),
            area_text(row["area_km2"]),
        )
        scores, along = (f"{row['score']:.2f}", f"{first['score']:.2f}"), row["references"]
        yield {
            "number": number,
            "name": Text(f"方案 {number}", f"No. {number}"),
            "area": Text(
                f"{area.zh}，比首选 {change.zh}", f"{area.en}, {change.en} against the first"
            ),
            "lines": [
                Text(
                    f"与首选重叠 {percent_text(share).zh}",
                    f"Overlap with the first {percent_text(share).en}",
                ),
                Text(
                    f"得分 {scores[0]}，首选 {scores[1]}",
                    f"Score {scores[0]}; the first has {scores[1]}",
                ),
                Text(f"沿 {'、'.join(along)}", f"Along {', '.join(along)}"),
            ],
            "label": [float(lat), float(lon)],
            "geometry": shape,
        }


def _shared(candidates: gpd.GeoDataFrame) -> list[float]:
    """Return for each rival the area it has in common with the first, over that of both."""
    shapes = candidates.geometry.to_numpy()
    rivals = gpd.GeoSeries(shapes[1:], crs=candidates.crs)
    first = gpd.GeoSeries(shapes[:1].repeat(len(rivals)), crs=candidates.crs)
    common_m2 = measure.intersection_area_m2(first, rivals).to_numpy()
    both_m2 = measure.area_m2(first).to_numpy() + measure.area_m2(rivals).to_numpy() - common_m2
    return [float(share) for share in common_m2 / both_m2]


def _far_corners(rivals: gpd.GeoDataFrame, first: shapely.Geometry) -> NDArray[np.float64]:
    """Return the corner of each rival that lies farthest from the first: there they differ."""
    outline = shapely.boundary(first)
    rings = [shapely.get_coordinates(shapely.boundary(shape)) for shape in rivals.geometry]
    off = [shapely.distance(shapely.points(ring), outline) for ring in rings]
    return np.array([ring[np.argmax(far)] for ring, far in zip(rings, off, strict=True)])


def _legend(resolution: "Resolution") -> Iterator[dict[str, Any]]:
    """Explain the ways of drawing that occur, from the surest to the least sure."""
    status = dict(zip(_keys(resolution.sides), resolution.sides["status"], strict=True))
    pieces = resolution.pieces
    found = {
        drawn_as(how, status[key]) for key, how in zip(_keys(pieces), pieces["how"], strict=True)
    }
    for kind, label in _LEGEND.items():
        if kind in found:
            yield {"dash": _DASHES.get(kind, ""), "thin": kind == "beyond", "label": label}
