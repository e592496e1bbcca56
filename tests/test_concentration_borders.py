"""Pairs of parcels that surely have no ground in common, told from the borders they share."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Polygon, box
from strategies import Cells, polygon, shapes_of_cells

from parkgeo._ground import Blocks, blocks_of, rings_of
from parkgeo.concentration import _borders
from parkgeo.concentration._borders import doubtful
from parkgeo.concentration._twice import near, twice_of


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Match borders also where there are too few for it to pay."""
    monkeypatch.setattr(_borders, "_FEW_PAIRS", -1.0)
    monkeypatch.setattr(_borders, "_MANY_LOOSE", 1.0)


def survey(side: int, seed: int) -> NDArray[np.object_]:
    """Draw side² parcels without gaps, of four corners each, 100 m wide."""
    rng = np.random.default_rng(seed)
    corner = 100.0 * np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1)), axis=-1)
    corner += rng.uniform(-20, 20, corner.shape)
    rings = [corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]]
    return np.asarray(shapely.polygons(np.stack(rings, axis=-2).reshape(-1, 4, 2)))


def asked(shapes: NDArray[np.object_]) -> tuple[Blocks, NDArray[np.intp], NDArray[np.bool_]]:
    parcels = blocks_of(rings_of(shapes))
    pairs = near(parcels.boxes)
    left, right = np.ascontiguousarray(pairs.T)
    return parcels, pairs, doubtful(parcels, left, right)


def require_no_overlap_lost(shapes: NDArray[np.object_]) -> None:
    """By GEOS: what is not in doubt has no ground in common."""
    _, pairs, doubt = asked(shapes)
    left, right = pairs[~doubt].T
    assert shapely.area(shapely.intersection(shapes[left], shapes[right])).max(initial=0) < 1e-9


def test_a_survey_without_gaps_is_not_in_doubt() -> None:
    """Only pairs at its outer border, 4 · 20 parcels, have loose edges near them."""
    shapes = survey(20, 1)
    _, pairs, doubt = asked(shapes)
    assert len(pairs) > 1000
    assert doubt.sum() < 200
    require_no_overlap_lost(shapes)


@pytest.mark.parametrize("other", [1, 2])
def test_two_surveys_on_each_other_are_in_doubt(other: int) -> None:
    """Every edge has a partner, in the same survey; but ground is covered twice."""
    shapes = np.concatenate([survey(8, 1), survey(8, other)])
    require_no_overlap_lost(shapes)
    overlap = twice_of(blocks_of(rings_of(shapes)))
    union = shapely.union_all(shapes).area
    assert overlap.area_km2.head[0] * 1e6 == pytest.approx(shapely.area(shapes).sum() - union)


def test_one_parcel_on_others_is_found() -> None:
    shapes = np.append(survey(12, 3), box(510, 520, 640, 580))
    require_no_overlap_lost(shapes)
    found = twice_of(blocks_of(rings_of(shapes)))
    assert found.area_km2.head[0] == pytest.approx(130 * 60e-6)
    assert found.n_parcels == 1 + shapely.intersects(shapes[:-1], shapes[-1]).sum()


def test_holes_that_are_filled_are_borders_in_common() -> None:
    shapes, island = survey(9, 1), box(440, 440, 460, 460)
    shapes[40] = Polygon(shapes[40].exterior, [island.exterior])
    _, pairs, doubt = asked(np.append(shapes, island))
    assert (pairs[:, 1] == 81).sum() == 1
    assert not doubt[pairs[:, 1] == 81].any()


@settings(deadline=None)
@given(st.lists(shapes_of_cells(), min_size=2, max_size=6), st.booleans())
def test_no_overlap_of_cells_is_lost(parcels: list[Cells], turn: bool) -> None:  # noqa: FBT001
    shapes = np.array([polygon(cells) for cells in parcels])
    require_no_overlap_lost(shapely.reverse(shapes) if turn else shapes)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=3), st.integers(0, 10**6))
def test_no_overlap_of_surveys_is_lost(seeds: list[int], seed: int) -> None:
    """Layers on each other, in any order, some parcels left out, and some turned round."""
    rng = np.random.default_rng(seed)
    shapes = rng.permutation(np.concatenate([survey(5, s) for s in seeds]))
    shapes = shapes[: rng.integers(1, len(shapes) + 1)]
    turned = rng.random(len(shapes)) < 0.3
    shapes[turned] = shapely.reverse(shapes[turned])
    require_no_overlap_lost(shapes)


@pytest.mark.parametrize(("few", "loose"), [(10.0, 1.0), (-1.0, 0.0)])
def test_all_pairs_are_in_doubt_where_matching_would_not_pay(
    monkeypatch: pytest.MonkeyPatch, few: float, loose: float
) -> None:
    monkeypatch.setattr(_borders, "_FEW_PAIRS", few)
    monkeypatch.setattr(_borders, "_MANY_LOOSE", loose)
    _, pairs, doubt = asked(survey(5, 1))
    assert len(pairs)
    assert doubt.all()
