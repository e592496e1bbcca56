"""Grades of firms by the shares that a user gives, each with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, fsum
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from parkgeo._style import Text
from parkgeo.errors import SchemaError, UnknownNameError, first_rows
from parkgeo.policy._amounts import Notes, flags, is_number
from parkgeo.policy._holdings import EQUAL, Holdings, hold
from parkgeo.policy._quantities import in_units, require_columns
from parkgeo.units import mu_to_km2

__all__ = [
    "DOWN",
    "Columns",
    "Terms",
    "Ties",
    "Veto",
    "codes_of",
    "grade",
    "low_efficiency",
    "terms_of",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]
Ties = Literal["better", "worse"]
Columns = str | Sequence[str]
Veto = Columns | Mapping[str, str]

DOWN: Final = "down"
_DECIMALS: Final = 9
"""To which scores are compared, so that rounding makes no winner."""
_WHOLE: Final = 1e-9
_MOST_GRADES: Final = 100
_ADDED: Final = (
    "rank", "n_ranked", "ranked_grade", "grade", "grade_status", "grade_reason", "grade_reason_en",
)  # fmt: skip


def grade(  # noqa: PLR0913 - independent options, all by keyword
    scores: pd.DataFrame,
    *,
    shares: Mapping[str, float],
    score: str = "score",
    by: Columns | None = None,
    exempt: Columns | None = None,
    veto: Veto | None = None,
    ties: Ties = "better",
) -> pd.DataFrame:
    r"""Grade firms A, B, C, D by rank (企业分类评价, 亩均论英雄).

    Of :math:`n` ranked firms grade :math:`k` goes down to place
    :math:`\lfloor n \sum_{i \le k} s_i \rfloor`: no grade and those above it have more than their
    shares, except by a tie.

    Parameters
    ----------
    scores
        One row per firm, as :func:`score` returns it; the higher the score, the better.
    shares
        Share of the firms of each grade, the best first, which add up to 1:
        ``{"A": .1, "B": .6, "C": .25, "D": .05}``.
    score
        Column of the score.
    by
        Columns, such as industry and size class, whose firms are ranked among themselves.
    exempt
        Columns of yes and no: firms that are not ranked and have no grade (new, public utility).
    veto
        Columns of yes and no (环保, 安全): firms that get the last grade. With a mapping the grade
        that each column leads to, or "down" for one grade down. A veto moves nobody else: the firm
        keeps its place in the ranking. Where several apply, "down" counts each time and the worse
        result holds; no veto raises a grade.
    ties
        Whether firms of one score on a border share the *better* grade or the *worse*. Scores are
        compared to nine decimals.

    Returns
    -------
    The frame with these columns.

    ``rank`` (1 is best; firms of one score share the best of their places), ``n_ranked`` (in its
    group), ``ranked_grade`` (before vetoes), ``grade``, ``grade_status`` (*graded*, *exempt*,
    *no_data*: no score, or no group), ``grade_reason``, ``grade_reason_en``. Null without a grade.
    ``attrs["grades"]`` has the grades in their order.

    Raises
    ------
    SchemaError
        Shares that do not add up to 1; scores that are no numbers; columns that hold more than yes
        and no; no such column.
    UnknownNameError
        A veto that leads to no grade of ``shares``; another word for ``ties``.

    Notes
    -----
    A blank in a column of yes and no counts as no, and the reason says so.

    Examples
    --------
    >>> firms = pd.DataFrame({"score": [80.0, 120.0, 60.0, 40.0]})
    >>> grade(firms, shares={"A": 0.25, "B": 0.5, "C": 0.25})["grade"].tolist()
    ['B', 'A', 'B', 'C']
    """
    terms = terms_of(shares, ties)
    require_columns(scores, what="scores")
    if taken := [name for name in scores.columns if name in _ADDED]:
        raise SchemaError(
            f"the frame already has {', '.join(map(repr, taken))}; drop them to grade again"
        )
    values = _rounded(scores, score)
    read = read_marks(scores, terms, by=by, exempt=exempt, veto=veto)
    ranked = ~read.exempt & (read.group >= 0) & ~np.isnan(values)
    table = _ranked(values, read.group, ranked, terms)
    notes = Notes(len(scores))
    _tell_ranks(notes, table, read, ranked, terms)
    final = read.lowered(table.code, terms)
    _tell_vetoes(notes, read, table.code, final, ranked, terms)
    notes.add(read.exempt, Text("免予评价", "exempt from grading"))
    notes.add(~read.exempt & (read.group < 0), Text("未注明分组", "its group is not stated"))
    notes.add(~read.exempt & np.isnan(values), Text("没有得分", "it has no score"))
    columns = notes.columns()
    names = np.array([*terms.grades, None], dtype=object)
    status = np.where(ranked, "graded", np.where(read.exempt, "exempt", "no_data"))
    graded = scores.assign(
        rank=pd.array(np.where(ranked, table.rank, 0), dtype="Int64"),
        n_ranked=pd.array(np.where(ranked, table.count, 0), dtype="Int64"),
        ranked_grade=names[np.where(ranked, table.code, -1)],
        grade=names[np.where(ranked, final, -1)],
        grade_status=status,
        grade_reason=columns["reason"],
        grade_reason_en=columns["reason_en"],
    )
    graded.loc[~ranked, ["rank", "n_ranked"]] = pd.NA
    graded.attrs = {**scores.attrs, "grades": list(terms.grades)}
    return graded


# Terms and marks ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What grades there are, how far down each goes, and who gets the better of a tie."""

    grades: tuple[str, ...]
    cumulative: tuple[float, ...]
    ties: Ties

    def borders(self, count: int) -> list[int]:
        """Return the last place of each grade but the last."""
        return [floor(share * count + _WHOLE) for share in self.cumulative[:-1]]


def terms_of(shares: Mapping[str, float], ties: Ties) -> Terms:
    """Check the shares of grades."""
    if ties not in ("better", "worse"):
        raise UnknownNameError(f"unknown ties {ties!r}; use 'better' or 'worse'")
    if not isinstance(shares, Mapping) or not 0 < len(shares) <= _MOST_GRADES:
        raise SchemaError("shares must name grades, the best first: {'A': 0.1, 'B': 0.9}")
    grades = tuple(shares)
    if wrong := [name for name in grades if not isinstance(name, str) or name in ("", DOWN)]:
        raise SchemaError(f"a grade is a word other than {DOWN!r}; found {first_rows(wrong)}")
    if words := [one for one in shares.values() if not is_number(one)]:
        raise SchemaError(f"a share is a number from 0 to 1; found {first_rows(words)}")
    values = [float(share) for share in shares.values()]
    if not all(0 <= share <= 1 for share in values) or abs(fsum(values) - 1) > _WHOLE:
        raise SchemaError(
            f"shares must lie between 0 and 1 and add up to 1; they add up to {fsum(values):g}: "
            f"{', '.join(f'{name} {share:g}' for name, share in shares.items())}"
        )
    return Terms(grades, tuple(fsum(values[: i + 1]) for i in range(len(values))), ties)


@dataclass(frozen=True)
class Marks:
    """Group of each firm, and what marks it has."""

    group: NDArray[np.intp]
    group_names: list[str]
    exempt: Flags
    blank: dict[str, Flags]
    vetoes: dict[str, tuple[Flags, int | None]]
    """Column: the firms that it hits, and the number of the grade, or None for one down."""

    def lowered(self, codes: Codes, terms: Terms) -> Codes:
        """Return grades after vetoes; the last axis of ``codes`` is that of firms."""
        last = len(terms.grades) - 1
        down = np.zeros(len(self.group), dtype=np.int8)
        least = np.zeros(len(self.group), dtype=np.int8)
        for hit, target in self.vetoes.values():
            if target is None:
                down += hit
            else:
                least = np.maximum(least, np.where(hit, target, 0)).astype(np.int8)
        return np.asarray(np.maximum(np.minimum(codes + down, last), least), dtype=np.int8)


def read_marks(
    scores: pd.DataFrame,
    terms: Terms,
    *,
    by: Columns | None,
    exempt: Columns | None,
    veto: Veto | None,
) -> Marks:
    """Read groups, exemptions and vetoes."""
    require_columns(scores, what="scores")
    group, names = _groups(scores, _listed(by))
    blank: dict[str, Flags] = {}
    out = np.zeros(len(scores), dtype=bool)
    for column in _listed(exempt):
        hit, blank[column] = flags(scores, column, what="scores")
        out |= hit
    vetoes = {}
    for column, target in _targets(veto, terms).items():
        hit, blank[column] = flags(scores, column, what="scores")
        vetoes[column] = (hit, target)
    return Marks(group, names, out, blank, vetoes)


def _listed(columns: Columns | None) -> list[str]:
    if columns is None:
        return []
    return [columns] if isinstance(columns, str) else list(columns)


def _targets(veto: Veto | None, terms: Terms) -> dict[str, int | None]:
    """Return to which grade each column leads; None is one down."""
    if not isinstance(veto, Mapping):
        return dict.fromkeys(_listed(veto), len(terms.grades) - 1)
    if wrong := [one for one in veto.values() if one not in (*terms.grades, DOWN)]:
        raise UnknownNameError(
            f"a veto leads to {first_rows(wrong)}; use {DOWN!r} or a grade of "
            f"{', '.join(terms.grades)}"
        )
    return {
        column: None if one == DOWN else terms.grades.index(one) for column, one in veto.items()
    }


def _groups(scores: pd.DataFrame, by: list[str]) -> tuple[NDArray[np.intp], list[str]]:
    """Give each group a number; -1 where a column of theirs is blank."""
    if not by:
        return np.zeros(len(scores), dtype=np.intp), [""]
    require_columns(scores, *by, what="scores")
    try:
        codes = np.asarray(
            scores.groupby(by, sort=False, observed=True).ngroup().fillna(-1), dtype=np.intp
        )
    except TypeError as error:
        raise SchemaError(f"scores: groups are named by text or numbers: {error}") from error
    stated = np.flatnonzero(codes >= 0)
    first = stated[np.unique(codes[stated], return_index=True)[1]]
    rows = scores[by].iloc[first].astype(object).to_numpy()
    return codes, [" ".join(map(str, row)) for row in rows]


def _rounded(scores: pd.DataFrame, column: str) -> Floats:
    require_columns(scores, column, what="scores")
    read = in_units(
        scores, {column: "ratio"}, units={column: "ratio"}, what="scores", negative=True
    )
    return read[column].to_numpy(dtype=np.float64).round(_DECIMALS)


# Ranking -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ranks:
    """Place of each firm in its group, the last place of those with its score, and its grade."""

    rank: NDArray[np.intp]
    last: NDArray[np.intp]
    count: NDArray[np.intp]
    code: Codes
    place: NDArray[np.intp]
    """Last place of its grade."""


def codes_of(values: Floats, terms: Terms) -> Codes:
    """Return the grades of firms under several scores: one row each, one column per firm."""
    count = values.shape[1]
    codes = np.zeros(values.shape, dtype=np.int8)
    borders = terms.borders(count)
    better = terms.ties == "better"
    # The score that still belongs to a grade stands at its border, or just behind it.
    places = [border - 1 if better else border for border in borders]
    inner = sorted({count - 1 - place for place in places if 0 <= place < count})
    ordered = np.partition(values, inner, axis=1) if inner else values
    for place in places:
        if place < 0:
            codes += 1
        elif place < count:
            limit = ordered[:, count - 1 - place, np.newaxis]
            codes += values < limit if better else values <= limit
    return codes


def _ranked(values: Floats, group: NDArray[np.intp], ranked: Flags, terms: Terms) -> _Ranks:
    size = len(values)
    rank, last, count, place = (np.zeros(size, dtype=np.intp) for _ in range(4))
    code = np.zeros(size, dtype=np.int8)
    order = np.argsort(group[ranked], kind="stable")
    at = np.flatnonzero(ranked)[order]
    starts = np.flatnonzero(np.diff(group[at], prepend=-1))
    for rows in np.split(at, starts[1:]) if len(at) else []:
        own = values[rows]
        ordered = np.sort(own)
        rank[rows] = len(own) - np.searchsorted(ordered, own, side="right") + 1
        last[rows] = len(own) - np.searchsorted(ordered, own, side="left")
        count[rows] = len(own)
        code[rows] = codes_of(own[np.newaxis], terms)[0]
        place[rows] = np.array([*terms.borders(len(own)), len(own)])[code[rows]]
    return _Ranks(rank, last, count, code, place)


def _tell_ranks(notes: Notes, table: _Ranks, read: Marks, ranked: Flags, terms: Terms) -> None:
    """Say of each firm which place it has, how far down its grade goes, and whether it is tied."""
    at = np.flatnonzero(ranked)
    columns = (table.code[at], table.rank[at], table.count[at], table.place[at], read.group[at])
    zh, en = [], []
    for code, rank, count, place, group in zip(*columns, strict=True):
        one, where = terms.grades[code], read.group_names[group]
        zh.append(f"{where}{' ' * bool(where)}{count} 家中第 {rank} 名，{one} 档至第 {place} 名")
        among = f" in {where}" if where else ""
        en.append(f"place {rank} of {count}{among}, grade {one} goes down to {place}")
    notes.add_each(at, zh, en)
    better = terms.ties == "better"
    # Firms of one score hold the places from rank to last; a border among them parts nobody.
    beyond = table.last > table.place if better else _crosses_up(table, terms)
    word = Text("高", "better") if better else Text("低", "worse")
    notes.add(
        ranked & beyond,
        Text(
            f"同分跨越分档界线，同取较{word.zh}档",
            f"tied across a border, all get the {word.en} grade",
        ),
    )


def _crosses_up(table: _Ranks, terms: Terms) -> Flags:
    """Say which firms are tied with a place of a better grade than theirs."""
    above = np.zeros(len(table.rank), dtype=bool)
    for count in np.unique(table.count):
        rows = table.count == count
        before = np.array([0, *terms.borders(int(count))])[table.code[rows]]
        above[rows] = table.rank[rows] <= before
    return above


def _tell_vetoes(  # noqa: PLR0913, PLR0917 - what was read, and what came of it
    notes: Notes, read: Marks, before: Codes, after: Codes, ranked: Flags, terms: Terms
) -> None:
    last = np.array(terms.grades, dtype=object)
    for column, (hit, target) in read.vetoes.items():
        rows = hit & ranked
        to = (
            Text("降一档", "one grade down")
            if target is None
            else Text(f"不高于 {terms.grades[target]} 档", f"no better than {terms.grades[target]}")
        )
        notes.add(rows, Text(f"{column}一票否决：{to.zh}", f"veto of {column}: {to.en}"))
    at = np.flatnonzero(ranked & (before != after))
    pairs = list(zip(last[before[at]], last[after[at]], strict=True))
    notes.add_each(
        at,
        [f"由 {was} 降为 {now}" for was, now in pairs],
        [f"from {was} to {now}" for was, now in pairs],
    )
    for column, rows in read.blank.items():
        notes.add(
            rows & ranked,
            Text(f"{column}未填，按“否”计", f"{column} is blank, which counts as no"),
        )


# Land --------------------------------------------------------------------------------------------


def low_efficiency(  # noqa: PLR0913 - independent options, all by keyword
    graded: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    grades: Sequence[str] = ("C", "D"),
    sites: pd.DataFrame | None = None,
    split: str = EQUAL,
    enterprise: str = "enterprise_id",
    parcel: str = "parcel_id",
) -> gpd.GeoDataFrame:
    """List the land of firms of low grades, by parcel (低效用地).

    Parameters
    ----------
    graded
        As :func:`grade` returns it, with ``enterprise_id``, and ``parcel_id`` unless ``sites`` are
        given.
    parcels
        Polygons in any CRS, with ``parcel_id``.
    grades
        Which grades are low.
    sites, split, enterprise, parcel
        On which parcels firms stand, and how a parcel is divided, as for :func:`per_mu`.

    Returns
    -------
    A GeoDataFrame in the CRS of the parcels, one row per parcel on which a firm of a low grade
    stands; the worst grade first, in it the most land.

    ``parcel_id``, ``grade`` (of the low grades there the one with most land, the worse of two),
    ``low_mu`` (land of firms of low grades), ``low_km2``, ``area_mu`` (the whole parcel),
    ``low_share``, a column such as ``C_mu`` for each of ``grades``, ``firms`` (ids, in a text),
    ``n_firms``, ``reason``, ``reason_en``, ``geometry``. ``parkgeo.maps.explore(frame,
    color="grade")`` shows it.

    ``attrs``: ``low_mu``, all land of each grade; ``n_without_land``, firms of low grades whose
    land is not known.

    Raises
    ------
    SchemaError, UnknownNameError, MissingCRSError, CRSMismatchError, GeometryError
        As :func:`per_mu`; no column ``grade``; no grade named.

    Notes
    -----
    A parcel of several firms is divided among all of them first, so no mu is low twice.

    Examples
    --------
    >>> from shapely import box
    >>> square = [box(120, 30, 120.001, 30.001)]
    >>> land = gpd.GeoDataFrame({"parcel_id": ["p"]}, geometry=square, crs="EPSG:4490")
    >>> firms = pd.DataFrame({"enterprise_id": ["a", "b"], "parcel_id": "p", "grade": ["A", "D"]})
    >>> low_efficiency(firms, land)[["grade", "low_share"]].values.tolist()
    [['D', 0.5]]
    """
    require_columns(graded, "grade", what="graded")
    wanted = [grades] if isinstance(grades, str) else list(grades)
    if not wanted or len(set(wanted)) < len(wanted):
        raise SchemaError(f"grades must name each low grade once, not {grades!r}")
    order = [one for one in graded.attrs.get("grades", []) if one in wanted]
    # Without the order of grade(), the later name is the worse.
    order = order if len(order) == len(wanted) else wanted
    held = hold(graded, parcels, sites=sites, split=split, enterprise=enterprise, parcel=parcel)
    rows = held.table[held.table["firm"] >= 0].copy()
    rows["grade"] = graded["grade"].to_numpy(dtype=object)[rows["firm"]]
    rows["id"] = held.ids[rows["firm"]]
    rows = rows[rows["grade"].isin(order) & rows["mu"].notna()]
    table = _low_table(rows, held, order, parcel)
    shapes = np.asarray(parcels.geometry)[table.index.to_numpy(dtype=np.intp)]
    low = gpd.GeoDataFrame(table.reset_index(drop=True), geometry=shapes, crs=parcels.crs)
    worst = low["grade"].map({one: -i for i, one in enumerate(order)})
    key = pd.DataFrame({"worst": worst, "mu": -low["low_mu"], "id": low[parcel].astype(str)})
    low = low.loc[key.sort_values(["worst", "mu", "id"]).index].reset_index(drop=True)
    is_low = graded["grade"].isin(order).to_numpy(dtype=bool)
    low.attrs = {
        "low_mu": {one: fsum(low[f"{one}_mu"]) for one in order},
        "n_without_land": int((is_low & np.isnan(held.land_mu)).sum()),
    }
    return low


def _low_table(rows: pd.DataFrame, held: Holdings, order: list[str], parcel: str) -> pd.DataFrame:
    """Tabulate low land by parcel and grade, on the positions of the parcels."""
    wide = rows.pivot_table(
        index="parcel", columns="grade", values="mu", aggfunc="sum", fill_value=0.0
    ).reindex(columns=order, fill_value=0.0)
    at = wide.index.to_numpy(dtype=np.intp)
    mu = wide.to_numpy(dtype=np.float64)
    firms = (
        rows.sort_values("id").groupby("parcel")["id"].agg(["、".join, "size"]).reindex(wide.index)
    )
    low_mu = mu.sum(axis=1)
    # From the worst, so that of two with as much land the worse is taken.
    most = len(order) - 1 - np.argmax(mu[:, ::-1].round(_DECIMALS), axis=1) if len(mu) else []
    area_mu = held.area_mu[at]
    table = pd.DataFrame(
        {
            parcel: held.parcel_ids[at],
            "grade": np.array(order, dtype=object)[np.asarray(most, dtype=np.intp)],
            "low_mu": low_mu,
            "low_km2": mu_to_km2(low_mu),
            "area_mu": area_mu,
            "low_share": np.minimum(low_mu / area_mu, 1.0),
            **{f"{one}_mu": mu[:, j] for j, one in enumerate(order)},
            "firms": firms["join"].to_numpy(dtype=object),
            "n_firms": firms["size"].to_numpy(dtype=np.int64),
        },
        index=wide.index,
    )
    listed = "、".join(order)
    table["reason"] = [
        f"{n} 家 {listed} 档企业占用 {mu:.2f} 亩"
        for n, mu in zip(table["n_firms"], low_mu, strict=True)
    ]
    table["reason_en"] = [
        f"{mu:.2f} mu held by firms of grade {' or '.join(order)}: {n}"
        for n, mu in zip(table["n_firms"], low_mu, strict=True)
    ]
    return table
