"""How a polygon becomes words, in a picture.

Run as a script, ``python docs/figures/describe_method.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import shapely
from made_up_town import PLANE, block, town
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from picture_files import write

from parkgeo import crs, fourbounds
from parkgeo._style import chinese_font
from parkgeo.measure import area_m2

INK, PALE, RED = "#22313A", "#D5DBDF", "#C8374B"
SIDES: Final = {"east": "#CC6677", "south": "#332288", "west": "#117733", "north": "#88CCEE"}
ON_BORDER: Final = ("line", "bridge", "closing")
FAULT_M: Final = 8.0
"""How far the corners of the drawn border lie from the lines, at most."""


def words() -> Figure:
    """Draw a border on streets, the words that name it, and what comes back from the words."""
    lines = town(west="云锦路")
    drawn = fourbounds.resolve(block(), lines, use_area=False).geometry.simplify(FAULT_M / 1e5)
    text = fourbounds.describe(drawn, lines, name="某区块")
    back = fourbounds.resolve(fourbounds.parse(text)[0], lines)
    figure = Figure(figsize=(8.4, 3.9), layout="constrained")
    figure.suptitle(text, fontsize=9, color=INK, fontfamily=chinese_font() or "sans-serif")
    left, right = figure.subplots(1, 2)
    for axes, title in ((left, "the polygon, and the lines"), (right, "what its words say")):
        _ground(axes, lines.lines, drawn)
        axes.set_title(title, loc="left", fontsize=9, color=INK)
    _plane(drawn).boundary.plot(ax=left, color=INK, linewidth=2.0)
    border = back.pieces[back.pieces["how"].isin(ON_BORDER)]
    for side, pieces in border.groupby("side"):
        line = _plane(shapely.union_all(pieces.geometry.to_numpy()))
        line.plot(ax=right, color=SIDES[str(side)], linewidth=2.6)
        at = line.representative_point().iloc[0]
        off, align = ((-8, -3), "right") if side == "east" else ((6, 6), "left")
        right.annotate(
            str(side), (at.x, at.y), off, textcoords="offset points", ha=align, fontsize=8
        )
    _compare(right, drawn, back.geometry)
    return figure


def _ground(axes: Axes, lines: gpd.GeoDataFrame, shape: shapely.Geometry) -> None:
    lines.to_crs(PLANE).plot(ax=axes, color=PALE, linewidth=1.2, zorder=0)
    west, south, east, north = _plane(shape).total_bounds
    axes.set_xlim(west - 350, east + 350)
    axes.set_ylim(south - 350, north + 350)
    axes.set_axis_off()


def _compare(axes: Axes, drawn: shapely.Geometry, back: shapely.Geometry) -> None:
    shapes = [drawn.intersection(back), drawn.union(back)]
    both, either = area_m2(gpd.GeoSeries(shapes, crs=crs.CGCS2000))
    axes.annotate(
        f"common to both / in either: {both / either:.3f}",
        (0.45, 0.35),
        xycoords="axes fraction",
        ha="center",
        fontsize=8,
        color=RED,
    )


def _plane(shape: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries([shape], crs=crs.CGCS2000).to_crs(PLANE)


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"describe-words": words}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
