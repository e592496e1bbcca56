"""What is asked of parcels, and sums that answer it, from one batch or from many.

A :class:`Question` holds all that is needed beside the parcels and can be sent to another process;
:func:`sums_of` answers it for one batch; sums of batches are added with ``+`` in any order, and
:func:`finish` turns them into the table. A frame in memory is one batch.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Final, Literal

import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo.concentration._districts import Districts, Split
from parkgeo.concentration._exact import Exact, exact_sums
from parkgeo.concentration._land import Parcels, table_of
from parkgeo.concentration._members import Pieces, pieces_of
from parkgeo.concentration._notes import Notes, notes_of, report
from parkgeo.concentration._plane import Floats, Indices
from parkgeo.concentration._select import (
    AREA_UNIT,
    Weighed,
    Weight,
    Where,
    column_of,
    select,
    unit_of,
    weigh,
)
from parkgeo.concentration._shares import Shares, inside, shared
from parkgeo.concentration._twice import Twice, twice_of
from parkgeo.concentration._zones import Bands, Parts, Zones
from parkgeo.errors import SchemaError
from parkgeo.units import km2_to_mu

Side = Literal["parcels", "parks", "districts"]

ACCURACY: Final = (
    "accuracy_m is one standard deviation; the outer boundary of the zones' union is moved by it "
    "inwards (low) or outwards (high), everywhere at once"
)
SUMMED: Final = ("total", "inside", "inside_low", "inside_high", "n_parcels")
BY_PARK: Final = (*SUMMED, "alone", "split")


@dataclass(frozen=True)
class Brands:
    """The brands (or levels, or platforms) whose ground is asked for, one by one."""

    labels: tuple[object, ...]
    bands: Bands
    undrawn: tuple[bool, ...]
    shapley: bool


@dataclass(frozen=True)
class Question:
    """All that :func:`ratio` is asked, with the ground of the zones made ready."""

    bands: Bands
    origin: Floats | None
    by: str | None = None
    side: Side | None = None
    brands: Brands | None = None
    districts: Districts | None = None
    where: Where = None
    classes: Sequence[str] | str | None = None
    system: str | None = None
    systems: Collection[str] | None = None
    """Class systems that occur in the whole of which batches are taken."""
    weight: Weight = None
    target: float = 0.70
    parks_without_geometry: tuple[str, ...] = ()
    accuracy_unknown: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """In what the totals count."""
        return unit_of(self.weight)

    @property
    def summed(self) -> tuple[str, ...]:
        """Names of what is summed for each group."""
        return BY_PARK if self.side == "parks" else SUMMED


@dataclass(frozen=True)
class Totals:
    """Sums for each label; the label of parcels that have none is None."""

    labels: tuple[object, ...]
    sums: dict[str, Exact]

    def __add__(self, other: "Totals") -> "Totals":
        place = {label: i for i, label in enumerate(self.labels)}
        for label in other.labels:
            place.setdefault(label, len(place))
        own = np.arange(len(self.labels))
        its = np.array([place[label] for label in other.labels], dtype=np.intp)
        count = len(place)
        return Totals(
            tuple(place),
            {n: s.at(own, count) + other.sums[n].at(its, count) for n, s in self.sums.items()},
        )

    def frame(self) -> pd.DataFrame:
        """Return the sums as floats, in order of the labels, null last."""
        found = pd.DataFrame({name: sums.head for name, sums in self.sums.items()})
        return found.iloc[_order(self.labels)].reset_index(drop=True)

    @property
    def ordered(self) -> list[object]:
        """The labels in the order of :meth:`frame`."""
        return [self.labels[i] for i in _order(self.labels)]


@dataclass(frozen=True)
class Sums:
    """The answer for some parcels, to be added to that for others."""

    groups: Totals
    whole: Totals
    notes: Notes
    twice: Twice
    n_batches: int = field(default=1)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.groups + other.groups,
            self.whole + other.whole,
            self.notes + other.notes,
            self.twice + other.twice,
            self.n_batches + other.n_batches,
        )


def merge(sums: Iterable[Sums]) -> Sums:
    """Add up sums of batches; the order does not matter, and there is at least one."""
    return reduce(add, sums)


def sums_of(parcels: Parcels, question: Question, *, start: int = 0) -> Sums:
    """Answer a question for one batch of parcels.

    Parameters
    ----------
    parcels
        With the columns that the question names, and ``parcel_id`` where ids are to be checked;
        labels of the index are what notes and errors call the rows. A frame, or a table with the
        geometries in their bytes.
    question
        What is asked.
    start
        Place of the first row in the whole, for notes to name the first rows of all.
    """
    table = table_of(parcels)
    selection = select(
        table,
        where=question.where,
        classes=question.classes,
        system=question.system,
        systems=question.systems,
    )
    weighed = weigh(parcels, selection.chosen, question.weight, origin=question.origin)
    split = _split(table, weighed, question)
    whole = summed(split.value, split.shares, parcel=split.parcel)
    groups = whole
    if question.brands is not None:
        groups = _by_brand(weighed, question.brands)
    elif question.side is not None:
        groups = summed(
            split.value, split.shares, codes=split.codes, labels=split.labels, parcel=split.parcel
        )
    return Sums(
        groups,
        whole,
        notes_of(parcels, selection, weighed.placed, question.weight, start=start),
        twice_of(weighed.placed.outlines),
    )


def _split(table: pd.DataFrame, weighed: Weighed, question: Question) -> Split:
    """Say to which group each parcel belongs, and cut those that belong to several."""
    outlines, value = weighed.placed.outlines, weighed.value
    shares = inside(outlines, question.bands)
    if question.districts is not None:
        return question.districts.split(outlines, value, shares, question.bands)
    if question.side == "parcels" and question.by is not None:
        labels, codes = named_groups(column_of(table, question.by, "parcels"))
        return Split(value, shares, codes[weighed.placed.rows], tuple(labels))
    return Split(value, shares, np.zeros(len(value), dtype=np.intp), ())


def groups_of(keys: "pd.Series | pd.Index") -> tuple[pd.Index, Indices]:
    """Give numbers to the values, in order; null, however it is written, is the last of them."""
    labels, codes = named_groups(keys)
    return pd.Index(labels, name=keys.name, tupleize_cols=False), codes


def named_groups(keys: "pd.Series | pd.Index") -> tuple[list[object], Indices]:
    """Give numbers to the values, in order, with None for null as the last of them."""
    try:
        codes, found = pd.factorize(keys, use_na_sentinel=True)
    except TypeError as error:
        raise SchemaError(f"{keys.name!r} must hold text or numbers to group by: {error}") from None
    labels = pd.Index(found).tolist()
    order = _order(labels)
    rank = np.append(np.argsort(order), len(labels)).astype(np.intp)
    return [*(labels[i] for i in order), *([None] if (codes < 0).any() else [])], rank[codes]


def _order(labels: Sequence[object]) -> list[int]:
    """Put labels in order, null last."""
    known = [i for i, label in enumerate(labels) if label is not None]
    try:
        known.sort(key=lambda i: labels[i])  # type: ignore[arg-type, return-value]
    except TypeError:  # labels that do not compare
        known.sort(key=lambda i: f"{type(labels[i]).__name__} {labels[i]}")
    return [*known, *(i for i, label in enumerate(labels) if label is None)]


def summed(
    value: Floats,
    shares: Shares,
    *,
    codes: Indices | None = None,
    labels: tuple[object, ...] = (None,),
    parcel: Indices | None = None,
) -> Totals:
    """Add up by group; ``parcel`` says whose pieces they are, where parcels are in pieces.

    No two pieces of a parcel are in one group, so only all of them together count it twice.
    """
    count = len(labels)
    group = np.zeros(len(value), dtype=np.intp) if codes is None else codes
    within = exact_sums(value * shares.drawn, group, count)

    def bound(share: Floats) -> Exact:
        if share is shares.drawn:
            return within
        if np.isnan(share).any():
            return Exact(np.full(count, np.nan), np.zeros(count))
        return exact_sums(value * share, group, count)

    number = np.bincount(group, minlength=count)
    if parcel is not None and codes is None:
        number = np.array([np.count_nonzero(np.bincount(parcel))])
    sums = {
        "total": exact_sums(value, group, count),
        "inside": within,
        "inside_low": bound(shares.low),
        "inside_high": bound(shares.high),
        "n_parcels": Exact(number.astype(np.float64), np.zeros(count)),
    }
    return Totals(labels, sums)


def _by_brand(weighed: Weighed, brands: Brands) -> Totals:
    """Say what each brand holds, alone and with others."""
    count = len(brands.labels)
    bands = brands.bands
    pieces = pieces_of(weighed.placed.outlines, bands.drawn)
    value = weighed.value[pieces.parcel] * pieces.share

    def held(each: Floats) -> Exact:
        return exact_sums(each[pieces.of], pieces.member, count)

    within = held(value)
    low, high = (_inside(weighed, parts, count) for parts in (bands.inner, bands.outer))
    total = exact_sums(weighed.value, np.zeros(len(weighed.value), dtype=np.intp), 1)
    everywhere = np.zeros(count, dtype=np.intp)
    sums = {
        "total": Exact(total.head[everywhere], total.tail[everywhere]),
        "inside": within,
        "inside_low": low,
        "inside_high": high,
        "n_parcels": Exact(_touched(pieces, count).astype(np.float64), np.zeros(count)),
        "alone": held(np.where(pieces.n_members == 1, value, 0.0)),
    }
    sums["split"] = held(value / pieces.n_members) if brands.shapley else Exact.zeros(count)
    return Totals(brands.labels, sums)


def _inside(weighed: Weighed, parts: Parts, count: int) -> Exact:
    found = shared(weighed.placed.outlines, parts)
    value = weighed.value[found.parcel] * found.share
    return exact_sums(value, parts.owner[found.part], count)


def _touched(pieces: Pieces, count: int) -> Indices:
    """Count the parcels of which each brand holds some."""
    once = np.unique(pieces.parcel[pieces.of] * count + pieces.member) % count
    return np.bincount(once, minlength=count)


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
            "n_parcels": found["n_parcels"].astype(np.int64),
        },
    )


_WHOLE: Final = ("total", "inside", "ratio", "ratio_low", "ratio_high", "target", "gap")


def finish(sums: Sums, question: Question, *, ids: Iterable["pd.Series"] = ()) -> pd.DataFrame:
    """Turn sums into the table of :func:`ratio`.

    Parameters
    ----------
    sums
        Of all parcels.
    question
        What was asked.
    ids
        ``parcel_id`` of the rows, batch by batch, gone through only where some are there more than
        once, to name the first of them.
    """
    unit = question.unit
    whole = targeted(sums.whole.frame(), question.target, unit=unit)
    table = whole
    if question.brands is not None:
        table = _brand_table(sums, question.brands, unit)
    elif question.side is not None:
        table = targeted(sums.groups.frame(), question.target, unit=unit)
    if question.side is not None:
        table.index = pd.Index(sums.groups.ordered, name=question.by, tupleize_cols=False)
    table.attrs.update(
        {
            "unit": unit,
            "plane": crs.PLANE.name,
            "accuracy": ACCURACY,
            **report(sums.notes, unit=unit, ids=ids),
            "counted_twice": {
                **sums.twice.told(),
                "within": "all parcels" if sums.n_batches == 1 else "batches",
            },
            "parks_without_geometry": list(question.parks_without_geometry),
            "accuracy_unknown": list(question.accuracy_unknown),
            "by": question.by,
            "all": {k: float(v) for k, v in whole.iloc[0].items() if k in _WHOLE},
        },
    )
    return table if question.districts is None else _with_nowhere(table, unit)


def _with_nowhere(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Tell what lies in no district, and keep its row only where there is such ground."""
    nowhere = np.asarray(table.index.isna(), dtype=np.bool_)
    row = table[nowhere]
    n, total = int(row["n_parcels"].sum()), float(row["total"].sum())
    named = unit if unit != AREA_UNIT else "area_km2"
    table.attrs["outside_districts"] = {"n": n, named: total}
    return table if n else table[~nowhere]


def _brand_table(sums: Sums, brands: Brands, unit: str) -> pd.DataFrame:
    found = sums.groups.frame()
    order = [brands.labels.index(label) for label in sums.groups.ordered]
    known = brands.bands.known[order]
    # Moved outlines are simplified first; the drawn one is never outside its own interval.
    found["inside_low"] = found[["inside_low", "inside"]].min(axis=1).where(known)
    found["inside_high"] = found[["inside_high", "inside"]].max(axis=1).where(known)
    table = targeted(found, np.nan, unit=unit)
    table["alone"] = found["alone"]
    table["shared"] = (found["inside"] - found["alone"]).clip(lower=0.0)
    if brands.shapley:
        table["split"] = found["split"]
        table["ratio_split"] = found["split"] / found["total"].where(found["total"] > 0)
    undrawn = np.array(brands.undrawn, dtype=np.bool_)[order]
    table.loc[undrawn, table.columns.difference(["total", "n_parcels"])] = np.nan
    return table


def brands_of(zones: Zones, keys: "pd.Series | pd.Index", *, shapley: bool) -> Brands:
    """Make the ground of each brand ready."""
    labels, rows = named_groups(keys)
    codes, count = rows[zones.blocks.rows], len(labels)
    undrawn = np.bincount(codes, minlength=count) == 0
    return Brands(tuple(labels), zones.bands(codes, count), tuple(undrawn.tolist()), shapley)
