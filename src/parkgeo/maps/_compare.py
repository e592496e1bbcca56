"""The map of two states of a plan, under a divider that one drags."""

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd

from parkgeo import crs
from parkgeo._page import BasemapChoice, DrawnLayers, Map, base_map
from parkgeo._style import Text, require_drawable, require_language, states_of
from parkgeo.maps._compare_payload import WORDS, compare_payload
from parkgeo.maps._outlines import refuse_large, require_budget

__all__ = ["compare_map"]


def compare_map(  # noqa: PLR0913 - independent options, all by keyword
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    labels: Sequence[str] | None = None,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    budget_mb: float = 30.0,
) -> Map:
    """Show two states of a plan on one map, under a divider that one drags (整合前后对比图).

    To the left of the divider lies what was, to the right what is to be. The panel says of each
    brand what it had, has, kept, received and gave, and what both states hold when nothing is
    counted twice; ground that was kept, gained, lost or changed hands can be hatched. For paper,
    which nobody can drag, a button lays both states on each other.

    Parameters
    ----------
    before, after
        ``parks`` frames in any CRS that parkgeo knows, as :func:`parkgeo.overlap.compare` takes
        them. A brand that goes on has the same label in both, and the same colour. Rows without a
        geometry are listed with their reason.
    by
        Column, or name of the index, of both, whose values say which blocks belong together.
    labels
        What to call the two states, such as ``("2019", "2023")``; by default 整合前 and 整合后,
        before and after.
    language
        With which the page opens.
    basemap
        Tiles below both, which need a network, as for :func:`overlap_map`.
    title
        Heading of the panel, and the page's title.
    budget_mb
        Largest size of what the page carries beside its scripts, in megabytes.

    Returns
    -------
    A folium map; :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    MissingCRSError, GeometryError, SchemaError, UnknownNameError
        As :func:`parkgeo.overlap.compare`, for either frame; no two labels; no such language or
        basemap.
    ParkgeoError
        The page would be larger than ``budget_mb``.

    See Also
    --------
    parkgeo.overlap.compare, parkgeo.overlap.balance : The same as tables.

    Notes
    -----
    Areas are official ones (:mod:`parkgeo.measure`). What a brand gained or lost is ground that it
    did not have before, or has no more, whoever else has or had it.

    Examples
    --------
    >>> from shapely import box
    >>> before = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=[box(120, 30, 120.02, 30.02)],
    ...     crs="EPSG:4490")
    >>> m = compare_map(before, before.assign(geometry=before.translate(0.01)))
    >>> "Before and after" in m.get_root().render()
    True
    """
    require_language(language)
    require_budget(budget_mb)
    for frame, what in ((before, "before"), (after, "after")):
        crs.require_crs(frame, what)
        require_drawable(frame, what)
    heading = WORDS["heading"] if title is None else Text.same(title)
    payload = {
        **compare_payload(before, after, by=by, labels=states_of(labels)),
        "language": language,
        "title": heading,
    }
    layers = DrawnLayers(
        "parkgeoCompareMap",
        payload,
        package="parkgeo.maps",
        static=("compare.css", "hatches.js", "compare.js"),
    )
    refuse_large(layers, len(before) + len(after), budget_mb)
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)
