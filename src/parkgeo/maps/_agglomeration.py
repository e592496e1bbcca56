"""The map of where an industry stands together."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Literal, get_args

import geopandas as gpd

from parkgeo import crs
from parkgeo._page import BasemapChoice, DrawnLayers, Map, base_map
from parkgeo._style import Text, require_drawable, require_language
from parkgeo.agglomeration import DistanceResult
from parkgeo.errors import UnknownNameError
from parkgeo.maps._agglomeration_payload import WORDS, Asked, agglomeration_payload

__all__ = ["agglomeration_map"]

Measure = Literal["location_quotient", "share_of_industry", "share_of_region", "per_km2"]


def agglomeration_map(  # noqa: PLR0913 - independent options, all by keyword
    plants: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    *,
    region: str = "region",
    industry: str = "industry",
    size: str | None = None,
    name: str | None = None,
    industries: Sequence[Hashable] | None = None,
    measure: Measure = "location_quotient",
    distances: Mapping[Hashable, DistanceResult] | None = None,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
) -> Map:
    """Show where an industry stands together, by region and plant (产业集聚图).

    The reader chooses an industry and a measure in the page: regions are shaded, ranked and have a
    card with all measures; plants are dots in the colour of their industry, larger where they weigh
    more; the panel gives the indices of the industry as a whole, and its curve by distance.

    Parameters
    ----------
    plants
        One row per plant, in any CRS that parkgeo knows: points, or outlines, which stand at a
        point in them.
    regions
        Polygons, whose column ``region``, or else index, names them. Without, nothing is shaded.
    zones
        Extents of brands, drawn as outlines; ``brand`` and ``brand_en`` name them, or the index.
    region
        Column of the plants, and of the regions. Where the plants have none, each is counted in
        the region it lies in, the first one if in several.
    industry, size, name
        Columns of the plants: the industry; what a plant weighs (employees, output, area), 1
        without; what to call it.
    industries
        Those the reader may choose from, the one to begin with first; by default all, the largest
        first. Shares and quotients are always against all plants.
    measure
        To begin with: ``"location_quotient"`` (区位商); ``"share_of_industry"``, what part of the
        industry is in the region; ``"share_of_region"``, what part of the region is the industry;
        ``"per_km2"``, its weight per km² of the region.
    distances
        Results of :func:`parkgeo.agglomeration.duranton_overman` or its kin, by industry; drawn
        with their bands.
    language
        With which the page opens.
    basemap
        Tiles below, which need a network, as for :func:`overlap_map`.
    title, attribution
        Heading; and whose data they are, where the frames do not say.

    Returns
    -------
    A folium map; :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    MissingCRSError
        A frame does not say where it lies.
    SchemaError, UnknownNameError
        As :func:`parkgeo.agglomeration.location_quotient`; plants without a region, and no regions
        to find it by; two regions of one name; no such industry, measure, language or basemap.
    GeometryError
        Regions or zones that are no polygons, or invalid.

    Notes
    -----
    Numbers are those of :func:`parkgeo.agglomeration.location_quotient` and
    :func:`parkgeo.agglomeration.by_region`. Intervals of quotients are given where plants are
    counted, not where they are weighed. The classes of a quotient diverge from 0.8–1.25; those of
    other measures are the same for all industries. What is not defined is hatched, and says why.

    Examples
    --------
    >>> plants = gpd.GeoDataFrame({"region": ["east", "west"], "industry": ["x", "y"]},
    ...     geometry=gpd.points_from_xy([120.1, 120.2], [30, 30]), crs="EPSG:4490")
    >>> "Where industry stands together" in agglomeration_map(plants).get_root().render()
    True
    """
    require_language(language)
    if measure not in get_args(Measure):
        raise UnknownNameError(
            f"unknown measure {measure!r}; use one of {', '.join(get_args(Measure))}"
        )
    others = {"regions": regions, "zones": zones}
    given = {what: frame for what, frame in others.items() if frame is not None}
    for what, frame in {"plants": plants, **given}.items():
        crs.require_crs(frame, what)
        require_drawable(frame, what)
    asked = Asked(region, industry, size, name, industries, distances or {})
    heading = WORDS["heading"] if title is None else Text.same(title)
    payload = agglomeration_payload(plants, regions, zones, asked=asked)
    payload |= {"language": language, "title": heading, "measure": measure}
    if attribution is not None:
        payload["attribution"] = attribution
    layers = DrawnLayers(
        "parkgeoAgglomerationMap",
        payload,
        package="parkgeo.maps",
        static=("agglomeration.css", "hatches.js", "agglomeration.js"),
    )
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)
