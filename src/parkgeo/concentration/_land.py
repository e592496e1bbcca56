"""Parcels as they come from a file: attributes in a table, geometries still in their bytes.

To make an object of each polygon takes longer than to measure it, so the bytes go straight into
arrays of vertices, and objects are made only of what GEOS has to judge.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from parkgeo import crs as _crs
from parkgeo._ground import (
    Floats,
    Indices,
    Rings,
    Wkb,
    corners_of,
    refuse_invalid,
    rings_on_plane,
)
from parkgeo.concentration._plane import (
    COMPILE_ABOVE,
    POLYGONS,
    Placed,
    place,
    require_frame,
)
from parkgeo.errors import CRSMismatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_VERTEX_BYTES: Final = 16
_CHINA: Final = (73.0, 3.0, 136.0, 54.0)
"""Degrees within which nobody can have taken a latitude for a longitude."""


@dataclass(frozen=True)
class Land:
    """Attributes, with the labels of the rows on their index, and WKB in an Arrow column."""

    table: pd.DataFrame
    wkb: "pa.Array"
    crs: CRS | None

    def __len__(self) -> int:
        return len(self.table)

    def frame(self, rows: Indices | None = None) -> gpd.GeoDataFrame:
        """Make shapes of some rows."""
        some = slice(None) if rows is None else rows
        column = self.wkb if rows is None else self.wkb.take(_as_arrow(rows))
        shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
        return gpd.GeoDataFrame(self.table.iloc[some], geometry=shapes, crs=self.crs)

    def place(
        self, rows: Indices, *, origin: Floats | None, kinds: "Sequence[shapely.GeometryType]"
    ) -> Placed:
        """Bring some rows to the plane, as :func:`place` does with a frame."""
        column = self.wkb if len(rows) == len(self) else self.wkb.take(_as_arrow(rows))
        if column.nbytes < COMPILE_ABOVE * _VERTEX_BYTES:
            return place(self.frame(rows), "parcels", origin=origin, kinds=kinds)
        found = Wkb.of(column)
        if not np.isin(found.kinds, (-1, *POLYGONS)).all():
            return place(self.frame(rows), "parcels", origin=origin, kinds=kinds)
        labels = self.table.index[rows]
        filled, at = found.rings("parcels", labels).filled()
        _require_lonlat(filled, self.crs, labels[at])

        def refuse(doubtful: Indices) -> None:
            # Arrow takes rows in the order of the bytes as well as in any other.
            some = column.take(_as_arrow(at[doubtful])).to_numpy(zero_copy_only=False)
            names = labels[at[doubtful]]
            refuse_invalid(shapely.from_wkb(some), names, called="parcels: invalid geometries")

        outlines, near = rings_on_plane(filled, self.crs, refuse, origin=origin)
        return Placed(outlines, at, near)


Parcels = gpd.GeoDataFrame | Land


def table_of(parcels: Parcels) -> pd.DataFrame:
    """Return the attributes, on the labels of the rows."""
    return parcels.table if isinstance(parcels, Land) else parcels


def some_of(parcels: Parcels, rows: Indices) -> gpd.GeoDataFrame:
    """Return some rows as a frame."""
    return parcels.frame(rows) if isinstance(parcels, Land) else parcels.iloc[rows]


def placed_of(
    parcels: Parcels,
    rows: Indices,
    *,
    origin: Floats | None,
    kinds: "Sequence[shapely.GeometryType]",
) -> Placed:
    """Bring some rows to the plane; positions are those of all rows."""
    if isinstance(parcels, Land):
        placed = parcels.place(rows, origin=origin, kinds=kinds)
    else:
        placed = place(parcels.iloc[rows], "parcels", origin=origin, kinds=kinds)
    return Placed(placed.outlines, rows[placed.rows], placed.origin)


def _require_lonlat(rings: Rings, crs: CRS | None, labels: pd.Index) -> None:
    """Check what coordinates can be, looking at each row only where that may tell more."""
    if len(rings.xy) == 0:
        return
    # Of all rows first, which takes a tenth of the time of those of each.
    whole = corners_of(rings.xy).ravel()
    west, south, east, north = _CHINA
    if crs is not None and crs.is_geographic:
        if west <= whole[0] and south <= whole[1] and whole[2] <= east and whole[3] <= north:
            return
    else:
        try:
            require_frame(gpd.GeoDataFrame(geometry=[shapely.box(*whole)], crs=crs), "parcels")
        except CRSMismatchError:
            pass  # told again, with the rows
        else:
            return
    boxes = gpd.GeoSeries(shapely.box(*_bounds(rings).T), index=labels, crs=crs)
    _crs.require_lonlat(boxes, "parcels")


def _bounds(rings: Rings) -> Floats:
    """Return the bounds of each shape; all of them have rings, in order."""
    firsts = rings.starts[rings.runs[:-1]]
    x, y = rings.xy.T
    low = [np.minimum.reduceat(some, firsts) for some in (x, y)]
    high = [np.maximum.reduceat(some, firsts) for some in (x, y)]
    return np.column_stack([*low, *high])


def _as_arrow(rows: Indices) -> "pa.Array":
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(rows)
