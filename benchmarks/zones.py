"""Synthetic development zones for benchmarks and stress tests: seeded, valid, any number.

None of them exists. Their outlines, sizes and overlaps are drawn at random so that an overlay meets
what real layers have, all at once:

- star-shaped outlines and rectilinear ("blocky") ones that are turned at random, of 200 to 5 000
  vertices, most of them small (mean about 500);
- holes, and zones of two parts;
- 70 % have a cell of a grid for themselves; 30 % lie on one of those: half of them in part, a
  quarter as near-duplicates, which follow its outline vertex by vertex and leave it by 1 cm to 3 m
  for a while (slivers), a quarter nested. Several may lie on the same one.

A cell is always 7.3 km², so 20 000 zones fill a province of 100 000 km² and density does not depend
on the number.

    python benchmarks/zones.py 20000 zones.parquet    # GeoParquet, or any suffix parkgeo writes
"""

import sys
from dataclasses import dataclass, fields
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

SEED: Final = 20_251_122
PARTIAL, NEAR, NESTED = 0.150, 0.075, 0.075
"""Shares of the zones that lie on another one."""

HALF_CELL_M: Final = 1_350.0
VERTICES: Final = (200, 4_990)
TAIL: Final = 1.6
"""Exponent of the Pareto distribution of vertices."""

LON0, LAT0 = 120.0, 30.0
DEGREE_M: Final = (111_320.0 * np.cos(np.radians(LAT0)), 110_850.0)

LOWEST: Final = 0.3
"""Nearest that an outline comes to its middle, of its size; a hole and a nested zone fit below."""

# Main part, its hole and a second part, in a zone of radius 1: distance from the middle, radius,
# and share of the vertices.
OFFSET = np.array([[0.0, 0.0, 0.0], [-0.38, -0.38, 0.62]])
SIZE = np.array([[1.0, 0.15, 0.0], [0.6, 0.09, 0.3]])
SHARE = np.array([1.0, 0.15, 0.4])


def zones(n: int, *, seed: int = SEED, tail: float = TAIL) -> gpd.GeoDataFrame:
    """Draw ``n`` synthetic zones: ``brand_id`` and ``geometry`` in EPSG:4490, in random order.

    A lesser ``tail`` makes more of them rough: 0.3 gives 2 600 vertices in the mean.
    """
    rng = np.random.default_rng(seed)
    near, nested, partial = (int(n * share) for share in (NEAR, NESTED, PARTIAL))
    alone = n - near - nested - partial
    places = _places(rng, alone, partial)
    rings = _rings(rng, places, tail)
    near_of = rng.integers(0, alone, near)
    nested_in = rng.integers(0, alone, nested)
    layers = [
        _shapes(places, rings),
        _shapes(places.take(near_of), _moved(rng, rings.take(near_of), places.reach_m[near_of])),
        _shapes(places.take(nested_in), _shrunk(rng, rings.take(nested_in))),
    ]
    shapes = rng.permutation(np.concatenate(layers))
    names = [f"zone-{i:06d}" for i in range(n)]
    return gpd.GeoDataFrame({"brand_id": names}, geometry=shapes, crs="EPSG:4490")


@dataclass(frozen=True)
class Places:
    """Where each zone lies: middle and radius in metres, and the direction it is turned to."""

    x_m: Floats
    y_m: Floats
    reach_m: Floats
    turn: Floats

    def take(self, zones: Ints) -> "Places":
        """Copy the places of some zones."""
        return Places(*(getattr(self, field.name)[zones] for field in fields(self)))


@dataclass(frozen=True)
class Rings:
    """Rings zone by zone, each zone's shells before their holes, in frames of their own.

    ``unit`` holds the corners of all rings one after the other in the unit disc, ``count`` how many
    each has.
    """

    zone: Ints
    hole: Flags
    blocky: Flags
    offset: Floats
    size: Floats
    count: Ints
    unit: Floats

    def take(self, zones: Ints) -> "Rings":
        """Copy the rings of some zones, numbered from 0."""
        per_zone = np.bincount(self.zone, minlength=int(zones.max(initial=0)) + 1)
        rings = _runs(_starts(per_zone)[zones], per_zone[zones])
        corners = _runs(_starts(self.count)[rings], self.count[rings])
        number = np.repeat(np.arange(len(zones)), per_zone[zones])
        return Rings(
            number,
            *(getattr(self, name)[rings] for name in ("hole", "blocky", "offset", "size", "count")),
            self.unit[corners],
        )

    @property
    def ring(self) -> Ints:
        """The ring of each corner."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @property
    def along(self) -> Floats:
        """How far along its ring each corner stands, 0 to 1."""
        place = np.arange(len(self.unit)) - np.repeat(_starts(self.count), self.count)
        return place / np.repeat(self.count, self.count)

    def scaled(self, x: Floats, y: Floats) -> "Rings":
        """Stretch the ring of each corner in its own frame."""
        kept = [getattr(self, field.name) for field in fields(self)[:-1]]
        return Rings(*kept, self.unit * np.column_stack([x, y]))


def _places(rng: np.random.Generator, alone: int, partial: int) -> Places:
    """Put zones into cells of their own, and then zones that lie in part on one of them."""
    columns = max(int(np.ceil(np.sqrt(alone))), 1)
    row, column = np.divmod(np.arange(alone), columns)
    reach = HALF_CELL_M * rng.uniform(0.45, 0.95, alone)
    jitter = (HALF_CELL_M - reach) * rng.uniform(-1, 1, (2, alone))
    x = (2 * column - columns) * HALF_CELL_M + jitter[0]
    y = (2 * row - columns) * HALF_CELL_M + jitter[1]
    host = rng.integers(0, alone, partial)
    away = reach[host] * rng.uniform(0.5, 1.1, partial)
    towards = rng.uniform(0, 2 * np.pi, partial)
    return Places(
        np.concatenate([x, x[host] + away * np.cos(towards)]),
        np.concatenate([y, y[host] + away * np.sin(towards)]),
        np.concatenate([reach, reach[host] * rng.uniform(0.5, 1.0, partial)]),
        rng.uniform(0, 2 * np.pi, alone + partial),
    )


def _rings(rng: np.random.Generator, places: Places, tail: float) -> Rings:
    """Draw the outlines: a main part, for some a hole in it, for some a second part."""
    n = len(places.x_m)
    low, high = VERTICES
    vertices = np.minimum(low * (1 + rng.pareto(tail, n)), high)
    two = rng.random(n) < 0.15
    there = np.column_stack([np.full(n, fill_value=True), rng.random(n) < 0.15, two])
    share = there * SHARE
    # A multiple of four, because a column of a blocky outline has four corners.
    wanted = vertices[:, None] * share / share.sum(axis=1, keepdims=True)
    count = (np.ceil(wanted / 4) * 4).astype(np.intp)[there]
    zone, role = np.nonzero(there)
    layout = two.astype(np.intp)[zone]
    hole = role == 1
    # Holes are round: what is free of a blocky outline all around its middle is a disc.
    blocky = (rng.random(n) < 0.5)[zone] & ~hole
    unit = np.empty((count.sum(), 2))
    corner_blocky = np.repeat(blocky, count)
    unit[~corner_blocky] = _stars(rng, count[~blocky])
    unit[corner_blocky] = _blocks(rng, count[blocky])
    return Rings(zone, hole, blocky, OFFSET[layout, role], SIZE[layout, role], count, unit)


def _stars(rng: np.random.Generator, count: Ints) -> Floats:
    """Draw outlines that every ray from the middle crosses once."""
    ring = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(ring)) - np.repeat(_starts(count), count)
    angle = 2 * np.pi * (place + rng.uniform(0.1, 0.9, len(ring))) / count[ring]
    radius = _profile(rng, angle, ring, len(count))
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


def _blocks(rng: np.random.Generator, count: Ints) -> Floats:
    """Draw outlines of columns: rightwards along the lower ends, back along the upper ones."""
    columns = count // 4
    ring = np.repeat(np.arange(len(count)), columns)
    width = rng.uniform(0.2, 1.0, len(ring))
    right = np.cumsum(width)
    left = right - width
    first, last = left[_starts(columns)], right[_starts(columns) + columns - 1]
    scale = np.sqrt(2) / (last - first)
    left, right = ((edge - first[ring]) * scale[ring] - np.sqrt(0.5) for edge in (left, right))
    lower, upper = (
        np.sqrt(0.5) * _profile(rng, 4 * left, ring, len(count)) * sign for sign in (-1, 1)
    )
    there = np.stack([left, lower, right, lower], axis=1).reshape(-1, 2)
    back = np.stack([right, upper, left, upper], axis=1).reshape(-1, 2)
    # The way back runs through the columns of each ring in reverse.
    mirror = (
        np.repeat(_starts(columns) + columns - 1, columns)
        + np.repeat(_starts(columns), columns)
        - np.arange(len(ring))
    )
    back = back.reshape(-1, 2, 2)[mirror].reshape(-1, 2)
    out = np.empty((count.sum(), 2))
    on_the_way = np.arange(len(out)) - np.repeat(_starts(count), count) < np.repeat(
        count // 2, count
    )
    out[on_the_way], out[~on_the_way] = there, back
    return out


def _profile(rng: np.random.Generator, angle: Floats, ring: Ints, rings: int) -> Floats:
    """Return distances from the middle, between ``LOWEST`` and 1: a few waves and some noise."""
    out = np.zeros(len(angle))
    for waves in (1, 2, 3, 5):
        strength = rng.uniform(0, 0.5 / waves, rings)
        phase = rng.uniform(0, 2 * np.pi, rings)
        out += strength[ring] * np.cos(waves * angle + phase[ring])
    out += rng.uniform(-0.04, 0.04, len(angle))
    return np.clip(0.65 + 0.35 * out, LOWEST, 1.0)


def _moved(rng: np.random.Generator, rings: Rings, reach_m: Floats) -> Rings:
    """Move a stretch of each shell in or out by 1 cm to 3 m; the rest stays to the last bit."""
    n = len(rings.count)
    start, length = rng.uniform(0, 0.6, n), rng.uniform(0.1, 0.4, n)
    by_m = 10 ** rng.uniform(-2, 0.5, n) * rng.choice([-1, 1], n)
    factor = 1 + by_m / (reach_m[rings.zone] * rings.size)
    ring, along = rings.ring, rings.along
    # Between the ends of the lower and the upper side of a blocky outline, which stay as they are.
    inside = (along >= start[ring]) & (along < (start + length)[ring]) & ~rings.hole[ring]
    stretch = np.where(inside, factor[ring], 1.0)
    return rings.scaled(np.where(rings.blocky[ring], 1.0, stretch), stretch)


def _shrunk(rng: np.random.Generator, rings: Rings) -> Rings:
    """Shrink each part so that it lies in its original."""
    factor = rng.uniform(0.3, 0.8, len(rings.count))[rings.ring]
    # A column may stand beside a lower one, so blocky outlines go below the lowest that there is.
    return rings.scaled(factor, np.where(rings.blocky[rings.ring], 0.95 * LOWEST, factor))


def _shapes(places: Places, rings: Rings) -> NDArray[np.object_]:
    """Build polygons and multipolygons in degrees."""
    ring = rings.ring
    zone = rings.zone[ring]
    along, across = (rings.unit * rings.size[ring, None]).T
    along = (along + rings.offset[ring]) * places.reach_m[zone]
    across = across * places.reach_m[zone]
    cos, sin = np.cos(places.turn)[zone], np.sin(places.turn)[zone]
    lon = LON0 + (places.x_m[zone] + cos * along - sin * across) / DEGREE_M[0]
    lat = LAT0 + (places.y_m[zone] + sin * along + cos * across) / DEGREE_M[1]
    if not len(ring):
        return np.empty(0, dtype=object)
    drawn = shapely.linearrings(np.column_stack([lon, lat]), indices=ring)
    parts = shapely.polygons(drawn, indices=np.cumsum(~rings.hole) - 1)
    owner = rings.zone[~rings.hole]
    out = np.asarray(shapely.multipolygons(parts, indices=owner))
    single = np.bincount(owner) == 1
    out[single] = parts[single[owner]]
    return out


def _starts(counts: Ints) -> Ints:
    return np.cumsum(counts) - counts


def _runs(starts: Ints, counts: Ints) -> Ints:
    """Return ``start, start + 1, …`` of each run, one after the other."""
    return np.arange(counts.sum()) + np.repeat(starts - _starts(counts), counts)


if __name__ == "__main__":
    from parkgeo import io

    io.write(zones(int(sys.argv[1])), sys.argv[2])
