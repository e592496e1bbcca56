"""A folder of files as they lie on a planner's desk, for tests of the command line."""

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from conftest import from_metres
from drawn import frame
from served import hold
from shapely import LineString, Point, box
from shapely.geometry.base import BaseGeometry

import parkgeo as pg

TEXT = "东至东一路,南至南一路,西至西一路,北至北一河,面积1平方公里"
_ROADS = {
    "东一路": [(1000, -300), (1000, 1300)],
    "东二路": [(2000, -300), (2000, 1300)],
    "南一路": [(-300, 0), (2300, 0)],
    "西一路": [(0, -300), (0, 1300)],
}
_RIVERS = {"北一河": [(-300, 1000), (2300, 1000)]}


def zones(shapes: Iterable[BaseGeometry] | None = None) -> gpd.GeoDataFrame:
    """Two zones of 1 km² that share half a km²; 1.5 km² net."""
    drawn = [box(0, 0, 1000, 1000), box(500, 0, 1500, 1000)] if shapes is None else [*shapes]
    return frame(drawn, 园区名称=["西园", "东园"], 级别="省级", 管委会="高新区管委会")


def parcels() -> gpd.GeoDataFrame:
    """Four parcels of 0.25 km²: three inside, of which one industrial; one industrial outside."""
    corners = [(0, 0), (0, 500), (1000, 0), (1700, 0)]
    return frame(
        [box(x, y, x + 500, y + 500) for x, y in corners],
        DLBM=["0601", "0602", "0701", "0601"],
        区县=["甲", "甲", "乙", "乙"],
        output=[4.0, 3.0, 2.0, 1.0],
    )


def firms() -> pd.DataFrame:
    """Forty firms of two trades; those of machines stand in one corner."""
    rng = np.random.default_rng(1)
    xy = np.vstack([rng.uniform(0, 300, (15, 2)), rng.uniform(0, 4000, (25, 2))])
    at = [from_metres(Point(*one)) for one in xy]
    return pd.DataFrame(
        {
            "industry": ["机械"] * 15 + ["纺织"] * 25,
            "trade": ["34"] * 15 + ["17"] * 25,
            "district": ["甲"] * 20 + ["乙"] * 20,
            "staff": rng.integers(5, 200, 40),
            "lon": [one.x for one in at],
            "lat": [one.y for one in at],
        }
    )


def lines(named: dict[str, list[tuple[int, int]]], kind: str) -> gpd.GeoDataFrame:
    """Named lines."""
    shapes = [from_metres(LineString(xy)) for xy in named.values()]
    return gpd.GeoDataFrame({"name": [*named], "kind": kind}, geometry=shapes, crs="EPSG:4490")


def lay_out(folder: Path) -> Path:
    """Write all files that the examples of the help name."""
    pg.write(zones(), folder / "zones.shp", encoding="gbk")
    pg.write(zones(), folder / "zones.gpkg")
    pg.write(zones(), folder / "before.gpkg")
    pg.write(zones([box(0, 0, 1500, 1000), box(2000, 0, 2500, 500)]), folder / "after.gpkg")
    pg.crs.to_datum(zones(), "gcj02").set_crs(4326, allow_override=True).to_file(
        folder / "amap.geojson"
    )
    pg.write(pg.crs.to_zone(zones()[["geometry"]]), folder / "survey.txt")
    for name in ("parcels.shp", "parcels.gpkg", "parcels.parquet"):
        pg.write(parcels(), folder / name)
    pg.write(lines(_ROADS, "road"), folder / "roads.gpkg")
    pg.write(lines(_RIVERS, "river"), folder / "rivers.shp")
    (folder / "plan.txt").write_text(TEXT, encoding="gbk")
    table = firms()
    table.to_csv(folder / "firms.csv", index=False, encoding="gbk")
    points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4490")
    pg.write(gpd.GeoDataFrame(table, geometry=points), folder / "firms.gpkg")
    hold(folder / "kept", {"https://a.cn/a.js": "a = 1"})
    return folder
