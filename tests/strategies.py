"""Hypothesis: extents on an integer grid, whose areas are counted and not computed.

Each unit square of the grid is cut by its two diagonals into four triangles, the *cells*. An extent
is a set of cells; what two extents share, where they touch and how many faces they make is then a
matter of sets, without any geometry. On the equal-area plane a cell has the same area everywhere,
and PROJ, not parkgeo, puts it on the ground.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

Cell: TypeAlias = tuple[int, int, int]
"""Column, row, and which quarter of that square: 0 south, 1 east, 2 north, 3 west."""

Cells: TypeAlias = frozenset[Cell]
Point: TypeAlias = tuple[int, int]

UNIT_M: Final = 100
"""Side of a unit square, in metres on the equal-area plane; even, so that centres are whole."""

CELL_KM2: Final = UNIT_M**2 / 4 / 1e6
CORNER: Final = (13_358_000.0, 3_170_000.0)
SIZE: Final = 7
"""Squares along one side of the grid."""

_TO_GROUND = Transformer.from_crs("+proj=cea +lat_ts=0 +ellps=GRS80", "EPSG:4490", always_xy=True)


def _to_ground(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert PROJ's forward projection; PROJ's own inverse is a short series, 1 mm off."""
    aim = xy.copy()
    for _ in range(3):
        lonlat = np.column_stack(_TO_GROUND.transform(*aim.T))
        aim += xy - _to_plane(lonlat)
    return lonlat


def _to_plane(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(_TO_GROUND.transform(*lonlat.T, direction="INVERSE"))


def on_ground(
    shapes: Iterable[BaseGeometry], corner: tuple[float, float] = CORNER
) -> gpd.GeoSeries:
    """Put shapes drawn in metres from a corner of the equal-area plane on the ground."""
    drawn = np.array(list(shapes), dtype=object)
    placed = shapely.transform(drawn, lambda xy: _to_ground(xy + corner))
    return gpd.GeoSeries(placed, crs="EPSG:4490")


@cache
def corners(cell: Cell) -> tuple[Point, Point, Point]:
    """Corners of a cell in half units; the third is the centre of the square."""
    column, row, quarter = cell
    around = [(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    first, second = around[quarter], around[quarter + 1]
    x, y = 2 * column, 2 * row
    return (x + first[0], y + first[1]), (x + second[0], y + second[1]), (x + 1, y + 1)


def polygon(cells: Iterable[Cell]) -> BaseGeometry:
    """Draw a set of cells in metres, with a corner wherever two cells meet on its border."""
    half = UNIT_M // 2
    triangles = [shapely.Polygon(np.multiply(corners(cell), half)) for cell in sorted(cells)]
    return shapely.union_all(triangles)


def points(cells: Iterable[Cell]) -> set[Point]:
    """All corners of the cells: two sets touch if and only if they have one in common."""
    return {corner for cell in cells for corner in corners(cell)}


def middles(cells: Iterable[Cell]) -> gpd.GeoSeries:
    """Put a point in the middle of each cell, on the ground."""
    return on_ground([shapely.Point(np.mean(corners(c), axis=0) * UNIT_M / 2) for c in cells])


def count_pieces(cells: Cells) -> int:
    """Count the pieces that hang together across edges."""
    by_edge: dict[frozenset[Point], list[Cell]] = {}
    for cell in cells:
        a, b, c = corners(cell)
        for edge in (frozenset((a, b)), frozenset((b, c)), frozenset((c, a))):
            by_edge.setdefault(edge, []).append(cell)
    beside: dict[Cell, set[Cell]] = {cell: set() for cell in cells}
    for sharing in by_edge.values():
        for cell in sharing:
            beside[cell].update(sharing)
    left, pieces = set(cells), 0
    while left:
        pieces += 1
        reached = [left.pop()]
        while reached:
            found = beside[reached.pop()] & left
            left -= found
            reached.extend(found)
    return pieces


def _rectangle(west: int, south: int, width: int, height: int) -> Cells:
    return frozenset(
        (column, row, quarter)
        for column in range(west, min(west + width, SIZE))
        for row in range(south, min(south + height, SIZE))
        for quarter in range(4)
    )


def _diamond(x: int, y: int, radius: int) -> Cells:
    """All cells nearer than ``radius`` to a grid point, along the axes."""
    return frozenset(
        cell
        for cell in _rectangle(0, 0, SIZE, SIZE)
        if sum(abs(np.mean(corners(cell), axis=0) / 2 - (x, y))) < radius
    )


def shapes_of_cells() -> st.SearchStrategy[Cells]:
    """Rectangles and diamonds, joined and cut from each other: concave, holed, in many pieces."""
    at, size = st.integers(0, SIZE - 1), st.integers(1, 4)
    brush = st.builds(_rectangle, at, at, size, size) | st.builds(_diamond, at, at, size)
    drawn = st.builds(
        lambda added, cut: frozenset().union(*added) - cut,
        st.lists(brush, min_size=1, max_size=3),
        st.just(frozenset()) | brush,
    )
    return drawn.filter(bool)


@dataclass(frozen=True)
class Plan:
    """Blocks as sets of cells, and the brand of each."""

    blocks: list[Cells]
    brands: list[str]

    @property
    def extents(self) -> dict[str, Cells]:
        """The cells of each brand."""
        return {
            brand: frozenset().union(
                *(
                    cells
                    for cells, owner in zip(self.blocks, self.brands, strict=True)
                    if owner == brand
                ),
            )
            for brand in sorted(set(self.brands))
        }

    @property
    def faces(self) -> dict[tuple[str, ...], Cells]:
        """The cells of each set of brands."""
        found: dict[tuple[str, ...], set[Cell]] = {}
        extents = self.extents
        for cell in frozenset().union(*self.blocks):
            members = tuple(brand for brand, cells in extents.items() if cell in cells)
            found.setdefault(members, set()).add(cell)
        return {members: frozenset(cells) for members, cells in found.items()}

    def frame(
        self, corner: tuple[float, float] = CORNER, *, meet_at_corners: bool = False
    ) -> gpd.GeoDataFrame:
        """The parks frame of the plan.

        Polygons have only the corners that they need, so that neighbours meet between corners, as
        they do in real data, and rounding leaves needles between them; where a polygon touches
        itself it keeps all corners, to stay valid.
        """
        full = [polygon(cells) for cells in self.blocks]
        ground = on_ground(full, corner)
        if not meet_at_corners:
            spare = on_ground(shapely.simplify(full, 0), corner)
            ground = spare.where(spare.is_valid, ground)
        return gpd.GeoDataFrame({"brand_id": self.brands}, geometry=ground).rename_axis("block_id")


@st.composite
def plans(draw: st.DrawFn, max_blocks: int = 5) -> Plan:
    """Up to five blocks of up to four brands, on and beside each other."""
    blocks = draw(st.lists(shapes_of_cells(), min_size=1, max_size=max_blocks))
    brands = draw(
        st.lists(st.sampled_from("ABCD"), min_size=len(blocks), max_size=len(blocks)),
    )
    return Plan(blocks, brands)
