"""Overlaps against what PostGIS, QGIS and R sf say about the same zones."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from parkgeo import crs, overlap

FOLDER = Path(__file__).parent / "reference" / "overlap"
PLACE = np.array([13_358_000.0, 3_188_000.0])
"""Whole metres on the plane, in Hangzhou: corners on binary fractions come here exactly."""

RELATIVE, ABSOLUTE_M2 = 1e-9, 1e-6

CASES = {case["name"]: case for case in json.loads((FOLDER / "cases.json").read_text("utf-8"))}
TOOLS = {name: json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in
         ("postgis", "qgis", "sf")}  # fmt: skip
ANSWERED = [
    pytest.param(tool, name, id=f"{tool}-{name}")
    for tool, said in TOOLS.items()
    for name, answer in said["answers"].items()
    if "error" not in answer
]

Areas = dict[frozenset[str], float]


@pytest.fixture(params=["GEOS", "sums over edges"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Measure small layers in either way; without a hand in it GEOS would take them all."""
    if request.param != "GEOS":
        monkeypatch.setattr("parkgeo.overlap._areas.COMPILE_ABOVE", 0)
        monkeypatch.setattr("parkgeo.overlap._partition._SWEEP_ABOVE", 0)
    return str(request.param)


def parks(name: str) -> gpd.GeoDataFrame:
    """Put the zones of a case on the plane."""
    zones = CASES[name]["zones"]
    shapes = shapely.transform(
        np.array([shapely.from_wkt(wkt) for wkt in zones.values()]), lambda xy: xy + PLACE
    )
    return gpd.GeoDataFrame({"brand_id": list(zones)}, geometry=shapes, crs=crs.PLANE)


def said(rows: list[list[Any]]) -> Areas:
    """Read the rows of a tool, which are labels and an area."""
    return {frozenset(labels): area for *labels, area in rows}


def assert_agree(ours: Areas, theirs: Areas) -> None:
    """Compare areas; what only one of the two names must be nothing."""
    for key in ours.keys() | theirs.keys():
        found, expected = ours.get(key, 0.0), theirs.get(key, 0.0)
        assert found == pytest.approx(expected, rel=RELATIVE, abs=ABSOLUTE_M2), sorted(key)


def pairs_of(name: str, *, geometry: bool) -> Areas:
    found = overlap.pairs(parks(name), geometry=geometry)
    return {
        frozenset(labels): area_km2 * 1e6
        for *labels, area_km2 in found[["left", "right", "overlap_km2"]].itertuples(index=False)
    }


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("geometry", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_pairs_are_those_of_postgis(name: str, *, geometry: bool) -> None:
    theirs = said(TOOLS["postgis"]["answers"][name]["pairs"])
    assert_agree(pairs_of(name, geometry=geometry), theirs)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("name", CASES)
def test_pairs_that_touch_are_those_of_postgis(name: str) -> None:
    theirs = said(TOOLS["postgis"]["answers"][name]["pairs"])
    assert pairs_of(name, geometry=False).keys() == theirs.keys()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("geometry", [False, True])
@pytest.mark.parametrize(("tool", "name"), ANSWERED)
def test_faces_are_those_of_the_tool(tool: str, name: str, *, geometry: bool) -> None:
    theirs = said(TOOLS[tool]["answers"][name]["faces"])
    found = overlap.partition(parks(name), geometry=geometry)
    ours = {
        frozenset(members): area_km2 * 1e6
        for members, area_km2 in zip(found.members, found.area_km2, strict=True)
    }
    assert_agree(ours, theirs)
    assert found.attrs["conservation"] < RELATIVE


def test_three_circles_have_seven_faces() -> None:
    assert len(overlap.partition(parks("three circles"))) == 7


def test_every_tool_says_its_version_and_what_it_was_asked() -> None:
    for tool in TOOLS.values():
        assert tool["version"]
        assert tool["faces"]
        assert tool["answers"].keys() == CASES.keys()
