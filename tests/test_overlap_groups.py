import geopandas as gpd
import pytest
from shapely import box
from strategies import on_ground

from parkgeo import overlap


def chain(accuracy_m: float | None) -> gpd.GeoDataFrame:
    """Draw a on b by 100 m, b on c by 10 m; d touches c; e apart."""
    shapes = [
        box(0, 0, 1100, 1000),
        box(1000, 0, 2010, 1000),
        box(2000, 0, 3000, 1000),
        box(3000, 0, 3500, 1000),
        box(9000, 0, 9100, 100),
    ]
    return gpd.GeoDataFrame(
        {"brand_id": list("abcde"), "accuracy_m": accuracy_m}, geometry=on_ground(shapes)
    )


def test_the_groups_of_the_town(town: gpd.GeoDataFrame) -> None:
    table = overlap.groups(town)
    assert table["members"].tolist() == [("A", "B", "C"), ("D",)]
    assert table["n_members"].tolist() == [3, 1]
    assert table["net_area_km2"].tolist() == pytest.approx([8, 3], rel=1e-8)
    assert table["net_area_mu"].tolist() == pytest.approx([12_000, 4_500], rel=1e-8)
    assert table["sum_area_km2"].tolist() == pytest.approx([10, 3], rel=1e-8)
    assert table["counted_twice_km2"].tolist() == pytest.approx([2, 0], abs=1e-8)
    assert table.attrs["conservation"] <= 1e-9


def test_what_is_not_known_counts_as_exact() -> None:
    assert overlap.groups(chain(None))["members"].tolist() == [("a", "b", "c"), ("d",), ("e",)]


def test_an_overlap_that_the_error_can_make_ties_nothing() -> None:
    table = overlap.groups(chain(10.0))
    assert table["members"].tolist() == [("a", "b"), ("c",), ("d",), ("e",)]
    # The strip of 10 m between b and c is ground of both.
    assert table["net_area_km2"].tolist() == pytest.approx([2.01, 1.0, 0.5, 0.01], rel=1e-8)
    assert table["counted_twice_km2"].tolist() == pytest.approx([0.1, 0, 0, 0], abs=1e-8)


def test_rows_do_not_matter() -> None:
    frame = chain(10.0)
    assert overlap.groups(frame[::-1])["members"].tolist() == [("a", "b"), ("c",), ("d",), ("e",)]


def test_no_rows() -> None:
    table = overlap.groups(chain(1.0).iloc[:0])
    assert table.empty
    assert list(table.columns[:3]) == ["members", "n_members", "net_area_km2"]
