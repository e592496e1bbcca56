"""The sweep adds up areas of sets; drawn on grids, where they are counted, and against GEOS."""

from collections import defaultdict
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Polygon, box
from strategies import Plan, corners, plans, polygon

from parkgeo._kernels import _sweep
from parkgeo.errors import GeometryError
from parkgeo.overlap import _faces
from parkgeo.overlap._faces import SetAreas, set_areas

few = settings(max_examples=60)
Geometries = NDArray[np.object_]


def by_set(found: SetAreas) -> dict[tuple[int, ...], float]:
    return dict(zip(found.sets, found.area_m2.tolist(), strict=True))


def shapes_of(*drawn: Polygon) -> Geometries:
    out = np.empty(len(drawn), dtype=object)
    out[:] = drawn
    return out


def cell_fraction(cell: tuple[int, int, int]) -> Fraction:
    """Area of a cell of the grid by the shoelace rule, exactly, in units of a square."""
    (ax, ay), (bx, by), (cx, cy) = corners(cell)
    return abs(Fraction((bx - ax) * (cy - ay) - (cx - ax) * (by - ay), 8))


@few
@given(plans())
def test_areas_are_exact_on_a_grid(plan: Plan) -> None:
    extents = plan.extents
    labels = list(extents)
    found = by_set(set_areas(shapes_of(*map(polygon, extents.values()))).wider_than(1e-6))
    expected = {
        tuple(labels.index(brand) for brand in who): float(sum(map(cell_fraction, cells)) * 10_000)
        for who, cells in plan.faces.items()
    }
    assert found == pytest.approx(expected, rel=1e-12)


@few
@given(plans(), st.randoms(use_true_random=False))
def test_turning_and_reversing_rings_changes_nothing(plan: Plan, random) -> None:  # noqa: ANN001
    shapes = shapes_of(*map(polygon, plan.extents.values()))
    turned = shapely.transform(
        shapely.reverse(shapes), lambda xy: np.column_stack([-xy[:, 1], xy[:, 0]])
    )
    order = random.sample(range(len(shapes)), len(shapes))
    again = by_set(set_areas(turned[order]).wider_than(1e-6))
    back = {tuple(sorted(order[i] for i in who)): area for who, area in again.items()}
    assert back == pytest.approx(by_set(set_areas(shapes).wider_than(1e-6)), rel=1e-12)


@settings(max_examples=15)
@given(plans())
def test_the_compiled_loop_does_what_the_loop_does(plan: Plan) -> None:
    shapes = shapes_of(*map(polygon, plan.extents.values()))
    slow, fast = set_areas(shapes, compile_loop=False), set_areas(shapes)
    assert slow.sets == fast.sets
    assert slow.area_m2.tolist() == pytest.approx(fast.area_m2.tolist(), rel=1e-14, abs=1e-9)
    assert slow.border_m.tolist() == pytest.approx(fast.border_m.tolist(), rel=1e-12)


def star(
    rng: np.random.Generator, *, corners_: int, at: tuple[float, float], reach: float
) -> Polygon:
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners_))
    radius = reach * rng.uniform(0.5, 1, corners_)
    ring = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    return shapely.make_valid(Polygon(ring + at, [0.3 * ring[::-1] + at]), method="structure")


def by_geos(shapes: Geometries) -> dict[tuple[int, ...], float]:
    """The same by noding, polygonizing and looking where a point of each face lies."""
    lines = shapely.union_all(shapely.boundary(shapes))
    cells = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.contains(shapes[:, None], shapely.point_on_surface(cells)[None])
    out: dict[tuple[int, ...], float] = defaultdict(float)
    for column, area in zip(inside.T, shapely.area(cells), strict=True):
        if column.any():
            out[tuple(np.flatnonzero(column).tolist())] += area
    return out


@pytest.mark.parametrize("seed", range(20))
def test_stars_with_holes_and_parts_agree_with_geos(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stars = [
        star(rng, corners_=int(rng.integers(5, 200)), at=rng.uniform(0, 4000, 2), reach=1200)
        for _ in range(24)
    ]
    shapes = shapes_of(*(shapely.union(a, b) for a, b in zip(stars[:12], stars[12:], strict=True)))
    found, expected = by_set(set_areas(shapes)), by_geos(shapes)
    own = shapely.area(shapes)
    for who in found.keys() | expected.keys():
        error = abs(found.get(who, 0.0) - expected.get(who, 0.0))
        assert error <= 1e-9 * own[list(who)].min()


def test_borders_are_those_of_the_faces() -> None:
    town = shapes_of(
        box(0, 0, 2000, 2000),
        box(1000, 1000, 3000, 3000),
        box(0, 0, 1000, 1000),
        box(5e3, 0, 6e3, 1e3),
    )
    found = set_areas(town)
    borders = dict(zip(found.sets, found.border_m.tolist(), strict=True))
    # (0,) is two squares that meet in a point; (1,) an L.
    assert borders == pytest.approx(
        {(0,): 8000, (1,): 8000, (3,): 4000, (0, 1): 4000, (0, 2): 4000}, abs=1e-6
    )


@pytest.mark.parametrize("upright", [True, False])
def test_needles_of_rounding_are_told_from_thin_faces(*, upright: bool) -> None:
    def pair(gap_m: float) -> SetAreas:
        left, right = box(0, 0, 500, 1000), box(500 - gap_m, 0, 1000, 1000)
        shapes = shapes_of(left, right)
        if not upright:
            shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        return set_areas(shapes).wider_than(1e-6)

    assert pair(3e-9).sets == [(0,), (1,)]
    assert pair(1e-5).sets == [(0,), (1,), (0, 1)]
    assert by_set(pair(1e-5))[0, 1] == pytest.approx(0.01, rel=1e-6)


def test_near_duplicates_leave_their_slivers() -> None:
    rng = np.random.default_rng(7)
    ring = shapely.get_coordinates(star(rng, corners_=400, at=(0, 0), reach=1000).exterior)[:-1]
    shapes = shapes_of(*(Polygon(ring + rng.normal(0, 0.01, ring.shape)) for _ in range(6)))
    shapes = shapely.make_valid(shapes, method="structure")
    found, expected = by_set(set_areas(shapes)), by_geos(shapes)
    assert max(abs(found.get(w, 0.0) - expected.get(w, 0.0)) for w in found | expected) < 1e-6


def test_300_extents_on_the_same_ground() -> None:
    # Squares moved along the diagonal: what is covered by i to j is a band of two rectangles.
    shapes = np.array([box(i, i, 1000 + i, 1000 + i) for i in range(300)], dtype=object)
    found = by_set(set_areas(shapes))
    assert found[tuple(range(300))] == pytest.approx(701.0**2, rel=1e-12)
    assert sum(area * len(who) for who, area in found.items()) == pytest.approx(3e8, rel=1e-12)
    assert all(who == tuple(range(who[0], who[-1] + 1)) for who in found)
    assert sum(found.values()) == pytest.approx(1e6 + 299 * (2000 - 1), rel=1e-12)


def test_500_extents_that_are_one() -> None:
    rng = np.random.default_rng(1)
    shapes = np.array([star(rng, corners_=60, at=(0, 0), reach=900)] * 500, dtype=object)
    found = set_areas(shapes)
    assert found.sets == [tuple(range(500))]
    assert found.area_m2[0] == pytest.approx(shapes[0].area, rel=1e-12)


def test_nested_extents_need_no_more_than_their_edges() -> None:
    half = np.arange(1, 501, dtype=np.float64)
    found = by_set(set_areas(shapely.box(-half, -half, half, half)))
    # Between square k and square k + 1 lie the squares from k on.
    expected = {tuple(range(k, 500)): 4.0 * (2 * k + 1) for k in range(500)}
    assert found == pytest.approx(expected, rel=1e-12)


def test_only_kin_is_looked_at_together() -> None:
    shapes = shapes_of(box(0, 0, 10, 10), box(5, 0, 15, 10), box(0, 0, 10, 10))
    assert by_set(set_areas(shapes, kin=np.array([0, 1, 0]))) == {(1,): 100.0, (0, 2): 100.0}


def test_strips_and_little_room_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    shapes = shapes_of(
        *(star(rng, corners_=300, at=rng.uniform(0, 3000, 2), reach=1200) for _ in range(20))
    )
    whole = set_areas(shapes)
    monkeypatch.setattr(_faces, "_TASK_EDGES", 700)
    rooms, room = [], _faces._room
    monkeypatch.setattr(
        _faces, "_room", lambda sizes, owners: rooms.append(dict(sizes)) or room(sizes, owners)
    )
    cut = set_areas(shapes)
    assert len(rooms) > 20
    assert cut.sets == whole.sets
    assert cut.area_m2.tolist() == pytest.approx(whole.area_m2.tolist(), rel=1e-9, abs=1e-6)


def stair(steps: int) -> Geometries:
    start = np.arange(steps, dtype=np.float64)
    return np.asarray(shapely.box(start, 0, start + 1000, 1000))


def test_room_grows_until_it_is_enough() -> None:
    found = set_areas(stair(600))
    assert len(found.sets) == 2 * 600 - 1
    assert sum(map(len, found.sets)) > 1 << 16
    assert sum(found.area_m2 * found.set_sizes) == pytest.approx(6e8, rel=1e-12)


def test_more_members_than_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_faces, "_MOST_MEMBERS", 1 << 17)
    with pytest.raises(GeometryError, match="more than 131,072 members"):
        set_areas(stair(600))


def test_edges_that_are_not_finite_end_the_sweep() -> None:
    # Refused long before; but a loop without end would be worse than a wrong number.
    bad = shapely.transform(box(0, 0, 10, 10), lambda xy: np.where(xy == 10, np.inf, xy))
    with np.errstate(invalid="ignore"):
        found = set_areas(shapes_of(bad, box(0, 0, 5, 5), box(1, 1, 9, 9)))
    assert set().union(*found.sets) <= {0, 1, 2}


def test_no_pair_of_tokens_is_the_same() -> None:
    found, _ = _faces._outlines(shapes_of(*[box(0, 0, 1, 1)] * 50), np.arange(50))
    sums = {tuple(found.tokens[a] ^ found.tokens[b]) for a, b in combinations(range(50), 2)}
    assert len(sums) == 50 * 49 // 2


@given(st.lists(st.integers(-5, 5), max_size=60))
def test_sorting_by_keys(values: list[int]) -> None:
    keys, order = np.array(values, dtype=np.float64), np.arange(len(values))
    _sweep.sort_by(keys, order, len(values))
    assert keys[order].tolist() == sorted(values)
    assert sorted(order.tolist()) == list(range(len(values)))
