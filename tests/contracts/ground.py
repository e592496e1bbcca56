"""Small frames of every kind for the table of calls, drawn in metres; made once, never changed."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import small_town
from shapely import LineString, Point, box
from strategies import on_ground

from parkgeo import (
    agglomeration,
    census,
    check,
    concentration,
    fourbounds,
    gazetteer,
    io,
    overlap,
    policy,
    report,
)

UNITS = {"tax": "万元", "output": "亿元", "land": "亩"}
FOUR_BOUNDS = "东至甲路，南至乙路，西至丙路，北至丁路"
SHARES = {"A": 0.25, "B": 0.5, "C": 0.25}
COSTS = {"convert_per_mu": 30.0, "extend_per_mu": 10.0}


@cache
def parks() -> gpd.GeoDataFrame:
    """Three brands in three blocks; the first two share 0.2 km²."""
    return gpd.GeoDataFrame(
        {
            "brand_id": ["a", "b", "c"],
            "brand": ["甲开发区", "乙高新区", "丙小镇"],
            "level": ["national", "provincial", "district"],
            "kind": ["economic_zone", "hitech_zone", "characteristic_town"],
            "administrator": ["甲管委会", "甲管委会", "丙管委会"],
            "accuracy_m": [10.0, 20.0, 5.0],
        },
        geometry=on_ground(
            [box(0, 0, 1000, 1000), box(800, 0, 1800, 1000), box(0, 2000, 1000, 2500)]
        ).to_numpy(),
        index=pd.Index(["a1", "b1", "c1"], name="block_id"),
        crs="EPSG:4490",
    )


@cache
def later() -> gpd.GeoDataFrame:
    """The same after two brands became one."""
    return parks().assign(brand_id=["a", "a", "c"])


@cache
def parcels() -> gpd.GeoDataFrame:
    """Industry inside and outside, housing, and land of no known class."""
    land = small_town.parcels().assign(
        status=["在用", "供而未用", "批而未供", "在用", "低效用地", "在用", "批而未供"],
        use=["工业", "工业", "闲置", "工业", "工业", None, None],
        far=[1.0, 1.5, 2.0, 1.2, 0.8, 2.5, 1.0],
        value=[1.0, 3.0, 2.0, 5.0, 4.0, 7.0, 6.0],
        date=pd.to_datetime(["2019-05-01"] * 4 + ["2021-05-01"] * 3),
    )
    return land[[*land.columns.drop("geometry"), "geometry"]]


@cache
def districts() -> gpd.GeoDataFrame:
    """Two districts side by side."""
    return gpd.GeoDataFrame(
        {"name": ["东区", "西区"], "district": ["东区", "西区"]},
        geometry=on_ground([box(-500, -500, 2000, 3000), box(2000, -500, 4000, 3000)]),
        crs="EPSG:4490",
    )


@cache
def firms() -> gpd.GeoDataFrame:
    """Eight firms on the parcels, of two industries."""
    places = [
        (150, 150), (250, 250), (900, 200), (1750, 200),
        (2150, 150), (2250, 250), (2390, 150), (2400, 250),
    ]  # fmt: skip
    return gpd.GeoDataFrame(
        {
            "enterprise_id": list("ABCDEFGH"),
            "name": [f"企业{letter}" for letter in "ABCDEFGH"],
            "parcel_id": ["p1", "p1", "p2", "p3", "p4", "p4", "p5", "p5"],
            "brand_id": ["a", "a", "b", "b", None, None, None, None],
            "district": ["东区"] * 4 + ["西区"] * 4,
            "region": ["east"] * 4 + ["west"] * 4,
            "industry": ["tea", "silk", "tea", "tea", "silk", "silk", "tea", "silk"],
            "industry_code": ["39", "C3911", "17", "39", "17", "27", "39", "17"],
            "size": [5.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 6.0],
            "tax": [60.0, 30.0, 60.0, 40.0, 20.0, 5.0, 8.0, 9.0],
            "output": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            "land": [30.0, 30.0, 30.0, 60.0, 30.0, 30.0, 15.0, 15.0],
        },
        geometry=on_ground([Point(*place) for place in places]),
        crs="EPSG:4490",
    )


@cache
def regions() -> gpd.GeoDataFrame:
    """Two regions under the firms, and what they have."""
    return gpd.GeoDataFrame(
        {"region": ["east", "west"], "area_km2": [8.75, 7.0], "population": [1000.0, 2000.0]},
        geometry=on_ground([box(-500, -500, 2000, 3000), box(2000, -500, 4000, 3000)]).to_numpy(),
        index=["east", "west"],
        crs="EPSG:4490",
    )


@cache
def table() -> pd.DataFrame:
    """Regions by industries."""
    return pd.DataFrame(
        {"tea": [12.0, 3.0], "silk": [2.0, 9.0]}, index=pd.Index(["east", "west"], name="region")
    )


@cache
def lines() -> gpd.GeoDataFrame:
    """Four roads round a square of 1 km."""
    ways = [
        ((1000, -200), (1000, 1200)),
        ((-200, 0), (1200, 0)),
        ((0, -200), (0, 1200)),
        ((-200, 1000), (1200, 1000)),
    ]
    return gpd.GeoDataFrame(
        {"name": ["甲路", "乙路", "丙路", "丁路"], "kind": "road", "ref": None, "source": "drawn"},
        geometry=on_ground([LineString(way) for way in ways]),
        crs="EPSG:4490",
    )


@cache
def roads() -> gazetteer.Gazetteer:
    return gazetteer.read().add(lines(), kind="road")


@cache
def bounds() -> fourbounds.Bounds:
    return fourbounds.parse(FOUR_BOUNDS)[0]


@cache
def resolution() -> fourbounds.Resolution:
    return fourbounds.resolve(bounds(), roads())


@cache
def asked() -> pd.DataFrame:
    """Two targets."""
    return pd.DataFrame(
        {
            "indicator_id": ["land", "tax"],
            "name": ["用地集聚度", "亩均税收"],
            "name_en": ["Land inside", "Tax per mu"],
            "measure": ["land", "tax"],
            "value": [70.0, 40.0],
            "unit": ["%", "万元/亩"],
            "bound": "at_least",
            "due_on": "2025-12-31",
        }
    )


@cache
def seen() -> pd.DataFrame:
    """What was observed of both in two zones."""
    return pd.DataFrame(
        {
            "zone": ["east", "east", "west", "west"],
            "measure": ["land", "tax", "land", "tax"],
            "value": [77.0, 40.0, 35.0, 30.0],
            "unit": ["%", "万元/亩", "%", "万元/亩"],
            "observed_on": "2024-12-31",
        }
    )


@cache
def evaluation() -> pd.DataFrame:
    """Return what became of both targets in both zones, with the year before in ``earlier``."""
    return policy.evaluate(seen(), asked(), on="2024-12-31", by="zone")


@cache
def earlier() -> pd.DataFrame:
    before = seen().assign(observed_on="2023-12-31")
    return policy.evaluate(before, asked(), on="2023-12-31", by="zone")


@cache
def scores() -> pd.DataFrame:
    """Three scores of two zones."""
    return pd.DataFrame(
        {"land": [0.6, 0.8], "tax": [0.5, 0.7], "research": [0.9, 0.4]}, index=["east", "west"]
    )


@cache
def agreements() -> pd.DataFrame:
    """Brand b counts for a, in the district of b."""
    return pd.DataFrame(
        [{"park": "b", "zone": "a", "host": "东区", "home": "西区", "rule": "whole_to_zone"}]
    )


@cache
def formula() -> pd.DataFrame:
    return pd.DataFrame(
        {"indicator": ["tax", "output"], "benchmark": [30.0, 4.0], "weight": [60.0, 40.0]}
    )


@cache
def scored() -> pd.DataFrame:
    return pd.DataFrame(
        policy.score(pd.DataFrame(firms().drop(columns="geometry")), formula=formula())
    )


@cache
def graded() -> pd.DataFrame:
    return policy.grade(scored(), shares=SHARES)


@cache
def attributes() -> pd.DataFrame:
    """What the rules of fate ask of two platforms."""
    return pd.DataFrame(
        {
            "is_host": [1.0, 0.0],
            "higher_share": [0.0, 0.6],
            "host_distance_m": [0.0, 50.0],
            "core_share": [0.7, 0.2],
            "area_km2": [2.0, 0.3],
            "industrial_share": [0.5, 0.1],
            "tax_wanyuan_per_mu": [50.0, 3.0],
            "higher_brand": [None, "a"],
            "host": [None, "a"],
        },
        index=pd.Index(["a", "b"], name="brand_id"),
    )


@cache
def land_use() -> np.ndarray:
    return np.array([[1, 1, 2], [2, 2, 1]])


@cache
def _kept() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def folder() -> Path:
    """Return a folder that is removed when the tests end."""
    return Path(_kept().name)


@cache
def file() -> Path:
    return io.write(parcels(), folder() / "parcels.gpkg")


@cache
def parks_file() -> Path:
    return io.write(parks(), folder() / "parks.gpkg")


@cache
def lines_file() -> Path:
    return io.write(lines(), folder() / "lines.gpkg")


@cache
def text_file() -> Path:
    """Write the published table of indicators, as a file of text."""
    path = folder() / "indicators.csv"
    policy.indicators().to_csv(path, index=False)
    return path


@cache
def compared() -> pd.DataFrame:
    return overlap.compare(parks(), later())


@cache
def ratio() -> pd.DataFrame:
    return concentration.ratio(parcels(), parks())


@cache
def plan() -> concentration.Plan:
    return concentration.plan(parcels(), parks(), costs=COSTS)


@cache
def tabulated() -> census.Census:
    return census.tabulate(parcels(), parks())


@cache
def totals() -> pd.DataFrame:
    return census.land_totals(parcels(), parks())


@cache
def available() -> policy.AvailableLand:
    return policy.available_land(parcels(), parks())


@cache
def leading() -> policy.LeadingIndustry:
    return policy.leading_industry(firms(), units=UNITS, parks=parks())


@cache
def profile() -> pd.DataFrame:
    return agglomeration.profile(parcels(), parks())


@cache
def moran() -> agglomeration.Autocorrelation:
    return agglomeration.autocorrelation(parcels(), "value", neighbours="knn", k=2, permutations=19)


@cache
def clustering() -> agglomeration.DistanceResult:
    return agglomeration.duranton_overman(
        firms(), industry="industry", reference="tea", simulations=20, seed=1
    )


@cache
def findings() -> check.Findings:
    return check.inspect(parks())


@cache
def composed() -> report.Report:
    return report.compose(parks())
