"""Overlap on drawings whose areas are worked out by hand, on the equal-area plane."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod, Proj
from shapely import Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import on_ground

from parkgeo import overlap
from parkgeo.errors import GeometryError
from parkgeo.overlap._arrangement import arrange, cells
from parkgeo.overlap._extents import certify, extents_of

PAIR_COLUMNS = [
    "left", "right", "overlap_km2", "overlap_mu", "overlap_low_km2", "overlap_high_km2",
    "share_left", "share_right", "iou", "relation", "significant",
]  # fmt: skip


def parks(accuracy_m: object = None, **shapes: BaseGeometry) -> gpd.GeoDataFrame:
    """Blocks by brand, drawn in metres on the plane; ``a_1`` is a block of brand ``a``."""
    frame = gpd.GeoDataFrame(
        {"brand_id": [name.split("_")[0] for name in shapes]},
        geometry=on_ground(shapes.values()).to_numpy(),
        index=list(shapes),
        crs="EPSG:4490",
    ).rename_axis("block_id")
    return frame if accuracy_m is None else frame.assign(accuracy_m=accuracy_m)


def only_pair(accuracy_m: object = None, **shapes: BaseGeometry) -> pd.Series:
    table = overlap.pairs(parks(accuracy_m, **shapes))
    assert len(table) == 1
    return table.iloc[0]


def parallel_scale(frame: gpd.GeoDataFrame) -> float:
    """Ground metres per plane metre going east, by PROJ."""
    lon, lat = frame.union_all().centroid.coords[0]
    plane = Proj("+proj=cea +lat_ts=0 +ellps=GRS80")
    return 1 / plane.get_factors(lon, lat).parallel_scale


# The town of conftest ----------------------------------------------------------------------------


def test_pairs_of_the_town(town: gpd.GeoDataFrame) -> None:
    table = overlap.pairs(town)
    assert list(table.columns) == PAIR_COLUMNS
    assert type(table) is pd.DataFrame
    rows = table[["left", "right", "relation"]].to_numpy().tolist()
    assert rows == [["A", "B", "partial"], ["A", "C", "partial"], ["B", "C", "adjacent"]]
    assert table["overlap_km2"].tolist() == pytest.approx([1, 1, 0], rel=1e-8)
    assert table["overlap_mu"].tolist() == pytest.approx([1500, 1500, 0], rel=1e-8)
    assert table["share_left"].tolist() == pytest.approx([1 / 4, 1 / 4, 0])
    assert table["share_right"].tolist() == pytest.approx([1 / 4, 1 / 2, 0])
    assert table["iou"].tolist() == pytest.approx([1 / 7, 1 / 5, 0])
    assert table[["overlap_low_km2", "overlap_high_km2", "significant"]].isna().all(axis=None)


def test_pairs_by_block_index(town: gpd.GeoDataFrame) -> None:
    table = overlap.pairs(town, by="block_id").set_index(["left", "right"])
    assert table["relation"].to_dict() == {
        ("a", "b"): "partial",
        ("a", "c1"): "contains",
        ("b", "c1"): "adjacent",
    }


def test_touching_pairs_can_be_left_out(town: gpd.GeoDataFrame) -> None:
    table = overlap.pairs(town, adjacent=False)
    assert table["right"].tolist() == ["B", "C"]
    assert table.index.tolist() == [0, 1]


def test_geometry_of_pairs(town: gpd.GeoDataFrame) -> None:
    table = overlap.pairs(town, geometry=True)
    assert table.crs == "EPSG:4490"
    assert table.geometry.isna().tolist() == [False, False, True]
    geodesic = Geod(ellps="GRS80").geometry_area_perimeter(table.geometry.iloc[0])[0]
    assert abs(geodesic) == pytest.approx(1e6, rel=1e-4)
    assert shapely.equals(
        shapely.set_precision(table.geometry.iloc[1], 1e-9),
        shapely.set_precision(town.geometry.loc["c1"], 1e-9),
    )


def test_faces_of_the_town(town: gpd.GeoDataFrame) -> None:
    faces = overlap.partition(town)
    assert list(faces.columns) == ["members", "n_members", "area_km2", "area_mu", "geometry"]
    assert faces.crs == "EPSG:4490"
    assert faces["members"].tolist() == [("A",), ("B",), ("C",), ("D",), ("A", "B"), ("A", "C")]
    assert faces["area_km2"].tolist() == pytest.approx([2, 3, 1, 3, 1, 1], rel=1e-8)
    assert faces["n_members"].tolist() == [1, 1, 1, 1, 2, 2]
    # A without its two corners hangs together in two pieces that meet in a point.
    assert len(overlap.partition(town, dissolve=False)) == 7


def test_fewer_faces_and_no_geometry(town: gpd.GeoDataFrame) -> None:
    faces = overlap.partition(town, min_members=2, geometry=False)
    assert type(faces) is pd.DataFrame
    assert list(faces.columns) == ["members", "n_members", "area_km2", "area_mu"]
    assert faces["members"].tolist() == [("A", "B"), ("A", "C")]
    assert faces.attrs["conservation"] <= 1e-9


def test_net_area_of_the_town(town: gpd.GeoDataFrame) -> None:
    assert overlap.net_area_km2(town) == pytest.approx(11, rel=1e-8)
    by_committee = overlap.net_area_km2(town, by="administrator")
    assert by_committee.to_dict() == pytest.approx({"east": 7, "west": 5}, rel=1e-8)
    assert by_committee.index.name == "administrator"
    by_brand = overlap.net_area_km2(town, by="brand_id")
    assert by_brand.to_dict() == pytest.approx({"A": 4, "B": 4, "C": 2, "D": 3}, rel=1e-8)


# The arrangement ---------------------------------------------------------------------------------


def test_three_circles_make_seven_faces() -> None:
    centres = {"p": (3, 6), "q": (6, 2), "r": (1, 2)}
    circles = {name: Point(at).buffer(4, quad_segs=64) for name, at in centres.items()}
    metres = {
        name: shapely.transform(shape, lambda xy: xy * 100) for name, shape in circles.items()
    }
    faces = overlap.partition(parks(**metres), dissolve=False)
    assert len(faces) == 7
    assert faces["members"].tolist() == [
        ("p",), ("q",), ("r",), ("p", "q"), ("p", "r"), ("q", "r"), ("p", "q", "r"),
    ]  # fmt: skip


def lens(distance: float, radius: float) -> float:
    """Area that two circles of one radius share."""
    half = distance / 2
    return 2 * radius**2 * np.arccos(half / radius) - distance * np.sqrt(radius**2 - half**2)


def test_two_circles_share_a_lens() -> None:
    shapes = {
        "a": Point(0, 0).buffer(400, quad_segs=2000),
        "b": Point(500, 0).buffer(400, quad_segs=2000),
    }
    row = only_pair(**shapes)
    assert row["overlap_km2"] * 1e6 == pytest.approx(lens(500, 400), rel=1e-5)


def test_blocks_of_one_brand_count_once() -> None:
    frame = parks(a_1=box(0, 0, 200, 100), a_2=box(100, 0, 300, 100), b=box(0, 0, 300, 100))
    row = overlap.pairs(frame).iloc[0]
    assert row["overlap_km2"] == pytest.approx(0.03)
    assert row["relation"] == "equal"
    assert overlap.partition(frame)["members"].tolist() == [("a", "b")]


def test_a_gap_between_extents_is_no_face() -> None:
    ring = Polygon(box(0, 0, 300, 300).exterior, [box(100, 100, 200, 200).exterior])
    faces = overlap.partition(parks(a=ring, b=box(50, 250, 60, 260)))
    assert faces["area_km2"].sum() == pytest.approx(0.08)


def test_a_needle_of_rounding_is_no_face() -> None:
    corner_between = Polygon([(0, 0), (50, 20 + 1e-8), (100, 40), (100, -100), (0, -100)])
    frame = parks(a=Polygon([(0, 0), (100, 40), (100, 100), (0, 100)]), b=corner_between)
    assert overlap.partition(frame, dissolve=False)["members"].tolist() == [("a",), ("b",)]
    row = overlap.pairs(frame).iloc[0]
    assert (row["relation"], row["overlap_km2"]) == ("adjacent", 0.0)


def test_needles_that_matter_along_a_strip_are_kept() -> None:
    # 0.5 µm over 1 km is 1 needle of 5e-4 m² at each side: 5e-9 of the two strips.
    frame = parks(a=box(0, 0, 1000, 100), b=box(0, 5e-7, 1000, 100 + 5e-7))
    faces = overlap.partition(frame)
    members_km2 = (faces["area_km2"] * faces["n_members"]).sum()
    assert members_km2 == pytest.approx(0.2, rel=1e-9, abs=0)
    assert faces.attrs["conservation"] <= 1e-9
    assert faces["members"].tolist() == [("a",), ("b",), ("a", "b")]
    assert overlap.pairs(frame)["relation"].tolist() == ["equal"]


def test_needles_count_in_the_certificate_of_small_extents() -> None:
    # They overlap in a needle of 10 m by 0.1 µm: 1e-8 of their 200 m².
    frame = parks(a=box(0, 0, 10, 10), b=box(10 - 1e-7, 0, 20, 10))
    table = overlap.pairs(frame)
    assert table[["relation", "overlap_km2"]].to_numpy().tolist() == [["adjacent", 0.0]]
    assert table.attrs["conservation"] <= 1e-9


@pytest.mark.parametrize("side", [1, -1])
def test_a_face_thinner_than_the_curve_of_its_edge_is_valid_in_degrees(side: int) -> None:
    # In degrees a straight edge of 2.8 km bends by centimetres: across corners 1 mm beside it.
    half = Polygon([(0, 0), (2000, 2000), (1000 + side * 1000, 1000 - side * 1000)])
    beside = [(t + side * 0.001 * np.sqrt(2), t) for t in range(100, 2000, 100)]
    inner = Polygon([*beside, (1000 + side * 500, 1000 - side * 500)])
    frame = parks(a=half, b=inner)
    for geometry in (overlap.partition(frame), overlap.pairs(frame, geometry=True)):
        assert geometry.is_valid.all()
        area_m2 = shapely.area(geometry.to_crs("+proj=cea +lat_ts=0 +ellps=GRS80").geometry)
        told = geometry.filter(regex="^(area|overlap)_km2").iloc[:, 0] * 1e6
        assert area_m2.tolist() == pytest.approx(told.tolist(), rel=1e-9)


def test_faces_on_a_grid_are_the_faces(town: gpd.GeoDataFrame) -> None:
    extents = extents_of(town, by="brand_id").shapes
    drawn, snapped = (arrange(extents, cells(extents, grid_m=g)) for g in (None, 1e-7))
    assert snapped.sets == drawn.sets
    assert snapped.area_m2.tolist() == pytest.approx(drawn.area_m2.tolist(), rel=1e-9)


def test_crossings_that_a_pass_leaves_are_cut_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    # GEOS left two crossings of 2000 extents, so that 4 km² were in no cell. Here it leaves (1, 2).
    missed = shapely.MultiLineString(
        [
            [(2, 1), (2, 2), (0, 2), (0, 0), (2, 0), (2, 1)],
            [(2, 1), (3, 1), (3, 3), (1, 3), (1, 1), (2, 1)],
        ]
    )
    union_all, first = shapely.union_all, iter([missed])
    monkeypatch.setattr(
        shapely, "union_all", lambda lines, **how: next(first, None) or union_all(lines, **how)
    )
    drawn = cells(np.array([box(0, 0, 2, 2), box(1, 1, 3, 3)]))
    assert sorted(shapely.area(drawn)) == [1, 3, 3]


def test_an_overlay_that_loses_ground_is_refused() -> None:
    assert certify(1e-10, "partition") == 1e-10
    with pytest.raises(GeometryError, match=r"differ by 2\.0e-09 of the whole"):
        certify(2e-9, "partition")
    with pytest.raises(GeometryError):
        certify(float("nan"), "partition")


# Relations and intervals -------------------------------------------------------------------------

BIG = box(0, 0, 1000, 1000)


@pytest.mark.parametrize(
    ("left", "right", "relation"),
    [
        (BIG, BIG, "equal"),
        (BIG, box(200, 200, 400, 400), "contains"),
        (box(200, 200, 400, 400), BIG, "within"),
        (box(0, 0, 400, 1000), BIG, "within"),
        (BIG, box(500, 500, 1500, 1500), "partial"),
        (BIG, box(1000, 0, 2000, 1000), "adjacent"),
        (BIG, box(1000, 1000, 2000, 2000), "adjacent"),
        (BIG, box(990, 0, 2000, 1000), "partial"),
    ],
)
def test_relations_of_exact_boundaries(
    left: BaseGeometry, right: BaseGeometry, relation: str
) -> None:
    assert only_pair(a=left, b=right)["relation"] == relation
    assert only_pair(0.0, a=left, b=right)["relation"] == relation


@pytest.mark.parametrize(
    ("right", "relation", "significant"),
    [
        (box(0, 0, 1010, 1000), "equal", True),
        (box(-500, -500, 990, 1500), "within", True),
        (box(500, 500, 1010, 900), "contains", True),
        (box(500, 500, 1100, 900), "partial", True),
        (box(985, 0, 2000, 1000), "sliver", False),
        (box(960, 0, 2000, 1000), "partial", True),
        (box(1000, 0, 2000, 1000), "adjacent", False),
    ],
)
def test_relations_within_an_accuracy_of_12_m(
    right: BaseGeometry, relation: str, *, significant: bool
) -> None:
    row = only_pair(12.0, a=BIG, b=right)
    assert (row["relation"], bool(row["significant"])) == (relation, significant)


def test_the_interval_of_two_squares() -> None:
    shapes = {"a": box(0, 0, 2000, 2000), "b": box(1000, 1000, 3000, 3000)}
    k = parallel_scale(parks(**shapes))
    width, height = 1000 * k, 1000 / k
    row = only_pair([10.0, 20.0], **shapes)
    assert row["overlap_low_km2"] * 1e6 == pytest.approx((width - 30) * (height - 30), rel=1e-5)
    # Two corners of the dilated overlap are round, one of each radius.
    cut = (1 - np.pi / 4) * (10**2 + 20**2)
    high = (width + 30) * (height + 30) - cut
    assert row["overlap_high_km2"] * 1e6 == pytest.approx(high, rel=1e-5)
    assert row["significant"]


def test_the_interval_agrees_with_buffers_in_a_3_degree_zone() -> None:
    rng = np.random.default_rng(4490)
    turn = np.sort(rng.uniform(0, 2 * np.pi, (2, 60)))
    reach = rng.uniform(600, 1000, (2, 60))
    stars = [
        Polygon(np.column_stack([r * np.cos(t) + at, r * np.sin(t)]))
        for r, t, at in zip(reach, turn, (0, 900), strict=True)
    ]
    frame = parks(25.0, a=stars[0], b=stars[1])
    zone = frame.to_crs("EPSG:4549").geometry
    low, high = (
        zone.iloc[0].buffer(d).intersection(zone.iloc[1].buffer(d)).area / 1e6 for d in (-25, 25)
    )
    row = overlap.pairs(frame).iloc[0]
    assert row["overlap_low_km2"] == pytest.approx(low, rel=2e-3)
    assert row["overlap_high_km2"] == pytest.approx(high, rel=2e-3)


def test_adjacent_ground_may_overlap_within_the_error() -> None:
    row = only_pair(10.0, a=BIG, b=box(1000, 0, 2000, 1000))
    k = parallel_scale(parks(a=BIG, b=box(1000, 0, 2000, 1000)))
    assert row["overlap_low_km2"] == 0
    assert row["overlap_high_km2"] * 1e6 == pytest.approx(20 * (1000 / k + 20), rel=1e-2)


def test_a_lump_stands_although_its_tail_does_not() -> None:
    key = shapely.union(box(800, 0, 1100, 300), box(999, 300, 1100, 1000))
    row = only_pair(12.0, a=BIG, b=key)
    assert row["relation"] == "partial"
    assert row["overlap_low_km2"] == pytest.approx(0.177 * 0.277, rel=0.05)


def test_a_crack_between_blocks_is_no_boundary() -> None:
    cracked = only_pair(
        20.0,
        a_1=box(0, 0, 500, 1000),
        a_2=box(500.02, 0, 1000, 1000),
        b=box(-500, -500, 1500, 1500),
    )
    whole = only_pair(20.0, a=BIG, b=box(-500, -500, 1500, 1500))
    assert cracked["overlap_low_km2"] == pytest.approx(whole["overlap_low_km2"], rel=1e-4)


def test_a_brand_is_as_accurate_as_its_worst_block() -> None:
    shapes = {
        "a_1": box(0, 0, 500, 1000),
        "a_2": box(500, 0, 1000, 1000),
        "b": box(400, 0, 2000, 1000),
    }
    mixed, worst, unknown = (
        only_pair(given, **shapes) for given in ([1.0, 9.0, 2.0], [9.0, 9.0, 2.0], [None, 9.0, 2.0])
    )
    assert mixed["overlap_low_km2"] == worst["overlap_low_km2"]
    assert np.isnan(unknown["overlap_low_km2"])
    assert unknown["significant"] is pd.NA


def test_a_result_says_how_it_was_worked_out(town: gpd.GeoDataFrame) -> None:
    for table in (overlap.pairs(town), overlap.partition(town)):
        assert table.attrs["conservation"] <= 1e-9
        assert table.attrs["by"] == "brand_id"
        assert table.attrs["plane"] == "CGCS2000 / official area plane"
        assert "one standard deviation" in table.attrs["accuracy"]
