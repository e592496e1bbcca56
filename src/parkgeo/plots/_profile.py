"""The figure of a city's profile: how much lies inside, in how many pieces, which industries."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from parkgeo._style import INK, PALETTE, Text, percent_text
from parkgeo.agglomeration._profile_card import by_industry, city_texts, gamma_text
from parkgeo.errors import SchemaError, first_rows
from parkgeo.plots._around import QUIET, TARGET
from parkgeo.plots._given import require_columns
from parkgeo.plots._writer import Writer, labels_of, wrapped, writer_of

_COLUMNS: Final = ("topic", "subject", "measure", "value", "low", "high")
_MEASURES: Final = (
    "ratio", "target", "inside", "total", "gap", "outside", "n_patches", "mean_patch", "n_clusters",
)  # fmt: skip
"""Measures of the city that are drawn or written."""
_REST: Final = "#DDE3E6"
_MOST_INDUSTRIES: Final = 24
_REACHES: Final = {
    "localised": Text("集聚", "localised"),
    "dispersed": Text("分散", "dispersed"),
    "chance": Text("未见异于随机", "as by chance"),
}
_UNDEFINED: Final = Text("无法判断（企业太少等）", "undefined (few plants, …)")
_TITLE: Final = Text("工业用地集聚画像", "Industrial land: a profile")
_LOCALISED: Final = PALETTE[0]
_DISPERSED: Final = PALETTE[3]


def city_profile(
    profile: pd.DataFrame,
    *,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw what :func:`parkgeo.agglomeration.profile` found (工业用地集聚画像).

    Above, how much of the land lies inside the zones, with its interval, against the target, and
    how large the largest patch is; below, each industry's share inside with its quotient and γ,
    and from which distance to which its plants are localised, or dispersed, beyond chance.

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
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from parkgeo import agglomeration
    >>> land = gpd.GeoSeries([box(120, 30, 120.01, 30.01)], crs=4490).to_frame("geometry")
    >>> found = agglomeration.profile(land, land.assign(brand_id="a"))
    >>> len(city_profile(found, language="en").axes)
    1
    """
    profile = _numbered(profile)
    city = profile[profile["topic"] != "industry"].set_index("measure")
    if missing := [name for name in _MEASURES if name not in city.index]:
        raise SchemaError(f"the profile lacks the measure {', '.join(missing)}")
    table = by_industry(profile)[::-1]
    if len(table) > _MOST_INDUSTRIES:
        raise SchemaError(
            f"{len(table)} industries are too many to read; draw at most {_MOST_INDUSTRIES}: keep "
            "rows of some, or put industries together"
        )
    writer = writer_of(labels_of(table.index, None), language)
    figure, axes = _panels(table)
    _bars(axes["city"], city, writer)
    if len(table):
        axes["city"].set_xticks([])
        _shares(axes["shares"], table, city, writer)
    if "reach" in axes:
        _reaches(axes["reach"], table, profile.attrs.get("distances", {}), writer)
    heading = writer.text(_TITLE) if title is None else writer.text(Text.same(title))
    if heading:
        figure.suptitle(heading, x=0.01, ha="left", **writer.style(14, bold=True))
    return figure


def _numbered(profile: pd.DataFrame) -> pd.DataFrame:
    """Return a profile whose values are numbers, or say in which rows they are not."""
    require_columns(profile, _COLUMNS, what="profile", source="agglomeration.profile")
    numbers = {}
    for name in ("value", "low", "high"):
        numbers[name] = pd.to_numeric(profile[name], errors="coerce").astype("float64")
        wrong = numbers[name].isna() & profile[name].notna()
        if wrong.any() or pd.api.types.is_datetime64_any_dtype(profile[name].dtype):
            raise SchemaError(
                f"the profile's {name} is no number in rows {first_rows(profile.index[wrong])}; "
                "give what agglomeration.profile returned"
            )
    return profile.assign(**numbers)


def _panels(table: pd.DataFrame) -> tuple[Figure, dict[str, Axes]]:
    """Lay out the city above, shares below, and distances beside these where they are known."""
    if table.empty:
        return plt.subplot_mosaic([["city"]], figsize=(8.6, 2.9), layout="constrained")
    asked = (table["localisation_index"].notna() | table["undefined"]).any()
    # A bar is as high as its name needs.
    most = max(len(_name(name).splitlines()) for name in table.index)
    rows = 0.8 + max(0.36, 0.17 * most) * len(table)
    figure, axes = plt.subplot_mosaic(
        [["city", "."], ["shares", "reach"]] if asked else [["city"], ["shares"]],
        figsize=(10.4 if asked else 8.6, 2.9 + rows), layout="constrained",
        height_ratios=[2.2, rows], width_ratios=[3, 2] if asked else None,
    )  # fmt: skip
    return figure, axes


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
    axes.plot([target, target], [0.75, 1.34], color=TARGET, linewidth=2.0)
    axes.annotate(
        writer.text(Text(f"目标 {percent_text(target).zh}", f"Target {percent_text(target).en}")),
        (target, 1.34), (0, 3), textcoords="offset points", ha="center",
        **writer.style(9, color=TARGET),
    )  # fmt: skip
    for place, text in zip(at, city_texts(value), strict=True):
        axes.annotate(
            writer.text(text), (0, place - 0.27), (2, -2), textcoords="offset points", va="top",
            **writer.style(8.5, color=QUIET),
        )  # fmt: skip
    axes.set_yticks(at, [
        writer.text(Text("园区内占比", "Inside the zones")),
        writer.text(Text("最大连片占比", "In the largest patch")),
    ])  # fmt: skip
    axes.set_ylim(-0.75, 1.75)
    _finish(axes, writer)


def _shares(axes: Axes, table: pd.DataFrame, city: pd.DataFrame, writer: Writer) -> None:
    at = np.arange(len(table))
    axes.barh(at, np.ones(len(table)), height=0.62, color=_REST)
    axes.barh(at, np.nan_to_num(table["share_inside"]), height=0.62, color=PALETTE[0])
    target = float(city["value"]["target"])
    axes.axvline(target, color=TARGET, linewidth=1.0, linestyle=(0, (4, 3)))
    for place, (_, row) in zip(at, table.iterrows(), strict=True):
        axes.annotate(
            writer.text(_note(row)), (1.0, float(place)), (6, 0), textcoords="offset points",
            va="center", annotation_clip=False, **writer.style(8.5, color=QUIET),
        )  # fmt: skip
    axes.set_yticks(at, [_name(writer.text(Text.same(str(name)))) for name in table.index])
    axes.set_title(
        writer.text(Text("园区内占比、× 区位商、γ 指数", "Industries inside; × quotient; γ")),
        loc="left", **writer.style(10, bold=True),
    )  # fmt: skip
    # As beside it, so that rows are level.
    axes.set_ylim(-0.5, len(table) - 0.5)
    _finish(axes, writer)


def _name(name: object) -> str:
    return wrapped(str(name), 24)


def _note(row: "pd.Series[float]") -> Text:
    """Write the quotient, and γ with a star where it is more than chance."""
    parts = [f"× {row['location_quotient']:.2f}"] if np.isfinite(row["location_quotient"]) else []
    parts += [f"γ {gamma}"] if (gamma := gamma_text(row)) else []
    return Text.same(" · ".join(parts))


def _reaches(axes: Axes, table: pd.DataFrame, how: Mapping[str, Any], writer: Writer) -> None:
    """Draw from which distance to which each industry is beyond its global band."""
    at = np.arange(len(table))
    ends = table[["localised_to", "dispersed_to"]].to_numpy()
    farthest = how.get("r", np.nan)
    if not np.isfinite(farthest):
        farthest = np.nanmax(ends) if np.isfinite(ends).any() else 1000.0
    axes.barh(at, np.where(table["undefined"], np.nan, farthest / 1000), height=0.1, color=_REST)
    for name, color in (("localised", _LOCALISED), ("dispersed", _DISPERSED)):
        start, end = table[f"{name}_from"] / 1000, table[f"{name}_to"] / 1000
        # A single distance is still seen.
        width = np.maximum(end - start, farthest / 1000 / 150)
        axes.barh(at, width, left=start, height=0.5, color=color)
    for place in np.flatnonzero(table["undefined"]):
        axes.annotate(
            writer.text(_UNDEFINED), (0, float(place)), (2, 0), textcoords="offset points",
            va="center", **writer.style(8.5, color=QUIET),
        )  # fmt: skip
    marks = (("localised", _LOCALISED), ("dispersed", _DISPERSED), ("chance", _REST))
    legend = axes.legend(
        handles=[Patch(color=color, label=writer.text(_REACHES[name])) for name, color in marks],
        title=writer.text(Text("企业间距离（千米）", "Distances between plants (km)")),
        title_fontproperties=writer.font(10, bold=True), prop=writer.font(8.5), labelcolor=INK,
        alignment="left", loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False,
        borderpad=0.0, borderaxespad=0.3, handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
    legend.get_title().set_color(INK)
    axes.set_xlim(0, farthest / 1000)
    axes.set_ylim(-0.5, len(table) - 0.5)
    axes.set_yticks([])
    for label in axes.get_xticklabels():
        label.update(writer.style(9))
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _finish(axes: Axes, writer: Writer) -> None:
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    for label in (*axes.get_yticklabels(), *axes.get_xticklabels()):
        label.update(writer.style(9))
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
