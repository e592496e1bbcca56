"""The figure of a land census: bars of land by use or status."""

from typing import Final, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from parkgeo._style import INK, PALETTE, Text, area_text
from parkgeo.census import Census
from parkgeo.errors import SchemaError
from parkgeo.plots._around import QUIET, head
from parkgeo.plots._writer import Writer, labels_of, wrapped, writer_of

_ALL: Final = "all"
_OVERLAP: Final = "overlap"
_COLORS: Final = {
    "industry": PALETTE[0],
    "innovative": PALETTE[2],
    "other": PALETTE[3],
    "in_use": PALETTE[0],
    "inefficient": PALETTE[1],
    "under_construction": PALETTE[2],
    "supplied_not_used": PALETTE[3],
    "approved_not_supplied": PALETTE[4],
    "idle": PALETTE[7],
    "industrial": PALETTE[0],
    "inside": PALETTE[0],
    "outside": PALETTE[3],
    "unknown": "#FFFFFF",
}
_TITLE: Final = Text("工业用地调查", "Land census")
_UNITS: Final = {
    "area_km2": Text("平方公里", "km²"),
    "area_mu": Text("亩", "mu"),
    "n_parcels": Text("宗", "parcels"),
}
_MOST_ROWS: Final = 40
_EXACT: Final = 1000
"""From here on totals are whole numbers."""


def census_bars(  # noqa: PLR0913 - independent options, all by keyword
    census: Census,
    *,
    rows: str = "district",
    columns: str = "use",
    values: str = "area_km2",
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a land census as stacked bars, one for each district or platform (用地结构图).

    By platform the last bars are what lies in any of them, with ground of several counted once,
    outside, and at an unknown place.

    Parameters
    ----------
    census
        What :func:`parkgeo.census.tabulate` returns.
    rows
        ``"district"``, ``"platform"`` or another dimension: a bar for each value.
    columns
        ``"use"``, ``"status"``, ``"legal_use"`` or ``"place"``: the parts of a bar.
    values
        ``area_km2``, ``area_mu`` or ``n_parcels``.
    ax
        Axes to draw into; a new figure without.
    language
        Of the words. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The axes; :func:`save` writes the figure.

    Raises
    ------
    SchemaError
        More than 40 bars.
    UnknownNameError
        No such dimension, value or language.
    MissingExtraError
        No installed font has Chinese glyphs, and ``language="zh"`` or a name asks for them.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from parkgeo import census
    >>> land = gpd.GeoDataFrame({"use": ["工业"], "status": ["在用"], "district": ["x"]},
    ...     geometry=gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"]), crs=4490)
    >>> len(census_bars(census.tabulate(land), language="en").patches)
    1
    """
    plain = census.cross(rows, columns, values=values)
    kept = ~plain.index.isin([_ALL, _OVERLAP])
    if rows == "platform":
        kept &= (plain[_ALL] != 0).to_numpy() | ~plain.index.isin(["unknown", "outside"])
    if kept.sum() > _MOST_ROWS:
        raise SchemaError(
            f"{kept.sum()} bars are too many to read; draw at most {_MOST_ROWS}: choose parcels, "
            "or another dimension for the rows",
        )
    names = [str(name) for name in plain.index[kept]]
    writer = writer_of(labels_of(names, None), language)
    told = census.cross(rows, columns, values=values, language=writer.language)
    axes = ax if ax is not None else _new_axes(len(names))
    widths = plain[kept].drop(columns=_ALL)
    _bars(axes, widths, [str(name) for name in told.columns[:-1]], writer)
    _labels(axes, writer, [str(name) for name in told.index[kept]], plain.loc[kept, _ALL])
    heading = _TITLE if title is None else Text.same(title)
    _around(axes, writer, heading, census, values)
    return axes


def _bars(axes: Axes, widths: pd.DataFrame, legend: list[str], writer: Writer) -> None:
    """Draw the parts of each bar, one beside the other."""
    start = np.zeros(len(widths))
    for number, (value, label) in enumerate(zip(widths.columns, legend, strict=True)):
        width = widths[value].to_numpy(dtype=np.float64)
        axes.barh(
            np.arange(len(widths)),
            width,
            left=start,
            height=0.68,
            color=_COLORS.get(str(value), PALETTE[number % len(PALETTE)]),
            edgecolor=QUIET if value == "unknown" else "white",
            hatch="////" if value == "unknown" else None,
            linewidth=0.6,
            label=writer.text(Text.same(label)),
        )
        start += width
    if len(widths.columns):
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            borderaxespad=0.0,
            frameon=False,
            prop=writer.font(9),
            labelcolor=INK,
        )


def _labels(axes: Axes, writer: Writer, names: list[str], totals: "pd.Series[float]") -> None:
    """Name each bar, and write its total behind it."""
    at = np.arange(len(names))
    axes.set_yticks(at, [wrapped(writer.text(Text.same(name)), 24) for name in names])
    for label in axes.get_yticklabels():
        label.update(writer.style(9))
        label.set_linespacing(1.3)
    for place, total in zip(at, totals, strict=True):
        axes.annotate(
            f"{total:,.4g}" if total < _EXACT else f"{total:,.0f}",
            (float(total), float(place)),
            (4, 0),
            textcoords="offset points",
            va="center",
            **writer.style(8, color=QUIET),
        )
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlim(left=0)


def _around(axes: Axes, writer: Writer, heading: Text, census: Census, values: str) -> None:
    """Write the title, what was counted, and the unit."""
    totals = census.totals
    area = area_text(float(totals["area_km2"]))
    lost = int(totals["without_geometry"]["n"])
    summary = Text(
        f"{totals['n_parcels']:,} 宗；{area.zh}" + (f"；{lost:,} 宗无图形" if lost else ""),
        f"{totals['n_parcels']:,} parcels; {area.en}"
        + (f"; {lost:,} without a geometry" if lost else ""),
    )
    head(axes, writer, heading.of(writer.language), summary)
    axes.set_xlabel(_UNITS[values].of(writer.language), **writer.style(9))
    for label in axes.get_xticklabels():
        label.update(writer.style(8, color=QUIET))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _new_axes(bars: int) -> Axes:
    height = max(2.6, 1.5 + 0.42 * bars)
    _, axes = plt.subplots(figsize=(9.0, height), layout="constrained")
    return axes
