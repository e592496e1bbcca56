"""What the commands of the engines say, against numbers that a reader works out in the head."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from bureau import firms, lay_out
from drawn import frame
from shapely import box

import parkgeo as pg
from parkgeo.cli import main


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that all of these tests read, and none changes."""
    return lay_out(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def ask(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Ask":
    monkeypatch.chdir(desk)
    return Ask(capsys)


class Ask:
    """Run a command as JSON, and give its result."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object, code: int = 0) -> Any:  # noqa: ANN401
        assert main([*map(str, words), "--json"]) == code
        return json.loads(self.capsys.readouterr().out)["result"]


# Four parcels of 0.25 km²: three inside, 0601 twice, inside and outside.


def test_share_of_all_and_of_a_class(ask: Ask) -> None:
    found = ask("concentration", "parcels.gpkg", "zones.shp")
    assert found["unit"] == "km2"
    assert found["all"]["total"] == pytest.approx(1.0, rel=1e-9)
    assert found["all"]["ratio"] == pytest.approx(0.75, rel=1e-9)
    words = ["--classes", "industry", "--class-system", "三调", "--target", "70%"]
    row = ask("concentration", "parcels.gpkg", "zones.shp", *words)["rows"][0]
    assert row["ratio"] == pytest.approx(0.5, rel=1e-9)
    # 20 % of half a km² are missing: 0.1 km², 150 mu.
    assert row["gap_mu"] == pytest.approx(150, rel=1e-9)


def test_share_by_group_weight_and_value(ask: Ask) -> None:
    found = ask("concentration", "parcels.gpkg", "zones.shp", "--by", "district")
    assert {row["district"]: round(row["ratio"], 9) for row in found["rows"]} == {
        "甲": 1.0,
        "乙": 0.5,
    }
    # Outputs 4, 3, 2 inside and 1 outside.
    weighed = ask("concentration", "parcels.gpkg", "zones.shp", "--weight", "output")
    assert weighed["all"]["ratio"] == pytest.approx(0.9, rel=1e-9)
    counted = ask("concentration", "parcels.gpkg", "zones.shp", "--weight", "1")
    assert counted["all"]["total"] == pytest.approx(4)
    chosen = ask("concentration", "parcels.gpkg", "zones.shp", "--where", "output=1")
    assert chosen["all"]["ratio"] == pytest.approx(0.0, abs=1e-9)


def test_a_missed_target_fails_where_asked(ask: Ask) -> None:
    words = ["concentration", "parcels.gpkg", "zones.shp", "--target", "0.8"]
    assert ask(*words)["all"]["ratio"] < 0.8
    assert ask(*words, "--fail-under", code=1)["all"]["ratio"] < 0.8
    assert main([*words, "--fail-under"]) == 1
    assert "75.00% is below the target of 80.00%" in ask.capsys.readouterr().err


@pytest.mark.parametrize("name", ["parcels.gpkg", "parcels.parquet", "parcels.shp"])
def test_batches_give_the_same_share(ask: Ask, tmp_path: Path, name: str) -> None:
    words = ["concentration", name, "zones.shp", "--where", "output=4", "--where", "output=1"]
    whole = ask(*words)
    kept = tmp_path / "run.checkpoint"
    for more in (["--stream", "--batch-rows", "1"], ["--checkpoint", kept]):
        streamed = ask(*words, *more)
        assert streamed["all"]["ratio"] == pytest.approx(whole["all"]["ratio"], rel=1e-12)
        assert streamed["all"]["ratio"] == pytest.approx(0.5, rel=1e-9)
    assert not kept.exists()


def test_districts_cut_parcels(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "districts.gpkg"
    drawn = [box(-10, -10, 250, 1500), box(250, -10, 3000, 1500)]
    pg.write(frame(drawn, name=["west", "east"]), path)
    words = ["--by", "name", "--of", "districts", "--districts", path]
    rows = ask("concentration", "parcels.gpkg", "zones.shp", *words)["rows"]
    # Two of the four parcels are cut in half at 250 m.
    totals = {row["name"]: row["total"] for row in rows}
    assert totals["west"] == pytest.approx(0.25, rel=1e-6)
    assert totals["east"] == pytest.approx(0.75, rel=1e-6)


def test_land_known_by_cells(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "land.tif"
    # Four columns of cells of 500 m, 3 in the first three; the zone lies on the first two.
    cells = np.array([[3, 3, 3, 9]] * 4, dtype="uint8")
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8", crs="EPSG:4549",
        transform=rasterio.Affine(500, 0, 500_000, 0, -500, 3_300_000),
    ) as made:  # fmt: skip
        made.write(cells, 1)
    ground = gpd.GeoSeries([box(500_000, 3_298_000, 501_000, 3_300_000)], crs="EPSG:4549")
    zone = tmp_path / "zone.gpkg"
    pg.write(gpd.GeoDataFrame({"brand": ["甲"]}, geometry=ground), zone)
    found = ask("concentration", path, zone, "--classes", "3")
    # A straight edge of the zone, 2 km long, is not quite one of the official plane.
    assert found["all"]["ratio"] == pytest.approx(2 / 3, rel=1e-5)
    for words in (["--classes", "industry"], ["--where", "a=b"]):
        assert main(["concentration", str(path), str(zone), *words]) == 1
        assert "raster" in ask.capsys.readouterr().err


def test_what_lies_outside_is_written(ask: Ask, tmp_path: Path) -> None:
    target = tmp_path / "outside.gpkg"
    found = ask("concentration", "parcels.gpkg", "zones.shp", "--scattered", target)
    assert found["scattered"][0]["area_mu"] == pytest.approx(375, rel=1e-9)
    assert pg.measure.area_m2(pg.read(target)).sum() == pytest.approx(250_000, rel=1e-9)


def test_a_plan_costs_what_its_land_costs(ask: Ask, tmp_path: Path) -> None:
    words = ["plan", "parcels.gpkg", "zones.shp", "--classes", "0601", "--extend", "25"]
    curve = tmp_path / "curve.csv"
    found = ask(*words, "--frontier", curve)
    # The parcel outside has 375 mu, of 25 each.
    assert (found["status"], found["currency"]) == ("optimal", "万元")
    assert found["cost"] == pytest.approx(9375, rel=1e-9)
    assert found["after"]["ratio"] == pytest.approx(1.0, rel=1e-9)
    assert found["measures"][0]["measure"] == "extend"
    assert len(pd.read_csv(curve)) == len(found["frontier"])
    assert main([*words, "--budget", "100"]) == 1
    assert "budget" in ask.capsys.readouterr().err


def test_agglomeration_by_region_and_patches(ask: Ask) -> None:
    words = ["agglomeration", "firms.csv", "--region", "district", "--industry", "trade"]
    rows = {row["trade"]: row for row in ask(*words)["rows"]}
    # All fifteen of 34 stand in 甲, which has half of all forty.
    assert rows["34"]["n_plants"] == 15
    assert rows["34"]["location_quotient"] == pytest.approx(2.0)
    assert rows["34"]["hoover"] == pytest.approx(0.5)
    quotients = ask(*words, "--measure", "quotient")["rows"]
    assert max(row["location_quotient"] for row in quotients) == pytest.approx(2.0)
    patches = ask("agglomeration", "parcels.gpkg", "--measure", "patches", "--gap", 10)
    assert patches["rows"][0]["n_patches"] == 3


def test_a_spreadsheet_is_a_table_as_well(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "firms.xlsx"
    pyogrio.write_dataframe(firms(), path, driver="XLSX")
    words = ["--region", "district", "--industry", "industry"]
    rows = ask("agglomeration", path, *words)["rows"]
    assert {row["industry"]: row["n_plants"] for row in rows} == {"机械": 15, "纺织": 25}
    path.write_bytes(b"PK")
    assert main(["agglomeration", str(path)]) == 1
    assert "no table" in ask.capsys.readouterr().err


def test_agglomeration_by_distance_and_of_neighbours(ask: Ask) -> None:
    table = ["firms.csv", "--xy", "lon,lat", "--crs", "EPSG:4490", "--of", "机械"]
    words = ["agglomeration", *table, "--simulations", "20", "--seed", "1"]
    found = ask(*words, "--measure", "kd")
    assert (found["summary"]["n_reference"], found["summary"]["seed"]) == (15, 1)
    assert found["summary"]["localisation_index"] > 0
    relative = ask(*words, "--measure", "m")["rows"]
    assert next(row["observed"] for row in relative if row["observed"] is not None) > 1


def test_like_lies_beside_like(ask: Ask, tmp_path: Path) -> None:
    pytest.importorskip("esda")
    path = tmp_path / "row.gpkg"
    cells = [box(x * 100, 0, x * 100 + 100, 100) for x in range(8)]
    pg.write(frame(cells, value=[1.0, 1, 1, 1, 9, 9, 9, 9]), path)
    words = ["agglomeration", path, "--measure", "moran", "--column", "value"]
    # By hand: six of eight have neighbours like themselves; of the two in the middle they cancel.
    assert ask(*words)["summary"]["moran_i"] == pytest.approx(0.75)


def test_datum_says_what_fits(ask: Ask) -> None:
    found = ask("datum", "zones.gpkg", "--reference", "zones.shp")
    assert (found["stated"], found["verdict"]) == ("cgcs2000", "wgs84")
    wrong = ask("datum", "amap.geojson", "--reference", "zones.gpkg", code=1)
    assert (wrong["stated"], wrong["verdict"]) == ("wgs84", "gcj02")
    assert wrong["candidates"][0]["iou"] == pytest.approx(1.0, abs=1e-3)
    # Around Hangzhou the two are about half a kilometre apart.
    assert wrong["offsets"][0]["distance_m"] == pytest.approx(530, abs=60)
    assert ask("datum", "survey.txt")["projected"] is True


def test_a_file_comes_back_from_another_datum(ask: Ask, tmp_path: Path) -> None:
    target = tmp_path / "back.gpkg"
    found = ask("convert", "amap.geojson", target, "--from", "gcj02", "--to", "cgcs2000")
    assert (found["rows"], found["datum"]) == (2, "cgcs2000")
    back, true = pg.read(target).total_bounds, pg.read("zones.gpkg").total_bounds
    assert back == pytest.approx(true, abs=1e-9)


@pytest.mark.usefixtures("agg")
@pytest.mark.filterwarnings("ignore:.*font:UserWarning")
@pytest.mark.parametrize(
    "words",
    [
        ["overlap", "zones.shp"],
        ["compare", "before.gpkg", "after.gpkg"],
        ["concentration", "parcels.gpkg", "zones.shp", "--by", "district"],
    ],
)
def test_maps_and_figures_by_suffix(ask: Ask, tmp_path: Path, words: list[str]) -> None:
    page, figure = tmp_path / "map.html", tmp_path / "map.png"
    more = ["--language", "en", "-o", page, "-o", figure]
    assert ask("map", *words, *more)["kind"] == words[0]
    html = page.read_text(encoding="utf-8")
    assert not pg.maps.external_loads(html)
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_info_names_what_a_fault_may_come_from(ask: Ask) -> None:
    found = ask("info")
    assert found["parkgeo"] == pg.__version__
    assert {"geos", "proj", "gdal", "packages", "extras"} <= found.keys()
    assert found["packages"]["numba"]
