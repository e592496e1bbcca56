"""Where the cells of a raster lie, and what they measure on the ellipsoid."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
from affine import Affine
from pyproj import CRS, Geod, Transformer

from parkgeo import crs
from parkgeo._ground import Floats, Indices
from parkgeo.crs._plane import degrees_to_plane, plane_to_degrees, says_degrees
from parkgeo.errors import CRSMismatchError, SchemaError

_GEOD: Final = Geod(ellps="GRS80")
_TURN_DEG: Final = 360.0
_AREA_TOLERANCE: Final = 1e-7
"""Relative error of a cell's area between the cells that are measured, at most."""

_WIDEST_PANEL: Final = 1024
_PATCH_M: Final = 100.0
"""Cells are measured by patches of about this size: the area of a square of a few centimetres
would be lost in the rounding of its corners."""

_MOST_IN_PATCH: Final = 1024


@dataclass(frozen=True)
class Window:
    """A rectangle of cells."""

    row: int
    col: int
    rows: int
    cols: int


@dataclass(frozen=True)
class Weights:
    """Areas of the cells of a window in m²; see ``class_areas`` in the kernels."""

    values: Floats
    panel: Indices

    def cells(self, first: int, count: int) -> Floats:
        """Return the areas of some columns of all rows."""
        if self.values.shape[1] == 1:
            return np.broadcast_to(self.values, (len(self.values), count))
        width, phase = self.panel
        along = np.arange(first, first + count) + phase
        p = along // width
        t = (along - p * width) / width
        return np.asarray(self.values[:, p] * (1 - t) + self.values[:, p + 1] * t)


@dataclass(frozen=True)
class Grid:
    """The cells of a raster: column and row to coordinates by ``transform``, and their CRS."""

    transform: Affine
    rows: int
    cols: int
    crs: CRS

    @property
    def turn(self) -> float | None:
        """Columns that go once around the Earth, where columns are degrees of longitude."""
        upright = self.transform.b == 0 == self.transform.d
        if not (upright and self.crs.is_geographic):
            return None
        return abs(_TURN_DEG / self.transform.a)

    def to_cells(self, xy: Floats) -> Floats:
        """Turn coordinates of the raster into columns and rows."""
        inverse = ~self.transform
        x, y = xy.T
        # What a projection does not reach is infinite, and then no number.
        with np.errstate(invalid="ignore"):
            col = inverse.a * x + inverse.b * y + inverse.c
            row = inverse.d * x + inverse.e * y + inverse.f
        return np.column_stack([col, row])

    def to_plane(self, cells: Floats) -> Floats:
        """Put columns and rows on the equal-area plane; not finite where the CRS does not reach."""
        t = self.transform
        col, row = cells.T
        xy = np.column_stack([t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f])
        return degrees_to_plane(self._to_degrees(xy))

    @cached_property
    def _to_degrees(self) -> "Move":
        """How coordinates of the raster get to degrees."""
        return way_to_degrees(self.crs)

    @cached_property
    def cell_m(self) -> tuple[float, float]:
        """Width and height of the cell in the middle, in metres on the ground."""
        col, row = self.cols / 2, self.rows / 2
        corners = np.array([[col, row], [col + 1, row], [col, row + 1]])
        degrees = plane_to_degrees(self.to_plane(corners))
        sides = [_GEOD.inv(*degrees[0], *degrees[k])[2] for k in (1, 2)]
        if not np.isfinite(sides).all() or min(sides) <= 0:
            raise CRSMismatchError(
                f"the cell in the middle of the raster measures {sides[0]:.3g} by {sides[1]:.3g} "
                f"metres: its transform does not fit its CRS {self.crs.name!r}",
            )
        return float(sides[0]), float(sides[1])


def grid_of(transform: Affine, shape: tuple[int, int], source: CRS) -> Grid:
    """Check that a transform and a CRS can be meant."""
    grid = Grid(transform, *shape, source)
    if transform.determinant == 0 or not np.isfinite(transform.determinant):
        raise SchemaError(f"the raster's transform {tuple(transform)[:6]} has cells without area")
    if grid.turn is not None and grid.cols > grid.turn * (1 + 1e-9):
        raise SchemaError(
            f"the raster's {grid.cols} columns go more than once around the Earth, so ground would "
            "count twice; cut it to 360 degrees",
        )
    _refuse_far(grid)
    # Asked for here, so that what cannot be measured is said before anything is read.
    _ = grid.cell_m
    return grid


def _refuse_far(grid: Grid) -> None:
    """Let the guards of CRS judge the middle: swapped axes, metres as degrees, old datums."""
    t, col, row = grid.transform, grid.cols / 2, grid.rows / 2
    x, y = t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f
    if grid.turn is not None:
        x = (x + _TURN_DEG / 2) % _TURN_DEG - _TURN_DEG / 2
    crs.to_geographic(gpd.GeoSeries.from_xy([x], [y], crs=grid.crs))


Move: TypeAlias = Callable[[Floats], Floats]


@lru_cache(maxsize=16)
def way_to_degrees(source: CRS) -> Move:
    """Find out how coordinates get to degrees of CGCS2000, whatever their numbers mean.

    Kept, since CRSs are slow to compare and PROJ is slow to find a way; threads may share it.
    """
    if source == crs.PLANE:
        return plane_to_degrees
    if says_degrees(source):
        return _as_they_are
    datum = _datum(source)
    if datum in _BACK:
        return _by_column(_BACK[datum])
    return _by_column(Transformer.from_crs(source, _degrees(datum), always_xy=True).transform)


@lru_cache(maxsize=16)
def way_from_degrees(target: CRS) -> Move:
    """Find out how degrees of CGCS2000 get to another CRS."""
    if target == crs.PLANE:
        return degrees_to_plane
    if says_degrees(target):
        return _as_they_are
    datum = _datum(target)
    if datum in _THERE:
        return _by_column(_THERE[datum])
    return _by_column(Transformer.from_crs(_degrees(datum), target, always_xy=True).transform)


def _as_they_are(xy: Floats) -> Floats:
    return xy


def _by_column(move: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Move:
    return lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1]))


_BACK: Final = {"gcj02": crs.gcj02_to_wgs84, "bd09": crs.bd09_to_wgs84}
_THERE: Final = {"gcj02": crs.wgs84_to_gcj02, "bd09": crs.wgs84_to_bd09}


def _datum(source: CRS) -> str:
    """Name the datum, or "wgs84" for any other one, from which PROJ leads there."""
    try:
        datum = crs.datum_of(gpd.GeoSeries([], crs=source))
    except CRSMismatchError:
        return "wgs84"
    if datum in _BACK and not source.is_geographic:
        raise CRSMismatchError(
            f"{source.name!r} is a projection of {datum}, whose offsets are defined on degrees; "
            "bring it to longitude and latitude on that datum first",
        )
    return datum


def _degrees(datum: str) -> CRS:
    """Choose the degrees between which and a CRS nothing but the projection happens."""
    return crs.DATUMS["cgcs2000" if datum == "cgcs2000" else "wgs84"]


@dataclass(frozen=True)
class CellAreas:
    """Official areas of cells in a rectangle of the raster, in m².

    Where cells are rectangles in longitude and latitude, a row has one area, and it is exact.
    Elsewhere every ``panel``-th cell of every ``panel``-th row is measured, as the polygon of its
    corners on the equal-area plane, and those between are interpolated.
    """

    grid: Grid
    row: int
    col: int
    panel: int
    nodes: Floats

    def of(self, window: Window) -> Weights:
        """Return the areas of the cells of a window."""
        if self.panel == 0:
            rows = self.nodes[window.row - self.row : window.row - self.row + window.rows]
            return Weights(rows, np.array([1, 0]))
        along = np.arange(window.rows) + window.row - self.row
        p = along // self.panel
        t = ((along - p * self.panel) / self.panel)[:, None]
        first = (window.col - self.col) // self.panel
        last = (window.col + window.cols - 1 - self.col) // self.panel + 2
        nodes = self.nodes[:, first:last]
        values = nodes[p] * (1 - t) + nodes[p + 1] * t
        phase = window.col - self.col - first * self.panel
        return Weights(np.ascontiguousarray(values), np.array([self.panel, phase]))


def cell_areas(grid: Grid, within: Window) -> CellAreas:
    """Measure the cells of a rectangle of the raster."""
    if grid.turn is not None and says_degrees(grid.crs):
        return CellAreas(grid, within.row, within.col, 0, _by_row(grid, within))
    panel = _WIDEST_PANEL
    while True:
        row, col = (start // panel * panel for start in (within.row, within.col))
        n_rows = (within.row + within.rows - 1 - row) // panel + 2
        n_cols = (within.col + within.cols - 1 - col) // panel + 2
        rows, cols = row + panel * np.arange(n_rows), col + panel * np.arange(n_cols)
        nodes = _patches(grid, rows, cols)
        if panel == 1 or _is_smooth(grid, rows, cols, nodes, panel // 2):
            return CellAreas(grid, row, col, panel, nodes)
        panel //= 2


def _by_row(grid: Grid, within: Window) -> Floats:
    """Measure cells between two meridians and two parallels."""
    t = grid.transform
    edges = t.f + t.e * np.arange(within.row, within.row + within.rows + 1)
    # A raster of the whole Earth may reach half a cell beyond the poles.
    lat = np.clip(edges, -90.0, 90.0)
    plane = degrees_to_plane(np.column_stack([np.full(len(lat), t.a), lat]))
    return np.asarray(np.abs(plane[0, 0] * np.diff(plane[:, 1])))[:, None]


def _patches(grid: Grid, rows: Indices, cols: Indices) -> Floats:
    """Measure cells, each by a patch around its middle."""
    size = int(np.clip(round(_PATCH_M / max(grid.cell_m)), 1, _MOST_IN_PATCH))
    half = size / 2
    row, col = (axis.ravel() + 0.5 for axis in np.meshgrid(rows, cols, indexing="ij"))
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    with np.errstate(invalid="ignore"):
        ring = [grid.to_plane(np.column_stack([col + dx, row + dy])) for dx, dy in corners]
        (x0, y0), (x1, y1) = (ring[2] - ring[0]).T, (ring[3] - ring[1]).T
        area = np.abs(x0 * y1 - x1 * y0) / 2 / size**2
    return np.where(np.isfinite(area), area, np.nan).reshape(len(rows), len(cols))


def _is_smooth(grid: Grid, rows: Indices, cols: Indices, nodes: Floats, half: int) -> bool:
    """Compare the cells in the middle of four that were measured with the mean of the four."""
    if len(rows) < 2 or len(cols) < 2:  # noqa: PLR2004 - never: nodes enclose the rectangle
        return False
    mean = (nodes[1:, 1:] + nodes[:-1, 1:] + nodes[1:, :-1] + nodes[:-1, :-1]) / 4
    middle = _patches(grid, rows[:-1] + half, cols[:-1] + half)
    off = np.abs(middle / mean - 1)
    return not bool((off > _AREA_TOLERANCE).any())
