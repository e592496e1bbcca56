"""The shares of cells themselves: against areas by hand, exactextract, and the compiled loops."""

from collections.abc import Sequence
from pathlib import Path

import exactextract
import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from conftest import TOWN_CORNER
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from parkgeo import crs
from parkgeo.errors import GeometryError
from parkgeo.raster import _lay
from parkgeo.raster._coverage import Job, areas_by_code, shares_of_cells, sums_of_values
from parkgeo.raster._grid import Grid, Weights, Window
from parkgeo.raster._lay import Edges, lay
from parkgeo.raster._zones import Outlines

PLANE_METRES = CRS("EPSG:4549")
CORNER = np.array([500_000, 3_350_000])


def grid(rows: int, cols: int) -> Grid:
    """Cells of 1 m from a corner in Hangzhou, rows going south."""
    return Grid(Affine(1, 0, 500_000, 0, -1, 3_350_000 + rows), rows, cols, PLANE_METRES)


def laid(shapes: Sequence[BaseGeometry], rows: int, cols: int) -> Edges:
    """Lay shapes that are drawn in cells, x to the right and y upwards from the lower corner."""
    there = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + CORNER)
    part = Outlines(there, np.arange(len(shapes)), PLANE_METRES)
    return lay((part,), grid(rows, cols), len(shapes))


def shares(shape: BaseGeometry, rows: int, cols: int) -> NDArray[np.float64]:
    return shares_of_cells(laid([shape], rows, cols).edges, np.zeros(2), rows, cols)


def everywhere(zones: Edges, rows: int, cols: int) -> Job:
    return Job(Window(0, 0, rows, cols), np.arange(len(zones.firsts)))


def test_a_triangle_over_half_of_a_cell_and_its_neighbours() -> None:
    # The hypotenuse of (0, 0), (2, 0), (0, 2) halves the two cells on the diagonal.
    found = shares(Polygon([(0, 0), (2, 0), (0, 2)]), 2, 2)
    assert found.tolist() == [[0.5, 0.0], [1.0, 0.5]]


def test_a_steep_edge_leaves_trapezia() -> None:
    # x = 0.2 at the bottom, 0.6 at the top of a single cell: 1 - 0.4 inside.
    found = shares(Polygon([(0.2, 0), (1, 0), (1, 1), (0.6, 1)]), 1, 1)
    assert found[0, 0] == pytest.approx(0.6, abs=1e-9)


def test_a_hole_and_a_second_part() -> None:
    ring = Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 3, 3).exterior])
    found = shares(MultiPolygon([ring, box(5.25, 0, 5.75, 2)]), 4, 6)
    assert found[1:3, 1:3].sum() == 0
    assert found.sum() == pytest.approx(12 + 1, abs=1e-12)
    assert found[3, 5] == 0.5


def test_a_zone_smaller_than_a_cell() -> None:
    found = shares(box(1.25, 1.25, 1.5, 1.5), 3, 3)
    assert found[1, 1] == pytest.approx(1 / 16, abs=1e-15)
    assert found.sum() == pytest.approx(1 / 16, abs=1e-15)


def test_a_zone_that_goes_beyond_every_side() -> None:
    found = shares(Polygon([(-5, -5), (9, -5), (9, 9), (-5, 9)]), 3, 4)
    assert (found == 1).all()


def test_the_direction_of_rings_does_not_matter() -> None:
    ring = Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 3, 3).exterior])
    turned = Polygon(ring.exterior.coords[::-1], [ring.interiors[0].coords[::-1]])
    mixed = Polygon(ring.exterior.coords[::-1], [ring.interiors[0].coords])
    for other in (turned, mixed):
        assert (shares(other, 5, 5) == shares(ring, 5, 5)).all()


@st.composite
def blobs(draw: st.DrawFn) -> Polygon:
    """Polygons that go around a middle once, on a fine grid, in and around 12 × 12 cells."""
    n = draw(st.integers(3, 24))
    radius = draw(hnp.arrays(np.float64, n, elements=st.floats(0.05, 9)))
    middle = draw(st.tuples(st.integers(0, 48), st.integers(0, 48)))
    angle = 2 * np.pi * np.arange(n) / n
    xy = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None] + np.array(middle) / 4
    shape = shapely.set_precision(Polygon(xy), draw(st.sampled_from([0.25, 1 / 64, 0])))
    # Else GEOS would keep what is cut from it on that grid too.
    shape = shapely.set_precision(shape, 0)
    return shape if shape.geom_type == "Polygon" and shape.area > 0 else box(1, 1, 2, 2)


@given(blobs())
@settings(max_examples=80)
def test_shares_are_those_of_geos(shape: Polygon) -> None:
    rows = cols = 12
    row, col = np.mgrid[:rows, :cols]
    cells = shapely.box(col, rows - row - 1, col + 1, rows - row)
    expected = shapely.area(shapely.intersection(cells, shape))
    assert shares(shape, rows, cols) == pytest.approx(expected, abs=1e-9)


@given(blobs(), st.integers(1, 11))
@settings(max_examples=40)
def test_splitting_a_zone_changes_nothing(shape: Polygon, at: int) -> None:
    halves = [shape.intersection(box(-30, -30, at, 60)), shape.intersection(box(at, -30, 90, 60))]
    parts = [shares(half, 12, 12) for half in halves if half.area > 0]
    assert sum(parts) == pytest.approx(shares(shape, 12, 12), abs=1e-9)


@given(blobs())
@settings(max_examples=40)
def test_windows_change_nothing(shape: Polygon) -> None:
    edges = laid([shape], 12, 12).edges
    whole = shares_of_cells(edges, np.zeros(2), 12, 12)
    for col, row, cols, rows in ((0, 0, 5, 12), (5, 0, 7, 3), (3, 4, 4, 4)):
        part = shares_of_cells(edges, np.array([col, row], float), rows, cols)
        assert part == pytest.approx(whole[row : row + rows, col : col + cols], abs=1e-12)


@pytest.fixture(scope="module")
def stars() -> list[Polygon]:
    """Forty jagged zones in and around 300 × 200 cells, with holes in some."""
    rng = np.random.default_rng(5)
    out = []
    for k in range(40):
        n = int(rng.integers(3, 200))
        angle = 2 * np.pi * (np.arange(n) + rng.uniform(0, 0.9, n)) / n
        middle, size = rng.uniform([0, 0], [300, 200]), rng.uniform(0.2, 60)
        reach = size * rng.uniform(0.5, 1.0, n)
        spokes = np.column_stack([np.cos(angle), np.sin(angle)])
        hole = [0.2 * size * spokes[::-1] + middle] if n > 20 and k % 2 else []
        out.append(Polygon(spokes * reach[:, None] + middle, hole))
    assert all(star.is_valid for star in out)
    return out


@pytest.mark.parametrize("panel", [0, 16])
def test_compiled_loops_and_numpy_agree(stars: list[Polygon], panel: int) -> None:
    rng = np.random.default_rng(2)
    zones = laid(stars, 200, 300)
    codes = rng.integers(0, 256, (200, 300), dtype=np.uint8)
    nodes = 1 if panel == 0 else 300 // panel + 3
    weights = Weights(rng.uniform(1, 2, (200, nodes)), np.array([max(panel, 1), 5 if panel else 0]))
    values = np.where(rng.random((200, 300)) < 0.1, np.nan, rng.random((200, 300)))
    job = everywhere(zones, 200, 300)
    window = Job(Window(20, 30, 100, 150), job.copies)
    for part in (job, window):
        w = part.window
        here = np.s_[w.row : w.row + w.rows, w.col : w.col + w.cols]
        area = Weights(
            weights.values[here[0]], weights.panel + np.array([0, w.col if panel else 0])
        )
        for ask, cells in ((areas_by_code, codes), (sums_of_values, values)):
            fast, slow = (
                ask(zones, part, area, np.ascontiguousarray(cells[here]), compiled=way)
                for way in (True, False)
            )
            assert fast == pytest.approx(slow, abs=1e-7, rel=1e-9)
            assert slow.sum() > 0


def test_fractions_are_those_of_exactextract(stars: list[Polygon], tmp_path: Path) -> None:
    path, frame = tmp_path / "ones.tif", grid(200, 300)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=300,
        height=200,
        count=1,
        dtype="uint8",
        transform=frame.transform,
        crs="EPSG:4549",
    ) as dataset:
        dataset.write(np.ones((200, 300), np.uint8), 1)
    # In short pieces: exactextract draws edges straight in the raster's CRS, not on the plane.
    short = shapely.segmentize(np.array(stars, dtype=object), 5.0)
    there = [shapely.transform(s, lambda xy: xy + CORNER) for s in short]
    peers = exactextract.exact_extract(
        str(path),
        gpd.GeoDataFrame(geometry=there, crs="EPSG:4549"),
        ["coverage", "cell_id"],
        output="pandas",
    )
    zones = laid(short, 200, 300)
    runs = zip(zones.firsts, zones.lasts, zones.zone, strict=True)
    for first, last, star in runs:
        expected = np.zeros(200 * 300)
        expected[np.asarray(peers["cell_id"][star], dtype=int)] = peers["coverage"][star]
        found = shares_of_cells(zones.edges[first:last], np.zeros(2), 200, 300)
        assert np.abs(found.ravel() - expected).max() < 1e-6


@pytest.fixture(scope="module")
def slanted() -> Polygon:
    """A zone of some 40 km with edges of 20 km, a hole and a second part, drawn on PROJ's plane."""
    shell = [(0, 0), (38_000, 5_000), (30_000, 26_000), (9_000, 33_000)]
    hole = [(12_000, 9_000), (14_000, 21_000), (24_000, 12_000)]
    far = [(33_000, 30_000), (38_500, 24_000), (38_500, 33_500)]
    drawn = MultiPolygon([(shell, [hole]), (far, [])])
    return shapely.transform(drawn, lambda xy: xy + np.array(TOWN_CORNER))


CEA = "+proj=cea +lat_ts=0 +ellps=GRS80"


def on(target: str, shape: BaseGeometry) -> BaseGeometry:
    """Bring a shape from PROJ's plane to another CRS, vertex by vertex."""
    move = Transformer.from_crs(CEA, target, always_xy=True).transform
    return shapely.transform(shape, move, interleaved=False)


def around(target: str, shape: BaseGeometry, n: int) -> Grid:
    """Lay n × n cells over a shape that stands in a CRS."""
    west, south, east, north = shape.bounds
    transform = Affine((east - west) / n, 0, west, 0, (south - north) / n, north)
    return Grid(transform, n, n, CRS(target))


@pytest.mark.parametrize("target", ["EPSG:4490", "EPSG:4549", "EPSG:3857", "ESRI:102025"])
def test_long_edges_bend_as_they_do_on_the_plane(slanted: Polygon, target: str) -> None:
    n = 50
    # To 100 m, of which the bend is below 1e-6 of a cell of 700 m.
    bent = on(target, shapely.segmentize(slanted, 100.0))
    frame = around(target, bent, n)
    part = Outlines(np.array([on(target, slanted)], dtype=object), np.array([0]), frame.crs)
    found = shares_of_cells(lay((part,), frame, 1).edges, np.zeros(2), n, n)
    row, col = np.mgrid[:n, :n]
    cells = shapely.box(col, row, col + 1, row + 1)
    expected, chords = (
        shapely.area(shapely.intersection(cells, shapely.transform(shape, frame.to_cells)))
        for shape in (bent, on(target, slanted))
    )
    assert np.abs(found - expected).max() < 1e-5
    assert np.abs(chords - expected).max() > 1e-3


@pytest.mark.parametrize("target", ["EPSG:4490", "EPSG:4549", crs.PLANE.to_wkt()])
def test_compiled_and_plain_laying_agree(
    slanted: Polygon, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "EPSG:4490"
    parts = [on(source, part) for part in shapely.get_parts(slanted)]
    shapes = np.array([*parts, on(source, slanted), parts[0].reverse()], dtype=object)
    bounds = on(target, slanted) if target != crs.PLANE.to_wkt() else slanted
    frame = around(target, bounds, 64)
    # Not in the order of zones, and in two parts, as ground that was joined is.
    few = Outlines(shapes[:1], np.array([2]), CRS(source))
    rest = Outlines(shapes[1:], np.array([3, 0, 1]), CRS(source))
    plain = lay((few, rest), frame, 4, whole=3)
    monkeypatch.setattr(_lay, "COMPILE_ABOVE", 0)
    fast = lay((few, rest), frame, 4, whole=3)
    assert len(plain.edges) > (20 if target == crs.PLANE.to_wkt() else 100)
    for name in ("edges", "reach", "firsts", "lasts", "zone", "bounds", "clear"):
        assert np.array_equal(getattr(fast, name), getattr(plain, name)), name
    assert plain.zone.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("above", [0, 20_000])
def test_zones_beyond_a_projection_are_named(above: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lay, "COMPILE_ABOVE", above)
    half = CRS("+proj=ortho +lat_0=30 +lon_0=120")
    frame = Grid(Affine(100, 0, 0, 0, -100, 100), 10, 10, half)
    other_side = box(-65, -35, -55, -25)
    shapes = np.array([box(120, 30, 121, 31), other_side], dtype=object)
    part = Outlines(shapes, np.arange(2), CRS("EPSG:4490"))
    with pytest.raises(GeometryError, match="reach beyond where .* at positions 1"):
        lay((part,), frame, 2)
