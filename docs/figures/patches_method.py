"""What is measured of a patch, in a picture.

Run as a script, ``python docs/figures/patches_method.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from picture_files import write

from parkgeo import agglomeration

INK, PALE = "#22313A", "#C3CCD1"
BLUE, RED, GOLD = "#00798C", "#C8374B", "#B07A00"
SIDE_M: Final = 30.0
LAND: Final = np.array(
    [
        [2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
        [2, 1, 1, 2, 2, 2, 2, 2, 2, 2],
        [2, 1, 1, 1, 2, 2, 2, 1, 1, 2],
        [2, 2, 1, 1, 2, 2, 2, 1, 2, 2],
        [2, 2, 2, 2, 1, 2, 2, 2, 2, 2],
        [2, 2, 2, 2, 1, 1, 2, 2, 2, 2],
        [2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    ]
)
WORDS: Final = {8: [(1.8, 1.6), (7.9, 2.8)], 4: [(1.8, 2.7), (7.9, 2.8), (4.9, 0.85)]}
"""Where the words of each patch have room."""


def patches() -> Figure:
    """Draw the same land with patches by corners and by sides, and what is measured of them."""
    figure = Figure(figsize=(8.4, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    _land(left, 8)
    _land(right, 4)
    return figure


def _land(axes: Axes, neighbours: Literal[8, 4]) -> None:
    found = agglomeration.landscape_metrics(LAND, cell_m=SIDE_M, neighbours=neighbours, classes=[1])
    n_rows, n_cols = LAND.shape
    for row, col in np.argwhere(LAND == 1):
        corner = (float(col), float(n_rows - 1 - row))
        axes.add_patch(
            mpl.patches.Rectangle(
                corner, 1, 1, facecolor=BLUE, alpha=0.45, edgecolor="white", linewidth=0.8
            )
        )
    for patch, words in zip(found.itertuples(), WORDS[neighbours], strict=True):
        x, y = patch.x / SIDE_M, patch.y / SIDE_M
        axes.plot(x, y, marker="+", color=RED, markersize=8)
        axes.add_patch(
            mpl.patches.Circle(
                (x, y), patch.GYRATE / SIDE_M, fill=False, edgecolor=RED, linewidth=1.2
            )
        )
        axes.annotate(
            f"{patch.AREA:.2f} ha, SHAPE {patch.SHAPE:.2f}\nENN {patch.ENN:.0f} m",
            (x, y),
            words,
            ha="center",
            va="top",
            fontsize=7,
            color=INK,
        )
    axes.add_patch(mpl.patches.Rectangle((0, 0), n_cols, n_rows, fill=False, edgecolor=PALE))
    axes.set_title(
        f"neighbours={neighbours}: {len(found)} patches", loc="left", fontsize=10, color=INK
    )
    axes.set_xlim(-0.1, n_cols + 0.1)
    axes.set_ylim(-0.1, n_rows + 0.1)
    axes.set_aspect("equal")
    axes.set_axis_off()


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"patches": patches}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
