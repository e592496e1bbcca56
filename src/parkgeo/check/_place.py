"""Where the rows lie: CRS, order of axes, datum, China, digits."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from parkgeo import crs, datasets
from parkgeo._style import Text
from parkgeo.check._finding import Finding, places, say
from parkgeo.check._subject import Geometries, Ground, Subject
from parkgeo.crs._guards import CHINA_BOX
from parkgeo.errors import CRSMismatchError, ParkgeoError

__all__ = [
    "coarse",
    "datum_findings",
    "locate",
    "metres_of",
    "only_finite",
    "swapped_rows",
    "turned",
]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_ZONE_DEG: Final = 3
_ZONES: Final = (25, 45)
_M_PER_DEG: Final = 111_320.0
_COARSE_M: Final = 5.0
_FEWEST_DIGITS: Final = 6
"""Vertices: fewer than this are round numbers as often as not."""
_MOST_DECIMALS: Final = 7
_BUNDLED_DISTANCE_M: Final = 60.0
_BUNDLED_POINTS: Final = 30
"""The bundled lines are few: so near, and so many, must vertices be to count as evidence."""
_MOST_COMPARED: Final = 2_000
_HEAD_BYTES: Final = 4096
_FARTHEST: Final = 1e12
_MERCATOR: Final = (8.1e6, 3e5, 1.6e7, 7.2e6)


def locate(subject: Subject) -> tuple[Ground | None, list[Finding]]:
    """Bring the rows to degrees and metres, and say what stands in the way.

    Rows whose axes are swapped are looked at as if they were not, so that one fault does not hide
    the others.
    """
    shapes, findings = _finite(subject.shapes)
    declared = subject.frame.crs
    bounds = shapely.bounds(shapes)
    if declared is None:
        guess = _guess(bounds)
        return None, [
            *findings,
            say("crs-missing", _known(shapes), guess=guess.en, guess_zh=guess.zh),
        ]
    series = gpd.GeoSeries(shapes, crs=declared)
    swapped = swapped_rows(series)
    if swapped.any():
        x, y = bounds[swapped][0, :2]
        findings.append(say("axes-swapped", np.flatnonzero(swapped), x=x, y=y))
        series = gpd.GeoSeries(turned(shapes, swapped), crs=declared)
    try:
        crs.require_lonlat(series, "the file")
        degrees = crs.to_geographic(series)
    except CRSMismatchError as error:
        code = "crs-contradicted" if _is_known(declared) else "datum-unknown"
        return None, [*findings, say(code, _known(shapes), crs=declared.name, why=str(error))]
    outside = _outside(shapely.bounds(degrees.to_numpy()))
    if outside.any():
        x, y = shapely.bounds(degrees.to_numpy())[outside][0, :2]
        place = places(shapely.centroid(degrees.to_numpy()[outside]))
        findings.append(say("outside-china", np.flatnonzero(outside), place=place, x=x, y=y))
        inside = degrees.to_numpy().copy()
        inside[outside] = None
        degrees = gpd.GeoSeries(inside, crs=degrees.crs)
    return Ground(degrees, metres_of(degrees)), findings


def turned(shapes: Geometries, rows: Flags) -> Geometries:
    """Swap x and y of some rows."""
    made = shapes.copy()
    made[rows] = shapely.transform(shapes[rows], lambda xy: xy[:, ::-1])
    return made


def swapped_rows(series: gpd.GeoSeries) -> Flags:
    """Say which rows make sense only after swapping x and y."""
    shapes = series.to_numpy()
    bounds: Floats = shapely.bounds(shapes)
    known: Flags = np.all(np.isfinite(bounds), axis=1)
    nothing = np.zeros(len(shapes), dtype=bool)
    if series.crs is None or not known.any():
        return nothing
    if series.crs.is_geographic:
        swapped: Flags = known & ~_in_china(bounds) & _in_china(bounds[:, [1, 0, 3, 2]])
        return swapped
    wrong = not _agrees(series) and _agrees_turned(series, known)
    return known if wrong else nothing


def _agrees_turned(series: gpd.GeoSeries, known: Flags) -> bool:
    """Tell whether coordinates fit their zone once they are swapped, and then lie in China."""
    made = gpd.GeoSeries(turned(series.to_numpy(), known), crs=series.crs)
    if not _agrees(made):
        return False
    try:
        bounds = shapely.bounds(crs.to_geographic(made).to_numpy())
    except ParkgeoError:
        return False
    return bool(_in_china(bounds[known]).all())


def _agrees(series: gpd.GeoSeries) -> bool:
    try:
        crs.require_lonlat(series, "the file")
    except CRSMismatchError:
        return False
    return True


def _is_known(declared: CRS) -> bool:
    """Tell whether the CRS is on a datum that parkgeo converts."""
    try:
        crs.datum_of(gpd.GeoSeries([], crs=declared))
    except CRSMismatchError:
        return False
    return True


def _finite(shapes: Geometries) -> tuple[Geometries, list[Finding]]:
    """Leave rows with coordinates that are not finite away, and name them."""
    kept = only_finite(shapes)
    bad = np.flatnonzero(shapely.is_missing(kept) & ~shapely.is_missing(shapes))
    return kept, [say("not-finite", bad)] if len(bad) else []


def only_finite(shapes: Geometries) -> Geometries:
    """Set shapes to null whose coordinates are not finite, or no place on Earth in any CRS."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    kept = shapes.copy()
    kept[np.unique(owner[~(np.abs(xy) < _FARTHEST).all(axis=1)])] = None
    return kept


def _known(shapes: Geometries) -> NDArray[np.intp]:
    return np.flatnonzero(~shapely.is_missing(shapes))


def _in_china(bounds: Floats) -> Flags:
    west, south, east, north = CHINA_BOX
    low = (bounds[:, 0] >= west) & (bounds[:, 1] >= south)
    inside: Flags = low & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    return inside


def _outside(bounds: Floats) -> Flags:
    outside: Flags = np.isfinite(bounds).all(axis=1) & ~_in_china(bounds)
    return outside


def _guess(bounds: Floats) -> Text:
    """Say in words what the numbers look like; a CRS is never taken from them."""
    known = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(known):
        return Text("没有坐标可供判断", "there are no coordinates to judge by")
    west, south = known[:, :2].min(axis=0)
    east, north = known[:, 2:].max(axis=0)
    box = np.array([[west, south, east, north]])
    if _in_china(box)[0]:
        return Text(
            "像经纬度（EPSG:4490；若来自高德、百度则为 gcj02、bd09）",
            "they look like degrees (EPSG:4490; gcj02 or bd09 where they are from a web map)",
        )
    if _in_china(box[:, [1, 0, 3, 2]])[0]:
        return Text("像纬度在前的经纬度", "they look like degrees with the latitude first")
    for x, way in ((west, Text("", "")), (south, Text("（x、y 颠倒）", " with x and y swapped"))):
        zone = _zone(float(x))
        if zone is not None and zone.to_epsg() is not None:
            return Text(
                f"像 {zone.name}（EPSG:{zone.to_epsg()}）的米{way.zh}",
                f"they look like metres of EPSG:{zone.to_epsg()}{way.en}",
            )
    x0, y0, x1, y1 = _MERCATOR
    if x0 <= west and east <= x1 and y0 <= south and north <= y1:
        return Text("像 Web 墨卡托（EPSG:3857）", "they look like Web Mercator (EPSG:3857)")
    return Text(
        "像不带带号的米，需知中央经线（120°E 为 EPSG:4549）",
        "they look like metres without a zone number: name the zone (EPSG:4549 for 120° E)",
    )


def _zone(easting_m: float) -> CRS | None:
    try:
        zone = crs.zone_from_easting(easting_m)
        return None if zone is None else crs.zone_crs(zone, numbered=True)
    except ParkgeoError:
        return None


def metres_of(degrees: gpd.GeoSeries) -> Geometries:
    """Bring each row into its own 3° zone, with the number of the zone in its eastings."""
    shapes = degrees.to_numpy()
    bounds = shapely.bounds(shapes)
    known = np.isfinite(bounds).all(axis=1)
    middle = np.where(known, (bounds[:, 0] + bounds[:, 2]) / 2, np.nan)
    zones = np.clip(np.round(middle / _ZONE_DEG), *_ZONES)
    made = np.full(len(shapes), None, dtype=object)
    for zone in np.unique(zones[known]):
        rows = known & (zones == zone)
        there = gpd.GeoSeries(shapely.force_2d(shapes[rows]), crs=degrees.crs)
        made[rows] = there.to_crs(crs.zone_crs(int(zone), numbered=True)).to_numpy()
    return made


def coarse(subject: Subject) -> list[Finding]:
    """Tell that coordinates have so few digits that borders move by metres."""
    xy = shapely.get_coordinates(only_finite(subject.shapes))
    declared = subject.frame.crs
    if len(np.unique(xy, axis=0)) < _FEWEST_DIGITS or declared is None:
        return []
    unit_m = _M_PER_DEG if declared.is_geographic else declared.axis_info[0].unit_conversion_factor
    for decimals in range(-2, _MOST_DECIMALS):
        scaled = xy * 10.0**decimals
        step_m = unit_m * 10.0**-decimals
        if step_m < _COARSE_M:
            return []
        if (np.abs(scaled - np.round(scaled)) < 1e-9 * np.maximum(1.0, np.abs(scaled))).all():
            return [say("coarse", decimals=max(decimals, 0), step_m=step_m)]
    return []


def datum_findings(
    subject: Subject, ground: Ground, reference: gpd.GeoDataFrame | gpd.GeoSeries | None
) -> list[Finding]:
    """Compare what the file says of its datum with lines whose datum is known."""
    said = crs.datum_of(subject.frame)
    shapes = ground.degrees.to_numpy()
    usable = _comparable(shapes)
    step = -(-len(usable) // _MOST_COMPARED) or 1
    # The numbers as the file has them: what it says of their datum is what is in question.
    layer = crs.to_datum(gpd.GeoSeries(usable[::step], crs=ground.degrees.crs), said)
    for known, given in _references(layer, reference):
        table = crs.detect_datum(layer, known)
        best = table.iloc[0]
        if best["verdict"] != "fits" or not (given or _is_strong(table)):
            continue
        fits = str(table.index[0])
        if fits == said or {fits, said} == {"wgs84", "cgcs2000"}:
            return []
        rows = np.flatnonzero(~shapely.is_missing(ground.degrees.to_numpy()))
        how = _evidence(table)
        return [say("datum-suspect", rows, said=said, fits=fits, how=how.en, how_zh=how.zh)]
    return [say("datum-unsaid")] if _is_unsaid(subject) else []


def _comparable(shapes: Geometries) -> Geometries:
    """Take what can be laid over other lines; of rings that cross, their ground says enough."""
    solid = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    polygonal = shapely.get_dimensions(solid) == 2  # noqa: PLR2004
    crossing = polygonal & ~shapely.is_valid(solid)
    mended = solid.copy()
    mended[crossing] = shapely.make_valid(solid[crossing], method="structure", keep_collapsed=False)
    made: Geometries = mended[shapely.is_valid(mended) & ~shapely.is_empty(mended)]
    return made


def _references(
    layer: gpd.GeoSeries, given: gpd.GeoDataFrame | gpd.GeoSeries | None
) -> list[tuple[gpd.GeoSeries, bool]]:
    """Return what to compare with: what the caller gives, else the bundled lines of that place."""
    if given is not None:
        return [(given.geometry, True)]
    west, south, east, north = layer.total_bounds
    if not len(layer) or not np.isfinite([west, south, east, north]).all():
        return []
    ground = datasets.hangzhou_ground().geometry
    lines = ground.to_numpy()
    lines = lines[shapely.get_dimensions(lines) > 0]
    window = shapely.box(west - 0.02, south - 0.02, east + 0.02, north + 0.02)
    near = lines[shapely.intersects(lines, window)]
    return [(gpd.GeoSeries(near, crs=ground.crs), False)] if len(near) else []


def _is_strong(table: pd.DataFrame) -> bool:
    best = table.iloc[0]
    if np.isfinite(best["iou"]):
        return True
    return bool(best["distance_m"] <= _BUNDLED_DISTANCE_M and best["n_compared"] >= _BUNDLED_POINTS)


def _evidence(table: pd.DataFrame) -> Text:
    """Say how sure it is: what each datum leaves, and over how much."""
    by_iou = bool(np.isfinite(table["iou"].iloc[0]))
    values = [
        f"{name} {row['iou']:.3f}" if by_iou else f"{name} {row['distance_m']:.0f} m"
        for name, row in table.iterrows()
    ]
    what = Text("交并比", "IoU") if by_iou else Text("到已知线的距离（中位数）", "median distance")
    rest = f"{', '.join(values)} (n = {int(table['n_compared'].iloc[0])})"
    return Text(f"{what.zh} {rest}", f"{what.en} {rest}")


def _is_unsaid(subject: Subject) -> bool:
    """Tell whether WGS 84 only stands for "not said", as in GeoJSON that parkgeo did not write."""
    path = subject.path
    if path is None or path.suffix.casefold() not in {".geojson", ".json"}:
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    wgs84 = CRS(crs.WGS84)
    same = subject.frame.crs is not None and subject.frame.crs.equals(wgs84, ignore_axis_order=True)
    return same and b'"parkgeo"' not in head
