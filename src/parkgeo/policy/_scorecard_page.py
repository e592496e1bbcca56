"""A scorecard in notebooks, and as a page of its own: no script, nothing to fetch."""

from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from parkgeo._style import Text

if TYPE_CHECKING:
    from parkgeo.policy._scorecard import Scorecard

__all__ = ["card", "page"]

_TITLE: Final = Text("开发区目标完成情况晾晒", "Targets by zone")
_MOST_ZONES: Final = 12
_MOST_INDICATORS: Final = 8
_LONGEST: Final = 100
# Marks tell statuses apart without colours.
_STATUSES: Final[dict[str, tuple[str, Text, str]]] = {
    "met": ("✓", Text("已达标", "met"), "#d3ece0"),
    "on_track": ("→", Text("进度正常", "on track"), "#dcebf7"),
    "behind": ("↓", Text("滞后", "behind"), "#fbe6c4"),
    "missed": ("✗", Text("逾期未达标", "missed"), "#f6d0cf"),
    "outstanding": ("…", Text("到期待数据", "due, figure outstanding"), "#ebe4f3"),
    "open": ("○", Text("无期限，未达标", "not met, no due date"), "#eceff1"),
    "no_data": ("–", Text("无数据", "no data"), "#ffffff"),
}
_BOX: Final = "background:#fff;color:#1f2933;font:14px/1.45 system-ui,sans-serif"
_CELL: Final = (
    "text-align:left;padding:4px 8px;vertical-align:middle;border-bottom:1px solid #e4e9ed;"
)
_NUMBER: Final = f"{_CELL}text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;"
_FIXED: Final = "position:sticky;left:0;background:#fff;min-width:84px;overflow-wrap:anywhere;"
"""The zones stay in sight where indicators are scrolled."""
_HEAD: Final = "vertical-align:bottom;"
_QUIET: Final = "color:#5b6773"
_PAGE_CSS: Final = (
    "@page{size:A4 landscape;margin:12mm}body{margin:24px;background:#fff}"
    "@media(max-width:600px){body{margin:12px}}"
    "@media print{body{margin:0;-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "tr{break-inside:avoid}thead{display:table-header-group}table{font-size:10px!important}.scroll{overflow:visible!important}}"
)


def card(of: "Scorecard") -> str:
    """Write the first zones and indicators, and say how many more there are."""
    zones, names = of.scores.shape
    rest = []
    if zones > _MOST_ZONES:
        rest.append(f"{zones - _MOST_ZONES} more zones 另有 {zones - _MOST_ZONES} 个园区")
    if names > _MOST_INDICATORS:
        more = names - _MOST_INDICATORS
        rest.append(f"{more} more indicators 另有 {more} 项指标")
    note = f'<div style="{_QUIET}">and {", ".join(rest)}; see .scores</div>' if rest else ""
    return (
        f'<div style="{_BOX};padding:12px 14px;border:1px solid #dde3e8;border-radius:8px">'
        f"{_head(of)}{_table(of, _MOST_ZONES, slice(_MOST_INDICATORS))}{note}{_legend(of)}</div>"
    )


def page(of: "Scorecard") -> str:
    """Write all of it as a document, in tables that fit on paper."""
    zones, names = of.scores.shape
    tables = "".join(
        _table(of, zones, slice(first, first + _MOST_INDICATORS))
        for first in range(0, names, _MOST_INDICATORS)
    )
    return (
        '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_TITLE.zh} {_TITLE.en}</title><style>{_PAGE_CSS}</style></head>"
        f'<body><main style="{_BOX}">{_head(of)}{tables}{_legend(of)}'
        "</main></body></html>\n"
    )


def _head(of: "Scorecard") -> str:
    since = ""
    if of.previous_on is not None:
        since = f"，与 {_day(of.previous_on)} 相比 against {_day(of.previous_on)}"
    return (
        f'<h1 style="font-size:17px;font-weight:650;margin:0">{_TITLE.zh} {_TITLE.en}</h1>'
        f'<div style="{_QUIET}">{_day(of.evaluated_on)}{since}</div>'
    )


def _table(of: "Scorecard", n_zones: int, some: slice) -> str:
    names = of.scores.columns[some]
    heads = "".join(
        f'<th scope="col" style="{_CELL}{_HEAD}text-align:center;font-weight:600;'
        f'min-width:76px">'
        f'{_plain(of.labels[str(name)][0])}<br><span style="{_QUIET};font-weight:400">'
        f"{_english(of.labels[str(name)])}</span></th>"
        for name in names
    )
    body = "".join(_row(of, zone, names) for zone in of.table.index[:n_zones])
    first = (
        f'<th scope="col" style="{_CELL}{_HEAD}">位次<br>Rank</th>'
        f'<th scope="col" style="{_CELL}{_HEAD}{_FIXED}">开发区<br>Zone</th>'
        f'<th scope="col" style="{_NUMBER}{_HEAD}">得分<br>Score</th>'
    )
    return (
        '<div class="scroll" style="overflow-x:auto;margin-top:10px">'
        '<table style="border-collapse:collapse;font-size:13px">'
        f"<thead><tr>{first}{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(of: "Scorecard", zone: Any, names: pd.Index) -> str:  # noqa: ANN401 - any label
    sums = of.table.loc[zone]
    known = f"{sums['known']:.0f}/{sums['asked']:.0f}"
    cells = "".join(_cell(of, zone, name) for name in names)
    rank = "–" if pd.isna(sums["rank"]) else f"{sums['rank']:.0f}"
    score = "–" if pd.isna(sums["score"]) else f"{100 * sums['score']:.1f} %"
    return (
        f'<tr><td style="{_NUMBER}"><b>{rank}</b>{_climbed(sums["climbed"])}</td>'
        f'<th scope="row" style="{_CELL}{_FIXED}font-weight:600">{_plain(zone)}</th>'
        f'<td style="{_NUMBER}"><b>{score}</b>{_change(sums["change"])}'
        f'<br><span style="{_QUIET}">已知 known {known}</span></td>{cells}</tr>'
    )


def _cell(of: "Scorecard", zone: Any, name: Any) -> str:  # noqa: ANN401 - any label
    status = of.statuses.loc[zone, name]
    if pd.isna(status):
        return f'<td style="{_CELL}"></td>'
    mark, words, color = _STATUSES[str(status)]
    score, rank = of.scores.loc[zone, name], of.ranks.loc[zone, name]
    told = mark if pd.isna(score) else f"{mark} {100 * float(score):.0f} %"
    change = "" if of.change is None else _change(of.change.loc[zone, name])
    place = "" if pd.isna(rank) else f'<br><span style="{_QUIET}">第 {rank} 名 no. {rank}</span>'
    return (
        f'<td title="{words.zh} {words.en}" style="{_NUMBER}text-align:center;background:{color}">'
        f"{told}{change}{place}</td>"
    )


def _climbed(places: Any) -> str:  # noqa: ANN401 - an integer or null
    if pd.isna(places):
        return ""
    told = "＝" if places == 0 else f"{'▲' if places > 0 else '▼'}{abs(places):.0f}"
    return f' <span style="{_QUIET}">{told}</span>'


def _change(change: Any) -> str:  # noqa: ANN401 - a number or null
    if pd.isna(change):
        return ""
    points = f"{abs(100 * change):.1f}"
    sign = "±" if float(points) == 0 else "+" if change > 0 else "−"
    return f' <span style="{_QUIET}">({sign}{points})</span>'


def _legend(of: "Scorecard") -> str:
    """Explain the marks that occur."""
    found = {str(one) for one in of.statuses.to_numpy().ravel() if isinstance(one, str)}
    marks = "".join(
        f'<span style="white-space:nowrap;margin-right:14px"><span style="display:inline-block;'
        f"min-width:20px;text-align:center;border:1px solid #dde3e8;border-radius:3px;"
        f'background:{color}">{mark}</span> {words.zh} {words.en}</span>'
        for status, (mark, words, color) in _STATUSES.items()
        if status in found
    )
    change = (
        "" if of.change is None else " 括号内为较上期增减的百分点 in brackets: points since then."
    )
    return (
        f'<div style="margin-top:10px;font-size:12px;{_QUIET}">{marks}<br>'
        f"100 % 为达到目标 is the target.{change}</div>"
    )


def _day(day: pd.Timestamp) -> str:
    return f'<span style="white-space:nowrap">{day:%Y-%m-%d}</span>'


def _english(label: tuple[str, str]) -> str:
    return "" if label[0] == label[1] else _plain(label[1])


def _plain(text: object) -> str:
    written = str(text)
    return escape(written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…")
