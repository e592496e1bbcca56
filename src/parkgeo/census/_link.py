"""Projects, the land that they stand on, and what they yield, in one table that loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo.census._cover import Floats, areas_km2
from parkgeo.census._findings import card, stacked
from parkgeo.census._keys import Texts, among, column_of, keys_of, require_table
from parkgeo.census._link_notes import Side, quality
from parkgeo.census._words import Flags
from parkgeo.errors import AmbiguousNameError, SchemaError, first_rows

AREA: Final = "area"
_WHOLE: Final = 1e-6
"""How far the shares of one key may be from 1: shares are typed with a few decimals."""


@dataclass(frozen=True, eq=False, repr=False)
class Link:
    """Projects joined with land and output (项目—用地—产出关联).

    Parameters
    ----------
    table
        One row per project and parcel that could be joined: the columns of the project, those of
        the parcel (with ``_parcel`` behind a name that is taken), ``share`` of the output that
        falls to the row, and the values; null where no output is recorded. A GeoDataFrame where
        the parcels are one.
    unlinked
        Output that could not be brought to a parcel, or the part of it: ``key``, ``kind``,
        ``share``, and the values.
    findings
        ``side``, ``kind``, ``key``, ``row`` (index label), ``reason``, ``reason_zh``.
    quality
        One row per side: ``rows``, ``keys``, how many rows have which fault, ``linked``.
    totals
        One row per value: ``total`` of the output, ``linked``, ``unlinked``, and ``error``, what
        was lost or made, relative to the sum of absolute values: at most 1e-9.
        ``attrs["conservation"]`` is the largest.
    """

    table: pd.DataFrame
    unlinked: pd.DataFrame
    findings: pd.DataFrame
    quality: pd.DataFrame
    totals: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Link: {len(self.table):,} rows linked, {len(self.findings):,} findings; .totals>"

    def _repr_html_(self) -> str:
        facts = {
            "links 关联": f"{len(self.table):,}",
            "findings 发现问题": f"{len(self.findings):,}",
        }
        tables = {"totals 合计": self.totals, "quality 关联质量": self.quality}
        return card("Project, land, output 项目—用地—产出", facts, tables)


def link(  # noqa: PLR0913 - independent options, all by keyword
    projects: pd.DataFrame,
    parcels: pd.DataFrame,
    output: pd.DataFrame,
    *,
    values: Sequence[str],
    project: str = "project_id",
    parcel: str = "parcel_id",
    by: str | None = None,
    share: str | None = None,
) -> Link:
    """Join projects, land and output, conserving every total (项目—用地—产出关联).

    Parameters
    ----------
    projects
        One row per project and parcel on which it stands; a project on three parcels has three.
    parcels
        One row per parcel.
    output
        Any number of rows per key, such as one per enterprise or quarter: their values are summed.
    values
        Columns of the output that are amounts, in any unit: output, tax, employment.
    project, parcel
        Names of the key columns.
    by
        Whose output it is: the name of either key. By default the one that ``output`` has.
    share
        How output is divided where its project has several parcels (or its parcel several
        projects): a column of ``projects`` whose values add up to 1 for each key, or "area", by
        the official area of the parcels.

    Returns
    -------
    Link
        With ``table``, ``unlinked``, ``findings``, ``quality``, ``totals``.

    Raises
    ------
    SchemaError
        Output would have to be divided and nothing says how; shares that do not add up to 1;
        values that are no numbers.
    UnknownNameError, AmbiguousNameError
        No such column; ``output`` has both keys and ``by`` says neither.

    Notes
    -----
    Keys are compared as text, so 330106001.0 is "330106001". Nothing is dropped: what does not
    join is in ``unlinked`` and ``findings``, and linked plus unlinked is the total.

    References
    ----------
    杭政办函〔2017〕127号, part 3 item 2: 实现项目—用地—产出信息实时关联.

    Examples
    --------
    >>> projects = pd.DataFrame({"project_id": ["a", "b"], "parcel_id": ["1", "9"]})
    >>> output = pd.DataFrame({"project_id": ["a", "b"], "tax": [5.0, 2.0]})
    >>> link(projects, pd.DataFrame({"parcel_id": ["1"]}), output, values=["tax"]).totals.iloc[0]
    total       7.0
    linked      5.0
    unlinked    2.0
    error       0.0
    Name: tax, dtype: float64
    """
    require_table(output, "output")
    by = _by(output, by, project, parcel)
    joint = _joint(projects, parcels, project, parcel, distinct=share in (None, AREA))
    joint["key"] = joint["project" if by == project else "parcel"]
    earned = _earned(output, by, values)
    joint["share"] = _shares(projects, parcels, joint, earned.by_key.index, share)
    table, parts = _divided(joint, earned)
    unlinked = _unlinked(earned, joint, parts)
    places = (projects.index, parcels.index, output.index)
    sides, linked, notes = _judged(joint, earned, keys_of(parcels[parcel]), places)
    return Link(
        table=_assembled(projects, parcels, table, (project, parcel)),
        unlinked=unlinked,
        findings=notes,
        quality=quality(sides, notes, linked),
        totals=_totals(earned.amounts, table, unlinked),
    )


@dataclass(frozen=True)
class _Earned:
    """Output: the key and the values of each row, and the sums by key."""

    keys: Texts
    amounts: pd.DataFrame
    by_key: pd.DataFrame


def _by(output: pd.DataFrame, by: str | None, project: str, parcel: str) -> str:
    """Say whose output it is."""
    if by is not None:
        if by not in (project, parcel):
            raise SchemaError(f"by must be {project!r} or {parcel!r}, not {by!r}")
        return by
    there = [name for name in (project, parcel) if name in output.columns]
    if len(there) == 1:
        return there[0]
    if there:
        raise AmbiguousNameError(
            f"output has both {project!r} and {parcel!r}; say whose it is with by=",
        )
    raise SchemaError(
        f"output has neither {project!r} nor {parcel!r}, so nothing says whose it is; name the "
        f"column of all three with project= or parcel=; there are "
        f"{', '.join(map(str, output.columns))}",
    )


def _joint(
    projects: pd.DataFrame, parcels: pd.DataFrame, project: str, parcel: str, *, distinct: bool
) -> pd.DataFrame:
    """Judge each row of the projects: which parcel it names, and whether that can be found."""
    joint = pd.DataFrame(
        {
            "project": keys_of(column_of(projects, project, "projects")),
            "parcel": keys_of(column_of(projects, parcel, "projects")),
        },
    )
    land = pd.Series(keys_of(column_of(parcels, parcel, "parcels")))
    once = land.notna() & ~land.duplicated(keep=False)
    places = pd.Series(np.flatnonzero(once), index=land[once])
    at = joint["parcel"].map(places)
    keyed = joint["project"].notna() & joint["parcel"].notna()
    # A project that names its parcel twice stands on it once; rows with shares are parts of it.
    again = joint.duplicated(["project", "parcel"]) & keyed & distinct
    joint["missing_key"], joint["repeated"] = ~keyed, again
    joint["counts"] = keyed & ~again
    joint["ambiguous"] = joint["counts"] & among(joint["parcel"], land[~once].dropna())
    joint["dangling"] = joint["counts"] & at.isna() & ~joint["ambiguous"]
    joint["joined"] = joint["counts"] & at.notna()
    joint["at"] = at.fillna(-1).astype(np.intp)
    return joint


def _earned(output: pd.DataFrame, by: str, values: Sequence[str]) -> _Earned:
    """Read the values, and sum them by key; a key with nothing but nulls has null."""
    if isinstance(values, str) or not values:
        raise SchemaError(f"values must be a list such as ['output', 'tax'], not {values!r}")
    if taken := sorted({*values} & {*_WORKING, "kind"}):
        raise SchemaError(
            f"values {', '.join(taken)}: the result has columns of this name; rename them in output"
        )
    keys = keys_of(column_of(output, by, "output"))
    amounts = pd.DataFrame({name: _amount(output, name) for name in values})
    return _Earned(keys, amounts, amounts.groupby(keys).sum(min_count=1))


def _amount(output: pd.DataFrame, name: str) -> Floats:
    column = column_of(output, name, "output")
    read = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    wrong = (np.isnan(read) & column.notna().to_numpy()) | np.isinf(read)
    if wrong.any():
        raise SchemaError(
            f"{name}: {first_rows(column[wrong].drop_duplicates())} is no finite number; rows "
            f"{first_rows(column.index[wrong])}; write a number, and null where it is not known",
        )
    return read


def _shares(
    projects: pd.DataFrame,
    parcels: pd.DataFrame,
    joint: pd.DataFrame,
    earning: pd.Index,
    share: str | None,
) -> "pd.Series[float]":
    """Say what part of its key's output falls to each row; NaN where that is not known."""
    counts = joint["counts"].to_numpy(dtype=np.bool_)
    keys = joint["key"].where(counts)
    many = keys.duplicated(keep=False) & counts
    if share is None:
        torn = many & among(keys, earning)
        if torn.any():
            raise SchemaError(
                f"output of {first_rows(keys[torn].drop_duplicates())} would have to be divided "
                f"among several rows of projects, {first_rows(projects.index[torn])}; give share= "
                "a column whose values add up to 1 for each of them, or share='area'",
            )
        return pd.Series(np.where(many, np.nan, 1.0), index=joint.index)
    if share == AREA:
        if AREA in projects.columns:
            raise AmbiguousNameError(
                "share='area' means the official area of the parcels, and projects have a column "
                "of this name; rename the column",
            )
        weight = _areas(parcels)[joint["at"].to_numpy()]
        weight = pd.Series(weight).where(joint["joined"]).where(many, 1.0)
    else:
        weight = _typed_shares(projects, share, keys, counts)
    torn = weight.isna().groupby(keys).transform("any").fillna(value=True).astype(bool)
    total = weight.groupby(keys).transform("sum")
    part: pd.Series[float] = (weight / total).mask(torn)
    return part


def _areas(parcels: pd.DataFrame) -> Floats:
    if not isinstance(parcels, gpd.GeoDataFrame):
        raise SchemaError("share='area' needs parcels with a geometry; give share= a column")
    return np.append(areas_km2(parcels), np.nan)


def _typed_shares(
    projects: pd.DataFrame, share: str, keys: "pd.Series[str]", counts: Flags
) -> "pd.Series[float]":
    column = column_of(projects, share, "projects")
    typed = pd.Series(np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64))
    wrong = (~np.isfinite(typed.to_numpy()) | (typed < 0).to_numpy()) & counts
    if wrong.any():
        raise SchemaError(
            f"{share}: a share is a number from 0 to 1; rows {first_rows(projects.index[wrong])}",
        )
    sums = typed.where(counts).groupby(keys).sum()
    off = sums[(sums - 1).abs() > _WHOLE]
    if len(off):
        found = ", ".join(f"{key!r} {value:.6g}" for key, value in off.head(5).items())
        raise SchemaError(
            f"{share}: the shares of each key must add up to 1; found {found}; correct them, or "
            "divide them by their sum first",
        )
    return typed


def _divided(joint: pd.DataFrame, earned: _Earned) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each row its part of the output; return the joined rows, and the others."""
    some = joint[joint["counts"]]
    sums = earned.by_key.reindex(some["key"]).to_numpy()
    parts = pd.DataFrame(sums, index=some.index, columns=earned.by_key.columns)
    parts = parts.mul(some["share"], axis=0)
    joined = some["joined"]
    return some[joined].join(parts), some[~joined].join(parts)


def _unlinked(earned: _Earned, joint: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Collect the output that reaches no parcel, whole or in part."""
    names = list(earned.by_key.columns)
    columns = ["key", "kind", "share", *names]
    sums = earned.by_key.rename_axis("key").reset_index()
    counted = joint[joint["counts"]]
    torn = counted.loc[counted["share"].isna(), "key"]
    lost = ~among(sums["key"], counted["key"])
    unknown = among(sums["key"], torn)
    nobody = earned.amounts[pd.isna(earned.keys)]
    some = parts[among(parts["key"], sums["key"]) & parts["share"].notna()]
    tables = [
        sums[lost].assign(kind="dangling", share=1.0),
        sums[unknown].assign(kind="unknown_share", share=1.0),
        some.assign(kind=np.where(some["ambiguous"], "ambiguous", "dangling")),
        nobody.assign(key=None, kind="missing_key", share=1.0),
    ]
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    return stacked([table[columns] for table in tables], empty)


def _judged(
    joint: pd.DataFrame,
    earned: _Earned,
    land: Texts,
    places: tuple[pd.Index, pd.Index, pd.Index],
) -> tuple[dict[str, Side], dict[str, Flags], pd.DataFrame]:
    """Say of each row on each side what is wrong with it, and whether it is linked."""
    names = ("projects", "parcels", "output")
    all_keys = (joint["key"].to_numpy(dtype=object), land, earned.keys)
    sides = {
        name: Side(name, keys, rows)
        for name, keys, rows in zip(names, all_keys, places, strict=True)
    }
    parcels, output = pd.Series(land), pd.Series(earned.keys)
    counted, joined = joint[joint["counts"]], joint[joint["joined"]]
    duplicated = parcels.notna() & parcels.duplicated(keep=False)
    torn = among(output, counted.loc[counted["share"].isna(), "key"])
    found = {
        ("projects", "missing_key"): joint["missing_key"],
        ("projects", "repeated"): joint["repeated"],
        ("projects", "dangling"): joint["dangling"],
        ("projects", "ambiguous"): joint["ambiguous"],
        ("projects", "without_output"): joint["counts"] & ~among(joint["key"], output.dropna()),
        ("parcels", "missing_key"): parcels.isna(),
        ("parcels", "duplicated"): duplicated,
        ("parcels", "without_project"): parcels.notna() & ~among(parcels, counted["parcel"]),
        ("output", "missing_key"): output.isna(),
        ("output", "dangling"): output.notna() & ~among(output, counted["key"]),
        ("output", "null_value"): earned.amounts.isna().any(axis=1),
        ("output", "unknown_share"): torn,
    }
    notes = [
        sides[name].note(kind, flags.to_numpy())
        for (name, kind), flags in found.items()
        if flags.any()
    ]
    empty = sides["output"].note("dangling", np.zeros(len(output), dtype=np.bool_))
    linked = {
        "projects": joint["joined"].to_numpy(dtype=np.bool_),
        "parcels": among(parcels, joined["parcel"]).to_numpy(dtype=np.bool_),
        "output": (among(output, joined["key"]) & ~torn).to_numpy(dtype=np.bool_),
    }
    return sides, linked, stacked(notes, empty)


def _assembled(
    projects: pd.DataFrame, parcels: pd.DataFrame, table: pd.DataFrame, keys: tuple[str, str]
) -> pd.DataFrame:
    """Put the columns of all three side by side; where two have one name, one is renamed."""
    own = ["share", *[name for name in table.columns if name not in _WORKING]]
    left = projects.iloc[table.index.to_numpy()].reset_index(drop=True)
    left = pd.DataFrame(left).drop(columns=keys[1])
    left = left.rename(columns={name: f"{name}_project" for name in left if name in own})
    right = parcels.iloc[table["at"].to_numpy()].reset_index(drop=True)
    taken = {*map(str, left.columns), *own} - {keys[1]}
    right = right.rename(columns={name: f"{name}_parcel" for name in right if name in taken})
    values = table[own].reset_index(drop=True)
    made = pd.concat([left, values, pd.DataFrame(right)], axis=1)
    if isinstance(right, gpd.GeoDataFrame) and right.active_geometry_name is not None:
        return gpd.GeoDataFrame(made, geometry=right.active_geometry_name, crs=right.crs)
    return made


_WORKING: Final = (
    "project", "parcel", "missing_key", "repeated", "counts", "ambiguous", "dangling", "joined",
    "at", "key", "share",
)  # fmt: skip


def _totals(amounts: pd.DataFrame, table: pd.DataFrame, unlinked: pd.DataFrame) -> pd.DataFrame:
    """Compare what came in with what is linked and what is left; nothing may be lost or made."""
    rows = {}
    for name in amounts.columns:
        total, linked, left = (
            fsum(frame[name].astype("float64").dropna()) for frame in (amounts, table, unlinked)
        )
        scale = fsum(amounts[name].dropna().abs())
        error = abs(total - linked - left) / scale if scale else 0.0
        rows[name] = {"total": total, "linked": linked, "unlinked": left, "error": error}
    made = pd.DataFrame.from_dict(rows, orient="index").rename_axis("value")
    made.attrs["conservation"] = float(made["error"].max())
    return made
