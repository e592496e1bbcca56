"""Synthetic parcels and districts for benchmarks: seeded, valid, any number.

None of them exists. They cover the ground on which :mod:`zones` draws its zones:

- parcels stand in cells of a grid, one each, of 4 to 36 corners: most are blocks with straight
  sides, some are star-shaped, one in twenty has a yard (a hole); none overlaps another;
- districts fill the ground without gaps, ten by ten, and share jagged borders of 120 corners a
  side, so parcels lie across them.

All coordinates are metres on the equal-area plane of ``parkgeo.crs``, so every tool means the same
by an area.
"""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from parkgeo import crs

Floats = NDArray[np.float64]

SEED: Final = 20_261_122
DISTRICTS: Final = 10
"""Districts along each side."""
BORDER_CORNERS: Final = 120
JAGGED: Final = 0.06
"""How far a border strays, of the side of a district."""
YARDS: Final = 0.05
BATCH: Final = 250_000
CLASSES: Final = np.array(["0601", "0602", "0701", "0809", "1003"])


def parcels(n: int, bounds: Floats, *, seed: int = SEED) -> Iterator[gpd.GeoDataFrame]:
    """Draw about ``n`` parcels in ``bounds``, batch by batch: class, output and geometry."""
    columns = int(np.ceil(np.sqrt(n)))
    cell = (bounds[2:] - bounds[:2]) / columns
    for begin in range(0, n, BATCH):
        rng = np.random.default_rng([seed, begin])
        place = np.arange(begin, min(begin + BATCH, n))
        row, column = np.divmod(place, columns)
        middle = bounds[:2] + (np.column_stack([column, row]) + 0.5) * cell
        shapes = _outlines(rng, middle, cell)
        yield gpd.GeoDataFrame(
            {
                "parcel_id": [f"p{i:09d}" for i in place],
                "class_code": CLASSES[rng.integers(0, len(CLASSES), len(place))],
                "output": np.round(rng.lognormal(6, 1, len(place)), 2),
            },
            geometry=shapes,
            crs=crs.PLANE,
        )


def districts(bounds: Floats, *, seed: int = SEED) -> gpd.GeoDataFrame:
    """Draw districts that fill ``bounds`` and share their borders corner by corner."""
    rng = np.random.default_rng(seed)
    steps = np.linspace(0, DISTRICTS, DISTRICTS * BORDER_CORNERS + 1)
    side = (bounds[2:] - bounds[:2]) / DISTRICTS
    # Borders run all along the ground; each strays by a wave that is nil at the crossings.
    noise = rng.uniform(-1, 1, (2, DISTRICTS + 1, len(steps)))
    stray = JAGGED * np.sin(np.pi * (steps % 1)) * noise
    stray[:, [0, -1]] = 0
    shapes = []
    for row in range(DISTRICTS):
        for column in range(DISTRICTS):
            along = slice(column * BORDER_CORNERS, (column + 1) * BORDER_CORNERS + 1)
            up = slice(row * BORDER_CORNERS, (row + 1) * BORDER_CORNERS + 1)
            south, north = (
                np.column_stack([steps[along], k + stray[0, k, along]]) for k in (row, row + 1)
            )
            west, east = (
                np.column_stack([k + stray[1, k, up], steps[up]]) for k in (column, column + 1)
            )
            ring = np.concatenate([south[:-1], east[:-1], north[:0:-1], west[:0:-1]])
            shapes.append(shapely.Polygon(bounds[:2] + ring * side))
    names = [f"district-{i:02d}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"district": names}, geometry=shapes, crs=crs.PLANE)


def _outlines(rng: np.random.Generator, middle: Floats, cell: Floats) -> NDArray[np.object_]:
    """Draw one outline around each middle, inside its cell."""
    n = len(middle)
    count = 4 * rng.choice([1, 2, 3, 5, 9], n, p=[0.45, 0.25, 0.15, 0.1, 0.05])
    first = np.cumsum(count) - count
    owner = np.repeat(np.arange(n), count)
    angle = 2 * np.pi * (np.arange(len(owner)) - first[owner]) / count[owner]
    blocky = rng.random(n) < 0.8
    # Corners of a block lie on a square, the others where chance puts them.
    square = 1 / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))
    reach = np.where(blocky[owner], square, 1.0) * rng.uniform(0.7, 1.0, len(owner))
    turn = rng.uniform(0, 2 * np.pi, n)[owner]
    size = rng.uniform(0.25, 0.45, n)[owner] / np.sqrt(2)
    radius = reach * size
    unit = np.column_stack([np.cos(angle + turn), np.sin(angle + turn)]) * radius[:, None]
    rings = _closed(middle[owner] + unit * cell, owner)
    shapes = shapely.polygons(rings)
    yards = np.flatnonzero(rng.random(n) < YARDS)
    some = np.isin(owner, yards)
    # A yard is the outline drawn again at a third of its size, so it lies inside: outlines are
    # star-shaped around their middle.
    of = np.searchsorted(yards, owner[some])
    inner = _closed(middle[owner[some]] + unit[some] / 3 * cell, of)
    shapes[yards] = shapely.polygons(rings[yards], holes=inner[:, None])
    return np.asarray(shapes)


def _closed(xy: Floats, owner: NDArray[np.intp]) -> NDArray[np.object_]:
    """Close runs of corners to rings; GEOS adds the last corner itself."""
    return np.asarray(shapely.linearrings(xy, indices=owner))
