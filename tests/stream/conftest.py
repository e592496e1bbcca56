"""Parcels and zones of a town, in memory and in a file of several row groups."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from strategies import on_ground

N = 900


@pytest.fixture(scope="package")
def parks() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(5000, 0, 6000, 1000)]
    return gpd.GeoDataFrame(
        {"brand": ["A", "B", "C"], "accuracy_m": [5.0, 20.0, 0.0]},
        geometry=on_ground(shapes),
        crs=4490,
    )


@pytest.fixture(scope="package")
def land() -> gpd.GeoDataFrame:
    """Squares of 150 m on a raster of 200 m; two ids double, some classes and towns unknown."""
    rng = np.random.default_rng(5)
    side = 200 * np.arange(30)
    corners = [(x, y) for x in side for y in side]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"p{i % (N - 2)}" for i in range(N)],
            "class_code": rng.choice(["0601", "0602", "07", None], N),
            "town": rng.choice(["余杭", "萧山", None], N),
            "tax": np.round(rng.random(N) * 10, 3),
            "built": pd.to_datetime(rng.choice(["2019-01-01", "2024-05-06"], N)),
        },
        geometry=on_ground([box(x, y, x + 150, y + 150) for x, y in corners]),
        crs=4490,
    )


@pytest.fixture(scope="package")
def stored(land: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stored") / "a.parquet"
    land.to_parquet(path, row_group_size=211)
    return path
