"""The UpSet figure: which brands lie on the same ground, where circles would no longer do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from parkgeo import overlap
from parkgeo._style import (
    INK,
    PALETTE,
    Text,
    area_text,
    brands,
    has_extent,
    require_brands,
)
from parkgeo.errors import SchemaError
from parkgeo.plots._around import QUIET, notes_of, whole_foot, whole_head
from parkgeo.plots._given import require_table
from parkgeo.plots._writer import Labels, Writer, digits, labels_of, shortened, writer_of

_TITLE: Final = Text("牌子重叠的组合", "Which brands share ground")
_PALE: Final = "#DDE3E6"
_STRIPE: Final = "#F4F6F7"
_SHADES: Final = ("#B4BDC5", "#6B7985", INK)
"""Of ground of one brand, of two, of three or more: darker where more brands lie."""
_SHADE_TEXTS: Final = (
    Text("只属一块牌子", "One brand"),
    Text("两块牌子", "Two brands"),
    Text("三块以上牌子", "Three or more"),
)
_REST_HATCH: Final = "////"
_HEAD_INCH: Final = 0.62
_BARS_INCH: Final = 2.3
_ROW_INCH: Final = 0.34
_COLUMN_INCH: Final = 0.34
_LEVEL: Final = 8
"""Up to so many columns there is room for values that are not turned."""


class _Set(NamedTuple):
    """A row: one brand, or all that have no row of their own."""

    label: Text
    area_km2: float
    color: str


class _Limits(NamedTuple):
    """What the caller wants to see."""

    min_area_km2: float
    min_members: int
    max_sets: int
    max_columns: int


class _Column(NamedTuple):
    """Ground of exactly the brands of some rows: which rows, how much, and how many brands.

    Brands without a row of their own are one row together, so there may be more of them.
    """

    rows: tuple[int, ...]
    area_km2: float
    n_members: int

    @property
    def shade(self) -> int:
        """Which of the shades stands for so many brands."""
        return min(self.n_members, len(_SHADES)) - 1


@dataclass(frozen=True, slots=True)
class _Cut:
    """What is drawn, and how much is not."""

    largest: Sequence[Any]
    """Brands with a row of their own, from the top."""
    n_rest: int
    rest_km2: float
    columns: Sequence[_Column]
    n_left_out: int
    left_out_km2: float

    def mixes(self, column: _Column) -> bool:
        """Say whether a combination takes brands of the last row together."""
        return len(self.largest) in column.rows


def upset(  # noqa: PLR0913 - independent options, all by keyword
    parks: gpd.GeoDataFrame | pd.DataFrame,
    *,
    by: str = "brand_id",
    min_area_km2: float = 0.0,
    min_members: int = 1,
    max_sets: int = 20,
    max_columns: int = 24,
    labels: Labels | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw which combinations of brands lie on how much ground (UpSet 图).

    A row for each brand with its area, a column for each combination with the ground that lies in
    exactly these brands and no other: columns add up to the net area, and nothing counts twice.

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. Or the faces that :func:`parkgeo.overlap.partition` made of
        them, all of them: what it left out is missing from the area of a brand too.
    by
        Column, or name of the index, whose values say which blocks belong together.
    min_area_km2
        Leave out combinations on less ground.
    min_members
        Leave out ground of fewer brands; 2 draws what is overlapped.
    max_sets
        Brands that get a row of their own, the largest; all others share the last row.
    max_columns
        Combinations that are drawn, the largest.
    labels
        What is written for a brand: a mapping of its label to a name, or to a Chinese and an
        English one; or a frame with ``brand_id``, ``brand`` and ``brand_en``. Blocks bring theirs.
    language
        Of the words. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The figure; :func:`save` writes it. What is left out is said below it, with its area.

    Raises
    ------
    SchemaError
        A frame of neither blocks nor faces, or a limit below 1.
    MissingCRSError, CRSMismatchError, GeometryError, UnknownNameError
        As :func:`parkgeo.overlap.partition`; UnknownNameError too for a language.
    MissingExtraError
        No installed font has Chinese glyphs, and ``language="zh"`` or a name asks for them.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    References
    ----------
    Lex, A. et al. (2014), UpSet: visualization of intersecting sets.
    https://doi.org/10.1109/TVCG.2014.2346248

    Examples
    --------
    >>> faces = pd.DataFrame({"members": [("a",), ("a", "b")], "area_km2": [2.0, 1.0]})
    >>> panels = {panel.get_label(): panel for panel in upset(faces, language="en").axes}
    >>> [float(bar.get_width()) for bar in panels["sets"].patches]
    [3.0, 1.0]
    """
    if min(min_members, max_sets, max_columns) < 1:
        raise SchemaError("min_members, max_sets and max_columns must be 1 or more")
    faces = _faces(parks, by)
    blocks = parks if isinstance(parks, gpd.GeoDataFrame) and faces is not parks else None
    sizes = _sizes(faces)
    texts = labels_of(sizes, blocks if labels is None and by == "brand_id" else labels)
    writer = writer_of(texts, language)
    limits = _Limits(min_area_km2, min_members, max_sets, max_columns)
    cut = _cut(faces, sizes, limits)
    sets = _sets(cut, sizes, texts, _colors(blocks, faces, by))
    figure, axes = _panels(len(sets), len(cut.columns), has_title=title != "")
    added_up, net = area_text(sum(sizes.values())), area_text(float(faces["area_km2"].sum()))
    summary = Text(
        f"各牌子面积相加 {added_up.zh}；净面积（不重复计算） {net.zh}",
        f"Brands added up {added_up.en}; net area, nothing counted twice {net.en}",
    )
    whole_head(axes["head"], writer, _TITLE if title is None else Text.same(title), summary)
    _draw_columns(axes["columns"], cut, writer)
    _draw_sets(axes["sets"], sets, writer)
    _draw_matrix(axes["matrix"], cut, sets, writer)
    _draw_legend(axes["legend"], cut, writer)
    notes = [note.of(writer.language) for note in _left_out(cut, min_members)]
    if blocks is not None and by == "brand_id":
        notes += notes_of(writer, require_brands(blocks))
    whole_foot(figure, writer, notes)
    return figure


def _faces(parks: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return faces as they are given, or cut them."""
    require_table(parks, what="parks", source="parkgeo.read_parks or overlap.partition")
    if {"members", "area_km2"} <= set(parks.columns):
        return parks
    if not isinstance(parks, gpd.GeoDataFrame):
        raise SchemaError(
            "give blocks with a geometry, or what overlap.partition returned, with members and "
            f"area_km2; found {', '.join(map(str, parks.columns[:8])) or 'no column'}"
        )
    return overlap.partition(parks, by=by, geometry=False)


def _sizes(faces: pd.DataFrame) -> dict[Any, float]:
    """Add up the faces of each brand."""
    each = faces[["members", "area_km2"]].explode("members").dropna(subset="members")
    sums = each.groupby("members", sort=False)["area_km2"].sum().to_dict()
    return {brand: float(area) for brand, area in sums.items()}


def _colors(blocks: gpd.GeoDataFrame | None, faces: pd.DataFrame, by: str) -> Mapping[Any, str]:
    """Give brands the colours that they have on the map, as long as these tell them apart."""
    if blocks is None or by != "brand_id":
        return {}
    drawn = brands(require_brands(blocks[has_extent(blocks)]), faces)
    return {one.brand_id: one.color for one in drawn} if len(drawn) <= len(PALETTE) else {}


def _cut(faces: pd.DataFrame, sizes: Mapping[Any, float], limits: _Limits) -> _Cut:
    """Keep the largest brands and combinations; the other brands become one row, as a union."""
    # To a thousandth of a square metre, so that rounding puts no order on what is as large.
    ordered = sorted(sizes, key=lambda brand: (-round(sizes[brand], 9), str(brand)))
    rest = len(ordered[: limits.max_sets])
    row_of = {brand: min(row, rest) for row, brand in enumerate(ordered)}
    sums: dict[tuple[int, ...], _Column] = {}
    rest_km2 = 0.0
    for members, area_km2 in zip(faces["members"], faces["area_km2"], strict=True):
        rows = tuple(sorted({row_of[brand] for brand in members}))
        rest_km2 += float(area_km2) * (rest in rows)
        if len(members) >= limits.min_members:
            before = sums.get(rows, _Column(rows, 0.0, len(members)))
            fewest = min(before.n_members, len(members))
            sums[rows] = _Column(rows, before.area_km2 + float(area_km2), fewest)
    columns = sorted(sums.values(), key=lambda column: (-round(column.area_km2, 9), column.rows))
    kept = [one for one in columns if one.area_km2 >= limits.min_area_km2][: limits.max_columns]
    left_out = sum(one.area_km2 for one in columns[len(kept) :])
    n_left_out = len(columns) - len(kept)
    return _Cut(ordered[:rest], len(ordered) - rest, rest_km2, kept, n_left_out, left_out)


def _sets(
    cut: _Cut, sizes: Mapping[Any, float], texts: Mapping[Any, Text], colors: Mapping[Any, str]
) -> list[_Set]:
    """Name the rows."""
    named = [_Set(texts[one], sizes[one], colors.get(one, QUIET)) for one in cut.largest]
    if not cut.n_rest:
        return named
    label = Text(f"其余 {cut.n_rest} 块牌子（净面积）", f"{cut.n_rest} more brands (net area)")
    return [*named, _Set(label, cut.rest_km2, QUIET)]


def _panels(n_sets: int, n_columns: int, *, has_title: bool) -> tuple[Figure, dict[str, Axes]]:
    """Lay out areas of brands at the left, names, dots, and areas of combinations above these."""
    rows = _ROW_INCH * max(n_sets, 2)
    columns = max(_COLUMN_INCH * n_columns, 3.0)
    head = _HEAD_INCH if has_title else _HEAD_INCH / 2
    return plt.subplot_mosaic(
        [["head", "head"], ["legend", "columns"], ["sets", "matrix"]],
        figsize=(columns + 5.0, rows + _BARS_INCH + head + 0.7), layout="constrained",
        height_ratios=[head, _BARS_INCH, rows], width_ratios=[1.9, columns],
    )  # fmt: skip


def _draw_columns(axes: Axes, cut: _Cut, writer: Writer) -> None:
    turned = len(cut.columns) > _LEVEL
    with mpl.rc_context({"hatch.linewidth": 0.7}):
        for x, column in enumerate(cut.columns):
            area_km2 = column.area_km2
            axes.bar(
                x, area_km2, width=0.66, color=_SHADES[column.shade], edgecolor="white",
                linewidth=0, hatch=_REST_HATCH if cut.mixes(column) else None,
            )  # fmt: skip
            axes.annotate(
                digits(area_km2), (x, area_km2), (0, 3), textcoords="offset points", ha="center",
                va="bottom", rotation=90 if turned else 0, **writer.style(8),
            )  # fmt: skip
    axes.set_xlim(-0.6, max(len(cut.columns), 1) - 0.4)
    axes.set_ylim(0, (cut.columns[0].area_km2 if cut.columns else 1.0) * (1.28 if turned else 1.12))
    axes.set_xticks([])
    label = Text("恰为这些牌子的面积（平方公里）", "Ground of exactly these (km²)")
    axes.set_ylabel(label.of(writer.language), **writer.style(9, color=QUIET))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    for tick in axes.get_yticklabels():
        tick.update(writer.style(8, color=QUIET))
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _draw_sets(axes: Axes, sets: Sequence[_Set], writer: Writer) -> None:
    """Draw the area of each brand, towards the left."""
    at = np.arange(len(sets))
    axes.barh(at, [one.area_km2 for one in sets], height=0.6, color=[one.color for one in sets])
    for y, one in enumerate(sets):
        axes.annotate(
            digits(one.area_km2), (one.area_km2, y), (-4, 0), textcoords="offset points",
            ha="right", va="center", **writer.style(8),
        )  # fmt: skip
    largest = max((one.area_km2 for one in sets), default=1.0)
    axes.set_xlim(largest * 1.5, 0)
    axes.set_ylim(max(len(sets), 1) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    label = Text("牌子面积（平方公里）", "Area of the brand (km²)")
    axes.set_xlabel(label.of(writer.language), **writer.style(9, color=QUIET))
    axes.spines[:].set_visible(False)


def _draw_matrix(axes: Axes, cut: _Cut, sets: Sequence[_Set], writer: Writer) -> None:
    """Draw a dot for each brand of a combination, and a line from its first to its last."""
    n_rows, n_columns = len(sets), len(cut.columns)
    for y in range(0, n_rows, 2):
        axes.axhspan(y - 0.5, y + 0.5, color=_STRIPE, linewidth=0)
    grid = np.indices((n_columns, n_rows)).reshape(2, -1)
    axes.scatter(grid[0], grid[1], s=42, color=_PALE, linewidth=0)
    for x, column in enumerate(cut.columns):
        rows, shade = column.rows, _SHADES[column.shade]
        axes.plot([x, x], [rows[0], rows[-1]], color=shade, linewidth=2.0)
        axes.scatter([x] * len(rows), rows, s=46, color=shade, linewidth=0, zorder=3)
    axes.set_xlim(-0.6, max(n_columns, 1) - 0.4)
    axes.set_ylim(max(n_rows, 1) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks(np.arange(n_rows), [shortened(writer.text(one.label), 34) for one in sets])
    for tick in axes.get_yticklabels():
        tick.update(writer.style(8))
        tick.set_linespacing(1.1)
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)


def _draw_legend(axes: Axes, cut: _Cut, writer: Writer) -> None:
    """Explain the shades, as far as they occur."""
    axes.axis("off")
    found = {column.shade for column in cut.columns}
    entries = [
        Patch(facecolor=_SHADES[one], label=_SHADE_TEXTS[one].of(writer.language))
        for one in sorted(found)
    ]
    if any(map(cut.mixes, cut.columns)):
        said = Text("含其余牌子", "With brands of the last row")
        entries.append(Patch(facecolor=_SHADES[1], edgecolor="white", linewidth=0))
        entries[-1].set(hatch=_REST_HATCH, label=said.of(writer.language))
    if entries:
        legend = axes.legend(
            handles=entries, loc="upper left", bbox_to_anchor=(0, 1), frameon=False,
            prop=writer.font(8.5), labelcolor=INK, borderpad=0, borderaxespad=0,
        )  # fmt: skip
        legend.set_in_layout(False)


def _left_out(cut: _Cut, min_members: int) -> list[Text]:
    """Say what is not drawn."""
    notes = []
    if min_members > 1:
        notes.append(
            Text(f"只画 {min_members} 块以上牌子的地块", f"Ground of {min_members} brands or more")
        )
    if cut.n_left_out:
        area = area_text(cut.left_out_km2)
        notes.append(
            Text(
                f"未画出：{cut.n_left_out} 种较小的组合，合计 {area.zh}",
                f"Not drawn: {cut.n_left_out} smaller combinations, together {area.en}",
            )
        )
    return notes
