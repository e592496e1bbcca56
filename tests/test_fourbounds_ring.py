"""The order of a chain, and one line that bounds several sides."""

import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from test_fourbounds_resolve import EAST, GRID, SIDES, SOUTH, SQUARE, block, gazetteer_of, iou

from parkgeo.fourbounds import Resolution, resolve
from parkgeo.fourbounds._geometry import build_network
from parkgeo.fourbounds._geometry_joints import CROSSING_SIZE_M, join

ROWS = {f"行{i}路": LineString([(-600, i * 500), (2600, i * 500)]) for i in range(5)}
COLUMNS = {f"列{i}街": LineString([(i * 500, -600), (i * 500, 2600)]) for i in range(5)}
CELLS = {"south": "行0路", "west": "列0街", "north": "行2路"}
WITHOUT_NORTHEAST = box(0, 0, 1000, 1000).difference(box(500, 500, 1000, 1000))
WITHOUT_SOUTHEAST = box(0, 0, 1000, 1000).difference(box(500, 0, 1000, 500))


def found_in(town: dict[str, BaseGeometry], sides: dict[str, str]) -> Resolution:
    return resolve(block(sides), gazetteer_of(town))


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("列1街—行1路—列2街", WITHOUT_NORTHEAST),
        ("列2街—行1路—列1街", WITHOUT_SOUTHEAST),
    ],
)
def test_a_chain_that_fits_both_ways_is_followed_clockwise(chain: str, expected: Polygon) -> None:
    found = found_in(ROWS | COLUMNS, CELLS | {"east": chain})
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)
    # The other reading is kept, and known to be nearly as good.
    other = WITHOUT_SOUTHEAST if expected is WITHOUT_NORTHEAST else WITHOUT_NORTHEAST
    assert iou(found.candidates.geometry.iloc[1], other) == pytest.approx(1.0, abs=1e-4)
    assert found.confidence < 0.8


def test_a_chain_written_against_the_boundary_is_followed_where_only_that_fits() -> None:
    upper, lower = (
        LineString([(2000, 2600), (2000, 1000)]),
        LineString([(2000, 1000), (3500, -500)]),
    )
    town = GRID | {
        "朝阳大街": upper,
        "迎宾路": lower,
        "滨河路": LineString([(-600, 0), (3600, 0)]),
    }
    found = found_in(town, SIDES | {"east": "迎宾路—朝阳大街"})
    expected = Polygon([(0, 0), (3000, 0), (2000, 1000), (2000, 2000), (0, 2000)])
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)


def test_a_bent_road_bounds_two_sides() -> None:
    town = {name: shape for name, shape in GRID.items() if name != "望山道"}
    town["长安街"] = LineString([(0, -600), (0, 2000), (2600, 2000)])
    found = found_in(town, SIDES | {"north": "长安街"})
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-4)
    length_m = found.sides.set_index("side")["length_m"]
    # It turns at the bend: east and west are as long, and so are south and north.
    assert length_m["west"] == pytest.approx(length_m["east"], abs=100.0)
    assert length_m["north"] == pytest.approx(length_m["south"], abs=100.0)
    assert found.sides["bearing_error_deg"].max() < 10.0


def test_a_chain_that_ends_on_the_line_of_the_next_side() -> None:
    town = {name: shape for name, shape in GRID.items() if name != "望山道"}
    town["朝阳大街"] = LineString([(2000, -600), (2000, 1000)])
    town["望山道"] = LineString([(2000, 1000), (1000, 2000), (-600, 2000)])
    found = found_in(town, SIDES | {"east": "望山道—朝阳大街"})
    expected = Polygon([(0, 0), (2000, 0), (2000, 1000), (1000, 2000), (0, 2000)])
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)
    assert set(found.sides["status"]) == {"found"}


def test_a_slanting_road_bounds_two_sides() -> None:
    town = {
        "朝阳大街": EAST,
        "滨河路": SOUTH,
        "斜路": LineString([(-600, -346), (3000, 1732)]),
    }
    found = found_in(town, SIDES | {"west": "斜路", "north": "斜路"})
    slope = 2078 / 3600
    expected = Polygon([(-600 + 346 / slope, 0), (2000, 2600 * slope - 346), (2000, 0)])
    assert iou(found.geometry, expected) > 0.999
    assert set(found.sides["status"]) == {"found"}


def test_a_river_bounds_three_sides() -> None:
    river = LineString([(2000, -600), (2000, 2000), (0, 2000), (0, -600)])
    sides = {"east": "清河", "south": "滨河路", "west": "清河", "north": "清河"}
    found = found_in({"清河": river, "滨河路": SOUTH}, sides)
    assert iou(found.geometry, SQUARE) == pytest.approx(1.0, abs=1e-4)


CIRCLE = Point(1000, 1000).buffer(1000)
RING_TOWN = {
    "环城路": LineString(CIRCLE.exterior.coords),
    "甲路": LineString([(-600, 300), (2600, 300)]),
    "乙路": LineString([(-600, 1700), (2600, 1700)]),
}


@pytest.mark.parametrize(
    ("north", "top"),
    [("乙路", 1700), ("环城路", 2100)],
)
def test_a_ring_road_bounds_sides_apart_and_together(north: str, top: float) -> None:
    sides = {"east": "环城路", "south": "甲路", "west": "环城路", "north": north}
    found = found_in(RING_TOWN, sides)
    expected = CIRCLE.intersection(box(-100, 300, 2100, top))
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)


def test_a_line_is_carried_on_the_way_it_came_and_not_the_way_it_ends() -> None:
    # The last 72 m turn by 34°. The gap of 1540 m is crossed as the whole road leads, from its
    # other end to this one: 40 m east on 1060 m north.
    town = GRID | {"朝阳大街": LineString([(2000, -600), (2000, 400), (2040, 460)])}
    found = found_in(town, SIDES)
    corner = (2040 + 1540 * 40 / 1060, 2000)
    expected = Polygon([(0, 0), (2000, 0), (2000, 400), (2040, 460), corner, (0, 2000)])
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-4)


def test_a_block_is_not_cut_off_where_its_lines_were() -> None:
    # The northern line runs along the western one for most of the way, so that all lines come near
    # each other in the south. Where it turns is farther from there than lines are kept at first.
    turn = [(0, 6600), (600, 6600), (600, 5900)]
    town = {
        "朝阳大街": LineString([(2460, -600), (1440, 9600)]),
        "滨河路": LineString([(-600, 0), (3000, 0)]),
        "长安街": LineString([(0, -600), (0, 9600)]),
        "望山道": LineString([(-2600, 300), (0, 300), *turn, (2600, 5900)]),
    }
    found = found_in(town, SIDES)
    expected = Polygon([(0, 0), (2400, 0), (1810, 5900), *turn[::-1]])
    assert iou(found.geometry, expected) == pytest.approx(1.0, abs=1e-3)
    assert found.sides["gap_bridged_m"].max() == 0.0


def test_lines_that_run_along_each_other_are_joined_where_they_part() -> None:
    # Ninety shared corners are thinned to a few; the place of parting must be among these.
    shared = [(x, 0) for x in range(0, 4500, 50)]
    straight = build_network(np.array([LineString([*shared, (6000, 0)])]))
    turning = build_network(np.array([LineString([*shared, (4450, 2000)])]))
    joints = join(straight, turning, box(-5000, -5000, 9000, 9000))
    assert np.linalg.norm(joints.on_a - [4450, 0], axis=1).min() <= CROSSING_SIZE_M
