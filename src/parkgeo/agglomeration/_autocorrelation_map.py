"""The quadrants of local autocorrelation, as a figure and as a page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np

from parkgeo import crs
from parkgeo._page import BasemapChoice, DrawnLayers, Map, base_map, bounds_of, geojson, on_wgs84
from parkgeo._style import INK, WORDS, Text, require_language
from parkgeo.agglomeration._autocorrelation import QUADRANTS, Autocorrelation
from parkgeo.agglomeration._distance_plot import language_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_QUIET: Final = "quiet"
_NONE: Final = "none"
_COLORS: Final = {
    **dict(zip(QUADRANTS, ("#C8374B", "#2B6CB0", "#F0A27A", "#93B8DC"), strict=True)),
    _QUIET: "#DDE3E6",
    _NONE: "#FFFFFF",
}
_TEXTS: Final = {
    "high-high": Text("高值聚集", "High beside high"),
    "low-low": Text("低值聚集", "Low beside low"),
    "high-low": Text("低值中的高值", "High among low"),
    "low-high": Text("高值中的低值", "Low among high"),
    _QUIET: Text("不显著", "Not significant"),
    _NONE: Text("无数值或无邻居", "No value, or no neighbours"),
}
_TITLE: Final = Text("空间自相关", "Spatial autocorrelation")
_WORDS: Final = {
    name: WORDS[name] for name in ("legend", "language", "panel", "zoom_to", "zoom_all")
}
_LABELS: Final = {
    "moran_i": Text("莫兰指数", "Moran's I"),
    "p_value": Text("显著性 p", "p-value"),
    "n": Text("参与计算", "Counted"),
    "n_islands": Text("无邻居", "Without neighbours"),
    "value": Text("数值", "Value"),
    "local_i": Text("局部莫兰指数", "Local Moran"),
    "p_adjusted": Text("校正后 p", "Adjusted p-value"),
    "g_star": Text("热点 G*（z）", "Hot spot G* (z)"),
    "n_neighbours": Text("邻居数", "Neighbours"),
}


def _kinds(table: gpd.GeoDataFrame) -> np.ndarray[Any, Any]:
    """Say in which colour each row is shown."""
    quadrant = table["quadrant"].to_numpy(dtype=object)
    kinds = np.where(table["significant"].to_numpy(), quadrant, _QUIET)
    kinds[table["local_i"].isna().to_numpy()] = _NONE
    return np.asarray(kinds)


def _drawn(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kept = ~(table.geometry.isna() | table.geometry.is_empty)
    return table[kept.to_numpy()]


def draw(
    found: Autocorrelation,
    *,
    ax: "Axes | None",
    language: Literal["zh", "en"] | None,
    title: str | None,
) -> "Axes":
    """Draw the figure; see :meth:`Autocorrelation.plot`."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - heavy, and many are never drawn
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415
    from matplotlib.patches import Patch  # noqa: PLC0415

    chosen, families = language_of(language)
    axes = ax if ax is not None else plt.subplots(figsize=(7.6, 6.4), layout="constrained")[1]
    zone = crs.to_zone(_drawn(found.table)[["quadrant", "significant", "local_i", "geometry"]])
    kinds = _kinds(zone)
    zone.plot(
        ax=axes, color=[_COLORS[kind] for kind in kinds], edgecolor="#7C8A92", linewidth=0.4,
        markersize=14,
    )  # fmt: skip
    # A box that shrinks to the shape of the ground after the layout would push the legend out.
    axes.set_aspect("equal", adjustable="datalim")
    shown = [kind for kind in _COLORS if (kinds == kind).any()]
    axes.legend(
        handles=[
            Patch(
                facecolor=_COLORS[kind], edgecolor="#7C8A92",
                label=f"{_TEXTS[kind].of(chosen)} · {(kinds == kind).sum():,}",
            )
            for kind in shown
        ],
        loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, labelcolor=INK,
        prop=FontProperties(family=families, size=9),
    )  # fmt: skip
    heading = (_TITLE.of(chosen) if title is None else title) or ""
    told = "  ".join(f"{label.of(chosen)} {text}" for label, text in _told(found))
    axes.set_title(
        f"{heading}\n{told}" if heading else "", loc="left", color=INK, parse_math=False,
        fontproperties=FontProperties(family=families, size=11),
    )  # fmt: skip
    axes.set_axis_off()
    return axes


def _told(found: Autocorrelation) -> Iterator[tuple[Text, str]]:
    yield _LABELS["moran_i"], f"{found.summary['moran_i']:.3f}".replace("-", "−")
    yield _LABELS["p_value"], f"{found.summary['p_value']:.3g}"


def page(
    found: Autocorrelation,
    *,
    language: Literal["zh", "en"],
    basemap: BasemapChoice,
    title: str | None,
    attribution: str | None,
) -> Map:
    """Draw the page; see :meth:`Autocorrelation.map`."""
    require_language(language)
    heading = _TITLE if title is None else Text.same(title)
    drawn = on_wgs84(_drawn(found.table))
    kinds = _kinds(drawn)
    bounds = bounds_of(drawn)
    payload: dict[str, Any] = {
        "words": _WORDS,
        "language": language,
        "title": heading,
        "attribution": attribution,
        "bounds": bounds,
        # The page shows the last of them large.
        "summary": [
            *(
                (_LABELS[name], Text.same(f"{found.summary[name]:,}"))
                for name in ("n", "n_islands")
            ),
            *reversed([(label, Text.same(text)) for label, text in _told(found)]),
        ],
        "places": list(_places(found, drawn, kinds)),
        "legend": [
            {"color": _COLORS[kind], "label": _TEXTS[kind]}
            for kind in _COLORS
            if (kinds == kind).any()
        ],
    }
    layers = DrawnLayers(
        "parkgeoAutocorrelationMap", payload, package="parkgeo.agglomeration",
        static=("autocorrelation.js",),
    )  # fmt: skip
    return base_map(bounds, basemap=basemap, title=heading.of(language), layers=layers)


def _places(
    found: Autocorrelation, drawn: gpd.GeoDataFrame, kinds: np.ndarray[Any, Any]
) -> Iterator[dict[str, Any]]:
    names = ("local_i", "p_adjusted", "g_star", "n_neighbours")
    rows = drawn[[found.summary["column"], *names]].to_numpy(dtype=object)
    for label, kind, shape, (value, *more) in zip(
        drawn.index, kinds, geojson(drawn.geometry), rows, strict=True
    ):
        yield {
            "name": Text.same(str(label)),
            "kind": _TEXTS[kind],
            "color": _COLORS[kind],
            "geometry": shape,
            "card": [
                (_LABELS["value"], Text.same(_number(value))),
                *(
                    (_LABELS[n], Text.same(_number(one)))
                    for n, one in zip(names, more, strict=True)
                ),
            ],
        }


def _number(value: object) -> str:
    if isinstance(value, int | float | np.number) and np.isfinite(float(value)):
        return f"{float(value):.4g}".replace("-", "−")
    return "–"
