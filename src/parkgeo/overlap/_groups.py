"""Which brands hang together, because each shares ground with the next."""

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo._ground import components, overlay_errors, summed
from parkgeo.overlap._extents import extents_of
from parkgeo.overlap._pairs import pairs
from parkgeo.overlap._partition import areas_by_set
from parkgeo.units import KM2_M2, km2_to_mu


@overlay_errors("groups", of="extents")
def groups(parks: gpd.GeoDataFrame, *, by: str = "brand_id") -> pd.DataFrame:
    """Tell which brands hang together (连片重叠组), and what ground they really have.

    Two brands hang together if they overlap by more than the error of their boundaries can make, or
    if others between them do. Brands in one row are what a consolidation (整合) has to
    look at together; the difference between the two areas is what adding up counts twice.

    Parameters
    ----------
    parks
        Blocks, in any CRS; polygons; ``accuracy_m`` as in :func:`pairs`. Rows without a geometry
        are left out and named in ``attrs``.
    by
        Column, or name of the index, whose values say which blocks belong together.

    Returns
    -------
    A DataFrame, one row per group, the largest net area first; every brand with a geometry stands
    in exactly one row.

    ``members`` (tuple of labels, sorted), ``n_members``, ``net_area_km2``, ``net_area_mu``,
    ``sum_area_km2`` (the members' areas added up), ``counted_twice_km2`` (the sum less the net).

    ``attrs`` as of :func:`partition`.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`pairs` and :func:`partition`.

    Notes
    -----
    A pair counts where its relation in :func:`pairs` is neither *sliver* nor *adjacent*; so where
    an accuracy is not known any overlap wider than 1 µm counts. Slivers between two rows are in the
    net area of both.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(
    ...     ["POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))", "POLYGON ((1 0, 3 0, 3 1, 1 1, 1 0))",
    ...      "POLYGON ((8 0, 9 0, 9 1, 8 1, 8 0))"])
    >>> parks = gpd.GeoDataFrame({"brand_id": list("abc")}, geometry=shapes, crs="EPSG:4490")
    >>> groups(parks).members.tolist()
    [('a', 'b'), ('c',)]
    """
    extents = extents_of(parks, by=by)
    found = pairs(parks, by=by, adjacent=False)
    real = found[found["relation"] != "sliver"]
    left, right = (extents.labels.get_indexer(pd.Index(real[side])) for side in ("left", "right"))
    group = components(len(extents.labels), left, right)
    swept, conservation = areas_by_set(extents)
    count = int(group.max(initial=-1)) + 1
    sum_m2 = summed(group, extents.area_m2, count)
    rows = [(code, i) for i, s in enumerate(swept.sets) for code in np.unique(group[list(s)])]
    codes, faces = np.array(rows, dtype=np.intp).reshape(-1, 2).T
    net_m2 = summed(codes, swept.area_m2[faces], count)
    labels = extents.labels.tolist()
    members = [tuple(labels[i] for i in np.flatnonzero(group == code)) for code in range(count)]
    table = pd.DataFrame(
        {
            "members": pd.Series(members, dtype=object),
            "n_members": np.bincount(group, minlength=count),
            "net_area_km2": net_m2 / KM2_M2,
            "net_area_mu": km2_to_mu(net_m2 / KM2_M2),
            "sum_area_km2": sum_m2 / KM2_M2,
            "counted_twice_km2": np.maximum(sum_m2 - net_m2, 0.0) / KM2_M2,
        },
    )
    # To the square millimetre, so that rounding does not choose between equals.
    order = np.lexsort([np.arange(count), -np.round(net_m2, 6)])
    table = table.take(order).reset_index(drop=True)
    table.attrs.update(extents.attrs(conservation))
    return table
