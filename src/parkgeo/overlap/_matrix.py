"""How much every group shares with every other, as one table."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import overlay_errors
from parkgeo.errors import SchemaError
from parkgeo.overlap._extents import extents_of
from parkgeo.overlap._partition import areas_by_set
from parkgeo.units import m2_to

_MOST_GROUPS: Final = 10_000


@overlay_errors("matrix", of="extents")
def matrix(
    parks: gpd.GeoDataFrame, *, by: str = "brand_id", unit: str = "km2", share: bool = False
) -> pd.DataFrame:
    r"""Tabulate the ground that each two groups have in common (重叠矩阵).

    A row says where the ground of a brand also belongs: its own area on the diagonal, and beside
    it what it shares with each other brand. Ground with three brands stands in all three pairs,
    so a row does not add up to anything.

    .. math:: M_{ij} = |A_i \cap A_j| = \sum_{f:\, i, j \in \mathrm{members}(f)} \mathrm{area}(f)

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons. Rows without a geometry are left out and named in ``attrs``.
    by
        Column, or name of the index, whose values say which blocks belong together.
    unit
        Unit of area, as :data:`parkgeo.units.AREA_UNITS_M2` names them: "km2", "mu", "亩", "ha" …
    share
        Give each row as shares (0–1) of the area of its own group, instead of areas.

    Returns
    -------
    A square DataFrame, sorted by label both ways, with both axes named as ``by``. Symmetric, if it
    does not hold shares. ``attrs`` holds ``unit`` ("share" for shares), ``conservation`` (largest
    difference between the diagonal and the area of a group, relative to the areas of all), ``by``,
    ``plane`` and ``rows_without_geometry``. A group narrower than 1 µm has no ground: 0, and share
    0.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`partition`; no such unit; or the diagonal misses the area of a group by more than
        1e-9 of the whole.

    Notes
    -----
    The table has one number for each two groups: meant for brands and committees, not for parcels.
    Take :func:`pairs` where most groups do not meet.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(
    ...     ["POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"])
    >>> parks = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes, crs="EPSG:4490")
    >>> matrix(parks, share=True).round(3).values.tolist()
    [[1.0, 0.5], [1.0, 1.0]]
    """
    m2_to(1.0, unit)  # refuses a unit that is none
    extents = extents_of(parks, by=by)
    found, _ = areas_by_set(extents)
    size = len(extents.labels)
    if size > _MOST_GROUPS:
        raise SchemaError(
            f"{size} groups would make a table of {size}² numbers; use overlap.pairs, or a column "
            "with fewer values"
        )
    table_m2 = np.zeros((size, size))
    for members, area_m2 in zip(found.sets, found.area_m2.tolist(), strict=True):
        table_m2[np.ix_(members, members)] += area_m2
    own_m2 = np.diag(table_m2).copy()
    error = np.abs(own_m2 - extents.area_m2) / extents.area_m2.sum()
    # A needle may be all that a group is, and then it has no ground.
    values = table_m2 / np.where(own_m2 > 0, own_m2, 1)[:, None] if share else m2_to(table_m2, unit)
    labels = extents.labels.rename(by)
    table = pd.DataFrame(values, index=labels, columns=labels)
    table.attrs.update(extents.attrs(float(error.max(initial=0.0))))
    table.attrs["unit"] = "share" if share else unit
    return table
