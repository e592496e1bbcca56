"""The figure of what every target costs."""

from typing import Final, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from parkgeo._style import INK, Text, percent_text
from parkgeo.concentration import Plan
from parkgeo.errors import SchemaError
from parkgeo.plots._around import QUIET
from parkgeo.plots._writer import Writer, writer_of

_COLOR: Final = "#332288"
_CHOSEN: Final = "#CC6677"
_TITLE: Final = Text("集中度与最低成本", "What every share costs at least")


def plan_frontier(
    plan: Plan,
    *,
    frontier: pd.DataFrame | None = None,
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw what every share of land inside costs at least (比例—成本曲线).

    A step: what a plan reaches beyond a target costs no more. The present share stands at the left,
    the highest that the limits allow at the right.

    Parameters
    ----------
    plan
        What :func:`parkgeo.concentration.plan` returned.
    frontier
        What :meth:`parkgeo.concentration.Plan.frontier` returned for targets of your choice; by
        default it is called without any.
    ax
        Axes to draw into; a new figure without.
    language
        Of labels. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The axes; ``.figure`` is the figure, :func:`save` writes it.

    Raises
    ------
    SchemaError
        The frontier lacks a column.
    MissingExtraError
        No installed font has Chinese glyphs, and ``language="zh"`` asks for them.
    UnknownNameError
        No such language.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from parkgeo import concentration
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01), box(120.02, 30, 120.03, 30.01)],
    ...     crs="EPSG:4490").to_frame("geometry")
    >>> zone = land.iloc[:1].assign(brand_id="a")
    >>> found = concentration.plan(land, zone, costs={"convert_per_mu": 30.0})
    >>> plan_frontier(found, language="en", title="Cost").get_title(loc="left")
    'Cost'
    """
    writer = writer_of({}, language)
    curve = plan.frontier() if frontier is None else frontier
    if missing := [name for name in ("target", "ratio", "cost") if name not in curve.columns]:
        raise SchemaError(f"the frontier lacks {', '.join(missing)}; give what Plan.frontier made")
    axes = ax if ax is not None else _new_axes()
    _draw_curve(axes, curve[curve["cost"].notna()], plan)
    _label(axes, writer, plan, title)
    return axes


def _draw_curve(axes: Axes, curve: pd.DataFrame, plan: Plan) -> None:
    # The plan is a least cost itself, and between two targets it says more than the step.
    ratio = np.concatenate([[plan.before["ratio"], plan.after["ratio"]], curve["ratio"]])
    cost = np.concatenate([[0.0, plan.cost], curve["cost"]])
    order = np.lexsort([cost, ratio])
    ratio, cost = ratio[order], np.minimum.accumulate(cost[order][::-1])[::-1]
    axes.step(ratio, cost, where="pre", color=_COLOR, linewidth=1.8, zorder=3)
    axes.plot(curve["ratio"], curve["cost"], "o", color=_COLOR, markersize=4.5, zorder=4)
    axes.axvline(plan.target, color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
    axes.plot(
        [plan.after["ratio"]], [plan.cost], "D", color=_CHOSEN, markersize=8, zorder=5,
        markeredgecolor="white",
    )  # fmt: skip


def _label(axes: Axes, writer: Writer, plan: Plan, title: str | None) -> None:
    currency = plan.costs.currency
    reached, target = percent_text(float(plan.after["ratio"])), percent_text(plan.target)
    axes.set_xlabel(
        writer.text(Text("开发区内占比", "Share of the land inside the zones")), **writer.style(10)
    )
    axes.set_ylabel(
        writer.text(Text(f"最低成本（{currency}）", f"Least cost ({currency})")), **writer.style(10)
    )
    heading = writer.text(_TITLE) if title is None else writer.text(Text.same(title))
    if heading:
        axes.set_title(heading, loc="left", **writer.style(13, bold=True))
    chosen = Text(
        f"方案：{reached.zh}，{plan.cost:,.0f} {currency}",
        f"Plan: {reached.en}, {plan.cost:,.0f} {currency}",
    )
    # The curve rises: there is room above it for a plan on the right, and else below its end.
    left = plan.after["ratio"] > sum(axes.get_xlim()) / 2
    axes.annotate(
        writer.text(chosen), (float(plan.after["ratio"]), plan.cost),
        (-10, 10) if left else (0.985, 0.05),
        textcoords="offset points" if left else "axes fraction", ha="right", zorder=6,
        arrowprops=None if left else {"arrowstyle": "-", "color": _CHOSEN, "shrinkB": 6},
        **writer.style(9, bold=True, color=_CHOSEN),
    )  # fmt: skip
    axes.annotate(
        writer.text(Text(f"目标 {target.zh}", f"Target {target.en}")), (plan.target, 1.0), (4, -4),
        xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
        **writer.style(9, color=QUIET),
    )  # fmt: skip
    axes.xaxis.set_major_formatter(
        PercentFormatter(1.0, decimals=None, symbol=writer.text(Text("%", " %")))
    )
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_ylim(bottom=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#E3E8EB", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9)


def _new_axes() -> Axes:
    _, axes = plt.subplots(figsize=(7.6, 4.8), layout="constrained")
    return axes
