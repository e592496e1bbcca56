"""Polygons out of well-known binary: GEOS reads the same bytes, and hostile ones are refused."""

import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from strategies import Cells, polygon, shapes_of_cells

from parkgeo import _kernels
from parkgeo._ground import rings_of, shapes_of
from parkgeo._ground._wkb import Wkb
from parkgeo.errors import GeometryError

HOLED = Polygon(box(0, 0, 9, 9).exterior, [box(1, 1, 2, 2).exterior, box(4, 4, 6, 6).exterior])
SHAPES = np.array(
    [box(0, 0, 1, 1), HOLED, MultiPolygon([HOLED, box(20, 0, 30, 10)]), Polygon(), MultiPolygon()],
    dtype=object,
)


def column(*rows: bytes | None) -> pa.Array:
    return pa.array(list(rows), pa.binary())


def read(column: pa.Array | pa.ChunkedArray) -> NDArray[np.object_]:
    return shapes_of(Wkb.of(column).rings("parcels"))


@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("byte_order", [0, 1])
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("srid", [False, True])
def test_reads_what_geos_reads(
    flavor: str, byte_order: int, dimensions: int, *, srid: bool
) -> None:
    shapes = shapely.force_3d(SHAPES, 7.0) if dimensions == 3 else SHAPES
    if srid:
        shapes = shapely.set_srid(shapes, 4490)
    rows = shapely.to_wkb(
        shapes, flavor=flavor, byte_order=byte_order, include_srid=srid and flavor == "extended"
    )
    found = read(column(*rows))
    assert shapely.equals_identical(found[:3], SHAPES[:3]).all()
    assert shapely.is_empty(found[3:]).all()


def test_measures_are_passed_over() -> None:
    """By hand: a triangle with Z and M, as ISO and as EWKB write it."""
    vertices = [
        (0.0, 0.0, 5.0, 1.0),
        (4.0, 0.0, 5.0, 2.0),
        (0.0, 3.0, 5.0, 3.0),
        (0.0, 0.0, 5.0, 4.0),
    ]
    body = struct.pack("<II", 1, 4) + b"".join(struct.pack("<4d", *v) for v in vertices)
    iso = b"\x01" + struct.pack("<I", 3003) + body
    extended = b"\x01" + struct.pack("<II", 0xE0000003, 4490) + body
    expected = Polygon([(0, 0), (4, 0), (0, 3)])
    assert [shape.equals(expected) for shape in read(column(iso, extended))] == [True, True]


@given(st.lists(shapes_of_cells(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_layers_of_cells(layers: list[Cells], random: object) -> None:
    shapes = np.array([polygon(cells) for cells in layers])
    rows = [shapely.to_wkb(s, byte_order=random.randint(0, 1)) for s in shapes]  # type: ignore[attr-defined]
    assert shapely.equals_identical(read(column(*rows)), shapes).all()
    found, known = Wkb.of(column(*rows)).rings("parcels"), rings_of(shapes)
    assert np.array_equal(found.owner, known.owner)
    assert np.array_equal(found.shell, known.shell)
    # Parts may be numbered in any order.
    assert np.array_equal(np.diff(found.part) != 0, np.diff(known.part) != 0)


def test_columns_of_every_make() -> None:
    rows = [shapely.to_wkb(box(i, 0, i + 1, 1)) for i in range(7)]
    plain = pa.array([*rows[:3], None, *rows[3:]], pa.binary())
    expected = np.array([box(i, 0, i + 1, 1) for i in range(7)])
    for made in (
        plain,
        plain.cast(pa.large_binary()),
        pa.chunked_array([plain[:2], plain[2:]]),
        pa.concat_arrays([plain[:0], plain]),
    ):
        found = read(made)
        assert shapely.equals(np.delete(found, 3), expected).all()
        assert found[3].is_empty
    # A slice keeps the bytes of the whole column and begins elsewhere in them.
    assert shapely.equals(read(plain[4:6]), expected[3:5]).all()
    assert Wkb.of(plain).without_ground.tolist() == [i == 3 for i in range(8)]
    for none in (plain[:0], pa.chunked_array([], pa.binary()), pa.array([None, None], pa.binary())):
        assert len(Wkb.of(none).rings("parcels").starts) == 0


def test_kinds_are_those_of_shapely() -> None:
    shapes = [Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1)]
    shapes += [shapely.MultiPoint([(0, 0)]), shapely.MultiLineString([[(0, 0), (1, 1)]])]
    shapes += [MultiPolygon([box(0, 0, 1, 1)]), shapely.GeometryCollection([Point(0, 0)])]
    rows = [*shapely.to_wkb(np.array(shapes)), None]
    assert Wkb.of(column(*rows)).kinds.tolist() == [*shapely.get_type_id(np.array(shapes)), -1]


# Hostile -----------------------------------------------------------------------------------------


def test_other_kinds_are_named_with_their_rows() -> None:
    rows = [shapely.to_wkb(s) for s in (box(0, 0, 1, 1), Point(0, 0), shapely.GeometryCollection())]
    curve = b"\x01" + struct.pack("<II", 10, 0)
    labels = pd.Index(["a", "b", "c", "d"])
    with pytest.raises(
        GeometryError, match="found GEOMETRYCOLLECTION, POINT, kind 10 in rows 'b', 'c', 'd'"
    ):
        Wkb.of(column(*rows, curve)).rings("parcels", labels)


@pytest.mark.parametrize("shape", [box(0, 0, 1, 1), SHAPES[2]])
@pytest.mark.parametrize("byte_order", [0, 1])
def test_every_truncation_is_refused(shape: BaseGeometry, byte_order: int) -> None:
    whole = shapely.to_wkb(shape, byte_order=byte_order)
    rows = [whole[:n] for n in range(len(whole))]
    # What follows in the buffer is never read as if it were the row's.
    found = Wkb.of(column(*rows, whole))
    assert (found.states[:-1] == _kernels.CUT_SHORT).all()
    assert found.states[-1] == 0
    assert (found.n_vertices[:-1] == 0).all()
    with pytest.raises(GeometryError, match=r"cut short.*rows 0, 1, 2, 3, 4 and"):
        found.rings("parcels")


SQUARE = shapely.to_wkb(box(0, 0, 1, 1))
ABSURD = struct.pack("<I", 0xFFFFFFFF)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (SQUARE[:5] + ABSURD + SQUARE[9:], "cut short"),
        (SQUARE[:9] + ABSURD + SQUARE[13:], "cut short"),
        (b"\x01" + struct.pack("<I", 6) + ABSURD + SQUARE, "cut short"),
        (b"\x01" + struct.pack("<II", 6, 1) + shapely.to_wkb(Point(0, 0)), "no well-known"),
        (b"\x02" + SQUARE[1:], "no well-known"),
        (b"\x01" + struct.pack("<I", 4003) + SQUARE[5:], "no well-known"),
        (b"\x01" + struct.pack("<I", 0x10000003) + SQUARE[5:], "no well-known"),
        (b"\x01" + struct.pack("<I", 0) + SQUARE[5:], "no well-known"),
        (b"POLYGON ((0 0, 1 0, 1 1, 0 0))", "no well-known"),
        (b"\x01" + struct.pack("<III", 3, 1, 3) + bytes(48), "fewer than four"),
        (b"\x01" + struct.pack("<III", 3, 2, 0) + SQUARE[9:], "holes without a shell"),
        (SQUARE[:-8] + struct.pack("<d", 5.0), "do not end where they begin"),
    ],
)
def test_what_is_no_polygon_is_refused(row: bytes, why: str) -> None:
    with pytest.raises(GeometryError, match=f"{why}.*rows 'bad'"):
        Wkb.of(column(SQUARE, row)).rings("parcels", pd.Index(["good", "bad"]))


def test_offsets_beyond_the_bytes_are_refused() -> None:
    data = pa.py_buffer(SQUARE)
    for ends in ([0, 10**6, 93], [0, -5, 93], [0, 93, 3]):
        offsets = pa.py_buffer(np.array(ends, dtype=np.int32).tobytes())
        # Arrow looks at the first and the last of them.
        hostile = pa.Array.from_buffers(pa.binary(), 2, [None, offsets, data])
        with pytest.raises(GeometryError, match="cut short"):
            Wkb.of(hostile).rings("parcels")


@given(st.binary(max_size=60), st.integers(0, 92), st.integers(0, 255))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int, value: int) -> None:
    """GEOS may read more than is read here, but never something else."""
    changed = SQUARE[:at] + bytes([value]) + SQUARE[at + 1 :]
    for row in (noise, changed):
        known = shapely.from_wkb(row, on_invalid="ignore")
        try:
            found = read(column(row))[0]
        except GeometryError:
            continue
        assert known is not None
        assert shapely.equals_identical(found, shapely.force_2d(known)) or found.is_empty


def test_the_loop_in_plain_python_gives_the_same() -> None:
    rows = [shapely.to_wkb(s, byte_order=i % 2) for i, s in enumerate(SHAPES)]
    data = np.frombuffer(b"".join(rows), dtype=np.uint8)
    stops = np.cumsum([len(row) for row in rows])
    starts = stops - [len(row) for row in rows]
    slow = [np.empty(len(rows), dtype=np.int64) for _ in range(4)]
    fast = [np.empty(len(rows), dtype=np.int64) for _ in range(4)]
    missing = np.zeros(len(rows), dtype=np.bool_)
    _kernels.scan_wkb(data, starts, stops, missing, *slow)
    _kernels.compiled(_kernels.scan_wkb)(data, starts, stops, missing, *fast)
    assert np.array_equal(slow, fast)
    kinds, rings, vertices, _ = slow
    out = []
    for loop in (_kernels.read_wkb, _kernels.compiled(_kernels.read_wkb)):
        xy = np.empty((vertices.sum(), 2))
        begins, ends = np.empty((2, rings.sum()), dtype=np.int64)
        shells = np.empty(rings.sum(), dtype=np.bool_)
        loop(
            *(data, True, xy.reshape(-1).view(np.uint8), begins, ends, shells, starts, stops),
            *(kinds, rings, np.cumsum(rings) - rings, np.cumsum(vertices) - vertices),
        )
        out.append((xy, begins, ends, shells))
    assert all(np.array_equal(one, two) for one, two in zip(*out, strict=True))
