"""What stands around the ground: heading, legend, notes."""

from collections.abc import Iterator, Sequence
from typing import Final

import geopandas as gpd
import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parkgeo import overlap
from parkgeo._style import (
    INK,
    WORDS,
    Brand,
    Text,
    area_text,
    attribution,
    enum_text,
    glyphs_only,
    has_extent,
)
from parkgeo.model import Method
from parkgeo.plots._files import figure_of
from parkgeo.plots._ground import FILL_ALPHA, LINE_PT, dash_of, hatched
from parkgeo.plots._writer import Writer, tidy, wrapped

QUIET: Final = "#5B6773"
TARGET: Final = "#C8374B"
"""Of what is to be reached, which no brand has; it is named in words too."""
MOST_BRANDS: Final = 12
_EDGE_INCH: Final = 3 / 72
"""What matplotlib's constrained layout leaves free at the edge of a figure."""
_MOST_PAIRS: Final = 6
_MOST_LISTED: Final = 14
"""Brands and pairs together: what one column beside the ground has room for."""
_MOST_MISSING: Final = 12
_LEGEND_PT: Final = (9.0, 8.0, 7.0, 6.0)
_LEGEND_ROOM: Final = 0.85
"""Sizes to try until the legend takes no more than this share of the figure's height."""

Entry = tuple[Artist, str]


def summary_of(shown: Sequence[Brand], drawn: gpd.GeoDataFrame) -> Text:
    """Set what the brands add up to against what they hold when nothing counts twice."""
    added_up = area_text(sum(brand.area_km2 for brand in shown))
    net = area_text(float(overlap.net_area_km2(drawn)) if len(drawn) else 0.0)
    return Text(
        f"{WORDS['added_up'].zh} {added_up.zh}；{WORDS['net'].zh} {net.zh}",
        f"{WORDS['added_up'].en} {added_up.en}; {WORDS['net'].en.lower()} {net.en}",
    )


def head(
    axes: Axes, writer: Writer, title: str | None, summary: Text, *, size_pt: float = 15
) -> None:
    """Write the title, and the summary below it."""
    heading = WORDS["title"] if title is None else Text.same(title)
    axes.annotate(
        summary.of(writer.language),
        (0, 1),
        (0, 7),
        xycoords="axes fraction",
        textcoords="offset points",
        annotation_clip=False,
        **writer.style(9, color=QUIET),
    )
    axes.set_title(writer.text(heading), loc="left", pad=24, **writer.style(size_pt, bold=True))


def legend_of(
    axes: Axes,
    writer: Writer,
    shown: Sequence[Brand],
    drawn: gpd.GeoDataFrame,
    shared: gpd.GeoDataFrame,
) -> None:
    """List brands, the largest overlaps and line styles beside the ground."""
    brand_entries = list(_brand_entries(writer, shown))
    most_pairs = max(_MOST_PAIRS // 2, min(_MOST_PAIRS, _MOST_LISTED - len(brand_entries)))
    entries = [
        *brand_entries,
        *_pair_entries(writer, shown, drawn, most_pairs),
        *line_entries(writer, drawn, shared),
    ]
    legend_beside(axes, writer, entries)


def legend_beside(axes: Axes, writer: Writer, entries: Sequence[Entry]) -> None:
    """Put entries beside the ground, as large as there is room for them."""
    figure = figure_of(axes)
    for size_pt in _LEGEND_PT if entries else ():
        legend = _legend(axes, writer, entries, size_pt)
        if legend.get_window_extent().height <= _LEGEND_ROOM * figure.bbox.height:
            break


def _legend(axes: Axes, writer: Writer, entries: Sequence[Entry], size_pt: float) -> Legend:
    """Put the entries beside the ground, in place of a legend that is there."""
    with mpl.rc_context({"hatch.linewidth": 0.7}):
        legend = axes.legend(
            handles=[handle for handle, _ in entries],
            labels=[label for _, label in entries],
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            borderaxespad=0.0,
            frameon=False,
            handlelength=1.8,
            handleheight=1.2,
            labelspacing=0.9,
            prop=writer.font(size_pt),
            labelcolor=INK,
        )
    for text in legend.get_texts():
        text.set_parse_math(False)
        text.set_linespacing(1.35)
    return legend


def _brand_entries(writer: Writer, shown: Sequence[Brand]) -> Iterator[Entry]:
    """Yield the largest brands, in their order, and how many more there are."""
    largest_first = sorted(shown, key=lambda brand: -brand.area_km2)
    most = {brand.brand_id for brand in largest_first[:MOST_BRANDS]}
    rest = [brand for brand in largest_first[MOST_BRANDS:] if brand.area_km2 > 0]
    for brand in shown:
        if brand.area_km2 > 0 and brand.brand_id in most:
            name = wrapped(writer.text(brand.name), 34)
            area = area_text(brand.area_km2).of(writer.language)
            fill = mpl.colors.to_rgba(brand.color, FILL_ALPHA)
            yield Patch(facecolor=fill, edgecolor=brand.color, linewidth=1.4), f"{name}\n{area}"
    if rest:
        more = Text(f"另有 {len(rest)} 块牌子", f"and {len(rest)} more brands")
        yield Patch(facecolor="none", edgecolor=QUIET, linewidth=1.4), more.of(writer.language)


def _pair_entries(
    writer: Writer, shown: Sequence[Brand], drawn: gpd.GeoDataFrame, most_pairs: int
) -> Iterator[Entry]:
    """Yield the largest overlaps, and how many more there are."""
    names = {brand.brand_id: writer.text(brand.name) for brand in shown}
    pairs = overlap.pairs(drawn)
    sharing = pairs[pairs["overlap_km2"] > 0].sort_values("overlap_km2", ascending=False)
    most = sharing.head(most_pairs)
    for left, right, area_km2 in zip(most["left"], most["right"], most["overlap_km2"], strict=True):
        pair = _pair(names[left], names[right], 36)
        area = area_text(float(area_km2)).of(writer.language)
        yield hatched(2), f"{pair}\n{area}"
    if len(sharing) > len(most):
        rest = len(sharing) - len(most)
        more = Text(f"另有 {rest} 处重叠", f"and {rest} more overlaps")
        yield hatched(2), more.of(writer.language)


def _pair(left: str, right: str, width: int) -> str:
    """Write two names on one line, or the second on a line of its own."""
    line = f"{left} × {right}"
    if wrapped(line, width) == line:
        return line
    return f"{wrapped(left, width)}\n{wrapped(f'× {right}', width)}"


def line_entries(
    writer: Writer, drawn: gpd.GeoDataFrame, shared: gpd.GeoDataFrame
) -> Iterator[Entry]:
    """Explain line styles and cross-hatching, as far as they occur."""
    if (shared["n_members"] > 2).any():  # noqa: PLR2004
        yield hatched(3), WORDS["crossed"].of(writer.language)
    found = set(drawn["method"].dropna()) if "method" in drawn else set()
    for method in Method:
        if method in found:
            line = Line2D([], [], color=QUIET, linewidth=LINE_PT, linestyle=dash_of(method))
            yield line, enum_text(Method, method).of(writer.language)


def foot(axes: Axes, writer: Writer, parks: gpd.GeoDataFrame) -> None:
    """Name what has no extent, and the source that asks for it."""
    notes = notes_of(writer, parks)
    if notes:
        axes.annotate(
            "\n".join(wrapped(note, 120) for note in notes),
            (0, 0),
            (0, -6),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            annotation_clip=False,
            linespacing=1.5,
            **writer.style(8, color=QUIET),
        )


def notes_of(writer: Writer, parks: gpd.GeoDataFrame) -> list[str]:
    """Say which brands have no extent, and what the source of the others asks for."""
    notes = []
    missing = parks[~has_extent(parks)]
    if len(missing):
        notes.append(_without_extent(writer, missing))
    said = attribution(parks)
    if said:
        notes.append(glyphs_only(tidy(said), writer.families))
    return notes


def whole_head(axes: Axes, writer: Writer, title: Text, summary: Text) -> None:
    """Write the title of a figure of several panels into one that is kept for it, and no more."""
    axes.axis("off")
    for text, top, style in (
        (writer.text(title), 1.0, writer.style(15, bold=True)),
        (summary.of(writer.language), 0.36, writer.style(9, color=QUIET)),
    ):
        axes.text(0, top, text, transform=axes.transAxes, va="top", **style).set_in_layout(False)


def whole_title(figure: Figure, writer: Writer, title: Text) -> None:
    """Write a title above all panels of a figure, where the first of them begins."""
    edge = _EDGE_INCH / figure.get_figwidth()
    figure.suptitle(writer.text(title), x=edge, ha="left", **writer.style(15, bold=True))


def whole_foot(figure: Figure, writer: Writer, notes: Sequence[str]) -> None:
    """Write notes below all panels of a figure."""
    letters = int(14.5 * figure.get_figwidth())
    if notes:
        text = "\n".join(wrapped(note, letters) for note in notes)
        edge = _EDGE_INCH / figure.get_figwidth()
        below = figure.supxlabel(text, x=edge, ha="left", **writer.style(8, color=QUIET))
        below.set_linespacing(1.5)


def _without_extent(writer: Writer, missing: gpd.GeoDataFrame) -> str:
    found = list(dict.fromkeys(writer.names(missing)))
    listed, rest = found[:_MOST_MISSING], len(found) - _MOST_MISSING
    label = WORDS["no_extent"]
    more = Text(f"等 {len(found)} 个", f" and {rest} more") if rest > 0 else Text("", "")
    zh = f"{label.zh}：{'、'.join(listed)}{more.zh}"
    en = f"{label.en}: {', '.join(listed)}{more.en}"
    return Text(zh, en).of(writer.language)
