"""What the measures by distance say of a made-up town.

Run as a script, ``python docs/figures/agglomeration_distance.py FOLDER [svg|png]``, or by Sphinx
whenever the documentation is built.
"""  # noqa: INP001

import sys
from functools import cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from parkgeo import agglomeration

EAST, NORTH = 500_000.0, 3_340_000.0
COLORS: Final = {"other": "#C3C9D0", "steel": "#332288", "tea": "#CC6677"}


@cache
def plants() -> gpd.GeoDataFrame:
    """Make up plants in three towns; steel keeps to one of them, tea is anywhere industry is."""
    rng = np.random.default_rng(11)
    towns = np.array([[6_000, 6_000], [14_000, 9_000], [9_000, 15_000]])
    home = rng.integers(0, 3, 900)
    xy = towns[home] + rng.normal(0, 1_900, (900, 2))
    kind = np.full(900, "other", dtype=object)
    kind[rng.choice(np.flatnonzero(home == 1), 45, replace=False)] = "steel"
    kind[rng.choice(np.flatnonzero(kind == "other"), 60, replace=False)] = "tea"
    where = gpd.points_from_xy(xy[:, 0] + EAST, xy[:, 1] + NORTH)
    return gpd.GeoDataFrame({"industry": kind}, geometry=where, crs="EPSG:4549")


def measures() -> Figure:
    """Draw the plants, and Kd and M of both industries."""
    figure = Figure(figsize=(9.6, 6.2), layout="constrained")
    grid = figure.subplot_mosaic(
        [["map", "kd0", "kd1"], ["map", "m0", "m1"]], width_ratios=[5, 4, 4]
    )
    for kind, color in COLORS.items():
        some = plants()[plants()["industry"] == kind]
        x, y = (some.geometry.x - EAST) / 1000, (some.geometry.y - NORTH) / 1000
        grid["map"].scatter(x, y, s=7 if kind == "other" else 16, color=color, label=kind, lw=0)
    grid["map"].set_aspect("equal")
    grid["map"].legend(frameon=False, loc="upper right")
    grid["map"].set_title("900 plants (km)", loc="left", fontsize=11)
    r = np.arange(0, 10_001, 200.0)
    for k, kind in enumerate(("steel", "tea")):
        density = agglomeration.duranton_overman(
            plants(), industry="industry", reference=kind, r=r, simulations=400, seed=1
        )
        relative = agglomeration.marcon_puech(
            plants(), industry="industry", reference=kind, r=r[2:], simulations=200, seed=1
        )
        density.plot(ax=grid[f"kd{k}"], title=f"{kind}: p = {density.p_value:.3f}")
        relative.plot(ax=grid[f"m{k}"], title="")
    for name in ("kd0", "kd1", "m0"):
        grid[name].get_legend().remove()
    return figure


FIGURES: Final = {"distance": measures}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "parkgeo"}):
        for name, figure in FIGURES.items():
            kept = {"Date": None} if kind == "svg" else {}
            figure().savefig(folder / f"agglomeration-{name}.{kind}", metadata=kept, dpi=150)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
