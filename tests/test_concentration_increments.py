"""What is new between two dates, counted by hand."""

import inspect
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import frame
from shapely import Point, box

from parkgeo import concentration
from parkgeo.errors import GeometryError, ParkgeoError, SchemaError, UnknownNameError

increments = concentration.increments


@pytest.fixture
def zone() -> gpd.GeoDataFrame:
    return frame([box(0, 0, 1000, 1000)], accuracy_m=[0.0])


@pytest.fixture
def before() -> gpd.GeoDataFrame:
    """Two parcels inside, one outside, 0.01 km² each."""
    shapes = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(2000, 0, 2100, 100)]
    return frame(shapes, parcel_id=["a", "b", "c"], tax=[5.0, 3.0, 2.0], use=["0601"] * 3)


@pytest.fixture
def after() -> gpd.GeoDataFrame:
    """The parcel a grew, b is gone, c is as it was, d is half inside, e is outside."""
    shapes = [
        box(0, 0, 100, 200),
        box(2000, 0, 2100, 100),
        box(950, 0, 1050, 100),
        box(3000, 0, 3200, 100),
    ]
    return frame(shapes, parcel_id=list("acde"), tax=[9.0, 1.0, 6.0, 0.0], use=["0601"] * 4)


def test_between_two_states(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, zone: gpd.GeoDataFrame
) -> None:
    table = increments(after, zone, before=before, measures=["land", "projects", "tax"])
    assert table.index.tolist() == ["land", "projects", "tax"]
    assert table["unit"].tolist() == ["km2", "count", "tax"]
    # Land: a has 0.01 more, d has 0.01, e 0.02. Projects: d and e. Tax: a 4 more, d 6.
    assert table["total"].tolist() == pytest.approx([0.04, 2.0, 10.0], rel=1e-9)
    assert table["inside"].tolist() == pytest.approx([0.015, 0.5, 4 + 3], rel=1e-9)
    assert table["ratio"].tolist() == pytest.approx([0.375, 0.25, 0.7], rel=1e-9)
    assert table["gap"].tolist() == pytest.approx([0.017, 1.1, 1.0], rel=1e-9)
    assert table["gap_mu"].tolist() == pytest.approx([25.5, np.nan, np.nan], nan_ok=True)
    # Lost: b is gone, inside; c pays 1 less, outside.
    assert table["lost"].tolist() == pytest.approx([0.01, 1.0, 4.0], rel=1e-9)
    assert table["lost_inside"].tolist() == pytest.approx([0.01, 1.0, 3.0], rel=1e-9)
    # Net: 0.015 - 0.01 of 0.03; half a project came inside and a whole one went; 7 - 3 of 6.
    assert table["net_ratio"].tolist() == pytest.approx([1 / 6, -0.5, 2 / 3], rel=1e-9)
    assert table["n_parcels"].tolist() == [3, 2, 2]
    assert table["ratio_low"].tolist() == table["ratio"].tolist()


def test_what_had_another_class_is_new(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, zone: gpd.GeoDataFrame
) -> None:
    was = before.assign(use=["0701", "0601", "0601"])
    table = increments(after, zone, before=was, where={"use": "0601"})
    assert table.loc["land", "total"] == pytest.approx(0.05, rel=1e-9)
    assert table.loc["projects", "total"] == 3


def test_since_a_day(after: gpd.GeoDataFrame, zone: gpd.GeoDataFrame) -> None:
    days = pd.to_datetime(["2018-12-31", "2019-01-01", "2019-06-01", None])
    table = increments(
        after.assign(started=days),
        zone,
        since="2019-01-01",
        date="started",
        measures=["land", "tax"],
    )
    assert table["total"].tolist() == pytest.approx([0.02, 7.0], rel=1e-9)
    assert table["inside"].tolist() == pytest.approx([0.005, 3.0], rel=1e-9)
    assert table["lost"].isna().all()
    unknown = table.attrs["unknown"]["started"]
    assert (unknown["n"], unknown["rows"]) == (1, "3")
    assert unknown["area_km2"] == pytest.approx(0.02, rel=1e-9)


def test_projects_may_be_points(zone: gpd.GeoDataFrame) -> None:
    firms = frame([Point(10, 10), Point(10, 20), Point(5000, 0)], investment=[1.0, 2.0, 3.0])
    firms["date"] = pd.Timestamp(2020, 1, 1)
    table = increments(firms, zone, since="2019", measures=["projects", "investment"])
    assert table["ratio"].tolist() == pytest.approx([2 / 3, 0.5])
    with pytest.raises(GeometryError, match="parcels must be POLYGON"):
        increments(firms, zone, since="2019")


def test_five_times_eighty_per_cent(zone: gpd.GeoDataFrame) -> None:
    """Xiaoshan's five measures of one year at once, counted by hand: land misses, tax is met.

    New are c (inside), d (outside) and the half of b that it grew by, outside; a earns more.
    """
    shapes = [box(0, 0, 100, 100), box(1500, 0, 1600, 100), box(200, 0, 300, 200)]
    was = frame(
        shapes[:2],
        parcel_id=["a", "b"],
        investment=[10.0, 10.0],
        added_value=[5.0, 5.0],
        tax=[1.0, 1.0],
    )
    now = frame(
        [shapes[0], box(1500, 0, 1600, 150), shapes[2], box(3000, 0, 3100, 50)],
        parcel_id=list("abcd"),
        investment=[10.0, 13.0, 16.0, 1.0],
        added_value=[11.0, 5.0, 2.0, 2.0],
        tax=[8.0, 1.0, 1.0, 2.0],
    )
    five = ["land", "projects", "investment", "added_value", "tax"]
    table = increments(now, zone, before=was, measures=five)
    assert table["target"].tolist() == [0.8] * 5
    assert table["total"].tolist() == pytest.approx([0.03, 2, 20.0, 10.0, 10.0], rel=1e-9)
    assert table["inside"].tolist() == pytest.approx([0.02, 1, 16.0, 8.0, 8.0], rel=1e-9)
    assert table["ratio"].tolist() == pytest.approx([2 / 3, 0.5, 0.8, 0.8, 0.8], rel=1e-9)
    # 80 % of 0.03 km² is 0.024: 0.004 km², 6 mu, are missing.
    assert table["gap"].tolist() == pytest.approx([0.004, 0.6, 0, 0, 0], abs=1e-9)
    assert table.loc["land", "gap_mu"] == pytest.approx(6.0, rel=1e-6)
    assert table["net_ratio"].tolist() == pytest.approx(table["ratio"].tolist(), rel=1e-9)


@pytest.mark.shared
def test_the_five_measures_are_those_of_the_document(sources: Path) -> None:
    """「5个80%」: land, projects, investment, and what added value and tax have grown by."""
    text = (sources / "xiaoshan-2019-4286-industrial-carriers.txt").read_text(encoding="utf-8")
    asked = re.search(r"围绕“5个80%”的总体目标要求,即(.*?),实施", text)
    assert asked is not None
    named = re.findall(
        r"(产业用地指标|产业项目|产业投资|工业增加值增量|税收增量)[^、]*?(80)%以上", asked[1]
    )
    assert [one for one, _ in named] == [
        "产业用地指标",
        "产业项目",
        "产业投资",
        "工业增加值增量",
        "税收增量",
    ]
    default = inspect.signature(increments).parameters["target"].default
    assert {float(share) / 100 for _, share in named} == {default}


def test_nothing_new_has_no_ratio(before: gpd.GeoDataFrame, zone: gpd.GeoDataFrame) -> None:
    table = increments(before, zone, before=before, measures=["land", "projects", "tax"])
    assert table["total"].tolist() == [0, 0, 0]
    assert table["lost"].tolist() == [0, 0, 0]
    assert table["ratio"].isna().all()
    assert table["net_ratio"].isna().all()


def test_a_parcel_whose_ground_is_unknown_is_neither_new_nor_gone(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, zone: gpd.GeoDataFrame
) -> None:
    was = before.copy()
    was.loc[2, "geometry"] = None
    table = increments(after, zone, before=was)
    assert table.loc["projects", "total"] == 2
    assert table.attrs["before"]["without_geometry"]["rows"] == "2"


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ({}, SchemaError, "either before= .* or since="),
        ({"since": "2019", "date": "tax"}, SchemaError, "tax holds float64, not days"),
        ({"since": "2019"}, UnknownNameError, "no column 'date'.* with date="),
        ({"since": "spring", "date": "day"}, SchemaError, "since='spring' is no day"),
        ({"since": "2019", "date": "day", "measures": "tax"}, SchemaError, r"a list such as"),
        ({"since": "2019", "date": "day", "measures": ["gdp"]}, UnknownNameError, "'gdp'"),
        ({"since": "2019", "date": "day", "target": 80}, SchemaError, "between 0 and 1"),
    ],
)
def test_bad_options_are_refused(
    after: gpd.GeoDataFrame,
    zone: gpd.GeoDataFrame,
    how: dict[str, object],
    error: type[ParkgeoError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        increments(after.assign(day=pd.Timestamp(2020, 1, 1)), zone, **how)


def test_keys_must_tell_parcels_apart(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, zone: gpd.GeoDataFrame
) -> None:
    for ids, rows in ((["a", "a", "c", "d"], "rows 0, 1"), (["a", None, "c", "d"], "rows 1")):
        with pytest.raises(SchemaError, match=f"parcel_id: .*{rows}.*key of its own"):
            increments(after.assign(parcel_id=ids), zone, before=before)
    with pytest.raises(SchemaError, match="where must be a mapping"):
        increments(after, zone, before=before, where=after["tax"] > 0)
