"""The partition of large input, slivers, what members carry, and stopping half way."""

import threading

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from pyproj import Geod
from shapely import box
from strategies import Plan, on_ground, plans

from parkgeo import overlap
from parkgeo._ground import _threads
from parkgeo.crs import PLANE
from parkgeo.errors import SchemaError, UnknownNameError
from parkgeo.overlap import _arrangement, _partition

few = settings(max_examples=40)


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every input the way of large input."""
    monkeypatch.setattr(_partition, "_SWEEP_ABOVE", -1)


def parks(**shapes: shapely.Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"brand_id": [name.split("_")[0] for name in shapes]},
        geometry=on_ground(shapes.values()).to_numpy(),
        index=list(shapes),
        crs="EPSG:4490",
    )


def areas(table: pd.DataFrame) -> dict[tuple[str, ...], float]:
    return dict(zip(table["members"], table["area_km2"], strict=True))


def comb(teeth: int, *, upright: bool) -> shapely.Polygon:
    """Draw teeth of 2 m, 2 m apart, on a bar of 2 m."""
    start = 4.0 * np.arange(teeth)
    x = np.column_stack([start, start, start + 2, start + 2]).ravel()
    y = np.tile([0.0, 4.0 * teeth, 4.0 * teeth, 0.0], teeth)
    xy = np.vstack([np.column_stack([x, y]), [[x[-1], -2.0], [0.0, -2.0]]])
    return shapely.Polygon(xy if upright else xy[:, ::-1])


# The two ways ------------------------------------------------------------------------------------


def test_outlines_that_cross_often_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    teeth = 200
    frame = gpd.GeoDataFrame(
        {"brand_id": ["a", "b"]},
        geometry=[comb(teeth, upright=True), comb(teeth, upright=False)],
        crs=PLANE,
    )
    # 1 600 corners and 160 000 crossings: with these, GEOS took minutes at 1 000 teeth.
    monkeypatch.setattr(_partition, "attempts", None)
    found = areas(overlap.partition(frame, geometry=False))
    mesh_m2, own_m2 = 4.0 * teeth**2, 8.0 * teeth**2 + 2 * (4 * teeth - 2)
    assert found["a", "b"] * 1e6 == pytest.approx(mesh_m2, rel=1e-9)
    assert found["a",] * 1e6 == pytest.approx(own_m2 - mesh_m2, rel=1e-9)
    assert overlap.net_area_km2(frame) * 1e6 == pytest.approx(2 * own_m2 - mesh_m2, rel=1e-9)


@few
@given(plans())
def test_the_sweep_finds_the_faces_of_geos(plan: Plan) -> None:
    frame = plan.frame()
    cut = overlap.partition(frame, geometry=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_partition, "_SWEEP_ABOVE", -1)
        swept_ = overlap.partition(frame, geometry=False)
        net = overlap.net_area_km2(frame)
        by_brand = overlap.net_area_km2(frame, by="brand_id")
    pd.testing.assert_frame_equal(swept_, cut, rtol=1e-9, atol=1e-12)
    assert swept_["members"].tolist() == cut["members"].tolist()
    assert swept_.attrs.keys() == cut.attrs.keys()
    assert net == pytest.approx(overlap.net_area_km2(frame), rel=1e-9)
    pd.testing.assert_series_equal(by_brand, overlap.net_area_km2(frame, by="brand_id"), rtol=1e-9)


@pytest.mark.usefixtures("swept")
def test_the_town_by_sweep(town: gpd.GeoDataFrame) -> None:
    faces = overlap.partition(town, geometry=False)
    assert faces["members"].tolist() == [("A",), ("B",), ("C",), ("D",), ("A", "B"), ("A", "C")]
    assert faces["area_km2"].tolist() == pytest.approx([2, 3, 1, 3, 1, 1], rel=1e-8)
    assert faces.attrs["conservation"] <= 1e-12
    assert overlap.net_area_km2(town) == pytest.approx(11, rel=1e-8)
    hidden = town.copy()
    hidden.loc["d", "geometry"] = None
    by_brand = overlap.net_area_km2(hidden, by="brand_id")
    assert by_brand.to_dict() == pytest.approx({"A": 4, "B": 4, "C": 2, "D": np.nan}, nan_ok=True)


@pytest.mark.usefixtures("swept")
def test_no_rows_by_sweep() -> None:
    assert overlap.partition(parks(a=box(0, 0, 1, 1)).iloc[:0], geometry=False).empty


@pytest.mark.usefixtures("swept")
def test_needles_that_matter_are_kept_by_the_sweep_too() -> None:
    frame = parks(a=box(0, 0, 1000, 100), b=box(0, 5e-7, 1000, 100 + 5e-7))
    faces = overlap.partition(frame, geometry=False)
    assert faces["members"].tolist() == [("a",), ("b",), ("a", "b")]
    assert faces.attrs["conservation"] <= 1e-9


def test_groups_of_extents_are_cut_as_if_all_were_cut_at_once() -> None:
    rng = np.random.default_rng(5)
    at = rng.uniform(0, 6000, (60, 2))
    shapes = {f"b{i}": shapely.Point(x, y).buffer(500) for i, (x, y) in enumerate(at)}
    faces = overlap.partition(parks(**shapes), dissolve=False)
    plane = np.array(list(shapes.values()))
    lines = shapely.union_all(shapely.boundary(plane))
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.contains(plane[:, None], shapely.point_on_surface(cells)[None])
    names = np.array(list(shapes))
    expected = sorted(
        (tuple(sorted(names[mine].tolist())), area / 1e6)
        for mine, area in zip(inside.T, shapely.area(cells), strict=True)
        if mine.any()
    )
    found = sorted(zip(faces["members"], faces["area_km2"], strict=True))
    assert [who for who, _ in found] == [who for who, _ in expected]
    assert [a for _, a in found] == pytest.approx([a for _, a in expected], rel=1e-6)


# Slivers -----------------------------------------------------------------------------------------

NEARLY = {"a": box(0, 0, 1000, 1000), "b": box(0.5, 0.5, 1000.5, 1000.5)}
"""One square drawn twice, half a metre apart."""


def test_slivers_go_to_the_neighbour_they_lie_along() -> None:
    faces = overlap.partition(parks(**NEARLY), min_width_m=1.0)
    assert faces["members"].tolist() == [("a", "b")]
    # Each sliver is an L of 2 · 1000 · 0.5 - 0.25 m².
    assert faces["area_km2"].sum() * 1e6 == pytest.approx(999.5**2 + 2 * 999.75, rel=1e-9)
    assert faces.attrs["slivers_merged"] == 2
    assert faces.attrs["slivers_merged_m2"] == pytest.approx(2 * 999.75, rel=1e-6)
    assert faces.attrs["conservation"] <= 1e-12
    # The slivers count twice now.
    assert faces.attrs["conservation_after_merging"] == pytest.approx(2 * 999.75 / 2e6, rel=1e-6)
    assert "2 slivers" in overlap.certificate(faces)


def test_most_border_decides() -> None:
    # A strip 1 m wide with 600 m of border with b, 400 m with c.
    strip = {"a": box(0, 0, 1000, 1), "b": box(0, 1, 600, 500), "c": box(600, 1, 1000, 500)}
    faces = overlap.partition(parks(**strip), min_width_m=2.0)
    assert areas(faces) == pytest.approx({("b",): 0.3004, ("c",): 0.1996}, rel=1e-8)


def test_slivers_behind_slivers_follow_them() -> None:
    shapes = {"a": box(0, 0, 1000, 500), "b": box(0, 500, 1000, 501), "c": box(0, 501, 1000, 502)}
    faces = overlap.partition(parks(**shapes), min_width_m=1.5)
    assert areas(faces) == pytest.approx({("a",): 0.502}, rel=1e-8)
    assert faces.attrs["slivers_merged"] == 2
    assert len(overlap.partition(parks(**shapes), min_width_m=1.5, dissolve=False)) == 1


def test_a_sliver_without_a_neighbour_stays() -> None:
    shapes = {"a": box(0, 0, 1000, 500), "thin": box(0, 900, 1000, 901)}
    for geometry in (True, False):
        faces = overlap.partition(parks(**shapes), min_width_m=2.0, geometry=geometry)
        assert areas(faces) == pytest.approx({("a",): 0.5, ("thin",): 0.001}, rel=1e-8)
        assert faces.attrs["slivers_merged"] == 0


def test_rows_and_labels_do_not_decide_where_slivers_go() -> None:
    # As much border with b as with c; b is larger.
    shapes = {"a": box(0, 0, 1000, 1), "b": box(0, 1, 500, 500), "c": box(500, 1, 1000, 400)}
    frame = parks(**shapes)
    expected = {("b",): (500 * 499 + 1000) / 1e6, ("c",): 500 * 399 / 1e6}
    assert areas(overlap.partition(frame, min_width_m=2.0)) == pytest.approx(expected, rel=1e-8)
    assert areas(overlap.partition(frame[::-1], min_width_m=2.0)) == pytest.approx(
        expected, rel=1e-8
    )
    renamed = frame.assign(brand_id=frame["brand_id"].map({"a": "z", "b": "y", "c": "x"}))
    assert areas(overlap.partition(renamed, min_width_m=2.0)) == pytest.approx(
        {("y",): expected[("b",)], ("x",): expected[("c",)]}, rel=1e-8
    )


@pytest.mark.parametrize("width", [-1.0, float("nan"), float("inf")])
def test_what_is_no_width_is_refused(width: float) -> None:
    with pytest.raises(SchemaError, match="min_width_m"):
        overlap.partition(parks(**NEARLY), min_width_m=width)


# Carried columns ---------------------------------------------------------------------------------


def test_members_carry_their_attributes() -> None:
    frame = parks(a_1=box(0, 0, 2, 2), a_2=box(2, 0, 4, 2), b=box(1, 0, 3, 2)).assign(
        level=["national", "municipal", "provincial"], since=[2000, None, None]
    )
    faces = overlap.partition(frame, carry=["level", "since"], geometry=False)
    assert faces["members"].tolist() == [("a",), ("a", "b")]
    both = ("municipal", "national")
    assert faces["level"].tolist() == [(both,), (both, "provincial")]
    assert faces["since"].tolist() == [(2000.0,), (2000.0, None)]
    again = overlap.partition(frame[::-1], carry=["level", "since"], geometry=False)
    pd.testing.assert_frame_equal(again, faces)


def test_a_column_that_cannot_be_carried_is_refused() -> None:
    frame = parks(**NEARLY).assign(area_km2=1.0)
    with pytest.raises(SchemaError, match="area_km2"):
        overlap.partition(frame, carry=["area_km2"])
    with pytest.raises(UnknownNameError, match="'stage'"):
        overlap.partition(frame, carry=["stage"])
    with pytest.raises(SchemaError, match=r"\['level'\]"):
        overlap.partition(frame, carry="level")


# Stopping ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("geometry", [True, False])
def test_stopping_half_way_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch, *, geometry: bool
) -> None:
    def stop(items, *, doing: str, total: int):  # noqa: ANN001, ANN202, ARG001
        yield next(iter(items))
        raise KeyboardInterrupt

    monkeypatch.setattr(_partition, "_SWEEP_ABOVE", -1)
    monkeypatch.setattr("parkgeo.overlap._faces._TASK_EDGES", 10)
    monkeypatch.setattr(_arrangement, "_CHUNK", 1)
    monkeypatch.setattr(_threads, "watched", stop)
    shapes = {f"b{i}": box(1000 * i, 0, 1000 * i + 1500, 100 + i) for i in range(40)}
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        overlap.partition(parks(**shapes), geometry=geometry)
    assert threading.active_count() == before


def test_what_is_not_begun_is_not_done_after_an_error() -> None:
    begun = []

    def work(task: int) -> int:
        begun.append(task)
        if task == 3:
            raise ValueError("at the fourth")
        threading.Event().wait(0.005)
        return task

    with pytest.raises(ValueError, match="at the fourth"):
        _threads.in_threads(work, range(1000), doing="counting")
    assert len(begun) < 100


@pytest.mark.parametrize("azimuth", [90, 0])
def test_the_width_of_a_sliver_is_in_metres_on_the_ground(azimuth: int) -> None:
    # At 45° N the equal-area plane draws a metre as 1.4 m going east and as 0.7 m going north.
    east, north = 125.01, 45.01
    lon, lat, _ = Geod(ellps="GRS80").fwd(east, north, azimuth + 180, 1.0)
    other = box(lon, 45, 125.02, north) if azimuth else box(125, lat, east, 45.02)
    frame = gpd.GeoDataFrame(
        {"brand_id": ["a", "b"]}, geometry=[box(125, 45, east, north), other], crs="EPSG:4490"
    )
    merged = [overlap.partition(frame, min_width_m=w).attrs["slivers_merged"] for w in (0.99, 1.01)]
    assert merged == [0, 1]
