"""Which datum is it: the layer is read on each one and compared with a layer that is known."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo.crs._datums import DATUMS, to_geographic
from parkgeo.crs._guards import geometry_of, require_crs, require_lonlat
from parkgeo.crs._plane import to_plane
from parkgeo.crs._zones import zone_of
from parkgeo.errors import CRSMismatchError, GeometryError

__all__ = ["detect_datum"]

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]

CANDIDATES: Final = ("wgs84", "gcj02", "bd09")

# A pair of polygons that share less than half of their union is no pair.
_LEAST_IOU: Final = 0.5
# GCJ-02 lies 100 to 700 m from WGS 84 (520 m in Hangzhou): a layer that is further off than this
# fits no datum.
_LARGEST_DISTANCE_M: Final = 150.0
# The best datum must leave less than this share of what the next best leaves unexplained.
_CLEAR: Final = 0.5
_FEWEST_POINTS: Final = 10
_MOST_POINTS: Final = 5000
# The largest shift between two of the datums, in degrees: so far may a vertex leave the extent.
_PAD_DEG: Final = 0.02
_POLYGONAL: Final = 2


def detect_datum(
    layer: gpd.GeoDataFrame | gpd.GeoSeries,
    reference: gpd.GeoDataFrame | gpd.GeoSeries,
) -> pd.DataFrame:
    """Score how well a layer fits a known one when read on each datum.

    For files from Chinese web maps that say nothing, or say WGS 84 and are not. The layers need
    not be the same: districts against districts, roads against roads, or parks against roads.

    Parameters
    ----------
    layer
        Longitude and latitude on an unknown datum. What its CRS says is left aside, but it must
        not be projected.
    reference
        Layer of the same place whose CRS is known to be right.

    Returns
    -------
    One row per datum, ``datum`` as the index, best first:

    ``iou``
        Intersection over union of the polygons that match, weighted by area, 0–1; null unless
        both layers are polygons and some match.
    ``distance_m``
        Median distance from the layer's vertices to the outlines of the reference; null where the
        layers do not meet.
    ``n_compared``
        Polygons matched, or else vertices compared.
    ``verdict``
        ``"fits"`` for the one datum that explains the data clearly better, with ``"rejected"`` for
        the others; ``"ambiguous"`` for all three when none does.

    Raises
    ------
    MissingCRSError
        The reference does not say its CRS.
    CRSMismatchError
        The layer is projected, or its coordinates are no degrees.
    GeometryError
        A polygon is invalid.

    Notes
    -----
    Polygons match when they share at least half of their union on one of the datums. The best
    datum fits when what it leaves unexplained (1 - iou, or the distance) is less than half of what
    the next leaves; by distance, 10 vertices or more must lie within 150 m (median) besides. WGS 84
    stands for CGCS2000 too: the two agree within centimetres. Few and coarse data give
    ``"ambiguous"`` and not a guess.

    Examples
    --------
    >>> import parkgeo
    >>> known = gpd.GeoSeries([shapely.box(120.1, 30.2, 120.2, 30.3)], crs="EPSG:4490")
    >>> detect_datum(parkgeo.crs.to_datum(known, "gcj02"), known)["verdict"].tolist()
    ['fits', 'rejected', 'rejected']
    """
    require_crs(reference, "reference")
    known = to_geographic(geometry_of(reference))
    read = {name: _read_on(geometry_of(layer), name) for name in CANDIDATES}
    _require_valid(read["wgs84"], "layer")
    _require_valid(known, "reference")
    iou, n_matched = _iou_scores(read, known)
    distances, n_points = _distance_scores(read, known)
    table = pd.DataFrame(
        {
            "iou": iou,
            "distance_m": distances,
            "n_compared": n_matched or n_points,
        },
        index=pd.Index(CANDIDATES, name="datum"),
    )
    left_over = 1.0 - iou if n_matched else distances
    return _judge(table, left_over, _acceptable(table, by_iou=n_matched > 0))


def _read_on(geometry: gpd.GeoSeries, datum: str) -> gpd.GeoSeries:
    """Take the numbers as standing on a datum and bring them to CGCS2000 degrees."""
    if geometry.crs is not None and not geometry.crs.is_geographic:
        raise CRSMismatchError(
            f"the layer is projected ({geometry.crs.name!r}); a datum is detected in longitude "
            "and latitude, as the file had them before",
        )
    tagged = geometry.set_crs(DATUMS[datum], allow_override=True)
    require_lonlat(tagged, "layer")
    return to_geographic(tagged)


def _require_valid(series: gpd.GeoSeries, what: str) -> None:
    values = series.to_numpy()
    bad = (shapely.get_dimensions(values) == _POLYGONAL) & ~shapely.is_valid(values)
    if bad.any():
        raise GeometryError(
            f"{what} has {int(bad.sum())} invalid polygons; repair them with parkgeo.io.repair",
        )


def _iou_scores(read: dict[str, gpd.GeoSeries], known: gpd.GeoSeries) -> tuple[Floats, int]:
    """Return the IoU of matching polygons on each datum, and how many match."""
    target = _polygons(to_plane(known))
    mine = {name: to_plane(series).to_numpy() for name, series in read.items()}
    nothing = np.full(len(CANDIDATES), np.nan)
    if not len(target):
        return nothing, 0
    best = np.array([_best_iou(mine[name], target) for name in CANDIDATES])
    weight = shapely.area(mine["wgs84"])
    matched = (best >= _LEAST_IOU).any(axis=0) & (weight > 0)
    if not matched.any():
        return nothing, 0
    scores: Floats = np.average(best[:, matched], axis=1, weights=weight[matched])
    return scores, int(matched.sum())


def _polygons(series: gpd.GeoSeries) -> Geometries:
    values = series.to_numpy()
    solid = (shapely.get_dimensions(values) == _POLYGONAL) & ~shapely.is_empty(values)
    polygons: Geometries = values[solid]
    return polygons


def _best_iou(mine: Geometries, target: Geometries) -> Floats:
    """Return for each of my polygons the largest IoU that it has with any target."""
    best = np.zeros(len(mine))
    solid = np.flatnonzero(shapely.get_dimensions(mine) == _POLYGONAL)
    mine_at, target_at = shapely.STRtree(target).query(mine[solid], predicate="intersects")
    mine_at = solid[mine_at]
    shared = shapely.area(shapely.intersection(mine[mine_at], target[target_at]))
    union = shapely.area(mine[mine_at]) + shapely.area(target[target_at]) - shared
    np.maximum.at(best, mine_at, shared / union)
    return best


def _distance_scores(
    read: dict[str, gpd.GeoSeries],
    known: gpd.GeoSeries,
) -> tuple[Floats, int]:
    """Return the median distance of vertices to the reference's outlines on each datum."""
    nothing = np.full(len(CANDIDATES), np.nan)
    bounds = known.total_bounds + _PAD_DEG * np.array([-1.0, -1.0, 1.0, 1.0])
    vertices = {
        name: _sample(shapely.get_coordinates(series.to_numpy())) for name, series in read.items()
    }
    # The same vertices on each datum: those that lie in the reference's extent on all of them.
    shared = np.logical_and.reduce([_within(xy, bounds) for xy in vertices.values()])
    if not shared.any():
        return nothing, 0
    zone = zone_of(known)
    tree = shapely.STRtree(_outlines(known.to_crs(zone).to_numpy()))
    medians = []
    for name in CANDIDATES:
        xy = vertices[name][shared]
        points = gpd.GeoSeries.from_xy(xy[:, 0], xy[:, 1], crs=known.crs).to_crs(zone)
        _, distance = tree.query_nearest(
            points.to_numpy(),
            return_distance=True,
            all_matches=False,
        )
        medians.append(float(np.median(distance)))
    return np.array(medians), int(shared.sum())


def _outlines(values: Geometries) -> Geometries:
    """Replace polygons by their borders: inside one, every distance would be 0."""
    solid = shapely.get_dimensions(values) == _POLYGONAL
    outlines = values.copy()
    outlines[solid] = shapely.boundary(values[solid])
    kept: Geometries = outlines[~shapely.is_missing(outlines) & ~shapely.is_empty(outlines)]
    return kept


def _sample(xy: Floats) -> Floats:
    """Keep at most 5000 vertices, evenly spaced."""
    return xy[:: -(-len(xy) // _MOST_POINTS) or 1]


def _within(xy: Floats, bounds: Floats) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.all((xy >= bounds[:2]) & (xy <= bounds[2:]), axis=1)
    return inside


def _acceptable(table: pd.DataFrame, *, by_iou: bool) -> NDArray[np.bool_]:
    if by_iou:
        return (table["iou"] >= _LEAST_IOU).to_numpy()
    enough = (table["n_compared"] >= _FEWEST_POINTS).to_numpy()
    near = (table["distance_m"] <= _LARGEST_DISTANCE_M).to_numpy()
    acceptable: NDArray[np.bool_] = enough & near
    return acceptable


def _judge(
    table: pd.DataFrame,
    left_over: Floats,
    acceptable: NDArray[np.bool_],
) -> pd.DataFrame:
    """Add the verdict and put the best datum first."""
    order = np.argsort(left_over, kind="stable")
    first, second = order[0], order[1]
    clear = bool(acceptable[first]) and bool(left_over[first] < _CLEAR * left_over[second])
    verdict = np.full(len(table), "rejected" if clear else "ambiguous", dtype=object)
    if clear:
        verdict[first] = "fits"
    return table.assign(verdict=verdict).iloc[order]
