"""A made-up town on a concentration map: nothing of it exists, and its title says so.

``python docs/figures/concentration_town.py FOLDER`` writes ``concentration-town.html``, one file
that opens without a network; :func:`town` gives its frames to whoever wants to try the map.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import concentration, crs, maps

TITLE: Final = "虚构城镇：工业用地集中度 · A made-up town"
_CORNER: Final = (13_358_000.0, 3_188_000.0)
"""South-west of the town on the official plane, in metres."""
_BLOCK_M: Final = 300.0
_STREET_M: Final = 24.0
_COLUMNS, _ROWS = 34, 24
_TURN_DEG: Final = 9.0
_CODES: Final = np.array(["0601", "0602", "0701", "0809", "0810"])
_ZONES: Final = ((6, 5, 14, 12), (22, 13, 29, 19), (12, 10, 16, 14))
"""First and last column and row of the blocks of each zone; the third lies partly on the first."""


def town() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return parcels in street blocks, and three zones, two of which share ground."""
    rng = np.random.default_rng(26)
    column, row = (each.ravel() for each in np.meshgrid(np.arange(_COLUMNS), np.arange(_ROWS)))
    middle = _BLOCK_M * np.column_stack([column + 0.5, row + 0.5])
    kept = shapely.contains_xy(_shore(), *middle.T)
    parcels, block = _cut(column[kept], row[kept], rng)
    spots = shapely.get_coordinates(shapely.centroid(parcels))
    industrial = rng.random(len(parcels)) < np.maximum(0.04, _pull(spots))
    code = np.where(industrial, _CODES[0], rng.choice(_CODES[1:], len(parcels)))
    land = _frame(parcels).assign(
        parcel_id=[f"虚构-{i:05d}" for i in range(1, len(parcels) + 1)],
        class_code=code,
        class_system="gbt21010",
        district=np.array(["西区", "中区", "东区"])[np.searchsorted([3400, 6800], spots[:, 0])],
        block=block,
    )
    parks = _frame(_zones()).assign(
        brand_id=["riverside", "hills", "harbour"],
        brand=["虚构河滨开发区", "虚构东山高新区", "虚构港区"],
        brand_en=["Made-up Riverside Zone", "Made-up Hills Park", "Made-up Harbour"],
        method=["official", "digitised", "reconstructed"],
        accuracy_m=[2.0, 15.0, 40.0],
    )
    return land, parks


def page() -> maps.Map:
    """Draw the map of the town, with a plan that reaches the target."""
    land, parks = town()
    asked = {"classes": "industry"}
    plan = concentration.plan(
        land,
        parks,
        target=0.70,
        costs={"extend_per_mu": 25.0, "move_per_mu": 60.0, "convert_per_mu": 45.0},
        limits={"extension_mu": 700.0, "capacity_mu": 300.0},
        mip_gap=0.01,
        time_limit_s=5.0,
        **asked,
    )
    return maps.concentration_map(land, parks, by="district", plan=plan, title=TITLE, **asked)


def draw(folder: Path) -> Path:
    """Write the page into a folder."""
    return maps.save(page(), folder / "concentration-town.html")


def _pull(spots: np.ndarray) -> np.ndarray:
    """Say how likely a parcel is industrial: in zones mostly, and less and less around them."""
    ground = shapely.union_all(_zones())
    away_m = shapely.distance(shapely.points(spots), ground)
    return 0.62 * np.exp(-away_m / 260.0)


def _zones() -> list[shapely.Polygon]:
    corners = _BLOCK_M * np.array(_ZONES) - np.array([0, 0, _STREET_M, _STREET_M])
    # One border cuts through blocks, so that some parcels lie across it.
    corners[1, 0] -= 0.4 * _BLOCK_M
    return list(shapely.box(*corners.T))


def _shore() -> shapely.Polygon:
    """Return the outline of the built-up ground."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    wide = 1 + 0.10 * np.sin(3 * angle) + 0.06 * np.sin(7 * angle + 1)
    x = _BLOCK_M * _COLUMNS * (0.5 + 0.47 * wide * np.cos(angle))
    y = _BLOCK_M * _ROWS * (0.5 + 0.46 * wide * np.sin(angle))
    return shapely.Polygon(np.column_stack([x, y]))


def _cut(
    column: np.ndarray, row: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut each block into four parcels at a place of its own."""
    low = _BLOCK_M * np.column_stack([column, row])
    side = _BLOCK_M - _STREET_M
    at = low + side * rng.uniform(0.35, 0.65, low.shape)
    high = low + side
    quarters = [
        shapely.box(*low.T, *at.T),
        shapely.box(at[:, 0], low[:, 1], high[:, 0], at[:, 1]),
        shapely.box(low[:, 0], at[:, 1], at[:, 0], high[:, 1]),
        shapely.box(*at.T, *high.T),
    ]
    return np.concatenate(quarters), np.tile(np.arange(len(column)), 4)


def _frame(shapes: np.ndarray | list[shapely.Polygon]) -> gpd.GeoDataFrame:
    """Turn shapes, so that nothing lies along the grid, and put them on the ground."""
    turn = np.radians(_TURN_DEG)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    placed = shapely.transform(np.asarray(shapes, dtype=object), lambda xy: xy @ spin + _CORNER)
    return gpd.GeoDataFrame(geometry=placed, crs=crs.PLANE)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
