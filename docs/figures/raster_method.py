"""How a polygon is laid on a raster, in a picture.

Run as a script, ``python docs/figures/raster_method.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import shapely
from affine import Affine
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from picture_files import write
from pyproj import CRS

from parkgeo.raster._coverage import shares_of_cells
from parkgeo.raster._grid import Grid
from parkgeo.raster._lay import lay
from parkgeo.raster._zones import Outlines

INK, PALE = "#22313A", "#C3CCD1"
BLUE, RED, GOLD = "#00798C", "#C8374B", "#B07A00"
ROWS, COLS = 5, 9
CORNER: Final = (500_000.0, 3_350_000.0)
ZONE: Final = [(1.3, 0.6), (7.6, 1.2), (8.3, 3.4), (5.2, 4.6), (2.1, 3.9)]
ROW = 1
"""The row that the lower part follows, from the top."""


def coverage() -> Figure:
    """Draw a zone on cells with their shares, and what one row of them is summed from."""
    metres = CRS("EPSG:4549")
    grid = Grid(Affine(1, 0, CORNER[0], 0, -1, CORNER[1] + ROWS), ROWS, COLS, metres)
    zone = shapely.Polygon(np.array(ZONE) + CORNER)
    part = Outlines(np.array([zone], dtype=object), np.array([0]), metres)
    share = shares_of_cells(lay((part,), grid, 1).edges, np.zeros(2), ROWS, COLS)
    figure = Figure(figsize=(7.6, 6.0), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=[5, 2.7])
    _cells(upper, share)
    _row(lower, share[ROW])
    return figure


def _cells(axes: Axes, share: np.ndarray[Any, Any]) -> None:
    for row in range(ROWS):
        for col in range(COLS):
            value = share[row, col]
            bottom = ROWS - 1 - row
            axes.add_patch(
                mpl.patches.Rectangle(
                    (col, bottom), 1, 1, facecolor=BLUE, alpha=0.45 * value, edgecolor="none"
                )
            )
            axes.text(
                col + 0.5,
                bottom + 0.5,
                "" if value == 0 else f"{value:.2f}".rstrip("0").rstrip("."),
                ha="center",
                va="center",
                fontsize=8,
                color=INK,
                zorder=5,
                path_effects=[withStroke(linewidth=2.5, foreground="white", alpha=0.8)],
            )
    for k in range(COLS + 1):
        axes.plot([k, k], [0, ROWS], color=PALE, linewidth=0.8)
    for k in range(ROWS + 1):
        axes.plot([0, COLS], [k, k], color=PALE, linewidth=0.8)
    ring = np.array([*ZONE, ZONE[0]])
    axes.plot(*ring.T, color=RED, linewidth=1.8)
    bottom = ROWS - 1 - ROW
    axes.add_patch(
        mpl.patches.Rectangle((0, bottom), COLS, 1, fill=False, edgecolor=GOLD, linewidth=2)
    )
    _bare(axes, "Share of each cell that lies inside, exactly")
    axes.set_ylim(-0.1, ROWS + 0.1)


def _row(axes: Axes, share: np.ndarray[Any, Any]) -> None:
    col = np.arange(COLS)
    axes.bar(col + 0.5, share, width=1.0, color=BLUE, alpha=0.45, edgecolor="white")
    crossed = (share > 0) & (share < 1)
    for k in np.flatnonzero(crossed):
        axes.text(k + 0.5, share[k] + 0.04, "edge: area", ha="center", color=RED, fontsize=8)
    run = np.flatnonzero(share == 1)
    axes.annotate(
        "",
        (run[-1] + 1, 0.5),
        (run[0], 0.5),
        arrowprops={"arrowstyle": "<->", "color": INK},
    )
    axes.text(
        (run[0] + run[-1] + 1) / 2,
        0.56,
        "a run: the cover of the edges before it, no arithmetic for its cells",
        ha="center",
        color=INK,
        fontsize=8,
    )
    _bare(axes, "The marked row, summed from left to right")
    axes.set_ylim(0, 1.25)


def _bare(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.set_xlim(-0.05, COLS + 0.05)
    axes.set_axis_off()


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"raster-coverage": coverage}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
