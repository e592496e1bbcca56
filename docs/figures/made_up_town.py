"""A small made-up town, and what the resolver does with bounds in it, step by step."""  # noqa: INP001

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs, gazetteer
from parkgeo.fourbounds import Bounds, parse
from parkgeo.fourbounds._resolve_close import Outline, close
from parkgeo.fourbounds._resolve_match import Neighbourhood, look_up, neighbourhoods
from parkgeo.fourbounds._resolve_ring import Ring, RingFinder
from parkgeo.fourbounds._resolve_score import Border, border, score

TEXT = "东至春申路转望湖环路，南至清溪，西至规划云锦路，北至长青大道，总面积约8平方公里。"
"""Bounds of a block in the town; nothing of it exists."""
PLANE = "EPSG:4549"
_CORNER = (505_000.0, 3_350_000.0)
_HALF_STREET_M = 12.0

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Traced:
    """One way round a block, closed and rated."""

    hood: Neighbourhood
    ring: Ring
    outline: Outline
    border: Border
    score: float


def town(*, west: str | None = None) -> gazetteer.Gazetteer:
    """Return the named lines of the town, and one in the west where its name is given."""
    rows: list[tuple[str, str, Points]] = [
        ("春申路", "road", [(3000, 4200), (3000, 2100)]),
        ("春申路", "road", [(27_000, 15_000), (28_500, 11_000)]),
        ("望湖环路", "road", _ring_road()),
        ("清溪", "river", _river()),
        *(("长青大道", "road", one) for one in _two_carriageways()),
        ("小园东路", "road", [(1750, 1950), (1750, 1450)]),
        ("小园南路", "road", [(1450, 1550), (1850, 1550)]),
        ("小园西路", "road", [(1550, 1950), (1550, 1450)]),
        ("小园北路", "road", [(1450, 1850), (1850, 1850)]),
    ]
    if west is not None:
        rows.append((west, "road", [(120, 3600), (60, -500)]))
    return gazetteer.read().add(_frame(rows), source="made up")


def block(text: str = TEXT) -> Bounds:
    """Return what a text says of its only block."""
    return parse(text)[0]


def around(bounds: Bounds, lines: gazetteer.Gazetteer) -> Neighbourhood:
    """Return the lines of all references around the spot where they meet best."""
    return next(neighbourhoods(look_up(bounds, lines), near=None, size_m=0.0))


def traced(
    bounds: Bounds, lines: gazetteer.Gazetteer, *, target_m2: float | None
) -> Iterator[Traced]:
    """Yield the closed ways round a block along the lines, the cheapest first."""
    hood = around(bounds, lines)
    for group in RingFinder(hood).rings():
        for ring in group:
            outline = close(ring, hood, target_m2=target_m2)
            if outline is not None:
                made = border(outline)
                yield Traced(hood, ring, outline, made, score(made, target_m2=target_m2))


def on_ground(shapes: list[shapely.Geometry]) -> gpd.GeoSeries:
    """Put shapes drawn in metres from the town's corner on the ground, in EPSG:4490."""
    moved = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + np.array(_CORNER))
    return gpd.GeoSeries(moved, crs=PLANE).to_crs(crs.CGCS2000)


def in_town(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes in metres from the town's corner."""
    return shapes.to_crs(PLANE).translate(-_CORNER[0], -_CORNER[1])


def drawn(shape: shapely.Geometry) -> shapely.Geometry:
    """Move a shape from the plane of a neighbourhood, that of the town, to the town's corner."""
    return shapely.transform(shape, lambda xy: xy - np.array(_CORNER))


def _frame(rows: list[tuple[str, str, Points]]) -> gpd.GeoDataFrame:
    names, kinds, points = zip(*rows, strict=True)
    shapes = on_ground([shapely.LineString(one) for one in points])
    return gpd.GeoDataFrame({"name": names, "kind": kinds}, geometry=shapes)


def _two_carriageways() -> list[Points]:
    """Return a street of two carriageways that is not drawn over 300 m."""
    pieces = [(-1200.0, 1300.0), (1600.0, 4600.0)]
    return [
        [(start, 3000.0 + aside), (stop, 3000.0 + aside)]
        for start, stop in pieces
        for aside in (-_HALF_STREET_M, _HALF_STREET_M)
    ]


def _ring_road() -> Points:
    angle = np.linspace(0.0, 2.0 * np.pi, 73)
    x = 3350.0 + 680.0 * np.cos(angle) + 60.0 * np.sin(2 * angle)
    y = 800.0 + 1100.0 * np.sin(angle) + 40.0 * np.cos(3 * angle)
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def _river() -> Points:
    x = np.arange(-1000.0, 5001.0, 100.0)
    y = 60.0 + 110.0 * np.sin(x / 520.0) + 40.0 * np.sin(x / 190.0)
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
