"""What darts make of measures of concentration, in a picture.

Run as a script, ``python docs/figures/agglomeration_regions.py FOLDER [svg|png]``, or by Sphinx
whenever the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from picture_files import write

from parkgeo import agglomeration

INK: Final = "#22313A"
COLORS: Final = {"hoover": "#C8374B", "gini": "#B07A00", "ellison_glaeser": "#00798C"}
NAMES: Final = {
    "hoover": "Hoover",
    "gini": "locational Gini",
    "ellison_glaeser": "Ellison–Glaeser γ",
}
PLANTS: Final = (3, 5, 10, 20, 40, 80, 160, 320, 640)
REGIONS: Final = 12
DRAWS: Final = 400


def darts() -> Figure:
    """Draw the measures of industries whose plants choose regions by chance."""
    rng = np.random.default_rng(1997)
    board = pd.Series(np.linspace(1, 4, REGIONS), index=np.arange(REGIONS), dtype=float)
    found = [_measured(n, board, rng) for n in PLANTS]
    figure = Figure(figsize=(7.6, 3.8), layout="constrained")
    axes = figure.subplots()
    for name, color in COLORS.items():
        mean = [one[name].mean() for one in found]
        low, high = zip(*(one[name].quantile([0.05, 0.95]) for one in found), strict=True)
        axes.fill_between(PLANTS, low, high, color=color, alpha=0.15, linewidth=0)
        axes.plot(PLANTS, mean, "o-", color=color, markersize=4, label=NAMES[name])
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xticks(PLANTS, [str(n) for n in PLANTS])
    axes.minorticks_off()
    axes.set_xlabel("plants of the industry, put into regions by chance", color=INK)
    axes.set_ylim(-0.3, 1)
    axes.legend(frameon=False, labelcolor=INK)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _measured(n: int, board: "pd.Series[float]", rng: np.random.Generator) -> pd.DataFrame:
    """Measure industries of n plants of unequal size, each drawn by itself."""
    share = board.to_numpy() / board.sum()
    plants = pd.DataFrame(
        {
            "industry": np.repeat(np.arange(DRAWS), n),
            "region": rng.choice(REGIONS, DRAWS * n, p=share),
            "size": rng.lognormal(0, 0.8, DRAWS * n),
        }
    )
    return agglomeration.by_region(plants, size="size", regions=board)


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"agglomeration-darts": darts}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
