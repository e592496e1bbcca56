import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import from_metres
from shapely import LineString, Polygon

import parkgeo as pg
from parkgeo.cli import main
from parkgeo.cli._table import table_text


@pytest.fixture
def town_file(town: gpd.GeoDataFrame, tmp_path: Path) -> Path:
    return pg.write(town, tmp_path / "town.gpkg")


def test_area_prints_each_row_and_the_sum(
    town_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["area", str(town_file)]) == 0
    printed = capsys.readouterr().out
    # 4 km² are 6 000 mu; the five blocks add up to 13 km².
    assert "6000.0000   4.0000" in printed
    assert "sum 13000000.0" in printed
    assert " m² = 19500.000 mu" in printed


def test_overlap_lists_pairs_and_writes_them(
    town_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "pairs.csv"
    assert main(["overlap", str(town_file), "-o", str(target)]) == 0
    assert "net area 11.0000 km² = 16500.0 mu" in capsys.readouterr().out
    pairs = pd.read_csv(target).set_index(["left", "right"])
    assert pairs.loc[("A", "B"), "overlap_km2"] == pytest.approx(1.0, rel=1e-9)
    assert pairs.loc[("A", "C"), "overlap_km2"] == pytest.approx(1.0, rel=1e-9)


def test_overlap_writes_geometry_where_the_format_holds_it(town_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "pairs.gpkg"
    assert main(["overlap", str(town_file), "-o", str(target)]) == 0
    areas_m2 = pg.measure.area_m2(pg.read(target))
    assert areas_m2.max() == pytest.approx(1e6, rel=1e-9)


def test_fourbounds_resolves_a_text_on_named_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roads = {
        "东一路": [(1000, -300), (1000, 1300)],
        "南一路": [(-300, 0), (1300, 0)],
        "西一路": [(0, -300), (0, 1300)],
        "北一路": [(-300, 1000), (1300, 1000)],
    }
    lines = gpd.GeoDataFrame(
        {"name": list(roads), "kind": "road"},
        geometry=[from_metres(LineString(xy)) for xy in roads.values()],
        crs="EPSG:4490",
    )
    source = pg.write(lines, tmp_path / "lines.gpkg")
    target = tmp_path / "zone.geojson"
    text = tmp_path / "zone.txt"
    text.write_text("东至东一路,南至南一路,西至西一路,北至北一路,面积1平方公里", encoding="utf-8")

    assert main(["fourbounds", str(text), "--lines", str(source), "-o", str(target)]) == 0

    assert "stated 1.0000" in capsys.readouterr().out
    area_m2 = float(pg.measure.area_m2(pg.read(target)).iloc[0])
    assert area_m2 == pytest.approx(1e6, rel=1e-4)


def test_a_text_without_bounds_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fourbounds", "今天天气很好"]) == 1
    assert "东至…南至…西至…北至…" in capsys.readouterr().err


def test_convert_moves_the_datum(town_file: Path, tmp_path: Path) -> None:
    shifted = tmp_path / "shifted.gpkg"
    assert main(["convert", str(town_file), str(shifted), "--to", "gcj02"]) == 0
    frame = pg.read(shifted)
    assert pg.crs.datum_of(frame) == "gcj02"
    back = pg.crs.from_datum(frame, "gcj02")
    original = pg.read(town_file)
    assert frame.total_bounds[0] - original.total_bounds[0] == pytest.approx(0.0047, abs=5e-4)
    assert back.total_bounds == pytest.approx(original.total_bounds, abs=1e-13)


@pytest.mark.parametrize("command", ["area", "overlap"])
def test_a_file_that_is_not_there_is_said_in_one_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(tmp_path / "nothing.gpkg")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"parkgeo {command}: ")
    assert "nothing.gpkg" in said
    assert "Traceback" not in said


def test_wrong_usage_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["overlap"])
    assert caught.value.code == 2
    assert "usage: parkgeo overlap" in capsys.readouterr().err


def test_demo_writes_what_it_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["demo", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {
        "overlaps.csv",
        "overlaps.gpkg",
        "faces.gpkg",
        "overlap-map.html",
        "overlap-map.png",
        "report.html",
    }
    assert "紫金港科技城" in printed
    assert "area-closed" in printed
    assert "© OpenStreetMap contributors" in printed
    assert re.search(r"OSM-mapped industrial land 2019.*\n0\.8\d\d km² = 1\.\d\d%", printed)
    assert "incomplete and is not the land survey" in printed
    pairs, faces = pg.read(out / "overlaps.gpkg"), pg.read(out / "faces.gpkg")
    assert len(pd.read_csv(out / "overlaps.csv")) == len(pairs)
    assert (out / "overlap-map.png").read_bytes().startswith(b"\x89PNG")
    shared = faces["n_members"] >= 2
    assert pg.measure.area_m2(faces[shared]).sum() <= pg.measure.area_m2(pairs).sum()


def test_a_table_aligns_chinese_and_flattens_what_would_move_the_cursor() -> None:
    frame = pd.DataFrame({"a": ["云谷", "x\n\x1b[2Jy", None], "n": [1.0, None, 20.0]})
    assert table_text(frame).splitlines() == [
        "a             n",
        "云谷     1.0000",
        "x  [2Jy       -",
        "-       20.0000",
    ]


def test_an_empty_table_names_its_columns() -> None:
    assert table_text(pd.DataFrame({"left": [], "right": []})) == "(no rows: left, right)"


def test_a_suffix_that_is_not_written_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["area", "nothing.gpkg", "-o", str(tmp_path / "areas.doc")]) == 1
    assert "written as .csv, .json, .xlsx, .parquet" in capsys.readouterr().err


def test_a_bow_tie_is_refused_until_repair_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tie = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    frame = gpd.GeoDataFrame(
        {"block_id": ["t"], "brand_id": ["T"]}, geometry=[from_metres(tie)], crs="EPSG:4490"
    )
    path = pg.write(frame, tmp_path / "tie.gpkg")
    assert main(["overlap", str(path)]) == 1
    assert "t" in capsys.readouterr().err
    assert main(["overlap", str(path), "--repair"]) == 0
    # Two triangles of 1000 m base and 500 m height each.
    assert "net area 0.5000 km²" in capsys.readouterr().out


def run_parkgeo(*words: str, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from parkgeo.cli import main; sys.exit(main())",
            *words,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


def test_a_reader_that_goes_away_is_no_error(town_file: Path) -> None:
    with run_parkgeo("area", str(town_file)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_pipe_that_takes_gbk_gets_what_it_can_hold(town_file: Path) -> None:
    with run_parkgeo("area", str(town_file), PYTHONIOENCODING="gbk") as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    # GBK has no ².
    assert "m? = 19500.000 mu" in out.decode("gbk")


TEXT = "东至绕城高速,南至云霄路,西至云涛北路,北至下确桥港"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_text_file_may_be_in_any_encoding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding=encoding)
    assert main(["fourbounds", str(path)]) == 0
    assert "下确桥港" in capsys.readouterr().out


def test_a_text_comes_through_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(TEXT))
    assert main(["fourbounds", "-"]) == 0
    assert "下确桥港" in capsys.readouterr().out


def test_a_layer_is_chosen(
    town: gpd.GeoDataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.gpkg"
    for layer, rows in (("all", town), ("第一", town.iloc[:1])):
        rows.to_file(path, layer=layer)
    assert main(["area", str(path)]) == 1
    assert "has layers all, 第一; name one" in capsys.readouterr().err
    assert main(["area", str(path), "--layer", "第一"]) == 0
    assert "= 6000.000 mu" in capsys.readouterr().out


def test_an_area_without_a_unit_is_told_and_helped_by_an_alias(
    town: gpd.GeoDataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pg.write(town.assign(规划面积=400.0), tmp_path / "town.gpkg")
    assert main(["overlap", str(path)]) == 1
    assert "areas without a unit" in capsys.readouterr().err
    for words in ("规划面积=stated_area_ha", "规划面积="):
        assert main(["overlap", str(path), "--alias", words]) == 0
        assert "net area 11.0000 km²" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["overlap", str(path), "--alias", "规划面积"])
    assert "is not NAME=COLUMN" in capsys.readouterr().err


def test_convert_writes_gbk_and_metres_in_the_zone(town_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "town.shp"
    words = ["--to", "zone", "--output-encoding", "gbk"]
    assert main(["convert", str(town_file), str(target), *words]) == 0
    assert target.with_suffix(".cpg").read_text() == "GBK"
    assert pg.read(target).crs.to_epsg() == 4549


def test_a_crs_that_is_none_is_said_in_one_line(
    town_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["area", str(town_file), "--crs", "CGCS2000 zone 40"]) == 1
    assert capsys.readouterr().err.startswith("parkgeo area: PROJ knows no CRS 'CGCS2000 zone 40'")


def test_area_of_rows_that_are_called_like_a_column(
    town: gpd.GeoDataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pg.write(town.rename_axis("area_m2"), tmp_path / "town.gpkg")
    assert main(["area", str(path)]) == 0
    assert capsys.readouterr().out.startswith("row ")


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parkgeo", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith(pg.__version__)
