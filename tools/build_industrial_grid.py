"""Build the bundled grid: the share of each 100 m cell that OpenStreetMap mapped as industrial.

Polygons of ``landuse=industrial`` are joined on the equal-area plane and laid on a grid in metres;
each cell holds the exact share of it that they cover, in ten-thousandths. The same input gives the
same cells.

    python tools/build_industrial_grid.py ../shared/data/osm/hangzhou_landuse_2019.parquet
"""

import argparse
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio.crs
import shapely
from affine import Affine
from numpy.typing import NDArray

from parkgeo import crs, io, measure
from parkgeo.raster._coverage import shares_of_cells
from parkgeo.raster._grid import Grid
from parkgeo.raster._zones import Outlines, lay

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "data" / "grids" / "hangzhou_industrial_share_2019_100m.tif"
SOURCE = ROOT.parent / "shared" / "data" / "osm" / "hangzhou_landuse_2019.parquet"
CELL_M = 100.0
STEPS = 10_000
"""Of a whole cell: one step of a cell of a hectare is a square metre."""

NODATA = 65_535
TAGS = {
    "TIFFTAG_IMAGEDESCRIPTION": (
        "Share of each 100 m cell that OpenStreetMap mapped as landuse=industrial in 2019, in "
        "ten-thousandths; incomplete, and not the land survey"
    ),
    "TIFFTAG_COPYRIGHT": "© OpenStreetMap contributors, ODbL 1.0",
    "TIFFTAG_SOFTWARE": "parkgeo",
}


def main() -> int:
    """Build the grid from the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("landuse", nargs="?", type=Path, default=SOURCE)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    land = io.read(options.landuse)
    industrial = land[land["fclass"] == "industrial"]
    grid, share = rasterised(industrial)
    written = np.rint(share * STEPS).astype(np.uint16)
    write(options.output, grid, written)
    report(industrial, options.output, written)
    return 0


def joined(industrial: gpd.GeoDataFrame) -> shapely.Geometry:
    """Union the polygons on the equal-area plane: some lie on each other."""
    repaired, _ = io.repair(industrial)
    return shapely.union_all(crs.to_plane(repaired).to_numpy())


def rasterised(industrial: gpd.GeoDataFrame) -> tuple[Grid, NDArray[np.float64]]:
    """Return a grid around the polygons, and the share of each cell that they cover."""
    zone = crs.zone_crs(40)
    west, south, east, north = industrial.to_crs(zone).total_bounds
    left, top = np.floor(west / CELL_M) * CELL_M, np.ceil(north / CELL_M) * CELL_M
    cols = int(np.ceil((east - left) / CELL_M))
    rows = int(np.ceil((top - south) / CELL_M))
    grid = Grid(Affine(CELL_M, 0, left, 0, -CELL_M, top), rows, cols, zone)
    shape = np.array([joined(industrial)], dtype=object)
    laid = lay((Outlines(shape, np.array([0]), crs.PLANE),), grid, 1)
    return grid, shares_of_cells(laid.edges, np.zeros(2), rows, cols)


def write(path: Path, grid: Grid, cells: NDArray[np.uint16]) -> None:
    """Write the grid as a small GeoTIFF that says what it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.cols,
        height=grid.rows,
        count=1,
        dtype="uint16",
        crs=rasterio.crs.CRS.from_wkt(grid.crs.to_wkt()),
        transform=grid.transform,
        nodata=NODATA,
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="deflate",
        predictor=2,
        zlevel=9,
        sparse_ok=True,
    ) as dataset:
        dataset.write(cells, 1)
        dataset.scales = (1 / STEPS,)
        dataset.update_tags(**TAGS)
        dataset.set_band_description(1, "share mapped as industrial")


def report(industrial: gpd.GeoDataFrame, path: Path, cells: NDArray[np.uint16]) -> None:
    """Say what was written."""
    added_km2 = measure.area_m2(io.repair(industrial)[0]).sum() / 1e6
    union_km2 = joined(industrial).area / 1e6
    size_kb = path.stat().st_size / 1024
    print(
        f"{len(industrial)} polygons, {added_km2:.4f} km² added up, {union_km2:.4f} km² joined; "
        f"{cells.shape[0]} × {cells.shape[1]} cells, {np.count_nonzero(cells)} with some; "
        f"{path.name}: {size_kb:.0f} KB",
    )


if __name__ == "__main__":
    sys.exit(main())
