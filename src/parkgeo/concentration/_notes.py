"""What was not counted, and why, as notes that batches of parcels add up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo import measure
from parkgeo.concentration._exact import Exact, exact_sums
from parkgeo.concentration._land import Parcels, some_of, table_of
from parkgeo.concentration._plane import Flags, Floats, Placed
from parkgeo.concentration._select import AREA_UNIT, Selection, Weight, unit_of, values_of
from parkgeo.errors import first_rows
from parkgeo.units import KM2_M2

Hashes = NDArray[np.uint64]

_FIRST: Final = 5
"""How many rows a note names."""

AS_TEXT: Final = (
    "nobody says the class system, so codes were compared as text, by their beginning: 06 takes "
    "0601, and 1 takes 10 and 1001 too; say system="
)


@dataclass(frozen=True)
class Rows:
    """Some rows: how many, the first of them with their places in the whole, and what they hold."""

    n: int = 0
    first: tuple[tuple[int, object], ...] = ()
    value: Exact = field(default_factory=lambda: Exact.zeros(1))

    def __add__(self, other: "Rows") -> "Rows":
        first = sorted([*self.first, *other.first], key=lambda row: row[0])[:_FIRST]
        return Rows(self.n + other.n, tuple(first), self.value + other.value)

    @property
    def named(self) -> str:
        """The first rows, and how many more there are."""
        rest = self.n - len(self.first)
        text = first_rows((label for _, label in self.first), most=_FIRST)
        return f"{text} and {rest} more" if rest else text

    def told(self, unit: str) -> dict[str, object]:
        """Return plain values, so that every file format keeps them."""
        return {"n": self.n, "rows": self.named, unit: float(self.value.head[0])}


@dataclass(frozen=True)
class Notes:
    """What is to be told of some parcels, whether chosen or not."""

    n_rows: int = 0
    n_chosen: int = 0
    n_as_text: int = 0
    unknown: dict[str, Rows] = field(default_factory=dict)
    without_geometry: Rows = field(default_factory=Rows)
    ids: tuple[Hashes, ...] | None = None
    """64 bits of each chosen ``parcel_id``, in sorted runs; None where parcels have none."""

    def __add__(self, other: "Notes") -> "Notes":
        names = [*self.unknown, *(name for name in other.unknown if name not in self.unknown)]
        return Notes(
            self.n_rows + other.n_rows,
            self.n_chosen + other.n_chosen,
            self.n_as_text + other.n_as_text,
            {n: self.unknown.get(n, Rows()) + other.unknown.get(n, Rows()) for n in names},
            self.without_geometry + other.without_geometry,
            _joined(self.ids, other.ids),
        )

    def doubled(self) -> Hashes:
        """Return the hash of each row whose id another row has too."""
        ids = np.sort(np.concatenate([np.empty(0, np.uint64), *(self.ids or ())]), kind="stable")
        same = np.zeros(len(ids) + 1, dtype=np.bool_)
        same[1:-1] = ids[1:] == ids[:-1]
        doubled: Hashes = ids[same[1:] | same[:-1]]
        return doubled


def notes_of(
    parcels: Parcels,
    selection: Selection,
    placed: Placed,
    weight: Weight,
    *,
    start: int = 0,
) -> Notes:
    """Note what of a batch was not counted; ``start`` is the place of its first row."""
    unplaced = selection.chosen.copy()
    unplaced[placed.rows] = False
    ids = None
    table = table_of(parcels)
    if "parcel_id" in table.columns:
        ids = (np.sort(hashed(table.loc[selection.chosen, "parcel_id"])),)
    return Notes(
        n_rows=len(parcels),
        n_chosen=int(selection.chosen.sum()),
        n_as_text=int(selection.as_text.sum()),
        unknown={
            name: _rows(parcels, rows, start)
            for name, rows in selection.unknown.items()
            if rows.any()
        },
        without_geometry=_rows(parcels, unplaced, start, weight=weight),
        ids=ids,
    )


def hashed(ids: "pd.Series") -> Hashes:
    """Return 64 bits of each id that is not null; 2·10⁷ ids collide once in 10⁵ layers."""
    known = ids[ids.notna()]
    whole = pd.api.types.is_integer_dtype(known.dtype)
    values = known.to_numpy(dtype=np.int64 if whole else object)
    return np.asarray(pd.util.hash_array(values, categorize=False))


def first_doubled(notes: Notes, ids: Iterable["pd.Series"]) -> list[object]:
    """Name the first ids that are there more than once, going through the ids in order."""
    doubled = np.unique(notes.doubled())
    found: dict[object, None] = {}
    for some in ids if len(doubled) else ():
        known = some[some.notna()]
        found |= dict.fromkeys(known[np.isin(hashed(known), doubled)].tolist())
        if len(found) >= min(_FIRST, len(doubled)):
            break
    return list(found)[:_FIRST]


def report(notes: Notes, *, unit: str, ids: Iterable["pd.Series"] = ()) -> dict[str, object]:
    """Say what was not counted; ``ids`` are those of the rows, to name the first doubled ones."""
    found: dict[str, object] = {
        "n_parcels": notes.n_chosen,
        "unknown": {name: rows.told("area_km2") for name, rows in notes.unknown.items()},
        "without_geometry": notes.without_geometry.told("area_km2" if unit == AREA_UNIT else unit),
    }
    if notes.n_as_text:
        found["compared_as_text"] = {"n": notes.n_as_text, "why": AS_TEXT}
    if notes.ids is not None:
        twice = notes.doubled()
        names = first_doubled(notes, ids)
        more = len(np.unique(twice)) - len(names)
        first = first_rows(names, most=_FIRST)
        found["duplicate_ids"] = {
            "n": len(twice),
            "first": f"{first} and {more} more" if more and names else first,
        }
    return found


def ids_of(parcels: gpd.GeoDataFrame) -> Iterable["pd.Series"]:
    """Return the ids of parcels that are all there, as one batch."""
    return [parcels["parcel_id"]] if "parcel_id" in parcels.columns else []


def report_of(
    parcels: gpd.GeoDataFrame, selection: Selection, placed: Placed, weight: Weight
) -> dict[str, object]:
    """Say what was not counted of parcels that are all there."""
    notes = notes_of(parcels, selection, placed, weight)
    return report(notes, unit=unit_of(weight), ids=ids_of(parcels))


def _rows(parcels: Parcels, rows: Flags, start: int, *, weight: Weight = None) -> Rows:
    """Describe some rows: how many, which, and their area or value."""
    places = np.flatnonzero(rows)
    table = table_of(parcels)
    values = values_of(table, places, weight)
    if values is None:
        values = np.nan_to_num(_area_km2(some_of(parcels, places)))
    labels = table.index[places[:_FIRST]]
    first = ((start + int(at), label) for at, label in zip(places, labels, strict=False))
    return Rows(len(places), tuple(first), exact_sums(values, np.zeros(len(places), np.intp), 1))


def _area_km2(parcels: gpd.GeoDataFrame) -> Floats:
    if not len(parcels):
        return np.empty(0)
    area_m2 = measure.area_m2(parcels).to_numpy(dtype=np.float64)
    return np.asarray(area_m2 / KM2_M2, dtype=np.float64)


def _joined(
    left: tuple[Hashes, ...] | None, right: tuple[Hashes, ...] | None
) -> tuple[Hashes, ...] | None:
    """Merge runs as long as they are of like length, so that each hash is moved a few times."""
    if left is None or right is None:
        return left if right is None else right
    runs = sorted([*left, *right], key=len, reverse=True)
    while len(runs) > 1 and len(runs[-2]) <= 2 * len(runs[-1]):
        last = np.concatenate([runs.pop(), runs.pop()])
        last.sort(kind="stable")  # finds the two runs and merges them
        runs.append(last)
    return tuple(runs)
