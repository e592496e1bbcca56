"""What streaming keeps in memory."""

import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely

from parkgeo.io._layers import open_layer

GROWTH = """
import resource, sys
import geopandas as gpd
from parkgeo import concentration
parks = gpd.read_parquet(sys.argv[2])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
concentration.ratio(sys.argv[3], parks, batch_rows=10_000)
before = peak()
concentration.ratio(sys.argv[1], parks, batch_rows=10_000)
print(before, peak())
"""


def test_what_was_read_is_let_go(tmp_path: Path) -> None:
    """Each piece is a twentieth of the file; half of it would be a leak."""
    points = np.random.default_rng(0).random((40_000, 2))
    shapes = shapely.buffer(shapely.points(points), 0.1, quad_segs=2)
    path = tmp_path / "a.parquet"
    gpd.GeoDataFrame(geometry=shapes, crs=4490).to_parquet(path, row_group_size=2000)
    held, before = [], pa.total_allocated_bytes()
    for _, wkb in open_layer(path).parts([], start=0, size=2000):
        assert len(wkb) == 2000
        held.append(pa.total_allocated_bytes())
    assert len(held) == 20
    assert max(held) - before < path.stat().st_size / 2


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_memory_does_not_grow_with_the_file(parks: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """20 times the rows may cost the hashes of their ids and little more."""
    sizes = {"small.parquet": 10_000, "large.parquet": 200_000}
    for name, n in sizes.items():
        x, y = 119.9 + 0.2 * (np.arange(n) % 500) / 500, 29.9 + 0.2 * (np.arange(n) // 500) / 500
        frame = gpd.GeoDataFrame(
            {"parcel_id": np.arange(n)}, geometry=shapely.box(x, y, x + 2e-4, y + 2e-4), crs=4490
        )
        frame.to_parquet(tmp_path / name, row_group_size=20_000)
    parks.to_parquet(tmp_path / "parks.parquet")
    arguments = [str(tmp_path / name) for name in ("large.parquet", "parks.parquet")]
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", GROWTH, *arguments, str(tmp_path / "small.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = map(float, run.stdout.split())
    assert after - before < 60, f"{before:.0f} MiB, then {after:.0f} MiB"
    assert time.monotonic() - began < 120
