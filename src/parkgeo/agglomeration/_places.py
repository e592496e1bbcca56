"""Whether plants have a place at all."""

import geopandas as gpd
import numpy as np
import shapely

from parkgeo.errors import GeometryError, first_rows

__all__ = ["require_places"]


def require_places(geometry: gpd.GeoSeries, what: str) -> None:
    """Refuse coordinates that are not finite, such as those of points made of a blank cell."""
    xy, rows = shapely.get_coordinates(geometry.to_numpy(), return_index=True)
    unknown = np.unique(rows[~np.isfinite(xy).all(axis=1)])
    if len(unknown):
        raise GeometryError(
            f"{what} have coordinates that are not finite in rows "
            f"{first_rows(geometry.index[unknown])}; a blank longitude or latitude makes such "
            "points: fill it in, or drop those rows"
        )
