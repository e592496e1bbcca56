"""What became of the ground between two states of the plan."""

from typing import Final, Literal, overload

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo._ground import overlay_errors
from parkgeo.errors import SchemaError, first_rows
from parkgeo.overlap._extents import Extents, extents_of, group_labels, plane_shapes
from parkgeo.overlap._faces import MemberSet
from parkgeo.overlap._partition import areas_by_set, partition
from parkgeo.units import KM2_M2, km2_to_mu

CHANGES: Final = ("kept", "gained", "lost", "moved", "joined", "left", "mixed")
"""What can become of a piece of ground, as :func:`compare` says it."""

_SIDES: Final = ("before", "after")


@overload
def compare(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: Literal[True],
    min_width_m: float = ...,
) -> gpd.GeoDataFrame: ...


@overload
def compare(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    by: str = ...,
    geometry: bool = ...,
    min_width_m: float = ...,
) -> pd.DataFrame: ...


@overlay_errors("compare", of="extents")
def compare(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    by: str = "brand_id",
    geometry: bool = False,
    min_width_m: float = 0.0,
) -> pd.DataFrame:
    """Say what ground was kept, gained, lost or moved between brands (整合前后对比).

    A consolidation (整合提升) redraws extents and merges brands. Each piece of ground stands in one
    row, with the brands that it had and those that it has now.

    Parameters
    ----------
    before, after
        Blocks of the two states, each in any CRS; polygons. A brand that goes on has the same label
        in both.
    by
        Column, or name of the index, of both, whose values say which blocks belong together.
    geometry
        Return the ground itself.
    min_width_m
        Give slivers (碎屑多边形) narrower than this many metres to their neighbours, as
        :func:`partition` does: ground that only rounding gained or lost, where one state was cut
        out of the other.

    Returns
    -------
    A DataFrame, or a GeoDataFrame in EPSG:4490, one row for each two sets of members.

    ``before``, ``after`` (tuples of labels, sorted; empty where no brand is), ``change``,
    ``area_km2``, ``area_mu``, ``geometry``.

    ``change``: *kept*, the same brands; *gained*, no brand before; *lost*, none after; *moved*,
    only other brands than before; *joined*, the same and more; *left*, some of the same and no
    other; *mixed*, some stayed, some left and some came.

    ``attrs`` holds ``conservation``, the relative difference between both states' areas and the
    sums over the rows, ``by``, ``plane`` and ``rows_without_geometry`` of both; with
    ``min_width_m`` also what :func:`partition` says of slivers.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`partition`, for either frame; SchemaError too for labels that read the same and
        are not, as 1 and "1".

    See Also
    --------
    balance : The same by brand.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))"])
    >>> a = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=shapes, crs="EPSG:4490")
    >>> b = a.assign(brand_id="b", geometry=a.translate(1, 0))
    >>> compare(a, b)[["before", "after", "change"]].values.tolist()
    [[(), ('b',), 'gained'], [('a',), (), 'lost'], [('a',), ('b',), 'moved']]
    """
    both, owners = _both(before, after, by)
    sets: list[MemberSet]
    if geometry or min_width_m != 0:
        faces = partition(both, by="owner", geometry=geometry, min_width_m=min_width_m)
        sets = faces["members"].tolist()
        area_km2 = faces["area_km2"].to_numpy()
        attrs = {str(key): value for key, value in faces.attrs.items()}
    else:
        extents: Extents = extents_of(both, by="owner")
        found, conservation = areas_by_set(extents)
        numbers = extents.labels.tolist()
        sets = [tuple(numbers[i] for i in members) for members in found.sets]
        area_km2 = found.area_m2 / KM2_M2
        attrs = extents.attrs(conservation)
    sides = [
        [tuple(owners[i][1] for i in members if owners[i][0] == side) for members in sets]
        for side in _SIDES
    ]
    table = pd.DataFrame(
        {
            "before": pd.Series(sides[0], dtype=object),
            "after": pd.Series(sides[1], dtype=object),
            "change": pd.Series([_change(*pair) for pair in zip(*sides, strict=True)], dtype="str"),
            "area_km2": area_km2,
            "area_mu": km2_to_mu(area_km2),
        },
    )
    if geometry:
        table = gpd.GeoDataFrame(table, geometry=faces["geometry"])
    places = [[i for i in members if owners[i][0] == "before"] for members in sets]
    order = sorted(range(len(sets)), key=lambda row: (places[row], sets[row]))
    table = table.take(order).reset_index(drop=True)
    table.attrs.update(attrs | {"by": by})
    return table


def balance(compared: pd.DataFrame) -> pd.DataFrame:
    """Add up a comparison by brand: what it had, kept, gave and received (增减平衡表).

    Parameters
    ----------
    compared
        What :func:`compare` returned.

    Returns
    -------
    A DataFrame on the labels of all brands, sorted, in km².

    ``before_km2``, ``after_km2``; ``kept_km2``, the brand's ground in both; ``from_outside_km2``
    and ``to_outside_km2``, ground that had no brand before, or has none after; ``from_others_km2``
    and ``to_others_km2``, ground that other brands had before, or have after.

    before = kept + to outside + to others; after = kept + from outside + from others. Areas of
    brands count ground twice that two of them hold.

    Raises
    ------
    SchemaError
        The table is none of :func:`compare`.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"])
    >>> a = gpd.GeoDataFrame({"brand_id": ["a"]}, geometry=shapes, crs="EPSG:4490")
    >>> balance(compare(a, a.assign(brand_id="b"))).round()["from_others_km2"].to_dict()
    {'a': 0.0, 'b': 12308.0}
    """
    areas_km2 = _areas_km2(compared)
    sums: dict[object, dict[str, float]] = {}
    for was, now, area_km2 in zip(compared["before"], compared["after"], areas_km2, strict=True):
        for brand in {*was, *now}:
            row = sums.setdefault(brand, dict.fromkeys(_BALANCE, 0.0))
            row["before_km2"] += area_km2 * (brand in was)
            row["after_km2"] += area_km2 * (brand in now)
            row[_flow(brand in was, brand in now, outside=not (was and now))] += area_km2
    labels = pd.Index(list(sums), name=compared.attrs.get("by"), tupleize_cols=False)
    table = pd.DataFrame(list(sums.values()), index=labels, columns=list(_BALANCE))
    order = np.argsort([str(label) for label in labels], kind="stable")
    try:
        table = table.sort_index()
    except TypeError:  # labels that do not compare
        table = table.take(order)
    table.attrs.update(compared.attrs)
    return table


def _areas_km2(table: pd.DataFrame) -> list[float]:
    """Return the areas of a comparison; refuse what is none, by its rows."""
    if not isinstance(table, pd.DataFrame):
        raise SchemaError(
            f"give the table that overlap.compare returned, not a {type(table).__name__}"
        )
    columns = table.columns.tolist()
    if wrong := [name for name in (*_SIDES, "area_km2") if columns.count(name) != 1]:
        raise SchemaError(
            f"the table has no column {', '.join(wrong)}, or has it twice; give what "
            "overlap.compare returned"
        )
    read = pd.to_numeric(table["area_km2"].astype(object), errors="coerce")
    areas_km2 = read.to_numpy(dtype=np.float64, na_value=np.nan)
    odd = ~np.isfinite(areas_km2)
    for side in _SIDES:
        odd |= ~table[side].map(lambda members: isinstance(members, tuple)).to_numpy(dtype=bool)
    if odd.any():
        raise SchemaError(
            f"rows {first_rows(table.index[odd])} have no tuple of brands in before and after, or "
            "no number in area_km2; give what overlap.compare returned"
        )
    return [float(area_km2) for area_km2 in areas_km2]


_BALANCE: Final = (
    "before_km2",
    "after_km2",
    "kept_km2",
    "from_outside_km2",
    "from_others_km2",
    "to_outside_km2",
    "to_others_km2",
)


def _flow(was: bool, now: bool, *, outside: bool) -> str:  # noqa: FBT001
    if was and now:
        return "kept_km2"
    return f"{'to' if was else 'from'}_{'outside' if outside else 'others'}_km2"


def _both(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, by: str
) -> tuple[gpd.GeoDataFrame, list[tuple[str, object]]]:
    """Put both states into one frame, with a number for each brand of each state."""
    owners: list[tuple[str, object]] = []
    codes, shapes = [], []
    for side, frame in zip(_SIDES, (before, after), strict=True):
        plane_shapes(frame)  # refuses what cannot be overlaid, by the rows of its own frame
        labels, own = group_labels(frame, by=by)
        codes.append(own + len(owners))
        owners += [(side, label) for label in labels.tolist()]
        shapes.append(crs.to_geographic(frame.geometry))
    _refuse_lookalikes([label for _, label in owners], by)
    names = [f"{s}: {row}" for s, g in zip(_SIDES, shapes, strict=True) for row in g.index]
    both = gpd.GeoDataFrame(
        {"owner": np.concatenate(codes)},
        geometry=np.concatenate([one.to_numpy() for one in shapes]),
        index=names,
        crs="EPSG:4490",
    )
    return both, owners


def _refuse_lookalikes(labels: list[object], by: str) -> None:
    """Refuse labels that read the same and are not: 1 and "1" would be two brands."""
    first: dict[str, object] = {}
    for label in labels:
        text = f"{label:.0f}" if isinstance(label, float) and label.is_integer() else str(label)
        other = first.setdefault(text, label)
        if other != label:
            raise SchemaError(
                f"{by!r} says both {other!r} and {label!r}, which read the same and would be two "
                "brands; turn those of one frame into the type of the other",
            )


def _change(was: tuple[object, ...], now: tuple[object, ...]) -> str:
    before, after = set(was), set(now)
    if before == after:
        return "kept"
    if not before:
        return "gained"
    if not after:
        return "lost"
    if not before & after:
        return "moved"
    if before < after:
        return "joined"
    return "left" if after < before else "mixed"
