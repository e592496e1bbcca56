"""Projects, land and output joined, with every total conserved; sums by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from strategies import on_ground

from parkgeo import census
from parkgeo.census._keys import among
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError


def rows(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.fixture
def parcels() -> gpd.GeoDataFrame:
    """Parcels 1, 2 and 3 of 1, 3 and 1 km²; 4 is in two rows; nobody stands on 5."""
    shapes = [box(0, 0, 1000, 1000), box(2000, 0, 5000, 1000), *[box(9000, 0, 10000, 1000)] * 4]
    ids = ["1", "2", "3", "4", "4", "5"]
    return gpd.GeoDataFrame({"parcel_id": ids}, geometry=on_ground(shapes), crs="EPSG:4490")


def test_what_joins_and_what_does_not(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(
        project_id=["a", "b", "c", "d", None, "e"], parcel_id=[1.0, 1.0, 9.0, 4.0, 3.0, 3.0]
    )
    output = rows(
        project_id=["a", "a", "b", "c", "d", "z", None, "e"],
        tax=[1.0, 2.0, 10.0, 100.0, 1e3, 1e4, 1e5, None],
    )
    found = census.link(projects, parcels, output, values=["tax"])
    assert found.table["project_id"].tolist() == ["a", "b", "e"]
    assert found.table["tax"].tolist()[:2] == [3.0, 10.0]
    assert np.isnan(found.table["tax"].iloc[2])
    assert isinstance(found.table, gpd.GeoDataFrame)
    assert found.totals.loc["tax"].tolist() == [111113.0, 13.0, 111100.0, 0.0]
    left = found.unlinked.set_index("tax")
    assert left["kind"].to_dict() == {
        100.0: "dangling", 1e3: "ambiguous", 1e4: "dangling", 1e5: "missing_key",
    }  # fmt: skip
    quality = found.quality
    assert quality.loc["projects", ["rows", "missing_key", "dangling", "ambiguous"]].tolist() == [
        6, 1, 1, 1,
    ]  # fmt: skip
    assert quality.loc["parcels", ["rows", "keys", "duplicated", "without_project"]].tolist() == [
        6, 5, 2, 2,
    ]  # fmt: skip
    assert quality.loc["output", ["missing_key", "dangling", "null_value"]].tolist() == [1, 1, 1]
    assert quality["linked"].to_dict() == {"projects": 3, "parcels": 2, "output": 4}
    dangling = found.findings.query("side == 'output' and kind == 'dangling'")
    assert dangling[["key", "row"]].to_numpy().tolist() == [["z", 5]]


def test_output_is_not_divided_by_guess(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a", "a", "b", "b"], parcel_id=["1", "2", "1", "3"])
    output = rows(project_id=["a"], tax=[8.0])
    with pytest.raises(SchemaError, match=r"'a'.*rows of projects, 0, 1.*share="):
        census.link(projects, parcels, output, values=["tax"])
    # b earns nothing, so nothing has to be divided.
    found = census.link(projects.iloc[2:], parcels, output.assign(project_id="z"), values=["tax"])
    assert found.table["tax"].isna().all()


def test_output_is_divided_by_area_or_by_shares(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a", "a"], parcel_id=["1", "2"], part=[0.9, 0.1])
    output = rows(project_id=["a"], tax=[8.0])
    by_area = census.link(projects, parcels, output, values=["tax"], share="area")
    assert by_area.table["tax"].tolist() == pytest.approx([2.0, 6.0], rel=1e-9)
    by_part = census.link(projects, parcels, output, values=["tax"], share="part")
    assert by_part.table["tax"].tolist() == pytest.approx([7.2, 0.8])
    assert by_part.table["share"].tolist() == pytest.approx([0.9, 0.1])


def test_the_part_on_a_parcel_that_is_not_there_is_kept(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a", "a"], parcel_id=["1", "9"], part=[0.75, 0.25])
    output = rows(project_id=["a"], tax=[8.0])
    found = census.link(projects, parcels, output, values=["tax"], share="part")
    assert found.totals.loc["tax"].tolist() == [8.0, 6.0, 2.0, 0.0]
    assert found.unlinked[["key", "kind", "share", "tax"]].to_numpy().tolist() == [
        ["a", "dangling", 0.25, 2.0]
    ]
    # An area that is not there cannot be divided by.
    found = census.link(projects, parcels, output, values=["tax"], share="area")
    assert found.totals.loc["tax"].tolist() == [8.0, 0.0, 8.0, 0.0]
    assert found.unlinked["kind"].tolist() == ["unknown_share"]


@pytest.mark.parametrize("part", [[0.5, 0.4], [0.5, np.nan], [1.5, -0.5], [0.5, "x"]])
def test_shares_add_up_to_one(parcels: gpd.GeoDataFrame, part: list[object]) -> None:
    projects = rows(project_id=["a", "a"], parcel_id=["1", "2"], part=part)
    with pytest.raises(SchemaError, match="part: "):
        census.link(
            projects, parcels, rows(project_id=["a"], tax=[8.0]), values=["tax"], share="part"
        )


def test_shares_of_a_few_decimals_lose_nothing(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a"] * 3, parcel_id=["1", "2", "3"], part=[0.3333333] * 3)
    output = rows(project_id=["a"], tax=[3e9])
    found = census.link(projects, parcels, output, values=["tax"], share="part")
    assert found.totals.attrs["conservation"] <= 1e-9
    assert found.table["tax"].tolist() == pytest.approx([1e9] * 3, rel=1e-12)


def test_output_of_parcels_is_divided_among_projects(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a", "b", "b"], parcel_id=["1", "1", "2"], part=[0.2, 0.8, 1.0])
    output = rows(parcel_id=["1", "2"], tax=[10.0, 5.0])
    found = census.link(projects, parcels, output, values=["tax"], share="part")
    assert found.table["tax"].tolist() == pytest.approx([2.0, 8.0, 5.0])
    with pytest.raises(SchemaError, match="'1'"):
        census.link(projects, parcels, output, values=["tax"])


def test_a_repeated_row_is_one(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a", "a"], parcel_id=["1", "1"])
    found = census.link(projects, parcels, rows(project_id=["a"], tax=[8.0]), values=["tax"])
    assert found.table["tax"].tolist() == [8.0]
    assert found.quality.loc["projects", "repeated"] == 1


def test_names_that_are_taken_are_told_apart(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a"], parcel_id=["1"], name=["mill"], tax=[1.0])
    land = parcels.assign(name="plot", tax=2.0)
    output = rows(project_id=["a"], tax=[8.0])
    table = census.link(projects, land, output, values=["tax"]).table
    assert table["tax"].tolist() == [8.0]
    assert table["tax_project"].tolist() == [1.0]
    assert table["tax_parcel"].tolist() == [2.0]
    assert table[["name", "name_parcel"]].to_numpy().tolist() == [["mill", "plot"]]


def test_refused(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a"], parcel_id=["1"])
    output = rows(project_id=["a"], parcel_id=["1"], tax=[8.0])
    with pytest.raises(AmbiguousNameError, match="by="):
        census.link(projects, parcels, output, values=["tax"])
    by = {"by": "project_id"}
    with pytest.raises(UnknownNameError, match="'taxes'.*'tax'"):
        census.link(projects, parcels, output, values=["taxes"], **by)
    with pytest.raises(SchemaError, match="list"):
        census.link(projects, parcels, output, values="tax", **by)
    with pytest.raises(SchemaError, match="'much' is no finite number"):
        census.link(projects, parcels, output.assign(tax="much"), values=["tax"], **by)
    with pytest.raises(SchemaError, match="neither"):
        census.link(projects, parcels, rows(tax=[1.0]), values=["tax"])
    with pytest.raises(SchemaError, match="projects must be"):
        census.link(["a"], parcels, output, values=["tax"], **by)
    with pytest.raises(SchemaError, match="by must be"):
        census.link(projects, parcels, output, values=["tax"], by="tax")
    with pytest.raises(SchemaError, match="rename"):
        census.link(projects, parcels, output.assign(share=1.0), values=["share"], **by)
    land = pd.DataFrame(parcels.drop(columns="geometry"))
    with pytest.raises(SchemaError, match="geometry"):
        census.link(projects, land, output, values=["tax"], share="area", **by)
    odd = projects.assign(area=1.0)
    with pytest.raises(AmbiguousNameError, match="area"):
        census.link(odd, parcels, output, values=["tax"], share="area", **by)


def test_nothing_at_all_and_odd_names(parcels: gpd.GeoDataFrame) -> None:
    projects = rows(project_id=["a"], parcel_id=["1"])
    output = rows(project_id=["<script>"], tax=[8.0])
    empty = census.link(projects.iloc[:0], parcels, output.iloc[:0], values=["tax"])
    assert len(empty.table) == 0
    assert empty.totals.loc["tax"].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert "<script>" not in census.link(projects, parcels, output, values=["tax"])._repr_html_()


STRIPS = gpd.GeoDataFrame(
    {"parcel_id": ["1", "2", "3", "4", "4"]},
    geometry=on_ground([box(9000 * i, 0, 9000 * i + 1000 * (i + 1), 1000) for i in range(5)]),
    crs="EPSG:4490",
)
KEYS = st.sampled_from(["a", "b", "c", "d", None])
PLACES = st.sampled_from(["1", "2", "3", "4", "9", None])


@settings(max_examples=30)
@given(
    st.lists(st.tuples(KEYS, PLACES), max_size=12),
    st.lists(st.tuples(KEYS, st.floats(-1e9, 1e9) | st.none()), max_size=12),
    st.sampled_from(["project_id", "parcel_id"]),
)
def test_linked_and_unlinked_are_the_total(
    pairs: list[tuple[str | None, str | None]],
    earned: list[tuple[str | None, float | None]],
    by: str,
) -> None:
    projects = pd.DataFrame(pairs, columns=["project_id", "parcel_id"], dtype=object)
    output = pd.DataFrame(earned, columns=["key", "tax"]).astype({"tax": "float64"})
    places = dict(zip("abcd", "1239", strict=True))
    output[by] = output["key"].map(places) if by == "parcel_id" else output["key"]
    found = census.link(projects, STRIPS, output, values=["tax"], share="area")
    assert found.totals.attrs["conservation"] <= 1e-9
    assert found.totals.loc["tax", "total"] == pytest.approx(
        output["tax"].sum(), rel=1e-9, abs=1e-3
    )


@pytest.mark.parametrize("dtype", [object, "str"])
def test_an_id_among_others_is_as_isin_says(dtype: object) -> None:
    keys = pd.Series(["a", None, "b", "甲", "a"], index=[3, 1, 1, 0, 7], dtype=dtype)
    others = pd.Series(["甲", "a", "a", None], dtype=dtype)
    expected = keys.isin(others.dropna())
    pd.testing.assert_series_equal(among(keys, others), expected)
    assert not among(keys, others.iloc[:0]).any()
    assert among(keys.iloc[:0], others).empty
