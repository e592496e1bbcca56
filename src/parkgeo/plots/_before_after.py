"""Figures of a consolidation: what each brand kept, gained and lost, and both states of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from parkgeo import crs, overlap
from parkgeo._style import (
    INK,
    PALETTE,
    WORDS,
    Brand,
    Text,
    area_text,
    brands,
    change_text,
    has_extent,
    names,
    require_brands,
    states_of,
)
from parkgeo.errors import SchemaError
from parkgeo.plots._around import (
    MOST_BRANDS,
    QUIET,
    Entry,
    head,
    legend_beside,
    line_entries,
    notes_of,
    whole_foot,
    whole_title,
)
from parkgeo.plots._ground import FILL_ALPHA, hatched
from parkgeo.plots._overlap import draw_ground
from parkgeo.plots._writer import Labels, Writer, digits, labels_of, shortened, wrapped, writer_of

_MOST_ROWS: Final = 40
_NOTHING_KM2: Final = 1e-6
"""A part that is less than a square metre over all brands is rounding, and stays out."""
_TITLES: Final = {
    "bars": Text("整合前后各牌子的增减", "What each brand kept, gained and lost"),
    "map": Text("整合前后对比", "Before and after"),
}
_MAP_INCH: Final = 5.0
_BESIDE_INCH: Final = 3.4
_ABOVE_INCH: Final = 1.5
_GAIN: Final = PALETTE[0]
_LOSS: Final = PALETTE[1]
_OTHERS_HATCH: Final = "////"
_PARTS: Final = (
    ("kept_km2", 1, "#B4BDC5", None, Text("保留", "Kept")),
    ("from_outside_km2", 1, _GAIN, None, Text("新划入", "Gained, of no brand before")),
    (
        "from_others_km2",
        1,
        _GAIN,
        _OTHERS_HATCH,
        Text("由其他牌子转入", "Gained from other brands"),
    ),
    ("to_outside_km2", -1, _LOSS, None, Text("划出", "Lost, of no brand now")),
    ("to_others_km2", -1, _LOSS, _OTHERS_HATCH, Text("转给其他牌子", "Lost to other brands")),
)
"""Column of the balance, side of the zero line, colour, hatch, words."""


def before_after(
    comparison: pd.DataFrame,
    *,
    labels: Labels | None = None,
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw what ground each brand kept, gained and lost (整合前后增减图).

    Right of the line stands what a brand has now, left of it what it lost: kept and lost together
    are what it had. The heading sets the net areas of both states against each other, in which
    ground of several brands counts once.

    Parameters
    ----------
    comparison
        What :func:`parkgeo.overlap.compare` returned.
    labels
        What is written for a brand: a mapping of its label to a name, or to a Chinese and an
        English one; or a frame with ``brand_id``, ``brand`` and ``brand_en``.
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
        No comparison, or more than 40 brands.
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
    >>> found = pd.DataFrame({"before": [("a",), ("a",)], "after": [("a",), ("b",)],
    ...     "area_km2": [3.0, 1.0]})
    >>> [text.get_text() for text in before_after(found, language="en").texts[:2]]
    ['4.00 → 3.00 km² (−25.0 %)', '0 → 1.00 km² (new)']
    """
    balance = overlap.balance(comparison)
    if len(balance) > _MOST_ROWS:
        raise SchemaError(
            f"{len(balance)} brands are too many to read; draw at most {_MOST_ROWS}: compare by "
            "another column, such as the platform or the level"
        )
    largest = balance[["before_km2", "after_km2"]].max(axis=1).to_numpy()
    balance = balance.iloc[np.argsort(-largest, kind="stable")]
    texts = labels_of(balance.index, labels)
    writer = writer_of(texts, language)
    axes = ax if ax is not None else _new_axes(len(balance))
    _bars(axes, writer, balance)
    _bar_texts(axes, writer, balance, [writer.text(texts[brand]) for brand in balance.index])
    heading = _TITLES["bars"] if title is None else Text.same(title)
    head(axes, writer, writer.text(heading), _net_change(comparison, balance))
    return axes


def _bars(axes: Axes, writer: Writer, balance: pd.DataFrame) -> None:
    at = np.arange(len(balance))
    ends = {1: np.zeros(len(balance)), -1: np.zeros(len(balance))}
    with mpl.rc_context({"hatch.linewidth": 0.8}):
        for column, side, color, hatch, said in _PARTS:
            width = side * balance[column].to_numpy()
            if np.abs(width).sum() < _NOTHING_KM2:
                continue
            axes.barh(
                at, width, left=ends[side], height=0.62, color=color, hatch=hatch,
                edgecolor="white", linewidth=0.6, label=said.of(writer.language),
            )  # fmt: skip
            ends[side] += width
        if axes.patches:
            axes.legend(
                loc="upper left", bbox_to_anchor=(0, -0.02 - 0.5 / (1 + 0.42 * len(balance))),
                frameon=False, ncols=3, prop=writer.font(8.5), labelcolor=INK, borderaxespad=0,
            )  # fmt: skip
    axes.axvline(0, color=INK, linewidth=1.0)
    axes.margins(x=0.03)
    axes.set_ylim(max(len(balance), 1) - 0.5, -0.5)


def _bar_texts(axes: Axes, writer: Writer, balance: pd.DataFrame, named: Sequence[str]) -> None:
    axes.set_yticks(np.arange(len(named)), [shortened(name, 30) for name in named])
    for y, (before, after) in enumerate(
        zip(balance["before_km2"], balance["after_km2"], strict=True)
    ):
        axes.annotate(
            _told(float(before), float(after)).of(writer.language), (1.0, y), (8, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            annotation_clip=False, **writer.style(8.5),
        )  # fmt: skip
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,g}")
    label = Text("← 失去　｜　现有 →（平方公里）", "← lost   |   now (km²) →")
    west, east = axes.get_xlim()
    zero = -west / (east - west)
    axes.set_xlabel(label.of(writer.language), x=zero, **writer.style(9, color=QUIET))
    for tick in axes.get_yticklabels():
        tick.update(writer.style(9))
        tick.set_linespacing(1.1)
    for tick in axes.get_xticklabels():
        tick.update(writer.style(8, color=QUIET))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _told(before: float, after: float) -> Text:
    """Write both areas of a brand, and the change."""
    if before == 0:
        change = Text("新设", "new")
    elif after == 0:
        change = Text("不再单列", "no more")
    else:
        change = change_text(after / before - 1)
    areas = f"{digits(before)} → {digits(after)}"
    return Text(f"{areas} 平方公里（{change.zh}）", f"{areas} km² ({change.en})")


def _net_change(comparison: pd.DataFrame, balance: pd.DataFrame) -> Text:
    """Set the net areas, and what the brands add up to, against each other."""
    area_km2 = comparison["area_km2"].to_numpy(dtype=np.float64)
    net = [
        float(area_km2[[len(members) > 0 for members in comparison[side]]].sum())
        for side in ("before", "after")
    ]
    added_up = [float(balance[f"{side}_km2"].sum()) for side in ("before", "after")]
    net_told, added_told = _told(*net), _told(*added_up)
    return Text(
        f"净面积（不重复计算） {net_told.zh}；各牌子相加 {added_told.zh}",
        f"Net area, nothing counted twice: {net_told.en}; brands added up: {added_told.en}",
    )


def _new_axes(n_bars: int) -> Axes:
    height = 2.2 + 0.42 * max(n_bars, 2)
    _, axes = plt.subplots(figsize=(10.0, height), layout="constrained")
    return axes


def before_after_map(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    labels: Sequence[str] | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw two states of the plan side by side, at one scale (前后对比图).

    Both as :func:`overlap_map` draws one: overlaps hatched, boundaries the more broken the less
    sure they are. The legend gives each brand's area in both.

    Parameters
    ----------
    before, after
        ``parks`` frames, each in any CRS that parkgeo knows. A brand that goes on has the same
        ``brand_id`` in both.
    labels
        What to call the two states, such as ``("2019", "2023")``; by default 整合前 and 整合后,
        before and after.
    language
        Of labels and names. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The figure; :func:`save` writes it.

    Raises
    ------
    MissingExtraError, SchemaError, MissingCRSError, GeometryError, UnknownNameError
        As :func:`overlap_map`, for either frame; no two labels.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    Examples
    --------
    >>> from shapely import box
    >>> square = [box(120, 30, 120.1, 30.1)]
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=square, crs="EPSG:4490")
    >>> figure = before_after_map(parks, parks.assign(brand_id="b"), language="en")
    >>> [panel.get_title(loc="left") for panel in figure.axes]
    ['Before', 'After']
    """
    called = states_of(labels)
    states = [require_brands(before), require_brands(after)]
    for frame, what in zip(states, ("before", "after"), strict=True):
        crs.require_crs(frame, what)
    named = pd.concat(
        [pd.DataFrame(s).reindex(columns=["brand_id", "brand", "brand_en"]) for s in states]
    )
    found = names(gpd.GeoDataFrame(named))
    written: dict[Any, Text] = {**found, **{("labels", i): text for i, text in enumerate(called)}}
    writer = writer_of(written, language)
    drawn = [frame[has_extent(frame)] for frame in states]
    faces = [overlap.partition(frame) for frame in drawn]
    color = {brand: PALETTE[i % len(PALETTE)] for i, brand in enumerate(found)}
    shown = [
        [replace(one, name=found[one.brand_id], color=color[one.brand_id]) for one in brands(*pair)]
        for pair in zip(drawn, faces, strict=True)
    ]
    plane, bounds = _common_ground(drawn)
    figure, panels = plt.subplots(1, 2, figsize=_size_for(bounds), layout="constrained")
    for row, axes in enumerate(panels):
        net = area_text(float(faces[row]["area_km2"].sum()))
        summary = Text(
            f"净面积（不重复计算） {net.zh}", f"Net area, nothing counted twice {net.en}"
        )
        head(axes, writer, writer.text(called[row]), summary, size_pt=12)
        zone = crs.to_geographic(drawn[row]).to_crs(plane)
        shared = faces[row][faces[row]["n_members"] >= 2]  # noqa: PLR2004
        draw_ground(axes, writer, zone, shared, shown[row], bounds=bounds)
    together = pd.concat([crs.to_geographic(frame) for frame in drawn])
    entries = [
        *_brand_entries(writer, *shown),
        *_hatch_entries(writer, pd.concat(faces)),
        *line_entries(writer, together, pd.concat(faces)),
    ]
    legend_beside(panels[1], writer, entries)
    whole_foot(figure, writer, _notes(writer, states, called))
    heading = _TITLES["map"] if title is None else Text.same(title)
    if title != "":
        whole_title(figure, writer, heading)
    return figure


def _common_ground(
    drawn: Sequence[gpd.GeoDataFrame],
) -> tuple[Any, NDArray[np.float64] | None]:
    """Choose the zone in which both states lie, and what both show of it."""
    shapes = pd.concat([crs.to_geographic(frame).geometry for frame in drawn], ignore_index=True)
    if shapes.empty:
        return crs.CGCS2000, None
    zone = crs.to_zone(gpd.GeoSeries(shapes))
    return crs.require_crs(zone), zone.total_bounds


def _size_for(bounds: NDArray[np.float64] | None) -> tuple[float, float]:
    """Choose a size, in inches, at which both maps fill their panels, tall ground or wide."""
    west, south, east, north = (0.0, 0.0, 1.0, 1.0) if bounds is None else bounds
    wide, tall = max(east - west, 1e-9), max(north - south, 1e-9)
    width = _MAP_INCH * min(1.0, max(wide / tall, 0.6))
    height = _MAP_INCH * min(1.0, max(tall / wide, 0.6))
    return 2 * width + _BESIDE_INCH, height + _ABOVE_INCH


def _brand_entries(
    writer: Writer, before: Sequence[Brand], after: Sequence[Brand]
) -> Iterator[Entry]:
    """Yield the largest brands with their areas in both states, and how many more there are."""
    areas: dict[Any, list[float]] = {}
    by_id: dict[Any, Brand] = {}
    for state, shown in enumerate((before, after)):
        for brand in shown:
            by_id[brand.brand_id] = brand
            areas.setdefault(brand.brand_id, [0.0, 0.0])[state] = brand.area_km2
    there = [one for one in areas if max(areas[one]) > 0]
    most = sorted(there, key=lambda one: -max(areas[one]))[:MOST_BRANDS]
    for brand_id in [one for one in there if one in set(most)]:
        brand = by_id[brand_id]
        told = _told(*areas[brand_id]).of(writer.language)
        fill = mpl.colors.to_rgba(brand.color, FILL_ALPHA)
        name = wrapped(writer.text(brand.name), 34)
        yield Patch(facecolor=fill, edgecolor=brand.color, linewidth=1.4), f"{name}\n{told}"
    rest = len(there) - len(most)
    if rest:
        more = Text(f"另有 {rest} 块牌子", f"and {rest} more brands")
        yield Patch(facecolor="none", edgecolor=QUIET, linewidth=1.4), more.of(writer.language)


def _hatch_entries(writer: Writer, faces: pd.DataFrame) -> Iterator[Entry]:
    """Explain what is hatched; what is cross-hatched stands with the lines."""
    if (faces["n_members"] == 2).any():  # noqa: PLR2004
        yield hatched(2), WORDS["hatched"].of(writer.language)


def _notes(
    writer: Writer, states: Sequence[gpd.GeoDataFrame], called: tuple[Text, Text]
) -> list[str]:
    """Say once what holds for both states, and of which one what holds for one."""
    said = [notes_of(writer, frame) for frame in states]
    both = [note for note in said[0] if note in said[1]]
    colon = Text("：", ": ").of(writer.language)
    single = [
        f"{writer.text(side)}{colon}{note}"
        for side, notes in zip(called, said, strict=True)
        for note in notes
        if note not in both
    ]
    return [*single, *both]
