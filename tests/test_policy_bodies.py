import geopandas as gpd
import pytest
from shapely import box

from parkgeo import policy
from parkgeo.errors import SchemaError
from tests.conftest import from_metres


def parks_of(*rows: tuple[str, tuple[int, int, int, int], str | None]) -> gpd.GeoDataFrame:
    """Rectangles in metres; their official areas are their planar ones."""
    brands, corners, bodies = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"brand_id": brands, "administrator": bodies},
        geometry=[from_metres(box(*corner)) for corner in corners],
        crs="EPSG:4490",
    )


PARKS = parks_of(
    ("a", (0, 0, 2000, 1000), "甲管委会"),
    ("b", (1000, 0, 3000, 1000), "乙管委会"),
    ("c", (0, 0, 500, 1000), "甲 管委会"),
    ("d", (5000, 0, 6000, 500), None),
    ("e", (5500, 0, 6000, 500), "丙"),
)


def test_each_face_is_judged_by_its_own_brands() -> None:
    found = policy.one_body(PARKS).set_index("members")
    # km² by hand: a∩b is 1 × 1; d alone is 0.5 × 0.5; and so on.
    expected = {
        ("a", "b"): ("several", ("乙管委会", "甲管委会"), 1.0),
        ("d", "e"): ("unnamed", ("丙",), 0.25),
        ("d",): ("none", (), 0.25),
        ("a",): ("one", ("甲管委会",), 0.5),
        ("a", "c"): ("one", ("甲管委会",), 0.5),
        ("b",): ("one", ("乙管委会",), 1.0),
    }
    assert set(found.index) == set(expected)
    for members, (status, bodies, area_km2) in expected.items():
        row = found.loc[[members]].iloc[0]
        assert (row["status"], row["bodies"]) == (status, bodies)
        assert row["area_km2"] == pytest.approx(area_km2, rel=1e-9)
    assert list(dict.fromkeys(found["status"])) == ["several", "unnamed", "none", "one"]
    assert "甲管委会" in found.loc[[("a", "b")], "reason_en"].iloc[0]


def test_the_share_with_one_body_is_of_the_net_area() -> None:
    found = policy.one_body(PARKS)
    assert found.attrs["share_one"] == pytest.approx(2.0 / 3.5, rel=1e-9)
    assert found["area_km2"].sum() == pytest.approx(3.5, rel=1e-9)


def test_order_of_rows_changes_nothing() -> None:
    left, right = policy.one_body(PARKS), policy.one_body(PARKS.iloc[::-1])
    columns = ["members", "bodies", "status", "reason"]
    assert left[columns].to_dict() == right[columns].to_dict()


def test_blocks_of_one_brand_under_two_bodies_are_seen() -> None:
    parks = parks_of(("a", (0, 0, 1000, 1000), "甲"), ("a", (1000, 0, 2000, 1000), "乙"))
    assert policy.one_body(parks)["status"].tolist() == ["several"]


def test_a_frame_without_the_column_says_what_it_has() -> None:
    with pytest.raises(SchemaError, match="no column 'committee'.*found brand_id, administrator"):
        policy.one_body(PARKS, body="committee")
