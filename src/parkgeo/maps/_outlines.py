"""Outlines and names of zones that lie over a map, and a page that is no larger than asked."""

from collections.abc import Iterator
from typing import Any, Final

import geopandas as gpd

from parkgeo import measure
from parkgeo._ground import names_in
from parkgeo._page import DrawnLayers, geojson, on_wgs84, rounded_degrees
from parkgeo._style import Text, block_names, has_extent, label_points, require_drawable
from parkgeo.errors import GeometryError, ParkgeoError, SchemaError, first_rows

__all__ = ["outlines", "refuse_large", "require_budget"]

_MB: Final = 1e6


def outlines(parks: gpd.GeoDataFrame, by: str) -> Iterator[dict[str, Any]]:
    """Yield each block that has an extent: its label, name, outline and the place for its name."""
    require_drawable(parks, "parks")
    drawn = parks[has_extent(parks)]
    other = ~drawn.geom_type.isin(["Polygon", "MultiPolygon"])
    if other.any():
        raise GeometryError(
            f"parks: no polygons in rows {first_rows(drawn.index[other])}; take the parts that are "
            "meant with explode(), or leave these rows out"
        )
    measure.area_m2(parks)  # refuses what has no area that could be drawn
    if by in parks.columns:
        names_in(parks, by, "zones")
    if drawn.empty:
        return
    labels = drawn[by] if by in drawn.columns else drawn.index
    named = "brand_id" in drawn.columns
    names = block_names(drawn) if named else [Text.same(str(one)) for one in labels]
    ground = on_wgs84(drawn).geometry
    places = rounded_degrees(label_points(ground.to_numpy()))[:, ::-1].tolist()
    for label, name, geometry, place in zip(labels, names, geojson(ground), places, strict=True):
        yield {"zone": str(label), "name": name, "geometry": geometry, "label": place}


def require_budget(budget_mb: float) -> None:
    """Refuse a budget that is none."""
    if not budget_mb > 0:
        raise SchemaError(f"budget_mb must be megabytes, more than 0, not {budget_mb}")


def refuse_large(layers: DrawnLayers, count: int, budget_mb: float) -> DrawnLayers:
    """Return the layers, if they are not larger than asked."""
    size = len(layers.data.encode())
    if size > budget_mb * _MB:
        raise ParkgeoError(
            f"the page of {count:,} rows would hold {size / _MB:.1f} MB, more than budget_mb="
            f"{budget_mb:g}; take a part of the rows, simplify them with "
            "shapely.coverage_simplify, or raise the budget"
        )
    return layers
