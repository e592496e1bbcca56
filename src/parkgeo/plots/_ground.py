"""Extents and overlaps, drawn in metres."""

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as MplPath
from numpy.typing import NDArray

from parkgeo._style import DASHES, INK, Brand

FILL_ALPHA: Final = 0.28
LINE_PT: Final = 1.6
_GROUND: Final = "#F4F6F5"
_NARROWEST: Final = 0.5
"""Of the longer side of the ground, what is shown in the other direction at least."""


def dash_of(method: object) -> Any:  # noqa: ANN401
    """Return a matplotlib line style; dashes are counted in line widths."""
    pattern = DASHES.get(str(method), ())
    return (0, tuple(length / 2 for length in pattern)) if pattern else "solid"


def draw_extents(axes: Axes, zone: gpd.GeoDataFrame, shown: Sequence[Brand]) -> None:
    """Draw large extents first, so that small ones lie on top."""
    colors = {brand.brand_id: brand.color for brand in shown}
    methods = zone["method"] if "method" in zone else pd.Series(None, zone.index, dtype=object)
    shapes = zone.geometry.to_numpy()
    # Only an order: areas that are reported come from the overlap module.
    for row in np.argsort(-shapely.area(shapes), kind="stable"):
        color = colors[zone["brand_id"].iloc[row]]
        style = {"edgecolor": color, "linewidth": LINE_PT, "linestyle": dash_of(methods.iloc[row])}
        fill = mpl.colors.to_rgba(color, FILL_ALPHA)
        axes.add_patch(PathPatch(_path(shapes[row]), facecolor=fill, **style))


def _path(shape: shapely.Geometry) -> MplPath:
    """Turn polygons into one path; holes run the other way round, which keeps them empty."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    rings = shapely.get_rings(parts)
    return MplPath.make_compound_path(
        *(MplPath(shapely.get_coordinates(ring), closed=True) for ring in rings)
    )


def _hatch(n_members: int) -> str:
    return "////" if n_members == 2 else "xxxx"  # noqa: PLR2004


def hatched(n_members: int, path: MplPath | None = None) -> Patch:
    """Return a patch hatched for so many brands: for the legend, without a path.

    On the ground it has no outline: the extents' boundaries are its own, and say how sure they are.
    """
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "hatch": _hatch(n_members)}
    if path is None:
        return Patch(linewidth=0.8, **style)
    return PathPatch(path, linewidth=0, **style)


def draw_overlaps(axes: Axes, shared: gpd.GeoDataFrame) -> None:
    """Hatch what two brands or more lie on."""
    with mpl.rc_context({"hatch.linewidth": 0.7}):
        for shape, n_members in zip(shared.geometry, shared["n_members"], strict=True):
            axes.add_patch(hatched(n_members, _path(shape)))


def frame_ground(axes: Axes, bounds: NDArray[np.float64] | None = None) -> None:
    """Leave a margin around the extents, and room for the scale bar below them."""
    axes.set_aspect("equal")
    axes.set_facecolor(_GROUND)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_edgecolor("#C9D2D6")
    if bounds is not None:
        west, south, east, north = _not_too_narrow(bounds)
        margin = 0.06 * max(east - west, north - south)
        axes.set_xlim(west - margin, east + margin)
        axes.set_ylim(south - 2.2 * margin, north + margin)


def _not_too_narrow(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widen what is a mere strip on both sides, so that the scale bar has room below it."""
    middle = (bounds[:2] + bounds[2:]) / 2
    size = bounds[2:] - bounds[:2]
    half = np.maximum(size, [_NARROWEST * size[1], _NARROWEST * size[0]]) / 2
    return np.concatenate([middle - half, middle + half])
