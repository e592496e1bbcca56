"""What all commands share: one JSON document, exit codes, one line for what went wrong."""

import json
import os
import re
import subprocess
import sys
import warnings
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from bureau import firms, parcels, zones
from shapely import Polygon, box

import parkgeo as pg
from parkgeo import _progress
from parkgeo.cli import COMMANDS, _area, main, parser
from parkgeo.cli._plain import document, plain
from parkgeo.cli._task import Outcome, Task

HEAVY = ("pandas", "geopandas", "numba", "matplotlib", "folium", "rasterio", "scipy", "tqdm")


@pytest.fixture
def park_file(tmp_path: Path) -> Path:
    return pg.write(zones(), tmp_path / "zones.gpkg")


def _json(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    told = capsys.readouterr()
    assert told.err == ""
    return json.loads(told.out)


# ---- one document ----


def test_overlap_as_json_has_numbers_with_units(
    park_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["overlap", str(park_file), "--json"]) == 0
    said = _json(capsys)
    assert said["inputs"] == [
        {"argument": "parks", "path": str(park_file), "rows": 2, "crs": "EPSG:4490"}
    ]
    # Half a km² of each lies on the other: 1.5 km² net, 1 500 mu a km².
    assert said["result"]["net_area_km2"] == pytest.approx(1.5, rel=1e-9)
    assert said["result"]["net_area_mu"] == pytest.approx(2250, rel=1e-9)
    assert said["result"]["pairs"][0]["overlap_km2"] == pytest.approx(0.5, rel=1e-9)


def test_partition_as_json_lists_members(
    park_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["partition", str(park_file), "--json"]) == 0
    faces = _json(capsys)["result"]["faces"]
    assert [len(face["members"]) for face in faces] == [1, 1, 2]
    assert [face["area_km2"] for face in faces] == pytest.approx([0.5, 0.5, 0.5], rel=1e-9)


def test_json_says_where_results_are(
    park_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "faces.gpkg"
    assert main(["partition", str(park_file), "-o", str(target), "--json"]) == 0
    assert _json(capsys)["files"] == [str(target)]


def test_an_error_as_json_is_on_stderr_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["area", str(tmp_path / "没有.gpkg"), "--json"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    said = json.loads(told.err)
    assert (said["command"], said["exit_code"]) == ("area", 1)
    assert said["error"]["type"] == "FileNotFoundError"
    assert "没有.gpkg" in said["error"]["message"]
    assert "没有.gpkg" in told.err  # not as \\uXXXX


def test_wrong_usage_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["overlap", "--json"])
    assert caught.value.code == 2
    said = json.loads(capsys.readouterr().err)
    assert (said["error"]["type"], said["exit_code"]) == ("WrongUsage", 2)


def test_options_are_never_guessed_from_their_beginning() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["area", "a.gpkg", "--jso"])
    assert caught.value.code == 2


def test_json_in_gbk_is_utf_8_all_the_same(park_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parkgeo", "overlap", str(park_file), "--by", "brand", "--json"],
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout.decode("utf-8"))["result"]["pairs"][0]["left"] in {"东园", "西园"}


@pytest.mark.parametrize("words", [["--help"], ["overlap", "--help"]])
def test_help_on_a_gbk_console(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parkgeo", *words],
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
        capture_output=True,
        check=True,
    )
    assert "重叠" in done.stdout.decode("gbk")


def test_json_has_no_numbers_that_are_none() -> None:
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": [np.inf, 2.0]}, index=["x", "y"])
    assert plain(frame) == [
        {"row": "x", "a": 1.5, "b": None},
        {"row": "y", "a": None, "b": 2.0},
    ]
    assert json.loads(document({"甲": (pd.NaT, pd.NA, np.int64(3), np.bool_(1))})) == {
        "甲": [None, None, 3, True]
    }
    assert plain(pd.Timestamp("2025-12-31")) == "2025-12-31T00:00:00"
    assert plain({("a", "b"): {3, 1}}) == {"a, b": [1, 3]}


# ---- exit codes and words ----


def _replaced(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(_: Task) -> Outcome:
        raise error

    monkeypatch.setattr(_area, "run", run)


def test_a_fault_of_the_program_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _replaced(monkeypatch, ZeroDivisionError("x\x1b[2J"))
    assert main(["area", "a.gpkg"]) == 70
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said
    assert "ZeroDivisionError" in said
    assert "parkgeo info" in said
    assert main(["area", "a.gpkg", "--traceback"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _replaced(monkeypatch, KeyboardInterrupt())
    assert main(["area", "a.gpkg"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_while_writing_leaves_what_was_there(
    park_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "areas.csv"
    target.write_text("old", encoding="utf-8")

    def stopped(_: object, path: Path, **__: object) -> None:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_csv", stopped)
    assert main(["area", str(park_file), "-o", str(target)]) == 130
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["areas.csv", "zones.gpkg"]


def test_no_memory_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _replaced(monkeypatch, MemoryError())
    assert main(["area", "a.gpkg"]) == 1
    assert "not enough memory" in capsys.readouterr().err


def test_what_the_system_says_is_told_without_its_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _replaced(monkeypatch, PermissionError(13, "Permission denied", "zones.gpkg"))
    assert main(["area", "a.gpkg"]) == 1
    assert capsys.readouterr().err == "parkgeo area: zones.gpkg: Permission denied\n"


def test_warnings_are_a_line_each_and_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: Task) -> Outcome:
        for _time in range(2):
            warnings.warn("the figure is in English\x07", UserWarning, stacklevel=1)
        return Outcome({})

    monkeypatch.setattr(_area, "run", run)
    assert main(["area", "a.gpkg"]) == 0
    said = capsys.readouterr().err
    assert said == "parkgeo area: 提示 warning: the figure is in English \n"
    assert main(["area", "a.gpkg", "--json"]) == 0
    assert _json(capsys)["warnings"] == ["the figure is in English\x07"]


def test_quiet_says_results_alone(
    park_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "areas.csv")
    assert main(["area", str(park_file), "-o", target]) == 0
    assert "written" in capsys.readouterr().err
    assert main(["area", str(park_file), "-o", target, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_progress_is_for_a_person_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[bool] = []

    def run(_: Task) -> Outcome:
        seen.append(_progress._HIDDEN.is_set())
        return Outcome({})

    monkeypatch.setattr(_area, "run", run)
    assert main(["area", "a.gpkg"]) == 0
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["area", "a.gpkg"]) == 0
    assert main(["area", "a.gpkg", "--quiet"]) == 0
    assert seen == [True, False, True]
    assert not _progress._HIDDEN.is_set()
    assert capsys.readouterr().err == ""


# ---- files ----


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet", ".xlsx"])
def test_tables_by_suffix(park_file: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"pairs{suffix}"
    assert main(["partition", str(park_file), "-o", str(target)]) == 0
    if suffix == ".csv":
        assert target.read_bytes().startswith(b"\xef\xbb\xbf")  # so that Excel reads Chinese
        table = pd.read_csv(target)
        assert table["members"].iloc[-1].count(", ") == 1
    elif suffix == ".json":
        table = pd.DataFrame(json.loads(target.read_text(encoding="utf-8")))
    elif suffix == ".xlsx":
        table = pyogrio.read_dataframe(target)
        assert set(table["n_members"]) == {1, 2}
        assert "b" in table["members"].iloc[0]
    else:
        table = pd.DataFrame(pg.read(target))
    assert table["area_km2"].sum() == pytest.approx(1.5, rel=1e-9)


def test_xlsx_says_what_it_needs(
    park_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pyogrio, "list_drivers", dict)
    assert main(["area", str(park_file), "-o", str(tmp_path / "a.xlsx")]) == 1
    assert "or write .csv" in capsys.readouterr().err
    assert not (tmp_path / "a.xlsx").exists()


def test_a_table_goes_through_a_pipe(park_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["area", str(park_file), "-o", "-"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "row,area_m2,area_mu,area_km2"
    assert len(rows) == 3
    assert main(["area", str(park_file), "-o", "-", "--json"]) == 1
    assert "both print" in capsys.readouterr().err


def test_geojson_comes_through_a_pipe(
    park_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = pg.read(park_file).to_json()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
    assert main(["overlap", "-", "--from", "cgcs2000"]) == 0
    assert "net area 1.5000 km²" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["overlap", "{zones}", "-o", "{zones}"], "never written over"),
        (["convert", "{zones}", "{zones}"], "never written over"),
        (["overlap", "{zones}", "-o", "{folder}"], "is a folder"),
        (["overlap", "{zones}", "-o", "{folder}/no/pairs.csv"], "no folder"),
        (["overlap", "{zones}", "-o", "{folder}/pairs.docx"], "'.docx'"),
        (["overlap", "{zones}", "-o", "{folder}/pairs"], "the suffix is ''"),
        (["overlap", "{folder}"], "is a folder"),
        (["overlap", "{empty}"], "empty"),
        (["overlap", "{zones}", "--by", "没有"], "没有"),
        (["overlap", "{zones}", "--layer", "x"], "layer"),
        (["partition", "{zones}", "--min-width", "-1"], "min_width_m"),
        (["concentration", "{zones}", "{empty}"], "empty"),
        (["concentration", "{zones}", "{zones}", "--by", "x"], "'x'"),
        (["concentration", "{zones}", "{zones}", "--stream", "--scattered", "{folder}/a.csv"],
         "in memory"),
        (["concentration", "{zones}", "{zones}", "--stream", "--batch-rows", "0"], "batch_rows"),
        (["plan", "{parcels}", "{zones}", "--target", "90%"], "cost"),
        (["map", "compare", "{zones}", "-o", "{folder}/a.html"], "needs a second file"),
        (["map", "overlap", "{zones}", "{zones}", "-o", "{folder}/a.html"], "takes one file"),
        (["map", "explore", "{zones}", "-o", "{folder}/a.png"], "has no figure"),
        (["agglomeration", "{firms}", "--measure", "kd"], "--xy"),
        (["agglomeration", "{firms}", "--measure", "kd", "--xy", "lon,x", "--crs", "EPSG:4490"],
         "no column x"),
        (["agglomeration", "{firms}", "--measure", "kd", "--xy", "lon,lat", "--crs", "x"],
         "PROJ knows no CRS 'x'"),
        (["agglomeration", "{firms}", "--measure", "m"], "--of"),
        (["agglomeration", "{zones}", "--measure", "moran"], "--column"),
        (["agglomeration", "{firms}", "--figure", "{folder}/a.png"], "has no figure"),
        (["agglomeration", "{empty}"], "empty"),
        (["datum", "{folder}/none.shp"], "no file"),
        (["fourbounds", "东" * 5000], "东至"),
        (["assets", "check", "--folder", "{folder}"], "nothing has been fetched"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line_and_exit_1(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {
        "folder": tmp_path,
        "zones": pg.write(zones(), tmp_path / "zones.gpkg"),
        "parcels": pg.write(parcels(), tmp_path / "parcels.gpkg"),
        "empty": tmp_path / "empty.geojson",
        "firms": tmp_path / "firms.csv",
    }
    names["empty"].write_bytes(b"")
    firms().to_csv(names["firms"], index=False)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main([word.format(**names) for word in words]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.startswith(f"parkgeo {words[0]}: ")
    assert len(told.err.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_one_file_is_not_taken_for_two_results(
    park_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = str(tmp_path / "a.html")
    assert main(["map", "overlap", str(park_file), "-o", page, "-o", page]) == 1
    assert "named for two results" in capsys.readouterr().err


def test_a_checkpoint_is_no_file_of_data(
    park_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    land = pg.write(parcels(), tmp_path / "parcels.gpkg")
    before = land.read_bytes()
    assert main(["concentration", str(land), str(park_file), "--checkpoint", str(land)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert land.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_behind_stdout_is_one_line(park_file: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "parkgeo", "area", str(park_file)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    said = done.stderr.decode("utf-8")
    assert len(said.splitlines()) == 1
    assert "No space left" in said


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_that_may_not_be_written(
    park_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert main(["area", str(park_file), "-o", str(closed / "a.csv")]) == 1
    assert "write to a folder that you may change" in capsys.readouterr().err


def test_names_in_no_encoding(capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--json"]):
        assert main(["area", "\udcff.gpkg", *more]) == 1
        assert "no file" in capsys.readouterr().err


def test_names_that_would_move_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = zones().rename(columns={"园区名称": "brand"})
    frame["brand"] = ["甲\x1b[2J\n乙", "'\"\r丙"]
    path = pg.write(frame, tmp_path / "a'b.gpkg")
    for words in (["overlap", "--by", "brand"], ["partition", "--by", "brand"]):
        assert main([words[0], str(path), *words[1:]]) == 0
        told = capsys.readouterr().out
        assert "\x1b" not in told
        assert "\r" not in told
    assert main(["overlap", f"{tmp_path}/\x1b[2J.gpkg"]) == 1
    assert "\x1b" not in capsys.readouterr().err


def test_repairs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tie = Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)])
    frame = gpd.GeoDataFrame({"brand": ["甲"]}, geometry=[tie], crs="EPSG:4490")
    path = pg.write(frame, tmp_path / "tie.gpkg")
    assert main(["overlap", str(path), "--repair", "--json"]) == 0
    assert "1 rows had invalid rings" in _json(capsys)["warnings"][0]


def test_words_of_the_library_are_told_as_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "zones.shp"
    pg.write(zones(), path)
    path.with_suffix(".prj").unlink()
    path.with_suffix(".parkgeo.json").unlink()
    assert main(["area", str(path)]) == 1
    assert "(here: --crs, --from)" in capsys.readouterr().err
    assert main(["area", str(path), "--crs", "EPSG:4490"]) == 0


# ---- start ----


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_nothing_heavy_is_loaded_for_help(words: list[str]) -> None:
    code = (
        "import sys\nfrom parkgeo.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        f"print('loaded', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_the_overview_names_every_command() -> None:
    told = parser().format_help()
    for name in COMMANDS:
        assert re.search(rf"^    {name}\b", told, re.MULTILINE)
    assert "130  stopped by Ctrl-C" in told


def test_a_fault_of_the_second_file_names_its_own_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    land = str(pg.write(parcels(), tmp_path / "land.gpkg"))
    own = zones()[["园区名称", "geometry"]].rename(columns={"园区名称": "地盘"})
    path = str(pg.write(own, tmp_path / "zones.gpkg"))
    assert main(["concentration", land, path]) == 1
    assert "(here: --parks-alias)" in capsys.readouterr().err
    assert main(["concentration", land, path, "--parks-alias", "地盘=brand"]) == 0
    assert main(["overlap", path]) == 1
    assert "(here: --alias)" in capsys.readouterr().err


def test_a_long_table_that_is_written_is_not_printed_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    squares = [box(x, 0, x + 100, 100) for x in range(0, 2500, 100)]
    frame = gpd.GeoDataFrame(geometry=squares, crs="EPSG:4549").translate(500_000, 3_350_000)
    path = str(pg.write(gpd.GeoDataFrame(geometry=frame), tmp_path / "a.gpkg"))
    table = str(tmp_path / "areas.csv")
    assert main(["area", path, "-o", table]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 1 + 20 + 1 + 1
    assert told[-2] == f"… 5 more rows in {table}"
    assert len(pd.read_csv(table)) == 25
    assert main(["area", path]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 25 + 1


def test_a_plan_without_costs_names_their_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    land, parks = (
        str(pg.write(frame, tmp_path / f"{name}.gpkg"))
        for name, frame in {"land": parcels(), "zones": zones()}.items()
    )
    assert main(["plan", land, parks]) == 1
    assert "(here: --extend, --move, --convert)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "meant"), [(["overlaps"], "overlap"), (["area", "a.shp", "--from", "gcj2"], "gcj02")]
)
def test_a_typing_error_is_told_with_what_was_meant(
    words: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert f"did you mean {meant!r}?" in capsys.readouterr().err
