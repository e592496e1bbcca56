"""Laws of the way from polygon to words and back, on towns drawn by hand."""

import geopandas as gpd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, affinity, box
from shapely.geometry.base import BaseGeometry

from parkgeo import crs, gazetteer
from parkgeo.fourbounds import describe, parse, resolve
from tests.conftest import from_metres

_STEMS = [
    *["古墩", "丰潭", "学院", "天目山", "教工", "文三", "石祥"],
    *["登云", "莫干山", "余杭塘", "通益", "祥园", "康桥", "湖州"],
]
_WIDTHS = st.lists(st.integers(300, 1500), min_size=4, max_size=4)


def town(
    columns: list[int], rows: list[int], turn_deg: float
) -> tuple[gazetteer.Gazetteer, list[int], list[int]]:
    """Draw a grid of streets, each with its own name, turned about its corner."""
    xs = [sum(columns[:i]) for i in range(len(columns) + 1)]
    ys = [sum(rows[:i]) for i in range(len(rows) + 1)]
    lines = [LineString([(x, -300), (x, ys[-1] + 300)]) for x in xs]
    lines += [LineString([(-300, y), (xs[-1] + 300, y)]) for y in ys]
    names = [f"{stem}路" for stem in _STEMS[: len(xs)]]
    names += [f"{stem}街" for stem in _STEMS[len(xs) : len(xs) + len(ys)]]
    frame = gpd.GeoDataFrame(
        {"name": names}, geometry=[placed(line, turn_deg) for line in lines], crs=crs.CGCS2000
    )
    return gazetteer.read().add(frame, kind="road"), xs, ys


def placed(shape: BaseGeometry, turn_deg: float) -> BaseGeometry:
    turned = affinity.rotate(shape, turn_deg, origin=(0, 0))
    # A straight line of the plane is none in degrees: with corners near each other it stays one.
    return from_metres(turned.segmentize(50.0))


def iou(left: BaseGeometry, right: BaseGeometry) -> float:
    both = crs.to_plane(gpd.GeoSeries([left, right], crs=crs.CGCS2000))
    shared = both.iloc[0].intersection(both.iloc[1]).area
    return float(shared / (both.area.sum() - shared))


def comes_back(polygon: BaseGeometry, lines: gazetteer.Gazetteer, *, use_area: bool) -> bool:
    (block,) = parse(describe(polygon, lines))
    return iou(resolve(block, lines, use_area=use_area).geometry, polygon) >= 0.999


@settings(max_examples=15)
@given(
    columns=_WIDTHS,
    rows=_WIDTHS,
    west=st.integers(0, 3),
    south=st.integers(0, 3),
    wide=st.integers(1, 4),
    high=st.integers(1, 4),
    turn_deg=st.floats(-89.0, 89.0),
    use_area=st.booleans(),
)
def test_blocks_of_a_grid_come_back(  # noqa: PLR0913 - a town has this many freedoms
    *,
    columns: list[int],
    rows: list[int],
    west: int,
    south: int,
    wide: int,
    high: int,
    turn_deg: float,
    use_area: bool,
) -> None:
    lines, xs, ys = town(columns, rows, turn_deg)
    block = box(xs[west], ys[south], xs[min(west + wide, 4)], ys[min(south + high, 4)])
    assert comes_back(placed(block, turn_deg), lines, use_area=use_area)


@settings(max_examples=8)
@given(columns=_WIDTHS, rows=_WIDTHS, corner=st.integers(0, 3), turn_deg=st.floats(-20.0, 20.0))
def test_blocks_with_a_corner_missing_come_back(
    *, columns: list[int], rows: list[int], corner: int, turn_deg: float
) -> None:
    lines, xs, ys = town(columns, rows, turn_deg)
    east, north = (xs[2], xs[3])[corner % 2], (ys[2], ys[3])[corner // 2]
    notched = box(0, 0, xs[4], ys[4]) - box(east, north, xs[4], ys[4])
    # Turned over, the block has the same words read backwards: its area must say which is meant.
    assume(abs(xs[4] - 2 * east) > 0.2 * xs[4])
    assume(abs(ys[4] - 2 * north) > 0.2 * ys[4])
    assert isinstance(notched, Polygon)
    assert comes_back(placed(notched, turn_deg), lines, use_area=True)
