"""Concentration in a town of round numbers, and on hostile input; areas by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn import frame
from shapely import Point, Polygon, box
from strategies import on_ground

from parkgeo import concentration, crs
from parkgeo.errors import (
    AmbiguousNameError,
    CRSMismatchError,
    GeometryError,
    MissingCRSError,
    ParkgeoError,
    SchemaError,
    UnknownNameError,
)

BOW_TIE = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])


@pytest.fixture
def town(town: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The town of conftest, drawn to the nanometre as the parcels are."""
    hole = Polygon(box(0, 4000, 2000, 6000).exterior, [box(500, 4500, 1500, 5500).exterior])
    squares = [(0, 0, 2000, 2000), (1000, 1000, 3000, 3000), (0, 0, 1000, 1000)]
    shapes = [*(box(*square) for square in squares), box(5000, 0, 6000, 1000), hole]
    return town.set_geometry(on_ground(shapes).set_axis(town.index))


@pytest.fixture
def parcels() -> gpd.GeoDataFrame:
    """Five parcels of 1 km² on and beside the town of conftest.

    ======= ===================== ============================= ========
    parcel  square                inside                        district
    ======= ===================== ============================= ========
    p0      (0, 0)-(1000, 1000)   all, in A and C               x
    p1      (1500, 0)-(2500, …)   half, in A                    x
    p2      (1500, 1500)-(…)      all: A, A+B, B a quarter, ... y
    p3      (500, 4500)-(1500, …) none: the hole of D           y
    p4      (9000, 0)-(10000, …)  none                          null
    ======= ===================== ============================= ========

    p2 = (1500, 1500)-(2500, 2500): 0.25 km² in A and B, 0.75 km² in B alone.
    """
    west_south = [(0, 0), (1500, 0), (1500, 1500), (500, 4500), (9000, 0)]
    return frame(
        [box(x, y, x + 1000, y + 1000) for x, y in west_south],
        parcel_id=["p0", "p1", "p2", "p3", "p4"],
        district=["x", "x", "y", "y", None],
        class_code=["0601", "0601", "0602", None, "0701"],
        tax=[10.0, 4.0, 1.0, 5.0, 0.0],
    )


def test_the_city(parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> None:
    row = concentration.ratio(parcels, town).iloc[0]
    assert row["total"] == pytest.approx(5.0, rel=1e-9)
    assert row["inside"] == pytest.approx(2.5, rel=1e-9)
    assert row["ratio"] == pytest.approx(0.5, rel=1e-9)
    assert row["gap"] == pytest.approx(0.7 * 5 - 2.5, rel=1e-9)
    assert row["gap_mu"] == pytest.approx(1500.0, rel=1e-9)
    assert row["n_parcels"] == 5
    assert np.isnan(row["ratio_low"])
    assert np.isnan(row["ratio_high"])


def test_more_than_needed_is_a_negative_gap(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    row = concentration.ratio(parcels, town, target=0.4).iloc[0]
    assert row["gap_mu"] == pytest.approx(-750.0, rel=1e-9)


def test_districts_keep_the_row_of_nobody(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, town, by="district")
    assert table.index.name == "district"
    assert table.index[:2].tolist() == ["x", "y"]
    assert pd.isna(table.index[2])
    assert table["inside"].tolist() == pytest.approx([1.5, 1.0, 0.0], abs=1e-9)
    assert table["total"].tolist() == pytest.approx([2.0, 2.0, 1.0], rel=1e-9)


def test_a_district_without_such_land_has_no_ratio(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, town, by="district", classes="0602")
    assert table["total"].tolist() == pytest.approx([0.0, 1.0, 0.0])
    assert table["ratio"].isna().tolist() == [True, False, True]
    assert table["gap"].iloc[0] == 0


def test_brands_alone_shared_and_split(parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> None:
    table = concentration.ratio(parcels, town, by="brand_id", shapley=True)
    expected = {  # inside, alone, split
        "A": (1.0 + 0.5 + 0.25, 0.5, 0.5 + 0.5 + 0.125),
        "B": (1.0, 0.75, 0.75 + 0.125),
        "C": (1.0, 0.0, 0.5),
        "D": (0.0, 0.0, 0.0),
    }
    for brand, (inside, alone, split) in expected.items():
        row = table.loc[brand]
        assert row[["inside", "alone", "split"]].tolist() == pytest.approx(
            [inside, alone, split], abs=1e-9
        )
        assert row["shared"] == pytest.approx(inside - alone, abs=1e-9)
    assert table["n_parcels"].tolist() == [3, 1, 1, 0]
    assert table["ratio_split"].sum() == pytest.approx(0.5, rel=1e-9)
    assert table[["target", "gap", "gap_mu"]].isna().all(axis=None)
    assert table.attrs["all"]["gap"] == pytest.approx(1.0, rel=1e-9)


def test_a_brand_without_an_extent_is_not_a_brand_with_nothing(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    parks = town.copy()
    parks.loc["d", "geometry"] = None
    table = concentration.ratio(parcels, parks, by="brand_id", shapley=True)
    assert np.isnan(table.loc["D", "inside"])
    assert np.isnan(table.loc["D", "split"])
    assert table.attrs["parks_without_geometry"] == ["d"]
    assert table.attrs["all"]["inside"] == pytest.approx(2.5, rel=1e-9)


def test_parks_can_be_grouped_by_their_index(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, town, by="block_id")
    assert table["inside"].tolist() == pytest.approx([1.75, 1.0, 1.0, 0.0, 0.0], abs=1e-9)


def test_what_stands_on_a_parcel_is_spread_over_it(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, town, weight="tax")
    row = table.iloc[0]
    assert (row["total"], row["inside"]) == (20.0, pytest.approx(10 + 2 + 1))
    assert row["gap"] == pytest.approx(0.7 * 20 - 13)
    assert np.isnan(row["gap_mu"])
    assert table.attrs["unit"] == "tax"
    assert concentration.ratio(parcels, town, weight=1)["inside"].item() == pytest.approx(2.5)


def test_enterprises_are_inside_or_not(town: gpd.GeoDataFrame) -> None:
    firms = frame([Point(500, 500), Point(2500, 500), Point(1000, 5000)], tax=[7.0, 2.0, 1.0])
    row = concentration.ratio(firms, town, weight="tax").iloc[0]
    assert row[["total", "inside", "ratio"]].tolist() == [10.0, 7.0, 0.7]
    table = concentration.ratio(firms, town, weight="tax", by="brand_id", shapley=True)
    assert table["split"].tolist() == [3.5, 0.0, 3.5, 0.0]
    with pytest.raises(GeometryError, match="points have no area: give weight="):
        concentration.ratio(firms, town)


# --- what is not counted is told ------------------------------------------------------------


def test_unknown_classes_are_told_with_their_area(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, town, classes=["06"])
    assert table["total"].item() == pytest.approx(3.0, rel=1e-9)
    unknown = table.attrs["unknown"]["class_code"]
    assert (unknown["n"], unknown["rows"]) == (1, "3")
    assert unknown["area_km2"] == pytest.approx(1.0, rel=1e-9)


def test_what_another_condition_excludes_is_not_unknown(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels, town, classes="06", where={"district": "x"})
    assert "class_code" not in table.attrs["unknown"] or not table.attrs["unknown"]["class_code"]
    assert (
        "district" in concentration.ratio(parcels, town, where={"district": "x"}).attrs["unknown"]
    )


def test_where_is_a_mapping_or_a_series(parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> None:
    ratio = concentration.ratio
    some = ratio(parcels, town, where={"district": ["x", "y"], "tax": {10.0, 4.0, 5.0}})
    same = ratio(parcels, town, where=parcels["tax"] >= 4)
    assert some["inside"].item() == same["inside"].item() == pytest.approx(1.5)
    maybe = pd.Series([True, None, False, False, False], dtype="boolean")
    told = ratio(parcels, town, where=maybe)
    assert told["n_parcels"].item() == 1
    assert told.attrs["unknown"]["where"]["rows"] == "1"
    for wrong in ([True] * 5, maybe.set_axis(list("abcde")), parcels["tax"]):
        with pytest.raises(SchemaError, match="where must be"):
            ratio(parcels, town, where=wrong)


def test_classes_are_judged_in_their_own_system(town: gpd.GeoDataFrame) -> None:
    """1001 is industry on land and sea, and a railway in GB/T 21010: by the standards."""
    land = frame(
        [box(0, 0, 100, 100), box(100, 0, 200, 100), box(200, 0, 300, 100), box(300, 0, 400, 100)],
        class_code=["1001", "1001", "M2", "0601"],
        class_system=["land_sea_use", "GB/T 21010-2017", "gb50137", None],
    )
    table = concentration.ratio(land, town, classes="industry")
    assert table["n_parcels"].item() == 2
    assert table.attrs["unknown"]["class_code"]["rows"] == "3"
    assert concentration.ratio(land, town, classes="工业用地").equals(table)
    with pytest.raises(SchemaError, match="several class systems .*one code means different uses"):
        concentration.ratio(land, town, classes="1001")
    with pytest.raises(SchemaError, match="class_system says gb50137, land_sea_use in rows 0, 2"):
        concentration.ratio(land, town, classes="06", system="gbt21010")
    plain = land.drop(columns="class_system")
    with pytest.raises(SchemaError, match="0601 is not 601; rows 1"):
        concentration.ratio(plain.assign(class_code=["06", 601, "1", "2"]), town, classes="06")
    with pytest.raises(SchemaError, match="give classes= too"):
        concentration.ratio(plain, town, system="gbt21010")


def test_overlapping_parcels_and_double_ids_are_told(town: gpd.GeoDataFrame) -> None:
    land = frame(
        [box(0, 0, 200, 100), box(100, 0, 300, 100), box(300, 0, 400, 50), box(0, 0, 200, 100)],
        parcel_id=["a", "a", "b", None],
    )
    table = concentration.ratio(land, town)
    assert table["total"].item() == pytest.approx(0.065, rel=1e-9)
    twice = table.attrs["counted_twice"]
    assert twice["n_parcels"] == 3
    assert twice["area_km2"] == pytest.approx(0.03, rel=1e-9)
    assert table.attrs["duplicate_ids"] == {"n": 2, "first": "'a'"}


def test_parcels_without_a_geometry_are_told(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    land = parcels.copy()
    land.loc[1, "geometry"] = None
    land.loc[4, "geometry"] = Polygon()
    table = concentration.ratio(land, town, weight="tax", by="district")
    told = table.attrs["without_geometry"]
    assert (told["n"], told["rows"], told["tax"]) == (2, "1, 4", 4.0)
    assert table["total"].tolist() == [10.0, 6.0, 0.0]


def test_input_is_not_changed(parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> None:
    before = parcels.copy(deep=True), town.copy(deep=True)
    concentration.ratio(parcels, town, by="brand_id", shapley=True)
    concentration.scattered(parcels, town)
    concentration.increments(parcels, town, before=parcels.iloc[:2], measures=["land", "tax"])
    for frame_, was in zip((parcels, town), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(frame_), pd.DataFrame(was))


# --- hostile input --------------------------------------------------------------------------


def test_datums_and_projections_are_brought_together(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    expected = concentration.ratio(parcels, town)["ratio"].item()
    gcj = crs.to_datum(parcels, "gcj02")
    zone = crs.to_zone(town)
    assert gcj.crs != zone.crs
    assert concentration.ratio(gcj, zone)["ratio"].item() == pytest.approx(expected, abs=1e-6)


def test_coordinates_of_gcj02_that_say_so_are_not_taken_for_others(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    """The shift of some 500 m would change the ratio, were it left in."""
    gcj = crs.to_datum(parcels, "gcj02")
    wrong = gcj.set_crs("EPSG:4490", allow_override=True)
    assert concentration.ratio(wrong, town)["ratio"].item() != pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda f: f.set_crs(None, allow_override=True), MissingCRSError, "no CRS is set"),
        (pd.DataFrame, SchemaError, "parcels must be a GeoDataFrame"),
        (
            lambda f: f.set_geometry(shapely.transform(f.geometry, lambda xy: xy[:, ::-1])),
            CRSMismatchError,
            "swapped",
        ),
        (
            lambda f: f.set_geometry(on_ground([BOW_TIE, *[box(0, 0, 1, 1)] * 4])),
            GeometryError,
            r"parcels: invalid geometries \(Self-intersection, …\) in rows 0; mend",
        ),
        (
            lambda f: f.set_geometry(f.geometry.boundary),
            GeometryError,
            "parcels must be POLYGON or MULTIPOLYGON or POINT; found LINESTRING",
        ),
        (
            lambda f: f.assign(tax=[1, None, -1, np.inf, 2]),
            SchemaError,
            r"weight 'tax'.*rows 1, 2, 3",
        ),
        (lambda f: f.assign(tax=list("12x45")), SchemaError, r"weight 'tax': found 'x' in rows 2"),
        (lambda f: f.drop(columns="tax"), UnknownNameError, "parcels have no column 'tax'"),
    ],
)
def test_bad_parcels_are_refused(
    parcels: gpd.GeoDataFrame,
    town: gpd.GeoDataFrame,
    change: object,
    error: type[ParkgeoError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        concentration.ratio(change(parcels), town, weight="tax")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ({"target": 70}, SchemaError, "target must be a share between 0 and 1, not 70"),
        ({"by": "distrct"}, UnknownNameError, "no column 'distrct'.*did you mean 'district'"),
        ({"by": "brand_id", "of": "parcels"}, UnknownNameError, "in parcels"),
        ({"by": "tax", "of": "zones"}, SchemaError, "of must be"),
        ({"by": "district", "shapley": True}, SchemaError, "a column of the parks"),
        ({"shapley": True}, SchemaError, "a column of the parks"),
        ({"weight": 2}, SchemaError, "1 to count"),
    ],
)
def test_bad_options_are_refused(
    parcels: gpd.GeoDataFrame,
    town: gpd.GeoDataFrame,
    how: dict[str, object],
    error: type[ParkgeoError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        concentration.ratio(parcels, town, **how)


def test_an_empty_selection_has_no_land_and_asks_for_no_class_system(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    table = concentration.ratio(parcels.iloc[:0], town, classes="industry")
    assert table["total"].item() == 0
    assert np.isnan(table["ratio"].item())


def test_a_name_in_both_frames_asks_whose(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    parks = town.assign(district="x")
    with pytest.raises(AmbiguousNameError, match="of='parcels' or of='parks'"):
        concentration.ratio(parcels, parks, by="district")
    by_parcels = concentration.ratio(parcels, parks, by="district", of="parcels")
    by_parks = concentration.ratio(parcels, parks, by="district", of="parks")
    assert len(by_parcels) == 3
    assert by_parks["inside"].tolist() == pytest.approx([2.5])


def test_bad_parks_are_refused(parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> None:
    nowhere = town.set_geometry(gpd.GeoSeries([None] * 5, index=town.index, crs=4490))
    with pytest.raises(GeometryError, match="none of the 5 rows has a geometry"):
        concentration.ratio(parcels, nowhere)
    with pytest.raises(SchemaError, match="accuracy_m must be metres, 0 or more, in rows 'a'"):
        concentration.ratio(parcels, town.assign(accuracy_m=[-1.0, 1, 1, 1, 1]))


def test_nothing_is_a_share_of_nothing(parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> None:
    none = concentration.ratio(parcels.iloc[:0], town).iloc[0]
    assert none["total"] == 0
    assert np.isnan(none["ratio"])
    outside = concentration.ratio(parcels, town.iloc[:0]).iloc[0]
    assert (outside["inside"], outside["ratio"]) == (0, 0)
    far = concentration.ratio(parcels.iloc[[4]], town).iloc[0]
    assert (far["inside"], far["ratio"]) == (0, 0)


def test_rows_of_one_label_are_told_apart(
    parcels: gpd.GeoDataFrame, town: gpd.GeoDataFrame
) -> None:
    land = parcels.set_axis([7] * 5)
    row = concentration.ratio(land, town, where=land["tax"] > 0, by="district")
    assert row["inside"].tolist() == pytest.approx([1.5, 1.0, 0.0], abs=1e-9)


def test_zones_of_another_city_are_warned_of() -> None:
    land = gpd.GeoDataFrame(geometry=[box(120, 30, 120.01, 30.01)], crs="EPSG:4490")
    far = gpd.GeoDataFrame(geometry=[box(116, 39, 116.01, 39.01)], crs="EPSG:4490")
    words = r"no zone is anywhere near.* 120.000–120.010° E.* zones about 116.005° E, 39.005° N"
    with pytest.warns(UserWarning, match=words):
        found = concentration.ratio(land, far.to_crs("EPSG:3857"))
    assert found["ratio"].tolist() == [0.0]
