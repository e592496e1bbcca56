"""Blocks of a hand-drawn grid town, where the polygon and its area are known exactly.

Streets are drawn in metres on the equal-area plane, so the official area of a block is its planar
area in the drawing.
"""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import from_metres
from geopandas.testing import assert_geodataframe_equal
from pyproj import Geod
from shapely import LineString, Polygon, box
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from parkgeo import crs, gazetteer
from parkgeo.fourbounds import Bounds, Reference, Resolution, resolve
from parkgeo.fourbounds._geometry import build_network

EAST = LineString([(2000, -600), (2000, 2600)])
SOUTH = LineString([(-600, 0), (2600, 0)])
WEST = LineString([(0, -600), (0, 2600)])
NORTH = LineString([(-600, 2000), (2600, 2000)])
GRID = {"朝阳大街": EAST, "滨河路": SOUTH, "长安街": WEST, "望山道": NORTH}
SIDES = {"east": "朝阳大街", "south": "滨河路", "west": "长安街", "north": "望山道"}
SQUARE = box(0, 0, 2000, 2000)

Town = dict[str, BaseGeometry]


def lines_of(town: Town | list[tuple[str, BaseGeometry]]) -> gpd.GeoDataFrame:
    rows = list(town.items()) if isinstance(town, dict) else town
    # Vertices every 100 m, so that a straight street is the same line in every plane.
    shapes = [from_metres(shapely.segmentize(shape, 100.0)) for _, shape in rows]
    names = [name for name, _ in rows]
    return gpd.GeoDataFrame({"name": names, "kind": "road"}, geometry=shapes, crs="EPSG:4490")


def gazetteer_of(town: Town | list[tuple[str, BaseGeometry]]) -> gazetteer.Gazetteer:
    return gazetteer.read().add(lines_of(town), source="drawn")


def block(sides: dict[str, str], *, area_m2: float | None = None) -> Bounds:
    """A block from ``{"east": "甲路—乙路"}``."""
    references = {
        side: tuple(Reference(name, "road", raw=name) for name in names.split("—"))
        for side, names in sides.items()
    }
    return Bounds("街区", area_m2, references)  # type: ignore[arg-type]


def drawn(shape: BaseGeometry) -> Polygon:
    """Back from the ground to metres, through the projection of parkgeo's plane."""
    series = crs.to_plane(gpd.GeoSeries([shape], crs="EPSG:4490"))
    corner = crs.to_plane(gpd.GeoSeries([from_metres(shapely.Point(0, 0))], crs="EPSG:4490"))
    return shapely.transform(series.iloc[0], lambda xy: xy - [corner.iloc[0].x, corner.iloc[0].y])


def iou(found: BaseGeometry, expected: Polygon) -> float:
    shape = drawn(found)
    return shape.intersection(expected).area / shape.union(expected).area


def ground_m(*points: tuple[float, float]) -> float:
    """Length on the ground of a drawn line: the equal-area plane stretches east and west."""
    lon, lat = shapely.get_coordinates(from_metres(LineString(points))).T
    return float(Geod(ellps="GRS80").line_length(lon, lat))


def status(found: Resolution) -> dict[str, str]:
    return dict(zip(found.sides["reference"], found.sides["status"], strict=True))


def test_four_streets_bound_their_square() -> None:
    found = resolve(block(SIDES), gazetteer_of(GRID))
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-5)
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)
    assert set(found.sides["status"]) == {"found"}
    around = [ground_m((2000, 0), (2000, 2000)), ground_m((0, 0), (2000, 0))] * 2
    assert found.sides["length_m"].to_numpy() == pytest.approx(around, rel=1e-3)
    assert found.sides["share_of_border"].sum() == pytest.approx(1.0)
    assert found.sides["side"].tolist() == ["east", "south", "west", "north"]
    assert found.sides["bearing_error_deg"].max() < 1.0
    assert found.confidence > 0.95
    assert found.accuracy_m == pytest.approx(15.0)
    assert not found.warnings


def test_a_straight_block_has_four_corners() -> None:
    found = resolve(block(SIDES), gazetteer_of(GRID))
    corners = shapely.get_coordinates(shapely.simplify(drawn(found.geometry), 0.1))
    assert len(corners) == 5


def test_side_that_turns_into_another_street() -> None:
    upper = LineString([(2000, 2600), (2000, 1000)])
    lower = LineString([(2000, 1000), (3000, 0), (3600, -600)])
    town = GRID | {"朝阳大街": upper, "迎宾路": lower, "滨河路": LineString([(-600, 0), (3600, 0)])}
    expected = Polygon([(0, 0), (3000, 0), (2000, 1000), (2000, 2000), (0, 2000)])
    for chain in ("朝阳大街—迎宾路", "迎宾路—朝阳大街"):
        found = resolve(block(SIDES | {"east": chain}), gazetteer_of(town))
        assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-5)
        assert set(found.sides["status"]) == {"found"}


def test_street_that_comes_back_in_a_chain() -> None:
    # North side: 望山道, up and along 后街, and down to 望山道 again.
    detour = LineString([(500, 2000), (500, 2400), (1500, 2400), (1500, 2000)])
    town = [
        *((name, shape) for name, shape in GRID.items() if name != "望山道"),
        ("望山道", LineString([(-600, 2000), (500, 2000)])),
        ("望山道", LineString([(1500, 2000), (2600, 2000)])),
        ("后街", detour),
    ]
    found = resolve(block(SIDES | {"north": "望山道—后街—望山道"}), gazetteer_of(town))
    expected = SQUARE.union(box(500, 2000, 1500, 2400))
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("short_m", [60, 300, 1200])
def test_line_that_stops_short_is_carried_on(short_m: float) -> None:
    town = GRID | {"望山道": LineString([(-600, 2000), (2000 - short_m, 2000)])}
    found = resolve(block(SIDES), gazetteer_of(town))
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-4)
    assert status(found)["望山道"] == "bridged"
    gap = found.sides.set_index("reference").loc["望山道", "gap_bridged_m"]
    assert gap == pytest.approx(ground_m((2000 - short_m, 2000), (2000, 2000)), rel=0.01)


def test_two_lines_that_both_stop_short_of_their_corner() -> None:
    town = GRID | {
        "望山道": LineString([(-600, 2000), (1800, 2000)]),
        "朝阳大街": LineString([(2000, -600), (2000, 1700)]),
    }
    found = resolve(block(SIDES), gazetteer_of(town))
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-4)
    gap_m = ground_m((1800, 2000), (2000, 2000), (2000, 1700))
    assert found.sides["gap_bridged_m"].sum() == pytest.approx(gap_m, rel=0.01)


def test_gap_within_a_line_is_bridged_and_said() -> None:
    town = [
        *((name, shape) for name, shape in GRID.items() if name != "长安街"),
        ("长安街", LineString([(0, -600), (0, 800)])),
        ("长安街", LineString([(0, 1100), (0, 2600)])),
    ]
    found = resolve(block(SIDES), gazetteer_of(town))
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-5)
    row = found.sides.set_index("reference").loc["长安街"]
    assert row["status"] == "bridged"
    assert row["gap_bridged_m"] == pytest.approx(ground_m((0, 800), (0, 1100)), rel=0.01)


@pytest.mark.parametrize("missing", ["east", "south", "west", "north"])
def test_side_without_a_line_is_placed_by_area(missing: str) -> None:
    town = {name: shape for name, shape in GRID.items() if name != SIDES[missing]}
    found = resolve(block(SIDES, area_m2=3.2e6), gazetteer_of(town))
    # 3.2 of 4 km²: the missing side stands 1600 m from the one opposite.
    expected = {
        "east": box(0, 0, 1600, 2000),
        "south": box(0, 400, 2000, 2000),
        "west": box(400, 0, 2000, 2000),
        "north": box(0, 0, 2000, 1600),
    }[missing]
    assert found.area_km2 == pytest.approx(3.2, rel=1e-6)
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)
    assert status(found)[SIDES[missing]] == "area-closed"
    assert found.area_closed == (missing,)
    assert found.used_area
    assert found.confidence <= 0.75
    # A tenth of 3.2 km² along the closing side is how far that may be off; 15 m elsewhere.
    corners = shapely.get_coordinates(expected)
    around = ground_m(*corners)
    closing = ground_m((0, 0), (0, 2000) if missing in {"east", "west"} else (2000, 0))
    off_m = 0.32e6 / closing
    expected_m = math.sqrt((closing * off_m**2 + (around - closing) * 15**2) / around)
    assert found.accuracy_m == pytest.approx(expected_m, rel=0.01)
    assert any("no proof" in warning for warning in found.warnings)


def test_area_beyond_the_ends_of_the_lines_carries_them_on() -> None:
    town = {name: shape for name, shape in GRID.items() if name != "长安街"}
    found = resolve(block(SIDES, area_m2=6e6), gazetteer_of(town))
    # The streets end at x = -600; 6 km² needs x = -1000.
    assert iou(found.geometry, box(-1000, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    reason = found.sides.set_index("reference").loc["长安街", "reason"]
    assert f"carried on {ground_m((-600, 0), (-1000, 0)):.0f} m beyond their ends" in reason


def test_missing_side_without_an_area_stands_where_the_lines_end() -> None:
    town = {name: shape for name, shape in GRID.items() if name != "长安街"}
    town["滨河路"] = LineString([(-450, 0), (2600, 0)])
    found = resolve(block(SIDES, area_m2=3e6), gazetteer_of(town), use_area=False)
    assert iou(found.geometry, box(-450, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    assert status(found)["长安街"] == "inferred"
    assert not found.used_area


def test_closing_side_is_square_to_a_town_that_does_not_face_north() -> None:
    # Drawn in EPSG:4549, where angles are true.
    def turn(shape: BaseGeometry) -> BaseGeometry:
        moved = shapely.transform(shape, lambda xy: xy + np.array([520_000, 3_350_000]))
        return rotate(moved, 20.0, origin=(521_000, 3_351_000))

    town = {name: turn(shape) for name, shape in GRID.items() if name != "长安街"}
    frame = gpd.GeoDataFrame(
        {"name": list(town), "kind": "road"}, geometry=list(town.values()), crs="EPSG:4549"
    )
    found = resolve(block(SIDES, area_m2=3.2e6), gazetteer.read().add(frame, source="drawn"))
    shape = gpd.GeoSeries([found.geometry], crs="EPSG:4490").to_crs("EPSG:4549").iloc[0]
    expected = turn(box(400, 0, 2000, 2000))
    assert shape.intersection(expected).area / shape.union(expected).area > 0.9999


def test_two_opposite_missing_sides() -> None:
    # Both streets end at x = -600; in the east they end 400 m apart.
    town = {"滨河路": SOUTH, "望山道": LineString([(-600, 2000), (3000, 2000)])}
    found = resolve(block(SIDES, area_m2=4e6), gazetteer_of(town))
    assert status(found) == {
        "朝阳大街": "area-closed",
        "滨河路": "found",
        "长安街": "inferred",
        "望山道": "found",
    }
    assert iou(found.geometry, box(-600, 0, 1400, 2000)) == pytest.approx(1.0, abs=1e-3)


def test_a_missing_side_is_kept_inside_the_extent_that_the_block_is_a_part_of() -> None:
    town = {"滨河路": SOUTH, "望山道": LineString([(-600, 2000), (3000, 2000)])}
    # The border of the whole leads from (-200, 2000) to (-400, 0); the area moves the east side.
    whole = Polygon([(-180, 2200), (-420, -200), (5000, -200), (5000, 2200)])
    found = resolve(
        block(SIDES, area_m2=4e6),
        gazetteer_of(town),
        within=from_metres(shapely.segmentize(whole, 100.0)),
    )
    assert status(found)["长安街"] == "inferred"
    expected = Polygon([(-200, 2000), (-400, 0), (1700, 0), (1700, 2000)])
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-3)
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)
    # All of the western border is on that side's account.
    length_m = found.sides.set_index("reference").loc["长安街", "length_m"]
    assert length_m == pytest.approx(ground_m((-200, 2000), (-400, 0)), rel=0.01)
    assert any("it lies in it is no finding" in warning for warning in found.warnings)


def test_sides_that_are_found_may_lead_out_of_the_whole() -> None:
    whole = from_metres(box(500, 500, 5000, 5000))
    found = resolve(block(SIDES), gazetteer_of(GRID), within=whole)
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-5)
    assert not any("no finding" in warning for warning in found.warnings)


def test_two_missing_sides_beside_each_other() -> None:
    # The northern street ends in the west; the eastern one runs on southwards.
    town = {"朝阳大街": LineString([(2000, -30_000), (2000, 2600)]), "望山道": NORTH}
    found = resolve(block(SIDES, area_m2=2.6e6), gazetteer_of(town))
    assert status(found)["滨河路"] == "area-closed"
    assert status(found)["长安街"] == "inferred"
    assert iou(found.geometry, box(-600, 1000, 2000, 2000)) == pytest.approx(1.0, abs=1e-3)


def test_same_name_far_away_is_another_place() -> None:
    town = [*GRID.items(), ("望山道", LineString([(30_000, 2000), (42_000, 2000)]))]
    found = resolve(block(SIDES), gazetteer_of(town))
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-5)


def test_only_a_false_friend_of_a_name() -> None:
    town = [(n, s) for n, s in GRID.items() if n != "望山道"]
    town += [("望山道", LineString([(30_000, 2000), (42_000, 2000)]))]
    found = resolve(block(SIDES, area_m2=4e6), gazetteer_of(town))
    row = found.sides.set_index("reference").loc["望山道"]
    assert row["status"] == "area-closed"
    assert "another place of the same name" in row["reason"]
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)


def test_near_chooses_between_two_towns_of_the_same_names() -> None:
    def move(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: xy + np.array([40_000, 0]))

    gaz = gazetteer_of([*GRID.items(), *((name, move(shape)) for name, shape in GRID.items())])
    for expected in (SQUARE, move(SQUARE)):
        middle = from_metres(expected.centroid)
        found = resolve(block(SIDES), gaz, near=(middle.x, middle.y))
        assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)


def test_dual_carriageway_is_one_line() -> None:
    east = [("朝阳大街", LineString([(2000 + d, -600), (2000 + d, 2600)])) for d in (-12, 12)]
    town = [(n, s) for n, s in GRID.items() if n != "朝阳大街"] + east
    found = resolve(block(SIDES), gazetteer_of(town))
    assert found.area_km2 == pytest.approx(4.0, abs=0.024)
    assert iou(found.geometry, SQUARE) > 0.99
    assert status(found)["朝阳大街"] == "found"


def test_river_is_followed_round_its_bends() -> None:
    x = np.linspace(-600, 2600, 161)
    bank = np.column_stack([x, 150 * np.sin(x / 2000 * 4 * np.pi)])
    town = GRID | {"滨河路": LineString(bank)}
    found = resolve(block(SIDES), gazetteer_of(town))
    inside = bank[(x >= 0) & (x <= 2000)]
    expected = Polygon([*inside, (2000, 2000), (0, 2000)])
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)


def test_stated_area_chooses_between_two_ways_round() -> None:
    # The northern street comes back 1000 m farther north: two blocks have these four sides.
    bend = LineString([(-600, 2000), (2600, 2000), (2600, 3000), (-600, 3000)])
    tall = {
        name: LineString([(x, -600), (x, 3600)]) for name, x in (("朝阳大街", 2000), ("长安街", 0))
    }
    gaz = gazetteer_of(GRID | tall | {"望山道": bend})
    for area_m2, expected in ((4e6, SQUARE), (6e6, box(0, 0, 2000, 3000))):
        found = resolve(block(SIDES, area_m2=area_m2), gaz)
        assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)
        assert found.candidates["score"].is_monotonic_decreasing
        assert len(found.candidates) >= 2


def test_unused_area_changes_nothing() -> None:
    gaz = gazetteer_of(GRID)
    found = [resolve(block(SIDES, area_m2=a), gaz, use_area=False) for a in (1e4, 4e6, 9e9)]
    assert len({shape.geometry.wkb for shape in found}) == 1
    assert not any(shape.used_area for shape in found)
    assert any("not used" in warning for warning in found[0].warnings)


def test_order_of_lines_and_sides_changes_nothing() -> None:
    rows = list(GRID.items())
    east = [("朝阳大街", LineString([(2000 + d, -600), (2000 + d, 2600)])) for d in (-12, 12)]
    rows = [*rows[1:], *east, ("望山道", LineString([(30_000, 0), (31_000, 0)]))]
    one = resolve(block(SIDES), gazetteer_of(rows))
    other = resolve(block(dict(reversed(SIDES.items()))), gazetteer_of(rows[::-1]))
    assert one.geometry.equals_exact(other.geometry, 0.0)
    assert one.confidence == other.confidence


def test_inputs_are_not_changed() -> None:
    gaz = gazetteer_of(GRID)
    before = gaz.lines.copy(deep=True)
    resolve(block(SIDES, area_m2=4e6), gaz)
    assert_geodataframe_equal(gaz.lines, before)


def test_pieces_without_length_lead_nowhere() -> None:
    # Cutting and shifting lines leaves such pieces, which GEOS refuses to walk along.
    street = LineString([(0, 0), (100, 0)])
    dot = LineString([(50, 30), (50, 30)])
    with_dot = build_network(np.array([street, dot]))
    assert np.array_equal(with_dot.nodes, build_network(np.array([street])).nodes)
