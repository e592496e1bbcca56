"""Radar charts: how zones do by several indicators, against the target and against last time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from parkgeo._style import INK, PALETTE, Text
from parkgeo.errors import SchemaError, first_rows
from parkgeo.plots._around import TARGET, whole_foot, whole_head
from parkgeo.plots._given import require_table
from parkgeo.plots._writer import Labels, Writer, labels_of, shortened, writer_of

Floats = NDArray[np.float64]

_TITLE: Final = Text("园区指标雷达图", "Indicators by zone")
_FEWEST: Final = 3
_MOST_INDICATORS: Final = 12
_MOST_PANELS: Final = 12
_MOST_OVERLAID: Final = 4
_MOST_NOTED: Final = 8
_WEB: Final = "#DDE3E6"
_PREVIOUS: Final = "#9AA5AE"
_RINGS: Final = (0.25, 0.5, 0.75, 1.0)
_COLORS: Final = (PALETTE[0], PALETTE[2], PALETTE[3], PALETTE[4])
_MARKS: Final = ("o", "s", "^", "D")
"""Zones that are laid on each other differ in these too, for print without colour."""
_PANEL_INCH: Final = (4.3, 3.5)
_ALONE_INCH: Final = (6.6, 5.0)
_REACH: Final = (1.9, 1.4)
"""How far a panel goes from its middle, where the outermost ring has 1."""
_HEAD_INCH: Final = 0.66
_SIDE: Final = 0.1

Scale = float | Mapping[Any, float] | pd.Series


@dataclass(frozen=True, slots=True)
class _Scores:
    """Values of zones (rows) by indicator (columns), and what stands for the outermost ring."""

    zones: Sequence[Any]
    indicators: Sequence[Any]
    now: Floats
    maximum: Floats
    target: Floats
    previous: Floats

    @property
    def angles(self) -> Floats:
        """The first indicator points up, the others follow clockwise."""
        return np.pi / 2 - 2 * np.pi * np.arange(len(self.indicators)) / len(self.indicators)

    def number(self, value: float, column: int, *, sign: bool = False) -> str:
        """Write a value, as exactly as the scale of its indicator asks for."""
        decimals = max(0, 2 - int(np.floor(np.log10(self.maximum[column]))))
        text = f"{abs(value):,.{decimals}f}"
        if not sign:
            return f"−{text}" if value < 0 else text
        return "±0" if float(text.replace(",", "")) == 0 else f"{'−' if value < 0 else '+'}{text}"


def radar(  # noqa: PLR0913 - independent options, all by keyword
    scores: pd.DataFrame,
    *,
    target: Scale | None = None,
    previous: pd.DataFrame | None = None,
    maximum: Scale = 1.0,
    overlay: bool = False,
    labels: Labels | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw how zones do by several indicators, each zone as a web (雷达图).

    A panel for each zone, with the target as a ring, and what was last time as a pale outline with
    the change in figures (晾晒); or up to four zones laid on each other. What is not known is a gap
    in the web and is said below it; it is never drawn as 0.

    Parameters
    ----------
    scores
        A row for each zone, a column for each of 3 to 12 indicators; null where not known.
    target
        What is to be reached: one value for all indicators, or one for each, in their units.
    previous
        Scores of last time, in the same units; zones and indicators that it lacks have no change.
    maximum
        What the outermost ring stands for: one value for all indicators, or one for each, in their
        units. The middle stands for 0.
    overlay
        Lay up to four zones on each other, without figures.
    labels
        What is written for zones and indicators: a mapping to a name, or to a Chinese and an
        English one; or, for zones, a frame with ``brand_id``, ``brand`` and ``brand_en``.
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
        Too few or too many rows or columns, or such that occur twice; values that are no numbers,
        negative, or above the maximum; ``previous`` together with ``overlay``.
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
    >>> scores = pd.DataFrame({"land": [0.6, 0.8], "tax": [0.5, None], "research": [0.9, 0.4]},
    ...     index=["north", "south"])
    >>> radar(scores, target=0.7, language="en").get_supxlabel()
    'No value: south (tax)'
    """
    require_table(scores, what="scores", source="policy.scorecard")
    if previous is not None:
        require_table(previous, what="previous", source="policy.scorecard")
    read = _read(scores, target=target, previous=previous, maximum=maximum)
    if overlay and previous is not None:
        raise SchemaError("what was last time is drawn for each zone by itself: overlay=False")
    _require_room(read, overlay=overlay)
    texts = labels_of([*read.zones, *read.indicators], labels)
    writer = writer_of(texts, language)
    zones = [writer.text(texts[zone]) for zone in read.zones]
    names = [writer.text(texts[one]) for one in read.indicators]
    figure, top, panels = _panels(1 if overlay else len(zones), has_title=title != "")
    room = 14 if len(panels) > 1 else 22
    for axes in panels:
        _web(axes, read)
    if overlay:
        for row in range(len(zones)):
            _zone(panels[0], read, row, overlaid=True)
        _spokes(panels[0], writer, [shortened(name, room) for name in names], read)
    else:
        for row, (axes, zone) in enumerate(zip(panels, zones, strict=True)):
            _zone(axes, read, row)
            said = _figures(writer, read, row)
            _spokes(axes, writer, [shortened(name, room) for name in names], read, said)
            axes.set_title(shortened(zone, 44), pad=12, **writer.style(11, bold=True))
    whole_head(top, writer, _TITLE if title is None else Text.same(title), _summary(read))
    _legend(top, writer, read, zones if overlay else [])
    whole_foot(figure, writer, _gaps(writer, read, zones, names))
    return figure


def _read(
    scores: pd.DataFrame,
    *,
    target: Scale | None,
    previous: pd.DataFrame | None,
    maximum: Scale,
) -> _Scores:
    """Turn frames into arrays of one order, and refuse what does not lie between 0 and the ring."""
    for what, axis in (("row", scores.index), ("column", scores.columns)):
        if axis.has_duplicates:
            twice = first_rows(axis[axis.duplicated()])
            raise SchemaError(f"a {what} occurs twice in the scores: {twice}; keep one of each")
    zones, indicators = list(scores.index), list(scores.columns)
    shape = (len(zones), len(indicators))
    most = _each(maximum, indicators, what="maximum")
    if not (np.isfinite(most) & (most > 0)).all():
        wrong = [one for one, value in zip(indicators, most, strict=True) if not 0 < value < np.inf]
        raise SchemaError(f"the maximum must be above 0, and is not for {first_rows(wrong)}")
    aim = np.full(shape[1], np.nan) if target is None else _each(target, indicators, what="target")
    before = np.full(shape, np.nan)
    if previous is not None:
        for what, axis in (("row", previous.index), ("column", previous.columns)):
            if axis.has_duplicates:
                raise SchemaError(f"a {what} occurs twice in previous; keep one of each")
        before = _numbers(previous.reindex(index=zones, columns=indicators), "previous")
        if np.isnan(before).all():
            raise SchemaError(
                "previous has no value for any zone and indicator of the scores; it needs the same "
                "labels on rows and columns"
            )
    values = _numbers(scores, "scores")
    for what, found in (("scores", values), ("target", aim[None, :]), ("previous", before)):
        beyond = (found < 0) | (found > most * (1 + 1e-12))
        if beyond.any():
            wrong = [indicators[column] for column in np.flatnonzero(beyond.any(axis=0))]
            raise SchemaError(
                f"{what} must lie between 0 and the maximum, and do not for {first_rows(wrong)}; "
                "say maximum={…} for each indicator"
            )
    return _Scores(zones, indicators, values, most, aim, before)


def _each(scale: Scale, indicators: Sequence[Any], *, what: str) -> Floats:
    """Read one number for each indicator."""
    if isinstance(scale, int | float | np.number):
        return np.full(len(indicators), float(scale))
    if not isinstance(scale, Mapping | pd.Series):
        raise SchemaError(f"{what} must be a number, or a mapping or Series by indicator")
    given = dict(scale)
    if what == "maximum" and (absent := [one for one in indicators if one not in given]):
        raise SchemaError(f"there is no maximum for {first_rows(absent)}")
    return np.array([float(given.get(one, np.nan)) for one in indicators], dtype=np.float64)


def _numbers(frame: pd.DataFrame, what: str) -> Floats:
    try:
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"{what} must hold numbers only: {error}") from error


def _require_room(read: _Scores, *, overlay: bool) -> None:
    """Refuse more than can be read."""
    found = len(read.indicators)
    if not _FEWEST <= found <= _MOST_INDICATORS:
        raise SchemaError(
            f"a radar chart has {_FEWEST} to {_MOST_INDICATORS} indicators, not {found}"
        )
    most = _MOST_OVERLAID if overlay else _MOST_PANELS
    if not 1 <= len(read.zones) <= most:
        how = "laid on each other" if overlay else "drawn"
        raise SchemaError(f"1 to {most} zones can be {how}, not {len(read.zones)}; take some rows")


def _panels(n_panels: int, *, has_title: bool) -> tuple[Figure, Axes, list[Axes]]:
    """Lay out panels in rows of three at most below the heading."""
    columns = n_panels if n_panels <= 3 else 2 if n_panels == 4 else 3  # noqa: PLR2004
    rows = -(-n_panels // columns)
    width, height = _PANEL_INCH if n_panels > 1 else _ALONE_INCH
    head = _HEAD_INCH if has_title else _HEAD_INCH / 2
    figure = plt.figure(figsize=(width * columns, height * rows + head + 0.4), layout="constrained")
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[head, *[height] * rows])
    top = figure.add_subplot(grid[0, :])
    places = [divmod(number, columns) for number in range(n_panels)]
    return figure, top, [figure.add_subplot(grid[row + 1, column]) for row, column in places]


def _points(angles: Floats, radii: Floats) -> Floats:
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


def _closed(line: Floats) -> Floats:
    return np.concatenate([line, line[:1]])


def _web(axes: Axes, read: _Scores) -> None:
    """Draw rings and spokes, and the ring of the target."""
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_xlim(-_REACH[0], _REACH[0])
    axes.set_ylim(-_REACH[1], _REACH[1])
    for ring in _RINGS:
        corners = _closed(_points(read.angles, np.full(len(read.angles), ring)))
        axes.plot(*corners.T, color=_WEB, linewidth=1.0 if ring < 1 else 1.4, zorder=1)
    for x, y in _points(read.angles, np.ones(len(read.angles))):
        axes.plot([0, x], [0, y], color=_WEB, linewidth=0.8, zorder=1)
    aim = _closed(_points(read.angles, read.target / read.maximum))
    axes.plot(*aim.T, color=TARGET, linewidth=1.5, linestyle=(0, (4, 2)), zorder=3)


def _zone(axes: Axes, read: _Scores, row: int, *, overlaid: bool = False) -> None:
    """Draw one zone: ground between two spokes only where both values are known."""
    place = row if overlaid else 0
    color = _COLORS[place]
    corners = _closed(_points(read.angles, read.now[row] / read.maximum))
    both = ~np.isnan(corners[:-1, 0]) & ~np.isnan(corners[1:, 0])
    for start, end in zip(corners[:-1][both], corners[1:][both], strict=True):
        wedge = np.array([[0.0, 0.0], start, end])
        axes.fill(*wedge.T, color=color, alpha=0.06 if overlaid else 0.20, linewidth=0, zorder=2)
    before = _closed(_points(read.angles, read.previous[row] / read.maximum))
    axes.plot(
        *before.T, color=_PREVIOUS, linewidth=1.5, marker="o", markersize=3, zorder=4,
        markerfacecolor="white",
    )  # fmt: skip
    axes.plot(
        *corners.T, color=color, linewidth=1.9, marker=_MARKS[place], markersize=4.5, zorder=5,
    )  # fmt: skip


def _figures(writer: Writer, read: _Scores, row: int) -> list[str]:
    """Write the value of each indicator, with its change."""
    found = []
    for column, (value, before) in enumerate(zip(read.now[row], read.previous[row], strict=True)):
        if np.isnan(value):
            found.append(Text("无数据", "no value").of(writer.language))
        elif np.isnan(before):
            found.append(read.number(value, column))
        else:
            change = read.number(value - before, column, sign=True)
            found.append(f"{read.number(value, column)} ({change})")
    return found


def _spokes(
    axes: Axes,
    writer: Writer,
    names: Sequence[str],
    read: _Scores,
    figures: Sequence[str] | None = None,
) -> None:
    """Write the name of each indicator at the end of its spoke, and below it the figures."""
    lines = figures if figures is not None else [""] * len(names)
    for (x, y), name, said in zip(
        _points(read.angles, np.full(len(names), 1.08)), names, lines, strict=True
    ):
        side = "left" if x > _SIDE else "right" if x < -_SIDE else "center"
        up = "bottom" if y > 1 - _SIDE else "top" if y < _SIDE - 1 else "center"
        axes.text(
            x, y, f"{name}\n{said}" if said else name, ha=side, va=up, linespacing=1.15,
            **writer.style(8),
        )  # fmt: skip


def _summary(read: _Scores) -> Text:
    """Say what the rings stand for."""
    same = len(set(read.maximum)) == 1
    ring = f"{read.maximum[0]:g}" if same else ""
    zh = f"最外圈为 {ring}，圆心为 0" if same else "最外圈为各指标满分值，圆心为 0"
    en = f"outermost ring {ring}" if same else "outermost ring: the maximum of each indicator"
    return Text(zh, f"{en}; middle 0")


def _legend(axes: Axes, writer: Writer, read: _Scores, zones: Sequence[str]) -> None:
    """Explain lines at the right of the heading, below it where there are long names."""
    entries = [
        Line2D([], [], color=_COLORS[row], marker=_MARKS[row],
               markersize=4.5, label=shortened(zone, 40))
        for row, zone in enumerate(zones)
    ]  # fmt: skip
    if not zones:
        now = Text("本期", "now").of(writer.language)
        entries.append(Line2D([], [], color=_COLORS[0], marker="o", markersize=4.5, label=now))
    if not np.isnan(read.previous).all():
        before = Text("上期（括号内为增减）", "last time (change in brackets)").of(writer.language)
        entries.append(
            Line2D([], [], color=_PREVIOUS, marker="o", markersize=3, markerfacecolor="white",
                   label=before)
        )  # fmt: skip
    if not np.isnan(read.target).all():
        aim = Text("目标", "target").of(writer.language)
        entries.append(Line2D([], [], color=TARGET, linestyle=(0, (4, 2)), label=aim))
    legend = axes.legend(
        handles=entries, loc="upper right", bbox_to_anchor=(1, 1), frameon=False, borderpad=0,
        borderaxespad=0, prop=writer.font(8.5), labelcolor=INK,
    )  # fmt: skip
    legend.set_in_layout(False)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _gaps(writer: Writer, read: _Scores, zones: Sequence[str], names: Sequence[str]) -> list[str]:
    """Say which values are not known."""
    missing = np.isnan(read.now)
    found = []
    for row in np.flatnonzero(missing.any(axis=1)).tolist():
        listed = [names[column] for column in np.flatnonzero(missing[row]).tolist()]
        both = Text(f"{zones[row]}（{'、'.join(listed)}）", f"{zones[row]} ({', '.join(listed)})")
        found.append(both.of(writer.language))
    if not found:
        return []
    rest = len(found) - _MOST_NOTED
    more = Text(f"；另有 {rest} 个园区", f"; and {rest} more zones") if rest > 0 else Text("", "")
    kept = found[:_MOST_NOTED]
    zh, en = f"无数据：{'；'.join(kept)}{more.zh}", f"No value: {'; '.join(kept)}{more.en}"
    return [Text(zh, en).of(writer.language)]
