"""Figures for print: extents and overlaps with scale bar, north arrow, legend and sources."""

import os
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

import geopandas as gpd
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path as MplPath
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from parkgeo import crs, overlap
from parkgeo._style import (
    DASHES,
    FALLBACK_FONT,
    INK,
    WORDS,
    Brand,
    Language,
    Text,
    area_text,
    attribution,
    block_names,
    brands,
    chinese_font,
    draws,
    enum_text,
    glyphs_only,
    has_extent,
    label_points,
    require_brands,
    require_language,
)
from parkgeo.errors import MissingExtraError, ParkgeoError, first_rows
from parkgeo.model import Method

__all__ = ["overlap_map", "save"]

_FILL_ALPHA: Final = 0.28
_QUIET: Final = "#5B6773"
_GROUND: Final = "#F4F6F5"
_LINE_PT: Final = 1.6
_LONGEST_NAME: Final = 60
_MOST_PAIRS: Final = 6
_MOST_MISSING: Final = 12
_LEADER_FROM_PT: Final = 20.0
_FONT_REMEDY: Final = (
    "install one: on Debian or Ubuntu `apt-get install fonts-noto-cjk`, on Fedora "
    "`dnf install google-noto-sans-cjk-fonts`; Windows and macOS have one"
)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes texts in one language, with fonts that have the glyphs."""

    language: Language
    families: tuple[str, ...]

    def text(self, text: Text) -> str:
        """Return the text in the language of the figure, or the other one if only that draws."""
        wanted = _tidy(text.of(self.language))
        other = _tidy(text.en if self.language == "zh" else text.zh)
        if not draws(wanted, self.families) and draws(other, self.families):
            return other
        return glyphs_only(wanted, self.families)

    def font(self, size: float, *, bold: bool = False) -> FontProperties:
        """Return the fonts at a size in points."""
        weight = "bold" if bold else "normal"
        return FontProperties(family=list(self.families), size=size, weight=weight)

    def style(self, size: float, *, bold: bool = False, color: str = INK) -> dict[str, Any]:
        """Return keywords for any text: names may hold dollar signs, which are not formulas."""
        return {
            "fontproperties": self.font(size, bold=bold),
            "color": color,
            "parse_math": False,
        }


def overlap_map(
    parks: gpd.GeoDataFrame,
    *,
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw which brands lie on the same ground, for a memo or a slide.

    Extents in colour, overlaps hatched, boundaries the more broken the less sure they are, each
    brand and overlap with its official area (品牌重叠图). Drawn in the 3° zone of CGCS2000 in which
    the extents lie, in metres, so that the scale bar holds in every direction.

    Parameters
    ----------
    parks
        A ``parks`` frame in any CRS that parkgeo knows. Only ``brand_id`` and a geometry are
        needed; ``brand``, ``brand_en``, ``block``, ``method``, ``accuracy_m`` and ``license`` are
        used where they are there. Rows without a geometry are named below the figure.
    ax
        Axes to draw into; a new figure without.
    language
        Of labels and names. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The axes; ``.figure`` is the figure, :func:`save` writes it.

    Raises
    ------
    MissingExtraError
        No installed font has Chinese glyphs, and ``language="zh"`` asks for them or a brand has no
        English name.
    SchemaError
        No column or index ``brand_id``, or rows without one.
    MissingCRSError
        The frame does not say where it lies.
    GeometryError
        A geometry is no polygon, or invalid.
    UnknownNameError
        No such language.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(120.0, 30.0, 120.02, 30.02), box(120.01, 30.0, 120.03, 30.02)]
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=squares, crs="EPSG:4490")
    >>> overlap_map(parks, language="en", title="Two brands").get_title(loc="left")
    'Two brands'
    """
    parks = require_brands(parks)
    crs.require_crs(parks)
    writer = _writer(parks, language)
    drawn = parks[has_extent(parks)]
    faces = overlap.partition(drawn)
    shown = brands(parks, faces)
    axes = ax if ax is not None else _new_axes()
    zone = crs.to_zone(drawn) if len(drawn) else drawn
    shared = faces[faces["n_members"] >= 2]  # noqa: PLR2004
    _draw_extents(axes, zone, shown)
    _draw_overlaps(axes, shared.to_crs(crs.require_crs(zone)))
    _frame(axes, zone)
    _head(axes, writer, title, _summary(shown, drawn))
    _legend(axes, writer, shown, drawn, shared)
    _foot(axes, writer, parks)
    kept_free = [*_scale_bar(axes, writer), _north_arrow(axes, writer)]
    _labels(axes, writer, zone, kept_free)
    return axes


def save(figure: Figure | Axes, path: str | os.PathLike[str], *, dpi: float = 200) -> Path:
    """Write a figure to a file, its format by the suffix: ``.png``, ``.svg``, ``.pdf``.

    In SVG and PDF names are drawn as outlines or with their font embedded, so they look the same
    on a machine that lacks the font.

    Parameters
    ----------
    figure
        What :func:`overlap_map` returned, or any matplotlib figure.
    path
        File to write, replaced in one step; folders on the way are made.
    dpi
        Dots per inch, for PNG.

    Returns
    -------
    The path written.

    Raises
    ------
    ParkgeoError
        matplotlib cannot write such a format.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> save(Figure(), f"{mkdtemp()}/empty.svg").name
    'empty.svg'
    """
    target = Path(path)
    whole = _figure_of(figure) if isinstance(figure, Axes) else figure
    kind = target.suffix.lstrip(".").lower()
    known = whole.canvas.get_supported_filetypes()
    if kind not in known:
        raise ParkgeoError(
            f"no such picture format: {target.suffix or target.name!r}; use one of "
            f"{', '.join(f'.{name}' for name in known)}",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{uuid4().hex}.part")
    try:
        whole.savefig(part, format=kind, dpi=dpi, bbox_inches="tight", pad_inches=0.2)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


# Language and fonts ------------------------------------------------------------------------------


def _writer(parks: gpd.GeoDataFrame, language: str | None) -> _Writer:
    """Choose language and fonts so that every name can be drawn, or say what to install."""
    wanted = None if language is None else require_language(language)
    font = chinese_font()
    if font is not None:
        return _Writer(wanted or "zh", (font, FALLBACK_FONT))
    if wanted == "zh":
        raise MissingExtraError(f"no installed font has Chinese glyphs; {_FONT_REMEDY}")
    latin = _Writer("en", (FALLBACK_FONT,))
    rows = block_names(parks)
    undrawn = [
        label
        for label, name in zip(parks.index, rows, strict=True)
        if not draws(_tidy(name.en), latin.families)
    ]
    if undrawn:
        raise MissingExtraError(
            "no installed font has Chinese glyphs, and there is no English name (brand_en) to fall "
            f"back on in rows {first_rows(undrawn)}; {_FONT_REMEDY}",
        )
    if wanted is None:
        warnings.warn(
            "no installed font has Chinese glyphs, so the figure is in English; "
            f'{_FONT_REMEDY}, or ask for language="en"',
            UserWarning,
            stacklevel=3,
        )
    return latin


def _tidy(text: str) -> str:
    """Leave out what has no picture, such as control characters, and cut what is too long."""
    seen = "".join(c for c in text if unicodedata.category(c)[0] != "C" or c.isspace())
    line = " ".join(seen.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _wrapped(text: str, width: int) -> str:
    """Break a text into lines of about ``width`` Latin letters; a Chinese one counts as two.

    What stands in Chinese brackets starts a line of its own rather than being torn apart.
    """
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    letters = max(4, round(width / (1 + wide / max(len(text), 1))))
    parts = re.split("(?=（)", text) if len(text) > letters else [text]
    return "\n".join(line for part in parts for line in textwrap.wrap(part, letters)) or text


# Ground ------------------------------------------------------------------------------------------


def _new_axes() -> Axes:
    _, axes = plt.subplots(figsize=(11.0, 7.6), layout="constrained")
    return axes


def _figure_of(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ParkgeoError("the axes belong to no figure; take them from plt.subplots()")
    return figure


def _dash(method: object) -> Any:  # noqa: ANN401
    """Return a matplotlib line style; dashes are counted in line widths."""
    pattern = DASHES.get(str(method), ())
    return (0, tuple(length / 2 for length in pattern)) if pattern else "solid"


def _draw_extents(axes: Axes, zone: gpd.GeoDataFrame, shown: Sequence[Brand]) -> None:
    """Draw large extents first, so that small ones lie on top."""
    colors = {brand.brand_id: brand.color for brand in shown}
    methods = zone["method"] if "method" in zone else pd.Series(None, zone.index, dtype=object)
    shapes = zone.geometry.to_numpy()
    # Only an order: areas that are reported come from the overlap module.
    for row in np.argsort(-shapely.area(shapes), kind="stable"):
        color = colors[zone["brand_id"].iloc[row]]
        style = {"edgecolor": color, "linewidth": _LINE_PT, "linestyle": _dash(methods.iloc[row])}
        fill = mpl.colors.to_rgba(color, _FILL_ALPHA)
        axes.add_patch(PathPatch(_path(shapes[row]), facecolor=fill, **style))


def _path(shape: shapely.Geometry) -> MplPath:
    """Turn polygons into one path; holes run the other way round, which keeps them empty."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    rings = shapely.get_rings(parts)
    return MplPath.make_compound_path(
        *(MplPath(shapely.get_coordinates(ring), closed=True) for ring in rings)
    )


def _hatch(n_members: int) -> str:
    return "////" if n_members == 2 else "xxxx"  # noqa: PLR2004


def _hatched(n_members: int, path: MplPath | None = None) -> Patch:
    """Return a patch hatched for so many brands: for the legend, without a path.

    On the ground it has no outline: the extents' boundaries are its own, and say how sure they are.
    """
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "hatch": _hatch(n_members)}
    if path is None:
        return Patch(linewidth=0.8, **style)
    return PathPatch(path, linewidth=0, **style)


def _draw_overlaps(axes: Axes, shared: gpd.GeoDataFrame) -> None:
    with mpl.rc_context({"hatch.linewidth": 0.7}):
        for shape, n_members in zip(shared.geometry, shared["n_members"], strict=True):
            axes.add_patch(_hatched(n_members, _path(shape)))


def _frame(axes: Axes, zone: gpd.GeoDataFrame) -> None:
    """Leave a margin around the extents, and room for the scale bar below them."""
    axes.set_aspect("equal")
    axes.set_facecolor(_GROUND)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_edgecolor("#C9D2D6")
    if len(zone):
        west, south, east, north = zone.total_bounds
        margin = 0.06 * max(east - west, north - south)
        axes.set_xlim(west - margin, east + margin)
        axes.set_ylim(south - 2.2 * margin, north + margin)


# Around it ---------------------------------------------------------------------------------------


def _summary(shown: Sequence[Brand], drawn: gpd.GeoDataFrame) -> Text:
    added_up = area_text(sum(brand.area_km2 for brand in shown))
    net = area_text(float(overlap.net_area_km2(drawn)) if len(drawn) else 0.0)
    return Text(
        f"{WORDS['added_up'].zh} {added_up.zh}；{WORDS['net'].zh} {net.zh}",
        f"{WORDS['added_up'].en} {added_up.en}; {WORDS['net'].en.lower()} {net.en}",
    )


def _head(axes: Axes, writer: _Writer, title: str | None, summary: Text) -> None:
    heading = WORDS["title"] if title is None else Text.same(title)
    axes.annotate(
        summary.of(writer.language),
        (0, 1),
        (0, 7),
        xycoords="axes fraction",
        textcoords="offset points",
        annotation_clip=False,
        **writer.style(9, color=_QUIET),
    )
    axes.set_title(writer.text(heading), loc="left", pad=24, **writer.style(15, bold=True))


def _legend(
    axes: Axes,
    writer: _Writer,
    shown: Sequence[Brand],
    drawn: gpd.GeoDataFrame,
    shared: gpd.GeoDataFrame,
) -> None:
    entries = [
        *_brand_entries(writer, shown),
        *_pair_entries(writer, shown, drawn),
        *_line_entries(writer, drawn, shared),
    ]
    if not entries:
        return
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
            prop=writer.font(9),
            labelcolor=INK,
        )
    for text in legend.get_texts():
        text.set_parse_math(False)
        text.set_linespacing(1.35)


Entry = tuple[Artist, str]


def _brand_entries(writer: _Writer, shown: Sequence[Brand]) -> Iterator[Entry]:
    for brand in shown:
        if brand.area_km2 > 0:
            name = _wrapped(writer.text(brand.name), 34)
            area = area_text(brand.area_km2).of(writer.language)
            fill = mpl.colors.to_rgba(brand.color, _FILL_ALPHA)
            yield Patch(facecolor=fill, edgecolor=brand.color, linewidth=1.4), f"{name}\n{area}"


def _pair_entries(
    writer: _Writer, shown: Sequence[Brand], drawn: gpd.GeoDataFrame
) -> Iterator[Entry]:
    """Yield the largest overlaps, and how many more there are."""
    names = {brand.brand_id: writer.text(brand.name) for brand in shown}
    pairs = overlap.pairs(drawn)
    sharing = pairs[pairs["overlap_km2"] > 0].sort_values("overlap_km2", ascending=False)
    most = sharing.head(_MOST_PAIRS)
    for left, right, area_km2 in zip(most["left"], most["right"], most["overlap_km2"], strict=True):
        pair = _wrapped(f"{names[left]} × {names[right]}", 34)
        area = area_text(float(area_km2)).of(writer.language)
        yield _hatched(2), f"{pair}\n{area}"
    if len(sharing) > len(most):
        rest = len(sharing) - len(most)
        yield (
            _hatched(2),
            Text(f"另有 {rest} 处重叠", f"and {rest} more overlaps").of(writer.language),
        )


def _line_entries(
    writer: _Writer, drawn: gpd.GeoDataFrame, shared: gpd.GeoDataFrame
) -> Iterator[Entry]:
    """Explain line styles and cross-hatching, as far as they occur."""
    if (shared["n_members"] > 2).any():  # noqa: PLR2004
        yield _hatched(3), WORDS["crossed"].of(writer.language)
    found = set(drawn["method"].dropna()) if "method" in drawn else set()
    for method in Method:
        if method in found:
            line = Line2D([], [], color=_QUIET, linewidth=_LINE_PT, linestyle=_dash(method))
            yield line, enum_text(Method, method).of(writer.language)


def _foot(axes: Axes, writer: _Writer, parks: gpd.GeoDataFrame) -> None:
    """Name what has no extent, and the source that asks for it."""
    notes = []
    missing = parks[~has_extent(parks)]
    if len(missing):
        notes.append(_without_extent(writer, missing))
    said = attribution(parks)
    if said:
        notes.append(glyphs_only(_tidy(said), writer.families))
    if notes:
        axes.annotate(
            "\n".join(_wrapped(note, 120) for note in notes),
            (0, 0),
            (0, -6),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            annotation_clip=False,
            linespacing=1.5,
            **writer.style(8, color=_QUIET),
        )


def _without_extent(writer: _Writer, missing: gpd.GeoDataFrame) -> str:
    found = list(dict.fromkeys(writer.text(name) for name in block_names(missing)))
    listed, rest = found[:_MOST_MISSING], len(found) - _MOST_MISSING
    label = WORDS["no_extent"]
    more = Text(f"等 {len(found)} 个", f" and {rest} more") if rest > 0 else Text("", "")
    zh = f"{label.zh}：{'、'.join(listed)}{more.zh}"
    en = f"{label.en}: {', '.join(listed)}{more.en}"
    return Text(zh, en).of(writer.language)


def _scale_bar(axes: Axes, writer: _Writer) -> list[Artist]:
    """Draw a bar of a round length, about a quarter of the width, at the lower left."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    length_m = _round_length(0.25 * (east - west))
    height = 0.010 * (north - south)
    x, y = west + 0.03 * (east - west), south + 0.035 * (north - south)
    halves = [
        Rectangle(
            (x + part * length_m / 2, y),
            length_m / 2,
            height,
            facecolor=face,
            edgecolor=INK,
            linewidth=0.8,
            zorder=5,
        )
        for part, face in ((0, INK), (1, "white"))
    ]
    for half in halves:
        axes.add_patch(half)
    unit, scale = ("km", 1000) if length_m >= 1000 else ("m", 1)  # noqa: PLR2004
    ticks = [
        axes.annotate(
            f"{distance / scale:g}{f' {unit}' if distance == length_m else ''}",
            (x + distance, y + height),
            (0, 3),
            textcoords="offset points",
            ha="center",
            zorder=5,
            **writer.style(8),
        )
        for distance in (0, length_m / 2, length_m)
    ]
    return [*halves, *ticks]


def _round_length(most_m: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is no longer.

    Examples
    --------
    >>> _round_length(1300.0)
    1000.0
    """
    power = 10.0 ** np.floor(np.log10(most_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most_m))


def _north_arrow(axes: Axes, writer: _Writer) -> Artist:
    """Draw an arrow to grid north at the upper right."""
    return axes.annotate(
        WORDS["north"].of(writer.language),
        (0.965, 0.975),
        (0.965, 0.89),
        xycoords="axes fraction",
        ha="center",
        va="top",
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.2, "mutation_scale": 14},
        zorder=5,
        **writer.style(10, bold=True),
    )


# Names on the ground -----------------------------------------------------------------------------


def _labels(
    axes: Axes, writer: _Writer, zone: gpd.GeoDataFrame, kept_free: Sequence[Artist]
) -> None:
    """Write each name in its extent, or beside it with a line where another name is in the way."""
    if zone.empty:
        return
    figure = _figure_of(axes)
    figure.draw_without_rendering()
    taken = [artist.get_window_extent() for artist in kept_free]
    points = label_points(zone.geometry.to_numpy())
    largest_first = np.argsort(-shapely.area(zone.geometry.to_numpy()), kind="stable")
    written = block_names(zone)
    for row in largest_first:
        label = axes.annotate(
            _wrapped(writer.text(written[row]), 18),
            tuple(points[row]),
            (0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            linespacing=1.15,
            zorder=6,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.7, "shrinkB": 0},
            path_effects=[withStroke(linewidth=2.6, foreground="white")],
            **writer.style(9, bold=True),
        )
        taken.append(_place(label, axes.get_window_extent(), taken, figure.dpi))


def _place(label: Annotation, within: Bbox, taken: Sequence[Bbox], dpi: float) -> Bbox:
    """Move a label to the nearest place that is free, and return the room that it takes."""
    arrow = label.arrow_patch
    if arrow is not None:
        arrow.set_visible(False)
    room = Bbox(label.get_window_extent().get_points())
    for dx_pt, dy_pt in _offsets():
        moved = room.translated(dx_pt * dpi / 72, dy_pt * dpi / 72)
        inside = within.x0 <= moved.x0 and moved.x1 <= within.x1
        inside = inside and within.y0 <= moved.y0 and moved.y1 <= within.y1
        if inside and not any(moved.overlaps(other) for other in taken):
            label.set_position((dx_pt, dy_pt))
            if arrow is not None:
                arrow.set_visible(bool(np.hypot(dx_pt, dy_pt) > _LEADER_FROM_PT))
            return Bbox(moved.get_points())
    return room


def _offsets() -> Iterator[NDArray[np.float64]]:
    """Yield places around a point, the nearest first: in points to the right and up."""
    yield np.zeros(2)
    for radius_pt, turn in product(range(12, 121, 12), range(12)):
        angle = np.pi * turn / 6
        yield radius_pt * np.array([np.cos(angle), np.sin(angle)])
