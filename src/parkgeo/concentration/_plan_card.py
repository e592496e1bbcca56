"""A plan as a small card in notebooks."""

from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from parkgeo._style import Text, area_text, percent_text

if TYPE_CHECKING:
    from parkgeo.concentration._plan_result import Plan

MEASURE_TEXTS: Final[dict[str, Text]] = {
    "extend": Text("扩区纳入", "Zone extended"),
    "move": Text("搬迁入园", "Moved into a zone"),
    "convert": Text("转用退出", "Converted to another use"),
}
STAYS: Final = Text("保留现状", "Left as it is")
# Three of Paul Tol's "muted" scheme that stay apart for colour-blind readers.
COLORS: Final[dict[str, str]] = {"extend": "#117733", "move": "#332288", "convert": "#CC6677"}
GREY: Final = "#7B8794"

_MOST_ROWS: Final = 10
_SEEN: Final = 5e-5
"""Gap that is seen when a share is written to a hundredth of a per cent."""
_HEADS: Final[dict[str, Text]] = {
    "measure": Text("措施", "Measure"),
    "site": Text("地块", "Site"),
    "sites": Text("处数", "Sites"),
    "zone": Text("开发区", "Zone"),
    "land": Text("面积", "Land"),
    "cost": Text("成本", "Cost"),
}
_NUMBERS: Final = frozenset({"sites", "land", "cost"})
_CELL: Final = "text-align:left;padding:3px 10px 3px 0;vertical-align:top;background:#fff;"
_NUMBER: Final = f"{_CELL}text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;"


def site_text(row: Any) -> Text:  # noqa: ANN401 - a row of measures or sites
    """Name a site: its cluster, and the label of its parcel where it is one."""
    if pd.isna(row["parcel"]):
        return Text(f"第 {row['cluster']} 片", f"Cluster {row['cluster']}")
    return Text(f"地块 {row['parcel']}", f"Parcel {row['parcel']}")


def cost_text(cost: float, currency: str) -> str:
    """Write a cost with as many decimals as it needs."""
    return f"{cost:,.0f} {currency}" if cost >= 100 else f"{cost:,.2f} {currency}"  # noqa: PLR2004


def _named(row: Any) -> str:  # noqa: ANN401 - a row of measures
    """Name a site once for readers of both languages."""
    name = site_text(row)
    return f"{name.en} {name.zh}" if pd.isna(row["parcel"]) else f"Parcel 地块 {row['parcel']}"


def card(plan: "Plan") -> str:
    """Write HTML that stands for itself: no script, no style sheet, nothing to fetch."""
    return (
        '<div style="background:#fff;color:#1f2933;padding:12px 14px;border:1px solid #dde3e8;'
        'border-radius:8px;max-width:860px;font:14px/1.45 system-ui,sans-serif">'
        f"{_head(plan)}{_bars(plan)}{_sums(plan)}{_rows(plan)}</div>"
    )


def _head(plan: "Plan") -> str:
    cost = escape(cost_text(plan.cost, plan.costs.currency))
    return (
        '<div style="font-size:17px;font-weight:650">'
        f"{percent_text(plan.before['ratio']).en} → {percent_text(plan.after['ratio']).en}"
        f'<span style="font-weight:400;color:#5b6773"> of the land inside; target '
        f"{percent_text(plan.target).en}</span></div>{_interval(plan)}"
        f"<div>cost <b>{cost}</b>{_sure(plan)}; "
        f"measures at {len(plan.measures)} of {len(plan.sites)} sites outside</div>"
        f'<div style="color:#5b6773">{escape(_in_chinese(plan))}</div>'
    )


def _sure(plan: "Plan") -> str:
    """Say how much cheaper another plan could be."""
    if plan.status == "optimal":
        return (
            ", the least there is" if plan.gap < _SEEN else f", the least to {100 * plan.gap:.2f} %"
        )
    return (
        f"; time was up before it was known to be the least: another plan could be "
        f"{100 * plan.gap:.2f} % cheaper at most"
    )


def _in_chinese(plan: "Plan") -> str:
    """Say all of the head in one sentence, such as a report has."""
    low, high = plan.after["ratio_low"], plan.after["ratio_high"]
    interval = ""
    if pd.notna(low) and pd.notna(high):
        interval = f"（按边界精度 {low:.1%}～{high:.1%}）"
    if plan.status == "feasible":
        sure = f"限时内未求得最低成本，至多可再省 {plan.gap:.2%}"
    else:
        sure = "为最低成本" if plan.gap < _SEEN else f"与最低成本相差不超过 {plan.gap:.2%}"
    return (
        f"区内占比由 {plan.before['ratio']:.1%} 升至 {plan.after['ratio']:.1%}{interval}，"
        f"目标 {plan.target:.1%}；成本 {cost_text(plan.cost, plan.costs.currency)}，{sure}；"
        f"区外 {len(plan.sites)} 处中 {len(plan.measures)} 处采取措施。"
    )


def _interval(plan: "Plan") -> str:
    """Say what the accuracy of the boundaries leaves of the target, where it is known."""
    low, high = plan.after["ratio_low"], plan.after["ratio_high"]
    if pd.isna(low) or pd.isna(high):
        return ""
    unsure = " – the target is reached as drawn, and not surely" if low < plan.target else ""
    return (
        f'<div style="color:#5b6773">{percent_text(low).en} to {percent_text(high).en} by the '
        f"accuracy of the boundaries{unsure}</div>"
    )


def _bars(plan: "Plan") -> str:
    """Draw both ratios as bars, with a mark at the target."""
    made = ""
    for label, row, color in (
        ("现状 before", plan.before, GREY),
        ("方案 after", plan.after, COLORS["extend"]),
    ):
        made += (
            '<div style="display:flex;align-items:center;gap:8px;margin:4px 0">'
            f'<span style="width:84px;white-space:nowrap;color:#5b6773">{label}</span>'
            '<div style="position:relative;flex:1;height:10px;border-radius:5px;'
            'background:#e6ebee">'
            f'<div style="height:10px;border-radius:5px;width:{100 * row["ratio"]:.1f}%;'
            f'background:{color}"></div>'
            '<div style="position:absolute;top:-3px;width:2px;height:16px;background:#1f2933;'
            f'left:{100 * plan.target:.1f}%"></div></div></div>'
        )
    return f'<div style="margin:8px 0">{made}</div>'


def _sums(plan: "Plan") -> str:
    if plan.measures.empty:
        return '<div style="color:#5b6773">Nothing has to be done. 无需采取措施。</div>'
    rows = ""
    for name, text in MEASURE_TEXTS.items():
        some = plan.measures[plan.measures["measure"] == name]
        if len(some):
            rows += (
                f'<tr><td style="{_CELL}">{_swatch(name)} {escape(text.en)} ({text.zh})</td>'
                f'<td style="{_NUMBER}">{len(some):,}</td>'
                f'<td style="{_NUMBER}">{area_text(float(some["area_km2"].sum())).en}</td>'
                f'<td style="{_NUMBER}">{some["cost"].sum():,.2f}</td></tr>'
            )
    return _table(("measure", "sites", "land", "cost"), rows)


def _rows(plan: "Plan") -> str:
    if plan.measures.empty:
        return ""
    first = plan.measures.drop(columns="geometry").head(_MOST_ROWS)
    rows = "".join(
        f'<tr><td style="{_CELL}">{_swatch(row["measure"])} {_plain(_named(row))}</td>'
        f'<td style="{_CELL}">{_plain("–" if row["zone"] is None else row["zone"])}</td>'
        f'<td style="{_NUMBER}">{row["area_mu"]:,.1f} mu 亩</td>'
        f'<td style="{_NUMBER}">{row["cost"]:,.2f}</td></tr>'
        for row in first.to_dict("records")
    )
    rest = len(plan.measures) - len(first)
    more = (
        f'<div style="color:#5b6773">and {rest} more in .measures 其余见 .measures</div>'
        if rest
        else ""
    )
    return _table(("site", "zone", "land", "cost"), rows) + more


def _table(heads: tuple[str, ...], rows: str) -> str:
    head = "".join(
        f'<th style="{_NUMBER if name in _NUMBERS else _CELL}color:#5b6773">'
        f"{_HEADS[name].en} {_HEADS[name].zh}</th>"
        for name in heads
    )
    return (
        '<table style="border-collapse:collapse;margin-top:8px;font-size:13px;width:100%">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _swatch(measure: str) -> str:
    return (
        '<span style="display:inline-block;width:12px;height:12px;border-radius:3px;'
        f'vertical-align:-1px;background:{COLORS[measure]}"></span>'
    )


def _plain(text: object, *, most: int = 80) -> str:
    written = str(text)
    return escape(written if len(written) <= most else f"{written[:most]}…")
