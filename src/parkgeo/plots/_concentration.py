"""Figures of concentration: one share against its target, and many."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Wedge
from matplotlib.ticker import PercentFormatter

from parkgeo._style import INK, PALETTE, WORDS, Text, known, percent_text
from parkgeo.errors import SchemaError, first_rows
from parkgeo.plots._around import QUIET, TARGET, head
from parkgeo.plots._given import require_columns
from parkgeo.plots._writer import Labels, Writer, digits, labels_of, shortened, writer_of
from parkgeo.units import km2_to_mu

_COLUMNS: Final = ("total", "inside", "ratio", "ratio_low", "ratio_high", "target", "gap")
_AREA: Final = "km2"
_REST: Final = "#DDE3E6"
_MET: Final = PALETTE[0]
_SHORT: Final = PALETTE[4]
_MOST_ROWS: Final = 40
_WHOLE_MU: Final = 10
_TITLES: Final = {
    "gauge": Text("工业用地集中度", "Share of land inside the zones"),
    "bars": Text("各组集中度与目标", "Shares inside the zones against the target"),
}
_INNER: Final = 0.70
"""Radius of the inside of the ring, whose outside has 1."""


class _Share(NamedTuple):
    """One row of a result, and the unit of what was counted."""

    total: float
    inside: float
    ratio: float
    ratio_low: float
    ratio_high: float
    target: float
    gap: float
    unit: str

    @property
    def met(self) -> bool:
        return bool(self.ratio >= self.target)

    def verdict(self) -> Text:
        """Say in words how far the target is, in mu where land was counted."""
        if np.isnan(self.ratio):
            return Text("没有计入的用地", "nothing was counted")
        if np.isnan(self.gap):
            return Text("", "")
        much = self._amount(abs(self.gap))
        if self.gap > 0:
            said = Text(f"距目标还差 {much.zh}", f"{much.en} short of the target")
        else:
            said = Text(f"已达目标，超出 {much.zh}", f"target met, {much.en} beyond it")
        if not self.ratio_low < self.target < self.ratio_high:
            return said
        unsure = WORDS["within_error"]
        return Text(f"{said.zh}（{unsure.zh}）", f"{said.en} ({unsure.en})")

    def _amount(self, value: float) -> Text:
        if self.unit != _AREA:
            return Text.same(f"{digits(value)} {self.unit}")
        mu = float(km2_to_mu(value))
        number = f"{mu:,.0f}" if mu >= _WHOLE_MU else f"{mu:.1f}"
        return Text(f"{number} 亩", f"{number} mu")

    def interval(self) -> Text:
        """Say between what the share lies as far as boundaries are known."""
        if np.isnan(self.ratio_low) or np.isnan(self.ratio_high):
            return Text("边界误差未知，没有区间", "accuracy of boundaries unknown, no interval")
        low, high = f"{100 * self.ratio_low:.1f}", f"{100 * self.ratio_high:.1f}"
        return Text(f"边界误差以内 {low}–{high}%", f"{low}–{high} % within the error of boundaries")

    def inside_of(self) -> Text:
        """Say how much of how much lies inside."""
        inside, total = digits(self.inside), digits(self.total)
        unit = Text("平方公里", "km²") if self.unit == _AREA else Text.same(self.unit)
        return Text(
            f"区内 {inside} / 共 {total} {unit.zh}", f"{inside} of {total} {unit.en} inside"
        )


def concentration_gauge(
    result: pd.DataFrame,
    *,
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw one share against its target as half a ring (集中度仪表盘).

    The ring is filled as far as the share goes; a line outside says between what it lies as far as
    boundaries are known; a mark is the target; and in words how much more must lie inside.

    Parameters
    ----------
    result
        One row of what :func:`parkgeo.concentration.ratio` returned: all of it without ``by``, and
        ``result.loc[["…"]]`` of several.
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
        No ratio, or not one row.
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
    >>> result = pd.DataFrame({"total": [10.0], "inside": [6.0], "ratio": [0.6], "target": [0.7],
    ...     "ratio_low": [0.58], "ratio_high": [0.62], "gap": [1.0]})
    >>> concentration_gauge(result, language="en").texts[-1].get_text()
    '1,500 mu short of the target'
    """
    shares = _shares(result)
    if len(shares) != 1:
        raise SchemaError(
            f"the result has {len(shares)} rows; give one of them, as result.loc[[…]], or draw all "
            "with concentration_bars"
        )
    (share,) = shares.values()
    writer = writer_of({}, language)
    axes = ax if ax is not None else plt.subplots(figsize=(6.4, 4.4), layout="constrained")[1]
    _ring(axes, share)
    _ring_texts(axes, writer, share)
    heading = _TITLES["gauge"] if title is None else Text.same(title)
    axes.set_title(writer.text(heading), pad=16, **writer.style(14, bold=True))
    return axes


def _shares(result: pd.DataFrame) -> dict[Any, _Share]:
    """Read the rows of a result by their number."""
    require_columns(result, _COLUMNS, what="result", source="concentration.ratio")
    unit = str(result.attrs.get("unit", _AREA))
    try:
        values = result[list(_COLUMNS)].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"the result must hold numbers only: {error}") from error
    ratio = values[:, _COLUMNS.index("ratio")]
    if ((ratio < 0) | (ratio > 1)).any():
        rows = result.index[(ratio < 0) | (ratio > 1)]
        raise SchemaError(f"a ratio lies between 0 and 1, and does not in rows {first_rows(rows)}")
    odd = np.isinf(values).any(axis=1) | (np.isnan(values[:, :2]).any(axis=1) & ~np.isnan(ratio))
    if odd.any():
        raise SchemaError(
            f"total and inside must be known where the ratio is, and all of it finite; see rows "
            f"{first_rows(result.index[odd])}"
        )
    return {row: _Share._make([*one, unit]) for row, one in enumerate(values.tolist())}


def _ring(axes: Axes, share: _Share) -> None:
    """Draw the ring, the interval outside of it, and the mark of the target across it."""
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_xlim(-1.42, 1.42)
    axes.set_ylim(-0.30, 1.24)
    width = 1 - _INNER
    axes.add_patch(Wedge((0, 0), 1, 0, 180, width=width, facecolor=_REST))
    if not np.isnan(share.ratio):
        start = 180 * (1 - share.ratio)
        axes.add_patch(Wedge((0, 0), 1, start, 180, width=width, facecolor=_MET))
    low, high = share.ratio_low, share.ratio_high
    if not np.isnan([low, high]).any():
        angles = np.pi * (1 - np.linspace(low, high, 60))
        axes.plot(1.045 * np.cos(angles), 1.045 * np.sin(angles), color=INK, linewidth=1.6)
        for angle in angles[[0, -1]]:
            radii = np.array([1.02, 1.07])
            axes.plot(radii * np.cos(angle), radii * np.sin(angle), color=INK, linewidth=1.6)
    if not np.isnan(share.target):
        angle = np.pi * (1 - share.target)
        radii = np.array([_INNER - 0.04, 1.11])
        axes.plot(radii * np.cos(angle), radii * np.sin(angle), color=TARGET, linewidth=2.4)


def _ring_texts(axes: Axes, writer: Writer, share: _Share) -> None:
    """Write the target at its mark, and the share with what is to be known of it in the middle."""
    if not np.isnan(share.target):
        angle = np.pi * (1 - share.target)
        x, y = 1.15 * np.cos(angle), 1.15 * np.sin(angle)
        target = percent_text(share.target)
        side = "left" if x > 0.1 else "right" if x < -0.1 else "center"  # noqa: PLR2004
        axes.text(
            x, y, Text(f"目标 {target.zh}", f"Target {target.en}").of(writer.language),
            ha=side, va="bottom", **writer.style(10, bold=True, color=TARGET),
        )  # fmt: skip
    for x, end in ((-1 + (1 - _INNER) / 2, "0"), (1 - (1 - _INNER) / 2, "100 %")):
        axes.text(x, -0.03, end, ha="center", va="top", **writer.style(8.5, color=QUIET))
    lines = []
    if not np.isnan(share.ratio):
        ratio = percent_text(share.ratio).of(writer.language)
        axes.text(0, 0.20, ratio, ha="center", va="bottom", **writer.style(30, bold=True))
        lines = [(0.16, share.inside_of(), 9.5), (0.04, share.interval(), 8.5)]
    for y, text, size in lines:
        axes.text(0, y, writer.text(text), ha="center", va="top", **writer.style(size, color=QUIET))
    axes.text(
        0, -0.16, writer.text(share.verdict()), ha="center", va="top",
        **writer.style(12, bold=True),
    )  # fmt: skip


def concentration_bars(
    result: pd.DataFrame,
    *,
    labels: Labels | None = None,
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the share of each group against its target, the highest first (各区集中度对比).

    Darker bars have reached it. A line on each bar says between what the share lies as far as
    boundaries are known; beside it stands how much more must lie inside, in mu.

    Parameters
    ----------
    result
        What :func:`parkgeo.concentration.ratio` returned, one row for each group; the row for all
        of them together, in its ``attrs``, is drawn first.
    labels
        What is written for a group: a mapping of its label to a name, or to a Chinese and an
        English one; or a frame with ``brand_id``, ``brand`` and ``brand_en``.
    ax
        Axes to draw into; a new figure without.
    language
        Of the words. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The axes; :func:`save` writes the figure. Groups without any land that counts come last.

    Raises
    ------
    SchemaError
        No ratio, or more than 40 groups.
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
    >>> result = pd.DataFrame({"total": [10.0, 5.0], "inside": [6.0, 4.0], "ratio": [0.6, 0.8],
    ...     "target": 0.7, "ratio_low": [0.5, 0.7], "ratio_high": [0.7, 0.9], "gap": [1.0, -0.5]},
    ...     index=["north", "south"])
    >>> [text.get_text() for text in concentration_bars(result, language="en").get_yticklabels()]
    ['south', 'north']
    """
    shares = _shares(result)
    if len(shares) > _MOST_ROWS:
        raise SchemaError(
            f"{len(shares)} bars are too many to read; draw at most {_MOST_ROWS}: take some rows, "
            "such as result.nlargest(40, 'gap')"
        )
    groups = list(result.index)
    writer = writer_of(labels_of([one for one in groups if known(one)], labels), language)
    names = labels_of([one for one in groups if known(one)], labels)
    order = sorted(shares, key=lambda row: (np.isnan(shares[row].ratio), -shares[row].ratio))
    rows = [(names[groups[row]] if known(groups[row]) else WORDS["unknown"], shares[row])
            for row in order]  # fmt: skip
    whole = _whole(result.attrs)
    drawn = rows if whole is None else [(Text("合计", "All together"), whole), *rows]
    axes = ax if ax is not None else _new_axes(len(drawn))
    _bars(axes, [share for _, share in drawn], has_whole=whole is not None)
    _bar_texts(axes, writer, drawn)
    _bar_heading(axes, writer, title, [share for _, share in rows], whole)
    return axes


def _whole(attrs: Mapping[Any, Any]) -> _Share | None:
    """Read the row for all groups together, where there is one."""
    row = attrs.get("all")
    if not isinstance(row, Mapping) or not set(_COLUMNS) <= set(row):
        return None
    return _Share._make([*(float(row[name]) for name in _COLUMNS), attrs.get("unit", _AREA)])


def _bars(axes: Axes, shares: list[_Share], *, has_whole: bool) -> None:
    at = np.arange(len(shares), dtype=np.float64)
    if has_whole:
        at[1:] += 0.35  # a gap, as it is no group
    ratios = np.array([share.ratio for share in shares])
    axes.barh(at, np.ones(len(shares)), height=0.6, color=_REST)
    axes.barh(
        at, np.nan_to_num(ratios), height=0.6,
        color=[_MET if share.met else _SHORT for share in shares],
    )  # fmt: skip
    for y, share in zip(at, shares, strict=True):
        low, high = share.ratio_low, share.ratio_high
        if not np.isnan([low, high]).any():
            # On white, so that it is seen on the bar as beside it.
            for color, line in (("white", 3.6), (INK, 1.4)):
                axes.plot([low, high], [y, y], color=color, linewidth=line, zorder=3)
        if not np.isnan(share.target):
            axes.plot([share.target] * 2, [y - 0.42, y + 0.42], color=TARGET, linewidth=2, zorder=4)
    axes.set_yticks(at)
    axes.set_ylim(at[-1] + 0.6 if len(at) else 1.0, -1.1)
    axes.set_xlim(0, 1)


def _bar_texts(axes: Axes, writer: Writer, drawn: list[tuple[Text, _Share]]) -> None:
    at = [float(y) for y in axes.get_yticks()]
    axes.set_yticklabels([shortened(writer.text(name), 30) for name, _ in drawn])
    for y, (_, share) in zip(at, drawn, strict=True):
        parts = [] if np.isnan(share.ratio) else [percent_text(share.ratio).of(writer.language)]
        said = writer.text(share.verdict())
        axes.annotate(
            "  ".join([*parts, *([said] if said else [])]), (1.0, y), (6, 0),
            textcoords="offset points", va="center", annotation_clip=False, **writer.style(8.5),
        )  # fmt: skip
    targets = {share.target for _, share in drawn if not np.isnan(share.target)}
    if len(targets) == 1:
        (target,) = targets
        text = percent_text(target)
        axes.annotate(
            Text(f"目标 {text.zh}", f"Target {text.en}").of(writer.language),
            (target, -0.42), (0, 2), textcoords="offset points", ha="center", va="bottom",
            **writer.style(9, bold=True, color=TARGET),
        )  # fmt: skip
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    for label in axes.get_yticklabels():
        label.update(writer.style(9))
        label.set_linespacing(1.1)
    for label in axes.get_xticklabels():
        label.update(writer.style(8, color=QUIET))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _bar_heading(
    axes: Axes, writer: Writer, title: str | None, shares: list[_Share], whole: _Share | None
) -> None:
    heading = _TITLES["bars"] if title is None else Text.same(title)
    aimed = [share for share in shares if not np.isnan([share.ratio, share.target]).any()]
    reached = sum(share.met for share in aimed)
    parts = [] if whole is None else [whole.inside_of()]
    if aimed:
        parts.append(
            Text(
                f"{len(aimed)} 组中 {reached} 组达到目标",
                f"{reached} of {len(aimed)} groups have reached the target",
            )
        )
    summary = Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))
    head(axes, writer, writer.text(heading), summary)


def _new_axes(n_bars: int) -> Axes:
    height = 1.5 + 0.42 * max(n_bars, 2)
    _, axes = plt.subplots(figsize=(10.0, height), layout="constrained")
    return axes
