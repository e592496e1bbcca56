"""Where plants stand, and in which region each is counted."""

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs, measure
from parkgeo._ground import names_in
from parkgeo._page import on_wgs84
from parkgeo._style import has_extent
from parkgeo.agglomeration._places import require_places
from parkgeo.errors import SchemaError, first_rows
from parkgeo.overlap._extents import plane_shapes
from parkgeo.units import KM2_M2

__all__ = ["Places", "Regions", "places_of", "regions_of"]


class Regions(NamedTuple):
    """Polygons of regions, each on its name, with their official area."""

    frame: gpd.GeoDataFrame
    area_km2: "pd.Series[float]"


class Places(NamedTuple):
    """The region of each plant, where it is drawn, and how many are in none or in several."""

    labels: "pd.Series[Any]"
    shapes: gpd.GeoDataFrame
    outside: int
    several: int


def regions_of(regions: gpd.GeoDataFrame, column: str) -> Regions:
    """Read regions on their names, and refuse what cannot be told apart or drawn."""
    plane_shapes(regions)
    if column in regions.columns:
        labels = pd.Index(names_in(regions, column, "regions"))
    else:
        labels = regions.index
    unnamed = pd.isna(labels)
    if unnamed.any():
        raise SchemaError(f"regions without a name in rows {first_rows(regions.index[unnamed])}")
    if labels.has_duplicates:
        again = labels[labels.duplicated()].unique()
        raise SchemaError(
            f"several rows of the regions are named {first_rows(again)}; make them one with "
            "regions.dissolve(by=…)"
        )
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(regions.geometry).set_axis(labels))
    return Regions(frame, measure.area_m2(frame.geometry) / KM2_M2)


def places_of(plants: gpd.GeoDataFrame, regions: Regions | None, *, region: str) -> Places:
    """Find the region of each plant: by its own column, or by where it stands."""
    drawn = plants[has_extent(plants)]
    shapes = drawn.geometry
    require_places(shapes, "plants")
    flat = shapes.geom_type != "Point"
    points = shapes.where(~flat, shapes.representative_point())
    ground = on_wgs84(gpd.GeoDataFrame(geometry=points)).reindex(plants.index)
    if region in plants.columns:
        labels = plants[region]
        known = labels.dropna()
        if regions is not None and len(known) and not known.isin(regions.frame.index).any():
            raise SchemaError(
                f"no {region!r} of the plants is among the regions: plants say "
                f"{first_rows(known.unique())}, regions {first_rows(regions.frame.index)}"
            )
        return Places(labels, ground, 0, 0)
    if regions is None:
        raise SchemaError(
            f"plants have no column {region!r}, and there are no regions to find it by; give "
            "regions, or name the column with region="
        )
    return _located(plants, points, ground, regions)


def _located(
    plants: gpd.GeoDataFrame, points: gpd.GeoSeries, ground: gpd.GeoDataFrame, regions: Regions
) -> Places:
    """Count each plant in the first region that it stands in."""
    kept = regions.frame[has_extent(regions.frame)]
    # Edges are straight on the plane on which areas are official.
    tree = shapely.STRtree(crs.to_plane(kept.geometry).to_numpy())
    on_plane = crs.to_plane(points).to_numpy()
    plant, found = tree.query(on_plane, predicate="intersects")
    order = np.lexsort((found, plant))
    plant, found = plant[order], found[order]
    first = np.diff(plant, prepend=-1) != 0
    labels = pd.Series(None, index=points.index, dtype=object)
    labels.iloc[plant[first]] = kept.index.to_numpy(dtype=object)[found[first]]
    several = int((np.bincount(plant, minlength=1) > 1).sum())
    outside = len(points) - int(first.sum())
    return Places(labels.reindex(plants.index), ground, outside, several)
