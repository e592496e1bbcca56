"""Invalid rings: found, mended on request, and every change told in square metres."""

import re
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo.crs import require_crs, to_plane
from parkgeo.errors import GeometryError, UnknownNameError, first_rows

Method = Literal["linework", "structure"]
_METHODS: Final = ("linework", "structure")
_PLACE: Final = re.compile(r"\[(\S+) (\S+)[^\]]*\]$")


def check(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """List the invalid geometries of a frame: which, why, and where.

    Rings that cross themselves (自相交) have no area that two programs agree on.

    Parameters
    ----------
    frame
        Any frame with a geometry and a CRS.

    Returns
    -------
    One row for each invalid geometry: ``row`` (its label in the index), ``reason`` (in the words of
    GEOS), and the point ``location``, null where GEOS names none, in the CRS of the frame. No rows
    where all is well; missing and empty geometries are valid.

    Raises
    ------
    MissingCRSError
        The frame has no CRS.

    References
    ----------
    OGC 06-103r4, Simple feature access, 6.1.11.1.

    Examples
    --------
    >>> bow_tie = shapely.Polygon([(120, 30), (121, 31), (121, 30), (120, 31)])
    >>> check(gpd.GeoDataFrame(geometry=[bow_tie], crs="EPSG:4490"))
       row             reason        location
    0    0  Self-intersection  POINT (120.5 30.5)
    """
    crs = require_crs(frame, "the frame to check")
    shapes = frame.geometry.to_numpy()
    bad = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))
    said = [str(text) for text in shapely.is_valid_reason(shapes[bad])]
    table = {
        "row": frame.index[bad],
        "reason": pd.Series([_PLACE.sub("", text) for text in said], dtype="str"),
        "location": gpd.GeoSeries(_locations(said), crs=crs),
    }
    return gpd.GeoDataFrame(table, geometry="location", crs=crs)


def _locations(reasons: list[str]) -> NDArray[np.object_]:
    places = np.empty(len(reasons), dtype=object)
    places[:] = [_location(reason) for reason in reasons]
    return places


def _location(reason: str) -> shapely.Point | None:
    found = _PLACE.search(reason)
    if found is None:
        return None
    place = [float(found[1]), float(found[2])]
    return shapely.Point(place) if np.isfinite(place).all() else None


def repair(
    frame: gpd.GeoDataFrame,
    *,
    method: Method = "linework",
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Mend the invalid geometries of a frame and report what that changed.

    Valid rows are returned as they are, to the last bit. Of a mended polygon only the parts with an
    area are kept; of a mended line only those with a length.

    Parameters
    ----------
    frame
        Any frame with a geometry and a CRS.
    method
        ``"linework"`` keeps every line and counts what it encloses in turn as in and out (a bow-tie
        becomes two triangles); ``"structure"`` takes outer rings as filled and inner ones as holes.

    Returns
    -------
    A new frame, and a report with one row for each mended geometry: ``row``, ``reason`` and
    ``location`` as :func:`check` gives them, ``area_before_m2``, ``area_after_m2`` and
    ``change_m2`` (official ellipsoidal area, 椭球面积), and ``dropped_parts``: how many parts
    without area or length were left out. A geometry of which nothing is left becomes null.

    Raises
    ------
    MissingCRSError
        The frame has no CRS.
    GeometryError
        Coordinates are not finite; nothing can mend these.
    UnknownNameError
        No such method.

    Notes
    -----
    ``area_before_m2`` is that of the rings as drawn, in which loops of opposite direction cancel:
    a symmetric bow-tie has next to none. Mending twice changes nothing more.

    Examples
    --------
    >>> bow_tie = shapely.Polygon([(120, 30), (121, 31), (121, 30), (120, 31)])
    >>> mended, report = repair(gpd.GeoDataFrame(geometry=[bow_tie], crs="EPSG:4490"))
    >>> mended.geometry[0].geom_type, report.loc[0, "reason"]
    ('MultiPolygon', 'Self-intersection')
    """
    if method not in _METHODS:
        raise UnknownNameError(f"no method {method!r}; use one of {', '.join(_METHODS)}")
    report = check(frame)
    shapes = frame.geometry.to_numpy().copy()
    bad = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))
    _require_finite(shapes[bad], frame.index[bad])
    before = shapes[bad]
    after, dropped = _mended(before, method)
    shapes[bad] = after
    name = str(frame.active_geometry_name)
    series = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    mended = gpd.GeoDataFrame(frame.assign(**{name: series}), geometry=name)
    report["area_before_m2"] = _area_m2(before, frame)
    report["area_after_m2"] = _area_m2(after, frame)
    report["change_m2"] = report["area_after_m2"] - report["area_before_m2"]
    report["dropped_parts"] = dropped
    return mended, report


def _require_finite(shapes: NDArray[np.object_], rows: pd.Index) -> None:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.unique(owner[~np.isfinite(coordinates).all(axis=1)])
    if len(bad):
        raise GeometryError(
            f"rows {first_rows(rows[bad])} have coordinates that are not finite, which nothing can "
            "mend; read them again from their source, or set them to null",
        )


def _mended(shapes: NDArray[np.object_], method: Method) -> tuple[Any, NDArray[np.int64]]:
    """Make shapes valid and keep the parts of the dimension that they had."""
    options: dict[str, Any] = {"method": method}
    if method == "structure":
        options["keep_collapsed"] = False
    made = shapely.make_valid(shapes, **options)
    wanted = shapely.get_dimensions(shapes)
    after = np.empty(len(shapes), dtype=object)
    dropped = np.zeros(len(shapes), dtype=np.int64)
    for row, (shape, dimension) in enumerate(zip(made, wanted, strict=True)):
        parts = _flat_parts(shape)
        kept = [part for part in parts if shapely.get_dimensions(part) == dimension]
        dropped[row] = len(parts) - len(kept)
        after[row] = _joined(kept)
    return after, dropped


def _flat_parts(shape: Any) -> list[Any]:  # noqa: ANN401 - any geometry
    parts = list(shapely.get_parts(shape))
    if any(part.geom_type.startswith(("Multi", "GeometryCollection")) for part in parts):
        return [flat for part in parts for flat in _flat_parts(part)]
    return [part for part in parts if not part.is_empty]


def _joined(parts: list[Any]) -> Any:  # noqa: ANN401 - any geometry
    if len(parts) <= 1:
        return parts[0] if parts else None
    kinds: dict[str, Any] = {"Polygon": shapely.MultiPolygon, "LineString": shapely.MultiLineString}
    joined = kinds.get(parts[0].geom_type, shapely.GeometryCollection)(parts)
    # Parts that GEOS left beside each other may share an edge, which one geometry must not.
    return joined if joined.is_valid else shapely.union_all(parts)


def _area_m2(shapes: NDArray[np.object_], frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    # On this plane planar area is the official one, and it is defined for invalid rings too.
    areas = to_plane(gpd.GeoSeries(shapes, crs=frame.crs)).area
    return np.asarray(areas.fillna(0.0), dtype=np.float64)
