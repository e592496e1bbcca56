"""What a map of any frame refuses, and how small its page is."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from parkgeo import maps
from parkgeo._page import packed
from parkgeo.errors import (
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)


def blocks(n: int = 30, crs: str | None = "EPSG:4490") -> gpd.GeoDataFrame:
    """Draw n × n blocks of about 10 m that share their borders."""
    x, y = np.meshgrid(120 + np.arange(n) / 10_000, 30 + np.arange(n) / 10_000)
    squares = shapely.box(x, y, x + 1e-4, y + 1e-4).ravel()
    return gpd.GeoDataFrame({"id": np.arange(n * n)}, geometry=squares, crs=crs)


def test_what_no_map_can_show() -> None:
    with pytest.raises(MissingCRSError):
        maps.explore(blocks(crs=None))
    with pytest.raises(UnknownNameError, match="no column 'use'; found id"):
        maps.explore(blocks(), color="use")
    with pytest.raises(SchemaError, match="geometry column"):
        maps.explore(blocks().drop(columns="geometry"))
    with pytest.raises(SchemaError, match="tolerance_m"):
        maps.explore(blocks(), tolerance_m=-1)
    with pytest.raises(CRSMismatchError):
        maps.explore(blocks().set_crs("EPSG:4549", allow_override=True))


def test_columns_that_cannot_be_told() -> None:
    doubled = blocks(2).assign(use=1)
    doubled.columns = ["id", "geometry", "id"]
    with pytest.raises(SchemaError, match="several columns are named 'id'"):
        maps.explore(doubled, color="id")
    with pytest.raises(UnknownNameError, match="'geometry'; found id"):
        maps.explore(blocks(2), color="geometry")
    with pytest.raises(SchemaError, match="must be a list"):
        maps.explore(blocks(2), columns="id")
    with pytest.raises(SchemaError, match="budget_mb"):
        maps.explore(blocks(2), budget_mb=float("nan"))
    with pytest.raises(UnknownNameError, match="unknown basemap '3'"):
        maps.explore(blocks(2), basemap=3)  # type: ignore[arg-type]


def test_geometries_that_have_no_place_or_area() -> None:
    points = gpd.GeoDataFrame(
        geometry=[shapely.Point(120, 30), shapely.Point(np.nan, 30)], crs=4490
    )
    with pytest.raises(GeometryError, match="no numbers in rows 1"):
        maps.explore(points)
    bow_tie = shapely.from_wkt("POLYGON ((120 30, 120.1 30.1, 120.1 30, 120 30.1, 120 30))")
    with pytest.raises(GeometryError, match="rows 0"):
        maps.explore(gpd.GeoDataFrame(geometry=[bow_tie], crs="EPSG:4490"))


def test_half_a_character_is_no_reason_to_fail() -> None:
    frame = blocks(1).set_index(pd.Index(["\ud800"], dtype=object))
    assert "pg-map" in maps.explore(frame).get_root().render()


def test_a_page_beyond_its_budget_says_what_to_do() -> None:
    with pytest.raises(ParkgeoError, match=r"900 rows.*tolerance_m"):
        maps.explore(blocks(), budget_mb=0.001)


def test_no_rows() -> None:
    assert "pg-map" in maps.explore(blocks()[:0]).get_root().render()


def test_a_block_takes_few_bytes() -> None:
    frame = blocks(100)
    assert len(packed(frame.geometry)["data"]) < len(frame.to_json()) / 50


def test_shared_borders_stay_shared_when_simplified() -> None:
    # Wavy borders between two strips: simplified one by one they would part.
    t = np.linspace(0, 1, 400)
    wave = np.column_stack([120 + 2e-5 * np.sin(60 * t), 30 + t / 100])
    west = shapely.Polygon([*wave, (119.99, 30.01), (119.99, 30)])
    east = shapely.Polygon([*wave, (120.01, 30.01), (120.01, 30)])
    frame = gpd.GeoDataFrame(geometry=[west, east], crs="EPSG:4490")
    from parkgeo.maps._explore import _simplified  # noqa: PLC0415

    ground = frame.to_crs("EPSG:4326")
    thin = _simplified(frame, ground, 3.0)
    assert shapely.get_num_coordinates(thin.to_numpy()).max() < 200
    assert shapely.area(shapely.intersection(*thin)) < 1e-15
    union = shapely.union_all(thin.to_numpy())
    assert shapely.get_num_interior_rings(union) == 0
    assert union.geom_type == "Polygon"


def test_an_input_is_not_changed() -> None:
    frame = blocks(3)
    before = frame.copy(deep=True)
    maps.explore(frame, color="id", tolerance_m=1)
    assert frame.equals(before)
    assert frame.crs == before.crs


def test_two_maps_of_a_frame_are_the_same_page() -> None:
    one, two = (packed(blocks().geometry) for _ in range(2))
    assert one == two
