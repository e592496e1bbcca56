"""The map of what lies inside the zones and what outside, and of the way to the target."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._page import BasemapChoice, DrawnLayers, Map, base_map
from parkgeo._style import Text, require_brands, require_language
from parkgeo.concentration import Plan, Scattered, ratio
from parkgeo.concentration._plan_map import PLAN_FILES
from parkgeo.concentration._select import Where
from parkgeo.errors import ParkgeoError, SchemaError
from parkgeo.maps._concentration_land import Asked, clusters_of, land_of
from parkgeo.maps._concentration_payload import Ratios, brands_of, concentration_payload

__all__ = ["concentration_map"]

_TITLE: Final = Text("工业用地集中度", "Concentration of industrial land")
_TARGET: Final = 0.70
_MB: Final = 1e6
_SAME_LAND: Final = 1e-9
"""By how much, as a share, land of a plan and of the map may differ for rounding."""


def concentration_map(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    by: str | None = None,
    target: float | None = None,
    scattered: Scattered | bool = True,
    plan: Plan | None = None,
    others: bool = True,
    language: Literal["zh", "en"] = "zh",
    basemap: BasemapChoice = None,
    title: str | None = None,
    attribution: str | None = None,
    budget_mb: float = 30.0,
) -> Map:
    """Show which land lies inside the zones, and what is missing to the target.

    The share of industrial land inside with its interval, the gap in mu and a bar for each district
    stand in the panel; parcels are blue inside, pale blue across a border and orange outside;
    what is scattered is outlined in clusters, with number, area and nearest zone; a plan can be
    laid over it (工业用地集中度图). A click opens a parcel's, a cluster's or a zone's card.

    Parameters
    ----------
    parcels
        Polygons in any CRS that parkgeo knows, industrial land and, if you like, other land;
        ``parcel_id`` names them, else the index; ``class_code`` and ``district`` are shown.
    parks
        A ``parks`` frame, in any CRS; ``brand_id`` and a geometry are needed, ``accuracy_m`` gives
        the interval.
    where, classes, system
        Which parcels count, as for :func:`parkgeo.concentration.ratio`; all of them by default.
    by
        Column of the parcels, such as ``"district"``: a bar for each of its values.
    target
        Share that is to be reached; 0.70, or that of the plan.
    scattered
        Whether to look for clusters outside, by :func:`parkgeo.concentration.scattered`, or what it
        returned for these parcels. With a plan they are looked for as for the plan.
    plan
        What :func:`parkgeo.concentration.plan` found for these parcels and zones.
    others
        Whether parcels that do not count are drawn too, pale, with a switch.
    language, basemap, title, attribution
        As for :func:`overlap_map`; the attribution is that of both frames unless given.
    budget_mb
        Largest page, in megabytes.

    Returns
    -------
    A folium map: more can be added to it, Jupyter shows it, :func:`parkgeo.maps.save` writes it.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError
        As :func:`parkgeo.concentration.ratio`.
    SchemaError
        As :func:`parkgeo.concentration.ratio`; parks without ``brand_id``; clusters or a plan of
        other parcels than these; another target than the plan's.
    UnknownNameError
        No such column, class, language or basemap.
    ParkgeoError
        The page would be larger than its budget.

    Notes
    -----
    Figures of the panel are those of :func:`parkgeo.concentration.ratio`. A parcel is drawn as
    inside from 99.95 % of its area, as outside below 0.05 %, so that slivers along a border are
    not taken for parcels across it; sums take it as it lies.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame(geometry=[box(120, 30, 120.04, 30.01)], crs="EPSG:4490")
    >>> zone = gpd.GeoDataFrame(geometry=[box(120, 30, 120.03, 30.01)], crs="EPSG:4490")
    >>> "75.0 %" in concentration_map(land, zone.assign(brand_id="a")).get_root().render()
    True
    """
    require_language(language)
    if not budget_mb > 0:
        raise SchemaError(f"budget_mb must be megabytes, more than 0, not {budget_mb}")
    parks = require_brands(parks)
    asked = Asked(where, classes, system)
    ratios = _ratios(parcels, parks, asked, by=by, target=_target(target, plan))
    _require_same_land(plan, ratios.whole.iloc[0])
    shown = brands_of(parks)
    land = land_of(parcels, parks, [brand.brand_id for brand in shown], asked, others=others)
    found = clusters_of(parcels, parks, asked, scattered, _as_for(plan))
    payload = concentration_payload(
        parcels, parks, land, ratios, found, asked=asked, by=by, shown=shown, plan=plan
    )
    heading = _TITLE if title is None else Text.same(title)
    payload |= {"language": language, "title": heading}
    if attribution is not None:
        payload["attribution"] = attribution
    layers = _layers(payload, len(land.rows), budget_mb)
    return base_map(payload["bounds"], basemap=basemap, title=heading.of(language), layers=layers)


def _target(target: float | None, plan: Plan | None) -> float:
    """Return the share that is to be reached."""
    if plan is None:
        return _TARGET if target is None else target
    if target is not None and target != plan.target:
        raise SchemaError(
            f"the plan was made for a target of {plan.target}, not {target}; leave target out, or "
            "make a plan for it"
        )
    return plan.target


def _ratios(
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    asked: Asked,
    *,
    by: str | None,
    target: float,
) -> Ratios:
    """Ask for the ratio of all, of each group, and of each brand."""
    which = asked._asdict()
    by_group, by_brand = None, None
    whole = ratio(parcels, parks, target=target, **which)
    if by is not None:
        by_group = ratio(parcels, parks, by=by, of="parcels", target=target, **which)
    if len(parks):
        by_brand = ratio(parcels, parks, by="brand_id", of="parks", **which)
    return Ratios(whole, by_group, by_brand)


def _require_same_land(plan: Plan | None, row: "pd.Series[Any]") -> None:
    """Refuse a plan whose land or zones are others."""
    if plan is None:
        return
    for name in ("total", "inside"):
        planned, here = float(plan.before[name]), float(row[name])
        if not np.isclose(planned, here, rtol=_SAME_LAND, atol=_SAME_LAND):
            raise SchemaError(
                f"the plan is of other land: {name} is {planned:,.6f} km² there and {here:,.6f} "
                "km² here; give the parcels, parks, where and classes that it was made for"
            )


def _as_for(plan: Plan | None) -> dict[str, Any]:
    """Return the options with which a plan looked for clusters, so that numbers are the same."""
    attrs = {} if plan is None else plan.sites.attrs
    names = ("gap_m", "min_outside", "by")
    return {"by": "brand_id"} | {name: attrs[name] for name in names if name in attrs}


def _layers(payload: dict[str, Any], count: int, budget_mb: float) -> DrawnLayers:
    """Make the layers, if they are not larger than asked."""
    layers = DrawnLayers(
        "parkgeoConcentration",
        payload,
        package="parkgeo.maps",
        static=("overlap.css", "concentration.css", "concentration.js"),
    )
    layers.files += [("parkgeo.concentration", name) for name in PLAN_FILES]
    size = len(layers.data.encode())
    if size > budget_mb * _MB:
        raise ParkgeoError(
            f"the page of {count:,} parcels would hold {size / _MB:.1f} MB, more than budget_mb="
            f"{budget_mb:g}; leave out what does not count with others=False, take a part of the "
            "parcels, simplify them with shapely.coverage_simplify, or raise the budget"
        )
    return layers
