"""Where an enterprise register and the land disagree, and what could not be matched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from parkgeo.census._cover import Floats, Indices
from parkgeo.census._findings import Reason, Tuples, findings, singles, words_of
from parkgeo.census._industry import MANUFACTURING
from parkgeo.census._legal import INDUSTRIAL, OTHER
from parkgeo.census._notes import UNUSED
from parkgeo.census._places import Located
from parkgeo.census._words import Flags, Status, Texts, Use

REASONS: Final = {
    "unknown_parcel_id": Reason(
        "the register names parcel {key!r}, which is not among the parcels",
        "名录所记地块“{key}”不在地块数据中",
    ),
    "ambiguous_parcel_id": Reason(
        "the register names parcel {key!r}, which stands in several rows",
        "名录所记地块编号“{key}”对应多个地块",
    ),
    "ambiguous_place": Reason(
        "the point lies as near to {n} parcels, or on {n} that overlap; none is chosen",
        "点位与 {n} 个地块等距或落在 {n} 个重叠地块上，未作匹配",
    ),
    "enterprise_without_parcel": Reason("no parcel within {m:g} m", "{m:g} 米内无地块"),
    "enterprise_without_place": Reason(
        "neither a parcel of its own nor a point", "既无可用地块编号，也无点位"
    ),
    "place_disagrees": Reason(
        "the point lies {d:.0f} m off the parcel that the register names",
        "点位距名录所记地块 {d:.0f} 米",
    ),
    "missing_enterprise_id": Reason("no enterprise_id", "无企业编号"),
    "unknown_industry": Reason(
        "industry code {code!r} is null or not of GB/T 4754-2017",
        "行业代码“{code}”缺失或不属于 GB/T 4754-2017",
    ),
    "odd_activity": Reason(
        "activity {word!r} is not a word of the census, so it counts as active; add it with "
        "words={{'activity': …}}",
        "经营状态“{word}”不是本调查的用语，按在营计",
    ),
    "duplicate_enterprise": Reason(
        "the enterprise stands on this parcel in {n} rows", "同一企业在该地块上登记 {n} 次"
    ),
    "several_enterprises": Reason("{n} enterprises on one parcel", "一地多企：{n} 家企业"),
    "several_parcels": Reason("one enterprise on {n} parcels", "一企多地：{n} 个地块"),
    "parcel_without_enterprise": Reason(
        "industrial land without an enterprise", "有地无企：工业用地上无企业"
    ),
    "industry_on_other_land": Reason(
        "a manufacturer ({code}) on land that is not industrial by its class",
        "制造业企业（{code}）位于非工业用地",
    ),
    "no_industry_on_industrial_land": Reason(
        "industrial land whose active enterprises ({n}) are none of industry",
        "工业用地上 {n} 家在营企业均非工业企业",
    ),
    "unused_with_enterprise": Reason(
        "land that is not in use ({word}), with active enterprises: {n}",
        "未利用土地（{word_zh}）上有 {n} 家在营企业",
    ),
    "in_use_without_active": Reason(
        "in use by its status, and no enterprise on it is active", "状态为“在用”，但无在营企业"
    ),
    "use_disagrees": Reason(
        "recorded as {use}, and its enterprises say {by}",
        "登记用途为“{use_zh}”，按企业行业应为“{by_zh}”",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """Both frames as they were read, by position."""

    parcel_rows: pd.Index
    parcel_ids: Texts
    legal_use: Texts
    use: Texts
    status: Texts
    area_km2: Floats
    enterprise_rows: pd.Index
    enterprise_ids: Texts
    keys: Texts
    codes: Texts | None
    sections: Texts
    active: Flags
    odd_activity: Flags
    activity: Texts | None

    @cached_property
    def firm(self) -> Indices:
        """Number the enterprises; rows of one id are one, a row without an id is its own."""
        code = np.asarray(pd.factorize(self.enterprise_ids)[0], dtype=np.intp)
        return np.where(code < 0, len(code) + np.arange(len(code)), code)

    @property
    def idle(self) -> Flags:
        """Tell the parcels that are not in use, by status or use."""
        idle = np.isin(self.status, UNUSED) | (self.use == Use.IDLE)
        return np.asarray(idle, dtype=np.bool_)

    def of_enterprises(
        self,
        kind: str,
        enterprise: Indices,
        **more: Any,  # noqa: ANN401 - as findings takes it
    ) -> pd.DataFrame:
        """Say something of single enterprises."""
        return findings(
            kind,
            REASONS[kind],
            rows=singles(self.enterprise_rows[enterprise]),
            enterprise_ids=singles(self.enterprise_ids[enterprise]),
            **more,
        )

    def of_parcels(
        self,
        kind: str,
        parcel: Indices,
        **more: Any,  # noqa: ANN401 - as findings takes it
    ) -> pd.DataFrame:
        """Say something of single parcels."""
        return findings(
            kind,
            REASONS[kind],
            rows=singles(self.parcel_rows[parcel]),
            parcel_ids=singles(self.parcel_ids[parcel]),
            area_km2=self.area_km2[parcel],
            **more,
        )


def match_notes(  # noqa: PLR0913, PLR0917 - the steps of the matching
    sides: Sides,
    named: pd.DataFrame,
    doubtful: pd.DataFrame,
    located: Located,
    placeless: Indices,
    tolerance_m: float,
) -> Iterator[pd.DataFrame]:
    """Say what of the register could not be read or matched."""
    for kind, none in (("unknown_parcel_id", True), ("ambiguous_parcel_id", False)):
        some = doubtful[doubtful["parcel"].isna() == none]
        rows = some["enterprise"].to_numpy(dtype=np.intp)
        yield sides.of_enterprises(kind, rows, values={"key": some["key"].tolist()})
    yield _ambiguous(sides, located.several)
    far = located.far
    yield sides.of_enterprises(
        "enterprise_without_parcel",
        far["enterprise"].to_numpy(dtype=np.intp),
        distance_m=far["distance_m"],
        values={"m": [tolerance_m] * len(far)},
    )
    yield sides.of_enterprises("enterprise_without_place", placeless)
    off = named[named["distance_m"] > tolerance_m]
    yield sides.of_enterprises(
        "place_disagrees",
        off["enterprise"].to_numpy(),
        parcel_ids=singles(sides.parcel_ids[off["parcel"]]),
        distance_m=off["distance_m"],
        values={"d": off["distance_m"].tolist()},
    )
    without = np.array([one is None for one in sides.enterprise_ids], dtype=np.bool_)
    yield sides.of_enterprises("missing_enterprise_id", np.flatnonzero(without))
    rows = np.flatnonzero(sides.odd_activity)
    said = [] if sides.activity is None else words_of(sides.activity[rows])
    yield sides.of_enterprises("odd_activity", rows, values={"word": said})
    if sides.codes is not None:
        unread = np.array([one is None for one in sides.sections], dtype=np.bool_)
        codes = words_of(sides.codes[unread])
        rows = np.flatnonzero(unread)
        yield sides.of_enterprises("unknown_industry", rows, values={"code": codes})


def _ambiguous(sides: Sides, several: pd.DataFrame) -> pd.DataFrame:
    """Name the parcels between which a point cannot choose."""
    grouped = several.groupby("enterprise", sort=True)
    parcels = _tuples(several["enterprise"].to_numpy(), sides.parcel_ids[several["parcel"]])
    return sides.of_enterprises(
        "ambiguous_place",
        np.array(list(grouped.groups), dtype=np.intp),
        parcel_ids=parcels,
        distance_m=grouped["distance_m"].min().to_numpy(),
        values={"n": [len(some) for some in parcels]},
    )


def conflicts(sides: Sides, pairs: pd.DataFrame, table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Say where what is matched does not go together."""
    firms = pairs.assign(firm=sides.firm[pairs["enterprise"]])
    yield _repeated(sides, firms)
    firms = firms.drop_duplicates(["parcel", "firm"])
    ids = sides.enterprise_ids
    several = firms[firms["parcel"].duplicated(keep=False)].sort_values("parcel", kind="stable")
    groups = _tuples(several["parcel"].to_numpy(), ids[several["enterprise"]])
    yield sides.of_parcels(
        "several_enterprises",
        np.unique(several["parcel"]),
        enterprise_ids=groups,
        values={"n": [len(some) for some in groups]},
    )
    many = firms[firms["firm"].duplicated(keep=False)].sort_values("firm", kind="stable")
    places = _tuples(many["firm"].to_numpy(), sides.parcel_ids[many["parcel"]])
    yield sides.of_enterprises(
        "several_parcels",
        many.drop_duplicates("firm")["enterprise"].to_numpy(),
        parcel_ids=places,
        values={"n": [len(some) for some in places]},
    )
    yield from _of_parcels(sides, table)
    yield _wrong_land(sides, firms)


def _repeated(sides: Sides, firms: pd.DataFrame) -> pd.DataFrame:
    grouped = firms.groupby(["parcel", "firm"], sort=True)["enterprise"].agg(["first", "size"])
    some = grouped[grouped["size"] > 1]
    parcel = some.index.get_level_values("parcel").to_numpy(dtype=np.intp)
    return sides.of_enterprises(
        "duplicate_enterprise",
        some["first"].to_numpy(dtype=np.intp),
        parcel_ids=singles(sides.parcel_ids[parcel]),
        values={"n": some["size"].tolist()},
    )


def _of_parcels(sides: Sides, table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Compare what is recorded of a parcel with the enterprises on it."""
    count, active = table["n_enterprises"].to_numpy(), table["n_active"].to_numpy()
    by = table["use_by_enterprises"].to_numpy(dtype=object)
    industrial = sides.legal_use == INDUSTRIAL
    expected = industrial & ~sides.idle & (sides.status != Status.UNDER_CONSTRUCTION)
    yield sides.of_parcels("parcel_without_enterprise", np.flatnonzero(expected & (count == 0)))
    # Innovative industry is one of the uses that the plan foresees for industrial land.
    rows = np.flatnonzero(industrial & (by == Use.OTHER))
    yield sides.of_parcels(
        "no_industry_on_industrial_land", rows, values={"n": active[rows].tolist()}
    )
    rows = np.flatnonzero(sides.idle & (active > 0))
    unused = np.isin(sides.status[rows], UNUSED)
    said = [
        Status(status) if first else Use.IDLE
        for status, first in zip(sides.status[rows], unused, strict=True)
    ]
    words = {"word": [w.label_en for w in said], "word_zh": [w.label_zh for w in said]}
    yield sides.of_parcels(
        "unused_with_enterprise", rows, values={**words, "n": active[rows].tolist()}
    )
    rows = np.flatnonzero((sides.status == Status.IN_USE) & (count > 0) & (active == 0))
    yield sides.of_parcels("in_use_without_active", rows)
    recorded = np.isin(sides.use, [Use.INDUSTRY, Use.INNOVATIVE, Use.OTHER])
    rows = np.flatnonzero(recorded & (by != Use.UNKNOWN) & (by != sides.use))
    yield sides.of_parcels("use_disagrees", rows, values=_both(sides.use[rows], by[rows]))


def _both(use: Texts, by: Texts) -> dict[str, Sequence[object]]:
    recorded, shown = list(map(Use, use)), list(map(Use, by))
    return {
        "use": [word.label_en for word in recorded],
        "use_zh": [word.label_zh for word in recorded],
        "by": [word.label_en for word in shown],
        "by_zh": [word.label_zh for word in shown],
    }


def _wrong_land(sides: Sides, firms: pd.DataFrame) -> pd.DataFrame:
    """Name the manufacturers that stand on land of another class."""
    enterprise, parcel = firms["enterprise"].to_numpy(), firms["parcel"].to_numpy()
    making = np.isin(sides.sections[enterprise].astype(str), MANUFACTURING)
    wrong = making & sides.active[enterprise] & (sides.legal_use[parcel] == OTHER)
    codes = np.empty(0, dtype=object) if sides.codes is None else sides.codes[enterprise[wrong]]
    return sides.of_enterprises(
        "industry_on_other_land",
        enterprise[wrong],
        parcel_ids=singles(sides.parcel_ids[parcel[wrong]]),
        area_km2=sides.area_km2[parcel[wrong]],
        values={"code": codes.tolist()},
    )


def _tuples(groups: Indices, values: Texts) -> Tuples:
    """Collect the values of each run of equal numbers."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    return [tuple(some) for some in np.split(values, starts[1:])] if len(groups) else []
