"""A layer that every format holds, and what a folder holds."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely


def parcels(rows: int) -> gpd.GeoDataFrame:
    """Discs of 8 vertices in the zone of 120° E, which every format holds."""
    x = np.linspace(500_000, 560_000, rows)
    shapes = shapely.buffer(shapely.points(x, x - x + 3_345_678), 3, quad_segs=2)
    names = [f"地块{row}" * 5 for row in range(rows)]
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=4549)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, by name, and every folder as one that is empty."""
    return {one.name: one.read_bytes() if one.is_file() else b"" for one in folder.iterdir()}
