"""What pages of the documentation take for granted: frames and files of a desk, made up."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio import Affine
from shapely import LineString, box
from small_town import parcels as town_parcels
from small_town import zones
from strategies import on_ground

import parkgeo as pg

__all__ = ["files", "frames", "streets"]

METRES = "EPSG:4549"
CORNERS = (120.05, 30.28, 120.06, 30.29)
"""West, south, east and north of a block of streets."""


def frames() -> dict[str, Any]:
    """Make the frames under the names that pages give them."""
    parks, parcels = _parks(), _parcels()
    plants = _plants()
    east, west = on_ground([box(900, -100, 3100, 1600), box(-100, -100, 900, 1600)])
    districts = gpd.GeoDataFrame({"name": ["东区", "西区"]}, geometry=[west, east], crs="EPSG:4490")
    drawn = LineString([(120.05, 30.28), (120.05, 30.32)])
    moved = parks.assign(brand_id=["a", "c"])
    return {
        "pg": pg, "pd": pd, "gpd": gpd, "np": np,
        "parks": parks, "before": parks, "after": moved, "frame": parks,
        "left": parks.geometry, "right": parks.geometry.iloc[::-1].set_axis(parks.index),
        "parcels": parcels, "districts": districts, "osm_boundaries": districts,
        "plants": plants, "enterprises": _enterprises(parcels), "projects": _projects(),
        "output": _projects().drop(columns="parcel_id").assign(output=5.0, tax=0.5),
        "county": gpd.GeoSeries([box(*plants.total_bounds).buffer(100)], crs=METRES),
        "roads": gpd.GeoSeries([drawn], crs="EPSG:4490"),
        "polygon": box(*CORNERS),
        "lon": np.array([120.1]), "lat": np.array([30.2]),
        "text": "某区块：东至甲路，南至乙路，西至丙路，北至丁路，面积1平方公里",
    }  # fmt: skip


def files(folder: Path) -> None:
    """Write the files under the names that pages give them."""
    parks, parcels, made = _parks(), _parcels(), frames()
    survey = parcels.assign(class_code=["100101"] * 5 + ["070102", None], class_system=None)
    for name in ("parks.gpkg", "zones.gpkg", "parks.parquet", "zones.shp"):
        pg.write(parks, folder / name)
    pg.write(parcels, folder / "parcels.parquet")
    pg.write(parcels, folder / "parcels.gpkg")
    pg.write(parcels, folder / "survey.gpkg")
    pg.write(survey, folder / "parcels.shp")
    (folder / "parcels").mkdir()
    pg.write(parcels, folder / "parcels" / "part-0.parquet")
    shifted = pg.crs.to_datum(made["districts"], "gcj02").set_crs("EPSG:4326", allow_override=True)
    shifted.to_file(folder / "districts.geojson")
    roads = pd.concat([_lines("road"), streets().to_crs(_lines("road").crs)])
    roads.to_file(folder / "roads.gpkg")
    roads.to_parquet(folder / "roads.parquet")
    _lines("river").to_file(folder / "rivers.gpkg")
    _lines("river").to_parquet(folder / "waterways.parquet")
    _cover(folder / "cover.tif")
    pg.policy.indicators().head(3).to_csv(folder / "district-2030.csv", index=False)


def _parks() -> gpd.GeoDataFrame:
    words = {"brand": ["甲园", "乙园"], "administrator": "管委会", "level": "provincial"}
    return zones().assign(**words).set_axis(pd.Index(["a", "b"], name="block_id"))


def _parcels() -> gpd.GeoDataFrame:
    return town_parcels().assign(
        price=30.0,
        red_line=False,
        ready=True,
        use=["industry", "industry", "innovative", "idle", "other", "other", None],
        status=["in_use", "in_use", "in_use", "idle", "in_use", "in_use", None],
        output_per_mu=[9.0, 8.0, 7.0, 2.0, 1.0, 3.0, 4.0],
        DLBM=["0601", "0601", "0601", "0601", "0601", "0701", "05H1"],
    )


def _enterprises(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"enterprise_id": ["e1", "e2"], "industry_code": ["3911", "2720"], "activity": "active"},
        geometry=parcels.representative_point().iloc[:2].reset_index(drop=True),
        crs=parcels.crs,
    )


def _projects() -> pd.DataFrame:
    return pd.DataFrame({"project_id": ["j1", "j2"], "parcel_id": ["p1", "p2"]})


def _plants() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(1)
    middles = np.repeat([[500_000, 3_350_000], [503_000, 3_350_000], [500_000, 3_353_000]], 30, 0)
    points = shapely.points(middles + rng.normal(0, 300, (90, 2)))
    trade = np.where(np.arange(90) < 25, "steel", "tea")
    return gpd.GeoDataFrame(
        {
            "industry": trade,
            "trade": trade,
            "employment": rng.integers(5, 200, 90),
            "employees": rng.integers(5, 200, 90),
            "district": np.repeat(["东区", "西区", "南区"], 30),
            "name": [f"厂{i}" for i in range(90)],
        },
        geometry=points,
        crs=METRES,
    )


def _lines(kind: str) -> gpd.GeoDataFrame:
    ground = pg.datasets.hangzhou_ground()
    return ground.loc[(ground["kind"] == kind) & (ground.geom_type != "Point")]


def streets() -> gpd.GeoDataFrame:
    """Four roads, east, south, west and north of the block, that cross at its corners."""
    west, south, east, north = CORNERS
    more = 0.005
    ends = [
        [(east, south - more), (east, north + more)],
        [(west - more, south), (east + more, south)],
        [(west, south - more), (west, north + more)],
        [(west - more, north), (east + more, north)],
    ]
    return gpd.GeoDataFrame(
        {"name": ["甲路", "乙路", "丙路", "丁路"], "kind": "road"},
        geometry=[LineString(line) for line in ends],
        crs="EPSG:4490",
    )


def _cover(path: Path) -> None:
    west, _, _, north = _parks().to_crs(METRES).total_bounds
    cells = np.full((60, 100), 80, dtype="uint8")
    cells[5:30, 5:40] = 50
    cells[35:50, 30:60] = 51
    profile = {"driver": "GTiff", "height": 60, "width": 100, "count": 1, "dtype": "uint8"}
    where = Affine(20, 0, west, 0, -20, north)
    with rasterio.open(path, "w", **profile, crs=METRES, transform=where) as raster:
        raster.write(cells, 1)
