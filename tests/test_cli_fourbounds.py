"""``parkgeo fourbounds``: corrections by a person, and what is said when they cannot be used."""

from pathlib import Path

import geopandas as gpd
import pytest
from conftest import from_metres
from shapely import LineString

import parkgeo as pg
from parkgeo.cli import main

TEXT = "东至东一路,南至南一路,西至西一路,北至北一路,面积1平方公里"
GRID = {
    "东一路": [(1000, -300), (1000, 1300)],
    "东二路": [(2000, -300), (2000, 1300)],
    "南一路": [(-300, 0), (2300, 0)],
    "西一路": [(0, -300), (0, 1300)],
    "北一路": [(-300, 1000), (2300, 1000)],
}


def _file(roads: dict[str, list[tuple[int, int]]], path: Path) -> str:
    lines = gpd.GeoDataFrame(
        {"name": list(roads), "kind": "road"},
        geometry=[from_metres(LineString(xy)) for xy in roads.values()],
        crs="EPSG:4490",
    )
    return str(pg.write(lines, path))


@pytest.fixture
def grid(tmp_path: Path) -> str:
    return _file(GRID, tmp_path / "lines.gpkg")


def _area_km2(path: Path) -> float:
    return float(pg.measure.area_m2(pg.read(path)).sum()) / 1e6


@pytest.mark.parametrize("side", ["east", "东"])
def test_a_side_is_put_right(grid: str, tmp_path: Path, side: str) -> None:
    target = tmp_path / "zone.geojson"
    words = ["fourbounds", TEXT, "--lines", grid, "--no-area", "-o", str(target)]
    assert main(words) == 0
    assert _area_km2(target) == pytest.approx(1.0, rel=1e-3)
    assert main([*words, "--choose", f"{side}=东二路"]) == 0
    # one kilometre farther east
    assert _area_km2(target) == pytest.approx(2.0, rel=1e-3)


def test_an_area_that_was_put_in_is_not_left_to_look_like_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three = {name: xy for name, xy in GRID.items() if name != "东一路"}
    assert main(["fourbounds", TEXT, "--lines", _file(three, tmp_path / "three.gpkg")]) == 0
    said = capsys.readouterr().out
    assert "area 1.0000 km², stated 1.0000" in said
    assert "the area agreeing is no proof" in said


def test_lines_on_a_datum_that_the_file_does_not_say(grid: str, tmp_path: Path) -> None:
    turned = tmp_path / "turned.geojson"
    moved = pg.crs.to_datum(pg.read(grid), "gcj02")
    moved.set_crs("EPSG:4326", allow_override=True).to_file(turned)  # as web maps export it
    target, plain = tmp_path / "zone.geojson", tmp_path / "plain.geojson"
    assert main(["fourbounds", TEXT, "--lines", grid, "-o", str(plain)]) == 0
    words = ["fourbounds", TEXT, "--lines", str(turned), "--from", "gcj02", "-o", str(target)]
    assert main(words) == 0
    found, true = (pg.read(path).geometry.iloc[0] for path in (target, plain))
    assert found.hausdorff_distance(true) < 1e-5  # about a metre; unsaid it is 500 m


def test_a_datum_without_lines_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fourbounds", TEXT, "--from", "gcj02"]) == 1
    assert "--from needs --lines" in capsys.readouterr().err


def test_another_name_is_told(grid: str, tmp_path: Path) -> None:
    target = tmp_path / "zone.geojson"
    text = TEXT.replace("东一路", "朝阳大街")
    words = ["fourbounds", text, "--lines", grid, "--no-area", "-o", str(target)]
    assert main([*words, "--alias", "朝阳大街=东二路", "--alias", "夕阳路=西一路"]) == 0
    assert _area_km2(target) == pytest.approx(2.0, rel=1e-3)


def test_lines_of_several_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = list(GRID)
    one = _file({name: GRID[name] for name in names[:3]}, tmp_path / "one.gpkg")
    two = _file({name: GRID[name] for name in names[3:]}, tmp_path / "two.gpkg")
    assert main(["fourbounds", TEXT, "--lines", one, "--lines", two, "--no-area"]) == 0
    assert "area 1.00" in capsys.readouterr().out


def test_the_stated_area_is_left_out(grid: str, capsys: pytest.CaptureFixture[str]) -> None:
    # Without a line in the east, only the stated area can place that side at 1.5 km.
    text = "东至无名路,南至南一路,西至西一路,北至北一路,面积1.5平方公里"
    assert main(["fourbounds", text, "--lines", grid]) == 0
    with_area = capsys.readouterr().out
    assert "area-closed" in with_area
    assert "area 1.50" in with_area
    main(["fourbounds", text, "--lines", grid, "--no-area"])
    assert "area-closed" not in capsys.readouterr().out


def test_of_two_towns_the_near_one(tmp_path: Path) -> None:
    far = {name: [(x + 30_000, y) for x, y in xy] for name, xy in GRID.items()}
    here, there = _file(GRID, tmp_path / "a.gpkg"), _file(far, tmp_path / "b.gpkg")
    target = tmp_path / "zone.geojson"
    for shift_m in (0, 30_000):
        spot = from_metres(LineString([(shift_m, 0), (shift_m + 500, 500)])).coords[1]
        near = f"{spot[0]:.6f},{spot[1]:.6f}"
        words = ["fourbounds", TEXT, "--lines", here, there, "--near", near, "-o", str(target)]
        assert main(words) == 0
        assert _area_km2(target) == pytest.approx(1.0, rel=1e-3)
        west, south, east, north = pg.read(target).total_bounds
        assert west < spot[0] < east
        assert south < spot[1] < north


def test_one_block_of_several(
    grid: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"甲片区{TEXT};乙片区{TEXT.replace('东一路', '东二路').replace('1平方', '2平方')}"
    target = tmp_path / "zone.geojson"
    words = ["fourbounds", text, "--lines", grid, "-o", str(target)]
    for block in ("乙片区", "2"):
        assert main([*words, "--block", block]) == 0
        assert _area_km2(target) == pytest.approx(2.0, rel=1e-3)
    assert main([*words, "--choose", "东=东二路"]) == 1
    assert "say --block with one of 1 (甲片区), 2 (乙片区)" in capsys.readouterr().err
    assert main([*words, "--block", "丙片区"]) == 1
    assert "no block '丙片区'" in capsys.readouterr().err


def test_a_block_that_fails_does_not_take_the_others_along(
    grid: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"甲片区{TEXT};乙片区东至无名路,南至某某河,西至某某街,北至某某巷,面积2平方公里"
    target = tmp_path / "zone.geojson"
    assert main(["fourbounds", text, "--lines", grid, "-o", str(target)]) == 1
    printed = capsys.readouterr()
    assert "area 1.00" in printed.out
    assert "parkgeo fourbounds: 乙片区: " in printed.err
    assert list(pg.read(target)["block"]) == ["甲片区"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--choose", "up=东二路"], "sides are north, northeast, east"),
        (["--choose", "东二路"], "is not SIDE=NAME, such as east="),
        (["--choose", "east="], "is not SIDE=NAME"),
        (["--alias", "留祥路"], "is not NAME=OTHER"),
        (["--near", "120.06"], "is not LON,LAT in degrees"),
        (["--near", "30.32,120.06"], "the other way round?"),
        (["--near", "nan,30"], "no longitude,latitude"),
    ],
)
def test_wrong_usage_says_how_to(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["fourbounds", TEXT, *words])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--choose", "east=东二路"], "--choose needs --lines"),
        (["--near", "120,30", "--no-area"], "--near, --no-area needs --lines"),
        (["-o", "zone.gpkg"], "--output needs --lines"),
    ],
)
def test_what_needs_lines_is_not_left_out_in_silence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fourbounds", TEXT, *words]) == 1
    assert said in capsys.readouterr().err


def test_a_chosen_name_that_is_nowhere(grid: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fourbounds", TEXT, "--lines", grid, "--choose", "east=火星大道"]) == 1
    assert "火星大道" in capsys.readouterr().err
    assert main(["fourbounds", TEXT, "--lines", grid, "--choose", "east=东二路@9"]) == 1
    assert "is not in place '9'" in capsys.readouterr().err
