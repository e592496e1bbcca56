"""The totals of each zone that an evaluation of intensive use asks for, from its parcels."""

from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import crs
from parkgeo._ground import overlay_errors, require_frame
from parkgeo.census._cover import Floats, Indices, cover
from parkgeo.census._keys import column_of
from parkgeo.census._legal import INDUSTRIAL, Classes, legal_use
from parkgeo.census._words import UNKNOWN, Flags, Status, Texts, Words, read_words
from parkgeo.concentration._select import truths_of
from parkgeo.errors import SchemaError, first_rows

SUPPLIED: Final = (
    Status.SUPPLIED_NOT_USED, Status.UNDER_CONSTRUCTION, Status.IDLE, Status.INEFFICIENT,
    Status.IN_USE,
)  # fmt: skip
BUILT: Final = (Status.INEFFICIENT, Status.IN_USE)
AMOUNTS: Final = ("fixed_assets", "output", "tax")
_RATIOS: Final = {"far": np.inf, "density": 1.0}
_ALL: Final = "all"


@overlay_errors("land_totals")
def land_totals(  # noqa: PLR0913 - independent options, all by keyword
    parcels: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame | None = None,
    *,
    by: str | None = "brand_id",
    status: str = "status",
    ready: str | None = None,
    classes: Classes = "industry_mining_storage",
    housing: Classes | None = None,
    system: str | None = None,
    max_unknown: float = 0.0,
    words: Words = None,
) -> pd.DataFrame:
    """Add up what an evaluation of intensive use asks of each zone (开发区土地利用状况统计).

    Parameters
    ----------
    parcels
        The buildable land, polygons in any CRS: land that cannot be built on, such as rivers and
        hills, is not among them. Used where they are there: ``class_code``, ``far``, ``density``,
        ``fixed_assets``, ``output``, ``tax``.
    parks
        Blocks of zones, in any CRS; None for one row of all parcels.
    by
        Column, or name of the index, of the parks: one row for each of its values, whoever else
        holds the ground. None: one row for all zones, ground of several counted once.
    status
        Column of the status, as for :func:`tabulate`. Built are 低效 and 在用; supplied are also
        供而未用, 在建 and 闲置.
    ready
        Column, true or false (or 是, 否): whether land that is not supplied yet is ready for it
        (三通一平).
    classes, system, words
        What is industrial, mining and storage land; as for :func:`tabulate`.
    housing
        What is housing: codes such as "07"; None where the type of zone is not asked for.
    max_unknown
        Largest share of a zone's ground whose status, or of its built ground whose class, may be
        unknown. Unknown ground is then left out.

    Returns
    -------
    One row per zone on the index ``by`` ("all" without), with the columns of :func:`intensity`;
    ``total_km2``, ``unknown_km2`` (ground of unknown status), ``n_parcels``; ``note``, ``note_zh``:
    why totals are null. What stands on a parcel across the boundary is spread evenly over it.

    Raises
    ------
    MissingCRSError, CRSMismatchError, GeometryError, SchemaError, UnknownNameError
        As :func:`tabulate`; SchemaError for amounts and ratios that are no numbers.

    Notes
    -----
    Zones overlap, so rows do not add up. A null ``far``, ``density`` or amount of one built parcel
    makes the total of its zone null. Idle (G) is land of the status 闲置.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame({"status": ["在用", "供而未用"]},
    ...     geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs="EPSG:4490")
    >>> totals = land_totals(land)
    >>> round(float((totals["built_km2"] / totals["supplied_km2"]).item()), 6)
    0.5
    """
    require_frame(parcels, "parcels")
    crs.require_lonlat(parcels, "parcels")
    if not 0 <= max_unknown <= 1:
        raise SchemaError(f"max_unknown must be a share between 0 and 1, not {max_unknown}")
    state = read_words(column_of(parcels, status, "parcels", by="status="), "status", words)[0]
    sheet = _Sheet(_ground(parcels, parks, by), max_unknown)
    built = np.isin(state, BUILT)
    sheet.status(state, _flags(parcels, ready))
    legal = legal_use(parcels, classes, system)
    sheet.built_as("industrial_km2", legal, built)
    if housing is not None:
        sheet.built_as("housing_km2", legal_use(parcels, housing, system), built)
    industrial = legal == INDUSTRIAL
    for name, column in (("floor_area_km2", "far"), ("footprint_km2", "density")):
        ratio = _numbers(parcels, column)
        sheet.times_area(name, ratio, built, column)
        sheet.times_area(f"industrial_{name}", ratio, built & industrial, column)
    for name in AMOUNTS:
        amount = _numbers(parcels, name)
        sheet.amount(name, amount, np.ones(len(parcels), dtype=np.bool_), built)
        sheet.amount(f"industrial_{name}", amount, industrial, built & industrial)
    return sheet.table(by if parks is not None else None)


@dataclass(frozen=True)
class _Ground:
    """Pieces of parcels in zones: the zone and the parcel of each, its area and its share."""

    labels: list[object]
    drawn: Flags
    zone: Indices
    row: Indices
    area_km2: Floats
    share: Floats

    def area_of(self, rows: Flags) -> Floats:
        """Add up the area of some parcels by zone."""
        return self.sum(self.area_km2 * rows[self.row])

    def sum(self, values: Floats) -> Floats:
        """Add up values of pieces by zone."""
        return np.bincount(self.zone, values, minlength=len(self.labels)).astype(np.float64)


def _ground(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame | None, by: str | None) -> _Ground:
    """Cut parcels by zones; by all of them together where nothing tells them apart."""
    if parks is not None and by is None:
        parks = gpd.GeoDataFrame({_ALL: _ALL}, index=parks.index, geometry=parks.geometry)
    found = cover(parcels, parks, by or _ALL)
    if parks is None:
        found = replace(found, sets=[(_ALL,)], labels=pd.Index([_ALL]))
    piece, platform = found.by_platform()
    labels = found.labels
    return _Ground(
        list(labels),
        ~labels.isin(found.undrawn),
        labels.get_indexer_for(pd.Index(platform, tupleize_cols=False)).astype(np.intp),
        found.placed.rows[found.parcel[piece]],
        found.area_km2[piece],
        found.share[piece],
    )


class _Sheet:
    """The totals of each zone as they are filled in, with what is not known and why."""

    def __init__(self, ground: _Ground, max_unknown: float) -> None:
        self.ground = ground
        self.max_unknown = max_unknown
        self.columns: dict[str, Floats] = {}
        self.notes: list[tuple[list[str], list[str]]] = [([], []) for _ in ground.labels]
        self.lost = np.zeros(len(ground.labels), dtype=np.bool_)

    def fill(self, name: str, values: Floats, unknown: Flags | None = None) -> None:
        """Write a total down; null where it is not known, or the zone has no extent."""
        missing = ~self.ground.drawn if unknown is None else ~self.ground.drawn | unknown
        self.columns[name] = np.where(missing, np.nan, values)

    def note(self, zones: Flags, text: str, text_zh: str) -> None:
        """Say why something of some zones is null."""
        for zone in np.flatnonzero(zones & self.ground.drawn):
            self.notes[zone][0].append(text)
            self.notes[zone][1].append(text_zh)

    def status(self, state: Texts, ready: Floats) -> None:
        """Fill in what follows from the status."""
        area_of = self.ground.area_of
        total, unknown = area_of(np.ones(len(state), dtype=np.bool_)), area_of(state == UNKNOWN)
        self.lost = lost = unknown > self.max_unknown * total
        self.note(lost, "the status of some ground is unknown", "部分土地状态不明")
        supplied = np.isin(state, SUPPLIED)
        waiting = state == Status.APPROVED_NOT_SUPPLIED
        unsaid = area_of(waiting & np.isnan(ready)) > 0
        self.note(unsaid, "nothing says whether unsupplied land is ready", "未供土地供地条件不明")
        self.fill("total_km2", total)
        self.fill("unknown_km2", unknown)
        self.fill("buildable_km2", total - unknown, lost)
        self.fill("ready_km2", area_of(supplied | (waiting & (ready == 1))), lost | unsaid)
        self.fill("supplied_km2", area_of(supplied), lost)
        self.fill("built_km2", area_of(np.isin(state, BUILT)), lost)
        self.fill("idle_km2", area_of(state == Status.IDLE), lost)

    def built_as(self, name: str, use: Texts, built: Flags) -> None:
        """Fill in the built ground of one use."""
        unclear = self.ground.area_of(built & (use == UNKNOWN))
        bad = unclear > self.max_unknown * self.ground.area_of(built)
        self.note(bad, f"{name}: the class of built ground is unknown", f"{name}：建成地地类不明")
        self.fill(name, self.ground.area_of(built & (use == INDUSTRIAL)), self.lost | bad)

    def times_area(self, name: str, ratio: Floats, rows: Flags, column: str) -> None:
        """Fill in a share, or several times, of the ground of some parcels."""
        bad = self.ground.area_of(rows & np.isnan(ratio)) > 0
        self.note(bad, f"{name}: {column} is null on built ground", f"{name}：建成地 {column} 缺失")
        values = self.ground.area_km2 * np.where(rows, np.nan_to_num(ratio), 0.0)[self.ground.row]
        self.fill(name, self.ground.sum(values), self.lost | bad)

    def amount(self, name: str, amount: Floats, rows: Flags, needed: Flags) -> None:
        """Fill in what stands on some parcels; built ones have to say it."""
        bad = self.ground.area_of(needed & np.isnan(amount)) > 0
        self.note(bad, f"{name} is null on built ground", f"建成地 {name} 缺失")
        values = self.ground.share * np.where(rows, np.nan_to_num(amount), 0.0)[self.ground.row]
        self.fill(name, self.ground.sum(values), self.lost | bad)

    def table(self, by: str | None) -> pd.DataFrame:
        """Put everything side by side."""
        ground = self.ground
        pairs = np.unique(np.stack([ground.zone, ground.row]), axis=1)
        made = pd.DataFrame(self.columns, index=pd.Index(ground.labels, name=by, dtype=object))
        made["n_parcels"] = np.bincount(pairs[0], minlength=len(ground.labels))
        none = ("the zone has no extent", "无范围图形")
        for i, column in enumerate(("note", "note_zh")):
            made[column] = [
                "; ".join(some[i]) if drawn else none[i]
                for some, drawn in zip(self.notes, ground.drawn, strict=True)
            ]
        return made


def _flags(parcels: gpd.GeoDataFrame, name: str | None) -> Floats:
    """Read true and false as 1 and 0; NaN where nothing is said."""
    if name is None:
        return np.full(len(parcels), np.nan)
    column = column_of(parcels, name, "parcels")
    read = truths_of(column)
    wrong = (read.isna() & column.notna()).to_numpy(dtype=np.bool_)
    if wrong.any():
        raise SchemaError(
            f"{name}: {first_rows(column[wrong].drop_duplicates())} is neither true nor "
            f"false (是, 否, 1, 0); rows {first_rows(column.index[wrong])}",
        )
    return read.to_numpy(dtype=np.float64, na_value=np.nan)


def _numbers(parcels: gpd.GeoDataFrame, name: str) -> Floats:
    """Read a column of amounts; NaN where it is missing or null."""
    if name not in parcels.columns:
        return np.full(len(parcels), np.nan)
    column = column_of(parcels, name, "parcels")
    read = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    wrong = (np.isnan(read) & column.notna().to_numpy()) | np.isinf(read)
    if name in _RATIOS:
        wrong |= (read < 0) | (read > _RATIOS[name])
    if wrong.any():
        raise SchemaError(
            f"{name}: {first_rows(column[wrong].drop_duplicates())} in rows "
            f"{first_rows(column.index[wrong])}; far is 0 or more, density a share from 0 to 1, an "
            "amount any finite number; write null where it is not known",
        )
    return read
