"""The four-bounds method in pictures, drawn by the real functions on a made-up town.

Run as a script, ``python docs/figures/fourbounds_method.py FOLDER [svg|png]``, or by Sphinx
whenever the documentation is built.
"""  # noqa: INP001

import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import shapely
from made_up_town import TEXT, around, block, drawn, in_town, town, traced
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as MplPath
from matplotlib.patheffects import withStroke

from parkgeo import _style, gazetteer
from parkgeo.fourbounds import Bounds, Resolution, resolve
from parkgeo.fourbounds._geometry import HOP_M, Floats, LineNetwork
from parkgeo.fourbounds._geometry_joints import join
from parkgeo.fourbounds._resolve_match import Match

SIDES: Final = {"east": "#CC6677", "south": "#117733", "west": "#DDAA33", "north": "#332288"}
"""The colours that cards and maps of a resolution have."""
INK, PALE, GROUND = "#22313A", "#C3CCD1", "#F7F8F8"
NAMES: Final = {
    "春申路": "Chunshen Rd",
    "望湖环路": "Lakeview Ring",
    "清溪": "Clear Brook",
    "云锦路": "Yunjin Rd",
    "长青大道": "Evergreen Ave",
}
_SMALL: Final = "东至小园东路，南至小园南路，西至小园西路，北至小园北路"
_PLANNED: Final = "云锦路"
_OTHER: Final = 0.1
"""Relative difference in area from which a way round is called another."""
_KM: Final = 1000
_DASHED: Final = (0, (3, 2))
_HOW: Final[dict[str, Any]] = {"line": "solid", "bridge": (0, (1, 0.8)), "closing": (0, (5, 2))}
_EDGES: Final = {
    "长青大道": "the middle",
    "长青大道南侧": "south edge",
    "长青大道北侧": "north edge",
}
_VIEW: Final = (-1500.0, -700.0, 4900.0, 4300.0)


def words() -> Figure:
    """Draw which words became which reference of which side."""
    bounds = block()
    figure = _figure(9.6, 2.5)
    axes = _blank(figure.subplots())
    axes.set_xlim(0, 86)
    axes.set_ylim(-11.5, 3.2)
    colors = {
        at: SIDES[side]
        for side, references in bounds.sides.items()
        for reference in references
        for at in range(*reference.span)
    }
    edges = np.r_[0, np.cumsum([1 + (unicodedata.east_asian_width(c) in "WF") for c in TEXT])]
    for at, letter in enumerate(TEXT):
        left, right = edges[at], edges[at + 1]
        if at in colors:
            face = mpl.colors.to_rgba(colors[at], 0.22)
            axes.add_patch(Rectangle((left, 0), right - left, 2.6, facecolor=face))
        axes.text((left + right) / 2, 1.25, letter, ha="center", va="center", fontsize=15)
    for column, (side, references) in enumerate(bounds.sides.items()):
        x = 21.5 * column
        axes.text(
            x, -2.2, side, color=_darker(SIDES[side]), weight="bold", fontsize=11, va="center"
        )
        for row, reference in enumerate(references):
            said = f"{reference.name}  {NAMES[reference.name]}"
            kind = reference.kind.replace("_", " ")
            axes.text(x, -4.8 - 4.2 * row, said, fontsize=9.5, va="center")
            axes.text(x, -6.6 - 4.2 * row, kind, fontsize=8, va="center", color="#5B6B73")
    return figure


def places() -> Figure:
    """Draw which of the lines of one name are meant."""
    lines, bounds = town(), block()
    hood = around(bounds, lines)
    figure = _figure(9.6, 4.4)
    wide, near = figure.subplots(1, 2, width_ratios=(1.15, 1))
    for match in hood.matches:
        if match.network is None:
            continue
        every = lines.find(match.reference.name)
        for shape, place in zip(in_town(every.geometry), every["place"], strict=True):
            meant = str(place) == match.place
            _line(wide, shape, SIDES[match.side] if meant else "#9AA5AB", 1.6 if meant else 2.2)
            if not meant:
                off_km = shape.distance(drawn(hood.window.centroid)) / 1000
                name = match.reference.name
                said = f"{name} {NAMES[name]},\n{off_km:.0f} km off: not meant"
                _say(wide, shape.centroid.coords[0], said, (-8, -4), ha="right", color="#5B6B73")
        _line(near, _lines_of(match), SIDES[match.side], 1.8)
    window = drawn(hood.window)
    axes_box = shapely.get_coordinates(window)
    wide.plot(*axes_box.T, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    _say(wide, (window.bounds[0], window.bounds[3]), "kept around the best spot", (0, 6), ha="left")
    spot = window.centroid.coords[0]
    for axes in (wide, near):
        axes.plot(*spot, "o", color=INK, markersize=5, markerfacecolor="white", zorder=6)
    _say(near, spot, "least sum of distances", (8, -12), ha="left")
    _fit(wide, (-7000, -8500, 31_000, 18_700))
    _fit(near, (-1500.0, -900.0, 5900.0, 4400.0))
    _names(near)
    wide.set_title("Every line of these names", loc="left")
    near.set_title("The lines that are meant", loc="left")
    _sides_legend(figure, bounds)
    return figure


def strands() -> Figure:
    """Draw how the pieces of one name become one line, and where one line turns into the next."""
    hood = around(block(), town())
    by_name = {match.reference.name: match for match in hood.matches}
    figure = _figure(9.6, 3.7)
    cross, gap, on = figure.subplots(1, 3)
    north, east, ring = (by_name[name] for name in ("长青大道", "春申路", "望湖环路"))
    for axes in (cross, gap):
        _line(axes, _lines_of(north), SIDES["north"], 1.8)
    _line(cross, _lines_of(east), SIDES["east"], 1.8)
    _network_edges(cross, north)
    raw = shapely.get_parts(shapely.intersection(_lines_of(north), _lines_of(east)))
    cross.plot(*shapely.get_coordinates(raw).T, "o", color=INK, markerfacecolor="white", zorder=5)
    joint = join(_network(north), _network(east), hood.window)
    _cross_mark(cross, _points(joint.on_a[:1]))
    _fit(cross, (2885, 2890, 3115, 3110))
    _say(cross, (3010, 3050), "two crossings (○)\nare one joint (×)", (4, 0), ha="left")
    _say(cross, (2895, 3000), "two carriageways,\n24 m apart: one line", (2, 30), ha="left")
    cross.set_title("A joint", loc="left")
    _network_edges(gap, north, wide=True)
    _fit(gap, (1140, 2710, 1760, 3303))
    _say(gap, (1450, 3012), "a gap, bridged:\n3 × its length", (0, 10), ha="center", color=INK)
    gap.set_title("A bridge", loc="left")
    for match in (east, ring):
        _line(on, _lines_of(match), SIDES["east"], 1.8)
    joints = join(_network(east), _network(ring), hood.window)
    for i in np.argsort(joints.cost)[:2]:
        way = np.stack([joints.on_a[i], joints.via[i], joints.on_b[i]])
        end = _points(way)
        on.plot(*end.T, color=INK, linewidth=1.3, linestyle=_DASHED)
        _cross_mark(on, end[-1:])
        said = f"{joints.bridge_m[i]:.0f} m, costs {joints.cost[i]:.0f}"
        _say(on, end[-1], said, (6, -12), ha="left")
    _fit(on, (2500, 1450, 3650, 2550))
    _say(on, (3000, 2250), "春申路 stops short", (6, 0), ha="left", color=SIDES["east"])
    on.set_title("Carried on to the next line", loc="left")
    return figure


def ways() -> Figure:
    """Draw the cheapest way round, and dearer ones."""
    found = list(traced(block(), town(west=_PLANNED), target_m2=None))
    first = found[0].outline.area_m2
    other = next(one for one in found if abs(one.outline.area_m2 / first - 1.0) > _OTHER)
    figure = _figure(9.6, 4.1)
    titles = ("The cheapest way costs", "Round the other arm, it costs")
    for axes, one, said in zip(figure.subplots(1, 2), (found[0], other), titles, strict=True):
        for match in one.hood.matches:
            if match.network is not None:
                _line(axes, _lines_of(match), PALE, 1.2)
        shape = drawn(one.outline.polygon)
        axes.add_patch(_patch(shape, facecolor="#E9EEF0", edgecolor="none", zorder=1))
        for stretch in one.ring.stretches:
            item = one.ring.items[stretch.item]
            side = item.side if isinstance(item, Match) else item
            _way(axes, _points(stretch.coords), SIDES[side], stretch.how)
        axes.set_title(f"{said} {one.ring.cost:,.0f} m", loc="left")
        _fit(axes, _VIEW)
    unused = _key(PALE, "lines of these names that are not used")
    _sides_legend(figure, block(), _key_of("bridge"), unused)
    return figure


def missing() -> Figure:
    """Draw where a side without a line is put."""
    bounds = block()
    figure = _figure(9.6, 3.2)
    panels = figure.subplots(1, 3)
    for area_km2 in (6.0, 7.0, 9.0):
        other = resolve(replace(bounds, stated_area_m2=area_km2 * 1e6), town())
        west = _shape(other).bounds[0]
        panels[0].plot(
            [west, west], [120, 3000], color="#B9A36B", linewidth=1, linestyle=(0, (2, 2))
        )
        _say(panels[0], (west, 3020), f"{area_km2:g}", (0, 9), ha="center", color="#7A6A3A")
    for axes, use, lines, title in (
        (panels[0], True, town(), "where the area is met"),
        (panels[1], True, town(west="西园路"), "on a line that meets the area"),
        (panels[2], False, town(), "no area: where a line ends"),
    ):
        found = resolve(bounds, lines, use_area=use)
        _outlined(axes, found)
        at = _shape(found).representative_point().coords[0]
        _say(axes, at, f"{found.area_km2:.2f} km²", (0, 0), ha="center")
        status = found.sides.set_index("side")["status"]["west"]
        axes.set_title(f"{status}, {title}", loc="left", fontsize=9)
        _fit(axes, _VIEW)
    _say(panels[1], (110, 3650), "西园路 Xiyuan Rd", (5, 0), ha="left")
    _sides_legend(figure, bounds, _key_of("bridge"), _key_of("closing"))
    return figure


def candidates() -> Figure:
    """Draw two polygons that fit the words, and what decides between them."""
    lines, bounds = town(west=_PLANNED), block()
    blind, told = (resolve(bounds, lines, use_area=use) for use in (False, True))
    figure = _figure(9.6, 3.4)
    first, second, bars = figure.subplots(1, 3, width_ratios=(1, 1, 0.85))
    _outlined(first, blind)
    rest = blind.pieces.loc[blind.pieces["how"] == "beyond"]
    for shape in in_town(rest.geometry):
        _line(second, shape, PALE, 1.2)
    for shape in in_town(blind.candidates.geometry.iloc[[1]]):
        second.add_patch(_patch(shape, facecolor="#E9EEF0", edgecolor=INK, linewidth=1.6, zorder=4))
    for rank, axes in enumerate((first, second)):
        area = blind.candidates["area_km2"].iloc[rank]
        axes.set_title(f"Candidate {rank}: {area:.2f} km²", loc="left")
        _fit(axes, _VIEW)
    _bars(bars, blind, told)
    _sides_legend(figure, bounds, _key_of("bridge"))
    return figure


def sureness() -> Figure:
    """Draw how sure polygons are: the band of ``accuracy_m``, and the confidence."""
    built = town(west=_PLANNED)
    cases: list[tuple[str, Bounds, gazetteer.Gazetteer, bool]] = [
        ("every side has a line", block(), built, True),
        ("the same, area not used", block(), built, False),
        ("west placed by the area", block(), town(), True),
        ("a small block", block(_SMALL), built, True),
    ]
    figure = _figure(9.6, 3.1)
    for axes, (title, bounds, lines, use) in zip(figure.subplots(1, 4), cases, strict=True):
        found = resolve(bounds, lines, use_area=use)
        shape = _shape(found)
        band = shape.exterior.buffer(found.accuracy_m)
        axes.add_patch(_patch(shape, facecolor="#DCE6EA", edgecolor="none"))
        axes.add_patch(_patch(band, facecolor="#E08E45", alpha=0.6, edgecolor="none"))
        axes.plot(*shapely.get_coordinates(shape.exterior).T, color=INK, linewidth=0.9)
        x, y = shape.envelope.centroid.coords[0]
        half = 0.64 * max(np.ptp(np.reshape(shape.bounds, (2, 2)), axis=0)) + found.accuracy_m
        _fit(axes, (x - half, y - half, x + half, y + half))
        said = f"confidence {found.confidence:.2f}, ± {found.accuracy_m:.0f} m"
        axes.set_title(f"{title}\n{said}", loc="left", fontsize=8.5)
        _scale(axes)
    return figure


def carriageways() -> Figure:
    """Draw which of the strands of a line a boundary follows, by what the words say."""
    lines = town(west=_PLANNED)
    figure = _figure(9.6, 2.9)
    for axes, words_north in zip(
        figure.subplots(1, 3), ("长青大道", "长青大道南侧", "长青大道北侧"), strict=True
    ):
        found = resolve(block(TEXT.replace("长青大道", words_north)), lines)
        for match in around(block(), lines).matches:
            if match.network is not None:
                _line(axes, _lines_of(match), "#8FA0A8", 1.2)
        shape = _shape(found)
        axes.add_patch(_patch(shape, facecolor="#DFDDEA", edgecolor=SIDES["north"], linewidth=2.4))
        axes.set_title(f"北至{words_north} ({_EDGES[words_north]})", loc="left")
        _fit(axes, (2760, 2930, 3060, 3070))
        _scale(axes)
    return figure


_DRAWN: Final[tuple[Callable[[], Figure], ...]] = (
    words,
    places,
    strands,
    ways,
    missing,
    candidates,
    sureness,
    carriageways,
)


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw every figure into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    font = _style.chinese_font()
    families = [_style.FALLBACK_FONT] if font is None else [font, _style.FALLBACK_FONT]
    style = {
        "font.family": families,
        "font.size": 9.0,
        "axes.titlesize": 10.0,
        "svg.fonttype": "path",
        "svg.hashsalt": "parkgeo",
    }
    with mpl.rc_context(style):
        for picture in _DRAWN:
            path = folder / f"fourbounds-{picture.__name__}.{kind}"
            when = {"metadata": {"Date": None}} if kind == "svg" else {}
            picture().savefig(
                path, facecolor="white", dpi=110, bbox_inches="tight", pad_inches=0.08, **when
            )


def _darker(color: str) -> str:
    """Return a colour in which letters can be read on white."""
    return mpl.colors.to_hex(0.7 * np.array(mpl.colors.to_rgb(color)))


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _blank(axes: Axes) -> Axes:
    axes.axis("off")
    return axes


def _fit(axes: Axes, view: tuple[float, float, float, float]) -> None:
    west, south, east, north = view
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(GROUND)
    for spine in axes.spines.values():
        spine.set_edgecolor(PALE)


def _line(axes: Axes, shape: shapely.Geometry, color: str, width: float) -> None:
    for part in shapely.get_parts(shape):
        axes.plot(*shapely.get_coordinates(part).T, color=color, linewidth=width, zorder=3)


def _say(
    axes: Axes,
    at: Iterable[float],
    text: str,
    aside: tuple[float, float],
    **style: Any,  # noqa: ANN401 — as matplotlib takes it
) -> None:
    axes.annotate(
        text,
        tuple(at),
        aside,
        textcoords="offset points",
        fontsize=8.5,
        zorder=8,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        **{"color": INK, "va": "center", **style},
    )


def _names(axes: Axes) -> None:
    """Write the names of the town's lines beside them."""
    at: dict[str, tuple[tuple[float, float], tuple[float, float], str]] = {
        "春申路": ((3000, 3800), (-5, 0), "right"),
        "望湖环路": ((4060, 700), (4, 0), "left"),
        "清溪": ((400, 140), (0, -14), "center"),
        "长青大道": ((300, 3000), (0, 9), "center"),
    }
    for name, (point, aside, ha) in at.items():
        both = f"{name}\n{NAMES[name]}" if ha == "left" else f"{name} {NAMES[name]}"
        _say(axes, point, both, aside, ha=ha)


def _network(match: Match) -> LineNetwork:
    if match.network is None:
        raise ValueError(f"{match.reference.name} has no lines")
    return match.network


def _lines_of(match: Match) -> shapely.Geometry:
    return drawn(_network(match).lines)


def _points(coords: Floats) -> Floats:
    return np.asarray(shapely.get_coordinates(drawn(shapely.MultiPoint(coords))))


def _network_edges(axes: Axes, match: Match, *, wide: bool = False) -> None:
    """Draw the steps that are not on a line: hops between strands, or bridges across gaps."""
    net = _network(match)
    chosen = net.bridged & ((net.lengths > HOP_M) if wide else (net.lengths <= HOP_M))
    pairs = _points(net.nodes[net.edges[chosen].ravel()]).reshape(-1, 2, 2)
    style: dict[str, Any] = {"linewidth": 0.6}
    if wide:
        style = {"linewidth": 1.3, "linestyle": _DASHED}
    axes.add_collection(LineCollection(list(pairs), color=INK, zorder=2, **style))


def _cross_mark(axes: Axes, points: Floats) -> None:
    axes.plot(*points.T, "x", color=INK, markersize=9, markeredgewidth=2, zorder=7)


def _way(axes: Axes, xy: Floats, color: str, how: str) -> None:
    axes.plot(*xy.T, color=color, linewidth=2.4, linestyle=_HOW[how], zorder=4)


def _shape(found: Resolution) -> shapely.Polygon:
    return in_town(found.candidates.geometry.iloc[:1]).iloc[0]


def _outlined(axes: Axes, found: Resolution) -> None:
    """Draw a polygon with its border in the colours of its sides, and where its lines go on."""
    axes.add_patch(_patch(_shape(found), facecolor="#E9EEF0", edgecolor="none", zorder=1))
    shapes = in_town(found.pieces.geometry)
    for shape, side, how in zip(shapes, found.pieces["side"], found.pieces["how"], strict=True):
        if how == "beyond":
            _line(axes, shape, PALE, 1.2)
        else:
            _way(axes, np.asarray(shapely.get_coordinates(shape)), SIDES[side], how)


def _bars(axes: Axes, blind: Resolution, told: Resolution) -> None:
    """Draw the scores of two candidates, without and with the stated area."""
    for row, (label, found) in enumerate((("area not used", blind), ("area used", told))):
        for rank in range(2):
            score, y = float(found.candidates["score"].iloc[rank]), -(3 * row + rank)
            axes.barh(y, score, color=("#3E6C86", "#A9BEC9")[rank], height=0.8)
            axes.text(score + 0.02, y, f"{score:.2f}", va="center")
            ink = ("white", INK)[rank]
            axes.text(0.02, y, f"candidate {rank}", va="center", color=ink, fontsize=8)
        said = f"{label}: confidence {found.confidence:.2f}"
        axes.text(0.0, -3 * row + 0.75, said, va="center", fontsize=9)
    axes.set_xlim(0, 1.15)
    axes.set_ylim(-4.7, 1.2)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([])
    axes.set_title("Score", loc="left")
    for name in ("top", "right", "left"):
        axes.spines[name].set_visible(False)


def _patch(shape: shapely.Geometry, **style: Any) -> PathPatch:  # noqa: ANN401
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    rings = [MplPath(shapely.get_coordinates(r), closed=True) for r in shapely.get_rings(parts)]
    return PathPatch(MplPath.make_compound_path(*rings), **style)


def _key_of(how: str) -> Line2D:
    label = {"bridge": "bridged", "closing": "placed without a line"}[how]
    return Line2D([], [], color=INK, linewidth=2.0, linestyle=_HOW[how], label=label)


def _scale(axes: Axes) -> None:
    """Draw a bar of a round length at the lower left."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    length = max(one for one in (20, 50, 100, 200, 500, 1000, 2000) if one <= 0.3 * (east - west))
    x, y = west + 0.05 * (east - west), south + 0.06 * (north - south)
    axes.plot([x, x + length], [y, y], color=INK, linewidth=2)
    said = f"{length / _KM:g} km" if length >= _KM else f"{length} m"
    _say(axes, (x + length, y), said, (3, 0), ha="left")


def _key(color: str, label: str) -> Line2D:
    return Line2D([], [], color=color, linewidth=2.2, label=label)


def _sides_legend(figure: Figure, bounds: Bounds, *more: Line2D) -> None:
    _legend(figure, [*(_key(SIDES[side], side) for side in bounds.sides), *more])


def _legend(figure: Figure, keys: list[Line2D]) -> None:
    figure.legend(handles=keys, loc="outside lower center", ncols=8, frameon=False, fontsize=8.5)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
