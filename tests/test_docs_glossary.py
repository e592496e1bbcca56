"""The glossary has every word that a frame can hold, and every class, in both languages."""

import enum
import inspect
import re
from typing import Final

import geopandas as gpd
import pytest
from docs_pages import DOCS

import parkgeo as pg
from parkgeo import tables
from parkgeo.check import Severity
from parkgeo.overlap._pairs import RELATIONS

PAGE: Final = (DOCS / "glossary.md").read_text("utf-8")
ENUMS: Final = [
    ("Level", pg.model.Level),
    ("Kind of brand", pg.model.Kind),
    ("Method", pg.model.Method),
    ("Kind of line", pg.model.LineKind),
    ("Use of industrial land", pg.census.Use),
    ("Status of industrial land", pg.census.Status),
    ("Activity of a firm", pg.census.Activity),
    ("Fate of a platform", pg.policy.Fate),
]


def rows(heading: str) -> list[list[str]]:
    """List the cells of the first table under a heading, without its head."""
    after = PAGE.split(f" {heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert lines is not None, heading
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines()
    ]
    return cells[2:]


def names(heading: str) -> list[str]:
    """List the words in the first column of a table."""
    return [name for row in rows(heading) for name in re.findall(r"`([^`]+)`", row[0])]


@pytest.mark.parametrize(("heading", "words"), ENUMS)
def test_values_have_the_labels_of_the_code(heading: str, words: type[pg.model.Labelled]) -> None:
    assert rows(heading) == [[f"`{one}`", one.label_en, one.label_zh] for one in words]


def test_relations_sides_and_severities_are_all_there() -> None:
    assert names("Relation of two brands") == list(RELATIONS)
    assert names("Severity of a finding") == list(Severity)
    documented = re.findall(r"``([a-z-]+)``[;,]", str(pg.fourbounds.Resolution.__doc__))
    assert set(names("Status of a side")) <= set(documented)
    assert set(pg.datasets.hangzhou()["sides"].str.extractall(r"(?:^|[;:,] )([a-z-]+) ")[0]) <= {
        *names("Status of a side"),
        *("east", "south", "west", "north"),
    }


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("parks", tables.PARK_COLUMNS),
        ("parcels", tables.PARCEL_COLUMNS),
        ("enterprises", tables.ENTERPRISE_COLUMNS),
        ("lines", tables.LINE_COLUMNS),
    ],
)
def test_columns_of_a_frame_are_all_there(table: str, columns: tuple[tables.Column, ...]) -> None:
    assert {column.name for column in columns} <= set(names(table))


def test_columns_of_results_are_all_there(town: gpd.GeoDataFrame) -> None:
    city = pg.datasets.synthetic_city()
    industry = {"classes": "industry"}
    results = [
        pg.overlap.pairs(town.assign(accuracy_m=1.0)),
        pg.overlap.partition(town),
        pg.concentration.ratio(city.parcels, city.parks, **industry),
        pg.concentration.scattered(city.parcels, city.parks, **industry).clusters,
    ]
    columns = {column for result in results for column in result.columns}
    assert columns - {"geometry"} <= set(names("Results"))


def test_public_classes_and_errors_are_all_there() -> None:
    public = {
        f"{module}.{name}"
        for module in pg.__all__
        if inspect.ismodule(part := getattr(pg, module))
        for name in part.__all__
        if inspect.isclass(getattr(part, name))
    }
    inner = {"model.Labelled", "tables.Column"}  # what the others are made of
    listed = re.findall(r"\{(?:class|exc)\}`~parkgeo\.([\w.]+)`", PAGE)
    assert sorted(listed) == sorted(public - inner)


def test_terms_stand_in_order_and_have_a_chinese_term() -> None:
    glossary = PAGE.split("```{glossary}\n")[1].split("```")[0]
    terms = re.findall(r"^(\S.*)\n {2}(.*)$", glossary, re.MULTILINE)
    assert [term for term, _ in terms] == sorted((term for term, _ in terms), key=str.casefold)
    assert [term for term, text in terms if not re.match(r"(UpSet )?[\u4e00-\u9fff]", text)] == []


def test_the_chinese_glossary_has_the_same_terms() -> None:
    glossary = PAGE.split("```{glossary}\n")[1].split("```")[0]
    english = re.findall(r"^(\S.*)\n {2}", glossary, re.MULTILINE)
    chinese = (DOCS / "zh" / "glossary.md").read_text("utf-8")
    listed = re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", chinese, re.MULTILINE)
    assert sorted(english) == sorted(set(listed) - {"English"})


def test_every_enumeration_of_the_package_is_in_the_tables() -> None:
    found = {
        getattr(part, name)
        for module in pg.__all__
        if inspect.ismodule(part := getattr(pg, module))
        for name in part.__all__
        if inspect.isclass(getattr(part, name)) and issubclass(getattr(part, name), enum.Enum)
    }
    assert found == {words for _, words in ENUMS} | {pg.model.Labelled, Severity}
