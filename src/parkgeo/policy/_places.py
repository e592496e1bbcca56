"""In which parks, and in which district, the rows of a table lie; in shares where a border cuts."""

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from parkgeo._ground import overlay_errors
from parkgeo._style import known
from parkgeo.census._cover import Indices, cover, labels_of, place_points, place_polygons
from parkgeo.errors import SchemaError
from parkgeo.policy._quantities import require_columns

__all__ = ["UNKNOWN", "labels_in", "pieces_of"]

UNKNOWN: Final = "unknown"

Members = tuple[Any, ...]
Texts = NDArray[np.object_]


def pieces_of(  # noqa: PLR0913 - what a table may say of its places
    values: pd.DataFrame,
    parks: gpd.GeoDataFrame | None,
    *,
    by: str,
    district: str | None,
    districts: gpd.GeoDataFrame | None = None,
    what: str,
) -> pd.DataFrame:
    """Tell in which parks and district each row lies, in pieces where it lies in several.

    With ``parks`` the ground decides, and polygons are cut by their borders; else the column ``by``
    does, which holds a label, several as a tuple or list, or null outside all parks.

    Returns
    -------
    One row per piece: ``row`` (position in the table), ``share`` (of the row; those of one row add
    up to 1), ``members`` (tuple of labels of parks, sorted), ``district`` ("unknown" where none is
    said), ``placed`` (false where parks are given and the row has no geometry).
    """
    if parks is None:
        if districts is not None:
            raise SchemaError("districts cut ground, so they need parks too; or name a column")
        require_columns(values, by, what=what)
        found = _whole(labels_in(values[by], what=what))
    elif not isinstance(values, gpd.GeoDataFrame):
        raise SchemaError(
            f"{what} must be a GeoDataFrame to be laid on parks; leave parks= out where the column "
            f"{by!r} says in which park a row lies"
        )
    elif _are_points(values):
        found = _by_points(values, parks, by, districts, district)
    else:
        found = _by_area(values, parks, by, districts, district)
    if districts is None:
        found["district"] = _own_district(values, district, what)[found["row"]]
    return found


def labels_in(column: "pd.Series[Any]", *, what: str) -> list[Members]:
    """Read a column of labels, each a tuple of none, one or several; sorted, each once."""
    try:
        return [_members(value) for value in column]
    except TypeError as error:
        raise SchemaError(
            f"{what}: column {column.name!r} must hold labels, or tuples of labels: {error}"
        ) from error


def _members(value: object) -> Members:
    several = isinstance(value, Sequence | np.ndarray | set | frozenset)
    if several and not isinstance(value, str | bytes):
        found = dict.fromkeys(one for one in value if known(one))  # type: ignore[attr-defined]
        return tuple(sorted(found, key=lambda one: (str(one), type(one).__name__)))
    hash(value)  # what cannot be told apart is no label
    return (value,) if known(value) else ()


def _whole(members: list[Members]) -> pd.DataFrame:
    """Make one piece of each row."""
    return pd.DataFrame(
        {
            "row": np.arange(len(members)),
            "share": np.ones(len(members)),
            "members": pd.Series(members, dtype=object),
            "placed": np.ones(len(members), dtype=np.bool_),
        }
    )


def _own_district(values: pd.DataFrame, district: str | None, what: str) -> Any:  # noqa: ANN401
    if district is None or (district not in values.columns and district == "district"):
        return np.full(len(values), UNKNOWN, dtype=object)
    require_columns(values, district, what=what)
    return np.array([one if known(one) else UNKNOWN for one in values[district]], dtype=object)


def _are_points(values: gpd.GeoDataFrame) -> bool:
    kinds = shapely.get_type_id(np.asarray(values.geometry, dtype=object))
    return bool((kinds[kinds >= 0] == shapely.GeometryType.POINT).all()) and bool(
        (kinds >= 0).any()
    )


@overlay_errors("laying values on parks")
def _by_area(
    values: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    by: str,
    districts: gpd.GeoDataFrame | None,
    district: str | None,
) -> pd.DataFrame:
    ground = cover(values, parks, by, districts=districts, district=district or "district")
    sets = np.empty(len(ground.sets), dtype=object)
    sets[:] = ground.sets
    found = pd.DataFrame(
        {
            "row": ground.placed.rows[ground.parcel],
            "share": ground.share,
            "members": sets[ground.code],
            "placed": True,
        }
    )
    if ground.district is not None:
        names = [one if known(one) else UNKNOWN for one in ground.districts]
        found["district"] = np.array(names, dtype=object)[ground.district]
    return _with_lost(found, len(values))


@overlay_errors("laying values on parks")
def _by_points(
    values: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    by: str,
    districts: gpd.GeoDataFrame | None,
    district: str | None,
) -> pd.DataFrame:
    """Take what each point lies in or on the border of."""
    rows = place_points(values).rows
    labels = np.asarray(labels_of(parks, by), dtype=object)
    members = _labels_at(values, parks, labels, rows)
    found = _whole([tuple(one) for one in members])
    found["row"] = rows
    if districts is not None:
        names = np.asarray(labels_of(districts, district or "district"), dtype=object)
        # On a common border a point is in several; it counts in the first by name.
        at = _labels_at(values, districts, names, rows)
        found["district"] = [one[0] if one else UNKNOWN for one in at]
    return _with_lost(found, len(values))


def _labels_at(
    values: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, labels: Texts, rows: Indices
) -> list[Members]:
    points, ground = place_points(values), place_polygons(parks)
    moved = shapely.transform(points.shapes, lambda xy: xy + (points.origin - ground.origin))
    point, park = shapely.STRtree(ground.shapes).query(moved, predicate="intersects")
    found: list[list[Any]] = [[] for _ in rows]
    for at, label in zip(point, labels[ground.rows[park]], strict=True):
        found[at].append(label if known(label) else UNKNOWN)
    return [_members(one) for one in found]


def _with_lost(found: pd.DataFrame, size: int) -> pd.DataFrame:
    """Add rows that have no geometry, whose place nobody knows."""
    lost = np.setdiff1d(np.arange(size), found["row"])
    if not len(lost):
        return found
    rest = _whole([()] * len(lost)).assign(row=lost, placed=False)
    if "district" in found:
        rest["district"] = UNKNOWN
    return pd.concat([found, rest], ignore_index=True) if len(found) else rest
