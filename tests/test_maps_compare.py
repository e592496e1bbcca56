"""What the map of two states says: numbers of :mod:`parkgeo.overlap`, and areas told by hand.

======  ====================  ====================  =============================================
brand   before                after                 which makes
======  ====================  ====================  =============================================
a       (0, 0)–(2000, 1000)   (0, 0)–(3000, 1000)   had 2, has 3, kept 2, gained 1 (all from b)
b       (2000, 0)–(3000,      none                  had 1, lost 1, all of it to a
        1000)
c       none                  (0, 2000)–(1000,      gained 1, from outside
                              3000)
d       (5000, 0)–(6000,      (5500, 0)–(6000,      had 1, has 0.5, lost 0.5, to outside
        1000)                 1000)
e       no geometry           none                  no extent
======  ====================  ====================  =============================================
"""

import geopandas as gpd
import pandas as pd
import pytest
from drawn import frame
from shapely import Point, Polygon, box
from test_maps import payload

from parkgeo import maps, overlap
from parkgeo.errors import (
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)


@pytest.fixture(scope="module")
def before() -> gpd.GeoDataFrame:
    return frame(
        [box(0, 0, 2000, 1000), box(2000, 0, 3000, 1000), box(5000, 0, 6000, 1000), None],
        brand_id=["a", "b", "d", "e"],
        brand=["甲", "乙", "丁", "戊"],
        brand_en=["Alpha", "Beta", "Delta", "Epsilon"],
        administrator=["east", "east", "west", "west"],
        reasons=[None, None, None, "no text"],
    )


@pytest.fixture(scope="module")
def after() -> gpd.GeoDataFrame:
    return frame(
        [box(0, 0, 3000, 1000), box(0, 2000, 1000, 3000), box(5500, 0, 6000, 1000)],
        brand_id=["a", "c", "d"],
        brand=["甲新", "丙", "丁"],
        brand_en=["Alpha new", "Gamma", "Delta"],
        administrator=["east", "east", "west"],
    )


def said(rows: list[list[dict[str, str]]], language: str = "en") -> dict[str, str]:
    """Read label and text of a card."""
    return {label[language]: text[language] for label, text in rows}


def test_each_brand_has_its_balance(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> None:
    found = payload(maps.compare_map(before, after))
    brands = {brand["name"]["en"]: brand for brand in found["brands"]}
    assert {name: brand["places"] for name, brand in brands.items()} == {
        "Alpha new": [0, 1], "Beta": [0], "Delta": [0, 1], "Epsilon": [], "Gamma": [1],
    }  # fmt: skip
    alpha = said(brands["Alpha new"]["card"])
    assert alpha["Had (Before)"] == "2.00 km² (3,000 mu)"
    assert alpha["Has (After)"] == "3.00 km² (4,500 mu)"
    assert alpha["Gained"] == "1.00 km² (1,500 mu)"
    assert alpha["of which from other brands"] == "1.00 km² (1,500 mu)"
    assert "of which from outside" not in alpha
    assert brands["Alpha new"]["bar"] == pytest.approx([0, 2, 1])
    assert said(brands["Beta"]["card"])["of which to other brands"] == "1.00 km² (1,500 mu)"
    assert said(brands["Delta"]["card"])["of which to outside"] == "0.50 km² (750 mu)"
    assert brands["Gamma"]["flows"]["en"] == "kept 0.00 · gained +1.00 · lost 0.00"
    assert brands["Delta"]["areas"]["zh"] == "1.00 → 0.50 平方公里"


def test_summary_counts_nothing_twice(after: gpd.GeoDataFrame) -> None:
    twice = pd.concat([after, after.iloc[[0]].assign(brand_id="z")])
    summary = said(payload(maps.compare_map(twice, after))["summary"])
    assert summary["Brands with an extent"] == "4 → 3"
    assert summary["Brands added up"] == "7.50 → 4.50 km²"
    assert summary["Net area (Before)"].startswith("4.50 km²")
    assert summary["Net area (After)"].startswith("4.50 km²")
    assert summary["Change of net area"] == "0.0 %"


def test_ground_is_that_of_compare(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> None:
    found = payload(maps.compare_map(before, after))
    table = overlap.compare(before, after)
    assert len(found["faces"]) == len(table)
    areas = {row["kind"]: row["area"]["en"] for row in found["changes"]}
    # The ground of b is a's now; c came, half of d went, a and the other half of d stayed.
    assert areas == {
        "gained": "1.00 km² (1,500 mu)",
        "lost": "0.50 km² (750 mu)",
        "changed": "1.00 km² (1,500 mu)",
        "kept": "2.50 km² (3,750 mu)",
    }
    (moved,) = [face for face in found["faces"] if face["kind"] == "changed"]
    named = [[found["brands"][i]["name"]["en"] for i in side] for side in moved["members"]]
    assert named == [["Beta"], ["Alpha new"]]


def test_both_states_are_drawn_and_a_brand_keeps_its_colour(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    found = payload(maps.compare_map(before, after))
    assert [len(state) for state in found["states"]] == [3, 3]
    drawn = [{block["brand"] for block in state} for state in found["states"]]
    names = [brand["name"]["zh"] for brand in found["brands"]]
    shared = {names[i] for i in drawn[0] & drawn[1]}
    assert shared == {"甲新", "丁"}
    assert len({brand["color"] for brand in found["brands"]}) == len(names)
    # Each block has the name of its own state.
    assert {block["name"]["zh"] for block in found["states"][0]} == {"甲", "乙", "丁"}
    (missing,) = found["missing"]
    assert missing["name"]["en"] == "Epsilon"
    assert missing["reason"] == {"zh": "整合前：no text", "en": "Before: no text"}


def test_other_columns_may_say_what_belongs_together(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    found = payload(maps.compare_map(before, after, by="administrator", labels=("2019", "2023")))
    cards = {brand["name"]["en"]: said(brand["card"]) for brand in found["brands"]}
    assert set(cards) == {"east", "west"}
    assert cards["east"]["Had (2019)"] == "3.00 km² (4,500 mu)"
    assert cards["east"]["Kept"] == "3.00 km² (4,500 mu)"
    assert [label["en"] for label in found["labels"]] == ["2019", "2023"]


def test_index_may_name_the_brands(before: gpd.GeoDataFrame) -> None:
    named = before.set_index("brand_id")
    assert len(payload(maps.compare_map(named, named))["brands"]) == 4


def test_one_state_may_be_empty(before: gpd.GeoDataFrame) -> None:
    found = payload(maps.compare_map(before.iloc[:0], before))
    assert said(found["summary"])["Change of net area"] == "–"
    assert [row["kind"] for row in found["changes"]] == ["gained"]
    nothing = payload(maps.compare_map(before.iloc[3:], before.iloc[3:]))
    assert (nothing["bounds"], nothing["faces"], nothing["changes"]) == (None, [], [])


def test_frames_may_differ_in_crs_and_are_not_changed(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    moved = after.to_crs("EPSG:4549")
    kept = moved.copy(deep=True)
    found = payload(maps.compare_map(before, moved))
    assert said(found["brands"][0]["card"])["Has (After)"] == "3.00 km² (4,500 mu)"
    assert moved.equals(kept)


def test_a_page_larger_than_asked_is_refused(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    with pytest.raises(SchemaError, match="budget_mb"):
        maps.compare_map(before, after, budget_mb=0)
    with pytest.raises(ParkgeoError, match="more than budget_mb=0.001"):
        maps.compare_map(before, after, budget_mb=0.001)


def test_refuses_what_cannot_be_compared(before: gpd.GeoDataFrame) -> None:
    with pytest.raises(MissingCRSError, match="after"):
        maps.compare_map(before, before.set_crs(None, allow_override=True))
    with pytest.raises(SchemaError, match="two texts"):
        maps.compare_map(before, before, labels=("2019",))
    with pytest.raises(SchemaError, match="two texts"):
        maps.compare_map(before, before, labels="ab")
    with pytest.raises(UnknownNameError, match="fr"):
        maps.compare_map(before, before, language="fr")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="brand_id"):
        maps.compare_map(before, before.rename(columns={"brand_id": "id"}))
    with pytest.raises(SchemaError, match="brand_id"):
        maps.compare_map(before, before.assign(brand_id=[None, "b", "d", "e"]))
    bow = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    for shape, says in ((Point(0, 0), "POINT in rows 1"), (bow, "rows 1")):
        with pytest.raises(GeometryError, match=says):
            maps.compare_map(before, frame([box(0, 0, 1, 1), shape], brand_id=list("ab")))
