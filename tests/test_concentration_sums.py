"""Sums that any batches, in any order, add up to; districts that cut parcels."""

import math
import pickle
from fractions import Fraction

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box
from strategies import on_ground

from parkgeo import concentration
from parkgeo.concentration._exact import Exact, exact_sums
from parkgeo.concentration._ratio import question_of
from parkgeo.concentration._sums import Question, finish, merge, sums_of
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError

ASKED: dict[str, object] = {
    "by": None,
    "of": None,
    "districts": None,
    "where": None,
    "classes": None,
    "system": None,
    "weight": None,
    "target": 0.7,
    "shapley": False,
}


def frame(shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=on_ground(shapes), crs="EPSG:4490")


def asked(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, **options: object) -> Question:
    return question_of(parks, columns=parcels.columns, **(ASKED | options))  # type: ignore[arg-type]


@given(
    st.lists(st.just(0.0) | st.floats(1e-12, 1e9), max_size=60),
    st.randoms(use_true_random=False),
    st.integers(1, 7),
)
def test_totals_are_the_rounded_true_ones_in_any_order(
    values: list[float], shuffle: object, size: int
) -> None:
    """The true sum as a fraction, rounded once: math.fsum says the same.

    Areas of 1 mm² to the whole Earth in km²: 106 bits hold them all.
    """
    shuffle.shuffle(values)  # type: ignore[attr-defined]
    batches = [values[i : i + size] for i in range(0, len(values), size)]
    total = Exact.zeros(1)
    for batch in batches:
        total = total + exact_sums(np.array(batch), np.zeros(len(batch), dtype=np.intp), 1)
    assert total.head[0] == math.fsum(values) == float(sum(map(Fraction, values)))


def test_totals_of_the_largest_floats_do_not_warn() -> None:
    huge = exact_sums(np.array([1e307, 1e307]), np.zeros(2, dtype=np.intp), 1)
    assert huge.head[0] == 2e307


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    """Two zones of 4 km² with 1 km² in common, and one apart."""
    shapes = [box(0, 0, 2000, 2000), box(1000, 1000, 3000, 3000), box(5000, 0, 6000, 1000)]
    return frame(shapes, brand=["A", "B", "C"], accuracy_m=[5.0, 20.0, 0.0])


@pytest.fixture(scope="module")
def parcels() -> gpd.GeoDataFrame:
    """Squares of 300 m on a raster of 350 m, with gaps in what is known of them."""
    corners = [(350 * i, 350 * j) for i in range(18) for j in range(10)]
    n = len(corners)
    rng = np.random.default_rng(1)
    return frame(
        [box(x, y, x + 300, y + 300) for x, y in corners],
        parcel_id=[f"p{i % (n - 3)}" for i in range(n)],
        town=rng.choice(["x", "y", None], n),
        class_code=rng.choice(["0601", "0602", "07", None], n),
        tax=rng.random(n) * 10,
    )


@pytest.fixture(
    scope="module",
    params=[
        {},
        {"by": "town"},
        {"by": "brand", "shapley": True},
        {"classes": "06", "where": {"town": ["x"]}, "weight": "tax", "by": "town"},
    ],
)
def answered(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, request: pytest.FixtureRequest
) -> tuple[Question, pd.DataFrame]:
    """A question that went to another process and came back, and the answer for all parcels."""
    question = pickle.loads(pickle.dumps(asked(parcels, parks, **request.param)))  # noqa: S301
    return question, concentration.ratio(parcels, parks, **request.param)


@given(data=st.data())
@settings(max_examples=10)
def test_batches_add_up_to_the_whole_bit_for_bit(
    parcels: gpd.GeoDataFrame, answered: tuple[Question, pd.DataFrame], data: st.DataObject
) -> None:
    question, expected = answered
    cuts = sorted(data.draw(st.sets(st.integers(1, len(parcels) - 1), max_size=6)))
    bounds = list(zip([0, *cuts], [*cuts, len(parcels)], strict=True))
    sums = [sums_of(parcels.iloc[a:b], question, start=a) for a, b in bounds]
    order = data.draw(st.permutations(sums))
    found = finish(merge(order), question, ids=[parcels["parcel_id"]])
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    apart = {"counted_twice"}
    told, wanted = (
        {name: note for name, note in table.attrs.items() if name not in apart}
        for table in (found, expected)
    )
    assert told == wanted
    assert found.attrs["counted_twice"]["within"] == ("batches" if cuts else "all parcels")


def test_ids_are_doubled_among_the_chosen(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    told = concentration.ratio(parcels, parks).attrs["duplicate_ids"]
    assert told == {"n": 6, "first": "'p0', 'p1', 'p2'"}
    some = pd.Series(parcels.index < 100, index=parcels.index)
    assert concentration.ratio(parcels, parks, where=some).attrs["duplicate_ids"]["n"] == 0


def test_text_compared_by_its_beginning_is_told(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    told = concentration.ratio(parcels, parks, classes="06").attrs["compared_as_text"]
    assert told["n"] == parcels["class_code"].notna().sum()
    assert "say system=" in told["why"]
    table = concentration.ratio(parcels, parks, classes="06", system="gbt21010")
    assert "compared_as_text" not in table.attrs


@pytest.mark.parametrize("target", [None, "70%", float("nan"), 70])
def test_a_target_that_is_no_share_is_refused(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame, target: object
) -> None:
    with pytest.raises(SchemaError, match="target must be a share between 0 and 1"):
        concentration.ratio(parcels, town, target=target)


def test_a_group_of_classes_needs_a_system(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    with pytest.raises(SchemaError, match="industry means other codes in each class system"):
        concentration.ratio(parcels, town, classes="industry")


def test_one_batch_without_a_system_is_judged_as_the_others(parks: gpd.GeoDataFrame) -> None:
    """In the whole layer a code without a system is unknown, as 1001 may be industry or not."""
    land = frame(
        [box(0, 0, 100, 100), box(200, 0, 300, 100)],
        class_code=["1001", "1001"],
        class_system=[None, "land_sea_use"],
    )
    question = asked(land, parks, classes="1001", systems=["land_sea_use"])
    sums = [sums_of(land.iloc[[i]], question, start=i) for i in (0, 1)]
    found = finish(merge(sums), question)
    expected = concentration.ratio(land, parks, classes="1001")
    assert found["n_parcels"].item() == expected["n_parcels"].item() == 1
    assert found.attrs["unknown"] == expected.attrs["unknown"]


# --- districts ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def districts() -> gpd.GeoDataFrame:
    """West of 1000 m, and from there to 3000 m; nothing beyond."""
    return frame([box(0, 0, 1000, 3000), box(1000, 0, 3000, 3000)], name=["west", "east"])


def test_ground_belongs_to_the_district_in_which_it_lies(
    parks: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    """A strip of 4 km × 0.5 km: 0.5 km² in the west, 1 in the east, 0.5 beyond; by hand."""
    land = frame([box(0, 0, 4000, 500)], tax=[8.0])
    table = concentration.ratio(land, parks, by="name", districts=districts)
    assert table.index[:2].tolist() == ["east", "west"]
    assert pd.isna(table.index[2])
    assert table["total"].tolist() == pytest.approx([1.0, 0.5, 0.5], rel=1e-9)
    assert table["inside"].tolist() == pytest.approx([0.5, 0.5, 0.0], abs=1e-9)
    assert table["n_parcels"].tolist() == [1, 1, 1]
    outside = table.attrs["outside_districts"]
    assert outside["n"] == 1
    assert outside["area_km2"] == pytest.approx(0.5, rel=1e-9)
    tax = concentration.ratio(land, parks, by="name", districts=districts, weight="tax")
    assert tax["total"].tolist() == pytest.approx([4.0, 2.0, 2.0], rel=1e-9)
    assert tax["inside"].tolist() == pytest.approx([2.0, 2.0, 0.0], abs=1e-9)


def test_districts_sum_to_the_city(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, parks, by="name", districts=districts, of="districts")
    city = concentration.ratio(parcels, parks)
    for column in ("total", "inside"):
        assert table[column].sum() == pytest.approx(city[column].item(), rel=1e-12)
        assert table.attrs["all"][column] == pytest.approx(city[column].item(), rel=1e-12)


def test_firms_are_in_one_district(parks: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> None:
    firms = frame([Point(500, 500), Point(1500, 100), Point(9000, 0), Point(1000, 10)])
    table = concentration.ratio(firms, parks, by="name", districts=districts, weight=1)
    assert table["total"].sum() == 4
    assert table["total"].iloc[2] == 1


def test_everything_in_a_district_leaves_no_row_of_nobody(
    parks: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    land = frame([box(0, 0, 900, 900), box(990, 0, 1010, 10)])
    table = concentration.ratio(land, parks, by="name", districts=districts)
    assert table.index.tolist() == ["east", "west"]
    assert table["n_parcels"].tolist() == [1, 2]
    assert table.attrs["outside_districts"] == {"n": 0, "area_km2": 0.0}


def test_bad_districts_are_refused(
    parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    def ratio(some: gpd.GeoDataFrame, **options: object) -> object:
        return concentration.ratio(parcels, parks, districts=some, **options)

    with pytest.raises(GeometryError, match=r"districts overlap by 3 km² in 2 rows"):
        ratio(pd.concat([districts, districts.iloc[:1]]), by="name")
    with pytest.raises(UnknownNameError, match="districts have no column 'town'"):
        ratio(districts, by="town")
    with pytest.raises(SchemaError, match="name is null in rows 1"):
        ratio(districts.assign(name=["a", None]), by="name")
    with pytest.raises(SchemaError, match="districts need by="):
        ratio(districts)
    with pytest.raises(SchemaError, match="needs districts="):
        concentration.ratio(parcels, parks, by="name", of="districts")
