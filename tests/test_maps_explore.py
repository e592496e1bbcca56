"""What a map of any frame refuses, and how small its page is."""

import base64
import gzip
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray

from parkgeo import maps
from parkgeo._page import packed
from parkgeo._page._packed import COARSE_STEP_DEG, STEP_DEG
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


def unpacked(page: dict[str, Any]) -> list[list[NDArray[np.float64]]]:
    """Read what packed() wrote, number by number, as its docstring says: rings of each shape."""
    raw = gzip.decompress(base64.b64decode(page["data"]))
    at = 0

    def number() -> int:
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = raw[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def way() -> int:
        value = number()
        return -(value + 1) // 2 if value % 2 else value // 2

    runs = [number() for _ in range(page["count"])]
    at += page["sizes"][1]
    lengths = iter([number() for _ in range(sum(runs))])
    begin = np.zeros(2)
    shapes = []
    for count in runs:
        rings = []
        for _ in range(count):
            ways = np.array([[way(), way()] for _ in range(next(lengths))], float).reshape(-1, 2)
            ring = begin + np.cumsum(ways, axis=0)
            begin = ring[0]
            rings.append(np.array(page["origin"]) + page["step"] * ring)
        shapes.append(rings)
    assert at == len(raw)
    return shapes


def cells(n: int, seed: int) -> gpd.GeoSeries:
    """Cut ground into cells around random points; their corners have no round places."""
    rng = np.random.default_rng(seed)
    points = shapely.MultiPoint(rng.uniform((120, 30), (120.05, 30.05), (n, 2)))
    ground = shapely.box(120, 30, 120.05, 30.05)
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=ground))
    return gpd.GeoSeries(shapely.intersection(parts, ground), crs="EPSG:4326")


@pytest.mark.parametrize("step_deg", [STEP_DEG, COARSE_STEP_DEG])
def test_a_corner_moves_by_half_a_step_at_most(step_deg: float) -> None:
    shapes = cells(300, 7)
    rings = unpacked(packed(shapes, step_deg=step_deg))
    assert len(rings) == len(shapes)
    for shape, (ring,) in zip(shapes, rings, strict=True):
        corners = shapely.get_coordinates(shape)
        to_the_next = np.abs(corners[:, None] - ring).max(axis=2)
        assert to_the_next.min(axis=1).max() <= step_deg / 2 * (1 + 1e-6)
        assert to_the_next.min(axis=0).max() <= step_deg / 2 * (1 + 1e-6)


@pytest.mark.parametrize("step_deg", [STEP_DEG, COARSE_STEP_DEG])
def test_rounded_neighbours_share_their_border(step_deg: float) -> None:
    """Cells that cover a square, rounded, cover a square: no gap and no overlap."""
    rings = unpacked(packed(cells(300, 11), step_deg=step_deg))
    corner, step = rings[0][0][0], step_deg
    # In whole steps, where sums of products are exact.
    whole = [np.rint((ring - corner) / step) for (ring,) in rings]
    twice = [
        np.sum(xy[:, 0] * np.roll(xy[:, 1], -1) - np.roll(xy[:, 0], -1) * xy[:, 1]) for xy in whole
    ]
    around = np.concatenate(whole)
    low, high = around.min(axis=0), around.max(axis=0)
    assert sum(twice) == 2 * np.prod(high - low)
    edges = {
        (tuple(a), tuple(b))
        for xy in whole
        for a, b in zip(xy, np.roll(xy, -1, axis=0), strict=True)
    }
    for a, b in edges:
        outside = any(a[k] == b[k] and a[k] in {low[k], high[k]} for k in (0, 1))
        assert outside or (b, a) in edges


def test_very_many_corners_are_rounded_to_half_a_metre(monkeypatch: pytest.MonkeyPatch) -> None:
    from parkgeo.maps import _explore  # noqa: PLC0415

    frame = blocks(20)
    steps = []
    for most in (5 * 400, 5 * 400 - 1):
        monkeypatch.setattr(_explore, "_COARSE_ABOVE", most)
        steps.append(_explore._packed_by_size(frame.geometry)["step"])
    assert steps == [1e-6, 5e-6]


def test_an_input_is_not_changed() -> None:
    frame = blocks(3)
    before = frame.copy(deep=True)
    maps.explore(frame, color="id", tolerance_m=1)
    assert frame.equals(before)
    assert frame.crs == before.crs


def test_two_maps_of_a_frame_are_the_same_page() -> None:
    one, two = (packed(blocks().geometry) for _ in range(2))
    assert one == two
