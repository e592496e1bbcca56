"""Synthetic parcels and districts for benchmarks: seeded, valid, any number.

None of them exists. They cover the ground on which :mod:`zones` draws its zones.

Parcels (图斑) tessellate the ground, as those of a land survey do: no gap, no overlap, and
neighbours share every vertex of their border.

- Corners stand on a bent, jittered grid. Each edge between two of them is a polyline whose
  vertices, none to 150, are drawn from a hash of the edge itself, so both neighbours draw the same
  one, in whatever batch. Two in five are straight; rough ones keep together, as hills do.
- A parcel is a rectangle of 1 to 30 cells of that grid. A sixteenth of the grid's lines in each
  direction lie ten times closer: most of the ground between them is roads and streams, parcels 150
  times as long as wide, and the rest is slivers.
- One in 25 parcels is an enclave, a hole in another one.

No statistics of the third survey's vertices were found published, and they differ by county. Here a
parcel has 33 on average, half have 18 or fewer, and one in a hundred has more than 200. Land-use
areas of OpenStreetMap in Hangzhou (2019), traced from images too, have 32, 12 and 475. 200 000
parcels on the ground of 3 000 zones are 8 ha each; the survey's are 3 ha, 295 million of them on
9.6 million km².

Districts fill the ground without gaps, ten by ten, and share jagged borders of 120 corners a side,
so parcels lie across them.

All coordinates are metres on the equal-area plane of ``parkgeo.crs``, so every tool means the same
by an area; those of the parcels are whole 1/1024 m.

    python benchmarks/parcels.py 20000 parcels.parquet    # or any suffix that parkgeo writes
"""

import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

SEED: Final = 20_261_122
DISTRICTS: Final = 10
"""Districts along each side."""
BORDER_CORNERS: Final = 120
JAGGED: Final = 0.06
"""How far a border strays, of the side of a district."""

BATCH: Final = 250_000
CHUNK: Final = 128
"""Blocks that are drawn at once."""
CLASSES: Final = np.array(["0601", "0602", "0701", "0809", "0101", "0103", "0301"])
LINEAR: Final = {"road": "1003", "stream": "1101"}

SIDE: Final = 16
"""Cells along a block; the first row and column of each are narrow."""
NARROW: Final = 0.1
PATTERNS: Final = 32
WHOLE: Final = 120
ENCLAVES: Final = 5
BLOCK: Final = WHOLE + ENCLAVES
"""Parcels of a block: rectangles of cells, and enclaves in them."""
LARGE: Final = ((5, 6), (4, 4), (3, 4), (3, 3), (2, 3), (3, 2), (2, 2), (2, 2), (1, 4), (4, 1))

GRAIN: Final = 1024.0
"""Coordinates are whole parts of a metre: sums and differences of them are exact."""
STRAY: Final = 0.55
"""How far a border strays towards the middle of a cell; an enclave lies beyond that."""
HOLE: Final = (0.15, 0.38)
VERTICES: Final = 2.6
MOST_VERTICES: Final = 150
HILL: Final = 24
"""Cells over which hills and bends of the grid change."""


def ground(bounds: Floats) -> Floats:
    """Widen bounds to whole parts of a metre: what parcels in them cover to the last bit."""
    return np.concatenate([np.floor(bounds[:2] * GRAIN), np.ceil(bounds[2:] * GRAIN)]) / GRAIN


def number(n: int) -> int:
    """Return how many parcels are drawn for ``n``: whole blocks of 125, as nearly as a grid can."""
    rows, columns = _layout(n)
    return rows * columns * BLOCK


def parcels(
    n: int, bounds: Floats, *, seed: int = SEED, batch: int = BATCH
) -> Iterator[gpd.GeoDataFrame]:
    """Draw about ``n`` parcels that fill ``bounds``, batch by batch: class, output and geometry."""
    frames: list[gpd.GeoDataFrame] = []
    grid = _Grid.of(n, bounds, seed)
    for row in range(grid.rows):
        for column in range(0, grid.columns, CHUNK):
            frames.append(_frame(grid, row, column, min(CHUNK, grid.columns - column)))
            if sum(map(len, frames)) >= batch:
                yield pd.concat(frames, ignore_index=True)
                frames.clear()
    if frames:
        yield pd.concat(frames, ignore_index=True)


def districts(bounds: Floats, *, seed: int = SEED) -> gpd.GeoDataFrame:
    """Draw districts that fill ``bounds`` and share their borders corner by corner."""
    rng = np.random.default_rng(seed)
    steps = np.linspace(0, DISTRICTS, DISTRICTS * BORDER_CORNERS + 1)
    side = (bounds[2:] - bounds[:2]) / DISTRICTS
    # Borders run all along the ground; each strays by a wave that is nil at the crossings.
    noise = rng.uniform(-1, 1, (2, DISTRICTS + 1, len(steps)))
    stray = JAGGED * np.sin(np.pi * (steps % 1)) * noise
    stray[:, [0, -1]] = 0
    shapes = []
    for row in range(DISTRICTS):
        for column in range(DISTRICTS):
            along = slice(column * BORDER_CORNERS, (column + 1) * BORDER_CORNERS + 1)
            up = slice(row * BORDER_CORNERS, (row + 1) * BORDER_CORNERS + 1)
            south, north = (
                np.column_stack([steps[along], k + stray[0, k, along]]) for k in (row, row + 1)
            )
            west, east = (
                np.column_stack([k + stray[1, k, up], steps[up]]) for k in (column, column + 1)
            )
            ring = np.concatenate([south[:-1], east[:-1], north[:0:-1], west[:0:-1]])
            shapes.append(shapely.Polygon(bounds[:2] + ring * side))
    names = [f"district-{i:02d}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"district": names}, geometry=shapes, crs=crs.PLANE)


def _layout(n: int) -> tuple[int, int]:
    """Return rows and columns of blocks: as near to ``n`` parcels as can be, then to a square."""
    blocks = max(n / BLOCK, 1.0)
    rows = np.arange(max(int(np.sqrt(blocks / 2)), 1), int(np.sqrt(blocks)) + 1)
    columns = np.maximum(np.rint(blocks / rows), 1).astype(int)
    best = np.lexsort([-rows, np.abs(rows * columns - blocks)])[0]
    return int(rows[best]), int(columns[best])


class _Grid(NamedTuple):
    """Blocks on the ground, and what they are drawn from."""

    seed: int
    rows: int
    columns: int
    low: Floats
    high: Floats

    @classmethod
    def of(cls, n: int, bounds: Floats, seed: int) -> "_Grid":
        """Lay about ``n`` parcels on ``bounds``."""
        bounds = ground(bounds)
        return cls(seed, *_layout(n), bounds[:2], bounds[2:])

    @property
    def cells(self) -> Ints:
        """Cells along x and y."""
        return np.array([self.columns, self.rows]) * SIDE

    @property
    def unit(self) -> Floats:
        """Metres of a cell along x and y."""
        return (self.high - self.low) / _line(self.cells)


class _Patterns(NamedTuple):
    """How blocks are divided: for each pattern the edges around its parcels, ring by ring.

    An edge is named by ``upright``, ``row``, ``column`` of its first end; ``back`` says that the
    ring runs against it. ``first`` and ``count`` say where the edges of each pattern are.
    """

    ring: Ints
    upright: NDArray[np.bool_]
    row: Ints
    column: Ints
    back: NDArray[np.bool_]
    first: Ints
    count: Ints
    kind: NDArray[np.str_]
    enclave: Ints
    """Row, column and ring of what it lies in, by pattern."""


class _Lattice(NamedTuple):
    """Lines ``i`` and ``j`` of the grid, and where they cross; one more around what is drawn."""

    grid: _Grid
    i: Ints
    j: Ints
    corners: Floats


class _Edges(NamedTuple):
    """Edges by their first end, with what their vertices are drawn from."""

    first: Floats
    along: Floats
    room: Floats
    """How far one can stray, of its length."""
    key: Ints
    count: Ints
    """Vertices between the ends."""


# Everything that places a vertex uses sums, products, quotients and roots alone, which IEEE 754
# rounds in one way only: two neighbours get the same bits, in whatever batch and on any machine.


def _frame(grid: _Grid, row: int, column: int, n: int) -> gpd.GeoDataFrame:
    """Draw ``n`` blocks of a row of blocks."""
    table = _patterns(grid.seed)
    of = _chance(grid.seed, 1, row, np.arange(column, column + n))
    pattern = (of * PATTERNS).astype(np.int64)
    lattice = _lattice(grid, row, column, n)
    edges = _edges(lattice)
    shells = _shells(table, pattern, edges, _polylines(grid.seed, edges))
    shapes = _with_enclaves(table, pattern, shells, _islands(lattice, table, pattern))
    begin = (row * grid.columns + column) * BLOCK
    rng = np.random.default_rng([grid.seed, begin])
    place = pd.Series(np.arange(begin, begin + n * BLOCK))
    kind = table.kind[pattern].ravel()
    code = CLASSES[rng.integers(0, len(CLASSES), len(kind))]
    for name, linear in LINEAR.items():
        code = np.where(kind == name, linear, code)
    return gpd.GeoDataFrame(
        {
            "parcel_id": "p" + place.astype("str").str.zfill(9),
            "class_code": code,
            "output": np.round(rng.lognormal(6, 1, len(kind)), 2),
        },
        geometry=shapes,
        crs=crs.PLANE,
    )


def _lattice(grid: _Grid, row: int, column: int, n: int) -> _Lattice:
    """Return the lines of some blocks, and where they cross."""
    i = np.clip(np.arange(row * SIDE - 1, (row + 1) * SIDE + 2), 0, grid.cells[1])
    j = np.clip(np.arange(column * SIDE - 1, (column + n) * SIDE + 2), 0, grid.cells[0])
    # Both lines along a road or a stream bend and jitter together.
    i2, j2 = (i - (i % SIDE == 1))[:, None], (j - (j % SIDE == 1))[None, :]
    corners = np.empty((len(i), len(j), 2))
    for axis, line in enumerate((j[None, :], i[:, None])):
        stray = (
            0.5 * _hills(grid.seed, 10 + axis, i2, j2)
            + 0.2 * _either(_chance(grid.seed, 20 + axis, i2, j2))
            + 0.2 * NARROW * _either(_chance(grid.seed, 30 + axis, i[:, None], j[None, :]))
        )
        at, end = _line(line), _line(grid.cells)[axis]
        # The sides of the ground are straight.
        at = at + np.minimum(np.minimum(at, end - at) / 4, 1) * stray
        xy = _grained(grid.low[axis] + at * grid.unit[axis])
        corners[..., axis] = np.where(line == grid.cells[axis], grid.high[axis], xy)
    return _Lattice(grid, i, j, corners)


def _edges(lattice: _Lattice) -> _Edges:
    """Return the edges between corners: first those along rows, then the upright ones."""
    grid, i, j, corners = lattice
    middle = (corners[:-1, :-1] + corners[:-1, 1:] + corners[1:, :-1] + corners[1:, 1:]) / 4
    core = corners[1:-1, 1:-1]
    level = (core[:, :-1], core[:, 1:], middle[:-1, 1:-1], middle[1:, 1:-1])
    upright = (core[:-1], core[1:], middle[1:-1, :-1], middle[1:-1, 1:])
    first, last, *beside = (
        np.concatenate([one.reshape(-1, 2), other.reshape(-1, 2)])
        for one, other in zip(level, upright, strict=True)
    )
    place = i[1:-1, None] << 32 | j[None, 1:-1]
    key = np.concatenate([2 * place[:, :-1].ravel(), 2 * place[:-1].ravel() + 1])
    along = last - first
    outer = ((first == grid.low) | (first == grid.high)) & (along == 0)
    room = np.where(outer.any(axis=1), 0.0, _room(first, along, beside))
    cells = np.abs(along / grid.unit).max(axis=1)
    rough = 1.0 + 0.9 * _hills(grid.seed, 40, key >> 33, key >> 1 & 0xFFFFFFFF)
    # A Pareto distribution of exponent 4/3, by roots.
    root = np.sqrt(1 - _chance(grid.seed, 41, key))
    some = VERTICES * rough * cells * (1 / (root * np.sqrt(root)) - 1)
    count = np.where(room > 0, np.minimum(some, MOST_VERTICES), 0).astype(np.int64)
    return _Edges(first, along, room, key, count)


def _room(first: Floats, along: Floats, beside: list[Floats]) -> Floats:
    """Return how far an edge can stray, of its length, and come near no other edge.

    The triangles from each edge to the middles of the cells beside it divide the ground. An edge
    keeps within a rhomb in its two, so no two edges meet but at their ends.
    """
    square = (along**2).sum(axis=1)
    tangent = np.ones(len(along))
    for middle in beside:
        away = middle - first
        over = (along * away).sum(axis=1)
        across = np.abs(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0])
        tangent = np.minimum(tangent, across / np.maximum(over, square - over))
    return STRAY / 2 * tangent


def _polylines(seed: int, edges: _Edges) -> Floats:
    """Draw edges, both ends included: a bow, a wave and noise, nil at the ends."""
    first, along, room, key, count = edges
    edge = np.repeat(np.arange(len(count)), count + 2)
    place = np.arange(len(edge)) - _starts(count + 2)[edge]
    inner = (place > 0) & (place <= count[edge])
    one, two = _two_chances(seed, 42, key[edge], place)
    at = (place + np.where(inner, 0.5 * one - 0.25, 0.0)) / (count + 1)[edge]
    bow, lean = (_either(chance) for chance in _two_chances(seed, 43, key))
    waves, phase = _two_chances(seed, 44, key)
    high, _ = _two_chances(seed, 45, key)
    wave = np.abs(((1 + 5 * waves)[edge] * at + phase[edge]) % 1 * 4 - 2) - 1
    stray = 0.35 * bow[edge] + 0.2 * lean[edge] * (2 * at - 1) + 0.25 * high[edge] * wave
    stray = (stray + 0.2 * _either(two)) * 2 * np.minimum(at, 1 - at) * room[edge]
    out = np.empty((len(edge), 2))
    for axis, turned in ((0, -along[:, 1]), (1, along[:, 0])):
        out[:, axis] = first[edge, axis] + at * along[edge, axis] + stray * turned[edge]
    return _grained(out)


def _shells(table: _Patterns, pattern: Ints, edges: _Edges, xy: Floats) -> Shapes:
    """Join edges to the outlines of parcels."""
    n = len(pattern)
    of = _runs(table.first[pattern], table.count[pattern])
    block = np.repeat(np.arange(n), table.count[pattern])
    row, column = table.row[of], table.column[of] + SIDE * block
    level = row * SIDE * n + column
    upright = (SIDE + 1) * SIDE * n + row * (SIDE * n + 1) + column
    edge = np.where(table.upright[of], upright, level)
    # Each edge gives its vertices but the last one, which is the first of the next.
    length = edges.count[edge] + 1
    begin = _starts(edges.count + 2)[edge] + np.where(table.back[of], length, 0)
    step = np.where(table.back[of], -1, 1)
    place = np.arange(length.sum()) - np.repeat(_starts(length), length)
    vertex = np.repeat(begin, length) + np.repeat(step, length) * place
    ring = np.repeat(table.ring[of] + WHOLE * block, length)
    return np.asarray(shapely.linearrings(xy[vertex], indices=ring))


def _islands(lattice: _Lattice, table: _Patterns, pattern: Ints) -> Shapes:
    """Draw the outlines of enclaves, around the middles of cells, where no edge comes near."""
    grid, i, j, corners = lattice
    begin = SIDE * np.arange(len(pattern))[:, None]
    row = (table.enclave[pattern][..., 0] + 1).ravel()
    column = (table.enclave[pattern][..., 1] + 1 + begin).ravel()
    key = i[row] << 32 | j[column]
    frame = np.stack([corners[row + a, column + b] for a, b in ((0, 0), (0, 1), (1, 1), (1, 0))])
    middle = frame.mean(axis=0)
    root = np.sqrt(1 - _chance(grid.seed, 50, key))
    count = 8 + np.minimum(4 * (1 / root - 1), MOST_VERTICES).astype(np.int64)
    ring = np.repeat(np.arange(len(count)), count)
    one, two = _two_chances(grid.seed, 51, key[ring], np.arange(len(ring)) - _starts(count)[ring])
    at = 4 * (np.arange(len(ring)) - _starts(count)[ring] + 0.5 * one) / count[ring]
    side = at.astype(np.int64)
    share = (at - side)[:, None]
    around = frame[side, ring] * (1 - share) + frame[(side + 1) % 4, ring] * share
    reach = (HOLE[0] + (HOLE[1] - HOLE[0]) * two)[:, None]
    xy = middle[ring] + reach * (around - middle[ring])
    return np.asarray(shapely.linearrings(_grained(xy), indices=ring))


def _with_enclaves(table: _Patterns, pattern: Ints, shells: Shapes, islands: Shapes) -> Shapes:
    """Build the parcels of each block: the rectangles with their holes, then the enclaves."""
    n = len(pattern)
    owner = (table.enclave[pattern][..., 2] + WHOLE * np.arange(n)[:, None]).ravel()
    of = np.concatenate([np.arange(len(shells)), owner])
    order = np.argsort(of, kind="stable")
    rings = np.concatenate([shells, islands])[order]
    out = np.empty((n, BLOCK), dtype=object)
    out[:, :WHOLE] = shapely.polygons(rings, indices=of[order]).reshape(n, WHOLE)
    out[:, WHOLE:] = shapely.polygons(islands).reshape(n, ENCLAVES)
    return out.ravel()


@cache
def _patterns(seed: int) -> _Patterns:
    """Divide blocks of cells in several ways, all with the same number of parcels."""
    rng = np.random.default_rng([seed, 0])
    edges, counts, kinds, enclaves = [], [], [], []
    for _ in range(PATTERNS):
        block = _divided(rng)
        around = [(ring, *edge) for ring, box in enumerate(block.boxes) for edge in _around(box)]
        edges += around
        counts.append(len(around))
        kinds.append([*block.kinds, *[""] * ENCLAVES])
        # Not in what is narrow.
        inner = rng.choice((SIDE - 1) ** 2, ENCLAVES, replace=False)
        rows, columns = inner // (SIDE - 1) + 1, inner % (SIDE - 1) + 1
        enclaves.append(np.column_stack([rows, columns, block.owner[rows, columns]]))
    ring, upright, row, column, back = np.array(edges).T
    count = np.array(counts)
    return _Patterns(
        ring,
        upright.astype(bool),
        row,
        column,
        back.astype(bool),
        _starts(count),
        count,
        np.array(kinds),
        np.array(enclaves),
    )


Box = tuple[int, int, int, int]


class _Block:
    """Cells that are divided into boxes: south, west, north, east."""

    def __init__(self) -> None:
        self.owner = np.full((SIDE, SIDE), -1)
        self.boxes: list[Box] = []
        self.kinds: list[str] = []

    def take(self, box: Box, kind: str = "") -> bool:
        """Make a parcel of some cells, if they are free."""
        south, west, north, east = box
        cells = self.owner[south:north, west:east]
        if north > SIDE or east > SIDE or (cells >= 0).any():
            return False
        cells[:] = len(self.boxes)
        self.boxes.append(box)
        self.kinds.append(kind)
        return True

    @property
    def parcels(self) -> int:
        """How many parcels there are if all free cells become one each."""
        return len(self.boxes) + int((self.owner < 0).sum())


def _divided(rng: np.random.Generator) -> _Block:
    """Divide a block: roads, a stream, large parcels, pairs of cells, and single ones."""
    block = _Block()
    if rng.random() < 0.7:
        stops = [0, SIDE] if rng.random() < 0.6 else [0, int(rng.integers(3, SIDE - 2)), SIDE]
        for west, east in pairwise(stops):
            block.take((0, west, 1, east), "road")
    if rng.random() < 0.5:
        block.take((1, 0, SIDE, 1), "stream")
    for height, width in LARGE:
        places = rng.integers(0, SIDE, (50, 2)).tolist()
        any(block.take((row, column, row + height, column + width)) for row, column in places)
    cells = [(cell // SIDE, cell % SIDE) for cell in rng.permutation(SIDE * SIDE).tolist()]
    for row, column in cells:
        if block.parcels == WHOLE:
            break
        height = int(rng.integers(1, 3))
        block.take((row, column, row + height, column + 3 - height))
    for row, column in cells:
        block.take((row, column, row + 1, column + 1))
    assert len(block.boxes) == WHOLE, "a block has too few large parcels"
    return block


def _around(box: Box) -> Iterator[tuple[int, int, int, int]]:
    """Go around a rectangle, counterclockwise: upright, row, column, back."""
    south, west, north, east = box
    yield from ((0, south, column, 0) for column in range(west, east))
    yield from ((1, row, east, 0) for row in range(south, north))
    yield from ((0, north, column, 1) for column in reversed(range(west, east)))
    yield from ((1, row, west, 1) for row in reversed(range(south, north)))


def _line(index: Ints) -> Floats:
    """Return where a line of the grid lies, in cells: the first cell of each block is narrow."""
    block, cell = np.divmod(index, SIDE)
    return block * (SIDE - 1 + NARROW) + np.where(cell > 0, cell - 1 + NARROW, 0.0)


def _hills(seed: int, salt: int, i: Ints, j: Ints) -> Floats:
    """Return a smooth field between -1 and 1."""
    (low_i, s), (low_j, t) = ((index // HILL, _eased(index % HILL / HILL)) for index in (i, j))
    west, east = (
        _either(_chance(seed, salt, low_i, low_j + k)) * (1 - s)
        + _either(_chance(seed, salt, low_i + 1, low_j + k)) * s
        for k in (0, 1)
    )
    return west * (1 - t) + east * t


def _eased(share: Floats) -> Floats:
    return share * share * (3 - 2 * share)


def _either(chance: Floats) -> Floats:
    """Stretch 0–1 to -1–1."""
    return 2 * chance - 1


def _grained(xy: Floats) -> Floats:
    return np.rint(xy * GRAIN) / GRAIN


def _chance(seed: int, *keys: Ints | int) -> Floats:
    """Return for each key its own number of 0–1, the same whenever it is asked."""
    return (_hash(seed, *keys) >> np.uint64(11)) * 2.0**-53


def _two_chances(seed: int, *keys: Ints | int) -> tuple[Floats, Floats]:
    """Return two of them, of 32 bits."""
    found = _hash(seed, *keys)
    low = found & np.uint64(0xFFFFFFFF)
    return (found >> np.uint64(32)) * 2.0**-32, low * 2.0**-32


def _hash(seed: int, *keys: Ints | int) -> NDArray[np.uint64]:
    """Mix keys to 64 bits, by the last step of SplitMix64 for each."""
    out = np.full(1, seed, dtype=np.uint64)
    for key in keys:
        out = out + np.uint64(0x9E3779B97F4A7C15) ^ np.asarray(key).astype(np.uint64)
        out = (out ^ (out >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        out = (out ^ (out >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out ^= out >> np.uint64(31)
    return out


def _starts(counts: Ints) -> Ints:
    return np.cumsum(counts) - counts


def _runs(starts: Ints, counts: Ints) -> Ints:
    """Return ``start, start + 1, …`` of each run, one after the other."""
    return np.arange(counts.sum()) + np.repeat(starts - _starts(counts), counts)


if __name__ == "__main__":
    from zones import zones

    from parkgeo import io

    wanted, path = int(sys.argv[1]), sys.argv[2]
    area = zones(3_000).to_crs(crs.PLANE).total_bounds
    io.write(pd.concat(parcels(wanted, area), ignore_index=True), path)
