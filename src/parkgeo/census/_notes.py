"""What a person has to look at in a census: unknown words, ids, and what contradicts itself."""

from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from parkgeo.census._findings import Reason, all_findings, findings, singles, words_of
from parkgeo.census._words import UNKNOWN, Flags, Status, Texts, Use

REASONS: Final = {
    "odd_use": Reason(
        "use {word!r} is not a word of the census; add it with words={{'use': …}}",
        "用途“{word}”不是本调查的用语",
    ),
    "no_use": Reason("no actual use is recorded", "未登记实际用途"),
    "odd_status": Reason(
        "status {word!r} is not a word of the census; add it with words={{'status': …}}",
        "状态“{word}”不是本调查的用语",
    ),
    "no_status": Reason("no status is recorded", "未登记供地与利用状态"),
    "unknown_class": Reason(
        "the class {word!r} is null or not of its system", "地类“{word}”缺失或不属于所用分类"
    ),
    "unknown_district": Reason("no district is recorded", "未登记所属区县"),
    "outside_districts": Reason(
        "most of it lies in none of the districts", "大部分不在任何区县范围内"
    ),
    "without_geometry": Reason("no geometry, so no area and no place", "无图形，面积和位置不明"),
    "missing_id": Reason("no parcel_id", "无地块编号"),
    "duplicate_id": Reason("parcel_id {word!r} stands in {n} rows", "地块编号“{word}”出现 {n} 次"),
    "used_otherwise": Reason(
        "industrial land by its class, used for something else", "工业用地挪作他用"
    ),
    "industry_elsewhere": Reason(
        "industry on land of another class", "按工业使用，但地类不是工业用地"
    ),
    "unsupplied_in_use": Reason(
        "{status} by its status, and used for: {use}", "状态为“{status_zh}”，实际用途却为“{use_zh}”"
    ),
    "idle_in_use": Reason("idle by its use, and in use by its status", "实际闲置，状态却为“在用”"),
}

UNUSED: Final = (Status.APPROVED_NOT_SUPPLIED, Status.SUPPLIED_NOT_USED, Status.IDLE)
"""Statuses with which land is not used for anything yet."""


def notes(  # noqa: PLR0913, PLR0917 - what was read, and from where
    parcels: gpd.GeoDataFrame,
    rows: gpd.GeoDataFrame,
    odd_use: Flags,
    odd_status: Flags,
    ids: Texts,
    asked: Mapping[str, str | None],
) -> pd.DataFrame:
    """List the findings of a census, kind by kind."""
    use, status, legal = (rows[name].to_numpy() for name in ("use", "status", "legal_use"))
    unused = np.isin(status, UNUSED)
    lost = rows["area_km2"].isna().to_numpy()
    idle = use == Use.IDLE
    flags = {
        "odd_use": odd_use,
        "no_use": _blank(use, odd_use, asked["use"]),
        "odd_status": odd_status,
        "no_status": _blank(status, odd_status, asked["status"]),
        "unknown_class": legal == UNKNOWN,
        "unknown_district": _blank(rows["district"].to_numpy(), None, asked["district"]),
        "outside_districts": _blank(rows["district"].to_numpy(), None, asked["districts"]) & ~lost,
        "without_geometry": lost,
        "missing_id": np.array([one is None for one in ids], dtype=np.bool_),
        "used_otherwise": (legal == "industrial") & (use == Use.OTHER),
        "industry_elsewhere": (legal == "other") & (use == Use.INDUSTRY),
        "unsupplied_in_use": unused & ~idle & (use != UNKNOWN),
        "idle_in_use": idle & (status == Status.IN_USE),
    }
    if "class_code" not in parcels.columns:
        del flags["unknown_class"]
    words = {
        "odd_use": asked["use"],
        "odd_status": asked["status"],
        "unknown_class": "class_code",
    }
    tables = [
        _one_kind(kind, np.flatnonzero(flag), parcels, rows, ids, words.get(kind))
        for kind, flag in flags.items()
        if flag.any()
    ]
    return all_findings([*tables, _duplicates(rows, ids)])


def _blank(read: Texts, odd: Flags | None, name: str | None) -> Flags:
    """Tell what is not recorded; where nobody asked, that is no finding."""
    if name is None:
        return np.zeros(len(read), dtype=np.bool_)
    blank = np.asarray(read == UNKNOWN, dtype=np.bool_)
    return blank if odd is None else blank & ~odd


def _one_kind(  # noqa: PLR0913, PLR0917 - one kind of finding
    kind: str,
    places: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    parcels: gpd.GeoDataFrame,
    rows: gpd.GeoDataFrame,
    ids: Texts,
    column: str | None,
) -> pd.DataFrame:
    some = rows.iloc[places]
    values: dict[str, Any] = {}
    if column is not None:
        values = {"word": words_of(parcels[column].iloc[places])}
    elif kind == "unsupplied_in_use":
        uses, statuses = list(map(Use, some["use"])), list(map(Status, some["status"]))
        values = {
            "use": [word.label_en for word in uses],
            "use_zh": [word.label_zh for word in uses],
            "status": [word.label_en for word in statuses],
            "status_zh": [word.label_zh for word in statuses],
        }
    return findings(
        kind,
        REASONS[kind],
        rows=singles(some.index),
        parcel_ids=singles(ids[places]),
        area_km2=some["area_km2"].to_numpy(),
        values=values or None,
    )


def _duplicates(rows: gpd.GeoDataFrame, ids: Texts) -> pd.DataFrame:
    """Name each id that stands in several rows, with those rows."""
    frame = pd.DataFrame({"id": ids, "row": rows.index, "area": rows["area_km2"].to_numpy()})
    frame = frame[frame["id"].notna() & frame["id"].duplicated(keep=False)]
    by_id = frame.groupby("id", sort=False)
    labels = [tuple(some) for _, some in by_id["row"]]
    names = [name for name, _ in by_id["row"]]
    return findings(
        "duplicate_id",
        REASONS["duplicate_id"],
        rows=labels,
        parcel_ids=singles(names),
        area_km2=by_id["area"].sum().to_numpy(),
        values={"word": names, "n": [len(some) for some in labels]},
    )
