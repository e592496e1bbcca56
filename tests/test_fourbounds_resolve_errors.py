"""Blocks that cannot be resolved, hostile names, and what a reader is shown."""

import re

import geopandas as gpd
import pytest
import shapely
from conftest import from_metres
from shapely import LineString

from parkgeo import gazetteer
from parkgeo.errors import ParkgeoError, UnresolvedBoundsError
from parkgeo.fourbounds import SIDE_COLUMNS, Bounds, Reference, resolve

STREETS = {
    "朝阳大街": LineString([(2000, -600), (2000, 2600)]),
    "滨河路": LineString([(-600, 0), (2600, 0)]),
    "长安街": LineString([(0, -600), (0, 2600)]),
    "望山道": LineString([(-600, 2000), (2600, 2000)]),
}
SIDES = {"east": "朝阳大街", "south": "滨河路", "west": "长安街", "north": "望山道"}
HOSTILE = [
    "",
    " ",
    "\x00",
    "'; DROP TABLE lines; --",
    "(((((" * 50,
    "<script>alert(1)</script>",
    "路" * 10_000,
    "\ud83d\ude80",
    "nan",
    "../../etc/passwd",
]


def gazetteer_of(*names: str) -> gazetteer.Gazetteer:
    shapes = [from_metres(shapely.segmentize(STREETS[name], 100.0)) for name in names]
    frame = gpd.GeoDataFrame(
        {"name": list(names), "kind": "road"}, geometry=shapes, crs="EPSG:4490"
    )
    return gazetteer.read().add(frame, source="drawn")


def block(sides: dict[str, str], *, area_m2: float | None = None, name: str = "街区") -> Bounds:
    references = {side: (Reference(n, "road", raw=n),) for side, n in sides.items()}
    return Bounds(name, area_m2, references)  # type: ignore[arg-type]


def test_no_line_at_all() -> None:
    with pytest.raises(UnresolvedBoundsError, match="0 of 4 sides have lines"):
        resolve(block(SIDES, area_m2=4e6), gazetteer.read())


def test_one_side_only_says_what_each_side_lacks() -> None:
    with pytest.raises(UnresolvedBoundsError) as caught:
        resolve(block(SIDES, area_m2=4e6), gazetteer_of("望山道"))
    message = str(caught.value)
    assert "1 of 4 sides have lines" in message
    assert "north: '望山道': lines found" in message
    for name in ("朝阳大街", "滨河路", "长安街"):
        assert f"the gazetteer has no line named '{name}'" in message
    assert "gazetteer.add()" in message


def test_block_without_sides() -> None:
    with pytest.raises(UnresolvedBoundsError, match="0 of 0 sides"):
        resolve(Bounds("街区", 4e6, {}), gazetteer_of(*STREETS))


def test_nothing_says_where_a_missing_side_is() -> None:
    # Both streets run on for 60 km: without an area there is no place for the western side.
    long = {
        "滨河路": LineString([(-60_000, 0), (2600, 0)]),
        "望山道": LineString([(-60_000, 2000), (2600, 2000)]),
        "朝阳大街": STREETS["朝阳大街"],
    }
    frame = gpd.GeoDataFrame(
        {"name": list(long), "kind": "road"},
        geometry=[from_metres(shapely.segmentize(shape, 100.0)) for shape in long.values()],
        crs="EPSG:4490",
    )
    gaz = gazetteer.read().add(frame, source="drawn")
    with pytest.raises(UnresolvedBoundsError, match=r"west.*or say the area \(stated_area_m2"):
        resolve(block(SIDES), gaz)
    with pytest.raises(UnresolvedBoundsError, match=r"west.*or use the stated area \(use_area"):
        resolve(block(SIDES, area_m2=4e6), gaz, use_area=False)
    found = resolve(block(SIDES, area_m2=4e6), gaz)
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)
    # Between the streets lie at most 126 km².
    with pytest.raises(UnresolvedBoundsError, match="and none can have the stated area") as caught:
        resolve(block(SIDES, area_m2=5e9), gaz)
    assert "use the stated area" not in str(caught.value)
    assert str(caught.value).endswith("or give aliases for their names.")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_only_names(hostile: str) -> None:
    found = resolve(
        block(SIDES | {"west": hostile}, area_m2=4e6, name=hostile), gazetteer_of(*STREETS)
    )
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)
    assert "<script>" not in found._repr_html_()
    with pytest.raises(ParkgeoError):
        resolve(block(dict.fromkeys(SIDES, hostile), area_m2=4e6), gazetteer_of(*STREETS))


@pytest.mark.parametrize("area_m2", [0.0, -1.0, float("nan"), float("inf"), 1e-9, 1e15])
def test_impossible_areas(area_m2: float) -> None:
    found = resolve(block(SIDES, area_m2=area_m2), gazetteer_of(*STREETS))
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)
    three = gazetteer_of("朝阳大街", "滨河路", "望山道")
    try:
        found = resolve(block(SIDES, area_m2=area_m2), three)
    except UnresolvedBoundsError:
        return
    assert found.geometry.is_valid
    assert found.area_km2 > 0.0


def test_sides_frame_and_row() -> None:
    found = resolve(block(SIDES, area_m2=4e6), gazetteer_of(*STREETS))
    assert tuple(found.sides.columns) == SIDE_COLUMNS
    assert found.sides["reason"].str.len().min() > 0
    row = found.to_row()
    assert row["method"] == "reconstructed"
    assert row["geometry"] is found.geometry
    assert row["stated_area_km2"] == pytest.approx(4.0)
    assert found.candidates.crs.to_epsg() == 4490
    assert re.search(r"4\.00 km².*confidence", repr(found))


def test_a_distance_that_the_text_does_not_give_is_said() -> None:
    sides = {
        side: (Reference(name, "road", raw=name),) for side, name in SIDES.items() if side != "west"
    }
    sides["west"] = (Reference("长安街", "road", relation="offset", offset_dir="west"),)
    found = resolve(Bounds(None, None, sides), gazetteer_of(*STREETS))  # type: ignore[arg-type]
    assert any("that the text does not give" in warning for warning in found.warnings)


def test_side_that_the_text_does_not_name() -> None:
    sides = {side: name for side, name in SIDES.items() if side != "north"}
    found = resolve(block(sides, area_m2=4e6), gazetteer_of(*STREETS))
    row = found.sides.set_index("side").loc["north"]
    assert row["status"] == "area-closed"
    assert "the text says nothing of this side" in row["reason"]
    assert found.area_km2 == pytest.approx(4.0, rel=1e-6)


def test_three_sides_that_go_round_need_no_fourth() -> None:
    streets = {
        "坡路": LineString([(-300, 2300), (2300, -300)]),
        "滨河路": STREETS["滨河路"],
        "长安街": STREETS["长安街"],
    }
    frame = gpd.GeoDataFrame(
        {"name": list(streets), "kind": "road"},
        geometry=[from_metres(shapely.segmentize(shape, 100.0)) for shape in streets.values()],
        crs="EPSG:4490",
    )
    sides = {"northeast": "坡路", "south": "滨河路", "west": "长安街"}
    found = resolve(block(sides), gazetteer.read().add(frame, source="drawn"))
    assert found.area_km2 == pytest.approx(2.0, rel=1e-5)
    assert len(found.sides) == 3


def test_long_chains_do_not_take_forever() -> None:
    # 40 references a side, in the wrong order for a way round.
    names = [f"第{i}大道" for i in range(160)]
    shapes = [
        from_metres(LineString([(100 * (i % 40), -600), (100 * (i % 40) + 300, 2600)]))
        for i in range(160)
    ]
    frame = gpd.GeoDataFrame({"name": names, "kind": "road"}, geometry=shapes, crs="EPSG:4490")
    sides = {
        side: tuple(Reference(name, "road") for name in names[40 * i : 40 * i + 40])
        for i, side in enumerate(SIDES)
    }
    try:
        found = resolve(
            Bounds(None, 4e6, sides),  # type: ignore[arg-type]
            gazetteer.read().add(frame, source="drawn"),
        )
    except UnresolvedBoundsError:
        return
    assert found.geometry.is_valid


def test_area_that_no_way_round_can_have_is_not_used() -> None:
    # 4 m² between streets 2 km apart: the closing side would lie on the side opposite.
    found = resolve(block(SIDES, area_m2=4.0), gazetteer_of("朝阳大街", "滨河路", "望山道"))
    assert not found.used_area
    assert found.area_km2 == pytest.approx(5.2, rel=1e-4)
    assert "no way round along these lines has the stated area" in found.warnings[0]
    assert found.sides.set_index("reference").loc["长安街", "status"] == "inferred"
