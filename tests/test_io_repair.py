"""Invalid rings: found with their place, mended on request, the change told in m²."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import from_metres
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from parkgeo import io, measure
from parkgeo.errors import GeometryError, MissingCRSError, UnknownNameError

BOW_TIE = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
"""Two triangles of 250 000 m² each, wound in opposite directions."""


def on_the_ground(*shapes: shapely.Geometry | None) -> gpd.GeoDataFrame:
    """Put shapes drawn in metres on the ground; their official areas are those of the drawing."""
    placed = [None if shape is None else from_metres(shape) for shape in shapes]
    index = pd.Index([f"r{row}" for row in range(len(shapes))], name="block_id")
    return gpd.GeoDataFrame({"a": range(len(shapes))}, geometry=placed, crs=4490, index=index)


def test_a_bow_tie_is_found_and_its_place_told() -> None:
    found = io.check(on_the_ground(box(0, 0, 1, 1), BOW_TIE, None, Polygon()))
    assert found["row"].tolist() == ["r1"]
    assert found["reason"].tolist() == ["Self-intersection"]
    middle = from_metres(shapely.Point(500, 500))
    assert found["location"].iloc[0].distance(middle) < 1e-6
    assert found.crs.to_epsg() == 4490


def test_nothing_wrong_gives_no_rows() -> None:
    found = io.check(on_the_ground(box(0, 0, 1, 1)))
    assert list(found.columns) == ["row", "reason", "location"]
    assert len(found) == 0


@pytest.mark.parametrize(
    ("shape", "method", "before", "after", "kind"),
    [
        (BOW_TIE, "linework", 0, 500_000, "MultiPolygon"),
        (BOW_TIE, "structure", 0, 500_000, "MultiPolygon"),
        # A hole outside its shell is a part of its own to GEOS.
        (
            Polygon(box(0, 0, 1000, 1000).exterior, [box(2000, 0, 2500, 500).exterior]),
            "linework",
            750_000,
            1_250_000,
            "MultiPolygon",
        ),
        (
            Polygon(box(0, 0, 1000, 1000).exterior, [box(2000, 0, 2500, 500).exterior]),
            "structure",
            750_000,
            1_250_000,
            "MultiPolygon",
        ),
        # Two parts that share a quarter: its area counted twice before.
        (
            MultiPolygon([box(0, 0, 1000, 1000), box(500, 500, 1500, 1500)]),
            "structure",
            2_000_000,
            1_750_000,
            "Polygon",
        ),
        # A spike of no width.
        (
            Polygon([(0, 0), (1000, 0), (2000, 0), (1000, 0), (1000, 1000), (0, 1000)]),
            "linework",
            1_000_000,
            1_000_000,
            "Polygon",
        ),
    ],
)
def test_areas_before_and_after(
    shape: Polygon, method: str, before: float, after: float, kind: str
) -> None:
    frame = on_the_ground(shape)
    mended, report = io.repair(frame, method=method)
    row = report.iloc[0]
    assert row["row"] == "r0"
    assert row["area_before_m2"] == pytest.approx(before, abs=0.5)
    assert row["area_after_m2"] == pytest.approx(after, abs=0.5)
    assert row["change_m2"] == row["area_after_m2"] - row["area_before_m2"]
    assert measure.area_m2(mended).iloc[0] == pytest.approx(row["area_after_m2"], rel=1e-9)
    assert mended.geometry.iloc[0].geom_type == kind
    assert mended.geometry.is_valid.all()


def test_dangling_parts_are_dropped_and_counted() -> None:
    spike = Polygon([(0, 0), (1000, 0), (2000, 0), (1000, 0), (1000, 1000), (0, 1000)])
    _, report = io.repair(on_the_ground(spike))
    assert report["dropped_parts"].tolist() == [1]


def test_a_ring_that_encloses_nothing_becomes_null() -> None:
    flat = Polygon([(0, 0), (1000, 0), (500, 0)])
    mended, report = io.repair(on_the_ground(flat, box(0, 0, 1, 1)))
    assert mended.geometry.isna().tolist() == [True, False]
    assert report["area_after_m2"].tolist() == [0.0]
    assert report["dropped_parts"].iloc[0] >= 1


def test_valid_rows_and_the_input_stay_as_they_are() -> None:
    frame = on_the_ground(box(0, 0, 1000, 1000), BOW_TIE, None)
    before = frame.copy(deep=True)
    mended, _ = io.repair(frame)
    assert mended.geometry.iloc[0].wkb == frame.geometry.iloc[0].wkb
    assert mended.geometry.iloc[2] is None
    assert mended["a"].tolist() == [0, 1, 2]
    assert mended.index.equals(frame.index)
    assert mended.crs == frame.crs
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))


def test_another_geometry_column_keeps_its_name() -> None:
    frame = on_the_ground(BOW_TIE).rename_geometry("extent")
    mended, _ = io.repair(frame)
    assert mended.active_geometry_name == "extent"
    assert list(mended.columns) == ["a", "extent"]


def test_areas_are_official_in_any_crs() -> None:
    for code in (4549, 32651, 3857):
        _, report = io.repair(on_the_ground(BOW_TIE).to_crs(code))
        assert report["area_after_m2"].iloc[0] == pytest.approx(500_000, rel=1e-3)


def test_what_cannot_be_mended_is_told() -> None:
    nan = shapely.transform(box(0, 0, 1, 1), lambda xy: np.where(xy[:, :1] == 0, np.nan, xy))
    frame = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), nan], crs=4490)
    assert io.check(frame)["location"].isna().all()
    with pytest.raises(GeometryError, match="rows 1 have coordinates that are not finite"):
        io.repair(frame)
    with pytest.raises(UnknownNameError, match="no method 'buffer'"):
        io.repair(frame, method="buffer")  # type: ignore[arg-type]
    with pytest.raises(MissingCRSError):
        io.check(frame.set_crs(None, allow_override=True))


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6)),
        min_size=4,
        max_size=9,
    ).filter(lambda ring: len(set(ring)) > 2),
    st.sampled_from(["linework", "structure"]),
)
def test_mending_twice_is_mending_once(ring: list[tuple[int, int]], method: str) -> None:
    frame = gpd.GeoDataFrame(geometry=[Polygon(ring)], crs="EPSG:4490")
    once, _ = io.repair(frame, method=method)
    twice, report = io.repair(once, method=method)
    assert once.geometry.dropna().is_valid.all()
    assert len(report) == 0
    assert list(twice.geometry) == list(once.geometry)
