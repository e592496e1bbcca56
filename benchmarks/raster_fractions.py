"""Shares of cells one by one: parkgeo's compiled loop, exactextract, and rational numbers.

Sums over a zone say little about shares of cells: errors of two edges cancel, and a cell weighs
little. So every cell is compared; and where two programs differ most, the share is worked out in
fractions of whole numbers, which says who is off.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from parkgeo import crs
from parkgeo.raster._coverage import Job, areas_by_code
from parkgeo.raster._grid import Grid, Weights, Window, cell_areas
from parkgeo.raster._lay import Edges, lay
from parkgeo.raster._zones import Outlines

Floats = NDArray[np.float64]
Corner = tuple[Fraction, Fraction]

ZONES_AT_ONCE: Final = 20
TILE: Final = 16
"""Cells along each side of a window whose codes, 0–255, number its cells."""

PIECE_M: Final = 20.0
"""Edges no longer than this bend by less than 1e-6 of a cell of some metres."""

WORST: Final = 5


@dataclass(frozen=True)
class Cell:
    """The share of a cell that lies in a zone, as two programs have it."""

    zone: int
    row: int
    col: int
    ours: float
    theirs: float

    @property
    def apart(self) -> float:
        """How far they are apart."""
        return abs(self.ours - self.theirs)


@dataclass(frozen=True)
class Found:
    """What every cell was held against."""

    cells: int
    worst: list[Cell]
    """Of all cells, those in which shares differ most, the worst first."""
    area_m2: Floats
    """exactextract's shares times official areas, by zone and class."""


def in_short_pieces(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut edges where they are straight, so that both programs see the same ones.

    parkgeo draws the edges of a zone straight on the equal-area plane, as the official area has
    them, exactextract in the raster's degrees: a kilometre of one lies a centimetre beside the
    other.
    """
    plane = crs.to_plane(layer)
    short = gpd.GeoSeries(shapely.segmentize(plane.to_numpy(), PIECE_M), crs=plane.crs)
    return layer.set_geometry(crs.from_plane(short).set_axis(layer.index))


def compared(path: Path, layer: gpd.GeoDataFrame, classes: int) -> Found:
    """Hold the share of every cell against exactextract's."""
    grid = grid_of(path)
    areas = cell_areas(grid, Window(0, 0, grid.rows, grid.cols))
    area_m2 = areas.of(Window(0, 0, grid.rows, 1)).values[:, 0]
    edges = edges_of(layer, grid)
    sums, worst, count = np.zeros((len(layer), classes)), list[Cell](), 0
    for copy, (zone, row, col, share, code) in enumerate(_their_cells(path, layer, grid)):
        sums[zone] = np.bincount(code, share * area_m2[row], minlength=classes)
        window = _around(edges, copy, grid)
        theirs = np.zeros((window.rows, window.cols))
        theirs[row - window.row, col - window.col] = share
        ours = shares_by_loop(edges, copy, window)
        off = np.abs(ours - theirs)
        for k in np.argpartition(off, -min(WORST, off.size), axis=None)[-WORST:]:
            r, c = divmod(int(k), window.cols)
            both = float(ours[r, c]), float(theirs[r, c])
            cell = Cell(zone, window.row + r, window.col + c, *both)
            worst.append(cell)
        worst = sorted(worst, key=lambda cell: -cell.apart)[:WORST]
        count += off.size
    return Found(count, worst, sums)


def grid_of(path: Path) -> Grid:
    """Return where the cells of a raster lie."""
    with rasterio.open(path) as dataset:
        return Grid(dataset.transform, *dataset.shape, CRS.from_wkt(dataset.crs.to_wkt()))


def edges_of(layer: gpd.GeoDataFrame, grid: Grid) -> Edges:
    """Lay zones on a raster."""
    shapes = np.asarray(layer.geometry, dtype=object)
    return lay((Outlines(shapes, np.arange(len(layer)), layer.crs),), grid, len(layer))


def shares_by_loop(edges: Edges, copy: int, window: Window) -> Floats:
    """Return the share of each cell from the loop that adds up areas by code.

    Windows of 16 × 16 cells with codes of their own, each of area 1, have sums that are shares.
    """
    out = np.zeros((window.rows, window.cols))
    number = np.arange(TILE * TILE, dtype=np.uint8).reshape(TILE, TILE)
    for row in range(0, window.rows, TILE):
        for col in range(0, window.cols, TILE):
            codes = np.ascontiguousarray(number[: window.rows - row, : window.cols - col])
            rows, cols = codes.shape
            tile = Window(window.row + row, window.col + col, rows, cols)
            ones = Weights(np.ones((rows, 1)), np.array([1, 0]))
            job = Job(tile, np.array([copy]))
            areas = areas_by_code(edges, job, ones, codes, compiled=True)
            out[row : row + rows, col : col + cols] = areas[0][codes]
    return out


def exact_share(shape: shapely.Geometry, transform: Affine, cell: Cell) -> float:
    """Work out the share of a cell that lies in a shape, in rational numbers."""
    west, dx, north, dy = map(Fraction, (transform.c, transform.a, transform.f, transform.e))
    twice = Fraction(0)
    for part in shapely.get_parts(shape):
        for k, ring in enumerate((part.exterior, *part.interiors)):
            corners = [
                ((Fraction(x) - west) / dx - cell.col, (Fraction(y) - north) / dy - cell.row)
                for x, y in shapely.get_coordinates(ring)[:-1].tolist()
            ]
            clipped = abs(_twice(_in_unit_square(corners)))
            twice += clipped if k == 0 else -clipped
    return float(twice / 2)


def _in_unit_square(corners: list[Corner]) -> list[Corner]:
    """Cut a ring by the four sides of a cell (Sutherland and Hodgman 1974)."""
    for axis, at, keeps_above in ((0, 0, True), (0, 1, False), (1, 0, True), (1, 1, False)):
        out: list[Corner] = []
        for a, b in pairwise([*corners[-1:], *corners]):
            inside = [(p[axis] >= at) == keeps_above or p[axis] == at for p in (a, b)]
            if inside[0] != inside[1]:
                t = (at - a[axis]) / (b[axis] - a[axis])
                out.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
            if inside[1]:
                out.append(b)
        corners = out
    return corners


def _twice(corners: list[Corner]) -> Fraction:
    ring = [*corners[-1:], *corners]
    return sum((a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)), Fraction(0))


def _around(edges: Edges, copy: int, grid: Grid) -> Window:
    """Return the cells around a zone."""
    low = np.maximum(np.floor(edges.bounds[copy, :2]).astype(int) - 1, 0)
    top = np.minimum(np.ceil(edges.bounds[copy, 2:]).astype(int) + 1, [grid.cols, grid.rows])
    return Window(int(low[1]), int(low[0]), int(top[1] - low[1]), int(top[0] - low[0]))


def _their_cells(
    path: Path, layer: gpd.GeoDataFrame, grid: Grid
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp], Floats, NDArray[np.intp]]]:
    """Ask exactextract for cells: row, column, share and value of those in each zone."""
    exact_extract = importlib.import_module("exactextract").exact_extract
    for start in range(0, len(layer), ZONES_AT_ONCE):
        some = layer.iloc[start : start + ZONES_AT_ONCE]
        found = exact_extract(str(path), some, ["cell_id", "coverage", "values"], output="pandas")
        for k, (cell, share, code) in enumerate(
            zip(found["cell_id"], found["coverage"], found["values"], strict=True)
        ):
            row, col = np.divmod(np.asarray(cell, dtype=np.intp), grid.cols)
            yield (
                start + k,
                row,
                col,
                np.asarray(share, dtype=np.float64),
                np.asarray(code, dtype=np.intp),
            )
