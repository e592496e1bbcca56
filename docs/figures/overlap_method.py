"""The method of overlays in pictures, on zones that are made up.

Run as a script, ``python docs/figures/overlap_method.py FOLDER [svg|png]``, or by Sphinx whenever
the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as MplPath
from picture_files import write

from parkgeo import crs, overlap

INK, PALE = "#22313A", "#C3CCD1"
BLUE, RED, GOLD = "#00798C", "#C8374B", "#B07A00"
PLACE: Final = {"PLANE": (13_358_000.0, 3_188_000.0), "EPSG:4549": (520_000.0, 3_350_000.0)}
"""Where the zones are put: on the equal-area plane, and where a metre is a metre."""


def edges() -> Figure:
    """Draw what one pair of edges adds to a shared area."""
    a = shapely.Polygon([(0, 0), (6, 1), (7, 5), (2, 6)])
    b = shapely.Polygon([(4, -1), (10, 2), (9, 6), (5, 4)])
    box = shapely.box(4, 0, 7, 6)
    e, f = np.array([(0.0, 0.0), (6.0, 1.0)]), np.array([(4.0, -1.0), (5.0, 4.0)])
    figure = _figure(9.0, 3.3)
    whole, near = figure.subplots(1, 2, width_ratios=[1.5, 1])
    for axes in (whole, near):
        axes.add_patch(_patch(a, facecolor=BLUE, alpha=0.10))
        axes.add_patch(_patch(b, facecolor=RED, alpha=0.10))
        axes.add_patch(_patch(a, fill=False, edgecolor=BLUE, linewidth=1.0))
        axes.add_patch(_patch(b, fill=False, edgecolor=RED, linewidth=1.0))
        axes.add_patch(_patch(box, fill=False, edgecolor=INK, linestyle=(0, (4, 3))))
        axes.plot(*e.T, color=BLUE, linewidth=3, solid_capstyle="butt")
        axes.plot(*f.T, color=RED, linewidth=3, solid_capstyle="butt")
    x = np.linspace(4, 5, 101)
    upper = np.maximum(np.interp(x, *e.T), np.interp(x, *f.T))
    near.fill_between(x, upper, 6, color=GOLD, alpha=0.35, linewidth=0)
    _view(whole, (-0.5, -1.5, 10.5, 6.8), "Only the common box matters")
    _view(near, (3.5, -1.3, 7.4, 6.8), "One pair of edges: ∫ min(e, f) dx")
    for axes, text, place, colour in (
        (whole, "A", (2.4, 3.4), BLUE),
        (whole, "B", (8.9, 3.4), RED),
        (whole, "common box", (5.5, 6.25), INK),
        (near, "e", (5.6, 0.45), BLUE),
        (near, "f", (5.25, 3.6), RED),
        (near, "depth 0", (6.3, 6.25), INK),
    ):
        axes.text(*place, text, color=colour, ha="center", va="center", fontsize=10)
    return figure


def faces() -> Figure:
    """Draw the partition of three circles, with what the library says of each face."""
    circles = shapely.buffer(shapely.points([[0, 0], [100, 0], [50, 80]]), 90, quad_segs=6)
    found = overlap.partition(_parks(circles), geometry=True)
    figure = _figure(9.0, 3.6)
    columns, named = figure.subplots(1, 2)
    corners = np.unique(shapely.get_coordinates(circles)[:, 0])
    columns.vlines(corners, -95, 175, color=PALE, linewidth=0.5)
    for circle, colour in zip(circles, (BLUE, RED, GOLD), strict=True):
        for axes in (columns, named):
            axes.add_patch(_patch(circle, facecolor=colour, alpha=0.12))
            axes.add_patch(_patch(circle, fill=False, edgecolor=colour, linewidth=1.4))
    ground = crs.to_plane(found.geometry).to_numpy()
    centres = shapely.get_coordinates(shapely.point_on_surface(ground)) - PLACE["PLANE"]
    for place, members, area_km2 in zip(centres, found["members"], found["area_km2"], strict=True):
        said = f"{''.join(members)}\n{area_km2 * 1e6:,.0f} m²"
        named.text(*place, said, ha="center", va="center", fontsize=7.5, color=INK)
    _view(columns, (-95, -95, 195, 178), "Between two corners no edge begins or ends")
    _view(named, (-95, -95, 195, 178), "Ground by set of members")
    return figure


def bands() -> Figure:
    """Draw what the accuracy of both boundaries leaves of an overlap, and allows."""
    a = shapely.box(0, 0, 100, 80)
    b = shapely.Polygon([(60, 20), (180, 10), (180, 90), (75, 90)])
    parks = _parks(np.array([a, b]), where="EPSG:4549", accuracy_m=8.0)
    row = overlap.pairs(parks).iloc[0]
    figure = _figure(9.0, 2.9)
    panels = figure.subplots(1, 3)
    for axes, move_m, column, name in zip(
        panels,
        (-8.0, 0.0, 8.0),
        ("overlap_low_km2", "overlap_km2", "overlap_high_km2"),
        ("low", "as drawn", "high"),
        strict=True,
    ):
        for shape, colour in ((a, BLUE), (b, RED)):
            axes.add_patch(_patch(shape, fill=False, edgecolor=colour, linewidth=1.0))
            moved = shape.buffer(move_m)
            axes.add_patch(_patch(moved, facecolor=colour, alpha=0.12))
        shared = a.buffer(move_m).intersection(b.buffer(move_m))
        axes.add_patch(_patch(shared, facecolor=GOLD, alpha=0.55))
        _view(axes, (-12, -12, 192, 102), f"{name}: {row[column] * 1e6:,.0f} m²")
    return figure


FIGURES: Final = {"edges": edges, "faces": faces, "bands": bands}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    named = {f"overlap-{name}": figure for name, figure in FIGURES.items()}
    write(named, folder, kind=kind, letters="none")


def _parks(shapes: Any, *, where: str = "PLANE", **columns: float) -> gpd.GeoDataFrame:  # noqa: ANN401
    placed = shapely.transform(shapes, lambda xy: xy + PLACE[where])
    names = [chr(ord("A") + i) for i in range(len(placed))]
    system = crs.PLANE if where == "PLANE" else where
    return gpd.GeoDataFrame({"brand_id": names, **columns}, geometry=placed, crs=system)


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _patch(shape: shapely.Geometry, **style: Any) -> PathPatch:  # noqa: ANN401
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shape)))
    paths = [MplPath(shapely.get_coordinates(ring), closed=True) for ring in rings]
    style.setdefault("linewidth", 0 if style.get("fill", True) else 1.2)
    return PathPatch(MplPath.make_compound_path(*paths), **style)


def _view(axes: Axes, bounds: tuple[float, float, float, float], title: str) -> None:
    west, south, east, north = bounds
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_title(title, fontsize=9.5, color=INK)
    axes.axis("off")


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
