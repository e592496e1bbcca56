"""The code of the pages runs, in the order of the page, on a desk with made-up frames and files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import desk
import geopandas as gpd
import numpy as np
import pytest
from docs_pages import DOCS, blocks

import parkgeo as pg

pytestmark = pytest.mark.usefixtures("agg")

Names = dict[str, Any]
README: Final = DOCS.parent / "README.md"
PAGES: Final = sorted(page for page in (*DOCS.glob("*.md"), README) if blocks(page, "python"))
LEFT_OUT: Final = {
    ("census.md", 2): "reads a spreadsheet, for which nothing is installed",
    (
        "fourbounds.md",
        1,
    ): "names places of somebody's own gazetteer",
    ("gazetteer.md", 0): "reads OSM PBF, which nothing here writes",
    ("maps.md", 8): "fetches scripts over the network",
    ("scale.md", 0): "runs on Spark; tests/scale",
    ("scale.md", 1): "reads a survey in a format that nothing here writes",
}
"""Blocks that are not run, by page and number, and why."""


def own_city(names: Names) -> None:
    names["parks"] = desk.frames()["parks"]


def many_parcels(names: Names) -> None:
    pytest.importorskip("esda", reason="spatial autocorrelation needs the extra [stats]")
    city = pg.datasets.synthetic_city()
    parcels = city.parcels.head(40)
    # As many plants as before, on the ground of this city.
    ground = parcels.geometry.sample_points(3, rng=1).explode(ignore_index=True)
    plants = names["plants"]
    places = ground.head(len(plants)).set_axis(plants.index)
    names |= {
        "parcels": parcels.assign(output_per_mu=np.arange(40.0)), "parks": city.parks,
        "plants": plants.set_geometry(places),
    }  # fmt: skip


def columns_of_their_own(names: Names) -> None:
    parks = names["parks"].rename(columns={"brand": "地盘"})
    pg.write(parks.assign(批准面积=100.0, 备用="-"), "zones.shp")


def named_streets(names: Names) -> None:
    names["lines"] = pg.gazetteer.read("roads.gpkg")


def gazetteer(names: Names) -> None:
    names["gaz"] = pg.gazetteer.read("roads.gpkg")


def plants_in_districts(names: Names) -> None:
    districts = names["districts"]
    places = districts.geometry.sample_points(30, rng=1).explode(ignore_index=True)
    columns = {"industry": ["C39", "C27"] * 30, "employment": 10.0, "name": "厂"}
    names["plants"] = gpd.GeoDataFrame(columns, geometry=places, crs=districts.crs)


def a_city(names: Names) -> None:
    names["city"] = pg.datasets.synthetic_city()


def firms_of_parks(names: Names) -> None:
    columns = {"brand_id": ["binfu", "binxiao", "hitech"], "district": ["富阳", "萧山", "滨江"]}
    names["firms"] = names["pd"].DataFrame({**columns, "output": 100.0, "tax": 10.0})


def firms_of_a_city(names: Names) -> None:
    city = pg.datasets.synthetic_city()
    words = {"environment_veto": "环保", "safety_veto": "安全", "exempt": "new"}
    firms = city.firms.rename(columns=words).assign(industry="C").drop(columns="output")
    names |= {"firms": firms, "parcels": city.parcels}


def two_evaluations(names: Names) -> None:
    asked = pg.policy.targets("杭政函〔2023〕13号").head(5)
    for name, day in {"now": "2024-06-30", "last_quarter": "2024-03-31"}.items():
        names[name] = pg.policy.evaluate(names["figures"], asked, on=day, by="zone")


def files_that_say_little(names: Names) -> None:
    shifted = pg.crs.to_datum(names["parks"], "gcj02")
    shifted.set_crs("EPSG:4326", allow_override=True).to_file("zones.geojson")
    pg.write(names["parks"].to_crs("EPSG:4549"), "zones.shp")
    Path("zones.shp").with_suffix(".prj").unlink()
    Path("zones.parkgeo.json").unlink()


def two_shapefiles(names: Names) -> None:
    shifted = pg.crs.to_datum(names["parcels"], "gcj02").set_crs("EPSG:4326", allow_override=True)
    for path in ("a.shp", "b.shp"):
        pg.write(shifted, path, encoding="GBK")


TAKEN: Final[dict[tuple[str, int], Callable[[Names], None]]] = {
    ("README.md", 1): own_city,
    ("agglomeration.md", 0): many_parcels,
    ("formats.md", 0): columns_of_their_own,
    ("fourbounds-describe.md", 0): named_streets,
    ("index.md", 1): named_streets,
    ("gazetteer.md", 1): gazetteer,
    ("maps.md", 5): plants_in_districts,
    ("maps.md", 6): a_city,
    ("policy-accounts.md", 0): firms_of_parks,
    ("policy-per-mu.md", 0): firms_of_a_city,
    ("policy.md", 3): two_evaluations,
    ("quickstart.md", 0): files_that_say_little,
    ("streaming.md", 0): two_shapefiles,
}
"""What a block takes for granted beside the desk, by page and number."""


@pytest.fixture(scope="session")
def drawers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that pages read."""
    folder = tmp_path_factory.mktemp("desk")
    desk.files(folder)
    return folder


def test_exceptions_are_of_blocks_that_are_there() -> None:
    numbers = {(page.name, n) for page in PAGES for n in range(len(blocks(page, "python")))}
    assert {*LEFT_OUT, *TAKEN} <= numbers
    assert not {*LEFT_OUT} & {*TAKEN}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_runs(
    page: Path, drawers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(drawers, tmp_path / "desk"))
    names = desk.frames()
    for number, code in enumerate(blocks(page, "python")):
        where = (page.name, number)
        if where in LEFT_OUT or ">>>" in code:
            continue
        if where in TAKEN:
            TAKEN[where](names)
        exec(compile(code, f"{page.name}, block {number}", "exec"), names)  # noqa: S102
