"""The figure that stands for the map of parcels on paper."""

from typing import Final

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from parkgeo import crs
from parkgeo._style import INK, PALETTE, Language, Text, has_extent
from parkgeo.concentration._select import select
from parkgeo.plots._furniture import north_arrow, scale_bar
from parkgeo.plots._ground import frame_ground
from parkgeo.plots._writer import writer_for
from parkgeo.report._facts import Land

__all__ = ["land_figure"]

_WITHIN: Final = PALETTE[4]
_SCATTERED: Final = "#C8374B"
_INCHES: Final = (9.4, 6.4)
_MANY: Final = 4_000
"""Parcels from which on they are drawn as a picture within the figure, not shape by shape."""

_WITHIN_TEXT: Final = Text("园区内（过半在内）", "Inside the zones, more than half")
_SCATTERED_TEXT: Final = Text("零星（至少一半在外）", "Scattered, at least half outside")
_ZONES_TEXT: Final = Text("园区边界", "Boundaries of zones")


def land_figure(land: Land, parks: gpd.GeoDataFrame, language: Language) -> Axes:
    """Draw the parcels that count, those of them that are scattered, and the zones' outlines.

    In metres, in the 3° zone of CGCS2000 in which the parcels lie.
    """
    chosen = select(land.parcels, **land.question.selection).chosen & has_extent(land.parcels)
    ground = crs.to_zone(land.parcels[chosen].geometry)
    zone = crs.require_crs(ground)
    scattered = crs.to_geographic(land.scattered.parcels.geometry).to_crs(zone)
    zones = crs.to_geographic(parks[has_extent(parks)].geometry).to_crs(zone)
    writer = writer_for(gpd.GeoDataFrame({"brand_id": []}), language)
    _, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    many = len(ground) > _MANY
    for shapes, color in ((ground, _WITHIN), (scattered, _SCATTERED)):
        if len(shapes):
            filled = {"facecolor": color, "linewidth": 0, "rasterized": many}
            axes.add_patch(PathPatch(_path(shapes.to_numpy()), **filled))
    axes.add_patch(PathPatch(_path(zones.to_numpy()), fill=False, edgecolor=INK, linewidth=1.1))
    both = np.array([ground.total_bounds, zones.total_bounds])
    frame_ground(axes, np.concatenate([both[:, :2].min(axis=0), both[:, 2:].max(axis=0)]))
    scale_bar(axes, writer)
    north_arrow(axes, writer)
    axes.legend(
        handles=[
            Patch(color=_WITHIN, label=_WITHIN_TEXT.of(language)),
            Patch(color=_SCATTERED, label=_SCATTERED_TEXT.of(language)),
            Line2D([], [], color=INK, linewidth=1.1, label=_ZONES_TEXT.of(language)),
        ],
        prop=writer.font(10),
        labelcolor=INK,
        frameon=False,
        ncols=3,
        loc="upper left",
        bbox_to_anchor=(0.0, -0.01),
        borderaxespad=0.0,
    )
    return axes


def _path(shapes: NDArray[np.object_]) -> Path:
    """Turn polygons into one path; holes run the other way round, which keeps them empty."""
    parts = shapely.get_parts(shapely.orient_polygons(shapes))
    rings = shapely.get_rings(parts)
    xy = shapely.get_coordinates(rings)
    lasts = np.cumsum(shapely.get_num_coordinates(rings))
    codes = np.full(len(xy), Path.LINETO, dtype=Path.code_type)
    codes[np.append(0, lasts[:-1])] = Path.MOVETO
    codes[lasts - 1] = Path.CLOSEPOLY
    return Path(xy, codes)
