"""A resolution in a notebook: a picture of its sides, its figures, and a row for each side."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo._style import Text
from parkgeo.fourbounds._remarks import in_chinese
from parkgeo.fourbounds._show import (
    COLORS,
    STATUSES,
    direction,
    drawn_as,
    reliance,
    row_dicts,
    via_text,
)

if TYPE_CHECKING:
    from parkgeo.fourbounds._resolution import Resolution

__all__ = ["card"]

_SIZE: Final = 220.0
"""Longer edge of the picture, in pixels."""
_EDGE: Final = 6.0
_FAINT_M: Final = 1.0
_DASHES: Final[Mapping[str, str]] = {
    "bridge": "5 5",
    "inferred": "0.1 5",
    "area-closed": "9 5 0.1 5",
}
_TONES: Final[Mapping[str, str]] = {
    "good": "#1b7a3d",
    "fair": "#8a6100",
    "poor": "#b5520b",
    "bad": "#b3261e",
}
_QUIET: Final = "color:#5b6773"
_HEADS: Final = (
    Text("方位", "Side"),
    Text("原文", "As written"),
    Text("结果", "Result"),
    Text("所用线", "Matched"),
    Text("长度", "Length"),
    Text("说明", "Remark"),
)
_CELL: Final = "text-align:left;padding:3px 10px 3px 0;vertical-align:top;background:#fff;"


def card(resolution: "Resolution") -> str:
    """Write HTML that stands for itself: no script, no style sheet, nothing to fetch."""
    return (
        '<div style="background:#fff;color:#1f2933;padding:12px 14px;border:1px solid #dde3e8;'
        'border-radius:8px;max-width:860px;font:14px/1.45 system-ui,sans-serif">'
        '<div style="display:flex;flex-wrap:wrap;gap:20px;align-items:flex-start">'
        f'{_picture(resolution)}<div style="flex:1;min-width:260px">{_figures(resolution)}</div>'
        f"</div>{_table(resolution)}</div>"
    )


def _figures(resolution: "Resolution") -> str:
    sure = resolution.confidence
    tone = "good" if sure >= 0.8 else "fair" if sure >= 0.5 else "bad"  # noqa: PLR2004
    notes = "".join(
        f'<li style="margin:2px 0">{_both(Text(in_chinese(warning), warning))}</li>'
        for warning in resolution.warnings
    )
    relied = reliance(sure)
    name = _plain(resolution.name or "Block 地块")
    return (
        f'<div style="font-size:17px;font-weight:650">{name}</div>'
        f'<div style="font-size:17px">{resolution.area_km2:,.2f} km²{_stated(resolution)}</div>'
        f'<div style="margin-top:4px">confidence <b style="color:{_TONES[tone]}">{sure:.2f}</b>, '
        f"{escape(relied.en)}; accuracy ±{resolution.accuracy_m:,.0f} m</div>"
        f'<div style="{_QUIET}">{_stated_zh(resolution)}置信度 {sure:.2f}，{escape(relied.zh)}；'
        f"精度 ±{resolution.accuracy_m:,.0f} 米</div>"
        '<div style="height:6px;border-radius:3px;background:#e6ebee;margin:6px 0">'
        f'<div style="height:6px;border-radius:3px;width:{100 * sure:.0f}%;'
        f'background:{_TONES[tone]}"></div></div>'
        + (f'<ul style="margin:6px 0 0;padding-left:18px">{notes}</ul>' if notes else "")
    )


def _stated(resolution: "Resolution") -> str:
    error = resolution.area_error
    if error is None:
        return ' <span style="color:#5b6773">(no area stated)</span>'
    # Adding zero turns -0.0 into 0.0.
    against = f"stated {resolution.stated_area_km2:,.2f}, {round(error, 3) + 0.0:+.1%}"
    used = "used" if resolution.used_area else "not used"
    return f' <span style="color:#5b6773">({against}, {used})</span>'


def _stated_zh(resolution: "Resolution") -> str:
    """Say in Chinese how the area lies to the stated one."""
    error = resolution.area_error
    if error is None:
        return "未公布面积；"
    used = "已参与推定" if resolution.used_area else "未参与推定"
    stated = f"公布面积 {resolution.stated_area_km2:,.2f} 平方公里"
    return f"{stated}，相差 {round(error, 3) + 0.0:+.1%}，{used}；"


def _both(text: Text) -> str:
    """Write English, and Chinese after it where that is another text."""
    if text.zh == text.en:
        return _plain(text.en)
    return f'{_plain(text.en)} <span style="{_QUIET}">{_plain(text.zh)}</span>'


def _table(resolution: "Resolution") -> str:
    head = "".join(f'<th style="{_CELL}{_QUIET}">{text.en}<br>{text.zh}</th>' for text in _HEADS)
    rows = "".join(_row(row) for row in row_dicts(resolution.sides))
    return (
        '<div style="overflow-x:auto;margin-top:10px">'
        '<table style="border-collapse:collapse;font-size:13px;width:100%">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Mapping[str, Any]) -> str:
    status = STATUSES[row["status"]]
    swatch = (
        '<span style="display:inline-block;width:12px;height:12px;border-radius:3px;'
        f'vertical-align:-1px;background:{COLORS[row["side"]]}"></span>'
    )
    result = (
        f'<span style="color:{_TONES[status.tone]};font-weight:600">'
        f"{status.sign} {escape(status.label.en)}<br>{escape(status.label.zh)}</span>"
    )
    cells = (
        f"{swatch} {_plain(row['side'])} {direction(row['side']).zh}",
        _plain(row["raw"] or row["reference"] or "–"),
        result,
        _plain(f"{row['name']} ({_via(row['via'])})" if row["name"] else "–"),
        f"{row['length_m']:,.0f} m" if row["length_m"] >= _FAINT_M else "–",
        _remark(row),
    )
    border = "border-top:1px solid #dde3e8;"
    short = (
        f"{_CELL}{border}white-space:nowrap;max-width:14em;overflow:hidden;text-overflow:ellipsis"
    )
    styles = [*[short] * (len(cells) - 1), f"{_CELL}{border}overflow-wrap:anywhere"]
    drawn = (f'<td style="{style}">{cell}</td>' for style, cell in zip(styles, cells, strict=True))
    return f"<tr>{''.join(drawn)}</tr>"


def _remark(row: Mapping[str, Any]) -> str:
    """Say what the cells before do not say already."""
    if row["status"] == "bridged":
        gap_m = f"{row['gap_bridged_m']:,.0f}"
        return _both(Text(f"接通 {gap_m} 米", f"{gap_m} m bridged"))
    return "" if row["status"] == "found" else _both(Text(row["reason_zh"], row["reason"]))


def _via(via: object) -> str:
    """Name a kind of likeness in both languages."""
    text = via_text(via)
    return text.en if text.en == text.zh else f"{text.en} {text.zh}"


def _plain(text: object) -> str:
    return escape(str(text))


# Picture -----------------------------------------------------------------------------------------


def _picture(resolution: "Resolution") -> str:
    """Draw the polygon with its sides in their colours, east and north in true proportion."""
    west, south, east, north = resolution.geometry.bounds
    wide = float(np.cos(np.radians((south + north) / 2)))
    scale = _SIZE / max((east - west) * wide, north - south)

    def placed(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
        xy = (lon_lat - [west, north]) * [wide * scale, -scale] + _EDGE
        return np.asarray(xy, dtype=np.float64)

    shapes = shapely.transform(resolution.geometry, placed)
    width = (east - west) * wide * scale + 2 * _EDGE
    height = (north - south) * scale + 2 * _EDGE
    drawn = "".join(_paths(resolution, placed))
    return (
        f'<svg role="img" aria-label="outline" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}">'
        f'<path d="{_path(shapes.exterior)}Z" fill="#3d5a73" fill-opacity="0.12"/>{drawn}</svg>'
    )


def _paths(resolution: "Resolution", placed: Any) -> Iterator[str]:  # noqa: ANN401
    status = {(row["side"], row["position"]): row["status"] for row in row_dicts(resolution.sides)}
    border = resolution.pieces[resolution.pieces["how"] != "beyond"]
    for row, shape in zip(row_dicts(border.drop(columns="geometry")), border.geometry, strict=True):
        how = drawn_as(row["how"], status[row["side"], row["position"]])
        dash = f' stroke-dasharray="{_DASHES[how]}"' if how in _DASHES else ""
        yield (
            f'<path d="{_path(shapely.transform(shape, placed))}" fill="none" stroke-width="3.5" '
            f'stroke-linecap="round" stroke="{COLORS[row["side"]]}"{dash}/>'
        )


def _path(line: shapely.Geometry) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line))
