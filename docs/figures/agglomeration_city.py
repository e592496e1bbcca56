"""Where high shares of industrial land lie beside high ones, and the profile of a made-up town.

Run as a script, ``python docs/figures/agglomeration_city.py FOLDER [svg|png]``, or by Sphinx
whenever the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from matplotlib.figure import Figure
from picture_files import write

from parkgeo import agglomeration, datasets, plots

CORNER: Final = np.array([500_000.0, 3_340_000.0])
TOWNS: Final = np.array([[6_000, 6_000], [14_000, 9_000], [9_000, 15_000]])
SQUARE_M: Final = 2_000


def squares() -> gpd.GeoDataFrame:
    """Add the cells of the bundled grid up to squares: the share that is mapped as industrial."""
    with rasterio.open(datasets.hangzhou_industrial_share()) as grid:
        share = grid.read(1, masked=True).filled(0) * grid.scales[0]
        cell, left, top = grid.transform.a, grid.transform.c, grid.transform.f
        crs = grid.crs.to_wkt()
    wide = round(SQUARE_M / cell)
    rows, cols = -(-share.shape[0] // wide), -(-share.shape[1] // wide)
    padded = np.zeros((rows * wide, cols * wide))
    padded[: share.shape[0], : share.shape[1]] = share
    mean = padded.reshape(rows, wide, cols, wide).mean(axis=(1, 3))
    row, col = (one.ravel() for one in np.indices(mean.shape))
    x, y = left + col * SQUARE_M, top - (row + 1) * SQUARE_M
    shapes = shapely.box(x, y, x + SQUARE_M, y + SQUARE_M)
    return gpd.GeoDataFrame({"share": mean.ravel()}, geometry=shapes, crs=crs)


def lisa() -> Figure:
    """Draw the quadrants of the local Moran."""
    figure = Figure(figsize=(8.6, 5.2), layout="constrained")
    found = agglomeration.autocorrelation(squares(), "share", permutations=9_999)
    found.plot(ax=figure.subplots(), language="en", title="")
    return figure


def town() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Make up plants in three towns, the land that they stand on, and a zone in each town."""
    rng = np.random.default_rng(11)
    home = rng.integers(0, 3, 900)
    xy = TOWNS[home] + rng.normal(0, 1_900, (900, 2))
    trade = np.full(900, "other", dtype=object)
    for name, number, among in (
        ("steel", 45, np.flatnonzero(home == 1)),
        ("tea", 60, np.arange(900)),
        ("silk", 35, np.arange(900)),
        ("gems", 4, np.arange(900)),
    ):
        free = among[trade[among] == "other"]
        trade[rng.choice(free, number, replace=False)] = name
    district = np.array(["south", "east", "north"])[home]
    at = shapely.points(xy + CORNER)
    crs = "EPSG:4549"
    plants = gpd.GeoDataFrame({"trade": trade, "district": district}, geometry=at, crs=crs)
    half = rng.uniform(30, 90, 900)
    land = gpd.GeoDataFrame(geometry=shapely.buffer(at, half, cap_style="square"), crs=crs)
    zones = shapely.buffer(shapely.points(TOWNS + CORNER), (1_900, 2_600, 1_700))
    names = ["south", "east", "north"]
    parks = gpd.GeoDataFrame({"brand_id": names, "accuracy_m": 50.0}, geometry=zones, crs=crs)
    return land, parks, plants


def profile() -> Figure:
    """Draw the profile of the made-up town."""
    land, parks, plants = town()
    found = agglomeration.profile(
        land, parks, plants=plants, industry="trade", region="district", simulations=400
    )
    return plots.city_profile(found, language="en", title="")


FIGURES: Final = {"lisa": lisa, "profile": profile}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    named = {f"agglomeration-{name}": figure for name, figure in FIGURES.items()}
    write(named, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
