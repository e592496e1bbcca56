"""Laws of overlap, on extents whose areas are counted cell by cell."""

import warnings
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CELL_KM2, CORNER, Plan, count_pieces, middles, plans, points

from parkgeo import overlap

few = settings(max_examples=40)
TINY_KM2 = 1e-9
"""A thousandth of a square metre: what coordinates in degrees leave of a side of 1 km."""


def areas(table: pd.DataFrame) -> dict[tuple[str, ...], float]:
    return dict(zip(table["members"], table["area_km2"], strict=True))


def overlaps(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    return dict(
        zip(zip(table["left"], table["right"], strict=True), table["overlap_km2"], strict=True)
    )


def near(expected: dict) -> dict:
    return pytest.approx(expected, rel=1e-9, abs=TINY_KM2)


@few
@given(plans())
def test_pairs_are_the_common_cells(plan: Plan) -> None:
    extents = plan.extents
    expected = {
        (a, b): len(extents[a] & extents[b]) * CELL_KM2
        for a, b in combinations(extents, 2)
        if points(extents[a]) & points(extents[b])
    }
    table = overlap.pairs(plan.frame())
    assert overlaps(table) == near(expected)
    for row in table.itertuples():
        left, right = extents[row.left], extents[row.right]
        common = len(left & right)
        assert row.share_left == pytest.approx(common / len(left), abs=1e-9)
        assert row.share_right == pytest.approx(common / len(right), abs=1e-9)
        assert row.iou == pytest.approx(common / len(left | right), abs=1e-9)
        assert row.relation == (
            "adjacent" if not common
            else "equal" if left == right
            else "within" if left < right
            else "contains" if left > right
            else "partial"
        )  # fmt: skip
    assert table.attrs["conservation"] <= 1e-9


@few
@given(plans())
def test_faces_are_the_sets_of_cells(plan: Plan) -> None:
    expected = plan.faces
    table = overlap.partition(plan.frame())
    assert areas(table) == near({who: len(cells) * CELL_KM2 for who, cells in expected.items()})
    assert table["n_members"].tolist() == [len(who) for who in table["members"]]
    assert table.attrs["conservation"] <= 1e-9
    assert table.is_valid.all()
    cells = sorted(frozenset().union(*plan.blocks))
    within = shapely.contains(table.geometry.to_numpy()[:, None], middles(cells).to_numpy())
    for who, found in zip(table["members"], within, strict=True):
        assert {cells[i] for i in np.flatnonzero(found)} == expected[who]


@few
@given(plans())
def test_connected_faces_are_counted(plan: Plan) -> None:
    table = overlap.partition(plan.frame(meet_at_corners=True), dissolve=False)
    assert len(table) == sum(count_pieces(cells) for cells in plan.faces.values())
    assert set(table.geom_type) == {"Polygon"}


@few
@given(plans())
def test_pairs_agree_with_faces(plan: Plan) -> None:
    frame = plan.frame()
    faces = areas(overlap.partition(frame))
    expected = {
        (a, b): sum(area for who, area in faces.items() if a in who and b in who)
        for a, b in overlaps(overlap.pairs(frame))
    }
    assert overlaps(overlap.pairs(frame)) == near(expected)


@few
@given(plans(), st.randoms(use_true_random=False))
def test_order_and_ring_orientation_change_nothing(plan: Plan, random) -> None:  # noqa: ANN001
    frame = plan.frame()
    other = frame.iloc[random.sample(range(len(frame)), len(frame))]
    other = other.set_geometry(other.geometry.reverse())
    assert areas(overlap.partition(other)) == near(areas(overlap.partition(frame)))
    assert overlaps(overlap.pairs(other)) == near(overlaps(overlap.pairs(frame)))
    relations = overlap.pairs(frame)[["left", "right", "relation"]]
    pd.testing.assert_frame_equal(overlap.pairs(other)[["left", "right", "relation"]], relations)


@few
@given(plans(), st.permutations("ABCD"))
def test_relabelling_changes_only_the_labels(plan: Plan, names: list[str]) -> None:
    new = dict(zip("ABCD", names, strict=True))
    renamed = Plan(plan.blocks, [new[brand] for brand in plan.brands])
    expected = {
        tuple(sorted(new[brand] for brand in who)): area
        for who, area in areas(overlap.partition(plan.frame())).items()
    }
    assert areas(overlap.partition(renamed.frame())) == near(expected)


@few
@given(plans(), st.integers(-3000, 3000), st.integers(-2000, 2000))
def test_translation_on_the_plane_changes_nothing(plan: Plan, east_km: int, north_km: int) -> None:
    moved = plan.frame((CORNER[0] + 1000 * east_km, CORNER[1] + 1000 * north_km))
    assert areas(overlap.partition(moved)) == near(areas(overlap.partition(plan.frame())))
    assert overlaps(overlap.pairs(moved)) == near(overlaps(overlap.pairs(plan.frame())))


@few
@given(plans())
def test_faces_of_faces_are_the_faces(plan: Plan) -> None:
    once = overlap.partition(plan.frame(meet_at_corners=True), dissolve=False)
    again = overlap.partition(once.assign(face=range(len(once))), by="face", dissolve=False)
    assert (again["n_members"] == 1).all()
    assert [who[0] for who in again["members"]] == list(range(len(once)))
    assert again["area_km2"].tolist() == pytest.approx(once["area_km2"].tolist(), abs=TINY_KM2)


@few
@given(plans())
def test_net_area_is_the_union(plan: Plan) -> None:
    frame = plan.frame()
    by_brand = overlap.net_area_km2(frame, by="brand_id")
    net = overlap.net_area_km2(frame)
    assert by_brand.to_dict() == near(
        {who: len(cells) * CELL_KM2 for who, cells in plan.extents.items()}
    )
    assert net == pytest.approx(len(frozenset().union(*plan.blocks)) * CELL_KM2, abs=TINY_KM2)
    assert net <= by_brand.sum() + TINY_KM2
    assert overlap.partition(frame)["area_km2"].sum() == pytest.approx(net, abs=TINY_KM2)


@few
@given(plans(), st.lists(st.none() | st.floats(0, 200), min_size=5, max_size=5))
def test_the_interval_holds_the_overlap(plan: Plan, accuracy: list[float | None]) -> None:
    frame = plan.frame().assign(accuracy_m=accuracy[: len(plan.blocks)])
    table = overlap.pairs(frame)
    known = table["overlap_low_km2"].notna()
    assert (known == table["overlap_high_km2"].notna()).all()
    assert (known == table["significant"].notna()).all()
    sure = table[known]
    assert (sure["overlap_low_km2"] >= 0).all()
    assert (sure["overlap_low_km2"] <= sure["overlap_km2"]).all()
    assert (sure["overlap_km2"] <= sure["overlap_high_km2"]).all()
    assert ((sure["overlap_low_km2"] > 0) == sure["significant"].astype(bool)).all()
    for share in ("share_left", "share_right", "iou"):
        assert table[share].between(0, 1).all()


@few
@given(plans(), st.floats(0, 50), st.floats(0, 50))
def test_a_worse_boundary_widens_the_interval(plan: Plan, better: float, worse: float) -> None:
    better, worse = sorted((better, worse))
    narrow = overlap.pairs(plan.frame().assign(accuracy_m=better))
    wide = overlap.pairs(plan.frame().assign(accuracy_m=worse))
    # GEOS draws an arc to about 1 % of its radius.
    slack_km2 = 1e-9 + 0.02 * worse * 20_000 / 1e6
    assert (wide["overlap_low_km2"] <= narrow["overlap_low_km2"] + slack_km2).all()
    assert (wide["overlap_high_km2"] >= narrow["overlap_high_km2"] - slack_km2).all()


@few
@given(plans())
def test_the_input_is_left_alone(plan: Plan) -> None:
    frame = plan.frame().assign(accuracy_m=5.0)
    before: gpd.GeoDataFrame = frame.copy(deep=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        overlap.pairs(frame, geometry=True)
        overlap.partition(frame)
        overlap.net_area_km2(frame, by="brand_id")
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
    assert frame.geometry.geom_equals_exact(before.geometry, 0).all()
    assert frame.attrs == before.attrs
