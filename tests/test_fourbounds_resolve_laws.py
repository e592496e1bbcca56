"""Laws of the resolver on random towns."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon

from parkgeo import gazetteer
from parkgeo.fourbounds import Bounds, Reference, resolve

NAMES = {"east": "朝阳大街", "south": "滨河路", "west": "长安街", "north": "望山道"}
ORIGIN = np.array([520_000.0, 3_350_000.0])

offset = st.integers(min_value=-350, max_value=350)
corners = st.tuples(*[st.tuples(offset, offset)] * 4)
few = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])


def quadrilateral(moves: tuple[tuple[int, int], ...]) -> np.ndarray:
    """North-east, south-east, south-west and north-west corners in EPSG:4549."""
    return ORIGIN + np.array([(2000, 2000), (2000, 0), (0, 0), (0, 2000)]) + np.array(moves)


def town(corner: np.ndarray, *, beyond_m: float) -> gpd.GeoDataFrame:
    """Four straight streets through the corners, going on beyond them or stopping short."""
    streets = []
    for start, stop in pairwise([*corner, corner[0]]):
        along = (stop - start) / np.linalg.norm(stop - start)
        streets.append(LineString([start - beyond_m * along, stop + beyond_m * along]))
    return gpd.GeoDataFrame(
        {"name": list(NAMES.values()), "kind": "road"}, geometry=streets, crs="EPSG:4549"
    )


def shape_of(frame: gpd.GeoDataFrame, *, area_m2: float | None = None) -> Polygon:
    sides = {side: (Reference(name, "road"),) for side, name in NAMES.items()}
    block = Bounds(None, area_m2, sides)  # type: ignore[arg-type]
    found = resolve(block, gazetteer.read().add(frame, source="drawn"))
    return gpd.GeoSeries([found.geometry], crs="EPSG:4490").to_crs("EPSG:4549").iloc[0]


def iou(left: Polygon, right: Polygon) -> float:
    return left.intersection(right).area / left.union(right).area


@few
@given(corners, st.sampled_from([400.0, 0.0, -150.0]))
@example(((-298, 273), (-156, 0), (0, 0), (0, 0)), 0.0)  # a spike of rounding at the highest corner
def test_four_straight_streets_give_their_quadrilateral(
    moves: tuple[tuple[int, int], ...], beyond_m: float
) -> None:
    corner = quadrilateral(moves)
    found = shape_of(town(corner, beyond_m=beyond_m))
    assert iou(found, Polygon(corner)) == pytest.approx(1.0, abs=1e-3)


@few
@given(corners, st.integers(0, 3), st.floats(0.5, 0.9))
def test_a_side_placed_by_area_meets_the_area(
    moves: tuple[tuple[int, int], ...], lost: int, share: float
) -> None:
    corner = quadrilateral(moves)
    frame = town(corner, beyond_m=400.0)
    area_m2 = share * Polygon(corner).area
    found = shape_of(frame.drop(index=lost), area_m2=area_m2)
    # The scale of the zone is within 5e-5 of one here.
    assert found.area == pytest.approx(area_m2, rel=1e-4)
    assert shapely.is_valid(found)


@few
@given(corners, st.permutations(range(8)))
def test_order_of_rows_changes_nothing(
    moves: tuple[tuple[int, int], ...], order: list[int]
) -> None:
    corner = quadrilateral(moves)
    frame = town(corner, beyond_m=300.0)
    # Second carriageways, 20 m outside.
    second = frame.set_geometry(frame.geometry.translate(14.0, 14.0))
    both = gpd.GeoDataFrame(
        {"name": [*frame["name"], *second["name"]], "kind": "road"},
        geometry=[*frame.geometry, *second.geometry],
        crs=frame.crs,
    )
    one, other = shape_of(both), shape_of(both.iloc[list(order)].reset_index(drop=True))
    assert one.equals_exact(other, 1e-6)
