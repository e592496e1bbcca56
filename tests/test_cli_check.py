import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box

import parkgeo as pg
from parkgeo.cli import main

ZONE = box(120.051234, 30.301234, 120.081234, 30.331234)
TIE = Polygon([(120.5, 30.5), (120.6, 30.6), (120.6, 30.5), (120.5, 30.6)])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    frame = gpd.GeoDataFrame({"brand": ["甲"]}, geometry=[ZONE], crs=4490)
    return pg.write(frame, tmp_path / "good.gpkg")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    frame = gpd.GeoDataFrame({"brand": ["甲", "乙"]}, geometry=[ZONE, TIE], crs=4490)
    return pg.write(frame, tmp_path / "bad.gpkg")


def test_exit_codes(
    good: Path, bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(good)]) == 0
    assert "good.gpkg: 错误 0，警告 0" in capsys.readouterr().out
    assert main(["check", str(bad)]) == 1
    assert main(["check", str(tmp_path / "nowhere.gpkg")]) == 1
    assert "no file" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["check"])
    assert stopped.value.code == 2


def test_findings_are_told_in_both_languages_or_one(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", str(bad)])
    both = capsys.readouterr().out
    assert "错误 error [self-crossing] 1" in both
    assert "自相交" in both
    assert "cross themselves" in both
    main(["check", str(bad), "--language", "zh"])
    told = capsys.readouterr().out
    assert "cross themselves" not in told
    assert told.splitlines()[-1].startswith("bad.gpkg: 错误 1，")
    main(["check", str(bad), "--language", "en"])
    assert "bad.gpkg: 1 error, " in capsys.readouterr().out.splitlines()[-1]


def test_json_for_machines(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(bad), "--json"])
    said = json.loads(capsys.readouterr().out)["result"]
    assert (said["file"], said["rows"], said["ok"], said["counts"]["error"]) == (
        "bad.gpkg",
        2,
        False,
        1,
    )
    first = said["findings"][0]
    assert (first["code"], first["rows"], first["fixable"]) == ("self-crossing", [1], True)
    assert first["bounds"] == pytest.approx([120.55, 30.55, 120.55, 30.55])


def test_json_of_what_json_has_no_word_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shapes = [ZONE, Polygon([(120, 30), (120.1, float("inf")), (120.1, 30.1)])]
    days = pd.to_datetime(["2020-01-01", "2021-01-01"])
    frame = gpd.GeoDataFrame({"brand": ["甲", "乙"]}, geometry=shapes, crs=4490, index=days)
    path = pg.write(frame.rename_axis("day"), tmp_path / "a.parquet")
    assert main(["check", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["result"]["findings"][0]["rows"] == [
        "2021-01-01T00:00:00"
    ]


def test_fix_writes_a_new_file_and_a_report(
    bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new.shp"
    assert main(["check", str(bad), "--fix", str(target)]) == 1
    assert "1 changes" in capsys.readouterr().err
    assert pg.io.check(pg.read(target)).empty
    assert (tmp_path / "new.fixes.csv").is_file()
    assert main(["check", str(target)]) == 0


def test_fix_refuses_the_input(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bad.read_bytes()
    assert main(["check", str(bad), "--fix", str(bad), "--overwrite"]) == 1
    assert "never written over" in capsys.readouterr().err
    assert bad.read_bytes() == before


@pytest.mark.parametrize("option", ["-o", "--map"])
def test_results_are_not_written_over_the_input(
    bad: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    before = bad.read_bytes()
    assert main(["check", str(bad), option, str(bad)]) == 1
    assert "never written over" in capsys.readouterr().err
    assert bad.read_bytes() == before


def test_options_of_a_fix_need_one(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(good), "--fix-datum", "gcj02"]) == 1
    assert "--fix-datum needs --fix FILE" in capsys.readouterr().err


def test_a_datum_named_is_changed(tmp_path: Path) -> None:
    known = gpd.GeoDataFrame({"brand": ["甲"]}, geometry=[ZONE], crs=4490)
    known_path = pg.write(known, tmp_path / "known.gpkg")
    moved = pg.crs.to_datum(known, "gcj02").set_crs(4326, allow_override=True)
    source, target = tmp_path / "a.geojson", tmp_path / "b.geojson"
    moved.to_file(source, driver="GeoJSON")
    reference = ["--reference", str(known_path)]
    assert main(["check", str(source), *reference]) == 1
    main(["check", str(source), "--fix", str(target), "--fix-datum", "gcj02"])
    assert main(["check", str(target), *reference]) == 0
    assert shapely.hausdorff_distance(pg.read(target).geometry.iloc[0], ZONE) < 1e-7


def test_findings_as_files(bad: Path, tmp_path: Path) -> None:
    main(["check", str(bad), "-o", str(tmp_path / "f.csv")])
    table = pd.read_csv(tmp_path / "f.csv", encoding="utf-8-sig")
    assert table.loc[0, "code"] == "self-crossing"
    main(["check", str(bad), "-o", str(tmp_path / "f.gpkg")])
    places = pg.read(tmp_path / "f.gpkg")
    assert places.geometry.iloc[0].distance(shapely.Point(120.55, 30.55)) < 1e-9


def test_a_map_of_the_findings(bad: Path, tmp_path: Path) -> None:
    page = tmp_path / "found.html"
    assert main(["check", str(bad), "--map", str(page), "--language", "zh"]) == 1
    assert page.stat().st_size > 10_000
    assert "bad.gpkg" in page.read_text("utf-8")


def test_a_map_needs_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.geojson"
    path.write_text("{")
    assert main(["check", str(path), "--map", str(tmp_path / "a.html")]) == 1
    assert "no place on a map" in capsys.readouterr().err


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "甲\x1b[2J\r乙"
    frame = gpd.GeoDataFrame(
        {"brand": [name, name], "level": name}, geometry=[ZONE, TIE], crs=4490, index=[name, "b"]
    )
    path = pg.write(frame.rename_axis("名"), tmp_path / "a.gpkg")
    main(["check", str(path)])
    assert "\x1b" not in capsys.readouterr().out


def test_help_is_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    said = capsys.readouterr().out
    assert "examples / 示例" in said
    assert "parkgeo check zones.shp --fix zones-fixed.gpkg" in said
    assert "exit codes / 退出码" in said
