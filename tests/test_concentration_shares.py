"""Shares by sums over edges and by GEOS: one question, two ways, the same answer."""

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box
from strategies import Cells, polygon, shapes_of_cells

from parkgeo._ground import Blocks, blocks_of, rings_of
from parkgeo.concentration import _shares
from parkgeo.concentration._members import Pieces, pieces_of
from parkgeo.concentration._plane import Geometries
from parkgeo.concentration._shares import inside, shared
from parkgeo.concentration._zones import Bands, Parts

LAYERS = st.lists(shapes_of_cells(), min_size=1, max_size=4)


def parts_of(*shapes: Polygon) -> Parts:
    parts, owner = shapely.get_parts(np.array(shapes, dtype=object), return_index=True)
    return Parts(parts, owner)


def bands(parts: Parts) -> Bands:
    return Bands(parts, parts, parts, np.ones(1, dtype=np.bool_))


def arrays(shapes: Geometries) -> Blocks:
    return blocks_of(rings_of(shapes))


@settings(deadline=None)
@given(LAYERS, LAYERS)
def test_inside_is_counted_on_a_grid(parcels: list[Cells], zones: list[Cells]) -> None:
    """Zones lie on each other as they like: common ground counts once."""
    shapes = np.array([polygon(cells) for cells in parcels])
    union = frozenset().union(*zones)
    expected = [len(cells & union) / len(cells) for cells in parcels]
    for outlines in (shapes, arrays(shapes)):
        found = inside(outlines, bands(parts_of(*(polygon(cells) for cells in zones)))).drawn
        assert found == pytest.approx(expected, abs=1e-12)
        assert ((found >= 0) & (found <= 1)).all()


@settings(deadline=None)
@given(LAYERS, LAYERS)
def test_shared_is_counted_on_a_grid(parcels: list[Cells], zones: list[Cells]) -> None:
    shapes = np.array([polygon(cells) for cells in parcels])
    parts = parts_of(*(polygon(cells) for cells in zones))
    for outlines in (shapes, arrays(shapes)):
        found = shared(outlines, parts)
        by_zone = np.zeros((len(parcels), len(zones)))
        np.add.at(by_zone, (found.parcel, parts.owner[found.part]), found.share)
        expected = [[len(p & z) / len(p) for z in zones] for p in parcels]
        assert by_zone == pytest.approx(np.array(expected), abs=1e-12)
        assert (found.share[found.whole] == 1).all()
        assert (found.share > 0).all()


def by_brand(pieces: Pieces, parcels: int, brands: int) -> np.ndarray:
    out = np.zeros((parcels, brands, 4))
    n = pieces.n_members[pieces.of]
    np.add.at(out, (pieces.parcel[pieces.of], pieces.member, n), pieces.share[pieces.of])
    return out


@settings(deadline=None, max_examples=30)
@given(LAYERS, st.lists(shapes_of_cells(), min_size=3, max_size=3))
def test_pieces_are_the_same_by_both_ways(parcels: list[Cells], zones: list[Cells]) -> None:
    shapes = np.array([polygon(cells) for cells in parcels])
    parts = parts_of(*(polygon(cells) for cells in zones))
    slow, fast = (by_brand(pieces_of(p, parts), len(shapes), 3) for p in (shapes, arrays(shapes)))
    assert fast == pytest.approx(slow, abs=1e-9)


def jagged(rng: np.random.Generator, x: float, y: float, radius: float, corners: int) -> Polygon:
    turn = 2 * np.pi * (np.arange(corners) + rng.uniform(0, 0.9, corners)) / corners
    reach = radius * rng.uniform(0.4, 1.0, corners)
    return Polygon(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)]))


def test_jagged_zones_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlapping, nested, doubled and near-doubled zones under parcels of every size."""
    rng = np.random.default_rng(3)
    zones = [jagged(rng, x, y, 900, 200) for x, y in rng.uniform(0, 5000, (12, 2))]
    zones += [zones[0], zones[1].buffer(0.003), shapely.affinity.scale(zones[2], 0.4, 0.4)]
    parts = parts_of(*zones)
    spots = zip(rng.uniform(0, 5000, (150, 2)), 10 ** rng.uniform(0.5, 3, 150), strict=True)
    shapes = np.array([jagged(rng, x, y, r, 9) for (x, y), r in spots])
    fast = inside(arrays(shapes), bands(parts)).drawn
    monkeypatch.setattr(_shares, "COMPILE_ABOVE", 10**9)
    slow = inside(shapes, bands(parts)).drawn
    assert np.abs((fast - slow) * shapely.area(shapes)).max() < 1e-6
    assert (fast * shapely.area(shapes)).sum() == pytest.approx(
        (slow * shapely.area(shapes)).sum(), rel=1e-9
    )


def test_many_vertices_take_the_way_of_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """From polygons, without being asked; points never do."""
    parts = parts_of(box(0, 0, 10, 10), box(5, 0, 15, 10))
    shapes = np.array([box(2, 2, 12, 4), box(14, 0, 18, 10)])
    monkeypatch.setattr(_shares, "COMPILE_ABOVE", 0)
    monkeypatch.setattr(_shares, "_shared_by_geos", None)
    assert inside(shapes, bands(parts)).drawn.tolist() == [1.0, 0.25]
    monkeypatch.undo()
    points = shapely.points([[1.0, 1.0], [20.0, 1.0]])
    monkeypatch.setattr(_shares, "COMPILE_ABOVE", 0)
    assert inside(points, bands(parts)).drawn.tolist() == [1.0, 0.0]


def test_a_border_in_common_is_nothing_in_common() -> None:
    """Nor is a strip of less than a nanometre, which is what degrees leave."""
    parts = parts_of(box(0, 0, 10, 10))
    shapes = np.array([box(10 - 1e-10, 0, 20, 10), box(-1e-10, 0, 10, 10)])
    found = shared(arrays(shapes), parts)
    assert found.parcel.tolist() == [1]
    assert found.whole.tolist() == [True]


def test_what_is_sent_to_another_process_is_small_and_the_same() -> None:
    parts = parts_of(box(0, 0, 1000, 1000), box(500, 0, 1500, 1000))
    shapes = arrays(np.array([box(900, 0, 1600, 100)]))
    before = inside(shapes, bands(parts)).drawn
    assert "_laid" in parts.__dict__
    sent = pickle.dumps(parts)
    assert "_laid" not in pickle.loads(sent).__dict__  # noqa: S301 - our own
    assert inside(shapes, bands(pickle.loads(sent))).drawn == before  # noqa: S301 - our own


def test_empty_layers() -> None:
    nobody = np.empty(0, dtype=object)
    parts = parts_of(box(0, 0, 1, 1))
    for some, zones in (
        (nobody, parts),
        (nobody, parts_of()),
        (np.array([box(0, 0, 1, 1)]), parts_of()),
    ):
        for outlines in (some, arrays(some)):
            assert inside(outlines, bands(zones)).drawn.tolist() == [0.0] * len(some)
            assert len(shared(outlines, zones).parcel) == 0
            assert len(pieces_of(outlines, zones).parcel) == 0
