"""The words that tell a planner how a polygon was found, on a hand-drawn town."""

import re
from dataclasses import replace

import pytest
from shapely import LineString
from test_fourbounds_resolve import GRID, SIDES, block, gazetteer_of

from parkgeo.errors import SchemaError, UnresolvedBoundsError
from parkgeo.fourbounds import resolve

STATED_M2 = 4e6
"""The block of the grid is 2 km by 2 km."""


def test_all_sides_found() -> None:
    told = resolve(block(SIDES, area_m2=STATED_M2), gazetteer_of(GRID), use_area=False).explain()
    first, *_ = told.splitlines()
    assert first.startswith("街区: 4.00 km², confidence ")
    assert "4.00 km² stated, 4.00 km² found (+0.0%)" in told
    assert "not used, so that agreement is evidence" in told
    for side, name in SIDES.items():
        assert f"{side}: {name} → found as {name} (exact, names 1.00 alike)" in told
    assert "lines=" not in told


def test_a_side_without_a_line_says_what_to_give() -> None:
    town = {name: line for name, line in GRID.items() if name != "望山道"}
    told = resolve(block(SIDES, area_m2=STATED_M2), gazetteer_of(town)).explain()
    assert "north: 望山道 → no line; put where the stated area is met" in told
    assert "The north side was placed by the stated area: agreement proves nothing." in told
    assert "north: give a line that stands for 望山道 (lines=)" in told
    assert "choose={'north': …}" in told


def test_no_stated_area_checks_nothing() -> None:
    told = resolve(block(SIDES), gazetteer_of(GRID)).explain()
    assert "Area: none is stated" in told


def test_a_wrong_area_is_a_thing_to_do() -> None:
    told = resolve(block(SIDES, area_m2=5e6), gazetteer_of(GRID), use_area=False).explain()
    assert "5.00 km² stated, 4.00 km² found (-20.0%)" in told
    assert "the area is off by -20.0%" in told


def test_the_second_best_is_told_by_how_it_differs() -> None:
    # A second street of the same name, 300 m inside the first.
    town = [*GRID.items(), ("朝阳大街", LineString([(1700, -600), (1700, 2600)]))]
    found = resolve(block(SIDES), gazetteer_of(town))
    assert len(found.candidates) > 1
    areas = found.candidates["area_km2"]
    share = areas.min() / areas.max()  # one lies inside the other
    told = found.explain()
    assert f"Second best: {areas.iloc[1]:.2f} km²" in told
    assert f"share {share:.0%}" in told


def test_in_chinese() -> None:
    town = {name: line for name, line in GRID.items() if name != "望山道"}
    told = resolve(block(SIDES, area_m2=STATED_M2), gazetteer_of(town)).explain(language="zh")
    assert told.startswith("街区：面积4.00平方公里，可信度")
    assert "东：朝阳大街 → 找到朝阳大街（同名" in told
    assert "北：望山道 → 没有线，按公布面积推定" in told
    assert "北边按公布面积推定，面积相符不能作为佐证。" in told
    assert "下一步" in told


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        ("agrees", "agrees with the sides"),
        ("net", "net of the roads"),
        ("part", "of a parcel"),
        ("differs", "at odds with the sides"),
    ],
)
def test_what_the_resolver_thinks_of_the_area(finding: str, words: str) -> None:
    found = resolve(block(SIDES, area_m2=STATED_M2), gazetteer_of(GRID), use_area=False)
    assert words in replace(found, area_finding=finding).explain()  # type: ignore[arg-type]


def test_other_languages_are_refused() -> None:
    found = resolve(block(SIDES), gazetteer_of(GRID))
    with pytest.raises(SchemaError, match="'fr'"):
        found.explain(language="fr")  # type: ignore[arg-type]


def test_chinese_needs_no_english() -> None:
    """Reasons and notes too: what was placed, left out, bridged, and an area that differs."""
    town = {name: line for name, line in GRID.items() if name != "望山道"}
    for wanted, use_area in (
        (block(SIDES | {"south": "滨河路—后街"}, area_m2=STATED_M2), True),
        (block(SIDES, area_m2=9e6), False),
    ):
        for roads in (town, GRID):
            try:
                found = resolve(wanted, gazetteer_of(roads), use_area=use_area)
            except UnresolvedBoundsError:
                continue
            told = found.explain(language="zh")
            # What a person writes to put it right is code, in any language.
            left = re.sub(r"\w+=|'\w+'", "", told)
            assert re.findall("[A-Za-z]{2,}", left) == []
            assert found.sides["reason_zh"].str.contains("[\u4e00-\u9fff]").all()
