"""What share of land, or of what stands on it, lies inside the zones."""

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo.concentration._members import Pieces, pieces_of
from parkgeo.concentration._plane import Floats, Indices, overlay_errors
from parkgeo.concentration._select import (
    AREA_UNIT,
    Selection,
    Weighed,
    Weight,
    Where,
    report,
    select,
    weigh,
)
from parkgeo.concentration._shares import Shares, inside, shared
from parkgeo.concentration._twice import counted_twice
from parkgeo.concentration._zones import Bands, Parts, Zones, zones_of
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError
from parkgeo.units import km2_to_mu

ACCURACY = (
    "accuracy_m is one standard deviation; the outer boundary of the zones' union is moved by it "
    "inwards (low) or outwards (high), everywhere at once"
)


@overlay_errors("ratio")
def ratio(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    by: str | None = None,
    of: Literal["parcels", "parks"] | None = None,
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    weight: Weight = None,
    target: float = 0.70,
    shapley: bool = False,
) -> pd.DataFrame:
    r"""Measure what share of the parcels lies inside the zones (工业用地集中度).

    "Industrial land in zones ≥ 70 % of the city's": ground under several brands counts once.

    .. math:: \mathrm{ratio} = \frac{\sum_p w_p\,|p \cap U| / |p|}{\sum_p w_p},
              \qquad U = \bigcup_z z

    with :math:`w_p = |p|`, the official area, unless ``weight`` names something else.

    Parameters
    ----------
    parcels
        Polygons in any CRS; the columns that ``by``, ``where``, ``classes`` and ``weight`` name.
        Points where there is a ``weight``: such as enterprises, each inside or not.
    parks
        Blocks, in any CRS; polygons; ``accuracy_m`` for the interval.
    by
        Column of the parcels (district, class, year), one row for each value; or column, or name
        of the index, of the parks (brand, platform, level), one row for each of them.
    of
        Whose column ``by`` is, where both frames have it.
    where
        Which parcels count: ``{"status": "built"}``, a value or several for each column; or a
        boolean Series on the index of the parcels. All of them by default.
    classes
        Which codes of ``class_code`` count: one or several codes, or groups of
        ``parkgeo.landuse.INDUSTRIAL`` such as "industry"; "06" takes 0601 too.
    system
        The class system of codes for which ``class_system`` says none; it must not say another.
        Where neither says one, codes are compared as text, by their beginning.
    weight
        Column whose value is spread evenly over the area of its parcel (output, tax, employment);
        1 to count parcels; None for the area.
    target
        Share that is to be reached.
    shapley
        For brands: also split ground that several of them hold evenly among them.

    Returns
    -------
    One row, or one per group on an index named ``by``, null label included; a group without any
    parcel that counts has total 0 and ratio NaN.

    ``total``, ``inside``: km², or the unit of the weight. ``ratio``, ``ratio_low``,
    ``ratio_high``: 0–1; the interval is NaN where the accuracy of a block is not known. ``target``;
    ``gap``: how much more must lie inside with the total as it is, negative where there is more
    than needed; ``gap_mu``, NaN where the total is no area. ``n_parcels``.

    By a column of the parks, ``total`` is that of all parcels, ``inside`` is what lies in the
    brand, ``alone`` what lies in no other, ``shared`` the rest; ``target`` and gaps are NaN. Inside
    does not add up over brands. With ``shapley``, ``split`` and ``ratio_split`` do: they are the
    Shapley values of the brands.

    ``attrs``: ``unit``; ``n_parcels``; ``unknown``, by column, how many parcels may belong to it
    but have no class or value, and their area: they are not counted; ``without_geometry``;
    ``duplicate_ids``; ``counted_twice``, by how much overlapping parcels exceed the ground under
    them: it is in total and inside; ``all``, the row for all zones together;
    ``parks_without_geometry``, ``accuracy_unknown``.

    Raises
    ------
    MissingCRSError, CRSMismatchError
        Either frame does not say where it lies, or coordinates contradict it.
    GeometryError
        Invalid geometries, other kinds than polygons, no park with a geometry.
    SchemaError
        Weights that are null, not finite or negative; codes that are no text or of another system;
        a target outside 0–1.
    UnknownNameError, AmbiguousNameError
        No such column; ``by`` is in both frames.

    References
    ----------
    杭政函〔2023〕13号, item 2. Shapley, L. S. (1953), A value for n-person games.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame(geometry=[box(0, 0, 4, 1)], crs="EPSG:4490")
    >>> zone = gpd.GeoDataFrame(geometry=[box(0, 0, 3, 1)], crs="EPSG:4490")
    >>> round(float(ratio(land, zone)["ratio"].iloc[0]), 6)
    0.75
    """
    require_share(target, "target")
    side = None if by is None else _side(by, of, parcels, parks)
    if shapley and side != "parks":
        raise SchemaError("shapley splits ground among parks: give by= a column of the parks")
    selection = select(parcels, where=where, classes=classes, system=system)
    zones = zones_of(parks)
    weighed = weigh(parcels, selection.chosen, weight, origin=origin_of(zones))
    bands = zones.bands()
    shares = inside(weighed.placed.shapes, bands)
    codes = np.zeros(len(weighed.value), dtype=np.intp)
    whole = targeted(sums(weighed.value, shares, codes, 1), target, unit=weighed.unit)
    if by is None:
        table = whole
    elif side == "parcels":
        labels, rows = _groups(parcels[by])
        codes = rows[weighed.placed.rows]
        table = targeted(sums(weighed.value, shares, codes, len(labels)), target, unit=weighed.unit)
        table.index = labels
    else:
        table = _by_park(parks, by, zones, weighed, shapley=shapley)
    table.attrs.update(_attrs(parcels, selection, weighed, weight, zones))
    table.attrs["by"] = by
    table.attrs["all"] = {k: float(v) for k, v in whole.iloc[0].items() if k in _WHOLE}
    return table


_WHOLE = ("total", "inside", "ratio", "ratio_low", "ratio_high", "target", "gap")


def require_share(value: float, what: str) -> None:
    """Refuse what is no share."""
    if not 0 <= value <= 1:
        raise SchemaError(f"{what} must be a share between 0 and 1, not {value}; 70 % is 0.70")


def origin_of(zones: Zones) -> Floats | None:
    """Return where to measure from: near the zones, or wherever the parcels are."""
    return zones.origin if len(zones.blocks.rows) else None


def _side(
    by: str, of: str | None, parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> Literal["parcels", "parks"]:
    in_parcels = by in parcels.columns
    in_parks = by in parks.columns or by in parks.index.names
    if of not in (None, "parcels", "parks"):
        raise SchemaError(f"of must be 'parcels' or 'parks', not {of!r}")
    if of is None and in_parcels and in_parks:
        raise AmbiguousNameError(
            f"both parcels and parks have {by!r}; say of='parcels' or of='parks'",
        )
    if (in_parcels and of != "parks") or (in_parks and of != "parcels"):
        return "parcels" if in_parcels and of != "parks" else "parks"
    names = sorted({*map(str, parcels.columns), *map(str, parks.columns)} - {"geometry"})
    raise UnknownNameError(
        f"no column {by!r} to group by{f' in {of}' if of else ''}; there are {', '.join(names)}",
    )


def _groups(keys: "pd.Series | pd.Index") -> tuple[pd.Index, Indices]:
    """Give numbers to the values, in order, null last, as a group of its own."""
    codes, labels = pd.factorize(keys, use_na_sentinel=True)
    labels = pd.Index(labels)
    try:
        order = labels.argsort()
    except TypeError:  # labels that do not compare
        order = np.argsort([f"{type(v).__name__} {v}" for v in labels], kind="stable")
    rank = np.append(np.argsort(order), len(labels)).astype(np.intp)
    names = [*labels.take(order).tolist(), *([None] if (codes < 0).any() else [])]
    return pd.Index(names, name=keys.name, tupleize_cols=False), rank[codes]


def sums(value: Floats, shares: Shares, codes: Indices, count: int) -> pd.DataFrame:
    """Add up by group; sums of batches add up to sums of all."""

    def add(weights: Floats) -> Floats:
        return np.bincount(codes, weights, minlength=count).astype(np.float64)

    return pd.DataFrame(
        {
            "total": add(value),
            "inside": add(value * shares.drawn),
            "inside_low": add(value * shares.low),
            "inside_high": add(value * shares.high),
            "n_parcels": np.bincount(codes, minlength=count),
        },
    )


def targeted(found: pd.DataFrame, target: float, *, unit: str) -> pd.DataFrame:
    """Turn sums into ratios and gaps."""
    total = found["total"].where(found["total"] > 0)
    gap = target * found["total"] - found["inside"]
    return pd.DataFrame(
        {
            "total": found["total"],
            "inside": found["inside"],
            "ratio": (found["inside"] / total).clip(0.0, 1.0),
            "ratio_low": (found["inside_low"] / total).clip(0.0, 1.0),
            "ratio_high": (found["inside_high"] / total).clip(0.0, 1.0),
            "target": float(target),
            "gap": gap,
            "gap_mu": km2_to_mu(gap) if unit == AREA_UNIT else np.nan,
            "n_parcels": found["n_parcels"],
        },
    )


def _by_park(
    parks: gpd.GeoDataFrame, by: str, zones: Zones, weighed: Weighed, *, shapley: bool
) -> pd.DataFrame:
    """Say what each brand holds, alone and with others."""
    keys = parks[by] if by in parks.columns else parks.index.get_level_values(by)
    labels, rows = _groups(keys)
    codes, count = rows[zones.blocks.rows], len(labels)
    bands: Bands = zones.bands(codes, count)
    pieces = pieces_of(weighed.placed.shapes, bands.drawn)
    value = weighed.value[pieces.parcel] * pieces.share
    inside_ = pieces.by_member(value, count)
    alone = pieces.by_member(np.where(pieces.n_members == 1, value, 0.0), count)
    low, high = (_inside(weighed, parts, count) for parts in (bands.inner, bands.outer))
    low, high = np.minimum(low, inside_), np.maximum(high, inside_)
    low[~bands.known], high[~bands.known] = np.nan, np.nan
    table = targeted(
        pd.DataFrame(
            {
                "total": np.full(count, weighed.value.sum()),
                "inside": inside_,
                "inside_low": low,
                "inside_high": high,
                "n_parcels": _touched(pieces, count),
            },
        ),
        np.nan,
        unit=weighed.unit,
    )
    table["alone"], table["shared"] = alone, np.maximum(inside_ - alone, 0.0)
    if shapley:
        table["split"] = pieces.by_member(value / pieces.n_members, count)
        table["ratio_split"] = table["split"] / table["total"].where(table["total"] > 0)
    undrawn = np.bincount(codes, minlength=count) == 0
    table.loc[undrawn, table.columns.difference(["total", "n_parcels"])] = np.nan
    table.index = labels
    return table


def _inside(weighed: Weighed, parts: Parts, count: int) -> Floats:
    found = shared(weighed.placed.shapes, parts)
    value = weighed.value[found.parcel] * found.share
    return np.bincount(parts.owner[found.part], value, minlength=count).astype(np.float64)


def _touched(pieces: Pieces, count: int) -> Indices:
    """Count the parcels of which each brand holds some."""
    pairs = np.unique(np.stack([pieces.member, pieces.parcel[pieces.of]]), axis=1)
    return np.bincount(pairs[0], minlength=count)


def _attrs(
    parcels: gpd.GeoDataFrame,
    selection: Selection,
    weighed: Weighed,
    weight: Weight,
    zones: Zones,
) -> dict[str, object]:
    return {
        "unit": weighed.unit,
        "plane": crs.PLANE.name,
        "accuracy": ACCURACY,
        **report(parcels, selection, weighed.placed, weight),
        "counted_twice": counted_twice(weighed.placed.shapes),
        "parks_without_geometry": zones.without_geometry,
        "accuracy_unknown": zones.accuracy_unknown,
    }
