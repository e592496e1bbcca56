"""The figure of extents and their overlaps."""

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from parkgeo import crs, overlap
from parkgeo._style import Brand, brands, has_extent, require_brands
from parkgeo.plots._around import foot, head, legend_of, summary_of
from parkgeo.plots._furniture import label_extents, north_arrow, scale_bar
from parkgeo.plots._ground import draw_extents, draw_overlaps, frame_ground
from parkgeo.plots._writer import Writer, writer_for


def overlap_map(
    parks: gpd.GeoDataFrame,
    *,
    ax: Axes | None = None,
    language: Literal["zh", "en"] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw which brands lie on the same ground, for a memo or a slide.

    Extents in colour, overlaps hatched, boundaries the more broken the less sure they are, each
    brand and overlap with its official area (牌子重叠图). Drawn in the 3° zone of CGCS2000 in which
    the extents lie, in metres, so that the scale bar holds in every direction.

    Parameters
    ----------
    parks
        A ``parks`` frame in any CRS that parkgeo knows. Only ``brand_id`` and a geometry are
        needed; ``brand``, ``brand_en``, ``block``, ``method``, ``accuracy_m`` and ``license`` are
        used where they are there. Rows without a geometry are named below the figure.
    ax
        Axes to draw into; a new figure without.
    language
        Of labels and names. Without it Chinese, if a font for it is installed, and else English.
    title
        Heading; the empty string for none.

    Returns
    -------
    The axes; ``.figure`` is the figure, :func:`save` writes it.

    Raises
    ------
    MissingExtraError
        No installed font has Chinese glyphs, and ``language="zh"`` asks for them or a brand has no
        English name.
    SchemaError
        No column or index ``brand_id``, or rows without one.
    MissingCRSError
        The frame does not say where it lies.
    GeometryError
        A geometry is no polygon, or invalid.
    UnknownNameError
        No such language.

    Warns
    -----
    UserWarning
        The figure is in English because no installed font has Chinese glyphs.

    Examples
    --------
    >>> from shapely import box
    >>> squares = [box(120.0, 30.0, 120.02, 30.02), box(120.01, 30.0, 120.03, 30.02)]
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=squares, crs="EPSG:4490")
    >>> overlap_map(parks, language="en", title="Two brands").get_title(loc="left")
    'Two brands'
    """
    parks = require_brands(parks)
    crs.require_crs(parks, "parks")
    writer = writer_for(parks, language)
    drawn = parks[has_extent(parks)]
    faces = overlap.partition(drawn)
    shown = brands(parks, faces)
    axes = ax if ax is not None else _new_axes()
    shared = faces[faces["n_members"] >= 2]  # noqa: PLR2004
    head(axes, writer, title, summary_of(shown, drawn))
    legend_of(axes, writer, shown, drawn, shared)
    foot(axes, writer, parks)
    if len(drawn):
        draw_ground(axes, writer, crs.to_zone(drawn), shared, shown)
    else:
        frame_ground(axes)
    return axes


def draw_ground(  # noqa: PLR0913
    axes: Axes,
    writer: Writer,
    zone: gpd.GeoDataFrame,
    shared: gpd.GeoDataFrame,
    shown: Sequence[Brand],
    *,
    bounds: NDArray[np.float64] | None = None,
) -> None:
    """Draw the ground, and what belongs to its scale: names come last, and keep out of the way.

    Parameters
    ----------
    zone
        Extents in metres.
    bounds
        What is to be seen, in the same metres, where it is not all of these extents and no more.
    """
    draw_extents(axes, zone, shown)
    draw_overlaps(axes, shared.to_crs(crs.require_crs(zone)))
    seen = zone.total_bounds if bounds is None and len(zone) else bounds
    frame_ground(axes, seen)
    if seen is not None:
        kept_free = [*scale_bar(axes, writer), north_arrow(axes, writer)]
        label_extents(axes, writer, zone, kept_free)


def _new_axes() -> Axes:
    _, axes = plt.subplots(figsize=(11.0, 7.6), layout="constrained")
    return axes
