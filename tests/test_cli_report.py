from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from drawn import frame
from shapely import box

import parkgeo as pg
from parkgeo.cli import main


@pytest.fixture
def parks(tmp_path: Path) -> Path:
    """Two zones of 1 km² that share half a km²; 1.5 km² net."""
    zones = frame(
        [box(0, 0, 1000, 1000), box(500, 0, 1500, 1000)], 园区名称=["西园", "东园"], 级别="省级"
    )
    return pg.write(zones, tmp_path / "parks.gpkg")


@pytest.fixture
def land() -> gpd.GeoDataFrame:
    """Three parcels of 0.25 km²: two inside, one outside."""
    return frame(
        [box(x, 0, x + 500, 500) for x in (0, 1000, 3000)],
        DLBM=["0601", "0601", "0602"],
        区县=["甲", "甲", "乙"],
        year=[2023, 2024, 2024],
    )


@pytest.fixture
def parcels(land: gpd.GeoDataFrame, tmp_path: Path) -> Path:
    return pg.write(land, tmp_path / "parcels.gpkg")


def test_folder_gets_page_and_tables(
    parks: Path, parcels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report"
    assert main(["report", str(parks), str(parcels), "-o", str(out), "--language", "en"]) == 0
    printed = capsys.readouterr()
    assert "1.50 km² (2,250 mu)" in printed.out
    assert "Of 0.75 km² in 3 parcels that count (all parcels), 0.50 km² lie inside" in printed.out
    assert f"written {out / 'index.html'}" in printed.err
    overlaps = pd.read_csv(out / "overlaps.csv")
    assert overlaps["overlap_km2"].tolist() == pytest.approx([0.5], rel=1e-9)
    html = (out / "index.html").read_text(encoding="utf-8")
    assert "parks.gpkg: 2 rows, CRS EPSG:4490" in html
    assert "parcels.gpkg: 3 rows, CRS EPSG:4490" in html


def test_file_gets_the_page_alone(parks: Path, tmp_path: Path) -> None:
    target = tmp_path / "memo" / "zones.html"
    assert main(["report", str(parks), "-o", str(target), "--title", "给市长的报告"]) == 0
    assert "<h1>给市长的报告</h1>" in target.read_text(encoding="utf-8")
    assert [path.name for path in target.parent.iterdir()] == ["zones.html"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--classes", "industry", "--class-system", "三调"], "0.50 km² in 2 parcels"),
        (["--where", "year=2024"], "0.50 km² in 2 parcels"),
        (["--where", "year=2024", "--where", "year=2023"], "0.75 km² in 3 parcels"),
        (["--where", "district=乙"], "0.25 km² in 1 parcel "),
        (["--target", "50%"], "The target is 50.0 %: met, with 0.12 km²"),
    ],
)
def test_options_choose_parcels_and_target(  # noqa: PLR0913, PLR0917 - fixtures
    parks: Path,
    parcels: Path,
    tmp_path: Path,
    options: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["report", str(parks), str(parcels), "-o", str(tmp_path / "a.html"), "--language", "en"]
    assert main([*words, *options]) == 0
    assert said in capsys.readouterr().out


def test_each_file_has_its_own_crs_and_names(
    land: gpd.GeoDataFrame, parks: Path, tmp_path: Path
) -> None:
    source = tmp_path / "land.shp"
    pg.write(land.rename(columns={"DLBM": "用途"}).to_crs("EPSG:4549"), source, encoding="gbk")
    source.with_suffix(".prj").unlink()
    target = tmp_path / "a.html"
    words = ["report", str(parks), str(source), "-o", str(target), "--parcels-crs", "EPSG:4549"]
    assert main([*words, "--parcels-encoding", "gbk", "--parcels-alias", "用途=class_code"]) == 0
    html = target.read_text(encoding="utf-8")
    assert "land.shp：3 行，坐标系 EPSG:4549，编码 gbk" in html


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.gpkg"], "nothing.gpkg"),
        (["{parks}", "--where", "a=b"], "name a file of parcels too"),
        (["{parks}", "{parcels}", "--where", "color=red"], "no column 'color'"),
        (["{parks}", "{parcels}", "--where", "year=late"], "holds numbers"),
        (["{parks}", "{parcels}", "--by", "street"], "'street'"),
        (["{parks}", "--basemap", "moon"], "unknown basemap"),
    ],
)
def test_what_cannot_be_done_is_exit_1_and_leaves_nothing(  # noqa: PLR0913, PLR0917 - fixtures
    parks: Path,
    parcels: Path,
    tmp_path: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    given = [word.format(parks=parks, parcels=parcels) for word in words]
    assert main(["report", *given, "-o", str(out)]) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("share", ["70", "much", "-1", "150%"])
def test_a_share_that_is_none_is_wrong_usage(
    share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report", "a.gpkg", f"--target={share}"])
    assert caught.value.code == 2
    assert "share" in capsys.readouterr().err
