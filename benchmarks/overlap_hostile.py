"""Layers that break overlays, with answers that can be said beforehand; for bench_overlap.py.

All on the equal-area plane, in whole metres where it can be, so that the right answer is a formula.
"""

from collections.abc import Callable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

import parkgeo as pg

ORIGIN = np.array([13_358_000.0, 3_188_000.0])
"""A place in Hangzhou on the plane, in metres."""

LAYER = 5_000


class Case(NamedTuple):
    """A layer, a question about it, and what there is to say about the answer."""

    question: str
    draw: Callable[[], gpd.GeoDataFrame]
    ask: Callable[[gpd.GeoDataFrame], str]


def frame(shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Put shapes drawn around (0, 0) into Hangzhou, one brand each."""
    placed = shapely.transform(shapes, lambda xy: xy + ORIGIN)
    return gpd.GeoDataFrame({"brand_id": np.arange(len(placed))}, geometry=placed, crs=pg.crs.PLANE)


def ten_million() -> gpd.GeoDataFrame:
    """Draw one saw-toothed ring of 10⁷ vertices and a box over its right half."""
    angle = np.linspace(0, 2 * np.pi, 10_000_000, endpoint=False)
    radius = np.where(np.arange(len(angle)) % 2, 20_000.0, 20_001.0)
    ring = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return frame(np.array([shapely.Polygon(ring), shapely.box(0, -30_000, 30_000, 30_000)]))


def identical() -> gpd.GeoDataFrame:
    """Draw the same octagon over and over."""
    return frame(np.array([shapely.Point(0, 0).buffer(1_000, quad_segs=2)] * LAYER))


def concentric() -> gpd.GeoDataFrame:
    """Draw squares one in the other, 1 m apart: each lies on all larger ones."""
    half = np.arange(1, LAYER + 1, dtype=float)
    return frame(shapely.box(-half, -half, half, half))


def stair() -> gpd.GeoDataFrame:
    """Draw squares of 5 km, each 1 m to the north-east of the one before: all overlap all."""
    start = np.arange(LAYER, dtype=float)
    return frame(shapely.box(start, start, start + LAYER, start + LAYER))


def combs() -> gpd.GeoDataFrame:
    """Draw two combs of 1 000 teeth, crosswise: they share a million squares of 2 m."""
    teeth = 1_000
    start = 4.0 * np.arange(teeth)
    steps = np.column_stack([start, start, start + 2, start + 2])
    heights = np.tile([0.0, 4_000.0, 4_000.0, 0.0], teeth)
    comb = np.column_stack([steps.ravel(), heights])
    comb = np.vstack([comb, [[start[-1] + 2, -2.0], [0.0, -2.0]]])
    return frame(np.array([shapely.Polygon(comb), shapely.Polygon(comb[:, ::-1])]))


def needles() -> gpd.GeoDataFrame:
    """Draw strips of 10 km by 2 mm in all directions through one point."""
    turn = np.pi * np.arange(500) / 500
    along = np.column_stack([np.cos(turn), np.sin(turn)]) * 5_000
    across = np.column_stack([-np.sin(turn), np.cos(turn)]) * 1e-3
    corners = [along + across, across - along, -along - across, along - across]
    return frame(shapely.polygons(np.stack(corners, axis=1)))


def pairs_count(right: int) -> Callable[[gpd.GeoDataFrame], str]:
    """Ask for pairs and count those with ground in common."""

    def ask(parks: gpd.GeoDataFrame) -> str:
        found = pg.overlap.pairs(parks, adjacent=False)
        return f"{len(found)} pairs, {right} are right; conserved to {conserved(found)}"

    return ask


def faces_area(right: int, net_m2: float) -> Callable[[gpd.GeoDataFrame], str]:
    """Ask for the partition and add up its sets and its ground."""

    def ask(parks: gpd.GeoDataFrame) -> str:
        found = pg.overlap.partition(parks, geometry=False)
        off = found.area_km2.sum() * 1e6 / net_m2 - 1
        return f"{len(found)} sets, {right} are right; net area off by {off:.1e}; conserved to " + (
            conserved(found)
        )

    return ask


def shared_area(right_m2: float) -> Callable[[gpd.GeoDataFrame], str]:
    """Ask for the one pair and hold its area against the formula."""

    def ask(parks: gpd.GeoDataFrame) -> str:
        found = pg.overlap.pairs(parks).overlap_km2.iloc[0] * 1e6
        return f"area off by {found / right_m2 - 1:.1e}"

    return ask


def conserved(found: gpd.GeoDataFrame) -> str:
    """Return the certificate."""
    return f"{found.attrs['conservation']:.0e}"


ALL_PAIRS = LAYER * (LAYER - 1) // 2
OCTAGON_M2 = 2 * np.sqrt(2) * 1_000.0**2
HALF_RING_M2 = 5_000_000 * 20_000.0 * 20_001.0 * np.sin(2 * np.pi / 10_000_000) / 2
BOX_M2 = 30_000.0 * 60_000.0
MESHES_M2 = 1_000_000 * 2.0 * 2.0
COMB_M2 = 1_000 * 2.0 * 4_000.0 + 3_998.0 * 2.0

CASES = {
    "10 million vertices in one ring": Case("pairs", ten_million, shared_area(HALF_RING_M2)),
    "10 million vertices in one ring, n-way": Case(
        "faces", ten_million, faces_area(3, BOX_M2 + HALF_RING_M2)
    ),
    "5 000 zones that are the same": Case("pairs", identical, pairs_count(ALL_PAIRS)),
    "5 000 zones that are the same, n-way": Case("faces", identical, faces_area(1, OCTAGON_M2)),
    "5 000 squares one in the other": Case("pairs", concentric, pairs_count(ALL_PAIRS)),
    "5 000 squares one in the other, n-way": Case(
        "faces", concentric, faces_area(LAYER, (2.0 * LAYER) ** 2)
    ),
    "5 000 squares in a stair, all on all": Case("pairs", stair, pairs_count(ALL_PAIRS)),
    "two combs of 1 000 teeth": Case("pairs", combs, shared_area(MESHES_M2)),
    "two combs of 1 000 teeth, n-way": Case("faces", combs, faces_area(3, 2 * COMB_M2 - MESHES_M2)),
    "500 strips of 2 mm through one point": Case("pairs", needles, pairs_count(500 * 499 // 2)),
}
