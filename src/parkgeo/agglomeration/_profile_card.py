"""A city's profile in words and as a card for notebooks."""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd

from parkgeo._style import Text, km2_text, percent_text

SIGNIFICANT: Final = 0.05

_NEEDED: Final = frozenset({"topic", "subject", "measure", "value", "low", "high"})
_TITLE: Final = Text("工业用地集聚画像", "Industrial land: a profile")
_HEADS: Final = (
    Text("行业", "Industry"),
    Text("企业", "Plants"),
    Text("园区内占比", "Inside"),
    Text("区位商", "Quotient"),
    Text("集聚指数 γ（* p ≤ 0.05）", "Ellison–Glaeser γ"),
    Text("按距离", "By distance"),
)
_CELL: Final = "text-align:left;padding:3px 14px 3px 0;vertical-align:top;background:#fff;"
_NUMBER: Final = f"{_CELL}text-align:right;white-space:nowrap;"
_BOX: Final = (
    "background:#fff;color:#1f2933;padding:12px 14px;border:1px solid #dde3e8;border-radius:8px;"
    "max-width:980px;font:14px/1.45 system-ui,sans-serif;overflow-x:auto"
)


class Profile(pd.DataFrame):
    """The frame of :func:`profile`, which shows as a card in notebooks; a part of it is a frame."""

    def _repr_html_(self) -> str:
        if not _NEEDED.issubset(self.columns) or "ratio" not in set(self["measure"]):
            return str(pd.DataFrame(self).to_html())
        city = self[self["topic"] != "industry"].set_index("measure")["value"]
        first, second = city_texts(city)
        table = by_industry(self)
        return (
            f'<div style="{_BOX}"><div style="font-size:17px;font-weight:650">{_both(_TITLE)}</div>'
            f"{_lines(first)}{_lines(second)}{_table(table)}</div>"
        )


def by_industry(profile: pd.DataFrame) -> pd.DataFrame:
    """Lay the industries out, the one that keeps to the zones most first.

    One column per measure, and ``localised_from``, ``localised_to``, ``dispersed_from``,
    ``dispersed_to``, ``undefined`` where Kd says nothing; what was not asked for is NaN.
    """
    own = pd.DataFrame(profile[profile["topic"] == "industry"])
    wide = own.pivot_table(
        index="subject", columns="measure", values=["value", "low", "high"],
        aggfunc="first", dropna=False, sort=False,
    )  # fmt: skip
    table = pd.DataFrame(index=wide.index)
    for name in (
        "n_plants", "share_inside", "location_quotient", "ellison_glaeser", "p_value",
        "localisation_index", "dispersion_index", "kd_p_value",
    ):  # fmt: skip
        table[name] = _column(wide, "value", name)
    for name in ("localised", "dispersed"):
        for side, end in (("low", "from"), ("high", "to")):
            table[f"{name}_{end}"] = _column(wide, side, f"{name}_at")
    asked = bool((own["measure"] == "localisation_index").any())
    table["undefined"] = table["localisation_index"].isna() & asked
    return table.sort_values("share_inside", ascending=False, kind="stable")


def city_texts(value: "pd.Series[float]") -> tuple[Text, Text]:
    """Say how much lies inside, and in how many pieces."""
    if not np.isfinite(value["ratio"]):
        return Text("没有这类用地", "There is no such land"), Text.same("")
    ratio, gap = percent_text(float(value["ratio"])), float(value["gap"])
    inside, total = km2_text(float(value["inside"])), km2_text(float(value["total"]))
    over = gap <= 0
    first = Text(
        f"{ratio.zh}：{total} 平方公里中 {inside}；{'超出' if over else '差'} {abs(gap):,.0f} 亩",
        f"{ratio.en}: {inside} of {total} km²; {abs(gap):,.0f} mu {'more' if over else 'less'} "
        "than needed",
    )
    n, mean = int(value["n_patches"]), km2_text(float(value["mean_patch"]))
    second = Text(
        f"共 {n:,} 片，平均 {mean} 平方公里；零星 {int(value['n_clusters']):,} 处，"
        f"园区外 {km2_text(float(value['outside']))} 平方公里",
        f"{n:,} patches of {mean} km² on average; {int(value['n_clusters']):,} scattered clusters "
        f"with {km2_text(float(value['outside']))} km² outside",
    )
    return first, second


def gamma_text(row: "pd.Series[Any]") -> str:
    """Write γ, with a star where it is more than chance."""
    if not np.isfinite(row["ellison_glaeser"]):
        return ""
    star = " *" if row["p_value"] <= SIGNIFICANT else ""
    return f"{row['ellison_glaeser']:.3f}{star}".replace("-", "−")


def distance_text(row: "pd.Series[Any]") -> str:
    """Say at which distances an industry is localised, or dispersed."""
    if row["undefined"]:
        return "无法判断 undefined"
    for name, index, words in (
        ("localised", "localisation_index", "集聚 localised"),
        ("dispersed", "dispersion_index", "分散 dispersed"),
    ):
        if row[index] > 0:
            start_km, end_km = row[f"{name}_from"] / 1000, row[f"{name}_to"] / 1000
            return f"{words}: {start_km:.3g}–{end_km:.3g} km"
    return "未见异于随机 as by chance"


def _column(wide: pd.DataFrame, side: str, name: str) -> "pd.Series[float] | float":
    return wide[side, name] if (side, name) in wide.columns else np.nan


def _both(text: Text) -> str:
    return escape(text.zh if text.zh == text.en else f"{text.zh} {text.en}")


def _stacked(text: Text) -> str:
    return f"{escape(text.zh)}<br>{escape(text.en)}"


def _lines(text: Text) -> str:
    return f'<div>{escape(text.zh)}</div><div style="color:#5b6773">{escape(text.en)}</div>'


def _table(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    asked = bool((table["localisation_index"].notna() | table["undefined"]).any())
    heads = _HEADS if asked else _HEADS[:-1]
    head = "".join(
        f'<th style="{_NUMBER if 0 < k < 5 else _CELL}color:#5b6773">{_stacked(text)}</th>'  # noqa: PLR2004
        for k, text in enumerate(heads)
    )
    body = "".join(f"<tr>{''.join(_cells(row, asked=asked))}</tr>" for _, row in table.iterrows())
    return (
        '<table style="border-collapse:collapse;font-size:13px;margin-top:8px">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(row: "pd.Series[Any]", *, asked: bool) -> Iterator[str]:
    yield f'<td style="{_CELL}">{escape(str(row.name))}</td>'
    share, quotient = float(row["share_inside"]), float(row["location_quotient"])
    for shown in (
        f"{row['n_plants']:,.0f}",
        percent_text(share).en if np.isfinite(share) else "–",
        f"{quotient:.2f}" if np.isfinite(quotient) else "–",
        gamma_text(row) or "–",
    ):
        yield f'<td style="{_NUMBER}">{escape(shown)}</td>'
    if asked:
        told = escape(distance_text(row))
        yield f'<td style="{_CELL}white-space:nowrap;">{told}</td>'
