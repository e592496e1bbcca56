"""What share of what is new lies inside the zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from parkgeo import crs
from parkgeo.concentration._batches import Paths, is_paths, require_columns, source_of, systems_of
from parkgeo.concentration._exact import Exact
from parkgeo.concentration._land import Parcels, placed_of, table_of
from parkgeo.concentration._notes import notes_of, report, report_of
from parkgeo.concentration._plane import (
    POINTS,
    POLYGONS,
    Floats,
    Geometries,
    Indices,
    Placed,
    in_chunks,
    overlay_errors,
    place,
)
from parkgeo.concentration._ratio import frame_of, origin_of, require_share
from parkgeo.concentration._select import (
    AREA_UNIT,
    Selection,
    Weight,
    Where,
    column_of,
    select,
    unit_of,
    values_of,
)
from parkgeo.concentration._shares import Shares, inside, sizes_m2
from parkgeo.concentration._stream import (
    BATCH_ROWS,
    added,
    checkpoint_of,
    fingerprint_of_files,
    plain_where,
)
from parkgeo.concentration._sums import ACCURACY, Sums, Totals, summed, targeted
from parkgeo.concentration._twice import Twice
from parkgeo.concentration._zones import Bands, zones_of
from parkgeo.errors import SchemaError, first_rows
from parkgeo.units import KM2_M2

_WORDS: Final[dict[str, Weight]] = {"land": None, "projects": 1}
"""Measures that are no column."""
_ROUNDING: Final = 1e-9
"""Share of the gains below which what is left of them after the losses is nothing."""


@overlay_errors("increments")
def increments(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame | Paths,
    parks: gpd.GeoDataFrame,
    *,
    before: gpd.GeoDataFrame | None = None,
    key: str = "parcel_id",
    since: object = None,
    date: str = "date",
    measures: Sequence[str] = ("land", "projects"),
    where: Where = None,
    classes: Sequence[str] | str | None = None,
    system: str | None = None,
    target: float = 0.80,
    reading: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    batch_rows: int = BATCH_ROWS,
) -> pd.DataFrame:
    """Measure what share of what is new lies inside the zones (增量集中度).

    The "5 × 80 %" of Xiaoshan: of new industrial land, projects, investment, added value and tax,
    80 % in the carriers. Give either ``before`` or ``since``.

    Parameters
    ----------
    parcels
        The later state, or everything with its date; polygons in any CRS, or points where "land"
        is not asked for. With ``since`` also paths of files, as of :func:`ratio`.
    parks
        Blocks, in any CRS; polygons. The same ones for both dates.
    before
        The earlier state, with the same columns.
    key
        Column of both states that says which parcel is which; unique, no nulls.
    since
        First day that is new.
    date
        Column of days that ``since`` refers to.
    measures
        "land" for area, "projects" for the number of rows, else columns of numbers (investment,
        added value, tax).
    where, classes, system
        As of :func:`ratio`, for both states; ``where`` as a mapping if there is a ``before``.
    target
        Share that is to be reached.
    reading, checkpoint, batch_rows
        For paths, as of :func:`ratio`.

    Returns
    -------
    One row per measure, on an index ``measure``: ``unit``, and then as :func:`ratio` ``total``,
    ``inside``, ``ratio``, ``ratio_low``, ``ratio_high``, ``target``, ``gap``, ``gap_mu``,
    ``n_parcels``, of gains only; and ``lost``, ``lost_inside``, ``net_ratio``, NaN with ``since``.

    With ``since`` all of a row that is new enough is a gain. With ``before``, land gained is ground
    of a parcel that the parcel of that key did not have, a project gained is a key that is new,
    and a number is gained where it has grown; what went down, and what keys that are gone had, is
    lost. The net increment is ``total - lost``; ``net_ratio`` is what part of it came about inside,
    (inside - lost_inside) / (total - lost): above 1 where it fell outside, below 0 where it fell
    inside, NaN where there is no net increment. A parcel that had another class before is new.

    ``attrs`` as of :func:`ratio`, for the later state, with ``unknown`` dates; the same for the
    earlier one in ``before``.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`ratio`; and SchemaError where both or neither of ``before`` and ``since`` are
        given, keys are null or doubled, or dates are no dates.

    References
    ----------
    萧山区 4286 产业载体, 2019.

    Examples
    --------
    >>> from shapely import box
    >>> new = gpd.GeoDataFrame({"tax": [9.0, 1.0]}, geometry=[box(0, 0, 1, 1), box(5, 0, 6, 1)],
    ...     crs="EPSG:4490").assign(date=pd.Timestamp(2019, 5, 1))
    >>> increments(new, new.iloc[:1], since="2019-01-01", measures=["tax"])["ratio"].tolist()
    [0.9]
    """
    require_share(target, "target")
    if (before is None) == (since is None):
        raise SchemaError("give either before= (the earlier state) or since= (the first new day)")
    if before is not None and isinstance(where, pd.Series):
        raise SchemaError("with before=, where must be a mapping: it has to hold for both states")
    asked = _asked(measures)
    if is_paths(parcels):
        chosen = {"where": where, "classes": classes, "system": system}
        ask = _Ask(parks, asked, date, since, chosen)
        return _of_files(parcels, ask, target, reading, checkpoint, batch_rows)
    frame = frame_of(parcels, reading=reading, checkpoint=checkpoint)
    kinds = _kinds(asked)
    zones = zones_of(parks)
    bands = zones.bands()
    selection = select(frame, where=where, classes=classes, system=system)
    if before is None:
        selection = _since(frame, selection, date, since)
    now = _state(frame, selection, bands, origin_of(zones), kinds)
    then = None
    if before is not None:
        earlier = select(before, where=where, classes=classes, system=system)
        then = _state(before, earlier, bands, now.placed.origin, kinds)
    changes = [_changes(now, then, key, bands, weight) for weight in asked.values()]
    table = _table(changes, list(asked.values()), target)
    table.index = pd.Index(list(asked), name="measure")
    table.attrs.update(
        {
            "plane": crs.PLANE.name,
            "accuracy": ACCURACY,
            **report_of(frame, selection, now.placed, None),
            "before": None
            if before is None or then is None
            else report_of(before, earlier, then.placed, None),
            "parks_without_geometry": zones.without_geometry,
            "accuracy_unknown": zones.accuracy_unknown,
        },
    )
    return table


@dataclass(frozen=True)
class _Ask:
    """What is asked of what is new since a day."""

    parks: gpd.GeoDataFrame
    measures: dict[str, Weight]
    date: str
    since: object
    chosen: dict[str, Any]

    @property
    def wanted(self) -> list[str]:
        """Name the columns that are needed."""
        where = self.chosen["where"] or {}
        classes = [] if self.chosen["classes"] is None else ["class_code"]
        weights = [weight for weight in self.measures.values() if isinstance(weight, str)]
        return list(dict.fromkeys([self.date, *where, *classes, *weights]))


def _of_files(  # noqa: PLR0913, PLR0917 - what increments was given
    paths: Paths,
    ask: _Ask,
    target: float,
    reading: Mapping[str, Any] | None,
    checkpoint: str | Path | None,
    batch_rows: int,
) -> pd.DataFrame:
    """Answer for files, all measures in one reading."""
    if ask.since is None:
        raise SchemaError("parcels of files need since=; to compare with before=, read both states")
    if isinstance(ask.chosen["where"], pd.Series):
        raise SchemaError("where must be a mapping such as {'status': 'built'} for files")
    source = source_of(paths, reading=reading)
    require_columns(source, ask.wanted)
    further = ["parcel_id", *(["class_system"] if "class_code" in ask.wanted else [])]
    columns = [*ask.wanted, *(name for name in further if name in source.columns)]
    by_system = "class_system" in columns and ask.chosen["system"] is None
    chosen = {**ask.chosen, "systems": systems_of(source) if by_system else None}
    zones = zones_of(ask.parks)
    bands, origin = zones.bands(), origin_of(zones)

    def answer(parcels: Parcels, start: int) -> Sums:
        table = table_of(parcels)
        selection = _since(table, select(table, **chosen), ask.date, ask.since)
        rows = np.flatnonzero(selection.chosen)
        placed = placed_of(parcels, rows, origin=origin, kinds=_kinds(ask.measures))
        state = _State(table, rows, placed, inside(placed.outlines, bands))
        parts = [_summed_measure(state, name, weight) for name, weight in ask.measures.items()]
        notes = notes_of(parcels, selection, placed, None, start=start)
        return Sums(reduce(add, parts), parts[0], notes, Twice(0, Exact.zeros(1)))

    made = {
        **fingerprint_of_files(source, ask.parks),
        "measures": list(ask.measures),
        "date": [ask.date, str(ask.since)],
        "where": plain_where(ask.chosen["where"]),
        "classes": ask.chosen["classes"],
        "system": ask.chosen["system"],
    }
    kept = checkpoint_of(checkpoint, made)
    sums = added(source, columns, answer, size=batch_rows, checkpoint=kept)
    table = _from_sums(sums, ask.measures, target)
    table.attrs.update(
        {
            "plane": crs.PLANE.name,
            "accuracy": ACCURACY,
            **report(sums.notes, unit=AREA_UNIT, ids=source.values("parcel_id")),
            "before": None,
            "parks_without_geometry": zones.without_geometry,
            "accuracy_unknown": zones.accuracy_unknown,
        },
    )
    if kept is not None:
        kept.remove()
    return table


def _kinds(measures: Mapping[str, Weight]) -> tuple[shapely.GeometryType, ...]:
    return POLYGONS if None in measures.values() else (*POLYGONS, *POINTS)


def _summed_measure(state: "_State", name: str, weight: Weight) -> Totals:
    value = state.values(weight)
    some = value > 0
    return summed(value[some], state.shares.take(some), labels=(name,))


def _from_sums(sums: Sums, measures: Mapping[str, Weight], target: float) -> pd.DataFrame:
    """Make the table of sums by measure, in the order in which they were asked for."""
    found = sums.groups.frame().set_axis(pd.Index(sums.groups.ordered, name="measure"))
    rows = []
    for name, weight in measures.items():
        row = targeted(found.loc[[name]], target, unit=unit_of(weight))
        row.insert(0, "unit", unit_of(weight))
        rows.append(row.assign(lost=np.nan, lost_inside=np.nan, net_ratio=np.nan))
    return pd.concat(rows)


@dataclass(frozen=True)
class _State:
    """The chosen parcels at one date: all of their rows, and those that are placed."""

    frame: pd.DataFrame
    rows: Indices
    placed: Placed
    shares: Shares

    def values(self, weight: Weight) -> Floats:
        """Value each placed parcel."""
        values = values_of(self.frame, self.rows, weight)
        if values is None:
            return sizes_m2(self.placed.outlines) / KM2_M2
        return values[np.searchsorted(self.rows, self.placed.rows)]

    def keys(self, key: str) -> tuple[pd.Index, pd.Index]:
        """Return the keys of all chosen parcels, and of those that are placed."""
        column = column_of(self.frame, key, "parcels", by="key=")
        some = column.iloc[self.rows]
        bad = (some.isna() | some.duplicated(keep=False)).to_numpy()
        if bad.any():
            found = first_rows(some[bad].drop_duplicates())
            raise SchemaError(
                f"{key}: {found} in rows {first_rows(some.index[bad])}; to match two states each "
                "parcel needs a key of its own; dissolve the parts of one parcel, or fill keys in",
            )
        return pd.Index(some), pd.Index(column.iloc[self.placed.rows])


@dataclass(frozen=True)
class _Amount:
    """What was gained or lost, and what share of it lies inside."""

    value: Floats
    shares: Shares

    def row(self, target: float, unit: str) -> pd.DataFrame:
        """Add all of it up."""
        some = self.value > 0
        found = summed(self.value[some], self.shares.take(some))
        return targeted(found.frame(), target, unit=unit)


def _asked(measures: Sequence[str]) -> dict[str, Weight]:
    if isinstance(measures, str) or not measures:
        raise SchemaError(f"measures must be a list such as ['land', 'tax'], not {measures!r}")
    return {name: _WORDS.get(name, name) for name in measures}


def _since(parcels: pd.DataFrame, selection: Selection, date: str, since: object) -> Selection:
    """Choose the rows that are new enough; those without a date cannot be told."""
    days = column_of(parcels, date, "parcels", by="date=")
    if not pd.api.types.is_datetime64_any_dtype(days):
        raise SchemaError(f"{date} holds {days.dtype}, not days; use pandas.to_datetime on it")
    try:
        first = pd.Timestamp(since)  # type: ignore[arg-type]
        new = (days >= first).to_numpy(dtype=np.bool_)
    except (TypeError, ValueError) as error:
        raise SchemaError(
            f"since={since!r} is no day that {date} compares with: {error}"
        ) from error
    null = days.isna().to_numpy(dtype=np.bool_) & selection.chosen
    unknown = selection.unknown | ({date: null} if null.any() else {})
    return Selection(selection.chosen & new, unknown, selection.as_text)


def _state(
    frame: gpd.GeoDataFrame,
    selection: Selection,
    bands: Bands,
    origin: Floats | None,
    kinds: Sequence[shapely.GeometryType],
) -> _State:
    rows = np.flatnonzero(selection.chosen)
    placed = place(frame.iloc[rows], "parcels", origin=origin, kinds=kinds)
    placed = Placed(placed.shapes, rows[placed.rows], placed.origin)
    return _State(frame, rows, placed, inside(placed.outlines, bands))


def _changes(
    now: _State, then: _State | None, key: str, bands: Bands, weight: Weight
) -> tuple[_Amount, _Amount | None]:
    """Tell what of one measure was gained, and what was lost."""
    if then is None:
        return _Amount(now.values(weight), now.shares), None
    all_now, keys_now = now.keys(key)
    all_then, keys_then = then.keys(key)
    fresh = np.flatnonzero(~keys_now.isin(all_then))
    gone = np.flatnonzero(~keys_then.isin(all_now))
    position = keys_then.get_indexer(keys_now)
    same_now = np.flatnonzero(position >= 0)
    same_then = position[same_now]
    if weight is None:
        gained = _beyond(now.placed.shapes, fresh, (same_now, then.placed.shapes[same_then]))
        lost = _beyond(then.placed.shapes, gone, (same_then, now.placed.shapes[same_now]))
        return _of_area(gained, bands), _of_area(lost, bands)
    growth = now.values(weight)[same_now] - then.values(weight)[same_then]
    return (
        _of_values(now, weight, fresh, same_now, growth),
        _of_values(then, weight, gone, same_then, -growth),
    )


def _beyond(shapes: Geometries, new: Indices, matched: tuple[Indices, Geometries]) -> Geometries:
    """Return the parcels that are new, and what matched parcels have that their others have not."""
    rows, other = matched
    moved = ~shapely.equals_identical(shapes[rows], other)
    more = in_chunks(shapely.difference, shapes[rows][moved], other[moved])
    return np.concatenate([shapes[new], more])


def _of_area(shapes: Geometries, bands: Bands) -> _Amount:
    some = shapes[sizes_m2(shapes) > 0]
    return _Amount(sizes_m2(some) / KM2_M2, inside(some, bands))


def _of_values(
    state: _State, weight: Weight, new: Indices, matched: Indices, growth: Floats
) -> _Amount:
    value = np.concatenate([state.values(weight)[new], np.maximum(growth, 0.0)])
    return _Amount(value, state.shares.take(np.concatenate([new, matched])))


def _table(
    changes: list[tuple[_Amount, _Amount | None]], weights: list[Weight], target: float
) -> pd.DataFrame:
    rows = []
    for (gained, lost), weight in zip(changes, weights, strict=True):
        unit = unit_of(weight)
        row = gained.row(target, unit)
        row.insert(0, "unit", unit)
        gone = None if lost is None else lost.row(target, unit)
        row["lost"] = np.nan if gone is None else gone["total"]
        row["lost_inside"] = np.nan if gone is None else gone["inside"]
        net = row["total"] - row["lost"]
        row["net_ratio"] = ((row["inside"] - row["lost_inside"]) / net).where(
            net > _ROUNDING * row["total"]
        )
        rows.append(row)
    return pd.concat(rows, ignore_index=True)
