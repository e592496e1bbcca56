"""Neighbours within each distance, against points thrown anywhere into a window, after Ripley."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from parkgeo import _kernels, crs
from parkgeo.agglomeration._cross import Floats
from parkgeo.agglomeration._distance_bands import chance_of, require_settings
from parkgeo.agglomeration._distance_moved import shares_of
from parkgeo.agglomeration._distance_pairs import (
    COMPILE_ABOVE,
    TIE_M,
    cells_of,
    hints_of,
    in_parts,
)
from parkgeo.agglomeration._distance_points import Points, distances_to_ask, points_of
from parkgeo.agglomeration._distance_result import DistanceResult, result_of
from parkgeo.errors import GeometryError, SchemaError, UnknownNameError, first_rows

Edge = Literal["isotropic", "translation", "none"]

_CHUNK: Final = 500_000
_STEPS: Final = 100


def ripley_k(  # noqa: PLR0913
    points: gpd.GeoDataFrame,
    *,
    window: gpd.GeoDataFrame | gpd.GeoSeries,
    r: object = None,
    edge: Edge = "isotropic",
    industry: str | None = None,
    reference: Hashable | None = None,
    neighbours: Hashable | None = None,
    simulations: int = 0,
    level: float = 0.95,
    seed: int | None = None,
) -> DistanceResult:
    r"""Measure neighbours within each distance, per density (Ripley K 函数).

    :math:`\pi r^2` for points that were thrown anywhere into the window, each by itself; more where
    they cluster. With n points in a window of area A,

    .. math:: K(r) = \frac{A}{n (n - 1)} \sum_{i \ne j} \frac{1[d_{ij} \le r]}{e_{ij}}

    Plants are never thrown anywhere: K says where they cluster for any reason, mountains and
    housing among them. What an industry does beyond all industry say :func:`duranton_overman` and
    :func:`marcon_puech`.

    Parameters
    ----------
    points
        Points in any CRS; distances are measured in their 3° zone.
    window
        Polygons in any CRS within which points could be.
    r
        Distances in metres; by default a hundred steps to a quarter of the window's shorter side.
    edge
        What :math:`e_{ij}` is: "isotropic", the share of the circle about i through j that is in
        the window (Ripley 1976); "translation", the share of the window that stays in it when moved
        from i to j (Ohser 1983); "none", 1, which is too low near the boundary. All in any polygon.
    industry, reference, neighbours
        Column of industries, the one around which, and the one that is looked for.
    simulations, level, seed
        Draws of as many points anywhere in the window, level of their bands, and seed.

    Returns
    -------
    A :class:`DistanceResult`, in m².

    Raises
    ------
    MissingCRSError, GeometryError, SchemaError, UnknownNameError
        No CRS, points outside the window, distances that reach beyond it.

    Warns
    -----
    UserWarning
        The points reach beyond one 3° zone.

    Notes
    -----
    Where the window is no rectangle, the share for "translation" is interpolated between directions
    and lengths; its error, measured, is in the result.

    References
    ----------
    Ripley, B. D. (1976), The second-order analysis of stationary point processes, Journal of
    Applied Probability 13. Ohser, J. (1983), On estimators for the reduced second moment measure of
    point processes, Statistics 14.

    Examples
    --------
    >>> at = gpd.GeoSeries.from_xy([500003, 500007], [3, 3], crs="EPSG:4549")
    >>> window = gpd.GeoSeries([shapely.box(500000, 0, 500010, 10)], crs="EPSG:4549")
    >>> found = ripley_k(gpd.GeoDataFrame(geometry=at), window=window, r=[3, 4], edge="none")
    >>> found.table["observed"].tolist()
    [0.0, 100.0]
    """
    return _ripley(
        "K", points, window, r, edge, (industry, reference, neighbours), simulations, level, seed
    )


def ripley_l(  # noqa: PLR0913
    points: gpd.GeoDataFrame,
    *,
    window: gpd.GeoDataFrame | gpd.GeoSeries,
    r: object = None,
    edge: Edge = "isotropic",
    industry: str | None = None,
    reference: Hashable | None = None,
    neighbours: Hashable | None = None,
    simulations: int = 0,
    level: float = 0.95,
    seed: int | None = None,
) -> DistanceResult:
    r"""Measure :func:`ripley_k` as a distance, r for points anywhere (Ripley L 函数).

    .. math:: L(r) = \sqrt{K(r) / \pi}

    Its spread is about the same at all distances.

    Parameters
    ----------
    points, window, r, edge, industry, reference, neighbours, simulations, level, seed
        As for :func:`ripley_k`.

    Returns
    -------
    A :class:`DistanceResult`, in metres.

    Raises
    ------
    MissingCRSError, GeometryError, SchemaError, UnknownNameError
        As :func:`ripley_k`.

    References
    ----------
    Besag, J. (1977), Contribution to the discussion of Dr Ripley's paper, Journal of the Royal
    Statistical Society B 39.

    Examples
    --------
    >>> at = gpd.GeoSeries.from_xy([500003, 500007], [3, 3], crs="EPSG:4549")
    >>> window = gpd.GeoSeries([shapely.box(500000, 0, 500010, 10)], crs="EPSG:4549")
    >>> found = ripley_l(gpd.GeoDataFrame(geometry=at), window=window, r=[3, 4], edge="none")
    >>> found.table["observed"].round(3).tolist()
    [0.0, 5.642]
    """
    return _ripley(
        "L", points, window, r, edge, (industry, reference, neighbours), simulations, level, seed
    )


def _ripley(  # noqa: PLR0913, PLR0917
    measure: Literal["K", "L"],
    points: gpd.GeoDataFrame,
    window: gpd.GeoDataFrame | gpd.GeoSeries,
    r: object,
    edge: Edge,
    kinds: tuple[str | None, Hashable | None, Hashable | None],
    simulations: int,
    level: float,
    seed: int | None,
) -> DistanceResult:
    require_settings(simulations, level, seed)
    if edge not in get_args(Edge):
        raise UnknownNameError(f"edge must be one of {', '.join(get_args(Edge))}, not {edge!r}")
    found = points_of(points, industry=kinds[0], reference=kinds[1], neighbours=kinds[2])
    n, m = int(found.reference.sum()), int(found.neighbours.sum())
    if found.same and n < 2:  # noqa: PLR2004
        raise SchemaError("one point has no neighbour of its kind; take neighbours=…")
    ground = _window(window, found)
    asked = _distances(r, ground)
    work = n * m * (1 + simulations)
    seen = _seen(ground, asked, edge, same=found.same, fast=work > COMPILE_ABOVE)

    def curve(one: Floats, other: Floats, *, spread: bool = False) -> Floats:
        k = seen.k(one, other, spread=spread)
        return k if measure == "K" else np.sqrt(k / np.pi)

    def draw(rng: np.random.Generator) -> Floats:
        one = _thrown(ground, n, rng)
        return curve(one, one if found.same else _thrown(ground, m, rng))

    observed = curve(found.xy[found.reference], found.xy[found.neighbours], spread=True)
    chance = chance_of(
        observed, draw, simulations=simulations, level=level, seed=seed, doing="throwing points"
    )
    return result_of(
        measure,
        found,
        asked,
        observed,
        chance=chance,
        expected=np.pi * asked**2 if measure == "K" else asked,
        error=seen.error,
        error_note="measured, of the weight of a pair" if seen.error else "rounding only",
    )


def _window(window: object, points: Points) -> Polygon | MultiPolygon:
    """Bring the window to the zone of the points, which must lie in it."""
    if not isinstance(window, gpd.GeoDataFrame | gpd.GeoSeries):
        raise SchemaError(
            f"the window must be a GeoDataFrame or GeoSeries with a CRS, not a "
            f"{type(window).__name__}"
        )
    crs.require_crs(window, what="the window")
    shapes = gpd.GeoSeries(window.geometry.dropna())
    if shapes.crs != points.crs:
        shapes = crs.to_geographic(shapes).to_crs(points.crs)
    if not shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all() or not shapes.is_valid.all():
        raise GeometryError("the window must be valid polygons; try shapely.make_valid")
    ground = shapely.union_all(shapes.to_numpy())
    if not isinstance(ground, Polygon | MultiPolygon) or ground.is_empty:
        raise GeometryError("the window has no area; give the ground that the plants could be on")
    beyond = np.flatnonzero(~_inside(ground, points.xy))
    apart = np.asarray(shapely.distance(ground, shapely.points(points.xy[beyond])))
    outside = beyond[apart > TIE_M]
    if len(outside):
        raise GeometryError(
            f"{len(outside)} of {len(points.xy)} points lie outside the window, the first in rows "
            f"{first_rows(sorted(points.rows[outside].tolist(), key=str))}; clip the points, or "
            "widen the window"
        )
    return ground


def _distances(r: object, ground: Polygon | MultiPolygon) -> Floats:
    west, south, east, north = ground.bounds
    if r is None:
        return np.linspace(0.0, min(east - west, north - south) / 4, _STEPS + 1)
    asked = distances_to_ask(r, np.empty((0, 2)))
    most = float(np.hypot(east - west, north - south))
    if asked[-1] > most:
        raise SchemaError(
            f"r reaches to {asked[-1]:,.0f} m, beyond the window, which is {most:,.0f} m across; "
            "up to a quarter of its shorter side is usual"
        )
    return asked


def _thrown(ground: Polygon | MultiPolygon, n: int, rng: np.random.Generator) -> Floats:
    """Throw points anywhere into the window, each by itself."""
    west, south, east, north = ground.bounds
    share = ground.area / ((east - west) * (north - south))
    kept: list[Floats] = []
    missing = n
    while missing > 0:
        xy = rng.uniform((west, south), (east, north), (int(missing / share * 1.1) + 8, 2))
        kept.append(xy[_inside(ground, xy)][:missing])
        missing -= len(kept[-1])
    return np.concatenate(kept)


def _inside(ground: Polygon | MultiPolygon, xy: Floats) -> NDArray[np.bool_]:
    # Shapely prepares the geometry, and a prepared one that threads share brings the process down.
    own = shapely.from_wkb(shapely.to_wkb(ground))
    return np.asarray(shapely.contains_xy(own, xy))


@dataclass(frozen=True)
class _Seen:
    """How pairs in a window are counted."""

    area: float
    r: Floats
    same: bool
    error: float
    weights: Callable[[Floats, Floats, bool], Floats]

    def k(self, one: Floats, other: Floats, *, spread: bool) -> Floats:
        """Sum the weight of pairs up to each distance, on all cores where it is to be spread."""
        pairs = len(one) * (len(one) - 1) if self.same else len(one) * len(other)
        return np.asarray(np.cumsum(self.weights(one, other, spread)) * (self.area / pairs))


def _seen(
    ground: Polygon | MultiPolygon, r: Floats, edge: Edge, *, same: bool, fast: bool
) -> _Seen:
    segments = _segments(ground)
    limits = r + TIE_M
    reach = float(limits[-1])
    shares, error = np.ones((2, 2)), 0.0
    if edge == "translation":
        shares, error = shares_of(ground, segments, reach)
    code = get_args(Edge).index(edge)
    hints = hints_of(limits)

    def by_loops(one: Floats, other: Floats, spread: bool) -> Floats:  # noqa: FBT001
        cells = cells_of(other, reach)
        x, y = (cells.x, cells.y) if same else np.ascontiguousarray(one.T)
        selves = np.arange(len(x)) if same else np.full(len(x), -1)
        loop = _kernels.compiled(_kernels.count_in_window)

        def part(first: int, last: int) -> Floats:
            out = np.zeros(len(r))
            loop(
                x, y, selves, cells.x, cells.y, cells.starts, cells.grid,
                first, last, limits, hints, code, segments, shares, out,
            )  # fmt: skip
            return out

        if spread:
            return in_parts(part, len(x), doing="looking around points")
        return part(0, len(x))

    def by_numpy(one: Floats, other: Floats, _: bool) -> Floats:  # noqa: FBT001
        out = np.zeros(len(r) + 1)
        rows = max(_CHUNK // len(other), 1)
        for first in range(0, len(one), rows):
            apart = other[None] - one[first : first + rows, None]
            distance = np.hypot(apart[..., 0], apart[..., 1])
            if same:
                some = np.arange(len(distance))
                distance[some, first + some] = np.inf
            i, j = np.nonzero(distance <= reach)
            far, moved = distance[i, j], apart[i, j]
            weight = _weights(edge, one[first + i], far, moved, segments, shares, reach)
            out += np.bincount(np.searchsorted(limits, far), weight, minlength=len(out))
        return np.asarray(out[:-1])

    return _Seen(float(ground.area), r, same, error, by_loops if fast else by_numpy)


def _weights(  # noqa: PLR0913, PLR0917
    edge: Edge,
    xy: Floats,
    far: Floats,
    moved: Floats,
    segments: Floats,
    shares: Floats,
    reach: float,
) -> Floats:
    if edge == "none":
        return np.ones(len(far))
    if edge == "translation":
        return np.asarray(1 / _kernels.shares_moved(moved[:, 0], moved[:, 1], shares, reach))
    share = np.ones(len(far))
    rows = max(_CHUNK // len(segments), 1)
    for first in range(0, len(far), rows):
        some = slice(first, first + rows)
        share[some] = _kernels.shares_inside(xy[some, 0], xy[some, 1], far[some], segments)
    return 1 / share


def _segments(ground: Polygon | MultiPolygon) -> Floats:
    """Take the edges of a window, which is on their left."""
    oriented = shapely.orient_polygons(ground)
    rings = shapely.get_rings(shapely.get_parts(oriented))
    xy = [shapely.get_coordinates(ring) for ring in rings]
    edges = np.concatenate([np.column_stack([ring[:-1], np.diff(ring, axis=0)]) for ring in xy])
    return np.ascontiguousarray(edges[(edges[:, 2:] != 0).any(axis=1)])
