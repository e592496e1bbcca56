"""A line for a side that has none: the one along it that closes the stated area."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from parkgeo import crs
from parkgeo.fourbounds._geometry import Floats, build_network
from parkgeo.fourbounds._resolve_close import ON_EDGE_M, Closing, Outline, edges_of
from parkgeo.fourbounds._resolve_match import CLOSEST, Match, Neighbourhood

CLOSES_WITHIN: Final = 0.04
"""A line that is meant closes the stated area as nearly as lines do where all are named."""
RIVALS_WITHIN: Final = 0.10
"""Another line that closes it within the tolerance of a stated area could be meant as well."""
_BAND: Final = 2.0
_LEAST_BAND_M: Final = 60.0
_FITS: Final = 0.8
_SAME: Final = 0.97
_UNNAMED: Final = 0.9
_COVERED: Final = 0.7
_PARALLEL: Final = float(np.cos(np.radians(40.0)))
_BINS: Final = 60
_MOST_LINES: Final = 4


def open_side(outline: Outline) -> Closing | None:
    """Return the side that was placed by the stated area, where it is the only one placed."""
    closings = outline.closings
    only = len(closings) == 1 and closings[0].status == "area-closed" and not closings[0].held
    return closings[0] if only else None


def lines_along(
    outline: Outline, hood: Neighbourhood, lines: gpd.GeoDataFrame
) -> Iterator[tuple[str, Neighbourhood]]:
    """Yield lines that run along the side without one, and the neighbourhood with each.

    Those are lines of another name than all that the text has, that lie along seven tenths of the
    straight side at the distance at most that twice 10 % of the area makes along it, and are
    not turned from it by more than 40°.

    Parameters
    ----------
    outline
        An outline of which one side, and no other, was placed by area.
    hood
        The neighbourhood it was found in.
    lines
        Named lines, EPSG:4490: ``name``, ``geometry``.
    """
    closing = open_side(outline)
    ends = None if closing is None else _side_of(outline, closing)
    if closing is None or ends is None:
        return
    length = float(np.linalg.norm(ends[1] - ends[0]))
    reach = max(_BAND * RIVALS_WITHIN * outline.area_m2 / length, _LEAST_BAND_M)
    band = shapely.buffer(shapely.LineString(ends), reach, cap_style="flat")
    named = {name for match in hood.matches for name in match.line_key}
    near = _in_plane(lines, hood, band)
    near = near[~near["name"].isin(named)]
    covered = _covered(near, ends)
    ranked = sorted(covered, key=lambda name: (-covered[name], name))
    for name in [name for name in ranked if covered[name] >= _COVERED][:_MOST_LINES]:
        whole = _in_plane(lines[lines["name"] == name], hood, hood.window)
        yield name, _with_line(hood, closing, name, whole)


def only_line(
    areas: Mapping[str, float],
    shapes: Mapping[str, shapely.Polygon],
    fits: Mapping[str, float],
) -> tuple[str | None, tuple[str, ...]]:
    """Choose the line that closes the stated area, where it is the only one that nearly does.

    Parameters
    ----------
    areas
        Area with each line over the stated one, by name.
    shapes
        The polygon with each line. Lines that make the same one, as those of a street and of a
        viaduct above it, are one line.
    fits
        Score with each line, apart from the area, over that with the straight side.

    Returns
    -------
    The name, or null; and, where it is null, the names of those that nearly close the area.
    """
    near = [
        name
        for name in sorted(areas, key=lambda name: (abs(areas[name] - 1.0), name))
        if abs(areas[name] - 1.0) <= RIVALS_WITHIN and fits[name] >= _FITS
    ]
    if not near or abs(areas[near[0]] - 1.0) > CLOSES_WITHIN:
        return None, tuple(near)
    first = shapes[near[0]]
    alone = all(
        shapes[name].intersection(first).area >= _SAME * shapes[name].union(first).area
        for name in near
    )
    return (near[0], ()) if alone else (None, tuple(near))


def _side_of(outline: Outline, closing: Closing) -> Floats | None:
    """Return the ends of the straight side; null where it gives no part of the border."""
    middle, outward = edges_of(outline.polygon)
    on_it = np.abs(middle @ closing.normal - closing.offset) < ON_EDGE_M
    if not on_it.any():
        return None
    along = np.array([closing.normal[1], -closing.normal[0]])
    half = np.linalg.norm(outward[on_it], axis=1) / 2
    at = middle[on_it] @ along
    low, high = float((at - half).min()), float((at + half).max())
    return np.stack([closing.offset * closing.normal + t * along for t in (low, high)])


def _in_plane(
    lines: gpd.GeoDataFrame, hood: Neighbourhood, area: shapely.Polygon
) -> gpd.GeoDataFrame:
    """Lines in the plane of a neighbourhood, cut at an area."""
    ground = gpd.GeoSeries([shapely.segmentize(area, 500.0)], crs=hood.plane).to_crs(crs.CGCS2000)
    rows = lines.iloc[np.sort(lines.sindex.query(shapely.box(*ground.total_bounds)))]
    rows = rows[["name", "geometry"]].to_crs(hood.plane)
    rows = rows.set_geometry(shapely.intersection(rows.geometry.to_numpy(), area), crs=hood.plane)
    return rows[shapely.length(rows.geometry.to_numpy()) > 1.0]


def _covered(near: gpd.GeoDataFrame, ends: Floats) -> dict[str, float]:
    """Share of a straight side along which the lines of each name run, by name."""
    length = float(np.linalg.norm(ends[1] - ends[0]))
    along = (ends[1] - ends[0]) / length
    parts, row = shapely.get_parts(near.geometry.to_numpy(), return_index=True)
    coords, part = shapely.get_coordinates(
        shapely.segmentize(parts, length / _BINS / 2), return_index=True
    )
    step = np.diff(coords, axis=0)
    size = np.linalg.norm(step, axis=1)
    whole = (part[1:] == part[:-1]) & (size > 0.0)
    parallel = np.abs(step @ along) >= _PARALLEL * size
    at = ((coords[1:] + coords[:-1]) / 2 - ends[0]) @ along / length
    kept = whole & parallel & (at >= 0.0) & (at < 1.0)
    names = near["name"].to_numpy(object)[row[part[1:]]][kept]
    bins = (at[kept] * _BINS).astype(np.intp)
    return {str(n): len(np.unique(bins[names == n])) / _BINS for n in sorted(set(names))}


def _with_line(
    hood: Neighbourhood, closing: Closing, name: str, lines: gpd.GeoDataFrame
) -> Neighbourhood:
    network = build_network(lines.geometry.to_numpy())

    def given(match: Match) -> Match:
        if match.side != closing.side or match.position != 0:
            return match
        return replace(
            match,
            network=network,
            name=name,
            score=_UNNAMED,
            via=CLOSEST,
            line_key=(name,),
        )

    return replace(hood, matches=tuple(given(match) for match in hood.matches))
