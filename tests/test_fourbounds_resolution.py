"""The pieces of a border, and the card that stands for a resolution in a notebook."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import geopandas as gpd
import pytest
import shapely
from conftest import from_metres
from shapely import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry
from test_fourbounds_resolve import GRID, SIDES, block, drawn, gazetteer_of, lines_of

from parkgeo import maps
from parkgeo.fourbounds import Resolution, resolve

STATED_M2 = 4e6
NORTHLESS = {name: line for name, line in GRID.items() if name != "望山道"}
GAP = MultiLineString([[(-600, 2000), (900, 2000)], [(1100, 2000), (2600, 2000)]])
"""The northern street, not drawn over 200 m."""


def whole() -> Resolution:
    return resolve(block(SIDES), gazetteer_of(GRID))


def gappy() -> Resolution:
    return resolve(block(SIDES), gazetteer_of(GRID | {"望山道": GAP}))


def closed() -> Resolution:
    return resolve(block(SIDES, area_m2=STATED_M2), gazetteer_of(NORTHLESS))


def chained() -> Resolution:
    upper = LineString([(2000, 2600), (2000, 1000)])
    lower = LineString([(2000, 1000), (3000, 0), (3600, -600)])
    town = GRID | {"朝阳大街": upper, "迎宾路": lower, "滨河路": LineString([(-600, 0), (3600, 0)])}
    return resolve(block(SIDES | {"east": "朝阳大街—迎宾路"}), gazetteer_of(town))


def border(found: Resolution) -> gpd.GeoDataFrame:
    return found.pieces[found.pieces["how"] != "beyond"]


def metres(shapes: gpd.GeoSeries) -> list[float]:
    """Length on the ground, from PROJ."""
    geod = shapes.crs.get_geod()
    return [geod.geometry_length(shape) for shape in shapes]


@pytest.mark.parametrize("make", [whole, gappy, closed, chained])
def test_pieces_are_the_border_end_to_end(make: Callable[[], Resolution]) -> None:
    found = make()
    parts = border(found).geometry.tolist()
    for one, following in zip(parts, [*parts[1:], parts[0]], strict=True):
        assert shapely.get_point(one, -1).distance(shapely.get_point(following, 0)) < 1e-9
    ring = drawn(found.geometry).exterior
    joined = [drawn(part) for part in parts]
    assert shapely.union_all(joined).hausdorff_distance(ring) < 0.01
    assert sum(part.length for part in joined) == pytest.approx(ring.length, rel=1e-6)


@pytest.mark.parametrize("make", [whole, gappy, closed, chained])
def test_each_piece_belongs_to_a_row_of_the_sides(make: Callable[[], Resolution]) -> None:
    found = make()
    pieces = border(found).assign(metres=metres(border(found).geometry))
    rows = found.sides.set_index(["side", "position"])
    for how, column in (("line", "length_m"), ("bridge", "gap_bridged_m")):
        of_kind = pieces[pieces["how"] == how].groupby(["side", "position"])["metres"].sum()
        for key, length in of_kind.items():
            # The resolver measures in a 3° zone, whose scale is off by up to 2 in 10 000.
            assert rows.loc[key, column] == pytest.approx(length, rel=1e-3)
    lengths = pieces.groupby(["side", "position"])["metres"].sum()
    assert set(lengths.index) <= set(rows.index)


def test_a_gap_is_a_bridge_and_the_rest_is_line() -> None:
    north = border(gappy())[lambda pieces: pieces["side"] == "north"]
    assert sorted(north["how"]) == ["bridge", "line", "line"]
    assert set(north["name"]) == {"望山道"}
    (bridge,) = north[north["how"] == "bridge"].geometry
    assert drawn(bridge).equals_exact(LineString([(900, 2000), (1100, 2000)]), 0.5)


def test_a_side_without_a_line_is_closing_and_bears_no_name() -> None:
    north = border(closed())[lambda pieces: pieces["side"] == "north"]
    assert north["how"].tolist() == ["closing"]
    assert north["name"].isna().all()


def test_lines_go_on_beyond_the_block_but_not_for_ever() -> None:
    long = GRID | {"朝阳大街": LineString([(2000, -9000), (2000, 9000)])}
    found = resolve(block(SIDES), gazetteer_of(long))
    beyond = found.pieces[found.pieces["how"] == "beyond"].set_index("side").geometry
    assert set(beyond.index) == set(SIDES)
    ring = shapely.boundary(drawn(found.geometry))
    for shape in beyond:
        # They begin where the border leaves the line.
        assert 0.0 <= drawn(shape).distance(ring) < 2.0
    south, north = drawn(beyond["east"]).bounds[1::2]
    assert -1400 < south < -600
    assert 2600 < north < 3400


def test_sources_of_the_lines_under_the_border_are_told() -> None:
    other = {"远路": LineString([(-600, 9000), (2600, 9000)])}
    lines = gazetteer_of(GRID).add(lines_of(other), source="elsewhere")
    assert resolve(block(SIDES), lines).sources == ("drawn",)
    mixed = gazetteer_of(NORTHLESS).add(lines_of({"望山道": GRID["望山道"]}), source="survey")
    assert resolve(block(SIDES), mixed).sources == ("drawn", "survey")


def test_pieces_are_on_the_ground() -> None:
    pieces = whole().pieces
    assert pieces.crs == "EPSG:4490"
    assert pieces.columns.tolist() == ["side", "position", "name", "how", "geometry"]
    assert pieces.geometry.is_valid.all()


# In a notebook


class Cells(HTMLParser):
    """Collects what a reader sees, and every tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_card_says_what_was_found_of_each_side() -> None:
    card = Cells(closed()._repr_html_())
    lines = card.text.split("\n")
    assert lines[0] == "街区"
    assert "4.00 km²" in card.text
    assert "stated 4.00, +0.0%, used" in card.text
    assert lines.count("✓ Found") == lines.count("查得") == 3
    assert lines.count("◇ Placed by area") == lines.count("按面积闭合") == 1
    assert card.text.count("朝阳大街") == 2  # as written, and as matched
    assert "the north side was placed so that the stated area is met" in card.text


def test_card_and_warnings_say_all_in_both_languages() -> None:
    found = closed()
    card = Cells(found._repr_html_())
    assert len(found.warnings_zh) == len(found.warnings) > 0
    for text in (*found.warnings, *found.warnings_zh):
        assert text in card.text
    assert "北边按公布面积推定，面积相符不能作为佐证" in found.warnings_zh
    assert "公布面积 4.00 平方公里，相差 +0.0%，已参与推定；置信度" in card.text
    for heading in ("Side\n方位", "As written\n原文", "Remark\n说明"):
        assert heading in card.text
    assert "north 北\n" in card.text
    assert "未公布面积；置信度" in Cells(replace(found, stated_area_km2=None)._repr_html_()).text
    # A warning that a user wrote stands there once.
    assert Cells(replace(found, warnings=("by hand",))._repr_html_()).text.count("by hand") == 1


def test_card_draws_each_side_as_what_it_is() -> None:
    svg = re.search(r"<svg.*</svg>", closed()._repr_html_())[0]
    paths = re.findall(r"<path [^>]*fill=\"none\"[^>]*>", svg)
    dashed = [path for path in paths if "stroke-dasharray" in path]
    assert (len(paths), len(dashed)) == (4, 1)
    assert len({re.search(r'stroke="(#\w+)"', path)[1] for path in paths}) == 4


def test_card_is_small_and_fetches_nothing() -> None:
    html = gappy()._repr_html_()
    assert maps.external_loads(html) == []
    assert "<script" not in html
    assert len(html) < 20_000


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a\"b'c", "{{7*7}}", "&lt;b&gt;", "长" * 10_000]
)
def test_hostile_names_are_text(name: str) -> None:
    town: dict[str, BaseGeometry] = {**GRID, name: GRID["望山道"]}
    found = resolve(block(SIDES | {"north": name}), gazetteer_of(town))
    found = replace(found, name=name, warnings=(name,))
    card = Cells(found._repr_html_())
    assert not set(card.tags) & {"script", "img", "iframe"}
    assert set(card.tags) == set(Cells(whole()._repr_html_()).tags) | {"ul", "li"}
    assert card.text.count(name) >= 4  # name, warning, as written, as matched


def test_card_of_a_block_that_is_a_point_of_no_name_and_area() -> None:
    small = from_metres(shapely.box(0, 0, 0.01, 0.01))
    html = replace(whole(), name=None, geometry=small)._repr_html_()
    assert "Block" in Cells(html).text
    assert "nan" not in html
