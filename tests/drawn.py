"""Layers drawn in metres and put on the ground, whose areas a reader counts in the head."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from shapely import Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import on_ground

SHRINK: Final = 0.8660
"""True metres east for a metre of the plane, at 30° N: about its cosine."""

KM2_MU: Final = 1500.0


def frame(shapes: Sequence[BaseGeometry | None], **columns: object) -> gpd.GeoDataFrame:
    """Draw a layer with some columns."""
    return gpd.GeoDataFrame(columns, geometry=on_ground(shapes), crs="EPSG:4490")


def two_zones() -> gpd.GeoDataFrame:
    """Draw a zone of 1 km² in the west, and one of 0.5 km² eight kilometres east of it."""
    return frame([box(0, 0, 1000, 1000), box(9000, 0, 9500, 1000)], brand_id=["west", "east"])


def land_around() -> gpd.GeoDataFrame:
    """Draw six parcels in and around those zones.

    0.5 km² inside; a pair near the west; one far; one farther; one a third inside the east.
    """
    return frame(
        [
            box(0, 0, 500, 1000),
            box(1040, 0, 1240, 200),
            box(1260, 0, 1460, 200),
            box(5000, 0, 5400, 400),
            box(3000, 0, 3200, 500),
            box(8900, 400, 9050, 500),
        ],
        use=list("abcdef"),
        far=[1.0, 1.0, 1.0, 2.0, 1.0, 1.0],
    )


def rough_zones(n: int, *, seed: int, within_m: float) -> list[BaseGeometry]:
    """Draw jagged stars, some on each other, some with a hole, some of two parts."""
    rng = np.random.default_rng(seed)
    out: list[BaseGeometry] = []
    for k in range(n):
        corners = rng.integers(40, 200)
        turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
        reach = rng.uniform(150, 800) * rng.uniform(0.85, 1.0, corners)
        ring = np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
        middle = rng.uniform(500, within_m - 500, 2)
        holes = [0.4 * ring + middle] if k % 3 == 0 else []
        star: BaseGeometry = Polygon(ring + middle, holes)
        if k % 4 == 1:
            star = shapely.union(star, Point(*(middle + 1200)).buffer(150.0))
        out.append(star)
    return out
