"""What an edge is, and what planar areas get wrong, in a picture.

Run as a script, ``python docs/figures/area_method.py FOLDER [svg|png]``, or by Sphinx whenever the
documentation is built.
"""  # noqa: INP001

import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from picture_files import write
from pyproj import Geod

from parkgeo import crs, measure

INK: Final = "#22313A"
BLUE, RED, GOLD = "#00798C", "#C8374B", "#B07A00"
LATITUDE: Final = 30.0
EDGE_M: Final = 20_000.0
EDGES_M: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
TURNS: Final = np.arange(0.0, 360.0, 10.0)
PLANES: Final = {
    "EPSG:3857": (RED, "Web Mercator", "center"),
    "EPSG:32651": (GOLD, "UTM 51N", "top"),
    "EPSG:4549": (BLUE, "EPSG:4549, 3° zone", "bottom"),
}
_GEOD: Final = Geod(a=crs.SEMI_MAJOR_AXIS_M, rf=298.257222101)


def edges() -> Figure:
    """Draw where the two ideas of an edge run, and what they make of areas."""
    figure = Figure(figsize=(8.4, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _between(left)
    _difference(right)
    return figure


def planar() -> Figure:
    """Draw the error of planar areas over the longitude, at the latitude of Hangzhou."""
    figure = Figure(figsize=(8.4, 3.0), layout="constrained")
    axes = figure.subplots()
    east = np.linspace(118.2, 121.5, 60)
    squares = gpd.GeoSeries([_square(lon, 30.25) for lon in east], crs=crs.CGCS2000)
    official = measure.area_m2(squares)
    for code, (color, name, place) in PLANES.items():
        error = squares.to_crs(code).area / official - 1
        axes.plot(east, error.abs() * 100, color=color, linewidth=1.6)
        end = (121.52, abs(error.iloc[-1]) * 100)
        axes.annotate(name, end, va=place, color=color, fontsize=8)
    axes.set_yscale("log")
    axes.set_xlim(118.2, 122.2)
    _label(axes, "longitude, °E", "error of the planar area, %", "a park of 2 km at 30.25° N")
    return figure


def _between(axes: Axes) -> None:
    west, east = 120.0, _GEOD.fwd(120.0, LATITUDE, 90.0, EDGE_M)[0]
    ends = shapely.LineString([(west, LATITUDE), (east, LATITUDE)])
    official = _metres_north(ends, crs.from_plane(_fine(crs.to_plane(_series(ends)))))
    along = _GEOD.npts(west, LATITUDE, east, LATITUDE, 99)
    geodesic = _metres_north(
        ends, _series(shapely.LineString([ends.coords[0], *along, ends.coords[1]]))
    )
    axes.plot(*geodesic, color=RED, linewidth=1.6)
    axes.plot(*official, color=BLUE, linewidth=1.6)
    axes.annotate("geodesic", (10, 4.7), ha="center", color=RED, fontsize=8)
    axes.annotate("official: straight in (L, q)", (10, 0.2), ha="center", color=BLUE, fontsize=8)
    axes.set_ylim(-0.5, 5.2)
    _label(axes, "along the edge, km", "north of its ends, m", "one edge of 20 km at 30° N")


def _difference(axes: Axes) -> None:
    for corners, color, name in ((4, BLUE, "square"), (3, RED, "right triangle")):
        worst = [_worst_ppm(edge, corners) for edge in EDGES_M]
        axes.plot(EDGES_M, worst, color=color, marker="o", markersize=3, linewidth=1.4)
        axes.annotate(name, (EDGES_M[5], worst[5] * 1.8), ha="right", color=color, fontsize=8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(1e-5, 3e3)
    _label(axes, "edge, m", "largest difference, ppm", "official and geodesic areas")


def _worst_ppm(edge_m: float, corners: int) -> float:
    shapes = gpd.GeoSeries([_turned(edge_m, turn, corners) for turn in TURNS], crs=crs.CGCS2000)
    official = measure.area_m2(shapes)
    geodesic = measure.area_m2(shapes, edges="geodesic")
    return float(((geodesic - official).abs() / official).max() * 1e6)


def _turned(edge_m: float, turn_deg: float, corners: int) -> shapely.Polygon:
    """Make a square or the half of one, turned round its first corner."""
    reach = [0.0, edge_m, edge_m * np.sqrt(2), edge_m]
    bearing = [0.0, turn_deg, turn_deg + 45.0, turn_deg + 90.0]
    ways = [(b, r) for b, r in zip(bearing, reach, strict=True)]
    ways = ways if corners == len(ways) else [ways[0], ways[1], ways[3]]
    return shapely.Polygon([_GEOD.fwd(120.0, LATITUDE, b, r)[:2] for b, r in ways])


def _square(lon: float, lat: float) -> shapely.Polygon:
    ends = [_GEOD.fwd(lon, lat, turn, np.sqrt(2) * 1_000)[:2] for turn in (45, 135, 225, 315)]
    return shapely.Polygon(ends)


def _series(shape: shapely.LineString) -> gpd.GeoSeries:
    return gpd.GeoSeries([shape], crs=crs.CGCS2000)


def _fine(line: gpd.GeoSeries) -> gpd.GeoSeries:
    return line.segmentize(EDGE_M / 100)


def _metres_north(ends: shapely.LineString, line: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    """Return kilometres along an edge and metres north of the parallel of its ends."""
    lon, lat = shapely.get_coordinates(line.iloc[0]).T
    west, south = ends.coords[0]
    per_degree = _GEOD.line_length([west, west], [south, south + 1.0])
    share = (lon - west) / (ends.coords[1][0] - west)
    return share * EDGE_M / 1_000, (lat - south) * per_degree


def _label(axes: Axes, x: str, y: str, title: str) -> None:
    axes.set_xlabel(x, fontsize=8, color=INK)
    axes.set_ylabel(y, fontsize=8, color=INK)
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    axes.tick_params(labelsize=7, colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def draw(folder: Path, *, kind: str = "svg") -> None:
    """Draw all figures into a folder."""
    write({"area-edges": edges, "area-planar": planar}, folder, kind=kind)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), kind=(sys.argv[2:] or ["svg"])[0])
