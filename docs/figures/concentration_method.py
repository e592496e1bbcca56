"""How land is measured against zones that are laid on a grid, on ground that is made up.

Run as a script, ``python docs/figures/concentration_method.py FOLDER [svg|png]``, or by Sphinx
whenever the documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as MplPath
from picture_files import write

INK, PALE = "#22313A", "#C3CCD1"
BLUE, RED, GOLD = "#00798C", "#C8374B", "#B07A00"

STEP_M: Final = 64.0
ZONES: Final = (
    shapely.Polygon([(70, 90), (390, 60), (420, 330), (260, 410), (90, 360)]),
    shapely.Polygon([(330, 150), (650, 130), (690, 420), (350, 400)]),
)
PARCEL: Final = shapely.Polygon([(662, 338), (746, 346), (738, 478), (654, 468)])
CELL: Final = (640.0, 384.0)
"""South-west corner of the cell that is drawn by itself."""


def grid() -> Figure:
    """Draw which cells are wholly in, which hold pieces of a border, and one of them."""
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    whole, cell = figure.subplots(1, 2, width_ratios=[1.6, 1])
    ground = shapely.union_all(ZONES)
    for corner in np.ndindex(12, 8):
        _draw_cell(whole, np.multiply(corner, STEP_M), ground)
    for zone in ZONES:
        whole.add_patch(_patch(zone, fill=False, edgecolor=BLUE, linestyle=(0, (3, 2))))
    whole.add_patch(_patch(ground, fill=False, edgecolor=BLUE, linewidth=1.8))
    whole.add_patch(_patch(PARCEL, facecolor=RED, alpha=0.30))
    whole.add_patch(_patch(PARCEL, fill=False, edgecolor=RED, linewidth=1.8))
    whole.add_patch(Rectangle(CELL, STEP_M, STEP_M, fill=False, edgecolor=INK, linewidth=2.0))
    _view(whole, (0, 0, 768, 512), "Zones on the grid, and a parcel")
    for text, place, colour in (
        ("in", (224, 224), BLUE),
        ("in", (544, 288), BLUE),
        ("border", (288, 104), GOLD),
        ("out", (160, 480), INK),
        ("parcel", (698, 495), RED),
    ):
        whole.text(*place, text, color=colour, ha="center", va="center", fontsize=9.5)
    _draw_pieces(cell, ground)
    return figure


def _draw_cell(axes: Axes, corner: np.ndarray[Any, Any], ground: shapely.Geometry) -> None:
    square = shapely.box(*corner, *(corner + STEP_M))
    crossed = ground.boundary.intersects(square)
    colour, alpha = (GOLD, 0.16) if crossed else (BLUE, 0.20 if ground.covers(square) else 0.0)
    axes.add_patch(_patch(square, facecolor=colour, alpha=alpha))
    axes.add_patch(_patch(square, fill=False, edgecolor=PALE, linewidth=0.6))


def _draw_pieces(axes: Axes, ground: shapely.Geometry) -> None:
    """Draw what a cell keeps of the zones' border, and what the parcel shares with them there."""
    x, y = CELL
    square = shapely.box(x, y, x + STEP_M, y + STEP_M)
    both = shapely.intersection_all([square, ground, PARCEL])
    axes.add_patch(_patch(square.intersection(ground), facecolor=BLUE, alpha=0.20))
    axes.add_patch(_patch(square.intersection(PARCEL), facecolor=RED, alpha=0.15))
    axes.add_patch(_patch(both, facecolor=GOLD, alpha=0.60))
    for outline, colour in ((ground.boundary, BLUE), (PARCEL.boundary, RED)):
        for piece in shapely.get_parts(square.intersection(outline)):
            axes.plot(*shapely.get_coordinates(piece).T, color=colour, linewidth=2.5)
    axes.add_patch(_patch(square, fill=False, edgecolor=INK, linewidth=1.4))
    axes.text(
        *shapely.get_coordinates(both.representative_point())[0],
        f"{both.area:,.0f} m²",
        color=INK,
        ha="center",
        va="center",
        fontsize=9.5,
    )
    _view(axes, (x - 3, y - 3, x + STEP_M + 3, y + STEP_M + 3), "Pieces of edges in one cell")


FIGURES: Final = {"grid": grid}


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    named = {f"concentration-{name}": figure for name, figure in FIGURES.items()}
    write(named, folder, kind=kind, letters="none")


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
