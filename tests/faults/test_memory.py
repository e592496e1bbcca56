"""A ceiling of memory that the file does not fit under: streaming does, reading whole does not."""

import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

PIECE, PIECES = 10_000, 30
VERTICES = 33
CEILING_MB = 192
"""More than a program with parkgeo loaded has already; the shapes of the file alone need more."""

UNDER_CEILING = """
import os, resource, sys
# Stacks of threads are address space too, and machines differ in how many they have.
os.cpu_count = lambda: 2
import parkgeo as pg
how, large, small, zones = sys.argv[1:5]
parks = pg.read(zones)
# What is loaded on first use is not what the ceiling is for.
pg.concentration.ratio(small, parks, batch_rows=2000)
pg.read(small)
pages = int(open("/proc/self/statm").read().split()[0])
ceiling = pages * resource.getpagesize() + int(sys.argv[5]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
try:
    if how == "whole":
        print(len(pg.read(large)))
    else:
        found = pg.concentration.ratio(large, parks, batch_rows=2000)
        print(f"{found['ratio'].item():.6f}")
except MemoryError:
    print("no memory")
"""


def disks(start: int) -> gpd.GeoDataFrame:
    """Parcels of 33 vertices in a row: a hundred to the kilometre, half of them within the zone."""
    at = np.arange(start, start + PIECE)
    x, y = 500_000 + (at % 1000) * 20.0, 3_345_000 + (at // 1000) * 20.0
    shapes = shapely.buffer(shapely.points(x, y), 8, quad_segs=(VERTICES - 1) // 4)
    made = gpd.GeoDataFrame({"parcel_id": at}, geometry=shapes, crs=4549)
    assert shapely.get_num_coordinates(made.geometry.to_numpy()).max() == VERTICES
    return made


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS, and /proc to set it by")
def test_streaming_works_under_a_ceiling_that_reading_whole_breaks(tmp_path: Path) -> None:
    large, small, zones = (tmp_path / f"{name}.parquet" for name in ("large", "small", "zones"))
    disks(0).to_parquet(small, row_group_size=2000)
    schema = pq.read_schema(small)
    with pq.ParquetWriter(large, schema) as writer:
        for piece in range(PIECES):
            disks(piece * PIECE).to_parquet(tmp_path / "piece.parquet")
            writer.write_table(pq.read_table(tmp_path / "piece.parquet"), row_group_size=2000)
    # Discs 0 to 499 of each thousand lie within, the others do not touch it.
    half = shapely.box(499_990, 3_344_990, 509_990, 3_351_000)
    gpd.GeoDataFrame({"brand": ["甲"]}, geometry=[half], crs=4549).to_parquet(zones)
    assert PIECE * PIECES * VERTICES * 16 > 0.7 * CEILING_MB * 2**20  # of coordinates alone

    def run(how: str) -> str:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                UNDER_CEILING,
                how,
                *map(str, (large, small, zones, CEILING_MB)),
            ],
            capture_output=True,
            text=True,
            check=False,
            # Pools of address space that are not memory in use would count too.
            env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"},
            timeout=300,
        )
        return done.stdout.strip() or done.stderr

    # Which of the libraries is the first to find no memory, and what it says, is theirs to choose.
    assert run("whole") != str(PIECE * PIECES)
    # The scale of the zone grows with the distance from its meridian, by 1e-6 over these 20 km.
    assert float(run("streamed")) == pytest.approx(0.5, abs=1e-5)
