"""What a plan does with clusters, and what every share costs, on land that is made up.

Run as a script, ``python docs/figures/plan_method.py FOLDER [svg|png]``, or by Sphinx whenever the
documentation is built.
"""  # noqa: INP001

import sys
from functools import cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from picture_files import write

from parkgeo import concentration, crs, plots

COLORS: Final = {"extend": "#117733", "move": "#332288", "convert": "#CC6677", None: "#9AA5AE"}
NAMES: Final = {"extend": "zone grows", "move": "moves", "convert": "converted", None: "stays"}
CORNER: Final = (13_358_000.0, 3_188_000.0)
CENTRES: Final = ((2600, 2600), (9400, 6200))


@cache
def plan() -> concentration.Plan:
    """Plan for a made-up town: two zones, and parcels that thin out around them."""
    rng = np.random.default_rng(7)
    zones = shapely.buffer(shapely.points(CENTRES), (1500, 1100), quad_segs=3)
    inside = [shapely.box(x - 700, y - 700, x + 700, y + 200) for x, y in CENTRES]
    corner = rng.uniform((0, 0), (12_000, 9_000), (32, 2))
    size = rng.uniform(90, 330, (32, 2))
    boxes = shapely.box(*corner.T, *(corner + size).T)
    free = boxes[~shapely.intersects(boxes, shapely.union_all(zones))]
    land = _frame([*inside, *free])
    land["price"] = rng.uniform(20, 60, len(land)).round()
    parks = _frame(list(zones)).assign(brand_id=["west", "east"])
    return concentration.plan(
        land,
        parks,
        target=0.85,
        costs={"extend_per_mu": 25.0, "move_per_mu": 45.0, "convert_per_mu": "price"},
        limits={"extension_mu": 600.0, "capacity_mu": 250.0, "convert_mu": 600.0},
        mip_gap=0.005,
        time_limit_s=5.0,
    )


def chosen() -> Figure:
    """Draw what is done where."""
    found = plan()
    figure = Figure(figsize=(8.4, 5.4), layout="constrained")
    axes = figure.subplots()
    ground = crs.to_zone(found.sites)
    plane = ground.crs
    found.zones.to_crs(plane).plot(ax=axes, facecolor="#1B5E8A22", edgecolor="#1B5E8A")
    done = found.sites["measure"].to_numpy(dtype=object)
    for measure, color in COLORS.items():
        some = ground[[one == measure if measure else one is None for one in done]]
        if len(some):
            some.plot(ax=axes, color=color)
    grown = found.measures[found.measures["measure"] == "extend"].to_crs(plane)
    if len(grown):
        grown.plot(ax=axes, facecolor="#11773355", edgecolor=COLORS["extend"])
    used = [measure for measure in COLORS if (done == measure).any() or measure is None]
    marks = [Line2D([], [], marker="s", linestyle="", color=COLORS[one]) for one in used]
    axes.legend(marks, [NAMES[one] for one in used], frameon=False, loc="lower right", fontsize=9)
    axes.set_title(
        f"{found.before['ratio']:.1%} → {found.after['ratio']:.1%} of the land inside, "
        f"for {found.cost:,.0f}",
        fontsize=10,
    )
    axes.set_aspect("equal")
    axes.axis("off")
    return figure


def frontier() -> Figure:
    """Draw what every share costs at least."""
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    plots.plan_frontier(plan(), ax=figure.subplots(), language="en", title="")
    return figure


FIGURES: Final = {"chosen": chosen, "frontier": frontier}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    named = {f"plan-{name}": figure for name, figure in FIGURES.items()}
    write(named, folder, kind=kind)


def _frame(shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    placed = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + CORNER)
    return gpd.GeoDataFrame(geometry=placed, crs=crs.PLANE)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
