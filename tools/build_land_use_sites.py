"""Build the bundled sites: a point of each piece of built land that OpenStreetMap mapped.

Each polygon of industrial, commercial, retail and residential land gives a point inside it, its
official area and its use; polygons inside another of the same use are left out. The same input
gives the same rows.

    python tools/build_land_use_sites.py ../shared/data/osm/hangzhou_landuse_2019.parquet
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs, io, measure

ROOT: Final = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "data" / "sites" / "hangzhou_land_use_sites_2019.csv"
SOURCE: Final = ROOT.parent / "shared" / "data" / "osm" / "hangzhou_landuse_2019.parquet"
USES: Final = ("industrial", "commercial", "retail", "residential")
DEGREES: Final = 4
"""Decimals of coordinates: ten metres, and a piece of land is hundreds of metres wide."""


def main() -> int:
    """Build the table from the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("landuse", nargs="?", type=Path, default=SOURCE)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    land = io.read(options.landuse)
    sites = sites_of(land[land["fclass"].isin(USES)])
    options.output.parent.mkdir(parents=True, exist_ok=True)
    sites.to_csv(options.output, index=False, lineterminator="\n")
    report(sites, options.output)
    return 0


def sites_of(land: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return use, area and a point of each polygon, from south to north and west to east."""
    whole, _ = io.repair(land)
    whole = whole[~_inside_another(whole)]
    at = crs.to_geographic(whole.geometry.representative_point())
    table = pd.DataFrame(
        {
            "land_use": whole["fclass"].to_numpy(),
            "longitude": at.x.round(DEGREES).to_numpy(),
            "latitude": at.y.round(DEGREES).to_numpy(),
            "area_m2": measure.area_m2(whole).round().astype(np.int64).to_numpy(),
        }
    )
    order = ["land_use", "latitude", "longitude", "area_m2"]
    return table[table["area_m2"] > 0].sort_values(order, ignore_index=True)


def _inside_another(land: gpd.GeoDataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Find polygons that lie in another of the same use; of two that are alike, the later one."""
    inner, outer = land.sindex.query(land.geometry, predicate="within")
    use = land["fclass"].to_numpy()
    other = (inner != outer) & (use[inner] == use[outer])
    inner, outer = inner[other], outer[other]
    shapes = land.geometry.to_numpy()
    alike = np.array([a.equals(b) for a, b in zip(shapes[inner], shapes[outer], strict=True)], bool)
    found = np.zeros(len(land), dtype=np.bool_)
    found[inner[~alike | (inner > outer)]] = True
    return found


def report(sites: pd.DataFrame, path: Path) -> None:
    """Say what was written."""
    print(sites.groupby("land_use")["area_m2"].agg(["size", "sum"]).to_string())
    print(f"{len(sites)} sites; {path.name}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    sys.exit(main())
