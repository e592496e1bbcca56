"""Which lines of the gazetteer each reference of a block means, and around which spot they meet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.spatial import cKDTree

from parkgeo import crs
from parkgeo.fourbounds._geometry import Floats, LineNetwork, build_network
from parkgeo.fourbounds._references import BEARINGS_DEG, Bounds, Reference, Side
from parkgeo.fourbounds._remarks import Remark, remark
from parkgeo.fourbounds._resolve_relations import applied_shift, shifted, strands

FAR_M: Final = 15_000.0
"""A line farther than this from where the others meet is of the same name, but another place."""
MARGIN_M: Final = 3_000.0
LEAST_SCORE: Final = 0.5
"""Names less alike are misspellings at best, and other roads at worst."""
PLANNED_WEIGHT: Final = 0.5
SAME_LIKENESS: Final = 0.1
"""Lines whose names are less alike than the best near the block by more than this are left out."""
CLOSEST: Final = "closest line"
"""What ``via`` says of a line that the text does not name, but that closes the stated area."""
_OPEN_DEG: Final = 60.0
_NOTHING: Final = Reference("", "other")
_SAMPLE_DEG: Final = 0.001
_EARTH_M: Final = 6_371_000.0
LineKind: TypeAlias = Literal["road", "river", "railway", "border"]
_KINDS: Final[dict[str, LineKind]] = {
    "road": "road",
    "planned_road": "road",
    "river": "river",
    "railway": "railway",
    "admin_boundary": "border",
}


class Gazetteer(Protocol):
    """What the resolver needs of :class:`parkgeo.gazetteer.Gazetteer`: lines, also by name."""

    @property
    def lines(self) -> gpd.GeoDataFrame:
        """All lines, EPSG:4490: ``name``, ``geometry``."""

    def find(self, name: str, *, kind: LineKind | None = None) -> gpd.GeoDataFrame:
        """Return the lines of a name; one row per matched feature and place."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """One reference of one side, and what the gazetteer has for it near the block.

    ``network`` is null where there is no line near the block; ``reason`` says why. ``links`` is
    the side to which the line belongs where it only leads from one reference of ``side`` to the
    next. ``sources`` says where its lines come from.
    """

    side: Side
    position: int
    reference: Reference
    reason: Remark
    network: LineNetwork | None = None
    name: str | None = None
    score: float = 0.0
    via: str | None = None
    place: str | None = None
    line_key: tuple[str, ...] = ()
    links: Side | None = None
    sources: tuple[str, ...] = ()

    def is_of(self, other: "Match") -> bool:
        """Say whether this is another match, or leads along its line on another side."""
        return (self.links or self.side, self.position) == (other.side, other.position)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """The lines of all references around one spot, in one metric plane.

    Parameters
    ----------
    matches
        One per reference, in the clockwise order of the sides and the order of the text.
    window
        Square outside which lines were cut off, in the plane.
    plane
        The CRS of the plane.
    spread_m
        Mean distance from the spot to the lines of the references.
    within
        The extent that the block is known to lie in, in the plane, or null.
    """

    matches: tuple[Match, ...]
    window: shapely.Polygon
    plane: CRS
    spread_m: float
    within: shapely.Geometry | None = None

    @property
    def found(self) -> dict[Side, list[Match]]:
        """Matches that have lines, by side in clockwise order; sides without any are empty."""
        by_side: dict[Side, list[Match]] = {}
        for match in self.matches:
            by_side.setdefault(match.side, [])
            if match.network is not None:
                by_side[match.side].append(match)
        return by_side


@dataclass(frozen=True, slots=True)
class _Window:
    """A square around a spot: in the metric plane, and roughly, but not too small, in degrees."""

    metres: tuple[float, float, float, float]
    degrees: tuple[float, float, float, float]
    plane: CRS

    @classmethod
    def around(cls, spot: Floats, half_m: float) -> "_Window":
        lat = float(np.degrees(np.arcsin(spot[2] / np.linalg.norm(spot))))
        lon = float(np.degrees(np.arctan2(spot[1], spot[0])))
        centre = crs.to_zone(gpd.GeoSeries.from_xy([lon], [lat], crs=crs.CGCS2000))
        x, y = float(centre.x.iloc[0]), float(centre.y.iloc[0])
        high = float(np.degrees(1.3 * half_m / _EARTH_M))
        wide = high / float(np.cos(np.radians(lat)))
        return cls(
            (x - half_m, y - half_m, x + half_m, y + half_m),
            (lon - wide, lat - high, lon + wide, lat + high),
            crs.zone_of(centre),
        )


def look_up(
    block: Bounds,
    gazetteer: Gazetteer,
    *,
    chosen: Mapping[Side, tuple[gpd.GeoDataFrame, ...]] | None = None,
) -> list[tuple[Match, gpd.GeoDataFrame | None]]:
    """Ask the gazetteer for every reference of a block, sides in clockwise order.

    A side that the text says nothing of is there too, without lines. Sides that were chosen have
    their lines already.
    """
    said = [side for side, references in block.sides.items() if references]
    unsaid = _unsaid(said)
    found: list[tuple[Match, gpd.GeoDataFrame | None]] = []
    for side in sorted([*said, *unsaid], key=lambda side: (BEARINGS_DEG[side] - 45.0) % 360.0):
        if side in unsaid:
            found.append((Match(side, 0, _NOTHING, remark("unsaid")), None))
            continue
        for position, reference in enumerate(block.sides[side]):
            rows, reason = (
                (chosen[side][position], Remark())
                if chosen and side in chosen
                else _look_up_one(reference, gazetteer)
            )
            found.append((Match(side, position, reference, reason), rows))
    return found


def _unsaid(said: list[Side]) -> list[Side]:
    """Directions without which the sides that a text names would not go round a block."""
    taken = [BEARINGS_DEG[side] for side in said]
    unsaid: list[Side] = []
    # The four cardinal directions first.
    for side in sorted(BEARINGS_DEG, key=lambda side: (BEARINGS_DEG[side] % 90.0, side)):
        apart = [abs((BEARINGS_DEG[side] - other + 180.0) % 360.0 - 180.0) for other in taken]
        if taken and min(apart) >= _OPEN_DEG:
            unsaid.append(side)
            taken.append(BEARINGS_DEG[side])
    return unsaid


def neighbourhoods(
    found: list[tuple[Match, gpd.GeoDataFrame | None]],
    *,
    near: tuple[float, float] | None,
    size_m: float,
    most: int = 3,
) -> Iterator[Neighbourhood]:
    """Yield the spots at which the lines of most references come near each other, best first.

    Names recur: the spot at which the sum of the distances to all references (each at most
    :data:`FAR_M`) is least decides which of the lines of one name are meant.

    Parameters
    ----------
    found
        What :func:`look_up` returned.
    near
        Longitude and latitude of a place near the block, or null.
    size_m
        Least half-width of the window that is kept around a spot, in metres.
    most
        How many spots.
    """
    rows = [frame for _, frame in found]
    xyz = [None if frame is None else _sample(frame) for frame in rows]
    trees = [None if points is None else cKDTree(points) for points in xyz]
    every = np.concatenate([points for points in xyz if points is not None])
    # Sorted before they are thinned, so that the order of the lines does not matter.
    spots = np.unique(np.round(every, 3), axis=0)[::3]
    weights = [_weight(match, frame) for match, frame in found]
    distances = np.stack(
        [tree.query(spots)[0] for tree in trees if tree is not None],
        axis=1,
    )
    weight = np.array([w for w, tree in zip(weights, trees, strict=True) if tree is not None])
    cost = np.minimum(distances, FAR_M) @ weight / weight.sum()
    if near is not None:
        cost = cost + np.linalg.norm(spots - _to_xyz(np.array([near])), axis=1)
    for spot in _best_spots(spots, cost, most=most):
        yield _around(
            found, spots[spot], distances[spot], spread_m=float(cost[spot]), size_m=size_m
        )


def _look_up_one(
    reference: Reference, gazetteer: Gazetteer
) -> tuple[gpd.GeoDataFrame | None, Remark]:
    if reference.generic:
        return None, remark("generic", name=reference.name)
    # A second name in brackets is of the same line: both are looked up. The name without the place
    # before it, 环城东路 of 尖山镇环城东路, only counts where the whole is not found.
    both = [name for name in (reference.name, reference.alias) if name and name.strip()]
    core = [reference.core] if reference.core else []
    for names in (both, core):
        for kind in dict.fromkeys((_KINDS.get(reference.kind), None)):
            rows = [_alike(gazetteer, name, kind) for name in names]
            found = [frame for frame in rows if len(frame)]
            if found:
                return gpd.GeoDataFrame(pd.concat(found, ignore_index=True)), Remark()
    return None, remark("unknown", names=tuple(both + core))


def _alike(gazetteer: Gazetteer, name: str, kind: LineKind | None) -> gpd.GeoDataFrame:
    rows = gazetteer.find(name, kind=kind)
    return rows.loc[rows["score"] >= LEAST_SCORE]


def _weight(match: Match, rows: gpd.GeoDataFrame | None) -> float:
    """How much the place of a reference says: a planned road is likely not on the map yet."""
    if rows is None:
        return 0.0
    planned = PLANNED_WEIGHT if match.reference.kind == "planned_road" else 1.0
    return planned * float(rows["score"].max())


def _sample(frame: gpd.GeoDataFrame) -> Floats:
    shapes = shapely.segmentize(frame.geometry.to_numpy(), _SAMPLE_DEG)
    return _to_xyz(shapely.get_coordinates(shapes))


def _to_xyz(lonlat: Floats) -> Floats:
    """Points on a sphere in metres: chords measure nearness anywhere, without a zone."""
    lon, lat = np.radians(lonlat).T
    return _EARTH_M * np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1
    )


def _best_spots(spots: Floats, cost: Floats, *, most: int) -> Iterable[int]:
    """Best spots, each at least half of FAR_M away from the better ones."""
    chosen: list[int] = []
    open_ = np.ones(len(spots), dtype=bool)
    limit = np.inf
    while open_.any() and len(chosen) < most:
        best = int(np.flatnonzero(open_)[np.argmin(cost[open_])])
        if cost[best] > limit:
            break
        chosen.append(best)
        limit = 2.0 * cost[best] + 1000.0 if len(chosen) == 1 else limit
        open_ &= np.linalg.norm(spots - spots[best], axis=1) > FAR_M / 2
    return chosen


def _around(
    found: list[tuple[Match, gpd.GeoDataFrame | None]],
    spot: Floats,
    distances: Floats,
    *,
    spread_m: float,
    size_m: float,
) -> Neighbourhood:
    """Cut the lines near a spot out, in the metric plane of the spot."""
    near = distances[distances < FAR_M]
    window = _Window.around(spot, max(2.0 * float(near.max()) + MARGIN_M, size_m))
    far = iter(distances)
    matches = tuple(
        match if rows is None else _cut(match, rows, window, float(next(far)))
        for match, rows in found
    )
    return Neighbourhood(matches, shapely.box(*window.metres), window.plane, spread_m)


def _cut(match: Match, rows: gpd.GeoDataFrame, window: _Window, distance_m: float) -> Match:
    """Give a match the lines of its rows that lie in the window, or the reason why none does."""
    outline = rows["outline"].to_numpy(bool) if "outline" in rows else np.zeros(len(rows), bool)
    shapes = strands(match.reference, match.side, rows.geometry.to_numpy(), outline)
    shapes = shapely.clip_by_rect(shapes, *window.degrees)
    lines = gpd.GeoSeries(shapes, crs=rows.crs).to_crs(window.plane).to_numpy()
    lines = shapely.clip_by_rect(lines, *window.metres)
    inside = shapely.length(lines) > 1.0
    alike = rows["score"].to_numpy()
    inside &= alike >= alike[inside].max(initial=0.0) - SAME_LIKENESS
    if distance_m >= FAR_M or not inside.any():
        elsewhere = remark("elsewhere", name=match.reference.name, km=distance_m / 1000)
        return replace(match, reason=elsewhere)
    here = rows.loc[inside]
    best = here.sort_values(["score", "length_m"], ascending=[False, False], kind="stable").iloc[0]
    return replace(
        match,
        network=build_network(_at_distance(match, lines[inside])),
        name=str(best["name"]),
        score=float(best["score"]),
        via=_text(best.get("via")),
        place=_text(best.get("place")),
        line_key=tuple(sorted(set(here["name"].astype(str)))),
        sources=tuple(sorted({str(s) for of in here.get("sources", ()) for s in of})),
    )


def _at_distance(match: Match, lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Lines at the distance from these that the text gives."""
    shift = applied_shift(match.reference, match.side)
    if shift is None:
        return lines
    metres, bearing_deg = shift
    moved = shifted(lines, metres=metres, bearing_deg=bearing_deg)
    moved = moved[shapely.length(moved) > 1.0]
    return moved if len(moved) else lines


def _text(value: object) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124
