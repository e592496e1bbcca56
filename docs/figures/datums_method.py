"""How far GCJ-02 and BD-09 are off, and how the way back closes in, in a picture.

Run as a script, ``python docs/figures/datums_method.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from picture_files import write
from pyproj import Geod

from parkgeo import crs

INK: Final = "#22313A"
BLUE, RED = "#00798C", "#C8374B"
ROUNDS: Final = 8
_GEOD: Final = Geod(ellps="WGS84")

Floats = NDArray[np.float64]


def shift() -> Figure:
    """Draw the length of the shift over China, and the error of its inverse by rounds."""
    figure = Figure(figsize=(8.4, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
    _lengths(left)
    _rounds(right)
    return figure


def _lengths(axes: Axes) -> None:
    lon, lat = np.meshgrid(np.linspace(73.5, 134.5, 245), np.linspace(18.5, 53.5, 141))
    away = distance_m(lon, lat, *crs.wgs84_to_gcj02(lon, lat))
    mesh = axes.pcolormesh(lon, lat, away, cmap="YlGnBu", shading="nearest", rasterized=True)
    bar = axes.figure.colorbar(mesh, ax=axes, shrink=0.9)
    bar.ax.tick_params(labelsize=7, colors=INK)
    axes.plot(120.15, 30.28, marker="o", markersize=4, color="white")
    axes.annotate("Hangzhou", (119.6, 30.6), ha="right", fontsize=8, color="white")
    axes.set_aspect(1 / np.cos(np.radians(36)))
    _label(axes, "°E", "°N", "from WGS 84 to GCJ-02, m")


def _rounds(axes: Axes) -> None:
    rng = np.random.default_rng(2026)
    lon, lat = rng.uniform(73.5, 134.5, 5_000), rng.uniform(18.5, 53.5, 5_000)
    shifted = crs.wgs84_to_gcj02(lon, lat)
    guess, left = shifted, []
    for _ in range(ROUNDS):
        again = crs.wgs84_to_gcj02(*guess)
        guess = tuple(g + s - a for g, s, a in zip(guess, shifted, again, strict=True))
        left.append(distance_m(*guess, lon, lat).max())
    best = distance_m(*crs.gcj02_to_wgs84(*shifted), lon, lat).max()
    axes.plot(range(1, ROUNDS + 1), left, color=BLUE, marker="o", markersize=3, linewidth=1.4)
    axes.axhline(best, color=RED, linewidth=1.0, linestyle="--")
    axes.annotate("gcj02_to_wgs84", (1, best * 2), color=RED, fontsize=8)
    axes.set_yscale("log")
    axes.set_ylim(1e-10, 1e2)
    _label(axes, "rounds", "largest error of 5 000 places, m", "the way back, by fixed point")


def distance_m(lon: Floats, lat: Floats, east: Floats, north: Floats) -> Floats:
    """Measure how far places are from each other, in metres."""
    return np.asarray(_GEOD.inv(lon, lat, east, north)[2])


def _label(axes: Axes, x: str, y: str, title: str) -> None:
    axes.set_xlabel(x, fontsize=8, color=INK)
    axes.set_ylabel(y, fontsize=8, color=INK)
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    axes.tick_params(labelsize=7, colors=INK)


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"datums-shift": shift}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
