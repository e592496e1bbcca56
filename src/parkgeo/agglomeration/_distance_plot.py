"""The curve of a measure by distance over the bands of chance, and what is said about it."""

import io
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from parkgeo._style import (
    FALLBACK_FONT,
    FONT_REMEDY,
    INK,
    PALETTE,
    Language,
    Text,
    chinese_font,
    glyphs_only,
    require_language,
)
from parkgeo.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parkgeo.agglomeration._distance_result import DistanceResult

_LINE: Final = PALETTE[0]
_GREY: Final = "#5B6773"
_BAND: Final = "#C9CFD6"
_KM_ABOVE: Final = 2_000
_TEXTS: Final = {
    "local": Text("各距离上 {level:.0%} 的随机结果", "{level:.0%} of draws at each distance"),
    "global": Text("全程 {level:.0%} 的随机结果", "{level:.0%} of draws at all distances"),
    "expected": Text("期望值", "expected"),
    "observed": Text("观测值", "observed"),
    "localisation": Text("显著集聚", "localised beyond chance"),
    "dispersion": Text("显著分散", "dispersed beyond chance"),
    "km": Text("距离（千米）", "distance (km)"),
    "m": Text("距离（米）", "distance (m)"),
    "heading": Text(
        "{measure}：{sites:,} 个点中的 {n:,} 个", "{measure}: {n:,} points of {sites:,}"
    ),
    "chance": Text("，p = {p:.3g}", ", p = {p:.3g}"),
    "bandwidth": Text("带宽 {value:,.0f} 米", "bandwidth {value:,.0f} m"),
    "simulations": Text("{n:,} 次随机模拟（种子 {seed}）", "{n:,} simulations (seed {seed})"),
    "localisation_index": Text("集聚指数 {value:.4g}", "localisation {value:.4g}"),
    "dispersion_index": Text("分散指数 {value:.4g}", "dispersion {value:.4g}"),
    "error": Text("误差 ≤ {value:.1e}", "error ≤ {value:.1e} ({note})"),
}
_LABELS: Final = {
    name: _TEXTS[name]
    for name in ("local", "global", "expected", "observed", "localisation", "dispersion")
}
_BEYOND: Final = (
    ("localisation", "global_high", PALETTE[0]),
    ("dispersion", "global_low", PALETTE[3]),
)
_BELOW_INCH: Final = 0.55
"""From the axes to the legend: room for the numbers and the name of the distance."""
_TWO_COLUMNS_INCH: Final = 4.5
"""Width of axes that have room for entries beside each other."""
_STRIP: Final = 0.022
"""Height of the strip below the curve that marks distances, as a share of the axes."""
_UNITS: Final = {
    "K": (Text("K（平方米）", "K (m²)"), Text("K（平方千米）", "K (km²)"), -2),
    "L": (Text("L（米）", "L (m)"), Text("L（千米）", "L (km)"), -1),
    "Kd": (Text("Kd（每米）", "Kd (per metre)"), Text("Kd（每千米）", "Kd (per km)"), 1),
}
"""Of each measure that has any, in metres and in kilometres, and the power of the length."""


def language_of(asked: Language | None) -> tuple[Language, list[str]]:
    """Choose a language, and the font families for it."""
    font = chinese_font()
    chosen = require_language(asked) if asked else "zh" if font else "en"
    if chosen == "zh" and font is None:
        raise MissingExtraError(
            f'no installed font has Chinese glyphs; {FONT_REMEDY}, or ask for language="en"'
        )
    return chosen, [font, FALLBACK_FONT] if chosen == "zh" and font else [FALLBACK_FONT]


def draw(
    found: "DistanceResult", *, ax: "Axes | None", language: Language | None, title: str | None
) -> "Axes":
    """Draw the figure; see :meth:`DistanceResult.plot`."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - heavy, and many are never drawn
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415

    chosen, families = language_of(language)
    if ax is None:
        _, ax = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
    far = bool(found.table["r_m"].max() > _KM_ABOVE)
    *units, power = _UNITS.get(found.measure, (Text.same(found.measure),) * 2 + (0,))
    _curves(found, ax, scale=1000 if far else 1, power=power, language=chosen)
    small, label = (FontProperties(family=families, size=size) for size in (9, 10))
    ax.set_xlabel(_TEXTS["km" if far else "m"].of(chosen), color=INK, fontproperties=label)
    ax.set_ylabel(units[far].of(chosen), color=INK, fontproperties=label)
    ax.margins(x=0)
    ax.legend(**_place(ax), frameon=False, prop=small, labelcolor=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(
        heading(found, chosen) if title is None else glyphs_only(title, families), loc="left",
        color=INK, parse_math=False, fontproperties=FontProperties(family=families, size=11),
    )  # fmt: skip
    return ax


def _place(ax: "Axes") -> dict[str, Any]:
    """Put the legend below the axes, where it covers no curve, if the figure makes room for it."""
    from matplotlib.transforms import ScaledTranslation  # noqa: PLC0415 - heavy

    figure = ax.get_figure(root=True)
    if figure is None or figure.get_layout_engine() is None:
        return {"loc": "best"}
    below = ScaledTranslation(0, -_BELOW_INCH, figure.dpi_scale_trans)
    wide = ax.get_window_extent().width >= _TWO_COLUMNS_INCH * figure.dpi
    return {
        "loc": "upper left",
        "bbox_to_anchor": (0.0, 0.0),
        "bbox_transform": ax.transAxes + below,
        "borderaxespad": 0.0,
        "ncols": 2 if wide else 1,
    }


def _curves(
    found: "DistanceResult", ax: "Axes", *, scale: int, power: int, language: Language
) -> None:
    r, table = found.table["r_m"] / scale, found.table * float(scale) ** power
    says = {name: text.of(language).format(level=found.level) for name, text in _LABELS.items()}
    if found.simulations:
        ax.fill_between(
            r, table["local_low"], table["local_high"], color=_BAND, lw=0, label=says["local"]
        )
        ax.plot(r, table["global_low"], color=_GREY, ls="--", lw=1)
        ax.plot(r, table["global_high"], color=_GREY, ls="--", lw=1, label=says["global"])
        _beyond(table, ax, r, says)
    if table["expected"].notna().any():
        ax.plot(r, table["expected"], color=_GREY, ls=":", lw=1, label=says["expected"])
    ax.plot(r, table["observed"], color=_LINE, lw=1.8, label=says["observed"])


def _beyond(table: pd.DataFrame, ax: "Axes", r: "pd.Series[float]", says: dict[str, str]) -> None:
    """Mark at which distances the curve is beyond the global bands: on it, and on the axis below.

    As far as the next distance, so that one by itself is seen too.
    """
    half = np.diff(r, append=2 * r.iloc[-1] - r.iloc[-2] if len(r) > 1 else r.iloc[-1] + 1) / 2
    for name, band, color in _BEYOND:
        where = (table[name] > 0).to_numpy()
        if not where.any():
            continue
        ax.fill_between(
            r, table[band], table["observed"], where=where, color=color, alpha=0.22, lw=0
        )
        ax.broken_barh(
            [(x - width, 2 * width) for x, width in zip(r[where], half[where], strict=True)],
            (0, _STRIP), transform=ax.get_xaxis_transform(), color=color, lw=0,
            label=says[name], zorder=4,
        )  # fmt: skip


def heading(found: "DistanceResult", language: Language) -> str:
    """Say which measure it is, of how many points, and how far beyond chance."""
    parts = [_TEXTS["heading"].of(language)]
    if found.simulations:
        parts.append(_TEXTS["chance"].of(language))
    return "".join(parts).format(
        measure=found.measure, n=found.n_reference, sites=found.n_sites, p=found.p_value
    )


def page(found: "DistanceResult") -> str:
    """Return the figure for a notebook, with what is said about it above."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy

    language, _ = language_of(None)
    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    draw(found, ax=figure.subplots(), language=language, title="")
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg")
    _, tag, rest = drawn.getvalue().partition("<svg")
    return (
        '<div style="background:#fff;color:#1f2933;padding:12px 14px;max-width:760px">'
        f"<b>{escape(heading(found, language))}</b><br>"
        f"{escape(' · '.join(_said(found, language)))}{tag}{rest}</div>"
    )


def _said(found: "DistanceResult", language: Language) -> Iterator[str]:
    if not np.isnan(found.bandwidth_m):
        yield _TEXTS["bandwidth"].of(language).format(value=found.bandwidth_m)
    if found.simulations:
        yield _TEXTS["simulations"].of(language).format(n=found.simulations, seed=found.seed)
        for name, value in (
            ("localisation_index", found.localisation_index),
            ("dispersion_index", found.dispersion_index),
        ):
            yield _TEXTS[name].of(language).format(value=value)
    if found.error > 0:
        text = _TEXTS["error"].of(language)
        yield text.format(value=found.error, note=found.error_note)
