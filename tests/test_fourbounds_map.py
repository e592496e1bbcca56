"""What the map of a resolution holds, read from the page; what it looks like is for the browser."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pages import payload
from shapely import LineString
from shapely.geometry import shape as from_geojson
from test_fourbounds_resolution import STATED_M2, closed, gappy, whole
from test_fourbounds_resolve import GRID, SIDES, SQUARE, block, drawn, gazetteer_of

from parkgeo import maps
from parkgeo._style import PALETTE
from parkgeo.errors import ParkgeoError, UnknownNameError
from parkgeo.fourbounds import resolve
from parkgeo.fourbounds._show import COLORS, STATUSES


def test_one_map_under_two_names() -> None:
    found = whole()
    assert payload(found.map()) == payload(maps.resolution_map(found))


def test_saved_map_loads_nothing(tmp_path: Path) -> None:
    page = maps.save(closed().map(), tmp_path / "map.html").read_text(encoding="utf-8")
    assert maps.external_loads(page) == []


def test_page_is_the_same_in_jupyter() -> None:
    assert maps.external_loads(closed().map()._repr_html_()) == []


def test_tiles_are_asked_for_twice(tmp_path: Path) -> None:
    m = whole().map(basemap="osm")
    with pytest.raises(ParkgeoError, match=r"tile\.openstreetmap\.org"):
        maps.save(m, tmp_path / "map.html")


def test_block_is_drawn_where_it_lies() -> None:
    data = payload(whole().map())
    square = drawn(from_geojson(data["block"]))
    assert square.symmetric_difference(SQUARE).area < 1e-3 * SQUARE.area
    (south, west), (north, east) = data["bounds"]
    assert shapely.box(west, south, east, north).covers(from_geojson(data["block"]).centroid)


def test_each_side_has_a_colour_of_its_own() -> None:
    assert len(set(COLORS.values())) == len(COLORS) == 8
    assert set(COLORS.values()) <= set(PALETTE)
    sides = payload(whole().map())["sides"]
    assert len({side["color"] for side in sides}) == 4


@pytest.mark.parametrize("color", COLORS.values())
def test_colours_are_seen_on_the_ground(color: str) -> None:
    """Contrast by WCAG 2; the light blue of the scheme, left out, has 1.7."""

    def luminance(code: str) -> float:
        parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot((0.2126, 0.7152, 0.0722), linear))

    assert (luminance("#f4f6f5") + 0.05) / (luminance(color) + 0.05) > 1.9


def test_a_status_is_told_without_colour() -> None:
    signs = [status.sign for status in STATUSES.values()]
    assert len(set(signs)) == len(signs)
    for language in ("zh", "en"):
        words = [getattr(status.label, language) for status in STATUSES.values()]
        assert len(set(words)) == len(words)


def test_pieces_are_drawn_as_what_they_are() -> None:
    data = payload(gappy().map())
    by_how: dict[str, set[str]] = {}
    for piece in data["pieces"]:
        by_how.setdefault(piece["how"], set()).add(piece["dash"])
    assert by_how["line"] == by_how["beyond"] == {""}
    assert len(by_how["bridge"]) == 1
    assert "" not in by_how["bridge"]
    by_area = {p["dash"] for p in payload(closed().map())["pieces"] if p["how"] == "closing"}
    assert not by_area & (by_how["bridge"] | {""})


def test_a_side_placed_where_lines_end_is_drawn_otherwise_than_one_placed_by_area() -> None:
    ends = {
        "朝阳大街": LineString([(2000, -600), (2000, 2000)]),
        "长安街": LineString([(0, -600), (0, 2000)]),
        "滨河路": GRID["滨河路"],
    }
    found = resolve(block(SIDES), gazetteer_of(ends))
    assert found.sides["status"].tolist()[-1] == "inferred"
    (inferred,) = [p for p in payload(found.map())["pieces"] if p["how"] == "closing"]
    (by_area,) = [p for p in payload(closed().map())["pieces"] if p["how"] == "closing"]
    assert inferred["dash"] != by_area["dash"]


def test_a_reference_without_a_line_is_listed_and_has_no_piece() -> None:
    found = resolve(block(SIDES | {"north": "望山道—后街"}), gazetteer_of(GRID))
    data = payload(found.map())
    at = next(i for i, side in enumerate(data["sides"]) if side["asked"]["en"] == "后街")
    assert data["sides"][at]["sign"] == "✕"
    assert at not in {piece["row"] for piece in data["pieces"]}


def test_card_of_a_side_gives_the_figures_of_the_frame() -> None:
    found = gappy()
    north = found.sides.set_index("side").loc["north"]
    side = next(s for s in payload(found.map())["sides"] if s["side"]["en"] == "North")
    card = {label["en"]: value["en"] for label, value in side["card"]}
    assert card["As written"] == "望山道"
    assert card["Matched name"] == "望山道 (exact, 1.00)"
    assert card["Gaps bridged"] == f"{north['gap_bridged_m']:.0f} m" == "173 m"
    assert card["Off its direction"] == "0°"
    assert card["Length"].startswith(f"{north['length_m'] / 1000:.2f} km")


def test_summary_says_how_the_area_was_used() -> None:
    known = resolve(block(SIDES, area_m2=STATED_M2), gazetteer_of(GRID), use_area=False)
    summary = {label["en"]: value["en"] for label, value in payload(known.map())["summary"]}
    assert summary["Area"] == "4.00 km² (6,000 mu)"
    assert summary["Against stated"].startswith("0.0 %; the stated area was not used")
    assert summary["Finding"] == "The stated area agrees with the sides."
    without = {label["en"]: value["en"] for label, value in payload(whole().map())["summary"]}
    assert without["Stated area"] == "none in the text"
    assert "Against stated" not in without


def test_rivals_say_how_much_they_share_with_the_first() -> None:
    # A second street of the same name, 300 m inside the first.
    town = [*GRID.items(), ("朝阳大街", LineString([(1700, -600), (1700, 2600)]))]
    found = resolve(block(SIDES), gazetteer_of(town))
    (rival,) = payload(found.map())["candidates"]
    areas = found.candidates["area_km2"]
    # One lies inside the other, so what they share is the smaller of the two.
    share = 100 * areas.min() / areas.max()
    assert rival["lines"][0]["en"] == f"Overlap with the first {share:.1f} %"
    # Its number stands at a corner that the first has not.
    lat, lon = rival["label"]
    assert shapely.Point(lon, lat).distance(found.geometry.exterior) > 0.002
    assert payload(closed().map())["legend"]


def test_title_is_the_name_of_the_block_unless_given() -> None:
    found = whole()
    assert payload(found.map())["title"] == {"zh": "街区", "en": "街区"}
    assert payload(found.map(title="高新区"))["title"]["en"] == "高新区"
    nameless = payload(replace(found, name=None).map())
    assert nameless["title"] == {"zh": "未命名区块", "en": "Block without a name"}
    assert "<title>高新区</title>" in found.map(title="高新区").get_root().render()


def test_attribution_is_that_given_or_the_sources() -> None:
    assert payload(whole().map())["attribution"] == "drawn"
    assert payload(whole().map(attribution="© X"))["attribution"] == "© X"


@pytest.mark.parametrize("name", ["</script><script>", "{{7*7}}", "a\ud800b", "a\u2028b"])
def test_hostile_names_stay_data(name: str) -> None:
    found = replace(whole(), name=name, warnings=(name,))
    data = payload(found.map())
    shown = name.replace("\ud800", "?")
    assert data["title"]["zh"] == data["warnings"][0]["en"] == shown


@pytest.mark.parametrize("option", [{"language": "fr"}, {"basemap": "bing"}])
def test_unknown_options_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(UnknownNameError, match=next(iter(option.values()))):
        whole().map(**option)


def test_drawing_changes_nothing() -> None:
    found = gappy()
    before = found.sides.copy(), found.pieces.copy(), found.candidates.copy()
    found.map()
    for old, new in zip(before, (found.sides, found.pieces, found.candidates), strict=True):
        assert old.equals(new)


def test_a_line_that_the_text_does_not_name_is_not_drawn_as_a_match() -> None:
    # A street without a name in the text, where the north side of the stated area would be.
    found = resolve(
        block(SIDES | {"north": "后街"}, area_m2=STATED_M2), gazetteer_of(GRID), use_area=True
    )
    north = found.sides.set_index("side").loc["north"]
    assert north["status"] == "area-closed"
    (piece,) = [p for p in payload(found.map())["pieces"] if p["row"] == 3 and p["how"] != "beyond"]
    (straight,) = [p for p in payload(closed().map())["pieces"] if p["how"] == "closing"]
    assert piece["how"] == "line"
    assert piece["dash"] == straight["dash"] != ""
    assert payload(found.map())["sides"][3]["status"]["zh"] == "按面积闭合：望山道（最近的线）"
