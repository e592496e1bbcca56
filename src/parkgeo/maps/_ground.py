"""A basemap drawn from lines and areas, for maps that must open without a network."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo._page import DrawnBasemap, drawing, on_wgs84
from parkgeo._style import attribution as attribution_of
from parkgeo.errors import GeometryError, ParkgeoError, SchemaError
from parkgeo.gazetteer import Gazetteer
from parkgeo.maps._ground_rows import metres_per_degree, rank_by_size, scaled, tidy

__all__ = ["drawn_basemap"]

_MB: Final = 1e6
_AROUND: Final = 0.5
"""How far beyond an extent its surroundings are kept, as a share of its width and height."""
_LONGEST_NAME: Final = 60
"""Characters; the page shows fewer."""
_ROOM: Final = 1.6
"""How wide a name in an area may be, in diameters of the largest circle in it."""
_LINE_KINDS: Final = ("river", "border", "railway", "road")
_BY: Final = ["kind", "rank", "zh", "en"]


def drawn_basemap(  # noqa: PLR0913 - independent options, all by keyword
    *frames: gpd.GeoDataFrame | Gazetteer,
    name: str = "线划底图",
    name_en: str = "Drawn basemap",
    attribution: str | None = None,
    within: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    tolerance_m: float = 2.0,
    budget_mb: float = 5.0,
) -> DrawnBasemap:
    """Make a basemap (底图) of roads, rivers and borders that needs no network.

    The page draws it under everything else, in pale colours: from afar what is long or important,
    from near all of it, with names that keep clear of each other. It is packed to a few bytes a
    corner and stands in the page, so a map with it opens behind a firewall.

    Parameters
    ----------
    *frames
        ``lines`` frames or gazetteers, in any CRS that parkgeo knows. ``kind`` says what a row is:
        ``road``, ``railway``: lines. ``river``: lines, or areas of water. ``border``: lines, or
        districts, whose borders are drawn and whose names stand inside. ``place``: points or areas
        of which only the name is shown. ``name`` and ``name_en`` are written; ``rank`` says from
        how far a row is seen, 1 (a province fits the window) to 6 (a few streets do). Without a
        rank it is found from ``class``, ``fclass`` or ``highway`` (words of OpenStreetMap, or
        高速公路, 主干路 …), from ``ref`` (G25, S2, G104), from ``admin_level``, or from how long
        all lines of the name are together. Rows without a geometry are left out.
    name, name_en
        What the reader chooses it by.
    attribution
        Whose data it is; that of the frames unless given.
    within
        Keep only what lies around this frame: its bounds, and half their width and height beyond.
    tolerance_m
        Simplify lines by up to about so many metres.
    budget_mb
        How much of a page it may take, in megabytes.

    Returns
    -------
    What ``basemap=`` of every map accepts, alone or in a list beside basemaps of tiles.

    Raises
    ------
    SchemaError
        A frame is none, has no ``kind`` or one that cannot be drawn, or a rank that is none; a
        tolerance or a budget that is none.
    MissingCRSError, CRSMismatchError
        A frame does not say where it lies, or its coordinates contradict what it says.
    GeometryError
        A road that is an area, and the like; invalid areas; or there is nothing to draw.
    ParkgeoError
        It would be larger than its budget.

    Notes
    -----
    Lines of one kind, rank and name are joined where they meet. Water is drawn without the seams
    between its pieces, and the border of two districts once.

    Examples
    --------
    >>> road = shapely.LineString([(120.0, 30.3), (120.1, 30.3)])
    >>> lines = gpd.GeoDataFrame({"kind": ["road"], "name": ["G25"]}, geometry=[road], crs=4490)
    >>> drawn_basemap(lines).size
    1
    """
    _require_options(tolerance_m, budget_mb)
    if not frames:
        raise SchemaError(
            "a basemap is drawn from at least one frame of lines: parkgeo.gazetteer.read(…).lines, "
            "or parkgeo.datasets.hangzhou_ground()"
        )
    given = [one.lines if isinstance(one, Gazetteer) else one for one in frames]
    rows = pd.concat(
        [tidy(frame, number=i) for i, frame in enumerate(given, start=1)], ignore_index=True
    )
    ground = _clipped(gpd.GeoDataFrame(rows, crs="EPSG:4326"), within)
    if ground.empty:
        where = "" if within is None else " around the frame that within= names"
        raise GeometryError(f"none of {sum(map(len, given)):,} rows has a geometry{where}")
    parts = _parts(ground.assign(rank=rank_by_size(ground)), tolerance_m)
    content = _content(parts)
    _refuse_large(len(content), len(parts), budget_mb)
    said = [text for frame in given if (text := attribution_of(frame))]
    return DrawnBasemap(
        name,
        content,
        name_en=name_en,
        attribution="; ".join(dict.fromkeys(said)) if attribution is None else attribution,
        size=len(parts),
    )


def _require_options(tolerance_m: float, budget_mb: float) -> None:
    if not 0 <= tolerance_m < np.inf:
        raise SchemaError(f"tolerance_m must be metres, 0 or more, not {tolerance_m}")
    if not budget_mb > 0:
        raise SchemaError(f"budget_mb must be megabytes, more than 0, not {budget_mb}")


def _refuse_large(size: int, count: int, budget_mb: float) -> None:
    if size > budget_mb * _MB:
        raise ParkgeoError(
            f"the basemap of {count:,} lines, areas and names would hold {size / _MB:.1f} MB, more "
            f"than budget_mb={budget_mb:g}; keep what lies around your frame with within=parks, "
            "leave out small roads, simplify with tolerance_m=20, say, or raise the budget"
        )


def _clipped(
    ground: gpd.GeoDataFrame, within: gpd.GeoDataFrame | gpd.GeoSeries | None
) -> gpd.GeoDataFrame:
    """Cut the ground along a rectangle around an extent."""
    if within is None or ground.empty:
        return ground
    crs.require_crs(within, "within")
    extent = gpd.GeoDataFrame(geometry=gpd.GeoSeries(within.geometry))
    west, south, east, north = on_wgs84(extent).total_bounds
    if not np.isfinite([west, south, east, north]).all():
        raise GeometryError("within= has no geometry, so nothing lies around it")
    x, y = _AROUND * (east - west), _AROUND * (north - south)
    cut = shapely.clip_by_rect(ground.geometry.to_numpy(), west - x, south - y, east + x, north + y)
    left = ground.set_geometry(gpd.GeoSeries(cut, index=ground.index, crs=ground.crs))
    return left[~left.geometry.is_empty].explode(ignore_index=True)


# Parts -------------------------------------------------------------------------------------------


def _parts(ground: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Return what is drawn: joined lines, water without seams, and names at points.

    Columns: ``drawn`` (what it is drawn as), ``rank``, ``zh``, ``en``, ``room_m``, ``geometry``.
    """
    areal = shapely.get_dimensions(ground.geometry.to_numpy()) == 2  # noqa: PLR2004
    water = ground[areal & (ground["kind"] == "river")]
    districts = ground[areal & (ground["kind"] == "border")]
    places = ground[ground["kind"] == "place"]
    lines = ground[~areal & ground["kind"].isin(_LINE_KINDS)]
    pieces = [
        _water(water),
        _joined(pd.concat([lines, _borders(districts)])),
        _names(water, "water_name"),
        _names(pd.concat([districts, places[areal[places.index]]]), "place"),
        places[~areal[places.index]].assign(drawn="place", room_m=0.0),
    ]
    parts = gpd.GeoDataFrame(
        pd.concat([piece for piece in pieces if len(piece)], ignore_index=True), crs=ground.crs
    )
    shapes = parts.geometry.to_numpy().copy()
    drawn = parts["drawn"].isin(["water", *_LINE_KINDS]).to_numpy()
    shapes[drawn] = _simplified(gpd.GeoSeries(parts.geometry[drawn]), tolerance_m)
    return parts.set_geometry(gpd.GeoSeries(shapes, crs=ground.crs))


def _water(water: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join areas of water that touch; a pond beside a river is of the rank of the river."""
    if water.empty:
        return water
    whole = shapely.get_parts(shapely.union_all(water.geometry.to_numpy()))
    at = shapely.point_on_surface(water.geometry.to_numpy())
    piece, owner = shapely.STRtree(whole).query(at, predicate="intersects")
    ranks = np.full(len(whole), water["rank"].max())
    np.minimum.at(ranks, owner, water["rank"].to_numpy()[piece])
    return gpd.GeoDataFrame(
        {"drawn": "water", "rank": ranks, "zh": None, "en": None, "room_m": 0.0},
        geometry=whole,
        crs=water.crs,
    )


def _borders(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the borders of areas as lines, each once, where two districts share one."""
    if districts.empty:
        return districts
    ranks, edges = [], []
    seen: shapely.Geometry = shapely.GeometryCollection()
    for rank, of_rank in districts.groupby("rank"):
        all_edges = shapely.union_all(shapely.boundary(of_rank.geometry.to_numpy()))
        # The border of a district is not that of its streets (街道) once more.
        own = shapely.get_parts(shapely.line_merge(shapely.difference(all_edges, seen)))
        seen = shapely.union(seen, all_edges)
        ranks += [rank] * len(own)
        edges += own.tolist()
    return gpd.GeoDataFrame(
        {"kind": "border", "rank": ranks, "zh": None, "en": None}, geometry=edges, crs=districts.crs
    )


def _joined(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join lines of one kind, rank and name where they meet."""
    if lines.empty:
        return lines
    groups = lines.groupby(_BY, dropna=False, sort=False)
    number = groups.ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    each = shapely.multilinestrings(lines.geometry.to_numpy()[order], indices=number[order])
    whole, owner = shapely.get_parts(shapely.line_merge(each), return_index=True)
    first = lines.iloc[np.unique(number, return_index=True)[1]]
    rows = pd.DataFrame(first[_BY].iloc[owner]).reset_index(drop=True)
    joined = gpd.GeoDataFrame(rows, geometry=whole, crs=lines.crs)
    return joined.rename(columns={"kind": "drawn"}).assign(room_m=0.0)


def _names(areas: gpd.GeoDataFrame, drawn: str) -> gpd.GeoDataFrame:
    """Put the name of each area into the middle of its widest part."""
    named = areas[areas["zh"].notna()]
    if named.empty:
        return named
    factors = metres_per_degree(named.geometry)
    flat = scaled(named.geometry.to_numpy(), factors)
    radius = shapely.maximum_inscribed_circle(flat, tolerance=np.sqrt(shapely.area(flat)) / 100)
    middles = scaled(shapely.get_point(radius, 0), 1 / factors)
    at = named.set_geometry(gpd.GeoSeries(middles, index=named.index, crs=areas.crs))
    return at.assign(drawn=drawn, room_m=2 * _ROOM * shapely.length(radius))


def _simplified(shapes: gpd.GeoSeries, tolerance_m: float) -> NDArray[np.object_]:
    if shapes.empty or tolerance_m == 0:
        return np.asarray(shapes.to_numpy())
    factors = metres_per_degree(shapes)
    thinned = shapely.simplify(scaled(shapes.to_numpy(), factors), tolerance_m)
    return scaled(thinned, 1 / factors)


def _content(parts: gpd.GeoDataFrame) -> str:
    """Pack the parts, the long and important ones first."""
    in_order = parts.sort_values("rank", kind="stable")
    names = [
        (zh[:_LONGEST_NAME], en[:_LONGEST_NAME]) if isinstance(zh, str) else None
        for zh, en in zip(in_order["zh"], in_order["en"], strict=True)
    ]
    return drawing(
        in_order.geometry,
        classes=in_order["drawn"].tolist(),
        ranks=in_order["rank"].astype(int).tolist(),
        names=names,
        rooms_m=in_order["room_m"].tolist(),
    )
