"""What the measures by distance say of a made-up town.

Run as a script, ``python docs/figures/agglomeration_distance.py FOLDER [svg|png]``, or by Sphinx
whenever the documentation is built.
"""  # noqa: INP001

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from picture_files import write

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
        density.plot(ax=grid[f"kd{k}"], language="en", title=f"{kind}: p = {density.p_value:.3f}")
        relative.plot(ax=grid[f"m{k}"], language="en", title="")
    legend_below(figure, [grid[name] for name in ("kd0", "kd1", "m0", "m1")])
    return figure


def legend_below(figure: Figure, curves: Iterable[Axes]) -> None:
    """Explain once what any of the panels shows."""
    entries = {}
    for ax in curves:
        entries |= dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
        ax.get_legend().remove()
    figure.legend(entries.values(), entries, loc="outside lower center", ncols=3, frameon=False)


WINDOW: Final = shapely.Polygon(
    [(0, 0), (20, 0), (20, 9), (9, 10), (8, 19), (0, 17)],
    [[(3, 3), (3, 7), (6, 7), (7, 3)]],
)
"""A county of flat ground, with a lake; kilometres."""


Places = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def patterns(n: int = 150, *, towns: int = 10, gap: float = 0.85) -> dict[str, Places]:
    """Throw points into the window: anywhere, about some places, and none near another."""
    rng = np.random.default_rng(6)

    def thrown(tried: int) -> Places:
        xy = rng.uniform(0, 20, (tried, 2))
        return xy[shapely.contains_xy(WINDOW, xy)]

    about = np.repeat(thrown(1_000)[:towns], 60, axis=0)
    about = about + rng.normal(0, 0.5, about.shape)
    about = rng.permutation(about[shapely.contains_xy(WINDOW, about)])
    apart: list[int] = []
    tried = thrown(6_000)
    for k, xy in enumerate(tried):
        if np.hypot(*(tried[apart] - xy).T).min(initial=np.inf) > gap:
            apart.append(k)
    return {"anywhere": thrown(1_000)[:n], "clustered": about[:n], "apart": tried[apart][:n]}


def windows() -> Figure:
    """Draw three patterns, and K and L of each."""
    figure = Figure(figsize=(9.6, 8.2), layout="constrained")
    axes = figure.subplots(3, 3)
    ground = shapely.affinity.affine_transform(WINDOW, [1000, 0, 0, 1000, EAST, NORTH])
    window = gpd.GeoSeries([ground], crs="EPSG:4549")
    for column, (name, xy) in zip(axes.T, patterns().items(), strict=True):
        column[0].plot(*WINDOW.exterior.xy, color="#5B6773", lw=1)
        column[0].fill(*WINDOW.interiors[0].xy, color="#D6E4EE", ec="#5B6773", lw=1)
        column[0].scatter(*xy.T, s=6, color="#332288", lw=0)
        column[0].set_aspect("equal")
        column[0].set_title(f"{len(xy)} points, {name} (km)", loc="left", fontsize=11)
        where = gpd.points_from_xy(xy[:, 0] * 1000 + EAST, xy[:, 1] * 1000 + NORTH)
        points = gpd.GeoDataFrame(geometry=where, crs="EPSG:4549")
        for ax, measure in zip(
            column[1:], (agglomeration.ripley_k, agglomeration.ripley_l), strict=True
        ):
            found = measure(
                points, window=window, r=np.arange(0, 4_001, 100.0), simulations=199, seed=1
            )
            found.plot(ax=ax, language="en", title=f"p = {found.p_value:.3f}")
    legend_below(figure, axes[1:].ravel())
    return figure


def near_and_about() -> Figure:
    """Draw M and m of steel, up to a distance and about it."""
    figure = Figure(figsize=(9.6, 3.4), layout="constrained")
    for ax, density in zip(figure.subplots(1, 2), (False, True), strict=True):
        found = agglomeration.marcon_puech(
            plants(), industry="industry", reference="steel", r=np.arange(200, 10_001, 200.0),
            density=density, simulations=200, seed=1,
        )  # fmt: skip
        found.plot(ax=ax, language="en")
    return figure


FIGURES: Final = {
    "distance": measures,
    "distance-window": windows,
    "distance-about": near_and_about,
}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    named = {f"agglomeration-{name}": figure for name, figure in FIGURES.items()}
    write(named, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
