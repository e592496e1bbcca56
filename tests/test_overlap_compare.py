import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from shapely import box
from shapely.geometry.base import BaseGeometry
from strategies import CELL_KM2, Plan, on_ground, plans

from parkgeo import overlap
from parkgeo.errors import SchemaError, UnknownNameError


def state(**shapes: BaseGeometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"brand_id": [name.split("_")[0] for name in shapes]},
        geometry=on_ground(shapes.values()).to_numpy(),
        index=list(shapes),
        crs="EPSG:4490",
    )


BEFORE = state(a=box(0, 0, 1000, 3000), b=box(1000, 0, 2000, 3000), c=box(1000, 0, 2000, 1000))
"""c lies on the lowest third of b."""

AFTER = state(a=box(0, 1000, 2000, 3000), b=box(1000, 0, 2000, 2000), d=box(2000, 0, 3000, 1000))
"""a gives its lowest third back and takes the upper two of b, of which b keeps one; c is gone."""

ROWS = [
    ((), ("d",), "gained", 1.0),
    (("a",), (), "lost", 1.0),
    (("a",), ("a",), "kept", 2.0),
    (("b",), ("a",), "moved", 1.0),
    (("b",), ("a", "b"), "joined", 1.0),
    (("b", "c"), ("b",), "left", 1.0),
]


@pytest.mark.parametrize("geometry", [False, True])
def test_what_became_of_the_ground(*, geometry: bool) -> None:
    table = overlap.compare(BEFORE, AFTER, geometry=geometry)
    columns = ["before", "after", "change", "area_km2", "area_mu"]
    assert list(table.columns) == columns + ["geometry"] * geometry
    assert table[columns[:3]].to_numpy().tolist() == [list(row[:3]) for row in ROWS]
    assert table["area_km2"].tolist() == pytest.approx([row[3] for row in ROWS], rel=1e-8)
    assert set(table["change"]) <= set(overlap.CHANGES)
    assert table.attrs["conservation"] <= 1e-9
    assert table.attrs["by"] == "brand_id"
    if geometry:
        assert table.crs == "EPSG:4490"
        assert table.is_valid.all()


@pytest.mark.parametrize("geometry", [False, True])
def test_slivers_of_rounding_are_given_to_their_neighbours(*, geometry: bool) -> None:
    """The new boundary of a lies 5 cm beside the old one: 3 km of it, 150 m²."""
    before = state(a=box(0, 0, 1000, 3000), b=box(1000, 0, 2000, 3000))
    after = state(a=box(0, 0, 1000.05, 3000), b=box(1000.05, 0, 2000, 3000))
    plain = overlap.compare(before, after, geometry=geometry)
    assert plain["change"].tolist() == ["kept", "moved", "kept"]
    assert plain["area_km2"].tolist() == pytest.approx([3.0, 150e-6, 3.0 - 150e-6], rel=1e-4)
    table = overlap.compare(before, after, geometry=geometry, min_width_m=1.0)
    assert table[["before", "after"]].to_numpy().tolist() == [[("a",), ("a",)], [("b",), ("b",)]]
    assert table["area_km2"].sum() == pytest.approx(6.0, rel=1e-8)
    assert table.attrs["slivers_merged"] == 1
    assert table.attrs["slivers_merged_m2"] == pytest.approx(150.0, rel=1e-3)
    assert table.attrs["by"] == "brand_id"
    if geometry:
        assert table.crs == "EPSG:4490"


@pytest.mark.parametrize("width", [-1.0, float("nan"), float("inf")])
def test_a_width_that_is_none_is_refused(width: float) -> None:
    with pytest.raises(SchemaError, match="min_width_m must be metres"):
        overlap.compare(BEFORE, AFTER, min_width_m=width)


def test_ground_that_changes_hands_in_part() -> None:
    before = state(a=box(0, 0, 100, 100), b=box(0, 0, 100, 100))
    after = state(b=box(0, 0, 100, 100), c=box(0, 0, 100, 100))
    table = overlap.compare(before, after)
    assert table[["before", "after", "change"]].to_numpy().tolist() == [
        [("a", "b"), ("b", "c"), "mixed"]
    ]


def test_the_balance_of_each_brand() -> None:
    table = overlap.balance(overlap.compare(BEFORE, AFTER))
    assert table.index.name == "brand_id"
    expected = {
        # before, after, kept, from outside, from others, to outside, to others
        "a": [3, 4, 2, 0, 2, 1, 0],
        "b": [3, 2, 2, 0, 0, 0, 1],
        "c": [1, 0, 0, 0, 0, 0, 1],
        "d": [0, 1, 0, 1, 0, 0, 0],
    }
    assert table.index.tolist() == list(expected)
    for brand, values in expected.items():
        assert table.loc[brand].tolist() == pytest.approx(values, rel=1e-8, abs=1e-8)


def test_two_crs_and_the_datum_of_web_maps() -> None:
    moved = AFTER.to_crs("EPSG:4549")
    table = overlap.compare(BEFORE, moved)
    big = table[table["area_km2"] > 1e-3]
    assert big["change"].tolist() == [row[2] for row in ROWS]
    assert big["area_km2"].tolist() == pytest.approx([row[3] for row in ROWS], rel=1e-3)


def test_nothing_before_or_after() -> None:
    none = AFTER.iloc[:0]
    assert set(overlap.compare(none, AFTER)["change"]) == {"gained"}
    assert set(overlap.compare(AFTER, none)["change"]) == {"lost"}
    assert overlap.compare(none, none).empty
    assert overlap.balance(overlap.compare(none, none)).empty


def test_refusals_name_the_frame_at_fault() -> None:
    with pytest.raises(UnknownNameError, match="brand_idd"):
        overlap.compare(BEFORE, AFTER, by="brand_idd")
    with pytest.raises(SchemaError, match="GeoDataFrame"):
        overlap.compare(BEFORE, pd.DataFrame(AFTER))


@pytest.mark.parametrize(("was", "now"), [(1, "1"), ("1", 1.0), (2024, "2024")])
def test_labels_that_read_the_same_and_are_not_are_refused(was: object, now: object) -> None:
    before = BEFORE.iloc[:1].assign(brand_id=pd.Series([was], index=["a"], dtype=object))
    after = before.assign(brand_id=pd.Series([now], index=["a"], dtype=object))
    with pytest.raises(SchemaError, match=f"{was!r} and {now!r}, which read the same"):
        overlap.compare(before, after)


def test_numbers_of_either_type_are_one_label() -> None:
    before = BEFORE.iloc[:1].assign(brand_id=1)
    assert overlap.compare(before, before.assign(brand_id=1.0))["change"].tolist() == ["kept"]


def test_a_table_without_certificate_is_told_so() -> None:
    table = overlap.compare(BEFORE, AFTER, geometry=True)
    assert "areas conserved to" in overlap.certificate(table)
    html = overlap.show(table).to_html()
    assert "areas conserved to" in html
    assert "POLYGON" not in html
    with pytest.raises(SchemaError, match="conservation"):
        overlap.certificate(pd.DataFrame({"a": [1]}))


def test_names_are_shown_as_text_and_not_as_html() -> None:
    frame = BEFORE.assign(brand_id=["<b>a</b>", "x & y", "c"])
    tables = [overlap.pairs(frame), overlap.partition(frame), overlap.matrix(frame)]
    for table in (*tables, overlap.groups(frame), overlap.compare(frame, AFTER)):
        html = overlap.show(table).to_html()
        assert "&lt;b&gt;a&lt;/b&gt;" in html
        assert "<b>" not in html


def test_a_balance_of_no_comparison_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"no column before, after, area_km2, .*compare"):
        overlap.balance(overlap.pairs(BEFORE))
    compared = overlap.compare(BEFORE, BEFORE)
    with pytest.raises(SchemaError, match=r"rows 0 .*no number in area_km2"):
        overlap.balance(compared.assign(area_km2=[None, *compared["area_km2"][1:]]))


@settings(max_examples=30)
@given(plans(), plans())
def test_changes_are_counted_in_cells(before: Plan, after: Plan) -> None:
    was, now = before.extents, after.extents
    expected: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for cell in frozenset().union(*before.blocks, *after.blocks):
        key = tuple(
            tuple(brand for brand, cells in side.items() if cell in cells) for side in (was, now)
        )
        expected[key] = expected.get(key, 0) + 1
    table = overlap.compare(before.frame(), after.frame())
    found = dict(
        zip(zip(table["before"], table["after"], strict=True), table["area_km2"], strict=True)
    )
    assert found == pytest.approx({k: n * CELL_KM2 for k, n in expected.items()}, abs=1e-9)
