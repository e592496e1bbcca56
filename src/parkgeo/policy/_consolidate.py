"""Which brand went where, and what that did to the ground, the committees and the staff."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import product
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo import overlap
from parkgeo._style import Text, known, percent_text
from parkgeo.errors import AmbiguousNameError, SchemaError, UnknownNameError, first_rows
from parkgeo.policy._bodies import body_name
from parkgeo.policy._quantities import in_units

__all__ = ["Consolidation", "consolidate"]

_LEAST_SHARE: Final = 0.5
"""Of a brand's ground that another must have for it to be taken as the one it went to."""
_SAME_SHARE: Final = 1e-9
"""Shares this close come from the same ground."""

Flows = dict[tuple[Hashable, Hashable], float]


@dataclass(frozen=True)
class Consolidation:
    """What a consolidation (整合提升) did; made by :func:`consolidate`."""

    brands: pd.DataFrame
    """Where each brand before went, on which evidence, and what became of its ground."""
    successors: pd.DataFrame
    """What each brand after is made of, and from where it has its ground."""
    summary: pd.DataFrame
    """Brands, committees, staff and areas ``before``, ``after``, and their ``change``."""
    changes: gpd.GeoDataFrame
    """Every piece of ground, as :func:`parkgeo.overlap.compare` gives it."""

    def _repr_html_(self) -> str:
        """Show the summary, in both languages."""
        rows = "".join(_summary_row(name, row) for name, row in self.summary.iterrows())
        return (
            f'<table><caption style="text-align:left">整合前后 Before and after: '
            f"{len(self.brands)} → {len(self.successors)}</caption><thead><tr><th></th>"
            f"<th>整合前 before</th><th>整合后 after</th><th>变化 change</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def consolidate(  # noqa: PLR0913 - independent options, all by keyword
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    mapping: Mapping[Hashable, Hashable | None] | None = None,
    *,
    by: str = "brand_id",
    body: str = "administrator",
    staff: str = "staff",
    least_share: float = _LEAST_SHARE,
) -> Consolidation:
    """Account for a consolidation of brands (整合提升): 142 platforms before, 35 after.

    Each brand before goes to one brand after, or to none. Its ground is kept by that brand, given
    to others, or lost to all; ground under several brands counts in each of their rows, and once
    in the summary.

    Parameters
    ----------
    before, after
        Blocks of the two states, each in any CRS; polygons. A brand without any geometry is listed
        with a reason and has no areas.
    mapping
        Label of the brand after for labels of brands before, null for one that was given up. A
        brand that it does not name goes to the brand of its own label; where there is none, to the
        brand that has at least ``least_share`` of its ground.
    by
        Column, or name of the index, of both frames, whose values name the brands.
    body, staff
        Columns of the responsible body and of how many people it has (编制); left out where a frame
        has none. Rows of one body must agree on its staff, which counts once.
    least_share
        See ``mapping``; more than 0.

    Returns
    -------
    A :class:`Consolidation`.

    ``brands``: ``went_to``, ``status`` (*kept*, the same label; *merged*; *given up*; *unclear*, no
    brand after has enough of it), ``evidence`` (*mapping*, *label*, *ground* or null), ``share``
    (of its ground in the brand it went to), ``before_km2`` = ``kept_km2`` + ``to_others_km2`` +
    ``lost_km2``, ``reason``, ``reason_en``.

    ``successors``: ``came_from`` (tuple), ``after_km2`` = ``kept_km2`` (ground that one of those
    had) + ``from_others_km2`` + ``gained_km2``.

    ``summary``: rows ``brands``, ``bodies``, ``staff``, ``added_up_km2``, ``net_km2``,
    ``counted_twice_km2``, and ``kept_km2``, ``lost_km2``, ``gained_km2`` of the net area. Its
    ``attrs`` have the ``conservation`` of the overlay.

    Raises
    ------
    SchemaError
        Bodies whose rows disagree about their staff, staff that is no number, ``least_share`` that
        is no share.
    UnknownNameError
        The mapping names a brand that neither frame has.
    AmbiguousNameError
        Two brands after have as much of a brand's ground as ``least_share`` asks.
    MissingCRSError, CRSMismatchError, GeometryError
        As :func:`parkgeo.overlap.compare`.

    Examples
    --------
    >>> shapes = gpd.GeoSeries.from_wkt(
    ...     ["POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"])
    >>> before = gpd.GeoDataFrame({"brand_id": ["a", "b"]}, geometry=shapes, crs="EPSG:4490")
    >>> after = before.assign(brand_id="c")
    >>> consolidate(before, after).brands["went_to"].to_dict()
    {'a': 'c', 'b': 'c'}
    """
    if not 0 < least_share <= 1:
        raise SchemaError(f"least_share must be more than 0 and at most 1, not {least_share}")
    changes = overlap.compare(before, after, by=by, geometry=True)
    labels = [_labels(frame, by) for frame in (before, after)]
    went = _destinations(labels, mapping or {}, changes, least_share)
    brands = _before(went, changes)
    successors = _after(labels[1], went, changes)
    for table in (brands, successors):
        table.index.name = by
    people = [_people(frame, body, staff) for frame in (before, after)]
    return Consolidation(brands, successors, _summary(labels, people, changes), changes)


def _labels(frame: gpd.GeoDataFrame, by: str) -> list[Any]:
    """List the brands of a frame in the order of its rows; compare() refuses what is no label."""
    values = frame[by] if by in frame.columns else frame.index.to_series()
    return list(dict.fromkeys(values.dropna().tolist()))


def _shared(changes: pd.DataFrame) -> Flows:
    """Add up how much of each brand before each brand after has, in km²."""
    shared: Flows = {}
    rows = zip(changes["before"], changes["after"], changes["area_km2"], strict=True)
    for was, now, area_km2 in rows:
        for pair in product(was, now):
            shared[pair] = shared.get(pair, 0.0) + area_km2
    return shared


# Where each went ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Destination:
    """Where a brand went, and how that is known."""

    went_to: Hashable | None
    status: str
    evidence: str | None
    reason: Text


def _destinations(
    labels: list[list[Any]],
    mapping: Mapping[Hashable, Hashable | None],
    changes: pd.DataFrame,
    least_share: float,
) -> dict[Hashable, _Destination]:
    if not isinstance(mapping, Mapping):
        raise SchemaError(
            f"mapping must say where each brand went, as a dictionary, not {mapping!r}"
        )
    old, new = labels
    wrong = [label for label in mapping if label not in old]
    wrong += [label for label in mapping.values() if known(label) and label not in new]
    if wrong:
        raise UnknownNameError(
            f"the mapping names {first_rows(wrong)}, which the frames do not have; those before "
            f"are {first_rows(old)}, those after {first_rows(new)}"
        )
    shared = _shared(changes)
    total_km2 = overlap.balance(changes)["before_km2"].to_dict()
    went = {}
    for label in old:
        if label in mapping:
            went[label] = _told(label, mapping[label])
        elif label in new:
            reason = Text("整合后仍有这块牌子", "a brand of this label goes on")
            went[label] = _Destination(label, "kept", "label", reason)
        elif label not in total_km2:
            reason = Text("没有范围，对应表也未注明", "it has no extent, and no mapping names it")
            went[label] = _Destination(None, "unclear", None, reason)
        else:
            shares = {other: shared.get((label, other), 0.0) / total_km2[label] for other in new}
            went[label] = _found(label, shares, least_share)
    return went


def _told(label: Hashable, went_to: Hashable | None) -> _Destination:
    if not known(went_to):
        reason = Text("对应表注明撤销", "the mapping says that it was given up")
        return _Destination(None, "given up", "mapping", reason)
    reason = Text(f"对应表注明归入 {went_to}", f"the mapping says that it went to {went_to}")
    return _Destination(went_to, "kept" if went_to == label else "merged", "mapping", reason)


def _found(label: Hashable, shares: dict[Any, float], least_share: float) -> _Destination:
    """Take the brand that has most of the ground, if it has enough of it, and no other as much."""
    best = max(shares.values(), default=0.0)
    if best == 0:
        reason = Text("其范围不再属于任何牌子", "none of its ground has a brand after")
        return _Destination(None, "given up", "ground", reason)
    holders = [other for other, share in shares.items() if share > best - _SAME_SHARE]
    if best < least_share:
        reason = Text(
            f"占其范围最多的 {holders[0]} 仅占 {best:.1%}",
            f"{holders[0]}, which has most of its ground, has {percent_text(best).en}",
        )
        return _Destination(None, "unclear", None, reason)
    if len(holders) > 1:
        raise AmbiguousNameError(
            f"{first_rows(holders)} each have {percent_text(best).en} of the ground of {label!r}; "
            "say in the mapping which of them it went to"
        )
    reason = Text(
        f"{holders[0]} 占其范围 {best:.1%}",
        f"{holders[0]} has {percent_text(best).en} of its ground",
    )
    return _Destination(holders[0], "merged", "ground", reason)


# Ground ------------------------------------------------------------------------------------------


def _before(went: dict[Hashable, _Destination], changes: pd.DataFrame) -> pd.DataFrame:
    """Say of each brand before what became of its ground."""
    parts = {label: dict.fromkeys(("kept_km2", "to_others_km2", "lost_km2"), 0.0) for label in went}
    seen = set()
    rows = zip(changes["before"], changes["after"], changes["area_km2"], strict=True)
    for was, now, area_km2 in rows:
        for label in was:
            seen.add(label)
            kept = went[label].went_to in now
            part = "kept_km2" if kept else "to_others_km2" if now else "lost_km2"
            parts[label][part] += area_km2
    table = pd.DataFrame(
        {
            "went_to": [one.went_to for one in went.values()],
            "status": [one.status for one in went.values()],
            "evidence": [one.evidence for one in went.values()],
        },
        index=pd.Index(list(went), tupleize_cols=False),
        dtype=object,
    )
    ground = _ground(parts, seen, "before_km2")
    table["share"] = ground["kept_km2"] / ground["before_km2"]
    table = table.join(ground)
    table["reason"] = [_with_extent(one.reason, label in seen).zh for label, one in went.items()]
    table["reason_en"] = [_with_extent(one.reason, label in seen).en for label, one in went.items()]
    return table


def _after(
    labels: list[Any], went: dict[Hashable, _Destination], changes: pd.DataFrame
) -> pd.DataFrame:
    """Say of each brand after of which it was made, and from where it has its ground."""
    made_of = {
        label: [old for old, one in went.items() if one.went_to == label] for label in labels
    }
    names = ("kept_km2", "from_others_km2", "gained_km2")
    parts = {label: dict.fromkeys(names, 0.0) for label in labels}
    seen = set()
    rows = zip(changes["before"], changes["after"], changes["area_km2"], strict=True)
    for was, now, area_km2 in rows:
        for label in now:
            seen.add(label)
            kept = not set(was).isdisjoint(made_of[label])
            part = "kept_km2" if kept else "from_others_km2" if was else "gained_km2"
            parts[label][part] += area_km2
    came_from = pd.Series([tuple(made_of[label]) for label in labels], dtype=object)
    came_from.index = pd.Index(labels, tupleize_cols=False)
    return came_from.to_frame("came_from").join(_ground(parts, seen, "after_km2"))


def _ground(parts: dict[Any, dict[str, float]], seen: set[Hashable], total: str) -> pd.DataFrame:
    """Tabulate parts of brands and their sum; a brand without an extent has no areas."""
    table = pd.DataFrame(
        list(parts.values()), index=pd.Index(list(parts), tupleize_cols=False), dtype=np.float64
    )
    table[[label not in seen for label in parts]] = np.nan
    table.insert(0, total, table.sum(axis=1, min_count=1))
    return table


def _with_extent(reason: Text, has_ground: bool) -> Text:  # noqa: FBT001
    if has_ground or "没有范围" in reason.zh:
        return reason
    return Text(f"{reason.zh}；没有范围", f"{reason.en}; it has no extent")


# Summary -----------------------------------------------------------------------------------------


def _people(frame: gpd.GeoDataFrame, body: str, staff: str) -> tuple[float, float]:
    """Count bodies, and the staff of each once; NaN for what the frame does not say."""
    names = pd.Series([body_name(value) for value in frame[body]]) if body in frame else None
    n_bodies = float(names.nunique()) if names is not None else np.nan
    if staff not in frame.columns:
        return n_bodies, np.nan
    counts = in_units(frame, {staff: "person"}, units={staff: "person"}, what="parks")[staff]
    if names is None:
        raise SchemaError(
            f"the frame has {staff!r} and no column {body!r} that says whose staff it is"
        )
    by_body = counts.reset_index(drop=True).groupby(names)
    if (differ := by_body.min() < by_body.max()).any():
        raise SchemaError(
            f"rows of {first_rows(differ.index[differ])} disagree about {staff!r}; a body's staff "
            "counts once, so its rows must say the same"
        )
    if (nameless := (names.isna() & counts.reset_index(drop=True).notna()).to_numpy()).any():
        raise SchemaError(
            f"rows {first_rows(frame.index[nameless])} have {staff!r} and no {body!r}, so whose "
            "staff it is cannot be said"
        )
    return n_bodies, float(by_body.first().sum(min_count=1))


def _summary(
    labels: list[list[Any]], people: list[tuple[float, float]], changes: pd.DataFrame
) -> pd.DataFrame:
    area_km2 = changes["area_km2"]
    rows = {
        "brands": [float(len(one)) for one in labels],
        "bodies": [one[0] for one in people],
        "staff": [one[1] for one in people],
        "added_up_km2": [
            float((changes[side].map(len) * area_km2).sum()) for side in ("before", "after")
        ],
        "net_km2": [
            float(area_km2[changes[side].map(len) > 0].sum()) for side in ("before", "after")
        ],
    }
    rows["counted_twice_km2"] = [
        added - net for added, net in zip(rows["added_up_km2"], rows["net_km2"], strict=True)
    ]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after"])
    table["change"] = table["after"] - table["before"]
    had, has = (changes[side].map(len) > 0 for side in ("before", "after"))
    for name, ground in (("kept", had & has), ("lost", had & ~has), ("gained", ~had & has)):
        table.loc[f"{name}_km2", "change"] = float(area_km2[ground].sum())
    table.attrs["conservation"] = changes.attrs.get("conservation")
    return table


_SUMMARY_WORDS: Final = {
    "brands": "牌子 brands",
    "bodies": "管理机构 committees",
    "staff": "人员 staff",
    "added_up_km2": "各牌子面积相加 added up, km²",
    "net_km2": "净面积 net, km²",
    "counted_twice_km2": "重复计算 counted twice, km²",
    "kept_km2": "保留 kept, km²",
    "lost_km2": "退出 lost, km²",
    "gained_km2": "新增 gained, km²",
}


def _summary_row(name: Any, row: "pd.Series[float]") -> str:  # noqa: ANN401 - a label of the index
    digits = 2 if str(name).endswith("_km2") else 0
    cells = [f"{value:,.{digits}f}" if known(value) else "" for value in row]
    return f"<tr><th>{escape(_SUMMARY_WORDS[name])}</th><td>{'</td><td>'.join(cells)}</td></tr>"
