"""The schema of the parcels and enterprises frames, and how its faults are told."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from parkgeo.errors import CRSMismatchError, SchemaError
from parkgeo.tables import (
    ENTERPRISE_COLUMNS,
    PARCEL_COLUMNS,
    validate_enterprises,
    validate_parcels,
)

SQUARE = box(120.0, 30.0, 120.01, 30.01)


def parcels(**columns: object) -> gpd.GeoDataFrame:
    data = {"parcel_id": ["330106001", "330106002"], **columns}
    return gpd.GeoDataFrame(data, geometry=[SQUARE, SQUARE], crs="EPSG:4490")


def enterprises(**columns: object) -> gpd.GeoDataFrame:
    data = {"enterprise_id": ["甲", "乙"], **columns}
    return gpd.GeoDataFrame(data, geometry=[Point(120, 30), Point(120, 31)], crs="EPSG:4490")


def test_columns_are_those_of_the_design() -> None:
    assert [column.name for column in PARCEL_COLUMNS] == [
        "parcel_id", "class_code", "class_system", "area_m2", "status", "district", "far",
        "density", "green_ratio", "output", "tax",
    ]  # fmt: skip
    assert [column.name for column in ENTERPRISE_COLUMNS] == [
        "enterprise_id", "name", "industry_code", "employment", "output", "tax", "parcel_id",
    ]  # fmt: skip


def test_missing_columns_are_added_and_what_is_there_stays() -> None:
    frame = parcels(tax=[0, -3], year=[2020, 2021])
    before = frame.copy(deep=True)
    found = validate_parcels(frame)
    assert list(found.columns) == [*(c.name for c in PARCEL_COLUMNS), "year", "geometry"]
    assert found["tax"].tolist() == [0.0, -3.0]
    assert found["class_code"].isna().all()
    assert found["density"].dtype == "float64"
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
    pd.testing.assert_frame_equal(pd.DataFrame(validate_parcels(found)), pd.DataFrame(found))


def test_an_unknown_place_is_no_fault() -> None:
    frame = enterprises().set_geometry(gpd.GeoSeries([None, Point(120, 31)], crs=4490))
    assert validate_enterprises(frame).geometry.isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            {"parcel_id": ["1", "1"]},
            r"parcel_id: '1' stands in more than one row, 0, 1; .*dissolve",
        ),
        ({"parcel_id": ["1", None]}, r"parcel_id: a value is null.*rows 1"),
        ({"parcel_id": [1, 2]}, r"parcel_id: 1, 2 is no text"),
        ({"class_code": [601, None]}, r"class_code: 601.0 is no text"),
        ({"area_m2": [0.0, 1.0]}, r"area_m2: 0.0 is no finite number above 0.*rows 0"),
        ({"far": [np.inf, 1.2]}, r"far: inf is no finite number"),
        ({"tax": ["3", "4"]}, r"tax: '3', '4' is no finite number"),
        ({"density": [45.0, 0.3]}, r"density: 45.0 is no share.*divide percentages by 100; rows 0"),
        ({"green_ratio": [-0.1, 0.3]}, r"green_ratio: -0.1 is no share"),
    ],
)
def test_a_bad_value_is_named_with_its_row(columns: dict[str, list[object]], says: str) -> None:
    with pytest.raises(SchemaError, match=says):
        validate_parcels(parcels(**columns))


def test_complete_asks_for_every_column() -> None:
    with pytest.raises(SchemaError, match="column class_code, class_system, area_m2.*: missing"):
        validate_parcels(parcels(), complete=True)
    with pytest.raises(SchemaError, match="column name: a value is null"):
        validate_enterprises(
            enterprises(**{c.name: [None, None] for c in ENTERPRISE_COLUMNS[1:]}), complete=True
        )


def test_geometry_is_of_the_kind_and_place_that_the_schema_says() -> None:
    with pytest.raises(SchemaError, match="geometry: Polygon where Point belongs"):
        validate_enterprises(parcels(enterprise_id=["a", "b"]))
    with pytest.raises(SchemaError, match="geometry: Point where Polygon or MultiPolygon belongs"):
        validate_parcels(enterprises(parcel_id=["a", "b"]))
    with pytest.raises(SchemaError, match="column parcel_id: missing"):
        validate_parcels(parcels().drop(columns="parcel_id"))
    with pytest.raises(CRSMismatchError, match="EPSG:4490"):
        validate_parcels(parcels().to_crs("EPSG:4549"))
