"""Figures that pages give of parkgeo itself are those of the code."""

import re

import geopandas as gpd
import pytest
from docs_pages import DOCS
from shapely import box

import parkgeo as pg
from parkgeo.fourbounds import _geometry, _resolve_area, _resolve_match, _resolve_score


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def rows(name: str, first: str) -> list[list[str]]:
    """Give the cells of the table of a page that has a word in its head."""
    (table,) = [
        table
        for table in re.findall(r"(?:^\|.*\n)+", page(name), re.MULTILINE)
        if first in table.splitlines()[0]
    ]
    return [
        [cell.strip().strip("`") for cell in row.strip("|").split(" | ")]
        for row in table.splitlines()[2:]
    ]


def test_the_page_of_checks_names_every_code() -> None:
    cells = "".join(f"`{cell}`" for _, cell in rows("check", "codes"))
    named = set(re.findall(r"`([a-z-]+)`", cells))
    assert named == set(pg.check.CODES)


def test_the_page_of_classes_counts_them() -> None:
    counted = {row[0]: int(re.findall(r"\d+", row[3])[0]) for row in rows("landuse", "codes")}
    assert counted == pg.landuse.sources()["classes"].to_dict()


def test_the_page_of_policy_counts_what_documents_say() -> None:
    listed = pg.policy.indicators().groupby(["document_id", "role"], sort=False).size()
    counts = listed.unstack(fill_value=0).reindex(pg.policy.documents()["document_id"])
    table = [[int(cell) for cell in row[1:]] for row in rows("policy", "targets")]
    assert table == counts[["target", "fact", "rule"]].to_numpy().tolist()


def test_the_page_of_names_gives_their_scores() -> None:
    given = {(row[2], float(row[1][:4])) for row in rows("gazetteer", "likeness")}
    spelled = {"kin": "variant", "chain": "part"}
    assert given == {(spelled.get(way, way), score) for way, score in pg.gazetteer.SCORES.items()}


def test_the_page_of_columns_names_those_of_the_frame() -> None:
    named = [column for row in rows("gazetteer", "column") for column in re.findall(r"\w+", row[0])]
    assert tuple(named) == pg.gazetteer.FOUND_COLUMNS


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Strands within {} m of each other are one line", _geometry.HOP_M),
        ("joined by bridges of up to {} km", _geometry.MAX_BRIDGE_M / 1_000),
        ("A line more than {} km from that spot", _resolve_match.FAR_M / 1_000),
        ("{} m on lines (OpenStreetMap", _resolve_score.LINE_ACCURACY_M),
        ("when a strip of at most {} m along the border", _resolve_area.NET_STRIP_M),
        ("`agrees`: within {} %", _resolve_area.AGREES * 100),
        (r"\exp(-|\ln(A/S)|/{})", _resolve_score.AREA_SCALE),
        ("where a side has no line, at most {}", _resolve_score.CLOSED_AT_MOST),
    ],
)
def test_the_page_of_bounds_gives_the_limits_of_the_code(words: str, value: float) -> None:
    text = " ".join(page("fourbounds").split())
    assert words.format(f"{value:g}") in text


def test_the_bundled_grid_has_the_share_that_the_page_says() -> None:
    found = pg.raster.concentration(pg.datasets.hangzhou_industrial_share(), pg.datasets.hangzhou())
    said = f"gives {found['inside'].iloc[0]:.3f} km² inside of {found['total'].iloc[0]:.2f} km²"
    assert said in page("raster")


def test_the_synthetic_city_has_the_fates_that_the_page_says() -> None:
    city = pg.datasets.synthetic_city()
    measured = pg.policy.platform_attributes(
        city.parks_before, parcels=city.parcels, firms=city.firms, core=city.core, units=city.units
    )
    fates = pg.policy.fate(measured)["fate"].value_counts().to_dict()
    assert fates == {"host": 2, "merged": 5, "innovative": 3, "kept": 1, "phased_out": 4}
    said = (
        "two are hosts, five are merged, three turned innovative, one is kept, and four are phased"
    )
    assert said in page("policy-platforms")


def test_the_cell_of_the_page_of_areas_has_its_area() -> None:
    cell = gpd.GeoSeries([box(120, 30, 120 + 3.75 / 60, 30 + 2.5 / 60)], crs="EPSG:4490")
    said = f"{pg.measure.area_m2(cell).iloc[0]:,.3f}".replace(",", " ")
    assert said in page("area")
