"""A side without a line, and the lines along it that could close the stated area."""

import pytest
import shapely
from shapely import LineString, box
from test_fourbounds_resolve import GRID, SIDES, block, gazetteer_of, iou

from parkgeo.fourbounds import resolve
from parkgeo.fourbounds._resolve_closest import only_line

TOWN = {name: shape for name, shape in GRID.items() if name != "长安街"}


def west(x: float) -> LineString:
    return LineString([(x, -600), (x, 2600)])


def test_a_line_that_closes_the_stated_area_is_taken_and_marked() -> None:
    found = resolve(block(SIDES, area_m2=3.2e6), gazetteer_of(TOWN | {"学院路": west(390)}))
    assert iou(found.geometry, box(390, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    row = found.sides.set_index("reference").loc["长安街"]
    assert (row["status"], row["via"], row["name"]) == ("area-closed", "closest line", "学院路")
    assert "closed along '学院路', which is not named by the text" in row["reason"]
    # 1610 m by 2000 m of 3.2 km².
    assert "1.006 of that stated" in row["reason"]
    assert found.area_closed == ("west",)
    assert found.area_finding is None
    assert found.confidence <= 0.75
    # As far off as a straight side placed by the area would be.
    assert found.accuracy_m > 50.0
    assert any("no proof" in warning for warning in found.warnings)


def test_of_two_lines_that_could_close_it_none_is_taken() -> None:
    town = TOWN | {"学院路": west(390), "教工路": west(500)}
    found = resolve(block(SIDES, area_m2=3.2e6), gazetteer_of(town))
    assert iou(found.geometry, box(400, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    row = found.sides.set_index("reference").loc["长安街"]
    assert row["status"] == "area-closed"
    assert "学院路, 教工路, not named by the text" in row["reason"]


@pytest.mark.parametrize(
    "line",
    [
        west(900),  # leaves 31 % of the area out
        LineString([(390, 600), (390, 1400)]),  # too short
        LineString([(-600, 1000), (2600, 1200)]),  # across
    ],
)
def test_other_lines_are_not_taken(line: LineString) -> None:
    found = resolve(block(SIDES, area_m2=3.2e6), gazetteer_of(TOWN | {"学院路": line}))
    assert iou(found.geometry, box(400, 0, 2000, 2000)) == pytest.approx(1.0, abs=1e-4)
    assert "学院路" not in found.sides.set_index("reference").loc["长安街", "reason"]


def test_without_the_area_no_line_is_taken() -> None:
    town = TOWN | {"学院路": west(390), "滨河路": LineString([(-450, 0), (2600, 0)])}
    found = resolve(block(SIDES, area_m2=3.2e6), gazetteer_of(town), use_area=False)
    assert found.sides.set_index("reference").loc["长安街", "status"] == "inferred"


def test_lines_of_one_polygon_are_one() -> None:
    street, other = box(0, 0, 10, 10), box(0, 0, 10, 9.5)
    areas = {"路": 1.0, "高架": 1.001, "巷": 0.95}
    shapes = {"路": street, "高架": shapely.affinity.scale(street, 1.0, 1.001), "巷": other}
    fits = dict.fromkeys(areas, 1.0)
    assert only_line(areas, shapes, fits) == (None, ("路", "高架", "巷"))
    two = {name: areas[name] for name in ("路", "高架")}
    assert only_line(two, shapes, fits) == ("路", ())
    assert only_line(areas, shapes, fits | {"巷": 0.5}) == ("路", ())
    assert only_line({"巷": 0.95}, shapes, fits) == (None, ("巷",))
