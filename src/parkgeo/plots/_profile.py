"""The figure of a city's profile: how much lies inside, in how many pieces, which industries."""

from typing import Final, Literal

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from parkgeo._style import INK, PALETTE, Text, km2_text, percent_text
from parkgeo.errors import SchemaError
from parkgeo.plots._writer import Writer, wrapped, writer_for

_COLUMNS: Final = ("topic", "subject", "measure", "value", "low", "high")
_QUIET: Final = "#5B6773"
_REST: Final = "#DDE3E6"
_MOST_INDUSTRIES: Final = 24
_TITLE: Final = Text("工业用地集聚画像", "Industrial land: a profile")
_SIGNIFICANT: Final = 0.05


def city_profile(
    profile: pd.DataFrame,
    *,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw what :func:`parkgeo.agglomeration.profile` found (工业用地集聚画像).

    Above, how much of the land lies inside the zones, with its interval, against the target, and
    how large the largest patch is; below, each industry's share inside, with all plants' as a line.

    Parameters
    ----------
    profile
        The frame.
    language
        Of the words. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The figure; :func:`save` writes it.

    Raises
    ------
    SchemaError
        A frame that is no profile; more than 24 industries.
    MissingExtraError
        No installed font has Chinese glyphs, and ``language="zh"`` or a name asks for them.
    UnknownNameError
        No such language.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    Examples
    --------
    >>> from shapely import box
    >>> from parkgeo import agglomeration
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01)], crs=4490).to_frame("geometry")
    >>> found = agglomeration.profile(land, land.assign(brand_id="a"))
    >>> len(city_profile(found, language="en").axes)
    1
    """
    if missing := [name for name in _COLUMNS if name not in profile.columns]:
        raise SchemaError(f"the profile lacks {', '.join(missing)}; give what profile() returned")
    city = profile[profile["topic"] != "industry"].set_index("measure")
    if missing := [name for name in ("ratio", "target", "n_patches") if name not in city.index]:
        raise SchemaError(f"the profile lacks the measure {', '.join(missing)}")
    table = _industries(profile)
    if len(table) > _MOST_INDUSTRIES:
        raise SchemaError(
            f"{len(table)} industries are too many to read; draw at most {_MOST_INDUSTRIES}: keep "
            "rows of some, or put industries together"
        )
    names = [str(name) for name in table.index]
    writer = writer_for(gpd.GeoDataFrame({"brand_id": names}), language)
    height = 2.9 + (0.8 + 0.36 * len(names) if names else 0.0)
    figure, axes = plt.subplots(
        2 if names else 1, 1, figsize=(8.6, height), layout="constrained", squeeze=False,
        height_ratios=[2.2, 0.8 + 0.36 * len(names)] if names else None,
    )  # fmt: skip
    _bars(axes[0, 0], city, writer)
    if names:
        axes[0, 0].set_xticks([])
        _shares(axes[1, 0], table, city, writer)
    heading = writer.text(_TITLE) if title is None else writer.text(Text.same(title))
    if heading:
        figure.suptitle(heading, x=0.01, ha="left", **writer.style(14, bold=True))
    return figure


def _industries(profile: pd.DataFrame) -> pd.DataFrame:
    """Lay the industries out, the one that keeps to the zones most on top."""
    own = profile[profile["topic"] == "industry"]
    table = own.pivot_table(index="subject", columns="measure", values="value", dropna=False)
    for name in ("share_inside", "location_quotient", "ellison_glaeser", "p_value"):
        if name not in table:
            table[name] = np.nan
    return table.sort_values("share_inside", ascending=True, na_position="first", kind="stable")


def _bars(axes: Axes, city: pd.DataFrame, writer: Writer) -> None:
    value = city["value"]
    shares = [float(value["ratio"]), float(value.get("largest_share", np.nan))]
    at = [1.0, 0.0]
    axes.barh(at, [1, 1], height=0.5, color=_REST)
    axes.barh(at, np.nan_to_num(shares), height=0.5, color=[PALETTE[0], PALETTE[2]])
    low, high = float(city["low"]["ratio"]), float(city["high"]["ratio"])
    if np.isfinite([low, high]).all():
        axes.plot([low, high], [1.0, 1.0], color=INK, linewidth=1.4, marker="|", markersize=9)
    target = float(value["target"])
    axes.plot([target, target], [0.66, 1.34], color="#C8374B", linewidth=2.0)
    axes.annotate(
        writer.text(Text(f"目标 {percent_text(target).zh}", f"Target {percent_text(target).en}")),
        (target, 1.34), (0, 3), textcoords="offset points", ha="center",
        **writer.style(9, color="#C8374B"),
    )  # fmt: skip
    for place, text in zip(at, _texts(value), strict=True):
        axes.annotate(
            writer.text(text), (0, place - 0.27), (2, -2), textcoords="offset points", va="top",
            **writer.style(8.5, color=_QUIET),
        )  # fmt: skip
    axes.set_yticks(at, [
        writer.text(Text("园区内占比", "Inside the zones")),
        writer.text(Text("最大连片占比", "In the largest patch")),
    ])  # fmt: skip
    axes.set_ylim(-0.75, 1.75)
    _finish(axes, writer)


def _texts(value: "pd.Series[float]") -> tuple[Text, Text]:
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


def _shares(axes: Axes, table: pd.DataFrame, city: pd.DataFrame, writer: Writer) -> None:
    at = np.arange(len(table))
    axes.barh(at, np.ones(len(table)), height=0.62, color=_REST)
    axes.barh(at, np.nan_to_num(table["share_inside"]), height=0.62, color=PALETTE[0])
    target = float(city["value"]["target"])
    axes.axvline(target, color="#C8374B", linewidth=1.0, linestyle=(0, (4, 3)))
    for place, (_, row) in zip(at, table.iterrows(), strict=True):
        axes.annotate(
            writer.text(_note(row)), (1.0, float(place)), (6, 0), textcoords="offset points",
            va="center", annotation_clip=False, **writer.style(8.5, color=_QUIET),
        )  # fmt: skip
    axes.set_yticks(at, [wrapped(writer.text(Text.same(str(name))), 24) for name in table.index])
    axes.set_title(
        writer.text(Text("各行业园区内占比、区位商、集聚指数 γ", "Industries inside; quotient; γ")),
        loc="left", **writer.style(10, bold=True),
    )  # fmt: skip
    _finish(axes, writer)


def _note(row: "pd.Series[float]") -> Text:
    """Write the quotient, and γ with a star where it is more than chance."""
    parts = [f"× {row['location_quotient']:.2f}"] if np.isfinite(row["location_quotient"]) else []
    if np.isfinite(row["ellison_glaeser"]):
        star = " *" if row["p_value"] <= _SIGNIFICANT else ""
        parts.append(f"γ {row['ellison_glaeser']:.3f}{star}".replace("-", "−"))
    return Text.same(" · ".join(parts))


def _finish(axes: Axes, writer: Writer) -> None:
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    for label in (*axes.get_yticklabels(), *axes.get_xticklabels()):
        label.update(writer.style(9))
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
