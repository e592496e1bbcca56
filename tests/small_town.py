"""Two zones and seven parcels, drawn in metres, with areas that can be checked in the head."""

import geopandas as gpd
from shapely import box
from strategies import on_ground


def zones() -> gpd.GeoDataFrame:
    """Two squares of 1 km² that share a strip of 0.2 km²."""
    squares = on_ground([box(0, 0, 1000, 1000), box(800, 0, 1800, 1000)])
    return gpd.GeoDataFrame(
        {"brand_id": ["a", "b"], "accuracy_m": [10.0, 20.0]}, geometry=squares, crs="EPSG:4490"
    )


def parcels() -> gpd.GeoDataFrame:
    """Industry inside and outside, housing, and land of no known class.

    ===== ======== ============================= ========
    id    m²       where                         industry
    ===== ======== ============================= ========
    p1    40 000   in a                          yes
    p2    20 000   in both                       yes
    p3    40 000   half in b                     yes
    p4    40 000   outside, 300 m on the plane   yes
    p5    20 000   outside, 40 m from p4         yes
    p6    150 000  outside, housing              no
    p7    10 000   outside                       ?
    ===== ======== ============================= ========
    """
    shapes = [
        box(100, 100, 300, 300),
        box(850, 100, 950, 300),
        box(1700, 100, 1900, 300),
        box(2100, 100, 2300, 300),
        box(2340, 100, 2440, 300),
        box(0, 1200, 500, 1500),
        box(2900, 0, 3000, 100),
    ]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"p{i}" for i in range(1, 8)],
            "class_code": ["0601"] * 5 + ["0701", None],
            "class_system": "gbt21010",
            "district": ["东区", "东区", "东区", "西区", None, "西区", "西区"],
        },
        geometry=on_ground(shapes),
        crs="EPSG:4490",
    )
